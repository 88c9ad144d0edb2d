/* core/model/view.h - pages of tickets by a filter, in an index's order.
 *
 * A view picks the index whose prefix the filter fixes the furthest, walks it
 * newest first, tests the rest of the filter on each ticket, and stops after
 * VIEW_EXAMINE_MAX of them: then the page says "search further" and its
 * cursor goes on from there. Only tickets in queues of the reader's rights
 * are shown or counted. Without "place:" a filter means what is on the desk.
 *
 * Filters with words are answered by the search index: see search.h.
 */
#ifndef HOOKDESK_MODEL_VIEW_H
#define HOOKDESK_MODEL_VIEW_H

#include "core/model/filter.h"

#define VIEW_EXAMINE_MAX 5000
#define VIEW_COUNT_MAX 1000

/* Says for a queue whether the reader sees its tickets. */
struct view_reader {
	struct filter_reader filter;
	struct snapshot *snapshot;
	bool sees_all; /* scripts, the system, admins' programs */
		       /* else the rights of filter.agent count */
};

struct view_page {
	struct record *tickets; /* in the arena */
	uint64_t *entries;      /* of filters with words, else NULL: for each
	                         * ticket the entry that fits best, 0: itself */
	size_t count;
	struct bytes after; /* cursor of the next page; empty at the end */
	bool is_cut;        /* stopped by VIEW_EXAMINE_MAX: search further;
	                     * with words: the oldest were not looked at */
	size_t examined;
};

/* Up to <limit> tickets behind the cursor <after> (as a former page gave it,
 * printable; empty to begin). ERR_INVALID for a broken cursor. */
ERR_CHECKED enum err view_list(const struct view_reader *reader,
    const struct filter *filter, struct bytes after, size_t limit,
    struct arena *arena, struct view_page *out);

/* How many match, up to VIEW_COUNT_MAX + 1, which means "more". */
ERR_CHECKED enum err view_count(const struct view_reader *reader,
    const struct filter *filter, struct arena *arena, size_t *out);

/* Whether the reader sees this ticket; its notes. */
bool view_sees(const struct view_reader *reader, const struct record *ticket);
bool view_sees_notes(
    const struct view_reader *reader, const struct record *ticket);

/* Whether the reader sees it and <filter> wants it, words and number aside.
 * <arena> is for a while. */
bool view_wants(const struct view_reader *reader, const struct filter *filter,
    struct arena *arena, const struct record *ticket);

#endif
