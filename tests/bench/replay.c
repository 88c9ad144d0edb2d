/* tests/bench/replay.c - how fast a period is replayed.
 *
 *	replay DIR COUNT
 *
 * Makes a site in DIR that lives for 30 days: COUNT tickets, of which two
 * thirds are answered, some after the reminder, under scripts that route,
 * remind and confirm. Then replays it all with them, comparing with what
 * happened, and with another threshold.
 *
 * Prints events a second, those that come again and those that scripts raise;
 * the CPU of one in microseconds, this process and the script hosts together;
 * the resident memory that it took, in MiB, without what is mapped; how many
 * tickets differ (none should), and how many with the other threshold.
 */
#include "config.h"

#include "core/desk/replay.h"
#include "core/desk/runner.h"
#include "tests/bench/bench_site.h"

#include <sys/resource.h>

#define DAYS 30

static const char script[] =
    "desk.on('ticket.routing', { name = 'words' }, function(event)\n"
    "  if desk.word_in(event.ticket.subject, { 'manual' }) then\n"
    "    return event:choose('billing', 'its words')\n"
    "  end\n"
    "end)\n"
    "desk.on('ticket.created', { name = 'confirm' }, function(event)\n"
    "  event.ticket:mail { template = 'autoreply' }\n"
    "end)\n"
    "desk.on('ticket.waiting', { name = 'begin' }, function(event)\n"
    "  event.ticket:after('%dh', 'remind',\n"
    "    { unless = { 'ticket.answered', 'ticket.closed' } })\n"
    "end)\n"
    "desk.job('remind', function(ticket)\n"
    "  ticket:note('Nobody has answered.')\n"
    "  ticket:set({ priority = 'urgent' }, 'too late')\n"
    "end)\n";

static struct clock site_clock;
static int64_t begin_us; /* after the site was made */

static enum err
send(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	(void)arg;
	(void)site;
	(void)job;
	(void)arena;
	(void)why;
	*message_id = BYTES("x@bench.test");
	return ERR_OK;
}

static const struct desk_output output = { .send = send };

static void
pass(struct site *site, struct arena *arena, int64_t us)
{
	int64_t end_us = clock_read(&site_clock) + us, due_us;

	for (;;) {
		enum err err = runner_run_now(site, arena, SIZE_MAX, &due_us);

		if (err != ERR_OK)
			bench_fail("a job", err, NULL);
		if (due_us > end_us)
			break;
		clock_set(&site_clock, due_us);
	}
	clock_set(&site_clock, end_us);
}

static void
answer(struct site *site, struct arena *arena, uint64_t ticket)
{
	struct act_result result;
	struct act_input input;
	struct why why = { 0 };
	enum err err;

	arena_reset(arena);
	act_input_init(&input, VERB_REPLY_ADD, KIND_TICKET);
	input.actor = actor_agent(1);
	input.source = SOURCE_AGENT;
	input.subject = ticket;
	input.body = BYTES("Here is the manual.");
	err = desk_act(site, &input, arena, &result, &why);
	if (err != ERR_OK)
		bench_fail("an answer", err, &why);
}

/* Each ticket is answered when so many others have come. */
static void
live(struct site *site, struct arena *arena, unsigned count)
{
	int64_t step_us = DAYS * CLOCK_DAY_US / count;

	for (unsigned n = 1; n <= count; n++) {
		unsigned behind =
		    (unsigned)((1 + n % 10) * CLOCK_HOUR_US / step_us);

		bench_submit(site, arena, n);
		if (n % 3 != 0 && n > behind)
			answer(site, arena, n - behind);
		pass(site, arena, step_us);
	}
}

static uint64_t
replay(struct site *site, const char *source, struct replay_report *report)
{
	struct script_file file = { .name = BYTES("bench"),
		.text = bytes_of(source) };
	struct replay_options options = {
		.file = &file, .against = REPLAY_RECORD, .since_us = begin_us
	};
	struct arena *arena = arena_create();
	struct why why = { 0 };
	enum err err = arena != NULL ?
	    replay_run(site, &options, arena, report, &why) :
	    ERR_NOMEM;

	if (err != ERR_OK)
		bench_fail("the replay", err, &why);
	arena_destroy(arena);
	return report->differ + report->not_replayed;
}

static double
cpu_us(void)
{
	struct rusage own, hosts;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &hosts);
	return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec +
		   hosts.ru_utime.tv_sec + hosts.ru_stime.tv_sec) *
	    1e6 +
	    (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec +
		hosts.ru_utime.tv_usec + hosts.ru_stime.tv_usec);
}

/* The heap and the stack alone, the most there was. */
static double
anonymous_mib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[200];
	double kib = 0;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "RssAnon: %lf", &kib) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kib / 1024;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_create();
	unsigned count = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	struct site_options options = { .share_dir = argv[1],
		.clock = &site_clock,
		.is_unsynced = true,
		.output = &output };
	struct replay_report report;
	char dir[PATH_MAX], source[2048];
	struct site *site;
	double began_cpu_us, memory_mib;
	int64_t began_at_us;
	uint64_t differ;

	if (count == 0 || arena == NULL || secret_init() != ERR_OK) {
		fprintf(stderr, "usage: replay DIR COUNT\n");
		return 2;
	}
	snprintf(source, sizeof source, script, 6);
	bench_create(argv[1], "replay", source, true, dir);
	options.dir = dir;
	begin_us = clock_now_us() + CLOCK_HOUR_US;
	clock_set(&site_clock, begin_us);
	bench_open(&options, true, &site);
	live(site, arena, count);
	memory_mib = anonymous_mib();
	began_at_us = clock_monotonic_us();
	began_cpu_us = cpu_us();
	differ = replay(site, source, &report);
	printf("%.0f %.1f %.0f %llu ",
	    (double)report.events * CLOCK_SECOND_US /
		(double)(clock_monotonic_us() - began_at_us),
	    (cpu_us() - began_cpu_us) / (double)report.events,
	    anonymous_mib() - memory_mib, (unsigned long long)differ);
	snprintf(source, sizeof source, script, 4);
	printf("%llu\n", (unsigned long long)replay(site, source, &report));
	site_close(site);
	arena_destroy(arena);
	return 0;
}
