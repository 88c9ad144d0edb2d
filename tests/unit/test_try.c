/* tests/unit/test_try.c - a dry run shows what a script would do, and leaves
 * nothing of it behind.
 */
#include "config.h"
#include "core/desk/dry_run.h"
#include "core/desk/job.h"
#include "core/desk/trace.h"
#include "tests/unit/desk_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define ANN 1

static struct desk_fixture f;
static struct dry_run run;
static const struct dry_step none = { .state = DRY_STATE__COUNT };

/* Mails say of what they are made. */
static enum err
render(void *arg, const struct mail_page *page, struct arena *arena,
    struct mail_text *out, struct why *why)
{
	if (strcmp(page->template, "gone") == 0)
		return ERR_NOT_FOUND;
	out->subject = bytes_of(page->template);
	out->text = page->text;
	return ERR_OK;
}

static const struct mail_renderer renderer = { NULL, render };

static enum err
try_with(uint64_t ticket, const char *source, struct dry_options options)
{
	enum err err;

	options.file = (struct script_file){ .name = BYTES("my"),
		.text = bytes_of(source) };
	options.ticket = ticket;
	options.renderer = &renderer;
	err = dry_run(f.site, &options, f.arena, &run, &f.why);
	if (err == ERR_OK && run.load_error.len > 0)
		printf("# %.*s\n", BYTES_ARG(run.load_error));
	return err;
}

static enum err
try_on(uint64_t ticket, const char *source)
{
	return try_with(
	    ticket, source, (struct dry_options){ .hook = HOOK__COUNT });
}

static const struct dry_step *
step_of(const char *handler)
{
	for (const struct dry_step *s = run.steps; s != NULL; s = s->next)
		if (bytes_is(s->handler, handler))
			return s;
	printf("# no step %s\n", handler);
	return &none;
}

/* "what|from|to|text|why|by" of the nth item of a kind; "" if there is none. */
static struct bytes
item(const char *handler, enum dry_kind kind, unsigned nth)
{
	for (const struct dry_item *i = step_of(handler)->items; i != NULL;
	     i = i->next)
		if (i->kind == kind && nth-- == 0)
			return bytes_of(arena_printf(f.arena,
			    "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s", BYTES_ARG(i->what),
			    BYTES_ARG(i->from), BYTES_ARG(i->to),
			    BYTES_ARG(i->text), BYTES_ARG(i->why),
			    BYTES_ARG(i->by)));
	return BYTES_NONE;
}

static uint64_t
begin(void)
{
	desk_setup(&f);
	desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "lou", "name", "Lou", "email",
		"lou@example.com", "role", "agent", "active", "true",
		"available", "true", NULL });
	return desk_submit(&f, "bob@example.org", "Hello", "the text");
}

/* --- what is shown --- */

static const char everything[] =
    "desk.on('ticket.created', { name = 'all' }, function(event)\n"
    "  local t = event.ticket\n"
    "  print('hello', t.subject)\n"
    "  desk.count({ status = 'open' })\n"
    "  t:set({ priority = 'high' }, 'so it is')\n"
    "  t:tag('a', 'b')\n"
    "  t:assign({ to = desk.agent('lou') }, 'his turn')\n"
    "  t:note('A *note*')\n"
    "  t:mail{ template = 'autoreply' }\n"
    "  t:after('6h', 'remind', {})\n"
    "  t:cancel('nag')\n"
    "  t:link(desk.ticket(2), 'related')\n"
    "  t.customer:set({ vip = true }, 'pays')\n"
    "  t.customer:note('Kind.')\n"
    "  desk.store:set('seen', 7)\n"
    "  desk.store:add('n', 2)\n"
    "  desk.each({ desk.ticket(2) }, 'remind')\n"
    "  desk.notify({ desk.agent('lou') }, { title = 'See', text = 'this' })\n"
    "  desk.mail{ to = desk.agent('lou'), template = 'digest' }\n"
    "  desk.http{ url = 'https://x.test/y', json = { 1 } }\n"
    "end)\n"
    "desk.job('remind', function(ticket) ticket:note('late') end)\n"
    "desk.job('nag', function(ticket) end)\n";

