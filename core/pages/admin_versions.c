/* core/pages/admin_versions.c - /admin/scripts/NAME/versions: what a script
 * was, what changed, and back. */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/pages/admin_version.h"

#define VERSIONS_SHOWN 50

struct versions_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct admin_side side;
	struct bytes name, url, title, about, more_url;
	struct version_view shown, other;
	bool has_other, is_compared, is_same, is_test, may_go_back;
	bool is_original; /* what changed in the shipped one */
	int64_t seen;
	struct view_list versions, rows;
};

static const struct view_field page_fields[] = {
	FORM_FIELDS(struct versions_page, form),
	ADMIN_SIDE_FIELDS(struct versions_page, side),
	VIEW_FIELD(struct versions_page, name, VIEW_TEXT),
	VIEW_FIELD(struct versions_page, url, VIEW_TEXT),
	VIEW_FIELD(struct versions_page, title, VIEW_TEXT),
	VIEW_FIELD(struct versions_page, about, VIEW_TEXT),
	VIEW_FIELD(struct versions_page, more_url, VIEW_TEXT),
	VIEW_FIELD(struct versions_page, has_other, VIEW_BOOL),
	VIEW_FIELD(struct versions_page, is_compared, VIEW_BOOL),
	VIEW_FIELD(struct versions_page, is_same, VIEW_BOOL),
	VIEW_FIELD(struct versions_page, is_test, VIEW_BOOL),
	VIEW_FIELD(struct versions_page, is_original, VIEW_BOOL),
	VIEW_FIELD(struct versions_page, may_go_back, VIEW_BOOL),
	VIEW_FIELD(struct versions_page, seen, VIEW_INT),
	{ "shown", VIEW_INSIDE, offsetof(struct versions_page, shown),
	    &version_view_type, NULL },
	{ "other", VIEW_INSIDE, offsetof(struct versions_page, other),
	    &version_view_type, NULL },
	{ "versions", VIEW_LIST, offsetof(struct versions_page, versions),
	    &version_view_type, NULL },
	{ "rows", VIEW_LIST, offsetof(struct versions_page, rows),
	    &diff_row_type, NULL },
	{ .name = NULL },
};
static const struct view_type page_type = { "versions page", page_fields, NULL,
	NULL };

/* What all of these pages show. */
static enum err
begin(struct page *page, struct versions_page **out, struct site_read **read)
{
	struct versions_page *data = arena_new(
	    page->arena, struct versions_page);
	struct record newest;
	struct bytes text;
	bool is_shipped;
	enum err err = data != NULL ? page_read(page, read) : ERR_NOMEM;

	if (err != ERR_OK)
		return err;
	data->name = request_route(page->request, "name");
	data->is_test = script_name_is_test(data->name);
	data->url = admin_url(page, "scripts/%.*s", BYTES_ARG(data->name));
	err = version_newest((*read)->snapshot, data->name, &newest);
	if (err == ERR_OK)
		data->seen = record_int(&newest, VERSION_NUMBER);
	else if (err == ERR_NOT_FOUND) /* shipped, and never switched on */
		err = script_text(page, data->name, &text, &is_shipped);
	if (err == ERR_OK)
		err = admin_side_fill(page, *read, "scripts", &data->side);
	if (err != ERR_OK)
		return err;
	form_begin(page, &data->form);
	*out = data;
	return ERR_OK;
}

static int
show_versions(struct page *page)
{
	struct newest_page found = { .count = 0 };
	struct versions_page *data;
	struct version_view *views;
	struct site_read *read;
	enum err err = begin(page, &data, &read);

	if (err == ERR_OK)
		err = version_list(read->snapshot, data->name,
		    request_query(page->request, "after"), VERSIONS_SHOWN,
		    page->arena, &found);
	if (err != ERR_OK)
		return err == ERR_INVALID ? 404 : page_status(err);
	views = arena_array(page->arena, struct version_view, found.count + 1);
	if (views == NULL)
		return 503;
	for (size_t i = 0; i < found.count; i++) {
		version_view_fill(page, read, &found.records[i], &views[i]);
		views[i].is_newest = views[i].number == data->seen;
	}
	data->versions = VIEW_LIST_OF(views, found.count);
	if (found.after.len > 0)
		data->more_url = admin_url(page,
		    "scripts/%.*s/versions?after=%.*s", BYTES_ARG(data->name),
		    BYTES_ARG(found.after));
	return page_show(page, "admin/versions", &page_type, data);
}

