/* tests/unit/test_pages_offers.c - what scripts offer on a ticket's page and
 * to the API: buttons, the form of an action, panels. */
#include "config.h"
#include "core/desk/act.h"
#include "core/model/ticket.h"
#include "tests/unit/pages_agent.h"
#include "tests/unit/pages_program.h"

static uint64_t ticket;
static const char *ann, *lee; /* an admin; an agent who only notes */

static const char script[] =
    "desk.action('raise it', { label = 'Raise <it>', key = 'y', icon = "
    "'flag' }, function(ticket)\n"
    "  ticket:set{ priority = 'urgent' }\n"
    "  return 'Raised & <b>told</b>'\n"
    "end)\n"
    "desk.action('refund', { ask = {\n"
    "  amount = { type = 'number', required = true, min = 1, max = 50,\n"
    "    label = 'How much', help = 'In euros' },\n"
    "  reason = { type = 'word', words = { 'late', 'broken' },\n"
    "    default = 'broken' },\n"
    "  queue = { type = 'queue' }, now = { type = 'boolean', default = true },"
    "\n  lines = { type = 'list' } } }, function(ticket, agent, input)\n"
    "  ticket:note(input.amount .. ' ' .. input.reason .. ' ' ..\n"
    "    tostring(input.now) .. ' ' .. #(input.lines or {}))\n"
    "end)\n"
    "desk.action('fails', {}, function() error('no luck') end)\n"
    "desk.action('later', { when = { status = 'closed' } }, function() end)\n"
    "desk.panel('order', { title = 'Order' }, function(ticket)\n"
    "  return { { label = '<i>No</i>', value = '17\"<script>', link =\n"
    "    'https://shop.test/?a=1&b=\"' }, { label = 'Here', link =\n"
    "    '/agent/t/1' } }\n"
    "end)\n"
    "desk.panel('bad', {}, function() error('no luck') end)\n"
    "desk.route('GET /x/hi', {}, function() end)\n"
    "desk.panel('none', { when = { status = 'closed' } }, function() end)\n";

static const char *
path(const char *rest)
{
	return arena_printf(
	    f.desk.arena, "/agent/t/%llu%s", (unsigned long long)ticket, rest);
}

/* After a redirect: the message that the next page shows. */
static bool
is_told(const char *cookie, const char *text)
{
	const char *set = pages_got_header(&f, "Set-Cookie");
	size_t len = strcspn(set, ";");
	char *both = arena_printf(
	    f.desk.arena, "%s; %.*s", cookie, (int)len, set);

	if (len == 0)
		return false;
	CHECK_INT(pages_get_as(&f, both, path("")), 200);
	if (!pages_has(&f, text))
		printf("# not told: %s\n", text);
	return pages_has(&f, text);
}

static void
test_page__offers_what_is_for_the_ticket(void)
{
	CHECK_INT(pages_get_as(&f, ann, path("")), 200);
	CHECK(pages_has(&f, "Raise &lt;it&gt;</button>"));
	CHECK(pages_has(&f, "action/my/raise%20it\" data-key=\"y\""));
	CHECK(pages_has(&f, "#flag"));
	CHECK(pages_has(&f, "data-action=\"refund\""));
	CHECK(pages_has(&f, "action/my/refund\" data-ask"));
	CHECK(!pages_has(&f, "action/my/later"));
	CHECK(pages_has(&f, "panel/my/order?rows\""));
	CHECK(!pages_has(&f, "panel/my/none"));
	/* who may not answer is offered no action */
	CHECK_INT(pages_get_as(&f, lee, path("")), 200);
	CHECK(!pages_has(&f, "action/my/"));
	CHECK(pages_has(&f, "panel/my/order"));
}

static void
test_action__is_done_and_told(void)
{
	CHECK_INT(pages_get_as(&f, ann, path("")), 200);
	CHECK_INT(
	    pages_post_as(&f, ann, path("/action/my/raise%20it"), "key=a1"),
	    303);
	CHECK_INT(
	    desk_field(&f.desk, ticket, TICKET_PRIORITY), PRIORITY_URGENT);
	CHECK(is_told(ann, "Raised &amp; &lt;b&gt;told&lt;/b&gt;"));
	CHECK(pages_has(&f, "Chose an action of a script"));
	/* no token in the form, no act */
	pages_header(&f, "HTTP_COOKIE", ann);
	CHECK_INT(pages_post(&f, path("/action/my/raise%20it"), "key=a2"), 403);
}

