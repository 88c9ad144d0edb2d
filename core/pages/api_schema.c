/* core/pages/api_schema.c - what the API takes and gives, as JSON Schema.
 *
 * Made from the tables of fields, stored and computed; what is not in them is
 * in the tables here.
 */
#include "config.h"
#include "core/pages/api_schema.h"
#include "core/desk/computed.h"
#include "core/pages/api_kinds.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define SEEN "The newest entry you have seen: 409 if something came since."

/* Members besides the fields of a kind. <type> is one of JSON, or text (a
 * string or null), texts (a list of strings), content (bytes), or the schema
 * of which it is a list. */
struct member {
	const char *schema, *name, *type, *doc;
	bool is_required;
};

static const struct member members[] = {
	{ "ticket_new", "email", "string", "The customer's address.", true },
	{ "ticket_new", "name", "text", "The customer's name.", false },
	{ "ticket_new", "body", "string", "The customer's message.", true },
	{ "ticket_new", "format", "string", "text (the usual) or markdown.",
	    false },
	{ "ticket_new", "tags", "texts", "Keys.", false },
	{ "ticket_new", "owner", "text", "An agent's login.", false },
	{ "ticket_new", "files", "texts",
	    "The \"upload\" of files sent before.", false },
	{ "ticket_change", "tags", "texts",
	    "All tags it shall have; those not named are taken off.", false },
	{ "ticket_change", "owner", "text",
	    "An agent's login; null for nobody.", false },
	{ "ticket_change", "why", "text", "The reason, for the history.",
	    false },
	{ "ticket_change", "seen", "integer", SEEN, false },
	{ "entry", "files", "files", "What is attached.", true },
	{ "ticket_merge", "into", "integer",
	    "The number of the ticket that goes on; of the same customer.",
	    true },
	{ "ticket_merge", "why", "text", "The reason, for the history.",
	    false },
	{ "entry_new", "type", "string", "reply (the usual) or note.", false },
	{ "entry_new", "body", "string", "What to say.", true },
	{ "entry_new", "format", "string", "markdown (the usual) or text.",
	    false },
	{ "entry_new", "status", "string",
	    "What becomes of the ticket: pending if not given.", false },
	{ "entry_new", "files", "texts", "The \"upload\" of files sent before.",
	    false },
	{ "entry_new", "seen", "integer", SEEN, false },
	{ "action", "name", "string", "Its script and its name.", true },
	{ "action", "label", "string", "What its button says.", true },
	{ "action", "ask", "object",
	    "What it wants to know: by name a type, a label and so on.", true },
	{ "action_run", "input", "object", "What it wants to know, by name.",
	    false },
	{ "action_done", "number", "integer", "Of the ticket.", true },
	{ "action_done", "said", "text", "What the script says of it.", true },
	{ "timer", "id", "string", "Names it.", true },
	{ "timer", "job", "string", "What is run: its script and its name.",
	    true },
	{ "timer", "due", "string", "When.", true },
	{ "timer", "unless", "texts",
	    "Hook points: if one of them comes before, it is not run.", true },
	{ "file", "id", "integer", "Its number.", true },
	{ "file", "name", "string", "A label, never a path.", true },
	{ "file", "type", "string", "Media type by content.", true },
	{ "file", "size", "integer", "Bytes.", true },
	{ "file", "hash", "string", "BLAKE2b of the content, hexadecimal.",
	    true },
	{ "file", "url", "string", "Where to have it.", true },
	{ "file_new", "attachment", "content",
	    "The file; up to 10 of them, 20 MB together.", true },
	{ "upload", "upload", "string",
	    "Names it in \"files\" of a new ticket or entry.", true },
	{ "upload", "name", "string", "A label, never a path.", true },
	{ "upload", "size", "integer", "Bytes.", true },
	{ "history", "number", "integer",
	    "Its number, if that is free; else the next one.", false },
	{ "history", "email", "string", "The customer's address.", true },
	{ "history", "name", "text", "The customer's name.", false },
	{ "history", "tags", "texts", "Keys.", false },
	{ "history", "owner", "text", "An agent's login.", false },
	{ "history", "created", "text", "When it came in.", false },
	{ "history", "updated", "text", "When it last changed.", false },
	{ "history", "closed", "text", "When it was closed.", false },
	{ "history", "entries", "past", "What was said, the oldest first.",
	    true },
	{ "past", "at", "string", "When.", true },
	{ "past", "body", "string", "What was said.", true },
	{ "past", "type", "string", "reply (the usual) or note.", false },
	{ "past", "by", "string", "customer (the usual) or agent.", false },
	{ "past", "agent", "text", "An agent's login.", false },
	{ "past", "format", "string", "text (the usual) or markdown.", false },
	{ "token", "token", "string",
	    "The token itself, when it is made and never again.", false },
	{ "agent_new", "password", "text", "To sign in with.", false },
	{ "agent_change", "password", "text", "To sign in with.", false },
};

