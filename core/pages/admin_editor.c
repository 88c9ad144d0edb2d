/* core/pages/admin_editor.c - /admin/scripts/NAME/edit: a script, or its tests,
 * written in the browser.
 *
 * What does not load is not saved, and what fails its tests only when its
 * author says so; in both cases what was typed is in the form again.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/desk/script_start.h"
#include "core/pages/admin_editor.h"

static const struct view_field page_fields[] = {
	FORM_FIELDS(struct editor_page, form),
	ADMIN_SIDE_FIELDS(struct editor_page, side),
	VIEW_FIELD(struct editor_page, name, VIEW_TEXT),
	VIEW_FIELD(struct editor_page, script, VIEW_TEXT),
	VIEW_FIELD(struct editor_page, url, VIEW_TEXT),
	VIEW_FIELD(struct editor_page, action, VIEW_TEXT),
	VIEW_FIELD(struct editor_page, source, VIEW_TEXT),
	VIEW_FIELD(struct editor_page, note, VIEW_TEXT),
	VIEW_FIELD(struct editor_page, original, VIEW_TEXT),
	VIEW_FIELD(struct editor_page, is_new, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, is_test, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, is_shipped, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, is_own, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, is_gone, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, is_broken, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, is_stale, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, is_original_new, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, may_put, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, is_off, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, has_tests, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, has_warnings, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, has_starts, VIEW_BOOL),
	VIEW_FIELD(struct editor_page, seen, VIEW_INT),
	{ "where", VIEW_TEXT, offsetof(struct editor_page, error.where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct editor_page, error.message),
	    NULL, NULL },
	{ "line", VIEW_INT, offsetof(struct editor_page, error.line), NULL,
	    NULL },
	{ "warnings", VIEW_LIST, offsetof(struct editor_page, warnings),
	    &script_warning_type, NULL },
	{ "tests", VIEW_INSIDE, offsetof(struct editor_page, tests),
	    &tests_view_type, NULL },
	{ "between", VIEW_LIST, offsetof(struct editor_page, between),
	    &version_view_type, NULL },
	{ "rows", VIEW_LIST, offsetof(struct editor_page, rows), &diff_row_type,
	    NULL },
	{ "starts", VIEW_LIST, offsetof(struct editor_page, starts),
	    &choice_type, NULL },
	{ .name = NULL },
};
static const struct view_type page_type = { "editor page", page_fields, NULL,
	NULL };

static const char test_start[] =
    "describe(\"%.*s\", function()\n"
    "  it(\"does what it should\", function()\n"
    "    local world = desk.test.world { now = \"2026-03-02 09:00\" }\n"
    "    local ticket = world:submit { subject = \"Hello\" }\n"
    "    equal(ticket.status, \"open\", \"status\")\n"
    "  end)\n"
    "end)\n";

/* --- shown --- */

enum err
editor_begin(struct page *page, bool is_new, struct editor_page **out)
{
	struct editor_page *data = arena_new(page->arena, struct editor_page);

	if (data == NULL)
		return ERR_NOMEM;
	data->is_new = is_new;
	if (!is_new)
		data->name = request_route(page->request, "name");
	data->is_test = script_name_is_test(data->name);
	data->script = script_of_test(data->name);
	data->url = admin_url(page, "scripts/%.*s", BYTES_ARG(data->script));
	data->action = is_new ?
	    admin_url(page, "scripts/new") :
	    admin_url(page, "scripts/%.*s/edit", BYTES_ARG(data->name));
	*out = data;
	return ERR_OK;
}

/* The text to begin with: the file, or the last one of a file that is gone;
 * for tests that nobody wrote yet the frame of one. */
static enum err
find_text(struct page *page, struct site_read *read, struct editor_page *data)
{
	struct bytes text;
	struct record newest;
	bool is_shipped = false, is_there;
	enum err err = version_newest(read->snapshot, data->name, &newest);

	is_there = err == ERR_OK;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (is_there)
		data->seen = record_int(&newest, VERSION_NUMBER);
	err = script_text(page, data->name, &data->source, &is_shipped);
	data->is_own = err == ERR_OK && !is_shipped;
	data->is_shipped = is_shipped;
	if (err != ERR_NOT_FOUND)
		return err;
	if (is_there) {
		data->is_gone = true;
		err = version_find(read->snapshot, data->name,
		    record_int(&newest, VERSION_IS_REMOVED) ? data->seen - 1 :
							      data->seen,
		    &newest);
		return err == ERR_OK ?
		    record_bigtext(read->snapshot, &newest, VERSION_TEXT,
			page->arena, &data->source) :
		    err;
	}
	if (!data->is_test)
		return ERR_NOT_FOUND;
	err = script_text(page, data->script, &text, &is_shipped);
	if (err != ERR_OK)
		return err;
	data->source = bytes_of(
	    arena_printf(page->arena, test_start, BYTES_ARG(data->script)));
	return data->source.at != NULL ? ERR_OK : ERR_NOMEM;
}

/* Whether the shipped script that it was made from has changed since. */
static enum err
look_at_original(
    struct page *page, struct site_read *read, struct editor_page *data)
{
	struct bytes now;
	struct record newest;
	char hash[VERSION_HASH_SIZE];
	enum err err = version_newest(read->snapshot, data->name, &newest);

	if (err == ERR_OK)
		data->original = record_text(&newest, VERSION_ORIGINAL);
	if (err != ERR_OK || data->original.len == 0 || !data->is_own)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = script_disk_shipped(
	    page->desk, data->original, page->arena, &now);
	if (err != ERR_OK)
		return err == ERR_NOMEM ? err : ERR_OK;
	version_hash(now, hash);
	data->is_original_new = !bytes_is(
	    record_text(&newest, VERSION_ORIGINAL_HASH), hash);
	return ERR_OK;
}

