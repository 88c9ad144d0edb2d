/* core/model/search_find.c - finds and ranks what meets a query.
 *
 * The needs' sources are walked together from the newest record down, each
 * jumping to where the others are, so that the rarest word sets the pace and
 * a query costs what it finds, not what the desk holds. What was found is
 * ranked by BM25 and by how new it is.
 */
#include "config.h"
#include "core/model/search_query.h"

#include "core/base/arena.h"
#include "core/base/clock.h"

#include <math.h>
#include <stdlib.h>

#define DOCUMENTS_MAX 64 /* of one ticket that are told apart */
#define DOCUMENT_TOP (UINT64_MAX >> 3)
#define FRESH_US (30 * CLOCK_DAY_US) /* half of the bonus is gone then */
#define FRESH_BONUS 0.5

/* The entries of one ticket that met a need, with their scores. */
struct group {
	uint64_t id;
	struct {
		uint64_t document;
		double score;
		uint32_t needs; /* a bit for each that it meets */
	} documents[DOCUMENTS_MAX];
	size_t count;
	double score; /* sum of each need's best */
};

struct walk {
	struct finder *f;
	const struct search_reader *reader;
	struct arena *scratch; /* for texts that phrases are looked for in */
	struct search_hit *hits;
	size_t hit_count, examined;
	bool is_ranked; /* the needs' rarity is known */
};

static uint64_t
last_document(const struct finder *f, uint64_t group)
{
	return (group << f->shift) + ((UINT64_C(1) << f->shift) - 1);
}

/* Move all needs to the newest record, up to *<group>, that has them all. */
static enum err
agree(struct finder *f, uint64_t *group)
{
	bool agreed = false;

	while (!agreed) {
		agreed = true;
		for (size_t i = 0; i < f->need_count; i++) {
			struct need *need = &f->needs[i];
			enum err err;

			if (need->is_not || need->is_idle)
				continue;
			err = need_seek(f, need, last_document(f, *group));
			if (err != ERR_OK)
				return err;
			if (need->document >> f->shift < *group) {
				*group = need->document >> f->shift;
				agreed = false;
			}
		}
	}
	return ERR_OK;
}

/* How much a need's presence says: BM25's inverse document frequency. */
static enum err
rank_needs(struct walk *w, uint64_t newest)
{
	struct finder *f = w->f;

	for (size_t i = 0; i < f->need_count; i++) {
		double in = 0, all = (double)newest + 1;
		enum err err = need_estimate(f, &f->needs[i], newest, &in);

		if (err != ERR_OK)
			return err;
		f->needs[i].rarity = log(1 + (all - in + 0.5) / (in + 0.5));
	}
	w->is_ranked = true;
	return ERR_OK;
}

static void
add_document(struct group *group, uint64_t document, size_t need, double score)
{
	size_t i = 0;

	while (i < group->count && group->documents[i].document != document)
		i++;
	if (i == DOCUMENTS_MAX)
		return;
	if (i == group->count) {
		group->documents[i].document = document;
		group->documents[i].score = 0;
		group->documents[i].needs = 0;
		group->count++;
	}
	group->documents[i].score += score;
	group->documents[i].needs |= UINT32_C(1) << need;
}

/* Collect where in the record the need is met; its sources move past it. */
static enum err
gather_need(struct finder *f, size_t n, struct group *group)
{
	struct need *need = &f->needs[n];
	uint64_t first = group->id << f->shift;
	double best = 0;

	for (size_t i = 0; i < need->source_count; i++) {
		struct list_source *s = &need->sources[i];
		uint64_t limit = last_document(f, group->id);
		enum err err;

		for (;;) {
			search_posting posting;
			double score;

			err = source_seek(f, s, limit);
			if (err == ERR_NOT_FOUND)
				break;
			if (err != ERR_OK)
				return err;
			posting = source_posting(s);
			if (posting_document(posting) < first)
				break;
			score = need->rarity * s->worth *
			    (posting_weight(posting) + 1);
			if (score > best)
				best = score;
			add_document(
			    group, posting_document(posting), n, score);
			if (posting_document(posting) == 0)
				break;
			limit = posting_document(posting) - 1;
		}
	}
	group->score += best;
	return ERR_OK;
}

/* The words of the phrase in one of the documents that have its first one? */
static enum err
look_for_phrase(struct walk *w, const struct phrase *phrase,
    const struct group *group, bool *found)
{
	for (size_t i = 0; i < group->count && !*found; i++) {
		struct arena_mark mark = arena_mark(w->scratch);
		uint64_t document = group->documents[i].document;
		bool is_ticket = w->f->kind == KIND_TICKET &&
		    document == group->id << w->f->shift;
		enum kind_id kind = w->f->kind == KIND_TICKET && !is_ticket ?
		    KIND_ENTRY :
		    w->f->kind;
		enum search_scope scope;
		struct bytes text;
		int place = -1;
		enum err err;

		if ((group->documents[i].needs >> phrase->need & 1) == 0)
			continue;
		err = search_text(w->f->snapshot, kind,
		    is_ticket ? group->id : document, w->scratch, &scope,
		    &text);
		if (err == ERR_OK)
			err = text_word_in(text, &phrase->text, 1, &place);
		*found = err == ERR_OK && place == 0;
		arena_rewind(w->scratch, mark);
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
	}
	if (!*found && w->f->finds_people && w->f->kind == KIND_TICKET)
		return query_people_phrase(
		    w->f, group->id, phrase->text, w->scratch, found);
	return ERR_OK;
}

