/* core/pages/script_route.c - /x/...: what scripts offer to programs elsewhere,
 * desk.route. No session, no cookie, no form's token: whoever calls is nobody,
 * and what he may is the route's matter. */
#include "config.h"
#include "core/pages/script_route.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"
#include "core/desk/route.h"
#include "core/pages/common.h"

#include <ctype.h>
#include <strings.h>

#define FORM_TYPE "application/x-www-form-urlencoded"
#define ROUTE_KEY_MAX 200

/* A client of all routes; and one whose signatures are wrong. */
static const struct limit limit_calls = { "x", 120, 100 };
static const struct limit limit_wrong = { "x/wrong", 20, 3000 };

static int
fail(struct page *page, int status, const char *code, const char *message)
{
	struct buf *body = &page->response->body;

	buf_clear(body);
	buf_printf(body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n",
	    code, message);
	page->response->status = status;
	response_type(page->response, "application/json");
	return 0;
}

/* "HTTP_X_SIGN" to "x-sign"; NULL for what is no header, or no matter of a
 * script: cookies are of people. */
static const char *
header_name(struct page *page, const char *param, size_t len)
{
	char *name;

	if (len < 6 || strncmp(param, "HTTP_", 5) != 0)
		return NULL;
	name = arena_copy(page->arena, param + 5, len - 5);
	for (char *c = name; c != NULL && *c != '\0'; c++)
		*c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
	return name != NULL && strcmp(name, "cookie") != 0 ? name : NULL;
}

static void
add_field(struct route_fields *fields, struct route_field *at, const char *name,
    struct bytes value)
{
	if (fields->count == ROUTE_FIELDS_MAX || !utf8_is_valid(value))
		return;
	at[fields->count++] = (struct route_field){ bytes_of(name), value };
	fields->at = at;
}

static enum err
read_headers(struct page *page, struct route_fields *out)
{
	char *const *params = page->request->params;
	struct route_field *at = arena_array(
	    page->arena, struct route_field, ROUTE_FIELDS_MAX);

	if (at == NULL)
		return ERR_NOMEM;
	for (; params != NULL && *params != NULL; params++) {
		size_t len = strcspn(*params, "=");
		const char *name = header_name(page, *params, len);
		struct bytes value = bytes_of(*params + len + 1);

		if (name != NULL && value.len <= REQUEST_HEADER_MAX)
			add_field(out, at, name, value);
	}
	if (page->request->content_type.len > 0)
		add_field(out, at, "content-type", page->request->content_type);
	return ERR_OK;
}

static enum err
read_params(
    struct page *page, const struct params *params, struct route_fields *out)
{
	struct route_field *at = arena_array(
	    page->arena, struct route_field, ROUTE_FIELDS_MAX);

	if (at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < params->count; i++) {
		char *name = arena_copy(
		    page->arena, params->at[i].name.at, params->at[i].name.len);

		if (name == NULL)
			return ERR_NOMEM;
		add_field(out, at, name, params->at[i].value);
	}
	return ERR_OK;
}

/* The body, and the form if it is one; 0 or what is answered. */
static int
read_body(struct page *page, struct route_request *out)
{
	struct request *request = page->request;
	struct params form = { .count = 0 };
	struct bytes type = request->content_type;
	struct bytes media = bytes_trim(bytes_split(&type, ';'));
	int status = request_read_body(request, ROUTE_BODY_MAX, &out->body);

	if (status != 0)
		return status;
	out->type = request->content_type;
	if (!utf8_is_valid(out->body) || bytes_has(out->body, '\0'))
		return 415;
	if (media.len != strlen(FORM_TYPE) ||
	    strncasecmp(media.at, FORM_TYPE, media.len) != 0)
		return 0;
	status = params_parse(page->arena, out->body, ROUTE_FIELDS_MAX, &form);
	if (status == 0 && read_params(page, &form, &out->form) != ERR_OK)
		return 503;
	return status;
}

/* A repeat is known by what the sender calls it. */
static void
read_key(struct page *page, struct route_request *out)
{
	out->key = page->request->idempotency_key;
	for (size_t i = 0; i < out->headers.count && out->key.len == 0; i++)
		if (bytes_is(out->headers.at[i].name, "hookdesk-delivery"))
			out->key = out->headers.at[i].value;
	if (out->key.len > ROUTE_KEY_MAX)
		out->key.len = ROUTE_KEY_MAX;
}

