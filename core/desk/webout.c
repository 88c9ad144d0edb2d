/* core/desk/webout.c - the web requests of scripts. */
#include "config.h"
#define HD_HOST_SIDE
#include "core/desk/sealed.h"
#include "core/desk/webout.h"
#include "core/plugin.h"

#include "core/base/arena.h"
#include "core/base/http.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/base/utf8.h"
#include "core/desk/job.h"
#include "core/desk/site_private.h"
#include "core/model/setting.h"

#include <stdio.h>

#define RETRY_FIRST_US (15 * CLOCK_SECOND_US)
#define RETRY_MAX_US CLOCK_HOUR_US
#define RETRY_UNTIL_US (2 * CLOCK_HOUR_US)
#define ALLOWED_MAX 32

/* A job on its way to be a request. */
struct making {
	const struct site_read *read;
	struct job_run *run;
	struct arena *arena;
	const struct json *data;
	struct hd_http_request request;
	struct hd_http_field fields[HTTP_FIELDS_MAX + 2];
	const char *allowed[ALLOWED_MAX];
};

/* --- what is sent --- */

enum err
webout_secret(const struct site_read *read, struct bytes file, struct bytes key,
    struct arena *arena, struct bytes *out, bool *is_declared)
{
	const struct directory *directory = read->directory;
	const struct record *script = directory_find_key(
	    directory, KIND_SCRIPT, file);
	char *name = arena_printf(
	    arena, SETTING_OF_SCRIPT "%.*s", BYTES_ARG(file));
	char *member = arena_copy(arena, key.at != NULL ? key.at : "", key.len);
	const struct json *declared = NULL, *chosen = NULL, *row;
	bool is_secret = false;
	struct bytes text = BYTES_NONE;
	enum err err = ERR_OK;

	if (name == NULL || member == NULL)
		return ERR_NOMEM;
	if (script != NULL && record_has(script, SCRIPT_SETTINGS))
		err = json_parse(arena, record_text(script, SCRIPT_SETTINGS),
		    JSON_BYTES_MAX, &declared, NULL);
	if (err == ERR_OK && directory_setting(directory, name).len > 0)
		err = json_parse(arena, directory_setting(directory, name),
		    JSON_BYTES_MAX, &chosen, NULL);
	if (err == ERR_NOMEM)
		return err;
	row = json_get(declared, member);
	(void)json_bool(json_get(row, "secret"), &is_secret);
	if (is_secret)
		err = sealed_open(read->site,
		    json_text(json_get(chosen, member)), arena, &text);
	if (err == ERR_CORRUPT) /* another site's: as if it were not set */
		text = BYTES_NONE;
	else if (err != ERR_OK)
		return err;
	if (is_secret && text.len == 0)
		text = json_text(json_get(row, "default"));
	if (is_declared != NULL)
		*is_declared = is_secret;
	*out = text.len > 0 ? text : BYTES_NONE;
	return ERR_OK;
}

static enum err
add_field(struct making *m, const char *name, const char *value)
{
	if (value == NULL)
		return ERR_NOMEM;
	m->fields[m->request.field_count++] = (struct hd_http_field){ name,
		value };
	return ERR_OK;
}

/* Hookdesk-Signature: t=SECONDS,v1=HEX. What is signed begins with the time of
 * this try, so that an old request does not pass for a new one. */