static void
test_dry_run__shows_each_kind_of_wish(void)
{
	uint64_t number = begin();

	CHECK_INT(desk_submit(&f, "eve@example.org", "Two", "x"), 2);
	MUST(try_on(number, everything));
	CHECK_INT(step_of("my/all")->state, DRY_RAN);
	CHECK_BYTES(step_of("my/all")->error, "");
	CHECK(step_of("my/all")->wall_us > 0);
	CHECK_BYTES(item("my/all", DRY_CHANGE, 0),
	    "priority|normal|high||so it is|my/all");
	CHECK_BYTES(item("my/all", DRY_CHANGE, 1), "tags||a, b|||my/all");
	CHECK_BYTES(
	    item("my/all", DRY_CHANGE, 2), "owner||lou||his turn|my/all");
	CHECK_BYTES(item("my/all", DRY_NOTE, 0), "||A *note*|||my/all");
	CHECK_BYTES(item("my/all", DRY_EVENT, 0), "autoreply.sent|||||my/all");
	CHECK_BYTES(
	    item("my/all", DRY_MAIL, 0), "autoreply||bob@example.org|||");
	CHECK_BYTES(item("my/all", DRY_TIMER, 0), "my/remind|||||");
	CHECK_BYTES(item("my/all", DRY_CANCEL, 0), "my/nag|||||");
	CHECK_BYTES(
	    item("my/all", DRY_EVENT, 1), "ticket.linked||||related #2|my/all");
	CHECK_BYTES(item("my/all", DRY_CUSTOMER, 0), "notes||Kind.|||");
	CHECK_BYTES(item("my/all", DRY_CUSTOMER, 1), "vip|false|true|||my/all");
	CHECK_BYTES(item("my/all", DRY_STORE, 0), "my/seen||7|||");
	CHECK_BYTES(item("my/all", DRY_STORE, 1), "my/n||2|||");
	CHECK_BYTES(item("my/all", DRY_EACH, 0), "my/remind||ticket 2|||");
	CHECK_BYTES(
	    item("my/all", DRY_REQUEST, 0), "POST||https://x.test/y|[1]||");
	CHECK_BYTES(item("my/all", DRY_NOTICE, 0), "See||Lou|this||");
	CHECK_BYTES(
	    item("my/all", DRY_MAIL, 1), "notify||lou@example.com|this||");
	CHECK_BYTES(item("my/all", DRY_MAIL, 2), "digest||lou@example.com|||");
	CHECK_BYTES(item("my/all", DRY_PRINT, 0), "|||hello\tHello||");
	CHECK(item("my/all", DRY_QUESTION, 0).len > 0);
	desk_teardown(&f);
}

static void
test_dry_run__shows_answers_and_jobs(void)
{
	uint64_t number = begin();

	MUST(try_on(number,
	    "desk.on('ticket.created', { name = 'r' }, function(event)\n"
	    "  event.ticket:reply{ text = 'So be it.', close = true }\n"
	    "end)\n"));
	CHECK_BYTES(item("my/r", DRY_REPLY, 0), "||So be it.|||my/r");
	CHECK_BYTES(item("my/r", DRY_CHANGE, 0), "status|open|closed|||my/r");
	CHECK_BYTES(
	    item("my/r", DRY_MAIL, 0), "reply||bob@example.org|So be it.||");
	MUST(try_with(number, everything,
	    (struct dry_options){
		.hook = HOOK__COUNT, .job = BYTES("remind") }));
	CHECK_BYTES(item("my/remind", DRY_NOTE, 0), "||late|||my/remind");
	CHECK(!step_of("my/remind")->has_event);
	MUST(try_with(number,
	    "desk.every('15m', { name = 'tick' }, function(job)\n"
	    "  desk.store:add('ticks', 1)\n"
	    "end)\n",
	    (struct dry_options){ .hook = HOOK__COUNT, .job = BYTES("tick") }));
	CHECK_BYTES(item("my/tick", DRY_STORE, 0), "my/ticks||1|||");
	MUST(try_with(number,
	    "desk.cron('30 7 * * *', { name = 'tock' }, function(job)\n"
	    "  desk.store:add('tocks', 1)\n"
	    "end)\n",
	    (struct dry_options){ .hook = HOOK__COUNT, .job = BYTES("tock") }));
	CHECK_BYTES(item("my/tock", DRY_STORE, 0), "my/tocks||1|||");
	desk_teardown(&f);
}

