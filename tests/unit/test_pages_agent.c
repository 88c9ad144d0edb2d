/* tests/unit/test_pages_agent.c - search, new tickets, one's own settings. */
#include "config.h"
#include "core/desk/job.h"
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

/* Times are the reader's; whoever has chosen no zone has the site's. */
static void
test_ticket__has_times_of_the_sites_zone(void)
{
	struct pages_fixture f;
	const char *cookie;

	pages_setup(&f);
	desk_submit(&f.desk, "bob@example.org", "Printer", "It burns.");
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "title=\"January 1, 2026 at 12:00 AM\""));
	desk_add(&f.desk, KIND_SETTING,
	    (const char *const[]){
		"name", "site.zone", "value", "\"Asia/Tokyo\"", NULL });
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "title=\"January 1, 2026 at 9:00 AM\""));
	CHECK_INT(pages_post_as(
		      &f, cookie, "/agent/me", "key=a&zone=Europe%2FBerlin"),
	    303);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "title=\"January 1, 2026 at 1:00 AM\""));
	pages_teardown(&f);
}

/* Pending jobs of the first ticket that mail a notification. */
static size_t
count_notice_mails(struct pages_fixture *f)
{
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;
	size_t count = 0;

	MUST(site_read_begin(f->desk.site, &read));
	while (job_next_of(read.snapshot, KIND_TICKET, 1, &at, &run) == ERR_OK)
		count += record_int(&run.job, JOB_TYPE) == JOB_NOTIFY;
	site_read_end(&read);
	return count;
}

static void
test_notices__tell_an_agent_once(void)
{
	static const char *const zoe[] = { "login", "zoe", "name", "Zoe",
		"email", "zoe@example.com", "active", "true", NULL };
	struct pages_fixture f;
	const char *ann, *other;

	pages_setup(&f);
	other = pages_cookie(&f, desk_add(&f.desk, KIND_AGENT, zoe));
	ann = pages_cookie(&f, ANN);
	desk_script(&f.desk, "tell",
	    "desk.on('ticket.created', { name = 'all' }, function(event)\n"
	    "  desk.notify({ desk.agent('ann'), desk.agent('zoe') },\n"
	    "    { title = 'Look <here>', text = 'It burns.',\n"
	    "      ticket = event.ticket })\n"
	    "end)\n");
	CHECK_INT(pages_get_as(&f, ann, "/agent/notices"), 200);
	CHECK(pages_has(&f, "Nothing to tell"));
	MUST(desk_submit(&f.desk, "bob@example.org", "Fire", "Hot") ?
		ERR_OK :
		ERR_INVALID);
	desk_run_jobs(&f.desk);
	CHECK_INT(pages_get_as(&f, ann, "/agent"), 200);
	CHECK(pages_has(&f, "Notifications, 1 new"));
	CHECK(pages_has(&f, ">Look &lt;here&gt;</span>"));
	CHECK_INT(pages_get_as(&f, ann, "/agent/notices"), 200);
	CHECK(pages_has(&f, "It burns."));
	CHECK(pages_has(&f, "is-new"));
	CHECK(pages_has(&f, "tell/all"));
	printf("# once it was shown it is not new\n");
	CHECK_INT(pages_get_as(&f, ann, "/agent/notices"), 200);
	CHECK(pages_has(&f, "It burns."));
	CHECK(!pages_has(&f, "is-new"));
	CHECK(!pages_has(&f, "1 new"));
	printf("# who may not see the ticket is told nothing\n");
	CHECK_INT(pages_get_as(&f, other, "/agent/notices"), 200);
	CHECK(!pages_has(&f, "Look"));
	pages_teardown(&f);
}

static void
test_notices__come_by_mail_as_chosen(void)
{
	static const struct {
		const char *mails, *urgent;
		size_t want;
	} cases[] = {
		{ "all", "false", 1 },
		{ "urgent", "false", 0 },
		{ "urgent", "true", 1 },
		{ "none", "true", 0 },
	};
	struct pages_fixture f;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct act_input input;

		printf("# %s, urgent: %s\n", cases[i].mails, cases[i].urgent);
		pages_setup(&f);
		act_input_init(&input, VERB_RECORD_UPDATE, KIND_AGENT);
		input.actor = actor_agent(ANN);
		input.subject = ANN;
		desk_set(&f.desk, &input, "mails", cases[i].mails);
		MUST(desk_do(&f.desk, &input));
		desk_script(&f.desk, "tell",
		    arena_printf(f.desk.arena,
			"desk.on('ticket.created', { name = 'x' }, "
			"function(event)\n"
			"  desk.notify(desk.agent('ann'), { title = 'Look', "
			"urgent = %s })\n"
			"end)\n",
			cases[i].urgent));
		CHECK(desk_submit(&f.desk, "b@example.org", "Fire", "Hot") > 0);
		desk_run_jobs(&f.desk);
		CHECK_INT(count_notice_mails(&f), cases[i].want);
		pages_teardown(&f);
	}
}

