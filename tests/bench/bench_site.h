/* tests/bench/bench_site.h - sites for the programs that measure what a desk
 * does by itself: made in a folder, without a server around them. */
#ifndef HOOKDESK_TESTS_BENCH_SITE_H
#define HOOKDESK_TESTS_BENCH_SITE_H

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/secret.h"
#include "core/desk/act.h"
#include "core/desk/scripts.h"
#include "core/desk/site_create.h"
#include "core/script/host.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Say what went wrong, and end. */
static inline _Noreturn void
bench_fail(const char *what, enum err err, const struct why *why)
{
	char text[512];

	fprintf(stderr, "%s: %s\n", what,
	    why != NULL && why->message != NULL ?
		why_text(why, text, sizeof text) :
		err_message(err));
	exit(1);
}

/* With its script, if it has one, or not at all. */
static inline void
bench_open(struct site_options *options, bool has_script, struct site **out)
{
	struct why why = { 0 };
	enum err err = site_open(options, out, &why);

	if (err != ERR_OK)
		bench_fail(options->dir, err, &why);
	if (has_script) {
		struct when_set *set = when_set_take(*out);

		if (set == NULL)
			bench_fail("the script", ERR_NOT_FOUND, NULL);
		when_set_unref(set);
	}
}

/* Make the site FOLDER/NAME, with a script or without (NULL); its folder into
 * <dir>, PATH_MAX bytes. */
static inline void
bench_create(const char *folder, const char *name, const char *script,
    bool is_unsynced, char *dir)
{
	struct site_founding founding = { .name = BYTES("Bench"),
		.admin = BYTES("admin@example.test"),
		.is_unsynced = is_unsynced };
	char path[PATH_MAX + 32];
	struct why why = { 0 };
	enum err err;

	snprintf(dir, PATH_MAX, "%s/%s", folder, name);
	founding.dir = dir;
	err = site_create(&founding, &why);
	snprintf(path, sizeof path, "%s/scripts/bench.lua", dir);
	if (err == ERR_OK && script != NULL)
		err = file_replace(path, 0600, bytes_of(script), NULL);
	if (err != ERR_OK)
		bench_fail(dir, err, &why);
}

/* A ticket of one of a hundred customers. */
static inline void
bench_submit_as(
    struct site *site, struct arena *arena, unsigned n, const char *subject)
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
	record_set_text(&input.fields, TICKET_SUBJECT, bytes_of(subject));
	err = desk_act(site, &input, arena, &result, &why);
	if (err != ERR_OK)
		bench_fail("a ticket", err, &why);
}

static inline void
bench_submit(struct site *site, struct arena *arena, unsigned n)
{
	bench_submit_as(site, arena, n, "The manual is missing");
}

/* CPU so far of this process and of the site's script host, microseconds. */
static inline double
bench_cpu_us(struct site *site)
{
	struct script_host_status host;
	struct timespec own;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	script_host_status(site_scripts(site), &host);
	return (double)own.tv_sec * 1e6 + (double)own.tv_nsec / 1e3 +
	    (double)host.cpu_us;
}

static inline int
bench_compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static inline double
bench_median(double *numbers, size_t count)
{
	qsort(numbers, count, sizeof *numbers, bench_compare);
	return numbers[count / 2];
}

#endif
