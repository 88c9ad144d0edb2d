/* core/lua/http.c - desk.http: wishes for web requests. */
#include "config.h"
#include "core/base/http.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/object.h"
#include "core/lua/register.h"
#include "core/lua/value.h"

#include <strings.h>

#define KEY_BYTES_MAX 64
#define JOB_BYTES_MAX 100

static struct bytes
check_method(lua_State *L, int options, bool has_body)
{
	struct bytes method = option_text(L, options, "method", KEY_BYTES_MAX);

	if (method.at == NULL)
		return has_body ? BYTES("POST") : BYTES("GET");
	if (!http_is_method(method))
		luaL_error(L, "desk.http: there is no method \"%s\"%s",
		    method.at, suggest_name(L, HTTP_METHODS, method.at));
	return method;
}

static struct bytes
check_url(lua_State *L, int options)
{
	struct bytes url = option_text(L, options, "url", HTTP_URL_MAX);

	if (url.at == NULL)
		luaL_error(L, "desk.http: which url?");
	if (!http_is_url(url))
		luaL_error(L,
		    "desk.http: url begins with https:// or http://, and has "
		    "no blanks");
	return url;
}

/* Returns whether Content-Type is among them. */
static bool
write_headers(lua_State *L, int headers, struct json_writer *w)
{
	bool has_type = false;
	int count = 0;

	if (!lua_istable(L, headers))
		raise_type(L, headers, "desk.http: headers", "a table");
	for (lua_pushnil(L); lua_next(L, headers) != 0; count++) {
		int value = lua_gettop(L);
		struct bytes name = check_text(
		    L, value - 1, "desk.http: a header's name", 100);
		struct bytes text = { "", 0 };

		if (!http_is_field(name))
			luaL_error(L, "desk.http: \"%s\" is no header to set",
			    name.at);
		if (count >= HTTP_FIELDS_MAX - 1)
			luaL_error(L, "desk.http: over %d headers",
			    HTTP_FIELDS_MAX - 1);
		if (lua_type(L, value) != LUA_TSTRING ||
		    lua_rawlen(L, value) > 0)
			text = check_text(L, value,
			    push_name(L, "desk.http", name.at), HTTP_VALUE_MAX);
		if (!http_is_value(text))
			luaL_error(L,
			    "desk.http: the header \"%s\" has a line break or "
			    "another control character",
			    name.at);
		has_type |= strcasecmp(name.at, "Content-Type") == 0;
		json_member_text(w, name.at, text);
		lua_settop(L, value - 1);
	}
	return has_type;
}

/* "headers", and with json = "body" after them. */
static void
write_content(lua_State *L, int options, struct json_writer *w)
{
	struct state *s = state_of(L);
	int json = lua_gettop(L) + 1;
	bool is_json = option_push(L, options, "json") != LUA_TNIL;
	bool has_type = false;

	json_key(w, "headers");
	json_begin_object(w);
	if (option_push(L, options, "headers") != LUA_TNIL)
		has_type = write_headers(L, lua_gettop(L), w);
	if (is_json && !has_type)
		json_member_string(w, "Content-Type", "application/json");
	json_end_object(w);
	if (is_json) {
		buf_clear(&s->scratch);
		s->scratch_writer = json_writer(&s->scratch);
		value_write(L, json, &s->scratch_writer, "desk.http: json");
		if (s->scratch.failed)
			luaL_error(L, "not enough memory");
		if (s->scratch.len > HTTP_BODY_MAX)
			luaL_error(L, "desk.http: json is over %d bytes",
			    HTTP_BODY_MAX);
		json_member_text(w, "body", buf_get(&s->scratch));
	} else if (option_push(L, options, "body") != LUA_TNIL) {
		struct bytes body = { "", 0 };

		if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) > 0)
			body = check_text(
			    L, lua_gettop(L), "desk.http: body", HTTP_BODY_MAX);
		json_member_text(w, "body", body);
	}
}

/* Who hears of the answer, about which ticket, with what. */
static void
write_answer(lua_State *L, int options, struct json_writer *w)
{
	struct state *s = state_of(L);
	struct bytes answer = option_text(L, options, "answer", JOB_BYTES_MAX);

	if (answer.at != NULL) {
		check_job(L, "desk.http", answer.at);
		json_member_string(w, "answer",
		    lua_pushfstring(L, "%s/%s", s->run.file, answer.at));
	}
	if (option_push(L, options, "ticket") != LUA_TNIL)
		json_member_int(w, "ticket",
		    object_check(
			L, lua_gettop(L), OBJECT_TICKET, "desk.http: ticket")
			->id);
	if (option_push(L, options, "data") != LUA_TNIL) {
		int data = lua_gettop(L);

		if (answer.at == NULL)
			luaL_error(
			    L, "desk.http: data is for the answer's job");
		json_key(w, "data");
		value_write(L, data, w, "desk.http: data");
	}
}

/* desk.http{ method =, url =, headers =, json = | body =, sign =, answer =,
 *     ticket =, data = }
 *
 * The request goes out after the commit, at least once; each repeat has the
 * same Idempotency-Key. Without an answer, or with 429 or 5xx, it is tried
 * again for two hours. Redirects are not followed, and private addresses not
 * reached unless the setting http.allowed names them.
 *
 * method   "GET", "POST", "PUT", "PATCH", "DELETE" or "HEAD"; POST with a body
 *          and GET without one if not given
 * url      https:// or http://
 * headers  { name = text }
 * json     any value, sent as JSON; or
 * body     text
 * sign     the name of a setting of this file with secret = true: adds
 *          Hookdesk-Signature: t=SECONDS,v1=HEX, the HMAC-SHA256 of
 *          SECONDS.BODY with the setting as the key; each try has its own time
 * answer   a job of this file, which runs once with job.answer: ok (2xx),
 *          status, text (up to 64 KiB, with data), json (of the text, if it is
 *          that) and error; without one a failure raises http.failed
 * ticket   what the job is about; requests of one ticket go out in order, and
 *          wait for one that is tried again
 * data     job.data
 *
 * Since API 1. In -ed handlers and jobs; at most 10 in a run.
 */
int
l_desk_http(lua_State *L)
{
	struct state *s = state_of(L);
	struct bytes method, url, sign;
	struct json_writer *w;
	bool has_json, has_body;

	check_phase(L, PHASE_DO, "desk.http");
	lua_settop(L, 1);
	check_options(L, 1, OPTIONS_HTTP);
	has_json = option_push(L, 1, "json") != LUA_TNIL;
	has_body = option_push(L, 1, "body") != LUA_TNIL;
	if (has_json && has_body)
		return luaL_error(L, "desk.http: json or body, not both");
	method = check_method(L, 1, has_json || has_body);
	url = check_url(L, 1);
	sign = option_text(L, 1, "sign", KEY_BYTES_MAX);
	if (s->run.request_count >= SCRIPT_REQUESTS_MAX)
		return luaL_error(L,
		    "over %d web requests in one run; desk.each gives each "
		    "item a run of its own",
		    SCRIPT_REQUESTS_MAX);
	w = wish_begin(L, "http", false);
	json_member_text(w, "method", method);
	json_member_text(w, "url", url);
	write_content(L, 1, w);
	if (sign.at != NULL)
		json_member_text(w, "sign", sign);
	write_answer(L, 1, w);
	wish_end(L);
	s->run.request_count++;
	return 0;
}
