/* core/desk/query_calendar.c - answers to a script's questions about business
 * time. */
#include "config.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/desk/query.h"
#include "core/model/calendar.h"

#define TIME_MAX_S (INT64_C(1) << 40)

/* The calendar of a queue, or the one of this key, or the site's. */
enum err
query_calendar(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	const struct directory *directory = query->read->directory;
	struct bytes key = json_text(json_get(with, "key"));
	const struct record *queue = directory_find_key(
	    directory, KIND_QUEUE, key);
	const struct record *found = key.len == 0 || queue != NULL ?
	    calendar_of(directory, queue != NULL ? queue->id : 0) :
	    directory_find_key(directory, KIND_CALENDAR, key);

	return query_record(
	    query, w, found != NULL ? ERR_OK : ERR_NOT_FOUND, found);
}

/* The times that a question has, in microseconds. */
static enum err
read_time(
    const struct json *with, const char *name, int64_t *us, struct why *why)
{
	int64_t seconds = 0;

	if (!json_int(json_get(with, name), &seconds) || seconds > TIME_MAX_S ||
	    seconds < -TIME_MAX_S)
		return why_set(why, ERR_INVALID, NULL,
		    N_("\"{name}\" needs a time."), 0, name);
	*us = seconds * CLOCK_SECOND_US;
	return ERR_OK;
}

static enum err
begin(struct query *query, const struct json *with, struct business *calendar,
    int64_t *at_us, struct why *why)
{
	const struct record *record = directory_find_key(query->read->directory,
	    KIND_CALENDAR, json_text(json_get(with, "calendar")));
	enum err err = read_time(with, "at", at_us, why);

	if (err != ERR_OK)
		return err;
	if (record == NULL)
		return why_set(why, ERR_NOT_FOUND, NULL,
		    N_("This calendar is gone."), 0, NULL);
	return calendar_read(
	    record, query->read->directory, query->arena, calendar, why);
}

/* Answer with a time or a length, in seconds. */
static enum err
end(enum err err, int64_t us, struct json_writer *w, struct why *why)
{
	if (err == ERR_LIMIT)
		return why_set(why, err, NULL,
		    N_("That is over {n} years away."), BUSINESS_YEARS_MAX,
		    NULL);
	if (err == ERR_OK)
		json_put_int(w, us / CLOCK_SECOND_US);
	return err;
}

enum err
query_is_open(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct business calendar;
	int64_t at_us;
	enum err err = begin(query, with, &calendar, &at_us, why);

	if (err == ERR_OK)
		json_put_bool(w, business_is_open(&calendar, at_us));
	return err;
}

enum err
query_next_open(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct business calendar;
	int64_t at_us, open_us = 0;
	enum err err = begin(query, with, &calendar, &at_us, why);

	if (err == ERR_OK)
		err = business_next_open(&calendar, at_us, &open_us);
	return end(err, open_us, w, why);
}

enum err
query_add(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct duration duration = { false, 0, 0 };
	struct business calendar;
	int64_t at_us, due_us = 0;
	enum err err = begin(query, with, &calendar, &at_us, why);

	if (err == ERR_OK)
		err = duration_read(
		    json_text(json_get(with, "duration")), &duration);
	if (err == ERR_OK)
		err = business_add(&calendar, at_us, &duration, &due_us);
	return end(err, due_us, w, why);
}

enum err
query_between(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct business calendar;
	int64_t at_us, to_us, open_us = 0;
	enum err err = begin(query, with, &calendar, &at_us, why);

	if (err == ERR_OK)
		err = read_time(with, "to", &to_us, why);
	if (err == ERR_OK)
		err = business_between(&calendar, at_us, to_us, &open_us);
	return end(err, open_us, w, why);
}
