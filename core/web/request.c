/* core/web/request.c - CGI parameters into a request, with every limit. */
#include "config.h"
#include "core/web/request.h"

#include "core/base/arena.h"
#include "core/base/random.h"
#include "core/base/utf8.h"

#include <pthread.h>
#include <stdatomic.h>

static const char *const methods[METHOD__COUNT] = {
	[METHOD_GET] = "GET",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_PATCH] = "PATCH",
	[METHOD_DELETE] = "DELETE",
	[METHOD_OPTIONS] = "OPTIONS",
	[METHOD_OTHER] = "OTHER",
};

/* Which parameter fills which member. */
static const struct {
	const char *name;
	size_t offset;
} headers[] = {
	{ "HOOKDESK_SITE", offsetof(struct request, site) },
	{ "REMOTE_ADDR", offsetof(struct request, client) },
	{ "CONTENT_TYPE", offsetof(struct request, content_type) },
	{ "HTTP_ACCEPT", offsetof(struct request, accept) },
	{ "HTTP_ACCEPT_LANGUAGE", offsetof(struct request, accept_language) },
	{ "HTTP_AUTHORIZATION", offsetof(struct request, authorization) },
	{ "HTTP_HOST", offsetof(struct request, host) },
	{ "HTTP_IDEMPOTENCY_KEY", offsetof(struct request, idempotency_key) },
	{ "HTTP_IF_MATCH", offsetof(struct request, if_match) },
	{ "HTTP_IF_NONE_MATCH", offsetof(struct request, if_none_match) },
	{ "HTTP_ORIGIN", offsetof(struct request, origin) },
	{ "HTTP_REFERER", offsetof(struct request, referer) },
	{ "HTTP_SEC_FETCH_SITE", offsetof(struct request, sec_fetch_site) },
	{ "HTTP_USER_AGENT", offsetof(struct request, user_agent) },
	{ "HTTP_X_CSRF_TOKEN", offsetof(struct request, csrf) },
};

const char *
method_name(enum method method)
{
	return methods[method < METHOD__COUNT ? method : METHOD_OTHER];
}

static int
refuse(struct why *why, int status, const char *message, const char *name)
{
	why_set(why, ERR_INVALID, NULL, message, 0, name);
	return status;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
url_decode(
    struct arena *arena, struct bytes text, bool is_form, struct bytes *out)
{
	char *to = arena_alloc_raw(arena, text.len + 1);
	size_t len = 0;

	if (to == NULL)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '+' && is_form) {
			c = ' ';
		} else if (c == '%') {
			int high, low;

			if (i + 2 >= text.len)
				return false;
			high = hex_digit(text.at[i + 1]);
			low = hex_digit(text.at[i + 2]);
			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		to[len++] = c;
	}
	to[len] = '\0';
	*out = (struct bytes){ to, len };
	return true;
}

void
url_encode(struct buf *out, struct bytes text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
		    c == '_' || c == '~') {
			buf_char(out, (char)c);
		} else {
			buf_char(out, '%');
			buf_char(out, digits[c >> 4]);
			buf_char(out, digits[c & 15]);
		}
	}
}

struct bytes
params_get(const struct params *params, const char *name)
{
	for (size_t i = 0; i < params->count; i++)
		if (bytes_is(params->at[i].name, name))
			return params->at[i].value;
	return BYTES_NONE;
}

int64_t
params_int(const struct params *params, const char *name, int64_t otherwise)
{
	int64_t n;

	if (bytes_to_int(params_get(params, name), &n) != ERR_OK)
		return otherwise;
	return n;
}

bool
params_has(const struct params *params, const char *name)
{
	for (size_t i = 0; i < params->count; i++)
		if (bytes_is(params->at[i].name, name))
			return true;
	return false;
}

int
params_parse(
    struct arena *arena, struct bytes text, size_t max, struct params *out)
{
	struct params params = { NULL, 0 };
	size_t cap = 0;

