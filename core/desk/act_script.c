/* core/desk/act_script.c - runs of scripts, and the jobs around them. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/acts.h"
#include "core/desk/job.h"
#include "core/desk/ops.h"
#include "core/desk/query.h"
#include "core/desk/run.h"
#include "core/desk/scripts.h"
#include "core/desk/sealed.h"
#include "core/desk/trace.h"
#include "core/desk/version.h"
#include "core/desk/wishes.h"
#include "core/model/setting.h"

/* The mark that a timer has run, kept with its effects. One that was stopped
 * and would not come again soon is tried again, as a job. */
static enum err
end_timer(struct work *work, const struct job_run *run)
{
	struct buf name = buf_in(work->arena);
	struct touched *value;
	struct record job = run->job;
	enum err err;

	buf_text(&name, "!every/");
	buf_bytes(&name, record_text(&run->job, JOB_NAME));
	if (name.failed)
		return ERR_NOMEM;
	err = work_value(work, buf_get(&name), &value);
	if (err != ERR_OK)
		return err;
	record_set_text(&value->new, VALUE_VALUE, run->mark);
	if (run->outcome == ERR_OK || run->retry_us == 0 || !run->is_awaited)
		return ERR_OK;
	record_set_int(&job, JOB_DUE, run->retry_us);
	record_set_int(&job, JOB_TRIES, 1);
	record_set_text(&job, JOB_ERROR, run->error);
	return work_add_job(work, &job);
}

#define ASIDE_TOLD "!told/aside"

/* The admins hear once a day that runs were set aside: the page has all. */
static enum err
tell_aside(struct work *work, const struct job_run *run)
{
	struct admin_news news = { .text = run->error };
	struct touched *value;
	int64_t told_us = 0;
	char *title, *now;
	enum err err = work_value(work, BYTES(ASIDE_TOLD), &value);

	if (err != ERR_OK)
		return err;
	(void)!bytes_to_int(record_text(&value->old, VALUE_VALUE), &told_us);
	if (work->read.now_us - told_us < CLOCK_DAY_US)
		return ERR_OK;
	title = arena_printf(work->arena,
	    "%.*s failed for good: the run is set aside on the Scripts page",
	    BYTES_ARG(record_text(&run->job, JOB_NAME)));
	now = arena_printf(work->arena, "%lld", (long long)work->read.now_us);
	if (title == NULL || now == NULL)
		return ERR_NOMEM;
	news.title = bytes_of(title);
	record_set_text(&value->new, VALUE_VALUE, bytes_of(now));
	return act_tell_admins(work, &news);
}

/* Take the job out of the way: done, later again, or set aside. */
static enum err
end_job(struct work *work, const struct job_run *run)
{
	if (run->mark.len > 0)
		return end_timer(work, run);
	if (run->outcome == ERR_OK) {
		job_delete(work->change, run);
		return ERR_OK;
	}
	if (run->retry_us == 0) {
		enum err err = tell_aside(work, run);

		if (err != ERR_OK)
			return err;
	}
	return job_put_again(
	    work->change, work->arena, run, run->retry_us, run->error);
}

/* A pending ticket's date has come. */
static enum err
reopen_due(struct work *work, struct touched *ticket)
{
	if (ticket == NULL ||
	    record_int(&ticket->old, TICKET_STATUS) != STATUS_PENDING ||
	    !record_has(&ticket->old, TICKET_DUE) ||
	    record_int(&ticket->old, TICKET_DUE) > work->read.now_us)
		return ERR_OK;
	record_set_int(&ticket->new, TICKET_STATUS, STATUS_OPEN);
	ops_settle(work, ticket);
	work->cause.why = BYTES("the date set for it has come");
	return work_flush(work, ticket);
}

