/* core/pages/tickets.c - tickets by a filter as people write it. */
#include "config.h"
#include "core/pages/tickets.h"
#include "core/base/arena.h"
#include "core/model/search.h"
#include "core/model/seen.h"
#include "core/model/ticket.h"

/* Who searches, for the index's question whether a ticket may be shown. */
struct searcher {
	struct view_reader reader;
	const struct filter *filter;
	struct arena *arena;
	bool has_place;
	bool needs_seen;
};

static bool
has_term(const struct filter *filter, enum filter_op op, int slot)
{
	for (size_t i = 0; i < filter->term_count; i++)
		if (filter->terms[i].op == op &&
		    (slot < 0 || filter->terms[i].slot == slot))
			return true;
	return false;
}

static struct searcher
searcher_of(struct site_read *read, const struct actor *actor,
    const struct filter *filter, struct arena *arena)
{
	return (struct searcher){
		.reader = desk_reader(
		    read->directory, read->snapshot, actor, read->now_us),
		.filter = filter,
		.arena = arena,
		.has_place = has_term(filter, FILTER_ANY_OF, TICKET_PLACE),
		.needs_seen = has_term(filter, FILTER_UNREAD, -1),
	};
}

static bool
fits(struct searcher *searcher, const struct record *ticket)
{
	struct arena_mark mark = arena_mark(searcher->arena);
	struct filter_subject subject = { .ticket = ticket,
		.snapshot = searcher->reader.snapshot,
		.reader = &searcher->reader.filter };
	bool is_fitting;

	if (!searcher->has_place &&
	    record_int(ticket, TICKET_PLACE) != PLACE_DESK)
		return false;
	if (!view_sees(&searcher->reader, ticket))
		return false;
	if (searcher->needs_seen)
		subject.seen = seen_get(searcher->reader.snapshot,
		    searcher->arena, searcher->reader.filter.agent, ticket->id);
	is_fitting = filter_matches(searcher->filter, &subject);
	arena_rewind(searcher->arena, mark);
	return is_fitting;
}

static bool
sees(void *arg, uint64_t id, int64_t *updated_us)
{
	struct searcher *searcher = arg;
	struct record ticket;

	if (record_find(searcher->reader.snapshot, KIND_TICKET, id, &ticket) !=
		ERR_OK ||
	    !fits(searcher, &ticket))
		return false;
	*updated_us = record_int(&ticket, TICKET_UPDATED);
	return true;
}

/* A page of ranked hits begins at the place that its cursor says. */
static enum err
offset_of(struct bytes after, size_t *out)
{
	int64_t n;

	*out = 0;
	if (after.len == 0)
		return ERR_OK;
	if (bytes_to_int(after, &n) != ERR_OK || n < 0 || n > SEARCH_HITS_MAX)
		return ERR_INVALID;
	*out = (size_t)n;
	return ERR_OK;
}

static enum err
find_words(struct site_read *read, const struct tickets_query *query,
    const struct filter *filter, struct arena *arena, struct tickets_page *out)
{
	struct searcher searcher = searcher_of(
	    read, query->actor, filter, arena);
	struct search_reader reader = {
		/* whoever sees a ticket here is no customer */
		.sees_notes = query->actor->kind != BY_CUSTOMER,
		.sees = sees,
		.arg = &searcher,
		.now_us = read->now_us
	};
	struct search_result found = { .count = 0 };
	size_t from, wanted;
	enum err err = offset_of(query->after, &from);

	if (err != ERR_OK)
		return err;
	wanted = from + query->limit + 1;
	if (wanted > SEARCH_HITS_MAX)
		wanted = SEARCH_HITS_MAX;
	err = search_find(read->snapshot, KIND_TICKET, filter->words, &reader,
	    wanted, arena, &found);
	if (err != ERR_OK)
		return err;
	out->is_cut = found.is_cut;
	out->tickets = arena_array(arena, struct record, query->limit);
	if (out->tickets == NULL && query->limit > 0)
		return ERR_NOMEM;
	for (size_t i = from; i < found.count && out->count < query->limit;
	     i++) {
		err = record_find(read->snapshot, KIND_TICKET, found.hits[i].id,
		    &out->tickets[out->count]);
		if (err != ERR_OK)
			return err;
		out->count++;
	}
	if (from + out->count < found.count) {
		out->after = bytes_of(
		    arena_printf(arena, "%zu", from + out->count));
		if (out->after.at == NULL)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

static enum err
find_number(struct site_read *read, const struct tickets_query *query,
    const struct filter *filter, struct arena *arena, struct tickets_page *out)
{
	struct searcher searcher = searcher_of(
	    read, query->actor, filter, arena);
	struct record *ticket = arena_new(arena, struct record);
	enum err err;

	if (ticket == NULL)
		return ERR_NOMEM;
	searcher.has_place = true; /* who names a ticket means that one */
	err = record_find(read->snapshot, KIND_TICKET, filter->number, ticket);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (fits(&searcher, ticket)) {
		out->tickets = ticket;
		out->count = 1;
	}
	return ERR_OK;
}

enum err
tickets_find(struct site_read *read, const struct tickets_query *query,
    struct arena *arena, struct tickets_page *out, struct why *why)
{
	struct view_reader reader = desk_reader(
	    read->directory, read->snapshot, query->actor, read->now_us);
	struct filter *filter = arena_new(arena, struct filter);
	struct view_page found = { .count = 0 };
	enum err err;

	*out = (struct tickets_page){ .count = 0 };
	if (filter == NULL)
		return ERR_NOMEM;
	err = filter_from_text(query->q, &reader.filter, arena, filter, why);
	if (err != ERR_OK)
		return err;
	if (filter->number != 0)
		return find_number(read, query, filter, arena, out);
	if (filter->words.len > 0) {
		out->is_ranked = true;
		err = find_words(read, query, filter, arena, out);
	} else {
		err = view_list(
		    &reader, filter, query->after, query->limit, arena, &found);
		out->tickets = found.tickets;
		out->count = found.count;
		out->after = found.after;
		out->is_cut = found.is_cut;
	}
	if (err == ERR_INVALID)
		return why_set(why, err, "after",
		    N_("This is no cursor of a page before."), 0, NULL);
	return err;
}
