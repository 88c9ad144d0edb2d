/* tests/unit/test_desk_threads.c - many acts at once, on the same tickets. */
#include "config.h"
#include "core/model/index_check.h"
#include "core/model/ticket.h"
#include "tests/unit/desk_fixture.h"

#include <pthread.h>

#define THREADS 8
#define EACH 12
#define ANN 1

struct crowd {
	struct desk_fixture f;
	uint64_t shared; /* a ticket that all write on */
	atomic_int replies, submits, refused;
};

static void *
work_hard(void *arg)
{
	struct crowd *crowd = arg;
	struct arena *arena = arena_create();

	for (int i = 0; i < EACH; i++) {
		struct act_input input;
		struct act_result result;
		struct why why;
		enum err err;

		act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
		input.actor.kind = BY_CUSTOMER;
		input.email = BYTES("crowd@example.org");
		input.body = BYTES("one of many");
		record_set_text(&input.fields, TICKET_SUBJECT, BYTES("Crowd"));
		err = desk_act(crowd->f.site, &input, arena, &result, &why);
		atomic_fetch_add(
		    err == ERR_OK ? &crowd->submits : &crowd->refused, 1);
		act_input_init(&input, VERB_REPLY_ADD, KIND_TICKET);
		input.actor = actor_agent(ANN);
		input.subject = crowd->shared;
		input.body = BYTES("all at once");
		err = desk_act(crowd->f.site, &input, arena, &result, &why);
		atomic_fetch_add(
		    err == ERR_OK ? &crowd->replies : &crowd->refused, 1);
		arena_reset(arena);
	}
	arena_destroy(arena);
	return NULL;
}

static void
say_fault(void *context, const char *what)
{
	printf("# %s\n", what);
}

static void
test_desk_act__loses_nothing_when_all_write_at_once(void)
{
	struct crowd *crowd = calloc(1, sizeof *crowd);
	struct desk_fixture *f = &crowd->f;
	pthread_t threads[THREADS];
	struct site_read read;
	struct record ticket;
	struct index_check check = { .fault = say_fault };
	uint64_t id = 0;
	int tickets = 0;

	desk_setup(f);
	crowd->shared = desk_submit(f, "bob@example.org", "Shared", "x");
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, work_hard, crowd) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(crowd->refused, 0);
	CHECK_INT(crowd->submits, THREADS * EACH);
	CHECK_INT(crowd->replies, THREADS * EACH);
	CHECK_INT(
	    desk_field(f, crowd->shared, TICKET_AGENT_REPLIES), THREADS * EACH);
	desk_run_jobs(f);
	MUST(site_read_begin(f->site, &read));
	while (record_next(read.snapshot, KIND_TICKET, &id, &ticket) == ERR_OK)
		tickets++;
	CHECK_INT(tickets, THREADS * EACH + 1);
	CHECK_INT(
	    ticket_counts_check(read.snapshot, f->arena, &f->why), ERR_OK);
	site_read_end(&read);
	MUST(index_check(site_store(f->site), &check));
	CHECK_INT(check.faults, 0);
	desk_teardown(f);
	free(crowd);
}

int
main(void)
{
	RUN(test_desk_act__loses_nothing_when_all_write_at_once);
	return tap_done();
}
