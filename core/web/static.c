/* core/web/static.c - style sheets, scripts and icons in memory. */
#include "config.h"
#include "core/web/static.h"

#include "core/base/arena.h"
#include "core/base/crc32c.h"
#include "core/base/file.h"
#include "core/web/request.h"
#include "core/web/response.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *const folders[] = { "css", "icons", "js", "js/strings" };
#define FOLDERS (sizeof folders / sizeof *folders)
static const struct {
	const char *ending, *type;
} types[] = {
	{ ".css", "text/css;charset=utf-8" },
	{ ".js", "text/javascript;charset=utf-8" },
	{ ".json", "application/json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".ico", "image/x-icon" },
	{ ".webp", "image/webp" },
	{ ".woff2", "font/woff2" },
	{ ".webmanifest", "application/manifest+json" },
};

struct entry {
	const char *path; /* "css/app.css" */
	const char *type;
	struct bytes content;
};

struct static_set {
	_Atomic unsigned holders;
	struct arena *arena;
	struct entry *entries; /* sorted by path */
	size_t count;
	char version[16];
};

static const char *
type_of(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		size_t end = strlen(types[i].ending);

		if (name[0] != '.' && len > end &&
		    strcmp(name + len - end, types[i].ending) == 0)
			return types[i].type;
	}
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

/* The place for <path>, where there may be one of that name already. */
static struct entry *
place_for(struct static_set *set, const char *path)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->entries[i].path, path) == 0)
			return &set->entries[i];
	return set->count < STATIC_FILES_MAX ? &set->entries[set->count++] :
					       NULL;
}

static enum err
load_file(
    struct static_set *set, const char *file, const char *path, struct why *why)
{
	struct buf content = buf_in(set->arena);
	struct entry entry = { .type = type_of(path) }, *place;
	enum err err = file_read(file, STATIC_FILE_MAX, &content, why);

	if (err != ERR_OK)
		return err;
	entry.path = arena_copy(set->arena, path, strlen(path));
	entry.content = buf_get(&content);
	if (entry.path == NULL)
		return ERR_NOMEM;
	place = place_for(set, path);
	if (place == NULL)
		return why_set(why, ERR_LIMIT, NULL,
		    N_("{name}: over {n} files"), STATIC_FILES_MAX, file);
	*place = entry;
	return ERR_OK;
}

static enum err
load_folder(struct static_set *set, const char *dir, const char *folder,
    struct why *why)
{
	char file[PATH_MAX], path[NAME_MAX + 32];
	struct dirent *entry;
	enum err err = ERR_OK;
	DIR *open;

	snprintf(file, sizeof file, "%s/%s", dir, folder);
	open = opendir(file);
	if (open == NULL && errno == ENOENT)
		return ERR_OK;
	if (open == NULL)
		return why_set(why, ERR_IO, NULL,
		    N_("The folder {name} cannot be read"), 0, file);
	while (err == ERR_OK && (entry = readdir(open)) != NULL) {
		if (type_of(entry->d_name) == NULL)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (snprintf(file, sizeof file, "%s/%s", dir, path) <
		    (int)sizeof file)
			err = load_file(set, file, path, why);
	}
	closedir(open);
	return err;
}

/* One figure for all files, paths and contents: links change when one does. */
static void
make_version(struct static_set *set)
{
	uint32_t a = 0, b = 0x5bd1e995;

	for (size_t i = 0; i < set->count; i++) {
		struct entry *entry = &set->entries[i];

		a = crc32c(a, entry->path, strlen(entry->path));
		a = crc32c(a, entry->content.at, entry->content.len);
		b = crc32c(b ^ (uint32_t)entry->content.len, entry->content.at,
		    entry->content.len);
	}
	snprintf(set->version, sizeof set->version, "%08x%04x", a, b & 0xffff);
}

enum err
static_set_load(const char *share_dir, const char *site_dir, struct why *why,
    struct static_set **out)
{
	struct static_set *set = calloc(1, sizeof *set);
	const char *dirs[] = { share_dir, site_dir };
	enum err err = ERR_NOMEM;

	if (set == NULL)
		return ERR_NOMEM;
	atomic_init(&set->holders, 1);
	set->arena = arena_create();
	if (set->arena == NULL)
		goto out;
	set->entries = arena_array(set->arena, struct entry, STATIC_FILES_MAX);
	if (set->entries == NULL)
		goto out;
	err = ERR_OK;
	for (size_t d = 0; d < 2; d++)
		for (size_t f = 0;
		     err == ERR_OK && dirs[d] != NULL && f < FOLDERS; f++)
			err = load_folder(set, dirs[d], folders[f], why);
	if (err != ERR_OK)
		goto out;
	qsort(set->entries, set->count, sizeof *set->entries, compare);
	make_version(set);
	*out = set;
	set = NULL;
out:
	static_set_release(set);
	return err;
}

struct static_set *
static_set_hold(struct static_set *set)
{
	atomic_fetch_add_explicit(&set->holders, 1, memory_order_relaxed);
	return set;
}

void
static_set_release(struct static_set *set)
{
	if (set == NULL ||
	    atomic_fetch_sub_explicit(&set->holders, 1, memory_order_acq_rel) >
		1)
		return;
	arena_destroy(set->arena);
	free(set);
}

struct bytes
static_version(const struct static_set *set)
{
	return bytes_of(set->version);
}

static const struct entry *
find_entry(const struct static_set *set, const char *path)
{
	struct entry want = { .path = path };

	return bsearch(
	    &want, set->entries, set->count, sizeof *set->entries, compare);
}

bool
static_has(const struct static_set *set, const char *path)
{
	return find_entry(set, path) != NULL;
}

int
static_answer(const struct static_set *set, const struct request *request,
    struct bytes path, struct response *response)
{
	char key[NAME_MAX + 32];
	const struct entry *found;
	bool is_current = bytes_is(
	    params_get(&request->query, "v"), set->version);

	if (path.len >= sizeof key)
		return 404;
	memcpy(key, path.at, path.len);
	key[path.len] = '\0';
	found = find_entry(set, key);
	if (found == NULL)
		return 404;
	/* Modules import each other without the version: those are asked
	 * after, and answered 304. */
	response->cache = is_current ? "public, max-age=31536000, immutable" :
				       "public, no-cache";
	response_type(response, found->type);
	if (strcmp(found->type, "image/svg+xml") == 0)
		response->csp = CSP_SANDBOX;
	if (!response_etag(response, request, bytes_of(set->version)))
		buf_bytes(&response->body, found->content);
	return 0;
}
