/* core/store/later.c - small writes that wait for the next commit.
 *
 * Seen marks and times of sessions are not worth a sync of their own. They
 * are kept in a table by key, the newest of each; every commit takes them
 * along. What is written stays in the table until it is safe.
 */
#include "config.h"

#include "core/base/crc32c.h"
#include "core/store/store_private.h"

#include <stdlib.h>

#define BUCKETS 512 /* a power of two */
#define LATER_MAX 4096

struct entry {
	struct entry *next;
	uint64_t order; /* when it came; grows */
	uint16_t key_len;
	uint32_t value_len;
	char at[]; /* key, then value */
};

struct later {
	pthread_mutex_t mutex;
	uint64_t order;
	_Atomic size_t len;
	struct entry *buckets[BUCKETS];
};

enum err
later_create(struct later **out)
{
	struct later *l = calloc(1, sizeof *l);

	if (l == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&l->mutex, NULL);
	*out = l;
	return ERR_OK;
}

void
later_destroy(struct later *later)
{
	if (later == NULL)
		return;
	later_written(later, UINT64_MAX);
	pthread_mutex_destroy(&later->mutex);
	free(later);
}

bool
later_is_empty(struct later *later)
{
	return atomic_load(&later->len) == 0;
}

static struct bytes
entry_key(const struct entry *e)
{
	return (struct bytes){ e->at, e->key_len };
}

static struct bytes
entry_value(const struct entry *e)
{
	return (struct bytes){ e->at + e->key_len, e->value_len };
}

/* Where the entry of <key> hangs, or where it would. */
static struct entry **
entry_find(struct later *l, struct bytes key)
{
	struct entry **at =
	    &l->buckets[crc32c(0, key.at, key.len) & (BUCKETS - 1)];

	while (*at != NULL && !bytes_equal(entry_key(*at), key))
		at = &(*at)->next;
	return at;
}

enum err
store_put_later(struct store *store, struct bytes key, struct bytes value)
{
	struct later *l = store->later;
	struct entry *e, **at, *old;

	if (key.len == 0 || key.len > KEY_MAX)
		return ERR_INVALID;
	if (value.len > ENGINE_VALUE_MAX)
		return ERR_LIMIT;
	if (store->read_only)
		return ERR_DENIED;
	e = malloc(sizeof *e + key.len + value.len);
	if (e == NULL)
		return ERR_NOMEM;
	e->key_len = (uint16_t)key.len;
	e->value_len = (uint32_t)value.len;
	memcpy(e->at, key.at, key.len);
	if (value.len > 0)
		memcpy(e->at + key.len, value.at, value.len);

	pthread_mutex_lock(&l->mutex);
	at = entry_find(l, key);
	old = *at;
	if (old == NULL && atomic_load(&l->len) >= LATER_MAX) {
		pthread_mutex_unlock(&l->mutex);
		free(e);
		return ERR_LIMIT;
	}
	e->order = ++l->order;
	e->next = old != NULL ? old->next : NULL;
	*at = e;
	if (old == NULL)
		atomic_fetch_add(&l->len, 1);
	pthread_mutex_unlock(&l->mutex);
	free(old);
	return ERR_OK;
}

enum err
store_get_later(struct store *store, struct arena *arena, struct bytes key,
    struct bytes *value)
{
	struct later *l = store->later;
	enum err err = ERR_NOT_FOUND;
	const struct entry *e;
	char *copy;

	if (later_is_empty(l))
		return ERR_NOT_FOUND;
	pthread_mutex_lock(&l->mutex);
	e = *entry_find(l, key);
	if (e != NULL) {
		struct bytes found = entry_value(e);

		copy = arena_copy(arena, found.at, found.len);
		err = copy != NULL ? ERR_OK : ERR_NOMEM;
		if (copy != NULL)
			*value = (struct bytes){ copy, found.len };
	}
	pthread_mutex_unlock(&l->mutex);
	return err;
}

enum err
later_write(struct store *store, struct engine_txn *txn, uint64_t *upto)
{
	struct later *l = store->later;
	enum err err = ERR_OK;

	if (later_is_empty(l))
		return ERR_OK;
	pthread_mutex_lock(&l->mutex);
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct entry *e = l->buckets[i];
		     e != NULL && err == ERR_OK; e = e->next)
			err = store->ops->txn_put(
			    txn, entry_key(e), entry_value(e), BYTES_NONE);
	*upto = l->order;
	pthread_mutex_unlock(&l->mutex);
	return err;
}

void
later_written(struct later *later, uint64_t upto)
{
	if (upto == 0)
		return;
	pthread_mutex_lock(&later->mutex);
	for (size_t i = 0; i < BUCKETS; i++) {
		struct entry **at = &later->buckets[i], *e;

		while ((e = *at) != NULL) {
			if (e->order > upto) {
				at = &e->next;
				continue;
			}
			*at = e->next;
			free(e);
			atomic_fetch_sub(&later->len, 1);
		}
	}
	pthread_mutex_unlock(&later->mutex);
}

enum err
store_flush(struct store *store)
{
	return later_is_empty(store->later) ? ERR_OK : commit_flush(store);
}
