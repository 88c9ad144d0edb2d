/* core/script/host.c - a site's script host: its life, and who may use it. */
#include "config.h"
#include "core/script/host.h"
#include "core/base/clock.h"
#include "core/base/paths.h"
#include "core/script/host_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------- life */

static enum err
init_locks(struct script_host *host)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error != 0)
		return ERR_NOMEM;
	error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (error == 0)
		error = pthread_cond_init(&host->freed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (error != 0)
		return ERR_NOMEM;
	if (pthread_mutex_init(&host->lock, NULL) != 0) {
		pthread_cond_destroy(&host->freed);
		return ERR_NOMEM;
	}
	pthread_mutex_init(&host->loading, NULL);
	return ERR_OK;
}

enum err
script_host_create(
    const struct script_host_options *options, struct script_host **out)
{
	struct script_host *host = calloc(1, sizeof *host);
	const char *program = options->program;

	if (host == NULL)
		return ERR_NOMEM;
	if (program == NULL)
		program = path_get(PATH_SCRIPT_HOST);
	host->line.process = PROCESS_NONE;
	host->cpu_us = options->cpu_us > 0 ? options->cpu_us : SCRIPT_CPU_US;
	host->patience_us = options->patience_us;
	host->niceness = options->niceness;
	host->program = strdup(program);
	host->site = strdup(options->site != NULL ? options->site : "");
	if (host->program == NULL || host->site == NULL ||
	    init_locks(host) != ERR_OK) {
		free(host->program);
		free(host->site);
		free(host);
		return ERR_NOMEM;
	}
	*out = host;
	return ERR_OK;
}

void
script_host_destroy(struct script_host *host)
{
	if (host == NULL)
		return;
	line_end(&host->line);
	script_set_unref(host->set);
	pthread_cond_destroy(&host->freed);
	pthread_mutex_destroy(&host->lock);
	pthread_mutex_destroy(&host->loading);
	free(host->program);
	free(host->site);
	free(host);
}

enum err
host_hold(struct script_host *host, int64_t until_us, bool is_first)
{
	struct timespec until = { until_us / CLOCK_SECOND_US,
		until_us % CLOCK_SECOND_US * 1000 };
	enum err err = ERR_OK;

	pthread_mutex_lock(&host->lock);
	host->waiting_first += is_first;
	while (err == ERR_OK &&
	    (host->is_busy || (!is_first && host->waiting_first > 0))) {
		if (until_us == 0)
			pthread_cond_wait(&host->freed, &host->lock);
		else if (pthread_cond_timedwait(
			     &host->freed, &host->lock, &until) == ETIMEDOUT)
			err = host->is_busy ||
				(!is_first && host->waiting_first > 0) ?
			    ERR_TIMEOUT :
			    ERR_OK;
	}
	host->waiting_first -= is_first;
	if (err == ERR_OK)
		host->is_busy = true;
	else
		pthread_cond_broadcast(&host->freed);
	pthread_mutex_unlock(&host->lock);
	return err;
}

void
host_release(struct script_host *host)
{
	pthread_mutex_lock(&host->lock);
	host->is_busy = false;
	pthread_cond_broadcast(&host->freed);
	pthread_mutex_unlock(&host->lock);
}

struct script_set *
script_host_set(struct script_host *host)
{
	struct script_set *set;

	pthread_mutex_lock(&host->lock);
	set = host->set != NULL ? script_set_ref(host->set) : NULL;
	pthread_mutex_unlock(&host->lock);
	return set;
}

void
script_host_status(struct script_host *host, struct script_host_status *out)
{
	pthread_mutex_lock(&host->lock);
	*out = host->status;
	if (clock_monotonic_us() - host->minute_us < CLOCK_MINUTE_US)
		out->minute_cpu_us = host->minute_cpu_us;
	out->minute_cpu_max_us = host->cpu_us;
	pthread_mutex_unlock(&host->lock);
}

void
host_note_pid(struct script_host *host, bool is_start)
{
	pthread_mutex_lock(&host->lock);
	host->status.pid = (int)host->line.process.pid;
	host->status.starts += is_start;
	pthread_mutex_unlock(&host->lock);
}

void
script_host_rest(struct script_host *host, int64_t idle_us)
{
	bool is_idle;

	pthread_mutex_lock(&host->lock);
	is_idle = !host->is_busy && host->line.process.pid > 0 &&
	    clock_monotonic_us() - host->used_us >= idle_us;
	if (is_idle)
		host->is_busy = true;
	pthread_mutex_unlock(&host->lock);
	if (!is_idle)
		return;
	line_end(&host->line);
	host->line = (struct line){ .process = PROCESS_NONE };
	host_note_pid(host, false);
	host_release(host);
}
