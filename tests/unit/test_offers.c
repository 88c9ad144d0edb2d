/* tests/unit/test_offers.c - desk.action and desk.panel below all pages: what
 * an action does is whole or not at all, for whom it is, and what it says.
 */
#include "config.h"
#include "core/desk/offer.h"
#include "core/desk/trace.h"
#include "core/model/ticket.h"
#include "tests/tap.h"
#include "tests/unit/pages_agent.h"

static struct pages_fixture f;
static uint64_t ticket, lee; /* a ticket; an agent who only notes */

static const char script[] =
    "desk.action('raise', { label = 'Raise', when = { status = 'open' } },\n"
    "  function(ticket, agent, input)\n"
    "  assert(input == nil)\n"
    "  ticket:set({ priority = 'urgent' }, 'chosen')\n"
    "  ticket:tag('raised')\n"
    "  ticket:note('by ' .. (agent and agent.name or 'nobody'))\n"
    "  return 'Raised for ' .. ticket.customer.email\n"
    "end)\n"
    "desk.action('refund', { ask = {\n"
    "  amount = { type = 'number', required = true, min = 1, max = 50 },\n"
    "  reason = { type = 'word', words = { 'late', 'broken' },\n"
    "    default = 'late', label = 'Reason' },\n"
    "  queue = { type = 'queue' },\n"
    "  now = { type = 'boolean' } } }, function(ticket, agent, input)\n"
    "  ticket:note(input.reason .. ' ' .. math.type(input.amount) .. ' ' ..\n"
    "    input.amount .. ' ' .. tostring(input.now) .. ' '\n"
    "    .. tostring(input.queue))\n"
    "end)\n"
    "desk.action('fails', {}, function(ticket)\n"
    "  ticket:tag('half')\n"
    "  error('no luck')\n"
    "end)\n"
    "desk.action('cannot', {}, function(ticket)\n"
    "  ticket:tag('half')\n"
    "  ticket:merge(ticket)\n"
    "end)\n"
    "desk.job('later', function() end)\n"
    "desk.action('loops', {}, function() while true do end end)\n"
    "desk.action('wrong', {}, function() return 1 end)\n"
    "desk.action('silent', {}, function() end)\n"
    "desk.action('typo', { ask = { a = { type = 'string' } } },\n"
    "  function(ticket, agent, input) return input.b end)\n"
    "desk.panel('rows', { title = 'Order' }, function(ticket, agent)\n"
    "  return { { label = 'Agent', value = agent.login },\n"
    "    { label = 'Sum', value = 12.5, link = 'https://shop.test/o/1' },\n"
    "    { label = 'Long', value = ('x'):rep(5000) },\n"
    "    { label = 'Here', value = true, link = '/agent/t/1' } }\n"
    "end)\n"
    "desk.panel('evil', {}, function() return { { label = 'a', link =\n"
    "  'javascript:alert(1)' } } end)\n"
    "desk.panel('writes', {}, function(ticket) ticket:tag('x') end)\n"
    "desk.panel('urgent', { when = { priority = 'urgent' } },\n"
    "  function() end)\n";

static enum err
choose_as(
    struct actor actor, const char *name, const char *input, const char *key)
{
	struct act_input act;

	act_input_init(&act, VERB_ACTION_RUN, KIND_TICKET);
	act.actor = actor;
	act.source = SOURCE_AGENT;
	act.subject = ticket;
	act.name = bytes_of(name);
	act.body = bytes_of(input);
	act.key = bytes_of(key);
	return desk_do(&f.desk, &act);
}

static enum err
choose(const char *name, const char *input)
{
	return choose_as(actor_agent(ANN), name, input, NULL);
}

/* "by script what: text" of each entry behind <after>, a line each; the number
 * of the last one. */
