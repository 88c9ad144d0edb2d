/* core/web/session.h - who is signed in, and whether a form is ours.
 *
 * A session is a record; the browser has a random secret in a cookie, and the
 * record its hash. The token in forms is a MAC of that secret, so it needs no
 * place of its own and ends with the session.
 */
#ifndef HOOKDESK_WEB_SESSION_H
#define HOOKDESK_WEB_SESSION_H

#include "core/web/page.h"

#define CSRF_SIZE 23 /* characters, with the NUL */

struct session {
	uint64_t id, agent;
	const struct record *record; /* of the agent; the directory's */
	int64_t expires_us;
	int64_t renewed_us; /* where its end has to be moved to; 0: nowhere */
	char csrf[CSRF_SIZE];
};

/* The session of the page's cookie, into page->session; NULL there when there
 * is none that holds, or the agent may not sign in any more. Needs
 * page->root.base_url and site_id. ERR_NOMEM, ERR_IO, ERR_CORRUPT. */
ERR_CHECKED enum err session_find(struct page *page, struct site_read *read);

/* Give the browser the session <secret> until <expires_us>, or take it away
 * when <secret> is empty. */
ERR_CHECKED enum err session_set_cookie(
    struct page *page, struct bytes secret, int64_t expires_us);

/* The session is in use: move its end on, at most once a day. Call it when the
 * page is made; what cannot be stored is tried again by the next one. */
void session_renew(struct page *page);

/* Whether a request that changes something comes from a page of ours: by the
 * headers Origin and Sec-Fetch-Site, as far as they are sent. What sends
 * neither is no browser of this decade. */
bool session_is_own_origin(const struct page *page);

/* Whether the request has the session's token: in X-CSRF-Token, or in the
 * field "csrf" at the beginning of the form. The body is put back as it was.
 * Returns 0, 403, or 503 without memory. */
ERR_CHECKED int session_check_token(struct page *page);

#endif
