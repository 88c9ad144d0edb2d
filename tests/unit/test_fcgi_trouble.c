/* tests/unit/test_fcgi_trouble.c - a server in hard times.
 *
 * Clients that stall or talk nonsense, descriptors that run out, one site that
 * wants it all, and the end.
 */
#include "config.h"
#include "tests/unit/fcgi_server.h"

#include "core/base/clock.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static void
test_fcgi_serve__answers_beside_half_open_ones(void)
{
	static struct server server = { .options.threads = 2 };
	struct buf request = BUF_INIT;
	int fds[200];
	int64_t slowest = 0;

	server_start(&server);
	client_get(&request, "/hello", false);
	for (int i = 0; i < 200; i++) {
		fds[i] = client_connect(server.path);
		CHECK(client_send(fds[i],
		    (struct bytes){
			request.at, request.len * (size_t)i / 200 }));
	}
	UNTIL(server.stats.parked == 200);
	for (int i = 0; i < 20; i++) {
		int64_t took = ask(&server);

		slowest = took > slowest ? took : slowest;
	}
	CHECK(slowest < 1000000);
	/* And they are answered when the rest comes. */
	for (int i = 0; i < 200; i++) {
		size_t sent = request.len * (size_t)i / 200;

		CHECK(client_send(fds[i],
		    (struct bytes){ request.at + sent, request.len - sent }));
		expect(fds[i], "/hello");
		close(fds[i]);
	}
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__bounds_the_workers_of_long_bodies(void)
{
	static struct server server = { .options.threads = 4 };
	struct buf request = BUF_INIT;
	int fds[16];

	server_start(&server);
	client_post(&request, "/echo", some_body(200000), false);
	for (int i = 0; i < 16; i++) {
		fds[i] = client_connect(server.path);
		CHECK(
		    client_send(fds[i], (struct bytes){ request.at, 150000 }));
		if (i == 1)
			UNTIL(server.stats.busy == 2);
	}
	for (int i = 0; i < 10; i++)
		CHECK(ask(&server) < 1000000);
	UNTIL(server.stats.busy == 2); /* the last answer is out first */
	/* Each that is done makes room for the next, in whatever order. */
	for (int i = 0; i < 16; i++)
		CHECK(client_send(fds[i],
		    (struct bytes){
			request.at + 150000, request.len - 150000 }));
	for (int i = 0; i < 16; i++) {
		expect(fds[i], echo_of(some_body(200000)));
		close(fds[i]);
	}
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__gives_up_long_bodies_that_stall(void)
{
	static struct server server = { .options = {
					    .threads = 2, .idle_ms = 300 } };
	struct buf request = BUF_INIT;
	int fds[3];

	server_start(&server);
	client_post(&request, "/echo", some_body(200000), false);
	for (int i = 0; i < 3; i++) {
		fds[i] = client_connect(server.path);
		CHECK(
		    client_send(fds[i], (struct bytes){ request.at, 150000 }));
	}
	/* One was read and found cut off; the others waited for their turn as
	 * long, and were told to come again or found cut off as well. */
	for (int i = 0; i < 3; i++) {
		struct client_answer answer = { .id = 0 };

		CHECK(client_answer(fds[i], &answer, WAIT_MS));
		CHECK(answer.has_end);
		CHECK(bytes_is(client_answer_body(&answer), "cut off") ||
		    bytes_start_with(
			buf_get(&answer.out), BYTES("Status: 503 ")));
		client_answer_release(&answer);
		close(fds[i]);
	}
	UNTIL(server.stats.connections == 0);
	CHECK(server.stats.aborted > 0);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__gives_up_who_stalls(void)
{
	static struct server server = { .options = {
					    .idle_ms = 300, .keep_ms = 400 } };
	struct buf request = BUF_INIT;
	int silent, half, kept;

	server_start(&server);
	client_get(&request, "/hello", true);
	silent = client_connect(server.path);
	half = client_connect(server.path);
	CHECK(client_send(half, (struct bytes){ request.at, 40 }));
	kept = send_on_new(&server, &request);
	expect(kept, "/hello");
	CHECK(client_is_closed(silent, WAIT_MS));
	CHECK(client_is_closed(half, WAIT_MS));
	CHECK_INT(server.stats.timed_out, 2);
	CHECK(client_is_closed(kept, WAIT_MS));
	CHECK_INT(server.stats.timed_out, 2); /* that was no fault */
	close(silent);
	close(half);
	close(kept);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_send__lets_slow_readers_wait(void)
{
	static struct server server = { .options = { .threads = 4 } };
	struct buf big = BUF_INIT, file = BUF_INIT;
	char uri[64];
	int fds[32];

	server_start(&server);
	client_get(&big, "/big?1500000", false);
	snprintf(uri, sizeof uri, "/file?%d", FILE_SIZE - 5);
	client_get(&file, uri, true);
	for (int i = 0; i < 32; i++)
		fds[i] = send_on_new(&server, i % 2 == 0 ? &big : &file);
	UNTIL(server.stats.parked == 32);
	CHECK_INT(server.stats.busy, 0);
	for (int i = 0; i < 10; i++)
		CHECK(ask(&server) < 1000000);
	for (int i = 0; i < 32; i++) {
		expect_pattern(fds[i], i % 2 == 0 ? 1500000 : FILE_SIZE - 5);
		close(fds[i]);
	}
	buf_release(&big);
	buf_release(&file);
	server_stop(&server);
}

static void
test_fcgi_send__gives_up_who_takes_nothing(void)
{
	static struct server server = { .options = { .write_ms = 300 } };
	struct buf request = BUF_INIT;
	int fd;

	server_start(&server);
	client_get(&request, "/big?3000000", false);
	fd = send_on_new(&server, &request);
	UNTIL(server.stats.requests == 1);
	UNTIL(server.stats.connections == 0);
	CHECK_INT(server.stats.timed_out, 1);
	close(fd);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__survives_nonsense(void)
{
	static struct server server;
	char noise[70000];
	unsigned seed = 1;

	server_start(&server);
	for (int i = 0; i < 50; i++) {
		struct buf request = BUF_INIT;
		int fd = client_connect(server.path);

		client_get(&request, "/hello", false);
		for (size_t k = 0; k < sizeof noise; k++)
			noise[k] = (char)rand_r(&seed);
		noise[0] = 1;   /* our version: further in before it fails */
		if (i % 2 == 0) /* or a request with a few bytes changed */
			for (int k = 0; k < 3; k++)
				request.at[(size_t)rand_r(&seed) %
				    request.len] = (char)rand_r(&seed);
		if (i % 2 == 0)
			(void)client_send(fd, buf_get(&request));
		else
			(void)client_send(
			    fd, (struct bytes){ noise, sizeof noise });
		close(fd);
		buf_release(&request);
	}
	CHECK(ask(&server) < 1000000);
	UNTIL(server.stats.connections == 0);
	server_stop(&server);
}

static void
test_fcgi_serve__refuses_more_parameters_than_it_holds(void)
{
	static struct server server;
	static char value[70000];
	const char *pairs[] = { value, NULL };
	struct buf request = BUF_INIT;
	int fd;

	server_start(&server);
	memset(value, 'x', sizeof value - 1);
	value[1] = '=';
	client_begin(&request, 1, 1, true);
	value[64000] = '\0';
	client_params(&request, 1, pairs);
	client_begin(&request, 2, 1, true);
	fd = client_connect(server.path);
	CHECK(client_send(fd, buf_get(&request)));
	CHECK(!client_is_closed(fd, 50)); /* that was not too much */
	buf_clear(&request);
	for (int i = 0; i < 3; i++)
		client_record(
		    &request, 4, 9, (struct bytes){ value, sizeof value / 3 });
	(void)client_send(fd, buf_get(&request));
	close(fd);

	buf_clear(&request);
	client_begin(&request, 1, 1, true);
	for (int i = 0; i < 3; i++)
		client_record(
		    &request, 4, 1, (struct bytes){ value, sizeof value / 3 });
	fd = client_connect(server.path);
	(void)client_send(fd, buf_get(&request));
	CHECK(client_is_closed(fd, WAIT_MS));
	UNTIL(server.stats.refused > 0);
	close(fd);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__waits_when_descriptors_run_out(void)
{
	static struct server server = { .options.threads = 2 };
	struct rlimit before, few;
	struct buf request = BUF_INIT;
	int fds[40], late;

	server_start(&server);
	CHECK(ask(&server) < 1000000);
	/* Connect first: these are this process's descriptors as well. */
	for (int i = 0; i < 40; i++)
		fds[i] = client_connect(server.path);
	UNTIL(server.stats.parked == 40);
	late = client_connect(server.path);
	UNTIL(server.stats.parked == 41);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	few = before;
	few.rlim_cur = (rlim_t)late + 1;
	close(fds[39]);
	UNTIL(server.stats.connections == 40);
	/* One descriptor for our side, none for theirs. */
	fds[39] = client_connect(server.path);
	UNTIL(server.stats.connections == 41);
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	close(late);
	UNTIL(server.stats.connections == 40);
	late = client_connect(server.path);
	CHECK(late >= 0);
	few.rlim_cur = (rlim_t)late + 1;
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	client_get(&request, "/hello", false);
	CHECK(client_send(late, buf_get(&request)));
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	expect(late, "/hello");
	for (int i = 0; i < 40; i++)
		close(fds[i]);
	close(late);
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__holds_so_many_connections(void)
{
	static struct server server = { .options = { .threads = 2,
					    .connections_max = 10 } };
	struct buf request = BUF_INIT;
	int fds[10], late;

	server_start(&server);
	client_get(&request, "/hello", true);
	for (int i = 0; i < 9; i++)
		fds[i] = client_connect(server.path);
	fds[9] = send_on_new(&server, &request);
	expect(fds[9], "/hello");
	UNTIL(server.stats.connections == 10);
	/* Who is kept for later makes room for who has something to say. */
	late = send_on_new(&server, &request);
	expect(late, "/hello");
	CHECK(client_is_closed(fds[9], WAIT_MS));
	CHECK(server.stats.connections <= 12);
	for (int i = 0; i < 10; i++)
		close(fds[i]);
	close(late);
	buf_release(&request);
	server_stop(&server);
}

static void
ask_site(struct buf *request, const char *site, const char *uri)
{
	char name[64], where[64];
	const char *pairs[] = { where, name, NULL };

	snprintf(name, sizeof name, "HOOKDESK_SITE=%s", site);
	snprintf(where, sizeof where, "REQUEST_URI=%s", uri);
	buf_clear(request);
	client_begin(request, 1, 1, false);
	client_params(request, 1, pairs);
	client_body(request, 1, BYTES_NONE, 1);
}

static void
test_fcgi_serve__leaves_workers_to_other_sites(void)
{
	static struct server server = { .options = { .threads = 4,
					    .site_workers_max = 2 } };
	struct client_answer answer = { .id = 0 };
	struct buf request = BUF_INIT;
	int fds[8], other;

	server_start(&server);
	ask_site(&request, "loud", "/wait");
	for (int i = 0; i < 8; i++)
		fds[i] = send_on_new(&server, &request);
	UNTIL(server.in_sleep == 2);
	ask_site(&request, "quiet", "/hello");
	for (int i = 0; i < 10; i++) {
		other = send_on_new(&server, &request);
		expect(other, "/hello");
		close(other);
	}
	CHECK_INT(server.in_sleep, 2);
	/* The others of the loud site are told to come again. */
	UNTIL(server.stats.refused == 6);
	atomic_store(&server.wake, 1);
	for (int i = 0; i < 8; i++) {
		CHECK(client_answer(fds[i], &answer, WAIT_MS));
		CHECK(answer.has_end);
		close(fds[i]);
	}
	CHECK(bytes_find(buf_get(&answer.out), BYTES("Status: 503 ")) != NULL);
	CHECK(bytes_find(buf_get(&answer.out), BYTES("woken")) != NULL);
	client_answer_release(&answer);
	/* Those who wait less are answered. */
	atomic_store(&server.wake, 0);
	ask_site(&request, "loud", "/wait");
	for (int i = 0; i < 4; i++)
		fds[i] = send_on_new(&server, &request);
	UNTIL(server.in_sleep == 2);
	atomic_store(&server.wake, 1);
	for (int i = 0; i < 4; i++) {
		expect(fds[i], "woken");
		close(fds[i]);
	}
	buf_release(&request);
	server_stop(&server);
}

static void
test_fcgi_serve__finishes_what_has_begun(void)
{
	static struct server server = { .options = {
					    .threads = 4, .stop_ms = 10000 } };
	struct buf request = BUF_INIT, slow = BUF_INIT;
	int waiting, kept, half, reading;

	server_start(&server);
	client_get(&request, "/hello", true);
	kept = send_on_new(&server, &request);
	expect(kept, "/hello");
	half = client_connect(server.path);
	CHECK(client_send(half, (struct bytes){ request.at, 30 }));
	client_get(&slow, "/wait", true);
	waiting = send_on_new(&server, &slow);
	buf_clear(&slow);
	client_get(&slow, "/big?2000000", true);
	reading = send_on_new(&server, &slow);
	UNTIL(server.in_sleep == 1 && server.stats.parked == 3);
	server.stop = 1;
	/* Kept for later: there is no later. */
	CHECK(client_is_closed(kept, WAIT_MS));
	/* Begun in time. */
	CHECK(client_send(
	    half, (struct bytes){ request.at + 30, request.len - 30 }));
	expect(half, "/hello");
	CHECK(client_is_closed(half, WAIT_MS));
	expect_pattern(reading, 2000000);
	atomic_store(&server.wake, 1);
	expect(waiting, "woken");
	CHECK(client_is_closed(waiting, WAIT_MS));
	server_stop(&server);
	CHECK(client_connect(server.path) < 0);
	close(kept);
	close(half);
	close(waiting);
	close(reading);
	buf_release(&request);
	buf_release(&slow);
}

static void
test_fcgi_serve__ends_though_clients_stall(void)
{
	static struct server server = { .options.stop_ms = 400 };
	struct buf request = BUF_INIT;
	int64_t begun_us;
	int fds[4];

	server_start(&server);
	fds[0] = client_connect(server.path);
	client_get(&request, "/big?3000000", false);
	fds[1] = send_on_new(&server, &request);
	buf_clear(&request);
	client_post(&request, "/echo", some_body(300000), false);
	fds[2] = client_connect(server.path);
	CHECK(client_send(fds[2], (struct bytes){ request.at, 200000 }));
	fds[3] = client_connect(server.path);
	CHECK(client_send(fds[3], (struct bytes){ request.at, 50 }));
	UNTIL(server.stats.parked == 3 && server.stats.busy == 1);
	begun_us = clock_monotonic_us();
	server_stop(&server);
	CHECK(clock_monotonic_us() - begun_us < 5000000);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	buf_release(&request);
}

int
main(void)
{
	RUN(test_fcgi_serve__answers_beside_half_open_ones);
	RUN(test_fcgi_serve__bounds_the_workers_of_long_bodies);
	RUN(test_fcgi_serve__gives_up_long_bodies_that_stall);
	RUN(test_fcgi_serve__gives_up_who_stalls);
	RUN(test_fcgi_send__lets_slow_readers_wait);
	RUN(test_fcgi_send__gives_up_who_takes_nothing);
	RUN(test_fcgi_serve__survives_nonsense);
	RUN(test_fcgi_serve__refuses_more_parameters_than_it_holds);
	RUN(test_fcgi_serve__waits_when_descriptors_run_out);
	RUN(test_fcgi_serve__holds_so_many_connections);
	RUN(test_fcgi_serve__leaves_workers_to_other_sites);
	RUN(test_fcgi_serve__finishes_what_has_begun);
	RUN(test_fcgi_serve__ends_though_clients_stall);
	return tap_done();
}
