/* core/store/store.h - a site's database, open: snapshots and commits.
 *
 * Knows keys and values, not what they mean. Any thread may call anything
 * here, but one thread at a time uses a snapshot and its cursors. A process
 * opens a store once, and does not fork() while it is open (posix_spawn is
 * fine).
 *
 * Damage, or a write that leaves the engine's head in doubt, closes this store
 * only: it refuses new work, and is closed and opened again once those who
 * read have gone. What is damaged for good would have it so again and again:
 * the second time in an hour it stays closed (store_state()).
 */
#ifndef HOOKDESK_STORE_STORE_H
#define HOOKDESK_STORE_STORE_H

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/store/change.h"
#include "core/store/engine.h"

struct store;
struct snapshot;
struct clock;

/* Raised with every new table, index, counter or renderer; a store of a newer
 * format is not opened, one of an older gets this number from its owner.
 *  2: index entries of tickets have a value, see core/model/index.h
 *  3: calendars, which timers are reckoned by */
#define STORE_FORMAT 3

#define STORE_MAP_SIZE (UINT64_C(64) << 30) /* bytes, unless told otherwise */
#define STORE_BATCH_MAX 256                 /* changes of one commit */
#define STORE_BATCH_BYTES (4 * 1024 * 1024)
#define STORE_WAITING_MAX 256 /* changes that wait, before ERR_BUSY */
#define STORE_WAITING_BYTES (16 * 1024 * 1024)
#define STORE_COUNTERS 256 /* counters of ids: 0 to 255 */

#define STORE_MIN_FREE_DEFAULT UINT64_MAX /* 256 MiB + 1 %, at most 2 GiB */

/* All zero but <dir> is a good choice; then <min_free> 0 switches it off:
 * use STORE_OPTIONS. */
struct store_options {
	const char *dir;                 /* an existing directory */
	const struct engine_ops *engine; /* NULL: LMDB */
	struct store *below;       /* begin with what it holds now, and keep
					    in memory what is written: for one
					    thread, closed before <below> */
	const struct clock *clock; /* NULL: the system's; borrowed */
	uint64_t map_size;         /* bytes; 0: STORE_MAP_SIZE */
	uint64_t min_free;         /* bytes the disk must keep free */
	unsigned threads;          /* that read at once; 0: 64 */
	unsigned batch_limit;      /* 0: STORE_BATCH_MAX */
	bool create;               /* a new one; ERR_EXISTS if there */
	bool read_only;            /* beside the owner */
	bool unsynced;             /* for tests */
};

#define STORE_OPTIONS(directory) \
	((struct store_options){ \
	    .dir = (directory), .min_free = STORE_MIN_FREE_DEFAULT })

enum store_state {
	STORE_OPEN = 0,
	STORE_DRAINING, /* damaged: waits for its readers to go */
	STORE_FAILED,   /* stays closed */
	STORE_STATE__COUNT
};

/* Open the store in options->dir. The caller holds the site's lock
 * (store_lock()) unless <read_only>.
 *
 * Returns ERR_NOT_FOUND when there is none, ERR_EXISTS when one was to be
 * created and is there, ERR_NEWER when a newer hookdesk wrote it, ERR_DENIED
 * when its files are someone else's, ERR_INVALID on a network file system or
 * a file that is no store, ERR_CORRUPT, ERR_FULL, ERR_NOMEM or ERR_IO; <why>
 * (may be NULL) tells more.
 */
ERR_CHECKED enum err store_open(
    const struct store_options *options, struct store **out, struct why *why);

/* No thread may be using it, and all snapshots are released. NULL is allowed.
 */
void store_close(struct store *store);

enum store_state store_state(const struct store *store);
/* The error that made it drain or fail; ERR_OK when it never did. */
enum err store_trouble(const struct store *store);

/* 32 hexadecimal digits that name this store and its copies; borrowed. */
const char *store_site_id(const struct store *store);
int64_t store_created_us(const struct store *store);

