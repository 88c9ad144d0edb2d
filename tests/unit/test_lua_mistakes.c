/* tests/unit/test_lua_mistakes.c - what beginners get wrong, and whether they
 * are told what is wrong, where, and what was meant. */
#include "config.h"

#include "tests/unit/script_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ED(code) \
	"desk.job('later', function() end)\n" \
	"desk.on('ticket.created', { name = 'h' }, function(event)\n" \
	"local ticket = event.ticket\n" code "\nend)"
#define ING(hook, code) \
	"local x\n" \
	"desk.on('" hook "', { name = 'h' }, function(event)\n" \
	"local ticket = event.ticket\n" code "\nend)"

struct mistake {
	const char *what, *text, *says;
};

static const struct mistake mistakes[] = {
	{ "misspelt hook", "desk.on('ticket.craeted', {}, print)",
	    "t.lua:1: desk.on: there is no hook point \"ticket.craeted\" (did you mean \"ticket.created\"?)" },
	{ "hook as a word of its own", "desk.on('created', {}, print)",
	    "t.lua:1: desk.on: there is no hook point \"created\" (did you mean \"ticket.created\"?)" },
	{ "options left out", "desk.on('ticket.created', function() end)",
	    "t.lua:1: desk.on: the options must be a table such as { name = ... }, or {} for none, not a function" },
	{ "name for options",
	    "desk.on('ticket.created', 'words', function() end)",
	    "t.lua:1: desk.on: the options must be a table such as { name = ... }, or {} for none, not text" },
	{ "misspelt option", "desk.on('ticket.created', { ordre = 5 }, print)",
	    "t.lua:1: desk.on: unknown option \"ordre\" (did you mean \"order\"?)" },
	{ "name missing",
	    "desk.on('ticket.created', {}, function() end) desk.on('ticket.created', {}, function() end)",
	    "t.lua:1: this file has \"ticket.created\" already: give this one a name of its own, { name = ... }" },
	{ "missing end",
	    "desk.on('ticket.created', {}, function(event)\n  if true then\n  print(1)\nend)\n",
	    "t.lua:4: unexpected symbol near ')' (an \"end\" is missing above this line)" },
	{ "missing end at the end",
	    "local function f()\n  if true then\n  print(1)\nend\n",
	    "t.lua:5: 'end' expected (to close 'function' at line 1) near <eof>" },
	{ "missing then", "local a = 1\nif a == 1\n  print(1)\nend",
	    "t.lua:3: 'then' expected near 'print'" },
	{ "= for ==", "local a = 1\nif a = 1 then\n  print(1)\nend",
	    "t.lua:2: 'then' expected near '=' (compare with ==)" },
	{ "!= for ~=", "local a = 1\nif a != 1 then\n  print(1)\nend",
	    "t.lua:2: 'then' expected near '!' (\"is not\" is ~=, and not is written not)" },
	{ "+= ", "local a = 1\na += 1",
	    "t.lua:2: syntax error near '+' (write a = a + 1)" },
	{ "else if",
	    "local a = 1\nif a == 1 then\n  print(1)\nelse if a == 2 then\n print(2)\nend",
	    "t.lua:6: 'end' expected (to close 'if' at line 2) near <eof> (\"else if\" begins another if: write elseif)" },
	{ "comment with //", "// my script\nlocal a = 1",
	    "t.lua:1: unexpected symbol near '//' (a comment begins with --)" },
	{ "null", "local a = null",
	    "t.lua:1: there is no \"null\": Lua's word for nothing is nil" },
	{ "string not closed", "local a = 'don't",
	    "t.lua:1: syntax error near <eof> (a quote within a text? Write \"don't\")" },
	{ "global variable", "counter = 0",
	    "t.lua:1: assigning a global: write \"local counter\"" },
	{ "global in a handler", ED("count = 1"),
	    "t.lua:4: assigning a global: write \"local count\"" },
	{ "misspelt local", ED("local word = 'a'\nprint(wrod)"),
	    "t.lua:5: there is no \"wrod\"" },
	{ "require", "local json = require('json')",
	    "t.lua:1: there is no \"require\": a file stands alone and loads no other" },
	{ "io.open", "local f = io.open('/tmp/x')",
	    "t.lua:1: there is no \"io\": scripts have no files; desk.store keeps values" },
	{ "os.execute", ED("os.execute('ls')"),
	    "t.lua:4: there is no os.execute: scripts run no programs" },
	{ "load", ED("load('x = 1')()"),
	    "t.lua:4: there is no \"load\": scripts run no text" },
	{ "dofile", "dofile('x.lua')",
	    "t.lua:1: there is no \"dofile\": a file stands alone and loads no other" },
	{ "desk.on inside a function",
	    ED("desk.on('ticket.closed', { name = 'x' }, function() end)"),
	    "t.lua:4: desk.on works only at a file's top level" },
	{ "desk.ticket at top level", "local t = desk.ticket(5)",
	    "t.lua:1: desk.ticket works only while a handler, job or test runs" },
	{ "setting a field", ED("ticket.priority = 'high'"),
	    "t.lua:4: ticket.priority is read-only: write ticket:set({ priority = ... }, why)" },
	{ "misspelt field, set", ED("ticket.priorty = 'high'"),
	    "t.lua:4: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "misspelt field, read", ED("if ticket.priorty == 'high' then end"),
	    "t.lua:4: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "misspelt field in set", ED("ticket:set({ priorty = 'high' }, 'x')"),
	    "t.lua:4: ticket:set: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "label for a key", ED("ticket:set({ priority = 'High' }, 'x')"),
	    "t.lua:4: ticket:set: priority: \"High\" is none of its words (did you mean \"high\"?)" },
	{ "comparing with a label", ED("if ticket.priority == 'High' then end"),
	    "priority is never \"High\" (did you mean \"high\"?)" },
	{ "comparing in when",
	    "desk.on('ticket.created', { when = { priority = 'High' } }, print)",
	    "t.lua:1: when: priority: \"High\" is none of its words (did you mean \"high\"?)" },
	{ "misspelt queue", ED("ticket:set({ queue = 'biling' }, 'x')"),
	    "t.lua:4: ticket:set: queue: there is no queue \"biling\" (did you mean \"billing\"?)" },
	{ "queue's label", ED("ticket:set({ queue = 'Billing' }, 'x')"),
	    "t.lua:4: ticket:set: queue: \"Billing\" is no key: a-z, 0-9, - and _ only; labels are for people" },
	{ "misspelt queue in choose",
	    ING("ticket.routing", "return event:choose('biling')"),
	    "t.lua:4: event:choose: there is no queue \"biling\" (did you mean \"billing\"?)" },
	{ "reply in -ing",
	    ING("ticket.creating", "ticket:reply { text = 'Hi' }"),
	    "t.lua:4: ticket:reply works only in -ed handlers, jobs, actions and routes: \"ticket.created\"" },
	{ "note in -ing", ING("ticket.creating", "ticket:note('Hi')"),
	    "t.lua:4: ticket:note works only in -ed handlers, jobs, actions and routes: \"ticket.created\"" },
	{ "mail in -ing",
	    ING("ticket.creating", "ticket:mail { template = 'x' }"),
	    "t.lua:4: ticket:mail works only in -ed handlers, jobs, actions and routes: \"ticket.created\"" },
	{ "after in -ing",
	    ING("ticket.creating", "ticket:after('2h', 'later')"),
	    "t.lua:4: ticket:after works only in -ed handlers, jobs, actions and routes: \"ticket.created\"" },
	{ "deny in -ed", ED("return event:deny { message = 'No' }"),
	    "t.lua:4: event:deny: \"ticket.created\" has happened already" },
	{ "forgotten return of deny",
	    ING("ticket.creating", "event:deny { message = 'No' }"),
	    "t.lua:2: \"h\" calls event:deny but does not return it: write \"return event:deny\"" },
	{ "returning true", ING("ticket.creating", "return true"),
	    "t.lua:2: \"h\" must return nothing, or what event:deny{}" },
	{ "returning false", ING("ticket.creating", "return false"),
	    "t.lua:2: \"h\" must return nothing, or what event:deny{}" },
	{ "deny with a text", ING("ticket.creating", "return event:deny('No')"),
	    "t.lua:4: event:deny: the options must be a table such as { message = ... }, not text" },
	{ "choose in the wrong hook",
	    ING("ticket.creating", "return event:choose('billing')"),
	    "t.lua:4: event:choose: not in \"ticket.creating\", where there is nothing to choose" },
	{ "dot for colon", ED("ticket.note('Hi')"),
	    "t.lua:4: ticket:note: write it with a colon: ticket:note(...)" },
	{ "dot for colon with a table", ED("ticket.set({ priority = 'high' })"),
	    "t.lua:4: ticket:set: write it with a colon: ticket:set(...)" },
	{ "colon for dot", ED("print(desk:now())"),
	    "t.lua:4: desk:now: write it with a dot: desk.now(...)" },
	{ "assign a login", ED("ticket:assign('bob')"),
	    "t.lua:4: ticket:assign: the options must be a table such as { to = ... }, not text" },
	{ "assign to a login", ED("ticket:assign { to = 'bob' }"),
	    "t.lua:4: ticket:assign: to must be an agent, not text: desk.agent(\"bob\") gives one" },
	{ "owner in set", ED("ticket:set({ owner = 'bob' }, 'x')"),
	    "t.lua:4: ticket:set: not \"owner\": use ticket:assign" },
	{ "tags in set", ED("ticket:set({ tags = { 'x' } }, 'x')"),
	    "t.lua:4: ticket:set: not \"tags\": use ticket:tag and ticket:untag" },
	{ "string for number", ED("ticket:assign { by = 'load', cap = '5' }"),
	    "t.lua:4: ticket:assign: cap must be a whole number, not text" },
	{ "number for string", ED("ticket:note(5)"),
	    "t.lua:4: ticket:note: the text must be text, not a number" },
	{ "duration in words", ED("ticket:after('2 days', 'later')"),
	    "t.lua:4: ticket:after must be a duration such as \"15m\", \"6h\" or \"2d\", not \"2 days\"" },
	{ "duration as a number", ED("ticket:after(3600, 'later')"),
	    "t.lua:4: ticket:after must be a duration such as \"15m\", \"6h\" or \"2d\", not a number" },
	{ "duration without unit", ED("ticket:after('30', 'later')"),
	    "t.lua:4: ticket:after must be a duration such as \"15m\", \"6h\" or \"2d\", not \"30\"" },
	{ "job as a function", ED("ticket:after('2h', function() end)"),
	    "t.lua:4: ticket:after: a job is given by its name: desk.job(\"name\", function(ticket, job) ... end) at the top level" },
	{ "unknown job", ED("ticket:after('2h', 'latre')"),
	    "t.lua:4: ticket:after: this file has no job \"latre\" (did you mean \"later\"?)" },
	{ "concatenating nil", ED("print('a' .. ticket.language)"),
	    "t.lua:4: attempt to concatenate a nil value (field 'language')" },
	{ "adding a ticket to a text", ED("print('a' .. ticket)"),
	    "t.lua:4: attempt to concatenate a ticket value (local 'ticket')" },
	{ "words as a text", ED("desk.word_in(ticket.text, 'refund')"),
	    "t.lua:4: desk.word_in: the words must be a list, not text" },
	{ "word_in of ticket", ED("desk.word_in(ticket, { 'refund' })"),
	    "t.lua:4: desk.word_in: the text must be text, or a list of texts, not a ticket" },
	{ "notify a login", ED("desk.notify('bob', { title = 'x' })"),
	    "t.lua:4: desk.notify: the agents must be an agent, not text: desk.agent(\"bob\") gives one" },
	{ "unknown method", ED("ticket:close()"),
	    "t.lua:4: a ticket has no \"close\": write ticket:set({ status = \"closed\" }, why)" },
	{ "misspelt method", ED("ticket:asign { by = 'load' }"),
	    "t.lua:4: a ticket has no \"asign\" (did you mean \"assign\"?)" },
	{ "misspelt function", ED("desk.notfy(ticket.owner, { title = 'x' })"),
	    "t.lua:4: there is no desk.notfy (did you mean \"notify\"?)" },
	{ "ipairs over an iterator",
	    ED("for _, t in ipairs(function() end) do end"),
	    "t.lua:4: ipairs walks lists; what desk.tickets{}" },
	{ "ipairs over nil", ED("for _, t in ipairs(nil) do end"),
	    "t.lua:4: ipairs must be given a list, not nil" },
	{ "infinite loop", ED("while true do end"), "and was stopped" },
	{ "kept ticket", "local kept\n" ED("kept = ticket"),
	    "\"kept\" is written from within a function: it is forgotten when the script host restarts; use desk.store" },
	{ "setting type", "desk.settings { n = { type = 'int', default = 1 } }",
	    "t.lua:1: desk.settings: n: there is no type \"int\" (did you mean \"integer\"?)" },
	{ "setting without type", "desk.settings { n = { default = 1 } }",
	    "t.lua:1: desk.settings: n: which type? Write { type = \"string\", ... }" },
	{ "setting as a value", "desk.settings { n = 5 }",
	    "t.lua:1: desk.settings: n must be a table such as { type = ... }, not a number" },
	{ "setting default",
	    "desk.settings { n = { type = 'integer', default = '5' } }",
	    "t.lua:1: desk.settings: n: default must be a whole number, not text" },
	{ "setting word",
	    "desk.settings { n = { type = 'word', words = { 'a' }, default = 'b' } }",
	    "t.lua:1: desk.settings: n: default: \"b\" is none of its words" },
	{ "misspelt setting",
	    "local settings = desk.settings { word = { type = 'string', default = 'x' } }\n" ED(
		"print(settings.words)"),
	    "t.lua:5: settings has no \"words\" (did you mean \"word\"?)" },
	{ "settings are read-only",
	    "local settings = desk.settings { n = { type = 'integer', default = 5 } }\n" ED(
		"settings.n = 6"),
	    "t.lua:5: settings is read-only" },
	{ "settings without braces", "local settings = desk.settings('words')",
	    "t.lua:1: desk.settings must be a table, not text" },
	{ "cron", "desk.cron('every day', {}, function() end)",
	    "t.lua:1: desk.cron: \"every day\": 5 fields are wanted (minute, hour, day of the month, month, day of the week), not 2" },
	{ "every", "desk.every('10s', {}, function() end)",
	    "t.lua:1: desk.every is under 60 seconds" },
	{ "handler called",
	    "local function f() end\ndesk.on('ticket.created', {}, f())",
	    "t.lua:2: handler: what it does must be a function (f, not f()), not nil" },
	{ "two handlers of one name",
	    "desk.on('ticket.created', { name = 'a' }, print) desk.on('ticket.closed', { name = 'a' }, print)",
	    "t.lua:1: this file has \"a\" already: give this one a name of its own, { name = ... }" },
	{ "event as the ticket", ED("event:note('x')"),
	    "t.lua:4: an event has no \"note\": write event.ticket.note" },
	{ "http", ED("desk.http { url = 'example.com' }"),
	    "t.lua:4: desk.http: this server makes no web requests: its plugin \"http\" is missing" },
	{ "misspelt option of desk.http",
	    ED("desk.http { ulr = 'https://example.com' }"),
	    "t.lua:4: desk.http: this server makes no web requests" },
	{ "misspelt option of desk.notify",
	    ED("desk.notify(ticket.owner, { titel = 'x' })"),
	    "t.lua:4: desk.notify: unknown option \"titel\" (did you mean \"title\"?)" },
	{ "misspelt filter", ED("print(desk.count { quue = 'billing' })"),
	    "t.lua:4: filter: unknown option \"quue\" (did you mean \"queue\"?)" },
	{ "store key", ED("desk.store:get(5)"),
	    "t.lua:4: desk.store:get: the key must be text, not a number" },
	{ "store field", ED("desk.store.count = 5"),
	    "t.lua:4: desk.store keeps values by a function: write desk.store:set(\"count\", value)" },
	{ "store read", ED("print(desk.store.count)"),
	    "t.lua:4: there is no desk.store.count: write desk.store:get(\"count\")" },
};

