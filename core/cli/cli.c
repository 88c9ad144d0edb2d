/* core/cli/cli.c - the command line: finds the verb, reads its options, and
 * runs it here or in the process that owns the site. */
#include "config.h"
#include "core/cli/cli.h"

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/base/suggest.h"
#include "core/desk/control.h"
#include "core/store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CALL_MS (10 * 60 * 1000) /* the owner may be busy */
#define PATIENCE_MS 5000         /* for an owner that comes or goes */
#define RETRY_MS 20

/* Options that several verbs have: those with a bit of theirs, or with 0. */
static const struct {
	unsigned of;
	struct cli_option option;
} common[] = {
	{ CLI_JSON, { "json", NULL, "Answer in JSON." } },
	{ CLI_PASSWORD,
	    { "password-stdin", NULL,
		"Read a password from the first line of standard input." } },
	{ 0, { "help", NULL, "Say what it does." } },
};
#define COMMON_COUNT (sizeof common / sizeof *common)

/* --- what it says --- */

static int
say(struct cli *cli, const char *what, const char *why)
{
	buf_printf(&cli->err, "hookdesk: %s: %s\n", what, why);
	return CLI_FAILED;
}

int
cli_fail(struct cli *cli, const char *what, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return say(cli, what, text);
}

int
cli_fail_err(
    struct cli *cli, const char *what, enum err err, const struct why *why)
{
	char text[1024];

	if (why == NULL || why->message == NULL || why->message[0] == '\0')
		return say(cli, what, err_message(err));
	why_text(why, text, sizeof text);
	if (why->field[0] != '\0')
		return cli_fail(cli, what, "%s: %s", why->field, text);
	return say(cli, what, text);
}

int
cli_usage(struct cli *cli, const char *format, ...)
{
	const char *name = cli->verb != NULL ? cli->verb->name : "";
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	buf_printf(&cli->err, "hookdesk: %s%s%s (see hookdesk %s%s--help)\n",
	    name, name[0] != '\0' ? ": " : "", text, name,
	    name[0] != '\0' ? " " : "");
	return CLI_USAGE;
}

static void
show_option(struct buf *out, const struct cli_option *option)
{
	char left[64];

	snprintf(left, sizeof left, "--%s%s%s", option->name,
	    option->value != NULL ? " " : "",
	    option->value != NULL ? option->value : "");
	buf_printf(out, "  %-26s %s\n", left, option->help);
}

/* Fields of a kind are options: --sender-name for sender_name. */
static void
list_fields(struct buf *out, const struct kind *kind)
{
	buf_printf(out, "\nFields of %s %s:\n",
	    strchr("aeio", kind->name[0]) != NULL ? "an" : "a", kind->name);
	for (size_t i = 0; i < kind->field_count; i++) {
		const struct field *field = &kind->fields[i];
		char left[64];

		if (field->set == SET_SYSTEM || field->see == SEE_NOBODY)
			continue;
		snprintf(left, sizeof left, "--%s VALUE", field->name);
		for (char *c = left + 2; *c != '\0' && *c != ' '; c++)
			*c = *c == '_' ? '-' : *c;
		buf_printf(out, "  %-26s %s\n", left, field->doc);
	}
}

static void
help_verb(struct buf *out, const struct cli_verb *verb)
{
	buf_printf(out, "usage: hookdesk %s %s\n\n%s\n\n", verb->name,
	    verb->usage, verb->help);
	for (const struct cli_option *o = verb->options;
	     o != NULL && o->name != NULL; o++)
		show_option(out, o);
	for (size_t i = 0; i < COMMON_COUNT; i++)
		if (common[i].of == 0 || verb->also & common[i].of)
			show_option(out, &common[i].option);
	if (verb->kind != KIND_NONE)
		list_fields(out, kind_get(verb->kind));
}

static void
help_all(struct buf *out)
{
	buf_text(out, "usage: hookdesk VERB ...\n\n");
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++)
		buf_printf(out, "  %-13s %s\n", v->name, v->help);
	buf_text(out,
	    "\nhookdesk VERB --help tells more; the manual is hookdesk(1).\n");
}

