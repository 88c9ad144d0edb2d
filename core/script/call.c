/* core/script/call.c - one call of one handler: what goes over the wire. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/script/host_private.h"
#include "core/script/turns.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#define TEST_US (30 * CLOCK_SECOND_US) /* a test's run, questions included */

/* The call in hand. */
struct calling {
	struct script_host *host;
	const struct script_call *call;
	const struct script_handler *handler;
	struct arena *arena;
	struct script_outcome *out;
	int64_t deadline_us, limit_us;
	int64_t begin_cpu_us; /* of the process */
	int64_t waited_us;    /* for its words */
	bool is_extended;
	struct script_exchange *asked;
	size_t asked_count, asked_cap;
};

static bool
is_before(const struct script_handler *handler)
{
	return handler->kind == SCRIPT_HANDLER &&
	    hook_points[handler->hook].kind == HOOK_BEFORE;
}

static int64_t
usual_limit_us(const struct calling *c)
{
	if (c->handler->kind == SCRIPT_TEST)
		return TEST_US;
	return c->host->patience_us +
	    (is_before(c->handler) ? SCRIPT_BEFORE_US : SCRIPT_AFTER_US);
}

static PRINTF_LIKE(2, 3) void set_error(
    struct calling *c, const char *format, ...)
{
	struct buf words = buf_in(c->arena);
	va_list args;
	char text[SCRIPT_ERROR_MAX];

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	buf_text(&words, text);
	c->out->error = words.failed ? BYTES("not enough memory") :
				       buf_get(&words);
	c->out->wishes = c->out->choose = c->out->deny = c->out->stop = NULL;
	c->out->value = NULL;
	c->out->file = c->handler->file;
	c->out->line = c->handler->line;
}

/* The handler's time is over, or the process ended itself. */
static void
lose_process(struct calling *c, enum err why)
{
	struct bytes full = c->handler->full;
	int status = process_kill(&c->host->line.process);

	c->out->was_killed = true;
	c->out->was_cut = why == ERR_TIMEOUT && c->limit_us < usual_limit_us(c);
	if (why == ERR_TIMEOUT)
		set_error(c,
		    "%.*s.lua:%d: \"%.*s\" took over %d ms and was "
		    "stopped",
		    BYTES_ARG(c->handler->file), c->handler->line,
		    BYTES_ARG(c->handler->name), (int)(c->limit_us / 1000));
	else if (why == ERR_INVALID)
		set_error(c,
		    "the script host talked nonsense while it ran "
		    "%.*s",
		    BYTES_ARG(full));
	else if (WIFSIGNALED(status))
		set_error(c,
		    "the script host died (signal %d) while it ran "
		    "%.*s",
		    WTERMSIG(status), BYTES_ARG(full));
	else
		set_error(c,
		    "the script host ended (exit %d) while it ran "
		    "%.*s",
		    WEXITSTATUS(status), BYTES_ARG(full));
	log_event(LOG_WARN, "script.killed", "site=%s handler=%.*s why=%.*s",
	    c->host->site, BYTES_ARG(full), BYTES_ARG(c->out->error));
}

static enum err
keep_exchange(struct calling *c, struct bytes question, struct bytes answer)
{
	char *q, *a;

	if (c->asked_count == c->asked_cap) {
		size_t cap = c->asked_cap * 2 + 4;
		void *grown = arena_grow(c->arena, c->asked,
		    c->asked_cap * sizeof *c->asked, cap * sizeof *c->asked);

		if (grown == NULL)
			return ERR_NOMEM;
		c->asked = grown;
		c->asked_cap = cap;
	}
	q = arena_copy(c->arena, question.at, question.len);
	a = arena_copy(c->arena, answer.at, answer.len);
	if (q == NULL || a == NULL)
		return ERR_NOMEM;
	c->asked[c->asked_count++] = (struct script_exchange){
		.question = { q, question.len },
		.answer = { a, answer.len },
	};
	return ERR_OK;
}

