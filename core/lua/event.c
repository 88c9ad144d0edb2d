/* core/lua/event.c - the event that a handler is given, and a job's job. */
#include "config.h"
#include "core/lua/event.h"
#include "core/lua/api.h"
#include "core/lua/check.h"
#include "core/lua/object.h"
#include "core/lua/suggest.h"
#include "core/lua/value.h"
#include "core/lua/wish.h"

#include <math.h>
#include <string.h>

#define SCORE_MAX 1000
#define EVENT_TYPE "event"

static const char verdict_mark; /* its address is what handlers return */

bool
is_verdict(lua_State *L, int index)
{
	return lua_touserdata(L, index) == &verdict_mark;
}

static uint64_t *
check_event(lua_State *L, const char *what)
{
	uint64_t *run = luaL_testudata(L, 1, EVENT_TYPE);

	if (run == NULL)
		raise_type(L, 1, what, "an event (write it with a colon)");
	if (*run != state_of(L)->run_number)
		luaL_error(L, "this event was kept from a run that is over");
	return run;
}

/* Begin a verdict; the writer is inside an object of its members. */
static struct json_writer *
verdict_begin(lua_State *L, const char *name, unsigned may)
{
	struct state *s = state_of(L);
	const char *what = lua_pushfstring(L, "event:%s", name);
	const struct hook_point *point;

	check_event(L, what);
	point = &hook_points[s->run.hook];
	if (point->kind == HOOK_AFTER && may != 0)
		luaL_error(
		    L, "%s: \"%s\" has happened already", what, point->name);
	if ((point->may & may) != may)
		luaL_error(L, "%s: not in \"%s\"%s", what, point->name,
		    may == MAY_CHOOSE ? ", where there is nothing to choose" :
					"");
	if (s->run.verdict != NULL)
		luaL_error(L, "%s after event:%s", what, s->run.verdict);
	buf_clear(&s->verdict);
	s->writer = json_writer(&s->verdict);
	json_begin_object(&s->writer);
	return &s->writer;
}

static int
verdict_end(lua_State *L, const char *name)
{
	struct state *s = state_of(L);

	json_end_object(&s->writer);
	if (s->verdict.failed)
		return luaL_error(L, "not enough memory");
	s->run.verdict = name;
	lua_pushlightuserdata(L, (void *)(uintptr_t)&verdict_mark);
	return 1;
}

/* return event:deny{ message =, field =, code = }
 *
 * message  what the customer or agent reads, 1 to 400 bytes
 * field    the form's field that it is about
 * code     for programs
 *
 * Since API 1. In -ing handlers whose hook may be refused.
 */
int
l_event_deny(lua_State *L)
{
	static const char *const members[] = { "message", "field", "code" };
	struct json_writer *w;

	lua_settop(L, 2);
	check_options(L, 2, OPTIONS_DENY);
	w = verdict_begin(L, "deny", MAY_DENY);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		struct bytes text = option_text(L, 2, members[i], WHY_MAX);

		if (text.at != NULL)
			json_member_text(w, members[i], text);
		else if (i == 0)
			return luaL_error(L,
			    "event:deny: a message is "
			    "needed: somebody will read it");
	}
	return verdict_end(L, "deny");
}

static void
write_choice(lua_State *L, struct json_writer *w, const char *chooses)
{
	struct bytes rest = bytes_of(chooses), word;

	if (strcmp(chooses, "queue") == 0) {
		word = check_key_text(L, 2, "event:choose: the queue");
		check_key(L, "event:choose", "queue", word.at);
		json_put_text(w, word);
	} else if (strcmp(chooses, "agent") == 0) {
		object_write_id(w,
		    object_check(
			L, 2, OBJECT_AGENT, "event:choose: the agent"));
	} else if (strcmp(chooses, "article") == 0) {
		object_write_id(w,
		    object_check(
			L, 2, OBJECT_ARTICLE, "event:choose: the article"));
	} else if (strcmp(chooses, "tier") == 0) {
		json_put_text(
		    w, check_key_text(L, 2, "event:choose: the tier"));
	} else if (strcmp(chooses, "score") == 0) {
		json_put_int(w,
		    check_whole(L, 2, "event:choose: the score", 0, SCORE_MAX));
	} else {
		word = check_text(L, 2, "event:choose: the word", 64);
		while (rest.at != NULL)
			if (bytes_equal(bytes_split(&rest, '|'), word)) {
				json_put_text(w, word);
				return;
			}
		luaL_error(
		    L, "event:choose: one of %s, not \"%s\"", chooses, word.at);
	}
}

