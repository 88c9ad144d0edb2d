/* core/desk/script_disk.c - the files of scripts: read, written, saved. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/utf8.h"
#include "core/desk/scripts_private.h"
#include "core/desk/site_private.h"
#include "core/desk/version.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEST_END "_test"
#define FILE_MODE 0640
#define FOLDER_MODE 0750
#define WAITING_MAX 200

bool
script_name_is_test(struct bytes name)
{
	return name.len > strlen(TEST_END) &&
	    memcmp(name.at + name.len - strlen(TEST_END), TEST_END,
		strlen(TEST_END)) == 0;
}

bool
script_name_is_good(struct bytes name)
{
	if (name.len == 0 || name.len > SCRIPT_NAME_MAX || name.at[0] < 'a' ||
	    name.at[0] > 'z')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' &&
		    c != '_')
			return false;
	}
	return !bytes_is(name, "new") && !bytes_is(name, "guide"); /* pages */
}

/* ---- read ---- */

static bool
has_shipped(const struct site *site)
{
	return strcmp(site->options.share_dir, site->dir) != 0;
}

static ERR_CHECKED enum err
read_in(const char *folder, struct bytes name, struct arena *arena,
    struct bytes *text)
{
	struct buf whole = buf_in(arena);
	char *path;
	enum err err;

	/* Names come from folders and forms: none leads out of here. */
	if (name.len == 0 || name.at[0] == '.' || bytes_has(name, '/') ||
	    bytes_has(name, '\0'))
		return ERR_NOT_FOUND;
	path = arena_printf(
	    arena, "%s/scripts/%.*s.lua", folder, BYTES_ARG(name));
	if (path == NULL)
		return ERR_NOMEM;
	err = file_read(path, SCRIPT_SOURCE_MAX, &whole, NULL);
	if (err == ERR_OK)
		*text = whole.len > 0 ? buf_get(&whole) : BYTES("");
	return err;
}

enum err
script_disk_own(struct site *site, struct bytes name, struct arena *arena,
    struct bytes *text)
{
	return read_in(site->dir, name, arena, text);
}

enum err
script_disk_shipped(struct site *site, struct bytes name, struct arena *arena,
    struct bytes *text)
{
	return has_shipped(site) ?
	    read_in(site->options.share_dir, name, arena, text) :
	    ERR_NOT_FOUND;
}

/* The files of a folder, as they are gathered. */
struct gathering {
	struct site *site;
	struct arena *arena;
	struct script_disk *files;
	size_t count, cap;
};

static bool
is_known(const struct gathering *g, struct bytes name)
{
	for (size_t i = 0; i < g->count; i++)
		if (bytes_equal(g->files[i].name, name))
			return true;
	return false;
}

static bool
is_test(const char *file)
{
	size_t len = strlen(file);

	return len > 9 && len < 100 && file[0] != '.' &&
	    strcmp(file + len - 9, "_test.lua") == 0;
}

static enum err
gather_file(struct gathering *g, const char *file, bool is_shipped)
{
	size_t len = strlen(file) - 4;
	char *copy = arena_copy(g->arena, file, len);
	struct script_disk *disk;
	struct bytes name = { copy, len };
	enum err err;

	if (copy == NULL)
		return ERR_NOMEM;
	if (g->count == g->cap || (is_shipped && is_known(g, name)))
		return ERR_OK;
	disk = &g->files[g->count++];
	*disk = (struct script_disk){ .name = name, .is_shipped = is_shipped };
	err = is_shipped ?
	    script_disk_shipped(g->site, name, g->arena, &disk->text) :
	    script_disk_own(g->site, name, g->arena, &disk->text);
	if (err != ERR_OK || !utf8_is_valid(disk->text))
		disk->text = BYTES_NONE;
	else
		version_hash(disk->text, disk->hash);
	return err == ERR_NOMEM ? err : ERR_OK;
}

