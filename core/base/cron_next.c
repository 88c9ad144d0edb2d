/* core/base/cron_next.c - when a cron's time comes next, by a zone's clocks. */
#include "config.h"
#include "core/base/clock.h"
#include "core/base/cron.h"
#include "core/base/date.h"
#include "core/base/zone.h"

#define DAYS_MAX (8 * 366 + 1) /* from one 29 February to the next */
/* Clocks are put forward by a day at most. */
#define GAP_MAX_US (25 * CLOCK_HOUR_US)

static bool
is_day(const struct cron *cron, int64_t day)
{
	struct date date = date_from_days(day);
	bool fits_day = cron->days >> date.day & 1;
	bool fits_weekday = cron->weekdays >> date_weekday(day) % 7 & 1;

	if (!(cron->months >> date.month & 1))
		return false;
	return cron->has_days && cron->has_weekdays ? fits_day || fits_weekday :
						      fits_day && fits_weekday;
}

/* When the clocks first show <local_us>, or what comes instead of it. */
static int64_t
first_shown(const struct zone *zone, int64_t local_us)
{
	int64_t at_us = zone_local_us(zone, local_us);

	if (at_us + zone_offset_us(zone, at_us) == local_us)
		return at_us;
	return zone_change_us(zone, at_us - GAP_MAX_US, at_us);
}

/* The first time of <day> from the minute <from> on that is behind <after_us>.
 */
static bool
find_minute(const struct cron *cron, const struct zone *zone, int64_t day,
    int64_t from, int64_t after_us, int64_t *out_us)
{
	for (int64_t m = from; m < 24 * 60; m++) {
		if (!(cron->hours >> m / 60 & 1)) {
			m += 59 - m % 60;
			continue;
		}
		if (!(cron->minutes >> m % 60 & 1))
			continue;
		*out_us = first_shown(
		    zone, day * CLOCK_DAY_US + m * CLOCK_MINUTE_US);
		if (*out_us > after_us)
			return true;
	}
	return false;
}

enum err
cron_next(const struct cron *cron, const struct zone *zone, int64_t after_us,
    int64_t *out_us)
{
	int64_t local_us = after_us + zone_offset_us(zone, after_us);
	int64_t first = floor_div(local_us, CLOCK_DAY_US);
	int64_t from = (local_us - first * CLOCK_DAY_US) / CLOCK_MINUTE_US;

	for (int64_t day = first; day <= first + DAYS_MAX; day++) {
		if (is_day(cron, day) &&
		    find_minute(cron, zone, day, from, after_us, out_us))
			return ERR_OK;
		from = 0;
	}
	return ERR_NOT_FOUND;
}
