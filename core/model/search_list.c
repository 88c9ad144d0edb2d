/* core/model/search_list.c - lists of postings, in chunks.
 *
 * A chunk's key is not over its first document and over the last one of the
 * chunk before: so the chunk of a document is the last one whose key is not
 * over it.
 */
#include "config.h"
#include "core/model/search_store.h"

#include "core/base/arena.h"

#include <stdlib.h>

/* What is left of a chunk's room when it is filled in order; the rest is for
 * edits that come later. */
#define FILL_MAX (SEARCH_CHUNK_MAX - 96)

void
search_chunk_key(
    struct key *key, struct bytes term, enum search_scope scope, uint64_t first)
{
	key_begin(key, KEY_SEARCH);
	key_text(key, term);
	key_u8(key, (uint8_t)scope);
	key_u64(key, first);
}

/* A posting as two numbers, counted from the document before it. */
struct pair {
	uint64_t head, low;
};

static struct pair
pair_of(uint64_t before, search_posting posting)
{
	const uint64_t mask = (UINT64_C(1) << SEARCH_LOW_BITS) - 1;
	uint64_t document = posting_document(posting);
	uint64_t by = (document >> SEARCH_LOW_BITS) -
	    (before >> SEARCH_LOW_BITS);

	return (struct pair){ by << 3 | posting_weight(posting),
		(document & mask) - (by == 0 ? before & mask : 0) };
}

static size_t
varint_size(uint64_t n)
{
	return (70 - (size_t)__builtin_clzll(n | 1)) / 7;
}

void
search_chunk_encode(
    struct buf *out, uint64_t first, const search_posting *postings, size_t n)
{
	static const char header[RECORD_HEADER_SIZE];

	buf_add(out, header, sizeof header);
	for (size_t i = 0; i < n; i++) {
		struct pair pair = pair_of(first, postings[i]);

		buf_varint(out, pair.head);
		buf_varint(out, pair.low);
		first = posting_document(postings[i]);
	}
}

enum err
search_chunk_decode(struct bytes value, struct search_chunk *chunk)
{
	const char *p = value.at + RECORD_HEADER_SIZE, *end;
	uint64_t document = chunk->first;
	enum err err = record_check(value, NULL);
	size_t n = 0;

	if (err != ERR_OK)
		return err;
	for (end = value.at + value.len; p < end; n++) {
		uint64_t head, low;

		if (n == SEARCH_CHUNK_POSTINGS ||
		    !varint_read(&p, end, &head) ||
		    !varint_read(&p, end, &low) || low >> SEARCH_LOW_BITS != 0)
			return ERR_CORRUPT;
		if (head >> 3 == 0)
			document += low;
		else
			document = ((document >> SEARCH_LOW_BITS) + (head >> 3))
				<< SEARCH_LOW_BITS |
			    low;
		if (n > 0 &&
		    document <= posting_document(chunk->postings[n - 1]))
			return ERR_CORRUPT;
		chunk->postings[n] = document << 3 | (head & 7);
	}
	chunk->count = n;
	return n > 0 ? ERR_OK : ERR_CORRUPT;
}

/* The first chunk in a direction between two documents' places. */
static enum err
find_chunk(struct snapshot *snapshot, const struct key *lo,
    const struct key *hi, enum direction direction, uint64_t *first,
    struct bytes *value)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key;
	enum err err = cursor_open(
	    snapshot, key_get(lo), key_get(hi), direction, &cursor);

	if (err == ERR_OK)
		err = cursor_next(&cursor, &key, value);
	if (err == ERR_OK)
		*first = be64_read(key.at + key.len - 8);
	cursor_close(&cursor);
	return err;
}

/* The bound above the chunk that begins at <first>. */
static void
key_behind(
    struct key *key, struct bytes term, enum search_scope scope, uint64_t first)
{
	search_chunk_key(key, term, scope, first);
	key_u8(key, 0);
}

enum err
search_chunk_before(struct snapshot *snapshot, struct bytes term,
    enum search_scope scope, uint64_t document, struct search_chunk *chunk)
{
	struct key lo, hi;
	struct bytes value;
	enum err err;

	search_chunk_key(&lo, term, scope, 0);
	key_behind(&hi, term, scope, document);
	err = find_chunk(snapshot, &lo, &hi, BACKWARD, &chunk->first, &value);
	if (err != ERR_OK)
		return err;
	return search_chunk_decode(value, chunk);
}

/* One list as it is edited. */
struct editor {
	struct snapshot *snapshot;
	struct change *change;
	struct arena *arena;
	struct bytes term;
	enum search_scope scope;
	bool has_chunk;      /* <chunk> is one that is stored */
	uint64_t next_first; /* of the chunk behind it; UINT64_MAX: none */
	struct search_chunk chunk;
};

/* Find the chunk that <document> belongs to, and where the next one begins.
 * Before all of them, that is the first one. */
