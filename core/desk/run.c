/* core/desk/run.c - running one job. */
#include "config.h"
#include "core/desk/run.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/desk/ask_hook.h"
#include "core/desk/body.h"
#include "core/desk/pause.h"
#include "core/desk/query.h"
#include "core/desk/quota.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/desk/webout.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define TRIES_MAX 8   /* of a script's job; of a mail: about two days */
#define TRIES_STALE 8 /* of a run whose ground is taken away */
#define ALONE_AFTER 1 /* of them; then no other run takes it away */

/* One minute, then about four times as long each time: 1, 4, 16 minutes, an
 * hour, four hours, and so on up to eight hours. */
static int64_t
retry_delay(int64_t tries)
{
	int64_t delay = CLOCK_MINUTE_US;

	for (int64_t i = 0; i < tries && delay < 8 * CLOCK_HOUR_US; i++)
		delay *= 4;
	return delay < 8 * CLOCK_HOUR_US ? delay : 8 * CLOCK_HOUR_US;
}

/* What running a script's job needs. */
struct running {
	struct site *site;
	struct site_read *read;
	struct arena *arena;
	struct job_run run; /* what goes into the act */
	struct record ticket, customer, entry, agent, article, event;
	struct body body;
};

static enum err
find_if(struct running *r, enum kind_id kind, uint64_t id,
    struct record *record, const struct record **out)
{
	enum err err;

