/* tests/unit/test_replay.c - a desk that has lived is replayed: with its own
 * scripts nothing differs, with others what should.
 */
#include "config.h"
#include "tests/unit/replay_fixture.h"

static void
test_replay_run__finds_nothing_with_the_same_scripts(void)
{
	uint32_t before;

	begin();
	live_a_while();
	MUST(store_flush(site_store(f.site)));
	before = desk_store_sum(&f);
	MUST(run(NULL, NULL, record));
	CHECK_INT(report.tickets, 4);
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.not_replayed, 0);
	CHECK_INT(report.skipped, 0);
	CHECK_INT(report.error_count, 0);
	CHECK_INT(report.is.mails, report.was.mails);
	CHECK_INT(report.is.notes, report.was.notes);
	CHECK_INT(report.is.changes, report.was.changes);
	CHECK(report.is.notes > 0);
	CHECK_INT(desk_store_sum(&f), before);
	end();
}

static void
test_replay_run__finds_who_would_be_reminded(void)
{
	begin();
	wait_for_long();
	MUST(run("escalate", with_hours("4h"), record));
	CHECK_INT(report.tickets, 5);
	CHECK_INT(report.differ, 3);
	CHECK_INT(told_count, 3);
	CHECK_INT(told[0].number, 3); /* new */
	CHECK(strcmp(told[0].first,
		  "note|||Nobody has answered.|escalate/remind") == 0);
	CHECK_INT(told[0].count, 4);  /* note, priority, and the owner twice */
	CHECK_INT(told[1].number, 4); /* sooner */
	CHECK(strcmp(told[1].first,
		  "note||Nobody has answered.|Nobody has answered.|"
		  "escalate/remind") == 0);
	CHECK_INT(told[2].number, 5);
	MUST(run("escalate", with_hours("8h"), record));
	CHECK_INT(report.differ, 2);
	CHECK_INT(told_of(4)->count, 4); /* who answers takes it */
	CHECK(strcmp(told_of(4)->first,
		  "note||Nobody has answered.||escalate/remind") == 0);
	CHECK_INT(report.was.notes, 2);
	CHECK_INT(report.is.notes, 1);
	end();
}

/* The period begins while timers run: they were set by the scripts at work. */
static void
test_replay_run__begins_with_timers_that_run(void)
{
	struct replay_options options = record;

	begin();
	desk_submit(&f, "bob@example.org", "An invoice", "Where is it?");
	live(2 * CLOCK_HOUR_US);
	options.since_us = clock_read(&f.clock);
	live(6 * CLOCK_HOUR_US);
	MUST(desk_reply(&f, actor_agent(ANN), 1, "So."));
	live(CLOCK_HOUR_US);
	MUST(run(NULL, NULL, options)); /* the ticket is one of the period */
	CHECK_INT(report.tickets, 1);
	CHECK_INT(report.not_replayed, 1);
	CHECK_INT(report.differ, 0);
	CHECK(strstr(told_of(1)->why_not, "timer") != NULL);
	options.lead_us = REPLAY_LEAD_US;
	MUST(run(NULL, NULL, options));
	CHECK_INT(report.not_replayed, 0);
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.is.notes, 1);
	/* those that were set then are as they were set */
	MUST(run("escalate", with_hours("1h"), options));
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.not_replayed, 0);
	end();
}

/* With one week replayed of two, all is rewound that was before. */
static void
test_replay_run__rewinds_what_was_before(void)
{
	struct replay_options options = record;

	begin();
	live_a_while();
	for (int hours = 1; hours < 200; hours += 23) {
		options.since_us = FIXTURE_TIME_US + hours * CLOCK_HOUR_US;
		options.lead_us = 0;
		MUST(run(NULL, NULL, options));
		CHECK_INT(report.differ, 0);
		CHECK_INT(report.skipped, 0);
		options.lead_us = CLOCK_DAY_US;
		MUST(run(NULL, NULL, options));
		CHECK_INT(report.differ, 0);
		CHECK_INT(report.skipped, 0);
	}
	end();
}

