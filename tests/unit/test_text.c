/* tests/unit/test_text.c */
#include "config.h"
#include "core/base/text.h"

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/utf8.h"
#include "tests/tap.h"

#include <pthread.h>
#include <stdlib.h>

typedef void text_fn(struct buf *out, struct bytes text);

struct pair {
	struct bytes text;
	const char *want;
};

static void
check_pairs(text_fn *fn, const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf out = BUF_INIT;

		buf_text(&out, "x");
		fn(&out, pairs[i].text);
		CHECK(!out.failed);
		CHECK_BYTES(
		    ((struct bytes){ out.at + 1, out.len - 1 }), pairs[i].want);
		buf_release(&out);
	}
}

#define CHECK_PAIRS(fn, pairs) \
	check_pairs(fn, pairs, sizeof pairs / sizeof *pairs)

static void
test_text_repair__makes_texts_we_keep(void)
{
	static const struct pair pairs[] = {
		{ BYTES(""), "" },
		{ BYTES("plain\ttext\n"), "plain\ttext\n" },
		{ BYTES("a\r\nb\rc\xc2\x85"
			"d\r"),
		    "a\nb\nc\nd\n" },
		{ BYTES("a\0b\x01\x1b[0m\x7f\xc2\x9b"), "ab[0m" },
		{ BYTES("\xef\xbb\xbfhi\xef\xbb\xbf"), "hi" },
		{ BYTES("a\xff"
			"b\xe2\x82"),
		    "a\xef\xbf\xbd"
		    "b\xef\xbf\xbd" },
		{ BYTES("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd" },
		/* e and an acute become one letter; Hangul jamo a syllable. */
		{ BYTES("e\xcc\x81"), "\xc3\xa9" },
		{ BYTES("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"),
		    "\xed\x95\x9c" },
		/* Ohm is Omega; the order of marks is one. */
		{ BYTES("\xe2\x84\xa6"), "\xce\xa9" },
		{ BYTES("q\xcc\x87\xcc\xa3"), "q\xcc\xa3\xcc\x87" },
		/* Emoji families and Arabic's joiners stay. */
		{ BYTES("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"),
		    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7" },
	};

	CHECK_PAIRS(text_repair, pairs);
	CHECK(text_is_clean(BYTES("gr\xc3\xbc\xc3\x9f\n")));
	CHECK(!text_is_clean(BYTES("e\xcc\x81")));
	CHECK(!text_is_clean(BYTES("a\r\n")));
}

static void
test_text_repair_line__makes_one_line(void)
{
	static const struct pair pairs[] = {
		{ BYTES("  a \t\r\n b\xc2\xa0\xe3\x80\x80"
			"c "),
		    "a b c" },
		{ BYTES("a\xe2\x80\xa8"
			"b"),
		    "a b" },
		{ BYTES("exe.\xe2\x80\xaegpj.txt\xe2\x81\xa9"), "exe.gpj.txt" },
		{ BYTES("x\r\nBcc: y@z"), "x Bcc: y@z" },
		{ BYTES(" \n "), "" },
	};

	CHECK_PAIRS(text_repair_line, pairs);
}

/* Sorting marks takes ICU quadratic time: 400 KB of them took minutes. */
static void
test_text_repair__is_not_stalled_by_marks(void)
{
	struct buf hostile = BUF_INIT, out = BUF_INIT;
	int64_t began;

	for (int i = 0; i < 100000; i++)
		buf_text(&hostile, "\xcc\x95\xcc\x80");
	began = clock_monotonic_us();
	text_repair(&out, buf_get(&hostile));
	CHECK(out.len > 0 && out.len < 200);
	buf_clear(&out);
	text_fold(&out, buf_get(&hostile));
	CHECK(out.len > 0 && out.len < 200);
	/* Takes milliseconds; only a stall is that slow. */
	CHECK(clock_monotonic_us() - began < 20 * CLOCK_SECOND_US);
	buf_release(&hostile);
	buf_release(&out);
}

static void
test_text_cut__keeps_what_readers_see_as_one(void)
{
	static const struct {
		const char *why, *text;
		size_t max, want;
	} cases[] = {
		{ "fits", "abc", 3, 3 },
		{ "ASCII", "abcdef", 3, 3 },
		{ "a letter of two bytes", "a\xc3\xa9z", 2, 1 },
		{ "a letter and its accent", "ae\xcc\x81z", 2, 1 },
		{ "the accent's second byte", "ae\xcc\x81z", 3, 1 },
		{ "behind the accent", "ae\xcc\x81z", 4, 4 },
		{ "CR LF", "a\r\nb", 2, 1 },
		{ "flag",
		    "a\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"
		    "b",
		    5, 1 },
		{ "two flags",
		    "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"
		    "\xf0\x9f\x87\xb9\xf0\x9f\x87\xb7",
		    12, 8 },
		{ "family", "x\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7!", 8,
		    1 },
		{ "nothing fits", "\xf0\x9f\x91\xa9", 3, 0 },
		{ "zero", "abc", 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].why);
		CHECK_INT(text_cut(bytes_of(cases[i].text), cases[i].max).len,
		    cases[i].want);
	}
	CHECK_INT(text_cut(BYTES_NONE, 5).len, 0);
}

static void
test_text_snippet__is_a_line_that_fits(void)
{
	static const struct {
		const char *text;
		size_t max;
		const char *want;
	} cases[] = {
		{ "Hello,\n\n  the printer", 40, "Hello, the printer" },
		{ "Hello, printer", 10, "Hello,\xe2\x80\xa6" },
		{ "Hello, printer", 14, "Hello, printer" },
		{ "Hello, printer", 13, "Hello, pri\xe2\x80\xa6" },
		{ "\xe9\x80\x80\xe6\xac\xbe\xe7\x94\xb3\xe8\xaf\xb7", 9,
		    "\xe9\x80\x80\xe6\xac\xbe\xe2\x80\xa6" },
		{ "abc", 2, "" },
		{ "\x01\xe2\x80\xae"
		  "abc",
		    9, "abc" },
		{ "", 10, "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf out = BUF_INIT;

		text_snippet(&out, bytes_of(cases[i].text), cases[i].max);
		CHECK_BYTES(buf_get(&out), cases[i].want);
		buf_release(&out);
	}
}

static void
test_text_fold__makes_equal_what_people_take_for_equal(void)
{
	static const char *const same[][2] = {
		{ "Printer", "pRINTER" },
		{ "STRASSE",
		    "stra\xc3\x9f"
		    "e" },
		{ "\xc3\x84rger", "\xc3\xa4RGER" },
		{ "a\xcc\x88rger", "\xc3\xa4rger" },
		/* Istanbul with and without dots, both cases. */
		{ "\xc4\xb0STANBUL", "istanbul" },
		{ "ISTANBUL", "\xc4\xb1stanbul" }, { "KAPI", "kap\xc4\xb1" },
		{ "\xd0\x9c\xd0\x9e\xd0\x9d", "\xd0\xbc\xd0\xbe\xd0\xbd" },
		{ "\xce\xa3\xce\x91\xce\xa3", "\xcf\x83\xce\xb1\xcf\x82" },
		{ "\xef\xbc\xa1\xef\xbc\xa2", "ab" }, /* full width */
		{ "\xef\xac\x81x", "fix" },           /* ligature */
		{ "co\xc2\xadop", "coop" },           /* soft hyphen */
	};
	static const char *const other[][2] = {
		{ "printer", "printers" },
		{ "a", "\xc3\xa4" }, /* accents do count */
		{ "", "a" },
	};

	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		bool equal = text_equal_folded(
		    bytes_of(same[i][0]), bytes_of(same[i][1]));

		if (!equal)
			printf("# %s and %s\n", same[i][0], same[i][1]);
		CHECK(equal);
	}
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		CHECK(!text_equal_folded(
		    bytes_of(other[i][0]), bytes_of(other[i][1])));
}

static void
test_text_collate__sorts_as_the_language_does(void)
{
	/* Swedish has a-umlaut behind z, German beside a. */
	CHECK(text_collate("de", BYTES("\xc3\xa4"), BYTES("b")) < 0);
	CHECK(text_collate("sv", BYTES("\xc3\xa4"), BYTES("z")) > 0);
	CHECK(text_collate("tr", BYTES("\xc4\xb1"), BYTES("i")) < 0);
	CHECK(text_collate("en", BYTES("a"), BYTES("B")) < 0);
	CHECK(text_collate("en", BYTES("a"), BYTES("a")) == 0);
	CHECK(text_collate("en", BYTES_NONE, BYTES("a")) < 0);
	CHECK(text_collate("no such locale, and far too long to be any",
		  BYTES("a"), BYTES("B")) < 0);
	for (int i = 0; i < 20; i++) {
		char locale[3] = { 'a', (char)('a' + i), '\0' };

		CHECK(text_collate(locale, BYTES("a"), BYTES("b")) < 0);
	}
}

static void
test_text_email__keeps_addresses_and_nothing_else(void)
{
	static const struct pair good[] = {
		{ BYTES("ann@example.com"), "ann@example.com" },
		{ BYTES(" <Ann.Bee+desk@EXAMPLE.Com> "),
		    "Ann.Bee+desk@example.com" },
		{ BYTES("root@localhost"), "root@localhost" },
		{ BYTES("o'neil_x=y@a-b.example"), "o'neil_x=y@a-b.example" },
		{ BYTES("m\xc3\xbcller@M\xc3\x9cLLER.example"),
		    "m\xc3\xbcller@m\xc3\xbcller.example" },
		{ BYTES("x@XN--MLLER-KVA.example"), "x@xn--mller-kva.example" },
		{ BYTES("\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b.\xe5\xad\x90"),
		    "\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b.\xe5\xad\x90" },
	};
	static const struct bytes bad[] = { BYTES(""), BYTES("ann"),
		BYTES("@example.com"), BYTES("ann@"), BYTES("a@b@c.example"),
		BYTES("ann@example"), BYTES("ann@.example.com"),
		BYTES("ann@example.com."), BYTES("ann@exa mple.com"),
		BYTES("an n@example.com"), BYTES("ann@-a.example"),
		BYTES("ann@a_b.example"), BYTES("ann@[127.0.0.1]"),
		BYTES("ann@127.0.0.1"), BYTES("\"a b\"@example.com"),
		BYTES("Ann <ann@example.com>"), BYTES("a,b@example.com"),
		BYTES("ann@example.com\r\nBcc: x@y.example"),
		BYTES("x@y.example\nBcc:ann@example.com"),
		BYTES("ann\0@example.com"), BYTES("ann@example.com\0"),
		BYTES("ann\xff@example.com"),
		BYTES("ann\xe2\x80\xae@example.com"),
		BYTES("ann@ex\xe2\x80\xae"
		      "ample.com"),
		BYTES("ann@exa\xc2\xa0mple.com") };
	char longest[400];
	struct buf out = BUF_INIT;
	struct why why = { .message = "" };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		buf_clear(&out);
		CHECK(text_email(&out, good[i].text, &why) == ERR_OK);
		CHECK_BYTES(buf_get(&out), good[i].want);
	}
	buf_clear(&out);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		why.message = "";
		if (text_email(&out, bad[i], &why) != ERR_INVALID) {
			printf("# %.*s\n", BYTES_ARG(bad[i]));
			CHECK(false);
		}
		CHECK(why.message[0] != '\0');
		CHECK_INT(out.len, 0);
	}
	memset(longest, 'a', sizeof longest);
	memcpy(longest + 64, "@example.com", 12);
	CHECK(text_email(&out, (struct bytes){ longest, 76 }, NULL) == ERR_OK);
	memcpy(longest + 64, "a@example.com", 13);
	CHECK(text_email(&out, (struct bytes){ longest, 77 }, NULL) ==
	    ERR_INVALID);
	buf_release(&out);
}

