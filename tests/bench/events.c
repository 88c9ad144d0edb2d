/* tests/bench/events.c - how fast the events of a backlog are run.
 *
 *	events DIR COUNT
 *
 * Makes a site in DIR with a handler of ticket.created that changes the ticket,
 * and COUNT tickets while no job runs. Then opens it again, as after a restart,
 * and lets its own threads work until nothing is left. The store is synced.
 * Prints how many events a second were run, and the CPU of one in
 * microseconds, this process and the script host together.
 */
#include "config.h"

#include "core/desk/job.h"
#include "tests/bench/bench_site.h"

#include <unistd.h>

static const char script[] =
    "desk.on('ticket.created', { name = 'change' }, function(event)\n"
    "  event.ticket:set({ priority = 'high' }, 'it is new')\n"
    "end)\n";

static void
fill(const char *folder, const char *dir, unsigned count, struct arena *arena)
{
	struct site_options options = {
		.dir = dir, .share_dir = folder, .is_unsynced = true
	};
	struct site *site;

	bench_open(&options, true, &site);
	for (unsigned n = 0; n < count; n++)
		bench_submit(site, arena, n);
	site_close(site);
}

static bool
has_jobs(struct site *site)
{
	struct site_read read;
	struct job_run run;
	int64_t due_us;
	enum err err = site_read_begin(site, &read);

	if (err == ERR_BUSY)
		return true;
	if (err != ERR_OK)
		bench_fail("reading", err, NULL);
	err = job_next(
	    read.snapshot, LANE_SCRIPTS, NULL, INT64_MAX, &run, &due_us);
	site_read_end(&read);
	return err == ERR_OK;
}

/* Each ticket has the change of its handler. */
static void
check(struct site *site, unsigned count)
{
	struct site_read read;
	struct record ticket;
	enum err err = site_read_begin(site, &read);

	for (unsigned n = 1; err == ERR_OK && n <= count; n++) {
		err = record_find(read.snapshot, KIND_TICKET, n, &ticket);
		if (err == ERR_OK &&
		    record_int(&ticket, TICKET_PRIORITY) != PRIORITY_HIGH)
			err = ERR_NOT_FOUND;
	}
	if (err != ERR_OK)
		bench_fail("a change", err, NULL);
	site_read_end(&read);
}

static void
drain(const char *folder, const char *dir, unsigned count)
{
	struct site_options options = { .dir = dir, .share_dir = folder };
	struct site *site;
	int64_t begin_us;
	double cpu_us;

	bench_open(&options, true, &site);
	begin_us = clock_monotonic_us();
	cpu_us = bench_cpu_us(site);
	if (site_start_jobs(site) != ERR_OK)
		bench_fail("threads", ERR_NOMEM, NULL);
	while (has_jobs(site))
		usleep(1000);
	printf("%.0f %.1f\n",
	    (double)count * CLOCK_SECOND_US /
		(double)(clock_monotonic_us() - begin_us),
	    (bench_cpu_us(site) - cpu_us) / count);
	check(site, count);
	site_close(site);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_create();
	unsigned count = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	char dir[PATH_MAX];

	if (count == 0 || arena == NULL || secret_init() != ERR_OK) {
		fprintf(stderr, "usage: events DIR COUNT\n");
		return 2;
	}
	bench_create(argv[1], "events", script, true, dir);
	fill(argv[1], dir, count, arena);
	drain(argv[1], dir, count);
	arena_destroy(arena);
	return 0;
}
