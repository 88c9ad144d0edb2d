/* core/desk/replay_told.c - what people did of which the event log does not
 * know: on tickets that were imported, and before the log begins.
 *
 * Their timelines tell. An import is one act, and the log loses its oldest
 * events first: so what it does not know of a ticket is how its timeline
 * begins, up to the first entry that an event names.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/desk/replay_private.h"
#include "core/desk/site_private.h"
#include "core/model/index.h"
#include "core/model/ticket.h"

#include <stdlib.h>

#define KEY_TAIL_SIZE 16 /* of an index by time: updated, number */

bool
past_is_deed(const struct record *entry)
{
	int64_t type = record_int(entry, ENTRY_TYPE);
	int64_t by = record_int(entry, ENTRY_BY);

	return (by == BY_CUSTOMER || by == BY_AGENT) &&
	    type != ENTRY_IS_EVENT && !record_has(entry, ENTRY_SCRIPT) &&
	    record_int(entry, ENTRY_SOURCE) != SOURCE_SCRIPT;
}

bool
past_is_same_deed(const struct record *entry, const struct record *other)
{
	return past_is_deed(entry) && past_is_deed(other) &&
	    record_int(entry, ENTRY_AT) == record_int(other, ENTRY_AT) &&
	    record_int(entry, ENTRY_BY) == record_int(other, ENTRY_BY) &&
	    record_ref(entry, ENTRY_AGENT) == record_ref(other, ENTRY_AGENT);
}

/* --- which tickets --- */

struct finding {
	struct replaying *r;
	struct site_read *read;
	int64_t from_us;
	enum err (*hear)(struct replaying *r, const struct past_ticket *ticket);
	size_t count; /* that were heard of, of this state */
};

/* From which entry on, and since when, the log knows the ticket: 0 if from its
 * creation, UINT64_MAX if not at all. */
