/* core/model/search_words.c - which words a record is found by.
 *
 * All of it follows from the field table: a field is searched when it is
 * flagged F_SEARCH, and who may read it decides on the list.
 */
#include "config.h"
#include "core/model/search_store.h"

#include "core/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* BM25's k1 and b, and the length it takes for usual. */
#define SATURATION 1.2
#define LENGTH_SHARE 0.75
#define USUAL_WORDS 100.0
#define TITLE_COUNTS 3 /* a word of a title is as good as so many */

#define TABLE_MIN 256 /* places; a power of two */

/* A word while a text is read. */
struct place {
	struct bytes term; /* .at NULL: free */
	uint32_t count;
};

struct counter {
	struct arena *arena;
	struct place *places;
	size_t size, used; /* places; those taken */
	size_t words;      /* in all */
	uint32_t each;     /* what a word counts in the present field */
	bool failed;
};

enum search_scope
search_scope_of(enum kind_id kind)
{
	switch (kind) {
	case KIND_TICKET:
	case KIND_ENTRY: return SCOPE_PUBLIC;
	case KIND_CUSTOMER: return SCOPE_CUSTOMER;
	case KIND_ORGANISATION: return SCOPE_ORGANISATION;
	case KIND_ARTICLE: return SCOPE_ARTICLE;
	case KIND_CANNED: return SCOPE_CANNED;
	default: return SCOPE_NONE;
	}
}

static enum search_scope
scope_of_record(const struct record *record)
{
	if (record->kind->id == KIND_ENTRY &&
	    record_int(record, ENTRY_TYPE) == ENTRY_IS_NOTE)
		return SCOPE_NOTES;
	return search_scope_of(record->kind->id);
}

static bool
is_searched(const struct record *record, int slot)
{
	return (record->kind->fields[slot].flags & F_SEARCH) != 0 &&
	    record_has(record, slot);
}

/* Mail's HTML is found by its text: what stands in angle brackets is left
 * out, and so are style sheets and scripts. */
static struct bytes
strip_tags(struct arena *arena, struct bytes html)
{
	char *out = arena_alloc_raw(arena, html.len + 1);
	size_t len = 0;
	const char *p = html.at, *end = p + html.len;

	if (out == NULL)
		return BYTES_NONE;
	while (p < end) {
		static const char *const skipped[] = { "style", "script" };
		const char *close;

		if (*p != '<') {
			out[len++] = *p++;
			continue;
		}
		out[len++] = ' ';
		for (size_t i = 0; i < 2; i++) {
			size_t n = strlen(skipped[i]);
			char tag[16];

			snprintf(tag, sizeof tag, "</%s", skipped[i]);
			if ((size_t)(end - p) <= n + 1 ||
			    strncasecmp(p + 1, skipped[i], n) != 0)
				continue;
			close = bytes_find(
			    (struct bytes){ p, (size_t)(end - p) },
			    bytes_of(tag));
			p = close != NULL ? close : end - 1;
		}
		close = memchr(p, '>', (size_t)(end - p));
		p = close != NULL ? close + 1 : end;
	}
	return (struct bytes){ out, len };
}

/* Add one text of a field; lists and maps have several. */
typedef void text_fn(void *arg, const struct field *field, struct bytes text);

static void
each_item(const struct field *field, struct bytes text, text_fn *fn, void *arg)
{
	struct bytes item;
	uint64_t number;

	if (field->type == FIELD_MAP)
		while (map_next(&text, &number, &item))
			fn(arg, field, item);
	else if ((field->flags & F_LIST) != 0)
		while (list_next_text(&text, &item))
			fn(arg, field, item);
	else
		fn(arg, field, text);
}

static enum err
each_text(struct snapshot *snapshot, const struct record *record,
    struct arena *arena, text_fn *fn, void *arg)
{
	for (int slot = 0; slot < (int)record->kind->field_count; slot++) {
		const struct field *field = &record->kind->fields[slot];
		struct bytes text;
		enum err err;

		if (!is_searched(record, slot))
			continue;
		err = record_bigtext(snapshot, record, slot, arena, &text);
		if (err != ERR_OK)
			return err;
		if (record->kind->id == KIND_ENTRY && slot == ENTRY_BODY &&
		    record_int(record, ENTRY_FORMAT) == FORMAT_HTML) {
			text = strip_tags(arena, text);
			if (text.at == NULL)
				return ERR_NOMEM;
		}
		each_item(field, text, fn, arg);
	}
	return ERR_OK;
}

