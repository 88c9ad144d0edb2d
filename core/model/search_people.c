/* core/model/search_people.c - tickets by the words of their customers.
 *
 * Customers are in lists of their own: one who gets another name or address
 * does not make all his tickets be indexed again. A query asks for customers
 * first and takes their newest tickets as one more source.
 */
#include "config.h"
#include "core/model/search_query.h"

#include "core/base/arena.h"
#include "core/model/index.h"

#include <stdlib.h>

#define CUSTOMERS_MAX 50 /* that a word of the query is taken for */
#define TICKETS_MAX 200  /* of each, the newest */
#define PEOPLE_WEIGHT 4  /* as a word of the ticket itself */

static int
compare_postings(const void *left, const void *right)
{
	const search_posting *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Add the customer's newest tickets to <postings>. */
static enum err
add_tickets(struct finder *f, uint64_t customer, search_posting *postings,
    size_t *count)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	enum err err;

	key_index(&prefix, KIND_TICKET, INDEX_TICKET_CUSTOMER);
	index_key_int(
	    &prefix, kind_get(KIND_TICKET), TICKET_CUSTOMER, (int64_t)customer);
	err = cursor_open_prefix(
	    f->snapshot, key_get(&prefix), BACKWARD, &cursor);
	for (int i = 0; err == ERR_OK; i++) {
		err = cursor_next(&cursor, &key, &value);
		if (err != ERR_OK)
			break;
		if (i == TICKETS_MAX) {
			f->is_cut = true;
			break;
		}
		postings[(*count)++] = search_document(KIND_TICKET,
					   be64_read(key.at + key.len - 8))
			<< 3 |
		    PEOPLE_WEIGHT;
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
add_people(struct finder *f, struct need *need)
{
	const struct search_reader anyone = { .now_us = 0 };
	struct search_result people = { .count = 0 };
	struct list_source *source;
	struct buf query = buf_in(f->arena);
	size_t count = 0, different = 0;
	enum err err;

	buf_printf(&query, need->is_beginning ? "%.*s*" : "\"%.*s\"",
	    BYTES_ARG(need->term));
	if (query.failed)
		return ERR_NOMEM;
	err = search_find(f->snapshot, KIND_CUSTOMER, buf_get(&query), &anyone,
	    CUSTOMERS_MAX, f->arena, &people);
	if (err != ERR_OK || people.count == 0)
		return err;
	f->is_cut = f->is_cut || people.is_cut;
	source = query_own_source(f, need, people.count * TICKETS_MAX);
	if (source == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < people.count; i++)
		err = add_tickets(
		    f, people.hits[i].id, source->chunk.postings, &count);
	if (count > 0)
		qsort(source->chunk.postings, count,
		    sizeof *source->chunk.postings, compare_postings);
	for (size_t i = 0; i < count; i++)
		if (i == 0 ||
		    source->chunk.postings[i] != source->chunk.postings[i - 1])
			source->chunk.postings[different++] =
			    source->chunk.postings[i];
	query_own_filled(source, different);
	return err;
}

enum err
query_add_people(struct finder *f)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < f->need_count; i++)
		if (!f->needs[i].is_not)
			err = add_people(f, &f->needs[i]);
	return err;
}

enum err
query_people_phrase(struct finder *f, uint64_t ticket, struct bytes phrase,
    struct arena *arena, bool *found)
{
	struct arena_mark mark = arena_mark(arena);
	enum search_scope scope;
	struct record record;
	struct bytes text;
	int place = -1;
	enum err err = record_find(f->snapshot, KIND_TICKET, ticket, &record);

	if (err == ERR_OK)
		err = search_text(f->snapshot, KIND_CUSTOMER,
		    record_ref(&record, TICKET_CUSTOMER), arena, &scope, &text);
	if (err == ERR_OK)
		err = text_word_in(text, &phrase, 1, &place);
	if (err == ERR_OK)
		*found = place == 0;
	arena_rewind(arena, mark);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
