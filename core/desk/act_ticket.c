/* core/desk/act_ticket.c - acts on a ticket as a whole. */
#include "config.h"
#include "core/desk/acts.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/before.h"
#include "core/desk/job.h"
#include "core/desk/ops.h"
#include "core/model/search.h"
#include "core/model/seen.h"
#include "core/model/value.h"

#define SPAM_FROM 100 /* a score from here on goes to spam */

/* The form's event part: which form it was. */
static struct bytes
form_part(struct work *work, const struct touched *ticket)
{
	const struct record *queue = directory_find(work->read.directory,
	    KIND_QUEUE, record_ref(&ticket->new, TICKET_QUEUE));
	struct buf buf = buf_in(work->arena);
	struct json_writer w = json_writer(&buf);

	if (!work->input->is_form || queue == NULL)
		return BYTES_NONE;
	json_key(&w, "form");
	json_begin_object(&w);
	json_member_text(&w, "key", record_key(queue));
	json_member_text(&w, "title", record_label(queue));
	json_end_object(&w);
	return buf.failed ? BYTES_NONE : buf_get(&buf);
}

/* What the actor may give of a new ticket: customers less than agents. */
static enum err
check_new_fields(struct work *work)
{
	static const enum field_set levels[] = { SET_CUSTOMER, SET_AGENT,
		SET_SCRIPT, SET_ADMIN };
	const struct act_input *input = work->input;
	enum field_set level = levels[work->actor.kind];

	for (size_t i = 0; i < input->fields.kind->field_count; i++) {
		const struct field *field = &input->fields.kind->fields[i];

		if (record_has(&input->fields, (int)i) && field->set > level &&
		    !work->actor.is_past)
			return work_fail(work, ERR_DENIED, field->name,
			    N_("You may not change \"{name}\" here."), 0,
			    bytes_of(field->name));
	}
	if (level == SET_CUSTOMER && !work->actor.is_past &&
	    (input->agent != 0 || input->tag_count > 0))
		return work_fail(work, ERR_DENIED, NULL,
		    err_message(ERR_DENIED), 0, BYTES_NONE);
	return ERR_OK;
}

static enum err
fill_ticket(
    struct work *work, struct touched *ticket, const struct touched *customer)
{
	const struct act_input *input = work->input;
	struct record *t = &ticket->new;
	const struct record *queue;

	record_set_int(t, TICKET_CREATED, work->read.now_us);
	record_set_int(t, TICKET_UPDATED, work->read.now_us);
	record_set_int(t, TICKET_SOURCE, input->source);
	record_set_int(t, TICKET_CUSTOMER, (int64_t)customer->new.id);
	record_set_int(t, TICKET_VERIFIED, work->actor.is_proved);
	record_set_int(t, TICKET_ORGANISATION,
	    (int64_t)record_ref(&customer->new, CUSTOMER_ORGANISATION));
	for (size_t i = 0; i < t->kind->field_count; i++)
		if (record_has(&input->fields, (int)i))
			record_set_from(t, (int)i, &input->fields);
	queue = directory_find(
	    work->read.directory, KIND_QUEUE, record_ref(t, TICKET_QUEUE));
	if (queue == NULL)
		queue = directory_default_queue(work->read.directory);
	if (queue == NULL)
		return work_fail(work, ERR_INVALID, "queue",
		    N_("This desk has no queue yet."), 0, BYTES_NONE);
	record_set_int(t, TICKET_QUEUE, (int64_t)queue->id);
	if (!record_has(&input->fields, TICKET_PRIORITY))
		record_set_int(
		    t, TICKET_PRIORITY, record_int(queue, QUEUE_PRIORITY));
	if (!record_has(t, TICKET_LANGUAGE))
		record_set_text(t, TICKET_LANGUAGE,
		    record_text(&customer->new, CUSTOMER_LANGUAGE));
	return record_validate(t, work->why);
}

/* The queue that the input names must be one that the actor knows: a private
 * one is answered as one that does not exist. Customers write to those that
 * have a form. */
static enum err
check_named_queue(struct work *work)
{
	const struct record *queue = directory_find(work->read.directory,
	    KIND_QUEUE, record_ref(&work->input->fields, TICKET_QUEUE));

	if (queue == NULL || work->actor.is_past ||
	    (work->actor.kind == BY_CUSTOMER && work->input->is_form ?
		    record_int(queue, QUEUE_HAS_FORM) != 0 :
		    desk_may_know(work->read.directory, &work->actor, queue)))
		return ERR_OK;
	return work_fail(work, ERR_INVALID, "queue",
	    N_("There is no \"{name}\" here."), 0, record_key(queue));
}

