/* core/base/sha1.c - SHA-1 as in FIPS 180-4, 6.1, and HMAC over it. */
#include "config.h"
#include "core/base/sha1.h"

#define BLOCK_SIZE 64

struct sha1 {
	uint32_t state[5];
	uint64_t total; /* bytes added */
	uint8_t block[BLOCK_SIZE];
};

static uint32_t
rotate(uint32_t n, int by)
{
	return n << by | n >> (32 - by);
}

static void
mix_block(struct sha1 *sha)
{
	uint32_t w[80], a = sha->state[0], b = sha->state[1], c = sha->state[2],
			d = sha->state[3], e = sha->state[4];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)sha->block[4 * i] << 24 |
		    (uint32_t)sha->block[4 * i + 1] << 16 |
		    (uint32_t)sha->block[4 * i + 2] << 8 |
		    sha->block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		uint32_t f, k, next;

		if (i < 20) {
			f = (b & c) | (~b & d);
			k = 0x5a827999;
		} else if (i < 40) {
			f = b ^ c ^ d;
			k = 0x6ed9eba1;
		} else if (i < 60) {
			f = (b & c) | (b & d) | (c & d);
			k = 0x8f1bbcdc;
		} else {
			f = b ^ c ^ d;
			k = 0xca62c1d6;
		}
		next = rotate(a, 5) + f + e + k + w[i];
		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	sha->state[0] += a;
	sha->state[1] += b;
	sha->state[2] += c;
	sha->state[3] += d;
	sha->state[4] += e;
}

static void
sha1_begin(struct sha1 *sha)
{
	*sha = (struct sha1){ .state = { 0x67452301, 0xefcdab89, 0x98badcfe,
				  0x10325476, 0xc3d2e1f0 } };
}

static void
sha1_add(struct sha1 *sha, const void *at, size_t len)
{
	const uint8_t *p = at;

	while (len-- > 0) {
		sha->block[sha->total++ % BLOCK_SIZE] = *p++;
		if (sha->total % BLOCK_SIZE == 0)
			mix_block(sha);
	}
}

static void
sha1_end(struct sha1 *sha, uint8_t out[SHA1_SIZE])
{
	uint8_t bits[8];

	be64_write(bits, sha->total * 8);
	sha1_add(sha, "\x80", 1);
	while (sha->total % BLOCK_SIZE != BLOCK_SIZE - sizeof bits)
		sha1_add(sha, "", 1);
	sha1_add(sha, bits, sizeof bits);
	for (int i = 0; i < SHA1_SIZE; i++)
		out[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

void
sha1_hmac(struct bytes key, struct bytes text, uint8_t out[SHA1_SIZE])
{
	uint8_t pad[BLOCK_SIZE] = { 0 };
	struct sha1 sha;

	if (key.len > BLOCK_SIZE) {
		sha1_begin(&sha);
		sha1_add(&sha, key.at, key.len);
		sha1_end(&sha, pad);
	} else if (key.len > 0) {
		memcpy(pad, key.at, key.len);
	}
	for (int i = 0; i < BLOCK_SIZE; i++)
		pad[i] ^= 0x36;
	sha1_begin(&sha);
	sha1_add(&sha, pad, BLOCK_SIZE);
	sha1_add(&sha, text.at, text.len);
	sha1_end(&sha, out);
	for (int i = 0; i < BLOCK_SIZE; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	sha1_begin(&sha);
	sha1_add(&sha, pad, BLOCK_SIZE);
	sha1_add(&sha, out, SHA1_SIZE);
	sha1_end(&sha, out);
}
