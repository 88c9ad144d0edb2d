/* core/lua/value.c - any JSON value as a Lua value, and back. */
#include "config.h"
#include "core/lua/value.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"
#include "core/lua/check.h"
#include "core/lua/object.h"

#include <math.h>

void
value_push(lua_State *L, const struct json *json)
{
	bool is = false;
	int64_t whole;
	double number = 0;
	struct bytes text;

	luaL_checkstack(L, 4, "too deep");
	switch (json_type(json)) {
	case JSON_BOOL:
		(void)json_bool(json, &is);
		lua_pushboolean(L, is);
		return;
	case JSON_NUMBER:
		if (json_int(json, &whole)) {
			lua_pushinteger(L, whole);
		} else {
			(void)json_number(json, &number);
			lua_pushnumber(L, number);
		}
		return;
	case JSON_TEXT:
		text = json_text(json);
		lua_pushlstring(L, text.at, text.len);
		return;
	case JSON_LIST:
	case JSON_OBJECT: break;
	default: lua_pushnil(L); return;
	}
	lua_createtable(L, 0, 0);
	whole = 0;
	for (const struct json *i = json_first(json); i != NULL;
	     i = json_next(i)) {
		value_push(L, i);
		if (json_type(json) == JSON_LIST)
			lua_rawseti(L, -2, ++whole);
		else
			lua_setfield(L, -2, json_name(i));
	}
}

static void write_any(lua_State *L, int index, struct json_writer *w,
    const char *what, int depth);

static void
write_text(lua_State *L, int index, struct json_writer *w, const char *what)
{
	struct bytes text;

	text.at = lua_tolstring(L, index, &text.len);
	if (!utf8_is_valid(text) || bytes_has(text, '\0'))
		luaL_error(L, "%s: a text is not UTF-8", what);
	json_put_text(w, text);
}

static void
write_number(lua_State *L, int index, struct json_writer *w, const char *what)
{
	lua_Number n = lua_tonumber(L, index);
	lua_Integer whole;

	if (!isfinite(n))
		luaL_error(L, "%s: a number is not finite", what);
	if (lua_isinteger(L, index)) {
		whole = lua_tointeger(L, index);
		if (whole > JSON_INT_MAX || whole < -JSON_INT_MAX)
			luaL_error(L, "%s: a number is over 2^53", what);
		json_put_int(w, whole);
	} else {
		json_put_number(w, n);
	}
}

static void
write_object(lua_State *L, int index, struct json_writer *w, const char *what)
{
	struct object *object = object_any(L, index);

	if (object == NULL)
		luaL_error(
		    L, "%s: %s cannot be kept", what, type_words(L, index));
	json_begin_object(w);
	json_member_string(w, "kind", object_kind_name(object->kind));
	json_key(w, "id");
	object_write_id(w, object);
	json_end_object(w);
}

static int l_frozen_pairs(lua_State *L);

/* Put the table that a frozen view shows in the place of that on the top. */
static void
look_behind(lua_State *L)
{
	int top = lua_gettop(L);

	if (luaL_getmetafield(L, top, "__pairs") == LUA_TNIL)
		return;
	if (lua_tocfunction(L, -1) == l_frozen_pairs &&
	    lua_getupvalue(L, -1, 1) != NULL)
		lua_replace(L, top);
	lua_settop(L, top);
}

/* A table is a list if its length says so; anything beside the items is an
 * error rather than lost. */
static void
write_table(
    lua_State *L, int index, struct json_writer *w, const char *what, int depth)
{
	int top = lua_gettop(L);
	lua_Integer len, seen = 0;

	if (depth >= WIRE_DEPTH_MAX - 8)
		luaL_error(L, "%s is too deep, or holds itself", what);
	luaL_checkstack(L, 8, "too deep");
	lua_pushvalue(L, index);
	look_behind(L);
	index = top + 1;
	len = luaL_len(L, index);
	if (len > 0) {
		json_begin_list(w);
		for (lua_Integer i = 1; i <= len; i++) {
			lua_geti(L, index, i);
			write_any(L, lua_gettop(L), w, what, depth + 1);
			lua_pop(L, 1);
		}
		json_end_list(w);
		for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1))
			seen++;
		if (seen > len)
			luaL_error(L,
			    "%s: a table is either a list or has "
			    "names, not both",
			    what);
		lua_settop(L, top);
		return;
	}
	json_begin_object(w);
	lua_pushnil(L);
	while (lua_next(L, index) != 0) {
		struct bytes name = { NULL, 0 };

		if (lua_type(L, -2) != LUA_TSTRING)
			luaL_error(L, "%s: a table's name is %s, not text",
			    what, type_words(L, -2));
		name.at = lua_tolstring(L, -2, &name.len);
		if (!utf8_is_valid(name) || bytes_has(name, '\0'))
			luaL_error(L, "%s: a name is not UTF-8", what);
		json_key_bytes(w, name);
		write_any(L, lua_gettop(L), w, what, depth + 1);
		lua_pop(L, 1);
	}
	json_end_object(w);
	lua_settop(L, top);
}

