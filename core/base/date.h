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

int64_t date_to_days(struct date date);
struct date date_from_days(int64_t days);

/* 1 Monday to 7 Sunday. */
int date_weekday(int64_t days);

/* 28 to 31. */
int date_month_days(int year, int month);

/* Division that rounds down, so that days before 1970 are days too. */
int64_t floor_div(int64_t n, int64_t by);

#endif
