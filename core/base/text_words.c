/* core/base/text_words.c - the words of a text, as search and scripts see
 * them.
 *
 * ICU's dictionaries for Chinese, Japanese and Thai are not used: what they
 * take for a word depends on what stands around it and on ICU's version, and
 * an index needs the same words for text and query, years apart. Pairs of
 * neighbours find everything.
 *
 * When you change what a word is, the search index must be built anew: raise
 * the store's format.
 */
#include "config.h"
#include "core/base/text.h"

#include "core/base/text_utf16.h"
#include "core/base/utf8.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#define NEEDLE_WORDS_MAX 32

enum kind { KIND_GAP = 0, KIND_WORD, KIND_PAIR };

struct walk {
	enum text_words_for what;
	text_word_fn *fn;
	void *arg;
	uint32_t position;
	bool stopped;
};

/* What takes two letters' place once accents are off. */
static const struct {
	char16_t from;
	const char *to;
} plain_letters[] = {
	{ 0x00e6, "ae" },
	{ 0x00f0, "d" },
	{ 0x00f8, "o" },
	{ 0x00fe, "th" },
	{ 0x0111, "d" },
	{ 0x0127, "h" },
	{ 0x0142, "l" },
	{ 0x0153, "oe" },
	{ 0x0167, "t" },
};