static void
test_dry_run__shows_who_would_get_it(void)
{
	static const char source[] =
	    "desk.on('ticket.created', { name = 'a' }, function(event)\n"
	    "  event.ticket:assign{ by = 'load' }\n"
	    "  event.ticket:survey('after')\n"
	    "end)\n";
	uint64_t number = begin();
	struct act_input input;

	MUST(try_on(number, source));
	CHECK_BYTES(item("my/a", DRY_CHANGE, 0),
	    "owner||ann||has the fewest: Ann Lee (0 open)|my/a");
	CHECK_BYTES(item("my/a", DRY_MAIL, 0), "survey||bob@example.org|||");
	for (uint64_t agent = ANN; agent <= 2; agent++) {
		act_input_init(&input, VERB_RECORD_UPDATE, KIND_AGENT);
		input.actor = actor_system();
		input.subject = agent;
		input.cleared = UINT64_C(1) << AGENT_AVAILABLE;
		MUST(desk_do(&f, &input));
	}
	MUST(try_on(number, source));
	CHECK_BYTES(
	    item("my/a", DRY_EVENT, 0), "ticket.held||||nobody is free|my/a");
	desk_teardown(&f);
}

/* Of the mails that may go out in an hour none is counted, and none waits. */
static void
test_dry_run__counts_no_mails(void)
{
	static const char source[] =
	    "desk.on('ticket.created', { name = 'a' }, function(event)\n"
	    "  event.ticket:reply{ text = 'One.' }\n"
	    "  event.ticket:reply{ text = 'Two.' }\n"
	    "  event.ticket:reply{ text = 'Three.' }\n"
	    "end)\n";
	uint64_t number = begin();

	desk_add(&f, KIND_SETTING,
	    (const char *const[]){
		"name", "mail.per_hour", "value", "2", NULL });
	for (int i = 0; i < 3; i++) {
		MUST(try_on(number, source));
		CHECK_BYTES(item("my/a", DRY_MAIL, 2),
		    "reply||bob@example.org|Three.||");
	}
	desk_teardown(&f);
}

static void
test_dry_run__shows_choices_and_refusals(void)
{
	uint64_t number = begin();

	MUST(try_on(number,
	    "desk.on('ticket.routing', { name = 'a', order = 1 },\n"
	    "function(event)\n"
	    "  event.ticket:set({ priority = 'urgent' }, 'first')\n"
	    "end)\n"
	    "desk.on('ticket.routing', { name = 'b', order = 2 },\n"
	    "function(event)\n"
	    "  return event:choose('billing', event.ticket.priority)\n"
	    "end)\n"
	    "desk.on('ticket.routing', { name = 'c', order = 3 },\n"
	    "function(event) end)\n"
	    "desk.on('ticket.creating', { name = 'd' }, function(event)\n"
	    "  return event:deny{ message = 'No.', field = 'body' }\n"
	    "end)\n"));
	CHECK_BYTES(
	    item("my/a", DRY_CHANGE, 0), "priority|normal|urgent||first|my/a");
	CHECK_BYTES(item("my/b", DRY_CHOICE, 0), "||billing||urgent|");
	CHECK_INT(step_of("my/c")->state, DRY_NOT_REACHED);
	CHECK_BYTES(item("my/d", DRY_REFUSAL, 0), "body||No.|||");
	desk_teardown(&f);
}

