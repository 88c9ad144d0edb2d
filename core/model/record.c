/* core/model/record.c - the codec of records, lists and maps. */
#include "config.h"
#include "core/model/record.h"
#include "core/base/arena.h"
#include "core/store/keys.h"
#include "core/store/store.h"

enum wire { WIRE_VARINT, WIRE_FIXED, WIRE_BYTES, WIRE_BESIDE };

void
record_init(struct record *record, enum kind_id kind, uint64_t id)
{
	memset(record, 0, offsetof(struct record, slots));
	record->kind = kind_get(kind);
	record->id = id;
}

/* One field as stored; <value> is the number, or the length of <text>. */
struct stored {
	uint64_t number;
	enum wire wire;
	uint64_t value;
	const char *text;
};

/* Read the field at *<at>; false when the bytes make none. */
static inline bool
read_field(const char **at, const char *end, struct stored *out)
{
	uint64_t tag;

	if (!varint_read(at, end, &tag))
		return false;
	out->number = tag >> 2;
	out->wire = tag & 3;
	out->text = NULL;
	if (out->wire == WIRE_FIXED) {
		if (end - *at < 8)
			return false;
		memcpy(&out->value, *at, 8);
		*at += 8;
		return true;
	}
	if (!varint_read(at, end, &out->value))
		return false;
	if (out->wire == WIRE_BYTES) {
		if (out->value > (uint64_t)(end - *at))
			return false;
		out->text = *at;
		*at += out->value;
	}
	return true;
}

static inline enum wire
wire_of(const struct field *field)
{
	static const uint8_t wires[] = {
		[FIELD_BOOL] = WIRE_VARINT,
		[FIELD_INT] = WIRE_VARINT,
		[FIELD_TIME] = WIRE_FIXED,
		[FIELD_ENUM] = WIRE_VARINT,
		[FIELD_TEXT] = WIRE_BYTES,
		[FIELD_BIGTEXT] = WIRE_BYTES,
		[FIELD_REF] = WIRE_VARINT,
		[FIELD_MAP] = WIRE_BYTES,
	};

	return field->flags & F_LIST ? WIRE_BYTES : wires[field->type];
}

/* Take <stored> into its slot; false if it is not stored as declared. */
static inline bool
take_field(struct record *record, const struct field *field,
    const struct stored *stored)
{
	size_t i = (size_t)(field - record->kind->fields);
	struct slot *slot = &record->slots[i];

	if (stored->wire == WIRE_BESIDE) {
		if (field->type != FIELD_BIGTEXT)
			return false;
	} else if (stored->wire != wire_of(field)) {
		return false;
	}
	slot->at = stored->text;
	slot->n = field->type == FIELD_INT && stored->wire == WIRE_VARINT ?
	    unzigzag(stored->value) :
	    (int64_t)stored->value;
	record->has |= UINT64_C(1) << i;
	return true;
}

enum err
record_decode(
    struct record *record, enum kind_id kind, uint64_t id, struct bytes value)
{
	const struct field *field, *last;
	const char *at, *end;
	struct stored stored;
	enum err err;

	record_init(record, kind, id);
	if (record->kind == NULL)
		return ERR_CORRUPT;
	err = record_check(value, &record->rev);
	if (err != ERR_OK)
		return err;
	record->raw = value;
	at = value.at + RECORD_HEADER;
	end = value.at + value.len;
	field = record->kind->fields;
	last = field + record->kind->field_count;
	while (at < end) {
		if (!read_field(&at, end, &stored))
			return ERR_CORRUPT;
		while (field < last && field->number < stored.number)
			field++;
		if (field < last && field->number == stored.number &&
		    !take_field(record, field, &stored))
			return ERR_CORRUPT;
	}
	return ERR_OK;
}

