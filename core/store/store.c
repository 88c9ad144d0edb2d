/* core/store/store.c - a site's database: opening, its head, ids and time.
 *
 * Two records of the table "meta" are the store's own:
 *
 *   "store"  header | format u32 | site id 16 bytes | created i64
 *   "head"   header | time i64 | (counter u16 | last id u64) ...
 *
 * The head is written by each commit, its rev is the commit's number; so one
 * page carries number, time and ids. Numbers are little-endian.
 */
#include "config.h"

#include "core/store/store.h"

#include "core/base/clock.h"
#include "core/base/crc32c.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/store/store_private.h"

#include <stdlib.h>

#define SITE_ID_SIZE 16
#define IDENTITY_SIZE (RECORD_HEADER_SIZE + 4 + SITE_ID_SIZE + 8)
#define HEAD_ID_SIZE 10
#define HEAD_MAX (RECORD_HEADER_SIZE + 8 + STORE_COUNTERS * HEAD_ID_SIZE)
#define THREADS_DEFAULT 64

/* --- the two records --- */

static void
identity_key(struct key *key)
{
	key_meta(key, "store");
}

void
head_key(struct key *key)
{
	key_meta(key, "head");
}

enum err
head_read(struct bytes value, struct head *out)
{
	const char *at, *end = value.at + value.len;
	enum err err;
	uint16_t counter;

	err = record_check(value, &out->commit_number);
	if (err != ERR_OK)
		return err;
	at = value.at + RECORD_HEADER_SIZE;
	if (end - at < 8 || (end - at - 8) % HEAD_ID_SIZE != 0)
		return ERR_CORRUPT;
	memcpy(&out->now_us, at, 8);
	memset(out->ids, 0, sizeof out->ids);
	for (at += 8; at < end; at += HEAD_ID_SIZE) {
		memcpy(&counter, at, 2);
		if (counter < STORE_COUNTERS)
			memcpy(&out->ids[counter], at + 2, 8);
	}
	return ERR_OK;
}

enum err
head_write(struct store *store, struct engine_txn *txn, uint64_t number)
{
	char value[HEAD_MAX];
	size_t len = RECORD_HEADER_SIZE;
	int64_t now = atomic_load(&store->now_us);
	struct key key;

	memcpy(value + len, &now, 8);
	len += 8;
	for (unsigned i = 0; i < STORE_COUNTERS; i++) {
		uint64_t id = atomic_load_explicit(
		    &store->ids[i], memory_order_relaxed);
		uint16_t counter = (uint16_t)i;

		if (id == 0)
			continue;
		memcpy(value + len, &counter, 2);
		memcpy(value + len + 2, &id, 8);
		len += HEAD_ID_SIZE;
	}
	head_key(&key);
	return txn_put_record(
	    store, txn, key_get(&key), (struct bytes){ value, len }, number);
}

enum err
txn_put_record(struct store *store, struct engine_txn *txn, struct bytes key,
    struct bytes value, uint64_t rev)
{
	struct bytes tail = { value.at + RECORD_HEADER_SIZE,
		value.len - RECORD_HEADER_SIZE };
	char head[RECORD_HEADER_SIZE];
	uint32_t crc;

	memcpy(head + 4, &rev, 8);
	crc = crc32c(crc32c(0, head + 4, 8), tail.at, tail.len);
	memcpy(head, &crc, 4);
	return store->ops->txn_put(
	    txn, key, (struct bytes){ head, sizeof head }, tail);
}

static enum err
identity_write(struct store *store, struct engine_txn *txn)
{
	char value[IDENTITY_SIZE];
	uint32_t format = STORE_FORMAT;
	int64_t created = store_now_us(store);
	struct key key;

	memcpy(value + RECORD_HEADER_SIZE, &format, 4);
	random_bytes(value + RECORD_HEADER_SIZE + 4, SITE_ID_SIZE);
	memcpy(value + IDENTITY_SIZE - 8, &created, 8);
	identity_key(&key);
	return txn_put_record(store, txn, key_get(&key),
	    (struct bytes){ value, sizeof value }, 0);
}

static enum err
identity_read(struct store *store, struct bytes value, struct why *why)
{
	uint32_t format;

	if (value.len < IDENTITY_SIZE || record_check(value, NULL) != ERR_OK)
		return why_set(why, ERR_CORRUPT, NULL,
		    N_("The store's first record is damaged"), 0, NULL);
	memcpy(&format, value.at + RECORD_HEADER_SIZE, 4);
	if (format > STORE_FORMAT)
		return why_set(why, ERR_NEWER, NULL,
		    N_("The site was written by a newer hookdesk "
		       "(format {n})"),
		    format, NULL);
	store->format = format;
	if (store->site_id[0] != '\0')
		return ERR_OK; /* opened again: others may be reading it */
	for (int i = 0; i < SITE_ID_SIZE; i++) {
		unsigned byte = (uint8_t)value.at[RECORD_HEADER_SIZE + 4 + i];

		store->site_id[2 * i] = "0123456789abcdef"[byte >> 4];
		store->site_id[2 * i + 1] = "0123456789abcdef"[byte & 15];
	}
	memcpy(&store->created_us, value.at + IDENTITY_SIZE - 8, 8);
	return ERR_OK;
}

