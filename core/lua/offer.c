/* core/lua/offer.c - desk.action, desk.panel, desk.route: what files offer to
 * agents and to programs elsewhere. */
#include "config.h"
#include "core/lua/offer.h"
#include "core/base/arena.h"
#include "core/base/http.h"
#include "core/lua/api.h"
#include "core/lua/check.h"
#include "core/lua/event.h"
#include "core/lua/object.h"
#include "core/lua/suggest.h"
#include "core/lua/value.h"
#include "core/script/offers.h"

#include <string.h>

#define NAME_BYTES_MAX 100
#define KEY_BYTES_MAX 64
#define ASK_MAX 20 /* inputs of one action */

/* A name that is part of an address. */
static struct bytes
check_name(lua_State *L, const char *what)
{
	struct bytes name = check_text(
	    L, 1, push_name(L, what, "the name"), NAME_BYTES_MAX);

	if (name.at[0] == '.')
		luaL_error(L, "%s: a name begins with no dot", what);
	return name;
}

static struct bytes
check_icon(lua_State *L, int options)
{
	struct bytes icon = option_text(L, options, "icon", KEY_BYTES_MAX);

	if (icon.at != NULL && !has_name(offer_icons, icon.at))
		luaL_error(L, "desk.action: there is no icon \"%s\"%s", icon.at,
		    suggest_name(L, offer_icons, icon.at));
	return icon;
}

static struct bytes
check_shortcut(lua_State *L, int options)
{
	struct bytes key = option_text(L, options, "key", KEY_BYTES_MAX);
	const char *owner;

	if (key.at == NULL)
		return key;
	if (key.len != 1 || key.at[0] <= ' ')
		luaL_error(L, "desk.action: key is one letter, digit or sign");
	owner = offer_key_owner(key);
	if (owner != NULL)
		luaL_error(L, "desk.action: the key \"%s\" is taken: %s",
		    key.at, owner);
	return key;
}

/* The key, or the route, is claimed once in a file; other files' claims are
 * seen by the server, which knows what replaces what. A copy that lives. */
static const char *
check_claim(lua_State *L, enum registered_kind kind, struct bytes claim,
    const char *what)
{
	struct state *s = state_of(L);
	const char *copy;

	if (claim.at == NULL)
		return NULL;
	for (size_t i = s->loader->first; i < s->registry.count; i++) {
		const struct registered *r = &s->registry.list[i];

		if (r->kind == kind && r->claim != NULL &&
		    bytes_is(claim, r->claim))
			luaL_error(L, "%s %s is that of \"%s\" (line %d)", what,
			    r->claim, r->name, r->line);
	}
	copy = arena_copy(s->fixed, claim.at, claim.len);
	if (copy == NULL)
		luaL_error(L, "not enough memory");
	return copy;
}

/* The schema at <ask>, with a list of its names in s->scratch_word. */
static void
check_ask(lua_State *L, int ask)
{
	struct state *s = state_of(L);
	int count = 0;

	if (!lua_istable(L, ask))
		raise_type(L, ask, "desk.action: ask", "a table");
	buf_clear(&s->scratch_word);
	for (lua_pushnil(L); lua_next(L, ask) != 0; count++) {
		int row = lua_gettop(L);
		struct bytes key = check_key_text(
		    L, row - 1, "desk.action: ask: a name");
		const char *what = push_name(L, "desk.action: ask", key.at);
		const char *type;

		luaL_checkstack(L, 12, "too deep");
		if (count >= ASK_MAX)
			luaL_error(L, "desk.action: ask: over %d", ASK_MAX);
		type = setting_check_row(L, row, what);
		if (strcmp(type, "rows") == 0)
			luaL_error(L, "%s: rows are for desk.settings", what);
		if (s->scratch_word.len > 0)
			buf_char(&s->scratch_word, ' ');
		buf_bytes(&s->scratch_word, key);
		lua_settop(L, row - 1);
	}
	if (count == 0)
		luaL_error(L, "desk.action: ask is empty");
}

static struct json_writer *
with_begin(struct state *s)
{
	buf_clear(&s->scratch);
	s->writer = json_writer(&s->scratch);
	json_begin_object(&s->writer);
	return &s->writer;
}

