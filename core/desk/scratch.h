/* core/desk/scratch.h - folders for sites that are thrown away: those of
 * replays, which hold what customers wrote, and of tests.
 *
 * They lie in a folder of their own, mode 0700: the site's "scratch", or, where
 * that is another user's or there is no site, hookdesk-scratch-UID in $TMPDIR
 * or /tmp. Each is locked as long as it is in use (flock(2), which ends with
 * the process): what nobody holds was left by a crash and is removed. Backups
 * do not take them. Any thread.
 */
#ifndef HOOKDESK_DESK_SCRATCH_H
#define HOOKDESK_DESK_SCRATCH_H

#include "core/base/err.h"

#include <limits.h>
#include <stdbool.h>

struct scratch {
	char dir[PATH_MAX]; /* "": there is none */
	int fd;             /* holds the lock */
	bool is_elsewhere;  /* not in the site's folder */
};

/* Make an empty one for the site in <site_dir>, or for none (NULL), and remove
 * what was left beside it. ERR_FULL, ERR_IO, ERR_INVALID (the path is too
 * long); then there is none. */
ERR_CHECKED enum err scratch_make(
    struct scratch *scratch, const char *site_dir);
/* Remove it with all that is in it; nothing if there is none. What cannot be
 * removed is logged. */
void scratch_remove(struct scratch *scratch);
/* Remove what was left in the site's folder. */
void scratch_sweep(const char *site_dir);

#endif
