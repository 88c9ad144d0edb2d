/* core/pages/admin_version.c - versions, comparisons and tests as views. */
#include "config.h"
#include "core/pages/admin_version.h"
#include "core/base/arena.h"
#include "core/base/diff.h"
#include "core/desk/script_tests.h"
#include "core/web/mail_page.h"

#define AROUND 3 /* lines around what differs */
#define TESTS_SHOWN 200

static const struct view_field version_fields[] = {
	VIEW_FIELD(struct version_view, number, VIEW_INT),
	VIEW_FIELD(struct version_view, since, VIEW_INT),
	VIEW_FIELD(struct version_view, passed, VIEW_INT),
	VIEW_FIELD(struct version_view, failed, VIEW_INT),
	{ "at", VIEW_TIME, offsetof(struct version_view, at_us), NULL, NULL },
	VIEW_FIELD(struct version_view, author, VIEW_TEXT),
	VIEW_FIELD(struct version_view, origin, VIEW_TEXT),
	VIEW_FIELD(struct version_view, note, VIEW_TEXT),
	VIEW_FIELD(struct version_view, url, VIEW_TEXT),
	VIEW_FIELD(struct version_view, is_removed, VIEW_BOOL),
	VIEW_FIELD(struct version_view, is_newest, VIEW_BOOL),
	VIEW_FIELD(struct version_view, is_waiting, VIEW_BOOL),
	VIEW_FIELD(struct version_view, has_run, VIEW_BOOL),
	{ .name = NULL },
};
const struct view_type version_view_type = { "version", version_fields, NULL,
	NULL };

static const struct view_field diff_fields[] = {
	VIEW_FIELD(struct diff_row, old_number, VIEW_TEXT),
	VIEW_FIELD(struct diff_row, new_number, VIEW_TEXT),
	VIEW_FIELD(struct diff_row, text, VIEW_TEXT),
	VIEW_FIELD(struct diff_row, mark, VIEW_CSTR),
	VIEW_FIELD(struct diff_row, is_added, VIEW_BOOL),
	VIEW_FIELD(struct diff_row, is_removed, VIEW_BOOL),
	VIEW_FIELD(struct diff_row, is_gap, VIEW_BOOL),
	VIEW_FIELD(struct diff_row, skipped, VIEW_INT),
	{ .name = NULL },
};
const struct view_type diff_row_type = { "line of a comparison", diff_fields,
	NULL, NULL };

