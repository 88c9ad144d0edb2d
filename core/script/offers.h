/* core/script/offers.h - what desk.action, desk.panel and desk.route may say:
 * for the script host, which tells the script's line, and for the server.
 * All of it is constant: any thread.
 */
#ifndef HOOKDESK_SCRIPT_OFFERS_H
#define HOOKDESK_SCRIPT_OFFERS_H

#include "core/base/bytes.h"

#define OFFER_LABEL_MAX 60    /* bytes of a button's or a panel's name */
#define OFFER_TEXT_MAX 500    /* bytes of what an action says */
#define OFFER_INPUT_MAX 16384 /* bytes of JSON that is asked for */
#define PANEL_ROWS_MAX 20
#define PANEL_LABEL_MAX 60  /* bytes; the rest is cut */
#define PANEL_VALUE_MAX 400 /* likewise */
#define PANEL_LINK_MAX 2000
#define ROUTE_PATH_MAX 200         /* bytes: "/x/sms" */
#define ROUTE_BODY_MAX (64 * 1024) /* of a request */
#define ROUTE_ANSWER_MAX (64 * 1024)
#define ROUTE_PREFIX "/x/"
#define ROUTE_METHODS "GET POST PUT DELETE" /* with one space between */
#define ROUTE_HASHES "sha256 sha1 sha512"   /* the first one is the usual */
/* What signs a request as desk.http{ sign = } does. */
#define ROUTE_HEADER_OWN "Hookdesk-Signature"

/* The names of the pictures that a button may have, with one space between:
 * those of www/icons/sprite.svg. */
extern const char offer_icons[];

/* A key of a ticket's page that does something already, and what. */
struct offer_key {
	const char *key;   /* as JavaScript calls it */
	const char *owner; /* "write a reply" */
};
extern const struct offer_key offer_keys[]; /* ends with a key of NULL */

/* What is at the end of <key>'s owner; NULL if the key is free. */
const char *offer_key_owner(struct bytes key);

/* An address that a panel's row may lead to: http://, https://, mailto:, or a
 * path of the desk, which begins with one "/". At most PANEL_LINK_MAX bytes
 * without blanks, control characters and backslashes. */
bool offer_is_link(struct bytes link);

/* A header that a route's answer may have besides ours: Retry-After, and names
 * that begin with X- and are no orders to a web server or a browser. */
bool offer_is_header(struct bytes name);

/* "/x/sms": segments of letters, digits and . - _ ~ below ROUTE_PREFIX, none
 * of them "." or "..". */
bool offer_is_path(struct bytes path);

#endif
