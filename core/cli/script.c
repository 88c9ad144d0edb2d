/* core/cli/script.c - hookdesk script: a site's scripts and their versions. */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/diff.h"
#include "core/base/json_write.h"
#include "core/base/suggest.h"
#include "core/base/time_text.h"
#include "core/desk/version.h"
#include "core/model/value.h"
#include "core/script/host.h"

#include <string.h>

#define LIST_STEP 100

/* What came with the command line behind the folder. */
static struct bytes
name_of(const struct cli *cli)
{
	return bytes_of(cli->args[2]);
}

static int
failed(struct cli *cli, enum err err, const struct why *why)
{
	return cli_fail_err(cli, cli->args[2], err, why);
}

/* ---- what there is ---- */

static void
put_version(
    struct json_writer *w, const struct site_read *read, const struct record *v)
{
	json_begin_object(w);
	for (size_t i = 0; i < v->kind->field_count; i++) {
		const struct field *field = &v->kind->fields[i];

		if (i == VERSION_TEXT || i == VERSION_KEY ||
		    i == VERSION_OVER || !record_has(v, (int)i))
			continue;
		json_key(w, field->name);
		value_to_json(w, v, (int)i, read->directory, true);
	}
	json_end_object(w);
}

static void
say_version(struct cli *cli, const struct site_read *read,
    const struct record *v, bool has_name)
{
	const struct record *agent = directory_find(
	    read->directory, KIND_AGENT, record_ref(v, VERSION_AGENT));
	char at[TIME_TEXT_SIZE];

	time_text_write(at, record_int(v, VERSION_AT));
	if (has_name)
		buf_printf(&cli->out, "%.*s\t",
		    BYTES_ARG(record_text(v, VERSION_FILE)));
	buf_printf(&cli->out, "%lld\t%s\t%s\t%.*s\t%.*s%s%s\n",
	    (long long)record_int(v, VERSION_NUMBER), at,
	    record_word(v, VERSION_ORIGIN),
	    BYTES_ARG(agent != NULL ? record_key(agent) : BYTES("-")),
	    BYTES_ARG(record_text(v, VERSION_NOTE)),
	    record_int(v, VERSION_IS_REMOVED) ? " (removed)" : "",
	    record_int(v, VERSION_IS_WAITING) ? " (not written yet)" : "");
}

/* The newest version of each file. */
static int
list(struct cli *cli)
{
	bool is_json = cli_option(cli, "json") != NULL;
	struct json_writer w = json_writer(&cli->out);
	struct bytes name = BYTES_NONE;
	struct site_read read;
	struct record newest;
	enum err err = site_read_begin(cli->site, &read);

	if (err != ERR_OK)
		return cli_fail_err(cli, cli->args[1], err, NULL);
	if (is_json)
		json_begin_list(&w);
	while (err == ERR_OK) {
		err = version_next_file(read.snapshot, name, cli->arena, &name);
		if (err == ERR_OK)
			err = version_newest(read.snapshot, name, &newest);
		if (err == ERR_OK && is_json)
			put_version(&w, &read, &newest);
		else if (err == ERR_OK)
			say_version(cli, &read, &newest, true);
	}
	if (is_json) {
		json_end_list(&w);
		buf_char(&cli->out, '\n');
	}
	site_read_end(&read);
	return err == ERR_NOT_FOUND ?
	    CLI_DONE :
	    cli_fail_err(cli, cli->args[1], err, NULL);
}

static int
versions(struct cli *cli)
{
	bool is_json = cli_option(cli, "json") != NULL;
	struct json_writer w = json_writer(&cli->out);
	struct newest_page page = { .count = 0 };
	struct site_read read;
	size_t count = 0;
	enum err err = site_read_begin(cli->site, &read);

	if (err != ERR_OK)
		return failed(cli, err, NULL);
	if (is_json)
		json_begin_list(&w);
	do {
		err = version_list(read.snapshot, name_of(cli), page.after,
		    LIST_STEP, cli->arena, &page);
		for (size_t i = 0; err == ERR_OK && i < page.count; i++) {
			count++;
			if (is_json)
				put_version(&w, &read, &page.records[i]);
			else
				say_version(
				    cli, &read, &page.records[i], false);
		}
	} while (err == ERR_OK && page.after.len > 0);
	if (is_json) {
		json_end_list(&w);
		buf_char(&cli->out, '\n');
	}
	site_read_end(&read);
	if (err == ERR_OK && count == 0) {
		buf_clear(&cli->out);
		return cli_fail(cli, cli->args[2], "there is no such script");
	}
	return err == ERR_OK ? CLI_DONE : failed(cli, err, NULL);
}

