/* core/cli/test.c - hookdesk test: runs the tests of scripts, on desks in
 * temporary stores. */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/desk/script_tests.h"
#include "core/web/mail_page.h"
#include "core/web/template.h"
#include "core/web/translate.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct testing {
	struct cli *cli;
	struct world_options options;
	struct mail_renderer renderer;
	struct mail_pages pages;
	struct template_set *templates;
	struct json_writer json;
	unsigned passed, failed;
	char file[128]; /* whose heading was written last */
};

static struct template_set *
hold(void *arg, struct site *site)
{
	struct testing *t = arg;

	return template_set_hold(t->templates);
}

/* Mails are made of the shipped templates. */
static enum err
load_templates(struct testing *t, struct why *why)
{
	char dir[PATH_MAX];
	struct template_options options = { .share_dir = dir,
		.translate = translate_text,
		.plural = translate_plural,
		.languages = LANG__COUNT };

	snprintf(dir, sizeof dir, "%s/www/templates", path_get(PATH_DATADIR));
	return template_set_load(&options, why, &t->templates);
}

static void
show_json(struct testing *t, const struct script_test_result *result)
{
	struct json_writer *w = &t->json;

	json_begin_object(w);
	json_member_text(w, "file", result->file);
	json_member_text(w, "name", result->name);
	json_member_bool(w, "ok", result->error.len == 0);
	if (result->error.len > 0)
		json_member_text(w, "error", result->error);
	json_end_object(w);
}

static void
show(void *arg, const struct script_test_result *result)
{
	struct testing *t = arg;
	struct buf *out = &t->cli->out;
	bool is_good = result->error.len == 0;
	char file[sizeof t->file];

	snprintf(file, sizeof file, "%.*s", BYTES_ARG(result->file));
	if (cli_option(t->cli, "json") != NULL) {
		t->passed += is_good;
		t->failed += !is_good;
		show_json(t, result);
		return;
	}
	if (strcmp(file, t->file) != 0)
		buf_printf(out, "%s\n", file);
	memcpy(t->file, file, sizeof file);
	t->passed += is_good;
	t->failed += !is_good;
	if (result->name.len > 0)
		buf_printf(out, "  %-7s %.*s\n", is_good ? "ok" : "FAILED",
		    BYTES_ARG(result->name));
	if (!is_good)
		buf_printf(out, "          %.*s\n", BYTES_ARG(result->error));
	if (!is_good && cli_option(t->cli, "trace") != NULL)
		buf_printf(out, "%.*s", BYTES_ARG(result->traceback));
}

static enum err
run_folder(struct testing *t, const char *dir, struct why *why)
{
	const char **paths;
	size_t count;
	enum err err = script_tests_find(t->cli->arena, dir, &paths, &count);

	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = script_tests_run(&t->options, paths[i], show, t, why);
	return err;
}

/* A folder is a site: its own tests, and those of the shipped scripts. */
static enum err
run_argument(struct testing *t, const char *path, struct why *why)
{
	struct stat st, shipped;
	enum err err;

	if (stat(path, &st) != 0)
		return why_set(why, ERR_NOT_FOUND, NULL,
		    N_("There is no such file or folder."), 0, NULL);
	if (!S_ISDIR(st.st_mode))
		return script_tests_run(&t->options, path, show, t, why);
	err = run_folder(t, path, why);
	if (err == ERR_OK && stat(path_get(PATH_DATADIR), &shipped) == 0 &&
	    (st.st_dev != shipped.st_dev || st.st_ino != shipped.st_ino))
		err = run_folder(t, path_get(PATH_DATADIR), why);
	return err;
}

const struct cli_option cli_test_options[] = {
	{ "trace", NULL, "Show the calls that led to a failure." },
	CLI_OPTIONS_END,
};

int
cli_test(struct cli *cli)
{
	struct testing t = { .cli = cli, .json = json_writer(&cli->out) };
	bool is_json = cli_option(cli, "json") != NULL;
	struct why why = { .message = "" };
	const char *what = "test";
	enum err err;

	t.pages = (struct mail_pages){ hold, &t };
	t.renderer = (struct mail_renderer){ &t.pages, mail_page_render };
	t.options = (struct world_options){ .output = cli_desk.output,
		.renderer = &t.renderer };
	if (translate_start(path_get(PATH_LOCALEDIR)) != ERR_OK)
		log_event(LOG_WARN, "locale.missing", "locale=C.UTF-8");
	log_set_level(LOG_ERROR); /* tests make handlers fail on purpose */
	if (is_json)
		json_begin_list(&t.json);
	err = load_templates(&t, &why);
	for (size_t i = 0; err == ERR_OK && i < cli->arg_count; i++) {
		what = cli->args[i];
		err = run_argument(&t, what, &why);
	}
	template_set_release(t.templates);
	if (is_json) {
		json_end_list(&t.json);
		buf_char(&cli->out, '\n');
	}
	if (err != ERR_OK)
		return cli_fail_err(cli, what, err, &why);
	if (t.passed + t.failed == 0)
		return cli_fail(cli, "test", "there are no tests");
	if (!is_json)
		buf_printf(
		    &cli->out, "%u passed, %u failed\n", t.passed, t.failed);
	return t.failed > 0 ? CLI_FAILED : CLI_DONE;
}
