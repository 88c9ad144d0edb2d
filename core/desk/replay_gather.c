/* core/desk/replay_gather.c - which tickets a replay is about.
 *
 * The event log tells, from its end back to where the run begins, and the
 * timelines of tickets that it knows nothing of.
 */
#include "config.h"
#include "core/desk/replay_private.h"
#include "core/desk/site_private.h"
#include "core/model/table.h"

#include <stdlib.h>

static size_t
place_of(const struct replaying *r, uint64_t number)
{
	size_t at = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 20) &
	    (r->place_count - 1);

	while (r->places[at] != 0 &&
	    r->tickets[r->places[at] - 1].number != number)
		at = (at + 1) & (r->place_count - 1);
	return at;
}

static enum err
grow(struct replaying *r)
{
	size_t cap = r->ticket_cap == 0 ? 1024 : 2 * r->ticket_cap;
	struct past_ticket *tickets = realloc(
	    r->tickets, cap * sizeof *tickets);
	uint32_t *places = calloc(2 * cap, sizeof *places);

	if (tickets != NULL)
		r->tickets = tickets;
	if (tickets == NULL || places == NULL) {
		free(places);
		return ERR_NOMEM;
	}
	free(r->places);
	r->places = places;
	r->place_count = 2 * cap;
	r->ticket_cap = cap;
	for (size_t i = 0; i < r->ticket_count; i++)
		r->places[place_of(r, tickets[i].number)] = (uint32_t)i + 1;
	return ERR_OK;
}

/* The ticket of an event; ERR_LIMIT if there are enough without it. */
static enum err
take_ticket(struct replaying *r, uint64_t number, struct past_ticket **out)
{
	size_t limit = r->ticket_limit, at;
	enum err err = ERR_OK;

	if (r->ticket_count == r->ticket_cap)
		err = grow(r);
	if (err != ERR_OK)
		return err;
	at = place_of(r, number);
	if (r->places[at] == 0) {
		if (limit != 0 && r->ticket_count == limit)
			return ERR_LIMIT;
		r->tickets[r->ticket_count++] = (struct past_ticket){
			.number = number,
			.first_us = INT64_MAX,
			.last_us = INT64_MIN,
		};
		r->places[at] = (uint32_t)r->ticket_count;
	}
	*out = &r->tickets[r->places[at] - 1];
	return ERR_OK;
}

static enum err
hear_event(struct replaying *r, const struct record *event)
{
	int64_t at_us = record_int(event, EVENT_AT);
	struct bytes hook = record_text(event, EVENT_HOOK);
	struct past_ticket *ticket;
	enum err err = ERR_OK;

	if (record_has(event, EVENT_TICKET)) {
		err = take_ticket(r, record_ref(event, EVENT_TICKET), &ticket);
		if (err != ERR_OK)
			return err;
		if (at_us > ticket->last_us)
			ticket->last_us = at_us;
		ticket->was_created |= bytes_is(
		    hook, hook_points[HOOK_TICKET_CREATED].name);
		if (record_int(event, EVENT_SOURCE) != SOURCE_SCRIPT)
			ticket->first_us = at_us;
	}
	r->total++;
	r->first = event->id;
	if (at_us >= r->out->since_us &&
	    bytes_is(hook, hook_points[HOOK_MAIL_SENT].name))
		r->out->was.mails++;
	r->first_us = at_us;
	return ERR_OK;
}

/* Events from the newest back to the run's begin. */
static enum err
walk_events(struct replaying *r, struct site_read *read)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes number, value;
	struct key lo, hi;
	enum err err;

	key_begin(&lo, KEY_EVENT);
	key_begin(&hi, KEY_EVENT);
	key_u64(&hi, r->first);
	err = cursor_open(
	    read->snapshot, key_get(&lo), key_get(&hi), BACKWARD, &cursor);
	while (err == ERR_OK && !snapshot_is_old(read->snapshot)) {
		struct record event;

		err = cursor_next(&cursor, &number, &value);
		r->is_log_over = err == ERR_NOT_FOUND;
		if (err == ERR_OK)
			err = record_decode(&event, KIND_EVENT,
			    be64_read(number.at + number.len - 8), value);
		if (err == ERR_OK && record_int(&event, EVENT_AT) < r->from_us)
			err = ERR_NOT_FOUND;
		if (err == ERR_OK)
			err = hear_event(r, &event);
	}
	cursor_close(&cursor);
	return err;
}

