/* core/base/cron.c - reads the five fields of a crontab line. */
#include "config.h"
#include "core/base/cron.h"
#include "core/base/date.h"

#include <stdio.h>
#include <strings.h>

#define FIELD_SHOWN 40 /* bytes of a field in a fault */

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekdays[] = { "sun", "mon", "tue", "wed", "thu",
	"fri", "sat", NULL };

static const struct part {
	const char *name;
	int min, max;
	const char *const *words; /* of <min> and on; ends with NULL */
} parts[] = {
	{ "minute", 0, 59, NULL },
	{ "hour", 0, 23, NULL },
	{ "day of the month", 1, 31, NULL },
	{ "month", 1, 12, months },
	{ "day of the week", 0, 7, weekdays },
};
#define PARTS (sizeof parts / sizeof *parts)

/* A number, or a word in its place. */
static bool
read_value(const struct part *part, struct bytes text, int *out)
{
	int64_t n;

	for (int i = 0; part->words != NULL && part->words[i] != NULL; i++)
		if (text.len == 3 &&
		    strncasecmp(text.at, part->words[i], 3) == 0) {
			*out = part->min + i;
			return true;
		}
	if (bytes_to_int(text, &n) != ERR_OK || n < part->min || n > part->max)
		return false;
	*out = (int)n;
	return true;
}

/* "*", "5", "1-5", any of them with "/2". */
static bool
read_range(const struct part *part, struct bytes text, uint64_t *bits)
{
	struct bytes step = text, last, first;
	int from = part->min, to = part->max;
	int64_t by = 1;

	last = bytes_split(&step, '/');
	if (step.at != NULL &&
	    (bytes_to_int(step, &by) != ERR_OK || by < 1 || by > part->max))
		return false;
	if (!bytes_is(last, "*")) {
		first = bytes_split(&last, '-');
		if (!read_value(part, first, &from))
			return false;
		if (last.at != NULL) {
			if (!read_value(part, last, &to) || to < from)
				return false;
		} else if (step.at == NULL) {
			to = from;
		}
	}
	for (int i = from; i <= to; i += (int)by)
		*bits |= UINT64_C(1) << i;
	return true;
}

static enum err
read_part(const struct part *part, struct bytes text, uint64_t *bits,
    char fault[CRON_FAULT_SIZE])
{
	struct bytes rest = text;

	*bits = 0;
	do {
		struct bytes item = bytes_split(&rest, ',');

		if (read_range(part, item, bits))
			continue;
		if (item.len > FIELD_SHOWN)
			item.len = FIELD_SHOWN;
		snprintf(fault, CRON_FAULT_SIZE,
		    "the %s is %d to %d, *, a range or a step, not \"%.*s\"",
		    part->name, part->min, part->max, BYTES_ARG(item));
		return ERR_INVALID;
	} while (rest.at != NULL);
	return ERR_OK;
}

/* One of the months has one of the days, in a leap year at least. */
static bool
is_ever(const struct cron *cron)
{
	if (cron->has_weekdays)
		return true;
	for (int month = 1; month <= 12; month++)
		for (int day = 1; day <= date_month_days(2000, month); day++)
			if (cron->months >> month & cron->days >> day & 1)
				return true;
	return false;
}

enum err
cron_parse(struct bytes text, struct cron *out, char fault[CRON_FAULT_SIZE])
{
	struct cron cron = { 0 };
	uint64_t *bits[PARTS] = { &cron.minutes, &cron.hours, &cron.days,
		&cron.months, &cron.weekdays };
	struct bytes rest = bytes_trim(text), given[PARTS];
	size_t count = 0;

	for (; rest.len > 0; rest = bytes_trim(rest), count++) {
		struct bytes one = bytes_split(&rest, ' ');

		if (count < PARTS)
			given[count] = one;
	}
	if (count != PARTS) {
		snprintf(fault, CRON_FAULT_SIZE,
		    "5 fields are wanted (minute, hour, day of the month, "
		    "month, day of the week), not %zu",
		    count);
		return ERR_INVALID;
	}
	for (size_t i = 0; i < PARTS; i++) {
		enum err err = read_part(&parts[i], given[i], bits[i], fault);

		if (err != ERR_OK)
			return err;
	}
	cron.has_days = given[2].at[0] != '*';
	cron.has_weekdays = given[4].at[0] != '*';
	cron.weekdays |= cron.weekdays >> 7 & 1; /* 7 is Sunday, too */
	if (!is_ever(&cron)) {
		snprintf(fault, CRON_FAULT_SIZE,
		    "no such month has such a day: it never comes");
		return ERR_INVALID;
	}
	*out = cron;
	return ERR_OK;
}
