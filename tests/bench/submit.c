/* tests/bench/submit.c - durable tickets a second through desk_act().
 *
 *	submit DIR THREADS SECONDS BATCH_LIMIT
 *
 * Makes a site in DIR and lets THREADS threads make tickets in it for SECONDS;
 * without scripts and jobs. A BATCH_LIMIT of 1 gives each its own commit, 0 the
 * usual group commit. Prints how many were acknowledged a second.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/desk/act.h"
#include "core/desk/site_create.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_MAX = 256 };

static struct site *site;
static atomic_bool is_over;
static atomic_long done, refused;

static enum err
submit(struct arena *arena, unsigned n)
{
	static const struct bytes body = BYTES(
	    "The parcel came without its manual. Can I have one?");
	struct act_input input;
	struct act_result result;
	struct why why = { 0 };
	char email[64];

	snprintf(email, sizeof email, "person%u@load.test", n % 500);
	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor = (struct actor){ .kind = BY_CUSTOMER };
	input.source = SOURCE_WEB;
	input.email = bytes_of(email);
	input.name = BYTES("Person");
	input.body = body;
	record_set_text(
	    &input.fields, TICKET_SUBJECT, BYTES("The manual is missing"));
	return desk_act(site, &input, arena, &result, &why);
}

static void *
work(void *arg)
{
	struct arena *arena = arena_create();
	unsigned n = *(unsigned *)arg;

	while (arena != NULL && !atomic_load(&is_over)) {
		if (submit(arena, n++) == ERR_OK)
			atomic_fetch_add(&done, 1);
		else
			atomic_fetch_add(&refused, 1);
		arena_reset(arena);
	}
	arena_destroy(arena);
	return NULL;
}

static double
measure(unsigned threads, unsigned seconds)
{
	pthread_t ids[THREADS_MAX];
	unsigned first[THREADS_MAX];
	unsigned started = 0;
	int64_t begin = clock_monotonic_us();

	while (started < threads) {
		first[started] = started * 1000003;
		if (pthread_create(
			&ids[started], NULL, work, &first[started]) != 0)
			break;
		started++;
	}
	sleep(seconds);
	atomic_store(&is_over, true);
	for (unsigned i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	return (double)atomic_load(&done) * CLOCK_SECOND_US /
	    (double)(clock_monotonic_us() - begin);
}

int
main(int argc, char **argv)
{
	struct site_founding founding = { .name = BYTES("Bench"),
		.admin = BYTES("admin@example.test") };
	struct site_options options = { .no_scripts = true };
	struct why why = { 0 };
	unsigned threads = argc == 5 ? (unsigned)atoi(argv[2]) : 0;
	double each_second;
	char text[512];

	if (threads < 1 || threads > THREADS_MAX) {
		fprintf(
		    stderr, "usage: submit DIR THREADS SECONDS BATCH_LIMIT\n");
		return 2;
	}
	founding.dir = options.dir = argv[1];
	options.threads = threads;
	options.batch_limit = (unsigned)atoi(argv[4]);
	if (site_create(&founding, &why) != ERR_OK ||
	    site_open(&options, &site, &why) != ERR_OK) {
		fprintf(stderr, "submit: %s: %s\n", argv[1],
		    why_text(&why, text, sizeof text));
		return 1;
	}
	each_second = measure(threads, (unsigned)atoi(argv[3]));
	site_close(site);
	if (atomic_load(&refused) > 0) {
		fprintf(stderr, "submit: %ld were refused\n",
		    atomic_load(&refused));
		return 1;
	}
	printf("%.0f\n", each_second);
	return 0;
}
