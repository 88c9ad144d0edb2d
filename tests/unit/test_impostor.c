/* tests/unit/test_impostor.c - a script host that was taken over.
 *
 * This program is its own script host: started as one, it says what the script
 * that it was sent tells it to, whatever that is. The server believes none of
 * it: the ticket is there and untouched, nobody waits longer than for a script
 * that loops, the report says who it was, and the next desk act is as ever.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/desk/job.h"
#include "core/model/ticket.h"
#include "core/script/wire.h"
#include "tests/unit/desk_fixture.h"

#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PATIENCE_US (5 * CLOCK_SECOND_US) /* on a busy machine */

/* --- the host --- */

static void
say(char type, const char *text, size_t len)
{
	struct buf out = BUF_INIT;
	size_t start = wire_begin(&out, (enum wire_type)type);

	buf_bytes(&out, (struct bytes){ text, len });
	wire_end(&out, start);
	if (wire_write(0, buf_get(&out), 0) != ERR_OK)
		_exit(1);
	buf_release(&out);
}

/* "! 00ff20" */
static void
say_raw(const char *hex)
{
	unsigned byte;

	for (int used; sscanf(hex, "%2x%n", &byte, &used) == 1; hex += used) {
		unsigned char c = (unsigned char)byte;

		if (write(0, &c, 1) != 1)
			_exit(1);
	}
}

/* A line of the script: the type of a frame and its JSON; "!" and bytes; "*N"
 * and a question to ask N times; "." to wait for ever. */
static void
obey(const char *line)
{
	struct buf in = BUF_INIT;
	enum wire_type type;
	struct bytes text;
	long times = 1;

	if (line[0] == '!') {
		say_raw(line + 2);
		return;
	}
	if (line[0] == '.')
		pause();
	if (line[0] == '*') {
		char *end;

		times = strtol(line + 1, &end, 10);
		line = end + 1;
	}
	for (; times > 0; times--) {
		say(line[0], line + 2, strlen(line + 2));
		if (line[0] == WIRE_ASK &&
		    wire_read(0, &in, WIRE_TO_HOST_MAX, 0, &type, &text) !=
			ERR_OK)
			_exit(1);
	}
	buf_release(&in);
}

static int
be_host(void)
{
	struct arena *arena = arena_create();
	struct buf in = BUF_INIT;
	char *script = NULL;
	enum wire_type type;
	struct bytes text;

	while (wire_read(0, &in, WIRE_TO_HOST_MAX, 0, &type, &text) == ERR_OK) {
		const struct json *json;
		char *rest;

		if (type == WIRE_SITE) {
			say(WIRE_LOADED, "{}", 2);
			continue;
		}
		if (type == WIRE_LOAD) {
			MUST(json_parse(
			    arena, text, WIRE_TO_HOST_MAX, &json, NULL));
			text = json_text(json_get(json, "text"));
			script = strndup(text.at, text.len);
			obey(strtok_r(strdup(script), "\n", &rest));
			continue;
		}
		(void)strtok_r(strdup(script), "\n", &rest);
		for (char *line; (line = strtok_r(NULL, "\n", &rest)) != NULL;)
			obey(line);
	}
	return 0;
}

/* --- what it says --- */

#define HANDLER(hook) \
	"l {\"warnings\":[],\"handlers\":[{\"kind\":\"handler\",\"name\":" \
	"\"h\",\"line\":1,\"hook\":\"" hook "\",\"order\":50}]}\n"
#define CREATING HANDLER("ticket.creating")
#define CREATED HANDLER("ticket.created")
#define DONE(wish) "d {\"wishes\":[" wish "]}\n"

