/* core/desk/claim.c - claims of jobs: a handful, behind one lock. */
#include "config.h"
#include "core/desk/claim.h"
#include "core/model/table.h"

void
claims_init(struct claims *claims)
{
	*claims = (struct claims){ .ended = 0 };
	pthread_mutex_init(&claims->lock, NULL);
}

void
claims_destroy(struct claims *claims)
{
	pthread_mutex_destroy(&claims->lock);
}

void
claims_look(struct claims *claims, struct claim_walk *walk)
{
	pthread_mutex_lock(&claims->lock);
	walk->ended = claims->ended;
	pthread_mutex_unlock(&claims->lock);
}

static enum err
customer_of_event(
    struct snapshot *snapshot, const struct job_run *run, uint64_t *out)
{
	uint64_t number = (uint64_t)record_int(&run->job, JOB_EVENT);
	struct record event;
	struct bytes value;
	struct key key;
	enum err err;

	if (number == 0)
		number = run->at.number;
	key_begin(&key, KEY_EVENT);
	key_u64(&key, number);
	err = snapshot_get(snapshot, key_get(&key), &value);
	if (err == ERR_OK)
		err = record_decode(&event, KIND_EVENT, number, value);
	if (err == ERR_OK)
		*out = record_ref(&event, EVENT_CUSTOMER);
	return err;
}

/* Whom a job is about; 0 for nobody, and for what is gone. */
static enum err
customer_of(struct snapshot *snapshot, const struct job_run *run, uint64_t *out)
{
	const struct record *job = &run->job;
	struct record ticket;
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
		err = customer_of_event(snapshot, run, out);
	}
	return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? ERR_OK : err;
}

static bool
was_passed(const struct claim_walk *walk, uint64_t customer)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->passed[i] == customer)
			return true;
	return walk->count == PASSED_MAX;
}

enum err
claims_take(struct claims *claims, struct claim_walk *walk,
    struct snapshot *snapshot, const struct job_run *run, struct claim **out)
{
	struct claim *free = NULL;
	bool is_fresh, is_held = false;
	uint64_t customer;
	enum err err = customer_of(snapshot, run, &customer);

	if (err != ERR_OK)
		return err;
	if (was_passed(walk, customer))
		return ERR_BUSY;
	pthread_mutex_lock(&claims->lock);
	for (size_t i = 0; i < CLAIMS_MAX; i++) {
		struct claim *c = &claims->at[i];

		if (!c->is_taken)
			free = c;
		else if (c->customer == customer)
			is_held = true;
	}
	is_fresh = claims->ended == walk->ended;
	if (!is_held && free != NULL)
		*free = (struct claim){ .customer = customer,
			.is_taken = true };
	pthread_mutex_unlock(&claims->lock);
	if (is_held || free == NULL) {
		walk->passed[walk->count++] = customer;
		return ERR_BUSY;
	}
	*out = free;
	return is_fresh ? ERR_OK : ERR_STALE;
}

void
claims_give(struct claims *claims, struct claim *claim, bool has_run)
{
	pthread_mutex_lock(&claims->lock);
	claim->is_taken = false;
	claims->ended += has_run;
	pthread_mutex_unlock(&claims->lock);
}