/* desk.action(name, { label =, icon =, key =, when = F, ask = schema },
 *     function(ticket, agent, input) end)
 *
 * A button on the page of the tickets for which F holds, an entry of the
 * command palette, and a call of the API.
 *
 * name      unique within the file
 * label     on the button; the name if not given
 * icon      see offers.c
 * key       one key that does it on a ticket's page
 * when      F, without changed, actor, sort and limit
 * ask       as desk.settings{}, without rows: a form that is filled in before
 *           it is run; input has its values
 * function  agent is who pressed, nil for a program that is nobody's; a text
 *           that it returns is shown to the agent
 *
 * Since API 1. At a file's top level.
 */
int
l_desk_action(lua_State *L)
{
	struct state *s = state_of(L);
	const char *when, *with, *claim, *names = NULL;
	struct bytes name, label, icon, key;
	struct registered *r;
	struct json_writer *w;
	int ask = 0;

	check_phase(L, PHASE_LOAD, "desk.action");
	name = check_name(L, "desk.action");
	lua_settop(L, 3);
	check_options(L, 2, OPTIONS_ACTION);
	label = option_text(L, 2, "label", OFFER_LABEL_MAX);
	icon = check_icon(L, 2);
	key = check_shortcut(L, 2);
	claim = check_claim(L, REGISTERED_ACTION, key, "desk.action: the key");
	when = register_when(L, 2, FILTER_OFFER);
	if (option_push(L, 2, "ask") != LUA_TNIL) {
		ask = lua_gettop(L);
		check_ask(L, ask);
		names = register_keep(L, &s->scratch_word);
	}
	w = with_begin(s);
	json_member_text(w, "label", label.at != NULL ? label : name);
	if (icon.at != NULL)
		json_member_text(w, "icon", icon);
	if (key.at != NULL)
		json_member_text(w, "key", key);
	if (ask != 0) {
		json_key(w, "ask");
		value_write(L, ask, w, "desk.action: ask");
	}
	json_end_object(w);
	with = register_keep(L, &s->scratch);
	r = registry_add(L, 3, REGISTERED_ACTION, name);
	r->when = when;
	r->with = with;
	r->claim = claim;
	r->ask_names = names;
	if (ask != 0) {
		lua_pushvalue(L, ask);
		r->ask = luaL_ref(L, LUA_REGISTRYINDEX);
	}
	return 0;
}

/* desk.panel(name, { title =, when = F },
 *     function(ticket, agent) return { { label =, value =, link = } } end)
 *
 * Rows beside the tickets for which F holds.
 *
 * title     above the rows; the name if not given
 * when      F, without changed, actor, sort and limit
 * function  looks things up and changes nothing; agent is who looks. It gives
 *           up to PANEL_ROWS_MAX rows: a label, a value (text, a number, true
 *           or false), and a link: http:, https:, mailto: or a path of the
 *           desk
 *
 * Since API 1. At a file's top level.
 */
int
l_desk_panel(lua_State *L)
{
	struct state *s = state_of(L);
	struct bytes name, title;
	struct registered *r;
	struct json_writer *w;
	const char *when, *with;

	check_phase(L, PHASE_LOAD, "desk.panel");
	name = check_name(L, "desk.panel");
	lua_settop(L, 3);
	check_options(L, 2, OPTIONS_PANEL);
	title = option_text(L, 2, "title", OFFER_LABEL_MAX);
	when = register_when(L, 2, FILTER_OFFER);
	w = with_begin(s);
	json_member_text(w, "label", title.at != NULL ? title : name);
	json_end_object(w);
	with = register_keep(L, &s->scratch);
	r = registry_add(L, 3, REGISTERED_PANEL, name);
	r->when = when;
	r->with = with;
	return 0;
}

/* Whether the file has declared the setting <key>, and as a secret. */
static void
check_secret(lua_State *L, struct bytes key)
{
	struct state *s = state_of(L);
	const struct json *schema = NULL;
	struct suggestion near = suggest(key.at);
	bool is_secret = false;

	if (s->loader->settings.len > 0 &&
	    json_parse(s->arena, buf_get(&s->loader->settings), JSON_BYTES_MAX,
		&schema, NULL) == ERR_NOMEM)
		luaL_error(L, "not enough memory");
	for (const struct json *i = json_first(schema); i != NULL;
	     i = json_next(i)) {
		bool is_one = false;

		(void)json_bool(json_get(i, "secret"), &is_one);
		if (is_one && bytes_is(key, json_name(i)))
			is_secret = true;
		else if (is_one)
			suggest_try(&near, json_name(i));
	}
	if (!is_secret)
		luaL_error(L,
		    "desk.route: verify: secret is the name of a setting of "
		    "this file with secret = true%s",
		    suggest_push(L, &near));
}

