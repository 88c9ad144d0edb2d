/* tests/unit/test_zone.c */
#include "config.h"
#include "core/base/zone.h"

#include "core/base/clock.h"
#include "tests/tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "2026-03-29 03:30:00 +7200 d7", d with summer time. */
static const char *
shown(const char *name, int64_t at_s)
{
	static char text[64];
	const struct zone *zone = zone_get(name);
	struct zone_time t;

	if (zone == NULL)
		return "no zone";
	zone_from_us(zone, at_s * CLOCK_SECOND_US, &t);
	snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d %+d %s%d",
	    t.year, t.month, t.day, t.hour, t.minute, t.second, t.offset_s,
	    t.is_dst ? "d" : "s", t.weekday);
	return text;
}

#define CHECK_SHOWN(name, at, want) \
	do { \
		const char *got_ = shown(name, at); \
		CHECK(strcmp(got_, want) == 0); \
		if (strcmp(got_, want) != 0) \
			printf("# %s\n", got_); \
	} while (0)

static void
test_zone_from_us__follows_the_clocks_of_the_place(void)
{
	CHECK_SHOWN("UTC", 0, "1970-01-01 00:00:00 +0 s4");
	CHECK_SHOWN("UTC", -1, "1969-12-31 23:59:59 +0 s3");
	CHECK_SHOWN("UTC", 951782400, "2000-02-29 00:00:00 +0 s2");
	/* One second before and after the clocks go forward and back. */
	CHECK_SHOWN(
	    "Europe/Berlin", 1774745999, "2026-03-29 01:59:59 +3600 s7");
	CHECK_SHOWN(
	    "Europe/Berlin", 1774746000, "2026-03-29 03:00:00 +7200 d7");
	CHECK_SHOWN(
	    "Europe/Berlin", 1792889999, "2026-10-25 02:59:59 +7200 d7");
	CHECK_SHOWN(
	    "Europe/Berlin", 1792890000, "2026-10-25 02:00:00 +3600 s7");
	CHECK_SHOWN(
	    "Asia/Ulaanbaatar", 1767225600, "2026-01-01 08:00:00 +28800 s4");
	CHECK_SHOWN(
	    "Europe/Istanbul", 1767225600, "2026-01-01 03:00:00 +10800 s4");
	CHECK_SHOWN("Asia/Kathmandu", 0, "1970-01-01 05:30:00 +19800 s4");
	/* Behind the last change that the zone's file lists. */
	CHECK_SHOWN(
	    "Europe/Berlin", 2540160000, "2050-06-30 02:00:00 +7200 d4");
	CHECK_SHOWN(
	    "America/New_York", 4102444800, "2099-12-31 19:00:00 -18000 s4");
}

static void
test_zone_from_us__agrees_with_the_c_library(void)
{
	static const char *const names[] = { "Europe/Berlin",
		"America/New_York", "Australia/Lord_Howe", "Asia/Kuala_Lumpur",
		"America/Sao_Paulo" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct zone *zone = zone_get(names[i]);
		int wrong = 0;

		CHECK(zone != NULL);
		if (zone == NULL)
			continue;
		setenv("TZ", names[i], 1);
		tzset();
		for (int64_t s = 0; s < 2000000000; s += 1234567) {
			struct zone_time t;
			time_t now = (time_t)s;
			struct tm tm;

			localtime_r(&now, &tm);
			zone_from_us(zone, s * CLOCK_SECOND_US, &t);
			wrong += t.year != tm.tm_year + 1900 ||
			    t.month != tm.tm_mon + 1 || t.day != tm.tm_mday ||
			    t.hour != tm.tm_hour || t.minute != tm.tm_min ||
			    t.second != tm.tm_sec ||
			    t.weekday % 7 != tm.tm_wday ||
			    t.is_dst != (tm.tm_isdst > 0);
		}
		CHECK_INT(wrong, 0);
	}
}

