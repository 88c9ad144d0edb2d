/* core/lua/value.h - any JSON value as a Lua value, and back. */
#ifndef HOOKDESK_LUA_VALUE_H
#define HOOKDESK_LUA_VALUE_H

#include "core/lua/state.h"

#define VALUE_BYTES_MAX 16384 /* of data, stored values, variables */

/* Push <json>: null and NULL are nil, lists and objects new tables. */
void value_push(lua_State *L, const struct json *json);

/* Write the value at <index>: text, numbers, booleans, lists, tables with
 * names, objects as { "kind", "id" }. Raises, naming <what>, for all else,
 * for what is deeper than WIRE_DEPTH_MAX, and for text that is not UTF-8.
 * An empty table is an empty object. */
void value_write(
    lua_State *L, int index, struct json_writer *w, const char *what);

/* Put a view of the table at <table>, an absolute index, in its place that
 * cannot be changed, and neither can the tables in it. Unless <names> is NULL, reading
 * a name that neither is there nor among <names> raises ("<what> has no ...
 * (did you mean ...?)"); <names> has one space between, and is copied. */
void value_freeze(lua_State *L, int table, const char *what, const char *names);

/* desk.json.encode(value) and desk.json.decode(text). */
int l_json_encode(lua_State *L);
int l_json_decode(lua_State *L);

#endif
