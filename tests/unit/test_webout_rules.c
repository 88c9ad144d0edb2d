/* tests/unit/test_webout_rules.c - tests of what desk.http takes, in
 * core/lua/http.c and core/desk/wish_http.c; of signing and secrets. */
#include "config.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/desk/trace.h"
#include "tests/unit/webout_fixture.h"

static const struct desk_output none = { .has_no_requests = true };

/* HMAC-SHA256 of "SECONDS.BODY", as any other implementation has it. */
static void
test_desk_http__signs(void)
{
	struct desk_fixture f;
	uint8_t mac[SECRET_HMAC_MAX];
	char text[100], want[200];
	size_t size, at;

	setup(&f, &fake);
	set_setting(&f, "script/my", "{\"token\":\"k3y-of-the-hook\"}");
	web.status = 500;
	script(
	    &f, "desk.http { url = '" URL "', body = 'abc', sign = 'token' }");
	ask(&f);
	advance(&f, 15);
	CHECK_INT(web.count, 2);
	for (size_t i = 0; i < 2; i++) {
		long long now_s = web.requests[i].at_us / CLOCK_SECOND_US;

		snprintf(text, sizeof text, "%lld.abc", now_s);
		size = secret_hmac(SECRET_HMAC_SHA256, BYTES("k3y-of-the-hook"),
		    bytes_of(text), mac);
		at = (size_t)snprintf(want, sizeof want, "t=%lld,v1=", now_s);
		for (size_t b = 0; b < size; b++)
			at += (size_t)snprintf(
			    want + at, sizeof want - at, "%02x", mac[b]);
		CHECK_BYTES(bytes_of(web.requests[i].sign), want);
	}
	desk_teardown(&f);
}

static void
test_desk_http__signs_with_secret_settings_only(void)
{
	static const char *const wrong[] = { "plain", "nothing", "k3y" };
	struct desk_fixture f;
	struct bytes id;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char what[200];

		setup(&f, &fake);
		snprintf(what, sizeof what,
		    "desk.http { url = '" URL "', sign = '%s' }", wrong[i]);
		script(&f, what);
		ask(&f);
		CHECK_INT(web.count, 0);
		CHECK_INT(count_failed(&f, &id), 1);
		CHECK_STORED(&f, "my/failures", "nothing"); /* the run did */
		desk_teardown(&f);
	}
	/* One that is not set yet: it is not sent unsigned. */
	setup(&f, &fake);
	script(&f, "desk.http { url = '" URL "', sign = 'token' }");
	ask(&f);
	CHECK_INT(web.count, 0);
	CHECK_STORED(&f, "my/failed",
	    "\"my|GET|api.example.org|nil|the setting it is signed with is "
	    "empty|1|nil\"");
	desk_teardown(&f);
}

/* In whatever a run leaves behind: what it wishes, prints, asks and raises. */
static void
test_traces__hide_secrets(void)
{
	static const char *const whats[] = {
		"desk.http { url = '" URL "', sign = 'token',\n"
		"  headers = { Authorization = 'Bearer ' .. settings.token } }",
		"print(settings.token, 'and', settings.plain) ticket:tag('a')",
		"desk.hmac('sha256', settings.token, 'x') ticket:tag('a')",
		"error('with ' .. settings.token)",
	};
	static const char secret[] = "s3\"cr\\et";

	for (size_t i = 0; i < sizeof whats / sizeof *whats; i++) {
		struct trace_run *runs, run;
		struct desk_fixture f;
		struct site_read read;
		size_t count = 0;

		setup(&f, &fake);
		set_setting(&f, "script/my", "{\"token\":\"s3\\\"cr\\\\et\"}");
		script(&f, whats[i]);
		ask(&f);
		MUST(site_read_begin(f.site, &read));
		MUST(trace_newest(
		    &read, BYTES("my"), 10, f.arena, &runs, &count));
		CHECK(count > 0);
		for (size_t n = 0; n < count; n++) {
			MUST(trace_find(&read, runs[n].id, f.arena, &run));
			/* Not "s3": a ticket's link has that now and then. */
			CHECK(bytes_find(run.conversation, BYTES("cr\\")) ==
			    NULL);
			CHECK(bytes_find(run.error, bytes_of(secret)) == NULL);
			if (bytes_is(run.name, "my/ask"))
				CHECK(bytes_find(run.conversation,
					  BYTES("[secret]")) != NULL);
		}
		site_read_end(&read);
		if (i == 0)
			CHECK(strstr(web.requests[0].fields, secret) != NULL);
		desk_teardown(&f);
	}
}

