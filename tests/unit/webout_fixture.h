/* tests/unit/webout_fixture.h - a desk whose web client only keeps what it is
 * given, for the tests of desk.http. */
#ifndef HOOKDESK_TESTS_WEBOUT_FIXTURE_H
#define HOOKDESK_TESTS_WEBOUT_FIXTURE_H

#define HD_HOST_SIDE
#include "core/desk/webout.h"
#include "core/base/http.h"
#include "core/desk/job.h"
#include "core/plugin.h"
#include "tests/tap.h"
#include "tests/unit/desk_fixture.h"

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

static inline void
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

static inline void
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
static inline const char *
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

static inline void
advance(struct desk_fixture *f, int64_t seconds)
{
	clock_set(&f->clock, clock_read(&f->clock) + seconds * CLOCK_SECOND_US);
	desk_run_jobs(f);
}

/* As long as jobs wait, from one to the next. */
static inline void
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

static inline uint64_t
ask(struct desk_fixture *f)
{
	uint64_t ticket = desk_submit(f, "c@example.org", "Hello", "words");

	desk_run_jobs(f);
	return ticket;
}

static inline size_t
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
static inline void
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

static inline void
set_setting(struct desk_fixture *f, const char *name, const char *value)
{
	const char *const values[] = { "name", name, "value", value, NULL };

	desk_add(f, KIND_SETTING, values);
}

#endif
