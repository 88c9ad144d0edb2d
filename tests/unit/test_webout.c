/* tests/unit/test_webout.c - tests of desk.http: core/lua/http.c,
 * core/desk/webout.c and what is around them, on a whole desk. The client only
 * keeps what it is given. */
#include "config.h"
#define HD_HOST_SIDE
#include "core/desk/webout.h"
#include "core/base/http.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/desk/job.h"
#include "core/desk/trace.h"
#include "core/plugin.h"
#include "tests/tap.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1 /* the admin's id */
#define SENT_MAX 64

/* What the client was given, and what it says to it. */
static struct {
	struct {
		char method[16], url[200], body[400], key[100], sign[200];
		char fields[600]; /* "name: value\n" each */
		int64_t at_us;
	} requests[SENT_MAX];
	size_t count;
	char allowed[400]; /* "a b", of the last one */
	enum hd_http_state state;
	int status, retry_after_s;
	const char *text;
	size_t text_size; /* 0: that of the text */
} web;

static struct desk_fixture *desk;

static void
fake_request(void *arg, const struct hd_http_request *request,
    struct hd_http_outcome *outcome)
{
	size_t n = web.count++ % SENT_MAX, used = 0;

	(void)arg;
	memset(&web.requests[n], 0, sizeof web.requests[n]);
	web.requests[n].at_us = clock_read(&desk->clock);
	snprintf(web.requests[n].method, sizeof web.requests[n].method, "%s",
	    request->method);
	snprintf(web.requests[n].url, sizeof web.requests[n].url, "%s",
	    request->url);
	snprintf(web.requests[n].body, sizeof web.requests[n].body, "%.*s",
	    (int)request->body_size,
	    request->body != NULL ? request->body : "");
	for (size_t i = 0; i < request->field_count; i++) {
		const struct hd_http_field *field = &request->fields[i];

		if (strcmp(field->name, HTTP_FIELD_KEY) == 0)
			snprintf(web.requests[n].key,
			    sizeof web.requests[n].key, "%s", field->value);
		else if (strcmp(field->name, HTTP_FIELD_SIGNATURE) == 0)
			snprintf(web.requests[n].sign,
			    sizeof web.requests[n].sign, "%s", field->value);
		else
			used += (size_t)snprintf(&web.requests[n].fields[used],
			    sizeof web.requests[n].fields - used, "%s: %s\n",
			    field->name, field->value);
	}
	web.allowed[0] = '\0';
	for (size_t i = 0, at = 0; i < request->allowed_count; i++)
		at += (size_t)snprintf(&web.allowed[at],
		    sizeof web.allowed - at, "%s%s", i > 0 ? " " : "",
		    request->allowed[i]);
	outcome->state = web.state;
	outcome->status = web.state == HD_HTTP_ANSWERED ? web.status : 0;
	outcome->retry_after_s = web.retry_after_s;
	snprintf(outcome->error, sizeof outcome->error, "nobody is there");
	outcome->body_size = web.text_size > 0 ? web.text_size :
						 strlen(web.text);
	memcpy(outcome->body, web.text, outcome->body_size);
}

static const struct desk_output fake = { .request = fake_request };
static const struct desk_output none = { .has_no_requests = true };

static void
setup(struct desk_fixture *f, const struct desk_output *output)
{
	memset(&web, 0, sizeof web);
	web.status = 200;
	web.text = "";
	desk = f;
	desk_fixture_output = output;
	desk_setup(f);
}

/* What the scripts keep under <name>, "my/got". */
static const char *
stored(struct desk_fixture *f, const char *name)
{
	struct bytes text = BYTES("nothing");
	struct site_read read;
	struct record value;
	char *copy;

	MUST(site_read_begin(f->site, &read));
	if (record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
		bytes_of(name), &value) == ERR_OK)
		text = record_text(&value, VALUE_VALUE);
	copy = arena_copy(f->arena, text.at, text.len);
	site_read_end(&read);
	return copy;
}

