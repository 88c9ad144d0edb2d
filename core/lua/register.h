/* core/lua/register.h - what the files have registered: handlers, jobs. */
#ifndef HOOKDESK_LUA_REGISTER_H
#define HOOKDESK_LUA_REGISTER_H

#include "core/lua/filter.h"
#include "core/lua/state.h"

enum registered_kind {
	REGISTERED_HANDLER,
	REGISTERED_JOB,
	REGISTERED_TIMER,
	REGISTERED_ACTION,
	REGISTERED_PANEL,
	REGISTERED_ROUTE,
	REGISTERED_TEST,
	REGISTERED_KIND__COUNT
};

struct registered {
	enum registered_kind kind;
	enum hook hook; /* of a handler */
	const char *file, *name;
	const char *when;        /* JSON, or NULL */
	int64_t every_s;         /* of a timer, if it is no cron: */
	const char *cron, *zone; /* NULL: none; the site's */
	bool skips_missed;
	int order, line;
	bool is_required;
	int function;          /* its reference in Lua's registry */
	const char *with;      /* what an action, a panel or a route was given
				  besides, as WIRE_LOADED has it; or NULL */
	const char *claim;     /* of those: a key, or "POST /x/sms"; or NULL */
	int ask;               /* of an action: a reference to its schema; 0 */
	const char *ask_names; /* with it, with one space between */
};

#define REGISTERED_MAX 2000

/* The file that is being loaded. */
struct loader {
	const char *file;     /* "routing" */
	bool is_test;         /* "..._test": describe() and it() exist */
	bool has_settings;    /* desk.settings was called */
	const char *replaces; /* NULL: nothing */
	struct buf settings;  /* JSON of the schema; empty: none */
	struct buf warnings;  /* JSON values with commas between */
	size_t first;         /* where its part of the registry begins */
	struct buf prefix;    /* of describe(), for the names of it() */
};

/* Forget what was registered from <first> on. */
void registry_cut(struct state *s, size_t first);
/* Write the list from <first> on as WIRE_LOADED has it. */
void registry_write(const struct state *s, size_t first, struct json_writer *w);
/* Keep the function at <index>, which must be one, under <name>; raises if
 * the file has that name already. */
struct registered *registry_add(
    lua_State *L, int index, enum registered_kind kind, struct bytes name);
/* The filter in the option "when" as JSON that outlives the load, or NULL;
 * and any other text that does. */
const char *register_when(lua_State *L, int options, enum filter_use use);
const char *register_keep(lua_State *L, const struct buf *text);
/* Raise unless <file> has a job of this name. */
void check_job(lua_State *L, const char *what, const char *name);

#endif
