/* tests/unit/test_pages_admin.c - signing in, and the pages of admins. */
#include "config.h"
#include "core/base/log.h"
#include "core/pages/admin_kinds.h"
#include "tests/unit/pages_agent.h"

static void
test_scripts__are_shown_and_switched(void)
{
	struct pages_fixture f;
	const char *cookie;

	pages_setup(&f);
	desk_script(&f.desk, "tagger",
	    "-- Marks all tickets.\n"
	    "desk.on('ticket.creating', { name = 'tag' }, function(event)\n"
	    "  event.ticket:tag('seen')\nend)\n"
	    "desk.every('1h', { name = 'hourly' }, function() end)\n"
	    "desk.cron('30 7 * * 1-5', { zone = 'Asia/Kathmandu' }, "
	    "function() end)\n");
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin"), 200);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK(pages_has(&f, "Marks all tickets."));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/tagger"), 200);
	CHECK(pages_has(&f, "every hour"));
	CHECK(pages_has(&f, "30 7 * * 1-5, Asia/Kathmandu"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/nothing"), 404);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/switch",
		      "script=tagger&on=0"),
	    303);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK(pages_has(&f, "Switch on"));
	pages_teardown(&f);
}

static void
test_records__each_kind_has_its_pages(void)
{
	struct pages_fixture f;
	const char *cookie;

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	for (const struct admin_kind *k = admin_kinds; k->path != NULL; k++) {
		char uri[100];

		printf("# %s\n", k->path);
		snprintf(uri, sizeof uri, "/admin/%s", k->path);
		CHECK_INT(pages_get_as(&f, cookie, uri), 200);
		snprintf(uri, sizeof uri, "/admin/%s/new", k->path);
		CHECK_INT(pages_get_as(&f, cookie, uri), 200);
		CHECK_INT(pages_post_as(&f, cookie, uri, "key=a"), 422);
		snprintf(uri, sizeof uri, "/admin/%s/9999", k->path);
		CHECK_INT(pages_get_as(&f, cookie, uri), 404);
	}
	CHECK_INT(pages_get_as(&f, cookie, "/admin/nothing"), 404);
	pages_teardown(&f);
}

static void
test_records__are_for_admins_only(void)
{
	struct pages_fixture f;
	const char *cookie;
	uint64_t bob;

	pages_setup(&f);
	bob = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "bob", "name", "Bob", "email",
		"bob@example.com", "active", "yes", "role", "agent", NULL });
	cookie = pages_cookie(&f, bob);
	CHECK_INT(pages_get_as(&f, cookie, "/admin"), 404);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/agents"), 404);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 404);
	CHECK_INT(pages_get(&f, "/admin/agents"), 303);
	pages_teardown(&f);
}

/* The id of a record by its key, and its rev; 0 if there is none. */
static uint64_t
find_key(
    struct pages_fixture *f, enum kind_id kind, const char *key, uint64_t *rev)
{
	const struct record *found;
	struct site_read read;
	uint64_t id = 0;

	MUST(site_read_begin(f->desk.site, &read));
	found = directory_find_key(read.directory, kind, bytes_of(key));
	if (found != NULL) {
		id = found->id;
		if (rev != NULL)
			*rev = found->rev;
	}
	site_read_end(&read);
	return id;
}

