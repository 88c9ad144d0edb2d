/* core/script/host.h - a site's script host, seen from the server.
 *
 * A host is a process, hookdesk-script, that holds the Lua state of one site
 * and nothing else: plain scripts can crash Lua, or loop where no hook of it
 * stops them. It is started when it is needed, killed when a handler overruns
 * its time, started again within milliseconds, and stopped when idle. Only JSON goes in and out; what the
 * JSON means is in wire.h.
 *
 * This file knows no tickets: desk/ encodes what a handler is told, answers
 * what it asks, and checks and applies what it wishes.
 *
 * Any number of threads. One call is in flight at a time; callers before a
 * commit go first.
 */
#ifndef HOOKDESK_SCRIPT_HOST_H
#define HOOKDESK_SCRIPT_HOST_H

#include "core/base/bytes.h"
#include "core/base/cron.h"
#include "core/script/hooks.h"
#include "core/script/wire.h"

struct arena;
struct json;
struct script_host;

/* What a -ing handler may take, and the others; by the clock on the wall. One
 * whose process got no processor for half of it may take as much again. */
#define SCRIPT_BEFORE_US (100 * 1000)
#define SCRIPT_AFTER_US (250 * 1000)
/* A -ing handler that waited so long for the host is skipped. */
#define SCRIPT_QUEUE_US (200 * 1000)
/* Processor time of all handlers of a site in a minute; over it they are
 * skipped until the next one. */
#define SCRIPT_CPU_US (20 * 1000 * 1000)
/* Routes may have this part of it: anybody can call them. */
#define SCRIPT_ROUTE_PART 4

struct script_host_options {
	const char *program; /* hookdesk-script; NULL: beside this program, else
				where it is installed */
	const char *site;    /* for the log; copied */
	int64_t cpu_us;      /* instead of SCRIPT_CPU_US; 0: that */
	int64_t patience_us; /* more for each handler and each load, by the
				clock on the wall, than they have usually */
	int niceness;        /* as nice(2): how much it gives way to others */
};

/* Start nothing yet. ERR_NOMEM. */
ERR_CHECKED enum err script_host_create(
    const struct script_host_options *options, struct script_host **out);
/* Ends the process. Nobody may be in a call. NULL is allowed. */
void script_host_destroy(struct script_host *host);

/* ------------------------------------------------------------- loading */

struct script_file {
	struct bytes name; /* "routing", as in the names of its handlers */
	struct bytes text;
	struct bytes good; /* the last text that loaded; empty if none */
};

enum script_state {
	SCRIPT_OK,       /* the text given runs */
	SCRIPT_KEPT,     /* it does not load: the last good one runs */
	SCRIPT_FAILED,   /* nothing of it runs */
	SCRIPT_REPLACED, /* another file says that it replaces this one */
	SCRIPT_STATE__COUNT
};

struct script_warning {
	struct bytes file, message;
	int line;
};

struct script_file_report {
	struct bytes name;
	enum script_state state;
	struct bytes message; /* why it does not load: "routing.lua:3: ..." */
	int line;             /* 0 if unknown */
	struct bytes replaces;
	struct bytes settings; /* JSON of its schema, see wire.h; or empty */
};

/* In the arena given to script_host_load(). */
struct script_report {
	struct script_file_report *files;
	size_t file_count;
	struct script_warning *warnings;
	size_t warning_count;
};

enum script_kind {
	SCRIPT_HANDLER, /* desk.on */
	SCRIPT_JOB,     /* desk.job */
	SCRIPT_TIMER,   /* desk.every, desk.cron */
	SCRIPT_ACTION,  /* desk.action */
	SCRIPT_PANEL,   /* desk.panel */
	SCRIPT_ROUTE,   /* desk.route */
	SCRIPT_TEST,    /* it() in a test file */
	SCRIPT_KIND__COUNT
};

/* How a route's requests are signed; no header: they are not. */
struct script_verify {
	struct bytes header, secret, hash; /* <secret>: a setting's name */
};

struct script_handler {
	unsigned id;
	enum script_kind kind;
	enum hook hook;         /* of a SCRIPT_HANDLER, else HOOK__COUNT */
	struct bytes file;      /* "routing" */
	struct bytes name;      /* "words" */
	struct bytes full;      /* "routing/words" */
	struct bytes when;      /* JSON of the filter, or empty */
	int64_t every_us;       /* of a SCRIPT_TIMER, if it is no cron: */
	struct bytes cron_text; /* "30 7 * * 1-5"; empty for others */
	struct cron cron;
	const struct zone *zone;   /* of the cron; NULL: the site's */
	bool skips_missed;         /* likewise */
	struct bytes label;        /* of a SCRIPT_ACTION, a SCRIPT_PANEL */
	struct bytes icon, key;    /* of a SCRIPT_ACTION; or empty */
	struct bytes ask;          /* likewise: JSON, its SCHEMA of wire.h */
	struct bytes method, path; /* of a SCRIPT_ROUTE */
	struct script_verify verify;
	int order;
	int line;
	bool is_required;
};

/* Whether somebody waits for its answer: it is left out rather than waited
 * for, and rests only after what has cost time. It goes before jobs, but for
 * panels and routes, which may come in any number. */
static inline bool
script_is_waited_for(const struct script_handler *handler)
{
	return handler->kind == SCRIPT_HANDLER ?
	    hook_points[handler->hook].kind == HOOK_BEFORE :
	    handler->kind >= SCRIPT_ACTION && handler->kind <= SCRIPT_ROUTE;
}

