/* core/web/fcgi_conn.c - connections: taken, received from, parked, dropped.
 *
 * What comes is read out of the socket at once. Looking at it there until it
 * is whole (MSG_PEEK) would save a copy, but Linux charges a sender for each
 * piece it sends: 278 pieces of one byte, or 28 KiB in pieces of 100 bytes,
 * fill a unix socket, so that a request in small pieces never became whole.
 */
#include "config.h"
#include "core/web/fcgi_private.h"

#include "core/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAP_FIRST = 2048 };

uint64_t
conn_generation(const struct conn *conn)
{
	return atomic_load_explicit(&conn->state, memory_order_relaxed) >>
	    CONN_STATE_BITS;
}

enum conn_state
conn_state(const struct conn *conn)
{
	return (enum conn_state)(
	    atomic_load(&conn->state) & ((1 << CONN_STATE_BITS) - 1));
}

static uint64_t
state_of(uint64_t generation, enum conn_state state)
{
	return generation << CONN_STATE_BITS | (uint64_t)state;
}

struct conn *
conn_take(struct pool *pool, int fd)
{
	struct conn *conn;
	unsigned index;

	pthread_mutex_lock(&pool->free_lock);
	conn = pool->free;
	if (conn != NULL) {
		pool->free = conn->next;
	} else {
		/* Never used yet: memory is touched as it is needed. */
		index = atomic_load(&pool->fresh);
		if (index <
		    pool->options.connections_max + pool->options.threads) {
			conn = &pool->conns[index];
			atomic_store(&pool->fresh, index + 1);
		}
	}
	pthread_mutex_unlock(&pool->free_lock);
	if (conn == NULL)
		return NULL;
	conn->fd = fd;
	conn->events = 0;
	conn->started_us = 0;
	conn->is_long = conn->is_in_gate = false;
	conn->next = NULL;
	conn->scan = (struct fcgi_scan){ 0 };
	atomic_store_explicit(&conn->phase, CONN_REQUEST, memory_order_relaxed);
	atomic_store(&conn->state, state_of(conn_generation(conn), CONN_BUSY));
	atomic_fetch_add(&pool->open, 1);
	POOL_COUNT(pool, connections, 1);
	return conn;
}

void
conn_release_input(struct conn *conn)
{
	if (conn->in.is_heap)
		free(conn->in.at);
	conn->in = (struct fcgi_input){ 0 };
}

void
conn_drop(struct pool *pool, struct conn *conn)
{
	if (conn->out != NULL) {
		atomic_fetch_sub(
		    &pool->pending_bytes, (int64_t)conn->out->head.len);
		fcgi_out_release(conn->out);
		free(conn->out);
		conn->out = NULL;
	}
	conn_release_input(conn);
	/* The last reference to it: this takes it out of epoll as well. */
	close(conn->fd);
	atomic_store(&conn->state,
	    state_of((conn_generation(conn) + 1) & UINT32_MAX, CONN_FREE));
	pthread_mutex_lock(&pool->free_lock);
	conn->next = pool->free;
	pool->free = conn;
	pthread_mutex_unlock(&pool->free_lock);
	atomic_fetch_sub(&pool->open, 1);
	POOL_COUNT(pool, connections, -1);
}

bool
conn_claim(struct conn *conn, uint64_t generation)
{
	uint64_t parked = state_of(generation, CONN_PARKED);
	uint64_t busy = state_of(generation, CONN_BUSY);
	uint64_t now;

	for (;;) {
		now = parked;
		if (atomic_compare_exchange_strong(&conn->state, &now, busy))
			return true;
		if (now != busy)
			return false; /* gone, or marked already */
		if (atomic_compare_exchange_strong(
			&conn->state, &now, state_of(generation, CONN_AGAIN)))
			return false;
	}
}

/* Edges only: whoever takes a connection does all there is to do. */
static bool
watch(struct pool *pool, struct conn *conn, unsigned events)
{
	struct epoll_event event = {
		.events = events | EPOLLRDHUP | EPOLLET,
		.data.u64 = conn_generation(conn) << 32 |
		    (uint64_t)(conn - pool->conns),
	};
	int op = conn->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	/* A change tells at once what is there already; that is wanted after
	 * an answer had its turn while the socket took more. */
	if (conn->events == events && events == EPOLLIN)
		return true;
	if (epoll_ctl(pool->epoll_fd, op, conn->fd, &event) != 0)
		return false;
	conn->events = events;
	return true;
}

