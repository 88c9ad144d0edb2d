/* core/desk/trace.h - the account of each run of a script: why it did what.
 *
 * A run that changed, failed or refused something is kept in the store; of the
 * others the last TRACE_RING are kept in memory.
 */
#ifndef HOOKDESK_DESK_TRACE_H
#define HOOKDESK_DESK_TRACE_H

#include "core/desk/work.h"
#include "core/script/host.h"

#define TRACE_RING 1000 /* runs kept in memory that changed nothing */

struct job_run;
struct trace_ring;

/* A run as read; its texts live in the arena or as long as the snapshot. */
struct trace_run {
	uint64_t id, ticket, event; /* 0: none */
	enum trace_outcome outcome;
	int64_t at_us, cpu_us, wall_us;
	struct bytes name; /* "routing/words" */
	struct bytes hook; /* "ticket.routing", or "job" */
	struct bytes error;
	bool is_stored;
	/* A JSON value a line: the event; each question and its answer; the
	 * wishes or the failure. {"cut":true} ends one that was too long. */
	struct bytes conversation;
};

ERR_CHECKED enum err trace_ring_create(struct trace_ring **out);
void trace_ring_destroy(struct trace_ring *ring); /* NULL is allowed */

/* Keep the run with the act when it changed, failed or refused something;
 * else only in the ring. Sets work->last_trace to its id (0 if it is not
 * stored). ERR_NOMEM. */
ERR_CHECKED enum err trace_add(struct work *work,
    const struct script_call *call, const struct script_outcome *outcome,
    const struct touched *ticket);

/* The run kept last has failed after all: what it wished for cannot be had. */
void trace_mark_failed(struct work *work, struct bytes message);

/* Remember a run that ran outside of an act, and changed nothing, in the
 * ring. */
ERR_CHECKED enum err trace_remember(struct site *site, struct arena *arena,
    const struct script_call *call, const struct script_outcome *outcome,
    uint64_t ticket, uint64_t event);

/* Runs of handlers whose act was not committed, or that ran outside of one:
 * for VERB_TRACES_KEEP. */
struct trace_list {
	struct record *traces;
	size_t count;
};

/* The traces that <work> would have kept, of runs that failed or refused;
 * their texts live in its arena. ERR_NOMEM. */
ERR_CHECKED enum err traces_of(
    const struct work *work, struct trace_list *list);

/* The same of a single run; <id> is a new one of its kind. */
ERR_CHECKED enum err trace_of(struct site *site, struct arena *arena,
    const struct script_call *call, const struct script_outcome *outcome,
    uint64_t ticket, struct trace_list *list);

/* Keep them by an act of their own. <run> is the job they came from, whose
 * chain goes on; or NULL. What goes wrong is logged: the refusal stands. */
void traces_keep(struct site *site, const struct trace_list *list,
    const struct job_run *run, struct arena *arena);

/* Raise script.failed: <handler> failed in <hook> with <message>. */
ERR_CHECKED enum err trace_raise_failure(struct work *work,
    struct bytes handler, struct bytes hook, struct bytes message,
    struct touched *ticket);

/* The run with this id, stored or in the ring. ERR_NOT_FOUND. */
ERR_CHECKED enum err trace_find(const struct site_read *read, uint64_t id,
    struct arena *arena, struct trace_run *out);

/* Up to <limit> runs of the file <script> (empty: of all), the newest first,
 * without their conversations. After 5 000 stored runs that are another's it
 * looks no further. */
ERR_CHECKED enum err trace_newest(const struct site_read *read,
    struct bytes script, size_t limit, struct arena *arena,
    struct trace_run **out, size_t *count);

#endif
