/* tests/unit/test_script_host.c - the server's side of the script host, with
 * the real process: loading, calls, deadlines, deaths. */
#include "config.h"

#include "core/script/spawn.h"
#include "tests/unit/script_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ON(hook, body) \
	"desk.on('" hook "', { name = 'h' }, function(event) " body " end)"

static void
test_script_host_call__gives_wishes_and_choice(void)
{
	struct fixture f;
	const struct json *wish;

	fixture_init(&f);
	CHECK_BYTES(bytes_of(fixture_try(&f,
			ON("ticket.routing",
			    "event.ticket:set({ priority = 'high' }, 'why') "
			    "return event:choose('billing', 'because')"))),
	    "");
	wish = json_first(f.out.wishes);
	CHECK_INT(json_count(f.out.wishes), 1);
	CHECK_BYTES(json_text(json_get(wish, "do")), "set");
	CHECK_BYTES(
	    json_text(json_get(json_get(wish, "fields"), "priority")), "high");
	CHECK_BYTES(json_text(json_get(f.out.choose, "value")), "billing");
	CHECK_BYTES(json_text(json_get(f.out.choose, "why")), "because");
	CHECK(f.out.deny == NULL && f.out.stop == NULL);
	CHECK(f.out.cpu_us > 0 && f.out.wall_us > 0);
	fixture_release(&f);
}

static void
test_script_host_call__asks_and_keeps_what_was_said(void)
{
	struct fixture f;
	struct buf trace = BUF_INIT;
	struct script_call call = { .body = BYTES("{}") };
	struct script_set *set;

	fixture_init(&f);
	f.answer = "{\"login\":\"bob\",\"name\":\"Bob\",\"available\":true}";
	CHECK_BYTES(bytes_of(fixture_try(&f,
			ON("ticket.created",
			    "local bob = event.customer.last_agent "
			    "if bob.available then event.ticket:assign({ to = "
			    "bob }, bob.name) end"))),
	    "");
	CHECK_BYTES(bytes_of(f.question), "get agent bob0");
	CHECK_INT(f.out.asked_count, 1);
	call.set = set = script_host_set(f.host);
	script_trace(&call, &f.out, 4096, &trace);
	CHECK(strstr(buf_string(&trace), "\"ask\":\"get\"") != NULL);
	CHECK(strstr(buf_string(&trace), "\"do\":\"assign\"") != NULL);
	buf_clear(&trace);
	script_trace(&call, &f.out, 100, &trace);
	CHECK(trace.len <= 100);
	CHECK(strstr(buf_string(&trace), "\"cut\":true") != NULL);
	buf_release(&trace);
	script_set_unref(set);
	f.answer = NULL; /* a refused question raises in the script */
	CHECK(strstr(fixture_run(&f, BODY), "no get agent bob0") != NULL);
	fixture_release(&f);
}

/* Caller and host take turns, on one CPU; see core/script/turns.h. */
static void
test_script_host_call__shares_one_cpu_with_its_caller(void)
{
	struct script_host_status status;
	cpu_set_t before, after, hosts;
	struct fixture f;

	fixture_init(&f);
	CHECK_INT(sched_getaffinity(0, sizeof before, &before), 0);
	CHECK_BYTES(bytes_of(fixture_try(
			&f, ON("ticket.created", "event.ticket:tag('a')"))),
	    "");
	CHECK_INT(sched_getaffinity(0, sizeof after, &after), 0);
	CHECK(CPU_EQUAL(&before, &after));
	script_host_status(f.host, &status);
	CHECK_INT(sched_getaffinity(status.pid, sizeof hosts, &hosts), 0);
	CHECK_INT(CPU_COUNT(&hosts), 1);
	/* Another caller, elsewhere, takes it along. */
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &before))
			continue;
		CPU_ZERO(&after);
		CPU_SET((size_t)cpu, &after);
		CHECK_INT(sched_setaffinity(0, sizeof after, &after), 0);
		CHECK_BYTES(bytes_of(fixture_run(&f, BODY)), "");
		CHECK_INT(
		    sched_getaffinity(status.pid, sizeof hosts, &hosts), 0);
		CHECK(CPU_EQUAL(&hosts, &after));
	}
	CHECK_INT(sched_setaffinity(0, sizeof before, &before), 0);
	fixture_release(&f);
}

