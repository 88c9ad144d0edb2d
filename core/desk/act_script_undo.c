/* core/desk/act_script_undo.c - takes back what a script changed, as one act.
 *
 * The events tell what it changed: each change of a ticket or a customer left
 * one, with the script, the fields, and the commit it came with. They are gone
 * through from the newest to the oldest, so that a field that was changed twice
 * ends as it was before. What somebody else changed since is left and listed;
 * mails, replies and notes stay.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/acts.h"
#include "core/desk/ops.h"
#include "core/desk/undo.h"

#define UNDO_MAX 1000 /* changes in one act */

/* What is to be taken back. */
struct undoing {
	struct work *work;
	struct bytes script; /* "routing", or a handler "routing/words" */
	uint64_t trace;      /* of this run only; 0: of all since <since_us> */
	int64_t since_us;
	size_t count;
	struct buf left;
};

/* "routing" is the script of "routing/words". */
static bool
is_by(struct bytes name, struct bytes script)
{
	return bytes_equal(name, script) ||
	    bytes_equal(bytes_split(&name, '/'), script);
}

static void
list_left(struct undoing *u, const struct touched *t, struct bytes fields)
{
	struct buf *left = &u->left;

	if (fields.len == 0)
		return;
	if (left->len > 0)
		buf_text(left, "; ");
	if (t->new.kind->id == KIND_TICKET)
		buf_printf(left, "#%llu ", (unsigned long long)t->new.id);
	else
		buf_printf(left, "%.*s ", BYTES_ARG(record_label(&t->new)));
	buf_bytes(left, fields);
}

/* The entry that told of the change; ERR_NOT_FOUND if it is not of this run,
 * or was taken back already. */
static enum err
find_entry(struct undoing *u, const struct record *event, struct record *entry)
{
	enum err err = record_find(u->work->read.snapshot, KIND_ENTRY,
	    entry_id(record_ref(event, EVENT_TICKET),
		(uint64_t)record_int(event, EVENT_ENTRY)),
	    entry);

	if (err == ERR_OK &&
	    (record_has(entry, ENTRY_UNDONE_BY) ||
		(u->trace != 0 && record_ref(entry, ENTRY_TRACE) != u->trace)))
		return ERR_NOT_FOUND;
	return err;
}

static enum err
undo_on(
    struct undoing *u, struct touched *t, struct bytes changes, size_t *undone)
{
	const struct json *json;
	struct bytes left = BYTES_NONE;
	enum err err = json_parse(
	    u->work->arena, changes, JSON_BYTES_MAX, &json, u->work->why);

	if (err == ERR_OK)
		err = undo_fields(u->work, t, json, undone, &left);
	if (err == ERR_OK)
		list_left(u, t, left);
	return err;
}

static enum err
undo_ticket(struct undoing *u, const struct record *event)
{
	struct work *work = u->work;
	struct record entry, marked;
	struct touched *ticket;
	size_t undone = 0;
	enum err err = find_entry(u, event, &entry);

	if (err == ERR_OK)
		err = work_load(work, KIND_TICKET,
		    record_ref(event, EVENT_TICKET), &ticket);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = undo_on(u, ticket, record_text(&entry, ENTRY_CHANGES), &undone);
	if (err != ERR_OK || undone == 0)
		return err;
	ops_settle(work, ticket);
	ticket->undoes = entry_sequence(entry.id);
	err = work_flush(work, ticket);
	if (err != ERR_OK)
		return err;
	u->count++;
	marked = entry;
	record_set_int(&marked, ENTRY_UNDONE_BY,
	    record_int(&ticket->new, TICKET_LAST_ENTRY));
	return record_put(work->change, work->arena, &entry, &marked);
}

static enum err
undo_customer(struct undoing *u, const struct record *event)
{
	struct touched *customer;
	size_t undone = 0;
	enum err err = work_load(u->work, KIND_CUSTOMER,
	    record_ref(event, EVENT_CUSTOMER), &customer);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = undo_on(u, customer, record_text(event, EVENT_CHANGES), &undone);
	if (err == ERR_OK && undone > 0) {
		u->count++;
		err = work_flush(u->work, customer);
	}
	return err;
}

static enum err
undo_event(struct undoing *u, const struct record *event)
{
	static const struct {
		enum hook hook;
		enum err (*undo)(struct undoing *, const struct record *);
	} table[] = {
		{ HOOK_TICKET_UPDATED, undo_ticket },
		{ HOOK_CUSTOMER_UPDATED, undo_customer },
	};
	struct bytes hook = record_text(event, EVENT_HOOK);

	if (!is_by(record_text(event, EVENT_SCRIPT), u->script))
		return ERR_OK;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!bytes_is(hook, hook_points[table[i].hook].name))
			continue;
		if (u->count >= UNDO_MAX)
			return work_fail(u->work, ERR_LIMIT, NULL,
			    N_("These are over {n} changes: choose a shorter "
			       "time."),
			    UNDO_MAX, BYTES_NONE);
		return table[i].undo(u, event);
	}
	return ERR_OK;
}

/* All events with keys from <lo> up to <hi>, the newest first. */
static enum err
walk(struct undoing *u, const struct key *lo, const struct key *hi)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	enum err err = cursor_open(u->work->read.snapshot, key_get(lo),
	    key_get(hi), BACKWARD, &cursor);

	while (err == ERR_OK) {
		struct record event;

		err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			err = record_decode(&event, KIND_EVENT,
			    be64_read(key.at + key.len - 8), value);
		if (err == ERR_OK && record_int(&event, EVENT_AT) < u->since_us)
			break;
		if (err == ERR_OK)
			err = undo_event(u, &event);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The events of one run are those of its commit, see change_number(). */
static enum err
walk_run(struct undoing *u)
{
	struct key lo, hi;
	struct record trace;
	enum err err = record_find(u->work->read.snapshot, KIND_TRACE,
	    u->work->input->subject, &trace);

	if (err != ERR_OK)
		return err;
	u->trace = trace.id;
	u->script = record_text(&trace, TRACE_NAME);
	key_begin(&lo, KEY_EVENT);
	hi = lo;
	key_u64(&lo, trace.rev << 16);
	key_u64(&hi, (trace.rev + 1) << 16);
	return walk(u, &lo, &hi);
}

enum err
act_script_undo(struct work *work)
{
	struct undoing u = { .work = work,
		.script = work->input->body,
		.since_us = work->input->since_us,
		.left = buf_in(work->arena) };
	struct key lo, hi;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_SCRIPT_UNDO, NULL);

	if (err != ERR_OK)
		return err;
	if (work->input->subject != 0) {
		u.since_us = 0;
		err = walk_run(&u);
	} else {
		key_begin(&lo, KEY_EVENT);
		hi = lo;
		key_after(&hi);
		err = walk(&u, &lo, &hi);
	}
	if (err == ERR_OK && u.left.failed)
		err = ERR_NOMEM;
	if (err != ERR_OK)
		return err;
	work->result->undone = u.count;
	work->result->left = buf_get(&u.left);
	return ERR_OK;
}