static void
test_replay_run__tells_of_refusals(void)
{
	static const char deny[] =
	    "desk.on('ticket.creating', { name = 'no' }, function(event)\n"
	    "  if desk.word_in(event.ticket.subject, { 'invoice' }) then\n"
	    "    return event:deny { message = 'We send none.' }\n"
	    "  end\n"
	    "end)\n";

	begin();
	live_a_while();
	MUST(run("deny", deny, record));
	CHECK_INT(report.differ, 4); /* the others are another's turn */
	CHECK(strcmp(told_of(1)->first,
		  "refusal|ticket.create||We send none.|") == 0);
	CHECK(told_of(1)->count > 3);
	CHECK(told_of(4)->count > 0);
	CHECK(report.skipped > 0); /* what was done to them */
	end();
}

static void
test_replay_run__tells_of_errors(void)
{
	static const char broken[] =
	    "desk.on('reply.sent', { name = 'oops' }, function(event)\n"
	    "  event.ticket:set({ priority = event.nothing.at_all })\n"
	    "end)\n";

	begin();
	live_a_while();
	MUST(run("broken", broken, record));
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.error_count, 2);
	CHECK(report.errors != NULL && report.errors->next == NULL);
	CHECK_INT(report.errors->count, 2);
	CHECK_BYTES(report.errors->handler, "broken/oops");
	CHECK(bytes_find(report.errors->message, BYTES("broken.lua:2")));
	CHECK(report.slowest.len > 0 && report.slowest_us > 0);
	MUST(run("broken", "desk.on(", record));
	CHECK(bytes_find(report.load_error, BYTES("broken.lua:1")));
	CHECK_INT(report.tickets, 0);
	end();
}

/* One that is at work does not load just now: without it much is otherwise, and
 * that is no doing of the one that is asked about. */
static void
test_replay_run__tells_who_does_not_load(void)
{
	char path[PATH_MAX + 64];

	begin();
	live_a_while();
	snprintf(path, sizeof path, "%s/scripts/escalate.lua", f.dir);
	MUST(file_replace(path, 0600, BYTES("desk.on("), NULL));
	MUST(run("calm", "-- nothing", record));
	CHECK_INT(report.error_count, 1);
	CHECK(report.errors != NULL);
	CHECK_BYTES(report.errors->handler, "escalate");
	CHECK(bytes_find(report.errors->message, BYTES("escalate.lua:1")));
	end();
}

static void
remove_record(enum kind_id kind, uint64_t id)
{
	struct act_input input;

	act_input_init(&input, VERB_RECORD_REMOVE, kind);
	input.actor = actor_system();
	input.subject = id;
	MUST(desk_do(&f, &input));
}

static void
test_replay_run__says_what_cannot_be_had(void)
{
	struct act_input input;
	uint64_t queue;

	begin();
	queue = desk_add(&f, KIND_QUEUE,
	    (const char *const[]){
		"key", "fair", "label", "The fair", "has_form", "true", NULL });
	desk_submit(&f, "bob@example.org", "An invoice", "Where is it?");
	update(1, "queue", "fair");
	live(CLOCK_HOUR_US);
	update(1, "queue", "general");
	desk_submit(&f, "eve@example.org", "Hello", "?");
	desk_submit(&f, "zoe@example.org", "Still there", "!");
	update(2, "place", "trash");
	act_input_init(&input, VERB_TICKET_REMOVE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = 2;
	MUST(desk_do(&f, &input));
	remove_record(KIND_QUEUE, queue);
	live(CLOCK_HOUR_US);
	MUST(run(NULL, NULL, record));
	CHECK_INT(report.tickets, 3);
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.not_replayed, 2);
	CHECK(strstr(told_of(1)->why_not, "fair") != NULL);
	CHECK(strstr(told_of(2)->why_not, "removed") != NULL);
	end();
}

/* What an agent gave to an action is kept nowhere, so it is not done again. */
static void
test_replay_run__passes_over_actions(void)
{
	static const char hurry[] =
	    "desk.action('hurry', { label = 'Hurry' }, function(ticket)\n"
	    "  ticket:set({ priority = 'urgent' }, 'It burns')\n"
	    "end)\n";
	struct act_input input;

	begin();
	desk_script(&f, "hurry", hurry);
	desk_submit(&f, "bob@example.org", "Hello", "?");
	desk_submit(&f, "eve@example.org", "Me too", "?");
	act_input_init(&input, VERB_ACTION_RUN, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = 1;
	input.name = bytes_of("hurry/hurry");
	MUST(desk_do(&f, &input));
	live(CLOCK_HOUR_US);
	MUST(run(NULL, NULL, record));
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.not_replayed, 1);
	CHECK(strstr(told_of(1)->why_not, "action") != NULL);
	end();
}

