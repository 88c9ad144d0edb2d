/* core/pages/api_tickets.c - /api/v1/tickets and what was said on them. */
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
#define ENTRIES_USUAL 100
#define ENTRIES_MAX 500
#define ANSWER_MAX (4 * 1024 * 1024) /* bytes: a longer list goes on */

/* The ticket that the path names, if the actor sees it. */
static enum err
find_ticket(struct page *page, const struct actor *actor, struct record *ticket)
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
find_tickets(struct page *page, const struct actor *actor,
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
	if (err != ERR_OK)
		return err;
	err = view_list(&reader, filter, request_query(page->request, "after"),
	    api_limit(page, TICKETS_USUAL, TICKETS_MAX), page->arena, found);
	if (err == ERR_INVALID)
		return why_set(why, err, "after",
		    N_("This is no cursor of a page before."), 0, NULL);
	return err;
}

static int
list_tickets(struct page *page)
{
	struct view_page found = { .count = 0 };
	struct why why = { .message = "" };
	struct json_writer w;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor))
		return 0;
	err = find_tickets(page, &actor, &found, &why);
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
		"tags", "owner", NULL };
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
	return err;
}

static int
post_ticket(struct page *page)
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

static int
get_ticket(struct page *page)
{
	struct record ticket;
	struct json_writer w;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor))
		return 0;
	err = find_ticket(page, &actor, &ticket);
	if (err != ERR_OK)
		return api_fail(page, err, NULL, NULL);
	w = api_answer(page, 200);
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
fill_change(struct page *page, const struct directory *directory,
    const struct record *ticket, const struct json *json,
    struct act_input *input, struct why *why)
{
	static const char *const extras[] = { "tags", "owner", "seen", "why",
		NULL };
	int64_t seen = 0;
	enum err err;

	input->subject = ticket->id;
	/* custom fields that are not named stay as they are */
	if (json_type(json_get(json, "fields")) == JSON_OBJECT)
		record_set_from(&input->fields, TICKET_FIELDS, ticket);
	err = api_fill(page, directory, json, extras, input, why);
	if (err == ERR_OK)
		err = fill_tags(page, ticket, json, input, why);
	if (err == ERR_OK)
		err = api_agent(directory, json, "owner", &input->agent, why);
	input->has_agent = json_get(json, "owner") != NULL;
	if (err == ERR_OK)
		err = api_text(json, "why", &input->why, why);
	if (json_int(json_get(json, "seen"), &seen) && seen > 0)
		input->seen = (uint64_t)seen;
	return err;
}

/* Texts that are borrowed from a look that ends before the act. */
static enum err
keep_map(struct page *page, struct act_input *input)
{
	struct slot *map = &input->fields.slots[TICKET_FIELDS];

	if (!record_has(&input->fields, TICKET_FIELDS))
		return ERR_OK;
	map->at = arena_copy(page->arena, map->at, (size_t)map->n);
	return map->at != NULL ? ERR_OK : ERR_NOMEM;
}

static int
patch_ticket(struct page *page)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	const struct json *json;
	struct record ticket;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor) || !api_body(page, &json))
		return 0;
	if (input == NULL)
		return api_fail(page, ERR_NOMEM, NULL, NULL);
	err = api_input(page, &actor, VERB_TICKET_UPDATE, KIND_TICKET, input);
	if (err == ERR_OK)
		err = find_ticket(page, &actor, &ticket);
	if (err == ERR_OK)
		err = fill_change(
		    page, page->read.directory, &ticket, json, input, &why);
	if (err == ERR_OK)
		err = keep_map(page, input);
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(page->desk, input, page->arena, &result, &why);
	if (err != ERR_OK)
		return api_fail(page, err, &why, &result);
	return answer_ticket(page, &actor, input->subject, 200);
}

/* --- entries --- */

static enum err
put_entry(struct json_writer *w, struct page *page, enum field_see see,
    struct record *entry)
{
	enum err err = api_read_texts(page, page->read.snapshot, see, entry);

	if (err != ERR_OK)
		return err;
	json_begin_object(w);
	json_member_int(w, "number", (int64_t)entry_sequence(entry->id));
	json_member_int(w, "ticket", (int64_t)entry_ticket(entry->id));
	record_to_json(w, entry, page->read.directory, see, true);
	json_end_object(w);
	return ERR_OK;
}

/* Entries behind *<sequence>, up to <limit> or ANSWER_MAX; *<sequence> is the
 * last one shown, 0 at the end. */
