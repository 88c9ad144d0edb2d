/* core/lua/offer.h - what files offer to agents and programs: actions, panels
 * and routes; what their functions are given, and what they give back.
 */
#ifndef HOOKDESK_LUA_OFFER_H
#define HOOKDESK_LUA_OFFER_H

#include "core/lua/register.h"

/* Push the arguments of such a function; returns how many. */
int offer_push_arguments(lua_State *L, const struct registered *r);

/* What it returned, at index 1, becomes state.value; raises for what it must
 * not return. */
void offer_check_result(lua_State *L, const struct registered *r);

/* settings.c: the row of a schema at <schema> is as it should be; its type,
 * which stays on the stack. */
const char *setting_check_row(lua_State *L, int schema, const char *what);
/* The value at <index> is one of that row. */
void setting_check_value(lua_State *L, int index, int schema, const char *what);

#endif