static enum err
check_queue(struct work *work, const struct touched *ticket)
{
	enum err err = check_named_queue(work);

	if (err != ERR_OK)
		return err;
	return desk_may(work->read.directory, &work->actor, VERB_TICKET_CREATE,
	    work->actor.kind == BY_AGENT ? &ticket->new : NULL);
}

/* A hook about the new ticket with its first message. */
static enum err
ask(struct work *work, enum hook hook, struct touched *ticket,
    const struct touched *customer, const struct record *entry,
    struct before *before)
{
	*before = (struct before){ .hook = hook,
		.ticket = ticket,
		.entry = entry,
		.customer = &customer->new,
		.text = record_text(entry, ENTRY_BODY),
		.parts = form_part(work, ticket) };
	if (before->text.at == NULL)
		before->text = BYTES("");
	return before_run(work, before);
}

/* Change a field as a choice of a script's, with its account. */
static enum err
take_choice(struct work *work, struct touched *ticket,
    const struct before *before, int slot, int64_t value)
{
	struct actor actor = { .kind = BY_SCRIPT, .script = before->choice_by };
	struct cause cause = { .script = before->choice_by,
		.hook = bytes_of(hook_points[before->hook].name),
		.chain = work->cause.chain,
		.why = before->choice_why,
		.trace = before->choice_trace };
	struct work_actor who;
	enum err err = work_flush(work, ticket);

	if (err != ERR_OK)
		return err;
	who = work_become(work, &actor, &cause);
	if (slot == TICKET_OWNER)
		err = ops_assign(work, ticket, (uint64_t)value);
	else
		record_set_int(&ticket->new, slot, value);
	if (err == ERR_OK)
		err = work_flush(work, ticket);
	work_return(work, &who);
	return err;
}

static enum err
score_spam(struct work *work, struct touched *ticket,
    const struct touched *customer, const struct record *entry)
{
	struct before before;
	int64_t score;
	enum err err;

	if (work->actor.kind != BY_CUSTOMER)
		return ERR_OK;
	err = ask(work, HOOK_SPAM_SCORING, ticket, customer, entry, &before);
	if (err != ERR_OK || !before.has_choice)
		return err;
	if (bytes_to_int(before.choice, &score) != ERR_OK)
		return ERR_OK;
	err = take_choice(work, ticket, &before, TICKET_SPAM_SCORE, score);
	if (err == ERR_OK && score >= SPAM_FROM)
		err = take_choice(
		    work, ticket, &before, TICKET_PLACE, PLACE_SPAM);
	if (err == ERR_OK)
		ops_settle(work, ticket);
	return err;
}

static enum err
route(struct work *work, struct touched *ticket, const struct touched *customer,
    const struct record *entry)
{
	struct before before;
	const struct record *queue;
	enum err err;

	err = ask(work, HOOK_TICKET_ROUTING, ticket, customer, entry, &before);
	if (err != ERR_OK || !before.has_choice)
		return err;
	queue = directory_find_key(
	    work->read.directory, KIND_QUEUE, before.choice);
	if (queue == NULL)
		return ERR_OK; /* refused by the script host already */
	return take_choice(
	    work, ticket, &before, TICKET_QUEUE, (int64_t)queue->id);
}

enum err
ops_propose_owner(struct work *work, struct touched *ticket, uint64_t agent)
{
	const struct record *proposed = directory_find(
	    work->read.directory, KIND_AGENT, agent);
	struct before before = { .hook = HOOK_TICKET_ASSIGNING,
		.ticket = ticket,
		.agent = proposed };
	const struct record *chosen;
	enum err err;

	if (work->is_before) /* of a -ing hook already */
		return ops_assign(work, ticket, agent);
	err = before_run(work, &before);
	if (err != ERR_OK)
		return err;
	if (before.has_choice) {
		chosen = directory_find_key(
		    work->read.directory, KIND_AGENT, before.choice);
		err = chosen == NULL ? ERR_INVALID :
				       take_choice(work, ticket, &before,
					   TICKET_OWNER, (int64_t)chosen->id);
		if (err != ERR_INVALID)
			return err;
		err = before_spoil(work, &before);
		if (err != ERR_OK)
			return err;
	}
	return ops_assign(work, ticket, agent);
}

