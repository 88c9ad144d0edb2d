/* core/desk/wishes.c - what a script wishes, one function a wish. */
#include "config.h"
#include "core/desk/wishes.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/before.h"
#include "core/desk/job.h"
#include "core/desk/ops.h"
#include "core/desk/wish_send.h"
#include "core/model/calendar.h"
#include "core/model/value.h"

#define TIMERS_MAX 100 /* pending on a ticket */
#define EACH_MAX 1000  /* items of one desk.each */
#define TIMER_MIN_US CLOCK_MINUTE_US

struct actor
wishes_actor(struct bytes handler)
{
	return (struct actor){ .kind = BY_SCRIPT, .script = handler };
}

static enum err
wrong(struct work *work, const struct json *wish, const char *message)
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
		return wrong(work, wish, N_("\"{name}\" needs a ticket."));
	if (number == 0 || (own != NULL && own->new.id == (uint64_t)number)) {
		*out = own;
		return ERR_OK;
	}
	if (work->is_before)
		return wrong(work, wish,
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

/* The pending timer of this job on the ticket: a second one replaces it. */
static enum err
drop_timer(struct work *work, const struct touched *ticket, struct bytes job,
    size_t *pending)
{
	struct job_at at = { .number = 0 };
	struct job_run run;
	enum err err;

	*pending = 0;
	while ((err = job_next_timer(work->read.snapshot, ticket->new.id, &at,
		    &run)) == ERR_OK) {
		++*pending;
		if (bytes_equal(record_text(&run.job, JOB_NAME), job)) {
			job_delete(work->change, &run);
			--*pending;
		}
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Whether a filter can be read, before it is kept. */
static enum err
check_filter(struct work *work, const struct json *json)
{
	struct view_reader reader = desk_reader(work->read.directory,
	    work->read.snapshot, &work->actor, work->read.now_us);
	struct filter filter;

	return filter_from_json(
	    json, &reader.filter, false, work->arena, &filter, work->why);
}

/* When a timer is due. In business time that is found out anew then, as its
 * calendar may have changed. */
struct timer_due {
	int64_t at_us;
	int64_t wait_us; /* of business time; else 0 */
	uint64_t calendar;
};

static enum err
set_timer(struct work *work, const struct json *wish, struct touched *own,
    struct timer_due due)
{
	const struct json *item = json_first(json_get(wish, "unless"));
	const struct json *paused = json_get(wish, "paused_when");
	struct buf unless = buf_in(work->arena), data = buf_in(work->arena);
	struct buf pause = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	struct json_writer pause_w = json_writer(&pause);
	struct touched *ticket;
	struct record job;
	struct bytes name;
	size_t pending;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err == ERR_OK)
		err = wish_job(work, wish, "job", &name);
	if (err == ERR_OK && paused != NULL)
		err = check_filter(work, paused);
	if (err == ERR_OK)
		err = drop_timer(work, ticket, name, &pending);
	if (err != ERR_OK)
		return err;
	if (pending >= TIMERS_MAX)
		return work_fail(work, ERR_LIMIT, NULL,
		    N_("This ticket has {n} timers already."), TIMERS_MAX,
		    BYTES_NONE);
	for (; item != NULL; item = json_next(item))
		list_add_text(&unless, json_text(item));
	if (json_get(wish, "data") != NULL)
		json_put_value(&w, json_get(wish, "data"));
	if (paused != NULL)
		json_put_value(&pause_w, paused);
	if (unless.failed || data.failed || pause.failed)
		return ERR_NOMEM;
	if (due.at_us < work->read.now_us + TIMER_MIN_US)
		due.at_us = work->read.now_us + TIMER_MIN_US;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_TIMER);
	record_set_text(&job, JOB_NAME, name);
	record_set_int(&job, JOB_TICKET, (int64_t)ticket->new.id);
	record_set_int(&job, JOB_DUE, due.at_us);
	record_set_text(&job, JOB_UNLESS, buf_get(&unless));
	record_set_text(&job, JOB_DATA, buf_get(&data));
	record_set_text(&job, JOB_PAUSED_WHEN, buf_get(&pause));
	if (paused != NULL && due.calendar == 0)
		due.wait_us = due.at_us - work->read.now_us;
	record_set_int(&job, JOB_WAIT_US, due.wait_us);
	record_set_int(&job, JOB_CALENDAR, (int64_t)due.calendar);
	record_set_text(&job, JOB_CHAIN, BYTES("[]")); /* a new chain */
	return work_add_job(work, &job);
}

/* The calendar that the wish names, else that of the ticket's queue. */
static enum err
read_calendar(struct work *work, const struct json *wish, struct touched *own,
    struct business *out, uint64_t *id)
{
	const struct directory *directory = work->read.directory;
	struct bytes key = json_text(json_get(wish, "calendar"));
	const struct record *calendar;
	struct touched *ticket;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	calendar = key.len > 0 ?
	    directory_find_key(directory, KIND_CALENDAR, key) :
	    calendar_of(directory, record_ref(&ticket->new, TICKET_QUEUE));
	if (calendar == NULL)
		return work_fail(work, ERR_INVALID, NULL,
		    N_("Business time needs a calendar, and there is none."), 0,
		    key);
	*id = calendar->id;
	return calendar_read(calendar, directory, work->arena, out, work->why);
}

static enum err
wish_after(struct work *work, const struct json *wish, struct touched *own)
{
	int64_t now_us = work->read.now_us;
	struct timer_due due = { .calendar = 0 };
	struct business business;
	struct duration after;
	enum err err = duration_read(
	    json_text(json_get(wish, "duration")), &after);

	if (err != ERR_OK)
		return wrong(work, wish, N_("\"{name}\" needs a duration."));
	due.at_us = now_us + after.us;
	if (!after.is_business)
		return set_timer(work, wish, own, due);
	err = read_calendar(work, wish, own, &business, &due.calendar);
	if (err == ERR_OK)
		err = business_add(&business, now_us, &after, &due.at_us);
	if (err == ERR_OK)
		err = business_between(
		    &business, now_us, due.at_us, &due.wait_us);
	if (err == ERR_LIMIT)
		return work_fail(work, err, NULL,
		    N_("That is over {n} years away."), BUSINESS_YEARS_MAX,
		    BYTES_NONE);
	return err == ERR_OK ? set_timer(work, wish, own, due) : err;
}

static enum err
wish_at(struct work *work, const struct json *wish, struct touched *own)
{
	int64_t time = 0;

	if (!json_int(json_get(wish, "time"), &time) || time < 0 ||
	    time > INT64_C(1) << 40)
		return wrong(work, wish, N_("\"{name}\" needs a time."));
	return set_timer(
	    work, wish, own, (struct timer_due){ .at_us = time * 1000000 });
}

static enum err
wish_cancel(struct work *work, const struct json *wish, struct touched *own)
{
	struct touched *ticket;
	size_t pending;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	return drop_timer(
	    work, ticket, json_text(json_get(wish, "job")), &pending);
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
		return wrong(
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
		return wrong(
		    work, wish, N_("\"{name}\" needs the other ticket."));
	return ops_merge(work, ticket, (uint64_t)number);
}

static enum err
load_customer(struct work *work, const struct json *wish, struct touched **out)
{
	int64_t id = 0;

	if (!json_int(json_get(wish, "customer"), &id))
		return wrong(work, wish, N_("\"{name}\" needs a customer."));
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

/* The id of an item: a number, or the key of a small kind. */
static int64_t
item_id(struct work *work, const struct json *item)
{
	const struct kind *kind = kind_named(json_text(json_get(item, "kind")));
	const struct json *id = json_get(item, "id");
	const struct record *record = NULL;
	int64_t n = 0;

	if (kind != NULL && json_type(id) == JSON_TEXT)
		record = directory_find_key(
		    work->read.directory, kind->id, json_text(id));
	if (record != NULL)
		return (int64_t)record->id;
	(void)json_int(id, &n);
	return n;
}

/* One job for one item of desk.each. */
static enum err
add_each(
    struct work *work, const struct json *wish, struct bytes kind, int64_t id)
{
	struct buf data = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	const struct kind *of = kind_named(kind);
	struct record job;
	struct bytes name;
	enum err err = wish_job(work, wish, "job", &name);

	if (err != ERR_OK)
		return err;
	if (of == NULL || id <= 0)
		return wrong(work, wish, N_("\"{name}\" has a wrong item."));
	if (json_get(wish, "data") != NULL)
		json_put_value(&w, json_get(wish, "data"));
	if (data.failed)
		return ERR_NOMEM;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_EACH);
	record_set_text(&job, JOB_NAME, name);
	record_set_text(&job, JOB_DATA, buf_get(&data));
	if (of->id == KIND_TICKET)
		record_set_int(&job, JOB_TICKET, id);
	else
		record_set_int(&job, JOB_SUBJECT, id);
	record_set_text(&job, JOB_SUBJECT_KIND, kind);
	return work_add_job(work, &job);
}

static enum err
wish_each(struct work *work, const struct json *wish, struct touched *own)
{
	const struct json *item = json_first(json_get(wish, "items"));
	struct view_reader reader = desk_reader(work->read.directory,
	    work->read.snapshot, &work->actor, work->read.now_us);
	struct view_page page;
	struct filter filter;
	size_t count = 0;
	enum err err = ERR_OK;

	for (; err == ERR_OK && item != NULL; item = json_next(item)) {
		if (++count > EACH_MAX)
			return work_fail(work, ERR_LIMIT, NULL,
			    N_("desk.each takes {n} items at most."), EACH_MAX,
			    BYTES_NONE);
		err = add_each(work, wish, json_text(json_get(item, "kind")),
		    item_id(work, item));
	}
	if (err != ERR_OK || json_get(wish, "filter") == NULL)
		return err;
	err = filter_from_json(json_get(wish, "filter"), &reader.filter, false,
	    work->arena, &filter, work->why);
	if (err == ERR_OK)
		err = view_list(
		    &reader, &filter, BYTES_NONE, EACH_MAX, work->arena, &page);
	for (size_t i = 0; err == ERR_OK && i < page.count; i++)
		err = add_each(
		    work, wish, BYTES("ticket"), (int64_t)page.tickets[i].id);
	return err;
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
	return wrong(work, wish, N_("A script cannot do \"{name}\" here."));
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