/* Another script was at work then: that is no doing of the one asked about. */
static void
test_replay_run__compares_two_runs(void)
{
	static const char chatty[] =
	    "desk.on('ticket.created', { name = 'hi' }, function(event)\n"
	    "  event.ticket:note('Hi.')\n"
	    "end)\n";
	struct replay_options options = { .against = REPLAY_AT_WORK };

	begin();
	desk_script(&f, "chatty", chatty);
	wait_for_long();
	desk_script(&f, "chatty", "-- no more");
	live(CLOCK_DAY_US);
	MUST(run("escalate", with_hours("4h"), record));
	CHECK_INT(report.differ, 5);
	MUST(run("escalate", with_hours("4h"), options));
	CHECK(report.is_against_run);
	CHECK_INT(report.differ, 3);
	CHECK_INT(report.was.notes, 2);
	CHECK_INT(report.is.notes, 3);
	/* and so it is by itself, as a script has changed since */
	options.against = REPLAY_RECORD_OR_RUN;
	MUST(run("escalate", with_hours("6h"), options));
	CHECK(report.is_against_run);
	CHECK(bytes_find(report.changed, BYTES("chatty")));
	CHECK_INT(report.differ, 0);
	end();
}

static bool
stop_at(void *arg, uint64_t done, uint64_t total)
{
	CHECK(done <= total);
	return done >= *(uint64_t *)arg;
}

static void
test_replay_run__is_stopped(void)
{
	uint64_t at = 20;
	struct replay_options options = {
		.against = REPLAY_RECORD, .progress = stop_at, .arg = &at
	};

	begin();
	live_a_while();
	MUST(run(NULL, NULL, options));
	CHECK(report.reached_us > FIXTURE_TIME_US);
	CHECK(report.reached_us < report.until_us);
	CHECK_INT(report.differ, 0); /* up to there */
	end();
}

/* Those whose handlers had not run where it was stopped do not differ. */
static void
test_replay_run__is_stopped_among_many(void)
{
	uint64_t at = 40;
	struct replay_options options = {
		.against = REPLAY_RECORD, .progress = stop_at, .arg = &at
	};

	begin();
	for (int i = 0; i < 30; i++) {
		desk_submit(&f, "bob@example.org", "My printer", "It burns.");
		clock_advance(&f.clock, 1000);
	}
	live(CLOCK_DAY_US);
	for (at = 1; at < 120; at += 17) {
		MUST(run(NULL, NULL, options));
		CHECK_INT(report.differ, 0);
	}
	end();
}

static void
test_replay_run__takes_the_last_tickets(void)
{
	struct replay_options options = record;

	begin();
	wait_for_long();
	options.ticket_limit = 2;
	MUST(run("escalate", with_hours("8h"), options));
	CHECK_INT(report.tickets, 2);
	CHECK_INT(report.differ, 2);
	CHECK(report.since_us > FIXTURE_TIME_US);
	end();
}

static void
test_replay_run__follows_the_clocks_of_a_zone(void)
{
	static const char daily[] =
	    "desk.cron('30 7 * * *', { name = 'morning' }, function(job)\n"
	    "  for t in desk.tickets { status = 'open' } do\n"
	    "    t:note('Good morning.')\n"
	    "  end\n"
	    "end)\n";
	static const char late[] =
	    "desk.cron('30 8 * * *', { name = 'morning' }, function(job)\n"
	    "  for t in desk.tickets { status = 'open' } do\n"
	    "    t:note('Good morning.')\n"
	    "  end\n"
	    "end)\n";

	begin();
	desk_add(&f, KIND_SETTING,
	    (const char *const[]){
		"name", "site.zone", "value", "\"Europe/Berlin\"", NULL });
	clock_set(&f.clock, INT64_C(1774600200000000)); /* 2026-03-27 08:30 */
	desk_script(&f, "daily", daily);
	desk_submit(&f, "bob@example.org", "Hello", "?");
	live(5 * CLOCK_DAY_US); /* the clocks go forward on the 29th */
	MUST(run(NULL, NULL, record));
	CHECK_INT(report.was.notes, 6);
	CHECK_INT(report.differ, 0);
	MUST(run("daily", late, record));
	CHECK_INT(report.differ, 1);
	CHECK_INT(told_of(1)->count, 5);
	end();
}

/* What the web said then it says again; what it was not asked then it is not
 * asked. */
