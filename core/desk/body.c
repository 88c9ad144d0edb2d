/* core/desk/body.c - what scripts are told. */
#include "config.h"
#include "core/desk/body.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/computed.h"
#include "core/model/value.h"

/* Not what computed.c gives of an entry in a form of its own. */
bool
body_shows(const struct kind *kind, size_t slot)
{
	return kind->fields[slot].see < SEE_NOBODY &&
	    !(kind->id == KIND_ENTRY &&
		(slot == ENTRY_BODY || slot == ENTRY_HTML));
}

enum err
body_record(struct json_writer *out, const struct body_reader *reader,
    const struct record *record)
{
	const struct directory *directory = reader->read->directory;
	enum err err;

	json_begin_object(out);
	json_member_int(out, "id", (int64_t)record->id);
	for (size_t i = 0; i < record->kind->field_count; i++) {
		const struct field *field = &record->kind->fields[i];

		if (!body_shows(record->kind, i) ||
		    (!record_has(record, (int)i) && !(field->flags & F_LIST) &&
			field->type != FIELD_ENUM &&
			field->type != FIELD_BOOL && field->type != FIELD_MAP &&
			field->type != FIELD_INT))
			continue;
		json_key(out, field->name);
		value_to_json(out, record, (int)i, directory, false);
	}
	err = computed_put(out, reader, record, FOR_SCRIPTS);
	json_end_object(out);
	return err;
}

/* {"status": [a, b]} becomes {"status": {"from": a, "to": b}}. */
static enum err
add_changes(struct json_writer *out, struct arena *arena, struct bytes changes)
{
	const struct json *object, *member, *pair;
	enum err err;

	err = json_parse(arena, changes, JSON_BYTES_MAX, &object, NULL);
	if (err != ERR_OK)
		return err;
	json_key(out, "changes");
	json_begin_object(out);
	for (member = json_first(object); member != NULL;
	     member = json_next(member)) {
		pair = json_first(member);
		json_key(out, json_name(member));
		json_begin_object(out);
		json_key(out, "from");
		json_put_value(out, pair);
		json_key(out, "to");
		json_put_value(out, json_next(pair));
		json_end_object(out);
	}
	json_end_object(out);
	return ERR_OK;
}

static enum err
add_event(struct json_writer *out, const struct body_reader *reader,
    const struct body *body)
{
	struct bytes name = body->actor_name;

	json_key(out, "event");
	json_begin_object(out);
	json_member_int(out, "id", (int64_t)body->event_id);
	json_member_int(out, "at", body->at_us / 1000000);
	json_member_string(out, "source", body->source);
	json_key(out, "actor");
	json_begin_object(out);
	json_member_string(out, "kind", body->actor_kind);
	if (strcmp(body->actor_kind, "customer") == 0 && body->customer != NULL)
		name = record_text(body->customer, CUSTOMER_NAME);
	if (name.len > 0)
		json_member_text(out, "name", name);
	if (body->actor_script.len > 0)
		json_member_text(out, "script", body->actor_script);
	json_end_object(out);
	if (body->changes.len > 0) {
		enum err err = add_changes(out, reader->arena, body->changes);

		if (err != ERR_OK)
			return err;
	}
	if (body->parts.len > 0) {
		/* members of an object, written by ourselves */
		json_put_members(out, body->parts);
	}
	json_end_object(out);
	return ERR_OK;
}

static void
add_job(struct json_writer *out, const struct body *body)
{
	json_key(out, "job");
	json_begin_object(out);
	json_member_int(out, "due", body->due_us / 1000000);
	if (body->data.len > 0) {
		json_key(out, "data");
		json_put_raw(out, body->data);
	}
	if (body->answer.len > 2) {
		json_key(out, "answer");
		json_begin_object(out);
		json_put_members(out,
		    (struct bytes){
			body->answer.at + 1, body->answer.len - 2 });
		json_member_text(out, "text", body->answer_text);
		json_end_object(out);
	}
	json_end_object(out);
	if (body->subject != NULL)
		json_member_string(out, "subject", body->subject);
}

enum err
body_write(
    struct buf *out, const struct body_reader *reader, const struct body *body)
{
	const struct {
		const char *name;
		const struct record *record;
	} records[] = {
		{ "ticket", body->ticket },
		{ "customer", body->customer },
		{ "entry", body->entry },
		{ "agent", body->agent },
		{ "article", body->article },
	};
	struct json_writer w = json_writer(out);
	enum err err = ERR_OK;

