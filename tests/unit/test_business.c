/* tests/unit/test_business.c */
#include "config.h"
#include "core/base/business.h"

#include "core/base/clock.h"
#include "core/base/date.h"
#include "core/base/time_text.h"
#include "tests/tap.h"

#include <stdlib.h>

#define HOLIDAYS_MAX 8
#define WEEK_MIN (7 * 24 * 60)

/* A week as lines, one a day from Monday on, and holidays. */
struct sample {
	const char *zone;
	const char *days[7];
	const char *holidays[HOLIDAYS_MAX];
};

static const struct sample office = { "Europe/Berlin",
	{ "09:00-17:00", "09:00-17:00", "09:00-17:00", "09:00-17:00",
	    "09:00-15:00", "", "" },
	{ "2026-04-03 Good Friday", "12-25 Christmas Day", "12-26", NULL } };
static const struct sample lunch = { "Asia/Kolkata",
	{ "14:00-18:30 08:00-12:00", "08:00-12:00 14:00-18:30", "08:00-12:00",
	    "", "08:00-12:00 14:00-18:30", "10:00-11:00", "" },
	{ "2026-05-01 Labour Day", NULL } };
/* Clocks there are moved by half an hour. */
static const struct sample nights = { "Australia/Lord_Howe",
	{ "22:00-06:00", "22:00-06:00", "22:00-06:00", "22:00-06:00",
	    "22:00-06:00", "00:00-24:00", "01:45-02:10" },
	{ "2026-04-04 Saturday", "2026-10-03", NULL } };
static const struct sample berlin_nights = { "Europe/Berlin",
	{ "22:00-02:30", "", "22:00-02:30", "23:30-08:00", "22:00-02:30",
	    "22:00-02:30", "01:30-02:30 22:00-04:00" },
	{ NULL } };

static int64_t dated[HOLIDAYS_MAX];

static struct business
calendar(const struct sample *sample)
{
	struct business b;

	business_begin(&b, zone_get(sample->zone), dated);
	for (int i = 0; i < 7; i++) {
		struct bytes rest = bytes_of(sample->days[i]);

		while (rest.len > 0)
			CHECK_INT(business_add_span(
				      &b, i + 1, bytes_split(&rest, ' ')),
			    ERR_OK);
	}
	for (int i = 0; sample->holidays[i] != NULL; i++)
		CHECK_INT(
		    business_add_holiday(&b, bytes_of(sample->holidays[i])),
		    ERR_OK);
	business_finish(&b);
	return b;
}

/* "2026-03-27 16:00" by the calendar's clocks; or with "+02:00" behind it. */
static int64_t
at(const struct business *b, const char *text)
{
	bool is_local = false;
	int64_t us = 0;

	CHECK(time_text_read(bytes_of(text), &us, &is_local));
	return is_local ? zone_local_us(b->zone, us) : us;
}

static struct duration
lasting(const char *text)
{
	struct duration duration = { false, 0, 0 };

	CHECK_INT(duration_read(bytes_of(text), &duration), ERR_OK);
	return duration;
}

static void
check_time(int64_t got, int64_t want)
{
	char a[TIME_TEXT_SIZE], b[TIME_TEXT_SIZE];

	CHECK(got == want);
	time_text_write(a, got);
	time_text_write(b, want);
	if (got != want)
		printf("# %s, not %s\n", a, b);
}

static void
test_duration_read__takes_clock_and_business_time(void)
{
	static const char *const wrong[] = { "", "h", "2", "2 h", "-1h", "2x",
		"2bs", "2bw", "1.5h", "2hb", "100001m", "2H" };
	struct duration d;

	CHECK_INT(lasting("15m").us, 15 * CLOCK_MINUTE_US);
	CHECK_INT(lasting("1w").us, 7 * CLOCK_DAY_US);
	CHECK(!lasting("2d").is_business);
	CHECK(lasting("2bh").is_business);
	CHECK_INT(lasting("2bh").us, 2 * CLOCK_HOUR_US);
	CHECK_INT(lasting("30bm").us, 30 * CLOCK_MINUTE_US);
	CHECK(lasting("3bd").is_business);
	CHECK_INT(lasting("3bd").days, 3);
	CHECK_INT(lasting("3bd").us, 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK_INT(duration_read(bytes_of(wrong[i]), &d), ERR_INVALID);
}

static void
test_business_add_span__refuses(void)
{
	static const struct {
		const char *text;
		enum err want;
	} cases[] = {
		{ "9:00-12:00", ERR_OK },
		{ "12:00-13:00", ERR_OK },
		{ "11:00-11:30", ERR_EXISTS },
		{ "08:00-09:01", ERR_EXISTS },
		{ "22:00-06:00", ERR_OK },
		{ "23:00-24:00", ERR_EXISTS },
		{ "9-12", ERR_INVALID },
		{ "14:00", ERR_INVALID },
		{ "14:00-14:00", ERR_INVALID },
		{ "14:00-24:01", ERR_INVALID },
		{ "24:00-04:00", ERR_INVALID },
		{ "14:60-15:00", ERR_INVALID },
		{ "14:00-15:00h", ERR_INVALID },
		{ "14:00 - 15:00", ERR_INVALID },
	};
	struct business b;

	business_begin(&b, zone_utc(), dated);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].text);
		CHECK_INT(business_add_span(&b, 3, bytes_of(cases[i].text)),
		    cases[i].want);
	}
	for (int i = 0; i < BUSINESS_SPANS_MAX; i++) {
		char text[16];

		snprintf(text, sizeof text, "0%d:00-0%d:30", i, i);
		CHECK_INT(business_add_span(&b, 4, bytes_of(text)), ERR_OK);
	}
	CHECK_INT(business_add_span(&b, 4, BYTES("12:00-13:00")), ERR_LIMIT);
}