static void
write_verify(lua_State *L, int verify, struct json_writer *w)
{
	struct bytes header, secret, hash;

	check_options(L, verify, OPTIONS_VERIFY);
	header = option_text(L, verify, "header", KEY_BYTES_MAX);
	if (header.at == NULL)
		header = BYTES(ROUTE_HEADER_OWN);
	if (!http_is_field(header) && !bytes_is(header, ROUTE_HEADER_OWN))
		luaL_error(L,
		    "desk.route: verify: \"%s\" is no header to look "
		    "at",
		    header.at);
	secret = option_text(L, verify, "secret", KEY_BYTES_MAX);
	if (secret.at == NULL)
		luaL_error(L, "desk.route: verify: which secret?");
	check_secret(L, secret);
	hash = option_text(L, verify, "hash", KEY_BYTES_MAX);
	if (hash.at == NULL)
		hash = BYTES("sha256");
	if (!has_name(ROUTE_HASHES, hash.at))
		luaL_error(L, "desk.route: verify: there is no hash \"%s\"%s",
		    hash.at, suggest_name(L, ROUTE_HASHES, hash.at));
	json_key(w, "verify");
	json_begin_object(w);
	json_member_text(w, "header", header);
	json_member_text(w, "secret", secret);
	json_member_text(w, "hash", hash);
	json_end_object(w);
}

/* "POST /x/sms" in two. */
static void
check_route(
    lua_State *L, struct bytes text, struct bytes *method, struct bytes *path)
{
	const char *name;

	*path = text;
	*method = bytes_split(path, ' ');
	name = lua_pushlstring(L, method->at, method->len);
	if (path->at == NULL)
		luaL_error(L,
		    "desk.route: write it as \"POST /x/sms\", not "
		    "\"%s\"",
		    text.at);
	if (!has_name(ROUTE_METHODS, name))
		luaL_error(L, "desk.route: there is no method \"%s\"%s", name,
		    suggest_name(L, ROUTE_METHODS, name));
	if (!offer_is_path(*path))
		luaL_error(L,
		    "desk.route: a path is " ROUTE_PREFIX " and "
		    "letters, digits, and . - _ ~ between slashes, not \"%s\"",
		    path->at);
}

/* desk.route("POST /x/sms", { name =, verify = { header =, secret =, hash = }
 *     }, function(request) return { status =, json = } end)
 *
 * An address of the desk for programs elsewhere.
 *
 * text      GET, POST, PUT or DELETE, and a path below /x/
 * name      "POST :x:sms" if not given
 * verify    the header's value is a MAC of the body with a secret: other
 *           requests are answered with 401, and no script runs. header is
 *           "Hookdesk-Signature", as desk.http{ sign = } makes it, if not
 *           given; secret the name of a setting of this file with secret =
 *           true; hash "sha256" (the usual), "sha1" or "sha512"
 * function  request has method, path, query, headers (by their names in small
 *           letters), form or json, body, and address, the client's. It gives
 *           status (200 if not given), json or text, and headers; nil is 204.
 *           What it changes is done before the answer is sent
 *
 * Since API 1. At a file's top level.
 */
int
l_desk_route(lua_State *L)
{
	struct state *s = state_of(L);
	struct bytes text, method, path, name;
	struct registered *r;
	struct json_writer *w;
	const char *with, *claim;
	int verify;

	check_phase(L, PHASE_LOAD, "desk.route");
	text = check_text(L, 1, "desk.route", ROUTE_PATH_MAX + 10);
	lua_settop(L, 3);
	check_options(L, 2, OPTIONS_ROUTE);
	check_route(L, text, &method, &path);
	claim = check_claim(L, REGISTERED_ROUTE, text, "desk.route: the route");
	name = option_text(L, 2, "name", NAME_BYTES_MAX);
	if (name.at == NULL) /* names have no slashes */
		name = bytes_of(luaL_gsub(L, text.at, "/", ":"));
	if (name.len > NAME_BYTES_MAX)
		return luaL_error(L, "desk.route: so long a path needs a name");
	verify = lua_gettop(L) + 1;
	w = with_begin(s);
	json_member_text(w, "method", method);
	json_member_text(w, "path", path);
	if (option_push(L, 2, "verify") != LUA_TNIL)
		write_verify(L, verify, w);
	json_end_object(w);
	with = register_keep(L, &s->scratch);
	r = registry_add(L, 3, REGISTERED_ROUTE, name);
	r->with = with;
	r->claim = claim;
	return 0;
}

