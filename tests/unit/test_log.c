/* tests/unit/test_log.c */
#include "config.h"
#include "core/base/log.h"

#include "core/base/bytes.h"
#include "tests/tap.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static int pipe_fds[2];

/* What was logged since the last call, less the time; NUL-terminated. */
static const char *
logged(void)
{
	static char text[65536];
	ssize_t n = read(pipe_fds[0], text, sizeof text - 1);
	char *at;

	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, " at=");
	if (at != NULL) {
		char *rest = strchr(at + 4, ' ');

		memmove(at, rest, strlen(rest) + 1);
	}
	return text;
}

#define CHECK_LOGGED(want) CHECK_BYTES(bytes_of(logged()), want)

static void
test_log_event__writes_keys_and_values(void)
{
	const char *volatile nothing = NULL;

	log_event(LOG_WARN, "mail.failed",
	    "ticket=%" PRIu64 " tries=%d left=%ld size=%zu flags=%x kind=%c "
	    "to=%s part=%.*s fixed=%.2s none=%s",
	    UINT64_MAX, -3, -4L, (size_t)5, 255u, 'k', "a@b.example", 3,
	    "abcdef", "xyz", nothing);
	CHECK_LOGGED(
	    "request=- level=warn event=mail.failed "
	    "ticket=18446744073709551615 tries=-3 left=-4 size=5 flags=ff "
	    "kind=k to=a@b.example part=abc fixed=xy none=-\n");
	log_event(LOG_INFO, "server.started", "%s", "");
	CHECK_LOGGED("request=- level=info event=server.started \"\"\n");
}

static void
test_log_event__escapes_what_came_from_outside(void)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "plain-1.2:3/4_x@y", "plain-1.2:3/4_x@y" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "say \"hi\" \\", "\"say \\\"hi\\\" \\\\\"" },
		{ "x\nrequest=forged", "\"x\\nrequest=forged\"" },
		{ "\r\t\x1b[31m\x7f", "\"\\u000d\\u0009\\u001b[31m\\u007f\"" },
		{ "\xc2\x9b", "\"\\u009b\"" }, /* CSI */
		{ "a\xe2\x80\xae"
		  "b",
		    "\"a\\u202eb\"" }, /* RLO */
		{ "a\xe2\x80\xa8"
		  "b",
		    "\"a\\u2028b\"" }, /* LS */
		{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
		{ "bad\xff\xc3", "\"bad\\xff\\xc3\"" },
		{ "", "\"\"" },
	};
	char want[256];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		log_event(LOG_INFO, "x.y", "v=%s", cases[i].value);
		snprintf(want, sizeof want,
		    "request=- level=info event=x.y v=%s\n", cases[i].want);
		CHECK_LOGGED(want);
	}
}

static void
test_log_event__names_the_request_first(void)
{
	log_set_request("7f3ac2");
	CHECK_BYTES(bytes_of(log_request()), "7f3ac2");
	log_event(LOG_INFO, "x.y", "%s", "z");
	CHECK_LOGGED("request=7f3ac2 level=info event=x.y z\n");
	log_set_request("a b\nc");
	log_event(LOG_INFO, "x.y", "n=%d", 1);
	CHECK_LOGGED("request=\"a b\\nc\" level=info event=x.y n=1\n");
	log_set_request("0123456789012345678901234567890123456789");
	CHECK_INT(strlen(log_request()), LOG_REQUEST_MAX);
	log_set_request(NULL);
	CHECK_BYTES(bytes_of(log_request()), "");
}

static void *
request_of_thread(void *out)
{
	*(bool *)out = log_request()[0] == '\0';
	return NULL;
}

static void
test_log_set_request__is_for_one_thread(void)
{
	pthread_t thread;
	bool empty = false;

	log_set_request("mine");
	if (pthread_create(&thread, NULL, request_of_thread, &empty) == 0)
		pthread_join(thread, NULL);
	CHECK(empty);
	log_set_request(NULL);
}

static void
test_log_event__cuts_long_lines(void)
{
	char *words = malloc(10001);
	const char *line;

	memset(words, 'x', 10000);
	words[10000] = '\0';
	log_event(LOG_INFO, "x.y", "short=%d long=%s more=%d", 1, words, 2);
	line = logged();
	CHECK(strlen(line) <= 4096);
	CHECK(strstr(line, " short=1 ") != NULL);
	CHECK(
	    strlen(line) > 4 && strcmp(line + strlen(line) - 4, "...\n") == 0);
	free(words);
}

static void
test_log_event__leaves_errno_and_lower_levels_alone(void)
{
	enum log_level level = LOG__COUNT;

	errno = EDOM;
	log_event(LOG_ERROR, "x.y", "n=%d", 1);
	CHECK_INT(errno, EDOM);
	(void)logged();
	CHECK(!log_would(LOG_DEBUG));
	log_event(LOG_DEBUG, "not.seen", "n=%d", 1);
	log_event(LOG_INFO, "seen", "n=%d", 1);
	CHECK_LOGGED("request=- level=info event=seen n=1\n");
	CHECK(log_level_from("debug", &level) == ERR_OK);
	CHECK(level == LOG_DEBUG);
	CHECK(log_level_from("loud", &level) == ERR_INVALID);
	CHECK(level == LOG_DEBUG);
	log_set_level(level);
	log_event(LOG_DEBUG, "seen", "n=%d", 2);
	CHECK_LOGGED("request=- level=debug event=seen n=2\n");
	log_set_level(LOG_INFO);
}

int
main(void)
{
	if (pipe(pipe_fds) != 0)
		return 1;
	log_set_fd(pipe_fds[1]);
	RUN(test_log_event__writes_keys_and_values);
	RUN(test_log_event__escapes_what_came_from_outside);
	RUN(test_log_event__names_the_request_first);
	RUN(test_log_set_request__is_for_one_thread);
	RUN(test_log_event__cuts_long_lines);
	RUN(test_log_event__leaves_errno_and_lower_levels_alone);
	return tap_done();
}