	while (text.len > 0) {
		struct bytes value = bytes_split(&text, '&'), name;
		struct param param;

		if (value.len == 0)
			continue;
		name = bytes_split(&value, '=');
		if (params.count >= max)
			return 413;
		if (params.count == cap) {
			size_t more = cap > 0 ? cap * 2 : 8;

			params.at = arena_grow(arena, params.at,
			    cap * sizeof param, more * sizeof param);
			if (params.at == NULL)
				return 503;
			cap = more;
		}
		if (!url_decode(arena, name, true, &param.name) ||
		    !url_decode(arena, value, true, &param.value) ||
		    !utf8_is_valid(param.name) || !utf8_is_valid(param.value) ||
		    memchr(param.name.at, 0, param.name.len) != NULL ||
		    memchr(param.value.at, 0, param.value.len) != NULL)
			return 400;
		params.at[params.count++] = param;
	}
	*out = params;
	return 0;
}

/* "a=b; c=d" (RFC 6265, 4.2.1); what is not of that form is passed over. */
static int
parse_cookies(struct request *request, struct bytes text)
{
	struct params *cookies = &request->cookies;
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.at[i] == ';';
	if (count > REQUEST_COOKIES_MAX)
		count = REQUEST_COOKIES_MAX;
	cookies->at = arena_array(request->arena, struct param, count);
	if (cookies->at == NULL)
		return 503;
	while (text.len > 0 && cookies->count < count) {
		struct bytes value = bytes_trim(bytes_split(&text, ';'));
		struct bytes name = bytes_split(&value, '=');

		if (name.len == 0 || value.at == NULL)
			continue;
		if (value.len >= 2 && value.at[0] == '"' &&
		    value.at[value.len - 1] == '"') {
			value.at++;
			value.len -= 2;
		}
		cookies->at[cookies->count++] =
		    (struct param){ bytes_trim(name), value };
	}
	return 0;
}

static bool
has_control(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
			return true;
	return false;
}

/* Segments that are empty, "." or ".." have no meaning here, and are what
 * attempts to climb out of a folder are made of. */
static bool
has_odd_segment(struct bytes path)
{
	if (bytes_find(path, BYTES("//")) != NULL)
		return true;
	while (path.len > 0) {
		struct bytes segment = bytes_split(&path, '/');

		if (bytes_is(segment, ".") || bytes_is(segment, ".."))
			return true;
	}
	return false;
}

/* The part of <path> below <base>; false when it is not below it. */
static bool
strip_base(struct bytes *path, const char *base)
{
	struct bytes prefix = bytes_of(base);

	if (!bytes_start_with(*path, prefix))
		return false;
	path->at += prefix.len;
	path->len -= prefix.len;
	if (path->len == 0) {
		*path = BYTES("/");
		return true;
	}
	return path->at[0] == '/';
}

static int
parse_path(struct request *request, struct bytes raw, bool is_encoded,
    const char *base, struct why *why)
{
	struct bytes path = raw;

	if (is_encoded && !url_decode(request->arena, raw, false, &path))
		return refuse(
		    why, 400, N_("The address of this page is malformed"), "");
	if (path.len == 0 || path.at[0] != '/' || has_control(path) ||
	    !utf8_is_valid(path))
		return refuse(
		    why, 400, N_("The address of this page is malformed"), "");
	if (!strip_base(&path, base))
		return refuse(why, 404, N_("There is nothing here"), "");
	if (has_odd_segment(path))
		return refuse(
		    why, 400, N_("The address of this page is malformed"), "");
	request->path = path;
	return 0;
}

static int
parse_uri(struct request *request, request_param *param, void *ctx,
    const char *base, struct why *why)
{
	const char *uri = param(ctx, "REQUEST_URI");
	const char *query = param(ctx, "QUERY_STRING");
	const char *script = param(ctx, "SCRIPT_NAME");
	const char *info = param(ctx, "PATH_INFO");
	struct bytes rest, raw;
	int status;

	if (uri != NULL && *uri != '\0') {
		rest = bytes_of(uri);
		if (rest.len > REQUEST_URI_MAX)
			return refuse(why, 414,
			    N_("The address of this page is too long"), "");
		raw = bytes_split(&rest, '?');
		if (rest.at == NULL)
			rest = bytes_of(query);
		status = parse_path(request, raw, true, base, why);
	} else {
		raw = bytes_of(arena_printf(request->arena, "%s%s",
		    script != NULL ? script : "", info != NULL ? info : ""));
		if (raw.len > REQUEST_URI_MAX)
			return refuse(why, 414,
			    N_("The address of this page is too long"), "");
		rest = bytes_of(query);
		status = parse_path(request, raw, false, base, why);
	}
	if (status != 0)
		return status;
	if (rest.len > REQUEST_URI_MAX)
		return refuse(
		    why, 414, N_("The address of this page is too long"), "");
	request->raw_query = rest;
	status = params_parse(
	    request->arena, rest, REQUEST_PARAMS_MAX, &request->query);
	if (status == 413)
		status = 400;
	return status == 0 ?
	    0 :
	    refuse(
		why, status, N_("The address of this page is malformed"), "");
}