static enum err
gather_folder(struct gathering *g, const char *base, bool is_shipped)
{
	struct dirent **entries = NULL;
	char folder[PATH_MAX];
	enum err err = ERR_OK;
	int n;

	snprintf(folder, sizeof folder, "%s/scripts", base);
	n = scandir(folder, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		const char *file = entries[i]->d_name;

		if (err == ERR_OK &&
		    (scripts_is_script(file) || (!is_shipped && is_test(file))))
			err = gather_file(g, file, is_shipped);
		free(entries[i]);
	}
	free(entries);
	return err;
}

enum err
script_disk_read(struct site *site, struct arena *arena,
    struct script_disk **out, size_t *count)
{
	struct gathering g = { .site = site,
		.arena = arena,
		.cap = 4 * (size_t)SCRIPT_FILES_MAX };
	enum err err;

	g.files = arena_array(arena, struct script_disk, g.cap);
	if (g.files == NULL)
		return ERR_NOMEM;
	err = gather_folder(&g, site->dir, false);
	if (err == ERR_OK && has_shipped(site))
		err = gather_folder(&g, site->options.share_dir, true);
	*out = g.files;
	*count = g.count;
	return err;
}

/* The hash of the site's own file; empty if there is none. ERR_IO ... if that
 * cannot be told. */
static enum err
hash_now(struct site *site, struct bytes name, struct arena *arena,
    char out[VERSION_HASH_SIZE])
{
	struct bytes text;
	enum err err = script_disk_own(site, name, arena, &text);

	out[0] = '\0';
	if (err == ERR_OK)
		version_hash(text, out);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- written ---- */

static enum err
write_out(
    struct site *site, struct bytes name, bool is_removal, struct bytes text)
{
	char folder[PATH_MAX], path[PATH_MAX + 128];
	struct why why = { .message = "" };
	char words[400];
	enum err err;

	snprintf(folder, sizeof folder, "%s/scripts", site->dir);
	snprintf(path, sizeof path, "%s/%.*s.lua", folder, BYTES_ARG(name));
	if (is_removal) {
		if (unlink(path) != 0 && errno != ENOENT)
			err = ERR_IO;
		else
			err = file_sync_folder(folder);
	} else {
		err = file_make_folders(folder, FOLDER_MODE, &why);
		if (err == ERR_OK)
			err = file_replace(path, FILE_MODE, text, &why);
	}
	log_event(err == ERR_OK ? LOG_INFO : LOG_ERROR, "script.written",
	    "path=%s error=%s why=%s", path, err_name(err),
	    err == ERR_OK ? "" : why_text(&why, words, sizeof words));
	return err;
}

/* One that waits, unless a later version is there or the file was changed. */
static enum err
settle_one(struct site *site, struct snapshot *snapshot,
    const struct record *version, struct arena *arena)
{
	struct bytes file = record_text(version, VERSION_FILE), text;
	char now[VERSION_HASH_SIZE];
	struct record newest;
	enum err err = version_newest(snapshot, file, &newest);

	if (err == ERR_OK && newest.id != version->id)
		return ERR_OK;
	if (err == ERR_OK)
		err = hash_now(site, file, arena, now);
	if (err == ERR_OK)
		err = record_bigtext(
		    snapshot, version, VERSION_TEXT, arena, &text);
	if (err != ERR_OK)
		return err;
	if (!bytes_is(record_text(version, VERSION_OVER), now) ||
	    bytes_is(record_text(version, VERSION_HASH), now))
		return ERR_OK;
	return write_out(
	    site, file, record_int(version, VERSION_IS_REMOVED), text);
}

enum err
script_disk_settle(struct site *site, struct arena *arena)
{
	struct newest_query query = { .kind = KIND_VERSION,
		.index = INDEX_VERSION_WAITING,
		.limit = WAITING_MAX };
	struct newest_page page = { .count = 0 };
	struct site_read read;
	enum err err = site_read_begin(site, &read);

	if (err != ERR_OK)
		return err;
	err = records_newest(read.snapshot, &query, arena, &page);
	for (size_t i = 0; err == ERR_OK && i < page.count; i++) {
		err = settle_one(site, read.snapshot, &page.records[i], arena);
		if (err != ERR_NOMEM)
			err = ERR_OK; /* the others are not to wait for it */
	}
	site_read_end(&read);
	return err;
}

/* ---- saved ---- */

/* Without a word of what it is made from: the first of the site's own in the
 * place of a shipped one is made from that; or what changed in the one it was
 * made from is taken over. */
static enum err
find_original(struct site *site, struct script_saving *s, struct arena *arena)
{
	struct site_read read;
	struct record newest;
	struct bytes name;
	enum err err;

	if (s->original.len == 0 && s->takes_original) {
		err = site_read_begin(site, &read);
		if (err != ERR_OK)
			return err;
		err = version_newest(read.snapshot, s->name, &newest);
		if (err == ERR_OK) {
			name = record_text(&newest, VERSION_ORIGINAL);
			s->original.at = arena_copy(arena, name.at, name.len);
			s->original.len = name.len;
		}
		site_read_end(&read);
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
	}
	if (s->original.len == 0 && s->over[0] == '\0' && !s->is_removal)
		s->original = s->name;
	if (s->original.len == 0)
		return ERR_OK;
	err = script_disk_shipped(site, s->original, arena, &s->original_text);
	if (err != ERR_OK || !utf8_is_valid(s->original_text))
		s->original = BYTES_NONE;
	return err == ERR_NOMEM ? err : ERR_OK;
}

/* A file that was changed a moment ago and not loaded yet: a load makes a
 * version of it, before another one takes its place. */
static enum err
keep_unseen(struct site *site, struct script_saving *s, struct arena *arena)
{
	struct site_read read;
	struct record newest;
	bool is_known = false;
	enum err err = site_read_begin(site, &read);

	if (err != ERR_OK)
		return err;
	err = version_newest(read.snapshot, s->name, &newest);
	if (err == ERR_OK)
		is_known = record_int(&newest, VERSION_IS_WAITING) ||
		    s->over[0] == '\0' ||
		    bytes_is(record_text(&newest, VERSION_HASH), s->over);
	else if (err == ERR_NOT_FOUND)
		is_known = s->over[0] == '\0';
	site_read_end(&read);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err != ERR_OK || is_known)
		return err;
	err = scripts_load(site, NULL, NULL);
	return err == ERR_OK ? hash_now(site, s->name, arena, s->over) : err;
}

