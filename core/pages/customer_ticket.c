/* core/pages/customer_ticket.c - a customer's private page of a ticket: read
 * it, answer, close, rate. Only what is public is ever looked at here.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/model/ticket.h"
#include "core/pages/customer.h"
#include "core/pages/own_fields.h"

#include <stdio.h>

struct talk_entry {
	int64_t id, tone, at_us;
	bool is_mine, is_agent, is_auto, is_event, has_files;
	struct bytes author, initials, body, text;
	struct view_list files;
};

struct ticket_view {
	int64_t number, created_us;
	struct bytes subject, email, queue;
	bool is_open, is_pending, is_closed;
};

struct score {
	int64_t value;
	struct bytes label;
	bool is_chosen;
};

struct rating {
	bool given;
	int64_t score;
	struct bytes comment;
};

#define SCORES 5
#define MERGES_MAX 8 /* one into the other */

struct ticket_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct bytes link, answer_time;
	bool is_new, can_reply, can_close, can_rate, has_facts;
	struct ticket_view ticket;
	struct view_list entries, scores, facts;
	struct rating rating;
	struct score score_rows[SCORES];
};

#define FIELD_(type_, member, name_, how) \
	{ \
		name_, how, offsetof(struct type_, member), NULL, NULL \
	}

static const struct view_field entry_fields[] = {
	FIELD_(talk_entry, id, "id", VIEW_INT),
	FIELD_(talk_entry, tone, "tone", VIEW_INT),
	FIELD_(talk_entry, at_us, "at", VIEW_TIME),
	FIELD_(talk_entry, is_mine, "is_mine", VIEW_BOOL),
	FIELD_(talk_entry, is_agent, "is_agent", VIEW_BOOL),
	FIELD_(talk_entry, is_auto, "is_auto", VIEW_BOOL),
	FIELD_(talk_entry, is_event, "is_event", VIEW_BOOL),
	FIELD_(talk_entry, has_files, "has_files", VIEW_BOOL),
	FIELD_(talk_entry, author, "author", VIEW_TEXT),
	FIELD_(talk_entry, initials, "initials", VIEW_TEXT),
	FIELD_(talk_entry, body, "body", VIEW_HTML),
	FIELD_(talk_entry, text, "text", VIEW_TEXT),
	{ "files", VIEW_LIST, offsetof(struct talk_entry, files),
	    &file_view_type, NULL },
	{ .name = NULL },
};
static const struct view_type entry_type = { "entry", entry_fields, NULL,
	NULL };

static const struct view_field ticket_fields[] = {
	FIELD_(ticket_view, number, "number", VIEW_INT),
	FIELD_(ticket_view, created_us, "created", VIEW_TIME),
	FIELD_(ticket_view, subject, "subject", VIEW_TEXT),
	FIELD_(ticket_view, email, "email", VIEW_TEXT),
	FIELD_(ticket_view, queue, "queue", VIEW_TEXT),
	FIELD_(ticket_view, is_open, "is_open", VIEW_BOOL),
	FIELD_(ticket_view, is_pending, "is_pending", VIEW_BOOL),
	FIELD_(ticket_view, is_closed, "is_closed", VIEW_BOOL),
	{ .name = NULL },
};
static const struct view_type ticket_type = { "ticket", ticket_fields, NULL,
	NULL };

static const struct view_field score_fields[] = {
	FIELD_(score, value, "value", VIEW_INT),
	FIELD_(score, label, "label", VIEW_TEXT),
	FIELD_(score, is_chosen, "is_chosen", VIEW_BOOL),
	{ .name = NULL },
};
static const struct view_type score_type = { "score", score_fields, NULL,
	NULL };

static const struct view_field rating_fields[] = {
	FIELD_(rating, given, "given", VIEW_BOOL),
	FIELD_(rating, score, "score", VIEW_INT),
	FIELD_(rating, comment, "comment", VIEW_TEXT),
	{ .name = NULL },
};
static const struct view_type rating_type = { "rating", rating_fields, NULL,
	NULL };

