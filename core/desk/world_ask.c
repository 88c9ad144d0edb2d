/* core/desk/world_ask.c - what tests of scripts do to their worlds. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/job.h"
#include "core/desk/query.h"
#include "core/desk/runner.h"
#include "core/desk/trace.h"
#include "core/desk/world_private.h"

#include <stdio.h>

/* A ticket as the test sees it. */
static enum err
put_ticket(struct world *world, uint64_t number, struct json_writer *w)
{
	struct site_read read;
	struct record ticket;
	enum err err = site_read_begin(world->site, &read);

	if (err == ERR_OK) {
		struct query query = { .read = &read, .arena = world->arena };

		err = query_record(&query, w,
		    record_find(read.snapshot, KIND_TICKET, number, &ticket),
		    &ticket);
		site_read_end(&read);
	}
	return err;
}

/* "customer", or an agent's login; nothing is the world's first agent. */
static enum err
read_who(struct world *world, const struct json *with, uint64_t ticket,
    struct actor *out, struct why *why)
{
	struct bytes who = json_text(json_get(with, "who"));
	const struct record *agent = NULL;
	struct site_read read;
	char name[100];
	enum err err;

	if (bytes_is(who, "customer")) {
		*out = (struct actor){
			.kind = BY_CUSTOMER, .ticket = ticket, .is_proved = true
		};
		return ERR_OK;
	}
	if (who.len == 0) {
		*out = actor_agent(world->first_agent);
		return ERR_OK;
	}
	err = site_read_begin(world->site, &read);
	if (err != ERR_OK)
		return err;
	agent = directory_find_key(read.directory, KIND_AGENT, who);
	if (agent != NULL)
		*out = actor_agent(agent->id);
	site_read_end(&read);
	snprintf(name, sizeof name, "%.*s", BYTES_ARG(who));
	return agent != NULL ?
	    ERR_OK :
	    why_set(why, ERR_INVALID, NULL, N_("There is no agent \"{name}\"."),
		0, name);
}

/* Begin an act on the ticket that <with> names. */
static enum err
begin_act(struct world *world, const struct json *with, enum verb verb,
    struct act_input *input, struct why *why)
{
	int64_t number = 0;

	(void)json_int(json_get(with, "ticket"), &number);
	act_input_init(input, verb, KIND_TICKET);
	input->source = SOURCE_WEB;
	input->subject = (uint64_t)number;
	return read_who(world, with, input->subject, &input->actor, why);
}

static enum err
end_act(struct world *world, const struct act_input *input,
    struct json_writer *w, struct why *why)
{
	struct act_result result;
	enum err err = world_act(world, input, &result, why);

	if (err == ERR_OK)
		err = world_settle(world);
	if (err == ERR_OK)
		err = put_ticket(world, result.ticket, w);
	return err;
}

/* An important customer has written before: an old, closed ticket. */
static enum err
make_vip(struct world *world, struct bytes email, struct why *why)
{
	struct act_history first = { .type = ENTRY_IS_REPLY,
		.by = BY_CUSTOMER,
		.at_us = clock_read(&world->clock) - 365 * CLOCK_DAY_US,
		.body = BYTES("Hello.") };
	struct act_result result;
	struct act_input input;
	struct site_read read;
	struct record old;
	enum err err;

	act_input_init(&input, VERB_IMPORT, KIND_TICKET);
	input.actor = actor_system();
	input.email = email;
	input.history = &first;
	input.history_count = 1;
	err = world_set(world, &input, "subject", BYTES("Long ago"), why);
	if (err == ERR_OK)
		err = world_set(world, &input, "status", BYTES("closed"), why);
	if (err == ERR_OK)
		err = world_act(world, &input, &result, why);
	if (err == ERR_OK)
		err = site_read_begin(world->site, &read);
	if (err != ERR_OK)
		return err;
	err = record_find(read.snapshot, KIND_TICKET, result.ticket, &old);
	act_input_init(&input, VERB_CUSTOMER_UPDATE, KIND_CUSTOMER);
	input.actor = actor_system();
	if (err == ERR_OK)
		input.subject = record_ref(&old, TICKET_CUSTOMER);
	site_read_end(&read);
	if (err == ERR_OK)
		err = world_set(world, &input, "vip", BYTES("true"), why);
	return err == ERR_OK ? world_act(world, &input, &result, why) : err;
}

