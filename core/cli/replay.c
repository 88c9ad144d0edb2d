/* core/cli/replay.c - hookdesk replay: a period once more, with another script.
 *
 * The site is read beside its owner: nothing that happens here reaches it.
 */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/duration.h"
#include "core/base/file.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/base/time_text.h"
#include "core/base/utf8.h"
#include "core/desk/dry_run.h"
#include "core/desk/replay.h"
#include "core/web/translate.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 120 /* bytes of what was said that are shown */

const struct cli_option cli_replay_options[] = {
	{ "since", "WHEN",
	    "Where the period begins: 30d (the default), 12h, or a date." },
	{ "against", "WHAT",
	    "record (what happened), current (the scripts at work), or a file." },
	{ "limit", "N", "No more tickets than so many, the last ones." },
	{ "lead", "TIME",
	    "How long before it the run begins, for timers (7d)." },
	CLI_OPTIONS_END,
};

static volatile sig_atomic_t is_interrupted;

static void
interrupt(int signal)
{
	(void)signal;
	is_interrupted = 1;
}

struct telling {
	struct cli *cli;
	struct json_writer w;
	bool is_json;
	struct buf not_replayed;
};

/* --- the differences --- */

static void
put_time(struct json_writer *w, const char *name, int64_t at_us)
{
	char text[TIME_TEXT_SIZE];

	if (at_us == 0)
		return;
	time_text_write(text, at_us);
	json_member_string(w, name, text);
}

static void
put_difference(struct json_writer *w, const struct replay_difference *d)
{
	json_begin_object(w);
	json_member_string(w, "what", replay_what_name(d->what));
	if (d->name.len > 0)
		json_member_text(w, "name", d->name);
	put_time(w, "at", d->at_us);
	json_key(w, "from");
	if (d->had || d->what == REPLAY_FIELD)
		json_put_text(w, d->from);
	else
		json_put_null(w);
	json_key(w, "to");
	if (d->has || d->what == REPLAY_FIELD)
		json_put_text(w, d->to);
	else
		json_put_null(w);
	put_time(w, "from_at", d->then_us);
	put_time(w, "to_at", d->now_us);
	if (d->by.len > 0)
		json_member_text(w, "by", d->by);
	json_end_object(w);
}

static void
put_ticket(struct telling *t, const struct replay_ticket *ticket)
{
	struct json_writer *w = &t->w;
	char words[400];

	json_begin_object(w);
	json_member_int(w, "ticket", (int64_t)ticket->number);
	if (ticket->why_not != NULL) {
		json_member_string(w, "not_replayed",
		    why_text(ticket->why_not, words, sizeof words));
	} else {
		json_member_text(w, "subject", ticket->subject);
		json_member_int(w, "differences", (int64_t)ticket->count);
		json_key(w, "first");
		put_difference(w, ticket->differences);
		json_key(w, "followed");
		json_begin_list(w);
		for (const struct replay_difference *d =
			 ticket->differences->next;
		     d != NULL; d = d->next)
			put_difference(w, d);
		json_end_list(w);
	}
	json_end_object(w);
}

/* One line, cut, with a mark for what says nothing, or is not there. */
static void
say_value(struct buf *out, bool is_there, struct bytes text)
{
	struct bytes cut = utf8_cut(text, TEXT_MAX);

	if (text.len == 0) {
		buf_char(out, is_there ? '+' : '-');
		return;
	}
	for (size_t i = 0; i < cut.len; i++)
		buf_char(out, (unsigned char)cut.at[i] < ' ' ? ' ' : cut.at[i]);
	if (cut.len < text.len)
		buf_text(out, "...");
}

static void
say_difference(struct buf *out, const struct replay_difference *d)
{
	bool has_moved = d->had && d->has && bytes_equal(d->from, d->to);
	char at[TIME_TEXT_SIZE];

	time_text_write(at, d->at_us);
	buf_printf(out, "  %s  %s", at, replay_what_name(d->what));
	if (d->name.len > 0)
		buf_printf(out, " %.*s", BYTES_ARG(d->name));
	buf_text(out, ": ");
	say_value(out, d->had, d->from);
	if (has_moved) {
		time_text_write(at, d->then_us);
		buf_printf(out, ", at %s then", at);
		time_text_write(at, d->now_us);
		buf_printf(out, " -> at %s", at);
	} else {
		buf_text(out, " -> ");
		say_value(out, d->has, d->to);
	}
	if (d->by.len > 0)
		buf_printf(out, "  (%.*s)", BYTES_ARG(d->by));
	buf_char(out, '\n');
}