static uint64_t
tell(uint64_t after, struct buf *out)
{
	static const char *const by[] = { "customer", "agent", "script",
		"system" };
	struct site_read read;
	struct record entry;
	struct bytes body;
	uint64_t sequence = after;

	buf_clear(out);
	MUST(site_read_begin(f.desk.site, &read));
	while (
	    timeline_next(read.snapshot, ticket, &sequence, &entry) == ERR_OK) {
		MUST(record_bigtext(
		    read.snapshot, &entry, ENTRY_BODY, f.desk.arena, &body));
		buf_printf(out, "%s %.*s %.*s%.*s%.*s\n",
		    by[record_int(&entry, ENTRY_BY)],
		    BYTES_ARG(record_text(&entry, ENTRY_SCRIPT)),
		    BYTES_ARG(record_text(&entry, ENTRY_EVENT)),
		    BYTES_ARG(record_text(&entry, ENTRY_CHANGES)),
		    BYTES_ARG(body));
		after = entry_sequence(entry.id);
	}
	site_read_end(&read);
	return after;
}

static void
test_action__is_told_and_done_at_once(void)
{
	struct buf told = buf_in(f.desk.arena);
	uint64_t last = tell(0, &told);

	CHECK(choose("my/raise", NULL) == ERR_OK);
	CHECK_BYTES(f.desk.result.said, "Raised for a@example.com");
	CHECK(desk_field(&f.desk, ticket, TICKET_PRIORITY) == PRIORITY_URGENT);
	CHECK(desk_has_tag(&f.desk, ticket, "raised"));
	tell(last, &told);
	printf("# %s", buf_string(&told));
	CHECK(
	    strstr(buf_string(&told), "agent my/raise action.chosen") != NULL);
	CHECK(strstr(buf_string(&told),
		  "script my/raise {\"priority\":[\"normal\",\"urgent\"]}") !=
	    NULL);
	CHECK(strstr(buf_string(&told), "script my/raise by Ann") != NULL);
}

static void
test_action__is_for_those_who_may_answer(void)
{
	struct actor visitor = { .kind = BY_CUSTOMER, .ticket = ticket };
	struct actor program = {
		.kind = BY_SYSTEM, .is_program = true, .token = TOKEN_READ
	};

	CHECK(
	    choose_as(actor_agent(lee), "my/silent", NULL, NULL) == ERR_DENIED);
	CHECK(choose_as(visitor, "my/silent", NULL, NULL) == ERR_DENIED);
	CHECK(choose_as(program, "my/silent", NULL, NULL) == ERR_DENIED);
	program.token = TOKEN_READ | TOKEN_WRITE;
	CHECK(choose_as(program, "my/silent", NULL, NULL) == ERR_OK);
	CHECK(choose("my/silen", NULL) == ERR_NOT_FOUND);
	CHECK_BYTES(bytes_of(f.desk.why.name), "my/silent");
	ticket += 1000;
	CHECK(choose("my/silent", NULL) == ERR_NOT_FOUND);
	ticket -= 1000;
}

static void
test_action__is_offered_while_its_when_holds(void)
{
	struct act_input act;

	act_input_init(&act, VERB_TICKET_UPDATE, KIND_TICKET);
	act.actor = actor_agent(ANN);
	act.subject = ticket;
	desk_set(&f.desk, &act, "status", "closed");
	MUST(desk_do(&f.desk, &act));
	CHECK(choose("my/raise", NULL) == ERR_INVALID);
	CHECK_BYTES(bytes_of(f.desk.why.name), "Raise");
	CHECK(choose("my/silent", NULL) == ERR_OK);
	act_input_init(&act, VERB_TICKET_UPDATE, KIND_TICKET);
	act.actor = actor_agent(ANN);
	act.subject = ticket;
	desk_set(&f.desk, &act, "status", "open");
	MUST(desk_do(&f.desk, &act));
}

