/* core/lua/event.h - the event that a handler is given, and a job's job. */
#ifndef HOOKDESK_LUA_EVENT_H
#define HOOKDESK_LUA_EVENT_H

#include "core/lua/state.h"

/* Make the event's metatable; at start. */
void event_open(lua_State *L);
/* Push the event of the run in hand. */
void event_push(lua_State *L);
/* Push the job of the run in hand. */
void job_push(lua_State *L, const char *name);
/* Whether the value at <index> is what deny, choose and stop return. */
bool is_verdict(lua_State *L, int index);

#endif
