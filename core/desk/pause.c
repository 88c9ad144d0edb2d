/* core/desk/pause.c - timers that rest: how long a ticket was in some state,
 * and how much business time passed.
 *
 * The ticket is taken back change by change, from now to then; each stretch
 * between two changes counts if the filter holds for what the ticket was.
 */
#include "config.h"
#include "core/desk/pause.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/calendar.h"
#include "core/model/ticket.h"
#include "core/model/value.h"

struct past {
	const struct site_read *read;
	struct arena *arena;
	struct filter_reader reader;
	struct filter filter;
	const struct business *calendar; /* NULL: by the clock */
	struct record ticket;            /* as it was */
	int64_t end_us;                  /* of the stretch that is looked at */
	int64_t paused_us;
};

/* The changes of a timeline since a time, the oldest first. */
struct change_at {
	int64_t at_us;
	struct bytes changes;
	struct change_at *before;
};

static enum err
read_changes(const struct site_read *read, uint64_t ticket, int64_t since_us,
    struct arena *arena, struct change_at **last)
{
	uint64_t sequence = 0;
	struct record entry;
	enum err err;

	*last = NULL;
	while ((err = timeline_next(
		    read->snapshot, ticket, &sequence, &entry)) == ERR_OK) {
		struct change_at *one;

		if (record_int(&entry, ENTRY_AT) <= since_us ||
		    !record_has(&entry, ENTRY_CHANGES))
			continue;
		one = arena_new(arena, struct change_at);
		if (one == NULL)
			return ERR_NOMEM;
		one->at_us = record_int(&entry, ENTRY_AT);
		one->changes = record_text(&entry, ENTRY_CHANGES);
		one->before = *last;
		*last = one;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* How long it is between the two, as the timer counts. */
static enum err
length(const struct past *past, int64_t from_us, int64_t to_us, int64_t *out)
{
	if (past->calendar != NULL)
		return business_between(past->calendar, from_us, to_us, out);
	*out = to_us - from_us;
	return ERR_OK;
}

/* The stretch from <from_us> to the one that was looked at last. */
static enum err
count(struct past *past, int64_t from_us)
{
	struct filter_subject subject = { .ticket = &past->ticket,
		.snapshot = past->read->snapshot,
		.reader = &past->reader };
	int64_t stretch_us = 0;
	enum err err = ERR_OK;

	if (from_us < past->end_us && filter_matches(&past->filter, &subject))
		err = length(past, from_us, past->end_us, &stretch_us);
	past->paused_us += stretch_us;
	past->end_us = from_us;
	return err;
}

/* {"status": ["open", "closed"]}: it was open before. What is no field any
 * more, or no value, is left as it is. */
static enum err
take_back(struct past *past, struct bytes changes)
{
	const struct json *json = NULL;
	enum err err = json_parse(
	    past->arena, changes, JSON_BYTES_MAX, &json, NULL);

	for (const struct json *i = json_first(json);
	     err == ERR_OK && i != NULL; i = json_next(i)) {
		int slot = kind_slot(
		    kind_get(KIND_TICKET), bytes_of(json_name(i)));

		if (slot < 0)
			continue;
		err = value_from_json(&past->ticket, slot, json_first(i),
		    past->read->directory, past->arena, NULL);
		if (err == ERR_INVALID)
			err = ERR_OK;
	}
	return err;
}

/* For how long since <since_us> the ticket was as <filter> says. */
static enum err
paused_length(struct past *past, struct bytes filter, int64_t since_us)
{
	const struct json *json = NULL;
	struct change_at *last = NULL;
	enum err err = json_parse(
	    past->arena, filter, JSON_BYTES_MAX, &json, NULL);

	if (err == ERR_OK)
		err = filter_from_json(json, &past->reader, false, past->arena,
		    &past->filter, NULL);
	if (err == ERR_OK)
		err = read_changes(
		    past->read, past->ticket.id, since_us, past->arena, &last);
	for (; err == ERR_OK && last != NULL; last = last->before) {
		err = count(past, last->at_us);
		if (err == ERR_OK)
			err = take_back(past, last->changes);
	}
	return err == ERR_OK ? count(past, since_us) : err;
}

/* The calendar of a timer in business time; NULL for others. */
static enum err
find_calendar(const struct site_read *read, const struct record *job,
    const struct record *ticket, struct arena *arena, struct business *storage,
    const struct business **out)
{
	const struct record *found = directory_find(
	    read->directory, KIND_CALENDAR, record_ref(job, JOB_CALENDAR));

	*out = NULL;
	if (!record_has(job, JOB_CALENDAR))
		return ERR_OK;
	if (found == NULL)
		found = calendar_of(read->directory,
		    ticket != NULL ? record_ref(ticket, TICKET_QUEUE) : 0);
	if (found == NULL)
		return ERR_OK;
	*out = storage;
	return calendar_read(found, read->directory, arena, storage, NULL);
}

enum err
pause_left(const struct site_read *read, const struct record *job,
    const struct record *ticket, struct arena *arena, int64_t *again_us)
{
	struct past past = { .read = read,
		.arena = arena,
		.reader = { .directory = read->directory,
		    .snapshot = read->snapshot,
		    .now_us = read->now_us },
		.end_us = read->now_us };
	int64_t since_us = record_int(job, JOB_SET_AT), passed_us = 0;
	struct duration left = { .us = record_int(job, JOB_WAIT_US) };
	struct business calendar;
	enum err err = ERR_OK;

	*again_us = 0;
	if (left.us == 0)
		return ERR_OK;
	err = find_calendar(
	    read, job, ticket, arena, &calendar, &past.calendar);
	if (err == ERR_OK && record_has(job, JOB_PAUSED_WHEN) &&
	    ticket != NULL) {
		past.ticket = *ticket;
		err = paused_length(
		    &past, record_text(job, JOB_PAUSED_WHEN), since_us);
	}
	if (err == ERR_OK)
		err = length(&past, since_us, read->now_us, &passed_us);
	left.us += past.paused_us - passed_us;
	if (err != ERR_OK || left.us <= 0)
		return err;
	*again_us = read->now_us + left.us;
	left.is_business = true;
	if (past.calendar != NULL)
		err = business_add(
		    past.calendar, read->now_us, &left, again_us);
	return err == ERR_LIMIT ? ERR_OK : err;
}
