/* core/pages/admin_records.c - /admin/KIND: lists, adding, changing. */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/desk/scripts.h"
#include "core/pages/admin_edit.h"
#include "core/pages/admin_list.h"

static int
show_list(struct page *page)
{
	const struct admin_kind *kind = admin_kind_at(
	    request_route(page->request, "kind"));
	struct list_page *data = arena_new(page->arena, struct list_page);
	struct site_read *read;
	enum err err;

	if (kind == NULL)
		return 404;
	if (data == NULL)
		return 503;
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = admin_side_fill(page, read, kind->path, &data->side);
	if (err == ERR_OK)
		err = list_find(page, read, kind, data);
	if (err != ERR_OK)
		return page_status(err);
	return page_show(page, "admin/list", &list_page_type, data);
}

/* --- one record --- */

/* What the address names; 0, 404 or 503. */
static int
begin(struct page *page, struct edit *edit)
{
	struct bytes id = request_route(page->request, "id");
	int64_t n = 0;

	*edit = (struct edit){ .page = page };
	edit->kind = admin_kind_at(request_route(page->request, "kind"));
	if (edit->kind == NULL)
		return 404;
	if (id.len > 0 && (bytes_to_int(id, &n) != ERR_OK || n <= 0))
		return 404;
	edit->id = (uint64_t)n;
	edit->data = arena_new(page->arena, struct edit_page);
	return edit->data != NULL ? 0 : 503;
}

/* The same for a post: its form, and the input of its act. */
static int
begin_post(struct page *page, struct edit *edit, struct form *form,
    enum verb verb, struct act_input *input)
{
	struct actor actor = agent_actor(page);
	int status = begin(page, edit);

	if (status == 0)
		status = form_read(page->request, &form_limits_default, NULL,
		    form, &page->why);
	if (status != 0)
		return status;
	page_input(page, input, verb, edit->kind->kind, &actor, form);
	input->source = SOURCE_AGENT;
	input->subject = edit->id;
	return 0;
}

static void
add_action(struct edit *edit, const char *what, const char *label,
    const char *help, bool is_danger)
{
	struct view_list *list = &edit->data->actions;
	struct page *page = edit->page;
	struct edit_action *actions = (struct edit_action *)list->items;

	if (actions == NULL)
		actions = arena_array(page->arena, struct edit_action, 2);
	if (actions == NULL)
		return;
	actions[list->count] = (struct edit_action){
		.url = admin_url(page, "%s/%llu/%s", edit->kind->path,
		    (unsigned long long)edit->id, what),
		.label = bytes_of(page_tr(page, label)),
		.help = bytes_of(page_tr(page, help)),
		.is_danger = is_danger,
	};
	*list = VIEW_LIST_OF(actions, list->count + 1);
}

static void
add_usual_actions(struct edit *edit)
{
	if (edit->id == 0 || edit->data->actions.count > 0)
		return;
	if (edit->kind->has_link && record_int(&edit->record, AGENT_ACTIVE))
		add_action(edit, "link", N_("Show a sign-in link"),
		    N_("A link that signs this agent in once, within half an "
		       "hour. Pass it on yourself."),
		    false);
	if (edit->kind->removed == NULL)
		return;
	add_action(edit, "delete", N_("Delete"),
	    N_("You are asked once more before anything is deleted."), true);
}

/* Show the record, or what is wrong with what was typed. */
static int
show(struct edit *edit, int status)
{
	struct page *page = edit->page;
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = edit_load(edit, read);
	if (err == ERR_OK)
		err = edit_fill(edit, read);
	if (err != ERR_OK)
		return page_status(err);
	add_usual_actions(edit);
	page->response->status = status;
	return page_show(page, "admin/edit", &edit_page_type, edit->data);
}

static int
show_edit(struct page *page)
{
	struct edit edit;
	int status = begin(page, &edit);

	return status != 0 ? status : show(&edit, 200);
}

/* It is done: on to the list, or to what is told only once. */
static int
saved(struct edit *edit, const struct act_result *result)
{
	const struct admin_kind *kind = edit->kind;
	struct page *page = edit->page;
	bool is_new = edit->id == 0;

	edit->id = result->record;
	if (is_new && kind->has_secret && result->secret.len > 0) {
		edit->typed = NULL;
		edit->data->secret = result->secret;
		edit->data->secret_label = bytes_of(page_tr(page, kind->added));
		return show(edit, 200);
	}
	page_flash(
	    page, "ok", page_tr(page, is_new ? kind->added : kind->saved));
	if (is_new && kind->has_link)
		return page_redirect(page, "/admin/%s/%llu", kind->path,
		    (unsigned long long)edit->id);
	return page_redirect(page, "/admin/%s", kind->path);
}

