/* core/desk/offer.h - what scripts offer beside a ticket: desk.action and
 * desk.panel; and to programs elsewhere: desk.route.
 *
 * An action is run by VERB_ACTION_RUN, and a route by VERB_ROUTE_RUN, which is
 * called here once the request is known to be genuine. A panel changes
 * nothing: it is run here, as the script, which looks up whatever it likes;
 * what it gives is for agents who may see the ticket.
 */
#ifndef HOOKDESK_DESK_OFFER_H
#define HOOKDESK_DESK_OFFER_H

#include "core/desk/act.h"
#include "core/desk/scripts.h"
#include "core/script/offers.h"

/* Whether an action or a panel is offered for <ticket>: its `when` holds. Asks
 * no script. */
bool offer_is_for(struct when_set *set, const struct script_handler *handler,
    const struct site_read *read, const struct record *ticket);

/* A row of a panel: plain text, cut where it was too long. */
struct panel_row {
	struct bytes label, value;
	struct bytes link; /* offer_is_link(), or empty */
};

struct panel {
	struct bytes title;
	struct panel_row rows[PANEL_ROWS_MAX];
	size_t count;
	struct bytes error; /* it failed; only for those who may see scripts */
};

/* Run the panel <name>, "orders/order", for <actor>, who looks at <ticket>.
 *
 * What goes wrong in the script is in <out>->error. ERR_NOT_FOUND if there is
 * no such panel, it is not for this ticket, or <actor> may not see it; ERR_BUSY
 * when the script host is; ERR_NOMEM, ERR_IO ... All of <out> lives in
 * <arena>. */
ERR_CHECKED enum err panel_run(const struct site_read *read,
    const struct actor *actor, uint64_t ticket, struct bytes name,
    struct arena *arena, struct panel *out, struct why *why);

#endif
