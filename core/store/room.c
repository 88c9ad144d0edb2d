/* core/store/room.c - whether new work fits, and what a store can tell of
 * itself.
 *
 * LMDB needs room even to delete, so new work stops while there is some left:
 * at min_free of the disk, and at a reserve of the map.
 */
#include "config.h"

#include "core/base/clock.h"
#include "core/store/store_private.h"

#include <sys/statvfs.h>

#define MIB (UINT64_C(1) << 20)
#define MIN_FREE_BASE (256 * MIB)
#define MIN_FREE_MOST (2048 * MIB)
/* Of the map: its 64th, within these. */
#define RESERVE_SHARE 64
#define RESERVE_LEAST (MIB / 8)
#define RESERVE_MOST (64 * MIB)

struct disk {
	uint64_t free, min_free; /* bytes */
};

static enum err
disk_look(const struct store *store, struct disk *out)
{
	struct statvfs fs;
	uint64_t min_free = store->min_free;

	if (statvfs(store->dir, &fs) != 0)
		return ERR_IO;
	if (min_free == STORE_MIN_FREE_DEFAULT) {
		min_free = MIN_FREE_BASE +
		    (uint64_t)fs.f_blocks * fs.f_frsize / 100;
		if (min_free > MIN_FREE_MOST)
			min_free = MIN_FREE_MOST;
	}
	*out = (struct disk){ .free = (uint64_t)fs.f_bavail * fs.f_frsize,
		.min_free = min_free };
	return ERR_OK;
}

static bool
map_has_room(const struct engine_space *space)
{
	uint64_t reserve = space->size_bytes / RESERVE_SHARE;
	uint64_t used = space->used_bytes - space->free_bytes;

	if (reserve < RESERVE_LEAST)
		reserve = RESERVE_LEAST;
	if (reserve > RESERVE_MOST)
		reserve = RESERVE_MOST;
	return used + reserve <= space->size_bytes;
}

/* For users of the engine. */
static enum err
look(struct store *store)
{
	struct engine_space space;
	struct disk disk;
	enum err err;

	err = disk_look(store, &disk);
	if (err == ERR_OK)
		err = store->ops->space(store->engine, &space);
	if (err != ERR_OK)
		return store_engine_err(store, err);
	return disk.free < disk.min_free || !map_has_room(&space) ? ERR_FULL :
								    ERR_OK;
}

enum err
store_room(struct store *store)
{
	int64_t now = clock_monotonic_us();
	int64_t looked = atomic_load(&store->looked_us);
	enum err err;

	/* The one who finds it too old looks; the others go by the old. */
	if ((looked != 0 && now - looked < CLOCK_SECOND_US) ||
	    !atomic_compare_exchange_strong(&store->looked_us, &looked, now))
		return (enum err)atomic_load(&store->room);
	err = store_pin(store);
	if (err != ERR_OK)
		return err;
	err = look(store);
	store_unpin(store);
	/* What could not be looked at is left to the commit to find out. */
	atomic_store(&store->room, err == ERR_FULL ? ERR_FULL : ERR_OK);
	return err == ERR_FULL ? ERR_FULL : ERR_OK;
}

enum err
store_ready(struct store *store)
{
	switch (store_state(store)) {
	case STORE_OPEN: return store_room(store);
	case STORE_DRAINING: return ERR_BUSY;
	default: return ERR_IO;
	}
}

enum err
store_status(struct store *store, struct store_status *out)
{
	struct store_status status = {
		.commit_number = store_commit_number(store),
		.commits = atomic_load(&store->commits),
		.batches = atomic_load(&store->batches),
	};
	struct disk disk;
	enum err err;

	err = store_pin(store);
	if (err != ERR_OK)
		return err;
	err = store->ops->space(store->engine, &status.space);
	if (err == ERR_OK)
		err = disk_look(store, &disk);
	err = store_engine_err(store, err);
	store_unpin(store);
	if (err != ERR_OK)
		return err;
	status.disk_free = disk.free;
	status.min_free = disk.min_free;
	pthread_mutex_lock(&store->queue);
	status.waiting = (unsigned)store->waiting;
	pthread_mutex_unlock(&store->queue);
	pthread_mutex_lock(&store->pool);
	status.snapshots = store->snapshots;
	pthread_mutex_unlock(&store->pool);
	*out = status;
	return ERR_OK;
}

enum err
store_clear_stale(struct store *store, int *count)
{
	enum err err = store_pin(store);

	if (err != ERR_OK)
		return err;
	err = store_engine_err(
	    store, store->ops->clear_stale(store->engine, count));
	store_unpin(store);
	return err;
}

enum err
store_copy(struct store *store, const char *path, struct why *why)
{
	enum err err = store_pin(store);

	if (err != ERR_OK)
		return why_set(why, err, NULL, err_message(err), 0, NULL);
	err = store_engine_err(
	    store, store->ops->copy(store->engine, path, why));
	store_unpin(store);
	return err;
}
