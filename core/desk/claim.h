/* core/desk/claim.h - which jobs are being run, so that several threads can.
 *
 * Jobs about one customer, his tickets among them, run one after the other and
 * in order, and so do those about nobody: what a script did is what the next
 * run of it finds. Any thread.
 */
#ifndef HOOKDESK_DESK_CLAIM_H
#define HOOKDESK_DESK_CLAIM_H

#include "core/desk/job.h"

#include <pthread.h>

#define CLAIMS_MAX 8
#define PASSED_MAX 16

struct claim {
	uint64_t customer; /* 0: nobody */
	bool is_taken;
};

struct claims {
	pthread_mutex_t lock;
	struct claim at[CLAIMS_MAX];
	uint64_t ended; /* claims given back so far */
};

/* Of one walk over the due jobs, in their order: who was passed, since a job
 * about them was being run. Theirs that come behind it wait, too. */
struct claim_walk {
	uint64_t ended; /* when the walk's snapshot was taken */
	uint64_t passed[PASSED_MAX];
	size_t count;
};

void claims_init(struct claims *claims);
void claims_destroy(struct claims *claims);

/* Before the walk's snapshot is taken: first, and whenever it is renewed. */
void claims_look(struct claims *claims, struct claim_walk *walk);

/* Claim what <run>, as read from <snapshot>, is about. ERR_BUSY: somebody has
 * it, or may have had: look at the next one. ERR_STALE: claimed, but a job has
 * ended since the snapshot was taken, which may have been this one. *<out> is
 * for claims_give(). ERR_IO, ERR_CORRUPT ... */
ERR_CHECKED enum err claims_take(struct claims *claims, struct claim_walk *walk,
    struct snapshot *snapshot, const struct job_run *run, struct claim **out);

/* <has_run>: something may have been committed. */
void claims_give(struct claims *claims, struct claim *claim, bool has_run);

#endif