static void
test_action__asks_by_its_schema(void)
{
	static const struct {
		const char *input, *field, *note;
	} cases[] = {
		{ NULL, "amount", NULL },
		{ "{\"amount\":\"12\"}", "amount", NULL },
		{ "{\"amount\":0.5}", "amount", NULL },
		{ "{\"amount\":51}", "amount", NULL },
		{ "{\"amount\":5,\"reason\":\"dull\"}", "reason", NULL },
		{ "{\"amount\":5,\"queue\":\"nope\"}", "queue", NULL },
		{ "{\"amount\":5,\"now\":\"yes\"}", "now", NULL },
		{ "{\"amount\":5,\"amonut\":5}", "amonut", NULL },
		{ "[5]", "input", NULL },
		{ "{\"amount\":5", "input", NULL },
		{ "{\"amount\":5}", NULL, "late integer 5 nil nil" },
		{ "{\"amount\":5.5,\"reason\":\"broken\",\"now\":true,"
		  "\"queue\":\"general\"}",
		    NULL, "broken float 5.5 true general" },
	};
	struct buf told = buf_in(f.desk.arena);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t last = tell(0, &told);
		enum err err = choose("my/refund", cases[i].input);

		printf("# %s: %s\n", cases[i].input, f.desk.why.message);
		tell(last, &told);
		if (cases[i].field != NULL) {
			CHECK(err == ERR_INVALID);
			CHECK_BYTES(bytes_of(f.desk.why.field), cases[i].field);
			CHECK(told.len == 0);
		} else {
			CHECK(err == ERR_OK);
			CHECK(strstr(buf_string(&told), cases[i].note) != NULL);
		}
	}
	CHECK(choose("my/silent", "{\"a\":1}") == ERR_INVALID);
}

static void
test_action__that_fails_changes_nothing(void)
{
	static const struct {
		const char *name, *error;
	} cases[] = {
		{ "my/fails", "my.lua:21: no luck" },
		{ "my/cannot", "itself" },
		{ "my/wrong", "\"wrong\" must return nothing, or a text" },
		{ "my/typo", "input has no \"b\" (did you mean \"a\"?)" },
		{ "my/loops", "\"loops\" took over " },
	};
	struct buf told = buf_in(f.desk.arena);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t last = tell(0, &told);
		struct trace_run *runs;
		struct site_read read;
		size_t count;

		CHECK(choose(cases[i].name, NULL) == ERR_REFUSED);
		printf("# %.*s\n", BYTES_ARG(f.desk.result.error));
		CHECK(bytes_find(f.desk.result.error,
			  bytes_of(cases[i].error)) != NULL);
		CHECK(strstr(f.desk.why.message, "action failed") != NULL);
		tell(last, &told);
		CHECK(told.len == 0);
		CHECK(!desk_has_tag(&f.desk, ticket, "half"));
		MUST(site_read_begin(f.desk.site, &read));
		MUST(trace_newest(
		    &read, BYTES("my"), 1, f.desk.arena, &runs, &count));
		CHECK(count == 1 && runs[0].outcome != OUTCOME_OK &&
		    runs[0].is_stored);
		CHECK_BYTES(runs[0].name, cases[i].name);
		CHECK_BYTES(runs[0].hook, "action");
		site_read_end(&read);
	}
	CHECK(choose("my/silent", NULL) == ERR_OK); /* the host is there */
}

static void
test_action__twice_is_once(void)
{
	struct buf told = buf_in(f.desk.arena);
	const char *input = "{\"amount\":7}";
	uint64_t last = tell(0, &told);

	CHECK(choose_as(actor_agent(ANN), "my/refund", input, "k1") == ERR_OK);
	CHECK(!f.desk.result.is_repeat);
	last = tell(last, &told);
	CHECK(strstr(buf_string(&told), "late integer 7") != NULL);
	CHECK(choose_as(actor_agent(ANN), "my/refund", input, "k1") == ERR_OK);
	CHECK(f.desk.result.is_repeat);
	CHECK(tell(last, &told) == last);
	CHECK(choose_as(actor_agent(ANN), "my/refund", input, "k2") == ERR_OK);
	tell(last, &told);
	CHECK(told.len > 0);
}

/* --- panels --- */

static enum err
look(struct actor actor, const char *name, struct panel *out)
{
	struct why why = { .message = "" };
	struct site_read read;
	enum err err;

	MUST(site_read_begin(f.desk.site, &read));
	err = panel_run(
	    &read, &actor, ticket, bytes_of(name), f.desk.arena, out, &why);
	site_read_end(&read);
	return err;
}

