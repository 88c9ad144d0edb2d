/* core/web/fcgi_step.c - what a worker does for a connection, step by step.
 *
 * A step goes on until there is nothing to do for the moment: then the
 * connection is parked, dropped, or in the gate's queue.
 */
#include "config.h"
#include "core/web/fcgi_private.h"

#include "core/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
	GATE_SITE_MS = 2000, /* wait for others of the same site */
	LINGER_MS = 5000     /* no byte came of a body that nobody wants */
};

/* Park <conn>; false when it is still ours and there is something to do. */
static bool
park(struct pool *pool, struct conn *conn, enum conn_phase phase)
{
	const struct fcgi_options *options = &pool->options;
	const unsigned wait_ms[CONN_PHASE__COUNT] = {
		[CONN_IDLE] = options->keep_ms,
		[CONN_REQUEST] = options->idle_ms,
		[CONN_ANSWER] = options->write_ms,
		[CONN_LINGER] = LINGER_MS,
	};
	bool is_gone;

	return conn_park(pool, conn, phase, wait_ms[phase], &is_gone) ||
	    is_gone;
}

/* Each step below returns true when there is more to do for <conn> at once;
 * otherwise it is no longer ours. *<next> is somebody whom we made room for. */

static bool
step_linger(struct worker *worker, struct conn *conn)
{
	for (;;) {
		ssize_t n = recv(conn->fd, worker->scratch,
		    sizeof worker->scratch, MSG_DONTWAIT);

		if (n > 0 || (n < 0 && errno == EINTR))
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (park(worker->pool, conn, CONN_LINGER))
				return false;
			continue;
		}
		pool_drop(worker->pool, conn);
		return false;
	}
}

/* The answer is sent. */
static bool
step_after(struct worker *worker, struct conn *conn)
{
	struct pool *pool = worker->pool;

	if (!conn->is_drained) {
		/* Closing now could take the answer from a web server that
		 * still sends the body. */
		conn_release_input(conn);
		shutdown(conn->fd, SHUT_WR);
		conn->started_us = 0;
		return step_linger(worker, conn);
	}
	if (!conn->is_keep || atomic_load(&pool->is_stopping)) {
		pool_drop(pool, conn);
		return false;
	}
	if (conn->in.len > 0) {
		atomic_store(&conn->phase, CONN_REQUEST);
		return true;
	}
	return !park(pool, conn, CONN_IDLE);
}

static bool
step_answer(struct worker *worker, struct conn *conn)
{
	struct pool *pool = worker->pool;
	struct fcgi_out *out = conn->out;

	switch (fcgi_out_write(out, conn->fd, worker->scratch)) {
	case FCGI_OUT_AGAIN: return !park(pool, conn, CONN_ANSWER);
	case FCGI_OUT_FAILED: pool_drop(pool, conn); return false;
	case FCGI_OUT_DONE: break;
	}
	atomic_fetch_sub(&pool->pending_bytes, (int64_t)out->head.len);
	fcgi_out_release(out);
	free(out);
	conn->out = NULL;
	conn->started_us = 0;
	return step_after(worker, conn);
}

static bool
step_run(struct worker *worker, struct conn *conn, struct conn **next)
{
	struct pool *pool = worker->pool;
	enum exchange_end end;

	POOL_COUNT(pool, busy, 1);
	end = exchange_run(worker, conn);
	POOL_COUNT(pool, busy, -1);
	*next = gate_leave(&pool->gate, conn);
	switch (end) {
	case EXCHANGE_DONE: return step_after(worker, conn);
	case EXCHANGE_PENDING:
		conn->started_us = 0;
		return !park(pool, conn, CONN_ANSWER);
	case EXCHANGE_FAILED: break;
	}
	pool_drop(pool, conn);
	return false;
}

static uint64_t
hash_site(struct bytes name)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.at[i]) *
		    UINT64_C(1099511628211);
	return hash;
}

/* A request is there: run it, or have it wait for its turn. */
static bool
step_gate(struct worker *worker, struct conn *conn, struct conn **next)
{
	struct pool *pool = worker->pool;
	unsigned wait_ms = conn->is_long ? pool->options.idle_ms : GATE_SITE_MS;

	if (conn->is_long || pool->gate.site_max > 0) {
		if (pool->gate.site_max > 0)
			conn->site = hash_site(fcgi_scan_param(
			    &conn->scan, conn->in.at, "HOOKDESK_SITE"));
		atomic_store(&conn->deadline_us,
		    clock_monotonic_us() + (int64_t)wait_ms * 1000);
	}
	switch (gate_enter(&pool->gate, conn)) {
	case GATE_OPEN: return step_run(worker, conn, next);
	case GATE_QUEUED: return false;
	case GATE_FAILED: pool_drop(pool, conn); break;
	}
	return false;
}

static bool
step_request(struct worker *worker, struct conn *conn, struct conn **next)
{
	int phase = atomic_load_explicit(&conn->phase, memory_order_relaxed);

	switch (conn_receive(worker, conn)) {
	case RECEIVE_MORE:
		return !park(worker->pool, conn,
		    phase == CONN_IDLE && conn->in.len == 0 ? CONN_IDLE :
							      CONN_REQUEST);
	case RECEIVE_REQUEST: return step_gate(worker, conn, next);
	case RECEIVE_CLOSE: break;
	}
	pool_drop(worker->pool, conn);
	return false;
}

/* Do all there is to do for <conn>, and for those whom it kept waiting. */
void
step_work(struct worker *worker, struct conn *conn)
{
	struct conn *todo = NULL;
	bool is_in_gate = false;

	for (;;) {
		struct conn *next = NULL;
		bool is_more;

		if (is_in_gate) {
			is_more = step_run(worker, conn, &next);
		} else {
			switch (atomic_load_explicit(
			    &conn->phase, memory_order_relaxed)) {
			case CONN_ANSWER:
				is_more = step_answer(worker, conn);
				break;
			case CONN_LINGER:
				is_more = step_linger(worker, conn);
				break;
			default:
				is_more = step_request(worker, conn, &next);
				break;
			}
		}
		if (is_more && next == NULL) {
			is_in_gate = false;
			continue;
		}
		if (is_more) {
			if (!conn_keep_input(conn)) {
				pool_drop(worker->pool, conn);
			} else {
				conn->next = todo;
				todo = conn;
			}
		}
		is_in_gate = next != NULL;
		conn = next;
		if (conn == NULL) {
			conn = todo;
			if (conn == NULL)
				return;
			todo = conn->next;
			conn->next = NULL;
		}
	}
}

/* Too long in the queue: say so, in words of our own. */
void
step_refuse(struct pool *pool, struct conn *conn, char *scratch)
{
	struct fcgi_out out = {
		.head = BYTES("Status: 503 Service Unavailable\r\n"
			      "Retry-After: 5\r\n"
			      "Cache-Control: no-store\r\n"
			      "Content-Type: text/plain; charset=utf-8\r\n\r\n"
			      "Too many requests at the moment. "
			      "Please try again in a few seconds.\n"),
		.file_fd = -1,
		.id = conn->scan.id,
	};

	POOL_COUNT(pool, refused, 1);
	if (fcgi_out_write(&out, conn->fd, scratch) != FCGI_OUT_DONE ||
	    !conn->is_long) {
		pool_drop(pool, conn);
		return;
	}
	conn_release_input(conn);
	shutdown(conn->fd, SHUT_WR);
	conn->started_us = 0;
	conn_hand_over(pool, conn, CONN_LINGER, LINGER_MS);
}
