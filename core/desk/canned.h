/* core/desk/canned.h - canned replies with their placeholders filled in. */
#ifndef HOOKDESK_DESK_CANNED_H
#define HOOKDESK_DESK_CANNED_H

#include "core/desk/site.h"

struct actor;
struct json;

/* Whether a canned reply is offered to this agent in this ticket: it is for
 * the ticket's queue or for all, and for the agent or for all. */
bool canned_is_for(const struct record *canned, const struct actor *actor,
    const struct record *ticket);

/* What placeholders are read from; records may be NULL. */
struct canned_from {
	const struct site_read *read;
	const struct record *ticket, *customer, *agent;
	const struct json *vars; /* {"name": value}, or NULL */
};

/* Add <text> to <out> with {ticket.number}, {customer.name}, {agent.name},
 * {url} ... and the names of <vars> filled in. "{customer.name|there}" has a
 * word for when it is empty; what is no placeholder stays as it is. */
ERR_CHECKED enum err canned_fill(struct buf *out, struct arena *arena,
    const struct canned_from *from, struct bytes text);

#endif
