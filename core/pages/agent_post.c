/* core/pages/agent_post.c - what agents do with a ticket: POST /agent/t/... */
#include "config.h"
#include "core/pages/agent_post.h"
#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/desk/canned.h"
#include "core/pages/agent_ticket.h"
#include "core/pages/own_fields.h"

/* A post about a ticket: its form, its act, and what comes of it. */
struct posting {
	struct page *page;
	uint64_t number;
	struct actor actor;
	struct form form;
	struct uploads uploads;
	struct act_input input;
	struct act_result result;
	struct compose_view *compose;
};

/* Read the form. 0 or the status to answer. */
static int
begin(struct posting *p, struct page *page, enum verb verb, bool has_files)
{
	int status;

	memset(p, 0, sizeof *p);
	p->page = page;
	p->number = ticket_number(page);
	p->actor = agent_actor(page);
	p->compose = arena_new(page->arena, struct compose_view);
	if (p->compose == NULL)
		return 503;
	status = has_files ?
	    upload_read(page, &p->actor, true, &p->form, &p->uploads) :
	    form_read(page->request, &form_limits_default, NULL, &p->form,
		&page->why);
	if (status != 0)
		return status;
	page_input(page, &p->input, verb, KIND_TICKET, &p->actor, &p->form);
	p->input.source = SOURCE_AGENT;
	p->input.subject = p->number;
	p->input.seen = (uint64_t)params_int(&p->form.fields, "seen", 0);
	return 0;
}

/* The act was refused: the page again, with everything typed. */
static int
again(struct posting *p, enum err err)
{
	struct compose_view *compose = p->compose;

	form_again(p->page, &compose->form, &p->form, &p->uploads);
	compose->seen = p->input.seen;
	compose->canned = p->input.canned;
	compose->is_stale = err == ERR_STALE;
	if (err != ERR_STALE && compose->form.problems.count == 0)
		problems_result(p->page, &compose->form.problems, &p->result,
		    &p->page->why);
	return ticket_show(p->page, p->number, compose,
	    err == ERR_STALE ? 409 : form_status(p->page, err));
}

/* Do it, and go on to the ticket or show what is wrong. */
static int
finish(struct posting *p, const char *flash)
{
	enum err err = desk_act(p->page->desk, &p->input, p->page->arena,
	    &p->result, &p->page->why);

	if (err == ERR_NOT_FOUND || err == ERR_DENIED)
		return page_status(err);
	if (err != ERR_OK)
		return again(p, err);
	if (flash != NULL)
		page_flash(p->page, "ok", page_tr(p->page, flash));
	return page_redirect(
	    p->page, "/agent/t/%llu", (unsigned long long)p->number);
}

/* A canned reply's text, filled in for this ticket. */
static enum err
fill_canned(struct posting *p, struct bytes *out)
{
	struct buf text = buf_in(p->page->arena);
	const struct record *canned;
	struct canned_from from;
	struct record ticket, customer;
	struct site_read *read;
	enum err err = page_read(p->page, &read);

	if (err == ERR_OK)
		err = record_find(
		    read->snapshot, KIND_TICKET, p->number, &ticket);
	if (err == ERR_OK && !desk_may_see(read->directory, &p->actor, &ticket))
		err = ERR_NOT_FOUND;
	if (err != ERR_OK)
		return err;
	canned = directory_find(read->directory, KIND_CANNED, p->input.canned);
	if (canned == NULL || !canned_is_for(canned, &p->actor, &ticket)) {
		p->input.canned = 0;
		return ERR_OK;
	}
	from = (struct canned_from){ .read = read,
		.ticket = &ticket,
		.agent = directory_find(
		    read->directory, KIND_AGENT, p->actor.agent) };
	if (record_find(read->snapshot, KIND_CUSTOMER,
		record_ref(&ticket, TICKET_CUSTOMER), &customer) == ERR_OK)
		from.customer = &customer;
	err = canned_fill(
	    &text, p->page->arena, &from, record_text(canned, CANNED_BODY));
	*out = buf_get(&text);
	return err;
}

