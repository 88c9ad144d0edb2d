/* core/desk/pause.h - timers whose time stands still now and then: while their
 * ticket is in some state, and out of business hours.
 */
#ifndef HOOKDESK_DESK_PAUSE_H
#define HOOKDESK_DESK_PAUSE_H

#include "core/desk/site.h"

/* When a timer's job, which is due, is due once more, as its time stood still;
 * 0 if it is due now. Business time is reckoned by its calendar as that is by
 * now; if it is gone, by the one of the ticket's queue.
 *
 * <ticket>  NULL if it is gone
 *
 * ERR_INVALID for a filter that cannot be read (any more), ERR_CORRUPT,
 * ERR_NOMEM. */
ERR_CHECKED enum err pause_left(const struct site_read *read,
    const struct record *job, const struct record *ticket, struct arena *arena,
    int64_t *again_us);

#endif
