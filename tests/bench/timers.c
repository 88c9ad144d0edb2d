/* tests/bench/timers.c - what pending timers cost while none is due.
 *
 *	timers DIR COUNT
 *
 * Makes two sites in DIR: on one tickets have set COUNT timers for next month,
 * on the other as many tickets have set none. Prints the CPU of a second in
 * which nothing happens, with the timers and without, and that of a new ticket
 * and of its handler's run, likewise, in microseconds.
 *
 * The stores are not synced. HOOKDESK_SCRIPT_HOST names hookdesk-script.
 */
#include "config.h"

#include "core/desk/job.h"
#include "core/desk/runner.h"
#include "core/model/search.h"
#include "tests/bench/bench_site.h"

#include <unistd.h>

enum { TIMERS = 45, ROUNDS = 51, TICKETS = 20, IDLE_S = 3 };

static const char with_timers[] =
    "local names = {}\n"
    "for i = 1, 45 do\n"
    "  names[i] = 'later' .. i\n"
    "  desk.job(names[i], function(ticket) ticket:note('late') end)\n"
    "end\n"
    "desk.on('ticket.created', { name = 'sets' }, function(event)\n"
    "  if event.ticket.subject == 'Many' then\n"
    "    for i = 1, #names do event.ticket:after('30d', names[i]) end\n"
    "  end\n"
    "end)\n";

static struct site *
open_site(const char *folder, const char *name, unsigned tickets,
    const char *subject, struct arena *arena)
{
	struct site_options options = { .share_dir = folder,
		.is_unsynced = true };
	char dir[PATH_MAX];
	struct site *site;

	bench_create(folder, name, with_timers, true, dir);
	options.dir = dir;
	bench_open(&options, true, &site);
	for (unsigned n = 0; n < tickets; n++)
		bench_submit_as(site, arena, n, subject);
	if (runner_run_due(site, NULL) != ERR_OK)
		bench_fail("the timers", ERR_IO, NULL);
	return site;
}

/* How many timers a site has, and that none is due. */
static uint64_t
count_timers(struct site *site)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct site_read read;
	struct key prefix;
	uint64_t count = 0;
	enum err err = site_read_begin(site, &read);

	if (err != ERR_OK)
		bench_fail("reading", err, NULL);
	key_begin(&prefix, KEY_JOB);
	key_u8(&prefix, LANE_SCRIPTS);
	err = cursor_open_prefix(
	    read.snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK && cursor_next(&cursor, &key, &value) == ERR_OK)
		count++;
	cursor_close(&cursor);
	site_read_end(&read);
	return count;
}

/* CPU of a new ticket and its handler's run. */
static double
measure_ticket(struct site *site, struct arena *arena)
{
	double begin = bench_cpu_us(site);

	for (unsigned n = 0; n < TICKETS; n++)
		bench_submit(site, arena, n);
	if (runner_run_due(site, NULL) != ERR_OK)
		bench_fail("the jobs", ERR_IO, NULL);
	return (bench_cpu_us(site) - begin) / TICKETS;
}

/* New texts are taken into the search index: that is no timer's. */
static bool
has_texts(struct site *site)
{
	struct site_read read;
	size_t texts = 0;
	enum err err = site_read_begin(site, &read);

	if (err != ERR_OK)
		bench_fail("reading", err, NULL);
	err = search_waiting(read.snapshot, 1, &texts);
	site_read_end(&read);
	return err == ERR_OK && texts > 0;
}

static double
measure_idle(struct site *site)
{
	double begin;

	if (site_start_jobs(site) != ERR_OK)
		bench_fail("threads", ERR_NOMEM, NULL);
	while (has_texts(site))
		usleep(100000);
	sleep(1);
	begin = bench_cpu_us(site);
	sleep(IDLE_S);
	return (bench_cpu_us(site) - begin) / IDLE_S;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_create();
	unsigned count = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	unsigned tickets = (count + TIMERS - 1) / TIMERS;
	double with[ROUNDS], without[ROUNDS], idle_with, idle_without;
	struct site *many, *none;

	if (count == 0 || arena == NULL || secret_init() != ERR_OK) {
		fprintf(stderr, "usage: timers DIR COUNT\n");
		return 2;
	}
	none = open_site(argv[1], "none", tickets, "None", arena);
	many = open_site(argv[1], "many", tickets, "Many", arena);
	if (count_timers(many) < count || count_timers(none) != 0) {
		fprintf(stderr, "timers: %llu and %llu are there\n",
		    (unsigned long long)count_timers(many),
		    (unsigned long long)count_timers(none));
		return 1;
	}
	for (int i = 0; i < ROUNDS; i++) {
		with[i] = measure_ticket(many, arena);
		without[i] = measure_ticket(none, arena);
	}
	idle_without = measure_idle(none);
	idle_with = measure_idle(many) - idle_without; /* both run by now */
	printf("%.1f %.1f %.1f %.1f\n", idle_with, idle_without,
	    bench_median(with, ROUNDS), bench_median(without, ROUNDS));
	site_close(none);
	site_close(many);
	arena_destroy(arena);
	return 0;
}
