/* core/desk/replay_compare.c - what is not as it was.
 *
 * A timeline is a list of facts. Two facts are the same when they say the same
 * at nearly the same time, whoever did it: a handler may have another name.
 * What has no partner is a difference; two of one sort become one, from what
 * was to what is.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/time_text.h"
#include "core/desk/job.h"
#include "core/desk/replay_private.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"

#include <stdlib.h>

#define FACTS_MAX 4000 /* of one ticket and side */

struct fact {
	enum replay_what what;
	int64_t at_us;
	int64_t near_us; /* what must be near: at_us, or when a timer is due */
	struct bytes name, value, by;
	struct bytes before; /* of a field: what it was until then */
	bool is_matched;
};

/* One side of the comparison: a run, or the record. */
struct side {
	struct past_run *run; /* NULL: the record */
	struct site_read read;
	struct fact *facts;
	size_t count;
	struct replay_counts *counts;
};

struct comparing {
	struct replaying *r;
	struct side was, is;
	struct when_set *set; /* the scripts of the run; or NULL */
	struct record ticket; /* in either */
};

const char *
replay_what_name(enum replay_what what)
{
	static const char *const names[REPLAY_WHAT__COUNT] = {
		[REPLAY_FIELD] = "field",
		[REPLAY_REPLY] = "reply",
		[REPLAY_NOTE] = "note",
		[REPLAY_EVENT] = "event",
		[REPLAY_TIMER] = "timer",
		[REPLAY_REFUSAL] = "refusal",
	};

	return names[what];
}

const char *
replay_what_words(enum replay_what what)
{
	static const char *const words[REPLAY_WHAT__COUNT] = {
		[REPLAY_FIELD] = N_("Field"),
		[REPLAY_REPLY] = N_("Answer"),
		[REPLAY_NOTE] = N_("Internal note"),
		[REPLAY_EVENT] = N_("Event"),
		[REPLAY_TIMER] = N_("Timer"),
		[REPLAY_REFUSAL] = N_("Refusal"),
	};

	return words[what];
}

/* --- facts --- */

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

