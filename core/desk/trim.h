/* core/desk/trim.h - what a site keeps for a while only.
 *
 * The event log, the accounts of scripts' runs, idempotency keys, sessions
 * and files that nothing names: each hour what is too old is looked for, and
 * deleted in small changes.
 */
#ifndef HOOKDESK_DESK_TRIM_H
#define HOOKDESK_DESK_TRIM_H

#include "core/store/store.h"

struct arena;
struct orphans;

#define TRIM_EVENTS_DAYS 400
#define TRIM_TRACES_DAYS 30
#define TRIM_NOTICES_DAYS 90
#define TRIM_VERSIONS_DAYS 90  /* and of each file there stay */
#define TRIM_VERSIONS_KEPT 100 /* the newest, however old */
#define TRIM_ONCE_DAYS 2
#define TRIM_FILES_DAYS 1 /* before a file without a record is an orphan */

/* Where one site's trimming is; begins zeroed, ends with trim_release(). */
struct trim {
	int64_t next_us;         /* when to begin again, by the site's clock */
	int64_t files_us;        /* when to look through the files again */
	unsigned step;           /* of those in trim.c; 0: none */
	struct key at;           /* where that step goes on */
	struct orphans *orphans; /* the look through the files */
};

/* One small change, or a look at a few hundred keys or files, of the site in
 * <dir>. ERR_OK when there is more to do at once, ERR_NOT_FOUND when all is
 * done for now; else that step begins anew at its next time. */
ERR_CHECKED enum err trim_run(struct trim *trim, struct store *store,
    const char *dir, struct arena *arena);

void trim_release(struct trim *trim);

#endif