static enum err
first_known(const struct finding *f, uint64_t number, uint64_t *sequence,
    int64_t *at_us)
{
	struct snapshot *snapshot = f->read->snapshot;
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, name, value;
	struct key prefix;
	uint64_t commit = 0;
	enum err err;

	*sequence = UINT64_MAX;
	*at_us = INT64_MAX;
	key_event_of(&prefix, KIND_TICKET, number);
	err = cursor_open_prefix(snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK) {
		struct record event;
		struct key at;
		uint64_t id, entry;

		err = cursor_next(&cursor, &key, &name);
		if (err != ERR_OK)
			break;
		id = be64_read(key.at + key.len - 8);
		if (commit != 0 && numbered_commit(id) != commit)
			break;
		if (bytes_is(name, hook_points[HOOK_TICKET_CREATED].name)) {
			*sequence = 0;
			break;
		}
		key_begin(&at, KEY_EVENT);
		key_u64(&at, id);
		err = snapshot_get(snapshot, key_get(&at), &value);
		if (err == ERR_OK)
			err = record_decode(&event, KIND_EVENT, id, value);
		if (err != ERR_OK || !record_has(&event, EVENT_ENTRY))
			continue;
		commit = numbered_commit(id);
		entry = (uint64_t)record_int(&event, EVENT_ENTRY);
		if (entry < *sequence)
			*sequence = entry;
		*at_us = record_int(&event, EVENT_AT);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The time of the last thing that somebody did up to the entry <told>. */
static enum err
last_deed(
    const struct finding *f, const struct record *ticket, struct past_ticket *p)
{
	uint64_t last = (uint64_t)record_int(ticket, TICKET_LAST_ENTRY);
	enum err err = ERR_OK;

	if (p->told > last)
		p->told = last;
	p->last_us = INT64_MIN;
	if (p->is_imported && p->told == last &&
	    record_int(ticket, TICKET_STATUS) == STATUS_CLOSED)
		p->last_us = record_int(ticket, TICKET_CLOSED_AT);
	for (uint64_t n = p->told; err == ERR_OK && n > 0; n--) {
		struct record entry;

		err = record_find(f->read->snapshot, KIND_ENTRY,
		    entry_id(ticket->id, n), &entry);
		if (err == ERR_OK && past_is_deed(&entry)) {
			if (record_int(&entry, ENTRY_AT) > p->last_us)
				p->last_us = record_int(&entry, ENTRY_AT);
			break;
		}
		if (err == ERR_NOT_FOUND)
			err = ERR_OK; /* erased */
	}
	return err;
}

static enum err
look_at(struct finding *f, uint64_t number)
{
	struct past_ticket p = { .number = number, .first_us = INT64_MAX };
	struct record ticket;
	enum err err = first_known(f, number, &p.told, &p.covered_us);

	if (err != ERR_OK || p.told <= 1)
		return err;
	p.told--;
	err = record_find(f->read->snapshot, KIND_TICKET, number, &ticket);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	p.is_imported = record_int(&ticket, TICKET_SOURCE) == SOURCE_IMPORT;
	err = last_deed(f, &ticket, &p);
	if (err != ERR_OK || p.last_us < f->from_us)
		return err;
	f->count++;
	return f->hear(f->r, &p);
}

/* Those of a state, down to <lo>, as long as the snapshot is young. <hi> goes
 * down with them; ERR_NOT_FOUND at the end. */
static enum err
walk_state(struct finding *f, const struct key *prefix, const struct key *lo,
    struct key *hi)
{
	size_t limit = f->r->options->ticket_limit;
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, gist;
	enum err err = cursor_open(
	    f->read->snapshot, key_get(lo), key_get(hi), BACKWARD, &cursor);

	while (err == ERR_OK && !snapshot_is_old(f->read->snapshot)) {
		err = cursor_next(&cursor, &key, &gist);
		if (err != ERR_OK)
			break;
		*hi = *prefix;
		key_raw(hi, key.at + key.len - KEY_TAIL_SIZE, KEY_TAIL_SIZE);
		err = look_at(f, be64_read(key.at + key.len - 8));
		if (err == ERR_OK && limit != 0 && f->count == limit)
			err = ERR_NOT_FOUND;
	}
	cursor_close(&cursor);
	return err;
}

enum err
past_find_told(struct replaying *r, struct site_read *read, int64_t from_us,
    enum err (*hear)(struct replaying *r, const struct past_ticket *ticket))
{
	struct finding f = {
		.r = r, .read = read, .from_us = from_us, .hear = hear
	};
	enum err err = ERR_OK;

	for (int state = 0; err == ERR_OK && state < STATE__COUNT; state++) {
		struct key prefix, lo, hi;

		key_index(&prefix, KIND_TICKET, INDEX_TICKET_STATE);
		index_key_int(
		    &prefix, kind_get(KIND_TICKET), INDEX_STATE, state);
		lo = hi = prefix;
		key_int(&lo, from_us);
		key_after(&hi);
		f.count = 0;
		while (err == ERR_OK) {
			err = past_renew(r, read);
			if (err == ERR_OK)
				err = walk_state(&f, &prefix, &lo, &hi);
		}
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	return err;
}

/* --- what happened to each --- */

struct telling {
	struct replaying *r;
	struct site_read *read;
	struct past_ticket *p;
	int64_t at_us;      /* of the entry before */
	struct record said; /* the message or note before */
	bool has_said;
	bool has_begun;      /* it was created */
	bool has_closing;    /* the last word of its status is that it closed */
	bool has_note_first; /* before all that the customer knows of */
};

static enum err
add_deed(struct telling *t, int64_t at_us, uint64_t sequence)
{
	struct replaying *r = t->r;

	if (at_us < r->from_us)
		return ERR_OK;
	if (r->deed_count == r->deed_cap) {
		size_t cap = r->deed_cap == 0 ? 1024 : 2 * r->deed_cap;
		struct past_deed *grown = realloc(
		    r->deeds, cap * sizeof *grown);

		if (grown == NULL)
			return ERR_NOMEM;
		r->deeds = grown;
		r->deed_cap = cap;
	}
	r->deeds[r->deed_count++] = (struct past_deed){
		.at_us = at_us, .ticket = t->p->number, .sequence = sequence
	};
	if (at_us < t->p->first_us)
		t->p->first_us = at_us;
	return ERR_OK;
}

/* What changed with a message or a note came of the same act. A
 * ticket that begins in the run begins with the first message. */
static enum err
tell_entry(struct telling *t, const struct record *entry)
{
	int64_t at_us = record_int(entry, ENTRY_AT);
	int64_t type = record_int(entry, ENTRY_TYPE);
	struct bytes status = past_status_of(t->r, entry);
	bool is_same = t->has_said && type == ENTRY_IS_CHANGE &&
	    past_is_same_deed(entry, &t->said);

	if (status.len > 0)
		t->has_closing = bytes_is(status, "closed");
	if (!past_is_deed(entry))
		return ERR_OK;
	if (!t->has_begun && type != ENTRY_IS_REPLY) {
		t->has_note_first |= type == ENTRY_IS_NOTE;
		return ERR_OK;
	}
	if (!t->has_begun)
		t->p->was_created = at_us >= t->r->from_us;
	t->has_begun = true;
	t->at_us = at_us;
	if (type != ENTRY_IS_CHANGE) {
		t->said = *entry;
		t->has_said = true;
	}
	return is_same ? ERR_OK : add_deed(t, at_us, entry_sequence(entry->id));
}

/* What an import says of a ticket and no entry: that it is closed. */
static enum err
tell_closing(struct telling *t, const struct record *now)
{
	struct past_ticket *p = t->p;
	int64_t closed_us;
	struct record then;
	enum err err = past_ticket_at(t->r, t->read, now, p->covered_us, &then);

	if (err != ERR_OK)
		return err;
	p->told_status = (int)record_int(&then, TICKET_STATUS);
	if (p->told_status != STATUS_CLOSED || t->has_closing)
		return ERR_OK;
	closed_us = record_int(&then, TICKET_CLOSED_AT);
	p->closed_us = closed_us > t->at_us && closed_us < p->covered_us ?
	    closed_us :
	    t->at_us;
	return add_deed(t, p->closed_us, DEED_CLOSED);
}

static enum err
tell_ticket(struct replaying *r, struct site_read *read, struct past_ticket *p)
{
	struct telling t = { .r = r, .read = read, .p = p };
	struct record ticket;
	struct why why;
	uint64_t n = 0;
	enum err err = record_find(
	    read->snapshot, KIND_TICKET, p->number, &ticket);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	t.has_begun = record_int(&ticket, TICKET_CREATED) < r->from_us;
	while (err == ERR_OK && n < p->told) {
		struct record entry;

		err = timeline_next(read->snapshot, p->number, &n, &entry);
		if (err == ERR_OK && n <= p->told)
			err = tell_entry(&t, &entry);
	}
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err == ERR_OK && p->is_imported && t.has_begun)
		err = tell_closing(&t, &ticket);
	if (err != ERR_OK || (t.has_begun && !t.has_note_first))
		return err;
	(void)why_set(&why, ERR_INVALID, NULL,
	    N_("It does not begin with a message."), 0, NULL);
	return past_why_not(r, p->number, INT64_MIN, &why);
}

static int
by_time(const void *a, const void *b)
{
	const struct past_deed *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->ticket != y->ticket)
		return x->ticket < y->ticket ? -1 : 1;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

enum err
past_tell(struct replaying *r, struct site_read *read)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < r->ticket_count; i++) {
		if (r->tickets[i].told == 0)
			continue;
		err = past_renew(r, read);
		if (err == ERR_OK)
			err = tell_ticket(r, read, &r->tickets[i]);
		arena_reset(r->step);
	}
	if (r->deed_count > 1)
		qsort(r->deeds, r->deed_count, sizeof *r->deeds, by_time);
	return err;
}