static void
test_records__are_added_changed_and_deleted(void)
{
	struct pages_fixture f;
	const char *cookie;
	char uri[100], fields[200];
	uint64_t id, rev = 0;

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/queues/new"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/queues/new",
		      "key=1&key=&label=Night+shift%21&has_form=0&has_form=1"
		      "&priority=high"),
	    303);
	id = find_key(&f, KIND_QUEUE, "night-shift", &rev);
	CHECK(id > 0);
	snprintf(uri, sizeof uri, "/admin/queues/%llu", (unsigned long long)id);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	snprintf(fields, sizeof fields,
	    "key=2&rev=%llu&label=Night&key=night-shift&has_form=0",
	    (unsigned long long)rev);
	CHECK_INT(pages_post_as(&f, cookie, uri, fields), 303);
	/* the same again, from a page that is out of date */
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	snprintf(fields, sizeof fields,
	    "key=3&rev=%llu&label=Late+hours&key=night-shift",
	    (unsigned long long)rev);
	CHECK_INT(pages_post_as(&f, cookie, uri, fields), 409);
	CHECK(pages_has(&f, "value=\"Late hours\""));
	CHECK(pages_has(&f, "Somebody else changed this"));
	snprintf(uri, sizeof uri, "/admin/queues/%llu/delete",
	    (unsigned long long)id);
	CHECK_INT(pages_post_as(&f, cookie, uri, "x=1"), 200);
	CHECK(pages_has(&f, "Delete for good"));
	CHECK(find_key(&f, KIND_QUEUE, "night-shift", NULL) == id);
	snprintf(uri, sizeof uri, "/admin/queues/%llu/delete?sure=1",
	    (unsigned long long)id);
	CHECK_INT(pages_post_as(&f, cookie, uri, "x=1"), 303);
	CHECK(find_key(&f, KIND_QUEUE, "night-shift", NULL) == 0);
	pages_teardown(&f);
}

/* Holidays are typed one a line, and shown so. */
static void
test_calendars__keep_hours_and_holidays(void)
{
	struct pages_fixture f;
	const char *cookie;
	char uri[100];

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/calendars/new"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/calendars/new",
		      "key=1&key=&name=Shop&monday=8%3A00-12%3A00&holidays="
		      "12-25+Christmas+Day%0D%0AEaster"),
	    422);
	CHECK(pages_has(&f, "&quot;Easter&quot; is no holiday"));
	CHECK_INT(pages_post_as(&f, cookie, "/admin/calendars/new",
		      "key=2&key=&name=Shop&monday=8%3A00-12%3A00%2C13%3A00-"
		      "17%3A00&holidays=12-25+Christmas+Day%0D%0A2026-12-24"),
	    303);
	snprintf(uri, sizeof uri, "/admin/calendars/%llu",
	    (unsigned long long)find_key(&f, KIND_CALENDAR, "shop", NULL));
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(pages_has(&f, "value=\"8:00-12:00, 13:00-17:00\""));
	CHECK(pages_has(&f, "12-25 Christmas Day\n2026-12-24"));
	pages_teardown(&f);
}

static void
test_records__name_the_scripts_that_would_miss_them(void)
{
	struct pages_fixture f;
	const char *cookie;
	char uri[100];
	uint64_t id;

	pages_setup(&f);
	desk_script(&f.desk, "sorter",
	    "desk.on('ticket.routing', { name = 'all' }, function(event)\n"
	    "  return event:choose('billing', 'always')\nend)\n");
	cookie = pages_cookie(&f, ANN);
	id = find_key(&f, KIND_QUEUE, "billing", NULL);
	snprintf(uri, sizeof uri, "/admin/queues/%llu", (unsigned long long)id);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	snprintf(uri, sizeof uri, "/admin/queues/%llu/delete",
	    (unsigned long long)id);
	CHECK_INT(pages_post_as(&f, cookie, uri, "x=1"), 200);
	CHECK(pages_has(&f, "sorter"));
	/* a canned reply by its title, a role in a script's settings */
	desk_script(&f.desk, "greeter",
	    "local settings = desk.settings { r = { type = 'string' } }\n"
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  event.ticket:reply{ template = 'Good day' }\nend)\n");
	desk_add(&f.desk, KIND_SETTING,
	    (const char *const[]){
		"name", "script/greeter", "value", "{\"r\":\"light\"}", NULL });
	id = desk_add(&f.desk, KIND_CANNED,
	    (const char *const[]){ "title", "Good day", "body", "Hi", NULL });
	snprintf(uri, sizeof uri, "/admin/canned/%llu", (unsigned long long)id);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	snprintf(uri, sizeof uri, "/admin/canned/%llu/delete",
	    (unsigned long long)id);
	CHECK_INT(pages_post_as(&f, cookie, uri, "x=1"), 200);
	CHECK(pages_has(&f, "greeter"));
	id = find_key(&f, KIND_ROLE, "light", NULL);
	snprintf(uri, sizeof uri, "/admin/roles/%llu", (unsigned long long)id);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	snprintf(uri, sizeof uri, "/admin/roles/%llu/delete",
	    (unsigned long long)id);
	CHECK_INT(pages_post_as(&f, cookie, uri, "x=1"), 200);
	CHECK(pages_has(&f, "greeter"));
	pages_teardown(&f);
}