static int
copy_headers(
    struct request *request, request_param *param, void *ctx, struct why *why)
{
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		const char *value = param(ctx, headers[i].name);
		struct bytes *to = (struct bytes *)(void *)((char *)request +
		    headers[i].offset);

		*to = bytes_of(value);
		if (to->len > REQUEST_HEADER_MAX)
			return refuse(why, 431,
			    N_("A header of the request is too long"),
			    headers[i].name);
		if (has_control(*to))
			return refuse(why, 400,
			    N_("A header of the request is malformed"),
			    headers[i].name);
	}
	return 0;
}

static _Atomic uint64_t next_id;

static void
seed_ids(void)
{
	atomic_store(&next_id, random_u64());
}

/* An id names a request in the log; nothing rests on its being unknown. So
 * the kernel is asked once, and a counter is mixed from there (splitmix64,
 * Steele, Lea and Flood, 2014). */
static void
make_id(struct request *request)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint64_t id;

	pthread_once(&once, seed_ids);
	id = atomic_fetch_add(&next_id, 1);
	id *= UINT64_C(0x9e3779b97f4a7c15);
	id = (id ^ id >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	id = (id ^ id >> 27) * UINT64_C(0x94d049bb133111eb);
	id ^= id >> 31;
	for (int i = 0; i < 12; i++, id >>= 5)
		request->id[i] = letters[id & 31];
	request->id[12] = '\0';
}

int
request_init(struct request *request, request_param *param, void *ctx,
    const char *base_path, struct why *why)
{
	const char *method = param(ctx, "REQUEST_METHOD");
	const char *https = param(ctx, "HTTPS");
	const char *scheme = param(ctx, "REQUEST_SCHEME");
	const char *length = param(ctx, "CONTENT_LENGTH");
	const char *cookie = param(ctx, "HTTP_COOKIE");
	int status;

	make_id(request);
	request->method = METHOD_OTHER;
	for (int i = 0; method != NULL && i < METHOD_OTHER; i++)
		if (strcmp(method, methods[i]) == 0)
			request->method = (enum method)i;
	request->is_https = (https != NULL && strcmp(https, "on") == 0) ||
	    (scheme != NULL && strcmp(scheme, "https") == 0);
	if (length != NULL && *length != '\0' &&
	    (bytes_to_int(bytes_of(length), &request->content_length) !=
		    ERR_OK ||
		request->content_length < 0))
		return refuse(why, 400,
		    N_("A header of the request is malformed"),
		    "CONTENT_LENGTH");
	status = copy_headers(request, param, ctx, why);
	if (status == 0 && cookie != NULL) {
		struct bytes text = bytes_of(cookie);

		if (text.len > REQUEST_HEADER_MAX)
			return refuse(why, 431,
			    N_("A header of the request is too long"),
			    "HTTP_COOKIE");
		status = parse_cookies(request, text);
	}
	if (status == 0)
		status = parse_uri(request, param, ctx, base_path, why);
	return status;
}

bool
request_has_etag(const struct request *request, struct bytes etag)
{
	struct bytes list = request->if_none_match;

	if (bytes_is(bytes_trim(list), "*"))
		return true;
	while (list.len > 0) {
		struct bytes one = bytes_trim(bytes_split(&list, ','));

		if (bytes_start_with(one, BYTES("W/"))) {
			one.at += 2;
			one.len -= 2;
		}
		if (bytes_equal(one, etag))
			return true;
	}
	return false;
}

int
request_read_body(struct request *request, size_t max, struct bytes *out)
{
	size_t len = 0, want = (size_t)request->content_length;
	char *at;

	if (request->content_length > (int64_t)max)
		return 413;
	at = arena_alloc_raw(request->arena, want + 1);
	if (at == NULL)
		return 503;
	while (len < want) {
		long got = request->body.read(
		    request->body.ctx, at + len, want - len);

		if (got <= 0)
			return 400;
		len += (size_t)got;
	}
	at[len] = '\0';
	*out = (struct bytes){ at, len };
	return 0;
}