static const struct view_field page_fields[] = {
	FORM_FIELDS(struct ticket_page, form),
	FIELD_(ticket_page, link, "link", VIEW_TEXT),
	FIELD_(ticket_page, answer_time, "answer_time", VIEW_TEXT),
	FIELD_(ticket_page, is_new, "is_new", VIEW_BOOL),
	FIELD_(ticket_page, can_reply, "can_reply", VIEW_BOOL),
	FIELD_(ticket_page, can_close, "can_close", VIEW_BOOL),
	FIELD_(ticket_page, can_rate, "can_rate", VIEW_BOOL),
	FIELD_(ticket_page, has_facts, "has_facts", VIEW_BOOL),
	{ "facts", VIEW_LIST, offsetof(struct ticket_page, facts),
	    &own_fact_type, NULL },
	{ "ticket", VIEW_INSIDE, offsetof(struct ticket_page, ticket),
	    &ticket_type, NULL },
	{ "entries", VIEW_LIST, offsetof(struct ticket_page, entries),
	    &entry_type, NULL },
	{ "scores", VIEW_LIST, offsetof(struct ticket_page, scores),
	    &score_type, NULL },
	{ "rating", VIEW_INSIDE, offsetof(struct ticket_page, rating),
	    &rating_type, NULL },
	{ .name = NULL },
};
static const struct view_type page_type = { "customer's ticket", page_fields,
	NULL, NULL };
#undef FIELD_

/* A private link that stands somewhere on the web is none for search
 * engines. */
static void
hide_from_robots(struct page *page)
{
	if (response_header(page->response, "X-Robots-Tag", BYTES("noindex")) !=
	    ERR_OK)
		page->response->is_failed = true;
}

/* One that was merged leads to the ticket that goes on, which is the same
 * customer's: by a link that was mailed to him. The one that the form gave to
 * whoever typed his address shows nothing but what was typed there. */
static void
follow_merges(const struct site_read *read, struct record *ticket)
{
	struct record into;

	for (int i = 0; i < MERGES_MAX; i++) {
		if (!record_has(ticket, TICKET_MERGED_INTO) ||
		    record_find(read->snapshot, KIND_TICKET,
			record_ref(ticket, TICKET_MERGED_INTO),
			&into) != ERR_OK ||
		    record_ref(&into, TICKET_CUSTOMER) !=
			record_ref(ticket, TICKET_CUSTOMER) ||
		    record_int(&into, TICKET_PLACE) != PLACE_DESK)
			return;
		*ticket = into;
	}
}

/* The ticket whose link is in the path, and who holds it; 404 for whatever is
 * none now. <is_own>: that very one, wherever it was merged into. */
static int
find_linked(struct page *page, struct site_read **read, bool is_own,
    struct record *ticket, struct actor *holder)
{
	bool is_mailed = false;
	enum err err = page_read(page, read);

	if (err == ERR_OK)
		err = token_find_link(*read,
		    request_route(page->request, "token"), ticket, &is_mailed);
	if (err == ERR_OK && !is_own && is_mailed)
		follow_merges(*read, ticket);
	if (err == ERR_OK)
		*holder = (struct actor){ .kind = BY_CUSTOMER,
			.customer = record_ref(ticket, TICKET_CUSTOMER),
			.ticket = ticket->id,
			.is_proved = is_mailed };
	return page_status(err);
}

static int
find_held(struct page *page, struct site_read **read, struct record *ticket,
    struct actor *holder)
{
	return find_linked(page, read, false, ticket, holder);
}

static int
find_ticket(struct page *page, struct site_read **read, struct record *ticket)
{
	struct actor holder;

	return find_held(page, read, ticket, &holder);
}

/* --- showing --- */

static struct bytes
brand_name(const struct page *page)
{
	return page->root.brand != NULL ? page->root.brand->name :
					  page->root.site_name;
}

/* Who wrote it, as the customer may know: agents by their name, what scripts
 * and the desk itself say by the brand's. */
static void
sign(struct page *page, const struct site_read *read,
    const struct record *entry, const struct record *customer,
    struct talk_entry *out)
{
	enum actor_kind by = (enum actor_kind)record_int(entry, ENTRY_BY);
	const struct record *agent = directory_find(
	    read->directory, KIND_AGENT, record_ref(entry, ENTRY_AGENT));

	out->is_mine = by == BY_CUSTOMER;
	out->is_agent = by == BY_AGENT;
	out->is_auto = by == BY_SCRIPT || by == BY_SYSTEM;
	if (out->is_mine && customer != NULL) {
		out->author = record_label(customer);
		out->tone = person_tone(customer->id);
	} else if (out->is_agent && agent != NULL) {
		out->author = record_label(agent);
		out->tone = person_tone(agent->id);
	} else {
		out->author = brand_name(page);
	}
	out->initials = person_initials(page->arena, out->author);
}

/* What was said, as it is collected. */
struct talk {
	struct page *page;
	struct site_read *read;
	const struct record *customer;
	bool is_mailed; /* by a link that only the customer's mail has */
	struct talk_entry *entries;
	size_t count, cap;
};

