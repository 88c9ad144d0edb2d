/* tests/unit/replay_fixture.h - a desk that has lived for a while, and what a
 * replay of it tells.
 */
#ifndef HOOKDESK_TESTS_REPLAY_FIXTURE_H
#define HOOKDESK_TESTS_REPLAY_FIXTURE_H

#define HD_HOST_SIDE
#include "core/desk/replay_back.h"
#include "core/desk/runner.h"
#include "core/plugin.h"
#include "tests/unit/desk_fixture.h"

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

static inline char *
with_hours(const char *hours)
{
	return arena_printf(f.arena, escalate, hours);
}

/* Live on until <us> have passed, with all that is due on the way. */
static inline void
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

static inline struct actor
customer_of(uint64_t ticket)
{
	return (struct actor){ .kind = BY_CUSTOMER, .ticket = ticket };
}

static inline void
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

static inline void
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

static inline void
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

static inline void
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

static inline enum err
send(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	*message_id = bytes_of(
	    arena_printf(arena, "%llu@test", (unsigned long long)job->id));
	return ERR_OK;
}

static inline void
request(void *arg, const struct hd_http_request *request,
    struct hd_http_outcome *outcome)
{
	outcome->state = HD_HTTP_ANSWERED;
	outcome->status = 200;
	outcome->body_size = 3;
	memcpy(outcome->body, "yes", 3);
}

static const struct desk_output output = { .send = send, .request = request };

static inline void
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

static inline void
end(void)
{
	desk_teardown(&f);
}

/* Twelve days with tickets of all fates; the last one waits for five hours
 * when they end. */
static inline void
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

static inline void
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

static inline enum err
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

/* Tickets that waited one, three, five, seven and nine hours. */
static inline void
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

static inline const struct told *
told_of(uint64_t number)
{
	static const struct told none = { .first = "" };

	for (size_t i = 0; i < told_count; i++)
		if (told[i].number == number)
			return &told[i];
	return &none;
}

#endif
