/* core/desk/wishes.c - what a script wishes, one function a wish. */
#include "config.h"
#include "core/desk/wishes.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/before.h"
#include "core/desk/job.h"
#include "core/desk/ops.h"
#include "core/desk/wish.h"
#include "core/model/calendar.h"
#include "core/model/value.h"

struct actor
wishes_actor(struct bytes handler)
{
	return (struct actor){ .kind = BY_SCRIPT, .script = handler };
}

enum err
wish_wrong(struct work *work, const struct json *wish, const char *message)
{
	return work_fail(work, ERR_INVALID, NULL, message, 0,
	    json_text(json_get(wish, "do")));
}

enum err
wish_ticket(struct work *work, const struct json *wish, struct touched *own,
    struct touched **out)
{
	const struct json *given = json_get(wish, "ticket");
	int64_t number = 0;

	if ((given != NULL && !json_int(given, &number)) || number < 0 ||
	    (number == 0 && own == NULL))
		return wish_wrong(work, wish, N_("\"{name}\" needs a ticket."));
	if (number == 0 || (own != NULL && own->new.id == (uint64_t)number)) {
		*out = own;
		return ERR_OK;
	}
	if (work->is_before)
		return wish_wrong(work, wish,
		    N_("Before the commit \"{name}\" is for the act's own "
		       "ticket."));
	return work_load(work, KIND_TICKET, (uint64_t)number, out);
}

enum err
wish_job(struct work *work, const struct json *wish, const char *member,
    struct bytes *out)
{
	struct bytes own = work->actor.script, job;

	*out = json_text(json_get(wish, member));
	job = *out;
	if (!bytes_equal(bytes_split(&job, '/'), bytes_split(&own, '/')) ||
	    job.len == 0)
		return work_fail(work, ERR_INVALID, NULL,
		    N_("\"{name}\" is no job of this script."), 0, *out);
	return ERR_OK;
}

enum err
wish_agent(
    struct work *work, const struct json *login, const struct record **out)
{
	*out = directory_find_key(
	    work->read.directory, KIND_AGENT, json_text(login));
	if (*out == NULL)
		return work_fail(work, ERR_INVALID, NULL,
		    N_("There is no agent \"{name}\"."), 0, json_text(login));
	return ERR_OK;
}

/* The fields of a set wish into <fields>, with those cleared as bits. */
static enum err
read_fields(struct work *work, const struct json *wish, enum kind_id kind,
    struct record *fields, uint64_t *cleared)
{
	const struct json *member = json_first(json_get(wish, "fields"));
	enum err err;

	for (; member != NULL; member = json_next(member)) {
		struct bytes name = bytes_of(json_name(member));
		int slot = kind_slot(kind_get(kind), name);

		if (slot < 0 || kind_get(kind)->fields[slot].set > SET_SCRIPT)
			return work_fail(work, ERR_INVALID, NULL,
			    N_("A script cannot set \"{name}\"."), 0, name);
		err = value_from_json(fields, slot, member,
		    work->read.directory, work->arena, work->why);
		if (err != ERR_OK)
			return err;
		if (!record_has(fields, slot))
			*cleared |= UINT64_C(1) << slot;
	}
	return ERR_OK;
}

static void
give_reason(struct work *work, const struct json *wish)
{
	work->cause.why = json_text(json_get(wish, "why"));
}

/* What a handler changes after the commit goes through the -ing hooks once;
 * then it is accounted for. */
static enum err
wish_settle(struct work *work, struct touched *ticket)
{
	enum err err;

	if (work->is_trial)
		return ERR_OK;
	err = ops_ask_updating(work, ticket);
	return err == ERR_OK ? work_flush(work, ticket) : err;
}

