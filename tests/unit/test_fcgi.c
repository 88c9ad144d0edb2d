/* tests/unit/test_fcgi.c - a server and its well-behaved clients.
 *
 * Each test starts a server of its own on a socket in a temporary folder and
 * talks to it as a web server does.
 */
#include "config.h"
#include "tests/unit/fcgi_server.h"

#include "core/base/clock.h"
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void *
ask_often(void *arg)
{
	struct server *server = arg;
	struct client_answer answer = { .id = 0 };
	struct buf request = BUF_INIT;
	char uri[64];
	long wrong = 0;

	for (int i = 0; i < 40; i++) {
		int fd = client_connect(server->path);

		for (int k = 0; k < 1 + i % 4; k++) {
			snprintf(uri, sizeof uri, "/hello/%d/%d", i, k);
			buf_clear(&request);
			client_get(&request, uri, k < i % 4);
			wrong += !client_send(fd, buf_get(&request)) ||
			    !client_answer(fd, &answer, WAIT_MS) ||
			    !answer.has_end ||
			    !bytes_is(client_answer_body(&answer), uri);
			client_answer_release(&answer);
		}
		wrong += !client_is_closed(fd, WAIT_MS);
		close(fd);
	}
	buf_release(&request);
	return (void *)wrong;
}

static void
test_fcgi_serve__answers_many_at_once(void)
{
	static struct server server;
	pthread_t threads[8];

	server_start(&server);
	for (int i = 0; i < 8; i++)
		CHECK(
		    pthread_create(&threads[i], NULL, ask_often, &server) == 0);
	for (int i = 0; i < 8; i++) {
		void *wrong = NULL;

		pthread_join(threads[i], &wrong);
		CHECK(wrong == NULL);
	}
	CHECK_INT(server.stats.requests, 8 * 40 * 5 / 2);
	CHECK_INT(server.stats.aborted, 0);
	server_stop(&server);
}

static void
test_fcgi_serve__takes_a_request_in_any_pieces(void)
{
	static struct server server = { .options.threads = 1 };
	static const size_t pieces[] = { 1, 3, 100, 1000 };
	struct bytes body = some_body(3000);
	struct buf request = BUF_INIT;

	server_start(&server);
	client_post(&request, "/echo", body, false);
	for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
		int fd = client_connect(server.path);

		for (size_t i = 0; i < request.len; i += pieces[k]) {
			size_t left = request.len - i;

			CHECK(client_send(fd,
			    (struct bytes){ request.at + i,
				left < pieces[k] ? left : pieces[k] }));
		}
		expect(fd, echo_of(body));
		close(fd);
	}
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_read__gives_bodies_of_any_size(void)
{
	static struct server server;
	static const size_t sizes[] = { 0, 1, 8000, 32000, 65000, 65300, 65536,
		70000, 1000003, 4 * 1024 * 1024 };
	int fd;

	server_start(&server);
	fd = client_connect(server.path);
	/* All on one connection: nothing is left over, nothing is lost. */
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct bytes body = some_body(sizes[i]);
		struct buf request = BUF_INIT;

		printf("# %zu bytes\n", sizes[i]);
		client_post(&request, "/echo", body, true);
		CHECK(client_send(fd, buf_get(&request)));
		expect(fd, echo_of(body));
		buf_release(&request);
	}
	close(fd);
	server_stop(&server);
}

static void
test_fcgi_read__tells_a_body_that_was_cut_off(void)
{
	static struct server server;
	static const struct {
		const char *why;
		size_t declared, sent;
		bool has_end;
	} cases[] = {
		{ "short, ended", 5000, 100, true },
		{ "long, ended", 900000, 300000, true },
		{ "long, hung up", 900000, 300000, false },
	};

	server_start(&server);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf request = BUF_INIT;
		char length[64];
		const char *pairs[] = { "REQUEST_URI=/echo", length, NULL };
		int fd;

		printf("# %s\n", cases[i].why);
		atomic_store(&server.last_read, 1);
		snprintf(length, sizeof length, "CONTENT_LENGTH=%zu",
		    cases[i].declared);
		client_begin(&request, 1, 1, false);
		client_params(&request, 1, pairs);
		client_body(&request, 1, some_body(cases[i].sent), 30000);
		if (!cases[i].has_end)
			request.len -= 8;
		fd = send_on_new(&server, &request);
		if (cases[i].has_end)
			expect(fd, "cut off");
		close(fd);
		UNTIL(atomic_load(&server.last_read) == -1);
		buf_release(&request);
	}
	CHECK(server.stats.aborted == 3);
	server_stop(&server);
}

