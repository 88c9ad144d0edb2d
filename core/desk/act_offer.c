/* core/desk/act_offer.c - what scripts offer: an action that an agent chooses,
 * a request to a route.
 *
 * The function runs in the act, as a -ing handler does: when somebody else was
 * quicker all of it runs again, and its wishes are committed all or none
 * before anybody hears what it said. It may do all that an agent may; who
 * chooses an action must be allowed to answer its ticket.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/suggest.h"
#include "core/desk/acts.h"
#include "core/desk/body.h"
#include "core/desk/offer.h"
#include "core/desk/query.h"
#include "core/desk/run.h"
#include "core/desk/schema.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/desk/trace.h"
#include "core/desk/wishes.h"
#include "core/script/offers.h"

#define FAILURES_KEPT 50 /* of a route, in a day */

/* One run. */
struct offering {
	struct work *work;
	struct when_set *set;
	struct script_handler handler; /* its name outlives the set */
	struct touched *ticket;        /* of an action */
	struct script_outcome outcome;
};

static enum err
find_offer(struct offering *o, enum script_kind kind)
{
	struct work *work = o->work;
	const struct script_handler *found = NULL;
	enum err err = ERR_OK;

	o->set = when_set_take(work->site);
	if (o->set != NULL)
		found = script_set_find(
		    when_set_scripts(o->set), kind, work->input->name);
	if (found == NULL)
		return ERR_NOT_FOUND;
	o->handler = *found;
	o->handler.full = work_copy(work, found->full, &err);
	return err;
}

/* It failed: with what words is for those who may see scripts, see offer.h. */
static enum err
fail(struct offering *o, struct bytes error)
{
	struct work *work = o->work;

	log_event(LOG_WARN, "script.failed", "handler=%.*s error=%.*s",
	    BYTES_ARG(o->handler.full), BYTES_ARG(error));
	work->result->error = error;
	return work_fail(work, ERR_REFUSED, NULL,
	    o->handler.kind == SCRIPT_ACTION ?
		N_("The action failed, and nothing was changed.") :
		N_("The script failed, and nothing was changed."),
	    0, BYTES_NONE);
}

/* Anybody may make a route fail, as often as he likes: its first failures of a
 * day are kept, later ones are no write. */
static bool
is_known_to_fail(const struct offering *o)
{
	struct handler_state state;

	if (o->handler.kind != SCRIPT_ROUTE || o->outcome.error.len == 0)
		return false;
	scripts_handler_state(
	    o->work->site, o->handler.full, o->work->read.now_us, &state);
	return state.failed > FAILURES_KEPT;
}

static enum err
call(struct offering *o, const struct body *body)
{
	struct work *work = o->work;
	struct query query = { .read = &work->read,
		.arena = work->arena,
		.script = o->handler.file };
	struct body_reader reader = { .read = &work->read,
		.arena = work->arena };
	struct buf json = buf_in(work->arena);
	struct script_call call = { .set = when_set_scripts(o->set),
		.handler = &o->handler,
		.now_us = work->read.now_us,
		.ask = query_ask,
		.context = &query };
	enum err err = body_write(&json, &reader, body);

	if (err != ERR_OK)
		return err;
	call.body = buf_get(&json);
	err = script_host_call(
	    work->site->scripts, &call, work->arena, &o->outcome, work->why);
	if (err != ERR_OK)
		return err == ERR_NOMEM ?
		    err :
		    work_fail(work, ERR_BUSY, NULL, err_message(ERR_BUSY), 0,
			BYTES_NONE);
	if (o->outcome.was_skipped)
		return ERR_OK; /* nothing ran: who waits hears of it */
	query_guard(work->change, query.seen, true);
	handler_note(work->site, &o->handler, &o->outcome, work->read.now_us);
	if (is_known_to_fail(o))
		return trace_remember(
		    work->site, work->arena, &call, &o->outcome, 0, 0);
	return trace_add(work, &call, &o->outcome, o->ticket);
}

