/* tests/unit/test_two_years.c - a help desk's two years, with escalation and
 * follow-up.
 *
 * The events of ../shared/data/tickets/helpdesk-events.csv are acts at their
 * own times; between them the clock goes from one timer to the next. Each thing
 * that the shipped scripts did is compared with a calculation that knows nothing
 * of hookdesk: the rules in words, and the C library's local time. Three
 * times, for the log of events reaches back 400 days, what was is replayed:
 * nothing differs, and with another threshold exactly those tickets do for
 * which the calculation differs.
 */
#include "config.h"
#include "core/base/file.h"
#include "core/desk/mailout.h"
#include "core/desk/replay.h"
#include "core/model/ticket.h"
#include "tests/unit/desk_fixture.h"

#include <time.h>

#define ZONE "Europe/Rome"
#define ANN 1
#define TICKETS_MAX 4000
#define EVENTS_MAX 15000
#define FIRINGS_MAX 60000
#define MAP_BYTES (UINT64_C(1) << 30)
#define PART_DAYS 350
#define HOUR 3600
#define DAY (24 * HOUR)

/* The activities of the log that mean something; the others are notes. */
enum activity { TAKEN = 1, CLOSED = 6, REPLIED = 8, ASKED = 9 };

struct event {
	int which, activity, line;
	time_t at;
};

/* What scripts did, or ought to have done. */
struct firing {
	uint64_t ticket;
	char job[32];
	time_t at;
};
struct firings {
	struct firing at[FIRINGS_MAX];
	size_t count;
};

static struct event events[EVENTS_MAX];
static size_t event_count;
static uint64_t numbers[TICKETS_MAX]; /* of tickets, by case */
static int cases[TICKETS_MAX];
static int case_count;
static struct firings wanted, found;

static void
add(struct firings *to, uint64_t ticket, const char *job, time_t at)
{
	struct firing *f = &to->at[to->count];

	if (to->count == FIRINGS_MAX)
		abort();
	f->ticket = ticket;
	f->at = at;
	snprintf(f->job, sizeof f->job, "%s", job);
	to->count++;
}

static int
compare_firings(const void *left, const void *right)
{
	const struct firing *a = left, *b = right;

	if (a->ticket != b->ticket)
		return a->ticket < b->ticket ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return strcmp(a->job, b->job);
}

/* Sorted, each once: a job does several things. */
static void
settle(struct firings *f)
{
	size_t n = 0;

	qsort(f->at, f->count, sizeof *f->at, compare_firings);
	for (size_t i = 0; i < f->count; i++)
		if (i == 0 || compare_firings(&f->at[i], &f->at[i - 1]) != 0)
			f->at[n++] = f->at[i];
	f->count = n;
}

/* --- the log --- */

static int
which_case(int name)
{
	for (int i = case_count; i > 0; i--)
		if (cases[i - 1] == name)
			return i - 1;
	if (case_count == TICKETS_MAX)
		abort();
	cases[case_count] = name;
	return case_count++;
}

static int
compare_events(const void *left, const void *right)
{
	const struct event *a = left, *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->line - b->line;
}

/* Its times are those of the desk's clocks. */
static bool
read_log(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[200];
	int n = 0;

	if (file == NULL)
		return false;
	while (fgets(line, sizeof line, file) != NULL) {
		struct tm tm = { .tm_isdst = -1 };
		struct event *e = &events[event_count];
		int name;

		if (sscanf(line, "%d,%d,%d-%d-%d %d:%d:%d", &name, &e->activity,
			&tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
			&tm.tm_min, &tm.tm_sec) != 8)
			continue;
		tm.tm_year -= 1900;
		tm.tm_mon--;
		e->at = mktime(&tm);
		e->line = n++;
		e->which = which_case(name);
		if (++event_count == EVENTS_MAX)
			abort();
	}
	fclose(file);
	qsort(events, event_count, sizeof *events, compare_events);
	return event_count > 0;
}

/* --- what ought to happen --- */

#define REMIND_HOURS 4
#define RAISE_HOURS 8
#define REASSIGN_HOURS 16
#define LEAD_HOURS 24
#define CLOSE_AFTER (7 * DAY)

