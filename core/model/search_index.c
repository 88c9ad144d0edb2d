/* core/model/search_index.c - takes noted records' words up into the lists.
 *
 * What a record was found by before is read from the index itself, what it is
 * found by now from the record: so it does not matter in which order notes
 * come, how often, or what happened to the record since.
 */
#include "config.h"
#include "core/model/search_store.h"

#include "core/base/arena.h"

#include <stdlib.h>

/* What one batch may touch, so that its change keeps to CHANGE_SIZE_MAX even
 * when each word lies in a full chunk of its own. */
#define BATCH_TERMS_MAX 8000
#define SEEN_BITS 65536 /* to count different words, a power of two */

/* One word of one record, to be put or removed. */
struct edit {
	struct bytes term;
	enum search_scope scope;
	struct search_edit edit;
};

struct batch {
	struct snapshot *snapshot;
	struct change *change;
	struct arena *arena;   /* for what <change> holds */
	struct arena *scratch; /* for what is gone after it is built */
	struct search_note_at *notes;
	size_t note_count;
	struct edit *edits;
	size_t edit_count, edit_cap;
	size_t term_count; /* different ones, nearly: by their hashes */
	uint64_t seen[SEEN_BITS / 64];
};

static void
note_prefix(struct key *key)
{
	key_begin(key, KEY_SEARCH);
	key_u8(key, SEARCH_NOTE);
}

static void
state_key(struct key *key)
{
	key_begin(key, KEY_SEARCH);
	key_u8(key, SEARCH_STATE);
}

void
search_note(struct change *change, enum kind_id kind, uint64_t id)
{
	static const char nothing[RECORD_HEADER_SIZE];
	struct key prefix;
	char suffix[9];

	if (search_scope_of(kind) == SCOPE_NONE)
		return;
	note_prefix(&prefix);
	suffix[0] = (char)kind;
	be64_write(suffix + 1, id);
	change_put_numbered(change, key_get(&prefix), change_number(change),
	    (struct bytes){ suffix, sizeof suffix },
	    (struct bytes){ nothing, sizeof nothing }, true);
}

enum err
search_notes_open(
    struct snapshot *snapshot, enum direction direction, struct cursor *out)
{
	struct key prefix;

	note_prefix(&prefix);
	return cursor_open_prefix(snapshot, key_get(&prefix), direction, out);
}

enum err
search_notes_next(struct cursor *cursor, struct search_note_at *out)
{
	struct bytes key, value;
	enum err err = cursor_next(cursor, &key, &value);

	if (err != ERR_OK)
		return err;
	if (key.len != 2 + 8 + 1 + 8)
		return ERR_CORRUPT;
	out->key.len = 0;
	key_raw(&out->key, key.at, key.len);
	out->kind = (enum kind_id)(unsigned char)key.at[10];
	out->id = be64_read(key.at + 11);
	return search_scope_of(out->kind) != SCOPE_NONE ? ERR_OK : ERR_CORRUPT;
}

enum err
search_waiting(struct snapshot *snapshot, size_t max, size_t *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct search_note_at note;
	size_t count = 0;
	enum err err = search_notes_open(snapshot, FORWARD, &cursor);

	while (err == ERR_OK && count < max) {
		err = search_notes_next(&cursor, &note);
		count += err == ERR_OK;
	}
	cursor_close(&cursor);
	if (err == ERR_OK || err == ERR_NOT_FOUND) {
		*out = count;
		return ERR_OK;
	}
	return err;
}

enum err
search_state_rev(struct snapshot *snapshot, uint64_t *out)
{
	struct bytes value;
	struct key key;
	enum err err;

	state_key(&key);
	err = snapshot_get(snapshot, key_get(&key), &value);
	if (err == ERR_NOT_FOUND) {
		*out = 0;
		return ERR_OK;
	}
	return err == ERR_OK ? record_check(value, out) : err;
}

