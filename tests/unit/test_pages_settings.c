/* tests/unit/test_pages_settings.c - a script's settings as a form. */
#include "config.h"
#include "tests/unit/pages_agent.h"

static struct pages_fixture f;
static const char *cookie;

#define URI "/admin/scripts/mine/settings"

static const char script[] =
    "local s = desk.settings {\n"
    "  words = { type = 'rows', label = 'Words', columns = { words = 'list', "
    "queue = 'queue', points = 'integer', loud = 'boolean' }, "
    "default = { { words = { 'refund', 'iade' }, queue = 'billing' } } },\n"
    "  who = { type = 'string', label = '<i>Who</i>', required = true, "
    "default = 'Ann', help = 'As <b>read</b>.' },\n"
    "  text = { type = 'text', default = 'Hello\\nyou' },\n"
    "  n = { type = 'integer', min = 1, max = 9, default = 3 },\n"
    "  half = { type = 'number', default = 0.5 },\n"
    "  night = { type = 'boolean', default = true },\n"
    "  how = { type = 'word', words = { 'fast', 'slow' }, default = 'fast' },\n"
    "  wait = { type = 'duration', default = '6h' },\n"
    "  to = { type = 'url' },\n"
    "  list = { type = 'list', default = { 'a', 'b' } },\n"
    "  queue = { type = 'queue' },\n"
    "  agent = { type = 'agent' },\n"
    "  mark = { type = 'tag' },\n"
    "  urgency = { type = 'priority', default = 'high' },\n"
    "  reply = { type = 'template' },\n"
    "  hours = { type = 'calendar' },\n"
    "  token = { type = 'string', secret = true },\n"
    "}\n"
    "desk.on('ticket.creating', { name = 'a' }, function(event)\n"
    "  if s.token == 'true' then event.ticket:tag('told') end\nend)\n";

static void
setup(void)
{
	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	desk_script(&f.desk, "mine", script);
	CHECK_INT(pages_get_as(&f, cookie, URI), 200);
}

static struct bytes
kept(void)
{
	struct site_read read;
	struct bytes value;

	MUST(site_read_begin(f.desk.site, &read));
	value = directory_setting(read.directory, "script/mine");
	value.at = arena_copy(
	    f.desk.arena, value.at != NULL ? value.at : "", value.len);
	site_read_end(&read);
	return value;
}

static const char *
rev(void)
{
	struct bytes body = buf_get(&f.response.body), rest;
	const char *at = bytes_find(body, BYTES("name=\"rev\" value=\""));

	rest = (struct bytes){ at + 18, 20 };
	rest = bytes_split(&rest, '"');
	return arena_copy(f.desk.arena, rest.at, rest.len);
}

/* What the form sends when nothing is typed. */
#define AS_IT_COMES \
	"s.words.0.words=refund%2C+iade&s.words.0.queue=billing" \
	"&s.words.1.words=&s.words.1.queue=&s.who=Ann&s.text=Hello%0D%0Ayou" \
	"&s.half=0.5&s.night=0&s.night=1&s.how=fast&s.to=&s.list=a%0D%0Ab" \
	"&s.queue=&s.agent=&s.mark=&s.urgency=high&s.reply=&s.hours="
#define NO_SECRET "&s.token="

static int
post(const char *fields)
{
	return pages_post_as(&f, cookie, URI,
	    arena_printf(f.desk.arena, "rev=%s&%s", rev(), fields));
}

static void
test_settings__show_each_type(void)
{
	setup();
	CHECK(pages_has(&f, "name=\"s.words.0.words\" value=\"refund, iade\""));
	CHECK(pages_has(&f, "<option value=\"billing\" selected>"));
	CHECK(pages_has(&f, "name=\"s.words.3.words\" value=\"\""));
	CHECK(!pages_has(&f, "name=\"s.words.4.words\""));
	CHECK(pages_has(&f, "&lt;i&gt;Who&lt;/i&gt;"));
	CHECK(pages_has(&f, "As &lt;b&gt;read&lt;/b&gt;."));
	CHECK(pages_has(&f, "Hello\nyou</textarea>"));
	CHECK(pages_has(&f, "min=\"1\" max=\"9\""));
	CHECK(pages_has(&f, "<option value=\"fast\" selected>"));
	CHECK(pages_has(&f, "<option value=\"ann"));
	CHECK(pages_has(&f, "words = { \n") || pages_has(&f, "words = {"));
	CHECK(pages_has(&f, "wait = &quot;6h&quot;,"));
	pages_teardown(&f);
}

