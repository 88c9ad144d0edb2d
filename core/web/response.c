/* core/web/response.c - the one writer of header fields. */
#include "config.h"
#include "core/web/response.h"

#include "core/base/arena.h"
#include "core/web/request.h"

#include <stdio.h>
#include <unistd.h>

#define COOKIE_VALUE_MAX 1024
#define COMMON \
	"X-Content-Type-Options: nosniff\r\n" \
	"Referrer-Policy: same-origin\r\n" \
	"Cross-Origin-Opener-Policy: same-origin\r\n" \
	"Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n"
#define OWN_ONLY \
	"default-src 'none'; script-src 'self'; style-src 'self'; " \
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; " \
	"manifest-src 'self'; frame-src 'self'; form-action 'self'; " \
	"base-uri 'none'"

static const char *const policies[CSP__COUNT] = {
	[CSP_PAGE] = COMMON "Content-Security-Policy: " OWN_ONLY
			    "; frame-ancestors 'none'\r\n",
	[CSP_SANDBOX] = COMMON
	"Content-Security-Policy: default-src 'none'; "
	"style-src 'unsafe-inline'; img-src 'self' data:; "
	"frame-ancestors 'self'; sandbox\r\n",
	[CSP_EMBEDDABLE] = COMMON "Content-Security-Policy: " OWN_ONLY "\r\n",
};

static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
};

const char *
status_text(int status)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "Unknown";
}

void
response_init(struct response *response, struct arena *arena)
{
	*response = (struct response){ .arena = arena,
		.status = 200,
		.headers = buf_in(arena),
		.body = buf_in(arena),
		.type = BYTES("text/html;charset=utf-8"),
		.file_fd = -1 };
}

void
response_release(struct response *response)
{
	if (response->file_fd >= 0)
		close(response->file_fd);
	response->file_fd = -1;
}

void
response_reset(struct response *response)
{
	bool is_https = response->is_https;

	response_release(response);
	buf_clear(&response->headers);
	buf_clear(&response->body);
	response->status = 200;
	response->type = BYTES("text/html;charset=utf-8");
	response->csp = CSP_PAGE;
	response->cache = NULL;
	response->is_failed = false;
	response->is_https = is_https;
}

static bool
is_token(const char *name)
{
	if (*name == '\0')
		return false;
	for (; *name != '\0'; name++)
		if (!((*name >= '0' && *name <= '9') ||
			(*name >= 'A' && *name <= 'Z') ||
			(*name >= 'a' && *name <= 'z') ||
			strchr("!#$%&'*+-.^_`|~", *name) != NULL))
			return false;
	return true;
}

static bool
is_field_value(struct bytes value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

enum err
response_header(struct response *response, const char *name, struct bytes value)
{
	struct buf *headers = &response->headers;

	if (!is_token(name) || !is_field_value(value))
		return ERR_INVALID;
	buf_text(headers, name);
	buf_add(headers, ": ", 2);
	buf_bytes(headers, value);
	buf_add(headers, "\r\n", 2);
	return headers->failed ? ERR_NOMEM : ERR_OK;
}

/* For values that cannot break the rules: only memory can be short. */
static void
header(struct response *response, const char *name, struct bytes value)
{
	if (response_header(response, name, value) != ERR_OK)
		response->is_failed = true;
}

void
response_type(struct response *response, const char *type)
{
	response->type = bytes_of(type);
}

static bool
is_local_path(struct bytes path)
{
	if (path.len == 0 || path.at[0] != '/' ||
	    (path.len > 1 && (path.at[1] == '/' || path.at[1] == '\\')))
		return false;
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.at[i];

		if (c <= 0x20 || c >= 0x7f || c == '\\')
			return false;
	}
	return true;
}

void
response_redirect(
    struct response *response, const char *base, struct bytes path)
{
	struct buf to = buf_in(response->arena);

	response->status = 303;
	buf_clear(&response->body);
	buf_text(&to, base);
	if (is_local_path(path))
		buf_bytes(&to, path);
	else
		buf_char(&to, '/');
	if (to.failed)
		response->is_failed = true;
	else
		header(response, "Location", buf_get(&to));
}

bool
response_etag(
    struct response *response, const struct request *request, struct bytes etag)
{
	struct buf quoted = buf_in(response->arena);

	buf_char(&quoted, '"');
	buf_bytes(&quoted, etag);
	buf_char(&quoted, '"');
	if (quoted.failed) {
		response->is_failed = true;
		return false;
	}
	header(response, "ETag", buf_get(&quoted));
	if (response->cache == NULL)
		response->cache = "private, no-cache";
	if (!request_has_etag(request, buf_get(&quoted)))
		return false;
	response->status = 304;
	buf_clear(&response->body);
	return true;
}

static bool
is_cookie_text(struct bytes text, const char *also)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			(c >= 'a' && c <= 'z') ||
			(c != '\0' && strchr(also, c) != NULL)))
			return false;
	}
	return text.len <= COOKIE_VALUE_MAX;
}

