/* tests/unit/test_script_tests.c - the shipped scripts' own tests, and the
 * running of tests: worlds, failures, files that do not load. */
#include "config.h"
#include "core/desk/script_tests.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/paths.h"
#include "core/base/secret.h"
#include "tests/tap.h"

#include <limits.h>
#include <stdlib.h>

/* Mails as simple as can be: the words of the page, no templates. */
static enum err
render(void *arg, const struct mail_page *page, struct arena *arena,
    struct mail_text *out, struct why *why)
{
	struct buf text = buf_in(arena);

	buf_printf(&text, "%s: %.*s %.*s", page->template, BYTES_ARG(page->url),
	    BYTES_ARG(page->title));
	if (text.failed)
		return ERR_NOMEM;
	*out = (struct mail_text){ .subject = BYTES("Your ticket"),
		.text = buf_get(&text) };
	return ERR_OK;
}

static const struct mail_renderer renderer = { .render = render };

struct tally {
	int passed, failed;
	char last[1000]; /* the last failure */
	bool is_quiet;
};

static void
count(void *arg, const struct script_test_result *result)
{
	struct tally *tally = arg;

	if (result->error.len == 0) {
		tally->passed++;
		return;
	}
	tally->failed++;
	snprintf(tally->last, sizeof tally->last, "%.*s:%d: %.*s",
	    BYTES_ARG(result->name), result->line, BYTES_ARG(result->error));
	if (!tally->is_quiet)
		printf("# %.*s: %.*s\n# %.*s\n", BYTES_ARG(result->file),
		    BYTES_ARG(result->name), BYTES_ARG(result->error));
}

/* Run a test file of <source> beside a script; the last failure. */
static struct tally
run_source(const char *script, const char *source)
{
	struct world_options options = { .renderer = &renderer };
	struct tally tally = { .is_quiet = true };
	struct why why = { .message = "" };
	char dir[PATH_MAX], path[PATH_MAX + 32];

	CHECK_INT(file_temp_folder(dir, sizeof dir), ERR_OK);
	snprintf(path, sizeof path, "%s/x.lua", dir);
	CHECK_INT(file_replace(path, 0600, bytes_of(script), NULL), ERR_OK);
	snprintf(path, sizeof path, "%s/x_test.lua", dir);
	CHECK_INT(file_replace(path, 0600, bytes_of(source), NULL), ERR_OK);
	snprintf(path, sizeof path, "%s/x.lua", dir);
	CHECK_INT(
	    script_tests_run(&options, path, count, &tally, &why), ERR_OK);
	CHECK_INT(file_remove_tree(dir), ERR_OK);
	return tally;
}

static void
test_script_tests_run__tells_what_failed(void)
{
	struct tally tally = run_source("",
	    "describe('a', function()\n"
	    "  it('passes', function() equal(1, 1) end)\n"
	    "  it('fails', function()\n"
	    "    equal(1, 2, 'one')\n"
	    "  end)\n"
	    "end)\n");

	CHECK_INT(tally.passed, 1);
	CHECK_INT(tally.failed, 1);
	CHECK(strstr(tally.last, "a: fails:4: x_test.lua:4: one is 1, not 2") !=
	    NULL);
	tally = run_source("", "it('x', function( end)");
	CHECK_INT(tally.failed, 1);
	CHECK(strstr(tally.last, "x_test.lua:1:") != NULL);
}

static void
test_script_tests_run__fails_when_a_handler_did(void)
{
	struct tally tally = run_source(
	    "desk.on('ticket.created', { name = 'bad' }, function(event)\n"
	    "  error('on purpose')\n"
	    "end)\n",
	    "it('x', function()\n"
	    "  desk.test.world{}:submit{ subject = 'a' }\n"
	    "end)\n"
	    "it('y', function()\n"
	    "  local world = desk.test.world{}\n"
	    "  world:submit{ subject = 'a' }\n"
	    "  equal(world.failed[1].handler, 'x/bad')\n"
	    "end)\n");

	CHECK_INT(tally.passed, 1);
	CHECK_INT(tally.failed, 1);
	CHECK(strstr(tally.last, "a handler failed meanwhile: x/bad") != NULL);
	CHECK(strstr(tally.last, "on purpose") != NULL);
}

