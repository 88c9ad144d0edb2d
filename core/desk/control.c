/* core/desk/control.c - the control socket of a site that is being served. */
#include "config.h"
#include "core/desk/control.h"

#include "core/base/clock.h"
#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_NAME "control.sock"
#define CLIENT_MS 30000 /* for a client to say what it wants */

struct control {
	pthread_t thread;
	int listener;
	int quit[2]; /* the thread ends when the writing end is closed */
	struct sockaddr_un address;
	control_handler *handler;
	void *arg;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static enum err
set_address(const char *dir, struct sockaddr_un *out)
{
	int n;

	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(
	    out->sun_path, sizeof out->sun_path, "%s/%s", dir, SOCKET_NAME);
	return n > 0 && (size_t)n < sizeof out->sun_path ? ERR_OK : ERR_LIMIT;
}

/* Root and the user we run as may command us; the file's mode says so too. */
static bool
is_trusted(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    (peer.uid == 0 || peer.uid == geteuid());
}

/* Wait until <fd> can be read (or written) or <quit> (may be -1) ends. */
static enum err
wait_for(int fd, short events, int quit, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = fd, .events = events },
			{ .fd = quit, .events = POLLIN },
		};
		int64_t left = deadline_ms - now_ms();
		int n;

		if (left <= 0)
			return ERR_TIMEOUT;
		n = poll(fds, 2, left > 1000000 ? 1000000 : (int)left);
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		if (n > 0 && fds[1].revents != 0)
			return ERR_BUSY;
		if (n > 0 && fds[0].revents != 0)
			return ERR_OK;
	}
}

static enum err
write_line(int fd, struct bytes line, int quit, int64_t deadline_ms)
{
	static const char end[] = "\n";
	size_t done = 0;

	while (done < line.len + 1) {
		bool is_end = done == line.len;
		enum err err = wait_for(fd, POLLOUT, quit, deadline_ms);
		ssize_t n;

		if (err != ERR_OK)
			return err;
		n = send(fd, is_end ? end : line.at + done,
		    is_end ? 1 : line.len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return ERR_IO;
		done += n > 0 ? (size_t)n : 0;
	}
	return ERR_OK;
}

/* Add what comes before the line break to <out>. ERR_IO without one. */
static enum err
read_line(int fd, size_t max, int quit, int64_t deadline_ms, struct buf *out)
{
	size_t begin = out->len;

	for (;;) {
		enum err err = wait_for(fd, POLLIN, quit, deadline_ms);
		char *end;
		ssize_t n;

		if (err != ERR_OK)
			return err;
		if (!buf_reserve(out, 16384))
			return ERR_NOMEM;
		n = recv(fd, out->at + out->len, 16384, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return ERR_IO;
		end = memchr(out->at + out->len, '\n', (size_t)n);
		out->len += (size_t)n;
		if (end != NULL) {
			out->len = (size_t)(end - out->at);
			return ERR_OK;
		}
		if (out->len - begin > max)
			return ERR_LIMIT;
	}
}

static void
serve(struct control *control, int fd)
{
	struct buf request = BUF_INIT, answer = BUF_INIT;
	enum err err = ERR_DENIED;

	if (is_trusted(fd))
		err = read_line(fd, CONTROL_REQUEST_MAX, control->quit[0],
		    now_ms() + CLIENT_MS, &request);
	if (err == ERR_OK) {
		control->handler(control->arg, buf_get(&request), &answer);
		if (answer.failed)
			err = ERR_NOMEM;
	}
	/* Also while we end: what was done must be told. */
	if (err == ERR_OK)
		err = write_line(
		    fd, buf_get(&answer), -1, now_ms() + CLIENT_MS);
	if (err != ERR_OK && err != ERR_BUSY)
		log_event(
		    LOG_WARN, "control.failed", "error=%s", err_name(err));
	buf_release(&request);
	buf_release(&answer);
}

static void *
run(void *arg)
{
	struct control *control = arg;

	for (;;) {
		enum err err = wait_for(
		    control->listener, POLLIN, control->quit[0], INT64_MAX);
		int fd;

		if (err == ERR_BUSY)
			return NULL;
		fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0) {
			serve(control, fd);
			close(fd);
		} else if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED) {
			/* No descriptor, no memory: others give some back. */
			struct timespec pause = { .tv_nsec = 100000000 };

			nanosleep(&pause, NULL);
		}
	}
}

static void
close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static enum err
listen_at(struct control *control)
{
	const struct sockaddr_un *address = &control->address;

	control->listener = socket(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listener < 0 || pipe2(control->quit, O_CLOEXEC) != 0)
		return ERR_IO;
	/* The site's lock is ours, so whoever made it has gone. */
	if (unlink(address->sun_path) != 0 && errno != ENOENT)
		return ERR_IO;
	/* Its folder is 0750: nobody gets in before the mode is set. */
	if (bind(control->listener, (const struct sockaddr *)address,
		sizeof *address) != 0 ||
	    chmod(address->sun_path, 0600) != 0 ||
	    listen(control->listener, 16) != 0)
		return ERR_IO;
	return ERR_OK;
}

enum err
control_start(const char *dir, control_handler *handler, void *arg,
    struct control **out, struct why *why)
{
	struct control *control = calloc(1, sizeof *control);
	enum err err;

	if (control == NULL)
		return ERR_NOMEM;
	control->listener = control->quit[0] = control->quit[1] = -1;
	control->handler = handler;
	control->arg = arg;
	err = set_address(dir, &control->address);
	if (err != ERR_OK) {
		free(control);
		return why_set(why, err, NULL,
		    N_("The path of the site is too long for a socket: {name}"),
		    0, dir);
	}
	err = listen_at(control);
	if (err != ERR_OK)
		why_set(why, err, NULL,
		    N_("The control socket cannot be made: {name}"), 0,
		    strerror(errno));
	else if (pthread_create(&control->thread, NULL, run, control) != 0)
		err = ERR_NOMEM;
	if (err == ERR_OK) {
		*out = control;
		return ERR_OK;
	}
	close_if_open(control->listener);
	close_if_open(control->quit[0]);
	close_if_open(control->quit[1]);
	free(control);
	return err;
}

void
control_stop(struct control *control)
{
	if (control == NULL)
		return;
	close(control->quit[1]);
	pthread_join(control->thread, NULL);
	if (unlink(control->address.sun_path) != 0 && errno != ENOENT)
		log_event(LOG_WARN, "control.unlink", "path=%s why=%s",
		    control->address.sun_path, strerror(errno));
	close(control->quit[0]);
	close(control->listener);
	free(control);
}

enum err
control_call(
    const char *dir, struct bytes request, int wait_ms, struct buf *answer)
{
	int64_t deadline_ms = now_ms() + wait_ms;
	struct sockaddr_un address;
	enum err err = set_address(dir, &address);
	int fd;

	if (err != ERR_OK)
		return ERR_NOT_FOUND; /* so nobody can listen there */
	if (request.len > CONTROL_REQUEST_MAX)
		return ERR_LIMIT;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		err = errno == EACCES                        ? ERR_DENIED :
		    errno == ENOENT || errno == ECONNREFUSED ? ERR_NOT_FOUND :
							       ERR_IO;
	if (err == ERR_OK)
		err = write_line(fd, request, -1, deadline_ms);
	if (err == ERR_OK)
		err = read_line(
		    fd, CONTROL_ANSWER_MAX, -1, deadline_ms, answer);
	close(fd);
	return err;
}
