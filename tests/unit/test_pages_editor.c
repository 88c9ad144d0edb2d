/* tests/unit/test_pages_editor.c - scripts written in the browser: saved, tried
 * before, versions, back, deleted. */
#include "config.h"
#include "core/desk/version.h"
#include "tests/unit/pages_agent.h"

static struct pages_fixture f;
static const char *cookie;

static void
setup(void)
{
	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
}

/* A form's value as browsers send it. */
static const char *
encoded(const char *text)
{
	struct buf out = buf_in(f.desk.arena);

	url_encode(&out, bytes_of(text));
	return buf_string(&out);
}

/* The value of a hidden input of the page shown last. */
static const char *
hidden(const char *name)
{
	const char *mark = arena_printf(
	    f.desk.arena, "name=\"%s\" value=\"", name);
	struct bytes body = buf_get(&f.response.body), rest;
	const char *at = bytes_find(body, bytes_of(mark));

	if (at == NULL)
		return "";
	at += strlen(mark);
	rest = (struct bytes){ at, (size_t)(body.at + body.len - at) };
	rest = bytes_split(&rest, '"');
	return arena_copy(f.desk.arena, rest.at, rest.len);
}

/* Save on the page that was shown last. */
static int
save(const char *uri, const char *source, const char *more)
{
	return pages_post_as(&f, cookie, uri,
	    arena_printf(f.desk.arena, "seen=%s&source=%s&%s", hidden("seen"),
		encoded(source), more));
}

static struct bytes
on_disk(const char *name)
{
	struct buf text = buf_in(f.desk.arena);
	const char *path = arena_printf(
	    f.desk.arena, "%s/scripts/%s.lua", f.desk.dir, name);

	return file_read(path, 1 << 20, &text, NULL) == ERR_OK ?
	    buf_get(&text) :
	    BYTES("(none)");
}

#define GOOD "desk.on('ticket.created', { name = 'a' }, function(event) end)\n"

static void
test_editor__makes_a_script(void)
{
	setup();
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/new"), 200);
	CHECK(pages_has(&f, "<textarea"));
	CHECK_INT(save("/admin/scripts/new", GOOD, "name=../evil"), 422);
	CHECK(pages_has(&f, "desk.on(&#39;ticket.created") ||
	    pages_has(&f, "desk.on('ticket.created"));
	CHECK_INT(save("/admin/scripts/new", GOOD, "name=mine_test"), 422);
	CHECK_INT(
	    save("/admin/scripts/new", GOOD, "name=mine&note=The+first+one"),
	    303);
	CHECK_BYTES(on_disk("mine"), GOOD);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/mine/edit"), 200);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions"), 200);
	CHECK(pages_has(&f, "Ann Lee"));
	CHECK(pages_has(&f, "The first one"));
	/* the name is taken */
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/new?from=mine"), 200);
	CHECK(pages_has(&f, "replaces = "));
	CHECK_INT(save("/admin/scripts/new", GOOD "-- 2", "name=mine"), 422);
	CHECK(pages_has(&f, "choose another one"));
	CHECK_BYTES(on_disk("mine"), GOOD);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/none/edit"), 404);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/..%2f..%2fkey/edit"), 400);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/none/versions"), 404);
	pages_teardown(&f);
}

static void
test_editor__saves_nothing_that_does_not_load(void)
{
	setup();
	desk_script(&f.desk, "mine", GOOD);
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(save("/admin/scripts/mine/edit",
		      "-- one\n<b>broken</b>(\"&amp;\n", "note=hm"),
	    422);
	CHECK(pages_has(&f, "mine.lua:2"));
	CHECK(pages_has(&f, "data-line=\"2\""));
	CHECK(pages_has(&f, "&lt;b&gt;broken&lt;/b&gt;(&quot;&amp;amp;"));
	CHECK(pages_has(&f, "value=\"hm\""));
	CHECK_BYTES(on_disk("mine"), GOOD);
	/* a global is an error as well, and a local that is written a
	 * warning */
	CHECK_INT(save("/admin/scripts/mine/edit", "x = 1\n", ""), 422);
	CHECK_INT(save("/admin/scripts/mine/edit",
		      "local n = 0\ndesk.on('ticket.created', { name = 'a' }, "
		      "function(event) n = n + 1 end)\n",
		      ""),
	    303);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/mine/edit"), 200);
	CHECK(pages_has(&f, "It loads, but look at this"));
	CHECK(pages_has(&f, "Line 2"));
	/* one that loops is ended */
	CHECK_INT(
	    save("/admin/scripts/mine/edit", "while true do end\n", ""), 422);
	CHECK(pages_has(&f, "500 ms"));
	pages_teardown(&f);
}

