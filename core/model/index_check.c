/* core/model/index_check.c - whether the indexes are what the records say.
 *
 * Every key that a record should have is looked up, and counted by its index.
 * Then every key there is, is counted: all that should be there are there, so
 * as many of both means that no other one is.
 */
#include "config.h"
#include "core/model/index_check.h"

#include "core/base/arena.h"
#include "core/model/index.h"
#include "core/model/table.h"

#include <stdarg.h>
#include <stdio.h>

#define INDEX_IDS 256
#define PROGRESS_EVERY 10000

/* Keys that should be and that are there, by the index's id. */
struct tally {
	uint64_t wanted[INDEX_IDS], found[INDEX_IDS];
};

__attribute__((format(printf, 2, 3))) static void
fault(struct index_check *check, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	check->faults++;
	check->fault(check->context, text);
}

/* The id that an entry leads to: at the end of its key, or, in a unique one,
 * its value. */
static uint64_t
entry_id_of(const struct index *index, struct bytes key, struct bytes value)
{
	struct bytes at = index->is_unique ? value : key;

	return at.len >= 8 ? be64_read(at.at + at.len - 8) : 0;
}

static enum err
check_record(struct index_check *check, struct snapshot *snapshot,
    const struct record *record, struct arena *arena, struct tally *tally)
{
	struct index_keys keys;
	enum err err = index_keys(record, arena, &keys);

	for (size_t i = 0; err == ERR_OK && i < keys.count; i++) {
		struct bytes value = BYTES_NONE;

		tally->wanted[keys.of[i]->id]++;
		err = snapshot_get(snapshot, keys.keys[i], &value);
		if (err == ERR_NOT_FOUND) {
			fault(check, "%s %llu is not in its index \"%s\"",
			    record->kind->name, (unsigned long long)record->id,
			    keys.of[i]->name);
			err = ERR_OK;
		} else if (err == ERR_OK &&
		    entry_id_of(keys.of[i], keys.keys[i], value) !=
			record->id) {
			fault(check,
			    "%s %llu: the index \"%s\" leads elsewhere",
			    record->kind->name, (unsigned long long)record->id,
			    keys.of[i]->name);
		}
	}
	return err;
}

/* All records of a kind; damaged ones are told by verify_store(). */
static enum err
check_records(struct index_check *check, struct snapshot **snapshot,
    enum kind_id kind, struct arena *arena, struct tally *tally)
{
	struct record record;
	uint64_t id = 0;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		arena_reset(arena);
		err = record_next(*snapshot, kind, &id, &record);
		if (err == ERR_CORRUPT) {
			fault(check, "%s %llu is damaged", kind_get(kind)->name,
			    (unsigned long long)id);
			err = ERR_OK;
			continue;
		}
		if (err == ERR_OK)
			err = check_record(
			    check, *snapshot, &record, arena, tally);
		if (err == ERR_OK && ++check->records % PROGRESS_EVERY == 0 &&
		    check->progress != NULL)
			check->progress(check->context, check->records);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Count the keys of one index. */
static enum err
count_entries(struct index_check *check, struct snapshot *snapshot,
    enum kind_id kind, const struct index *index, uint64_t *count)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	enum err err;

	if (index->is_unique)
		key_unique(
		    &prefix, (uint8_t)kind, index->id, (struct bytes){ "", 0 });
	else
		key_index(&prefix, (uint8_t)kind, index->id);
	err = cursor_open_prefix(snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK) {
		err = cursor_next(&cursor, &key, &value);
		*count += err == ERR_OK;
	}
	cursor_close(&cursor);
	check->entries += *count;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
check_kind(struct index_check *check, struct snapshot **snapshot,
    const struct kind *kind, struct arena *arena)
{
	struct tally tally = { .wanted = { 0 } };
	enum err err = check_records(check, snapshot, kind->id, arena, &tally);

	for (size_t i = 0; err == ERR_OK && i < kind->index_count; i++) {
		const struct index *index = &kind->indexes[i];
		uint64_t wanted = tally.wanted[index->id];
		uint64_t found = 0;

		err = count_entries(check, *snapshot, kind->id, index, &found);
		if (err == ERR_OK && found != wanted)
			fault(check,
			    "index \"%s\" of %s has %llu entries, not %llu",
			    index->name, kind->plural,
			    (unsigned long long)found,
			    (unsigned long long)wanted);
	}
	return err;
}

enum err
index_check(struct store *store, struct index_check *check)
{
	struct arena *arena = arena_create();
	struct snapshot *snapshot = NULL;
	enum err err = arena != NULL ? store_snapshot(store, &snapshot) :
				       ERR_NOMEM;

	for (enum kind_id id = 1; err == ERR_OK && id < KIND__COUNT; id++) {
		const struct kind *kind = kind_get(id);

		if (kind != NULL)
			err = check_kind(check, &snapshot, kind, arena);
		if (err == ERR_OK)
			err = snapshot_renew(&snapshot);
	}
	snapshot_release(snapshot);
	arena_destroy(arena);
	return err;
}
