/* tests/unit/test_secrets.c - tests of core/script/secrets.c. */
#include "config.h"
#include "core/script/secrets.h"
#include "core/base/arena.h"
#include "tests/tap.h"

#include <string.h>

#define SCHEMA \
	"{\"key\":{\"type\":\"string\",\"secret\":true," \
	"\"default\":\"by default\"}," \
	"\"longer\":{\"type\":\"string\",\"secret\":true}," \
	"\"odd\":{\"type\":\"string\",\"secret\":true}," \
	"\"pin\":{\"type\":\"string\",\"secret\":true}," \
	"\"open\":{\"type\":\"string\",\"secret\":false}," \
	"\"plain\":{\"type\":\"string\"}}"
#define SETTINGS \
	"{\"my\":{\"key\":\"abcd\",\"longer\":\"abcdef\"," \
	"\"odd\":\"a\\\"b\\nc\",\"pin\":\"123\",\"open\":\"visible\"," \
	"\"plain\":\"everybody\"},\"other\":{\"key\":\"of another\"}}"

static void
test_secrets_hide__what_is_secret_and_nothing_else(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "nothing here", "nothing here" },
		{ "abcd", "[secret]" },
		{ "xabcdx abcd", "x[secret]x [secret]" },
		{ "abcabcd", "abc[secret]" },
		{ "abcdef", "[secret]" }, /* the longest */
		{ "abcde", "[secret]e" },
		{ "Bearer by default.", "Bearer [secret]." },
		{ "{\"a\":\"a\\\"b\\nc\"}", "{\"a\":\"[secret]\"}" },
		{ "raw a\"b\nc", "raw [secret]" },
		{ "123", "123" }, /* too short to be one */
		{ "visible to everybody", "visible to everybody" },
		{ "of another", "of another" },
	};
	struct arena *arena = arena_create();
	struct secrets secrets = { .count = 0 };

	CHECK_INT(secrets_add(&secrets, arena, BYTES("my"), BYTES(SCHEMA),
		      BYTES(SETTINGS)),
	    ERR_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf out = BUF_INIT;

		secrets_hide(&secrets, bytes_of(cases[i].text), &out);
		CHECK_BYTES(buf_get(&out), cases[i].want);
		buf_release(&out);
	}
	arena_destroy(arena);
}

static void
test_secrets_add__of_a_script_without_any(void)
{
	struct arena *arena = arena_create();
	struct secrets secrets = { .count = 0 };
	struct buf out = BUF_INIT;

	CHECK_INT(secrets_add(&secrets, arena, BYTES("my"), BYTES_NONE,
		      BYTES(SETTINGS)),
	    ERR_OK);
	CHECK_INT(secrets_add(&secrets, arena, BYTES("new"), BYTES(SCHEMA),
		      BYTES("{}")),
	    ERR_OK);
	CHECK_INT(secrets.count, 1); /* the default */
	secrets_hide(&secrets, BYTES("abcd"), &out);
	CHECK_BYTES(buf_get(&out), "abcd");
	buf_release(&out);
	arena_destroy(arena);
}

int
main(void)
{
	RUN(test_secrets_hide__what_is_secret_and_nothing_else);
	RUN(test_secrets_add__of_a_script_without_any);
	return tap_done();
}
