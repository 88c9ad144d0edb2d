/* tests/unit/test_bytes.c - slices, buffers and numbers as bytes. */
#include "config.h"
#include "core/base/bytes.h"
#include "core/base/arena.h"
#include "tests/tap.h"

static void
test_bytes_to_int__takes_numbers_and_nothing_else(void)
{
	static const struct {
		const char *text;
		enum err want;
		int64_t n;
	} cases[] = {
		{ "0", ERR_OK, 0 },
		{ "-7", ERR_OK, -7 },
		{ "9223372036854775807", ERR_OK, INT64_MAX },
		{ "-9223372036854775808", ERR_OK, INT64_MIN },
		{ "9223372036854775808", ERR_INVALID, 0 },
		{ "", ERR_INVALID, 0 },
		{ "-", ERR_INVALID, 0 },
		{ "1 ", ERR_INVALID, 0 },
		{ "0x1", ERR_INVALID, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t n = 0;

		printf("# \"%s\"\n", cases[i].text);
		CHECK_INT(
		    bytes_to_int(bytes_of(cases[i].text), &n), cases[i].want);
		CHECK_INT(n, cases[i].n);
	}
}

static void
test_bytes_split__walks_a_list(void)
{
	struct bytes rest = BYTES("a,,bc");

	CHECK_BYTES(bytes_split(&rest, ','), "a");
	CHECK_BYTES(bytes_split(&rest, ','), "");
	CHECK_BYTES(bytes_split(&rest, ','), "bc");
	CHECK(rest.at == NULL);
}

static void
test_varint_read__gives_back_what_was_written(void)
{
	static const uint64_t numbers[] = { 0, 1, 127, 128, 300, UINT32_MAX,
		UINT64_MAX };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct buf buf = BUF_INIT;
		const char *at;
		uint64_t n = 0;

		buf_varint(&buf, numbers[i]);
		at = buf.at;
		CHECK(varint_read(&at, buf.at + buf.len, &n));
		CHECK(n == numbers[i]);
		CHECK(at == buf.at + buf.len);
		at = buf.at;
		CHECK(!varint_read(&at, buf.at + buf.len - 1, &n));
		CHECK(at == buf.at);
		buf_release(&buf);
	}
}

static void
test_varint_read__refuses_over_64_bits(void)
{
	static const char big[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
	const char *at = big;
	uint64_t n;

	CHECK(!varint_read(&at, big + 10, &n));
}

static void
test_int_to_key__keeps_the_order(void)
{
	static const int64_t numbers[] = { INT64_MIN, -1, 0, 1, INT64_MAX };

	for (size_t i = 1; i < sizeof numbers / sizeof *numbers; i++) {
		CHECK(int_to_key(numbers[i - 1]) < int_to_key(numbers[i]));
		CHECK(int_from_key(int_to_key(numbers[i])) == numbers[i]);
		CHECK(unzigzag(zigzag(numbers[i])) == numbers[i]);
	}
}

static void
test_buf__grows_in_an_arena_and_on_the_heap(void)
{
	struct arena *arena = arena_create();
	struct buf bufs[2] = { BUF_INIT, buf_in(arena) };

	for (int i = 0; i < 2; i++) {
		for (int n = -500; n < 500; n++)
			buf_int(&bufs[i], n);
		buf_printf(&bufs[i], "%s", "end");
		CHECK(!bufs[i].failed);
		CHECK(bytes_start_with(buf_get(&bufs[i]), BYTES("-500-499")));
		CHECK_BYTES(((struct bytes){ bufs[i].at + bufs[i].len - 6, 6 }),
		    "499end");
		buf_release(&bufs[i]);
	}
	arena_destroy(arena);
}

static void
test_buf_int__writes_each_digit(void)
{
	struct buf got = BUF_INIT;
	char want[32];
	int bad = 0;

	for (int i = 0; i < 40000; i++) {
		int64_t n = i % 2 == 0 ? i / 2 : -(i / 2);

		if (i >= 20000) /* of all lengths */
			n = (int64_t)((UINT64_C(0x9e3779b97f4a7c15) *
					  (uint64_t)i) >>
			    i % 64);
		snprintf(want, sizeof want, "%lld", (long long)n);
		buf_clear(&got);
		buf_int(&got, n);
		bad += !bytes_is(buf_get(&got), want);
	}
	CHECK_INT(bad, 0);
	buf_clear(&got);
	buf_int(&got, INT64_MIN);
	buf_int(&got, INT64_MAX);
	buf_int(&got, 0);
	CHECK_BYTES(buf_get(&got), "-922337203685477580892233720368547758070");
	buf_release(&got);
}

int
main(void)
{
	RUN(test_bytes_to_int__takes_numbers_and_nothing_else);
	RUN(test_bytes_split__walks_a_list);
	RUN(test_varint_read__gives_back_what_was_written);
	RUN(test_varint_read__refuses_over_64_bits);
	RUN(test_int_to_key__keeps_the_order);
	RUN(test_buf__grows_in_an_arena_and_on_the_heap);
	RUN(test_buf_int__writes_each_digit);
	return tap_done();
}
