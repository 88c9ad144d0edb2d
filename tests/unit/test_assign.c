/* tests/unit/test_assign.c - ticket:assign{ by = "load" } when tickets come at
 * the same moment: the choice is made at the commit.
 */
#include "config.h"
#include "core/model/ticket.h"
#include "tests/unit/desk_fixture.h"

#include <pthread.h>

#define ANN 1
#define AGENTS 4 /* besides her */
#define THREADS 8
#define TRIES 50
#define ROUNDS 20

static struct desk_fixture f;
static uint64_t agents[AGENTS];
static pthread_barrier_t barrier;
static atomic_int refused;

/* A desk whose new tickets are given out by <assign>. The clock stands: as
 * after a step back, when a site's time waits for the system's. */
static void
setup(const char *assign, size_t count)
{
	static const char *const logins[] = { "bob", "cat", "dan", "eve" };
	struct act_input input;

	desk_setup(&f);
	atomic_store(&refused, 0);
	act_input_init(&input, VERB_RECORD_UPDATE, KIND_AGENT);
	input.actor = actor_system();
	input.subject = ANN;
	input.cleared = UINT64_C(1) << AGENT_AVAILABLE;
	MUST(desk_do(&f, &input));
	for (size_t i = 0; i < count; i++)
		agents[i] = desk_add(&f, KIND_AGENT,
		    (const char *const[]){ "login", logins[i], "name",
			logins[i], "email",
			arena_printf(f.arena, "%s@example.com", logins[i]),
			"role", "agent", "active", "true", "available", "true",
			NULL });
	desk_script(&f, "give",
	    arena_printf(f.arena,
		"desk.on('ticket.creating', { name = 'out', required = true },\n"
		"    function(event)\n"
		"  event.ticket:assign%s\n"
		"end)\n",
		assign));
}

/* How many open tickets each of the agents has. */
static void
count_loads(int loads[AGENTS])
{
	struct site_read read;
	struct record ticket;
	uint64_t id = 0;

	memset(loads, 0, AGENTS * sizeof *loads);
	MUST(site_read_begin(f.site, &read));
	while (record_next(read.snapshot, KIND_TICKET, &id, &ticket) == ERR_OK)
		for (int i = 0; i < AGENTS; i++)
			loads[i] += record_int(&ticket, TICKET_STATUS) !=
				STATUS_CLOSED &&
			    record_ref(&ticket, TICKET_OWNER) == agents[i];
	site_read_end(&read);
}

static void
submit(struct arena *arena)
{
	struct act_input input;
	struct act_result result;
	enum err err = ERR_REFUSED;
	struct why why;

	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor.kind = BY_CUSTOMER;
	input.email = BYTES("crowd@example.org");
	input.body = BYTES("one of many");
	record_set_text(&input.fields, TICKET_SUBJECT, BYTES("Crowd"));
	/* required: a machine that sleeps for long has the act refused */
	for (int i = 0; i < TRIES && err != ERR_OK; i++) {
		err = desk_act(f.site, &input, arena, &result, &why);
		arena_reset(arena);
	}
	if (err != ERR_OK)
		atomic_fetch_add(&refused, 1);
}

/* One ticket a round, each round together with the others. */
static void *
submit_together(void *arg)
{
	struct arena *arena = arena_create();

	for (int i = 0; i < *(const int *)arg; i++) {
		pthread_barrier_wait(&barrier);
		submit(arena);
	}
	arena_destroy(arena);
	return NULL;
}

static void
submit_all(unsigned threads, int rounds)
{
	pthread_t ids[THREADS];

	pthread_barrier_init(&barrier, NULL, threads);
	for (unsigned i = 0; i < threads; i++)
		CHECK(pthread_create(&ids[i], NULL, submit_together, &rounds) ==
		    0);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	pthread_barrier_destroy(&barrier);
	CHECK_INT(atomic_load(&refused), 0);
}

static void
test_assign__gives_two_at_once_to_two(void)
{
	int loads[AGENTS];

	setup("{ by = 'load' }", 2);
	for (int i = 1; i <= ROUNDS; i++) {
		submit_all(2, 1);
		count_loads(loads);
		CHECK_INT(loads[0], i);
		CHECK_INT(loads[1], i);
	}
	desk_teardown(&f);
}

static void
test_assign__keeps_a_crowd_even(void)
{
	int loads[AGENTS];

	setup("{ by = 'load' }", AGENTS);
	submit_all(THREADS, ROUNDS);
	count_loads(loads);
	for (int i = 0; i < AGENTS; i++)
		CHECK_INT(loads[i], THREADS * ROUNDS / AGENTS);
	desk_teardown(&f);
}

/* By turns nobody is passed over, whatever the loads. */
static void
test_assign__takes_turns(void)
{
	int loads[AGENTS];

	setup("{ by = 'turn' }", AGENTS);
	submit_all(THREADS, ROUNDS);
	count_loads(loads);
	for (int i = 0; i < AGENTS; i++)
		CHECK_INT(loads[i], THREADS * ROUNDS / AGENTS);
	desk_teardown(&f);
}

/* What was worked today goes first; who has worked as much gets them in turn.
 * A reason of the script's stands before ours. */