/* What the load of the version at work has said; one that is switched off is
 * loaded to hear it. */
static enum err
fill_warnings(struct page *page, struct when_set *set, struct editor_page *data)
{
	const struct script_warning *all = NULL;
	struct script_report report;
	size_t count = 0;
	enum err err = ERR_OK;

	if (data->is_off && !data->is_test) {
		err = script_check(page->desk, data->name, data->source,
		    BYTES_NONE, page->arena, &report, NULL);
		if (err != ERR_OK)
			return err == ERR_NOMEM ? err : ERR_OK;
		all = report.warnings;
		count = report.warning_count;
	} else if (set != NULL) {
		all = when_set_warnings(set, &count);
	}
	err = script_warnings_fill(
	    page, data->name, all, count, &data->warnings);

	data->has_warnings = data->warnings.count > 0;
	return err;
}

/* What a new one may begin with. */
enum err
editor_starts(struct page *page, struct site_read *read, struct bytes from,
    struct editor_page *data)
{
	size_t count;
	const struct record *const *all = directory_all(
	    read->directory, KIND_SCRIPT, &count);
	struct choice *choices = arena_array(
	    page->arena, struct choice, count + 1);

	if (choices == NULL)
		return ERR_NOMEM;
	choices[0] = (struct choice){ BYTES_NONE,
		bytes_of(page_tr(page, N_("An empty one"))), from.len == 0 };
	for (size_t i = 0; i < count; i++) {
		struct bytes name = record_key(all[i]);

		choices[i + 1] = (struct choice){ name, name,
			bytes_equal(name, from) };
	}
	data->starts = VIEW_LIST_OF(choices, count + 1);
	data->has_starts = true;
	return ERR_OK;
}

/* Show it; <status> tells how. */
int
editor_show(struct page *page, struct editor_page *data, struct site_read *read,
    int status)
{
	struct when_set *set = when_set_take(page->desk);
	const struct record *script = directory_find_key(
	    read->directory, KIND_SCRIPT, data->script);
	enum err err = admin_side_fill(page, read, "scripts", &data->side);

	data->is_off = script != NULL && record_int(script, SCRIPT_IS_OFF);
	if (err == ERR_OK && !data->is_new)
		err = look_at_original(page, read, data);
	if (err == ERR_OK && !data->is_new && status == 200)
		err = fill_warnings(page, set, data);
	form_begin(page, &data->form);
	if (err == ERR_OK) {
		page->response->status = status;
		status = page_show(page, "admin/editor", &page_type, data);
	} else {
		status = page_status(err);
	}
	when_set_unref(set);
	return status;
}

/* Whether these tests failed when they were saved. */
static bool
has_failed(struct site_read *read, struct bytes name)
{
	struct record newest;

	return version_newest(read->snapshot, name, &newest) == ERR_OK &&
	    record_int(&newest, VERSION_FAILED) > 0;
}

/* Once more, to show which and why. */
static enum err
run_failed(struct page *page, struct editor_page *data)
{
	struct bytes text;
	bool is_shipped;
	enum err err = script_text(page, data->script, &text, &is_shipped);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = tests_fill(page, data->script, text, data->source, &data->tests);
	data->has_tests = err == ERR_OK && data->tests.is_bad;
	return err;
}

static int
show_editor(struct page *page)
{
	struct editor_page *data;
	struct site_read *read;
	enum err err = editor_begin(page, false, &data);

	if (err == ERR_OK)
		err = page_read(page, &read);
	if (err == ERR_OK)
		err = find_text(page, read, data);
	if (err == ERR_OK && data->is_test && has_failed(read, data->name)) {
		page_read_end(page);
		err = run_failed(page, data);
		if (err == ERR_OK)
			err = page_read(page, &read);
	}
	return err == ERR_OK ? editor_show(page, data, read, 200) :
			       page_status(err);
}

/* A new one, begun with another one's text. A copy takes that one's place: so
 * it says, for both would do their work. */
static enum err
begin_with(struct page *page, struct bytes from, struct editor_page *data)
{
	struct buf text = buf_in(page->arena);
	struct bytes source;
	bool is_shipped = false;
	enum err err;

	data->source = bytes_of(script_start);
	if (from.len == 0)
		return ERR_OK;
	err = script_text(page, from, &source, &is_shipped);
	if (err != ERR_OK)
		return err;
	if (bytes_find(source, BYTES("replaces = ")) == NULL)
		buf_printf(&text, "replaces = \"%.*s\"\n\n", BYTES_ARG(from));
	buf_bytes(&text, source);
	data->source = buf_get(&text);
	if (is_shipped)
		data->original = from;
	return text.failed ? ERR_NOMEM : ERR_OK;
}

static int
show_new(struct page *page)
{
	struct bytes from = request_query(page->request, "from");
	struct editor_page *data;
	struct site_read *read;
	enum err err = editor_begin(page, true, &data);

	if (err == ERR_OK)
		err = begin_with(page, from, data);
	if (err == ERR_OK)
		err = page_read(page, &read);
	if (err == ERR_OK)
		err = editor_starts(page, read, from, data);
	return err == ERR_OK ? editor_show(page, data, read, 200) :
			       page_status(err);
}

const struct route admin_editor_routes[] = {
	{ ROUTE_GET, "/admin/scripts/new", ACCESS_ADMIN, show_new, false },
	{ ROUTE_GET, "/admin/scripts/{name}/edit", ACCESS_ADMIN, show_editor,
	    false },
	{ .pattern = NULL },
};