static void
write_field(const struct record *record, size_t i, struct buf *out)
{
	const struct field *field = &record->kind->fields[i];
	const struct slot *slot = &record->slots[i];
	enum wire wire = wire_of(field);

	if (field->type == FIELD_BIGTEXT &&
	    (slot->at == NULL || slot->n > RECORD_INLINE))
		wire = WIRE_BESIDE;
	buf_varint(out, (uint64_t)field->number << 2 | wire);
	switch (wire) {
	case WIRE_FIXED: buf_add(out, &slot->n, 8); break;
	case WIRE_VARINT:
		buf_varint(out,
		    field->type == FIELD_INT ? zigzag(slot->n) :
					       (uint64_t)slot->n);
		break;
	case WIRE_BESIDE: buf_varint(out, (uint64_t)slot->n); break;
	case WIRE_BYTES:
		buf_varint(out, (uint64_t)slot->n);
		buf_add(out, slot->at, (size_t)slot->n);
		break;
	}
}

/* Both walks ascend: our own fields, and those in the old bytes that we do
 * not know. */
void
record_encode(const struct record *record, struct buf *out)
{
	const struct kind *kind = record->kind;
	const char *at = NULL, *end = NULL;
	size_t i = 0;

	buf_add(out, "\0\0\0\0\0\0\0\0\0\0\0", RECORD_HEADER);
	if (record->raw.len > RECORD_HEADER) {
		at = record->raw.at + RECORD_HEADER;
		end = record->raw.at + record->raw.len;
	}
	while (at < end) {
		const char *begin = at;
		struct stored old;
		size_t j;

		if (!read_field(&at, end, &old))
			break; /* cannot be: it was decoded */
		for (j = i; j < kind->field_count &&
		     kind->fields[j].number < old.number;
		     j++)
			;
		if (j < kind->field_count &&
		    kind->fields[j].number == old.number)
			continue;
		for (; i < j; i++)
			if (record_has(record, (int)i))
				write_field(record, i, out);
		buf_add(out, begin, (size_t)(at - begin));
	}
	for (; i < kind->field_count; i++)
		if (record_has(record, (int)i))
			write_field(record, i, out);
}

const char *
record_word(const struct record *record, int slot)
{
	const struct field *field = &record->kind->fields[slot];
	int64_t n = record_int(record, slot);

	for (int64_t i = 0; field->words != NULL && field->words[i] != NULL;
	     i++)
		if (i == n)
			return field->words[i];
	return "";
}

enum err
record_bigtext(struct snapshot *snapshot, const struct record *record, int slot,
    struct arena *arena, struct bytes *out)
{
	const struct field *field = &record->kind->fields[slot];
	size_t len = (size_t)record_int(record, slot), got = 0;
	char *text;

	if (!record_has(record, slot) || record->slots[slot].at != NULL) {
		*out = record_text(record, slot);
		return ERR_OK;
	}
	text = arena_alloc_raw(arena, len + 1);
	if (text == NULL)
		return ERR_NOMEM;
	for (unsigned n = 0; got < len; n++) {
		struct bytes chunk;
		struct key key;
		enum err err;

		key_big(&key, record->kind->id, record->id, field->number, n);
		err = snapshot_get(snapshot, key_get(&key), &chunk);
		if (err == ERR_NOT_FOUND)
			return ERR_CORRUPT;
		if (err != ERR_OK)
			return err;
		err = record_check(chunk, NULL);
		if (err != ERR_OK)
			return err;
		chunk.at += RECORD_HEADER;
		chunk.len -= RECORD_HEADER;
		if (chunk.len == 0 || chunk.len > len - got)
			return ERR_CORRUPT;
		memcpy(text + got, chunk.at, chunk.len);
		got += chunk.len;
	}
	text[len] = '\0';
	*out = (struct bytes){ text, len };
	return ERR_OK;
}

void
record_clear(struct record *record, int slot)
{
	record->has &= ~(UINT64_C(1) << slot);
}

void
record_set_int(struct record *record, int slot, int64_t n)
{
	if (n == 0) {
		record_clear(record, slot);
		return;
	}
	record->slots[slot] = (struct slot){ NULL, n };
	record->has |= UINT64_C(1) << slot;
}