/* The customer's tier is chosen before all else: what comes next sees it. */
static enum err
select_tier(struct work *work, struct touched *ticket, struct touched *customer,
    const struct record *entry)
{
	struct before before;
	struct cause cause = { .hook = BYTES("tier.selecting"),
		.chain = work->cause.chain };
	struct actor actor = { .kind = BY_SCRIPT };
	struct work_actor who;
	enum err err = ask(
	    work, HOOK_TIER_SELECTING, ticket, customer, entry, &before);

	if (err != ERR_OK || !before.has_choice)
		return err;
	cause.script = actor.script = before.choice_by;
	cause.why = before.choice_why;
	cause.trace = before.choice_trace;
	who = work_become(work, &actor, &cause);
	err = value_from_text(&customer->new, CUSTOMER_TIER, before.choice,
	    work->read.directory, work->arena, work->why);
	if (err == ERR_OK)
		err = work_flush(work, customer);
	work_return(work, &who);
	if (err != ERR_INVALID)
		return err;
	record_set_from(&customer->new, CUSTOMER_TIER, &customer->base);
	return before_spoil(work, &before);
}

static enum err
run_creating_hooks(struct work *work, struct touched *ticket,
    struct touched *customer, const struct record *entry)
{
	struct before before;
	enum err err = select_tier(work, ticket, customer, entry);

	if (err == ERR_OK && work->input->is_form)
		err = ask(work, HOOK_FORM_VALIDATING, ticket, customer, entry,
		    &before);
	if (err == ERR_OK)
		err = score_spam(work, ticket, customer, entry);
	if (err == ERR_OK)
		err = ask(work, HOOK_TICKET_CREATING, ticket, customer, entry,
		    &before);
	if (err == ERR_OK)
		err = route(work, ticket, customer, entry);
	if (err == ERR_OK && work->input->agent != 0)
		err = ops_propose_owner(work, ticket, work->input->agent);
	return err;
}

/* The customer's first message, whoever typed it in. */
static enum err
say_first(struct work *work, struct touched *ticket,
    const struct touched *customer, struct record *entry)
{
	const struct act_input *input = work->input;
	struct message message = { .type = ENTRY_IS_REPLY,
		.body = input->body,
		.format = input->format,
		.files = input->files,
		.file_count = input->file_count };
	struct actor writer = { .kind = BY_CUSTOMER,
		.customer = customer->new.id,
		.program = work->actor.program };
	struct work_actor who = work_become(work, &writer, &work->cause);
	enum err err;

	if (who.actor.kind == BY_AGENT)
		work->actor.agent = who.actor.agent; /* typed it in */
	err = ops_say(work, ticket, &message, entry, NULL);
	work_return(work, &who);
	if (err == ERR_OK)
		ops_customer_wrote(work, ticket);
	return err;
}

/* The agent's first word to the customer, as the hooks see it: it is said once
 * they have had their say about the ticket. */
static enum err
propose_ours(
    struct work *work, const struct touched *ticket, struct record *entry)
{
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_REPLY_ADD, &ticket->new);

	if (err == ERR_OK && bytes_trim(work->input->body).len == 0)
		return work_fail(work, ERR_INVALID, "body",
		    N_("Please fill this in."), 0, BYTES_NONE);
	record_init(entry, KIND_ENTRY, 0);
	record_set_int(entry, ENTRY_BY, BY_AGENT);
	record_set_text(entry, ENTRY_BODY, work->input->body);
	return err;
}

static enum err
raise_created(struct work *work, struct touched *ticket, bool is_ours)
{
	enum err err = work_raise(work, HOOK_TICKET_CREATED, ticket,
	    is_ours ? 0 : 1, BYTES_NONE, BYTES_NONE);

	if (err == ERR_OK && ticket_is_waiting(&ticket->new))
		err = work_raise(work, HOOK_TICKET_WAITING, ticket, 1,
		    BYTES_NONE, BYTES_NONE);
	if (err == ERR_OK && is_ours)
		err = act_answer(work, ticket);
	return err;
}

