/* core/pages/admin_scripts.c - /admin/scripts: what runs, what failed. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/desk/job.h"
#include "core/desk/version.h"
#include "core/pages/admin_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FAILED_SHOWN 100
#define RUNS_SHOWN 30
#define TROUBLES_SHOWN 10
#define TROUBLES_LOOKED 500
#define GONE_SHOWN 20

/* A run that was set aside. */
struct failed_view {
	struct bytes id, script, hook, url;
	struct script_error error;
	int64_t ticket, at_us, tries;
};

struct host_view {
	bool is_running, is_idle, is_off;
	struct bytes pid, memory;
};

struct scripts_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct admin_side side;
	int64_t loaded_us;
	struct host_view host;
	bool has_scripts, has_failed, has_troubles, has_gone, has_order;
	bool has_wrong, has_working, has_off;
	struct view_list wrong, working, off; /* of struct script_view */
	struct view_list failed, runs, gone, limits, order;
};

/* A script whose file was removed; its versions are there. */
struct gone_view {
	struct bytes name, url;
	int64_t at_us;
};

static const struct view_field gone_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct gone_view, name), NULL, NULL },
	{ "url", VIEW_TEXT, offsetof(struct gone_view, url), NULL, NULL },
	{ "at", VIEW_TIME, offsetof(struct gone_view, at_us), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type gone_type = { "removed script", gone_fields, NULL,
	NULL };

static void failed_ticket(
    const void *self, struct view *view, struct value *out);

static const struct view_field failed_fields[] = {
	VIEW_FIELD(struct failed_view, id, VIEW_TEXT),
	VIEW_FIELD(struct failed_view, script, VIEW_TEXT),
	VIEW_FIELD(struct failed_view, hook, VIEW_TEXT),
	VIEW_FIELD(struct failed_view, tries, VIEW_INT),
	{ "where", VIEW_TEXT, offsetof(struct failed_view, error.where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct failed_view, error.message),
	    NULL, NULL },
	{ "at", VIEW_TIME, offsetof(struct failed_view, at_us), NULL, NULL },
	{ "ticket", VIEW_GET, 0, NULL, failed_ticket },
	{ .name = NULL },
};
static const struct view_type failed_type = { "failed run", failed_fields, NULL,
	NULL };

static const struct view_field failed_ticket_fields[] = {
	{ "number", VIEW_INT, offsetof(struct failed_view, ticket), NULL,
	    NULL },
	{ "url", VIEW_TEXT, offsetof(struct failed_view, url), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type failed_ticket_type = { "failed run's ticket",
	failed_ticket_fields, NULL, NULL };

static void
failed_ticket(const void *self, struct view *view, struct value *out)
{
	const struct failed_view *failed = self;

	(void)view;
	value_object(
	    out, &failed_ticket_type, failed->ticket != 0 ? failed : NULL);
}

static const struct view_field host_fields[] = {
	{ "is_running", VIEW_BOOL, offsetof(struct host_view, is_running), NULL,
	    NULL },
	{ "is_idle", VIEW_BOOL, offsetof(struct host_view, is_idle), NULL,
	    NULL },
	{ "is_off", VIEW_BOOL, offsetof(struct host_view, is_off), NULL, NULL },
	{ "pid", VIEW_TEXT, offsetof(struct host_view, pid), NULL, NULL },
	{ "memory", VIEW_TEXT, offsetof(struct host_view, memory), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type host_type = { "host", host_fields, NULL, NULL };

static const struct view_field scripts_fields[] = {
	FORM_FIELDS(struct scripts_page, form),
	ADMIN_SIDE_FIELDS(struct scripts_page, side),
	{ "loaded", VIEW_TIME, offsetof(struct scripts_page, loaded_us), NULL,
	    NULL },
	{ "host", VIEW_INSIDE, offsetof(struct scripts_page, host), &host_type,
	    NULL },
	{ "has_scripts", VIEW_BOOL, offsetof(struct scripts_page, has_scripts),
	    NULL, NULL },
	{ "has_wrong", VIEW_BOOL, offsetof(struct scripts_page, has_wrong),
	    NULL, NULL },
	{ "wrong", VIEW_LIST, offsetof(struct scripts_page, wrong),
	    &script_view_type, NULL },
	{ "has_working", VIEW_BOOL, offsetof(struct scripts_page, has_working),
	    NULL, NULL },
	{ "working", VIEW_LIST, offsetof(struct scripts_page, working),
	    &script_view_type, NULL },
	{ "has_off", VIEW_BOOL, offsetof(struct scripts_page, has_off), NULL,
	    NULL },
	{ "off", VIEW_LIST, offsetof(struct scripts_page, off),
	    &script_view_type, NULL },
	{ "has_failed", VIEW_BOOL, offsetof(struct scripts_page, has_failed),
	    NULL, NULL },
	{ "failed", VIEW_LIST, offsetof(struct scripts_page, failed),
	    &failed_type, NULL },
	{ "limits", VIEW_LIST, offsetof(struct scripts_page, limits),
	    &limit_view_type, NULL },
	{ "has_order", VIEW_BOOL, offsetof(struct scripts_page, has_order),
	    NULL, NULL },
	{ "order", VIEW_LIST, offsetof(struct scripts_page, order),
	    &hook_view_type, NULL },
	{ "has_gone", VIEW_BOOL, offsetof(struct scripts_page, has_gone), NULL,
	    NULL },
	{ "gone", VIEW_LIST, offsetof(struct scripts_page, gone), &gone_type,
	    NULL },
	{ "has_troubles", VIEW_BOOL,
	    offsetof(struct scripts_page, has_troubles), NULL, NULL },
	{ "runs", VIEW_LIST, offsetof(struct scripts_page, runs),
	    &run_view_type, NULL },
	{ .name = NULL },
};
static const struct view_type scripts_type = { "scripts page", scripts_fields,
	NULL, NULL };

static bool
is_wrong(const struct script_view *view)
{
	return view->is_on && !view->is_ok;
}

static bool
is_working(const struct script_view *view)
{
	return view->is_on && view->is_ok;
}

static bool
is_off(const struct script_view *view)
{
	return !view->is_on;
}

/* The site's own before what is shipped: somebody has just written them. */
static int
compare_own(const void *a, const void *b)
{
	const struct script_view *one = a, *other = b;

	if (one->is_own != other->is_own)
		return one->is_own ? -1 : 1;
	return bytes_compare(one->name, other->name);
}

/* Those of <all> that are so. */
static enum err
pick(struct page *page, const struct script_view *all, size_t count,
    bool (*is_so)(const struct script_view *view), struct view_list *out,
    bool *has)
{
	struct script_view *views = arena_array(
	    page->arena, struct script_view, count + 1);
	size_t n = 0;

	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (is_so(&all[i]))
			views[n++] = all[i];
	qsort(views, n, sizeof *views, compare_own);
	*out = VIEW_LIST_OF(views, n);
	*has = n > 0;
	return ERR_OK;
}

/* What needs a look first, what waits last. */
static enum err
fill_scripts(struct page *page, struct site_read *read, struct when_set *set,
    struct scripts_page *data)
{
	size_t count;
	const struct record *const *all = directory_all(
	    read->directory, KIND_SCRIPT, &count);
	struct script_view *views = arena_array(
	    page->arena, struct script_view, count + 1);
	enum err err = ERR_OK;

	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = script_view_fill(page, read, all[i], set, &views[i]);
	data->has_scripts = count > 0;
	if (err == ERR_OK)
		err = pick(page, views, count, is_wrong, &data->wrong,
		    &data->has_wrong);
	if (err == ERR_OK)
		err = pick(page, views, count, is_working, &data->working,
		    &data->has_working);
	if (err == ERR_OK)
		err = pick(
		    page, views, count, is_off, &data->off, &data->has_off);
	return err;
}

/* What the run was for, in the words of hooks.def; mails by their kind. */
static struct bytes
hook_of(const struct record *job, struct when_set *set)
{
	static const enum script_kind kinds[] = { SCRIPT_HANDLER, SCRIPT_JOB,
		SCRIPT_TIMER };
	const struct script_handler *handler = NULL;

	for (size_t i = 0; set != NULL && handler == NULL && i < 3; i++)
		handler = script_set_find(when_set_scripts(set), kinds[i],
		    record_text(job, JOB_NAME));
	if (handler != NULL && handler->kind == SCRIPT_HANDLER)
		return bytes_of(hook_points[handler->hook].name);
	return bytes_of(record_word(job, JOB_TYPE));
}

static enum err
fill_one_failed(struct page *page, const struct job_run *run,
    struct when_set *set, struct failed_view *out)
{
	struct buf id = buf_in(page->arena);

	job_id_add(&id, &run->at);
	if (id.failed)
		return ERR_NOMEM;
	*out = (struct failed_view){ .id = buf_get(&id),
		.script = record_text(&run->job, JOB_NAME),
		.hook = hook_of(&run->job, set),
		.ticket = record_int(&run->job, JOB_TICKET),
		.at_us = record_int(&run->job, JOB_SET_AT),
		.tries = record_int(&run->job, JOB_TRIES) };
	script_error_split(record_text(&run->job, JOB_ERROR), &out->error);
	if (out->ticket != 0)
		out->url = bytes_of(
		    arena_printf(page->arena, "%.*s/agent/t/%lld",
			BYTES_ARG(page->root.base), (long long)out->ticket));
	return ERR_OK;
}

static enum err
fill_failed(struct page *page, struct site_read *read, struct when_set *set,
    struct scripts_page *data)
{
	struct failed_view *views = arena_array(
	    page->arena, struct failed_view, FAILED_SHOWN);
	struct job_at at = { .number = 0 };
	struct job_run run;
	size_t count = 0;
	enum err err = ERR_OK;

	if (views == NULL)
		return ERR_NOMEM;
	while (err == ERR_OK && count < FAILED_SHOWN) {
		err = job_next_failed(read->snapshot, &at, &run);
		if (err == ERR_OK)
			err = fill_one_failed(page, &run, set, &views[count++]);
	}
	data->failed = VIEW_LIST_OF(views, count);
	data->has_failed = count > 0;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Runs before a commit that failed of late: nothing else tells of them. */
static enum err
fill_troubles(
    struct page *page, struct site_read *read, struct scripts_page *data)
{
	struct run_view *views = arena_array(
	    page->arena, struct run_view, TROUBLES_SHOWN);
	struct trace_run *runs;
	size_t count, n = 0;
	enum err err = trace_newest(
	    read, BYTES_NONE, TROUBLES_LOOKED, page->arena, &runs, &count);

	if (err != ERR_OK || views == NULL)
		return err != ERR_OK ? err : ERR_NOMEM;
	for (size_t i = 0; i < count && n < TROUBLES_SHOWN; i++) {
		enum hook hook = hook_find(runs[i].hook);

		if (runs[i].error.len > 0 && hook != HOOK__COUNT &&
		    hook_points[hook].kind == HOOK_BEFORE &&
		    runs[i].at_us > read->now_us - CLOCK_DAY_US)
			run_view_fill(page, &runs[i], &views[n++]);
	}
	data->runs = VIEW_LIST_OF(views, n);
	data->has_troubles = n > 0;
	return ERR_OK;
}

static enum err
fill_gone(struct page *page, struct site_read *read, struct scripts_page *data)
{
	struct gone_view *views = arena_array(
	    page->arena, struct gone_view, GONE_SHOWN);
	struct bytes name = BYTES_NONE;
	struct record newest;
	size_t n = 0;
	enum err err = views != NULL ? ERR_OK : ERR_NOMEM;

	while (err == ERR_OK && n < GONE_SHOWN) {
		err = version_next_file(
		    read->snapshot, name, page->arena, &name);
		if (err == ERR_OK)
			err = version_newest(read->snapshot, name, &newest);
		if (err != ERR_OK || script_name_is_test(name) ||
		    !record_int(&newest, VERSION_IS_REMOVED))
			continue;
		views[n++] = (struct gone_view){ name,
			admin_url(
			    page, "scripts/%.*s/versions", BYTES_ARG(name)),
			record_int(&newest, VERSION_AT) };
	}
	data->gone = VIEW_LIST_OF(views, n);
	data->has_gone = n > 0;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* What memory the process <pid> holds; empty where that is not told. */
static struct bytes
memory_of(struct page *page, int pid)
{
	char path[64];
	long pages = 0;
	FILE *file;
	int fields = 0;

	snprintf(path, sizeof path, "/proc/%d/statm", pid);
	file = fopen(path, "re");
	if (file != NULL) {
		fields = fscanf(file, "%*s %ld", &pages);
		fclose(file);
	}
	return fields == 1 ?
	    page_size_text(page, (int64_t)pages * sysconf(_SC_PAGESIZE)) :
	    BYTES("?");
}

static void
fill_host(struct page *page, bool has_set, struct host_view *out)
{
	struct script_host_status status;

	script_host_status(site_scripts(page->desk), &status);
	out->is_running = status.pid != 0;
	out->is_idle = status.pid == 0 && has_set;
	out->is_off = status.pid == 0 && !has_set;
	if (!out->is_running)
		return;
	out->pid = bytes_of(arena_printf(page->arena, "%d", status.pid));
	out->memory = memory_of(page, status.pid);
}

static enum err
fill_page(struct page *page, struct when_set *set, struct scripts_page *data)
{
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = admin_side_fill(page, read, "scripts", &data->side);
	if (err == ERR_OK)
		err = fill_scripts(page, read, set, data);
	if (err == ERR_OK)
		err = fill_failed(page, read, set, data);
	if (err == ERR_OK)
		err = fill_troubles(page, read, data);
	if (err == ERR_OK)
		err = fill_gone(page, read, data);
	if (err == ERR_OK)
		err = script_limits_fill(page, read, &data->limits);
	if (err == ERR_OK)
		err = script_order_fill(page, set, &data->order);
	data->has_order = data->order.count > 0;
	if (err != ERR_OK)
		return err;
	form_begin(page, &data->form);
	data->loaded_us = scripts_loaded_us(page->desk);
	fill_host(page, set != NULL || !data->has_scripts, &data->host);
	return ERR_OK;
}

static int
show_scripts(struct page *page)
{
	struct scripts_page *data = arena_new(page->arena, struct scripts_page);
	struct when_set *set = when_set_take(page->desk);
	enum err err = data != NULL ? fill_page(page, set, data) : ERR_NOMEM;
	int status = page_status(err);

	if (err == ERR_OK) /* the names of handlers are the set's */
		status = page_show(page, "admin/scripts", &scripts_type, data);
	when_set_unref(set);
	return status;
}

/* --- one script --- */

struct script_line {
	int64_t number;
	struct bytes text;
	bool is_error;
};

struct script_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct admin_side side;
	struct script_view script;
	struct view_list lines, runs;
	bool has_runs;
	struct bytes ticket, handler; /* of admin/try_form: nothing yet */
};

static const struct view_field line_fields[] = {
	{ "number", VIEW_INT, offsetof(struct script_line, number), NULL,
	    NULL },
	{ "text", VIEW_TEXT, offsetof(struct script_line, text), NULL, NULL },
	{ "is_error", VIEW_BOOL, offsetof(struct script_line, is_error), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type line_type = { "line", line_fields, NULL, NULL };

static const struct view_field script_page_fields[] = {
	FORM_FIELDS(struct script_page, form),
	ADMIN_SIDE_FIELDS(struct script_page, side),
	{ "script", VIEW_INSIDE, offsetof(struct script_page, script),
	    &script_view_type, NULL },
	{ "lines", VIEW_LIST, offsetof(struct script_page, lines), &line_type,
	    NULL },
	{ "has_runs", VIEW_BOOL, offsetof(struct script_page, has_runs), NULL,
	    NULL },
	{ "runs", VIEW_LIST, offsetof(struct script_page, runs), &run_view_type,
	    NULL },
	{ "ticket", VIEW_TEXT, offsetof(struct script_page, ticket), NULL,
	    NULL },
	{ "handler", VIEW_TEXT, offsetof(struct script_page, handler), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type script_page_type = { "script page",
	script_page_fields, NULL, NULL };

static enum err
fill_lines(
    struct page *page, struct bytes text, int64_t wrong, struct view_list *out)
{
	struct script_line *lines;
	size_t count = 1, n = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.at[i] == '\n';
	lines = arena_array(page->arena, struct script_line, count);
	if (lines == NULL)
		return ERR_NOMEM;
	while (text.len > 0) {
		lines[n].text = bytes_split(&text, '\n');
		lines[n].number = (int64_t)n + 1;
		lines[n].is_error = (int64_t)n + 1 == wrong;
		n++;
	}
	*out = VIEW_LIST_OF(lines, n);
	return ERR_OK;
}

static enum err
fill_script_page(
    struct page *page, struct when_set *set, struct script_page *data)
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
	if (err == ERR_OK)
		err = script_view_fill(page, read, script, set, &data->script);
	if (err == ERR_OK)
		err = runs_fill(
		    page, read, data->script.name, RUNS_SHOWN, &data->runs);
	if (err != ERR_OK)
		return err;
	data->has_runs = data->runs.count > 0;
	form_begin(page, &data->form);
	return fill_lines(page, data->script.text,
	    data->script.error != NULL ? data->script.error->line : 0,
	    &data->lines);
}

static int
show_script(struct page *page)
{
	struct script_page *data = arena_new(page->arena, struct script_page);
	struct when_set *set = when_set_take(page->desk);
	enum err err = data != NULL ? fill_script_page(page, set, data) :
				      ERR_NOMEM;
	int status = page_status(err);

	if (err == ERR_OK)
		status = page_show(
		    page, "admin/script", &script_page_type, data);
	when_set_unref(set);
	return status;
}

const struct route admin_script_routes[] = {
	{ ROUTE_GET, "/admin/scripts", ACCESS_ADMIN, show_scripts, false },
	{ ROUTE_GET, "/admin/scripts/{name}", ACCESS_ADMIN, show_script,
	    false },
	{ .pattern = NULL },
};