static void
test_business_add_holiday__refuses(void)
{
	static const char *const wrong[] = { "", "Christmas", "12-32", "13-01",
		"2026-02-29", "2026-04-31 x", "12-25Christmas", "2026-12",
		"1-1", "02-30" };
	struct business b;

	business_begin(&b, zone_utc(), dated);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK_INT(
		    business_add_holiday(&b, bytes_of(wrong[i])), ERR_INVALID);
	CHECK_INT(business_add_holiday(&b, BYTES("02-29 Leap day")), ERR_OK);
	CHECK_INT(business_add_holiday(&b, BYTES("2028-02-29")), ERR_OK);
}

static void
test_business_add__passes_nights_weekends_and_holidays(void)
{
	static const struct {
		const char *from, *duration, *want;
	} cases[] = {
		{ "2026-03-02 09:00", "2bh", "2026-03-02 11:00" },
		{ "2026-03-02 08:00", "2bh", "2026-03-02 11:00" },
		{ "2026-03-02 15:00", "2bh", "2026-03-02 17:00" },
		{ "2026-03-02 16:00", "2bh", "2026-03-03 10:00" },
		{ "2026-03-06 14:30", "60bm", "2026-03-09 09:30" },
		{ "2026-03-07 12:00", "0bh", "2026-03-09 09:00" },
		{ "2026-03-02 09:00", "2h", "2026-03-02 11:00" },
		/* Over Good Friday, and the clocks of 29 March before it. */
		{ "2026-04-02 16:30", "1bh", "2026-04-06 09:30" },
		{ "2026-03-27 14:00", "2bh", "2026-03-30 10:00" },
		{ "2026-10-23 14:00", "2bh", "2026-10-26 10:00" },
		/* Business days keep the time of day. */
		{ "2026-03-02 15:20", "1bd", "2026-03-03 15:20" },
		{ "2026-03-06 10:00", "1bd", "2026-03-09 10:00" },
		{ "2026-03-07 10:00", "1bd", "2026-03-10 09:00" },
		{ "2026-03-05 16:00", "1bd", "2026-03-09 09:00" },
		{ "2026-04-02 10:00", "1bd", "2026-04-06 10:00" },
		{ "2026-12-24 10:00", "1bd", "2026-12-28 10:00" },
		{ "2026-03-27 10:00", "1bd", "2026-03-30 10:00" },
		{ "2026-10-23 10:00", "10bd", "2026-11-06 10:00" },
	};
	struct business b = calendar(&office);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct duration duration = lasting(cases[i].duration);
		int64_t got = 0;

		printf("# %s + %s\n", cases[i].from, cases[i].duration);
		CHECK_INT(
		    business_add(&b, at(&b, cases[i].from), &duration, &got),
		    ERR_OK);
		check_time(got, at(&b, cases[i].want));
	}
}

/* 22:00 to 02:30: in March it ends when 02:00 is skipped, in October 02:00 to
 * 02:30 comes twice. */
static void
test_business_between__follows_the_clocks(void)
{
	struct business b = calendar(&berlin_nights);
	int64_t sum = 0, open = 0;

	CHECK_INT(business_between(&b, at(&b, "2026-03-28 21:00"),
		      at(&b, "2026-03-29 12:00"), &sum),
	    ERR_OK);
	CHECK_INT(sum, 4 * CLOCK_HOUR_US);
	CHECK_INT(business_between(&b, at(&b, "2026-10-24 21:00"),
		      at(&b, "2026-10-25 12:00"), &sum),
	    ERR_OK);
	CHECK_INT(sum, 4 * CLOCK_HOUR_US + 2 * 30 * CLOCK_MINUTE_US);
	CHECK(business_is_open(&b, at(&b, "2026-10-25T02:10:00+02:00")));
	CHECK(!business_is_open(&b, at(&b, "2026-10-25T02:40:00+02:00")));
	CHECK(business_is_open(&b, at(&b, "2026-10-25T02:10:00+01:00")));
	CHECK_INT(
	    business_next_open(&b, at(&b, "2026-10-25T02:40:00+02:00"), &open),
	    ERR_OK);
	check_time(open, at(&b, "2026-10-25T02:00:00+01:00"));
	CHECK_INT(business_between(&b, at(&b, "2026-03-29 12:00"),
		      at(&b, "2026-03-28 21:00"), &sum),
	    ERR_OK);
	CHECK_INT(sum, -4 * CLOCK_HOUR_US);
}

