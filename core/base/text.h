/* core/base/text.h - text as people write it: repair, cut, compare, words.
 *
 * UTF-8 in and out. Texts from outside go through text_repair() or
 * text_repair_line() once, where they come in; what the other functions get
 * may be anything, broken parts count as U+FFFD. Any thread may call any of
 * this. What needs no tables of Unicode is in utf8.h, dates and numbers are
 * in text_format.h.
 */
#ifndef HOOKDESK_BASE_TEXT_H
#define HOOKDESK_BASE_TEXT_H

#include "core/base/bytes.h"

/* Make <text> from outside what we keep, added to <out>: broken UTF-8 becomes
 * U+FFFD, line ends become \n, control characters but \n and tab are dropped,
 * as are byte order marks, and it is composed (NFC). Never fails but by
 * out->failed. */
void text_repair(struct buf *out, struct bytes text);

/* The same for one line, as a name or a subject: white space of any kind,
 * line ends and tabs too, becomes one space, none at the ends; characters
 * that turn the direction of writing are dropped. */
void text_repair_line(struct buf *out, struct bytes text);

/* True if text_repair() would give back <text> as it is. */
bool text_is_clean(struct bytes text);

/* The beginning of <text>, at most <max> bytes, cutting no character as
 * readers see it (a letter with its accents, a flag, an emoji family); but
 * what one such character alone has over <max> is cut at a code point. */
struct bytes text_cut(struct bytes text, size_t max);

/* The beginning of <text> as one line of at most <max> bytes, added to <out>;
 * "..." as one character at the end if something was left out. For lists. */
void text_snippet(struct buf *out, struct bytes text, size_t max);

/* <text> in the form in which texts are compared, added to <out>: case,
 * width, ligatures and accents' spelling do not count (NFKC_Casefold), and
 * the Turkish letters i, dotless i, I, dotted I are one. For unique keys of
 * names and for matching. */
void text_fold(struct buf *out, struct bytes text);

/* True if text_fold() gives the same for both. */
bool text_equal_folded(struct bytes a, struct bytes b);

/* Order for people's eyes in <locale> ("de", "tr", "zh"); <0, 0, >0. */
int text_collate(const char *locale, struct bytes a, struct bytes b);

/* E-mail addresses. */
#define TEXT_EMAIL_MAX 254 /* bytes (RFC 5321 4.5.3.1.3, less the <>) */

/* An address as typed, "  Ann@Example.COM " or "<ann@example.com>", as we
 * keep it: trimmed, the domain in lower case, international letters kept;
 * added to <out>.
 *
 * Returns ERR_INVALID unless it is local part @ domain: up to 64 and 253
 * bytes, no control character, space or character that RFC 5321 allows in
 * quotes only, labels of 1 to 63 bytes, at least two of them (or
 * "localhost"); ERR_NOMEM. why->message says which. <why> may be NULL. */
ERR_CHECKED enum err text_email(
    struct buf *out, struct bytes typed, struct why *why);

/* The key under which an address kept by text_email() is unique: case does not
 * count, and a domain in letters and one in xn-- are the same. */
void text_email_key(struct buf *out, struct bytes email);

/* Words, for search.
 *
 * A word is a run of letters, marks and digits (UAX #29, but what joins words,
 * as in "don't" and "example.com", parts them here); folded as text_fold()
 * does, accents taken off, so that "Rückerstattung" and "RUCKERSTATTUNG" are
 * one. Chinese, Japanese, Thai, Lao, Khmer and Burmese have no spaces: there
 * each pair of neighbours is a word, and the last character of a run alone,
 * so that what is asked is found anywhere. */
#define TEXT_WORD_MAX 64 /* bytes; longer ones are cut at a character */

struct text_word {
	struct bytes term; /* dies with the callback */
	uint32_t position; /* 0, 1, 2 ... within the text */
	bool starts_run;   /* not joined to the word before it: false for all
	                    * pairs of a Chinese run but the first */
	bool is_pair;      /* of a script without spaces */
	bool is_single;    /* one character of a script without spaces */
};

/* Return false to hear of no more words. */
typedef bool text_word_fn(void *arg, const struct text_word *word);

enum text_words_for {
	TEXT_WORDS_INDEX = 0, /* all of them */
	TEXT_WORDS_QUERY      /* the last character of a run only if the run
	                       * is that: it asks for what begins so */
};

/* Call <fn> for each word of <text> in order. Returns ERR_NOMEM, or ERR_OK. */
ERR_CHECKED enum err text_words(
    struct bytes text, enum text_words_for what, text_word_fn *fn, void *arg);

/* Which of <count> <words> is in <text>: *<found> is its index, or -1 for
 * none. Whole words, folded as above; "refund*" is for words that begin so;
 * several words stand in this order one after the other; Chinese is found
 * anywhere. ERR_NOMEM. */
ERR_CHECKED enum err text_word_in(
    struct bytes text, const struct bytes *words, size_t count, int *found);

/* A part of a text, in bytes from its beginning. */
struct text_range {
	size_t from, to;
};

/* Where in <text> any of <count> <words> stands, as above but single ones: up
 * to <max> places, ascending, into <out>; returns how many. For marking: when
 * memory is exhausted some are missing. */
size_t text_find_words(struct bytes text, const struct bytes *words,
    size_t count, struct text_range *out, size_t max);

#endif
