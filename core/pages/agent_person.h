/* core/pages/agent_person.h - the card of a customer, beside a ticket. */
#ifndef HOOKDESK_PAGES_AGENT_PERSON_H
#define HOOKDESK_PAGES_AGENT_PERSON_H

#include "core/pages/agent.h"

struct customer_view {
	struct bytes name, email, initials, url, organisation, tier, language;
	struct bytes local_time, note, note_url;
	int64_t tone, since_us;
	bool is_vip, is_proved, can_note;
	bool is_told;                /* there is more to say of this person */
	struct view_list own, facts; /* custom fields: inputs, or facts */
};

struct person_card {
	struct customer_view customer;
	struct view_list past; /* other tickets, the newest ones */
	bool has_past;
	int64_t past_count; /* of them all */
};

extern const struct view_type customer_view_type, past_view_type;

/* The rows for a view_field table of <type_> with a member <card>. */
#define PERSON_CARD_FIELDS(type_, card) \
	{ "customer", VIEW_INSIDE, offsetof(type_, card.customer), \
		&customer_view_type, NULL }, \
	    { "past", VIEW_LIST, offsetof(type_, card.past), &past_view_type, \
		    NULL }, \
	    { "has_past", VIEW_BOOL, offsetof(type_, card.has_past), NULL, \
		    NULL }, \
	{ \
		"past_count", VIEW_INT, offsetof(type_, card.past_count), \
		    NULL, NULL \
	}

/* Whose card, and for whom. */
struct person_of {
	struct page *page;
	struct site_read *read;
	const struct actor *actor;
	const struct record *customer;
	uint64_t ticket;              /* which it is beside */
	const struct form_view *form; /* what was typed comes again */
	bool can_note;
};

/* ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err person_card_fill(
    const struct person_of *of, struct person_card *card);

#endif
