/* tests/unit/test_routes.c - desk.route: which requests a script hears of, what
 * it does, what goes out, and what an enemy tries. */
#include "config.h"
#include "core/base/secret.h"
#include "core/desk/route.h"
#include "core/model/ticket.h"
#include "tests/unit/pages_agent.h"
#include "tests/unit/pages_program.h"

#define SECRET_KEY "a long enough secret"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static uint64_t ticket;

static const char script[] =
    "desk.settings{ key = { type = 'string', secret = true, default = "
    "'" SECRET_KEY "' } }\n"
    "desk.route('POST /x/open', {}, function(request)\n"
    "  local number = request.form and request.form.ticket or\n"
    "    request.json and request.json.ticket\n"
    "  local ticket = number and desk.ticket(math.tointeger(number))\n"
    "  if not ticket then return { status = 404, json = { error = 'none' } } "
    "end\n"
    "  ticket:note('A call')\n"
    "  return { json = { number = ticket.number, from = request.address,\n"
    "    agent = request.headers['user-agent'], q = request.query.q,\n"
    "    cookie = request.headers.cookie or 'none' } }\n"
    "end)\n"
    "desk.route('POST /x/signed', { verify = { secret = 'key' } },\n"
    "  function(request) desk.ticket(1):tag('signed') end)\n"
    "desk.route('POST /x/hub', { verify = { secret = 'key', header =\n"
    "  'X-Hub-Signature-256' } }, function() return { text = 'ok' } end)\n"
    "desk.route('GET /x/text', {}, function() return { text = '<b>hi</b>',\n"
    "  status = 202, headers = { ['Retry-After'] = '5', ['X-Mine'] = 'a' } }\n"
    "end)\n"
    "desk.route('GET /x/header', {}, function() return { headers = {\n"
    "  ['X-Mine'] = 'a\\r\\nSet-Cookie: b=c' } } end)\n"
    "desk.route('GET /x/accel', {}, function() return { headers = {\n"
    "  ['X-Accel-Redirect'] = '/etc/passwd' } } end)\n"
    "desk.route('GET /x/cookie', {}, function() return { headers = {\n"
    "  ['Set-Cookie'] = 'a=b' } } end)\n"
    "desk.route('GET /x/html', {}, function() return { headers = {\n"
    "  ['Content-Type'] = 'text/html' }, text = '<script>' } end)\n"
    "desk.route('GET /x/nothing', {}, function() end)\n"
    "desk.route('GET /x/fails', {}, function() desk.ticket(1):tag('half')\n"
    "  error('no luck') end)\n"
    "desk.route('GET /x/loops', {}, function() while true do end end)\n"
    "desk.route('DELETE /x/nothing', {}, function() return 7 end)\n"
    "desk.route('POST /x/deep', {}, function(r) return { json = { n =\n"
    "  type(r.json) } } end)\n";

static size_t
entries(void)
{
	return (size_t)desk_field(&f.desk, ticket, TICKET_LAST_ENTRY);
}

static int
post(const char *path, const char *type, const char *body)
{
	if (type != NULL)
		pages_header(&f, "CONTENT_TYPE", type);
	return pages_send(&f, "POST", path, bytes_of(body));
}

/* An address of its own for each: limits are a test's own. */
static void
come_from(const char *address)
{
	f.client = address;
}

/* --- what it is given, and gives --- */

static void
test_route__does_and_answers(void)
{
	size_t before = entries();

	come_from("192.0.2.10");
	pages_header(&f, "HTTP_USER_AGENT", "sender/1");
	pages_header(&f, "HTTP_COOKIE", "secret=1");
	CHECK_INT(post("/x/open?q=a%20b&lang=de", "application/json",
		      "{\"ticket\":1}"),
	    200);
	CHECK_INT(got_int("number"), 1);
	CHECK_BYTES(got("from"), "192.0.2.10");
	CHECK_BYTES(got("agent"), "sender/1");
	CHECK_BYTES(got("q"), "a b");
	CHECK_BYTES(got("cookie"), "none");
	CHECK(strcmp(pages_got_header(&f, "Set-Cookie"), "") == 0);
	CHECK(strcmp(pages_got_header(&f, "Content-Type"),
		  "application/json") == 0);
	CHECK(strcmp(pages_got_header(&f, "X-Content-Type-Options"),
		  "nosniff") == 0);
	CHECK(strstr(pages_got_header(&f, "Content-Security-Policy"),
		  "default-src 'none'") != NULL);
	CHECK_INT(entries(), before + 1); /* the note, committed by now */
	/* a browser of another site, without a token: as any program */
	pages_header(&f, "HTTP_ORIGIN", "https://evil.test");
	CHECK_INT(post("/x/open", "application/x-www-form-urlencoded",
		      "ticket=1&ticket=2"),
	    200);
	CHECK_INT(
	    post("/x/open", "application/x-www-form-urlencoded", "ticket=77"),
	    404);
	CHECK_BYTES(got("error"), "none");
}

