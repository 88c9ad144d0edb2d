/* core/pages/api_timers.c - /api/v1/tickets/NUMBER/timers: what scripts have
 * put off on a ticket. For admins, as all of scripts is. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/time_text.h"
#include "core/desk/job.h"
#include "core/pages/api.h"

static void
put_timer(struct json_writer *w, struct page *page, const struct job_run *run)
{
	struct bytes unless = record_text(&run->job, JOB_UNLESS), hook;
	struct buf id = buf_in(page->arena);
	char due[TIME_TEXT_SIZE];

	job_id_add(&id, &run->at);
	time_text_write(due, run->at.due_us);
	json_begin_object(w);
	json_member_text(w, "id", buf_get(&id));
	json_member_text(w, "job", record_text(&run->job, JOB_NAME));
	json_member_string(w, "due", due);
	json_key(w, "unless");
	json_begin_list(w);
	while (list_next_text(&unless, &hook))
		json_put_text(w, hook);
	json_end_list(w);
	json_end_object(w);
}

int
api_list_timers(struct page *page)
{
	struct job_at at = { .number = 0 };
	struct record ticket;
	struct json_writer w;
	struct job_run run;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor))
		return 0;
	err = api_find_ticket(page, &actor, &ticket);
	if (err == ERR_OK && !desk_is_admin(page->read.directory, &actor))
		err = ERR_DENIED;
	if (err != ERR_OK)
		return api_fail(page, err, NULL, NULL);
	w = api_answer(page, 200);
	json_begin_object(&w);
	json_key(&w, "timers");
	json_begin_list(&w);
	while ((err = job_next_timer(
		    page->read.snapshot, ticket.id, &at, &run)) == ERR_OK)
		put_timer(&w, page, &run);
	json_end_list(&w);
	json_end_object(&w);
	return err == ERR_NOT_FOUND ? api_finish(page) :
				      api_fail(page, err, NULL, NULL);
}

int
api_cancel_timer(struct page *page)
{
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	struct act_input input;
	struct record ticket;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor))
		return 0;
	err = api_input(page, &actor, VERB_TIMER_CANCEL, KIND_NONE, &input);
	if (err == ERR_OK)
		err = api_find_ticket(page, &actor, &ticket);
	page_read_end(page);
	if (err == ERR_OK) {
		input.subject = ticket.id;
		input.secret = request_route(page->request, "id");
		err = desk_act(page->desk, &input, page->arena, &result, &why);
	}
	if (err != ERR_OK)
		return api_fail(page, err, &why, &result);
	api_answer(page, 204);
	return 0;
}
