/* tests/unit/test_text_words.c */
#include "config.h"
#include "core/base/text.h"

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/utf8.h"
#include "tests/tap.h"

#include <stdlib.h>

/* Writes the words with a space before each; '+' before a pair that goes on
 * a run, '!' before a single character. */
static bool
note(void *arg, const struct text_word *word)
{
	struct buf *out = arg;

	buf_char(out, word->starts_run ? ' ' : '+');
	if (word->is_single)
		buf_char(out, '!');
	buf_bytes(out, word->term);
	return true;
}

static void
check_words(enum text_words_for what, const char *text, const char *want)
{
	struct buf out = BUF_INIT;

	CHECK(text_words(bytes_of(text), what, note, &out) == ERR_OK);
	CHECK_BYTES(buf_get(&out), want);
	buf_release(&out);
}

static void
test_text_words__are_folded_runs(void)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ " ,.- ", "" },
		{ "The Printer's on fire!", " the printer s on fire" },
		{ "mail ann@example.com, order A-1023.5",
		    " mail ann example com order a 1023 5" },
		{ "under_score", " under score" },
		/* German */
		{ "R\xc3\xbc"
		  "ckerstattung f\xc3\xbcr Stra\xc3\x9f"
		  "e",
		    " ruckerstattung fur strasse" },
		{ "co\xc2\xadoperate", " cooperate" },
		/* Turkish: i with and without dots, suffix behind ' */
		{ "\xc4\xb0stanbul'da KAPI kap\xc4\xb1 i\xc3\xa7in",
		    " istanbul da kapi kapi icin" },
		/* Mongolian: short i stays a letter, io loses its dots */
		{ "\xd0\xa2\xd3\xa9\xd0\xbb\xd0\xb1\xd3\xa9\xd1\x80"
		  "\xd0\xb8\xd0\xb9\xd0\xbd",
		    " \xd1\x82\xd3\xa9\xd0\xbb\xd0\xb1\xd3\xa9\xd1\x80"
		    "\xd0\xb8\xd0\xb9\xd0\xbd" },
		{ "\xd0\x81\xd0\xb6", " \xd0\xb5\xd0\xb6" },
		/* Polish, Danish, French */
		{ "\xc5\x81\xc3\xb3"
		  "d\xc5\xba S\xc3\xb8ren \xc5\x93uvre",
		    " lodz soren oeuvre" },
		/* Arabic: vowel signs off; Hindi: vowels stay; Korean */
		{ "\xd9\x83\xd9\x8e\xd8\xaa\xd9\x8e\xd8\xa8",
		    " \xd9\x83\xd8\xaa\xd8\xa8" },
		{ "\xe0\xa4\x95\xe0\xa4\xbf", " \xe0\xa4\x95\xe0\xa4\xbf" },
		{ "\xed\x99\x98\xeb\xb6\x88 \xec\x9a\x94\xec\xb2\xad",
		    " \xed\x99\x98\xeb\xb6\x88 \xec\x9a\x94\xec\xb2\xad" },
		/* full width and ligatures */
		{ "\xef\xbc\xa1\xef\xbc\x91 \xef\xac\x81x", " a1 fix" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		check_words(TEXT_WORDS_INDEX, cases[i][0], cases[i][1]);
		check_words(TEXT_WORDS_QUERY, cases[i][0], cases[i][1]);
	}
}

