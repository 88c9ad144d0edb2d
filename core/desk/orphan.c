/* core/desk/orphan.c - files of a site that nothing in its store names. */
#include "config.h"
#include "core/desk/orphan.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/job.h"
#include "core/model/table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define STEP_FILES 500
#define NAME_SIZE 65 /* of an id, as in FILE_DISK, and a NUL */

struct orphans {
	struct store *store;
	DIR *folder;
	int64_t age_us;
	struct arena *arena;
	char path[PATH_MAX]; /* the folder's, then a file's */
	size_t path_len;
};

/* The names of files that jobs will delete. */
struct leaving {
	char (*names)[NAME_SIZE];
	size_t count, cap;
	bool is_read;
};

enum err
orphans_open(
    struct store *store, const char *dir, int64_t age_us, struct orphans **out)
{
	struct orphans *orphans = calloc(1, sizeof *orphans);
	enum err err = ERR_NOMEM;
	int len;

	if (orphans == NULL)
		return ERR_NOMEM;
	orphans->store = store;
	orphans->age_us = age_us;
	orphans->arena = arena_create();
	if (orphans->arena == NULL)
		goto out;
	len = snprintf(orphans->path, PATH_MAX, "%s/files", dir);
	err = ERR_IO;
	if (len >= PATH_MAX)
		goto out;
	orphans->path_len = (size_t)len;
	orphans->folder = opendir(orphans->path);
	if (orphans->folder == NULL) {
		err = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
		goto out;
	}
	*out = orphans;
	return ERR_OK;
out:
	orphans_close(orphans);
	return err;
}

void
orphans_close(struct orphans *orphans)
{
	if (orphans == NULL)
		return;
	if (orphans->folder != NULL)
		closedir(orphans->folder);
	arena_destroy(orphans->arena);
	free(orphans);
}

/* ---- what jobs will delete ---- */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static enum err
add_leaving(
    struct leaving *leaving, struct arena *arena, const struct record *job)
{
	const struct json *data;
	struct bytes disk;

	if (record_int(job, JOB_TYPE) != JOB_UNLINK ||
	    !record_has(job, JOB_DATA))
		return ERR_OK;
	if (json_parse(arena, record_text(job, JOB_DATA), JSON_BYTES_MAX, &data,
		NULL) != ERR_OK)
		return ERR_CORRUPT;
	disk = json_text(json_get(data, "disk"));
	if (disk.len == 0 || disk.len >= NAME_SIZE)
		return ERR_OK;
	if (leaving->count == leaving->cap) {
		size_t cap = leaving->cap > 0 ? 2 * leaving->cap : 64;
		char(*names)[NAME_SIZE] = arena_grow(arena, leaving->names,
		    leaving->cap * NAME_SIZE, cap * NAME_SIZE);

		if (names == NULL)
			return ERR_NOMEM;
		leaving->names = names;
		leaving->cap = cap;
	}
	memcpy(leaving->names[leaving->count], disk.at, disk.len);
	leaving->names[leaving->count++][disk.len] = '\0';
	return ERR_OK;
}

/* All jobs of the lane, and those that were given up. */
static enum err
read_leaving(
    struct leaving *leaving, struct arena *arena, struct snapshot *snapshot)
{
	struct cursor cursor = { .snapshot = NULL };
	struct job_at at = { .number = 0 };
	struct bytes key, value;
	struct job_run run;
	struct key lane;
	enum err err;

	key_begin(&lane, KEY_JOB);
	key_u8(&lane, (uint8_t)job_lane(JOB_UNLINK));
	err = cursor_open_prefix(snapshot, key_get(&lane), FORWARD, &cursor);
	while (err == ERR_OK) {
		err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			err = job_read(key, value, &run);
		if (err == ERR_OK)
			err = add_leaving(leaving, arena, &run.job);
	}
	cursor_close(&cursor);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	while (err == ERR_OK) {
		err = job_next_failed(snapshot, &at, &run);
		if (err == ERR_OK)
			err = add_leaving(leaving, arena, &run.job);
	}
	if (err != ERR_NOT_FOUND)
		return err;
	if (leaving->count > 0)
		qsort(leaving->names, leaving->count, NAME_SIZE, compare_names);
	leaving->is_read = true;
	return ERR_OK;
}

/* ---- files ---- */

/* Whether a record or a job names the file. */
static enum err
is_named(struct orphans *o, struct snapshot *snapshot, struct leaving *leaving,
    const char *name, bool *out)
{
	uint64_t id;
	enum err err;

	*out = false;
	if (strlen(name) >= NAME_SIZE)
		return ERR_OK;
	err = record_lookup(snapshot, INDEX_FILE_DISK, bytes_of(name), &id);
	*out = err == ERR_OK;
	if (err != ERR_NOT_FOUND)
		return err;
	if (!leaving->is_read) {
		err = read_leaving(leaving, o->arena, snapshot);
		if (err != ERR_OK)
			return err;
	}
	*out = leaving->count > 0 &&
	    bsearch(name, leaving->names, leaving->count, NAME_SIZE,
		compare_names) != NULL;
	return ERR_OK;
}

/* A file that has been there for as long as it takes to be an orphan. */
static bool
is_old(struct orphans *o, const char *name, int64_t now_us)
{
	struct stat st;
	int64_t at_us;

	if (fstatat(dirfd(o->folder), name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	at_us = (int64_t)st.st_mtim.tv_sec * 1000000 +
	    st.st_mtim.tv_nsec / 1000;
	return now_us - at_us > o->age_us;
}

static enum err
look_at(struct orphans *o, struct snapshot *snapshot, struct leaving *leaving,
    const char *name, orphan_fn *fn, void *context)
{
	bool named;
	enum err err = is_named(o, snapshot, leaving, name, &named);

	if (err != ERR_OK || named)
		return err;
	if (snprintf(o->path + o->path_len, PATH_MAX - o->path_len, "/%s",
		name) < (int)(PATH_MAX - o->path_len))
		fn(context, o->path);
	o->path[o->path_len] = '\0';
	return ERR_OK;
}

enum err
orphans_next(struct orphans *o, int64_t now_us, orphan_fn *fn, void *context)
{
	struct leaving leaving = { .names = NULL };
	struct snapshot *snapshot = NULL;
	struct dirent *item = NULL;
	enum err err = store_snapshot(o->store, &snapshot);

	for (int i = 0; err == ERR_OK && i < STEP_FILES; i++) {
		errno = 0;
		item = readdir(o->folder);
		if (item == NULL)
			err = errno == 0 ? ERR_NOT_FOUND : ERR_IO;
		else if (is_old(o, item->d_name, now_us))
			err = look_at(
			    o, snapshot, &leaving, item->d_name, fn, context);
	}
	snapshot_release(snapshot);
	arena_reset(o->arena);
	return err;
}
