/* core/desk/site.c - opening and closing a site, and looking at it. */
#include "config.h"
#include "core/desk/site_private.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/desk/counts.h"
#include "core/desk/quota.h"
#include "core/desk/replay_back.h"
#include "core/desk/run.h"
#include "core/desk/runner.h"
#include "core/desk/scratch.h"
#include "core/desk/scripts.h"
#include "core/desk/trace.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static enum err
read_key(struct site *site, struct why *why)
{
	struct buf content = BUF_INIT;
	char path[PATH_MAX];
	enum err err;

	snprintf(path, sizeof path, "%s/key", site->dir);
	err = file_read(path, 4096, &content, why);
	if (err == ERR_OK && content.len != SITE_KEY_SIZE)
		err = why_set(why, ERR_CORRUPT, NULL,
		    N_("{name} is no site's key."), 0, path);
	if (err == ERR_OK)
		memcpy(site->key, content.at, SITE_KEY_SIZE);
	buf_release(&content);
	return err;
}

static enum err
open_store(struct site *site, struct why *why)
{
	const struct site_options *options = &site->options;
	struct store_options store = STORE_OPTIONS(site->dir);
	enum err err;

	if (!options->is_read_only && options->below == NULL) {
		err = store_lock(site->dir, (int)(options->wait_us / 1000),
		    &site->lock, why);
		if (err != ERR_OK)
			return err;
		scratch_sweep(site->dir);
	}
	if (options->below != NULL) {
		store.below = options->below->store;
		store.min_free = 0;
	}
	store.clock = options->clock;
	store.threads = options->threads;
	store.batch_limit = options->batch_limit;
	store.read_only = options->is_read_only;
	store.unsynced = options->is_unsynced;
	if (options->map_size > 0)
		store.map_size = options->map_size;
	if (options->min_free_set)
		store.min_free = options->min_free;
	return store_open(&store, &site->store, why);
}

enum err
site_refresh_directory(struct site *site)
{
	struct directory *fresh = NULL, *old;
	struct snapshot *snapshot = NULL;
	enum err err = store_snapshot(site->store, &snapshot);

	if (err == ERR_OK)
		err = directory_create(snapshot, &fresh);
	snapshot_release(snapshot);
	if (err != ERR_OK)
		return err;
	pthread_mutex_lock(&site->directory_lock);
	old = site->directory;
	site->directory = fresh;
	pthread_mutex_unlock(&site->directory_lock);
	directory_unref(old);
	return ERR_OK;
}

static enum err
start_scripts(struct site *site, struct why *why)
{
	struct script_host_options host = { site->options.script_host,
		site->dir };
	char words[400];
	enum err err;

	if (site->options.is_read_only)
		return ERR_OK;
	if (site->options.past != NULL)
		host.niceness = SITE_PAST_NICENESS;
	if (site->options.past != NULL || site->options.is_patient) {
		host.cpu_us = INT64_MAX;
		host.patience_us = SITE_PAST_PATIENCE_US;
	}
	err = script_host_create(&host, &site->scripts);
	if (err != ERR_OK || site->options.no_scripts)
		return err;
	/* a desk without its rules is better than none: /readyz and the
	 * Scripts page say so */
	err = scripts_load(site, NULL, why);
	if (err != ERR_OK)
		log_event(LOG_ERROR, "scripts.load", "site=%s why=%s",
		    site->dir, why_text(why, words, sizeof words));
	return err == ERR_NOMEM ? err : ERR_OK;
}

enum err
site_start_jobs(struct site *site)
{
	struct runner *runner;
	enum err err;

	if (site->runner != NULL)
		return ERR_OK;
	err = runner_start(site, &runner);
	if (err != ERR_OK)
		return err;
	site->runner = runner;
	runner_wake(runner); /* for what was committed meanwhile */
	return ERR_OK;
}

