/* core/pages/admin_editor_save.c - what was written in the editor is saved, or
 * shown again with what is wrong with it.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/pages/admin_editor.h"

/* What is too long for a script is still shown again. */
#define TYPED_MAX (1024 * 1024)

/* A save in hand. */
struct editing {
	struct page *page;
	struct editor_page *data;
	struct script_saving saving;
	bool must_put; /* although tests fail */
};

static int
read_form(struct editing *e, bool is_new)
{
	struct form_limits limits = form_limits_default;
	struct page *page = e->page;
	struct form form;
	int status;

	limits.field_bytes_max = TYPED_MAX;
	limits.total_bytes_max = 2 * TYPED_MAX;
	status = form_read(page->request, &limits, NULL, &form, &page->why);
	if (status != 0)
		return status;
	if (editor_begin(page, is_new, &e->data) != ERR_OK)
		return 503;
	if (is_new) {
		e->data->name = form_line(&form, "name");
		e->data->script = e->data->name;
	}
	e->data->source = form_get(&form, "source");
	e->data->note = form_line(&form, "note");
	e->data->original = form_line(&form, "original");
	e->data->seen = params_int(&form.fields, "seen", 0);
	e->must_put = bytes_is(form_get(&form, "although"), "1");
	e->saving = (struct script_saving){ .name = e->data->name,
		.text = e->data->source,
		.note = e->data->note,
		.origin = ORIGIN_PAGE,
		.has_seen = true,
		.seen = e->data->seen,
		.original = is_new ? e->data->original : BYTES_NONE,
		.begins_off = true,
		.switches_on = bytes_is(form_get(&form, "on"), "1"),
		.takes_original = bytes_is(
		    form_get(&form, "takes_original"), "1") };
	if (e->saving.text.at == NULL)
		e->saving.text = e->data->source = BYTES("");
	return 0;
}

/* Whether the script loads; *<is_good> says so, and the page why not. */
static enum err
check_load(struct editing *e, bool *is_good)
{
	struct editor_page *data = e->data;
	struct script_report report;
	struct page *page = e->page;
	enum err err;

	/* What is no text, or too long, the act refuses in its own words. */
	if (e->saving.text.len > SCRIPT_SOURCE_MAX)
		return ERR_OK;
	err = script_check(page->desk, e->saving.name, e->saving.text,
	    BYTES_NONE, page->arena, &report, &page->why);
	if (err != ERR_OK)
		return err;
	*is_good = report.files[0].state != SCRIPT_FAILED;
	e->saving.settings = report.files[0].settings;
	if (*is_good)
		return ERR_OK;
	data->is_broken = true;
	script_error_split(report.files[0].message, &data->error);
	if (data->error.line == 0)
		data->error.line = report.files[0].line;
	return ERR_OK;
}

/* Whether its tests pass, or the tests themselves can be run. */
static enum err
check_tests(struct editing *e, bool *is_good)
{
	struct editor_page *data = e->data;
	struct page *page = e->page;
	struct bytes text = e->saving.text, test = BYTES_NONE;
	bool is_shipped;
	enum err err = ERR_OK;

	if (data->is_test) {
		test = e->saving.text;
		err = script_text(page, data->script, &text, &is_shipped);
	}
	if (err == ERR_NOT_FOUND)
		return ERR_OK; /* nothing to be tested, yet */
	if (err == ERR_OK)
		err = tests_fill(page, data->script, text, test, &data->tests);
	if (err != ERR_OK)
		return err;
	e->saving.has_run = data->tests.has_run;
	e->saving.passed = data->tests.passed;
	e->saving.failed = data->tests.failed;
	*is_good = !data->tests.is_bad || e->must_put;
	if (data->is_test) { /* what fails is not at work by this */
		*is_good = !data->tests.does_not_load;
		if (!*is_good) {
			const struct test_view *first = data->tests.list.items;

			data->is_broken = true;
			data->error = first->error;
		}
	} else {
		data->may_put = data->tests.is_bad;
	}
	return ERR_OK;
}

