/* core/desk/trace.h - the account of each run of a script: why it did what. */
#ifndef HOOKDESK_DESK_TRACE_H
#define HOOKDESK_DESK_TRACE_H

#include "core/desk/work.h"
#include "core/script/host.h"

/* Keep the run with the act when it changed, failed or refused something;
 * else only in the log of the last runs. Sets work->last_trace to its id (0
 * if it is not stored). ERR_NOMEM. */
ERR_CHECKED enum err trace_add(struct work *work,
    const struct script_call *call, const struct script_outcome *outcome,
    const struct touched *ticket);

#endif
