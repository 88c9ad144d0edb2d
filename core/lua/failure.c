/* core/lua/failure.c - what is kept of an error in a script. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"
#include "core/lua/load.h"

#include <string.h>

#define TRACEBACK_LEVELS 10

/* The first Lua function on the stack says where it is. Runs inside of an
 * error: it allocates nothing from Lua but what it must. */
int
l_failure_handler(lua_State *L)
{
	struct state *s = state_of(L);
	struct buf *out = &s->traceback;
	lua_Debug at = { 0 };

	buf_clear(out);
	s->failed_line = 0;
	for (int level = 1, shown = 0;
	     shown < TRACEBACK_LEVELS && lua_getstack(L, level, &at); level++) {
		if (!lua_getinfo(L, "Sln", &at) || at.currentline <= 0)
			continue;
		if (s->failed_line == 0) {
			s->failed_line = at.currentline;
			strncpy(s->failed_file, at.short_src,
			    sizeof s->failed_file - 1);
		}
		buf_printf(out, "%s:%d: in %s\n", at.short_src, at.currentline,
		    at.name != NULL ? at.name : "the file or a function");
		shown++;
	}
	return 1; /* the error value as it is */
}

/* Cut, and with control characters made visible. */
static struct bytes
clean(struct state *s, struct bytes text)
{
	struct buf out = buf_in(s->arena);
	const char *at = text.at, *end = text.at + text.len;
	bool bad = false;

	while (at < end && out.len < SCRIPT_ERROR_MAX) {
		uint32_t c = utf8_next(&at, end, &bad);

		if (c < 0x20 || c == 0x7f || utf8_turns_direction(c))
			buf_printf(&out, "\\x%02x", (unsigned)c);
		else
			utf8_add(&out, c);
	}
	return out.failed ? BYTES("not enough memory") : buf_get(&out);
}

static struct bytes
status_words(lua_State *L, int status)
{
	if (status == LUA_ERRMEM)
		return BYTES("not enough memory: over 16 MiB");
	if (status == LUA_ERRERR)
		return BYTES("an error within an error, or too deep a "
			     "recursion");
	return BYTES_NONE;
}

void
failure_take(struct state *s, int status, struct failure *out)
{
	lua_State *L = s->L;
	struct bytes text = status_words(L, status), file;

	if (text.at == NULL && lua_type(L, -1) == LUA_TSTRING)
		text.at = lua_tolstring(L, -1, &text.len);
	else if (text.at == NULL)
		text = bytes_of(lua_pushfstring(L,
		    "an error value that is no text but a %s",
		    luaL_typename(L, -1)));
	/* what went wrong within a function of C has no place of its own */
	if (status == LUA_ERRRUN && s->failed_line > 0 &&
	    (bytes_start_with(text, BYTES("attempt to ")) ||
		bytes_start_with(text, BYTES("bad argument "))))
		text = bytes_of(lua_pushfstring(
		    L, "%s:%d: %s", s->failed_file, s->failed_line, text.at));
	file = bytes_of(s->failed_file);
	if (file.len > 4 && strcmp(file.at + file.len - 4, ".lua") == 0)
		file.len -= 4;
	*out = (struct failure){ .message = clean(s, text),
		.line = s->failed_line };
	out->file.at = arena_copy(s->arena, file.at, file.len);
	out->file.len = out->file.at != NULL ? file.len : 0;
	if (status == LUA_ERRRUN)
		out->traceback = buf_get(&s->traceback);
	else
		out->line = 0;
	lua_settop(L, 0);
	if (status == LUA_ERRMEM)
		lua_gc(L, LUA_GCCOLLECT);
}
