/* core/base/secret.h - keys, hashes, tokens, passwords.
 *
 * The only room that knows libsodium. secret_init() comes before all else;
 * then any thread may call any of this.
 */
#ifndef HOOKDESK_BASE_SECRET_H
#define HOOKDESK_BASE_SECRET_H

#include "core/base/bytes.h"

#define SECRET_KEY_SIZE 32   /* bytes of a site's key */
#define SECRET_MAC_SIZE 16   /* 128 bits */
#define SECRET_HASH_SIZE 32  /* BLAKE2b-256 */
#define SECRET_TOKEN_SIZE 16 /* 128 random bits */
#define SECRET_HMAC_MAX 64   /* of SHA-512 */
#define SECRET_PASSWORD_MAX 1024
#define SECRET_STORED_SIZE 128 /* of a stored password, with its NUL */

/* Prepare libsodium; again and again is fine. ERR_IO if it cannot run. */
ERR_CHECKED enum err secret_init(void);

/* Keyed MAC (BLAKE2b, RFC 7693) over <count> parts, each with its length
 * before it: ("ab", "c") and ("a", "bc") differ. Begin with a part that says
 * what the MAC is for. */
void secret_mac(const uint8_t key[SECRET_KEY_SIZE], const struct bytes *parts,
    size_t count, uint8_t out[SECRET_MAC_SIZE]);

/* A key of its own for <purpose>, from the site's key. */
void secret_derive(const uint8_t key[SECRET_KEY_SIZE], const char *purpose,
    uint8_t out[SECRET_KEY_SIZE]);

/* BLAKE2b-256: of tokens as stored, of files. */
void secret_hash(struct bytes data, uint8_t out[SECRET_HASH_SIZE]);

/* The same bit by bit: begin, add what comes, end. Needs no release. */
struct secret_hasher {
	_Alignas(64) unsigned char state[384];
};

void secret_hasher_begin(struct secret_hasher *hasher);
void secret_hasher_add(struct secret_hasher *hasher, struct bytes data);
void secret_hasher_end(
    struct secret_hasher *hasher, uint8_t out[SECRET_HASH_SIZE]);

/* Compare <len> bytes in a time that does not tell where they differ. */
bool secret_equal(const void *a, const void *b, size_t len);

/* Overwrite what nobody shall find in memory. */
void secret_wipe(void *at, size_t len);

/* A new random token. */
void secret_token(uint8_t out[SECRET_TOKEN_SIZE]);

/* Base64 (RFC 4648): the standard alphabet with padding, or the one for URLs
 * without. Added to <out>, in a time that does not depend on the bytes. */
enum secret_base64 { SECRET_BASE64 = 0, SECRET_BASE64URL };

void secret_base64_add(
    struct buf *out, enum secret_base64 alphabet, struct bytes data);

/* The bytes that <text> stands for, added to <out>. ERR_INVALID for any other
 * character, white space too, wrong padding, or stray bits at the end: each
 * value has one spelling. ERR_NOMEM. */
ERR_CHECKED enum err secret_base64_read(
    struct buf *out, enum secret_base64 alphabet, struct bytes text);

/* The same into exactly <size> bytes at <out>; ERR_INVALID if <text> stands
 * for more or fewer. For tokens: `secret_base64url_to(text, token, 16)`. */
ERR_CHECKED enum err secret_base64url_to(
    struct bytes text, void *out, size_t size);

/* Hexadecimal, lower case; read back in either case, ERR_INVALID as above. */
void secret_hex_add(struct buf *out, struct bytes data);
ERR_CHECKED enum err secret_hex_to(struct bytes text, void *out, size_t size);

/* HMAC (RFC 2104), for signatures that others ask for. */
enum secret_hmac {
	SECRET_HMAC_SHA1 = 0, /* only because some services sign with it */
	SECRET_HMAC_SHA256,
	SECRET_HMAC_SHA512,
	SECRET_HMAC__COUNT
};

/* "sha1", "sha256", "sha512" to the kind; ERR_INVALID for other names. */
ERR_CHECKED enum err secret_hmac_from(struct bytes name, enum secret_hmac *out);

/* Returns how many bytes of <out> it filled: 20, 32 or 64. */
size_t secret_hmac(enum secret_hmac kind, struct bytes key, struct bytes text,
    uint8_t out[SECRET_HMAC_MAX]);

/* Passwords: argon2id (RFC 9106), 64 MiB and two passes each, so at most
 * <count> run at once (2 at the start); others wait in line up to <wait_ms>
 * (5000 at the start) and then get ERR_BUSY. */
void secret_password_limit(int count, int wait_ms);

/* What to store of <password>. ERR_INVALID if it is empty or over
 * SECRET_PASSWORD_MAX; ERR_NOMEM; ERR_BUSY. */
ERR_CHECKED enum err secret_password_hash(
    struct bytes password, char out[SECRET_STORED_SIZE]);

/* ERR_OK if <password> is the one that <stored> was made of, ERR_DENIED if
 * not. With <stored> NULL, for unknown people, it takes as long and denies.
 * ERR_NOMEM, ERR_BUSY: could not look. */
ERR_CHECKED enum err secret_password_check(
    const char *stored, struct bytes password);

/* Encrypt <plain> under <key> (XSalsa20-Poly1305, a random nonce before it),
 * added to <out>; and back. ERR_CORRUPT if it was not sealed with <key> or
 * has changed; ERR_NOMEM. */
#define SECRET_SEAL_EXTRA 40 /* bytes that sealing adds */
ERR_CHECKED enum err secret_seal(
    const uint8_t key[SECRET_KEY_SIZE], struct bytes plain, struct buf *out);
ERR_CHECKED enum err secret_unseal(
    const uint8_t key[SECRET_KEY_SIZE], struct bytes sealed, struct buf *out);

#endif
