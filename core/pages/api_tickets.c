/* core/pages/api_tickets.c - /api/v1/tickets. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/ticket.h"
#include "core/model/value.h"
#include "core/model/view.h"
#include "core/pages/api.h"

#include <stdio.h>

#define TICKETS_USUAL 50
#define TICKETS_MAX 200

enum err
api_find_ticket(
    struct page *page, const struct actor *actor, struct record *ticket)
{
	struct site_read *read;
	int64_t number;
	enum err err;

	if (bytes_to_int(request_route(page->request, "number"), &number) !=
		ERR_OK ||
	    number <= 0)
		return ERR_NOT_FOUND;
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = record_find(
		    read->snapshot, KIND_TICKET, (uint64_t)number, ticket);
	if (err == ERR_OK && !desk_may_see(read->directory, actor, ticket))
		err = ERR_NOT_FOUND;
	return err;
}

/* The ticket as it is now, as the whole answer; its number alone when scripts
 * or the act itself put it where the actor does not see it. */
static int
answer_ticket(
    struct page *page, const struct actor *actor, uint64_t number, int status)
{
	struct site_read *read;
	struct record ticket;
	struct json_writer w;
	enum err err;

	page_read_end(page); /* what was read before is older */
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = record_find(read->snapshot, KIND_TICKET, number, &ticket);
	if (err == ERR_OK) {
		w = api_answer(page, status);
		if (desk_may_see(read->directory, actor, &ticket)) {
			api_version(page, &ticket);
			err = api_put_ticket(&w, page, actor, &ticket);
		} else {
			json_begin_object(&w);
			json_member_int(&w, "number", (int64_t)number);
			json_end_object(&w);
		}
	}
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}

/* A page of what ?q= asks for, by the filter that agents write too. */
static enum err
find_tickets(struct page *page, const struct actor *actor, size_t limit,
    struct view_page *found, struct why *why)
{
	struct filter *filter = arena_new(page->arena, struct filter);
	struct view_reader reader;
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err != ERR_OK || filter == NULL)
		return err != ERR_OK ? err : ERR_NOMEM;
	reader = desk_reader(
	    read->directory, read->snapshot, actor, read->now_us);
	err = filter_from_text(request_query(page->request, "q"),
	    &reader.filter, page->arena, filter, why);
	/* a filter's own fields are no members of this call */
	if (err == ERR_INVALID)
		snprintf(why->field, sizeof why->field, "q");
	if (err != ERR_OK)
		return err;
	err = view_list(&reader, filter, request_query(page->request, "after"),
	    limit, page->arena, found);
	if (err == ERR_INVALID)
		return why_set(why, err, "after",
		    N_("This is no cursor of a page before."), 0, NULL);
	return err;
}

int
api_list_tickets(struct page *page)
{
	struct view_page found = { .count = 0 };
	struct why why = { .message = "" };
	size_t limit = TICKETS_USUAL;
	struct json_writer w;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor) || !api_limit(page, TICKETS_MAX, &limit))
		return 0;
	err = find_tickets(page, &actor, limit, &found, &why);
	if (err != ERR_OK)
		return api_fail(page, err, &why, NULL);
	w = api_answer(page, 200);
	json_begin_object(&w);
	json_key(&w, "tickets");
	json_begin_list(&w);
	for (size_t i = 0; err == ERR_OK && i < found.count; i++)
		err = api_put_ticket(&w, page, &actor, &found.tickets[i]);
	json_end_list(&w);
	if (found.after.len > 0)
		json_member_text(&w, "after", found.after);
	else
		json_member_null(&w, "after");
	json_member_bool(&w, "is_cut", found.is_cut);
	json_end_object(&w);
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}

/* --- making and changing --- */

/* What a new ticket is given besides its fields. */
static enum err
fill_new(struct page *page, const struct directory *directory,
    const struct json *json, struct act_input *input, struct why *why)
{
	static const char *const extras[] = { "email", "name", "body", "format",
		"tags", "owner", "files", NULL };
	enum err err = api_fill(page, directory, json, extras, input, why);

	if (err == ERR_OK)
		err = api_text(json, "email", &input->email, why);
	if (err == ERR_OK)
		err = api_text(json, "name", &input->name, why);
	if (err == ERR_OK)
		err = api_text(json, "body", &input->body, why);
	if (err == ERR_OK)
		err = api_format(json, FORMAT_TEXT, &input->format, why);
	if (err == ERR_OK)
		err = api_texts(json, "tags", input->tags, ACT_TAGS_MAX,
		    &input->tag_count, why);
	if (err == ERR_OK)
		err = api_agent(directory, json, "owner", &input->agent, why);
	if (err == ERR_OK)
		err = api_files(page, json, input, why);
	return err;
}

int
api_add_ticket(struct page *page)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	const struct json *json;
	struct site_read *read;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor) || !api_body(page, &json))
		return 0;
	if (input == NULL)
		return api_fail(page, ERR_NOMEM, NULL, NULL);
	err = api_input(page, &actor, VERB_TICKET_CREATE, KIND_TICKET, input);
	if (err == ERR_OK)
		err = page_read(page, &read);
	if (err == ERR_OK)
		err = fill_new(page, read->directory, json, input, &why);
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(page->desk, input, page->arena, &result, &why);
	if (err != ERR_OK)
		return api_fail(page, err, &why, &result);
	return answer_ticket(page, &actor, result.ticket, 201);
}

