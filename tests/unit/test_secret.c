/* tests/unit/test_secret.c */
#include "config.h"
#include "core/base/secret.h"

#include "tests/tap.h"

#include <pthread.h>
#include <stdatomic.h>

static const uint8_t key[SECRET_KEY_SIZE] = "the site's own key, 32 bytes ...";

#define OCTETS(array) ((struct bytes){ (const char *)(array), sizeof(array) })

static const char *
hex(const void *at, size_t len)
{
	static char text[2 * SECRET_HMAC_MAX + 1];
	struct buf buf = BUF_INIT;

	secret_hex_add(&buf, (struct bytes){ at, len });
	snprintf(text, sizeof text, "%.*s", BYTES_ARG(buf_get(&buf)));
	buf_release(&buf);
	return text;
}

static void
test_secret_mac__tells_parts_keys_and_purposes_apart(void)
{
	const struct bytes split[][3] = {
		{ BYTES("link"), BYTES("ab"), BYTES("c") },
		{ BYTES("link"), BYTES("a"), BYTES("bc") },
		{ BYTES("mail"), BYTES("ab"), BYTES("c") },
		{ BYTES("linkab"), BYTES("c"), BYTES("") },
	};
	uint8_t macs[6][SECRET_MAC_SIZE], derived[SECRET_KEY_SIZE],
	    again[SECRET_MAC_SIZE];

	for (int i = 0; i < 4; i++)
		secret_mac(key, split[i], 3, macs[i]);
	secret_mac(key, split[0], 2, macs[4]);
	secret_derive(key, "links", derived);
	CHECK(!secret_equal(derived, key, sizeof derived));
	secret_mac(derived, split[0], 3, macs[5]);
	for (int i = 0; i < 6; i++)
		for (int j = 0; j < i; j++)
			CHECK(!secret_equal(macs[i], macs[j], SECRET_MAC_SIZE));
	secret_mac(key, split[0], 3, again);
	CHECK(secret_equal(macs[0], again, SECRET_MAC_SIZE));
}

static void
test_secret_hash__is_blake2b_whole_and_in_parts(void)
{
	uint8_t whole[SECRET_HASH_SIZE], parts[SECRET_HASH_SIZE];
	struct secret_hasher hasher;
	char data[1000];

	secret_hash(BYTES("abc"), whole);
	CHECK_BYTES(bytes_of(hex(whole, sizeof whole)),
	    "bddd813c634239723171ef3fee98579b"
	    "94964e3bb1cb3e427262c8c068d52319");
	memset(data, 'x', sizeof data);
	secret_hash(OCTETS(data), whole);
	secret_hasher_begin(&hasher);
	for (size_t i = 0; i < sizeof data; i += 100)
		secret_hasher_add(&hasher, (struct bytes){ data + i, 100 });
	secret_hasher_add(&hasher, BYTES_NONE);
	secret_hasher_end(&hasher, parts);
	CHECK(secret_equal(whole, parts, sizeof whole));
}

static void
test_secret_base64__has_one_spelling(void)
{
	static const struct {
		enum secret_base64 alphabet;
		struct bytes data;
		const char *text;
	} good[] = {
		{ SECRET_BASE64, { "", 0 }, "" },
		{ SECRET_BASE64, { "f", 1 }, "Zg==" },
		{ SECRET_BASE64, { "foobar", 6 }, "Zm9vYmFy" },
		{ SECRET_BASE64, { "\xfb\xff\0", 3 }, "+/8A" },
		{ SECRET_BASE64URL, { "f", 1 }, "Zg" },
		{ SECRET_BASE64URL, { "\xfb\xff\0\1", 4 }, "-_8AAQ" },
	};
	static const struct {
		enum secret_base64 alphabet;
		const char *text;
	} bad[] = {
		{ SECRET_BASE64, "Zg" },
		{ SECRET_BASE64, "Zg=" },
		{ SECRET_BASE64, "Zg==\n" },
		{ SECRET_BASE64, "Z g==" },
		{ SECRET_BASE64, "Zh==" },
		{ SECRET_BASE64, "-_8A" },
		{ SECRET_BASE64URL, "Zg==" },
		{ SECRET_BASE64URL, "Zh" },
		{ SECRET_BASE64URL, "Z" },
		{ SECRET_BASE64URL, "+/8A" },
	};
	struct buf buf = BUF_INIT;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		buf_clear(&buf);
		buf_text(&buf, "x");
		secret_base64_add(&buf, good[i].alphabet, good[i].data);
		CHECK_BYTES(
		    ((struct bytes){ buf.at + 1, buf.len - 1 }), good[i].text);
		buf_clear(&buf);
		CHECK(secret_base64_read(&buf, good[i].alphabet,
			  bytes_of(good[i].text)) == ERR_OK);
		CHECK(bytes_equal(buf_get(&buf), good[i].data));
	}
	buf_clear(&buf);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(secret_base64_read(&buf, bad[i].alphabet,
			  bytes_of(bad[i].text)) == ERR_INVALID);
		CHECK_INT(buf.len, 0);
	}
	buf_release(&buf);
}

