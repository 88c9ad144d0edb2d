/* core/pages/agent_ticket.c - GET /agent/t/NUMBER. */
#include "config.h"
#include "core/pages/agent_ticket.h"
#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/desk/act.h"
#include "core/desk/canned.h"
#include "core/desk/token.h"
#include "core/model/ticket.h"
#include "core/pages/agent_entry.h"
#include "core/pages/agent_offers.h"
#include "core/pages/agent_person.h"
#include "core/pages/agent_timers.h"
#include "core/pages/own_fields.h"

#define ENTRIES_MAX 200 /* of one page; earlier ones are on another */

struct canned_view {
	int64_t id;
	struct bytes title;
	bool is_chosen;
};

struct ticket_view {
	int64_t number, created_us, waiting_us;
	struct bytes subject, url, public_url;
	const char *status_label;
	bool is_open, is_pending, is_closed, is_urgent, is_high, is_spam;
	bool is_trash, can_remove;
	bool is_waiting;
	bool is_merged;
	int64_t merged_into;
	struct bytes merged_url;
};

struct ticket_page {
	struct form_view form; /* the compose's */
	struct agent_side side;
	struct ticket_view ticket;
	struct bytes back_url, prev_url, next_url, older_url, tags_text, seen;
	struct view_list entries, agents, queues, statuses, priorities;
	struct view_list canned;
	/* custom fields: of struct own_field to be changed, or of struct
	 * own_fact to be read */
	struct view_list own, facts;
	bool has_older, can_reply, can_note, can_assign, can_manage, can_set,
	    has_facts;
	bool has_canned;
	struct view_list timers;
	bool has_timers;
	struct offer_views offers;
	struct person_card person;
	struct compose_view *compose;
};

static const struct view_field canned_fields[] = {
	VIEW_FIELD(struct canned_view, id, VIEW_INT),
	VIEW_FIELD(struct canned_view, title, VIEW_TEXT),
	VIEW_FIELD(struct canned_view, is_chosen, VIEW_BOOL),
	{ .name = NULL },
};
static const struct view_type canned_view_type = { .name = "canned",
	.fields = canned_fields };

static const struct view_field ticket_fields[] = {
	VIEW_FIELD(struct ticket_view, number, VIEW_INT),
	VIEW_FIELD(struct ticket_view, subject, VIEW_TEXT),
	VIEW_FIELD(struct ticket_view, url, VIEW_TEXT),
	VIEW_FIELD(struct ticket_view, public_url, VIEW_TEXT),
	{ "created", VIEW_TIME, offsetof(struct ticket_view, created_us), NULL,
	    NULL },
	{ "waiting", VIEW_TIME, offsetof(struct ticket_view, waiting_us), NULL,
	    NULL },
	VIEW_FIELD(struct ticket_view, status_label, VIEW_CSTR),
	VIEW_FIELD(struct ticket_view, is_open, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, is_pending, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, is_closed, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, is_urgent, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, is_high, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, is_spam, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, is_trash, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, can_remove, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, is_merged, VIEW_BOOL),
	VIEW_FIELD(struct ticket_view, merged_into, VIEW_INT),
	VIEW_FIELD(struct ticket_view, merged_url, VIEW_TEXT),
	VIEW_FIELD(struct ticket_view, is_waiting, VIEW_BOOL),
	{ .name = NULL },
};
static const struct view_type ticket_view_type = { .name = "ticket",
	.fields = ticket_fields };

static const struct view_field compose_fields[] = {
	VIEW_FIELD(struct compose_view, body, VIEW_TEXT),
	VIEW_FIELD(struct compose_view, note, VIEW_TEXT),
	VIEW_FIELD(struct compose_view, is_note, VIEW_BOOL),
	VIEW_FIELD(struct compose_view, is_stale, VIEW_BOOL),
	VIEW_FIELD(struct compose_view, stale_count, VIEW_INT),
	VIEW_FIELD(struct compose_view, close_first, VIEW_BOOL),
	{ .name = NULL },
};
static const struct view_type compose_type = { .name = "compose",
	.fields = compose_fields };

#define PAGE_LIST(name, of) \
	{ \
#name, VIEW_LIST, offsetof(struct ticket_page, name), of, NULL \
	}

