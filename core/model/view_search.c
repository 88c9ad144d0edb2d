/* core/model/view_search.c - filters with words. */
#include "config.h"
#include "core/model/view_search.h"
#include "core/base/arena.h"
#include "core/model/search.h"

struct asking {
	const struct view_reader *reader;
	const struct filter *filter;
	struct arena *arena;
	bool in_notes; /* tickets whose notes the reader sees; else others */
};

static bool
is_wanted(const struct asking *asking, uint64_t id, struct record *ticket)
{
	/* One that is damaged is not shown; `hookdesk check` names it. */
	return record_find(asking->reader->snapshot, KIND_TICKET, id, ticket) ==
	    ERR_OK &&
	    view_wants(asking->reader, asking->filter, asking->arena, ticket);
}

static bool
wants(void *arg, uint64_t id, int64_t *updated_us)
{
	const struct asking *asking = arg;
	struct record ticket;

	if (!is_wanted(asking, id, &ticket) ||
	    view_sees_notes(asking->reader, &ticket) != asking->in_notes)
		return false;
	*updated_us = record_int(&ticket, TICKET_UPDATED);
	return true;
}

/* Who types a ticket's number without a "#" means that one first. */
static enum err
put_number_first(struct asking *asking, struct search_result *result)
{
	struct search_hit *hits;
	struct record ticket;
	int64_t number;
	size_t count = 1;

	if (bytes_to_int(asking->filter->words, &number) != ERR_OK ||
	    number <= 0 || !is_wanted(asking, (uint64_t)number, &ticket))
		return ERR_OK;
	hits = arena_array(asking->arena, struct search_hit, result->count + 1);
	if (hits == NULL)
		return ERR_NOMEM;
	hits[0].id = (uint64_t)number;
	for (size_t i = 0; i < result->count; i++)
		if (result->hits[i].id != hits[0].id)
			hits[count++] = result->hits[i];
	result->hits = hits;
	result->count = count;
	return ERR_OK;
}

/* Whether the reader sees queues with their notes; without. */
static void
look_at_rights(const struct view_reader *reader, bool *with, bool *without)
{
	size_t count;
	const struct record *const *queues = directory_all(
	    reader->filter.directory, KIND_QUEUE, &count);

	*with = reader->sees_all;
	*without = false;
	for (size_t i = 0; !reader->sees_all && i < count; i++) {
		unsigned rights = directory_rights(reader->filter.directory,
		    reader->filter.agent, queues[i]->id);

		*with |= (rights & RIGHT_NOTE) != 0;
		*without |= (rights & (RIGHT_SEE | RIGHT_NOTE)) == RIGHT_SEE;
	}
}

/* The hits of both, the best first. */
static enum err
merge(struct arena *arena, const struct search_result *more, size_t limit,
    struct search_result *out)
{
	size_t a = 0, b = 0, count = 0;
	struct search_hit *hits = arena_array(
	    arena, struct search_hit, out->count + more->count + 1);

	if (hits == NULL)
		return ERR_NOMEM;
	while (count < limit && (a < out->count || b < more->count)) {
		bool is_more = a == out->count ||
		    (b < more->count &&
			more->hits[b].score > out->hits[a].score);

		hits[count++] = is_more ? more->hits[b++] : out->hits[a++];
	}
	out->hits = hits;
	out->count = count;
	out->is_cut |= more->is_cut;
	return ERR_OK;
}

/* Where the reader sees no notes, the lists of their words are not opened, so
 * that what is found tells nothing of them: who sees notes in some queues and
 * not in others asks twice. */
static enum err
find(struct asking *asking, size_t limit, struct search_result *out)
{
	struct search_reader reader = { .finds_people = true,
		.sees = wants,
		.arg = asking,
		.now_us = asking->reader->filter.now_us };
	bool is_asked[2];
	enum err err = ERR_OK;

	look_at_rights(asking->reader, &is_asked[1], &is_asked[0]);
	for (int notes = 0; err == ERR_OK && notes < 2; notes++) {
		struct search_result found = { .count = 0 };

		if (!is_asked[notes])
			continue;
		asking->in_notes = reader.sees_notes = notes;
		err = search_find(asking->reader->snapshot, KIND_TICKET,
		    asking->filter->words, &reader, limit, asking->arena,
		    &found);
		if (err == ERR_OK)
			err = merge(asking->arena, &found, limit, out);
	}
	return err == ERR_OK ? put_number_first(asking, out) : err;
}

/* Read the page's tickets from <from> on. */
static enum err
fill(const struct asking *asking, const struct search_result *result,
    size_t from, size_t limit, struct view_page *out)
{
	for (size_t i = from; i < result->count && out->count < limit; i++) {
		enum err err = record_find(asking->reader->snapshot,
		    KIND_TICKET, result->hits[i].id, &out->tickets[out->count]);

		if (err != ERR_OK)
			return err;
		out->entries[out->count] = result->hits[i].entry;
		out->count++;
	}
	return ERR_OK;
}

enum err
view_search_list(const struct view_reader *reader, const struct filter *filter,
    struct bytes after, size_t limit, struct arena *arena,
    struct view_page *out)
{
	struct asking asking = { reader, filter, arena };
	struct search_result result = { .count = 0 };
	struct view_page page = { .count = 0 };
	int64_t from = 0;
	enum err err;

	if (after.len > 0 &&
	    (bytes_to_int(after, &from) != ERR_OK || from < 0 ||
		from > SEARCH_HITS_MAX))
		return ERR_INVALID;
	err = find(&asking, (size_t)from + limit + 1, &result);
	if (err != ERR_OK)
		return err;
	page.tickets = arena_alloc_raw(
	    arena, (limit > 0 ? limit : 1) * sizeof *page.tickets);
	page.entries = arena_array(arena, uint64_t, limit > 0 ? limit : 1);
	if (page.tickets == NULL || page.entries == NULL)
		return ERR_NOMEM;
	err = fill(&asking, &result, (size_t)from, limit, &page);
	if (err != ERR_OK)
		return err;
	page.is_cut = result.is_cut;
	page.examined = result.count;
	if (result.count > (size_t)from + page.count) {
		page.after = bytes_of(
		    arena_printf(arena, "%zu", (size_t)from + page.count));
		if (page.after.at == NULL)
			return ERR_NOMEM;
	}
	*out = page;
	return ERR_OK;
}

enum err
view_search_count(const struct view_reader *reader, const struct filter *filter,
    struct arena *arena, size_t *out)
{
	struct asking asking = { reader, filter, arena };
	struct search_result result = { .count = 0 };
	enum err err = find(&asking, VIEW_COUNT_MAX + 1, &result);

	if (err != ERR_OK)
		return err;
	/* More were found than search ranks. */
	if (result.is_cut && result.count >= VIEW_COUNT_MAX)
		result.count = VIEW_COUNT_MAX + 1;
	*out = result.count;
	return ERR_OK;
}
