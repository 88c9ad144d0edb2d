/* core/model/filter.c - filters tested on tickets. */
#include "config.h"
#include "core/model/filter.h"
#include "core/model/own.h"
#include "core/model/ticket.h"

static bool
has_number(const struct filter_term *term, int64_t n)
{
	for (size_t i = 0; i < term->number_count; i++)
		if (term->numbers[i] == n)
			return true;
	return false;
}

static bool
has_text(const struct filter_term *term, struct bytes text)
{
	for (size_t i = 0; i < term->text_count; i++)
		if (bytes_equal(term->texts[i], text))
			return true;
	return false;
}

static bool
list_matches(const struct filter_term *term, const struct record *record)
{
	struct bytes rest = record_text(record, term->slot), item;

	if (!(record->kind->fields[term->slot].flags & F_LIST))
		return has_text(term, rest);
	while (list_next_text(&rest, &item))
		if (has_text(term, item))
			return true;
	return false;
}

static bool
customer_matches(const struct filter_term *term,
    const struct filter_subject *subject, struct record *storage)
{
	const struct record *customer = subject->customer;

	if (customer == NULL) {
		if (subject->snapshot == NULL ||
		    record_find(subject->snapshot, KIND_CUSTOMER,
			record_ref(subject->ticket, TICKET_CUSTOMER),
			storage) != ERR_OK)
			return false;
		customer = storage;
	}
	if (term->text_count > 0)
		return list_matches(term, customer);
	return has_number(term, record_int(customer, term->slot));
}

/* One of the items of the custom field is wanted. */
static bool
own_matches(const struct filter_term *term, const struct record *ticket)
{
	struct bytes value = map_get(record_text(ticket, TICKET_FIELDS),
			 (uint64_t)term->slot),
		     item;

	while (own_next_item(&value, &item))
		if (has_text(term, item))
			return true;
	return false;
}

static bool
is_visible(const struct filter_term *term, const struct filter_subject *s)
{
	return directory_rights(s->reader->directory,
		   (uint64_t)term->numbers[0],
		   record_ref(s->ticket, TICKET_QUEUE)) &
	    RIGHT_SEE;
}

static bool
term_matches(const struct filter_term *term, const struct filter_subject *s)
{
	const struct record *ticket = s->ticket;
	struct record customer;
	int64_t n;

	switch (term->op) {
	case FILTER_ANY_OF:
		return has_number(term, record_int(ticket, term->slot));
	case FILTER_HAS_ANY: return list_matches(term, ticket);
	case FILTER_BEFORE:
		n = record_int(ticket, term->slot);
		return n != 0 && n < term->numbers[0];
	case FILTER_AFTER:
		return record_int(ticket, term->slot) >= term->numbers[0];
	case FILTER_WAITING:
		return ticket_is_waiting(ticket) &&
		    record_int(ticket, TICKET_WAITING_SINCE) <=
		    s->reader->now_us - term->numbers[0];
	case FILTER_CUSTOMER: return customer_matches(term, s, &customer);
	case FILTER_UNREAD:
		return (uint64_t)record_int(ticket, TICKET_LAST_ENTRY) >
		    s->seen;
	case FILTER_VISIBLE: return is_visible(term, s);
	case FILTER_CHANGED: return s->changed >> term->slot & 1;
	case FILTER_ACTOR: return has_number(term, s->actor);
	case FILTER_FIELD: return own_matches(term, ticket);
	}
	return false;
}

bool
filter_matches(
    const struct filter *filter, const struct filter_subject *subject)
{
	for (size_t i = 0; i < filter->term_count; i++)
		if (term_matches(&filter->terms[i], subject) ==
		    filter->terms[i].is_not)
			return false;
	return filter->except == NULL ||
	    !filter_matches(filter->except, subject);
}
