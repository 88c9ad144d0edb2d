/* core/lua/world.c - desk.test.world: the desk that a test runs on.
 *
 * The desk itself is the server's, in a temporary store with a clock that the
 * test moves. Whatever a world is told to do may change what was read, so
 * that objects look their fields up afresh afterwards.
 */
#include "config.h"
#include "core/lua/world.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/libs.h"
#include "core/lua/object.h"
#include "core/lua/register.h"
#include "core/lua/suggest.h"
#include "core/lua/value.h"

#include <string.h>

#define WORLD_TYPE "world"
#define TEXT_MAX 65536
#define URL_MAX 2000

struct world {
	uint64_t run;
	int64_t id;
};

static struct world *
check_world(lua_State *L, const char *what)
{
	struct world *world = luaL_testudata(L, 1, WORLD_TYPE);

	if (world == NULL)
		raise_type(L, 1, what, "a world (write it with a colon)");
	if (world->run != state_of(L)->run_number)
		luaL_error(L, "this world was kept from a test that is over");
	return world;
}

/* Begin a question of the world at 1. */
static struct json_writer *
begin(lua_State *L, const char *question, const char *what)
{
	struct world *world = check_world(L, what);
	struct json_writer *w;

	check_phase(L, PHASE_TEST, what);
	w = ask_begin(L, question, what);
	json_member_int(w, "world", world->id);
	return w;
}

/* Ask; from now on everything is read afresh. */
static const struct json *
end(lua_State *L)
{
	struct state *s = state_of(L);
	const struct json *answer = ask_end(L);
	int64_t now = 0;

	s->fresh++;
	s->run.known_count = 0;
	if (json_int(json_get(answer, "now"), &now))
		s->run.now_us = now * 1000000;
	return json_get(answer, "value");
}

/* A member <name> with the value of the option, if it is given. */
static void
write_option(lua_State *L, int options, struct json_writer *w, const char *name)
{
	if (option_push(L, options, name) != LUA_TNIL) {
		json_key(w, name);
		value_write(L, -1, w, name);
	}
	lua_pop(L, 1);
}

/* desk.test.world{ now =, zone =, agents =, queues =, settings = }
 *
 * A desk of its own, with the scripts under test.
 *
 * now       "2026-03-02 09:00", in the zone; the time stands until it is
 *           advanced
 * agents    { login = { name =, role =, skills =, grade =, available = } ... },
 *           or a list of logins
 * queues    a list of keys; the first one takes what names none
 * settings  { script = { name = value } }
 *
 * Since API 1. In tests.
 */
int
l_world_create(lua_State *L)
{
	static const char *const members[] = { "now", "zone", "agents",
		"queues", "settings" };
	struct json_writer *w;
	struct world *world;
	const struct json *answer;

	lua_settop(L, 1);
	check_phase(L, PHASE_TEST, "desk.test.world");
	check_options(L, 1, OPTIONS_WORLD);
	w = ask_begin(L, "world", "desk.test.world");
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		write_option(L, 1, w, members[i]);
	answer = end(L);
	world = lua_newuserdatauv(L, sizeof *world, 0);
	world->run = state_of(L)->run_number;
	world->id = 0;
	(void)json_int(answer, &world->id);
	luaL_setmetatable(L, WORLD_TYPE);
	return 1;
}

/* world:submit{ subject =, text =, email =, name =, queue = ... }: a customer
 * fills in the form; gives the ticket.
 *
 * Since API 1. In tests, as the rest of this file.
 */
int
l_world_submit(lua_State *L)
{
	static const char *const members[] = { "subject", "text", "email",
		"name", "queue", "language", "priority", "fields", "vip",
		"source" };
	struct json_writer *w;

	lua_settop(L, 2);
	check_options(L, 2, OPTIONS_SUBMIT);
	w = begin(L, "world.submit", "world:submit");
	json_key(w, "form");
	json_begin_object(w);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		write_option(L, 2, w, members[i]);
	json_end_object(w);
	object_push_record(L, OBJECT_TICKET, end(L));
	return 1;
}

/* Who acts at <index>: "customer", an agent, or a login. */
static void
write_who(lua_State *L, int index, struct json_writer *w, const char *what)
{
	if (lua_isnil(L, index))
		return;
	json_key(w, "who");
	if (lua_type(L, index) == LUA_TSTRING)
		json_put_text(w, check_text(L, index, what, 64));
	else
		object_write_id(w, object_check(L, index, OBJECT_AGENT, what));
}

/* world:reply(ticket, who, text)
 *
 * who  "customer", an agent or a login
 *
 * Since API 1.
 */
