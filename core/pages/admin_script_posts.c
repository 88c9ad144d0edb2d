/* core/pages/admin_script_posts.c - what is done to scripts: loaded, switched,
 * tested; and to their runs that were set aside. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/desk/job.h"
#include "core/pages/admin_version.h"

#define AGAIN_MAX 1000 /* set-aside runs that one click runs again */

/* Read a post's form and begin its act; 0 or the status to answer. */
static int
begin_post(struct page *page, enum verb verb, enum kind_id kind,
    struct form *form, struct act_input *input)
{
	struct actor actor = agent_actor(page);
	int status = form_read(
	    page->request, &form_limits_default, NULL, form, &page->why);

	if (status != 0)
		return status;
	page_input(page, input, verb, kind, &actor, form);
	input->source = SOURCE_AGENT;
	return 0;
}

/* Load all scripts, say what came of it, and go on to <path>. */
static int
load_again(struct page *page, const char *done, const char *path)
{
	struct bytes trouble;
	struct why why = { .message = "" };
	enum err err;

	page_read_end(page);
	err = scripts_load(page->desk, NULL, &why);
	if (err != ERR_OK) {
		log_event(LOG_ERROR, "script.load", "request=%s error=%s",
		    page->request->id, err_name(err));
		trouble = why.message[0] != '\0' ?
		    tr_why(page->arena, page->lang, &why) :
		    bytes_of(page_tr(page, err_message(err)));
		page_flash(page, "error",
		    trouble.at != NULL ? trouble.at :
					 page_tr(page, err_message(err)));
	} else {
		page_flash(page, "ok", page_tr(page, done));
	}
	return path != NULL ? page_redirect(page, "%s", path) : 503;
}

/* Where the form was: at the script's text, on its page, or in the list. */
static const char *
came_from(
    struct page *page, const struct form *form, const struct record *script)
{
	struct bytes from = form_get(form, "from");

	if (!bytes_is(from, "edit") && !bytes_is(from, "script"))
		return "/admin/scripts";
	return arena_printf(page->arena, "/admin/scripts/%.*s%s",
	    BYTES_ARG(record_key(script)),
	    bytes_is(from, "edit") ? "/edit" : "");
}

static int
post_reload(struct page *page)
{
	struct act_input input;
	struct form form;
	int status = begin_post(
	    page, VERB_SCRIPT_SWITCH, KIND_SCRIPT, &form, &input);

	return status != 0 ?
	    status :
	    load_again(
		page, N_("The scripts were loaded again."), "/admin/scripts");
}

struct tests_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct admin_side side;
	struct bytes name, url;
	struct tests_view tests;
	bool is_switch; /* it was to be switched on */
	bool has_none;
};

