/* tests/unit/test_pages_try.c - the pages that show what a script would do to
 * a ticket, and what would run on one.
 */
#include "config.h"
#include "tests/unit/pages_agent.h"

static struct pages_fixture f;
static const char *cookie;
static uint64_t number, bob;

static const char script[] =
    "desk.on('ticket.created', { name = 'six hours' }, function(event)\n"
    "  print('I <see> it')\n"
    "  event.ticket:set({ priority = 'high' }, 'so it is')\n"
    "  event.ticket:reply{ text = 'We come.' }\n"
    "  event.ticket:after('6h', 'late')\n"
    "end)\n"
    "desk.on('ticket.routing', { name = 'r', order = 7 }, function(event)\n"
    "  return event:choose('billing', 'a bill')\n"
    "end)\n"
    "desk.on('ticket.updated', { name = 'closed',\n"
    "  when = { status = 'closed' } }, function(event) end)\n"
    "desk.on('note.adding', { name = 'no' }, function(event)\n"
    "  error('stuck')\n"
    "end)\n"
    "desk.job('late', function(ticket) ticket:note('Late.') end)\n"
    "desk.panel('beside', { title = 'B' }, function() return {} end)\n"
    "desk.action('go', { label = 'Go' }, function(ticket, agent)\n"
    "  ticket:note('Sent by ' .. agent.login)\n"
    "  return '<Gone>'\n"
    "end)\n";

static void
begin(void)
{
	pages_setup(&f);
	bob = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "bob", "name", "Bob", "email",
		"bob@example.com", "active", "yes", "role", "agent", NULL });
	number = desk_submit(&f.desk, "eve@example.org", "Fire", "It burns.");
	CHECK_INT(number, 1);
	desk_script(&f.desk, "fire", script);
	cookie = pages_cookie(&f, ANN);
}

static void
test_try__shows_what_would_come_of_it(void)
{
	uint64_t commit;

	begin();
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/fire"), 200);
	CHECK(pages_has(&f, "action=\"/admin/scripts/fire/try\""));
	commit = store_commit_number(site_store(f.desk.site));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/fire/try?ticket=1"), 200);
	CHECK(pages_has(&f, "fire/six hours"));
	CHECK(pages_has(&f, "on the ticket as it was then."));
	CHECK(pages_has(&f, "<span class=\"event-to\">high</span>"));
	CHECK(pages_has(&f, "(so it is)"));
	CHECK(pages_has(&f, "I &lt;see&gt; it"));
	CHECK(pages_has(&f, "<strong>Re: Fire</strong>"));
	CHECK(pages_has(&f, "<span class=\"tried-text\">billing</span>"));
	CHECK(pages_has(&f, "Its condition does not hold."));
	CHECK(pages_has(&f, "No such event is recorded"));
	CHECK(pages_has(&f, "stuck"));
	CHECK_INT(store_commit_number(site_store(f.desk.site)), commit);
	CHECK_INT(
	    desk_field(&f.desk, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	pages_teardown(&f);
}

static void
test_try__takes_one_handler_or_job(void)
{
	begin();
	CHECK_INT(pages_get_as(&f, cookie,
		      "/admin/scripts/fire/try?ticket=1&handler=six+hours"),
	    200);
	CHECK(pages_has(&f, "<h2>fire/six hours"));
	CHECK(!pages_has(&f, "<h2>fire/r"));
	CHECK_INT(pages_get_as(&f, cookie,
		      "/admin/scripts/fire/try?ticket=1&handler=late"),
	    200);
	CHECK(pages_has(&f, "Late."));
	CHECK(pages_has(&f, "On the ticket as it is now."));
	CHECK(pages_has(&f, "<option value=\"go\""));
	CHECK(!pages_has(&f, "<option value=\"beside\""));
	CHECK_INT(pages_get_as(&f, cookie,
		      "/admin/scripts/fire/try?ticket=1&handler=go"),
	    200);
	CHECK(pages_has(&f, "Sent by ann"));
	CHECK(pages_has(&f, "&lt;Gone&gt;"));
	pages_teardown(&f);
}

static void
test_try__says_what_is_wrong(void)
{
	static const struct {
		const char *query, *says;
	} cases[] = {
		{ "", "Give the number of a ticket." },
		{ "?ticket=x", "Give the number of a ticket." },
		{ "?ticket=99", "There is no ticket 99." },
		{ "?ticket=1&handler=none", "The script has no such handler." },
	};

	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char uri[200];

		snprintf(uri, sizeof uri, "/admin/scripts/fire/try%s",
		    cases[i].query);
		CHECK_INT(pages_get_as(&f, cookie, uri), 200);
		CHECK(pages_has(&f, cases[i].says));
	}
	desk_script(&f.desk, "fire", "desk.on(");
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/fire/try?ticket=1"), 200);
	CHECK(pages_has(&f, "<span class=\"where\">fire.lua:1</span>"));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/none/try?ticket=1"), 404);
	pages_teardown(&f);
}

static void
test_listeners__are_those_whose_condition_holds(void)
{
	begin();
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "href=\"/agent/t/1/handlers\""));
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1/handlers"), 200);
	CHECK(pages_has(&f, ">fire</a>/six hours"));
	CHECK(pages_has(&f, "order 7"));
	CHECK(!pages_has(&f, ">fire</a>/closed"));
	CHECK(pages_has(&f, "name=\"handler\" value=\"six hours\""));
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/99/handlers"), 404);
	pages_teardown(&f);
}

static void
test_pages__are_for_admins_alone(void)
{
	begin();
	cookie = pages_cookie(&f, bob);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(!pages_has(&f, "/agent/t/1/handlers"));
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1/handlers"), 404);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/fire/try?ticket=1"), 404);
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_try__shows_what_would_come_of_it);
	RUN(test_try__takes_one_handler_or_job);
	RUN(test_try__says_what_is_wrong);
	RUN(test_listeners__are_those_whose_condition_holds);
	RUN(test_pages__are_for_admins_alone);
	return tap_done();
}
