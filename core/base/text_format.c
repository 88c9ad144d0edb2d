/* core/base/text_format.c - dates and numbers by ICU, zones by zone.h.
 *
 * ICU's tables of time zones are years old, so it is handed local times and
 * told that they are UTC. Formatters cost 20 to 200 us to make and belong to
 * one thread at a time: each thread keeps those it used last.
 */
#include "config.h"
#include "core/base/text_format.h"

#include "core/base/clock.h"
#include "core/base/text_utf16.h"
#include "core/base/zone.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <unicode/ucal.h>
#include <unicode/uloc.h>
#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/unum.h>
#include <unicode/ureldatefmt.h>

#define FORMATS_MAX 32 /* kept for each thread */
#define LOCALE_MAX 32
#define OUT_MAX 256   /* units of UTF-16 */
#define PHRASES 256   /* kept for each thread; a power of two */
#define PHRASE_MAX 64 /* bytes; longer ones are not kept */

/* What a formatter is for: a style of dates, or numbers. */
enum format_kind {
	FORMAT_NUMBER = TEXT_DATE__COUNT,
	FORMAT_DECIMAL,
	FORMAT__COUNT
};

struct format {
	char locale[LOCALE_MAX]; /* as asked for; "" where the place is free */
	int kind;                /* enum text_date_style or format_kind */
	uint64_t used;           /* the turn in which it was last used */
	void *with;
	UCalendar *calendar; /* of dates: udat_format() would copy its own,
	                          * and crash when there is no memory */
};

/* "3 hours ago", as written before: a list shows the same few again and
 * again, and ICU takes a microsecond for each. */
struct phrase {
	char locale[LOCALE_MAX];
	int unit, n;
	unsigned char len;
	char text[PHRASE_MAX];
};

struct formats {
	uint64_t turn;
	struct format list[FORMATS_MAX];
	struct phrase phrases[PHRASES];
};

/* Which fields each style shows (UTS #35, skeletons); the language decides on
 * order, words and 12 or 24 hours. */
static const char16_t *const skeletons[TEXT_DATE__COUNT] = {
	[TEXT_DATE_SHORT] = u"yMMMdjm",
	[TEXT_DATE_LONG] = u"yMMMMdjm",
	[TEXT_DATE_DAY] = u"yMMMd",
	[TEXT_DATE_DAY_LONG] = u"yMMMMEEEEd",
	[TEXT_DATE_TIME] = u"jm",
};

static pthread_key_t formats_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void
close_format(struct format *format)
{
	if (format->locale[0] == '\0')
		return;
	if (format->kind == TEXT_DATE_RELATIVE)
		ureldatefmt_close(format->with);
	else if (format->kind < TEXT_DATE__COUNT)
		udat_close(format->with);
	else
		unum_close(format->with);
	if (format->calendar != NULL)
		ucal_close(format->calendar);
	format->calendar = NULL;
	format->locale[0] = '\0';
}

static void
free_formats(void *arg)
{
	struct formats *formats = arg;

	for (int i = 0; i < FORMATS_MAX; i++)
		close_format(&formats->list[i]);
	free(formats);
}

static void
prepare(void)
{
	UErrorCode status = U_ZERO_ERROR;

	/* What is unknown is written so, whatever LANG the server runs in. */
	uloc_setDefault("en_US", &status);
	has_key = pthread_key_create(&formats_key, free_formats) == 0;
}

static struct formats *
get_formats(void)
{
	struct formats *formats;

	pthread_once(&once, prepare);
	if (!has_key)
		return NULL;
	formats = pthread_getspecific(formats_key);
	if (formats != NULL)
		return formats;
	formats = calloc(1, sizeof *formats);
	if (formats != NULL && pthread_setspecific(formats_key, formats) != 0) {
		free(formats);
		formats = NULL;
	}
	return formats;
}

static void *
open_date(const char *locale, int style, UErrorCode *status)
{
	UDateTimePatternGenerator *patterns = udatpg_open(locale, status);
	char16_t pattern[128];
	int32_t len = 0;
	void *with = NULL;

	if (U_SUCCESS(*status)) {
		len = udatpg_getBestPattern(patterns, skeletons[style], -1,
		    pattern, sizeof pattern / sizeof *pattern, status);
		with = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, u"UTC", -1,
		    pattern, len, status);
	}
	udatpg_close(patterns);
	return with;
}

