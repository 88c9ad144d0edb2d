/* core/lua/object.c - tickets, people and other records as Lua objects. */
#include "config.h"
#include "core/lua/object.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/hint.h"
#include "core/lua/suggest.h"
#include "core/lua/value.h"

#include <stdlib.h>
#include <string.h>

/* The member of a record that is its key, where it has one. */
static const char *const key_fields[OBJECT__COUNT] = {
	[OBJECT_AGENT] = "login",
	[OBJECT_QUEUE] = "key",
	[OBJECT_CALENDAR] = "key",
};

static struct object *
push_new(lua_State *L, enum object_kind kind, int64_t id, struct bytes key)
{
	struct state *s = state_of(L);
	struct object *object = lua_newuserdatauv(
	    L, sizeof *object + key.len + 1, 0);

	object->kind = kind;
	object->run = s->run_number;
	object->fresh = 0;
	object->id = id;
	object->record = NULL;
	memcpy(object->key, key.len > 0 ? key.at : "", key.len);
	object->key[key.len] = '\0';
	luaL_setmetatable(L, object_kind_name(kind));
	return object;
}

static struct bytes
record_key(enum object_kind kind, const struct json *record)
{
	if (key_fields[kind] == NULL)
		return BYTES_NONE;
	return json_text(json_get(record, key_fields[kind]));
}

static int64_t
record_id(const struct json *record)
{
	int64_t id = 0;

	(void)json_int(json_get(record, "id"), &id);
	return id;
}

void
object_know(struct state *s, enum object_kind kind, const struct json *record)
{
	struct run *run = &s->run;

	if (json_type(record) == JSON_OBJECT && run->known_count < KNOWN_MAX)
		run->known[run->known_count++] = (struct known){ kind,
			record_id(record), record };
}

void
object_push_record(
    lua_State *L, enum object_kind kind, const struct json *record)
{
	struct state *s = state_of(L);
	struct object *object;

	if (json_type(record) != JSON_OBJECT) {
		lua_pushnil(L);
		return;
	}
	object = push_new(L, kind, record_id(record), record_key(kind, record));
	object->record = record;
	object->fresh = s->fresh;
}

void
object_push_ref(lua_State *L, enum object_kind kind, const struct json *ref)
{
	int64_t id = 0;

	if (json_type(ref) == JSON_TEXT)
		push_new(L, kind, 0, json_text(ref));
	else if (json_int(ref, &id) && id != 0)
		push_new(L, kind, id, BYTES_NONE);
	else if (json_type(ref) == JSON_OBJECT)
		object_push_record(L, kind, ref);
	else
		lua_pushnil(L);
}

struct object *
object_any(lua_State *L, int index)
{
	struct state *s = state_of(L);
	struct object *object = NULL;

	for (int k = 0; k < OBJECT__COUNT && object == NULL; k++)
		object = luaL_testudata(
		    L, index, object_kind_name((enum object_kind)k));
	if (object != NULL && object->run != s->run_number)
		luaL_error(L,
		    "this %s was kept from a run that is over; "
		    "keep its number or login in desk.store",
		    object_kind_name(object->kind));
	return object;
}

static _Noreturn void
raise_no_object(
    lua_State *L, int index, enum object_kind kind, const char *what)
{
	const char *name = object_kind_name(kind), *hint = "";

	if (index == 1 && strchr(what, ':') && strchr(what, ' ') == NULL)
		luaL_error(L, "%s: write it with a colon: %s(...)", what, what);
	if (lua_type(L, index) == LUA_TSTRING && kind != OBJECT_TICKET)
		hint = lua_pushfstring(L, ": desk.%s(\"%s\") gives one", name,
		    lua_tostring(L, index));
	else if (lua_type(L, index) == LUA_TNUMBER && kind == OBJECT_TICKET)
		hint = ": desk.ticket(number) gives one";
	luaL_error(L, "%s must be %s %s, not %s%s", what,
	    strchr("aeo", name[0]) ? "an" : "a", name, type_words(L, index),
	    hint);
	abort(); /* luaL_error does not come back */
}

