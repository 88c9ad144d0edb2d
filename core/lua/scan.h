/* core/lua/scan.h - what a compiled file does with names, before it runs.
 *
 * Assigning a global, and reading one that does not exist, are mistakes that
 * Lua would show only when that line runs, perhaps on a customer's ticket
 * weeks later. So the compiled code is read once, at the load: Lua writes it
 * out (lua_dump), and every instruction that touches a global or a file-level
 * local of an outer function is looked at. Code that comes from outside is
 * never read so; text only is taken.
 */
#ifndef HOOKDESK_LUA_SCAN_H
#define HOOKDESK_LUA_SCAN_H

#include "core/lua/state.h"

/* Look at the Lua function on top of the stack, a whole file just compiled.
 * Adds a warning to s->loader for what looks wrong and may yet be right: a
 * write to a file-level local from within a function, a queue or role that is
 * not there, { queue = "biling" }, fields and options that the functions they
 * are given to do not take, ticket:set { priorty = "high" }. Raises for what
 * cannot be right: a global assigned or unknown, desk.notfy, an option that
 * desk.http does not have. */
void scan(lua_State *L);

#endif
