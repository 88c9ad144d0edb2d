/* tests/unit/fcgi_server.h - a server of fcgi_serve() to try things on.
 *
 * Its pages: /hello... says its own address, /big?N sends N bytes, /file?N as
 * many of a file, /echo tells length and sum of the body, /wait waits for
 * <wake>, /unread answers without reading the body, /twice answers twice, all
 * others not at all.
 */
#ifndef HOOKDESK_TESTS_FCGI_SERVER_H
#define HOOKDESK_TESTS_FCGI_SERVER_H

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/web/fcgi.h"
#include "tests/tap.h"
#include "tests/unit/fcgi_client.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 20000, FILE_SIZE = 9 * 1024 * 1024 + 77 };

struct server {
	char folder[100], path[128];
	int file_fd;
	struct fcgi_stats stats;
	struct fcgi_options options;
	atomic_int stop;
	pthread_t thread;
	enum err err;
	_Atomic int in_sleep; /* handlers that wait for <wake> */
	_Atomic int wake;
	_Atomic enum err sent;  /* what sending the last answer gave */
	_Atomic long last_read; /* what the last body's reading came to */
};

/* Wait until <condition>, 20 s at most. */
#define UNTIL(condition) \
	do { \
		int64_t until_end = clock_monotonic_us() + 20000000; \
		while (!(condition) && clock_monotonic_us() < until_end) \
			nap(); \
		CHECK(condition); \
	} while (0)

/* Sleep 2 ms. */
static inline void
nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

/* A byte of what /big and /file send, by its place. */
static inline char
pattern(int64_t at)
{
	return (char)('a' + (at * 7 + at / 251) % 26);
}

static inline void
send_text(struct fcgi_exchange *exchange, const char *text)
{
	CHECK(fcgi_send(exchange, BYTES("Status: 200 OK\r\n\r\n"),
		  bytes_of(text)) != ERR_INVALID);
}

static inline void
answer_big(struct server *server, struct fcgi_exchange *exchange, long size)
{
	char *at = arena_alloc_raw(fcgi_arena(exchange), (size_t)size + 1);

	if (at == NULL)
		return;
	for (long i = 0; i < size; i++)
		at[i] = pattern(i);
	server->sent = fcgi_send(exchange, BYTES("X: y\r\n\r\n"),
	    (struct bytes){ at, (size_t)size });
}

/* Length and sum of the body, or "cut off". */
static inline void
answer_echo(struct server *server, struct fcgi_exchange *exchange)
{
	unsigned long sum = 0, total = 0;
	char piece[10000];
	long n;

	while ((n = fcgi_read(exchange, piece, sizeof piece)) > 0) {
		for (long i = 0; i < n; i++)
			sum = sum * 31 + (unsigned char)piece[i];
		total += (unsigned long)n;
	}
	atomic_store(&server->last_read, n < 0 ? -1 : (long)total);
	send_text(exchange,
	    n < 0 ? "cut off" :
		    arena_printf(fcgi_arena(exchange), "%lu %lu", total, sum));
}

static inline void
handle(struct fcgi_exchange *exchange, void *ctx)
{
	struct server *server = ctx;
	const char *uri = fcgi_param(exchange, "REQUEST_URI");
	const char *query;

	if (uri == NULL)
		return;
	query = strchr(uri, '?');
	if (strncmp(uri, "/hello", 6) == 0) {
		send_text(exchange, uri);
	} else if (strncmp(uri, "/big?", 5) == 0) {
		answer_big(server, exchange, atol(query + 1));
	} else if (strcmp(uri, "/echo") == 0) {
		answer_echo(server, exchange);
	} else if (strcmp(uri, "/wait") == 0) {
		atomic_fetch_add(&server->in_sleep, 1);
		while (atomic_load(&server->wake) == 0)
			nap();
		atomic_fetch_sub(&server->in_sleep, 1);
		send_text(exchange, "woken");
	} else if (strncmp(uri, "/file?", 6) == 0) {
		server->sent = fcgi_send_file(exchange, BYTES("X: y\r\n\r\n"),
		    server->file_fd, 5, atol(query + 1));
	} else if (strcmp(uri, "/unread") == 0) {
		send_text(exchange, "not wanted");
	} else if (strcmp(uri, "/twice") == 0) {
		send_text(exchange, "once");
		CHECK_INT(
		    fcgi_send(exchange, BYTES("A: b\r\n\r\n"), BYTES("again")),
		    ERR_INVALID);
	}
}

