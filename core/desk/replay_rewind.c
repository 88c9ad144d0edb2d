/* core/desk/replay_rewind.c - a record as it was before the run.
 *
 * A ticket is rewound by its change entries, each of which has the old values
 * of what it changed; what is no field that is accounted for follows from the
 * entries that are left. Customers and agents have no timeline: their events
 * tell.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/desk/replay_private.h"
#include "core/desk/rewind.h"
#include "core/model/ticket.h"

struct leaving {
	struct replaying *r;
	uint64_t ticket; /* 0: another record, which stays as it is */
};

static enum err
leave(void *context, struct bytes field, const struct why *why)
{
	const struct leaving *leaving = context;

	(void)field;
	return past_why_not(leaving->r, leaving->ticket, INT64_MIN, why);
}

/* What follows from the entries that are left. */
struct entries_tell {
	int64_t waiting_us, answered_us, first_answered_us, closed_us, last_us;
	struct record said; /* the newest reply */
	bool has_said;
	uint64_t count;
};

struct bytes
past_status_of(struct replaying *r, const struct record *entry)
{
	struct bytes changes = record_text(entry, ENTRY_CHANGES);
	const struct json *object;

	if (changes.len == 0 ||
	    json_parse(r->step, changes, JSON_BYTES_MAX, &object, NULL) !=
		ERR_OK)
		return BYTES_NONE;
	return json_text(json_next(json_first(json_get(object, "status"))));
}

static void
hear_entry(
    struct replaying *r, struct entries_tell *tell, const struct record *entry)
{
	int64_t at_us = record_int(entry, ENTRY_AT);
	struct bytes status;

	tell->last_us = at_us;
	tell->count = entry_sequence(entry->id);
	if (record_int(entry, ENTRY_TYPE) == ENTRY_IS_REPLY) {
		tell->said = *entry;
		tell->has_said = true;
		if (record_int(entry, ENTRY_BY) == BY_CUSTOMER) {
			if (tell->waiting_us == 0)
				tell->waiting_us = at_us;
			return;
		}
		tell->waiting_us = 0;
		tell->answered_us = at_us;
		if (tell->first_answered_us == 0)
			tell->first_answered_us = at_us;
		return;
	}
	status = past_status_of(r, entry);
	if (status.len == 0)
		return;
	tell->closed_us = bytes_is(status, "closed") ? at_us : 0;
	if (!bytes_is(status, "open"))
		tell->waiting_us = 0;
}

static enum err
settle(struct replaying *r, const struct site_read *read,
    const struct entries_tell *tell, int64_t from_us, struct record *t)
{
	static const int marks[] = { TICKET_RATED_AT, TICKET_SURVEYED_AT };
	bool is_open = record_int(t, TICKET_STATUS) == STATUS_OPEN &&
	    record_int(t, TICKET_PLACE) == PLACE_DESK;
	struct buf line = buf_in(r->step);
	struct bytes body;
	enum err err = ERR_OK;

	record_set_int(t, TICKET_LAST_ENTRY, (int64_t)tell->count);
	record_set_int(t, TICKET_UPDATED,
	    tell->last_us != 0 ? tell->last_us : record_int(t, TICKET_CREATED));
	record_set_int(t, TICKET_ANSWERED_AT, tell->answered_us);
	record_set_int(t, TICKET_FIRST_ANSWERED_AT, tell->first_answered_us);
	record_set_int(t, TICKET_WAITING_SINCE, is_open ? tell->waiting_us : 0);
	if (record_int(t, TICKET_STATUS) != STATUS_CLOSED)
		record_clear(t, TICKET_CLOSED_AT);
	else if (tell->closed_us != 0)
		record_set_int(t, TICKET_CLOSED_AT, tell->closed_us);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (record_int(t, marks[i]) >= from_us)
			record_clear(t, marks[i]);
	if (!tell->has_said)
		return ERR_OK;
	err = record_bigtext(
	    read->snapshot, &tell->said, ENTRY_BODY, r->step, &body);
	if (err != ERR_OK)
		return err;
	text_snippet(&line, body, TICKET_SNIPPET_MAX);
	record_set_text(t, TICKET_SNIPPET, buf_get(&line));
	record_set_int(t, TICKET_SNIPPET_BY, record_int(&tell->said, ENTRY_BY));
	return line.failed ? ERR_NOMEM : ERR_OK;
}

