/* core/model/search_check.c - does the index say what the texts say?
 *
 * Three things are kept that must agree: the records' texts, their words as
 * indexed, and the lists. Texts and words are compared record by record.
 * Words and lists are in different orders, so each posting is hashed and the
 * hashes are added up on both sides: equal sums, equal sets.
 */
#include "config.h"
#include "core/model/search_store.h"

#include "core/base/arena.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ATTEMPTS 3 /* before the store is held still */

static const enum kind_id kinds[] = { KIND_TICKET, KIND_ENTRY, KIND_CUSTOMER,
	KIND_ORGANISATION, KIND_ARTICLE, KIND_CANNED };

struct waiting {
	uint64_t id;
	enum kind_id kind;
};

struct check {
	struct store *store;
	struct snapshot *snapshot;
	bool holds_still; /* one snapshot for all of it */
	struct arena *arena;
	search_fault_fn *fault;
	void *arg;
	struct waiting *waiting; /* notes of this snapshot, ordered */
	size_t waiting_count;
	bool has_waiting;
};

struct sum {
	uint64_t hashes, count;
};

/* Go on with a snapshot of now, when this one is old. */
static enum err
refresh(struct check *c, bool *is_new)
{
	*is_new = false;
	if (c->holds_still || !snapshot_is_old(c->snapshot))
		return ERR_OK;
	*is_new = true;
	c->has_waiting = false;
	return snapshot_renew(&c->snapshot);
}

static int
compare_waiting(const void *left, const void *right)
{
	const struct waiting *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static enum err
read_waiting(struct check *c)
{
	struct cursor cursor = { .snapshot = NULL };
	struct search_note_at note;
	size_t count = 0, n = 0;
	enum err err = search_waiting(c->snapshot, SIZE_MAX, &count);

	free(c->waiting);
	c->waiting = calloc(count + 1, sizeof *c->waiting);
	if (err == ERR_OK && c->waiting == NULL)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		err = search_notes_open(c->snapshot, FORWARD, &cursor);
	while (err == ERR_OK && n < count) {
		err = search_notes_next(&cursor, &note);
		if (err == ERR_OK)
			c->waiting[n++] = (struct waiting){ note.id,
				note.kind };
	}
	cursor_close(&cursor);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	qsort(c->waiting, n, sizeof *c->waiting, compare_waiting);
	c->waiting_count = n;
	c->has_waiting = true;
	return ERR_OK;
}

static bool
same_terms(const struct search_terms *a, const struct search_terms *b)
{
	if (a->count != b->count || (a->count > 0 && a->scope != b->scope))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->list[i].weight != b->list[i].weight ||
		    !bytes_equal(a->list[i].term, b->list[i].term))
			return false;
	return true;
}

/* Compare one record's text with its words. */
static enum err
check_record(struct check *c, enum kind_id kind, uint64_t id)
{
	struct arena_mark mark = arena_mark(c->arena);
	const struct waiting asked = { id, kind };
	struct search_terms now, indexed;
	char what[160];
	bool same;
	enum err err = search_terms_now(c->snapshot, kind, id, c->arena, &now);

	if (err == ERR_OK)
		err = search_terms_indexed(
		    c->snapshot, kind, id, c->arena, &indexed);
	same = err == ERR_OK && same_terms(&now, &indexed);
	arena_rewind(c->arena, mark);
	if (err == ERR_CORRUPT) {
		snprintf(what, sizeof what,
		    "%s %" PRIu64 " or its words in the search index are "
		    "damaged",
		    kind_get(kind)->name, id);
		c->fault(c->arg, what);
		return ERR_OK;
	}
	if (err != ERR_OK || same)
		return err;
	if (!c->has_waiting)
		err = read_waiting(c);
	if (err != ERR_OK ||
	    bsearch(&asked, c->waiting, c->waiting_count, sizeof asked,
		compare_waiting) != NULL)
		return err;
	snprintf(what, sizeof what,
	    "the search index does not say what is in %s %" PRIu64,
	    kind_get(kind)->name, id);
	c->fault(c->arg, what);
	return ERR_OK;
}

/* Compare all records of a kind that are there, and those that are not but
 * whose words are. Both lie in keys that end in the id. */
static enum err
check_kind(struct check *c, enum kind_id kind, bool by_words)
{
	uint64_t last = 0;
	bool has_last = false;

	for (;;) {
		struct cursor cursor = { .snapshot = NULL };
		struct key lo, hi;
		bool is_new = false;
		enum err err;

		if (by_words) {
			key_begin(&lo, KEY_SEARCH);
			key_u8(&lo, SEARCH_WORDS);
			key_u8(&lo, (uint8_t)kind);
		} else {
			key_begin(&lo, KEY_RECORD);
			key_u8(&lo, (uint8_t)kind);
		}
		hi = lo;
		key_after(&hi);
		if (has_last)
			key_u64(&lo, last + 1);
		err = cursor_open(
		    c->snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
		while (err == ERR_OK && !is_new) {
			struct bytes key, value;
			uint64_t id;

			err = cursor_next(&cursor, &key, &value);
			if (err != ERR_OK)
				break;
			id = be64_read(key.at + (by_words ? 3 : 2));
			if (!has_last || id != last)
				err = check_record(c, kind, id);
			has_last = true;
			last = id;
			is_new = snapshot_is_old(c->snapshot) &&
			    !c->holds_still;
		}
		cursor_close(&cursor);
		if (err == ERR_OK)
			err = refresh(c, &is_new);
		if (err != ERR_OK)
			return err == ERR_NOT_FOUND ? ERR_OK : err;
	}
}

/* FNV-1a over the term, then mixed with the rest (splitmix64). */
static void
add_hash(struct sum *sum, struct bytes term, enum search_scope scope,
    search_posting posting)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < term.len; i++)
		hash = (hash ^ (unsigned char)term.at[i]) *
		    UINT64_C(1099511628211);
	hash += posting * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)scope;
	hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
	sum->hashes += hash ^ hash >> 31;
	sum->count++;
}