/* What a schema is for: which fields it has, and which must be there. */
enum purpose { SHOWN = 0, NEW, CHANGED };

/* Schemas that are no kind's of api_kinds. */
static const struct schema {
	const char *name;
	enum kind_id kind; /* whose fields it has; or KIND_NONE */
	enum purpose purpose;
} schemas[] = {
	{ "ticket", KIND_TICKET, SHOWN },
	{ "ticket_new", KIND_TICKET, NEW },
	{ "ticket_change", KIND_TICKET, CHANGED },
	{ "ticket_merge", KIND_NONE, NEW },
	{ "entry", KIND_ENTRY, SHOWN },
	{ "entry_new", KIND_NONE, NEW },
	{ "action", KIND_NONE, SHOWN },
	{ "action_run", KIND_NONE, NEW },
	{ "action_done", KIND_NONE, SHOWN },
	{ "timer", KIND_NONE, SHOWN },
	{ "file", KIND_NONE, SHOWN },
	{ "file_new", KIND_NONE, NEW },
	{ "upload", KIND_NONE, SHOWN },
	{ "history", KIND_TICKET, NEW },
	{ "past", KIND_NONE, NEW },
};

const char *
schema_name(char out[SCHEMA_NAME_SIZE], const char *pattern, const char *kind)
{
	const char *at = pattern != NULL ? strstr(pattern, "{kind}") : NULL;

	if (at == NULL)
		return pattern;
	snprintf(out, SCHEMA_NAME_SIZE, "%.*s%s%s", (int)(at - pattern),
	    pattern, kind, at + strlen("{kind}"));
	return out;
}

void
schema_types(struct json_writer *w, const char *first, const char *second,
    const char *third)
{
	json_key(w, "type");
	if (second == NULL) {
		json_put_string(w, first);
		return;
	}
	json_begin_list(w);
	json_put_string(w, first);
	json_put_string(w, second);
	if (third != NULL)
		json_put_string(w, third);
	json_end_list(w);
}

static void
put_words(struct json_writer *w, const struct field *field)
{
	json_key(w, "enum");
	json_begin_list(w);
	for (size_t i = 0; field->words[i] != NULL; i++)
		json_put_string(w, field->words[i]);
	json_end_list(w);
}

/* What a field of one value may hold; null for an empty one, or to empty it. */
static void
put_type(struct json_writer *w, const struct field *field)
{
	bool is_item = field->flags & F_LIST;
	const char *null = is_item || field->flags & F_REQUIRED ? NULL : "null";

	switch (field->type) {
	case FIELD_BOOL: schema_types(w, "boolean", NULL, NULL); return;
	case FIELD_INT: schema_types(w, "integer", NULL, NULL); return;
	case FIELD_MAP: schema_types(w, "object", NULL, NULL); return;
	case FIELD_TIME:
		schema_types(w, "string", null, NULL);
		json_member_string(w, "format", "date-time");
		return;
	case FIELD_REF: /* by key where the kind has one, else by id */
		schema_types(w, "string", "integer", null);
		return;
	case FIELD_ENUM:
		schema_types(w, "string", NULL, NULL);
		put_words(w, field);
		return;
	case FIELD_TEXT:
	case FIELD_BIGTEXT:
		if (field->flags & F_JSON)
			return; /* any value */
		schema_types(w, "string", null, NULL);
		if (field->max > 0 && !is_item)
			json_member_int(w, "maxLength", field->max);
		return;
	}
}

