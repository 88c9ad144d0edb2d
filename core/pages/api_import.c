/* core/pages/api_import.c - historic tickets: times and authors are given.
 *
 * One ticket, or up to IMPORT_MAX under "tickets": each is an act of its own,
 * and each has its own result.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/value.h"
#include "core/pages/api.h"

#define IMPORT_MAX 100

/* A time among an entry's or ticket's members, by the name it has there. */
static enum err
read_time(struct page *page, const struct json *object, const char *name,
    struct record *record, int slot, struct why *why)
{
	const struct json *value = json_get(object, name);
	enum err err;

	if (value == NULL)
		return ERR_OK;
	err = value_from_json(
	    record, slot, value, page->read.directory, page->arena, why);
	if (err == ERR_INVALID)
		return why_set(why, err, name, why->message, why->n, why->name);
	return err;
}

static enum err
read_word(const struct json *object, const char *name, int slot, int otherwise,
    int *out, struct why *why)
{
	const struct field *field = &kind_get(KIND_ENTRY)->fields[slot];
	struct bytes word;
	enum err err = api_text(object, name, &word, why);

	if (err != ERR_OK)
		return err;
	*out = word.len == 0 ? otherwise : field_word(field, word);
	if (*out >= 0)
		return ERR_OK;
	return why_set(why, ERR_INVALID, name,
	    N_("There is no such \"{name}\" of an entry."), 0, name);
}

static enum err
read_entry(struct page *page, const struct json *json, struct act_history *out,
    struct why *why)
{
	struct record at;
	int type, by;
	enum err err;

	if (json_type(json) != JSON_OBJECT)
		return why_set(why, ERR_INVALID, "entries",
		    N_("Each entry is an object."), 0, NULL);
	record_init(&at, KIND_ENTRY, 0);
	err = read_word(json, "type", ENTRY_TYPE, ENTRY_IS_REPLY, &type, why);
	if (err == ERR_OK)
		err = api_agent(
		    page->read.directory, json, "agent", &out->agent, why);
	if (err == ERR_OK)
		err = read_word(json, "by", ENTRY_BY,
		    out->agent != 0 ? BY_AGENT : BY_CUSTOMER, &by, why);
	if (err == ERR_OK && type != ENTRY_IS_REPLY && type != ENTRY_IS_NOTE)
		err = why_set(why, ERR_INVALID, "type",
		    N_("Choose one of: {name}."), 0, "reply, note");
	if (err == ERR_OK && by != BY_CUSTOMER && by != BY_AGENT)
		err = why_set(why, ERR_INVALID, "by",
		    N_("Choose one of: {name}."), 0, "customer, agent");
	if (err == ERR_OK)
		err = read_time(page, json, "at", &at, ENTRY_AT, why);
	if (err == ERR_OK)
		err = api_text(json, "body", &out->body, why);
	if (err == ERR_OK)
		err = api_format(json, FORMAT_TEXT, &out->format, why);
	if (err != ERR_OK)
		return err;
	out->type = (enum entry_type)type;
	out->by = (enum actor_kind)by;
	out->at_us = record_int(&at, ENTRY_AT);
	return ERR_OK;
}

static enum err
read_entries(struct page *page, const struct json *list,
    struct act_input *input, struct why *why)
{
	size_t count = json_count(list), i = 0;
	struct act_history *history;

	if (json_type(list) != JSON_LIST || count == 0)
		return why_set(why, ERR_INVALID, "entries",
		    N_("A ticket has at least one entry."), 0, NULL);
	history = arena_array(page->arena, struct act_history, count);
	if (history == NULL)
		return ERR_NOMEM;
	for (const struct json *item = json_first(list); item != NULL;
	     item = json_next(item)) {
		enum err err = read_entry(page, item, &history[i++], why);

		if (err != ERR_OK)
			return err;
	}
	input->history = history;
	input->history_count = count;
	return ERR_OK;
}

static enum err
read_ticket(struct page *page, const struct json *json, struct act_input *input,
    struct why *why)
{
	static const char *const extras[] = { "number", "email", "name", "tags",
		"owner", "entries", "created", "updated", "closed", NULL };
	static const struct {
		const char *name;
		int slot;
	} times[] = {
		{ "created", TICKET_CREATED },
		{ "updated", TICKET_UPDATED },
		{ "closed", TICKET_CLOSED_AT },
	};
	const struct directory *directory = page->read.directory;
	const struct json *number = json_get(json, "number");
	int64_t n = 0;
	enum err err = api_fill(page, directory, json, extras, input, why);

