/* core/desk/script_tests.h - runs the tests of scripts: NAME_test.lua.
 *
 * A test file runs in a script host of its own; each it() makes worlds, which
 * run the script that the file is named after, or, if there is none of that
 * name, all scripts beside it.
 */
#ifndef HOOKDESK_DESK_SCRIPT_TESTS_H
#define HOOKDESK_DESK_SCRIPT_TESTS_H

#include "core/desk/world.h"

struct script_test_result {
	struct bytes file;  /* "routing_test" */
	struct bytes name;  /* of it(); empty: the file itself does not load */
	struct bytes error; /* empty: passed */
	struct bytes traceback;
	int line;
	int64_t wall_us;
};

/* Called after each test. All borrowed. */
typedef void script_test_fn(void *arg, const struct script_test_result *result);

/* Run all tests of the file at <path>, "scripts/routing_test.lua"; for a
 * script "scripts/routing.lua" those of the test beside it.
 *
 * <options>  what worlds need; its files are not looked at
 *
 * ERR_OK when all could be run, however they ended; ERR_NOT_FOUND if there is
 * no such test, ERR_IO ... with words in <why>. */
ERR_CHECKED enum err script_tests_run(const struct world_options *options,
    const char *path, script_test_fn *fn, void *arg, struct why *why);

/* Run the tests of one script of a site, given as texts: <test> is called
 * "routing_test", <script> "routing". They have SCRIPT_TESTS_US together, and
 * one run at a time: the caller's thread is held meanwhile.
 *
 * ERR_OK when all were run, however they ended; ERR_TIMEOUT when time was over
 * before (<fn> has heard of those that were run); ERR_BUSY if somebody else is
 * at it; ERR_IO, ERR_NOMEM; words in <why>. */
#define SCRIPT_TESTS_US (10 * CLOCK_SECOND_US)
ERR_CHECKED enum err script_tests_of_site(struct site *site,
    const struct mail_renderer *renderer, const struct script_file *script,
    const struct script_file *test, script_test_fn *fn, void *arg,
    struct why *why);

/* The test files in <dir>/scripts, by name, in <arena>: *<count> paths. No
 * folder is no file. ERR_NOMEM. */
ERR_CHECKED enum err script_tests_find(
    struct arena *arena, const char *dir, const char ***out, size_t *count);

#endif
