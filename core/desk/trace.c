/* core/desk/trace.c - the account of each run of a script. */
#include "config.h"
#include "core/desk/trace.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/desk/job.h"
#include "core/desk/site_private.h"
#include "core/desk/wishes.h"

#include <stdlib.h>

#define CONVERSATION_MAX 65536
#define RING_CONVERSATION_MAX 4096 /* so that a ring is at most 4 MiB */
#define LOOK_MAX 5000

struct trace_ring {
	pthread_mutex_t lock;
	size_t next; /* where the next one goes */
	struct trace_run *runs[TRACE_RING];
};

enum err
trace_ring_create(struct trace_ring **out)
{
	struct trace_ring *ring = calloc(1, sizeof *ring);

	if (ring == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&ring->lock, NULL);
	*out = ring;
	return ERR_OK;
}

void
trace_ring_destroy(struct trace_ring *ring)
{
	if (ring == NULL)
		return;
	for (size_t i = 0; i < TRACE_RING; i++)
		free(ring->runs[i]);
	pthread_mutex_destroy(&ring->lock);
	free(ring);
}

static enum trace_outcome
outcome_of(const struct script_outcome *outcome)
{
	if (outcome->was_killed)
		return OUTCOME_KILLED;
	if (outcome->was_skipped)
		return OUTCOME_SKIPPED;
	if (outcome->error.len > 0)
		return OUTCOME_FAILED;
	return outcome->deny != NULL ? OUTCOME_REFUSED : OUTCOME_OK;
}

static struct bytes
hook_name(const struct script_handler *handler)
{
	switch (handler->kind) {
	case SCRIPT_HANDLER: return bytes_of(hook_points[handler->hook].name);
	case SCRIPT_ACTION: return BYTES("action");
	case SCRIPT_PANEL: return BYTES("panel");
	case SCRIPT_ROUTE: return BYTES("route");
	default: return BYTES("job");
	}
}

/* ------------------------------------------------------------- the ring */

static struct bytes
move_text(char **at, struct bytes text)
{
	char *start = *at;

	if (text.len > 0)
		memcpy(start, text.at, text.len);
	*at += text.len;
	return (struct bytes){ start, text.len };
}

/* A run with its texts behind it, in run_size() bytes. */
static void
fill_run(struct trace_run *run, const struct trace_run *from)
{
	char *at = (char *)(run + 1);

	*run = *from;
	run->name = move_text(&at, from->name);
	run->hook = move_text(&at, from->hook);
	run->error = move_text(&at, from->error);
	run->conversation = move_text(&at, from->conversation);
}

static size_t
run_size(const struct trace_run *run)
{
	return sizeof *run + run->name.len + run->hook.len + run->error.len +
	    run->conversation.len;
}

/* A run that is not remembered is no trouble. */
static void
ring_add(struct trace_ring *ring, const struct trace_run *run)
{
	struct trace_run *copy = malloc(run_size(run)), *old;

	if (copy == NULL)
		return;
	fill_run(copy, run);
	pthread_mutex_lock(&ring->lock);
	old = ring->runs[ring->next];
	ring->runs[ring->next] = copy;
	ring->next = (ring->next + 1) % TRACE_RING;
	pthread_mutex_unlock(&ring->lock);
	free(old);
}

enum err
trace_remember(struct site *site, struct arena *arena,
    const struct script_call *call, const struct script_outcome *outcome,
    uint64_t ticket, uint64_t event)
{
	struct buf text = buf_in(arena);
	struct trace_run run = { .ticket = ticket,
		.event = event,
		.outcome = outcome_of(outcome),
		.error = outcome->error,
		.at_us = call->now_us,
		.cpu_us = outcome->cpu_us,
		.wall_us = outcome->wall_us,
		.name = call->handler->full,
		.hook = hook_name(call->handler) };

	script_trace(call, outcome, RING_CONVERSATION_MAX, &text);
	if (text.failed)
		return ERR_NOMEM;
	run.conversation = buf_get(&text);
	run.id = store_next_id(site->store, KIND_TRACE);
	ring_add(site->traces, &run);
	return ERR_OK;
}

/* ------------------------------------------------------------- the store */

static enum err
fill_trace(struct record *trace, struct arena *arena,
    const struct script_call *call, const struct script_outcome *outcome,
    uint64_t ticket)
{
	struct bytes name = call->handler->full;
	struct buf text = buf_in(arena);

	script_trace(call, outcome, CONVERSATION_MAX, &text);
	if (text.failed)
		return ERR_NOMEM;
	record_set_int(trace, TRACE_AT, call->now_us);
	name.at = arena_copy(arena, name.at, name.len); /* the set may go */
	if (name.at == NULL)
		return ERR_NOMEM;
	record_set_text(trace, TRACE_NAME, name);
	record_set_text(trace, TRACE_HOOK, hook_name(call->handler));
	record_set_int(trace, TRACE_TICKET, (int64_t)ticket);
	record_set_int(trace, TRACE_OUTCOME, outcome_of(outcome));
	record_set_text(trace, TRACE_ERROR, outcome->error);
	record_set_int(trace, TRACE_CPU_US, outcome->cpu_us);
	record_set_int(trace, TRACE_WALL_US, outcome->wall_us);
	record_set_text(trace, TRACE_CONVERSATION, buf_get(&text));
	return ERR_OK;
}