/* Fill the place <format>, which is free; it stays free on failure. */
static void
open_format(struct format *format, const char *locale, int kind)
{
	UErrorCode status = U_ZERO_ERROR;

	format->kind = kind;
	if (kind == TEXT_DATE_RELATIVE) {
		format->with = ureldatefmt_open(locale, NULL, UDAT_STYLE_LONG,
		    UDISPCTX_CAPITALIZATION_NONE, &status);
	} else if (kind < TEXT_DATE__COUNT) {
		format->with = open_date(locale, kind, &status);
		if (U_SUCCESS(status))
			format->calendar = ucal_open(
			    u"UTC", -1, locale, UCAL_DEFAULT, &status);
		if (U_FAILURE(status) && format->with != NULL)
			udat_close(format->with);
	} else {
		format->with = unum_open(
		    UNUM_DECIMAL, NULL, 0, locale, NULL, &status);
	}
	if (U_FAILURE(status))
		format->with = NULL;
}

/* This thread's formatter; NULL when memory is exhausted. */
static struct format *
get_format(const char *locale, int kind)
{
	struct formats *formats = get_formats();
	struct format *oldest;
	UErrorCode status = U_ZERO_ERROR;
	char tag[LOCALE_MAX];

	if (formats == NULL)
		return NULL;
	if (locale[0] == '\0' || strlen(locale) >= LOCALE_MAX)
		locale = "en";
	oldest = &formats->list[0];
	for (int i = 0; i < FORMATS_MAX; i++) {
		struct format *f = &formats->list[i];

		if (f->kind == kind && strcmp(f->locale, locale) == 0) {
			f->used = ++formats->turn;
			return f;
		}
		if (f->used < oldest->used)
			oldest = f;
	}
	close_format(oldest);
	/* "zh-Hant" and "zh_Hant" alike. */
	if (uloc_canonicalize(locale, tag, sizeof tag, &status) >= LOCALE_MAX ||
	    U_FAILURE(status))
		memcpy(tag, "en", 3);
	open_format(oldest, tag, kind);
	if (oldest->with == NULL)
		return NULL;
	oldest->used = ++formats->turn;
	memcpy(oldest->locale, locale, strlen(locale) + 1);
	return oldest;
}

/* What ICU wrote. It puts a narrow space before AM and PM that old mail
 * programs show as a box: an ordinary one does. */
static void
add_units(struct buf *out, char16_t *units, int32_t len, UErrorCode status)
{
	if (U_FAILURE(status) || len > OUT_MAX) {
		out->failed = true;
		return;
	}
	for (int32_t i = 0; i < len; i++)
		if (units[i] == 0x202f)
			units[i] = ' ';
	utf16_add_to(out, units, len);
}

static void
write_relative(
    struct buf *out, const char *locale, int n, URelativeDateTimeUnit unit)
{
	struct format *format = get_format(locale, TEXT_DATE_RELATIVE);
	UErrorCode status = U_ZERO_ERROR;
	char16_t units[OUT_MAX];
	int32_t len = 0;

	if (format == NULL) {
		out->failed = true;
		return;
	}
	/* "yesterday" for days, but "1 hour ago", not "this hour". */
	if (unit == UDAT_REL_UNIT_DAY || unit == UDAT_REL_UNIT_SECOND)
		len = ureldatefmt_format(
		    format->with, n, unit, units, OUT_MAX, &status);
	else
		len = ureldatefmt_formatNumeric(
		    format->with, n, unit, units, OUT_MAX, &status);
	add_units(out, units, len, status);
}

static void
add_relative(
    struct buf *out, const char *locale, int n, URelativeDateTimeUnit unit)
{
	struct formats *formats = get_formats();
	size_t from = out->len, len = strlen(locale);
	struct phrase *phrase = NULL;

	if (formats != NULL && len > 0 && len < LOCALE_MAX)
		phrase = &formats->phrases[((unsigned)n * 8 + (unsigned)unit +
					       (unsigned char)locale[0] * 64) %
		    PHRASES];
	if (phrase != NULL && phrase->unit == (int)unit && phrase->n == n &&
	    strcmp(phrase->locale, locale) == 0) {
		buf_add(out, phrase->text, phrase->len);
		return;
	}
	write_relative(out, locale, n, unit);
	if (phrase == NULL || out->failed || out->len - from > PHRASE_MAX)
		return;
	phrase->unit = (int)unit;
	phrase->n = n;
	phrase->len = (unsigned char)(out->len - from);
	memcpy(phrase->text, out->at + from, phrase->len);
	memcpy(phrase->locale, locale, len + 1);
}

/* How many midnights of <zone> lie between <now_us> and <at_us>. */
static int
days_between(const struct zone *zone, int64_t now_us, int64_t at_us)
{
	int64_t from = zone_day_us(zone, now_us, 0);
	int64_t to = zone_day_us(zone, at_us, 0);
	/* Days of 23 and 25 hours are rounded to whole ones. */
	int64_t half = to < from ? -CLOCK_DAY_US / 2 : CLOCK_DAY_US / 2;

	return (int)((to - from + half) / CLOCK_DAY_US);
}

/* <by_us> in whole units of <unit_us>, rounded. */
static int
rounded(int64_t by_us, int64_t unit_us)
{
	int64_t half = by_us < 0 ? -unit_us / 2 : unit_us / 2;

	return (int)((by_us + half) / unit_us);
}