static void
test_dry_run__shows_what_goes_wrong(void)
{
	uint64_t number = begin();

	desk_script(&f, "guard",
	    "desk.on('ticket.updating', { name = 'no' }, function(event)\n"
	    "  if event.ticket.priority == 'urgent' then\n"
	    "    return event:deny{ message = 'Not so fast.' }\n"
	    "  end\n"
	    "end)\n");
	MUST(try_on(number,
	    "desk.on('ticket.created', { name = 'a' }, function(event)\n"
	    "  event.ticket:tag('half')\n"
	    "  error('no luck')\n"
	    "end)\n"
	    "desk.on('ticket.created', { name = 'b' }, function(event)\n"
	    "  event.ticket:tag('half')\n"
	    "  event.ticket:set({ priority = 'urgent' }, 'now')\n"
	    "end)\n"
	    "desk.on('ticket.created', { name = 'c' }, function(event)\n"
	    "  event.ticket:mail{ template = 'gone' }\n"
	    "end)\n"));
	CHECK_BYTES(step_of("my/a")->error, "my.lua:3: no luck");
	CHECK_BYTES(item("my/a", DRY_CHANGE, 0), "");
	CHECK_BYTES(step_of("my/b")->error, "Not so fast.");
	CHECK_BYTES(item("my/b", DRY_CHANGE, 0), "");
	CHECK_BYTES(item("my/b", DRY_ALSO, 1),
	    "ticket.updating||||Not so fast.|guard/no");
	CHECK_BYTES(item("my/c", DRY_MAIL, 0),
	    "||||The template gone cannot be used.|");
	MUST(try_on(number, "desk.on('ticket.creatd', {}, print)\n"));
	CHECK(run.steps == NULL);
	CHECK(bytes_start_with(run.load_error, BYTES("my.lua:1: ")));
	CHECK_INT(try_on(99, everything), ERR_NOT_FOUND);
	CHECK_INT(try_with(number, everything,
		      (struct dry_options){ .hook = HOOK_TICKET_CLOSED }),
	    ERR_NOT_FOUND);
	desk_teardown(&f);
}

static void
test_dry_run__takes_only_those_asked_for(void)
{
	static const char source[] =
	    "desk.on('ticket.created', { name = 'low',\n"
	    "  when = { priority = 'low' } }, function(event) end)\n"
	    "desk.on('ticket.created', { name = 'normal',\n"
	    "  when = { priority = 'normal' } }, function(event) end)\n"
	    "desk.on('ticket.creating', { name = 'ing',\n"
	    "  when = { priority = 'low' } }, function(event) end)\n";
	uint64_t number = begin();

	MUST(try_on(number, source));
	CHECK_INT(step_of("my/low")->state, DRY_NOT_HELD);
	CHECK_INT(step_of("my/normal")->state, DRY_RAN);
	CHECK_INT(step_of("my/ing")->state, DRY_NOT_HELD);
	MUST(try_with(number, source,
	    (struct dry_options){ .hook = HOOK_TICKET_CREATING }));
	CHECK(run.steps != NULL && run.steps->next == NULL);
	MUST(try_with(number, source,
	    (struct dry_options){
		.hook = HOOK__COUNT, .handler = BYTES("low") }));
	CHECK(run.steps != NULL && run.steps->next == NULL);
	desk_teardown(&f);
}

static const char refunds[] =
    "desk.action('refund', { label = 'Refund', when = { status = 'open' },\n"
    "  ask = { cents = { type = 'number', required = true } } },\n"
    "  function(ticket, agent, input)\n"
    "    if input.cents > 500 then error('too much') end\n"
    "    ticket:note('Refunded ' .. input.cents .. ' for ' .. agent.login)\n"
    "    return 'Done.'\n"
    "  end)\n"
    "desk.on('ticket.created', { name = 'a' }, function() end)\n"
    "desk.panel('p', { title = 'P' }, function() return {} end)\n";

static struct dry_options
action(const char *input)
{
	return (struct dry_options){ .hook = HOOK__COUNT,
		.action = BYTES("refund"),
		.input = bytes_of(input) };
}

