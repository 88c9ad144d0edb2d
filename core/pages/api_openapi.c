/* core/pages/api_openapi.c - the API described for programs: OpenAPI 3.1.
 *
 * Made from the tables that the API itself runs on: the kinds it serves and
 * the fields they have. Specification: OpenAPI 3.1.0, 4.8.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/pages/api_kinds.h"

#include <stdio.h>

/* An operation that is not the same for all kinds. */
struct operation {
	const char *path, *method, *summary;
	const char *takes; /* the body's schema; NULL: none */
	const char *gives; /* the answer's schema */
	const char *list;  /* the member that holds the list; or NULL */
	int status;
};

static const struct operation operations[] = {
	{ "/tickets", "get", "Tickets by a filter, the newest first", NULL,
	    "ticket", "tickets", 200 },
	{ "/tickets", "post", "A new ticket, as if the customer wrote it",
	    "ticket_new", "ticket", NULL, 201 },
	{ "/tickets/{number}", "get", "One ticket", NULL, "ticket", NULL, 200 },
	{ "/tickets/{number}", "patch", "Change fields of a ticket",
	    "ticket_change", "ticket", NULL, 200 },
	{ "/tickets/{number}/entries", "get",
	    "What was said and done, the oldest first", NULL, "entry",
	    "entries", 200 },
	{ "/tickets/{number}/entries", "post", "An answer or an internal note",
	    "entry_new", "entry", NULL, 201 },
	{ "/imports/tickets", "post",
	    "A historic ticket: times and authors are given, no script runs "
	    "and no mail is sent. Up to 100 at once as {\"tickets\": [...]}",
	    "ticket_import", "ticket", NULL, 201 },
};

/* Members that are given besides the fields of a kind. */
struct member {
	const char *schema, *name, *type, *doc;
	bool is_required;
};

static const struct member members[] = {
	{ "ticket_new", "email", "string", "The customer's address.", true },
	{ "ticket_new", "name", "string", "The customer's name.", false },
	{ "ticket_new", "body", "string", "The customer's message.", true },
	{ "ticket_new", "format", "string", "text (the usual) or markdown.",
	    false },
	{ "ticket_new", "tags", "array", "Keys.", false },
	{ "ticket_new", "owner", "string", "An agent's login.", false },
	{ "ticket_change", "tags", "array",
	    "All tags it shall have; those not named are taken off.", false },
	{ "ticket_change", "owner", "string",
	    "An agent's login; null for nobody.", false },
	{ "ticket_change", "why", "string", "The reason, for the history.",
	    false },
	{ "ticket_change", "seen", "integer",
	    "The newest entry you have seen: 409 if something came since.",
	    false },
	{ "entry_new", "type", "string", "reply (the usual) or note.", false },
	{ "entry_new", "body", "string", "What to say.", true },
	{ "entry_new", "format", "string", "markdown (the usual) or text.",
	    false },
	{ "entry_new", "status", "string",
	    "What becomes of the ticket: pending if not given.", false },
	{ "entry_new", "seen", "integer",
	    "The newest entry you have seen: 409 if something came since.",
	    false },
	{ "ticket_import", "number", "integer",
	    "Its number, if that is free; else the next one.", false },
	{ "ticket_import", "email", "string", "The customer's address.", true },
	{ "ticket_import", "name", "string", "The customer's name.", false },
	{ "ticket_import", "tags", "array", "Keys.", false },
	{ "ticket_import", "owner", "string", "An agent's login.", false },
	{ "ticket_import", "created", "string", "When it came in.", false },
	{ "ticket_import", "updated", "string", "When it last changed.",
	    false },
	{ "ticket_import", "closed", "string", "When it was closed.", false },
	{ "ticket_import", "entries", "array",
	    "Objects with type, by (customer or agent), agent, at, body and "
	    "format, the oldest first.",
	    true },
	{ "ticket", "number", "integer", "The ticket's number.", true },
	{ "ticket", "url", "string", "The customer's private page.", true },
	{ "ticket", "agent_url", "string", "The agents' page.", true },
	{ "ticket", "email", "string", "The customer's address.", false },
	{ "ticket", "name", "string", "The customer's name.", false },
	{ "entry", "number", "integer", "Counted within its ticket.", true },
	{ "entry", "ticket", "integer", "The ticket's number.", true },
};

