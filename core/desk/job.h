/* core/desk/job.h - jobs in the store: where they lie, how one ends.
 *
 *   j lane due number k            -> the job's record
 *   k kind subject number k        -> lane (1 byte), due (8 bytes)
 *   f number k                     -> a job given up, as it was
 *
 * <number> is that of the event the job follows from, or its own; <k> tells
 * several jobs of one event apart. Done is a job's deletion in the same change
 * as its effects, guarded by its rev.
 */
#ifndef HOOKDESK_DESK_JOB_H
#define HOOKDESK_DESK_JOB_H

#include "core/desk/raise.h"
#include "core/store/keys.h"

/* Where a job lies. A plain value. */
struct job_at {
	enum job_lane lane;
	int64_t due_us;
	uint64_t number;
	uint16_t k;
};

struct json;
struct query_seen;
struct script_call;
struct script_outcome;
struct web_answer;

/* A job as read: its record's texts live as long as the snapshot. */
struct job_run {
	struct job_at at;
	struct record job;
	bool is_set_aside; /* read from the failed ones */

	/* What running it gave, for VERB_SCRIPT_RUN, VERB_MAIL_RESULT and
	 * VERB_HTTP_RESULT. */
	const struct json *wishes;           /* a list, or NULL */
	const struct script_call *call;      /* how it was run; or NULL */
	const struct script_outcome *script; /* with <call> */
	const struct query_seen *seen;       /* of desk.store, see query.h */
	struct bytes hook;                   /* it ran for; "job" */
	uint64_t event;                      /* it ran for; 0 if none */
	enum err outcome;
	struct bytes error;      /* in words */
	int64_t retry_us;        /* when to try again; 0: give up */
	bool is_early;           /* not a failure: its time stood still */
	struct bytes mark;       /* of a timer, which is not in the store */
	bool is_awaited;         /* with <mark>: it does not come again soon */
	struct bytes message_id; /* of a mail that went out */
	const struct web_answer *answer; /* to a web request; or NULL */
};

/* The first job of a lane that is due by <now_us>, behind <after> (NULL: from
 * the start). ERR_NOT_FOUND if there is none; then *<next_due_us> is when
 * the next one is due, INT64_MAX if none waits. ERR_CORRUPT if it cannot be
 * read; then out->at is where it lies. */
ERR_CHECKED enum err job_next(struct snapshot *snapshot, enum job_lane lane,
    const struct job_at *after, int64_t now_us, struct job_run *out,
    int64_t *next_due_us);

/* The same, past those that <skip> wants passed. */
typedef bool job_skip(void *arg, const struct job_run *run);
ERR_CHECKED enum err job_next_unless(struct snapshot *snapshot,
    enum job_lane lane, const struct job_at *after, int64_t now_us,
    job_skip *skip, void *arg, struct job_run *out, int64_t *next_due_us);

/* Read the job at <at>; ERR_NOT_FOUND. */
ERR_CHECKED enum err job_find(
    struct snapshot *snapshot, const struct job_at *at, struct job_run *out);

/* The job that lies under <key> of KEY_JOB. ERR_CORRUPT. */
ERR_CHECKED enum err job_read(
    struct bytes key, struct bytes value, struct job_run *out);

/* Walk the pending jobs about a subject; *<at> is zeroed to begin.
 * ERR_NOT_FOUND at the end. */
ERR_CHECKED enum err job_next_of(struct snapshot *snapshot, enum kind_id kind,
    uint64_t subject, struct job_at *at, struct job_run *out);

/* The same of a ticket's timers alone: ticket:after and ticket:at. */
ERR_CHECKED enum err job_next_timer(struct snapshot *snapshot, uint64_t ticket,
    struct job_at *at, struct job_run *out);

/* Jobs of one ticket run in order: find the one of its lane that failed and
 * is to be tried again before <run>. ERR_NOT_FOUND if <run> need not wait. */
ERR_CHECKED enum err job_awaited(
    struct snapshot *snapshot, const struct job_run *run, struct job_run *out);

/* The event <number>, as raised; ERR_NOT_FOUND once it is trimmed. Its texts
 * live as long as <snapshot>. */
ERR_CHECKED enum err event_find(
    struct snapshot *snapshot, uint64_t number, struct record *out);

/* Walk the jobs given up; *<at> is zeroed to begin. */
ERR_CHECKED enum err job_next_failed(
    struct snapshot *snapshot, struct job_at *at, struct job_run *out);

/* Add a new job to <change>: <number> and <k> as above, or a number of its
 * own for <n> of change_number(). */
ERR_CHECKED enum err job_put(struct change *change, struct arena *arena,
    unsigned n, uint16_t k, const struct record *job);

/* Take the job out, guarded by its rev. */
void job_delete(struct change *change, const struct job_run *run);

/* Write it again for <due_us> with one more try, or, when <due_us> is 0, set
 * it aside; <error> says why. */
ERR_CHECKED enum err job_put_again(struct change *change, struct arena *arena,
    const struct job_run *run, int64_t due_us, struct bytes error);

/* Whether one of <hooks> (a list of texts) was raised for the subject after
 * the commit of <number>. */
ERR_CHECKED enum err events_since(struct snapshot *snapshot, enum kind_id kind,
    uint64_t subject, uint64_t number, struct bytes hooks, bool *out);

/* Compare jobs and events with what leads to them from their subjects, both
 * ways: <fault> hears words for each difference. ERR_OK when all could be
 * read, whatever the faults. */
ERR_CHECKED enum err job_check(struct store *store,
    void (*fault)(void *context, const char *what), void *context);

/* "12.0": a job's name in URLs; and back. */
void job_id_add(struct buf *out, const struct job_at *at);
ERR_CHECKED enum err job_id_parse(struct bytes text, struct job_at *out);

#endif