static void
test_fcgi_send__records_any_size(void)
{
	static struct server server;
	static const size_t sizes[] = { 0, 1, 65519, 65520, 65521, 131047,
		131048, 131049, 262144, 3000000 };
	int fd;

	server_start(&server);
	fd = client_connect(server.path);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf request = BUF_INIT;
		char uri[64];

		printf("# %zu bytes\n", sizes[i]);
		snprintf(uri, sizeof uri, "/big?%zu", sizes[i]);
		client_get(&request, uri, true);
		CHECK(client_send(fd, buf_get(&request)));
		expect_pattern(fd, sizes[i]);
		buf_release(&request);
	}
	close(fd);
	server_stop(&server);
}

static void
test_fcgi_send_file__cuts_the_connection_when_it_is_short(void)
{
	static struct server server;
	struct client_answer answer = { .id = 0 };
	struct buf request = BUF_INIT;
	char uri[64];
	int fd;

	server_start(&server);
	snprintf(uri, sizeof uri, "/file?%d", FILE_SIZE);
	client_get(&request, uri, true);
	fd = send_on_new(&server, &request);
	CHECK(client_answer(fd, &answer, WAIT_MS));
	CHECK(!answer.has_end);
	client_answer_release(&answer);
	close(fd);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_send__answers_once(void)
{
	static struct server server;
	struct buf request = BUF_INIT;
	int fd;

	server_start(&server);
	client_get(&request, "/twice", true);
	fd = send_on_new(&server, &request);
	expect(fd, "once");
	/* None at all: the web server is to say that something is wrong. */
	buf_clear(&request);
	client_get(&request, "/nothing", true);
	CHECK(client_send(fd, buf_get(&request)));
	CHECK(client_is_closed(fd, WAIT_MS));
	close(fd);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_send__reaches_who_still_sends_a_body(void)
{
	static struct server server;
	struct buf request = BUF_INIT;
	int fd;

	server_start(&server);
	client_post(&request, "/unread", some_body(3000000), false);
	/* More than the sockets hold, so that closing early would break it. */
	fd = send_on_new(&server, &request);
	expect(fd, "not wanted");
	CHECK(client_is_closed(fd, WAIT_MS));
	close(fd);
	UNTIL(server.stats.connections == 0);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__takes_what_is_sent_ahead(void)
{
	static struct server server;
	struct buf request = BUF_INIT;
	int fd;

	server_start(&server);
	client_get(&request, "/hello/1", true);
	client_post(&request, "/echo", some_body(90000), true);
	client_get(&request, "/hello/2", true);
	client_get(&request, "/hello/3", false);
	fd = send_on_new(&server, &request);
	expect(fd, "/hello/1");
	expect(fd, echo_of(some_body(90000)));
	expect(fd, "/hello/2");
	expect(fd, "/hello/3");
	CHECK(client_is_closed(fd, WAIT_MS));
	close(fd);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__speaks_the_protocols_small_print(void)
{
	static struct server server;
	struct client_answer answer = { .id = 0 };
	struct buf request = BUF_INIT;
	int fd;

	server_start(&server);
	/* A question, then a request that is taken back, then one that is
	 * multiplexed into another. */
	client_record(&request, 9, 0, BYTES("\x0f\0FCGI_MPXS_CONNS"));
	client_begin(&request, 5, 1, true);
	client_params(
	    &request, 5, (const char *const[]){ "REQUEST_URI=/hello", NULL });
	client_record(&request, 2, 5, BYTES_NONE);
	client_begin(&request, 6, 1, true);
	client_begin(&request, 7, 1, true);
	client_params(
	    &request, 6, (const char *const[]){ "REQUEST_URI=/hello", NULL });
	client_body(&request, 6, BYTES_NONE, 1);
	fd = send_on_new(&server, &request);
	CHECK(client_answer(fd, &answer, WAIT_MS));
	CHECK_INT(answer.odd_type, 10);
	CHECK(
	    bytes_equal(buf_get(&answer.odd), BYTES("\x0f\1FCGI_MPXS_CONNS0")));
	client_answer_release(&answer);
	CHECK(client_answer(fd, &answer, WAIT_MS));
	CHECK_INT(answer.id, 5);
	CHECK_INT(answer.how, 0);
	client_answer_release(&answer);
	CHECK(client_answer(fd, &answer, WAIT_MS));
	CHECK_INT(answer.id, 7);
	CHECK_INT(answer.how, 1);
	client_answer_release(&answer);
	expect(fd, "/hello");
	CHECK_INT(server.stats.aborted, 1);
	/* An authorizer is not what we are. */
	buf_clear(&request);
	client_begin(&request, 1, 2, true);
	CHECK(client_send(fd, buf_get(&request)));
	CHECK(client_answer(fd, &answer, WAIT_MS));
	CHECK_INT(answer.how, 3);
	client_answer_release(&answer);
	CHECK(client_is_closed(fd, WAIT_MS));
	close(fd);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__leaves_the_signals_alone(void)
{
	static struct server server;
	struct sigaction now;

	server_start(&server);
	CHECK(ask(&server) < 1000000);
	CHECK(sigaction(SIGTERM, NULL, &now) == 0);
	CHECK(now.sa_handler == SIG_DFL);
	CHECK(sigaction(SIGUSR1, NULL, &now) == 0);
	CHECK(now.sa_handler == SIG_DFL);
	CHECK(sigaction(SIGPIPE, NULL, &now) == 0);
	CHECK(now.sa_handler == SIG_IGN);
	server_stop(&server);
}

static void
test_fcgi_listen__takes_only_the_place_of_the_dead(void)
{
	char folder[100], path[128], far[300];
	struct stat st;
	int first = -1, second = -1;

	CHECK_INT(file_temp_folder(folder, sizeof folder), ERR_OK);
	snprintf(path, sizeof path, "%s/socket", folder);
	CHECK_INT(fcgi_listen(path, 0660, &first), ERR_OK);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660);
	CHECK((fcntl(first, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK_INT(fcgi_listen(path, 0660, &second), ERR_BUSY);
	CHECK_INT(second, -1);
	close(first);
	CHECK_INT(fcgi_listen(path, 0600, &second), ERR_OK);
	close(second);
	/* Something else by that name is not ours to remove. */
	CHECK(unlink(path) == 0);
	CHECK_INT(file_replace(path, 0600, BYTES("letters"), NULL), ERR_OK);
	CHECK_INT(fcgi_listen(path, 0600, &second), ERR_IO);
	CHECK(stat(path, &st) == 0 && S_ISREG(st.st_mode));
	memset(far, 'x', sizeof far - 1);
	far[sizeof far - 1] = '\0';
	CHECK_INT(fcgi_listen(far, 0600, &second), ERR_INVALID);
	CHECK_INT(fcgi_listen("/nowhere/at/all", 0600, &second), ERR_IO);
	CHECK_INT(file_remove_tree(folder), ERR_OK);
}

/* What somebody sees who tries to connect all the time. */
struct eager {
	char path[128];
	atomic_bool is_over;
	atomic_long tries; /* so many have ended */
	long refused, wrong_modes;
};

static void *
connect_eagerly(void *arg)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct eager *eager = arg;
	struct stat st;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", eager->path);
	while (!eager->is_over) {
		int fd = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (stat(address.sun_path, &st) == 0)
			eager->wrong_modes += (st.st_mode & 0777) != 0666;
		if (connect(fd, (struct sockaddr *)&address, sizeof address) !=
		    0)
			eager->refused += errno == ECONNREFUSED;
		close(fd);
		eager->tries++;
	}
	return NULL;
}

/* A try that looked the name up before now has ended. */
static void
wait_for_a_new_try(struct eager *eager)
{
	long begun = eager->tries + 1;

	while (eager->tries <= begun)
		sched_yield();
}

static void
test_fcgi_listen__is_not_seen_before_it_listens(void)
{
	struct eager eager = { .is_over = false };
	char folder[100];
	pthread_t thread;
	int fd = -1;

	CHECK_INT(file_temp_folder(folder, sizeof folder), ERR_OK);
	snprintf(eager.path, sizeof eager.path, "%s/socket", folder);
	CHECK(pthread_create(&thread, NULL, connect_eagerly, &eager) == 0);
	for (int i = 0; i < 2000; i++) {
		CHECK_INT(fcgi_listen(eager.path, 0666, &fd), ERR_OK);
		CHECK(unlink(eager.path) == 0);
		wait_for_a_new_try(&eager); /* before it is deaf */
		close(fd);
	}
	eager.is_over = true;
	pthread_join(thread, NULL);
	CHECK_INT(eager.refused, 0);
	CHECK_INT(eager.wrong_modes, 0);
	CHECK(rmdir(folder) == 0); /* no other name is left */
}

int
main(void)
{
	RUN(test_fcgi_listen__takes_only_the_place_of_the_dead);
	RUN(test_fcgi_listen__is_not_seen_before_it_listens);
	RUN(test_fcgi_serve__answers_many_at_once);
	RUN(test_fcgi_serve__takes_a_request_in_any_pieces);
	RUN(test_fcgi_read__gives_bodies_of_any_size);
	RUN(test_fcgi_read__tells_a_body_that_was_cut_off);
	RUN(test_fcgi_send__records_any_size);
	RUN(test_fcgi_send_file__cuts_the_connection_when_it_is_short);
	RUN(test_fcgi_send__answers_once);
	RUN(test_fcgi_send__reaches_who_still_sends_a_body);
	RUN(test_fcgi_serve__takes_what_is_sent_ahead);
	RUN(test_fcgi_serve__speaks_the_protocols_small_print);
	RUN(test_fcgi_serve__leaves_the_signals_alone);
	return tap_done();
}
