/* core/desk/replay_facts.c - a ticket's timeline as a list of facts, that those
 * of another run can be compared with; besides what is in it, the timers that
 * wait and what was refused.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/time_text.h"
#include "core/desk/job.h"
#include "core/desk/replay_private.h"
#include "core/desk/site_private.h"
#include "core/model/ticket.h"

static void
add_fact(struct side *side, struct fact fact)
{
	if (side->count < FACTS_MAX)
		side->facts[side->count++] = fact;
}

static enum err
add_fields(struct replaying *r, struct side *side, struct fact fact,
    struct bytes changes)
{
	const struct json *object, *member;
	enum err err = json_parse(
	    r->step, changes, JSON_BYTES_MAX, &object, NULL);

	fact.what = REPLAY_FIELD;
	for (member = err == ERR_OK ? json_first(object) : NULL; member != NULL;
	     member = json_next(member)) {
		struct buf value = buf_in(r->step), before = buf_in(r->step);

		json_put_plain(&before, json_first(member));
		json_put_plain(&value, json_next(json_first(member)));
		if (value.failed || before.failed)
			return ERR_NOMEM;
		fact.before = buf_get(&before);
		fact.name = bytes_of(json_name(member));
		fact.value = buf_get(&value);
		add_fact(side, fact);
		side->counts->changes += fact.by.len > 0;
	}
	return err == ERR_NOMEM ? err : ERR_OK;
}

static enum err
add_entry(struct replaying *r, struct side *side, const struct record *entry)
{
	int64_t at_us = record_int(entry, ENTRY_AT);
	struct fact fact = { .at_us = at_us,
		.near_us = at_us,
		.by = record_text(entry, ENTRY_SCRIPT) };
	struct buf value = buf_in(r->step);
	bool is_note = false;
	enum err err;

	switch (record_int(entry, ENTRY_TYPE)) {
	case ENTRY_IS_CHANGE:
		return add_fields(
		    r, side, fact, record_text(entry, ENTRY_CHANGES));
	case ENTRY_IS_EVENT:
		fact.what = REPLAY_EVENT;
		fact.name = record_text(entry, ENTRY_EVENT);
		if (record_has(entry, ENTRY_OTHER))
			buf_int(&value, record_int(entry, ENTRY_OTHER));
		else
			buf_bytes(&value, record_text(entry, ENTRY_WHY));
		fact.value = buf_get(&value);
		add_fact(side, fact);
		return value.failed ? ERR_NOMEM : ERR_OK;
	case ENTRY_IS_NOTE: is_note = true; break;
	default: break;
	}
	fact.what = is_note ? REPLAY_NOTE : REPLAY_REPLY;
	err = record_bigtext(
	    side->read.snapshot, entry, ENTRY_BODY, r->step, &fact.value);
	if (err != ERR_OK)
		return err;
	add_fact(side, fact);
	if (fact.by.len > 0 && is_note)
		side->counts->notes++;
	else if (fact.by.len > 0)
		side->counts->replies++;
	return ERR_OK;
}

/* The first entry of the period: they are in the order of their times. */
static enum err
find_first(struct replaying *r, struct side *side, const struct record *ticket,
    uint64_t *out)
{
	uint64_t lo = 1;
	uint64_t hi = (uint64_t)record_int(ticket, TICKET_LAST_ENTRY) + 1;

	while (lo < hi) {
		uint64_t middle = lo + (hi - lo) / 2, n = middle - 1;
		struct record entry;
		enum err err = timeline_next(
		    side->read.snapshot, ticket->id, &n, &entry);

		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
		if (err == ERR_OK &&
		    record_int(&entry, ENTRY_AT) < r->out->since_us)
			lo = n + 1;
		else
			hi = middle;
	}
	*out = lo - 1;
	return ERR_OK;
}

static enum err
add_entries(struct replaying *r, struct side *side, const struct record *ticket)
{
	uint64_t n;
	enum err err = find_first(r, side, ticket, &n);

	while (err == ERR_OK) {
		struct record entry;

		err = timeline_next(
		    side->read.snapshot, ticket->id, &n, &entry);
		/* stopped, it did not do all that was at its last moment */
		if (err == ERR_OK &&
		    record_int(&entry, ENTRY_AT) + r->is_stopped >
			r->out->reached_us)
			break;
		if (err == ERR_OK)
			err = add_entry(r, side, &entry);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* What it is not to go off after has come: it waits for nothing. */
static enum err
is_cancelled(
    struct side *side, uint64_t ticket, const struct job_run *run, bool *out)
{
	struct bytes unless = record_text(&run->job, JOB_UNLESS);

	*out = false;
	return unless.len == 0 ? ERR_OK :
				 events_since(side->read.snapshot, KIND_TICKET,
				     ticket, run->at.number, unless, out);
}

/* Timers that were set in the period and wait for long enough. */
static enum err
add_timers(struct replaying *r, struct side *side, uint64_t ticket)
{
	struct job_at at = { .number = 0 };
	struct job_run run;
	char text[TIME_TEXT_SIZE];
	enum err err = r->is_stopped ? ERR_NOT_FOUND : ERR_OK;

	while (err == ERR_OK) {
		struct fact fact = { .what = REPLAY_TIMER };
		bool is_off;

		err = job_next_timer(side->read.snapshot, ticket, &at, &run);
		if (err == ERR_OK)
			err = is_cancelled(side, ticket, &run, &is_off);
		if (err != ERR_OK)
			break;
		fact.at_us = record_int(&run.job, JOB_SET_AT);
		fact.near_us = run.at.due_us;
		fact.name = record_text(&run.job, JOB_NAME);
		if (is_off || fact.at_us < r->out->since_us ||
		    fact.at_us > r->out->until_us ||
		    run.at.due_us < r->out->until_us + REPLAY_NEAR_US)
			continue;
		time_text_write(text, run.at.due_us);
		fact.value = bytes_of(arena_copy(r->step, text, strlen(text)));
		add_fact(side, fact);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void
add_refusals(struct side *side, uint64_t ticket)
{
	if (side->run == NULL)
		return;
	for (const struct past_refusal *i = side->run->refusals; i != NULL;
	     i = i->next)
		if (i->ticket == ticket)
			add_fact(side,
			    (struct fact){ .what = REPLAY_REFUSAL,
				.at_us = i->at_us,
				.near_us = i->at_us,
				.name = i->act,
				.value = i->words });
}

enum err
past_read_facts(
    struct replaying *r, struct side *side, uint64_t number, struct record *out)
{
	struct record ticket;
	enum err err;

	side->count = 0;
	err = record_find(side->read.snapshot, KIND_TICKET, number, &ticket);
	if (err == ERR_OK) {
		*out = ticket;
		err = add_entries(r, side, &ticket);
		if (err == ERR_OK)
			err = add_timers(r, side, number);
	}
	add_refusals(side, number);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