	*out = NULL;
	if (id == 0)
		return ERR_OK;
	err = record_find(r->read->snapshot, kind, id, record);
	if (err == ERR_OK)
		*out = record;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The event that a handler's job is about, as the body's event. */
static enum err
read_event(struct running *r, enum hook hook)
{
	uint64_t number = (uint64_t)record_int(&r->run.job, JOB_EVENT);
	const struct record *actor;
	struct bytes detail;
	enum err err;

	if (number == 0)
		number = r->run.at.number;
	err = event_find(r->read->snapshot, number, &r->event);
	if (err != ERR_OK)
		return err;
	detail = record_text(&r->event, EVENT_DETAIL);
	r->run.event = number;
	r->run.hook = bytes_of(hook_points[hook].name);
	r->body.hook = hook;
	r->body.event_id = number;
	r->body.at_us = record_int(&r->event, EVENT_AT);
	r->body.source = record_word(&r->event, EVENT_SOURCE);
	r->body.actor_kind = record_word(&r->event, EVENT_BY);
	r->body.actor_script = record_text(&r->event, EVENT_SCRIPT);
	actor = directory_find(
	    r->read->directory, KIND_AGENT, record_ref(&r->event, EVENT_ACTOR));
	if (actor != NULL)
		r->body.actor_name = record_label(actor);
	r->body.changes = record_text(&r->event, EVENT_CHANGES);
	/* written by us as members: "answer":{...} */
	r->body.parts = detail;
	err = find_if(r, KIND_CUSTOMER, record_ref(&r->event, EVENT_CUSTOMER),
	    &r->customer, &r->body.customer);
	if (err == ERR_OK)
		err = find_if(r, KIND_AGENT, record_ref(&r->event, EVENT_AGENT),
		    &r->agent, &r->body.agent);
	if (err == ERR_OK)
		err = find_if(r, KIND_ARTICLE,
		    record_ref(&r->event, EVENT_ARTICLE), &r->article,
		    &r->body.article);
	if (err == ERR_OK && record_has(&r->event, EVENT_ENTRY))
		err = find_if(r, KIND_ENTRY,
		    entry_id(record_ref(&r->event, EVENT_TICKET),
			(uint64_t)record_int(&r->event, EVENT_ENTRY)),
		    &r->entry, &r->body.entry);
	return err;
}

static enum err
read_subject(struct running *r, const struct script_handler *handler)
{
	const struct record *job = &r->run.job;
	struct bytes of = record_text(job, JOB_SUBJECT_KIND);
	enum err err;

	err = find_if(r, KIND_TICKET, record_ref(job, JOB_TICKET), &r->ticket,
	    &r->body.ticket);
	if (err == ERR_OK && handler->kind == SCRIPT_HANDLER)
		return read_event(r, handler->hook);
	if (err != ERR_OK)
		return err;
	r->body.hook = HOOK__COUNT;
	r->run.hook = BYTES("job");
	r->body.due_us = record_int(job, JOB_DUE);
	r->body.data = record_text(job, JOB_DATA);
	r->body.answer = record_text(job, JOB_ANSWER);
	r->body.answer_text = record_text(job, JOB_ANSWER_TEXT);
	if (r->body.ticket != NULL)
		r->body.subject = "ticket";
	if (bytes_is(of, "customer")) {
		r->body.subject = "customer";
		err = find_if(r, KIND_CUSTOMER,
		    (uint64_t)record_int(job, JOB_SUBJECT), &r->customer,
		    &r->body.customer);
	} else if (bytes_is(of, "agent")) {
		r->body.subject = "agent";
		err = find_if(r, KIND_AGENT,
		    (uint64_t)record_int(job, JOB_SUBJECT), &r->agent,
		    &r->body.agent);
	} else if (r->body.ticket != NULL) {
		err = find_if(r, KIND_CUSTOMER,
		    record_ref(r->body.ticket, TICKET_CUSTOMER), &r->customer,
		    &r->body.customer);
	}
	return err;
}

/* Commit the run's end. If its wishes cannot be had, commit that instead. */
static enum err
end_run(struct running *r, enum verb verb)
{
	struct act_result result;
	struct act_input input;
	struct why why = { .message = "" };
	char words[512];
	enum err err;

	act_input_init(&input, verb, KIND_NONE);
	input.actor = actor_system();
	input.source = SOURCE_SCRIPT;
	input.run = &r->run;
	err = desk_act(r->site, &input, r->arena, &result, &why);
	if (err == ERR_OK || err == ERR_FULL || err == ERR_BUSY ||
	    err == ERR_IO || err == ERR_NOMEM || err == ERR_STALE ||
	    r->run.outcome != ERR_OK)
		return err;
	why_text(&why, words, sizeof words);
	r->run.outcome = err;
	r->run.wishes = NULL;
	r->run.error = bytes_of(arena_copy(r->arena, words, strlen(words)));
	r->run.retry_us = 0; /* it would wish the same again */
	log_event(LOG_WARN, "script.wish", "handler=%.*s why=%s",
	    BYTES_ARG(record_text(&r->run.job, JOB_NAME)), words);
	return desk_act(r->site, &input, r->arena, &result, &why);
}

/* Whether `unless` cancels a job: one of its events came since. */
static enum err
is_cancelled(struct running *r, bool *out)
{
	struct bytes unless = record_text(&r->run.job, JOB_UNLESS);

	*out = false;
	if (unless.len == 0)
		return ERR_OK;
	return events_since(r->read->snapshot, KIND_TICKET,
	    record_ref(&r->run.job, JOB_TICKET), r->run.at.number, unless, out);
}

/* A timer whose time stood still: once more when what is left has passed. */
static enum err
is_early(struct running *r, bool *out)
{
	int64_t again_us;
	enum err err = pause_left(
	    r->read, &r->run.job, r->body.ticket, r->arena, &again_us);

	*out = err == ERR_OK && again_us > 0;
	if (*out) {
		r->run.outcome = ERR_BUSY;
		r->run.is_early = true;
		r->run.retry_us = again_us;
	}
	return err;
}

static enum err
call(struct running *r, struct when_set *set,
    const struct script_handler *handler, struct script_outcome *outcome,
    struct script_call *out)
{
	struct query *query = arena_new(r->arena, struct query);
	struct body_reader reader = { .read = r->read, .arena = r->arena };
	struct bytes name = handler->full;
	struct buf body = buf_in(r->arena);
	struct why why = { .message = "" };
	enum err err;

