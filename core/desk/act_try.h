/* core/desk/act_try.h - the steps of a dry run or a replay, as acts on a
 * scratch site.
 *
 * A site that is served refuses them: see site_options.below and .past.
 */
#ifndef HOOKDESK_DESK_ACT_TRY_H
#define HOOKDESK_DESK_ACT_TRY_H

#include "core/desk/act.h"
#include "core/script/host.h"

enum trial_step {
	TRIAL_REWIND, /* the ticket becomes what it was at the event */
	TRIAL_ASK,    /* a -ing handler is asked */
	TRIAL_QUEUE,  /* a job is written for a -ed handler or a desk.job */
	TRIAL_FILL,   /* records come in as they were, without any account */
	TRIAL__COUNT
};

struct act_trial {
	enum trial_step step;
	/* Its id is the number under which it is stored; 0: it is made up.
	 * Not for a desk.job. */
	const struct record *event;
	const struct script_handler *handler; /* for TRIAL_REWIND: its file */
	/* For TRIAL_REWIND: the script is asked again about the act that the
	 * event is of, so that what it did to that act goes, too. */
	bool is_again;
	/* For TRIAL_FILL; one that is there already is replaced. */
	const struct record *records;
	size_t record_count;
};

#endif
