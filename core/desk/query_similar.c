/* core/desk/query_similar.c - ticket:similar: which tickets are like one.
 *
 * Likeness is how many of their different words two tickets share (Dice's
 * coefficient over subject and first message): 1 for the same words, 0 for
 * none. Looked at are the newest tickets that the filter lets through.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/crc32c.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/desk/body.h"
#include "core/desk/query.h"
#include "core/model/ticket.h"

#include <stdlib.h>

#define LOOK_AT 200   /* tickets */
#define WORDS_MAX 400 /* of a ticket */
#define GIVE 10       /* tickets, unless the filter has a limit */
#define LEAST 0.2     /* below, they have only small words in common */

struct words {
	uint32_t sums[WORDS_MAX]; /* sorted, each once, when it is complete */
	size_t count;
};

struct match {
	const struct record *ticket;
	double likeness;
};

static bool
add_word(void *arg, const struct text_word *word)
{
	struct words *words = arg;

	if (words->count == WORDS_MAX)
		return false;
	words->sums[words->count++] = crc32c(0, word->term.at, word->term.len);
	return true;
}

static int
compare_sums(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static enum err
read_words(struct query *query, const struct record *ticket, struct words *out)
{
	struct snapshot *snapshot = query->read->snapshot;
	struct bytes text = BYTES_NONE;
	struct record entry;
	size_t kept = 0;
	enum err err;

	out->count = 0;
	err = record_find(
	    snapshot, KIND_ENTRY, entry_id(ticket->id, 1), &entry);
	if (err == ERR_OK)
		err = record_bigtext(
		    snapshot, &entry, ENTRY_BODY, query->arena, &text);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	err = text_words(record_text(ticket, TICKET_SUBJECT), TEXT_WORDS_INDEX,
	    add_word, out);
	if (err == ERR_OK)
		err = text_words(text, TEXT_WORDS_INDEX, add_word, out);
	if (err != ERR_OK)
		return err;
	qsort(out->sums, out->count, sizeof *out->sums, compare_sums);
	for (size_t i = 0; i < out->count; i++)
		if (i == 0 || out->sums[i] != out->sums[i - 1])
			out->sums[kept++] = out->sums[i];
	out->count = kept;
	return ERR_OK;
}

static double
likeness(const struct words *a, const struct words *b)
{
	size_t i = 0, j = 0, shared = 0;

	if (a->count + b->count == 0)
		return 0;
	while (i < a->count && j < b->count) {
		if (a->sums[i] == b->sums[j]) {
			shared++;
			i++;
			j++;
		} else if (a->sums[i] < b->sums[j]) {
			i++;
		} else {
			j++;
		}
	}
	return 2.0 * (double)shared / (double)(a->count + b->count);
}

static int
compare_matches(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	if (x->likeness != y->likeness)
		return x->likeness > y->likeness ? -1 : 1;
	return x->ticket->id > y->ticket->id ? -1 : 1;
}

/* The tickets of <page> that are like <ticket>, the most similar first. */
static enum err
match_all(struct query *query, const struct record *ticket,
    const struct view_page *page, struct match *matches, size_t *count)
{
	struct words *own = arena_new(query->arena, struct words);
	struct words *other = arena_new(query->arena, struct words);
	enum err err;

	*count = 0;
	if (own == NULL || other == NULL)
		return ERR_NOMEM;
	err = read_words(query, ticket, own);
	for (size_t i = 0; err == ERR_OK && i < page->count; i++) {
		double like;

		if (page->tickets[i].id == ticket->id)
			continue;
		err = read_words(query, &page->tickets[i], other);
		like = err == ERR_OK ? likeness(own, other) : 0;
		if (like >= LEAST)
			matches[(*count)++] = (struct match){ &page->tickets[i],
				like };
	}
	if (*count > 1)
		qsort(matches, *count, sizeof *matches, compare_matches);
	return err;
}

enum err
query_similar(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct body_reader body = { .read = query->read,
		.arena = query->arena };
	struct actor actor = query_actor(query);
	struct view_reader reader = desk_reader(query->read->directory,
	    query->read->snapshot, &actor, query->read->now_us);
	struct match *matches = arena_array(
	    query->arena, struct match, LOOK_AT);
	struct filter filter;
	struct view_page page;
	struct record ticket;
	int64_t number = 0;
	size_t count, give;
	enum err err;

	if (matches == NULL)
		return ERR_NOMEM;
	(void)json_int(json_get(with, "ticket"), &number);
	err = filter_from_json(json_get(with, "filter"), &reader.filter, false,
	    query->arena, &filter, why);
	if (err == ERR_OK)
		err = record_find(query->read->snapshot, KIND_TICKET,
		    (uint64_t)number, &ticket);
	if (err == ERR_OK)
		err = view_list(
		    &reader, &filter, BYTES_NONE, LOOK_AT, query->arena, &page);
	if (err == ERR_OK)
		err = match_all(query, &ticket, &page, matches, &count);
	if (err != ERR_OK)
		return err;
	give = filter.limit > 0 ? (size_t)filter.limit : GIVE;
	json_begin_list(w);
	for (size_t i = 0; err == ERR_OK && i < count && i < give; i++) {
		json_begin_object(w);
		json_key(w, "ticket");
		err = body_record(w, &body, matches[i].ticket);
		json_key(w, "likeness");
		json_put_number(w, matches[i].likeness);
		json_end_object(w);
	}
	json_end_list(w);
	return err;
}