/* The web is what the test says it is. */
static void
test_worlds__answer_web_requests(void)
{
	struct tally tally = run_source(
	    "local settings = desk.settings {\n"
	    "  key = { type = 'string', secret = true, default = 'abcdef' } }\n"
	    "desk.on('ticket.created', { name = 'ask' }, function(event)\n"
	    "  desk.http { url = 'https://crm.test/' .. event.ticket.subject,\n"
	    "    json = { a = 1 }, answer = 'heard', ticket = event.ticket,\n"
	    "    sign = 'key' }\n"
	    "end)\n"
	    "desk.job('heard', function(ticket, job)\n"
	    "  local a = job.answer\n"
	    "  ticket:tag(a.json and a.json.tag or a.ok and a.text or 'none')\n"
	    "end)\n",
	    "it('x', function()\n"
	    "  local world = desk.test.world{}\n"
	    "  world:http('https://crm.test/a', { json = { tag = 'gold' } })\n"
	    "  world:http('https://crm.test/b', { text = 'plain' })\n"
	    "  world:http('https://crm.test/c', false)\n"
	    "  local function tag(subject)\n"
	    "    return world:submit{ subject = subject }.tags[1]\n"
	    "  end\n"
	    "  equal(tag('a'), 'gold')\n"
	    "  equal(tag('b'), 'plain')\n"
	    "  equal(tag('d'), 'none')\n"
	    "  local ticket = world:submit{ subject = 'c' }\n"
	    "  equal(ticket.tags[1], nil)\n"
	    "  world:http('https://crm.test/c', { status = 404, text = 'no' })\n"
	    "  world:advance('15s')\n"
	    "  equal(ticket.tags[1], 'none')\n"
	    "  local sent = world.requests\n"
	    "  equal(#sent, 5)\n"
	    "  equal(sent[1].method, 'POST')\n"
	    "  equal(sent[1].body, '{\"a\":1}')\n"
	    "  equal(sent[4].headers['Idempotency-Key'],\n"
	    "    sent[5].headers['Idempotency-Key'])\n"
	    "  assert(sent[1].headers['Hookdesk-Signature']:find('^t=%d+,v1='))\n"
	    "end)\n");

	CHECK_INT(tally.passed, 1);
	CHECK_INT(tally.failed, 0);
	if (tally.failed > 0)
		printf("# %s\n", tally.last);
}

static void
test_worlds__choose_actions_and_call_routes(void)
{
	struct tally tally = run_source(
	    "desk.settings { key = { type = 'string', secret = true,\n"
	    "  default = 'abcdef' } }\n"
	    "desk.action('refund', { when = { status = 'open' }, ask = {\n"
	    "  amount = { type = 'integer', required = true } } },\n"
	    "  function(ticket, agent, input)\n"
	    "  ticket:tag('refund')\n"
	    "  ticket:after('1h', 'later')\n"
	    "  return agent.login .. ' ' .. input.amount\n"
	    "end)\n"
	    "desk.job('later', function(ticket) ticket:tag('later') end)\n"
	    "desk.action('fails', {}, function() error('no luck') end)\n"
	    "desk.route('POST /x/in', { verify = { secret = 'key' } },\n"
	    "  function(request)\n"
	    "  local ticket = desk.ticket(request.json.number)\n"
	    "  ticket:tag(request.query.tag)\n"
	    "  return { status = 201, json = { subject = ticket.subject },\n"
	    "    headers = { ['X-From'] = request.headers['x-from'] } }\n"
	    "end)\n"
	    "desk.route('GET /x/hi', {}, function() return { text = 'hi' } end)"
	    "\n",
	    "it('x', function()\n"
	    "  local world = desk.test.world{ agents = { 'ann', 'bob' } }\n"
	    "  local ticket = world:submit{ subject = 'a' }\n"
	    "  local now, said = world:action(ticket, 'x/refund', 'bob',\n"
	    "    { amount = 7 })\n"
	    "  equal(said, 'bob 7')\n"
	    "  equal(now.tags[1], 'refund')\n"
	    "  world:advance('1h')\n"
	    "  equal(#ticket.tags, 2)\n"
	    "  now, said = world:action(ticket, 'x/refund')\n"
	    "  equal(now, nil)\n"
	    "  equal(said, 'Please fill in: amount')\n"
	    "  now, said = world:action(ticket, 'x/fails', nil)\n"
	    "  assert(now == nil and said:find('no luck'))\n"
	    "  now, said = world:action(ticket, 'x/nope')\n"
	    "  assert(now == nil and said:find('no action'), said)\n"
	    "  local answer = world:request('POST /x/in', { json = { number =\n"
	    "    ticket.number }, query = { tag = 'in' }, sign = 'abcdef',\n"
	    "    headers = { ['X-From'] = 'me' } })\n"
	    "  equal(answer.status, 201)\n"
	    "  equal(answer.json.subject, 'a')\n"
	    "  equal(answer.headers['X-From'], 'me')\n"
	    "  equal(#ticket.tags, 3)\n"
	    "  equal(world:request('POST /x/in', { json = {} }).status, 401)\n"
	    "  equal(world:request('POST /x/in', { json = {}, sign = 'abc' })"
	    ".status, 401)\n"
	    "  equal(world:request('GET /x/hi').text, 'hi')\n"
	    "  equal(world:request('GET /x/nope').status, 404)\n"
	    "end)\n");

	CHECK_INT(tally.passed, 1);
	CHECK_INT(tally.failed, 0);
	if (tally.failed > 0)
		printf("# %s\n", tally.last);
}