/* What is loaded: immutable, counted references. The bytes of its handlers
 * live as long as it does. */
struct script_set;
struct script_set *script_set_ref(struct script_set *set);
void script_set_unref(struct script_set *set); /* NULL is allowed */
/* All, those of one hook together and in the order in which they run (order,
 * file, name); jobs, timers and tests behind them. */
const struct script_handler *script_set_all(
    const struct script_set *set, size_t *count);
/* Those of one hook, in the order in which they run. */
const struct script_handler *script_set_on(
    const struct script_set *set, enum hook hook, size_t *count);
/* Those of one kind, by file and name; *<count> of them. */
const struct script_handler *script_set_kind(
    const struct script_set *set, enum script_kind kind, size_t *count);
/* By kind and full name; NULL if there is none. */
const struct script_handler *script_set_find(
    const struct script_set *set, enum script_kind kind, struct bytes full);
/* Grows with every load: what was derived from another set is stale. */
uint64_t script_set_version(const struct script_set *set);

/* Load all scripts of the site into a new process, which replaces the one
 * there was: those files that load run from now on, whatever the others do.
 *
 * <site>      JSON, SITE in wire.h
 * <files>     all of them; copied
 * <settings>  JSON: { "routing": { KEY: VALUE } }; "{}" if there are none
 * <report>    what became of each file; in <arena>
 *
 * When all fails the old process goes on: ERR_IO (no process), ERR_TIMEOUT
 * (a file loops), ERR_LIMIT (too many or too long files), ERR_INVALID (<site>
 * or <settings> are no JSON), ERR_NOMEM; words in <why>. */
ERR_CHECKED enum err script_host_load(struct script_host *host,
    struct bytes site, const struct script_file *files, size_t count,
    struct bytes settings, struct arena *arena, struct script_report *report,
    struct why *why);

/* What is loaded now; NULL if nothing is. The caller gives it back. */
struct script_set *script_host_set(struct script_host *host);

/* ------------------------------------------------------------- calling */

/* Answers one question of a handler: <with> are its arguments. Appends JSON
 * (a value) to <answer>; or returns an error, whose words in <why> raise in
 * the script. Runs in the calling thread, with the host held: it must not
 * call the same host. */
typedef enum err script_ask(void *context, struct bytes question,
    const struct json *with, struct buf *answer, struct why *why);

struct script_call {
	const struct script_set *set; /* of <handler> */
	const struct script_handler *handler;
	struct bytes body;   /* JSON, see wire.h, BODY */
	int64_t now_us;      /* the site's clock */
	int64_t deadline_us; /* monotonic clock, waiting for the host included;
				0: none besides what the kind allows */
	script_ask *ask;     /* NULL: every question is an error */
	void *context;
};

/* One question and its answer, JSON as it went over the wire. */
struct script_exchange {
	struct bytes question, answer;
};

/* How a call ended. All of it lives in the call's arena. */
struct script_outcome {
	const struct json *wishes; /* a list, at most SCRIPT_WISHES_MAX */
	const struct json *choose; /* { "value", "why" }, or NULL */
	const struct json *deny;   /* { "message", "field", "code" }, or NULL */
	const struct json *stop;   /* { "why" }, or NULL */
	const struct json *value;  /* of an action, a panel, a route: what it
				      gave; or NULL */
	struct bytes error;     /* "routing.lua:12: ..."; empty if it is fine */
	struct bytes traceback; /* with an error, or empty */
	struct bytes file;      /* with an error: its place, if known */
	int line;
	bool was_killed;     /* its time was over, or the process died */
	bool was_cut;        /* by the call's deadline, before its own time */
	bool was_skipped;    /* it never ran: the host was busy for too long, or
				the time was over, of the act or of the site
				for this minute */
	struct bytes result; /* the last frame's JSON, for the trace */
	const struct script_exchange *asked;
	size_t asked_count;
	int64_t cpu_us;  /* of the host */
	int64_t wall_us; /* from begin to end, without waiting for the host */
};

/* Run one handler. What it does wrong is no error of this function: it is in
 * <out>->error (then there are no wishes). ERR_OK whenever <out> is filled.
 *
 * If the scripts were loaded anew since <call>->set, the handler of the same
 * name runs; ERR_STALE if there is none any more.
 *
 * ERR_IO if no process can be started, ERR_NOT_FOUND if nothing is loaded,
 * ERR_NOMEM; words in <why>. */
ERR_CHECKED enum err script_host_call(struct script_host *host,
    const struct script_call *call, struct arena *arena,
    struct script_outcome *out, struct why *why);

/* The call as it went, a JSON value a line: the body, each question with its
 * answer, the result. At most <max> bytes; what does not fit is left out and
 * said so. */
void script_trace(const struct script_call *call,
    const struct script_outcome *outcome, size_t max, struct buf *out);

/* ------------------------------------------------------------ its life */

/* End the process if it was not called for <idle_us>; the next call starts
 * one again. To be called now and then. */
void script_host_rest(struct script_host *host, int64_t idle_us);

struct script_host_status {
	int pid; /* 0: not running */
	uint64_t calls, failures, kills, skips, starts;
	int64_t cpu_us;                           /* of all calls so far */
	int64_t minute_cpu_us, minute_cpu_max_us; /* in this minute; may be */
};
void script_host_status(
    struct script_host *host, struct script_host_status *out);

#endif
