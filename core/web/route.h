/* core/web/route.h - the table of URLs: method and path to a page's function.
 *
 * pages/ declares its routes as tables of this form, one line a URL; code and
 * tests walk them. Knows nothing of what a page does.
 */
#ifndef HOOKDESK_WEB_ROUTE_H
#define HOOKDESK_WEB_ROUTE_H

#include "core/web/request.h"

struct page;

#define ROUTE_PARAMS_MAX 4
#define ROUTE_GET (1u << METHOD_GET) /* HEAD as well */
#define ROUTE_POST (1u << METHOD_POST)
#define ROUTE_PUT (1u << METHOD_PUT)
#define ROUTE_PATCH (1u << METHOD_PATCH)
#define ROUTE_DELETE (1u << METHOD_DELETE)

/* Who may come in at all; what he may do there is desk_may()'s matter. */
enum access {
	ACCESS_PUBLIC = 0, /* everybody */
	ACCESS_AGENT,      /* signed in: else to the sign-in page */
	ACCESS_ADMIN,      /* signed in as an admin: else 404 */
	ACCESS_API,        /* a bearer token: else 401 as JSON */
	ACCESS_FOREIGN,    /* programs elsewhere: the page sees to it */
	ACCESS__COUNT
};

struct route {
	unsigned methods;
	/* "/agent/t/{number}/reply": {name} is one segment, not empty;
	 * {name*} at the end is the rest of the path, with slashes. */
	const char *pattern;
	enum access access;
	/* Fill the response. Any status but 0 returned is answered with the
	 * error page of that status (JSON for programs); 0 is done. */
	int (*handle)(struct page *page);
	/* POST, PUT, PATCH and DELETE are refused without a token in the form
	 * field "csrf" or the header, except where this is set (programs
	 * and forms of people without a session: Origin is checked). */
	bool is_without_token;
};

struct route_table; /* compiled for look-ups */

/* Compile <count> lists of routes, each ended by a NULL pattern. They stay
 * borrowed. ERR_INVALID when two routes are the same or a pattern is wrong
 * (<why>): our own mistake, found at start. */
ERR_CHECKED enum err route_table_create(const struct route *const *lists,
    size_t count, struct why *why, struct route_table **out);
void route_table_destroy(struct route_table *table);

/* Find the route of <request> and set its route parameters. A segment that is
 * spelled out wins over a {name}.
 *
 * Returns 0 and *<route>; 404; or 405, and the methods there are in *<allow>.
 * 503 when memory is exhausted. A trailing slash is the same as none. */
ERR_CHECKED int route_find(const struct route_table *table,
    struct request *request, const struct route **route, unsigned *allow);

#endif
