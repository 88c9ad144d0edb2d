/* tests/unit/test_script_traces.c - what is kept of runs, who is told of
 * failures, and how a script's doings are taken back.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/desk/job.h"
#include "core/desk/trace.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1
#define TRIES 50

static struct desk_fixture f;

/* The newest run of <script>; false if there is none. */
static bool
newest(const char *script, struct trace_run *out)
{
	struct trace_run *runs;
	struct site_read read;
	size_t count;

	MUST(site_read_begin(f.site, &read));
	MUST(trace_newest(&read, bytes_of(script), 1, f.arena, &runs, &count));
	if (count == 1)
		MUST(trace_find(&read, runs[0].id, f.arena, out));
	if (count == 1) { /* it outlives the snapshot */
		out->error.at = arena_copy(
		    f.arena, out->error.at, out->error.len);
		out->name.at = arena_copy(f.arena, out->name.at, out->name.len);
	}
	site_read_end(&read);
	return count == 1;
}

static bool
has(struct bytes text, const char *part)
{
	return strstr(arena_copy(f.arena, text.at, text.len), part) != NULL;
}

/* What desk.store has under "script/key". */
static int64_t
stored(const char *name)
{
	struct site_read read;
	struct record value;
	int64_t n = 0;

	MUST(site_read_begin(f.site, &read));
	if (record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
		bytes_of(name), &value) == ERR_OK)
		MUST(bytes_to_int(record_text(&value, VALUE_VALUE), &n));
	site_read_end(&read);
	return n;
}

static const char watch[] =
    "desk.on('script.failed', { name = 'count' }, function(event)\n"
    "  local f = event.failure\n"
    "  desk.store:add(f.script .. '.' .. f.handler, 1)\n"
    "  if f.line then\n"
    "    desk.store:set(f.hook .. ' in ' .. f.file, f.line)\n"
    "  end\n"
    "end)\n";

static void
test_failed_before__goes_on_and_is_reported(void)
{
	struct trace_run run;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "watch", watch);
	desk_script(&f, "bad",
	    "desk.on('ticket.routing', { name = 'r' }, function(event)\n"
	    "  event.ticket:tag('half')\n"
	    "  error('no luck')\n"
	    "end)\n");
	number = desk_submit(&f, "bob@example.org", "Hello", "text");
	CHECK(number != 0);
	CHECK(newest("bad", &run));
	CHECK_INT(run.outcome, OUTCOME_FAILED);
	CHECK(run.is_stored);
	CHECK_INT(run.ticket, number);
	CHECK_BYTES(run.error, "bad.lua:3: no luck");
	desk_run_jobs(&f);
	CHECK_INT(stored("watch/bad.r"), 1);
	CHECK_INT(stored("watch/ticket.routing in bad.lua"), 3);
	desk_teardown(&f);
}

static void
test_wishes_that_cannot_be_had__are_a_failure(void)
{
	struct trace_run run;

	desk_setup(&f);
	desk_script(&f, "watch", watch);
	desk_script(&f, "bad",
	    "desk.on('ticket.creating', { name = 'r' }, function(event)\n"
	    "  event.ticket:tag('Not A Tag')\n"
	    "end)\n");
	CHECK(desk_submit(&f, "bob@example.org", "Hello", "text") != 0);
	CHECK(newest("bad", &run));
	CHECK_INT(run.outcome, OUTCOME_FAILED);
	CHECK(has(run.error, "Not A Tag"));
	desk_run_jobs(&f);
	CHECK_INT(stored("watch/bad.r"), 1);
	desk_teardown(&f);
}

/* What cannot be had of a handler's wishes takes its others along, and leaves
 * those of the handler before. */
