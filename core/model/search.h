/* core/model/search.h - finding tickets and others by their words.
 *
 * What is found in a record follows from its fields flagged F_SEARCH. Acts
 * only note that a record changed; an index job takes the words up behind the
 * commit, and until then every query looks at the record itself, so that
 * nothing is missing and nothing is found that is gone. How it is stored is
 * told in search_store.h.
 *
 * A snapshot and what reads it belong to one thread at a time.
 */
#ifndef HOOKDESK_MODEL_SEARCH_H
#define HOOKDESK_MODEL_SEARCH_H

#include "core/base/text.h"
#include "core/model/table.h"

#define SEARCH_BATCH_MAX 500    /* records that one index job takes */
#define SEARCH_EXAMINE_MAX 5000 /* records that a query looks at */
#define SEARCH_HITS_MAX 1000    /* of which so many are ranked */
#define SEARCH_NEEDS_MAX 16     /* words of a query; more are left out */

/* --- writing --- */

/* Note in <change> that the words of a record (KIND_ENTRY, KIND_TICKET,
 * KIND_CUSTOMER, KIND_ARTICLE ...) were written, changed or removed by it.
 * Once too often does no harm; kinds without searchable fields are ignored. */
void search_note(struct change *change, enum kind_id kind, uint64_t id);

/* True if any field of <new> that search looks at differs from <old> (NULL:
 * there was none). A big text that is not in memory counts as unchanged. */
bool search_differs(const struct record *old, const struct record *new);

/* Add to <change>, made for <snapshot>, what takes up the words of up to
 * <limit> noted records (at most SEARCH_BATCH_MAX), the oldest notes first.
 * *<taken> is how many notes it settles: 0 when there are none left. When two
 * such changes are built at once, one gets ERR_CONFLICT at its commit.
 *
 * <arena> holds what <change> points to. ERR_NOMEM, ERR_CORRUPT, ERR_IO. */
ERR_CHECKED enum err search_index(struct snapshot *snapshot,
    struct change *change, struct arena *arena, size_t limit, size_t *taken);

/* How many notes wait, counted up to <max>. */
ERR_CHECKED enum err search_waiting(
    struct snapshot *snapshot, size_t max, size_t *out);

/* --- asking --- */

/* Who asks. */
struct search_reader {
	bool sees_notes;   /* internal notes are looked at too */
	bool finds_people; /* tickets are found by their customer's name,
	                    * addresses and so on as well */
	/* Whether the reader sees this record (tickets: the ticket), which
	 * may be asked for each one that fits; sets *<updated_us>, by which
	 * newer ones come first, or leaves it. NULL: sees all. */
	bool (*sees)(void *arg, uint64_t id, int64_t *updated_us);
	void *arg;
	int64_t now_us;
};

struct search_hit {
	uint64_t id;    /* of the record; of tickets, the ticket's */
	uint64_t entry; /* of tickets: the sequence number of the entry that
	                 * fits best, 0 if that is the ticket itself */
	double score;   /* higher is better; only good for comparing */
};

struct search_result {
	struct search_hit *hits; /* in the arena, the best ones first */
	size_t count;
	bool is_cut; /* stopped by one of the limits above: the oldest ones
	              * were not looked at */
};

/* Records of <kind> (KIND_TICKET with its entries, KIND_CUSTOMER,
 * KIND_ORGANISATION, KIND_ARTICLE, KIND_CANNED) in which all of <words> are
 * found, up to <limit> of them.
 *
 *   word        that word; case, accents and the Turkish i do not count, and
 *               English and German words are found in their other forms
 *   wor*        words that begin so; the last word is taken so always
 *   "two words" in this order, one after the other, to the letter
 *   -word       not that word
 *
 * Chinese, Japanese and Thai are found anywhere. Without any word nothing is
 * found. ERR_NOMEM, ERR_CORRUPT, ERR_IO. */
ERR_CHECKED enum err search_find(struct snapshot *snapshot, enum kind_id kind,
    struct bytes words, const struct search_reader *reader, size_t limit,
    struct arena *arena, struct search_result *out);

/* What to show of a text that was found. */
#define SEARCH_MARKS_MAX 8
struct search_excerpt {
	struct bytes text;                         /* one line, in the arena */
	struct text_range marks[SEARCH_MARKS_MAX]; /* where the words stand */
	size_t mark_count;
};

/* The part of <text> around the first of the query's <words>, at most <max>
 * bytes, with dots where something is left out; its beginning if none of
 * them is in it. ERR_NOMEM. */
ERR_CHECKED enum err search_excerpt(struct bytes words, struct bytes text,
    size_t max, struct arena *arena, struct search_excerpt *out);

/* --- care --- */

/* Compare what is indexed with the texts, both ways; calls <fault> with words
 * for each difference. Takes a snapshot of <store> for each part; notes that
 * wait are not faults. For `hookdesk check`.
 *
 * Returns ERR_OK when it could look at everything, whatever it found. */
typedef void search_fault_fn(void *arg, const char *what);
ERR_CHECKED enum err search_check(
    struct store *store, search_fault_fn *fault, void *arg);

#endif
