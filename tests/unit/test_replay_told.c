/* tests/unit/test_replay_told.c - a desk that came from another help desk is
 * replayed: its tickets are imported, so that only their timelines tell what
 * was done.
 */
#include "config.h"
#include "core/desk/trim.h"
#include "tests/unit/replay_fixture.h"

#define HOUR(n) ((n)*CLOCK_HOUR_US)

/* Who said it, so many hours after the desk was made: "bob
 * 0 Where is it?". Agents are ann and lou, "lou! 3 A note". */
static struct act_history
said(const char *line)
{
	struct bytes rest = bytes_of(line), who = bytes_split(&rest, ' ');
	struct bytes when = bytes_split(&rest, ' ');
	struct act_history h = {
		.type = ENTRY_IS_REPLY, .by = BY_AGENT, .body = rest
	};
	int64_t hours;

	MUST(bytes_to_int(when, &hours));
	h.at_us = FIXTURE_TIME_US + HOUR(hours);
	if (who.at[who.len - 1] == '!') {
		h.type = ENTRY_IS_NOTE;
		who.len--;
	}
	if (bytes_is(who, "ann"))
		h.agent = ANN;
	else if (bytes_is(who, "lou"))
		h.agent = lou;
	else
		h.by = BY_CUSTOMER;
	return h;
}

struct imported {
	const char *subject;
	const char *lines[8];
	const char *queue, *status, *owner;
	int closed_hours; /* after the desk was made; 0: with its last entry */
};

