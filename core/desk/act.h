/* core/desk/act.h - the one door through which a desk is changed.
 *
 * Web pages, API, mail, command line, imports, timers and Lua all call
 * desk_act(): it checks the actor's right, runs the -ing hooks, builds the
 * change with timeline entries, events and jobs, commits it, and says what
 * the caller must show. Nothing else writes a desk.
 *
 * Any number of threads.
 */
#ifndef HOOKDESK_DESK_ACT_H
#define HOOKDESK_DESK_ACT_H

#include "core/desk/may.h"

struct json;
struct site;

/* Everything that can be done to a desk; act.c has one row for each. */
enum verb {
	VERB_TICKET_CREATE,       /* fields, email, name, body, files */
	VERB_TICKET_UPDATE,       /* fields, tags; agent if has_agent */
	VERB_TICKET_ASSIGN,       /* agent (0: nobody) */
	VERB_TICKET_RATE,         /* rating, body: the comment */
	VERB_TICKET_VIEW,         /* entry: the newest one seen */
	VERB_TICKET_UNDO,         /* entry: the change to take back */
	VERB_TICKET_REMOVE,       /* for good */
	VERB_TICKET_MERGE,        /* into <into>, of the same customer */
	VERB_TICKET_LINKS_REVOKE, /* private links given out so far */
	VERB_REPLY_ADD,           /* body, files, fields (status with it) */
	VERB_NOTE_ADD,            /* body, files, mentions */
	VERB_MAIL_RESEND,         /* entry whose mail failed */
	VERB_MAIL_RESULT,         /* the mail job's end; system only */
	VERB_FILE_ADD,            /* an upload; fields of the file */
	VERB_FILE_DROP,           /* one that nobody attached; system only */
	VERB_RECORD_ADD,          /* fields: a record of the small kinds */
	VERB_RECORD_UPDATE,       /* subject, fields */
	VERB_RECORD_REMOVE,       /* subject */
	VERB_CUSTOMER_UPDATE,     /* subject, fields */
	VERB_SIGN_IN,             /* email, password or link; gives a session */
	VERB_SIGN_OUT,            /* the session in `secret` */
	VERB_LINK_CREATE,         /* a one-time sign-in link for an agent */
	VERB_SCRIPT_RUN,          /* wishes of a handler's run; system only */
	VERB_SCRIPTS_KEEP,        /* what became of a load; system only */
	VERB_TRACES_KEEP,         /* of an act that is not; system only */
	VERB_ADMINS_TELL,         /* news; system only */
	VERB_SCRIPT_UNDO,         /* body: a script, since; or subject: a run */
	VERB_SCRIPT_SWITCH,       /* subject: a script; on or off */
	VERB_JOB_AGAIN,           /* subject: a set-aside job */
	VERB_JOB_DROP,            /* subject: a set-aside job */
	VERB_TIMER_CANCEL,        /* secret: the job of a ticket's timer */
	VERB_IMPORT,              /* a historic ticket with its entries */
	VERB_CUSTOMER_ADD,        /* fields (with email) */
	VERB_LINKS_SEND,          /* email: a mail with a person's links */
	VERB_ARTICLE_VOTE,        /* subject, rating: 1 helped, 0 did not */
	VERB_SEARCH_MISS,         /* body: the words nothing was found for */
	VERB_PASSWORD_CHANGE, /* one's own: old_password, password, secret */
	VERB_SESSIONS_END,    /* one's own, all but that of secret */
	VERB_NOTICES_READ,    /* one's own notifications, all that are new */
	VERB_SESSION_RENEW,   /* that of secret: it is in use */
	VERB_FIELD_INDEX, /* a part of a custom field's index; system only */
	VERB_HTTP_RESULT, /* a web request's end; system only */
	VERB_TRY_STEP,    /* trial: of a dry run; system only */
	VERB_ACTION_RUN,  /* name: of an action, "refunds/refund"; body: what it
			     asked for, JSON; or empty */
	VERB_ROUTE_RUN,   /* name: of a route; body: members of its BODY, see
			     wire.h; system only */
	VERB_SCRIPT_SAVE, /* saving: a version of a script's file */
	VERB__COUNT
};

#define ACT_FILES_MAX 20
#define ACT_TAGS_MAX 20

/* One entry of a historic ticket. */
struct act_history {
	enum entry_type type;
	enum actor_kind by;
	uint64_t agent;
	int64_t at_us;
	struct bytes body;
	enum body_format format;
};

/* What the admins are to know. */
struct admin_news {
	struct bytes title, text;
};

/* What the actor gives. All of it is borrowed for the call. Zeroed memory is
 * an empty input; each verb reads what its row above names. */
