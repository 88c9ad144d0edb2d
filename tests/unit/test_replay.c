/* tests/unit/test_replay.c - a desk that has lived is replayed: with its own
 * scripts nothing differs, with others what should.
 */
#include "config.h"
#include "core/base/crc32c.h"
#include "core/desk/replay_back.h"
#include "core/desk/runner.h"
#include "tests/unit/desk_fixture.h"

#include <unistd.h>

#define ANN 1
#define TOLD_MAX 64

static struct desk_fixture f;
static struct replay_report report;
static uint64_t lou;

/* What was told of tickets: "what|name|from|to|by" of the first difference. */
static struct told {
	uint64_t number;
	size_t count;
	const char *first, *why_not;
} told[TOLD_MAX];
static size_t told_count;

static const char routing[] =
    "desk.on('ticket.routing', { name = 'words' }, function(event)\n"
    "  if desk.word_in(event.ticket.subject, { 'invoice' }) then\n"
    "    return event:choose('billing', 'its words')\n"
    "  end\n"
    "end)\n"
    "desk.on('ticket.creating', { name = 'tags' }, function(event)\n"
    "  if desk.word_in(event.ticket.subject, { 'printer' }) then\n"
    "    event.ticket:tag('hardware')\n"
    "  end\n"
    "end)\n";

static const char escalate[] =
    "desk.on('ticket.waiting', { name = 'begin' }, function(event)\n"
    "  event.ticket:after('%s', 'remind',\n"
    "    { unless = { 'ticket.answered', 'ticket.closed' } })\n"
    "end)\n"
    "desk.job('remind', function(ticket)\n"
    "  ticket:note('Nobody has answered.')\n"
    "  ticket:set({ priority = 'urgent' }, 'too late')\n"
    "  ticket:assign { by = 'turn' }\n"
    "end)\n";

static const char hourly[] =
    "desk.every('1h', { name = 'sweep' }, function(job)\n"
    "  for t in desk.tickets { status = 'open', tag = 'sweep' } do\n"
    "    t:untag('sweep')\n"
    "  end\n"
    "end)\n"
    "desk.on('reply.sent', { name = 'thanks' }, function(event)\n"
    "  event.ticket:mail { template = 'autoreply' }\n"
    "end)\n";

static char *
with_hours(const char *hours)
{
	return arena_printf(f.arena, escalate, hours);
}

/* Live on until <us> have passed, with all that is due on the way. */
static void
live(int64_t us)
{
	int64_t end_us = clock_read(&f.clock) + us, due_us;

	for (;;) {
		desk_run_jobs(&f);
		MUST(runner_next_due(f.site, &due_us));
		if (due_us > end_us)
			break;
		if (due_us <= clock_read(&f.clock))
			due_us = clock_read(&f.clock) + 1;
		clock_set(&f.clock, due_us);
	}
	clock_set(&f.clock, end_us);
}

static struct actor
customer_of(uint64_t ticket)
{
	return (struct actor){ .kind = BY_CUSTOMER, .ticket = ticket };
}

static void
update(uint64_t ticket, const char *field, const char *value)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.source = SOURCE_AGENT;
	input.subject = ticket;
	desk_set(&f, &input, field, value);
	MUST(desk_do(&f, &input));
}

static void
tag(uint64_t ticket, const char *name)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.source = SOURCE_AGENT;
	input.subject = ticket;
	input.tags[input.tag_count++] = bytes_of(name);
	MUST(desk_do(&f, &input));
}

static void
note(uint64_t ticket, const char *text)
{
	struct act_input input;

	act_input_init(&input, VERB_NOTE_ADD, KIND_TICKET);
	input.actor = actor_agent(lou);
	input.source = SOURCE_AGENT;
	input.subject = ticket;
	input.body = bytes_of(text);
	MUST(desk_do(&f, &input));
}

static void
rate(uint64_t ticket, int64_t rating)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_RATE, KIND_TICKET);
	input.actor = customer_of(ticket);
	input.subject = ticket;
	input.rating = rating;
	input.body = BYTES("well done");
	MUST(desk_do(&f, &input));
}

static enum err
send(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	*message_id = bytes_of(
	    arena_printf(arena, "%llu@test", (unsigned long long)job->id));
	return ERR_OK;
}

static const struct desk_output output = { .send = send };

static void
begin(void)
{
	desk_fixture_output = &output;
	desk_setup(&f);
	lou = desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "lou", "name", "Lou", "email",
		"lou@example.com", "role", "agent", "active", "true",
		"available", "true", NULL });
	desk_script(&f, "routing", routing);
	desk_script(&f, "escalate", with_hours("6h"));
	desk_script(&f, "hourly", hourly);
}

static void
end(void)
{
	desk_teardown(&f);
}

/* Twelve days with tickets of all fates; the last one waits for five hours
 * when they end. */
static void
live_a_while(void)
{
	uint64_t one, two, three, four;

	one = desk_submit(&f, "bob@example.org", "An invoice", "Where is it?");
	live(CLOCK_HOUR_US);
	MUST(desk_reply(&f, actor_agent(ANN), one, "Here."));
	two = desk_submit(&f, "eve@example.org", "My printer", "It burns.");
	live(8 * CLOCK_HOUR_US); /* reminded */
	note(two, "I look into it.");
	update(two, "priority", "high");
	live(CLOCK_DAY_US);
	MUST(desk_reply(&f, customer_of(one), one, "Thank you."));
	live(30 * CLOCK_MINUTE_US);
	update(one, "status", "closed");
	rate(one, 5);
	live(2 * CLOCK_DAY_US);
	three = desk_submit(&f, "bob@example.org", "Hello", "Another thing.");
	tag(three, "sweep");
	live(5 * CLOCK_DAY_US);
	MUST(desk_reply(&f, actor_agent(lou), three, "What is it?"));
	MUST(desk_reply(&f, customer_of(one), one, "And now?"));
	live(2 * CLOCK_DAY_US);
	update(two, "queue", "billing");
	four = desk_submit(&f, "zoe@example.org", "Printer invoice", "Please.");
	live(5 * CLOCK_HOUR_US);
	(void)four;
}

