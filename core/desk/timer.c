/* core/desk/timer.c - when the timers of scripts are due: desk.every, desk.cron.
 *
 * What ran last is kept as a value, "!every/FILE/NAME", written by the same
 * commit as the run's effects: after a crash a run is either there with its
 * mark or never was. It is the time of the last run, a number; for desk.cron
 * { "due", "cron", "zone" }, the last due time that was seen to, and by which
 * schedule.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/zone.h"
#include "core/desk/run.h"
#include "core/desk/site_private.h"
#include "core/model/setting.h"

/* A run that begins later than so was missed. It is also how far back a
 * schedule that was changed looks. */
#define LATE_US (5 * CLOCK_MINUTE_US)

/* The mark of a timer's last run; NULL if there is none. */
static enum err
read_mark(struct site_read *read, struct arena *arena,
    const struct script_handler *timer, const struct json **out)
{
	struct buf name = buf_in(arena);
	struct record value;
	enum err err;

	*out = NULL;
	buf_text(&name, "!every/");
	buf_bytes(&name, timer->full);
	if (name.failed)
		return ERR_NOMEM;
	err = record_find_by(read->snapshot, KIND_VALUE, INDEX_VALUE_NAME,
	    buf_get(&name), &value);
	if (err == ERR_OK)
		err = json_parse(arena, record_text(&value, VALUE_VALUE),
		    JSON_BYTES_MAX, out, NULL);
	return err == ERR_NOT_FOUND || err == ERR_INVALID ? ERR_OK : err;
}

/* When the timer's script was taken: from then on it counts. */
static int64_t
loaded_us(const struct site_read *read, const struct script_handler *timer)
{
	const struct record *script = directory_find_key(
	    read->directory, KIND_SCRIPT, timer->file);

	return script != NULL ? record_int(script, SCRIPT_LOADED_AT) :
				read->now_us;
}

/* Its own time zone, or the site's. */
static const struct zone *
zone_of(const struct site_read *read, const struct script_handler *timer)
{
	return timer->zone != NULL ? timer->zone :
				     setting_zone(read->directory);
}

/* Where to look for due times from: behind the last one that was seen to. What
 * was due before is missed if the timer does not want it, or if it was not yet
 * its time. */
static int64_t
cron_from(const struct site_read *read, const struct script_handler *timer,
    const struct zone *zone, const struct json *mark)
{
	int64_t from_us = 0, late_us = read->now_us - LATE_US;
	bool is_same = bytes_equal(json_text(json_get(mark, "cron")),
			   timer->cron_text) &&
	    bytes_is(json_text(json_get(mark, "zone")), zone_name(zone));

	if (!json_int(json_get(mark, "due"), &from_us)) {
		from_us = loaded_us(read, timer);
		is_same = true;
	}
	if ((timer->skips_missed || !is_same) && from_us < late_us)
		return late_us;
	return from_us;
}

/* The last due time up to now behind *<due_us>, which is one: what was missed
 * runs once. Looks at the last hour first, for there may be years in
 * between. */
static enum err
take_last(const struct site_read *read, const struct cron *cron,
    const struct zone *zone, int64_t *due_us)
{
	static const int64_t spans_us[] = { CLOCK_HOUR_US, CLOCK_DAY_US,
		32 * CLOCK_DAY_US, 366 * CLOCK_DAY_US };
	int64_t next_us = *due_us;
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof spans_us / sizeof *spans_us; i++) {
		int64_t from_us = read->now_us - spans_us[i];

		if (from_us <= *due_us ||
		    cron_next(cron, zone, from_us, &next_us) != ERR_OK ||
		    next_us > read->now_us)
			continue;
		*due_us = next_us;
		break;
	}
	while (err == ERR_OK && next_us <= read->now_us) {
		*due_us = next_us;
		err = cron_next(cron, zone, *due_us, &next_us);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
cron_due(struct site_read *read, const struct script_handler *timer,
    const struct json *mark, int64_t *due_us)
{
	const struct zone *zone = zone_of(read, timer);
	enum err err = cron_next(
	    &timer->cron, zone, cron_from(read, timer, zone, mark), due_us);

	if (err == ERR_NOT_FOUND) { /* none in the next years */
		*due_us = INT64_MAX;
		return ERR_OK;
	}
	return err == ERR_OK && *due_us <= read->now_us ?
	    take_last(read, &timer->cron, zone, due_us) :
	    err;
}

enum err
timer_due(struct site_read *read, struct arena *arena,
    const struct script_handler *timer, int64_t *due_us)
{
	const struct json *mark = NULL;
	int64_t last_us;
	enum err err = read_mark(read, arena, timer, &mark);

	if (err != ERR_OK)
		return err;
	if (timer->cron_text.len > 0)
		return cron_due(read, timer, mark, due_us);
	if (!json_int(mark, &last_us))
		last_us = loaded_us(read, timer);
	*due_us = last_us + timer->every_us;
	return ERR_OK;
}

enum err
timer_begin(struct site_read *read, struct arena *arena,
    const struct script_handler *timer, int64_t due_us, struct job_run *out)
{
	struct buf mark = buf_in(arena);
	struct json_writer w = json_writer(&mark);
	const char *name = arena_copy(arena, timer->full.at, timer->full.len);

	*out = (struct job_run){ .hook = BYTES("job"),
		.is_awaited = timer->cron_text.len > 0 };
	if (timer->cron_text.len > 0) {
		json_begin_object(&w);
		json_member_int(&w, "due", due_us);
		json_member_text(&w, "cron", timer->cron_text);
		json_member_string(&w, "zone", zone_name(zone_of(read, timer)));
		json_end_object(&w);
	} else {
		json_put_int(&w, read->now_us);
	}
	if (name == NULL || mark.failed)
		return ERR_NOMEM;
	out->mark = buf_get(&mark);
	record_init(&out->job, KIND_JOB, 0);
	record_set_int(&out->job, JOB_TYPE, JOB_EVERY);
	record_set_text(&out->job, JOB_NAME, bytes_of(name));
	record_set_int(&out->job, JOB_DUE, due_us);
	return ERR_OK;
}

enum err
timer_next(struct site_read *read, struct arena *arena, struct job_run *out,
    int64_t *next_due_us)
{
	struct when_set *set = when_set_take(read->site);
	const struct script_handler *all;
	enum err err = ERR_NOT_FOUND;
	size_t count = 0;

	*next_due_us = INT64_MAX;
	if (set == NULL)
		return ERR_NOT_FOUND;
	all = script_set_all(when_set_scripts(set), &count);
	for (size_t i = 0; err == ERR_NOT_FOUND && i < count; i++) {
		int64_t due_us;

		if (all[i].kind != SCRIPT_TIMER)
			continue;
		err = timer_due(read, arena, &all[i], &due_us);
		if (err != ERR_OK)
			break;
		err = ERR_NOT_FOUND;
		if (due_us > read->now_us) {
			if (due_us < *next_due_us)
				*next_due_us = due_us;
			continue;
		}
		if (health_rests(read->site->health, all[i].full, read->now_us,
			next_due_us))
			continue;
		err = timer_begin(read, arena, &all[i], due_us, out);
	}
	when_set_unref(set);
	return err;
}
