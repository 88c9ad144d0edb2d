/* core/desk/raise.c - events, the jobs of their handlers, and chains. */
#include "config.h"
#include "core/desk/raise.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/desk/job.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"

#include <stdio.h>

/* "routing/words@412" */
static enum err
chain_link(struct arena *arena, struct bytes handler, uint64_t ticket,
    struct bytes *out)
{
	char *link = arena_printf(
	    arena, "%.*s@%llu", BYTES_ARG(handler), (unsigned long long)ticket);

	if (link == NULL)
		return ERR_NOMEM;
	*out = bytes_of(link);
	return ERR_OK;
}

enum err
chain_add(struct arena *arena, struct bytes chain, struct bytes handler,
    uint64_t ticket, struct bytes *out, struct bytes *circle)
{
	struct buf buf = buf_in(arena), names = buf_in(arena);
	struct json_writer w = json_writer(&buf);
	const struct json *list = NULL, *item;
	struct bytes link;
	bool is_circle;
	size_t depth = 0;
	enum err err = chain_link(arena, handler, ticket, &link);

	if (err == ERR_OK && chain.len > 0)
		err = json_parse(arena, chain, JSON_BYTES_MAX, &list, NULL);
	if (err != ERR_OK)
		return err;
	is_circle = json_count(list) >= CHAIN_DEPTH_MAX;
	json_begin_list(&w);
	for (item = json_first(list); item != NULL; item = json_next(item)) {
		struct bytes old = json_text(item);

		is_circle |= bytes_equal(old, link);
		json_put_text(&w, old);
		buf_bytes(&names, old);
		buf_text(&names, " > ");
		depth++;
	}
	json_put_text(&w, link);
	buf_bytes(&names, link);
	json_end_list(&w);
	if (buf.failed || names.failed)
		return ERR_NOMEM;
	if (is_circle) {
		*circle = buf_get(&names);
		return ERR_LIMIT;
	}
	*out = buf_get(&buf);
	return ERR_OK;
}

static uint64_t
subject_id(const struct touched *about, enum kind_id kind)
{
	return about != NULL && about->new.kind->id == kind ? about->new.id : 0;
}

static void
fill_event(struct work *work, enum hook hook, const struct touched *about,
    uint64_t agent, struct record *event)
{
	const struct actor *actor = &work->actor;
	uint64_t customer = subject_id(about, KIND_CUSTOMER);

	record_init(event, KIND_EVENT, 0);
	record_set_text(event, EVENT_HOOK, bytes_of(hook_points[hook].name));
	record_set_int(event, EVENT_AT, work->read.now_us);
	record_set_int(event, EVENT_SOURCE, work->input->source);
	record_set_int(event, EVENT_BY, actor->kind);
	record_set_int(event, EVENT_ACTOR, (int64_t)actor->agent);
	record_set_int(event, EVENT_AGENT, (int64_t)agent);
	if (subject_id(about, KIND_TICKET) != 0) {
		record_set_int(event, EVENT_TICKET, (int64_t)about->new.id);
		customer = record_ref(&about->new, TICKET_CUSTOMER);
	}
	record_set_int(event, EVENT_CUSTOMER, (int64_t)customer);
	record_set_int(
	    event, EVENT_ARTICLE, (int64_t)subject_id(about, KIND_ARTICLE));
	record_set_text(event, EVENT_SCRIPT, work->cause.script);
	record_set_text(event, EVENT_CHAIN, work->cause.chain);
}

/* A circle ends: the job that would go on is set aside with its report. */
static enum err
set_circle_aside(struct work *work, unsigned n, uint16_t k, struct record *job,
    struct bytes circle)
{
	char suffix[2] = { (char)(k >> 8), (char)k };
	struct buf value = buf_in(work->arena);
	struct key key;
	char *error = arena_printf(work->arena,
	    "these handlers go in a circle: %.*s", BYTES_ARG(circle));

	if (error == NULL)
		return ERR_NOMEM;
	log_event(
	    LOG_WARN, "script.circle", "handlers=%.*s", BYTES_ARG(circle));
	record_set_text(job, JOB_ERROR, bytes_of(error));
	record_encode(job, &value);
	if (value.failed)
		return ERR_NOMEM;
	key_begin(&key, KEY_FAILED);
	change_put_numbered(work->change, key_get(&key), n,
	    (struct bytes){ suffix, 2 }, buf_get(&value), true);
	return ERR_OK;
}