bool
conn_park(struct pool *pool, struct conn *conn, enum conn_phase phase,
    unsigned wait_ms, bool *is_gone)
{
	uint64_t generation = conn_generation(conn);
	uint64_t busy = state_of(generation, CONN_BUSY);
	int64_t now_us = clock_monotonic_us();
	int64_t deadline_us = now_us + (int64_t)wait_ms * 1000, total_us;

	*is_gone = true;
	if (conn->started_us == 0 && phase != CONN_IDLE)
		conn->started_us = now_us;
	total_us = conn->started_us +
	    (int64_t)(phase == CONN_ANSWER ? pool->options.send_ms :
					     pool->options.body_ms) *
		1000;
	if (phase != CONN_IDLE && total_us < deadline_us)
		deadline_us = total_us;
	if (!conn_keep_input(conn) ||
	    !watch(pool, conn, phase == CONN_ANSWER ? EPOLLOUT : EPOLLIN)) {
		conn_drop(pool, conn);
		return false;
	}
	atomic_store_explicit(&conn->phase, phase, memory_order_relaxed);
	atomic_store_explicit(
	    &conn->deadline_us, deadline_us, memory_order_relaxed);
	POOL_COUNT(pool, parked, 1);
	if (atomic_compare_exchange_strong(
		&conn->state, &busy, state_of(generation, CONN_PARKED)))
		return true;
	POOL_COUNT(pool, parked, -1);
	atomic_store(&conn->state, state_of(generation, CONN_BUSY));
	*is_gone = false;
	return false;
}

void
conn_hand_over(struct pool *pool, struct conn *conn, enum conn_phase phase,
    unsigned wait_ms)
{
	bool is_gone = false;

	while (!conn_park(pool, conn, phase, wait_ms, &is_gone) && !is_gone)
		conn->events = EPOLLET; /* as none: have it told again */
}

bool
conn_keep_input(struct conn *conn)
{
	size_t cap = HEAP_FIRST;
	char *copy;

	if (conn->in.is_heap && conn->in.len > 0)
		return true;
	if (conn->in.len == 0) {
		conn_release_input(conn);
		return true;
	}
	while (cap < conn->in.len)
		cap *= 2;
	copy = malloc(cap);
	if (copy == NULL)
		return false;
	memcpy(copy, conn->in.at, conn->in.len);
	conn->in = (struct fcgi_input){ copy, conn->in.len, cap, true };
	return true;
}

void
conn_next_request(struct conn *conn, size_t used)
{
	if (used < conn->in.len)
		memmove(conn->in.at, conn->in.at + used, conn->in.len - used);
	conn->in.len -= used;
	conn->scan = (struct fcgi_scan){ 0 };
	conn->is_long = false;
	conn->started_us = 0;
}

/* Room for more; false when the buffer is as large as it gets. */
static bool
make_room(struct worker *worker, struct conn *conn, bool *is_failed)
{
	struct fcgi_input *in = &conn->in;
	char *larger;

	if (in->at == NULL)
		*in = (struct fcgi_input){ worker->inbox, 0,
			sizeof worker->inbox, false };
	if (in->len < in->cap)
		return true;
	if (in->cap >= FCGI_INPUT_MAX)
		return false;
	larger = realloc(in->at, in->cap * 2);
	if (larger == NULL) {
		*is_failed = true;
		return false;
	}
	in->at = larger;
	in->cap *= 2;
	return true;
}

/* A few bytes that the socket takes, or the connection is given up. */
static bool
send_reply(const struct conn *conn)
{
	const struct fcgi_scan *scan = &conn->scan;

	return scan->reply_len == 0 ||
	    send(conn->fd, scan->reply, scan->reply_len,
		MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)scan->reply_len;
}

/* Scan what is in the buffer. */
static enum receive
look(struct pool *pool, struct conn *conn)
{
	for (;;) {
		enum fcgi_scan_result result = fcgi_scan(&conn->scan,
		    conn->in.at, conn->in.len, pool->options.connections_max);

		if (!send_reply(conn))
			return RECEIVE_CLOSE;
		switch (result) {
		case FCGI_SCAN_MORE: return RECEIVE_MORE;
		case FCGI_SCAN_WHOLE: return RECEIVE_REQUEST;
		case FCGI_SCAN_REPLY: break;
		case FCGI_SCAN_ABORTED:
			POOL_COUNT(pool, aborted, 1);
			if (!conn->scan.is_keep)
				return RECEIVE_CLOSE;
			conn_next_request(conn, conn->scan.at);
			break;
		default: POOL_COUNT(pool, refused, 1); return RECEIVE_CLOSE;
		}
	}
}

enum receive
conn_receive(struct worker *worker, struct conn *conn)
{
	struct pool *pool = worker->pool;
	bool is_failed = false;

	/* What came behind the request before. */
	if (conn->in.len > 0 && conn->scan.at == 0) {
		enum receive found = look(pool, conn);

		if (found != RECEIVE_MORE)
			return found;
	}
	while (make_room(worker, conn, &is_failed)) {
		struct fcgi_input *in = &conn->in;
		size_t room = in->cap - in->len;
		ssize_t n = recv(
		    conn->fd, in->at + in->len, room, MSG_DONTWAIT);
		enum receive found;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return RECEIVE_MORE;
		if (n <= 0) {
			if (in->len > 0)
				POOL_COUNT(pool, aborted, 1);
			return RECEIVE_CLOSE;
		}
		in->len += (size_t)n;
		found = look(pool, conn);
		/* The end of the connection may be behind a short piece. One
		 * that is not watched yet is looked at when it will be. */
		if (found != RECEIVE_MORE ||
		    ((size_t)n < room && conn->events == 0))
			return found;
	}
	if (is_failed || !conn->scan.has_params) {
		POOL_COUNT(pool, refused, 1);
		return RECEIVE_CLOSE;
	}
	conn->is_long = true;
	return RECEIVE_REQUEST;
}