static void
test_dry_run__chooses_an_action(void)
{
	struct dry_options options = action("{\"cents\":300}");
	uint64_t number = begin();
	uint32_t sum = desk_store_sum(&f);

	MUST(try_with(number, refunds, options));
	CHECK(run.steps != NULL && run.steps->next == NULL);
	CHECK_BYTES(step_of("my/refund")->hook, "action");
	CHECK_INT(step_of("my/refund")->state, DRY_RAN);
	CHECK(!step_of("my/refund")->has_event);
	CHECK_BYTES(item("my/refund", DRY_SAID, 0), "||Done.|||");
	CHECK_BYTES(item("my/refund", DRY_NOTE, 0),
	    "||Refunded 300 for ann|||my/refund");
	options.agent = ANN + 1;
	MUST(try_with(number, refunds, options));
	CHECK_BYTES(item("my/refund", DRY_NOTE, 0),
	    "||Refunded 300 for lou|||my/refund");
	MUST(try_with(number, refunds, action("{\"cents\":600}")));
	CHECK_BYTES(step_of("my/refund")->error, "my.lua:4: too much");
	CHECK_BYTES(item("my/refund", DRY_NOTE, 0), "");
	/* it is not even begun */
	MUST(try_with(number, refunds, action("")));
	CHECK_INT(step_of("my/refund")->state, DRY_RAN);
	CHECK(bytes_find(step_of("my/refund")->error, BYTES("cents")));
	MUST(try_with(number, refunds, action("[")));
	CHECK(step_of("my/refund")->error.len > 0);
	/* the others are none of it, and it is none of theirs */
	MUST(try_on(number, refunds));
	CHECK(run.steps != NULL && run.steps->next == NULL);
	CHECK_BYTES(run.steps->handler, "my/a");
	options.action = BYTES("p");
	CHECK_INT(try_with(number, refunds, options), ERR_NOT_FOUND);
	CHECK_INT(desk_store_sum(&f), sum);
	desk_teardown(&f);
}

static void
test_dry_run__keeps_to_the_tickets_of_an_action(void)
{
	uint64_t number = begin();
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	desk_set(&f, &input, "status", "closed");
	MUST(desk_do(&f, &input));
	MUST(try_with(number, refunds, action("{\"cents\":300}")));
	CHECK_INT(step_of("my/refund")->state, DRY_NOT_HELD);
	CHECK(step_of("my/refund")->items == NULL);
	desk_teardown(&f);
}

/* Those that loop are stopped; not for ever. */
static void
test_dry_run__comes_to_an_end(void)
{
	static const char loop[] =
	    "for i = 1, 8 do\n"
	    "  desk.on('ticket.created', { name = 'n' .. i, order = i },\n"
	    "    function(event) while true do end end)\n"
	    "end\n";
	uint64_t number = begin();

	MUST(try_on(number, loop));
	CHECK_INT(step_of("my/n1")->state, DRY_RAN);
	CHECK(bytes_start_with(
	    step_of("my/n1")->error, BYTES("my.lua:2: \"n1\" took over ")));
	/* the first one's job would be tried again before others run */
	CHECK(bytes_start_with(
	    step_of("my/n2")->error, BYTES("my.lua:2: \"n2\" took over ")));
	CHECK_INT(step_of("my/n8")->state, DRY_LEFT_OUT);
	desk_teardown(&f);
}

/* --- the ticket as it was --- */

static void
set_priority(uint64_t number, const char *priority)
{
	struct act_input input;

	clock_set(&f.clock, site_now_us(f.site) + 1000000);
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	desk_set(&f, &input, "priority", priority);
	MUST(desk_do(&f, &input));
}

