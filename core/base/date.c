/* core/base/date.c - days of the Gregorian calendar as numbers, and back.
 *
 * Counted from a year that begins in March, so that a leap day comes last.
 */
#include "config.h"
#include "core/base/date.h"

#include <stdbool.h>

#define ERA_DAYS 146097         /* of 400 years */
#define DAYS_BEFORE_1970 719468 /* since 0000-03-01 */

int64_t
floor_div(int64_t n, int64_t by)
{
	return n / by - (n % by < 0);
}

int64_t
date_to_days(struct date date)
{
	int64_t y = date.month > 2 ? date.year : date.year - 1;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t month_from_march = date.month > 2 ? date.month - 3 :
						    date.month + 9;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;

	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year - DAYS_BEFORE_1970;
}

struct date
date_from_days(int64_t days)
{
	int64_t n = days + DAYS_BEFORE_1970;
	int64_t era = floor_div(n, ERA_DAYS);
	int64_t day_of_era = n - era * ERA_DAYS;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 +
				  day_of_era / 36524 - day_of_era / 146096) /
	    365;
	int64_t day_of_year = day_of_era -
	    (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	struct date date;

	date.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	date.month = (int)(month_from_march < 10 ? month_from_march + 3 :
						   month_from_march - 9);
	date.year = (int)(year_of_era + era * 400 + (date.month <= 2));
	return date;
}

int
date_weekday(int64_t days)
{
	/* 1970-01-01 was a Thursday. */
	return (int)(days + 3 - floor_div(days + 3, 7) * 7) + 1;
}

int
date_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}