/* The text of the version that <number> names; empty or NULL: the newest. */
static enum err
find_text(struct cli *cli, const char *number, struct bytes *text,
    struct record *version)
{
	struct site_read read;
	int64_t n = 0;
	enum err err = site_read_begin(cli->site, &read);

	if (err != ERR_OK)
		return err;
	if (number == NULL)
		err = version_newest(read.snapshot, name_of(cli), version);
	else if (bytes_to_int(bytes_of(number), &n) != ERR_OK)
		err = ERR_NOT_FOUND;
	else
		err = version_find(read.snapshot, name_of(cli), n, version);
	if (err == ERR_OK)
		err = record_bigtext(
		    read.snapshot, version, VERSION_TEXT, cli->arena, text);
	if (err == ERR_OK) {
		text->at = arena_copy(cli->arena, text->at, text->len);
		err = text->at != NULL ? ERR_OK : ERR_NOMEM;
	}
	site_read_end(&read);
	return err;
}

static int
no_version(struct cli *cli, enum err err)
{
	return err == ERR_NOT_FOUND ?
	    cli_fail(cli, cli->args[2], "there is no such version") :
	    failed(cli, err, NULL);
}

static int
show(struct cli *cli)
{
	struct record version;
	struct bytes text;
	enum err err = find_text(
	    cli, cli->arg_count > 3 ? cli->args[3] : NULL, &text, &version);

	if (err != ERR_OK)
		return no_version(cli, err);
	buf_bytes(&cli->out, text);
	return CLI_DONE;
}

/* Between two versions; without the second, from the first to the newest. */
static int
diff(struct cli *cli)
{
	struct diff_line *lines;
	struct record version;
	struct bytes old, new;
	size_t count;
	enum err err = find_text(cli, cli->args[3], &old, &version);

	if (err == ERR_OK)
		err = find_text(cli, cli->arg_count > 4 ? cli->args[4] : NULL,
		    &new, &version);
	if (err != ERR_OK)
		return no_version(cli, err);
	err = diff_lines(cli->arena, old, new, &lines, &count);
	if (err != ERR_OK)
		return failed(cli, err, NULL);
	for (size_t i = 0; i < count; i++)
		if (lines[i].op != DIFF_SAME)
			buf_printf(&cli->out, "%s%d: %.*s\n",
			    lines[i].op == DIFF_ADDED ? "+" : "-",
			    lines[i].op == DIFF_ADDED ? lines[i].new_number :
							lines[i].old_number,
			    BYTES_ARG(lines[i].text));
	return CLI_DONE;
}

/* ---- what is done ---- */

static int
save(struct cli *cli, struct script_saving *s)
{
	struct actor actor = actor_system();
	struct why why = { .message = "" };
	int64_t saved = 0;
	enum err err;

	s->name = name_of(cli);
	s->note = bytes_of(cli_option(cli, "note"));
	err = script_save(
	    cli->site, &actor, SOURCE_CLI, s, cli->arena, &saved, &why);
	if (err == ERR_NOT_FOUND)
		return cli_fail(cli, cli->args[2], "there is no such file");
	if (err != ERR_OK)
		return failed(cli, err, &why);
	if (cli_option(cli, "json") != NULL)
		buf_printf(&cli->out, "{\"version\":%lld}\n", (long long)saved);
	return CLI_DONE;
}

