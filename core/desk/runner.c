/* core/desk/runner.c - a thread a lane, which sleeps until the next job. That
 * of the scripts gets helpers while there is more than it can do: each run
 * waits for the disk, and those that wait together are committed together. */
#include "config.h"
#include "core/desk/runner.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/desk/care.h"
#include "core/desk/job_walk.h"
#include "core/desk/run.h"
#include "core/desk/site_private.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define SLEEP_MAX_US (5 * CLOCK_SECOND_US)
#define HELPERS_MAX (CLAIMS_MAX - 1)
#define BUSY_AFTER 4   /* jobs one after the other: then a helper comes */
#define REST_US 100000 /* who found nothing to do looks again after it */

/* A lane's thread, or a helper of it. */
struct lane_thread {
	struct runner *runner;
	enum job_lane lane;
	pthread_t thread;
	bool has_started, has_ended;
};

struct runner {
	struct site *site;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	uint64_t wakes; /* grows with every wake */
	bool is_stopping;
	struct lane_thread lanes[LANE__COUNT];
	struct job_walk walks[LANE__COUNT];
	struct lane_thread helpers[HELPERS_MAX];
	int64_t helpers_from_us; /* monotonic: none before that */
};

/* Who runs a lane's jobs. */
struct worker {
	struct site *site;
	struct job_walk *walk;
	struct arena *arena; /* NULL while it sleeps */
	bool is_helper;
	bool is_past; /* nobody takes care of the site */
};

/* Run a job that was claimed. <is_stale>: somebody else may have run it since
 * it was read. ERR_BUSY: it rests, or it was run. */
static enum err
run_claimed(struct worker *w, struct site_read *read, struct job_run *run,
    struct claim *claim, bool is_stale)
{
	enum err err = ERR_OK;

	if (is_stale) {
		site_read_end(read);
		err = site_read_begin(w->site, read);
		if (err == ERR_OK && run->mark.len == 0)
			err = job_find(read->snapshot, &run->at, run);
		if (err == ERR_NOT_FOUND)
			err = ERR_BUSY;
	}
	if (err == ERR_OK)
		err = job_run(w->site, read, run, w->arena);
	job_walk_give(w->walk, claim, err == ERR_OK);
	return err;
}

/* A timer of the scripts, if no job is due. */
static enum err
run_timer(struct worker *w, struct site_read *read, uint64_t ended,
    int64_t *next_due_us)
{
	int64_t due_us = INT64_MAX;
	struct claim *claim;
	struct job_run run;
	enum err err = timer_next(read, w->arena, &run, &due_us);

	if (err == ERR_OK) {
		err = job_walk_claim(w->walk, ended, &claim);
		if (err == ERR_BUSY)
			due_us = read->now_us + REST_US;
		else
			err = run_claimed(
			    w, read, &run, claim, err == ERR_STALE);
	}
	if (due_us < *next_due_us)
		*next_due_us = due_us;
	return err == ERR_BUSY ? ERR_NOT_FOUND : err;
}

/* Run one due job of a lane. ERR_NOT_FOUND when there is none, or none that
 * nobody else is about; then *<next_due_us> is when to look again. A job that
 * rests is looked past. */
static enum err
run_one(struct worker *w, int64_t *next_due_us)
{
	struct arena_mark mark = arena_mark(w->arena);
	enum job_lane lane = w->walk->lane;
	struct site_read read;
	struct claim *claim;
	struct job_run run;
	uint64_t ended = job_walk_ended(w->walk);
	enum err err = site_read_begin(w->site, &read);

	if (err != ERR_OK)
		return err;
	do {
		arena_rewind(w->arena, mark);
		err = job_walk_take(w->walk, read.snapshot, read.now_us, ended,
		    &run, &claim, next_due_us);
		if (err == ERR_BUSY) {
			*next_due_us = read.now_us + REST_US;
			err = ERR_NOT_FOUND;
		}
		if (claim != NULL)
			err = run_claimed(
			    w, &read, &run, claim, err == ERR_STALE);
		/* a job that sends gives the snapshot back; then it is the
		 * store that is busy */
	} while (err == ERR_BUSY && read.snapshot != NULL);
	if (err == ERR_NOT_FOUND && lane == LANE_SCRIPTS && !w->is_helper)
		err = run_timer(w, &read, ended, next_due_us);
	site_read_end(&read);
	if (err == ERR_NOT_FOUND && lane == LANE_CARE && !w->is_past)
		err = care_run(w->site, w->arena);
	return err;
}

/* Sleep until <due_us> by the site's clock, a wake, or the end. Returns false
 * at the end. */