/* What is said of a file that does not load goes to the log, too. */
static void
test_scripts_load__hides_secrets(void)
{
	static const char *const sources[] = {
		"local s = desk.settings { token = { type = 'string',\n"
		"  secret = true } } error('with ' .. s.token)",
		"desk.settings { token = { type = 'word', words = { 'a' },\n"
		"  secret = true } }",
	};

	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		struct buf report = BUF_INIT;
		char path[PATH_MAX + 128];
		struct desk_fixture f;

		setup(&f, &fake);
		set_setting(&f, "script/my", "{\"token\":\"s3cret\"}");
		snprintf(path, sizeof path, "%s/scripts/my.lua", f.dir);
		MUST(file_replace(path, 0600, bytes_of(sources[i]), NULL));
		MUST(scripts_load(f.site, &report, &f.why));
		printf("# %s", buf_string(&report));
		CHECK(strstr(buf_string(&report), "does not load") != NULL);
		CHECK(strstr(buf_string(&report), "[secret]") != NULL);
		CHECK(strstr(buf_string(&report), "s3cret") == NULL);
		buf_release(&report);
		desk_teardown(&f);
	}
}

static void
test_desk_http__says_what_is_wrong(void)
{
	static const struct {
		const char *given, *words;
	} cases[] = {
		{ "", "which url?" },
		{ "url = 'ftp://x.test/'", "https:// or http://" },
		{ "url = 'https://x.test/a b'", "no blanks" },
		{ "url = 'https://x.test/\\r\\nA: b'", "no blanks" },
		{ "url = '" URL "', method = 'PTCH'", "PATCH" },
		{ "url = '" URL "', method = 'CONNECT'", "no method" },
		{ "url = '" URL "', json = 1, body = ''", "not both" },
		{ "url = '" URL "', headers = { Host = 'a' }", "\"Host\"" },
		{ "url = '" URL "', headers = { ['content-length'] = '1' }",
		    "no header to set" },
		{ "url = '" URL "', headers = { ['Transfer-Encoding'] = 'a' }",
		    "no header to set" },
		{ "url = '" URL "', headers = { ['Idempotency-Key'] = 'a' }",
		    "no header to set" },
		{ "url = '" URL "', headers = { ['A\\nB'] = 'a' }",
		    "no header to set" },
		{ "url = '" URL "', headers = { A = 'a\\r\\nB: c' }",
		    "control character" },
		{ "url = '" URL "', headers = 'A: b'", "a table" },
		{ "url = '" URL "', answer = 'herd'", "\"heard\"" },
		{ "url = '" URL "', data = 1", "answer" },
		{ "url = '" URL "', body = ('x'):rep(32769)", "32768" },
		/* the load does not see this one */
		{ "url = '" URL "', ['retr' .. 'ies'] = 1", "unknown option" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct desk_fixture f;
		struct trace_run *runs;
		struct site_read read;
		size_t count = 0;
		char what[300];

		setup(&f, &fake);
		snprintf(what, sizeof what, "desk.http { %s }", cases[i].given);
		script(&f, what);
		ask(&f);
		CHECK_INT(web.count, 0);
		MUST(site_read_begin(f.site, &read));
		MUST(trace_newest(
		    &read, BYTES("my"), 1, f.arena, &runs, &count));
		CHECK_INT(count, 1);
		if (count == 1 &&
		    bytes_find(runs[0].error, bytes_of(cases[i].words)) ==
			NULL) {
			printf("# %s: %.*s\n", cases[i].given,
			    BYTES_ARG(runs[0].error));
			CHECK(!"it says so");
		}
		site_read_end(&read);
		desk_teardown(&f);
	}
}

/* What the script host checks, it may be made not to: the run of a timer, as
 * if one had wished <wish>. */
static enum err
wish(struct desk_fixture *f, const char *wish)
{
	struct job_run run = { .hook = BYTES("job"), .mark = BYTES("1") };
	struct act_input input;

	record_init(&run.job, KIND_JOB, 0);
	record_set_int(&run.job, JOB_TYPE, JOB_EVERY);
	record_set_text(&run.job, JOB_NAME, BYTES("my/timer"));
	MUST(json_parse(
	    f->arena, bytes_of(wish), JSON_BYTES_MAX, &run.wishes, NULL));
	act_input_init(&input, VERB_SCRIPT_RUN, KIND_NONE);
	input.actor = actor_system();
	input.run = &run;
	return desk_act(f->site, &input, f->arena, &f->result, &f->why);
}

static void
test_wishes__are_not_believed(void)
{
	static const struct {
		const char *given;
		enum err want;
	} cases[] = {
		{ "\"method\":\"GET\"", ERR_OK },
		{ "\"method\":\"get\"", ERR_INVALID },
		{ "\"method\":\"GET / HTTP/1.1\\r\\nA:\"", ERR_INVALID },
		{ "\"method\":1", ERR_INVALID },
		{ "\"method\":\"GET\",\"headers\":[]", ERR_INVALID },
		{ "\"method\":\"GET\",\"headers\":{\"Host\":\"a\"}",
		    ERR_INVALID },
		{ "\"method\":\"GET\",\"headers\":{\"A\":\"b\\r\\nC: d\"}",
		    ERR_INVALID },
		{ "\"method\":\"GET\",\"headers\":{\"A\":1}", ERR_INVALID },
		{ "\"method\":\"GET\",\"body\":1", ERR_INVALID },
		{ "\"method\":\"GET\",\"sign\":\"plain\"", ERR_INVALID },
		{ "\"method\":\"GET\",\"ticket\":99", ERR_NOT_FOUND },
	};
	static char body[WEBOUT_WISH_MAX];
	struct desk_fixture f;

	setup(&f, &fake);
	script(&f, "");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].given);
		CHECK_INT(wish(&f,
			      arena_printf(f.arena,
				  "[{\"do\":\"http\",\"url\":\"" URL "\",%s}]",
				  cases[i].given)),
		    cases[i].want);
	}
	CHECK_INT(wish(&f,
		      "[{\"do\":\"http\",\"method\":\"GET\","
		      "\"url\":\"file:///etc/passwd\"}]"),
	    ERR_INVALID);
	memset(body, 'x', sizeof body - 1);
	CHECK_INT(wish(&f,
		      arena_printf(f.arena,
			  "[{\"do\":\"http\",\"method\":\"GET\",\"url\":\"" URL
			  "\",\"body\":\"%s\"}]",
			  body)),
	    ERR_LIMIT);
	desk_run_jobs(&f);
	CHECK_INT(web.count, 1);
	desk_teardown(&f);
}

static void
test_scripts_load__refuses_requests_nobody_makes(void)
{
	struct buf report = BUF_INIT;
	struct desk_fixture f;
	char path[PATH_MAX + 128];

	setup(&f, &none);
	snprintf(path, sizeof path, "%s/scripts/my.lua", f.dir);
	MUST(file_replace(path, 0600,
	    BYTES("desk.job('a', function()\n"
		  "  desk.http { url = '" URL "' }\n"
		  "end)\n"),
	    NULL));
	MUST(scripts_load(f.site, &report, &f.why));
	printf("# %s", buf_string(&report));
	CHECK(strstr(buf_string(&report), "my.lua:2:") != NULL);
	CHECK(strstr(buf_string(&report), "plugin \"http\"") != NULL);
	buf_release(&report);
	desk_teardown(&f);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	RUN(test_desk_http__signs);
	RUN(test_desk_http__signs_with_secret_settings_only);
	RUN(test_traces__hide_secrets);
	RUN(test_scripts_load__hides_secrets);
	RUN(test_desk_http__says_what_is_wrong);
	RUN(test_wishes__are_not_believed);
	RUN(test_scripts_load__refuses_requests_nobody_makes);
	return tap_done();
}