static void
put_field(struct json_writer *w, const struct field *field)
{
	json_key(w, field->name);
	json_begin_object(w);
	json_member_string(w, "description", field->doc);
	if (field->flags & F_LIST) {
		schema_types(w, "array", NULL, NULL);
		if (field->max > 0)
			json_member_int(w, "maxItems", field->max);
		json_key(w, "items");
		json_begin_object(w);
		put_type(w, field);
		json_end_object(w);
	} else {
		put_type(w, field);
	}
	json_end_object(w);
}

void
schema_ref(struct json_writer *w, const char *schema)
{
	char ref[80];

	snprintf(ref, sizeof ref, "#/components/schemas/%s", schema);
	json_begin_object(w);
	json_member_string(w, "$ref", ref);
	json_end_object(w);
}

void
schema_list_of(struct json_writer *w, const char *schema)
{
	schema_types(w, "array", NULL, NULL);
	json_key(w, "items");
	if (schema != NULL)
		schema_ref(w, schema);
	else
		json_put_raw(w, BYTES("{\"type\":\"string\"}"));
}

static bool
is_schema(const char *name)
{
	for (size_t i = 0; i < COUNT(schemas); i++)
		if (strcmp(schemas[i].name, name) == 0)
			return true;
	return false;
}

static void
put_member(struct json_writer *w, const struct member *member)
{
	const char *type = member->type;
	/* "files" is a list of "file" */
	char one[32];

	snprintf(one, sizeof one, "%.*s",
	    (int)strlen(type) - (type[strlen(type) - 1] == 's'), type);
	json_key(w, member->name);
	json_begin_object(w);
	json_member_string(w, "description", member->doc);
	if (strcmp(type, "text") == 0)
		schema_types(w, "string", "null", NULL);
	else if (strcmp(type, "texts") == 0)
		schema_list_of(w, NULL);
	else if (strcmp(type, "content") == 0)
		schema_types(w, "string", NULL, NULL);
	else if (is_schema(one))
		schema_list_of(w, one);
	else
		schema_types(w, type, NULL, NULL);
	if (strcmp(type, "content") == 0)
		json_member_string(w, "format", "binary");
	json_end_object(w);
}

static bool
is_member(const char *schema, const char *name)
{
	for (size_t i = 0; i < COUNT(members); i++)
		if (strcmp(members[i].schema, schema) == 0 &&
		    strcmp(members[i].name, name) == 0)
			return true;
	return false;
}

static bool
has_field(const struct field *field, const char *schema, enum purpose purpose)
{
	return field->see < SEE_NOBODY && !is_member(schema, field->name) &&
	    (purpose == SHOWN || field->set < SET_SYSTEM);
}

/* All that is shown to everybody is always there. */
static bool
is_required(const struct field *field, enum purpose purpose)
{
	return purpose == SHOWN ? field->see < SEE_ADMIN :
				  purpose == NEW && field->flags & F_REQUIRED;
}

/* Whether answers have this computed field. */
static bool
is_shown(
    const struct computed *row, const struct kind *kind, enum purpose purpose)
{
	return kind != NULL && purpose == SHOWN &&
	    computed_is(row, kind->id, FOR_API);
}

static void
put_required(struct json_writer *w, const char *name, const struct kind *kind,
    enum purpose purpose)
{
	const struct computed *c;

	json_key(w, "required");
	json_begin_list(w);
	for (c = computed_fields; c->field.name != NULL; c++)
		if (is_shown(c, kind, purpose) && c->field.flags & F_REQUIRED)
			json_put_string(w, c->field.name);
	for (size_t i = 0; i < COUNT(members); i++)
		if (members[i].is_required &&
		    strcmp(members[i].schema, name) == 0)
			json_put_string(w, members[i].name);
	for (size_t i = 0; kind != NULL && i < kind->field_count; i++)
		if (has_field(&kind->fields[i], name, purpose) &&
		    is_required(&kind->fields[i], purpose))
			json_put_string(w, kind->fields[i].name);
	json_end_list(w);
}