#define OUT_KEPT (256 * 1024)

enum err
cli_write_out(struct cli *cli)
{
	if (cli->out.failed)
		return ERR_NOMEM;
	if (cli->is_owner || cli->out.len < OUT_KEPT)
		return ERR_OK;
	if (fwrite(cli->out.at, 1, cli->out.len, stdout) != cli->out.len)
		return ERR_IO;
	buf_clear(&cli->out);
	return ERR_OK;
}

/* --- what it is told --- */

const char *
cli_option(const struct cli *cli, const char *name)
{
	for (size_t i = cli->given_count; i-- > 0;)
		if (strcmp(cli->given[i].name, name) == 0)
			return cli->given[i].value;
	return NULL;
}

bool
cli_option_int(
    struct cli *cli, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *text = cli_option(cli, name);
	int64_t n;

	if (text == NULL)
		return true;
	if (bytes_to_int(bytes_of(text), &n) == ERR_OK && n >= min &&
	    n <= max) {
		*out = n;
		return true;
	}
	cli_usage(cli, "--%s is a number from %lld to %lld", name,
	    (long long)min, (long long)max);
	return false;
}

static const struct cli_option *
find_option(const struct cli_verb *verb, const char *name)
{
	for (const struct cli_option *o = verb->options;
	     o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	for (size_t i = 0; i < COMMON_COUNT; i++)
		if ((common[i].of == 0 || verb->also & common[i].of) &&
		    strcmp(common[i].option.name, name) == 0)
			return &common[i].option;
	return NULL;
}

/* The field of the verb's kind that an option names, with - for _; or -1. */
static int
find_field(const struct cli_verb *verb, const char *name)
{
	const struct kind *kind = kind_get(verb->kind);
	char field[64];
	int slot;

	if (kind == NULL || strlen(name) >= sizeof field)
		return -1;
	snprintf(field, sizeof field, "%s", name);
	for (char *c = field; *c != '\0'; c++)
		*c = *c == '-' ? '_' : *c;
	slot = kind_slot(kind, bytes_of(field));
	return slot >= 0 && kind->fields[slot].set != SET_SYSTEM ? slot : -1;
}

bool
cli_has_option(const struct cli_verb *verb, const char *option)
{
	return find_option(verb, option) != NULL ||
	    find_field(verb, option) >= 0;
}

/* ` (did you mean X?)` for the best of <near>, or nothing, into <out>. */
static const char *
did_you_mean(char out[80], const char *dashes, const struct suggestion *near)
{
	out[0] = '\0';
	if (near->best != NULL)
		snprintf(out, 80, ": did you mean %s%s?", dashes, near->best);
	return out;
}

static int
no_such_option(struct cli *cli, const char *name)
{
	const struct cli_verb *verb = cli->verb;
	const struct kind *kind = kind_get(verb->kind);
	struct suggestion near = suggest(name);
	char hint[80];

	for (const struct cli_option *o = verb->options;
	     o != NULL && o->name != NULL; o++)
		suggest_try(&near, o->name);
	for (size_t i = 0; i < COMMON_COUNT; i++)
		if (common[i].of == 0 || verb->also & common[i].of)
			suggest_try(&near, common[i].option.name);
	for (size_t i = 0; kind != NULL && i < kind->field_count; i++)
		if (kind->fields[i].set != SET_SYSTEM)
			suggest_try(&near, kind->fields[i].name);
	return cli_usage(cli, "there is no option --%s%s", name,
	    did_you_mean(hint, "--", &near));
}

static int
no_such_verb(struct cli *cli, const char *name)
{
	struct suggestion near = suggest(name);
	char hint[80];

	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++)
		suggest_try(&near, v->name);
	return cli_usage(cli, "there is no verb \"%.60s\"%s", name,
	    did_you_mean(hint, "", &near));
}

