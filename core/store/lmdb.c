/* core/store/lmdb.c - the engine of every site: one LMDB environment.
 *
 * The only file that includes lmdb.h; written for 0.9.24 and its known holes:
 * - no WRITEMAP (a stray write would reach the disk), no DUPSORT, no nested
 *   transactions; NOSYNC for tests alone;
 * - NOTLS: a snapshot belongs to who holds it, not to a thread, and renewing
 *   one writes its moment into a slot it keeps: no lock, no system call;
 * - a commit is one run of writes and fdatasync() for the pages, then one
 *   write of the meta page, which is open with O_DSYNC;
 * - a failed write of the meta page makes every later begin MDB_PANIC;
 * - a short write is reported as EIO although the disk is only full.
 */
#include "config.h"

#include "core/store/engine.h"

#include "core/base/file.h"
#include "core/store/folder.h"

#include <lmdb.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Slots for snapshots, shared by all processes that open the site; the first
 * one decides. Enough for check, backup and export beside the owner. */
#define READERS_MIN 256
/* Places that a snapshot keeps, see place_of(). A power of 2. */
#define PLACES 8
/* Under this much room EIO of a commit means a full disk. */
#define FULL_DISK_BYTES (1024 * 1024)

struct lmdb {
	struct engine base;
	MDB_env *env;
	MDB_dbi dbi;
	struct lmdb_txn {
		struct engine_txn base;
		MDB_txn *txn;
	} txn; /* there is one write at a time */
	char dir[PATH_MAX];
};

struct lmdb_bound {
	uint16_t len; /* 0: none */
	char at[ENGINE_KEY_MAX];
};

struct lmdb_cursor {
	struct engine_cursor base;
	struct lmdb_cursor *next; /* of the snapshot's idle ones */
	MDB_cursor *mc;
	enum direction direction;
	enum {
		CURSOR_AT_EDGE = 0, /* not positioned yet */
		CURSOR_SOUGHT,      /* goes on at <sought> */
		CURSOR_WALKING,
		CURSOR_ENDED
	} state;
	struct lmdb_bound lo, hi, sought;
};

struct lmdb_snapshot {
	struct engine_snapshot base;
	MDB_txn *txn;
	struct lmdb_cursor *idle;
	unsigned open_cursors;
	MDB_cursor *places[PLACES]; /* or NULL */
	unsigned placed;            /* a bit for each that stands somewhere */
};

static enum err
lmdb_err(int rc)
{
	switch (rc) {
	case MDB_SUCCESS: return ERR_OK;
	case MDB_NOTFOUND: return ERR_NOT_FOUND;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG: return ERR_FULL;
	case MDB_READERS_FULL: return ERR_BUSY;
	case MDB_BAD_VALSIZE: return ERR_INVALID;
	case ENOMEM: return ERR_NOMEM;
	case EACCES:
	case EPERM:
	case EROFS: return ERR_DENIED;
	case MDB_PANIC:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_CURSOR_FULL:
	case MDB_PAGE_FULL:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_BAD_TXN:
	case MDB_MAP_RESIZED: /* another process made the map larger */
		return ERR_CORRUPT;
	default: return ERR_IO;
	}
}

static inline MDB_val
val_of(struct bytes b)
{
	return (MDB_val){ b.len, (void *)(uintptr_t)b.at };
}

static inline struct bytes
bytes_of_val(MDB_val v)
{
	return (struct bytes){ v.mv_data, v.mv_size };
}

static inline int
order(struct bytes a, struct bytes b)
{
	int c = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	if (c != 0)
		return c;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* --- opening --- */

/* A file cut short would end the process with SIGBUS when it is read. */
static int
length_check(MDB_env *env)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat st;
	int fd, rc;

	rc = mdb_env_info(env, &info);
	if (rc == 0)
		rc = mdb_env_stat(env, &stat);
	if (rc == 0)
		rc = mdb_env_get_fd(env, &fd);
	if (rc != 0)
		return rc;
	if (fstat(fd, &st) != 0)
		return errno;
	/* A fresh one is two meta pages, and says so. */
	if ((uint64_t)st.st_size / stat.ms_psize < info.me_last_pgno + 1)
		return MDB_CORRUPTED;
	return 0;
}

