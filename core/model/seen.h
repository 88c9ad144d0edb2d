/* core/model/seen.h - the newest entry of a ticket that an agent has seen.
 *
 * Unread is no counter: it is this mark compared with the ticket's last entry
 * for each row that is shown. Marks are flushed with the next commit; a crash
 * may lose the newest.
 */
#ifndef HOOKDESK_MODEL_SEEN_H
#define HOOKDESK_MODEL_SEEN_H

#include "core/store/store.h"

/* The sequence number of the entry; 0 if the agent never saw the ticket. */
uint64_t seen_get(struct snapshot *snapshot, struct arena *arena,
    uint64_t agent, uint64_t ticket);

/* Note that <agent> has seen entries up to <sequence>; kept for the next
 * commit. ERR_LIMIT (flush first), ERR_NOMEM. */
ERR_CHECKED enum err seen_set(
    struct store *store, uint64_t agent, uint64_t ticket, uint64_t sequence);

#endif