static enum err
open_chunk(struct editor *e, uint64_t document)
{
	struct bytes value;
	struct key lo, hi;
	enum err err = search_chunk_before(
	    e->snapshot, e->term, e->scope, document, &e->chunk);

	e->has_chunk = err == ERR_OK;
	e->next_first = UINT64_MAX;
	search_chunk_key(&hi, e->term, e->scope, UINT64_MAX);
	if (err == ERR_NOT_FOUND) {
		search_chunk_key(&lo, e->term, e->scope, document);
		err = find_chunk(
		    e->snapshot, &lo, &hi, FORWARD, &e->chunk.first, &value);
		if (err == ERR_OK)
			err = search_chunk_decode(value, &e->chunk);
		e->has_chunk = err == ERR_OK;
		if (err == ERR_NOT_FOUND) {
			e->chunk.count = 0;
			return ERR_OK;
		}
	}
	if (err != ERR_OK)
		return err;
	key_behind(&lo, e->term, e->scope, e->chunk.first);
	err = find_chunk(
	    e->snapshot, &lo, &hi, FORWARD, &e->next_first, &value);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Merge <edits> into the chunk's postings; <out> has room for all of both.
 * Returns how many there are. */
static size_t
merge(const struct search_chunk *chunk, const struct search_edit *edits,
    size_t count, search_posting *out)
{
	size_t n = 0, i = 0, k = 0;

	while (i < chunk->count || k < count) {
		uint64_t old = i < chunk->count ?
		    posting_document(chunk->postings[i]) :
		    UINT64_MAX;
		uint64_t new = k < count ? posting_document(edits[k].posting) :
					   UINT64_MAX;

		if (old < new) {
			out[n++] = chunk->postings[i++];
			continue;
		}
		if (!edits[k].is_removed)
			out[n++] = edits[k].posting;
		k++;
		if (old == new)
			i++;
	}
	return n;
}

/* How many of <count> postings make a chunk of at most <max> bytes, counted
 * from the first one's document. */
static size_t
count_fitting(const search_posting *postings, size_t count, size_t max)
{
	uint64_t before = posting_document(postings[0]);
	size_t used = 0, n = 0;

	for (; n < count; n++) {
		struct pair pair = pair_of(before, postings[n]);

		used += varint_size(pair.head) + varint_size(pair.low);
		if (used > max)
			break;
		before = posting_document(postings[n]);
	}
	return n > 0 ? n : 1;
}

static enum err
put_chunk(struct editor *e, uint64_t first, const search_posting *postings,
    size_t count)
{
	struct buf value = buf_in(e->arena);
	struct key key;

	search_chunk_encode(&value, first, postings, count);
	if (value.failed)
		return ERR_NOMEM;
	search_chunk_key(&key, e->term, e->scope, first);
	change_put_record(e->change, key_get(&key), buf_get(&value));
	return ERR_OK;
}

/* Store <count> postings in the place of the open chunk. What is added at the
 * end of a list, as most is, fills chunks; what is in the middle is halved,
 * so that there is room on both sides. */
static enum err
put_postings(struct editor *e, const search_posting *postings, size_t count)
{
	uint64_t first = e->has_chunk ? e->chunk.first : UINT64_MAX;
	struct key key;
	enum err err = ERR_OK;

	if (e->has_chunk &&
	    (count == 0 || posting_document(postings[0]) < first)) {
		search_chunk_key(&key, e->term, e->scope, first);
		change_delete(e->change, key_get(&key));
	}
	if (count > 0 && posting_document(postings[0]) < first)
		first = posting_document(postings[0]);
	while (count > 0 && err == ERR_OK) {
		size_t n = count_fitting(postings, count,
		    SEARCH_CHUNK_MAX - 20); /* the first may count from less */

		if (n < count)
			n = e->next_first == UINT64_MAX ?
			    count_fitting(postings, count, FILL_MAX) :
			    (n + 1) / 2;
		err = put_chunk(e, first, postings, n);
		postings += n;
		count -= n;
		if (count > 0)
			first = posting_document(postings[0]);
	}
	return err;
}

static enum err
edit_chunk(struct editor *e, const struct search_edit *edits, size_t count)
{
	search_posting *merged = malloc(
	    (e->chunk.count + count) * sizeof *merged);
	enum err err = ERR_NOMEM;

	if (merged != NULL)
		err = put_postings(
		    e, merged, merge(&e->chunk, edits, count, merged));
	free(merged);
	return err;
}

enum err
search_list_edit(struct snapshot *snapshot, struct change *change,
    struct arena *arena, struct bytes term, enum search_scope scope,
    const struct search_edit *edits, size_t count)
{
	search_posting postings[SEARCH_CHUNK_POSTINGS];
	struct editor e = { .snapshot = snapshot,
		.change = change,
		.arena = arena,
		.term = term,
		.scope = scope,
		.chunk.postings = postings };

	for (size_t i = 0; i < count;) {
		size_t n = 0;
		enum err err = open_chunk(
		    &e, posting_document(edits[i].posting));

		if (err != ERR_OK)
			return err;
		while (i + n < count &&
		    posting_document(edits[i + n].posting) < e.next_first)
			n++;
		err = edit_chunk(&e, edits + i, n);
		if (err != ERR_OK)
			return err;
		i += n;
	}
	return ERR_OK;
}
