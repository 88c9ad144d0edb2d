/* core/lua/check.h - looks at what scripts give, before anything is done.
 *
 * All of these raise, with the script's file and line, words that say what
 * was expected and, for a misspelt name, what was probably meant. Texts they
 * return are borrowed from a value that they leave on Lua's stack.
 */
#ifndef HOOKDESK_LUA_CHECK_H
#define HOOKDESK_LUA_CHECK_H

#include "core/base/duration.h"
#include "core/lua/state.h"

enum options {
#define OPTIONS(id, function, names) OPTIONS_##id,
#include "core/lua/options.def"
#undef OPTIONS
	OPTIONS__COUNT
};

struct option_list {
	const char *function; /* "ticket:note" */
	const char *names;    /* with one space between */
};

extern const struct option_list option_lists[OPTIONS__COUNT];

/* Raise unless the run is in one of <phases>; <what> is "ticket:note". */
void check_phase(lua_State *L, unsigned phases, const char *what);

/* The table at <index> has no other names than those of <options>. nil and
 * none are like an empty table, which then stands at <index>. */
void check_options(lua_State *L, int index, enum options options);

/* The same of one name. */
void check_option(lua_State *L, enum options options, const char *name);

/* The text at <index>, 1 to <max> bytes of UTF-8; <what> names it. */
struct bytes check_text(lua_State *L, int index, const char *what, size_t max);
/* A duration such as "15m", in seconds; at least <min_s>, at most 2 years. */
int64_t check_duration(
    lua_State *L, int index, const char *what, int64_t min_s);
/* The same, or business time such as "2bh". */
struct duration check_span(
    lua_State *L, int index, const char *what, int64_t min_s);
/* A whole number within [<min>, <max>]. */
int64_t check_whole(
    lua_State *L, int index, const char *what, int64_t min, int64_t max);
/* A key: a-z 0-9 - _, at most 64 bytes. */
struct bytes check_key_text(lua_State *L, int index, const char *what);
/* The name of a hook point; raises with what was meant. */
enum hook check_hook(lua_State *L, int index, const char *what);

/* The option <name> of the table at <index>: pushed, even if it is nil.
 * Returns its type. */
int option_push(lua_State *L, int index, const char *name);
/* A text or {NULL, 0}; pushes one value. */
struct bytes option_text(lua_State *L, int index, const char *name, size_t max);
bool option_bool(lua_State *L, int index, const char *name, bool otherwise);
int64_t option_whole(lua_State *L, int index, const char *name, int64_t min,
    int64_t max, int64_t otherwise);

/* How many items the list at <index> has, at most <max>; raises if it is no
 * table. Read items with lua_geti(). */
int check_list(lua_State *L, int index, const char *what, int max);

/* Raise: what <what> must be, and what the value at <index> is instead. */
_Noreturn void raise_type(
    lua_State *L, int index, const char *what, const char *expected);

/* Whether <name> is among <names>, which have one space between. */
bool has_name(const char *names, const char *name);
/* Push ` (did you mean "..."?)` for the most similar of <names>, or "". */
const char *suggest_name(lua_State *L, const char *names, const char *name);

/* Push "what: name" and return it. */
const char *push_name(lua_State *L, const char *what, const char *name);

/* "a table", "text", "an agent": the value at <index> for messages. */
const char *type_words(lua_State *L, int index);

#endif
