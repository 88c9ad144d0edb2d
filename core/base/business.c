/* core/base/business.c - business time, reckoned by days.
 *
 * Time is walked in pieces: a day as the clocks on the wall have it, or what
 * comes before and behind a moment at which they are changed. Within a piece
 * the offset from UTC is one, and spans need only be moved by it.
 */
#include "config.h"
#include "core/base/business.h"
#include "core/base/clock.h"
#include "core/base/date.h"

#include <stdlib.h>

#define LIMIT_US (BUSINESS_YEARS_MAX * 366 * CLOCK_DAY_US)
/* Of one day, with what is left of the day before. */
#define DAY_SPANS_MAX (BUSINESS_SPANS_MAX + 1)

void
business_begin(struct business *b, const struct zone *zone, int64_t *dated)
{
	*b = (struct business){ .zone = zone, .dated = dated };
}

/* Read <min> to <max> digits from *<text>, and the byte <end> behind them
 * ('\0': none, or the text's end). */
static bool
take_digits(struct bytes *text, size_t min, size_t max, char end, int *out)
{
	size_t count = 0;
	int n = 0;

	while (count < max && count < text->len && text->at[count] >= '0' &&
	    text->at[count] <= '9')
		n = n * 10 + (text->at[count++] - '0');
	if (count < min)
		return false;
	*text = (struct bytes){ text->at + count, text->len - count };
	if (end != '\0') {
		if (text->len == 0 || text->at[0] != end)
			return false;
		*text = (struct bytes){ text->at + 1, text->len - 1 };
	}
	*out = n;
	return true;
}

/* "08:30" up to "24:00", and the byte <end> behind it. */
static bool
take_clock(struct bytes *text, char end, int64_t *us)
{
	int hour, minute;

	if (!take_digits(text, 1, 2, ':', &hour) ||
	    !take_digits(text, 2, 2, end, &minute) || minute > 59 ||
	    hour * 60 + minute > 24 * 60)
		return false;
	*us = (hour * 60 + minute) * CLOCK_MINUTE_US;
	return true;
}

enum err
business_add_span(struct business *b, int weekday, struct bytes text)
{
	struct business_span *spans = b->spans[weekday - 1], span;
	size_t *count = &b->span_count[weekday - 1], at = 0;

	if (!take_clock(&text, '-', &span.from_us) ||
	    !take_clock(&text, '\0', &span.to_us) || text.len > 0 ||
	    span.from_us == span.to_us || span.from_us == CLOCK_DAY_US)
		return ERR_INVALID;
	if (span.to_us < span.from_us)
		span.to_us += CLOCK_DAY_US;
	while (at < *count && spans[at].from_us < span.from_us)
		at++;
	if ((at > 0 && spans[at - 1].to_us > span.from_us) ||
	    (at < *count && spans[at].from_us < span.to_us))
		return ERR_EXISTS;
	if (*count == BUSINESS_SPANS_MAX)
		return ERR_LIMIT;
	memmove(&spans[at + 1], &spans[at], (*count - at) * sizeof *spans);
	spans[at] = span;
	++*count;
	return ERR_OK;
}

enum err
business_add_holiday(struct business *b, struct bytes text)
{
	bool is_yearly = text.len < 5 || text.at[4] != '-';
	struct date date = { .year = 2000 }; /* which has a 29 February */

	if ((!is_yearly && !take_digits(&text, 4, 4, '-', &date.year)) ||
	    !take_digits(&text, 2, 2, '-', &date.month) ||
	    !take_digits(&text, 2, 2, '\0', &date.day) ||
	    (text.len > 0 && text.at[0] != ' ') || date.year < 1 ||
	    date.month < 1 || date.month > 12 || date.day < 1 ||
	    date.day > date_month_days(date.year, date.month))
		return ERR_INVALID;
	if (is_yearly)
		b->yearly[date.month - 1] |= UINT32_C(1) << date.day;
	else
		b->dated[b->dated_count++] = date_to_days(date);
	return ERR_OK;
}

