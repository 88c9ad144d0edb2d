/* core/desk/wish_send.c - answers, automatic mails, notifications.
 *
 * Nothing is sent here: a mail is a job of the same change. What must not go
 * out is withheld, with the reason on the ticket.
 */
#include "config.h"
#include "core/desk/wish.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/before.h"
#include "core/desk/ops.h"
#include "core/desk/proof.h"
#include "core/model/value.h"

#include <stdio.h>
#include <string.h>

#define AUTOMATIC_PER_HOUR 5 /* mails to one address */
#define AUTOMATIC_PER_DAY 20
#define UNPROVED_PER_DAY 1 /* to one that has not proved itself */

/* A template is looked for by this name, in folders. */
static bool
is_template(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (strchr("./\\", name.at[i]) != NULL)
			return false;
	return name.len > 0;
}

/* What a mail job is given: the wish's own members and what kind it is. */
static enum err
mail_data(struct work *work, const char *kind, const struct json *wish,
    const char *template, struct bytes *out)
{
	struct buf buf = buf_in(work->arena);
	struct json_writer w = json_writer(&buf);
	struct bytes name = json_text(json_get(wish, "template"));

	if (template == NULL && !is_template(name))
		return work_fail(work, ERR_INVALID, NULL,
		    N_("\"{name}\" is no name of a mail template."), 0, name);
	json_begin_object(&w);
	json_member_string(&w, "kind", kind);
	if (template != NULL)
		json_member_string(&w, "template", template);
	else
		json_member_text(&w, "template", name);
	json_key(&w, "vars");
	if (json_type(json_get(wish, "vars")) == JSON_OBJECT) {
		json_put_value(&w, json_get(wish, "vars"));
	} else {
		json_begin_object(&w);
		json_end_object(&w);
	}
	if (json_type(json_get(wish, "to")) == JSON_TEXT)
		json_member_text(&w, "to", json_text(json_get(wish, "to")));
	json_end_object(&w);
	if (buf.failed)
		return ERR_NOMEM;
	*out = buf_get(&buf);
	return ERR_OK;
}

/* How often the address was written to: the last times, newest first, kept as
 * a value of the site's own. */
static enum err
load_times(struct work *work, struct bytes email, struct touched **out)
{
	struct buf name = buf_in(work->arena);

	buf_text(&name, "!mail/");
	buf_bytes(&name, email);
	return name.failed ? ERR_NOMEM : work_value(work, buf_get(&name), out);
}

/* Count one more automatic mail to <email>; ERR_LIMIT when there were too
 * many. */
static enum err
count_mail(struct work *work, struct bytes email, size_t per_day)
{
	struct buf text = buf_in(work->arena);
	struct json_writer w = json_writer(&text);
	const struct json *times = NULL, *item;
	int64_t now = work->read.now_us / 1000000, at = 0;
	size_t hour = 0, day = 0;
	struct touched *value;
	enum err err = load_times(work, email, &value);

	if (err == ERR_OK && record_has(&value->new, VALUE_VALUE))
		err = json_parse(work->arena,
		    record_text(&value->new, VALUE_VALUE), JSON_BYTES_MAX,
		    &times, NULL);
	if (err != ERR_OK)
		return err;
	json_begin_list(&w);
	json_put_int(&w, now);
	for (item = json_first(times); item != NULL; item = json_next(item)) {
		if (!json_int(item, &at) || at <= now - 86400)
			continue;
		hour += at > now - 3600;
		day++;
		json_put_int(&w, at);
	}
	json_end_list(&w);
	if (text.failed)
		return ERR_NOMEM;
	if (hour >= AUTOMATIC_PER_HOUR || day >= per_day)
		return ERR_LIMIT;
	record_set_text(&value->new, VALUE_VALUE, buf_get(&text));
	return ERR_OK;
}

/* The event part that says what the mail is. */
static enum err
mail_part(struct work *work, struct bytes data, struct bytes to,
    struct bytes why, struct bytes *out)
{
	struct buf part = buf_in(work->arena);
	struct json_writer w = json_writer(&part);