static const struct view_field page_fields[] = {
	FORM_FIELDS(struct ticket_page, form),
	AGENT_SIDE_FIELDS(struct ticket_page, side),
	{ "ticket", VIEW_INSIDE, offsetof(struct ticket_page, ticket),
	    &ticket_view_type, NULL },
	PERSON_CARD_FIELDS(struct ticket_page, person),
	{ "compose", VIEW_OBJECT, offsetof(struct ticket_page, compose),
	    &compose_type, NULL },
	VIEW_FIELD(struct ticket_page, back_url, VIEW_TEXT),
	VIEW_FIELD(struct ticket_page, prev_url, VIEW_TEXT),
	VIEW_FIELD(struct ticket_page, next_url, VIEW_TEXT),
	VIEW_FIELD(struct ticket_page, older_url, VIEW_TEXT),
	VIEW_FIELD(struct ticket_page, tags_text, VIEW_TEXT),
	VIEW_FIELD(struct ticket_page, seen, VIEW_TEXT),
	VIEW_FIELD(struct ticket_page, has_older, VIEW_BOOL),
	VIEW_FIELD(struct ticket_page, can_reply, VIEW_BOOL),
	VIEW_FIELD(struct ticket_page, can_note, VIEW_BOOL),
	VIEW_FIELD(struct ticket_page, can_assign, VIEW_BOOL),
	VIEW_FIELD(struct ticket_page, can_manage, VIEW_BOOL),
	VIEW_FIELD(struct ticket_page, can_set, VIEW_BOOL),
	VIEW_FIELD(struct ticket_page, has_facts, VIEW_BOOL),
	VIEW_FIELD(struct ticket_page, has_canned, VIEW_BOOL),
	PAGE_LIST(entries, &entry_view_type),
	PAGE_LIST(agents, &choice_type),
	{ "queue_choices", VIEW_LIST, offsetof(struct ticket_page, queues),
	    &choice_type, NULL },
	PAGE_LIST(statuses, &choice_type),
	PAGE_LIST(priorities, &choice_type),
	PAGE_LIST(canned, &canned_view_type),
	PAGE_LIST(timers, &timer_view_type),
	VIEW_FIELD(struct ticket_page, has_timers, VIEW_BOOL),
	OFFER_FIELDS(struct ticket_page, offers),
	PAGE_LIST(own, &own_field_type),
	PAGE_LIST(facts, &own_fact_type),
	{ .name = NULL },
};
static const struct view_type ticket_page_type = { .name = "agent/ticket",
	.fields = page_fields };

/* What the page is being made from. */
struct making {
	struct page *page;
	struct site_read *read;
	struct ticket_page *data;
	struct actor actor;
	struct record ticket, customer;
	bool has_customer;
	unsigned rights;
};

uint64_t
ticket_number(const struct page *page)
{
	int64_t number;

	if (bytes_to_int(request_route(page->request, "number"), &number) !=
		ERR_OK ||
	    number <= 0)
		return 0;
	return (uint64_t)number;
}

static void
fill_ticket(struct making *m)
{
	struct ticket_view *view = &m->data->ticket;
	int64_t status = record_int(&m->ticket, TICKET_STATUS);
	int64_t priority = record_int(&m->ticket, TICKET_PRIORITY);

	view->number = (int64_t)m->ticket.id;
	view->subject = record_text(&m->ticket, TICKET_SUBJECT);
	view->url = bytes_of(arena_printf(m->page->arena, "%.*s/agent/t/%llu",
	    BYTES_ARG(m->page->root.base), (unsigned long long)m->ticket.id));
	view->public_url = token_url(
	    m->page->desk, m->read->directory, &m->ticket, m->page->arena);
	view->created_us = record_int(&m->ticket, TICKET_CREATED);
	view->status_label = agent_status_label(m->page, status);
	view->is_open = status == STATUS_OPEN;
	view->is_pending = status == STATUS_PENDING;
	view->is_closed = status == STATUS_CLOSED;
	view->is_urgent = priority == PRIORITY_URGENT;
	view->is_high = priority == PRIORITY_HIGH;
	view->is_spam = record_int(&m->ticket, TICKET_PLACE) == PLACE_SPAM;
	view->is_trash = record_int(&m->ticket, TICKET_PLACE) == PLACE_TRASH;
	view->can_remove = view->is_trash &&
	    desk_is_admin(m->read->directory, &m->actor);
	view->is_waiting = ticket_is_waiting(&m->ticket);
	view->is_merged = record_has(&m->ticket, TICKET_MERGED_INTO);
	view->merged_into = record_int(&m->ticket, TICKET_MERGED_INTO);
	view->merged_url = agent_ticket_url(
	    m->page, record_ref(&m->ticket, TICKET_MERGED_INTO));
	view->waiting_us = record_int(&m->ticket, TICKET_WAITING_SINCE);
}