static void
say_ticket(struct telling *t, const struct replay_ticket *ticket)
{
	struct buf *out = &t->cli->out;
	char words[400];

	if (ticket->why_not != NULL) {
		buf_printf(&t->not_replayed, "#%llu: %s\n",
		    (unsigned long long)ticket->number,
		    why_text(ticket->why_not, words, sizeof words));
		return;
	}
	buf_printf(out, "#%llu  %.*s\n", (unsigned long long)ticket->number,
	    BYTES_ARG(ticket->subject));
	for (const struct replay_difference *d = ticket->differences; d != NULL;
	     d = d->next)
		say_difference(out, d);
	if (ticket->count > REPLAY_DIFFERENCES_MAX)
		buf_printf(out, "  and %zu more\n",
		    ticket->count - REPLAY_DIFFERENCES_MAX);
}

static void
tell(void *arg, const struct replay_ticket *ticket)
{
	struct telling *t = arg;

	cli_progress_end();
	if (t->is_json)
		put_ticket(t, ticket);
	else
		say_ticket(t, ticket);
	if (cli_write_out(t->cli) != ERR_OK)
		is_interrupted = 1;
}

static bool
progress(void *arg, uint64_t done, uint64_t total)
{
	(void)arg;
	cli_progress("replaying events:", done, total);
	return is_interrupted;
}

/* --- the end --- */

static void
put_counts(
    struct json_writer *w, const char *name, const struct replay_counts *counts)
{
	json_key(w, name);
	json_begin_object(w);
	json_member_int(w, "mails", (int64_t)counts->mails);
	json_member_int(w, "notes", (int64_t)counts->notes);
	json_member_int(w, "answers", (int64_t)counts->replies);
	json_member_int(w, "changes", (int64_t)counts->changes);
	json_end_object(w);
}

static void
put_report(struct telling *t, const struct replay_report *report)
{
	struct json_writer *w = &t->w;

	json_end_list(w);
	put_time(w, "since", report->since_us);
	put_time(w, "until", report->until_us);
	put_time(w, "reached", report->reached_us);
	json_member_bool(w, "complete", report->reached_us >= report->until_us);
	json_member_string(
	    w, "against", report->is_against_run ? "run" : "record");
	json_member_text(w, "scripts_changed", report->changed);
	json_member_int(w, "looked", (int64_t)report->tickets);
	json_member_int(w, "from_timelines", (int64_t)report->told);
	json_member_int(w, "differ", (int64_t)report->differ);
	json_member_int(w, "not_replayed", (int64_t)report->not_replayed);
	json_member_int(w, "added", (int64_t)report->added);
	json_member_int(w, "acts", (int64_t)report->acts);
	json_member_int(w, "skipped", (int64_t)report->skipped);
	json_member_int(w, "events", (int64_t)report->events);
	put_counts(w, "was", &report->was);
	put_counts(w, "is", &report->is);
	json_member_int(w, "requests", (int64_t)report->is.requests);
	json_key(w, "errors");
	json_begin_list(w);
	for (const struct replay_error *e = report->errors; e != NULL;
	     e = e->next) {
		json_begin_object(w);
		json_member_text(w, "handler", e->handler);
		json_member_text(w, "message", e->message);
		json_member_int(w, "count", (int64_t)e->count);
		json_end_object(w);
	}
	json_end_list(w);
	if (report->slowest.len > 0) {
		json_key(w, "slowest");
		json_begin_object(w);
		json_member_text(w, "handler", report->slowest);
		json_member_int(w, "us", report->slowest_us);
		json_end_object(w);
	}
	json_end_object(w);
	buf_char(&t->cli->out, '\n');
}

static void
say_count(struct buf *out, const char *what, uint64_t was, uint64_t is)
{
	buf_printf(out, "%-9s %llu then, %llu now\n", what,
	    (unsigned long long)was, (unsigned long long)is);
}