enum err
trace_raise_failure(struct work *work, struct bytes handler, struct bytes hook,
    struct bytes message, struct touched *ticket)
{
	struct bytes name = handler, script = bytes_split(&name, '/');
	struct bytes rest = message, file = bytes_split(&rest, ':');
	int64_t line;
	struct buf part = buf_in(work->arena);
	struct json_writer w = json_writer(&part);

	json_key(&w, "failure");
	json_begin_object(&w);
	json_member_text(&w, "script", script);
	json_member_text(&w, "handler", name);
	json_member_text(&w, "hook", hook);
	json_member_text(&w, "message", message);
	if (bytes_to_int(bytes_split(&rest, ':'), &line) == ERR_OK) {
		json_member_text(&w, "file", file);
		json_member_int(&w, "line", line);
	}
	json_end_object(&w);
	if (part.failed)
		return ERR_NOMEM;
	return work_raise(
	    work, HOOK_SCRIPT_FAILED, ticket, 0, BYTES_NONE, buf_get(&part));
}

enum err
trace_add(struct work *work, const struct script_call *call,
    const struct script_outcome *outcome, const struct touched *ticket)
{
	enum trace_outcome how = outcome_of(outcome);
	struct touched *trace;
	enum err err;

	work->last_trace = 0;
	if (work->site->options.past != NULL)
		return ERR_OK;
	log_event(LOG_DEBUG, "script.ran", "handler=%.*s hook=%.*s cpu=%lld",
	    BYTES_ARG(call->handler->full), BYTES_ARG(hook_name(call->handler)),
	    (long long)outcome->cpu_us);
	if (how == OUTCOME_OK && json_count(outcome->wishes) == 0 &&
	    outcome->choose == NULL)
		return trace_remember(work->site, work->arena, call, outcome,
		    ticket != NULL ? ticket->new.id : 0, work->cause.event);
	err = work_create(work, KIND_TRACE, &trace);
	if (err == ERR_OK)
		err = fill_trace(&trace->new, work->arena, call, outcome,
		    ticket != NULL ? ticket->new.id : 0);
	if (err != ERR_OK)
		return err;
	record_set_int(&trace->new, TRACE_EVENT, (int64_t)work->cause.event);
	work->last_trace = trace->new.id;
	return ERR_OK;
}

void
trace_mark_failed(struct work *work, struct bytes message)
{
	struct touched *trace;

	if (work->last_trace == 0 ||
	    work_load(work, KIND_TRACE, work->last_trace, &trace) != ERR_OK)
		return;
	record_set_int(&trace->new, TRACE_OUTCOME, OUTCOME_FAILED);
	record_set_text(&trace->new, TRACE_ERROR, message);
}

enum err
traces_of(const struct work *work, struct trace_list *list)
{
	const struct touched *t;
	size_t count = 0;

	for (t = work->touched; t != NULL; t = t->next)
		count += t->new.kind->id == KIND_TRACE;
	*list = (struct trace_list){ .traces = arena_array(work->arena,
					 struct record, count + 1) };
	if (list->traces == NULL)
		return ERR_NOMEM;
	for (t = work->touched; t != NULL; t = t->next)
		if (t->new.kind->id == KIND_TRACE &&
		    record_int(&t->new, TRACE_OUTCOME) != OUTCOME_OK)
			list->traces[list->count++] = t->new;
	return ERR_OK;
}

enum err
trace_of(struct site *site, struct arena *arena, const struct script_call *call,
    const struct script_outcome *outcome, uint64_t ticket,
    struct trace_list *list)
{
	struct record *trace = arena_new(arena, struct record);

	if (trace == NULL)
		return ERR_NOMEM;
	record_init(trace, KIND_TRACE, store_next_id(site->store, KIND_TRACE));
	*list = (struct trace_list){ .traces = trace, .count = 1 };
	return fill_trace(trace, arena, call, outcome, ticket);
}

void
traces_keep(struct site *site, const struct trace_list *list,
    const struct job_run *run, struct arena *arena)
{
	struct why why = { .message = "" };
	struct act_result result;
	struct act_input input;
	char words[400];

	if (list->count == 0 || site->options.past != NULL)
		return;
	act_input_init(&input, VERB_TRACES_KEEP, KIND_NONE);
	input.actor = actor_system();
	input.source = SOURCE_SCRIPT;
	input.traces = list;
	input.run = run;
	if (desk_act(site, &input, arena, &result, &why) != ERR_OK)
		log_event(LOG_WARN, "script.trace", "site=%s why=%s", site->dir,
		    why_text(&why, words, sizeof words));
}

/* ------------------------------------------------------------- reading */

