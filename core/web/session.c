/* core/web/session.c - who is signed in, and whether a form is ours. */
#include "config.h"
#include "core/web/session.h"

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/desk/act.h"

#include <strings.h>

#define SECRET_TEXT_MAX 64
/* Where in a form the token has to be: our templates put it first. */
#define TOKEN_WITHIN 8192

static void
make_token(const struct page *page, struct bytes secret, char out[CSRF_SIZE])
{
	const struct bytes parts[] = { BYTES("csrf"), secret };
	char text[CSRF_SIZE + 8];
	struct buf base64 = buf_in(page->arena);
	uint8_t mac[SECRET_MAC_SIZE];

	secret_mac(site_key(page->desk), parts, 2, mac);
	secret_base64_add(&base64, SECRET_BASE64URL,
	    (struct bytes){ (const char *)mac, sizeof mac });
	memset(text, 0, sizeof text);
	if (!base64.failed && base64.len < CSRF_SIZE)
		memcpy(text, base64.at, base64.len);
	memcpy(out, text, CSRF_SIZE);
}

/* The session of this secret, if it holds; ERR_NOT_FOUND otherwise. */
static enum err
find(struct page *page, struct site_read *read, struct bytes secret,
    struct session *out)
{
	struct buf hex = buf_in(page->arena);
	uint8_t digest[SECRET_HASH_SIZE];
	struct record session;
	const struct record *agent;
	uint64_t id;
	enum err err;

	secret_hash(secret, digest);
	secret_hex_add(
	    &hex, (struct bytes){ (const char *)digest, sizeof digest });
	if (hex.failed)
		return ERR_NOMEM;
	err = record_lookup(
	    read->snapshot, INDEX_SESSION_HASH, buf_get(&hex), &id);
	if (err == ERR_OK)
		err = record_find(read->snapshot, KIND_SESSION, id, &session);
	if (err != ERR_OK)
		return err;
	agent = directory_find(
	    read->directory, KIND_AGENT, record_ref(&session, SESSION_AGENT));
	if (record_int(&session, SESSION_PURPOSE) != SESSION_IS_BROWSER ||
	    record_int(&session, SESSION_EXPIRES) <= read->now_us ||
	    agent == NULL || !record_int(agent, AGENT_ACTIVE) ||
	    record_int(agent, AGENT_GENERATION) !=
		record_int(&session, SESSION_GENERATION))
		return ERR_NOT_FOUND;
	out->id = id;
	out->agent = agent->id;
	out->record = agent;
	out->expires_us = record_int(&session, SESSION_EXPIRES);
	out->renewed_us = sign_renewed(&session, read->now_us);
	return ERR_OK;
}

enum err
session_find(struct page *page, struct site_read *read)
{
	const char *path;
	const char *name = response_cookie_name(
	    page->arena, page->root.site_id, page->root.base_url, &path);
	struct session *session;
	struct bytes secret;
	enum err err;

	page->session = NULL;
	if (name == NULL)
		return ERR_NOMEM;
	secret = request_cookie(page->request, name);
	if (secret.len == 0 || secret.len > SECRET_TEXT_MAX)
		return ERR_OK;
	session = arena_new(page->arena, struct session);
	if (session == NULL)
		return ERR_NOMEM;
	err = find(page, read, secret, session);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	make_token(page, secret, session->csrf);
	if (session->csrf[0] == '\0')
		return ERR_NOMEM;
	page->session = session;
	return ERR_OK;
}

enum err
session_set_cookie(struct page *page, struct bytes secret, int64_t expires_us)
{
	struct cookie cookie = { .value = secret,
		.max_age_s = (expires_us - page->now_us) / CLOCK_SECOND_US,
		.is_secure = page->response->is_https };

	cookie.name = response_cookie_name(
	    page->arena, page->root.site_id, page->root.base_url, &cookie.path);
	if (cookie.name == NULL)
		return ERR_NOMEM;
	return response_cookie(page->response, &cookie);
}

void
session_renew(struct page *page)
{
	const struct session *session = page->session;
	struct act_result result;
	struct act_input input;
	const char *name, *path;

	/* A browser that only asks whether there is news is not in use. */
	if (session == NULL || session->renewed_us == 0 ||
	    page->response->status == 304)
		return;
	name = response_cookie_name(
	    page->arena, page->root.site_id, page->root.base_url, &path);
	if (name == NULL)
		return;
	act_input_init(&input, VERB_SESSION_RENEW, KIND_NONE);
	input.actor = actor_agent(session->agent);
	input.secret = request_cookie(page->request, name);
	/* Not when the page itself ended it. */
	if (desk_act(page->desk, &input, page->arena, &result, NULL) ==
		ERR_OK &&
	    session_set_cookie(page, input.secret, session->renewed_us) !=
		ERR_OK)
		page->response->is_failed = true;
}

