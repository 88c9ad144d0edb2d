/* core/model/index_check.c - whether the indexes are what the records say.
 *
 * Every key that a record should have is looked up; then, for every key there
 * is, its record is, and asked whether it should have it.
 */
#include "config.h"
#include "core/model/index_check.h"

#include "core/base/arena.h"
#include "core/model/index.h"
#include "core/model/own_index.h"
#include "core/model/table.h"
#include "core/store/walk.h"

#include <stdarg.h>
#include <stdio.h>

#define PROGRESS_EVERY 10000
#define RECORD_KEY_SIZE 10 /* letter, kind, id */

struct checking {
	struct index_check *check;
	const struct directory *directory; /* NULL: a part of it is damaged */
	struct arena *arena;
};

__attribute__((format(printf, 2, 3))) static void
fault(struct checking *c, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	c->check->faults++;
	c->check->fault(c->check->context, text);
}

static void
progress(struct checking *c)
{
	struct index_check *check = c->check;
	uint64_t seen = check->records + check->entries + check->chunks;

	if (check->progress != NULL && seen % PROGRESS_EVERY == 0)
		check->progress(check->context, seen);
}

/* The record whose key this is. ERR_NOT_FOUND, and said, when it is none that
 * can be looked at. */
static enum err
read_record(struct checking *c, struct bytes key, struct bytes value,
    struct record *out)
{
	const struct kind *kind = key.len == RECORD_KEY_SIZE ?
	    kind_get((enum kind_id)(unsigned char)key.at[1]) :
	    NULL;
	uint64_t id;
	enum err err;

	if (kind == NULL) {
		fault(c, "a record is of no kind");
		return ERR_NOT_FOUND;
	}
	id = be64_read(key.at + 2);
	err = record_decode(out, kind->id, id, value);
	if (err != ERR_CORRUPT)
		return err;
	fault(c, "%s %llu is damaged", kind->name, (unsigned long long)id);
	return ERR_NOT_FOUND;
}

static enum err
run(struct store *store, struct index_check *check, char table, walk_fn *fn)
{
	struct checking c = { .check = check, .arena = arena_create() };
	struct directory *directory = NULL;
	struct snapshot *snapshot = NULL;
	enum err err = c.arena != NULL ? store_snapshot(store, &snapshot) :
					 ERR_NOMEM;

	if (err == ERR_OK)
		err = directory_create(snapshot, &directory);
	if (err == ERR_CORRUPT)
		err = ERR_OK; /* told of as a record */
	snapshot_release(snapshot);
	c.directory = directory;
	if (err == ERR_OK)
		err = walk_prefix(store, (struct bytes){ &table, 1 }, fn, &c);
	directory_unref(directory);
	arena_destroy(c.arena);
	return err;
}

/* ---- indexes ---- */

/* The id that an entry leads to: at the end of its key, or, in a unique one,
 * its value. */
static uint64_t
entry_id_of(const struct index *index, struct bytes key, struct bytes value)
{
	struct bytes at = index->is_unique ? value : key;

	return at.len >= 8 ? be64_read(at.at + at.len - 8) : 0;
}

/* Of a custom field only while its index is whole, or there is none: in
 * between, and once the field is removed, a job is at it. */
static bool
is_compared(
    const struct checking *c, struct snapshot *snapshot, struct bytes key)
{
	uint64_t number = own_index_field(key);
	const struct record *known = NULL;
	struct record now;
	int64_t state;

	if (number == 0)
		return true;
	if (c->directory != NULL)
		known = directory_find(c->directory, KIND_FIELD, number);
	if (known == NULL ||
	    record_find(snapshot, KIND_FIELD, number, &now) != ERR_OK ||
	    now.rev != known->rev)
		return false;
	state = record_int(known, FIELD_STATE);
	return state == OWN_INDEX_READY || state == OWN_INDEX_NONE;
}

static enum err
check_record(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	struct record record;
	struct index_keys keys;
	enum err err = read_record(c, key, value, &record);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	arena_reset(c->arena);
	err = index_keys(&record, c->directory, c->arena, &keys);
	for (size_t i = 0; err == ERR_OK && i < keys.count; i++) {
		struct bytes entry = BYTES_NONE;

		if (!is_compared(c, snapshot, keys.keys[i]))
			continue;
		err = snapshot_get(snapshot, keys.keys[i], &entry);
		if (err == ERR_NOT_FOUND) {
			fault(c, "%s %llu is not in its index \"%s\"",
			    record.kind->name, (unsigned long long)record.id,
			    keys.of[i]->name);
			err = ERR_OK;
		} else if (err == ERR_OK &&
		    entry_id_of(keys.of[i], keys.keys[i], entry) != record.id) {
			fault(c, "%s %llu: the index \"%s\" leads elsewhere",
			    record.kind->name, (unsigned long long)record.id,
			    keys.of[i]->name);
		} else if (err == ERR_OK && !keys.of[i]->is_unique &&
		    entry.len > 0 && !bytes_equal(entry, keys.gist)) {
			fault(c,
			    "%s %llu: the index \"%s\" says something else "
			    "than the record",
			    record.kind->name, (unsigned long long)record.id,
			    keys.of[i]->name);
		}
	}
	c->check->records++;
	progress(c);
	return err;
}

