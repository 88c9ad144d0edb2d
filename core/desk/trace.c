/* core/desk/trace.c - the account of each run of a script. */
#include "config.h"
#include "core/desk/trace.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/desk/site_private.h"

#define CONVERSATION_MAX 65536

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

enum err
trace_add(struct work *work, const struct script_call *call,
    const struct script_outcome *outcome, const struct touched *ticket)
{
	enum trace_outcome how = outcome_of(outcome);
	struct buf text = buf_in(work->arena);
	struct touched *trace;
	struct bytes hook = BYTES("job");
	enum err err;

	work->last_trace = 0;
	if (call->handler->kind == SCRIPT_HANDLER)
		hook = bytes_of(hook_points[call->handler->hook].name);
	log_event(LOG_DEBUG, "script.ran", "handler=%.*s hook=%.*s cpu=%lld",
	    BYTES_ARG(call->handler->full), BYTES_ARG(hook),
	    (long long)outcome->cpu_us);
	if (how == OUTCOME_OK && json_count(outcome->wishes) == 0 &&
	    outcome->choose == NULL)
		return ERR_OK;
	err = work_create(work, KIND_TRACE, &trace);
	if (err != ERR_OK)
		return err;
	script_trace(call, outcome, CONVERSATION_MAX, &text);
	if (text.failed)
		return ERR_NOMEM;
	record_set_int(&trace->new, TRACE_AT, work->read.now_us);
	record_set_text(&trace->new, TRACE_NAME, call->handler->full);
	record_set_text(&trace->new, TRACE_HOOK, hook);
	if (ticket != NULL)
		record_set_int(
		    &trace->new, TRACE_TICKET, (int64_t)ticket->new.id);
	record_set_int(&trace->new, TRACE_EVENT, (int64_t)work->cause.event);
	record_set_int(&trace->new, TRACE_OUTCOME, how);
	record_set_text(&trace->new, TRACE_ERROR, outcome->error);
	record_set_int(&trace->new, TRACE_CPU_US, outcome->cpu_us);
	record_set_int(&trace->new, TRACE_WALL_US, outcome->wall_us);
	record_set_text(&trace->new, TRACE_CONVERSATION, buf_get(&text));
	work->last_trace = trace->new.id;
	return ERR_OK;
}