/* Which fields of which kind a schema has. */
static const struct schema {
	const char *name;
	enum kind_id kind;
	bool is_given; /* only what can be set */
} schemas[] = {
	{ "ticket", KIND_TICKET, false },
	{ "ticket_new", KIND_TICKET, true },
	{ "ticket_change", KIND_TICKET, true },
	{ "ticket_import", KIND_TICKET, true },
	{ "entry", KIND_ENTRY, false },
	{ "entry_new", KIND_NONE, true },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void
put_type(struct json_writer *w, const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL: json_member_string(w, "type", "boolean"); return;
	case FIELD_INT: json_member_string(w, "type", "integer"); return;
	case FIELD_TIME:
		json_member_string(w, "type", "string");
		json_member_string(w, "format", "date-time");
		return;
	case FIELD_MAP: json_member_string(w, "type", "object"); return;
	case FIELD_REF: /* by key where the kind has one, else by id */
		json_key(w, "type");
		json_begin_list(w);
		json_put_string(w, "string");
		json_put_string(w, "integer");
		json_put_string(w, "null");
		json_end_list(w);
		return;
	case FIELD_ENUM:
		json_member_string(w, "type", "string");
		json_key(w, "enum");
		json_begin_list(w);
		for (size_t i = 0; field->words[i] != NULL; i++)
			json_put_string(w, field->words[i]);
		json_end_list(w);
		return;
	case FIELD_TEXT:
	case FIELD_BIGTEXT:
		if (field->flags & F_JSON)
			return; /* any value */
		json_member_string(w, "type", "string");
		if (field->max > 0 && !(field->flags & F_LIST))
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
		json_member_string(w, "type", "array");
		json_key(w, "items");
		json_begin_object(w);
		put_type(w, field);
		json_end_object(w);
	} else {
		put_type(w, field);
	}
	if (field->set == SET_SYSTEM)
		json_member_bool(w, "readOnly", true);
	json_end_object(w);
}

static void
put_member(struct json_writer *w, const struct member *member)
{
	json_key(w, member->name);
	json_begin_object(w);
	json_member_string(w, "description", member->doc);
	json_member_string(w, "type", member->type);
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

static void
put_required(struct json_writer *w, const char *name, const struct kind *kind)
{
	json_key(w, "required");
	json_begin_list(w);
	for (size_t i = 0; i < COUNT(members); i++)
		if (members[i].is_required &&
		    strcmp(members[i].schema, name) == 0)
			json_put_string(w, members[i].name);
	for (size_t i = 0; kind != NULL && i < kind->field_count; i++)
		if (kind->fields[i].flags & F_REQUIRED &&
		    strcmp(name, "ticket_change") != 0)
			json_put_string(w, kind->fields[i].name);
	json_end_list(w);
}

static void
put_schema(struct json_writer *w, const char *name, const struct kind *kind,
    bool is_given)
{
	json_key(w, name);
	json_begin_object(w);
	json_member_string(w, "type", "object");
	if (kind != NULL)
		json_member_string(w, "description", kind->doc);
	json_key(w, "properties");
	json_begin_object(w);
	for (size_t i = 0; i < COUNT(members); i++)
		if (strcmp(members[i].schema, name) == 0)
			put_member(w, &members[i]);
	for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
		const struct field *field = &kind->fields[i];

		if (field->see < SEE_NOBODY && !is_member(name, field->name) &&
		    !(is_given && field->set == SET_SYSTEM))
			put_field(w, field);
	}
	json_end_object(w);
	put_required(w, name, kind);
	json_end_object(w);
}