/* return event:choose(value, why)
 *
 * value  a queue's key, an agent, an article, a tier, a score or a word, as the
 *        hook asks
 * why    shown in the history
 *
 * The first choice ends the hook.
 *
 * Since API 1. In -ing handlers whose hook asks for a choice.
 */
int
l_event_choose(lua_State *L)
{
	struct state *s = state_of(L);
	struct json_writer *w;

	lua_settop(L, 3);
	w = verdict_begin(L, "choose", MAY_CHOOSE);
	json_key(w, "value");
	write_choice(L, w, hook_points[s->run.hook].chooses);
	wish_why(L, 3, w);
	return verdict_end(L, "choose");
}

/* return event:stop(why): later handlers of this hook are skipped, but not
 * required ones.
 *
 * Since API 1. In handlers.
 */
int
l_event_stop(lua_State *L)
{
	struct json_writer *w;

	lua_settop(L, 2);
	w = verdict_begin(L, "stop", 0);
	wish_why(L, 2, w);
	return verdict_end(L, "stop");
}

/* ------------------------------------------------------------- fields */

static const struct event_part *
part_named(const char *name)
{
	for (const struct event_part *p = event_parts; p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

/* event.changes: by field, from and to; a misspelt field raises. */
static void
push_changes(lua_State *L, const struct json *changes)
{
	struct state *s = state_of(L);
	enum object_kind kind = OBJECT_TICKET;

	if (hook_holds(s->run.hook, BYTES("customer")))
		kind = OBJECT_CUSTOMER;
	if (hook_holds(s->run.hook, BYTES("agent")) &&
	    !hook_holds(s->run.hook, BYTES("ticket")))
		kind = OBJECT_AGENT;
	value_push(L, changes);
	if (lua_isnil(L, -1)) {
		lua_pop(L, 1);
		lua_newtable(L);
	}
	value_freeze(L, lua_gettop(L), "event.changes", s->kinds[kind].names);
}

static void
push_part(lua_State *L, const char *name, const struct json *json)
{
	const struct event_part *part = part_named(name);
	int table;

	if (strcmp(name, "changes") == 0) {
		push_changes(L, json);
		return;
	}
	value_push(L, json);
	if (!lua_istable(L, -1))
		return;
	table = lua_gettop(L);
	value_freeze(L, table, lua_pushfstring(L, "event.%s", name),
	    part != NULL ? part->fields : "kind name script");
	lua_settop(L, table);
}

/* event.customer: of the event, else the ticket's. */
static void
push_customer(lua_State *L)
{
	struct state *s = state_of(L);
	const struct json *body = s->run.body;

	if (json_get(body, "customer") != NULL)
		object_push_record(
		    L, OBJECT_CUSTOMER, json_get(body, "customer"));
	else
		object_push_ref(L, OBJECT_CUSTOMER,
		    json_get(json_get(body, "ticket"), "customer"));
}

static bool
is_always_there(const char *name)
{
	static const char always[] = "hook id at source actor cause";

	return has_name(always, name);
}

/* A ticket has it, and the hook brings one. */
static bool
is_of_ticket(lua_State *L, const char *name)
{
	struct state *s = state_of(L);

	if (!hook_holds(s->run.hook, BYTES("ticket")))
		return false;
	for (const luaL_Reg *m = api_methods[OBJECT_TICKET]; m->name != NULL;
	     m++)
		if (strcmp(m->name, name) == 0)
			return true;
	return site_field(s, OBJECT_TICKET, name) != NULL;
}

static int
l_event_index(lua_State *L)
{
	struct state *s = state_of(L);
	const char *name, *hook, *known = NULL;
	enum object_kind kind;
	struct suggestion near;

	check_event(L, "event");
	if (lua_type(L, 2) != LUA_TSTRING)
		return luaL_error(L, "an event has fields by name");
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
		return 1;
	name = lua_tostring(L, 2);
	hook = hook_points[s->run.hook].name;
	for (const char *const *f = api_event_fields; *f != NULL; f++)
		if (strcmp(*f, name) == 0)
			known = *f;
	if (known == NULL) {
		near = suggest(name);
		for (const char *const *f = api_event_fields; *f != NULL; f++)
			suggest_try(&near, *f);
		return luaL_error(L, "an event has no \"%s\"%s", name,
		    is_of_ticket(L, name) ?
			lua_pushfstring(L, ": write event.ticket.%s", name) :
			suggest_push(L, &near));
	}
	if (strcmp(name, "hook") == 0) {
		lua_pushstring(L, hook);
		return 1;
	}
	if (!is_always_there(name) &&
	    !hook_holds(s->run.hook, bytes_of(name)) &&
	    !(strcmp(name, "customer") == 0 &&
		hook_holds(s->run.hook, BYTES("ticket"))))
		return luaL_error(L, "\"%s\" has no event.%s", hook, name);
	kind = object_kind_named(name);
	if (kind == OBJECT_CUSTOMER)
		push_customer(L);
	else if (kind != OBJECT__COUNT)
		object_push_record(L, kind, json_get(s->run.body, name));
	else
		push_part(
		    L, name, json_get(json_get(s->run.body, "event"), name));
	return 1;
}

static int
l_event_newindex(lua_State *L)
{
	return luaL_error(L, "an event is read-only");
}

static int
l_event_tostring(lua_State *L)
{
	check_event(L, "event");
	lua_pushfstring(L, "event %s", hook_points[state_of(L)->run.hook].name);
	return 1;
}

void
event_open(lua_State *L)
{
	luaL_newmetatable(L, EVENT_TYPE);
	lua_newtable(L);
	luaL_setfuncs(L, api_event, 0);
	lua_pushcclosure(L, l_event_index, 1);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, l_event_newindex);
	lua_setfield(L, -2, "__newindex");
	lua_pushcfunction(L, l_event_tostring);
	lua_setfield(L, -2, "__tostring");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
}

void
event_push(lua_State *L)
{
	uint64_t *run = lua_newuserdatauv(L, sizeof *run, 0);

	*run = state_of(L)->run_number;
	luaL_setmetatable(L, EVENT_TYPE);
}

/* job.answer.json, of the table of the job on top of the stack. */
static void
push_json_of(lua_State *L, const struct json *answer)
{
	const struct json *json = NULL;

	if (answer == NULL ||
	    json_parse(state_of(L)->arena, json_text(json_get(answer, "text")),
		JSON_BYTES_MAX, &json, NULL) != ERR_OK)
		return;
	lua_getfield(L, -1, "answer");
	value_push(L, json);
	lua_setfield(L, -2, "json");
	lua_pop(L, 1);
}

void
job_push(lua_State *L, const char *name)
{
	const struct json *job = json_get(state_of(L)->run.body, "job");

	value_push(L, job);
	if (!lua_istable(L, -1)) {
		lua_pop(L, 1);
		lua_newtable(L);
	}
	push_json_of(L, json_get(job, "answer"));
	lua_pushstring(L, name);
	lua_setfield(L, -2, "name");
	value_freeze(L, lua_gettop(L), "job", "name data due answer");
}
