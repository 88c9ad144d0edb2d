/* core/desk/scripts.c - a site's scripts: files, last good versions, when. */
#include "config.h"
#include "core/desk/scripts.h"
#include "core/base/arena.h"
#include "core/base/crc32c.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/desk/body.h"
#include "core/desk/run.h"
#include "core/desk/sealed.h"
#include "core/desk/scripts_private.h"
#include "core/desk/site_private.h"
#include "core/desk/version.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct when_set {
	atomic_uint references;
	struct arena *arena;
	struct script_set *scripts;
	struct directory *directory;   /* the filters' names are of it */
	const struct filter **filters; /* by handler id; NULL: always */
	size_t count;
	struct script_warning *warnings;
	size_t warning_count;
};

bool
scripts_is_script(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && len < 100 && name[0] != '.' &&
	    strcmp(name + len - 4, ".lua") == 0 &&
	    (len < 9 || strcmp(name + len - 9, "_test.lua") != 0) &&
	    (len < 6 || strcmp(name + len - 6, ".d.lua") != 0);
}

/* A sum that changes when a file is added, removed or written. */
static uint64_t
file_sum(const char *path, uint64_t sum)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return sum;
	for (const char *p = path; *p != '\0'; p++)
		sum = (sum ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	sum = (sum ^ (uint64_t)st.st_mtim.tv_sec) * UINT64_C(0x100000001b3);
	sum = (sum ^ (uint64_t)st.st_mtim.tv_nsec) * UINT64_C(0x100000001b3);
	return (sum ^ (uint64_t)st.st_size) * UINT64_C(0x100000001b3);
}

static struct script_file *
find_file(struct loading *l, struct bytes name)
{
	for (size_t i = 0; i < l->count; i++)
		if (bytes_equal(l->files[i].name, name))
			return &l->files[i];
	return NULL;
}

/* What a new desk has at work; the other shipped scripts, and those that an
 * upgrade brings, wait until they are switched on. */
static bool
is_off_at_first(struct bytes name)
{
	static const char *const on[] = { "autoreply", "escalation", "routing",
		"survey" };

	for (size_t i = 0; i < sizeof on / sizeof *on; i++)
		if (bytes_is(name, on[i]))
			return false;
	return true;
}

/* A script that is switched off is not loaded at all. A site's own file that
 * takes the place of a shipped one is another script: it begins switched on.
 */
static bool
is_off(const struct loading *l, struct bytes name, bool is_shipped)
{
	const struct record *script = directory_find_key(
	    l->read.directory, KIND_SCRIPT, name);

	if (script == NULL)
		return is_shipped && is_off_at_first(name);
	return record_int(script, SCRIPT_IS_OFF) &&
	    (is_shipped || !record_int(script, SCRIPT_IS_SHIPPED));
}

static enum err
add_file(struct loading *l, const char *path, const char *file, bool shipped)
{
	const struct record *kept;
	struct script_file *place;
	struct buf text = buf_in(l->arena);
	struct bytes name = { file, strlen(file) - 4 };
	enum err err;

	l->sum = file_sum(path, l->sum);
	name.at = arena_copy(l->arena, name.at, name.len);
	if (name.at == NULL)
		return ERR_NOMEM;
	if (is_off(l, name, shipped)) {
		if (l->off_count == 2 * SCRIPT_FILES_MAX)
			return ERR_LIMIT;
		l->off[l->off_count++] = name;
		return ERR_OK;
	}
	err = file_read(path, SCRIPT_SOURCE_MAX, &text, NULL);
	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK) {
		log_event(LOG_WARN, "script.unreadable", "file=%s error=%s",
		    path, err_name(err));
		return ERR_OK;
	}
	place = find_file(l, name);
	if (place == NULL) {
		if (l->count == SCRIPT_FILES_MAX)
			return ERR_LIMIT;
		place = &l->files[l->count++];
	}
	kept = directory_find_key(l->read.directory, KIND_SCRIPT, name);
	*place = (struct script_file){ name, buf_get(&text),
		kept != NULL ? record_text(kept, SCRIPT_SOURCE) : BYTES_NONE };
	l->is_shipped[place - l->files] = shipped;
	return ERR_OK;
}

/* The one that is tried: no version of it was good before. */
static enum err
add_tried(struct loading *l, const struct script_file *tried)
{
	struct script_file *place = find_file(l, tried->name);

	if (place == NULL && l->count == SCRIPT_FILES_MAX)
		return ERR_LIMIT;
	if (place == NULL)
		place = &l->files[l->count++];
	*place = *tried;
	l->is_shipped[place - l->files] = false;
	return ERR_OK;
}