static bool
is_holiday(const struct tm *day)
{
	return (day->tm_mon == 0 && day->tm_mday == 1) ||
	    (day->tm_mon == 11 && (day->tm_mday == 25 || day->tm_mday == 26)) ||
	    (day->tm_year == 111 && day->tm_mon == 7 && day->tm_mday == 15);
}

static time_t
at_hour(struct tm day, int days, int hour)
{
	day.tm_mday += days;
	day.tm_hour = hour;
	day.tm_min = day.tm_sec = 0;
	day.tm_isdst = -1;
	return mktime(&day);
}

/* <at> and so many hours from nine to five, Monday to Friday. */
static time_t
business(time_t at, int hours)
{
	time_t left = hours * HOUR;

	for (;;) {
		struct tm day;
		time_t opens, closes;

		localtime_r(&at, &day);
		opens = at_hour(day, 0, 9);
		closes = at_hour(day, 0, 17);
		if (day.tm_wday == 0 || day.tm_wday == 6 || is_holiday(&day) ||
		    at >= closes) {
			at = at_hour(day, 1, 0);
			continue;
		}
		if (at < opens)
			at = opens;
		if (left <= closes - at)
			return at + left;
		left -= closes - at;
		at = closes;
	}
}

/* Of followup.lua: from a time on with another threshold. */
#define ASK_AFTER (3 * DAY)
#define OTHER_ASK_AFTER (5 * DAY)
static time_t other_from = INT64_MAX;

struct model {
	uint64_t number;
	bool is_pending, is_closed, is_waiting, is_owned, is_urgent;
	time_t due[6]; /* as jobs; 0: not set */
};

static const char *const jobs[] = { "escalation/remind", "escalation/raise",
	"escalation/reassign", "escalation/lead", "followup/remind",
	"followup/close" };

static void
cancel(struct model *m, int from, int to)
{
	for (int i = from; i < to; i++)
		m->due[i] = 0;
}

static void
fire(struct model *m, int job, struct firings *to)
{
	time_t at = m->due[job];

	m->due[job] = 0;
	if (job == 1 && m->is_urgent)
		return; /* nothing to do */
	if (job >= 4 && !m->is_pending)
		return;
	m->is_urgent |= job == 1;
	m->is_owned |= job == 2;
	add(to, m->number, jobs[job], at);
	if (job == 5) {
		m->is_closed = true;
		m->is_pending = false;
		cancel(m, 0, 6);
	}
}

static void
fire_until(struct model *m, time_t until, struct firings *to)
{
	for (;;) {
		int first = -1;

		for (int i = 0; i < 6; i++)
			if (m->due[i] != 0 && m->due[i] <= until &&
			    (first < 0 || m->due[i] < m->due[first]))
				first = i;
		if (first < 0)
			return;
		fire(m, first, to);
	}
}

/* The customer waits from now on. */
static void
begin_to_wait(struct model *m, time_t at)
{
	static const int hours[] = { REMIND_HOURS, RAISE_HOURS, REASSIGN_HOURS,
		LEAD_HOURS };

	if (m->is_waiting)
		return;
	m->is_waiting = true;
	for (int i = 0; i < 4; i++)
		m->due[i] = business(at, hours[i]);
}

static void
expect_event(struct model *m, const struct event *e)
{
	switch (e->activity) {
	case CLOSED:
		m->is_closed = true;
		m->is_pending = m->is_waiting = false;
		cancel(m, 0, 6);
		return;
	case ASKED:
		m->is_pending = m->is_closed = false;
		cancel(m, 4, 6);
		begin_to_wait(m, e->at);
		return;
	case REPLIED:
		if (m->is_waiting)
			cancel(m, 0, 4);
		m->is_waiting = m->is_closed = false;
		m->is_pending = true;
		m->due[4] = e->at +
		    (e->at >= other_from ? OTHER_ASK_AFTER : ASK_AFTER);
		m->due[5] = e->at + CLOSE_AFTER;
		return;
	case TAKEN: m->is_owned = true; break;
	default: break;
	}
	m->is_closed = false;
}