static void
test_editor__shows_what_came_in_between(void)
{
	setup();
	desk_script(&f.desk, "mine", GOOD);
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	desk_script(&f.desk, "mine", GOOD "-- by hand\n");
	CHECK_INT(save("/admin/scripts/mine/edit", GOOD "-- mine\n", ""), 409);
	CHECK(pages_has(&f, "Somebody else changed this"));
	CHECK(pages_has(&f, "-- by hand"));
	CHECK(pages_has(&f, "-- mine"));
	CHECK(pages_has(&f, "found on the disk"));
	CHECK_BYTES(on_disk("mine"), GOOD "-- by hand\n");
	/* once more, and it is known */
	CHECK_INT(save("/admin/scripts/mine/edit", GOOD "-- mine\n", ""), 303);
	CHECK_BYTES(on_disk("mine"), GOOD "-- mine\n");
	pages_teardown(&f);
}

#define TEST_OF(want) \
	"describe('mine', function()\n" \
	"  it('tags', function()\n" \
	"    local world = desk.test.world { now = '2026-03-02 09:00' }\n" \
	"    local ticket = world:submit { subject = 'Hello', " \
	"email = 'a@example.org', text = 'Hm' }\n" \
	"    equal(ticket.tags[1], '" want "', 'tag')\n" \
	"  end)\n" \
	"end)\n"
#define TAGGER(tag) \
	"desk.on('ticket.creating', { name = 't' }, function(event)\n" \
	"  event.ticket:tag('" tag "')\nend)\n"

static void
test_editor__runs_tests_first(void)
{
	setup();
	desk_script(&f.desk, "mine", TAGGER("red"));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine_test/edit"), 200);
	CHECK(pages_has(&f, "describe("));
	CHECK_INT(save("/admin/scripts/mine_test/edit", "it(\n", ""), 422);
	CHECK(pages_has(&f, "does not load"));
	CHECK_INT(
	    save("/admin/scripts/mine_test/edit", TEST_OF("red"), ""), 303);
	CHECK_BYTES(on_disk("mine_test"), TEST_OF("red"));
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(save("/admin/scripts/mine/edit", TAGGER("blue"), ""), 422);
	CHECK(pages_has(&f, "Its tests fail"));
	CHECK(pages_has(&f, "mine_test.lua:5"));
	CHECK(pages_has(&f, "although 1 of its tests fail"));
	CHECK_BYTES(on_disk("mine"), TAGGER("red"));
	CHECK_INT(save("/admin/scripts/mine/edit", TAGGER("blue"),
		      "although=1&note=so+be+it"),
	    303);
	CHECK_BYTES(on_disk("mine"), TAGGER("blue"));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions"), 200);
	CHECK(pages_has(&f, "1 of its tests fail"));
	/* a good one again */
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(
	    save("/admin/scripts/mine/edit", "-- x\n" TAGGER("red"), ""), 303);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions"), 200);
	CHECK(pages_has(&f, "Tests pass"));
	pages_teardown(&f);
}

static bool
is_at_work(const char *handler)
{
	struct when_set *set = when_set_take(f.desk.site);
	bool is_it = set != NULL &&
	    script_set_find(when_set_scripts(set), SCRIPT_HANDLER,
		bytes_of(handler)) != NULL;

	when_set_unref(set);
	return is_it;
}

