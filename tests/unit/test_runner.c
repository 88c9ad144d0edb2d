/* tests/unit/test_runner.c - a backlog of jobs, run side by side. */
#include "config.h"
#include "core/desk/job.h"
#include "tests/unit/desk_fixture.h"

#include <pthread.h>
#include <unistd.h>

#define TICKETS 400
#define CUSTOMERS 20

/* Reads, adds and writes a sum that all tickets share; keeps the tickets of
 * each customer in the order in which it saw them; and, some, take a while. */
static const char script[] =
    "desk.on('ticket.created', { name = 'first' }, function(event)\n"
    "  local ticket, store = event.ticket, desk.store\n"
    "  local who = event.customer.email\n"
    "  store:set('sum', (store:get('sum') or 0) + 1)\n"
    "  store:add('added', 1)\n"
    "  store:set(who, (store:get(who) or '') .. ticket.number .. ' ')\n"
    "  for i = 1, ticket.number % 7 == 0 and 20000 or 0 do end\n"
    "  ticket:set({ priority = 'high' }, 'it is new')\n"
    "end)\n"
    "desk.on('ticket.updated', { name = 'second', when = { changed = "
    "'priority' } }, function(event)\n"
    "  event.ticket:note('raised')\n"
    "end)\n"
    "desk.on('ticket.created', { name = 'third' }, function(event)\n"
    "  event.ticket:note('seen')\n"
    "end)\n";

static bool
is_idle(struct desk_fixture *f)
{
	struct site_read read;
	struct job_run run;
	int64_t due_us;
	enum err err;

	MUST(site_read_begin(f->site, &read));
	err = job_next(
	    read.snapshot, LANE_SCRIPTS, NULL, INT64_MAX, &run, &due_us);
	site_read_end(&read);
	return err == ERR_NOT_FOUND;
}

/* The value under a key, JSON, in the fixture's arena. */
static const char *
value(struct desk_fixture *f, const char *name)
{
	struct buf text = buf_in(f->arena);
	struct site_read read;
	struct record record;

	MUST(site_read_begin(f->site, &read));
	if (record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
		bytes_of(name), &record) == ERR_OK)
		buf_bytes(&text, record_text(&record, VALUE_VALUE));
	site_read_end(&read);
	return buf_string(&text);
}

