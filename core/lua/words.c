/* core/lua/words.c - finds words in texts: Unicode case folding, whole words.
 */
#include "config.h"
#include "core/lua/words.h"
#include "core/base/utf8.h"

struct fold {
	uint32_t first, last;
	int step, distance;
};

struct expansion {
	uint32_t from, to[3];
};

struct range {
	uint32_t first, last;
};

static const struct fold folds[] = {
#define FOLD(first, last, step, distance) { first, last, step, distance },
#define EXPAND(from, a, b, c)
#include "core/lua/fold.def"
#undef FOLD
#undef EXPAND
};

static const struct expansion expansions[] = {
#define FOLD(first, last, step, distance)
#define EXPAND(from, a, b, c) { from, { a, b, c } },
#include "core/lua/fold.def"
#undef FOLD
#undef EXPAND
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define DOTLESS_I 0x131
#define DOTTED_CAPITAL_I 0x130
#define DOT_ABOVE 0x307

/* Both tables ascend: the last entry that begins at or before <c>. */
static const struct fold *
find_fold(uint32_t c)
{
	size_t low = 0, high = COUNT(folds);

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (folds[middle].first <= c)
			low = middle;
		else
			high = middle;
	}
	return c >= folds[low].first && c <= folds[low].last ? &folds[low] :
							       NULL;
}

static const struct expansion *
find_expansion(uint32_t c)
{
	size_t low = 0, high = COUNT(expansions);

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (expansions[middle].from <= c)
			low = middle;
		else
			high = middle;
	}
	return expansions[low].from == c ? &expansions[low] : NULL;
}

static bool
is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x3000;
}

static void
fold_wide(struct buf *out, uint32_t c)
{
	const struct expansion *e = find_expansion(c);
	const struct fold *f;

	if (e != NULL) {
		for (int i = 0; i < 3 && e->to[i] != 0; i++)
			utf8_add(out, e->to[i]);
		return;
	}
	f = find_fold(c);
	if (f != NULL && (c - f->first) % (unsigned)f->step == 0)
		c = (uint32_t)((int64_t)c + f->distance);
	utf8_add(out, c);
}

void
words_fold(struct buf *out, struct bytes text)
{
	const char *at = text.at, *end = text.at + text.len;
	bool bad = false, was_space = false;
	uint32_t last = 0;

	while (at < end) {
		uint32_t c = utf8_next(&at, end, &bad);

		if (is_space(c)) {
			if (!was_space)
				buf_char(out, ' ');
			was_space = true;
			last = ' ';
			continue;
		}
		was_space = false;
		if (c == DOTLESS_I || c == DOTTED_CAPITAL_I)
			c = 'i';
		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (c == DOT_ABOVE && last == 'i')
			continue;
		if (c < 0x80)
			buf_char(out, (char)c);
		else
			fold_wide(out, c);
		last = c;
	}
}

static bool
is_in(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Letters of scripts that put no spaces between words. */
static bool
is_unspaced(uint32_t c)
{
	static const struct range ranges[] = {
		{ 0x0e00, 0x0eff }, /* Thai, Lao */
		{ 0x1000, 0x109f }, /* Burmese */
		{ 0x1780, 0x17ff }, /* Khmer */
		{ 0x3005, 0x3007 },
		{ 0x3040, 0x30ff }, /* Japanese */
		{ 0x3400, 0x4dbf },
		{ 0x4e00, 0x9fff }, /* Chinese */
		{ 0xf900, 0xfaff },
		{ 0x20000, 0x3ffff },
	};

	return c >= 0x0e00 && is_in(ranges, COUNT(ranges), c);
}

/* Signs and spaces outside of ASCII; all else there is taken for letters. */
static bool
is_sign(uint32_t c)
{
	static const struct range ranges[] = {
		{ 0x80, 0xa9 },
		{ 0xab, 0xb4 },
		{ 0xb6, 0xb9 },
		{ 0xbb, 0xbf },
		{ 0xd7, 0xd7 },
		{ 0xf7, 0xf7 },
		{ 0x60c, 0x60d },
		{ 0x61b, 0x61f },
		{ 0x66a, 0x66d },
		{ 0x6d4, 0x6d4 },
		{ 0x964, 0x965 },
		{ 0x2000, 0x206f },
		{ 0x20a0, 0x20cf },
		{ 0x2190, 0x2bff },
		{ 0x2e00, 0x2e7f },
		{ 0x3000, 0x3004 },
		{ 0x3008, 0x303f },
		{ 0xfe10, 0xfe1f },
		{ 0xfe30, 0xfe6f },
		{ 0xff00, 0xff0f },
		{ 0xff1a, 0xff20 },
		{ 0xff3b, 0xff40 },
		{ 0xff5b, 0xff65 },
		{ 0xfff0, 0xffff },
		{ 0x1f000, 0x1faff },
	};

	return is_in(ranges, COUNT(ranges), c);
}

static bool
is_word_letter(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    (c >= 'A' && c <= 'Z') || c == '_';
	return !is_sign(c);
}

/* The character that ends just before <at>; <at> is not the beginning. */
static uint32_t
char_before(const char *begin, const char *at)
{
	const char *from = at - 1;
	bool bad = false;

	while (from > begin && ((unsigned char)*from & 0xc0) == 0x80)
		from--;
	return utf8_next(&from, at, &bad);
}

/* A word may end between <a> and <b>. */
static bool
is_border(uint32_t a, uint32_t b)
{
	return !is_word_letter(a) || !is_word_letter(b) || is_unspaced(a) ||
	    is_unspaced(b);
}

static bool
begins_at(struct bytes text, const char *at)
{
	const char *next = at;
	bool bad = false;
	uint32_t first;

	if (at == text.at)
		return true;
	first = utf8_next(&next, text.at + text.len, &bad);
	return is_border(char_before(text.at, at), first);
}

static bool
ends_at(struct bytes text, const char *at)
{
	const char *next = at;
	bool bad = false;

	if (at == text.at + text.len)
		return true;
	return is_border(char_before(text.at, at),
	    utf8_next(&next, text.at + text.len, &bad));
}

bool
words_find(struct bytes text, struct bytes word)
{
	bool is_prefix = word.len > 0 && word.at[word.len - 1] == '*';
	struct bytes rest = text;
	const char *at;

	if (is_prefix)
		word.len--;
	if (word.len == 0)
		return false;
	while ((at = bytes_find(rest, word)) != NULL) {
		if (begins_at(text, at) &&
		    (is_prefix || ends_at(text, at + word.len)))
			return true;
		rest.len -= (size_t)(at + 1 - rest.at);
		rest.at = at + 1;
	}
	return false;
}