/* What did not come through the form is given to no form's rules. */
static enum err
set_source(struct act_input *input, struct bytes word, struct why *why)
{
	int64_t source = field_word(
	    &kind_get(KIND_TICKET)->fields[TICKET_SOURCE], word);
	char name[48];

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(word));
	if (source < 0)
		return why_set(why, ERR_INVALID, "source",
		    N_("\"{name}\" cannot be chosen here."), 0, name);
	input->source = (enum source)source;
	input->is_form = source == SOURCE_WEB;
	return ERR_OK;
}

static enum err
ask_submit(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	static const char *const fields[] = { "subject", "queue", "language",
		"priority" };
	const struct json *form = json_get(with, "form");
	const struct json *custom = json_get(form, "fields");
	struct bytes source = json_text(json_get(form, "source"));
	struct act_input input;
	bool is_vip = false;
	enum err err = ERR_OK;

	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor.kind = BY_CUSTOMER;
	input.source = SOURCE_WEB;
	input.is_form = true;
	input.email = json_text(json_get(form, "email"));
	if (input.email.len == 0)
		input.email = BYTES("customer@example.org");
	input.name = json_text(json_get(form, "name"));
	input.body = json_text(json_get(form, "text"));
	if (input.body.len == 0)
		input.body = json_text(json_get(form, "subject"));
	for (size_t i = 0; err == ERR_OK && i < sizeof fields / sizeof *fields;
	     i++) {
		struct bytes text = json_text(json_get(form, fields[i]));

		if (text.len > 0)
			err = world_set(world, &input, fields[i], text, why);
	}
	if (err == ERR_OK && source.len > 0)
		err = set_source(&input, source, why);
	if (err == ERR_OK && custom != NULL) {
		struct buf text = buf_in(world->arena);
		struct json_writer custom_w = json_writer(&text);

		json_put_value(&custom_w, custom);
		err = world_set(world, &input, "fields", buf_get(&text), why);
	}
	if (err == ERR_OK && json_bool(json_get(form, "vip"), &is_vip) &&
	    is_vip)
		err = make_vip(world, input.email, why);
	return err == ERR_OK ? end_act(world, &input, w, why) : err;
}

static enum err
ask_reply(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct act_input input;
	enum err err = begin_act(world, with, VERB_REPLY_ADD, &input, why);

	input.body = json_text(json_get(with, "text"));
	return err == ERR_OK ? end_act(world, &input, w, why) : err;
}

static enum err
ask_close(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct act_input input;
	enum err err = begin_act(world, with, VERB_TICKET_UPDATE, &input, why);

	if (err == ERR_OK)
		err = world_set(world, &input, "status", BYTES("closed"), why);
	return err == ERR_OK ? end_act(world, &input, w, why) : err;
}

static enum err
ask_rate(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct act_input input;
	int64_t number = 0;

	(void)json_int(json_get(with, "ticket"), &number);
	act_input_init(&input, VERB_TICKET_RATE, KIND_TICKET);
	input.source = SOURCE_WEB;
	input.subject = (uint64_t)number;
	input.actor = (struct actor){
		.kind = BY_CUSTOMER, .ticket = input.subject, .is_proved = true
	};
	(void)json_int(json_get(with, "score"), &input.rating);
	input.body = json_text(json_get(with, "comment"));
	return end_act(world, &input, w, why);
}

/* What an action says, or why it failed: then there is no ticket. */
static enum err
ask_action(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct buf body = buf_in(world->arena);
	struct json_writer body_w = json_writer(&body);
	struct act_result result = { .ticket = 0 };
	struct act_input input;
	char words[512];
	struct bytes said;
	enum err err = begin_act(world, with, VERB_ACTION_RUN, &input, why);

	if (err != ERR_OK)
		return err;
	input.name = json_text(json_get(with, "name"));
	if (json_get(with, "input") != NULL)
		json_put_value(&body_w, json_get(with, "input"));
	if (body.failed)
		return ERR_NOMEM;
	input.body = buf_get(&body);
	err = world_act(world, &input, &result, why);
	said = result.said;
	if (err != ERR_OK)
		said = result.error.len > 0 ?
		    result.error :
		    bytes_of(why_text(why, words, sizeof words));
	if (err == ERR_NOMEM || err == ERR_IO)
		return err;
	json_begin_object(w);
	if (err == ERR_OK) {
		err = world_settle(world);
		json_key(w, "ticket");
		if (err == ERR_OK)
			err = put_ticket(world, result.ticket, w);
		if (err != ERR_OK)
			return err;
	}
	if (said.len > 0)
		json_member_text(w, "said", said);
	json_end_object(w);
	return ERR_OK;
}