static enum err
save(struct site *site, struct act_input *input, struct script_saving *s,
    struct arena *arena, int64_t *saved, struct why *why)
{
	struct act_result result = { .record = 0 };
	struct why later = { .message = "" };
	char words[400];
	enum err err = hash_now(site, s->name, arena, s->over);

	if (err == ERR_OK)
		err = keep_unseen(site, s, arena);
	if (err == ERR_OK)
		err = find_original(site, s, arena);
	if (err == ERR_OK)
		err = desk_act(site, input, arena, &result, why);
	if (err != ERR_OK)
		return err;
	*saved = (int64_t)result.record;
	err = scripts_load(site, NULL, &later);
	if (err != ERR_OK)
		log_event(LOG_ERROR, "scripts.load", "site=%s why=%s",
		    site->dir, why_text(&later, words, sizeof words));
	return ERR_OK;
}

enum err
script_save(struct site *site, const struct actor *actor, enum source source,
    const struct script_saving *saving, struct arena *arena, int64_t *saved,
    struct why *why)
{
	struct script_saving s = *saving;
	struct act_input input;
	enum err err;

	act_input_init(&input, VERB_SCRIPT_SAVE, KIND_NONE);
	input.actor = *actor;
	input.source = source;
	input.saving = &s;
	pthread_mutex_lock(&site->save_lock);
	err = save(site, &input, &s, arena, saved, why);
	pthread_mutex_unlock(&site->save_lock);
	return err;
}
