/* core/base/time_text.c - times as machines write them. */
#include "config.h"
#include "core/base/time_text.h"

#include <stdio.h>
#include <time.h>

#define TEXT_MAX 40

/* The offset from UTC at <rest>, in seconds; *<rest> goes behind it. False
 * when there is none. */
static bool
read_offset(const char **rest, int64_t *seconds)
{
	int hours, minutes, len = 0;

	if (**rest == 'Z') {
		*seconds = 0;
		++*rest;
		return true;
	}
	if (sscanf(*rest, "%3d:%2d%n", &hours, &minutes, &len) != 2 || len == 0)
		return false;
	*seconds = hours * 3600 + (**rest == '-' ? -minutes : minutes) * 60;
	*rest += len;
	return true;
}

/* The time of day behind the date. */
static const char *
read_clock(const char *rest, struct tm *tm)
{
	const char *seconds = strptime(rest, "%H:%M:%S", tm);

	rest = seconds != NULL ? seconds : strptime(rest, "%H:%M", tm);
	if (rest != NULL && *rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	return rest;
}

/* The 31st of April is none. */
static bool
is_day(const struct tm *tm, int64_t seconds)
{
	time_t at = (time_t)seconds;
	struct tm again;

	gmtime_r(&at, &again);
	return again.tm_mday == tm->tm_mday && again.tm_mon == tm->tm_mon;
}

bool
time_text_read(struct bytes text, int64_t *us, bool *is_local)
{
	struct tm tm = { .tm_mday = 0 }, day;
	bool has_offset = false;
	int64_t offset = 0, seconds;
	char copy[TEXT_MAX];
	const char *rest;

	if (text.len == 0 || text.len >= sizeof copy)
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	rest = strptime(copy, "%Y-%m-%d", &tm);
	if (rest == NULL)
		return false;
	day = tm;
	seconds = timegm(&day);
	if (!is_day(&tm, seconds))
		return false;
	if (*rest == 'T' || *rest == ' ') {
		rest = read_clock(rest + 1, &tm);
		if (rest == NULL)
			return false;
		has_offset = read_offset(&rest, &offset);
	}
	if (*rest != '\0')
		return false;
	*us = ((int64_t)timegm(&tm) - offset) * 1000000;
	if (is_local != NULL)
		*is_local = !has_offset;
	return true;
}

void
time_text_write(char out[TIME_TEXT_SIZE], int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