static int
by_number(const void *a, const void *b)
{
	const struct past_ticket *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

struct past_ticket *
past_find(struct replaying *r, uint64_t number)
{
	struct past_ticket key = { .number = number };

	return r->ticket_count == 0 ?
	    NULL :
	    bsearch(&key, r->tickets, r->ticket_count, sizeof key, by_number);
}

/* The scripts whose text was taken within the period. */
static enum err
note_changed(struct replaying *r, const struct site_read *read)
{
	struct buf names = buf_in(r->arena);
	const struct record *const *all;
	size_t count;

	all = directory_all(read->directory, KIND_SCRIPT, &count);
	for (size_t i = 0; i < count; i++) {
		if (record_int(all[i], SCRIPT_LOADED_AT) < r->out->since_us ||
		    record_int(all[i], SCRIPT_IS_OFF))
			continue;
		buf_text(&names, names.len > 0 ? ", " : "");
		buf_bytes(&names, record_key(all[i]));
	}
	r->out->changed = buf_get(&names);
	return names.failed ? ERR_NOMEM : ERR_OK;
}

enum err
past_renew(struct replaying *r, struct site_read *read)
{
	if (!snapshot_is_old(read->snapshot))
		return ERR_OK;
	site_read_end(read);
	return site_read_begin(r->site, read);
}

/* Neither the log nor a timeline reaches back to where the run was to begin: it
 * begins with them. If older events were trimmed, the period comes later by the
 * lead. */
static void
begin_with_first(struct replaying *r)
{
	int64_t made_us = store_created_us(r->site->store), lead_us = 0;
	int64_t first_us = r->total > 0 ? r->first_us : INT64_MAX;

	if (r->deed_count > 0 && r->deeds[0].at_us <= first_us)
		first_us = r->deeds[0].at_us;
	else if (first_us > made_us + CLOCK_DAY_US)
		lead_us = r->options->lead_us;
	if (first_us == INT64_MAX)
		return;
	r->from_us = first_us;
	if (r->out->since_us < first_us + lead_us)
		r->out->since_us = first_us + lead_us;
	if (r->out->since_us > r->out->until_us)
		r->out->since_us = r->out->until_us;
}

/* Events from <r->from_us> on. ERR_LIMIT if there are enough tickets before. */
static enum err
gather_events(struct replaying *r, struct site_read *read, size_t limit)
{
	enum err err;

	r->ticket_limit = limit;
	r->ticket_count = 0;
	if (r->places != NULL)
		memset(r->places, 0, r->place_count * sizeof *r->places);
	r->total = 0;
	r->out->was.mails = 0;
	r->first = r->last;
	do {
		err = past_renew(r, read);
		if (err == ERR_OK)
			err = walk_events(r, read);
	} while (err == ERR_OK);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
hear_told(struct replaying *r, const struct past_ticket *told)
{
	struct past_ticket *ticket;
	enum err err = take_ticket(r, told->number, &ticket);

	if (err != ERR_OK)
		return err;
	ticket->told = told->told;
	ticket->covered_us = told->covered_us;
	ticket->is_imported = told->is_imported;
	if (told->last_us > ticket->last_us)
		ticket->last_us = told->last_us;
	return ERR_OK;
}

static int
by_last(const void *a, const void *b)
{
	const struct past_ticket *x = a, *y = b;

	return x->last_us > y->last_us ? -1 : x->last_us < y->last_us;
}

/* The tickets to which something happened since <from_us>, or later if there
 * are too many: *<is_limited>, and then since <from_us> as it is set. */
static enum err
gather_tickets(struct replaying *r, struct site_read *read, bool *is_limited)
{
	size_t limit = r->options->ticket_limit;
	enum err err = gather_events(r, read, limit);

	*is_limited = err == ERR_LIMIT;
	if (*is_limited)
		r->from_us = r->first_us;
	if (err != ERR_OK && err != ERR_LIMIT)
		return err;
	r->ticket_limit = 0;
	err = past_find_told(r, read, r->from_us, hear_told);
	if (err != ERR_OK || limit == 0 || r->ticket_count <= limit)
		return err;
	qsort(r->tickets, r->ticket_count, sizeof *r->tickets, by_last);
	r->from_us = r->tickets[limit - 1].last_us;
	*is_limited = true;
	err = gather_events(r, read, 0);
	return err == ERR_OK ? past_find_told(r, read, r->from_us, hear_told) :
			       err;
}

/* Who asked in each, and whether it is there still. */
static enum err
look_at_tickets(struct replaying *r, struct site_read *read)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < r->ticket_count; i++) {
		struct record ticket;

		err = past_renew(r, read);
		if (err == ERR_OK)
			err = record_find(read->snapshot, KIND_TICKET,
			    r->tickets[i].number, &ticket);
		r->tickets[i].is_gone = err == ERR_NOT_FOUND;
		if (err == ERR_OK)
			r->tickets[i].customer = record_ref(
			    &ticket, TICKET_CUSTOMER);
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	return err;
}

enum err
past_gather(struct replaying *r)
{
	struct site_read read;
	bool is_limited = false;
	enum err err = site_read_begin(r->site, &read);

	if (err != ERR_OK)
		return err;
	r->last = (snapshot_commit_number(read.snapshot) + 1) << 16;
	err = gather_tickets(r, &read, &is_limited);
	free(r->places);
	r->places = NULL;
	if (is_limited && r->out->since_us < r->from_us)
		r->out->since_us = r->from_us;
	if (r->ticket_count > 1)
		qsort(
		    r->tickets, r->ticket_count, sizeof *r->tickets, by_number);
	if (err == ERR_OK)
		err = past_tell(r, &read);
	if (err == ERR_OK && !is_limited && r->is_log_over)
		begin_with_first(r);
	r->total += r->deed_count;
	if (err == ERR_OK)
		err = note_changed(r, &read);
	if (err == ERR_OK)
		err = look_at_tickets(r, &read);
	if (read.snapshot != NULL)
		site_read_end(&read);
	return err;
}

enum err
past_why_not(
    struct replaying *r, uint64_t number, int64_t at_us, const struct why *why)
{
	struct past_ticket *ticket = past_find(r, number);
	struct why *copy;

	if (ticket == NULL || ticket->why_not != NULL)
		return ERR_OK;
	copy = arena_new(r->arena, struct why);
	if (copy == NULL)
		return ERR_NOMEM;
	*copy = *why;
	ticket->why_not = copy;
	ticket->why_not_us = at_us;
	return ERR_OK;
}