	json_begin_object(&w);
	if (body->hook != HOOK__COUNT)
		err = add_event(&w, reader, body);
	else if (!body->is_offer)
		add_job(&w, body);
	else if (body->given.len > 0)
		json_put_members(&w, body->given);
	for (size_t i = 0;
	     err == ERR_OK && i < sizeof records / sizeof *records; i++) {
		if (records[i].record == NULL)
			continue;
		json_key(&w, records[i].name);
		err = body_record(&w, reader, records[i].record);
	}
	json_end_object(&w);
	if (err == ERR_OK && out->failed)
		err = ERR_NOMEM;
	return err;
}

/* The type of a field as the wire names it. */
static void
add_field(struct json_writer *w, const struct field *field,
    const struct directory *directory)
{
	static const char *const types[] = {
		[FIELD_BOOL] = "bool",
		[FIELD_INT] = "int",
		[FIELD_TIME] = "time",
		[FIELD_ENUM] = "enum",
		[FIELD_TEXT] = "text",
		[FIELD_BIGTEXT] = "text",
		[FIELD_REF] = "ref",
		[FIELD_MAP] = "map",
	};
	bool is_keyed = field->type == FIELD_REF &&
	    directory_holds(field->ref) && field->ref != KIND_CANNED &&
	    field->ref != KIND_TOKEN;
	const struct record *const *custom;
	size_t count;

	json_begin_object(w);
	json_member_string(w, "name", field->name);
	json_member_string(w, "type",
	    field->flags & F_JSON ? "json" :
		is_keyed          ? "key" :
				    types[field->type]);
	if (field->type == FIELD_REF)
		json_member_string(w, "of", kind_get(field->ref)->name);
	if (field->flags & F_LIST)
		json_member_bool(w, "list", true);
	if (field->words != NULL) {
		json_key(w, "words");
		json_begin_list(w);
		for (int i = 0; field->words[i] != NULL; i++)
			json_put_string(w, field->words[i]);
		json_end_list(w);
	}
	if (field->type == FIELD_MAP) {
		json_key(w, "names");
		json_begin_list(w);
		custom = directory_all(directory, KIND_FIELD, &count);
		for (size_t i = 0; i < count; i++)
			json_put_text(w, record_key(custom[i]));
		json_end_list(w);
	}
	if (field->set <= SET_SCRIPT)
		json_member_bool(w, "set", true);
	json_end_object(w);
}

const enum kind_id *
body_kinds(size_t *count)
{
	static const enum kind_id told[] = { KIND_TICKET, KIND_ENTRY,
		KIND_CUSTOMER, KIND_ORGANISATION, KIND_AGENT, KIND_QUEUE,
		KIND_ARTICLE, KIND_CALENDAR };

	*count = sizeof told / sizeof *told;
	return told;
}

enum err
body_hello(
    struct buf *out, const struct directory *directory, bool has_requests)
{
	static const enum kind_id keyed[] = { KIND_QUEUE, KIND_ROLE, KIND_TEAM,
		KIND_AGENT, KIND_CALENDAR };
	struct json_writer w = json_writer(out);
	const struct computed *c;
	size_t count;
	const enum kind_id *told = body_kinds(&count);

	json_begin_object(&w);
	json_member_int(&w, "api", SCRIPT_API);
	json_member_bool(&w, "has_requests", has_requests);
	json_key(&w, "kinds");
	json_begin_object(&w);
	for (size_t k = 0; k < count; k++) {
		const struct kind *kind = kind_get(told[k]);

		json_key(&w, kind->name);
		json_begin_list(&w);
		for (size_t i = 0; i < kind->field_count; i++)
			if (body_shows(kind, i))
				add_field(&w, &kind->fields[i], directory);
		for (c = computed_fields; c->field.name != NULL; c++)
			if (computed_is(c, kind->id, FOR_SCRIPTS))
				add_field(&w, &c->field, directory);
		json_end_list(&w);
	}
	json_end_object(&w);
	json_key(&w, "keys");
	json_begin_object(&w);
	for (size_t k = 0; k < sizeof keyed / sizeof *keyed; k++) {
		const struct record *const *all = directory_all(
		    directory, keyed[k], &count);

		json_key(&w, kind_get(keyed[k])->name);
		json_begin_list(&w);
		for (size_t i = 0; i < count; i++)
			json_put_text(&w, record_key(all[i]));
		json_end_list(&w);
	}
	json_end_object(&w);
	json_end_object(&w);
	return out->failed ? ERR_NOMEM : ERR_OK;
}
