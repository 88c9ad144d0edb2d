/* core/desk/orphan.h - files of a site that nothing in its store names.
 *
 * A crash between a file's last byte and the commit that names it leaves one,
 * as does an upload that is cut off. What a removed record named is not one:
 * a job waits that will delete it.
 */
#ifndef HOOKDESK_DESK_ORPHAN_H
#define HOOKDESK_DESK_ORPHAN_H

#include "core/store/store.h"

struct orphans; /* a look through the folder, in steps */

/* <path> is borrowed for the call. */
typedef void orphan_fn(void *context, const char *path);

/* Begin to look through <dir>/files for what is older than <age_us> by the
 * disk's times. ERR_NOT_FOUND if there is no such folder, ERR_NOMEM, ERR_IO.
 * Both are borrowed until orphans_close(). */
ERR_CHECKED enum err orphans_open(
    struct store *store, const char *dir, int64_t age_us, struct orphans **out);

/* Look at the next few hundred files, with one short snapshot, and call <fn>
 * for each orphan. ERR_NOT_FOUND when that were the last ones; else ERR_OK,
 * ERR_IO, ERR_CORRUPT, ERR_BUSY, ERR_NOMEM. */
ERR_CHECKED enum err orphans_next(
    struct orphans *orphans, int64_t now_us, orphan_fn *fn, void *context);

/* NULL is allowed. */
void orphans_close(struct orphans *orphans);

#endif
