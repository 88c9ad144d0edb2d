/* core/pages/tickets.h - tickets by a filter as people write it.
 *
 * One way for the inbox, the agents' search and the API: a filter with words
 * is answered by the search index, one with a number by that ticket, and any
 * other by a view.
 */
#ifndef HOOKDESK_PAGES_TICKETS_H
#define HOOKDESK_PAGES_TICKETS_H

#include "core/desk/may.h"
#include "core/desk/site.h"

struct arena;

struct tickets_query {
	const struct actor *actor; /* sees what he may see */
	struct bytes q;            /* core/model/filter.h */
	struct bytes after;        /* cursor of the page before; or empty */
	size_t limit;
};

struct tickets_page {
	struct record *tickets; /* in the arena; texts live with the look */
	size_t count;
	struct bytes after; /* cursor of the next page; empty at the end */
	bool is_cut;        /* the oldest were not looked at: search further */
	bool is_ranked;     /* by words: the best first, not the newest */
};

/* ERR_INVALID for a filter that says nothing we know (<why>) or a broken
 * cursor; ERR_NOMEM, ERR_CORRUPT, ERR_IO. */
ERR_CHECKED enum err tickets_find(struct site_read *read,
    const struct tickets_query *query, struct arena *arena,
    struct tickets_page *out, struct why *why);

#endif