static void
test_zone_to_us__knows_hours_left_out_and_doubled(void)
{
	static const struct {
		const char *why, *zone;
		struct zone_time local;
		int64_t want_s; /* -1: refused */
	} cases[] = {
		{ "plain", "Europe/Berlin",
		    { .year = 2026,
			.month = 7,
			.day = 1,
			.hour = 12,
			.minute = 0 },
		    1782900000 },
		{ "left out", "Europe/Berlin",
		    { .year = 2026,
			.month = 3,
			.day = 29,
			.hour = 2,
			.minute = 30 },
		    1774747800 },
		{ "doubled", "Europe/Berlin",
		    { .year = 2026,
			.month = 10,
			.day = 25,
			.hour = 2,
			.minute = 30 },
		    1792888200 },
		{ "left out", "America/New_York",
		    { .year = 2026,
			.month = 3,
			.day = 8,
			.hour = 2,
			.minute = 30 },
		    1772955000 },
		{ "doubled", "America/New_York",
		    { .year = 2026,
			.month = 11,
			.day = 1,
			.hour = 1,
			.minute = 30 },
		    1793511000 },
		{ "half an hour", "Australia/Lord_Howe",
		    { .year = 2026,
			.month = 10,
			.day = 4,
			.hour = 2,
			.minute = 15 },
		    1791042300 },
		{ "leap day", "UTC",
		    { .year = 2024,
			.month = 2,
			.day = 29,
			.hour = 0,
			.minute = 0 },
		    1709164800 },
		{ "no leap day", "UTC",
		    { .year = 2100,
			.month = 2,
			.day = 29,
			.hour = 0,
			.minute = 0 },
		    -1 },
		{ "no such day", "UTC",
		    { .year = 2026,
			.month = 4,
			.day = 31,
			.hour = 0,
			.minute = 0 },
		    -1 },
		{ "no such month", "UTC",
		    { .year = 2026,
			.month = 13,
			.day = 1,
			.hour = 0,
			.minute = 0 },
		    -1 },
		{ "no such hour", "UTC",
		    { .year = 2026,
			.month = 1,
			.day = 1,
			.hour = 24,
			.minute = 0 },
		    -1 },
		{ "year 0", "UTC",
		    { .year = 0, .month = 1, .day = 1, .hour = 0, .minute = 0 },
		    -1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t got = -1;
		enum err err = zone_to_us(
		    zone_get(cases[i].zone), &cases[i].local, &got);

		printf("# %s\n", cases[i].why);
		CHECK_INT(err, cases[i].want_s < 0 ? ERR_INVALID : ERR_OK);
		CHECK_INT(got,
		    cases[i].want_s < 0 ? -1 :
					  cases[i].want_s * CLOCK_SECOND_US);
	}
}

static void
test_zone_to_us__brings_back_what_zone_from_us_shows(void)
{
	const struct zone *zone = zone_get("Europe/Berlin");
	int wrong = 0;

	for (int64_t s = 1700000000; s < 1800000000; s += 1799) {
		struct zone_time t;
		int64_t at_us = s * CLOCK_SECOND_US + 123456, got = 0;

		zone_from_us(zone, at_us, &t);
		if (zone_to_us(zone, &t, &got) != ERR_OK)
			wrong++;
		/* Of a doubled hour, the first. */
		wrong += got != at_us && got != at_us - CLOCK_HOUR_US;
	}
	CHECK_INT(wrong, 0);
}

static void
test_zone_day_us__finds_midnight(void)
{
	const struct zone *berlin = zone_get("Europe/Berlin");
	const struct zone *sao = zone_get("America/Sao_Paulo");
	int64_t noon = INT64_C(1774778400) * CLOCK_SECOND_US; /* 29 March */

	CHECK_INT(zone_day_us(berlin, noon, 0) / CLOCK_SECOND_US, 1774738800);
	CHECK_INT(zone_day_us(berlin, noon, 1) / CLOCK_SECOND_US, 1774821600);
	CHECK_INT(zone_day_us(berlin, noon, -1) / CLOCK_SECOND_US, 1774652400);
	CHECK_INT(zone_day_us(zone_utc(), -1, 0), -CLOCK_DAY_US);
	/* 2018-11-04 began at 01:00 there. */
	CHECK_INT(zone_day_us(sao, INT64_C(1541350800) * CLOCK_SECOND_US, 0) /
		CLOCK_SECOND_US,
	    1541300400);
}

static void
test_zone_get__takes_names_of_installed_zones_only(void)
{
	static const char *const bad[] = { "", "Mars/Base", "europe/berlin",
		"../../etc/passwd", "/etc/localtime", "Europe", "+02:00",
		"AAA4", "EST5EDT4,M3.2.0,M11.1.0", "Europe/Berlin\n",
		"a/very/long/name/a/very/long/name/a/very/long/name/"
		"a/very/long/name" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(zone_get(bad[i]) == NULL);
	CHECK(zone_get("UTC") == zone_utc());
	CHECK(zone_get("Asia/Shanghai") == zone_get("Asia/Shanghai"));
	CHECK(
	    strcmp(zone_name(zone_get("Asia/Shanghai")), "Asia/Shanghai") == 0);
}

static void *
get_many(void *ok)
{
	static const char *const names[] = { "Europe/Paris", "Asia/Tokyo",
		"America/Denver", "Africa/Cairo" };
	bool all = true;

	for (int i = 0; i < 400; i++) {
		const struct zone *zone = zone_get(names[i % 4]);

		all = all && zone != NULL &&
		    strcmp(zone_name(zone), names[i % 4]) == 0;
	}
	*(bool *)ok = all;
	return NULL;
}

static void
test_zone_get__may_be_called_by_any_thread(void)
{
	pthread_t threads[4];
	bool ok[4] = { false };
	int started = 0;

	while (started < 4 &&
	    pthread_create(&threads[started], NULL, get_many, &ok[started]) ==
		0)
		started++;
	CHECK_INT(started, 4);
	for (int i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		CHECK(ok[i]);
	}
}

int
main(void)
{
	RUN(test_zone_from_us__follows_the_clocks_of_the_place);
	RUN(test_zone_from_us__agrees_with_the_c_library);
	RUN(test_zone_to_us__knows_hours_left_out_and_doubled);
	RUN(test_zone_to_us__brings_back_what_zone_from_us_shows);
	RUN(test_zone_day_us__finds_midnight);
	RUN(test_zone_get__takes_names_of_installed_zones_only);
	RUN(test_zone_get__may_be_called_by_any_thread);
	return tap_done();
}
