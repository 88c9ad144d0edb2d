/* core/desk/route.h - requests of programs elsewhere to what scripts offer:
 * desk.route.
 *
 * Whoever calls is nobody: no session, no rights. Where the route has a secret,
 * the request is genuine or no script hears of it; what the script then wishes
 * is committed before the answer is given.
 */
#ifndef HOOKDESK_DESK_ROUTE_H
#define HOOKDESK_DESK_ROUTE_H

#include "core/desk/act.h"
#include "core/script/offers.h"

/* How old a signature with a time in it may be, or how far ahead. */
#define ROUTE_SIGNED_S 300
#define ROUTE_FIELDS_MAX 100 /* of a request's headers, query, form */

struct route_field {
	struct bytes name, value;
};

struct route_fields {
	const struct route_field *at;
	size_t count;
};

/* All of it is UTF-8 without NUL; where a name comes twice, the first one
 * counts. */
struct route_request {
	struct bytes method, path;          /* "POST", "/x/sms" */
	struct bytes body, address;         /* <address>: of the client */
	struct bytes type;                  /* of the body: its Content-Type */
	struct bytes key;                   /* of a repeat; empty: none */
	struct route_fields query, headers; /* headers in small letters */
	struct route_fields form;           /* of a body that is one */
};

struct route_answer {
	int status;
	struct bytes type, body; /* static; in the arena */
	struct route_field headers[20];
	size_t header_count;
	bool is_repeat;
};

/* Whether a route is there; *<allow> (may be NULL) gets the methods that the
 * path has, with ", " between, in <arena>; empty if it has none. */
bool route_is_there(struct site *site, struct bytes method, struct bytes path,
    struct arena *arena, struct bytes *allow);

/* Answer a request. ERR_NOT_FOUND: there is no such route. ERR_DENIED: its
 * signature is wrong, too old, or missing. ERR_INVALID: the body is no JSON
 * though it says so, or too deep. ERR_BUSY: scripts are. ERR_REFUSED: the
 * script failed; nothing was changed. ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err route_run(struct site *site,
    const struct route_request *request, struct arena *arena,
    struct route_answer *out, struct why *why);

/* How many requests had a wrong signature since the site was opened. */
uint64_t routes_refused(struct site *site);

/* Whether <value>, of the header that signs, is a MAC of <body> with <secret>:
 * hexadecimal or Base64 (either alphabet), alone or behind "sha256="; or
 * t=SECONDS,v1=HEX as desk.http{ sign = } makes it, of "SECONDS.BODY" and not
 * older than ROUTE_SIGNED_S. Takes the same time wherever it differs. */
bool route_is_signed(struct bytes value, struct bytes body, struct bytes secret,
    struct bytes hash, int64_t now_us);

#endif
