/* core/model/search_excerpt.c - the part of a text that was meant. */
#include "config.h"
#include "core/model/search_query.h"

#include "core/base/arena.h"
#include "core/base/utf8.h"

#define LOOK_MAX 32768 /* bytes of the text that are looked through */
#define BEFORE_SHARE 4 /* a part of so many stands before the first word */
#define ELLIPSIS "\xe2\x80\xa6"

/* The words of the query that may be marked, for text_find_words(). */
static enum err
words_of(const struct finder *f, struct bytes *out, size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < f->need_count; i++) {
		struct buf word = buf_in(f->arena);

		if (f->needs[i].is_not || f->needs[i].is_idle)
			continue;
		buf_bytes(&word, f->needs[i].term);
		if (f->needs[i].is_beginning)
			buf_char(&word, '*');
		if (word.failed)
			return ERR_NOMEM;
		out[(*count)++] = buf_get(&word);
	}
	return ERR_OK;
}

/* Where to begin, so that <first> is seen with a little before it: behind a
 * space if there is one, else between two characters. */
static size_t
beginning(struct bytes text, size_t first, size_t before)
{
	size_t from = first > before ? first - before : 0;

	if (from == 0)
		return 0;
	for (size_t i = from; i < first; i++)
		if (text.at[i] == ' ' || text.at[i] == '\n')
			return i + 1;
	return utf8_cut(text, from).len;
}

enum err
search_excerpt(struct bytes words, struct bytes text, size_t max,
    struct arena *arena, struct search_excerpt *out)
{
	struct finder f = { .arena = arena };
	struct bytes looked_for[SEARCH_NEEDS_MAX];
	struct search_excerpt excerpt = { .mark_count = 0 };
	struct buf line = buf_in(arena);
	struct text_range first = { 0, 0 };
	size_t count = 0, from = 0;
	enum err err = query_parse(&f, words);

	if (err == ERR_OK)
		err = words_of(&f, looked_for, &count);
	if (err != ERR_OK)
		return err;
	if (text_find_words(
		utf8_cut(text, LOOK_MAX), looked_for, count, &first, 1) == 1 &&
	    first.to > max - max / BEFORE_SHARE)
		from = beginning(text, first.from, max / BEFORE_SHARE);
	if (from > 0)
		buf_text(&line, ELLIPSIS);
	text_snippet(&line, (struct bytes){ text.at + from, text.len - from },
	    max - (from > 0 ? sizeof ELLIPSIS - 1 : 0));
	if (line.failed)
		return ERR_NOMEM;
	excerpt.text = buf_get(&line);
	excerpt.mark_count = text_find_words(
	    excerpt.text, looked_for, count, excerpt.marks, SEARCH_MARKS_MAX);
	*out = excerpt;
	return ERR_OK;
}