static void
test_text_email_key__is_one_for_one_mailbox(void)
{
	static const char *const same[][2] = {
		{ "Ann@example.com", "ann@example.com" },
		{ "x@m\xc3\xbcller.example", "X@xn--mller-kva.example" },
		{ "M\xc3\x9cLLER@a.example", "m\xc3\xbcller@a.example" },
	};

	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		struct buf a = BUF_INIT, b = BUF_INIT;

		text_email_key(&a, bytes_of(same[i][0]));
		text_email_key(&b, bytes_of(same[i][1]));
		CHECK_BYTES(buf_get(&a), buf_string(&b));
		buf_release(&a);
		buf_release(&b);
	}
}

/* What real articles hold, and what becomes of them in transit. */
static void
check_robust(struct bytes text)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;

	text_repair(&once, text);
	CHECK(utf8_is_valid(buf_get(&once)));
	text_repair(&twice, buf_get(&once));
	CHECK(bytes_equal(buf_get(&once), buf_get(&twice)));
	for (size_t max = 0; max < 200 && max < once.len; max++) {
		struct bytes cut = text_cut(buf_get(&once), max);

		CHECK(cut.len <= max && utf8_is_valid(cut));
		buf_clear(&twice);
		text_snippet(&twice, text, max);
		CHECK(twice.len <= max && utf8_is_valid(buf_get(&twice)));
	}
	buf_clear(&twice);
	text_fold(&twice, text);
	CHECK(utf8_is_valid(buf_get(&twice)));
	buf_release(&once);
	buf_release(&twice);
}

