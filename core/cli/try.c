/* core/cli/try.c - hookdesk try: what a script would do to a ticket.
 *
 * The site is read beside its owner: nothing that happens here reaches it.
 */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/base/suggest.h"
#include "core/base/time_text.h"
#include "core/base/utf8.h"
#include "core/desk/dry_run.h"
#include "core/web/mail_page.h"
#include "core/web/template.h"
#include "core/web/translate.h"

#include <limits.h>
#include <stdio.h>

#define TALK_MAX 300 /* bytes of what is printed or answered */

const struct cli_option cli_try_options[] = {
	{ "ticket", "N", "The ticket to try it on." },
	{ "hook", "HOOK", "Only the handlers of this hook." },
	{ "handler", "NAME", "Only the handler of this name." },
	{ "job", "NAME", "A desk.job or a timer instead of the handlers." },
	{ "action", "NAME", "A desk.action instead of the handlers." },
	{ "input", "JSON", "What the action asks for." },
	{ "agent", "LOGIN", "Who chooses the action." },
	CLI_OPTIONS_END,
};

static struct template_set *
hold(void *templates, struct site *site)
{
	return template_set_hold(templates);
}

/* --- as JSON --- */

static void
put_time(struct json_writer *w, const char *name, int64_t at_us)
{
	char text[TIME_TEXT_SIZE];

	time_text_write(text, at_us);
	json_member_string(w, name, text);
}

static void
put_item(struct json_writer *w, const struct dry_item *item)
{
	const struct {
		const char *name;
		struct bytes text;
	} texts[] = {
		{ "what", item->what },
		{ "from", item->from },
		{ "to", item->to },
		{ "text", item->text },
		{ "why", item->why },
		{ "by", item->by },
	};

	json_begin_object(w);
	json_member_string(w, "kind", dry_kind_name(item->kind));
	if (item->ticket != 0)
		json_member_int(w, "ticket", (int64_t)item->ticket);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].text.len > 0)
			json_member_text(w, texts[i].name, texts[i].text);
	if (item->at_us != 0)
		put_time(w, "at", item->at_us);
	json_end_object(w);
}

static void
put_step(struct json_writer *w, const struct dry_step *step)
{
	json_begin_object(w);
	json_member_text(w, "handler", step->handler);
	json_member_text(w, "hook", step->hook);
	json_member_int(w, "order", step->order);
	json_member_int(w, "line", step->line);
	json_member_string(w, "state", dry_state_name(step->state));
	if (step->has_event) {
		json_member_bool(w, "event_made_up", step->is_made_up);
		put_time(w, "event_at", step->at_us);
		json_member_bool(w, "ticket_rewound", step->is_rewound);
	}
	if (step->left.len > 0)
		json_member_text(w, "not_rewound", step->left);
	if (step->error.len > 0)
		json_member_text(w, "error", step->error);
	json_member_int(w, "cpu_us", step->cpu_us);
	json_member_int(w, "wall_us", step->wall_us);
	json_key(w, "items");
	json_begin_list(w);
	for (const struct dry_item *i = step->items; i != NULL; i = i->next)
		put_item(w, i);
	json_end_list(w);
	json_end_object(w);
}

static void
put_run(struct buf *out, const struct dry_options *options,
    const struct dry_run *run)
{
	struct json_writer w = json_writer(out);

	json_begin_object(&w);
	json_member_text(&w, "script", options->file.name);
	json_member_int(&w, "ticket", (int64_t)options->ticket);
	if (run->load_error.len > 0)
		json_member_text(&w, "error", run->load_error);
	json_key(&w, "handlers");
	json_begin_list(&w);
	for (const struct dry_step *s = run->steps; s != NULL; s = s->next)
		put_step(&w, s);
	json_end_list(&w);
	json_end_object(&w);
	buf_char(out, '\n');
}

/* --- for people --- */

/* Lines of a text, each behind "    | ". */
static void
say_text(struct buf *out, struct bytes text)
{
	while (text.len > 0) {
		struct bytes line = bytes_split(&text, '\n');

		buf_printf(out, "    | %.*s\n", BYTES_ARG(line));
	}
}

static struct bytes
or_nothing(struct bytes text)
{
	return text.len > 0 ? text : BYTES("-");
}

