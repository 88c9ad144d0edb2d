/* core/desk/raise.h - the jobs that follow from events. */
#ifndef HOOKDESK_DESK_RAISE_H
#define HOOKDESK_DESK_RAISE_H

#include "core/desk/work.h"

#define CHAIN_DEPTH_MAX 5 /* handlers that lead to one another */

/* Which jobs wait for each other: those of one lane run one after the
 * other, so that those of a ticket run in order. */
enum job_lane {
	LANE_SCRIPTS, /* handlers, timers: what changes the desk */
	LANE_OUTSIDE, /* mails: what waits for others */
	LANE_CARE,    /* index, unlink, trim */
	LANE_WEB,     /* web requests: no mail waits for them */
	LANE__COUNT
};

enum job_lane job_lane(enum job_type type);

/* The chain of <work>'s cause with one more link, as JSON. ERR_LIMIT when it
 * is CHAIN_DEPTH_MAX long or <handler> was at <ticket> already: with a report
 * of the handlers in order in *<circle>. */
ERR_CHECKED enum err chain_add(struct arena *arena, struct bytes chain,
    struct bytes handler, uint64_t ticket, struct bytes *out,
    struct bytes *circle);

/* Bits: the slots of a ticket that <changes>, JSON as in an event, names. */
uint64_t event_changed(struct arena *arena, struct bytes changes);

#endif
