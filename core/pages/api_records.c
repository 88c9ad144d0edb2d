/* core/pages/api_records.c - all other kinds: customers, queues, agents ...
 *
 * One way for all of them: the kind is the first part of the path, its fields
 * are those of its table. /api/v1/KIND lists and adds, /api/v1/KIND/ID shows,
 * changes and removes; ID is a number or the record's key.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/desk/scripts.h"
#include "core/model/search.h"
#include "core/model/value.h"
#include "core/pages/api_kinds.h"

#define RECORDS_USUAL 50
#define RECORDS_MAX 500
#define ANSWER_MAX (4 * 1024 * 1024) /* bytes: a longer list goes on */

const struct api_kind api_kinds[] = {
	{ KIND_CUSTOMER, INDEX_CUSTOMER_ADDRESS, VERB_CUSTOMER_ADD,
	    VERB_CUSTOMER_UPDATE, VERB__COUNT, false },
	{ KIND_ORGANISATION, INDEX_ORGANISATION_DOMAIN, VERB_RECORD_ADD,
	    VERB_RECORD_UPDATE, VERB_RECORD_REMOVE, false },
	{ KIND_AGENT, INDEX_AGENT_LOGIN, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, false },
	{ KIND_ROLE, INDEX_ROLE_KEY, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, false },
	{ KIND_TEAM, INDEX_TEAM_KEY, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, false },
	{ KIND_BRAND, INDEX_BRAND_KEY, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, false },
	{ KIND_QUEUE, INDEX_QUEUE_KEY, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, false },
	{ KIND_CANNED, 0, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, false },
	{ KIND_ARTICLE, INDEX_ARTICLE_SLUG, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, false },
	{ KIND_TOKEN, 0, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, true },
	{ KIND_SETTING, INDEX_SETTING_NAME, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, true },
	{ KIND_CALENDAR, INDEX_CALENDAR_KEY, VERB_RECORD_ADD,
	    VERB_RECORD_UPDATE, VERB_RECORD_REMOVE, false },
	{ KIND_FIELD, INDEX_FIELD_KEY, VERB_RECORD_ADD, VERB_RECORD_UPDATE,
	    VERB_RECORD_REMOVE, false },
};
const size_t api_kinds_count = sizeof api_kinds / sizeof *api_kinds;

/* A call: who, and about which kind. */
struct call {
	struct page *page;
	struct actor actor;
	const struct api_kind *row;
	const struct kind *kind;
};

/* True; or false with the answer written. */
static bool
begin(struct page *page, struct call *call)
{
	struct bytes name = request_route(page->request, "kind");

	*call = (struct call){ .page = page };
	if (!api_actor(page, &call->actor))
		return false;
	for (size_t i = 0; i < api_kinds_count; i++) {
		const struct kind *kind = kind_get(api_kinds[i].kind);

		if (bytes_is(name, kind->plural)) {
			call->row = &api_kinds[i];
			call->kind = kind;
			return true;
		}
	}
	api_fail(page, ERR_NOT_FOUND, NULL, NULL);
	return false;
}

/* Some kinds are for admins only; <record> may be NULL: any of them. */
static bool
may_see(const struct call *call, const struct record *record)
{
	const struct directory *directory = call->page->read.directory;

	if (call->row->is_admins && !desk_is_admin(directory, &call->actor))
		return false;
	return record == NULL || desk_may_know(directory, &call->actor, record);
}

static enum err
find_by_key(struct call *call, struct bytes key, struct record *out)
{
	struct buf folded = buf_in(call->page->arena);

	if (call->row->index == 0)
		return ERR_NOT_FOUND;
	if (call->kind->id == KIND_CUSTOMER) {
		text_email_key(&folded, key);
		if (folded.failed)
			return ERR_NOMEM;
		key = buf_get(&folded);
	}
	return record_find_by(call->page->read.snapshot, call->kind->id,
	    (enum index_id)call->row->index, key, out);
}

/* The record that the path names. */
static enum err
find_record(struct call *call, struct record *out)
{
	struct bytes id = request_route(call->page->request, "id");
	struct site_read *read;
	int64_t n;
	enum err err = page_read(call->page, &read);

	if (err != ERR_OK)
		return err;
	if (bytes_to_int(id, &n) == ERR_OK && n > 0)
		err = record_find(
		    read->snapshot, call->kind->id, (uint64_t)n, out);
	else
		err = find_by_key(call, id, out);
	if (err == ERR_OK && !may_see(call, out))
		err = ERR_NOT_FOUND;
	return err;
}

