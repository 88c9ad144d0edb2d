/* core/lua/settings.c - desk.settings: what the owner of a site may choose. */
#include "config.h"
#include "core/lua/api.h"
#include "core/lua/check.h"
#include "core/lua/object.h"
#include "core/lua/offer.h"
#include "core/lua/suggest.h"
#include "core/lua/value.h"

#include <string.h>

#define SETTINGS_MAX 50
#define ROWS_MAX 500
#define TEXT_SETTING_MAX 10000

struct setting_type;

/* The value at <index> is one of this type; <schema> is the setting's table.
 */
typedef void check_setting(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what);

struct setting_type {
	const char *name;
	check_setting *check;
	size_t max; /* bytes of a text */
};

static void check_value(
    lua_State *L, int index, int schema, const char *type, const char *what);

static void
check_any_text(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what)
{
	if (lua_type(L, index) != LUA_TSTRING)
		raise_type(L, index, what, "text");
	if (lua_rawlen(L, index) > 0)
		(void)check_text(L, index, what, type->max);
}

/* Within the schema's min and max. */
static void
check_number(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what)
{
	lua_Number n = lua_tonumber(L, index);

	if (strcmp(type->name, "integer") == 0)
		(void)check_whole(L, index, what, -JSON_INT_MAX, JSON_INT_MAX);
	else if (lua_type(L, index) != LUA_TNUMBER)
		raise_type(L, index, what, "a number");
	if (option_push(L, schema, "min") == LUA_TNUMBER &&
	    n < lua_tonumber(L, -1))
		luaL_error(L, "%s is under %s", what, lua_tostring(L, -1));
	if (option_push(L, schema, "max") == LUA_TNUMBER &&
	    n > lua_tonumber(L, -1))
		luaL_error(L, "%s is over %s", what, lua_tostring(L, -1));
	lua_pop(L, 2);
}

static void
check_boolean(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what)
{
	if (!lua_isboolean(L, index))
		raise_type(L, index, what, "true or false");
}

static void
check_one_word(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what)
{
	struct bytes word = check_text(L, index, what, 100);
	int words, n;

	if (option_push(L, schema, "words") != LUA_TTABLE)
		luaL_error(L, "%s: which words?", what);
	words = lua_gettop(L);
	n = check_list(L, words, what, 100);
	for (int i = 1; i <= n; i++) {
		bool is_it = lua_geti(L, words, i) == LUA_TSTRING &&
		    bytes_is(word, lua_tostring(L, -1));

		lua_pop(L, 1);
		if (is_it) {
			lua_pop(L, 1);
			return;
		}
	}
	luaL_error(L, "%s: \"%s\" is none of its words", what, word.at);
}

static void
check_a_duration(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what)
{
	(void)check_span(L, index, what, 0);
}

static void
check_a_key(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what)
{
	struct bytes key = check_key_text(L, index, what);

	if (strcmp(type->name, "tag") != 0)
		check_key(L, what, type->name, key.at);
}

static void
check_priority(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what)
{
	const struct field_info *field = site_field(
	    state_of(L), OBJECT_TICKET, "priority");
	struct bytes word = check_text(L, index, what, 64);
	struct suggestion near = suggest(word.at);

	for (const struct json *i = json_first(field ? field->words : NULL);
	     i != NULL; i = json_next(i)) {
		if (bytes_equal(json_text(i), word))
			return;
		suggest_try(&near, json_text(i).at);
	}
	luaL_error(L, "%s: there is no priority \"%s\"%s", what, word.at,
	    suggest_push(L, &near));
}

static void
check_texts(lua_State *L, int index, int schema,
    const struct setting_type *type, const char *what)
{
	int n = check_list(L, index, what, ROWS_MAX);

	for (int i = 1; i <= n; i++) {
		lua_geti(L, index, i);
		(void)check_text(L, lua_gettop(L), what, TEXT_SETTING_MAX);
		lua_pop(L, 1);
	}
}

static void
check_row(lua_State *L, int row, int columns, const char *what)
{
	if (!lua_istable(L, row))
		raise_type(L, row, what, "a list of rows");
	lua_pushnil(L);
	while (lua_next(L, row) != 0) {
		int value = lua_gettop(L);
		const char *name, *type;

		if (lua_type(L, value - 1) != LUA_TSTRING)
			luaL_error(L, "%s: a row has columns by name", what);
		name = lua_tostring(L, value - 1);
		if (lua_getfield(L, columns, name) != LUA_TSTRING)
			luaL_error(L, "%s has no column \"%s\"", what, name);
		type = lua_tostring(L, -1);
		check_value(L, value, columns, type, push_name(L, what, name));
		lua_settop(L, value - 1);
	}
}

