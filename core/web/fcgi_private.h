/* core/web/fcgi_private.h - what the files fcgi*.c share.
 *
 *	fcgi_pool.c  the workers, what wakes them, beginning and end
 *	fcgi_step.c  what a worker does for a connection
 *	fcgi_conn.c  connections: taken, received from, parked, dropped
 *	fcgi_gate.c  who may run: long bodies, and one site among others
 *	fcgi.c       one exchange: libfcgi, the handler's calls, the answer
 *	fcgi_body.c  the request's body, record by record
 *	fcgi_out.c   the answer's records;  fcgi_scan.c  the request's
 *
 * A connection belongs to the worker that made its state BUSY, and nobody
 * else touches it. When there is nothing to do for it, it is parked: any
 * worker may take it when its descriptor becomes ready, and the housekeeper
 * (the thread in fcgi_serve()) when its deadline passes.
 */
#ifndef HOOKDESK_WEB_FCGI_PRIVATE_H
#define HOOKDESK_WEB_FCGI_PRIVATE_H

#include "core/web/fcgi.h"
#include "core/web/fcgi_out.h"
#include "core/web/fcgi_scan.h"

#include <pthread.h>

/* What is buffered of one request: its parameters at least lie in here. */
#define FCGI_INPUT_MAX 65536
/* Answers that wait in memory for slow readers, all together. */
#define FCGI_PENDING_MAX (64 * 1024 * 1024)

enum conn_state {
	CONN_FREE = 0,
	CONN_PARKED,  /* nobody's until something happens */
	CONN_BUSY,    /* a worker's */
	CONN_AGAIN,   /* a worker's, and something has happened meanwhile */
	CONN_WAITING, /* in the gate's queue */
	CONN_STATE__COUNT
};
#define CONN_STATE_BITS 3

/* What a parked connection waits for. */
enum conn_phase {
	CONN_IDLE = 0, /* kept open: another request */
	CONN_REQUEST,  /* the rest of one */
	CONN_ANSWER,   /* the web server taking the rest of an answer */
	CONN_LINGER,   /* the end of a body that nobody wants */
	CONN_PHASE__COUNT
};

/* Bytes received; <at> is the worker's inbox unless <is_heap>. */
struct fcgi_input {
	char *at;
	size_t len, cap;
	bool is_heap;
};

struct conn {
	_Atomic uint64_t state; /* generation << CONN_STATE_BITS | state */
	_Atomic int64_t deadline_us;
	_Atomic int phase;
	int fd;
	unsigned events;      /* registered with epoll; 0: not yet */
	int64_t started_us;   /* accepted, or this request's first byte; 0: not
	                       read from the clock yet */
	bool is_long;         /* its body does not fit the buffer */
	bool is_in_gate;      /* gate_leave() is due */
	bool is_long_in_gate; /* what it was counted as there */
	bool is_keep;         /* after the answer */
	bool is_drained;      /* the body was read to its end */
	uint64_t site;        /* hash of HOOKDESK_SITE */
	struct fcgi_input in;
	struct fcgi_scan scan;
	struct fcgi_out *out; /* the rest of an answer */
	struct conn *next;    /* free, in the gate's queue, or to do */
};

struct gate {
	pthread_mutex_t lock;
	struct conn *first, *last; /* waiting, in order */
	unsigned long_used, long_max;
	unsigned site_max; /* workers for one site; 0: no limit */
	struct gate_site {
		uint64_t site;
		unsigned used;
	} * sites; /* as many as workers */
	unsigned site_count;
};

struct pool {
	struct fcgi_options options;
	fcgi_handler *handler;
	void *ctx;
	struct fcgi_stats *stats;
	int epoll_fd, quit_fd;
	struct conn *conns;
	pthread_mutex_t free_lock;
	struct conn *free;
	_Atomic unsigned open, fresh; /* connections; slots ever used */
	_Atomic unsigned idle;        /* workers about to sleep or asleep */
	_Atomic unsigned news;        /* events of the listening socket, and */
	_Atomic unsigned drained;     /* how many when it was seen empty last */
	_Atomic bool is_paused;       /* accepting, for want of descriptors */
	_Atomic bool is_stopping, is_quitting;
	_Atomic int64_t stop_us; /* when the last one must be done */
	_Atomic int64_t pending_bytes;
	int64_t next_complaint_us;
	struct gate gate;
	struct worker *workers;
	unsigned worker_count; /* that were started */
};

struct worker {
	struct pool *pool;
	pthread_t thread;
	unsigned index, turn;
	struct arena *arena;
	int pipe[2]; /* libfcgi reads here what we write there; -1 */
	size_t pipe_size;
	char inbox[FCGI_INPUT_MAX];
	char scratch[FCGI_OUT_RECORD];
};