static int
env_open(struct lmdb *db, const struct engine_options *options)
{
	unsigned flags = MDB_NOTLS;
	unsigned readers = 2 * options->threads + 64;
	MDB_txn *txn = NULL;
	int fd, rc;

	if (options->read_only)
		flags |= MDB_RDONLY;
	if (options->unsynced)
		flags |= MDB_NOSYNC;
	rc = mdb_env_create(&db->env);
	if (rc != 0)
		return rc;
	rc = mdb_env_set_maxreaders(
	    db->env, readers > READERS_MIN ? readers : READERS_MIN);
	/* Readers take the size that the owner wrote. */
	if (rc == 0 && !options->read_only)
		rc = mdb_env_set_mapsize(db->env, options->map_size);
	if (rc == 0)
		rc = mdb_env_open(db->env, options->dir, flags, 0600);
	if (rc == 0)
		rc = length_check(db->env);
	if (rc == 0)
		rc = mdb_env_get_fd(db->env, &fd);
	if (rc == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		rc = errno;
	if (rc == 0)
		rc = mdb_txn_begin(
		    db->env, NULL, options->read_only ? MDB_RDONLY : 0, &txn);
	if (rc != 0)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &db->dbi);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	return mdb_txn_commit(txn);
}

static enum err
lmdb_open(
    const struct engine_options *options, struct engine **out, struct why *why)
{
	struct lmdb *db;
	enum err err;
	int rc;

	err = folder_check(options->dir, "data.mdb", options->create, why);
	if (err != ERR_OK)
		return err;
	db = calloc(1, sizeof *db);
	if (db == NULL)
		return ERR_NOMEM;
	db->base.ops = &engine_lmdb;
	snprintf(db->dir, sizeof db->dir, "%s", options->dir);
	rc = env_open(db, options);
	if (rc != 0) {
		if (db->env != NULL)
			mdb_env_close(db->env);
		free(db);
		err = rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH ?
		    ERR_INVALID :
		    lmdb_err(rc);
		return why_set(why, err, NULL,
		    N_("The store cannot be opened: {name}"), rc,
		    mdb_strerror(rc));
	}
	*out = &db->base;
	return ERR_OK;
}

static void
lmdb_close(struct engine *engine)
{
	struct lmdb *db = (struct lmdb *)engine;

	mdb_env_close(db->env);
	free(db);
}

/* --- reading --- */

static enum err
lmdb_snapshot_create(struct engine *engine, struct engine_snapshot **out)
{
	struct lmdb *db = (struct lmdb *)engine;
	struct lmdb_snapshot *s = calloc(1, sizeof *s);
	int rc;

	if (s == NULL)
		return ERR_NOMEM;
	rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &s->txn);
	if (rc != 0) {
		free(s);
		return lmdb_err(rc);
	}
	s->base.engine = engine;
	*out = &s->base;
	return ERR_OK;
}

static void
lmdb_snapshot_reset(struct engine_snapshot *snapshot)
{
	struct lmdb_snapshot *s = (struct lmdb_snapshot *)snapshot;

	assert(s->open_cursors == 0);
	s->placed = 0;
	mdb_txn_reset(s->txn);
}

static enum err
lmdb_snapshot_renew(struct engine_snapshot *snapshot)
{
	struct lmdb_snapshot *s = (struct lmdb_snapshot *)snapshot;

	return lmdb_err(mdb_txn_renew(s->txn));
}

static void
lmdb_snapshot_destroy(struct engine_snapshot *snapshot)
{
	struct lmdb_snapshot *s = (struct lmdb_snapshot *)snapshot;
	struct lmdb_cursor *c;

	assert(s->open_cursors == 0);
	while ((c = s->idle) != NULL) {
		s->idle = c->next;
		mdb_cursor_close(c->mc);
		free(c);
	}
	for (size_t i = 0; i < PLACES; i++)
		if (s->places[i] != NULL)
			mdb_cursor_close(s->places[i]);
	mdb_txn_abort(s->txn);
	free(s);
}

static inline enum err
get(MDB_txn *txn, MDB_dbi dbi, struct bytes key, struct bytes *value)
{
	MDB_val k = val_of(key), v;
	int rc = mdb_get(txn, dbi, &k, &v);

	if (rc != 0)
		return lmdb_err(rc);
	*value = bytes_of_val(v);
	return ERR_OK;
}

/* The cursor that last read a key which began as this one; NULL when there is
 * no memory for it. */
static MDB_cursor *
place_of(struct lmdb_snapshot *s, size_t i)
{
	MDB_dbi dbi = ((struct lmdb *)s->base.engine)->dbi;

	if (s->placed >> i & 1)
		return s->places[i];
	if (s->places[i] == NULL) {
		if (mdb_cursor_open(s->txn, dbi, &s->places[i]) != 0)
			return NULL;
	} else if (mdb_cursor_renew(s->txn, s->places[i]) != 0) {
		return NULL;
	}
	s->placed |= 1u << i;
	return s->places[i];
}