static void
test_panel__gives_plain_rows(void)
{
	struct panel panel;

	CHECK(look(actor_agent(ANN), "my/rows", &panel) == ERR_OK);
	CHECK_BYTES(panel.title, "Order");
	CHECK_BYTES(panel.error, "");
	CHECK(panel.error.len == 0 && panel.count == 4);
	CHECK_BYTES(panel.rows[0].value, "ann");
	CHECK_BYTES(panel.rows[1].value, "12.5");
	CHECK_BYTES(panel.rows[1].link, "https://shop.test/o/1");
	CHECK(panel.rows[2].value.len == PANEL_VALUE_MAX + 3);
	CHECK_BYTES(panel.rows[3].value, "true");
	CHECK_BYTES(panel.rows[3].link, "/agent/t/1");
}

static void
test_panel__changes_nothing_and_leads_nowhere_bad(void)
{
	struct panel panel;

	CHECK(look(actor_agent(ANN), "my/writes", &panel) == ERR_OK);
	CHECK(bytes_find(panel.error, BYTES("ticket:tag works only")) != NULL);
	CHECK(panel.count == 0 && !desk_has_tag(&f.desk, ticket, "x"));
	CHECK(look(actor_agent(ANN), "my/evil", &panel) == ERR_OK);
	CHECK(bytes_find(panel.error, BYTES("a link begins with")) != NULL);
	CHECK(panel.count == 0);
}

static void
test_panel__is_for_those_who_see_the_ticket(void)
{
	struct actor visitor = { .kind = BY_CUSTOMER, .ticket = ticket + 1 };
	struct panel panel;

	CHECK(look(actor_agent(lee), "my/rows", &panel) == ERR_OK);
	CHECK(look(visitor, "my/rows", &panel) == ERR_NOT_FOUND);
	CHECK(look(actor_agent(ANN), "my/none", &panel) == ERR_NOT_FOUND);
	CHECK(look(actor_agent(ANN), "my/urgent", &panel) == ERR_OK);
	ticket += 1000;
	CHECK(look(actor_agent(ANN), "my/rows", &panel) == ERR_NOT_FOUND);
	ticket -= 1000;
}

static void
test_link__leads_to_the_web_a_mailbox_or_the_desk(void)
{
	static const struct {
		const char *link;
		bool is_one;
	} cases[] = {
		{ "https://a.test/", true },
		{ "http://a.test", true },
		{ "mailto:a@b.test", true },
		{ "/agent/t/1?x=1#y", true },
		{ "/", true },
		{ "", false },
		{ "//evil.test", false },
		{ "/\\evil.test", false },
		{ "https:\\\\evil.test", false },
		{ "javascript:alert(1)", false },
		{ "JavaScript:alert(1)", false },
		{ " https://a.test/", false },
		{ "https://a.test/ b", false },
		{ "https://a.test/\nb", false },
		{ "data:text/html,x", false },
		{ "agent/t/1", false },
		{ "https://", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].link);
		CHECK(
		    offer_is_link(bytes_of(cases[i].link)) == cases[i].is_one);
	}
}

static void
setup(void)
{
	pages_setup(&f);
	lee = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "lee", "name", "Lee", "email",
		"lee@example.com", "role", "light", "active", "true", NULL });
	ticket = desk_submit(&f.desk, "a@example.com", "Late", "Where is it?");
	desk_script(&f.desk, "my", script);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	setup();
	RUN(test_action__is_told_and_done_at_once);
	RUN(test_action__is_for_those_who_may_answer);
	RUN(test_action__is_offered_while_its_when_holds);
	RUN(test_action__asks_by_its_schema);
	RUN(test_action__that_fails_changes_nothing);
	RUN(test_action__twice_is_once);
	RUN(test_panel__gives_plain_rows);
	RUN(test_panel__changes_nothing_and_leads_nowhere_bad);
	RUN(test_panel__is_for_those_who_see_the_ticket);
	RUN(test_link__leads_to_the_web_a_mailbox_or_the_desk);
	pages_teardown(&f);
	return tap_done();
}
