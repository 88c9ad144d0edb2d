/* core/cli/held.h - whether a site is a copy that must not act yet.
 *
 * A site's file "host" names the machine and the folder it acts from. A copy,
 * wherever it lies, finds another name there and is held: it answers, but
 * sends no mail and runs no timers, until `hookdesk resume`. Otherwise a desk
 * that is tried on a backup would write to real customers.
 */
#ifndef HOOKDESK_CLI_HELD_H
#define HOOKDESK_CLI_HELD_H

#include "core/base/err.h"

#include <stdbool.h>

/* True when "host" is missing or names another place. */
bool held_is(const char *dir);

/* Let the site in <dir> act from here. ERR_IO, ERR_FULL. */
ERR_CHECKED enum err held_release(const char *dir, struct why *why);

#endif