/* A page reads a list's tickets, their customers and what the agent has seen
 * of them in turns: keys with the same two bytes in front are often on the
 * same page of the store as the one before, and LMDB looks there first. */
static enum err
lmdb_get(
    struct engine_snapshot *snapshot, struct bytes key, struct bytes *value)
{
	struct lmdb_snapshot *s = (struct lmdb_snapshot *)snapshot;
	size_t i = key.len < 2 ?
	    0 :
	    ((unsigned char)key.at[0] * 3 + (unsigned char)key.at[1]) % PLACES;
	MDB_cursor *place = place_of(s, i);
	MDB_val k = val_of(key), v;
	int rc;

	if (place == NULL)
		return get(
		    s->txn, ((struct lmdb *)s->base.engine)->dbi, key, value);
	rc = mdb_cursor_get(place, &k, &v, MDB_SET);
	if (rc == 0)
		*value = bytes_of_val(v);
	else if (rc != MDB_NOTFOUND)
		s->placed &= ~(1u << i); /* it may stand between pages */
	return lmdb_err(rc);
}

/* --- cursors --- */

static void
bound_set(struct lmdb_bound *bound, struct bytes key)
{
	bound->len = (uint16_t)key.len;
	if (key.len > 0)
		memcpy(bound->at, key.at, key.len);
}

static inline struct bytes
bound_get(const struct lmdb_bound *bound)
{
	return (struct bytes){ bound->at, bound->len };
}

/* One of the snapshot's own that lies idle, or a new one. */
static enum err
cursor_take(struct lmdb_snapshot *s, struct lmdb_cursor **out)
{
	struct lmdb_cursor *c = s->idle;
	int rc;

	if (c != NULL) {
		rc = mdb_cursor_renew(s->txn, c->mc);
		if (rc != 0)
			return lmdb_err(rc);
		s->idle = c->next;
	} else {
		c = malloc(sizeof *c);
		if (c == NULL)
			return ERR_NOMEM;
		rc = mdb_cursor_open(
		    s->txn, ((struct lmdb *)s->base.engine)->dbi, &c->mc);
		if (rc != 0) {
			free(c);
			return lmdb_err(rc);
		}
	}
	*out = c;
	return ERR_OK;
}

static enum err
lmdb_cursor_open(struct engine_snapshot *snapshot, struct bytes lo,
    struct bytes hi, enum direction direction, struct engine_cursor **out)
{
	struct lmdb_snapshot *s = (struct lmdb_snapshot *)snapshot;
	struct lmdb_cursor *c = NULL;
	enum err err;

	if (lo.len > ENGINE_KEY_MAX || hi.len > ENGINE_KEY_MAX)
		return ERR_INVALID;
	err = cursor_take(s, &c);
	if (err != ERR_OK)
		return err;
	c->base.snapshot = snapshot;
	c->next = NULL;
	c->direction = direction;
	c->state = CURSOR_AT_EDGE;
	bound_set(&c->lo, lo);
	bound_set(&c->hi, hi);
	s->open_cursors++;
	*out = &c->base;
	return ERR_OK;
}

/* Step to the first key of the walk: after this the next step is MDB_NEXT or
 * MDB_PREV. */
static int
cursor_place(struct lmdb_cursor *c, MDB_val *k, MDB_val *v)
{
	const struct lmdb_bound *from = c->state == CURSOR_SOUGHT ? &c->sought :
	    c->direction == FORWARD                               ? &c->lo :
								    &c->hi;
	bool sought = c->state == CURSOR_SOUGHT;
	int rc;

	c->state = CURSOR_WALKING;
	if (from->len == 0)
		return mdb_cursor_get(c->mc, k, v,
		    c->direction == FORWARD ? MDB_FIRST : MDB_LAST);
	*k = val_of(bound_get(from));
	rc = mdb_cursor_get(c->mc, k, v, MDB_SET_RANGE);
	if (c->direction == FORWARD)
		return rc;
	/* Backward: SET_RANGE gave the first key that is not before <from>. */
	if (rc == MDB_NOTFOUND)
		return mdb_cursor_get(c->mc, k, v, MDB_LAST);
	if (rc != 0 ||
	    (sought && order(bytes_of_val(*k), bound_get(from)) == 0))
		return rc;
	return mdb_cursor_get(c->mc, k, v, MDB_PREV);
}

static enum err
lmdb_cursor_next(
    struct engine_cursor *cursor, struct bytes *key, struct bytes *value)
{
	struct lmdb_cursor *c = (struct lmdb_cursor *)cursor;
	bool forward = c->direction == FORWARD;
	MDB_val k, v;
	int rc;

