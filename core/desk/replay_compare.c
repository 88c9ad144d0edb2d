/* core/desk/replay_compare.c - what is not as it was.
 *
 * Two facts are the same when they say the same
 * at nearly the same time, whoever did it: a handler may have another name.
 * What has no partner is a difference; two of one sort become one, from what
 * was to what is.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/replay_private.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/model/value.h"

#include <stdlib.h>

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

/* --- what only a timeline tells --- */

/* Whether the field has what the handler made of it, as the log took over. */
static enum err
has_become(struct comparing *c, const struct record *then,
    const struct fact *fact, bool *out)
{
	struct buf text = buf_in(c->r->step), value = buf_in(c->r->step);
	struct json_writer w = json_writer(&text);
	int slot = kind_slot(then->kind, fact->name);
	const struct json *json;
	enum err err;

	*out = false;
	if (slot < 0)
		return ERR_OK;
	value_to_json(&w, then, slot, c->was.read.directory, false);
	if (text.failed)
		return ERR_NOMEM;
	err = json_parse(
	    c->r->step, buf_get(&text), JSON_BYTES_MAX, &json, NULL);
	if (err != ERR_OK)
		return err;
	json_put_plain(&value, json);
	*out = !value.failed && bytes_equal(buf_get(&value), fact->value);
	return value.failed ? ERR_NOMEM : ERR_OK;
}

/* An import has no entries of what came of people's acts: only what handlers
 * did counts, and that not where the ticket has it. Nor do timers that would
 * wait: nobody has set any. */
static enum err
pass_over_told(struct comparing *c, const struct past_ticket *p)
{
	struct side *sides[] = { &c->was, &c->is };
	struct record then;
	enum err err;

	if (c->was.run != NULL || !p->is_imported || p->told == 0)
		return ERR_OK;
	err = record_find(c->was.read.snapshot, KIND_TICKET, p->number, &then);
	if (err == ERR_OK)
		err = past_ticket_at(
		    c->r, &c->was.read, &then, p->covered_us, &then);
	for (size_t s = 0; err == ERR_OK && s < 2; s++)
		for (size_t i = 0; err == ERR_OK && i < sides[s]->count; i++) {
			struct fact *fact = &sides[s]->facts[i];

			if (fact->is_matched || fact->at_us >= p->covered_us)
				continue;
			if (fact->what == REPLAY_TIMER ||
			    (fact->by.len == 0 &&
				(fact->what == REPLAY_FIELD ||
				    fact->what == REPLAY_EVENT)))
				fact->is_matched = true;
			else if (fact->what == REPLAY_FIELD)
				err = has_become(
				    c, &then, fact, &fact->is_matched);
		}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
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
		err = past_read_facts(c->r, &c->was, p->number, &c->ticket);
	if (err == ERR_OK && !p->is_gone)
		err = past_read_facts(c->r, &c->is, p->number, &c->ticket);
	if (err == ERR_OK && !p->is_gone) {
		match(&c->was, &c->is);
		pass_over_end(c->r, &c->was);
		pass_over_end(c->r, &c->is);
		err = pass_over_told(c, p);
	}
	if (err == ERR_OK && !p->is_gone) {
		err = list(c, &out);
		out.subject = record_text(&c->ticket, TICKET_SUBJECT);
	}
	if (err != ERR_OK)
		return err;
	judge(c, p, &out, &why);
	report->tickets++;
	report->told += p->told > 0;
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
