/* core/pages/agent_offers.h - what scripts offer beside a ticket: actions and
 * panels. To show them no script is asked. */
#ifndef HOOKDESK_PAGES_AGENT_OFFERS_H
#define HOOKDESK_PAGES_AGENT_OFFERS_H

#include "core/pages/agent.h"

struct offer_views {
	struct view_list actions, panels;
	bool has_actions, has_panels;
};

extern const struct view_type action_view_type, panel_view_type;

/* The rows for a view_field table of <type_> with a member <offers>. */
#define OFFER_FIELDS(type_, offers) \
	{ "actions", VIEW_LIST, offsetof(type_, offers.actions), \
		&action_view_type, NULL }, \
	    { "panels", VIEW_LIST, offsetof(type_, offers.panels), \
		    &panel_view_type, NULL }, \
	    { "has_actions", VIEW_BOOL, offsetof(type_, offers.has_actions), \
		    NULL, NULL }, \
	{ \
		"has_panels", VIEW_BOOL, offsetof(type_, offers.has_panels), \
		    NULL, NULL \
	}

/* What is offered for <ticket>, whose page is <url>; actions only to who may
 * answer it. ERR_NOMEM. */
ERR_CHECKED enum err offers_view(struct page *page, struct site_read *read,
    const struct actor *actor, const struct record *ticket, struct bytes url,
    struct offer_views *out);

/* The actions that can be chosen for many tickets at once, as they ask for
 * nothing: a list of struct choice. For which of the tickets each is, is found
 * out then. ERR_NOMEM. */
ERR_CHECKED enum err offers_of_many(struct page *page, struct view_list *out);

extern const struct route agent_offer_routes[];

#endif
