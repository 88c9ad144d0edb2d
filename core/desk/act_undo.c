/* core/desk/act_undo.c - takes back one change, or what a script changed.
 *
 * Of a script the events tell what it changed: each change of a ticket or a
 * customer left one, with the script, the fields, and the commit it came with.
 * They are gone through from the newest to the oldest, so that a field that was
 * changed twice ends as it was before. What somebody else changed since, or
 * cannot come back, is left and listed; mails, replies and notes stay. A rule
 * that refuses one of the changes refuses all of them: it is one act.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/acts.h"
#include "core/desk/undo.h"

#define UNDO_MAX 1000 /* changes in one act */

/* Take back what the entry tells of, and mark it. */
static enum err
undo_entry(struct work *work, struct touched *ticket,
    const struct record *entry, size_t *undone)
{
	struct record marked = *entry;
	enum err err;

	ticket->undone_by = 0;
	err = undo_changes(work, ticket, record_text(entry, ENTRY_CHANGES),
	    entry_sequence(entry->id), undone);
	if (err != ERR_OK || *undone == 0)
		return err;
	record_set_int(&marked, ENTRY_UNDONE_BY, (int64_t)ticket->undone_by);
	return record_put(work->change, work->arena, entry, &marked);
}

/* Nothing went back: all of it was changed since, or this is why not. */
static enum err
fail_left(struct work *work)
{
	const struct act_left *left = work->result->left;
	struct buf names = buf_in(work->arena);

	for (; left != NULL && left->is_changed; left = left->next) {
		buf_text(&names, names.len > 0 ? ", " : "");
		buf_bytes(&names, left->field);
	}
	if (names.failed)
		return ERR_NOMEM;
	if (left != NULL) {
		*work->why = left->why;
		return ERR_INVALID;
	}
	return work_fail(work, ERR_INVALID, NULL,
	    N_("All of it was changed again since: {name}."), 0,
	    buf_get(&names));
}

/* The change that the input names. */
static enum err
find_change(
    struct work *work, const struct touched *ticket, struct record *entry)
{
	enum err err = record_find(work->read.snapshot, KIND_ENTRY,
	    entry_id(ticket->old.id, work->input->entry), entry);

	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !record_has(entry, ENTRY_CHANGES)))
		return work_fail(work, ERR_NOT_FOUND, NULL,
		    N_("There is no such change."), 0, BYTES_NONE);
	if (err == ERR_OK && record_has(entry, ENTRY_UNDONE_BY))
		return work_fail(work, ERR_EXISTS, NULL,
		    N_("This change was taken back already."), 0, BYTES_NONE);
	return err;
}

enum err
act_ticket_undo(struct work *work)
{
	struct touched *ticket;
	struct record entry;
	size_t undone = 0;
	enum err err = act_load_ticket(work, &ticket);

	if (err == ERR_OK)
		err = find_change(work, ticket, &entry);
	if (err == ERR_OK)
		err = undo_entry(work, ticket, &entry, &undone);
	if (err == ERR_OK && undone == 0)
		err = fail_left(work);
	if (err != ERR_OK)
		return err;
	work->result->undone = undone;
	work->result->ticket = ticket->new.id;
	work->result->entry = ticket->first_entry;
	return ERR_OK;
}

/* What is to be taken back. */
struct undoing {
	struct work *work;
	struct bytes script; /* "routing", or a handler "routing/words" */
	uint64_t trace;      /* of this run only; 0: of all since <since_us> */
	int64_t since_us;
	size_t count;
};

/* "routing" is the script of "routing/words". */
static bool
is_by(struct bytes name, struct bytes script)
{
	return bytes_equal(name, script) ||
	    bytes_equal(bytes_split(&name, '/'), script);
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

/* A rule's refusal is about one ticket of many. */
static enum err
name_ticket(struct undoing *u, const struct touched *ticket)
{
	struct bytes *refusal = &u->work->result->refusal;
	char *text;

	if (refusal->len == 0)
		return ERR_REFUSED;
	text = arena_printf(u->work->arena, "#%llu: %.*s",
	    (unsigned long long)ticket->new.id, BYTES_ARG(*refusal));
	if (text == NULL)
		return ERR_NOMEM;
	*refusal = bytes_of(text);
	return work_fail(u->work, ERR_REFUSED, NULL, N_("{name}"), 0, *refusal);
}

static enum err
undo_ticket(struct undoing *u, const struct record *event)
{
	struct record entry;
	struct touched *ticket;
	size_t undone;
	enum err err = find_entry(u, event, &entry);

	if (err == ERR_OK)
		err = work_load(u->work, KIND_TICKET,
		    record_ref(event, EVENT_TICKET), &ticket);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = undo_entry(u->work, ticket, &entry, &undone);
	if (err == ERR_REFUSED)
		return name_ticket(u, ticket);
	u->count += undone > 0;
	return err;
}

static enum err
undo_customer(struct undoing *u, const struct record *event)
{
	struct touched *customer;
	size_t undone;
	enum err err = work_load(u->work, KIND_CUSTOMER,
	    record_ref(event, EVENT_CUSTOMER), &customer);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = undo_changes(
	    u->work, customer, record_text(event, EVENT_CHANGES), 0, &undone);
	if (err == ERR_OK)
		u->count += undone > 0;
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
		.since_us = work->input->since_us };
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
	if (err == ERR_OK)
		work->result->undone = u.count;
	return err;
}