/* All until <end>; with what waits then, as if it had been done, if <waits>. */
static void
expect_all(time_t end, bool waits, struct firings *to)
{
	static struct model models[TICKETS_MAX];

	memset(models, 0, sizeof models);
	to->count = 0;
	for (size_t i = 0; i < event_count && events[i].at < end; i++) {
		struct model *m = &models[events[i].which];

		if (m->number == 0) {
			m->number = numbers[events[i].which];
			begin_to_wait(m, events[i].at);
			continue;
		}
		fire_until(m, events[i].at, to);
		expect_event(m, &events[i]);
	}
	for (int i = 0; i < case_count; i++) {
		fire_until(&models[i], end, to);
		for (int k = 0; waits && k < 6; k++)
			if (models[i].due[k] != 0)
				add(to, models[i].number, jobs[k],
				    models[i].due[k]);
	}
	settle(to);
}

/* --- what happens --- */

static enum err
take_mail(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	*message_id = BYTES("<taken@example.com>");
	return ERR_OK;
}

static void
act(struct desk_fixture *f, struct act_input *input)
{
	MUST(desk_do(f, input));
	arena_reset(f->arena);
}

static void
set_status(struct desk_fixture *f, uint64_t number, const char *status)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	desk_set(f, &input, "status", status);
	act(f, &input);
}

static void
do_event(struct desk_fixture *f, const struct event *e)
{
	uint64_t number = numbers[e->which];
	bool is_closed = desk_field(f, number, TICKET_STATUS) == STATUS_CLOSED;
	struct act_input input;

	act_input_init(&input, VERB_NOTE_ADD, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	input.body = BYTES("something happened");
	switch (e->activity) {
	case CLOSED:
		if (!is_closed)
			set_status(f, number, "closed");
		return;
	case ASKED:
		input.verb = VERB_REPLY_ADD;
		input.actor = (struct actor){ .kind = BY_CUSTOMER,
			.ticket = number };
		break;
	case REPLIED:
		input.verb = VERB_REPLY_ADD;
		desk_set(f, &input, "status", "pending");
		break;
	case TAKEN:
		input.verb = VERB_TICKET_ASSIGN;
		input.body = BYTES_NONE;
		input.agent = ANN;
		/* fall through */
	default:
		if (is_closed)
			set_status(f, number, "open");
		break;
	}
	act(f, &input);
}

static void
begin_case(struct desk_fixture *f, const struct event *e)
{
	char email[64];

	snprintf(email, sizeof email, "case%d@example.org", cases[e->which]);
	numbers[e->which] = desk_submit(f, email, "A case", "It is broken.");
	if (numbers[e->which] == 0)
		abort();
	arena_reset(f->arena);
}

/* Those that are told to the owner alone. */
static void
find_notices(struct desk_fixture *f, uint64_t *after)
{
	struct site_read read;
	struct record notice;

	MUST(site_read_begin(f->site, &read));
	while (
	    record_next(read.snapshot, KIND_NOTICE, after, &notice) == ERR_OK) {
		struct bytes script = record_text(&notice, NOTICE_SCRIPT);
		char job[32];

		snprintf(job, sizeof job, "%.*s", BYTES_ARG(script));
		add(&found, record_ref(&notice, NOTICE_TICKET), job,
		    record_int(&notice, NOTICE_AT) / CLOCK_SECOND_US);
	}
	site_read_end(&read);
}

/* From one timer to the next, to <at>. */
static void
pass_to(struct desk_fixture *f, time_t at)
{
	static uint64_t notices;
	int64_t to_us = (int64_t)at * CLOCK_SECOND_US, due_us;

	for (;;) {
		MUST(runner_next_due(f->site, &due_us));
		if (due_us > to_us)
			break;
		if (due_us > clock_read(&f->clock))
			clock_set(&f->clock, due_us);
		desk_run_jobs(f);
		find_notices(f, &notices);
		arena_reset(f->arena);
	}
	clock_set(&f->clock, to_us);
}

static void
find_in(struct desk_fixture *f, struct site_read *read, uint64_t number)
{
	struct record ticket, entry;
	uint64_t last;

	MUST(record_find(read->snapshot, KIND_TICKET, number, &ticket));
	last = (uint64_t)record_int(&ticket, TICKET_LAST_ENTRY);
	for (uint64_t n = 1; n <= last; n++) {
		struct bytes script;
		char job[32];

		MUST(record_find(
		    read->snapshot, KIND_ENTRY, entry_id(number, n), &entry));
		script = record_text(&entry, ENTRY_SCRIPT);
		snprintf(job, sizeof job, "%.*s", BYTES_ARG(script));
		if (script.len > 0)
			add(&found, number, job,
			    record_int(&entry, ENTRY_AT) / CLOCK_SECOND_US);
	}
}

static void
read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t len = file != NULL ? fread(text, 1, size - 1, file) : 0;

	if (file == NULL || len == size - 1)
		abort();
	text[len] = '\0';
	fclose(file);
}