static void
say_compared(struct buf *out, const struct replay_report *report,
    const struct replay_options *options)
{
	char since[TIME_TEXT_SIZE], until[TIME_TEXT_SIZE];

	time_text_write(since, report->since_us);
	time_text_write(until, report->until_us);
	buf_printf(out, "\nFrom %s to %s, compared with ", since, until);
	if (!report->is_against_run)
		buf_text(out, "what happened.\n");
	else if (options->against == REPLAY_FILE)
		buf_text(out, "a run with the other file.\n");
	else
		buf_text(out, "a run with the scripts that are at work.\n");
	if (report->changed.len > 0)
		buf_printf(out, "%s: %.*s\n",
		    report->is_against_run ?
			"Changed in that time, so what happened is no measure" :
			"Changed in that time, which may be why it differs",
		    BYTES_ARG(report->changed));
}

static void
say_tickets(struct buf *out, const struct replay_report *report)
{
	if (report->tickets == 0 && report->reached_us >= report->until_us)
		buf_text(out, "Nothing happened in this time.\n");
	buf_printf(out, "tickets   %llu, %llu differ, %llu not replayed",
	    (unsigned long long)report->tickets,
	    (unsigned long long)report->differ,
	    (unsigned long long)report->not_replayed);
	if (report->added > 0)
		buf_printf(
		    out, ", %llu new", (unsigned long long)report->added);
	buf_char(out, '\n');
	if (report->told > 0)
		buf_printf(out, "imported  %llu, from their timelines\n",
		    (unsigned long long)report->told);
}

static void
say_report(struct telling *t, const struct replay_report *report,
    const struct replay_options *options)
{
	struct buf *out = &t->cli->out;

	if (t->not_replayed.len > 0) {
		buf_text(out, "\nNot replayed:\n");
		buf_bytes(out, buf_get(&t->not_replayed));
	}
	say_compared(out, report, options);
	say_tickets(out, report);
	say_count(out, "mails", report->was.mails, report->is.mails);
	say_count(out, "notes", report->was.notes, report->is.notes);
	say_count(out, "answers", report->was.replies, report->is.replies);
	say_count(out, "changes", report->was.changes, report->is.changes);
	buf_printf(out, "requests  %llu now, none of them made\n",
	    (unsigned long long)report->is.requests);
	buf_printf(out, "acts      %llu again, %llu passed over\n",
	    (unsigned long long)report->acts,
	    (unsigned long long)report->skipped);
	if (report->is_elsewhere)
		buf_text(out,
		    "The site's folder cannot be written here: tickets were "
		    "copied into the temporary one meanwhile.\n");
	if (report->slowest.len > 0)
		buf_printf(out, "slowest   %.*s, %.1f ms\n",
		    BYTES_ARG(report->slowest),
		    (double)report->slowest_us / 1000);
	for (const struct replay_error *e = report->errors; e != NULL;
	     e = e->next)
		buf_printf(out, "FAILED    %llu times %.*s: %.*s\n",
		    (unsigned long long)e->count, BYTES_ARG(e->handler),
		    BYTES_ARG(e->message));
}

/* --- the verb --- */

/* "30d", or a date. */
static bool
read_since(const char *text, int64_t now_us, int64_t *out)
{
	struct duration duration;

	if (duration_read(bytes_of(text), &duration) == ERR_OK &&
	    !duration.is_business) {
		*out = now_us - duration.us;
		return true;
	}
	return time_text_read(bytes_of(text), out, NULL) && *out < now_us;
}

static int
read_script(struct cli *cli, const char *path, struct script_file *out)
{
	struct buf text = buf_in(cli->arena);
	struct why why = { .message = "" };
	enum err err;

	out->name = dry_script_name(bytes_of(path));
	if (out->name.len == 0)
		return cli_fail(
		    cli, path, "this is no script: its name ends in .lua");
	err = file_read(path, SCRIPT_SOURCE_MAX, &text, &why);
	out->text = buf_get(&text);
	return err == ERR_OK ? CLI_DONE :
			       cli_fail_err(cli, cli->verb->name, err, &why);
}

static int
read_against(
    struct cli *cli, struct replay_options *options, struct script_file *other)
{
	const char *against = cli_option(cli, "against");

