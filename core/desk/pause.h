/* core/desk/pause.h - timers that rest: how long a ticket was in some state.
 */
#ifndef HOOKDESK_DESK_PAUSE_H
#define HOOKDESK_DESK_PAUSE_H

#include "core/desk/site.h"

/* For how long between <since_us> and now the ticket was as <filter> says,
 * from the changes in its timeline.
 *
 * <filter>  JSON of a filter F
 *
 * ERR_INVALID for a filter that cannot be read (any more), ERR_CORRUPT,
 * ERR_NOMEM. */
ERR_CHECKED enum err pause_length(const struct site_read *read,
    const struct record *ticket, struct bytes filter, int64_t since_us,
    struct arena *arena, int64_t *out_us);

#endif