/* ------------------------------------------------------------- arguments */

/* What was typed, checked again: the server knows no types of Lua. */
static void
push_input(lua_State *L, const struct registered *r)
{
	const struct json *input = json_get(state_of(L)->run.body, "input");
	int table, schema;

	if (r->ask == 0) {
		lua_pushnil(L);
		return;
	}
	value_push(L, input);
	if (!lua_istable(L, -1)) {
		lua_pop(L, 1);
		lua_newtable(L);
	}
	table = lua_gettop(L);
	lua_rawgeti(L, LUA_REGISTRYINDEX, r->ask);
	schema = lua_gettop(L);
	for (lua_pushnil(L); lua_next(L, table) != 0;) {
		int value = lua_gettop(L);
		const char *name = lua_tostring(L, value - 1);

		if (lua_getfield(L, schema, name) != LUA_TTABLE)
			luaL_error(L, "nobody asked for \"%s\"", name);
		setting_check_value(
		    L, value, value + 1, lua_pushfstring(L, "input.%s", name));
		lua_settop(L, value - 1);
	}
	lua_settop(L, table);
	value_freeze(L, table, "input", r->ask_names);
}

static void
push_request(lua_State *L)
{
	value_push(L, json_get(state_of(L)->run.body, "request"));
	if (!lua_istable(L, -1)) {
		lua_pop(L, 1);
		lua_newtable(L);
	}
	value_freeze(L, lua_gettop(L), "request", api_request_fields);
}

int
offer_push_arguments(lua_State *L, const struct registered *r)
{
	const struct json *body = state_of(L)->run.body;

	luaL_checkstack(L, 20, "too deep");
	if (r->kind == REGISTERED_ROUTE) {
		push_request(L);
		return 1;
	}
	object_push_record(L, OBJECT_TICKET, json_get(body, "ticket"));
	object_push_record(L, OBJECT_AGENT, json_get(body, "agent"));
	if (r->kind == REGISTERED_PANEL)
		return 2;
	push_input(L, r);
	return 3;
}

/* ------------------------------------------------------------- results */

static void
write_said(lua_State *L, const char *what, struct json_writer *w)
{
	json_put_text(w, check_text(L, 1, what, OFFER_TEXT_MAX));
}

/* A text as it is, "" too; numbers and booleans as they are written. */
static struct bytes
value_text(lua_State *L, int index, const char *what, size_t max)
{
	if (lua_isnil(L, index))
		return BYTES("");
	if (lua_isboolean(L, index))
		return bytes_of(lua_toboolean(L, index) ? "true" : "false");
	if (lua_type(L, index) == LUA_TNUMBER)
		return bytes_of(lua_tostring(L, index));
	if (lua_type(L, index) == LUA_TSTRING && lua_rawlen(L, index) == 0)
		return BYTES("");
	return check_text(L, index, what, max);
}

static void
write_row(lua_State *L, int row, const char *what, struct json_writer *w)
{
	struct bytes link = BYTES_NONE;

	if (!lua_istable(L, row))
		raise_type(L, row, what, "a row such as { label =, value = }");
	check_options(L, row, OPTIONS_PANEL_ROW);
	json_begin_object(w);
	(void)option_push(L, row, "label");
	json_member_text(w, "label",
	    value_text(L, row + 1, push_name(L, what, "label"), 4000));
	lua_settop(L, row);
	(void)option_push(L, row, "value");
	json_member_text(w, "value",
	    value_text(L, row + 1, push_name(L, what, "value"), 65536));
	lua_settop(L, row);
	if (option_push(L, row, "link") != LUA_TBOOLEAN ||
	    lua_toboolean(L, row + 1))
		link = value_text(
		    L, row + 1, push_name(L, what, "link"), PANEL_LINK_MAX);
	if (link.len > 0 && !offer_is_link(link))
		luaL_error(L,
		    "%s: a link begins with https://, http://, mailto: or one "
		    "\"/\", and has no blanks: not \"%s\"",
		    what, link.at);
	if (link.len > 0)
		json_member_text(w, "link", link);
	json_end_object(w);
	lua_settop(L, row);
}

