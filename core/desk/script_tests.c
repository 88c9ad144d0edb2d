/* core/desk/script_tests.c - runs the tests of scripts. */
#include "config.h"
#include "core/desk/script_tests.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/desk/site_private.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_END "_test.lua"
#define SCRIPT_END ".lua"

struct running {
	struct world_options options;
	struct arena *arena;
	char folder[PATH_MAX];   /* with the test and the scripts */
	struct script_file test; /* "routing_test" */
	struct script_host *host;
	struct script_set *set;
	script_test_fn *fn;
	void *arg;
};

static bool
ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len > n && strcmp(text + len - n, end) == 0;
}

/* "a/routing.lua" or "a/routing_test.lua" to folder "a" and name
 * "routing_test". */
static enum err
take_path(struct running *r, const char *path, struct why *why)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash != NULL ? slash + 1 : path;
	int folder_len = slash != NULL ? (int)(slash - path) : 1;
	size_t len = strlen(file);
	const char *name;

	if (!ends_in(file, SCRIPT_END) || folder_len >= PATH_MAX)
		return why_set(why, ERR_NOT_FOUND, NULL,
		    N_("{name} is no script: its name ends in .lua"), 0, path);
	snprintf(r->folder, sizeof r->folder, "%.*s", folder_len,
	    slash != NULL ? path : ".");
	name = arena_printf(r->arena, "%.*s%s", (int)(len - strlen(SCRIPT_END)),
	    file, ends_in(file, TEST_END) ? "" : "_test");
	if (name == NULL)
		return ERR_NOMEM;
	r->test.name = bytes_of(name);
	return ERR_OK;
}

static enum err
read_script(struct running *r, struct bytes name, struct script_file *out,
    struct why *why)
{
	const char *path = arena_printf(
	    r->arena, "%s/%.*s%s", r->folder, BYTES_ARG(name), SCRIPT_END);
	struct buf text = buf_in(r->arena);
	enum err err;

	if (path == NULL)
		return ERR_NOMEM;
	err = file_read(path, SCRIPT_SOURCE_MAX, &text, why);
	if (err == ERR_OK)
		*out = (struct script_file){ name, buf_get(&text), BYTES_NONE };
	return err;
}

static bool
is_plain_script(const char *file)
{
	return file[0] != '.' && ends_in(file, SCRIPT_END) &&
	    !ends_in(file, TEST_END) && !ends_in(file, ".d.lua");
}

