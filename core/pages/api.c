/* core/pages/api.c - what the pages of the API share. */
#include "config.h"
#include "core/pages/api.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/secret.h"
#include "core/desk/computed.h"
#include "core/model/value.h"
#include "core/pages/common.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#define BEARER "Bearer "
#define TOKEN_MAX 128 /* characters of a token that are looked at */

static const struct limit limit_tokens = { "token", 20, 3000 };

/* --- answers --- */

struct json_writer
api_answer(struct page *page, int status)
{
	page->response->status = status;
	response_type(page->response, "application/json");
	buf_clear(&page->response->body);
	return json_writer(&page->response->body);
}

int
api_finish(struct page *page)
{
	return page->response->body.failed ? 503 : 0;
}

/* "not_found" for ERR_NOT_FOUND. */
static void
put_code(struct json_writer *w, enum err err)
{
	const char *name = err_name(err);
	char code[32];
	size_t i = 0;

	for (; name[i] != '\0' && i < sizeof code - 1; i++)
		code[i] = (char)tolower((unsigned char)name[i]);
	code[i] = '\0';
	json_member_string(w, "code", code);
}

void
api_put_error(struct json_writer *w, enum err err, const struct why *why,
    const struct act_result *result)
{
	bool has_refusal = result != NULL && result->refusal.len > 0;
	char words[512];

	json_begin_object(w);
	if (has_refusal && result->code.len > 0)
		json_member_text(w, "code", result->code);
	else
		put_code(w, err);
	if (has_refusal)
		json_member_text(w, "message", result->refusal);
	else if (why != NULL && why->message != NULL && why->message[0] != '\0')
		json_member_string(
		    w, "message", why_text(why, words, sizeof words));
	else
		json_member_string(w, "message", err_message(err));
	if (why != NULL && why->field[0] != '\0')
		json_member_string(w, "field", why->field);
	else
		json_member_null(w, "field");
	json_end_object(w);
}

void
api_version(struct page *page, const struct record *record)
{
	char etag[32];

	snprintf(
	    etag, sizeof etag, "\"%llu\"", (unsigned long long)record->rev);
	if (response_header(page->response, "ETag", bytes_of(etag)) != ERR_OK)
		page->response->is_failed = true;
}

int
api_fail_with(struct page *page, int status, enum err err,
    const struct why *why, const struct act_result *result)
{
	struct json_writer w = api_answer(page, status);

	json_begin_object(&w);
	json_key(&w, "error");
	api_put_error(&w, err, why, result);
	json_end_object(&w);
	return api_finish(page);
}

int
api_fail(struct page *page, enum err err, const struct why *why,
    const struct act_result *result)
{
	int status = page_status(err);

	if (why == NULL || why->message == NULL || why->message[0] == '\0')
		why = &page->why; /* the request itself was wrong */
	/* RFC 9110, 13.1.1 */
	if (err == ERR_STALE && page->request->if_match.len > 0)
		status = 412;
	if (status == 503)
		page_retry_after(page, PAGE_RETRY_S);
	return api_fail_with(page, status, err, why, result);
}

/* --- who calls --- */

static bool
is_bearer(struct bytes header, struct bytes *token)
{
	size_t len = sizeof BEARER - 1;

	if (header.len <= len || strncasecmp(header.at, BEARER, len) != 0)
		return false;
	*token = bytes_trim(
	    (struct bytes){ header.at + len, header.len - len });
	return token->len > 0 && token->len <= TOKEN_MAX;
}

/* ERR_DENIED for a token that is none, or none any more. */
static enum err
find_token(struct page *page, struct site_read *read, struct bytes text,
    struct actor *actor)
{
	struct buf hex = buf_in(page->arena);
	uint8_t hash[SECRET_HASH_SIZE];
	struct record token;
	int64_t expires;
	enum err err;

