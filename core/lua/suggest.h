/* core/lua/suggest.h - "did you mean", as Lua's errors say it. */
#ifndef HOOKDESK_LUA_SUGGEST_H
#define HOOKDESK_LUA_SUGGEST_H

#include "core/base/suggest.h"

#include <lua.h>

/* Push ` (did you mean "best"?)`, or "", and return it. */
const char *suggest_push(lua_State *L, const struct suggestion *s);

#endif