/* What is chosen: as the ticket is, or as it was typed beside it. */
static int64_t
chosen(const struct making *m, int slot)
{
	const struct field *field = &m->ticket.kind->fields[slot];
	const struct params *typed = &m->data->form.values;
	struct bytes text = params_get(typed, field->name);
	const struct record *found;
	int word;

	if (!m->data->compose->is_props || !params_has(typed, field->name))
		return record_int(&m->ticket, slot);
	if (field->type == FIELD_REF) {
		found = directory_find_key(
		    m->read->directory, field->ref, text);
		if (found == NULL)
			return 0;
		return desk_may_know(m->read->directory, &m->actor, found) ?
		    (int64_t)found->id :
		    record_int(&m->ticket, slot);
	}
	word = field_word(field, text);
	return word >= 0 ? word : record_int(&m->ticket, slot);
}

static enum err
fill_choices(struct making *m)
{
	const struct kind *kind = kind_get(KIND_TICKET);
	struct buf tags = buf_in(m->page->arena);
	struct bytes rest = record_text(&m->ticket, TICKET_TAGS), tag;
	struct ticket_page *data = m->data;
	enum err err;

	while (list_next_text(&rest, &tag)) {
		if (tags.len > 0)
			buf_text(&tags, ", ");
		buf_bytes(&tags, tag);
	}
	if (tags.failed)
		return ERR_NOMEM;
	data->tags_text = data->compose->is_props ?
	    params_get(&data->form.values, "tags") :
	    buf_get(&tags);
	err = choices_of_kind(m->page, m->read->directory, KIND_AGENT,
	    (uint64_t)chosen(m, TICKET_OWNER), page_tr(m->page, N_("Nobody")),
	    &data->agents);
	if (err == ERR_OK)
		err = choices_of_kind(m->page, m->read->directory, KIND_QUEUE,
		    (uint64_t)chosen(m, TICKET_QUEUE), NULL, &data->queues);
	if (err == ERR_OK)
		err = choices_of_words(m->page, &kind->fields[TICKET_STATUS],
		    chosen(m, TICKET_STATUS), agent_status_label,
		    &data->statuses);
	if (err == ERR_OK)
		err = choices_of_words(m->page, &kind->fields[TICKET_PRIORITY],
		    chosen(m, TICKET_PRIORITY), agent_priority_label,
		    &data->priorities);
	return err;
}

/* The ticket's custom fields: inputs for who may set them, else facts. */
static enum err
fill_own(struct making *m)
{
	struct ticket_page *data = m->data;
	bool may_set = desk_may_set(
	    m->read->directory, &m->actor, &m->ticket, TICKET_FIELDS);
	const struct own_fields_of of = own_fields_beside(m->read->directory,
	    &m->ticket, record_ref(&m->ticket, TICKET_QUEUE));
	enum err err = may_set ?
	    own_fields_view(m->page, &of, &data->form.values,
		&data->form.problems, &data->own) :
	    own_facts_view(m->page, &of, &data->facts);

	data->can_set = data->can_manage || data->own.count > 0;
	data->has_facts = data->facts.count > 0;
	return err;
}

/* The views of entries, as they are collected. */
struct line {
	struct entry_view *views;
	size_t count, cap;
};

static enum err
add_view(struct line *line, const struct entry_context *context,
    const struct record *entry)
{
	if (line->count == line->cap) {
		size_t more = line->cap + ENTRIES_MAX;

		line->views = arena_grow(context->page->arena, line->views,
		    line->cap * sizeof *line->views,
		    more * sizeof *line->views);
		if (line->views == NULL)
			return ERR_NOMEM;
		line->cap = more;
	}
	return entry_view_fill(context, entry, &line->views[line->count++]);
}

/* What was said on a ticket that was merged into this one, behind the event
 * that says so. */
