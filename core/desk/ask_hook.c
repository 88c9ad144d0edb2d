/* core/desk/ask_hook.c - -ing hooks outside of an act: mail.sending, the last
 * word of scripts on a mail; article.suggesting. */
#include "config.h"
#include "core/desk/ask_hook.h"
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
	struct bytes refusal;      /* out: who refused it and why */
	const struct json *choice; /* out: what the first one chose */
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

	/* a reader types, and each letter asks: the ring is enough */
	if ((outcome->error.len == 0 && outcome->deny == NULL) ||
	    a->body.hook == HOOK_ARTICLE_SUGGESTING)
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
    const char *how, struct bytes words)
{
	const char *text = arena_printf(a->arena, "%s %.*s: %.*s", how,
	    BYTES_ARG(handler->full), BYTES_ARG(words));

	if (text == NULL)
		return ERR_NOMEM;
	a->refusal = bytes_of(text);
	return ERR_OK;
}

static enum err
ask_one(
    struct asking *a, const struct script_handler *handler, bool *is_stopped)
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
	if (out.choose != NULL && a->choice == NULL)
		a->choice = json_get(out.choose, "value");
	*is_stopped = *is_stopped || out.stop != NULL || a->choice != NULL;
	if (out.deny != NULL)
		return say_refusal(a, handler, "withheld by",
		    json_text(json_get(out.deny, "message")));
	if (out.error.len == 0 || !handler->is_required)
		return ERR_OK;
	err = say_refusal(a, handler, "waits for", out.error);
	return err == ERR_OK ? ERR_BUSY : err;
}

static enum err
ask_all(struct asking *a)
{
	const struct script_handler *handlers;
	bool is_stopped = false;
	size_t count = 0;
	enum err err = ERR_OK;

	handlers = script_set_on(
	    when_set_scripts(a->set), a->body.hook, &count);
	for (size_t i = 0; err == ERR_OK && i < count && a->refusal.len == 0;
	     i++)
		if ((!is_stopped || handlers[i].is_required) &&
		    applies(a, &handlers[i]))
			err = ask_one(a, &handlers[i], &is_stopped);
	return err;
}

/* Begin to ask about <hook>; NULL with ERR_OK when nobody listens. */
static enum err
begin(const struct site_read *read, enum hook hook, struct arena *arena,
    struct asking **out)
{
	struct when_set *set = when_set_take(read->site);
	struct asking *a;
	size_t count = 0;

	*out = NULL;
	if (set == NULL)
		return ERR_OK;
	(void)script_set_on(when_set_scripts(set), hook, &count);
	a = count > 0 ? arena_new(arena, struct asking) : NULL;
	if (a == NULL) {
		when_set_unref(set);
		return count > 0 ? ERR_NOMEM : ERR_OK;
	}
	a->read = read;
	a->arena = arena;
	a->set = set;
	a->body.hook = hook;
	*out = a;
	return ERR_OK;
}

enum err
mail_hook_ask(const struct site_read *read, const struct job_run *run,
    struct arena *arena, struct bytes *refusal)
{
	struct asking *a;
	enum err err = begin(read, HOOK_MAIL_SENDING, arena, &a);

	*refusal = BYTES_NONE;
	if (a == NULL)
		return err;
	a->run = run;
	err = prepare(a, &run->job);
	if (err == ERR_OK)
		err = ask_all(a);
	*refusal = a->refusal;
	when_set_unref(a->set);
	return err;
}

/* The event's "search": what is typed. */
static enum err
write_search(struct asking *a, struct bytes words, struct bytes language)
{
	struct body_reader reader = { .read = a->read, .arena = a->arena };
	struct buf part = buf_in(a->arena);
	struct json_writer w = json_writer(&part);

	json_key(&w, "search");
	json_begin_object(&w);
	json_member_text(&w, "text", words);
	json_member_text(&w, "language", language);
	json_end_object(&w);
	if (part.failed)
		return ERR_NOMEM;
	a->body.parts = buf_get(&part);
	a->body.at_us = a->read->now_us;
	a->body.source = "web";
	a->body.actor_kind = "customer";
	a->json = buf_in(a->arena);
	return body_write(&a->json, &reader, &a->body);
}

enum err
suggest_hook_ask(const struct site_read *read, struct bytes words,
    struct bytes language, struct arena *arena, uint64_t *article)
{
	struct asking *a;
	int64_t id = 0;
	enum err err = begin(read, HOOK_ARTICLE_SUGGESTING, arena, &a);

	*article = 0;
	if (a == NULL)
		return err;
	err = write_search(a, words, language);
	if (err == ERR_OK)
		err = ask_all(a);
	when_set_unref(a->set);
	if (err == ERR_OK && json_int(a->choice, &id) && id > 0)
		*article = (uint64_t)id;
	return err == ERR_BUSY ? ERR_OK : err;
}
