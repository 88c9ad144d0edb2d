/* tests/bench/hook.c - what a routing hook costs a ticket, in CPU.
 *
 *	hook DIR
 *
 * Makes two sites in DIR, one with a routing hook that asks two questions and
 * one without scripts, and lets both make tickets in turn, a few at a time, so
 * that whatever else goes on falls on both. The CPU is that of this process
 * and of the script host. Prints, in microseconds a ticket, the median of the
 * differences, then the medians of the ticket with the hook and without.
 *
 * The stores are not synced: the disk's part is many times that of a hook.
 * HOOKDESK_SCRIPT_HOST names hookdesk-script.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/secret.h"
#include "core/desk/act.h"
#include "core/desk/site_create.h"
#include "core/script/host.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 101, TICKETS = 100 };

static const char script[] =
    "desk.on('ticket.routing', { name = 'asks' }, function(event)\n"
    "  local anna = desk.agent('admin@example.test')\n"
    "  local waiting = desk.count { status = 'open', customer = "
    "event.customer }\n"
    "  if anna and waiting < 0 then\n"
    "    return event:choose('general', 'never')\n"
    "  end\n"
    "end)\n";

static void
fail(const char *what, enum err err, const struct why *why)
{
	char text[512];

	fprintf(stderr, "hook: %s: %s\n", what,
	    why->message != NULL ? why_text(why, text, sizeof text) :
				   err_message(err));
	exit(1);
}

static struct site *
open_site(const char *folder, const char *name, bool has_script)
{
	struct site_founding founding = { .name = BYTES("Bench"),
		.admin = BYTES("admin@example.test") };
	struct site_options options = {
		.share_dir = folder, .threads = 1, .is_unsynced = true
	};
	char dir[PATH_MAX], path[PATH_MAX + 32];
	struct why why = { 0 };
	struct site *site = NULL;
	enum err err;

	snprintf(dir, sizeof dir, "%s/%s", folder, name);
	founding.dir = options.dir = dir;
	err = site_create(&founding, &why);
	snprintf(path, sizeof path, "%s/scripts/asks.lua", dir);
	if (err == ERR_OK && has_script)
		err = file_replace(path, 0600, bytes_of(script), NULL);
	if (err == ERR_OK)
		err = site_open(&options, &site, &why);
	if (err != ERR_OK)
		fail(dir, err, &why);
	return site;
}

static void
submit(struct site *site, struct arena *arena, unsigned n)
{
	struct act_input input;
	struct act_result result;
	struct why why = { 0 };
	char email[64];
	enum err err;

	arena_reset(arena);
	snprintf(email, sizeof email, "person%u@load.test", n % 100);
	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor = (struct actor){ .kind = BY_CUSTOMER };
	input.source = SOURCE_WEB;
	input.email = bytes_of(email);
	input.body = BYTES("The parcel came without its manual.");
	record_set_text(
	    &input.fields, TICKET_SUBJECT, BYTES("The manual is missing"));
	err = desk_act(site, &input, arena, &result, &why);
	if (err != ERR_OK)
		fail("a ticket", err, &why);
}

static double
cpu_us(struct site *site)
{
	struct script_host_status host;
	struct timespec own;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	script_host_status(site_scripts(site), &host);
	return (double)own.tv_sec * 1e6 + (double)own.tv_nsec / 1e3 +
	    (double)host.cpu_us;
}

/* Microseconds of CPU a ticket. */
static double
measure(struct site *site, struct arena *arena)
{
	double begin = cpu_us(site);

	for (unsigned n = 0; n < TICKETS; n++)
		submit(site, arena, n);
	return (cpu_us(site) - begin) / TICKETS;
}

static int
compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static double
median(double *numbers)
{
	qsort(numbers, ROUNDS, sizeof *numbers, compare);
	return numbers[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
	double with[ROUNDS], without[ROUNDS], more[ROUNDS];
	struct arena *arena = arena_create();
	struct script_host_status host;
	struct site *hooked, *plain;

	if (argc != 2 || arena == NULL || secret_init() != ERR_OK) {
		fprintf(stderr, "usage: hook DIR\n");
		return 2;
	}
	hooked = open_site(argv[1], "hooked", true);
	plain = open_site(argv[1], "plain", false);
	(void)measure(hooked, arena);
	(void)measure(plain, arena);
	for (int i = 0; i < ROUNDS; i++) {
		with[i] = measure(hooked, arena);
		without[i] = measure(plain, arena);
		more[i] = with[i] - without[i];
	}
	script_host_status(site_scripts(hooked), &host);
	if (host.calls < (ROUNDS + 1) * TICKETS || host.failures > 0) {
		fprintf(stderr, "hook: not every ticket went through it\n");
		return 1;
	}
	printf("%.1f %.1f %.1f\n", median(more), median(with), median(without));
	site_close(hooked);
	site_close(plain);
	arena_destroy(arena);
	return 0;
}
