/* tests/unit/test_diff.c - what differs between two texts, by lines. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/diff.h"
#include "tests/tap.h"

#include <string.h>

/* "=a -b +c": each line with what became of it. */
static const char *
told(struct arena *arena, const char *old, const char *new)
{
	struct buf out = buf_in(arena);
	struct diff_line *lines;
	size_t count;

	if (diff_lines(arena, bytes_of(old), bytes_of(new), &lines, &count) !=
	    ERR_OK)
		return "no memory";
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_char(&out, ' ');
		buf_char(&out, "=-+"[lines[i].op]);
		buf_bytes(&out, lines[i].text);
	}
	return buf_string(&out);
}

static void
test_diff_lines__tells_what_came_and_went(void)
{
	static const struct {
		const char *why, *old, *new, *want;
	} cases[] = {
		{ "nothing", "", "", "" },
		{ "the same", "a\nb\n", "a\nb\n", "=a =b" },
		{ "the last line break counts for nothing", "a\nb", "a\nb\n",
		    "=a =b" },
		{ "all new", "", "a\nb\n", "+a +b" },
		{ "all gone", "a\nb\n", "", "-a -b" },
		{ "in the middle", "a\nb\nc\n", "a\nx\nc\n", "=a -b +x =c" },
		{ "removed before added", "a\nb\nc\nd\n", "a\nx\ny\nd\n",
		    "=a -b -c +x +y =d" },
		{ "moved", "a\nb\nc\n", "b\nc\na\n", "-a =b =c +a" },
		{ "at the end", "a\n", "a\nb\n", "=a +b" },
		{ "at the beginning", "b\n", "a\nb\n", "+a =b" },
		{ "twice the same", "a\na\na\n", "a\na\n", "=a =a -a" },
		{ "empty lines", "a\n\nb\n", "a\n\n\nb\n", "=a = + =b" },
		{ "a book's", "a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n",
		    "-a -b =c +b =a =b -b =a +c" },
	};
	struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].why);
		CHECK_BYTES(bytes_of(told(arena, cases[i].old, cases[i].new)),
		    cases[i].want);
	}
	arena_destroy(arena);
}

/* Texts made of few words, so that much is alike: the lines without the added
 * ones are the old text, without the removed ones the new text, and numbers
 * count up. */
static void
test_diff_lines__holds_both_texts(void)
{
	struct arena *arena = arena_create();
	unsigned seed = 1;

	for (int round = 0; round < 300; round++) {
		struct buf texts[2] = { buf_in(arena), buf_in(arena) };
		struct buf back[2] = { buf_in(arena), buf_in(arena) };
		struct diff_line *lines;
		int numbers[2] = { 0, 0 };
		bool are_counted = true;
		size_t count;

		for (int t = 0; t < 2; t++)
			for (int i = round % 40; i > 0; i--) {
				seed = seed * 1103515245u + 12345u;
				buf_printf(&texts[t], "%u\n", seed >> 16 & 3);
			}
		CHECK_INT(diff_lines(arena, buf_get(&texts[0]),
			      buf_get(&texts[1]), &lines, &count),
		    ERR_OK);
		for (size_t i = 0; i < count; i++) {
			if (lines[i].op != DIFF_ADDED) {
				buf_bytes(&back[0], lines[i].text);
				buf_char(&back[0], '\n');
				are_counted &= lines[i].old_number ==
				    ++numbers[0];
			}
			if (lines[i].op != DIFF_REMOVED) {
				buf_bytes(&back[1], lines[i].text);
				buf_char(&back[1], '\n');
				are_counted &= lines[i].new_number ==
				    ++numbers[1];
			}
		}
		CHECK(are_counted);
		CHECK(bytes_equal(buf_get(&back[0]), buf_get(&texts[0])));
		CHECK(bytes_equal(buf_get(&back[1]), buf_get(&texts[1])));
		arena_reset(arena);
	}
	arena_destroy(arena);
}

/* 256 KiB of lines against as many others: bounded, and still both texts. */
static void
test_diff_lines__is_bounded(void)
{
	struct arena *arena = arena_create();
	struct buf old = buf_in(arena), new = buf_in(arena);
	struct diff_line *lines;
	size_t count, removed = 0, added = 0, same = 0;

	buf_text(&old, "first\n");
	buf_text(&new, "first\n");
	for (int i = 0; i < 40000; i++) {
		buf_printf(&old, "a%d\n", i);
		buf_printf(&new, "b%d\n", i);
	}
	buf_text(&old, "last\n");
	buf_text(&new, "last\n");
	CHECK_INT(
	    diff_lines(arena, buf_get(&old), buf_get(&new), &lines, &count),
	    ERR_OK);
	for (size_t i = 0; i < count; i++) {
		removed += lines[i].op == DIFF_REMOVED;
		added += lines[i].op == DIFF_ADDED;
		same += lines[i].op == DIFF_SAME;
	}
	CHECK_INT(removed, 40000);
	CHECK_INT(added, 40000);
	CHECK_INT(same, 2);
	arena_destroy(arena);
}

int
main(void)
{
	RUN(test_diff_lines__tells_what_came_and_went);
	RUN(test_diff_lines__holds_both_texts);
	RUN(test_diff_lines__is_bounded);
	return tap_done();
}