enum err
response_cookie(struct response *response, const struct cookie *cookie)
{
	struct buf value = buf_in(response->arena);
	bool is_removal = cookie->value.len == 0;

	if (!is_token(cookie->name) || !is_cookie_text(cookie->value, "-_.~") ||
	    !is_cookie_text(bytes_of(cookie->path), "/-_.~%") ||
	    cookie->path[0] != '/')
		return ERR_INVALID;
	buf_printf(&value, "%s=%.*s; Path=%s", cookie->name,
	    BYTES_ARG(cookie->value), cookie->path);
	if (is_removal)
		buf_text(&value, "; Max-Age=0");
	else if (cookie->max_age_s > 0)
		buf_printf(
		    &value, "; Max-Age=%lld", (long long)cookie->max_age_s);
	if (cookie->is_secure)
		buf_text(&value, "; Secure");
	if (!cookie->is_script_readable)
		buf_text(&value, "; HttpOnly");
	buf_text(&value, "; SameSite=Lax");
	if (value.failed)
		return ERR_NOMEM;
	return response_header(response, "Set-Cookie", buf_get(&value));
}

/* FNV-1a: only keeps names apart, nothing rests on it. */
static uint32_t
hash_of(struct bytes text, uint32_t hash)
{
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * 16777619u;
	return hash;
}

const char *
response_cookie_name(struct arena *arena, struct bytes site,
    struct bytes base_url, const char **path)
{
	const char *colon = bytes_find(base_url, BYTES("://"));
	struct bytes rest = base_url;
	const char *slash, *name;
	bool is_https = bytes_start_with(base_url, BYTES("https://"));

	if (colon != NULL) {
		rest.len -= (size_t)(colon + 3 - rest.at);
		rest.at = colon + 3;
	}
	slash = rest.len > 0 ? memchr(rest.at, '/', rest.len) : NULL;
	rest = slash != NULL ?
	    (struct bytes){ slash, rest.len - (size_t)(slash - rest.at) } :
	    BYTES("/");
	while (rest.len > 1 && rest.at[rest.len - 1] == '/')
		rest.len--;
	if (is_https && rest.len == 1)
		name = "__Host-hd";
	else
		name = arena_printf(arena, "hd-%08x",
		    hash_of(rest, hash_of(site, 2166136261u)));
	*path = arena_copy(arena, rest.at, rest.len);
	return *path != NULL ? name : NULL;
}

/* Content-Disposition (RFC 6266, 4): an ASCII name for the old, and the real
 * one as RFC 8187 wants it. */
static enum err
disposition(struct response *response, const char *how, struct bytes name)
{
	struct buf value = buf_in(response->arena);

	buf_text(&value, how);
	buf_text(&value, "; filename=\"");
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\' ||
		    c == '%' || c == '/')
			c = '_';
		buf_char(&value, c);
	}
	buf_text(&value, "\"; filename*=UTF-8''");
	url_encode(&value, name);
	if (value.failed)
		return ERR_NOMEM;
	return response_header(
	    response, "Content-Disposition", buf_get(&value));
}

enum err
response_attachment(struct response *response, struct bytes name)
{
	return disposition(response, "attachment", name);
}

enum err
response_file(struct response *response, int fd, int64_t size,
    struct bytes name, struct bytes type, bool is_inline)
{
	static const char *const shown[] = { "image/png", "image/jpeg",
		"image/gif", "image/webp", "text/plain" };
	const char *found = NULL;

	response_release(response);
	response->file_fd = fd;
	response->file_offset = 0;
	response->file_size = size;
	response->csp = CSP_SANDBOX;
	for (size_t i = 0; is_inline && i < sizeof shown / sizeof *shown; i++)
		if (bytes_is(type, shown[i]))
			found = shown[i];
	if (found == NULL) {
		response_type(response, "application/octet-stream");
		return disposition(response, "attachment", name);
	}
	/* Text of unknown encoding is shown as UTF-8, never guessed. */
	response_type(response,
	    strcmp(found, "text/plain") == 0 ? "text/plain;charset=utf-8" :
					       found);
	return disposition(response, "inline", name);
}

struct bytes
response_head(struct response *response)
{
	struct buf head = buf_in(response->arena);
	bool has_body = response->status != 304 && response->status != 204;
	int64_t length = response->file_fd >= 0 ? response->file_size :
						  (int64_t)response->body.len;

	if (!buf_reserve(&head, 1024 + response->headers.len))
		return BYTES_NONE;
	buf_text(&head, "Status: ");
	buf_int(&head, response->status);
	buf_char(&head, ' ');
	buf_text(&head, status_text(response->status));
	buf_text(&head, "\r\n");
	if (has_body) {
		buf_text(&head, "Content-Type: ");
		buf_bytes(&head, response->type);
		buf_text(&head, "\r\nContent-Length: ");
		buf_int(&head, length);
		buf_text(&head, "\r\n");
	}
	buf_text(&head, policies[response->csp]);
	buf_text(&head, "Cache-Control: ");
	buf_text(&head,
	    response->cache != NULL ? response->cache : "private, no-store");
	buf_text(&head, "\r\n");
	if (response->is_https)
		buf_text(
		    &head, "Strict-Transport-Security: max-age=31536000\r\n");
	buf_bytes(&head, buf_get(&response->headers));
	buf_text(&head, "\r\n");
	if (head.failed || response->headers.failed)
		return BYTES_NONE;
	return buf_get(&head);
}
