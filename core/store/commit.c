/* core/store/commit.c - group commit, led by the first of those who wait.
 *
 * A thread that comes to commit stands in the queue. If nobody leads, it
 * leads: it takes all who stand there (and who come while it works), applies
 * their changes to one transaction of the engine, has that synced, wakes them
 * with their answers, and names the first of those who came meanwhile the
 * next leader. So a batch grows by itself to what one sync takes.
 *
 * A batch that does not fit is halved until the one that is too large stands
 * alone; nobody is told OK before the sync that holds his change.
 */
#include "config.h"

#include "core/store/change_ops.h"
#include "core/store/store_private.h"

#include <semaphore.h>

/* One who waits, on his own stack. */
struct waiter {
	struct change *change; /* NULL: commit_flush() */
	struct waiter *next;
	size_t size;
	enum err result;
	bool leads; /* when woken; else <result> is the answer */
	sem_t wake;
};

struct batch {
	struct waiter *at[STORE_BATCH_MAX];
	size_t len, size;
};

/* --- one change --- */

/* Guards see the changes before them in the batch, never their own. */
static enum err
guard_check(
    struct store *store, struct engine_txn *txn, const struct guard *guard)
{
	struct bytes value;
	enum err err;
	bool holds;

	err = store->ops->txn_get(txn, guard->key, &value);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND)
		holds = guard->kind == GUARD_ABSENT || guard->rev == 0;
	else
		holds = guard->kind != GUARD_ABSENT && guard->rev != 0 &&
		    record_rev(value) == guard->rev;
	if (holds)
		return ERR_OK;
	return guard->kind == GUARD_STALE ? ERR_STALE : ERR_CONFLICT;
}

static enum err
guards_check(
    struct store *store, struct engine_txn *txn, const struct change *change)
{
	enum err result = ERR_OK;

	for (size_t i = 0; i < change->guards_len; i++) {
		enum err err = guard_check(store, txn, &change->guards[i]);

		if (err != ERR_OK && err != ERR_STALE)
			return err;
		if (err == ERR_STALE)
			result = err;
	}
	return result;
}

static enum err
add(struct store *store, struct engine_txn *txn, struct bytes key,
    int64_t delta)
{
	struct bytes value;
	int64_t count = 0;
	enum err err;

	if (delta == 0)
		return ERR_OK;
	err = store->ops->txn_get(txn, key, &value);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	/* One that is damaged begins again, one too large wraps: better a
	 * count that `check` puts right than a desk that stands still. */
	if (err == ERR_OK && value.len == sizeof count)
		memcpy(&count, value.at, sizeof count);
	count = (int64_t)((uint64_t)count + (uint64_t)delta);
	if (count == 0)
		return store->ops->txn_delete(txn, key);
	return store->ops->txn_put(txn, key,
	    (struct bytes){ (const char *)&count, sizeof count }, BYTES_NONE);
}

static enum err
op_apply(struct store *store, struct engine_txn *txn, const struct op *op,
    uint64_t number)
{
	char key[KEY_MAX];
	struct bytes k = op->key;

	if (op->kind == OP_NUMBERED || op->kind == OP_NUMBERED_RECORD) {
		memcpy(key, k.at, k.len);
		be64_write(key + op->number_at, number << 16 | op->n);
		k.at = key;
	}
	switch (op->kind) {
	case OP_PUT:
	case OP_NUMBERED:
		return store->ops->txn_put(txn, k, op->value, BYTES_NONE);
	case OP_PUT_RECORD:
	case OP_NUMBERED_RECORD:
		return txn_put_record(store, txn, k, op->value, number);
	case OP_DELETE: return store->ops->txn_delete(txn, k);
	default: return add(store, txn, k, op->delta);
	}
}

static enum err
change_apply(struct store *store, struct engine_txn *txn, struct change *change,
    uint64_t number)
{
	enum err err = guards_check(store, txn, change);

	for (size_t i = 0; err == ERR_OK && i < change->ops_len; i++)
		err = op_apply(store, txn, &change->ops[i], number);
	if (err == ERR_OK)
		change->commit_number = number;
	return err;
}

/* --- a batch --- */

/* Take from the queue what still fits in; those stay counted as waiting. */
static void
batch_admit(struct store *store, struct batch *batch)
{
	struct waiter *w;

	pthread_mutex_lock(&store->queue);
	while ((w = store->first) != NULL && batch->len < store->batch_limit &&
	    (batch->len == 0 || batch->size + w->size <= STORE_BATCH_BYTES)) {
		store->first = w->next;
		if (store->first == NULL)
			store->last = &store->first;
		batch->at[batch->len++] = w;
		batch->size += w->size;
	}
	pthread_mutex_unlock(&store->queue);
}

/* What an answer of the engine in the middle of a batch concerns: the guards
 * of one change, or the transaction and so all of it. */
static bool
is_of_one(enum err err)
{
	return err == ERR_OK || err == ERR_CONFLICT || err == ERR_STALE;
}

/* Apply and commit the waiters <from> to *<to> in one transaction; <grows>:
 * also who comes meanwhile, moving *<to>. On error all is undone. */
