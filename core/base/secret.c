/* core/base/secret.c - libsodium, and no other file's business. */
#include "config.h"
#include "core/base/secret.h"

#include "core/base/random.h"
#include "core/base/sha1.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <time.h>

/* A stored password that no password gives, made with the same cost as real
 * ones: what is checked for people who are not there. */
static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$"
			     "AAAAAAAAAAAAAAAAAAAAAA$"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

_Static_assert(SECRET_KEY_SIZE == crypto_secretbox_KEYBYTES, "key");
_Static_assert(SECRET_STORED_SIZE == crypto_pwhash_STRBYTES, "stored");
_Static_assert(SECRET_SEAL_EXTRA ==
	crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
    "seal");
_Static_assert(
    sizeof(struct secret_hasher) == sizeof(crypto_generichash_state), "hasher");

/* How many passwords are being hashed, and how many may be. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	int running, limit, wait_ms;
} passwords = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 2,
	5000 };

enum err
secret_init(void)
{
	return sodium_init() < 0 ? ERR_IO : ERR_OK;
}

static const unsigned char *
octets(struct bytes data)
{
	return (const unsigned char *)data.at;
}

void
secret_mac(const uint8_t key[SECRET_KEY_SIZE], const struct bytes *parts,
    size_t count, uint8_t out[SECRET_MAC_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, SECRET_KEY_SIZE, SECRET_MAC_SIZE);
	for (size_t i = 0; i < count; i++) {
		unsigned char len[8];

		be64_write(len, parts[i].len);
		crypto_generichash_update(&state, len, sizeof len);
		crypto_generichash_update(
		    &state, octets(parts[i]), parts[i].len);
	}
	crypto_generichash_final(&state, out, SECRET_MAC_SIZE);
	sodium_memzero(&state, sizeof state);
}

void
secret_derive(const uint8_t key[SECRET_KEY_SIZE], const char *purpose,
    uint8_t out[SECRET_KEY_SIZE])
{
	crypto_generichash(out, SECRET_KEY_SIZE, (const unsigned char *)purpose,
	    strlen(purpose), key, SECRET_KEY_SIZE);
}

void
secret_hash(struct bytes data, uint8_t out[SECRET_HASH_SIZE])
{
	crypto_generichash(
	    out, SECRET_HASH_SIZE, octets(data), data.len, NULL, 0);
}

void
secret_hasher_begin(struct secret_hasher *hasher)
{
	crypto_generichash_init(
	    (crypto_generichash_state *)hasher, NULL, 0, SECRET_HASH_SIZE);
}

void
secret_hasher_add(struct secret_hasher *hasher, struct bytes data)
{
	crypto_generichash_update(
	    (crypto_generichash_state *)hasher, octets(data), data.len);
}

void
secret_hasher_end(struct secret_hasher *hasher, uint8_t out[SECRET_HASH_SIZE])
{
	crypto_generichash_final(
	    (crypto_generichash_state *)hasher, out, SECRET_HASH_SIZE);
}

bool
secret_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

void
secret_wipe(void *at, size_t len)
{
	sodium_memzero(at, len);
}

void
secret_token(uint8_t out[SECRET_TOKEN_SIZE])
{
	random_bytes(out, SECRET_TOKEN_SIZE);
}

static int
variant(enum secret_base64 alphabet)
{
	return alphabet == SECRET_BASE64URL ?
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING :
	    sodium_base64_VARIANT_ORIGINAL;
}

void
secret_base64_add(
    struct buf *out, enum secret_base64 alphabet, struct bytes data)
{
	size_t size = sodium_base64_encoded_len(data.len, variant(alphabet));

	if (!buf_reserve(out, size))
		return;
	sodium_bin2base64(out->at + out->len, size, octets(data), data.len,
	    variant(alphabet));
	out->len += size - 1; /* less the NUL */
}

enum err
secret_base64_read(
    struct buf *out, enum secret_base64 alphabet, struct bytes text)
{
	size_t room = text.len / 4 * 3 + 3, len = 0;

	if (!buf_reserve(out, room))
		return ERR_NOMEM;
	if (sodium_base642bin((unsigned char *)out->at + out->len, room,
		text.at, text.len, NULL, &len, NULL, variant(alphabet)) != 0)
		return ERR_INVALID;
	out->len += len;
	return ERR_OK;
}

enum err
secret_base64url_to(struct bytes text, void *out, size_t size)
{
	unsigned char bytes[256];
	size_t len = 0;

	if (size > sizeof bytes || text.len > 2 * sizeof bytes ||
	    sodium_base642bin(bytes, sizeof bytes, text.at, text.len, NULL,
		&len, NULL, variant(SECRET_BASE64URL)) != 0 ||
	    len != size)
		return ERR_INVALID;
	memcpy(out, bytes, size);
	sodium_memzero(bytes, sizeof bytes);
	return ERR_OK;
}

void
secret_hex_add(struct buf *out, struct bytes data)
{
	size_t size = 2 * data.len + 1;

	if (!buf_reserve(out, size))
		return;
	sodium_bin2hex(out->at + out->len, size, octets(data), data.len);
	out->len += size - 1;
}

enum err
secret_hex_to(struct bytes text, void *out, size_t size)
{
	unsigned char bytes[256];
	size_t len = 0;

	if (size > sizeof bytes || text.len != 2 * size ||
	    sodium_hex2bin(bytes, sizeof bytes, text.at, text.len, NULL, &len,
		NULL) != 0 ||
	    len != size)
		return ERR_INVALID;
	memcpy(out, bytes, size);
	sodium_memzero(bytes, sizeof bytes);
	return ERR_OK;
}