/* Take "--name", "--name=value" or "--name value"; *<i> steps over it. */
static int
take_option(struct cli *cli, int argc, char **argv, int *i)
{
	const char *word = argv[*i] + 2;
	const char *equals = strchr(word, '=');
	const struct cli_option *option;
	const char *value = equals != NULL ? equals + 1 : NULL;
	char *name;
	bool takes_value;

	name = arena_copy(cli->arena, word,
	    equals != NULL ? (size_t)(equals - word) : strlen(word));
	if (name == NULL)
		return cli_fail_err(cli, word, ERR_NOMEM, NULL);
	option = find_option(cli->verb, name);
	if (option == NULL && find_field(cli->verb, name) < 0)
		return no_such_option(cli, name);
	takes_value = option == NULL || option->value != NULL;
	if (!takes_value && value != NULL)
		return cli_usage(cli, "--%s takes no value", name);
	if (takes_value && value == NULL) {
		if (*i + 1 >= argc)
			return cli_usage(cli, "--%s needs a value", name);
		value = argv[++*i];
	}
	if (cli->given_count == CLI_OPTIONS_MAX)
		return cli_usage(cli, "too many options");
	cli->given[cli->given_count].name = name;
	cli->given[cli->given_count++].value = value != NULL ? value : "";
	return CLI_DONE;
}

/* argv[0] is the verb. */
static int
parse(struct cli *cli, int argc, char **argv)
{
	const struct cli_verb *verb = cli_verbs;
	bool are_over = false;
	int code;

	while (verb->name != NULL && strcmp(verb->name, argv[0]) != 0)
		verb++;
	if (verb->name == NULL)
		return no_such_verb(cli, argv[0]);
	cli->verb = verb;
	for (int i = 1; i < argc; i++) {
		if (!are_over && strcmp(argv[i], "--") == 0) {
			are_over = true;
		} else if (!are_over && argv[i][0] == '-' &&
		    argv[i][1] == '-') {
			code = take_option(cli, argc, argv, &i);
			if (code != CLI_DONE)
				return code;
		} else if (!are_over && argv[i][0] == '-' &&
		    argv[i][1] != '\0') {
			return cli_usage(
			    cli, "there is no option %.20s", argv[i]);
		} else if (cli->arg_count == CLI_ARGS_MAX) {
			return cli_usage(cli, "too many arguments");
		} else {
			cli->args[cli->arg_count++] = argv[i];
		}
	}
	if (cli_option(cli, "help") != NULL)
		return CLI_DONE;
	if (cli->arg_count < verb->args_min)
		return cli_usage(cli, "arguments are missing: %s", verb->usage);
	if (cli->arg_count > verb->args_max)
		return cli_usage(cli, "too many arguments");
	return CLI_DONE;
}

/* The first line of standard input, without its end. */
static int
read_input(struct cli *cli)
{
	char line[CLI_INPUT_MAX + 2];
	size_t len;

	if (fgets(line, sizeof line, stdin) == NULL)
		return cli_fail(
		    cli, "standard input", "there is no password on it");
	len = strcspn(line, "\r\n");
	if (len > CLI_INPUT_MAX)
		return cli_fail(cli, "standard input", "the line is too long");
	cli->input = (struct bytes){ arena_copy(cli->arena, line, len), len };
	explicit_bzero(line, sizeof line);
	return cli->input.at != NULL ?
	    CLI_DONE :
	    cli_fail_err(cli, "standard input", ERR_NOMEM, NULL);
}

/* The file's text, or all of standard input. */
static int
read_text(struct cli *cli, const char *path)
{
	struct buf text = buf_in(cli->arena);
	struct why why = { .message = "" };
	char block[4096];
	size_t n;
	enum err err = ERR_OK;

	if (strcmp(path, "-") != 0)
		err = file_read(path, CLI_FILE_MAX, &text, &why);
	else
		while (text.len <= CLI_FILE_MAX &&
		    (n = fread(block, 1, sizeof block, stdin)) > 0)
			buf_add(&text, block, n);
	if (err == ERR_OK && text.len > CLI_FILE_MAX)
		err = ERR_LIMIT;
	if (err == ERR_OK && text.failed)
		err = ERR_NOMEM;
	if (err != ERR_OK)
		return cli_fail_err(cli, cli->verb->name, err, &why);
	cli->input = buf_get(&text);
	return CLI_DONE;
}

