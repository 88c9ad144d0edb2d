/* tests/unit/test_cron_timers.c - desk.cron: once for each due time, over
 * restarts and changes. */
#include "config.h"

#include "core/base/time_text.h"
#include "core/desk/job.h"
#include "core/desk/run.h"
#include "tests/tap.h"
#include "tests/unit/desk_fixture.h"

#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Keeps each run's due time in desk.store, under its number. */
#define NOTE \
	"function(job) local n = (desk.store:get('n') or 0) + 1 " \
	"desk.store:set('n', n) desk.store:set('due' .. n, job.due) end)"

static void
write_cron(struct desk_fixture *f, const char *cron)
{
	desk_script(
	    f, "t", arena_printf(f->arena, "desk.cron(%s, " NOTE, cron));
}

static void
setup(struct desk_fixture *f, const char *now, const char *cron)
{
	int64_t us = 0;

	desk_setup(f);
	desk_add(f, KIND_SETTING,
	    (const char *const[]){
		"name", "site.zone", "value", "\"Europe/Berlin\"", NULL });
	CHECK(time_text_read(bytes_of(now), &us, NULL));
	clock_set(&f->clock, us);
	write_cron(f, cron);
}

/* What the script keeps under <key>; 0 if it is nothing. */
static int64_t
kept(struct desk_fixture *f, const char *key)
{
	struct buf name = buf_in(f->arena);
	struct site_read read;
	struct record value;
	int64_t n = 0;

	buf_printf(&name, "t/%s", key);
	MUST(site_read_begin(f->site, &read));
	if (record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
		buf_get(&name), &value) == ERR_OK)
		MUST(bytes_to_int(record_text(&value, VALUE_VALUE), &n));
	site_read_end(&read);
	return n;
}

static void
jump_to(struct desk_fixture *f, const char *time)
{
	int64_t us = 0;

	CHECK(time_text_read(bytes_of(time), &us, NULL));
	clock_set(&f->clock, us);
	desk_run_jobs(f);
}

/* Step from due time to due time, as a runner does that sleeps well. */
static void
pass_to(struct desk_fixture *f, const char *time)
{
	int64_t until = 0, due;

	CHECK(time_text_read(bytes_of(time), &until, NULL));
	for (;;) {
		MUST(runner_next_due(f->site, &due));
		if (due > until)
			break;
		if (due > clock_read(&f->clock))
			clock_set(&f->clock, due);
		desk_run_jobs(f);
	}
	jump_to(f, time);
}

static void
check_runs(struct desk_fixture *f, int64_t count, const char *last)
{
	char key[32], text[TIME_TEXT_SIZE];

	CHECK_INT(kept(f, "n"), count);
	snprintf(key, sizeof key, "due%lld", (long long)count);
	time_text_write(text, kept(f, key) * CLOCK_SECOND_US);
	CHECK(strcmp(text, last) == 0);
	if (strcmp(text, last) != 0)
		printf("# the last one at %s\n", text);
}

static void
test_cron__runs_at_its_times(void)
{
	struct desk_fixture f;

	/* a Thursday */
	setup(&f, "2026-03-26T12:00:00Z", "'30 7 * * 1-5', {}");
	pass_to(&f, "2026-03-27T06:29:59Z");
	CHECK_INT(kept(&f, "n"), 0);
	pass_to(&f, "2026-03-27T06:30:00Z");
	check_runs(&f, 1, "2026-03-27T06:30:00Z");
	desk_run_jobs(&f);
	CHECK_INT(kept(&f, "n"), 1);
	/* over the weekend, and clocks that are put forward */
	pass_to(&f, "2026-03-30T23:00:00Z");
	check_runs(&f, 2, "2026-03-30T05:30:00Z");
	pass_to(&f, "2026-04-30T23:00:00Z");
	check_runs(&f, 25, "2026-04-30T05:30:00Z");
	desk_teardown(&f);
}

