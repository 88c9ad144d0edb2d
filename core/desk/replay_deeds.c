/* core/desk/replay_deeds.c - what people did, from what it has left.
 *
 * Each act has left its events, and its entries in the timeline. Events with a
 * script's name, or of the entrance "script", are what scripts and the desk
 * itself did; they are passed over.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/desk/replay_private.h"
#include "core/model/ticket.h"
#include "core/model/value.h"

/* An act that is put together. */
struct again {
	struct moment *m;
	const struct record *event; /* the main one */
	struct record ticket;       /* the real one, as it is now */
	struct act_input input;
	struct why why;
};

bool
past_is_of_people(const struct record *event)
{
	return !record_has(event, EVENT_SCRIPT) &&
	    record_int(event, EVENT_SOURCE) != SOURCE_SCRIPT &&
	    record_int(event, EVENT_BY) != BY_SCRIPT;
}

static bool
is_hook(const struct record *event, enum hook hook)
{
	return bytes_is(record_text(event, EVENT_HOOK), hook_points[hook].name);
}

/* What people did to <ticket> (0: to any) by <hook>; NULL if nothing. */
static const struct record *
find_event(const struct moment *m, enum hook hook, uint64_t ticket)
{
	for (size_t i = 0; i < m->count; i++)
		if (is_hook(&m->events[i], hook) &&
		    past_is_of_people(&m->events[i]) &&
		    (ticket == 0 ||
			record_ref(&m->events[i], EVENT_TICKET) == ticket))
			return &m->events[i];
	return NULL;
}

/* --- what an act was given --- */

static const struct json *
parse(struct again *a, struct bytes text)
{
	const struct json *json = NULL;

	if (text.len == 0 ||
	    json_parse(a->m->run->r->step, text, JSON_BYTES_MAX, &json, NULL) !=
		ERR_OK)
		return NULL;
	return json;
}

/* [from, to] of a field that people changed with the act; NULL. */
static const struct json *
changed(struct again *a, const char *field)
{
	const struct record *updated = find_event(
	    a->m, HOOK_TICKET_UPDATED, record_ref(a->event, EVENT_TICKET));

	if (updated == NULL)
		return NULL;
	return json_get(parse(a, record_text(updated, EVENT_CHANGES)), field);
}

static void
begin(struct again *a, enum verb verb, enum kind_id kind)
{
	const struct record *e = a->event;
	struct act_input *input = &a->input;

	act_input_init(input, verb, kind);
	input->source = (enum source)record_int(e, EVENT_SOURCE);
	input->subject = record_ref(e, EVENT_TICKET);
	input->actor = (struct actor){
		.kind = (enum actor_kind)record_int(e, EVENT_BY),
		.agent = record_ref(e, EVENT_ACTOR),
		.is_past = true,
	};
	if (input->actor.kind == BY_CUSTOMER) {
		input->actor.customer = record_ref(e, EVENT_CUSTOMER);
		input->actor.ticket = input->subject;
	}
}

static size_t
take_ids(const struct record *record, int slot, uint64_t *out, size_t max)
{
	struct bytes rest = record_text(record, slot);
	size_t count = 0;
	int64_t id;

	while (count < max && list_next_int(&rest, &id))
		out[count++] = (uint64_t)id;
	return count;
}

/* What was said by the entry <sequence>. */
static enum err
take_entry(struct again *a, uint64_t sequence)
{
	struct act_input *input = &a->input;
	struct record entry;
	enum err err = record_find(a->m->read.snapshot, KIND_ENTRY,
	    entry_id(record_ref(a->event, EVENT_TICKET), sequence), &entry);

	if (err == ERR_NOT_FOUND)
		return why_set(&a->why, ERR_INVALID, NULL,
		    N_("What was said is not there any more."), 0, NULL);
	if (err == ERR_OK)
		err = record_bigtext(a->m->read.snapshot, &entry, ENTRY_BODY,
		    a->m->run->r->step, &input->body);
	input->format = (enum body_format)record_int(&entry, ENTRY_FORMAT);
	input->why = record_text(&entry, ENTRY_WHY);
	input->file_count = take_ids(
	    &entry, ENTRY_FILES, input->files, ACT_FILES_MAX);
	input->mention_count = take_ids(
	    &entry, ENTRY_MENTIONS, input->mentions, 20);
	return err;
}