/* What was said: the error, or else the first warning. */
static const char *
said(struct fixture *f, const struct mistake *mistake)
{
	const char *got = fixture_try(f, mistake->text);

	if (got[0] == '\0' && f->report.warning_count > 0)
		return arena_copy(f->arena, f->report.warnings[0].message.at,
		    f->report.warnings[0].message.len);
	return got;
}

static void
test_mistakes__are_explained(void)
{
	struct fixture f;

	for (size_t i = 0; i < COUNT(mistakes); i++) {
		const struct mistake *mistake = &mistakes[i];
		const char *got;

		fixture_init(&f);
		got = said(&f, mistake);
		CHECK(mistake->says[0] != '\0');
		if (strstr(got, mistake->says) == NULL)
			printf("# %s\n# got: %s\n# not: %s\n", mistake->what,
			    got, mistake->says);
		CHECK(strstr(got, mistake->says) != NULL);
		fixture_release(&f);
	}
	printf("# %zu mistakes\n", COUNT(mistakes));
}

/* Said at the load, of lines that may run weeks from now; "": nothing. */
static const struct mistake warnings[] = {
	{ "field", ED("ticket:set { priorty = 'high' }"),
	    "4: ticket:set: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "field and reason", ED("ticket:set({ priorty = 'high' }, 'x')"),
	    "4: ticket:set: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "field on its own line",
	    ED("if ticket.vip then\nticket:set {\nstatus = 'open',\npriorty = 'high'\n}\nend"),
	    "4: a ticket has no \"vip\"" },
	{ "behind another value",
	    ED("ticket:set {\nsubject = ticket.subject .. tostring(desk.now()),\nqeue = 'billing'\n}"),
	    "6: ticket:set: a ticket has no \"qeue\" (did you mean \"queue\"?)" },
	{ "field of event.ticket", ED("event.ticket:set { priorty = 'high' }"),
	    "4: ticket:set: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "returned", ED("return ticket:set { priorty = 'high' }"),
	    "4: ticket:set: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "word", ED("ticket:set { priority = 'hihg' }"),
	    "4: ticket:set: priority: \"hihg\" is none of its words (did you mean \"high\"?)" },
	{ "another way", ED("ticket:set { owner = event.agent }"),
	    "4: ticket:set: not \"owner\": use ticket:assign" },
	{ "customer", ED("event.customer:set { nmae = 'A' }"),
	    "4: customer:set: a customer has no \"nmae\" (did you mean \"name\"?)" },
	{ "ticket's customer", ED("ticket.customer:set { nmae = 'A' }"),
	    "4: customer:set: a customer has no \"nmae\" (did you mean \"name\"?)" },
	{ "any ticket",
	    ED("for t in desk.tickets {} do t:set { priorty = 'low' } end"),
	    "4: ticket:set: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "in a job",
	    "desk.job('j', function(ticket)\nticket:set { priorty = 'low' }\nend)",
	    "2: ticket:set: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "upvalue",
	    ED("return (function()\nticket:set { priorty = 'low' }\nend)()"),
	    "5: ticket:set: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "option of after",
	    ED("ticket:after('2h', 'later', { unles = { 'ticket.closed' } })"),
	    "4: ticket:after: unknown option \"unles\" (did you mean \"unless\"?)" },
	{ "option of assign", ED("ticket:assign { form = { role = 'x' } }"),
	    "4: ticket:assign: unknown option \"form\" (did you mean \"from\"?)" },
	{ "option of note", ED("ticket:note('x', { mentoin = event.agent })"),
	    "4: ticket:note: unknown option \"mentoin\" (did you mean \"mention\"?)" },
	{ "option of deny",
	    ING("ticket.creating", "return event:deny { mesage = 'x' }"),
	    "4: event:deny: unknown option \"mesage\" (did you mean \"message\"?)" },
	{ "read", ED("print(event.ticket.priorty)"),
	    "4: a ticket has no \"priorty\" (did you mean \"priority\"?)" },
	{ "method", ED("event.ticket:asign { by = 'load' }"),
	    "4: a ticket has no \"asign\" (did you mean \"assign\"?)" },
	{ "all well",
	    ED("ticket:set({ priority = 'high', fields = { order_id = 'x' } }, 'x')\n"
	       "event.customer:set { name = 'A' }\n"
	       "ticket:after('2h', 'later', { unless = { 'ticket.closed' }, "
	       "data = { priorty = 1 } })\n"
	       "ticket:mail { template = 'x', vars = { priorty = 1 } }\n"
	       "desk.notify(desk.agents { role = 'admin' }, { title = 'x' })\n"
	       "desk.store:set('k', { priorty = 1 })"),
	    "" },
	{ "tables of their own",
	    "local own = { set = function() end }\n" ED(
		"local row = { priorty = 1 }\nprint(row.priorty)\n"
		"own.set { priorty = 1 }\n"
		"do local a = ticket; local b = { priorty = 1 } print(a, b) end\n"
		"ticket:note('x')\n"
		"local list = { { form = 1 }, { ticket = 1 } }\nprint(#list)\n"
		"ticket:note(list[1].form)"),
	    "" },
};

static void
test_mistakes__are_told_at_the_load(void)
{
	struct fixture f;

	for (size_t i = 0; i < COUNT(warnings); i++) {
		const struct mistake *mistake = &warnings[i];
		const char *error, *got = "";

		fixture_init(&f);
		error = fixture_load_text(&f, mistake->text);
		if (f.report.warning_count > 0)
			got = arena_printf(f.arena, "%d: %.*s",
			    f.report.warnings[0].line,
			    BYTES_ARG(f.report.warnings[0].message));
		if (error[0] != '\0' ||
		    strncmp(got, mistake->says, strlen(mistake->says)) != 0 ||
		    (mistake->says[0] == '\0' && got[0] != '\0'))
			printf("# %s\n# got: %s%s\n# not: %s\n", mistake->what,
			    error, got, mistake->says);
		CHECK(error[0] == '\0');
		CHECK(strncmp(got, mistake->says, strlen(mistake->says)) == 0);
		CHECK(mistake->says[0] != '\0' || got[0] == '\0');
		fixture_release(&f);
	}
}

int
main(void)
{
	RUN(test_mistakes__are_told_at_the_load);
	RUN(test_mistakes__are_explained);
	return tap_done();
}
