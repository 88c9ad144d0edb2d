/* core/desk/wish_later.c - wishes whose work comes later: timers, and a job for
 * each of many. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/job.h"
#include "core/desk/wish.h"
#include "core/model/calendar.h"

#define TIMERS_MAX 100 /* pending on a ticket */
#define EACH_MAX 1000  /* items of one desk.each */
#define TIMER_MIN_US CLOCK_MINUTE_US

/* The pending timer of this job on the ticket: a second one replaces it. */
static enum err
drop_timer(struct work *work, const struct touched *ticket, struct bytes job,
    size_t *pending)
{
	struct job_at at = { .number = 0 };
	struct job_run run;
	enum err err;

	*pending = 0;
	while ((err = job_next_timer(work->read.snapshot, ticket->new.id, &at,
		    &run)) == ERR_OK) {
		++*pending;
		if (bytes_equal(record_text(&run.job, JOB_NAME), job)) {
			job_delete(work->change, &run);
			--*pending;
		}
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Whether a filter can be read, before it is kept. */
static enum err
check_filter(struct work *work, const struct json *json)
{
	struct view_reader reader = desk_reader(work->read.directory,
	    work->read.snapshot, &work->actor, work->read.now_us);
	struct filter filter;

	return filter_from_json(
	    json, &reader.filter, false, work->arena, &filter, work->why);
}

/* When a timer is due. In business time that is found out anew then, as its
 * calendar may have changed. */
struct timer_due {
	int64_t at_us;
	int64_t wait_us; /* of business time; else 0 */
	uint64_t calendar;
};

static enum err
set_timer(struct work *work, const struct json *wish, struct touched *own,
    struct timer_due due)
{
	const struct json *item = json_first(json_get(wish, "unless"));
	const struct json *paused = json_get(wish, "paused_when");
	struct buf unless = buf_in(work->arena), data = buf_in(work->arena);
	struct buf pause = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	struct json_writer pause_w = json_writer(&pause);
	struct touched *ticket;
	struct record job;
	struct bytes name;
	size_t pending;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err == ERR_OK)
		err = wish_job(work, wish, "job", &name);
	if (err == ERR_OK && paused != NULL)
		err = check_filter(work, paused);
	if (err == ERR_OK)
		err = drop_timer(work, ticket, name, &pending);
	if (err != ERR_OK)
		return err;
	if (pending >= TIMERS_MAX)
		return work_fail(work, ERR_LIMIT, NULL,
		    N_("This ticket has {n} timers already."), TIMERS_MAX,
		    BYTES_NONE);
	for (; item != NULL; item = json_next(item))
		list_add_text(&unless, json_text(item));
	if (json_get(wish, "data") != NULL)
		json_put_value(&w, json_get(wish, "data"));
	if (paused != NULL)
		json_put_value(&pause_w, paused);
	if (unless.failed || data.failed || pause.failed)
		return ERR_NOMEM;
	if (due.at_us < work->read.now_us + TIMER_MIN_US)
		due.at_us = work->read.now_us + TIMER_MIN_US;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_TIMER);
	record_set_text(&job, JOB_NAME, name);
	record_set_int(&job, JOB_TICKET, (int64_t)ticket->new.id);
	record_set_int(&job, JOB_DUE, due.at_us);
	record_set_text(&job, JOB_UNLESS, buf_get(&unless));
	record_set_text(&job, JOB_DATA, buf_get(&data));
	record_set_text(&job, JOB_PAUSED_WHEN, buf_get(&pause));
	if (paused != NULL && due.calendar == 0)
		due.wait_us = due.at_us - work->read.now_us;
	record_set_int(&job, JOB_WAIT_US, due.wait_us);
	record_set_int(&job, JOB_CALENDAR, (int64_t)due.calendar);
	record_set_text(&job, JOB_CHAIN, BYTES("[]")); /* a new chain */
	return work_add_job(work, &job);
}

/* The calendar that the wish names, else that of the ticket's queue. */
static enum err
read_calendar(struct work *work, const struct json *wish, struct touched *own,
    struct business *out, uint64_t *id)
{
	const struct directory *directory = work->read.directory;
	struct bytes key = json_text(json_get(wish, "calendar"));
	const struct record *calendar;
	struct touched *ticket;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	calendar = key.len > 0 ?
	    directory_find_key(directory, KIND_CALENDAR, key) :
	    calendar_of(directory, record_ref(&ticket->new, TICKET_QUEUE));
	if (calendar == NULL)
		return work_fail(work, ERR_INVALID, NULL,
		    N_("Business time needs a calendar, and there is none."), 0,
		    key);
	*id = calendar->id;
	return calendar_read(calendar, directory, work->arena, out, work->why);
}