static void
test_secret_token__comes_back_from_its_text(void)
{
	uint8_t token[SECRET_TOKEN_SIZE], other[SECRET_TOKEN_SIZE],
	    back[SECRET_TOKEN_SIZE] = { 0 };
	struct buf buf = BUF_INIT;

	secret_token(token);
	secret_token(other);
	CHECK(!secret_equal(token, other, sizeof token));
	secret_base64_add(&buf, SECRET_BASE64URL, OCTETS(token));
	CHECK_INT(buf.len, 22);
	CHECK(secret_base64url_to(buf_get(&buf), back, sizeof back) == ERR_OK);
	CHECK(secret_equal(token, back, sizeof token));
	CHECK(secret_base64url_to(buf_get(&buf), back, 15) == ERR_INVALID);
	CHECK(secret_base64url_to(BYTES(""), back, 16) == ERR_INVALID);
	CHECK(secret_base64url_to(BYTES("AA"), back, 16) == ERR_INVALID);

	buf_clear(&buf);
	secret_hex_add(&buf, OCTETS(token));
	memset(back, 0, sizeof back);
	CHECK(secret_hex_to(buf_get(&buf), back, sizeof back) == ERR_OK);
	CHECK(secret_equal(token, back, sizeof token));
	buf.at[3] = 'g';
	CHECK(secret_hex_to(buf_get(&buf), back, sizeof back) == ERR_INVALID);
	CHECK(secret_hex_to(BYTES("FfA0"), back, 2) == ERR_OK);
	CHECK(back[0] == 0xff && back[1] == 0xa0);
	CHECK(secret_hex_to(BYTES("ffa"), back, 2) == ERR_INVALID);
	buf_release(&buf);
}

/* RFC 4231 and RFC 2202. */
static void
test_secret_hmac__gives_the_vectors_of_the_rfcs(void)
{
	static const struct {
		const char *kind, *key, *text, *want;
	} cases[] = {
		{ "sha256", "Jefe", "what do ya want for nothing?",
		    "5bdcc146bf60754e6a042426089575c7"
		    "5a003f089d2739839dec58b964ec3843" },
		{ "sha512", "Jefe", "what do ya want for nothing?",
		    "164b7a7bfcf819e2e395fbe73b56e0a3"
		    "87bd64222e831fd610270cd7ea250554"
		    "9758bf75c05a994a6d034f65f8f0e6fd"
		    "caeab1a34d4a6b4b636e070a38bce737" },
		{ "sha1", "Jefe", "what do ya want for nothing?",
		    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ "sha1", NULL,
		    "Test Using Larger Than Block-Size Key - Hash Key First",
		    "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
		{ "sha1", NULL,
		    "Test Using Larger Than Block-Size Key and Larger Than "
		    "One Block-Size Data",
		    "e8e99d0f45237d786d6bbaa7965c7808bbff1a91" },
	};
	char long_key[80];

	memset(long_key, 0xaa, sizeof long_key);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum secret_hmac kind = SECRET_HMAC__COUNT;
		uint8_t out[SECRET_HMAC_MAX];
		size_t len;

		CHECK(
		    secret_hmac_from(bytes_of(cases[i].kind), &kind) == ERR_OK);
		len = secret_hmac(kind,
		    cases[i].key != NULL ? bytes_of(cases[i].key) :
					   OCTETS(long_key),
		    bytes_of(cases[i].text), out);
		CHECK_BYTES(bytes_of(hex(out, len)), cases[i].want);
	}
	CHECK(secret_hmac_from(BYTES("md5"), &(enum secret_hmac){ 0 }) ==
	    ERR_INVALID);
}

