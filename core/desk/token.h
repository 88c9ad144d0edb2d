/* core/desk/token.h - private links and mail tokens: keyed MACs.
 *
 * A token names a ticket, a generation and a purpose, and is made with the
 * site's key (BLAKE2b, 128 bit). Nothing of it is stored: raising the ticket's
 * generation revokes all that were given out before.
 */
#ifndef HOOKDESK_DESK_TOKEN_H
#define HOOKDESK_DESK_TOKEN_H

#include "core/desk/site.h"

enum token_purpose {
	TOKEN_LINK,   /* the customer's private page */
	TOKEN_MAIL,   /* in Message-IDs: joins an answer to its ticket */
	TOKEN_FORM,   /* when a form was given out, for the time trap */
	TOKEN_MAILED, /* the private page, in a mail to the customer alone */
};

#define TOKEN_TEXT_SIZE 33 /* characters, with the NUL */

/* The token of a ticket, base64url. */
void token_make(const struct site *site, const struct record *ticket,
    enum token_purpose purpose, char out[TOKEN_TEXT_SIZE]);

/* The ticket that <text> is a token of, for this purpose: ERR_NOT_FOUND for
 * whatever is not exactly one that token_make() gives now. */
ERR_CHECKED enum err token_find(struct site_read *read, struct bytes text,
    enum token_purpose purpose, struct record *ticket);

/* The ticket that <text> is a private link of, given out in whatever way;
 * *<is_mailed> if by a mail to the customer's present address alone: who has
 * it reads that mail. ERR_NOT_FOUND as token_find(). */
ERR_CHECKED enum err token_find_link(struct site_read *read, struct bytes text,
    struct record *ticket, bool *is_mailed);

/* A token over a number and a time, for hidden fields; and back: ERR_INVALID
 * if it is not ours. */
void token_stamp(
    const struct site *site, uint64_t number, char out[TOKEN_TEXT_SIZE]);
ERR_CHECKED enum err token_stamp_read(
    const struct site *site, struct bytes text, uint64_t *number);

/* "https://example.com/support/t/TOKEN", in <arena>; empty when memory ran
 * out. The base URL is the brand's, never the request's. */
struct bytes token_url(const struct site *site,
    const struct directory *directory, const struct record *ticket,
    struct arena *arena);
/* The same for a mail that goes to <customer> alone. */
struct bytes token_mailed_url(const struct site *site,
    const struct directory *directory, const struct record *ticket,
    const struct record *customer, struct arena *arena);
/* ".../agent/t/NUMBER" */
struct bytes token_agent_url(const struct directory *directory,
    const struct record *ticket, struct arena *arena);

#endif
