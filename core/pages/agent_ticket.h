/* core/pages/agent_ticket.h - a ticket's page, shown by a GET and again by a
 * refused post, with everything typed.
 */
#ifndef HOOKDESK_PAGES_AGENT_TICKET_H
#define HOOKDESK_PAGES_AGENT_TICKET_H

#include "core/pages/agent.h"

/* What a refused post brings along; zeroed for a GET. */
struct compose_view {
	struct bytes body, note;
	bool is_note, is_stale, close_first;
	bool is_props; /* <form> is the one beside the ticket */
	int64_t stale_count;
	uint64_t canned; /* chosen */
	uint64_t seen;   /* entries after it are new */
	struct form_view form;
};

/* Show ticket <number> with <compose>. Returns 0 or an error status; sets the
 * response's status to <status>. */
int ticket_show(struct page *page, uint64_t number,
    struct compose_view *compose, int status);

/* {number} of the route as a ticket's number; 0 if it is none. */
uint64_t ticket_number(const struct page *page);

extern const struct route agent_ticket_routes[];

#endif
