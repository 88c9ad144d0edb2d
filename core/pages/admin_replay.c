/* core/pages/admin_replay.c - /admin/scripts/NAME/replay: the last weeks once
 * more, with this script.
 *
 * It only looks: see core/desk/replay.h. The page shows the one replay that
 * the site has in the background, whoever began it.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/version.h"
#include "core/pages/admin_replay.h"
#include "core/web/template.h"

#define DAYS_USUAL 30

struct difference_view {
	struct bytes kind, name, from, to, by;
	int64_t at_us, then_us, now_us;
	bool is_field, is_said, is_moved, is_new, is_gone;
};

struct ticket_view {
	int64_t number, more;
	struct bytes subject, url, why_not;
	struct difference_view *first;
	struct view_list followed;
};

struct error_view {
	struct bytes handler;
	int64_t count;
	struct script_error error;
};

struct count_view {
	struct bytes name;
	int64_t was, is;
};

struct replay_page {
	struct admin_side side;
	struct script_view script;
	bool is_running, is_stopping, is_done, is_cut, is_against_run;
	bool is_of_other, is_draft, is_week, is_month, is_quarter;
	bool has_tickets, has_not, has_errors, has_more, is_empty;
	struct bytes other, other_url, problem, changed, slowest, slowest_took;
	struct script_error error; /* it does not load */
	int64_t done, total, percent;
	int64_t since_us, until_us, reached_us, began_us;
	int64_t looked, differ, not_replayed, added, shown, imported;
	struct view_list tickets, not, errors, counts;
};

#define TIME(type_, name) \
	{ \
#name, VIEW_TIME, offsetof(type_, name##_us), NULL, NULL \
	}