/* That an agent chose it: what follows is the script's doing. */
static enum err
say_chosen(struct offering *o)
{
	struct bytes label;
	struct record entry;
	enum err err = ERR_OK;

	if (o->ticket == NULL)
		return ERR_OK;
	label = work_copy(o->work, o->handler.label, &err);
	if (err != ERR_OK)
		return err;
	record_init(&entry, KIND_ENTRY, 0);
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_EVENT);
	record_set_text(&entry, ENTRY_EVENT, BYTES("action.chosen"));
	record_set_text(&entry, ENTRY_WHY, label);
	return work_add_entry(o->work, o->ticket, &entry, NULL);
}

static bool
is_of_the_script(enum err err)
{
	return err == ERR_INVALID || err == ERR_NOT_FOUND || err == ERR_LIMIT ||
	    err == ERR_REFUSED || err == ERR_DENIED || err == ERR_EXISTS;
}

/* What it wished for, all or nothing. */
static enum err
apply(struct offering *o)
{
	struct work *work = o->work;
	struct actor actor = wishes_actor(o->handler.full);
	struct cause cause = { .script = o->handler.full,
		.hook = o->ticket != NULL ? BYTES("action") : BYTES("route"),
		.trace = work->last_trace };
	struct bytes error;
	char words[512];
	enum err err;

	if (json_count(o->outcome.wishes) == 0)
		return ERR_OK;
	work->cause = cause; /* the agent did it, through the script */
	err = say_chosen(o);
	if (err != ERR_OK)
		return err;
	(void)work_become(work, &actor, &cause); /* to the act's end */
	err = wishes_apply(work, o->outcome.wishes, WISH_AFTER, o->ticket);
	if (!is_of_the_script(err))
		return err;
	why_text(work->why, words, sizeof words);
	error = work_copy(work, bytes_of(words), &err);
	if (err == ERR_NOMEM)
		return err;
	trace_mark_failed(work, error);
	return fail(o, error);
}

/* Run it, once all that it is told is in <body>. */
static enum err
run(struct offering *o, const struct body *body)
{
	struct work *work = o->work;
	enum err err = ERR_OK;

	if (health_rests(
		work->site->health, o->handler.full, work->read.now_us, NULL))
		return work_fail(work, ERR_BUSY, NULL,
		    N_("{name} rests: its last runs took too long."), 0,
		    o->handler.full);
	err = call(o, body);
	if (err != ERR_OK)
		return err;
	if (o->outcome.was_skipped)
		return work_fail(work, ERR_BUSY, NULL,
		    N_("The scripts are busy. Please try again in a moment."),
		    0, BYTES_NONE);
	if (o->outcome.error.len > 0)
		return fail(o, o->outcome.error);
	return apply(o);
}

/* --- an action --- */

bool
offer_is_for(struct when_set *set, const struct script_handler *handler,
    const struct site_read *read, const struct record *ticket)
{
	struct filter_reader reader = { .directory = read->directory,
		.snapshot = read->snapshot,
		.now_us = read->now_us };
	struct filter_subject subject = { .ticket = ticket,
		.snapshot = read->snapshot,
		.reader = &reader,
		.actor = BY_AGENT };

	return when_holds(set, handler, &subject);
}

static void
tell_first(void *context, const char *field, const struct why *why)
{
	struct work *work = context;

	(void)field;
	if (work->why->message[0] == '\0')
		*work->why = *why;
}

/* The member "input" of the body, checked. */
static enum err
read_input(struct offering *o, struct buf *out)
{
	struct work *work = o->work;
	const struct json *schema = NULL, *given = NULL;
	struct json_writer w = json_writer(out);
	enum err err = ERR_OK;

	if (work->input->body.len > 0)
		err = json_parse(work->arena, work->input->body,
		    OFFER_INPUT_MAX, &given, NULL);
	if (err == ERR_INVALID || err == ERR_LIMIT ||
	    (err == ERR_OK && given != NULL && json_type(given) != JSON_OBJECT))
		return work_fail(work, ERR_INVALID, "input",
		    N_("What an action asks for is an object of at most "
		       "{n} bytes."),
		    OFFER_INPUT_MAX, BYTES_NONE);
	if (err == ERR_OK && o->handler.ask.len > 0)
		err = json_parse(
		    work->arena, o->handler.ask, JSON_BYTES_MAX, &schema, NULL);
	if (err != ERR_OK)
		return err;
	json_key(&w, "input");
	err = schema_fill(schema, given, work->read.directory, work->arena, &w,
	    tell_first, work);
	return err == ERR_OK && out->failed ? ERR_NOMEM : err;
}