static void
test_script_tests_run__needs_scripts_that_load(void)
{
	struct tally tally = run_source(
	    "nosuch()", "it('x', function() desk.test.world{} end)");

	CHECK_INT(tally.failed, 1);
	CHECK(strstr(tally.last, "there is no \"nosuch\"") != NULL);
}

static void
test_worlds__have_zone_agents_and_queues(void)
{
	struct tally tally = run_source(
	    "local s = desk.settings{ n = { type = 'integer', default = 1 } }\n"
	    "desk.on('ticket.created', { name = 'n' }, function(event)\n"
	    "  event.ticket:note('n ' .. s.n)\n"
	    "end)\n",
	    "it('x', function()\n"
	    "  local world = desk.test.world{ now = '2026-07-01 12:00',\n"
	    "    zone = 'Europe/Berlin', agents = { eva = { name = 'Eva' } },\n"
	    "    queues = { 'first', 'second' },\n"
	    "    settings = { x = { n = 7 } } }\n"
	    "  equal(desk.now(), 1782900000, 'now')\n"
	    "  local ticket = world:submit{ subject = 'Hi', email =\n"
	    "    'a@example.org' }\n"
	    "  equal(ticket.queue, 'first')\n"
	    "  equal(ticket:entries{ kind = 'note' }[1].text, 'n 7')\n"
	    "  world:reply(ticket, 'eva', 'Yes.')\n"
	    "  equal(ticket.status, 'pending')\n"
	    "  world:close(ticket)\n"
	    "  equal(ticket.status, 'closed')\n"
	    "  equal(desk.agent('eva').name, 'Eva')\n"
	    "  equal(desk.customer('a@example.org'), ticket.customer)\n"
	    "  equal(desk.count{ status = 'closed' }, 1)\n"
	    "  local n = 0\n"
	    "  for t in desk.tickets{ queue = 'first' } do n = n + 1 end\n"
	    "  equal(n, 1)\n"
	    "  equal(#desk.agents{ available = true }, 1)\n"
	    "  equal(desk.agent('eva'):may('reply', 'second'), true)\n"
	    "  world:advance('1h')\n"
	    "  equal(desk.now(), 1782903600, 'now')\n"
	    "end)\n"
	    "it('y', function()\n"
	    "  equal(pcall(desk.test.world, { zone = 'Moon/Base' }), false)\n"
	    "  equal(pcall(desk.ticket, 1), false)\n"
	    "end)\n");

	printf("# %s\n", tally.last);
	CHECK_INT(tally.passed, 2);
	CHECK_INT(tally.failed, 0);
}