static void
test_roles__keep_what_was_ticked(void)
{
	struct pages_fixture f;
	const struct record *role;
	struct site_read read;
	const char *cookie;

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/roles/new"), 200);
	CHECK_INT(
	    pages_post_as(&f, cookie, "/admin/roles/new",
		"key=1&label=Money&key=&right=billing:see&right=billing:reply"
		"&right=nothing:see&right=billing:fly"),
	    303);
	MUST(site_read_begin(f.desk.site, &read));
	role = directory_find_key(read.directory, KIND_ROLE, BYTES("money"));
	CHECK(role != NULL);
	if (role != NULL) {
		struct bytes list = record_text(role, ROLE_RIGHTS);

		CHECK_INT(
		    list_count(&role->kind->fields[ROLE_RIGHTS], list), 2);
		CHECK(list_has_text(list, BYTES("billing:reply")));
	}
	site_read_end(&read);
	pages_teardown(&f);
}

static void
test_agents__get_a_link_that_signs_them_in_once(void)
{
	struct pages_fixture f;
	const char *cookie, *link;
	char uri[200], token[100], fields[120];
	struct bytes body;
	uint64_t id;

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/agents/new"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/agents/new",
		      "key=1&name=Eve+Adams&email=Eve%40Example.com&login="
		      "&active=0&active=1&role=agent"),
	    303);
	id = find_key(&f, KIND_AGENT, "eve", NULL);
	CHECK(id > 0);
	snprintf(uri, sizeof uri, "/admin/agents/%llu", (unsigned long long)id);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	snprintf(
	    uri, sizeof uri, "/admin/agents/%llu/link", (unsigned long long)id);
	CHECK_INT(pages_post_as(&f, cookie, uri, "x=1"), 200);
	body = buf_get(&f.response.body);
	link = bytes_find(body, BYTES("/agent/login/"));
	CHECK(link != NULL);
	link = link != NULL ? link : "/agent/login/<";
	link += strlen("/agent/login/");
	snprintf(token, sizeof token, "%.*s", (int)strcspn(link, "<"), link);
	snprintf(uri, sizeof uri, "/agent/login/%s", token);
	/* a program looks at it, as often as it likes */
	CHECK_INT(pages_get(&f, uri), 200);
	CHECK(pages_has(&f, "Eve Adams"));
	CHECK_INT(pages_get(&f, uri), 200);
	snprintf(fields, sizeof fields, "token=%s", token);
	CHECK_INT(pages_post(&f, "/agent/login", fields), 303);
	CHECK(strstr(pages_got_header(&f, "Set-Cookie"), "__Host-hd=") != NULL);
	CHECK_INT(pages_post(&f, "/agent/login", fields), 410);
	CHECK_INT(pages_get(&f, uri), 410);
	pages_teardown(&f);
}

static void
test_login__tells_nothing_and_has_limits(void)
{
	struct pages_fixture f;
	int status = 0;

	pages_setup(&f);
	CHECK_INT(pages_get(&f, "/agent/login?next=/agent/t/1"), 200);
	CHECK(pages_has(&f, "value=\"/agent/t/1\""));
	CHECK_INT(pages_get(&f, "/agent/login?next=//evil.example"), 200);
	CHECK(!pages_has(&f, "evil"));
	CHECK_INT(pages_post(&f, "/agent/login",
		      "email=ann%40example.com&password=wrong"),
	    422);
	CHECK(pages_has(&f, "E-mail address or password is wrong."));
	CHECK(pages_has(&f, "value=\"ann@example.com\""));
	CHECK_INT(pages_post(&f, "/agent/login",
		      "email=nobody%40example.com&password=wrong"),
	    422);
	CHECK(pages_has(&f, "E-mail address or password is wrong."));
	for (int i = 0; i < 12 && status != 429; i++) {
		/* from one address after the other */
		char client[40];

		snprintf(client, sizeof client, "192.0.2.%d", 10 + i);
		f.client = client;
		status = pages_post(&f, "/agent/login",
		    "email=Ann%40Example.com&password=wrong");
	}
	CHECK_INT(status, 429);
	pages_teardown(&f);
}

