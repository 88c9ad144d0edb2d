/* core/model/table.c - records in the store. */
#include "config.h"
#include "core/model/table.h"
#include "core/base/arena.h"
#include "core/model/index.h"

#include <stdio.h>

enum err
record_find(struct snapshot *snapshot, enum kind_id kind, uint64_t id,
    struct record *out)
{
	struct bytes value;
	struct key key;
	enum err err;

	key_record(&key, (uint8_t)kind, id);
	err = snapshot_get(snapshot, key_get(&key), &value);
	if (err != ERR_OK)
		return err;
	return record_decode(out, kind, id, value);
}

/* The kind whose index this is. */
static const struct kind *
kind_of_index(enum index_id index)
{
	for (unsigned i = 1; i < KIND__COUNT; i++) {
		const struct kind *kind = kind_get(i);

		if (kind != NULL && kind_index(kind, index) != NULL)
			return kind;
	}
	return NULL;
}

enum err
record_lookup(struct snapshot *snapshot, enum index_id index,
    struct bytes value, uint64_t *id)
{
	struct bytes found;
	struct key key;
	enum err err;

	if (value.len == 0 || value.len > KEY_MAX - 3)
		return ERR_NOT_FOUND;
	key_unique(
	    &key, (uint8_t)kind_of_index(index)->id, (uint8_t)index, value);
	err = snapshot_get(snapshot, key_get(&key), &found);
	if (err != ERR_OK)
		return err;
	if (found.len != 8)
		return ERR_CORRUPT;
	*id = be64_read(found.at);
	return ERR_OK;
}

enum err
record_find_by(struct snapshot *snapshot, enum kind_id kind,
    enum index_id index, struct bytes value, struct record *out)
{
	uint64_t id;
	enum err err = record_lookup(snapshot, index, value, &id);

	if (err != ERR_OK)
		return err;
	err = record_find(snapshot, kind, id, out);
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

static bool
has_key(const struct index_keys *keys, struct bytes key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (bytes_equal(keys->keys[i], key))
			return true;
	return false;
}

/* Delete what only <old> has, put what only <new> has, or what says something
 * else now. */
static enum err
put_indexes(struct change *change, struct arena *arena,
    const struct directory *directory, const struct record *old,
    const struct record *new)
{
	struct index_keys before, after;
	bool is_same;
	enum err err;

	err = index_keys(old, directory, arena, &before);
	if (err == ERR_OK)
		err = index_keys(new, directory, arena, &after);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < before.count; i++)
		if (!has_key(&after, before.keys[i]))
			change_delete(change, before.keys[i]);
	is_same = bytes_equal(before.gist, after.gist);
	for (size_t i = 0; i < after.count; i++) {
		struct bytes value = after.gist;

		if (has_key(&before, after.keys[i]) &&
		    (is_same || after.of[i]->is_unique))
			continue;
		if (after.of[i]->is_unique) {
			char *id = arena_alloc_raw(arena, 8);

			if (id == NULL)
				return ERR_NOMEM;
			be64_write(id, new->id);
			value = (struct bytes){ id, 8 };
			change_guard_absent(change, after.keys[i]);
		}
		change_put(change, after.keys[i], value);
	}
	return ERR_OK;
}

/* Whether a big text's bytes lie beside the record as stored. */
static bool
is_beside(const struct record *record, int slot)
{
	return record_has(record, slot) &&
	    (record->slots[slot].at == NULL ||
		record->slots[slot].n > RECORD_INLINE);
}

static size_t
chunk_count(const struct record *record, int slot)
{
	if (record == NULL || !is_beside(record, slot))
		return 0;
	return ((size_t)record->slots[slot].n + RECORD_CHUNK - 1) /
	    RECORD_CHUNK;
}

/* Write a big text's chunks; the value of each has room for the header that
 * the commit fills in. */