int
l_world_reply(lua_State *L)
{
	struct object *ticket;
	struct bytes text;
	struct json_writer *w;

	lua_settop(L, 4);
	ticket = object_check(L, 2, OBJECT_TICKET, "world:reply");
	text = check_text(L, 4, "world:reply: the text", TEXT_MAX);
	w = begin(L, "world.reply", "world:reply");
	json_member_int(w, "ticket", ticket->id);
	write_who(L, 3, w, "world:reply: who");
	json_member_text(w, "text", text);
	object_push_record(L, OBJECT_TICKET, end(L));
	return 1;
}

/* world:close(ticket, who)
 *
 * who  "customer", an agent or a login; the first agent if not given
 *
 * Since API 1.
 */
int
l_world_close(lua_State *L)
{
	struct object *ticket;
	struct json_writer *w;

	lua_settop(L, 3);
	ticket = object_check(L, 2, OBJECT_TICKET, "world:close");
	w = begin(L, "world.close", "world:close");
	json_member_int(w, "ticket", ticket->id);
	write_who(L, 3, w, "world:close: who");
	object_push_record(L, OBJECT_TICKET, end(L));
	return 1;
}

/* world:set(thing, fields): an admin changes a ticket, a customer, an agent, a
 * queue or an organisation; false clears a field.
 *
 * Since API 1.
 */
int
l_world_set(lua_State *L)
{
	struct object *thing;
	struct json_writer *w;

	lua_settop(L, 3);
	thing = object_any(L, 2);
	if (thing == NULL)
		raise_type(L, 2, "world:set", "a ticket, an agent ...");
	if (!lua_istable(L, 3))
		raise_type(L, 3, "world:set: the fields", "a table");
	w = begin(L, "world.set", "world:set");
	json_member_string(w, "kind", object_kind_name(thing->kind));
	json_key(w, "id");
	object_write_id(w, thing);
	json_key(w, "fields");
	value_write(L, 3, w, "world:set: fields");
	(void)end(L);
	return 0;
}

/* world:add(kind, fields): an admin adds a record, e.g. a custom field.
 *
 * Since API 1.
 */
int
l_world_add(lua_State *L)
{
	struct json_writer *w;
	struct bytes kind;

	lua_settop(L, 3);
	kind = check_text(L, 2, "world:add: the kind", 32);
	if (!lua_istable(L, 3))
		raise_type(L, 3, "world:add: the fields", "a table");
	w = begin(L, "world.add", "world:add");
	json_member_text(w, "kind", kind);
	json_key(w, "fields");
	value_write(L, 3, w, "world:add: fields");
	(void)end(L);
	return 0;
}

/* world:advance(duration): the clock moves, and what becomes due is done, in
 * its order.
 *
 * Since API 1.
 */
int
l_world_advance(lua_State *L)
{
	int64_t seconds = check_duration(L, 2, "world:advance", 1);
	struct json_writer *w = begin(L, "world.advance", "world:advance");

	json_member_int(w, "seconds", seconds);
	(void)end(L);
	return 0;
}

/* world:rate(ticket, score, comment): the customer answers the survey.
 *
 * score  1 to 5
 *
 * Since API 1.
 */
int
l_world_rate(lua_State *L)
{
	struct object *ticket;
	struct json_writer *w;
	int64_t score;

	lua_settop(L, 4);
	ticket = object_check(L, 2, OBJECT_TICKET, "world:rate");
	score = check_whole(L, 3, "world:rate: the score", 1, 5);
	w = begin(L, "world.rate", "world:rate");
	json_member_int(w, "ticket", ticket->id);
	json_member_int(w, "score", score);
	if (!lua_isnil(L, 4))
		json_member_text(w, "comment",
		    check_text(L, 4, "world:rate: the comment", TEXT_MAX));
	(void)end(L);
	return 0;
}

/* world:http(url, { status =, json = | text = }): what a web server answers
 * from now on; a test's desk reaches no other. false: nobody answers.
 *
 * status  200 if not given
 *
 * Since API 1.
 */
int
l_world_http(lua_State *L)
{
	struct json_writer *w;
	struct bytes url;

	lua_settop(L, 3);
	url = check_text(L, 2, "world:http: the url", URL_MAX);
	if (!lua_isboolean(L, 3) || lua_toboolean(L, 3))
		check_options(L, 3, OPTIONS_WORLD_HTTP);
	w = begin(L, "world.http", "world:http");
	json_member_text(w, "url", url);
	json_key(w, "answer");
	if (lua_istable(L, 3)) {
		json_begin_object(w);
		write_option(L, 3, w, "status");
		write_option(L, 3, w, "json");
		write_option(L, 3, w, "text");
		json_end_object(w);
	} else {
		json_put_bool(w, false);
	}
	(void)end(L);
	return 0;
}

/* world:action(ticket, name, who, input): an agent chooses an action.
 *
 * name   "refunds/refund"
 * who    an agent or a login; the first agent if not given
 * input  what it asks for
 *
 * Gives the ticket, and what the action said or nil; or nil and why it failed:
 * then nothing was changed.
 *
 * Since API 1.
 */