/* The text that was seen, and what is there now. */
static enum err
fill_between(struct editing *e, struct site_read *read)
{
	struct editor_page *data = e->data;
	struct page *page = e->page;
	struct bytes seen = BYTES(""), now;
	struct newest_page found;
	struct version_view *views;
	struct record version;
	enum err err = version_find(
	    read->snapshot, data->name, data->seen, &version);
	size_t n = 0;

	if (err == ERR_OK)
		err = record_bigtext(
		    read->snapshot, &version, VERSION_TEXT, page->arena, &seen);
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = version_list(read->snapshot, data->name, BYTES_NONE, 20,
		    page->arena, &found);
	if (err != ERR_OK || found.count == 0)
		return err;
	views = arena_array(page->arena, struct version_view, found.count);
	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < found.count; i++)
		if (record_int(&found.records[i], VERSION_NUMBER) > data->seen)
			version_view_fill(
			    page, read, &found.records[i], &views[n++]);
	data->between = VIEW_LIST_OF(views, n);
	err = record_bigtext(
	    read->snapshot, &found.records[0], VERSION_TEXT, page->arena, &now);
	if (err == ERR_OK)
		err = diff_fill(page, seen, now, &data->rows);
	/* Saved once more, it is known. */
	data->seen = record_int(&found.records[0], VERSION_NUMBER);
	data->is_stale = true;
	return err;
}

/* The form again, with what was typed. */
static int
show_again(struct editing *e, int status)
{
	struct editor_page *data = e->data;
	struct page *page = e->page;
	bool is_shipped = false;
	struct bytes text;
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err == ERR_OK && !data->is_new) {
		err = script_text(page, data->name, &text, &is_shipped);
		data->is_own = err == ERR_OK && !is_shipped;
		data->is_shipped = is_shipped;
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	if (err == ERR_OK && status == 409)
		err = fill_between(e, read);
	if (err == ERR_OK && data->is_new)
		err = editor_starts(page, read, data->original, data);
	return err == ERR_OK ? editor_show(page, data, read, status) :
			       page_status(err);
}

static bool
is_off(struct editing *e)
{
	const struct record *script = NULL;
	struct site_read *read;

	page_read_end(e->page);
	if (page_read(e->page, &read) == ERR_OK)
		script = directory_find_key(
		    read->directory, KIND_SCRIPT, e->data->script);
	return script != NULL && record_int(script, SCRIPT_IS_OFF);
}

static void
tell_saved(struct editing *e, int64_t saved)
{
	const struct tests_view *tests = &e->data->tests;
	struct page *page = e->page;
	struct tr_value values[3] = { { "n", BYTES_NONE },
		{ "passed", BYTES_NONE }, { "failed", BYTES_NONE } };
	int64_t numbers[3] = { saved, tests->passed, tests->failed };
	const char *words = N_("Saved as version {n}.");
	const char *state = "";
	struct bytes text;

	for (int i = 0; i < 3; i++)
		values[i].value = bytes_of(
		    arena_printf(page->arena, "%lld", (long long)numbers[i]));
	if (tests->has_run && tests->failed > 0)
		words = N_("Saved as version {n}. Tests that pass: {passed}; "
			   "that fail: {failed}.");
	else if (tests->has_run && tests->passed > 0)
		words = N_("Saved as version {n}. All tests pass: {passed}.");
	text = tr_fill(page->arena, page_tr(page, words), values, 3);
	if (is_off(e))
		state = page_tr(
		    page, N_("It is off: try it, then switch it on."));
	else if (e->saving.switches_on)
		state = page_tr(page, N_("It is switched on."));
	page_flash(page, tests->is_bad ? "warn" : "ok",
	    arena_printf(page->arena, "%.*s%s%s", BYTES_ARG(text),
		state[0] != '\0' ? " " : "", state));
}

