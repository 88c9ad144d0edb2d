/* core/web/fcgi_pool.c - the workers, what wakes them, beginning and end.
 *
 * All workers wait at one epoll set: the listening socket, parked connections
 * and the descriptor that says quit. Everything is watched for edges, so that
 * one event wakes one worker. For the listening socket that asks for a rule:
 * one event may stand for several connections, so that a worker that is about
 * to sleep looks for one more unless the backlog was seen empty since the last
 * event, and one that took a connection while others sleep passes on what else
 * is there. An accept() in vain is worth avoiding: Linux makes a socket for it
 * before it looks whether there is a connection.
 */
#include "config.h"
#include "core/web/fcgi_private.h"

#include "core/base/clock.h"
#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENT_QUIT UINT64_MAX
#define EVENT_LISTEN (UINT64_MAX - 1)

enum {
	TICK_MS = 100,          /* of the housekeeper */
	STOP_REQUEST_MS = 2000, /* at the end, for requests not whole yet */
	PARKED_EVERY = 16,      /* turns, under load, for parked connections */
	COMPLAIN_S = 60,
	EVICT_MAX = 16 /* kept connections given up at a tick */
};

static void
watch_listener(struct pool *pool, int op)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLET,
		.data.u64 = EVENT_LISTEN,
	};

	if (epoll_ctl(pool->epoll_fd, op, pool->options.listen_fd, &event) != 0)
		log_event(
		    LOG_ERROR, "fcgi.failed", "what=epoll_ctl errno=%d", errno);
}

/* Try again: changing what is watched tells of what waits already. */
static void
resume(struct pool *pool)
{
	if (atomic_exchange(&pool->is_paused, false) &&
	    !atomic_load(&pool->is_stopping))
		watch_listener(pool, EPOLL_CTL_MOD);
}

void
pool_drop(struct pool *pool, struct conn *conn)
{
	conn_drop(pool, conn);
	if (atomic_load(&pool->is_paused))
		resume(pool);
}

/* Whether there may be connections that no event will tell of. */
static bool
has_backlog(const struct pool *pool)
{
	return atomic_load(&pool->news) != atomic_load(&pool->drained);
}

/* A connection from the backlog, BUSY, or NULL. */
static struct conn *
take_new(struct pool *pool)
{
	/* Read first: what an event tells of afterwards is not drained. */
	unsigned news = atomic_load(&pool->news);
	struct conn *conn;
	int fd;

	if (atomic_load(&pool->is_stopping) || atomic_load(&pool->is_paused))
		return NULL;
	if (atomic_load(&pool->open) >= pool->options.connections_max) {
		atomic_store(&pool->is_paused, true);
		return NULL;
	}
	do
		fd = accept4(pool->options.listen_fd, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0) {
		if (errno == EAGAIN) {
			atomic_store(&pool->drained, news);
			return NULL;
		}
		POOL_COUNT(pool, accept_failed, 1);
		atomic_store(&pool->is_paused, true);
		return NULL;
	}
	conn = conn_take(pool, fd);
	if (conn == NULL)
		close(fd);
	return conn;
}

/* While others sleep, give them what else is in the backlog: what is parked
 * with something to read wakes one of them. */
static void
pass_on(struct pool *pool)
{
	struct pollfd listener = { pool->options.listen_fd, POLLIN, 0 };
	unsigned others = atomic_load(&pool->idle);

	while (others-- > 0) {
		unsigned news = atomic_load(&pool->news);
		struct conn *conn;

		if (poll(&listener, 1, 0) == 0) {
			atomic_store(&pool->drained, news);
			return;
		}
		conn = take_new(pool);
		if (conn == NULL)
			return;
		conn_hand_over(pool, conn, CONN_REQUEST, pool->options.idle_ms);
	}
}

