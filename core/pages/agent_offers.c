/* core/pages/agent_offers.c - what scripts offer beside a ticket: the buttons
 * and panels of its page; /agent/t/NUMBER/action/NAME, which asks what an
 * action wants to know and runs it; /agent/t/NUMBER/panel/NAME. */
#include "config.h"
#include "core/pages/agent_offers.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/offer.h"
#include "core/model/ticket.h"
#include "core/pages/agent_ask.h"
#include "core/pages/agent_ticket.h"

#define PANEL_CACHE "private, max-age=10"

struct action_view {
	struct bytes url, label, icon, key;
	bool is_asking;
};

struct panel_view {
	struct bytes url, title;
};

static const struct view_field action_fields[] = {
	VIEW_FIELD(struct action_view, url, VIEW_TEXT),
	VIEW_FIELD(struct action_view, label, VIEW_TEXT),
	VIEW_FIELD(struct action_view, icon, VIEW_TEXT),
	{ "shortcut", VIEW_TEXT, offsetof(struct action_view, key), NULL,
	    NULL },
	VIEW_FIELD(struct action_view, is_asking, VIEW_BOOL),
	{ .name = NULL },
};
const struct view_type action_view_type = { "action", action_fields, NULL,
	NULL };

static const struct view_field panel_fields[] = {
	{ "url", VIEW_TEXT, offsetof(struct panel_view, url), NULL, NULL },
	{ "title", VIEW_TEXT, offsetof(struct panel_view, title), NULL, NULL },
	{ .name = NULL },
};
const struct view_type panel_view_type = { "panel", panel_fields, NULL, NULL };

/* --- beside the ticket --- */

/* "/agent/t/7/action/refunds/refund" */
static struct bytes
offer_url(struct page *page, struct bytes ticket, const char *what,
    const struct script_handler *handler)
{
	struct buf url = buf_in(page->arena);

	buf_printf(&url, "%.*s/%s/", BYTES_ARG(ticket), what);
	url_encode(&url, handler->file);
	buf_char(&url, '/');
	url_encode(&url, handler->name);
	return url.failed ? BYTES_NONE : buf_get(&url);
}

/* The words of shipped scripts are translated. A copy: the set may go. */
static struct bytes
words(struct page *page, struct bytes text)
{
	const char *copy = arena_copy(page->arena, text.at, text.len);

	return copy != NULL ? bytes_of(page_tr(page, copy)) : BYTES_NONE;
}

static struct bytes
copy(struct page *page, struct bytes text)
{
	return (struct bytes){ arena_copy(page->arena, text.at, text.len),
		text.len };
}

static enum err
fill_actions(struct page *page, struct site_read *read, struct when_set *set,
    const struct record *ticket, struct bytes url, struct offer_views *out)
{
	size_t count, n = 0;
	const struct script_handler *all = script_set_kind(
	    when_set_scripts(set), SCRIPT_ACTION, &count);
	struct action_view *views = arena_array(
	    page->arena, struct action_view, count + 1);

	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (offer_is_for(set, &all[i], read, ticket))
			views[n++] = (struct action_view){
				offer_url(page, url, "action", &all[i]),
				words(page, all[i].label),
				copy(page, all[i].icon), copy(page, all[i].key),
				all[i].ask.len > 0
			};
	out->actions = VIEW_LIST_OF(views, n);
	out->has_actions = n > 0;
	return ERR_OK;
}

static enum err
fill_panels(struct page *page, struct site_read *read, struct when_set *set,
    const struct record *ticket, struct bytes url, struct offer_views *out)
{
	size_t count, n = 0;
	const struct script_handler *all = script_set_kind(
	    when_set_scripts(set), SCRIPT_PANEL, &count);
	struct panel_view *views = arena_array(
	    page->arena, struct panel_view, count + 1);

	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (offer_is_for(set, &all[i], read, ticket))
			views[n++] = (struct panel_view){ offer_url(page, url,
							      "panel", &all[i]),
				words(page, all[i].label) };
	out->panels = VIEW_LIST_OF(views, n);
	out->has_panels = n > 0;
	return ERR_OK;
}

