/* tests/unit/test_pages_agent.c - search, new tickets, one's own settings. */
#include "config.h"
#include "core/model/ticket.h"
#include "tests/unit/pages_agent.h"

static void
test_search__marks_what_was_found(void)
{
	struct pages_fixture f;
	const char *cookie;
	uint64_t number;
	char uri[80];

	pages_setup(&f);
	number = desk_submit(&f.desk, "bob@example.org", "Printer on fire",
	    "The <b>toner</b> smells & smokes.");
	desk_submit(&f.desk, "eve@example.org", "Invoice", "Where is it?");
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/search"), 200);
	CHECK(pages_has(&f, "What are you looking for?"));
	CHECK_INT(pages_get_as(&f, cookie, "/agent/search?q=toner"), 200);
	CHECK(pages_has(&f, "Printer on fire"));
	CHECK(pages_has(&f, "&lt;b&gt;<mark>toner</mark>&lt;/b&gt;"));
	CHECK(!pages_has(&f, "Invoice"));
	CHECK_INT(pages_get_as(&f, cookie, "/agent/search?q=nothinglike"), 200);
	CHECK(pages_has(&f, "Nothing found"));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/agent/search?q=queue%3Anowhere+x"), 200);
	CHECK(pages_has(&f, "role=\"alert\""));
	snprintf(uri, sizeof uri, "/agent/search?q=%%23%llu",
	    (unsigned long long)number);
	CHECK_INT(pages_get_as(&f, cookie, uri), 303);
	snprintf(uri, sizeof uri, "/agent/search?q=%llu",
	    (unsigned long long)number);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(pages_has(&f, "Printer on fire"));
	pages_teardown(&f);
}

static void
test_search__shows_only_what_the_agent_may_see(void)
{
	struct pages_fixture f;
	const char *cookie;
	uint64_t bob;

	pages_setup(&f);
	desk_add(&f.desk, KIND_ROLE,
	    (const char *const[]){ "key", "money", "label", "Money", "rights",
		"billing:see", NULL });
	bob = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "bob", "name", "Bob", "email",
		"bob@example.com", "active", "yes", "role", "money", NULL });
	desk_submit(&f.desk, "eve@example.org", "Printer", "The toner smells.");
	cookie = pages_cookie(&f, bob);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/search?q=toner"), 200);
	CHECK(!pages_has(&f, "Printer"));
	CHECK_INT(pages_get_as(&f, cookie, "/agent/search?q=1"), 200);
	CHECK(!pages_has(&f, "Printer"));
	CHECK_INT(pages_get_as(&f, cookie, "/agent/search?q=%231"), 200);
	CHECK(!pages_has(&f, "Printer"));
	pages_teardown(&f);
}

static void
test_new__begins_a_ticket_for_a_customer(void)
{
	struct pages_fixture f;
	const char *cookie, *location;

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/agent/new?email=a%40b.example"), 200);
	CHECK(pages_has(&f, "value=\"a@b.example\""));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/new",
		      "key=k&from=customer&email=no+address&subject=&body=x"),
	    422);
	CHECK(pages_has(&f, "Please fill in: Subject"));
	CHECK(pages_has(&f, "value=\"no address\""));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/new",
		      "key=k&from=customer&email=bob%40example.org&name=Bob"
		      "&subject=By+phone&body=It+rings&queue=billing"
		      "&owner=ann&priority=high&tags=vip%2C+phone"),
	    303);
	location = pages_got_header(&f, "Location");
	CHECK(strstr(location, "/agent/t/1") != NULL);
	CHECK_INT(desk_field(&f.desk, 1, TICKET_PRIORITY), PRIORITY_HIGH);
	CHECK_INT(desk_field(&f.desk, 1, TICKET_OWNER), ANN);
	CHECK_INT(desk_field(&f.desk, 1, TICKET_STATUS), STATUS_OPEN);
	CHECK_INT(desk_field(&f.desk, 1, TICKET_CUSTOMER_REPLIES), 1);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/new"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/agent/new",
		      "key=l&from=agent&email=bob%40example.org"
		      "&subject=Your+order&body=**It**+came&queue=general"),
	    303);
	CHECK_INT(desk_field(&f.desk, 2, TICKET_STATUS), STATUS_PENDING);
	CHECK_INT(desk_field(&f.desk, 2, TICKET_CUSTOMER_REPLIES), 0);
	/* the same form sent twice is one ticket */
	CHECK_INT(pages_get_as(&f, cookie, "/agent/new"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/agent/new",
		      "key=l&from=agent&email=bob%40example.org"
		      "&subject=Your+order&body=**It**+came&queue=general"),
	    303);
	CHECK(strstr(pages_got_header(&f, "Location"), "/agent/t/2") != NULL);
	pages_teardown(&f);
}

static void
test_me__changes_settings_password_and_sessions(void)
{
	struct pages_fixture f;
	const char *cookie, *other;

	pages_setup(&f);
	other = pages_cookie(&f, ANN);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/me"), 200);
	CHECK(pages_has(&f, "this one"));
	CHECK(!pages_has(&f, "id=\"f-old\""));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/me",
		      "key=a&zone=Nowhere%2FElse&theme=dark&signature=Ann"),
	    422);
	CHECK(pages_has(&f, "Nowhere/Else"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/me",
		      "key=b&zone=Europe%2FBerlin&theme=dark&signature=Ann"
		      "&available=0&available=1"),
	    303);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/me"), 200);
	CHECK(pages_has(&f, "value=\"Europe/Berlin\""));
	CHECK_INT(pages_post_as(
		      &f, cookie, "/agent/me/password", "old=&password=short"),
	    422);
	CHECK(pages_has(&f, "at least 10"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/me/password",
		      "old=&password=a+long+sentence"),
	    303);
	CHECK_INT(pages_get_as(&f, other, "/agent/me"), 303);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/me"), 200);
	other = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, other, "/agent"), 200);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/me"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/agent/me/sessions", "x=1"), 303);
	CHECK_INT(pages_get_as(&f, other, "/agent"), 303);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/me"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/agent/logout", "x=1"), 303);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/me"), 303);
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_search__marks_what_was_found);
	RUN(test_search__shows_only_what_the_agent_may_see);
	RUN(test_new__begins_a_ticket_for_a_customer);
	RUN(test_me__changes_settings_password_and_sessions);
	return tap_done();
}
