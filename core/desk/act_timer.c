/* core/desk/act_timer.c - a ticket's timers, taken away by hand. */
#include "config.h"
#include "core/desk/acts.h"
#include "core/desk/job.h"

enum err
act_timer_cancel(struct work *work)
{
	struct job_at want, at = { .number = 0 };
	struct touched *ticket;
	struct record entry;
	struct job_run run;
	enum err err = work_load(
	    work, KIND_TICKET, work->input->subject, &ticket);

	if (err == ERR_OK)
		err = desk_may(work->read.directory, &work->actor,
		    VERB_TIMER_CANCEL, &ticket->old);
	if (err == ERR_OK)
		err = job_id_parse(work->input->secret, &want);
	while (err == ERR_OK) {
		err = job_next_timer(
		    work->read.snapshot, ticket->old.id, &at, &run);
		if (err == ERR_OK && run.at.number == want.number &&
		    run.at.k == want.k)
			break;
	}
	if (err == ERR_NOT_FOUND)
		return work_fail(work, err, NULL,
		    N_("This timer is gone: it has run, or was cancelled."), 0,
		    BYTES_NONE);
	if (err != ERR_OK)
		return err;
	job_delete(work->change, &run);
	record_init(&entry, KIND_ENTRY, 0);
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_EVENT);
	record_set_text(&entry, ENTRY_EVENT, BYTES("timer.cancelled"));
	record_set_text(&entry, ENTRY_WHY, record_text(&run.job, JOB_NAME));
	return work_add_entry(work, ticket, &entry, NULL);
}
