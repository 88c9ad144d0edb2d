/* core/desk/mail_hook.c - mail.sending: the last word of scripts on a mail. */
#include "config.h"
#include "core/desk/mail_hook.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/desk/body.h"
#include "core/desk/query.h"
#include "core/desk/scripts.h"

/* What the handlers are told of, and how they are called. */
struct asking {
	const struct site_read *read;
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
	if (err == ERR_OK && out->error.len == 0)
		return ERR_OK;
	log_event(LOG_WARN, "script.failed", "handler=%.*s error=%.*s",
	    BYTES_ARG(handler->full),
	    BYTES_ARG(err == ERR_OK ? out->error : BYTES("no script host")));
	*out = (struct script_outcome){ .line = 0 };
	return handler->is_required ? ERR_BUSY : ERR_OK;
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
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct script_outcome out = { .line = 0 };

		if ((is_stopped && !handlers[i].is_required) ||
		    !applies(a, &handlers[i]))
			continue;
		err = call(a, &handlers[i], &out);
		is_stopped = is_stopped || out.stop != NULL;
		if (err == ERR_OK && out.deny != NULL) {
			const char *words = arena_printf(a->arena,
			    "withheld by %.*s: %.*s",
			    BYTES_ARG(handlers[i].full),
			    BYTES_ARG(
				json_text(json_get(out.deny, "message"))));

			if (words == NULL)
				return ERR_NOMEM;
			*refusal = bytes_of(words);
			return ERR_OK;
		}
	}
	return err;
}

enum err
mail_hook_ask(const struct site_read *read, const struct record *job,
    struct arena *arena, struct bytes *refusal)
{
	struct asking *a = arena_new(arena, struct asking);
	size_t count = 0;
	enum err err = ERR_OK;

	*refusal = BYTES_NONE;
	if (a == NULL)
		return ERR_NOMEM;
	a->read = read;
	a->arena = arena;
	a->set = when_set_take(read->site);
	if (a->set == NULL)
		return ERR_OK;
	(void)script_set_on(
	    when_set_scripts(a->set), HOOK_MAIL_SENDING, &count);
	if (count > 0) {
		err = prepare(a, job);
		if (err == ERR_OK)
			err = ask_all(a, refusal);
	}
	when_set_unref(a->set);
	return err;
}
