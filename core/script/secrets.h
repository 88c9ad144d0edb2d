/* core/script/secrets.h - the secret settings of scripts, which no trace,
 * report or log repeats.
 *
 * A script needs them to say them, and whatever it says is kept. So they are
 * looked for there, as they are and as JSON writes them. Those under
 * SECRET_SHORT bytes are left: they would hide half of each trace, and are no
 * secrets.
 */
#ifndef HOOKDESK_SCRIPT_SECRETS_H
#define HOOKDESK_SCRIPT_SECRETS_H

#include "core/base/bytes.h"

#define SECRET_SHORT 4

struct secrets {
	struct bytes *list; /* as JSON writes them, without the quotes */
	size_t count, cap;
};

/* Add those of the script <name>, by its <schema> and the site's <settings>,
 * both JSON as in wire.h; copies them into <arena>. ERR_NOMEM. */
ERR_CHECKED enum err secrets_add(struct secrets *secrets, struct arena *arena,
    struct bytes name, struct bytes schema, struct bytes settings);

/* Append <text>, with "[secret]" in the place of each. */
void secrets_hide(
    const struct secrets *secrets, struct bytes text, struct buf *out);

#endif
