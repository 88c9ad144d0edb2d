/* core/web/fcgi.h - FastCGI: connections, their deadlines, and the workers.
 *
 * A pool of threads waits for connections. One whose request is not whole yet
 * is parked, and so is one that does not take its answer, so that a stalled
 * client costs a descriptor and some memory, not a thread. Only a body that
 * does not fit 64 KiB (with its parameters) holds a worker while it comes; at
 * most half the workers read such ones. Parameters must fit 64 KiB.
 *
 * Knows nothing of HTTP. Protocol: FastCGI Specification 1.0 (1996); libfcgi
 * is known to fcgi.c alone.
 */
#ifndef HOOKDESK_WEB_FCGI_H
#define HOOKDESK_WEB_FCGI_H

#include "core/base/bytes.h"

#include <stdatomic.h>

struct arena;

struct fcgi_options {
	/* A listening socket, taken (and made CLOEXEC and non-blocking); see
	 * fcgi_listen(). Closed when fcgi_serve() returns; connections that
	 * nobody accepted then wait for the next process with that socket. */
	int listen_fd;
	unsigned threads;         /* 0: 16 */
	unsigned connections_max; /* open at once; 0: 4096 */
	/* Workers that one site may hold when there are others; its further
	 * requests wait up to 2 s, then get 503. 0: all of them. The site is
	 * what HOOKDESK_SITE says. */
	unsigned site_workers_max;
	/* Milliseconds; 0 stands for the figure in brackets. */
	unsigned idle_ms;  /* no byte came of a request begun [30 000] */
	unsigned body_ms;  /* a whole request, from its first byte [600 000] */
	unsigned write_ms; /* no byte of an answer was taken [30 000] */
	unsigned send_ms;  /* a whole answer [1 800 000] */
	unsigned keep_ms;  /* kept open between requests [60 000] */
	unsigned stop_ms;  /* for requests being answered at the end [30 000] */
};

/* One request and its answer; valid during the handler's call. */
struct fcgi_exchange;

/* Answers one request with fcgi_send() or fcgi_send_file(), once. Called by
 * many threads at a time. When it returns without an answer, the connection
 * is closed and the web server says 502. */
typedef void fcgi_handler(struct fcgi_exchange *exchange, void *ctx);

/* What became of things, for /metrics; monotonic but for the first three.
 * refused: no FastCGI, or waited too long for its turn. */
struct fcgi_stats {
	_Atomic uint64_t connections, parked, busy;
	_Atomic uint64_t requests, aborted, timed_out, refused, accept_failed;
};

/* Listen on the unix socket <path>, mode <mode>, taking the place of a dead
 * socket there. <path> is there only once it can be connected to, so that whoever
 * waits for it may go on: change its mode, or start the web server.
 * Returns ERR_OK and *<fd>; ERR_BUSY when a living process listens there;
 * ERR_INVALID when the path, and a dot and our process id, are over 107 bytes;
 * ERR_IO, with errno. */
ERR_CHECKED enum err fcgi_listen(const char *path, unsigned mode, int *fd);

/* The listening socket handed over by systemd (LISTEN_FDS and LISTEN_PID,
 * sd_listen_fds(3)) or, failing that, descriptor 0 as spawn-fcgi gives it;
 * -1 when neither is a listening socket. */
int fcgi_inherited(void);

/* Serve until *<stop> is not 0; then accept no connection, finish what has
 * begun (what is not whole has 2 s more), and return. A signal handler may set
 * <stop>; the call notices within 100 ms. <stats> may be NULL. Sets SIGPIPE to
 * be ignored; libfcgi puts handlers on SIGTERM and SIGUSR1, which are put back
 * as they were.
 *
 * Returns ERR_OK after a stop; ERR_IO or ERR_NOMEM when it cannot begin. */
ERR_CHECKED enum err fcgi_serve(const struct fcgi_options *options,
    fcgi_handler *handler, void *ctx, struct fcgi_stats *stats,
    const atomic_int *stop);

/* The parameter <name> ("REQUEST_URI"), or NULL. Borrowed from <exchange>. */
const char *fcgi_param(const struct fcgi_exchange *exchange, const char *name);

/* All parameters as "NAME=value", ended by NULL; borrowed. */
char *const *fcgi_params(const struct fcgi_exchange *exchange);

/* Read up to <size> bytes of the body: how many, 0 at its end, -1 when the
 * client went away or a deadline passed. An end before CONTENT_LENGTH bytes is
 * -1 too. */
long fcgi_read(struct fcgi_exchange *exchange, char *at, size_t size);

/* An arena of this worker, emptied after each request. */
struct arena *fcgi_arena(struct fcgi_exchange *exchange);

/* Which worker runs this, 0 to threads - 1: for pools without a lock. */
unsigned fcgi_worker(const struct fcgi_exchange *exchange);

/* Answer with <head> (CGI header lines and the empty line) and <body>, in one
 * write where the socket takes it whole; what it does not take is copied and
 * sent later, by whichever worker is free. Returns ERR_OK; ERR_INVALID for a
 * second answer or no head; ERR_IO when the web server went away, or 64 MiB of
 * answers wait for slow readers already. */
ERR_CHECKED enum err fcgi_send(
    struct fcgi_exchange *exchange, struct bytes head, struct bytes body);

/* Answer with <head> and <size> bytes of the file <fd> from <offset>. Never
 * waits either; <fd> is duplicated, not closed. ERR_BUSY, with nothing sent,
 * when there is no descriptor left; else as fcgi_send(). A file that turns out
 * shorter than said ends the connection. */
ERR_CHECKED enum err fcgi_send_file(struct fcgi_exchange *exchange,
    struct bytes head, int fd, int64_t offset, int64_t size);

#endif