	for (size_t i = 0; err == ERR_OK && i < sizeof times / sizeof *times;
	     i++)
		err = read_time(page, json, times[i].name, &input->fields,
		    times[i].slot, why);
	if (err == ERR_OK && number != NULL &&
	    (!json_int(number, &n) || n <= 0))
		err = why_set(why, ERR_INVALID, "number",
		    N_("A ticket's number is a whole number from 1."), 0, NULL);
	input->subject = (uint64_t)n;
	if (err == ERR_OK)
		err = api_text(json, "email", &input->email, why);
	if (err == ERR_OK)
		err = api_text(json, "name", &input->name, why);
	if (err == ERR_OK)
		err = api_texts(json, "tags", input->tags, ACT_TAGS_MAX,
		    &input->tag_count, why);
	if (err == ERR_OK)
		err = api_agent(directory, json, "owner", &input->agent, why);
	if (err == ERR_OK)
		err = read_entries(page, json_get(json, "entries"), input, why);
	return err;
}

/* One ticket in. <nth> tells those of one request apart for its key. */
static enum err
import_one(struct page *page, const struct actor *actor,
    const struct json *json, int nth, struct act_result *result,
    struct why *why)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct site_read *read;
	enum err err;

	*result = (struct act_result){ .ticket = 0 };
	memset(why, 0, sizeof *why);
	why->message = "";
	if (input == NULL)
		return ERR_NOMEM;
	err = api_input(page, actor, VERB_IMPORT, KIND_TICKET, input);
	if (err == ERR_OK && input->key.len > 0) {
		input->key = bytes_of(arena_printf(
		    page->arena, "%.*s %d", BYTES_ARG(input->key), nth));
		if (input->key.at == NULL)
			err = ERR_NOMEM;
	}
	input->source = SOURCE_IMPORT;
	if (err == ERR_OK)
		err = page_read(page, &read);
	if (err == ERR_OK && json_type(json) != JSON_OBJECT)
		err = why_set(why, ERR_INVALID, "tickets",
		    N_("Each ticket is an object."), 0, NULL);
	if (err == ERR_OK)
		err = read_ticket(page, json, input, why);
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(page->desk, input, page->arena, result, why);
	return err;
}

static enum err
put_imported(struct json_writer *w, struct page *page,
    const struct actor *actor, uint64_t number)
{
	struct site_read *read;
	struct record ticket;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = record_find(read->snapshot, KIND_TICKET, number, &ticket);
	if (err == ERR_OK)
		err = api_put_ticket(w, page, actor, &ticket);
	page_read_end(page);
	return err;
}

static int
import_many(
    struct page *page, const struct actor *actor, const struct json *list)
{
	struct json_writer w;
	struct why why;
	enum err err = ERR_OK;
	int nth = 0;

	if (json_type(list) != JSON_LIST || json_count(list) > IMPORT_MAX) {
		err = why_set(&why, ERR_INVALID, "tickets",
		    N_("This is a list of at most {n} tickets."), IMPORT_MAX,
		    NULL);
		return api_fail(page, err, &why, NULL);
	}
	w = api_answer(page, 200);
	json_begin_object(&w);
	json_key(&w, "results");
	json_begin_list(&w);
	for (const struct json *item = json_first(list); item != NULL;
	     item = json_next(item)) {
		struct act_result result;

		err = import_one(page, actor, item, nth++, &result, &why);
		json_begin_object(&w);
		if (err == ERR_OK) {
			json_member_int(&w, "number", (int64_t)result.ticket);
		} else {
			json_key(&w, "error");
			api_put_error(&w, err, &why, &result);
		}
		json_end_object(&w);
	}
	json_end_list(&w);
	json_end_object(&w);
	return api_finish(page);
}

int
api_add_import(struct page *page)
{
	struct act_result result;
	const struct json *json;
	struct json_writer w;
	struct actor actor;
	struct why why;
	enum err err;

	if (!api_actor(page, &actor) || !api_body(page, &json))
		return 0;
	if (json_get(json, "tickets") != NULL)
		return import_many(page, &actor, json_get(json, "tickets"));
	err = import_one(page, &actor, json, 0, &result, &why);
	if (err != ERR_OK)
		return api_fail(page, err, &why, &result);
	w = api_answer(page, 201);
	err = put_imported(&w, page, &actor, result.ticket);
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}