static int
compare_days(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
business_finish(struct business *b)
{
	if (b->dated_count > 1)
		qsort(b->dated, b->dated_count, sizeof *b->dated, compare_days);
}

/* Whether a day has spans that hold. */
static bool
is_workday(const struct business *b, int64_t day)
{
	struct date date = date_from_days(day);

	if (b->span_count[date_weekday(day) - 1] == 0 ||
	    b->yearly[date.month - 1] >> date.day & 1)
		return false;
	return b->dated_count == 0 ||
	    bsearch(&day, b->dated, b->dated_count, sizeof *b->dated,
		compare_days) == NULL;
}

/* The spans of a day, one behind the other, none beyond its midnights, with
 * what is left of the day before; how many there are. */
static size_t
day_spans(const struct business *b, int64_t day,
    struct business_span out[DAY_SPANS_MAX])
{
	int weekday = date_weekday(day) - 1, before = (weekday + 6) % 7;
	int64_t open_until = 0;
	size_t n = 0, last = b->span_count[before];

	if (last > 0 && b->spans[before][last - 1].to_us > CLOCK_DAY_US &&
	    is_workday(b, day - 1)) {
		open_until = b->spans[before][last - 1].to_us - CLOCK_DAY_US;
		out[n++] = (struct business_span){ 0, open_until };
	}
	if (!is_workday(b, day))
		return n;
	for (size_t i = 0; i < b->span_count[weekday]; i++) {
		struct business_span span = b->spans[weekday][i];

		if (span.from_us < open_until)
			span.from_us = open_until;
		if (span.to_us > CLOCK_DAY_US)
			span.to_us = CLOCK_DAY_US;
		if (span.from_us < span.to_us)
			out[n++] = span;
	}
	return n;
}

/* A walk over what is open, piece by piece. */
struct walk {
	const struct business *b;
	int64_t limit_us;
	int64_t from_us, to_us; /* the piece */
	int64_t midnight_us;    /* of its day, by its offset */
	struct business_span spans[DAY_SPANS_MAX];
	size_t span_count, next;
};

static void
walk_piece(struct walk *walk, int64_t from_us)
{
	const struct zone *zone = walk->b->zone;
	int64_t offset_us = zone_offset_us(zone, from_us);
	int64_t day = floor_div(from_us + offset_us, CLOCK_DAY_US);

	walk->from_us = from_us;
	walk->midnight_us = day * CLOCK_DAY_US - offset_us;
	walk->to_us = zone_change_us(
	    zone, from_us, walk->midnight_us + CLOCK_DAY_US);
	walk->span_count = day_spans(walk->b, day, walk->spans);
	walk->next = 0;
}

static struct walk
walk_begin(const struct business *b, int64_t from_us)
{
	struct walk walk = { .b = b, .limit_us = from_us + LIMIT_US };

	walk_piece(&walk, from_us);
	return walk;
}

/* The next stretch that is open; false behind the limit. */
static bool
walk_next(struct walk *walk, int64_t *from_us, int64_t *to_us)
{
	while (walk->from_us < walk->limit_us) {
		while (walk->next < walk->span_count) {
			struct business_span span = walk->spans[walk->next++];

			*from_us = walk->midnight_us + span.from_us;
			*to_us = walk->midnight_us + span.to_us;
			if (*from_us < walk->from_us)
				*from_us = walk->from_us;
			if (*to_us > walk->to_us)
				*to_us = walk->to_us;
			if (*from_us < *to_us)
				return true;
		}
		walk_piece(walk, walk->to_us);
	}
	return false;
}

bool
business_is_open(const struct business *b, int64_t at_us)
{
	int64_t open_us;

	return business_next_open(b, at_us, &open_us) == ERR_OK &&
	    open_us == at_us;
}

enum err
business_next_open(const struct business *b, int64_t at_us, int64_t *out)
{
	struct walk walk = walk_begin(b, at_us);
	int64_t to_us;

	return walk_next(&walk, out, &to_us) ? ERR_OK : ERR_LIMIT;
}

static enum err
add_time(const struct business *b, int64_t at_us, int64_t left_us, int64_t *out)
{
	struct walk walk = walk_begin(b, at_us);
	int64_t from_us, to_us;

	while (walk_next(&walk, &from_us, &to_us)) {
		if (left_us <= to_us - from_us) {
			*out = from_us + left_us;
			return ERR_OK;
		}
		left_us -= to_us - from_us;
	}
	return ERR_LIMIT;
}

/* The day to which a moment that is open belongs. */
static int64_t
day_of(const struct business *b, int64_t local_us)
{
	int64_t day = floor_div(local_us, CLOCK_DAY_US);
	int64_t time_us = local_us - day * CLOCK_DAY_US;
	int weekday = date_weekday(day) - 1;

	for (size_t i = 0; is_workday(b, day) && i < b->span_count[weekday];
	     i++)
		if (time_us >= b->spans[weekday][i].from_us &&
		    time_us < b->spans[weekday][i].to_us)
			return day;
	return day - 1;
}

static enum err
add_days(const struct business *b, int64_t at_us, int64_t days, int64_t *out)
{
	int64_t open_us, local_us, day, time_us, limit;
	enum err err = business_next_open(b, at_us, &open_us);

	if (err != ERR_OK)
		return err;
	local_us = open_us + zone_offset_us(b->zone, open_us);
	day = day_of(b, local_us);
	time_us = local_us - day * CLOCK_DAY_US;
	limit = day + LIMIT_US / CLOCK_DAY_US;
	while (days > 0 && day < limit)
		days -= is_workday(b, ++day);
	if (days > 0)
		return ERR_LIMIT;
	return business_next_open(
	    b, zone_local_us(b->zone, day * CLOCK_DAY_US + time_us), out);
}

enum err
business_add(const struct business *b, int64_t at_us,
    const struct duration *duration, int64_t *out)
{
	if (!duration->is_business) {
		*out = at_us + duration->us;
		return ERR_OK;
	}
	return duration->us == 0 ? add_days(b, at_us, duration->days, out) :
				   add_time(b, at_us, duration->us, out);
}

enum err
business_between(
    const struct business *b, int64_t from_us, int64_t to_us, int64_t *out)
{
	int64_t first_us = from_us < to_us ? from_us : to_us;
	int64_t last_us = from_us < to_us ? to_us : from_us;
	int64_t open_us, end_us, sum_us = 0;
	struct walk walk;

	if (last_us - first_us > LIMIT_US)
		return ERR_LIMIT;
	walk = walk_begin(b, first_us);
	walk.limit_us = last_us;
	while (walk_next(&walk, &open_us, &end_us) && open_us < last_us)
		sum_us += (end_us < last_us ? end_us : last_us) - open_us;
	*out = from_us < to_us ? sum_us : -sum_us;
	return ERR_OK;
}