static void
test_text_words__are_pairs_where_there_are_no_spaces(void)
{
	/* Chinese: apply for a refund */
	check_words(TEXT_WORDS_INDEX,
	    "\xe7\x94\xb3\xe8\xaf\xb7\xe9\x80\x80\xe6\xac\xbe",
	    " \xe7\x94\xb3\xe8\xaf\xb7+\xe8\xaf\xb7\xe9\x80\x80"
	    "+\xe9\x80\x80\xe6\xac\xbe+!\xe6\xac\xbe");
	check_words(TEXT_WORDS_QUERY, "\xe8\xaf\xb7\xe9\x80\x80\xe6\xac\xbe",
	    " \xe8\xaf\xb7\xe9\x80\x80+\xe9\x80\x80\xe6\xac\xbe");
	check_words(TEXT_WORDS_QUERY, "\xe9\x80\x80", " !\xe9\x80\x80");
	check_words(TEXT_WORDS_INDEX, "\xe7\x94\xb3", " !\xe7\x94\xb3");
	/* with Latin in the middle */
	check_words(TEXT_WORDS_QUERY, "\xe7\x94\xa8VPN\xe7\x99\xbb\xe5\xbd\x95",
	    " !\xe7\x94\xa8 vpn \xe7\x99\xbb\xe5\xbd\x95");
	/* Japanese, half width kana with its mark */
	check_words(TEXT_WORDS_QUERY,
	    "\xef\xbd\xb6\xef\xbe\x9e\xef\xbd\xb2\xef\xbe\x84\xef\xbe\x9e",
	    " \xe3\x82\xac\xe3\x82\xa4+\xe3\x82\xa4\xe3\x83\x89");
	/* Thai */
	check_words(TEXT_WORDS_QUERY, "\xe0\xb8\x84\xe0\xb8\xb7\xe0\xb8\x99",
	    " \xe0\xb8\x84\xe0\xb8\xb7+\xe0\xb8\xb7\xe0\xb8\x99");
}

/* The length and the number of words. */
static bool
measure(void *arg, const struct text_word *word)
{
	size_t *longest_and_count = arg;

	if (word->term.len > longest_and_count[0])
		longest_and_count[0] = word->term.len;
	CHECK(utf8_is_valid(word->term));
	CHECK_INT(word->position, longest_and_count[1]);
	longest_and_count[1]++;
	return true;
}

static bool
stop_at_three(void *arg, const struct text_word *word)
{
	return ++*(int *)arg < 3;
}

static void
test_text_words__are_cut_and_can_be_stopped(void)
{
	char ascii[200], letters[201];
	size_t ascii_seen[2] = { 0, 0 }, letters_seen[2] = { 0, 0 };
	int count = 0;

	memset(ascii, 'x', sizeof ascii);
	for (int i = 0; i < 200; i += 2)
		memcpy(letters + i, "\xd0\xb1", 3);
	letters[0] = 'a'; /* so that 64 falls within a letter */
	letters[1] = 'a';
	letters[2] = 'a';
	memmove(letters + 3, letters + 4, 197);
	CHECK(text_words((struct bytes){ ascii, sizeof ascii },
		  TEXT_WORDS_INDEX, measure, ascii_seen) == ERR_OK);
	CHECK_INT(ascii_seen[0], TEXT_WORD_MAX);
	CHECK_INT(ascii_seen[1], 1);
	CHECK(text_words(bytes_of(letters), TEXT_WORDS_INDEX, measure,
		  letters_seen) == ERR_OK);
	CHECK_INT(letters_seen[0], TEXT_WORD_MAX - 1);
	CHECK_INT(letters_seen[1], 1);
	CHECK(text_words(BYTES("a b c d e"), TEXT_WORDS_INDEX, stop_at_three,
		  &count) == ERR_OK);
	CHECK_INT(count, 3);
	count = 0;
	CHECK(text_words(BYTES("\xc3\xa4 b c d e"), TEXT_WORDS_INDEX,
		  stop_at_three, &count) == ERR_OK);
	CHECK_INT(count, 3);
}

static int
word_in(struct bytes text, const struct bytes *words, size_t count)
{
	int found = -2;

	CHECK(text_word_in(text, words, count, &found) == ERR_OK);
	return found;
}