/* Wait for something to do: a connection, BUSY, or NULL. */
static struct conn *
wait_for_work(struct worker *worker)
{
	struct pool *pool = worker->pool;
	bool is_parkeds_turn = ++worker->turn % PARKED_EVERY == 0;
	struct epoll_event event = { 0 };
	struct conn *conn = NULL;
	int found = 0;

	atomic_fetch_add(&pool->idle, 1);
	if (!is_parkeds_turn && has_backlog(pool))
		conn = take_new(pool);
	if (conn == NULL)
		found = epoll_wait(
		    pool->epoll_fd, &event, 1, is_parkeds_turn ? 0 : -1);
	atomic_fetch_sub(&pool->idle, 1);
	if (found > 0 && event.data.u64 < EVENT_LISTEN) {
		conn = &pool->conns[event.data.u64 & UINT32_MAX];
		if (!conn_claim(conn, event.data.u64 >> 32))
			return NULL;
		POOL_COUNT(pool, parked, -1);
		return conn;
	}
	if (found > 0 && event.data.u64 == EVENT_LISTEN) {
		atomic_fetch_add(&pool->news, 1);
		conn = take_new(pool);
	}
	if (conn != NULL)
		pass_on(pool);
	return conn;
}

static void *
worker_main(void *arg)
{
	struct worker *worker = arg;

	while (!atomic_load(&worker->pool->is_quitting)) {
		struct conn *conn = wait_for_work(worker);

		if (conn != NULL)
			step_work(worker, conn);
	}
	return NULL;
}

/* Is the time of a parked connection over? */
static bool
is_expired(const struct pool *pool, struct conn *conn, int64_t now_us)
{
	int phase = atomic_load_explicit(&conn->phase, memory_order_relaxed);
	int64_t stop_us;

	if (atomic_load_explicit(&conn->deadline_us, memory_order_relaxed) <=
	    now_us)
		return true;
	if (!atomic_load(&pool->is_stopping))
		return false;
	stop_us = atomic_load(&pool->stop_us);
	if (phase != CONN_ANSWER)
		stop_us -= (int64_t)(pool->options.stop_ms - STOP_REQUEST_MS) *
		    1000;
	return phase == CONN_IDLE || stop_us <= now_us;
}

/* Close what has waited too long. */
static void
sweep(struct pool *pool, char *scratch)
{
	int64_t now_us = clock_monotonic_us();
	unsigned fresh = atomic_load(&pool->fresh), evicted = 0;
	bool is_full = atomic_load(&pool->is_paused);
	struct conn *conn;

	for (unsigned i = 0; i < fresh; i++) {
		uint64_t generation;
		bool is_evicted;

		conn = &pool->conns[i];
		generation = conn_generation(conn);
		if (conn_state(conn) != CONN_PARKED)
			continue;
		is_evicted = is_full && evicted < EVICT_MAX &&
		    atomic_load(&conn->phase) == CONN_IDLE;
		if (!is_evicted && !is_expired(pool, conn, now_us))
			continue;
		if (!conn_claim(conn, generation))
			continue;
		evicted += is_evicted;
		POOL_COUNT(pool, parked, -1);
		if (atomic_load(&conn->phase) != CONN_IDLE)
			POOL_COUNT(pool, timed_out, 1);
		pool_drop(pool, conn);
	}
	while ((conn = gate_expired(&pool->gate, now_us)) != NULL)
		step_refuse(pool, conn, scratch);
}

static void
complain(struct pool *pool)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us < pool->next_complaint_us)
		return;
	pool->next_complaint_us = now_us + COMPLAIN_S * CLOCK_SECOND_US;
	log_event(LOG_WARN, "fcgi.full", "connections=%u connections_max=%u",
	    atomic_load(&pool->open), pool->options.connections_max);
}

/* The housekeeper's life, until all is over. */
static void
keep_house(struct pool *pool, const atomic_int *stop)
{
	struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	struct worker *mine = &pool->workers[pool->options.threads];

	for (;;) {
		(void)nanosleep(&tick, NULL);
		sweep(pool, mine->scratch);
		if (atomic_load(&pool->is_paused)) {
			complain(pool);
			resume(pool);
		}
		if (atomic_load(stop) != 0 &&
		    !atomic_load(&pool->is_stopping)) {
			atomic_store(&pool->stop_us,
			    clock_monotonic_us() +
				(int64_t)pool->options.stop_ms * 1000);
			atomic_store(&pool->is_stopping, true);
			(void)epoll_ctl(pool->epoll_fd, EPOLL_CTL_DEL,
			    pool->options.listen_fd, NULL);
			sweep(pool, mine->scratch);
		}
		if (atomic_load(&pool->is_stopping) &&
		    (atomic_load(&pool->open) == 0 ||
			clock_monotonic_us() >= atomic_load(&pool->stop_us)))
			return;
	}
}

