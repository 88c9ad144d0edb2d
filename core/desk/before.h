/* core/desk/before.h - the -ing hooks of an act in progress. */
#ifndef HOOKDESK_DESK_BEFORE_H
#define HOOKDESK_DESK_BEFORE_H

#include "core/desk/work.h"

/* What a hook is raised about, and what it chose. */
struct before {
	enum hook hook;
	struct touched *ticket;                        /* may be NULL */
	const struct record *entry, *customer, *agent; /* may be NULL */
	struct bytes text;    /* of a message that is not stored yet */
	struct bytes parts;   /* JSON members of the event: `"form": {}` */
	struct bytes changes; /* JSON, for ticket.updating */
	uint64_t changed;     /* bits: slots besides those of the ticket's */
	struct bytes only;    /* full name of the one handler; empty: all */

	bool has_choice; /* out */
	struct bytes choice, choice_why, choice_by;
	uint64_t choice_trace;
};

/* Run the handlers in their order. Their changes to the ticket are in
 * before->ticket->new and accounted for in the timeline as theirs.
 *
 * ERR_REFUSED with the words in work->result->refusal, its code, and the
 * field in work->why; a handler that fails refuses only if it is required. */
ERR_CHECKED enum err before_run(struct work *work, struct before *before);

/* The choice cannot be had, for the reason in work->why: its handler has
 * failed, the act goes on without it. ERR_NOMEM. */
ERR_CHECKED enum err before_spoil(struct work *work, struct before *before);

#endif