static bool
has_key(const struct index_keys *keys, struct bytes key)
{
	for (size_t i = 0; i < keys->count; i++)
		if (bytes_equal(keys->keys[i], key))
			return true;
	return false;
}

/* Whether the record <id> should have the entry <key>. */
static enum err
check_owner(struct checking *c, struct snapshot *snapshot,
    const struct kind *kind, const struct index *index, uint64_t id,
    struct bytes key)
{
	struct record record;
	struct index_keys keys = { .count = 0 };
	enum err err = record_find(snapshot, kind->id, id, &record);

	if (err == ERR_CORRUPT)
		return ERR_OK; /* told of as a record */
	arena_reset(c->arena);
	if (err == ERR_OK)
		err = index_keys(&record, c->directory, c->arena, &keys);
	if (err == ERR_NOT_FOUND) {
		fault(c, "index \"%s\" of %s leads to %llu, which is not there",
		    index->name, kind->plural, (unsigned long long)id);
		return ERR_OK;
	}
	if (err == ERR_OK && !has_key(&keys, key))
		fault(c, "index \"%s\" has %s %llu where it does not belong",
		    index->name, kind->name, (unsigned long long)id);
	return err;
}

static enum err
check_entry(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	const struct index *index = NULL;
	const struct kind *kind = NULL;

	if (key.len > 3)
		kind = kind_get((enum kind_id)(unsigned char)key.at[1]);
	if (kind != NULL)
		index = kind_index(kind, (unsigned char)key.at[2]);
	c->check->entries++;
	progress(c);
	if (index == NULL || index->is_unique != (key.at[0] == KEY_UNIQUE)) {
		fault(c, "an entry belongs to no index");
		return ERR_OK;
	}
	if (!is_compared(c, snapshot, key))
		return ERR_OK;
	return check_owner(
	    c, snapshot, kind, index, entry_id_of(index, key, value), key);
}

enum err
index_check(struct store *store, struct index_check *check)
{
	enum err err = run(store, check, KEY_RECORD, check_record);

	if (err == ERR_OK)
		err = run(store, check, KEY_INDEX, check_entry);
	if (err == ERR_OK)
		err = run(store, check, KEY_UNIQUE, check_entry);
	return err;
}

/* ---- big texts ---- */

#define CHUNK_KEY_SIZE 14 /* letter, kind, id, field, chunk */

/* How many bytes of the text lie beside the record. */
static size_t
size_beside(const struct record *record, size_t slot)
{
	if (record->kind->fields[slot].type != FIELD_BIGTEXT ||
	    !record_has(record, (int)slot) || record->slots[slot].at != NULL)
		return 0;
	return (size_t)record->slots[slot].n;
}

/* All parts of one text are there, and together as long as it. Their bytes
 * have checksums of their own. */
static enum err
check_text(struct checking *c, struct snapshot *snapshot,
    const struct record *record, size_t slot)
{
	const struct field *field = &record->kind->fields[slot];
	size_t size = size_beside(record, slot), got = 0;

	for (uint16_t n = 0; got < size; n++) {
		struct bytes chunk = BYTES_NONE;
		struct key key;
		enum err err;

		key_big(&key, (uint8_t)record->kind->id, record->id,
		    field->number, n);
		err = snapshot_get(snapshot, key_get(&key), &chunk);
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
		if (err == ERR_NOT_FOUND || chunk.len <= RECORD_HEADER ||
		    chunk.len - RECORD_HEADER > size - got) {
			fault(c, "%s %llu: a part of its text \"%s\" is %s",
			    record->kind->name, (unsigned long long)record->id,
			    field->name,
			    err == ERR_OK ? "of a wrong size" : "missing");
			return ERR_OK;
		}
		got += chunk.len - RECORD_HEADER;
	}
	return ERR_OK;
}

static enum err
check_texts(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	struct record record;
	enum err err = read_record(c, key, value, &record);

	for (size_t i = 0; err == ERR_OK && i < record.kind->field_count; i++)
		err = check_text(c, snapshot, &record, i);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
check_chunk(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	const struct kind *kind = NULL;
	struct record record;
	uint64_t id, number, chunk;
	enum err err = ERR_NOT_FOUND;
	size_t i = 0;

	c->check->chunks++;
	progress(c);
	if (key.len == CHUNK_KEY_SIZE)
		kind = kind_get((enum kind_id)(unsigned char)key.at[1]);
	if (kind == NULL) {
		fault(c, "a part of a text belongs to no kind of record");
		return ERR_OK;
	}
	id = be64_read(key.at + 2);
	number = be64_read(key.at + 6) >> 16 & 0xffff;
	chunk = be64_read(key.at + 6) & 0xffff;
	err = record_find(snapshot, kind->id, id, &record);
	if (err == ERR_CORRUPT)
		return ERR_OK; /* told of as a record */
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	while (i < kind->field_count && kind->fields[i].number != number)
		i++;
	if (err == ERR_NOT_FOUND || i == kind->field_count ||
	    chunk * RECORD_CHUNK >= size_beside(&record, i))
		fault(c, "a part of a text is left of %s %llu", kind->name,
		    (unsigned long long)id);
	return ERR_OK;
}

enum err
bigtext_check(struct store *store, struct index_check *check)
{
	enum err err = run(store, check, KEY_RECORD, check_texts);

	if (err == ERR_OK)
		err = run(store, check, KEY_BIG, check_chunk);
	return err;
}
