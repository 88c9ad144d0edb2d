/* core/script/hooks.h - the hook points: what scripts can listen to.
 *
 * The list is hooks.def; from it come this enum, the table, what Lua accepts
 * in desk.on(), the types in scripts/desk.d.lua and the reference page.
 * Knows neither Lua nor tickets. All of it is constant: any thread.
 */
#ifndef HOOKDESK_SCRIPT_HOOKS_H
#define HOOKDESK_SCRIPT_HOOKS_H

#include "core/base/bytes.h"

#include <stdbool.h>

#define SCRIPT_API 1 /* the newest version of the Lua API */

enum hook {
#define HOOK(id, name, kind, since, doc, holds, may, chooses) HOOK_##id,
#include "core/script/hooks.def"
#undef HOOK
	HOOK__COUNT
};

enum hook_kind {
	HOOK_BEFORE, /* noun.verbing: before the commit, no side effects */
	HOOK_AFTER,  /* noun.verbed: after the commit, as a job */
	HOOK_KIND__COUNT
};

/* What a handler of a hook may do; bits of hook_point.may. */
enum hook_may {
	MAY_DENY = 1 << 0,   /* event:deny{} */
	MAY_SET = 1 << 1,    /* set, tag, untag and assign on event.ticket */
	MAY_CHOOSE = 1 << 2, /* event:choose() */
	MAY_ALL = 1 << 3     /* whatever an agent may, as wishes */
};

struct hook_point {
	const char *name;    /* "ticket.routing" */
	const char *doc;     /* a sentence or two, English */
	const char *holds;   /* "ticket entry form?": see hooks.def */
	const char *chooses; /* see hooks.def; NULL: nothing */
	enum hook_kind kind;
	unsigned may; /* of enum hook_may */
	int since;    /* API version */
};

/* A part of an event that is no record of its own, such as event.mail. */
struct event_part {
	const char *name;   /* as in hook_point.holds */
	const char *fields; /* "to subject template": names with one space */
	const char *doc;
};

extern const struct hook_point hook_points[HOOK__COUNT];

/* Ends with a part whose name is NULL. */
extern const struct event_part event_parts[];

/* By its name; HOOK__COUNT if there is none of that name. */
enum hook hook_find(struct bytes name);

/* Does an event of <hook> have <part> ("ticket", "mail" ...)? Those that may
 * be nil count too. */
bool hook_holds(enum hook hook, struct bytes part);

/* "before" or "after"; static. */
const char *hook_kind_name(enum hook_kind kind);

#endif
