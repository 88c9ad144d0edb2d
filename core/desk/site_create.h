/* core/desk/site_create.h - a new site: its folder, key, store, first records.
 */
#ifndef HOOKDESK_DESK_SITE_CREATE_H
#define HOOKDESK_DESK_SITE_CREATE_H

#include "core/desk/site.h"

struct site_founding {
	const char *dir;           /* made if it is not there; else empty */
	struct bytes name;         /* of the desk: its first brand */
	struct bytes admin;        /* e-mail address of the first admin */
	struct bytes admin_name;   /* else made of the address */
	struct bytes password;     /* empty: signs in by link */
	struct bytes base_url;     /* "https://example.com/support" or empty */
	struct bytes language;     /* "en" if empty */
	const struct clock *clock; /* NULL: the real one */
	bool is_unsynced;          /* tests only */
};

/* Make the folder with its key (0600), files/, scripts/ and www/, the store,
 * a brand, the queues "general" and "billing", the roles admin, agent and
 * light, and the admin.
 *
 * ERR_EXISTS if there is a site already, ERR_INVALID for a wrong address or
 * password, ERR_DENIED, ERR_FULL, ERR_IO; words in <why>. What was made before
 * the error is removed again. */
ERR_CHECKED enum err site_create(
    const struct site_founding *founding, struct why *why);

#endif