static enum err
find(struct site_read *read, struct bytes file, struct bytes number,
    struct record *out)
{
	int64_t n;

	if (bytes_to_int(number, &n) != ERR_OK)
		return ERR_NOT_FOUND;
	return version_find(read->snapshot, file, n, out);
}

/* Compare with the version that the query names, else the one before; the
 * first one is compared with nothing. */
static enum err
compare(struct page *page, struct site_read *read, struct versions_page *data,
    const struct record *version)
{
	struct bytes from = request_query(page->request, "from");
	struct bytes old = BYTES(""), new;
	struct record other;
	enum err err;

	err = from.len > 0 ?
	    find(read, data->name, from, &other) :
	    version_find(read->snapshot, data->name,
		record_int(version, VERSION_NUMBER) - 1, &other);
	data->has_other = err == ERR_OK;
	if (err == ERR_OK) {
		version_view_fill(page, read, &other, &data->other);
		err = record_bigtext(
		    read->snapshot, &other, VERSION_TEXT, page->arena, &old);
	} else if (err == ERR_NOT_FOUND && from.len == 0) {
		err = ERR_OK;
	}
	if (err == ERR_OK)
		err = record_bigtext(
		    read->snapshot, version, VERSION_TEXT, page->arena, &new);
	return err == ERR_OK ? diff_fill(page, old, new, &data->rows) : err;
}

static int
show_version(struct page *page)
{
	struct versions_page *data;
	struct site_read *read;
	struct record version;
	enum err err = begin(page, &data, &read);

	if (err == ERR_OK)
		err = find(read, data->name,
		    request_route(page->request, "number"), &version);
	if (err == ERR_OK)
		err = compare(page, read, data, &version);
	if (err != ERR_OK)
		return page_status(err);
	version_view_fill(page, read, &version, &data->shown);
	data->shown.is_newest = data->shown.number == data->seen;
	data->is_compared = true;
	data->is_same = data->rows.count == 0;
	data->may_go_back = !data->shown.is_newest && !data->shown.is_removed;
	return page_show(page, "admin/version", &page_type, data);
}

/* What an upgrade changed in the shipped script that this one was made from. */
static int
show_original(struct page *page)
{
	struct versions_page *data;
	struct bytes old, now, name;
	struct site_read *read;
	struct record newest;
	enum err err = begin(page, &data, &read);

	if (err == ERR_OK)
		err = version_newest(read->snapshot, data->name, &newest);
	if (err != ERR_OK)
		return page_status(err);
	name = record_text(&newest, VERSION_ORIGINAL);
	if (name.len == 0)
		return 404;
	err = version_original(read->snapshot, name,
	    record_text(&newest, VERSION_ORIGINAL_HASH), page->arena, &old);
	if (err == ERR_OK)
		err = script_disk_shipped(page->desk, name, page->arena, &now);
	if (err == ERR_OK)
		err = diff_fill(page, old, now, &data->rows);
	if (err != ERR_OK)
		return page_status(err);
	data->about = name;
	data->is_original = true;
	data->is_same = data->rows.count == 0;
	return page_show(page, "admin/version", &page_type, data);
}

/* --- back --- */

/* Whether the text may be at work, and how its tests go: what does not load is
 * refused, what fails is said. */