static void
write_rows(lua_State *L, const char *what, struct json_writer *w)
{
	int n = check_list(L, 1, what, PANEL_ROWS_MAX);

	lua_pushnil(L);
	if (n == 0 && lua_next(L, 1) != 0)
		luaL_error(L,
		    "%s must return a list of rows: { { label =, "
		    "value = } }",
		    what);
	json_begin_list(w);
	for (int i = 1; i <= n; i++) {
		lua_geti(L, 1, i);
		write_row(L, lua_gettop(L), what, w);
		lua_pop(L, 1);
	}
	json_end_list(w);
}

static void
write_headers(
    lua_State *L, int headers, const char *what, struct json_writer *w)
{
	int count = 0;

	if (!lua_istable(L, headers))
		raise_type(
		    L, headers, push_name(L, what, "headers"), "a table");
	json_key(w, "headers");
	json_begin_object(w);
	for (lua_pushnil(L); lua_next(L, headers) != 0; count++) {
		int value = lua_gettop(L);
		struct bytes name = check_text(
		    L, value - 1, push_name(L, what, "a header"), 100);
		struct bytes text = value_text(
		    L, value, push_name(L, what, name.at), HTTP_VALUE_MAX);

		if (!offer_is_header(name))
			luaL_error(L,
			    "%s: \"%s\" is no header to set: "
			    "Retry-After, and names that begin with X-",
			    what, name.at);
		if (!http_is_value(text))
			luaL_error(L,
			    "%s: the header \"%s\" has a line break or another "
			    "control character",
			    what, name.at);
		if (count >= HTTP_FIELDS_MAX)
			luaL_error(
			    L, "%s: over %d headers", what, HTTP_FIELDS_MAX);
		json_member_text(w, name.at, text);
		lua_settop(L, value - 1);
	}
	json_end_object(w);
}

static void
write_answer_body(lua_State *L, const char *what, struct json_writer *w)
{
	struct state *s = state_of(L);
	int json = lua_gettop(L) + 1;
	bool is_json = option_push(L, 1, "json") != LUA_TNIL;
	bool is_text = option_push(L, 1, "text") != LUA_TNIL;

	if (is_json && is_text)
		luaL_error(L, "%s: json or text, not both", what);
	if (is_text)
		json_member_text(w, "text",
		    value_text(L, json + 1, push_name(L, what, "text"),
			ROUTE_ANSWER_MAX));
	if (!is_json)
		return;
	buf_clear(&s->scratch);
	s->scratch_writer = json_writer(&s->scratch);
	value_write(L, json, &s->scratch_writer, push_name(L, what, "json"));
	if (s->scratch.failed)
		luaL_error(L, "not enough memory");
	if (s->scratch.len > ROUTE_ANSWER_MAX)
		luaL_error(
		    L, "%s: json is over %d bytes", what, ROUTE_ANSWER_MAX);
	json_member_text(w, "json", buf_get(&s->scratch));
}

static void
write_answer(lua_State *L, const char *what, struct json_writer *w)
{
	check_options(L, 1, OPTIONS_RESPONSE);
	json_begin_object(w);
	json_member_int(
	    w, "status", option_whole(L, 1, "status", 200, 599, 200));
	if (option_push(L, 1, "headers") != LUA_TNIL)
		write_headers(L, lua_gettop(L), what, w);
	lua_settop(L, 1);
	write_answer_body(L, what, w);
	json_end_object(w);
}

void
offer_check_result(lua_State *L, const struct registered *r)
{
	static const struct {
		int type;
		const char *words;
		void (*write)(
		    lua_State *L, const char *what, struct json_writer *w);
	} results[] = {
		[REGISTERED_ACTION] = { LUA_TSTRING,
		    "nothing, or a text for the agent", write_said },
		[REGISTERED_PANEL] = { LUA_TTABLE,
		    "a list of rows: { { label =, value = } }", write_rows },
		[REGISTERED_ROUTE] = { LUA_TTABLE,
		    "an answer such as { status =, json = }", write_answer },
	};
	struct state *s = state_of(L);
	const char *what;

	lua_settop(L, 1);
	if (lua_isnil(L, 1))
		return;
	what = lua_pushfstring(
	    L, "%s.lua:%d: \"%s\"", r->file, r->line, r->name);
	if (lua_type(L, 1) != results[r->kind].type)
		luaL_error(L, "%s must return %s, not %s", what,
		    results[r->kind].words, type_words(L, 1));
	s->writer = json_writer(&s->value);
	results[r->kind].write(L, what, &s->writer);
	if (s->value.failed)
		luaL_error(L, "not enough memory");
}