static void
test_action__that_fails_says_so(void)
{
	CHECK_INT(pages_get_as(&f, ann, path("")), 200);
	CHECK_INT(
	    pages_post_as(&f, ann, path("/action/my/fails"), "key=b1"), 303);
	CHECK(is_told(ann,
	    "The action failed, and nothing was changed. "
	    "my.lua:"));
	CHECK_INT(pages_get_as(&f, ann, path("")), 200);
	CHECK_INT(
	    pages_post_as(&f, ann, path("/action/my/later"), "key=b2"), 303);
	CHECK(is_told(ann, "is not for this ticket as it is now"));
}

static void
test_action__is_not_for_everybody(void)
{
	static const char *const paths[] = { "/action/my/fails",
		"/action/my/refund", "/action/my/nope" };

	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(pages_get_as(&f, lee, path("")), 200);
		CHECK_INT(pages_post_as(&f, lee, path(paths[i]), "key=c"), 403);
		CHECK_INT(pages_get_as(&f, lee, path(paths[i])), 403);
	}
	CHECK_INT(pages_get_as(&f, ann, path("/action/my/nope")), 404);
	CHECK_INT(pages_get_as(&f, ann, "/agent/t/999/action/my/fails"), 404);
	CHECK_INT(pages_get(&f, path("/action/my/fails")), 303);
}

static void
test_ask__is_a_form_with_its_errors(void)
{
	const char *page = path("/action/my/refund");

	CHECK_INT(pages_get_as(&f, ann, page), 200);
	CHECK(pages_has(&f, "How much"));
	CHECK(pages_has(&f, "In euros"));
	CHECK(pages_has(&f,
	    "name=\"ask.amount\" type=\"number\" value=\"\" "
	    "min=\"1\" max=\"50\""));
	CHECK(pages_has(&f, "<option value=\"broken\" selected>"));
	CHECK(pages_has(&f, "<option value=\"general\">"));
	CHECK(pages_has(&f, "name=\"ask.now\" value=\"1\" checked"));
	CHECK_INT(pages_post_as(&f, ann, page,
		      "key=d1&ask.amount=99&ask.reason=dull&ask.lines=a"),
	    422);
	CHECK(pages_has(&f, "It is 50 at most."));
	CHECK(pages_has(&f, "One of these is wanted here: late, broken."));
	CHECK(pages_has(&f, "value=\"99\""));
	CHECK(!pages_has(&f, "name=\"ask.now\" value=\"1\" checked"));
	CHECK_INT(pages_post_as(&f, ann, page, "key=d1&ask.amount="), 422);
	CHECK(pages_has(&f, "Please fill in: How much"));
	CHECK_INT(pages_post_as(&f, ann, page,
		      "key=d1&ask.amount=2,5&ask.reason=late&ask.now=&"
		      "ask.now=1&ask.lines=a%0D%0A%0D%0Ab"),
	    303);
	CHECK(is_told(ann, "refund: Done."));
	CHECK(pages_has(&f, "2.5 late true 2"));
}

static void
test_panel__is_escaped_and_kept_a_while(void)
{
	CHECK_INT(pages_get_as(&f, ann, path("/panel/my/order?rows")), 200);
	CHECK(pages_has(&f, "&lt;i&gt;No&lt;/i&gt;"));
	CHECK(pages_has(&f, "17&quot;&lt;script&gt;"));
	CHECK(pages_has(&f, "href=\"https://shop.test/?a=1&amp;b=&quot;\""));
	CHECK(pages_has(&f, "href=\"/agent/t/1\""));
	CHECK(!pages_has(&f, "<html"));
	CHECK(strcmp(pages_got_header(&f, "Cache-Control"),
		  "private, max-age=10") == 0);
	CHECK_INT(pages_get_as(&f, ann, path("/panel/my/order")), 200);
	CHECK(pages_has(&f, "<html"));
	CHECK(pages_has(&f, "<h1>Order</h1>"));
}

static void
test_panel__that_fails_tells_admins_why(void)
{
	CHECK_INT(pages_get_as(&f, ann, path("/panel/my/bad?rows")), 200);
	CHECK(pages_has(&f, "This panel failed"));
	CHECK(pages_has(&f, "no luck"));
	CHECK_INT(pages_get_as(&f, lee, path("/panel/my/bad?rows")), 200);
	CHECK(pages_has(&f, "This panel failed"));
	CHECK(!pages_has(&f, "no luck"));
	CHECK_INT(pages_get_as(&f, ann, path("/panel/my/none?rows")), 404);
	CHECK_INT(pages_get_as(&f, ann, "/agent/t/999/panel/my/order"), 404);
	CHECK_INT(pages_get(&f, path("/panel/my/order?rows")), 303);
}

