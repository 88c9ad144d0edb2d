/* core/script/wire.c - frames over a stream socket. */
#include "config.h"
#include "core/script/wire.h"
#include "core/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_STEP 16384 /* most frames fit, and come with one read() */

size_t
wire_begin(struct buf *out, enum wire_type type)
{
	static const char no_length[4];
	size_t start = out->len;

	buf_add(out, no_length, sizeof no_length);
	buf_char(out, (char)type);
	return start;
}

void
wire_end(struct buf *out, size_t start)
{
	unsigned char *at;
	size_t len;

	if (out->failed)
		return;
	at = (unsigned char *)out->at + start;
	len = out->len - start - 4;
	at[0] = (unsigned char)(len >> 24);
	at[1] = (unsigned char)(len >> 16);
	at[2] = (unsigned char)(len >> 8);
	at[3] = (unsigned char)len;
}

/* Wait until <fd> is ready for <events>, or the deadline. */
static enum err
wait_ready(int fd, short events, int64_t deadline_us)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left_us = deadline_us - clock_monotonic_us();
		struct timespec left;
		int n;

		if (left_us <= 0)
			return ERR_TIMEOUT;
		left.tv_sec = left_us / CLOCK_SECOND_US;
		left.tv_nsec = left_us % CLOCK_SECOND_US * 1000;
		n = ppoll(&p, 1, &left, NULL);
		if (n > 0)
			return ERR_OK;
		if (n < 0 && errno != EINTR)
			return ERR_IO;
	}
}

enum err
wire_write(int fd, struct bytes bytes, int64_t deadline_us)
{
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;

	while (bytes.len > 0) {
		ssize_t n = deadline_us == 0 ?
		    write(fd, bytes.at, bytes.len) :
		    send(fd, bytes.at, bytes.len, flags);

		if (n > 0) {
			bytes.at += n;
			bytes.len -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN && deadline_us != 0) {
			enum err err = wait_ready(fd, POLLOUT, deadline_us);

			if (err != ERR_OK)
				return err;
		} else if (n == 0 || errno != EINTR) {
			return ERR_IO;
		}
	}
	return ERR_OK;
}

/* Read what is there, at most <more> bytes, at least one. */
static enum err
read_some(int fd, struct buf *buf, size_t more, int64_t deadline_us)
{
	ssize_t n;

	if (!buf_reserve(buf, more))
		return ERR_NOMEM;
	do {
		if (deadline_us != 0) {
			enum err err = wait_ready(fd, POLLIN, deadline_us);

			if (err != ERR_OK)
				return err;
			n = recv(fd, buf->at + buf->len, more, MSG_DONTWAIT);
		} else {
			n = read(fd, buf->at + buf->len, more);
		}
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n == 0 || (n < 0 && errno == ECONNRESET && buf->len == 0))
		return buf->len == 0 ? ERR_NOT_FOUND : ERR_IO;
	if (n < 0)
		return ERR_IO;
	buf->len += (size_t)n;
	return ERR_OK;
}

enum err
wire_read(int fd, struct buf *buf, size_t max, int64_t deadline_us,
    enum wire_type *type, struct bytes *json)
{
	size_t whole = 0; /* known once its length is read */

	buf_clear(buf);
	while (whole == 0 || buf->len < whole) {
		size_t more = whole > buf->len + READ_STEP ? whole - buf->len :
							     READ_STEP;
		enum err err = read_some(fd, buf, more, deadline_us);

		if (err != ERR_OK)
			return err;
		if (whole == 0 && buf->len >= 4) {
			const unsigned char *at = (unsigned char *)buf->at;
			size_t len = (size_t)at[0] << 24 | (size_t)at[1] << 16 |
			    (size_t)at[2] << 8 | at[3];

			if (len < 1 || len > max)
				return ERR_INVALID;
			whole = len + 4;
		}
	}
	if (buf->len > whole)
		return ERR_INVALID;
	*type = (enum wire_type)buf->at[4];
	*json = (struct bytes){ buf->at + WIRE_HEADER, whole - WIRE_HEADER };
	return ERR_OK;
}