enum err
act_script_run(struct work *work)
{
	const struct job_run *run = work->input->run;
	struct bytes name = record_text(&run->job, JOB_NAME);
	struct actor actor = wishes_actor(name);
	struct cause cause = { .script = name,
		.hook = run->hook,
		.event = run->event,
		.chain = record_text(&run->job, JOB_CHAIN) };
	uint64_t number = record_ref(&run->job, JOB_TICKET);
	struct touched *ticket = NULL;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_SCRIPT_RUN, NULL);

	if (err == ERR_OK && number != 0)
		err = work_load(work, KIND_TICKET, number, &ticket);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK; /* removed: the run ends all the same */
	if (err == ERR_OK)
		err = end_job(work, run);
	if (err != ERR_OK)
		return err;
	if (run->call != NULL) {
		work->cause.event = run->event; /* of the trace */
		err = trace_add(work, run->call, run->script, ticket);
		if (err != ERR_OK)
			return err;
		if (run->outcome != ERR_OK)
			trace_mark_failed(work, run->error);
		cause.trace = work->last_trace;
	}
	if (record_int(&run->job, JOB_TYPE) == JOB_REOPEN)
		return reopen_due(work, ticket);
	work_become(work, &actor, &cause);
	if (run->outcome != ERR_OK)
		return run->retry_us != 0 ? ERR_OK :
					    trace_raise_failure(work, name,
						run->hook, run->error, ticket);
	if (run->wishes == NULL)
		return ERR_OK;
	query_guard(work->change, run->seen, false);
	return wishes_apply(work, run->wishes, WISH_AFTER, ticket);
}

/* One run of an act that did not come to be. */
static enum err
keep_trace(struct work *work, const struct record *trace)
{
	int64_t how = record_int(trace, TRACE_OUTCOME);
	struct touched *kept, *ticket = NULL;
	enum err err = work_create_as(work, KIND_TRACE, trace->id, &kept);

	if (err != ERR_OK)
		return err;
	kept->new = *trace;
	if (record_has(trace, TRACE_TICKET)) {
		err = work_load(work, KIND_TICKET,
		    record_ref(trace, TRACE_TICKET), &ticket);
		if (err == ERR_NOT_FOUND) /* it was to be a new one */
			record_clear(&kept->new, TRACE_TICKET);
		else if (err != ERR_OK)
			return err;
	}
	if (how == OUTCOME_OK || how == OUTCOME_REFUSED)
		return ERR_OK;
	return trace_raise_failure(work, record_text(trace, TRACE_NAME),
	    record_text(trace, TRACE_HOOK), record_text(trace, TRACE_ERROR),
	    ticket);
}

enum err
act_traces_keep(struct work *work)
{
	const struct trace_list *list = work->input->traces;
	const struct job_run *run = work->input->run;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_TRACES_KEEP, NULL);

	if (run != NULL) { /* or its handlers would go round in a circle */
		work->cause.script = record_text(&run->job, JOB_NAME);
		work->cause.chain = record_text(&run->job, JOB_CHAIN);
	}
	for (size_t i = 0; err == ERR_OK && i < list->count; i++)
		err = keep_trace(work, &list->traces[i]);
	return err;
}

static const struct script_file_report *
report_of(const struct script_load *load, struct bytes name)
{
	for (size_t i = 0; i < load->report->file_count; i++)
		if (bytes_equal(load->report->files[i].name, name))
			return &load->report->files[i];
	return NULL;
}

/* A script that did load and does not any more: the admins hear of it once. */
static enum err
tell_broken(struct work *work, const struct touched *script, bool has_good)
{
	struct admin_news news = { .text = record_text(
				       &script->new, SCRIPT_ERROR) };
	char *title;

	if (news.text.len == 0 || record_has(&script->old, SCRIPT_ERROR))
		return ERR_OK;
	title = arena_printf(work->arena,
	    has_good ? "The script %.*s does not load: its last good version "
		       "is at work" :
		       "The script %.*s does not load",
	    BYTES_ARG(record_text(&script->new, SCRIPT_NAME)));
	if (title == NULL)
		return ERR_NOMEM;
	news.title = bytes_of(title);
	return act_tell_admins(work, &news);
}

