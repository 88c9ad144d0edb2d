/* tests/unit/test_crc32c.c */
#include "config.h"
#include "core/base/crc32c.h"

#include "tests/tap.h"

#include <string.h>

/* RFC 3720 B.4, as numbers. */
static void
test_crc32c__gives_the_vectors_of_rfc_3720(void)
{
	unsigned char zeros[32], ones[32], up[32], down[32];
	static const unsigned char read_pdu[48] = { 0x01,
		0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18,
		[32] = 0x28, [40] = 0x02 };
	const struct {
		const void *at;
		size_t len;
		uint32_t want;
	} cases[] = {
		{ zeros, 32, 0x8a9136aa },
		{ ones, 32, 0x62a8ab43 },
		{ up, 32, 0x46dd794e },
		{ down, 32, 0x113fdb5c },
		{ read_pdu, 48, 0xd9963a56 },
		{ "123456789", 9, 0xe3069283 },
		{ "", 0, 0 },
	};

	for (int i = 0; i < 32; i++) {
		zeros[i] = 0;
		ones[i] = 0xff;
		up[i] = (unsigned char)i;
		down[i] = (unsigned char)(31 - i);
	}
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_INT(crc32c(0, cases[i].at, cases[i].len), cases[i].want);
		CHECK_INT(crc32c_by_table(0, cases[i].at, cases[i].len),
		    cases[i].want);
	}
}

static void
test_crc32c__is_the_same_by_table_and_by_instruction(void)
{
	unsigned char data[300];
	uint32_t seed = 12345;

	if (!crc32c_has_instruction())
		printf("# no instruction here: the table against itself\n");
	for (size_t i = 0; i < sizeof data; i++) {
		seed = seed * 1103515245 + 12345;
		data[i] = (unsigned char)(seed >> 16);
	}
	for (size_t from = 0; from < 9; from++) {
		for (size_t len = 0; from + len <= sizeof data; len++) {
			uint32_t table = crc32c_by_table(
			    seed, data + from, len);
			uint32_t other = crc32c_has_instruction() ?
			    crc32c_by_instruction(seed, data + from, len) :
			    crc32c(seed, data + from, len);

			CHECK(table == other);
		}
	}
}

static void
test_crc32c__goes_on_where_it_stopped(void)
{
	const char *text = "The desk is open, the lights are on, come in.";
	size_t len = strlen(text);
	uint32_t whole = crc32c(0, text, len);

	for (size_t cut = 0; cut <= len; cut++)
		CHECK_INT(
		    crc32c(crc32c(0, text, cut), text + cut, len - cut), whole);
}

int
main(void)
{
	RUN(test_crc32c__gives_the_vectors_of_rfc_3720);
	RUN(test_crc32c__is_the_same_by_table_and_by_instruction);
	RUN(test_crc32c__goes_on_where_it_stopped);
	return tap_done();
}
