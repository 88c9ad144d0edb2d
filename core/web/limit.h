/* core/web/limit.h - how often somebody may try: sign-ins, forms, look-ups.
 *
 * Token buckets in a table of fixed size, keyed by a hash with a random key,
 * so that an attacker neither grows it nor aims at a neighbour's place. Lost
 * at a restart, which is soon enough.
 */
#ifndef HOOKDESK_WEB_LIMIT_H
#define HOOKDESK_WEB_LIMIT_H

#include "core/base/bytes.h"

struct limiter;

/* <burst> at once, then one each <each_ms>. */
struct limit {
	const char *name; /* "sign-in": keys of limits do not meet */
	unsigned burst;
	unsigned each_ms;
};

/* <slots> keys at a time (rounded up to a power of 2); NULL without memory. */
struct limiter *limiter_create(size_t slots);
void limiter_destroy(struct limiter *limiter);

/* Take one token of <key>: 0, or after how many seconds to come again. An
 * IPv6 address counts as its /64 when it is a client's: limit_client().
 * <now_ms> is monotonic. Any thread. */
unsigned limit_take(struct limiter *limiter, const struct limit *limit,
    struct bytes site, struct bytes key, int64_t now_ms);

/* The key of a client's address: IPv4 whole, IPv6 its first 64 bits, anything
 * else as it is. Into <out>, at least 48 bytes; borrowed from there. */
struct bytes limit_client(struct bytes address, char out[48]);

#endif
