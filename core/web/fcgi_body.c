/* core/web/fcgi_body.c - a request's body, record by record.
 *
 * Ours rather than libfcgi's stream, which has no deadline, takes a body that
 * was cut off for a whole one, and reads past the end of its request.
 */
#include "config.h"
#include "core/web/fcgi_private.h"

#include "core/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { SLICE_MS = 250 /* how often a wait looks whether we are stopping */ };

void
body_init(struct fcgi_body *body, struct conn *conn, const struct pool *pool)
{
	*body = (struct fcgi_body){
		.conn = conn,
		.pool = pool,
		.at = conn->scan.body_at,
		.expected = -1,
	};
	if (conn->is_long && conn->started_us == 0)
		conn->started_us = clock_monotonic_us();
}

/* When this wait is over, whatever happens. */
static int64_t
wait_end(const struct fcgi_body *body)
{
	const struct fcgi_options *options = &body->pool->options;
	int64_t idle_us = clock_monotonic_us() +
	    (int64_t)options->idle_ms * 1000;
	int64_t total_us = body->conn->started_us +
	    (int64_t)options->body_ms * 1000;

	return idle_us < total_us ? idle_us : total_us;
}

/* Bytes received, 0 at the end of the connection, -1 after <end_us>. */
static ssize_t
receive(const struct fcgi_body *body, char *at, size_t size)
{
	struct pollfd ready = { .fd = body->conn->fd, .events = POLLIN };
	int64_t end_us = 0;

	for (;;) {
		ssize_t n = recv(body->conn->fd, at, size, MSG_DONTWAIT);
		int64_t now_us, stop_us;

		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		now_us = clock_monotonic_us();
		if (end_us == 0)
			end_us = wait_end(body);
		stop_us = atomic_load_explicit(
		    &body->pool->stop_us, memory_order_relaxed);
		if (now_us >= end_us || (stop_us != 0 && now_us >= stop_us)) {
			POOL_COUNT(body->pool, timed_out, 1);
			return -1;
		}
		(void)poll(&ready, 1, SLICE_MS);
	}
}

/* Have at least <need> bytes at <at>; only a long body has more to come. */
static bool
fill(struct fcgi_body *body, size_t need)
{
	struct fcgi_input *in = &body->conn->in;

	while (in->len - body->at < need) {
		ssize_t n;

		if (!body->conn->is_long)
			return false;
		if (body->at > 0) {
			memmove(in->at, in->at + body->at, in->len - body->at);
			in->len -= body->at;
			body->at = 0;
		}
		n = receive(body, in->at + in->len, in->cap - in->len);
		if (n <= 0)
			return false;
		in->len += (size_t)n;
	}
	return true;
}

/* Pass over padding, and over what is not ours. */
static bool
skip(struct fcgi_body *body)
{
	while (body->skipping > 0) {
		size_t here = body->conn->in.len - body->at;

		if (here == 0 && !fill(body, 1))
			return false;
		here = body->conn->in.len - body->at;
		if (here > body->skipping)
			here = body->skipping;
		body->at += here;
		body->skipping -= here;
	}
	return true;
}

/* Step to the next record with something in it, or to the end. */
static bool
next_record(struct fcgi_body *body)
{
	while (body->left == 0 && !body->is_ended) {
		struct fcgi_record record;

		if (!skip(body) || !fill(body, FCGI_HEADER_SIZE) ||
		    !fcgi_record_read(body->conn->in.at + body->at, &record))
			return false;
		body->at += FCGI_HEADER_SIZE;
		body->skipping = record.padding_len;
		if (record.id != body->conn->scan.id)
			body->skipping += record.content_len;
		else if (record.type != FCGI_TYPE_STDIN)
			return false; /* ABORT_REQUEST, or nonsense */
		else if (record.content_len == 0)
			body->is_ended = true;
		else
			body->left = record.content_len;
	}
	return true;
}

long
body_read(struct fcgi_body *body, char *at, size_t size)
{
	const struct fcgi_input *in = &body->conn->in;
	size_t n;

	if (body->is_broken)
		return -1;
	/* No need to wait for the record that says so. */
	if (body->expected >= 0 && body->given >= body->expected)
		return 0;
	if (!next_record(body))
		goto broken;
	if (body->is_ended) {
		if (body->expected >= 0)
			goto broken; /* cut off: given < expected */
		return 0;
	}
	if (in->len == body->at && !fill(body, 1))
		goto broken;
	n = in->len - body->at;
	if (n > body->left)
		n = body->left;
	if (n > size)
		n = size;
	if (body->expected >= 0 && (int64_t)n > body->expected - body->given)
		n = (size_t)(body->expected - body->given);
	memcpy(at, in->at + body->at, n);
	body->at += n;
	body->left -= n;
	body->given += (int64_t)n;
	return (long)n;
broken:
	body->is_broken = true;
	POOL_COUNT(body->pool, aborted, 1);
	return -1;
}

bool
body_finish(struct fcgi_body *body)
{
	struct conn *conn = body->conn;

	if (!conn->is_long) {
		body->at = conn->scan.at;
		return true;
	}
	while (!body->is_broken && !body->is_ended) {
		size_t here = conn->in.len - body->at;

		if (here > body->left)
			here = body->left;
		body->at += here;
		body->left -= here;
		/* What has come is looked at, nothing is waited for. */
		here = conn->in.len - body->at;
		if (body->left > 0 || here < body->skipping + FCGI_HEADER_SIZE)
			return false;
		if (!next_record(body))
			return false;
	}
	if (body->is_broken || conn->in.len - body->at < body->skipping)
		return false;
	body->at += body->skipping;
	return true;
}