static enum err
read_notes(struct batch *b, size_t limit)
{
	struct cursor cursor = { .snapshot = NULL };
	enum err err = search_notes_open(b->snapshot, FORWARD, &cursor);

	while (err == ERR_OK && b->note_count < limit) {
		err = search_notes_next(&cursor, &b->notes[b->note_count]);
		b->note_count += err == ERR_OK;
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool
is_done(const struct batch *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b->notes[i].id == b->notes[n].id &&
		    b->notes[i].kind == b->notes[n].kind)
			return true;
	return false;
}

static bool
add_edit(struct batch *b, const struct search_term *term,
    enum search_scope scope, uint64_t document, bool is_removed)
{
	if (b->edit_count == b->edit_cap) {
		size_t cap = b->edit_cap * 2 + 1024;
		struct edit *wider = realloc(b->edits, cap * sizeof *wider);

		if (wider == NULL)
			return false;
		b->edits = wider;
		b->edit_cap = cap;
	}
	b->edits[b->edit_count++] = (struct edit){ term->term, scope,
		{ document << 3 | (is_removed ? 0 : term->weight),
		    is_removed } };
	return true;
}

/* Add the edits that turn the words <old> of a document into <new>. */
static bool
add_difference(struct batch *b, uint64_t document,
    const struct search_terms *old, const struct search_terms *new)
{
	bool ok = true;
	size_t i = 0, k = 0;

	while (ok && (i < old->count || k < new->count)) {
		int order = i == old->count ?
		    1 :
		    k == new->count ?
		    -1 :
		    bytes_compare(old->list[i].term, new->list[k].term);
		bool moves = old->scope != new->scope;

		if (order < 0 || (order == 0 && moves))
			ok = add_edit(
			    b, &old->list[i], old->scope, document, true);
		if (ok &&
		    (order > 0 ||
			(order == 0 &&
			    (moves ||
				old->list[i].weight != new->list[k].weight))))
			ok = add_edit(
			    b, &new->list[k], new->scope, document, false);
		i += order <= 0;
		k += order >= 0;
	}
	return ok;
}

/* Count the words of the edits from <from> on that are new to this batch. */
static size_t
count_new_terms(struct batch *b, size_t from)
{
	size_t count = 0;

	for (size_t i = from; i < b->edit_count; i++) {
		const struct edit *edit = &b->edits[i];
		uint32_t hash = 2166136261u ^ (uint32_t)edit->scope;
		uint64_t bit;

		for (size_t k = 0; k < edit->term.len; k++)
			hash = (hash ^ (unsigned char)edit->term.at[k]) *
			    16777619u;
		hash &= SEEN_BITS - 1;
		bit = UINT64_C(1) << (hash & 63);
		count += (b->seen[hash / 64] & bit) == 0;
		b->seen[hash / 64] |= bit;
	}
	return count;
}

/* Take up one record. *<is_full> when it would make the batch too large: then
 * nothing of it is in the batch. */
static enum err
take_record(struct batch *b, const struct search_note_at *note, bool *is_full)
{
	struct search_terms old, new;
	size_t before = b->edit_count, terms;
	enum err err = search_terms_indexed(
	    b->snapshot, note->kind, note->id, b->scratch, &old);

	if (err == ERR_OK)
		err = search_terms_now(
		    b->snapshot, note->kind, note->id, b->scratch, &new);
	if (err != ERR_OK)
		return err;
	if (!add_difference(
		b, search_document(note->kind, note->id), &old, &new))
		return ERR_NOMEM;
	if (b->edit_count == before)
		return ERR_OK;
	terms = count_new_terms(b, before);
	if (before > 0 && b->term_count + terms > BATCH_TERMS_MAX) {
		b->edit_count = before;
		*is_full = true;
		return ERR_OK;
	}
	b->term_count += terms;
	return search_terms_put(
	    b->change, b->arena, note->kind, note->id, &new, old.parts);
}

static int
compare_edits(const void *left, const void *right)
{
	const struct edit *a = left, *b = right;
	int order = bytes_compare(a->term, b->term);

	if (order == 0)
		order = (a->scope > b->scope) - (a->scope < b->scope);
	if (order == 0)
		order = (a->edit.posting > b->edit.posting) -
		    (a->edit.posting < b->edit.posting);
	return order;
}

/* Put all edits of the batch into their lists. */
static enum err
apply_edits(struct batch *b)
{
	struct search_edit *list = arena_array(
	    b->scratch, struct search_edit, b->edit_count + 1);

	if (list == NULL)
		return ERR_NOMEM;
	if (b->edit_count > 0)
		qsort(b->edits, b->edit_count, sizeof *b->edits, compare_edits);
	for (size_t i = 0, n; i < b->edit_count; i += n) {
		const struct edit *first = &b->edits[i];
		enum err err;

		for (n = 0;
		     i + n < b->edit_count && first[n].scope == first->scope &&
		     bytes_equal(first[n].term, first->term);
		     n++)
			list[n] = first[n].edit;
		err = search_list_edit(b->snapshot, b->change, b->arena,
		    first->term, first->scope, list, n);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

/* The notes that the batch settles go, and the next batch is told apart. */
static enum err
settle(struct batch *b, size_t taken)
{
	static const char nothing[RECORD_HEADER_SIZE];
	struct key key;
	uint64_t rev = 0;
	enum err err = search_state_rev(b->snapshot, &rev);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < taken; i++)
		change_delete(b->change, key_get(&b->notes[i].key));
	state_key(&key);
	change_guard_rev(b->change, key_get(&key), rev);
	change_put_record(b->change, key_get(&key),
	    (struct bytes){ nothing, sizeof nothing });
	return ERR_OK;
}

static enum err
build(struct batch *b, size_t limit, size_t *taken)
{
	bool is_full = false;
	size_t n = 0;
	enum err err;

	b->notes = arena_array(b->scratch, struct search_note_at, limit);
	if (b->notes == NULL)
		return ERR_NOMEM;
	err = read_notes(b, limit);
	for (; err == ERR_OK && n < b->note_count; n++) {
		if (is_done(b, n))
			continue;
		err = take_record(b, &b->notes[n], &is_full);
		if (is_full)
			break;
	}
	if (err == ERR_OK && n > 0) {
		err = apply_edits(b);
		if (err == ERR_OK)
			err = settle(b, n);
	}
	if (err == ERR_OK)
		*taken = n;
	return err;
}

enum err
search_index(struct snapshot *snapshot, struct change *change,
    struct arena *arena, size_t limit, size_t *taken)
{
	struct batch *b = calloc(1, sizeof *b);
	enum err err = ERR_NOMEM;

	if (b == NULL)
		return ERR_NOMEM;
	b->snapshot = snapshot;
	b->change = change;
	b->arena = arena;
	b->scratch = arena_create();
	if (b->scratch != NULL)
		err = build(b,
		    limit < SEARCH_BATCH_MAX ? limit : SEARCH_BATCH_MAX, taken);
	arena_destroy(b->scratch);
	free(b->edits);
	free(b);
	return err;
}