	if (query == NULL)
		return ERR_NOMEM;
	err = body_write(&body, &reader, &r->body);
	if (err != ERR_OK)
		return err;
	*query = (struct query){ .read = r->read,
		.arena = r->arena,
		.script = bytes_split(&name, '/') };
	*out = (struct script_call){ .set = when_set_scripts(set),
		.handler = handler,
		.body = buf_get(&body),
		.now_us = r->read->now_us,
		.ask = query_ask,
		.context = query };
	err = script_host_call(r->site->scripts, out, r->arena, outcome, &why);
	r->run.seen = query->seen;
	return err;
}

static void
note_outcome(struct running *r, const struct script_call *called,
    const struct script_outcome *outcome)
{
	int64_t tries = record_int(&r->run.job, JOB_TRIES);

	r->run.call = called;
	r->run.script = outcome;
	r->run.wishes = outcome->wishes;
	if (outcome->error.len == 0)
		return;
	r->run.outcome = ERR_INVALID;
	r->run.error = outcome->error;
	r->run.wishes = NULL;
	r->run.retry_us = tries + 1 < TRIES_MAX &&
		(outcome->was_killed || outcome->was_skipped) ?
	    r->read->now_us + retry_delay(tries) :
	    0;
}

static const struct script_handler *
find_handler(struct when_set *set, const struct record *job)
{
	static const enum script_kind kinds[] = {
		[JOB_HANDLER] = SCRIPT_HANDLER,
		[JOB_TIMER] = SCRIPT_JOB,
		[JOB_EVERY] = SCRIPT_TIMER,
		[JOB_EACH] = SCRIPT_JOB,
	};

	return script_set_find(when_set_scripts(set),
	    kinds[record_int(job, JOB_TYPE)], record_text(job, JOB_NAME));
}

static enum err
run_script(struct running *r)
{
	const struct script_handler *handler = NULL;
	struct when_set *set = when_set_take(r->site);
	struct script_outcome outcome;
	struct script_call called;
	bool cancelled = false, early = false;
	enum err err = ERR_OK;

	if (set != NULL)
		handler = find_handler(set, &r->run.job);
	if (handler != NULL)
		err = is_cancelled(r, &cancelled);
	if (handler == NULL || cancelled || err != ERR_OK) {
		/* its script is gone, or there is nothing to do any more */
		when_set_unref(set);
		return err == ERR_OK ? end_run(r, VERB_SCRIPT_RUN) : err;
	}
	err = read_subject(r, handler);
	if (err == ERR_OK)
		err = is_early(r, &early);
	if (err != ERR_OK || early) {
		when_set_unref(set);
		return early ? end_run(r, VERB_SCRIPT_RUN) : err;
	}
	err = call(r, set, handler, &outcome, &called);
	if (err == ERR_OK) {
		note_outcome(r, &called, &outcome);
		err = end_run(r, VERB_SCRIPT_RUN);
		if (err != ERR_STALE)
			handler_note(
			    r->site, handler, &outcome, r->read->now_us);
	}
	when_set_unref(set);
	return err;
}

/* The job's record on its own, so that the snapshot can go. */
static enum err
keep_job(struct running *r)
{
	struct bytes raw = r->run.job.raw;

	raw.at = arena_copy(r->arena, raw.at, raw.len);
	if (raw.at == NULL)
		return ERR_NOMEM;
	return record_decode(&r->run.job, KIND_JOB, r->run.at.number, raw);
}

/* A place in the site's hour for the job's mails: 0, or when to ask again. What
 * people wait for may have the last ones. */
static int64_t
take_place(const struct running *r)
{
	const struct json *data = NULL;
	struct bytes kind = BYTES_NONE;
	size_t count = 0;

	if (json_parse(r->arena, record_text(&r->run.job, JOB_DATA),
		JSON_BYTES_MAX, &data, NULL) == ERR_OK) {
		kind = json_text(json_get(data, "kind"));
		count = json_count(json_get(data, "to")); /* of agents */
	}
	return quota_take_mail(r->read, count > 0 ? count : 1,
	    bytes_is(kind, "reply") || bytes_is(kind, "sign_in"));
}

/* Mails are handed over without a snapshot: a mail server may take minutes. */
static enum err
run_mail(struct running *r)
{
	const struct desk_output *output = r->site->options.output;
	int64_t tries = record_int(&r->run.job, JOB_TRIES);
	struct why why = { .message = "" };
	char words[1024];
	enum err err;

	if (output == NULL || output->send == NULL)
		return ERR_BUSY; /* kept until there is somebody to send */
	r->run.retry_us = take_place(r);
	if (r->run.retry_us != 0) {
		r->run.outcome = ERR_BUSY;
		r->run.is_early = true;
		r->run.error = BYTES("the site's mails of this hour are out");
		return end_run(r, VERB_MAIL_RESULT);
	}
	err = mail_hook_ask(r->read, &r->run, r->arena, &r->run.error);
	if (r->run.error.len > 0) { /* a script refused it, or is needed */
		r->run.outcome = err == ERR_OK ? ERR_REFUSED : err;
		if (err == ERR_BUSY && tries + 1 < TRIES_MAX)
			r->run.retry_us = r->read->now_us + retry_delay(tries);
		return end_run(r, VERB_MAIL_RESULT);
	}
	if (err == ERR_OK)
		err = keep_job(r);
	if (err != ERR_OK)
		return err;
	site_read_end(r->read);
	r->run.outcome = output->send(output->arg, r->site, &r->run.job,
	    r->arena, &r->run.message_id, &why);
	if (r->run.outcome == ERR_OK)
		return end_run(r, VERB_MAIL_RESULT);
	why_text(&why, words, sizeof words);
	r->run.error = bytes_of(arena_copy(r->arena, words, strlen(words)));
	if (r->run.outcome != ERR_REFUSED && tries + 1 < TRIES_MAX)
		r->run.retry_us = store_now_us(r->site->store) +
		    retry_delay(tries);
	log_event(LOG_WARN, "mail.failed", "ticket=%llu tries=%lld why=%s",
	    (unsigned long long)record_ref(&r->run.job, JOB_TICKET),
	    (long long)tries + 1, words);
	return end_run(r, VERB_MAIL_RESULT);
}

/* Web requests go out without a snapshot, too. */
static enum err
run_http(struct running *r)
{
	const struct desk_output *output = r->site->options.output;
	enum err err;

	if (output == NULL || output->request == NULL)
		return ERR_BUSY; /* kept until there is somebody to send it */
	err = keep_job(r);
	if (err == ERR_OK)
		err = webout_send(r->read, &r->run, r->arena);
	return err == ERR_OK ? end_run(r, VERB_HTTP_RESULT) : err;
}

static enum err
run_unlink(struct running *r)
{
	const struct json *data;
	char path[PATH_MAX];
	struct bytes disk;
	enum err err;

	if (record_has(&r->run.job, JOB_SUBJECT)) /* an upload's day is over */
		return end_run(r, VERB_FILE_DROP);
	err = json_parse(r->arena, record_text(&r->run.job, JOB_DATA),
	    JSON_BYTES_MAX, &data, NULL);
	if (err != ERR_OK)
		return err;
	disk = json_text(json_get(data, "disk"));
	snprintf(
	    path, sizeof path, "%s/files/%.*s", r->site->dir, BYTES_ARG(disk));
	if (disk.len > 0 && !bytes_has(disk, '/') && unlink(path) != 0 &&
	    errno != ENOENT)
		log_event(
		    LOG_WARN, "file.unlink", "path=%s errno=%d", path, errno);
	return end_run(r, VERB_SCRIPT_RUN);
}

/* A wish that was held: assign again. */
static enum err
run_assign(struct running *r)
{
	struct buf list = buf_in(r->arena);
	bool is_seen_to = false;
	enum err err = is_cancelled(r, &is_seen_to);

	if (err != ERR_OK || is_seen_to)
		return err == ERR_OK ? end_run(r, VERB_SCRIPT_RUN) : err;
	buf_char(&list, '[');
	buf_bytes(&list, record_text(&r->run.job, JOB_DATA));
	buf_char(&list, ']');
	if (list.failed)
		return ERR_NOMEM;
	r->run.hook = BYTES("job");
	err = json_parse(
	    r->arena, buf_get(&list), JSON_BYTES_MAX, &r->run.wishes, NULL);
	return err == ERR_OK ? end_run(r, VERB_SCRIPT_RUN) : err;
}

static enum err
run_plain(struct running *r)
{
	return end_run(r, VERB_SCRIPT_RUN);
}

/* A part of a custom field's index. */
static enum err
run_index(struct running *r)
{
	return end_run(r, VERB_FIELD_INDEX);
}

/* Whether <err> came of this job alone, and would come again. */
static bool
is_of_the_job(const struct site *site, enum err err)
{
	switch (err) {
	case ERR_NOT_FOUND:
	case ERR_INVALID:
	case ERR_LIMIT:
	case ERR_DENIED: return true;
	case ERR_CORRUPT: return store_state(site->store) == STORE_OPEN;
	default: return false;
	}
}

static bool
is_of_a_script(const struct job_run *run)
{
	return record_int(&run->job, JOB_TYPE) <= JOB_EACH;
}

bool
job_rests(const struct site *site, const struct job_run *run, int64_t now_us)
{
	return is_of_a_script(run) &&
	    health_rests(
		site->health, record_text(&run->job, JOB_NAME), now_us, NULL);
}

/* ERR_BUSY if the job's handler rests, or if another job of its ticket is to
 * be tried again first, and its handler does not rest. */
static enum err
check_turn(const struct running *r)
{
	int64_t now_us = r->read->now_us;
	struct job_run first;
	enum err err;

	if (job_rests(r->site, &r->run, now_us))
		return ERR_BUSY;
	err = job_awaited(r->read->snapshot, &r->run, &first);
	if (err == ERR_OK)
		return job_rests(r->site, &first, now_us) ? ERR_OK : ERR_BUSY;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Once. */
static enum err
run_once(struct running *r)
{
	static enum err (*const types[])(struct running *) = {
		[JOB_HANDLER] = run_script,
		[JOB_TIMER] = run_script,
		[JOB_EVERY] = run_script,
		[JOB_EACH] = run_script,
		[JOB_MAIL] = run_mail,
		[JOB_NOTIFY] = run_mail,
		[JOB_INDEX] = run_index,
		[JOB_UNLINK] = run_unlink,
		[JOB_REOPEN] = run_plain,
		[JOB_TRIM] = run_plain,
		[JOB_ASSIGN] = run_assign,
		[JOB_HTTP] = run_http,
	};
	int64_t type = record_int(&r->run.job, JOB_TYPE);
	enum err err;

	if (type < 0 || type >= (int64_t)(sizeof types / sizeof *types))
		return end_run(r, VERB_SCRIPT_RUN);
	err = check_turn(r);
	return err == ERR_OK ? types[type](r) : err;
}

/* As it is now, if it still is: what the run had read has changed meanwhile, or
 * its script. */
static enum err
begin_again(struct running *r, struct job_run *run)
{
	enum err err;

	site_read_end(r->read);
	err = site_read_begin(r->site, r->read);
	if (err == ERR_OK && run->mark.len == 0)
		err = job_find(r->read->snapshot, &run->at, run);
	return err;
}

/* The <try>th time, from 0. */
static enum err
try_run(struct running *r, struct job_run *run, int try)
{
	bool is_scripts = is_of_a_script(run);
	enum err err = ERR_OK;

	if (is_scripts && try < ALONE_AFTER)
		pthread_rwlock_rdlock(&r->site->run_lock);
	else if (is_scripts)
		pthread_rwlock_wrlock(&r->site->run_lock);
	if (try > 0)
		err = begin_again(r, run);
	r->run = *run;
	if (err == ERR_OK)
		err = run_once(r);
	else if (err == ERR_NOT_FOUND)
		err = ERR_OK; /* it was run, or dropped */
	if (is_scripts)
		pthread_rwlock_unlock(&r->site->run_lock);
	return err;
}

enum err
job_run(struct site *site, struct site_read *read, const struct job_run *run,
    struct arena *arena)
{
	struct running *r = arena_new(arena, struct running);
	struct job_run now = *run;
	enum err err = ERR_STALE;

	if (r == NULL)
		return ERR_NOMEM;
	for (int try = 0; err == ERR_STALE && try < TRIES_STALE; try++) {
		*r = (struct running){
			.site = site, .read = read, .arena = arena
		};
		err = try_run(r, &now, try);
	}
	if (err == ERR_STALE)
		return ERR_BUSY; /* others go first for a while */
	if (!is_of_the_job(site, err))
		return err;
	/* It would stand in the way of all others for good. */
	r->run.outcome = err;
	r->run.error = bytes_of(err_message(err));
	r->run.wishes = NULL;
	r->run.call = NULL;
	r->run.retry_us = 0;
	log_event(LOG_ERROR, "job.broken", "number=%llu error=%s",
	    (unsigned long long)run->at.number, err_name(err));
	return end_run(r, VERB_SCRIPT_RUN);
}