static int
answer(struct page *page, const struct route_answer *answer)
{
	struct response *response = page->response;

	response->status = answer->status;
	response->type = answer->type;
	for (size_t i = 0; i < answer->header_count; i++) {
		const char *name = arena_printf(
		    page->arena, "%.*s", BYTES_ARG(answer->headers[i].name));

		if (name == NULL ||
		    response_header(response, name, answer->headers[i].value) ==
			ERR_NOMEM)
			return 503;
	}
	if (answer->is_repeat &&
	    response_header(response, "Idempotency-Replayed", BYTES("true")) !=
		ERR_OK)
		return 503;
	if (answer->status != 204 && answer->status != 304)
		buf_bytes(&response->body, answer->body);
	return 0;
}

static int
fail_with(struct page *page, enum err err)
{
	switch (err) {
	case ERR_NOT_FOUND:
		return fail(page, 404, "not_found", "There is nothing here.");
	case ERR_DENIED:
		if (page_limited(page, &limit_wrong, BYTES_NONE) > 0)
			return fail(page, 429, "limit", "Too many requests.");
		return fail(page, 401, "signature",
		    "The signature is missing, wrong or too old.");
	case ERR_INVALID:
		return fail(
		    page, 400, "malformed", "The body is not valid JSON.");
	case ERR_REFUSED:
		return fail(page, 500, "script", "The script failed.");
	case ERR_LIMIT:
		return fail(page, 413, "too_large", "That is too much.");
	default:
		page_retry_after(page, 5);
		return fail(page, 503, "busy", "Please try again later.");
	}
}

/* No method of this path. */
static int
fail_method(struct page *page, struct bytes allow)
{
	if (response_header(page->response, "Allow", allow) != ERR_OK)
		return 503;
	return fail(page, 405, "method", "This method is not for this path.");
}

static int
call(struct page *page)
{
	struct route_request *request = arena_new(
	    page->arena, struct route_request);
	struct route_answer *done = arena_new(page->arena, struct route_answer);
	struct bytes allow = BYTES_NONE;
	enum method method = page->request->method;
	enum err err;
	int status;

	if (request == NULL || done == NULL)
		return 503;
	request->method = bytes_of(
	    method_name(method == METHOD_HEAD ? METHOD_GET : method));
	request->path = page->request->path;
	if (request->path.at[request->path.len - 1] == '/')
		request->path.len--; /* the same as none, as everywhere */
	request->address = page->request->client;
	if (!route_is_there(page->desk, request->method, request->path,
		page->arena, &allow))
		return allow.len > 0 ? fail_method(page, allow) :
				       fail_with(page, ERR_NOT_FOUND);
	status = read_body(page, request);
	if (status == 413)
		return fail_with(page, ERR_LIMIT);
	if (status == 415)
		return fail(page, 415, "type", "The body is not UTF-8 text.");
	if (status != 0)
		return status == 400 ?
		    fail(page, 400, "malformed", "The body is malformed.") :
		    status;
	err = read_headers(page, &request->headers);
	if (err == ERR_OK)
		err = read_params(page, &page->request->query, &request->query);
	read_key(page, request);
	page_read_end(page);
	if (err == ERR_OK)
		err = route_run(
		    page->desk, request, page->arena, done, &page->why);
	return err == ERR_OK ? answer(page, done) : fail_with(page, err);
}

static int
handle(struct page *page)
{
	/* ?lang= and a cookie of somebody's browser are no matter here. */
	response_reset(page->response);
	page->session = NULL;
	page->response->csp = CSP_SANDBOX;
	if (page_limited(page, &limit_calls, BYTES_NONE) > 0)
		return fail(page, 429, "limit", "Too many requests.");
	return call(page);
}

const struct route script_route_routes[] = {
	{ ROUTE_GET | ROUTE_POST | ROUTE_PUT | ROUTE_DELETE, "/x/{rest*}",
	    ACCESS_FOREIGN, handle, true },
	{ .pattern = NULL },
};
