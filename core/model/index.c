/* core/model/index.c - index keys.
 *
 * Order:   i kind index part part part id     value: of tickets the gist
 * Unique:  u kind index text                  value: id, 8 bytes big-endian
 *
 * A part is 8 bytes big-endian for numbers, 1 byte for enums and states, and
 * a text with a NUL behind it. That of custom fields is a field's number, and
 * the beginning of an item of its value as such a text. The gist is the
 * gist_parts of the ticket, as parts of keys are.
 */
#include "config.h"
#include "core/model/index.h"
#include "core/base/arena.h"
#include "core/model/own.h"
#include "core/model/ticket.h"

static bool
is_small(const struct kind *kind, uint8_t part)
{
	return part == INDEX_STATE || kind->fields[part].type == FIELD_ENUM ||
	    kind->fields[part].type == FIELD_BOOL;
}

void
index_key_int(struct key *key, const struct kind *kind, uint8_t part, int64_t n)
{
	if (is_small(kind, part))
		key_u8(key, (uint8_t)n);
	else if (kind->fields[part].type == FIELD_REF)
		key_u64(key, (uint64_t)n);
	else
		key_int(key, n);
}

void
index_key_text(struct key *key, struct bytes text)
{
	key_text(key, text);
}

void
index_key_own(struct key *key, uint64_t number, struct bytes item)
{
	item.len = item.len < OWN_KEY_BYTES ? item.len : OWN_KEY_BYTES;
	key_u64(key, number);
	key_text(key, item);
}

static const uint8_t gist_parts[] = { TICKET_PLACE, TICKET_STATUS,
	TICKET_PRIORITY, TICKET_QUEUE };
#define GIST_PARTS (sizeof gist_parts)
#define GIST_SIZE (3 + 8)

bool
index_gist_int(struct bytes gist, int slot, int64_t *out)
{
	const struct kind *kind = kind_get(KIND_TICKET);
	size_t at = 0;

	if (gist.len != GIST_SIZE)
		return false;
	for (size_t i = 0; i < GIST_PARTS; i++) {
		bool is_byte = is_small(kind, gist_parts[i]);

		if (gist_parts[i] == slot) {
			*out = is_byte ? (uint8_t)gist.at[at] :
					 (int64_t)be64_read(gist.at + at);
			return true;
		}
		at += is_byte ? 1 : 8;
	}
	return false;
}

static enum err
write_gist(const struct record *record, struct arena *arena, struct bytes *out)
{
	struct key key = { .len = 0 };
	char *copy;

	if (record->kind->id != KIND_TICKET)
		return ERR_OK;
	for (size_t i = 0; i < GIST_PARTS; i++)
		index_key_int(&key, record->kind, gist_parts[i],
		    record_int(record, gist_parts[i]));
	copy = arena_copy(arena, key.at, key.len);
	if (copy == NULL)
		return ERR_NOMEM;
	*out = (struct bytes){ copy, key.len };
	return ERR_OK;
}

/* Whose keys are being collected, and into what. */
struct collecting {
	const struct record *record;
	const struct directory *directory; /* or NULL */
	struct index_keys *out;
	struct arena *arena;
};

static enum err
add_key(const struct collecting *c, const struct index *index,
    const struct key *key)
{
	struct index_keys *out = c->out;
	struct arena *arena = c->arena;
	char *copy;

	if (key->len > KEY_MAX)
		return ERR_INVALID;
	if (out->count == out->cap) {
		size_t cap = out->cap > 0 ? out->cap * 2 : 16;
		struct bytes *keys = arena_grow(arena, out->keys,
		    out->cap * sizeof *keys, cap * sizeof *keys);
		const struct index **of = arena_grow(
		    arena, out->of, out->cap * sizeof *of, cap * sizeof *of);

		if (keys == NULL || of == NULL)
			return ERR_NOMEM;
		out->keys = keys;
		out->of = of;
		out->cap = cap;
	}
	copy = arena_copy(arena, key->at, key->len);
	if (copy == NULL)
		return ERR_NOMEM;
	out->of[out->count] = index;
	out->keys[out->count++] = (struct bytes){ copy, key->len };
	return ERR_OK;
}