static void
test_dry_run__rewinds_the_ticket(void)
{
	uint64_t number = begin();

	set_priority(number, "high");
	set_priority(number, "low");
	clock_set(&f.clock, site_now_us(f.site) + 1000000);
	MUST(desk_reply(&f, actor_agent(ANN), number, "An answer"));
	MUST(try_on(number,
	    "desk.on('ticket.created', { name = 'c' }, function(event)\n"
	    "  print(event.ticket.priority, event.ticket.status)\n"
	    "  for entry in ipairs(event.ticket:entries{}) do print(entry) end\n"
	    "end)\n"
	    "desk.on('ticket.updated', { name = 'u',\n"
	    "  when = { priority = 'low', changed = 'priority' } },\n"
	    "function(event)\n"
	    "  print(event.ticket.priority, event.changes.priority.from)\n"
	    "end)\n"
	    "desk.on('ticket.closed', { name = 'x' }, function(event)\n"
	    "  print(event.ticket.status)\n"
	    "end)\n"));
	CHECK_BYTES(item("my/c", DRY_PRINT, 0), "|||normal\topen||");
	CHECK_BYTES(item("my/c", DRY_PRINT, 1), "|||1||");
	CHECK_BYTES(item("my/c", DRY_PRINT, 2), "");
	CHECK(step_of("my/c")->is_rewound && !step_of("my/c")->is_made_up);
	CHECK_INT(step_of("my/c")->at_us, FIXTURE_TIME_US);
	CHECK(!step_of("my/x")->is_rewound && step_of("my/x")->is_made_up);
	CHECK_BYTES(item("my/x", DRY_PRINT, 0), "|||pending||");
	desk_teardown(&f);
}

/* Of the act that is asked about again, what this script did to it goes. */
static void
test_dry_run__begins_before_its_own_doing(void)
{
	static const char source[] =
	    "desk.on('ticket.creating', { name = 'c' }, function(event)\n"
	    "  event.ticket:set({ priority = 'high' }, 'as ever')\n"
	    "end)\n"
	    "desk.on('ticket.created', { name = 'd' }, function(event)\n"
	    "  print(event.ticket.priority)\n"
	    "end)\n";
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "my", source);
	number = desk_submit(&f, "bob@example.org", "Hello", "text");
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_HIGH);
	MUST(try_on(number, source));
	CHECK_BYTES(
	    item("my/c", DRY_CHANGE, 0), "priority|normal|high||as ever|my/c");
	CHECK_BYTES(item("my/d", DRY_PRINT, 0), "|||high||");
	/* not where it is not asked again */
	MUST(try_with(number, source,
	    (struct dry_options){ .hook = HOOK_TICKET_CREATED }));
	CHECK_BYTES(item("my/d", DRY_PRINT, 0), "|||high||");
	desk_teardown(&f);
}

/* A -ing handler is asked about the same change again. */
static void
test_dry_run__asks_again_about_a_change(void)
{
	uint64_t number = begin();

	set_priority(number, "high");
	set_priority(number, "low");
	MUST(try_on(number,
	    "desk.on('ticket.updating', { name = 'p',\n"
	    "  when = { changed = 'priority', actor = 'agent' } },\n"
	    "function(event)\n"
	    "  local c = event.changes.priority\n"
	    "  print(c.from, c.to, event.actor.name)\n"
	    "  event.ticket:tag('seen')\n"
	    "end)\n"
	    "desk.on('ticket.updating', { name = 's',\n"
	    "  when = { changed = 'status' } }, function(event) end)\n"));
	CHECK(step_of("my/p")->is_rewound);
	CHECK_BYTES(item("my/p", DRY_PRINT, 0), "|||high\tlow\tAnn Lee||");
	CHECK_BYTES(item("my/p", DRY_CHANGE, 0), "tags||seen|||my/p");
	CHECK_INT(step_of("my/s")->state, DRY_NOT_HELD);
	desk_teardown(&f);
}

