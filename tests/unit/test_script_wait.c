/* tests/unit/test_script_wait.c - acts whose -ing handlers find the script host
 * at work, or their time used up: handlers are left out and it is said, what
 * customers write goes in.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/desk/route.h"
#include "core/desk/trace.h"
#include "core/model/ticket.h"
#include "core/script/host.h"
#include "tests/unit/desk_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

static struct desk_fixture f;

/* ---- a slow handler in flight ---- */

/* One that asks something, and is answered when we want. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool is_asked, is_answered;
	pthread_t thread;
} slow = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.moved = PTHREAD_COND_INITIALIZER };

static enum err
answer_late(void *context, struct bytes question, const struct json *with,
    struct buf *answer, struct why *why)
{
	(void)context, (void)question, (void)with, (void)why;
	pthread_mutex_lock(&slow.lock);
	slow.is_asked = true;
	pthread_cond_broadcast(&slow.moved);
	while (!slow.is_answered)
		pthread_cond_wait(&slow.moved, &slow.lock);
	pthread_mutex_unlock(&slow.lock);
	buf_text(answer, "0");
	return ERR_OK;
}

static void *
run_slow(void *arg)
{
	struct when_set *set = when_set_take(f.site);
	struct arena *arena = arena_create();
	struct script_outcome outcome;
	struct why why;
	struct script_call call = { .set = when_set_scripts(set),
		.body = BYTES("{\"job\":{\"due\":1}}"),
		.now_us = FIXTURE_TIME_US,
		.ask = answer_late };

	(void)arg;
	call.handler = script_set_find(
	    call.set, SCRIPT_JOB, BYTES("slow/count"));
	MUST(script_host_call(
	    site_scripts(f.site), &call, arena, &outcome, &why));
	arena_destroy(arena);
	when_set_unref(set);
	return NULL;
}

static void
begin_slow(void)
{
	slow.is_asked = slow.is_answered = false;
	CHECK_INT(pthread_create(&slow.thread, NULL, run_slow, NULL), 0);
	pthread_mutex_lock(&slow.lock);
	while (!slow.is_asked)
		pthread_cond_wait(&slow.moved, &slow.lock);
	pthread_mutex_unlock(&slow.lock);
}

static void
answer_slow(void)
{
	pthread_mutex_lock(&slow.lock);
	slow.is_answered = true;
	pthread_cond_broadcast(&slow.moved);
	pthread_mutex_unlock(&slow.lock);
}

static void
end_slow(void)
{
	answer_slow();
	pthread_join(slow.thread, NULL);
}

static const char slow_script[] =
    "desk.job('count', function() desk.count{ status = 'open' } end)\n";

static const char raiser[] =
    "desk.on('ticket.creating', { name = 'high' }, function(event)\n"
    "  event.ticket:set({ priority = 'high' }, 'always')\n"
    "end)\n";

/* ---- what came of it ---- */

/* The newest run of each handler of <script>: its outcome, or -1. */
static int
outcome_of(const char *handler, struct bytes *error)
{
	struct trace_run *runs;
	struct site_read read;
	size_t count, i = 0;
	int outcome = -1;

	MUST(site_read_begin(f.site, &read));
	MUST(trace_newest(&read, BYTES_NONE, 100, f.arena, &runs, &count));
	while (i < count && !bytes_is(runs[i].name, handler))
		i++;
	if (i < count) {
		outcome = (int)runs[i].outcome;
		*error = (struct bytes){ arena_copy(f.arena, runs[i].error.at,
					     runs[i].error.len),
			runs[i].error.len };
		printf("# %s: %.*s\n", handler, BYTES_ARG(*error));
	}
	site_read_end(&read);
	return outcome;
}

static bool
has(struct bytes text, const char *part)
{
	return bytes_find(text, bytes_of(part)) != NULL;
}

static void
test_before__is_left_out_while_the_host_is_busy(void)
{
	struct bytes error;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "slow", slow_script);
	desk_script(&f, "raise", raiser);
	desk_script(&f, "told",
	    "desk.on('script.failed', { name = 'x' }, function(event)\n"
	    "  local f = event.failure\n"
	    "  desk.store:set(f.script .. '.' .. f.handler, f.hook)\n"
	    "end)\n");
	begin_slow();
	number = desk_submit(&f, "bob@example.org", "Fire", "It burns");
	CHECK(number != 0);
	end_slow();
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(outcome_of("raise/high", &error), OUTCOME_SKIPPED);
	CHECK(has(error, "the script host was busy"));
	desk_run_jobs(&f);
	{
		struct site_read read;
		struct record value;

		MUST(site_read_begin(f.site, &read));
		CHECK_INT(
		    record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
			BYTES("told/raise.high"), &value),
		    ERR_OK);
		site_read_end(&read);
	}
	number = desk_submit(&f, "bob@example.org", "Fire", "Again");
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_HIGH);
	desk_teardown(&f);
}

