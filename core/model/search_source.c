/* core/model/search_source.c - lists of postings that a query reads. */
#include "config.h"
#include "core/model/search_query.h"

#include "core/base/arena.h"
#include "core/base/utf8.h"

#include <stdlib.h>

#define STEPS_MAX 256 /* keys looked at for words that begin so */
#define OWN_SOURCES 2 /* what is noted, and tickets by people */
#define FORM_MIN 4    /* bytes of a stem that says enough */
#define FORM_WORTH 0.75
#define SAMPLE_MIN 64 /* postings that tell how dense a list is */

/* Whether <term> is a form of the need's word in one of the languages. */
static bool
need_has_form(const struct need *need, struct bytes term)
{
	char stem[STEM_MAX];

	for (int i = 0; i < STEM__COUNT && need->has_forms; i++) {
		const struct stem *own = &need->stems[i];

		/* Most words begin in another way: not worth a stemmer. */
		if (own->len < FORM_MIN || term.len < own->len - 1 ||
		    memcmp(own->at, term.at, own->len - 1) != 0)
			continue;
		if (bytes_equal((struct bytes){ own->at, own->len },
			(struct bytes){ stem,
			    stem_word((enum stem_language)i, term, stem) }))
			return true;
	}
	return false;
}

static bool
need_is_met(const struct need *need, struct bytes term)
{
	return bytes_equal(term, need->term) ||
	    (need->is_beginning && bytes_start_with(term, need->term)) ||
	    need_has_form(need, term);
}

static bool
is_asked(const struct finder *f, enum search_scope scope)
{
	return scope == search_scope_of(f->kind) ||
	    (f->kind == KIND_TICKET && f->sees_notes && scope == SCOPE_NOTES);
}

/* Add the list of <term>, unless the need has it already. */
static enum err
add_source(struct finder *f, struct need *need, struct bytes term,
    enum search_scope scope, double worth)
{
	struct list_source *source = &need->sources[need->source_count];

	for (size_t i = 0; i < need->source_count; i++)
		if (need->sources[i].scope == scope &&
		    bytes_equal(need->sources[i].term, term))
			return ERR_OK;
	if (need->source_count == SOURCES_MAX)
		return ERR_LIMIT;
	*source = (struct list_source){ .scope = scope, .worth = worth };
	source->term.at = arena_copy(f->arena, term.at, term.len);
	source->term.len = term.len;
	if (source->term.at == NULL)
		return ERR_NOMEM;
	need->source_count++;
	return ERR_OK;
}

/* Called for each list that a word's beginning leads to. ERR_LIMIT: enough. */
typedef enum err term_fn(struct finder *f, struct need *need, struct bytes term,
    enum search_scope scope);

/* Walk the lists of words that begin so, jumping from one to the next. */
static enum err
walk_terms(
    struct finder *f, struct need *need, struct bytes beginning, term_fn *fn)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes at, value;
	struct key key;
	enum err err;

	key_begin(&key, KEY_SEARCH);
	key_raw(&key, beginning.at, beginning.len);
	err = cursor_open_prefix(f->snapshot, key_get(&key), FORWARD, &cursor);
	for (int i = 0; err == ERR_OK; i++) {
		struct bytes term;
		const char *nul;
		uint8_t scope;

		err = cursor_next(&cursor, &at, &value);
		if (err != ERR_OK)
			break;
		nul = memchr(at.at, '\0', at.len);
		if (nul == NULL || nul + 2 + 8 != at.at + at.len) {
			err = ERR_CORRUPT;
			break;
		}
		term = (struct bytes){ at.at + 1, (size_t)(nul - at.at) - 1 };
		scope = (uint8_t)nul[1];
		if (i == STEPS_MAX)
			err = ERR_LIMIT;
		else if (is_asked(f, (enum search_scope)scope))
			err = fn(f, need, term, (enum search_scope)scope);
		key_begin(&key, KEY_SEARCH);
		key_text(&key, term);
		key_u8(&key, (uint8_t)(scope + 1));
		cursor_seek(&cursor, key_get(&key));
	}
	cursor_close(&cursor);
	f->is_cut = f->is_cut || err == ERR_LIMIT;
	return err == ERR_NOT_FOUND || err == ERR_LIMIT ? ERR_OK : err;
}

static enum err
take_beginning(struct finder *f, struct need *need, struct bytes term,
    enum search_scope scope)
{
	return add_source(f, need, term, scope,
	    bytes_equal(term, need->term) ? 1 : BEGINNING_WORTH);
}

/* Another form of the need's word, in one of the languages? */
static enum err
take_form(struct finder *f, struct need *need, struct bytes term,
    enum search_scope scope)
{
	return need_has_form(need, term) ?
	    add_source(f, need, term, scope, FORM_WORTH) :
	    ERR_OK;
}

/* Keep the stems of the need's word, and walk what begins nearly so: an
 * ending may change the last letter ("study", "studies"). */