static int
switch_on(const char *more)
{
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	return pages_post_as(&f, cookie, "/admin/scripts/switch",
	    arena_printf(f.desk.arena, "script=mine&on=1&%s", more));
}

static void
test_editor__begins_a_script_switched_off(void)
{
	setup();
	pages_get_as(&f, cookie, "/admin/scripts/new");
	CHECK(pages_has(&f, "Save and switch on"));
	CHECK_INT(save("/admin/scripts/new", TAGGER("red"), "name=mine"), 303);
	CHECK_BYTES(on_disk("mine"), TAGGER("red"));
	CHECK(!is_at_work("mine/t"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/mine/edit"), 200);
	CHECK(pages_has(&f, "This script is off"));
	CHECK(pages_has(&f, "/admin/scripts/mine/replay"));
	CHECK(pages_has(&f, "/admin/scripts/mine_test/edit"));
	/* what may be a mistake in it is told, though it is not loaded */
	CHECK_INT(save("/admin/scripts/mine/edit",
		      "desk.on('ticket.created', { name = 't' }, "
		      "function(event)\n"
		      "event.ticket:set { priorty = 'high' }\nend)\n",
		      ""),
	    303);
	CHECK(!is_at_work("mine/t"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/mine/edit"), 200);
	CHECK(pages_has(&f, "data-warn-line=\"2\""));
	CHECK(pages_has(&f, "did you mean &quot;priority&quot;"));
	/* another load, and it is off still */
	pages_get_as(&f, cookie, "/admin/scripts");
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/reload", ""), 303);
	CHECK(!is_at_work("mine/t"));
	CHECK_INT(switch_on("from=edit"), 303);
	CHECK(is_at_work("mine/t"));
	CHECK(strcmp(pages_got_header(&f, "Location"),
		  "/admin/scripts/mine/edit") == 0);
	/* what is on goes to work at the save */
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/mine/edit"), 200);
	CHECK(!pages_has(&f, "This script is off"));
	CHECK(!pages_has(&f, "Save and switch on"));
	CHECK_INT(save("/admin/scripts/mine/edit", GOOD, ""), 303);
	CHECK(is_at_work("mine/a"));
	pages_teardown(&f);
}

static void
test_editor__switches_on_when_told_so(void)
{
	setup();
	pages_get_as(&f, cookie, "/admin/scripts/new");
	CHECK_INT(
	    save("/admin/scripts/new", TAGGER("red"), "name=mine&on=1"), 303);
	CHECK(is_at_work("mine/t"));
	pages_get_as(&f, cookie, "/admin/scripts");
	CHECK_INT(pages_post_as(
		      &f, cookie, "/admin/scripts/switch", "script=mine&on=0"),
	    303);
	CHECK(!is_at_work("mine/t"));
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(
	    save("/admin/scripts/mine/edit", "-- x\n" TAGGER("red"), ""), 303);
	CHECK(!is_at_work("mine/t"));
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(
	    save("/admin/scripts/mine/edit", "-- y\n" TAGGER("red"), "on=1"),
	    303);
	CHECK(is_at_work("mine/t"));
	/* its file gone, a new one of the name begins anew */
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/mine/remove",
		      "seen=3&sure=1"),
	    303);
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(save("/admin/scripts/mine/edit", TAGGER("red"), ""), 303);
	CHECK(!is_at_work("mine/t"));
	pages_teardown(&f);
}

static void
test_switch__asks_the_tests_first(void)
{
	setup();
	desk_script(&f.desk, "mine_test", TEST_OF("red"));
	desk_script(&f.desk, "mine", TAGGER("blue"));
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/mine"), 200);
	CHECK_INT(
	    pages_post_as(&f, cookie, "/admin/scripts/mine/tests", ""), 200);
	CHECK(pages_has(&f, "1 failed"));
	CHECK(pages_has(&f, "mine_test.lua:5"));
	CHECK_INT(
	    pages_post_as(&f, cookie, "/admin/scripts/none/tests", ""), 404);
	pages_get_as(&f, cookie, "/admin/scripts");
	CHECK_INT(pages_post_as(
		      &f, cookie, "/admin/scripts/switch", "script=mine&on=0"),
	    303);
	CHECK(!is_at_work("mine/t"));
	pages_get_as(&f, cookie, "/admin/scripts");
	CHECK_INT(pages_post_as(
		      &f, cookie, "/admin/scripts/switch", "script=mine&on=1"),
	    422);
	CHECK(pages_has(&f, "was not switched on"));
	CHECK(!is_at_work("mine/t"));
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/switch",
		      "script=mine&on=1&although=1"),
	    303);
	CHECK(is_at_work("mine/t"));
	pages_teardown(&f);
}

