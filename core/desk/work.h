/* core/desk/work.h - an act in progress: what it has read, changes and raises.
 *
 * A work lives for one try of an act, in one thread. The acts change the
 * records it has loaded; work_finish() makes of them one change: records,
 * timeline entries that say what was changed by whom, events, and the jobs
 * of the handlers that wait for those events.
 */
#ifndef HOOKDESK_DESK_WORK_H
#define HOOKDESK_DESK_WORK_H

#include "core/desk/act.h"
#include "core/desk/site.h"
#include "core/model/ticket.h"
#include "core/script/hooks.h"
#include "core/store/change.h"

/* Why something is done; goes into entries, events and jobs. All borrowed. */
struct cause {
	struct bytes script; /* "routing/words", or empty */
	struct bytes hook;   /* the hook point or "job" it ran for */
	uint64_t event;      /* id of the event; 0 if none */
	struct bytes chain;  /* JSON list of "handler@ticket", first first */
	struct bytes why;    /* the reason given */
	uint64_t trace;      /* id of the trace; 0 if none */
};

/* A record that the act works on. <base> is what the timeline accounts for:
 * the difference from it to <new> becomes the next change entry. */
struct touched {
	struct touched *next;
	struct record old, base, new;
	bool is_new;
	bool is_removed;
	bool has_moved;       /* its timeline got an entry */
	bool was_answered;    /* ticket.answered is to be raised */
	uint64_t first_entry; /* sequence number of what the act is about */
	uint64_t undoes;      /* the entry that its next change takes back */
	uint64_t undone_by;   /* the entry that did so */
};

struct work {
	struct site *site;
	struct arena *arena;
	struct site_read read;
	const struct act_input *input;
	struct act_result *result;
	struct why *why;
	struct change *change;
	struct actor actor; /* who does what comes next */
	struct cause cause;
	struct touched *touched;
	bool is_historic; /* raises nothing */
	bool is_before;   /* a -ing handler's wishes are applied */
	bool is_trial;    /* only to see whether all of them can be had */
	bool needs_directory;
	bool wakes_jobs;
	int64_t before_deadline_us; /* monotonic: all -ing handlers together */
	uint64_t raised;            /* how many events so far */
	uint64_t last_trace;        /* of the script's run before; or 0 */
};

/* Load a record once; the same pointer comes for the same id.
 * ERR_NOT_FOUND. */
ERR_CHECKED enum err work_load(
    struct work *work, enum kind_id kind, uint64_t id, struct touched **out);

/* A new record with the next id of its kind. ERR_NOMEM. */
ERR_CHECKED enum err work_create(
    struct work *work, enum kind_id kind, struct touched **out);

/* The site's value <name> (KIND_VALUE: what scripts and the desk remember),
 * made when there is none. ERR_NOMEM. */
ERR_CHECKED enum err work_value(
    struct work *work, struct bytes name, struct touched **out);

/* A new record with a given id, for imports. */
ERR_CHECKED enum err work_create_as(
    struct work *work, enum kind_id kind, uint64_t id, struct touched **out);

/* Add an entry to a ticket's timeline. <entry> is begun with record_init();
 * who, when, source and cause are filled in unless set. Returns its number in
 * *<sequence> (may be NULL). ERR_LIMIT for an endless ticket, ERR_NOMEM. */
ERR_CHECKED enum err work_add_entry(struct work *work, struct touched *ticket,
    struct record *entry, uint64_t *sequence);

/* Account for what was changed so far by the present actor and cause: writes
 * the change entry of a ticket and raises what follows from it. */
ERR_CHECKED enum err work_flush(struct work *work, struct touched *touched);

/* Raise an event. <about> is the ticket, customer or agent; <entry> a
 * sequence number or 0; <changes> and <detail> are JSON or empty. */
ERR_CHECKED enum err work_raise(struct work *work, enum hook hook,
    struct touched *about, uint64_t entry, struct bytes changes,
    struct bytes detail);

/* The same of a ticket and an agent: its owner, or who is mentioned. */
ERR_CHECKED enum err work_raise_of(struct work *work, enum hook hook,
    struct touched *about, uint64_t agent, uint64_t entry, struct bytes changes,
    struct bytes detail);

/* Whether a handler listens to <hook>: for what is raised too often to be
 * written without one. */
bool work_is_heard(struct work *work, enum hook hook);

/* Write a job: <job> is begun with record_init(); due now unless set. */
ERR_CHECKED enum err work_add_job(struct work *work, struct record *job);

/* Act as somebody else for a while: a script's handler. */
struct work_actor {
	struct actor actor;
	struct cause cause;
};
struct work_actor work_become(
    struct work *work, const struct actor *actor, const struct cause *cause);
void work_return(struct work *work, const struct work_actor *before);

/* What all loaded records are now, to return to; NULL if memory ran out.
 * Entries, events and jobs that were added since stay. */
struct work_records;
struct work_records *work_save(struct work *work);
void work_restore(struct work *work, const struct work_records *saved);

/* Flush all and fill work->change. */
ERR_CHECKED enum err work_finish(struct work *work);

/* The changes between two versions as JSON, {"status": ["open", "closed"]};
 * empty if there are none. <slots> (may be NULL) gets their bits. */
ERR_CHECKED enum err work_changes(struct work *work, const struct record *from,
    const struct record *to, struct bytes *out, uint64_t *slots);

/* ERR_INVALID and so on with words in work->why. */
enum err work_fail(struct work *work, enum err err, const char *field,
    const char *message, int64_t n, struct bytes name);

/* A copy in the work's arena; its text is BYTES_NONE if memory ran out and
 * *<err> is set. */
struct bytes work_copy(struct work *work, struct bytes text, enum err *err);

#endif