/* Or twice as much, where the machine was too busy for it. */
static bool
is_stopped_after(const char *error, int64_t us)
{
	const char *at = strstr(error, "took over ");
	int64_t ms = at != NULL ? atoi(at + strlen("took over ")) : 0;

	return ms == us / 1000 || ms == 2 * us / 1000;
}

static void
test_script_host_call__stops_what_takes_too_long(void)
{
	struct fixture f;
	const char *error;
	struct script_host_status status;

	fixture_init(&f);
	error = fixture_try(&f, ON("ticket.created", "while true do end"));
	CHECK(is_stopped_after(error, SCRIPT_AFTER_US));
	CHECK(strstr(error, "t.lua:1:") != NULL);
	CHECK(f.out.was_killed);
	CHECK(f.out.wall_us >= SCRIPT_AFTER_US);
	error = fixture_try(&f, ON("ticket.creating", "string.rep('x', 2^40)"));
	CHECK(error[0] != '\0'); /* memory */
	error = fixture_try(&f,
	    ON("ticket.creating",
		"pcall(string.find, ('a'):rep(500), ('.-'):rep(20)..'b')"));
	CHECK(is_stopped_after(error, SCRIPT_BEFORE_US));
	script_host_status(f.host, &status);
	CHECK_INT(status.kills, 2);
	fixture_release(&f);
}