static void
read_run(const struct record *trace, struct trace_run *out)
{
	*out = (struct trace_run){ .id = trace->id,
		.ticket = record_ref(trace, TRACE_TICKET),
		.event = (uint64_t)record_int(trace, TRACE_EVENT),
		.outcome = (enum trace_outcome)record_int(trace, TRACE_OUTCOME),
		.at_us = record_int(trace, TRACE_AT),
		.cpu_us = record_int(trace, TRACE_CPU_US),
		.wall_us = record_int(trace, TRACE_WALL_US),
		.name = record_text(trace, TRACE_NAME),
		.hook = record_text(trace, TRACE_HOOK),
		.error = record_text(trace, TRACE_ERROR),
		.is_stored = true };
}

/* With the ring locked. */
static const struct trace_run *
ring_find(const struct trace_ring *ring, uint64_t id)
{
	for (size_t i = 0; i < TRACE_RING; i++)
		if (ring->runs[i] != NULL && ring->runs[i]->id == id)
			return ring->runs[i];
	return NULL;
}

enum err
trace_find(const struct site_read *read, uint64_t id, struct arena *arena,
    struct trace_run *out)
{
	struct trace_ring *ring = read->site->traces;
	const struct trace_run *found;
	struct trace_run *copy = NULL;
	struct record trace;
	enum err err = record_find(read->snapshot, KIND_TRACE, id, &trace);

	if (err == ERR_OK) {
		read_run(&trace, out);
		return record_bigtext(read->snapshot, &trace,
		    TRACE_CONVERSATION, arena, &out->conversation);
	}
	if (err != ERR_NOT_FOUND)
		return err;
	pthread_mutex_lock(&ring->lock);
	found = ring_find(ring, id);
	if (found != NULL) {
		copy = arena_alloc(arena, run_size(found));
		if (copy != NULL)
			fill_run(copy, found);
	}
	pthread_mutex_unlock(&ring->lock);
	if (found == NULL)
		return ERR_NOT_FOUND;
	if (copy == NULL)
		return ERR_NOMEM;
	*out = *copy;
	return ERR_OK;
}

static bool
is_of(struct bytes name, struct bytes script)
{
	return script.len == 0 || bytes_equal(bytes_split(&name, '/'), script);
}

static enum err
newest_stored(const struct site_read *read, struct bytes script, size_t limit,
    struct trace_run *runs, size_t *count)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	enum err err;

	*count = 0;
	key_begin(&prefix, KEY_RECORD);
	key_u8(&prefix, KIND_TRACE);
	err = cursor_open_prefix(
	    read->snapshot, key_get(&prefix), BACKWARD, &cursor);
	for (int i = 0; err == ERR_OK && i < LOOK_MAX && *count < limit; i++) {
		struct record trace;

		err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			err = record_decode(&trace, KIND_TRACE,
			    be64_read(key.at + key.len - 8), value);
		if (err == ERR_OK &&
		    is_of(record_text(&trace, TRACE_NAME), script))
			read_run(&trace, &runs[(*count)++]);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Those of the ring, the newest first. */
static enum err
newest_remembered(struct trace_ring *ring, struct bytes script, size_t limit,
    struct arena *arena, struct trace_run *runs, size_t *count)
{
	enum err err = ERR_OK;

	*count = 0;
	pthread_mutex_lock(&ring->lock);
	for (size_t i = 0; i < TRACE_RING && *count < limit; i++) {
		const struct trace_run *run =
		    ring->runs[(ring->next + TRACE_RING - 1 - i) % TRACE_RING];
		struct trace_run short_one, *copy;

		if (run == NULL || !is_of(run->name, script))
			continue;
		short_one = *run;
		short_one.conversation = BYTES_NONE;
		copy = arena_alloc(arena, run_size(&short_one));
		if (copy == NULL) {
			err = ERR_NOMEM;
			break;
		}
		fill_run(copy, &short_one);
		runs[(*count)++] = *copy;
	}
	pthread_mutex_unlock(&ring->lock);
	return err;
}

enum err
trace_newest(const struct site_read *read, struct bytes script, size_t limit,
    struct arena *arena, struct trace_run **out, size_t *count)
{
	struct trace_run *stored = arena_array(
	    arena, struct trace_run, limit + 1);
	struct trace_run *others = arena_array(
	    arena, struct trace_run, limit + 1);
	struct trace_run *both = arena_array(
	    arena, struct trace_run, limit + 1);
	size_t n = 0, m = 0, i = 0, k = 0;
	enum err err = ERR_OK;

	if (stored == NULL || others == NULL || both == NULL)
		return ERR_NOMEM;
	err = newest_stored(read, script, limit, stored, &n);
	if (err == ERR_OK)
		err = newest_remembered(
		    read->site->traces, script, limit, arena, others, &m);
	if (err != ERR_OK)
		return err;
	for (*count = 0; *count < limit && (i < n || k < m);) {
		bool is_stored = i < n &&
		    (k == m || stored[i].id > others[k].id);

		both[(*count)++] = is_stored ? stored[i++] : others[k++];
	}
	*out = both;
	return ERR_OK;
}