static enum err
put_record(struct json_writer *w, struct call *call, struct record *record,
    struct bytes secret)
{
	struct site_read *read = &call->page->read;
	enum field_see see = desk_sees(read->directory, &call->actor);
	enum err err = record_read_texts(
	    record, read->snapshot, see, call->page->arena);

	if (err != ERR_OK)
		return err;
	json_begin_object(w);
	json_member_int(w, "id", (int64_t)record->id);
	if (secret.len > 0)
		json_member_text(w, "token", secret);
	record_to_json(w, record, read->directory, see, true);
	json_end_object(w);
	return ERR_OK;
}

/* What may not have been meant goes in a header: the answer is the record. */
static enum err
put_warning(struct page *page, const struct act_result *result)
{
	char text[400];

	return result->warning.message == NULL ?
	    ERR_OK :
	    response_header(page->response, "Hookdesk-Warning",
		bytes_of(why_text(&result->warning, text, sizeof text)));
}

/* The record <id> after the act that came to <result>. */
static int
answer_record(
    struct call *call, uint64_t id, const struct act_result *result, int status)
{
	struct page *page = call->page;
	struct site_read *read;
	struct record record;
	struct json_writer w;
	enum err err;

	page_read_end(page);
	err = put_warning(page, result);
	if (err == ERR_OK)
		err = page_read(page, &read);
	if (err == ERR_OK)
		err = record_find(read->snapshot, call->kind->id, id, &record);
	if (err == ERR_OK) {
		w = api_answer(page, status);
		api_version(page, &record);
		err = put_record(&w, call, &record, result->secret);
	}
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}

/* --- lists --- */

static bool
sees_hit(void *arg, uint64_t id, int64_t *updated_us)
{
	struct call *call = arg;
	struct record record;

	(void)updated_us;
	return record_find(call->page->read.snapshot, call->kind->id, id,
		   &record) == ERR_OK &&
	    may_see(call, &record);
}

static bool
is_searchable(const struct kind *kind)
{
	for (size_t i = 0; i < kind->field_count; i++)
		if (kind->fields[i].flags & F_SEARCH)
			return true;
	return false;
}

/* The records in which words are found, the best first. */
static enum err
put_found(struct json_writer *w, struct call *call, struct bytes words,
    size_t limit, struct why *why)
{
	struct page *page = call->page;
	struct search_reader reader = { .sees_notes = true,
		.sees = sees_hit,
		.arg = call,
		.now_us = page->read.now_us };
	struct search_result found = { .count = 0 };
	enum err err;

	if (!is_searchable(call->kind))
		return why_set(why, ERR_INVALID, "q",
		    N_("There is no search in these."), 0, NULL);
	err = search_find(page->read.snapshot, call->kind->id, words, &reader,
	    limit, page->arena, &found);
	for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
		struct record record;

		err = record_find(page->read.snapshot, call->kind->id,
		    found.hits[i].id, &record);
		if (err == ERR_OK)
			err = put_record(w, call, &record, BYTES_NONE);
	}
	return err;
}

/* Records behind *<after>; it becomes where to go on, 0 at the end. */
static enum err
put_walked(
    struct json_writer *w, struct call *call, uint64_t *after, size_t limit)
{
	struct snapshot *snapshot = call->page->read.snapshot;
	uint64_t id = *after;
	struct record record;
	enum err err = ERR_OK;

	for (size_t n = 0; err == ERR_OK; n++) {
		err = record_next(snapshot, call->kind->id, &id, &record);
		if (err == ERR_OK && (n == limit || w->buf->len > ANSWER_MAX))
			return ERR_OK; /* *after is the last one shown */
		if (err != ERR_OK)
			break;
		*after = record.id;
		if (may_see(call, &record))
			err = put_record(w, call, &record, BYTES_NONE);
	}
	if (err != ERR_NOT_FOUND)
		return err;
	*after = 0;
	return ERR_OK;
}

