/* core/desk/counts.c - folder counts from a cached reading. */
#include "config.h"
#include "core/desk/counts.h"
#include "core/base/arena.h"
#include "core/desk/site_private.h"

#include <stdlib.h>

struct reading {
	atomic_uint references;
	uint64_t commit;
	struct arena *arena;
	struct ticket_count *rows;
	size_t count;
};

struct counts_cache {
	pthread_mutex_t lock; /* only to swap or take a reference */
	struct reading *latest;
};

static void
reading_unref(struct reading *reading)
{
	if (reading == NULL || atomic_fetch_sub(&reading->references, 1) > 1)
		return;
	arena_destroy(reading->arena);
	free(reading);
}

enum err
counts_create(struct counts_cache **out)
{
	struct counts_cache *cache = calloc(1, sizeof *cache);

	if (cache == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&cache->lock, NULL);
	*out = cache;
	return ERR_OK;
}

void
counts_destroy(struct counts_cache *cache)
{
	if (cache == NULL)
		return;
	reading_unref(cache->latest);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static enum err
read_all(struct snapshot *snapshot, uint64_t commit, struct reading **out)
{
	struct reading *reading = calloc(1, sizeof *reading);
	enum err err = ERR_NOMEM;

	if (reading == NULL)
		return ERR_NOMEM;
	atomic_init(&reading->references, 1);
	reading->commit = commit;
	reading->arena = arena_create();
	if (reading->arena != NULL)
		err = ticket_counts(
		    snapshot, reading->arena, &reading->rows, &reading->count);
	if (err == ERR_OK)
		*out = reading;
	else
		reading_unref(reading);
	return err;
}

/* The reading that fits the snapshot; the caller gives it back. */
static enum err
take_reading(struct site_read *read, struct reading **out)
{
	struct counts_cache *cache = read->site->counts;
	uint64_t commit = snapshot_commit_number(read->snapshot);
	struct reading *found = NULL, *old;
	enum err err;

	pthread_mutex_lock(&cache->lock);
	if (cache->latest != NULL && cache->latest->commit == commit) {
		found = cache->latest;
		atomic_fetch_add(&found->references, 1);
	}
	pthread_mutex_unlock(&cache->lock);
	if (found != NULL) {
		*out = found;
		return ERR_OK;
	}
	err = read_all(read->snapshot, commit, &found);
	if (err != ERR_OK)
		return err;
	pthread_mutex_lock(&cache->lock);
	old = cache->latest;
	if (old == NULL || old->commit < commit) {
		atomic_fetch_add(&found->references, 1);
		cache->latest = found;
	} else {
		old = NULL;
	}
	pthread_mutex_unlock(&cache->lock);
	reading_unref(old);
	*out = found;
	return ERR_OK;
}

static bool
counts_in(const struct counts_query *query, const struct ticket_count *row)
{
	unsigned states = query->states != 0 ?
	    query->states :
	    1u << STATE_OPEN | 1u << STATE_PENDING;

	return (states >> row->state & 1) &&
	    (!query->has_owner || query->owner == row->owner) &&
	    (!query->has_queue || query->queue == row->queue) &&
	    (!query->is_waiting || row->is_waiting);
}

/* Whether a positive term that lists numbers names one of them alone. */
static bool
take_one(const struct filter_term *term, bool *has, uint64_t *out)
{
	if (*has || term->number_count != 1)
		return false;
	*has = true;
	*out = (uint64_t)term->numbers[0];
	return true;
}

static bool
take_bits(const struct filter_term *term, unsigned *bits)
{
	if (*bits != 0 || term->number_count == 0)
		return false;
	for (size_t i = 0; i < term->number_count; i++)
		*bits |= 1u << term->numbers[i];
	return true;
}

bool
counts_query_of(const struct filter *filter, struct counts_query *out)
{
	struct counts_query query = { .states = 0 };
	unsigned statuses = 0;

	if (filter->except != NULL || filter->words.len > 0 ||
	    filter->number != 0)
		return false;
	for (size_t i = 0; i < filter->term_count; i++) {
		const struct filter_term *term = &filter->terms[i];
		bool is_taken = false;

		if (term->is_not)
			return false;
		if (term->op == FILTER_WAITING)
			is_taken = query.is_waiting = true;
		else if (term->op != FILTER_ANY_OF)
			return false;
		else if (term->slot == TICKET_STATUS)
			is_taken = take_bits(term, &statuses);
		else if (term->slot == TICKET_OWNER)
			is_taken = take_one(
			    term, &query.has_owner, &query.owner);
		else if (term->slot == TICKET_QUEUE)
			is_taken = take_one(
			    term, &query.has_queue, &query.queue);
		if (!is_taken)
			return false;
	}
	/* Sorted by who waits longest, the others are left out. */
	query.is_waiting |= filter->by_waiting;
	query.states = statuses != 0 ?
	    statuses :
	    1u << STATE_OPEN | 1u << STATE_PENDING | 1u << STATE_CLOSED;
	*out = query;
	return true;
}

enum err
counts_sum(struct site_read *read, const struct actor *actor,
    const struct counts_query *queries, size_t count, int64_t *sums)
{
	struct record ticket;
	struct reading *reading;
	uint64_t queue = 0;
	bool may_see = false;
	enum err err = take_reading(read, &reading);

	if (err != ERR_OK)
		return err;
	memset(sums, 0, count * sizeof *sums);
	record_init(&ticket, KIND_TICKET, 0);
	for (size_t i = 0; i < reading->count; i++) {
		const struct ticket_count *row = &reading->rows[i];

		if (i == 0 || row->queue != queue) {
			queue = row->queue;
			record_set_int(&ticket, TICKET_QUEUE, (int64_t)queue);
			may_see = desk_may_see(read->directory, actor, &ticket);
		}
		if (!may_see)
			continue;
		for (size_t q = 0; q < count; q++)
			if (counts_in(&queries[q], row))
				sums[q] += row->count;
	}
	reading_unref(reading);
	return ERR_OK;
}
