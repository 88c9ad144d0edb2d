/* core/desk/replay_acts.c - time goes on, and what people did comes again.
 *
 * The event log tells it, commit by commit, and where it knows nothing the
 * timelines do; in between runs what is due, each at its time.
 */
#include "config.h"
#include "core/desk/act_try.h"
#include "core/desk/job.h"
#include "core/desk/replay_private.h"
#include "core/desk/runner.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/model/ticket.h"

#include <stdlib.h>

#define TOGETHER_US CLOCK_SECOND_US

bool
past_is_over(struct replaying *r, uint64_t done)
{
	const struct replay_options *options = r->options;

	r->done += done;
	if (options->progress != NULL &&
	    options->progress(options->arg, r->done, r->total))
		r->is_stopped = true;
	if (r->deadline_us != 0 && clock_monotonic_us() > r->deadline_us)
		r->is_stopped = r->is_late = true;
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
	m->is_of_people = false;
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
		if (err != ERR_OK)
			break;
		if (m->count++ == 0)
			m->at_us = record_int(event, EVENT_AT);
		m->is_of_people |= past_is_of_people(event);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND && m->seen > 0 ? ERR_OK : err;
}

/* What came next: as the log tells from <number> on, or a timeline.
 * ERR_NOT_FOUND. */
static enum err
read_next(struct moment *m, uint64_t number)
{
	struct replaying *r = m->run->r;
	const struct past_deed *deed = m->run->deed < r->deed_count ?
	    &r->deeds[m->run->deed] :
	    NULL;
	enum err err = read_moment(m, number, r->last);

	m->deed = NULL;
	if (deed == NULL || (err != ERR_OK && err != ERR_NOT_FOUND) ||
	    (err == ERR_OK && m->at_us < deed->at_us))
		return err;
	m->deed = deed;
	return past_retell(m);
}

/* Run what is due up to <to_us>, each at its time. */
static enum err
wait_until(struct past_run *run, int64_t to_us)
{
	struct replaying *r = run->r;
	int64_t due_us;
	enum err err;

	for (;;) {
		err = runner_run_now(run->site, r->step, SIZE_MAX, &due_us);
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

static enum err
put_ticket(struct past_run *run, const struct record *ticket)
{
	struct act_trial trial = {
		.step = TRIAL_FILL, .records = ticket, .record_count = 1
	};
	struct act_result result;
	struct act_input input;

	act_input_init(&input, VERB_TRY_STEP, KIND_NONE);
	input.actor = actor_system();
	input.trial = &trial;
	return desk_act(run->site, &input, run->r->step, &result, run->r->why);
}

/* What a timer did that was set before the run began was not done in it: when
 * the period begins, the ticket becomes what it was. */
static enum err
set_right(
    struct past_run *run, const struct site_read *scratch, uint64_t number)
{
	struct replaying *r = run->r;
	struct record now, then, is;
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
	if (err == ERR_OK && !is_same) {
		int64_t last = record_int(&is, TICKET_LAST_ENTRY);

		if (last > record_int(&then, TICKET_LAST_ENTRY))
			record_set_int(&then, TICKET_LAST_ENTRY, last);
		err = put_ticket(run, &then);
	}
	site_read_end(&read);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
set_all_right(struct past_run *run)
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
		err = set_right(run, &scratch, r->tickets[i].number);
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
		err = set_all_right(run);
	if (err != ERR_OK || run->file == NULL)
		return err;
	run->site->options.tried = run->file;
	return scripts_load(run->site, NULL, r->why);
}

/* Handlers take a moment to run. When somebody does the next thing in less than
 * that, as many as there were commits between the two came before it. */
static enum err
run_between(struct past_run *run, const struct moment *m)
{
	struct replaying *r = run->r;
	int64_t due_us;
	enum err err = ERR_OK;

	if (!m->is_of_people)
		return ERR_OK; /* what did it comes with what is due */
	if (m->commit > run->people_commit + 1)
		err = runner_run_now(run->site, r->step,
		    m->commit - run->people_commit - 1, &due_us);
	arena_reset(r->step);
	if (m->at_us > clock_read(&run->clock))
		clock_set(&run->clock, m->at_us);
	return err;
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
	err = read_next(m, number);
	site_read_end(&m->read);
	if (err == ERR_OK && r->cut_us != 0 && m->at_us >= r->cut_us) {
		err = wait_until(run, r->cut_us);
		r->is_stopped = true;
		return err;
	}
	if (err == ERR_OK && m->at_us >= r->out->since_us && !run->is_in_period)
		err = begin_period(run);
	if (err != ERR_OK)
		return err;
	return m->deed == NULL && m->at_us - run->people_us < TOGETHER_US ?
	    run_between(run, m) :
	    wait_until(run, m->at_us);
}

/* Where it was stopped handlers had not run yet: it came no further than the
 * first of them. */
static enum err
note_reached(struct past_run *run)
{
	struct replaying *r = run->r;
	struct snapshot *snapshot = NULL;
	struct job_run job;
	int64_t due_us;
	enum err err = store_snapshot(run->site->store, &snapshot);

	if (err == ERR_OK)
		err = job_next(snapshot, LANE_SCRIPTS, NULL,
		    clock_read(&run->clock), &job, &due_us);
	if (err == ERR_OK && job.at.due_us < r->out->reached_us)
		r->out->reached_us = job.at.due_us;
	snapshot_release(snapshot);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void
note_people(const struct moment *m)
{
	if (!m->is_of_people)
		return;
	m->run->people_us = m->at_us;
	m->run->people_commit = m->commit;
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
		err = read_next(m, number);
		if (err == ERR_OK)
			err = past_do(m);
		site_read_end(&m->read);
		arena_reset(r->step);
		r->out->reached_us = m->at_us;
		if (m->deed != NULL) {
			run->deed++;
		} else {
			number = (m->commit + 1) << 16;
			note_people(m);
		}
		if (err != ERR_OK || past_is_over(r, m->seen))
			break;
	}
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err == ERR_OK && !r->is_stopped && !run->is_in_period)
		err = begin_period(run);
	if (err == ERR_OK && !r->is_stopped)
		err = wait_until(run, r->out->until_us);
	if (err == ERR_OK && r->is_stopped)
		err = note_reached(run);
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
