/* core/lua/hint.h - what beginners write, and what it is called here.
 *
 * "Did you mean" finds what is spelt nearly right; this knows what has another
 * name, or is not to be had and why.
 */
#ifndef HOOKDESK_LUA_HINT_H
#define HOOKDESK_LUA_HINT_H

#include "core/lua/state.h"

/* Push `: write ...`, or "" if there is nothing to say, and return it.
 *
 * <where>  "" for globals, else the kind of object or the table: "ticket",
 *          "desk", "string" */
const char *hint_push(lua_State *L, const char *where, const char *name);

/* The same for what Lua's compiler says of a file. */
const char *hint_syntax_push(
    lua_State *L, const char *message, struct bytes source);

#endif