static enum err
add_signature(struct making *m, struct bytes body)
{
	struct bytes script = record_text(&m->run->job, JOB_NAME), secret;
	struct buf text = buf_in(m->arena), value = buf_in(m->arena);
	int64_t now = m->read->now_us / CLOCK_SECOND_US;
	uint8_t mac[SECRET_HMAC_MAX];
	size_t size;
	enum err err = webout_secret(m->read, bytes_split(&script, '/'),
	    json_text(json_get(m->data, "sign")), m->arena, &secret, NULL);

	if (err != ERR_OK)
		return err;
	if (secret.len == 0)
		return ERR_NOT_FOUND;
	buf_int(&text, now);
	buf_char(&text, '.');
	buf_bytes(&text, body);
	if (text.failed)
		return ERR_NOMEM;
	size = secret_hmac(SECRET_HMAC_SHA256, secret, buf_get(&text), mac);
	buf_printf(&value, "t=%lld,v1=", (long long)now);
	for (size_t i = 0; i < size; i++)
		buf_printf(&value, "%02x", mac[i]);
	return add_field(
	    m, HTTP_FIELD_SIGNATURE, value.failed ? NULL : buf_string(&value));
}

static enum err
add_fields(struct making *m)
{
	const struct json *i = json_first(json_get(m->data, "headers"));
	struct bytes body = json_text(json_get(m->data, "body"));
	enum err err = ERR_OK;

	for (; err == ERR_OK && i != NULL &&
	     m->request.field_count < HTTP_FIELDS_MAX;
	     i = json_next(i))
		err = add_field(m, json_name(i), json_text(i).at);
	if (err == ERR_OK)
		err = add_field(m, HTTP_FIELD_KEY,
		    arena_printf(m->arena, "%s-%llu.%u",
			store_site_id(m->read->site->store),
			(unsigned long long)m->run->at.number, m->run->at.k));
	if (err == ERR_OK && json_get(m->data, "sign") != NULL)
		err = add_signature(m, body);
	return err;
}

/* The setting's hosts, each a text of its own. */
static enum err
add_allowed(struct making *m)
{
	struct bytes rest = setting_text(
	    m->read->directory, CHOICE_HTTP_ALLOWED, NULL);

	while (rest.at != NULL && m->request.allowed_count < ALLOWED_MAX) {
		struct bytes host = bytes_split(&rest, ' ');
		char *copy = arena_copy(m->arena, host.at, host.len);

		if (copy == NULL)
			return ERR_NOMEM;
		if (host.len > 0)
			m->allowed[m->request.allowed_count++] = copy;
	}
	return ERR_OK;
}

static enum err
make(struct making *m)
{
	const struct json *body;
	enum err err = json_parse(m->arena, record_text(&m->run->job, JOB_DATA),
	    JSON_BYTES_MAX, &m->data, NULL);

	if (err != ERR_OK)
		return err;
	body = json_get(m->data, "body");
	m->request = (struct hd_http_request){ .abi = HD_ABI,
		.size = sizeof m->request,
		.method = json_text(json_get(m->data, "method")).at,
		.url = json_text(json_get(m->data, "url")).at,
		.fields = m->fields,
		.body = body != NULL ? json_text(body).at : NULL,
		.body_size = json_text(body).len,
		.allowed = m->allowed,
		.timeout_ms = WEBOUT_TIMEOUT_MS };
	if (m->request.method == NULL || m->request.url == NULL)
		return ERR_INVALID;
	err = add_fields(m);
	return err == ERR_OK ? add_allowed(m) : err;
}

/* --- what came of it --- */

/* UTF-8 without NULs, whatever it was; what was not becomes U+FFFD. */
static enum err
clean(
    struct making *m, const struct hd_http_outcome *outcome, struct bytes *out)
{
	const char *at = outcome->body, *end = at + outcome->body_size;
	struct buf text = buf_in(m->arena);

	while (at < end) {
		bool is_bad = false;
		uint32_t c = utf8_next(&at, end, &is_bad);

		utf8_add(&text, is_bad || c == 0 ? 0xfffd : c);
	}
	if (text.failed)
		return ERR_NOMEM;
	*out = utf8_cut(buf_get(&text), WEBOUT_ANSWER_MAX);
	return ERR_OK;
}

/* When to try again: 15 seconds, then four times as long each time up to an
 * hour, or as the server asks, and once more when two hours are over; 0 then.
 */