enum err
secret_hmac_from(struct bytes name, enum secret_hmac *out)
{
	static const char *const names[SECRET_HMAC__COUNT] = {
		[SECRET_HMAC_SHA1] = "sha1",
		[SECRET_HMAC_SHA256] = "sha256",
		[SECRET_HMAC_SHA512] = "sha512",
	};

	for (int i = 0; i < SECRET_HMAC__COUNT; i++) {
		if (bytes_is(name, names[i])) {
			*out = (enum secret_hmac)i;
			return ERR_OK;
		}
	}
	return ERR_INVALID;
}

size_t
secret_hmac(enum secret_hmac kind, struct bytes key, struct bytes text,
    uint8_t out[SECRET_HMAC_MAX])
{
	if (kind == SECRET_HMAC_SHA256) {
		crypto_auth_hmacsha256_state state;

		crypto_auth_hmacsha256_init(&state, octets(key), key.len);
		crypto_auth_hmacsha256_update(&state, octets(text), text.len);
		crypto_auth_hmacsha256_final(&state, out);
		return crypto_auth_hmacsha256_BYTES;
	}
	if (kind == SECRET_HMAC_SHA512) {
		crypto_auth_hmacsha512_state state;

		crypto_auth_hmacsha512_init(&state, octets(key), key.len);
		crypto_auth_hmacsha512_update(&state, octets(text), text.len);
		crypto_auth_hmacsha512_final(&state, out);
		return crypto_auth_hmacsha512_BYTES;
	}
	sha1_hmac(key, text, out);
	return SHA1_SIZE;
}

void
secret_password_limit(int count, int wait_ms)
{
	pthread_mutex_lock(&passwords.lock);
	passwords.limit = count;
	passwords.wait_ms = wait_ms;
	pthread_cond_broadcast(&passwords.freed);
	pthread_mutex_unlock(&passwords.lock);
}

/* Wait in line for one of the places; false when it took too long. */
static bool
take_place(void)
{
	struct timespec until;
	int failed = 0;

	pthread_mutex_lock(&passwords.lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += passwords.wait_ms / 1000;
	until.tv_nsec += passwords.wait_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	while (passwords.running >= passwords.limit && failed == 0)
		failed = pthread_cond_clockwait(
		    &passwords.freed, &passwords.lock, CLOCK_MONOTONIC, &until);
	if (passwords.running < passwords.limit) {
		passwords.running++;
		failed = 0;
	}
	pthread_mutex_unlock(&passwords.lock);
	return failed == 0;
}

static void
leave_place(void)
{
	pthread_mutex_lock(&passwords.lock);
	passwords.running--;
	pthread_cond_signal(&passwords.freed);
	pthread_mutex_unlock(&passwords.lock);
}

enum err
secret_password_hash(struct bytes password, char out[SECRET_STORED_SIZE])
{
	char stored[SECRET_STORED_SIZE];
	int failed;

	if (password.len == 0 || password.len > SECRET_PASSWORD_MAX)
		return ERR_INVALID;
	if (!take_place())
		return ERR_BUSY;
	failed = crypto_pwhash_str_alg(stored, password.at, password.len,
	    crypto_pwhash_OPSLIMIT_INTERACTIVE,
	    crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
	leave_place();
	if (failed != 0)
		return ERR_NOMEM;
	memcpy(out, stored, sizeof stored);
	return ERR_OK;
}

enum err
secret_password_check(const char *stored, struct bytes password)
{
	const char *against = stored != NULL ? stored : nobody;
	struct bytes tried = password;
	int failed, number;

	/* One that nobody can have still takes its time. */
	if (password.len == 0 || password.len > SECRET_PASSWORD_MAX) {
		against = nobody;
		tried = BYTES("-");
	}
	if (!take_place())
		return ERR_BUSY;
	errno = 0;
	failed = crypto_pwhash_str_verify(against, tried.at, tried.len);
	number = errno;
	leave_place();
	if (failed != 0 && number == ENOMEM)
		return ERR_NOMEM;
	return failed != 0 || against == nobody ? ERR_DENIED : ERR_OK;
}

enum err
secret_seal(
    const uint8_t key[SECRET_KEY_SIZE], struct bytes plain, struct buf *out)
{
	unsigned char *nonce;

	if (!buf_reserve(out, plain.len + SECRET_SEAL_EXTRA))
		return ERR_NOMEM;
	nonce = (unsigned char *)out->at + out->len;
	random_bytes(nonce, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES,
	    octets(plain), plain.len, nonce, key);
	out->len += plain.len + SECRET_SEAL_EXTRA;
	return ERR_OK;
}

enum err
secret_unseal(
    const uint8_t key[SECRET_KEY_SIZE], struct bytes sealed, struct buf *out)
{
	const unsigned char *nonce = octets(sealed);

	if (sealed.len < SECRET_SEAL_EXTRA)
		return ERR_CORRUPT;
	if (!buf_reserve(out, sealed.len - SECRET_SEAL_EXTRA + 1))
		return ERR_NOMEM;
	if (crypto_secretbox_open_easy((unsigned char *)out->at + out->len,
		nonce + crypto_secretbox_NONCEBYTES,
		sealed.len - crypto_secretbox_NONCEBYTES, nonce, key) != 0)
		return ERR_CORRUPT;
	out->len += sealed.len - SECRET_SEAL_EXTRA;
	return ERR_OK;
}