/* --- reading --- */

/* The store as of now, for one thread, until it is released. Pooled: costs no
 * system call. Hold none over half a second: what it sees cannot be reused.
 * ERR_BUSY when too many are held or the store drains, ERR_IO when it failed,
 * ERR_CORRUPT when its damage shows just now, ERR_NOMEM. */
ERR_CHECKED enum err store_snapshot(struct store *store, struct snapshot **out);
/* Everything borrowed from it is gone, its cursors are closed before. NULL is
 * allowed. */
void snapshot_release(struct snapshot *snapshot);
/* Move it to now, for exports that read for long: as released and taken
 * again. On error it is as after snapshot_release(), and *<snapshot> NULL. */
ERR_CHECKED enum err snapshot_renew(struct snapshot **snapshot);
/* True when it has been held for half a second. */
bool snapshot_is_old(const struct snapshot *snapshot);
struct store *snapshot_store(const struct snapshot *snapshot);

/* ERR_NOT_FOUND, ERR_INVALID (a key that did not fit), ERR_IO, ERR_CORRUPT.
 * *<value> is borrowed until <snapshot> is released; checksums are not looked
 * at: record_check(). */
ERR_CHECKED enum err snapshot_get(
    struct snapshot *snapshot, struct bytes key, struct bytes *value);
/* The number under a key that change_add() counts; none is 0. */
ERR_CHECKED enum err snapshot_count(
    struct snapshot *snapshot, struct bytes key, int64_t *count);
/* The last commit that it sees; 0 in a new store. */
uint64_t snapshot_commit_number(struct snapshot *snapshot);

/* The caller's storage; its fields are private. */
struct cursor {
	struct snapshot *snapshot;
	struct engine_cursor *at;
};

/* Walk the keys <lo> <= key < <hi>, forward from <lo> or backward from <hi>;
 * an empty bound is none. Bounds are copied. Open and close cost no malloc
 * once a snapshot's cursors are warm. ERR_INVALID, ERR_NOMEM, ERR_IO. */
ERR_CHECKED enum err cursor_open(struct snapshot *snapshot, struct bytes lo,
    struct bytes hi, enum direction direction, struct cursor *cursor);
/* The same over all keys that begin with <prefix>. */
ERR_CHECKED enum err cursor_open_prefix(struct snapshot *snapshot,
    struct bytes prefix, enum direction direction, struct cursor *cursor);
/* The next key and value, borrowed until the snapshot is released;
 * ERR_NOT_FOUND at the end, and whenever asked again after it. */
ERR_CHECKED enum err cursor_next(
    struct cursor *cursor, struct bytes *key, struct bytes *value);
/* Let cursor_next() go on at <key>, or the one after it in the cursor's
 * direction, within its bounds. For long jumps: each costs as much as a
 * snapshot_get(). */
void cursor_seek(struct cursor *cursor, struct bytes key);
/* Also of one that was zeroed and never opened; twice is allowed. */
void cursor_close(struct cursor *cursor);

/* --- writing --- */

/* Commit <change>, waiting until it is safe on disk. Threads that come while
 * another one's commit is being synced are committed together by the first
 * of them. <number> (may be NULL) becomes the commit's number.
 *
 * ERR_CONFLICT  a guard of its own failed: read again and run again
 * ERR_STALE     a change_guard_stale() failed
 * ERR_FULL      disk or map is full, or less than min_free is left
 * ERR_BUSY      over STORE_WAITING_MAX changes or STORE_WAITING_BYTES wait,
 *               or the store drains
 * ERR_DENIED    it was opened read-only
 * ERR_IO        the write failed; whether it is there shows only when the
 *               store has been opened again
 * ERR_LIMIT, ERR_INVALID, ERR_NOMEM  what change_error() kept
 * On ERR_CONFLICT to ERR_BUSY nothing of it is stored.
 */
