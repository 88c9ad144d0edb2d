/* tests/unit/test_control.c - tests of core/desk/control.c. */
#include "config.h"
#include "core/desk/control.h"

#include "core/base/file.h"
#include "tests/tap.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[PATH_MAX];

static void
echo(void *arg, struct bytes request, struct buf *answer)
{
	unsigned *count = arg;

	++*count;
	buf_text(answer, "{\"got\":");
	buf_bytes(answer, request);
	buf_char(answer, '}');
}

static void
test_control_call__brings_the_answer(void)
{
	struct control *control = NULL;
	struct buf answer = BUF_INIT;
	unsigned count = 0;
	char path[PATH_MAX + 20];
	struct stat st;

	CHECK(control_start(dir, echo, &count, &control, NULL) == ERR_OK);
	snprintf(path, sizeof path, "%s/control.sock", dir);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	for (int i = 0; i < 20; i++) {
		buf_clear(&answer);
		CHECK(
		    control_call(dir, BYTES("[1]"), 10000, &answer) == ERR_OK);
		CHECK_BYTES(buf_get(&answer), "{\"got\":[1]}");
	}
	CHECK_INT(count, 20);
	control_stop(control);
	CHECK(stat(path, &st) != 0);
	buf_release(&answer);
}

static void
test_control_call__carries_what_is_large(void)
{
	struct control *control = NULL;
	struct buf request = BUF_INIT, answer = BUF_INIT;
	unsigned count = 0;

	CHECK(buf_reserve(&request, 900000));
	memset(request.at, 'x', 900000);
	request.len = 900000;
	CHECK(control_start(dir, echo, &count, &control, NULL) == ERR_OK);
	CHECK(control_call(dir, buf_get(&request), 10000, &answer) == ERR_OK);
	CHECK_INT(answer.len, 900000 + 8);
	buf_clear(&answer);
	CHECK(buf_reserve(&request, 200000));
	request.len += 200000;
	CHECK(
	    control_call(dir, buf_get(&request), 10000, &answer) == ERR_LIMIT);
	control_stop(control);
	buf_release(&request);
	buf_release(&answer);
}

static void
test_control_call__says_when_nobody_listens(void)
{
	struct control *control = NULL;
	struct buf answer = BUF_INIT;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned count = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(control_call(dir, BYTES("1"), 1000, &answer) == ERR_NOT_FOUND);
	CHECK(control_call("/nonexistent", BYTES("1"), 1000, &answer) ==
	    ERR_NOT_FOUND);
	/* A socket that a dead owner left is no hindrance. */
	snprintf(address.sun_path, sizeof address.sun_path, "%.80s/%s", dir,
	    "control.sock");
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
	close(fd);
	CHECK(control_call(dir, BYTES("1"), 1000, &answer) == ERR_NOT_FOUND);
	CHECK(control_start(dir, echo, &count, &control, NULL) == ERR_OK);
	CHECK(control_call(dir, BYTES("1"), 10000, &answer) == ERR_OK);
	control_stop(control);
	buf_release(&answer);
}

static void
test_control_stop__does_not_wait_for_a_silent_client(void)
{
	struct control *control = NULL;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned count = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(control_start(dir, echo, &count, &control, NULL) == ERR_OK);
	snprintf(address.sun_path, sizeof address.sun_path, "%.80s/%s", dir,
	    "control.sock");
	CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
	CHECK(write(fd, "[", 1) == 1);
	control_stop(control);
	CHECK_INT(count, 0);
	close(fd);
}

static void
test_control_start__refuses_a_path_that_is_too_long(void)
{
	struct control *control = NULL;
	struct why why = { .message = "" };
	char path[300];

	memset(path, 'x', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	CHECK(control_start(path, echo, NULL, &control, &why) == ERR_LIMIT);
	CHECK(why.message[0] != '\0');
	CHECK(control_start("/nonexistent", echo, NULL, &control, &why) ==
	    ERR_IO);
}

int
main(void)
{
	if (file_temp_folder(dir, sizeof dir) != ERR_OK) {
		printf("Bail out! no temporary folder\n");
		return 1;
	}
	RUN(test_control_call__brings_the_answer);
	RUN(test_control_call__carries_what_is_large);
	RUN(test_control_call__says_when_nobody_listens);
	RUN(test_control_stop__does_not_wait_for_a_silent_client);
	RUN(test_control_start__refuses_a_path_that_is_too_long);
	if (file_remove_tree(dir) != ERR_OK)
		printf("# %s is left behind\n", dir);
	return tap_done();
}