static int
post_reply(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	struct bytes canned = BYTES_NONE;
	enum err err = ERR_OK;
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_REPLY_ADD, true);
	if (status != 0)
		return status;
	p->input.body = form_get(&p->form, "body");
	p->input.format = FORMAT_MARKDOWN;
	p->input.canned = (uint64_t)params_int(&p->form.fields, "canned", 0);
	upload_attach(&p->uploads, &p->input);
	if (p->input.canned != 0)
		err = fill_canned(p, &canned);
	page_read_end(page);
	if (err != ERR_OK)
		return page_status(err);
	if (bytes_trim(p->input.body).len == 0)
		p->input.body = canned;
	else if (params_has(&p->form.fields, "insert"))
		p->input.body = bytes_of(
		    arena_printf(page->arena, "%.*s\n\n%.*s",
			BYTES_ARG(p->input.body), BYTES_ARG(canned)));
	p->compose->body = p->input.body;
	if (params_has(&p->form.fields, "insert")) {
		form_again(page, &p->compose->form, &p->form, &p->uploads);
		p->compose->canned = p->input.canned;
		return ticket_show(page, p->number, p->compose, 200);
	}
	if (p->uploads.err != ERR_OK) {
		page->why = p->uploads.why;
		return again(p, ERR_INVALID);
	}
	if (bytes_is(form_get(&p->form, "then"), "close"))
		record_set_int(&p->input.fields, TICKET_STATUS, STATUS_CLOSED);
	return finish(p,
	    record_has(&p->input.fields, TICKET_STATUS) ?
		N_("The reply was sent, and the ticket is closed.") :
		N_("The reply was sent."));
}

static int
post_note(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_NOTE_ADD, false);
	if (status != 0)
		return status;
	p->input.body = form_get(&p->form, "body");
	p->input.format = FORMAT_MARKDOWN;
	p->input.seen = 0;
	p->compose->note = p->input.body;
	p->compose->is_note = true;
	return finish(p, N_("The note was added."));
}

/* The tags field holds all tags: those that are new or gone are the act. */
static enum err
read_tags(struct posting *p, const struct record *ticket, struct bytes typed)
{
	struct bytes old = record_text(ticket, TICKET_TAGS), item;
	struct buf now = buf_in(p->page->arena);

	while (typed.len > 0) {
		item = bytes_trim(bytes_split(&typed, ','));
		if (item.len == 0)
			continue;
		list_add_text(&now, item);
		if (!list_has_text(old, item) &&
		    p->input.tag_count < ACT_TAGS_MAX)
			p->input.tags[p->input.tag_count++] = item;
	}
	if (now.failed)
		return ERR_NOMEM;
	while (list_next_text(&old, &item))
		if (!list_has_text(buf_get(&now), item) &&
		    p->input.untag_count < ACT_TAGS_MAX)
			p->input.untags[p->input.untag_count++] = item;
	return ERR_OK;
}

static enum err
read_own(struct posting *p, const struct site_read *read,
    const struct record *ticket)
{
	const struct own_fields_of of = own_fields_beside(
	    read->directory, ticket, record_ref(ticket, TICKET_QUEUE));
	struct problems *problems = &p->compose->form.problems;
	enum err err = own_fields_read(
	    p->page, &of, &p->form.fields, &p->input, TICKET_FIELDS, problems);

	return err == ERR_OK && problems->count > 0 ? ERR_INVALID : err;
}

/* Fields that differ from the ticket's become the act's; a browser sends them
 * all. */
static enum err
read_fields(struct posting *p, const struct site_read *read,
    const struct record *ticket)
{
	static const int slots[] = { TICKET_SUBJECT, TICKET_QUEUE,
		TICKET_STATUS, TICKET_PRIORITY, TICKET_PLACE, TICKET_DUE };
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof slots / sizeof *slots;
	     i++) {
		const char *name = ticket->kind->fields[slots[i]].name;

		if (!params_has(&p->form.fields, name))
			continue;
		err = act_input_text(&p->input, slots[i],
		    form_get(&p->form, name), read->directory, p->page->arena,
		    &p->page->why);
		if (err == ERR_OK &&
		    record_same(&p->input.fields, ticket, slots[i])) {
			record_clear(&p->input.fields, slots[i]);
			p->input.cleared &= ~(UINT64_C(1) << slots[i]);
		}
	}
	if (err == ERR_OK && params_has(&p->form.fields, "tags"))
		err = read_tags(p, ticket, form_get(&p->form, "tags"));
	return err == ERR_OK ? read_own(p, read, ticket) : err;
}

