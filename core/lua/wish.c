/* core/lua/wish.c - what the functions that write wishes share. */
#include "config.h"
#include "core/lua/wish.h"
#include "core/lua/check.h"
#include "core/lua/suggest.h"
#include "core/lua/value.h"

#include <string.h>

#define FIELD_TEXT_MAX 4000
#define LIST_MAX 50

struct object *
check_ticket(lua_State *L, const char *what)
{
	check_phase(L, PHASE_DO, what);
	return object_check(L, 1, OBJECT_TICKET, what);
}

struct object *
check_own_ticket(lua_State *L, const char *what)
{
	struct state *s = state_of(L);
	struct object *ticket;
	int64_t own = 0;

	check_phase(L, PHASE_BEFORE | PHASE_DO, what);
	ticket = object_check(L, 1, OBJECT_TICKET, what);
	if (s->run.phase != PHASE_BEFORE)
		return ticket;
	if ((hook_points[s->run.hook].may & MAY_SET) == 0)
		luaL_error(L, "%s: \"%s\" may not change the ticket", what,
		    hook_points[s->run.hook].name);
	(void)json_int(json_get(json_get(s->run.body, "ticket"), "id"), &own);
	if (ticket->id != own)
		luaL_error(L,
		    "%s: before the commit only event.ticket can be "
		    "changed",
		    what);
	return ticket;
}

/* Names that are changed by functions of their own. */
static const char *
other_way(const char *name)
{
	static const struct {
		const char *name, *way;
	} ways[] = {
		{ "owner", "use ticket:assign" },
		{ "tags", "use ticket:tag and ticket:untag" },
		{ "customer", "it cannot be changed" },
	};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(ways[i].name, name) == 0)
			return ways[i].way;
	return "scripts do not set it";
}

static const struct field_info *
check_field(
    lua_State *L, enum object_kind kind, const char *name, const char *what)
{
	struct state *s = state_of(L);
	const struct field_info *field = site_field(s, kind, name);
	const struct kind_info *info = &s->kinds[kind];
	struct suggestion near;

	if (field != NULL && field->may_set)
		return field;
	if (field != NULL)
		luaL_error(
		    L, "%s: not \"%s\": %s", what, name, other_way(name));
	near = suggest(name);
	for (size_t i = 0; i < info->count; i++)
		if (info->fields[i].may_set)
			suggest_try(&near, info->fields[i].name);
	luaL_error(L, "%s: a %s has no \"%s\"%s", what, object_kind_name(kind),
	    name, suggest_push(L, &near));
	return NULL;
}

static void
check_word(lua_State *L, const struct field_info *field, const char *word,
    const char *what)
{
	struct suggestion near = suggest(word);

	for (const struct json *i = json_first(field->words); i != NULL;
	     i = json_next(i)) {
		if (bytes_is(json_text(i), word))
			return;
		suggest_try(&near, json_text(i).at);
	}
	luaL_error(L, "%s: \"%s\" is none of its words%s", what, word,
	    suggest_push(L, &near));
}

static void
write_enum(lua_State *L, int index, struct json_writer *w,
    const struct field_info *field, const char *what)
{
	struct bytes word = check_text(L, index, what, 64);

	check_word(L, field, word.at, what);
	json_put_text(w, word);
}

static void
write_ref(lua_State *L, int index, struct json_writer *w,
    const struct field_info *field, const char *what)
{
	if (field->of != OBJECT__COUNT) {
		object_write_id(w, object_check(L, index, field->of, what));
	} else {
		struct bytes key = check_key_text(L, index, what);

		check_key(L, what, field->of_name, key.at);
		json_put_text(w, key);
	}
}

/* Custom fields: only those that the site has. */
static void
write_map(lua_State *L, int index, struct json_writer *w,
    const struct field_info *field, const char *what)
{
	if (!lua_istable(L, index))
		raise_type(L, index, what, "a table");
	lua_pushnil(L);
	while (lua_next(L, index) != 0) {
		struct bytes name = check_text(L, lua_gettop(L) - 1, what, 64);

		if (field->names != NULL && !has_name(field->names, name.at))
			luaL_error(L, "%s: there is no custom field \"%s\"%s",
			    what, name.at,
			    suggest_name(L, field->names, name.at));
		lua_pop(L, 1);
	}
	value_write(L, index, w, what);
}