	secret_hash(text, hash);
	secret_hex_add(&hex, (struct bytes){ (const char *)hash, sizeof hash });
	if (hex.failed)
		return ERR_NOMEM;
	err = record_find_by(read->snapshot, KIND_TOKEN, INDEX_TOKEN_HASH,
	    buf_get(&hex), &token);
	if (err == ERR_NOT_FOUND)
		return ERR_DENIED;
	if (err != ERR_OK)
		return err;
	expires = record_int(&token, TOKEN_EXPIRES);
	if (expires != 0 && expires <= read->now_us)
		return ERR_DENIED;
	*actor = (struct actor){
		.kind = BY_SYSTEM, .is_program = true, .program = token.id
	};
	/* what it names and is no right gives none */
	(void)token_rights_read(
	    record_text(&token, TOKEN_RIGHTS), &actor->token, NULL);
	if (record_has(&token, TOKEN_AGENT)) {
		const struct record *agent;

		actor->kind = BY_AGENT;
		actor->agent = record_ref(&token, TOKEN_AGENT);
		agent = directory_find(
		    read->directory, KIND_AGENT, actor->agent);
		if (agent == NULL || !record_int(agent, AGENT_ACTIVE))
			return ERR_DENIED;
	}
	return ERR_OK;
}

/* No token, or a wrong one: who tries too often waits. */
static bool
refuse_token(struct page *page)
{
	static const struct act_result refused = {
		.code = BYTES("unauthorized"),
		.refusal = BYTES("This needs a valid token, sent as "
				 "Authorization: Bearer TOKEN."),
	};

	page_read_end(page);
	if (page_limited(page, &limit_tokens, BYTES_NONE) > 0)
		api_fail_with(page, 429, ERR_LIMIT, NULL, NULL);
	else if (response_header(page->response, "WWW-Authenticate",
		     BYTES("Bearer")) == ERR_OK)
		api_fail_with(page, 401, ERR_DENIED, NULL, &refused);
	else
		api_fail_with(page, 503, ERR_NOMEM, NULL, NULL);
	return false;
}

bool
api_actor(struct page *page, struct actor *actor)
{
	struct site_read *read;
	struct bytes text;
	enum err err;

	if (!is_bearer(page->request->authorization, &text))
		return refuse_token(page);
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = find_token(page, read, text, actor);
	if (err == ERR_DENIED)
		return refuse_token(page);
	if (err == ERR_OK && page->request->method == METHOD_GET)
		err = desk_may(read->directory, actor, VERB_TICKET_VIEW, NULL);
	if (err == ERR_OK)
		return true;
	api_fail(page, err, NULL, NULL);
	return false;
}

/* --- what was sent --- */

bool
api_body(struct page *page, const struct json **out)
{
	struct bytes type = page->request->content_type, text;
	struct why why = { .message = "" };
	const struct json *json;
	int status;
	enum err err;

	if (type.len > 0 && bytes_find(type, BYTES("json")) == NULL) {
		(void)why_set(&why, ERR_INVALID, NULL,
		    N_("The body must be application/json."), 0, NULL);
		api_fail_with(page, 415, ERR_INVALID, &why, NULL);
		return false;
	}
	page_read_end(page);
	status = request_read_body(page->request, REQUEST_JSON_MAX, &text);
	if (status != 0) {
		api_fail_with(page, status,
		    status == 413 ? ERR_LIMIT : ERR_INVALID, NULL, NULL);
		return false;
	}
	err = json_parse(page->arena, text, REQUEST_JSON_MAX, &json, &why);
	if (err == ERR_OK && json_type(json) != JSON_OBJECT)
		err = why_set(&why, ERR_INVALID, NULL,
		    N_("The body must be a JSON object."), 0, NULL);
	if (err == ERR_OK) {
		*out = json;
		return true;
	}
	api_fail_with(page,
	    err == ERR_INVALID   ? 400 :
		err == ERR_LIMIT ? 413 :
				   503,
	    err, &why, NULL);
	return false;
}

/* --- records --- */

enum err
api_put_ticket(struct json_writer *w, struct page *page,
    const struct actor *actor, const struct record *ticket)
{
	struct body_reader reader = { .arena = page->arena };
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err != ERR_OK)
		return err;
	reader.read = read;
	json_begin_object(w);
	err = computed_put(w, &reader, ticket, FOR_API);
	record_to_json(w, ticket, read->directory,
	    desk_sees(read->directory, actor), true);
	json_end_object(w);
	return err;
}
