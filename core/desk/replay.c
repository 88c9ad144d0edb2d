/* core/desk/replay.c - one or two runs over a period, and what is told. */
#include "config.h"
#define HD_HOST_SIDE
#include "core/desk/replay_private.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/plugin.h"

#include <stdio.h>
#include <stdlib.h>

#define ERRORS_MAX 100 /* of different words */

/* --- what a scratch site hears and sends --- */

static enum err
note_error(struct replaying *r, struct bytes handler, struct bytes message)
{
	struct replay_report *out = r->out;
	struct replay_error **at = &out->errors, *error;
	size_t count = 0;
	char *name, *words;

	out->error_count++;
	for (; *at != NULL; at = &(*at)->next, count++)
		if (bytes_equal((*at)->handler, handler) &&
		    bytes_equal((*at)->message, message)) {
			(*at)->count++;
			return ERR_OK;
		}
	if (count == ERRORS_MAX)
		return ERR_OK;
	error = arena_new(r->arena, struct replay_error);
	name = arena_copy(r->arena, handler.at, handler.len);
	words = arena_copy(r->arena, message.at, message.len);
	if (error == NULL || name == NULL || words == NULL)
		return ERR_NOMEM;
	*error = (struct replay_error){ .handler = { name, handler.len },
		.message = { words, message.len },
		.count = 1 };
	*at = error;
	return ERR_OK;
}

/* The machine may be busy, so that a handler is stopped late in a replay: but
 * what takes longer than it may on any is told. */
static enum err
note_slow(struct replaying *r, const struct script_handler *handler,
    const struct script_outcome *outcome)
{
	bool is_before = handler->kind == SCRIPT_HANDLER &&
	    hook_points[handler->hook].kind == HOOK_BEFORE;
	int64_t limit_us = is_before ? SCRIPT_BEFORE_US : SCRIPT_AFTER_US;
	char words[300];

	if (outcome->cpu_us <= limit_us || outcome->error.len > 0)
		return ERR_OK;
	snprintf(words, sizeof words,
	    "%.*s.lua:%d: \"%.*s\" takes over %d ms and would be stopped",
	    BYTES_ARG(handler->file), handler->line, BYTES_ARG(handler->name),
	    (int)(limit_us / 1000));
	return note_error(r, handler->full, bytes_of(words));
}

/* Only what the scripts of the run that is asked about do wrong is told. */
static void
ran(void *arg, const struct script_handler *handler,
    const struct script_outcome *outcome, int64_t now_us)
{
	struct past_run *run = arg;
	struct replaying *r = run->r;
	char *name;

	(void)now_us;
	if (!run->is_in_period || !run->is_told)
		return;
	if ((outcome->error.len > 0 &&
		note_error(r, handler->full, outcome->error) != ERR_OK) ||
	    note_slow(r, handler, outcome) != ERR_OK)
		return; /* one more or less */
	if (outcome->cpu_us <= r->out->slowest_us)
		return;
	name = arena_copy(r->arena, handler->full.at, handler->full.len);
	if (name == NULL)
		return;
	r->out->slowest = (struct bytes){ name, handler->full.len };
	r->out->slowest_us = outcome->cpu_us;
}

static enum err
send(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	struct past_run *run = arg;
	char *id = arena_printf(
	    arena, "%llu@replay.invalid", (unsigned long long)job->id);

	(void)site;
	(void)why;
	if (id == NULL)
		return ERR_NOMEM;
	run->counts.mails++;
	*message_id = bytes_of(id);
	return ERR_OK;
}

/* Never called, see site_past: but where it is NULL requests wait. */
static void
request(void *arg, const struct hd_http_request *request,
    struct hd_http_outcome *outcome)
{
	(void)arg;
	(void)request;
	outcome->state = HD_HTTP_REFUSED;
}

static enum err
open_run(struct replaying *r, struct past_run *run,
    const struct script_file *file, bool is_told)
{
	const struct desk_output *output = r->site->options.output;

	run->r = r;
	run->file = file;
	run->is_told = is_told;
	run->past = (struct site_past){ ran, past_answer, run };
	run->output = (struct desk_output){ .send = send,
		.request = request,
		.translate = output != NULL ? output->translate : NULL,
		.arg = run };
	return past_open(run);
}

/* --- does the script load? --- */

static enum err
read_load_error(struct past_run *run, struct bytes *out)
{
	struct arena *arena = run->r->arena;
	const struct record *script;
	struct bytes error = BYTES_NONE;
	struct site_read read;
	char *copy;
	enum err err = site_read_begin(run->site, &read);

	if (err != ERR_OK)
		return err;
	script = directory_find_key(
	    read.directory, KIND_SCRIPT, run->file->name);
	if (script != NULL)
		error = record_text(script, SCRIPT_ERROR);
	copy = arena_copy(arena, error.at != NULL ? error.at : "", error.len);
	site_read_end(&read);
	*out = (struct bytes){ copy, error.len };
	return copy != NULL ? ERR_OK : ERR_NOMEM;
}

/* A script that is at work did not load in the scratch site, as on a machine
 * that is too busy: what is told is told without it, so that is said. */