static void
test_business__one_that_is_never_open_says_so(void)
{
	static const struct sample closed = { "UTC",
		{ "", "", "", "", "", "", "" }, { NULL } };
	struct business b = calendar(&closed);
	struct duration duration = lasting("1bh"), days = lasting("1bd");
	int64_t got;

	CHECK(!business_is_open(&b, 0));
	CHECK_INT(business_next_open(&b, 0, &got), ERR_LIMIT);
	CHECK_INT(business_add(&b, 0, &duration, &got), ERR_LIMIT);
	CHECK_INT(business_add(&b, 0, &days, &got), ERR_LIMIT);
	CHECK_INT(business_between(&b, 0, CLOCK_DAY_US, &got), ERR_OK);
	CHECK_INT(got, 0);
	CHECK_INT(
	    business_between(&b, 0, 21 * 366 * CLOCK_DAY_US, &got), ERR_LIMIT);
}

/* --- against a model that looks at each minute --- */

static bool
is_in(const struct sample *sample, int64_t day, int minute)
{
	struct date date = date_from_days(day);
	struct bytes rest = bytes_of(sample->days[date_weekday(day) - 1]);
	char full[16], yearly[16];

	snprintf(full, sizeof full, "%04d-%02d-%02d", date.year, date.month,
	    date.day);
	snprintf(yearly, sizeof yearly, "%02d-%02d", date.month, date.day);
	for (int i = 0; sample->holidays[i] != NULL; i++) {
		struct bytes name = bytes_of(sample->holidays[i]);
		struct bytes when = bytes_split(&name, ' ');

		if (bytes_is(when, full) || bytes_is(when, yearly))
			return false;
	}
	while (rest.len > 0) {
		struct bytes span = bytes_split(&rest, ' ');
		int h1, m1, h2, m2, from, to;

		if (sscanf(span.at, "%d:%d-%d:%d", &h1, &m1, &h2, &m2) != 4)
			return false;
		from = h1 * 60 + m1;
		to = h2 * 60 + m2;
		to += to < from ? 24 * 60 : 0;
		if (minute >= from && minute < to)
			return true;
	}
	return false;
}

static bool
is_open_by_the_wall(
    const struct sample *sample, const struct zone *zone, int64_t at_us)
{
	struct zone_time t;
	int64_t day;

	zone_from_us(zone, at_us, &t);
	day = date_to_days((struct date){ t.year, t.month, t.day });
	return is_in(sample, day, t.hour * 60 + t.minute) ||
	    is_in(sample, day - 1, (24 + t.hour) * 60 + t.minute);
}

/* Weeks with the days on which clocks change, and others. */
static void
compare(const struct sample *sample, const char *from)
{
	static bool open[6 * WEEK_MIN];
	struct business b = calendar(sample);
	int64_t start = at(&b, from), count = 6 * WEEK_MIN, got;
	int wrong = 0;

	for (int64_t i = 0; i < count; i++) {
		open[i] = is_open_by_the_wall(
		    sample, b.zone, start + i * CLOCK_MINUTE_US);
		wrong += open[i] !=
		    business_is_open(&b, start + i * CLOCK_MINUTE_US);
	}
	CHECK_INT(wrong, 0);
	for (int round = 0; round < 400; round++) {
		int64_t i = rand() % count, j = i, n = rand() % 1500, k,
			sum = 0;
		struct duration duration = { true, n * CLOCK_MINUTE_US, 0 };

		while (j < count && !open[j])
			j++;
		if (j == count)
			continue;
		CHECK_INT(
		    business_next_open(&b, start + i * CLOCK_MINUTE_US, &got),
		    ERR_OK);
		CHECK_INT((got - start) / CLOCK_MINUTE_US, j);
		/* <k>: the moment at which the nth open minute is over */
		for (k = j; k < count && sum < n; k++)
			sum += open[k];
		if (sum < n || n == 0)
			continue;
		CHECK_INT(business_add(
			      &b, start + i * CLOCK_MINUTE_US, &duration, &got),
		    ERR_OK);
		CHECK_INT((got - start) / CLOCK_MINUTE_US, k);
		CHECK_INT(business_between(
			      &b, start + i * CLOCK_MINUTE_US, got, &sum),
		    ERR_OK);
		CHECK_INT(sum / CLOCK_MINUTE_US, n);
	}
}

static void
test_business__agrees_with_a_look_at_each_minute(void)
{
	static const struct sample *const all[] = { &office, &lunch, &nights,
		&berlin_nights };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		printf("# %s\n", all[i]->zone);
		compare(all[i], "2026-03-12 07:00");
		compare(all[i], "2026-09-25 00:00");
		compare(all[i], "2026-12-10 12:00");
	}
}

int
main(void)
{
	srand(7);
	RUN(test_duration_read__takes_clock_and_business_time);
	RUN(test_business_add_span__refuses);
	RUN(test_business_add_holiday__refuses);
	RUN(test_business_add__passes_nights_weekends_and_holidays);
	RUN(test_business_between__follows_the_clocks);
	RUN(test_business__one_that_is_never_open_says_so);
	RUN(test_business__agrees_with_a_look_at_each_minute);
	return tap_done();
}