static void
test_wishes_of_before__are_done_all_or_none(void)
{
	static const char *const bad[] = {
		"  event.ticket:assign({ to = desk.agent('lou') })\n",
		"  event.ticket:set({ priority = 'urgent' }, 'all')\n"
		"  event.ticket:assign({ to = desk.agent('lou') })\n",
		"  event.ticket:assign({ to = desk.agent('lou') })\n"
		"  event.ticket:set({ priority = 'urgent' }, 'all')\n",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct trace_run run;
		uint64_t number;

		printf("# %zu\n", i);
		desk_setup(&f);
		desk_add(&f, KIND_AGENT,
		    (const char *const[]){ "login", "lou", "name", "Lou",
			"email", "lou@example.com", "role", "agent", NULL });
		desk_script(&f, "good",
		    "desk.on('ticket.creating', { name = 'g', order = 1 },\n"
		    "function(event)\n"
		    "  event.ticket:set({ priority = 'high' }, 'one')\n"
		    "  event.ticket:set({ language = 'tr' }, 'two')\n"
		    "end)\n");
		desk_script(&f, "bad",
		    arena_printf(f.arena,
			"desk.on('ticket.creating', { name = 'b' },\n"
			"function(event)\n%send)\n",
			bad[i]));
		number = desk_submit(&f, "bob@example.org", "Hello", "x");
		CHECK(newest("bad", &run));
		CHECK_INT(run.outcome, OUTCOME_FAILED);
		CHECK(has(run.error, "no such active agent"));
		CHECK_INT(
		    desk_field(&f, number, TICKET_PRIORITY), PRIORITY_HIGH);
		CHECK_INT(desk_field(&f, number, TICKET_OWNER), 0);
		desk_teardown(&f);
	}
}

static void
test_refused_acts__keep_their_traces(void)
{
	struct trace_run run;

	desk_setup(&f);
	desk_script(&f, "watch", watch);
	desk_script(&f, "door",
	    "desk.on('form.validating', { name = 'shut' }, function(event)\n"
	    "  print('so it is', event.ticket.subject)\n"
	    "  return event:deny{ message = 'Come back later.' }\n"
	    "end)\n");
	CHECK(desk_submit(&f, "bob@example.org", "Hello", "text") == 0);
	CHECK(newest("door", &run));
	CHECK_INT(run.outcome, OUTCOME_REFUSED);
	CHECK_INT(run.ticket, 0); /* there is none */
	CHECK(has(run.conversation, "Come back later."));
	CHECK(has(run.conversation, "so it is"));
	desk_script(&f, "door",
	    "desk.on('form.validating', { name = 'shut', required = true },\n"
	    "function(event) error('stuck') end)\n");
	CHECK(desk_submit(&f, "bob@example.org", "Hello", "text") == 0);
	CHECK(newest("door", &run));
	CHECK_INT(run.outcome, OUTCOME_FAILED);
	desk_run_jobs(&f);
	CHECK_INT(stored("watch/door.shut"), 1); /* the refusal was none */
	desk_teardown(&f);
}

/* Each failure leads to a change that a required handler lets fail. */
static void
test_failures_of_failures__come_to_an_end(void)
{
	size_t count = 0;

	desk_setup(&f);
	desk_script(&f, "loop",
	    "desk.on('ticket.updating', { name = 'no', required = true },\n"
	    "function(event) error('never') end)\n"
	    "desk.on('script.failed', { name = 'a' }, function(event)\n"
	    "  if event.ticket then event.ticket:set({ subject = 'a' ..\n"
	    "      desk.now() }) end\n"
	    "end)\n"
	    "desk.on('script.failed', { name = 'b' }, function(event)\n"
	    "  if event.ticket then event.ticket:set({ subject = 'b' ..\n"
	    "      desk.now() }) end\n"
	    "end)\n"
	    "desk.on('ticket.created', { name = 'start' }, function(event)\n"
	    "  event.ticket:set({ priority = 'high' })\n"
	    "end)\n");
	CHECK(desk_submit(&f, "bob@example.org", "Hello", "text") != 0);
	MUST(runner_run_due(f.site, &count));
	printf("# %zu jobs\n", count);
	CHECK(count < 40);
	desk_teardown(&f);
}