static enum err
tell_of_others(struct past_run *run)
{
	struct replaying *r = run->r;
	const struct record *const *all;
	struct site_read real, read;
	size_t count;
	enum err err = site_read_begin(r->site, &real);

	if (err != ERR_OK)
		return err;
	err = site_read_begin(run->site, &read);
	if (err != ERR_OK) {
		site_read_end(&real);
		return err;
	}
	all = directory_all(read.directory, KIND_SCRIPT, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		const struct record *is_at_work = directory_find_key(
		    real.directory, KIND_SCRIPT, record_key(all[i]));
		bool is_other = run->file == NULL ||
		    !bytes_equal(record_key(all[i]), run->file->name);

		if (is_other && is_at_work != NULL &&
		    record_has(all[i], SCRIPT_ERROR) &&
		    !record_has(is_at_work, SCRIPT_ERROR))
			err = note_error(r, record_key(all[i]),
			    record_text(all[i], SCRIPT_ERROR));
	}
	site_read_end(&read);
	site_read_end(&real);
	return err;
}

/* Before the long run: it is loaded once and put away again. */
static enum err
check_load(struct past_run *run)
{
	struct replaying *r = run->r;
	enum err err;

	err = run->is_told ? tell_of_others(run) : ERR_OK;
	if (err != ERR_OK || run->file == NULL)
		return err;
	run->site->options.tried = run->file;
	err = scripts_load(run->site, NULL, r->why);
	if (err == ERR_OK)
		err = read_load_error(run, &r->out->load_error);
	run->site->options.tried = NULL;
	if (err == ERR_OK && r->out->load_error.len == 0)
		err = scripts_load(run->site, NULL, r->why);
	return err;
}

/* --- the runs --- */

/* All that were raised in it. */
static enum err
count_events(struct past_run *run, uint64_t *out)
{
	char table = KEY_EVENT;
	struct cursor cursor = { .snapshot = NULL };
	struct snapshot *snapshot = NULL;
	struct bytes key, value;
	enum err err = store_snapshot(run->site->store, &snapshot);

	if (err == ERR_OK)
		err = cursor_open_prefix(
		    snapshot, (struct bytes){ &table, 1 }, FORWARD, &cursor);
	while (err == ERR_OK) {
		err = cursor_next(&cursor, &key, &value);
		*out += err == ERR_OK;
	}
	cursor_close(&cursor);
	snapshot_release(snapshot);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The one to compare with. If its time is over the other one goes as far. */
static enum err
run_first(
    struct replaying *r, struct past_run *was, const struct script_file *file)
{
	int64_t deadline_us = r->deadline_us;
	enum err err = open_run(r, was, file, false);

	r->total *= 2;
	if (err == ERR_OK)
		err = check_load(was);
	if (err != ERR_OK || r->out->load_error.len > 0)
		return err;
	if (deadline_us != 0)
		r->deadline_us -= (deadline_us - clock_monotonic_us()) / 2;
	err = past_live(was);
	r->deadline_us = deadline_us;
	r->out->acts = r->out->skipped = 0;
	if (r->is_late) {
		r->cut_us = r->out->reached_us + 1;
		r->is_stopped = r->is_late = false;
	}
	return err;
}

static enum err
run_all(struct replaying *r, struct past_run *was, struct past_run *is)
{
	const struct replay_options *options = r->options;
	const struct script_file *other = options->against == REPLAY_FILE ?
	    options->other :
	    NULL;
	struct store_status status;
	bool is_two = r->out->is_against_run, has_run;
	enum err err = open_run(r, is, options->file, true);

	if (err == ERR_OK)
		err = check_load(is);
	if (err != ERR_OK || r->out->load_error.len > 0)
		return err;
	if (is_two && !r->is_stopped) {
		err = run_first(r, was, other);
		if (err != ERR_OK || r->out->load_error.len > 0)
			return err;
	}
	has_run = !r->is_stopped;
	if (has_run)
		err = past_live(is);
	if (err == ERR_OK)
		err = count_events(is, &r->out->events);
	if (err == ERR_OK && store_status(is->site->store, &status) == ERR_OK)
		r->out->bytes = status.space.used_bytes;
	return err == ERR_OK && has_run ?
	    past_compare(r, is_two ? was : NULL, is) :
	    err;
}

static enum err
replay(struct replaying *r)
{
	struct past_run *was = calloc(1, sizeof *was);
	struct past_run *is = calloc(1, sizeof *is);
	enum err err = was != NULL && is != NULL ? past_gather(r) : ERR_NOMEM;

	switch (r->options->against) {
	case REPLAY_RECORD: break;
	case REPLAY_RECORD_OR_RUN:
		r->out->is_against_run = r->out->changed.len > 0;
		break;
	default: r->out->is_against_run = true;
	}
	r->out->reached_us = r->from_us;
	if (err == ERR_OK)
		err = run_all(r, was, is);
	if (was != NULL)
		past_close(was);
	if (is != NULL)
		past_close(is);
	free(was);
	free(is);
	return err;
}

enum err
replay_run(struct site *site, const struct replay_options *options,
    struct arena *arena, struct replay_report *out, struct why *why)
{
	struct replaying r = { .site = site,
		.options = options,
		.arena = arena,
		.why = why,
		.out = out };
	enum err err = ERR_NOMEM;

	if (site->options.below != NULL || site->options.past != NULL)
		return ERR_LIMIT;
	*out = (struct replay_report){ .since_us = options->since_us };
	out->until_us = options->until_us != 0 ? options->until_us :
						 site_now_us(site);
	r.from_us = out->since_us - options->lead_us;
	if (options->budget_us != 0)
		r.deadline_us = clock_monotonic_us() + options->budget_us;
	r.step = arena_create();
	if (r.step != NULL)
		err = replay(&r);
	free(r.places);
	free(r.tickets);
	free(r.deeds);
	arena_destroy(r.step);
	return err;
}
