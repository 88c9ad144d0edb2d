/* core/desk/before.c - the -ing hooks of an act in progress. */
#include "config.h"
#include "core/desk/before.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/desk/body.h"
#include "core/desk/query.h"
#include "core/desk/run.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/desk/trace.h"
#include "core/desk/wishes.h"

#include <stdio.h>

#define ALL_BEFORE_US (250 * 1000) /* all -ing handlers of one act */

static enum err
write_body(struct work *work, const struct before *before, struct buf *out)
{
	static const char *const kinds[] = { "customer", "agent", "script",
		"system" };
	const struct field *source =
	    &kind_get(KIND_TICKET)->fields[TICKET_SOURCE];
	const struct record *agent = directory_find(
	    work->read.directory, KIND_AGENT, work->actor.agent);
	struct body_reader reader = {
		.read = &work->read, .arena = work->arena, .text = before->text
	};
	struct body body = { .hook = before->hook,
		.at_us = work->read.now_us,
		.source = source->words[work->input->source],
		.actor_kind = kinds[work->actor.kind],
		.actor_script = work->actor.script,
		.entry = before->entry,
		.customer = before->customer,
		.agent = before->agent,
		.changes = before->changes,
		.parts = before->parts };

	if (agent != NULL)
		body.actor_name = record_label(agent);
	if (before->ticket != NULL)
		body.ticket = &before->ticket->new;
	return body_write(out, &reader, &body);
}

static bool
applies(struct work *work, const struct before *before, struct when_set *set,
    const struct script_handler *handler)
{
	struct filter_reader reader = { .directory = work->read.directory,
		.snapshot = work->read.snapshot,
		.now_us = work->read.now_us };
	struct filter_subject subject = {
		.ticket = before->ticket != NULL ? &before->ticket->new : NULL,
		.customer = before->customer,
		.snapshot = work->read.snapshot,
		.reader = &reader,
		.actor = work->actor.kind,
		.changed = before->changed
	};

	if (bytes_equal(handler->full, work->cause.script))
		return false; /* its own doing */
	if (before->only.len > 0 && !bytes_equal(handler->full, before->only))
		return false;
	if (before->ticket != NULL)
		for (size_t i = 0; i < TICKET__COUNT; i++)
			if (!record_same(&before->ticket->old,
				&before->ticket->new, (int)i))
				subject.changed |= UINT64_C(1) << i;
	return when_holds(set, handler, &subject);
}

/* A failed handler's wishes are dropped; what earlier ones did stays. Of a
 * refused act its traces tell, see act_traces_keep(). */
static enum err
handle_failure(struct work *work, const struct before *before,
    const struct script_handler *handler, const struct script_outcome *outcome)
{
	log_event(LOG_WARN, "script.failed", "handler=%.*s error=%.*s",
	    BYTES_ARG(handler->full), BYTES_ARG(outcome->error));
	if (!handler->is_required)
		return trace_raise_failure(work, handler->full,
		    bytes_of(hook_points[before->hook].name), outcome->error,
		    before->ticket);
	return work_fail(work, ERR_REFUSED, NULL,
	    N_("The rule {name} failed, and nothing goes on without it. "
	       "Please try again later."),
	    0, handler->full);
}

static enum err
refuse(struct work *work, const struct script_handler *handler,
    const struct json *deny)
{
	struct bytes message = json_text(json_get(deny, "message"));
	struct bytes field = json_text(json_get(deny, "field"));
	char name[48];

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(field));
	log_event(LOG_INFO, "script.refused", "handler=%.*s field=%s",
	    BYTES_ARG(handler->full), name);
	work->result->refusal = message;
	work->result->code = json_text(json_get(deny, "code"));
	return work_fail(work, ERR_REFUSED, name, N_("{name}"), 0, message);
}

/* Whether all of a handler's wishes can be had: they are all done or none. One
 * alone changes nothing when it cannot. */
static enum err
try_wishes(
    struct work *work, const struct before *before, const struct json *wishes)
{
	struct work_records *saved;
	enum err err;

	if (json_next(json_first(wishes)) == NULL)
		return ERR_OK;
	saved = work_save(work);
	if (saved == NULL)
		return ERR_NOMEM;
	work->is_trial = true;
	err = wishes_apply(work, wishes, WISH_BEFORE, before->ticket);
	work->is_trial = false;
	work_restore(work, saved);
	return err;
}

/* The changes of one handler, accounted for as its own. */
static enum err
apply(struct work *work, struct before *before,
    const struct script_handler *handler, const struct json *wishes,
    uint64_t trace)
{
	struct actor actor = wishes_actor(handler->full);
	struct cause cause = { .script = handler->full,
		.hook = bytes_of(hook_points[before->hook].name),
		.chain = work->cause.chain,
		.trace = trace };
	struct work_actor who;
	enum err err = ERR_OK;

	if (before->ticket != NULL)
		err = work_flush(work, before->ticket);
	if (err != ERR_OK)
		return err;
	who = work_become(work, &actor, &cause);
	work->is_before = true;
	err = try_wishes(work, before, wishes);
	if (err == ERR_OK)
		err = wishes_apply(work, wishes, WISH_BEFORE, before->ticket);
	work->is_before = false;
	if (err == ERR_OK && before->ticket != NULL)
		err = work_flush(work, before->ticket);
	work_return(work, &who);
	return err;
}

