/* core/lua/state.h - what the script host knows: its Lua state, the site, and
 * the run in hand.
 *
 * One of these a process, one thread. Functions called from Lua find it with
 * state_of(). They own nothing (no malloc, no descriptor) across a call that
 * can raise: what they need lies in the run's arena, in a buffer of the
 * state, or on Lua's stack.
 */
#ifndef HOOKDESK_LUA_STATE_H
#define HOOKDESK_LUA_STATE_H

#include "core/base/bytes.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/script/hooks.h"
#include "core/script/wire.h"

#include <lauxlib.h>
#include <lua.h>

struct arena;
struct loader;
struct registered;

#define MEMORY_MAX (16 * 1024 * 1024) /* bytes that Lua may hold */

/* When a function may be called; a set of these is a sum. */
enum phase {
	PHASE_NONE = 0,
	PHASE_LOAD = 1 << 0,   /* a file's top level */
	PHASE_BEFORE = 1 << 1, /* -ing handlers */
	PHASE_AFTER = 1 << 2,  /* -ed handlers */
	PHASE_JOB = 1 << 3,    /* jobs, timers, actions and routes */
	PHASE_TEST = 1 << 4,   /* it() of a test file */
	PHASE_LOOK = 1 << 5,   /* panels: look-ups alone */
	PHASE_DO = PHASE_AFTER | PHASE_JOB,
	PHASE_RUN = PHASE_BEFORE | PHASE_DO | PHASE_TEST | PHASE_LOOK
};

/* The kinds of objects that Lua sees. */
enum object_kind {
	OBJECT_TICKET,
	OBJECT_CUSTOMER,
	OBJECT_AGENT,
	OBJECT_ENTRY,
	OBJECT_QUEUE,
	OBJECT_ORGANISATION,
	OBJECT_ARTICLE,
	OBJECT_CALENDAR,
	OBJECT__COUNT
};

enum value_type {
	VALUE_BOOL,
	VALUE_INT,
	VALUE_TIME,
	VALUE_TEXT,
	VALUE_ENUM,
	VALUE_REF,
	VALUE_MAP,
	VALUE_JSON,
	VALUE_TYPE__COUNT
};

/* A field as the server told it. */
struct field_info {
	const char *name;
	enum value_type type;
	enum object_kind of; /* of a ref; OBJECT__COUNT: stays text */
	const char *of_name; /* "queue"; NULL if it is no ref */
	bool is_list, may_set;
	const struct json *words; /* NULL: not told */
	const char *names;        /* with one space between; NULL: not told */
};

struct kind_info {
	struct field_info *fields;
	size_t count;
	const char *names; /* of all fields, with one space between */
};

/* A record that needs no question. */
struct known {
	enum object_kind kind;
	int64_t id;
	const struct json *record;
};

#define KNOWN_MAX 256

/* What belongs to one run of one handler. Zeroed at its beginning. */
struct run {
	enum phase phase;
	enum hook hook;          /* of a handler, else HOOK__COUNT */
	const char *file;        /* "routing": for desk.store and jobs */
	const struct json *body; /* in the arena */
	int64_t now_us;
	unsigned wish_count, mail_count, request_count, ask_count;
	const char *verdict; /* "deny", "choose" or "stop" once called */
	size_t known_count;
	struct known known[KNOWN_MAX]; /* last: not zeroed */
};

/* All that the files have registered; a handler's id is its place. See
 * register.h. */
struct registry {
	struct registered *list;
	size_t count, cap;
};

struct state {
	lua_State *L;
	int fd;                    /* of the server */
	struct buf in, out;        /* frames */
	struct json_writer writer; /* of the wish or question in hand */
	struct buf wishes;         /* JSON values with commas between */
	size_t wishes_whole;       /* up to here they are whole */
	struct buf verdict; /* a JSON object: what deny, choose or stop said */
	struct buf value;   /* JSON: what an action, a panel or a route gives */
	struct buf print;   /* JSON texts with commas between */
	struct buf scratch, scratch_word; /* of one function at a time */
	struct json_writer scratch_writer;
	struct buf traceback; /* of the last error, */
	char failed_file[64]; /* with its place; for failure.c */
	int failed_line;
	struct arena *fixed; /* lives as long as the process */
	struct arena *arena; /* of the run */
	uint64_t run_number; /* objects of former runs are refused */
	uint64_t fresh;      /* raised when what was read may have changed */
	size_t memory;       /* bytes that Lua holds */
	const struct json *site, *settings;
	struct kind_info kinds[OBJECT__COUNT];
	struct registry registry;
	struct loader *loader; /* while loading, else NULL */
	struct run run;
};

/* Make the Lua state with its capped allocator; ERR_NOMEM. */
ERR_CHECKED enum err state_create(int fd, struct state **out);

static inline struct state *
state_of(lua_State *L)
{
	return *(struct state **)lua_getextraspace(L);
}

/* Begin a run: forgets what belonged to the one before. */
void run_begin(struct state *s, enum phase phase, enum hook hook);
/* End it: objects kept from it are refused from now on. */
void run_end(struct state *s);

/* Understand SITE of wire.h, which lives in s->fixed; ERR_INVALID, ERR_NOMEM.
 */
ERR_CHECKED enum err site_read(struct state *s, const struct json *site);
/* The field of this name; NULL if there is none. */
const struct field_info *site_field(
    const struct state *s, enum object_kind kind, const char *name);
/* Whether the site has this key of a kind ("queue", "agent", "role" ...). A
 * kind whose keys the server did not tell has any. */
bool site_has_key(const struct state *s, const char *kind, const char *key);
/* Push and return ` (did you mean "billing"?)` of such a key, or "". */
const char *site_suggest(lua_State *L, const char *kind, const char *key);
/* Raise "there is no queue "bilingl" (did you mean "billing"?)" unless it
 * has it. */
void check_key(
    lua_State *L, const char *what, const char *kind, const char *key);
/* The name of a kind, "ticket", and back: OBJECT__COUNT if there is none. */
const char *object_kind_name(enum object_kind kind);
enum object_kind object_kind_named(const char *name);

#endif
