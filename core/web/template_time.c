/* core/web/template_time.c - times as templates show them, fast.
 *
 * ICU writes a date in a microsecond, which is a third of what a list of 50
 * may cost. But there are few days and few minutes of a day: each thread keeps
 * what ICU wrote for them. "2 March 2026 at 09:00" is kept by its day, with
 * the place of the time in it.
 */
#include "config.h"
#include "core/web/template_private.h"

#include "core/base/clock.h"
#include "core/base/text_format.h"
#include "core/base/thread_memory.h"
#include "core/base/zone.h"
#include "core/web/translate.h"

#include <stdlib.h>

#define DAYS 256     /* kept by a thread; a power of 2 */
#define MINUTES 1024 /* likewise */
#define TEXT_MAX 60
#define RELATIVE_DAYS 9 /* further off, TEXT_DATE_RELATIVE is the day */

struct kept {
	uint32_t key; /* 0: free */
	uint8_t len;
	uint8_t time_at, time_len; /* of a long date: the time in it */
	char text[TEXT_MAX];
};

struct times {
	struct kept days[DAYS];
	struct kept minutes[MINUTES];
};

static struct times *
get_times(void)
{
	return thread_memory_get(THREAD_TIMES, sizeof(struct times));
}

static const struct zone *
zone_of(const struct view *view)
{
	return view->zone != NULL ? view->zone : zone_utc();
}

static char *
add_digits(char *at, int n, int digits)
{
	for (int i = digits; i-- > 0; n /= 10)
		at[i] = (char)('0' + n % 10);
	return at + digits;
}

/* <us> in the view's zone: a row says the same time in several ways. */
static const struct zone_time *
local_of(struct view *view, int64_t us)
{
	if (view->local_us != us) {
		zone_from_us(zone_of(view), us, &view->local);
		view->local_us = us;
	}
	return &view->local;
}

/* RFC 3339, to the second; printf would take three times as long. */
static void
add_iso(struct buf *out, struct view *view, int64_t us)
{
	char text[24], *at = text;
	struct zone_time other;
	const struct zone_time *t = local_of(view, us);

	if (t->offset_s != 0) {
		zone_from_us(zone_utc(), us, &other);
		t = &other;
	}
	at = add_digits(at, t->year, 4);
	*at++ = '-';
	at = add_digits(at, t->month, 2);
	*at++ = '-';
	at = add_digits(at, t->day, 2);
	*at++ = 'T';
	at = add_digits(at, t->hour, 2);
	*at++ = ':';
	at = add_digits(at, t->minute, 2);
	*at++ = ':';
	at = add_digits(at, t->second, 2);
	*at++ = 'Z';
	buf_add(out, text, (size_t)(at - text));
}

static const char *
code_of(const struct view *view)
{
	return languages[view->lang < LANG__COUNT ? view->lang : LANG_EN].code;
}

/* What ICU writes for <t> in its zone, into <kept> under <key>; false when it
 * is too long to keep. */
static bool
keep(struct kept *kept, uint32_t key, const struct view *view,
    const struct zone *zone, enum text_date_style style,
    const struct zone_time *t)
{
	struct buf text = BUF_INIT;
	int64_t us;
	bool is_kept = false;

	kept->key = 0;
	if (zone_to_us(zone, t, &us) == ERR_OK)
		text_date(&text, code_of(view), zone, style, us, us);
	if (!text.failed && text.len > 0 && text.len <= TEXT_MAX) {
		memcpy(kept->text, text.at, text.len);
		kept->len = (uint8_t)text.len;
		kept->key = key;
		is_kept = true;
	}
	buf_release(&text);
	return is_kept;
}

static const struct kept *
minute_of(struct view *view, int hour, int minute)
{
	/* A day without a change of clocks, so that each minute is there. */
	struct zone_time t = { .year = 2026,
		.month = 1,
		.day = 15,
		.hour = hour,
		.minute = minute };
	uint32_t at = (uint32_t)(hour * 60 + minute);
	uint32_t key = (view->lang + 1) << 16 | at;
	struct times *times = get_times();
	struct kept *kept;

	if (times == NULL)
		return NULL;
	kept = &times->minutes[(at + view->lang * 331) % MINUTES];
	if (kept->key != key &&
	    !keep(kept, key, view, zone_utc(), TEXT_DATE_TIME, &t))
		return NULL;
	return kept;
}

/* The day of <t>; a long one was written for 13:47, and says where. */
static const struct kept *
day_of(struct view *view, const struct zone_time *t, bool is_long)
{
	struct zone_time at = { .year = t->year,
		.month = t->month,
		.day = t->day,
		.hour = 13,
		.minute = 47 };
	uint32_t day = (uint32_t)((t->year * 12 + t->month) * 32 + t->day);
	uint32_t key = day * 32 + view->lang * 2 + is_long + 1;
	const struct kept *time = is_long ? minute_of(view, 13, 47) : NULL;
	struct times *times = get_times();
	struct kept *kept;
	const char *found;

	if (times == NULL)
		return NULL;
	kept = &times->days[(day + (view->lang * 2 + is_long) * 61) % DAYS];
	if (kept->key == key)
		return kept;
	if ((is_long && time == NULL) ||
	    !keep(kept, key, view, zone_utc(),
		is_long ? TEXT_DATE_LONG : TEXT_DATE_DAY, &at))
		return NULL;
	if (!is_long)
		return kept;
	found = memmem(kept->text, kept->len, time->text, time->len);
	if (found == NULL) {
		kept->key = 0;
		return NULL;
	}
	kept->time_at = (uint8_t)(found - kept->text);
	kept->time_len = time->len;
	return kept;
}

static bool
add_kept(struct buf *out, const struct kept *kept)
{
	if (kept != NULL)
		buf_add(out, kept->text, kept->len);
	return kept != NULL;
}

static bool
add_long(struct buf *out, struct view *view, const struct zone_time *t)
{
	const struct kept *day = day_of(view, t, true);
	const struct kept *time = minute_of(view, t->hour, t->minute);
	size_t after;

	if (day == NULL || time == NULL)
		return false;
	after = (size_t)day->time_at + day->time_len;
	buf_add(out, day->text, day->time_at);
	buf_add(out, time->text, time->len);
	buf_add(out, day->text + after, day->len - after);
	return true;
}

void
view_add_time(
    struct buf *out, struct view *view, int64_t us, enum time_name how)
{
	const struct zone *zone = zone_of(view);
	enum text_date_style style = TEXT_DATE_DAY;
	const struct zone_time *t;
	bool is_added = false;

	if (us == 0)
		return;
	if (how == TIME_ISO) {
		add_iso(out, view, us);
		return;
	}
	if (how == TIME_RELATIVE &&
	    llabs(us - view->now_us) < RELATIVE_DAYS * CLOCK_DAY_US) {
		text_date(out, code_of(view), zone, TEXT_DATE_RELATIVE, us,
		    view->now_us);
		return;
	}
	t = local_of(view, us);
	if (view->midnight_us == 0)
		view->midnight_us = zone_day_us(zone, view->now_us, 0);
	if (how == TIME_LONG) {
		style = TEXT_DATE_LONG;
		is_added = add_long(out, view, t);
	} else if (how == TIME_SHORT && us >= view->midnight_us &&
	    us <= view->now_us) {
		style = TEXT_DATE_TIME;
		is_added = add_kept(out, minute_of(view, t->hour, t->minute));
	} else {
		is_added = add_kept(out, day_of(view, t, false));
	}
	if (!is_added)
		text_date(out, code_of(view), zone, style, us, view->now_us);
}
