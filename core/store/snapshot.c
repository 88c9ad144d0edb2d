/* core/store/snapshot.c - reading: snapshots from a pool, and their cursors.
 *
 * A snapshot that is released keeps its slot and its cursors in the engine
 * and goes to the top of the pool, where the next one to read finds it warm.
 */
#include "config.h"

#include "core/base/clock.h"
#include "core/store/store_private.h"

#include <assert.h>
#include <stdlib.h>

#define OLD_US (CLOCK_SECOND_US / 2)

void
snapshot_pool_empty(struct store *store)
{
	struct snapshot *s;

	while ((s = store->idle) != NULL) {
		store->idle = s->next;
		store->ops->snapshot_destroy(s->at);
		free(s);
	}
}

/* A new one; processes that died may hold the slots of too many. */
static enum err
snapshot_make(struct store *store, struct snapshot **out)
{
	struct snapshot *s = calloc(1, sizeof *s);
	enum err err;
	int stale;

	if (s == NULL)
		return ERR_NOMEM;
	s->store = store;
	err = store->ops->snapshot_create(store->engine, &s->at);
	if (err == ERR_BUSY &&
	    store->ops->clear_stale(store->engine, &stale) == ERR_OK &&
	    stale > 0)
		err = store->ops->snapshot_create(store->engine, &s->at);
	if (err != ERR_OK) {
		free(s);
		return err;
	}
	*out = s;
	return ERR_OK;
}

static void
snapshot_discard(struct snapshot *s)
{
	s->store->ops->snapshot_destroy(s->at);
	free(s);
}

static struct snapshot *
pool_take(struct store *store, enum err *err)
{
	struct snapshot *s = NULL;

	pthread_mutex_lock(&store->pool);
	*err = store_enter(store);
	if (*err == ERR_OK) {
		s = store->idle;
		if (s != NULL)
			store->idle = s->next;
		store->snapshots++;
	}
	pthread_mutex_unlock(&store->pool);
	return s;
}

/* <s> is NULL when there is none to give back, only the user to end. */
static void
pool_give(struct store *store, struct snapshot *s)
{
	pthread_mutex_lock(&store->pool);
	if (s != NULL) {
		s->next = store->idle;
		store->idle = s;
	}
	store->snapshots--;
	store_leave(store);
	pthread_mutex_unlock(&store->pool);
}

enum err
store_snapshot(struct store *store, struct snapshot **out)
{
	struct snapshot *s;
	enum err err;

	s = pool_take(store, &err);
	if (err != ERR_OK)
		return err;
	if (s == NULL) {
		err = snapshot_make(store, &s);
	} else {
		err = store->ops->snapshot_renew(s->at);
		if (err != ERR_OK) {
			snapshot_discard(s);
			s = NULL;
		}
	}
	if (err != ERR_OK) {
		err = store_engine_err(store, err);
		pool_give(store, NULL);
		return err;
	}
	s->since_us = clock_monotonic_us();
	s->knows_commit_number = false;
	*out = s;
	return ERR_OK;
}

void
snapshot_release(struct snapshot *snapshot)
{
	struct store *store;

	if (snapshot == NULL)
		return;
	assert(snapshot->open_cursors == 0);
	store = snapshot->store;
	store->ops->snapshot_reset(snapshot->at);
	pool_give(store, snapshot);
}

enum err
snapshot_renew(struct snapshot **snapshot)
{
	struct store *store = (*snapshot)->store;

	snapshot_release(*snapshot);
	*snapshot = NULL;
	return store_snapshot(store, snapshot);
}

bool
snapshot_is_old(const struct snapshot *snapshot)
{
	return clock_monotonic_us() - snapshot->since_us >= OLD_US;
}

struct store *
snapshot_store(const struct snapshot *snapshot)
{
	return snapshot->store;
}

enum err
snapshot_get(struct snapshot *snapshot, struct bytes key, struct bytes *value)
{
	struct store *store = snapshot->store;
	enum err err;

	if (key.len == 0 || key.len > KEY_MAX)
		return ERR_INVALID;
	err = store->ops->get(snapshot->at, key, value);
	if (__builtin_expect(err == ERR_CORRUPT, 0))
		return store_engine_err(store, err);
	return err;
}

enum err
snapshot_count(struct snapshot *snapshot, struct bytes key, int64_t *count)
{
	struct bytes value;
	enum err err = snapshot_get(snapshot, key, &value);

	if (err == ERR_NOT_FOUND) {
		*count = 0;
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (value.len != sizeof *count)
		return ERR_CORRUPT;
	memcpy(count, value.at, sizeof *count);
	return ERR_OK;
}

uint64_t
snapshot_commit_number(struct snapshot *snapshot)
{
	struct bytes value;
	struct key key;

	if (!snapshot->knows_commit_number) {
		head_key(&key);
		snapshot->commit_number = snapshot_get(snapshot, key_get(&key),
					      &value) == ERR_OK ?
		    record_rev(value) :
		    0;
		snapshot->knows_commit_number = true;
	}
	return snapshot->commit_number;
}

/* --- cursors --- */

enum err
cursor_open(struct snapshot *snapshot, struct bytes lo, struct bytes hi,
    enum direction direction, struct cursor *cursor)
{
	struct store *store = snapshot->store;
	struct engine_cursor *at;
	enum err err;

	if (lo.len > KEY_MAX || hi.len > KEY_MAX)
		return ERR_INVALID;
	err = store->ops->cursor_open(snapshot->at, lo, hi, direction, &at);
	if (err != ERR_OK)
		return store_engine_err(store, err);
	snapshot->open_cursors++;
	*cursor = (struct cursor){ .snapshot = snapshot, .at = at };
	return ERR_OK;
}

enum err
cursor_open_prefix(struct snapshot *snapshot, struct bytes prefix,
    enum direction direction, struct cursor *cursor)
{
	struct key hi = { .len = 0 };

	if (prefix.len > KEY_MAX)
		return ERR_INVALID;
	key_raw(&hi, prefix.at, prefix.len);
	key_after(&hi);
	return cursor_open(snapshot, prefix, key_get(&hi), direction, cursor);
}

enum err
cursor_next(struct cursor *cursor, struct bytes *key, struct bytes *value)
{
	struct store *store = cursor->snapshot->store;
	enum err err = store->ops->cursor_next(cursor->at, key, value);

	if (__builtin_expect(err == ERR_CORRUPT, 0))
		return store_engine_err(store, err);
	return err;
}

void
cursor_seek(struct cursor *cursor, struct bytes key)
{
	if (key.len > KEY_MAX) /* nothing lies between it and its beginning */
		key.len = KEY_MAX;
	cursor->snapshot->store->ops->cursor_seek(cursor->at, key);
}

void
cursor_close(struct cursor *cursor)
{
	if (cursor->at == NULL)
		return;
	cursor->snapshot->store->ops->cursor_close(cursor->at);
	cursor->snapshot->open_cursors--;
	cursor->at = NULL;
}
