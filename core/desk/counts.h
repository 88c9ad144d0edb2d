/* core/desk/counts.h - the sums that folders show.
 *
 * The store keeps a counter for each (queue, owner, state) in use. A site
 * keeps the last reading of them all in memory, by commit number, so that a
 * page sums a few hundred numbers and reads none.
 */
#ifndef HOOKDESK_DESK_COUNTS_H
#define HOOKDESK_DESK_COUNTS_H

#include "core/desk/site.h"
#include "core/model/filter.h"
#include "core/model/ticket.h"

struct counts_cache;

ERR_CHECKED enum err counts_create(struct counts_cache **out);
void counts_destroy(struct counts_cache *cache); /* NULL is allowed */

/* Which tickets to sum. Zeroed, it is everything on the desk in any state. */
struct counts_query {
	unsigned states; /* bits 1 << enum ticket_state; 0: open, pending */
	bool has_owner;  /* only this owner's ... */
	uint64_t owner;  /* ... 0 is nobody's */
	bool has_queue;
	uint64_t queue;
	bool is_waiting; /* only where a customer waits */
};

/* What to sum for the tickets that view_list() shows for <filter>; false when
 * the counters do not tell: it asks for more than states, one queue, one owner
 * and who waits. */
bool counts_query_of(const struct filter *filter, struct counts_query *out);

/* Sum each of <count> queries over what the actor may see, into <sums>. */
ERR_CHECKED enum err counts_sum(struct site_read *read,
    const struct actor *actor, const struct counts_query *queries, size_t count,
    int64_t *sums);

#endif