int
api_get_ticket(struct page *page)
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
	api_version(page, &ticket);
	err = api_put_ticket(&w, page, &actor, &ticket);
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}

/* "tags" is the whole list: what is new is added, what is missing goes. */
static enum err
fill_tags(struct page *page, const struct record *ticket,
    const struct json *json, struct act_input *input, struct why *why)
{
	struct bytes *wanted = arena_array(
	    page->arena, struct bytes, ACT_TAGS_MAX);
	struct bytes old = record_text(ticket, TICKET_TAGS);
	struct bytes rest = old, tag;
	size_t count;
	enum err err;

	if (json_get(json, "tags") == NULL)
		return ERR_OK;
	if (wanted == NULL)
		return ERR_NOMEM;
	err = api_texts(json, "tags", wanted, ACT_TAGS_MAX, &count, why);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < count; i++)
		if (!list_has_text(old, wanted[i]))
			input->tags[input->tag_count++] = wanted[i];
	while (list_next_text(&rest, &tag)) {
		bool stays = false;

		for (size_t i = 0; i < count; i++)
			stays |= bytes_equal(tag, wanted[i]);
		if (stays)
			continue;
		if (input->untag_count == ACT_TAGS_MAX)
			return why_set(why, ERR_INVALID, "tags",
			    N_("These are too many: at most {n}."),
			    ACT_TAGS_MAX, NULL);
		tag.at = arena_copy(page->arena, tag.at, tag.len);
		if (tag.at == NULL)
			return ERR_NOMEM;
		input->untags[input->untag_count++] = tag;
	}
	return ERR_OK;
}

static enum err
fill_change(struct page *page, const struct record *ticket,
    const struct json *json, struct act_input *input, struct why *why)
{
	const struct directory *directory = page->read.directory;
	static const char *const extras[] = { "tags", "owner", "seen", "why",
		NULL };
	enum err err = ERR_OK;

	if (json_type(json_get(json, "fields")) == JSON_OBJECT)
		err = act_input_keep_fields(input, ticket, page->arena);
	if (err == ERR_OK)
		err = api_fill(page, directory, json, extras, input, why);
	if (err == ERR_OK)
		err = fill_tags(page, ticket, json, input, why);
	if (err == ERR_OK)
		err = api_agent(directory, json, "owner", &input->agent, why);
	input->has_agent = json_get(json, "owner") != NULL;
	if (err == ERR_OK)
		err = api_text(json, "why", &input->why, why);
	if (err == ERR_OK)
		err = api_seen(json, &input->seen, why);
	return err;
}

int
api_patch_ticket(struct page *page)
{
	struct api_changed done;
	int status;

	return api_change_ticket(
		   page, VERB_TICKET_UPDATE, fill_change, &done, &status) ?
	    answer_ticket(page, &done.actor, done.result.ticket, 200) :
	    status;
}

static enum err
fill_merge(struct page *page, const struct record *ticket,
    const struct json *json, struct act_input *input, struct why *why)
{
	static const char *const known[] = { "into", "why", NULL };
	int64_t number = 0;
	enum err err = api_names(json, known, why);

	(void)page;
	(void)ticket;
	if (err == ERR_OK &&
	    (!json_int(json_get(json, "into"), &number) || number <= 0))
		return why_set(why, ERR_INVALID, "into",
		    N_("The number of another ticket is wanted here."), 0,
		    NULL);
	input->into = (uint64_t)number;
	return err == ERR_OK ? api_text(json, "why", &input->why, why) : err;
}

int
api_merge_ticket(struct page *page)
{
	struct api_changed done;
	int status;

	return api_change_ticket(
		   page, VERB_TICKET_MERGE, fill_merge, &done, &status) ?
	    answer_ticket(page, &done.actor, done.result.ticket, 200) :
	    status;
}

bool
api_change_ticket(struct page *page, enum verb verb, api_fill_fn *fill,
    struct api_changed *done, int *status)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct why why = { .message = "" };
	const struct json *json;
	struct record ticket;
	enum err err;

	*status = 0;
	*done = (struct api_changed){ .result = { .ticket = 0 } };
	if (!api_actor(page, &done->actor) || !api_body(page, &json))
		return false;
	err = input == NULL ?
	    ERR_NOMEM :
	    api_input(page, &done->actor, verb, KIND_TICKET, input);
	if (err == ERR_OK)
		err = api_find_ticket(page, &done->actor, &ticket);
	if (err == ERR_OK) {
		input->subject = ticket.id;
		err = fill(page, &ticket, json, input, &why);
	}
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(
		    page->desk, input, page->arena, &done->result, &why);
	if (err == ERR_STALE)
		*status = api_fail_stale(page, &done->actor, input, &why);
	else if (err != ERR_OK)
		*status = api_fail(page, err, &why, &done->result);
	return err == ERR_OK;
}