static int
compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum err
add_folder(struct loading *l, const char *base, bool shipped)
{
	struct dirent **entries = NULL;
	char folder[PATH_MAX], path[PATH_MAX + 256];
	enum err err = ERR_OK;
	int n;

	snprintf(folder, sizeof folder, "%s/scripts", base);
	n = scandir(folder, &entries, NULL, compare_names);
	for (int i = 0; i < n; i++) {
		if (err == ERR_OK && scripts_is_script(entries[i]->d_name)) {
			snprintf(path, sizeof path, "%s/%s", folder,
			    entries[i]->d_name);
			err = add_file(l, path, entries[i]->d_name, shipped);
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

/* { "routing": {...} } of the settings named script/routing. */
static enum err
add_settings(struct loading *l, struct buf *out)
{
	struct json_writer w = json_writer(out);
	const struct record *const *all;
	size_t count;
	enum err err = ERR_OK;

	all = directory_all(l->read.directory, KIND_SETTING, &count);
	json_begin_object(&w);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct bytes name = record_text(all[i], SETTING_NAME);
		const struct json *chosen = NULL;

		if (!bytes_start_with(name, BYTES("script/")))
			continue;
		name = (struct bytes){ name.at + 7, name.len - 7 };
		json_key_bytes(&w, name);
		err = json_parse(l->arena, record_text(all[i], SETTING_VALUE),
		    JSON_BYTES_MAX, &chosen, NULL);
		if (err == ERR_OK)
			err = sealed_put_opened(
			    l->site, name, chosen, l->arena, &w);
		else if (err != ERR_NOMEM)
			err = ERR_OK;
	}
	json_end_object(&w);
	return err == ERR_OK && out->failed ? ERR_NOMEM : err;
}

void
when_set_unref(struct when_set *set)
{
	if (set == NULL || atomic_fetch_sub(&set->references, 1) > 1)
		return;
	script_set_unref(set->scripts);
	directory_unref(set->directory);
	arena_destroy(set->arena);
	free(set);
}

static enum err
compile(struct when_set *set, const struct script_handler *handler)
{
	struct filter_reader reader = { .directory = set->directory };
	struct filter *filter = arena_new(set->arena, struct filter);
	const struct json *json;
	struct why why = { .message = "" };
	char words[512];
	enum err err;

	if (filter == NULL)
		return ERR_NOMEM;
	err = json_parse(
	    set->arena, handler->when, JSON_BYTES_MAX, &json, &why);
	if (err == ERR_OK)
		err = filter_from_json(
		    json, &reader, true, set->arena, filter, &why);
	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK) {
		/* a condition that cannot be read never holds */
		log_event(LOG_ERROR, "script.when",
		    "handler=%.*s line=%d why=%s", BYTES_ARG(handler->full),
		    handler->line, why_text(&why, words, sizeof words));
		filter->term_count = 1;
		filter->terms[0] = (struct filter_term){ .op = FILTER_ANY_OF };
	}
	set->filters[handler->id] = filter;
	return ERR_OK;
}

static enum err
copy_text(struct when_set *set, struct bytes *text)
{
	text->at = arena_copy(set->arena, text->at, text->len);
	return text->at != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err
keep_warnings(struct when_set *set, const struct script_report *report)
{
	enum err err = ERR_OK;

	set->warnings = arena_array(
	    set->arena, struct script_warning, report->warning_count + 1);
	if (set->warnings == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < report->warning_count; i++) {
		set->warnings[i] = report->warnings[i];
		err = copy_text(set, &set->warnings[i].file);
		if (err == ERR_OK)
			err = copy_text(set, &set->warnings[i].message);
	}
	set->warning_count = report->warning_count;
	return err;
}

static enum err
make_when(struct loading *l, const struct script_report *report,
    struct when_set **out)
{
	struct when_set *set = calloc(1, sizeof *set);
	const struct script_handler *all;
	enum err err = ERR_OK;

	if (set == NULL)
		return ERR_NOMEM;
	atomic_init(&set->references, 1);
	set->arena = arena_create();
	set->scripts = script_host_set(l->site->scripts);
	set->directory = directory_ref(l->read.directory);
	if (set->arena == NULL) {
		err = ERR_NOMEM;
	} else if (set->scripts != NULL) {
		size_t handlers;

		all = script_set_all(set->scripts, &handlers);
		/* ids have gaps where one file replaces another */
		for (size_t i = 0; i < handlers; i++)
			if (all[i].id >= set->count)
				set->count = all[i].id + 1;
		set->filters = arena_array(
		    set->arena, const struct filter *, set->count + 1);
		if (set->filters == NULL)
			err = ERR_NOMEM;
		for (size_t i = 0; err == ERR_OK && i < handlers; i++)
			if (all[i].when.len > 0)
				err = compile(set, &all[i]);
	}
	if (err == ERR_OK)
		err = keep_warnings(set, report);
	if (err == ERR_OK)
		*out = set;
	else
		when_set_unref(set);
	return err;
}

static void
put_when(struct site *site, struct when_set *fresh)
{
	struct when_set *old;

	pthread_mutex_lock(&site->when_mutex);
	old = site->when;
	site->when = fresh;
	pthread_mutex_unlock(&site->when_mutex);
	when_set_unref(old);
}

struct when_set *
when_set_take(struct site *site)
{
	struct when_set *set;

	pthread_mutex_lock(&site->when_mutex);
	set = site->when;
	if (set != NULL)
		atomic_fetch_add(&set->references, 1);
	pthread_mutex_unlock(&site->when_mutex);
	if (set != NULL && set->scripts == NULL) {
		when_set_unref(set);
		return NULL;
	}
	return set;
}

struct script_set *
when_set_scripts(struct when_set *set)
{
	return set->scripts;
}

const struct script_warning *
when_set_warnings(const struct when_set *set, size_t *count)
{
	*count = set->warning_count;
	return set->warnings;
}

bool
when_holds(struct when_set *set, const struct script_handler *handler,
    const struct filter_subject *subject)
{
	const struct filter *filter = handler->id < set->count ?
	    set->filters[handler->id] :
	    NULL;

	if (filter == NULL)
		return true;
	return subject->ticket != NULL && filter_matches(filter, subject);
}

void
scripts_handler_state(struct site *site, struct bytes handler, int64_t now_us,
    struct handler_state *out)
{
	health_state(site->health, handler, now_us, out);
}

static void
write_report(struct buf *out, const struct script_report *report)
{
	static const char *const states[SCRIPT_STATE__COUNT] = { "ok",
		"does not load, the last good version runs", "does not load",
		"replaced by another script" };

	for (size_t i = 0; i < report->file_count; i++) {
		const struct script_file_report *file = &report->files[i];

		log_event(file->message.len > 0 ? LOG_WARN : LOG_INFO,
		    "script.loaded", "script=%.*s state=%d why=%.*s",
		    BYTES_ARG(file->name), file->state,
		    BYTES_ARG(file->message));
		if (out == NULL)
			continue;
		buf_printf(out, "%.*s: %s", BYTES_ARG(file->name),
		    states[file->state]);
		if (file->message.len > 0)
			buf_printf(out, ": %.*s", BYTES_ARG(file->message));
		buf_char(out, '\n');
	}
	for (size_t i = 0; out != NULL && i < report->warning_count; i++)
		buf_printf(out, "%.*s:%d: %.*s\n",
		    BYTES_ARG(report->warnings[i].file),
		    report->warnings[i].line,
		    BYTES_ARG(report->warnings[i].message));
}

/* A scratch site reads the folders of the one below it, and keeps nothing. */
static bool
has_folders(const struct site *site)
{
	return site->options.below == NULL && site->options.past == NULL;
}

static enum err
settle(struct loading *l)
{
	return has_folders(l->site) ? script_disk_settle(l->site, l->arena) :
				      ERR_OK;
}

/* Keep what became of each file, through the one door. */
static enum err
keep(struct loading *l, const struct script_report *report, struct why *why)
{
	struct script_load load = { l->files, l->is_shipped, l->count, l->off,
		l->off_count, report, NULL, 0 };
	struct script_disk *disk = NULL;
	struct act_result result;
	struct act_input input;
	enum err err = ERR_OK;

	if (has_folders(l->site))
		err = script_disk_read(
		    l->site, l->arena, &disk, &load.disk_count);
	if (err != ERR_OK)
		return err;
	load.disk = disk;
	act_input_init(&input, VERB_SCRIPTS_KEEP, KIND_NONE);
	input.actor = actor_system();
	input.source = SOURCE_CLI;
	input.loaded = &load;
	return desk_act(l->site, &input, l->arena, &result, why);
}

static uint64_t
told_sum(const struct buf *hello, const struct buf *settings)
{
	return (uint64_t)crc32c(0, hello->at, hello->len) << 32 |
	    crc32c(0, settings->at, settings->len);
}

static bool
has_requests(const struct site *site)
{
	const struct desk_output *output = site->options.output;

	return output == NULL || !output->has_no_requests;
}

enum err
scripts_tell(struct loading *l, struct buf *hello, struct buf *settings)
{
	enum err err = body_hello(
	    hello, l->read.directory, has_requests(l->site));

	return err == ERR_OK ? add_settings(l, settings) : err;
}

enum err
scripts_gather(struct loading *l, struct buf *hello, struct buf *settings)
{
	enum err err;

	l->files = arena_array(l->arena, struct script_file, SCRIPT_FILES_MAX);
	l->is_shipped = arena_array(l->arena, bool, SCRIPT_FILES_MAX);
	l->off = arena_array(
	    l->arena, struct bytes, 2 * (size_t)SCRIPT_FILES_MAX);
	if (l->files == NULL || l->is_shipped == NULL || l->off == NULL)
		return ERR_NOMEM;
	err = add_folder(l, site_share_dir(l->site), true);
	if (err == ERR_OK)
		err = add_folder(l, l->site->dir, false);
	if (err == ERR_OK && l->site->options.tried != NULL)
		err = add_tried(l, l->site->options.tried);
	return err == ERR_OK ? scripts_tell(l, hello, settings) : err;
}

static enum err
load(struct loading *l, struct buf *report_out, struct why *why)
{
	struct buf hello = buf_in(l->arena), settings = buf_in(l->arena);
	struct script_report report;
	struct when_set *when;
	enum err err = settle(l);

	if (err == ERR_OK)
		err = scripts_gather(l, &hello, &settings);

	if (err != ERR_OK)
		return err;
	atomic_store(&l->site->script_files, l->sum);
	atomic_store(&l->site->script_told, told_sum(&hello, &settings));
	atomic_store(
	    &l->site->script_directory, directory_version(l->read.directory));
	err = script_host_load(l->site->scripts, buf_get(&hello), l->files,
	    l->count, buf_get(&settings), l->arena, &report, why);
	if (err != ERR_OK)
		return err;
	write_report(report_out, &report);
	err = make_when(l, &report, &when);
	if (err != ERR_OK)
		return err;
	put_when(l->site, when);
	health_wake(l->site->health);
	atomic_store(&l->site->scripts_loaded_us, l->read.now_us);
	return keep(l, &report, why);
}

enum err
scripts_load(struct site *site, struct buf *report, struct why *why)
{
	struct loading l = { .site = site };
	enum err err;

	l.arena = arena_create();
	if (l.arena == NULL)
		return ERR_NOMEM;
	pthread_mutex_lock(&site->load_lock);
	err = site_read_begin(site, &l.read);
	if (err == ERR_OK) {
		/* loading takes longer than a snapshot may be held */
		snapshot_release(l.read.snapshot);
		l.read.snapshot = NULL;
		err = load(&l, report, why);
		site_read_end(&l.read);
	}
	pthread_mutex_unlock(&site->load_lock);
	arena_destroy(l.arena);
	return err;
}

int64_t
scripts_loaded_us(struct site *site)
{
	return atomic_load(&site->scripts_loaded_us);
}

/* Scripts name keys and read settings: a new queue, or another choice, is
 * told to them by a load. */
static bool
is_told_else(struct site *site)
{
	struct loading l = { .site = site };
	struct buf hello, settings;
	uint64_t version;
	bool is_else = false;

	if (site_read_begin(site, &l.read) != ERR_OK)
		return false;
	version = directory_version(l.read.directory);
	if (version != atomic_load(&site->script_directory))
		l.arena = arena_create();
	if (l.arena != NULL) {
		hello = buf_in(l.arena);
		settings = buf_in(l.arena);
		if (scripts_tell(&l, &hello, &settings) == ERR_OK) {
			is_else = told_sum(&hello, &settings) !=
			    atomic_load(&site->script_told);
			atomic_store(&site->script_directory, version);
		}
	}
	site_read_end(&l.read);
	arena_destroy(l.arena);
	return is_else;
}

static bool
have_files_changed(struct site *site)
{
	const char *folders[] = { site_share_dir(site), site->dir };
	uint64_t sum = 0;

	for (size_t f = 0; f < 2; f++) {
		struct dirent **entries = NULL;
		char folder[PATH_MAX], path[PATH_MAX + 256];
		int n;

		snprintf(folder, sizeof folder, "%s/scripts", folders[f]);
		n = scandir(folder, &entries, NULL, compare_names);
		for (int i = 0; i < n; i++) {
			if (scripts_is_script(entries[i]->d_name)) {
				snprintf(path, sizeof path, "%s/%s", folder,
				    entries[i]->d_name);
				sum = file_sum(path, sum);
			}
			free(entries[i]);
		}
		free(entries);
	}
	return sum != atomic_load(&site->script_files);
}

bool
scripts_have_changed(struct site *site)
{
	return have_files_changed(site) || is_told_else(site);
}