static void
read_script(const char *name, char *text, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/scripts/%s.lua",
	    getenv("HOOKDESK_DATADIR"), name);
	read_file(path, text, size);
}

static void
set_up(struct desk_fixture *f)
{
	static struct desk_output output = { .send = take_mail };
	static const char *const share[] = { "escalation", "followup" };
	static const char settings[] =
	    "{\"remind_after\":\"4bh\",\"raise_after\":\"8bh\","
	    "\"reassign_after\":\"16bh\",\"lead_after\":\"24bh\"}";
	desk_fixture_output = &output;
	desk_fixture_time_us = (int64_t)(events[0].at - DAY) * CLOCK_SECOND_US;
	desk_fixture_map = MAP_BYTES;
	desk_fixture_patient = true;
	desk_setup(f);
	desk_add(f, KIND_SETTING,
	    (const char *const[]){
		"name", "site.zone", "value", "\"" ZONE "\"", NULL });
	desk_add(f, KIND_SETTING,
	    (const char *const[]){
		"name", "script/escalation", "value", settings, NULL });
	desk_change(f, KIND_CALENDAR, "office", "holidays",
	    "01-01 New Year, 12-25 Christmas, 12-26 St Stephen, "
	    "2011-08-15 Ferragosto");
	for (size_t i = 0; i < 2; i++) {
		char text[32 * 1024];

		read_script(share[i], text, sizeof text);
		desk_script(f, share[i], text);
	}
}

static void
compare(void)
{
	size_t i = 0, k = 0, wrong = 0;

	while (i < wanted.count || k < found.count) {
		int order = i == wanted.count ?
		    1 :
		    k == found.count ?
		    -1 :
		    compare_firings(&wanted.at[i], &found.at[k]);
		const struct firing *f = order <= 0 ? &wanted.at[i] :
						      &found.at[k];

		if (order != 0 && wrong++ < 20)
			printf("# %s: ticket %llu %s at %lld\n",
			    order < 0 ? "did not happen" : "should not have",
			    (unsigned long long)f->ticket, f->job,
			    (long long)f->at);
		i += order <= 0;
		k += order >= 0;
	}
	CHECK_INT(wrong, 0);
}

/* --- the two years --- */

static struct desk_fixture f;
static time_t begin, end; /* of the part that is over */

/* The acts of a part of them, and all that follows from them. */
static void
live(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		pass_to(&f, events[i].at);
		if (numbers[events[i].which] == 0)
			begin_case(&f, &events[i]);
		else
			do_event(&f, &events[i]);
		desk_run_jobs(&f);
	}
	pass_to(&f, end);
}

static void
test_two_years__each_firing_is_as_calculated(void)
{
	size_t by_job[6] = { 0 };
	struct site_read read;

	MUST(site_read_begin(f.site, &read));
	for (int i = 0; i < case_count; i++)
		find_in(&f, &read, numbers[i]);
	site_read_end(&read);
	settle(&found);
	expect_all(end, false, &wanted);
	for (size_t i = 0; i < found.count; i++)
		for (int k = 0; k < 6; k++)
			by_job[k] += strcmp(found.at[i].job, jobs[k]) == 0;
	printf("# %d tickets, %zu events, %zu firings:", case_count,
	    event_count, found.count);
	for (int k = 0; k < 6; k++) {
		printf(" %s %zu", jobs[k], by_job[k]);
		CHECK(by_job[k] > 0);
	}
	printf("\n");
	compare();
}

/* --- once more --- */

static bool differs[TICKETS_MAX + 1]; /* by number */