static void
test_text_word_in__finds_whole_words_phrases_and_beginnings(void)
{
	static const struct {
		const char *text, *word;
		bool want;
	} cases[] = {
		{ "Please send a refund.", "refund", true },
		{ "Please send a REFUND!", "Refund", true },
		{ "refunds", "refund", false },
		{ "refunds", "refund*", true },
		{ "a refund of money", "refund of", true },
		{ "a refund of money", "refund money", false },
		{ "a refund of money", "refund of mon*", true },
		{ "Ich will eine R\xc3\xbc"
		  "ckerstattung",
		    "R\xc3\x9c"
		    "CKERSTATTUNG",
		    true },
		{ "Ich will eine Ruckerstattung",
		    "r\xc3\xbc"
		    "ckerstattung",
		    true },
		{ "\xc4\xb0"
		  "ADE istiyorum",
		    "iade", true },
		{ "IADE istiyorum", "iade", true },
		{ "\xe6\x88\x91\xe8\xa6\x81\xe9\x80\x80\xe6\xac\xbe",
		    "\xe9\x80\x80\xe6\xac\xbe", true },
		{ "\xe6\x88\x91\xe8\xa6\x81\xe9\x80\x80\xe6\xac\xbe",
		    "\xe9\x80\x80", true },
		{ "\xe6\x88\x91\xe8\xa6\x81\xe9\x80\x80\xe6\xac\xbe",
		    "\xe6\xac\xbe", true },
		{ "\xe6\x88\x91\xe8\xa6\x81\xe9\x80\x80\xe6\xac\xbe",
		    "\xe6\xac\xbe\xe9\x80\x80", false },
		{ "\xe9\x80\x80\xe6\xac\xbe now",
		    "\xe9\x80\x80\xe6\xac\xbe now", true },
		{ "anything", "", false },
		{ "anything", "*", false },
		{ "", "x", false },
	};
	const struct bytes words[] = { BYTES("invoice"), BYTES("refund*"),
		BYTES("of") };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes word = bytes_of(cases[i].word);
		bool found = word_in(bytes_of(cases[i].text), &word, 1) == 0;

		if (found != cases[i].want)
			printf("# %s in %s\n", cases[i].word, cases[i].text);
		CHECK(found == cases[i].want);
	}
	CHECK_INT(word_in(BYTES("a lot of refunds"), words, 3), 1);
	CHECK_INT(word_in(BYTES("a lot of money"), words, 3), 2);
	CHECK_INT(word_in(BYTES("a lot"), words, 3), -1);
	CHECK_INT(word_in(BYTES("a lot"), words, 0), -1);
}

/* Every pair of characters in a row that a reader copies from the article
 * must be found in it. */
static void
test_text_words__find_any_part_of_a_chinese_article(void)
{
	const char *root = getenv("HOOKDESK_DATADIR");
	struct buf text = BUF_INIT;
	char path[1024];
	const char *p, *end;
	int looked = 0;

	snprintf(path, sizeof path, "%s/../shared/data/articles/article.zh.txt",
	    root != NULL ? root : "..");
	if (file_read(path, 1 << 20, &text, NULL) != ERR_OK) {
		printf("# the article is not here\n");
		return;
	}
	p = text.at;
	end = p + text.len;
	while (p < end && looked < 200) {
		const char *from = p;
		bool bad = false;
		struct bytes part;
		int i = 0;

		while (p < end && i < 4 &&
		    (utf8_next(&p, end, &bad) & ~0x1fffu) >= 0x4000)
			i++;
		if (i < 4)
			continue;
		part = (struct bytes){ from, (size_t)(p - from) };
		CHECK_INT(word_in(buf_get(&text), &part, 1), 0);
		looked++;
	}
	CHECK(looked > 100);
	buf_release(&text);
}

int
main(void)
{
	RUN(test_text_words__are_folded_runs);
	RUN(test_text_words__are_pairs_where_there_are_no_spaces);
	RUN(test_text_words__are_cut_and_can_be_stopped);
	RUN(test_text_word_in__finds_whole_words_phrases_and_beginnings);
	RUN(test_text_words__find_any_part_of_a_chinese_article);
	return tap_done();
}