static enum err
put_bigtext(struct change *change, struct arena *arena,
    const struct record *old, const struct record *new, int slot)
{
	uint8_t kind = (uint8_t)(new != NULL ? new : old)->kind->id;
	uint64_t id = (new != NULL ? new : old)->id;
	uint16_t number = (new != NULL ? new : old)->kind->fields[slot].number;
	size_t had = chunk_count(old, slot), has = chunk_count(new, slot);
	struct key key;

	if (has > 0 && new->slots[slot].at == NULL)
		return ERR_OK; /* not changed: still beside it */
	for (size_t i = 0; i < has; i++) {
		size_t from = i * RECORD_CHUNK;
		size_t len = (size_t) new->slots[slot].n - from;
		char *value;

		if (len > RECORD_CHUNK)
			len = RECORD_CHUNK;
		value = arena_alloc_raw(arena, RECORD_HEADER + len);
		if (value == NULL)
			return ERR_NOMEM;
		memset(value, 0, RECORD_HEADER);
		memcpy(value + RECORD_HEADER, new->slots[slot].at + from, len);
		key_big(&key, kind, id, number, (uint16_t)i);
		change_put_record(change, key_get(&key),
		    (struct bytes){ value, RECORD_HEADER + len });
	}
	for (size_t i = has; i < had; i++) {
		key_big(&key, kind, id, number, (uint16_t)i);
		change_delete(change, key_get(&key));
	}
	return ERR_OK;
}

static enum err
put_bigtexts(struct change *change, struct arena *arena,
    const struct record *old, const struct record *new)
{
	const struct kind *kind = (new != NULL ? new : old)->kind;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < kind->field_count; i++)
		if (kind->fields[i].type == FIELD_BIGTEXT)
			err = put_bigtext(change, arena, old, new, (int)i);
	return err;
}

enum err
record_replace(struct change *change, struct arena *arena,
    const struct directory *directory, const struct record *old,
    const struct record *new)
{
	const struct record *any = new != NULL ? new : old;
	struct buf value = buf_in(arena);
	struct key key;
	enum err err;

	key_record(&key, (uint8_t)any->kind->id, any->id);
	change_guard_rev(change, key_get(&key), old != NULL ? old->rev : 0);
	if (new == NULL) {
		change_delete(change, key_get(&key));
	} else {
		record_encode(new, &value);
		if (value.failed)
			return ERR_NOMEM;
		change_put_record(change, key_get(&key), buf_get(&value));
	}
	err = put_indexes(change, arena, directory, old, new);
	if (err != ERR_OK)
		return err;
	return put_bigtexts(change, arena, old, new);
}

enum err
record_put(struct change *change, struct arena *arena, const struct record *old,
    const struct record *new)
{
	return record_replace(change, arena, NULL, old, new);
}

enum err
record_remove(
    struct change *change, struct arena *arena, const struct record *old)
{
	return record_replace(change, arena, NULL, old, NULL);
}

/* ERR_EXISTS if <value> under <index> belongs to another than <record>. */
static enum err
check_free(struct snapshot *snapshot, const struct record *record,
    const struct index *index, struct bytes value, struct why *why)
{
	const struct field *field = &record->kind->fields[index->parts[0]];
	char name[256];
	uint64_t id;
	enum err err;

	if (value.len == 0)
		return ERR_OK;
	err = record_lookup(snapshot, index->id, value, &id);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && id == record->id))
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	snprintf(name, sizeof name, "%.*s", BYTES_ARG(value));
	return why_set(why, ERR_EXISTS, field->name,
	    N_("\"{name}\" is taken already."), 0, name);
}

enum err
record_check_unique(
    struct snapshot *snapshot, const struct record *record, struct why *why)
{
	const struct kind *kind = record->kind;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < kind->index_count; i++) {
		const struct index *index = &kind->indexes[i];
		uint8_t slot = index->parts[0];
		struct bytes rest = record_text(record, slot), item;

		if (!index->is_unique)
			continue;
		if (!(kind->fields[slot].flags & F_LIST)) {
			err = check_free(snapshot, record, index, rest, why);
			continue;
		}
		while (err == ERR_OK && list_next_text(&rest, &item))
			err = check_free(snapshot, record, index, item, why);
	}
	return err;
}

enum err
record_next(struct snapshot *snapshot, enum kind_id kind, uint64_t *id,
    struct record *out)
{
	struct bytes key, value;
	struct key lo, hi;
	struct cursor cursor = { .snapshot = NULL };
	enum err err;

	key_record(&lo, (uint8_t)kind, *id + 1);
	key_record(&hi, (uint8_t)kind, 0);
	hi.len -= 8;
	key_after(&hi);
	err = cursor_open(
	    snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
	if (err != ERR_OK)
		return err;
	err = cursor_next(&cursor, &key, &value);
	if (err == ERR_OK) {
		*id = be64_read(key.at + key.len - 8);
		err = record_decode(out, kind, *id, value);
	}
	cursor_close(&cursor);
	return err;
}