static void
put_ref(struct json_writer *w, const char *schema)
{
	char ref[80];

	snprintf(ref, sizeof ref, "#/components/schemas/%s", schema);
	json_begin_object(w);
	json_member_string(w, "$ref", ref);
	json_end_object(w);
}

static void
put_content(struct json_writer *w, const char *schema, const char *list)
{
	json_key(w, "content");
	json_begin_object(w);
	json_key(w, "application/json");
	json_begin_object(w);
	json_key(w, "schema");
	if (list == NULL) {
		put_ref(w, schema);
	} else {
		json_begin_object(w);
		json_member_string(w, "type", "object");
		json_key(w, "properties");
		json_begin_object(w);
		json_key(w, list);
		json_begin_object(w);
		json_member_string(w, "type", "array");
		json_key(w, "items");
		put_ref(w, schema);
		json_end_object(w);
		json_key(w, "after");
		json_begin_object(w);
		json_member_string(w, "description",
		    "Where the next page begins: after=; null at the end.");
		json_end_object(w);
		json_end_object(w);
		json_end_object(w);
	}
	json_end_object(w);
	json_end_object(w);
}

static void
put_parameter(
    struct json_writer *w, const char *name, const char *in, const char *doc)
{
	json_begin_object(w);
	json_member_string(w, "name", name);
	json_member_string(w, "in", in);
	json_member_bool(w, "required", strcmp(in, "path") == 0);
	json_member_string(w, "description", doc);
	json_key(w, "schema");
	json_begin_object(w);
	json_member_string(w, "type", "string");
	json_end_object(w);
	json_end_object(w);
}

static void
put_parameters(struct json_writer *w, const struct operation *op)
{
	json_key(w, "parameters");
	json_begin_list(w);
	if (strstr(op->path, "{number}") != NULL)
		put_parameter(w, "number", "path", "The ticket's number.");
	if (strstr(op->path, "{id}") != NULL)
		put_parameter(w, "id", "path", "Its id, or its key.");
	if (op->list != NULL) {
		put_parameter(w, "limit", "query", "At most so many.");
		put_parameter(w, "after", "query", "The page before's cursor.");
		if (strcmp(op->list, "entries") != 0)
			put_parameter(w, "q", "query",
			    "A filter, e.g. status:open queue:billing words.");
	}
	if (strcmp(op->method, "post") == 0)
		put_parameter(w, "Idempotency-Key", "header",
		    "The same key again does nothing again.");
	json_end_list(w);
}

static void
put_operation(struct json_writer *w, const struct operation *op)
{
	char status[8];

	json_key(w, op->method);
	json_begin_object(w);
	json_member_string(w, "summary", op->summary);
	put_parameters(w, op);
	if (op->takes != NULL) {
		json_key(w, "requestBody");
		json_begin_object(w);
		json_member_bool(w, "required", true);
		put_content(w, op->takes, NULL);
		json_end_object(w);
	}
	json_key(w, "responses");
	json_begin_object(w);
	snprintf(status, sizeof status, "%d", op->status);
	json_key(w, status);
	json_begin_object(w);
	json_member_string(w, "description", "Done.");
	if (op->gives != NULL)
		put_content(w, op->gives, op->list);
	json_end_object(w);
	json_key(w, "default");
	json_begin_object(w);
	json_member_string(w, "description", "It was not done, and why.");
	put_content(w, "error", NULL);
	json_end_object(w);
	json_end_object(w);
	json_end_object(w);
}

