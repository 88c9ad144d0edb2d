/* core/desk/wishes.h - what a script wishes, applied by the deeds of ops.h.
 *
 * The list of wishes is in core/script/wire.h. Nothing of it is believed:
 * names, types, limits and the phase are checked here again.
 */
#ifndef HOOKDESK_DESK_WISHES_H
#define HOOKDESK_DESK_WISHES_H

#include "core/desk/work.h"

struct json;

enum wish_phase {
	WISH_BEFORE, /* set, tag, untag and assign on the act's own ticket */
	WISH_AFTER   /* everything */
};

/* Apply a list of wishes, in order; stops at the first that fails, with words
 * in work->why. One of WISH_BEFORE that fails has changed nothing, but those
 * before it have. <own> is the ticket that number 0 means; may be NULL. */
ERR_CHECKED enum err wishes_apply(struct work *work, const struct json *wishes,
    enum wish_phase phase, struct touched *own);

/* The wishes there are, by number from 0; NULL behind the last. */
const char *wish_name(size_t n);

/* The actor and cause of a handler's run. */
struct actor wishes_actor(struct bytes handler);

#endif