static size_t
told(const char *title)
{
	struct record notice;
	struct site_read read;
	uint64_t id = 0;
	size_t count = 0;

	MUST(site_read_begin(f.desk.site, &read));
	while (record_next(read.snapshot, KIND_NOTICE, &id, &notice) == ERR_OK)
		count += bytes_find(record_text(&notice, NOTICE_TITLE),
			     bytes_of(title)) != NULL;
	site_read_end(&read);
	return count;
}

static void
test_overview__says_how_scripts_are(void)
{
	setup();
	desk_script(&f.desk, "one",
	    "local n = 0\n"
	    "desk.on('ticket.created', { name = 'a', order = 9 }, "
	    "function(event) n = n + 1 end)\n");
	desk_script(&f.desk, "two",
	    "desk.on('ticket.created', { name = 'b', order = 3, "
	    "when = { queue = 'general' } }, function(event) end)\n");
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK(pages_has(&f, "Line 2"));
	CHECK(pages_has(&f, "/admin/scripts/one/versions/1"));
	CHECK(pages_has(&f, "of 20000 ms"));
	CHECK(pages_has(&f, "two/b</a>"));
	CHECK(!pages_has(&f, "side-count num"));
	/* one does not load any more: the side bar and the admins know */
	desk_script(&f.desk, "two", "broken(\n");
	desk_script(&f.desk, "two", "broken still(\n");
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK(pages_has(&f, "<span class=\"side-count num\">1</span>"));
	CHECK_INT(
	    told("The script two does not load: its last good version"), 1);
	desk_script(&f.desk, "two", GOOD);
	desk_script(&f.desk, "two", "broken(\n");
	CHECK_INT(
	    told("The script two does not load: its last good version"), 2);
	pages_teardown(&f);
}

static void
test_versions__are_compared_and_come_back(void)
{
	setup();
	desk_script(&f.desk, "mine", "-- <i>one</i>\n" GOOD);
	desk_script(&f.desk, "mine", "-- two\n" GOOD);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions/2"), 200);
	CHECK(pages_has(&f, "<del><code>-- &lt;i&gt;one&lt;/i&gt;"));
	CHECK(pages_has(&f, "<ins><code>-- two"));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions/1"), 200);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions/1?from=2"),
	    200);
	CHECK(pages_has(&f, "<del><code>-- two"));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions/1?from=9"),
	    404);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions/9"), 404);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions/x"), 404);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/mine/back",
		      "version=1&seen=2"),
	    303);
	CHECK_BYTES(on_disk("mine"), "-- <i>one</i>\n" GOOD);
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions"), 200);
	CHECK(pages_has(&f, "Version 3"));
	/* somebody was quicker */
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/mine/back",
		      "version=2&seen=2"),
	    303);
	CHECK_BYTES(on_disk("mine"), "-- <i>one</i>\n" GOOD);
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/mine/edit"), 200);
	CHECK_INT(
	    pages_post_as(&f, cookie, "/admin/scripts/mine/remove", "seen=3"),
	    303);
	CHECK_BYTES(on_disk("mine"), "-- <i>one</i>\n" GOOD);
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/mine/remove",
		      "seen=3&sure=1"),
	    303);
	CHECK_BYTES(on_disk("mine"), "(none)");
	/* what was is still reached */
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts"), 200);
	CHECK(pages_has(&f, "/admin/scripts/mine/versions"));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/mine/versions"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/mine/back",
		      "version=2&seen=4"),
	    303);
	CHECK_BYTES(on_disk("mine"), "-- two\n" GOOD);
	pages_teardown(&f);
}

