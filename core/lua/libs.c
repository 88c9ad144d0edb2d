/* core/lua/libs.c - what scripts find: Lua's libraries, cut down, and desk.
 *
 * From an empty table: what is not named here does not exist. The tables that
 * hold the functions are reached only through empty ones in front of them, so
 * that no file can change what another one calls.
 */
#include "config.h"
#include "core/lua/libs.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"
#include "core/lua/api.h"
#include "core/lua/check.h"
#include "core/lua/event.h"
#include "core/lua/object.h"
#include "core/lua/register.h"
#include "core/lua/hint.h"
#include "core/lua/suggest.h"
#include "core/lua/world.h"

#include <lualib.h>
#include <string.h>

/* Keys in Lua's registry. */
#define SHARED "hookdesk.shared"
#define SHARED_TESTS "hookdesk.shared.tests"

struct library {
	const char *name; /* NULL: its functions are globals */
	lua_CFunction open;
	const char *functions; /* taken as they are */
};

static const struct library libraries[] = {
	{ NULL, luaopen_base,
	    "assert error ipairs next pairs pcall rawequal rawget rawlen "
	    "select tonumber type xpcall getmetatable" },
	{ "string", luaopen_string,
	    "byte char find gmatch gsub len lower match pack packsize rep "
	    "reverse sub unpack upper format" },
	{ "table", luaopen_table,
	    "concat insert move pack remove sort unpack" },
	{ "math", luaopen_math,
	    "abs acos asin atan ceil cos deg exp floor fmod huge log max "
	    "maxinteger min mininteger modf pi rad random randomseed sin sqrt "
	    "tan tointeger type ult" },
	{ "utf8", luaopen_utf8, "char charpattern codepoint codes len offset" },
	{ "coroutine", luaopen_coroutine,
	    "close create isyieldable resume running status wrap yield" },
	{ "os", luaopen_os, "clock difftime date time" },
};

/* ------------------------------------------------ functions of our own */

const char *
libs_tostring(lua_State *L, int index)
{
	index = lua_absindex(L, index);
	if (luaL_callmeta(L, index, "__tostring")) {
		if (!lua_isstring(L, -1))
			luaL_error(L, "__tostring must return text");
		return lua_tostring(L, -1);
	}
	switch (lua_type(L, index)) {
	case LUA_TNUMBER:
	case LUA_TSTRING:
	case LUA_TBOOLEAN:
	case LUA_TNIL: return luaL_tolstring(L, index, NULL);
	default: return lua_pushstring(L, luaL_typename(L, index));
	}
}

static int
l_tostring(lua_State *L)
{
	luaL_checkany(L, 1);
	libs_tostring(L, 1);
	return 1;
}

/* print(...): into the trace of the run. */
static int
l_print(lua_State *L)
{
	struct state *s = state_of(L);
	int count = lua_gettop(L);
	struct json_writer w;
	luaL_Buffer line;
	struct bytes text;

	luaL_buffinit(L, &line);
	for (int i = 1; i <= count; i++) {
		if (i > 1)
			luaL_addchar(&line, '\t');
		libs_tostring(L, i);
		luaL_addvalue(&line);
	}
	luaL_pushresult(&line);
	if (s->print.len > SCRIPT_PRINT_MAX)
		return 0;
	text.at = lua_tolstring(L, -1, &text.len);
	if (text.len > SCRIPT_PRINT_MAX)
		text = utf8_cut(text, SCRIPT_PRINT_MAX);
	if (s->print.len > 0)
		buf_char(&s->print, ',');
	w = json_writer(&s->print);
	json_put_text(&w, text);
	return 0;
}

