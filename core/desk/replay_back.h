/* core/desk/replay_back.h - a replay of an open site in the background.
 *
 * One at a time a site, by a thread of its own that gives way to all others.
 * What came of the last one is kept in memory until the next one begins, or
 * the site is closed. Any thread.
 */
#ifndef HOOKDESK_DESK_REPLAY_BACK_H
#define HOOKDESK_DESK_REPLAY_BACK_H

#include "core/desk/replay.h"

#define REPLAY_KEPT_MAX 500 /* tickets that are kept; all are counted */

enum replay_state {
	REPLAY_NONE = 0, /* there was none yet */
	REPLAY_RUNS,
	REPLAY_DONE,   /* to its end, or to where it was stopped */
	REPLAY_BROKEN, /* see <why> */
	REPLAY_STATE__COUNT
};

struct replay_order {
	struct script_file file; /* its name and text; copied */
	bool is_draft;           /* the text is not the file's */
	int64_t since_us;
};

struct replay_kept {
	struct replay_kept *next;
	struct replay_ticket ticket; /* its texts may be cut */
};

/* As it is now; all of it in the arena given. */
struct replay_status {
	enum replay_state state;
	bool is_stopping; /* it was told to */
	struct bytes script;
	bool is_draft;
	int64_t since_us, began_us;
	uint64_t done, total;        /* while it runs; 0: not known yet */
	struct replay_report report; /* when it is done */
	struct replay_kept *tickets;
	struct why why;
};

struct replay_back;
ERR_CHECKED enum err replay_back_create(struct replay_back **out);
/* Stops it first. NULL is allowed. */
void replay_back_destroy(struct replay_back *back);

/* Begin. ERR_BUSY if one runs; ERR_NOMEM. */
ERR_CHECKED enum err replay_begin(
    struct site *site, const struct replay_order *order);
/* It ends soon. Nothing if none runs. */
void replay_end(struct site *site);
ERR_CHECKED enum err replay_look(
    struct site *site, struct arena *arena, struct replay_status *out);

/* A short one in the calling thread, over the last tickets, compared with the
 * scripts at work; it takes two seconds at most. ERR_BUSY if another thread is
 * at it. */
#define REPLAY_SHORT_TICKETS 500
#define REPLAY_SHORT_US (2 * CLOCK_SECOND_US)
ERR_CHECKED enum err replay_short(struct site *site,
    const struct script_file *file, struct arena *arena,
    struct replay_report *report, struct replay_kept **tickets,
    struct why *why);

#endif
