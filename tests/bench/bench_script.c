/* tests/bench/bench_script.c - what a call of a Lua handler costs.
 *
 * Prints the CPU of the server's side and of the script host for a routing
 * hook, per call: without a question, with one, with two; and how long a new
 * host takes until its first answer, and the private memory it then has.
 *
 * HOOKDESK_SCRIPT_HOST names hookdesk-script. */
#include "config.h"

#include "tests/unit/script_fixture.h"

#include <sys/resource.h>

#define CALLS 20000
#define WARM_UP 500

static int64_t
own_cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * CLOCK_SECOND_US +
	    u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* A routing hook as in scripts/routing.lua, with <questions> besides. */
#define ROUTING(questions) \
	"local settings = desk.settings { words = { type = 'rows', columns = " \
	"{ words = 'list', queue = 'queue', priority = 'priority' }, default = " \
	"{ { words = { 'invoice', 'Rechnung' }, queue = 'general' }, { words " \
	"= { 'refund', 'Rückerstattung', 'iade' }, queue = 'billing', " \
	"priority = 'high' } } } }\n" \
	"desk.on('ticket.routing', { name = 'words' }, function(event)\n" \
	"  local ticket = event.ticket\n" questions \
	"  for _, row in ipairs(settings.words) do\n" \
	"    local word = desk.word_in({ ticket.subject, ticket.text }, " \
	"row.words)\n" \
	"    if word then\n" \
	"      ticket:set({ priority = row.priority }, 'the word ' .. word)\n" \
	"      return event:choose(row.queue, 'the word ' .. word)\n" \
	"    end\n" \
	"  end\n" \
	"end)\n"

static void
measure(const char *name, const char *script)
{
	struct fixture f;
	const char *error;
	int64_t own_us, host_us, wall_us;
	struct script_host_status before, after;

	fixture_init(&f);
	f.answer = "{\"login\":\"anna\",\"name\":\"Anna\",\"available\":true}";
	error = fixture_load_text(&f, script);
	for (int i = 0; error[0] == '\0' && i < WARM_UP; i++) {
		arena_reset(f.arena);
		error = fixture_run(&f, BODY);
	}
	if (error[0] != '\0') {
		printf("%s: %s\n", name, error);
		exit(1);
	}
	script_host_status(f.host, &before);
	own_us = own_cpu_us();
	wall_us = clock_monotonic_us();
	for (int i = 0; i < CALLS; i++) {
		arena_reset(f.arena);
		(void)fixture_run(&f, BODY);
	}
	own_us = own_cpu_us() - own_us;
	wall_us = clock_monotonic_us() - wall_us;
	script_host_status(f.host, &after);
	host_us = after.cpu_us - before.cpu_us;
	printf("%-28s server %5.1f us  host %5.1f us  together %5.1f us  wall "
	       "%5.1f us\n",
	    name, (double)own_us / CALLS, (double)host_us / CALLS,
	    (double)(own_us + host_us) / CALLS, (double)wall_us / CALLS);
	fixture_release(&f);
}

/* KiB of private memory of a process. */
static long
private_kib(int pid)
{
	char path[64], line[256];
	long sum = 0, n;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "Private_Clean: %ld", &n) == 1 ||
		    sscanf(line, "Private_Dirty: %ld", &n) == 1)
			sum += n;
	if (file != NULL)
		fclose(file);
	return sum;
}

static void
measure_start(void)
{
	struct script_host_status status;
	int64_t best_us = INT64_MAX;
	struct fixture f;

	fixture_init(&f);
	if (fixture_load_text(&f, ROUTING(""))[0] != '\0')
		exit(1);
	for (int i = 0; i < 20; i++) {
		int64_t start_us;

		script_host_rest(f.host, 0);
		start_us = clock_monotonic_us();
		(void)fixture_run(&f, BODY);
		start_us = clock_monotonic_us() - start_us;
		if (start_us < best_us)
			best_us = start_us;
	}
	script_host_status(f.host, &status);
	printf("%-28s %.1f ms, %ld KiB private\n", "new host to first answer",
	    (double)best_us / 1000, private_kib(status.pid));
	fixture_release(&f);
}

int
main(void)
{
	measure("routing hook, no question", ROUTING(""));
	measure("routing hook, one question",
	    ROUTING("  local a = ticket.owner.available\n"));
	measure("routing hook, two questions",
	    ROUTING("  local a = ticket.owner.available\n"
		    "  local b = desk.agent('anna')\n"));
	measure_start();
	return 0;
}
