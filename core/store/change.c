/* core/store/change.c - all that one act does to the store, as one value.
 *
 * Operations stand in the order they came; a table over their keys finds the
 * one that a later put, delete or addition of the same key replaces.
 */
#include "config.h"

#include "core/store/change.h"

#include "core/base/crc32c.h"
#include "core/store/change_ops.h"

#define OPS_FIRST 16
#define GUARDS_FIRST 8
#define OP_OVERHEAD 32 /* bytes: what a key costs beside its bytes, roughly */

enum err
change_create(struct arena *arena, struct change **out)
{
	struct change *c = arena_new(arena, struct change);

	if (c == NULL)
		return ERR_NOMEM;
	c->arena = arena;
	*out = c;
	return ERR_OK;
}

/* The first thing that goes wrong is the one that is told. */
static void
fail(struct change *c, enum err err)
{
	if (c->err == ERR_OK)
		c->err = err;
}

/* Make room for one more of <size> bytes in an array that doubles. */
static bool
reserve(struct change *c, void **array, size_t len, size_t *cap, size_t first,
    size_t size)
{
	size_t more = *cap == 0 ? first : *cap * 2;
	void *grown;

	if (len < *cap)
		return true;
	grown = *cap == 0 ?
	    arena_alloc_raw(c->arena, more * size) :
	    arena_grow(c->arena, *array, *cap * size, more * size);
	if (grown == NULL) {
		fail(c, ERR_NOMEM);
		return false;
	}
	*array = grown;
	*cap = more;
	return true;
}

/* --- the table of keys --- */

static uint32_t *
slot_of(const struct change *c, struct bytes key, uint32_t hash)
{
	size_t mask = c->slots_len - 1;
	size_t at = hash & mask;

	while (c->slots[at] != 0) {
		const struct op *op = &c->ops[c->slots[at] - 1];

		if (op->hash == hash && bytes_equal(op->key, key))
			break;
		at = (at + 1) & mask;
	}
	return &c->slots[at];
}

/* At most half full after the next one. */
static bool
slots_reserve(struct change *c)
{
	size_t len = c->slots_len == 0 ? 2 * OPS_FIRST : c->slots_len * 2;
	uint32_t *slots;

	if (c->slots_len > 2 * c->ops_len)
		return true;
	slots = arena_array(c->arena, uint32_t, len);
	if (slots == NULL) {
		fail(c, ERR_NOMEM);
		return false;
	}
	c->slots = slots;
	c->slots_len = len;
	for (size_t i = 0; i < c->ops_len; i++)
		if (c->ops[i].kind != OP_NUMBERED &&
		    c->ops[i].kind != OP_NUMBERED_RECORD)
			*slot_of(
			    c, c->ops[i].key, c->ops[i].hash) = (uint32_t)i + 1;
	return true;
}

/* --- building --- */

static bool
key_copy(struct change *c, struct bytes key, struct bytes *out)
{
	char *at;

	if (key.len == 0 || key.len > KEY_MAX) {
		fail(c, ERR_INVALID);
		return false;
	}
	at = arena_alloc_raw(c->arena, key.len);
	if (at == NULL) {
		fail(c, ERR_NOMEM);
		return false;
	}
	memcpy(at, key.at, key.len);
	*out = (struct bytes){ at, key.len };
	return true;
}

static bool
value_fits(struct change *c, enum op_kind kind, struct bytes value)
{
	bool is_record = kind == OP_PUT_RECORD || kind == OP_NUMBERED_RECORD;

	if (value.len > ENGINE_VALUE_MAX)
		fail(c, ERR_LIMIT);
	else if (is_record && value.len < RECORD_HEADER_SIZE)
		fail(c, ERR_INVALID);
	else
		return true;
	return false;
}

static size_t
op_size(const struct op *op)
{
	return OP_OVERHEAD + op->key.len + op->value.len;
}

static void
op_append(struct change *c, const struct op *op)
{
	if (!reserve(c, (void **)&c->ops, c->ops_len, &c->ops_cap, OPS_FIRST,
		sizeof *c->ops))
		return;
	c->ops[c->ops_len++] = *op;
	c->size += op_size(op);
	if (c->size > CHANGE_SIZE_MAX)
		fail(c, ERR_LIMIT);
}

/* Put a new operation in, or in the place of the one on the same key. */
static void
op_merge(struct change *c, struct op *op)
{
	uint32_t *slot;
	struct op *old;

	if (c->err != ERR_OK || !slots_reserve(c))
		return;
	op->hash = crc32c(0, op->key.at, op->key.len);
	slot = slot_of(c, op->key, op->hash);
	if (*slot == 0) {
		size_t len = c->ops_len;

		if (!key_copy(c, op->key, &op->key))
			return;
		op_append(c, op);
		if (c->ops_len > len)
			*slot = (uint32_t)c->ops_len;
		return;
	}
	old = &c->ops[*slot - 1];
	if ((old->kind == OP_ADD) != (op->kind == OP_ADD)) {
		fail(c, ERR_INVALID);
		return;
	}
	if (op->kind == OP_ADD &&
	    __builtin_add_overflow(old->delta, op->delta, &op->delta)) {
		fail(c, ERR_INVALID);
		return;
	}
	c->size -= op_size(old);
	op->key = old->key;
	*old = *op;
	c->size += op_size(old);
	if (c->size > CHANGE_SIZE_MAX)
		fail(c, ERR_LIMIT);
}

