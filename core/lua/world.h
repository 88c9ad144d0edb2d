/* core/lua/world.h - desk.test.world: the desk that a test runs on. */
#ifndef HOOKDESK_LUA_WORLD_H
#define HOOKDESK_LUA_WORLD_H

#include "core/lua/state.h"

/* Make the world's metatable; at start. */
void world_open(lua_State *L);

#endif