static enum err
wish_set(struct work *work, const struct json *wish, struct touched *own)
{
	struct touched *ticket;
	struct record fields;
	uint64_t cleared = 0;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	fields = ticket->new;
	fields.has = 0;
	if (ticket->new.has >> TICKET_FIELDS & 1)
		record_set_from(&fields, TICKET_FIELDS, &ticket->new);
	err = read_fields(work, wish, KIND_TICKET, &fields, &cleared);
	if (err != ERR_OK)
		return err;
	give_reason(work, wish);
	ops_set(work, ticket, &fields, cleared);
	return wish_settle(work, ticket);
}

static enum err
tag_or_untag(
    struct work *work, const struct json *wish, struct touched *own, bool is_on)
{
	const struct json *item = json_first(json_get(wish, "tags"));
	struct bytes tags[ACT_TAGS_MAX];
	struct touched *ticket;
	size_t count = 0;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	for (; item != NULL && count < ACT_TAGS_MAX; item = json_next(item))
		tags[count++] = json_text(item);
	give_reason(work, wish);
	err = ops_tag(work, ticket, tags, count, is_on);
	return err == ERR_OK ? wish_settle(work, ticket) : err;
}

static enum err
wish_tag(struct work *work, const struct json *wish, struct touched *own)
{
	return tag_or_untag(work, wish, own, true);
}

static enum err
wish_untag(struct work *work, const struct json *wish, struct touched *own)
{
	return tag_or_untag(work, wish, own, false);
}

static enum err
read_policy(
    struct work *work, const struct json *wish, struct assign_policy *policy)
{
	const struct json *item;
	struct bytes by = json_text(json_get(wish, "by"));
	uint64_t *ids = arena_array(
	    work->arena, uint64_t, json_count(json_get(wish, "prefer")) + 1);

	*policy = (struct assign_policy){ .prefer = ids };
	if (ids == NULL)
		return ERR_NOMEM;
	if (by.len > 0)
		policy->by = arena_copy(work->arena, by.at, by.len);
	for (item = json_first(json_get(wish, "prefer")); item != NULL;
	     item = json_next(item)) {
		const struct record *agent = directory_find_key(
		    work->read.directory, KIND_AGENT, json_text(item));

		if (agent != NULL)
			ids[policy->prefer_count++] = agent->id;
	}
	policy->from = json_get(wish, "from");
	policy->why = json_text(json_get(wish, "why"));
	json_int(json_get(wish, "cap"), &policy->cap);
	return ERR_OK;
}

static enum err
say_held(struct work *work, struct touched *ticket, struct bytes reason)
{
	const struct job_run *run = work->input->run;
	struct record entry;

	if (run != NULL && record_int(&run->job, JOB_TYPE) == JOB_ASSIGN)
		return ERR_OK; /* once is enough */
	record_init(&entry, KIND_ENTRY, 0);
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_EVENT);
	record_set_text(&entry, ENTRY_EVENT, BYTES("ticket.held"));
	record_set_text(&entry, ENTRY_WHY, reason);
	return work_add_entry(work, ticket, &entry, NULL);
}

/* Nobody is free: an entry says so, and it is tried again, unless somebody has
 * seen to it by then. */
static enum err
hold(struct work *work, struct touched *ticket, const struct json *wish,
    struct bytes reason)
{
	static const enum hook seen_to[] = { HOOK_TICKET_ASSIGNED,
		HOOK_TICKET_CLOSED };
	struct buf data = buf_in(work->arena), unless = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	struct record job;
	enum err err;

	if (work->is_trial)
		return ERR_OK;
	err = say_held(work, ticket, reason);
	if (err != ERR_OK)
		return err;
	json_put_value(&w, wish);
	for (size_t i = 0; i < sizeof seen_to / sizeof *seen_to; i++)
		list_add_text(&unless, bytes_of(hook_points[seen_to[i]].name));
	if (data.failed || unless.failed)
		return ERR_NOMEM;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_ASSIGN);
	record_set_text(&job, JOB_NAME, work->cause.script);
	record_set_int(&job, JOB_TICKET, (int64_t)ticket->new.id);
	record_set_int(&job, JOB_DUE, work->read.now_us + 5 * CLOCK_MINUTE_US);
	record_set_text(&job, JOB_UNLESS, buf_get(&unless));
	record_set_text(&job, JOB_DATA, buf_get(&data));
	return work_add_job(work, &job);
}