static void
test_route__is_found_by_method_and_path(void)
{
	come_from("192.0.2.11");
	CHECK_INT(pages_get(&f, "/x/text"), 202);
	CHECK_BYTES(buf_get(&f.response.body), "<b>hi</b>");
	CHECK(strcmp(pages_got_header(&f, "Content-Type"),
		  "text/plain;charset=utf-8") == 0);
	CHECK(strcmp(pages_got_header(&f, "Retry-After"), "5") == 0);
	CHECK(strcmp(pages_got_header(&f, "X-Mine"), "a") == 0);
	CHECK_INT(pages_get(&f, "/x/text/"), 202);
	CHECK_INT(pages_send(&f, "HEAD", "/x/text", BYTES_NONE), 202);
	CHECK_INT(pages_get(&f, "/x/nothing"), 204);
	CHECK_INT(post("/x/text", NULL, ""), 405);
	CHECK(strcmp(pages_got_header(&f, "Allow"), "GET") == 0);
	CHECK_INT(pages_get(&f, "/x/nope"), 404);
	CHECK_INT(pages_get(&f, "/x/text/more"), 404);
	CHECK_INT(pages_get(&f, "/x"), 404);
	CHECK_INT(pages_send(&f, "PATCH", "/x/text", BYTES_NONE), 405);
}

static void
test_route__that_fails_changes_nothing_and_tells_little(void)
{
	static const char *const bad[] = { "/x/header", "/x/accel", "/x/cookie",
		"/x/html", "/x/fails", "/x/loops" };
	uint64_t commit;

	come_from("192.0.2.12");
	for (size_t i = 0; i < COUNT(bad); i++) {
		printf("# %s\n", bad[i]);
		CHECK_INT(pages_get(&f, bad[i]), 500);
		CHECK_BYTES(got_error("code"), "script");
		CHECK(!pages_has(&f, "luck") && !pages_has(&f, ".lua"));
		CHECK(strcmp(pages_got_header(&f, "Set-Cookie"), "") == 0);
		CHECK(
		    strcmp(pages_got_header(&f, "X-Accel-Redirect"), "") == 0);
	}
	CHECK_INT(pages_send(&f, "DELETE", "/x/nothing", BYTES_NONE), 500);
	/* the first failures of a day are kept; then they are no write */
	come_from("192.0.2.18");
	for (int i = 0; i < 60; i++)
		CHECK_INT(pages_get(&f, "/x/fails"), 500);
	commit = store_commit_number(site_store(f.desk.site));
	CHECK_INT(pages_get(&f, "/x/fails"), 500);
	CHECK_INT(store_commit_number(site_store(f.desk.site)), commit);
	CHECK(!desk_has_tag(&f.desk, ticket, "half"));
	CHECK_INT(pages_get(&f, "/x/nothing"), 204); /* the host is there */
}

static void
test_route__takes_what_is_sound_alone(void)
{
	char *big = arena_alloc(f.desk.arena, ROUTE_BODY_MAX + 2);
	struct script_host_status was, is;
	char deep[200];

	come_from("192.0.2.13");
	script_host_status(site_scripts(f.desk.site), &was);
	memset(big, 'x', ROUTE_BODY_MAX + 1);
	big[ROUTE_BODY_MAX + 1] = '\0';
	CHECK_INT(post("/x/deep", "text/plain", big), 413);
	big[ROUTE_BODY_MAX] = '\0';
	CHECK_INT(post("/x/deep", "text/plain", big), 200);
	CHECK_INT(post("/x/deep", "application/json", "{\"a\":"), 400);
	CHECK_INT(
	    post("/x/deep", "application/json", "{\"a\":1,\"a\":2}"), 400);
	CHECK_INT(post("/x/deep", "text/plain", "\xff\xfe"), 415);
	pages_header(&f, "CONTENT_TYPE", "text/plain");
	CHECK_INT(
	    pages_send(&f, "POST", "/x/deep", (struct bytes){ "a\0b", 3 }),
	    415);
	for (int depth = 20; depth <= 60; depth++) {
		memset(deep, '[', (size_t)depth);
		memset(deep + depth, ']', (size_t)depth);
		deep[2 * depth] = '\0';
		CHECK_INT(post("/x/deep", "application/json", deep),
		    depth <= 24 ? 200 : 400);
	}
	CHECK_INT(
	    post("/x/deep", "application/json; charset=utf-8", "[]"), 200);
	CHECK_BYTES(got("n"), "table");
	for (size_t i = 0; i < ROUTE_BODY_MAX; i++) /* [1,1,1 ... 1] */
		big[i] = i % 2 ? '1' : ',';
	big[0] = '[';
	big[ROUTE_BODY_MAX - 2] = ' ';
	big[ROUTE_BODY_MAX - 1] = ']';
	big[ROUTE_BODY_MAX - 3] = '1';
	CHECK_INT(post("/x/deep", "application/json", big), 200);
	script_host_status(site_scripts(f.desk.site), &is);
	CHECK_INT(is.kills, was.kills);
	CHECK_INT(is.starts, was.starts);
	CHECK_INT(pages_get(&f, "/x/nothing"), 204);
}

