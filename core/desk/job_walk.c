/* core/desk/job_walk.c - the walk, and a handful of claims behind its lock. */
#include "config.h"
#include "core/desk/job_walk.h"
#include "core/base/log.h"
#include "core/desk/run.h"
#include "core/model/table.h"

#include <assert.h>

#define LOOKED_MAX 256 /* jobs in a row that wait for others */

void
job_walk_init(
    struct job_walk *walk, const struct site *site, enum job_lane lane)
{
	*walk = (struct job_walk){ .site = site, .lane = lane };
	pthread_mutex_init(&walk->lock, NULL);
}

void
job_walk_destroy(struct job_walk *walk)
{
	pthread_mutex_destroy(&walk->lock);
}

uint64_t
job_walk_ended(struct job_walk *walk)
{
	return atomic_load(&walk->ended);
}

/* --- whom a job is about --- */

/* Whom a job is about; 0 for nobody, and for what is gone. */
static enum err
customer_of(struct snapshot *snapshot, const struct job_run *run, uint64_t *out)
{
	const struct record *job = &run->job;
	uint64_t number = (uint64_t)record_int(job, JOB_EVENT);
	struct record ticket, event;
	enum err err = ERR_OK;

	*out = 0;
	if (record_has(job, JOB_TICKET)) {
		err = record_find(snapshot, KIND_TICKET,
		    record_ref(job, JOB_TICKET), &ticket);
		if (err == ERR_OK)
			*out = record_ref(&ticket, TICKET_CUSTOMER);
	} else if (bytes_is(record_text(job, JOB_SUBJECT_KIND), "customer")) {
		*out = (uint64_t)record_int(job, JOB_SUBJECT);
	} else if (record_int(job, JOB_TYPE) == JOB_HANDLER) {
		err = event_find(
		    snapshot, number != 0 ? number : run->at.number, &event);
		if (err == ERR_OK)
			*out = record_ref(&event, EVENT_CUSTOMER);
	}
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

/* --- claims, under the lock --- */

static struct claim *
find_claim(struct job_walk *walk, uint64_t customer)
{
	for (size_t i = 0; i < CLAIMS_MAX; i++)
		if (walk->claims[i].is_taken &&
		    walk->claims[i].customer == customer)
			return &walk->claims[i];
	return NULL;
}

/* There is one left for whoever has none. */
static struct claim *
claim(struct job_walk *walk, uint64_t customer)
{
	size_t i = 0;

	while (walk->claims[i].is_taken) {
		i++;
		assert(i < CLAIMS_MAX);
	}
	walk->claims[i] = (struct claim){ .customer = customer,
		.is_taken = true };
	return &walk->claims[i];
}

/* --- the walk, under the lock --- */

static void
restart(struct job_walk *walk)
{
	walk->has_begun = false;
	walk->has_run = false;
	for (size_t i = 0; i < CLAIMS_MAX; i++)
		walk->claims[i].has_passed = false;
}

/* So that <at> comes next. */
static void
go_back(struct job_walk *walk, struct job_at at)
{
	if (at.k-- == 0)
		at.number--;
	walk->after = at;
}

struct looking {
	const struct site *site;
	int64_t now_us;
};

static bool
rests(void *arg, const struct job_run *run)
{
	const struct looking *looking = arg;

	return job_rests(looking->site, run, looking->now_us);
}

/* The next due job of this walk, or, if one ran in it, of another one. */
static enum err
step(struct job_walk *walk, struct snapshot *snapshot, int64_t now_us,
    struct job_run *run, int64_t *next_due_us)
{
	struct looking looking = { walk->site, now_us };

	for (;;) {
		enum err err = job_next_unless(snapshot, walk->lane,
		    walk->has_begun ? &walk->after : NULL, now_us, rests,
		    &looking, run, next_due_us);
		bool has_run = walk->has_run;

		if (err == ERR_CORRUPT && run->at.number == 0)
			return err; /* nowhere to go on from */
		if (err == ERR_OK || err == ERR_CORRUPT) {
			walk->has_begun = true;
			walk->after = run->at;
		}
		if (err == ERR_OK)
			return ERR_OK;
		if (err == ERR_CORRUPT) {
			if (walk->damaged != run->at.number)
				log_event(LOG_ERROR, "job.damaged",
				    "number=%llu",
				    (unsigned long long)run->at.number);
			walk->damaged = run->at.number;
			continue;
		}
		restart(walk);
		if (err != ERR_NOT_FOUND || !has_run)
			return err;
	}
}

enum err
job_walk_take(struct job_walk *walk, struct snapshot *snapshot, int64_t now_us,
    uint64_t ended, struct job_run *run, struct claim **out,
    int64_t *next_due_us)
{
	struct claim *held = NULL;
	unsigned looked = 0;
	uint64_t customer;
	enum err err;

	*out = NULL;
	pthread_mutex_lock(&walk->lock);
	do {
		err = step(walk, snapshot, now_us, run, next_due_us);
		if (err == ERR_OK)
			err = customer_of(snapshot, run, &customer);
		if (err == ERR_OK)
			held = find_claim(walk, customer);
		if (err == ERR_OK && held != NULL && !held->has_passed) {
			held->has_passed = true;
			held->passed = run->at;
		}
	} while (err == ERR_OK && held != NULL && ++looked < LOOKED_MAX);
	if (err == ERR_OK && held != NULL)
		err = ERR_BUSY;
	else if (err == ERR_OK)
		*out = claim(walk, customer);
	if (err == ERR_OK && walk->ended != ended)
		err = ERR_STALE;
	pthread_mutex_unlock(&walk->lock);
	return err;
}

enum err
job_walk_claim(struct job_walk *walk, uint64_t ended, struct claim **out)
{
	enum err err = ERR_OK;

	pthread_mutex_lock(&walk->lock);
	*out = find_claim(walk, 0) == NULL ? claim(walk, 0) : NULL;
	if (*out == NULL)
		err = ERR_BUSY;
	else if (walk->ended != ended)
		err = ERR_STALE;
	pthread_mutex_unlock(&walk->lock);
	return err;
}

void
job_walk_give(struct job_walk *walk, struct claim *claim, bool has_run)
{
	pthread_mutex_lock(&walk->lock);
	claim->is_taken = false;
	walk->ended += has_run;
	walk->has_run |= has_run;
	if (claim->has_passed)
		go_back(walk, claim->passed);
	pthread_mutex_unlock(&walk->lock);
}

void
job_walk_restart(struct job_walk *walk)
{
	pthread_mutex_lock(&walk->lock);
	restart(walk);
	pthread_mutex_unlock(&walk->lock);
}