static void
test_editor__is_for_admins(void)
{
	static const char *const pages[] = { "/admin/scripts/new",
		"/admin/scripts/mine/edit", "/admin/scripts/mine/versions",
		"/admin/scripts/mine/versions/1",
		"/admin/scripts/mine/original" };
	static const char *const posts[] = { "/admin/scripts/new",
		"/admin/scripts/mine/edit", "/admin/scripts/mine/back",
		"/admin/scripts/mine/remove" };
	const char *bob;
	uint64_t id;

	setup();
	desk_script(&f.desk, "mine", GOOD);
	id = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "bob", "name", "Bob", "email",
		"bob@example.com", "active", "yes", "role", "agent", NULL });
	bob = pages_cookie(&f, id);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		CHECK_INT(pages_get_as(&f, bob, pages[i]), 404);
	pages_get_as(&f, bob, "/agent/me");
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++)
		CHECK_INT(pages_post_as(&f, bob, posts[i],
			      "name=evil&source=x&sure=1&version=1"),
		    404);
	/* nor without a token, nor from elsewhere */
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++) {
		pages_header(&f, "HTTP_COOKIE", cookie);
		CHECK_INT(
		    pages_post(&f, posts[i], "name=evil&source=x&sure=1"), 403);
	}
	CHECK_BYTES(on_disk("mine"), GOOD);
	CHECK_BYTES(on_disk("evil"), "(none)");
	pages_teardown(&f);
}

static void
test_editor__takes_text_as_it_is(void)
{
	struct buf big = buf_in(NULL);
	char *body;

	setup();
	big = buf_in(f.desk.arena);
	desk_script(&f.desk, "mine", GOOD);
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	/* line ends as browsers send them */
	CHECK_INT(save("/admin/scripts/mine/edit",
		      "-- a\r\n-- \xc3\xbc\r\n" GOOD, ""),
	    303);
	CHECK_BYTES(on_disk("mine"), "-- a\n-- \xc3\xbc\n" GOOD);
	/* no UTF-8, and a NUL */
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/mine/edit",
		      "seen=2&source=%ff"),
	    400);
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(pages_post_as(&f, cookie, "/admin/scripts/mine/edit",
		      "seen=2&source=a%00b"),
	    400);
	/* as long as can be, and longer */
	buf_text(&big, "--");
	while (big.len < SCRIPT_SOURCE_MAX)
		buf_char(&big, 'x');
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	CHECK_INT(save("/admin/scripts/mine/edit", buf_string(&big), ""), 303);
	CHECK_INT(on_disk("mine").len, SCRIPT_SOURCE_MAX);
	buf_char(&big, 'x');
	pages_get_as(&f, cookie, "/admin/scripts/mine/edit");
	body = arena_copy(f.desk.arena, big.at, big.len);
	CHECK_INT(save("/admin/scripts/mine/edit", body, ""), 422);
	CHECK(pages_has(&f, "256 KiB at most"));
	CHECK(pages_has(&f, "xxxxxx</textarea>"));
	pages_teardown(&f);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	RUN(test_editor__makes_a_script);
	RUN(test_editor__saves_nothing_that_does_not_load);
	RUN(test_editor__shows_what_came_in_between);
	RUN(test_editor__runs_tests_first);
	RUN(test_editor__begins_a_script_switched_off);
	RUN(test_editor__switches_on_when_told_so);
	RUN(test_switch__asks_the_tests_first);
	RUN(test_overview__says_how_scripts_are);
	RUN(test_versions__are_compared_and_come_back);
	RUN(test_editor__is_for_admins);
	RUN(test_editor__takes_text_as_it_is);
	return tap_done();
}