static enum err
unknown_action(struct offering *o)
{
	struct work *work = o->work;
	size_t count = 0;
	const struct script_handler *all = o->set != NULL ?
	    script_set_kind(when_set_scripts(o->set), SCRIPT_ACTION, &count) :
	    NULL;
	char *typed = arena_copy(
	    work->arena, work->input->name.at, work->input->name.len);
	struct suggestion near;

	if (typed == NULL)
		return ERR_NOMEM;
	near = suggest(typed);
	for (size_t i = 0; i < count; i++) {
		char *full = arena_copy(
		    work->arena, all[i].full.at, all[i].full.len);

		if (full != NULL)
			suggest_try(&near, full);
	}
	if (near.best != NULL)
		return work_fail(work, ERR_NOT_FOUND, NULL,
		    N_("There is no such action: did you mean \"{name}\"?"), 0,
		    bytes_of(near.best));
	return work_fail(work, ERR_NOT_FOUND, NULL,
	    N_("There is no action \"{name}\"."), 0, work->input->name);
}

static enum err
run_action(struct offering *o)
{
	struct work *work = o->work;
	struct buf input = buf_in(work->arena);
	struct record customer;
	struct body body = { .hook = HOOK__COUNT,
		.is_offer = true,
		.agent = directory_find(
		    work->read.directory, KIND_AGENT, work->actor.agent) };
	enum err err;

	if (!offer_is_for(o->set, &o->handler, &work->read, &o->ticket->new))
		return work_fail(work, ERR_INVALID, NULL,
		    N_("\"{name}\" is not for this ticket as it is now."), 0,
		    o->handler.label);
	err = read_input(o, &input);
	if (err != ERR_OK)
		return err;
	body.given = buf_get(&input);
	body.ticket = &o->ticket->new;
	err = record_find(work->read.snapshot, KIND_CUSTOMER,
	    record_ref(&o->ticket->new, TICKET_CUSTOMER), &customer);
	if (err == ERR_OK)
		body.customer = &customer;
	else if (err != ERR_NOT_FOUND)
		return err;
	err = run(o, &body);
	if (err == ERR_OK)
		work->result->said = json_text(o->outcome.value);
	return err;
}

enum err
act_action_run(struct work *work)
{
	struct offering o = { .work = work };
	enum err err = act_load_ticket(work, &o.ticket);

	if (err != ERR_OK)
		return err;
	err = find_offer(&o, SCRIPT_ACTION);
	if (err == ERR_NOT_FOUND)
		err = unknown_action(&o);
	else if (err == ERR_OK)
		err = run_action(&o);
	when_set_unref(o.set);
	work->result->ticket = o.ticket->new.id;
	return err;
}

/* --- a route --- */

enum err
act_route_run(struct work *work)
{
	struct offering o = { .work = work };
	struct body body = { .hook = HOOK__COUNT,
		.is_offer = true,
		.given = work->input->body };
	int64_t status = 0;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_ROUTE_RUN, NULL);

	if (err == ERR_OK)
		err = find_offer(&o, SCRIPT_ROUTE);
	if (err == ERR_OK)
		err = run(&o, &body);
	when_set_unref(o.set);
	if (err != ERR_OK)
		return err;
	work->result->answer = o.outcome.value;
	/* what a repeat is answered with */
	(void)json_int(json_get(o.outcome.value, "status"), &status);
	work->result->record = (uint64_t)status;
	return ERR_OK;
}
