/* core/model/ticket.c - states, timelines and counters of tickets.
 *
 * Counters:  c COUNTER_TICKETS queue owner state-and-waiting -> how many
 *
 * One ordering is enough: the counters are as few as there are combinations
 * of queue, owner and state in use, and readers keep their sums in memory by
 * commit number (see model/counts.h).
 */
#include "config.h"
#include "core/model/ticket.h"
#include "core/base/arena.h"
#include "core/model/directory.h"
#include "core/store/keys.h"

#define COUNTER_TICKETS 1
#define COUNT_WAITING 0x10 /* added to the state in a counter's key */
#define COUNT_KEY_SIZE (1 + 1 + 8 + 8 + 1)

enum ticket_state
ticket_state(const struct record *ticket)
{
	static const enum ticket_state of_status[] = { STATE_OPEN,
		STATE_PENDING, STATE_CLOSED };
	int64_t status = record_int(ticket, TICKET_STATUS);

	switch (record_int(ticket, TICKET_PLACE)) {
	case PLACE_SPAM: return STATE_SPAM;
	case PLACE_TRASH: return STATE_TRASH;
	default: break;
	}
	return status >= 0 && status <= STATUS_CLOSED ? of_status[status] :
							STATE_OPEN;
}

bool
ticket_is_waiting(const struct record *ticket)
{
	return record_int(ticket, TICKET_PLACE) == PLACE_DESK &&
	    record_int(ticket, TICKET_STATUS) != STATUS_CLOSED &&
	    record_has(ticket, TICKET_WAITING_SINCE);
}

static void
count_key(struct key *key, const struct record *ticket)
{
	key_count(key, COUNTER_TICKETS);
	key_u64(key, record_ref(ticket, TICKET_QUEUE));
	key_u64(key, record_ref(ticket, TICKET_OWNER));
	key_u8(key,
	    (uint8_t)(ticket_state(ticket) |
		(ticket_is_waiting(ticket) ? COUNT_WAITING : 0)));
}

/* Values go by what their fields were when they were read: whether they are
 * indexed, above all. Who changes a field meanwhile makes this a CONFLICT. */
static void
guard_fields(struct change *change, const struct directory *directory,
    const struct record *ticket)
{
	struct bytes map = record_text(ticket, TICKET_FIELDS), value;
	uint64_t number;

	while (map_next(&map, &number, &value)) {
		const struct record *field = directory_find(
		    directory, KIND_FIELD, number);
		struct key key;

		if (field == NULL)
			continue;
		key_record(&key, KIND_FIELD, number);
		change_guard_rev(change, key_get(&key), field->rev);
	}
}

enum err
ticket_put(struct change *change, struct arena *arena,
    const struct directory *directory, const struct record *old,
    const struct record *new)
{
	struct key before = { .len = 0 }, after = { .len = 0 };

	if (old != NULL)
		count_key(&before, old);
	if (new != NULL)
		count_key(&after, new);
	if (!bytes_equal(key_get(&before), key_get(&after))) {
		if (old != NULL)
			change_add(change, key_get(&before), -1);
		if (new != NULL)
			change_add(change, key_get(&after), 1);
	}
	if (old != NULL)
		guard_fields(change, directory, old);
	if (new != NULL)
		guard_fields(change, directory, new);
	return record_replace(change, arena, directory, old, new);
}

enum err
timeline_next(struct snapshot *snapshot, uint64_t ticket, uint64_t *sequence,
    struct record *out)
{
	uint64_t id = entry_id(ticket, *sequence);
	enum err err = record_next(snapshot, KIND_ENTRY, &id, out);

	if (err != ERR_OK)
		return err;
	if (entry_ticket(id) != ticket)
		return ERR_NOT_FOUND;
	*sequence = entry_sequence(id);
	return ERR_OK;
}