/* What is done to another ticket says to which. */
static void
test_dry_run__names_other_tickets(void)
{
	uint64_t number = begin();

	CHECK_INT(desk_submit(&f, "bob@example.org", "Two", "x"), 2);
	MUST(try_on(number,
	    "desk.on('ticket.created', { name = 'm' }, function(event)\n"
	    "  desk.ticket(2):note('see one')\n"
	    "  event.ticket:merge(desk.ticket(2))\n"
	    "end)\n"));
	CHECK_BYTES(step_of("my/m")->error, "");
	for (const struct dry_item *i = step_of("my/m")->items; i != NULL;
	     i = i->next) {
		if (i->kind == DRY_NOTE)
			CHECK_INT(i->ticket, 2);
		if (i->kind == DRY_CHANGE)
			CHECK_INT(i->ticket, 0);
	}
	CHECK(item("my/m", DRY_NOTE, 0).len > 0);
	CHECK(item("my/m", DRY_CHANGE, 1).len > 0);
	desk_teardown(&f);
}

/* An event of the customer tells nothing of a later ticket. */
static void
test_dry_run__rewinds_no_ticket_to_before_it_was(void)
{
	uint64_t number;

	begin();
	clock_set(&f.clock, site_now_us(f.site) + 1000000);
	number = desk_submit(&f, "bob@example.org", "Again", "x");
	MUST(try_on(number,
	    "desk.on('customer.created', { name = 'c' }, function(event)\n"
	    "  print(event.customer.email, #desk.ticket(2):entries{})\n"
	    "end)\n"));
	CHECK(!step_of("my/c")->is_rewound && !step_of("my/c")->is_made_up);
	CHECK_BYTES(item("my/c", DRY_PRINT, 0), "|||bob@example.org\t1||");
	desk_teardown(&f);
}

/* A later handler meets what an earlier one has done. */
static void
test_dry_run__goes_on_with_what_was_done(void)
{
	uint64_t number = begin();

	MUST(try_on(number,
	    "desk.on('ticket.created', { name = 'a', order = 1 },\n"
	    "function(event)\n"
	    "  event.ticket:set({ priority = 'high' }, 'x')\n"
	    "  desk.store:set('k', 'kept')\n"
	    "end)\n"
	    "desk.on('ticket.created', { name = 'b', order = 2,\n"
	    "  when = { priority = 'high' } }, function(event)\n"
	    "  print(event.ticket.priority, desk.store:get('k'))\n"
	    "end)\n"));
	CHECK_BYTES(item("my/b", DRY_PRINT, 0), "|||high\tkept||");
	desk_teardown(&f);
}

/* --- nothing is left --- */

static size_t
count_jobs(void)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct site_read read;
	struct key prefix;
	size_t n = 0;

	MUST(site_read_begin(f.site, &read));
	key_begin(&prefix, KEY_JOB);
	MUST(cursor_open_prefix(
	    read.snapshot, key_get(&prefix), FORWARD, &cursor));
	while (cursor_next(&cursor, &key, &value) == ERR_OK)
		n++;
	cursor_close(&cursor);
	site_read_end(&read);
	return n;
}

static void
test_dry_run__leaves_nothing_behind(void)
{
	uint64_t number = begin(), commit, ids[STORE_COUNTERS];
	char outbox[PATH_MAX + 16];
	struct trace_run *runs;
	struct site_read read;
	uint32_t sum;
	size_t jobs, count;

	desk_add(&f, KIND_SETTING,
	    (const char *const[]){
		"name", "mail.transport", "value", "\"folder\"", NULL });
	CHECK_INT(desk_submit(&f, "eve@example.org", "Two", "x"), 2);
	desk_run_jobs(&f);
	MUST(store_flush(site_store(f.site)));
	jobs = count_jobs();
	sum = desk_store_sum(&f);
	commit = store_commit_number(site_store(f.site));
	for (unsigned i = 0; i < STORE_COUNTERS; i++)
		ids[i] = store_next_id(site_store(f.site), i);
	MUST(try_on(number, everything));
	CHECK(item("my/all", DRY_MAIL, 0).len > 0);
	for (unsigned i = 0; i < STORE_COUNTERS; i++)
		if (store_next_id(site_store(f.site), i) != ids[i] + 1)
			CHECK_INT(i, -1);
	CHECK_INT(store_commit_number(site_store(f.site)), commit);
	CHECK(desk_store_sum(&f) == sum);
	CHECK_INT(count_jobs(), jobs);
	snprintf(outbox, sizeof outbox, "%s/outbox", f.dir);
	CHECK(access(outbox, F_OK) != 0);
	MUST(site_read_begin(f.site, &read));
	MUST(trace_newest(&read, BYTES("my"), 10, f.arena, &runs, &count));
	CHECK_INT(count, 0);
	site_read_end(&read);
	desk_teardown(&f);
}

