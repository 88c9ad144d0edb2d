/* core/base/sha1.h - SHA-1 (FIPS 180-4), for HMAC only.
 *
 * Some services still sign what they send with HMAC-SHA1, which is sound where
 * SHA-1 itself no longer is. Nothing of ours is hashed with it; libsodium has
 * none, hence this. Any thread may call it.
 */
#ifndef HOOKDESK_BASE_SHA1_H
#define HOOKDESK_BASE_SHA1_H

#include "core/base/bytes.h"

#define SHA1_SIZE 20

/* HMAC-SHA1 (RFC 2104) of <text> under <key>. */
void sha1_hmac(struct bytes key, struct bytes text, uint8_t out[SHA1_SIZE]);

#endif
