/* core/store/engine.h - what the store asks of an ordered key-value engine.
 *
 * An engine keeps keys in byte order (as memcmp), each with one value, shows
 * them as of one moment (a snapshot), and writes a change atomically. All
 * that is asked of it is within what a distributed engine can do: bounded
 * ranges, short writes, a body that can run twice. store.c, commit.c and
 * verify.c are its only callers; nobody above core/store/ sees an engine.
 *
 * Each engine's own structs begin with the struct of that name below. Outputs
 * are untouched on error. An engine answers ERR_CORRUPT when it cannot go on
 * before it is closed and opened again (damage; a failed write that left its
 * head in doubt).
 */
#ifndef HOOKDESK_STORE_ENGINE_H
#define HOOKDESK_STORE_ENGINE_H

#include "core/base/bytes.h"
#include "core/base/err.h"

#define ENGINE_KEY_MAX 400           /* bytes; at least 1 */
#define ENGINE_VALUE_MAX (64 * 1024) /* bytes; may be empty */

struct engine_ops;
struct store;

struct engine {
	const struct engine_ops *ops;
};
struct engine_snapshot {
	struct engine *engine;
};
struct engine_cursor {
	struct engine_snapshot *snapshot;
};
struct engine_txn {
	struct engine *engine;
};

struct engine_options {
	const char *dir;     /* an existing directory */
	uint64_t map_size;   /* bytes; the most it may grow to */
	unsigned threads;    /* that may hold a snapshot at once */
	bool create;         /* begin an empty one; it must not exist yet */
	bool read_only;      /* another process may be writing */
	bool unsynced;       /* for tests: a power cut may lose everything */
	struct store *below; /* of engine_overlay: what it lies over */
};

enum direction { FORWARD = 0, BACKWARD, DIRECTION__COUNT };

struct engine_space {
	uint64_t size_bytes; /* the most it may grow to */
	uint64_t used_bytes; /* ever taken of that */
	uint64_t free_bytes; /* given back, to be taken again */
};

struct engine_ops {
	const char *name;

	/* Errors: ERR_NOT_FOUND (no store in <dir>), ERR_EXISTS (<create>, and
	 * there is one), ERR_DENIED, ERR_INVALID (not ours, or a file system
	 * that cannot hold one), ERR_CORRUPT, ERR_NOMEM, ERR_IO. */
	enum err (*open)(const struct engine_options *options,
	    struct engine **out, struct why *why);
	/* Nothing of it may be in use. NULL is not allowed. */
	void (*close)(struct engine *engine);

	/* A snapshot of this moment. One thread uses it at a time, not always
	 * the same one. ERR_BUSY when there are too many. */
	enum err (*snapshot_create)(
	    struct engine *engine, struct engine_snapshot **out);
	/* Let go of the moment, keep the memory for snapshot_renew(), which
	 * takes the moment it is called in. Cursors are closed before. */
	void (*snapshot_reset)(struct engine_snapshot *snapshot);
	enum err (*snapshot_renew)(struct engine_snapshot *snapshot);
	void (*snapshot_destroy)(struct engine_snapshot *snapshot);

	/* ERR_NOT_FOUND, ERR_IO, ERR_CORRUPT. *<value> is borrowed until the
	 * snapshot is reset. */
	enum err (*get)(struct engine_snapshot *snapshot, struct bytes key,
	    struct bytes *value);

	/* Walk the keys <lo> <= key < <hi>; empty: no bound. Bounds are copied.
	 * next answers ERR_NOT_FOUND at the end, and again after it. seek makes
	 * next go on at <key>, or at the one after it in the direction. */
	enum err (*cursor_open)(struct engine_snapshot *snapshot,
	    struct bytes lo, struct bytes hi, enum direction direction,
	    struct engine_cursor **out);
	enum err (*cursor_next)(struct engine_cursor *cursor, struct bytes *key,
	    struct bytes *value);
	void (*cursor_seek)(struct engine_cursor *cursor, struct bytes key);
	void (*cursor_close)(struct engine_cursor *cursor);

	/* One write at a time; begin waits for another process's. The thread
	 * that begins it ends it, with commit or with abort. commit returns
	 * ERR_OK only when a power cut cannot undo it (but <unsynced>); after
	 * any other answer the transaction is over as after abort.
	 * Errors of all: ERR_FULL (disk or map), ERR_IO, ERR_CORRUPT,
	 * ERR_NOMEM. */
	enum err (*txn_begin)(struct engine *engine, struct engine_txn **out);
	enum err (*txn_get)(
	    struct engine_txn *txn, struct bytes key, struct bytes *value);
	/* Store <head> followed by <tail> under <key>. */
	enum err (*txn_put)(struct engine_txn *txn, struct bytes key,
	    struct bytes head, struct bytes tail);
	/* ERR_OK also when there was no such key. */
	enum err (*txn_delete)(struct engine_txn *txn, struct bytes key);
	enum err (*txn_commit)(struct engine_txn *txn);
	void (*txn_abort)(struct engine_txn *txn);

	/* Write all of one moment, compacted, to the file <path>, which must
	 * not exist, and sync it. ERR_EXISTS, ERR_FULL, ERR_IO; a part that
	 * was written is removed then. */
	enum err (*copy)(
	    struct engine *engine, const char *path, struct why *why);
	enum err (*space)(struct engine *engine, struct engine_space *out);
	/* Forget snapshots of processes that have died; *<count> of them. */
	enum err (*clear_stale)(struct engine *engine, int *count);
};

/* LMDB in <dir>/data.mdb and <dir>/lock.mdb. */
extern const struct engine_ops engine_lmdb;
/* What <below> holds, and in memory what is written besides. One thread. */
extern const struct engine_ops engine_overlay;

#endif