/* One file: its last good text, and why the present one does not load. */
static enum err
keep_file(struct work *work, const struct script_load *load, size_t i)
{
	const struct script_file *file = &load->files[i];
	const struct script_file_report *report = report_of(load, file->name);
	struct touched *script;
	uint64_t id;
	enum err err = record_lookup(
	    work->read.snapshot, INDEX_SCRIPT_NAME, file->name, &id);

	if (err == ERR_OK)
		err = work_load(work, KIND_SCRIPT, id, &script);
	else if (err == ERR_NOT_FOUND)
		err = work_create(work, KIND_SCRIPT, &script);
	if (err != ERR_OK)
		return err;
	record_set_text(&script->new, SCRIPT_NAME, file->name);
	if (record_int(&script->old, SCRIPT_IS_SHIPPED) && !load->is_shipped[i])
		record_clear(
		    &script->new, SCRIPT_IS_OFF); /* it was the other */
	record_set_int(&script->new, SCRIPT_IS_SHIPPED, load->is_shipped[i]);
	record_clear(&script->new, SCRIPT_ERROR);
	if (report != NULL && report->message.len > 0)
		record_set_text(&script->new, SCRIPT_ERROR,
		    (struct bytes){ report->message.at,
			report->message.len < 2000 ? report->message.len :
						     2000 });
	err = tell_broken(
	    work, script, report != NULL && report->state == SCRIPT_KEPT);
	if (err != ERR_OK)
		return err;
	record_clear(&script->new, SCRIPT_SETTINGS);
	if (report != NULL && report->settings.len <= SETTINGS_MAX)
		record_set_text(
		    &script->new, SCRIPT_SETTINGS, report->settings);
	if (report == NULL || report->state != SCRIPT_OK ||
	    bytes_equal(file->text, file->good))
		return ERR_OK;
	record_set_text(&script->new, SCRIPT_SOURCE, file->text);
	record_set_int(&script->new, SCRIPT_LOADED_AT, work->read.now_us);
	return ERR_OK;
}

/* Secrets that were given before the script said that they are. */
static enum err
seal_settings(struct work *work, const struct script_file_report *report)
{
	struct buf kept = buf_in(work->arena);
	struct json_writer out = json_writer(&kept);
	const struct json *declared = NULL, *chosen = NULL;
	const struct record *setting;
	struct touched *t;
	bool has_changed = false;
	char *name = arena_printf(
	    work->arena, SETTING_OF_SCRIPT "%.*s", BYTES_ARG(report->name));
	enum err err = name != NULL ? ERR_OK : ERR_NOMEM;

	if (err != ERR_OK || report->settings.len == 0)
		return err;
	setting = directory_find_key(
	    work->read.directory, KIND_SETTING, bytes_of(name));
	if (setting == NULL)
		return ERR_OK;
	err = json_parse(
	    work->arena, report->settings, JSON_BYTES_MAX, &declared, NULL);
	if (err == ERR_OK)
		err = json_parse(work->arena,
		    record_text(setting, SETTING_VALUE), JSON_BYTES_MAX,
		    &chosen, NULL);
	if (err == ERR_OK)
		err = sealed_put_settings(work->site, chosen, declared,
		    work->arena, &out, &has_changed);
	if (err != ERR_OK || !has_changed)
		return err == ERR_NOMEM ? err : ERR_OK;
	err = work_load(work, KIND_SETTING, setting->id, &t);
	if (err == ERR_OK)
		record_set_text(&t->new, SETTING_VALUE, buf_get(&kept));
	return kept.failed ? ERR_NOMEM : err;
}

static bool
is_loaded(const struct script_load *load, struct bytes name)
{
	for (size_t i = 0; i < load->count; i++)
		if (bytes_equal(load->files[i].name, name))
			return true;
	return false;
}

/* A shipped script that nobody has switched on is known, and off. */
static enum err
keep_off(struct work *work, const struct script_load *load, struct bytes name)
{
	struct touched *script;
	uint64_t id;
	enum err err = record_lookup(
	    work->read.snapshot, INDEX_SCRIPT_NAME, name, &id);

	if (err != ERR_NOT_FOUND || is_loaded(load, name))
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = work_create(work, KIND_SCRIPT, &script);
	if (err != ERR_OK)
		return err;
	record_set_text(&script->new, SCRIPT_NAME, name);
	record_set_int(&script->new, SCRIPT_IS_SHIPPED, true);
	record_set_int(&script->new, SCRIPT_IS_OFF, true);
	return ERR_OK;
}