	json_key(&w, "mail");
	json_begin_object(&w);
	json_put_members(&w, (struct bytes){ data.at + 1, data.len - 2 });
	if (to.len > 0)
		json_member_text(&w, "address", to);
	if (why.len > 0)
		json_member_text(&w, "why", why);
	json_end_object(&w);
	if (part.failed)
		return ERR_NOMEM;
	*out = buf_get(&part);
	return ERR_OK;
}

/* Note on the timeline what was sent or withheld, and raise it. */
static enum err
account(struct work *work, struct touched *ticket, enum hook hook,
    struct bytes part, struct bytes why, uint64_t *sequence)
{
	struct record entry;
	enum err err;

	record_init(&entry, KIND_ENTRY, 0);
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_EVENT);
	record_set_text(&entry, ENTRY_EVENT, bytes_of(hook_points[hook].name));
	record_set_text(&entry, ENTRY_WHY, why);
	record_set_int(&entry, ENTRY_MAIL,
	    hook == HOOK_AUTOREPLY_SENT ? MAIL_QUEUED : MAIL_WITHHELD);
	err = work_add_entry(work, ticket, &entry, sequence);
	if (err != ERR_OK)
		return err;
	return work_raise(work, hook, ticket, *sequence, BYTES_NONE, part);
}

static enum err
withhold(struct work *work, struct touched *ticket, struct bytes data,
    const char *why)
{
	struct bytes part;
	uint64_t sequence;
	enum err err = mail_part(work, data, BYTES_NONE, bytes_of(why), &part);

	if (err != ERR_OK)
		return err;
	return account(work, ticket, HOOK_AUTOREPLY_WITHHELD, part,
	    bytes_of(why), &sequence);
}

/* An automatic mail to the ticket's customer, if nothing speaks against it;
 * *<is_sent> says whether it goes out. */
static enum err
send_automatic(struct work *work, struct touched *ticket, enum hook hook,
    struct bytes data, bool *is_sent)
{
	struct before before = { .hook = hook, .ticket = ticket };
	struct record customer;
	struct bytes email, part;
	uint64_t sequence;
	bool is_proved;
	enum err err = record_find(work->read.snapshot, KIND_CUSTOMER,
	    record_ref(&ticket->new, TICKET_CUSTOMER), &customer);

	*is_sent = false;
	if (err == ERR_NOT_FOUND)
		return withhold(work, ticket, data, "nobody to write to");
	if (err != ERR_OK)
		return err;
	email = record_text(&customer, CUSTOMER_EMAIL);
	if (record_int(&ticket->new, TICKET_PLACE) != PLACE_DESK)
		return withhold(work, ticket, data, "not on the desk");
	if (email.len == 0)
		return withhold(work, ticket, data, "no address");
	err = mail_part(work, data, email, BYTES_NONE, &part);
	if (err != ERR_OK)
		return err;
	before.customer = &customer;
	before.parts = part;
	err = before_run(work, &before);
	if (err == ERR_REFUSED) {
		struct bytes why = work->result->refusal;

		return withhold(work, ticket, data,
		    why.len > 0 ? arena_copy(work->arena, why.at, why.len) :
				  "a script refused it");
	}
	is_proved = proof_is_given(&customer, &ticket->new);
	if (err == ERR_OK)
		err = count_mail(work, email,
		    is_proved ? AUTOMATIC_PER_DAY : UNPROVED_PER_DAY);
	if (err == ERR_LIMIT)
		return withhold(work, ticket, data,
		    is_proved ?
			"too many automatic mails to this address" :
			"one a day until the address has proved itself");
	if (err == ERR_OK)
		err = account(work, ticket, HOOK_AUTOREPLY_SENT, part,
		    BYTES_NONE, &sequence);
	if (err == ERR_OK)
		err = ops_queue_mail(work, ticket, sequence, data);
	*is_sent = err == ERR_OK;
	return err;
}

enum err
wish_mail(struct work *work, const struct json *wish, struct touched *own)
{
	struct touched *ticket;
	struct bytes data;
	bool is_sent;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err == ERR_OK)
		err = mail_data(work, "autoreply", wish, NULL, &data);
	if (err != ERR_OK)
		return err;
	return send_automatic(
	    work, ticket, HOOK_AUTOREPLY_SENDING, data, &is_sent);
}

