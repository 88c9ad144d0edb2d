/* core/desk/dry_run.h - what a script would do to a ticket: it runs on a
 * scratch site over the real one, by the same path as ever, and what it did
 * is read there and dropped.
 *
 * For each handler the last event of its hook that is recorded for the ticket
 * comes again, and the ticket is rewound to it; where none is recorded one is
 * made up, and the ticket is as it is. What is looked up besides, and the
 * clock, are today's. Of the real site nothing is changed: no mail is queued,
 * no id used up, no run counted.
 */
#ifndef HOOKDESK_DESK_DRY_RUN_H
#define HOOKDESK_DESK_DRY_RUN_H

#include "core/desk/mailout.h"
#include "core/script/host.h"

enum dry_kind {
	DRY_CHOICE,   /* to: the value; why */
	DRY_REFUSAL,  /* to: the message; what: the field, or empty */
	DRY_STOP,     /* why */
	DRY_SAID,     /* to: what an action tells who chose it */
	DRY_CHANGE,   /* what: a ticket's field; from, to; why; by */
	DRY_REPLY,    /* to: the text */
	DRY_NOTE,     /* to: the text */
	DRY_EVENT,    /* what: e.g. autoreply.withheld; why */
	DRY_CUSTOMER, /* what: a customer's field; from, to; why */
	DRY_MAIL,     /* to: the address; what: the subject; text; why: error */
	DRY_NOTICE,   /* to: the agent; what: the title; text */
	DRY_TIMER,    /* what: the job; at_us */
	DRY_CANCEL,   /* what: the job whose timer is taken back */
	DRY_EACH,     /* what: the job; to: of what */
	DRY_REQUEST,  /* what: the method; to: the URL; text: the body */
	DRY_STORE,    /* what: the key; to: the value, empty: removed */
	DRY_ALSO,     /* by: another handler that ran; what: its hook; why */
	DRY_WAKES,    /* by: a handler that would run afterwards */
	DRY_PRINT,    /* text */
	DRY_QUESTION, /* what: the question; text: the answer, JSON */
	DRY__COUNT
};

/* "change", for JSON; and for people, English. */
const char *dry_kind_name(enum dry_kind kind);
const char *dry_kind_words(enum dry_kind kind);

struct dry_item {
	struct dry_item *next;
	enum dry_kind kind;
	uint64_t ticket; /* where it is another one; else 0 */
	struct bytes what, from, to, text, why, by;
	int64_t at_us;
};

enum dry_state {
	DRY_RAN,
	DRY_NOT_HELD,    /* its `when` did not hold */
	DRY_NOT_REACHED, /* an earlier one chose, or stopped the hook */
	DRY_LEFT_OUT,    /* those before it took all the time there is */
	DRY_STATE__COUNT
};
const char *dry_state_name(enum dry_state state);

/* One handler. */
struct dry_step {
	struct dry_step *next;
	struct bytes handler; /* "routing/words" */
	struct bytes hook;    /* "ticket.routing", "job" or "action" */
	int order, line;
	enum dry_state state;
	bool has_event;     /* it is no job and no action */
	bool is_made_up;    /* the event */
	int64_t at_us;      /* of the event */
	bool is_rewound;    /* the ticket */
	struct bytes left;  /* fields that could not be, with commas */
	struct bytes error; /* "routing.lua:12: ..."; empty if it is fine */
	int64_t cpu_us, wall_us;
	struct dry_item *items;
};

struct dry_run {
	struct bytes load_error; /* the script does not load; no steps then */
	struct dry_step *steps;
};

struct dry_options {
	struct script_file file; /* its name and text */
	uint64_t ticket;
	enum hook hook;       /* HOOK__COUNT: all */
	struct bytes handler; /* this one alone, "words"; empty: all */
	struct bytes job;     /* a desk.job or timer instead; or empty */
	struct bytes action;  /* a desk.action instead; or empty */
	struct bytes input;   /* what it asks for, JSON; or empty */
	uint64_t agent;       /* who chooses it; 0: somebody who may */
	const struct mail_renderer *renderer; /* NULL: mails are not made */
};

/* "routing" of "a/routing.lua"; empty if that is no script's name. */
struct bytes dry_script_name(struct bytes path);

/* Run it. All of <out> lives in <arena>. ERR_NOT_FOUND (no such ticket or
 * handler), ERR_INVALID, ERR_IO, ERR_NOMEM ... with words in <why>. */
ERR_CHECKED enum err dry_run(struct site *site,
    const struct dry_options *options, struct arena *arena, struct dry_run *out,
    struct why *why);

#endif