static void
test_api__lists_and_runs_actions(void)
{
	const char *writer = pages_token(&f, "read,write", "ann");
	const char *reader = pages_token(&f, "read", "ann");
	const char *of = arena_printf(
	    f.desk.arena, "/tickets/%llu/actions", (unsigned long long)ticket);
	const char *refund = arena_printf(f.desk.arena, "%s/my/refund", of);

	CHECK_INT(pages_api(&f, writer, "GET", of, NULL), 200);
	CHECK_INT(got_count("actions"), 3);
	CHECK_BYTES(
	    json_text(json_get(got_first("actions"), "name")), "my/fails");
	CHECK_INT(pages_api(&f, reader, "GET", of, NULL), 200);
	CHECK_INT(got_count("actions"), 0);
	CHECK_INT(pages_api(&f, reader, "POST", refund, "{}"), 403);
	CHECK_INT(pages_api(&f, writer, "POST", refund, "{}"), 422);
	CHECK_BYTES(got_error("field"), "amount");
	CHECK_INT(
	    pages_api(&f, writer, "POST", refund, "{\"input\":{\"amount\":3}}"),
	    200);
	CHECK_INT(got_int("number"), (int64_t)ticket);
	CHECK(json_type(json_get(pages_json(&f), "said")) == JSON_NULL);
	CHECK_INT(pages_api(&f, writer, "POST",
		      arena_printf(f.desk.arena, "%s/my/fails", of), "{}"),
	    422);
	CHECK(!pages_has(&f, "no luck"));
	CHECK_INT(pages_api(&f, writer, "POST",
		      arena_printf(f.desk.arena, "%s/my/refnd", of), "{}"),
	    404);
	CHECK(pages_has(&f, "did you mean \\\"my/refund\\\""));
	CHECK_INT(
	    pages_api(&f, writer, "POST", refund, "{\"inptu\":{\"amount\":3}}"),
	    422);
}

static void
test_bulk__chooses_for_many_tickets(void)
{
	uint64_t other = desk_submit(
	    &f.desk, "b@example.com", "Too", "Mine, too.");
	const char *fields = arena_printf(f.desk.arena,
	    "do=action&action=my/raise+it&ticket=%llu&ticket=%llu&ticket=999",
	    (unsigned long long)ticket, (unsigned long long)other);

	CHECK_INT(pages_get_as(&f, ann, "/agent"), 200);
	CHECK(pages_has(&f, "<option value=\"my/raise it\">"));
	CHECK(!pages_has(&f, "<option value=\"my/refund\">")); /* it asks */
	CHECK_INT(pages_post_as(&f, ann, "/agent/bulk", fields), 303);
	CHECK(is_told(ann, "2 tickets were changed."));
	CHECK_INT(desk_field(&f.desk, other, TICKET_PRIORITY), PRIORITY_URGENT);
	CHECK_INT(pages_get_as(&f, lee, "/agent"), 200);
	CHECK_INT(pages_post_as(&f, lee, "/agent/bulk", fields), 303);
	CHECK(is_told(lee, "0 tickets were changed."));
}

static void
test_scripts__list_what_they_offer(void)
{
	CHECK_INT(pages_get_as(&f, ann, "/admin/scripts/my"), 200);
	CHECK(pages_has(&f, "<code class=\"handler-hook\">desk.action</code>"));
	CHECK(pages_has(&f, "<code class=\"handler-hook\">desk.panel</code>"));
	CHECK(pages_has(&f, "<code class=\"handler-hook\">GET /x/hi</code>"));
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	pages_setup(&f);
	lee = pages_cookie(&f,
	    desk_add(&f.desk, KIND_AGENT,
		(const char *const[]){ "login", "lee", "name", "Lee", "email",
		    "lee@example.com", "role", "light", "active", "true",
		    NULL }));
	ann = pages_cookie(&f, ANN);
	ticket = desk_submit(&f.desk, "a@example.com", "Late", "Where is it?");
	desk_script(&f.desk, "my", script);
	RUN(test_page__offers_what_is_for_the_ticket);
	RUN(test_action__is_done_and_told);
	RUN(test_action__that_fails_says_so);
	RUN(test_action__is_not_for_everybody);
	RUN(test_ask__is_a_form_with_its_errors);
	RUN(test_panel__is_escaped_and_kept_a_while);
	RUN(test_panel__that_fails_tells_admins_why);
	RUN(test_api__lists_and_runs_actions);
	RUN(test_bulk__chooses_for_many_tickets);
	RUN(test_scripts__list_what_they_offer);
	pages_teardown(&f);
	return tap_done();
}