/* __gc would run between the lines of other files. */
static int
l_setmetatable(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_argexpected(
	    L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		return luaL_error(L, "this metatable is protected");
	lua_settop(L, 2);
	if (lua_istable(L, 2)) {
		lua_pushliteral(L, "__gc");
		if (lua_rawget(L, 2) != LUA_TNIL)
			return luaL_error(L, "__gc: not for scripts");
		lua_settop(L, 2);
	}
	lua_setmetatable(L, 1);
	return 1;
}

static int
l_rawset(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_checkany(L, 2);
	luaL_checkany(L, 3);
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		return luaL_error(L, "this table is protected");
	lua_settop(L, 3);
	lua_rawset(L, 1);
	return 1;
}

static int
l_collectgarbage(lua_State *L)
{
	if (strcmp(luaL_checkstring(L, 1), "count") != 0)
		return luaL_error(L, "collectgarbage: only \"count\"");
	lua_pushnumber(L, (lua_Number)state_of(L)->memory / 1024.0);
	return 1;
}

/* string.format, upvalue 1, without addresses: what %s shows is made text by
 * us, and %p is none of it. */
static int
l_format(lua_State *L)
{
	const char *at = luaL_checkstring(L, 1);
	int top = lua_gettop(L), arg = 1;

	while ((at = strchr(at, '%')) != NULL) {
		at++;
		if (*at == '%') {
			at++;
			continue;
		}
		at += strspn(at, "-+ #0123456789.");
		if (*at == 'p')
			return luaL_error(L,
			    "string.format: %%p shows an "
			    "address");
		if (++arg > top)
			break;
		if (*at == 's' && lua_type(L, arg) != LUA_TSTRING) {
			libs_tostring(L, arg);
			lua_replace(L, arg);
		}
	}
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, top, 1);
	return 1;
}

/* os.time and os.date, upvalue 1, by the server's clock: at <index> stands
 * the time, or what is made one. */
static void
default_time(lua_State *L, int index)
{
	lua_settop(L, index);
	if (lua_isnil(L, index)) {
		lua_pushinteger(L, state_of(L)->run.now_us / 1000000);
		lua_replace(L, index);
	}
}

static int
l_time(lua_State *L)
{
	default_time(L, 1);
	if (lua_type(L, 1) == LUA_TNUMBER)
		return 1;
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, 1, 1);
	return 1;
}

static int
l_date(lua_State *L)
{
	default_time(L, 2);
	if (lua_isnil(L, 1)) {
		lua_pushliteral(L, "%c");
		lua_replace(L, 1);
	}
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, 2, 1);
	return 1;
}

/* ------------------------------------------------------------- tables */

static int
l_read_only(lua_State *L)
{
	const char *table = lua_tostring(L, lua_upvalueindex(1));

	if (strcmp(table, "desk.store") == 0)
		return luaL_error(L,
		    "desk.store keeps values by a function: write "
		    "desk.store:set(\"%s\", value)",
		    lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "key");
	return luaL_error(L, "%s is read-only", table);
}

/* Replace the table on top of the stack by an empty one in front of it. */
static void
put_front(lua_State *L, const char *name)
{
	lua_newtable(L);
	lua_createtable(L, 0, 3);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushstring(L, name);
	lua_pushcclosure(L, l_read_only, 1);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_replace(L, -2);
}

/* What it is called here, or what is spelt like it. */
static const char *
hint_or(lua_State *L, const char *where, const char *name,
    const struct suggestion *near)
{
	const char *hint = hint_push(L, where, name);

	return *hint != '\0' ? hint : suggest_push(L, near);
}

/* Upvalues: the name of the table, and the table itself. */
static int
l_no_such(lua_State *L)
{
	struct suggestion near;
	const char *name;

	if (lua_type(L, 2) != LUA_TSTRING)
		return 0;
	name = lua_tostring(L, 2);
	if (strcmp(lua_tostring(L, lua_upvalueindex(1)), "desk.store") == 0)
		return luaL_error(L,
		    "there is no desk.store.%s: write desk.store:get(\"%s\")",
		    name, name);
	near = suggest(name);
	lua_pushnil(L);
	while (lua_next(L, lua_upvalueindex(2)) != 0) {
		suggest_try(&near, lua_tostring(L, -2));
		lua_pop(L, 1);
	}
	return luaL_error(L, "there is no %s.%s%s",
	    lua_tostring(L, lua_upvalueindex(1)), name,
	    hint_or(L, lua_tostring(L, lua_upvalueindex(1)), name, &near));
}

