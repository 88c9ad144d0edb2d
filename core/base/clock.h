/* core/base/clock.h - what time it is, and clocks that tests can move.
 *
 * Times are microseconds since 1970-01-01 UTC, int64. Deadlines within the
 * process use the monotonic clock, which no one sets back.
 */
#ifndef HOOKDESK_BASE_CLOCK_H
#define HOOKDESK_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SECOND_US INT64_C(1000000)
#define CLOCK_MINUTE_US (60 * CLOCK_SECOND_US)
#define CLOCK_HOUR_US (60 * CLOCK_MINUTE_US)
#define CLOCK_DAY_US (24 * CLOCK_HOUR_US)

/* The system's UTC time; may go back when an administrator sets it. */
int64_t clock_now_us(void);

/* Microseconds since some point in the past; never goes back. */
int64_t clock_monotonic_us(void);

/* The clock a desk lives by: the system's, or one that stands where it was
 * put, for tests and for replay. Any thread may use it. */
struct clock {
	_Atomic int64_t set_us; /* CLOCK_RUNS, or where it stands */
};

#define CLOCK_RUNS INT64_MIN
#define CLOCK_SYSTEM ((struct clock){ CLOCK_RUNS })

/* UTC microseconds by <clock>; the system's when it is NULL. */
int64_t clock_read(const struct clock *clock);

/* True when <clock> is set by hand: nothing becomes due by waiting. */
bool clock_is_set(const struct clock *clock);

/* Put it at <at_us>, where it stands until it is moved. */
void clock_set(struct clock *clock, int64_t at_us);

/* Move it on by <by_us>; one that runs stops first. Returns the new time. */
int64_t clock_advance(struct clock *clock, int64_t by_us);

#endif