enum err
wish_assign(struct work *work, const struct json *wish, struct touched *own)
{
	const struct json *to = json_get(wish, "to");
	const struct record *agent = NULL;
	struct assign_policy policy;
	struct touched *ticket;
	struct bytes reason;
	uint64_t chosen = 0;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	if (to != NULL) {
		give_reason(work, wish);
		if (json_type(to) == JSON_TEXT)
			err = wish_agent(work, to, &agent);
		if (err == ERR_OK)
			err = ops_propose_owner(
			    work, ticket, agent != NULL ? agent->id : 0);
		return err == ERR_OK ? wish_settle(work, ticket) : err;
	}
	err = read_policy(work, wish, &policy);
	if (err == ERR_OK)
		err = assign_choose(work, ticket, &policy, &chosen, &reason);
	if (err != ERR_OK)
		return err;
	if (chosen == 0)
		return hold(work, ticket, wish, reason);
	work->cause.why = reason;
	err = ops_propose_owner(work, ticket, chosen);
	return err == ERR_OK ? wish_settle(work, ticket) : err;
}

static enum err
wish_note(struct work *work, const struct json *wish, struct touched *own)
{
	uint64_t mentions[20];
	struct message message = { .type = ENTRY_IS_NOTE,
		.body = json_text(json_get(wish, "text")),
		.format = FORMAT_MARKDOWN,
		.mentions = mentions };
	const struct json *item = json_first(json_get(wish, "mention"));
	const struct record *agent;
	struct record entry;
	struct before before = { .hook = HOOK_NOTE_ADDING, .entry = &entry };
	struct touched *ticket;
	uint64_t sequence;
	enum err err = wish_ticket(work, wish, own, &ticket);

	for (; err == ERR_OK && item != NULL && message.mention_count < 20;
	     item = json_next(item)) {
		err = wish_agent(work, item, &agent);
		if (err == ERR_OK)
			mentions[message.mention_count++] = agent->id;
	}
	if (err == ERR_OK)
		err = ops_say(work, ticket, &message, &entry, &sequence);
	before.ticket = ticket;
	if (err == ERR_OK)
		err = before_run(work, &before);
	if (err == ERR_OK)
		err = work_raise(work, HOOK_NOTE_ADDED, ticket, sequence,
		    BYTES_NONE, BYTES_NONE);
	return err;
}

static enum err
wish_link(struct work *work, const struct json *wish, struct touched *own)
{
	struct touched *ticket, *other;
	struct record entry;
	struct buf why = buf_in(work->arena);
	int64_t number = 0;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	if (!json_int(json_get(wish, "other"), &number))
		return wish_wrong(
		    work, wish, N_("\"{name}\" needs the other ticket."));
	err = work_load(work, KIND_TICKET, (uint64_t)number, &other);
	if (err != ERR_OK)
		return err;
	buf_bytes(&why, json_text(json_get(wish, "as")));
	buf_printf(&why, " #%llu", (unsigned long long)other->new.id);
	if (why.failed)
		return ERR_NOMEM;
	record_init(&entry, KIND_ENTRY, 0);
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_EVENT);
	record_set_text(&entry, ENTRY_EVENT, BYTES("ticket.linked"));
	record_set_int(&entry, ENTRY_OTHER, number);
	record_set_text(&entry, ENTRY_WHY, buf_get(&why));
	return work_add_entry(work, ticket, &entry, NULL);
}

static enum err
wish_merge(struct work *work, const struct json *wish, struct touched *own)
{
	struct touched *ticket;
	int64_t number = 0;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	if (!json_int(json_get(wish, "other"), &number))
		return wish_wrong(
		    work, wish, N_("\"{name}\" needs the other ticket."));
	return ops_merge(work, ticket, (uint64_t)number);
}

