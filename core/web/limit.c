/* core/web/limit.c - token buckets in a table that never grows.
 *
 * A key has four places; when all are taken by others, it takes that of the
 * one who has been away longest. Whoever floods the table with keys therefore
 * frees those who were quiet, not himself.
 */
#include "config.h"
#include "core/web/limit.h"

#include "core/base/random.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define PLACES 4

struct bucket {
	uint64_t key;     /* 0: free */
	int64_t ready_ms; /* when the bucket would be full again */
};

struct limiter {
	pthread_mutex_t lock;
	uint64_t secret[2];
	size_t mask;
	struct bucket buckets[];
};

struct limiter *
limiter_create(size_t slots)
{
	struct limiter *limiter;
	size_t size = PLACES * 16;

	while (size < slots && size < ((size_t)1 << 24))
		size *= 2;
	limiter = calloc(1, sizeof *limiter + size * sizeof *limiter->buckets);
	if (limiter == NULL)
		return NULL;
	pthread_mutex_init(&limiter->lock, NULL);
	random_bytes(limiter->secret, sizeof limiter->secret);
	limiter->mask = size - 1;
	return limiter;
}

void
limiter_destroy(struct limiter *limiter)
{
	if (limiter == NULL)
		return;
	pthread_mutex_destroy(&limiter->lock);
	free(limiter);
}

/* A keyed hash: multiply and fold, with secrets that nobody outside sees
 * results of. */
static uint64_t
mix(const struct limiter *limiter, uint64_t hash, const void *at, size_t len)
{
	const unsigned char *byte = at;

	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ byte[i]) * (limiter->secret[1] | 1);
		hash ^= hash >> 29;
	}
	/* So that "ab","c" is not "a","bc". */
	return (hash ^ len) * UINT64_C(0x9e3779b97f4a7c15);
}

static struct bucket *
find_bucket(struct limiter *limiter, uint64_t key)
{
	size_t first = (size_t)(key >> 20) & limiter->mask &
	    ~(size_t)(PLACES - 1);
	struct bucket *oldest = &limiter->buckets[first];

	for (size_t i = 0; i < PLACES; i++) {
		struct bucket *bucket = &limiter->buckets[first + i];

		if (bucket->key == key)
			return bucket;
		if (bucket->ready_ms < oldest->ready_ms)
			oldest = bucket;
	}
	*oldest = (struct bucket){ .key = key, .ready_ms = 0 };
	return oldest;
}

/* The bucket is kept as the time at which it would be full again: each token
 * taken moves that on by <each_ms>, and it may lie at most a whole bucket
 * ahead of now (the generic cell rate algorithm, ITU-T I.371). */
unsigned
limit_take(struct limiter *limiter, const struct limit *limit,
    struct bytes site, struct bytes key, int64_t now_ms)
{
	int64_t most = (int64_t)limit->burst * limit->each_ms, ready;
	uint64_t hash = limiter->secret[0];
	struct bucket *bucket;
	unsigned wait_s = 0;

	hash = mix(limiter, hash, limit->name, strlen(limit->name));
	hash = mix(limiter, hash, site.at, site.len);
	hash = mix(limiter, hash, key.at, key.len) | 1;
	pthread_mutex_lock(&limiter->lock);
	bucket = find_bucket(limiter, hash);
	ready = bucket->ready_ms > now_ms ? bucket->ready_ms : now_ms;
	ready += limit->each_ms;
	if (ready - now_ms > most)
		wait_s = (unsigned)((ready - now_ms - most + 999) / 1000);
	else
		bucket->ready_ms = ready;
	pthread_mutex_unlock(&limiter->lock);
	return wait_s;
}

struct bytes
limit_client(struct bytes address, char out[48])
{
	struct in6_addr v6;
	char text[INET6_ADDRSTRLEN + 1];

	if (address.len >= sizeof text) {
		memcpy(out, address.at, 47);
		return (struct bytes){ out, 47 };
	}
	memcpy(text, address.len > 0 ? address.at : "", address.len);
	text[address.len] = '\0';
	if (inet_pton(AF_INET6, text, &v6) == 1 && !IN6_IS_ADDR_V4MAPPED(&v6)) {
		memset(v6.s6_addr + 8, 0, 8);
		if (inet_ntop(AF_INET6, &v6, out, 48) != NULL)
			return bytes_of(out);
	}
	memcpy(out, text, address.len + 1);
	return (struct bytes){ out, address.len };
}
