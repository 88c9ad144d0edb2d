/* tests/unit/test_jobs.c - jobs: in order, once, set aside, and never in the
 * way of others.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/desk/job.h"
#include "core/model/ticket.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1                       /* the admin's id */
#define FIXTURE_TIME_S "1767225600" /* FIXTURE_TIME_US, for scripts */

/* Handlers that wrote change entries of a ticket, in order: "a,b". */
static const char *
scripts_of(struct desk_fixture *f, uint64_t ticket)
{
	struct buf out = buf_in(f->arena);
	uint64_t sequence = 0;
	struct site_read read;
	struct record entry;

	MUST(site_read_begin(f->site, &read));
	while (
	    timeline_next(read.snapshot, ticket, &sequence, &entry) == ERR_OK) {
		struct bytes name = record_text(&entry, ENTRY_SCRIPT);

		if (name.len == 0)
			continue;
		(void)bytes_split(&name, '/');
		if (out.len > 0)
			buf_char(&out, ',');
		buf_bytes(&out, name);
	}
	site_read_end(&read);
	return buf_string(&out);
}

/* The only job set aside; its name in URLs. */
static struct bytes
failed_job(struct desk_fixture *f, size_t *count)
{
	struct job_at at = { .number = 0 };
	struct buf id = buf_in(f->arena);
	struct site_read read;
	struct job_run run;

	*count = 0;
	MUST(site_read_begin(f->site, &read));
	while (job_next_failed(read.snapshot, &at, &run) == ERR_OK) {
		if (++*count == 1)
			job_id_add(&id, &at);
		printf("# set aside: %.*s\n",
		    BYTES_ARG(record_text(&run.job, JOB_ERROR)));
	}
	site_read_end(&read);
	return buf_get(&id);
}

static size_t
count_failed(struct desk_fixture *f)
{
	size_t count;

	(void)failed_job(f, &count);
	return count;
}

static void
run_again(struct desk_fixture *f)
{
	struct act_input input;
	size_t count;

	act_input_init(&input, VERB_JOB_AGAIN, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.secret = failed_job(f, &count);
	CHECK_INT(count, 1);
	MUST(desk_do(f, &input));
	desk_run_jobs(f);
}

static void
set_priority(struct desk_fixture *f, uint64_t ticket)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	desk_set(f, &input, "priority", "high");
	MUST(desk_do(f, &input));
}

/* What an admin runs again is the event it failed on, however often. */
static void
test_job_again__keeps_its_event(void)
{
	struct desk_fixture f;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "bad",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  if desk.now() < 1000000 + " FIXTURE_TIME_S " then\n"
	    "    error('no luck')\n"
	    "  end\n"
	    "  event.ticket:tag(event.hook == 'ticket.created' and 'yes'\n"
	    "      or 'no')\n"
	    "end)\n");
	number = desk_submit(&f, "bob@example.org", "Hi", "text");
	desk_run_jobs(&f);
	for (int i = 0; i < 3; i++)
		run_again(&f);
	CHECK_INT(count_failed(&f), 1);
	clock_advance(&f.clock, 1000001 * CLOCK_SECOND_US);
	run_again(&f);
	CHECK_INT(count_failed(&f), 0);
	CHECK(strcmp(scripts_of(&f, number), "x") == 0);
	desk_teardown(&f);
}

/* Events are kept for 400 days; a job may be set aside for longer. */
static void
test_job_run__sets_aside_what_has_lost_its_event(void)
{
	struct desk_fixture f;
	struct change *change;
	uint64_t number;
	struct key key;

	desk_setup(&f);
	desk_script(&f, "tag",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  event.ticket:tag('seen')\n"
	    "end)\n");
	CHECK(desk_submit(&f, "bob@example.org", "One", "text") != 0);
	key_begin(&key, KEY_EVENT);
	{
		struct cursor cursor = { .snapshot = NULL };
		struct site_read read;
		struct bytes at, value;
		struct record event;

		MUST(site_read_begin(f.site, &read));
		MUST(cursor_open_prefix(
		    read.snapshot, key_get(&key), FORWARD, &cursor));
		do {
			MUST(cursor_next(&cursor, &at, &value));
			MUST(record_decode(&event, KIND_EVENT, 1, value));
		} while (!bytes_is(
		    record_text(&event, EVENT_HOOK), "ticket.created"));
		key.len = 0;
		key_raw(&key, at.at, at.len);
		cursor_close(&cursor);
		site_read_end(&read);
	}
	MUST(change_create(f.arena, &change));
	change_delete(change, key_get(&key));
	MUST(store_commit(site_store(f.site), change, NULL));
	number = desk_submit(&f, "eve@example.org", "Two", "text");
	desk_run_jobs(&f);
	CHECK_INT(count_failed(&f), 1);
	CHECK(strcmp(scripts_of(&f, number), "x") == 0);
	desk_teardown(&f);
}