/* A zone of its own; what is left out, and what comes twice. */
static void
test_cron__follows_the_clocks(void)
{
	struct desk_fixture f;

	setup(&f, "2026-03-28T12:00:00Z", "'30 2 * * *', {}");
	pass_to(&f, "2026-03-29T12:00:00Z");
	check_runs(&f, 1, "2026-03-29T01:00:00Z");
	pass_to(&f, "2026-03-30T12:00:00Z");
	check_runs(&f, 2, "2026-03-30T00:30:00Z");
	jump_to(&f, "2026-10-24T12:00:00Z");
	check_runs(&f, 3, "2026-10-24T00:30:00Z");
	pass_to(&f, "2026-10-25T12:00:00Z");
	check_runs(&f, 4, "2026-10-25T00:30:00Z");
	desk_teardown(&f);
	setup(&f, "2026-03-28T12:00:00Z",
	    "'0 9 * * *', { zone = 'Asia/Kathmandu' }");
	pass_to(&f, "2026-03-29T12:00:00Z");
	check_runs(&f, 1, "2026-03-29T03:15:00Z");
	desk_teardown(&f);
}

static void
test_cron__makes_up_once_for_what_was_missed(void)
{
	static const struct {
		const char *cron, *last;
		int64_t runs;
	} cases[] = {
		{ "'30 7 * * *', {}", "2026-03-09T06:30:00Z", 2 },
		{ "'30 7 * * *', { missed = 'once' }", "2026-03-09T06:30:00Z",
		    2 },
		{ "'30 7 * * *', { missed = 'skip' }", "2026-03-02T06:30:00Z",
		    1 },
		/* every minute of a week: once, the last one */
		{ "'* * * * *', {}", "2026-03-09T12:00:00Z", 2 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct desk_fixture f;
		int64_t runs;

		printf("# %s\n", cases[i].cron);
		setup(&f, "2026-03-02T06:29:30Z", cases[i].cron);
		pass_to(&f, "2026-03-02T06:30:30Z");
		runs = kept(&f, "n");
		CHECK_INT(runs, 1);
		site_close(f.site); /* nobody is there for a week */
		clock_set(&f.clock,
		    clock_read(&f.clock) + 7 * CLOCK_DAY_US +
			(5 * 60 + 29) * CLOCK_MINUTE_US + 30 * CLOCK_SECOND_US);
		desk_open(&f);
		desk_run_jobs(&f);
		check_runs(&f, cases[i].runs, cases[i].last);
		desk_run_jobs(&f);
		CHECK_INT(kept(&f, "n"), cases[i].runs);
		desk_teardown(&f);
	}
}

/* Five minutes are no miss: a busy host, a restart. */
static void
test_cron__is_not_missed_at_once(void)
{
	struct desk_fixture f;

	setup(&f, "2026-03-02T06:00:00Z", "'30 7 * * *', { missed = 'skip' }");
	jump_to(&f, "2026-03-02T06:34:00Z");
	check_runs(&f, 1, "2026-03-02T06:30:00Z");
	jump_to(&f, "2026-03-03T06:36:00Z");
	CHECK_INT(kept(&f, "n"), 1);
	desk_teardown(&f);
}

/* Another schedule begins from now on: what it would have had before is not
 * made up for. */
static void
test_cron__does_not_look_back_when_it_was_changed(void)
{
	struct desk_fixture f;

	setup(&f, "2026-03-02T05:00:00Z", "'30 7 * * *', { name = 'x' }");
	pass_to(&f, "2026-03-02T12:00:00Z");
	CHECK_INT(kept(&f, "n"), 1);
	write_cron(&f, "'0 9 * * *', { name = 'x' }");
	desk_run_jobs(&f);
	CHECK_INT(kept(&f, "n"), 1);
	pass_to(&f, "2026-03-03T12:00:00Z");
	check_runs(&f, 2, "2026-03-03T08:00:00Z");
	/* the same file read again is no change */
	jump_to(&f, "2026-03-04T07:59:59Z");
	desk_add(&f, KIND_QUEUE,
	    (const char *const[]){ "key", "new", "label", "New", NULL });
	MUST(scripts_load(f.site, NULL, &f.why));
	jump_to(&f, "2026-03-04T18:00:00Z");
	check_runs(&f, 3, "2026-03-04T08:00:00Z");
	desk_teardown(&f);
}

/* One that is stopped is tried again; its due time has been seen to. The host
 * that takes the place of the stopped one knows the zone as well. */
static void
test_cron__is_tried_again_when_it_was_stopped(void)
{
	struct desk_fixture f;

	setup(&f, "2026-03-02T05:00:00Z",
	    "'30 7 * * *', { name = 'slow' }, function() while true do end "
	    "end) desk.cron('31 7 * * *', { zone = 'Europe/Berlin' }");
	jump_to(&f, "2026-03-02T06:30:00Z");
	CHECK_INT(kept(&f, "n"), 0);
	jump_to(&f, "2026-03-02T06:31:00Z");
	check_runs(&f, 1, "2026-03-02T06:31:00Z");
	write_cron(&f, "'30 7 * * *', { name = 'slow' }");
	desk_run_jobs(&f);
	CHECK_INT(kept(&f, "n"), 1);
	jump_to(&f, "2026-03-02T06:40:00Z");
	CHECK_INT(kept(&f, "n"), 2);
	desk_run_jobs(&f);
	CHECK_INT(kept(&f, "n"), 2);
	jump_to(&f, "2026-03-03T06:30:00Z");
	check_runs(&f, 3, "2026-03-03T06:30:00Z");
	desk_teardown(&f);
}

/* --- a process that dies --- */

/* What the processes have in common. */
static struct shared {
	struct desk_fixture f; /* its folder alone */
	int day;
	int dies_us; /* after the desk is open */
} * shared;

static void
begin_desk(void)
{
	setup(&shared->f, "2026-03-02T06:00:00Z", "'30 7 * * *', {}");
	site_close(shared->f.site);
}

static void
open_on_day(void)
{
	MUST(secret_init());
	shared->f.arena = arena_create();
	clock_set(&shared->f.clock,
	    INT64_C(1772433000) * CLOCK_SECOND_US + shared->day * CLOCK_DAY_US);
	desk_open(&shared->f);
}

static void
run_and_die(void)
{
	struct itimerval dies = { .it_value.tv_usec = shared->dies_us };

	open_on_day();
	setitimer(ITIMER_REAL, &dies, NULL); /* SIGALRM ends it */
	desk_run_jobs(&shared->f);
}

static void
run_and_look(void)
{
	open_on_day();
	desk_run_jobs(&shared->f);
	CHECK_INT(kept(&shared->f, "n"), shared->day + 1);
	site_close(shared->f.site);
}

/* In a process of its own; returns how it ended. */
static int
in_child(void (*function)(void))
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		alarm(60);
		function();
		fflush(stdout);
		_exit(tap_failures > 0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	return status;
}

/* Whatever moment it dies at: what comes after it finds the run with its mark,
 * or neither. */
static void
test_cron__runs_once_over_kills(void)
{
	int died = 0;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	CHECK_INT(in_child(begin_desk), 0);
	for (shared->day = 0; shared->day < 25; shared->day++) {
		shared->dies_us = shared->day * 60 + 1;
		died += WIFSIGNALED(in_child(run_and_die));
		CHECK_INT(in_child(run_and_look), 0);
	}
	printf("# it died %d times\n", died);
	CHECK(died > 0);
	MUST(file_remove_tree(shared->f.dir));
	munmap(shared, sizeof *shared);
}

int
main(void)
{
	RUN(test_cron__runs_once_over_kills); /* first: no threads yet */
	RUN(test_cron__runs_at_its_times);
	RUN(test_cron__follows_the_clocks);
	RUN(test_cron__makes_up_once_for_what_was_missed);
	RUN(test_cron__is_not_missed_at_once);
	RUN(test_cron__does_not_look_back_when_it_was_changed);
	RUN(test_cron__is_tried_again_when_it_was_stopped);
	return tap_done();
}