static enum err
read_ticket(struct again *a)
{
	enum err err = record_find(a->m->read.snapshot, KIND_TICKET,
	    record_ref(a->event, EVENT_TICKET), &a->ticket);

	if (err == ERR_NOT_FOUND)
		return why_set(&a->why, ERR_INVALID, NULL,
		    N_("The ticket was removed for good."), 0, NULL);
	return err;
}

static uint64_t
agent_of(struct again *a, const struct json *login)
{
	const struct record *agent = directory_find_key(
	    a->m->read.directory, KIND_AGENT, json_text(login));

	return agent != NULL ? agent->id : 0;
}

static enum err
do_create(struct again *a)
{
	struct replaying *r = a->m->run->r;
	struct act_input *input = &a->input;
	const struct record *answer = NULL;
	const struct json *owner;
	struct record then, customer;
	struct bytes tags, tag;
	uint64_t first = (uint64_t)record_int(a->event, EVENT_ENTRY);
	enum err err;

	begin(a, VERB_TICKET_CREATE, KIND_TICKET);
	err = read_ticket(a);
	if (err == ERR_OK)
		err = past_ticket_at(
		    r, &a->m->read, &a->ticket, INT64_MIN, &then);
	if (err == ERR_OK)
		err = record_find(a->m->read.snapshot, KIND_CUSTOMER,
		    record_ref(&then, TICKET_CUSTOMER), &customer);
	if (err == ERR_NOT_FOUND)
		err = why_set(&a->why, ERR_INVALID, NULL,
		    N_("Its customer is not there any more."), 0, NULL);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < then.kind->field_count; i++)
		if (then.kind->fields[i].flags & F_LOGGED &&
		    then.kind->fields[i].set < SET_SYSTEM)
			record_set_from(&input->fields, (int)i, &then);
	tags = record_text(&then, TICKET_TAGS);
	while (input->tag_count < ACT_TAGS_MAX && list_next_text(&tags, &tag))
		input->tags[input->tag_count++] = tag;
	input->email = record_text(&customer, CUSTOMER_EMAIL);
	input->name = record_text(&customer, CUSTOMER_NAME);
	input->past_ticket = a->ticket.id;
	input->past_customer = customer.id;
	input->is_form = input->actor.kind == BY_CUSTOMER &&
	    input->source == SOURCE_WEB;
	input->actor.is_proved = record_int(&then, TICKET_VERIFIED);
	input->actor.ticket = 0;
	owner = changed(a, "owner");
	input->agent = agent_of(a, json_next(json_first(owner)));
	if (first == 0) {
		input->is_ours = true;
		answer = find_event(a->m, HOOK_REPLY_SENT, a->ticket.id);
		if (answer != NULL)
			first = (uint64_t)record_int(answer, EVENT_ENTRY);
	}
	return take_entry(a, first);
}

