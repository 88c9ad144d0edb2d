/* tests/unit/test_utf8.c */
#include "config.h"
#include "core/base/utf8.h"

#include "tests/tap.h"

static void
test_utf8_is_valid__takes_utf8_and_nothing_else(void)
{
	static const struct {
		const char *why;
		struct bytes text;
		bool want;
	} cases[] = {
		{ "empty", { "", 0 }, true },
		{ "ASCII with NUL", { "a\0b", 3 }, true },
		{ "two bytes", { "\xc3\xa9", 2 }, true },
		{ "three bytes", { "\xe2\x82\xac", 3 }, true },
		{ "four bytes", { "\xf0\x9f\x98\x80", 4 }, true },
		{ "the last one", { "\xf4\x8f\xbf\xbf", 4 }, true },
		{ "over the last one", { "\xf4\x90\x80\x80", 4 }, false },
		{ "five bytes", { "\xf8\x88\x80\x80\x80", 5 }, false },
		{ "overlong slash", { "\xc0\xaf", 2 }, false },
		{ "overlong slash, 3", { "\xe0\x80\xaf", 3 }, false },
		{ "overlong slash, 4", { "\xf0\x80\x80\xaf", 4 }, false },
		{ "surrogate", { "\xed\xa0\x80", 3 }, false },
		{ "before surrogates", { "\xed\x9f\xbf", 3 }, true },
		{ "alone", { "\x80", 1 }, false },
		{ "cut off", { "abcdefgh\xe2\x82", 10 }, false },
		{ "broken far in", { "12345678901234567\xff", 18 }, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].why);
		CHECK(utf8_is_valid(cases[i].text) == cases[i].want);
	}
}

static void
test_utf8_next__gives_back_every_character(void)
{
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		char out[UTF8_MAX];
		const char *at = out;
		size_t len = utf8_put(out, c);
		bool bad = false;
		uint32_t got = utf8_next(&at, out + len, &bad);
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		if (got != (surrogate ? UTF8_BAD : c) || bad ||
		    at != out + len) {
			CHECK_INT(got, c);
			break;
		}
	}
}

/* Unicode 15, 3.9, table 3-8 to 3-11: one U+FFFD for each longest part. */
static void
test_utf8_next__steps_over_broken_parts_as_unicode_says(void)
{
	static const struct {
		struct bytes text;
		size_t parts;
	} cases[] = {
		{ { "\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", 9 }, 9 },
		{ { "\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", 9 }, 9 },
		{ { "\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", 9 }, 9 },
		{ { "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 9 }, 5 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_INT(utf8_count(cases[i].text), cases[i].parts);
}

static void
test_utf8_cut__keeps_characters_whole(void)
{
	struct bytes text = BYTES("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11,
		11 };

	for (size_t max = 0; max < sizeof want / sizeof *want; max++)
		CHECK_INT(utf8_cut(text, max).len, want[max]);
	CHECK(utf8_cut(BYTES("\x80\x80\x80\x80\x80\x80"), 5).len <= 5);
}

static void
test_utf8_is_ascii__looks_at_every_byte(void)
{
	char text[20];

	memset(text, 'a', sizeof text);
	CHECK(utf8_is_ascii((struct bytes){ text, sizeof text }));
	for (size_t i = 0; i < sizeof text; i++) {
		text[i] = (char)0x80;
		CHECK(!utf8_is_ascii((struct bytes){ text, sizeof text }));
		text[i] = 'a';
	}
}

int
main(void)
{
	RUN(test_utf8_is_valid__takes_utf8_and_nothing_else);
	RUN(test_utf8_next__gives_back_every_character);
	RUN(test_utf8_next__steps_over_broken_parts_as_unicode_says);
	RUN(test_utf8_cut__keeps_characters_whole);
	RUN(test_utf8_is_ascii__looks_at_every_byte);
	return tap_done();
}
