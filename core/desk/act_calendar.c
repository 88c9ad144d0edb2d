/* core/desk/act_calendar.c - what makes a calendar, beyond its fields. */
#include "config.h"
#include "core/desk/acts.h"
#include "core/model/calendar.h"

/* There is one for the site: another one that was it is it no more. */
static enum err
take_default(struct work *work, const struct touched *t)
{
	size_t count;
	const struct record *const *all = directory_all(
	    work->read.directory, KIND_CALENDAR, &count);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct touched *other;

		if (all[i]->id == t->new.id ||
		    !record_int(all[i], CALENDAR_IS_DEFAULT))
			continue;
		err = work_load(work, KIND_CALENDAR, all[i]->id, &other);
		if (err == ERR_OK)
			record_clear(&other->new, CALENDAR_IS_DEFAULT);
	}
	return err;
}

enum err
act_calendar_check(struct work *work, struct touched *t)
{
	enum err err = calendar_check(&t->new, work->read.directory,
	    work->arena, work->read.now_us, work->why);

	return err == ERR_OK && record_int(&t->new, CALENDAR_IS_DEFAULT) ?
	    take_default(work, t) :
	    err;
}

enum err
act_calendar_unused(struct work *work, const struct touched *t)
{
	size_t count;
	const struct record *const *queues = directory_all(
	    work->read.directory, KIND_QUEUE, &count);

	for (size_t i = 0; i < count; i++)
		if (record_ref(queues[i], QUEUE_CALENDAR) == t->old.id)
			return work_fail(work, ERR_DENIED, NULL,
			    N_("The queue \"{name}\" still goes by it."), 0,
			    record_label(queues[i]));
	return ERR_OK;
}