static int64_t
next_try(const struct job_run *run, int64_t now_us, int retry_after_s)
{
	int64_t until_us = record_int(&run->job, JOB_SET_AT) + RETRY_UNTIL_US;
	int64_t tries = record_int(&run->job, JOB_TRIES);
	int64_t delay_us = RETRY_FIRST_US;

	for (int64_t i = 0; i < tries && delay_us < RETRY_MAX_US; i++)
		delay_us *= 4;
	if (delay_us < retry_after_s * CLOCK_SECOND_US)
		delay_us = retry_after_s * CLOCK_SECOND_US;
	if (delay_us > RETRY_MAX_US)
		delay_us = RETRY_MAX_US;
	if (now_us >= until_us)
		return 0;
	return now_us + delay_us < until_us ? now_us + delay_us : until_us;
}

static bool
is_worth_another_try(int status)
{
	return status == 429 || status >= 500;
}

static enum err
judge(struct making *m, const struct hd_http_outcome *outcome)
{
	struct web_answer *answer = arena_new(m->arena, struct web_answer);
	struct job_run *run = m->run;
	const char *words = NULL;
	enum err err;

	if (answer == NULL)
		return ERR_NOMEM;
	run->answer = answer;
	if (outcome->state == HD_HTTP_ANSWERED) {
		answer->status = outcome->status;
		answer->is_ok = outcome->status / 100 == 2;
		err = clean(m, outcome, &answer->text);
		if (err != ERR_OK)
			return err;
		if (!answer->is_ok)
			words = arena_printf(
			    m->arena, "the answer is %d", outcome->status);
	} else {
		words = arena_printf(m->arena, "%s", outcome->error);
	}
	run->error = words != NULL ? bytes_of(words) : BYTES_NONE;
	run->outcome = outcome->state == HD_HTTP_REFUSED ? ERR_REFUSED :
	    outcome->state == HD_HTTP_LATER ||
		is_worth_another_try(outcome->status) ?
							   ERR_IO :
							   ERR_OK;
	if (run->outcome == ERR_IO)
		run->retry_us = next_try(run,
		    store_now_us(m->read->site->store), outcome->retry_after_s);
	return ERR_OK;
}

static void
tell(const struct making *m)
{
	const struct job_run *run = m->run;
	struct bytes host = http_host(bytes_of(m->request.url));

	if (run->answer->is_ok)
		return;
	log_event(LOG_WARN, "http.failed",
	    "handler=%.*s host=%.*s status=%d tries=%lld why=%.*s",
	    BYTES_ARG(record_text(&run->job, JOB_NAME)), BYTES_ARG(host),
	    run->answer->status,
	    (long long)record_int(&run->job, JOB_TRIES) + 1,
	    BYTES_ARG(run->error));
}

enum err
webout_send(struct site_read *read, struct job_run *run, struct arena *arena)
{
	const struct desk_output *output = read->site->options.output;
	struct making *m = arena_new(arena, struct making);
	struct hd_http_outcome outcome = { .abi = HD_ABI,
		.size = sizeof outcome,
		.body = arena_alloc_raw(arena, WEBOUT_ANSWER_MAX),
		.room = WEBOUT_ANSWER_MAX };
	enum err err;

	if (m == NULL || outcome.body == NULL)
		return ERR_NOMEM;
	m->read = read;
	m->run = run;
	m->arena = arena;
	err = make(m);
	if (err == ERR_NOT_FOUND) {
		outcome.state = HD_HTTP_REFUSED;
		snprintf(outcome.error, sizeof outcome.error,
		    "the setting it is signed with is empty");
	} else if (err != ERR_OK) {
		return err;
	} else {
		const struct site_past *past = read->site->options.past;

		site_read_end(read);
		if (past != NULL)
			past->request(past->arg, &run->job, &outcome);
		else
			output->request(output->arg, &m->request, &outcome);
	}
	err = judge(m, &outcome);
	if (err == ERR_OK)
		tell(m);
	return err;
}