static void
test_tokens__are_shown_once(void)
{
	struct pages_fixture f;
	const char *cookie;

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/tokens/new"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/tokens/new",
		      "key=once&name=Shop&rights=&rights=read&rights=write"),
	    200);
	CHECK(pages_has(&f, "class=\"secret\""));
	CHECK(pages_has(&f, "value=\"write\" checked"));
	/* sent again, it is the same token, and not shown */
	CHECK_INT(pages_get_as(&f, cookie, "/admin/tokens/new"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/tokens/new",
		      "key=once&name=Shop&rights=read"),
	    303);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/tokens"), 200);
	CHECK(!pages_has(&f, "class=\"secret\""));
	pages_teardown(&f);
}

/* A setting's JSON as stored; "" if there is none. In the desk's arena. */
static const char *
setting(struct pages_fixture *f, const char *name)
{
	struct site_read read;
	struct bytes value;
	const char *copy;

	MUST(site_read_begin(f->desk.site, &read));
	value = directory_setting(read.directory, name);
	copy = arena_copy(
	    f->desk.arena, value.len > 0 ? value.at : "", value.len);
	site_read_end(&read);
	return copy;
}

static void
test_settings__keep_what_was_typed(void)
{
	struct pages_fixture f;
	const char *cookie, *rev;
	char fields[400];

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/settings"), 200);
	rev = pages_input(&f, "rev");
	snprintf(fields, sizeof fields,
	    "rev=%s&mail.transport=gopher://x&mail.size_max=1000", rev);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/settings", fields), 422);
	CHECK(pages_has(&f, "gopher://x"));
	snprintf(fields, sizeof fields,
	    "rev=%s&mail.transport=smtp%%3A%%2F%%2Fmail.example.com%%3A587"
	    "&mail.size_max=20&mail.verify=0&mail.password=very+secret"
	    "&tickets.queue=billing&mail.tls=required&mail.user=",
	    rev);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/settings", fields), 303);
	CHECK(strcmp(setting(&f, "mail.transport"),
		  "\"smtp://mail.example.com:587\"") == 0);
	CHECK(strcmp(setting(&f, "mail.size_max"), "20000000") == 0);
	CHECK(strcmp(setting(&f, "mail.verify"), "false") == 0);
	CHECK(strcmp(setting(&f, "tickets.queue"), "\"billing\"") == 0);
	CHECK(strncmp(setting(&f, "mail.password"), "\"sealed:", 8) == 0);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/settings"), 200);
	CHECK(!pages_has(&f, "very secret"));
	CHECK(!pages_has(&f, "sealed:"));
	/* a page from before */
	snprintf(fields, sizeof fields, "rev=%s&tickets.queue=general", rev);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/settings", fields), 409);
	snprintf(fields, sizeof fields,
	    "rev=%s&tickets.queue=&mail.password=&mail.verify=0&mail.verify=1",
	    pages_input(&f, "rev"));
	CHECK_INT(pages_post_as(&f, cookie, "/admin/settings", fields), 303);
	CHECK(setting(&f, "tickets.queue")[0] == '\0');
	CHECK(setting(&f, "mail.verify")[0] == '\0');
	CHECK(setting(&f, "mail.password")[0] != '\0');
	pages_teardown(&f);
}

