/* core/base/clock.c - the system's clocks, and one that stands still. */
#include "config.h"
#include "core/base/clock.h"

#include <assert.h>
#include <stddef.h>
#include <time.h>

static int64_t
read_us(clockid_t id)
{
	struct timespec now;
	int failed = clock_gettime(id, &now);

	/* Both clocks exist on every Linux; only a wrong id can fail. */
	assert(failed == 0);
	(void)failed;
	return (int64_t)now.tv_sec * CLOCK_SECOND_US + now.tv_nsec / 1000;
}

int64_t
clock_now_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t
clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t
clock_read(const struct clock *clock)
{
	int64_t set_us;

	if (clock == NULL)
		return clock_now_us();
	set_us = atomic_load(&clock->set_us);
	return set_us == CLOCK_RUNS ? clock_now_us() : set_us;
}

bool
clock_is_set(const struct clock *clock)
{
	return clock != NULL && atomic_load(&clock->set_us) != CLOCK_RUNS;
}

void
clock_set(struct clock *clock, int64_t at_us)
{
	atomic_store(&clock->set_us, at_us);
}

int64_t
clock_advance(struct clock *clock, int64_t by_us)
{
	int64_t runs = CLOCK_RUNS;

	/* Fails, and does nothing, when it stands already. */
	atomic_compare_exchange_strong(&clock->set_us, &runs, clock_now_us());
	return atomic_fetch_add(&clock->set_us, by_us) + by_us;
}
