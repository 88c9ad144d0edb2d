/* core/cli/sites.c - the sites that one server serves, open or not.
 *
 * A site goes closed, opening, open, closing, closed. Whoever finds it closed
 * opens it, without the lock; the others wait on the condition.
 */
#include "config.h"
#include "core/cli/sites.h"

#include "core/base/clock.h"
#include "core/base/heap.h"
#include "core/base/log.h"
#include "core/cli/cli.h"
#include "core/cli/held.h"
#include "core/desk/control.h"
#include "core/desk/runner.h"
#include "core/desk/scripts.h"
#include "core/web/site.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64
#define WAIT_S 2                       /* for a site that opens */
#define RETRY_US (5 * CLOCK_SECOND_US) /* after it could not be opened */
#define AHEAD_US CLOCK_MINUTE_US       /* opened before a job is due */
#define EXTRA_THREADS 16               /* that read: jobs, control */

enum state {
	SITE_IS_CLOSED = 0,
	SITE_IS_OPENING,
	SITE_IS_OPEN,
	SITE_IS_CLOSING
};

struct served {
	struct served *next;
	enum state state;
	unsigned users;
	int64_t used_us;     /* monotonic: given back last */
	int64_t retry_us;    /* monotonic: not opened again before */
	int64_t next_due_us; /* UTC, while closed: its next job */
	enum err trouble;    /* why it could not be opened */
	struct why why;
	struct site *desk;
	struct control *control;
	struct web_site *web;
	char name[NAME_MAX_BYTES + 1];
	char dir[];
};

struct sites {
	struct sites_options options;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* on the monotonic clock */
	struct served *served;
	bool has_changed; /* one was opened or closed since the last care */
	bool is_ending;
};

enum err
sites_create(const struct sites_options *options, struct sites **out)
{
	struct sites *sites = calloc(1, sizeof *sites);
	pthread_condattr_t attr;

	if (sites == NULL)
		return ERR_NOMEM;
	sites->options = *options;
	pthread_mutex_init(&sites->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&sites->changed, &attr);
	pthread_condattr_destroy(&attr);
	*out = sites;
	return ERR_OK;
}

void
sites_set_output(struct sites *sites, const struct desk_output *output)
{
	sites->options.output = output;
}

/* --- opening and closing one; without the lock --- */

static void
close_parts(struct served *served)
{
	control_stop(served->control);
	site_close(served->desk); /* its jobs may use <web> until then */
	web_site_destroy(served->web);
	served->control = NULL;
	served->web = NULL;
	served->desk = NULL;
}

static enum err
open_parts(struct sites *sites, struct served *served, struct why *why)
{
	const struct sites_options *o = &sites->options;
	bool is_held = held_is(served->dir);
	struct site_options options = {
		.dir = served->dir,
		.threads = o->threads + EXTRA_THREADS,
		.has_jobs = !is_held,
		.map_size = o->map_size,
		.min_free_set = o->min_free_set,
		.min_free = o->min_free,
		.limits = o->limits,
		.output = o->output,
		.wait_us = (int64_t)o->wait_ms * 1000,
	};
	struct web_site *web = NULL;
	enum err err = site_open(&options, &served->desk, why);

	if (err == ERR_OK)
		err = web_site_create(
		    o->shared, served->desk, served->name, why, &web);
	if (err == ERR_OK)
		err = control_start(served->dir, cli_answer, served->desk,
		    &served->control, why);
	if (err == ERR_OK) {
		pthread_mutex_lock(&sites->lock);
		served->web = web;
		pthread_mutex_unlock(&sites->lock);
		log_event(LOG_INFO, "site.opened", "site=%s held=%s",
		    served->dir, is_held ? "yes" : "no");
		return ERR_OK;
	}
	served->web = web;
	close_parts(served);
	return err;
}

static void
note_failure(struct served *served, enum err err, const struct why *why)
{
	char text[512] = "";

	served->trouble = err;
	served->why = *why;
	served->retry_us = clock_monotonic_us() + RETRY_US;
	if (why->message != NULL)
		why_text(why, text, sizeof text);
	log_event(LOG_ERROR, "site.failed", "site=%s error=%s why=%s",
	    served->dir, err_name(err), text);
}

/* With the lock, for one that is closed; returns with the lock. */
static void
open_served(struct sites *sites, struct served *served)
{
	struct why why = { .message = "" };
	enum err err;

	served->state = SITE_IS_OPENING;
	pthread_mutex_unlock(&sites->lock);
	err = open_parts(sites, served, &why);
	pthread_mutex_lock(&sites->lock);
	served->state = err == ERR_OK ? SITE_IS_OPEN : SITE_IS_CLOSED;
	served->trouble = ERR_OK;
	served->used_us = clock_monotonic_us();
	sites->has_changed = true;
	if (err != ERR_OK)
		note_failure(served, err, &why);
	pthread_cond_broadcast(&sites->changed);
}

