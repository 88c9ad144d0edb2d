/* core/base/zone.h - time zones by name, read from the system's tzdata.
 *
 * Zones are read once and kept until the process ends. Any thread may call
 * any of this.
 */
#ifndef HOOKDESK_BASE_ZONE_H
#define HOOKDESK_BASE_ZONE_H

#include "core/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ZONE_NAME_MAX 64 /* bytes, without the NUL */

struct zone; /* opaque; lives as long as the process */

/* What a clock on the wall shows. */
struct zone_time {
	int year;       /* 1 to 9999 */
	int month, day; /* from 1 */
	int hour, minute, second, microsecond;
	int weekday;  /* 1 Monday to 7 Sunday; not read by zone_to_us() */
	int offset_s; /* seconds east of UTC; not read by zone_to_us() */
	bool is_dst;  /* summer time; not read by zone_to_us() */
};

/* The zone called <name>, "Europe/Berlin" or "UTC"; NULL if the system knows
 * none of that name, or memory is exhausted. */
const struct zone *zone_get(const char *name);

/* Always there. */
const struct zone *zone_utc(void);

/* "Europe/Berlin"; static. */
const char *zone_name(const struct zone *zone);

/* <at_us>, UTC, as <zone> reads it. Times before year 1 and after 9999 are
 * taken as the nearest that is within. */
void zone_from_us(
    const struct zone *zone, int64_t at_us, struct zone_time *out);

/* The UTC time at which a clock in <zone> shows <local>. An hour that comes
 * twice (in autumn) is taken as the first of them; one that is left out (in
 * spring) moves on by what the clocks jump: 02:30 is 03:30.
 *
 * Returns ERR_INVALID when there is no such day or hour, as 31 April. */
ERR_CHECKED enum err zone_to_us(
    const struct zone *zone, const struct zone_time *local, int64_t *out);

/* The same for <local_us>, a local time written as if it were UTC. */
int64_t zone_local_us(const struct zone *zone, int64_t local_us);

/* Microseconds east of UTC at <at_us>. */
int64_t zone_offset_us(const struct zone *zone, int64_t at_us);

/* The first moment behind <from_us>, up to <to_us>, at which the clocks of
 * <zone> are put forward or back; <to_us> if they are not. The two are less
 * than two days apart: clocks do not change twice in that. */
int64_t zone_change_us(const struct zone *zone, int64_t from_us, int64_t to_us);

/* The UTC time of the midnight that begins the day <days> after that of
 * <at_us> in <zone>; where midnight is left out, the first moment of the day.
 * 0 is the day of <at_us> itself; negative ones lie before. */
int64_t zone_day_us(const struct zone *zone, int64_t at_us, int days);

#endif