/* How far a field's index is, in the list and on its own page. */
static void
test_fields__tell_of_their_index(void)
{
	static const char *const order[] = { "key", "order", "label", "Order",
		"is_indexed", "true", NULL };
	struct pages_fixture f;
	const char *cookie;
	char uri[40];

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	snprintf(uri, sizeof uri, "/admin/fields/%llu",
	    (unsigned long long)desk_add(&f.desk, KIND_FIELD, order));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/fields"), 200);
	CHECK(pages_has(&f, "chip-warn\">Being built<"));
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(pages_has(&f, "<p>Being built</p>"));
	desk_run_jobs(&f.desk);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/fields"), 200);
	CHECK(pages_has(&f, "chip-ok\">Ready<"));
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(pages_has(&f, "<p>Ready</p>"));
	printf("# it is only shown\n");
	CHECK_INT(pages_post_as(&f, cookie, uri,
		      arena_printf(f.desk.arena,
			  "rev=%s&label=Orders&index_state=none",
			  pages_input(&f, "rev"))),
	    303);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(pages_has(&f, "value=\"Orders\""));
	CHECK(pages_has(&f, "<p>Ready</p>"));
	pages_teardown(&f);
}

static void
test_customers__are_found_and_changed(void)
{
	struct pages_fixture f;
	const char *cookie;
	char fields[200];

	pages_setup(&f);
	desk_submit(&f.desk, "bob@example.org", "One", "x");
	desk_submit(&f.desk, "eve@example.net", "Two", "x");
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/customers"), 200);
	CHECK(pages_has(&f, "bob@example.org"));
	CHECK(pages_has(&f, "eve@example.net"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/customers?q=eve"), 200);
	CHECK(!pages_has(&f, "bob@example.org"));
	CHECK(pages_has(&f, "eve@example.net"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/customers/1"), 200);
	snprintf(fields, sizeof fields,
	    "rev=%s&key=k&name=Bob&email=bob%%40example.org&vip=0&vip=1",
	    pages_input(&f, "rev"));
	CHECK_INT(pages_post_as(&f, cookie, "/admin/customers/1", fields), 303);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/customers/1"), 200);
	CHECK(pages_has(&f, "value=\"Bob\""));
	/* nobody is deleted here */
	CHECK(!pages_has(&f, "/delete"));
	CHECK_INT(pages_post_as(
		      &f, cookie, "/admin/customers/1/delete?sure=1", "x=1"),
	    404);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/customers/new"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/customers/new",
		      "key=n&name=&email=BOB%40example.org"),
	    422);
	pages_teardown(&f);
}

/* What was logged in <fd> about names that no page gives, a line each. */
static const char *
missing_names(struct pages_fixture *f, int fd)
{
	struct buf all = buf_in(f->desk.arena), out = buf_in(f->desk.arena);
	struct bytes rest;
	char part[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, part, sizeof part)) > 0)
		buf_add(&all, part, (size_t)n);
	rest = buf_get(&all);
	while (rest.len > 0) {
		struct bytes line = bytes_split(&rest, '\n');

		if (bytes_find(line, BYTES("event=template.missing")) != NULL)
			buf_printf(&out, "# %.*s\n", BYTES_ARG(line));
	}
	return buf_string(&out);
}

