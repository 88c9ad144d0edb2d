/* core/base/duration.c - durations as scripts and filters write them. */
#include "config.h"
#include "core/base/duration.h"
#include "core/base/clock.h"

#define NUMBER_MAX 100000

static const struct {
	const char *unit;
	struct duration one;
} units[] = {
	{ "s", { false, CLOCK_SECOND_US, 0 } },
	{ "m", { false, CLOCK_MINUTE_US, 0 } },
	{ "h", { false, CLOCK_HOUR_US, 0 } },
	{ "d", { false, CLOCK_DAY_US, 0 } },
	{ "w", { false, 7 * CLOCK_DAY_US, 0 } },
	{ "bm", { true, CLOCK_MINUTE_US, 0 } },
	{ "bh", { true, CLOCK_HOUR_US, 0 } },
	{ "bd", { true, 0, 1 } },
};

enum err
duration_read(struct bytes text, struct duration *out)
{
	struct bytes number = text, unit;
	int64_t n;

	while (number.len > 0 && number.at[number.len - 1] >= 'a')
		number.len--;
	unit = (struct bytes){ text.at + number.len, text.len - number.len };
	if (bytes_to_int(number, &n) != ERR_OK || n < 0 || n > NUMBER_MAX)
		return ERR_INVALID;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (bytes_is(unit, units[i].unit)) {
			*out = units[i].one;
			out->us *= n;
			out->days *= n;
			return ERR_OK;
		}
	return ERR_INVALID;
}
