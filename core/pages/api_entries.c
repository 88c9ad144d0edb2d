/* core/pages/api_entries.c - /api/v1/tickets/NUMBER/entries: what was said on
 * a ticket, and done to it. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/computed.h"
#include "core/model/ticket.h"
#include "core/model/value.h"
#include "core/pages/api.h"

#define ENTRIES_USUAL 100
#define ENTRIES_MAX 500
#define ANSWER_MAX (4 * 1024 * 1024) /* bytes: a longer list goes on */
#define SINCE_MAX 20 /* entries shown to a program that came too late */

/* Files as objects: what they are, and where to have them. */
static enum err
put_files(struct json_writer *w, struct page *page, const struct record *entry)
{
	struct bytes rest = record_text(entry, ENTRY_FILES);
	struct record file;
	enum err err = ERR_OK;
	int64_t id;

	json_begin_list(w);
	while (err == ERR_OK && list_next_int(&rest, &id)) {
		err = record_find(
		    page->read.snapshot, KIND_FILE, (uint64_t)id, &file);
		if (err == ERR_OK)
			err = api_put_file(w, page, &file);
		else if (err == ERR_NOT_FOUND)
			err = ERR_OK; /* removed since */
	}
	json_end_list(w);
	return err;
}

static enum err
put_entry(struct json_writer *w, struct page *page, enum field_see see,
    struct record *entry)
{
	const struct body_reader reader = { .read = &page->read,
		.arena = page->arena };
	enum err err = record_read_texts(
	    entry, page->read.snapshot, see, page->arena);

	if (err != ERR_OK)
		return err;
	json_begin_object(w);
	err = computed_put(w, &reader, entry, FOR_API);
	for (size_t i = 0; err == ERR_OK && i < entry->kind->field_count; i++) {
		if (entry->kind->fields[i].see > see)
			continue;
		json_key(w, entry->kind->fields[i].name);
		if (i == ENTRY_FILES)
			err = put_files(w, page, entry);
		else
			value_to_json(
			    w, entry, (int)i, page->read.directory, true);
	}
	json_end_object(w);
	return err;
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

int
api_list_entries(struct page *page)
{
	size_t limit = ENTRIES_USUAL;
	uint64_t sequence = 0;
	struct record ticket;
	struct json_writer w;
	struct actor actor;
	enum err err;

	if (!api_actor(page, &actor) || !api_limit(page, ENTRIES_MAX, &limit) ||
	    !api_after(page, &sequence))
		return 0;
	err = api_find_ticket(page, &actor, &ticket);
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

/* "type" says which verb it is; all else that may be given. */
static enum err
fill_entry(struct page *page, const struct record *ticket,
    const struct json *json, struct act_input *input, struct why *why)
{
	static const char *const known[] = { "type", "body", "format", "status",
		"files", "seen", NULL };
	static const char *const others[] = { "type", "body", "format", "files",
		"seen", NULL };
	struct bytes type;
	enum err err = api_text(json, "type", &type, why);

	(void)ticket;
	if (err != ERR_OK)
		return err;
	if (type.len > 0 && !bytes_is(type, "reply") && !bytes_is(type, "note"))
		return why_set(why, ERR_INVALID, "type",
		    N_("Choose one of: {name}."), 0, "reply, note");
	input->verb = bytes_is(type, "note") ? VERB_NOTE_ADD : VERB_REPLY_ADD;
	err = api_names(json, known, why);
	if (err == ERR_OK)
		err = api_fill(
		    page, page->read.directory, json, others, input, why);
	if (err == ERR_OK)
		err = api_text(json, "body", &input->body, why);
	if (err == ERR_OK)
		err = api_format(json, FORMAT_MARKDOWN, &input->format, why);
	if (err == ERR_OK)
		err = api_files(page, json, input, why);
	if (err == ERR_OK)
		err = api_seen(json, &input->seen, why);
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

int
api_add_entry(struct page *page)
{
	struct api_changed done;
	int status;

	return api_change_ticket(
		   page, VERB_REPLY_ADD, fill_entry, &done, &status) ?
	    answer_entry(page, &done.actor, &done.result) :
	    status;
}

int
api_fail_stale(struct page *page, const struct actor *actor,
    const struct act_input *input, const struct why *why)
{
	uint64_t sequence = input->seen;
	struct record ticket;
	struct json_writer w;
	enum err err;

	if (input->seen == 0) /* it named a version, not an entry */
		return api_fail(page, ERR_STALE, why, NULL);
	err = api_find_ticket(page, actor, &ticket);
	if (err != ERR_OK)
		return api_fail(page, err, NULL, NULL);
	w = api_answer(page, page_status(ERR_STALE));
	json_begin_object(&w);
	json_key(&w, "error");
	api_put_error(&w, ERR_STALE, why, NULL);
	json_key(&w, "entries");
	json_begin_list(&w);
	err = put_entries(&w, page, actor, &ticket, &sequence, SINCE_MAX);
	json_end_list(&w);
	json_end_object(&w);
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}