void
record_set_text(struct record *record, int slot, struct bytes text)
{
	if (text.len == 0) {
		record_clear(record, slot);
		return;
	}
	record->slots[slot] = (struct slot){ text.at, (int64_t)text.len };
	record->has |= UINT64_C(1) << slot;
}

void
record_set_from(struct record *record, int slot, const struct record *from)
{
	record_clear(record, slot);
	if (record_has(from, slot)) {
		record->slots[slot] = from->slots[slot];
		record->has |= UINT64_C(1) << slot;
	}
}

bool
record_same(const struct record *a, const struct record *b, int slot)
{
	const struct slot *x = &a->slots[slot], *y = &b->slots[slot];

	/* Not record_has() of both: GCC 12 gets that comparison wrong under
	 * -O1 -fsanitize=thread. */
	if ((a->has ^ b->has) >> slot & 1)
		return false;
	if (!record_has(a, slot))
		return true;
	if (x->n != y->n)
		return false;
	if (x->at == NULL || y->at == NULL)
		return x->at == y->at;
	return memcmp(x->at, y->at, (size_t)x->n) == 0;
}

bool
list_next_text(struct bytes *rest, struct bytes *item)
{
	const char *at = rest->at;
	uint64_t len;

	if (rest->len == 0)
		return false;
	if (!varint_read(&at, rest->at + rest->len, &len) ||
	    len > (uint64_t)(rest->at + rest->len - at))
		return false;
	*item = (struct bytes){ at, len };
	rest->len -= (size_t)(at - rest->at) + len;
	rest->at = at + len;
	return true;
}

bool
list_next_int(struct bytes *rest, int64_t *item)
{
	const char *at = rest->at;
	uint64_t n;

	if (rest->len == 0 || !varint_read(&at, rest->at + rest->len, &n))
		return false;
	*item = unzigzag(n);
	rest->len -= (size_t)(at - rest->at);
	rest->at = at;
	return true;
}

void
list_add_text(struct buf *list, struct bytes item)
{
	buf_varint(list, item.len);
	buf_bytes(list, item);
}

void
list_add_int(struct buf *list, int64_t item)
{
	buf_varint(list, zigzag(item));
}

bool
list_has_text(struct bytes list, struct bytes item)
{
	struct bytes other;

	while (list_next_text(&list, &other))
		if (bytes_equal(item, other))
			return true;
	return false;
}

size_t
list_count(const struct field *field, struct bytes list)
{
	struct bytes text;
	size_t count = 0;
	int64_t n;

	if (field->type == FIELD_TEXT)
		while (list_next_text(&list, &text))
			count++;
	else
		while (list_next_int(&list, &n))
			count++;
	return count;
}

bool
map_next(struct bytes *rest, uint64_t *number, struct bytes *value)
{
	const char *at = rest->at;
	struct bytes tail;

	if (rest->len == 0 || !varint_read(&at, rest->at + rest->len, number))
		return false;
	tail = (struct bytes){ at, rest->len - (size_t)(at - rest->at) };
	if (!list_next_text(&tail, value))
		return false;
	*rest = tail;
	return true;
}

struct bytes
map_get(struct bytes map, uint64_t number)
{
	struct bytes value;
	uint64_t n;

	while (map_next(&map, &n, &value))
		if (n == number)
			return value;
	return BYTES_NONE;
}

void
map_set(struct buf *out, struct bytes map, uint64_t number, struct bytes value)
{
	bool is_done = value.len == 0;
	struct bytes old;
	uint64_t n;

	while (map_next(&map, &n, &old)) {
		if (!is_done && n >= number) {
			buf_varint(out, number);
			list_add_text(out, value);
			is_done = true;
		}
		if (n == number)
			continue;
		buf_varint(out, n);
		list_add_text(out, old);
	}
	if (!is_done) {
		buf_varint(out, number);
		list_add_text(out, value);
	}
}