/* --- signatures --- */

static const char *
mac(const char *hash, const char *text, bool is_hex)
{
	struct buf out = buf_in(f.desk.arena);
	uint8_t raw[SECRET_HMAC_MAX];
	enum secret_hmac kind;
	size_t size;

	MUST(secret_hmac_from(bytes_of(hash), &kind));
	size = secret_hmac(kind, BYTES(SECRET_KEY), bytes_of(text), raw);
	if (is_hex)
		secret_hex_add(&out, (struct bytes){ (char *)raw, size });
	else
		secret_base64_add(
		    &out, SECRET_BASE64, (struct bytes){ (char *)raw, size });
	return buf_string(&out);
}

static void
test_signature__is_taken_in_the_usual_forms(void)
{
	const char *hex = mac("sha256", "body", true);
	const char *base64 = mac("sha256", "body", false);
	const char *hex1 = mac("sha1", "body", true);
	const char *ours = mac("sha256", "1000.body", true);
	const struct {
		const char *hash, *value;
		int64_t now_s;
		bool is_right;
	} cases[] = {
		{ "sha256", hex, 0, true },
		{ "sha256", base64, 0, true },
		{ "sha256", arena_printf(f.desk.arena, "sha256=%s", hex), 0,
		    true },
		{ "sha256", arena_printf(f.desk.arena, "sha256=%s", base64), 0,
		    true },
		{ "sha256", arena_printf(f.desk.arena, "  %s ", hex), 0, true },
		{ "sha1", hex1, 0, true },
		{ "sha1", arena_printf(f.desk.arena, "sha1=%s", hex1), 0,
		    true },
		{ "sha256", arena_printf(f.desk.arena, "t=1000,v1=%s", ours),
		    1000, true },
		{ "sha256", arena_printf(f.desk.arena, "t=1000,v1=%s", ours),
		    1300, true },
		{ "sha256",
		    arena_printf(
			f.desk.arena, "t=1000, v1=%s, v1=%s", hex, ours),
		    700, true },
		{ "sha256", arena_printf(f.desk.arena, "t=1000,v1=%s", ours),
		    1301, false },
		{ "sha256", arena_printf(f.desk.arena, "t=1000,v1=%s", ours),
		    699, false },
		{ "sha256", arena_printf(f.desk.arena, "t=1001,v1=%s", ours),
		    1000, false },
		{ "sha256", arena_printf(f.desk.arena, "v1=%s", ours), 1000,
		    false },
		{ "sha256", "t=1000", 1000, false },
		{ "sha256", "t=1000,v1=", 1000, false },
		{ "sha256", "", 0, false },
		{ "sha256", "sha256=", 0, false },
		{ "sha256", hex1, 0, false },
		{ "sha1", hex, 0, false },
		{ "sha256", arena_printf(f.desk.arena, "sha1=%s", hex), 0,
		    false },
		{ "md5", hex, 0, false },
		{ "sha256", arena_printf(f.desk.arena, "%.62s00", hex), 0,
		    false },
		{ "sha256", arena_printf(f.desk.arena, "%s0", hex), 0, false },
		{ "sha256", arena_printf(f.desk.arena, "%.63s", hex), 0,
		    false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		printf("# %s %s\n", cases[i].hash, cases[i].value);
		CHECK(route_is_signed(bytes_of(cases[i].value), BYTES("body"),
			  BYTES(SECRET_KEY), bytes_of(cases[i].hash),
			  cases[i].now_s * 1000000) == cases[i].is_right);
		CHECK(!route_is_signed(bytes_of(cases[i].value), BYTES("body"),
		    BYTES(""), bytes_of(cases[i].hash),
		    cases[i].now_s * 1000000));
		CHECK(!route_is_signed(bytes_of(cases[i].value), BYTES("bode"),
		    BYTES(SECRET_KEY), bytes_of(cases[i].hash),
		    cases[i].now_s * 1000000));
	}
}

static void
test_signature__is_looked_at_before_any_script(void)
{
	struct script_host_status was, is;
	uint64_t refused = routes_refused(f.desk.site);
	long long now = site_now_us(f.desk.site) / 1000000;
	const char *text = arena_printf(f.desk.arena, "%lld.{}", now);

	come_from("192.0.2.14");
	script_host_status(site_scripts(f.desk.site), &was);
	CHECK_INT(post("/x/signed", "application/json", "{}"), 401);
	CHECK_BYTES(got_error("code"), "signature");
	pages_header(&f, "HTTP_HOOKDESK_SIGNATURE", "t=1,v1=00");
	CHECK_INT(post("/x/signed", "application/json", "{}"), 401);
	pages_header(&f, "HTTP_X_HUB_SIGNATURE_256", "sha256=00");
	CHECK_INT(post("/x/hub", "application/json", "{}"), 401);
	script_host_status(site_scripts(f.desk.site), &is);
	CHECK_INT(is.calls, was.calls);
	CHECK_INT(routes_refused(f.desk.site), refused + 3);
	CHECK(!desk_has_tag(&f.desk, ticket, "signed"));

	pages_header(&f, "HTTP_X_HUB_SIGNATURE_256",
	    arena_printf(f.desk.arena, "sha256=%s", mac("sha256", "{}", true)));
	CHECK_INT(post("/x/hub", "application/json", "{}"), 200);
	pages_header(&f, "HTTP_HOOKDESK_SIGNATURE",
	    arena_printf(
		f.desk.arena, "t=%lld,v1=%s", now, mac("sha256", text, true)));
	CHECK_INT(post("/x/signed", "application/json", "{}"), 204);
	CHECK(desk_has_tag(&f.desk, ticket, "signed"));
}

static void
test_route__does_a_repeat_once(void)
{
	size_t before = entries();

	come_from("192.0.2.15");
	for (int i = 0; i < 3; i++) {
		pages_header(&f, "HTTP_IDEMPOTENCY_KEY", "again");
		CHECK_INT(
		    post("/x/open", "application/json", "{\"ticket\":1}"), 200);
		CHECK(strcmp(pages_got_header(&f, "Idempotency-Replayed"),
			  i > 0 ? "true" : "") == 0);
	}
	CHECK_INT(entries(), before + 1);
	for (int i = 0; i < 2; i++) {
		pages_header(&f, "HTTP_HOOKDESK_DELIVERY", "again");
		CHECK_INT(
		    post("/x/open", "application/json", "{\"ticket\":1}"), 200);
	}
	CHECK_INT(entries(), before + 1); /* the same key */
	CHECK_INT(post("/x/open", "application/json", "{\"ticket\":1}"), 200);
	CHECK_INT(entries(), before + 2);
}

static void
test_route__is_not_flooded(void)
{
	struct script_host_status was, is;
	int taken = 0, status = 0;

	come_from("192.0.2.16");
	script_host_status(site_scripts(f.desk.site), &was);
	for (int i = 0; i < 1000 && status != 429; i++) {
		status = pages_get(&f, "/x/nothing");
		taken += status == 204;
	}
	CHECK_INT(status, 429);
	CHECK(taken >= 100 && taken < 1000);
	CHECK(pages_got_header(&f, "Retry-After")[0] != '\0');
	script_host_status(site_scripts(f.desk.site), &is);
	CHECK_INT(is.calls - was.calls, taken);
	come_from("192.0.2.17"); /* another one is served */
	CHECK_INT(pages_get(&f, "/x/nothing"), 204);
	status = 0;
	for (int i = 0; i < 100 && status != 429; i++)
		status = post("/x/hub", "application/json", "{}");
	CHECK_INT(status, 429);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	pages_setup(&f);
	ticket = desk_submit(&f.desk, "a@example.com", "Late", "Where is it?");
	desk_script(&f.desk, "my", script);
	RUN(test_route__does_and_answers);
	RUN(test_route__is_found_by_method_and_path);
	RUN(test_route__that_fails_changes_nothing_and_tells_little);
	RUN(test_route__takes_what_is_sound_alone);
	RUN(test_signature__is_taken_in_the_usual_forms);
	RUN(test_signature__is_looked_at_before_any_script);
	RUN(test_route__does_a_repeat_once);
	RUN(test_route__is_not_flooded);
	pages_teardown(&f);
	return tap_done();
}