int
api_list_records(struct page *page)
{
	size_t limit = RECORDS_USUAL;
	uint64_t after = 0;
	struct bytes q = request_query(page->request, "q");
	struct why why = { .message = "" };
	struct site_read *read;
	struct json_writer w;
	struct call call;
	enum err err;

	if (!begin(page, &call) || !api_limit(page, RECORDS_MAX, &limit) ||
	    !api_after(page, &after))
		return 0;
	err = page_read(page, &read);
	if (err == ERR_OK && !may_see(&call, NULL))
		err = ERR_DENIED;
	if (err != ERR_OK)
		return api_fail(page, err, NULL, NULL);
	w = api_answer(page, 200);
	json_begin_object(&w);
	json_key(&w, call.kind->plural);
	json_begin_list(&w);
	if (q.len > 0) {
		after = 0;
		err = put_found(&w, &call, q, limit, &why);
	} else {
		err = put_walked(&w, &call, &after, limit);
	}
	json_end_list(&w);
	if (after > 0)
		json_member_int(&w, "after", (int64_t)after);
	else
		json_member_null(&w, "after");
	json_end_object(&w);
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, &why, NULL);
}

int
api_get_record(struct page *page)
{
	struct record record;
	struct json_writer w;
	struct call call;
	enum err err;

	if (!begin(page, &call))
		return 0;
	err = find_record(&call, &record);
	if (err != ERR_OK)
		return api_fail(page, err, NULL, NULL);
	w = api_answer(page, 200);
	api_version(page, &record);
	err = put_record(&w, &call, &record, BYTES_NONE);
	return err == ERR_OK ? api_finish(page) :
			       api_fail(page, err, NULL, NULL);
}

/* --- changing --- */

/* Fill the input from the request's body; <old> is NULL for a new record. */
static enum err
fill(struct call *call, const struct json *json, const struct record *old,
    struct act_input *input, struct why *why)
{
	static const char *const none[] = { NULL };
	static const char *const agents[] = { "password", NULL };
	bool is_agent = call->kind->id == KIND_AGENT;
	enum err err = ERR_OK;

	if (old != NULL && json_type(json_get(json, "fields")) == JSON_OBJECT)
		err = act_input_keep_fields(input, old, call->page->arena);
	if (err == ERR_OK)
		err = api_fill(call->page, call->page->read.directory, json,
		    is_agent ? agents : none, input, why);
	if (err == ERR_OK && is_agent)
		err = api_text(json, "password", &input->password, why);
	return err;
}

int
api_add_record(struct page *page)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	const struct json *json;
	struct site_read *read;
	struct call call;
	enum err err;

	if (!begin(page, &call) || !api_body(page, &json))
		return 0;
	if (input == NULL)
		return api_fail(page, ERR_NOMEM, NULL, NULL);
	err = api_input(page, &call.actor, call.row->add, call.kind->id, input);
	if (err == ERR_OK)
		err = page_read(page, &read);
	if (err == ERR_OK)
		err = fill(&call, json, NULL, input, &why);
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(page->desk, input, page->arena, &result, &why);
	if (err != ERR_OK)
		return api_fail(page, err, &why, &result);
	return answer_record(&call, result.record, &result, 201);
}

int
api_patch_record(struct page *page)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	const struct json *json;
	struct record old;
	struct call call;
	enum err err;

	if (!begin(page, &call) || !api_body(page, &json))
		return 0;
	if (input == NULL)
		return api_fail(page, ERR_NOMEM, NULL, NULL);
	err = api_input(
	    page, &call.actor, call.row->update, call.kind->id, input);
	if (err == ERR_OK)
		err = find_record(&call, &old);
	if (err == ERR_OK)
		err = fill(&call, json, &old, input, &why);
	if (err == ERR_OK)
		input->subject = old.id;
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(page->desk, input, page->arena, &result, &why);
	if (err != ERR_OK)
		return api_fail(page, err, &why, &result);
	return answer_record(&call, input->subject, &result, 200);
}

int
api_delete_record(struct page *page)
{
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	struct bytes scripts = BYTES_NONE;
	struct record old;
	struct call call;
	enum err err;

	if (!begin(page, &call))
		return 0;
	if (call.row->remove == VERB__COUNT)
		return 405;
	if (input == NULL)
		return api_fail(page, ERR_NOMEM, NULL, NULL);
	err = api_input(
	    page, &call.actor, call.row->remove, call.kind->id, input);
	if (err == ERR_OK)
		err = find_record(&call, &old);
	if (err == ERR_OK) {
		input->subject = old.id;
		scripts = scripts_naming(
		    page->read.directory, &old, page->arena);
	}
	page_read_end(page);
	if (err == ERR_OK)
		err = desk_act(page->desk, input, page->arena, &result, &why);
	if (err == ERR_OK && scripts.len > 0)
		err = response_header(
		    page->response, "Hookdesk-Scripts", scripts);
	if (err != ERR_OK)
		return api_fail(page, err, &why, &result);
	api_answer(page, 204);
	return 0;
}
