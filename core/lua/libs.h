/* core/lua/libs.h - what scripts find: Lua's libraries, cut down, and desk. */
#ifndef HOOKDESK_LUA_LIBS_H
#define HOOKDESK_LUA_LIBS_H

#include "core/lua/state.h"

/* Make everything that files share; at start, once. Raises. */
void libs_open(lua_State *L);

/* Push the environment of a file of its own: it reads what is shared, and
 * assigning to it raises. Test files find describe() and it() besides. */
void libs_push_environment(lua_State *L, bool is_test);

/* Whether files find a global of this name. */
bool libs_has(lua_State *L, const char *name, bool is_test);
/* Raise unless the shared table <table>, "desk" or "string", has <name>. */
void libs_check_member(lua_State *L, const char *table, const char *name);
/* Push ` (did you mean "..."?)` for the most similar global, or "". */
const char *libs_suggest(lua_State *L, const char *name);

/* The value at <index> as text for people, pushed: without addresses. Calls
 * __tostring, so only for scripts' own use. */
const char *libs_tostring(lua_State *L, int index);

#endif
