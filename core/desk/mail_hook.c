/* core/desk/mail_hook.c - mail.sending: the last word of scripts on a mail. */
#include "config.h"
#include "core/desk/mail_hook.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/body.h"
#include "core/desk/query.h"
#include "core/desk/run.h"
#include "core/desk/site_private.h"
#include "core/desk/trace.h"

/* What the handlers are told of, and how they are called. */
struct asking {
	const struct site_read *read;
	const struct job_run *run;
	struct arena *arena;
	struct when_set *set;
	struct record ticket, customer;
	struct body body;
	struct buf json;
};

static enum err
find(struct asking *a, enum kind_id kind, uint64_t id, struct record *record,
    const struct record **out)
{
	enum err err = ERR_NOT_FOUND;

	if (id != 0)
		err = record_find(a->read->snapshot, kind, id, record);
	if (err == ERR_OK)
		*out = record;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The event's "mail": what the job is given. */
static enum err
mail_part(struct asking *a, const struct record *job)
{
	struct buf part = buf_in(a->arena);
	struct bytes data = record_text(job, JOB_DATA);
	struct json_writer w = json_writer(&part);

	json_key(&w, "mail");
	json_begin_object(&w);
	if (data.len > 2)
		json_put_members(
		    &w, (struct bytes){ data.at + 1, data.len - 2 });
	json_member_int(&w, "tries", record_int(job, JOB_TRIES));
	json_end_object(&w);
	a->body.parts = buf_get(&part);
	return part.failed ? ERR_NOMEM : ERR_OK;
}

static enum err
prepare(struct asking *a, const struct record *job)
{
	struct body_reader reader = { .read = a->read, .arena = a->arena };
	uint64_t customer = 0;
	enum err err = find(a, KIND_TICKET, record_ref(job, JOB_TICKET),
	    &a->ticket, &a->body.ticket);

	if (err == ERR_OK && a->body.ticket != NULL)
		customer = record_ref(&a->ticket, TICKET_CUSTOMER);
	if (err == ERR_OK)
		err = find(a, KIND_CUSTOMER, customer, &a->customer,
		    &a->body.customer);
	if (err == ERR_OK)
		err = mail_part(a, job);
	if (err != ERR_OK)
		return err;
	a->body.hook = HOOK_MAIL_SENDING;
	a->body.at_us = a->read->now_us;
	a->body.source = "script";
	a->body.actor_kind = "system";
	a->json = buf_in(a->arena);
	return body_write(&a->json, &reader, &a->body);
}

static bool
applies(struct asking *a, const struct script_handler *handler)
{
	struct filter_reader reader = { .directory = a->read->directory,
		.snapshot = a->read->snapshot,
		.now_us = a->read->now_us };
	struct filter_subject subject = { .ticket = a->body.ticket,
		.customer = a->body.customer,
		.snapshot = a->read->snapshot,
		.reader = &reader,
		.actor = BY_SYSTEM };

	return when_holds(a->set, handler, &subject);
}

/* There is no act to keep a failure or a refusal with. */
static enum err
keep(struct asking *a, const struct script_call *call,
    const struct script_outcome *outcome)
{
	uint64_t ticket = a->body.ticket != NULL ? a->body.ticket->id : 0;
	struct trace_list list;
	enum err err;

	if (outcome->error.len == 0 && outcome->deny == NULL)
		return trace_remember(
		    a->read->site, a->arena, call, outcome, ticket, 0);
	err = trace_of(a->read->site, a->arena, call, outcome, ticket, &list);
	if (err == ERR_OK)
		traces_keep(a->read->site, &list, a->run, a->arena);
	return err;
}

static enum err
call(struct asking *a, const struct script_handler *handler,
    struct script_outcome *out)
{
	struct query query = {
		.read = a->read, .arena = a->arena, .script = handler->file
	};
	struct script_call call = { .set = when_set_scripts(a->set),
		.handler = handler,
		.body = buf_get(&a->json),
		.now_us = a->read->now_us,
		.ask = query_ask,
		.context = &query };
	enum err err = script_host_call(
	    site_scripts(a->read->site), &call, a->arena, out, NULL);

	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK)
		*out = (struct script_outcome){
			.error = BYTES("the script host does not run")
		};
	handler_note(a->read->site, handler, out, a->read->now_us);
	return keep(a, &call, out);
}

static enum err
say_refusal(struct asking *a, const struct script_handler *handler,
    const char *how, struct bytes words, struct bytes *refusal)
{
	const char *text = arena_printf(a->arena, "%s %.*s: %.*s", how,
	    BYTES_ARG(handler->full), BYTES_ARG(words));

	if (text == NULL)
		return ERR_NOMEM;
	*refusal = bytes_of(text);
	return ERR_OK;
}

static enum err
ask_one(struct asking *a, const struct script_handler *handler,
    bool *is_stopped, struct bytes *refusal)
{
	struct script_outcome out = { .line = 0 };
	enum err err = ERR_OK;

	if (health_rests(
		a->read->site->health, handler->full, a->read->now_us, NULL))
		out.error = BYTES("switched off: it took too long");
	else
		err = call(a, handler, &out);
	if (err != ERR_OK)
		return err;
	*is_stopped = *is_stopped || out.stop != NULL;
	if (out.deny != NULL)
		return say_refusal(a, handler, "withheld by",
		    json_text(json_get(out.deny, "message")), refusal);
	if (out.error.len == 0 || !handler->is_required)
		return ERR_OK;
	err = say_refusal(a, handler, "waits for", out.error, refusal);
	return err == ERR_OK ? ERR_BUSY : err;
}

static enum err
ask_all(struct asking *a, struct bytes *refusal)
{
	const struct script_handler *handlers;
	bool is_stopped = false;
	size_t count = 0;
	enum err err = ERR_OK;

	handlers = script_set_on(
	    when_set_scripts(a->set), HOOK_MAIL_SENDING, &count);
	for (size_t i = 0; err == ERR_OK && i < count && refusal->len == 0; i++)
		if ((!is_stopped || handlers[i].is_required) &&
		    applies(a, &handlers[i]))
			err = ask_one(a, &handlers[i], &is_stopped, refusal);
	return err;
}

enum err
mail_hook_ask(const struct site_read *read, const struct job_run *run,
    struct arena *arena, struct bytes *refusal)
{
	struct asking *a = arena_new(arena, struct asking);
	size_t count = 0;
	enum err err = ERR_OK;

	*refusal = BYTES_NONE;
	if (a == NULL)
		return ERR_NOMEM;
	a->read = read;
	a->run = run;
	a->arena = arena;
	a->set = when_set_take(read->site);
	if (a->set == NULL)
		return ERR_OK;
	(void)script_set_on(
	    when_set_scripts(a->set), HOOK_MAIL_SENDING, &count);
	if (count > 0) {
		err = prepare(a, &run->job);
		if (err == ERR_OK)
			err = ask_all(a, refusal);
	}
	when_set_unref(a->set);
	return err;
}