	if (against == NULL)
		return CLI_DONE;
	if (strcmp(against, "record") == 0) {
		options->against = REPLAY_RECORD;
	} else if (strcmp(against, "current") == 0) {
		options->against = REPLAY_AT_WORK;
	} else {
		options->against = REPLAY_FILE;
		options->other = other;
		return read_script(cli, against, other);
	}
	return CLI_DONE;
}

static int
read_options(struct cli *cli, struct replay_options *options,
    struct script_file *file, struct script_file *other)
{
	const char *since = cli_option(cli, "since");
	const char *lead = cli_option(cli, "lead");
	int64_t now_us = site_now_us(cli->site), limit = 0, from_us;
	int code;

	if (!read_since(
		since != NULL ? since : "30d", now_us, &options->since_us))
		return cli_usage(
		    cli, "--since takes 30d or a date, not \"%s\"", since);
	options->until_us = now_us;
	options->lead_us = REPLAY_LEAD_US;
	if (lead != NULL && !read_since(lead, now_us, &from_us))
		return cli_usage(cli, "--lead takes 7d, not \"%s\"", lead);
	if (lead != NULL)
		options->lead_us = now_us - from_us;
	if (!cli_option_int(cli, "limit", 1, INT32_MAX, &limit))
		return CLI_USAGE;
	options->ticket_limit = (size_t)limit;
	options->file = file;
	code = read_script(cli, cli->args[1], file);
	return code == CLI_DONE ? read_against(cli, options, other) : code;
}

/* What others do wrong is told, and no fault of this one. */
static bool
has_failed(const struct replay_report *report, struct bytes name)
{
	for (const struct replay_error *e = report->errors; e != NULL;
	     e = e->next) {
		struct bytes handler = e->handler;

		if (bytes_equal(bytes_split(&handler, '/'), name))
			return true;
	}
	return false;
}

/* How far it came, when it was stopped. */
static int
say_end(struct cli *cli, const struct replay_report *report, struct bytes name)
{
	char at[TIME_TEXT_SIZE];

	if (report->reached_us >= report->until_us)
		return has_failed(report, name) ? CLI_FAILED : CLI_DONE;
	time_text_write(at, report->reached_us);
	return cli_fail(cli, "replay", "stopped at %s", at);
}

static int
replay(struct cli *cli, struct replay_options *options)
{
	struct telling t = { .cli = cli,
		.is_json = cli_option(cli, "json") != NULL,
		.not_replayed = buf_in(cli->arena) };
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = interrupt }, before[3];
	struct why why = { .message = "" };
	struct replay_report report;
	enum err err;

	t.w = json_writer(&cli->out);
	options->tell = tell;
	options->progress = progress;
	options->arg = &t;
	if (t.is_json) {
		json_begin_object(&t.w);
		json_member_text(&t.w, "script", options->file->name);
		json_key(&t.w, "tickets");
		json_begin_list(&t.w);
	}
	for (size_t i = 0; i < 3; i++)
		sigaction(signals[i], &action, &before[i]);
	err = replay_run(cli->site, options, cli->arena, &report, &why);
	for (size_t i = 0; i < 3; i++)
		sigaction(signals[i], &before[i], NULL);
	cli_progress_end();
	if (err != ERR_OK || report.load_error.len > 0) {
		buf_clear(&cli->out);
		return err != ERR_OK ?
		    cli_fail_err(cli, cli->args[0], err, &why) :
		    cli_fail(
			cli, "replay", "%.*s", BYTES_ARG(report.load_error));
	}
	if (t.is_json)
		put_report(&t, &report);
	else
		say_report(&t, &report, options);
	return say_end(cli, &report, options->file->name);
}

int
cli_replay(struct cli *cli)
{
	struct replay_options options = { .since_us = 0 };
	struct script_file file = { .name = BYTES_NONE };
	struct script_file other = { .name = BYTES_NONE };
	int code = read_options(cli, &options, &file, &other);

	if (code != CLI_DONE)
		return code;
	log_set_level(LOG_ERROR); /* what fails is told */
	if (translate_start(path_get(PATH_LOCALEDIR)) != ERR_OK)
		log_event(LOG_ERROR, "locale.missing", "locale=C.UTF-8");
	return replay(cli, &options);
}
