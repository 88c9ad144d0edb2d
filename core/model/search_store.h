/* core/model/search_store.h - how the search index lies in the store.
 *
 * Only for core/model/search_*.c. Four sorts of keys in one table, told apart
 * by the byte behind its letter, which no word begins with:
 *
 *   's' 0 NUMBER KIND ID          a note: this record's words changed
 *   's' 1 KIND ID PART            a record's words as they are indexed now
 *   's' 2                         nothing: its rev is that of the newest
 *                                 batch, which guards the next
 *   's' TERM 0 SCOPE FIRST        a list's chunk: in which records TERM is
 *
 * All values begin with a record's header (checksum and rev), left out below.
 *
 * NUMBER (commit and n), ID and FIRST are 8 bytes, KIND, SCOPE and PART one,
 * big-endian. Words are kept with the record because an edit, a deletion or
 * the erasure of a person must take exactly the old ones out of the lists,
 * when their text is long gone; and because `check` can compare both.
 *
 * A chunk is a list of postings, ascending by document. A document's number
 * is the record's id; an entry's id holds its ticket, and a ticket's own
 * fields stand before its entries:
 *
 *   document = ticket << 20 | sequence of the entry, 0 for the ticket itself
 *
 *   varint  (document >> 20 minus that of the one before) << 3 | weight
 *   varint  document's low 20 bits, minus those before if the rest is equal
 *
 * The first is counted from FIRST, which is not over it. <weight>, 0 to 7, is
 * what BM25 makes of the word's frequency and the text's length.
 *
 * A record's words: SCOPE, then for each word, ascending by bytes,
 *
 *   byte    bytes shared with the one before
 *   varint  other bytes << 3 | weight, and those bytes
 *
 * continued in the next PART after SEARCH_PART_MAX bytes.
 */
#ifndef HOOKDESK_MODEL_SEARCH_STORE_H
#define HOOKDESK_MODEL_SEARCH_STORE_H

#include "core/base/text.h"
#include "core/model/search.h"
#include "core/store/keys.h"

#define SEARCH_NOTE 0
#define SEARCH_WORDS 1
#define SEARCH_STATE 2
#define SEARCH_CHUNK_MAX 1536 /* bytes of a chunk, less the header */
#define SEARCH_PART_MAX 16384
#define SEARCH_TERMS_MAX 4096 /* different words of one record */
#define SEARCH_WEIGHT_MAX 7
#define SEARCH_LOW_BITS 20
#define SEARCH_CHUNK_POSTINGS (SEARCH_CHUNK_MAX / 2) /* at most */

/* Who may read a list. Stored in keys: append only. */
enum search_scope {
	SCOPE_NONE = 0,
	SCOPE_PUBLIC = 1, /* tickets: what their customers see too */
	SCOPE_NOTES = 2,  /* tickets: internal notes */
	SCOPE_CUSTOMER = 3,
	SCOPE_ORGANISATION = 4,
	SCOPE_ARTICLE = 5,
	SCOPE_CANNED = 6,
	SCOPE__COUNT
};

/* A document and its weight in one number: document << 3 | weight. */
typedef uint64_t search_posting;

static inline uint64_t
posting_document(search_posting posting)
{
	return posting >> 3;
}

static inline unsigned
posting_weight(search_posting posting)
{
	return posting & SEARCH_WEIGHT_MAX;
}

/* --- documents and their words: search_words.c --- */

/* The scope that kind's words lie in (entries: SCOPE_PUBLIC, though some of
 * them lie in SCOPE_NOTES); SCOPE_NONE if it has none. */
enum search_scope search_scope_of(enum kind_id kind);

static inline uint64_t
search_document(enum kind_id kind, uint64_t id)
{
	return kind == KIND_TICKET ? id << SEARCH_LOW_BITS : id;
}

/* A record's different words, ascending by bytes. */
struct search_term {
	struct bytes term;
	unsigned weight;
};

struct search_terms {
	enum search_scope scope; /* SCOPE_NONE: no such record, no words */
	struct search_term *list;
	size_t count;
	unsigned parts; /* as indexed: in how many values they lie */
};

/* The searchable texts of the record <id>, one after the other with line ends
 * between, into <arena>. ERR_NOT_FOUND; then *<scope> is SCOPE_NONE. */
ERR_CHECKED enum err search_text(struct snapshot *snapshot, enum kind_id kind,
    uint64_t id, struct arena *arena, enum search_scope *scope,
    struct bytes *text);

/* The words of the record <id> as they are now; none if there is none. */
ERR_CHECKED enum err search_terms_now(struct snapshot *snapshot,
    enum kind_id kind, uint64_t id, struct arena *arena,
    struct search_terms *out);

/* The same as they are indexed. ERR_CORRUPT. */
ERR_CHECKED enum err search_terms_indexed(struct snapshot *snapshot,
    enum kind_id kind, uint64_t id, struct arena *arena,
    struct search_terms *out);

/* Store <terms> as those that are indexed, in the place of so many <parts>.
 * ERR_NOMEM. */
ERR_CHECKED enum err search_terms_put(struct change *change,
    struct arena *arena, enum kind_id kind, uint64_t id,
    const struct search_terms *terms, unsigned parts);

/* --- lists: search_list.c --- */

/* The key of a chunk, and of all chunks of a list when cut by 8 bytes. */
void search_chunk_key(struct key *key, struct bytes term,
    enum search_scope scope, uint64_t first);

/* The chunk that holds <document> or, if none does, the one before that
 * place. <postings> has room for SEARCH_CHUNK_POSTINGS. ERR_NOT_FOUND when
 * all of the list lies behind it; ERR_CORRUPT. */
struct search_chunk {
	uint64_t first; /* in its key */
	size_t count;
	search_posting *postings; /* ascending */
};
ERR_CHECKED enum err search_chunk_before(struct snapshot *snapshot,
    struct bytes term, enum search_scope scope, uint64_t document,
    struct search_chunk *chunk);

/* Append the stored form, with room for its header, to <out>. */
void search_chunk_encode(
    struct buf *out, uint64_t first, const search_posting *postings, size_t n);
ERR_CHECKED enum err search_chunk_decode(
    struct bytes value, struct search_chunk *chunk);

/* One posting to put into or to take out of a list. */
struct search_edit {
	search_posting posting;
	bool is_removed;
};

/* Add to <change> what puts <edits>, ascending by document and each of them
 * once, into the list; <arena> holds what it stores. */
ERR_CHECKED enum err search_list_edit(struct snapshot *snapshot,
    struct change *change, struct arena *arena, struct bytes term,
    enum search_scope scope, const struct search_edit *edits, size_t count);

/* --- notes: search_index.c --- */

struct search_note_at {
	struct key key;
	enum kind_id kind;
	uint64_t id;
};

/* Walk the notes with cursor_close() at the end. */
ERR_CHECKED enum err search_notes_open(
    struct snapshot *snapshot, enum direction direction, struct cursor *out);
/* ERR_NOT_FOUND at the end; ERR_CORRUPT. */
ERR_CHECKED enum err search_notes_next(
    struct cursor *cursor, struct search_note_at *out);

/* The rev that guards the next batch; 0 before the first one. */
ERR_CHECKED enum err search_state_rev(struct snapshot *snapshot, uint64_t *out);

#endif