enum err
wish_survey(struct work *work, const struct json *wish, struct touched *own)
{
	struct touched *ticket, *customer;
	struct bytes data;
	bool is_sent = false;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err == ERR_OK)
		err = mail_data(work, "survey", wish, "survey", &data);
	if (err == ERR_OK)
		err = send_automatic(
		    work, ticket, HOOK_SURVEY_SENDING, data, &is_sent);
	if (err != ERR_OK || !is_sent)
		return err; /* one that was withheld is asked for again */
	record_set_int(&ticket->new, TICKET_SURVEYED_AT, work->read.now_us);
	err = work_load(work, KIND_CUSTOMER,
	    record_ref(&ticket->new, TICKET_CUSTOMER), &customer);
	if (err == ERR_OK)
		record_set_int(
		    &customer->new, CUSTOMER_SURVEYED_AT, work->read.now_us);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* An answer: as an agent, with all that follows from one. */
enum err
wish_reply(struct work *work, const struct json *wish, struct touched *own)
{
	struct message message = { .type = ENTRY_IS_REPLY,
		.body = json_text(json_get(wish, "text")),
		.format = FORMAT_MARKDOWN,
		.is_automatic = true };
	struct record entry;
	struct before before = { .hook = HOOK_REPLY_SENDING, .entry = &entry };
	const struct record *agent = NULL;
	struct actor was = work->actor;
	struct touched *ticket;
	uint64_t sequence;
	bool is_closing = false;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err == ERR_OK && json_get(wish, "as") != NULL)
		err = wish_agent(work, json_get(wish, "as"), &agent);
	if (err == ERR_OK && message.body.len == 0)
		err = ops_template(work, ticket, wish, &message.body);
	if (err != ERR_OK)
		return err;
	if (agent != NULL)
		work->actor.agent = agent->id;
	err = ops_say(work, ticket, &message, &entry, &sequence);
	work->actor = was;
	if (err != ERR_OK)
		return err;
	ops_answered(work, ticket);
	json_bool(json_get(wish, "close"), &is_closing);
	record_set_int(&ticket->new, TICKET_STATUS,
	    is_closing ? STATUS_CLOSED : STATUS_PENDING);
	ops_settle(work, ticket);
	before.ticket = ticket;
	err = before_run(work, &before);
	if (err == ERR_OK)
		err = work_flush(work, ticket);
	if (err == ERR_OK)
		err = work_raise(work, HOOK_REPLY_SENT, ticket, sequence,
		    BYTES_NONE, BYTES_NONE);
	if (err == ERR_OK && ticket->was_answered)
		err = work_raise(work, HOOK_TICKET_ANSWERED, ticket, sequence,
		    BYTES_NONE, BYTES_NONE);
	return err;
}

/* notification.sending: whether scripts let an agent be told. */
static enum err
may_notify(struct work *work, const struct json *wish, struct touched *ticket,
    const struct record *agent, bool *out)
{
	struct buf part = buf_in(work->arena);
	struct json_writer w = json_writer(&part);
	struct before before = { .hook = HOOK_NOTIFICATION_SENDING,
		.ticket = ticket,
		.agent = agent };
	bool is_urgent = false;
	enum err err;

	(void)json_bool(json_get(wish, "urgent"), &is_urgent);
	json_key(&w, "notification");
	json_begin_object(&w);
	json_member_text(&w, "title", json_text(json_get(wish, "title")));
	json_member_text(&w, "text", json_text(json_get(wish, "text")));
	json_member_bool(&w, "urgent", is_urgent);
	json_end_object(&w);
	if (part.failed)
		return ERR_NOMEM;
	before.parts = buf_get(&part);
	err = before_run(work, &before);
	*out = err == ERR_OK;
	return err == ERR_REFUSED ? ERR_OK : err;
}

/* Who of the agents may be told of this ticket; the queue's lead if nobody
 * may. */
static enum err
find_told(struct work *work, const struct json *wish, struct touched *ticket,
    struct notice *notice)
{
	const struct json *list = json_get(wish, "agents");
	const struct record *agent, *queue;
	size_t refused = 0;
	enum err err = ERR_OK;

