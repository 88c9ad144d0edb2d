/* core/desk/replay_private.h - shared by core/desk/replay*.c only. */
#ifndef HOOKDESK_DESK_REPLAY_PRIVATE_H
#define HOOKDESK_DESK_REPLAY_PRIVATE_H

#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/desk/replay.h"
#include "core/desk/scratch.h"

#include <limits.h>

/* A ticket of the period, in the order of its first sight, by number once
 * they are gathered. */
struct past_ticket {
	uint64_t number;
	uint64_t customer;
	int64_t first_us; /* what people did to it first in the run */
	int64_t last_us;  /* what happened to it last */
	bool was_created; /* within the run: it is not there at first */
	/* Of its entries up to <told> the event log knows nothing: it begins
	 * with <covered_us>. What people did until then its timeline tells. */
	uint64_t told;
	int64_t covered_us;
	int64_t closed_us; /* when it was closed, of which no entry tells */
	int told_status;   /* what it was when the log took over */
	bool is_imported;
	bool is_gone;              /* removed for good */
	const struct why *why_not; /* in r->arena, or NULL */
	int64_t why_not_us;        /* of the act that could not come again */
};

/* What a scratch run refused. */
struct past_refusal {
	struct past_refusal *next;
	uint64_t ticket;
	int64_t at_us;
	struct bytes act, words;
};

/* What somebody did, as a timeline tells it. */
struct past_deed {
	int64_t at_us;
	uint64_t ticket;
	uint64_t sequence; /* of the entry; or DEED_CLOSED */
};
#define DEED_CLOSED UINT64_MAX /* past_ticket.closed_us */

struct past_answer;
struct replaying;

/* One run: a scratch site, and what came of it. */
struct past_run {
	struct replaying *r;
	struct scratch scratch; /* where its site is */
	struct clock clock;
	struct site *site;
	struct site_past past;
	struct desk_output output;
	const struct script_file
	    *file; /* from the period's begin on; or NULL */
	bool is_in_period;
	int64_t people_us;      /* when people last did something, */
	uint64_t people_commit; /* and its commit */
	bool is_told;           /* of its errors, and of its slowest handler */
	struct past_refusal *refusals;
	struct past_answer *answers; /* that were given */
	struct replay_counts counts;
	uint64_t top_ticket; /* no real one has a greater number */
	size_t deed;         /* the next one of r->deeds */
};

struct replaying {
	struct site *site; /* the real one */
	const struct replay_options *options;
	struct arena *arena; /* lives as long as the report */
	struct arena *step;  /* of one act or ticket */
	struct why *why;
	struct replay_report *out;
	int64_t from_us;      /* the run begins; since_us less the lead */
	uint64_t first, last; /* numbers of events: from, and behind them */
	int64_t first_us;     /* when <first> was */
	uint64_t total, done; /* events in all runs, for the progress */
	int64_t deadline_us;  /* monotonic; 0: none */
	int64_t cut_us; /* where the first of two runs was cut off; or 0 */
	bool is_stopped;
	bool is_late;     /* ... by the deadline */
	bool is_log_over; /* it does not reach back to <from_us> */
	struct past_ticket *tickets;
	size_t ticket_count, ticket_cap;
	uint32_t *places; /* a hash of <tickets>, while they are gathered */
	size_t place_count, ticket_limit;
	struct past_deed *deeds; /* of timelines, by time */
	size_t deed_count, deed_cap;
};

/* replay_gather.c: which tickets, and what happened to each; sets out->since_us
 * if the limit says so. Leaves <tickets> by number. */
ERR_CHECKED enum err past_gather(struct replaying *r);
/* The ticket <number> of the period; NULL if it is none. */
struct past_ticket *past_find(struct replaying *r, uint64_t number);
/* Why a ticket is not replayed from <at_us> on: the first reason stays. */
ERR_CHECKED enum err past_why_not(
    struct replaying *r, uint64_t number, int64_t at_us, const struct why *why);
/* Look at the real site anew, if that is time. */
ERR_CHECKED enum err past_renew(struct replaying *r, struct site_read *read);