static void
test_replay_run__answers_web_requests_as_then(void)
{
	static const char ask[] =
	    "desk.on('ticket.created', { name = 'ask' }, function(event)\n"
	    "  desk.http { url = 'https://x.test/', json = { 1 },\n"
	    "    answer = 'heard', ticket = event.ticket }\n"
	    "  desk.http { url = 'https://y.test/', ticket = event.ticket }\n"
	    "end)\n"
	    "desk.job('heard', function(ticket, job)\n"
	    "  ticket:note('It says ' .. tostring(job.answer.text))\n"
	    "end)\n";
	static const char again[] =
	    "desk.on('reply.sent', { name = 'ask' }, function(event)\n"
	    "  desk.http { url = 'https://x.test/', answer = 'heard',\n"
	    "    ticket = event.ticket }\n"
	    "end)\n"
	    "desk.job('heard', function(ticket, job)\n"
	    "  ticket:note(job.answer.ok and 'ok' or job.answer.error)\n"
	    "end)\n";

	begin();
	desk_script(&f, "ask", ask);
	wait_for_long();
	MUST(run(NULL, NULL, record));
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.is.requests, 10);
	CHECK_INT(report.is.notes, 7);
	MUST(run("again", again, record));
	CHECK_INT(report.differ, 5);
	CHECK(strstr(told_of(1)->first, "no answer is kept") != NULL);
	end();
}

/* An answer came before the handlers of the question had run: so it does
 * again. */
static void
test_replay_run__keeps_the_order_of_what_came_together(void)
{
	begin();
	desk_submit(&f, "bob@example.org", "Hello", "?");
	clock_advance(&f.clock, 2000);
	MUST(desk_reply(&f, actor_agent(ANN), 1, "At once."));
	live(CLOCK_DAY_US); /* its timer was set behind the answer */
	desk_submit(&f, "eve@example.org", "Hello", "?");
	live(2000);
	MUST(desk_reply(&f, actor_agent(ANN), 2, "At once, too."));
	live(CLOCK_DAY_US);
	MUST(run(NULL, NULL, record));
	CHECK_INT(report.is.notes, 1);
	CHECK_INT(report.differ, 0);
	end();
}

static void
test_replay_run__knows_who_answered_a_customer_last(void)
{
	static const char prefer[] =
	    "desk.on('ticket.created', { name = 'known' }, function(event)\n"
	    "  local last = event.ticket.customer.last_agent\n"
	    "  if last then event.ticket:assign({ to = last }) end\n"
	    "end)\n";
	struct replay_options options = record;

	begin();
	desk_script(&f, "hourly", "-- sends no mails");
	desk_script(&f, "prefer", prefer);
	desk_submit(&f, "bob@example.org", "Hello", "?");
	MUST(desk_reply(&f, actor_agent(lou), 1, "Hello."));
	live(CLOCK_HOUR_US);
	options.since_us = clock_read(&f.clock);
	desk_submit(&f, "bob@example.org", "Once more", "?");
	live(CLOCK_HOUR_US);
	MUST(desk_reply(&f, actor_agent(ANN), 2, "Here I am."));
	live(CLOCK_HOUR_US);
	MUST(run(NULL, NULL, options));
	CHECK_INT(report.tickets, 1);
	CHECK_INT(report.is.changes, 1);
	CHECK_INT(report.differ, 0);
	end();
}

int
main(void)
{
	RUN(test_replay_run__finds_nothing_with_the_same_scripts);
	RUN(test_replay_run__finds_who_would_be_reminded);
	RUN(test_replay_run__begins_with_timers_that_run);
	RUN(test_replay_run__rewinds_what_was_before);
	RUN(test_replay_run__tells_of_refusals);
	RUN(test_replay_run__tells_of_errors);
	RUN(test_replay_run__tells_who_does_not_load);
	RUN(test_replay_run__says_what_cannot_be_had);
	RUN(test_replay_run__passes_over_actions);
	RUN(test_replay_run__compares_two_runs);
	RUN(test_replay_run__is_stopped);
	RUN(test_replay_run__is_stopped_among_many);
	RUN(test_replay_run__takes_the_last_tickets);
	RUN(test_replay_run__follows_the_clocks_of_a_zone);
	RUN(test_replay_run__answers_web_requests_as_then);
	RUN(test_replay_run__keeps_the_order_of_what_came_together);
	RUN(test_replay_run__knows_who_answered_a_customer_last);
	return tap_done();
}