/* Reading what the table on top of the stack has not raises. */
static void
make_strict(lua_State *L, const char *name)
{
	lua_newtable(L);
	lua_pushstring(L, name);
	lua_pushvalue(L, -3);
	lua_pushcclosure(L, l_no_such, 2);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
}

/* Copy the functions named from the table on top of the stack into <to>. */
static void
take(lua_State *L, int to, const char *names)
{
	struct bytes rest = bytes_of(names);

	while (rest.at != NULL) {
		struct bytes name = bytes_split(&rest, ' ');

		lua_pushlstring(L, name.at, name.len);
		lua_pushvalue(L, -1);
		lua_gettable(L, -3);
		lua_settable(L, to);
	}
}

/* Wrap <name> of the table at <to> in <function>, which finds the old one as
 * its upvalue. */
static void
wrap(lua_State *L, int to, const char *name, lua_CFunction function)
{
	lua_getfield(L, to, name);
	lua_pushcclosure(L, function, 1);
	lua_setfield(L, to, name);
}

/* ipairs and pairs: upvalues are the old function and its name. */
static int
l_walk(lua_State *L)
{
	const char *name = lua_tostring(L, lua_upvalueindex(2));

	if (lua_isfunction(L, 1))
		return luaL_error(L,
		    "%s walks lists; what desk.tickets{} and ticket:similar{} "
		    "give is walked without: for ticket in desk.tickets { ... "
		    "} do",
		    name);
	if (!lua_istable(L, 1))
		raise_type(L, 1, name, "given a list");
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	return lua_gettop(L);
}

static void
wrap_walk(lua_State *L, int to, const char *name)
{
	lua_getfield(L, to, name);
	lua_pushstring(L, name);
	lua_pushcclosure(L, l_walk, 2);
	lua_setfield(L, to, name);
}

/* Methods of texts, ("x"):upper(), without a way to the table behind. */
static void
lock_strings(lua_State *L, int library)
{
	lua_pushliteral(L, "");
	if (!lua_getmetatable(L, -1))
		lua_newtable(L);
	lua_pushvalue(L, library);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}

static void
open_library(lua_State *L, int shared, const struct library *library)
{
	int to = shared;

	if (library->name != NULL) {
		lua_newtable(L);
		to = lua_gettop(L);
	}
	lua_pushcfunction(L, library->open);
	lua_call(L, 0, 1);
	take(L, to, library->functions);
	lua_pop(L, 1);
	if (library->name == NULL)
		return;
	if (library->open == luaopen_string) {
		wrap(L, to, "format", l_format);
		lock_strings(L, to);
	}
	if (library->open == luaopen_os) {
		wrap(L, to, "time", l_time);
		wrap(L, to, "date", l_date);
	}
	make_strict(L, library->name);
	put_front(L, library->name);
	lua_setfield(L, shared, library->name);
}

/* A table of functions, strict and read-only, as a field of that at <to>. */
static void
add_table(lua_State *L, int to, const char *name, const char *full,
    const luaL_Reg *functions)
{
	lua_newtable(L);
	luaL_setfuncs(L, functions, 0);
	make_strict(L, full);
	put_front(L, full);
	lua_setfield(L, to, name);
}

static void
open_desk(lua_State *L, int shared)
{
	static const luaL_Reg test[] = {
		{ "world", l_world_create },
		{ NULL, NULL },
	};
	int desk;

	lua_newtable(L);
	desk = lua_gettop(L);
	luaL_setfuncs(L, api_desk, 0);
	add_table(L, desk, "store", "desk.store", api_store);
	add_table(L, desk, "json", "desk.json", api_json);
	add_table(L, desk, "test", "desk.test", test);
	make_strict(L, "desk");
	put_front(L, "desk");
	lua_setfield(L, shared, "desk");
}