static int
post_save(struct page *page)
{
	struct edit edit;
	struct form form;
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .record = 0 };
	struct problems *problems;
	struct site_read *read;
	enum err err;
	int status;

	if (input == NULL)
		return 503;
	status = begin_post(page, &edit, &form, VERB_RECORD_UPDATE, input);
	if (status != 0)
		return status;
	if (edit.kind->kind == KIND_CUSTOMER)
		input->verb = edit.id == 0 ? VERB_CUSTOMER_ADD :
					     VERB_CUSTOMER_UPDATE;
	else if (edit.id == 0)
		input->verb = VERB_RECORD_ADD;
	input->seen_rev = (uint64_t)params_int(&form.fields, "rev", 0);
	edit.typed = &form;
	problems = &edit.data->form.problems;
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = edit_load(&edit, read);
	if (err == ERR_OK)
		err = edit_read(&edit, read, input);
	page_read_end(page);
	if (err != ERR_OK)
		return page_status(err);
	if (problems->count > 0)
		return show(&edit, 422);
	err = desk_act(page->desk, input, page->arena, &result, &page->why);
	if (err == ERR_OK)
		return saved(&edit, &result);
	if (err == ERR_NOT_FOUND)
		return 404;
	if (err == ERR_STALE)
		problems_add(page, problems, BYTES_NONE,
		    bytes_of(page_tr(page,
			N_("Somebody else changed this in the meantime. Your "
			   "values stand below; save again to keep them."))));
	else
		problems_result(page, problems, &result, &page->why);
	return show(&edit, err == ERR_STALE ? 409 : form_status(page, err));
}

/* --- what else is done with a record --- */

/* Asked once more, and told which scripts would miss it. */
static int
ask_delete(struct edit *edit)
{
	struct page *page = edit->page;
	struct tr_value values[2] = { { "name", BYTES_NONE },
		{ "scripts", BYTES_NONE } };
	struct edit_action *action;
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = edit_load(edit, read);
	if (err != ERR_OK)
		return page_status(err);
	add_action(edit, "delete?sure=1", N_("Delete for good"),
	    N_("Really delete it? This cannot be taken back."), true);
	action = (struct edit_action *)edit->data->actions.items;
	if (action == NULL)
		return 503;
	values[0].value = record_label(&edit->record);
	values[1].value = scripts_naming(
	    read->directory, &edit->record, page->arena);
	action->help = tr_fill(page->arena,
	    page_tr(page,
		values[1].value.len > 0 ?
		    N_("Really delete \"{name}\"? These scripts name it and "
		       "would miss it: {scripts}.") :
		    N_("Really delete \"{name}\"? This cannot be taken "
		       "back.")),
	    values, 2);
	return show(edit, 200);
}

static int
post_delete(struct page *page)
{
	struct edit edit;
	struct form form;
	struct act_input input;
	struct act_result result = { .record = 0 };
	enum err err;
	int status = begin_post(page, &edit, &form, VERB_RECORD_REMOVE, &input);

	if (status != 0)
		return status;
	if (edit.kind->removed == NULL)
		return 404;
	if (!bytes_is(request_query(page->request, "sure"), "1"))
		return ask_delete(&edit);
	err = desk_act(page->desk, &input, page->arena, &result, &page->why);
	if (err == ERR_NOT_FOUND)
		return 404;
	if (err != ERR_OK) {
		problems_result(
		    page, &edit.data->form.problems, &result, &page->why);
		return show(&edit, form_status(page, err));
	}
	page_flash(page, "ok", page_tr(page, edit.kind->removed));
	return page_redirect(page, "/admin/%s", edit.kind->path);
}

static int
post_link(struct page *page)
{
	struct edit edit;
	struct form form;
	struct act_input input;
	struct act_result result = { .record = 0 };
	enum err err;
	int status = begin_post(page, &edit, &form, VERB_LINK_CREATE, &input);

	if (status != 0)
		return status;
	if (!edit.kind->has_link)
		return 404;
	input.key = BYTES_NONE; /* each link is shown once */
	err = desk_act(page->desk, &input, page->arena, &result, &page->why);
	if (err == ERR_NOT_FOUND)
		return 404;
	if (err != ERR_OK) {
		problems_result(
		    page, &edit.data->form.problems, &result, &page->why);
		return show(&edit, form_status(page, err));
	}
	edit.data->secret = bytes_of(
	    arena_printf(page->arena, "%.*s/agent/login/%.*s",
		BYTES_ARG(page->root.base_url), BYTES_ARG(result.secret)));
	edit.data->secret_label = bytes_of(
	    page_tr(page, N_("A one-time sign-in link")));
	return show(&edit, 200);
}

const struct route admin_record_routes[] = {
	{ ROUTE_GET, "/admin/{kind}", ACCESS_ADMIN, show_list, false },
	{ ROUTE_GET, "/admin/{kind}/new", ACCESS_ADMIN, show_edit, false },
	{ ROUTE_POST, "/admin/{kind}/new", ACCESS_ADMIN, post_save, false },
	{ ROUTE_GET, "/admin/{kind}/{id}", ACCESS_ADMIN, show_edit, false },
	{ ROUTE_POST, "/admin/{kind}/{id}", ACCESS_ADMIN, post_save, false },
	{ ROUTE_POST, "/admin/{kind}/{id}/delete", ACCESS_ADMIN, post_delete,
	    false },
	{ ROUTE_POST, "/admin/{kind}/{id}/link", ACCESS_ADMIN, post_link,
	    false },
	{ .pattern = NULL },
};