static enum err
add_entry(struct talk *talk, const struct record *entry, struct bytes link,
    bool is_merged)
{
	struct talk_entry *out;
	enum err err;

	if (talk->count == talk->cap) {
		size_t more = 2 * talk->cap + 8;

		talk->entries = arena_grow(talk->page->arena, talk->entries,
		    talk->cap * sizeof *out, more * sizeof *out);
		if (talk->entries == NULL)
			return ERR_NOMEM;
		talk->cap = more;
	}
	out = &talk->entries[talk->count];
	memset(out, 0, sizeof *out);
	/* its place in the page: those of other tickets have their own */
	out->id = is_merged ? (int64_t)entry->id :
			      (int64_t)entry_sequence(entry->id);
	out->at_us = record_int(entry, ENTRY_AT);
	sign(talk->page, talk->read, entry, talk->customer, out);
	err = entry_html(talk->page, talk->read->snapshot, entry, &out->body);
	if (err == ERR_OK)
		err = files_view(
		    talk->page, talk->read->snapshot, entry, link, &out->files);
	out->has_files = out->files.count > 0;
	talk->count++;
	return err;
}

/* The replies of <ticket>, and where one was merged into it, that one's. */
static enum err
add_entries(struct talk *talk, const struct record *ticket, struct bytes link,
    int depth)
{
	uint64_t sequence = 0;
	struct record entry, merged;
	enum err err;

	while ((err = timeline_next(talk->read->snapshot, ticket->id, &sequence,
		    &entry)) == ERR_OK) {
		if (record_int(&entry, ENTRY_TYPE) == ENTRY_IS_REPLY)
			err = add_entry(talk, &entry, link, depth > 0);
		else if (talk->is_mailed && depth < MERGES_MAX &&
		    timeline_merged(talk->read->snapshot, ticket, &entry,
			&merged) == ERR_OK)
			err = add_entries(talk, &merged,
			    token_url(talk->read->site, talk->read->directory,
				&merged, talk->page->arena),
			    depth + 1);
		if (err != ERR_OK)
			return err;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
fill_entries(struct page *page, struct site_read *read,
    const struct record *ticket, const struct record *customer,
    struct ticket_page *data)
{
	struct talk talk = { .page = page, .read = read, .customer = customer };
	struct record own;
	enum err err = token_find_link(
	    read, request_route(page->request, "token"), &own, &talk.is_mailed);

	if (err == ERR_OK)
		err = add_entries(&talk, ticket, data->link, 0);
	data->entries = VIEW_LIST_OF(talk.entries, talk.count);
	return err;
}

static void
fill_rating(
    struct page *page, const struct record *ticket, struct ticket_page *data)
{
	static const char *const labels[SCORES] = { N_("Very good"), N_("Good"),
		N_("Fair"), N_("Poor"), N_("Bad") };
	int64_t score = record_int(ticket, TICKET_RATING);

	data->rating.given = score > 0;
	data->rating.score = score;
	data->rating.comment = params_get(&data->form.values, "comment");
	if (data->rating.comment.len == 0)
		data->rating.comment = record_text(
		    ticket, TICKET_RATING_COMMENT);
	if (score == 0) /* from the face in a survey's mail; not saved */
		score = params_int(&page->request->query, "score", 0);
	for (int i = 0; i < SCORES; i++)
		data->score_rows[i] = (struct score){ .value = SCORES - i,
			.label = bytes_of(page_tr(page, labels[i])),
			.is_chosen = score == SCORES - i };
	data->scores = VIEW_LIST_OF(data->score_rows, SCORES);
}

/* What was answered to the form's own questions, and what agents let the
 * customer see besides. */
static enum err
fill_facts(struct page *page, struct site_read *read,
    const struct record *ticket, struct ticket_page *data)
{
	struct own_fields_of of = own_fields_beside(read->directory, ticket, 0);
	enum err err;

	of.is_public = true;
	err = own_facts_view(page, &of, &data->facts);
	data->has_facts = data->facts.count > 0;
	return err;
}

static enum err
fill_page(struct page *page, struct site_read *read,
    const struct record *ticket, struct ticket_page *data)
{
	const struct record *queue = directory_find(
	    read->directory, KIND_QUEUE, record_ref(ticket, TICKET_QUEUE));
	enum ticket_state state = ticket_state(ticket);
	struct record customer;
	bool has_customer;
	enum err err;

	err = record_find(read->snapshot, KIND_CUSTOMER,
	    record_ref(ticket, TICKET_CUSTOMER), &customer);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	has_customer = err == ERR_OK;
	data->ticket = (struct ticket_view){ .number = (int64_t)ticket->id,
		.created_us = record_int(ticket, TICKET_CREATED),
		.subject = record_text(ticket, TICKET_SUBJECT),
		.email = has_customer ? record_text(&customer, CUSTOMER_EMAIL) :
					BYTES_NONE,
		.queue = queue != NULL ? record_label(queue) : BYTES_NONE,
		.is_pending = state == STATE_PENDING,
		.is_closed = state == STATE_CLOSED || state == STATE_TRASH };
	data->ticket.is_open = !data->ticket.is_pending &&
	    !data->ticket.is_closed;
	data->can_reply = state != STATE_TRASH;
	data->can_close = data->can_reply && !data->ticket.is_closed;
	data->can_rate = data->can_reply &&
	    (data->ticket.is_closed || record_has(ticket, TICKET_RATING) ||
		record_has(ticket, TICKET_SURVEYED_AT));
	data->is_new = params_has(&page->request->query, "new");
	fill_rating(page, ticket, data);
	err = fill_facts(page, read, ticket, data);
	return err == ERR_OK ? fill_entries(page, read, ticket,
				   has_customer ? &customer : NULL, data) :
			       err;
}

static int
show(struct page *page, struct site_read *read, const struct record *ticket,
    struct ticket_page *data, int status)
{
	struct buf link = buf_in(page->arena);
	enum err err;

	buf_bytes(&link, page->root.base);
	buf_text(&link, "/t/");
	buf_bytes(&link, request_route(page->request, "token"));
	if (link.failed)
		return 503;
	data->link = buf_get(&link);
	err = fill_page(page, read, ticket, data);
	if (err != ERR_OK)
		return page_status(err);
	page->response->status = status;
	hide_from_robots(page);
	return page_show(page, "customer/ticket", &page_type, data);
}

static int
get_ticket(struct page *page)
{
	struct ticket_page *data = arena_new(page->arena, struct ticket_page);
	struct site_read *read;
	struct record ticket;
	int status = find_ticket(page, &read, &ticket);

	if (status != 0)
		return status;
	if (data == NULL)
		return 503;
	form_begin(page, &data->form);
	return show(page, read, &ticket, data, 200);
}

/* --- acting --- */

static int
back(struct page *page, const char *where)
{
	return page_redirect(page, "/t/%.*s%s",
	    BYTES_ARG(request_route(page->request, "token")), where);
}

/* After an act: back to the page, or the page again with what is wrong. */
static int
finish(struct page *page, struct act_input *input, const struct form *form,
    const struct uploads *uploads)
{
	struct ticket_page *data = arena_new(page->arena, struct ticket_page);
	struct act_result result = { .ticket = 0 };
	struct site_read *read;
	struct record ticket;
	char where[32];
	int status;
	enum err err;

	page_read_end(page);
	err = desk_act(page->desk, input, page->arena, &result, &page->why);
	if (err == ERR_OK && result.ticket != input->subject) {
		/* a script had the message begin a new ticket */
		status = find_ticket(page, &read, &ticket);
		if (status == 0 &&
		    record_find(read->snapshot, KIND_TICKET, result.ticket,
			&ticket) == ERR_OK) {
			char token[TOKEN_TEXT_SIZE];

			token_make(page->desk, &ticket, TOKEN_LINK, token);
			return page_redirect(page, "/t/%s?new=1", token);
		}
	}
	if (err == ERR_OK) {
		snprintf(where, sizeof where, "#e%llu",
		    (unsigned long long)result.entry);
		return back(page, result.entry > 0 ? where : "");
	}
	if (err == ERR_NOT_FOUND || data == NULL)
		return page_status(err);
	form_again(page, &data->form, form, uploads);
	problems_result(page, &data->form.problems, &result, &page->why);
	status = find_ticket(page, &read, &ticket);
	if (status != 0)
		return status;
	return show(page, read, &ticket, data, form_status(page, err));
}

static int
show_problem(struct page *page, const struct form *form,
    const struct uploads *uploads, const struct why *why, int shown_status)
{
	struct ticket_page *data = arena_new(page->arena, struct ticket_page);
	struct site_read *read;
	struct record ticket;
	int status = find_ticket(page, &read, &ticket);

	if (status != 0 || data == NULL)
		return status != 0 ? status : 503;
	form_again(page, &data->form, form, uploads);
	if (why != NULL)
		problems_why(page, &data->form.problems, why);
	return show(page, read, &ticket, data, shown_status);
}

static int
post_reply(struct page *page)
{
	struct uploads *uploads = arena_new(page->arena, struct uploads);
	struct act_input *input = arena_new(page->arena, struct act_input);
	bool is_limited = page_limited(page, &limit_forms, BYTES_NONE) > 0;
	struct site_read *read;
	struct record ticket;
	struct actor actor;
	struct form form;
	int status = find_held(page, &read, &ticket, &actor);

	if (status != 0)
		return status;
	if (uploads == NULL || input == NULL)
		return 503;
	status = upload_read(page, &actor, !is_limited, &form, uploads);
	if (status != 0)
		return status;
	if (is_limited) {
		struct why why;

		(void)why_set(&why, ERR_LIMIT, NULL,
		    N_("Too many messages in a short time. "
		       "Please wait a minute and send it again."),
		    0, NULL);
		return show_problem(page, &form, uploads, &why, 429);
	}
	if (form_get(&form, "remove").len > 0)
		return show_problem(page, &form, uploads, NULL, 200);
	if (uploads->err != ERR_OK)
		return show_problem(page, &form, uploads, &uploads->why,
		    uploads_status(page, uploads));
	page_input(page, input, VERB_REPLY_ADD, KIND_TICKET, &actor, &form);
	input->subject = ticket.id;
	input->body = form_get(&form, "body");
	input->format = FORMAT_TEXT;
	upload_attach(uploads, input);
	return finish(page, input, &form, uploads);
}

/* The short forms of the page: their fields, and who sent them. */
static int
read_short(struct page *page, struct form *form, struct record *ticket,
    struct actor *actor)
{
	struct site_read *read;
	int status = find_held(page, &read, ticket, actor);

	if (status != 0)
		return status;
	page_read_end(page);
	if (page_limited(page, &limit_forms, BYTES_NONE) > 0)
		return 429;
	return form_read(
	    page->request, &form_limits_default, NULL, form, &page->why);
}

static int
set_status(struct page *page, enum ticket_status ticket_status)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct record ticket;
	struct actor actor;
	struct form form;
	int status = read_short(page, &form, &ticket, &actor);

	if (status != 0 || input == NULL)
		return status != 0 ? status : 503;
	page_input(page, input, VERB_TICKET_UPDATE, KIND_TICKET, &actor, &form);
	input->subject = ticket.id;
	if (ticket_status ==
	    STATUS_OPEN) /* the first word: set means cleared */
		input->cleared = UINT64_C(1) << TICKET_STATUS;
	else
		record_set_int(&input->fields, TICKET_STATUS, ticket_status);
	return finish(page, input, &form, NULL);
}

static int
post_close(struct page *page)
{
	return set_status(page, STATUS_CLOSED);
}

static int
post_reopen(struct page *page)
{
	return set_status(page, STATUS_OPEN);
}

static int
post_rate(struct page *page)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct record ticket;
	struct actor actor;
	struct form form;
	int status = read_short(page, &form, &ticket, &actor);

	if (status != 0 || input == NULL)
		return status != 0 ? status : 503;
	page_input(page, input, VERB_TICKET_RATE, KIND_TICKET, &actor, &form);
	input->subject = ticket.id;
	input->rating = params_int(&form.fields, "score", 0);
	input->body = form_get(&form, "comment");
	return finish(page, input, &form, NULL);
}

