/* core/lua/load.c - takes a file: compiles it, checks its names, runs its top
 * level once, which registers its handlers.
 */
#include "config.h"
#include "core/lua/load.h"
#include "core/base/arena.h"
#include "core/lua/hint.h"
#include "core/lua/libs.h"
#include "core/lua/register.h"
#include "core/lua/scan.h"

#define TEST_SUFFIX "_test"

static bool
is_test_name(struct bytes name)
{
	size_t len = sizeof TEST_SUFFIX - 1;

	return name.len > len &&
	    memcmp(name.at + name.len - len, TEST_SUFFIX, len) == 0;
}

/* Upvalue-free, called protected: the text is a light userdata to it. */
static int
l_load(lua_State *L)
{
	struct state *s = state_of(L);
	const struct bytes *text = lua_touserdata(L, 1);
	const char *chunk;

	lua_settop(L, 0);
	if (text->len > SCRIPT_SOURCE_MAX)
		return luaL_error(L, "%s.lua: over %d KiB", s->loader->file,
		    SCRIPT_SOURCE_MAX / 1024);
	chunk = lua_pushfstring(L, "@%s.lua", s->loader->file);
	if (luaL_loadbufferx(L, text->at, text->len, chunk, "t") != LUA_OK) {
		chunk = lua_tostring(L, -1);
		(void)hint_syntax_push(L, chunk, *text);
		lua_concat(L, 2);
		return lua_error(L);
	}
	scan(L);
	libs_push_environment(L, s->loader->is_test);
	(void)lua_setupvalue(L, -2, 1);
	lua_call(L, 0, 0);
	return 0;
}

static void
write_loaded(struct state *s, struct json_writer *w)
{
	struct loader *l = s->loader;

	if (l->replaces != NULL)
		json_member_string(w, "replaces", l->replaces);
	json_key(w, "warnings");
	json_begin_list(w);
	if (l->warnings.len > 0)
		json_put_raw(w, buf_get(&l->warnings));
	json_end_list(w);
	json_key(w, "handlers");
	registry_write(s, l->first, w);
}

static void
write_error(struct state *s, int status, struct json_writer *w)
{
	struct failure failure;

	failure_take(s, status, &failure);
	json_key(w, "error");
	json_begin_object(w);
	json_member_text(w, "message", failure.message);
	if (failure.line > 0)
		json_member_int(w, "line", failure.line);
	json_end_object(w);
}

void
load_file(struct state *s, const struct json *file)
{
	struct bytes name = json_text(json_get(file, "name"));
	struct bytes text = json_text(json_get(file, "text"));
	struct loader loader = { .settings = buf_in(s->arena),
		.warnings = buf_in(s->arena),
		.prefix = buf_in(s->arena) };
	struct json_writer w = json_writer(&s->out);
	int status;

	run_begin(s, PHASE_LOAD, HOOK__COUNT);
	loader.file = arena_copy(s->fixed, name.at, name.len);
	loader.is_test = is_test_name(name);
	loader.first = s->registry.count;
	s->loader = &loader;
	lua_settop(s->L, 0);
	lua_pushcfunction(s->L, l_failure_handler);
	lua_pushcfunction(s->L, l_load);
	lua_pushlightuserdata(s->L, &text);
	s->run.file = loader.file;
	s->failed_line = 0;
	status = loader.file == NULL ? LUA_ERRMEM : lua_pcall(s->L, 1, 0, 1);
	buf_clear(&s->out); /* where a question may have been */
	(void)wire_begin(&s->out, WIRE_LOADED);
	json_begin_object(&w);
	if (loader.settings.len > 0)
		json_member_text(&w, "settings", buf_get(&loader.settings));
	if (status == LUA_OK) {
		write_loaded(s, &w);
	} else {
		registry_cut(s, loader.first);
		write_error(s, status, &w);
	}
	json_end_object(&w);
	wire_end(&s->out, 0);
	lua_settop(s->L, 0);
	s->loader = NULL;
	run_end(s);
}
