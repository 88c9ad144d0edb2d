/* core/desk/runner.h - threads that run the jobs of sites when they are due. */
#ifndef HOOKDESK_DESK_RUNNER_H
#define HOOKDESK_DESK_RUNNER_H

#include "core/desk/site.h"

struct runner;

/* Run the site's jobs from now on: a thread a lane. ERR_NOMEM. */
ERR_CHECKED enum err runner_start(struct site *site, struct runner **out);
/* Let running jobs end, then return. NULL is allowed. */
void runner_stop(struct runner *runner);
/* Something may be due now. NULL is allowed. */
void runner_wake(struct runner *runner);

/* Run all that is due by the site's clock in the calling thread, for tests
 * and for sites without a runner. *<count> (may be NULL) is how many ran.
 * With jobs that make jobs it goes on until none is due. */
ERR_CHECKED enum err runner_run_due(struct site *site, size_t *count);
/* The same without care for the site, and *<next_due_us> is when the next one is
 * due, of those that do not rest. At most <most> jobs of scripts are run. */
ERR_CHECKED enum err runner_run_now(
    struct site *site, struct arena *arena, size_t most, int64_t *next_due_us);
/* When the next job is due; INT64_MAX if none waits. */
ERR_CHECKED enum err runner_next_due(struct site *site, int64_t *due_us);

#endif