static enum err
add_forms(struct finder *f, struct need *need)
{
	struct bytes shortest = BYTES_NONE;

	for (int i = 0; i < STEM__COUNT; i++) {
		size_t len = stem_word(
		    (enum stem_language)i, need->term, need->stems[i].at);

		need->stems[i].len = len;
		if (len >= FORM_MIN &&
		    (shortest.len == 0 || len < shortest.len))
			shortest = (struct bytes){ need->stems[i].at, len };
	}
	if (shortest.len == 0)
		return ERR_OK;
	need->has_forms = true;
	return walk_terms(f, need,
	    utf8_cut(shortest,
		shortest.len > FORM_MIN ? shortest.len - 1 : shortest.len),
	    take_form);
}

static enum err
add_sources(struct finder *f, struct need *need)
{
	enum err err = ERR_OK;

	need->sources = arena_array(
	    f->arena, struct list_source, SOURCES_MAX + OWN_SOURCES);
	if (need->sources == NULL)
		return ERR_NOMEM;
	if (need->is_beginning)
		err = walk_terms(f, need, need->term, take_beginning);
	for (int scope = 1; scope < SCOPE__COUNT && err == ERR_OK; scope++)
		if (!need->is_beginning &&
		    is_asked(f, (enum search_scope)scope))
			err = add_source(
			    f, need, need->term, (enum search_scope)scope, 1);
	if (err == ERR_OK && need->wants_forms)
		err = add_forms(f, need);
	return err;
}

/* --- what is noted but not indexed --- */

/* The weight with which <terms> meet <need>; -1 if they do not. */
static int
weight_in(const struct need *need, const struct search_terms *terms)
{
	int weight = -1;

	for (size_t i = 0; i < terms->count; i++) {
		const struct search_term *term = &terms->list[i];

		if ((int)term->weight > weight && need_is_met(need, term->term))
			weight = (int)term->weight;
	}
	return weight;
}

struct noted {
	uint64_t document;
	enum kind_id kind;
	uint64_t id;
};

static int
compare_noted(const void *left, const void *right)
{
	const struct noted *a = left, *b = right;

	return (a->document > b->document) - (a->document < b->document);
}

/* The documents of the query's kind that notes wait for, ascending and each
 * once, into <list>, which has room for NOTES_MAX. */
static enum err
read_noted(struct finder *f, struct noted *list, size_t *count)
{
	struct cursor cursor = { .snapshot = NULL };
	struct search_note_at note;
	size_t n = 0, different = 0;
	enum err err = search_notes_open(f->snapshot, BACKWARD, &cursor);

	while (err == ERR_OK) {
		err = search_notes_next(&cursor, &note);
		if (err != ERR_OK)
			break;
		if (note.kind != f->kind &&
		    (f->kind != KIND_TICKET || note.kind != KIND_ENTRY))
			continue;
		if (n == NOTES_MAX) {
			f->is_cut = true;
			break;
		}
		list[n++] = (struct noted){ search_document(note.kind, note.id),
			note.kind, note.id };
	}
	cursor_close(&cursor);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (n > 0)
		qsort(list, n, sizeof *list, compare_noted);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || list[i].document != list[i - 1].document)
			list[different++] = list[i];
	*count = different;
	return ERR_OK;
}

struct list_source *
query_own_source(struct finder *f, struct need *need, size_t room)
{
	struct list_source *source = &need->sources[need->source_count];

	*source = (struct list_source){ .worth = 1, .is_loaded = true };
	source->chunk.postings = arena_array(
	    f->arena, search_posting, room + 1);
	if (source->chunk.postings == NULL)
		return NULL;
	need->source_count++;
	return source;
}

/* Read the noted records themselves. Their documents come ascending. */
static enum err
match_noted(struct finder *f, const struct noted *list, size_t count,
    struct arena *scratch)
{
	struct list_source *own[SEARCH_NEEDS_MAX];

	for (size_t k = 0; k < f->need_count; k++) {
		own[k] = query_own_source(f, &f->needs[k], count);
		if (own[k] == NULL)
			return ERR_NOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(scratch);
		struct search_terms terms;
		enum err err = search_terms_now(
		    f->snapshot, list[i].kind, list[i].id, scratch, &terms);

		if (err != ERR_OK)
			return err;
		f->noted[f->noted_count++] = list[i].document;
		for (size_t k = 0;
		     k < f->need_count && is_asked(f, terms.scope); k++) {
			struct list_source *s = own[k];
			int weight = weight_in(&f->needs[k], &terms);

			if (weight >= 0)
				s->chunk.postings[s->left++] =
				    list[i].document << 3 | (unsigned)weight;
		}
		arena_rewind(scratch, mark);
	}
	for (size_t k = 0; k < f->need_count; k++)
		query_own_filled(own[k], own[k]->left);
	return ERR_OK;
}