static void
test_ticket__is_removed_from_the_trash_alone(void)
{
	struct pages_fixture f;
	const char *cookie;
	struct site_read read;
	struct record ticket;
	uint64_t number;
	char uri[80], post[80];

	pages_setup(&f);
	number = desk_submit(&f.desk, "bob@example.org", "Hello", "There.");
	cookie = pages_cookie(&f, ANN);
	snprintf(uri, sizeof uri, "/agent/t/%llu", (unsigned long long)number);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(!pages_has(&f, "Remove for good"));
	snprintf(post, sizeof post, "%s/revoke", uri);
	CHECK_INT(pages_post_as(&f, cookie, post, "x=1"), 303);
	CHECK_INT(desk_field(&f.desk, number, TICKET_GENERATION), 1);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	snprintf(post, sizeof post, "%s/set", uri);
	CHECK_INT(pages_post_as(&f, cookie, post, "place=trash"), 303);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(pages_has(&f, "Remove for good"));
	snprintf(post, sizeof post, "%s/remove", uri);
	CHECK_INT(pages_post_as(&f, cookie, post, "x=1"), 303);
	MUST(site_read_begin(f.desk.site, &read));
	CHECK_INT(record_find(read.snapshot, KIND_TICKET, number, &ticket),
	    ERR_NOT_FOUND);
	site_read_end(&read);
	pages_teardown(&f);
}

/* What only the customer says of a ticket has no button to take it back. */
static void
test_ticket__offers_to_undo_what_may_be_set(void)
{
	struct pages_fixture f;
	struct act_input input;
	const char *cookie;

	pages_setup(&f);
	CHECK_INT(desk_submit(&f.desk, "bob@example.org", "Hello", "x"), 1);
	act_input_init(&input, VERB_TICKET_RATE, KIND_TICKET);
	input.actor = actor_system();
	input.subject = 1;
	input.rating = 1;
	MUST(desk_do(&f.desk, &input));
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(!pages_has(&f, "/agent/t/1/undo"));
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = 1;
	desk_set(&f.desk, &input, "priority", "urgent");
	MUST(desk_do(&f.desk, &input));
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "/agent/t/1/undo"));
	pages_teardown(&f);
}

/* The id of the ticket's first timer as its page has it; "" if there is none.
 */
static const char *
shown_timer(struct pages_fixture *f, const char *cookie)
{
	CHECK_INT(pages_get_as(f, cookie, "/agent/t/1"), 200);
	return pages_input(f, "timer");
}

static void
test_ticket__shows_timers_to_those_who_see_scripts(void)
{
	struct pages_fixture f;
	const char *ann, *bob, *timer, *fields;

	pages_setup(&f);
	desk_script(&f.desk, "later",
	    "desk.on('ticket.created', { name = 'set' }, function(event) "
	    "event.ticket:after('3h', 'ask') event.ticket:after('2h', 'nag') "
	    "end)\n"
	    "desk.job('ask', function() end) desk.job('nag', function() end)");
	desk_submit(&f.desk, "eve@example.org", "Printer", "It smokes.");
	desk_run_jobs(&f.desk);
	ann = pages_cookie(&f, ANN);
	bob = pages_cookie(&f,
	    desk_add(&f.desk, KIND_AGENT,
		(const char *const[]){ "login", "bob", "name", "Bob", "email",
		    "bob@example.com", "active", "yes", "role", "agent",
		    NULL }));
	CHECK(strcmp(shown_timer(&f, bob), "") == 0);
	CHECK(!pages_has(&f, "later/nag"));
	timer = shown_timer(&f, ann);
	CHECK(pages_has(&f, "/admin/scripts/later\">later/nag"));
	CHECK(pages_has(&f, "later/ask"));
	fields = arena_printf(f.desk.arena, "key=1&timer=%s", timer);
	CHECK_INT(pages_get_as(&f, bob, "/agent/t/1"), 200);
	CHECK_INT(pages_post_as(&f, bob, "/agent/t/1/timer", fields), 403);
	(void)shown_timer(&f, ann);
	CHECK_INT(pages_post_as(&f, ann, "/agent/t/1/timer", fields), 303);
	CHECK(strcmp(shown_timer(&f, ann), timer) != 0);
	/* the next one first: that was the one, and the timeline says so */
	CHECK(pages_has(&f, "Cancelled a timer of a script."));
	CHECK(pages_has(&f, "later/nag"));
	CHECK(!pages_has(&f, "/admin/scripts/later\">later/nag"));
	/* once more, from another window */
	fields = arena_printf(f.desk.arena, "key=2&timer=%s", timer);
	CHECK_INT(pages_post_as(&f, ann, "/agent/t/1/timer", fields), 303);
	CHECK(strstr(pages_got_header(&f, "Set-Cookie"), "hd_flash=") != NULL);
	clock_advance(&f.desk.clock, CLOCK_DAY_US);
	desk_run_jobs(&f.desk);
	ann = pages_cookie(&f, ANN);
	CHECK(strcmp(shown_timer(&f, ann), "") == 0);
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_ticket__is_removed_from_the_trash_alone);
	RUN(test_ticket__offers_to_undo_what_may_be_set);
	RUN(test_ticket__shows_timers_to_those_who_see_scripts);
	RUN(test_search__marks_what_was_found);
	RUN(test_search__shows_only_what_the_agent_may_see);
	RUN(test_new__begins_a_ticket_for_a_customer);
	RUN(test_me__changes_settings_password_and_sessions);
	RUN(test_ticket__has_times_of_the_sites_zone);
	RUN(test_notices__tell_an_agent_once);
	RUN(test_notices__come_by_mail_as_chosen);
	return tap_done();
}
