/* tests/bench/hook.c - what scripts cost a ticket, in CPU.
 *
 *	hook DIR asks|silent
 *
 * Makes two sites in DIR, one with a script and one without, and lets both make
 * tickets in turn, a few at a time, so that whatever else goes on falls on
 * both. The script "asks" routes a ticket with two questions; of "silent" no
 * handler's condition holds. The CPU is that of this process and of the script
 * host. Prints, in microseconds a ticket, the median of the differences, then
 * the medians of the ticket with the script and without.
 *
 * The stores are not synced: the disk's part is many times that of a hook.
 * HOOKDESK_SCRIPT_HOST names hookdesk-script.
 */
#include "config.h"

#include "tests/bench/bench_site.h"

enum { ROUNDS = 101, TICKETS = 100 };

struct scripts {
	const char *name, *text;
	unsigned calls; /* of handlers, a ticket */
};

static const struct scripts all[] = {
	{ "asks",
	    "desk.on('ticket.routing', { name = 'asks' }, function(event)\n"
	    "  local anna = desk.agent('admin@example.test')\n"
	    "  local waiting = desk.count { status = 'open', customer = "
	    "event.customer }\n"
	    "  if anna and waiting < 0 then\n"
	    "    return event:choose('general', 'never')\n"
	    "  end\n"
	    "end)\n",
	    1 },
	{ "silent",
	    "local function never(event) event.ticket:tag('never') end\n"
	    "desk.on('ticket.creating', { name = 'queue', when = { queue = "
	    "'billing' } }, never)\n"
	    "desk.on('ticket.routing', { name = 'source', when = { source = "
	    "'api' } }, never)\n"
	    "desk.on('ticket.created', { name = 'priority', when = { priority "
	    "= { 'high', 'urgent' } } }, never)\n"
	    "desk.on('ticket.waiting', { name = 'waits', when = { status = "
	    "'closed' } }, never)\n"
	    "desk.on('ticket.updated', { name = 'changed', when = { changed = "
	    "'status' } }, never)\n",
	    0 },
	{ .name = NULL },
};

static struct site *
open_site(const char *folder, const char *name, const char *script)
{
	struct site_options options = {
		.share_dir = folder, .threads = 1, .is_unsynced = true
	};
	char dir[PATH_MAX];
	struct site *site;

	bench_create(folder, name, script, true, dir);
	options.dir = dir;
	bench_open(&options, script != NULL, &site);
	return site;
}

/* Microseconds of CPU a ticket. */
static double
measure(struct site *site, struct arena *arena)
{
	double begin = bench_cpu_us(site);

	for (unsigned n = 0; n < TICKETS; n++)
		bench_submit(site, arena, n);
	return (bench_cpu_us(site) - begin) / TICKETS;
}

static void
compare(const char *folder, const struct scripts *scripts, struct arena *arena)
{
	double with[ROUNDS], without[ROUNDS], more[ROUNDS];
	struct site *scripted = open_site(folder, "scripted", scripts->text);
	struct site *plain = open_site(folder, "plain", NULL);
	struct script_host_status host;
	uint64_t tickets = (ROUNDS + 1) * TICKETS;

	(void)measure(scripted, arena);
	(void)measure(plain, arena);
	for (int i = 0; i < ROUNDS; i++) {
		with[i] = measure(scripted, arena);
		without[i] = measure(plain, arena);
		more[i] = with[i] - without[i];
	}
	script_host_status(site_scripts(scripted), &host);
	if (host.calls < tickets * scripts->calls || host.failures > 0 ||
	    (scripts->calls == 0 && host.calls > 0)) {
		fprintf(stderr, "hook: %llu calls, %llu failed\n",
		    (unsigned long long)host.calls,
		    (unsigned long long)host.failures);
		exit(1);
	}
	printf("%.1f %.1f %.1f\n", bench_median(more, ROUNDS),
	    bench_median(with, ROUNDS), bench_median(without, ROUNDS));
	site_close(scripted);
	site_close(plain);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_create();
	const struct scripts *scripts = all;

	while (argc == 3 && scripts->name != NULL &&
	    strcmp(scripts->name, argv[2]) != 0)
		scripts++;
	if (argc != 3 || scripts->name == NULL || arena == NULL ||
	    secret_init() != ERR_OK) {
		fprintf(stderr, "usage: hook DIR asks|silent\n");
		return 2;
	}
	compare(argv[1], scripts, arena);
	arena_destroy(arena);
	return 0;
}
