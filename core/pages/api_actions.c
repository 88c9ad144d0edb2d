/* core/pages/api_actions.c - /api/v1/tickets/NUMBER/actions: what scripts offer
 * for a ticket, and how it is done. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/offer.h"
#include "core/pages/api.h"

static void
put_action(struct json_writer *w, const struct script_handler *action)
{
	json_begin_object(w);
	json_member_text(w, "name", action->full);
	json_member_text(w, "label", action->label);
	json_key(w, "ask");
	json_put_raw(w, action->ask.len > 0 ? action->ask : BYTES("{}"));
	json_end_object(w);
}

static void
put_actions(struct json_writer *w, struct page *page, const struct actor *actor,
    const struct record *ticket)
{
	struct when_set *set = when_set_take(page->desk);
	const struct script_handler *all = NULL;
	size_t count = 0;

	if (set != NULL &&
	    desk_may(page->read.directory, actor, VERB_ACTION_RUN, ticket) ==
		ERR_OK)
		all = script_set_kind(
		    when_set_scripts(set), SCRIPT_ACTION, &count);
	for (size_t i = 0; i < count; i++)
		if (offer_is_for(set, &all[i], &page->read, ticket))
			put_action(w, &all[i]);
	when_set_unref(set);
}

int
api_list_actions(struct page *page)
{
	struct record ticket;
	struct json_writer w;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor))
		return 0;
	err = api_find_ticket(page, &actor, &ticket);
	if (err != ERR_OK)
		return api_fail(page, err, NULL, NULL);
	w = api_answer(page, 200);
	json_begin_object(&w);
	json_key(&w, "actions");
	json_begin_list(&w);
	put_actions(&w, page, &actor, &ticket);
	json_end_list(&w);
	json_end_object(&w);
	return api_finish(page);
}

static enum err
fill_action(struct page *page, const struct record *ticket,
    const struct json *json, struct act_input *input, struct why *why)
{
	static const char *const known[] = { "input", NULL };
	const struct json *given = json_get(json, "input");
	struct buf body = buf_in(page->arena);
	struct json_writer w = json_writer(&body);
	char *name = arena_printf(page->arena, "%.*s/%.*s",
	    BYTES_ARG(request_route(page->request, "script")),
	    BYTES_ARG(request_route(page->request, "name")));
	enum err err = api_names(json, known, why);

	(void)ticket;
	if (json_type(given) > JSON_NULL)
		json_put_value(&w, given);
	if (name == NULL || body.failed)
		return ERR_NOMEM;
	input->name = bytes_of(name);
	input->body = buf_get(&body);
	return err;
}

int
api_run_action(struct page *page)
{
	struct api_changed done;
	struct json_writer w;
	int status;

	if (!api_change_ticket(
		page, VERB_ACTION_RUN, fill_action, &done, &status))
		return status;
	w = api_answer(page, 200);
	json_begin_object(&w);
	json_member_int(&w, "number", (int64_t)done.result.ticket);
	if (done.result.said.len > 0)
		json_member_text(&w, "said", done.result.said);
	else
		json_member_null(&w, "said");
	json_end_object(&w);
	return api_finish(page);
}
