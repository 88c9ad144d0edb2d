/* core/desk/replay_answer.c - what the web answers in a replay: what it said
 * then, as far as that is kept.
 *
 * An answer that a job heard is in the trace of its run, on the ticket; traces
 * are kept for some weeks, and only of runs that changed something. Of a
 * request that no job hears of the log says only when it failed.
 */
#include "config.h"
#define HD_HOST_SIDE
#include "core/base/json.h"
#include "core/desk/replay_private.h"
#include "core/model/ticket.h"
#include "core/plugin.h"

#include <stdio.h>

#define GIVEN_UP_US (3 * CLOCK_HOUR_US) /* a request has failed by then */

/* An answer is given once. */
struct past_answer {
	struct past_answer *next;
	uint64_t trace;
};

static void
refuse(struct hd_http_outcome *outcome, const char *why)
{
	outcome->state = HD_HTTP_REFUSED;
	snprintf(outcome->error, sizeof outcome->error, "%s", why);
}

static bool
is_given(const struct past_run *run, uint64_t trace)
{
	for (const struct past_answer *a = run->answers; a != NULL; a = a->next)
		if (a->trace == trace)
			return true;
	return false;
}

static void
note_given(struct past_run *run, uint64_t trace)
{
	struct past_answer *a = arena_new(run->r->arena, struct past_answer);

	if (a == NULL)
		return;
	*a = (struct past_answer){ run->answers, trace };
	run->answers = a;
}

/* The run of <job> that heard of it: the first one from now on. */
static enum err
find_trace(struct past_run *run, const struct site_read *read, uint64_t ticket,
    struct bytes job, struct record *out)
{
	int64_t now_us = clock_read(&run->clock);
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	enum err err;

	key_index(&prefix, KIND_TRACE, INDEX_TRACE_TICKET);
	key_u64(&prefix, ticket);
	err = cursor_open_prefix(
	    read->snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK) {
		err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			err = record_find(read->snapshot, KIND_TRACE,
			    be64_read(key.at + key.len - 8), out);
		if (err == ERR_OK &&
		    bytes_equal(record_text(out, TRACE_NAME), job) &&
		    record_int(out, TRACE_AT) >= now_us &&
		    !is_given(run, out->id))
			break;
	}
	cursor_close(&cursor);
	return err;
}

/* What the run was told, as the answer. */
static enum err
take_answer(struct past_run *run, const struct site_read *read,
    const struct record *trace, struct hd_http_outcome *outcome)
{
	struct arena *arena = run->r->step;
	const struct json *body = NULL, *answer;
	struct bytes talk, text;
	int64_t status = 0;
	enum err err = record_bigtext(
	    read->snapshot, trace, TRACE_CONVERSATION, arena, &talk);

	if (err == ERR_OK)
		err = json_parse(arena, bytes_split(&talk, '\n'),
		    JSON_BYTES_MAX, &body, NULL);
	answer = json_get(json_get(body, "job"), "answer");
	if (err != ERR_OK || json_type(answer) != JSON_OBJECT)
		return err == ERR_OK || err == ERR_INVALID ? ERR_NOT_FOUND :
							     err;
	note_given(run, trace->id);
	if (!json_int(json_get(answer, "status"), &status) || status >= 500 ||
	    status == 429) { /* it was given up */
		text = json_text(json_get(answer, "error"));
		refuse(outcome, text.at != NULL ? text.at : "given up then");
		return ERR_OK;
	}
	text = json_text(json_get(answer, "text"));
	outcome->state = HD_HTTP_ANSWERED;
	outcome->status = (int)status;
	outcome->body_size = text.len < outcome->room ? text.len :
							outcome->room;
	if (outcome->body_size > 0)
		memcpy(outcome->body, text.at, outcome->body_size);
	return ERR_OK;
}

/* Whether the log tells that a request of the ticket failed then. */
static enum err
has_failed(struct past_run *run, const struct site_read *read, uint64_t ticket,
    bool *out)
{
	int64_t now_us = clock_read(&run->clock);
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, name, value;
	struct key prefix;
	enum err err;

	*out = false;
	key_event_of(&prefix, KIND_TICKET, ticket);
	err = cursor_open_prefix(
	    read->snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK && !*out) {
		struct record event;
		struct key at;

		err = cursor_next(&cursor, &key, &name);
		if (err != ERR_OK ||
		    !bytes_is(name, hook_points[HOOK_HTTP_FAILED].name))
			continue;
		key_begin(&at, KEY_EVENT);
		key_u64(&at, be64_read(key.at + key.len - 8));
		err = snapshot_get(read->snapshot, key_get(&at), &value);
		if (err == ERR_OK)
			err = record_decode(&event, KIND_EVENT, 1, value);
		*out = err == ERR_OK &&
		    record_int(&event, EVENT_AT) >= now_us &&
		    record_int(&event, EVENT_AT) < now_us + GIVEN_UP_US;
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
answer(struct past_run *run, const struct record *job,
    struct hd_http_outcome *outcome)
{
	uint64_t ticket = record_ref(job, JOB_TICKET);
	const struct json *wish = NULL;
	struct site_read read;
	struct record trace;
	struct bytes hears;
	bool failed = false;
	enum err err = json_parse(run->r->step, record_text(job, JOB_DATA),
	    JSON_BYTES_MAX, &wish, NULL);

	if (err == ERR_OK)
		err = site_read_begin(run->r->site, &read);
	if (err != ERR_OK)
		return err;
	hears = json_text(json_get(wish, "answer"));
	if (hears.len > 0) {
		err = find_trace(run, &read, ticket, hears, &trace);
		if (err == ERR_OK)
			err = take_answer(run, &read, &trace, outcome);
	} else {
		err = has_failed(run, &read, ticket, &failed);
		outcome->state = HD_HTTP_ANSWERED;
		outcome->status = 200;
		if (failed)
			refuse(outcome, "it failed then, too");
	}
	site_read_end(&read);
	return err;
}

void
past_answer(
    void *arg, const struct record *job, struct hd_http_outcome *outcome)
{
	struct past_run *run = arg;

	run->counts.requests++;
	if (answer(run, job, outcome) != ERR_OK)
		refuse(outcome,
		    "a replay makes no web requests, and no answer is kept");
}
