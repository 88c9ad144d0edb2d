/* core/pages/admin_script_view.c - one script: file, state, handlers. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/zone.h"
#include "core/base/json_write.h"
#include "core/desk/run.h"
#include "core/pages/admin_script.h"
#include "core/pages/admin_version.h"
#include "core/pages/script_form.h"

#include <stdio.h>
#include <sys/stat.h>

#define ABOUT_MAX 200

static const struct view_field handler_fields[] = {
	VIEW_FIELD(struct handler_view, name, VIEW_TEXT),
	VIEW_FIELD(struct handler_view, took, VIEW_TEXT),
	VIEW_FIELD(struct handler_view, hook, VIEW_CSTR),
	VIEW_FIELD(struct handler_view, order, VIEW_INT),
	VIEW_FIELD(struct handler_view, runs, VIEW_INT),
	VIEW_FIELD(struct handler_view, failed, VIEW_INT),
	VIEW_FIELD(struct handler_view, is_before, VIEW_BOOL),
	VIEW_FIELD(struct handler_view, is_required, VIEW_BOOL),
	VIEW_FIELD(struct handler_view, is_off, VIEW_BOOL),
	VIEW_FIELD(struct handler_view, is_job, VIEW_BOOL),
	VIEW_FIELD(struct handler_view, is_tried, VIEW_BOOL),
	VIEW_FIELD(struct handler_view, offer, VIEW_TEXT),
	{ .name = NULL },
};
static const struct view_type handler_view_type = { "handler", handler_fields,
	NULL, NULL };

static const struct view_field timer_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct timer_view, name), NULL, NULL },
	{ "every", VIEW_TEXT, offsetof(struct timer_view, every), NULL, NULL },
	{ "next", VIEW_TIME, offsetof(struct timer_view, next_us), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type timer_view_type = { "timer", timer_fields, NULL,
	NULL };

static const struct view_field error_fields[] = {
	{ "where", VIEW_TEXT, offsetof(struct script_error, where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct script_error, message), NULL,
	    NULL },
	{ "at", VIEW_TIME, offsetof(struct script_error, at_us), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type error_view_type = { "error", error_fields, NULL,
	NULL };

static const struct view_field setting_fields[] = {
	{ "label", VIEW_TEXT, offsetof(struct script_setting, label), NULL,
	    NULL },
	{ "help", VIEW_TEXT, offsetof(struct script_setting, help), NULL,
	    NULL },
	{ "value", VIEW_TEXT, offsetof(struct script_setting, value), NULL,
	    NULL },
	{ "is_default", VIEW_BOOL, offsetof(struct script_setting, is_default),
	    NULL, NULL },
	{ .name = NULL },
};
static const struct view_type setting_view_type = { "setting", setting_fields,
	NULL, NULL };

static const struct view_field script_fields[] = {
	VIEW_FIELD(struct script_view, name, VIEW_TEXT),
	VIEW_FIELD(struct script_view, file, VIEW_TEXT),
	VIEW_FIELD(struct script_view, about, VIEW_TEXT),
	VIEW_FIELD(struct script_view, url, VIEW_TEXT),
	VIEW_FIELD(struct script_view, replaces, VIEW_TEXT),
	VIEW_FIELD(struct script_view, is_own, VIEW_BOOL),
	VIEW_FIELD(struct script_view, is_on, VIEW_BOOL),
	VIEW_FIELD(struct script_view, is_ok, VIEW_BOOL),
	VIEW_FIELD(struct script_view, is_broken, VIEW_BOOL),
	VIEW_FIELD(struct script_view, is_failing, VIEW_BOOL),
	{ "error", VIEW_OBJECT, offsetof(struct script_view, error),
	    &error_view_type, NULL },
	{ "good", VIEW_TIME, offsetof(struct script_view, good_us), NULL,
	    NULL },
	{ "handlers", VIEW_LIST, offsetof(struct script_view, handlers),
	    &handler_view_type, NULL },
	{ "timers", VIEW_LIST, offsetof(struct script_view, timers),
	    &timer_view_type, NULL },
	VIEW_FIELD(struct script_view, has_settings, VIEW_BOOL),
	VIEW_FIELD(struct script_view, has_warnings, VIEW_BOOL),
	VIEW_FIELD(struct script_view, tests_pass, VIEW_BOOL),
	VIEW_FIELD(struct script_view, tests_fail, VIEW_BOOL),
	{ "newest", VIEW_OBJECT, offsetof(struct script_view, newest),
	    &version_view_type, NULL },
	{ "warnings", VIEW_LIST, offsetof(struct script_view, warnings),
	    &script_warning_type, NULL },
	{ "settings", VIEW_LIST, offsetof(struct script_view, settings),
	    &setting_view_type, NULL },
	{ .name = NULL },
};
const struct view_type script_view_type = { "script", script_fields, NULL,
	NULL };

void
script_error_split(struct bytes error, struct script_error *out)
{
	struct bytes rest = error, file = bytes_split(&rest, ':');
	struct bytes line = bytes_split(&rest, ':');

	out->where = BYTES_NONE;
	out->message = error;
	if (rest.len == 0 || bytes_to_int(line, &out->line) != ERR_OK) {
		out->line = 0;
		return;
	}
	out->where = (struct bytes){ error.at, file.len + 1 + line.len };
	out->message = bytes_trim(rest);
}

struct bytes
script_json_lines(struct page *page, struct bytes json, int depth)
{
	struct buf out = buf_in(page->arena);
	bool is_text = false;
	int level = 0;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.at[i];

		if (is_text && c == '\\' && i + 1 < json.len)
			buf_char(&out, json.at[i++]);
		else if (c == '"')
			is_text = !is_text;
		buf_char(&out, json.at[i]);
		if (is_text)
			continue;
		level += (c == '{' || c == '[') - (c == '}' || c == ']');
		if (level <= depth && (c == ',' || c == '{' || c == '[') &&
		    i + 1 < json.len && strchr("}]", json.at[i + 1]) == NULL) {
			buf_char(&out, '\n');
			for (int n = 0; n < level; n++)
				buf_text(&out, "  ");
		} else if (c == ',' || c == ':') {
			buf_char(&out, ' ');
		}
	}
	return out.failed ? BYTES_NONE : buf_get(&out);
}

/* What the file's first comment says. */
static struct bytes
about_of(struct bytes text)
{
	struct bytes line = bytes_trim(bytes_split(&text, '\n'));

	if (!bytes_start_with(line, BYTES("--")) ||
	    bytes_start_with(line, BYTES("--[")) ||
	    bytes_start_with(line, BYTES("---@")))
		return BYTES_NONE;
	while (line.len > 0 && line.at[0] == '-') {
		line.at++;
		line.len--;
	}
	if (line.len > ABOUT_MAX)
		return BYTES_NONE;
	return bytes_trim(line);
}