/* The status that the ticket had behind the entry, as the record says. */
static enum err
status_behind(struct again *a, uint64_t sequence, struct bytes *out)
{
	const struct json *mine = changed(a, "status");
	struct record entry;
	enum err err = ERR_OK;

	if (mine != NULL) {
		*out = json_text(json_next(json_first(mine)));
		return ERR_OK;
	}
	while (err == ERR_OK) {
		const struct json *next;

		err = timeline_next(
		    a->m->read.snapshot, a->ticket.id, &sequence, &entry);
		if (err != ERR_OK)
			break;
		next = json_get(
		    parse(a, record_text(&entry, ENTRY_CHANGES)), "status");
		if (next != NULL) {
			*out = json_text(json_first(next));
			return ERR_OK;
		}
	}
	*out = bytes_of(record_word(&a->ticket, TICKET_STATUS));
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool
was_proved(struct again *a)
{
	return changed(a, "verified") != NULL ||
	    find_event(a->m, HOOK_CUSTOMER_UPDATED, 0) != NULL;
}

static enum err
do_reply(struct again *a)
{
	uint64_t sequence = (uint64_t)record_int(a->event, EVENT_ENTRY);
	struct act_input *input = &a->input;
	struct bytes status;
	enum err err;

	begin(a, VERB_REPLY_ADD, KIND_TICKET);
	err = read_ticket(a);
	if (err == ERR_OK)
		err = take_entry(a, sequence);
	if (err != ERR_OK)
		return err;
	if (input->actor.kind == BY_CUSTOMER) {
		input->actor.is_proved = was_proved(a);
		return ERR_OK;
	}
	err = status_behind(a, sequence, &status);
	if (err != ERR_OK || bytes_is(status, "pending"))
		return err;
	return act_input_text(input, TICKET_STATUS, status,
	    a->m->read.directory, a->m->run->r->step, &a->why);
}

static enum err
do_note(struct again *a)
{
	enum err err;

	begin(a, VERB_NOTE_ADD, KIND_TICKET);
	err = read_ticket(a);
	return err == ERR_OK ?
	    take_entry(a, (uint64_t)record_int(a->event, EVENT_ENTRY)) :
	    err;
}

static enum err
do_rate(struct again *a)
{
	struct bytes detail = record_text(a->event, EVENT_DETAIL);
	struct buf text = buf_in(a->m->run->r->step);
	const struct json *answer;

	begin(a, VERB_TICKET_RATE, KIND_TICKET);
	buf_char(&text, '{');
	buf_bytes(&text, detail);
	buf_char(&text, '}');
	if (text.failed)
		return ERR_NOMEM;
	answer = json_get(parse(a, buf_get(&text)), "answer");
	(void)json_int(json_get(answer, "score"), &a->input.rating);
	a->input.body = json_text(json_get(answer, "comment"));
	a->input.actor.is_proved = was_proved(a);
	return ERR_OK;
}

static enum err
do_merge(struct again *a)
{
	const struct json *into = json_get(
	    parse(a, record_text(a->event, EVENT_CHANGES)), "merged_into");
	int64_t number = 0;

	begin(a, VERB_TICKET_MERGE, KIND_TICKET);
	(void)json_int(json_next(json_first(into)), &number);
	a->input.into = (uint64_t)number;
	return ERR_OK;
}

static enum err
do_view(struct again *a)
{
	begin(a, VERB_TICKET_VIEW, KIND_TICKET);
	return ERR_OK;
}

static bool
is_among(const struct json *list, struct bytes text)
{
	for (const struct json *i = json_first(list); i != NULL;
	     i = json_next(i))
		if (bytes_equal(json_text(i), text))
			return true;
	return false;
}

/* Those of <more> that are not in <less>. */
static void
take_tags(const struct json *more, const struct json *less, struct bytes *out,
    size_t *count)
{
	for (const struct json *i = json_first(more); i != NULL;
	     i = json_next(i))
		if (!is_among(less, json_text(i)) && *count < ACT_TAGS_MAX)
			out[(*count)++] = json_text(i);
}

/* Custom fields are a whole: what the act did not change stays. */
static enum err
take_own(struct again *a, int slot, const struct json *from)
{
	struct act_input *input = &a->input;
	struct record old;
	enum err err;

	record_init(&old, input->kind, 0);
	err = value_from_json(&old, slot, from, a->m->read.directory,
	    a->m->run->r->step, &a->why);
	input->has_base = true;
	input->base = record_text(&old, slot);
	return err;
}

static enum err
take_field(struct again *a, const struct json *member)
{
	const struct kind *kind = a->input.fields.kind;
	const struct json *from = json_first(member), *to = json_next(from);
	struct bytes name = bytes_of(json_name(member));
	struct act_input *input = &a->input;
	int slot = kind_slot(kind, name);
	enum err err = ERR_OK;

	if (slot < 0)
		return ERR_OK;
	if (kind->id == KIND_TICKET && slot == TICKET_TAGS) {
		take_tags(to, from, input->tags, &input->tag_count);
		take_tags(from, to, input->untags, &input->untag_count);
		return ERR_OK;
	}
	if (kind->id == KIND_TICKET && slot == TICKET_OWNER) {
		input->agent = agent_of(a, to);
		input->has_agent = true;
		return ERR_OK;
	}
	if (kind->fields[slot].set == SET_SYSTEM)
		return ERR_OK;
	if (kind->fields[slot].type == FIELD_MAP)
		err = take_own(a, slot, from);
	return err == ERR_OK ?
	    act_input_json(input, slot, to, a->m->read.directory,
		a->m->run->r->step, &a->why) :
	    err;
}

static enum err
take_changes(struct again *a)
{
	const struct json *changes = parse(
	    a, record_text(a->event, EVENT_CHANGES));
	enum err err = ERR_OK;

	for (const struct json *i = json_first(changes);
	     err == ERR_OK && i != NULL; i = json_next(i))
		err = take_field(a, i);
	return err;
}

static enum err
do_update(struct again *a)
{
	struct record entry;
	enum err err;

	begin(a, VERB_TICKET_UPDATE, KIND_TICKET);
	err = record_find(a->m->read.snapshot, KIND_ENTRY,
	    entry_id(
		a->input.subject, (uint64_t)record_int(a->event, EVENT_ENTRY)),
	    &entry);
	if (err == ERR_OK)
		a->input.why = record_text(&entry, ENTRY_WHY);
	a->input.actor.is_proved = a->input.actor.kind == BY_CUSTOMER &&
	    was_proved(a);
	return err == ERR_OK || err == ERR_NOT_FOUND ? take_changes(a) : err;
}

static enum err
do_customer(struct again *a)
{
	begin(a, VERB_CUSTOMER_UPDATE, KIND_CUSTOMER);
	a->input.subject = record_ref(a->event, EVENT_CUSTOMER);
	return take_changes(a);
}

static enum err
do_new_customer(struct again *a)
{
	struct record customer;
	bool was_created;
	enum err err;

	begin(a, VERB_CUSTOMER_ADD, KIND_CUSTOMER);
	a->input.past_customer = record_ref(a->event, EVENT_CUSTOMER);
	err = record_find(a->m->read.snapshot, KIND_CUSTOMER,
	    a->input.past_customer, &customer);
	if (err == ERR_OK)
		err = past_rewind_by_events(a->m->run->r, &a->m->read,
		    &customer, a->m->at_us, &was_created);
	for (size_t i = 0; err == ERR_OK && i < customer.kind->field_count; i++)
		if (customer.kind->fields[i].flags & F_LOGGED)
			record_set_from(&a->input.fields, (int)i, &customer);
	return err;
}

static enum err
do_agent(struct again *a)
{
	begin(a, VERB_RECORD_UPDATE, KIND_AGENT);
	a->input.subject = record_ref(a->event, EVENT_AGENT);
	return take_changes(a);
}

/* --- the act --- */

/* What it was, by the event that tells of it alone: the first of these that
 * a commit has. */
static const struct {
	enum hook hook;
	enum err (*make)(struct again *a);
	bool is_each; /* of several tickets at once */
} deeds[] = {
	{ HOOK_TICKET_CREATED, do_create, false },
	{ HOOK_REPLY_RECEIVED, do_reply, false },
	{ HOOK_REPLY_SENT, do_reply, false },
	{ HOOK_NOTE_ADDED, do_note, false },
	{ HOOK_TICKET_MERGED, do_merge, false },
	{ HOOK_SURVEY_ANSWERED, do_rate, false },
	{ HOOK_TICKET_UPDATED, do_update, true },
	{ HOOK_TICKET_VIEWED, do_view, false },
	{ HOOK_CUSTOMER_CREATED, do_new_customer, false },
	{ HOOK_CUSTOMER_UPDATED, do_customer, true },
	{ HOOK_AGENT_AVAILABILITY_CHANGED, do_agent, true },
};

static enum err
refused(struct again *a, const struct act_result *result)
{
	struct past_run *run = a->m->run;
	struct past_refusal *refusal = arena_new(
	    run->r->arena, struct past_refusal);
	char *words = arena_copy(
	    run->r->arena, result->refusal.at, result->refusal.len);

	if (refusal == NULL || words == NULL)
		return ERR_NOMEM;
	*refusal = (struct past_refusal){ .next = run->refusals,
		.ticket = a->input.verb == VERB_TICKET_CREATE ?
		    a->input.past_ticket :
		    a->input.subject,
		.at_us = a->m->at_us,
		.act = bytes_of(verb_name(a->input.verb)),
		.words = { words, result->refusal.len } };
	run->refusals = refusal;
	return ERR_OK;
}

/* What could be done then and cannot now is passed over. */
static enum err
pass_over(struct again *a, enum err err)
{
	struct replaying *r = a->m->run->r;

	switch (err) {
	case ERR_NOMEM:
	case ERR_IO:
	case ERR_FULL:
	case ERR_BUSY:
	case ERR_CORRUPT: return err;
	case ERR_NOT_FOUND: break; /* it was not to be */
	default:
		if (a->why.message[0] == '\0')
			why_set(&a->why, err, NULL, err_message(err), 0, NULL);
		if (record_has(a->event, EVENT_TICKET)) {
			err = past_why_not(r,
			    record_ref(a->event, EVENT_TICKET), a->m->at_us,
			    &a->why);
			if (err != ERR_OK)
				return err;
		}
	}
	r->out->skipped++;
	return ERR_OK;
}

static enum err
do_again(struct again *a, size_t deed)
{
	struct replaying *r = a->m->run->r;
	struct act_result result;
	enum err err = deeds[deed].make(a);

	if (err == ERR_OK)
		err = desk_act(
		    a->m->run->site, &a->input, r->step, &result, &a->why);
	if (err == ERR_REFUSED)
		return refused(a, &result);
	if (err != ERR_OK)
		return pass_over(a, err);
	if (a->m->run->is_in_period)
		r->out->acts++;
	return ERR_OK;
}

/* Whether <event> came of what a script offers: an action that an agent chose,
 * or a request to a route. Its entry says so. */
static bool
is_offered(const struct moment *m, const struct record *event)
{
	struct record entry;
	struct bytes hook;

	if (!record_has(event, EVENT_SCRIPT) ||
	    !record_has(event, EVENT_ENTRY) ||
	    record_find(m->read.snapshot, KIND_ENTRY,
		entry_id(record_ref(event, EVENT_TICKET),
		    (uint64_t)record_int(event, EVENT_ENTRY)),
		&entry) != ERR_OK)
		return false;
	hook = record_text(&entry, ENTRY_HOOK);
	return bytes_is(hook, "action") || bytes_is(hook, "route");
}

/* That is no script's own doing, and what it was given is kept nowhere. */
static enum err
pass_over_offers(const struct moment *m)
{
	struct why why;
	enum err err = ERR_OK;

	(void)why_set(&why, ERR_INVALID, NULL,
	    N_("An action of a script was chosen, or a route of one was "
	       "called: what it was given is not kept."),
	    0, NULL);
	for (size_t i = 0; err == ERR_OK && i < m->count; i++)
		if (is_offered(m, &m->events[i]))
			err = past_why_not(m->run->r,
			    record_ref(&m->events[i], EVENT_TICKET), m->at_us,
			    &why);
	return err;
}

enum err
past_do(struct moment *m)
{
	for (size_t d = 0; d < sizeof deeds / sizeof *deeds; d++) {
		bool is_done = false;
		enum err err = ERR_OK;

		for (size_t i = 0; err == ERR_OK && i < m->count; i++) {
			struct again a = { .m = m, .event = &m->events[i] };

			if (!is_hook(a.event, deeds[d].hook) ||
			    !past_is_of_people(a.event) ||
			    (is_done && !deeds[d].is_each))
				continue;
			a.why.message = "";
			err = do_again(&a, d);
			is_done = true;
		}
		if (is_done || err != ERR_OK)
			return err;
	}
	return pass_over_offers(m);
}
