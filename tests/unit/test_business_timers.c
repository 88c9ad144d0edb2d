/* tests/unit/test_business_timers.c - ticket:after in business time, and what
 * scripts ask a calendar. */
#include "config.h"

#include "core/base/time_text.h"
#include "core/desk/job.h"
#include "tests/tap.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1 /* the admin's id */

/* The fixture's desk in Berlin, on a Friday at four in the afternoon, where
 * "office" is open from nine to five, Monday to Friday; "nights" from ten to
 * six. */
static void
setup(struct desk_fixture *f, const char *handler)
{
	char source[1000];

	desk_setup(f);
	desk_add(f, KIND_SETTING,
	    (const char *const[]){
		"name", "site.zone", "value", "\"Europe/Berlin\"", NULL });
	desk_add(f, KIND_CALENDAR,
	    (const char *const[]){ "key", "nights", "name", "Nights", "friday",
		"22:00-06:00", "saturday", "22:00-06:00", NULL });
	snprintf(source, sizeof source,
	    "desk.on('ticket.created', { name = 'new' }, function(event) "
	    "local ticket = event.ticket %s end) "
	    "desk.job('late', function(ticket) ticket:tag('late') end)",
	    handler);
	desk_script(f, "t", source);
	clock_set(&f->clock, INT64_C(1774623600) * CLOCK_SECOND_US);
}

static void
remove_calendar(struct desk_fixture *f, const char *key)
{
	struct act_input input;
	struct site_read read;

	act_input_init(&input, VERB_RECORD_REMOVE, KIND_CALENDAR);
	input.actor = actor_system();
	MUST(site_read_begin(f->site, &read));
	input.subject = directory_find_key(
	    read.directory, KIND_CALENDAR, bytes_of(key))
			    ->id;
	site_read_end(&read);
	MUST(desk_do(f, &input));
}

/* When the ticket's only job is due, "2026-03-30T08:00:00Z"; "" if it has
 * none. */
static const char *
due(struct desk_fixture *f, uint64_t ticket)
{
	static char text[TIME_TEXT_SIZE];
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;

	MUST(site_read_begin(f->site, &read));
	text[0] = '\0';
	if (job_next_of(read.snapshot, KIND_TICKET, ticket, &at, &run) ==
	    ERR_OK)
		time_text_write(text, run.at.due_us);
	site_read_end(&read);
	return text;
}

/* Move the clock to <time>, and do what is due then. */
static void
pass_to(struct desk_fixture *f, const char *time)
{
	int64_t us = 0;

	CHECK(time_text_read(bytes_of(time), &us, NULL));
	clock_set(&f->clock, us);
	desk_run_jobs(f);
}

static bool
is_late(struct desk_fixture *f, uint64_t ticket)
{
	return desk_field(f, ticket, TICKET_TAGS) != 0;
}

static uint64_t
submit(struct desk_fixture *f)
{
	uint64_t ticket = desk_submit(f, "eve@example.org", "Hello", "Help.");

	desk_run_jobs(f);
	return ticket;
}

#define CHECK_DUE(f, ticket, want) \
	do { \
		const char *due_ = due(f, ticket); \
		CHECK(strcmp(due_, want) == 0); \
		if (strcmp(due_, want) != 0) \
			printf("# due %s\n", due_); \
	} while (0)

