/* core/store/store_private.h - what an open store consists of, for the files
 * of core/store/ alone.
 *
 * Two locks, never held together by one thread: `pool` guards the snapshots,
 * the count of users and the state; `queue` guards those who wait to commit.
 * The engine's write transaction belongs to the one who leads a commit.
 */
#ifndef HOOKDESK_STORE_STORE_PRIVATE_H
#define HOOKDESK_STORE_STORE_PRIVATE_H

#include "core/store/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct later;  /* later.c */
struct waiter; /* commit.c */

struct snapshot {
	struct store *store;
	struct engine_snapshot *at;
	struct snapshot *next; /* of the idle ones */
	int64_t since_us;      /* monotonic */
	uint64_t commit_number;
	bool knows_commit_number;
	unsigned open_cursors;
};

struct store {
	const struct engine_ops *ops;
	struct engine *engine; /* NULL once it failed */
	const struct clock *clock;
	struct engine_options engine_options;
	char *dir;
	uint64_t min_free; /* bytes, or STORE_MIN_FREE_DEFAULT */
	unsigned batch_limit;
	bool read_only;
	char site_id[33];
	uint32_t format; /* that the store had when it was opened */
	int64_t created_us;

	pthread_mutex_t pool;
	struct snapshot *idle;
	unsigned users;      /* of the engine: snapshots, commits, copies */
	unsigned snapshots;  /* handed out */
	int64_t reopened_us; /* when it was granted last; 0: never */
	_Atomic int state;   /* enum store_state; written under `pool` */
	_Atomic int trouble;

	pthread_mutex_t queue;
	struct waiter *first, **last;
	size_t waiting, waiting_bytes; /* also those being committed */
	bool has_leader;

	_Atomic uint64_t commit_number; /* of the last that is safe */
	_Atomic uint64_t commits, batches;
	_Atomic uint64_t ids[STORE_COUNTERS]; /* the last given out */
	_Atomic int64_t now_us;               /* the last time given out */

	_Atomic int64_t looked_us; /* at the disk; monotonic, 0: look again */
	_Atomic int room;          /* enum err: what was found */

	struct later *later;
};

/* Count a user of the engine, who may work with it until store_unpin().
 * ERR_BUSY when the store drains, ERR_IO when it failed. */
ERR_CHECKED enum err store_pin(struct store *store);
/* The last one to go from a store that drains opens it again. */
void store_unpin(struct store *store);
/* The same two for who holds `pool`. */
ERR_CHECKED enum err store_enter(struct store *store);
void store_leave(struct store *store);

/* The engine answered <err>: ERR_CORRUPT lets the store drain. Returns what
 * the caller answers with. For users of the engine. */
enum err store_engine_err(struct store *store, enum err err);

/* Read the head: commit number, time, ids. For open and snapshots. */
struct head {
	uint64_t commit_number;
	int64_t now_us;
	uint64_t ids[STORE_COUNTERS];
};

/* ERR_NOT_FOUND when <value> is no head, ERR_CORRUPT. */
ERR_CHECKED enum err head_read(struct bytes value, struct head *out);
/* Write the head of <number> with the time and ids given out by now. */
ERR_CHECKED enum err head_write(
    struct store *store, struct engine_txn *txn, uint64_t number);
void head_key(struct key *key);

/* Put a record: <value> begins with room for its header. */
ERR_CHECKED enum err txn_put_record(struct store *store, struct engine_txn *txn,
    struct bytes key, struct bytes value, uint64_t rev);

/* snapshot.c: give the idle ones back to the engine. Under `pool`. */
void snapshot_pool_empty(struct store *store);

/* room.c: ERR_OK, or ERR_FULL when new work would not fit. */
enum err store_room(struct store *store);

/* later.c */
ERR_CHECKED enum err later_create(struct later **out);
void later_destroy(struct later *later);
/* Write all that waits; *<upto> is for later_written() once it is safe. */
ERR_CHECKED enum err later_write(
    struct store *store, struct engine_txn *txn, uint64_t *upto);
void later_written(struct later *later, uint64_t upto);
bool later_is_empty(struct later *later);

/* commit.c: commit what waits in later.c, without a commit number. */
ERR_CHECKED enum err commit_flush(struct store *store);

#endif