static void
test_runs_without_effect__are_remembered(void)
{
	struct trace_run run;

	desk_setup(&f);
	desk_script(&f, "look",
	    "desk.on('ticket.creating', { name = 'l' }, function(event)\n"
	    "  print('looked', { 'at', it = { 1 } })\n"
	    "end)\n");
	CHECK(desk_submit(&f, "bob@example.org", "Hello", "text") != 0);
	CHECK(newest("look", &run));
	CHECK_INT(run.outcome, OUTCOME_OK);
	CHECK(!run.is_stored);
	CHECK(has(run.conversation, "looked"));
	CHECK_BYTES(run.name, "look/l");
	desk_teardown(&f);
}

static size_t
pending_notices(void)
{
	struct site_read read;
	struct job_at at = { .number = 0 };
	struct job_run run;
	int64_t due_us;
	size_t count = 0;

	MUST(site_read_begin(f.site, &read));
	while (job_next(read.snapshot, LANE_OUTSIDE, count > 0 ? &at : NULL,
		   INT64_MAX, &run, &due_us) == ERR_OK) {
		CHECK_INT(record_int(&run.job, JOB_TYPE), JOB_NOTIFY);
		CHECK(has(record_text(&run.job, JOB_DATA), "bad/x"));
		CHECK(has(record_text(&run.job, JOB_DATA), "\"ann"));
		at = run.at;
		count++;
	}
	site_read_end(&read);
	return count;
}

/* Most runs fail: it rests, its events wait, the admins are told of each
 * once. */
static void
test_failing__rests_with_its_backlog(void)
{
	struct site_read read;
	struct handler_state state;

	desk_setup(&f);
	desk_script(&f, "bad",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  error('no luck')\n"
	    "end)\n");
	for (int i = 0; i < 9; i++)
		CHECK(desk_submit(&f, "bob@example.org", "Hello", "x") != 0);
	desk_run_jobs(&f);
	MUST(site_read_begin(f.site, &read));
	scripts_handler_state(f.site, BYTES("bad/x"), read.now_us, &state);
	site_read_end(&read);
	CHECK_INT(state.runs, 6);
	CHECK(state.rests_us > 0);
	CHECK_INT(pending_notices(), 2); /* set aside; and it rests */
	clock_advance(&f.clock, 2 * CLOCK_MINUTE_US); /* tried again */
	desk_run_jobs(&f);
	scripts_handler_state(
	    f.site, BYTES("bad/x"), clock_read(&f.clock), &state);
	CHECK_INT(state.runs, 7);
	CHECK_INT(pending_notices(), 2);
	desk_script(&f, "bad",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  desk.store:add('good', 1)\n"
	    "end)\n");
	desk_run_jobs(&f);
	CHECK_INT(stored("bad/good"), 2); /* the two that had waited */
	desk_teardown(&f);
}

/* Before a commit only what costs time is switched off. */
static void
test_slow_before__is_switched_off(void)
{
	struct handler_state state;

	desk_setup(&f);
	desk_script(&f, "slow",
	    "desk.on('ticket.creating', { name = 'x' }, function(event)\n"
	    "  if event.ticket.subject == 'slow' then\n"
	    "    while true do end\n"
	    "  end\n"
	    "  error('quick')\n"
	    "end)\n");
	for (int i = 0; i < 8; i++)
		CHECK(desk_submit(&f, "bob@example.org", "quick", "x") != 0);
	scripts_handler_state(
	    f.site, BYTES("slow/x"), clock_read(&f.clock), &state);
	CHECK_INT(state.runs, 8);
	CHECK_INT(state.rests_us, 0);
	/* Where a new host takes long to start, some of them run nothing. */
	for (int i = 0; i < TRIES && state.rests_us == 0; i++) {
		CHECK(desk_submit(&f, "bob@example.org", "slow", "x") != 0);
		scripts_handler_state(
		    f.site, BYTES("slow/x"), clock_read(&f.clock), &state);
	}
	CHECK(state.runs >= 8 + 6);
	CHECK(state.rests_us > 0);
	desk_teardown(&f);
}