	notice->agents = arena_array(
	    work->arena, const struct record *, json_count(list) + 1);
	if (notice->agents == NULL)
		return ERR_NOMEM;
	for (const struct json *item = json_first(list); item != NULL;
	     item = json_next(item)) {
		struct actor actor;
		bool may = true;

		err = wish_agent(work, item, &agent);
		if (err != ERR_OK)
			return err;
		actor = actor_agent(agent->id);
		if (ticket != NULL &&
		    !desk_may_see(work->read.directory, &actor, &ticket->new))
			continue;
		err = may_notify(work, wish, ticket, agent, &may);
		if (err != ERR_OK)
			return err;
		refused += !may;
		if (may)
			notice->agents[notice->count++] = agent;
	}
	if (notice->count + refused > 0 || ticket == NULL)
		return ERR_OK;
	queue = directory_find(work->read.directory, KIND_QUEUE,
	    record_ref(&ticket->new, TICKET_QUEUE));
	agent = queue == NULL ? NULL :
				directory_find(work->read.directory, KIND_AGENT,
				    record_ref(queue, QUEUE_LEAD));
	if (agent != NULL)
		notice->agents[notice->count++] = agent;
	return ERR_OK;
}

enum err
wish_notify(struct work *work, const struct json *wish, struct touched *own)
{
	struct notice notice = { .title = json_text(json_get(wish, "title")),
		.text = json_text(json_get(wish, "text")) };
	struct touched *ticket = own;
	enum err err = ERR_OK;

	(void)json_bool(json_get(wish, "urgent"), &notice.is_urgent);
	if (json_get(wish, "ticket") != NULL)
		err = wish_ticket(work, wish, own, &ticket);
	if (err == ERR_OK)
		err = find_told(work, wish, ticket, &notice);
	if (err != ERR_OK)
		return err;
	notice.ticket = ticket;
	return ops_notify(work, &notice);
}

/* Whether an admin named the address in the settings of the script: else any
 * script could be made to write to anybody. */
static bool
is_named(struct work *work, struct bytes address)
{
	struct bytes rest = work->cause.script, file = bytes_split(&rest, '/');
	struct buf quoted = buf_in(work->arena);
	char setting[200];

	snprintf(setting, sizeof setting, "script/%.*s", BYTES_ARG(file));
	buf_printf(&quoted, "\"%.*s\"", BYTES_ARG(address));
	return !quoted.failed &&
	    bytes_find(directory_setting(work->read.directory, setting),
		buf_get(&quoted)) != NULL;
}

/* The login of an agent, or an address. */
static enum err
put_reader(struct work *work, struct bytes reader, struct json_writer *w)
{
	const struct record *agent = directory_find_key(
	    work->read.directory, KIND_AGENT, reader);

	if (agent == NULL && !bytes_has(reader, '@'))
		return work_fail(work, ERR_INVALID, NULL,
		    N_("There is no agent \"{name}\"."), 0, reader);
	if (agent == NULL && !is_named(work, reader))
		return work_fail(work, ERR_INVALID, NULL,
		    N_("\"{name}\" is not in this script's settings: mails "
		       "go to agents and to addresses that an admin names "
		       "there."),
		    0, reader);
	json_put_text(w, reader);
	return ERR_OK;
}

/* Digests: to agents, and to addresses that an admin named. */
enum err
wish_mail_agents(
    struct work *work, const struct json *wish, struct touched *own)
{
	const struct json *item = json_first(json_get(wish, "to"));
	struct buf buf = buf_in(work->arena);
	struct json_writer w = json_writer(&buf);
	struct bytes data;
	enum err err = mail_data(work, "mail", wish, NULL, &data);

	if (err != ERR_OK)
		return err;
	json_begin_object(&w);
	json_put_members(&w, (struct bytes){ data.at + 1, data.len - 2 });
	json_key(&w, "to");
	json_begin_list(&w);
	for (; err == ERR_OK && item != NULL; item = json_next(item))
		err = put_reader(work, json_text(item), &w);
	if (err != ERR_OK)
		return err;
	json_end_list(&w);
	json_end_object(&w);
	if (buf.failed)
		return ERR_NOMEM;
	return ops_queue_mail(work, NULL, 0, buf_get(&buf));
}