/* True if it is near enough to be told so; else the caller writes the day. */
static bool
put_relative(struct buf *out, const char *locale, const struct zone *zone,
    int64_t at_us, int64_t now_us)
{
	int64_t by_us = at_us - now_us;
	int64_t apart_us = by_us < 0 ? -by_us : by_us;
	int days;

	if (apart_us < 45 * CLOCK_SECOND_US) {
		add_relative(out, locale, 0, UDAT_REL_UNIT_SECOND);
	} else if (apart_us < CLOCK_HOUR_US - CLOCK_MINUTE_US / 2) {
		add_relative(out, locale, rounded(by_us, CLOCK_MINUTE_US),
		    UDAT_REL_UNIT_MINUTE);
	} else if (apart_us < 22 * CLOCK_HOUR_US) {
		add_relative(out, locale, rounded(by_us, CLOCK_HOUR_US),
		    UDAT_REL_UNIT_HOUR);
	} else {
		if (apart_us >= 9 * CLOCK_DAY_US)
			return false;
		days = days_between(zone, now_us, at_us);
		if (days < -7 || days > 7)
			return false;
		if (days == 0) /* 23 hours of one day */
			add_relative(out, locale, rounded(by_us, CLOCK_HOUR_US),
			    UDAT_REL_UNIT_HOUR);
		else
			add_relative(out, locale, days, UDAT_REL_UNIT_DAY);
	}
	return true;
}

void
text_date(struct buf *out, const char *locale, const struct zone *zone,
    enum text_date_style style, int64_t at_us, int64_t now_us)
{
	UErrorCode status = U_ZERO_ERROR;
	struct zone_time local;
	char16_t units[OUT_MAX];
	double local_ms;
	int32_t len;
	struct format *format;

	assert((unsigned)style < TEXT_DATE__COUNT);
	if (style == TEXT_DATE_RELATIVE) {
		if (put_relative(out, locale, zone, at_us, now_us))
			return;
		style = TEXT_DATE_DAY;
	}
	format = get_format(locale, style);
	if (format == NULL) {
		out->failed = true;
		return;
	}
	zone_from_us(zone, at_us, &local);
	local_ms = (double)(at_us / 1000) + local.offset_s * 1000.0;
	ucal_setMillis(format->calendar, local_ms, &status);
	len = udat_formatCalendar(
	    format->with, format->calendar, units, OUT_MAX, NULL, &status);
	add_units(out, units, len, status);
}

void
text_format_prepare(void)
{
	struct buf out = BUF_INIT;
	struct formats *formats;

	for (int i = 0; i < TEXT_DATE__COUNT; i++)
		text_date(
		    &out, "en", zone_utc(), (enum text_date_style)i, 0, 0);
	text_number(&out, "en", 1000);
	buf_release(&out);
	formats = has_key ? pthread_getspecific(formats_key) : NULL;
	if (formats == NULL)
		return;
	free_formats(formats);
	(void)pthread_setspecific(formats_key, NULL);
}

void
text_number(struct buf *out, const char *locale, int64_t n)
{
	UErrorCode status = U_ZERO_ERROR;
	char16_t units[OUT_MAX];
	struct format *format = get_format(locale, FORMAT_NUMBER);
	int32_t len;

	if (format == NULL) {
		out->failed = true;
		return;
	}
	len = unum_formatInt64(format->with, n, units, OUT_MAX, NULL, &status);
	add_units(out, units, len, status);
}

void
text_decimal(struct buf *out, const char *locale, double n, int digits)
{
	UErrorCode status = U_ZERO_ERROR;
	char16_t units[OUT_MAX];
	struct format *format = get_format(locale, FORMAT_DECIMAL);
	int32_t len;

	if (format == NULL) {
		out->failed = true;
		return;
	}
	unum_setAttribute(format->with, UNUM_MAX_FRACTION_DIGITS, digits);
	len = unum_formatDouble(format->with, n, units, OUT_MAX, NULL, &status);
	/* A double has up to 309 digits before the point. */
	if (status == U_BUFFER_OVERFLOW_ERROR) {
		buf_printf(out, "%g", n);
		return;
	}
	add_units(out, units, len, status);
}

void
text_size(struct buf *out, const char *locale, uint64_t size_bytes)
{
	static const char *const names[] = { "B", "kB", "MB", "GB", "TB" };
	double n = (double)size_bytes;
	size_t unit = 0;

	while (n >= 999.5 && unit + 1 < sizeof names / sizeof *names) {
		n /= 1000;
		unit++;
	}
	text_decimal(out, locale, n, n < 9.95 && unit > 0 ? 1 : 0);
	buf_text(out, "\xc2\xa0");
	buf_text(out, names[unit]);
}
