/* core/base/date.h - days of the Gregorian calendar as numbers, and back.
 *
 * A day is counted from 1970-01-01, which is 0. Knows no time zones. Any
 * thread may call any of this.
 */
#ifndef HOOKDESK_BASE_DATE_H
#define HOOKDESK_BASE_DATE_H

#include <stdint.h>

struct date {
	int year, month, day; /* month and day from 1 */
};

struct date date_from_days(int64_t days);

/* 1 Monday to 7 Sunday. */
int date_weekday(int64_t days);

/* 28 to 31. */
int date_month_days(int year, int month);

/* Division that rounds down, so that days before 1970 are days too. */
static inline int64_t
floor_div(int64_t n, int64_t by)
{
	return n / by - (n % by < 0);
}

#define DATE_ERA_DAYS 146097         /* of 400 years */
#define DATE_DAYS_BEFORE_1970 719468 /* since 0000-03-01 */

/* Here, so that the day of a date that is written out is a constant. The years
 * begin in March, as in date.c. */
static inline int64_t
date_to_days(struct date date)
{
	int64_t y = date.month > 2 ? date.year : date.year - 1;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t month_from_march = date.month > 2 ? date.month - 3 :
						    date.month + 9;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;

	return era * DATE_ERA_DAYS + year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year - DATE_DAYS_BEFORE_1970;
}

#endif