/* --- opening --- */

/* The first commit of a new store. */
static enum err
begin_new(struct store *store)
{
	struct engine_txn *txn;
	enum err err;

	err = store->ops->txn_begin(store->engine, &txn);
	if (err != ERR_OK)
		return err;
	err = identity_write(store, txn);
	if (err == ERR_OK)
		err = head_write(store, txn, 0);
	if (err != ERR_OK) {
		store->ops->txn_abort(txn);
		return err;
	}
	return store->ops->txn_commit(txn);
}

static void
raise(_Atomic uint64_t *number, uint64_t to)
{
	uint64_t old = atomic_load(number);

	while (old < to && !atomic_compare_exchange_weak(number, &old, to))
		;
}

static void
raise_time(struct store *store, int64_t to)
{
	int64_t old = atomic_load(&store->now_us);

	while (
	    old < to && !atomic_compare_exchange_weak(&store->now_us, &old, to))
		;
}

/* An older format gets this one's number: from now on entries are written that
 * an older program would let grow stale. What is old stays readable. */
static enum err
format_raise(struct store *store)
{
	char value[IDENTITY_SIZE];
	uint32_t format = STORE_FORMAT;
	struct engine_snapshot *s;
	struct engine_txn *txn;
	struct bytes old;
	struct key key;
	enum err err = store->ops->snapshot_create(store->engine, &s);

	if (err != ERR_OK)
		return err;
	identity_key(&key);
	err = store->ops->get(s, key_get(&key), &old);
	if (err == ERR_OK)
		memcpy(value, old.at, sizeof value);
	store->ops->snapshot_destroy(s);
	if (err == ERR_OK)
		err = store->ops->txn_begin(store->engine, &txn);
	if (err != ERR_OK)
		return err;
	memcpy(value + RECORD_HEADER_SIZE, &format, 4);
	err = txn_put_record(store, txn, key_get(&key),
	    (struct bytes){ value, sizeof value }, 0);
	if (err != ERR_OK) {
		store->ops->txn_abort(txn);
		return err;
	}
	return store->ops->txn_commit(txn);
}

/* Take over what the last commit left; also after the engine was opened
 * again, when memory may be ahead of it. */
static enum err
load(struct store *store, struct why *why)
{
	struct engine_snapshot *s;
	struct bytes value;
	struct head head;
	struct key key;
	enum err err;

	err = store->ops->snapshot_create(store->engine, &s);
	if (err != ERR_OK)
		return err;
	identity_key(&key);
	err = store->ops->get(s, key_get(&key), &value);
	if (err == ERR_NOT_FOUND)
		err = why_set(why, ERR_INVALID, NULL,
		    N_("This is not a store of hookdesk"), 0, NULL);
	if (err == ERR_OK)
		err = identity_read(store, value, why);
	if (err != ERR_OK)
		goto out;
	head_key(&key);
	err = store->ops->get(s, key_get(&key), &value);
	if (err == ERR_OK)
		err = head_read(value, &head);
	if (err != ERR_OK) {
		err = why_set(why, err == ERR_NOT_FOUND ? ERR_CORRUPT : err,
		    NULL, N_("The store's head is damaged"), 0, NULL);
		goto out;
	}
	atomic_store(&store->commit_number, head.commit_number);
	raise_time(store, head.now_us);
	for (unsigned i = 0; i < STORE_COUNTERS; i++)
		raise(&store->ids[i], head.ids[i]);
out:
	store->ops->snapshot_destroy(s);
	return err;
}

static enum err
engine_open(struct store *store, struct why *why)
{
	int stale;
	enum err err;

	err = store->ops->open(&store->engine_options, &store->engine, why);
	if (err != ERR_OK)
		return err;
	if (!store->read_only)
		err = store->ops->clear_stale(store->engine, &stale);
	if (err == ERR_OK && store->engine_options.create)
		err = begin_new(store);
	if (err == ERR_OK)
		err = load(store, why);
	if (err == ERR_OK && !store->read_only && store->format < STORE_FORMAT)
		err = format_raise(store);
	if (err != ERR_OK) {
		store->ops->close(store->engine);
		store->engine = NULL;
	}
	return err;
}