struct object *
object_check(lua_State *L, int index, enum object_kind kind, const char *what)
{
	struct state *s = state_of(L);
	struct object *object = luaL_testudata(
	    L, index, object_kind_name(kind));

	if (object == NULL)
		raise_no_object(L, index, kind, what);
	if (object->run != s->run_number)
		object = object_any(L, index); /* raises */
	return object;
}

void
object_write_id(struct json_writer *w, const struct object *object)
{
	if (object->key[0] != '\0')
		json_put_string(w, object->key);
	else
		json_put_int(w, object->id);
}

static bool
is_same(const struct object *object, enum object_kind kind, int64_t id,
    struct bytes key)
{
	if (object->kind != kind)
		return false;
	if (object->key[0] != '\0' || key.len > 0)
		return bytes_is(key, object->key);
	return object->id == id;
}

/* The record, from what the run knows or by a question. */
static const struct json *
record_of(lua_State *L, struct object *object)
{
	struct state *s = state_of(L);
	struct json_writer *w;

	if (object->record != NULL && object->fresh == s->fresh)
		return object->record;
	object->record = NULL;
	for (size_t i = 0; i < s->run.known_count; i++) {
		const struct known *k = &s->run.known[i];

		if (is_same(
			object, k->kind, k->id, record_key(k->kind, k->record)))
			object->record = k->record;
	}
	if (object->record == NULL) {
		w = ask_begin(L, "get", object_kind_name(object->kind));
		json_member_string(w, "kind", object_kind_name(object->kind));
		json_key(w, "id");
		object_write_id(w, object);
		object->record = ask_end(L);
		if (object->record == NULL)
			luaL_error(L, "this %s is gone",
			    object_kind_name(object->kind));
		object_know(s, object->kind, object->record);
	}
	object->fresh = s->fresh;
	return object->record;
}

static void
push_one(lua_State *L, const struct field_info *field, const struct json *json)
{
	if (field->type == VALUE_REF && field->of != OBJECT__COUNT)
		object_push_ref(L, field->of, json);
	else if (field->type == VALUE_BOOL && json == NULL)
		lua_pushboolean(L, 0);
	else
		value_push(L, json);
}

/* Maps and json objects: a table whose members were told, so that others
 * raise instead of being nil. */
static void
push_members(lua_State *L, const struct object *object,
    const struct field_info *field, const struct json *json)
{
	int table;

	value_push(L, json);
	if (!lua_istable(L, -1)) {
		lua_pop(L, 1);
		lua_newtable(L);
	}
	table = lua_gettop(L);
	value_freeze(L, table,
	    lua_pushfstring(
		L, "%s.%s", object_kind_name(object->kind), field->name),
	    field->names);
	lua_settop(L, table);
}

void
object_push_field(
    lua_State *L, struct object *object, const struct field_info *field)
{
	struct state *s = state_of(L);
	const struct json *json = json_get(record_of(L, object), field->name);

	if (field->is_list) {
		int n = 0;

		lua_newtable(L);
		for (const struct json *i = json_first(json); i != NULL;
		     i = json_next(i)) {
			push_one(L, field, i);
			lua_rawseti(L, -2, ++n);
		}
		return;
	}
	if (field->names != NULL) {
		push_members(L, object, field, json);
		return;
	}
	if (json == NULL && object->kind == OBJECT_TICKET && object->id == 0 &&
	    s->run.phase == PHASE_BEFORE &&
	    (strcmp(field->name, "number") == 0 ||
		strcmp(field->name, "url") == 0 ||
		strcmp(field->name, "agent_url") == 0))
		luaL_error(L,
		    "ticket.%s: a new ticket has none before the "
		    "commit",
		    field->name);
	push_one(L, field, json);
}

/* --------------------------------------------------------- metamethods */