static const struct view_field difference_fields[] = {
	VIEW_FIELD(struct difference_view, kind, VIEW_TEXT),
	VIEW_FIELD(struct difference_view, name, VIEW_TEXT),
	VIEW_FIELD(struct difference_view, from, VIEW_TEXT),
	VIEW_FIELD(struct difference_view, to, VIEW_TEXT),
	VIEW_FIELD(struct difference_view, by, VIEW_TEXT),
	VIEW_FIELD(struct difference_view, is_field, VIEW_BOOL),
	VIEW_FIELD(struct difference_view, is_said, VIEW_BOOL),
	VIEW_FIELD(struct difference_view, is_moved, VIEW_BOOL),
	VIEW_FIELD(struct difference_view, is_new, VIEW_BOOL),
	VIEW_FIELD(struct difference_view, is_gone, VIEW_BOOL),
	TIME(struct difference_view, at),
	{ "then_at", VIEW_TIME, offsetof(struct difference_view, then_us), NULL,
	    NULL },
	{ "now_at", VIEW_TIME, offsetof(struct difference_view, now_us), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type difference_type = { "difference",
	difference_fields, NULL, NULL };

static void
ticket_first(const void *self, struct view *view, struct value *out)
{
	const struct ticket_view *ticket = self;

	(void)view;
	value_object(out, &difference_type, ticket->first);
}

static const struct view_field ticket_fields[] = {
	VIEW_FIELD(struct ticket_view, number, VIEW_INT),
	VIEW_FIELD(struct ticket_view, more, VIEW_INT),
	VIEW_FIELD(struct ticket_view, subject, VIEW_TEXT),
	VIEW_FIELD(struct ticket_view, url, VIEW_TEXT),
	VIEW_FIELD(struct ticket_view, why_not, VIEW_TEXT),
	{ "first", VIEW_GET, 0, NULL, ticket_first },
	{ "followed", VIEW_LIST, offsetof(struct ticket_view, followed),
	    &difference_type, NULL },
	{ .name = NULL },
};
static const struct view_type ticket_type = { "replayed ticket", ticket_fields,
	NULL, NULL };

static const struct view_field error_fields[] = {
	VIEW_FIELD(struct error_view, handler, VIEW_TEXT),
	VIEW_FIELD(struct error_view, count, VIEW_INT),
	{ "where", VIEW_TEXT, offsetof(struct error_view, error.where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct error_view, error.message),
	    NULL, NULL },
	{ .name = NULL },
};
static const struct view_type error_type = { "replay's error", error_fields,
	NULL, NULL };

static const struct view_field count_fields[] = {
	VIEW_FIELD(struct count_view, name, VIEW_TEXT),
	VIEW_FIELD(struct count_view, was, VIEW_INT),
	VIEW_FIELD(struct count_view, is, VIEW_INT),
	{ .name = NULL },
};
static const struct view_type count_type = { "replay's count", count_fields,
	NULL, NULL };

static const struct view_field replay_fields[] = {
	ADMIN_SIDE_FIELDS(struct replay_page, side),
	{ "script", VIEW_INSIDE, offsetof(struct replay_page, script),
	    &script_view_type, NULL },
	VIEW_FIELD(struct replay_page, is_running, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_stopping, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_done, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_cut, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_against_run, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_of_other, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_draft, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_week, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_month, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_quarter, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, has_tickets, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, has_not, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, has_errors, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, has_more, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, is_empty, VIEW_BOOL),
	VIEW_FIELD(struct replay_page, other, VIEW_TEXT),
	VIEW_FIELD(struct replay_page, other_url, VIEW_TEXT),
	VIEW_FIELD(struct replay_page, problem, VIEW_TEXT),
	VIEW_FIELD(struct replay_page, changed, VIEW_TEXT),
	VIEW_FIELD(struct replay_page, slowest, VIEW_TEXT),
	VIEW_FIELD(struct replay_page, slowest_took, VIEW_TEXT),
	{ "where", VIEW_TEXT, offsetof(struct replay_page, error.where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct replay_page, error.message),
	    NULL, NULL },
	VIEW_FIELD(struct replay_page, done, VIEW_INT),
	VIEW_FIELD(struct replay_page, total, VIEW_INT),
	VIEW_FIELD(struct replay_page, percent, VIEW_INT),
	VIEW_FIELD(struct replay_page, looked, VIEW_INT),
	VIEW_FIELD(struct replay_page, differ, VIEW_INT),
	VIEW_FIELD(struct replay_page, not_replayed, VIEW_INT),
	VIEW_FIELD(struct replay_page, added, VIEW_INT),
	VIEW_FIELD(struct replay_page, shown, VIEW_INT),
	VIEW_FIELD(struct replay_page, imported, VIEW_INT),
	TIME(struct replay_page, since),
	TIME(struct replay_page, until),
	TIME(struct replay_page, reached),
	TIME(struct replay_page, began),
	{ "tickets", VIEW_LIST, offsetof(struct replay_page, tickets),
	    &ticket_type, NULL },
	{ "not", VIEW_LIST, offsetof(struct replay_page, not ), &ticket_type,
	    NULL },
	{ "errors", VIEW_LIST, offsetof(struct replay_page, errors),
	    &error_type, NULL },
	{ "counts", VIEW_LIST, offsetof(struct replay_page, counts),
	    &count_type, NULL },
	{ .name = NULL },
};
static const struct view_type replay_type = { "replay page", replay_fields,
	NULL, NULL };

/* --- what came of it --- */

static void
fill_difference(struct page *page, const struct replay_difference *d,
    struct difference_view *out)
{
	bool is_field = d->what == REPLAY_FIELD;

	*out = (struct difference_view){
		.kind = bytes_of(page_tr(page, replay_what_words(d->what))),
		.name = d->name,
		.from = d->from,
		.to = d->to,
		.by = d->by,
		.at_us = d->at_us,
		.then_us = d->then_us,
		.now_us = d->now_us,
		.is_field = is_field,
		.is_said = d->what == REPLAY_NOTE || d->what == REPLAY_REPLY,
		.is_moved = d->had && d->has && bytes_equal(d->from, d->to),
		.is_new = !d->had,
		.is_gone = !d->has,
	};
}

struct bytes
replay_ticket_url(struct page *page, uint64_t number)
{
	return bytes_of(arena_printf(page->arena, "%.*s/agent/t/%llu",
	    BYTES_ARG(page->root.base), (unsigned long long)number));
}

static enum err
fill_ticket(struct page *page, const struct replay_ticket *ticket,
    struct ticket_view *out)
{
	struct difference_view *views = arena_array(
	    page->arena, struct difference_view, REPLAY_DIFFERENCES_MAX + 1);
	size_t n = 0;

	if (views == NULL)
		return ERR_NOMEM;
	for (const struct replay_difference *d = ticket->differences; d != NULL;
	     d = d->next)
		fill_difference(page, d, &views[n++]);
	*out = (struct ticket_view){ .number = (int64_t)ticket->number,
		.subject = ticket->subject,
		.url = replay_ticket_url(page, ticket->number),
		.first = n > 0 ? &views[0] : NULL,
		.followed = VIEW_LIST_OF(views + 1, n > 0 ? n - 1 : 0),
		.more = (int64_t)ticket->count - 1 };
	if (ticket->why_not != NULL)
		out->why_not = tr_why(page->arena, page->lang, ticket->why_not);
	return ERR_OK;
}

static enum err
fill_tickets(
    struct page *page, const struct replay_kept *kept, struct replay_page *data)
{
	struct ticket_view *differ = arena_array(
	    page->arena, struct ticket_view, REPLAY_KEPT_MAX);
	struct ticket_view *not = arena_array(
	    page->arena, struct ticket_view, REPLAY_KEPT_MAX);
	size_t differ_count = 0, not_count = 0;
	enum err err = differ != NULL && not != NULL ? ERR_OK : ERR_NOMEM;

	for (; err == ERR_OK && kept != NULL; kept = kept->next)
		err = fill_ticket(page, &kept->ticket,
		    kept->ticket.why_not != NULL ? &not [not_count++] :
						   &differ[differ_count++]);
	data->tickets = VIEW_LIST_OF(differ, differ_count);
	data->not = VIEW_LIST_OF(not, not_count);
	data->has_tickets = differ_count > 0;
	data->has_not = not_count > 0;
	data->shown = (int64_t)(differ_count + not_count);
	data->has_more = data->shown < data->differ + data->not_replayed;
	return err;
}

static enum err
fill_errors(struct page *page, const struct replay_report *report,
    struct replay_page *data)
{
	const struct replay_error *e;
	struct error_view *views;
	size_t count = 0, n = 0;

	for (e = report->errors; e != NULL; e = e->next)
		count++;
	views = arena_array(page->arena, struct error_view, count + 1);
	if (views == NULL)
		return ERR_NOMEM;
	for (e = report->errors; e != NULL; e = e->next) {
		views[n].handler = e->handler;
		views[n].count = (int64_t)e->count;
		script_error_split(e->message, &views[n++].error);
	}
	data->errors = VIEW_LIST_OF(views, n);
	data->has_errors = n > 0;
	return ERR_OK;
}

static enum err
fill_counts(struct page *page, const struct replay_report *report,
    struct replay_page *data)
{
	const struct {
		const char *name;
		uint64_t was, is;
	} rows[] = {
		{ N_("Mails"), report->was.mails, report->is.mails },
		{ N_("Notes of scripts"), report->was.notes, report->is.notes },
		{ N_("Answers of scripts"), report->was.replies,
		    report->is.replies },
		{ N_("Changes by scripts"), report->was.changes,
		    report->is.changes },
	};
	size_t count = sizeof rows / sizeof *rows;
	struct count_view *views = arena_array(
	    page->arena, struct count_view, count);

	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		views[i] = (struct count_view){
			.name = bytes_of(page_tr(page, rows[i].name)),
			.was = (int64_t)rows[i].was,
			.is = (int64_t)rows[i].is,
		};
	data->counts = VIEW_LIST_OF(views, count);
	return ERR_OK;
}

static enum err
fill_report(struct page *page, const struct replay_status *status,
    struct replay_page *data)
{
	const struct replay_report *report = &status->report;
	enum err err;

	script_error_split(report->load_error, &data->error);
	data->is_done = report->load_error.len == 0;
	data->since_us = report->since_us;
	data->until_us = report->until_us;
	data->reached_us = report->reached_us;
	data->is_cut = report->reached_us < report->until_us;
	data->is_against_run = report->is_against_run;
	data->changed = report->changed;
	data->looked = (int64_t)report->tickets;
	data->differ = (int64_t)report->differ;
	data->not_replayed = (int64_t)report->not_replayed;
	data->added = (int64_t)report->added;
	data->imported = (int64_t)report->told;
	data->is_empty = report->tickets == 0 && !data->is_cut;
	data->slowest = report->slowest;
	data->slowest_took = bytes_of(arena_printf(
	    page->arena, "%.1f ms", (double)report->slowest_us / 1000));
	err = fill_tickets(page, status->tickets, data);
	if (err == ERR_OK)
		err = fill_errors(page, report, data);
	return err == ERR_OK ? fill_counts(page, report, data) : err;
}

/* The period is the one that was asked for last. */
static enum err
fill_status(struct page *page, struct replay_page *data)
{
	struct bytes name = request_route(page->request, "name");
	struct replay_status status;
	enum err err = replay_look(page->desk, page->arena, &status);
	int64_t days = DAYS_USUAL;

	if (err != ERR_OK)
		return err;
	if (status.state != REPLAY_NONE)
		days = (status.began_us - status.since_us) / CLOCK_DAY_US;
	data->is_week = days < 20;
	data->is_quarter = days > 60;
	data->is_month = !data->is_week && !data->is_quarter;
	data->is_of_other = status.state != REPLAY_NONE &&
	    !bytes_equal(status.script, name);
	if (data->is_of_other) {
		data->other = status.script;
		data->other_url = admin_url(
		    page, "scripts/%.*s/replay", BYTES_ARG(status.script));
	}
	data->is_running = status.state == REPLAY_RUNS;
	data->is_stopping = status.is_stopping;
	data->is_draft = status.is_draft;
	data->began_us = status.began_us;
	data->done = (int64_t)status.done;
	data->total = (int64_t)status.total;
	if (status.total > 0)
		data->percent = (int64_t)(100 * status.done / status.total);
	if (data->is_of_other || status.state == REPLAY_NONE)
		return ERR_OK;
	if (status.state == REPLAY_BROKEN)
		data->problem = tr_why(page->arena, page->lang, &status.why);
	return status.state == REPLAY_DONE ? fill_report(page, &status, data) :
					     ERR_OK;
}

/* --- the page --- */

static enum err
find_script(
    struct page *page, struct site_read *read, const struct record **out)
{
	*out = directory_find_key(
	    read->directory, KIND_SCRIPT, request_route(page->request, "name"));
	return *out != NULL ? ERR_OK : ERR_NOT_FOUND;
}

static enum err
fill_page(struct page *page, struct when_set *set, struct replay_page *data)
{
	const struct record *script;
	struct site_read *read;
	enum err err = fill_status(page, data);

	if (err == ERR_OK)
		err = page_read(page, &read);
	if (err == ERR_OK)
		err = find_script(page, read, &script);
	if (err == ERR_OK)
		err = admin_side_fill(page, read, "scripts", &data->side);
	return err == ERR_OK ?
	    script_view_fill(page, read, script, set, &data->script) :
	    err;
}

static int
show_replay(struct page *page)
{
	struct replay_page *data = arena_new(page->arena, struct replay_page);
	struct when_set *set = when_set_take(page->desk);
	enum err err = data != NULL ? fill_page(page, set, data) : ERR_NOMEM;
	int status = page_status(err);

	if (err == ERR_OK)
		status = page_show(page, "admin/replay", &replay_type, data);
	when_set_unref(set);
	return status;
}

/* Forms send lines that end with CR LF. */
static enum err
take_lines(struct page *page, struct bytes text, struct bytes *out)
{
	char *copy = arena_alloc_raw(page->arena, text.len + 1);
	size_t n = 0;

	if (copy == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != '\r')
			copy[n++] = text.at[i];
	*out = (struct bytes){ copy, n };
	return ERR_OK;
}

/* The text that the form has, which may be of a script that is not there yet,
 * or else the file's. */
static enum err
choose_text(struct page *page, struct site_read *read, struct when_set *set,
    struct script_file *out, bool *is_draft)
{
	struct script_view view = { .name = BYTES_NONE };
	const struct record *script;
	enum err err = find_script(page, read, &script);

	if (err == ERR_NOT_FOUND && out->text.len > 0 &&
	    script_name_is_good(out->name)) {
		*is_draft = true;
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = script_view_fill(page, read, script, set, &view);
	if (err != ERR_OK)
		return err;
	*is_draft = out->text.len > 0 && !bytes_equal(out->text, view.text);
	return out->text.len > 0 ? ERR_OK :
				   take_lines(page, view.text, &out->text);
}

enum err
replay_read_text(struct page *page, const struct form *form,
    struct script_file *out, bool *is_draft)
{
	struct when_set *set = when_set_take(page->desk);
	struct site_read *read;
	enum err err = page_read(page, &read);

	out->name = request_route(page->request, "name");
	out->good = BYTES_NONE;
	if (err == ERR_OK)
		err = take_lines(page, form_get(form, "source"), &out->text);
	if (err == ERR_OK)
		err = choose_text(page, read, set, out, is_draft);
	page_read_end(page);
	when_set_unref(set);
	return err;
}

static int
go_back(struct page *page)
{
	return page_redirect(page, "/admin/scripts/%.*s/replay",
	    BYTES_ARG(request_route(page->request, "name")));
}

static int
post_replay(struct page *page)
{
	struct replay_order order = { .since_us = 0 };
	int64_t days = DAYS_USUAL;
	struct form form;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);
	enum err err;

	if (status != 0)
		return status;
	if (bytes_to_int(form_get(&form, "days"), &days) != ERR_OK ||
	    days < 1 || days > 400)
		days = DAYS_USUAL;
	order.since_us = page->now_us - days * CLOCK_DAY_US;
	err = replay_read_text(page, &form, &order.file, &order.is_draft);
	if (err == ERR_OK)
		err = replay_begin(page->desk, &order);
	if (err == ERR_BUSY)
		page_flash(
		    page, "warn", page_tr(page, N_("One is running already.")));
	else if (err != ERR_OK)
		return page_status(err);
	return go_back(page);
}

static int
post_stop(struct page *page)
{
	replay_end(page->desk);
	return go_back(page);
}

const struct route admin_replay_routes[] = {
	{ ROUTE_GET, "/admin/scripts/{name}/replay", ACCESS_ADMIN, show_replay,
	    false },
	{ ROUTE_POST, "/admin/scripts/{name}/replay", ACCESS_ADMIN, post_replay,
	    false },
	{ ROUTE_POST, "/admin/scripts/{name}/replay/stop", ACCESS_ADMIN,
	    post_stop, false },
	{ .pattern = NULL },
};