static enum err
try_text(struct page *page, struct script_saving *s, bool *is_good)
{
	struct script_report report;
	struct tests_view tests;
	struct why why = { .message = "" };
	enum err err = ERR_OK;

	*is_good = true;
	if (script_name_is_test(s->name))
		return ERR_OK;
	err = script_check(page->desk, s->name, s->text, BYTES_NONE,
	    page->arena, &report, &why);
	if (err == ERR_OK && report.files[0].state == SCRIPT_FAILED) {
		*is_good = false;
		page_flash(page, "error",
		    arena_printf(page->arena, "%s %.*s",
			page_tr(page, N_("It does not load any more:")),
			BYTES_ARG(report.files[0].message)));
	}
	if (err == ERR_OK && *is_good)
		err = tests_fill(page, s->name, s->text, BYTES_NONE, &tests);
	if (err == ERR_OK && *is_good) {
		s->has_run = tests.has_run;
		s->passed = tests.passed;
		s->failed = tests.failed;
	}
	return err;
}

/* A version's text; its own of the snapshot is copied. */
static enum err
take_version(
    struct page *page, const struct form *form, struct script_saving *s)
{
	struct site_read *read;
	struct record version;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = find(read, s->name, form_line(form, "version"), &version);
	if (err == ERR_OK && record_int(&version, VERSION_IS_REMOVED))
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = record_bigtext(read->snapshot, &version, VERSION_TEXT,
		    page->arena, &s->text);
	if (err == ERR_OK) {
		s->again = record_int(&version, VERSION_NUMBER);
		s->text.at = arena_copy(page->arena, s->text.at, s->text.len);
		if (s->text.at == NULL)
			err = ERR_NOMEM;
	}
	page_read_end(page);
	return err;
}

static void
tell_back(struct page *page, const struct script_saving *s)
{
	struct tr_value values[2] = { { "n", BYTES_NONE },
		{ "failed", BYTES_NONE } };
	struct bytes text;

	values[0].value = bytes_of(
	    arena_printf(page->arena, "%lld", (long long)s->again));
	values[1].value = bytes_of(
	    arena_printf(page->arena, "%lld", (long long)s->failed));
	text = tr_fill(page->arena,
	    page_tr(page,
		s->failed > 0 ?
		    N_("Version {n} is at work again. Tests that fail: "
		       "{failed}.") :
		    N_("Version {n} is at work again.")),
	    values, 2);
	page_flash(page, s->failed > 0 ? "warn" : "ok",
	    text.at != NULL ? text.at : "");
}

static int
post_back(struct page *page)
{
	struct script_saving s = { .name = request_route(page->request, "name"),
		.origin = ORIGIN_BACK,
		.has_seen = true };
	struct actor actor = agent_actor(page);
	struct form form;
	bool is_good = false;
	int64_t saved;
	enum err err;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);

	if (status != 0)
		return status;
	s.seen = params_int(&form.fields, "seen", 0);
	err = take_version(page, &form, &s);
	if (err == ERR_OK)
		err = try_text(page, &s, &is_good);
	if (err == ERR_OK && is_good)
		err = script_save(page->desk, &actor, SOURCE_AGENT, &s,
		    page->arena, &saved, &page->why);
	if (err == ERR_STALE)
		page_flash(page, "warn",
		    page_tr(page,
			N_("Somebody else changed this in the meantime. Look "
			   "at what is there now.")));
	else if (err != ERR_OK)
		return page_status(err);
	else if (is_good)
		tell_back(page, &s);
	return page_redirect(
	    page, "/admin/scripts/%.*s/versions", BYTES_ARG(s.name));
}

const struct route admin_version_routes[] = {
	{ ROUTE_GET, "/admin/scripts/{name}/versions", ACCESS_ADMIN,
	    show_versions, false },
	{ ROUTE_GET, "/admin/scripts/{name}/versions/{number}", ACCESS_ADMIN,
	    show_version, false },
	{ ROUTE_GET, "/admin/scripts/{name}/original", ACCESS_ADMIN,
	    show_original, false },
	{ ROUTE_POST, "/admin/scripts/{name}/back", ACCESS_ADMIN, post_back,
	    false },
	{ .pattern = NULL },
};
