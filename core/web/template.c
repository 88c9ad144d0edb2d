/* core/web/template.c - sets of templates: files, names, holders. */
#include "config.h"
#include "core/web/template.h"
#include "core/web/template_private.h"

#include "core/base/file.h"
#include "core/base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TEMPLATES_MAX 2000
#define FOLDER_DEPTH_MAX 8

bool
template_grow(struct template_set *set, void *array, size_t count, size_t *cap,
    size_t item_size)
{
	void **items = array, *grown;
	size_t more = *cap > 0 ? *cap * 2 : 64;

	if (count < *cap)
		return true;
	grown = arena_grow(
	    set->arena, *items, *cap * item_size, more * item_size);
	if (grown == NULL)
		return false;
	*items = grown;
	*cap = more;
	return true;
}

static uint32_t
hash_of(struct bytes name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.at[i]) * 16777619u;
	return hash ^ hash >> 15;
}

/* Double the slots when they are half full. */
static bool
rehash(struct template_set *set)
{
	size_t slots = set->name_slot_count > 0 ? set->name_slot_count * 2 :
						  256;
	uint32_t *at = arena_array(set->arena, uint32_t, slots);

	if (at == NULL)
		return false;
	for (size_t i = 0; i < set->name_count; i++) {
		size_t slot = hash_of(set->names[i]) & (slots - 1);

		while (at[slot] != 0)
			slot = (slot + 1) & (slots - 1);
		at[slot] = (uint32_t)i + 1;
	}
	set->name_slots = at;
	set->name_slot_count = slots;
	return true;
}

uint32_t
template_name(struct template_set *set, struct bytes name)
{
	size_t slot;
	char *copy;

	if (set->name_count * 2 >= set->name_slot_count && !rehash(set))
		return UINT32_MAX;
	slot = hash_of(name) & (set->name_slot_count - 1);
	while (set->name_slots[slot] != 0) {
		uint32_t i = set->name_slots[slot] - 1;

		if (bytes_equal(set->names[i], name))
			return i;
		slot = (slot + 1) & (set->name_slot_count - 1);
	}
	copy = arena_copy(set->arena, name.at, name.len);
	if (copy == NULL ||
	    !template_grow(set, &set->names, set->name_count, &set->name_cap,
		sizeof *set->names))
		return UINT32_MAX;
	set->names[set->name_count] = (struct bytes){ copy, name.len };
	set->name_slots[slot] = (uint32_t)++set->name_count;
	return (uint32_t)set->name_count - 1;
}

static bool
add_path_name(struct template_set *set, uint32_t name)
{
	if (name == UINT32_MAX ||
	    !template_grow(set, &set->path_names, set->path_name_count,
		&set->path_name_cap, sizeof *set->path_names))
		return false;
	set->path_names[set->path_name_count++] = name;
	return true;
}

uint32_t
template_path(struct template_set *set, struct bytes spelled, bool *is_bad)
{
	struct path path = { .first = (uint32_t)set->path_name_count };
	struct bytes rest = spelled, word;

	if (!bytes_is(spelled, ".")) {
		while (rest.at != NULL) {
			word = bytes_split(&rest, '.');
			if (word.len == 0) {
				*is_bad = true;
				return UINT32_MAX;
			}
			if (!add_path_name(set, template_name(set, word)))
				return UINT32_MAX;
			path.count++;
		}
		path.name = set->path_names[path.first];
	}
	if (!template_grow(set, &set->paths, set->path_count, &set->path_cap,
		sizeof *set->paths))
		return UINT32_MAX;
	set->paths[set->path_count] = path;
	return (uint32_t)set->path_count++;
}