/* --- where it runs --- */

enum err
cli_act(struct cli *cli, struct act_input *input, struct act_result *result,
    struct why *why)
{
	input->actor = actor_system();
	input->source = SOURCE_CLI;
	return desk_act(cli->site, input, cli->arena, result, why);
}

static int
run_here(struct cli *cli, enum cli_needs needs)
{
	const char *dir = cli->args[cli->verb->dir];
	struct why why = { .message = "" };
	struct site *site = NULL;
	enum err err;
	int code = needs == CLI_READS ? CLI_DONE : cli_be_owner(cli, dir);

	if (code != CLI_DONE)
		return code;
	err = cli_open(dir, needs, &site, &why);
	if (err != ERR_OK) {
		code = cli_fail_err(cli, dir, err, &why);
		return err == ERR_BUSY ? -1 : code;
	}
	cli->site = site;
	code = cli->verb->run(cli);
	cli->site = NULL;
	site_close(site);
	return code;
}

static int
take_answer(struct cli *cli, struct bytes answer)
{
	const struct json *root = NULL;
	int64_t code = CLI_FAILED;

	if (json_parse(cli->arena, answer, CONTROL_ANSWER_MAX, &root, NULL) !=
		ERR_OK ||
	    !json_int(json_get(root, "exit"), &code))
		return cli_fail(cli, cli->args[cli->verb->dir],
		    "the server's answer cannot be read");
	buf_bytes(&cli->out, json_text(json_get(root, "out")));
	buf_bytes(&cli->err, json_text(json_get(root, "err")));
	return (int)code;
}

/* Let the owner run it; -1 if there is none. */
static int
run_there(struct cli *cli, int argc, char **argv)
{
	const char *dir = cli->args[cli->verb->dir];
	struct buf request = buf_in(cli->arena), answer = BUF_INIT;
	struct json_writer w = json_writer(&request);
	enum err err = ERR_NOMEM;
	int code = -1;

	json_begin_object(&w);
	json_key(&w, "args");
	json_begin_list(&w);
	for (int i = 0; i < argc; i++)
		json_put_string(&w, argv[i]);
	json_end_list(&w);
	json_member_text(&w, "input", cli->input);
	json_end_object(&w);
	if (!request.failed)
		err = control_call(dir, buf_get(&request), CALL_MS, &answer);
	if (err == ERR_OK)
		code = take_answer(cli, buf_get(&answer));
	else if (err != ERR_NOT_FOUND)
		code = cli_fail_err(cli, dir, err, NULL);
	buf_release(&answer);
	return code;
}

/* Through the owner if there is one, else here. An owner that is opening or
 * closing the site has its lock but no socket, another command line has it for
 * the moment of its verb: both are asked until one of them answers. */
static int
run_where_it_belongs(
    struct cli *cli, enum cli_needs needs, int argc, char **argv)
{
	int64_t until_us = clock_monotonic_us() + PATIENCE_MS * 1000;
	enum cli_needs here = needs == CLI_ASKS ? CLI_READS : needs;

	for (;;) {
		int code = run_there(cli, argc, argv);

		if (code == -1)
			code = run_here(cli, here);
		if (code != -1)
			return code;
		if (clock_monotonic_us() >= until_us)
			return CLI_FAILED;
		buf_clear(&cli->err);
		nanosleep(
		    &(struct timespec){ .tv_nsec = RETRY_MS * 1000000 }, NULL);
	}
}

int
cli_run(struct cli *cli, int argc, char **argv)
{
	enum cli_needs needs = cli->verb->needs_of != NULL ?
	    cli->verb->needs_of(cli) :
	    cli->verb->needs;
	int code = -1;

	if (needs == CLI_NOTHING)
		return cli->verb->run(cli);
	if (cli->verb->dir >= cli->arg_count)
		return cli_usage(cli, "the site's folder is missing");
	code = cli_find_site(cli, cli->args[cli->verb->dir]);
	if (code != CLI_DONE)
		return code;
	code = -1;
	if (needs == CLI_READS || needs == CLI_OWNS) {
		code = run_here(cli, needs);
		return code == -1 ? CLI_FAILED : code;
	}
	return run_where_it_belongs(cli, needs, argc, argv);
}

