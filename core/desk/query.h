/* core/desk/query.h - answers to the questions a script's run asks.
 *
 * The questions are listed in core/script/wire.h. They are answered from the
 * snapshot of the run, for the script as the actor. One thread a query.
 */
#ifndef HOOKDESK_DESK_QUERY_H
#define HOOKDESK_DESK_QUERY_H

#include "core/base/json_write.h"
#include "core/desk/site.h"
#include "core/script/host.h"

/* A value of desk.store that a run has read: what it then wishes for holds
 * while that is so. */
struct query_seen {
	struct query_seen *next;
	struct bytes name; /* "routing/key" */
	uint64_t id, rev;  /* of its record; 0: there was none */
};

/* The context of query_ask(): what a run reads from. */
struct query {
	const struct site_read *read;
	struct arena *arena;
	struct bytes script; /* "routing": whose desk.store it is */
	struct query_seen *seen;
};

/* What was read of desk.store is so still when <change> is committed: else it is
 * ERR_STALE, or, where the act itself runs the script again, a conflict. */
void query_guard(
    struct change *change, const struct query_seen *seen, bool runs_again);

/* A script_ask: see wire.h, questions. */
enum err query_ask(void *context, struct bytes question,
    const struct json *with, struct buf *answer, struct why *why);

/* One question: <with> are its arguments, the value goes to <w>. */
typedef enum err query_answer(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why);

/* For the other files of the query: an actor that is the script, and a record
 * (or null, when <found> is ERR_NOT_FOUND). */
struct actor query_actor(const struct query *query);
ERR_CHECKED enum err query_record(struct query *query, struct json_writer *w,
    enum err found, const struct record *record);

/* Whether an agent is one of A, the filter of desk.agents and ticket:assign, as
 * the host writes it; NULL: everybody is. */
bool query_agent_fits(const struct directory *directory,
    const struct record *agent, const struct json *filter);

/* query_list.c */
query_answer query_tickets, query_count, query_agents, query_articles,
    query_entries;
/* query_calendar.c */
query_answer query_calendar, query_is_open, query_next_open, query_add,
    query_between;
/* query_similar.c */
query_answer query_similar;
/* query_text.c */
query_answer query_render, query_tr, query_date, query_hmac;

#endif
