/* tests/unit/fault_engine.c - LMDB, failing where a test wants it to.
 *
 * The handles are LMDB's own, passed through: only the functions differ.
 */
#include "config.h"

#include "tests/unit/fault_engine.h"

#include <stdatomic.h>

static struct {
	_Atomic unsigned calls, from, to; /* fails: from <= call < to */
	_Atomic int err;
} faults[FAULT__COUNT];

static void (*_Atomic on_commit)(void *context);
static void *_Atomic on_commit_context;

void
fault_set(enum fault fault, unsigned nth, unsigned times, enum err err)
{
	unsigned from = atomic_load(&faults[fault].calls) + nth;

	atomic_store(&faults[fault].from, 0);
	atomic_store(&faults[fault].to, from + times);
	atomic_store(&faults[fault].err, (int)err);
	atomic_store(&faults[fault].from, from);
}

void
fault_clear(void)
{
	for (int i = 0; i < FAULT__COUNT; i++) {
		atomic_store(&faults[i].from, 0);
		atomic_store(&faults[i].calls, 0);
	}
	fault_on_commit(NULL, NULL);
}

unsigned
fault_calls(enum fault fault)
{
	return atomic_load(&faults[fault].calls);
}

void
fault_on_commit(void (*call)(void *context), void *context)
{
	atomic_store(&on_commit_context, context);
	atomic_store(&on_commit, call);
}

/* Count a call; not ERR_OK when it is to fail. */
static enum err
meet(enum fault fault)
{
	unsigned call = atomic_fetch_add(&faults[fault].calls, 1) + 1;
	unsigned from = atomic_load(&faults[fault].from);

	if (from == 0 || call < from || call >= atomic_load(&faults[fault].to))
		return ERR_OK;
	return (enum err)atomic_load(&faults[fault].err);
}

static enum err
f_open(
    const struct engine_options *options, struct engine **out, struct why *why)
{
	enum err err = meet(FAULT_OPEN);

	return err != ERR_OK ? err : engine_lmdb.open(options, out, why);
}

static void
f_close(struct engine *engine)
{
	engine_lmdb.close(engine);
}

static enum err
f_snapshot_create(struct engine *engine, struct engine_snapshot **out)
{
	enum err err = meet(FAULT_SNAPSHOT);

	return err != ERR_OK ? err : engine_lmdb.snapshot_create(engine, out);
}

static void
f_snapshot_reset(struct engine_snapshot *snapshot)
{
	engine_lmdb.snapshot_reset(snapshot);
}

static enum err
f_snapshot_renew(struct engine_snapshot *snapshot)
{
	enum err err = meet(FAULT_RENEW);

	return err != ERR_OK ? err : engine_lmdb.snapshot_renew(snapshot);
}

static void
f_snapshot_destroy(struct engine_snapshot *snapshot)
{
	engine_lmdb.snapshot_destroy(snapshot);
}

static enum err
f_get(struct engine_snapshot *snapshot, struct bytes key, struct bytes *value)
{
	enum err err = meet(FAULT_GET);

	return err != ERR_OK ? err : engine_lmdb.get(snapshot, key, value);
}

static enum err
f_cursor_open(struct engine_snapshot *snapshot, struct bytes lo,
    struct bytes hi, enum direction direction, struct engine_cursor **out)
{
	return engine_lmdb.cursor_open(snapshot, lo, hi, direction, out);
}

static enum err
f_cursor_next(
    struct engine_cursor *cursor, struct bytes *key, struct bytes *value)
{
	enum err err = meet(FAULT_NEXT);

	return err != ERR_OK ? err :
			       engine_lmdb.cursor_next(cursor, key, value);
}

static void
f_cursor_seek(struct engine_cursor *cursor, struct bytes key)
{
	engine_lmdb.cursor_seek(cursor, key);
}

static void
f_cursor_close(struct engine_cursor *cursor)
{
	engine_lmdb.cursor_close(cursor);
}

static enum err
f_txn_begin(struct engine *engine, struct engine_txn **out)
{
	enum err err = meet(FAULT_BEGIN);

	return err != ERR_OK ? err : engine_lmdb.txn_begin(engine, out);
}

static enum err
f_txn_get(struct engine_txn *txn, struct bytes key, struct bytes *value)
{
	enum err err = meet(FAULT_TXN_GET);

	return err != ERR_OK ? err : engine_lmdb.txn_get(txn, key, value);
}

static enum err
f_txn_put(struct engine_txn *txn, struct bytes key, struct bytes head,
    struct bytes tail)
{
	enum err err = meet(FAULT_PUT);

	return err != ERR_OK ? err : engine_lmdb.txn_put(txn, key, head, tail);
}

static enum err
f_txn_delete(struct engine_txn *txn, struct bytes key)
{
	enum err err = meet(FAULT_DELETE);

	return err != ERR_OK ? err : engine_lmdb.txn_delete(txn, key);
}

static enum err
f_txn_commit(struct engine_txn *txn)
{
	void (*call)(void *) = atomic_load(&on_commit);
	enum err err;

	if (call != NULL)
		call(atomic_load(&on_commit_context));
	err = meet(FAULT_COMMIT);
	if (err != ERR_OK) {
		engine_lmdb.txn_abort(txn);
		return err;
	}
	err = engine_lmdb.txn_commit(txn);
	return err != ERR_OK ? err : meet(FAULT_SYNC);
}

static void
f_txn_abort(struct engine_txn *txn)
{
	engine_lmdb.txn_abort(txn);
}

static enum err
f_copy(struct engine *engine, const char *path, struct why *why)
{
	enum err err = meet(FAULT_COPY);

	return err != ERR_OK ? err : engine_lmdb.copy(engine, path, why);
}

static enum err
f_space(struct engine *engine, struct engine_space *out)
{
	enum err err = meet(FAULT_SPACE);

	return err != ERR_OK ? err : engine_lmdb.space(engine, out);
}

static enum err
f_clear_stale(struct engine *engine, int *count)
{
	enum err err = meet(FAULT_CLEAR);

	return err != ERR_OK ? err : engine_lmdb.clear_stale(engine, count);
}

const struct engine_ops engine_fault = {
	.name = "fault",
	.open = f_open,
	.close = f_close,
	.snapshot_create = f_snapshot_create,
	.snapshot_reset = f_snapshot_reset,
	.snapshot_renew = f_snapshot_renew,
	.snapshot_destroy = f_snapshot_destroy,
	.get = f_get,
	.cursor_open = f_cursor_open,
	.cursor_next = f_cursor_next,
	.cursor_seek = f_cursor_seek,
	.cursor_close = f_cursor_close,
	.txn_begin = f_txn_begin,
	.txn_get = f_txn_get,
	.txn_put = f_txn_put,
	.txn_delete = f_txn_delete,
	.txn_commit = f_txn_commit,
	.txn_abort = f_txn_abort,
	.copy = f_copy,
	.space = f_space,
	.clear_stale = f_clear_stale,
};