/* The site's own file, or the shipped one; what the store has kept if there
 * is none to read any more. */
static enum err
read_file(struct page *page, const struct record *script,
    struct script_view *view, int64_t *changed_us)
{
	struct bytes name = record_text(script, SCRIPT_NAME);
	const char *folders[] = { site_dir(page->desk),
		site_share_dir(page->desk) };
	struct buf text = buf_in(page->arena);
	struct stat st;

	view->text = record_text(script, SCRIPT_SOURCE);
	for (size_t i = 0; i < 2; i++) {
		char *path = arena_printf(page->arena, "%s/scripts/%.*s.lua",
		    folders[i], BYTES_ARG(name));
		enum err err;

		if (path == NULL)
			return ERR_NOMEM;
		err = file_read(path, SCRIPT_SOURCE_MAX, &text, NULL);
		if (err == ERR_NOMEM)
			return err;
		if (err != ERR_OK)
			continue;
		view->text = buf_get(&text);
		view->is_own = i == 0;
		if (stat(path, &st) == 0)
			*changed_us = (int64_t)st.st_mtim.tv_sec *
			    CLOCK_SECOND_US;
		if (i == 0 &&
		    stat(arena_printf(page->arena, "%s/scripts/%.*s.lua",
			     folders[1], BYTES_ARG(name)),
			&st) == 0 &&
		    strcmp(folders[0], folders[1]) != 0)
			view->replaces = view->file;
		return ERR_OK;
	}
	return ERR_OK;
}

/* "every 5 minutes" in the page's language. */
static struct bytes
every_text(struct page *page, int64_t every_us)
{
	int64_t n = every_us / CLOCK_SECOND_US;
	struct tr_value value = { "n", BYTES_NONE };
	char digits[24];
	const char *text;

	if (n % 86400 == 0) {
		n /= 86400;
		text = tr_plural(page->lang, "every day", "every {n} days", n);
	} else if (n % 3600 == 0) {
		n /= 3600;
		text = tr_plural(
		    page->lang, "every hour", "every {n} hours", n);
	} else if (n % 60 == 0) {
		n /= 60;
		text = tr_plural(
		    page->lang, "every minute", "every {n} minutes", n);
	} else {
		text = tr_plural(
		    page->lang, "every second", "every {n} seconds", n);
	}
	snprintf(digits, sizeof digits, "%lld", (long long)n);
	value.value = bytes_of(digits);
	return tr_fill(page->arena, text, &value, 1);
}