ERR_CHECKED enum err store_commit(
    struct store *store, struct change *change, uint64_t *number);

/* The number of the last commit that is safe; one atomic load. */
uint64_t store_commit_number(const struct store *store);

/* The next id of <counter> (below STORE_COUNTERS), from 1. Once a commit that
 * came after it is acknowledged it is never given again, also after a crash.
 * No system call, no lock. */
uint64_t store_next_id(struct store *store, unsigned counter);
/* Imports give their own ids: give out none up to <used> from now on. Lasting
 * with the next commit. */
void store_raise_id(struct store *store, unsigned counter, uint64_t used);

/* The site's time: UTC microseconds by its clock, but never before what it
 * was when it was last asked, nor, after a crash, when it last committed. */
int64_t store_now_us(struct store *store);

/* What the site writes without a commit of its own: seen marks, the times of
 * sessions. Kept in memory, stored with the next commit; what a crash loses
 * of it is what came since. Stored as they are, so not for tables of records.
 * ERR_LIMIT when 4096 keys wait (then store_flush()), ERR_NOMEM. Both are
 * copied. */
ERR_CHECKED enum err store_put_later(
    struct store *store, struct bytes key, struct bytes value);
/* A value that waits to be stored, copied into <arena>; ERR_NOT_FOUND. */
ERR_CHECKED enum err store_get_later(struct store *store, struct arena *arena,
    struct bytes key, struct bytes *value);
/* Store what waits now; without anything to do it costs no commit. */
ERR_CHECKED enum err store_flush(struct store *store);

/* --- a store over another one --- */

/* It holds again what the one below does now, and nothing else: what came there
 * since it was opened is not seen before. No snapshot of it is held. As
 * store_snapshot(). */
ERR_CHECKED enum err store_forget(struct store *store);
/* Each key with <prefix> that was written to it and is there: <hear> gets it
 * with its value, until it answers with an error, which is returned. Both live
 * until store_close(). */
ERR_CHECKED enum err store_written(struct store *store, struct bytes prefix,
    enum err (*hear)(void *context, struct bytes key, struct bytes value),
    void *context);

/* --- care --- */

/* Whether new work is taken: ERR_OK, ERR_FULL (less than min_free), ERR_BUSY
 * (draining), ERR_IO (failed). Looks at the disk once a second at most. */
enum err store_ready(struct store *store);

struct store_status {
	struct engine_space space;
	uint64_t disk_free, min_free; /* bytes */
	uint64_t commit_number;
	uint64_t commits, batches; /* since it was opened */
	unsigned waiting, snapshots;
};

ERR_CHECKED enum err store_status(
    struct store *store, struct store_status *out);

/* Each minute: forget snapshots of processes that died. */
ERR_CHECKED enum err store_clear_stale(struct store *store, int *count);

/* Hot backup: all of this moment, compacted, into the new file <path>, synced.
 * Commits go on meanwhile. Any thread; also on a store opened read-only.
 * ERR_EXISTS, ERR_FULL, ERR_IO. */
ERR_CHECKED enum err store_copy(
    struct store *store, const char *path, struct why *why);

/* --- the site's lock --- */

struct store_lock;

/* Become the owner of the site in <dir>: its file "lock". Waits up to
 * <wait_ms> for another owner to go (an upgrade); 0 does not wait.
 * ERR_BUSY when another process owns it, with its pid as why->n; ERR_NOT_FOUND
 * (no such directory), ERR_DENIED, ERR_IO, ERR_NOMEM. */
ERR_CHECKED enum err store_lock(
    const char *dir, int wait_ms, struct store_lock **out, struct why *why);
/* NULL is allowed. The lock ends with the process in any case. */
void store_unlock(struct store_lock *lock);
/* The process that owns the site in <dir> now, or 0: to find out whom to ask,
 * not to decide who writes. */
int store_owner(const char *dir);

#endif