/* What does not load is not saved. */
static int
check_and_save(struct cli *cli, struct script_saving *s)
{
	struct script_report report = { .file_count = 0 };
	struct why why = { .message = "" };
	enum err err = ERR_OK;

	if (!script_name_is_test(name_of(cli)) &&
	    s->text.len <= SCRIPT_SOURCE_MAX)
		err = script_check(cli->site, name_of(cli), s->text, BYTES_NONE,
		    cli->arena, &report, &why);
	if (err != ERR_OK)
		return failed(cli, err, &why);
	if (report.file_count > 0 && report.files[0].state == SCRIPT_FAILED)
		return cli_fail(cli, cli->args[2], "%.*s",
		    BYTES_ARG(report.files[0].message));
	for (size_t i = 0; i < report.warning_count; i++)
		cli_fail(cli, cli->args[2], "it loads, but line %d: %.*s",
		    report.warnings[i].line,
		    BYTES_ARG(report.warnings[i].message));
	return save(cli, s);
}

static int
set(struct cli *cli)
{
	struct script_saving s = { .text = cli->input,
		.origin = ORIGIN_COMMAND };

	return check_and_save(cli, &s);
}

static int
rollback(struct cli *cli)
{
	struct script_saving s = { .origin = ORIGIN_BACK };
	struct record version;
	enum err err = find_text(cli, cli->args[3], &s.text, &version);

	if (err == ERR_OK && record_int(&version, VERSION_IS_REMOVED))
		err = ERR_NOT_FOUND;
	if (err != ERR_OK)
		return no_version(cli, err);
	s.again = record_int(&version, VERSION_NUMBER);
	return check_and_save(cli, &s);
}

static int
drop(struct cli *cli)
{
	struct script_saving s = { .origin = ORIGIN_COMMAND,
		.is_removal = true };

	return save(cli, &s);
}

static const struct {
	const char *name;
	enum cli_needs needs;
	size_t args_min, args_max;
	int (*run)(struct cli *cli);
} actions[] = {
	{ "new", CLI_NOTHING, 2, 3, cli_script_new },
	{ "list", CLI_READS, 2, 2, list },
	{ "versions", CLI_READS, 3, 3, versions },
	{ "show", CLI_READS, 3, 4, show },
	{ "diff", CLI_READS, 4, 5, diff },
	{ "set", CLI_WRITES, 4, 4, set },
	{ "rollback", CLI_WRITES, 4, 4, rollback },
	{ "remove", CLI_WRITES, 3, 3, drop },
};
#define ACTIONS (sizeof actions / sizeof *actions)

static size_t
find_action(const struct cli *cli)
{
	size_t i = 0;

	while (i < ACTIONS && strcmp(actions[i].name, cli->args[0]) != 0)
		i++;
	return i;
}

const struct cli_option cli_script_options[] = {
	{ "note", "TEXT", "Why, kept with the version." },
	CLI_OPTIONS_END,
};

enum cli_needs
cli_script_needs(const struct cli *cli)
{
	size_t i = find_action(cli);

	return i < ACTIONS && cli->arg_count >= actions[i].args_min &&
		cli->arg_count <= actions[i].args_max ?
	    actions[i].needs :
	    CLI_NOTHING;
}

const char *
cli_script_file(const struct cli *cli)
{
	return cli->arg_count == 4 && strcmp(cli->args[0], "set") == 0 ?
	    cli->args[3] :
	    NULL;
}

int
cli_script(struct cli *cli)
{
	struct suggestion near = suggest(cli->args[0]);
	size_t i = find_action(cli);

	if (i < ACTIONS && cli->arg_count < actions[i].args_min)
		return cli_usage(
		    cli, "%s: arguments are missing", cli->args[0]);
	if (i < ACTIONS && cli->arg_count > actions[i].args_max)
		return cli_usage(cli, "%s: too many arguments", cli->args[0]);
	if (i < ACTIONS)
		return actions[i].run(cli);
	for (i = 0; i < ACTIONS; i++)
		suggest_try(&near, actions[i].name);
	return cli_usage(cli, "there is no \"%.20s\"%s%s%s", cli->args[0],
	    near.best != NULL ? ": did you mean " : "",
	    near.best != NULL ? near.best : "", near.best != NULL ? "?" : "");
}