static uint64_t
import(const struct imported *ticket)
{
	struct act_history history[8];
	struct act_input input;

	act_input_init(&input, VERB_IMPORT, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.source = SOURCE_IMPORT;
	input.email = BYTES("bob@example.org");
	desk_set(&f, &input, "subject", ticket->subject);
	if (ticket->queue != NULL)
		desk_set(&f, &input, "queue", ticket->queue);
	if (ticket->status != NULL)
		desk_set(&f, &input, "status", ticket->status);
	if (ticket->closed_hours != 0)
		record_set_int(&input.fields, TICKET_CLOSED_AT,
		    FIXTURE_TIME_US + HOUR(ticket->closed_hours));
	if (ticket->owner != NULL)
		input.agent = ticket->owner[0] == 'a' ? ANN : lou;
	while (ticket->lines[input.history_count] != NULL) {
		history[input.history_count] = said(
		    ticket->lines[input.history_count]);
		input.history_count++;
	}
	input.history = history;
	MUST(desk_do(&f, &input));
	return f.result.ticket;
}

static const struct imported four[] = {
	{ "An invoice",
	    { "bob 1 Where is it?", "lou! 2 I look.", "ann 3 Here it is.",
		"bob 30 Thank you.", NULL },
	    "billing", "closed", "ann", 0 },
	{ "My invoice", { "bob 2 It is wrong.", "lou 20 So it is.", NULL },
	    NULL, "pending", "lou", 0 },
	{ "A hat", { "bob 4 It is red.", "ann 5 It is.", NULL }, NULL, "closed",
	    "ann", 90 },
	{ "Hello", { "ann 10 How are you?", "bob 11 Fine.", NULL }, NULL,
	    "open", "ann", 0 },
};

/* A desk a week after it was made, to which four tickets were moved. */
static void
begin_moved(void)
{
	begin();
	desk_script(&f, "routing", "-- none");
	desk_script(&f, "escalate", "-- none");
	desk_script(&f, "hourly", "-- none");
	live(HOUR(7 * 24));
	for (size_t i = 0; i < sizeof four / sizeof *four; i++)
		CHECK_INT(import(&four[i]), i + 1);
	live(HOUR(1));
}

static void
test_replay_run__has_nothing_to_say_without_scripts(void)
{
	struct replay_options options = record;

	begin_moved();
	for (int hours = 0; hours < 150; hours += 7) {
		options.since_us = FIXTURE_TIME_US + HOUR(hours);
		MUST(run(NULL, NULL, options));
		CHECK_INT(report.differ, 0);
		CHECK_INT(report.not_replayed, 0);
		CHECK_INT(report.skipped, 0);
		if (hours == 0) {
			CHECK_INT(report.tickets, 4);
			CHECK_INT(report.told, 4);
			/* and two of them were closed */
			CHECK_INT(report.acts, 4 + 2 + 2 + 2 + 2);
		}
	}
	/* all that happened in the last days is that one was closed */
	CHECK_INT(report.tickets, 0);
	options.since_us = FIXTURE_TIME_US + HOUR(50);
	MUST(run(NULL, NULL, options));
	CHECK_INT(report.tickets, 1);
	CHECK_INT(report.acts, 1);
	end();
}

static void
test_replay_run__routes_what_was_imported(void)
{
	begin_moved();
	MUST(run("routing", routing, record));
	CHECK_INT(report.tickets, 4);
	CHECK_INT(report.differ, 1); /* the other one is there already */
	CHECK_INT(told[0].number, 2);
	CHECK_INT(told[0].count, 1);
	CHECK(strcmp(told[0].first,
		  "field|queue|general|billing|routing/words") == 0);
	end();
}

/* Timers go off between what is told of. */
static void
test_replay_run__escalates_what_was_imported(void)
{
	begin_moved();
	MUST(run("escalate", with_hours("6h"), record));
	CHECK_INT(report.tickets, 4);
	/* one was thanked for, and closed then; another one waits still */
	CHECK_INT(report.differ, 2);
	CHECK_INT(told[0].number, 2);
	CHECK(strcmp(told[0].first,
		  "note|||Nobody has answered.|escalate/remind") == 0);
	CHECK_INT(told[1].number, 4);
	CHECK_INT(report.is.notes, 2);
	MUST(run("escalate", with_hours("90m"), record));
	CHECK_INT(report.differ, 3); /* answered within the hour */
	CHECK(told_of(3)->number == 0);
	end();
}

static void
test_replay_run__follows_up_what_was_imported(void)
{
	static const char follow[] =
	    "desk.on('ticket.closed', { name = 'begin' }, function(event)\n"
	    "  event.ticket:after('2d', 'ask')\n"
	    "end)\n"
	    "desk.job('ask', function(ticket)\n"
	    "  ticket:note('Is all well? ' .. ticket.replies.customer ..\n"
	    "    '/' .. ticket.replies.agent .. ticket.owner.login)\n"
	    "end)\n";

	begin_moved();
	MUST(run("follow", follow, record));
	CHECK_INT(report.differ, 2);
	CHECK_INT(told[0].number, 1);
	CHECK_INT(told[0].count, 1);
	CHECK(strcmp(told[0].first, "note|||Is all well? 2/1ann|follow/ask") ==
	    0);
	CHECK_INT(told[1].number, 3);
	CHECK(strcmp(told[1].first, "note|||Is all well? 1/1ann|follow/ask") ==
	    0);
	end();
}

static void
test_replay_run__tells_who_would_be_refused(void)
{
	static const char deny[] =
	    "desk.on('ticket.creating', { name = 'no' }, function(event)\n"
	    "  if desk.word_in(event.ticket.subject, { 'hat' }) then\n"
	    "    return event:deny { message = 'None.' }\n"
	    "  end\n"
	    "end)\n";

	begin_moved();
	MUST(run("deny", deny, record));
	CHECK_INT(report.differ, 1);
	CHECK_INT(told[0].number, 3);
	CHECK(strcmp(told[0].first, "refusal|ticket.create||None.|") == 0);
	end();
}

/* It is an owner's doing only if another one would have it. */
static void
test_replay_run__knows_who_owns_what_was_imported(void)
{
	static const char assign[] =
	    "desk.on('ticket.created', { name = 'to' }, function(event)\n"
	    "  event.ticket:assign({ to = desk.agent('lou') })\n"
	    "end)\n";

	begin_moved();
	MUST(run("assign", assign, record));
	CHECK_INT(report.differ, 3);
	CHECK(told_of(2)->number == 0); /* lou has it */
	end();
}

/* What was imported and then lived: each half is told by what knows of it. */
static void
test_replay_run__goes_from_timelines_to_the_log(void)
{
	struct replay_options options = record;

	begin_moved();
	MUST(desk_reply(&f, customer_of(1), 1, "It is me again."));
	live(HOUR(10));
	MUST(desk_reply(&f, actor_agent(lou), 1, "Yes?"));
	update(1, "status", "closed");
	desk_submit(&f, "eve@example.org", "An invoice", "?");
	live(HOUR(3));
	note(2, "It was paid.");
	live(HOUR(30));
	for (int hours = 0; hours < 180; hours += 9) {
		options.since_us = FIXTURE_TIME_US + HOUR(hours);
		MUST(run(NULL, NULL, options));
		CHECK_INT(report.differ, 0);
		CHECK_INT(report.skipped, 0);
		CHECK_INT(report.not_replayed, 0);
		if (hours != 0)
			continue;
		CHECK_INT(report.tickets, 5);
		CHECK_INT(report.told, 4);
		CHECK_INT(report.acts, 12 + 5);
	}
	MUST(run("routing", routing, record));
	CHECK_INT(report.differ, 2);
	CHECK_INT(told[0].number, 2);
	CHECK_INT(told[1].number, 5);
	MUST(run("escalate", with_hours("6h"), record));
	CHECK_INT(report.differ, 4);
	CHECK(told_of(1)->count > 0); /* after it was reopened */
	CHECK(told_of(5)->count > 0);
	end();
}

static void
test_replay_run__compares_two_runs_of_what_was_imported(void)
{
	struct replay_options options = { .against = REPLAY_AT_WORK };

	begin_moved();
	desk_script(&f, "escalate", with_hours("6h"));
	live(HOUR(1));
	MUST(run("escalate", with_hours("6h"), options));
	CHECK(report.is_against_run);
	CHECK_INT(report.tickets, 4);
	CHECK_INT(report.differ, 0);
	MUST(run("escalate", with_hours("30h"), options));
	CHECK_INT(report.differ, 2);
	end();
}

/* The last ones, whether a timeline tells of them or the log. */
static void
test_replay_run__takes_the_last_of_both(void)
{
	struct replay_options options = record;

	begin_moved();
	desk_submit(&f, "eve@example.org", "An invoice", "?");
	live(HOUR(3));
	options.ticket_limit = 3;
	MUST(run(NULL, NULL, options));
	CHECK_INT(report.tickets, 3);
	CHECK_INT(report.told, 2);
	CHECK_INT(report.since_us, FIXTURE_TIME_US + HOUR(30));
	options.ticket_limit = 1;
	MUST(run(NULL, NULL, options));
	CHECK_INT(report.tickets, 1);
	CHECK_INT(report.told, 0);
	options.ticket_limit = 5;
	MUST(run(NULL, NULL, options));
	CHECK_INT(report.tickets, 5);
	end();
}

static void
test_replay_run__says_what_cannot_be_told(void)
{
	static const struct imported odd[] = {
		{ "Only notes", { "lou! 2 He called.", NULL }, NULL, "open",
		    NULL, 0 },
		{ "A note first", { "lou! 2 He called.", "bob 3 So?", NULL },
		    NULL, "open", NULL, 0 },
	};

	begin_moved();
	import(&odd[0]);
	import(&odd[1]);
	MUST(run("routing", routing, record));
	CHECK_INT(report.differ, 1);
	CHECK_INT(report.not_replayed, 2);
	CHECK(strstr(told_of(5)->why_not, "message") != NULL);
	CHECK(strstr(told_of(6)->why_not, "message") != NULL);
	end();
}

/* Forget all that is over 400 days old. */
static void
forget(void)
{
	struct trim trim = { .step = 0 };
	enum err err;

	do
		err = trim_run(&trim, site_store(f.site), f.dir, f.arena);
	while (err == ERR_OK);
	CHECK_INT(err, ERR_NOT_FOUND);
	trim_release(&trim);
}

/* What is older than the log, timelines tell, with the changes in them. */
static void
test_replay_run__reaches_behind_the_log(void)
{
	struct replay_options options = record;

	begin();
	live_a_while();
	live(HOUR(24));
	options.until_us = clock_read(&f.clock);
	/* the log has some days yet, and what is hourly keeps its minute */
	clock_advance(&f.clock, HOUR(24 * 394) + 30 * CLOCK_MINUTE_US);
	desk_run_jobs(&f);
	forget();
	MUST(run(NULL, NULL, options));
	CHECK_INT(report.tickets, 4);
	CHECK(report.told > 0);
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.skipped, 0);
	CHECK_INT(report.since_us, FIXTURE_TIME_US);
	MUST(run("routing", "-- none", options));
	CHECK_INT(report.differ, 3);
	clock_advance(&f.clock, HOUR(24 * 20));
	desk_run_jobs(&f);
	forget();
	MUST(run(NULL, NULL, options));
	CHECK_INT(report.told, 4);
	CHECK_INT(report.differ, 0);
	CHECK_INT(report.skipped, 0);
	end();
}

int
main(void)
{
	RUN(test_replay_run__has_nothing_to_say_without_scripts);
	RUN(test_replay_run__routes_what_was_imported);
	RUN(test_replay_run__escalates_what_was_imported);
	RUN(test_replay_run__follows_up_what_was_imported);
	RUN(test_replay_run__tells_who_would_be_refused);
	RUN(test_replay_run__knows_who_owns_what_was_imported);
	RUN(test_replay_run__goes_from_timelines_to_the_log);
	RUN(test_replay_run__compares_two_runs_of_what_was_imported);
	RUN(test_replay_run__takes_the_last_of_both);
	RUN(test_replay_run__says_what_cannot_be_told);
	RUN(test_replay_run__reaches_behind_the_log);
	return tap_done();
}
