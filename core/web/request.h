/* core/web/request.h - a request as pages see it.
 *
 * Made from the FastCGI parameters (RFC 3875 names); knows nothing of libfcgi,
 * so that tests and fuzzers build requests from plain strings. Headers are
 * borrowed from the parameters, and live as long as the exchange; what had to
 * be decoded is in the request's arena. What breaks a limit is refused with a status.
 */
#ifndef HOOKDESK_WEB_REQUEST_H
#define HOOKDESK_WEB_REQUEST_H

#include "core/base/bytes.h"

struct arena;
struct json;

#define REQUEST_URI_MAX 8192   /* bytes as sent */
#define REQUEST_PARAMS_MAX 200 /* query parameters */
#define REQUEST_COOKIES_MAX 100
#define REQUEST_HEADER_MAX 8192 /* bytes of one header value */
#define REQUEST_JSON_MAX (256 * 1024)

enum method {
	METHOD_GET = 0,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER,
	METHOD__COUNT
};

struct param {
	struct bytes name, value;
};

/* In the order they came; a name may come again. */
struct params {
	struct param *at;
	size_t count;
};

/* Where the body comes from. <read> as fcgi_read(). */
struct body_source {
	long (*read)(void *ctx, char *at, size_t size);
	void *ctx;
};

struct request {
	struct arena *arena; /* of everything here */
	char id[16]; /* for logs and error pages: 12 letters and digits */
	enum method method;
	bool is_https; /* as the web server says it */
	struct bytes
	    path; /* less base_path, decoded: "/t/abc"; no "//", ".." */
	struct params query;
	struct bytes raw_query; /* as sent, after the '?' */
	struct params cookies;
	struct params
	    route;         /* {name}s of the route's pattern, set by route.c */
	struct bytes site; /* HOOKDESK_SITE, or empty */
	struct bytes client; /* address of the client, as text */
	/* Headers, empty when not sent. */
	struct bytes accept, accept_language, authorization, content_type;
	struct bytes host, idempotency_key, if_match, if_none_match, origin;
	struct bytes referer;
	struct bytes user_agent, sec_fetch_site;
	struct bytes csrf; /* X-CSRF-Token, from our scripts */
	/* All FastCGI parameters, "NAME=VALUE", and NULL; set by the caller as
	 * <arena> and <body> are, or NULL: they are not known. */
	char *const *params;
	int64_t content_length; /* 0 without a body */
	struct body_source body;
};

/* Looks up a parameter by its name; NULL when it is not there. */
typedef const char *request_param(void *ctx, const char *name);

/* Fill <request> (zeroed but for <arena>, <params> and <body>) from the parameters.
 *
 * <base_path>  where we are mounted: "" or "/support"; the path is what is
 *              left of REQUEST_URI, else of SCRIPT_NAME and PATH_INFO
 *
 * Returns 0, or the status to answer: 400 for what is malformed (bad escapes,
 * a NUL, control characters, dot segments, CONTENT_LENGTH), 404 outside of
 * <base_path>, 414 and 431 for what is too long, 503 without memory. <why>
 * tells a person.
 */
ERR_CHECKED int request_init(struct request *request, request_param *param,
    void *ctx, const char *base_path, struct why *why);

/* Decode %XX (and '+' as a space when <is_form>) into <arena>.
 * False when an escape is cut or bad, or memory is exhausted. */
bool url_decode(
    struct arena *arena, struct bytes text, bool is_form, struct bytes *out);

/* Add <text> with all but unreserved characters as %XX (RFC 3986, 2.3). */
void url_encode(struct buf *out, struct bytes text);

/* Parse urlencoded text, a query or a form (URL Standard, 5.1). Returns 0; 400
 * for bad escapes, what is not UTF-8, and NULs; 413 for over <max>; 503. */
ERR_CHECKED int params_parse(
    struct arena *arena, struct bytes text, size_t max, struct params *out);

/* The first value of <name>; {NULL, 0} when there is none. */
struct bytes params_get(const struct params *params, const char *name);
/* The first value as a number, or <otherwise>. */
int64_t params_int(
    const struct params *params, const char *name, int64_t otherwise);
bool params_has(const struct params *params, const char *name);

static inline struct bytes
request_query(const struct request *request, const char *name)
{
	return params_get(&request->query, name);
}

static inline struct bytes
request_cookie(const struct request *request, const char *name)
{
	return params_get(&request->cookies, name);
}

/* {name} of the route's pattern: "/t/{token}". */
static inline struct bytes
request_route(const struct request *request, const char *name)
{
	return params_get(&request->route, name);
}

/* "GET"; static. */
const char *method_name(enum method method);

/* True when the header <if_none_match> names <etag> (weak comparison, RFC 9110
 * 13.1.2). <etag> is as sent, with its quotes. */
bool request_has_etag(const struct request *request, struct bytes etag);

/* Read the whole body, at most <max> bytes, into the arena.
 * Returns 0; 413 when it is longer, 400 when it was cut off, 503. */
ERR_CHECKED int request_read_body(
    struct request *request, size_t max, struct bytes *out);

#endif