static void
test_assign__looks_at_the_time_of_today(void)
{
	int loads[AGENTS];
	uint64_t number;

	setup("({ by = 'time_today' }, 'because')", AGENTS);
	number = desk_submit(&f, "c@example.org", "a", "b");
	MUST(desk_reply(&f, actor_agent(agents[0]), number, "worked"));
	submit_all(THREADS, ROUNDS);
	count_loads(loads);
	CHECK_INT(loads[0], 1); /* by his answer, he has the first one */
	for (int i = 1; i < AGENTS; i++)
		CHECK(loads[i] >= THREADS * ROUNDS / (AGENTS - 1));
	desk_teardown(&f);
}

/* Any of the skills named, which the commit once took for none at all. */
static void
test_assign__asks_for_one_of_the_skills(void)
{
	struct act_input input;
	int loads[AGENTS];

	setup("{ by = 'load', from = { skill = { 'law', 'net' } } }", 2);
	act_input_init(&input, VERB_RECORD_UPDATE, KIND_AGENT);
	input.actor = actor_system();
	input.subject = agents[1];
	desk_set(&f, &input, "skills", "net,german");
	MUST(desk_do(&f, &input));
	for (int i = 0; i < 3; i++)
		(void)desk_submit(&f, "c@example.org", "a", "b");
	count_loads(loads);
	CHECK_INT(loads[0], 0);
	CHECK_INT(loads[1], 3);
	desk_teardown(&f);
}

/* ---- nobody is free ---- */

#define CAP 3

/* The tickets without an owner, up to <max>; each says once that it is held,
 * and waits for one try. */
static int
find_held(uint64_t *held, int max)
{
	struct site_read read;
	struct record ticket, entry;
	uint64_t id = 0;
	int count = 0;

	MUST(site_read_begin(f.site, &read));
	while (
	    record_next(read.snapshot, KIND_TICKET, &id, &ticket) == ERR_OK) {
		uint64_t sequence = 0;
		int told = 0;

		if (record_has(&ticket, TICKET_OWNER))
			continue;
		while (timeline_next(read.snapshot, id, &sequence, &entry) ==
		    ERR_OK)
			told += bytes_is(
			    record_text(&entry, ENTRY_EVENT), "ticket.held");
		CHECK_INT(told, 1);
		if (count < max)
			held[count] = id;
		count++;
	}
	site_read_end(&read);
	return count;
}

static void
wait_for_a_try(void)
{
	clock_advance(&f.clock, 6 * CLOCK_MINUTE_US);
	desk_run_jobs(&f);
}

/* Close one of bob's tickets: he has a hand free. */
static void
close_one(void)
{
	struct act_input input;
	struct site_read read;
	struct record ticket;
	uint64_t id = 0;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(agents[0]);
	MUST(site_read_begin(f.site, &read));
	while (input.subject == 0 &&
	    record_next(read.snapshot, KIND_TICKET, &id, &ticket) == ERR_OK)
		if (record_ref(&ticket, TICKET_OWNER) == agents[0] &&
		    record_int(&ticket, TICKET_STATUS) != STATUS_CLOSED)
			input.subject = id;
	site_read_end(&read);
	record_set_int(&input.fields, TICKET_STATUS, STATUS_CLOSED);
	MUST(desk_do(&f, &input));
}

static void
check_loads(int want)
{
	int loads[AGENTS];

	count_loads(loads);
	for (int i = 0; i < AGENTS; i++)
		CHECK_INT(loads[i], want);
}

static void
test_assign__holds_what_is_over_the_cap(void)
{
	uint64_t held[THREADS];

	setup("{ by = 'load', cap = 3 }", AGENTS);
	submit_all(THREADS, 2);
	check_loads(CAP);
	CHECK_INT(find_held(held, THREADS), 2 * THREADS - CAP * AGENTS);
	for (int i = 0; i < 3; i++)
		wait_for_a_try();
	check_loads(CAP);
	CHECK_INT(find_held(held, THREADS), 2 * THREADS - CAP * AGENTS);
	close_one();
	wait_for_a_try();
	check_loads(CAP);
	CHECK_INT(find_held(held, THREADS), 2 * THREADS - CAP * AGENTS - 1);
	desk_teardown(&f);
}

/* Whoever takes a held ticket keeps it; what was closed stays nobody's. */
static void
test_assign__leaves_what_was_seen_to(void)
{
	struct act_input input;
	uint64_t held[2];

	setup("{ by = 'load', cap = 1 }", 1);
	for (int i = 0; i < 3; i++)
		submit(f.arena);
	CHECK_INT(find_held(held, 2), 2);
	act_input_init(&input, VERB_TICKET_ASSIGN, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = held[0];
	input.agent = ANN;
	MUST(desk_do(&f, &input));
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = held[1];
	record_set_int(&input.fields, TICKET_STATUS, STATUS_CLOSED);
	MUST(desk_do(&f, &input));
	close_one();
	wait_for_a_try();
	CHECK_INT(desk_field(&f, held[0], TICKET_OWNER), ANN);
	CHECK_INT(desk_field(&f, held[1], TICKET_OWNER), 0);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_assign__gives_two_at_once_to_two);
	RUN(test_assign__keeps_a_crowd_even);
	RUN(test_assign__takes_turns);
	RUN(test_assign__looks_at_the_time_of_today);
	RUN(test_assign__asks_for_one_of_the_skills);
	RUN(test_assign__holds_what_is_over_the_cap);
	RUN(test_assign__leaves_what_was_seen_to);
	return tap_done();
}