static void
test_templates__are_given_every_name_they_have(void)
{
	static const char *const pages[] = { "/admin", "/admin/scripts",
		"/admin/scripts/guide", "/admin/scripts/reference",
		"/admin/scripts/good", "/admin/scripts/bad", "/admin/settings",
		"/admin/customers?q=bob", "/admin/customers/1",
		"/admin/roles/1", "/admin/agents/1", "/admin/tokens/new",
		"/agent/new", "/agent/me", "/agent/notices", "/agent/search",
		"/agent/search?q=it", "/agent/search?q=nothing" };
	struct pages_fixture f;
	char name[] = "/tmp/hookdesk-log-XXXXXX";
	int fd = mkstemp(name);
	const char *cookie, *none;

	CHECK(fd >= 0);
	unlink(name);
	pages_setup(&f);
	desk_submit(&f.desk, "bob@example.org", "One", "Say it");
	desk_script(&f.desk, "good",
	    "-- Fails after all.\n"
	    "desk.on('ticket.created', { name = 'oops' }, function()\n"
	    "  error('oops')\nend)\n"
	    "desk.on('ticket.created', { name = 'tell' }, function(event)\n"
	    "  desk.notify(desk.agent('ann'), { title = 'Look',\n"
	    "    ticket = event.ticket })\nend)\n"
	    "desk.every('1h', { name = 'hourly' }, function() end)\n");
	desk_script(&f.desk, "bad", "-- Fine.\n");
	desk_script(&f.desk, "bad", "-- Not so.\nlocal = 1\n");
	desk_submit(&f.desk, "bob@example.org", "Two", "Fails");
	for (int i = 0; i < 12; i++) { /* until it is given up */
		desk_run_jobs(&f.desk);
		clock_advance(&f.desk.clock, 7 * CLOCK_HOUR_US);
	}
	cookie = pages_cookie(&f, ANN);
	log_set_fd(fd);
	log_set_level(LOG_DEBUG);
	CHECK_INT(pages_get(&f, "/agent/login"), 200);
	CHECK_INT(pages_get(&f, "/agent/login/none"), 410);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		CHECK_INT(pages_get_as(&f, cookie, pages[i]), 200);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK(pages_has(&f, "bad.lua:2"));
	CHECK(pages_has(&f, "The last good version is at work"));
	CHECK(pages_has(&f, "Set aside after failing"));
	CHECK_INT(
	    pages_post_as(&f, cookie, "/admin/scripts/drop", "run=all"), 303);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK(!pages_has(&f, "Set aside after failing"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/bad"), 200);
	CHECK(pages_has(&f, "class=\"is-error\""));
	none = missing_names(&f, fd);
	printf("%s", none);
	CHECK(*none == '\0');
	log_set_level(LOG_INFO);
	log_set_fd(2);
	close(fd);
	pages_teardown(&f);
}

/* Why a script did what, and taking it back. */
/* The first link to a run on the page shown last; "" if there is none. */
static const char *
run_link(struct pages_fixture *f)
{
	static const char begin[] = "/admin/runs/";
	const char *at = buf_string(&f->response.body);

	while ((at = strstr(at, begin)) != NULL) {
		size_t digits = strspn(at + sizeof begin - 1, "0123456789");

		if (digits > 0)
			return arena_copy(
			    f->desk.arena, at, sizeof begin - 1 + digits);
		at++;
	}
	return "";
}

static void
test_runs__tell_what_led_to_them(void)
{
	struct pages_fixture f;
	const char *cookie, *uri;
	uint64_t ticket, other;
	char page[100];

	pages_setup(&f);
	other = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "zoe", "name", "Zoe", "email",
		"zoe@example.com", "active", "yes", "role", "agent", NULL });
	desk_script(&f.desk, "first",
	    "desk.on('ticket.created', { name = 'up' }, function(event)\n"
	    "  event.ticket:set({ priority = 'high' }, 'always')\n"
	    "end)\n");
	desk_script(&f.desk, "second",
	    "desk.on('ticket.updated', { name = 'tag' }, function(event)\n"
	    "  event.ticket:tag('raised')\n"
	    "end)\n");
	ticket = desk_submit(&f.desk, "bob@example.org", "Hi there", "text");
	desk_run_jobs(&f.desk);
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/second"), 200);
	uri = run_link(&f);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(pages_has(&f, "What led to it"));
	CHECK(pages_has(&f, "<a href=\"/admin/scripts/first\"><code>first/up"));
	CHECK(!pages_has(&f, "<code></code>"));
	CHECK(pages_has(&f, "<code>ticket.updated</code>"));
	CHECK(pages_has(&f, "of processor time"));
	/* from the timeline it is one click, for admins */
	snprintf(
	    page, sizeof page, "/agent/t/%llu", (unsigned long long)ticket);
	CHECK_INT(pages_get_as(&f, cookie, page), 200);
	CHECK(run_link(&f)[0] != '\0');
	CHECK_INT(pages_get_as(&f, cookie, run_link(&f)), 200);
	CHECK_INT(pages_get_as(&f, pages_cookie(&f, other), page), 200);
	CHECK(pages_has(&f, "first/up"));
	CHECK(run_link(&f)[0] == '\0');
	pages_teardown(&f);
}