/* The owner's side: the verb runs with the site that is open. */
void
cli_answer(void *site, struct bytes request, struct buf *answer)
{
	struct cli cli = { .site = site, .is_owner = true };
	struct json_writer w = json_writer(answer);
	const struct json *root = NULL, *item;
	char *argv[CLI_ARGS_MAX + CLI_OPTIONS_MAX];
	int argc = 0, code = CLI_FAILED;

	cli.arena = arena_create();
	if (cli.arena != NULL &&
	    json_parse(cli.arena, request, CONTROL_REQUEST_MAX, &root, NULL) ==
		ERR_OK) {
		item = json_first(json_get(root, "args"));
		for (; item != NULL && argc < (int)(sizeof argv / sizeof *argv);
		     item = json_next(item))
			argv[argc++] = (char *)(uintptr_t)json_text(item).at;
		cli.input = json_text(json_get(root, "input"));
	}
	if (argc > 0)
		code = parse(&cli, argc, argv);
	if (argc > 0 && code == CLI_DONE) {
		enum cli_needs needs = cli.verb->needs_of != NULL ?
		    cli.verb->needs_of(&cli) :
		    cli.verb->needs;

		code = needs == CLI_NOTHING || needs == CLI_OWNS ?
		    cli_usage(&cli, "this is not for the server") :
		    cli.verb->run(&cli);
	}
	json_begin_object(&w);
	json_member_int(&w, "exit", code);
	json_member_text(&w, "out", buf_get(&cli.out));
	json_member_text(&w, "err", buf_get(&cli.err));
	json_end_object(&w);
	buf_release(&cli.out);
	buf_release(&cli.err);
	arena_destroy(cli.arena);
}

/* --- main --- */

static int
run_line(struct cli *cli, int argc, char **argv)
{
	int code;

	if (argc < 1)
		return cli_usage(cli, "a verb is missing");
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "help") == 0) {
		help_all(&cli->out);
		return CLI_DONE;
	}
	if (strcmp(argv[0], "--version") == 0) {
		buf_text(&cli->out, PACKAGE_STRING "\n");
		return CLI_DONE;
	}
	code = parse(cli, argc, argv);
	if (code != CLI_DONE)
		return code;
	if (cli_option(cli, "help") != NULL) {
		help_verb(&cli->out, cli->verb);
		return CLI_DONE;
	}
	if (cli_option(cli, "password-stdin") != NULL)
		code = read_input(cli);
	if (cli->verb->file_of != NULL && cli->verb->file_of(cli) != NULL)
		code = read_text(cli, cli->verb->file_of(cli));
	return code == CLI_DONE ? cli_run(cli, argc, argv) : code;
}

/* False when not all could be written. */
static bool
write_all(const struct buf *buf, FILE *file)
{
	return buf->len == 0 || fwrite(buf->at, 1, buf->len, file) == buf->len;
}

/* What was said, all of it, or it counts as failed: `hookdesk export | gzip`
 * on a full disk must not look done. */
static int
flush(struct cli *cli, int code)
{
	if (cli->out.failed || cli->err.failed)
		code = cli_fail_err(cli, "output", ERR_NOMEM, NULL);
	if (!write_all(&cli->out, stdout) || fflush(stdout) != 0) {
		fprintf(stderr, "hookdesk: standard output: cannot write\n");
		code = code == CLI_DONE ? CLI_FAILED : code;
	}
	(void)write_all(&cli->err, stderr);
	return code;
}

int
cli_main(int argc, char **argv)
{
	struct cli cli = { .arena = arena_create() };
	int code;

	if (cli.arena == NULL || secret_init() != ERR_OK) {
		fprintf(stderr, "hookdesk: start: out of memory\n");
		return CLI_FAILED;
	}
	log_set_level(LOG_WARN); /* the server says more */
	code = run_line(&cli, argc - 1, argv + 1);
	code = flush(&cli, code);
	buf_release(&cli.out);
	buf_release(&cli.err);
	arena_destroy(cli.arena);
	return code;
}
