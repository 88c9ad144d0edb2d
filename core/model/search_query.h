/* core/model/search_query.h - a query taken apart, and where its words are.
 *
 * Only for core/model/search_*.c. A query is a list of needs, all of which a
 * record must meet; a need has sources, lists of postings any of which meets
 * it: one a scope for a whole word, more for the beginning of words, and one
 * of what is noted but not indexed yet. Sources are read from the newest
 * document down, and jump.
 */
#ifndef HOOKDESK_MODEL_SEARCH_QUERY_H
#define HOOKDESK_MODEL_SEARCH_QUERY_H

#include "core/base/stem.h"
#include "core/model/search_store.h"

#define SOURCES_MAX 64      /* of one need */
#define NOTES_MAX 2000      /* that a query looks at */
#define BEGINNING_WORTH 0.5 /* of a word that only begins so */

struct list_source {
	struct bytes term;
	enum search_scope scope; /* SCOPE_NONE: all of it is in <chunk> */
	double worth;            /* 1, or less for words that are not the one */
	bool is_loaded, is_over;
	struct search_chunk chunk;
	size_t left; /* of its postings; the last of these is the present one */
};

struct stem {
	char at[STEM_MAX];
	size_t len;
};

/* What a word of the query asks for. */
struct need {
	struct bytes term;
	bool is_beginning; /* words that begin so meet it too */
	bool wants_forms;  /* as its other forms do, by their stems: */
	bool has_forms;
	struct stem stems[STEM__COUNT];
	bool is_not;  /* who meets it is out */
	bool is_idle; /* only a phrase looks at it */
	struct list_source *sources;
	size_t source_count;
	uint64_t document; /* the present one, after need_seek() */
	double rarity;     /* a rare word says more */
};

/* Words in order, to be looked for in the texts themselves. */
struct phrase {
	struct bytes text; /* for text_word_in() */
	size_t need;       /* of its first word: where to look */
	bool is_not;
};

struct finder {
	struct snapshot *snapshot;
	enum kind_id kind;
	unsigned shift; /* document >> shift is the record that is found */
	bool sees_notes, finds_people;
	struct arena *arena; /* of the query */
	struct need needs[SEARCH_NEEDS_MAX];
	size_t need_count;
	struct phrase phrases[SEARCH_NEEDS_MAX];
	size_t phrase_count;
	uint64_t *noted; /* documents that notes wait for, ascending */
	size_t noted_count;
	bool is_cut; /* something was left out */
};

/* Take <words> apart: needs and phrases, without sources yet. ERR_NOMEM. */
ERR_CHECKED enum err query_parse(struct finder *f, struct bytes words);

/* Find the sources of all needs. ERR_NOMEM, ERR_IO, ERR_CORRUPT. */
ERR_CHECKED enum err query_open(struct finder *f);

/* Add a source that is whole in memory, with room for <room> postings, to be
 * filled ascending; then query_own_filled(). NULL when memory is exhausted. */
struct list_source *query_own_source(
    struct finder *f, struct need *need, size_t room);
static inline void
query_own_filled(struct list_source *source, size_t count)
{
	source->chunk.count = source->left = count;
}

/* --- tickets by their customers: search_people.c --- */

/* Add to each need the tickets of customers who meet it. */
ERR_CHECKED enum err query_add_people(struct finder *f);

/* Whether the ticket's customer has the phrase. <arena> is for a while. */
ERR_CHECKED enum err query_people_phrase(struct finder *f, uint64_t ticket,
    struct bytes phrase, struct arena *arena, bool *found);

/* Move to the newest document of <need> that is not over <limit>: <document>
 * is set. ERR_NOT_FOUND when there is none; ERR_CORRUPT, ERR_IO. */
ERR_CHECKED enum err need_seek(
    struct finder *f, struct need *need, uint64_t limit);

/* The same for one source. */
ERR_CHECKED enum err source_seek(
    struct finder *f, struct list_source *source, uint64_t limit);

static inline search_posting
source_posting(const struct list_source *source)
{
	return source->chunk.postings[source->left - 1];
}

/* About how many of the records 0 to <newest> meet it. */
ERR_CHECKED enum err need_estimate(
    struct finder *f, const struct need *need, uint64_t newest, double *out);

#endif
