/* core/store/overlay.c - a store over another one: it begins with what that
 * one holds, and keeps in memory what is written to it.
 *
 * What is written lies in sorted arrays of items, each array never changed
 * once it is there: a snapshot is an array, a commit makes the next one. A key
 * that was deleted has an item, too, which hides the one below.
 *
 * All is seen over one moment of the store below: what is committed there
 * meanwhile would not fit what is written here. Nothing is ever written there.
 *
 * One thread uses such a store: it is made for one dry run, and small.
 */
#include "config.h"

#include "core/base/arena.h"
#include "core/store/store_private.h"

#include <stdlib.h>

struct item {
	struct bytes key, value;
	bool is_gone; /* deleted: hides what is below */
};

/* All that was written up to a moment, by key. */
struct written {
	size_t count;
	const struct item *items[];
};

struct overlay {
	struct engine engine;    /* first */
	struct snapshot *moment; /* of the store below; NULL: it failed */
	struct arena *arena;     /* of all that is written */
	const struct written *now;
};

struct overlay_snapshot {
	struct engine_snapshot s; /* first */
	const struct written *written;
};

struct overlay_cursor {
	struct engine_cursor c; /* first */
	enum direction direction;
	size_t first,
	    last;      /* of the items within its bounds, and behind them */
	size_t lo, hi; /* the same of those that are still to come */
	struct cursor below;
	enum err below_err; /* of <key>: ERR_OK when it is there */
	bool has_below;     /* <key> was read, and not given yet */
	struct bytes key, value;
};

struct overlay_txn {
	struct engine_txn t; /* first */
	struct written *written;
};

static const struct written nothing;

