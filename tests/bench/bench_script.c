/* tests/bench/bench_script.c - what a call of a Lua handler costs.
 *
 * Prints the CPU of the server's side and of the script host for a routing
 * hook, per call: without a question, with one, with two; and how long a new
 * host takes until its first answer, in the middle of many, the private memory
 * it then has, and how long any process takes to start and end.
 *
 * HOOKDESK_SCRIPT_HOST names hookdesk-script. */
#include "config.h"

#include "core/script/spawn.h"
#include "tests/unit/script_fixture.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS 20000
#define WARM_UP 500
#define STARTS 31

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

static int
compare_times(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static double
median_ms(int64_t *times_us)
{
	qsort(times_us, STARTS, sizeof *times_us, compare_times);
	return (double)times_us[STARTS / 2] / 1000;
}

/* What the machine takes for a process that does nothing. */
static void
measure_process(void)
{
	char name[] = "/bin/true";
	char *argv[] = { name, NULL }, *envp[] = { NULL };
	int64_t times_us[STARTS];
	int status;
	pid_t pid;

	for (int i = 0; i < STARTS; i++) {
		times_us[i] = clock_monotonic_us();
		if (posix_spawn(&pid, name, NULL, NULL, argv, envp) != 0 ||
		    waitpid(pid, &status, 0) != pid)
			exit(1);
		times_us[i] = clock_monotonic_us() - times_us[i];
	}
	printf("%-28s %.1f ms\n", "process that does nothing",
	    median_ms(times_us));
}

static void
measure_start(void)
{
	struct script_host_status status;
	int64_t times_us[STARTS];
	struct fixture f;

	fixture_init(&f);
	if (fixture_load_text(&f, ROUTING(""))[0] != '\0')
		exit(1);
	for (int i = 0; i < STARTS; i++) {
		script_host_rest(f.host, 0);
		while (spawn_spare_pid() == 0)
			usleep(1000);
		times_us[i] = clock_monotonic_us();
		(void)fixture_run(&f, BODY);
		times_us[i] = clock_monotonic_us() - times_us[i];
	}
	script_host_status(f.host, &status);
	printf("%-28s %.1f ms, %ld KiB private\n", "new host to first answer",
	    median_ms(times_us), private_kib(status.pid));
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
	measure_process();
	return 0;
}