/* Time goes on from one thing that is due to the next, so that each runs at
 * its own time. */
static enum err
ask_advance(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	int64_t seconds = 0, until_us, due_us;
	enum err err = ERR_OK;

	(void)json_int(json_get(with, "seconds"), &seconds);
	until_us = clock_read(&world->clock) + seconds * CLOCK_SECOND_US;
	while (err == ERR_OK &&
	    (err = runner_next_due(world->site, &due_us)) == ERR_OK &&
	    due_us <= until_us) {
		if (world->options->deadline_us != 0 &&
		    clock_monotonic_us() >= world->options->deadline_us)
			return why_set(why, ERR_TIMEOUT, NULL,
			    N_("the time that tests have is over"), 0, NULL);
		if (due_us > clock_read(&world->clock))
			clock_set(&world->clock, due_us);
		err = world_settle(world);
	}
	if (err != ERR_OK)
		return err;
	clock_set(&world->clock, until_us);
	err = world_settle(world);
	json_put_null(w);
	return err;
}

/* The mails to customers, or those to agents. */
static void
put_mails(struct world *world, bool to_agents, struct json_writer *w)
{
	json_begin_list(w);
	for (const struct kept_mail *m = world->keeper.mails; m != NULL;
	     m = m->next) {
		if ((m->agent.len > 0) != to_agents || m->error.len > 0)
			continue;
		json_begin_object(w);
		json_member_text(w, "to", m->to);
		json_member_text(w, "kind", m->kind);
		json_member_text(w, "template", m->template);
		json_member_text(w, "language", m->language);
		json_member_text(w, "subject", m->subject);
		json_member_text(w, "text", m->text);
		if (to_agents)
			json_member_text(w, "agent", m->agent);
		json_end_object(w);
	}
	json_end_list(w);
}

static enum err
ask_sent(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	put_mails(world, false, w);
	return ERR_OK;
}

static enum err
ask_notified(struct world *world, const struct json *with,
    struct json_writer *w, struct why *why)
{
	put_mails(world, true, w);
	return ERR_OK;
}

/* What is told of failures, each once however often it was tried. */
struct failures {
	struct json_writer *w; /* or NULL */
	struct buf *words;     /* or NULL */
	struct buf told;       /* lines of name, tab, message */
	size_t count;
};

static void
tell_failed(struct failures *all, struct bytes name, struct bytes error)
{
	size_t before = all->told.len;
	struct bytes line, told = { all->told.at, before };

	buf_printf(
	    &all->told, "%.*s\t%.*s\n", BYTES_ARG(name), BYTES_ARG(error));
	line = (struct bytes){ all->told.at + before, all->told.len - before };
	told.at = all->told.at;
	if (before > 0 && bytes_find(told, line) != NULL)
		return;
	all->count++;
	if (all->words != NULL)
		buf_printf(all->words, "%.*s: %.*s\n", BYTES_ARG(name),
		    BYTES_ARG(error));
	if (all->w == NULL)
		return;
	json_begin_object(all->w);
	json_member_text(all->w, "handler", name);
	json_member_text(all->w, "message", error);
	json_end_object(all->w);
}

/* Of an action or a route that failed the test has heard already. */
static bool
is_told(const struct trace_run *run)
{
	return bytes_is(run->hook, "action") || bytes_is(run->hook, "route");
}

/* A handler before a commit that fails is set aside nowhere, and one behind it
 * only when it was tried often: their runs tell. */
static enum err
tell_failed_runs(
    struct world *world, const struct site_read *read, struct failures *all)
{
	struct trace_run *runs;
	size_t count;
	enum err err = trace_newest(
	    read, BYTES_NONE, TRACE_RING, world->arena, &runs, &count);

	for (size_t i = count; err == ERR_OK && i > 0; i--)
		if (runs[i - 1].error.len > 0 && !is_told(&runs[i - 1]) &&
		    runs[i - 1].outcome != OUTCOME_REFUSED)
			tell_failed(all, runs[i - 1].name, runs[i - 1].error);
	return err;
}