/* However often it fails. */
static void
test_dry_run__switches_nobody_off(void)
{
	static const char source[] =
	    "desk.on('ticket.created', { name = 'a' }, function(event)\n"
	    "  error('no')\n"
	    "end)\n";
	uint64_t number = begin();
	struct handler_state state;

	desk_script(&f, "my", source);
	for (int i = 0; i < 12; i++) {
		MUST(try_on(number, source));
		CHECK_INT(step_of("my/a")->state, DRY_RAN);
	}
	scripts_handler_state(
	    f.site, BYTES("my/a"), site_now_us(f.site), &state);
	CHECK_INT(state.runs, 0);
	CHECK_INT(state.rests_us, 0);
	desk_teardown(&f);
}

/* --- while the desk works --- */

static atomic_bool is_over;

/* Somebody who works on the same ticket all the time. */
static void *
work_on(void *ticket)
{
	struct arena *arena = arena_create();
	struct act_result result;
	struct act_input input;
	struct why why;

	while (!atomic_load(&is_over)) {
		act_input_init(&input, VERB_NOTE_ADD, KIND_TICKET);
		input.actor = actor_agent(ANN);
		input.subject = *(uint64_t *)ticket;
		input.body = BYTES("meanwhile");
		MUST(desk_act(f.site, &input, arena, &result, &why));
		arena_reset(arena);
	}
	arena_destroy(arena);
	return NULL;
}

static void
test_dry_run__is_not_disturbed(void)
{
	static const char source[] =
	    "desk.on('ticket.created', { name = 'a' }, function(event)\n"
	    "  event.ticket:set({ priority = 'high' }, 'x')\n"
	    "  event.ticket:note('y')\n"
	    "  event.ticket:mail{ template = 'autoreply' }\n"
	    "end)\n";
	uint64_t number = begin();
	pthread_t thread;

	desk_script(&f, "my", source); /* it runs for real, too */
	atomic_store(&is_over, false);
	if (pthread_create(&thread, NULL, work_on, &number) != 0)
		exit(1);
	for (int i = 0; i < 20; i++) {
		MUST(try_on(number, source));
		CHECK_BYTES(step_of("my/a")->error, "");
		CHECK_BYTES(item("my/a", DRY_CHANGE, 0),
		    "priority|normal|high||x|my/a");
		CHECK_BYTES(item("my/a", DRY_NOTE, 0), "||y|||my/a");
		CHECK(item("my/a", DRY_MAIL, 0).len > 0);
	}
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_dry_run__shows_each_kind_of_wish);
	RUN(test_dry_run__shows_answers_and_jobs);
	RUN(test_dry_run__shows_who_would_get_it);
	RUN(test_dry_run__counts_no_mails);
	RUN(test_dry_run__shows_choices_and_refusals);
	RUN(test_dry_run__shows_what_goes_wrong);
	RUN(test_dry_run__takes_only_those_asked_for);
	RUN(test_dry_run__chooses_an_action);
	RUN(test_dry_run__keeps_to_the_tickets_of_an_action);
	RUN(test_dry_run__comes_to_an_end);
	RUN(test_dry_run__rewinds_the_ticket);
	RUN(test_dry_run__begins_before_its_own_doing);
	RUN(test_dry_run__asks_again_about_a_change);
	RUN(test_dry_run__names_other_tickets);
	RUN(test_dry_run__rewinds_no_ticket_to_before_it_was);
	RUN(test_dry_run__goes_on_with_what_was_done);
	RUN(test_dry_run__leaves_nothing_behind);
	RUN(test_dry_run__switches_nobody_off);
	RUN(test_dry_run__is_not_disturbed);
	return tap_done();
}
