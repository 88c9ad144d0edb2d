/* core/model/ticket.h - what follows from a ticket's fields.
 *
 * Knows the store only by changes; who may do what is above, in desk/.
 */
#ifndef HOOKDESK_MODEL_TICKET_H
#define HOOKDESK_MODEL_TICKET_H

#include "core/model/table.h"

#define TICKET_SNIPPET_MAX 160 /* bytes of a row's second line */

/* Place and status in one, as indexes and counters have it. Stored in keys:
 * append only. */
enum ticket_state {
	STATE_OPEN,    /* our turn, but nobody waits */
	STATE_PENDING, /* the customer's turn, or a date */
	STATE_CLOSED,
	STATE_SPAM,
	STATE_TRASH,
	STATE__COUNT
};

enum ticket_state ticket_state(const struct record *ticket);

/* A customer waits for us: on the desk, and waiting_since is set. */
bool ticket_is_waiting(const struct record *ticket);

/* An event of its timeline: another ticket, ENTRY_OTHER, was merged into it.
 * What was said there belongs here as long as merged_into of that one says so:
 * timeline_merged(). */
bool entry_is_merge(const struct record *entry);

/* Entries are numbered within their ticket, from 1. Their record id holds
 * both, so that a timeline is one range of keys. */
#define ENTRY_SEQUENCE_BITS 20
#define ENTRY_SEQUENCE_MAX ((UINT64_C(1) << ENTRY_SEQUENCE_BITS) - 1)

static inline uint64_t
entry_id(uint64_t ticket, uint64_t sequence)
{
	return ticket << ENTRY_SEQUENCE_BITS | sequence;
}

static inline uint64_t
entry_ticket(uint64_t id)
{
	return id >> ENTRY_SEQUENCE_BITS;
}

static inline uint64_t
entry_sequence(uint64_t id)
{
	return id & ENTRY_SEQUENCE_MAX;
}

/* record_put() with the counters that folders show and the custom fields that
 * are indexed. <old> is NULL for a new ticket, <new> for one that is removed
 * for good. */
ERR_CHECKED enum err ticket_put(struct change *change, struct arena *arena,
    const struct directory *directory, const struct record *old,
    const struct record *new);

/* Walk a ticket's timeline from sequence <from> up; as record_next(). */
ERR_CHECKED enum err timeline_next(struct snapshot *snapshot, uint64_t ticket,
    uint64_t *sequence, struct record *out);

/* The ticket that <entry> of <into> says was merged into it, if it still is.
 * ERR_NOT_FOUND if not, or for another entry. */
ERR_CHECKED enum err timeline_merged(struct snapshot *snapshot,
    const struct record *into, const struct record *entry, struct record *out);

/* The counters by (queue, owner, state): as many rows as there are
 * combinations in use. */
struct ticket_count {
	uint64_t queue, owner;
	enum ticket_state state;
	bool is_waiting;
	int64_t count;
};

/* All counters into an array in <arena>. */
ERR_CHECKED enum err ticket_counts(struct snapshot *snapshot,
    struct arena *arena, struct ticket_count **out, size_t *count);

/* Count the tickets afresh and compare; ERR_CORRUPT with words in <why> at
 * the first difference. For `hookdesk check`. */
ERR_CHECKED enum err ticket_counts_check(
    struct snapshot *snapshot, struct arena *arena, struct why *why);

/* Look through all timelines, what lasting records refer to, and the marks of
 * what was seen: <hear> gets words for each fault. ERR_OK when all could be
 * read, whatever the faults. */
ERR_CHECKED enum err ticket_check(struct store *store,
    void (*hear)(void *context, const char *what), void *context);

#endif