static enum err
store_init(struct store *store, const struct store_options *options)
{
	store->dir = strdup(options->dir);
	if (store->dir == NULL)
		return ERR_NOMEM;
	store->ops = options->engine != NULL ? options->engine :
	    options->below != NULL           ? &engine_overlay :
					       &engine_lmdb;
	store->clock = options->clock;
	store->min_free = options->min_free;
	store->read_only = options->read_only;
	store->batch_limit = options->batch_limit;
	if (store->batch_limit == 0 || store->batch_limit > STORE_BATCH_MAX)
		store->batch_limit = STORE_BATCH_MAX;
	store->last = &store->first;
	store->engine_options = (struct engine_options){
		.dir = store->dir,
		.map_size = options->map_size != 0 ? options->map_size :
						     STORE_MAP_SIZE,
		.threads = options->threads != 0 ? options->threads :
						   THREADS_DEFAULT,
		.create = options->create,
		.read_only = options->read_only,
		.unsynced = options->unsynced,
		.below = options->below,
	};
	return later_create(&store->later);
}

enum err
store_open(
    const struct store_options *options, struct store **out, struct why *why)
{
	struct store *store = calloc(1, sizeof *store);
	enum err err;

	if (store == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&store->pool, NULL);
	pthread_mutex_init(&store->queue, NULL);
	err = store_init(store, options);
	if (err == ERR_OK)
		err = engine_open(store, why);
	store->engine_options.create = false;
	if (err != ERR_OK) {
		store_close(store);
		return err;
	}
	*out = store;
	return ERR_OK;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	if (store->engine != NULL) {
		snapshot_pool_empty(store);
		store->ops->close(store->engine);
	}
	later_destroy(store->later);
	pthread_mutex_destroy(&store->queue);
	pthread_mutex_destroy(&store->pool);
	free(store->dir);
	free(store);
}

/* --- trouble --- */

enum err
store_enter(struct store *store)
{
	switch (atomic_load(&store->state)) {
	case STORE_OPEN: store->users++; return ERR_OK;
	case STORE_DRAINING: return ERR_BUSY;
	default: return ERR_IO;
	}
}

enum err
store_pin(struct store *store)
{
	enum err err;

	pthread_mutex_lock(&store->pool);
	err = store_enter(store);
	pthread_mutex_unlock(&store->pool);
	return err;
}

/* Under `pool`, with no users: close the engine, and open it again if that
 * has not been tried in the last hour. */
static void
recover(struct store *store)
{
	struct why why = { .message = "" };
	int64_t now_us = clock_read(store->clock);
	enum err err = ERR_CORRUPT;

	snapshot_pool_empty(store);
	store->ops->close(store->engine);
	store->engine = NULL;
	if (store->reopened_us == 0 ||
	    now_us - store->reopened_us >= CLOCK_HOUR_US)
		err = engine_open(store, &why);
	store->reopened_us = now_us;
	atomic_store(&store->state, err == ERR_OK ? STORE_OPEN : STORE_FAILED);
	log_event(err == ERR_OK ? LOG_WARN : LOG_ERROR,
	    err == ERR_OK ? "store.reopened" : "store.failed",
	    "dir=%s err=%s why=%s", store->dir, err_name(err), why.message);
}

void
store_leave(struct store *store)
{
	if (--store->users == 0 && atomic_load(&store->state) == STORE_DRAINING)
		recover(store);
}

void
store_unpin(struct store *store)
{
	pthread_mutex_lock(&store->pool);
	store_leave(store);
	pthread_mutex_unlock(&store->pool);
}

enum err
store_engine_err(struct store *store, enum err err)
{
	bool is_first = false;

	if (err != ERR_CORRUPT)
		return err;
	pthread_mutex_lock(&store->pool);
	if (atomic_load(&store->state) == STORE_OPEN) {
		atomic_store(&store->state, STORE_DRAINING);
		atomic_store(&store->trouble, (int)err);
		is_first = true;
	}
	pthread_mutex_unlock(&store->pool);
	if (is_first)
		log_event(LOG_ERROR, "store.damaged", "dir=%s", store->dir);
	return err;
}

enum store_state
store_state(const struct store *store)
{
	return (enum store_state)atomic_load(&store->state);
}

enum err
store_trouble(const struct store *store)
{
	return (enum err)atomic_load(&store->trouble);
}

/* --- who it is, ids and time --- */

const char *
store_site_id(const struct store *store)
{
	return store->site_id;
}

int64_t
store_created_us(const struct store *store)
{
	return store->created_us;
}

uint64_t
store_commit_number(const struct store *store)
{
	return atomic_load_explicit(
	    &store->commit_number, memory_order_acquire);
}

uint64_t
store_next_id(struct store *store, unsigned counter)
{
	return atomic_fetch_add(&store->ids[counter % STORE_COUNTERS], 1) + 1;
}

void
store_raise_id(struct store *store, unsigned counter, uint64_t used)
{
	raise(&store->ids[counter % STORE_COUNTERS], used);
}

int64_t
store_now_us(struct store *store)
{
	raise_time(store, clock_read(store->clock));
	return atomic_load(&store->now_us);
}
