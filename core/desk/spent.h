/* core/desk/spent.h - how long each agent has worked on tickets today.
 *
 * Nobody keeps a stop watch: an answer or a note counts the time since the
 * same agent's one before it, at least a minute and at most 15, so that a
 * break costs nobody more than that. The day is the site's. Kept as a value of
 * the site's own, one an agent, rewritten by the act that writes the message.
 */
#ifndef HOOKDESK_DESK_SPENT_H
#define HOOKDESK_DESK_SPENT_H

#include "core/desk/work.h"

/* The agent <id> has written something now. ERR_NOMEM, ERR_CORRUPT ... */
ERR_CHECKED enum err spent_add(struct work *work, uint64_t id);

/* The seconds of today, 0 before the first message. */
ERR_CHECKED enum err spent_today(const struct site_read *read, uint64_t id,
    struct arena *arena, int64_t *seconds);

#endif
