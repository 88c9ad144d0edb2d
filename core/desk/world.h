/* core/desk/world.h - the desks that tests of scripts run on.
 *
 * desk.test.world{} in a test makes one: a whole desk in a temporary store,
 * with its own script host that runs the scripts under test, on a clock that
 * the test moves. Mails are rendered and kept, not sent. Everything is done in
 * the thread that asks, so that a test reads what followed at once.
 */
#ifndef HOOKDESK_DESK_WORLD_H
#define HOOKDESK_DESK_WORLD_H

#include "core/desk/mailout.h"
#include "core/script/host.h"

struct world_options {
	const char *script_host; /* path of hookdesk-script; NULL: installed */
	const char *site_dir; /* whose tests they are, see scratch.h; or NULL */
	/* The scripts under test, written into each world's scripts/. */
	const struct script_file *files;
	size_t file_count;
	const struct desk_output *output;     /* renders entries; or NULL */
	const struct mail_renderer *renderer; /* of mails */
	int64_t deadline_us; /* monotonic: no test goes on then; 0: none */
};

/* The worlds of one test. */
struct worlds;
ERR_CHECKED enum err worlds_create(
    const struct world_options *options, struct worlds **out);
/* Closes and removes them all. NULL is allowed. */
void worlds_destroy(struct worlds *worlds);

/* A script_ask for a test, the context being a struct worlds: answers world
 * and world.*, and the usual questions from the world that was used last. */
enum err worlds_ask(void *context, struct bytes question,
    const struct json *with, struct buf *answer, struct why *why);

/* What went wrong in the worlds and was not asked for by world.failed: words
 * in <out>; returns how many. */
size_t worlds_failures(struct worlds *worlds, struct buf *out);

/* SITE of wire.h for test files: the kinds of a new desk, without keys, which
 * each world has of its own. */
ERR_CHECKED enum err worlds_site(
    const struct world_options *options, struct buf *out, struct why *why);

#endif