static void
update(uint64_t ticket, const char *field, const char *value)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	desk_set(&f, &input, field, value);
	MUST(desk_do(&f, &input));
}

static const char mover[] =
    "desk.on('ticket.routing', { name = 'route' }, function(event)\n"
    "  event.ticket:set({ priority = 'high' }, 'first')\n"
    "  return event:choose('billing', 'it says so')\n"
    "end)\n"
    "desk.on('ticket.created', { name = 'later' }, function(event)\n"
    "  event.ticket:set({ priority = 'urgent' }, 'second')\n"
    "  event.ticket:tag('moved')\n"
    "  event.customer:set({ vip = true })\n"
    "end)\n";

static void
undo_input(struct act_input *input)
{
	act_input_init(input, VERB_SCRIPT_UNDO, KIND_NONE);
	input->actor = actor_agent(ANN);
}

static void
test_undo__takes_back_a_run(void)
{
	struct act_input input;
	struct trace_run run;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "mover", mover);
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	CHECK(newest("mover", &run));
	CHECK_INT(desk_field(&f, number, TICKET_QUEUE), 2);
	undo_input(&input);
	input.subject = run.id;
	MUST(desk_do(&f, &input));
	CHECK_INT(f.result.undone, 2); /* set, and the choice */
	CHECK(f.result.left == NULL);
	CHECK_INT(desk_field(&f, number, TICKET_QUEUE), 1);
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	MUST(desk_do(&f, &input)); /* again: there is nothing left */
	CHECK_INT(f.result.undone, 0);
	input.actor = actor_system();
	input.actor.kind = BY_CUSTOMER;
	CHECK_INT(desk_do(&f, &input), ERR_DENIED);
	desk_teardown(&f);
}

static void
test_undo__takes_back_a_scripts_runs_since(void)
{
	struct act_input input;
	uint64_t early, number, other;
	int64_t since_us;

	desk_setup(&f);
	desk_script(&f, "mover", mover);
	early = desk_submit(&f, "al@example.org", "Hello", "x");
	desk_run_jobs(&f);
	since_us = clock_advance(&f.clock, CLOCK_HOUR_US);
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	other = desk_submit(&f, "cy@example.org", "Hello", "x");
	desk_run_jobs(&f);
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_URGENT);
	update(other, "queue", "general"); /* a person knows better */
	undo_input(&input);
	input.body = BYTES("mover");
	input.since_us = since_us;
	MUST(desk_do(&f, &input));
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(desk_field(&f, number, TICKET_QUEUE), 1);
	CHECK_INT(desk_field(&f, other, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(desk_field(&f, other, TICKET_QUEUE), 1);
	CHECK_INT(desk_field(&f, early, TICKET_QUEUE), 2);
	CHECK(f.result.left != NULL && f.result.left->is_changed);
	CHECK_BYTES(f.result.left->field, "queue");
	CHECK_INT(f.result.left->ticket, other);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_failed_before__goes_on_and_is_reported);
	RUN(test_wishes_that_cannot_be_had__are_a_failure);
	RUN(test_wishes_of_before__are_done_all_or_none);
	RUN(test_refused_acts__keep_their_traces);
	RUN(test_failures_of_failures__come_to_an_end);
	RUN(test_runs_without_effect__are_remembered);
	RUN(test_failing__rests_with_its_backlog);
	RUN(test_slow_before__is_switched_off);
	RUN(test_undo__takes_back_a_run);
	RUN(test_undo__takes_back_a_scripts_runs_since);
	return tap_done();
}
