/* core/lua/check.c - looks at what scripts give, before anything is done. */
#include "config.h"
#include "core/lua/check.h"
#include "core/base/clock.h"
#include "core/base/utf8.h"
#include "core/lua/suggest.h"

#include <stdlib.h>
#include <string.h>

#define DURATION_MAX_US (2 * 366 * CLOCK_DAY_US)
#define OPTION_NAME_MAX 64

const struct option_list option_lists[OPTIONS__COUNT] = {
#define OPTIONS(id, function, names) [OPTIONS_##id] = { function, names },
#include "core/lua/options.def"
#undef OPTIONS
};

static const char *
phase_words(unsigned phases)
{
	if (phases == PHASE_LOAD)
		return "at a file's top level";
	if (phases == PHASE_BEFORE)
		return "in -ing handlers, before the commit";
	if ((phases & PHASE_RUN) == PHASE_DO)
		return "in -ed handlers, jobs, actions and routes";
	if (phases == PHASE_TEST)
		return "in tests";
	return "while a handler, job or test runs";
}

/* What happens after the hook that runs: ` ("ticket.created")`, or "". */
static const char *
later_hook(lua_State *L)
{
	const char *name = hook_points[state_of(L)->run.hook].name;
	const char *done = lua_pushfstring(
	    L, "%s", luaL_gsub(L, name, "ing", "ed"));

	if (hook_find(bytes_of(done)) == HOOK__COUNT)
		return "";
	return lua_pushfstring(L, ": \"%s\"", done);
}

void
check_phase(lua_State *L, unsigned phases, const char *what)
{
	struct state *s = state_of(L);

	if ((s->run.phase & phases) == 0)
		luaL_error(L, "%s works only %s%s", what, phase_words(phases),
		    s->run.phase == PHASE_BEFORE ? later_hook(L) : "");
}

const char *
type_words(lua_State *L, int index)
{
	static const char *const words[] = {
		[LUA_TNIL] = "nil",
		[LUA_TBOOLEAN] = "a boolean",
		[LUA_TLIGHTUSERDATA] = "something else",
		[LUA_TNUMBER] = "a number",
		[LUA_TSTRING] = "text",
		[LUA_TTABLE] = "a table",
		[LUA_TFUNCTION] = "a function",
		[LUA_TUSERDATA] = "something else",
		[LUA_TTHREAD] = "a coroutine",
	};
	int type = lua_type(L, index);

	if (type == LUA_TNONE)
		return "nothing";
	if (type == LUA_TUSERDATA &&
	    luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
		return lua_pushfstring(L, "a %s", lua_tostring(L, -1));
	return words[type];
}

_Noreturn void
raise_type(lua_State *L, int index, const char *what, const char *expected)
{
	luaL_error(
	    L, "%s must be %s, not %s", what, expected, type_words(L, index));
	abort(); /* luaL_error does not come back */
}

const char *
push_name(lua_State *L, const char *what, const char *name)
{
	return lua_pushfstring(L, "%s: %s", what, name);
}

/* Step through names with one space between; false at the end. */
static bool
next_name(struct bytes *rest, char out[OPTION_NAME_MAX])
{
	struct bytes one;

	if (rest->at == NULL)
		return false;
	one = bytes_split(rest, ' ');
	if (one.len >= OPTION_NAME_MAX)
		return false;
	memcpy(out, one.at, one.len);
	out[one.len] = '\0';
	return true;
}

bool
has_name(const char *names, const char *name)
{
	struct bytes rest = bytes_of(names), wanted = bytes_of(name);

	while (rest.at != NULL)
		if (bytes_equal(bytes_split(&rest, ' '), wanted))
			return true;
	return false;
}

const char *
suggest_name(lua_State *L, const char *names, const char *name)
{
	struct suggestion near = suggest(name);
	struct bytes rest = bytes_of(names);
	char one[OPTION_NAME_MAX];

	while (next_name(&rest, one)) {
		suggest_try(&near, one);
		if (near.best == one) /* keep what <one> holds now */
			near.best = lua_pushstring(L, one);
	}
	return suggest_push(L, &near);
}

/* "must be a table such as { name = ... }": the list's first name. */
static _Noreturn void
raise_no_options(lua_State *L, int index, const struct option_list *list)
{
	struct bytes rest = bytes_of(list->names);
	char first[OPTION_NAME_MAX] = "name";

	(void)next_name(&rest, first);
	raise_type(L, index, push_name(L, list->function, "the options"),
	    lua_pushfstring(L, "a table such as { %s = ... }%s", first,
		strcmp(first, "name") == 0 ? ", or {} for none" : ""));
}

void
check_option(lua_State *L, enum options options, const char *name)
{
	const struct option_list *list = &option_lists[options];

	if (!has_name(list->names, name))
		luaL_error(L, "%s: unknown option \"%s\"%s", list->function,
		    name, suggest_name(L, list->names, name));
}

void
check_options(lua_State *L, int index, enum options options)
{
	const struct option_list *list = &option_lists[options];

	if (lua_isnoneornil(L, index)) {
		lua_settop(L, index > lua_gettop(L) ? index : lua_gettop(L));
		lua_newtable(L);
		lua_replace(L, index);
		return;
	}
	if (!lua_istable(L, index))
		raise_no_options(L, index, list);
	lua_pushnil(L);
	while (lua_next(L, index) != 0) {
		if (lua_type(L, -2) != LUA_TSTRING)
			luaL_error(L, "%s: options have names, not %s",
			    list->function, type_words(L, -2));
		check_option(L, options, lua_tostring(L, -2));
		lua_pop(L, 1);
	}
}

struct bytes
check_text(lua_State *L, int index, const char *what, size_t max)
{
	struct bytes text;

	if (lua_type(L, index) != LUA_TSTRING)
		raise_type(L, index, what, "text");
	text.at = lua_tolstring(L, index, &text.len);
	if (text.len == 0)
		luaL_error(L, "%s is empty", what);
	if (text.len > max)
		luaL_error(L, "%s is over %d bytes", what, (int)max);
	if (!utf8_is_valid(text) || bytes_has(text, '\0'))
		luaL_error(L, "%s is not UTF-8", what);
	return text;
}

struct duration
check_span(lua_State *L, int index, const char *what, int64_t min_s)
{
	struct bytes text;
	struct duration span = { false, 0, 0 };
	int64_t us;

	if (lua_type(L, index) != LUA_TSTRING)
		raise_type(L, index, what,
		    "a duration such as \"15m\", \"6h\" or \"2d\"");
	text = check_text(L, index, what, 20);
	if (duration_read(text, &span) != ERR_OK)
		luaL_error(L,
		    "%s must be a duration such as \"15m\", \"6h\" "
		    "or \"2d\", not \"%s\"",
		    what, text.at);
	us = span.us + span.days * CLOCK_DAY_US;
	if (us > DURATION_MAX_US)
		luaL_error(L, "%s is over two years", what);
	if (us < min_s * CLOCK_SECOND_US)
		luaL_error(L, "%s is under %d seconds", what, (int)min_s);
	return span;
}

int64_t
check_duration(lua_State *L, int index, const char *what, int64_t min_s)
{
	struct duration span = check_span(L, index, what, min_s);

	if (span.is_business)
		luaL_error(L,
		    "%s: \"%s\" is business time: that works in "
		    "ticket:after, calendar:add and settings",
		    what, lua_tostring(L, index));
	return span.us / CLOCK_SECOND_US;
}

int64_t
check_whole(lua_State *L, int index, const char *what, int64_t min, int64_t max)
{
	int is_whole = 0;
	lua_Integer n = lua_tointegerx(L, index, &is_whole);

	if (lua_type(L, index) != LUA_TNUMBER || !is_whole)
		raise_type(L, index, what, "a whole number");
	if (n < min || n > max)
		luaL_error(L, "%s must be %I to %I, not %I", what,
		    (LUAI_UACINT)min, (LUAI_UACINT)max, (LUAI_UACINT)n);
	return n;
}

struct bytes
check_key_text(lua_State *L, int index, const char *what)
{
	struct bytes key = check_text(L, index, what, 64);

	for (size_t i = 0; i < key.len; i++) {
		char c = key.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '_'))
			luaL_error(L,
			    "%s: \"%s\" is no key: a-z, 0-9, - "
			    "and _ only; labels are for people",
			    what, key.at);
	}
	return key;
}

