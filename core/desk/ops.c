/* core/desk/ops.c - a ticket's fields, and what follows from them. */
#include "config.h"
#include "core/desk/ops.h"
#include "core/base/arena.h"
#include "core/desk/before.h"
#include "core/model/value.h"

void
ops_set(struct work *work, struct touched *ticket, const struct record *from,
    uint64_t cleared)
{
	for (size_t i = 0; i < from->kind->field_count; i++) {
		if (cleared >> i & 1)
			record_clear(&ticket->new, (int)i);
		else if (record_has(from, (int)i))
			record_set_from(&ticket->new, (int)i, from);
	}
	if (ticket->new.kind->id == KIND_TICKET)
		ops_settle(work, ticket);
	else if (ticket->new.kind->id == KIND_CUSTOMER &&
	    !record_has(from, CUSTOMER_VERIFIED) &&
	    !record_same(&ticket->old, &ticket->new, CUSTOMER_EMAIL))
		record_clear(&ticket->new, CUSTOMER_VERIFIED);
}

void
ops_settle(struct work *work, struct touched *ticket)
{
	struct record *t = &ticket->new;
	int64_t status = record_int(t, TICKET_STATUS);
	int64_t was = record_int(&ticket->base, TICKET_STATUS);

	if (status == STATUS_CLOSED && !record_has(t, TICKET_CLOSED_AT))
		record_set_int(t, TICKET_CLOSED_AT, work->read.now_us);
	if (status != STATUS_CLOSED) {
		record_clear(t, TICKET_CLOSED_AT);
		record_clear(t, TICKET_MERGED_INTO);
	}
	if (status != STATUS_OPEN || record_int(t, TICKET_PLACE) != PLACE_DESK)
		record_clear(t, TICKET_WAITING_SINCE);
	if (status != STATUS_PENDING && was == STATUS_PENDING)
		record_clear(t, TICKET_DUE);
}

static bool
is_key(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '_' || c == '.'))
			return false;
	}
	return text.len > 0 && text.len <= 64;
}

static bool
is_among(const struct bytes *tags, size_t count, struct bytes tag)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(tags[i], tag))
			return true;
	return false;
}

enum err
ops_tag(struct work *work, struct touched *ticket, const struct bytes *tags,
    size_t count, bool is_on)
{
	const struct field *field = &kind_get(KIND_TICKET)->fields[TICKET_TAGS];
	struct bytes old = record_text(&ticket->new, TICKET_TAGS), item;
	struct buf list = buf_in(work->arena);

	for (size_t i = 0; i < count; i++)
		if (!is_key(tags[i]))
			return work_fail(work, ERR_INVALID, "tags",
			    N_("\"{name}\" is no tag: up to 64 of a-z, 0-9, - "
			       "and _ are."),
			    0, tags[i]);
	while (list_next_text(&old, &item))
		if (is_on || !is_among(tags, count, item))
			list_add_text(&list, item);
	for (size_t i = 0; is_on && i < count; i++)
		if (!list_has_text(buf_get(&list), tags[i]))
			list_add_text(&list, tags[i]);
	if (list.failed)
		return ERR_NOMEM;
	if (list_count(field, buf_get(&list)) > (size_t)field->max)
		return work_fail(work, ERR_INVALID, "tags",
		    N_("These are too many: at most {n}."), field->max,
		    BYTES_NONE);
	record_set_text(&ticket->new, TICKET_TAGS, buf_get(&list));
	return ERR_OK;
}

enum err
ops_check_owner(struct work *work, const struct touched *ticket, uint64_t agent)
{
	const struct record *found = directory_find(
	    work->read.directory, KIND_AGENT, agent);

	if (agent == 0)
		return ERR_OK;
	if (found == NULL || !record_int(found, AGENT_ACTIVE))
		return work_fail(work, ERR_INVALID, "owner",
		    N_("There is no such active agent."), 0, BYTES_NONE);
	if (!(directory_rights(work->read.directory, agent,
		  record_ref(&ticket->new, TICKET_QUEUE)) &
		RIGHT_SEE))
		return work_fail(work, ERR_INVALID, "owner",
		    N_("{name} may not see this queue."), 0,
		    record_label(found));
	return ERR_OK;
}

/* The agent's record changes with each ticket he is given, even while the
 * site's time stands (the clock was set back): so whoever chose him at the same
 * moment meets a conflict, and turns go on. */
static void
note_turn(struct work *work, struct touched *person)
{
	int64_t last = record_int(&person->new, AGENT_LAST_ASSIGNED_AT);
	int64_t now = work->read.now_us;

	record_set_int(
	    &person->new, AGENT_LAST_ASSIGNED_AT, now > last ? now : last + 1);
}

enum err
ops_assign(struct work *work, struct touched *ticket, uint64_t agent)
{
	struct touched *person;
	enum err err = ops_check_owner(work, ticket, agent);

	if (err != ERR_OK)
		return err;
	if (agent != 0 && agent != record_ref(&ticket->new, TICKET_OWNER) &&
	    !work->is_historic) {
		err = work_load(work, KIND_AGENT, agent, &person);
		if (err != ERR_OK)
			return err;
		note_turn(work, person);
	}
	record_set_int(&ticket->new, TICKET_OWNER, (int64_t)agent);
	return ERR_OK;
}

void
ops_release_owner(struct work *work, struct touched *ticket)
{
	uint64_t owner = record_ref(&ticket->new, TICKET_OWNER);

	if (owner != 0 &&
	    !(directory_rights(work->read.directory, owner,
		  record_ref(&ticket->new, TICKET_QUEUE)) &
		RIGHT_SEE))
		record_clear(&ticket->new, TICKET_OWNER);
}

/* Raise a -ing hook about what is not accounted for yet. */
static enum err
ask_change(struct work *work, struct touched *ticket, enum hook hook)
{
	struct before before = { .hook = hook, .ticket = ticket };
	enum err err = work_changes(
	    work, &ticket->base, &ticket->new, &before.changes, NULL);

	if (err != ERR_OK || before.changes.len == 0)
		return err;
	return before_run(work, &before);
}

enum err
ops_ask_updating(struct work *work, struct touched *ticket)
{
	enum err err = ERR_OK;

	if (work->is_before)
		return ERR_OK;
	if (record_int(&ticket->new, TICKET_PLACE) == PLACE_TRASH &&
	    record_int(&ticket->base, TICKET_PLACE) != PLACE_TRASH)
		err = ask_change(work, ticket, HOOK_TICKET_DELETING);
	if (err == ERR_OK && record_has(&ticket->new, TICKET_MERGED_INTO) &&
	    !record_has(&ticket->base, TICKET_MERGED_INTO))
		err = ask_change(work, ticket, HOOK_TICKET_MERGING);
	return err == ERR_OK ? ask_change(work, ticket, HOOK_TICKET_UPDATING) :
			       err;
}
