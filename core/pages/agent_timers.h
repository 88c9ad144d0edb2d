/* core/pages/agent_timers.h - what scripts have put off on a ticket, for those
 * who may see scripts.
 */
#ifndef HOOKDESK_PAGES_AGENT_TIMERS_H
#define HOOKDESK_PAGES_AGENT_TIMERS_H

#include "core/pages/agent.h"

extern const struct view_type timer_view_type;

/* The ticket's timers, the next one first, as timer_view_type has them; none
 * for who is no admin. */
ERR_CHECKED enum err timers_view(struct page *page, struct site_read *read,
    const struct actor *actor, uint64_t ticket, struct view_list *out);

extern const struct route agent_timer_routes[];

#endif