/* Upvalue: the table of globals. */
static int
l_no_global(lua_State *L)
{
	struct suggestion near;
	const char *name;

	if (lua_type(L, 2) != LUA_TSTRING)
		return 0;
	name = lua_tostring(L, 2);
	near = suggest(name);
	lua_pushnil(L);
	while (lua_next(L, lua_upvalueindex(1)) != 0) {
		suggest_try(&near, lua_tostring(L, -2));
		lua_pop(L, 1);
	}
	return luaL_error(
	    L, "there is no \"%s\"%s", name, hint_or(L, "", name, &near));
}

/* What test files find besides: in front of what all find. */
static void
open_tests(lua_State *L, int shared)
{
	lua_newtable(L);
	luaL_setfuncs(L, api_test, 0);
	lua_createtable(L, 0, 1);
	lua_pushvalue(L, shared);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
	lua_setfield(L, LUA_REGISTRYINDEX, SHARED_TESTS);
}

void
libs_open(lua_State *L)
{
	static const luaL_Reg own[] = {
		{ "tostring", l_tostring },
		{ "print", l_print },
		{ "setmetatable", l_setmetatable },
		{ "rawset", l_rawset },
		{ "collectgarbage", l_collectgarbage },
		{ NULL, NULL },
	};
	int shared;

	lua_newtable(L);
	shared = lua_gettop(L);
	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
		open_library(L, shared, &libraries[i]);
	luaL_setfuncs(L, own, 0);
	wrap_walk(L, shared, "ipairs");
	wrap_walk(L, shared, "pairs");
	open_desk(L, shared);
	open_tests(L, shared);
	lua_createtable(L, 0, 1);
	lua_pushvalue(L, shared);
	lua_pushcclosure(L, l_no_global, 1);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, shared);
	lua_setfield(L, LUA_REGISTRYINDEX, SHARED);

	/* What luaopen_base() filled, with load and dofile in it. */
	lua_newtable(L);
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_pushnil(L);
	lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
	object_open(L);
	event_open(L);
	world_open(L);
	lua_settop(L, 0);
}

/* -------------------------------------------------------- environments */

/* `replaces = "routing"` at the top level of a copy of a shipped script is
 * the one global that may be assigned. */
static int
l_new_global(lua_State *L)
{
	struct state *s = state_of(L);

	if (s->run.phase == PHASE_LOAD && lua_type(L, 2) == LUA_TSTRING &&
	    strcmp(lua_tostring(L, 2), "replaces") == 0) {
		struct bytes name = check_text(L, 3, "replaces", 100);

		s->loader->replaces = arena_copy(s->arena, name.at, name.len);
		if (s->loader->replaces == NULL)
			return luaL_error(L, "not enough memory");
		return 0;
	}
	return luaL_error(L, "assigning a global: write \"local %s\"",
	    lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "...");
}

void
libs_push_environment(lua_State *L, bool is_test)
{
	lua_newtable(L);
	lua_createtable(L, 0, 3);
	lua_getfield(L, LUA_REGISTRYINDEX, is_test ? SHARED_TESTS : SHARED);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, l_new_global);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
}

/* Raw: what is not there must not raise. */
static bool
has_raw(lua_State *L, const char *table, const char *name)
{
	bool has;

	lua_getfield(L, LUA_REGISTRYINDEX, table);
	lua_pushstring(L, name);
	has = lua_rawget(L, -2) != LUA_TNIL;
	lua_pop(L, 2);
	return has;
}

bool
libs_has(lua_State *L, const char *name, bool is_test)
{
	return has_raw(L, SHARED, name) ||
	    (is_test && has_raw(L, SHARED_TESTS, name));
}

void
libs_check_member(lua_State *L, const char *table, const char *name)
{
	lua_getfield(L, LUA_REGISTRYINDEX, SHARED);
	lua_pushstring(L, table);
	if (lua_rawget(L, -2) == LUA_TTABLE) {
		(void)lua_getfield(L, -1, name); /* raises if it has none */
		lua_pop(L, 1);
	}
	lua_pop(L, 2);
}

const char *
libs_suggest(lua_State *L, const char *name)
{
	struct suggestion near = suggest(name);

	lua_getfield(L, LUA_REGISTRYINDEX, SHARED);
	for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1))
		suggest_try(&near, lua_tostring(L, -2));
	return hint_or(L, "", name, &near);
}