/* The owner is an act of its own: scripts have a say in it. */
static enum err
set_owner(struct posting *p, const struct directory *directory,
    const struct record *ticket)
{
	struct bytes login = form_line(&p->form, "owner");
	const struct record *agent = directory_find_key(
	    directory, KIND_AGENT, login);
	struct act_input input = p->input;
	uint64_t id = agent != NULL ? agent->id : 0;

	if (!params_has(&p->form.fields, "owner") ||
	    id == record_ref(ticket, TICKET_OWNER))
		return ERR_OK;
	input.verb = VERB_TICKET_ASSIGN;
	input.agent = id;
	input.seen = 0;
	return desk_act(
	    p->page->desk, &input, p->page->arena, &p->result, &p->page->why);
}

static int
post_set(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	struct directory *directory;
	struct record ticket;
	struct site_read *read;
	enum err err;
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_TICKET_UPDATE, false);
	if (status != 0)
		return status;
	p->compose->is_props = params_has(&p->form.fields, "tags");
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = record_find(
		    read->snapshot, KIND_TICKET, p->number, &ticket);
	if (err == ERR_OK && !desk_may_see(read->directory, &p->actor, &ticket))
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = read_fields(p, read, &ticket);
	if (err == ERR_NOT_FOUND)
		return 404;
	if (err != ERR_OK)
		return again(p, err);
	directory = directory_ref(read->directory);
	err = set_owner(p, directory, &ticket);
	directory_unref(directory);
	page_read_end(page);
	if (err == ERR_DENIED || err == ERR_NOT_FOUND)
		return page_status(err);
	if (err != ERR_OK)
		return again(p, err);
	return finish(p, NULL);
}

static int
post_undo(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_TICKET_UNDO, false);
	if (status != 0)
		return status;
	p->input.entry = (uint64_t)params_int(&p->form.fields, "entry", 0);
	p->input.seen = 0;
	status = finish(p, NULL);
	if (status == 303)
		page_flash(page, p->result.left == NULL ? "ok" : "warn",
		    arena_printf(page->arena, "%s %.*s",
			page_tr(page, N_("The change was taken back.")),
			BYTES_ARG(undo_left(page, p->result.left))));
	return status;
}

static int
post_resend(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_MAIL_RESEND, false);
	if (status != 0)
		return status;
	p->input.entry = (uint64_t)params_int(&p->form.fields, "entry", 0);
	p->input.seen = 0;
	return finish(p, N_("The mail will be sent again."));
}

/* The private links given out so far lead nowhere from now on. */
static int
post_revoke(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_TICKET_LINKS_REVOKE, false);
	return status != 0 ?
	    status :
	    finish(p, N_("The links given out so far no longer work."));
}

/* It goes on in another ticket of the same customer. */
static int
post_merge(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	struct bytes into;
	int64_t number = 0;
	enum err err;
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_TICKET_MERGE, false);
	if (status != 0)
		return status;
	into = form_line(&p->form, "into");
	if (into.len > 0 && into.at[0] == '#')
		into = (struct bytes){ into.at + 1, into.len - 1 };
	if (bytes_to_int(into, &number) == ERR_OK && number > 0)
		p->input.into = (uint64_t)number;
	err = desk_act(
	    page->desk, &p->input, page->arena, &p->result, &page->why);
	if (err == ERR_NOT_FOUND || err == ERR_DENIED)
		return page_status(err);
	if (err != ERR_OK)
		return again(p, err);
	page_flash(page, "ok",
	    page_tr(page, N_("Merged: this is the ticket that goes on.")));
	return page_redirect(
	    page, "/agent/t/%llu", (unsigned long long)p->input.into);
}