#define CHECK_STORED(f, name, want) CHECK_BYTES(bytes_of(stored(f, name)), want)

static void
advance(struct desk_fixture *f, int64_t seconds)
{
	clock_set(&f->clock, clock_read(&f->clock) + seconds * CLOCK_SECOND_US);
	desk_run_jobs(f);
}

/* As long as jobs wait, from one to the next. */
static void
run_out(struct desk_fixture *f)
{
	int64_t due_us;

	for (int i = 0; i < 50; i++) {
		desk_run_jobs(f);
		MUST(runner_next_due(f->site, &due_us));
		if (due_us == INT64_MAX)
			return;
		clock_set(&f->clock, due_us);
	}
	CHECK(!"they end");
}

static uint64_t
ask(struct desk_fixture *f)
{
	uint64_t ticket = desk_submit(f, "c@example.org", "Hello", "words");

	desk_run_jobs(f);
	return ticket;
}

static size_t
count_failed(struct desk_fixture *f, struct bytes *id)
{
	struct job_at at = { .number = 0 };
	struct buf name = buf_in(f->arena);
	struct site_read read;
	struct job_run run;
	size_t count = 0;

	MUST(site_read_begin(f->site, &read));
	while (job_next_failed(read.snapshot, &at, &run) == ERR_OK) {
		printf("# set aside: %.*s\n",
		    BYTES_ARG(record_text(&run.job, JOB_ERROR)));
		if (count++ == 0)
			job_id_add(&name, &at);
	}
	site_read_end(&read);
	*id = buf_get(&name);
	return count;
}

/* A handler of ticket.created that does <what>, a job that keeps what it hears
 * as my/got and counts itself as my/runs, and one that keeps failures. */
static void
script(struct desk_fixture *f, const char *what)
{
	struct buf text = buf_in(f->arena);

	buf_printf(&text,
	    "local settings = desk.settings {\n"
	    "  token = { type = 'string', secret = true },\n"
	    "  plain = { type = 'string', default = 'not a secret' },\n"
	    "}\n"
	    "desk.on('ticket.created', { name = 'ask' }, function(event)\n"
	    "  local ticket = event.ticket\n"
	    "  %s\n"
	    "end)\n"
	    "desk.job('heard', function(ticket, job)\n"
	    "  local a = job.answer\n"
	    "  desk.store:add('runs', 1)\n"
	    "  local said = {}\n"
	    "  for i, name in ipairs { 'ok', 'status', 'text', 'error' } do\n"
	    "    said[i] = name .. '=' .. tostring(a[name])\n"
	    "  end\n"
	    "  desk.store:set('text', #a.text)\n"
	    "  desk.store:set('got', #a.text < 99 and table.concat(said, '|'))\n"
	    "  desk.store:set('with', table.concat({\n"
	    "    tostring(ticket and ticket.number),\n"
	    "    tostring(a.json and a.json.word),\n"
	    "    tostring(job.data and job.data[1]) }, '|'))\n"
	    "end)\n"
	    "desk.on('http.failed', { name = 'failed' }, function(event)\n"
	    "  local r = event.request\n"
	    "  desk.store:add('failures', 1)\n"
	    "  desk.store:set('failed', table.concat({ r.script, r.method,\n"
	    "    r.host, tostring(r.status), r.error, r.tries,\n"
	    "    tostring(event.ticket and event.ticket.number) }, '|'))\n"
	    "end)\n",
	    what);
	desk_script(f, "my", buf_string(&text));
}

#define URL "https://api.example.org/x?token=abc"
#define HEARD "desk.http { url = '" URL "', answer = 'heard' }"

