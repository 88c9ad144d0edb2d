/* core/base/text.c - repair, cutting, folding and order, by ICU. */
#include "config.h"
#include "core/base/text.h"

#include "core/base/text_utf16.h"
#include "core/base/utf8.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/utext.h>

#define COLLATORS_MAX 8 /* kept for each thread */
#define LOCALE_MAX 32
#define WINDOW_BEFORE 256 /* bytes looked at for a place to cut */
#define WINDOW_AFTER 64
#define ELLIPSIS "\xe2\x80\xa6"

/* ICU's objects that one thread at a time may use. */
struct tools {
	UBreakIterator *characters;
	struct {
		char locale[LOCALE_MAX];
		UCollator *with;
	} collators[COLLATORS_MAX];
	int next_collator;
};

static pthread_key_t tools_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void
free_tools(void *arg)
{
	struct tools *tools = arg;

	if (tools->characters != NULL)
		ubrk_close(tools->characters);
	for (int i = 0; i < COLLATORS_MAX; i++)
		if (tools->collators[i].with != NULL)
			ucol_close(tools->collators[i].with);
	free(tools);
}

static void
make_key(void)
{
	has_key = pthread_key_create(&tools_key, free_tools) == 0;
}

/* This thread's; NULL when memory is exhausted. */
static struct tools *
get_tools(void)
{
	struct tools *tools;

	pthread_once(&once, make_key);
	if (!has_key)
		return NULL;
	tools = pthread_getspecific(tools_key);
	if (tools != NULL)
		return tools;
	tools = calloc(1, sizeof *tools);
	if (tools != NULL && pthread_setspecific(tools_key, tools) != 0) {
		free(tools);
		tools = NULL;
	}
	return tools;
}

/* What no text holds: controls of C0 and C1, and byte order marks. */
static bool
is_dropped(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfeff;
}

/* Compose what was added to <out> since <from>. */
static void
compose(struct buf *out, size_t from)
{
	struct utf16 *u = utf16_take();

	if (out->failed)
		return;
	if (u == NULL ||
	    !utf16_set(
		&u[0], (struct bytes){ out->at + from, out->len - from }) ||
	    !utf16_normalize(UTF16_NFC, &u[0], &u[1])) {
		out->failed = true;
		return;
	}
	if (u[0].len != u[1].len ||
	    memcmp(u[0].at, u[1].at, (size_t)u[0].len * 2) != 0) {
		out->len = from;
		utf16_add_to(out, u[1].at, u[1].len);
	}
	utf16_leave();
}

/* Step over ASCII that is kept as it is. */
static const char *
skip_plain(const char *p, const char *end)
{
	while (
	    p < end && ((*p >= 0x20 && *p < 0x7f) || *p == '\n' || *p == '\t'))
		p++;
	return p;
}

/* One of the steps of text_repair(): characters that are there as they are
 * go to <out>. Returns true if any of them may combine with others. */
static bool
repair_characters(struct buf *out, struct bytes text)
{
	const char *p = text.at, *end = p + text.len;
	bool combines = false, bad = false;
	int marks = 0;

	while (p < end && !out->failed) {
		const char *plain = p;
		uint32_t c;

		p = skip_plain(p, end);
		if (p > plain) {
			buf_add(out, plain, (size_t)(p - plain));
			marks = 0;
			continue;
		}
		c = utf8_next(&p, end, &bad);
		if (c == '\r' || c == 0x85) {
			if (c == '\r' && p < end && *p == '\n')
				p++;
			c = '\n';
		}
		if (is_dropped(c) && c != '\n' && c != '\t')
			continue;
		/* All below are composed already (NFC_Quick_Check). */
		if (c >= 0x300) {
			combines = true;
			marks = u_getCombiningClass((UChar32)c) != 0 ?
			    marks + 1 :
			    0;
			if (marks > TEXT_MARKS_MAX)
				continue;
		} else {
			marks = 0;
		}
		utf8_add(out, c);
	}
	return combines;
}

void
text_repair(struct buf *out, struct bytes text)
{
	size_t from = out->len;

	if (repair_characters(out, text))
		compose(out, from);
}

void
text_repair_line(struct buf *out, struct bytes text)
{
	const char *p, *end;
	struct buf whole = BUF_INIT;
	bool space = false, bad = false;
	size_t from = out->len;

	text_repair(&whole, text);
	p = whole.at;
	end = p + whole.len;
	while (p < end) {
		uint32_t c = utf8_next(&p, end, &bad);

		if (u_isUWhiteSpace((UChar32)c)) {
			space = true;
			continue;
		}
		if (utf8_turns_direction(c))
			continue;
		if (space && out->len > from)
			buf_char(out, ' ');
		space = false;
		utf8_add(out, c);
	}
	if (whole.failed)
		out->failed = true;
	buf_release(&whole);
}

bool
text_is_clean(struct bytes text)
{
	struct buf repaired = BUF_INIT;
	bool same;

	text_repair(&repaired, text);
	same = !repaired.failed && bytes_equal(buf_get(&repaired), text);
	buf_release(&repaired);
	return same;
}

static UBreakIterator *
characters_of(UText *text, UErrorCode *status)
{
	struct tools *tools = get_tools();

	if (tools == NULL)
		return NULL;
	if (tools->characters == NULL)
		tools->characters = ubrk_open(
		    UBRK_CHARACTER, "en", NULL, 0, status);
	if (U_SUCCESS(*status))
		ubrk_setUText(tools->characters, text, status);
	return U_SUCCESS(*status) ? tools->characters : NULL;
}