static void
test_settings__keep_only_what_is_not_as_it_comes(void)
{
	setup();
	CHECK_INT(post(AS_IT_COMES NO_SECRET "&s.n=3&s.wait=6h"), 303);
	CHECK_BYTES(kept(), "");
	pages_get_as(&f, cookie, URI);
	CHECK_INT(
	    post("s.words.0.words=a%2C+b&s.words.0.points=5&s.words.0.loud=1"
		 "&s.words.7.queue=general&s.who=Bob&s.text=&s.n=4&s.half=2"
		 "&s.night=0&s.how=slow&s.wait=2bh&s.to=https%3A%2F%2Fx.test"
		 "&s.list=&s.queue=general&s.agent=ann&s.mark=red"
		 "&s.urgency=low&s.reply=Hi&s.hours=" NO_SECRET),
	    303);
	printf("# %.*s\n", BYTES_ARG(kept()));
	CHECK(bytes_find(kept(),
		  BYTES("\"words\":[{\"words\":[\"a\",\"b\"],\"points\":5,"
			"\"loud\":true},{\"queue\":\"general\"}]")) != NULL);
	CHECK(bytes_find(kept(), BYTES("\"text\":\"\"")) != NULL);
	CHECK(bytes_find(kept(), BYTES("\"list\":[]")) != NULL);
	CHECK(bytes_find(kept(), BYTES("\"night\":false")) != NULL);
	CHECK(bytes_find(kept(), BYTES("\"half\":2")) != NULL);
	CHECK(bytes_find(kept(), BYTES("\"to\":\"https://x.test\"")) != NULL);
	CHECK(bytes_find(kept(), BYTES("token")) == NULL);
	CHECK_INT(pages_get_as(&f, cookie, URI), 200);
	CHECK(pages_has(&f, "name=\"s.words.0.words\" value=\"a, b\""));
	CHECK(pages_has(&f, "name=\"s.words.1.words\" value=\"\""));
	CHECK(pages_has(&f, "Back to how it comes"));
	/* one back, and all */
	CHECK_INT(
	    post(AS_IT_COMES NO_SECRET "&s.n=4&s.wait=2bh&reset=wait"), 303);
	CHECK_BYTES(kept(), "{\"n\":4}");
	pages_get_as(&f, cookie, URI);
	CHECK_INT(post("all=1&s.n=7"), 303);
	CHECK_BYTES(kept(), "");
	pages_teardown(&f);
}

static void
test_settings__say_what_is_wrong_at_its_field(void)
{
	static const struct {
		const char *fields, *field;
	} cases[] = {
		{ AS_IT_COMES "&s.n=10&s.wait=6h", "s.n" },
		{ AS_IT_COMES "&s.n=many&s.wait=6h", "s.n" },
		{ AS_IT_COMES "&s.n=3&s.wait=soon", "s.wait" },
		{ AS_IT_COMES "&s.n=3&s.wait=6h&s.agent=nobody", "s.agent" },
		{ AS_IT_COMES "&s.n=3&s.wait=6h&s.how=odd", "s.how" },
		{ AS_IT_COMES "&s.n=3&s.wait=6h&s.mark=a+b", "s.mark" },
		{ AS_IT_COMES "&s.n=3&s.wait=6h&s.words.2.points=x",
		    "s.words" },
		{ AS_IT_COMES "&s.n=3&s.wait=6h&s.words.2.queue=none",
		    "s.words" },
	};

	setup();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *fields = cases[i].fields;

		printf("# %s\n", fields);
		CHECK_INT(post(fields), 422);
		CHECK(pages_has(&f,
		    arena_printf(
			f.desk.arena, "href=\"#f-%s\"", cases[i].field)));
	}
	CHECK(pages_has(&f, "<option value=\"none\" selected>none</option>"));
	CHECK_BYTES(kept(), "");
	pages_teardown(&f);
}

