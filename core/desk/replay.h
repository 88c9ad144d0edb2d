/* core/desk/replay.h - the past once more, with other scripts.
 *
 * Into a scratch site in a folder of its own go the tickets of a period and what
 * they refer to, as they were some days before it; then what people did comes
 * again in its order through desk_act(), on a clock that is set to the time of
 * each act, with the scripts at work and, from the beginning of the period on,
 * with the one that is tried. Timers fire at their times. What scripts did in
 * the past does not come again: the scripts do it, or they do not. Then each
 * ticket's timeline is compared with the one it has, or with that of a second
 * run.
 *
 * Of the real site nothing is changed, and no snapshot of it is held for long;
 * it may be served meanwhile. Nothing is sent: mails are taken as sent, web
 * requests get the answer that was kept, or none.
 *
 * The event log tells what people did; where it does not know of a ticket, as
 * it was imported or is older than the log, its timeline does.
 *
 * What cannot be had again is left as it is today: queues, agents, settings,
 * calendars. What scripts kept in desk.store begins empty. A ticket of which
 * that shows is told of as not replayed, with the reason.
 *
 * One thread a replay.
 */
#ifndef HOOKDESK_DESK_REPLAY_H
#define HOOKDESK_DESK_REPLAY_H

#include "core/desk/site.h"
#include "core/script/host.h"

/* So long before the period it begins, with the scripts at work, so that their
 * timers are set when it comes. */
#define REPLAY_LEAD_US (7 * CLOCK_DAY_US)
/* What happened at most so long before or after is the same. */
#define REPLAY_NEAR_US (2 * CLOCK_MINUTE_US)

enum replay_what {
	REPLAY_FIELD, /* what: a ticket's field; from, to */
	REPLAY_REPLY, /* from, to: the text */
	REPLAY_NOTE,  /* likewise */
	REPLAY_EVENT, /* what: "autoreply.sent" ...; from, to: why */
	REPLAY_TIMER, /* what: the job that waits at the end; from, to: when */
	REPLAY_REFUSAL, /* to: the words; what: the hook's act */
	REPLAY_WHAT__COUNT
};
/* "field", for JSON; and for people, English. */
const char *replay_what_name(enum replay_what what);
const char *replay_what_words(enum replay_what what);

/* One thing that is not as it was. <from> is what was, <to> what is now. With
 * !had there was no such thing, with !has there is none: then a field's <from>
 * or <to> is what it stays. */
struct replay_difference {
	struct replay_difference *next;
	enum replay_what what;
	bool had, has;
	int64_t at_us; /* of the earlier one */
	/* When it was, and is; of a timer, when it is due. 0: never. */
	int64_t then_us, now_us;
	struct bytes name, from, to;
	struct bytes by; /* the handler; or empty: people, or the desk */
};

struct replay_ticket {
	uint64_t number;
	struct bytes subject;
	/* The first one first, at most REPLAY_DIFFERENCES_MAX of <count>. */
	const struct replay_difference *differences;
	size_t count;
	const struct why *why_not; /* it was not replayed; NULL: it was */
};
#define REPLAY_DIFFERENCES_MAX 20

/* What a handler did wrong, and how often. */
struct replay_error {
	struct replay_error *next;
	struct bytes handler, message; /* "routing.lua:12: ..." */
	uint64_t count;
};

/* What one side did in the period. */
struct replay_counts {
	uint64_t mails, notes, replies, changes, requests; /* of scripts; mails
							of all */
};

struct replay_report {
	struct bytes load_error; /* the script does not load: nothing was run */
	int64_t since_us, until_us;
	int64_t reached_us; /* < until_us: it was stopped there */
	bool
	    is_against_run; /* compared with a second run, not with the record */
	struct bytes
	    changed; /* scripts that changed in the period, with commas */
	uint64_t tickets, differ, not_replayed;
	uint64_t told; /* of <tickets>: their timelines told, not the log */
	uint64_t acts, skipped; /* that came again; that could not any more */
	uint64_t events;        /* raised by them and by scripts */
	uint64_t added;         /* tickets that there were not */
	struct replay_counts was, is;
	struct replay_error *errors;
	uint64_t error_count;
	struct bytes slowest; /* the handler whose run took longest, */
	int64_t slowest_us;   /* so much processor time */
	uint64_t bytes;       /* of the scratch store, at the end */
	bool is_elsewhere; /* it was not in the site's folder, see scratch.h */
};

enum replay_against {
	REPLAY_RECORD_OR_RUN, /* the record, or, if a script changed in the
				 period, the scripts at work */
	REPLAY_RECORD,
	REPLAY_AT_WORK, /* a second run with the scripts at work */
	REPLAY_FILE,    /* a second run with <other> */
	REPLAY_AGAINST__COUNT
};

struct replay_options {
	const struct script_file *file; /* NULL: the scripts at work alone */
	enum replay_against against;
	const struct script_file *other; /* for REPLAY_FILE */
	int64_t since_us;                /* the period begins here */
	int64_t until_us;                /* 0: now */
	int64_t lead_us;                 /* before it, see above */
	/* No more tickets than so many, those that something happened to last:
	 * the run begins as late as that takes. 0: no limit. */
	size_t ticket_limit;
	/* By the clock: it is stopped then, and compared as far as it came; a
	 * first of two runs has half of it. 0: it takes its time. */
	int64_t budget_us;

	/* Each ticket that differs or was not replayed, by number, once all
	 * has run; lives until it returns. */
	void (*tell)(void *arg, const struct replay_ticket *ticket);
	/* How far it is, <total> in the same measure; true: stop. Often. */
	bool (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

/* Run it. What <out> holds lives in <arena>. ERR_LIMIT when <site> is no real
 * one; ERR_IO, ERR_FULL (the scratch site), ERR_NOMEM ... with words in
 * <why>. To be stopped is no error. */
ERR_CHECKED enum err replay_run(struct site *site,
    const struct replay_options *options, struct arena *arena,
    struct replay_report *out, struct why *why);

#endif