struct bytes
text_cut(struct bytes text, size_t max)
{
	struct bytes rough = utf8_cut(text, max);
	size_t from, len;
	UText *window = NULL;
	UErrorCode status = U_ZERO_ERROR;
	UBreakIterator *characters;
	int32_t at = 0;

	/* Nothing joins what precedes an ASCII character to it but CR to LF. */
	if (rough.len == text.len ||
	    ((unsigned char)text.at[rough.len] < 0x80 &&
		text.at[rough.len] != '\n'))
		return rough;
	from = rough.len > WINDOW_BEFORE ? rough.len - WINDOW_BEFORE : 0;
	while (from > 0 && ((unsigned char)text.at[from] & 0xc0) == 0x80)
		from--;
	len = text.len - from < WINDOW_BEFORE + WINDOW_AFTER ?
	    text.len - from :
	    WINDOW_BEFORE + WINDOW_AFTER;
	window = utext_openUTF8(window, text.at + from, (int64_t)len, &status);
	characters = U_SUCCESS(status) ? characters_of(window, &status) : NULL;
	if (characters != NULL) {
		int32_t want = (int32_t)(rough.len - from);

		at = ubrk_isBoundary(characters, want) ?
		    want :
		    ubrk_preceding(characters, want);
	}
	utext_close(window);
	/* One that began before the window is cut where a code point ends. */
	if (at > 0)
		rough.len = from + (size_t)at;
	return rough;
}

void
text_snippet(struct buf *out, struct bytes text, size_t max)
{
	const char *p = text.at, *end = p + text.len;
	size_t from = out->len;
	bool space = false, bad = false;
	struct bytes cut;

	/* A little more than <max>, so that the cut can see what follows. */
	while (
	    p < end && out->len - from <= max + WINDOW_AFTER && !out->failed) {
		uint32_t c = utf8_next(&p, end, &bad);

		if (u_isUWhiteSpace((UChar32)c)) {
			space = true;
			continue;
		}
		if (is_dropped(c) || utf8_turns_direction(c))
			continue;
		if (space && out->len > from)
			buf_char(out, ' ');
		space = false;
		utf8_add(out, c);
	}
	if (out->failed || out->len - from <= max)
		return;
	if (max < sizeof ELLIPSIS - 1) {
		out->len = from;
		return;
	}
	cut = text_cut((struct bytes){ out->at + from, out->len - from },
	    max - (sizeof ELLIPSIS - 1));
	out->len = from + bytes_trim(cut).len;
	buf_text(out, ELLIPSIS);
}

static void
fold_ascii(struct buf *out, struct bytes text)
{
	if (!buf_reserve(out, text.len))
		return;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		out->at[out->len++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 :
								    c);
	}
}

void
text_fold(struct buf *out, struct bytes text)
{
	struct utf16 *u;

	if (utf8_is_ascii(text)) {
		fold_ascii(out, text);
		return;
	}
	u = utf16_take();
	if (u == NULL || !utf16_set(&u[0], text) ||
	    !utf16_normalize(UTF16_NFKC_FOLDED, &u[0], &u[1])) {
		out->failed = true;
		return;
	}
	utf16_join_i(&u[1]);
	utf16_add_to(out, u[1].at, u[1].len);
	utf16_leave();
}

bool
text_equal_folded(struct bytes a, struct bytes b)
{
	struct buf folded = BUF_INIT;
	size_t middle;
	bool same;

	text_fold(&folded, a);
	middle = folded.len;
	text_fold(&folded, b);
	same = !folded.failed &&
	    bytes_equal((struct bytes){ folded.at, middle },
		(struct bytes){ folded.at + middle, folded.len - middle });
	buf_release(&folded);
	return same;
}

/* This thread's collator for <locale>; the oldest makes room for a new one. */
static UCollator *
collator_of(const char *locale)
{
	struct tools *tools = get_tools();
	UErrorCode status = U_ZERO_ERROR;
	UCollator *with;
	int i;

	if (tools == NULL)
		return NULL;
	for (i = 0; i < COLLATORS_MAX; i++)
		if (tools->collators[i].with != NULL &&
		    strcmp(tools->collators[i].locale, locale) == 0)
			return tools->collators[i].with;
	if (strlen(locale) >= LOCALE_MAX)
		locale = "en";
	with = ucol_open(locale, &status);
	if (U_FAILURE(status))
		return NULL;
	i = tools->next_collator;
	tools->next_collator = (i + 1) % COLLATORS_MAX;
	if (tools->collators[i].with != NULL)
		ucol_close(tools->collators[i].with);
	tools->collators[i].with = with;
	snprintf(tools->collators[i].locale, LOCALE_MAX, "%s", locale);
	return with;
}

int
text_collate(const char *locale, struct bytes a, struct bytes b)
{
	UCollator *with = collator_of(locale);
	UErrorCode status = U_ZERO_ERROR;
	UCollationResult order = UCOL_EQUAL;

	if (with != NULL)
		order = ucol_strcollUTF8(with, a.at != NULL ? a.at : "",
		    (int32_t)a.len, b.at != NULL ? b.at : "", (int32_t)b.len,
		    &status);
	/* Without a collator, and for what looks alike, by the bytes: a sort
	 * needs one order. */
	if (with == NULL || U_FAILURE(status) || order == UCOL_EQUAL)
		return bytes_compare(a, b);
	return order == UCOL_LESS ? -1 : 1;
}
