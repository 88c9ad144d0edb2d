/* core/desk/act_merge.c - one ticket merged into another.
 *
 * Nothing is copied: the ticket that is merged is closed and says into which
 * one, whose timeline has an event that points back. Where it is shown, what
 * was said on the merged ticket is shown with that event, and the private links
 * that were mailed to its customer lead there: not those that the form gave to
 * whoever had typed the address. Opening it again, or taking the change back,
 * takes it apart: the event then leads to a ticket that is its own again.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/acts.h"
#include "core/desk/ops.h"

static enum err
refuse(struct work *work, const char *message, const struct record *about)
{
	return work_fail(
	    work, ERR_INVALID, "into", message, (int64_t)about->id, BYTES_NONE);
}

/* Both are shown together from then on: to their one customer, and to agents
 * who see the one that goes on. */
static enum err
check(struct work *work, const struct record *from, const struct record *into)
{
	if (from->id == into->id)
		return refuse(
		    work, N_("Ticket {n} cannot be merged into itself."), from);
	if (record_has(from, TICKET_MERGED_INTO))
		return refuse(work, N_("Ticket {n} was merged already."), from);
	if (record_has(into, TICKET_MERGED_INTO))
		return refuse(work,
		    N_("Ticket {n} was itself merged into another one."), into);
	if (record_int(from, TICKET_PLACE) != PLACE_DESK ||
	    record_int(into, TICKET_PLACE) != PLACE_DESK)
		return refuse(work,
		    N_("Ticket {n} is in spam or in the trash, or the other "
		       "one is."),
		    into);
	if (record_ref(from, TICKET_CUSTOMER) !=
	    record_ref(into, TICKET_CUSTOMER))
		return refuse(work,
		    N_("Ticket {n} is another customer's, who would read what "
		       "is in both."),
		    into);
	return ERR_OK;
}

/* What the one that goes on takes over: its tags, and that somebody waits. */
static enum err
take_over(struct work *work, struct touched *into, const struct record *from)
{
	bool was_waiting = ticket_is_waiting(&into->new);
	struct bytes rest = record_text(from, TICKET_TAGS), tag;
	int64_t since = record_int(from, TICKET_WAITING_SINCE);
	enum err err = ERR_OK;

	while (err == ERR_OK && list_next_text(&rest, &tag))
		err = ops_tag(work, into, &tag, 1, true);
	if (err != ERR_OK || !ticket_is_waiting(from))
		return err;
	record_set_int(&into->new, TICKET_STATUS, STATUS_OPEN);
	if (!was_waiting ||
	    record_int(&into->new, TICKET_WAITING_SINCE) > since)
		record_set_int(&into->new, TICKET_WAITING_SINCE, since);
	ops_settle(work, into);
	return was_waiting ? ERR_OK :
			     work_raise(work, HOOK_TICKET_WAITING, into, 0,
				 BYTES_NONE, BYTES_NONE);
}

static enum err
tell(struct work *work, struct touched *into, uint64_t from)
{
	struct record entry;

	record_init(&entry, KIND_ENTRY, 0);
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_EVENT);
	record_set_text(&entry, ENTRY_EVENT, BYTES("ticket.merged"));
	record_set_int(&entry, ENTRY_OTHER, (int64_t)from);
	return work_add_entry(work, into, &entry, NULL);
}

enum err
ops_merge(struct work *work, struct touched *ticket, uint64_t number)
{
	struct touched *into;
	struct record was = ticket->new;
	enum err err = work_load(work, KIND_TICKET, number, &into);

	if (err == ERR_OK)
		err = desk_may(work->read.directory, &work->actor,
		    VERB_TICKET_MERGE, &into->new);
	if (err == ERR_NOT_FOUND || err == ERR_DENIED)
		return work_fail(work, ERR_INVALID, "into",
		    N_("There is no ticket {n} here."), (int64_t)number,
		    BYTES_NONE);
	if (err == ERR_OK)
		err = check(work, &was, &into->new);
	if (err != ERR_OK)
		return err;
	record_set_int(&ticket->new, TICKET_MERGED_INTO, (int64_t)number);
	record_set_int(&ticket->new, TICKET_STATUS, STATUS_CLOSED);
	ops_settle(work, ticket);
	err = ops_ask_updating(work, ticket);
	if (err == ERR_OK)
		err = work_flush(work, ticket);
	if (err == ERR_OK)
		/* what scripts have put off on it is about nothing now */
		err = act_drop_jobs(work, was.id, true);
	if (err == ERR_OK)
		err = tell(work, into, was.id);
	if (err == ERR_OK)
		err = take_over(work, into, &was);
	return err == ERR_OK ? work_flush(work, into) : err;
}

enum err
ops_part(
    struct work *work, const struct touched *ticket, const struct record *entry)
{
	struct touched *other;
	enum err err;

	if (!entry_is_merge(entry))
		return ERR_OK;
	err = work_load(
	    work, KIND_TICKET, record_ref(entry, ENTRY_OTHER), &other);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (record_ref(&other->new, TICKET_MERGED_INTO) != ticket->old.id)
		return ERR_OK;
	record_clear(&other->new, TICKET_MERGED_INTO);
	return work_flush(work, other);
}

enum err
act_ticket_merge(struct work *work)
{
	struct touched *ticket;
	enum err err = act_load_ticket(work, &ticket);

	if (err == ERR_OK)
		err = act_check_seen(work, ticket);
	if (err == ERR_OK)
		err = ops_merge(work, ticket, work->input->into);
	if (err != ERR_OK)
		return err;
	work->result->ticket = work->input->into;
	work->result->entry = ticket->first_entry;
	return ERR_OK;
}