/* What one key of the search table adds to the sums. */
static enum err
add_key(struct check *c, struct bytes key, struct bytes value,
    struct sum *words, struct sum *lists)
{
	search_posting postings[SEARCH_CHUNK_POSTINGS];
	struct search_chunk chunk = { .postings = postings };
	struct search_terms terms;
	enum kind_id kind;
	uint64_t id;
	enum err err;

	if (key.at[1] == SEARCH_WORDS) {
		/* All parts of a record's words with the first of them. */
		if (key.len != 12 || key.at[11] != 0)
			return ERR_OK;
		kind = (enum kind_id)(unsigned char)key.at[2];
		id = be64_read(key.at + 3);
		err = search_terms_indexed(
		    c->snapshot, kind, id, c->arena, &terms);
		for (size_t i = 0; err == ERR_OK && i < terms.count; i++)
			add_hash(words, terms.list[i].term, terms.scope,
			    search_document(kind, id) << 3 |
				terms.list[i].weight);
		return err;
	}
	if (key.at[1] == SEARCH_NOTE || key.at[1] == SEARCH_STATE)
		return ERR_OK;
	if (key.len < 1 + 1 + 1 + 1 + 8)
		return ERR_CORRUPT;
	chunk.first = be64_read(key.at + key.len - 8);
	err = search_chunk_decode(value, &chunk);
	for (size_t i = 0; err == ERR_OK && i < chunk.count; i++)
		add_hash(lists, (struct bytes){ key.at + 1, key.len - 1 - 10 },
		    (enum search_scope)key.at[key.len - 9], chunk.postings[i]);
	return err;
}

static enum err
sum_up(struct check *c, struct sum *words, struct sum *lists)
{
	struct key lo, hi;
	enum err err = ERR_OK;

	key_begin(&lo, KEY_SEARCH);
	hi = lo;
	key_after(&hi);
	while (err == ERR_OK) {
		struct cursor cursor = { .snapshot = NULL };
		bool is_new = false;

		err = cursor_open(
		    c->snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
		while (err == ERR_OK && !is_new) {
			struct arena_mark mark = arena_mark(c->arena);
			struct bytes key, value;

			err = cursor_next(&cursor, &key, &value);
			if (err != ERR_OK)
				break;
			err = add_key(c, key, value, words, lists);
			arena_rewind(c->arena, mark);
			lo.len = 0;
			key_raw(&lo, key.at, key.len);
			key_u8(&lo, 0);
			is_new = snapshot_is_old(c->snapshot) &&
			    !c->holds_still;
		}
		cursor_close(&cursor);
		if (err == ERR_OK)
			err = refresh(c, &is_new);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Compare words and lists, again when a batch came in between. */
static enum err
check_lists(struct check *c)
{
	struct sum words, lists;
	enum err err = ERR_OK;

	for (int attempt = 0; err == ERR_OK; attempt++) {
		uint64_t before = 0, after = 0;

		words = lists = (struct sum){ 0, 0 };
		c->holds_still = attempt == ATTEMPTS;
		err = search_state_rev(c->snapshot, &before);
		if (err == ERR_OK)
			err = sum_up(c, &words, &lists);
		if (err == ERR_OK)
			err = search_state_rev(c->snapshot, &after);
		if (err == ERR_OK && before == after)
			break;
	}
	c->holds_still = false;
	if (err == ERR_CORRUPT) {
		c->fault(c->arg, "the search index is damaged");
		return ERR_OK;
	}
	if (err == ERR_OK &&
	    (words.count != lists.count || words.hashes != lists.hashes))
		c->fault(c->arg,
		    "the lists of the search index do not hold the records' "
		    "words");
	return err;
}

enum err
search_check(struct store *store, search_fault_fn *fault, void *arg)
{
	struct check c = { .store = store,
		.arena = arena_create(),
		.fault = fault,
		.arg = arg };
	enum err err = c.arena != NULL ? ERR_OK : ERR_NOMEM;

	if (err == ERR_OK)
		err = store_snapshot(store, &c.snapshot);
	for (size_t i = 0; err == ERR_OK && i < sizeof kinds / sizeof *kinds;
	     i++) {
		err = check_kind(&c, kinds[i], false);
		if (err == ERR_OK)
			err = check_kind(&c, kinds[i], true);
	}
	if (err == ERR_OK)
		err = check_lists(&c);
	snapshot_release(c.snapshot);
	arena_destroy(c.arena);
	free(c.waiting);
	return err;
}