	if (c->state == CURSOR_WALKING)
		rc = mdb_cursor_get(
		    c->mc, &k, &v, forward ? MDB_NEXT : MDB_PREV);
	else if (c->state == CURSOR_ENDED)
		return ERR_NOT_FOUND;
	else
		rc = cursor_place(c, &k, &v);
	if (rc == 0 && forward && c->hi.len > 0 &&
	    order(bytes_of_val(k), bound_get(&c->hi)) >= 0)
		rc = MDB_NOTFOUND;
	if (rc == 0 && !forward && c->lo.len > 0 &&
	    order(bytes_of_val(k), bound_get(&c->lo)) < 0)
		rc = MDB_NOTFOUND;
	if (rc != 0) {
		c->state = CURSOR_ENDED;
		return lmdb_err(rc);
	}
	*key = bytes_of_val(k);
	*value = bytes_of_val(v);
	return ERR_OK;
}

static void
lmdb_cursor_seek(struct engine_cursor *cursor, struct bytes key)
{
	struct lmdb_cursor *c = (struct lmdb_cursor *)cursor;

	if (key.len == 0 && c->direction == BACKWARD) {
		c->state = CURSOR_ENDED;
		return;
	}
	/* Outside its bounds means at their edge. */
	if ((c->direction == FORWARD && order(key, bound_get(&c->lo)) < 0) ||
	    (c->direction == BACKWARD && c->hi.len > 0 &&
		order(key, bound_get(&c->hi)) >= 0)) {
		c->state = CURSOR_AT_EDGE;
		return;
	}
	bound_set(&c->sought, key);
	c->state = CURSOR_SOUGHT;
}

static void
lmdb_cursor_close(struct engine_cursor *cursor)
{
	struct lmdb_cursor *c = (struct lmdb_cursor *)cursor;
	struct lmdb_snapshot *s = (struct lmdb_snapshot *)c->base.snapshot;

	c->next = s->idle;
	s->idle = c;
	s->open_cursors--;
}

/* --- writing --- */

static enum err
lmdb_txn_begin(struct engine *engine, struct engine_txn **out)
{
	struct lmdb *db = (struct lmdb *)engine;
	int rc = mdb_txn_begin(db->env, NULL, 0, &db->txn.txn);

	if (rc != 0)
		return lmdb_err(rc);
	db->txn.base.engine = engine;
	*out = &db->txn.base;
	return ERR_OK;
}

static enum err
lmdb_txn_get(struct engine_txn *txn, struct bytes key, struct bytes *value)
{
	struct lmdb *db = (struct lmdb *)txn->engine;

	return get(db->txn.txn, db->dbi, key, value);
}

static enum err
lmdb_txn_put(struct engine_txn *txn, struct bytes key, struct bytes head,
    struct bytes tail)
{
	struct lmdb *db = (struct lmdb *)txn->engine;
	MDB_val k = val_of(key), v = { head.len + tail.len, NULL };
	int rc;

	/* Reserved: the bytes are copied once, into the page. */
	rc = mdb_put(db->txn.txn, db->dbi, &k, &v, MDB_RESERVE);
	if (rc != 0)
		return lmdb_err(rc);
	if (head.len > 0)
		memcpy(v.mv_data, head.at, head.len);
	if (tail.len > 0)
		memcpy((char *)v.mv_data + head.len, tail.at, tail.len);
	return ERR_OK;
}

static enum err
lmdb_txn_delete(struct engine_txn *txn, struct bytes key)
{
	struct lmdb *db = (struct lmdb *)txn->engine;
	MDB_val k = val_of(key);
	int rc = mdb_del(db->txn.txn, db->dbi, &k, NULL);

	return rc == MDB_NOTFOUND ? ERR_OK : lmdb_err(rc);
}

/* What a failed commit means. LMDB calls a short write EIO, and tells of a
 * lost meta page only to the next one who begins. */