/* The same five operations for a kind. */
static void
put_kind_paths(struct json_writer *w, const struct api_kind *row)
{
	const struct kind *kind = kind_get(row->kind);
	const struct operation ops[] = {
		{ "/{kind}", "get", kind->doc, NULL, kind->name, kind->plural,
		    200 },
		{ "/{kind}", "post", "Add one", kind->name, kind->name, NULL,
		    201 },
		{ "/{kind}/{id}", "get", "Show one", NULL, kind->name, NULL,
		    200 },
		{ "/{kind}/{id}", "patch", "Change fields", kind->name,
		    kind->name, NULL, 200 },
		{ "/{kind}/{id}", "delete", "Remove it", NULL, NULL, NULL,
		    204 },
	};
	char path[80];

	snprintf(path, sizeof path, "/%s", kind->plural);
	json_key(w, path);
	json_begin_object(w);
	put_operation(w, &ops[0]);
	put_operation(w, &ops[1]);
	json_end_object(w);
	snprintf(path, sizeof path, "/%s/{id}", kind->plural);
	json_key(w, path);
	json_begin_object(w);
	put_operation(w, &ops[2]);
	put_operation(w, &ops[3]);
	if (row->remove != VERB__COUNT)
		put_operation(w, &ops[4]);
	json_end_object(w);
}

static void
put_paths(struct json_writer *w)
{
	json_key(w, "paths");
	json_begin_object(w);
	for (size_t i = 0; i < COUNT(operations); i++) {
		bool is_first = i == 0 ||
		    strcmp(operations[i].path, operations[i - 1].path) != 0;

		if (is_first && i > 0)
			json_end_object(w);
		if (is_first) {
			json_key(w, operations[i].path);
			json_begin_object(w);
		}
		put_operation(w, &operations[i]);
	}
	json_end_object(w);
	for (size_t i = 0; i < api_kinds_count; i++)
		put_kind_paths(w, &api_kinds[i]);
	json_end_object(w);
}

#define ERROR_SCHEMA \
	"{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{" \
	"\"error\":{\"type\":\"object\",\"required\":[\"code\",\"message\"]," \
	"\"properties\":{\"code\":{\"type\":\"string\"}," \
	"\"message\":{\"type\":\"string\"}," \
	"\"field\":{\"type\":[\"string\",\"null\"]}}}}}"

static void
put_components(struct json_writer *w)
{
	json_key(w, "components");
	json_begin_object(w);
	json_key(w, "securitySchemes");
	json_put_raw(
	    w, BYTES("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
	json_key(w, "schemas");
	json_begin_object(w);
	for (size_t i = 0; i < COUNT(schemas); i++)
		put_schema(w, schemas[i].name, kind_get(schemas[i].kind),
		    schemas[i].is_given);
	for (size_t i = 0; i < api_kinds_count; i++) {
		const struct kind *kind = kind_get(api_kinds[i].kind);

		put_schema(w, kind->name, kind, false);
	}
	json_key(w, "error");
	json_put_raw(w, BYTES(ERROR_SCHEMA));
	json_end_object(w);
	json_end_object(w);
}

static int
get_openapi(struct page *page)
{
	struct json_writer w = api_answer(page, 200);
	char *url = arena_printf(
	    page->arena, "%.*s/api/v1", BYTES_ARG(page->root.base));

	if (url == NULL)
		return 503;
	json_begin_object(&w);
	json_member_string(&w, "openapi", "3.1.0");
	json_key(&w, "info");
	json_begin_object(&w);
	json_member_string(&w, "title", "hookdesk");
	json_member_string(&w, "version", PACKAGE_VERSION);
	json_end_object(&w);
	json_key(&w, "servers");
	json_begin_list(&w);
	json_begin_object(&w);
	json_member_string(&w, "url", url);
	json_end_object(&w);
	json_end_list(&w);
	json_key(&w, "security");
	json_put_raw(&w, BYTES("[{\"token\":[]}]"));
	put_paths(&w);
	put_components(&w);
	json_end_object(&w);
	return api_finish(page);
}

/* Without a token: it says nothing that the sources do not say. */
const struct route api_openapi_routes[] = {
	{ ROUTE_GET, "/api/v1/openapi.json", ACCESS_PUBLIC, get_openapi,
	    false },
	{ .pattern = NULL },
};