static enum err
read_facts(struct comparing *c, struct side *side, uint64_t number)
{
	struct record ticket;
	enum err err;

	side->count = 0;
	err = record_find(side->read.snapshot, KIND_TICKET, number, &ticket);
	if (err == ERR_OK) {
		c->ticket = ticket;
		err = add_entries(c->r, side, &ticket);
		if (err == ERR_OK)
			err = add_timers(c->r, side, number);
	}
	add_refusals(side, number);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* --- pairs --- */

static bool
are_near(const struct fact *a, const struct fact *b)
{
	int64_t apart = a->near_us - b->near_us;

	return apart <= REPLAY_NEAR_US && -apart <= REPLAY_NEAR_US;
}

static bool
say_the_same(const struct fact *a, const struct fact *b)
{
	return a->what == b->what && bytes_equal(a->name, b->name) &&
	    (a->what == REPLAY_TIMER || bytes_equal(a->value, b->value));
}

static void
match(struct side *was, struct side *is)
{
	size_t from = 0;

	for (size_t i = 0; i < was->count; i++) {
		struct fact *a = &was->facts[i];

		while (from < is->count && is->facts[from].is_matched)
			from++;
		for (size_t j = from; j < is->count; j++) {
			struct fact *b = &is->facts[j];

			if (b->is_matched || !say_the_same(a, b) ||
			    !are_near(a, b))
				continue;
			a->is_matched = b->is_matched = true;
			break;
		}
	}
}

/* Where it was stopped the partner may be just behind. */
static void
pass_over_end(const struct replaying *r, struct side *side)
{
	for (size_t i = 0; r->is_stopped && i < side->count; i++)
		side->facts[i].is_matched |=
		    side->facts[i].at_us + REPLAY_NEAR_US > r->out->reached_us;
}

/* The next fact of a side without a partner; NULL at the end. A refusal comes
 * before what else was at its time: it is why. */
static struct fact *
next_lone(struct side *side)
{
	struct fact *first = NULL;

	for (size_t i = 0; i < side->count; i++) {
		struct fact *f = &side->facts[i];

		if (f->is_matched)
			continue;
		if (first == NULL || f->at_us < first->at_us ||
		    (f->at_us == first->at_us && f->what == REPLAY_REFUSAL))
			first = f;
	}
	return first;
}

/* How well <b> may stand for <a>, which says something else or at another
 * time; 0: not at all. What is said by one handler is no other's. */
static int
fits(const struct fact *a, const struct fact *b)
{
	bool is_said = a->what == REPLAY_NOTE || a->what == REPLAY_REPLY;
	bool is_same = bytes_equal(a->value, b->value);

	if (b->is_matched || a->what != b->what ||
	    !bytes_equal(a->name, b->name) ||
	    (a->by.len > 0) != (b->by.len > 0) ||
	    (is_said && !is_same && !bytes_equal(a->by, b->by)))
		return 0;
	return is_same ? 2 : 1;
}

/* The first of those that fit best; NULL if none does. */
static struct fact *
partner_of(const struct fact *fact, struct side *side)
{
	struct fact *best = NULL;
	int how_well = 0;

	for (size_t i = 0; i < side->count; i++) {
		int fit = fits(fact, &side->facts[i]);

		if (fit > how_well ||
		    (fit > 0 && fit == how_well &&
			side->facts[i].at_us < best->at_us)) {
			best = &side->facts[i];
			how_well = fit;
		}
	}
	return best;
}

static struct bytes
keep(struct replaying *r, struct bytes text, enum err *err)
{
	char *copy = arena_copy(
	    r->step, text.at != NULL ? text.at : "", text.len);

	if (copy == NULL)
		*err = ERR_NOMEM;
	return copy != NULL ? (struct bytes){ copy, text.len } : BYTES_NONE;
}

static enum err
add_difference(struct replaying *r, struct fact *a, struct fact *b,
    struct replay_difference ***end)
{
	struct replay_difference *d = arena_new(
	    r->step, struct replay_difference);
	const struct fact *one = a != NULL ? a : b;
	enum err err = ERR_OK;

	if (d == NULL)
		return ERR_NOMEM;
	d->what = one->what;
	d->name = keep(r, one->name, &err);
	d->at_us = one->at_us;
	if (b != NULL && b->at_us < d->at_us)
		d->at_us = b->at_us;
	d->by = keep(r, b != NULL ? b->by : a->by, &err);
	/* a field that the other side left alone is what it was */
	d->from = keep(r, one->before, &err);
	d->to = d->from;
	if (a != NULL) {
		d->had = true;
		d->then_us = a->near_us;
		d->from = keep(r, a->value, &err);
		a->is_matched = true;
	}
	if (b != NULL) {
		d->has = true;
		d->now_us = b->near_us;
		d->to = keep(r, b->value, &err);
		b->is_matched = true;
	}
	**end = d;
	*end = &d->next;
	return err;
}

static enum err
list(struct comparing *c, struct replay_ticket *out)
{
	struct replay_difference *first = NULL, **end = &first;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		struct fact *a = next_lone(&c->was), *b = next_lone(&c->is);

		if (a == NULL && b == NULL)
			break;
		if (a == NULL || (b != NULL && b->at_us <= a->at_us))
			a = partner_of(b, &c->was);
		else
			b = partner_of(a, &c->is);
		if (out->count++ < REPLAY_DIFFERENCES_MAX)
			err = add_difference(c->r, a, b, &end);
		if (a != NULL)
			a->is_matched = true;
		if (b != NULL)
			b->is_matched = true;
	}
	out->differences = first;
	return err;
}

/* --- what cannot be told --- */

/* A timer that was set before the run began cannot go off in it. */
static bool
is_of_old_timer(struct comparing *c, const struct past_ticket *p,
    const struct replay_difference *d)
{
	struct bytes full = d->by, file = bytes_split(&full, '/');
	const struct script_handler *all;
	size_t count;

	if (c->was.run != NULL || p->was_created || d->has ||
	    d->at_us >= p->first_us || c->set == NULL ||
	    script_set_find(when_set_scripts(c->set), SCRIPT_JOB, d->by) ==
		NULL)
		return false;
	all = script_set_all(when_set_scripts(c->set), &count);
	for (size_t i = 0; i < count; i++)
		if (all[i].kind == SCRIPT_TIMER &&
		    bytes_equal(all[i].file, file))
			return false;
	return true;
}