static void
test_runs__are_shown_and_taken_back(void)
{
	struct pages_fixture f;
	const char *cookie, *page, *at;
	unsigned long long run = 0;
	uint64_t ticket;
	char uri[100];

	pages_setup(&f);
	desk_script(&f.desk, "raiser",
	    "desk.settings{ to = { type = 'string', label = 'Raise to',\n"
	    "    default = 'high' }, key = { type = 'string', secret = true,\n"
	    "    default = 'hush' } }\n"
	    "desk.on('ticket.creating', { name = 'up' }, function(event)\n"
	    "  print('it says ' .. event.ticket.subject)\n"
	    "  desk.count{ queue = 'billing' }\n"
	    "  event.ticket:set({ priority = 'high' }, 'always')\n"
	    "end)\n"
	    "desk.on('ticket.creating', { name = 'bad' }, function(event)\n"
	    "  error('out of luck')\n"
	    "end)\n");
	cookie = pages_cookie(&f, ANN);
	ticket = desk_submit(&f.desk, "bob@example.org", "Hi there", "text");
	CHECK_INT(desk_field(&f.desk, ticket, TICKET_PRIORITY), PRIORITY_HIGH);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK(pages_has(&f, "raiser/bad")); /* failed, and nobody saw it */
	CHECK(pages_has(&f, "out of luck"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/raiser"), 200);
	CHECK(pages_has(&f, "Raise to"));
	CHECK(!pages_has(&f, "<code>hush"));
	page = buf_string(&f.response.body);
	at = strstr(page, "raiser/up");
	for (const char *p = page; at != NULL && p < at; p++)
		if (strncmp(p, "/admin/runs/", 12) == 0)
			(void)sscanf(p, "/admin/runs/%llu", &run);
	CHECK(run != 0);
	snprintf(uri, sizeof uri, "/admin/runs/%llu", run);
	CHECK_INT(pages_get_as(&f, cookie, uri), 200);
	CHECK(pages_has(&f, "it says Hi there"));
	CHECK(pages_has(&f, "billing"));
	CHECK(pages_has(&f, "always"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/runs/999999"), 404);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/runs/x"), 404);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/raiser"), 200);
	CHECK_INT(pages_post_as(
		      &f, cookie, "/admin/runs/undo", "script=raiser&hours=x"),
	    400);
	snprintf(uri, sizeof uri, "script=raiser&run=%llu", run);
	desk_script(&f.desk, "keep",
	    "desk.on('ticket.updating', { name = 'x' }, function(event)\n"
	    "  return event:deny{ message = 'It stays.' }\n"
	    "end)\n");
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/raiser"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/runs/undo", uri), 303);
	CHECK_INT(desk_field(&f.desk, ticket, TICKET_PRIORITY), PRIORITY_HIGH);
	desk_script(&f.desk, "keep", "");
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/raiser"), 200);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/raiser"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/runs/undo", uri), 303);
	CHECK_INT(
	    desk_field(&f.desk, ticket, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/raiser"), 200);
	CHECK_INT(pages_post_as(
		      &f, cookie, "/admin/runs/undo", "script=raiser&hours=24"),
	    303);
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_scripts__are_shown_and_switched);
	RUN(test_runs__tell_what_led_to_them);
	RUN(test_runs__are_shown_and_taken_back);
	RUN(test_records__each_kind_has_its_pages);
	RUN(test_records__are_for_admins_only);
	RUN(test_records__are_added_changed_and_deleted);
	RUN(test_calendars__keep_hours_and_holidays);
	RUN(test_records__name_the_scripts_that_would_miss_them);
	RUN(test_roles__keep_what_was_ticked);
	RUN(test_agents__get_a_link_that_signs_them_in_once);
	RUN(test_login__tells_nothing_and_has_limits);
	RUN(test_tokens__are_shown_once);
	RUN(test_settings__keep_what_was_typed);
	RUN(test_fields__tell_of_their_index);
	RUN(test_customers__are_found_and_changed);
	RUN(test_templates__are_given_every_name_they_have);
	return tap_done();
}