static void
put_schema(struct json_writer *w, const char *name, const struct kind *kind,
    enum purpose purpose)
{
	bool has_id = purpose == SHOWN && kind != NULL &&
	    kind->id != KIND_TICKET && kind->id != KIND_ENTRY;
	const struct computed *c;

	json_key(w, name);
	json_begin_object(w);
	schema_types(w, "object", NULL, NULL);
	if (kind != NULL)
		json_member_string(w, "description", kind->doc);
	json_key(w, "properties");
	json_begin_object(w);
	if (has_id) {
		json_key(w, "id");
		json_put_raw(w, BYTES("{\"type\":\"integer\"}"));
	}
	for (c = computed_fields; c->field.name != NULL; c++)
		if (is_shown(c, kind, purpose))
			put_field(w, &c->field);
	for (size_t i = 0; i < COUNT(members); i++)
		if (strcmp(members[i].schema, name) == 0)
			put_member(w, &members[i]);
	for (size_t i = 0; kind != NULL && i < kind->field_count; i++)
		if (has_field(&kind->fields[i], name, purpose))
			put_field(w, &kind->fields[i]);
	json_end_object(w);
	put_required(w, name, kind, purpose);
	json_member_bool(w, "additionalProperties", false);
	json_end_object(w);
}

#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"

/* Schemas that are written out. */
static const struct {
	const char *name, *json;
} others[] = {
	{ "error",
	    "{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{"
	    "\"error\":{\"type\":\"object\",\"required\":[\"code\","
	    "\"message\",\"field\"],\"properties\":{"
	    "\"code\":{\"type\":\"string\"},"
	    "\"message\":{\"type\":\"string\"},"
	    "\"field\":{\"type\":[\"string\",\"null\"]}},"
	    "\"additionalProperties\":false},"
	    "\"entries\":{\"description\":\"What came since the entry that was "
	    "given as seen.\",\"type\":\"array\",\"items\":" REF(
		"entry") "}},\"additionalProperties\":false}" },
	{ "import",
	    "{\"oneOf\":[" REF(
		"history") ",{\"type\":\"object\","
			   "\"required\":[\"tickets\"],\"properties\":{\"tickets\":{"
			   "\"type\":\"array\",\"maxItems\":100,\"items\":" REF(
			       "history") "}},\"additionalProperties\":false}]}" },
	{ "imported",
	    "{\"oneOf\":[" REF(
		"ticket") ",{\"type\":\"object\","
			  "\"required\":[\"results\"],\"properties\":{\"results\":{"
			  "\"type\":\"array\",\"items\":{\"oneOf\":[{\"type\":\"object\","
			  "\"required\":[\"number\"],\"properties\":{"
			  "\"number\":{\"type\":\"integer\"}}}," REF(
			      "error") "]}}},\"additionalProperties\":false}]}" },
	{ "content", "{\"type\":\"string\",\"format\":\"binary\"}" },
};

void
schema_components(struct json_writer *w)
{
	static const char *const endings[] = {
		[SHOWN] = "{kind}",
		[NEW] = "{kind}_new",
		[CHANGED] = "{kind}_change",
	};
	char name[80];

	json_key(w, "components");
	json_begin_object(w);
	json_key(w, "securitySchemes");
	json_put_raw(
	    w, BYTES("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
	json_key(w, "schemas");
	json_begin_object(w);
	for (size_t i = 0; i < COUNT(schemas); i++)
		put_schema(w, schemas[i].name, kind_get(schemas[i].kind),
		    schemas[i].purpose);
	for (size_t i = 0; i < api_kinds_count; i++) {
		const struct kind *kind = kind_get(api_kinds[i].kind);

		for (size_t n = 0; n < COUNT(endings); n++)
			put_schema(w, schema_name(name, endings[n], kind->name),
			    kind, (enum purpose)n);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		json_key(w, others[i].name);
		json_put_raw(w, bytes_of(others[i].json));
	}
	json_end_object(w);
	json_end_object(w);
}
