/* core/desk/job_walk.h - a walk over the due jobs of a lane, which all who run
 * them share: each gets the next job that nobody else is about.
 *
 * Jobs about one customer, his tickets among them, run one after the other and
 * in order, and so do those about nobody: what a script did is what the next
 * run of it finds. Jobs whose handler rests are passed. Any thread.
 */
#ifndef HOOKDESK_DESK_JOB_WALK_H
#define HOOKDESK_DESK_JOB_WALK_H

#include "core/desk/job.h"

#include <pthread.h>
#include <stdatomic.h>

#define CLAIMS_MAX 16 /* who run jobs at once */

/* A customer somebody runs a job about. */
struct claim {
	uint64_t customer; /* 0: nobody */
	bool is_taken;
	/* His first job that was passed meanwhile: from there the walk goes on
	 * when the claim is given back. */
	bool has_passed;
	struct job_at passed;
};

struct job_walk {
	const struct site *site;
	enum job_lane lane;
	pthread_mutex_t lock;
	struct job_at after;
	bool has_begun, has_run; /* since it began */
	uint64_t damaged;        /* the job that was told of last */
	struct claim claims[CLAIMS_MAX];
	_Atomic uint64_t ended; /* claims given back so far, after a run */
};

void job_walk_init(
    struct job_walk *walk, const struct site *site, enum job_lane lane);
void job_walk_destroy(struct job_walk *walk);

/* For job_walk_take(): asked before its snapshot is taken. */
uint64_t job_walk_ended(struct job_walk *walk);

/* Claim the next job due by <now_us>. At the end the walk begins again if any
 * of its jobs ran. ERR_NOT_FOUND if none is due, as job_next(). ERR_BUSY: those
 * that are looked at next wait for others. ERR_STALE: claimed, but since
 * <ended> a job has ended, which may have been this one. *<out> is for
 * job_walk_give(). ERR_IO, ERR_CORRUPT ... */
ERR_CHECKED enum err job_walk_take(struct job_walk *walk,
    struct snapshot *snapshot, int64_t now_us, uint64_t ended,
    struct job_run *run, struct claim **out, int64_t *next_due_us);

/* The same for a job about nobody that no walk comes to. ERR_BUSY: somebody
 * else is about such a one. */
ERR_CHECKED enum err job_walk_claim(
    struct job_walk *walk, uint64_t ended, struct claim **out);

/* <has_run>: something may have been committed. */
void job_walk_give(struct job_walk *walk, struct claim *claim, bool has_run);

/* From the start again, for whoever goes on. */
void job_walk_restart(struct job_walk *walk);

#endif