enum err
act_ticket_create(struct work *work)
{
	const struct act_input *input = work->input;
	struct touched *ticket, *customer;
	struct record entry;
	bool is_ours = input->is_ours && work->actor.kind == BY_AGENT;
	enum err err = check_new_fields(work);

	if (err == ERR_OK)
		err = ops_customer(work, input->email, input->name,
		    record_text(&input->fields, TICKET_LANGUAGE), &customer);
	if (err == ERR_OK)
		err = input->past_ticket != 0 ?
		    work_create_as(
			work, KIND_TICKET, input->past_ticket, &ticket) :
		    work_create(work, KIND_TICKET, &ticket);
	if (err == ERR_OK)
		err = fill_ticket(work, ticket, customer);
	if (err == ERR_OK)
		err = check_queue(work, ticket);
	if (err == ERR_OK && work->actor.kind == BY_CUSTOMER)
		work->actor.customer = customer->new.id;
	if (err == ERR_OK)
		err = is_ours ? propose_ours(work, ticket, &entry) :
				say_first(work, ticket, customer, &entry);
	if (err == ERR_OK)
		err = ops_tag(
		    work, ticket, input->tags, input->tag_count, true);
	if (err != ERR_OK)
		return err;
	ticket->base = ticket->new; /* no entry for what it began with */
	err = run_creating_hooks(work, ticket, customer, &entry);
	if (err == ERR_OK)
		err = work_flush(work, ticket);
	if (err == ERR_OK)
		err = raise_created(work, ticket, is_ours);
	work->result->ticket = ticket->new.id;
	work->result->entry = 1;
	return err;
}

/* Each given field by itself; tags and the owner are given beside them. */
static enum err
check_fields(struct work *work, const struct touched *ticket)
{
	const struct act_input *input = work->input;
	const struct kind *kind = ticket->old.kind;
	bool is_ours = work->actor.kind == BY_SCRIPT ||
	    work->actor.kind == BY_SYSTEM || work->actor.is_past;
	uint64_t beside = 0, given = input->fields.has | input->cleared;

	if (input->tag_count + input->untag_count > 0)
		beside |= UINT64_C(1) << TICKET_TAGS;
	if (input->has_agent)
		beside |= UINT64_C(1) << TICKET_OWNER;
	for (size_t i = 0; i < kind->field_count; i++) {
		const char *name = kind->fields[i].name;
		bool is_unfit = given >> i & 1 && !is_ours &&
		    kind->fields[i].set > SET_AGENT;

		if ((given | beside) >> i & 1 &&
		    (is_unfit ||
			!desk_may_set(work->read.directory, &work->actor,
			    &ticket->old, (int)i)))
			return work_fail(work, ERR_DENIED, name,
			    N_("You may not change \"{name}\" here."), 0,
			    bytes_of(name));
	}
	return is_ours ? ERR_OK : check_named_queue(work);
}

enum err
act_ticket_update(struct work *work)
{
	const struct act_input *input = work->input;
	struct touched *ticket;
	enum err err;

	err = act_load_ticket(work, &ticket);
	if (err == ERR_OK)
		err = act_check_seen(work, ticket);
	if (err == ERR_OK)
		err = check_fields(work, ticket);
	if (err != ERR_OK)
		return err;
	ops_set(work, ticket, &input->fields, input->cleared);
	ops_release_owner(work, ticket);
	err = ops_tag(work, ticket, input->tags, input->tag_count, true);
	if (err == ERR_OK)
		err = ops_tag(
		    work, ticket, input->untags, input->untag_count, false);
	if (err == ERR_OK && input->has_agent &&
	    record_ref(&ticket->new, TICKET_OWNER) != input->agent)
		err = ops_propose_owner(work, ticket, input->agent);
	if (err == ERR_OK)
		err = record_validate(&ticket->new, work->why);
	if (err == ERR_OK)
		err = ops_ask_updating(work, ticket);
	if (err == ERR_OK)
		err = work_flush(work, ticket);
	work->result->ticket = ticket->new.id;
	work->result->entry = ticket->first_entry;
	return err;
}

enum err
act_ticket_assign(struct work *work)
{
	struct touched *ticket;
	enum err err = act_load_ticket(work, &ticket);

	if (err == ERR_OK)
		err = ops_propose_owner(work, ticket, work->input->agent);
	if (err == ERR_OK)
		err = ops_ask_updating(work, ticket);
	if (err == ERR_OK)
		err = work_flush(work, ticket);
	if (err != ERR_OK)
		return err;
	work->result->ticket = ticket->new.id;
	work->result->entry = ticket->first_entry;
	return ERR_OK;
}

