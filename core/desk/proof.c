/* core/desk/proof.c - who has proved that an address is his own. */
#include "config.h"
#include "core/desk/proof.h"

bool
proof_is_given(const struct record *customer, const struct record *ticket)
{
	return record_int(customer, CUSTOMER_VERIFIED) ||
	    (ticket != NULL && record_int(ticket, TICKET_VERIFIED));
}

enum err
proof_take(struct work *work, struct touched *ticket)
{
	struct touched *customer;
	enum err err;

	if (!work->actor.is_proved || work->input->verb == VERB_TICKET_VIEW)
		return ERR_OK;
	record_set_int(&ticket->new, TICKET_VERIFIED, true);
	err = work_load(work, KIND_CUSTOMER,
	    record_ref(&ticket->new, TICKET_CUSTOMER), &customer);
	if (err == ERR_OK)
		record_set_int(&customer->new, CUSTOMER_VERIFIED, true);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