/* Whether there is such a file, loaded or switched off. */
static bool
has_file(const struct script_load *load, struct bytes name)
{
	if (is_loaded(load, name))
		return true;
	for (size_t i = 0; i < load->off_count; i++)
		if (bytes_equal(load->off[i], name))
			return true;
	return false;
}

/* It was saved, and will be written. */
static bool
is_waiting(struct work *work, struct bytes name)
{
	struct record newest;

	return version_newest(work->read.snapshot, name, &newest) == ERR_OK &&
	    record_int(&newest, VERSION_IS_WAITING) &&
	    !record_int(&newest, VERSION_IS_REMOVED);
}

/* A file that is gone takes its record along. */
static enum err
drop_gone(struct work *work, const struct script_load *load)
{
	size_t count;
	const struct record *const *all = directory_all(
	    work->read.directory, KIND_SCRIPT, &count);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct touched *script;

		if (has_file(load, record_key(all[i])) ||
		    is_waiting(work, record_key(all[i])))
			continue;
		err = work_load(work, KIND_SCRIPT, all[i]->id, &script);
		if (err == ERR_OK)
			script->is_removed = true;
	}
	return err;
}

enum err
act_scripts_keep(struct work *work)
{
	const struct script_load *load = work->input->loaded;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_SCRIPTS_KEEP, NULL);

	for (size_t i = 0; err == ERR_OK && i < load->count; i++)
		err = keep_file(work, load, i);
	for (size_t i = 0; err == ERR_OK && i < load->off_count; i++)
		err = keep_off(work, load, load->off[i]);
	for (size_t i = 0; err == ERR_OK && i < load->report->file_count; i++)
		err = seal_settings(work, &load->report->files[i]);
	if (err == ERR_OK)
		err = drop_gone(work, load);
	return err == ERR_OK ? act_versions_keep(work) : err;
}

enum err
act_script_switch(struct work *work)
{
	struct touched *script;
	enum err err = work_load(
	    work, KIND_SCRIPT, work->input->subject, &script);

	if (err == ERR_OK)
		err = desk_may(work->read.directory, &work->actor,
		    VERB_SCRIPT_SWITCH, &script->old);
	if (err == ERR_OK)
		record_set_int(
		    &script->new, SCRIPT_IS_OFF, work->input->is_off);
	return err;
}

/* The set-aside job that the input names. */
static enum err
load_failed(struct work *work, struct job_run *run)
{
	struct job_at want, at;
	enum err err = desk_may(
	    work->read.directory, &work->actor, work->input->verb, NULL);

	if (err == ERR_OK)
		err = job_id_parse(work->input->secret, &want);
	if (err != ERR_OK)
		return err;
	at = (struct job_at){ .number = want.number, .k = want.k };
	if (at.k > 0)
		at.k--;
	else
		at = (struct job_at){ .number = want.number - 1,
			.k = UINT16_MAX };
	err = job_next_failed(work->read.snapshot, &at, run);
	if (err == ERR_OK && (at.number != want.number || at.k != want.k))
		err = ERR_NOT_FOUND;
	return err;
}

enum err
act_job_again(struct work *work)
{
	struct job_run run;
	struct record job;
	enum err err = load_failed(work, &run);

	if (err != ERR_OK)
		return err;
	job_delete(work->change, &run);
	job = run.job;
	record_set_int(&job, JOB_DUE, work->read.now_us);
	record_clear(&job, JOB_TRIES);
	record_clear(&job, JOB_ERROR);
	/* It gets a number of its own: until then that was its event's. */
	if (record_int(&job, JOB_TYPE) == JOB_HANDLER &&
	    !record_has(&job, JOB_EVENT))
		record_set_int(&job, JOB_EVENT, (int64_t)run.at.number);
	work->wakes_jobs = true;
	return job_put(
	    work->change, work->arena, change_number(work->change), 0, &job);
}

enum err
act_job_drop(struct work *work)
{
	struct job_run run;
	enum err err = load_failed(work, &run);

	if (err == ERR_OK)
		job_delete(work->change, &run);
	return err;
}