static void
test_settings__never_show_a_secret(void)
{
	setup();
	CHECK_INT(post(AS_IT_COMES "&s.n=3&s.wait=6h&s.token=true"), 303);
	CHECK(bytes_start_with(kept(), BYTES("{\"token\":\"sealed:")));
	desk_submit(&f.desk, "wanda@example.org", "Smoke", "It smokes.");
	CHECK_INT(pages_get_as(&f, cookie, URI), 200);
	CHECK(!pages_has(&f, "value=\"true\""));
	CHECK(!pages_has(&f, "sealed:"));
	CHECK(pages_has(&f, "One is kept, and not shown."));
	CHECK(pages_has(&f, "-- token"));
	/* left empty it stays */
	CHECK_INT(post(AS_IT_COMES "&s.n=4&s.wait=6h&s.token="), 303);
	CHECK(bytes_find(kept(), BYTES("\"token\":\"sealed:")) != NULL);
	pages_get_as(&f, cookie, URI);
	/* wrong elsewhere: what was typed is not shown, nor lost what was */
	CHECK_INT(post(AS_IT_COMES "&s.n=99&s.wait=6h&s.token=hunter2"), 422);
	CHECK(!pages_has(&f, "hunter2"));
	CHECK_INT(
	    post(AS_IT_COMES "&s.n=4&s.wait=6h&remove.token=1&s.token="), 303);
	CHECK_BYTES(kept(), "{\"n\":4}");
	CHECK_INT(pages_get_as(&f, cookie, "/admin/scripts/mine"), 200);
	CHECK(!pages_has(&f, "sealed:"));
	pages_teardown(&f);
}

static void
test_settings__tell_who_was_quicker(void)
{
	const char *first;

	setup();
	first = rev();
	CHECK_INT(post(AS_IT_COMES NO_SECRET "&s.n=4&s.wait=6h"), 303);
	pages_get_as(&f, cookie, URI);
	CHECK_INT(pages_post_as(&f, cookie, URI,
		      arena_printf(f.desk.arena, "rev=%s&%s", first,
			  AS_IT_COMES NO_SECRET "&s.n=5&s.wait=1h")),
	    409);
	CHECK(pages_has(&f, "value=\"1h\""));
	CHECK_BYTES(kept(), "{\"n\":4}");
	pages_teardown(&f);
}

static void
test_settings__of_others_are_not_there(void)
{
	const char *bob;
	uint64_t id;

	setup();
	desk_script(&f.desk, "plain", "-- nothing to choose\n");
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/plain/settings"), 200);
	CHECK(pages_has(&f, "nothing to choose"));
	CHECK_INT(
	    pages_get_as(&f, cookie, "/admin/scripts/none/settings"), 404);
	id = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "bob", "name", "Bob", "email",
		"bob@example.com", "active", "yes", "role", "agent", NULL });
	bob = pages_cookie(&f, id);
	CHECK_INT(pages_get_as(&f, bob, URI), 404);
	pages_get_as(&f, bob, "/agent/me");
	CHECK_INT(pages_post_as(&f, bob, URI, "all=1"), 404);
	pages_header(&f, "HTTP_COOKIE", cookie);
	CHECK_INT(pages_post(&f, URI, "all=1"), 403);
	pages_teardown(&f);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	RUN(test_settings__show_each_type);
	RUN(test_settings__keep_only_what_is_not_as_it_comes);
	RUN(test_settings__say_what_is_wrong_at_its_field);
	RUN(test_settings__never_show_a_secret);
	RUN(test_settings__tell_who_was_quicker);
	RUN(test_settings__of_others_are_not_there);
	return tap_done();
}
