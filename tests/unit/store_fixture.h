/* tests/unit/store_fixture.h - a store in a temporary folder, for a test.
 *
 * Unsynced, with a map that a slow reader does not fill, on a clock that stands at FIXTURE_TIME_US.
 */
#ifndef HOOKDESK_TESTS_STORE_FIXTURE_H
#define HOOKDESK_TESTS_STORE_FIXTURE_H

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/store/store.h"
#include "tests/tap.h"

#include <limits.h>
#include <stdlib.h>

#define FIXTURE_TIME_US INT64_C(1767225600000000) /* 2026-01-01 */
#define FIXTURE_MAP (UINT64_C(256) << 20)

struct fixture {
	char dir[PATH_MAX];
	struct clock clock;
	struct store_options options;
	struct store *store;
	struct arena *arena;
};

/* What nothing in a test can go on without. */
static inline void
must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	printf("Bail out! %s: %s\n", what, err_name(err));
	exit(1);
}
#define MUST(call) must(call, #call)

/* The folder and the options, without opening the store. */
static inline void
fixture_prepare(struct fixture *f)
{
	*f = (struct fixture){ .arena = arena_create() };
	MUST(file_temp_folder(f->dir, sizeof f->dir));
	clock_set(&f->clock, FIXTURE_TIME_US);
	f->options = (struct store_options){
		.dir = f->dir,
		.clock = &f->clock,
		.map_size = FIXTURE_MAP,
		.unsynced = true,
		.create = true,
	};
}

static inline void
fixture_open(struct fixture *f)
{
	MUST(store_open(&f->options, &f->store, NULL));
	f->options.create = false;
}

static inline void
fixture_init(struct fixture *f)
{
	fixture_prepare(f);
	fixture_open(f);
}

static inline void
fixture_reopen(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	fixture_open(f);
}

static inline void
fixture_release(struct fixture *f)
{
	store_close(f->store);
	arena_destroy(f->arena);
	MUST(file_remove_tree(f->dir));
}

/* --- short ways to do one thing --- */

static inline struct change *
new_change(struct fixture *f)
{
	struct change *change = NULL;

	MUST(change_create(f->arena, &change));
	return change;
}

static inline enum err
put_text(struct fixture *f, const char *key, const char *value)
{
	struct change *change = new_change(f);

	change_put(change, bytes_of(key), bytes_of(value));
	return store_commit(f->store, change, NULL);
}

/* A record whose header is room for one; in the fixture's arena. */
static inline struct bytes
record_of(struct fixture *f, const char *text)
{
	size_t len = RECORD_HEADER_SIZE + strlen(text);
	char *at = arena_alloc(f->arena, len);

	memcpy(at + RECORD_HEADER_SIZE, text, strlen(text));
	return (struct bytes){ at, len };
}

static inline enum err
put_record(struct fixture *f, const char *key, const char *text, uint64_t *rev)
{
	struct change *change = new_change(f);

	change_put_record(change, bytes_of(key), record_of(f, text));
	return store_commit(f->store, change, rev);
}

/* The value of <key> copied into the fixture's arena; "(none)", "(ERR)". */
static inline struct bytes
get_text(struct fixture *f, const char *key)
{
	struct snapshot *snapshot = NULL;
	struct bytes value, copy;
	enum err err = store_snapshot(f->store, &snapshot);

	if (err != ERR_OK)
		return bytes_of(err_name(err));
	err = snapshot_get(snapshot, bytes_of(key), &value);
	if (err == ERR_OK)
		copy = (struct bytes){
			arena_copy(f->arena, value.at, value.len), value.len
		};
	else
		copy = err == ERR_NOT_FOUND ? BYTES("(none)") :
					      bytes_of(err_name(err));
	snapshot_release(snapshot);
	return copy;
}

/* The text of a record whose checksum holds, else "(none)" or "(damaged)". */
static inline struct bytes
get_record(struct fixture *f, const char *key, uint64_t *rev)
{
	struct bytes value = get_text(f, key);

	if (bytes_is(value, "(none)"))
		return value;
	if (record_check(value, rev) != ERR_OK)
		return BYTES("(damaged)");
	return (struct bytes){ value.at + RECORD_HEADER_SIZE,
		value.len - RECORD_HEADER_SIZE };
}

static inline int64_t
get_count(struct fixture *f, const char *key)
{
	struct snapshot *snapshot = NULL;
	int64_t count = INT64_MIN;

	MUST(store_snapshot(f->store, &snapshot));
	MUST(snapshot_count(snapshot, bytes_of(key), &count));
	snapshot_release(snapshot);
	return count;
}

#endif
