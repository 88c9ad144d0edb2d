/* core/lua/wish.h - what the functions that write wishes share. */
#ifndef HOOKDESK_LUA_WISH_H
#define HOOKDESK_LUA_WISH_H

#include "core/lua/object.h"

#define WHY_MAX 400       /* bytes of a reason */
#define MESSAGE_MAX 65536 /* bytes of a reply, a note */
#define TEMPLATE_MAX 100  /* bytes of a template's name */
#define AGENTS_MAX 20     /* named at once */

/* The ticket at index 1, for a wish after the commit; raises elsewhere. */
struct object *check_ticket(lua_State *L, const char *what);
/* The same, also for the act's own ticket in -ing handlers that may set. */
struct object *check_own_ticket(lua_State *L, const char *what);

/* The fields of the table at <index> as a member "fields"; each must be one
 * that may be set, with a fitting value. */
void wish_fields(lua_State *L, int index, struct json_writer *w,
    enum object_kind kind, const char *what);
/* Whether one of them may be so: raises what wish_fields() would. <word> is its
 * value if that is a text that is known, else NULL. */
void wish_check_field(
    lua_State *L, enum object_kind kind, const char *name, const char *word);
/* The reason at <index>, if there is one, as a member "why". */
void wish_why(lua_State *L, int index, struct json_writer *w);
/* A member <name> with the agents at <index>: an agent or a list of them. */
void wish_agents(lua_State *L, int index, struct json_writer *w,
    const char *name, const char *what);
/* The option "vars" of the table at <options>, if it is given. */
void wish_vars(lua_State *L, int options, struct json_writer *w);

#endif