static void
test_secret_password_check__knows_the_password_and_no_other(void)
{
	char stored[SECRET_STORED_SIZE] = "", other[SECRET_STORED_SIZE] = "";
	static char longest[SECRET_PASSWORD_MAX + 1];
	struct bytes over = { longest, sizeof longest };

	CHECK(secret_password_hash(BYTES("correct horse"), stored) == ERR_OK);
	CHECK(secret_password_hash(BYTES("correct horse"), other) == ERR_OK);
	CHECK(strncmp(stored, "$argon2id$v=19$m=65536,t=2,p=1$", 31) == 0);
	CHECK(strcmp(stored, other) != 0);
	CHECK(secret_password_check(stored, BYTES("correct horse")) == ERR_OK);
	CHECK(
	    secret_password_check(stored, BYTES("correct hors")) == ERR_DENIED);
	CHECK(
	    secret_password_check(NULL, BYTES("correct horse")) == ERR_DENIED);
	CHECK(secret_password_check("", BYTES("x")) == ERR_DENIED);
	CHECK(secret_password_check(stored, BYTES("")) == ERR_DENIED);
	CHECK(secret_password_hash(BYTES(""), stored) == ERR_INVALID);
	memset(longest, 'x', sizeof longest);
	CHECK(secret_password_hash(over, stored) == ERR_INVALID);
	CHECK(secret_password_check(stored, over) == ERR_DENIED);
	over.len--;
	CHECK(secret_password_hash(over, stored) == ERR_OK);
	CHECK(secret_password_check(stored, over) == ERR_OK);
}

/* All that secret_password_check() needs but time, for unknown people too. */
static void *
check_one(void *answers)
{
	enum err err = secret_password_check(NULL, BYTES("x"));

	atomic_fetch_add(&((_Atomic int *)answers)[err == ERR_BUSY], 1);
	return NULL;
}

static void
test_secret_password_check__lets_few_in_at_once(void)
{
	_Atomic int answers[2] = { 0, 0 };
	pthread_t threads[4];
	int started = 0;

	secret_password_limit(0, 20);
	CHECK(secret_password_check(NULL, BYTES("x")) == ERR_BUSY);
	secret_password_limit(1, 60000);
	while (started < 4 &&
	    pthread_create(&threads[started], NULL, check_one, answers) == 0)
		started++;
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(answers[0], 4);
	CHECK_INT(answers[1], 0);
	secret_password_limit(2, 5000);
}

static void
test_secret_unseal__notices_every_changed_bit(void)
{
	struct buf sealed = BUF_INIT, again = BUF_INIT, plain = BUF_INIT;
	uint8_t other[SECRET_KEY_SIZE] = { 1 };

	CHECK(secret_seal(key, BYTES("smtp password"), &sealed) == ERR_OK);
	CHECK(secret_seal(key, BYTES("smtp password"), &again) == ERR_OK);
	CHECK_INT(sealed.len, 13 + SECRET_SEAL_EXTRA);
	CHECK(!bytes_equal(buf_get(&sealed), buf_get(&again)));
	CHECK(secret_unseal(key, buf_get(&sealed), &plain) == ERR_OK);
	CHECK_BYTES(buf_get(&plain), "smtp password");
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.at[i] ^= 1;
		CHECK(secret_unseal(key, buf_get(&sealed), &plain) ==
		    ERR_CORRUPT);
		sealed.at[i] ^= 1;
		CHECK(secret_unseal(key, (struct bytes){ sealed.at, i },
			  &plain) == ERR_CORRUPT);
	}
	CHECK(secret_unseal(other, buf_get(&sealed), &plain) == ERR_CORRUPT);
	CHECK_INT(plain.len, 13);
	buf_release(&sealed);
	buf_release(&again);
	buf_release(&plain);
}

int
main(void)
{
	if (secret_init() != ERR_OK || secret_init() != ERR_OK)
		return 1;
	RUN(test_secret_mac__tells_parts_keys_and_purposes_apart);
	RUN(test_secret_hash__is_blake2b_whole_and_in_parts);
	RUN(test_secret_base64__has_one_spelling);
	RUN(test_secret_token__comes_back_from_its_text);
	RUN(test_secret_hmac__gives_the_vectors_of_the_rfcs);
	RUN(test_secret_password_check__knows_the_password_and_no_other);
	RUN(test_secret_password_check__lets_few_in_at_once);
	RUN(test_secret_unseal__notices_every_changed_bit);
	return tap_done();
}