enum err
offers_view(struct page *page, struct site_read *read,
    const struct actor *actor, const struct record *ticket, struct bytes url,
    struct offer_views *out)
{
	struct when_set *set = when_set_take(page->desk);
	enum err err = ERR_OK;

	if (set == NULL)
		return ERR_OK;
	if (desk_may(read->directory, actor, VERB_ACTION_RUN, ticket) == ERR_OK)
		err = fill_actions(page, read, set, ticket, url, out);
	if (err == ERR_OK)
		err = fill_panels(page, read, set, ticket, url, out);
	when_set_unref(set);
	return err;
}

enum err
offers_of_many(struct page *page, struct view_list *out)
{
	struct when_set *set = when_set_take(page->desk);
	const struct script_handler *all;
	struct choice *choices;
	size_t count = 0, n = 0;

	if (set == NULL)
		return ERR_OK;
	all = script_set_kind(when_set_scripts(set), SCRIPT_ACTION, &count);
	choices = arena_array(page->arena, struct choice, count + 1);
	for (size_t i = 0; choices != NULL && i < count; i++)
		if (all[i].ask.len == 0)
			choices[n++] = (struct choice){ copy(page, all[i].full),
				words(page, all[i].label), false };
	when_set_unref(set);
	if (choices == NULL)
		return ERR_NOMEM;
	*out = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

/* --- an action --- */

struct action_page {
	struct form_view form;
	struct agent_side side;
	struct bytes title, action, back, subject;
	int64_t number;
	struct view_list fields; /* of struct own_field */
};

static const struct view_field action_page_fields[] = {
	FORM_FIELDS(struct action_page, form),
	AGENT_SIDE_FIELDS(struct action_page, side),
	{ "title", VIEW_TEXT, offsetof(struct action_page, title), NULL, NULL },
	{ "action", VIEW_TEXT, offsetof(struct action_page, action), NULL,
	    NULL },
	{ "back", VIEW_TEXT, offsetof(struct action_page, back), NULL, NULL },
	{ "subject", VIEW_TEXT, offsetof(struct action_page, subject), NULL,
	    NULL },
	{ "number", VIEW_INT, offsetof(struct action_page, number), NULL,
	    NULL },
	{ "fields", VIEW_LIST, offsetof(struct action_page, fields),
	    &own_field_type, NULL },
	{ .name = NULL },
};
static const struct view_type action_page_type = { "agent/action",
	action_page_fields, NULL, NULL };

/* The action that the path names, and its ticket, for who may choose it. */
struct choosing {
	struct page *page;
	struct site_read *read;
	struct actor actor;
	struct record ticket;
	struct bytes name, label; /* in the arena */
	const struct json *ask;   /* NULL: nothing is asked */
	struct bytes url;         /* of the ticket */
};

static enum err
find_action(struct choosing *c, struct when_set *set)
{
	struct page *page = c->page;
	const struct script_handler *handler = script_set_find(
	    when_set_scripts(set), SCRIPT_ACTION, c->name);

	if (handler == NULL)
		return ERR_NOT_FOUND;
	c->label = words(page, handler->label);
	if (handler->ask.len == 0)
		return ERR_OK;
	return json_parse(
	    page->arena, handler->ask, JSON_BYTES_MAX, &c->ask, NULL);
}

static enum err
choose(struct choosing *c, struct page *page)
{
	uint64_t number = ticket_number(page);
	struct when_set *set;
	enum err err = page_read(page, &c->read);

	c->page = page;
	c->actor = agent_actor(page);
	c->name = request_route(page->request, "name");
	c->url = agent_ticket_url(page, number);
	if (err == ERR_OK)
		err = record_find(
		    c->read->snapshot, KIND_TICKET, number, &c->ticket);
	if (err == ERR_OK)
		err = desk_may(
		    c->read->directory, &c->actor, VERB_ACTION_RUN, &c->ticket);
	if (err != ERR_OK)
		return err;
	set = when_set_take(page->desk);
	if (set == NULL)
		return ERR_NOT_FOUND;
	err = find_action(c, set);
	when_set_unref(set);
	return err;
}

/* The form, with what was typed and what is wrong with it. */
static int
ask(struct choosing *c, struct action_page *data, int status)
{
	struct page *page = c->page;
	enum err err = page_read(page, &c->read);

	if (err == ERR_OK)
		err = record_find(c->read->snapshot, KIND_TICKET,
		    ticket_number(page), &c->ticket);
	if (err == ERR_OK)
		err = agent_side_fill(page, c->read, BYTES_NONE, &data->side);
	if (err == ERR_OK)
		err = ask_view(page, c->read->directory, &c->actor, c->ask,
		    data->form.values.count > 0 ? &data->form.values : NULL,
		    &data->form.problems, &data->fields);
	if (err != ERR_OK)
		return page_status(err);
	data->title = c->label;
	data->number = (int64_t)c->ticket.id;
	data->subject = record_text(&c->ticket, TICKET_SUBJECT);
	data->back = c->url;
	data->action = bytes_of(arena_printf(page->arena, "%.*s%.*s",
	    BYTES_ARG(page->root.base), BYTES_ARG(page->request->path)));
	page->response->status = status;
	return page_show(page, "agent/action", &action_page_type, data);
}

static int
show_action(struct page *page)
{
	struct choosing *c = arena_new(page->arena, struct choosing);
	struct action_page *data = arena_new(page->arena, struct action_page);
	enum err err;

	if (c == NULL || data == NULL)
		return 503;
	err = choose(c, page);
	if (err != ERR_OK)
		return page_status(err);
	form_begin(page, &data->form);
	return ask(c, data, 200);
}

/* To the ticket, with what came of it. */
static int
tell(struct choosing *c, enum err err, const struct act_result *result)
{
	struct page *page = c->page;
	struct bytes text = result->said;
	bool is_admin = page->root.user != NULL && page->root.user->is_admin;

	if (err != ERR_OK)
		text = tr_why(page->arena, page->lang, &page->why);
	if (err == ERR_OK && text.len == 0)
		text = bytes_of(page_tr(page,
		    result->commit != 0 || result->is_repeat ?
			N_("Done.") :
			N_("Done: nothing had to be changed.")));
	if (result->error.len > 0 && is_admin)
		text = bytes_of(arena_printf(page->arena, "%.*s %.*s",
		    BYTES_ARG(text), BYTES_ARG(result->error)));
	page_flash(page, err == ERR_OK ? "ok" : "bad",
	    arena_printf(page->arena, "%.*s: %.*s", BYTES_ARG(c->label),
		BYTES_ARG(text)));
	return page_redirect(
	    page, "/agent/t/%llu", (unsigned long long)ticket_number(page));
}

static int
post_action(struct page *page)
{
	struct choosing *c = arena_new(page->arena, struct choosing);
	struct action_page *data = arena_new(page->arena, struct action_page);
	struct act_result result = { .ticket = 0 };
	struct act_input input;
	struct form form;
	enum err err;
	int status;

	if (c == NULL || data == NULL)
		return 503;
	status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);
	if (status != 0)
		return status;
	err = choose(c, page);
	page_read_end(page);
	if (err != ERR_OK)
		return page_status(err);
	page_input(
	    page, &input, VERB_ACTION_RUN, KIND_TICKET, &c->actor, &form);
	input.source = SOURCE_AGENT;
	input.subject = ticket_number(page);
	input.name = c->name;
	if (c->ask != NULL) {
		err = ask_read(page, c->ask, &form.fields, &input.body);
		if (err != ERR_OK)
			return page_status(err);
	}
	err = desk_act(page->desk, &input, page->arena, &result, &page->why);
	if (err == ERR_NOT_FOUND || err == ERR_DENIED || err == ERR_NOMEM)
		return page_status(err);
	if (err != ERR_INVALID || c->ask == NULL || page->why.field[0] == '\0')
		return tell(c, err, &result);
	form_again(page, &data->form, &form, NULL);
	ask_problems(page, c->ask, &input.body, &data->form.problems);
	return ask(c, data, 422);
}