/* Without it nothing goes on: then it does not. */
static void
test_before__refuses_when_it_is_required(void)
{
	struct bytes error;

	desk_setup(&f);
	desk_script(&f, "slow", slow_script);
	desk_script(&f, "need",
	    "desk.on('ticket.creating', { name = 'it', required = true },\n"
	    "    function() end)\n");
	begin_slow();
	CHECK_INT(desk_submit(&f, "bob@example.org", "Fire", "x"), 0);
	end_slow();
	CHECK_INT(outcome_of("need/it", &error), OUTCOME_SKIPPED);
	CHECK(desk_submit(&f, "bob@example.org", "Fire", "x") != 0);
	desk_teardown(&f);
}

/* One that had to wait for a while has its own time nevertheless. */
static void *
answer_soon(void *arg)
{
	nanosleep(&(struct timespec){ .tv_nsec = 140 * 1000 * 1000 }, NULL);
	answer_slow();
	return arg;
}

static void
test_before__has_its_time_after_a_wait(void)
{
	struct bytes error = BYTES_NONE;
	pthread_t thread;
	int outcome;

	desk_setup(&f);
	desk_script(&f, "slow", slow_script);
	desk_script(&f, "raise", raiser);
	begin_slow();
	CHECK_INT(pthread_create(&thread, NULL, answer_soon, NULL), 0);
	CHECK(desk_submit(&f, "bob@example.org", "Fire", "x") != 0);
	pthread_join(thread, NULL);
	end_slow();
	/* left out only if this machine slept meanwhile */
	outcome = outcome_of("raise/high", &error);
	CHECK(outcome == OUTCOME_OK || outcome == OUTCOME_SKIPPED);
	desk_teardown(&f);
}

/* ---- all of one act together ---- */

#define LOOPS 5
#define TRIES 50
#define ALL_MS 250

static void
test_before__has_so_much_time_for_all(void)
{
	struct buf s = BUF_INIT;
	struct bytes error;
	int sum_ms = 0, killed = 0, ms;

	desk_setup(&f);
	for (int i = 0; i < LOOPS; i++)
		buf_printf(&s,
		    "desk.on('ticket.creating', { name = 'l%d', order = %d },\n"
		    "    function() while true do end end)\n",
		    i, i);
	buf_text(&s,
	    "desk.on('ticket.creating', { name = 'quick', order = 99 },\n"
	    "    function(event) event.ticket:tag('quick') end)\n");
	desk_script(&f, "loops", buf_string(&s));
	buf_release(&s);
	CHECK(desk_submit(&f, "bob@example.org", "Fire", "x") != 0);
	for (int i = 0; i < LOOPS; i++) {
		char name[] = "loops/l0";
		const char *at;
		int outcome;

		name[sizeof name - 2] = (char)('0' + i);
		outcome = outcome_of(name, &error);
		if (outcome == OUTCOME_SKIPPED)
			continue;
		CHECK_INT(outcome, OUTCOME_KILLED);
		at = bytes_find(error, BYTES("took over "));
		ms = at != NULL ? atoi(at + strlen("took over ")) : ALL_MS;
		CHECK(ms >= 0 && ms <= 200); /* on a busy machine */
		sum_ms += ms;
		killed++;
	}
	printf("# %d ms, %d were stopped\n", sum_ms, killed);
	CHECK(sum_ms <= ALL_MS);
	CHECK(killed > 0 && killed <= 3);
	CHECK_INT(outcome_of("loops/quick", &error), OUTCOME_SKIPPED);
	desk_teardown(&f);
}

/* Whose time was cut by others is not to blame for it. */
static void
test_before__does_not_blame_who_came_last(void)
{
	struct handler_state state;
	struct bytes error = BYTES_NONE;
	int outcome = OUTCOME_SKIPPED;

	desk_setup(&f);
	desk_script(&f, "both",
	    "for i = 1, 2 do\n"
	    "  desk.on('ticket.creating', { name = 'loop' .. i, order = i },\n"
	    "      function() while true do end end)\n"
	    "end\n"
	    "desk.on('ticket.creating', { name = 'last', order = 9 },\n"
	    "    function(event)\n"
	    "  if event.ticket.subject == 'Slow' then while true do end end\n"
	    "  event.ticket:tag('last')\n"
	    "end)\n");
	for (int i = 0; i < 5; i++)
		CHECK(desk_submit(&f, "bob@example.org", "Slow", "x") != 0);
	scripts_handler_state(
	    f.site, BYTES("both/loop1"), site_now_us(f.site), &state);
	CHECK_INT(state.rests_us, 0);
	/* Where a new host takes long to start, some of them run nothing. */
	for (int i = 0; i < TRIES && state.rests_us == 0; i++) {
		CHECK(desk_submit(&f, "bob@example.org", "Slow", "x") != 0);
		scripts_handler_state(
		    f.site, BYTES("both/loop1"), site_now_us(f.site), &state);
	}
	CHECK(state.rests_us != 0);
	scripts_handler_state(
	    f.site, BYTES("both/last"), site_now_us(f.site), &state);
	CHECK_INT(state.rests_us, 0);
	for (int i = 0; i < TRIES && outcome != OUTCOME_OK; i++) {
		CHECK(desk_submit(&f, "bob@example.org", "Quick", "x") != 0);
		outcome = outcome_of("both/last", &error);
	}
	CHECK_INT(outcome, OUTCOME_OK);
	desk_teardown(&f);
}