void
object_check_name(lua_State *L, enum object_kind kind, const char *name)
{
	struct state *s = state_of(L);
	const char *words = object_kind_name(kind), *fields, *hint;
	struct suggestion near = suggest(name);

	if (site_field(s, kind, name) != NULL)
		return;
	for (const luaL_Reg *m = api_methods[kind]; m->name != NULL; m++) {
		if (strcmp(m->name, name) == 0)
			return;
		suggest_try(&near, m->name);
	}
	fields = suggest_name(L, s->kinds[kind].names, name);
	hint = hint_push(L, words, name);
	luaL_error(L, "a %s has no \"%s\"%s", words, name,
	    *hint != '\0'       ? hint :
		*fields != '\0' ? fields :
				  suggest_push(L, &near));
}

/* Upvalue 1: the table of methods. */
static int
l_object_index(lua_State *L)
{
	struct object *object = lua_touserdata(L, 1);
	struct state *s = state_of(L);
	const struct field_info *field;
	const char *name;

	if (object->run != s->run_number)
		object_any(L, 1); /* raises */
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
		return 1;
	if (lua_type(L, 2) != LUA_TSTRING)
		return luaL_error(L, "a %s has fields by name, not by %s",
		    object_kind_name(object->kind), type_words(L, 2));
	name = lua_tostring(L, 2);
	field = site_field(s, object->kind, name);
	if (field != NULL) {
		object_push_field(L, object, field);
		return 1;
	}
	object_check_name(L, object->kind, name); /* raises */
	return 0;
}

/* What of a ticket is changed by a method of its own. */
static const char *
way_to_set(
    lua_State *L, const struct object *object, const struct field_info *field)
{
	const char *kind = object_kind_name(object->kind);

	if (object->kind == OBJECT_TICKET && strcmp(field->name, "owner") == 0)
		return "write ticket:assign({ to = agent }, why)";
	if (object->kind == OBJECT_TICKET && strcmp(field->name, "tags") == 0)
		return "write ticket:tag(\"key\") or ticket:untag(\"key\")";
	if (!field->may_set)
		return "the desk sets it by itself";
	return lua_pushfstring(
	    L, "write %s:set({ %s = ... }, why)", kind, field->name);
}

static int
l_object_newindex(lua_State *L)
{
	struct object *object = lua_touserdata(L, 1);
	const char *kind = object_kind_name(object->kind);
	const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) :
							   "field";

	const struct field_info *field = site_field(
	    state_of(L), object->kind, name);

	if (field == NULL) /* says what was meant */
		return luaL_error(L, "a %s has no \"%s\"%s", kind, name,
		    suggest_name(
			L, state_of(L)->kinds[object->kind].names, name));
	return luaL_error(L, "%s.%s is read-only: %s", kind, name,
	    way_to_set(L, object, field));
}

static int
l_object_eq(lua_State *L)
{
	struct object *a = object_any(L, 1), *b = object_any(L, 2);

	lua_pushboolean(L,
	    a != NULL && b != NULL &&
		is_same(a, b->kind, b->id, bytes_of(b->key)));
	return 1;
}

static int
l_object_tostring(lua_State *L)
{
	struct object *object = lua_touserdata(L, 1);

	if (object->key[0] != '\0')
		lua_pushfstring(
		    L, "%s %s", object_kind_name(object->kind), object->key);
	else
		lua_pushfstring(L, "%s %I", object_kind_name(object->kind),
		    (LUAI_UACINT)object->id);
	return 1;
}

void
object_open(lua_State *L)
{
	static const luaL_Reg meta[] = {
		{ "__newindex", l_object_newindex },
		{ "__eq", l_object_eq },
		{ "__tostring", l_object_tostring },
		{ NULL, NULL },
	};

	for (int k = 0; k < OBJECT__COUNT; k++) {
		const luaL_Reg *methods = api_methods[k];

		luaL_newmetatable(L, object_kind_name((enum object_kind)k));
		luaL_setfuncs(L, meta, 0);
		lua_newtable(L);
		luaL_setfuncs(L, methods, 0);
		lua_pushcclosure(L, l_object_index, 1);
		lua_setfield(L, -2, "__index");
		lua_pushboolean(L, 0);
		lua_setfield(L, -2, "__metatable");
		lua_pop(L, 1);
	}
}
