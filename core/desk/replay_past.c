/* core/desk/replay_past.c - the scratch site of a run. */
#include "config.h"
#include "core/base/file.h"
#include "core/desk/act_try.h"
#include "core/desk/replay_private.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* desk.every goes on in the rhythm that it has. */
static enum err
set_rhythm(struct past_run *run)
{
	struct when_set *set = when_set_take(run->site);
	struct replaying *r = run->r;
	const struct script_handler *all;
	struct site_read read;
	size_t count = 0;
	enum err err;

	if (set == NULL)
		return ERR_OK;
	err = site_read_begin(r->site, &read);
	all = script_set_all(when_set_scripts(set), &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct buf name = buf_in(r->step), text = buf_in(r->step);
		struct act_trial trial = { .step = TRIAL_FILL,
			.record_count = 1 };
		struct act_result result;
		struct act_input input;
		struct record mark;
		int64_t at_us, every_us = all[i].every_us;

		if (all[i].kind != SCRIPT_TIMER || every_us <= 0)
			continue;
		buf_text(&name, "!every/");
		buf_bytes(&name, all[i].full);
		err = record_find_by(read.snapshot, KIND_VALUE,
		    INDEX_VALUE_NAME, buf_get(&name), &mark);
		if (err == ERR_NOT_FOUND ||
		    (err == ERR_OK &&
			bytes_to_int(record_text(&mark, VALUE_VALUE), &at_us) !=
			    ERR_OK)) {
			err = ERR_OK;
			continue;
		}
		if (err != ERR_OK)
			break;
		if (at_us > r->from_us)
			at_us -= (at_us - r->from_us + every_us - 1) /
			    every_us * every_us;
		buf_int(&text, at_us);
		record_set_text(&mark, VALUE_VALUE, buf_get(&text));
		trial.records = &mark;
		act_input_init(&input, VERB_TRY_STEP, KIND_NONE);
		input.actor = actor_system();
		input.trial = &trial;
		err = text.failed ?
		    ERR_NOMEM :
		    desk_act(run->site, &input, r->step, &result, r->why);
	}
	if (read.snapshot != NULL)
		site_read_end(&read);
	when_set_unref(set);
	return err;
}

/* A folder with the site's key and its scripts. */
static enum err
make_folder(struct past_run *run)
{
	const struct site *site = run->r->site;
	struct store_options options = STORE_OPTIONS(run->scratch.dir);
	char path[PATH_MAX + 16], scripts[PATH_MAX + 16], *real;
	struct store *store;
	enum err err = scratch_make(&run->scratch, run->r->site->dir);

	if (err != ERR_OK)
		return err;
	run->r->out->is_elsewhere |= run->scratch.is_elsewhere;
	snprintf(path, sizeof path, "%s/key", run->scratch.dir);
	err = file_replace(path, 0600,
	    (struct bytes){ (const char *)site->key, SITE_KEY_SIZE },
	    run->r->why);
	snprintf(scripts, sizeof scripts, "%s/scripts", site->dir);
	snprintf(path, sizeof path, "%s/scripts", run->scratch.dir);
	real = realpath(scripts, NULL);
	if (err == ERR_OK && real != NULL && symlink(real, path) != 0)
		err = ERR_IO;
	free(real);
	options.create = true;
	options.clock = &run->clock;
	options.unsynced = true;
	if (err == ERR_OK)
		err = store_open(&options, &store, run->r->why);
	if (err == ERR_OK)
		store_close(store);
	return err;
}

enum err
past_open(struct past_run *run)
{
	struct replaying *r = run->r;
	struct site_options options = r->site->options;
	enum err err;

	clock_set(&run->clock, r->from_us - CLOCK_SECOND_US);
	err = make_folder(run);
	options.dir = run->scratch.dir;
	options.below = NULL;
	options.tried = NULL;
	options.past = &run->past;
	options.clock = &run->clock;
	options.is_unsynced = true;
	options.is_read_only = false;
	options.has_jobs = false;
	options.no_scripts = true;
	options.threads = 4;
	options.map_size = 0;
	options.min_free_set = false;
	options.output = &run->output;
	options.limits = (struct site_limits){ 0 };
	if (err == ERR_OK)
		err = site_open(&options, &run->site, r->why);
	if (err == ERR_OK)
		err = past_fill(run);
	clock_set(&run->clock, r->from_us);
	if (err == ERR_OK)
		err = scripts_load(run->site, NULL, r->why);
	if (err == ERR_OK)
		err = set_rhythm(run);
	arena_reset(r->step);
	return err;
}

void
past_close(struct past_run *run)
{
	site_close(run->site);
	run->site = NULL;
	scratch_remove(&run->scratch);
}