static void
test_desk_http__sends_what_the_script_says(void)
{
	struct desk_fixture f;

	setup(&f, &fake);
	script(&f,
	    "desk.http { url = '" URL "', json = { n = 1, list = { 'a' } },\n"
	    "  headers = { ['X-Team'] = 'blue' } }\n"
	    "desk.http { url = '" URL "' }\n"
	    "desk.http { method = 'PUT', url = '" URL "', body = '' }\n");
	ask(&f);
	CHECK_INT(web.count, 3);
	CHECK_BYTES(bytes_of(web.requests[0].method), "POST");
	CHECK_BYTES(bytes_of(web.requests[0].url), URL);
	CHECK(strstr(web.requests[0].body, "\"n\":1") != NULL);
	CHECK(strstr(web.requests[0].fields, "X-Team: blue\n") != NULL);
	CHECK(strstr(web.requests[0].fields,
		  "Content-Type: application/json\n") != NULL);
	CHECK_BYTES(bytes_of(web.requests[1].method), "GET");
	CHECK_BYTES(bytes_of(web.requests[1].fields), "");
	CHECK_BYTES(bytes_of(web.requests[2].method), "PUT");
	CHECK(web.requests[0].key[0] != '\0');
	CHECK(strcmp(web.requests[0].key, web.requests[1].key) != 0);
	advance(&f, 86400);
	CHECK_INT(web.count, 3);
	CHECK_STORED(&f, "my/failures", "nothing");
	desk_teardown(&f);
}

static void
test_desk_http__tells_the_job_of_the_answer(void)
{
	struct desk_fixture f;

	setup(&f, &fake);
	web.text = "{\"word\":\"ja\"}";
	script(&f,
	    "desk.http { url = '" URL "', answer = 'heard', ticket = ticket,\n"
	    "  data = { 7 } }");
	ask(&f);
	CHECK_STORED(&f, "my/got",
	    "\"ok=true|status=200|text={\\\"word\\\":\\\"ja\\\"}|error=nil\"");
	CHECK_STORED(&f, "my/with", "\"1|ja|7\"");
	CHECK_STORED(&f, "my/runs", "1");
	desk_teardown(&f);
}

static void
test_desk_http__final_answers(void)
{
	static const int finals[] = { 301, 302, 400, 404, 410 };

	for (size_t i = 0; i < sizeof finals / sizeof *finals; i++) {
		struct desk_fixture f;
		char want[100];

		setup(&f, &fake);
		web.status = finals[i];
		web.text = "no JSON";
		script(&f, HEARD);
		ask(&f);
		run_out(&f);
		CHECK_INT(web.count, 1);
		snprintf(want, sizeof want,
		    "\"ok=false|status=%d|text=no JSON|error=the answer is "
		    "%d\"",
		    finals[i], finals[i]);
		CHECK_STORED(&f, "my/got", want);
		CHECK_STORED(&f, "my/failures", "nothing");
		desk_teardown(&f);
	}
}

/* After 15 seconds, 1, 4, 16 minutes, an hour, and at the end of two hours. */
static void
test_desk_http__tries_again_for_two_hours(void)
{
	static const int64_t after_s[] = { 0, 15, 75, 315, 1275, 4875, 7200 };
	size_t tries = sizeof after_s / sizeof *after_s;
	struct desk_fixture f;
	struct bytes id;

	setup(&f, &fake);
	web.status = 503;
	script(&f, HEARD);
	ask(&f);
	run_out(&f);
	CHECK_INT(web.count, tries);
	for (size_t i = 0; i < tries && i < web.count; i++) {
		CHECK_INT(
		    (web.requests[i].at_us - FIXTURE_TIME_US) / CLOCK_SECOND_US,
		    after_s[i]);
		CHECK(strcmp(web.requests[i].key, web.requests[0].key) == 0);
	}
	CHECK_STORED(&f, "my/runs", "1");
	CHECK_STORED(&f, "my/got",
	    "\"ok=false|status=503|text=|error=the answer is 503\"");
	CHECK_STORED(&f, "my/failures", "1");
	CHECK_INT(count_failed(&f, &id), 0);
	desk_teardown(&f);
}