enum err
world_failed(struct world *world, struct json_writer *w, struct buf *words,
    size_t *count)
{
	struct failures all = { w, words, buf_in(world->arena), 0 };
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;
	enum err err = site_read_begin(world->site, &read);

	while (err == ERR_OK &&
	    (err = job_next_failed(read.snapshot, &at, &run)) == ERR_OK)
		tell_failed(&all, record_text(&run.job, JOB_NAME),
		    record_text(&run.job, JOB_ERROR));
	if (err == ERR_NOT_FOUND)
		err = tell_failed_runs(world, &read, &all);
	site_read_end(&read);
	*count = all.count;
	return err == ERR_OK && all.told.failed ? ERR_NOMEM : err;
}

static enum err
ask_failed(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	size_t count;
	enum err err;

	world->asked_for_failures = true;
	json_begin_list(w);
	err = world_failed(world, w, NULL, &count);
	json_end_list(w);
	return err;
}

static enum err
ask_now(struct world *world, const struct json *with, struct json_writer *w,
    struct why *why)
{
	json_put_int(w, clock_read(&world->clock) / CLOCK_SECOND_US);
	return ERR_OK;
}

static const struct {
	const char *name;
	enum err (*answer)(struct world *world, const struct json *with,
	    struct json_writer *w, struct why *why);
} questions[] = {
	{ "world.submit", ask_submit },
	{ "world.reply", ask_reply },
	{ "world.close", ask_close },
	{ "world.rate", ask_rate },
	{ "world.advance", ask_advance },
	{ "world.set", world_ask_set },
	{ "world.add", world_ask_add },
	{ "world.action", ask_action },
	{ "world.request", world_ask_route },
	{ "world.http", world_ask_http },
	{ "world.requests", world_ask_requests },
	{ "world.sent", ask_sent },
	{ "world.notified", ask_notified },
	{ "world.failed", ask_failed },
	{ "world.now", ask_now },
};

/* desk.test.world{}: a new one, which is in use from now on. */
static enum err
ask_world(struct worlds *worlds, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct world *world = NULL;
	enum err err = world_create(worlds, with, &world, why);

	if (err != ERR_OK)
		return err;
	world->next = worlds->first;
	worlds->first = worlds->current = world;
	json_put_int(w, world->id);
	return ERR_OK;
}

static enum err
use_world(struct worlds *worlds, const struct json *with, struct why *why)
{
	struct world *world = worlds->first;
	int64_t id = 0;

	(void)json_int(json_get(with, "world"), &id);
	while (world != NULL && world->id != id)
		world = world->next;
	if (world == NULL)
		return why_set(why, ERR_INVALID, NULL,
		    N_("There is no such world."), 0, NULL);
	worlds->current = world;
	return ERR_OK;
}

/* The usual questions, from the world in use. */
static enum err
ask_desk(struct worlds *worlds, struct bytes question, const struct json *with,
    struct buf *answer, struct why *why)
{
	struct site_read read;
	struct query query = { .read = &read };
	enum err err;

	if (worlds->current == NULL)
		return why_set(why, ERR_INVALID, NULL,
		    N_("A test makes its world first: desk.test.world{}."), 0,
		    NULL);
	query.arena = worlds->current->arena;
	err = site_read_begin(worlds->current->site, &read);
	if (err != ERR_OK)
		return err;
	err = query_ask(&query, question, with, answer, why);
	site_read_end(&read);
	return err;
}

enum err
worlds_ask(void *context, struct bytes question, const struct json *with,
    struct buf *answer, struct why *why)
{
	struct worlds *worlds = context;
	struct json_writer w = json_writer(answer);
	enum err err = ERR_INVALID;

	if (!bytes_start_with(question, BYTES("world")))
		return ask_desk(worlds, question, with, answer, why);
	json_begin_object(&w);
	json_key(&w, "value");
	if (bytes_is(question, "world")) {
		err = ask_world(worlds, with, &w, why);
	} else {
		err = use_world(worlds, with, why);
		for (size_t i = 0;
		     err == ERR_OK && i < sizeof questions / sizeof *questions;
		     i++)
			if (bytes_is(question, questions[i].name)) {
				err = questions[i].answer(
				    worlds->current, with, &w, why);
				break;
			}
	}
	if (err != ERR_OK)
		return err;
	json_member_int(
	    &w, "now", clock_read(&worlds->current->clock) / CLOCK_SECOND_US);
	json_end_object(&w);
	return ERR_OK;
}