static void
test_text__survives_articles_whole_and_damaged(void)
{
	static const char *const names[] = { "article.de.txt", "article.mn.txt",
		"article.ms.txt", "article.tr.txt", "article.zh.txt",
		"faq.tsv" };
	const char *root = getenv("HOOKDESK_DATADIR");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct buf text = BUF_INIT;
		char path[1024];
		uint32_t seed = 1;

		snprintf(path, sizeof path, "%s/../shared/data/articles/%s",
		    root != NULL ? root : "..", names[i]);
		if (file_read(path, 1 << 22, &text, NULL) != ERR_OK) {
			printf("# %s is not here\n", names[i]);
			buf_release(&text);
			continue;
		}
		check_robust(buf_get(&text));
		CHECK(text_is_clean(buf_get(&text)) || i > 0);
		for (size_t n = 0; n < text.len; n += 37) {
			seed = seed * 1103515245 + 12345;
			text.at[n] = (char)(seed >> 16);
		}
		check_robust(buf_get(&text));
		text.len /= 3;
		check_robust(buf_get(&text));
		buf_release(&text);
	}
}

static void *
use_all(void *ok)
{
	bool all = true;

	for (int i = 0; i < 500; i++)
		all = all &&
		    text_equal_folded(BYTES("\xc4\xb0x"), BYTES("iX")) &&
		    text_cut(BYTES("ae\xcc\x81z"), 3).len == 1 &&
		    text_collate("de", BYTES("\xc3\xa4"), BYTES("b")) < 0;
	*(bool *)ok = all;
	return NULL;
}

static void
test_text__may_be_used_by_any_thread(void)
{
	pthread_t threads[4];
	bool ok[4] = { false };
	int started = 0;

	while (started < 4 &&
	    pthread_create(&threads[started], NULL, use_all, &ok[started]) == 0)
		started++;
	CHECK_INT(started, 4);
	for (int i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		CHECK(ok[i]);
	}
}

int
main(void)
{
	RUN(test_text_repair__makes_texts_we_keep);
	RUN(test_text_repair_line__makes_one_line);
	RUN(test_text_repair__is_not_stalled_by_marks);
	RUN(test_text_cut__keeps_what_readers_see_as_one);
	RUN(test_text_snippet__is_a_line_that_fits);
	RUN(test_text_fold__makes_equal_what_people_take_for_equal);
	RUN(test_text_collate__sorts_as_the_language_does);
	RUN(test_text_email__keeps_addresses_and_nothing_else);
	RUN(test_text_email_key__is_one_for_one_mailbox);
	RUN(test_text__survives_articles_whole_and_damaged);
	RUN(test_text__may_be_used_by_any_thread);
	return tap_done();
}