static void
test_desk_http__runs_the_job_once_it_is_answered(void)
{
	struct desk_fixture f;

	setup(&f, &fake);
	web.state = HD_HTTP_LATER;
	script(&f, HEARD);
	ask(&f);
	CHECK_STORED(&f, "my/runs", "nothing");
	web.state = HD_HTTP_ANSWERED;
	run_out(&f);
	CHECK_INT(web.count, 2);
	CHECK_STORED(&f, "my/runs", "1");
	CHECK_STORED(&f, "my/got", "\"ok=true|status=200|text=|error=nil\"");
	desk_teardown(&f);
}

static void
test_desk_http__raises_http_failed(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct bytes id;

	setup(&f, &fake);
	web.status = 404;
	script(&f, "desk.http { url = '" URL "', ticket = ticket }");
	ask(&f);
	CHECK_STORED(&f, "my/failed",
	    "\"my|GET|api.example.org|404|the answer is 404|1|1\"");
	CHECK_INT(count_failed(&f, &id), 0);
	web.state = HD_HTTP_REFUSED;
	ask(&f);
	CHECK_STORED(&f, "my/failed",
	    "\"my|GET|api.example.org|nil|nobody is there|1|2\"");
	/* Given up, it is set aside: an admin runs it again. */
	CHECK_INT(count_failed(&f, &id), 1);
	web.state = HD_HTTP_ANSWERED;
	web.status = 200;
	act_input_init(&input, VERB_JOB_AGAIN, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.secret = id;
	MUST(desk_do(&f, &input));
	desk_run_jobs(&f);
	CHECK_INT(web.count, 3);
	CHECK_INT(count_failed(&f, &id), 0);
	CHECK_STORED(&f, "my/failures", "2");
	desk_teardown(&f);
}

static void
test_desk_http__honours_retry_after(void)
{
	static const struct {
		int said_s, want_s;
	} cases[] = { { 5, 15 }, { 600, 600 }, { 100000, 3600 } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct desk_fixture f;

		setup(&f, &fake);
		web.status = 429;
		web.retry_after_s = cases[i].said_s;
		script(&f, HEARD);
		ask(&f);
		advance(&f, cases[i].want_s - 1);
		CHECK_INT(web.count, 1);
		advance(&f, 1);
		CHECK_INT(web.count, 2);
		desk_teardown(&f);
	}
}

static void
set_setting(struct desk_fixture *f, const char *name, const char *value)
{
	const char *const values[] = { "name", name, "value", value, NULL };

	desk_add(f, KIND_SETTING, values);
}

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
			CHECK(
			    bytes_find(run.conversation, BYTES("s3")) == NULL);
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

static void
test_desk_http__keeps_the_order_of_a_ticket(void)
{
	struct desk_fixture f;

	setup(&f, &fake);
	web.state = HD_HTTP_LATER;
	script(&f,
	    "for i = 1, 2 do\n"
	    "  desk.http { url = 'https://api.example.org/' .. ticket.number\n"
	    "    .. '/' .. i, ticket = ticket }\n"
	    "end\n"
	    "desk.http { url = 'https://api.example.org/any' }");
	ask(&f);
	CHECK_INT(web.count, 2); /* the second one of the ticket waits */
	CHECK_BYTES(
	    bytes_of(web.requests[0].url), "https://api.example.org/1/1");
	CHECK_BYTES(
	    bytes_of(web.requests[1].url), "https://api.example.org/any");
	web.state = HD_HTTP_ANSWERED;
	ask(&f); /* another ticket's do not */
	CHECK_INT(web.count, 5);
	advance(&f, 15);
	CHECK_INT(web.count, 8);
	for (size_t i = 5; i < 8; i++)
		if (strcmp(web.requests[i].url,
			"https://api.example.org/1/2") == 0)
			CHECK(i > 5);
	desk_teardown(&f);
}

/* All or nothing, as with a run's other effects. */
static void
test_desk_http__goes_out_with_the_run_or_not_at_all(void)
{
	struct desk_fixture f;
	struct bytes id;

	setup(&f, &fake);
	script(&f, HEARD " error('no')");
	ask(&f);
	CHECK_INT(web.count, 0);
	script(&f, "for i = 1, 11 do " HEARD " end");
	ask(&f);
	CHECK_INT(web.count, 0);
	CHECK_INT(count_failed(&f, &id), 2);
	script(&f, "for i = 1, 10 do " HEARD " end");
	ask(&f);
	CHECK_INT(web.count, 10);
	desk_teardown(&f);
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
		{ "url = '" URL "', retries = 1", "unknown option" },
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

/* A job that hears of its own request's answer, and asks again. */
static void
test_desk_http__ends_circles(void)
{
	struct desk_fixture f;
	struct bytes id;

	setup(&f, &fake);
	desk_script(&f, "my",
	    "desk.on('ticket.created', {}, function()\n"
	    "  desk.http { url = '" URL "', answer = 'again' }\n"
	    "end)\n"
	    "desk.job('again', function()\n"
	    "  desk.http { url = '" URL "', answer = 'again' }\n"
	    "end)\n");
	ask(&f);
	CHECK_INT(web.count, 1);
	CHECK_INT(count_failed(&f, &id), 1);
	desk_teardown(&f);
}

static void
test_desk_http__passes_on_what_is_allowed(void)
{
	struct desk_fixture f;

	setup(&f, &fake);
	set_setting(
	    &f, "http.allowed", "\"wiki.intranet:8080  [fd00::7]:443\"");
	script(&f, HEARD);
	ask(&f);
	CHECK_BYTES(bytes_of(web.allowed), "wiki.intranet:8080 [fd00::7]:443");
	desk_teardown(&f);
}

/* Of a long answer there is as much as can be kept, whatever it is. */
static void
test_desk_http__keeps_long_answers(void)
{
	static char text[WEBOUT_ANSWER_MAX];
	struct desk_fixture f;
	int64_t kept = 0;

	for (int is_bad = 0; is_bad < 2; is_bad++) {
		setup(&f, &fake);
		memset(text, is_bad ? 0xff : 'x', sizeof text);
		web.text = text;
		web.text_size = sizeof text;
		script(&f, HEARD);
		ask(&f);
		kept = strtoll(stored(&f, "my/text"), NULL, 10);
		CHECK(kept > 60000 && kept <= WEBOUT_ANSWER_MAX);
		desk_teardown(&f);
	}
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

/* With nobody to send them yet, as for a command: they wait. */
static void
test_desk_http__waits_for_a_client(void)
{
	static const struct desk_output quiet = { .arg = NULL };
	struct desk_fixture f;

	setup(&f, &quiet);
	script(&f, HEARD);
	ask(&f);
	site_close(f.site);
	desk_fixture_output = &fake;
	desk_open(&f);
	desk_run_jobs(&f);
	CHECK_INT(web.count, 1);
	desk_teardown(&f);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	RUN(test_desk_http__sends_what_the_script_says);
	RUN(test_desk_http__tells_the_job_of_the_answer);
	RUN(test_desk_http__final_answers);
	RUN(test_desk_http__tries_again_for_two_hours);
	RUN(test_desk_http__runs_the_job_once_it_is_answered);
	RUN(test_desk_http__raises_http_failed);
	RUN(test_desk_http__honours_retry_after);
	RUN(test_desk_http__signs);
	RUN(test_desk_http__signs_with_secret_settings_only);
	RUN(test_traces__hide_secrets);
	RUN(test_desk_http__keeps_the_order_of_a_ticket);
	RUN(test_desk_http__goes_out_with_the_run_or_not_at_all);
	RUN(test_desk_http__says_what_is_wrong);
	RUN(test_wishes__are_not_believed);
	RUN(test_desk_http__ends_circles);
	RUN(test_desk_http__passes_on_what_is_allowed);
	RUN(test_desk_http__keeps_long_answers);
	RUN(test_desk_http__waits_for_a_client);
	RUN(test_scripts_load__refuses_requests_nobody_makes);
	return tap_done();
}