static enum err
start_workers(struct pool *pool)
{
	static const int ours[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	sigset_t all, before;
	enum err err = ERR_OK;

	/* Signals are for the threads of whoever called us. */
	sigfillset(&all);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		sigdelset(&all, ours[i]);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (unsigned i = 0; i < pool->options.threads; i++) {
		struct worker *worker = &pool->workers[i];

		worker->pool = pool;
		worker->index = i;
		err = exchange_worker_init(worker);
		if (err == ERR_OK &&
		    pthread_create(
			&worker->thread, NULL, worker_main, worker) != 0)
			err = ERR_NOMEM;
		if (err != ERR_OK) {
			exchange_worker_release(worker);
			break;
		}
		pool->worker_count++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void
stop_workers(struct pool *pool)
{
	uint64_t one = 1;

	atomic_store(&pool->is_quitting, true);
	/* Never read, so that it wakes all of them. */
	while (write(pool->quit_fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
	for (unsigned i = 0; i < pool->worker_count; i++) {
		pthread_join(pool->workers[i].thread, NULL);
		exchange_worker_release(&pool->workers[i]);
	}
}

static unsigned
option(unsigned given, unsigned usual)
{
	return given != 0 ? given : usual;
}

static void
set_options(struct pool *pool, const struct fcgi_options *given)
{
	struct fcgi_options *o = &pool->options;

	*o = *given;
	o->threads = option(o->threads, 16);
	o->connections_max = option(o->connections_max, 4096);
	o->idle_ms = option(o->idle_ms, 30000);
	o->body_ms = option(o->body_ms, 600000);
	o->write_ms = option(o->write_ms, 30000);
	o->send_ms = option(o->send_ms, 1800000);
	o->keep_ms = option(o->keep_ms, 60000);
	o->stop_ms = option(o->stop_ms, 30000);
}

static enum err
pool_init(struct pool *pool)
{
	struct epoll_event quit = { .events = EPOLLIN, .data.u64 = EVENT_QUIT };
	size_t slots = pool->options.connections_max + pool->options.threads;
	int listen_fd = pool->options.listen_fd, flags;

	pool->conns = calloc(slots, sizeof *pool->conns);
	/* One more: the housekeeper's scratch. */
	pool->workers = calloc(
	    pool->options.threads + 1, sizeof *pool->workers);
	if (pool->conns == NULL || pool->workers == NULL)
		return ERR_NOMEM;
	pool->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	pool->quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->epoll_fd < 0 || pool->quit_fd < 0)
		return ERR_IO;
	flags = fcntl(listen_fd, F_GETFL);
	if (flags < 0 || fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl(listen_fd, F_SETFD, FD_CLOEXEC) != 0)
		return ERR_IO;
	if (epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, pool->quit_fd, &quit) != 0)
		return ERR_IO;
	return gate_init(
	    &pool->gate, pool->options.threads, pool->options.site_workers_max);
}

static void
pool_release(struct pool *pool)
{
	unsigned fresh = atomic_load(&pool->fresh);

	for (unsigned i = 0; i < fresh; i++) {
		enum conn_state state = conn_state(&pool->conns[i]);

		if (state == CONN_PARKED)
			POOL_COUNT(pool, parked, -1);
		if (state != CONN_FREE)
			conn_drop(pool, &pool->conns[i]);
	}
	gate_release(&pool->gate);
	if (pool->quit_fd >= 0)
		close(pool->quit_fd);
	if (pool->epoll_fd >= 0)
		close(pool->epoll_fd);
	close(pool->options.listen_fd);
	free(pool->workers);
	free(pool->conns);
}

enum err
fcgi_serve(const struct fcgi_options *options, fcgi_handler *handler, void *ctx,
    struct fcgi_stats *stats, const atomic_int *stop)
{
	struct pool pool = {
		.handler = handler,
		.ctx = ctx,
		.stats = stats,
		.epoll_fd = -1,
		.quit_fd = -1,
		.free_lock = PTHREAD_MUTEX_INITIALIZER,
	};
	enum err err;

	set_options(&pool, options);
	err = exchange_library_init();
	if (err == ERR_OK)
		err = pool_init(&pool);
	if (err == ERR_OK)
		err = start_workers(&pool);
	if (err == ERR_OK) {
		watch_listener(&pool, EPOLL_CTL_ADD);
		keep_house(&pool, stop);
	}
	stop_workers(&pool);
	pool_release(&pool);
	return err;
}