/* A handler that rests keeps its events, more than any walk looks past. */
static void
test_runner__reaches_jobs_behind_those_that_rest(void)
{
	struct desk_fixture f;
	uint64_t number = 0;

	desk_setup(&f);
	desk_script(&f, "bad",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  error('no luck')\n"
	    "end)\n"
	    "desk.on('ticket.updated', { name = 'y' }, function(event)\n"
	    "  event.ticket:tag('seen')\n"
	    "end)\n");
	for (int i = 0; i < 10; i++)
		CHECK(desk_submit(&f, "bob@example.org", "Hi", "text") != 0);
	desk_run_jobs(&f);
	CHECK_INT(count_failed(&f), 6); /* then it rests */
	for (int i = 0; i < 1100; i++)
		number = desk_submit(&f, "bob@example.org", "Hi", "text");
	set_priority(&f, number);
	desk_run_jobs(&f);
	CHECK(strcmp(scripts_of(&f, number), "y") == 0);
	desk_teardown(&f);
}

/* A job that is tried again later lets no other of its ticket by. */
static void
test_runner__runs_jobs_of_one_ticket_in_order(void)
{
	struct desk_fixture f;
	uint64_t slow, other;

	desk_setup(&f);
	desk_script(&f, "slow",
	    "desk.on('ticket.created', { name = 'a' }, function(event)\n"
	    "  while event.ticket.subject == 'Slow' and\n"
	    "      desk.now() < 30 + " FIXTURE_TIME_S " do\n"
	    "  end\n"
	    "  event.ticket:tag('a')\n"
	    "end)\n"
	    "desk.on('ticket.updated', { name = 'b',\n"
	    "    when = { changed = 'priority' } }, function(event)\n"
	    "  event.ticket:tag('b')\n"
	    "end)\n");
	slow = desk_submit(&f, "bob@example.org", "Slow", "text");
	other = desk_submit(&f, "eve@example.org", "Other", "text");
	desk_run_jobs(&f);
	set_priority(&f, slow);
	set_priority(&f, other);
	desk_run_jobs(&f);
	CHECK(strcmp(scripts_of(&f, slow), "") == 0);
	CHECK(strcmp(scripts_of(&f, other), "a,b") == 0);
	clock_advance(&f.clock, CLOCK_HOUR_US);
	desk_run_jobs(&f);
	CHECK(strcmp(scripts_of(&f, slow), "a,b") == 0);
	CHECK_INT(count_failed(&f), 0);
	desk_teardown(&f);
}

/* `hookdesk check` names a damaged job; the others run. */
static void
test_runner__goes_past_a_damaged_job(void)
{
	struct desk_fixture f;
	struct change *change;
	uint64_t number;
	struct key key;

	desk_setup(&f);
	desk_script(&f, "tag",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  event.ticket:tag('seen')\n"
	    "end)\n");
	MUST(change_create(f.arena, &change));
	key_job(&key, LANE_SCRIPTS, 1);
	key_u64(&key, 1);
	key_u16(&key, 0);
	change_put(change, key_get(&key), BYTES("no job at all"));
	MUST(store_commit(site_store(f.site), change, NULL));
	number = desk_submit(&f, "eve@example.org", "Two", "text");
	desk_run_jobs(&f);
	CHECK(strcmp(scripts_of(&f, number), "x") == 0);
	desk_teardown(&f);
}

/* What a removed ticket waited for is nobody's any more. */
static void
test_jobs__go_with_their_ticket(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;
	uint64_t ticket;

	desk_setup(&f);
	desk_script(&f, "later",
	    "desk.on('ticket.created', { name = 'set' }, function(event)\n"
	    "  event.ticket:after('6h', 'look')\n"
	    "end)\n"
	    "desk.job('look', function(ticket) ticket:note('x') end)\n");
	ticket = desk_submit(&f, "bob@example.org", "Hi", "text");
	desk_run_jobs(&f);
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	record_set_int(&input.fields, TICKET_PLACE, PLACE_TRASH);
	MUST(desk_do(&f, &input));
	act_input_init(&input, VERB_TICKET_REMOVE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	MUST(desk_do(&f, &input));
	MUST(site_read_begin(f.site, &read));
	CHECK_INT(job_next_of(read.snapshot, KIND_TICKET, ticket, &at, &run),
	    ERR_NOT_FOUND);
	site_read_end(&read);
	clock_advance(&f.clock, CLOCK_DAY_US);
	desk_run_jobs(&f);
	CHECK_INT(count_failed(&f), 0);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_job_again__keeps_its_event);
	RUN(test_job_run__sets_aside_what_has_lost_its_event);
	RUN(test_runner__reaches_jobs_behind_those_that_rest);
	RUN(test_runner__runs_jobs_of_one_ticket_in_order);
	RUN(test_runner__goes_past_a_damaged_job);
	RUN(test_jobs__go_with_their_ticket);
	return tap_done();
}
