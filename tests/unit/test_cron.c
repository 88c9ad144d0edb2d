/* tests/unit/test_cron.c */
#include "config.h"
#include "core/base/cron.h"

#include "core/base/clock.h"
#include "core/base/time_text.h"
#include "core/base/zone.h"
#include "tests/tap.h"

static void
test_cron_parse__says_what_is_wrong(void)
{
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{ "30 7 * *", "not 4" },
		{ "", "not 0" },
		{ "30 7 * * 1-5 2026", "not 6" },
		{ "60 7 * * *", "the minute is 0 to 59" },
		{ "30 24 * * *", "the hour is 0 to 23" },
		{ "30 7 0 * *", "the day of the month is 1 to 31" },
		{ "30 7 * 13 *", "not \"13\"" },
		{ "30 7 * * 8", "the day of the week is 0 to 7" },
		{ "30 7 * * Freitag", "not \"Freitag\"" },
		{ "30 7 * * 5-1", "not \"5-1\"" },
		{ "*/0 7 * * *", "not \"*/0\"" },
		{ "1,,2 7 * * *", "not \"\"" },
		{ "30 7 30 2 *", "it never comes" },
		{ "-5 7 * * *", "not \"-5\"" },
	};
	static const char *const right[] = { "30 7 * * 1-5", "* * * * *",
		"*/15 8-17 1,15 jan-mar MON-FRI", "0 0 29 2 *", "0  0 * *  sun",
		"0 0 30 2 1", "5/10 * * * 7" };
	char fault[CRON_FAULT_SIZE];
	struct cron cron;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].text);
		CHECK_INT(cron_parse(bytes_of(cases[i].text), &cron, fault),
		    ERR_INVALID);
		CHECK(strstr(fault, cases[i].fault) != NULL);
	}
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		CHECK_INT(cron_parse(bytes_of(right[i]), &cron, fault), ERR_OK);
}

static void
test_cron_next__follows_the_clocks_of_the_place(void)
{
	static const struct {
		const char *text, *zone, *after, *want;
	} cases[] = {
		{ "30 7 * * 1-5", "UTC", "2026-03-06T07:29:59Z",
		    "2026-03-06T07:30:00Z" },
		{ "30 7 * * 1-5", "UTC", "2026-03-06T07:30:00Z",
		    "2026-03-09T07:30:00Z" },
		{ "30 7 * * 1-5", "Europe/Berlin", "2026-03-27T12:00:00Z",
		    "2026-03-30T05:30:00Z" },
		{ "*/20 * * * *", "Asia/Kathmandu", "2026-03-06T07:00:00Z",
		    "2026-03-06T07:15:00Z" },
		{ "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z",
		    "2104-02-29T00:00:00Z" },
		/* the 13th or a Friday */
		{ "0 9 13 * 5", "UTC", "2026-03-06T10:00:00Z",
		    "2026-03-13T09:00:00Z" },
		{ "0 9 13 * 5", "UTC", "2026-04-10T10:00:00Z",
		    "2026-04-13T09:00:00Z" },
		{ "0 9 * * 7", "UTC", "2026-03-02T00:00:00Z",
		    "2026-03-08T09:00:00Z" },
		/* 02:30 does not exist: once at 03:00, and on */
		{ "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
		    "2026-03-29T01:00:00Z" },
		{ "30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z",
		    "2026-03-30T00:30:00Z" },
		{ "*/15 * * * *", "Europe/Berlin", "2026-03-29T00:45:00Z",
		    "2026-03-29T01:00:00Z" },
		{ "*/15 * * * *", "Europe/Berlin", "2026-03-29T01:00:00Z",
		    "2026-03-29T01:15:00Z" },
		/* 02:30 comes twice: once */
		{ "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
		    "2026-10-25T00:30:00Z" },
		{ "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z",
		    "2026-10-26T01:30:00Z" },
		{ "30 * * * *", "Europe/Berlin", "2026-10-25T00:30:00Z",
		    "2026-10-25T02:30:00Z" },
		/* by half an hour, and back */
		{ "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z",
		    "2026-10-03T15:30:00Z" },
		{ "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z",
		    "2026-04-04T14:45:00Z" },
		{ "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:45:00Z",
		    "2026-04-05T15:15:00Z" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char fault[CRON_FAULT_SIZE], text[TIME_TEXT_SIZE];
		int64_t after = 0, next = 0;
		struct cron cron;

		CHECK_INT(
		    cron_parse(bytes_of(cases[i].text), &cron, fault), ERR_OK);
		CHECK(time_text_read(bytes_of(cases[i].after), &after, NULL));
		CHECK_INT(
		    cron_next(&cron, zone_get(cases[i].zone), after, &next),
		    ERR_OK);
		time_text_write(text, next);
		printf(
		    "# %s after %s: %s\n", cases[i].text, cases[i].after, text);
		CHECK(strcmp(text, cases[i].want) == 0);
	}
}

int
main(void)
{
	RUN(test_cron_parse__says_what_is_wrong);
	RUN(test_cron_next__follows_the_clocks_of_the_place);
	return tap_done();
}