static void
test_after__counts_by_the_calendar_that_holds(void)
{
	static const struct {
		const char *after, *queue_calendar, *want;
	} cases[] = {
		{ "'2h', 'late'", NULL, "2026-03-27T17:00:00Z" },
		/* clocks are put forward on Sunday */
		{ "'2bh', 'late'", NULL, "2026-03-30T08:00:00Z" },
		{ "'1bd', 'late'", NULL, "2026-03-30T14:00:00Z" },
		{ "'2bh', 'late', { calendar = 'nights' }", NULL,
		    "2026-03-27T23:00:00Z" },
		{ "'2bh', 'late'", "nights", "2026-03-27T23:00:00Z" },
		{ "'2bh', 'late', { calendar = 'office' }", "nights",
		    "2026-03-30T08:00:00Z" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct desk_fixture f;
		char handler[200];

		snprintf(handler, sizeof handler, "ticket:after(%s)",
		    cases[i].after);
		printf("# %s\n", handler);
		setup(&f, handler);
		if (cases[i].queue_calendar != NULL)
			desk_change(&f, KIND_QUEUE, "general", "calendar",
			    cases[i].queue_calendar);
		CHECK_DUE(&f, submit(&f), cases[i].want);
		desk_teardown(&f);
	}
}

/* A holiday that is entered later counts, too. */
static void
test_after__is_reckoned_anew_when_it_is_due(void)
{
	struct desk_fixture f;
	uint64_t ticket;

	setup(&f, "ticket:after('2bh', 'late')");
	ticket = submit(&f);
	desk_change(&f, KIND_CALENDAR, "office", "holidays",
	    "2026-03-30 Out for the day");
	pass_to(&f, "2026-03-30T08:00:00Z");
	CHECK(!is_late(&f, ticket));
	CHECK_DUE(&f, ticket, "2026-03-31T08:00:00Z");
	pass_to(&f, "2026-03-31T08:00:00Z");
	CHECK(is_late(&f, ticket));
	desk_teardown(&f);
}

/* Half an hour before five it rests, until Saturday: that is half an hour of
 * business time. */
static void
test_after__rests_in_business_time(void)
{
	struct desk_fixture f;
	uint64_t ticket;

	setup(&f,
	    "ticket:after('2bh', 'late', { paused_when = { status = 'pending' "
	    "} })");
	ticket = submit(&f);
	pass_to(&f, "2026-03-27T15:30:00Z");
	MUST(desk_reply(&f, actor_agent(ANN), ticket, "Which one?"));
	pass_to(&f, "2026-03-28T09:00:00Z");
	MUST(desk_reply(&f,
	    (struct actor){ .kind = BY_CUSTOMER, .ticket = ticket }, ticket,
	    "That one."));
	pass_to(&f, "2026-03-30T08:00:00Z");
	CHECK(!is_late(&f, ticket));
	CHECK_DUE(&f, ticket, "2026-03-30T08:30:00Z");
	pass_to(&f, "2026-03-30T08:30:00Z");
	CHECK(is_late(&f, ticket));
	desk_teardown(&f);
}

/* Its calendar is gone: by that of the queue then; without one it is not
 * waited for ever. */
static void
test_after__outlives_its_calendar(void)
{
	struct desk_fixture f;
	uint64_t ticket;

	setup(&f, "ticket:after('3bh', 'late', { calendar = 'nights' })");
	ticket = submit(&f);
	CHECK_DUE(&f, ticket, "2026-03-28T00:00:00Z");
	remove_calendar(&f, "nights");
	pass_to(&f, "2026-03-28T00:00:00Z");
	CHECK(!is_late(&f, ticket));
	CHECK_DUE(&f, ticket, "2026-03-30T09:00:00Z");
	remove_calendar(&f, "office");
	pass_to(&f, "2026-03-30T09:00:00Z");
	CHECK(is_late(&f, ticket));
	desk_teardown(&f);
}

static void
test_after__needs_a_calendar(void)
{
	struct job_at at = { .number = 0 };
	struct desk_fixture f;
	struct site_read read;
	struct job_run run;

	setup(&f, "ticket:after('2bh', 'late')");
	remove_calendar(&f, "office");
	remove_calendar(&f, "nights");
	CHECK_DUE(&f, submit(&f), "");
	MUST(site_read_begin(f.site, &read));
	CHECK_INT(job_next_failed(read.snapshot, &at, &run), ERR_OK);
	CHECK_BYTES(record_text(&run.job, JOB_ERROR),
	    "Business time needs a calendar, and there is none.");
	site_read_end(&read);
	desk_teardown(&f);
}

/* What a handler answers, as its ticket's subject. */
static void
test_calendar__answers_scripts(void)
{
	static const struct {
		const char *ask, *want;
	} cases[] = {
		{ "desk.calendar().key", "office" },
		{ "desk.calendar('nights').name", "Nights" },
		{ "desk.calendar('billing').key", "nights" },
		{ "desk.calendar(ticket.queue).key", "office" },
		{ "desk.calendar(desk.queue('billing')).key", "nights" },
		{ "desk.calendar() == desk.calendar('office')", "true" },
		{ "desk.calendar():is_open(now)", "true" },
		{ "desk.calendar():is_open(now + 3600)", "false" },
		{ "desk.calendar():next_open(now) - now", "0" },
		{ "desk.calendar():next_open(now + 3600) - now",
		    "230400" }, /* 64 hours */
		{ "desk.calendar():add(now, '90bm') - now", "232200" },
		{ "desk.calendar():add(now, '2h') - now", "7200" },
		{ "desk.calendar():between(now, now + 604800)", "147600" },
		{ "desk.calendar():between(now + 3600, now)", "-3600" },
		{ "select(2, pcall(desk.calendar, 'nigths'))",
		    "desk.calendar: there is no queue or calendar \"nigths\" "
		    "(did you mean \"nights\"?)" },
		{ "select(2, pcall(desk.calendar().between, desk.calendar(), "
		  "0, now))",
		    "That is over 20 years away." },
		{ "select(2, pcall(desk.calendar().add, desk.calendar(), now, "
		  "'2 bh'))",
		    "calendar:add must be a duration such as \"15m\", \"6h\" "
		    "or \"2d\", not \"2 bh\"" },
		{ "select(2, pcall(desk.ago, '2bh'))",
		    "desk.ago: \"2bh\" is business time: that works in "
		    "ticket:after, calendar:add and settings" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct desk_fixture f;
		struct site_read read;
		struct record ticket;
		char handler[400];
		uint64_t number;

		snprintf(handler, sizeof handler,
		    "local now = desk.now() "
		    "ticket:set({ subject = tostring(%s):gsub('^%%S+:%%d+: ', "
		    "'') })",
		    cases[i].ask);
		printf("# %s\n", cases[i].ask);
		setup(&f, handler);
		desk_change(&f, KIND_QUEUE, "billing", "calendar", "nights");
		number = submit(&f);
		MUST(site_read_begin(f.site, &read));
		MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
		CHECK_BYTES(
		    record_text(&ticket, TICKET_SUBJECT), cases[i].want);
		site_read_end(&read);
		desk_teardown(&f);
	}
}

int
main(void)
{
	RUN(test_after__counts_by_the_calendar_that_holds);
	RUN(test_after__is_reckoned_anew_when_it_is_due);
	RUN(test_after__rests_in_business_time);
	RUN(test_after__outlives_its_calendar);
	RUN(test_after__needs_a_calendar);
	RUN(test_calendar__answers_scripts);
	return tap_done();
}