int
l_world_action(lua_State *L)
{
	struct object *ticket;
	const struct json *answer;
	struct bytes name;
	struct json_writer *w;

	lua_settop(L, 5);
	ticket = object_check(L, 2, OBJECT_TICKET, "world:action");
	name = check_text(L, 3, "world:action: the name", 200);
	w = begin(L, "world.action", "world:action");
	json_member_int(w, "ticket", ticket->id);
	json_member_text(w, "name", name);
	write_who(L, 4, w, "world:action: who");
	if (!lua_isnil(L, 5)) {
		json_key(w, "input");
		value_write(L, 5, w, "world:action: input");
	}
	answer = end(L);
	object_push_record(L, OBJECT_TICKET, json_get(answer, "ticket"));
	value_push(L, json_get(answer, "said"));
	return 2;
}

/* world:request("POST /x/sms", { query =, headers =, form = | json = | body =,
 *     sign =, address = }): a program elsewhere calls a route.
 *
 * headers  as sent, by name
 * sign     a secret: the request is signed with it as the route verifies it
 *
 * Gives { status =, json = | text =, headers = }.
 *
 * Since API 1.
 */
int
l_world_request(lua_State *L)
{
	static const char *const members[] = { "query", "headers", "form",
		"json", "body", "sign", "address" };
	struct bytes text, method;
	struct json_writer *w;

	lua_settop(L, 3);
	text = check_text(L, 2, "world:request", 300);
	check_options(L, 3, OPTIONS_WORLD_REQUEST);
	method = bytes_split(&text, ' ');
	if (text.at == NULL)
		return luaL_error(
		    L, "world:request: write it as \"POST /x/sms\"");
	w = begin(L, "world.request", "world:request");
	json_member_text(w, "method", method);
	json_member_text(w, "path", text);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		write_option(L, 3, w, members[i]);
	value_push(L, end(L));
	return 1;
}

/* world.sent, world.requests, world.failed ...: lists, asked for each time. */
static int
l_world_index(lua_State *L)
{
	struct suggestion near;
	const char *name;

	check_world(L, "world");
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
		return 1;
	name = luaL_checkstring(L, 2);
	for (const char *const *f = api_world_fields; *f != NULL; f++) {
		if (strcmp(*f, name) != 0)
			continue;
		begin(L, lua_pushfstring(L, "world.%s", name), "world");
		value_push(L, end(L));
		return 1;
	}
	near = suggest(name);
	for (const char *const *f = api_world_fields; *f != NULL; f++)
		suggest_try(&near, *f);
	for (const luaL_Reg *m = api_world; m->name != NULL; m++)
		suggest_try(&near, m->name);
	return luaL_error(
	    L, "a world has no \"%s\"%s", name, suggest_push(L, &near));
}

void
world_open(lua_State *L)
{
	luaL_newmetatable(L, WORLD_TYPE);
	lua_newtable(L);
	luaL_setfuncs(L, api_world, 0);
	lua_pushcclosure(L, l_world_index, 1);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
}

/* ------------------------------------------- globals of test files */

/* describe(name, function): names the tests within.
 *
 * Since API 1. At a test file's top level.
 */
int
l_describe(lua_State *L)
{
	struct state *s = state_of(L);
	struct bytes name;
	size_t before;

	check_phase(L, PHASE_LOAD, "describe");
	name = check_text(L, 1, "describe: the name", 100);
	luaL_checktype(L, 2, LUA_TFUNCTION);
	before = s->loader->prefix.len;
	buf_bytes(&s->loader->prefix, name);
	buf_text(&s->loader->prefix, ": ");
	lua_settop(L, 2);
	lua_call(L, 0, 0);
	s->loader->prefix.len = before;
	return 0;
}

/* it(name, function): a test.
 *
 * Since API 1. At a test file's top level, or in describe().
 */
int
l_it(lua_State *L)
{
	struct state *s = state_of(L);
	struct bytes name;

	check_phase(L, PHASE_LOAD, "it");
	name = check_text(L, 1, "it: the name", 200);
	lua_pushlstring(L, s->loader->prefix.at, s->loader->prefix.len);
	lua_pushlstring(L, name.at, name.len);
	lua_concat(L, 2);
	name.at = lua_tolstring(L, -1, &name.len);
	(void)registry_add(L, 2, REGISTERED_TEST, name);
	return 0;
}

/* equal(got, want, what): raises, showing both, unless they are the same.
 *
 * Since API 1. In test files.
 */
int
l_equal(lua_State *L)
{
	const char *what = luaL_optstring(L, 3, "value");

	lua_settop(L, 3);
	if (lua_compare(L, 1, 2, LUA_OPEQ))
		return 0;
	return luaL_error(L, "%s is %s, not %s", what, libs_tostring(L, 1),
	    libs_tostring(L, 2));
}