static enum err
add_noted(struct finder *f)
{
	struct arena *scratch = arena_create();
	struct noted *list = scratch != NULL ?
	    arena_array(scratch, struct noted, NOTES_MAX) :
	    NULL;
	size_t count = 0;
	enum err err = ERR_NOMEM;

	if (list != NULL)
		err = read_noted(f, list, &count);
	if (err == ERR_OK && count > 0) {
		f->noted = arena_array(f->arena, uint64_t, count);
		err = f->noted != NULL ? match_noted(f, list, count, scratch) :
					 ERR_NOMEM;
	}
	arena_destroy(scratch);
	return err;
}

enum err
query_open(struct finder *f)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < f->need_count; i++)
		err = add_sources(f, &f->needs[i]);
	if (err == ERR_OK)
		err = add_noted(f);
	if (err == ERR_OK && f->finds_people && f->kind == KIND_TICKET)
		err = query_add_people(f);
	return err;
}

/* --- reading --- */

static bool
is_noted(const struct finder *f, uint64_t document)
{
	size_t low = 0, high = f->noted_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (f->noted[middle] < document)
			low = middle + 1;
		else
			high = middle;
	}
	return low < f->noted_count && f->noted[low] == document;
}

/* Load the chunk of <limit>; it begins with what is not over that. */
static enum err
load(struct finder *f, struct list_source *s, uint64_t limit)
{
	enum err err;

	if (s->chunk.postings == NULL)
		s->chunk.postings = arena_alloc_raw(f->arena,
		    SEARCH_CHUNK_POSTINGS * sizeof *s->chunk.postings);
	if (s->chunk.postings == NULL)
		return ERR_NOMEM;
	err = search_chunk_before(
	    f->snapshot, s->term, s->scope, limit, &s->chunk);
	if (err == ERR_OK) {
		s->is_loaded = true;
		s->left = s->chunk.count;
	}
	return err;
}

/* Leave out the postings over <limit>. */
static void
drop_over(struct list_source *s, uint64_t limit)
{
	size_t low = 0, high = s->left;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (posting_document(s->chunk.postings[middle]) <= limit)
			low = middle + 1;
		else
			high = middle;
	}
	s->left = low;
}

enum err
source_seek(struct finder *f, struct list_source *s, uint64_t limit)
{
	while (!s->is_over) {
		enum err err = ERR_OK;

		if (s->scope == SCOPE_NONE) {
			drop_over(s, limit);
			s->is_over = s->left == 0;
			break;
		}
		if (!s->is_loaded || limit < s->chunk.first)
			err = load(f, s, limit);
		if (err == ERR_NOT_FOUND)
			s->is_over = true;
		if (err != ERR_OK)
			return err;
		drop_over(s, limit);
		/* A noted record is looked at itself: what the list says of
		 * it may be of yesterday. */
		while (s->left > 0 &&
		    is_noted(f, posting_document(source_posting(s))))
			s->left--;
		if (s->left > 0)
			break;
		if (s->chunk.first == 0)
			s->is_over = true;
		limit = s->chunk.first - 1;
	}
	return s->is_over ? ERR_NOT_FOUND : ERR_OK;
}

enum err
need_seek(struct finder *f, struct need *need, uint64_t limit)
{
	bool found = false;

	for (size_t i = 0; i < need->source_count; i++) {
		struct list_source *s = &need->sources[i];
		uint64_t document;
		enum err err = source_seek(f, s, limit);

		if (err == ERR_NOT_FOUND)
			continue;
		if (err != ERR_OK)
			return err;
		document = posting_document(source_posting(s));
		if (!found || document > need->document)
			need->document = document;
		found = true;
	}
	return found ? ERR_OK : ERR_NOT_FOUND;
}

/* How many records a list is in, told by how dense one of its chunks is. */
static double
spread(
    const struct finder *f, const struct search_chunk *chunk, uint64_t newest)
{
	uint64_t first = posting_document(chunk->postings[0]) >> f->shift;
	uint64_t last = posting_document(chunk->postings[chunk->count - 1]) >>
	    f->shift;

	return (double)chunk->count * (double)(newest + 1) /
	    (double)(last - first + 1);
}

enum err
need_estimate(
    struct finder *f, const struct need *need, uint64_t newest, double *out)
{
	search_posting postings[SEARCH_CHUNK_POSTINGS];
	double sum = 0;

	for (size_t i = 0; i < need->source_count; i++) {
		const struct list_source *s = &need->sources[i];
		struct search_chunk before = { .postings = postings };
		enum err err = ERR_NOT_FOUND;

		if (!s->is_loaded || s->chunk.count == 0)
			continue;
		if (s->chunk.count < SAMPLE_MIN && s->scope != SCOPE_NONE &&
		    s->chunk.first > 0)
			err = search_chunk_before(f->snapshot, s->term,
			    s->scope, s->chunk.first - 1, &before);
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
		if (err == ERR_OK)
			sum += spread(f, &before, newest);
		else if (s->chunk.count < SAMPLE_MIN)
			sum += (double)s->chunk.count; /* that is all */
		else
			sum += spread(f, &s->chunk, newest);
	}
	*out = sum < (double)newest + 1 ? sum : (double)newest + 1;
	return ERR_OK;
}