static void
write_error_answer(
    struct buf *out, size_t start, enum err err, const struct why *why)
{
	struct json_writer w = json_writer(out);
	char words[512];

	out->len = start;
	json_begin_object(&w);
	json_member_string(&w, "error",
	    why->message != NULL && why->message[0] != '\0' ?
		why_text(why, words, sizeof words) :
		err_message(err));
	json_end_object(&w);
}

/* Answer the question in <text> with a frame. */
static enum err
answer(struct calling *c, struct bytes text)
{
	struct line *line = &c->host->line;
	const struct json *json = NULL;
	struct why why = { .message = "" };
	size_t start;
	struct bytes name;
	enum err err;

	err = json_parse(c->arena, text, WIRE_TO_SERVER_MAX, &json, NULL);
	if (err != ERR_OK)
		return err == ERR_NOMEM ? err : ERR_INVALID;
	name = json_text(json_get(json, "ask"));
	if (c->asked_count >= SCRIPT_ASKS_MAX &&
	    c->handler->kind != SCRIPT_TEST)
		return ERR_INVALID; /* the host's own check is broken */
	buf_clear(&line->out);
	(void)wire_begin(&line->out, WIRE_ANSWER);
	start = line->out.len;
	buf_text(&line->out, "{\"value\":");
	err = c->call->ask == NULL ?
	    why_set(&why, ERR_DENIED, NULL,
		N_("questions are not answered here"), 0, NULL) :
	    c->call->ask(c->call->context, name, json_get(json, "with"),
		&line->out, &why);
	buf_char(&line->out, '}');
	if (err != ERR_OK)
		write_error_answer(&line->out, start, err, &why);
	wire_end(&line->out, 0);
	if (line->out.failed)
		return ERR_NOMEM;
	err = keep_exchange(c, text,
	    (struct bytes){ line->out.at + start, line->out.len - start });
	if (err != ERR_OK)
		return err;
	return wire_write(
	    line->process.fd, buf_get(&line->out), c->deadline_us);
}

static bool
is_request(const struct json *wish)
{
	return bytes_is(json_text(json_get(wish, "do")), "http");
}

static bool
is_mail(const struct json *wish)
{
	static const char *const mails[] = { "reply", "mail", "survey",
		"mail_agents" };
	struct bytes name = json_text(json_get(wish, "do"));

	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
		if (bytes_is(name, mails[i]))
			return true;
	return false;
}

/* The limits of a run, as the host should have kept them. */
static void
check_wishes(struct calling *c)
{
	size_t mails = 0, requests = 0;

	if (json_type(c->out->wishes) != JSON_LIST) {
		set_error(c, "the script host gave no list of wishes");
		return;
	}
	for (const struct json *i = json_first(c->out->wishes); i != NULL;
	     i = json_next(i)) {
		mails += is_mail(i);
		requests += is_request(i);
	}
	if (json_count(c->out->wishes) > SCRIPT_WISHES_MAX ||
	    mails > SCRIPT_MAILS_MAX || requests > SCRIPT_REQUESTS_MAX)
		set_error(c,
		    "%.*s: over %d changes, %d mails or %d web requests in one "
		    "run",
		    BYTES_ARG(c->handler->full), SCRIPT_WISHES_MAX,
		    SCRIPT_MAILS_MAX, SCRIPT_REQUESTS_MAX);
}

/* Words for people, without the secrets of scripts. */
static struct bytes
hide(const struct calling *c, struct bytes words)
{
	struct buf hidden = buf_in(c->arena);

	secrets_hide(&c->host->set->secrets, words, &hidden);
	return hidden.failed ? BYTES("not enough memory") : buf_get(&hidden);
}