/* <handler> is whose it is: others are named. */
static void
say_item(struct buf *out, const struct dry_item *item, struct bytes handler)
{
	bool is_message = item->kind == DRY_REPLY || item->kind == DRY_NOTE ||
	    item->kind == DRY_SAID;
	bool is_talk = item->kind == DRY_PRINT || item->kind == DRY_QUESTION;
	bool has_values = item->kind == DRY_CHANGE ||
	    item->kind == DRY_CUSTOMER || item->kind == DRY_STORE;
	char at[TIME_TEXT_SIZE];

	buf_printf(out, "  %-8s", dry_kind_name(item->kind));
	if (item->ticket != 0)
		buf_printf(out, " #%llu", (unsigned long long)item->ticket);
	if (item->by.len > 0 && !bytes_equal(item->by, handler))
		buf_printf(out, " %.*s:", BYTES_ARG(item->by));
	if (item->what.len > 0)
		buf_printf(out, " %.*s", BYTES_ARG(item->what));
	if (has_values && item->kind != DRY_STORE)
		buf_printf(out, ": %.*s -> %.*s",
		    BYTES_ARG(or_nothing(item->from)),
		    BYTES_ARG(or_nothing(item->to)));
	else if (has_values)
		buf_printf(out, " = %.*s", BYTES_ARG(or_nothing(item->to)));
	else if (item->to.len > 0 && !is_message)
		buf_printf(out, "%s %.*s", item->what.len > 0 ? ";" : "",
		    BYTES_ARG(item->to));
	if (item->why.len > 0)
		buf_printf(out, " (%.*s)", BYTES_ARG(item->why));
	if (item->at_us != 0) {
		time_text_write(at, item->at_us);
		buf_printf(out, " at %s", at);
	}
	if (is_talk) /* one line: a list of tickets would bury the rest */
		buf_printf(out, "%s%.*s", item->what.len > 0 ? " = " : " ",
		    BYTES_ARG(utf8_cut(item->text, TALK_MAX)));
	while (out->len > 0 && out->at[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
	if (!is_talk)
		say_text(out, is_message ? item->to : item->text);
}

static void
say_event(struct buf *out, const struct dry_step *step)
{
	char at[TIME_TEXT_SIZE];

	if (!step->has_event) {
		buf_text(out, "  on the ticket as it is now\n");
		return;
	}
	time_text_write(at, step->at_us);
	if (step->is_made_up)
		buf_text(out,
		    "  no such event is recorded: one was made up, on the "
		    "ticket as it is now\n");
	else
		buf_printf(out, "  the event of %s, on the ticket as it %s\n",
		    at, step->is_rewound ? "was then" : "is now");
	if (step->left.len > 0)
		buf_printf(
		    out, "  as it is now: %.*s\n", BYTES_ARG(step->left));
}

static void
say_step(struct buf *out, const struct dry_step *step)
{
	static const char *const states[DRY_STATE__COUNT] = {
		[DRY_NOT_HELD] = "  not run: its `when` does not hold\n",
		[DRY_NOT_REACHED] =
		    "  not run: an earlier handler ended the hook\n",
		[DRY_LEFT_OUT] = "  not run: those before it took too long\n",
	};

	buf_printf(
	    out, "%.*s  %.*s", BYTES_ARG(step->handler), BYTES_ARG(step->hook));
	if (step->has_event)
		buf_printf(out, ", order %d", step->order);
	buf_char(out, '\n');
	say_event(out, step);
	if (step->state != DRY_RAN) {
		buf_text(out, states[step->state]);
		return;
	}
	if (step->error.len > 0)
		buf_printf(out, "  FAILED   %.*s\n", BYTES_ARG(step->error));
	if (step->items == NULL && step->error.len == 0)
		buf_text(out, "  nothing would change\n");
	for (const struct dry_item *i = step->items; i != NULL; i = i->next)
		say_item(out, i, step->handler);
	buf_printf(out, "  took %.1f ms, %.1f ms of processor time\n",
	    (double)step->wall_us / 1000, (double)step->cpu_us / 1000);
}

/* --- the verb --- */

static int
read_hook(struct cli *cli, struct dry_options *options)
{
	const char *name = cli_option(cli, "hook");
	struct suggestion near;

	options->hook = HOOK__COUNT;
	if (name == NULL)
		return CLI_DONE;
	options->hook = hook_find(bytes_of(name));
	if (options->hook != HOOK__COUNT)
		return CLI_DONE;
	near = suggest(name);
	for (size_t i = 0; i < HOOK__COUNT; i++)
		suggest_try(&near, hook_points[i].name);
	return cli_usage(cli, "there is no hook \"%s\"%s%s%s", name,
	    near.best != NULL ? ": did you mean " : "",
	    near.best != NULL ? near.best : "", near.best != NULL ? "?" : "");
}

static bool
find_agent(struct cli *cli, const char *login, uint64_t *out)
{
	const struct record *agent;
	struct site_read read;
	bool is_there;

	if (site_read_begin(cli->site, &read) != ERR_OK)
		return false;
	agent = directory_find_key(read.directory, KIND_AGENT, bytes_of(login));
	is_there = agent != NULL;
	*out = is_there ? agent->id : 0;
	site_read_end(&read);
	return is_there;
}

/* An action, what it is given, and by whom. */
static int
read_action(struct cli *cli, struct dry_options *options)
{
	const char *action = cli_option(cli, "action");
	const char *input = cli_option(cli, "input");
	const char *login = cli_option(cli, "agent");

	if (action == NULL && (input != NULL || login != NULL))
		return cli_usage(cli, "--input and --agent go with --action");
	options->action = bytes_of(action != NULL ? action : "");
	options->input = bytes_of(input != NULL ? input : "");
	if (login != NULL && !find_agent(cli, login, &options->agent))
		return cli_fail(cli, login, "there is no such agent");
	return CLI_DONE;
}

static int
read_options(struct cli *cli, struct dry_options *options)
{
	const char *path = cli->args[1], *handler = cli_option(cli, "handler");
	const char *job = cli_option(cli, "job");
	struct buf text = buf_in(cli->arena);
	struct why why = { .message = "" };
	int64_t ticket = 0;
	enum err err;
	int code;

	if (cli_option(cli, "ticket") == NULL)
		return cli_usage(cli, "--ticket is missing");
	if (!cli_option_int(cli, "ticket", 1, INT64_MAX, &ticket))
		return CLI_USAGE;
	options->ticket = (uint64_t)ticket;
	options->handler = bytes_of(handler != NULL ? handler : "");
	options->job = bytes_of(job != NULL ? job : "");
	options->file.name = dry_script_name(bytes_of(path));
	if (options->file.name.len == 0)
		return cli_fail(
		    cli, path, "this is no script: its name ends in .lua");
	err = file_read(path, SCRIPT_SOURCE_MAX, &text, &why);
	if (err != ERR_OK)
		return cli_fail_err(cli, cli->verb->name, err, &why);
	options->file.text = buf_get(&text);
	code = read_action(cli, options);
	return code == CLI_DONE ? read_hook(cli, options) : code;
}

/* The site's own mails, or the shipped ones. */
static enum err
load_templates(struct cli *cli, struct template_set **out, struct why *why)
{
	char share[PATH_MAX], own[PATH_MAX];
	struct template_options options = { .share_dir = share,
		.site_dir = own,
		.translate = translate_text,
		.plural = translate_plural,
		.languages = LANG__COUNT };

	snprintf(
	    share, sizeof share, "%s/www/templates", path_get(PATH_DATADIR));
	snprintf(own, sizeof own, "%s/www/templates", site_dir(cli->site));
	if (translate_start(path_get(PATH_LOCALEDIR)) != ERR_OK)
		log_event(LOG_WARN, "locale.missing", "locale=C.UTF-8");
	return template_set_load(&options, why, out);
}

static int
say_run(struct cli *cli, const struct dry_options *options,
    const struct dry_run *run)
{
	bool has_failed = run->load_error.len > 0;

	if (cli_option(cli, "json") != NULL)
		put_run(&cli->out, options, run);
	else if (has_failed)
		return cli_fail(cli, "try", "%.*s", BYTES_ARG(run->load_error));
	for (const struct dry_step *s = run->steps; s != NULL; s = s->next) {
		if (cli_option(cli, "json") == NULL)
			say_step(&cli->out, s);
		has_failed |= s->error.len > 0;
	}
	return has_failed ? CLI_FAILED : CLI_DONE;
}

int
cli_try(struct cli *cli)
{
	struct dry_options options = { .ticket = 0 };
	struct template_set *templates = NULL;
	struct mail_pages pages = { .hold = hold };
	struct mail_renderer renderer = { &pages, mail_page_render };
	struct why why = { .message = "" };
	struct dry_run run;
	int code = read_options(cli, &options);
	enum err err;

	if (code != CLI_DONE)
		return code;
	log_set_level(LOG_ERROR); /* what fails is told below */
	err = load_templates(cli, &templates, &why);
	pages.arg = templates;
	options.renderer = &renderer;
	if (err == ERR_OK)
		err = dry_run(cli->site, &options, cli->arena, &run, &why);
	template_set_release(templates);
	return err == ERR_OK ? say_run(cli, &options, &run) :
			       cli_fail_err(cli, cli->args[0], err, &why);
}