static int
post_remove(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	enum err err;
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_TICKET_REMOVE, false);
	if (status != 0)
		return status;
	err = desk_act(
	    page->desk, &p->input, page->arena, &p->result, &page->why);
	if (err != ERR_OK)
		return page_status(err);
	page_flash(page, "ok", page_tr(page, N_("The ticket is gone.")));
	return page_redirect(page, "/agent");
}

/* What a form says of a customer. */
static enum err
read_customer(struct posting *p, const struct site_read *read)
{
	static const struct {
		const char *name;
		int slot;
	} fields[] = { { "note", CUSTOMER_NOTES },
		{ "verified", CUSTOMER_VERIFIED } };
	struct problems *problems = &p->compose->form.problems;
	struct own_fields_of of;
	struct record customer;
	enum err err = record_find(
	    read->snapshot, KIND_CUSTOMER, p->input.subject, &customer);

	for (size_t i = 0; err == ERR_OK && i < sizeof fields / sizeof *fields;
	     i++)
		if (params_has(&p->form.fields, fields[i].name))
			err = act_input_text(&p->input, fields[i].slot,
			    form_get(&p->form, fields[i].name), read->directory,
			    p->page->arena, &p->page->why);
	if (err != ERR_OK)
		return err;
	of = own_fields_beside(read->directory, &customer, 0);
	err = own_fields_read(p->page, &of, &p->form.fields, &p->input,
	    CUSTOMER_FIELDS, problems);
	return err == ERR_OK && problems->count > 0 ? ERR_INVALID : err;
}

/* What agents may say of a customer beside his ticket. */
static int
post_customer(struct page *page)
{
	struct posting *p = arena_new(page->arena, struct posting);
	struct site_read *read;
	struct bytes back;
	enum err err;
	int status;

	if (p == NULL)
		return 503;
	status = begin(p, page, VERB_CUSTOMER_UPDATE, false);
	if (status != 0)
		return status;
	page_input(page, &p->input, VERB_CUSTOMER_UPDATE, KIND_CUSTOMER,
	    &p->actor, &p->form);
	p->input.source = SOURCE_AGENT;
	p->input.subject = ticket_number(page);
	p->number = (uint64_t)params_int(&p->form.fields, "ticket", 0);
	back = agent_back(page, form_get(&p->form, "back"), "/agent");
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = read_customer(p, read);
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(
		    page->desk, &p->input, page->arena, &p->result, &page->why);
	if (err == ERR_INVALID || err == ERR_REFUSED)
		return again(p, err);
	if (err != ERR_OK)
		return page_status(err);
	page_flash(page, "ok", page_tr(page, N_("The customer was saved.")));
	return page_redirect(page, "%.*s", BYTES_ARG(back));
}

const struct route agent_post_routes[] = {
	{ ROUTE_POST, "/agent/t/{number}/reply", ACCESS_AGENT, post_reply,
	    false },
	{ ROUTE_POST, "/agent/t/{number}/note", ACCESS_AGENT, post_note,
	    false },
	{ ROUTE_POST, "/agent/t/{number}/set", ACCESS_AGENT, post_set, false },
	{ ROUTE_POST, "/agent/t/{number}/undo", ACCESS_AGENT, post_undo,
	    false },
	{ ROUTE_POST, "/agent/t/{number}/resend", ACCESS_AGENT, post_resend,
	    false },
	{ ROUTE_POST, "/agent/t/{number}/remove", ACCESS_AGENT, post_remove,
	    false },
	{ ROUTE_POST, "/agent/t/{number}/merge", ACCESS_AGENT, post_merge,
	    false },
	{ ROUTE_POST, "/agent/t/{number}/revoke", ACCESS_AGENT, post_revoke,
	    false },
	{ ROUTE_POST, "/agent/customer/{number}/note", ACCESS_AGENT,
	    post_customer, false },
	{ 0, NULL, 0, NULL, false },
};