static int
notes(struct desk_fixture *f, uint64_t number)
{
	struct site_read read;
	struct record ticket, entry;
	uint64_t last;
	int count = 0;

	MUST(site_read_begin(f->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	last = (uint64_t)record_int(&ticket, TICKET_LAST_ENTRY);
	for (uint64_t n = 1; n <= last; n++)
		if (record_find(read.snapshot, KIND_ENTRY, entry_id(number, n),
			&entry) == ERR_OK)
			count += record_int(&entry, ENTRY_TYPE) ==
			    ENTRY_IS_NOTE;
	site_read_end(&read);
	return count;
}

static void
submit_all(struct desk_fixture *f)
{
	for (int i = 0; i < TICKETS; i++) {
		char email[64];

		snprintf(email, sizeof email, "c%d@example.org", i % CUSTOMERS);
		if (desk_submit(f, email, "One of many", "x") == 0)
			abort();
	}
}

/* That is ascending, for its numbers are. */
static void
check_order(struct desk_fixture *f)
{
	for (int i = 0; i < CUSTOMERS; i++) {
		char name[64];
		char *text;
		long before = 0, count = 0;

		snprintf(name, sizeof name, "t/c%d@example.org", i);
		text = strdup(value(f, name) + 1); /* a quote */
		for (char *at = strtok(text, " \""); at != NULL;
		     at = strtok(NULL, " \"")) {
			CHECK(strtol(at, NULL, 10) > before);
			before = strtol(at, NULL, 10);
			count++;
		}
		CHECK_INT(count, TICKETS / CUSTOMERS);
		free(text);
	}
}

static void
test_runner__runs_side_by_side_as_if_one_by_one(void)
{
	struct desk_fixture f;
	struct store_status status;
	char want[32];

	desk_setup(&f);
	submit_all(&f);
	desk_script(&f, "t", script);
	/* what came before the script is no event of it */
	submit_all(&f);
	MUST(site_start_jobs(f.site));
	while (!is_idle(&f))
		usleep(1000);
	snprintf(want, sizeof want, "%d", TICKETS);
	CHECK(strcmp(value(&f, "t/sum"), want) == 0);
	printf("# sum %s\n", value(&f, "t/sum"));
	CHECK(strcmp(value(&f, "t/added"), want) == 0);
	check_order(&f);
	for (uint64_t n = TICKETS + 1; n <= 2 * TICKETS; n++)
		if (notes(&f, n) != 2) {
			printf("# ticket %d: %d notes\n", (int)n, notes(&f, n));
			CHECK(notes(&f, n) == 2);
		}
	MUST(store_status(site_store(f.site), &status));
	printf("# %d commits in %d batches\n", (int)status.commits,
	    (int)status.batches);
	CHECK(status.batches < status.commits);
	desk_teardown(&f);
}

/* Nobody's job waits for those of a handler that rests, however many. */
static void
test_runner__looks_past_all_that_rest(void)
{
	struct desk_fixture f;
	int64_t until_us;

	desk_setup(&f);
	desk_script(&f, "t",
	    "desk.on('ticket.created', { name = 'bad' }, function(event)\n"
	    "  error('no')\n"
	    "end)\n"
	    "desk.on('reply.sent', { name = 'good' }, function(event)\n"
	    "  desk.store:set('seen', 1)\n"
	    "end)\n");
	submit_all(&f);
	MUST(desk_reply(&f, actor_agent(1), 1, "Hello"));
	MUST(site_start_jobs(f.site));
	until_us = clock_monotonic_us() + 20 * CLOCK_SECOND_US;
	while (*value(&f, "t/seen") == '\0' && clock_monotonic_us() < until_us)
		usleep(1000);
	CHECK(strcmp(value(&f, "t/seen"), "1") == 0);
	CHECK(!is_idle(&f)); /* what rests is kept */
	desk_teardown(&f);
}

#define PRESSERS 4
#define PRESSES 25

static struct desk_fixture pressed;

static void *
press(void *arg)
{
	uint64_t *ticket = arg;
	struct arena *arena = arena_create();

	for (int i = 0; i < PRESSES; i++) {
		struct act_input input;
		struct act_result result;
		struct why why;

		act_input_init(&input, VERB_ACTION_RUN, KIND_TICKET);
		input.actor = actor_agent(1);
		input.source = SOURCE_AGENT;
		input.subject = *ticket;
		input.name = BYTES("t/count");
		while (desk_act(pressed.site, &input, arena, &result, &why) ==
		    ERR_BUSY) /* the others are quicker */
			usleep(1000);
		arena_reset(arena);
	}
	arena_destroy(arena);
	return NULL;
}

static void
test_actions__at_once_all_count(void)
{
	uint64_t tickets[PRESSERS];
	pthread_t threads[PRESSERS];
	char want[32];

	desk_setup(&pressed);
	desk_script(&pressed, "t",
	    "desk.action('count', {}, function(ticket)\n"
	    "  desk.store:set('n', (desk.store:get('n') or 0) + 1)\n"
	    "end)\n");
	for (int i = 0; i < PRESSERS; i++)
		tickets[i] = desk_submit(&pressed, "eve@example.org", "x", "x");
	for (int i = 0; i < PRESSERS; i++)
		CHECK(
		    pthread_create(&threads[i], NULL, press, &tickets[i]) == 0);
	for (int i = 0; i < PRESSERS; i++)
		pthread_join(threads[i], NULL);
	snprintf(want, sizeof want, "%d", PRESSERS * PRESSES);
	printf("# %s\n", value(&pressed, "t/n"));
	CHECK(strcmp(value(&pressed, "t/n"), want) == 0);
	desk_teardown(&pressed);
}

int
main(void)
{
	RUN(test_runner__runs_side_by_side_as_if_one_by_one);
	RUN(test_runner__looks_past_all_that_rest);
	RUN(test_actions__at_once_all_count);
	return tap_done();
}