/* What was chosen as text: a key, a login, a word, or a score. */
static enum err
read_choice(struct work *work, const struct json *value, struct bytes *out)
{
	struct buf number = buf_in(work->arena);
	int64_t score;

	*out = json_text(value);
	if (!json_int(value, &score))
		return ERR_OK;
	buf_int(&number, score);
	*out = buf_get(&number);
	return number.failed ? ERR_NOMEM : ERR_OK;
}

/* A choice counts for the script; wishes of a failed apply are an error of
 * the script, not of the act. */
static enum err
take_outcome(struct work *work, struct before *before,
    const struct script_handler *handler, struct script_outcome *outcome,
    uint64_t trace)
{
	enum err err;

	if (outcome->error.len > 0)
		return handle_failure(work, before, handler, outcome);
	if (outcome->deny != NULL)
		return refuse(work, handler, outcome->deny);
	if (json_count(outcome->wishes) > 0) {
		err = apply(work, before, handler, outcome->wishes, trace);
		if (err == ERR_INVALID || err == ERR_NOT_FOUND ||
		    err == ERR_LIMIT) {
			char words[512];

			why_text(work->why, words, sizeof words);
			outcome->error = bytes_of(
			    arena_copy(work->arena, words, strlen(words)));
			trace_mark_failed(work, outcome->error);
			return handle_failure(work, before, handler, outcome);
		}
		if (err != ERR_OK)
			return err;
	}
	if (outcome->choose != NULL && !before->has_choice) {
		before->has_choice = true;
		err = read_choice(
		    work, json_get(outcome->choose, "value"), &before->choice);
		if (err != ERR_OK)
			return err;
		before->choice_why = json_text(
		    json_get(outcome->choose, "why"));
		before->choice_by = handler->full;
		before->choice_trace = trace;
	}
	return ERR_OK;
}

static enum err
call_one(struct work *work, struct before *before, struct when_set *set,
    const struct script_handler *handler, struct script_outcome *outcome)
{
	struct query query = { .read = &work->read,
		.arena = work->arena,
		.script = handler->file };
	struct buf body = buf_in(work->arena);
	struct script_call call = { .set = when_set_scripts(set),
		.handler = handler,
		.now_us = work->read.now_us,
		.ask = query_ask,
		.context = &query };
	enum err err = write_body(work, before, &body);

	if (err != ERR_OK)
		return err;
	if (work->before_deadline_us == 0)
		work->before_deadline_us = clock_monotonic_us() +
		    ALL_BEFORE_US +
		    (work->site->options.past != NULL ? SITE_PAST_PATIENCE_US :
							0);
	call.body = buf_get(&body);
	call.deadline_us = work->before_deadline_us;
	err = script_host_call(
	    work->site->scripts, &call, work->arena, outcome, work->why);
	if (err != ERR_OK) {
		/* no script host: an act goes on without its rules, unless
		 * they are required */
		*outcome = (struct script_outcome){
			.error = BYTES("the script host does not run")
		};
	}
	handler_note(work->site, handler, outcome, work->read.now_us);
	return trace_add(work, &call, outcome, before->ticket);
}

/* A copy of the handler's name lives as long as the act: entries and traces
 * are written when its set may be gone. */
static enum err
run_one(struct work *work, struct before *before, struct when_set *set,
    const struct script_handler *from, bool *is_stopped)
{
	struct script_handler handler = *from;
	struct script_outcome outcome = {
		.error = BYTES("switched off: its last runs took too long")
	};
	enum err err = ERR_OK;

	handler.full = work_copy(work, from->full, &err);
	if (err != ERR_OK)
		return err;
	work->last_trace = 0;
	if (!health_rests(
		work->site->health, handler.full, work->read.now_us, NULL)) {
		err = call_one(work, before, set, &handler, &outcome);
		if (err == ERR_OK)
			err = take_outcome(
			    work, before, &handler, &outcome, work->last_trace);
	} else if (handler.is_required) {
		err = handle_failure(work, before, &handler, &outcome);
	}
	*is_stopped |= outcome.stop != NULL || before->has_choice;
	return err;
}

enum err
before_run(struct work *work, struct before *before)
{
	struct when_set *set;
	const struct script_handler *handlers;
	bool is_stopped = false;
	size_t count = 0;
	enum err err = ERR_OK;

	before->has_choice = false;
	if (work->is_historic)
		return ERR_OK;
	set = when_set_take(work->site);
	if (set == NULL)
		return ERR_OK;
	handlers = script_set_on(when_set_scripts(set), before->hook, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		if ((!is_stopped || handlers[i].is_required) &&
		    applies(work, before, set, &handlers[i]))
			err = run_one(
			    work, before, set, &handlers[i], &is_stopped);
	when_set_unref(set);
	return err;
}

enum err
before_spoil(struct work *work, struct before *before)
{
	char words[512];
	struct bytes error;
	enum err err = ERR_OK;

	why_text(work->why, words, sizeof words);
	error = work_copy(work, bytes_of(words), &err);
	if (err != ERR_OK)
		return err;
	work->last_trace = before->choice_trace;
	trace_mark_failed(work, error);
	*work->why = (struct why){ .message = "" };
	before->has_choice = false;
	return trace_raise_failure(work, before->choice_by,
	    bytes_of(hook_points[before->hook].name), error, before->ticket);
}