static enum err
add_merged(struct making *m, struct line *line, const struct record *entry)
{
	struct entry_context context = { .page = m->page,
		.read = m->read,
		.customer = m->has_customer ? &m->customer : NULL,
		.actor = &m->actor,
		.is_merged = true };
	uint64_t sequence = 0;
	struct record merged, said;
	enum err err = timeline_merged(
	    m->read->snapshot, &m->ticket, entry, &merged);

	if (err != ERR_OK ||
	    !desk_may_see(m->read->directory, &m->actor, &merged))
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	context.ticket = &merged;
	context.ticket_url = agent_ticket_url(m->page, merged.id);
	while ((err = timeline_next(m->read->snapshot, merged.id, &sequence,
		    &said)) == ERR_OK) {
		int64_t type = record_int(&said, ENTRY_TYPE);

		if ((type == ENTRY_IS_REPLY || type == ENTRY_IS_NOTE) &&
		    desk_may_see_part(
			m->read->directory, &m->actor, &merged, &said))
			err = add_view(line, &context, &said);
		if (err != ERR_OK)
			return err;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The newest ENTRIES_MAX entries, or those before ?before=. */
static enum err
fill_entries(struct making *m)
{
	struct entry_context context = { .page = m->page,
		.read = m->read,
		.customer = m->has_customer ? &m->customer : NULL,
		.ticket_url = m->data->ticket.url,
		.seen = m->data->compose->is_stale ? m->data->compose->seen : 0,
		.actor = &m->actor,
		.ticket = &m->ticket,
		.can_manage = m->data->can_manage,
		.can_reply = m->data->can_reply };
	uint64_t last = (uint64_t)record_int(&m->ticket, TICKET_LAST_ENTRY);
	int64_t before = params_int(
	    &m->page->request->query, "before", (int64_t)last + 1);
	uint64_t sequence = before > ENTRIES_MAX + 1 ?
	    (uint64_t)before - ENTRIES_MAX - 1 :
	    0;
	struct line line = { .views = NULL };
	struct record entry;
	enum err err = ERR_OK;

	if (sequence > 0) {
		m->data->has_older = true;
		m->data->older_url = bytes_of(arena_printf(m->page->arena,
		    "%.*s?before=%llu", BYTES_ARG(m->data->ticket.url),
		    (unsigned long long)sequence + 1));
	}
	while (err == ERR_OK) {
		err = timeline_next(
		    m->read->snapshot, m->ticket.id, &sequence, &entry);
		if (err == ERR_OK && (int64_t)sequence >= before)
			break;
		if (err == ERR_OK &&
		    desk_may_see_part(
			m->read->directory, &m->actor, &m->ticket, &entry))
			err = add_view(&line, &context, &entry);
		if (err == ERR_OK)
			err = add_merged(m, &line, &entry);
	}
	m->data->entries = VIEW_LIST_OF(line.views, line.count);
	m->data->seen = bytes_of(
	    arena_printf(m->page->arena, "%llu", (unsigned long long)last));
	m->data->compose->stale_count =
	    (int64_t)(last - m->data->compose->seen);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
fill_person(struct making *m)
{
	const struct person_of of = { .page = m->page,
		.read = m->read,
		.actor = &m->actor,
		.customer = &m->customer,
		.ticket = m->ticket.id,
		.form = &m->data->form,
		.can_note = m->data->can_note };

	return m->has_customer ? person_card_fill(&of, &m->data->person) :
				 ERR_OK;
}

static enum err
fill_canned(struct making *m)
{
	size_t count, n = 0;
	const struct record *const *all = directory_all(
	    m->read->directory, KIND_CANNED, &count);
	struct canned_view *views = arena_array(
	    m->page->arena, struct canned_view, count + 1);

	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (canned_is_for(all[i], &m->actor, &m->ticket))
			views[n++] = (struct canned_view){ (int64_t)all[i]->id,
				record_label(all[i]),
				all[i]->id == m->data->compose->canned };
	m->data->canned = VIEW_LIST_OF(views, n);
	m->data->has_canned = n > 0;
	return ERR_OK;
}

/* Load the ticket, and 404 for what this agent may not see. */
static enum err
load(struct making *m, uint64_t number)
{
	enum err err;

	m->actor = agent_actor(m->page);
	err = page_read(m->page, &m->read);
	if (err == ERR_OK)
		err = record_find(
		    m->read->snapshot, KIND_TICKET, number, &m->ticket);
	if (err == ERR_OK &&
	    !desk_may_see(m->read->directory, &m->actor, &m->ticket))
		err = ERR_NOT_FOUND;
	if (err != ERR_OK)
		return err;
	m->rights = directory_rights(m->read->directory, m->actor.agent,
	    record_ref(&m->ticket, TICKET_QUEUE));
	err = record_find(m->read->snapshot, KIND_CUSTOMER,
	    record_ref(&m->ticket, TICKET_CUSTOMER), &m->customer);
	m->has_customer = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
fill_all(struct making *m)
{
	struct ticket_page *data = m->data;
	enum err err;

	data->can_reply = m->rights & RIGHT_REPLY;
	data->can_note = m->rights & RIGHT_NOTE;
	data->can_assign = m->rights & RIGHT_ASSIGN;
	data->can_manage = m->rights & RIGHT_MANAGE;
	data->back_url = bytes_of(arena_printf(
	    m->page->arena, "%.*s/agent", BYTES_ARG(m->page->root.base)));
	fill_ticket(m);
	err = agent_side_fill(m->page, m->read, BYTES_NONE, &data->side);
	if (err == ERR_OK)
		err = fill_choices(m);
	if (err == ERR_OK)
		err = fill_own(m);
	if (err == ERR_OK)
		err = fill_entries(m);
	if (err == ERR_OK)
		err = fill_person(m);
	if (err == ERR_OK)
		err = fill_canned(m);
	if (err == ERR_OK)
		err = timers_view(
		    m->page, m->read, &m->actor, m->ticket.id, &data->timers);
	data->has_timers = data->timers.count > 0;
	return err == ERR_OK ?
	    offers_view(m->page, m->read, &m->actor, &m->ticket,
		data->ticket.url, &data->offers) :
	    err;
}

/* What was shown has been seen; nothing is lost if noting it fails. */
static void
note_view(struct making *m)
{
	struct act_result result;
	struct act_input input;
	struct why why;

	if (m->data->compose->is_stale)
		return;
	act_input_init(&input, VERB_TICKET_VIEW, KIND_TICKET);
	input.actor = m->actor;
	input.source = SOURCE_AGENT;
	input.subject = m->ticket.id;
	input.entry = (uint64_t)record_int(&m->ticket, TICKET_LAST_ENTRY);
	if (desk_act(m->page->desk, &input, m->page->arena, &result, &why) !=
	    ERR_OK)
		return;
}

int
ticket_show(struct page *page, uint64_t number, struct compose_view *compose,
    int status)
{
	struct making m = { .page = page };
	enum err err;
	int shown;

	m.data = arena_new(page->arena, struct ticket_page);
	if (m.data == NULL)
		return 503;
	m.data->compose = compose;
	if (compose->form.key.len == 0)
		form_begin(page, &compose->form);
	m.data->form = compose->form;
	err = load(&m, number);
	if (err == ERR_OK)
		err = fill_all(&m);
	if (err != ERR_OK)
		return page_status(err);
	page->response->status = status;
	shown = page_show(page, "agent/ticket", &ticket_page_type, m.data);
	note_view(&m);
	return shown;
}

static int
show_ticket(struct page *page)
{
	struct compose_view *compose = arena_new(
	    page->arena, struct compose_view);

	if (compose == NULL)
		return 503;
	return ticket_show(page, ticket_number(page), compose, 200);
}

/* The canned replies for this ticket, filled in, for the browser's script. */
static int
show_canned(struct page *page)
{
	struct making m = { .page = page };
	struct json_writer w = json_writer(&page->response->body);
	const struct record *const *all;
	size_t count;
	enum err err = load(&m, ticket_number(page));

	if (err != ERR_OK)
		return page_status(err);
	struct canned_from from = { .read = m.read,
		.ticket = &m.ticket,
		.customer = m.has_customer ? &m.customer : NULL,
		.agent = directory_find(
		    m.read->directory, KIND_AGENT, m.actor.agent) };
	all = directory_all(m.read->directory, KIND_CANNED, &count);
	json_begin_object(&w);
	json_key(&w, "replies");
	json_begin_list(&w);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct buf text = buf_in(page->arena);

		if (!canned_is_for(all[i], &m.actor, &m.ticket))
			continue;
		err = canned_fill(&text, page->arena, &from,
		    record_text(all[i], CANNED_BODY));
		json_begin_object(&w);
		json_member_int(&w, "id", (int64_t)all[i]->id);
		json_member_text(&w, "title", record_label(all[i]));
		json_member_text(&w, "text", buf_get(&text));
		json_end_object(&w);
	}
	json_end_list(&w);
	json_end_object(&w);
	response_type(page->response, "application/json");
	return page_status(err);
}

/* An attachment of this ticket. */
static int
show_file(struct page *page)
{
	struct making m = { .page = page };
	struct record file;
	int64_t id = 0;
	enum err err = load(&m, ticket_number(page));

	if (err == ERR_OK &&
	    bytes_to_int(request_route(page->request, "id"), &id) != ERR_OK)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = record_find(
		    m.read->snapshot, KIND_FILE, (uint64_t)id, &file);
	if (err == ERR_OK &&
	    !desk_may_see_part(m.read->directory, &m.actor, &m.ticket, &file))
		err = ERR_NOT_FOUND;
	if (err != ERR_OK)
		return page_status(err);
	return upload_send(page, &file);
}

const struct route agent_ticket_routes[] = {
	{ ROUTE_GET, "/agent/t/{number}", ACCESS_AGENT, show_ticket, false },
	{ ROUTE_GET, "/agent/t/{number}/canned", ACCESS_AGENT, show_canned,
	    false },
	{ ROUTE_GET, "/agent/t/{number}/file/{id}/{name}", ACCESS_AGENT,
	    show_file, false },
	{ 0, NULL, 0, NULL, false },
};
