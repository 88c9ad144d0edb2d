/* core/model/calendar.c - calendars as records, and which one holds. */
#include "config.h"
#include "core/model/calendar.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"
#include "core/model/setting.h"

#include <stdio.h>

const struct record *
calendar_of(const struct directory *directory, uint64_t queue)
{
	const struct record *found = directory_find(
	    directory, KIND_QUEUE, queue);
	const struct record *const *all;
	size_t count;

	if (found != NULL)
		found = directory_find(directory, KIND_CALENDAR,
		    record_ref(found, QUEUE_CALENDAR));
	all = directory_all(directory, KIND_CALENDAR, &count);
	for (size_t i = 0; found == NULL && i < count; i++)
		if (record_int(all[i], CALENDAR_IS_DEFAULT))
			found = all[i];
	return found == NULL && count > 0 ? all[0] : found;
}

static enum err
wrong(const struct record *record, int slot, const char *message,
    struct bytes given, struct why *why)
{
	char name[80];
	struct bytes cut = utf8_cut(given, sizeof name - 1);

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(cut));
	return why_set(why, ERR_INVALID, record->kind->fields[slot].name,
	    message, BUSINESS_SPANS_MAX, name);
}

static enum err
read_zone(const struct record *record, const struct directory *directory,
    const struct zone **out, struct why *why)
{
	struct bytes text = record_text(record, CALENDAR_ZONE);
	char name[ZONE_NAME_MAX + 1];

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(text));
	*out = text.len > 0 ? zone_get(name) : setting_zone(directory);
	if (*out != NULL)
		return ERR_OK;
	return wrong(record, CALENDAR_ZONE,
	    N_("There is no time zone \"{name}\". Write it as Europe/Berlin."),
	    text, why);
}

static enum err
read_day(const struct record *record, int weekday, struct business *out,
    struct why *why)
{
	int slot = CALENDAR_MONDAY + weekday - 1;
	struct bytes rest = record_text(record, slot), item;
	enum err err;

	while (list_next_text(&rest, &item)) {
		err = business_add_span(out, weekday, item);
		if (err == ERR_INVALID)
			return wrong(record, slot,
			    N_("\"{name}\" are no hours: write 09:00-17:00."),
			    item, why);
		if (err == ERR_EXISTS)
			return wrong(record, slot,
			    N_("\"{name}\" overlaps other hours of that day."),
			    item, why);
		if (err != ERR_OK)
			return wrong(record, slot,
			    N_("These are too many: at most {n}."), item, why);
	}
	return ERR_OK;
}

static enum err
read_holidays(
    const struct record *record, struct business *out, struct why *why)
{
	struct bytes rest = record_text(record, CALENDAR_HOLIDAYS), item;

	while (list_next_text(&rest, &item))
		if (business_add_holiday(out, item) != ERR_OK)
			return wrong(record, CALENDAR_HOLIDAYS,
			    N_("\"{name}\" is no holiday: write 2026-12-24 "
			       "Christmas Eve, or 12-25 Christmas Day for one "
			       "of every year."),
			    item, why);
	return ERR_OK;
}

enum err
calendar_read(const struct record *record, const struct directory *directory,
    struct arena *arena, struct business *out, struct why *why)
{
	size_t holidays = list_count(&record->kind->fields[CALENDAR_HOLIDAYS],
	    record_text(record, CALENDAR_HOLIDAYS));
	int64_t *dated = arena_array(arena, int64_t, holidays + 1);
	const struct zone *zone = NULL;
	enum err err;

	if (dated == NULL)
		return ERR_NOMEM;
	err = read_zone(record, directory, &zone, why);
	business_begin(out, zone, dated);
	for (int weekday = 1; err == ERR_OK && weekday <= 7; weekday++)
		err = read_day(record, weekday, out, why);
	if (err == ERR_OK)
		err = read_holidays(record, out, why);
	if (err == ERR_OK)
		business_finish(out);
	return err;
}

enum err
calendar_check(const struct record *record, const struct directory *directory,
    struct arena *arena, int64_t now_us, struct why *why)
{
	struct business business;
	int64_t open_us;
	enum err err = calendar_read(record, directory, arena, &business, why);

	if (err == ERR_OK &&
	    business_next_open(&business, now_us, &open_us) != ERR_OK)
		return wrong(record, CALENDAR_MONDAY,
		    N_("This calendar is never open: give a day its hours."),
		    BYTES_NONE, why);
	return err;
}
