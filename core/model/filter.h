/* core/model/filter.h - one filter for views, the API, `when` and scripts.
 *
 * Written as text (`status:open queue:billing owner:me tag:refund "words"`)
 * or as the Lua table F of the scripting reference, as JSON. Both give the
 * same struct filter. A filter is immutable after parsing and lives in its
 * arena; names were looked up in the directory given.
 *
 *   status:open,pending  place:spam   priority:high   queue:KEY  owner:LOGIN
 *   owner:me  owner:none  customer:ADDRESS|ID  organisation:ID  tag:KEY
 *   source:mail  language:de  is:waiting  is:unread  is:vip  tier:gold
 *   before:2026-01-01  after:2026-01-01 (created)  waiting:6h (over)
 *   -status:closed (not)   word "some words"   #123 (a ticket's number)
 *   fields.KEY:value (a custom field)  visible_to:LOGIN   sort:waiting
 */
#ifndef HOOKDESK_MODEL_FILTER_H
#define HOOKDESK_MODEL_FILTER_H

#include "core/model/directory.h"

struct json;

#define FILTER_TERMS_MAX 32

enum filter_op {
	FILTER_ANY_OF,   /* the slot's number is one of <numbers> */
	FILTER_HAS_ANY,  /* the list or text slot holds one of <texts> */
	FILTER_BEFORE,   /* the time slot is set and less than <numbers>[0] */
	FILTER_AFTER,    /* the time slot is at least <numbers>[0] */
	FILTER_WAITING,  /* a customer waits */
	FILTER_CUSTOMER, /* a property of the customer: <slot> is its slot */
	FILTER_UNREAD,   /* the reader has not seen the newest entry */
	FILTER_VISIBLE,  /* the agent <numbers>[0] may see it */
	FILTER_CHANGED,  /* in `when` only: the event changed the slot */
	FILTER_ACTOR,    /* in `when` only: the actor's kind */
	FILTER_FIELD, /* custom field <slot> (its number) is one of <texts> */
};

struct filter_term {
	enum filter_op op;
	bool is_not;
	int slot;
	const int64_t *numbers;
	size_t number_count;
	const struct bytes *texts;
	size_t text_count;
};

struct filter {
	struct filter_term terms[FILTER_TERMS_MAX];
	size_t term_count;
	const struct filter *except; /* what matches it is left out; or NULL */
	struct bytes words;          /* for the search index; empty if none */
	uint64_t number;             /* #123; 0 if none */
	int64_t limit;               /* 0 if not given */
	bool by_waiting; /* who waits longest first; else the newest first */
};

/* What a filter is read against. */
struct filter_reader {
	const struct directory *directory;
	struct snapshot *snapshot; /* for customer:ADDRESS; NULL: by id only */
	uint64_t agent;            /* for owner:me, is:unread; 0 if none */
	int64_t now_us;            /* for waiting:6h */
};

/* Parse the text form. ERR_INVALID with what and where in <why>:
 * "there is no queue {name}". */
ERR_CHECKED enum err filter_from_text(struct bytes text,
    const struct filter_reader *reader, struct arena *arena, struct filter *out,
    struct why *why);

/* Parse the table form. <is_when> allows changed= and actor=. */
ERR_CHECKED enum err filter_from_json(const struct json *json,
    const struct filter_reader *reader, bool is_when, struct arena *arena,
    struct filter *out, struct why *why);

/* What a ticket is tested with besides its own record. */
struct filter_subject {
	const struct record *ticket;
	const struct record *customer; /* NULL: read when needed */
	struct snapshot *snapshot;
	const struct filter_reader *reader;
	uint64_t seen;    /* newest entry the reader has seen */
	uint64_t changed; /* slots an event changed, as bits */
	enum actor_kind actor;
};

/* Whether all terms hold; words and number are not looked at. */
bool filter_matches(
    const struct filter *filter, const struct filter_subject *subject);

#endif
