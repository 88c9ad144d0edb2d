/* core/lua/object.h - tickets, people and other records as Lua objects.
 *
 * An object is a kind and an identity, and borrows the record from the run's
 * arena once it is known. It is good for the run that made it; one kept after
 * its handler is refused by the run's number. Equal (==) when kind and
 * identity are.
 */
#ifndef HOOKDESK_LUA_OBJECT_H
#define HOOKDESK_LUA_OBJECT_H

#include "core/lua/state.h"

#define OBJECT_KEY_MAX 254

struct object {
	enum object_kind kind;
	uint64_t run;
	uint64_t fresh;            /* of <record> */
	int64_t id;                /* 0: not known, or not stored yet */
	const struct json *record; /* NULL: to be asked for */
	char key
	    []; /* agents' login, queues' and calendars' key; "" for others */
};

/* Make the metatables of all kinds; at start. */
void object_open(lua_State *L);

/* Push the object of a record; nil for NULL. */
void object_push_record(
    lua_State *L, enum object_kind kind, const struct json *record);
/* Push what a reference refers to: an id or a key; nil for null. */
void object_push_ref(
    lua_State *L, enum object_kind kind, const struct json *ref);

/* The object at <index>, NULL if it is none; raises if it is of another run.
 */
struct object *object_any(lua_State *L, int index);
/* The same, of this kind; raises, naming <what>, if it is not. */
struct object *object_check(
    lua_State *L, int index, enum object_kind kind, const char *what);

/* Raise what a script is told that reads <name> of an object of <kind>, if
 * that has no such field or function. */
void object_check_name(lua_State *L, enum object_kind kind, const char *name);

/* Its id, or its key where that is all there is. */
void object_write_id(struct json_writer *w, const struct object *object);

/* Push a field's value; <field> is of the object's kind. */
void object_push_field(
    lua_State *L, struct object *object, const struct field_info *field);

/* The body of a run brings these records: no question for them. */
void object_know(
    struct state *s, enum object_kind kind, const struct json *record);

#endif
