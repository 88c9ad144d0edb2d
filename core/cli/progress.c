/* core/cli/progress.c - how far long work is, shown on a terminal. */
#include "config.h"
#include "core/cli/cli.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static bool is_shown;

void
cli_progress(const char *what, uint64_t done, uint64_t total)
{
	static int64_t last_ms;
	struct timespec ts;
	int64_t now_ms;

	if (!isatty(STDERR_FILENO))
		return;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	now_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	if (is_shown && now_ms - last_ms < 100)
		return;
	last_ms = now_ms;
	is_shown = true;
	if (total > 0)
		fprintf(stderr, "\r%s %llu of %llu\033[K", what,
		    (unsigned long long)done, (unsigned long long)total);
	else
		fprintf(
		    stderr, "\r%s %llu\033[K", what, (unsigned long long)done);
}

void
cli_progress_end(void)
{
	if (is_shown)
		fprintf(stderr, "\r\033[K");
	is_shown = false;
}