/* The first item that is not before <key>. */
static size_t
place_of(const struct written *written, struct bytes key)
{
	size_t lo = 0, hi = written->count;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (bytes_compare(written->items[middle]->key, key) < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

static const struct item *
find(const struct written *written, struct bytes key)
{
	size_t at = place_of(written, key);

	return at < written->count &&
		bytes_equal(written->items[at]->key, key) ?
	    written->items[at] :
	    NULL;
}

static enum err
look(const struct written *written, struct snapshot *below, struct bytes key,
    struct bytes *value)
{
	const struct item *item = find(written, key);

	if (item == NULL)
		return snapshot_get(below, key, value);
	if (item->is_gone)
		return ERR_NOT_FOUND;
	*value = item->value;
	return ERR_OK;
}

static void
o_close(struct engine *engine)
{
	struct overlay *o = (struct overlay *)engine;

	snapshot_release(o->moment);
	arena_destroy(o->arena);
	free(o);
}

static enum err
o_open(
    const struct engine_options *options, struct engine **out, struct why *why)
{
	struct overlay *o = calloc(1, sizeof *o);
	enum err err = ERR_NOMEM;

	if (o == NULL)
		return ERR_NOMEM;
	o->engine.ops = &engine_overlay;
	o->now = &nothing;
	o->arena = arena_create();
	if (o->arena != NULL)
		err = store_snapshot(options->below, &o->moment);
	if (err == ERR_OK)
		*out = &o->engine;
	else
		o_close(&o->engine);
	return err;
}

/* --- reading --- */

static enum err
o_snapshot_renew(struct engine_snapshot *snapshot)
{
	struct overlay_snapshot *s = (struct overlay_snapshot *)snapshot;
	struct overlay *o = (struct overlay *)s->s.engine;

	s->written = o->now;
	return o->moment != NULL ? ERR_OK : ERR_IO;
}

static enum err
o_snapshot_create(struct engine *engine, struct engine_snapshot **out)
{
	struct overlay_snapshot *s = calloc(1, sizeof *s);
	enum err err;

	if (s == NULL)
		return ERR_NOMEM;
	s->s.engine = engine;
	err = o_snapshot_renew(&s->s);
	if (err == ERR_OK)
		*out = &s->s;
	else
		free(s);
	return err;
}

static void
o_snapshot_reset(struct engine_snapshot *snapshot)
{
}

static void
o_snapshot_destroy(struct engine_snapshot *snapshot)
{
	free(snapshot);
}

static struct snapshot *
moment_of(const struct engine_snapshot *snapshot)
{
	return ((const struct overlay *)snapshot->engine)->moment;
}

static enum err
o_get(struct engine_snapshot *snapshot, struct bytes key, struct bytes *value)
{
	struct overlay_snapshot *s = (struct overlay_snapshot *)snapshot;

	return look(s->written, moment_of(snapshot), key, value);
}

static enum err
o_cursor_open(struct engine_snapshot *snapshot, struct bytes lo,
    struct bytes hi, enum direction direction, struct engine_cursor **out)
{
	struct overlay_snapshot *s = (struct overlay_snapshot *)snapshot;
	struct overlay_cursor *c = calloc(1, sizeof *c);
	enum err err;

	if (c == NULL)
		return ERR_NOMEM;
	c->c.snapshot = snapshot;
	c->direction = direction;
	c->first = place_of(s->written, lo);
	c->last = hi.len > 0 ? place_of(s->written, hi) : s->written->count;
	if (c->last < c->first)
		c->last = c->first;
	c->lo = c->first;
	c->hi = c->last;
	err = cursor_open(moment_of(snapshot), lo, hi, direction, &c->below);
	if (err != ERR_OK) {
		free(c);
		return err;
	}
	*out = &c->c;
	return ERR_OK;
}

/* The next item that was written; NULL at the end. */
static const struct item *
next_item(const struct overlay_cursor *c)
{
	const struct overlay_snapshot *s =
	    (const struct overlay_snapshot *)c->c.snapshot;

	if (c->lo == c->hi)
		return NULL;
	return s->written->items[c->direction == FORWARD ? c->lo : c->hi - 1];
}

static void
step(struct overlay_cursor *c)
{
	if (c->direction == FORWARD)
		c->lo++;
	else
		c->hi--;
}

/* The smaller key of both goes first, the larger one backward; of two that are
 * alike the one below is hidden. */
static enum err
o_cursor_next(
    struct engine_cursor *cursor, struct bytes *key, struct bytes *value)
{
	struct overlay_cursor *c = (struct overlay_cursor *)cursor;

	for (;;) {
		const struct item *item = next_item(c);
		int order;

		if (!c->has_below)
			c->below_err = cursor_next(
			    &c->below, &c->key, &c->value);
		c->has_below = true;
		if (c->below_err != ERR_OK && c->below_err != ERR_NOT_FOUND)
			return c->below_err;
		if (item == NULL || c->below_err != ERR_OK)
			order = item == NULL ? 1 : -1;
		else
			order = c->direction == FORWARD ?
			    bytes_compare(item->key, c->key) :
			    bytes_compare(c->key, item->key);
		if (order > 0) {
			if (c->below_err != ERR_OK)
				return c->below_err;
			*key = c->key;
			*value = c->value;
			c->has_below = false;
			return ERR_OK;
		}
		c->has_below = order < 0;
		step(c);
		if (item->is_gone)
			continue;
		*key = item->key;
		*value = item->value;
		return ERR_OK;
	}
}

static void
o_cursor_seek(struct engine_cursor *cursor, struct bytes key)
{
	struct overlay_cursor *c = (struct overlay_cursor *)cursor;
	const struct written *written =
	    ((struct overlay_snapshot *)cursor->snapshot)->written;
	size_t at = place_of(written, key);

	if (c->direction == BACKWARD && at < written->count &&
	    bytes_equal(written->items[at]->key, key))
		at++;
	at = at < c->first ? c->first : at > c->last ? c->last : at;
	c->lo = c->direction == FORWARD ? at : c->first;
	c->hi = c->direction == FORWARD ? c->last : at;
	cursor_seek(&c->below, key);
	c->has_below = false;
}

static void
o_cursor_close(struct engine_cursor *cursor)
{
	struct overlay_cursor *c = (struct overlay_cursor *)cursor;

	cursor_close(&c->below);
	free(c);
}

/* --- writing --- */

static enum err
o_txn_begin(struct engine *engine, struct engine_txn **out)
{
	struct overlay *o = (struct overlay *)engine;
	struct overlay_txn *txn = calloc(1, sizeof *txn);
	size_t size = o->now->count * sizeof *o->now->items;

	if (txn != NULL)
		txn->written = malloc(sizeof *txn->written + size);
	if (txn == NULL || txn->written == NULL) {
		free(txn);
		return ERR_NOMEM;
	}
	txn->t.engine = engine;
	txn->written->count = o->now->count;
	if (size > 0)
		memcpy(txn->written->items, o->now->items, size);
	*out = &txn->t;
	return ERR_OK;
}

static void
o_txn_abort(struct engine_txn *t)
{
	struct overlay_txn *txn = (struct overlay_txn *)t;

	free(txn->written);
	free(txn);
}

static enum err
o_txn_get(struct engine_txn *t, struct bytes key, struct bytes *value)
{
	struct overlay_txn *txn = (struct overlay_txn *)t;

	return look(
	    txn->written, ((struct overlay *)t->engine)->moment, key, value);
}

/* Put an item in its place, or in that of the one with its key. */
static enum err
insert(struct overlay_txn *txn, const struct item *item)
{
	struct written *w = txn->written;
	size_t at = place_of(w, item->key);

	if (at == w->count || !bytes_equal(w->items[at]->key, item->key)) {
		w = realloc(w, sizeof *w + (w->count + 1) * sizeof w->items[0]);
		if (w == NULL)
			return ERR_NOMEM;
		memmove(w->items + at + 1, w->items + at,
		    (w->count - at) * sizeof w->items[0]);
		w->count++;
		txn->written = w;
	}
	w->items[at] = item;
	return ERR_OK;
}

static enum err
write_item(struct overlay_txn *txn, struct bytes key, struct bytes head,
    struct bytes tail, bool is_gone)
{
	struct overlay *o = (struct overlay *)txn->t.engine;
	struct item *item = arena_new(o->arena, struct item);
	char *at = arena_alloc_raw(o->arena, key.len + head.len + tail.len + 1);

	if (item == NULL || at == NULL)
		return ERR_NOMEM;
	memcpy(at, key.at, key.len);
	if (head.len > 0)
		memcpy(at + key.len, head.at, head.len);
	if (tail.len > 0)
		memcpy(at + key.len + head.len, tail.at, tail.len);
	item->key = (struct bytes){ at, key.len };
	item->value = (struct bytes){ at + key.len, head.len + tail.len };
	item->is_gone = is_gone;
	return insert(txn, item);
}

static enum err
o_txn_put(struct engine_txn *txn, struct bytes key, struct bytes head,
    struct bytes tail)
{
	return write_item((struct overlay_txn *)txn, key, head, tail, false);
}

static enum err
o_txn_delete(struct engine_txn *txn, struct bytes key)
{
	return write_item(
	    (struct overlay_txn *)txn, key, BYTES_NONE, BYTES_NONE, true);
}

static enum err
o_txn_commit(struct engine_txn *t)
{
	struct overlay_txn *txn = (struct overlay_txn *)t;
	struct overlay *o = (struct overlay *)t->engine;
	size_t size = sizeof *txn->written +
	    txn->written->count * sizeof txn->written->items[0];
	void *now = arena_alloc_raw(o->arena, size);

	if (now != NULL) {
		memcpy(now, txn->written, size);
		o->now = now;
	}
	o_txn_abort(t);
	return now != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err
o_copy(struct engine *engine, const char *path, struct why *why)
{
	return ERR_DENIED;
}

static enum err
o_space(struct engine *engine, struct engine_space *out)
{
	*out = (struct engine_space){ .size_bytes = STORE_MAP_SIZE };
	return ERR_OK;
}

static enum err
o_clear_stale(struct engine *engine, int *count)
{
	*count = 0;
	return ERR_OK;
}

const struct engine_ops engine_overlay = {
	.name = "overlay",
	.open = o_open,
	.close = o_close,
	.snapshot_create = o_snapshot_create,
	.snapshot_reset = o_snapshot_reset,
	.snapshot_renew = o_snapshot_renew,
	.snapshot_destroy = o_snapshot_destroy,
	.get = o_get,
	.cursor_open = o_cursor_open,
	.cursor_next = o_cursor_next,
	.cursor_seek = o_cursor_seek,
	.cursor_close = o_cursor_close,
	.txn_begin = o_txn_begin,
	.txn_get = o_txn_get,
	.txn_put = o_txn_put,
	.txn_delete = o_txn_delete,
	.txn_commit = o_txn_commit,
	.txn_abort = o_txn_abort,
	.copy = o_copy,
	.space = o_space,
	.clear_stale = o_clear_stale,
};

/* --- for store.h --- */

enum err
store_forget(struct store *store)
{
	struct overlay *o = (struct overlay *)store->engine;

	o->now = &nothing;
	return o->moment != NULL ? snapshot_renew(&o->moment) : ERR_IO;
}

enum err
store_written(struct store *store, struct bytes prefix,
    enum err (*hear)(void *context, struct bytes key, struct bytes value),
    void *context)
{
	const struct written *now = ((struct overlay *)store->engine)->now;
	enum err err = ERR_OK;

	for (size_t i = place_of(now, prefix); err == ERR_OK && i < now->count;
	     i++) {
		const struct item *item = now->items[i];

		if (!bytes_start_with(item->key, prefix))
			break;
		if (!item->is_gone)
			err = hear(context, item->key, item->value);
	}
	return err;
}
