/* tests/unit/test_text_format.c */
#include "config.h"
#include "core/base/text_format.h"

#include "core/base/clock.h"
#include "core/base/zone.h"
#include "tests/tap.h"

#include <pthread.h>

/* 2026-03-02 09:00 UTC, a Monday; 10:00 in Berlin. */
#define MONDAY (INT64_C(1772442000) * CLOCK_SECOND_US)

static void
check_date(const char *locale, enum text_date_style style, int64_t at_us,
    const char *want)
{
	struct buf out = BUF_INIT;

	text_date(
	    &out, locale, zone_get("Europe/Berlin"), style, at_us, MONDAY);
	CHECK(!out.failed);
	CHECK_BYTES(buf_get(&out), want);
	buf_release(&out);
}

static void
test_text_date__writes_as_the_language_does(void)
{
	static const struct {
		const char *locale;
		enum text_date_style style;
		const char *want;
	} cases[] = {
		{ "en", TEXT_DATE_SHORT, "Mar 2, 2026, 10:00 AM" },
		{ "en", TEXT_DATE_LONG, "March 2, 2026 at 10:00 AM" },
		{ "en", TEXT_DATE_DAY_LONG, "Monday, March 2, 2026" },
		{ "en-GB", TEXT_DATE_TIME, "10:00" },
		{ "de", TEXT_DATE_LONG, "2. M\xc3\xa4rz 2026 um 10:00" },
		{ "de_AT", TEXT_DATE_DAY, "2. M\xc3\xa4rz 2026" },
		{ "tr", TEXT_DATE_DAY_LONG, "2 Mart 2026 Pazartesi" },
		{ "ms", TEXT_DATE_DAY, "2 Mac 2026" },
		{ "mn", TEXT_DATE_TIME, "10:00" },
		{ "zh", TEXT_DATE_DAY,
		    "2026\xe5\xb9\xb4"
		    "3\xe6\x9c\x88"
		    "2\xe6\x97\xa5" },
		/* unknown ones as in English */
		{ "xx", TEXT_DATE_DAY, "Mar 2, 2026" },
		{ "", TEXT_DATE_DAY, "Mar 2, 2026" },
		{ "../../../../../../../../../../etc/passwd", TEXT_DATE_DAY,
		    "Mar 2, 2026" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_date(
		    cases[i].locale, cases[i].style, MONDAY, cases[i].want);
	/* Summer time begins there on 29 March. */
	check_date("de", TEXT_DATE_TIME, MONDAY + 27 * CLOCK_DAY_US, "11:00");
}

static void
test_text_date__tells_how_long_ago(void)
{
	static const struct {
		int64_t by_us;
		const char *en, *de;
	} cases[] = {
		{ 0, "now", "jetzt" },
		{ -44 * CLOCK_SECOND_US, "now", "jetzt" },
		{ -50 * CLOCK_SECOND_US, "1 minute ago", "vor 1 Minute" },
		{ 5 * CLOCK_MINUTE_US, "in 5 minutes", "in 5 Minuten" },
		{ -59 * CLOCK_MINUTE_US, "59 minutes ago", "vor 59 Minuten" },
		{ -CLOCK_HOUR_US, "1 hour ago", "vor 1 Stunde" },
		/* Last night is still told in hours ... */
		{ -12 * CLOCK_HOUR_US, "12 hours ago", "vor 12 Stunden" },
		/* ... but by the calendar from then on: Saturday 23:30. */
		{ -34 * CLOCK_HOUR_US - CLOCK_HOUR_US / 2, "2 days ago",
		    "vorgestern" },
		{ -25 * CLOCK_HOUR_US, "yesterday", "gestern" },
		{ 26 * CLOCK_HOUR_US, "tomorrow", "morgen" },
		{ -7 * CLOCK_DAY_US, "7 days ago", "vor 7 Tagen" },
		{ -8 * CLOCK_DAY_US, "Feb 22, 2026", "22. Feb. 2026" },
	};

	/* Twice: made, and remembered. */
	for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
		size_t k = i % (sizeof cases / sizeof *cases);

		check_date("en", TEXT_DATE_RELATIVE, MONDAY + cases[k].by_us,
		    cases[k].en);
		check_date("de", TEXT_DATE_RELATIVE, MONDAY + cases[k].by_us,
		    cases[k].de);
	}
}

static void
test_text_number__groups_as_the_language_does(void)
{
	static const struct {
		const char *locale, *number, *decimal, *size;
	} cases[] = {
		{ "en", "-1,234,567", "4.26", "3.4\xc2\xa0MB" },
		{ "de", "-1.234.567", "4,26", "3,4\xc2\xa0MB" },
		{ "tr", "-1.234.567", "4,26", "3,4\xc2\xa0MB" },
		{ "zh", "-1,234,567", "4.26", "3.4\xc2\xa0MB" },
	};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&out);
		text_number(&out, cases[i].locale, -1234567);
		CHECK_BYTES(buf_get(&out), cases[i].number);
		buf_clear(&out);
		text_decimal(&out, cases[i].locale, 4.2561, 2);
		CHECK_BYTES(buf_get(&out), cases[i].decimal);
		buf_clear(&out);
		text_size(&out, cases[i].locale, 3400000);
		CHECK_BYTES(buf_get(&out), cases[i].size);
	}
	buf_clear(&out);
	text_number(&out, "en", INT64_MIN);
	CHECK_BYTES(buf_get(&out), "-9,223,372,036,854,775,808");
	buf_clear(&out);
	text_size(&out, "en", 999);
	CHECK_BYTES(buf_get(&out),
	    "999\xc2\xa0"
	    "B");
	buf_clear(&out);
	text_size(&out, "en", 999999);
	CHECK_BYTES(buf_get(&out), "1\xc2\xa0MB");
	buf_clear(&out);
	text_decimal(&out, "en", 1e300, 2);
	CHECK(!out.failed && out.len > 0);
	buf_release(&out);
}

/* More formats than a thread keeps, so that old ones make room. */
static void *
format_all(void *ok)
{
	static const char *const locales[] = { "en", "de", "tr", "ms", "mn",
		"zh", "fr", "es", "it" };
	struct buf out = BUF_INIT;
	bool all = true;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 9; i++) {
			for (int s = 0; s < TEXT_DATE__COUNT; s++) {
				buf_clear(&out);
				text_date(&out, locales[i], zone_utc(),
				    (enum text_date_style)s, MONDAY, MONDAY);
				all = all && !out.failed && out.len > 0;
			}
		}
		buf_clear(&out);
		text_date(&out, "de", zone_utc(), TEXT_DATE_TIME, MONDAY, 0);
		all = all && bytes_is(buf_get(&out), "09:00");
	}
	buf_release(&out);
	*(bool *)ok = all;
	return NULL;
}

static void
test_text_date__may_be_used_by_any_thread(void)
{
	pthread_t threads[3];
	bool ok[3] = { false };
	int started = 0;

	while (started < 3 &&
	    pthread_create(&threads[started], NULL, format_all, &ok[started]) ==
		0)
		started++;
	CHECK_INT(started, 3);
	for (int i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		CHECK(ok[i]);
	}
}

int
main(void)
{
	RUN(test_text_date__writes_as_the_language_does);
	RUN(test_text_date__tells_how_long_ago);
	RUN(test_text_number__groups_as_the_language_does);
	RUN(test_text_date__may_be_used_by_any_thread);
	return tap_done();
}
