/* core/pages/admin_runs.c - /admin/runs/ID: one run of a script, and why it
 * did what; taking back what a run or a script changed.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/act.h"
#include "core/pages/admin_script.h"

#include <stdio.h>

static void run_ticket(const void *self, struct view *view, struct value *out);

static const struct view_field run_fields[] = {
	VIEW_FIELD(struct run_view, id, VIEW_TEXT),
	VIEW_FIELD(struct run_view, url, VIEW_TEXT),
	VIEW_FIELD(struct run_view, script, VIEW_TEXT),
	VIEW_FIELD(struct run_view, handler, VIEW_TEXT),
	VIEW_FIELD(struct run_view, hook, VIEW_TEXT),
	VIEW_FIELD(struct run_view, took, VIEW_TEXT),
	VIEW_FIELD(struct run_view, cpu, VIEW_TEXT),
	VIEW_FIELD(struct run_view, is_ok, VIEW_BOOL),
	VIEW_FIELD(struct run_view, is_refused, VIEW_BOOL),
	VIEW_FIELD(struct run_view, is_failed, VIEW_BOOL),
	VIEW_FIELD(struct run_view, is_killed, VIEW_BOOL),
	VIEW_FIELD(struct run_view, is_skipped, VIEW_BOOL),
	VIEW_FIELD(struct run_view, has_changed, VIEW_BOOL),
	{ "at", VIEW_TIME, offsetof(struct run_view, at_us), NULL, NULL },
	{ "where", VIEW_TEXT, offsetof(struct run_view, error.where), NULL,
	    NULL },
	{ "message", VIEW_TEXT, offsetof(struct run_view, error.message), NULL,
	    NULL },
	{ "ticket", VIEW_GET, 0, NULL, run_ticket },
	{ .name = NULL },
};
const struct view_type run_view_type = { "run", run_fields, NULL, NULL };

static const struct view_field run_ticket_fields[] = {
	{ "number", VIEW_INT, offsetof(struct run_view, ticket), NULL, NULL },
	{ "url", VIEW_TEXT, offsetof(struct run_view, ticket_url), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type run_ticket_type = { "run's ticket",
	run_ticket_fields, NULL, NULL };

static void
run_ticket(const void *self, struct view *view, struct value *out)
{
	const struct run_view *run = self;

	(void)view;
	value_object(out, &run_ticket_type, run->ticket != 0 ? run : NULL);
}

void
run_view_fill(
    struct page *page, const struct trace_run *run, struct run_view *out)
{
	struct bytes name = run->name;

	memset(out, 0, sizeof *out);
	out->script = bytes_split(&name, '/');
	out->handler = name;
	out->hook = run->hook;
	out->at_us = run->at_us;
	out->ticket = (int64_t)run->ticket;
	out->ticket_url = bytes_of(
	    arena_printf(page->arena, "%.*s/agent/t/%llu",
		BYTES_ARG(page->root.base), (unsigned long long)run->ticket));
	out->id = bytes_of(
	    arena_printf(page->arena, "%llu", (unsigned long long)run->id));
	out->url = admin_url(page, "runs/%llu", (unsigned long long)run->id);
	out->took = bytes_of(
	    arena_printf(page->arena, "%.1f ms", (double)run->wall_us / 1000));
	out->cpu = bytes_of(
	    arena_printf(page->arena, "%.1f ms", (double)run->cpu_us / 1000));
	out->is_ok = run->outcome == OUTCOME_OK;
	out->is_refused = run->outcome == OUTCOME_REFUSED;
	out->is_failed = run->outcome == OUTCOME_FAILED;
	out->is_killed = run->outcome == OUTCOME_KILLED;
	out->is_skipped = run->outcome == OUTCOME_SKIPPED;
	out->has_changed = out->is_ok && run->is_stored;
	script_error_split(run->error, &out->error);
}

enum err
runs_fill(struct page *page, struct site_read *read, struct bytes script,
    size_t limit, struct view_list *out)
{
	struct trace_run *runs;
	struct run_view *views;
	size_t count;
	enum err err = trace_newest(
	    read, script, limit, page->arena, &runs, &count);

	if (err != ERR_OK)
		return err;
	views = arena_array(page->arena, struct run_view, count + 1);
	if (views == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		run_view_fill(page, &runs[i], &views[i]);
	*out = VIEW_LIST_OF(views, count);
	return ERR_OK;
}

/* --- one run --- */

/* A line of what was said: a question and its answer, a wish, a print. */
struct said {
	struct bytes text, answer;
};