/* All scripts of the folder. */
static enum err
read_all(struct running *r, struct script_file *files, struct why *why)
{
	struct dirent **entries = NULL;
	int n = scandir(r->folder, &entries, NULL, alphasort);
	enum err err = ERR_OK;

	for (int i = 0; i < n; i++) {
		const char *file = entries[i]->d_name;

		if (err == ERR_OK && is_plain_script(file) &&
		    r->options.file_count < SCRIPT_FILES_MAX) {
			size_t len = strlen(file) - strlen(SCRIPT_END);
			char *name = arena_copy(r->arena, file, len);

			err = name == NULL ?
			    ERR_NOMEM :
			    read_script(r, (struct bytes){ name, len },
				&files[r->options.file_count], why);
			r->options.file_count += err == ERR_OK;
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

/* The script that the test is named after; else all. */
static enum err
take_scripts(struct running *r, struct why *why)
{
	struct script_file *files = arena_array(
	    r->arena, struct script_file, SCRIPT_FILES_MAX);
	struct bytes name = r->test.name;
	enum err err;

	if (files == NULL)
		return ERR_NOMEM;
	r->options.files = files;
	r->options.file_count = 0;
	name.len -= strlen("_test");
	err = read_script(r, name, &files[0], NULL);
	if (err == ERR_NOT_FOUND)
		return read_all(r, files, why);
	if (err == ERR_OK)
		r->options.file_count = 1;
	return err;
}

/* Load the test file; *<result> has the error if it does not. */
static enum err
load(struct running *r, struct script_test_result *result, struct why *why)
{
	struct script_host_options options = {
		.program = r->options.script_host, .site = "test"
	};
	struct script_report report;
	struct buf site = buf_in(r->arena);
	enum err err = worlds_site(&r->options, &site, why);

	if (err == ERR_OK)
		err = script_host_create(&options, &r->host);
	if (err == ERR_OK)
		err = script_host_load(r->host, buf_get(&site), &r->test, 1,
		    BYTES("{}"), r->arena, &report, why);
	if (err != ERR_OK)
		return err;
	r->set = script_host_set(r->host);
	result->error = report.files[0].message;
	result->line = report.files[0].line;
	return ERR_OK;
}

/* Add to a test's error what went wrong in its worlds, unless it looked. */
static void
add_failures(struct worlds *worlds, struct arena *arena,
    struct script_test_result *result)
{
	struct buf words = buf_in(arena);

	/* mostly it is why the test fails */
	buf_bytes(&words, result->error);
	if (words.len > 0)
		buf_text(&words, "\n          ");
	buf_text(&words, "a handler failed meanwhile: ");
	if (worlds_failures(worlds, &words) > 0)
		result->error = bytes_trim(buf_get(&words));
}

static enum err
run_one(struct running *r, const struct script_handler *test, struct why *why)
{
	struct script_test_result result = {
		.file = r->test.name, .name = test->name, .line = test->line
	};
	struct script_call call = { .set = r->set,
		.handler = test,
		.body = BYTES("{}"),
		.deadline_us = r->options.deadline_us,
		.ask = worlds_ask };
	struct arena *arena = arena_create();
	struct worlds *worlds = NULL;
	struct script_outcome out;
	int64_t start_us = clock_monotonic_us();
	enum err err = ERR_NOMEM;

	if (arena != NULL)
		err = worlds_create(&r->options, &worlds);
	call.context = worlds;
	if (err == ERR_OK)
		err = script_host_call(r->host, &call, arena, &out, why);
	if (err == ERR_OK) {
		result.error = out.error;
		result.traceback = out.traceback;
		if (out.line > 0)
			result.line = out.line;
		add_failures(worlds, arena, &result);
		result.wall_us = clock_monotonic_us() - start_us;
		r->fn(r->arg, &result);
	}
	worlds_destroy(worlds);
	arena_destroy(arena);
	return err;
}

static bool
is_over(const struct running *r)
{
	return r->options.deadline_us != 0 &&
	    clock_monotonic_us() >= r->options.deadline_us;
}

/* Run what <r> has: the scripts and the test. */
static enum err
run_all(struct running *r, struct why *why)
{
	struct script_test_result loaded = { .line = 0 };
	const struct script_handler *all = NULL;
	size_t count = 0;
	enum err err = load(r, &loaded, why);

	if (err == ERR_OK && loaded.error.len > 0) {
		loaded.file = r->test.name;
		r->fn(r->arg, &loaded);
	} else if (err == ERR_OK) {
		all = script_set_all(r->set, &count);
	}
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		if (all[i].kind != SCRIPT_TEST)
			continue;
		err = is_over(r) ? ERR_TIMEOUT : run_one(r, &all[i], why);
	}
	script_set_unref(r->set);
	script_host_destroy(r->host);
	return err;
}

enum err
script_tests_run(const struct world_options *options, const char *path,
    script_test_fn *fn, void *arg, struct why *why)
{
	struct running r = { .options = *options, .fn = fn, .arg = arg };
	enum err err;

	r.arena = arena_create();
	if (r.arena == NULL)
		return ERR_NOMEM;
	err = take_path(&r, path, why);
	if (err == ERR_OK)
		err = take_scripts(&r, why);
	if (err == ERR_OK)
		err = read_script(&r, r.test.name, &r.test, why);
	if (err == ERR_OK)
		err = run_all(&r, why);
	arena_destroy(r.arena);
	return err;
}

enum err
script_tests_of_site(struct site *site, const struct mail_renderer *renderer,
    const struct script_file *script, const struct script_file *test,
    script_test_fn *fn, void *arg, struct why *why)
{
	struct running r = { .fn = fn, .arg = arg, .test = *test };
	bool is_busy = false;
	enum err err;

	if (!atomic_compare_exchange_strong(&site->is_testing, &is_busy, true))
		return why_set(why, ERR_BUSY, NULL,
		    N_("Tests of this site are running just now: try again in "
		       "a moment."),
		    0, NULL);
	r.options = (struct world_options){
		.script_host = site->options.script_host,
		.site_dir = site->dir,
		.files = script,
		.file_count = 1,
		.output = site->options.output,
		.renderer = renderer,
		.deadline_us = clock_monotonic_us() + SCRIPT_TESTS_US,
	};
	r.arena = arena_create();
	err = r.arena != NULL ? run_all(&r, why) : ERR_NOMEM;
	arena_destroy(r.arena);
	atomic_store(&site->is_testing, false);
	return err;
}

enum err
script_tests_find(
    struct arena *arena, const char *dir, const char ***out, size_t *count)
{
	struct dirent **entries = NULL;
	char folder[PATH_MAX];
	const char **paths;
	enum err err = ERR_OK;
	int n;

	snprintf(folder, sizeof folder, "%s/scripts", dir);
	n = scandir(folder, &entries, NULL, alphasort);
	*count = 0;
	paths = arena_array(arena, const char *, n > 0 ? n : 1);
	if (paths == NULL)
		err = ERR_NOMEM;
	for (int i = 0; i < n; i++) {
		if (err == ERR_OK && ends_in(entries[i]->d_name, TEST_END)) {
			paths[*count] = arena_printf(
			    arena, "%s/%s", folder, entries[i]->d_name);
			err = paths[(*count)++] != NULL ? ERR_OK : ERR_NOMEM;
		}
		free(entries[i]);
	}
	free(entries);
	*out = paths;
	return err;
}
