/* core/base/business.h - business time: when a place is open, and arithmetic
 * with that.
 *
 * A calendar is a week of spans and a list of holidays in a time zone. It is
 * open whenever a clock on the wall there shows a time within a span of a day
 * that is no holiday. A span over midnight, 22:00-06:00, belongs to the day on
 * which it begins, and so does what is left of it on the next. Where clocks
 * are put forward, the hour that is left out is no business time; where they
 * are put back, the hour that comes twice counts twice.
 *
 * Costs grow with the days in between, not with the minutes. Any thread may
 * read a calendar that is finished.
 */
#ifndef HOOKDESK_BASE_BUSINESS_H
#define HOOKDESK_BASE_BUSINESS_H

#include "core/base/duration.h"
#include "core/base/zone.h"

#define BUSINESS_SPANS_MAX 8  /* a day */
#define BUSINESS_YEARS_MAX 20 /* nothing is reckoned further than that */

/* Microseconds since midnight; <to_us> passes 24 hours over midnight. */
struct business_span {
	int64_t from_us, to_us;
};

/* A plain value; its fields are private to business.c. */
struct business {
	const struct zone *zone;
	struct business_span spans[7][BUSINESS_SPANS_MAX]; /* Monday first */
	size_t span_count[7];
	uint32_t yearly[12]; /* holidays of every year: a bit a day */
	int64_t *dated;      /* those of one year, as days since 1970 */
	size_t dated_count;
};

/* Begin a calendar without a span. <dated> has room for all its holidays and
 * lives as long as it does. */
void business_begin(
    struct business *b, const struct zone *zone, int64_t *dated);

/* Add "8:00-12:30", "22:00-06:00" or "00:00-24:00" to a weekday, 1 Monday to
 * 7 Sunday. ERR_INVALID if it is none, ERR_EXISTS if it overlaps another one,
 * ERR_LIMIT over BUSINESS_SPANS_MAX. */
ERR_CHECKED enum err business_add_span(
    struct business *b, int weekday, struct bytes text);

/* Add "2026-12-24 Christmas Eve", or "12-25 Christmas Day" for every year.
 * ERR_INVALID if there is no such day. */
ERR_CHECKED enum err business_add_holiday(
    struct business *b, struct bytes text);

/* All is added: it may be read from now on. */
void business_finish(struct business *b);

bool business_is_open(const struct business *b, int64_t at_us);

/* The first moment from <at_us> on at which it is open: <at_us> itself if it
 * is. ERR_LIMIT if that is over BUSINESS_YEARS_MAX away, as for a calendar
 * that is never open. */
ERR_CHECKED enum err business_next_open(
    const struct business *b, int64_t at_us, int64_t *out);

/* When <duration> has passed since <at_us>. Business hours count while it is
 * open; of business days, those with a span that are no holidays, it is the
 * same time of day then, or the next moment that is open. ERR_LIMIT as
 * above. */
ERR_CHECKED enum err business_add(const struct business *b, int64_t at_us,
    const struct duration *duration, int64_t *out);

/* How long it is open between the two, in microseconds; negative if <to_us>
 * is the earlier one. ERR_LIMIT if they are over BUSINESS_YEARS_MAX apart. */
ERR_CHECKED enum err business_between(
    const struct business *b, int64_t from_us, int64_t to_us, int64_t *out);

#endif