static enum err add_parts(const struct collecting *c, const struct index *index,
    unsigned n, const struct key *begun);

/* Branch over the custom fields that are indexed. */
static enum err
add_own(const struct collecting *c, const struct index *index, unsigned n,
    const struct key *begun)
{
	struct bytes map = record_text(c->record, TICKET_FIELDS), value, item;
	enum err err = ERR_OK;
	uint64_t number;

	while (err == ERR_OK && c->directory != NULL &&
	    map_next(&map, &number, &value)) {
		const struct record *field = directory_find(
		    c->directory, KIND_FIELD, number);

		if (field == NULL || !record_int(field, FIELD_IS_INDEXED))
			continue;
		while (err == ERR_OK && own_next_item(&value, &item)) {
			struct key key = *begun;

			index_key_own(&key, number, item);
			err = add_parts(c, index, n + 1, &key);
		}
	}
	return err;
}

/* Append the parts from <n> on, branching over the items of a list. */
static enum err
add_parts(const struct collecting *c, const struct index *index, unsigned n,
    const struct key *begun)
{
	const struct record *record = c->record;
	const struct kind *kind = record->kind;
	struct key key = *begun;
	enum err err = ERR_OK;
	struct bytes rest, item;
	uint8_t part;

	if (n == index->part_count) {
		key_u64(&key, record->id);
		return add_key(c, index, &key);
	}
	part = index->parts[n];
	if (part == INDEX_OWN)
		return add_own(c, index, n, begun);
	if (part == INDEX_STATE) {
		index_key_int(&key, kind, part, ticket_state(record));
	} else if (kind->fields[part].flags & F_LIST) {
		rest = record_text(record, part);
		while (err == ERR_OK && list_next_text(&rest, &item)) {
			key = *begun;
			index_key_text(&key, item);
			err = add_parts(c, index, n + 1, &key);
		}
		return err;
	} else if (kind->fields[part].type == FIELD_TEXT) {
		index_key_text(&key, record_text(record, part));
	} else {
		index_key_int(&key, kind, part, record_int(record, part));
	}
	return add_parts(c, index, n + 1, &key);
}

static enum err
add_unique(const struct collecting *c, const struct index *index)
{
	const struct record *record = c->record;
	uint8_t slot = index->parts[0];
	struct bytes rest = record_text(record, slot), item;
	enum err err = ERR_OK;
	struct key key;

	if (record->kind->fields[slot].flags & F_LIST) {
		while (err == ERR_OK && list_next_text(&rest, &item)) {
			key_unique(
			    &key, (uint8_t)record->kind->id, index->id, item);
			err = add_key(c, index, &key);
		}
		return err;
	}
	if (rest.len == 0)
		return ERR_OK;
	key_unique(&key, (uint8_t)record->kind->id, index->id, rest);
	return add_key(c, index, &key);
}

enum err
index_keys(const struct record *record, const struct directory *directory,
    struct arena *arena, struct index_keys *out)
{
	const struct collecting c = { record, directory, out, arena };
	enum err err = ERR_OK;

	*out = (struct index_keys){ .keys = NULL };
	if (record == NULL)
		return ERR_OK;
	err = write_gist(record, arena, &out->gist);
	for (size_t i = 0; err == ERR_OK && i < record->kind->index_count;
	     i++) {
		const struct index *index = &record->kind->indexes[i];
		struct key key;

		if (index->is_in != NULL && !index->is_in(record))
			continue;
		if (index->is_unique) {
			err = add_unique(&c, index);
			continue;
		}
		key_index(&key, (uint8_t)record->kind->id, index->id);
		err = add_parts(&c, index, 0, &key);
	}
	return err;
}
