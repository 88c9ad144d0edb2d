/* tests/tap.h - unit tests that speak TAP (testanything.org, version 12).
 *
 * A test is a function of CHECK()s; tap_run() prints one line for it, and
 * what failed as comments above that line. main() ends with
 * `return tap_done();`.
 */
#ifndef HOOKDESK_TESTS_TAP_H
#define HOOKDESK_TESTS_TAP_H

#include <stdio.h>

static int tap_tests, tap_failed_tests, tap_failures;

#define CHECK(condition) \
	((condition) ? (void)0 : \
		       (void)(tap_failures++, \
			   printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, \
			       #condition)))

/* Two integers, printed when they differ. */
#define CHECK_INT(got, want) \
	do { \
		long long tap_got = (long long)(got); \
		long long tap_want = (long long)(want); \
		if (tap_got != tap_want) { \
			tap_failures++; \
			printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, \
			    __LINE__, #got, tap_got, tap_want); \
		} \
	} while (0)

/* A struct bytes and a C string, printed when they differ. */
#define CHECK_BYTES(got, want) \
	do { \
		struct bytes tap_got = (got); \
		if (!bytes_is(tap_got, want)) { \
			tap_failures++; \
			printf("# %s:%d: %s is \"%.*s\", not \"%s\"\n", \
			    __FILE__, __LINE__, #got, BYTES_ARG(tap_got), \
			    want); \
		} \
	} while (0)

#define RUN(function) tap_run(#function, function)

static inline void
tap_run(const char *name, void (*function)(void))
{
	tap_failures = 0;
	function();
	tap_tests++;
	if (tap_failures > 0)
		tap_failed_tests++;
	printf(
	    "%sok %d - %s\n", tap_failures > 0 ? "not " : "", tap_tests, name);
	fflush(stdout);
}

/* Of main(): what the whole file needs is not here. */
static inline int
tap_skip(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_tests);
	return tap_failed_tests > 0;
}

#endif