static void
test_paused_when__lets_a_timers_time_stand_still(void)
{
	struct tally tally = run_source(
	    "desk.on('ticket.created', { name = 'start' }, function(event)\n"
	    "  event.ticket:after('6h', 'ring',\n"
	    "    { paused_when = { status = 'pending' } })\n"
	    "end)\n"
	    "desk.job('ring', function(ticket) ticket:note('ring') end)\n",
	    "local function notes(t) return #t:entries{ kind = 'note' } end\n"
	    "it('x', function()\n"
	    "  local world = desk.test.world{ agents = { 'anna' } }\n"
	    "  local rested = world:submit{ subject = 'a' }\n"
	    "  local other = world:submit{ subject = 'b' }\n"
	    "  world:advance('2h')\n"
	    "  world:reply(rested, 'anna', 'Which one?')\n"
	    "  equal(rested.status, 'pending')\n"
	    "  world:advance('10h')\n"
	    "  equal(notes(other), 1, 'the other')\n"
	    "  equal(notes(rested), 0, 'while pending')\n"
	    "  world:reply(rested, 'customer', 'This one.')\n"
	    "  equal(rested.status, 'open')\n"
	    "  world:advance('3h')\n"
	    "  equal(notes(rested), 0, 'an hour is left')\n"
	    "  world:advance('70m')\n"
	    "  equal(notes(rested), 1, 'four hours later')\n"
	    "end)\n");

	printf("# %s\n", tally.last);
	CHECK_INT(tally.passed, 1);
}

static void
test_each__runs_a_job_for_tickets_and_people(void)
{
	struct tally tally = run_source(
	    "desk.on('ticket.created', { name = 'all' }, function(event)\n"
	    "  desk.each({ event.ticket, event.customer, desk.agent('anna') "
	    "},\n    'one', 'd')\n"
	    "end)\n"
	    "desk.job('one', function(subject, job)\n"
	    "  desk.store:add(tostring(subject), 1)\n"
	    "  if tostring(subject) == 'ticket 1' then\n"
	    "    subject:note(job.data)\n"
	    "  end\n"
	    "end)\n"
	    "desk.on('note.added', { name = 'n' }, function(event)\n"
	    "  event.ticket:tag('noted-' ..\n"
	    "    desk.store:get('agent anna') ..\n"
	    "    desk.store:get('customer 1'))\n"
	    "end)\n",
	    "it('x', function()\n"
	    "  local world = desk.test.world{ agents = { 'anna' } }\n"
	    "  local ticket = world:submit{ subject = 'a', name = 'Carl' }\n"
	    "  equal(ticket:entries{ kind = 'note' }[1].text, 'd')\n"
	    "  equal(ticket.tags[1], 'noted-11')\n"
	    "end)\n");

	printf("# %s\n", tally.last);
	CHECK_INT(tally.passed, 1);
}

static void
test_sending_hooks__withhold_mails_and_notifications(void)
{
	struct tally tally = run_source(
	    "desk.on('mail.sending', { name = 'no replies' }, "
	    "function(event)\n"
	    "  if event.mail.kind == 'reply' then\n"
	    "    assert(event.ticket.number == 1)\n"
	    "    return event:deny{ message = 'not today' }\n"
	    "  end\n"
	    "end)\n"
	    "desk.on('notification.sending', { name = 'not anna' },\n"
	    "function(event)\n"
	    "  if event.agent.login == 'anna' then\n"
	    "    assert(event.notification.title == 'Look')\n"
	    "    return event:deny{ message = 'she is away' }\n"
	    "  end\n"
	    "end)\n"
	    "desk.on('ticket.created', { name = 'tell' }, function(event)\n"
	    "  desk.notify({ desk.agent('anna'), desk.agent('bob') },\n"
	    "    { title = 'Look', ticket = event.ticket })\n"
	    "end)\n"
	    "desk.on('mail.failed', { name = 'note' }, function(event)\n"
	    "  event.ticket:note(event.mail.why)\n"
	    "end)\n",
	    "it('x', function()\n"
	    "  local world = desk.test.world{ agents = { 'anna', 'bob' } }\n"
	    "  local ticket = world:submit{ subject = 'a' }\n"
	    "  equal(#world.notified, 1, 'notified')\n"
	    "  equal(world.notified[1].agent, 'bob')\n"
	    "  world:reply(ticket, 'anna', 'Hello.')\n"
	    "  equal(#world.sent, 0, 'sent')\n"
	    "  equal(ticket:entries{ kind = 'note' }[1].text,\n"
	    "    'withheld by x/no replies: not today')\n"
	    "  equal(#world.failed, 1)\n"
	    "end)\n");

	printf("# %s\n", tally.last);
	CHECK_INT(tally.passed, 1);
}

