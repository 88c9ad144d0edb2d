/* core/desk/act_import.c - historic tickets: times and authors are given, and
 * no hooks, jobs or mails follow.
 */
#include "config.h"
#include "core/desk/acts.h"
#include "core/base/arena.h"
#include "core/desk/ops.h"
#include "core/model/value.h"

/* A number that is given must be free; numbers after it go on behind it. */
static enum err
create_ticket(struct work *work, struct touched **ticket)
{
	uint64_t number = work->input->subject;
	struct record other;
	enum err err;

	if (number == 0)
		return work_create(work, KIND_TICKET, ticket);
	err = record_find(work->read.snapshot, KIND_TICKET, number, &other);
	if (err == ERR_OK)
		return work_fail(work, ERR_EXISTS, "number",
		    N_("There is a ticket {n} already."), (int64_t)number,
		    BYTES_NONE);
	if (err != ERR_NOT_FOUND)
		return err;
	store_raise_id(site_store(work->site), KIND_TICKET, number);
	return work_create_as(work, KIND_TICKET, number, ticket);
}

/* One message or note, as it was, with what it meant for the ticket. */
static enum err
add_history(struct work *work, struct touched *ticket,
    const struct act_history *h, uint64_t customer)
{
	struct message message = {
		.type = h->type, .body = h->body, .format = h->format
	};
	struct actor actor = { .kind = h->by, .agent = h->agent };
	struct work_actor who;
	int64_t now = work->read.now_us;
	enum err err;

	if (h->at_us <= 0)
		return work_fail(work, ERR_INVALID, "at",
		    N_("Each entry needs its time."), 0, BYTES_NONE);
	if (h->by == BY_CUSTOMER)
		actor.customer = customer;
	who = work_become(work, &actor, &work->cause);
	work->read.now_us = h->at_us;
	err = ops_say(work, ticket, &message, NULL, NULL);
	if (err == ERR_OK && h->type == ENTRY_IS_REPLY) {
		if (h->by == BY_CUSTOMER)
			ops_customer_wrote(work, ticket);
		else
			ops_answered(work, ticket);
	}
	work->read.now_us = now;
	work_return(work, &who);
	return err;
}

static void
set_times(struct work *work, struct touched *ticket)
{
	const struct act_input *input = work->input;
	const struct act_history *first = &input->history[0];
	const struct act_history *last =
	    &input->history[input->history_count - 1];
	const struct record *given = &input->fields;
	struct record *t = &ticket->new;

	if (!record_has(t, TICKET_CREATED))
		record_set_int(t, TICKET_CREATED, first->at_us);
	if (!record_has(t, TICKET_UPDATED))
		record_set_int(t, TICKET_UPDATED, last->at_us);
	if (record_int(t, TICKET_STATUS) != STATUS_OPEN)
		record_clear(t, TICKET_WAITING_SINCE);
	if (record_int(t, TICKET_STATUS) == STATUS_CLOSED) {
		record_set_int(t, TICKET_CLOSED_AT,
		    record_has(given, TICKET_CLOSED_AT) ?
			record_int(given, TICKET_CLOSED_AT) :
			record_int(t, TICKET_UPDATED));
		if (record_int(t, TICKET_CLOSED_AT) >
			record_int(t, TICKET_UPDATED) &&
		    !record_has(given, TICKET_UPDATED))
			record_set_int(
			    t, TICKET_UPDATED, record_int(t, TICKET_CLOSED_AT));
	}
}

enum err
act_import(struct work *work)
{
	const struct act_input *input = work->input;
	struct touched *ticket, *customer;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_IMPORT, NULL);

	if (err != ERR_OK)
		return err;
	if (input->history_count == 0)
		return work_fail(work, ERR_INVALID, "entries",
		    N_("A ticket has at least one entry."), 0, BYTES_NONE);
	err = ops_customer(work, input->email, input->name,
	    record_text(&input->fields, TICKET_LANGUAGE), &customer);
	if (err == ERR_OK && customer->is_new)
		record_set_int(
		    &customer->new, CUSTOMER_CREATED, input->history[0].at_us);
	if (err == ERR_OK)
		err = create_ticket(work, &ticket);
	if (err != ERR_OK)
		return err;
	record_set_int(&ticket->new, TICKET_SOURCE, SOURCE_IMPORT);
	record_set_int(
	    &ticket->new, TICKET_CUSTOMER, (int64_t)customer->new.id);
	for (size_t i = 0; i < input->fields.kind->field_count; i++)
		if (record_has(&input->fields, (int)i))
			record_set_from(&ticket->new, (int)i, &input->fields);
	if (!record_has(&ticket->new, TICKET_QUEUE)) {
		const struct record *queue = directory_default_queue(
		    work->read.directory);

		if (queue == NULL)
			return work_fail(work, ERR_INVALID, "queue",
			    N_("This desk has no queue yet."), 0, BYTES_NONE);
		record_set_int(&ticket->new, TICKET_QUEUE, (int64_t)queue->id);
	}
	for (size_t i = 0; err == ERR_OK && i < input->history_count; i++)
		err = add_history(
		    work, ticket, &input->history[i], customer->new.id);
	if (err == ERR_OK)
		err = ops_tag(
		    work, ticket, input->tags, input->tag_count, true);
	if (err == ERR_OK && input->agent != 0)
		err = ops_assign(work, ticket, input->agent);
	if (err != ERR_OK)
		return err;
	set_times(work, ticket);
	ticket->base = ticket->new;
	work->result->ticket = ticket->new.id;
	return record_validate(&ticket->new, work->why);
}