static const struct view_field test_fields[] = {
	VIEW_FIELD(struct test_view, name, VIEW_TEXT),
	VIEW_FIELD(struct test_view, is_ok, VIEW_BOOL),
	{ "where", VIEW_TEXT, offsetof(struct test_view, error.where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct test_view, error.message), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type test_view_type = { "test", test_fields, NULL,
	NULL };

static const struct view_field tests_fields[] = {
	{ "list", VIEW_LIST, offsetof(struct tests_view, list), &test_view_type,
	    NULL },
	VIEW_FIELD(struct tests_view, passed, VIEW_INT),
	VIEW_FIELD(struct tests_view, failed, VIEW_INT),
	VIEW_FIELD(struct tests_view, has_run, VIEW_BOOL),
	VIEW_FIELD(struct tests_view, is_cut, VIEW_BOOL),
	VIEW_FIELD(struct tests_view, is_bad, VIEW_BOOL),
	VIEW_FIELD(struct tests_view, trouble, VIEW_TEXT),
	{ .name = NULL },
};
const struct view_type tests_view_type = { "tests", tests_fields, NULL, NULL };

static const struct view_field warning_fields[] = {
	{ "line", VIEW_INT, offsetof(struct script_error, line), NULL, NULL },
	{ "message", VIEW_TEXT, offsetof(struct script_error, message), NULL,
	    NULL },
	{ .name = NULL },
};
const struct view_type script_warning_type = { "warning", warning_fields, NULL,
	NULL };

/* ---- versions ---- */

void
version_view_fill(struct page *page, const struct site_read *read,
    const struct record *version, struct version_view *out)
{
	static const char *const origins[ORIGIN__COUNT] = {
		[ORIGIN_PAGE] = N_("in the browser"),
		[ORIGIN_COMMAND] = N_("by a command"),
		[ORIGIN_API] = N_("by a program"),
		[ORIGIN_DISK] = N_("found on the disk"),
		[ORIGIN_SHIPPED] = N_("comes with hookdesk"),
		[ORIGIN_BACK] = N_("an earlier version again"),
	};
	int64_t origin = record_int(version, VERSION_ORIGIN);
	struct bytes file = record_text(version, VERSION_FILE);
	uint64_t id = record_ref(version, VERSION_AGENT);
	const struct record *agent = id != 0 ?
	    directory_find(read->directory, KIND_AGENT, id) :
	    NULL;

	*out = (struct version_view){
		.number = record_int(version, VERSION_NUMBER),
		.at_us = record_int(version, VERSION_AT),
		.since = record_int(version, VERSION_SINCE),
		.note = record_text(version, VERSION_NOTE),
		.is_removed = record_int(version, VERSION_IS_REMOVED),
		.is_waiting = record_int(version, VERSION_IS_WAITING),
		.has_run = record_int(version, VERSION_HAS_RUN),
		.passed = record_int(version, VERSION_PASSED),
		.failed = record_int(version, VERSION_FAILED),
	};
	if (origin >= 0 && origin < ORIGIN__COUNT)
		out->origin = bytes_of(page_tr(page, origins[origin]));
	if (agent != NULL)
		out->author = record_label(agent);
	else if (id != 0)
		out->author = bytes_of(
		    page_tr(page, N_("somebody who is gone")));
	out->url = admin_url(page, "scripts/%.*s/versions/%lld",
	    BYTES_ARG(file), (long long)out->number);
}

/* ---- comparisons ---- */

static struct bytes
number_text(struct page *page, int n)
{
	return n == 0 ? BYTES_NONE :
			bytes_of(arena_printf(page->arena, "%d", n));
}

/* What differs is shown, and AROUND lines before and after it. */
static void
mark_shown(const struct diff_line *lines, size_t count, bool *is_shown)
{
	for (size_t i = 0; i < count; i++) {
		size_t from = i > AROUND ? i - AROUND : 0;

		if (lines[i].op == DIFF_SAME)
			continue;
		for (size_t j = from; j <= i + AROUND && j < count; j++)
			is_shown[j] = true;
	}
}

static void
fill_row(struct page *page, const struct diff_line *line, struct diff_row *row)
{
	static const char *const marks[] = { "", "-", "+" };

	*row = (struct diff_row){
		.old_number = number_text(page, line->old_number),
		.new_number = number_text(page, line->new_number),
		.text = line->text,
		.mark = marks[line->op],
		.is_added = line->op == DIFF_ADDED,
		.is_removed = line->op == DIFF_REMOVED,
	};
}

enum err
diff_fill(struct page *page, struct bytes old, struct bytes new,
    struct view_list *out)
{
	struct diff_line *lines;
	struct diff_row *rows;
	size_t count, n = 0;
	bool *is_shown;
	enum err err = diff_lines(page->arena, old, new, &lines, &count);

	if (err != ERR_OK)
		return err;
	rows = arena_array(page->arena, struct diff_row, count + 1);
	is_shown = arena_array(page->arena, bool, count + 1);
	if (rows == NULL || is_shown == NULL)
		return ERR_NOMEM;
	memset(is_shown, 0, count + 1);
	mark_shown(lines, count, is_shown);
	for (size_t i = 0; i < count; i++) {
		if (is_shown[i]) {
			fill_row(page, &lines[i], &rows[n++]);
			continue;
		}
		if (i == 0 || is_shown[i - 1])
			rows[n++] = (struct diff_row){ .is_gap = true };
		rows[n - 1].skipped++;
	}
	/* One gap alone says that nothing differs. */
	*out = n == 1 && rows[0].is_gap ? VIEW_LIST_OF(rows, 0) :
					  VIEW_LIST_OF(rows, n);
	return ERR_OK;
}

/* ---- files ---- */

enum err
script_text(
    struct page *page, struct bytes name, struct bytes *text, bool *is_shipped)
{
	enum err err = script_disk_own(page->desk, name, page->arena, text);

	*is_shipped = false;
	if (err != ERR_NOT_FOUND)
		return err;
	err = script_disk_shipped(page->desk, name, page->arena, text);
	*is_shipped = err == ERR_OK;
	return err;
}

struct bytes
script_of_test(struct bytes name)
{
	if (script_name_is_test(name))
		name.len -= strlen("_test");
	return name;
}

enum err
script_warnings_fill(struct page *page, struct bytes name,
    const struct script_warning *all, size_t count, struct view_list *out)
{
	struct script_error *list = arena_array(
	    page->arena, struct script_error, count + 1);
	size_t n = 0;

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(all[i].file, name))
			list[n++] = (struct script_error){
				.message = all[i].message, .line = all[i].line
			};
	*out = VIEW_LIST_OF(list, n);
	return ERR_OK;
}

/* ---- tests ---- */

struct running {
	struct page *page;
	struct tests_view *view;
	struct test_view *list;
	size_t count;
};

static struct template_set *
hold(void *arg, struct site *site)
{
	const struct page *page = arg;

	(void)site;
	return template_set_hold(page->templates);
}

static struct bytes
kept(struct page *page, struct bytes text)
{
	const char *copy = arena_copy(page->arena, text.at, text.len);

	return copy != NULL ? (struct bytes){ copy, text.len } : BYTES_NONE;
}

static void
take_result(void *arg, const struct script_test_result *result)
{
	struct running *r = arg;
	struct test_view *view;

	r->view->passed += result->error.len == 0;
	r->view->failed += result->error.len > 0;
	r->view->does_not_load |= result->name.len == 0;
	if (r->count == TESTS_SHOWN)
		return;
	view = &r->list[r->count++];
	*view = (struct test_view){ .name = kept(r->page, result->name),
		.is_ok = result->error.len == 0 };
	script_error_split(kept(r->page, result->error), &view->error);
	if (view->error.line == 0)
		view->error.line = result->line;
}

static enum err
run(struct page *page, struct bytes name, struct bytes text,
    const struct script_file *test, struct tests_view *out)
{
	struct mail_pages pages = { hold, page };
	struct mail_renderer renderer = { &pages, mail_page_render };
	struct script_file script = { name, text, BYTES_NONE };
	struct running r = { .page = page, .view = out };
	struct why why = { .message = "" };
	enum err err;

	r.list = arena_array(page->arena, struct test_view, TESTS_SHOWN);
	if (r.list == NULL)
		return ERR_NOMEM;
	page_read_end(page); /* it takes seconds */
	err = script_tests_of_site(
	    page->desk, &renderer, &script, test, take_result, &r, &why);
	if (err == ERR_NOMEM)
		return err;
	out->has_run = err == ERR_OK || err == ERR_TIMEOUT;
	out->is_cut = err == ERR_TIMEOUT;
	if (!out->has_run)
		out->trouble = why.message[0] != '\0' ?
		    tr_why(page->arena, page->lang, &why) :
		    bytes_of(page_tr(page, err_message(err)));
	out->failed += out->is_cut;
	out->is_bad = out->failed > 0 || !out->has_run;
	out->list = VIEW_LIST_OF(r.list, r.count);
	return ERR_OK;
}

enum err
tests_fill(struct page *page, struct bytes name, struct bytes text,
    struct bytes test, struct tests_view *out)
{
	struct script_file file = { .text = test };
	char *test_name = arena_printf(
	    page->arena, "%.*s_test", BYTES_ARG(name));
	bool is_shipped;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	if (test_name == NULL)
		return ERR_NOMEM;
	file.name = bytes_of(test_name);
	if (file.text.at == NULL)
		err = script_text(page, file.name, &file.text, &is_shipped);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && file.text.len == 0))
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	return run(page, name, text, &file, out);
}