static bool
sleep_until(struct runner *runner, int64_t due_us, uint64_t *wakes)
{
	int64_t now = store_now_us(runner->site->store);
	int64_t wait = due_us > now ? due_us - now : 0;
	struct timespec until;
	bool goes_on;

	if (wait > SLEEP_MAX_US)
		wait = SLEEP_MAX_US;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait / 1000000;
	until.tv_nsec += (wait % 1000000) * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&runner->lock);
	while (!runner->is_stopping && runner->wakes == *wakes &&
	    pthread_cond_timedwait(&runner->wake, &runner->lock, &until) !=
		ETIMEDOUT)
		;
	*wakes = runner->wakes;
	goes_on = !runner->is_stopping;
	pthread_mutex_unlock(&runner->lock);
	return goes_on;
}

static bool
is_stopping(struct runner *runner)
{
	bool stopping;

	pthread_mutex_lock(&runner->lock);
	stopping = runner->is_stopping;
	pthread_mutex_unlock(&runner->lock);
	return stopping;
}

/* Until there is nothing that others do not do. */
static void *
run_helper(void *arg)
{
	struct lane_thread *lane = arg;
	struct runner *runner = lane->runner;
	struct worker w = { .site = runner->site,
		.walk = &runner->walks[lane->lane],
		.arena = arena_create(),
		.is_helper = true };
	bool has_run = false;
	int64_t due_us;

	while (w.arena != NULL && !is_stopping(runner) &&
	    run_one(&w, &due_us) == ERR_OK) {
		has_run = true;
		arena_reset(w.arena);
	}
	arena_destroy(w.arena);
	pthread_mutex_lock(&runner->lock);
	if (!has_run)
		runner->helpers_from_us = clock_monotonic_us() + REST_US;
	lane->has_ended = true;
	pthread_mutex_unlock(&runner->lock);
	runner_wake(runner); /* what it did may have stood in the way */
	return NULL;
}

/* Called by the scripts' own thread alone. */
static void
get_help(struct runner *runner)
{
	struct lane_thread *helper = NULL;

	pthread_mutex_lock(&runner->lock);
	for (size_t i = 0; i < HELPERS_MAX && helper == NULL; i++)
		if (!runner->helpers[i].has_started ||
		    runner->helpers[i].has_ended)
			helper = &runner->helpers[i];
	if (runner->helpers_from_us > clock_monotonic_us())
		helper = NULL;
	pthread_mutex_unlock(&runner->lock);
	if (helper == NULL)
		return;
	if (helper->has_started)
		pthread_join(helper->thread, NULL);
	*helper = (struct lane_thread){ .runner = runner,
		.lane = LANE_SCRIPTS };
	helper->has_started = pthread_create(&helper->thread, NULL, run_helper,
				  helper) == 0;
}

static void *
run_lane(void *arg)
{
	struct lane_thread *lane = arg;
	struct runner *runner = lane->runner;
	struct worker w = { .site = runner->site,
		.walk = &runner->walks[lane->lane] };
	uint64_t wakes = 0;
	int64_t due_us;
	unsigned ran = 0;
	bool goes_on = true;

	while (goes_on) {
		enum err err = ERR_NOMEM;

		if (w.arena == NULL)
			w.arena = arena_create();
		if (w.arena != NULL)
			err = run_one(&w, &due_us);
		if (err == ERR_OK) {
			arena_reset(w.arena);
			if (lane->lane == LANE_SCRIPTS && ++ran >= BUSY_AFTER)
				get_help(runner);
			goes_on = !is_stopping(runner);
			continue;
		}
		ran = 0;
		/* Most lanes of most sites sleep most of the time. */
		arena_destroy(w.arena);
		w.arena = NULL;
		if (err != ERR_NOT_FOUND) {
			log_event(LOG_ERROR, "job.stuck", "lane=%d error=%s",
			    lane->lane, err_name(err));
			due_us = store_now_us(runner->site->store) +
			    CLOCK_SECOND_US;
			job_walk_restart(w.walk);
		}
		goes_on = sleep_until(runner, due_us, &wakes);
	}
	arena_destroy(w.arena);
	return NULL;
}

enum err
runner_start(struct site *site, struct runner **out)
{
	struct runner *runner = calloc(1, sizeof *runner);
	pthread_condattr_t attr;

	if (runner == NULL)
		return ERR_NOMEM;
	runner->site = site;
	pthread_mutex_init(&runner->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&runner->wake, &attr);
	pthread_condattr_destroy(&attr);
	for (int i = 0; i < LANE__COUNT; i++)
		job_walk_init(&runner->walks[i], site, (enum job_lane)i);
	for (int i = 0; i < LANE__COUNT; i++) {
		struct lane_thread *lane = &runner->lanes[i];

		lane->runner = runner;
		lane->lane = (enum job_lane)i;
		if (pthread_create(&lane->thread, NULL, run_lane, lane) != 0) {
			runner_stop(runner);
			return ERR_NOMEM;
		}
		lane->has_started = true;
	}
	*out = runner;
	return ERR_OK;
}

