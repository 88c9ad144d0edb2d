/* tests/unit/test_clock.c */
#include "config.h"
#include "core/base/clock.h"

#include "tests/tap.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

static void
test_clock_now_us__is_the_systems_time(void)
{
	int64_t before = (int64_t)time(NULL) - 1;
	int64_t now = clock_now_us() / CLOCK_SECOND_US;
	int64_t after = (int64_t)time(NULL) + 1;

	CHECK(before <= now && now <= after);
}

static void
test_clock_monotonic_us__never_goes_back(void)
{
	int64_t last = clock_monotonic_us();

	for (int i = 0; i < 10000; i++) {
		int64_t now = clock_monotonic_us();

		CHECK(now >= last);
		last = now;
	}
}

static void
test_clock_read__runs_until_it_is_set(void)
{
	struct clock clock = CLOCK_SYSTEM;
	int64_t now = clock_now_us();

	CHECK(!clock_is_set(&clock));
	CHECK(!clock_is_set(NULL));
	CHECK(clock_read(&clock) >= now);
	CHECK(clock_read(NULL) >= now);
	clock_set(&clock, 5);
	CHECK(clock_is_set(&clock));
	CHECK_INT(clock_read(&clock), 5);
	CHECK_INT(clock_advance(&clock, CLOCK_DAY_US), CLOCK_DAY_US + 5);
	CHECK_INT(clock_read(&clock), CLOCK_DAY_US + 5);
}

static void
test_clock_advance__stops_one_that_runs(void)
{
	struct clock clock = CLOCK_SYSTEM;
	int64_t now = clock_now_us();
	int64_t moved = clock_advance(&clock, CLOCK_HOUR_US);

	CHECK(moved >= now + CLOCK_HOUR_US);
	CHECK_INT(clock_read(&clock), moved);
}

static void *
advance_often(void *clock)
{
	for (int i = 0; i < 10000; i++)
		clock_advance(clock, 1);
	return NULL;
}

static void
test_clock_advance__loses_nothing_between_threads(void)
{
	struct clock clock = CLOCK_SYSTEM;
	pthread_t threads[4];
	int started = 0;

	clock_set(&clock, 0);
	while (started < 4 &&
	    pthread_create(&threads[started], NULL, advance_often, &clock) == 0)
		started++;
	CHECK_INT(started, 4);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(clock_read(&clock), 40000);
}

int
main(void)
{
	RUN(test_clock_now_us__is_the_systems_time);
	RUN(test_clock_monotonic_us__never_goes_back);
	RUN(test_clock_read__runs_until_it_is_set);
	RUN(test_clock_advance__stops_one_that_runs);
	RUN(test_clock_advance__loses_nothing_between_threads);
	return tap_done();
}
