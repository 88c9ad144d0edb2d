/* core/desk/replay_acts.c - time goes on, and what people did comes again.
 *
 * The event log tells it, commit by commit; between two of them runs what is
 * due, each at its time.
 */
#include "config.h"
#include "core/desk/replay_private.h"
#include "core/desk/runner.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/model/ticket.h"

#include <stdlib.h>

bool
past_is_over(struct replaying *r, uint64_t done)
{
	const struct replay_options *options = r->options;

	r->done += done;
	if (options->progress != NULL &&
	    options->progress(options->arg, r->done, r->total))
		r->is_stopped = true;
	if (r->deadline_us != 0 && clock_monotonic_us() > r->deadline_us)
		r->is_stopped = true;
	return r->is_stopped;
}

/* The events of the first commit behind <number>. ERR_NOT_FOUND. */
static enum err
read_moment(struct moment *m, uint64_t number, uint64_t end)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key lo, hi;
	enum err err;

	m->count = 0;
	m->seen = 0;
	key_begin(&lo, KEY_EVENT);
	key_u64(&lo, number);
	key_begin(&hi, KEY_EVENT);
	key_u64(&hi, end);
	err = cursor_open(
	    m->read.snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
	while (err == ERR_OK) {
		struct record *event = &m->events[m->count];
		uint64_t n;

		err = cursor_next(&cursor, &key, &value);
		if (err != ERR_OK)
			break;
		n = be64_read(key.at + key.len - 8);
		if (m->seen > 0 && numbered_commit(n) != m->commit)
			break;
		m->commit = numbered_commit(n);
		m->seen++;
		if (m->count == EVENTS_MAX)
			continue;
		err = record_decode(event, KIND_EVENT, n, value);
		if (err == ERR_OK && m->count++ == 0)
			m->at_us = record_int(event, EVENT_AT);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND && m->seen > 0 ? ERR_OK : err;
}

/* Run what is due up to <to_us>, each at its time. */
static enum err
wait_until(struct past_run *run, int64_t to_us)
{
	struct replaying *r = run->r;
	int64_t due_us;
	enum err err;

	for (;;) {
		err = runner_run_now(run->site, r->step, &due_us);
		if (err != ERR_OK || past_is_over(r, 0) || due_us > to_us)
			break;
		if (due_us > clock_read(&run->clock))
			clock_set(&run->clock, due_us);
		else /* it rests */
			clock_advance(&run->clock, CLOCK_SECOND_US);
		arena_reset(r->step);
	}
	if (err == ERR_OK && !r->is_stopped && to_us > clock_read(&run->clock))
		clock_set(&run->clock, to_us);
	return err;
}

/* A ticket that is not as it was when the period begins would differ for what
 * came before. */
static enum err
check_ticket(
    struct past_run *run, const struct site_read *scratch, uint64_t number)
{
	struct replaying *r = run->r;
	struct record now, then, is;
	struct why why = { .message = "" };
	struct site_read read;
	bool is_same = true;
	enum err err = record_find(scratch->snapshot, KIND_TICKET, number, &is);

	if (err != ERR_OK) /* not yet, or refused */
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = site_read_begin(r->site, &read);
	if (err != ERR_OK)
		return err;
	err = record_find(read.snapshot, KIND_TICKET, number, &now);
	if (err == ERR_OK)
		err = past_ticket_at(r, &read, &now, r->out->since_us, &then);
	for (size_t i = 0; err == ERR_OK && i < is.kind->field_count; i++)
		is_same &= !(is.kind->fields[i].flags & F_LOGGED) ||
		    record_same(&is, &then, (int)i);
	site_read_end(&read);
	if (err == ERR_OK && !is_same) {
		why_set(&why, ERR_INVALID, NULL,
		    N_("With the scripts at work it is not what it was when "
		       "the period began."),
		    0, NULL);
		err = past_why_not(r, number, INT64_MIN, &why);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
check_begin(struct past_run *run)
{
	struct replaying *r = run->r;
	struct site_read scratch;
	enum err err = ERR_OK;

	if (r->out->is_against_run || r->from_us == r->out->since_us)
		return ERR_OK;
	err = site_read_begin(run->site, &scratch);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; err == ERR_OK && i < r->ticket_count; i++) {
		err = check_ticket(run, &scratch, r->tickets[i].number);
		arena_reset(r->step);
	}
	site_read_end(&scratch);
	return err;
}

/* From now on the script that is tried takes part. */
static enum err
begin_period(struct past_run *run)
{
	struct replaying *r = run->r;
	enum err err = wait_until(run, r->out->since_us);

	run->is_in_period = true;
	run->counts = (struct replay_counts){ .mails = 0 };
	if (err == ERR_OK && !r->is_stopped)
		err = check_begin(run);
	if (err != ERR_OK || run->file == NULL)
		return err;
	run->site->options.tried = run->file;
	return scripts_load(run->site, NULL, r->why);
}

/* Up to the next moment, without holding a snapshot of the real site. */
static enum err
go_to_next(struct moment *m, uint64_t number)
{
	struct past_run *run = m->run;
	struct replaying *r = run->r;
	enum err err = site_read_begin(r->site, &m->read);

	if (err != ERR_OK)
		return err;
	err = read_moment(m, number, r->last);
	site_read_end(&m->read);
	if (err == ERR_OK && m->at_us >= r->out->since_us && !run->is_in_period)
		err = begin_period(run);
	return err == ERR_OK ? wait_until(run, m->at_us) : err;
}

static enum err
live(struct moment *m)
{
	struct past_run *run = m->run;
	struct replaying *r = run->r;
	uint64_t number = r->first;
	enum err err = ERR_OK;

	while (!r->is_stopped) {
		err = go_to_next(m, number);
		if (err != ERR_OK || r->is_stopped)
			break;
		err = site_read_begin(r->site, &m->read);
		if (err != ERR_OK)
			break;
		err = read_moment(m, number, r->last);
		if (err == ERR_OK)
			err = past_do(m);
		site_read_end(&m->read);
		arena_reset(r->step);
		r->out->reached_us = m->at_us;
		number = (m->commit + 1) << 16;
		if (err != ERR_OK || past_is_over(r, m->seen))
			break;
	}
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err == ERR_OK && !r->is_stopped && !run->is_in_period)
		err = begin_period(run);
	if (err == ERR_OK && !r->is_stopped)
		err = wait_until(run, r->out->until_us);
	if (err == ERR_OK && !r->is_stopped)
		r->out->reached_us = r->out->until_us;
	return err;
}

enum err
past_live(struct past_run *run)
{
	struct moment *m = malloc(sizeof *m);
	enum err err;

	if (m == NULL)
		return ERR_NOMEM;
	*m = (struct moment){ .run = run };
	err = live(m);
	free(m);
	return err;
}
