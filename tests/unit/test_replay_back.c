/* tests/unit/test_replay_back.c - replays in the background, and short ones. */
#include "config.h"
#include "tests/unit/replay_fixture.h"

#include <unistd.h>

static void
test_desk_act__knows_no_past_on_a_real_desk(void)
{
	struct act_input input;

	begin();
	desk_submit(&f, "bob@example.org", "Hello", "?");
	act_input_init(&input, VERB_NOTE_ADD, KIND_TICKET);
	input.actor = actor_agent(lou);
	input.actor.is_past = true;
	input.subject = 1;
	input.body = BYTES("I was here.");
	CHECK_INT(desk_do(&f, &input), ERR_DENIED);
	end();
}

static void
wait_for_back(struct replay_status *status)
{
	do {
		usleep(1000);
		MUST(replay_look(f.site, f.arena, status));
	} while (status->state == REPLAY_RUNS);
}

static void
test_replay_begin__runs_in_the_background(void)
{
	struct replay_order order = { .file = { .name = BYTES("escalate") },
		.since_us = FIXTURE_TIME_US };
	struct replay_status status;

	begin();
	wait_for_long();
	order.file.text = bytes_of(with_hours("4h"));
	MUST(replay_look(f.site, f.arena, &status));
	CHECK_INT(status.state, REPLAY_NONE);
	MUST(replay_begin(f.site, &order));
	MUST(replay_look(f.site, f.arena, &status));
	if (status.state == REPLAY_RUNS)
		CHECK_INT(replay_begin(f.site, &order), ERR_BUSY);
	desk_submit(&f, "zoe@example.org", "Meanwhile", "The desk goes on.");
	wait_for_back(&status);
	CHECK_INT(status.state, REPLAY_DONE);
	CHECK_BYTES(status.script, "escalate");
	/* the one that came meanwhile may be looked at, and waits */
	CHECK(status.report.differ == 3 || status.report.differ == 4);
	CHECK(status.tickets != NULL && status.tickets->ticket.number == 3);
	CHECK(status.total > 0 && status.done <= status.total);
	order.file.text = BYTES("desk.on(");
	MUST(replay_begin(f.site, &order));
	wait_for_back(&status);
	CHECK(status.report.load_error.len > 0);
	MUST(replay_begin(f.site, &order));
	end(); /* the site goes while it runs */
}

static void
test_replay_end__stops_it(void)
{
	static const char slow[] =
	    "desk.every('1m', { name = 'slow' }, function(job)\n"
	    "  for i = 1, 100000 do local s = 'x' .. i end\n"
	    "end)\n";
	struct replay_order order = { .file = { .name = BYTES("slow"),
					  .text = BYTES("") },
		.since_us = FIXTURE_TIME_US };
	struct replay_status status;

	begin();
	wait_for_long();
	order.file.text = bytes_of(slow);
	MUST(replay_begin(f.site, &order));
	replay_end(f.site);
	wait_for_back(&status);
	CHECK_INT(status.state, REPLAY_DONE);
	CHECK(status.is_stopping);
	CHECK(status.report.reached_us < status.report.until_us);
	end();
}

static void
test_replay_short__compares_with_the_scripts_at_work(void)
{
	struct script_file file = { .name = BYTES("escalate") };
	struct replay_kept *tickets;

	begin();
	wait_for_long();
	file.text = bytes_of(with_hours("4h"));
	MUST(replay_short(f.site, &file, f.arena, &report, &tickets, &f.why));
	CHECK_INT(report.tickets, 5);
	CHECK_INT(report.differ, 3);
	CHECK(report.is_against_run);
	CHECK_INT(report.reached_us, report.until_us);
	CHECK(tickets != NULL && tickets->ticket.number == 3);
	end();
}

/* Half of the time is the first run's, and the second goes as far. */
static void
test_replay_run__compares_as_far_as_both_came(void)
{
	struct replay_options options = { .against = REPLAY_AT_WORK,
		.budget_us = 1 };

	begin();
	wait_for_long();
	MUST(run("escalate", with_hours("4h"), options));
	CHECK(report.reached_us < report.until_us);
	CHECK_INT(report.differ, 0);
	end();
}

int
main(void)
{
	RUN(test_desk_act__knows_no_past_on_a_real_desk);
	RUN(test_replay_begin__runs_in_the_background);
	RUN(test_replay_end__stops_it);
	RUN(test_replay_short__compares_with_the_scripts_at_work);
	RUN(test_replay_run__compares_as_far_as_both_came);
	return tap_done();
}