/* With the lock, for one that is open and nobody's; returns with it. */
static void
close_served(struct sites *sites, struct served *served)
{
	int64_t due_us = INT64_MAX;

	served->state = SITE_IS_CLOSING;
	pthread_mutex_unlock(&sites->lock);
	if (runner_next_due(served->desk, &due_us) != ERR_OK)
		due_us = 0;
	close_parts(served);
	log_event(LOG_INFO, "site.closed", "site=%s", served->dir);
	pthread_mutex_lock(&sites->lock);
	served->next_due_us = held_is(served->dir) ? INT64_MAX : due_us;
	served->state = SITE_IS_CLOSED;
	sites->has_changed = true;
	pthread_cond_broadcast(&sites->changed);
}

/* --- finding; with the lock --- */

/* Letters, digits, '-', '_' and '.', which is not the first one. */
static bool
is_site_name(struct bytes name)
{
	if (name.len == 0 || name.len > NAME_MAX_BYTES || name.at[0] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
			return false;
	}
	return true;
}

static struct served *
add_served(struct sites *sites, const char *dir, struct bytes name)
{
	size_t size = strlen(dir) + 1;
	struct served *served = calloc(1, sizeof *served + size);

	if (served == NULL)
		return NULL;
	memcpy(served->dir, dir, size);
	memcpy(served->name, name.at != NULL ? name.at : "", name.len);
	served->next_due_us = INT64_MAX;
	served->next = sites->served;
	sites->served = served;
	return served;
}

static enum err
find_served(struct sites *sites, struct bytes name, struct served **out)
{
	char path[PATH_MAX];
	struct served *served = sites->served;
	int n;

	if (sites->options.root == NULL) {
		if (served == NULL)
			served = add_served(
			    sites, sites->options.dir, BYTES_NONE);
		*out = served;
		return served != NULL ? ERR_OK : ERR_NOMEM;
	}
	while (served != NULL && !bytes_is(name, served->name))
		served = served->next;
	if (served == NULL) {
		if (!is_site_name(name))
			return ERR_NOT_FOUND;
		n = snprintf(path, sizeof path, "%s/%.*s/data.mdb",
		    sites->options.root, BYTES_ARG(name));
		if (n < 0 || (size_t)n >= sizeof path ||
		    access(path, F_OK) != 0)
			return ERR_NOT_FOUND;
		*strrchr(path, '/') = '\0';
		served = add_served(sites, path, name);
	}
	*out = served;
	return served != NULL ? ERR_OK : ERR_NOMEM;
}

/* Wait for a change until <deadline>; false when it has passed. */
static bool
wait_until(struct sites *sites, const struct timespec *deadline)
{
	return pthread_cond_timedwait(
		   &sites->changed, &sites->lock, deadline) != ETIMEDOUT;
}

static struct timespec
deadline_in(int seconds)
{
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += seconds;
	return deadline;
}

/* --- for requests --- */

static enum err
take_served(struct sites *sites, struct served *served, struct why *why)
{
	struct timespec deadline = deadline_in(WAIT_S);

	for (;;) {
		if (sites->is_ending)
			return ERR_BUSY;
		if (served->state == SITE_IS_OPEN)
			break;
		if (served->state == SITE_IS_CLOSED) {
			if (served->trouble != ERR_OK &&
			    clock_monotonic_us() < served->retry_us) {
				*why = served->why;
				return served->trouble;
			}
			open_served(sites, served);
			if (served->trouble != ERR_OK) {
				*why = served->why;
				return served->trouble;
			}
		} else if (!wait_until(sites, &deadline)) {
			return ERR_BUSY;
		}
	}
	served->users++;
	return ERR_OK;
}

enum err
sites_take(struct sites *sites, struct bytes name, struct web_site **out,
    struct why *why)
{
	struct served *served = NULL;
	enum err err;

	pthread_mutex_lock(&sites->lock);
	err = find_served(sites, name, &served);
	if (err == ERR_OK)
		err = take_served(sites, served, why);
	if (err == ERR_OK)
		*out = served->web;
	pthread_mutex_unlock(&sites->lock);
	return err;
}

void
sites_give(struct sites *sites, struct web_site *site)
{
	struct served *served;

	pthread_mutex_lock(&sites->lock);
	served = sites->served;
	while (served->web != site)
		served = served->next;
	served->users--;
	served->used_us = clock_monotonic_us();
	pthread_mutex_unlock(&sites->lock);
}

/* Its jobs begin to run before the site is wholly open. */
struct template_set *
sites_templates(struct sites *sites, struct site *desk)
{
	struct timespec deadline = deadline_in(WAIT_S);
	struct template_set *set = NULL;
	bool is_waiting = true;

	pthread_mutex_lock(&sites->lock);
	while (set == NULL && is_waiting && !sites->is_ending) {
		for (struct served *served = sites->served; served != NULL;
		     served = served->next)
			if (served->web != NULL &&
			    web_site_desk(served->web) == desk)
				set = web_site_templates(served->web);
		if (set == NULL)
			is_waiting = wait_until(sites, &deadline);
	}
	pthread_mutex_unlock(&sites->lock);
	return set;
}

/* --- reload and care --- */