/* What the query asks besides the needs that are met already. */
static enum err
meets_rest(struct walk *w, struct group *group, bool *met)
{
	struct finder *f = w->f;
	enum err err = ERR_OK;

	for (size_t i = 0; i < f->need_count && err == ERR_OK && *met; i++) {
		struct need *need = &f->needs[i];
		double score = group->score;

		if (need->is_not) {
			err = need_seek(f, need, last_document(f, group->id));
			*met = err == ERR_NOT_FOUND ||
			    need->document >> f->shift != group->id;
			err = err == ERR_NOT_FOUND ? ERR_OK : err;
		} else if (need->is_idle) {
			err = gather_need(f, i, group);
			group->score = score;
		}
	}
	for (size_t i = 0; i < f->phrase_count && err == ERR_OK && *met; i++) {
		bool found = false;

		err = look_for_phrase(w, &f->phrases[i], group, &found);
		*met = found != f->phrases[i].is_not;
	}
	return err;
}

static double
freshness(int64_t updated_us, int64_t now_us)
{
	double age_us = now_us > updated_us ? (double)(now_us - updated_us) : 0;

	return 1 + FRESH_BONUS * exp2(-age_us / (double)FRESH_US);
}

/* One record that has all needed words: is it a hit? */
static enum err
examine(struct walk *w, uint64_t id)
{
	struct group group = { .id = id };
	struct search_hit *hit = &w->hits[w->hit_count];
	int64_t updated_us = 0;
	bool met = true;
	size_t best = 0;
	enum err err = ERR_OK;

	if (w->reader->sees != NULL &&
	    !w->reader->sees(w->reader->arg, id, &updated_us))
		return ERR_OK;
	if (!w->is_ranked)
		err = rank_needs(w, id);
	for (size_t i = 0; i < w->f->need_count && err == ERR_OK; i++)
		if (!w->f->needs[i].is_not && !w->f->needs[i].is_idle)
			err = gather_need(w->f, i, &group);
	if (err == ERR_OK)
		err = meets_rest(w, &group, &met);
	if (err != ERR_OK || !met)
		return err;
	for (size_t i = 1; i < group.count; i++)
		if (group.documents[i].score > group.documents[best].score)
			best = i;
	*hit = (struct search_hit){ .id = id,
		.score = group.score *
		    freshness(updated_us, w->reader->now_us) };
	if (w->f->kind == KIND_TICKET)
		hit->entry = group.documents[best].document &
		    ((UINT64_C(1) << w->f->shift) - 1);
	w->hit_count++;
	return ERR_OK;
}

static enum err
walk(struct walk *w)
{
	uint64_t group = DOCUMENT_TOP >> w->f->shift;

	for (;;) {
		enum err err = agree(w->f, &group);

		if (err == ERR_NOT_FOUND)
			return ERR_OK;
		if (err != ERR_OK)
			return err;
		if (w->examined++ == SEARCH_EXAMINE_MAX ||
		    w->hit_count == SEARCH_HITS_MAX) {
			w->f->is_cut = true;
			return ERR_OK;
		}
		err = examine(w, group);
		if (err != ERR_OK || group == 0)
			return err;
		group--;
	}
}

static int
compare_hits(const void *left, const void *right)
{
	const struct search_hit *a = left, *b = right;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return (a->id < b->id) - (a->id > b->id);
}

static bool
asks_for_something(const struct finder *f)
{
	for (size_t i = 0; i < f->need_count; i++)
		if (!f->needs[i].is_not && !f->needs[i].is_idle)
			return true;
	return false;
}

static enum err
find(struct walk *w, struct bytes words)
{
	enum err err = query_parse(w->f, words);

	if (err != ERR_OK || !asks_for_something(w->f))
		return err;
	w->hits = arena_array(
	    w->f->arena, struct search_hit, SEARCH_HITS_MAX + 1);
	if (w->hits == NULL)
		return ERR_NOMEM;
	err = query_open(w->f);
	if (err == ERR_OK)
		err = walk(w);
	if (err == ERR_OK && w->hit_count > 0)
		qsort(w->hits, w->hit_count, sizeof *w->hits, compare_hits);
	return err;
}

enum err
search_find(struct snapshot *snapshot, enum kind_id kind, struct bytes words,
    const struct search_reader *reader, size_t limit, struct arena *arena,
    struct search_result *out)
{
	struct finder f = { .snapshot = snapshot,
		.kind = kind,
		.shift = kind == KIND_TICKET ? SEARCH_LOW_BITS : 0,
		.sees_notes = reader->sees_notes,
		.finds_people = reader->finds_people,
		.arena = arena_create() };
	struct walk w = {
		.f = &f, .reader = reader, .scratch = arena_create()
	};
	struct search_hit *hits = NULL;
	enum err err = ERR_NOMEM;

	if (f.arena != NULL && w.scratch != NULL)
		err = find(&w, words);
	if (w.hit_count > limit)
		w.hit_count = limit;
	if (err == ERR_OK) {
		hits = arena_array(arena, struct search_hit, w.hit_count + 1);
		err = hits != NULL ? ERR_OK : ERR_NOMEM;
	}
	if (err == ERR_OK) {
		if (w.hit_count > 0)
			memcpy(hits, w.hits, w.hit_count * sizeof *hits);
		*out = (struct search_result){ hits, w.hit_count, f.is_cut };
	}
	arena_destroy(w.scratch);
	arena_destroy(f.arena);
	return err;
}
