/* tests/unit/test_thread_memory.c - caches of threads. */
#include "config.h"
#include "core/base/thread_memory.h"
#include "tests/tap.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

enum { SIZE = 5000 };

static bool
is_zero(const char *at)
{
	for (int i = 0; i < SIZE; i++)
		if (at[i] != 0)
			return false;
	return true;
}

static void *
use(void *of_another)
{
	char *mine = thread_memory_get(THREAD_TIMES, SIZE);

	if (mine == NULL || mine == of_another || !is_zero(mine))
		return NULL;
	memset(mine, 'y', SIZE);
	return thread_memory_get(THREAD_TIMES, SIZE) == mine ? of_another :
							       NULL;
}

static void
test_thread_memory_get__is_each_threads_own(void)
{
	char *mine = thread_memory_get(THREAD_TIMES, SIZE);
	pthread_t thread;
	void *result = NULL;

	CHECK(mine != NULL && is_zero(mine));
	memset(mine, 'x', SIZE);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(pthread_create(&thread, NULL, use, mine), 0);
		CHECK_INT(pthread_join(thread, &result), 0);
		CHECK(result == mine);
	}
	CHECK(thread_memory_get(THREAD_TIMES, SIZE) == mine);
	CHECK(mine[0] == 'x' && mine[SIZE - 1] == 'x');
}

static void
test_thread_memory_get__keeps_its_kinds_apart(void)
{
	char *times = thread_memory_get(THREAD_TIMES, SIZE);
	char *words = thread_memory_get(THREAD_WORDS, SIZE);

	CHECK(times != NULL && words != NULL && times != words);
	CHECK(is_zero(words));
}

int
main(void)
{
	RUN(test_thread_memory_get__is_each_threads_own);
	RUN(test_thread_memory_get__keeps_its_kinds_apart);
	return tap_done();
}