static int
save(struct editing *e)
{
	struct actor actor = agent_actor(e->page);
	struct problems *problems = &e->data->form.problems;
	const struct act_result nothing = { .record = 0 };
	struct page *page = e->page;
	bool is_good = true;
	int64_t saved = 0;
	enum err err = ERR_OK;

	page_read_end(page);
	if (!e->data->is_test)
		err = check_load(e, &is_good);
	if (err == ERR_OK && is_good && e->saving.text.len <= SCRIPT_SOURCE_MAX)
		err = check_tests(e, &is_good);
	if (err == ERR_OK && !is_good)
		return show_again(e, 422);
	if (err == ERR_OK)
		err = script_save(page->desk, &actor, SOURCE_AGENT, &e->saving,
		    page->arena, &saved, &page->why);
	if (err == ERR_OK) {
		tell_saved(e, saved);
		return page_redirect(page, "/admin/scripts/%.*s/edit",
		    BYTES_ARG(e->saving.name));
	}
	if (err == ERR_STALE && !e->data->is_new)
		return show_again(e, 409);
	if (err == ERR_STALE) {
		problems_add(page, problems, BYTES("name"),
		    bytes_of(page_tr(page,
			N_("There is, or was, a script of this name: choose "
			   "another one."))));
		return show_again(e, 422);
	}
	problems_result(page, problems, &nothing, &page->why);
	return show_again(e, form_status(page, err));
}

static int
post_editor(struct page *page)
{
	struct editing e = { .page = page };
	struct bytes text;
	struct site_read *read;
	struct record newest;
	bool is_shipped;
	enum err err;
	int status = read_form(&e, false);

	if (status != 0)
		return status;
	/* Only what there is, or was, or tests what there is. */
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = version_newest(read->snapshot, e.data->name, &newest);
	if (err == ERR_NOT_FOUND)
		err = script_text(page,
		    e.data->is_test ? e.data->script : e.data->name, &text,
		    &is_shipped);
	return err == ERR_OK ? save(&e) : page_status(err);
}

static int
post_new(struct page *page)
{
	struct editing e = { .page = page };
	int status = read_form(&e, true);

	if (status != 0)
		return status;
	if (!script_name_is_good(e.data->name) ||
	    script_name_is_test(e.data->name)) {
		problems_add(page, &e.data->form.problems, BYTES("name"),
		    bytes_of(page_tr(page,
			N_("A name has small letters, digits, - and _, begins "
			   "with a letter, and does not end in _test."))));
		return show_again(&e, 422);
	}
	return save(&e);
}

/* The file goes; its versions stay. */
static int
post_remove(struct page *page)
{
	struct script_saving s = { .name = request_route(page->request, "name"),
		.origin = ORIGIN_PAGE,
		.is_removal = true };
	struct actor actor = agent_actor(page);
	struct form form;
	int64_t saved;
	enum err err;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);

	if (status != 0)
		return status;
	s.has_seen = true;
	s.seen = params_int(&form.fields, "seen", 0);
	if (!bytes_is(form_get(&form, "sure"), "1")) {
		page_flash(page, "warn",
		    page_tr(page, N_("Tick that you are sure, to delete it.")));
		return page_redirect(
		    page, "/admin/scripts/%.*s/edit", BYTES_ARG(s.name));
	}
	err = script_save(page->desk, &actor, SOURCE_AGENT, &s, page->arena,
	    &saved, &page->why);
	if (err == ERR_STALE)
		page_flash(page, "warn",
		    page_tr(page,
			N_("Somebody else changed this in the meantime. Look "
			   "at what is there now.")));
	else if (err != ERR_OK)
		return page_status(err);
	else
		page_flash(page, "ok",
		    page_tr(page,
			N_("The file is deleted. Its versions are kept.")));
	return err == ERR_STALE ?
	    page_redirect(
		page, "/admin/scripts/%.*s/versions", BYTES_ARG(s.name)) :
	    page_redirect(page, "/admin/scripts");
}

const struct route admin_editor_save_routes[] = {
	{ ROUTE_POST, "/admin/scripts/new", ACCESS_ADMIN, post_new, false },
	{ ROUTE_POST, "/admin/scripts/{name}/edit", ACCESS_ADMIN, post_editor,
	    false },
	{ ROUTE_POST, "/admin/scripts/{name}/remove", ACCESS_ADMIN, post_remove,
	    false },
	{ .pattern = NULL },
};