static const struct view_field tests_page_fields[] = {
	FORM_FIELDS(struct tests_page, form),
	ADMIN_SIDE_FIELDS(struct tests_page, side),
	{ "name", VIEW_TEXT, offsetof(struct tests_page, name), NULL, NULL },
	{ "url", VIEW_TEXT, offsetof(struct tests_page, url), NULL, NULL },
	{ "tests", VIEW_INSIDE, offsetof(struct tests_page, tests),
	    &tests_view_type, NULL },
	{ "is_switch", VIEW_BOOL, offsetof(struct tests_page, is_switch), NULL,
	    NULL },
	{ "has_none", VIEW_BOOL, offsetof(struct tests_page, has_none), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type tests_page_type = { "tests page",
	tests_page_fields, NULL, NULL };

static int
show_tests(struct page *page, struct bytes name, const struct tests_view *tests,
    bool is_switch, int status)
{
	struct tests_page *data = arena_new(page->arena, struct tests_page);
	struct site_read *read;
	enum err err = data != NULL ? page_read(page, &read) : ERR_NOMEM;

	if (err == ERR_OK)
		err = admin_side_fill(page, read, "scripts", &data->side);
	if (err != ERR_OK)
		return page_status(err);
	form_begin(page, &data->form);
	data->name = name;
	data->url = admin_url(page, "scripts/%.*s", BYTES_ARG(name));
	data->tests = *tests;
	data->is_switch = is_switch;
	data->has_none = !tests->has_run && tests->trouble.len == 0;
	page->response->status = status;
	return page_show(page, "admin/script_tests", &tests_page_type, data);
}

/* Those beside the file, against the file as it lies there. */
static enum err
run_tests(struct page *page, struct bytes name, struct tests_view *tests)
{
	struct bytes text;
	bool is_shipped;
	enum err err = script_text(page, name, &text, &is_shipped);

	return err == ERR_OK ? tests_fill(page, name, text, BYTES_NONE, tests) :
			       err;
}

static int
post_tests(struct page *page)
{
	struct bytes name = request_route(page->request, "name");
	struct tests_view tests;
	struct form form;
	enum err err;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);

	if (status != 0)
		return status;
	err = run_tests(page, name, &tests);
	return err == ERR_OK ? show_tests(page, name, &tests, false, 200) :
			       page_status(err);
}

static int
post_switch(struct page *page)
{
	const struct record *script = NULL;
	struct act_input input;
	struct act_result result;
	struct tests_view tests;
	struct site_read *read;
	struct form form;
	const char *path = NULL;
	enum err err;
	int status = begin_post(
	    page, VERB_SCRIPT_SWITCH, KIND_SCRIPT, &form, &input);

	if (status != 0)
		return status;
	err = page_read(page, &read);
	if (err == ERR_OK)
		script = directory_find_key(
		    read->directory, KIND_SCRIPT, form_get(&form, "script"));
	if (script != NULL) {
		input.subject = script->id;
		path = came_from(page, &form, script);
	} else if (err == ERR_OK) {
		err = ERR_NOT_FOUND;
	}
	page_read_end(page);
	input.is_off = !bytes_is(form_get(&form, "on"), "1");
	if (err == ERR_OK && !input.is_off &&
	    !bytes_is(form_get(&form, "although"), "1")) {
		err = run_tests(page, form_get(&form, "script"), &tests);
		if (err == ERR_OK && tests.is_bad)
			return show_tests(
			    page, form_get(&form, "script"), &tests, true, 422);
	}
	if (err == ERR_OK)
		err = desk_act(
		    page->desk, &input, page->arena, &result, &page->why);
	if (err != ERR_OK)
		return page_status(err);
	return load_again(page,
	    input.is_off ? N_("The script is switched off.") :
			   N_("The script is switched on."),
	    path);
}

/* The names of all that were set aside, up to AGAIN_MAX. */
static enum err
all_failed(struct page *page, struct bytes *names, size_t *count)
{
	struct job_at at = { .number = 0 };
	struct site_read *read;
	struct job_run run;
	enum err err = page_read(page, &read);

	while (err == ERR_OK && *count < AGAIN_MAX) {
		struct buf id = buf_in(page->arena);

		err = job_next_failed(read->snapshot, &at, &run);
		if (err != ERR_OK)
			break;
		job_id_add(&id, &run.at);
		names[(*count)++] = buf_get(&id);
		if (id.failed)
			err = ERR_NOMEM;
	}
	page_read_end(page);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static int
post_failed(struct page *page, enum verb verb, const char *done)
{
	struct bytes *names = arena_array(page->arena, struct bytes, AGAIN_MAX);
	struct act_input input;
	struct act_result result;
	struct form form;
	size_t count = 0;
	enum err err = ERR_OK;
	int status = begin_post(page, verb, KIND_NONE, &form, &input);

	if (status != 0 || names == NULL)
		return status != 0 ? status : 503;
	input.key = BYTES_NONE; /* each is done once anyway */
	if (bytes_is(form_get(&form, "run"), "all"))
		err = all_failed(page, names, &count);
	else
		names[count++] = form_line(&form, "run");
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		input.secret = names[i];
		err = desk_act(
		    page->desk, &input, page->arena, &result, &page->why);
		if (err == ERR_NOT_FOUND && count > 1)
			err = ERR_OK; /* somebody else was quicker */
	}
	if (err == ERR_NOT_FOUND)
		page_flash(page, "warn",
		    page_tr(page, N_("That run was no longer there.")));
	else if (err != ERR_OK)
		return page_status(err);
	else
		page_flash(page, "ok", page_tr(page, done));
	return page_redirect(page, "/admin/scripts");
}

static int
post_again(struct page *page)
{
	return post_failed(
	    page, VERB_JOB_AGAIN, N_("What had failed is run again."));
}

static int
post_drop(struct page *page)
{
	return post_failed(page, VERB_JOB_DROP, N_("The run was dropped."));
}

const struct route admin_script_post_routes[] = {
	{ ROUTE_POST, "/admin/scripts/reload", ACCESS_ADMIN, post_reload,
	    false },
	{ ROUTE_POST, "/admin/scripts/switch", ACCESS_ADMIN, post_switch,
	    false },
	{ ROUTE_POST, "/admin/scripts/again", ACCESS_ADMIN, post_again, false },
	{ ROUTE_POST, "/admin/scripts/drop", ACCESS_ADMIN, post_drop, false },
	{ ROUTE_POST, "/admin/scripts/{name}/tests", ACCESS_ADMIN, post_tests,
	    false },
	{ .pattern = NULL },
};
