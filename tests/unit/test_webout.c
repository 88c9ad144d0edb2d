/* tests/unit/test_webout.c - tests of core/desk/webout.c and act_http.c: when
 * a request of desk.http goes out, and who hears of its answer. */
#include "config.h"
#include "core/base/log.h"
#include "tests/unit/webout_fixture.h"

#define ANN 1 /* the admin's id */

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
	RUN(test_desk_http__keeps_the_order_of_a_ticket);
	RUN(test_desk_http__goes_out_with_the_run_or_not_at_all);
	RUN(test_desk_http__ends_circles);
	RUN(test_desk_http__passes_on_what_is_allowed);
	RUN(test_desk_http__keeps_long_answers);
	RUN(test_desk_http__waits_for_a_client);
	return tap_done();
}