static void
tell(void *arg, const struct replay_ticket *ticket)
{
	int *told = arg;
	const struct replay_difference *d = ticket->differences;

	differs[ticket->number] = true;
	if (++*told > 10)
		return;
	if (ticket->why_not != NULL)
		printf("# %llu was not replayed: %s\n",
		    (unsigned long long)ticket->number,
		    ticket->why_not->message);
	else
		printf("# %llu: %s %.*s, from \"%.*s\" to \"%.*s\"\n",
		    (unsigned long long)ticket->number,
		    replay_what_name(d->what), BYTES_ARG(d->name),
		    BYTES_ARG(d->from), BYTES_ARG(d->to));
}

static void
replay(const struct script_file *file, int *told)
{
	struct replay_options options = { .file = file,
		.against = REPLAY_RECORD,
		.since_us = (int64_t)begin * CLOCK_SECOND_US,
		.lead_us = 21 * CLOCK_DAY_US,
		.tell = tell,
		.arg = told };
	struct replay_report report;
	int64_t begin_us = clock_monotonic_us();

	*told = 0;
	memset(differs, 0, sizeof differs);
	must(replay_run(f.site, &options, f.arena, &report, &f.why),
	    f.why.message);
	printf("# replayed %llu tickets, %llu acts, %llu events in %.1f s\n",
	    (unsigned long long)report.tickets, (unsigned long long)report.acts,
	    (unsigned long long)report.events,
	    (double)(clock_monotonic_us() - begin_us) / CLOCK_SECOND_US);
	CHECK_INT(report.not_replayed, 0);
	CHECK_INT(report.error_count, 0);
	CHECK_INT(report.differ, *told);
}

static void
test_replay__finds_no_difference(void)
{
	int told;

	replay(NULL, &told);
	CHECK_INT(told, 0);
}

/* The tickets whose firings are others with the other threshold. */
static void
expect_difference(bool *out)
{
	static struct firings other;
	size_t i = 0, k = 0;

	expect_all(end, true, &wanted);
	other_from = begin;
	expect_all(end, true, &other);
	other_from = INT64_MAX;
	while (i < wanted.count || k < other.count) {
		int order = i == wanted.count ?
		    1 :
		    k == other.count ?
		    -1 :
		    compare_firings(&wanted.at[i], &other.at[k]);

		if (order != 0)
			out[(order < 0 ? &wanted.at[i] : &other.at[k])
				->ticket] = true;
		i += order <= 0;
		k += order >= 0;
	}
}

static void
test_replay__finds_what_another_threshold_changes(void)
{
	bool want[TICKETS_MAX + 1] = { false };
	static char text[32 * 1024];
	struct script_file file = { .name = BYTES("followup") };
	int told, expected = 0, wrong = 0;
	char *place;

	read_script("followup", text, sizeof text);
	place = strstr(text, "default = \"3d\"");
	CHECK(place != NULL);
	if (place == NULL)
		return;
	place[strlen("default = \"")] = '5';
	file.text = bytes_of(text);
	expect_difference(want);
	replay(&file, &told);
	for (int n = 0; n <= TICKETS_MAX; n++) {
		expected += want[n];
		if (want[n] != differs[n] && wrong++ < 10)
			printf("# %d %s\n", n,
			    want[n] ? "ought to differ" : "ought not to");
	}
	printf("# %d differ\n", expected);
	CHECK(expected > 100 && expected < case_count / 2);
	CHECK_INT(wrong, 0);
}

int
main(void)
{
	const char *data = getenv("HOOKDESK_DATADIR");
	char path[PATH_MAX];

	setenv("TZ", ZONE, 1);
	tzset();
	snprintf(path, sizeof path,
	    "%s/../shared/data/tickets/helpdesk-events.csv",
	    data != NULL ? data : ".");
	if (data == NULL || !read_log(path))
		return tap_skip("the real input is not beside the project");
	set_up(&f);
	for (size_t done = 0; done < event_count;) {
		size_t from = done;

		begin = events[from].at - HOUR;
		while (done < event_count &&
		    events[done].at < begin + PART_DAYS * DAY)
			done++;
		end = done < event_count ? events[done].at :
					   events[done - 1].at + 30 * DAY;
		live(from, done);
		RUN(test_replay__finds_no_difference);
		RUN(test_replay__finds_what_another_threshold_changes);
	}
	RUN(test_two_years__each_firing_is_as_calculated);
	desk_teardown(&f);
	return tap_done();
}