static void
judge(struct comparing *c, const struct past_ticket *p,
    struct replay_ticket *out, struct why *why)
{
	const struct replay_difference *d = out->differences;

	if (p->is_gone)
		out->why_not = why;
	else if (p->why_not != NULL &&
	    (p->why_not_us == INT64_MIN ||
		(d != NULL && p->why_not_us <= d->at_us)))
		out->why_not = p->why_not;
	if (p->is_gone)
		why_set(why, ERR_NOT_FOUND, NULL,
		    N_("The ticket was removed for good."), 0, NULL);
	if (out->why_not != NULL || d == NULL || !is_of_old_timer(c, p, d))
		return;
	why_set(why, ERR_NOT_FOUND, NULL,
	    N_("A timer went off that was set before the replay began."), 0,
	    NULL);
	out->why_not = why;
}

static enum err
compare_ticket(struct comparing *c, const struct past_ticket *p)
{
	struct replay_ticket out = { .number = p->number };
	struct replay_report *report = c->r->out;
	struct why why = { .message = "" };
	enum err err = ERR_OK;

	if (!p->is_gone)
		err = read_facts(c, &c->was, p->number);
	if (err == ERR_OK && !p->is_gone)
		err = read_facts(c, &c->is, p->number);
	if (err == ERR_OK && !p->is_gone) {
		match(&c->was, &c->is);
		pass_over_end(c->r, &c->was);
		pass_over_end(c->r, &c->is);
		err = list(c, &out);
		out.subject = record_text(&c->ticket, TICKET_SUBJECT);
	}
	if (err != ERR_OK)
		return err;
	judge(c, p, &out, &why);
	report->tickets++;
	report->not_replayed += out.why_not != NULL;
	report->differ += out.why_not == NULL && out.count > 0;
	if ((out.why_not != NULL || out.count > 0) &&
	    c->r->options->tell != NULL)
		c->r->options->tell(c->r->options->arg, &out);
	return ERR_OK;
}

/* Whether the run came to what happened to the ticket. */
static bool
is_reached(const struct replaying *r, const struct past_ticket *p)
{
	return !r->is_stopped || p->first_us == INT64_MAX ||
	    p->first_us <= r->out->reached_us;
}

static enum err
begin_side(struct replaying *r, struct side *side, struct past_run *run,
    struct replay_counts *counts)
{
	side->run = run;
	side->counts = counts;
	side->facts = malloc(FACTS_MAX * sizeof *side->facts);
	if (side->facts == NULL)
		return ERR_NOMEM;
	return site_read_begin(run != NULL ? run->site : r->site, &side->read);
}

static void
end_side(struct side *side)
{
	if (side->read.snapshot != NULL)
		site_read_end(&side->read);
	free(side->facts);
}

/* Tickets that there were not. */
static enum err
count_added(struct comparing *c)
{
	uint64_t id = c->is.run->top_ticket;
	struct record ticket;
	enum err err;

	while ((err = record_next(
		    c->is.read.snapshot, KIND_TICKET, &id, &ticket)) == ERR_OK)
		c->r->out->added++;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
past_compare(struct replaying *r, struct past_run *was, struct past_run *is)
{
	struct comparing *c = calloc(1, sizeof *c);
	enum err err = c != NULL ? ERR_OK : ERR_NOMEM;

	if (err != ERR_OK)
		return err;
	c->r = r;
	if (was != NULL)
		r->out->was = was->counts;
	r->out->is = is->counts;
	c->set = when_set_take(is->site);
	err = begin_side(r, &c->was, was, &r->out->was);
	if (err == ERR_OK)
		err = begin_side(r, &c->is, is, &r->out->is);
	for (size_t i = 0; err == ERR_OK && i < r->ticket_count; i++) {
		if (was == NULL && snapshot_is_old(c->was.read.snapshot)) {
			site_read_end(&c->was.read);
			err = site_read_begin(r->site, &c->was.read);
		}
		if (err == ERR_OK && is_reached(r, &r->tickets[i]))
			err = compare_ticket(c, &r->tickets[i]);
		arena_reset(r->step);
	}
	if (err == ERR_OK)
		err = count_added(c);
	end_side(&c->was);
	end_side(&c->is);
	when_set_unref(c->set);
	free(c);
	return err;
}
