/* tests/http/httpd.c - a web server in a thread, for tests. */
#include "config.h"
#include "tests/http/httpd.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_SIZE 65536

struct httpd {
	pthread_t thread;
	pthread_mutex_t lock;
	int listener, quit[2], port;
	const char *answer;
	size_t count;
	char request[REQUEST_SIZE];
};

/* Wait for <fd> or the end of the test; false at the end. */
static bool
wait_for(struct httpd *httpd, int fd)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = httpd->quit[0], .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		;
	return fds[1].revents == 0;
}

/* Whether header and body are there. */
static bool
is_whole(const char *request, size_t len)
{
	const char *end = strstr(request, "\r\n\r\n");
	const char *said = strstr(request, "Content-Length: ");

	if (end == NULL)
		return false;
	return said == NULL || said > end ||
	    len - (size_t)(end + 4 - request) >=
	    strtoul(said + strlen("Content-Length: "), NULL, 10);
}

static void
serve(struct httpd *httpd, int fd)
{
	char request[REQUEST_SIZE] = "", byte;
	const char *answer;
	size_t len = 0;
	ssize_t n;

	while (!is_whole(request, len) && len < sizeof request - 1 &&
	    wait_for(httpd, fd)) {
		n = recv(fd, request + len, sizeof request - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
		request[len] = '\0';
	}
	pthread_mutex_lock(&httpd->lock);
	memcpy(httpd->request, request, sizeof request);
	answer = httpd->answer;
	pthread_mutex_unlock(&httpd->lock);
	if (strcmp(answer, HTTPD_STALL) != 0)
		(void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	else /* until the client gives up */
		while (wait_for(httpd, fd) && recv(fd, &byte, 1, 0) > 0)
			;
}

static void *
run(void *arg)
{
	struct httpd *httpd = arg;

	while (wait_for(httpd, httpd->listener)) {
		int fd = accept(httpd->listener, NULL, NULL);

		if (fd < 0)
			continue;
		pthread_mutex_lock(&httpd->lock);
		httpd->count++;
		pthread_mutex_unlock(&httpd->lock);
		serve(httpd, fd);
		close(fd);
	}
	return NULL;
}

struct httpd *
httpd_start(void)
{
	struct httpd *httpd = calloc(1, sizeof *httpd);
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;

	if (httpd == NULL || pipe(httpd->quit) != 0)
		return NULL;
	httpd->answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	pthread_mutex_init(&httpd->lock, NULL);
	httpd->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(httpd->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(httpd->listener, 16) != 0 ||
	    getsockname(httpd->listener, (struct sockaddr *)&at, &size) != 0 ||
	    pthread_create(&httpd->thread, NULL, run, httpd) != 0)
		return NULL;
	httpd->port = ntohs(at.sin_port);
	return httpd;
}

void
httpd_stop(struct httpd *httpd)
{
	close(httpd->quit[1]);
	pthread_join(httpd->thread, NULL);
	close(httpd->quit[0]);
	close(httpd->listener);
	pthread_mutex_destroy(&httpd->lock);
	free(httpd);
}

int
httpd_port(const struct httpd *httpd)
{
	return httpd->port;
}

void
httpd_say(struct httpd *httpd, const char *answer)
{
	pthread_mutex_lock(&httpd->lock);
	httpd->answer = answer;
	pthread_mutex_unlock(&httpd->lock);
}

size_t
httpd_count(struct httpd *httpd)
{
	size_t count;

	pthread_mutex_lock(&httpd->lock);
	count = httpd->count;
	pthread_mutex_unlock(&httpd->lock);
	return count;
}

const char *
httpd_request(struct httpd *httpd)
{
	return httpd->request;
}
