/* core/desk/run.h - running one job: a handler, a timer, a mail. */
#ifndef HOOKDESK_DESK_RUN_H
#define HOOKDESK_DESK_RUN_H

#include "core/desk/job.h"
#include "core/desk/scripts.h"

/* Run <run> to its end and commit that: done, later again, or set aside.
 * <read> is of the snapshot that <run> was read from; it is given back (and
 * begun again) while a script or a mail server is waited for.
 *
 * ERR_BUSY if the handler rests: its event is kept. Other errors mean that
 * not even its failure could be committed. */
ERR_CHECKED enum err job_run(struct site *site, struct site_read *read,
    const struct job_run *run, struct arena *arena);

/* Whether the handler that <run> is for rests. */
bool job_rests(
    const struct site *site, const struct job_run *run, int64_t now_us);

/* timer.c: the next desk.every or desk.cron that is due by read->now_us, as a
 * job; ERR_NOT_FOUND if none is, and *<next_due_us> when one will be. */
ERR_CHECKED enum err timer_next(struct site_read *read, struct arena *arena,
    struct job_run *out, int64_t *next_due_us);

/* Make the run of a timer that was due at <due_us>, with the mark that it
 * leaves; it lives as long as <arena>. ERR_NOMEM. */
ERR_CHECKED enum err timer_begin(struct site_read *read, struct arena *arena,
    const struct script_handler *timer, int64_t due_us, struct job_run *out);

/* When the timer <handler> is due next. ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err timer_due(struct site_read *read, struct arena *arena,
    const struct script_handler *handler, int64_t *due_us);

/* How the last runs of handlers went; one a site. Kept in memory: a restart
 * begins anew. */
struct health;
ERR_CHECKED enum err health_create(struct health **out);
void health_destroy(struct health *health);
/* Note how a run of <handler> went. One most of whose last runs went badly
 * rests for a while: a minute, then twice as long each time, an hour at most.
 * After the commit bad is what fails; where somebody waits for it only what is stopped after all
 * its time or dies, for that costs whoever waits, while one that fails costs
 * nothing and may work for the next. */
void handler_note(struct site *site, const struct script_handler *handler,
    const struct script_outcome *outcome, int64_t now_us);
/* Whether it rests; *<until_us> (may be NULL) says how long. */
bool health_rests(struct health *health, struct bytes handler, int64_t now_us,
    int64_t *until_us);

/* What was counted in the last 24 hours, and whether it rests. */
void health_state(struct health *health, struct bytes handler, int64_t now_us,
    struct handler_state *out);

/* How many handlers rest. */
size_t health_resting(struct health *health, int64_t now_us);

/* The scripts were loaded anew: whoever rests is tried again at once. */
void health_wake(struct health *health);

/* Tell the admins of the next handler that began to rest.
 * ERR_NOT_FOUND if there is none. */
ERR_CHECKED enum err health_tell(struct site *site, struct arena *arena);

#endif