static const struct {
	const char *what, *script;
} attacks[] = {
	/* frames */
	{ "says nothing", CREATING "." },
	{ "a frame of 4 GiB", CREATING "! ffffffff64" },
	{ "an empty frame", CREATING "! 00000000" },
	{ "half a frame, then nothing", CREATING "! 00000010647b\n." },
	{ "no JSON", CREATING "d wishes" },
	{ "another kind of JSON", CREATING "d [1,2,3]" },
	{ "a frame of another kind", CREATING "S {}" },
	{ "a frame that does not exist", CREATING "Z {}" },
	{ "two frames at once",
	    CREATING "! 0000000e647b22776973686573223a5b5d7d" /* d {...} */
		     "0000000e647b22776973686573223a5b5d7d" },
	{ "bytes that are no UTF-8",
	    CREATING "! 0000000f647b22776973686573223a5bff5d7d" },
	/* questions */
	{ "a question without a name", CREATING "q {}\n" DONE("") },
	{ "a question that does not exist",
	    CREATING "q {\"ask\":\"secrets\",\"with\":{}}\n." },
	{ "the world of a test",
	    CREATING "q {\"ask\":\"world\",\"with\":{}}\n." },
	{ "questions for ever",
	    CREATING "*1000000 q {\"ask\":\"queue\",\"with\":{\"key\":"
		     "\"general\"}}" },
	{ "a question with arguments of other types",
	    CREATING "q {\"ask\":\"tickets\",\"with\":{\"filter\":[1],"
		     "\"after\":{}}}\n"
		     "q {\"ask\":\"get\",\"with\":{\"kind\":7,\"id\":[]}}\n"
		     "q {\"ask\":\"similar\",\"with\":{\"ticket\":-1}}\n"
		     "q {\"ask\":\"date\",\"with\":{\"time\":\"x\"}}\n"
		     "q {\"ask\":\"render\",\"with\":{\"template\":\"../../"
		     "key\"}}\n"
		     "q {\"ask\":\"store\",\"with\":{\"key\":\"../other\"}}"
		     "\n" DONE("") },
	/* answers */
	{ "no wishes", CREATING "d {}" },
	{ "wishes that are no list", CREATING "d {\"wishes\":{\"do\":1}}" },
	{ "a wish that does not exist", CREATED DONE("{\"do\":\"erase\"}") },
	{ "wishes without their arguments",
	    CREATED DONE("{\"do\":\"note\"},{\"do\":\"set\"}") },
	{ "over 50 wishes",
	    CREATED "d {\"wishes\":["
		    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}" },
	{ "a mail before the commit",
	    CREATING DONE("{\"do\":\"reply\",\"ticket\":0,\"text\":\"x\"}") },
	{ "a web request before the commit",
	    CREATING DONE(
		"{\"do\":\"http\",\"method\":\"GET\",\"url\":\"https://"
		"example.org/\"}") },
	{ "a note before the commit",
	    CREATING DONE("{\"do\":\"note\",\"ticket\":0,\"text\":\"x\"}") },
	{ "another ticket before the commit",
	    CREATING DONE("{\"do\":\"set\",\"ticket\":1,\"fields\":{"
			  "\"priority\":\"urgent\"}}") },
	{ "a field that is the system's",
	    CREATED DONE("{\"do\":\"set\",\"ticket\":2,\"fields\":{"
			 "\"created\":1,\"number\":7}}") },
	{ "a field of another type",
	    CREATED DONE("{\"do\":\"set\",\"ticket\":2,\"fields\":{"
			 "\"priority\":{\"a\":[]}}}") },
	{ "a ticket that does not exist",
	    CREATED DONE("{\"do\":\"note\",\"ticket\":99999,\"text\":"
			 "\"x\"}") },
	{ "a number beyond all",
	    CREATED DONE("{\"do\":\"note\",\"ticket\":1e300,\"text\":"
			 "\"x\"}") },
	{ "an agent that does not exist",
	    CREATED DONE("{\"do\":\"assign\",\"ticket\":2,\"to\":\"eve\"}") },
	{ "a file of the machine",
	    CREATED DONE("{\"do\":\"http\",\"method\":\"GET\",\"url\":"
			 "\"file:///etc/passwd\"}") },
	{ "an address of the machine",
	    CREATED DONE("{\"do\":\"http\",\"method\":\"GET\",\"url\":"
			 "\"http://127.0.0.1/\"}") },
	{ "a header with a line of its own",
	    CREATED DONE("{\"do\":\"http\",\"method\":\"GET\",\"url\":"
			 "\"https://example.org/\",\"headers\":{\"A\":\"b\\r"
			 "\\nHost: c\"}}") },
	{ "a method of its own",
	    CREATED DONE("{\"do\":\"http\",\"method\":\"GET / HTTP/1.1\\r\\n"
			 "\",\"url\":\"https://example.org/\"}") },
	{ "a timer for a job that there is not",
	    CREATED DONE("{\"do\":\"after\",\"ticket\":2,\"duration\":\"1h\","
			 "\"job\":\"other/none\"}") },
	{ "a timer of no time",
	    CREATED DONE("{\"do\":\"at\",\"ticket\":2,\"time\":-9e18,"
			 "\"job\":\"t/h\"}") },
	{ "a template elsewhere",
	    CREATED DONE("{\"do\":\"mail\",\"ticket\":2,\"template\":\"../../"
			 "../key\",\"to\":\"customer\"}") },
	{ "a mail to whoever it likes",
	    CREATED DONE("{\"do\":\"mail_agents\",\"to\":[\"x@evil.example\"]"
			 ",\"template\":\"digest\"}") },
	{ "a queue that does not exist",
	    HANDLER("ticket.routing") "d {\"wishes\":[],\"choose\":{\"value\":"
				      "\"nowhere\"}}" },
	{ "a choice of another type",
	    HANDLER("ticket.routing") "d {\"wishes\":[],\"choose\":{\"value\":"
				      "{\"a\":1}}}" },
	{ "a choice where there is none",
	    CREATING "d {\"wishes\":[],\"choose\":{\"value\":\"billing\"}}" },
	{ "a refusal after the commit",
	    CREATED "d {\"wishes\":[],\"deny\":{\"message\":\"no\"}}" },
	{ "a failure without words", CREATED "f {}" },
	{ "a failure of other types",
	    CREATED "f {\"message\":{},\"file\":7,\"line\":\"x\"}" },
};