/* The last frame: done or failed. */
static enum err
finish(struct calling *c, enum wire_type type, struct bytes text)
{
	struct script_outcome *out = c->out;
	const struct json *json = NULL;
	char *copy = arena_copy(c->arena, text.at, text.len);
	int64_t line = 0;
	enum err err;

	if (copy == NULL)
		return ERR_NOMEM;
	out->result = (struct bytes){ copy, text.len };
	err = json_parse(c->arena, text, WIRE_TO_SERVER_MAX, &json, NULL);
	if (err != ERR_OK)
		return err == ERR_NOMEM ? err : ERR_INVALID;
	if (type == WIRE_DONE) {
		out->wishes = json_get(json, "wishes");
		out->choose = json_get(json, "choose");
		out->deny = json_get(json, "deny");
		out->stop = json_get(json, "stop");
		out->value = json_get(json, "value");
		check_wishes(c);
		return ERR_OK;
	}
	if (type != WIRE_FAILED)
		return ERR_INVALID;
	out->error = json_text(json_get(json, "message"));
	if (out->error.len == 0)
		out->error = BYTES("failed without a word");
	out->error = hide(c, out->error);
	out->traceback = hide(c, json_text(json_get(json, "traceback")));
	out->file = json_text(json_get(json, "file"));
	(void)json_int(json_get(json, "line"), &line);
	out->line = (int)line;
	return ERR_OK;
}

static enum err
send_call(struct calling *c)
{
	struct line *line = &c->host->line;

	buf_clear(&line->out);
	(void)wire_begin(&line->out, WIRE_CALL);
	buf_text(&line->out, "{\"handler\":");
	buf_int(&line->out, c->handler->id);
	buf_text(&line->out, ",\"now\":");
	buf_int(&line->out, c->call->now_us);
	buf_text(&line->out, ",\"body\":");
	buf_bytes(&line->out, c->call->body);
	buf_char(&line->out, '}');
	wire_end(&line->out, 0);
	if (line->out.failed)
		return ERR_NOMEM;
	return wire_write(
	    line->process.fd, buf_get(&line->out), c->deadline_us);
}

/* On a busy machine the process may get no processor for most of its time:
 * then it has as much again, once. A script cannot bring that about, for it has
 * nothing to sleep on. */
static bool
extend(struct calling *c)
{
	int64_t used_us = process_cpu_us(&c->host->line.process) -
	    c->begin_cpu_us;
	int64_t more_us = c->limit_us, end_us = c->deadline_us + more_us;

	if (c->is_extended || c->waited_us - used_us < c->limit_us / 2)
		return false;
	c->is_extended = true;
	if (c->call->deadline_us != 0 && end_us > c->call->deadline_us)
		more_us -= end_us - c->call->deadline_us;
	c->deadline_us += more_us;
	c->limit_us += more_us;
	return more_us > 0;
}

/* The next frame of the process. */
static enum err
hear(struct calling *c, enum wire_type *type, struct bytes *text)
{
	struct line *line = &c->host->line;
	int64_t begin_us = clock_monotonic_us();
	enum err err = wire_read(line->process.fd, &line->in,
	    WIRE_TO_SERVER_MAX, c->deadline_us, type, text);

	c->waited_us += clock_monotonic_us() - begin_us;
	if (err == ERR_TIMEOUT && line->in.len == 0 && extend(c))
		return hear(c, type, text);
	return err;
}

/* Speak with the process until it is done. */
static enum err
converse(struct calling *c)
{
	enum err err = send_call(c);

	while (err == ERR_OK) {
		enum wire_type type = WIRE_DONE;
		struct bytes text = BYTES_NONE;

		err = hear(c, &type, &text);
		if (err != ERR_OK)
			break;
		if (type != WIRE_ASK)
			return finish(c, type, text);
		err = answer(c, text);
	}
	return err == ERR_NOT_FOUND ? ERR_IO : err;
}

