/* core/pages/admin_try.c - /admin/scripts/NAME/try?ticket=: what a script would
 * do to a ticket; and /agent/t/NUMBER/handlers: what would run on it.
 *
 * Both only look: see core/desk/dry_run.h.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/dry_run.h"
#include "core/pages/admin_script.h"
#include "core/pages/agent_ticket.h"
#include "core/web/mail_page.h"
#include "core/web/template.h"

struct item_view {
	struct bytes kind, what, from, to, text, why, by;
	int64_t ticket, at_us;
	bool is_change, is_question, is_wrong;
};

struct step_view {
	struct bytes handler, hook, left, took, cpu;
	struct script_error error;
	struct view_list items;
	int64_t order, at_us;
	bool has_run, is_not_held, is_not_reached, is_left_out, has_failed;
	bool has_event, is_made_up, is_rewound, has_items;
};

struct try_page {
	struct admin_side side;
	struct script_view script;
	struct bytes ticket, handler, ticket_url, problem;
	struct script_error error; /* the script does not load */
	struct view_list steps;
};

static const struct view_field item_fields[] = {
	VIEW_FIELD(struct item_view, kind, VIEW_TEXT),
	VIEW_FIELD(struct item_view, what, VIEW_TEXT),
	VIEW_FIELD(struct item_view, from, VIEW_TEXT),
	VIEW_FIELD(struct item_view, to, VIEW_TEXT),
	VIEW_FIELD(struct item_view, text, VIEW_TEXT),
	VIEW_FIELD(struct item_view, why, VIEW_TEXT),
	VIEW_FIELD(struct item_view, by, VIEW_TEXT),
	VIEW_FIELD(struct item_view, ticket, VIEW_INT),
	VIEW_FIELD(struct item_view, is_change, VIEW_BOOL),
	VIEW_FIELD(struct item_view, is_question, VIEW_BOOL),
	VIEW_FIELD(struct item_view, is_wrong, VIEW_BOOL),
	{ "at", VIEW_TIME, offsetof(struct item_view, at_us), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type item_type = { "tried item", item_fields, NULL,
	NULL };

static const struct view_field step_fields[] = {
	VIEW_FIELD(struct step_view, handler, VIEW_TEXT),
	VIEW_FIELD(struct step_view, hook, VIEW_TEXT),
	VIEW_FIELD(struct step_view, order, VIEW_INT),
	VIEW_FIELD(struct step_view, left, VIEW_TEXT),
	VIEW_FIELD(struct step_view, took, VIEW_TEXT),
	VIEW_FIELD(struct step_view, cpu, VIEW_TEXT),
	VIEW_FIELD(struct step_view, has_run, VIEW_BOOL),
	VIEW_FIELD(struct step_view, is_not_held, VIEW_BOOL),
	VIEW_FIELD(struct step_view, is_not_reached, VIEW_BOOL),
	VIEW_FIELD(struct step_view, is_left_out, VIEW_BOOL),
	VIEW_FIELD(struct step_view, has_failed, VIEW_BOOL),
	VIEW_FIELD(struct step_view, has_event, VIEW_BOOL),
	VIEW_FIELD(struct step_view, is_made_up, VIEW_BOOL),
	VIEW_FIELD(struct step_view, is_rewound, VIEW_BOOL),
	VIEW_FIELD(struct step_view, has_items, VIEW_BOOL),
	{ "at", VIEW_TIME, offsetof(struct step_view, at_us), NULL, NULL },
	{ "where", VIEW_TEXT, offsetof(struct step_view, error.where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct step_view, error.message), NULL,
	    NULL },
	{ "items", VIEW_LIST, offsetof(struct step_view, items), &item_type,
	    NULL },
	{ .name = NULL },
};
static const struct view_type step_type = { "tried handler", step_fields, NULL,
	NULL };

static const struct view_field try_fields[] = {
	ADMIN_SIDE_FIELDS(struct try_page, side),
	{ "script", VIEW_INSIDE, offsetof(struct try_page, script),
	    &script_view_type, NULL },
	{ "steps", VIEW_LIST, offsetof(struct try_page, steps), &step_type,
	    NULL },
	VIEW_FIELD(struct try_page, ticket, VIEW_TEXT),
	VIEW_FIELD(struct try_page, handler, VIEW_TEXT),
	VIEW_FIELD(struct try_page, ticket_url, VIEW_TEXT),
	VIEW_FIELD(struct try_page, problem, VIEW_TEXT),
	{ "where", VIEW_TEXT, offsetof(struct try_page, error.where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct try_page, error.message), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type try_type = { "try page", try_fields, NULL, NULL };

/* --- what came of it --- */

static enum err
fill_items(
    struct page *page, const struct dry_step *step, struct view_list *out)
{
	const struct dry_item *item;
	struct item_view *views;
	size_t count = 0, n = 0;

	for (item = step->items; item != NULL; item = item->next)
		count++;
	views = arena_array(page->arena, struct item_view, count + 1);
	if (views == NULL)
		return ERR_NOMEM;
	for (item = step->items; item != NULL; item = item->next)
		views[n++] = (struct item_view){
			.kind = bytes_of(
			    page_tr(page, dry_kind_words(item->kind))),
			.what = item->what,
			.from = item->from,
			.to = item->to,
			.text = item->text,
			.why = item->why,
			.by = bytes_equal(item->by, step->handler) ?
			    BYTES_NONE :
			    item->by,
			.ticket = (int64_t)item->ticket,
			.at_us = item->at_us,
			.is_change = item->kind == DRY_CHANGE ||
			    item->kind == DRY_CUSTOMER,
			.is_question = item->kind == DRY_QUESTION,
			.is_wrong = item->kind == DRY_REFUSAL ||
			    (item->kind == DRY_MAIL && item->why.len > 0),
		};
	*out = VIEW_LIST_OF(views, n);
	return ERR_OK;
}

static enum err
fill_step(struct page *page, const struct dry_step *step, struct step_view *out)
{
	*out = (struct step_view){ .handler = step->handler,
		.hook = step->hook,
		.order = step->order,
		.left = step->left,
		.at_us = step->at_us,
		.has_run = step->state == DRY_RAN,
		.is_not_held = step->state == DRY_NOT_HELD,
		.is_not_reached = step->state == DRY_NOT_REACHED,
		.is_left_out = step->state == DRY_LEFT_OUT,
		.has_failed = step->error.len > 0,
		.has_event = step->has_event,
		.is_made_up = step->is_made_up,
		.is_rewound = step->is_rewound,
		.has_items = step->items != NULL };
	script_error_split(step->error, &out->error);
	if (out->has_run) {
		out->took = bytes_of(arena_printf(
		    page->arena, "%.1f ms", (double)step->wall_us / 1000));
		out->cpu = bytes_of(arena_printf(
		    page->arena, "%.1f ms", (double)step->cpu_us / 1000));
	}
	return fill_items(page, step, &out->items);
}

static enum err
fill_steps(struct page *page, const struct dry_run *run, struct view_list *out)
{
	const struct dry_step *step;
	struct step_view *views;
	size_t count = 0, n = 0;
	enum err err = ERR_OK;

	for (step = run->steps; step != NULL; step = step->next)
		count++;
	views = arena_array(page->arena, struct step_view, count + 1);
	if (views == NULL)
		return ERR_NOMEM;
	for (step = run->steps; err == ERR_OK && step != NULL;
	     step = step->next)
		err = fill_step(page, step, &views[n++]);
	*out = VIEW_LIST_OF(views, n);
	return err;
}

/* --- the run --- */

static struct template_set *
hold(void *templates, struct site *site)
{
	return template_set_hold(templates);
}

/* Whatever is no handler is run by its name. */
static void
choose_handler(
    struct when_set *set, struct bytes name, struct dry_options *options)
{
	const struct script_handler *all = NULL;
	size_t count = 0;

	options->hook = HOOK__COUNT;
	options->handler = name;
	if (set != NULL && name.len > 0)
		all = script_set_all(when_set_scripts(set), &count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(all[i].file, options->file.name) &&
		    bytes_equal(all[i].name, name) &&
		    all[i].kind != SCRIPT_HANDLER)
			*(all[i].kind == SCRIPT_ACTION ? &options->action :
							 &options->job) = name;
}

/* The look at the desk ends before the script runs. */
static enum err
run_try(struct page *page, struct when_set *set, struct try_page *data,
    struct dry_run *run)
{
	struct mail_pages pages = { hold, page->templates };
	struct mail_renderer renderer = { &pages, mail_page_render };
	struct dry_options options = { .renderer = &renderer };
	int64_t ticket = 0;
	enum err err;

	if (bytes_to_int(data->ticket, &ticket) != ERR_OK || ticket <= 0) {
		data->problem = bytes_of(
		    page_tr(page, N_("Give the number of a ticket.")));
		return ERR_OK;
	}
	options.ticket = (uint64_t)ticket;
	options.file.name = request_route(page->request, "name");
	options.file.text = data->script.text;
	options.file.text.at = arena_copy(
	    page->arena, options.file.text.at, options.file.text.len);
	if (options.file.text.at == NULL)
		return ERR_NOMEM;
	options.agent = (uint64_t)page->root.user->id;
	choose_handler(set, data->handler, &options);
	page_read_end(page);
	err = dry_run(page->desk, &options, page->arena, run, &page->why);
	if (err == ERR_NOT_FOUND || err == ERR_INVALID) {
		data->problem = tr_why(page->arena, page->lang, &page->why);
		return ERR_OK;
	}
	return err;
}

static enum err
fill_script(struct page *page, struct when_set *set, struct try_page *data)
{
	const struct record *script;
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err != ERR_OK)
		return err;
	script = directory_find_key(
	    read->directory, KIND_SCRIPT, request_route(page->request, "name"));
	if (script == NULL)
		return ERR_NOT_FOUND;
	err = admin_side_fill(page, read, "scripts", &data->side);
	return err == ERR_OK ?
	    script_view_fill(page, read, script, set, &data->script) :
	    err;
}

static enum err
fill_try(struct page *page, struct when_set *set, struct try_page *data)
{
	struct dry_run run = { .steps = NULL };
	enum err err;

	data->ticket = bytes_trim(request_query(page->request, "ticket"));
	data->handler = bytes_trim(request_query(page->request, "handler"));
	err = fill_script(page, set, data);
	if (err == ERR_OK)
		err = run_try(page, set, data, &run);
	if (err == ERR_OK) /* what was read before is gone */
		err = fill_script(page, set, data);
	if (err != ERR_OK)
		return err;
	script_error_split(run.load_error, &data->error);
	if (data->problem.len == 0)
		data->ticket_url = bytes_of(
		    arena_printf(page->arena, "%.*s/agent/t/%.*s",
			BYTES_ARG(page->root.base), BYTES_ARG(data->ticket)));
	return fill_steps(page, &run, &data->steps);
}

static int
show_try(struct page *page)
{
	struct try_page *data = arena_new(page->arena, struct try_page);
	struct when_set *set = when_set_take(page->desk);
	enum err err = data != NULL ? fill_try(page, set, data) : ERR_NOMEM;
	int status = page_status(err);

	if (err == ERR_OK)
		status = page_show(page, "admin/try", &try_type, data);
	when_set_unref(set);
	return status;
}

/* --- what would run on a ticket --- */

struct listener_view {
	struct bytes name, script, url;
	const char *hook;
	int64_t order;
	bool is_before, is_off;
};

struct listeners_page {
	struct admin_side side;
	int64_t number;
	struct bytes subject, ticket_url;
	struct view_list listeners;
};

static const struct view_field listener_fields[] = {
	VIEW_FIELD(struct listener_view, name, VIEW_TEXT),
	VIEW_FIELD(struct listener_view, script, VIEW_TEXT),
	VIEW_FIELD(struct listener_view, url, VIEW_TEXT),
	VIEW_FIELD(struct listener_view, hook, VIEW_CSTR),
	VIEW_FIELD(struct listener_view, order, VIEW_INT),
	VIEW_FIELD(struct listener_view, is_before, VIEW_BOOL),
	VIEW_FIELD(struct listener_view, is_off, VIEW_BOOL),
	{ .name = NULL },
};
static const struct view_type listener_type = { "listener", listener_fields,
	NULL, NULL };

static const struct view_field listeners_fields[] = {
	ADMIN_SIDE_FIELDS(struct listeners_page, side),
	VIEW_FIELD(struct listeners_page, number, VIEW_INT),
	VIEW_FIELD(struct listeners_page, subject, VIEW_TEXT),
	VIEW_FIELD(struct listeners_page, ticket_url, VIEW_TEXT),
	{ "listeners", VIEW_LIST, offsetof(struct listeners_page, listeners),
	    &listener_type, NULL },
	{ .name = NULL },
};
static const struct view_type listeners_type = { "listeners page",
	listeners_fields, NULL, NULL };

/* Whoever does something to it, and whatever changes. */
static bool
may_hold(struct when_set *set, const struct script_handler *handler,
    struct site_read *read, const struct record *ticket)
{
	static const enum actor_kind actors[] = { BY_CUSTOMER, BY_AGENT,
		BY_SCRIPT, BY_SYSTEM };
	struct filter_reader reader = { .directory = read->directory,
		.snapshot = read->snapshot,
		.now_us = read->now_us };
	struct filter_subject subject = { .ticket = ticket,
		.snapshot = read->snapshot,
		.reader = &reader,
		.changed = UINT64_MAX };

	for (size_t i = 0; i < sizeof actors / sizeof *actors; i++) {
		subject.actor = actors[i];
		if (when_holds(set, handler, &subject))
			return true;
	}
	return false;
}

static void
fill_listener(struct page *page, const struct script_handler *handler,
    struct listener_view *out)
{
	struct handler_state state;

	scripts_handler_state(page->desk, handler->full, page->now_us, &state);
	*out = (struct listener_view){ .name = handler->name,
		.script = handler->file,
		.hook = hook_points[handler->hook].name,
		.order = handler->order,
		.is_before = hook_points[handler->hook].kind == HOOK_BEFORE,
		.is_off = state.rests_us > 0 };
	out->url = admin_url(page, "scripts/%.*s", BYTES_ARG(handler->file));
}

static enum err
fill_listeners(
    struct page *page, struct when_set *set, struct listeners_page *data)
{
	const struct script_handler *all = NULL;
	struct listener_view *views;
	struct site_read *read;
	struct record ticket;
	size_t count = 0, n = 0;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = record_find(
		    read->snapshot, KIND_TICKET, ticket_number(page), &ticket);
	if (err == ERR_OK)
		err = admin_side_fill(page, read, "scripts", &data->side);
	if (err != ERR_OK)
		return err;
	if (set != NULL)
		all = script_set_all(when_set_scripts(set), &count);
	views = arena_array(page->arena, struct listener_view, count + 1);
	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (all[i].kind == SCRIPT_HANDLER &&
		    hook_holds(all[i].hook, BYTES("ticket")) &&
		    may_hold(set, &all[i], read, &ticket))
			fill_listener(page, &all[i], &views[n++]);
	data->listeners = VIEW_LIST_OF(views, n);
	data->number = (int64_t)ticket.id;
	data->subject = record_text(&ticket, TICKET_SUBJECT);
	data->ticket_url = bytes_of(
	    arena_printf(page->arena, "%.*s/agent/t/%lld",
		BYTES_ARG(page->root.base), (long long)data->number));
	return ERR_OK;
}

static int
show_listeners(struct page *page)
{
	struct listeners_page *data = arena_new(
	    page->arena, struct listeners_page);
	struct when_set *set = when_set_take(page->desk);
	enum err err = data != NULL ? fill_listeners(page, set, data) :
				      ERR_NOMEM;
	int status = page_status(err);

	if (err == ERR_OK) /* the names of handlers are the set's */
		status = page_show(
		    page, "admin/listeners", &listeners_type, data);
	when_set_unref(set);
	return status;
}

const struct route admin_try_routes[] = {
	{ ROUTE_GET, "/admin/scripts/{name}/try", ACCESS_ADMIN, show_try,
	    false },
	{ ROUTE_GET, "/agent/t/{number}/handlers", ACCESS_ADMIN, show_listeners,
	    false },
	{ .pattern = NULL },
};