/* replay_told.c: each ticket that something happened to at <from_us> or later of
 * which the event log does not know: <hear> gets it with <last_us>, <told>,
 * <covered_us> and <is_imported> set, those of one state by time, the last ones
 * first and no more than the limit. */
ERR_CHECKED enum err past_find_told(struct replaying *r, struct site_read *read,
    int64_t from_us,
    enum err (*hear)(struct replaying *r, const struct past_ticket *ticket));
/* Whether people left the entry by what they did; and whether it and <other> are
 * of the same moment and the same hand, so of one act. */
bool past_is_deed(const struct record *entry);
bool past_is_same_deed(const struct record *entry, const struct record *other);
/* Fill r->deeds, once the tickets are there by number. */
ERR_CHECKED enum err past_tell(struct replaying *r, struct site_read *read);

/* replay_rewind.c: the ticket as it was before what came at <from_us> or later;
 * texts live in r->step or the snapshot. */
ERR_CHECKED enum err past_ticket_at(struct replaying *r,
    const struct site_read *read, const struct record *now, int64_t from_us,
    struct record *out);
/* "open" of ["pending","open"] for the status that <entry> changed, in r->step;
 * empty if it did not. */
struct bytes past_status_of(struct replaying *r, const struct record *entry);
/* Take back what a customer's or agent's events since <from_us> changed.
 * *<was_created> if one of them says so. */
ERR_CHECKED enum err past_rewind_by_events(struct replaying *r,
    const struct site_read *read, struct record *record, int64_t from_us,
    bool *was_created);

/* replay_fill.c: all that is there when the run begins. */
ERR_CHECKED enum err past_fill(struct past_run *run);

/* replay_past.c: make the scratch site of <run>, filled, with its scripts
 * loaded. */
ERR_CHECKED enum err past_open(struct past_run *run);
void past_close(struct past_run *run);

#define EVENTS_MAX 64 /* of one act */

/* The events of one commit. */
struct moment {
	struct past_run *run;
	struct site_read read; /* of the real site */
	uint64_t commit;
	int64_t at_us;
	const struct past_deed *deed; /* a timeline tells it; or NULL */
	struct record events[EVENTS_MAX];
	size_t count;
	uint64_t seen;     /* how many there were */
	bool is_of_people; /* one of them at least */
};

/* replay_retell.c: the moment of m->deed, as if the log told of it: the events
 * that such an act raises. Nothing, if what it came of is gone. */
ERR_CHECKED enum err past_retell(struct moment *m);

/* replay_answer.c: site_past.request; <arg> is the run. */
void past_answer(
    void *arg, const struct record *job, struct hd_http_outcome *outcome);

/* replay_deeds.c: whether people did it, and no script or the desk itself. */
bool past_is_of_people(const struct record *event);
/* Do what people did in it. */
ERR_CHECKED enum err past_do(struct moment *m);

/* replay_acts.c: let it all come again. */
ERR_CHECKED enum err past_live(struct past_run *run);
/* Whether it is time to stop. */
bool past_is_over(struct replaying *r, uint64_t done);

#define FACTS_MAX 4000 /* of one ticket and side */

struct fact {
	enum replay_what what;
	int64_t at_us;
	int64_t near_us; /* what must be near: at_us, or when a timer is due */
	struct bytes name, value, by;
	struct bytes before; /* of a field: what it was until then */
	bool is_matched;
};

/* One side of the comparison: a run, or the record. */
struct side {
	struct past_run *run; /* NULL: the record */
	struct site_read read;
	struct fact *facts;
	size_t count;
	struct replay_counts *counts;
};
/* replay_facts.c: the facts of the ticket <number> in the period, and the ticket
 * in <ticket> if it is there. Texts live in r->step or the side's snapshot. */
ERR_CHECKED enum err past_read_facts(struct replaying *r, struct side *side,
    uint64_t number, struct record *ticket);

/* replay_compare.c: <was> is NULL for the record. */
ERR_CHECKED enum err past_compare(
    struct replaying *r, struct past_run *was, struct past_run *is);

#endif
