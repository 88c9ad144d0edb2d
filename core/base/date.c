/* core/base/date.c - days of the Gregorian calendar as numbers, and back.
 *
 * Counted from a year that begins in March, so that a leap day comes last.
 */
#include "config.h"
#include "core/base/date.h"

#include <stdbool.h>

struct date
date_from_days(int64_t days)
{
	int64_t n = days + DATE_DAYS_BEFORE_1970;
	int64_t era = floor_div(n, DATE_ERA_DAYS);
	int64_t day_of_era = n - era * DATE_ERA_DAYS;
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