enum err
act_ticket_rate(struct work *work)
{
	const struct act_input *input = work->input;
	struct buf detail = buf_in(work->arena);
	struct json_writer w = json_writer(&detail);
	struct touched *ticket;
	enum err err = act_load_ticket(work, &ticket);

	if (err != ERR_OK)
		return err;
	if (input->rating < 1 || input->rating > 5)
		return work_fail(work, ERR_INVALID, "rating",
		    N_("Choose 1 to {n}."), 5, BYTES_NONE);
	record_set_int(&ticket->new, TICKET_RATING, input->rating);
	err = value_from_text(&ticket->new, TICKET_RATING_COMMENT, input->body,
	    work->read.directory, work->arena, work->why);
	if (err != ERR_OK)
		return err;
	record_set_int(&ticket->new, TICKET_RATED_AT, work->read.now_us);
	err = work_flush(work, ticket);
	json_key(&w, "answer");
	json_begin_object(&w);
	json_member_string(&w, "survey", "satisfaction");
	json_member_int(&w, "score", input->rating);
	if (record_has(&ticket->new, TICKET_RATING_COMMENT))
		json_member_text(&w, "comment",
		    record_text(&ticket->new, TICKET_RATING_COMMENT));
	json_end_object(&w);
	if (err == ERR_OK && detail.failed)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		err = work_raise(work, HOOK_SURVEY_ANSWERED, ticket,
		    ticket->first_entry, BYTES_NONE, buf_get(&detail));
	work->result->ticket = ticket->new.id;
	return err;
}

/* A seen mark is no commit of its own; it is one only when a script waits for
 * ticket.viewed, which is raised once for each change. */
enum err
act_ticket_view(struct work *work)
{
	struct touched *ticket;
	uint64_t last, seen;
	enum err err = act_load_ticket(work, &ticket);

	if (err != ERR_OK)
		return err;
	work->result->ticket = ticket->old.id;
	if (work->actor.kind != BY_AGENT)
		return ERR_OK;
	last = (uint64_t)record_int(&ticket->old, TICKET_LAST_ENTRY);
	if (work->input->entry != 0 && work->input->entry < last)
		last = work->input->entry;
	seen = seen_get(work->read.snapshot, work->arena, work->actor.agent,
	    ticket->old.id);
	if (seen >= last)
		return ERR_OK;
	err = seen_set(
	    site_store(work->site), work->actor.agent, ticket->old.id, last);
	if (err == ERR_LIMIT)
		err = store_flush(site_store(work->site));
	if (err == ERR_OK && work_is_heard(work, HOOK_TICKET_VIEWED))
		err = work_raise(work, HOOK_TICKET_VIEWED, ticket, last,
		    BYTES_NONE, BYTES_NONE);
	return err;
}

enum err
act_drop_jobs(struct work *work, uint64_t ticket, bool is_timers_only)
{
	struct job_at at = { .number = 0 };
	struct job_run run;
	enum err err;

	while ((err = job_next_of(work->read.snapshot, KIND_TICKET, ticket, &at,
		    &run)) == ERR_OK) {
		int64_t type = record_int(&run.job, JOB_TYPE);

		if (is_timers_only ? type == JOB_TIMER : type != JOB_MAIL)
			job_delete(work->change, &run);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* For good: the ticket, its timeline, its files (their bytes follow a day
 * later), its jobs. Only from the trash. */
enum err
act_ticket_remove(struct work *work)
{
	struct touched *ticket;
	struct record entry;
	uint64_t sequence = 0;
	enum err err = act_load_ticket(work, &ticket);

	if (err != ERR_OK)
		return err;
	if (record_int(&ticket->old, TICKET_PLACE) != PLACE_TRASH)
		return work_fail(work, ERR_DENIED, "place",
		    N_("Only tickets in the trash are removed for good."), 0,
		    BYTES_NONE);
	while ((err = timeline_next(work->read.snapshot, ticket->old.id,
		    &sequence, &entry)) == ERR_OK) {
		err = ops_part(work, ticket, &entry);
		if (err == ERR_OK)
			err = record_remove(work->change, work->arena, &entry);
		if (err != ERR_OK)
			return err;
		search_note(work->change, KIND_ENTRY, entry.id);
	}
	if (err != ERR_NOT_FOUND)
		return err;
	ticket->is_removed = true;
	err = act_drop_jobs(work, ticket->old.id, false);
	return err == ERR_OK ? ops_remove_files(work, ticket->old.id) : err;
}

enum err
act_ticket_links_revoke(struct work *work)
{
	struct touched *ticket;
	struct record entry;
	enum err err = act_load_ticket(work, &ticket);

	if (err != ERR_OK)
		return err;
	record_set_int(&ticket->new, TICKET_GENERATION,
	    record_int(&ticket->new, TICKET_GENERATION) + 1);
	/* no change that could be taken back: the links would be alive */
	record_init(&entry, KIND_ENTRY, 0);
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_EVENT);
	record_set_text(&entry, ENTRY_EVENT, BYTES("ticket.links_revoked"));
	work->result->ticket = ticket->new.id;
	return work_add_entry(work, ticket, &entry, &work->result->entry);
}
