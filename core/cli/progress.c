/* core/cli/progress.c - how far long work is, shown on a terminal. */
#include "config.h"
#include "core/cli/cli.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS (200 * 1000000)
#define MEGABYTE 1000000

static bool is_shown;

/* Who looks at a file that a library writes. */
static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	const char *what, *path;
	bool is_running, is_over;
} watch = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.ended = PTHREAD_COND_INITIALIZER };

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

/* Looks again now and then, until the file is whole. */
static void *
look(void *unused)
{
	struct timespec next;
	struct stat st;

	pthread_mutex_lock(&watch.lock);
	while (!watch.is_over) {
		if (stat(watch.path, &st) == 0)
			cli_progress(
			    watch.what, (uint64_t)st.st_size / MEGABYTE, 0);
		clock_gettime(CLOCK_MONOTONIC, &next);
		next.tv_nsec += LOOK_NS;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		pthread_cond_clockwait(
		    &watch.ended, &watch.lock, CLOCK_MONOTONIC, &next);
	}
	pthread_mutex_unlock(&watch.lock);
	return unused;
}

void
cli_progress_file(const char *what, const char *path)
{
	if (!isatty(STDERR_FILENO))
		return;
	cli_progress(what, 0, 0);
	watch.what = what;
	watch.path = path;
	watch.is_over = false;
	watch.is_running = pthread_create(&watch.thread, NULL, look, NULL) == 0;
}

void
cli_progress_end(void)
{
	if (watch.is_running) {
		pthread_mutex_lock(&watch.lock);
		watch.is_over = true;
		pthread_cond_signal(&watch.ended);
		pthread_mutex_unlock(&watch.lock);
		pthread_join(watch.thread, NULL);
		watch.is_running = false;
	}
	if (is_shown)
		fprintf(stderr, "\r\033[K");
	is_shown = false;
}