static void
add_line(void *arg, const struct field *field, struct bytes text)
{
	buf_bytes(arg, text);
	buf_char(arg, '\n');
}

enum err
search_text(struct snapshot *snapshot, enum kind_id kind, uint64_t id,
    struct arena *arena, enum search_scope *scope, struct bytes *text)
{
	struct buf lines = buf_in(arena);
	struct record record;
	enum err err = record_find(snapshot, kind, id, &record);

	if (err == ERR_OK)
		err = each_text(snapshot, &record, arena, add_line, &lines);
	if (err == ERR_OK && lines.failed)
		err = ERR_NOMEM;
	if (err != ERR_OK)
		return err;
	*scope = scope_of_record(&record);
	*text = buf_get(&lines);
	return ERR_OK;
}

static uint32_t
hash_of(struct bytes term)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < term.len; i++)
		hash = (hash ^ (unsigned char)term.at[i]) * 16777619u;
	return hash;
}

/* The place of <term>, or the free one where it would be. */
static struct place *
find_place(struct counter *c, struct bytes term)
{
	size_t i = hash_of(term) & (c->size - 1);

	while (c->places[i].term.at != NULL &&
	    !bytes_equal(c->places[i].term, term))
		i = (i + 1) & (c->size - 1);
	return &c->places[i];
}

static bool
grow_table(struct counter *c)
{
	struct counter wider = *c;

	wider.size = c->size == 0 ? TABLE_MIN : c->size * 2;
	wider.places = arena_array(c->arena, struct place, wider.size);
	if (wider.places == NULL)
		return false;
	for (size_t i = 0; i < c->size; i++)
		if (c->places[i].term.at != NULL)
			*find_place(&wider, c->places[i].term) = c->places[i];
	*c = wider;
	return true;
}

static bool
count_word(void *arg, const struct text_word *word)
{
	struct counter *c = arg;
	struct place *place;
	char *term;

	c->words++;
	if (c->used * 4 >= c->size * 3 && !grow_table(c)) {
		c->failed = true;
		return false;
	}
	place = find_place(c, word->term);
	if (place->term.at == NULL) {
		if (c->used == SEARCH_TERMS_MAX)
			return true;
		term = arena_copy(c->arena, word->term.at, word->term.len);
		if (term == NULL) {
			c->failed = true;
			return false;
		}
		place->term = (struct bytes){ term, word->term.len };
		c->used++;
	}
	place->count += c->each;
	return true;
}

static void
count_text(void *arg, const struct field *field, struct bytes text)
{
	struct counter *c = arg;

	c->each = field->type == FIELD_TEXT ? TITLE_COUNTS : 1;
	if (!c->failed &&
	    text_words(text, TEXT_WORDS_INDEX, count_word, c) != ERR_OK)
		c->failed = true;
}

static unsigned
weight_of(uint32_t count, size_t words)
{
	double n = count;
	double share = 1 - LENGTH_SHARE +
	    LENGTH_SHARE * (double)words / USUAL_WORDS;

	return (unsigned)(n / (n + SATURATION * share) *
	    (SEARCH_WEIGHT_MAX + 0.999));
}

static int
compare_terms(const void *a, const void *b)
{
	return bytes_compare(((const struct search_term *)a)->term,
	    ((const struct search_term *)b)->term);
}

enum err
search_terms_now(struct snapshot *snapshot, enum kind_id kind, uint64_t id,
    struct arena *arena, struct search_terms *out)
{
	struct counter c = { .arena = arena };
	struct search_terms terms = { .scope = SCOPE_NONE };
	struct record record;
	enum err err = record_find(snapshot, kind, id, &record);

