/* tests/unit/fcgi_client.c - a web server's side of FastCGI, byte by byte. */
#include "config.h"
#include "tests/unit/fcgi_client.h"

#include "core/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
client_record(struct buf *out, unsigned type, unsigned id, struct bytes content)
{
	unsigned padding = (unsigned)(-content.len & 7);
	unsigned char header[8] = { 1, (unsigned char)type,
		(unsigned char)(id >> 8), (unsigned char)id,
		(unsigned char)(content.len >> 8), (unsigned char)content.len,
		(unsigned char)padding, 0 };

	buf_add(out, header, sizeof header);
	buf_bytes(out, content);
	buf_add(out, "\0\0\0\0\0\0\0", padding);
}

void
client_begin(struct buf *out, unsigned id, unsigned role, bool is_keep)
{
	char body[8] = { 0, (char)role, (char)is_keep };

	client_record(out, 1, id, (struct bytes){ body, sizeof body });
}

static void
add_length(struct buf *out, size_t len)
{
	if (len < 128) {
		buf_char(out, (char)len);
		return;
	}
	buf_char(out, (char)(0x80 | len >> 24));
	buf_char(out, (char)(len >> 16));
	buf_char(out, (char)(len >> 8));
	buf_char(out, (char)len);
}

void
client_params(struct buf *out, unsigned id, const char *const *pairs)
{
	struct buf content = BUF_INIT;

	for (; *pairs != NULL; pairs++) {
		const char *equals = strchr(*pairs, '=');

		add_length(&content, (size_t)(equals - *pairs));
		add_length(&content, strlen(equals + 1));
		buf_add(&content, *pairs, (size_t)(equals - *pairs));
		buf_text(&content, equals + 1);
	}
	if (content.len > 0)
		client_record(out, 4, id, buf_get(&content));
	client_record(out, 4, id, BYTES_NONE);
	buf_release(&content);
}

void
client_body(struct buf *out, unsigned id, struct bytes body, size_t piece)
{
	while (body.len > 0) {
		size_t n = body.len < piece ? body.len : piece;

		client_record(out, 5, id, (struct bytes){ body.at, n });
		body.at += n;
		body.len -= n;
	}
	client_record(out, 5, id, BYTES_NONE);
}

void
client_post(struct buf *out, const char *uri, struct bytes body, bool is_keep)
{
	char request_uri[256], length[64];
	const char *pairs[] = { "REQUEST_METHOD=POST", request_uri, length,
		NULL };

	snprintf(request_uri, sizeof request_uri, "REQUEST_URI=%s", uri);
	snprintf(length, sizeof length, "CONTENT_LENGTH=%zu", body.len);
	client_begin(out, 1, 1, is_keep);
	client_params(out, 1, pairs);
	client_body(out, 1, body, 32000);
}

void
client_get(struct buf *out, const char *uri, bool is_keep)
{
	char request_uri[256];
	const char *pairs[] = { "REQUEST_METHOD=GET", request_uri,
		"CONTENT_LENGTH=", NULL };

	snprintf(request_uri, sizeof request_uri, "REQUEST_URI=%s", uri);
	client_begin(out, 1, 1, is_keep);
	client_params(out, 1, pairs);
	client_body(out, 1, BYTES_NONE, 1);
}

int
client_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool
client_send(int fd, struct bytes bytes)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	while (bytes.len > 0) {
		ssize_t n = send(
		    fd, bytes.at, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			bytes.at += n;
			bytes.len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN || poll(&ready, 1, 20000) <= 0)
			return false;
	}
	return true;
}

void
client_answer_release(struct client_answer *answer)
{
	buf_release(&answer->out);
	buf_release(&answer->odd);
	*answer = (struct client_answer){ .id = 0 };
}

/* <len> bytes: 1; 0 at the end of the connection; -1 when they do not come. */
static int
read_whole(int fd, char *at, size_t len, int wait_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	while (len > 0) {
		ssize_t n;

		if (poll(&ready, 1, wait_ms) <= 0)
			return -1;
		n = recv(fd, at, len, 0);
		if (n <= 0)
			return 0;
		at += n;
		len -= (size_t)n;
	}
	return 1;
}

bool
client_answer(int fd, struct client_answer *answer, int wait_ms)
{
	static _Thread_local char content[65535 + 255];
	bool has_stdout_end = false;

	for (;;) {
		unsigned char header[8];
		size_t len;
		int got = read_whole(fd, (char *)header, 8, wait_ms);

		if (got <= 0)
			return got == 0;
		len = (size_t)header[4] << 8 | header[5];
		if (header[0] != 1 ||
		    read_whole(fd, content, len + header[6], wait_ms) != 1)
			return false;
		if (header[1] == 6) {
			has_stdout_end = len == 0;
			buf_add(&answer->out, content, len);
		} else if (header[1] == 3) {
			answer->id = (unsigned)header[2] << 8 | header[3];
			answer->how = (unsigned char)content[4];
			answer->has_end = has_stdout_end ||
			    answer->out.len == 0;
			return len == 8;
		} else {
			answer->odd_type = header[1];
			buf_add(&answer->odd, content, len);
			return true;
		}
	}
}

struct bytes
client_answer_body(const struct client_answer *answer)
{
	struct bytes all = buf_get(&answer->out);
	const char *empty = bytes_find(all, BYTES("\r\n\r\n"));

	if (empty == NULL)
		return BYTES_NONE;
	return (
	    struct bytes){ empty + 4, all.len - (size_t)(empty + 4 - all.at) };
}

bool
client_is_closed(int fd, int wait_ms)
{
	int64_t end_us = clock_monotonic_us() + (int64_t)wait_ms * 1000;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char bytes[4096];

	for (;;) {
		int64_t left_us = end_us - clock_monotonic_us();

		if (left_us <= 0 ||
		    poll(&ready, 1, (int)(left_us / 1000) + 1) <= 0)
			return false;
		if (recv(fd, bytes, sizeof bytes, 0) <= 0)
			return true;
	}
}