bool
entry_is_merge(const struct record *entry)
{
	return record_int(entry, ENTRY_TYPE) == ENTRY_IS_EVENT &&
	    bytes_is(record_text(entry, ENTRY_EVENT), "ticket.merged");
}

enum err
timeline_merged(struct snapshot *snapshot, const struct record *into,
    const struct record *entry, struct record *out)
{
	enum err err;

	if (!entry_is_merge(entry))
		return ERR_NOT_FOUND;
	err = record_find(
	    snapshot, KIND_TICKET, record_ref(entry, ENTRY_OTHER), out);
	if (err == ERR_OK && record_ref(out, TICKET_MERGED_INTO) != into->id)
		err = ERR_NOT_FOUND;
	return err;
}

static enum err
read_count(struct bytes key, struct bytes value, struct ticket_count *out)
{
	uint8_t state;

	if (key.len != COUNT_KEY_SIZE || value.len != 8)
		return ERR_CORRUPT;
	state = (uint8_t)key.at[COUNT_KEY_SIZE - 1];
	out->queue = be64_read(key.at + 2);
	out->owner = be64_read(key.at + 10);
	out->state = state & (COUNT_WAITING - 1);
	out->is_waiting = state & COUNT_WAITING;
	memcpy(&out->count, value.at, 8);
	return out->state < STATE__COUNT ? ERR_OK : ERR_CORRUPT;
}

enum err
ticket_counts(struct snapshot *snapshot, struct arena *arena,
    struct ticket_count **out, size_t *count)
{
	struct ticket_count *rows = NULL;
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	size_t n = 0, cap = 0;
	struct key prefix;
	enum err err;

	key_count(&prefix, COUNTER_TICKETS);
	err = cursor_open_prefix(snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK) {
		err = cursor_next(&cursor, &key, &value);
		if (err != ERR_OK)
			break;
		if (n == cap) {
			size_t more = cap > 0 ? cap * 2 : 64;
			struct ticket_count *grown = arena_grow(arena, rows,
			    cap * sizeof *rows, more * sizeof *rows);

			if (grown == NULL) {
				err = ERR_NOMEM;
				break;
			}
			rows = grown;
			cap = more;
		}
		err = read_count(key, value, &rows[n]);
		n++;
	}
	cursor_close(&cursor);
	if (err != ERR_NOT_FOUND)
		return err;
	*out = rows;
	*count = n;
	return ERR_OK;
}

/* Count one ticket down; false when no counter knows of it. */
static bool
count_down(struct ticket_count *rows, size_t count, const struct record *ticket)
{
	for (size_t i = 0; i < count; i++) {
		struct ticket_count *row = &rows[i];

		if (row->queue == record_ref(ticket, TICKET_QUEUE) &&
		    row->owner == record_ref(ticket, TICKET_OWNER) &&
		    row->state == ticket_state(ticket) &&
		    row->is_waiting == ticket_is_waiting(ticket)) {
			row->count--;
			return true;
		}
	}
	return false;
}

enum err
ticket_counts_check(
    struct snapshot *snapshot, struct arena *arena, struct why *why)
{
	struct ticket_count *rows = NULL;
	struct record ticket;
	size_t count = 0;
	uint64_t id = 0;
	enum err err = ticket_counts(snapshot, arena, &rows, &count);

	while (err == ERR_OK) {
		err = record_next(snapshot, KIND_TICKET, &id, &ticket);
		if (err == ERR_OK && !count_down(rows, count, &ticket))
			return why_set(why, ERR_CORRUPT, NULL,
			    N_("Ticket {n} is counted nowhere."), (int64_t)id,
			    NULL);
	}
	if (err != ERR_NOT_FOUND)
		return err;
	for (size_t i = 0; i < count; i++)
		if (rows[i].count != 0)
			return why_set(why, ERR_CORRUPT, NULL,
			    N_("A counter is off by {n}."), rows[i].count,
			    NULL);
	return ERR_OK;
}
