/* tests/unit/test_keys.c - keys: their order, their bounds, their limit. */
#include "config.h"

#include "core/store/keys.h"
#include "tests/tap.h"

static void
test_key_int__orders_as_numbers(void)
{
	static const int64_t numbers[] = { INT64_MIN, -256, -1, 0, 1, 255, 256,
		INT64_MAX };
	struct key before, key;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		key_index(&key, 1, 2);
		key_int(&key, numbers[i]);
		CHECK_INT(key.len, 11);
		if (i > 0)
			CHECK(
			    bytes_compare(key_get(&before), key_get(&key)) < 0);
		before = key;
	}
}

static void
test_key_text__ends_words_so_that_shorter_ones_come_first(void)
{
	static const char *const words[] = { "", "a", "a b", "ab", "b" };
	struct key before, key;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		key_index(&key, 1, 2);
		key_text(&key, bytes_of(words[i]));
		key_u64(&key, i % 2 ? 0 : UINT64_MAX);
		if (i > 0)
			CHECK(
			    bytes_compare(key_get(&before), key_get(&key)) < 0);
		before = key;
	}
	key_index(&key, 1, 2);
	key_text(&key, BYTES("a\0b"));
	CHECK(key.len > KEY_MAX);
}

static void
test_key_raw__marks_what_does_not_fit(void)
{
	static char text[KEY_MAX];
	struct key key;

	key_begin(&key, KEY_RECORD);
	key_raw(&key, text, KEY_MAX - 1);
	CHECK_INT(key.len, KEY_MAX);
	key_raw(&key, text, 0);
	CHECK_INT(key.len, KEY_MAX);
	key_u8(&key, 1);
	CHECK(key.len > KEY_MAX);
	key_raw(&key, text, 0);
	key_u64(&key, 1);
	key_after(&key);
	CHECK(key.len > KEY_MAX);
	key_begin(&key, KEY_RECORD);
	key_raw(&key, text, SIZE_MAX);
	CHECK(key.len > KEY_MAX);
}

static void
test_key_after__is_the_bound_of_a_prefix(void)
{
	static const struct {
		struct bytes prefix;
		const char *want;
	} cases[] = {
		{ { "a", 1 }, "b" },
		{ { "ab", 2 }, "ac" },
		{ { "a\xff", 2 }, "b" },
		{ { "a\xff\xff", 3 }, "b" },
		{ { "\xff", 1 }, "" },
		{ { "", 0 }, "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct key key = { .len = 0 };

		key_raw(&key, cases[i].prefix.at, cases[i].prefix.len);
		key_after(&key);
		CHECK_BYTES(key_get(&key), cases[i].want);
	}
}

static void
test_key_builders__begin_with_their_table(void)
{
	struct key key;

	key_record(&key, 7, 0x0102030405060708);
	CHECK_INT(key.len, 10);
	CHECK(memcmp(key.at, "r\x07\1\2\3\4\5\6\7\x08", 10) == 0);
	key_unique(&key, 1, 2, BYTES("a@b"));
	CHECK_BYTES(key_get(&key), "u\1\2a@b");
	key_big(&key, 1, 0, 0x0102, 0x0304);
	CHECK_INT(key.len, 14);
	CHECK(memcmp(key.at + 10, "\1\2\3\4", 4) == 0);
	key_count(&key, 3);
	CHECK_BYTES(key_get(&key), "c\3");
	key_job(&key, 2, 0);
	CHECK(memcmp(key.at, "j\2\x80\0\0\0\0\0\0\0", 10) == 0);
	key_job_of(&key, 1, 2);
	CHECK_INT(key.len, 10);
	key_seen(&key, 1, 2);
	CHECK_INT(key.len, 17);
	key_meta(&key, "name");
	CHECK_BYTES(key_get(&key), "mname");
	CHECK(key_table_info('r')->is_record);
	CHECK(!key_table_info('i')->is_record);
	CHECK(key_table_info('Z') == NULL);
}

int
main(void)
{
	RUN(test_key_int__orders_as_numbers);
	RUN(test_key_text__ends_words_so_that_shorter_ones_come_first);
	RUN(test_key_raw__marks_what_does_not_fit);
	RUN(test_key_after__is_the_bound_of_a_prefix);
	RUN(test_key_builders__begin_with_their_table);
	return tap_done();
}
