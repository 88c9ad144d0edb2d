/* core/desk/dry_run_private.h - shared by core/desk/dry_*.c only. */
#ifndef HOOKDESK_DESK_DRY_RUN_PRIVATE_H
#define HOOKDESK_DESK_DRY_RUN_PRIVATE_H

#include "core/desk/dry_run.h"
#include "core/desk/mail_keep.h"
#include "core/desk/site.h"

struct drying {
	const struct dry_options *options;
	struct arena *arena;
	struct why *why;
	struct site *site, *scratch;
	struct mail_keeper keeper;

	int64_t until_us; /* monotonic: for the handlers of one event */

	/* What was there before the step: */
	uint64_t commit, trace;
	struct kept_mail **mails;
};

/* dry_read.c: what the step has left on the scratch site, into <step>.
 * *<has_run> is whether its handler was called; *<has_ended> whether it ended
 * its hook. */
ERR_CHECKED enum err dry_read(
    struct drying *d, struct dry_step *step, bool *has_run, bool *has_ended);

#endif
