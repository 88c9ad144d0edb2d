/* core/pages/api_openapi.c - the API described for programs: OpenAPI 3.1.
 *
 * Made from the tables that the API itself runs on: the kinds it serves and
 * the fields they have. Specification: OpenAPI 3.1.0, 4.8.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/pages/api_kinds.h"
#include "core/pages/api_schema.h"

#include <stdio.h>

/* A call of the API; see api.def. */
struct operation {
	unsigned method;
	const char *path, *summary, *takes, *gives, *list;
	int status;
};

static const struct operation operations[] = {
#define CALL(method, path, handler, summary, takes, gives, list, status) \
	{ METHOD_##method, path, summary, takes, gives, list, status },
#include "core/pages/api.def"
#undef CALL
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void
put_body_schema(struct json_writer *w, const char *schema, const char *list)
{
	if (list == NULL) {
		schema_ref(w, schema);
		return;
	}
	json_begin_object(w);
	schema_types(w, "object", NULL, NULL);
	json_key(w, "properties");
	json_begin_object(w);
	json_key(w, list);
	json_begin_object(w);
	schema_list_of(w, schema);
	json_end_object(w);
	json_key(w, "after");
	json_begin_object(w);
	schema_types(w, "string", "integer", "null");
	json_member_string(w, "description",
	    "Where the next page begins: after=; null at the end.");
	json_end_object(w);
	json_key(w, "is_cut");
	json_begin_object(w);
	schema_types(w, "boolean", NULL, NULL);
	json_member_string(w, "description",
	    "Enough was looked at for once: there may be more behind after=.");
	json_end_object(w);
	json_end_object(w);
	json_key(w, "required");
	json_begin_list(w);
	json_put_string(w, list);
	json_end_list(w);
	json_member_bool(w, "additionalProperties", false);
	json_end_object(w);
}

static void
put_content(struct json_writer *w, const char *schema, const char *list)
{
	const char *type = "application/json";

	if (strcmp(schema, "content") == 0)
		type = "application/octet-stream";
	if (strcmp(schema, "file_new") == 0)
		type = "multipart/form-data";
	json_key(w, "content");
	json_begin_object(w);
	json_key(w, type);
	json_begin_object(w);
	json_key(w, "schema");
	put_body_schema(w, schema, list);
	json_end_object(w);
	json_end_object(w);
}

/* Which calls have it, and what it is. */
static const struct parameter {
	const char *name, *in, *type, *doc;
	unsigned method;  /* of calls that have it */
	const char *path; /* a part of their path; or NULL */
	bool is_lists;    /* of lists only */
} parameters[] = {
	{ "number", "path", "integer", "The ticket's number.", METHOD__COUNT,
	    "{number}", false },
	{ "id", "path", "string", "Its id, or its key.", METHOD__COUNT, "{id}",
	    false },
	{ "limit", "query", "integer", "At most so many.", METHOD_GET, NULL,
	    true },
	{ "after", "query", "string", "The page before's cursor.", METHOD_GET,
	    NULL, true },
	{ "q", "query", "string",
	    "A filter and words, e.g. status:open queue:billing broken.",
	    METHOD_GET, "/tickets", true },
	{ "q", "query", "string", "Words to look for.", METHOD_GET, "/{kind}",
	    true },
	{ "Idempotency-Key", "header", "string",
	    "The same key again does nothing again.", METHOD_POST, NULL,
	    false },
	{ "If-Match", "header", "string",
	    "The ETag of what you have seen: 412 if it changed since.",
	    METHOD_PATCH, NULL, false },
};

static bool
has_parameter(const struct operation *op, const struct parameter *p)
{
	if (p->method != METHOD__COUNT && p->method != op->method)
		return false;
	if (p->is_lists)
		return op->list != NULL &&
		    (p->path == NULL || strcmp(op->path, p->path) == 0);
	return p->path == NULL || strstr(op->path, p->path) != NULL;
}

static void
put_parameters(struct json_writer *w, const struct operation *op)
{
	json_key(w, "parameters");
	json_begin_list(w);
	for (size_t i = 0; i < COUNT(parameters); i++) {
		const struct parameter *p = &parameters[i];

		if (!has_parameter(op, p))
			continue;
		json_begin_object(w);
		json_member_string(w, "name", p->name);
		json_member_string(w, "in", p->in);
		json_member_bool(w, "required", strcmp(p->in, "path") == 0);
		json_member_string(w, "description", p->doc);
		json_key(w, "schema");
		json_begin_object(w);
		schema_types(w, p->type, NULL, NULL);
		json_end_object(w);
		json_end_object(w);
	}
	json_end_list(w);
}

static void
put_responses(
    struct json_writer *w, const struct operation *op, const struct kind *kind)
{
	const char *singular = kind != NULL ? kind->name : "";
	const char *plural = kind != NULL ? kind->plural : "";
	char status[8], gives[80], list[80];

	json_key(w, "responses");
	json_begin_object(w);
	snprintf(status, sizeof status, "%d", op->status);
	json_key(w, op->status != 0 ? status : "2XX");
	json_begin_object(w);
	json_member_string(w, "description", "Done.");
	if (op->gives != NULL)
		put_content(w, schema_name(gives, op->gives, singular),
		    schema_name(list, op->list, plural));
	json_end_object(w);
	json_key(w, "default");
	json_begin_object(w);
	json_member_string(w, "description", "It was not done, and why.");
	put_content(w, "error", NULL);
	json_end_object(w);
	json_end_object(w);
}

static void
put_operation(
    struct json_writer *w, const struct operation *op, const struct kind *kind)
{
	static const char *const methods[METHOD__COUNT] = {
		[METHOD_GET] = "get",
		[METHOD_POST] = "post",
		[METHOD_PATCH] = "patch",
		[METHOD_DELETE] = "delete",
	};
	char takes[80];

	json_key(w, methods[op->method]);
	json_begin_object(w);
	json_member_string(
	    w, "summary", op->summary != NULL ? op->summary : kind->doc);
	put_parameters(w, op);
	if (op->takes != NULL) {
		json_key(w, "requestBody");
		json_begin_object(w);
		json_member_bool(w, "required", true);
		put_content(w,
		    schema_name(
			takes, op->takes, kind != NULL ? kind->name : ""),
		    NULL);
		json_end_object(w);
	}
	put_responses(w, op, kind);
	json_end_object(w);
}

static bool
has_operation(const struct operation *op, const struct api_kind *row)
{
	if (row == NULL)
		return strstr(op->path, "{kind}") == NULL;
	return strstr(op->path, "{kind}") != NULL &&
	    (op->method != METHOD_DELETE || row->remove != VERB__COUNT);
}

/* The calls of a kind, or those of none; those of one path stand together. */
static void
put_paths_of(struct json_writer *w, const struct api_kind *row)
{
	const struct kind *kind = row != NULL ? kind_get(row->kind) : NULL;
	const char *last = NULL;
	char path[80];

	for (size_t i = 0; i < COUNT(operations); i++) {
		const struct operation *op = &operations[i];

		if (!has_operation(op, row))
			continue;
		if (last == NULL || strcmp(op->path, last) != 0) {
			if (last != NULL)
				json_end_object(w);
			json_key(w,
			    schema_name(path, op->path,
				kind != NULL ? kind->plural : ""));
			json_begin_object(w);
		}
		last = op->path;
		put_operation(w, op, kind);
	}
	json_end_object(w);
}

static void
put_paths(struct json_writer *w)
{
	json_key(w, "paths");
	json_begin_object(w);
	put_paths_of(w, NULL);
	for (size_t i = 0; i < api_kinds_count; i++)
		put_paths_of(w, &api_kinds[i]);
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
	schema_components(&w);
	json_end_object(&w);
	return api_finish(page);
}

/* Without a token: it says nothing that the sources do not say. */
const struct route api_openapi_routes[] = {
	{ ROUTE_GET, "/api/v1/openapi.json", ACCESS_PUBLIC, get_openapi,
	    false },
	{ .pattern = NULL },
};