static void
write_any(
    lua_State *L, int index, struct json_writer *w, const char *what, int depth)
{
	switch (lua_type(L, index)) {
	case LUA_TNIL: json_put_null(w); return;
	case LUA_TBOOLEAN: json_put_bool(w, lua_toboolean(L, index)); return;
	case LUA_TNUMBER: write_number(L, index, w, what); return;
	case LUA_TSTRING: write_text(L, index, w, what); return;
	case LUA_TTABLE: write_table(L, index, w, what, depth); return;
	default: write_object(L, index, w, what);
	}
}

void
value_write(lua_State *L, int index, struct json_writer *w, const char *what)
{
	size_t start = w->buf->len;

	write_any(L, lua_absindex(L, index), w, what, 0);
	if (w->buf->failed)
		luaL_error(L, "%s: not enough memory", what);
	if (w->buf->len - start > VALUE_BYTES_MAX)
		luaL_error(L, "%s is over %d bytes", what, VALUE_BYTES_MAX);
}

/* ------------------------------------------------------ frozen tables */

/* Upvalues of these: the table behind, its name, the names it may have. */

static int
l_frozen_index(lua_State *L)
{
	const char *names = lua_tostring(L, lua_upvalueindex(3));

	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL || names == NULL ||
	    lua_type(L, 2) != LUA_TSTRING ||
	    has_name(names, lua_tostring(L, 2)))
		return 1;
	return luaL_error(L, "%s has no \"%s\"%s",
	    lua_tostring(L, lua_upvalueindex(2)), lua_tostring(L, 2),
	    suggest_name(L, names, lua_tostring(L, 2)));
}

static int
l_frozen_newindex(lua_State *L)
{
	return luaL_error(
	    L, "%s is read-only", lua_tostring(L, lua_upvalueindex(2)));
}

static int
l_frozen_len(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)lua_rawlen(L, lua_upvalueindex(1)));
	return 1;
}

static int
l_frozen_next(lua_State *L)
{
	lua_settop(L, 2);
	if (lua_next(L, lua_upvalueindex(1)) != 0)
		return 2;
	lua_pushnil(L);
	return 1;
}

static int
l_frozen_pairs(lua_State *L)
{
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushcclosure(L, l_frozen_next, 1);
	lua_pushvalue(L, 1);
	return 2;
}

/* Put a frozen view of the table at <table> on the stack. */
static void
push_view(lua_State *L, int table, const char *what, const char *names)
{
	static const luaL_Reg methods[] = {
		{ "__index", l_frozen_index },
		{ "__newindex", l_frozen_newindex },
		{ "__len", l_frozen_len },
		{ "__pairs", l_frozen_pairs },
		{ NULL, NULL },
	};

	lua_createtable(L, 0, 0);
	lua_createtable(L, 0, 5);
	for (const luaL_Reg *m = methods; m->name != NULL; m++) {
		lua_pushvalue(L, table);
		lua_pushstring(L, what);
		lua_pushstring(L, names);
		lua_pushcclosure(L, m->func, 3);
		lua_setfield(L, -2, m->name);
	}
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
}

void
value_freeze(lua_State *L, int table, const char *what, const char *names)
{
	luaL_checkstack(L, 10, "too deep");
	lua_pushnil(L);
	while (lua_next(L, table) != 0) {
		if (lua_istable(L, -1)) {
			value_freeze(L, lua_gettop(L), what, NULL);
			lua_pushvalue(L, -2);
			lua_insert(L, -2);
			lua_rawset(L, table); /* of a name that is there */
		} else {
			lua_pop(L, 1);
		}
	}
	push_view(L, table, what, names);
	lua_replace(L, table);
}

/* --------------------------------------------------------- desk.json */

/* desk.json.encode(value)
 *
 * Since API 1. Anywhere. At most VALUE_BYTES_MAX.
 */
int
l_json_encode(lua_State *L)
{
	struct state *s = state_of(L);

	luaL_checkany(L, 1);
	buf_clear(&s->scratch);
	s->scratch_writer = json_writer(&s->scratch);
	value_write(L, 1, &s->scratch_writer, "desk.json.encode");
	lua_pushlstring(L, s->scratch.at, s->scratch.len);
	return 1;
}

/* desk.json.decode(text): the value, or nil and why not.
 *
 * Since API 1. Anywhere.
 */
int
l_json_decode(lua_State *L)
{
	struct state *s = state_of(L);
	const struct json *json = NULL;
	struct why why = { .message = "" };
	struct bytes text;
	char words[256];

	if (lua_type(L, 1) != LUA_TSTRING)
		raise_type(L, 1, "desk.json.decode: the text", "text");
	text.at = lua_tolstring(L, 1, &text.len);
	if (json_parse(s->arena, text, JSON_BYTES_MAX, &json, &why) == ERR_OK) {
		value_push(L, json);
		return 1;
	}
	lua_pushnil(L);
	lua_pushstring(L, why_text(&why, words, sizeof words));
	return 2;
}