/* Take an entry back. */
static enum err
take_back(struct replaying *r, const struct site_read *read,
    const struct record *entry, struct record *t)
{
	struct leaving leaving = { r, t->id };
	uint64_t count = 0;

	if (record_int(entry, ENTRY_TYPE) == ENTRY_IS_REPLY) {
		int slot = record_int(entry, ENTRY_BY) == BY_CUSTOMER ?
		    TICKET_CUSTOMER_REPLIES :
		    TICKET_AGENT_REPLIES;

		record_set_int(t, slot, record_int(t, slot) - 1);
	}
	return rewind_fields(t, record_text(entry, ENTRY_CHANGES),
	    read->directory, r->step, leave, &leaving, &count);
}

/* What an import tells of a ticket is how it ended. While it was talked about
 * it was the turn of who had not said the last word. */
static void
guess_status(const struct entries_tell *tell, struct record *t)
{
	bool is_answered = tell->has_said &&
	    record_int(&tell->said, ENTRY_BY) != BY_CUSTOMER;

	record_set_int(
	    t, TICKET_STATUS, is_answered ? STATUS_PENDING : STATUS_OPEN);
}

enum err
past_ticket_at(struct replaying *r, const struct site_read *read,
    const struct record *now, int64_t from_us, struct record *out)
{
	uint64_t last = (uint64_t)record_int(now, TICKET_LAST_ENTRY);
	const struct past_ticket *p = past_find(r, now->id);
	uint64_t told = p != NULL && p->is_imported ? p->told : 0;
	bool is_guess = p != NULL && p->closed_us != 0 &&
	    p->closed_us >= from_us;
	struct entries_tell tell = { .count = 0 };
	struct record entry;
	uint64_t n = last;
	enum err err = ERR_OK;

	*out = *now;
	for (; err == ERR_OK && n > 0; n--) {
		err = record_find(
		    read->snapshot, KIND_ENTRY, entry_id(now->id, n), &entry);
		if (err == ERR_OK && record_int(&entry, ENTRY_AT) < from_us)
			break;
		if (err == ERR_OK)
			err = take_back(r, read, &entry, out);
		if (err == ERR_OK && n <= told)
			is_guess = past_status_of(r, &entry).len == 0 &&
			    (is_guess ||
				record_int(&entry, ENTRY_TYPE) ==
				    ENTRY_IS_REPLY);
		if (err == ERR_NOT_FOUND)
			err = ERR_OK; /* erased */
	}
	if (err != ERR_OK || (n == last && !is_guess))
		return err;
	for (uint64_t i = 0; err == ERR_OK && i < n;) {
		err = timeline_next(read->snapshot, now->id, &i, &entry);
		if (err == ERR_OK && i <= n)
			hear_entry(r, &tell, &entry);
	}
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (is_guess)
		guess_status(&tell, out);
	return err == ERR_OK ? settle(r, read, &tell, from_us, out) : err;
}

enum err
past_rewind_by_events(struct replaying *r, const struct site_read *read,
    struct record *record, int64_t from_us, bool *was_created)
{
	struct cursor cursor = { .snapshot = NULL };
	struct leaving leaving = { r, 0 };
	struct bytes key, name, value;
	struct key prefix;
	uint64_t count = 0;
	enum err err;

	*was_created = false;
	key_event_of(&prefix, (uint8_t)record->kind->id, record->id);
	err = cursor_open_prefix(
	    read->snapshot, key_get(&prefix), BACKWARD, &cursor);
	while (err == ERR_OK) {
		struct record event;
		struct key at;

		err = cursor_next(&cursor, &key, &name);
		if (err != ERR_OK)
			break;
		key_begin(&at, KEY_EVENT);
		key_u64(&at, be64_read(key.at + key.len - 8));
		err = snapshot_get(read->snapshot, key_get(&at), &value);
		if (err == ERR_OK)
			err = record_decode(&event, KIND_EVENT, 1, value);
		if (err != ERR_OK || record_int(&event, EVENT_AT) < from_us)
			break;
		*was_created |= bytes_is(
		    name, hook_points[HOOK_CUSTOMER_CREATED].name);
		err = rewind_fields(record, record_text(&event, EVENT_CHANGES),
		    read->directory, r->step, leave, &leaving, &count);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