static const char *const loads[] = {
	"l {}",
	"l []",
	"l {\"warnings\":[],\"handlers\":{}}",
	"l {\"handlers\":[{\"kind\":\"handler\"}]}",
	"l {\"handlers\":[{\"kind\":\"handler\",\"name\":\"h\",\"line\":1,"
	"\"hook\":\"no.such\"}]}",
	"l {\"handlers\":[{\"kind\":\"king\",\"name\":\"h\",\"line\":1}]}",
	"l {\"handlers\":[{\"kind\":\"timer\",\"name\":\"h\",\"line\":1,"
	"\"every\":0}]}",
	"l {\"handlers\":[{\"kind\":\"timer\",\"name\":\"h\",\"line\":1,"
	"\"cron\":\"* * *\"}]}",
	"l {\"handlers\":[{\"kind\":\"handler\",\"name\":\"h\",\"line\":1,"
	"\"hook\":\"ticket.created\",\"order\":1e99,\"when\":\"{[\"}]}",
	"l {\"settings\":\"{{{\",\"handlers\":[]}",
	"l {\"error\":7}",
	"l {\"replaces\":\"../../x\",\"handlers\":[]}",
	"q {\"ask\":\"tickets\",\"with\":{}}",
	"d {\"wishes\":[]}",
	"! ffffffff6c",
	".",
};

/* --- the desk --- */

/* As it was written, by whoever wrote it. */
static void
check_ticket(struct desk_fixture *f, uint64_t number)
{
	struct site_read read;
	struct record ticket;

	MUST(site_read_begin(f->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	CHECK_BYTES(record_text(&ticket, TICKET_SUBJECT), "Hello");
	CHECK_INT(record_int(&ticket, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(record_int(&ticket, TICKET_STATUS), STATUS_OPEN);
	CHECK_INT(record_int(&ticket, TICKET_PLACE), PLACE_DESK);
	CHECK_INT(record_int(&ticket, TICKET_OWNER), 0);
	CHECK_INT(record_int(&ticket, TICKET_LAST_ENTRY), 1);
	CHECK(!record_has(&ticket, TICKET_TAGS));
	site_read_end(&read);
}

/* Mails, web requests and timers of the ticket. */
static int
waiting(struct desk_fixture *f, uint64_t number)
{
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;
	int count = 0;

	MUST(site_read_begin(f->site, &read));
	while (job_next_of(read.snapshot, KIND_TICKET, number, &at, &run) ==
	    ERR_OK)
		count += record_int(&run.job, JOB_TRIES) == 0;
	site_read_end(&read);
	return count;
}

static void
test_impostor__is_believed_nothing(void)
{
	for (size_t i = 0; i < COUNT(attacks); i++) {
		struct desk_fixture f;
		uint64_t first, number;
		int64_t began_us;

		printf("# %s\n", attacks[i].what);
		desk_setup(&f);
		first = desk_submit(&f, "eve@example.org", "Hello", "Help.");
		desk_script(&f, "t", attacks[i].script);
		began_us = clock_monotonic_us();
		number = desk_submit(&f, "eve@example.org", "Hello", "Help.");
		CHECK_INT(number, 2);
		desk_run_jobs(&f);
		CHECK(clock_monotonic_us() - began_us < PATIENCE_US);
		check_ticket(&f, first);
		check_ticket(&f, number);
		CHECK_INT(waiting(&f, number), 0);
		desk_teardown(&f);
	}
}

/* It may fail, and says so; the scripts are as before. */
static void
load(struct desk_fixture *f, const char *text)
{
	struct buf report = buf_in(f->arena);
	char path[PATH_MAX + 128], words[500];
	enum err err;

	snprintf(path, sizeof path, "%s/scripts/t.lua", f->dir);
	MUST(file_replace(path, 0600, bytes_of(text), NULL));
	err = scripts_load(f->site, &report, &f->why);
	printf("# %s: %s\n", err_name(err),
	    err == ERR_OK ? buf_string(&report) :
			    why_text(&f->why, words, sizeof words));
	CHECK(err == ERR_OK || f->why.message[0] != '\0');
}

static void
test_impostor__loads_what_it_likes(void)
{
	for (size_t i = 0; i < COUNT(loads); i++) {
		struct desk_fixture f;
		uint64_t number;

		printf("# %s\n", loads[i]);
		desk_setup(&f);
		load(&f, loads[i]);
		number = desk_submit(&f, "eve@example.org", "Hello", "Help.");
		CHECK_INT(number, 1);
		desk_run_jobs(&f);
		check_ticket(&f, number);
		desk_teardown(&f);
	}
}

int
main(int argc, char **argv)
{
	char self[PATH_MAX];

	if (argc > 0 && strcmp(argv[0], "hookdesk-script") == 0)
		return be_host();
	if (realpath("/proc/self/exe", self) == NULL)
		return tap_skip("/proc is not there");
	setenv("HOOKDESK_SCRIPT_HOST", self, 1);
	RUN(test_impostor__is_believed_nothing);
	RUN(test_impostor__loads_what_it_likes);
	return tap_done();
}