static void
check_rows(lua_State *L, int index, int schema, const struct setting_type *type,
    const char *what)
{
	int n = check_list(L, index, what, ROWS_MAX), columns;

	if (option_push(L, schema, "columns") != LUA_TTABLE)
		luaL_error(L, "%s: which columns?", what);
	columns = lua_gettop(L);
	for (int i = 1; i <= n; i++) {
		lua_geti(L, index, i);
		check_row(L, lua_gettop(L), columns, what);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

static const struct setting_type setting_types[] = {
	{ "string", check_any_text, 400 },
	{ "text", check_any_text, TEXT_SETTING_MAX },
	{ "integer", check_number, 0 },
	{ "number", check_number, 0 },
	{ "boolean", check_boolean, 0 },
	{ "word", check_one_word, 0 },
	{ "duration", check_a_duration, 0 },
	{ "url", check_any_text, 2000 },
	{ "list", check_texts, 0 },
	{ "rows", check_rows, 0 },
	{ "queue", check_a_key, 0 },
	{ "agent", check_a_key, 0 },
	{ "tag", check_a_key, 0 },
	{ "priority", check_priority, 0 },
	{ "template", check_any_text, 100 },
	{ "calendar", check_a_key, 0 },
	{ NULL, NULL, 0 },
};

static const struct setting_type *
check_type(lua_State *L, const char *type, const char *what)
{
	struct suggestion near = suggest(type);

	for (const struct setting_type *t = setting_types; t->name != NULL;
	     t++) {
		if (strcmp(t->name, type) == 0)
			return t;
		suggest_try(&near, t->name);
	}
	if (strcmp(type, "int") == 0)
		near.best = "integer";
	if (strcmp(type, "bool") == 0)
		near.best = "boolean";
	luaL_error(L, "%s: there is no type \"%s\"%s", what, type,
	    suggest_push(L, &near));
	return NULL;
}

static void
check_value(
    lua_State *L, int index, int schema, const char *type, const char *what)
{
	const struct setting_type *t = check_type(L, type, what);

	luaL_checkstack(L, 12, "too deep");
	t->check(L, index, schema, t, what);
}

const char *
setting_check_row(lua_State *L, int schema, const char *what)
{
	const char *type;

	if (!lua_istable(L, schema))
		raise_type(L, schema, what, "a table such as { type = ... }");
	check_options(L, schema, OPTIONS_SETTING);
	(void)option_bool(L, schema, "required", false);
	if (option_push(L, schema, "type") != LUA_TSTRING)
		luaL_error(L,
		    "%s: which type? Write { type = \"string\", ... }", what);
	type = lua_tostring(L, -1);
	(void)check_type(L, type, what);
	if (option_push(L, schema, "default") != LUA_TNIL) {
		int value = lua_gettop(L);

		check_value(L, value, schema, type,
		    lua_pushfstring(L, "%s: default", what));
	}
	return type;
}

void
setting_check_value(lua_State *L, int index, int schema, const char *what)
{
	(void)option_push(L, schema, "type");
	check_value(L, index, schema, lua_tostring(L, -1), what);
}

/* Push the value of one setting: the stored one, else the default. Checks
 * both, and the schema. */
static void
push_value(lua_State *L, const char *key, int schema)
{
	struct state *s = state_of(L);
	const char *what = push_name(L, "desk.settings", key);
	const struct json *stored = json_get(
	    json_get(s->settings, s->loader->file), key);
	const char *type = setting_check_row(L, schema, what);

	if (json_type(stored) > JSON_NULL) {
		value_push(L, stored);
		check_value(L, lua_gettop(L), schema, type, what);
	} else {
		option_push(L, schema, "default");
		if (lua_isnil(L, -1) &&
		    option_bool(L, schema, "required", false))
			luaL_error(
			    L, "%s must be given: see the settings", what);
	}
}

static void
keep_schema(lua_State *L, struct state *s)
{
	buf_clear(&s->loader->settings);
	s->writer = json_writer(&s->loader->settings);
	value_write(L, 1, &s->writer, "desk.settings");
}

/* local settings = desk.settings{ key = { type =, label =, help =, default =,
 *     required =, secret =, min =, max =, words =, columns = } }
 *
 * A read-only table of the values: what the owner chose, else the default.
 *
 * Since API 1. At a file's top level, once.
 */
int
l_desk_settings(lua_State *L)
{
	struct state *s = state_of(L);
	struct buf *names = &s->scratch;
	int count = 0, values;

	check_phase(L, PHASE_LOAD, "desk.settings");
	lua_settop(L, 1);
	if (!lua_istable(L, 1))
		raise_type(L, 1, "desk.settings", "a table");
	if (s->loader->has_settings)
		return luaL_error(L, "desk.settings: once in a file");
	s->loader->has_settings = true;
	keep_schema(L, s);
	buf_clear(names);
	lua_newtable(L);
	values = lua_gettop(L);
	for (lua_pushnil(L); lua_next(L, 1) != 0; count++) {
		int schema = lua_gettop(L);
		struct bytes key = check_key_text(
		    L, schema - 1, "desk.settings: a name");

		if (count >= SETTINGS_MAX)
			luaL_error(L, "desk.settings: over %d", SETTINGS_MAX);
		if (names->len > 0)
			buf_char(names, ' ');
		buf_bytes(names, key);
		push_value(L, key.at, schema);
		lua_setfield(L, values, key.at);
		lua_settop(L, schema - 1);
	}
	value_freeze(L, values, "settings", buf_string(names));
	return 1;
}
