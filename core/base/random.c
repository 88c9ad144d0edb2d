/* core/base/random.c - getrandom(2). */
#include "config.h"
#include "core/base/random.h"

#include "core/base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
random_bytes(void *out, size_t len)
{
	char *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno != EINTR) {
			log_event(LOG_ERROR, "random.failed", "why=%s",
			    strerror(errno));
			abort();
		}
	}
}

uint64_t
random_u64(void)
{
	uint64_t n;

	random_bytes(&n, sizeof n);
	return n;
}

uint64_t
random_below(uint64_t n)
{
	uint64_t skip, drawn;

	assert(n > 0);
	/* The lowest 2^64 mod n values would come up once too often. */
	skip = (0 - n) % n;
	do
		drawn = random_u64();
	while (drawn < skip);
	return drawn % n;
}