struct template *
template_find(const struct template_set *set, const char *name, size_t len)
{
	size_t low = 0, high = set->template_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		struct template *at = &set->templates[middle];
		int order = bytes_compare(
		    bytes_of(at->name), (struct bytes){ name, len });

		if (order == 0)
			return at;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Keep a source, in its place by name; it replaces one of the same name. */
static enum err
add_source(struct template_set *set, const char *name, const char *label,
    struct bytes source, struct why *why)
{
	struct template *found = template_find(set, name, strlen(name));
	size_t at = 0;

	if (source.len > TEMPLATE_SIZE_MAX)
		return why_set(why, ERR_LIMIT, NULL,
		    N_("{name}: a template may have at most {n} bytes"),
		    TEMPLATE_SIZE_MAX, label);
	if (!utf8_is_valid(source) || memchr(source.at, 0, source.len) != NULL)
		return why_set(why, ERR_INVALID, NULL,
		    N_("{name} is not UTF-8 text"), 0, label);
	if (found == NULL) {
		if (set->template_count >= TEMPLATES_MAX)
			return why_set(why, ERR_LIMIT, NULL,
			    N_("{name}: over {n} templates"), TEMPLATES_MAX,
			    label);
		if (!template_grow(set, &set->templates, set->template_count,
			&set->template_cap, sizeof *set->templates))
			return ERR_NOMEM;
		while (at < set->template_count &&
		    strcmp(set->templates[at].name, name) < 0)
			at++;
		memmove(set->templates + at + 1, set->templates + at,
		    (set->template_count - at) * sizeof *set->templates);
		set->template_count++;
		found = &set->templates[at];
	}
	*found = (struct template){ .source = source };
	found->name = arena_copy(set->arena, name, strlen(name));
	found->label = arena_copy(set->arena, label, strlen(label));
	return found->name != NULL && found->label != NULL ? ERR_OK : ERR_NOMEM;
}

/* <file> without ".html", below <prefix>, into <out>; false for others. */
static bool
name_of_file(const char *prefix, const char *file, bool is_folder, char *out,
    size_t size)
{
	size_t len = strlen(file);
	int wrote;

	if (file[0] == '.')
		return false;
	if (!is_folder) {
		if (len <= 5 || strcmp(file + len - 5, ".html") != 0)
			return false;
		len -= 5;
	}
	wrote = snprintf(
	    out, size, "%s%s%.*s", prefix, *prefix ? "/" : "", (int)len, file);
	return wrote > 0 && (size_t)wrote < size;
}

static enum err
load_file(struct template_set *set, const char *path, const char *name,
    struct why *why)
{
	struct buf text = buf_in(set->arena);
	enum err err = file_read(path, TEMPLATE_SIZE_MAX, &text, why);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_IO : err;
	return add_source(set, name, path, buf_get(&text), why);
}

static enum err
load_folder(struct template_set *set, const char *dir, const char *prefix,
    int depth, struct why *why)
{
	char path[PATH_MAX], name[256];
	struct dirent *entry;
	enum err err = ERR_OK;
	struct stat status;
	DIR *folder = opendir(dir);

	if (folder == NULL && errno == ENOENT && depth == 0)
		return ERR_NOT_FOUND;
	if (folder == NULL)
		return why_set(why, ERR_IO, NULL,
		    N_("The folder {name} cannot be read"), 0, dir);
	while (err == ERR_OK && (entry = readdir(folder)) != NULL) {
		int len = snprintf(
		    path, sizeof path, "%s/%s", dir, entry->d_name);

		if (entry->d_name[0] == '.' || len >= (int)sizeof path ||
		    stat(path, &status) != 0 ||
		    !name_of_file(prefix, entry->d_name,
			S_ISDIR(status.st_mode), name, sizeof name))
			continue;
		if (!S_ISDIR(status.st_mode))
			err = load_file(set, path, name, why);
		else if (depth < FOLDER_DEPTH_MAX)
			err = load_folder(set, path, name, depth + 1, why);
	}
	closedir(folder);
	return err;
}

static enum err
load_sources(struct template_set *set, const struct template_options *options,
    struct why *why)
{
	enum err err = ERR_OK;

	if (options->share_dir != NULL)
		err = load_folder(set, options->share_dir, "", 0, why);
	if (err == ERR_NOT_FOUND)
		return why_set(why, ERR_IO, NULL,
		    N_("The folder {name} cannot be read"), 0,
		    options->share_dir);
	if (err == ERR_OK && options->site_dir != NULL)
		err = load_folder(set, options->site_dir, "", 0, why);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < options->source_count; i++)
		err = add_source(set, options->sources[i].name,
		    options->sources[i].name, options->sources[i].text, why);
	return err;
}

static enum err
set_create(const struct template_options *options, struct template_set **out)
{
	static const char *const times[TIME__COUNT] = { "iso", "date", "short",
		"long", "relative" };
	struct template_set *set = calloc(1, sizeof *set);

	if (set == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&set->types_lock, NULL);
	atomic_init(&set->holders, 1);
	set->arena = arena_create();
	set->types_arena = arena_create();
	if (set->arena == NULL || set->types_arena == NULL)
		goto fail;
	set->text = buf_in(set->arena);
	set->is_literal = options->is_literal;
	set->translate = options->translate;
	set->plural = options->plural;
	set->languages = options->languages > 0 ? options->languages : 1;
	for (uint32_t i = 0; i < TIME__COUNT; i++)
		if (template_name(set, bytes_of(times[i])) != i)
			goto fail;
	*out = set;
	return ERR_OK;
fail:
	template_set_release(set);
	return ERR_NOMEM;
}

enum err
template_set_load(const struct template_options *options, struct why *why,
    struct template_set **out)
{
	struct template_set *set = NULL;
	enum err err = set_create(options, &set);

	if (err != ERR_OK)
		return err;
	err = load_sources(set, options, why);
	for (size_t i = 0; err == ERR_OK && i < set->template_count; i++)
		err = template_compile(set, i, why);
	if (err == ERR_OK && set->text.failed)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		*out = set;
	else
		template_set_release(set);
	return err;
}

struct template_set *
template_set_hold(struct template_set *set)
{
	atomic_fetch_add_explicit(&set->holders, 1, memory_order_relaxed);
	return set;
}

void
template_set_release(struct template_set *set)
{
	if (set == NULL ||
	    atomic_fetch_sub_explicit(&set->holders, 1, memory_order_acq_rel) >
		1)
		return;
	pthread_mutex_destroy(&set->types_lock);
	arena_destroy(set->types_arena);
	arena_destroy(set->arena);
	free(set);
}

bool
template_exists(const struct template_set *set, const char *name)
{
	return template_find(set, name, strlen(name)) != NULL;
}