static void
run(struct calling *c)
{
	struct script_host *host = c->host;
	int64_t start_us = clock_monotonic_us();
	struct turns turns;
	enum err err;

	c->begin_cpu_us = process_cpu_us(&host->line.process);
	c->limit_us = usual_limit_us(c);
	c->deadline_us = start_us + c->limit_us;
	if (c->call->deadline_us != 0 &&
	    c->call->deadline_us < c->deadline_us) {
		c->deadline_us = c->call->deadline_us;
		c->limit_us = c->deadline_us - start_us;
	}
	turns_begin(&turns, &host->line.process);
	err = converse(c);
	turns_end(&turns);
	if (err == ERR_OK) {
		c->out->cpu_us = process_cpu_us(&host->line.process) -
		    c->begin_cpu_us;
	} else if (err == ERR_NOMEM) {
		process_kill(&host->line.process);
		set_error(c, "not enough memory");
	} else {
		lose_process(c, err);
	}
	c->out->asked = c->asked;
	c->out->asked_count = c->asked_count;
	c->out->wall_us = clock_monotonic_us() - start_us;
}

static void
account(struct calling *c)
{
	struct script_host *host = c->host;
	const struct script_outcome *out = c->out;
	/* of one that was killed only the clock on the wall is known */
	int64_t used_us = out->was_killed ? out->wall_us : out->cpu_us;

	pthread_mutex_lock(&host->lock);
	host->used_us = clock_monotonic_us();
	host->status.calls++;
	host->status.failures += out->error.len > 0;
	host->status.kills += out->was_killed;
	host->status.cpu_us += out->cpu_us;
	host->minute_cpu_us += used_us;
	if (c->handler->kind == SCRIPT_ROUTE)
		host->minute_route_us += used_us;
	host->status.pid = (int)host->line.process.pid;
	pthread_mutex_unlock(&host->lock);
}

/* Whether the site's scripts have used up their time for this minute. */
static bool
is_spent(struct calling *c)
{
	struct script_host *host = c->host;
	int64_t now_us = clock_monotonic_us();
	bool is_over;

	pthread_mutex_lock(&host->lock);
	if (now_us - host->minute_us >= CLOCK_MINUTE_US) {
		host->minute_us = now_us;
		host->minute_cpu_us = 0;
		host->minute_route_us = 0;
	}
	is_over = host->minute_cpu_us >= host->cpu_us ||
	    (c->handler->kind == SCRIPT_ROUTE &&
		host->minute_route_us >= host->cpu_us / SCRIPT_ROUTE_PART);
	pthread_mutex_unlock(&host->lock);
	return is_over;
}

static void
count_skip(struct calling *c)
{
	c->out->was_skipped = true;
	pthread_mutex_lock(&c->host->lock);
	c->host->status.skips++;
	pthread_mutex_unlock(&c->host->lock);
}

/* What somebody waits for came too late: it is left out, and said so. <waited_us>
 * for the host, which may be free. */
static void
skip(struct calling *c, int64_t waited_us)
{
	if (waited_us > 0)
		set_error(c,
		    "%.*s.lua:%d: \"%.*s\" was left out: the script host was "
		    "busy for %d ms",
		    BYTES_ARG(c->handler->file), c->handler->line,
		    BYTES_ARG(c->handler->name), (int)(waited_us / 1000));
	else
		set_error(c,
		    "%.*s.lua:%d: \"%.*s\" was left out: those before it took "
		    "all the time there is",
		    BYTES_ARG(c->handler->file), c->handler->line,
		    BYTES_ARG(c->handler->name));
	count_skip(c);
}

static bool
is_late(const struct script_call *call)
{
	return call->deadline_us != 0 &&
	    clock_monotonic_us() >= call->deadline_us;
}

/* Hold the host, or leave the handler out: then ERR_TIMEOUT. */
static enum err
wait_for_host(struct calling *c)
{
	int64_t now_us = clock_monotonic_us(), until_us = 0;
	enum err err;

	if (is_late(c->call)) {
		skip(c, 0);
		return ERR_TIMEOUT;
	}
	if (script_is_waited_for(c->handler)) {
		until_us = now_us + SCRIPT_QUEUE_US;
		if (c->call->deadline_us != 0 &&
		    c->call->deadline_us < until_us)
			until_us = c->call->deadline_us;
	}
	err = host_hold(c->host, until_us,
	    is_before(c->handler) || c->handler->kind == SCRIPT_ACTION);
	if (err == ERR_TIMEOUT)
		skip(c, until_us - now_us);
	return err;
}

