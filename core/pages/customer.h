/* core/pages/customer.h - what customers' pages share, and their routes. */
#ifndef HOOKDESK_PAGES_CUSTOMER_H
#define HOOKDESK_PAGES_CUSTOMER_H

#include "core/pages/common.h"

extern const struct route customer_form_routes[];    /* /new */
extern const struct route customer_ticket_routes[];  /* /t/TOKEN */
extern const struct route customer_portal_routes[];  /* / /my */
extern const struct route customer_article_routes[]; /* /kb /search */

/* A form that customers may write to, as tiles and tabs show it. */
struct form_link {
	struct bytes url, name, about;
	bool is_current;
};
extern const struct view_type form_link_type;

/* The queues that have a form, in their order. <current> is the key of the
 * one being shown, or empty. ERR_NOMEM. */
ERR_CHECKED enum err form_links(struct page *page,
    const struct directory *directory, struct bytes current,
    struct view_list *out);

/* How often one client may send a form, a reply, ask for links, vote. */
extern const struct limit limit_forms, limit_links, limit_links_to;

#endif
