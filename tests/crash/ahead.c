/* tests/crash/ahead.c - a program whose clock is ahead of the machine's.
 *
 * Loaded by LD_PRELOAD: $HOOKDESK_AHEAD_S seconds are added to the time of day,
 * so that a timer set before a program was killed is due after it was started
 * again. Waits count by the monotonic clock, which is left alone.
 */
#include "config.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static time_t ahead_s;

int
clock_gettime(clockid_t clock, struct timespec *out)
{
	int status = (int)syscall(SYS_clock_gettime, clock, out);

	if (status == 0 && clock == CLOCK_REALTIME)
		out->tv_sec += ahead_s;
	return status;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *text = getenv("HOOKDESK_AHEAD_S");

	ahead_s = text != NULL ? (time_t)strtol(text, NULL, 10) : 0;
}
