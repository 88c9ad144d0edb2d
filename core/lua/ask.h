/* core/lua/ask.h - questions to the server, and wishes for it.
 *
 * Either is begun, given members by the writer returned, and ended. If the
 * script's mistake raises between the two, what was written is forgotten at
 * the next beginning.
 */
#ifndef HOOKDESK_LUA_ASK_H
#define HOOKDESK_LUA_ASK_H

#include "core/lua/state.h"

/* Begin a question; <what> names the function for messages. Raises outside of
 * a run and over SCRIPT_ASKS_MAX. */
struct json_writer *ask_begin(
    lua_State *L, const char *question, const char *what);
/* The same in other phases than a run. */
struct json_writer *ask_begin_in(
    lua_State *L, unsigned phases, const char *question, const char *what);
/* Send it and wait for the answer, which lives as long as the run; NULL for
 * null. Raises what the server has against it. */
const struct json *ask_end(lua_State *L);

/* Begin a wish, <name> as in wire.h; what it costs of the run's limits is
 * checked here; a mail counts as a change too. */
struct json_writer *wish_begin(lua_State *L, const char *name, bool is_mail);
void wish_end(lua_State *L);

#endif