/* Run it in the process that is there, or in a new one. The host is held, so
 * nobody changes its set. */
static enum err
call_held(struct calling *c, struct why *why)
{
	struct script_host *host = c->host;
	enum err err;

	if (host->set == NULL)
		return why_set(why, ERR_NOT_FOUND, NULL,
		    N_("no scripts are loaded"), 0, NULL);
	if (host->set != c->call->set) {
		const struct script_handler *now = script_set_find(
		    host->set, c->handler->kind, c->handler->full);

		if (now == NULL || now->hook != c->handler->hook)
			return why_set(why, ERR_STALE, NULL,
			    N_("the script was changed meanwhile"), 0, NULL);
		c->handler = now;
	}
	if (c->handler->kind != SCRIPT_TEST && is_spent(c)) {
		set_error(c,
		    "%.*s.lua:%d: \"%.*s\" was left out: the site's scripts "
		    "have used over %d ms of processor time in a minute",
		    BYTES_ARG(c->handler->file), c->handler->line,
		    BYTES_ARG(c->handler->name), (int)(host->cpu_us / 1000));
		count_skip(c);
		return ERR_OK;
	}
	/* One that ended between two calls is no fault of this handler's. */
	if (host->line.process.pid > 0 &&
	    !process_is_waiting(&host->line.process)) {
		log_event(LOG_WARN, "script.ended", "site=%s pid=%d",
		    host->site, (int)host->line.process.pid);
		process_kill(&host->line.process);
	}
	if (host->line.process.pid == 0) {
		err = line_restart(host, &host->line, host->set);
		if (err != ERR_OK)
			return why_set(why, err == ERR_NOMEM ? err : ERR_IO,
			    NULL, N_("the script host does not start"), 0,
			    NULL);
		host_note_pid(host, true);
	}
	if (is_late(c->call)) { /* the start of a new process took it */
		skip(c, 0);
		return ERR_OK;
	}
	run(c);
	account(c);
	return ERR_OK;
}

enum err
script_host_call(struct script_host *host, const struct script_call *call,
    struct arena *arena, struct script_outcome *out, struct why *why)
{
	struct script_outcome outcome = { 0 };
	struct calling c = { .host = host,
		.call = call,
		.handler = call->handler,
		.arena = arena,
		.out = &outcome };
	enum err err = wait_for_host(&c);

	if (err == ERR_TIMEOUT) {
		*out = outcome;
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	err = call_held(&c, why);
	host_release(host);
	if (err != ERR_OK)
		return err;
	/* A handler of a set that is gone must not be pointed to. */
	if (c.handler != call->handler && outcome.file.at == c.handler->file.at)
		outcome.file = call->handler->file;
	*out = outcome;
	return ERR_OK;
}

/* ------------------------------------------------------------- traces */

static bool
trace_line(const struct script_call *call, struct buf *out, size_t start,
    size_t max, struct bytes json)
{
	size_t before = out->len;

	secrets_hide(&call->set->secrets, json, out);
	buf_char(out, '\n');
	if (out->len - start <= max)
		return true;
	out->len = before;
	return false;
}

void
script_trace(const struct script_call *call,
    const struct script_outcome *outcome, size_t max, struct buf *out)
{
	static const char cut[] = "{\"cut\":true}\n";
	size_t start = out->len, room = max - sizeof cut;
	bool is_whole = max > sizeof cut &&
	    trace_line(call, out, start, room, call->body);

	for (size_t i = 0; is_whole && i < outcome->asked_count; i++)
		is_whole = trace_line(call, out, start, room,
			       outcome->asked[i].question) &&
		    trace_line(
			call, out, start, room, outcome->asked[i].answer);
	if (is_whole && outcome->result.len > 0)
		is_whole = trace_line(call, out, start, room, outcome->result);
	if (!is_whole && max > sizeof cut)
		buf_text(out, cut);
}
