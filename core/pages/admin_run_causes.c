/* core/pages/admin_run_causes.c - what led to a run of a script, from the
 * first to the last: the handlers before it, and the event it ran for. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/job.h"
#include "core/model/table.h"
#include "core/pages/admin_script.h"

static const struct view_field cause_fields[] = {
	VIEW_FIELD(struct cause_view, what, VIEW_TEXT),
	VIEW_FIELD(struct cause_view, url, VIEW_TEXT),
	VIEW_FIELD(struct cause_view, by, VIEW_TEXT),
	VIEW_FIELD(struct cause_view, ticket, VIEW_INT),
	{ "at", VIEW_TIME, offsetof(struct cause_view, at_us), NULL, NULL },
	{ .name = NULL },
};
const struct view_type cause_view_type = { "cause", cause_fields, NULL, NULL };

/* Who did it, for people. */
static struct bytes
who_did(struct page *page, struct site_read *read, const struct record *event)
{
	const struct record *agent = directory_find(
	    read->directory, KIND_AGENT, record_ref(event, EVENT_ACTOR));
	struct record customer;

	if (record_has(event, EVENT_SCRIPT))
		return BYTES_NONE; /* it stands before */
	if (agent != NULL)
		return record_label(agent);
	if (record_int(event, EVENT_BY) == BY_CUSTOMER &&
	    record_find(read->snapshot, KIND_CUSTOMER,
		record_ref(event, EVENT_CUSTOMER), &customer) == ERR_OK)
		return record_label(&customer);
	return bytes_of(page_tr(page, N_("hookdesk")));
}

/* "routing/words" */
static void
fill_handler(struct page *page, struct bytes name, struct cause_view *out)
{
	struct bytes rest = name, file = bytes_split(&rest, '/');

	out->what = name;
	out->url = admin_url(page, "scripts/%.*s", BYTES_ARG(file));
}

enum err
causes_fill(struct page *page, struct site_read *read,
    const struct trace_run *run, struct view_list *out)
{
	const struct json *chain = NULL, *step;
	struct cause_view *views;
	struct record event;
	size_t n = 0;
	enum err err = ERR_NOT_FOUND;

	if (run->event != 0)
		err = event_find(read->snapshot, run->event, &event);
	if (err != ERR_OK) /* before the commit, or trimmed */
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (record_has(&event, EVENT_CHAIN))
		err = json_parse(page->arena, record_text(&event, EVENT_CHAIN),
		    JSON_BYTES_MAX, &chain, NULL);
	views = arena_array(
	    page->arena, struct cause_view, json_count(chain) + 2);
	if (err != ERR_OK || views == NULL)
		return err != ERR_OK ? err : ERR_NOMEM;
	for (step = json_first(chain); step != NULL; step = json_next(step)) {
		struct bytes rest = json_text(step);

		fill_handler(page, bytes_split(&rest, '@'), &views[n]);
		(void)!bytes_to_int(rest, &views[n++].ticket);
	}
	/* One that ran before the commit is in no chain. */
	if (record_has(&event, EVENT_SCRIPT) &&
	    (n == 0 ||
		!bytes_equal(
		    views[n - 1].what, record_text(&event, EVENT_SCRIPT))))
		fill_handler(
		    page, record_text(&event, EVENT_SCRIPT), &views[n++]);
	views[n++] =
	    (struct cause_view){ .what = record_text(&event, EVENT_HOOK),
		    .by = who_did(page, read, &event),
		    .ticket = (int64_t)record_ref(&event, EVENT_TICKET),
		    .at_us = record_int(&event, EVENT_AT) };
	*out = VIEW_LIST_OF(views, n);
	return ERR_OK;
}
