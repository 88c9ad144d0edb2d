/* core/pages/agent_timers.c - a ticket's timers, and POST
 * /agent/t/NUMBER/timer, which cancels one. */
#include "config.h"
#include "core/pages/agent_timers.h"
#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/desk/job.h"
#include "core/pages/agent_ticket.h"

#include <stdlib.h>

#define SHOWN_MAX 100 /* of one ticket; there are no more */

struct timer_view {
	struct bytes name, url, id;
	int64_t due_us;
};

static const struct view_field timer_fields[] = {
	VIEW_FIELD(struct timer_view, name, VIEW_TEXT),
	VIEW_FIELD(struct timer_view, url, VIEW_TEXT),
	VIEW_FIELD(struct timer_view, id, VIEW_TEXT),
	{ "due", VIEW_TIME, offsetof(struct timer_view, due_us), NULL, NULL },
	{ .name = NULL },
};
const struct view_type timer_view_type = { "timer", timer_fields, NULL, NULL };

static int
compare_due(const void *a, const void *b)
{
	const struct timer_view *x = a, *y = b;

	return (x->due_us > y->due_us) - (x->due_us < y->due_us);
}

static enum err
fill_timer(struct page *page, const struct job_run *run, struct timer_view *out)
{
	struct buf id = buf_in(page->arena);
	struct bytes rest = record_text(&run->job, JOB_NAME), script;

	out->name = rest;
	out->due_us = run->at.due_us;
	script = bytes_split(&rest, '/');
	out->url = bytes_of(arena_printf(page->arena, "%.*s/admin/scripts/%.*s",
	    BYTES_ARG(page->root.base), BYTES_ARG(script)));
	job_id_add(&id, &run->at);
	out->id = buf_get(&id);
	return id.failed || out->url.at == NULL ? ERR_NOMEM : ERR_OK;
}

enum err
timers_view(struct page *page, struct site_read *read,
    const struct actor *actor, uint64_t ticket, struct view_list *out)
{
	struct job_at at = { .number = 0 };
	struct timer_view *timers;
	struct job_run run;
	size_t count = 0;
	enum err err = ERR_OK;

	if (!desk_is_admin(read->directory, actor))
		return ERR_OK;
	timers = arena_array(page->arena, struct timer_view, SHOWN_MAX);
	if (timers == NULL)
		return ERR_NOMEM;
	while (err == ERR_OK && count < SHOWN_MAX) {
		err = job_next_timer(read->snapshot, ticket, &at, &run);
		if (err == ERR_OK)
			err = fill_timer(page, &run, &timers[count++]);
	}
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	qsort(timers, count, sizeof *timers, compare_due);
	*out = VIEW_LIST_OF(timers, count);
	return ERR_OK;
}

static int
post_timer(struct page *page)
{
	struct actor actor = agent_actor(page);
	uint64_t number = ticket_number(page);
	struct act_result result;
	struct act_input input;
	struct form form;
	enum err err;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);

	if (status != 0)
		return status;
	page_input(page, &input, VERB_TIMER_CANCEL, KIND_NONE, &actor, &form);
	input.source = SOURCE_AGENT;
	input.subject = number;
	input.secret = form_get(&form, "timer");
	err = desk_act(page->desk, &input, page->arena, &result, &page->why);
	if (err == ERR_OK)
		page_flash(
		    page, "ok", page_tr(page, N_("The timer was cancelled.")));
	else if (err == ERR_NOT_FOUND && page->why.message[0] != '\0')
		page_flash(page, "warn", page_tr(page, page->why.message));
	else
		return page_status(err);
	return page_redirect(page, "/agent/t/%llu", (unsigned long long)number);
}

const struct route agent_timer_routes[] = {
	{ ROUTE_POST, "/agent/t/{number}/timer", ACCESS_AGENT, post_timer,
	    false },
	{ 0, NULL, 0, NULL, false },
};
