/* core/desk/job_check.c - whether jobs and events are found by their subjects.
 *
 * A job that its ticket does not know of is run all the same; one that the
 * ticket knows of and that is not there stops whoever asks for its jobs.
 */
#include "config.h"
#include "core/desk/job.h"
#include "core/store/walk.h"

#include <stdio.h>

#define NUMBER_SIZE 10                    /* number and k */
#define OF_SIZE (1 + 1 + 8 + NUMBER_SIZE) /* letter, kind, subject */
#define PLACE_SIZE 9                      /* lane and due */
#define EVENT_SIZE (1 + 8)                /* letter, number */
#define EVENT_OF_SIZE (1 + 1 + 8 + 8)     /* letter, kind, subject, number */

struct checking {
	void (*fault)(void *context, const char *what);
	void *context;
};

static void
fault(struct checking *c, const char *noun, uint64_t number, const char *what)
{
	char text[160];

	snprintf(text, sizeof text, "%s %llu %s", noun,
	    (unsigned long long)number, what);
	c->fault(c->context, text);
}

/* ---- jobs ---- */

static enum err
check_job(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	struct bytes place;
	struct job_run run;
	uint64_t ticket;
	struct key of;
	enum err err = job_read(key, value, &run);

	if (err == ERR_CORRUPT) {
		fault(c, "job", run.at.number, "is damaged");
		return ERR_OK;
	}
	ticket = err == ERR_OK ? record_ref(&run.job, JOB_TICKET) : 0;
	if (ticket == 0)
		return err;
	key_job_of(&of, KIND_TICKET, ticket);
	key_u64(&of, run.at.number);
	key_u16(&of, run.at.k);
	err = snapshot_get(snapshot, key_get(&of), &place);
	if (err == ERR_NOT_FOUND) {
		fault(c, "job", run.at.number, "is not known to its ticket");
		return ERR_OK;
	}
	/* Lane and due are what a job's key begins with. */
	if (err == ERR_OK &&
	    !bytes_equal(place, (struct bytes){ key.at + 1, PLACE_SIZE }))
		fault(
		    c, "job", run.at.number, "is looked for in a wrong place");
	return err;
}

static enum err
check_job_of(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	struct job_run run = { .is_early = false };
	const char *end;
	struct key job;
	enum err err;

	if (key.len != OF_SIZE || value.len != PLACE_SIZE) {
		fault(c, "job", 0, "is named in a way that none is");
		return ERR_OK;
	}
	end = key.at + OF_SIZE - NUMBER_SIZE;
	key_begin(&job, KEY_JOB);
	key_raw(&job, value.at, value.len);
	key_raw(&job, end, NUMBER_SIZE);
	err = snapshot_get(snapshot, key_get(&job), &value);
	if (err == ERR_OK)
		err = job_read(key_get(&job), value, &run);
	if (err == ERR_CORRUPT)
		return ERR_OK; /* told of as a job */
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK &&
		record_ref(&run.job, JOB_TICKET) != be64_read(key.at + 2))) {
		fault(c, "job", be64_read(end),
		    "is known to a ticket that has none");
		return ERR_OK;
	}
	return err;
}

/* ---- events ---- */

static enum err
check_event(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	uint64_t number = key.len == EVENT_SIZE ? be64_read(key.at + 1) : 0;
	struct record event;
	struct bytes hook;
	struct key of;
	enum err err;

	err = record_decode(&event, KIND_EVENT, number, value);
	if (err == ERR_CORRUPT || number == 0) {
		fault(c, "event", number, "is damaged");
		return ERR_OK;
	}
	if (err != ERR_OK || !record_has(&event, EVENT_TICKET))
		return err;
	key_event_of(&of, KIND_TICKET, record_ref(&event, EVENT_TICKET));
	key_u64(&of, number);
	err = snapshot_get(snapshot, key_get(&of), &hook);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND ||
	    !bytes_equal(hook, record_text(&event, EVENT_HOOK)))
		fault(c, "event", number, "is not known to its ticket");
	return ERR_OK;
}

static enum err
check_event_of(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	uint64_t number = key.len == EVENT_OF_SIZE ? be64_read(key.at + 10) : 0;
	struct bytes found;
	struct key event;
	enum err err;

	(void)value;
	key_begin(&event, KEY_EVENT);
	key_u64(&event, number);
	err = snapshot_get(snapshot, key_get(&event), &found);
	if (err == ERR_NOT_FOUND) {
		fault(c, "event", number, "is known and not there");
		return ERR_OK;
	}
	return err;
}

enum err
job_check(struct store *store, void (*hear)(void *context, const char *what),
    void *context)
{
	static const struct {
		char table;
		walk_fn *fn;
	} walks[] = {
		{ KEY_JOB, check_job },
		{ KEY_JOB_OF, check_job_of },
		{ KEY_EVENT, check_event },
		{ KEY_EVENT_OF, check_event_of },
	};
	struct checking c = { .fault = hear, .context = context };
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof walks / sizeof *walks;
	     i++)
		err = walk_prefix(store, (struct bytes){ &walks[i].table, 1 },
		    walks[i].fn, &c);
	return err;
}