static enum err
put_entries(struct json_writer *w, struct page *page, const struct actor *actor,
    const struct record *ticket, uint64_t *sequence, size_t limit)
{
	struct site_read *read = &page->read;
	enum field_see see = desk_sees(read->directory, actor);
	struct record entry;
	enum err err = ERR_OK;

	for (size_t n = 0; n < limit && w->buf->len < ANSWER_MAX;) {
		err = timeline_next(
		    read->snapshot, ticket->id, sequence, &entry);
		if (err != ERR_OK)
			break;
		if (!desk_may_see_part(read->directory, actor, ticket, &entry))
			continue;
		err = put_entry(w, page, see, &entry);
		if (err != ERR_OK)
			return err;
		n++;
	}
	if (err == ERR_NOT_FOUND) {
		*sequence = 0;
		err = ERR_OK;
	}
	return err;
}

static int
list_entries(struct page *page)
{
	size_t limit = api_limit(page, ENTRIES_USUAL, ENTRIES_MAX);
	int64_t after = params_int(&page->request->query, "after", 0);
	uint64_t sequence = after > 0 ? (uint64_t)after : 0;
	struct record ticket;
	struct json_writer w;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor))
		return 0;
	err = find_ticket(page, &actor, &ticket);
	if (err != ERR_OK)
		return api_fail(page, err, NULL, NULL);
	w = api_answer(page, 200);
	json_begin_object(&w);
	json_key(&w, "entries");
	json_begin_list(&w);
	err = put_entries(&w, page, &actor, &ticket, &sequence, limit);
	json_end_list(&w);
	if (sequence > 0 &&
	    sequence < (uint64_t)record_int(&ticket, TICKET_LAST_ENTRY))
		json_member_int(&w, "after", (int64_t)sequence);
	else
		json_member_null(&w, "after");
	json_end_object(&w);
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}

static enum err
fill_entry(struct page *page, const struct directory *directory,
    const struct json *json, struct act_input *input, struct why *why)
{
	static const char *const known[] = { "type", "body", "format", "status",
		"seen", NULL };
	static const char *const others[] = { "type", "body", "format", "seen",
		NULL };
	struct bytes type;
	int64_t seen = 0;
	enum err err = api_text(json, "type", &type, why);

	if (err != ERR_OK)
		return err;
	if (type.len > 0 && !bytes_is(type, "reply") && !bytes_is(type, "note"))
		return why_set(why, ERR_INVALID, "type",
		    N_("Choose one of: {name}."), 0, "reply, note");
	input->verb = bytes_is(type, "note") ? VERB_NOTE_ADD : VERB_REPLY_ADD;
	for (const struct json *m = json_first(json); m != NULL;
	     m = json_next(m)) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], json_name(m)) != 0)
			i++;
		if (known[i] == NULL)
			return why_set(why, ERR_INVALID, json_name(m),
			    N_("There is no field \"{name}\"."), 0,
			    json_name(m));
	}
	err = api_fill(page, directory, json, others, input, why);
	if (err == ERR_OK)
		err = api_text(json, "body", &input->body, why);
	if (err == ERR_OK)
		err = api_format(json, FORMAT_MARKDOWN, &input->format, why);
	if (json_int(json_get(json, "seen"), &seen) && seen > 0)
		input->seen = (uint64_t)seen;
	return err;
}

static int
answer_entry(struct page *page, const struct actor *actor,
    const struct act_result *result)
{
	struct site_read *read;
	struct record entry;
	struct json_writer w;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = record_find(read->snapshot, KIND_ENTRY,
		    entry_id(result->ticket, result->entry), &entry);
	if (err == ERR_OK) {
		w = api_answer(page, 201);
		err = put_entry(
		    &w, page, desk_sees(read->directory, actor), &entry);
	}
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}

static int
post_entry(struct page *page)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	const struct json *json;
	struct record ticket;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor) || !api_body(page, &json))
		return 0;
	if (input == NULL)
		return api_fail(page, ERR_NOMEM, NULL, NULL);
	err = api_input(page, &actor, VERB_REPLY_ADD, KIND_TICKET, input);
	if (err == ERR_OK)
		err = find_ticket(page, &actor, &ticket);
	if (err == ERR_OK)
		err = fill_entry(page, page->read.directory, json, input, &why);
	input->subject = ticket.id;
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(page->desk, input, page->arena, &result, &why);
	if (err != ERR_OK)
		return api_fail(page, err, &why, &result);
	return answer_entry(page, &actor, &result);
}

const struct route api_ticket_routes[] = {
	{ ROUTE_GET, "/api/v1/tickets", ACCESS_API, list_tickets, true },
	{ ROUTE_POST, "/api/v1/tickets", ACCESS_API, post_ticket, true },
	{ ROUTE_GET, "/api/v1/tickets/{number}", ACCESS_API, get_ticket, true },
	{ ROUTE_PATCH, "/api/v1/tickets/{number}", ACCESS_API, patch_ticket,
	    true },
	{ ROUTE_GET, "/api/v1/tickets/{number}/entries", ACCESS_API,
	    list_entries, true },
	{ ROUTE_POST, "/api/v1/tickets/{number}/entries", ACCESS_API,
	    post_entry, true },
	{ .pattern = NULL },
};