static void
write_single(lua_State *L, int index, struct json_writer *w,
    const struct field_info *field, const char *what)
{
	switch (field->type) {
	case VALUE_ENUM: write_enum(L, index, w, field, what); return;
	case VALUE_REF: write_ref(L, index, w, field, what); return;
	case VALUE_MAP: write_map(L, index, w, field, what); return;
	case VALUE_TEXT:
		json_put_text(w, check_text(L, index, what, FIELD_TEXT_MAX));
		return;
	case VALUE_BOOL:
		if (!lua_isboolean(L, index))
			raise_type(L, index, what, "true or false");
		json_put_bool(w, lua_toboolean(L, index) != 0);
		return;
	case VALUE_TIME:
		if (lua_type(L, index) != LUA_TNUMBER)
			raise_type(L, index, what, "a time in UTC seconds");
		json_put_int(w, (int64_t)lua_tonumber(L, index));
		return;
	case VALUE_INT:
		json_put_int(w,
		    check_whole(L, index, what, -JSON_INT_MAX, JSON_INT_MAX));
		return;
	default: luaL_error(L, "%s cannot be set", what);
	}
}

static void
write_value(lua_State *L, int index, struct json_writer *w,
    const struct field_info *field, const char *what)
{
	int n;

	if (lua_isboolean(L, index) && !lua_toboolean(L, index)) {
		json_put_bool(w, false);
		return;
	}
	if (!field->is_list) {
		write_single(L, index, w, field, what);
		return;
	}
	n = check_list(L, index, what, LIST_MAX);
	json_begin_list(w);
	for (int i = 1; i <= n; i++) {
		lua_geti(L, index, i);
		write_single(L, lua_gettop(L), w, field, what);
		lua_pop(L, 1);
	}
	json_end_list(w);
}

void
wish_fields(lua_State *L, int index, struct json_writer *w,
    enum object_kind kind, const char *what)
{
	int top = lua_gettop(L), count = 0;

	if (!lua_istable(L, index))
		raise_type(
		    L, index, push_name(L, what, "the fields"), "a table");
	json_key(w, "fields");
	json_begin_object(w);
	for (lua_pushnil(L); lua_next(L, index) != 0; count++) {
		const struct field_info *field;
		int value = lua_gettop(L);

		if (lua_type(L, value - 1) != LUA_TSTRING)
			luaL_error(L, "%s: fields have names, not %s", what,
			    type_words(L, value - 1));
		field = check_field(L, kind, lua_tostring(L, value - 1), what);
		json_key(w, field->name);
		write_value(
		    L, value, w, field, push_name(L, what, field->name));
		lua_settop(L, value - 1);
	}
	json_end_object(w);
	if (count == 0)
		luaL_error(L, "%s: no field is given", what);
	lua_settop(L, top);
}

void
wish_check_field(
    lua_State *L, enum object_kind kind, const char *name, const char *word)
{
	const char *what = lua_pushfstring(L, "%s:set", object_kind_name(kind));
	const struct field_info *field = check_field(L, kind, name, what);

	if (word != NULL && field->type == VALUE_ENUM && !field->is_list)
		check_word(L, field, word, push_name(L, what, name));
}

void
wish_why(lua_State *L, int index, struct json_writer *w)
{
	if (!lua_isnoneornil(L, index))
		json_member_text(
		    w, "why", check_text(L, index, "the reason", WHY_MAX));
}

void
wish_agents(lua_State *L, int index, struct json_writer *w, const char *name,
    const char *what)
{
	int n;

	json_key(w, name);
	json_begin_list(w);
	if (!lua_istable(L, index)) {
		object_write_id(w, object_check(L, index, OBJECT_AGENT, what));
	} else {
		n = check_list(L, index, what, AGENTS_MAX);
		for (int i = 1; i <= n; i++) {
			lua_geti(L, index, i);
			object_write_id(w,
			    object_check(L, lua_gettop(L), OBJECT_AGENT, what));
			lua_pop(L, 1);
		}
	}
	json_end_list(w);
}

void
wish_vars(lua_State *L, int options, struct json_writer *w)
{
	if (option_push(L, options, "vars") != LUA_TNIL) {
		if (!lua_istable(L, -1))
			raise_type(L, lua_gettop(L), "vars", "a table");
		json_key(w, "vars");
		value_write(L, -1, w, "vars");
	}
	lua_pop(L, 1);
}