/* "https://example.com" of an address; without it all of <url>. */
static struct bytes
origin_of(struct bytes url)
{
	const char *colon = bytes_find(url, BYTES("://"));
	const char *slash;

	if (colon == NULL)
		return url;
	slash = memchr(colon + 3, '/', url.len - (size_t)(colon + 3 - url.at));
	if (slash != NULL)
		url.len = (size_t)(slash - url.at);
	return url;
}

static bool
is_same(struct bytes a, struct bytes b)
{
	return a.len == b.len && a.len > 0 &&
	    strncasecmp(a.at, b.at, a.len) == 0;
}

bool
session_is_own_origin(const struct page *page)
{
	const struct request *request = page->request;
	struct bytes origin = request->origin, host;
	const char *colon;

	if (origin.len == 0)
		return request->sec_fetch_site.len == 0 ||
		    bytes_is(request->sec_fetch_site, "same-origin") ||
		    bytes_is(request->sec_fetch_site, "none");
	if (is_same(origin, origin_of(page->root.base_url)))
		return true;
	/* No page elsewhere can make a browser send another Host. */
	colon = bytes_find(origin, BYTES("://"));
	if (colon == NULL)
		return false;
	host.at = colon + 3;
	host.len = origin.len - (size_t)(host.at - origin.at);
	return is_same(host, request->host);
}

/* ---- the token at the beginning of a form ---- */

/* A body whose beginning has been read already. */
struct put_back {
	struct body_source source;
	const char *at;
	size_t len;
};

static long
read_put_back(void *ctx, char *at, size_t size)
{
	struct put_back *body = ctx;

	if (body->len == 0)
		return body->source.read(body->source.ctx, at, size);
	if (size > body->len)
		size = body->len;
	memcpy(at, body->at, size);
	body->at += size;
	body->len -= size;
	return (long)size;
}

/* Read the beginning of the body, and put it back. */
static int
look_at_body(struct page *page, struct bytes *out)
{
	struct request *request = page->request;
	struct put_back *body = arena_new(page->arena, struct put_back);
	char *at = arena_alloc_raw(page->arena, TOKEN_WITHIN);
	size_t len = 0, want = TOKEN_WITHIN;

	if (body == NULL || at == NULL)
		return 503;
	if (request->content_length < TOKEN_WITHIN)
		want = (size_t)request->content_length;
	while (len < want) {
		long got = request->body.read(
		    request->body.ctx, at + len, want - len);

		if (got <= 0)
			return 400;
		len += (size_t)got;
	}
	*body = (struct put_back){ request->body, at, len };
	request->body = (struct body_source){ read_put_back, body };
	*out = (struct bytes){ at, len };
	return 0;
}

/* What a multipart form says in the field "csrf". */
struct found {
	bool is_token;
	char text[CSRF_SIZE];
	size_t len;
};

static enum err
on_begin(void *ctx, const struct multipart_part *part)
{
	struct found *found = ctx;

	found->is_token = bytes_is(part->name, "csrf") && !part->is_file;
	return ERR_OK;
}

static enum err
on_data(void *ctx, struct bytes piece)
{
	struct found *found = ctx;

	if (!found->is_token)
		return ERR_OK;
	if (found->len + piece.len > sizeof found->text)
		return ERR_INVALID;
	memcpy(found->text + found->len, piece.at, piece.len);
	found->len += piece.len;
	return ERR_OK;
}

/* Enough has been seen: no need to look at the rest. */
static enum err
on_end(void *ctx)
{
	struct found *found = ctx;

	return found->is_token ? ERR_EXISTS : ERR_OK;
}

static struct bytes
token_of_multipart(struct page *page, struct bytes body, struct bytes boundary)
{
	struct found *found = arena_new(page->arena, struct found);
	struct multipart *m = arena_alloc_raw(page->arena, sizeof *m);
	struct multipart_events events = { on_begin, on_data, on_end, found };

	if (found == NULL || m == NULL)
		return BYTES_NONE;
	multipart_init(m, boundary, &events);
	if (multipart_feed(m, body) != ERR_EXISTS)
		return BYTES_NONE;
	return (struct bytes){ found->text, found->len };
}

static struct bytes
token_of_urlencoded(struct bytes body)
{
	while (body.len > 0) {
		struct bytes value = bytes_split(&body, '&');

		/* A token has no characters that would be escaped. */
		if (bytes_is(bytes_split(&value, '='), "csrf"))
			return value;
	}
	return BYTES_NONE;
}

int
session_check_token(struct page *page)
{
	struct bytes boundary = multipart_boundary(page->request->content_type);
	struct bytes given = page->request->csrf, body = BYTES_NONE;
	int status;

	if (page->session == NULL)
		return 403;
	if (given.len == 0) {
		status = look_at_body(page, &body);
		if (status != 0)
			return status;
		given = boundary.at != NULL ?
		    token_of_multipart(page, body, boundary) :
		    token_of_urlencoded(body);
	}
	if (given.len != CSRF_SIZE - 1 ||
	    !secret_equal(given.at, page->session->csrf, CSRF_SIZE - 1))
		return 403;
	return 0;
}