void
runner_stop(struct runner *runner)
{
	if (runner == NULL)
		return;
	pthread_mutex_lock(&runner->lock);
	runner->is_stopping = true;
	pthread_cond_broadcast(&runner->wake);
	pthread_mutex_unlock(&runner->lock);
	for (int i = 0; i < LANE__COUNT; i++)
		if (runner->lanes[i].has_started)
			pthread_join(runner->lanes[i].thread, NULL);
	for (size_t i = 0; i < HELPERS_MAX; i++)
		if (runner->helpers[i].has_started)
			pthread_join(runner->helpers[i].thread, NULL);
	for (int i = 0; i < LANE__COUNT; i++)
		job_walk_destroy(&runner->walks[i]);
	pthread_cond_destroy(&runner->wake);
	pthread_mutex_destroy(&runner->lock);
	free(runner);
}

void
runner_wake(struct runner *runner)
{
	if (runner == NULL)
		return;
	pthread_mutex_lock(&runner->lock);
	runner->wakes++;
	pthread_cond_broadcast(&runner->wake);
	pthread_mutex_unlock(&runner->lock);
}

/* One for each lane, all on the caller's thread. */
struct crew {
	struct job_walk walks[LANE__COUNT];
	struct worker workers[LANE__COUNT];
};

static void
crew_init(
    struct crew *crew, struct site *site, struct arena *arena, bool is_past)
{
	for (int i = 0; i < LANE__COUNT; i++) {
		job_walk_init(&crew->walks[i], site, (enum job_lane)i);
		crew->workers[i] = (struct worker){ .site = site,
			.walk = &crew->walks[i],
			.arena = arena,
			.is_past = is_past };
	}
}

static void
crew_destroy(struct crew *crew)
{
	for (int i = 0; i < LANE__COUNT; i++)
		job_walk_destroy(&crew->walks[i]);
}

enum err
runner_run_due(struct site *site, size_t *count)
{
	struct arena *arena = arena_create();
	struct crew crew;
	size_t ran = 0;
	int64_t due_us;
	bool is_idle = false;
	enum err err = arena != NULL ? ERR_OK : ERR_NOMEM;

	crew_init(&crew, site, arena, false);
	while (err == ERR_OK && !is_idle) {
		is_idle = true;
		for (int i = 0; err == ERR_OK && i < LANE__COUNT; i++) {
			err = run_one(&crew.workers[i], &due_us);
			arena_reset(arena);
			if (err == ERR_OK) {
				is_idle = false;
				ran++;
			} else if (err == ERR_NOT_FOUND) {
				err = ERR_OK;
			}
		}
	}
	crew_destroy(&crew);
	arena_destroy(arena);
	if (err == ERR_OK && count != NULL)
		*count = ran;
	return err;
}

enum err
runner_run_now(
    struct site *site, struct arena *arena, size_t most, int64_t *next_due_us)
{
	struct crew crew;
	bool is_idle = false;
	enum err err = ERR_OK;

	crew_init(&crew, site, arena, true);
	while (err == ERR_OK && !is_idle) {
		is_idle = true;
		*next_due_us = INT64_MAX;
		for (int i = 0; err == ERR_OK && i < LANE__COUNT; i++) {
			struct arena_mark mark = arena_mark(arena);
			int64_t due_us;

			if (i == LANE_SCRIPTS && most == 0)
				continue;
			err = run_one(&crew.workers[i], &due_us);
			arena_rewind(arena, mark);
			if (err == ERR_OK) {
				is_idle = false;
				most -= i == LANE_SCRIPTS;
			} else if (err == ERR_NOT_FOUND) {
				err = ERR_OK;
				if (due_us < *next_due_us)
					*next_due_us = due_us;
			}
		}
	}
	crew_destroy(&crew);
	return err;
}

enum err
runner_next_due(struct site *site, int64_t *due_us)
{
	struct arena *arena = arena_create();
	struct site_read read;
	struct job_run run;
	enum err err = arena != NULL ? ERR_OK : ERR_NOMEM;
	int64_t due;

	*due_us = INT64_MAX;
	if (err == ERR_OK)
		err = site_read_begin(site, &read);
	if (err != ERR_OK)
		goto out;
	for (int i = 0; i < LANE__COUNT; i++) {
		err = job_next(read.snapshot, (enum job_lane)i, NULL, INT64_MIN,
		    &run, &due);
		if (err == ERR_NOT_FOUND && due < *due_us)
			*due_us = due;
	}
	err = timer_next(&read, arena, &run, &due);
	if (err == ERR_OK)
		due = read.now_us;
	if (due < *due_us)
		*due_us = due;
	err = ERR_OK;
	site_read_end(&read);
out:
	arena_destroy(arena);
	return err;
}