static void
report_err(struct buf *report, const char *what, const struct why *why)
{
	char text[512];

	buf_printf(report, "%s: %s\n", what, why_text(why, text, sizeof text));
}

/* Each part on its own: what cannot be read keeps what it had. */
static void
reload_served(struct served *served, struct buf *report)
{
	struct why why = { .message = "" };

	if (web_site_reload(served->web, &why) != ERR_OK)
		report_err(report, served->dir, &why);
}

enum err
sites_reload(
    struct sites *sites, struct site *desk, struct buf *report, struct why *why)
{
	enum err err = web_shared_reload(sites->options.shared, why);

	if (err != ERR_OK)
		return err;
	pthread_mutex_lock(&sites->lock);
	for (struct served *served = sites->served; served != NULL;
	     served = served->next) {
		struct why own = { .message = "" };

		if (served->state != SITE_IS_OPEN ||
		    (desk != NULL && served->desk != desk))
			continue;
		served->users++; /* so that it stays */
		pthread_mutex_unlock(&sites->lock);
		reload_served(served, report);
		if (desk == NULL &&
		    scripts_load(served->desk, report, &own) != ERR_OK)
			report_err(report, served->dir, &own);
		pthread_mutex_lock(&sites->lock);
		served->users--;
	}
	pthread_mutex_unlock(&sites->lock);
	return report->failed ? ERR_NOMEM : ERR_OK;
}

/* Open one and let go of it: then its jobs run. */
static void
touch(struct sites *sites, struct served *served)
{
	struct why why = { .message = "" };

	pthread_mutex_lock(&sites->lock);
	if (take_served(sites, served, &why) == ERR_OK) {
		served->users--;
		served->used_us = clock_monotonic_us();
	}
	pthread_mutex_unlock(&sites->lock);
}

/* Note all that there are, before the first is opened: what stays of a site
 * that is closed does not lie between what goes. */
static void
find_all(struct sites *sites)
{
	struct served *served;
	struct dirent *item;
	DIR *dir = opendir(sites->options.root);

	if (dir == NULL) {
		log_event(LOG_ERROR, "sites.root", "path=%s why=%s",
		    sites->options.root, strerror(errno));
		return;
	}
	pthread_mutex_lock(&sites->lock);
	while ((item = readdir(dir)) != NULL)
		if (find_served(sites, bytes_of(item->d_name), &served) ==
		    ERR_NOMEM)
			log_event(LOG_ERROR, "sites.root", "site=%s why=%s",
			    item->d_name, err_name(ERR_NOMEM));
	pthread_mutex_unlock(&sites->lock);
	closedir(dir);
}

void
sites_open_all(struct sites *sites)
{
	struct served *first;
	enum err err = ERR_OK;

	if (sites->options.root != NULL)
		find_all(sites);
	pthread_mutex_lock(&sites->lock);
	if (sites->options.root == NULL)
		err = find_served(sites, BYTES_NONE, &first);
	first = err == ERR_OK ? sites->served : NULL;
	pthread_mutex_unlock(&sites->lock);
	/* New ones come before the first. */
	for (struct served *served = first; served != NULL;
	     served = served->next)
		touch(sites, served);
}

static bool
is_idle(const struct served *served, int64_t idle_us)
{
	return idle_us > 0 && served->state == SITE_IS_OPEN &&
	    served->users == 0 &&
	    clock_monotonic_us() - served->used_us > idle_us;
}

void
sites_care(struct sites *sites)
{
	int64_t idle_us = (int64_t)sites->options.idle_s * CLOCK_SECOND_US;
	int64_t now_us = clock_now_us();
	bool has_changed;

	pthread_mutex_lock(&sites->lock);
	for (struct served *served = sites->served; served != NULL;
	     served = served->next) {
		int64_t due_us = 0;

		/* One with a job before long would be opened again at once, as
		 * a site is some time before it is due. */
		if (is_idle(served, idle_us) &&
		    runner_next_due(served->desk, &due_us) == ERR_OK &&
		    due_us > now_us + idle_us + AHEAD_US)
			close_served(sites, served);
		else if (served->state == SITE_IS_CLOSED &&
		    served->next_due_us < now_us + AHEAD_US &&
		    clock_monotonic_us() >= served->retry_us)
			open_served(sites, served);
	}
	has_changed = sites->has_changed;
	sites->has_changed = false;
	pthread_mutex_unlock(&sites->lock);
	/* What opening needed for a while, and what a closed site had. */
	if (has_changed)
		heap_give_back();
}

void
sites_destroy(struct sites *sites)
{
	if (sites == NULL)
		return;
	pthread_mutex_lock(&sites->lock);
	sites->is_ending = true;
	pthread_cond_broadcast(&sites->changed);
	pthread_mutex_unlock(&sites->lock);
	while (sites->served != NULL) {
		struct served *served = sites->served;

		sites->served = served->next;
		close_parts(served);
		free(served);
	}
	pthread_cond_destroy(&sites->changed);
	pthread_mutex_destroy(&sites->lock);
	free(sites);
}