/* Each question that is answered from a desk, asked in a test. */
static void
test_questions__are_answered_from_the_desk(void)
{
	struct tally tally = run_source("",
	    "it('x', function()\n"
	    "  local world = desk.test.world{ agents = { 'anna' }, queues = "
	    "{ 'a', 'b' } }\n"
	    "  for i = 1, 60 do\n"
	    "    world:submit{ subject = 'Number ' .. i, email = 'n' .. i .. "
	    "'@example.org' }\n"
	    "  end\n"
	    "  local n = 0\n"
	    "  for _ in desk.tickets{ queue = 'a' } do n = n + 1 end\n"
	    "  equal(n, 60, 'all pages')\n"
	    "  n = 0\n"
	    "  for _ in desk.tickets{ queue = 'a', limit = 55 } do n = n + 1 "
	    "end\n"
	    "  equal(n, 55, 'the limit')\n"
	    "  equal(desk.count{ except = { queue = 'a' } }, 0)\n"
	    "  local one = world:submit{ subject = 'The printer burns', text = "
	    "'Smoke comes out of the printer.' }\n"
	    "  local two = world:submit{ subject = 'Printer burns', text = 'The "
	    "smoke comes out of the printer!' }\n"
	    "  local first, likeness\n"
	    "  for other, how in one:similar{ queue = 'a' } do\n"
	    "    first = first or other\n"
	    "    likeness = likeness or how\n"
	    "  end\n"
	    "  equal(first, two)\n"
	    "  assert(likeness > 0.7 and likeness <= 1, likeness)\n"
	    "  equal(desk.queue('b').label, 'b')\n"
	    "  equal(desk.queue('nope'), nil)\n"
	    "  equal(desk.organisation('example.org'), nil)\n"
	    "  equal(desk.customer('not an address'), nil)\n"
	    "  equal(desk.customer('N1@Example.org').email, "
	    "'n1@example.org')\n"
	    "  equal(#desk.articles{ q = 'anything' }, 0)\n"
	    "  equal(desk.store:get('nothing'), nil)\n"
	    "  equal(desk.hmac('sha256', 'key', 'The quick brown fox jumps "
	    "over the lazy dog'), "
	    "'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
	    "')\n"
	    "  equal(pcall(desk.hmac, 'md5', 'k', 't'), false)\n"
	    "  equal(desk.tr('Hello {name}', { name = 'Eva' }), 'Hello "
	    "Eva')\n"
	    "  assert(desk.date(0, 'long'):find('1970', 1, true))\n"
	    "  assert(desk.date(desk.ago('2d'), 'relative', "
	    "desk.agent('anna')) ~= '')\n"
	    "  equal(pcall(desk.render, 'No such reply'), false)\n"
	    "  equal(#one:entries{ from = 'agent' }, 0)\n"
	    "  equal(one:entries{ kind = 'reply', limit = 1 }[1].text, 'Smoke "
	    "comes out of the printer.')\n"
	    "  equal(desk.agent('anna').load, 0)\n"
	    "  equal(desk.agent('anna'):may('see', one), true)\n"
	    "  equal(pcall(function() return desk.agent('anna'):may('fly', one) "
	    "end), false)\n"
	    "end)\n");

	printf("# %s\n", tally.last);
	CHECK_INT(tally.passed, 1);
}

int
main(void)
{
	if (secret_init() != ERR_OK)
		abort();
	RUN(test_script_tests_run__tells_what_failed);
	RUN(test_script_tests_run__fails_when_a_handler_did);
	RUN(test_worlds__choose_actions_and_call_routes);
	RUN(test_script_tests_run__needs_scripts_that_load);
	RUN(test_worlds__answer_web_requests);
	RUN(test_worlds__have_zone_agents_and_queues);
	RUN(test_questions__are_answered_from_the_desk);
	RUN(test_paused_when__lets_a_timers_time_stand_still);
	RUN(test_each__runs_a_job_for_tickets_and_people);
	RUN(test_sending_hooks__withhold_mails_and_notifications);
	return tap_done();
}