/* The body of a request that a worker has in hand. */
struct fcgi_body {
	struct conn *conn;
	const struct pool *pool;
	size_t at;             /* in conn->in */
	size_t left, skipping; /* bytes of this record to give, to pass over */
	int64_t given, expected; /* bytes; <expected> -1: unknown */
	bool is_ended, is_broken;
};

/* fcgi_conn.c */

/* A slot for the connection <fd>, BUSY; NULL when all are taken. */
struct conn *conn_take(struct pool *pool, int fd);
/* Close it and give its slot back. */
void conn_drop(struct pool *pool, struct conn *conn);
/* BUSY for the caller, if it is still <generation> and parked; a BUSY one
 * becomes AGAIN. */
bool conn_claim(struct conn *conn, uint64_t generation);
uint64_t conn_generation(const struct conn *conn);
enum conn_state conn_state(const struct conn *conn);
/* Leave it until something happens or <wait_ms> pass. False: something has
 * happened already, it is still the caller's; or registering failed and it was
 * dropped (*<is_gone>). */
bool conn_park(struct pool *pool, struct conn *conn, enum conn_phase phase,
    unsigned wait_ms, bool *is_gone);

/* Park it for others, though something may have happened already. */
void conn_hand_over(struct pool *pool, struct conn *conn, enum conn_phase phase,
    unsigned wait_ms);

enum receive {
	RECEIVE_MORE = 0, /* park it */
	RECEIVE_REQUEST,  /* run it (conn->is_long: its body goes on) */
	RECEIVE_CLOSE     /* drop it */
};
/* Read and scan what has come, into <worker>'s inbox or the heap. */
enum receive conn_receive(struct worker *worker, struct conn *conn);
/* Move the input from a worker's inbox to the heap; false without memory. */
bool conn_keep_input(struct conn *conn);
/* Forget the first <used> bytes and scan for a new request. */
void conn_next_request(struct conn *conn, size_t used);
void conn_release_input(struct conn *conn);

/* fcgi_gate.c */

ERR_CHECKED enum err gate_init(
    struct gate *gate, unsigned threads, unsigned site_max);
void gate_release(struct gate *gate);
enum gate_result {
	GATE_OPEN = 0, /* run it, then gate_leave() */
	GATE_QUEUED,   /* WAITING, no longer the caller's */
	GATE_FAILED    /* out of memory */
};
/* May <conn> run? Its deadline is how long it may wait. */
enum gate_result gate_enter(struct gate *gate, struct conn *conn);
/* <conn> has run. Returns the next to run, BUSY and entered, or NULL. */
struct conn *gate_leave(struct gate *gate, struct conn *conn);
/* Take one out whose deadline passed before <now_us>: BUSY, or NULL. */
struct conn *gate_expired(struct gate *gate, int64_t now_us);

/* fcgi_step.c */

/* Do all there is to do for <conn>, and for those whom it kept waiting. */
void step_work(struct worker *worker, struct conn *conn);
/* It was too long in the gate's queue: answer 503. */
void step_refuse(struct pool *pool, struct conn *conn, char *scratch);

/* fcgi_pool.c */

/* conn_drop(), and accept again if descriptors were short. */
void pool_drop(struct pool *pool, struct conn *conn);

/* fcgi_body.c */

void body_init(
    struct fcgi_body *body, struct conn *conn, const struct pool *pool);
/* As fcgi_read(). */
long body_read(struct fcgi_body *body, char *at, size_t size);
/* Pass over what has come already; true when that was all of it. */
bool body_finish(struct fcgi_body *body);

/* fcgi.c */

/* FCGX_Init(), with the signals as they were afterwards. */
ERR_CHECKED enum err exchange_library_init(void);
/* What a worker needs for libfcgi. */
ERR_CHECKED enum err exchange_worker_init(struct worker *worker);
void exchange_worker_release(struct worker *worker);

enum exchange_end {
	EXCHANGE_DONE = 0, /* answered; conn->is_keep and is_drained are set */
	EXCHANGE_PENDING,  /* the rest is in conn->out */
	EXCHANGE_FAILED    /* close it */
};
/* Have <conn>'s request answered by the handler. */
enum exchange_end exchange_run(struct worker *worker, struct conn *conn);

/* Count in a statistic, if there are any. */
#define POOL_COUNT(pool, member, n) \
	((pool)->stats != NULL ? \
		(void)atomic_fetch_add_explicit(&(pool)->stats->member, \
		    (uint64_t)(n), memory_order_relaxed) : \
		(void)0)

#endif