enum hook
check_hook(lua_State *L, int index, const char *what)
{
	struct bytes name = check_text(L, index, what, 64);
	enum hook hook = hook_find(name);
	struct suggestion near;

	if (hook != HOOK__COUNT)
		return hook;
	near = suggest(name.at);
	for (int i = 0; i < HOOK__COUNT; i++)
		suggest_try(&near, hook_points[i].name);
	for (int i = 0; near.best == NULL && i < HOOK__COUNT; i++) {
		const char *verb = strchr(hook_points[i].name, '.') + 1;

		if (bytes_is(name, verb)) /* "created" */
			near.best = hook_points[i].name;
	}
	luaL_error(L, "%s: there is no hook point \"%s\"%s", what, name.at,
	    suggest_push(L, &near));
	return HOOK__COUNT;
}

int
option_push(lua_State *L, int index, const char *name)
{
	return lua_getfield(L, index, name);
}

struct bytes
option_text(lua_State *L, int index, const char *name, size_t max)
{
	if (option_push(L, index, name) == LUA_TNIL)
		return BYTES_NONE;
	return check_text(L, lua_gettop(L), name, max);
}

bool
option_bool(lua_State *L, int index, const char *name, bool otherwise)
{
	bool value = otherwise;

	if (option_push(L, index, name) != LUA_TNIL) {
		if (!lua_isboolean(L, -1))
			raise_type(L, lua_gettop(L), name, "true or false");
		value = lua_toboolean(L, -1) != 0;
	}
	lua_pop(L, 1);
	return value;
}

int64_t
option_whole(lua_State *L, int index, const char *name, int64_t min,
    int64_t max, int64_t otherwise)
{
	int64_t value = otherwise;

	if (option_push(L, index, name) != LUA_TNIL)
		value = check_whole(L, lua_gettop(L), name, min, max);
	lua_pop(L, 1);
	return value;
}

int
check_list(lua_State *L, int index, const char *what, int max)
{
	lua_Integer n;

	if (!lua_istable(L, index))
		raise_type(L, index, what, "a list");
	n = luaL_len(L, index);
	if (n > max)
		luaL_error(L, "%s has over %d items", what, max);
	return (int)n;
}