/* "30 7 * * 1-5, Europe/Berlin" */
static struct bytes
cron_text(struct page *page, const struct script_handler *handler)
{
	return handler->zone == NULL ?
	    handler->cron_text :
	    bytes_of(arena_printf(page->arena, "%.*s, %s",
		BYTES_ARG(handler->cron_text), zone_name(handler->zone)));
}

/* What is offered, as the script spells it. */
static struct bytes
offer_text(struct page *page, const struct script_handler *handler)
{
	switch (handler->kind) {
	case SCRIPT_ACTION: return BYTES("desk.action");
	case SCRIPT_PANEL: return BYTES("desk.panel");
	case SCRIPT_ROUTE:
		return bytes_of(arena_printf(page->arena, "%.*s %.*s",
		    BYTES_ARG(handler->method), BYTES_ARG(handler->path)));
	default: return BYTES_NONE;
	}
}

static void
fill_handler(struct page *page, const struct script_handler *handler,
    struct handler_view *out)
{
	struct handler_state state;

	scripts_handler_state(page->desk, handler->full, page->now_us, &state);
	*out = (struct handler_view){ .name = handler->name,
		.order = handler->order,
		.runs = state.runs,
		.failed = state.failed,
		.is_required = handler->is_required,
		.is_off = state.rests_us > 0,
		.is_job = handler->kind == SCRIPT_JOB };
	out->offer = offer_text(page, handler);
	out->is_tried = handler->kind != SCRIPT_PANEL &&
	    handler->kind != SCRIPT_ROUTE;
	if (handler->kind == SCRIPT_HANDLER) {
		out->hook = hook_points[handler->hook].name;
		out->is_before = hook_points[handler->hook].kind == HOOK_BEFORE;
	}
	if (state.runs > 0)
		out->took = bytes_of(arena_printf(page->arena, "%.1f ms",
		    (double)state.took_us / state.runs / 1000));
}

static enum err
fill_timer(struct page *page, struct site_read *read,
    const struct script_handler *handler, struct timer_view *out)
{
	out->name = handler->name;
	out->every = handler->cron_text.len > 0 ?
	    cron_text(page, handler) :
	    every_text(page, handler->every_us);
	return timer_due(read, page->arena, handler, &out->next_us);
}

/* The script's handlers, in the order in which they run. */
static enum err
fill_handlers(struct page *page, struct site_read *read,
    const struct record *script, struct when_set *set, struct script_view *view)
{
	size_t count = 0, handlers = 0, timers = 0;
	const struct script_handler *all = script_set_all(
	    when_set_scripts(set), &count);
	struct handler_view *hv = arena_array(
	    page->arena, struct handler_view, count + 1);
	struct timer_view *tv = arena_array(
	    page->arena, struct timer_view, count + 1);
	enum err err = ERR_OK;

	if (hv == NULL || tv == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		if (!bytes_equal(all[i].file, record_text(script, SCRIPT_NAME)))
			continue;
		if (all[i].kind == SCRIPT_TIMER) {
			err = fill_timer(page, read, &all[i], &tv[timers++]);
		} else if (all[i].kind != SCRIPT_TEST) {
			fill_handler(page, &all[i], &hv[handlers]);
			view->is_failing |= hv[handlers].is_off ||
			    2 * hv[handlers].failed > hv[handlers].runs;
			handlers++;
		}
	}
	view->handlers = VIEW_LIST_OF(hv, handlers);
	view->timers = VIEW_LIST_OF(tv, timers);
	return err;
}

/* A value as it is written: text as it is, the rest as JSON. */
static enum err
setting_text(struct page *page, const struct json *value, struct bytes *out)
{
	struct buf buf = buf_in(page->arena);
	struct json_writer w = json_writer(&buf);

	*out = json_text(value);
	if (value == NULL || json_type(value) == JSON_TEXT)
		return ERR_OK;
	json_put_value(&w, value);
	*out = script_json_lines(page, buf_get(&buf), 1);
	return buf.failed || out->len == 0 ? ERR_NOMEM : ERR_OK;
}