static bool
key_fits(struct change *c, struct bytes key)
{
	if (key.len > 0 && key.len <= KEY_MAX)
		return true;
	fail(c, ERR_INVALID);
	return false;
}

static void
put(struct change *c, enum op_kind kind, struct bytes key, struct bytes value)
{
	struct op op = { .key = key, .value = value, .kind = kind };

	if (key_fits(c, key) && value_fits(c, kind, value))
		op_merge(c, &op);
}

void
change_put(struct change *change, struct bytes key, struct bytes value)
{
	put(change, OP_PUT, key, value);
}

void
change_put_record(struct change *change, struct bytes key, struct bytes value)
{
	put(change, OP_PUT_RECORD, key, value);
}

void
change_delete(struct change *change, struct bytes key)
{
	put(change, OP_DELETE, key, BYTES_NONE);
}

void
change_add(struct change *change, struct bytes key, int64_t delta)
{
	struct op op = { .key = key, .delta = delta, .kind = OP_ADD };

	if (key_fits(change, key))
		op_merge(change, &op);
}

static void
guard(struct change *c, enum guard_kind kind, struct bytes key, uint64_t rev)
{
	struct guard g = { .rev = rev, .kind = kind };

	if (c->err != ERR_OK || !key_copy(c, key, &g.key) ||
	    !reserve(c, (void **)&c->guards, c->guards_len, &c->guards_cap,
		GUARDS_FIRST, sizeof *c->guards))
		return;
	c->guards[c->guards_len++] = g;
}

void
change_guard_rev(struct change *change, struct bytes key, uint64_t rev)
{
	guard(change, GUARD_REV, key, rev);
}

void
change_guard_absent(struct change *change, struct bytes key)
{
	guard(change, GUARD_ABSENT, key, 0);
}

void
change_guard_stale(struct change *change, struct bytes key, uint64_t rev)
{
	guard(change, GUARD_STALE, key, rev);
}

/* --- numbers --- */

unsigned
change_number(struct change *change)
{
	if (change->numbers == CHANGE_NUMBERS_MAX) {
		fail(change, ERR_LIMIT);
		return 0;
	}
	return change->numbers++;
}

void
change_put_numbered(struct change *change, struct bytes prefix, unsigned n,
    struct bytes suffix, struct bytes value, bool is_record)
{
	struct op op = {
		.value = value,
		.n = (uint16_t)n,
		.number_at = (uint16_t)prefix.len,
		.kind = is_record ? OP_NUMBERED_RECORD : OP_NUMBERED,
	};
	struct key key = { .len = 0 };

	if (prefix.len == 0 || n >= change->numbers)
		fail(change, ERR_INVALID);
	if (change->err != ERR_OK || !value_fits(change, op.kind, value))
		return;
	key_raw(&key, prefix.at, prefix.len);
	key_u64(&key, 0);
	key_raw(&key, suffix.at, suffix.len);
	if (key_copy(change, key_get(&key), &op.key))
		op_append(change, &op);
}

uint64_t
change_commit_number(const struct change *change)
{
	return change->commit_number;
}

uint64_t
change_numbered_id(const struct change *change, unsigned n)
{
	return change->commit_number << 16 | n;
}

/* --- looking at it --- */

void
change_is_housekeeping(struct change *change)
{
	change->is_housekeeping = true;
}

size_t
change_size(const struct change *change)
{
	return change->size;
}

bool
change_is_empty(const struct change *change)
{
	return change->ops_len == 0;
}

enum err
change_error(const struct change *change)
{
	return change->err;
}

enum err
change_get(const struct change *change, struct bytes key, struct bytes *value)
{
	const struct op *op;
	uint32_t slot;

	if (change->slots_len == 0)
		return ERR_INVALID;
	slot = *slot_of(change, key, crc32c(0, key.at, key.len));
	if (slot == 0)
		return ERR_INVALID;
	op = &change->ops[slot - 1];
	switch (op->kind) {
	case OP_PUT:
	case OP_PUT_RECORD: *value = op->value; return ERR_OK;
	case OP_DELETE: return ERR_NOT_FOUND;
	default: return ERR_INVALID;
	}
}

/* --- records --- */

enum err
record_check(struct bytes value, uint64_t *rev)
{
	uint32_t crc;

	if (value.len < RECORD_HEADER_SIZE)
		return ERR_CORRUPT;
	memcpy(&crc, value.at, sizeof crc);
	if (crc != crc32c(0, value.at + 4, value.len - 4))
		return ERR_CORRUPT;
	if (rev != NULL)
		*rev = record_rev(value);
	return ERR_OK;
}

uint64_t
record_rev(struct bytes value)
{
	uint64_t rev;

	if (value.len < RECORD_HEADER_SIZE)
		return 0;
	memcpy(&rev, value.at + 4, sizeof rev);
	return rev;
}