static enum err
load_customer(struct work *work, const struct json *wish, struct touched **out)
{
	int64_t id = 0;

	if (!json_int(json_get(wish, "customer"), &id))
		return wish_wrong(
		    work, wish, N_("\"{name}\" needs a customer."));
	return work_load(work, KIND_CUSTOMER, (uint64_t)id, out);
}

static enum err
wish_customer_set(
    struct work *work, const struct json *wish, struct touched *own)
{
	struct touched *customer;
	struct record fields;
	uint64_t cleared = 0;
	enum err err = load_customer(work, wish, &customer);

	if (err != ERR_OK)
		return err;
	record_init(&fields, KIND_CUSTOMER, 0);
	record_set_from(&fields, CUSTOMER_FIELDS, &customer->new);
	err = read_fields(work, wish, KIND_CUSTOMER, &fields, &cleared);
	if (err != ERR_OK)
		return err;
	give_reason(work, wish);
	ops_set(work, customer, &fields, cleared);
	return work_flush(work, customer);
}

static enum err
wish_customer_note(
    struct work *work, const struct json *wish, struct touched *own)
{
	struct buf notes = buf_in(work->arena);
	struct touched *customer;
	struct bytes old;
	enum err err = load_customer(work, wish, &customer);

	if (err == ERR_OK)
		err = record_bigtext(work->read.snapshot, &customer->new,
		    CUSTOMER_NOTES, work->arena, &old);
	if (err != ERR_OK)
		return err;
	buf_bytes(&notes, old);
	if (old.len > 0)
		buf_char(&notes, '\n');
	buf_bytes(&notes, json_text(json_get(wish, "text")));
	if (notes.failed)
		return ERR_NOMEM;
	return value_from_text(&customer->new, CUSTOMER_NOTES, buf_get(&notes),
	    work->read.directory, work->arena, work->why);
}

static const struct {
	const char *name;
	enum err (*apply)(
	    struct work *work, const struct json *wish, struct touched *own);
	bool before_too;
} table[] = {
	{ "set", wish_set, true },
	{ "tag", wish_tag, true },
	{ "untag", wish_untag, true },
	{ "assign", wish_assign, true },
	{ "reply", wish_reply, false },
	{ "mail", wish_mail, false },
	{ "survey", wish_survey, false },
	{ "note", wish_note, false },
	{ "after", wish_after, false },
	{ "at", wish_at, false },
	{ "cancel", wish_cancel, false },
	{ "link", wish_link, false },
	{ "merge", wish_merge, false },
	{ "customer_set", wish_customer_set, false },
	{ "customer_note", wish_customer_note, false },
	{ "each", wish_each, false },
	{ "notify", wish_notify, false },
	{ "mail_agents", wish_mail_agents, false },
	{ "http", wish_http, false },
	{ "store_set", wish_store_set, false },
	{ "store_add", wish_store_add, false },
};

const char *
wish_name(size_t n)
{
	return n < sizeof table / sizeof *table ? table[n].name : NULL;
}

static enum err
apply_one(struct work *work, const struct json *wish, enum wish_phase phase,
    struct touched *own)
{
	struct bytes name = json_text(json_get(wish, "do"));
	struct bytes why = work->cause.why;
	enum err err;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!bytes_is(name, table[i].name))
			continue;
		if (phase == WISH_BEFORE && !table[i].before_too)
			break;
		err = table[i].apply(work, wish, own);
		work->cause.why = why;
		return err;
	}
	return wish_wrong(
	    work, wish, N_("A script cannot do \"{name}\" here."));
}

enum err
wishes_apply(struct work *work, const struct json *wishes,
    enum wish_phase phase, struct touched *own)
{
	const struct json *wish = json_first(wishes);
	enum err err = ERR_OK;

	for (; err == ERR_OK && wish != NULL; wish = json_next(wish))
		err = apply_one(work, wish, phase, own);
	return err;
}