#define SAID_MAX 400

struct run_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct admin_side side;
	struct run_view run;
	struct bytes told, verdict;
	struct view_list prints, asked, wishes, causes;
	bool has_prints, has_asked, has_causes, is_cut;
};

static const struct view_field said_fields[] = {
	{ "text", VIEW_TEXT, offsetof(struct said, text), NULL, NULL },
	{ "answer", VIEW_TEXT, offsetof(struct said, answer), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type said_type = { "said", said_fields, NULL, NULL };

static const struct view_field run_page_fields[] = {
	FORM_FIELDS(struct run_page, form),
	ADMIN_SIDE_FIELDS(struct run_page, side),
	VIEW_FIELD_OF(struct run_page, run, VIEW_INSIDE, &run_view_type),
	VIEW_FIELD_OF(struct run_page, told, VIEW_TEXT, NULL),
	VIEW_FIELD_OF(struct run_page, verdict, VIEW_TEXT, NULL),
	VIEW_FIELD_OF(struct run_page, prints, VIEW_LIST, &said_type),
	VIEW_FIELD_OF(struct run_page, asked, VIEW_LIST, &said_type),
	VIEW_FIELD_OF(struct run_page, wishes, VIEW_LIST, &said_type),
	VIEW_FIELD_OF(struct run_page, causes, VIEW_LIST, &cause_view_type),
	VIEW_FIELD_OF(struct run_page, has_causes, VIEW_BOOL, NULL),
	VIEW_FIELD_OF(struct run_page, has_prints, VIEW_BOOL, NULL),
	VIEW_FIELD_OF(struct run_page, has_asked, VIEW_BOOL, NULL),
	VIEW_FIELD_OF(struct run_page, is_cut, VIEW_BOOL, NULL),
	{ .name = NULL },
};
static const struct view_type run_page_type = { "run page", run_page_fields,
	NULL, NULL };

static enum err
put_json(struct page *page, const struct json *json, struct bytes *out)
{
	struct buf buf = buf_in(page->arena);
	struct json_writer w = json_writer(&buf);

	json_put_value(&w, json);
	*out = script_json_lines(page, buf_get(&buf), 0);
	return buf.failed || out->len == 0 ? ERR_NOMEM : ERR_OK;
}

/* The items of a list, as they are written. */
static enum err
fill_said(struct page *page, const struct json *list, struct view_list *out)
{
	struct said *said = arena_array(
	    page->arena, struct said, json_count(list) + 1);
	const struct json *item;
	size_t n = 0;
	enum err err = said != NULL ? ERR_OK : ERR_NOMEM;

	for (item = json_first(list); err == ERR_OK && item != NULL;
	     item = json_next(item), n++) {
		said[n].text = json_text(item);
		if (json_type(item) != JSON_TEXT)
			err = put_json(page, item, &said[n].text);
	}
	if (err == ERR_OK)
		*out = VIEW_LIST_OF(said, n);
	return err;
}

/* What came back: wishes and a verdict, or a failure; and what was printed. */
static enum err
fill_result(struct page *page, const struct json *json, struct run_page *data)
{
	static const char *const verdicts[] = { "choose", "deny", "stop" };
	enum err err = fill_said(page, json_get(json, "print"), &data->prints);

	data->has_prints = json_count(json_get(json, "print")) > 0;
	if (err == ERR_OK)
		err = fill_said(page, json_get(json, "wishes"), &data->wishes);
	for (size_t i = 0; err == ERR_OK && i < 3; i++) {
		const struct json *verdict = json_get(json, verdicts[i]);
		struct bytes text;

		if (verdict == NULL)
			continue;
		err = put_json(page, verdict, &text);
		if (err == ERR_OK)
			data->verdict = bytes_of(arena_printf(page->arena,
			    "event:%s %.*s", verdicts[i], BYTES_ARG(text)));
	}
	return err;
}

static enum err
fill_conversation(struct page *page, struct bytes text, struct run_page *data)
{
	struct said *asked = arena_array(page->arena, struct said, SAID_MAX);
	size_t n = 0;

	if (asked == NULL)
		return ERR_NOMEM;
	data->told = script_json_lines(page, bytes_split(&text, '\n'), 2);
	while (text.len > 0) {
		struct bytes line = bytes_split(&text, '\n');
		const struct json *json = NULL;
		enum err err = json_parse(
		    page->arena, line, JSON_BYTES_MAX, &json, NULL);

		if (err == ERR_NOMEM)
			return err;
		if (json_get(json, "ask") != NULL && n < SAID_MAX) {
			asked[n].text = script_json_lines(page, line, 0);
			asked[n++].answer = script_json_lines(
			    page, bytes_split(&text, '\n'), 2);
		} else if (json_get(json, "cut") != NULL) {
			data->is_cut = true;
		} else {
			err = fill_result(page, json, data);
			if (err != ERR_OK)
				return err;
		}
	}
	data->asked = VIEW_LIST_OF(asked, n);
	data->has_asked = n > 0;
	return ERR_OK;
}

static enum err
fill_run_page(struct page *page, struct run_page *data)
{
	struct site_read *read;
	struct trace_run run;
	int64_t id;
	enum err err = page_read(page, &read);

	if (err == ERR_OK &&
	    bytes_to_int(request_route(page->request, "id"), &id) != ERR_OK)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = trace_find(read, (uint64_t)id, page->arena, &run);
	if (err == ERR_OK)
		err = admin_side_fill(page, read, "scripts", &data->side);
	if (err != ERR_OK)
		return err;
	form_begin(page, &data->form);
	run_view_fill(page, &run, &data->run);
	err = causes_fill(page, read, &run, &data->causes);
	if (err != ERR_OK)
		return err;
	data->has_causes = data->causes.count > 0;
	return fill_conversation(page, run.conversation, data);
}

static int
show_run(struct page *page)
{
	struct run_page *data = arena_new(page->arena, struct run_page);
	enum err err = data != NULL ? fill_run_page(page, data) : ERR_NOMEM;

	return err == ERR_OK ?
	    page_show(page, "admin/run", &run_page_type, data) :
	    page_status(err);
}

/* --- taking back --- */

static const char *
undo_words(struct page *page, const struct act_result *result)
{
	struct bytes left = undo_left(page, result->left);
	struct tr_value n = { "n", BYTES_NONE };

	if (result->undone == 0 && left.len == 0)
		return page_tr(page, N_("There is nothing to take back."));
	n.value = bytes_of(arena_printf(
	    page->arena, "%llu", (unsigned long long)result->undone));
	return arena_printf(page->arena, "%.*s %.*s",
	    BYTES_ARG(tr_fill(page->arena,
		tr_plural(page->lang, "{n} change was taken back.",
		    "{n} changes were taken back.", (int64_t)result->undone),
		&n, 1)),
	    BYTES_ARG(left));
}

/* Where the run or the script is shown, with what came of it. */
static int
say_undone(struct page *page, enum err err, const struct act_result *result,
    struct bytes script)
{
	bool is_whole = err == ERR_OK && result->undone > 0 &&
	    result->left == NULL;
	const char *words = err == ERR_OK ?
	    undo_words(page, result) :
	    tr_why(page->arena, page->lang, &page->why).at;

	if (err != ERR_OK && err != ERR_REFUSED && err != ERR_LIMIT)
		return page_status(err);
	if (words != NULL)
		page_flash(page,
		    is_whole          ? "ok" :
			err != ERR_OK ? "bad" :
					"warn",
		    words);
	return page_redirect(page, "/admin/scripts/%.*s", BYTES_ARG(script));
}

static int
post_undo(struct page *page)
{
	struct actor actor = agent_actor(page);
	struct act_input input;
	struct act_result result;
	struct bytes script;
	struct form form;
	int64_t hours = 0, run = 0;
	enum err err;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);

	if (status != 0)
		return status;
	page_input(page, &input, VERB_SCRIPT_UNDO, KIND_NONE, &actor, &form);
	input.source = SOURCE_AGENT;
	script = form_line(&form, "script");
	if (bytes_to_int(form_line(&form, "run"), &run) == ERR_OK) {
		input.subject = (uint64_t)run;
	} else if (bytes_to_int(form_line(&form, "hours"), &hours) != ERR_OK ||
	    hours < 1 || hours > 24 * 400) {
		return 400;
	} else {
		input.body = script;
		input.since_us = page->now_us - hours * CLOCK_HOUR_US;
	}
	page_read_end(page);
	err = desk_act(page->desk, &input, page->arena, &result, &page->why);
	return say_undone(page, err, &result, script);
}

const struct route admin_run_routes[] = {
	{ ROUTE_GET, "/admin/runs/{id}", ACCESS_ADMIN, show_run, false },
	{ ROUTE_POST, "/admin/runs/undo", ACCESS_ADMIN, post_undo, false },
	{ .pattern = NULL },
};