static enum err
batch_try(struct store *store, struct batch *batch, size_t from, size_t *to,
    bool grows)
{
	uint64_t first = atomic_load(&store->commit_number), number = first;
	struct engine_txn *txn;
	uint64_t later = 0;
	bool writes = false;
	enum err err;

	err = store->ops->txn_begin(store->engine, &txn);
	if (err != ERR_OK)
		return err;
	for (size_t i = from; i < *to; i++) {
		struct waiter *w = batch->at[i];

		w->result = w->change == NULL ?
		    ERR_OK :
		    change_apply(store, txn, w->change, number + 1);
		if (!is_of_one(w->result)) {
			err = w->result;
			goto out;
		}
		if (w->result == ERR_OK) {
			number += w->change != NULL;
			writes = true;
		}
		if (grows && i + 1 == *to) {
			batch_admit(store, batch);
			*to = batch->len;
		}
	}
	if (!writes)
		goto out;
	err = later_write(store, txn, &later);
	if (err == ERR_OK)
		err = head_write(store, txn, number);
	if (err != ERR_OK)
		goto out;
	err = store->ops->txn_commit(txn);
	txn = NULL;
	if (err != ERR_OK)
		goto out;
	later_written(store->later, later);
	atomic_store_explicit(
	    &store->commit_number, number, memory_order_release);
	atomic_fetch_add(&store->commits, number - first);
	atomic_fetch_add(&store->batches, 1);
out:
	if (txn != NULL)
		store->ops->txn_abort(txn);
	return err;
}

/* What those are told whose batch the engine did not take. */
static enum err
failed_result(struct store *store, enum err err)
{
	if (err == ERR_FULL)
		atomic_store(&store->looked_us, 0);
	if (store_engine_err(store, err) == ERR_CORRUPT)
		return ERR_IO;
	return err == ERR_FULL || err == ERR_NOMEM || err == ERR_BUSY ? err :
									ERR_IO;
}

static void
batch_run(struct store *store, struct batch *batch, size_t from, size_t to,
    bool grows)
{
	enum err err = batch_try(store, batch, from, &to, grows);
	size_t middle = from + (to - from) / 2;

	if (err == ERR_OK)
		return;
	if (err == ERR_FULL && to - from > 1) {
		batch_run(store, batch, from, middle, false);
		batch_run(store, batch, middle, to, false);
		return;
	}
	err = failed_result(store, err);
	for (size_t i = from; i < to; i++)
		batch->at[i]->result = err;
}

/* --- the queue --- */

/* Wake one who waits. He may be gone before this returns. */
static void
wake(struct waiter *w)
{
	sem_post(&w->wake);
}

/* The batch is done: let the next one lead at once, then give answers. */
static void
hand_over(struct store *store, struct batch *batch, struct waiter *self)
{
	struct waiter *next;

	pthread_mutex_lock(&store->queue);
	store->waiting -= batch->len;
	store->waiting_bytes -= batch->size;
	next = store->first;
	store->has_leader = next != NULL;
	if (next != NULL)
		next->leads = true;
	pthread_mutex_unlock(&store->queue);
	if (next != NULL)
		wake(next);
	for (size_t i = 0; i < batch->len; i++)
		if (batch->at[i] != self)
			wake(batch->at[i]);
}

/* <self> stands first in the queue, so it is in the batch. */
static void
lead(struct store *store, struct waiter *self)
{
	struct batch batch = { .len = 0 };
	enum err err;

	batch_admit(store, &batch);
	err = store_pin(store);
	if (err == ERR_OK) {
		batch_run(store, &batch, 0, batch.len, true);
		store_unpin(store);
	} else {
		for (size_t i = 0; i < batch.len; i++)
			batch.at[i]->result = err;
	}
	hand_over(store, &batch, self);
}

/* Stand in the queue until there is an answer. */
static enum err
wait_for_commit(struct store *store, struct waiter *w)
{
	bool is_alone;

	pthread_mutex_lock(&store->queue);
	if (store->waiting >= STORE_WAITING_MAX ||
	    (store->waiting > 0 &&
		store->waiting_bytes + w->size > STORE_WAITING_BYTES)) {
		pthread_mutex_unlock(&store->queue);
		return ERR_BUSY;
	}
	sem_init(&w->wake, 0, 0);
	store->waiting++;
	store->waiting_bytes += w->size;
	*store->last = w;
	store->last = &w->next;
	is_alone = !store->has_leader;
	store->has_leader = true;
	pthread_mutex_unlock(&store->queue);

	while (!is_alone && sem_wait(&w->wake) != 0)
		; /* a signal came */
	if (is_alone || w->leads)
		lead(store, w);
	sem_destroy(&w->wake);
	return w->result;
}

enum err
store_commit(struct store *store, struct change *change, uint64_t *number)
{
	struct waiter w = { .change = change };
	enum err err = change->err;

	if (err == ERR_OK && store->read_only)
		err = ERR_DENIED;
	if (err == ERR_OK && !change->is_housekeeping)
		err = store_room(store);
	if (err != ERR_OK)
		return err;
	if (change->ops_len == 0 && change->guards_len == 0) {
		change->commit_number = store_commit_number(store);
		goto out;
	}
	w.size = change->size;
	err = wait_for_commit(store, &w);
out:
	if (err == ERR_OK && number != NULL)
		*number = change->commit_number;
	return err;
}

enum err
commit_flush(struct store *store)
{
	struct waiter w = { .change = NULL };

	if (store->read_only)
		return ERR_DENIED;
	return wait_for_commit(store, &w);
}