static void
tell(void *arg, const struct replay_ticket *ticket)
{
	const struct replay_difference *d = ticket->differences;
	struct told *t = &told[told_count++ % TOLD_MAX];
	char words[400];

	(void)arg;
	*t = (struct told){
		.number = ticket->number, .count = ticket->count, .first = ""
	};
	if (ticket->why_not != NULL) {
		why_text(ticket->why_not, words, sizeof words);
		t->why_not = arena_copy(f.arena, words, strlen(words));
		printf("# #%llu not replayed: %s\n",
		    (unsigned long long)ticket->number, words);
	}
	for (; d != NULL; d = d->next)
		printf("# #%llu %s %.*s: %d %.*s -> %d %.*s by %.*s\n",
		    (unsigned long long)ticket->number,
		    replay_what_name(d->what), BYTES_ARG(d->name), d->had,
		    BYTES_ARG(d->from), d->has, BYTES_ARG(d->to),
		    BYTES_ARG(d->by));
	d = ticket->differences;
	if (d != NULL)
		t->first = arena_printf(f.arena, "%s|%.*s|%.*s|%.*s|%.*s",
		    replay_what_name(d->what), BYTES_ARG(d->name),
		    BYTES_ARG(d->from), BYTES_ARG(d->to), BYTES_ARG(d->by));
}

static enum err
run(const char *name, const char *source, struct replay_options options)
{
	struct script_file file = { .name = bytes_of(name),
		.text = bytes_of(source) };
	char words[400];
	enum err err;

	if (name != NULL)
		options.file = &file;
	if (options.since_us == 0)
		options.since_us = FIXTURE_TIME_US;
	options.tell = tell;
	told_count = 0;
	memset(told, 0, sizeof told);
	err = replay_run(f.site, &options, f.arena, &report, &f.why);
	if (err != ERR_OK)
		printf("# %s: %s\n", err_name(err),
		    why_text(&f.why, words, sizeof words));
	printf("# %llu tickets, %llu differ, %llu not replayed, %llu acts, "
	       "%llu skipped, %llu events, %llu errors\n",
	    (unsigned long long)report.tickets,
	    (unsigned long long)report.differ,
	    (unsigned long long)report.not_replayed,
	    (unsigned long long)report.acts, (unsigned long long)report.skipped,
	    (unsigned long long)report.events,
	    (unsigned long long)report.error_count);
	return err;
}

static const struct replay_options record = { .against = REPLAY_RECORD };

static uint32_t
sum_of_store(void)
{
	struct buf text = BUF_INIT;
	char path[PATH_MAX + 16];
	uint32_t sum;

	snprintf(path, sizeof path, "%s/data.mdb", f.dir);
	MUST(file_read(path, FIXTURE_MAP, &text, NULL));
	sum = crc32c(0, text.at, text.len);
	buf_release(&text);
	return sum;
}

static void
test_replay_run__finds_nothing_with_the_same_scripts(void)
{
	uint32_t before;

	begin();
	live_a_while();
	MUST(store_flush(site_store(f.site)));
	before = sum_of_store();
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
	CHECK_INT(sum_of_store(), before);
	end();
}

/* Tickets that waited one, three, five, seven and nine hours. */
static void
wait_for_long(void)
{
	static const char *const subjects[] = { "one", "three", "five", "seven",
		"nine" };

	for (int i = 0; i < 5; i++) {
		uint64_t number = desk_submit(
		    &f, "bob@example.org", subjects[i], "Well?");

		live((2 * i + 1) * CLOCK_HOUR_US);
		MUST(desk_reply(&f, actor_agent(ANN), number, "So."));
		live(CLOCK_DAY_US);
	}
}

static const struct told *
told_of(uint64_t number)
{
	static const struct told none = { .first = "" };

	for (size_t i = 0; i < told_count; i++)
		if (told[i].number == number)
			return &told[i];
	return &none;
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
	RUN(test_replay_run__finds_nothing_with_the_same_scripts);
	RUN(test_replay_run__finds_who_would_be_reminded);
	RUN(test_replay_run__begins_with_timers_that_run);
	RUN(test_replay_run__rewinds_what_was_before);
	RUN(test_replay_run__tells_of_refusals);
	RUN(test_replay_run__tells_of_errors);
	RUN(test_replay_run__says_what_cannot_be_had);
	RUN(test_replay_run__passes_over_actions);
	RUN(test_replay_run__compares_two_runs);
	RUN(test_replay_run__is_stopped);
	RUN(test_replay_run__takes_the_last_tickets);
	RUN(test_replay_run__follows_the_clocks_of_a_zone);
	RUN(test_desk_act__knows_no_past_on_a_real_desk);
	RUN(test_replay_begin__runs_in_the_background);
	RUN(test_replay_end__stops_it);
	RUN(test_replay_short__compares_with_the_scripts_at_work);
	RUN(test_replay_run__compares_as_far_as_both_came);
	return tap_done();
}