/* The job by which <handler> will hear of the event numbered <n>. */
static enum err
add_handler_job(struct work *work, const struct record *event, unsigned n,
    uint16_t k, const struct script_handler *handler)
{
	uint64_t ticket = record_ref(event, EVENT_TICKET);
	struct bytes chain, circle;
	struct record job;
	enum err err;

	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_HANDLER);
	record_set_text(&job, JOB_NAME, handler->full);
	record_set_int(&job, JOB_TICKET, (int64_t)ticket);
	record_set_int(&job, JOB_DUE, work->read.now_us);
	record_set_int(&job, JOB_SET_AT, work->read.now_us);
	record_set_int(&job, JOB_ENTRY, record_int(event, EVENT_ENTRY));
	err = chain_add(work->arena, work->cause.chain, handler->full, ticket,
	    &chain, &circle);
	if (err == ERR_LIMIT)
		return set_circle_aside(work, n, k, &job, circle);
	if (err != ERR_OK)
		return err;
	record_set_text(&job, JOB_CHAIN, chain);
	work->wakes_jobs = true;
	return job_put(work->change, work->arena, n, k, &job);
}

uint64_t
event_changed(struct arena *arena, struct bytes changes)
{
	const struct json *object, *member;
	uint64_t slots = 0;

	if (changes.len == 0 ||
	    json_parse(arena, changes, JSON_BYTES_MAX, &object, NULL) != ERR_OK)
		return 0;
	for (member = json_first(object); member != NULL;
	     member = json_next(member)) {
		int slot = kind_slot(
		    kind_get(KIND_TICKET), bytes_of(json_name(member)));

		if (slot >= 0)
			slots |= UINT64_C(1) << slot;
	}
	return slots;
}

static enum err
add_handler_jobs(struct work *work, enum hook hook, const struct touched *about,
    const struct record *event, unsigned n)
{
	struct filter_reader reader = { .directory = work->read.directory,
		.snapshot = work->read.snapshot,
		.now_us = work->read.now_us };
	struct filter_subject subject = { .snapshot = work->read.snapshot,
		.reader = &reader,
		.actor = work->actor.kind };
	struct when_set *set = when_set_take(work->site);
	const struct script_handler *handlers;
	size_t count = 0;
	enum err err = ERR_OK;

	if (set == NULL)
		return ERR_OK;
	if (about != NULL && about->new.kind->id == KIND_TICKET)
		subject.ticket = &about->new;
	subject.changed = event_changed(
	    work->arena, record_text(event, EVENT_CHANGES));
	handlers = script_set_on(when_set_scripts(set), hook, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		if (bytes_equal(handlers[i].full, work->cause.script))
			continue; /* its own doing */
		if (when_holds(set, &handlers[i], &subject))
			err = add_handler_job(
			    work, event, n, (uint16_t)i, &handlers[i]);
	}
	when_set_unref(set);
	return err;
}

enum err
work_raise(struct work *work, enum hook hook, struct touched *about,
    uint64_t entry, struct bytes changes, struct bytes detail)
{
	return work_raise_of(work, hook, about, subject_id(about, KIND_AGENT),
	    entry, changes, detail);
}

enum err
work_raise_of(struct work *work, enum hook hook, struct touched *about,
    uint64_t agent, uint64_t entry, struct bytes changes, struct bytes detail)
{
	struct buf value = buf_in(work->arena);
	struct record event;
	struct key key;
	unsigned n;

	if (work->is_historic)
		return ERR_OK;
	fill_event(work, hook, about, agent, &event);
	record_set_int(&event, EVENT_ENTRY, (int64_t)entry);
	record_set_text(&event, EVENT_CHANGES, changes);
	record_set_text(&event, EVENT_DETAIL, detail);
	record_encode(&event, &value);
	if (value.failed)
		return ERR_NOMEM;
	n = change_number(work->change);
	work->raised++;
	key_begin(&key, KEY_EVENT);
	change_put_numbered(
	    work->change, key_get(&key), n, BYTES_NONE, buf_get(&value), true);
	if (about != NULL) {
		key_event_of(&key, (uint8_t)about->new.kind->id, about->new.id);
		change_put_numbered(work->change, key_get(&key), n, BYTES_NONE,
		    bytes_of(hook_points[hook].name), false);
	}
	return add_handler_jobs(work, hook, about, &event, n);
}

enum err
work_add_job(struct work *work, struct record *job)
{
	if (!record_has(job, JOB_DUE))
		record_set_int(job, JOB_DUE, work->read.now_us);
	record_set_int(job, JOB_SET_AT, work->read.now_us);
	if (!record_has(job, JOB_CHAIN))
		record_set_text(job, JOB_CHAIN, work->cause.chain);
	work->wakes_jobs = true;
	return job_put(
	    work->change, work->arena, change_number(work->change), 0, job);
}

bool
work_is_heard(struct work *work, enum hook hook)
{
	struct when_set *set = when_set_take(work->site);
	size_t count = 0;

	if (set == NULL)
		return false;
	script_set_on(when_set_scripts(set), hook, &count);
	when_set_unref(set);
	return count > 0;
}
