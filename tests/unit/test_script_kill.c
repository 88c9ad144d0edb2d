/* tests/unit/test_script_kill.c - the script host is killed at random moments
 * while handlers run: no effect of theirs is lost or there twice. */
#include "config.h"
#include "core/desk/job.h"
#include "core/model/ticket.h"
#include "core/script/host.h"
#include "tests/unit/desk_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define TICKETS 60
/* Fewer than would meet one job so often that it is set aside, however slow
 * the machine: a job that was killed goes behind the others. */
#define KILLS_MAX 40
#define MINUTES_MAX 5000 /* of the desk's clock, until all is done */

struct killer {
	struct script_host *host;
	atomic_bool is_over;
	int kills;
};

static void *
killer_main(void *argument)
{
	struct killer *k = argument;
	unsigned seed = 7;

	while (!atomic_load(&k->is_over) && k->kills < KILLS_MAX) {
		struct script_host_status status;

		usleep((useconds_t)(rand_r(&seed) % 4000));
		script_host_status(k->host, &status);
		if (status.pid > 0 && kill(status.pid, SIGKILL) == 0)
			k->kills++;
	}
	return NULL;
}

/* The handler is at work for about a millisecond before it wishes. */
static const char script[] =
    "desk.on('ticket.created', { name = 'note' }, function(event)\n"
    "  local n = 0\n"
    "  for i = 1, 60000 do n = n + i % 7 end\n"
    "  event.ticket:note('seen')\n"
    "  event.ticket:tag('seen')\n"
    "  desk.store:add('count', 1)\n"
    "end)\n";

static size_t
count_notes(struct desk_fixture *f, uint64_t ticket)
{
	uint64_t sequence = 0;
	struct site_read read;
	struct record entry;
	size_t count = 0;

	MUST(site_read_begin(f->site, &read));
	while (
	    timeline_next(read.snapshot, ticket, &sequence, &entry) == ERR_OK)
		count += record_int(&entry, ENTRY_TYPE) == ENTRY_IS_NOTE;
	site_read_end(&read);
	return count;
}

static size_t
count_failed(struct desk_fixture *f)
{
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;
	size_t count = 0;

	MUST(site_read_begin(f->site, &read));
	while (job_next_failed(read.snapshot, &at, &run) == ERR_OK)
		count++;
	site_read_end(&read);
	return count;
}

static int64_t
stored_count(struct desk_fixture *f)
{
	struct site_read read;
	struct record value;
	int64_t n = -1;

	MUST(site_read_begin(f->site, &read));
	if (record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
		BYTES("note/count"), &value) == ERR_OK)
		(void)!bytes_to_int(record_text(&value, VALUE_VALUE), &n);
	site_read_end(&read);
	return n;
}

static void
test_effects__are_there_once_however_often_the_host_is_killed(void)
{
	struct desk_fixture f;
	uint64_t tickets[TICKETS];
	struct killer killer;
	pthread_t thread;
	int64_t due_us = 0;
	int minutes = 0;

	desk_setup(&f);
	desk_script(&f, "note", script);
	for (int i = 0; i < TICKETS; i++)
		tickets[i] = desk_submit(
		    &f, "bob@example.org", "Hi", "Nothing special.");
	killer = (struct killer){ .host = site_scripts(f.site) };
	CHECK_INT(pthread_create(&thread, NULL, killer_main, &killer), 0);
	for (; minutes < MINUTES_MAX && due_us != INT64_MAX; minutes++) {
		desk_run_jobs(&f);
		clock_advance(&f.clock, CLOCK_MINUTE_US);
		MUST(runner_next_due(f.site, &due_us));
	}
	atomic_store(&killer.is_over, true);
	pthread_join(thread, NULL);
	printf("# %d kills, %d minutes\n", killer.kills, minutes);
	CHECK(killer.kills > 0);
	CHECK_INT(count_failed(&f), 0);
	for (int i = 0; i < TICKETS; i++)
		CHECK_INT(count_notes(&f, tickets[i]), 1);
	CHECK_INT(stored_count(&f), TICKETS);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_effects__are_there_once_however_often_the_host_is_killed);
	return tap_done();
}