enum err
site_open(
    const struct site_options *options, struct site **out, struct why *why)
{
	struct site *site = calloc(1, sizeof *site);
	pthread_rwlockattr_t attr;
	enum err err = ERR_NOMEM;

	if (site == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&site->directory_lock, NULL);
	pthread_mutex_init(&site->save_lock, NULL);
	pthread_mutex_init(&site->load_lock, NULL);
	pthread_mutex_init(&site->when_mutex, NULL);
	pthread_rwlock_init(&site->act_lock, NULL);
	/* or whoever wants to run alone waits for ever */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(
	    &attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&site->run_lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	site->options = *options;
	if (options->share_dir == NULL)
		site->options.share_dir = path_get(PATH_DATADIR);
	if (options->script_host == NULL)
		site->options.script_host = path_get(PATH_SCRIPT_HOST);
	site->dir = strdup(options->dir);
	if (site->dir == NULL)
		goto out;
	err = counts_create(&site->counts);
	if (err == ERR_OK)
		err = health_create(&site->health);
	if (err == ERR_OK)
		err = quota_create(&site->quota);
	if (err == ERR_OK)
		err = replay_back_create(&site->replay);
	if (err == ERR_OK)
		err = trace_ring_create(&site->traces);
	if (err == ERR_OK)
		err = read_key(site, why);
	if (err == ERR_OK)
		err = open_store(site, why);
	if (err == ERR_OK)
		err = site_refresh_directory(site);
	if (err == ERR_OK)
		err = start_scripts(site, why);
	if (err == ERR_OK && options->has_jobs)
		err = site_start_jobs(site);
out:
	if (err == ERR_OK)
		*out = site;
	else
		site_close(site);
	return err;
}

void
site_close(struct site *site)
{
	if (site == NULL)
		return;
	atomic_store(&site->is_closing, true);
	replay_back_destroy(site->replay);
	runner_stop(site->runner);
	trim_release(&site->care.trim);
	if (site->store != NULL && !site->options.is_read_only &&
	    store_flush(site->store) != ERR_OK)
		log_event(LOG_WARN, "site.flush", "site=%s", site->dir);
	script_host_destroy(site->scripts);
	when_set_unref(site->when);
	counts_destroy(site->counts);
	health_destroy(site->health);
	quota_destroy(site->quota);
	trace_ring_destroy(site->traces);
	directory_unref(site->directory);
	store_close(site->store);
	store_unlock(site->lock);
	pthread_mutex_destroy(&site->directory_lock);
	pthread_mutex_destroy(&site->save_lock);
	pthread_mutex_destroy(&site->load_lock);
	pthread_mutex_destroy(&site->when_mutex);
	pthread_rwlock_destroy(&site->act_lock);
	pthread_rwlock_destroy(&site->run_lock);
	free(site->dir);
	free(site);
}

struct store *
site_store(struct site *site)
{
	return site->store;
}

const char *
site_dir(const struct site *site)
{
	return site->dir;
}

const char *
site_share_dir(const struct site *site)
{
	return site->options.share_dir;
}

struct script_host *
site_scripts(struct site *site)
{
	return site->scripts;
}

int64_t
site_now_us(struct site *site)
{
	return store_now_us(site->store);
}

const unsigned char *
site_key(const struct site *site)
{
	return site->key;
}

/* The directory is taken after the snapshot: it is the newer one, so that no
 * right that was taken away before this read is still in it. */
enum err
site_read_begin(struct site *site, struct site_read *out)
{
	struct site_read read = { .site = site };
	enum err err = store_snapshot(site->store, &read.snapshot);

	if (err != ERR_OK)
		return err;
	pthread_mutex_lock(&site->directory_lock);
	read.directory = directory_ref(site->directory);
	pthread_mutex_unlock(&site->directory_lock);
	read.now_us = store_now_us(site->store);
	*out = read;
	return ERR_OK;
}

void
site_read_end(struct site_read *read)
{
	snapshot_release(read->snapshot);
	directory_unref(read->directory);
	*read = (struct site_read){ .site = read->site };
}