static inline void *
server_main(void *arg)
{
	struct server *server = arg;

	server->err = fcgi_serve(
	    &server->options, handle, server, &server->stats, &server->stop);
	return NULL;
}

static inline bool
make_file(struct server *server)
{
	char path[160];
	char *at = malloc(FILE_SIZE);
	bool is_made = false;

	snprintf(path, sizeof path, "%s/file", server->folder);
	server->file_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (int64_t i = 0; at != NULL && i < FILE_SIZE; i++)
		at[i] = pattern(i - 5);
	if (at != NULL && server->file_fd >= 0)
		is_made = file_write_all(server->file_fd, at, FILE_SIZE) ==
		    ERR_OK;
	free(at);
	return is_made;
}

/* With the options set by the caller; or the program ends. */
static inline void
server_start(struct server *server)
{
	if (file_temp_folder(server->folder, sizeof server->folder) != ERR_OK ||
	    !make_file(server))
		abort();
	snprintf(
	    server->path, sizeof server->path, "%s/socket", server->folder);
	if (fcgi_listen(server->path, 0600, &server->options.listen_fd) !=
		ERR_OK ||
	    pthread_create(&server->thread, NULL, server_main, server) != 0)
		abort();
}

/* Stop it, and check that nothing is left of it. */
static inline void
server_stop(struct server *server)
{
	server->stop = 1;
	pthread_join(server->thread, NULL);
	CHECK_INT(server->err, ERR_OK);
	CHECK_INT(server->stats.connections, 0);
	CHECK_INT(server->stats.parked, 0);
	CHECK_INT(server->stats.busy, 0);
	close(server->file_fd);
	CHECK_INT(file_remove_tree(server->folder), ERR_OK);
}

/* A new connection on which <bytes> were sent. */
static inline int
send_on_new(const struct server *server, const struct buf *bytes)
{
	int fd = client_connect(server->path);

	CHECK(fd >= 0);
	CHECK(client_send(fd, buf_get(bytes)));
	return fd;
}

/* Read an answer, whole, whose body is <want>. */
static inline void
expect(int fd, const char *want)
{
	struct client_answer answer = { .id = 0 };

	CHECK(client_answer(fd, &answer, WAIT_MS));
	CHECK(answer.has_end);
	CHECK_BYTES(client_answer_body(&answer), want);
	client_answer_release(&answer);
}

/* The same for <size> bytes of the pattern. */
static inline void
expect_pattern(int fd, size_t size)
{
	struct client_answer answer = { .id = 0 };
	struct bytes body;
	size_t wrong = 0;

	CHECK(client_answer(fd, &answer, WAIT_MS));
	CHECK(answer.has_end);
	body = client_answer_body(&answer);
	CHECK_INT(body.len, size);
	for (size_t i = 0; i < body.len; i++)
		wrong += body.at[i] != pattern((int64_t)i);
	CHECK_INT(wrong, 0);
	client_answer_release(&answer);
}

/* Ask for a short page; microseconds until it was there. */
static inline int64_t
ask(const struct server *server)
{
	struct buf request = BUF_INIT;
	int64_t begun_us = clock_monotonic_us();
	int fd;

	client_get(&request, "/hello", false);
	fd = send_on_new(server, &request);
	expect(fd, "/hello");
	close(fd);
	buf_release(&request);
	return clock_monotonic_us() - begun_us;
}

/* What /echo says of <body>; static. */
static inline const char *
echo_of(struct bytes body)
{
	static char text[64];
	unsigned long sum = 0;

	for (size_t i = 0; i < body.len; i++)
		sum = sum * 31 + (unsigned char)body.at[i];
	snprintf(text, sizeof text, "%zu %lu", body.len, sum);
	return text;
}

/* <size> bytes of the pattern, up to 4 MiB; static. */
static inline struct bytes
some_body(size_t size)
{
	static char at[4 * 1024 * 1024];

	if (size > sizeof at)
		abort();
	for (size_t i = 0; i < size; i++)
		at[i] = pattern((int64_t)i);
	return (struct bytes){ at, size };
}

#endif