/* A person, and a program, are told to come again; nothing is written. */
static void
test_offers__are_left_out_while_the_host_is_busy(void)
{
	struct route_request request = { .method = BYTES("GET"),
		.path = BYTES("/x/a") };
	struct route_answer answer;
	struct act_input input;
	struct bytes error;
	uint64_t number, commit;

	desk_setup(&f);
	desk_script(&f, "slow", slow_script);
	desk_script(&f, "offer",
	    "desk.action('do', {}, function(t) t:note('done') end)\n"
	    "desk.route('GET /x/a', {}, function() return { text = 'a' } end)"
	    "\n");
	number = desk_submit(&f, "bob@example.org", "Fire", "It burns");
	act_input_init(&input, VERB_ACTION_RUN, KIND_TICKET);
	input.actor = actor_agent(1);
	input.subject = number;
	input.name = BYTES("offer/do");
	begin_slow();
	commit = store_commit_number(site_store(f.site));
	CHECK_INT(desk_do(&f, &input), ERR_BUSY);
	CHECK_INT(
	    route_run(f.site, &request, f.arena, &answer, &f.why), ERR_BUSY);
	CHECK_INT(store_commit_number(site_store(f.site)), commit);
	CHECK_INT(outcome_of("offer/do", &error), -1);
	end_slow();
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	CHECK_INT(
	    route_run(f.site, &request, f.arena, &answer, &f.why), ERR_OK);
	CHECK_BYTES(answer.body, "a");
	desk_teardown(&f);
}

/* Nanoseconds of processor time of the script host. */
static int64_t
host_time(pid_t pid)
{
	struct timespec used = { 0, 0 };
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0)
		(void)clock_gettime(clock, &used);
	return used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
}

/* Kills the process as soon as it is seen to be at work. */
static void *
kill_host(void *arg)
{
	pid_t pid = *(const pid_t *)arg;
	int64_t began = host_time(pid);

	while (host_time(pid) < began + 2000000)
		sched_yield();
	kill(pid, SIGKILL);
	return NULL;
}

static void
test_action__whose_host_is_killed_changes_nothing(void)
{
	struct script_host_status status;
	struct act_input input;
	pthread_t killer;
	pid_t pid;
	struct bytes error;
	uint64_t number;
	int64_t entries;

	desk_setup(&f);
	desk_script(&f, "offer",
	    "desk.action('do', {}, function(t)\n"
	    "  t:note('half')\n"
	    "  while t.subject == 'Fire' do end\n"
	    "end)\n"
	    "desk.action('quick', {}, function(t) t:note('whole') end)\n");
	number = desk_submit(&f, "bob@example.org", "Fire", "It burns");
	entries = desk_field(&f, number, TICKET_LAST_ENTRY);
	act_input_init(&input, VERB_ACTION_RUN, KIND_TICKET);
	input.actor = actor_agent(1);
	input.subject = number;
	input.name = BYTES("offer/do");
	script_host_status(site_scripts(f.site), &status);
	pid = status.pid;
	CHECK_INT(pthread_create(&killer, NULL, kill_host, &pid), 0);
	CHECK_INT(desk_do(&f, &input), ERR_REFUSED);
	pthread_join(killer, NULL);
	CHECK_INT(desk_field(&f, number, TICKET_LAST_ENTRY), entries);
	CHECK_INT(outcome_of("offer/do", &error), OUTCOME_KILLED);
	input.name = BYTES("offer/quick");
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	CHECK_INT(desk_field(&f, number, TICKET_LAST_ENTRY), entries + 2);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_before__is_left_out_while_the_host_is_busy);
	RUN(test_before__refuses_when_it_is_required);
	RUN(test_before__has_its_time_after_a_wait);
	RUN(test_before__has_so_much_time_for_all);
	RUN(test_before__does_not_blame_who_came_last);
	RUN(test_offers__are_left_out_while_the_host_is_busy);
	RUN(test_action__whose_host_is_killed_changes_nothing);
	return tap_done();
}