/* Returns when it has ended; whose child it is has still to wait for it. */
static void
kill_and_see(pid_t pid)
{
	siginfo_t info;

	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void
test_script_host_call__starts_again_after_a_death(void)
{
	struct fixture f;
	struct script_host_status status;

	fixture_init(&f);
	CHECK_BYTES(bytes_of(fixture_try(
			&f, ON("ticket.created", "event.ticket:tag('x')"))),
	    "");
	script_host_status(f.host, &status);
	CHECK(status.pid > 0);
	kill_and_see(status.pid);
	CHECK_BYTES(bytes_of(fixture_run(&f, BODY)), "");
	CHECK_INT(json_count(f.out.wishes), 1);
	script_host_status(f.host, &status);
	CHECK_INT(status.kills, 0); /* no handler's doing */
	fixture_release(&f);
}

static pid_t
wait_for_spare(void)
{
	pid_t pid;

	while ((pid = spawn_spare_pid()) == 0)
		usleep(1000);
	return pid;
}

static void
test_script_host_call__takes_the_process_started_ahead(void)
{
	struct fixture f;
	struct script_host_status status;
	pid_t spare;

	fixture_init(&f);
	CHECK_BYTES(bytes_of(fixture_try(
			&f, ON("ticket.created", "event.ticket:tag('x')"))),
	    "");
	spare = wait_for_spare();
	script_host_rest(f.host, 0);
	CHECK_BYTES(bytes_of(fixture_run(&f, BODY)), "");
	script_host_status(f.host, &status);
	CHECK_INT(status.pid, spare);

	/* One that died while it waited is no hindrance. */
	spare = wait_for_spare();
	CHECK(spare != status.pid);
	kill_and_see(spare);
	script_host_rest(f.host, 0);
	CHECK_BYTES(bytes_of(fixture_run(&f, BODY)), "");
	script_host_status(f.host, &status);
	CHECK(status.pid > 0 && status.pid != spare);
	fixture_release(&f);
}

static void *
wake_later(void *pid)
{
	usleep(SCRIPT_BEFORE_US + SCRIPT_BEFORE_US / 5);
	kill(*(pid_t *)pid, SIGCONT);
	return NULL;
}

/* Stopped as if others had all processors: for a little more than the handler
 * may take, then for good. */
static void
test_script_host_call__has_its_time_again_if_it_had_none(void)
{
	struct fixture f;
	struct script_host_status status;
	bool was_waited_for = false;
	const char *error;
	pthread_t waker;

	fixture_init(&f);
	CHECK_BYTES(bytes_of(fixture_load_text(
			&f, ON("ticket.creating", "event.ticket:tag('x')"))),
	    "");
	/* on a machine that is busy indeed it may be woken too late */
	for (int i = 0; i < 20 && !was_waited_for; i++) {
		CHECK_BYTES(bytes_of(fixture_run(&f, BODY)), "");
		script_host_status(f.host, &status);
		kill(status.pid, SIGSTOP);
		CHECK_INT(
		    pthread_create(&waker, NULL, wake_later, &status.pid), 0);
		was_waited_for = fixture_run(&f, BODY)[0] == '\0';
		pthread_join(waker, NULL);
	}
	CHECK(was_waited_for);
	CHECK(f.out.wall_us > SCRIPT_BEFORE_US);
	script_host_status(f.host, &status);
	kill(status.pid, SIGSTOP);
	error = fixture_run(&f, BODY);
	CHECK(f.out.was_killed);
	CHECK(f.out.wall_us >= 2 * SCRIPT_BEFORE_US);
	CHECK(strstr(error, "took over 200 ms") != NULL);
	fixture_release(&f);
}

static void *
kill_later(void *pid)
{
	usleep(20 * 1000);
	kill(*(pid_t *)pid, SIGKILL);
	return NULL;
}

static void
test_script_host_call__survives_a_kill_in_the_midst(void)
{
	struct fixture f;
	struct script_host_status status;
	pthread_t killer;
	pid_t pid;
	const char *error;

	fixture_init(&f);
	CHECK_BYTES(bytes_of(fixture_load_text(&f,
			ON("ticket.created",
			    "event.ticket:tag('x') while true do end"))),
	    "");
	script_host_status(f.host, &status);
	pid = status.pid;
	CHECK_INT(pthread_create(&killer, NULL, kill_later, &pid), 0);
	error = fixture_run(&f, BODY);
	pthread_join(killer, NULL);
	CHECK(strstr(error, "died (signal 9)") != NULL);
	CHECK(f.out.wishes == NULL); /* no effect of half a run */
	CHECK(f.out.was_killed);
	fixture_release(&f);
}

static void
test_script_host_load__keeps_the_last_good_text(void)
{
	struct script_file files[] = {
		{ BYTES("a"), BYTES("desk.job('one', function() end)"),
		    BYTES_NONE },
		{ BYTES("b"), BYTES("desk.job('new', function( end)"),
		    BYTES("desk.job('old', function() end)") },
		{ BYTES("c"), BYTES("\n\nnosuch()"), BYTES_NONE },
		{ BYTES("d"), BYTES("while true do end"),
		    BYTES("desk.job('kept', function() end)") },
	};
	struct fixture f;
	size_t count;

	fixture_init(&f);
	CHECK_INT(fixture_load(&f, files, 4), ERR_OK);
	CHECK_INT(f.report.file_count, 4);
	CHECK_INT(f.report.files[0].state, SCRIPT_OK);
	CHECK_INT(f.report.files[1].state, SCRIPT_KEPT);
	CHECK(bytes_find(f.report.files[1].message, BYTES("b.lua:1:")));
	CHECK_INT(f.report.files[2].state, SCRIPT_FAILED);
	CHECK_BYTES(
	    f.report.files[2].message, "c.lua:3: there is no \"nosuch\"");
	CHECK_INT(f.report.files[3].state, SCRIPT_KEPT);
	CHECK_BYTES(f.report.files[3].message,
	    "d.lua: its top level did not end within 500 ms");
	(void)script_set_all(f.set, &count);
	CHECK_INT(count, 3);
	CHECK(script_set_find(f.set, SCRIPT_JOB, BYTES("a/one")) != NULL);
	CHECK(script_set_find(f.set, SCRIPT_JOB, BYTES("b/old")) != NULL);
	CHECK(script_set_find(f.set, SCRIPT_JOB, BYTES("b/new")) == NULL);
	CHECK(script_set_find(f.set, SCRIPT_JOB, BYTES("d/kept")) != NULL);
	fixture_release(&f);
}

static void
test_script_host_load__orders_handlers_and_replaces_files(void)
{
	struct script_file files[] = {
		{ BYTES("a"),
		    BYTES("desk.on('ticket.created', { name = 'z' }, print)"
			  "desk.on('ticket.created', { name = 'y' }, print)"
			  "desk.on('ticket.created', { name = 'x', order = 9, "
			  "when = { queue = 'billing' } }, print)"),
		    BYTES_NONE },
		{ BYTES("gone"),
		    BYTES("desk.on('ticket.created', { name = 'g' }, print)"),
		    BYTES_NONE },
		{ BYTES("mine"),
		    BYTES("replaces = 'gone'"
			  "desk.on('ticket.created', { name = 'm' }, print)"
			  "desk.every('15m', { name = 'e' }, print)"),
		    BYTES_NONE },
	};
	static const char *const want[] = { "a/x", "a/y", "a/z", "mine/m" };
	const struct script_handler *list, *timer;
	struct fixture f;
	size_t count = 0;

	fixture_init(&f);
	CHECK_INT(fixture_load(&f, files, 3), ERR_OK);
	CHECK_INT(f.report.files[1].state, SCRIPT_REPLACED);
	list = script_set_on(f.set, HOOK_TICKET_CREATED, &count);
	CHECK_INT(count, 4);
	for (size_t i = 0; i < count; i++)
		CHECK_BYTES(list[i].full, want[i]);
	CHECK_BYTES(list[0].when, "{\"queue\":\"billing\"}");
	CHECK_INT(list[0].order, 9);
	CHECK(script_set_on(f.set, HOOK_TICKET_CLOSED, &count) == NULL);
	timer = script_set_find(f.set, SCRIPT_TIMER, BYTES("mine/e"));
	CHECK(timer != NULL && timer->every_us == 15 * CLOCK_MINUTE_US);
	fixture_release(&f);
}

static void
test_script_host_call__finds_the_handler_after_a_load(void)
{
	struct script_file file = { BYTES("t"),
		BYTES("desk.job('j', function() desk.store:set('k', 1) end)"),
		BYTES_NONE };
	struct fixture f;
	struct script_set *old;
	size_t count;
	struct script_call call = { .body = BYTES("{\"job\":{}}") };
	struct why why = { .message = "" };

	fixture_init(&f);
	CHECK_INT(fixture_load(&f, &file, 1), ERR_OK);
	old = script_set_ref(f.set);
	file.text = BYTES(
	    "desk.job('i', function() end)"
	    "desk.job('j', function() desk.store:set('k', 2) end)");
	CHECK_INT(fixture_load(&f, &file, 1), ERR_OK);
	CHECK(script_set_version(f.set) > script_set_version(old));
	call.set = old;
	call.handler = script_set_all(old, &count);
	CHECK_INT(
	    script_host_call(f.host, &call, f.arena, &f.out, &why), ERR_OK);
	CHECK(bytes_find(f.out.result, BYTES("\"value\":2")) != NULL);
	file.text = BYTES("desk.job('other', function() end)");
	CHECK_INT(fixture_load(&f, &file, 1), ERR_OK);
	CHECK_INT(
	    script_host_call(f.host, &call, f.arena, &f.out, &why), ERR_STALE);
	script_set_unref(old);
	fixture_release(&f);
}

static void
test_script_host_call__leaves_out_what_is_over_the_minutes_time(void)
{
	struct script_host_options options = { .site = "test",
		.cpu_us = 300 * 1000 };
	struct fixture f;
	const char *error;

	fixture_init(&f);
	script_host_destroy(f.host);
	CHECK_INT(script_host_create(&options, &f.host), ERR_OK);
	for (int i = 0; i < 2; i++)
		(void)fixture_try(
		    &f, ON("ticket.created", "while true do end"));
	error = fixture_try(&f, ON("ticket.created", "event.ticket:tag('x')"));
	CHECK(strstr(error, "over 300 ms of processor time") != NULL);
	CHECK(f.out.was_skipped && !f.out.was_killed);
	CHECK(f.out.wishes == NULL);
	fixture_release(&f);
}

/* A host that gives way to others is waited for, when it loads, too. */
static void
test_script_host_load__has_patience_with_a_host_that_waits(void)
{
	struct script_host_options options = { .site = "test",
		.patience_us = 60 * CLOCK_SECOND_US };
	struct script_file file = { BYTES("slow"),
		BYTES("for i = 1, 400000000 do end"), BYTES_NONE };
	struct fixture f;

	fixture_init(&f);
	script_host_destroy(f.host);
	CHECK_INT(script_host_create(&options, &f.host), ERR_OK);
	CHECK_INT(fixture_load(&f, &file, 1), ERR_OK);
	CHECK_INT(f.report.files[0].state, SCRIPT_OK);
	fixture_release(&f);
}

/* What anybody may call takes no time from what a desk needs. */
static void
test_script_host_call__gives_routes_a_part_of_the_time(void)
{
	struct script_host_options options = { .site = "test",
		.cpu_us = 2000 * 1000 };
	struct fixture f;
	const char *error = "";

	fixture_init(&f);
	script_host_destroy(f.host);
	CHECK_INT(script_host_create(&options, &f.host), ERR_OK);
	for (int i = 0; i < 4 && error[0] == '\0'; i++) {
		error = fixture_try(&f,
		    "desk.route('GET /x/a', {}, function()\n"
		    "  while true do end\n"
		    "end)\n");
		CHECK(f.out.was_killed || f.out.was_skipped);
		error = f.out.was_skipped ? error : "";
	}
	CHECK(f.out.was_skipped && !f.out.was_killed);
	CHECK(strstr(error, "processor time in a minute") != NULL);
	CHECK_BYTES(bytes_of(fixture_try(
			&f, ON("ticket.created", "event.ticket:tag('x')"))),
	    "");
	CHECK_INT(json_count(f.out.wishes), 1);
	fixture_release(&f);
}

/* What two files want is the first one's; one that takes its place may. */
static void
test_script_host_load__gives_a_route_and_a_key_once(void)
{
	static const char route[] = "desk.route('GET /x/a', {}, print)";
	static const char action[] =
	    "\ndesk.action('do', { key = 'y' }, print)";
	struct script_file files[] = {
		{ BYTES("a"), bytes_of(route), BYTES_NONE },
		{ BYTES("b"), bytes_of(route),
		    BYTES("desk.job('old', function() end)") },
		{ BYTES("c"), bytes_of(action), BYTES_NONE },
		{ BYTES("d"), bytes_of(action), BYTES_NONE },
		{ BYTES("e"), BYTES("desk.job('last', function() end)"),
		    BYTES_NONE },
	};
	struct script_file copies[] = {
		{ BYTES("copy"),
		    BYTES("replaces = 'orig' "
			  "desk.route('GET /x/a', {}, print)"),
		    BYTES_NONE },
		{ BYTES("orig"), bytes_of(route), BYTES_NONE },
		{ BYTES("zcopy"),
		    BYTES("replaces = 'key' "
			  "desk.action('do', { key = 'y' }, print)"),
		    BYTES_NONE },
		{ BYTES("key"), bytes_of(action), BYTES_NONE },
	};
	struct fixture f;
	size_t count;

	fixture_init(&f);
	CHECK_INT(fixture_load(&f, files, 5), ERR_OK);
	CHECK_INT(f.report.files[0].state, SCRIPT_OK);
	CHECK_INT(f.report.files[1].state, SCRIPT_KEPT);
	CHECK_BYTES(f.report.files[1].message,
	    "b.lua:1: \"GET :x:a\": the route GET /x/a is that of "
	    "\"a/GET :x:a\" (a.lua:1)");
	CHECK_INT(f.report.files[3].state, SCRIPT_FAILED);
	CHECK_INT(f.report.files[3].line, 2);
	CHECK_BYTES(f.report.files[3].message,
	    "d.lua:2: \"do\": the key \"y\" is that of \"c/do\" (c.lua:2)");
	CHECK(script_set_find(f.set, SCRIPT_JOB, BYTES("e/last")) != NULL);
	CHECK(script_set_find(f.set, SCRIPT_JOB, BYTES("b/old")) != NULL);
	(void)script_set_kind(f.set, SCRIPT_ROUTE, &count);
	CHECK_INT(count, 1);
	CHECK_INT(fixture_load(&f, copies, 4), ERR_OK);
	for (size_t i = 0; i < 4; i++) {
		printf("# %.*s\n", BYTES_ARG(f.report.files[i].message));
		CHECK(f.report.files[i].message.len == 0);
	}
	CHECK_INT(f.report.files[1].state, SCRIPT_REPLACED);
	(void)script_set_kind(f.set, SCRIPT_ROUTE, &count);
	CHECK_INT(count, 1);
	fixture_release(&f);
}

static void
test_script_host_rest__ends_an_idle_process(void)
{
	struct fixture f;
	struct script_host_status status;

	fixture_init(&f);
	CHECK_BYTES(bytes_of(fixture_try(&f, ON("ticket.created", ""))), "");
	script_host_rest(f.host, 60 * CLOCK_SECOND_US);
	script_host_status(f.host, &status);
	CHECK(status.pid > 0);
	script_host_rest(f.host, 0);
	script_host_status(f.host, &status);
	CHECK_INT(status.pid, 0);
	CHECK_BYTES(bytes_of(fixture_run(&f, BODY)), "");
	script_host_status(f.host, &status);
	CHECK(status.pid > 0);
	fixture_release(&f);
}

static void
test_script_host_create__says_when_there_is_no_program(void)
{
	struct script_host_options options = { .program = "/nonexistent/script",
		.site = "test" };
	struct script_host *host = NULL;
	struct script_report report;
	struct arena *arena = arena_create();
	struct why why = { .message = "" };

	CHECK_INT(script_host_create(&options, &host), ERR_OK);
	CHECK_INT(script_host_load(host, bytes_of(SITE), NULL, 0, BYTES("{}"),
		      arena, &report, &why),
	    ERR_IO);
	CHECK(why.message[0] != '\0');
	CHECK(script_host_set(host) == NULL);
	CHECK_INT(script_host_load(host, BYTES("{nonsense"), NULL, 0,
		      BYTES("{}"), arena, &report, &why),
	    ERR_INVALID);
	script_host_destroy(host);
	arena_destroy(arena);
}

/* Several threads at once, of which the -ing ones go first. */
struct crowd {
	struct fixture *f;
	const struct script_handler *handler;
	int failures;
};

static void *
crowd_main(void *argument)
{
	struct crowd *c = argument;
	struct arena *arena = arena_create();

	for (int i = 0; i < 50; i++) {
		struct script_call call = { .set = c->f->set,
			.handler = c->handler,
			.body = BYTES(BODY),
			.now_us = NOW_US };
		struct script_outcome out;
		struct why why = { .message = "" };

		arena_reset(arena);
		if (script_host_call(c->f->host, &call, arena, &out, &why) !=
			ERR_OK ||
		    out.error.len > 0 || json_count(out.wishes) != 1)
			c->failures++;
	}
	arena_destroy(arena);
	return NULL;
}

static void
test_script_host_call__serves_many_threads_in_turn(void)
{
	enum { THREADS = 6 };
	struct fixture f;
	struct crowd crowd[THREADS];
	pthread_t threads[THREADS];
	size_t count;
	const struct script_handler *all;

	fixture_init(&f);
	CHECK_BYTES(bytes_of(fixture_load_text(&f,
			"desk.on('ticket.creating', { name = 'a' }, "
			"function(e) e.ticket:tag('x') end)"
			"desk.on('ticket.created', { name = 'b' }, "
			"function(e) e.ticket:note('x') end)")),
	    "");
	all = script_set_all(f.set, &count);
	CHECK_INT(count, 2);
	for (int i = 0; i < THREADS; i++) {
		crowd[i] = (struct crowd){ &f, &all[i % 2], 0 };
		CHECK_INT(
		    pthread_create(&threads[i], NULL, crowd_main, &crowd[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(crowd[i].failures, 0);
	}
	fixture_release(&f);
}

int
main(void)
{
	RUN(test_script_host_call__gives_wishes_and_choice);
	RUN(test_script_host_call__asks_and_keeps_what_was_said);
	RUN(test_script_host_call__shares_one_cpu_with_its_caller);
	RUN(test_script_host_call__stops_what_takes_too_long);
	RUN(test_script_host_call__has_its_time_again_if_it_had_none);
	RUN(test_script_host_call__starts_again_after_a_death);
	RUN(test_script_host_call__takes_the_process_started_ahead);
	RUN(test_script_host_call__survives_a_kill_in_the_midst);
	RUN(test_script_host_load__keeps_the_last_good_text);
	RUN(test_script_host_load__orders_handlers_and_replaces_files);
	RUN(test_script_host_call__finds_the_handler_after_a_load);
	RUN(test_script_host_call__leaves_out_what_is_over_the_minutes_time);
	RUN(test_script_host_call__gives_routes_a_part_of_the_time);
	RUN(test_script_host_load__has_patience_with_a_host_that_waits);
	RUN(test_script_host_load__gives_a_route_and_a_key_once);
	RUN(test_script_host_rest__ends_an_idle_process);
	RUN(test_script_host_create__says_when_there_is_no_program);
	RUN(test_script_host_call__serves_many_threads_in_turn);
	return tap_done();
}