/* --- a panel --- */

struct row_view {
	struct bytes label, value, url;
	bool is_outside;
};

static const struct view_field row_fields[] = {
	{ "label", VIEW_TEXT, offsetof(struct row_view, label), NULL, NULL },
	{ "value", VIEW_TEXT, offsetof(struct row_view, value), NULL, NULL },
	{ "url", VIEW_TEXT, offsetof(struct row_view, url), NULL, NULL },
	{ "is_outside", VIEW_BOOL, offsetof(struct row_view, is_outside), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type row_type = { "row", row_fields, NULL, NULL };

struct panel_page {
	struct agent_side side;
	struct bytes title, error, back;
	int64_t number;
	struct view_list rows;
	bool has_rows, has_failed;
};

static const struct view_field panel_page_fields[] = {
	AGENT_SIDE_FIELDS(struct panel_page, side),
	{ "title", VIEW_TEXT, offsetof(struct panel_page, title), NULL, NULL },
	{ "error", VIEW_TEXT, offsetof(struct panel_page, error), NULL, NULL },
	{ "back", VIEW_TEXT, offsetof(struct panel_page, back), NULL, NULL },
	{ "number", VIEW_INT, offsetof(struct panel_page, number), NULL, NULL },
	{ "rows", VIEW_LIST, offsetof(struct panel_page, rows), &row_type,
	    NULL },
	{ "has_rows", VIEW_BOOL, offsetof(struct panel_page, has_rows), NULL,
	    NULL },
	{ "has_failed", VIEW_BOOL, offsetof(struct panel_page, has_failed),
	    NULL, NULL },
	{ .name = NULL },
};
static const struct view_type panel_page_type = { "agent/panel",
	panel_page_fields, NULL, NULL };

static enum err
fill_rows(struct page *page, const struct panel *panel, struct panel_page *data)
{
	struct row_view *rows = arena_array(
	    page->arena, struct row_view, panel->count + 1);

	if (rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < panel->count; i++) {
		const struct panel_row *row = &panel->rows[i];
		bool is_ours = row->link.len > 0 && row->link.at[0] == '/';

		rows[i] = (struct row_view){ .label = row->label,
			.value = row->value.len > 0 || row->link.len == 0 ?
			    row->value :
			    row->link,
			.url = row->link,
			.is_outside = row->link.len > 0 && !is_ours };
		if (is_ours)
			rows[i].url = bytes_of(arena_printf(page->arena,
			    "%.*s%.*s", BYTES_ARG(page->root.base),
			    BYTES_ARG(row->link)));
	}
	data->rows = VIEW_LIST_OF(rows, panel->count);
	data->has_rows = panel->count > 0;
	data->has_failed = panel->error.len > 0;
	if (page->root.user != NULL && page->root.user->is_admin)
		data->error = panel->error;
	return ERR_OK;
}

/* A page of its own; ?rows alone for the browser's script. */
static int
show_panel(struct page *page)
{
	struct panel_page *data = arena_new(page->arena, struct panel_page);
	struct panel *panel = arena_new(page->arena, struct panel);
	bool is_part = params_has(&page->request->query, "rows");
	struct actor actor = agent_actor(page);
	uint64_t number = ticket_number(page);
	struct site_read *read;
	enum err err;

	if (data == NULL || panel == NULL)
		return 503;
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = panel_run(read, &actor, number,
		    request_route(page->request, "name"), page->arena, panel,
		    &page->why);
	if (err == ERR_OK)
		err = fill_rows(page, panel, data);
	if (err == ERR_OK && !is_part)
		err = agent_side_fill(page, read, BYTES_NONE, &data->side);
	if (err != ERR_OK) {
		if (err == ERR_BUSY)
			page_retry_after(page, 1);
		return page_status(err);
	}
	data->title = words(page, panel->title);
	data->number = (int64_t)number;
	data->back = agent_ticket_url(page, number);
	page->response->cache = PANEL_CACHE;
	return page_show(page, is_part ? "agent/panel_rows" : "agent/panel",
	    &panel_page_type, data);
}

const struct route agent_offer_routes[] = {
	{ ROUTE_GET, "/agent/t/{number}/action/{name*}", ACCESS_AGENT,
	    show_action, false },
	{ ROUTE_POST, "/agent/t/{number}/action/{name*}", ACCESS_AGENT,
	    post_action, false },
	{ ROUTE_GET, "/agent/t/{number}/panel/{name*}", ACCESS_AGENT,
	    show_panel, false },
	{ 0, NULL, 0, NULL, false },
};
