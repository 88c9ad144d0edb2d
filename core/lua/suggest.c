/* core/lua/suggest.c - "did you mean", as Lua's errors say it. */
#include "config.h"
#include "core/lua/suggest.h"

const char *
suggest_push(lua_State *L, const struct suggestion *s)
{
	if (s->best == NULL)
		return lua_pushliteral(L, "");
	return lua_pushfstring(L, " (did you mean \"%s\"?)", s->best);
}