static enum err
commit_failed(struct lmdb *db, int rc)
{
	struct statvfs fs;
	MDB_txn *txn = NULL;

	if (mdb_txn_begin(db->env, NULL, 0, &txn) == MDB_PANIC)
		return ERR_CORRUPT;
	mdb_txn_abort(txn);
	if (rc == EIO && statvfs(db->dir, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < FULL_DISK_BYTES)
		return ERR_FULL;
	return lmdb_err(rc);
}

static enum err
lmdb_txn_commit(struct engine_txn *txn)
{
	struct lmdb *db = (struct lmdb *)txn->engine;
	int rc = mdb_txn_commit(db->txn.txn);

	db->txn.txn = NULL;
	return rc == 0 ? ERR_OK : commit_failed(db, rc);
}

static void
lmdb_txn_abort(struct engine_txn *txn)
{
	struct lmdb *db = (struct lmdb *)txn->engine;

	mdb_txn_abort(db->txn.txn);
	db->txn.txn = NULL;
}

/* --- care --- */

static enum err
lmdb_copy(struct engine *engine, const char *path, struct why *why)
{
	struct lmdb *db = (struct lmdb *)engine;
	char folder[PATH_MAX];
	char *slash;
	enum err err;
	int fd, rc;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return why_set(why,
		    errno == EEXIST ? ERR_EXISTS : lmdb_err(errno), NULL,
		    N_("The copy cannot be written: {name}"), errno, path);
	rc = mdb_env_copyfd2(db->env, fd, MDB_CP_COMPACT);
	if (rc == 0 && fsync(fd) != 0)
		rc = errno;
	if (close(fd) != 0 && rc == 0)
		rc = errno;
	err = lmdb_err(rc);
	if (err == ERR_OK) {
		snprintf(folder, sizeof folder, "%s", path);
		slash = strrchr(folder, '/');
		if (slash == NULL)
			snprintf(folder, sizeof folder, ".");
		else
			slash[slash == folder] = '\0';
		err = file_sync_folder(folder);
	}
	if (err == ERR_OK)
		return ERR_OK;
	(void)unlink(path);
	return why_set(why, err, NULL, N_("The copy cannot be written: {name}"),
	    rc, mdb_strerror(rc));
}

/* Pages that LMDB may take again: its list of free ones is database 0, where
 * each value begins with how many it names. */
static int
free_pages(struct lmdb *db, uint64_t *pages)
{
	MDB_cursor *mc = NULL;
	MDB_txn *txn;
	MDB_val k, v;
	size_t n;
	int rc;

	rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return rc;
	*pages = 0;
	rc = mdb_cursor_open(txn, 0, &mc);
	while (rc == 0) {
		rc = mdb_cursor_get(mc, &k, &v, MDB_NEXT);
		if (rc == 0) {
			memcpy(&n, v.mv_data, sizeof n);
			*pages += n;
		}
	}
	if (mc != NULL)
		mdb_cursor_close(mc);
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static enum err
lmdb_space(struct engine *engine, struct engine_space *out)
{
	struct lmdb *db = (struct lmdb *)engine;
	MDB_envinfo info;
	MDB_stat stat;
	uint64_t pages = 0, used;
	int rc;

	rc = mdb_env_info(db->env, &info);
	if (rc == 0)
		rc = mdb_env_stat(db->env, &stat);
	if (rc != 0)
		return lmdb_err(rc);
	used = (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize;
	/* The list is long after great deletions: read it when it matters. */
	if (used > info.me_mapsize / 16 * 14)
		rc = free_pages(db, &pages);
	if (rc != 0)
		return lmdb_err(rc);
	*out = (struct engine_space){ .size_bytes = info.me_mapsize,
		.used_bytes = used,
		.free_bytes = pages * stat.ms_psize };
	return ERR_OK;
}

static enum err
lmdb_clear_stale(struct engine *engine, int *count)
{
	struct lmdb *db = (struct lmdb *)engine;
	int dead = 0;
	int rc = mdb_reader_check(db->env, &dead);

	if (rc == 0)
		*count = dead;
	return lmdb_err(rc);
}

const struct engine_ops engine_lmdb = {
	.name = "lmdb",
	.open = lmdb_open,
	.close = lmdb_close,
	.snapshot_create = lmdb_snapshot_create,
	.snapshot_reset = lmdb_snapshot_reset,
	.snapshot_renew = lmdb_snapshot_renew,
	.snapshot_destroy = lmdb_snapshot_destroy,
	.get = lmdb_get,
	.cursor_open = lmdb_cursor_open,
	.cursor_next = lmdb_cursor_next,
	.cursor_seek = lmdb_cursor_seek,
	.cursor_close = lmdb_cursor_close,
	.txn_begin = lmdb_txn_begin,
	.txn_get = lmdb_txn_get,
	.txn_put = lmdb_txn_put,
	.txn_delete = lmdb_txn_delete,
	.txn_commit = lmdb_txn_commit,
	.txn_abort = lmdb_txn_abort,
	.copy = lmdb_copy,
	.space = lmdb_space,
	.clear_stale = lmdb_clear_stale,
};