struct act_input {
	enum verb verb;
	struct actor actor;
	enum source source;
	uint64_t subject;     /* the ticket's number, or a record's id */
	enum kind_id kind;    /* of `fields` and `subject` */
	struct record fields; /* act_input_init() it; what is given is set */
	uint64_t cleared;     /* bits: slots given as empty */
	bool has_base;        /* custom fields in it were made from <base>: */
	struct bytes base;    /* what the act does not change stays as it is */
	struct bytes email, name, password, secret;
	struct bytes old_password; /* for VERB_PASSWORD_CHANGE */
	struct bytes body;
	enum body_format format;
	uint64_t files[ACT_FILES_MAX]; /* ids of uploads */
	size_t file_count;
	struct bytes tags[ACT_TAGS_MAX], untags[ACT_TAGS_MAX];
	size_t tag_count, untag_count;
	uint64_t mentions[20];
	size_t mention_count;
	uint64_t agent;    /* for VERB_TICKET_ASSIGN, on whose behalf */
	bool has_agent;    /* VERB_TICKET_UPDATE gives it to <agent> too */
	uint64_t entry;    /* a sequence number */
	uint64_t into;     /* for VERB_TICKET_MERGE: the ticket that goes on */
	uint64_t canned;   /* the canned reply that was used; counted */
	uint64_t seen;     /* newest entry the actor had seen: ERR_STALE if
			      more than events came since; 0 is not checked */
	uint64_t seen_rev; /* of the record that the actor changes, as he had
			      seen it: ERR_STALE if it changed since, 0 is
			      not checked */
	int64_t rating;
	struct bytes why; /* the reason given */
	struct bytes key; /* idempotency key; empty if none */
	bool is_form;     /* raises form.validating */
	bool is_ours;     /* VERB_TICKET_CREATE by an agent: <body> is our first
	               * word, mailed to the customer */
	bool is_off;      /* for VERB_SCRIPT_SWITCH */
	struct bytes address, browser;     /* of the client, for sessions */
	const struct act_history *history; /* for VERB_IMPORT */
	size_t history_count;
	const struct script_load *loaded;   /* for VERB_SCRIPTS_KEEP */
	const struct script_saving *saving; /* for VERB_SCRIPT_SAVE */
	const struct job_run *run; /* for VERB_SCRIPT_RUN, VERB_MAIL_RESULT,
				      VERB_TRACES_KEEP, VERB_FIELD_INDEX */
	const struct trace_list *traces; /* for VERB_TRACES_KEEP */
	const struct admin_news *news;   /* for VERB_ADMINS_TELL */
	int64_t since_us;                /* for VERB_SCRIPT_UNDO */
	const struct act_trial *trial;   /* for VERB_TRY_STEP */
	/* Of an actor.is_past: the ids that a new ticket and its customer have;
	 * 0: the next ones. */
	uint64_t past_ticket, past_customer;
};

/* A field that an undo left as it is. */
struct act_left {
	struct act_left *next;
	uint64_t ticket;    /* its number; 0: a customer's */
	struct bytes label; /* of the customer */
	struct bytes field; /* its API name; empty: the whole */
	bool is_changed;    /* since: else it cannot be had, for this reason: */
	struct why why;
};

/* What came of it; texts live in the arena given. */
struct act_result {
	uint64_t ticket;       /* its number; 0 if none */
	uint64_t record;       /* the id of what was added */
	uint64_t entry;        /* the sequence number of the main entry */
	uint64_t commit;       /* 0 if nothing had to be written */
	bool is_repeat;        /* the idempotency key was known: as then */
	struct bytes secret;   /* a session's cookie, a link or a token, once */
	int64_t expires_us;    /* until when a session or a link holds */
	struct bytes refusal;  /* the words of event:deny, or empty */
	struct bytes code;     /* its code, or empty */
	uint64_t undone;       /* VERB_SCRIPT_UNDO: changes taken back; of
				 VERB_TICKET_UNDO and VERB_TRY_STEP fields */
	struct act_left *left; /* and what could not be */
	struct why warning;    /* it was done, but is it what was meant? */
	struct bytes said;     /* by an action, for who chose it; or empty */
	struct bytes error; /* of a script that failed, with ERR_REFUSED: only
				  for those who may see scripts */
	const struct json *answer; /* of a route, see wire.h; or NULL */
};

#define PASSWORD_MIN 10 /* bytes of one that an agent chooses */

/* Whether VERB_PASSWORD_CHANGE asks for the old password: not where there is
 * none, nor soon after signing in by a link. */
bool sign_needs_password(
    const struct record *agent, const struct record *session, int64_t now_us);

/* When a session that is used now ends instead; 0 when it was moved on lately,
 * or ends for good. */
int64_t sign_renewed(const struct record *session, int64_t now_us);

/* Prepare <input> for <verb> on a record of <kind>. */
void act_input_init(struct act_input *input, enum verb verb, enum kind_id kind);

/* Give one field as typed text, or as JSON: an empty one is given as cleared.
 * As value_from_text() and value_from_json(). */
ERR_CHECKED enum err act_input_text(struct act_input *input, int slot,
    struct bytes text, const struct directory *directory, struct arena *arena,
    struct why *why);
ERR_CHECKED enum err act_input_json(struct act_input *input, int slot,
    const struct json *json, const struct directory *directory,
    struct arena *arena, struct why *why);

/* Give the custom fields that <old> has, copied into <arena>: those that a
 * change does not name stay as they are. */
ERR_CHECKED enum err act_input_keep_fields(
    struct act_input *input, const struct record *old, struct arena *arena);

/* Do it. ERR_INVALID, ERR_DENIED, ERR_NOT_FOUND, ERR_REFUSED (by a script:
 * see result->refusal), ERR_EXISTS, ERR_STALE, ERR_LIMIT, ERR_FULL, ERR_BUSY,
 * ERR_IO, each with words and the field in <why>; nothing was changed then.
 * What <result> holds lives in <arena>. */
ERR_CHECKED enum err desk_act(struct site *site, const struct act_input *input,
    struct arena *arena, struct act_result *result, struct why *why);

/* The verb's name, e.g. "ticket.create". */
const char *verb_name(enum verb verb);

#endif