static enum err
fill_setting(struct page *page, const struct json *schema,
    const struct json *chosen, struct script_setting *out)
{
	const struct json *value = json_get(chosen, json_name(schema));
	struct bytes label = json_text(json_get(schema, "label"));
	struct bytes help = json_text(json_get(schema, "help"));
	bool is_secret = false;

	(void)json_bool(json_get(schema, "secret"), &is_secret);
	*out = (struct script_setting){ .is_default = value == NULL };
	/* shipped scripts' words are translated; texts of JSON end with NUL */
	out->label = label.len > 0 ? bytes_of(page_tr(page, label.at)) :
				     bytes_of(json_name(schema));
	if (help.len > 0)
		out->help = bytes_of(page_tr(page, help.at));
	if (is_secret) {
		out->value = value != NULL ? BYTES("****") : BYTES_NONE;
		return ERR_OK;
	}
	return setting_text(page,
	    value != NULL ? value : json_get(schema, "default"), &out->value);
}

/* Each setting that the script declares, with its value. */
static enum err
fill_settings(struct page *page, struct site_read *read,
    const struct record *script, struct script_view *view)
{
	struct bytes schemas = record_text(script, SCRIPT_SETTINGS), kept;
	const struct json *all = NULL, *chosen = NULL, **ordered;
	struct script_setting *settings;
	size_t n = 0;
	enum err err = ERR_OK;
	char *name = arena_printf(
	    page->arena, "script/%.*s", BYTES_ARG(view->name));

	if (name == NULL)
		return ERR_NOMEM;
	kept = directory_setting(read->directory, name);
	if (schemas.len > 0)
		err = json_parse(
		    page->arena, schemas, JSON_BYTES_MAX, &all, NULL);
	if (err == ERR_OK && kept.len > 0)
		err = json_parse(
		    page->arena, kept, JSON_BYTES_MAX, &chosen, NULL);
	settings = arena_array(
	    page->arena, struct script_setting, json_count(all) + 1);
	if (err != ERR_OK || settings == NULL)
		return err != ERR_OK ? err : ERR_NOMEM;
	err = script_form_order(page, all, view->text, &ordered);
	for (; err == ERR_OK && n < json_count(all); n++)
		err = fill_setting(page, ordered[n], chosen, &settings[n]);
	view->settings = VIEW_LIST_OF(settings, n);
	view->has_settings = n > 0;
	return err;
}

/* Who wrote it when, how its tests went, and what may be a mistake in it. */
static enum err
fill_state(struct page *page, struct site_read *read, struct when_set *set,
    struct script_view *view)
{
	const struct script_warning *warnings = NULL;
	struct record version;
	size_t count = 0;
	enum err err = version_newest(read->snapshot, view->name, &version);

	if (err == ERR_OK) {
		view->newest = arena_new(page->arena, struct version_view);
		if (view->newest == NULL)
			return ERR_NOMEM;
		version_view_fill(page, read, &version, view->newest);
		view->tests_fail = view->newest->failed > 0;
		view->tests_pass = !view->tests_fail &&
		    view->newest->passed > 0;
	} else if (err != ERR_NOT_FOUND) {
		return err;
	}
	if (set != NULL && view->is_on)
		warnings = when_set_warnings(set, &count);
	err = script_warnings_fill(
	    page, view->name, warnings, count, &view->warnings);
	view->has_warnings = view->warnings.count > 0;
	return err;
}

enum err
script_view_fill(struct page *page, struct site_read *read,
    const struct record *script, struct when_set *set, struct script_view *view)
{
	struct bytes name = record_text(script, SCRIPT_NAME);
	struct bytes error = record_text(script, SCRIPT_ERROR);
	int64_t changed_us = 0;
	enum err err;

	memset(view, 0, sizeof *view);
	view->name = name;
	view->is_on = !record_int(script, SCRIPT_IS_OFF);
	view->url = admin_url(page, "scripts/%.*s", BYTES_ARG(name));
	view->file = bytes_of(
	    arena_printf(page->arena, "scripts/%.*s.lua", BYTES_ARG(name)));
	err = read_file(page, script, view, &changed_us);
	if (err != ERR_OK)
		return err;
	view->about = about_of(view->text);
	err = fill_settings(page, read, script, view);
	if (err != ERR_OK)
		return err;
	if (error.len > 0 && view->is_on) {
		view->error = arena_new(page->arena, struct script_error);
		if (view->error == NULL)
			return ERR_NOMEM;
		script_error_split(error, view->error);
		view->error->at_us = changed_us;
		if (record_has(script, SCRIPT_SOURCE))
			view->good_us = record_int(script, SCRIPT_LOADED_AT);
	}
	if (set != NULL && view->is_on)
		err = fill_handlers(page, read, script, set, view);
	if (err == ERR_OK)
		err = fill_state(page, read, set, view);
	view->is_broken = view->error != NULL;
	view->is_failing = view->is_failing && !view->is_broken;
	view->is_ok = !view->is_broken && !view->is_failing;
	return err;
}