/* --- files --- */

static int
get_file(struct page *page)
{
	struct site_read *read;
	struct record ticket, file;
	struct actor holder;
	int64_t id;
	int status = find_linked(page, &read, true, &ticket, &holder);
	enum err err;

	if (status != 0)
		return status;
	if (bytes_to_int(request_route(page->request, "id"), &id) != ERR_OK ||
	    id <= 0)
		return 404;
	err = record_find(read->snapshot, KIND_FILE, (uint64_t)id, &file);
	if (err != ERR_OK)
		return page_status(err);
	if (!desk_may_see_part(read->directory, &holder, &ticket, &file))
		return 404;
	hide_from_robots(page);
	return upload_send(page, &file);
}

const struct route customer_ticket_routes[] = {
	{ ROUTE_GET, "/t/{token}", ACCESS_PUBLIC, get_ticket, false },
	{ ROUTE_POST, "/t/{token}/reply", ACCESS_PUBLIC, post_reply, true },
	{ ROUTE_POST, "/t/{token}/close", ACCESS_PUBLIC, post_close, true },
	{ ROUTE_POST, "/t/{token}/reopen", ACCESS_PUBLIC, post_reopen, true },
	{ ROUTE_POST, "/t/{token}/rate", ACCESS_PUBLIC, post_rate, true },
	{ ROUTE_GET, "/t/{token}/file/{id}/{name}", ACCESS_PUBLIC, get_file,
	    false },
	{ .pattern = NULL },
};
