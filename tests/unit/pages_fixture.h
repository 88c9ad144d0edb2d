/* tests/unit/pages_fixture.h - requests to a whole desk, without a web server.
 *
 * A request is made of plain strings, goes through web_answer() with all that
 * hookdesk ships, and what comes back is looked at as bytes.
 */
#ifndef HOOKDESK_TESTS_PAGES_FIXTURE_H
#define HOOKDESK_TESTS_PAGES_FIXTURE_H

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/pages/pages.h"
#include "core/web/request.h"
#include "core/web/response.h"
#include "core/web/site.h"
#include "tests/unit/desk_fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADERS_MAX 16

struct pages_fixture {
	struct desk_fixture desk;
	struct web_shared *shared;
	struct web_site *site;
	struct arena *arena; /* of the request */

	/* the next request, and its answer */
	const char *headers[HEADERS_MAX][2];
	size_t header_count;
	const char *client; /* its address */
	const char *host;   /* that the browser asked */
	struct bytes body;
	size_t body_at;
	struct request request;
	struct response response;
	bool is_answered;
};

static inline void
pages_setup(struct pages_fixture *f)
{
	char share[PATH_MAX];

	memset(f, 0, sizeof *f);
	desk_setup(&f->desk);
	snprintf(share, sizeof share, "%s/www", path_get(PATH_DATADIR));
	must(web_shared_create(share, page_routes, page_routes_count,
		 &f->desk.why, &f->shared),
	    f->desk.why.message);
	must(web_site_create(
		 f->shared, f->desk.site, "", &f->desk.why, &f->site),
	    f->desk.why.message);
	f->arena = arena_create();
	f->client = "192.0.2.1";
	f->host = "help.example.com";
}

static inline void
pages_teardown(struct pages_fixture *f)
{
	if (f->is_answered)
		response_release(&f->response);
	web_site_destroy(f->site);
	web_shared_destroy(f->shared);
	arena_destroy(f->arena);
	desk_teardown(&f->desk);
}

static inline const char *
pages_param(void *ctx, const char *name)
{
	const struct pages_fixture *f = ctx;

	for (size_t i = 0; i < f->header_count; i++)
		if (strcmp(f->headers[i][0], name) == 0)
			return f->headers[i][1];
	return NULL;
}

static inline long
pages_read(void *ctx, char *at, size_t size)
{
	struct pages_fixture *f = ctx;
	size_t left = f->body.len - f->body_at;

	if (size > left)
		size = left;
	if (size > 100) /* in pieces, as it comes from a socket */
		size = 100;
	memcpy(at, f->body.at + f->body_at, size);
	f->body_at += size;
	return (long)size;
}

/* For the next request only: a FastCGI parameter. */
static inline void
pages_header(struct pages_fixture *f, const char *name, const char *value)
{
	f->headers[f->header_count][0] = name;
	f->headers[f->header_count++][1] = value;
}

/* All of them, as FastCGI has them; in the request's arena. */
static inline char *const *
pages_params(struct pages_fixture *f)
{
	char **all = arena_array(f->arena, char *, HEADERS_MAX + 1);

	for (size_t i = 0; i < f->header_count; i++)
		all[i] = arena_printf(
		    f->arena, "%s=%s", f->headers[i][0], f->headers[i][1]);
	return all;
}

/* Send the request; returns the status. The answer is f->response, as long as
 * no other request is sent. */
static inline int
pages_send(struct pages_fixture *f, const char *method, const char *uri,
    struct bytes body)
{
	char length[24];

	if (f->is_answered)
		response_release(&f->response);
	arena_reset(f->arena);
	snprintf(length, sizeof length, "%zu", body.len);
	pages_header(f, "REQUEST_METHOD", method);
	pages_header(f, "REQUEST_URI", uri);
	pages_header(f, "REMOTE_ADDR", f->client);
	pages_header(f, "HTTP_HOST", f->host);
	pages_header(f, "HTTPS", "on");
	if (body.len > 0)
		pages_header(f, "CONTENT_LENGTH", length);
	f->body = body;
	f->body_at = 0;
	memset(&f->request, 0, sizeof f->request);
	f->request.arena = f->arena;
	f->request.body = (struct body_source){ pages_read, f };
	f->request.params = pages_params(f);
	web_answer(f->site, pages_param, f, &f->request, &f->response);
	f->is_answered = true;
	f->header_count = 0;
	return f->response.status;
}

static inline int
pages_get(struct pages_fixture *f, const char *uri)
{
	return pages_send(f, "GET", uri, BYTES_NONE);
}

/* A form from our own page. */
static inline int
pages_post(struct pages_fixture *f, const char *uri, const char *fields)
{
	pages_header(f, "CONTENT_TYPE", "application/x-www-form-urlencoded");
	pages_header(f, "HTTP_ORIGIN", "https://help.example.com");
	return pages_send(f, "POST", uri, bytes_of(fields));
}

/* Whether the answer's body has <text>. */
static inline bool
pages_has(const struct pages_fixture *f, const char *text)
{
	return bytes_find(buf_get(&f->response.body), bytes_of(text)) != NULL;
}

/* The value of a header that the page set, in the arena; "" if none. */
static inline const char *
pages_got_header(struct pages_fixture *f, const char *name)
{
	struct bytes head = response_head(&f->response);
	char *line = arena_printf(f->arena, "\r\n%s: ", name);
	const char *at = bytes_find(head, bytes_of(line)), *end;

	if (at == NULL)
		return "";
	at += strlen(line);
	end = strstr(at, "\r\n");
	return arena_copy(f->arena, at, (size_t)(end - at));
}

/* The value of the first input called <name>; a copy that lives as long as the
 * desk's arena. "" if there is none. */
static inline const char *
pages_input(struct pages_fixture *f, const char *name)
{
	struct bytes body = buf_get(&f->response.body), rest;
	char *mark = arena_printf(f->arena, "name=\"%s\" value=\"", name);
	const char *at = bytes_find(body, bytes_of(mark));

	if (at == NULL)
		return "";
	at += strlen(mark);
	rest = (struct bytes){ at, (size_t)(body.at + body.len - at) };
	rest = bytes_split(&rest, '"');
	return arena_copy(f->desk.arena, rest.at, rest.len);
}

/* A token for the API with these rights ("read,write"), for an agent or not;
 * its Authorization header. Lives with the desk's arena. */
static inline const char *
pages_token(struct pages_fixture *f, const char *rights, const char *login)
{
	const char *const values[] = { "name", "a test", "rights", rights,
		login != NULL ? "agent" : NULL, login, NULL };

	desk_add(&f->desk, KIND_TOKEN, values);
	return arena_printf(
	    f->desk.arena, "Bearer %.*s", BYTES_ARG(f->desk.result.secret));
}

/* A call of the API; <body> may be NULL. Returns the status. */
static inline int
pages_api(struct pages_fixture *f, const char *token, const char *method,
    const char *path, const char *body)
{
	char *uri = arena_printf(f->desk.arena, "/api/v1%s", path);

	if (token != NULL)
		pages_header(f, "HTTP_AUTHORIZATION", token);
	if (body != NULL)
		pages_header(f, "CONTENT_TYPE", "application/json");
	return pages_send(f, method, uri, bytes_of(body));
}

/* The answer's JSON; NULL when it is none. */
static inline const struct json *
pages_json(struct pages_fixture *f)
{
	const struct json *json = NULL;

	if (json_parse(f->arena, buf_get(&f->response.body), 16 * 1024 * 1024,
		&json, NULL) != ERR_OK)
		return NULL;
	return json;
}

#endif