	if (err == ERR_NOT_FOUND) {
		*out = terms;
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = each_text(snapshot, &record, arena, count_text, &c);
	if (err != ERR_OK)
		return err;
	terms.list = arena_array(arena, struct search_term, c.used + 1);
	if (c.failed || terms.list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c.size; i++)
		if (c.places[i].term.at != NULL)
			terms.list[terms.count++] =
			    (struct search_term){ c.places[i].term,
				    weight_of(c.places[i].count, c.words) };
	qsort(terms.list, terms.count, sizeof *terms.list, compare_terms);
	if (terms.count > 0)
		terms.scope = scope_of_record(&record);
	*out = terms;
	return ERR_OK;
}

bool
search_differs(const struct record *old, const struct record *new)
{
	for (int slot = 0; slot < (int)new->kind->field_count; slot++) {
		if ((new->kind->fields[slot].flags &F_SEARCH) == 0)
			continue;
		if (old == NULL ? record_has(new, slot) :
				  !record_same(old, new, slot))
			return true;
	}
	return false;
}

/* --- as they are indexed --- */

static void
parts_key(struct key *key, enum kind_id kind, uint64_t id)
{
	key_begin(key, KEY_SEARCH);
	key_u8(key, SEARCH_WORDS);
	key_u8(key, (uint8_t)kind);
	key_u64(key, id);
}

static enum err
read_part(struct bytes value, struct arena *arena, struct search_terms *terms,
    size_t *cap)
{
	const char *p = value.at + RECORD_HEADER_SIZE;
	const char *end = value.at + value.len;
	struct bytes before = BYTES_NONE;
	enum err err = record_check(value, NULL);

	if (err != ERR_OK)
		return err;
	if (p == end || (unsigned char)*p >= SCOPE__COUNT)
		return ERR_CORRUPT;
	terms->scope = (enum search_scope) * p++;
	while (p < end) {
		size_t shared = (unsigned char)*p++;
		uint64_t head;
		char *term;

		if (!varint_read(&p, end, &head) || shared > before.len ||
		    head >> 3 > (uint64_t)(end - p) ||
		    shared + (head >> 3) > TEXT_WORD_MAX)
			return ERR_CORRUPT;
		if (terms->count == *cap) {
			terms->list = arena_grow(arena, terms->list,
			    *cap * sizeof *terms->list,
			    (*cap * 2 + 64) * sizeof *terms->list);
			*cap = *cap * 2 + 64;
		}
		term = arena_alloc_raw(arena, TEXT_WORD_MAX);
		if (terms->list == NULL || term == NULL)
			return ERR_NOMEM;
		if (shared > 0)
			memcpy(term, before.at, shared);
		memcpy(term + shared, p, head >> 3);
		p += head >> 3;
		before = (struct bytes){ term, shared + (head >> 3) };
		terms->list[terms->count++] = (struct search_term){ before,
			head & 7 };
	}
	return ERR_OK;
}

enum err
search_terms_indexed(struct snapshot *snapshot, enum kind_id kind, uint64_t id,
    struct arena *arena, struct search_terms *out)
{
	struct search_terms terms = { .scope = SCOPE_NONE };
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	size_t cap = 0;
	enum err err;

	parts_key(&prefix, kind, id);
	err = cursor_open_prefix(snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK) {
		err = cursor_next(&cursor, &key, &value);
		if (err != ERR_OK)
			break;
		terms.parts++;
		err = read_part(value, arena, &terms, &cap);
	}
	cursor_close(&cursor);
	if (err != ERR_NOT_FOUND)
		return err;
	*out = terms;
	return ERR_OK;
}

static void
put_term(struct buf *out, struct bytes before, const struct search_term *term)
{
	size_t shared = 0, len = term->term.len;

	while (shared < len && shared < before.len &&
	    term->term.at[shared] == before.at[shared])
		shared++;
	buf_char(out, (char)shared);
	buf_varint(out, (uint64_t)(len - shared) << 3 | term->weight);
	buf_add(out, term->term.at + shared, len - shared);
}

enum err
search_terms_put(struct change *change, struct arena *arena, enum kind_id kind,
    uint64_t id, const struct search_terms *terms, unsigned parts)
{
	static const char header[RECORD_HEADER_SIZE];
	unsigned part = 0;
	struct key key;

	for (size_t i = 0; i < terms->count; part++) {
		struct buf value = buf_in(arena);
		struct bytes before = BYTES_NONE;

		buf_add(&value, header, sizeof header);
		buf_char(&value, (char)terms->scope);
		for (; i < terms->count && value.len < SEARCH_PART_MAX; i++) {
			put_term(&value, before, &terms->list[i]);
			before = terms->list[i].term;
		}
		if (value.failed)
			return ERR_NOMEM;
		parts_key(&key, kind, id);
		key_u8(&key, (uint8_t)part);
		change_put_record(change, key_get(&key), buf_get(&value));
	}
	for (; part < parts; part++) {
		parts_key(&key, kind, id);
		key_u8(&key, (uint8_t)part);
		change_delete(change, key_get(&key));
	}
	return ERR_OK;
}