enum err
wish_after(struct work *work, const struct json *wish, struct touched *own)
{
	int64_t now_us = work->read.now_us;
	struct timer_due due = { .calendar = 0 };
	struct business business;
	struct duration after;
	enum err err = duration_read(
	    json_text(json_get(wish, "duration")), &after);

	if (err != ERR_OK)
		return wish_wrong(
		    work, wish, N_("\"{name}\" needs a duration."));
	due.at_us = now_us + after.us;
	if (!after.is_business)
		return set_timer(work, wish, own, due);
	err = read_calendar(work, wish, own, &business, &due.calendar);
	if (err == ERR_OK)
		err = business_add(&business, now_us, &after, &due.at_us);
	if (err == ERR_OK)
		err = business_between(
		    &business, now_us, due.at_us, &due.wait_us);
	if (err == ERR_LIMIT)
		return work_fail(work, err, NULL,
		    N_("That is over {n} years away."), BUSINESS_YEARS_MAX,
		    BYTES_NONE);
	return err == ERR_OK ? set_timer(work, wish, own, due) : err;
}

enum err
wish_at(struct work *work, const struct json *wish, struct touched *own)
{
	int64_t time = 0;

	if (!json_int(json_get(wish, "time"), &time) || time < 0 ||
	    time > INT64_C(1) << 40)
		return wish_wrong(work, wish, N_("\"{name}\" needs a time."));
	return set_timer(
	    work, wish, own, (struct timer_due){ .at_us = time * 1000000 });
}

enum err
wish_cancel(struct work *work, const struct json *wish, struct touched *own)
{
	struct touched *ticket;
	size_t pending;
	enum err err = wish_ticket(work, wish, own, &ticket);

	if (err != ERR_OK)
		return err;
	return drop_timer(
	    work, ticket, json_text(json_get(wish, "job")), &pending);
}

/* --- desk.each --- */

/* The id of an item: a number, or the key of a small kind. */
static int64_t
item_id(struct work *work, const struct json *item)
{
	const struct kind *kind = kind_named(json_text(json_get(item, "kind")));
	const struct json *id = json_get(item, "id");
	const struct record *record = NULL;
	int64_t n = 0;

	if (kind != NULL && json_type(id) == JSON_TEXT)
		record = directory_find_key(
		    work->read.directory, kind->id, json_text(id));
	if (record != NULL)
		return (int64_t)record->id;
	(void)json_int(id, &n);
	return n;
}

/* One job for one item of desk.each. */
static enum err
add_each(
    struct work *work, const struct json *wish, struct bytes kind, int64_t id)
{
	struct buf data = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	const struct kind *of = kind_named(kind);
	struct record job;
	struct bytes name;
	enum err err = wish_job(work, wish, "job", &name);

	if (err != ERR_OK)
		return err;
	if (of == NULL || id <= 0)
		return wish_wrong(
		    work, wish, N_("\"{name}\" has a wrong item."));
	if (json_get(wish, "data") != NULL)
		json_put_value(&w, json_get(wish, "data"));
	if (data.failed)
		return ERR_NOMEM;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_EACH);
	record_set_text(&job, JOB_NAME, name);
	record_set_text(&job, JOB_DATA, buf_get(&data));
	if (of->id == KIND_TICKET)
		record_set_int(&job, JOB_TICKET, id);
	else
		record_set_int(&job, JOB_SUBJECT, id);
	record_set_text(&job, JOB_SUBJECT_KIND, kind);
	return work_add_job(work, &job);
}

enum err
wish_each(struct work *work, const struct json *wish, struct touched *own)
{
	const struct json *item = json_first(json_get(wish, "items"));
	struct view_reader reader = desk_reader(work->read.directory,
	    work->read.snapshot, &work->actor, work->read.now_us);
	struct view_page page;
	struct filter filter;
	size_t count = 0;
	enum err err = ERR_OK;

	for (; err == ERR_OK && item != NULL; item = json_next(item)) {
		if (++count > EACH_MAX)
			return work_fail(work, ERR_LIMIT, NULL,
			    N_("desk.each takes {n} items at most."), EACH_MAX,
			    BYTES_NONE);
		err = add_each(work, wish, json_text(json_get(item, "kind")),
		    item_id(work, item));
	}
	if (err != ERR_OK || json_get(wish, "filter") == NULL)
		return err;
	err = filter_from_json(json_get(wish, "filter"), &reader.filter, false,
	    work->arena, &filter, work->why);
	if (err == ERR_OK)
		err = view_list(
		    &reader, &filter, BYTES_NONE, EACH_MAX, work->arena, &page);
	for (size_t i = 0; err == ERR_OK && i < page.count; i++)
		err = add_each(
		    work, wish, BYTES("ticket"), (int64_t)page.tickets[i].id);
	return err;
}