static enum kind
kind_of(uint32_t c)
{
	const uint32_t word = U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK |
	    U_GC_NL_MASK | U_GC_NO_MASK;
	UErrorCode status = U_ZERO_ERROR;
	UScriptCode script;

	if (c < 0x80)
		return (c >= '0' && c <= '9') ||
			((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ?
		    KIND_WORD :
		    KIND_GAP;
	if ((U_GET_GC_MASK((UChar32)c) & word) == 0)
		return KIND_GAP;
	if (c < 0xe00)
		return KIND_WORD;
	if (u_hasBinaryProperty((UChar32)c, UCHAR_IDEOGRAPHIC) ||
	    u_getIntPropertyValue((UChar32)c, UCHAR_LINE_BREAK) ==
		U_LB_COMPLEX_CONTEXT)
		return KIND_PAIR;
	script = uscript_getScript((UChar32)c, &status);
	return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ||
		c == 0x30fc ? /* the long vowel, of both scripts */
	    KIND_PAIR :
	    KIND_WORD;
}

/* An accent, or a sign that Arabic and Hebrew may leave out; but not what
 * makes another letter of one (Japanese, Indic), nor the short sign that
 * makes the Cyrillic letter after i. */
static bool
is_accent(uint32_t c, uint32_t before)
{
	if (c == 0x306 && before == 0x438)
		return false;
	return (c >= 0x300 && c <= 0x36f) || (c >= 0x591 && c <= 0x5c7) ||
	    (c >= 0x64b && c <= 0x65f) || c == 0x670 ||
	    (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x1dc0 && c <= 0x1dff) ||
	    (c >= 0x20d0 && c <= 0x20f0);
}

/* Decomposed text in <u>, without accents, into <out>. */
static bool
take_accents_off(const struct utf16 *u, struct utf16 *out)
{
	uint32_t before = 0;
	int32_t i = 0;

	out->len = 0;
	if (!utf16_reserve(out, (size_t)u->len * 2 + 2))
		return false;
	while (i < u->len) {
		uint32_t c = utf16_next(u, &i);
		const char *to = NULL;

		if (c >= 0x300 && is_accent(c, before))
			continue;
		before = c;
		for (size_t k = 0; c >= 0xe6 && c <= 0x167 &&
		     k < sizeof plain_letters / sizeof *plain_letters;
		     k++)
			if (plain_letters[k].from == c)
				to = plain_letters[k].to;
		if (to == NULL)
			utf16_put(out, c);
		for (; to != NULL && *to != '\0'; to++)
			utf16_put(out, (unsigned char)*to);
	}
	return true;
}

/* Give <fn> the word of <len> units at <at>. */
static void
tell(struct walk *w, const char16_t *at, int32_t len, bool starts_run,
    enum kind kind)
{
	const struct utf16 u = { (char16_t *)at, len, len };
	char term[TEXT_WORD_MAX + UTF8_MAX];
	struct text_word word = { .starts_run = starts_run };
	size_t used = 0;
	int32_t i = 0, count = 0;

	if (w->stopped)
		return;
	for (; i < len; count++) {
		used += utf8_put(term + used, utf16_next(&u, &i));
		if (used > TEXT_WORD_MAX)
			break;
	}
	word.term = utf8_cut((struct bytes){ term, used }, TEXT_WORD_MAX);
	word.position = w->position++;
	word.is_pair = kind == KIND_PAIR && count == 2;
	word.is_single = kind == KIND_PAIR && count == 1;
	w->stopped = !w->fn(w->arg, &word);
}

/* A run of a script without spaces, from <from> to <to>. */
static void
tell_pairs(struct walk *w, const struct utf16 *u, int32_t from, int32_t to)
{
	int32_t first = from, second, behind;

	while (first < to && !w->stopped) {
		second = first;
		utf16_next(u, &second);
		behind = second;
		if (second < to)
			utf16_next(u, &behind);
		else if (first != from && w->what == TEXT_WORDS_QUERY)
			break;
		tell(
		    w, u->at + first, behind - first, first == from, KIND_PAIR);
		first = second;
	}
}

/* Cut folded text into runs. */
static void
walk_runs(struct walk *w, const struct utf16 *u)
{
	enum kind run = KIND_GAP;
	int32_t from = 0, i = 0;

	while (!w->stopped) {
		int32_t here = i;
		enum kind kind = i < u->len ? kind_of(utf16_next(u, &i)) :
					      KIND_GAP;

		/* Marks belong to the letters they follow. */
		if (kind == KIND_WORD && run == KIND_PAIR &&
		    u_charType((UChar32)u->at[here]) == U_NON_SPACING_MARK)
			kind = KIND_PAIR;
		if (kind != run) {
			if (run == KIND_WORD)
				tell(w, u->at + from, here - from, true,
				    KIND_WORD);
			else if (run == KIND_PAIR)
				tell_pairs(w, u, from, here);
			from = here;
			run = kind;
		}
		if (here == u->len)
			return;
	}
}

/* What most texts are made of needs neither tables nor UTF-16. */
static void
walk_ascii(struct walk *w, struct bytes text)
{
	size_t i = 0;

	while (i < text.len && !w->stopped) {
		char term[TEXT_WORD_MAX];
		struct text_word word = { .starts_run = true };
		size_t used = 0;

		while (i < text.len &&
		    kind_of((unsigned char)text.at[i]) == KIND_GAP)
			i++;
		for (; i < text.len &&
		     kind_of((unsigned char)text.at[i]) == KIND_WORD;
		     i++) {
			char c = text.at[i];

			if (used < sizeof term)
				term[used++] =
				    (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
		}
		if (used == 0)
			return;
		word.term = (struct bytes){ term, used };
		word.position = w->position++;
		w->stopped = !w->fn(w->arg, &word);
	}
}

enum err
text_words(
    struct bytes text, enum text_words_for what, text_word_fn *fn, void *arg)
{
	struct walk w = { .what = what, .fn = fn, .arg = arg };
	struct utf16 *u, folded = { .at = NULL };
	enum err err = ERR_NOMEM;

	if (utf8_is_ascii(text)) {
		walk_ascii(&w, text);
		return ERR_OK;
	}
	u = utf16_take();
	if (u == NULL || !utf16_set(&u[0], text) ||
	    !utf16_normalize(UTF16_NFKC_FOLDED, &u[0], &u[1]))
		return ERR_NOMEM;
	utf16_join_i(&u[1]);
	/* The last step goes to memory of its own: <fn> may call us again. */
	if (utf16_normalize(UTF16_NFD, &u[1], &u[0]) &&
	    take_accents_off(&u[0], &u[1]) &&
	    utf16_normalize(UTF16_NFC, &u[1], &folded)) {
		utf16_leave();
		walk_runs(&w, &folded);
		err = ERR_OK;
	}
	utf16_release(&folded);
	return err;
}

/* The words of a text, one after the other in a buffer. */
struct word_list {
	struct buf terms; /* each with a byte before it: its length */
	size_t count;
	bool is_single; /* the first one is a character of its own */
	size_t max;
};

static bool
collect(void *arg, const struct text_word *word)
{
	struct word_list *list = arg;

	if (list->count == 0)
		list->is_single = word->is_single;
	buf_char(&list->terms, (char)word->term.len);
	buf_bytes(&list->terms, word->term);
	list->count++;
	return list->count < list->max;
}

static enum err
take_words(struct word_list *list, struct bytes text, size_t max)
{
	enum err err;

	*list = (struct word_list){ .max = max };
	err = text_words(text, TEXT_WORDS_QUERY, collect, list);
	return list->terms.failed ? ERR_NOMEM : err;
}

static struct bytes
next_term(const char **at)
{
	struct bytes term = { *at + 1, (unsigned char)**at };

	*at += 1 + term.len;
	return term;
}

/* True if <needle> begins at <at>, before <end>. */
static bool
begins_here(const char *at, const char *end, const struct word_list *needle,
    bool is_prefix)
{
	const char *want = needle->terms.at;

	for (size_t i = 0; i < needle->count; i++) {
		struct bytes asked = next_term(&want), found;

		if (at == end)
			return false;
		found = next_term(&at);
		if (needle->count == 1 && needle->is_single) {
			if (bytes_find(found, asked) == NULL)
				return false;
		} else if (is_prefix && i + 1 == needle->count) {
			if (!bytes_start_with(found, asked))
				return false;
		} else if (!bytes_equal(found, asked)) {
			return false;
		}
	}
	return needle->count > 0;
}

static enum err
has_needle(const struct word_list *text, struct bytes word, bool *found)
{
	const char *at = text->terms.at, *end = at + text->terms.len;
	bool is_prefix = word.len > 0 && word.at[word.len - 1] == '*';
	struct word_list needle;
	enum err err = take_words(&needle, word, NEEDLE_WORDS_MAX);

	while (err == ERR_OK && at < end && !*found) {
		*found = begins_here(at, end, &needle, is_prefix);
		next_term(&at);
	}
	buf_release(&needle.terms);
	return err;
}

enum err
text_word_in(
    struct bytes text, const struct bytes *words, size_t count, int *found)
{
	struct word_list list;
	int first = -1;
	enum err err = take_words(&list, text, SIZE_MAX);

	for (size_t i = 0; i < count && first < 0 && err == ERR_OK; i++) {
		bool is_in = false;

		err = has_needle(&list, words[i], &is_in);
		if (is_in)
			first = (int)i;
	}
	buf_release(&list.terms);
	if (err == ERR_OK)
		*found = first;
	return err;
}

/* --- where they stand --- */

/* A word that is looked for, folded. */
struct needle {
	char term[TEXT_WORD_MAX];
	size_t len; /* 0: it has none */
	bool is_beginning;
};

struct places {
	struct needle needles[NEEDLE_WORDS_MAX];
	size_t needle_count;
	bool is_met; /* by the run looked at */
	struct text_range *out;
	size_t count, max;
};

static bool
take_first(void *arg, const struct text_word *word)
{
	struct needle *needle = arg;

	memcpy(needle->term, word->term.at, word->term.len);
	needle->len = word->term.len;
	needle->is_beginning = needle->is_beginning || word->is_single;
	return false;
}

static bool
meets(void *arg, const struct text_word *word)
{
	struct places *p = arg;

	for (size_t i = 0; i < p->needle_count && !p->is_met; i++) {
		struct bytes term = { p->needles[i].term, p->needles[i].len };

		p->is_met = p->needles[i].is_beginning ?
		    bytes_start_with(word->term, term) :
		    bytes_equal(word->term, term);
	}
	return !p->is_met;
}

/* Note the part <from> to <to> of <text> if it meets a needle. */
static void
look_at(struct places *p, struct bytes text, size_t from, size_t to)
{
	struct bytes part = { text.at + from, to - from };

	p->is_met = false;
	if (p->count == p->max ||
	    text_words(part, TEXT_WORDS_QUERY, meets, p) != ERR_OK ||
	    !p->is_met)
		return;
	if (p->count > 0 && from <= p->out[p->count - 1].to)
		p->out[p->count - 1].to = to;
	else
		p->out[p->count++] = (struct text_range){ from, to };
}

/* Each two neighbours of a run without spaces, and one that is alone. */
static void
look_at_pairs(struct places *p, struct bytes text, size_t from, size_t to)
{
	const char *end = text.at + to, *first = text.at + from;
	bool bad = false;

	while (first < end && p->count < p->max) {
		const char *second = first, *behind;

		utf8_next(&second, end, &bad);
		behind = second;
		if (second < end)
			utf8_next(&behind, end, &bad);
		look_at(p, text, (size_t)(first - text.at),
		    (size_t)(behind - text.at));
		first = second;
	}
}

size_t
text_find_words(struct bytes text, const struct bytes *words, size_t count,
    struct text_range *out, size_t max)
{
	struct places p = { .out = out, .max = max };
	const char *at = text.at, *end = at + text.len;
	enum kind run = KIND_GAP;
	size_t from = 0;

	for (size_t i = 0; i < count && p.needle_count < NEEDLE_WORDS_MAX;
	     i++) {
		struct needle *needle = &p.needles[p.needle_count];

		needle->is_beginning = words[i].len > 0 &&
		    words[i].at[words[i].len - 1] == '*';
		if (text_words(words[i], TEXT_WORDS_QUERY, take_first,
			needle) == ERR_OK &&
		    needle->len > 0)
			p.needle_count++;
	}
	while (p.needle_count > 0 && p.count < max) {
		size_t here = (size_t)(at - text.at);
		bool bad = false;
		enum kind kind = at < end ? kind_of(utf8_next(&at, end, &bad)) :
					    KIND_GAP;

		if (kind != run && run == KIND_WORD)
			look_at(&p, text, from, here);
		else if (kind != run && run == KIND_PAIR)
			look_at_pairs(&p, text, from, here);
		if (kind != run)
			from = here;
		run = kind;
		if (here == text.len)
			break;
	}
	return p.count;
}
