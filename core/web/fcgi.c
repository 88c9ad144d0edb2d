/* core/web/fcgi.c - one exchange: libfcgi, the handler's calls, the answer.
 *
 * libfcgi decodes the request's parameters. It is given no connection: it has
 * no deadlines, lingers up to 2 s on closing, and keeps what it read too much.
 * What it reads is a pipe, one for each worker, into which we write a request
 * that lies whole before us and is known to be well-formed.
 */
#include "config.h"
#include "core/web/fcgi_private.h"

#include "core/base/arena.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

/* Where a parameter, "NAME=value", is cut. */
struct param_at {
	const char *at;
	size_t name_len;
};

struct fcgi_exchange {
	struct worker *worker;
	struct conn *conn;
	FCGX_Request request;
	struct param_at *params; /* in the arena */
	size_t param_count;
	struct fcgi_body body;
	bool is_sent; /* an answer, whole or pending */
};

enum err
exchange_library_init(void)
{
	static const int signals[] = { SIGTERM, SIGUSR1 };
	enum { COUNT = sizeof signals / sizeof *signals };
	struct sigaction before[COUNT];
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (int i = 0; i < COUNT; i++)
		if (sigaction(signals[i], NULL, &before[i]) != 0)
			return ERR_IO;
	if (FCGX_Init() != 0)
		return ERR_NOMEM;
	for (int i = 0; i < COUNT; i++)
		if (sigaction(signals[i], &before[i], NULL) != 0)
			return ERR_IO;
	return sigaction(SIGPIPE, &ignore, NULL) == 0 ? ERR_OK : ERR_IO;
}

static void
close_pipe(struct worker *worker)
{
	for (int i = 0; i < 2; i++) {
		if (worker->pipe[i] >= 0)
			close(worker->pipe[i]);
		worker->pipe[i] = -1;
	}
}

static bool
open_pipe(struct worker *worker)
{
	int size;

	if (pipe2(worker->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
		worker->pipe[0] = worker->pipe[1] = -1;
		return false;
	}
	/* Usually 64 KiB; less for a user with very many pipes. */
	size = fcntl(worker->pipe[1], F_GETPIPE_SZ);
	worker->pipe_size = size > 0 ? (size_t)size : 0;
	return true;
}

enum err
exchange_worker_init(struct worker *worker)
{
	worker->pipe[0] = worker->pipe[1] = -1;
	worker->arena = arena_create();
	if (worker->arena == NULL)
		return ERR_NOMEM;
	return open_pipe(worker) ? ERR_OK : ERR_IO;
}

void
exchange_worker_release(struct worker *worker)
{
	close_pipe(worker);
	arena_destroy(worker->arena);
	worker->arena = NULL;
}

/* Write the request, without its body, as libfcgi wants to read it. */
static bool
write_request(const struct worker *worker, const struct conn *conn)
{
	enum { BEGIN_SIZE = 16 };
	const struct fcgi_scan *scan = &conn->scan;
	char start[BEGIN_SIZE + FCGI_HEADER_SIZE] = { 0 };
	char end[FCGI_HEADER_SIZE];
	struct iovec parts[3] = { { start, sizeof start },
		{ conn->in.at + scan->params_at, scan->params_len },
		{ end, sizeof end } };
	size_t size = sizeof start + scan->params_len + sizeof end;

	if (size > worker->pipe_size)
		return false;
	fcgi_record_write(start, FCGI_TYPE_BEGIN, scan->id, 8);
	start[FCGI_HEADER_SIZE + 1] = 1; /* the role of a responder */
	fcgi_record_write(
	    start + BEGIN_SIZE, FCGI_TYPE_PARAMS, scan->id, scan->params_len);
	fcgi_record_write(end, FCGI_TYPE_PARAMS, scan->id, 0);
	if (scan->params_len == 0)
		parts[0].iov_len = BEGIN_SIZE;
	else if (size > FCGI_INPUT_MAX)
		return false;
	return writev(worker->pipe[1], parts, 3) ==
	    (ssize_t)(parts[0].iov_len + parts[1].iov_len + parts[2].iov_len);
}

static bool
decode(struct fcgi_exchange *exchange)
{
	struct worker *worker = exchange->worker;
	FCGX_Request *request = &exchange->request;
	bool is_written;

	FCGX_InitRequest(request, -1, 0);
	if (worker->pipe[0] < 0 && !open_pipe(worker))
		return false;
	is_written = write_request(worker, exchange->conn);
	request->ipcFd = worker->pipe[0];
	request->keepConnection = 1; /* it is not to be closed first */
	if (is_written && FCGX_Accept_r(request) == 0)
		return true;
	/* It has closed what it read from; what is in the pipe is unknown. */
	if (is_written)
		worker->pipe[0] = -1;
	close_pipe(worker);
	return false;
}

/* A page asks for some twenty of some thirty parameters, most of which begin
 * alike: lengths tell them apart. */
static bool
index_params(struct fcgi_exchange *exchange)
{
	char **envp = exchange->request.envp;
	size_t count = 0;

	while (envp[count] != NULL)
		count++;
	exchange->params = arena_array(
	    exchange->worker->arena, struct param_at, count + 1);
	if (exchange->params == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		exchange->params[i] = (struct param_at){ envp[i],
			(size_t)(strchrnul(envp[i], '=') - envp[i]) };
	exchange->param_count = count;
	return true;
}

static int64_t
content_length(const struct fcgi_exchange *exchange)
{
	const char *text = fcgi_param(exchange, "CONTENT_LENGTH");
	int64_t length;

	if (text == NULL || *text == '\0' ||
	    bytes_to_int(bytes_of(text), &length) != ERR_OK || length < 0)
		return -1;
	return length;
}

enum exchange_end
exchange_run(struct worker *worker, struct conn *conn)
{
	struct pool *pool = worker->pool;
	struct fcgi_exchange exchange = { .worker = worker, .conn = conn };

	POOL_COUNT(pool, requests, 1);
	if (!decode(&exchange))
		return EXCHANGE_FAILED;
	if (!index_params(&exchange)) {
		FCGX_Free(&exchange.request, 0);
		return EXCHANGE_FAILED;
	}
	body_init(&exchange.body, conn, pool);
	exchange.body.expected = content_length(&exchange);
	pool->handler(&exchange, pool->ctx);
	arena_reset(worker->arena);
	FCGX_Free(&exchange.request, 0);
	conn->is_keep = conn->scan.is_keep;
	conn->is_drained = body_finish(&exchange.body);
	if (conn->is_drained)
		conn_next_request(conn, exchange.body.at);
	if (!exchange.is_sent)
		return EXCHANGE_FAILED;
	return conn->out != NULL ? EXCHANGE_PENDING : EXCHANGE_DONE;
}

const char *
fcgi_param(const struct fcgi_exchange *exchange, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < exchange->param_count; i++) {
		const struct param_at *param = &exchange->params[i];

		if (param->name_len == len && param->at[len] == '=' &&
		    memcmp(param->at, name, len) == 0)
			return param->at + len + 1;
	}
	return NULL;
}

char *const *
fcgi_params(const struct fcgi_exchange *exchange)
{
	return exchange->request.envp;
}

long
fcgi_read(struct fcgi_exchange *exchange, char *at, size_t size)
{
	return body_read(&exchange->body, at, size);
}

struct arena *
fcgi_arena(struct fcgi_exchange *exchange)
{
	return exchange->worker->arena;
}

unsigned
fcgi_worker(const struct fcgi_exchange *exchange)
{
	return exchange->worker->index;
}

/* The socket took a part: keep the rest, for any worker to go on with. */
static enum err
postpone(struct fcgi_exchange *exchange, struct fcgi_out *out)
{
	struct pool *pool = exchange->worker->pool;
	struct fcgi_out *rest;
	int64_t pending;

	rest = malloc(sizeof *rest);
	if (rest == NULL)
		return ERR_IO;
	if (fcgi_out_keep(out) != ERR_OK) {
		free(rest);
		return ERR_IO;
	}
	pending = atomic_fetch_add(
	    &pool->pending_bytes, (int64_t)out->head.len);
	*rest = *out;
	*out = (struct fcgi_out){ .file_fd = -1 };
	/* From here on conn_drop() gives it back. */
	exchange->conn->out = rest;
	return pending <= FCGI_PENDING_MAX ? ERR_OK : ERR_IO;
}

/* Takes what <out> owns. */
static enum err
answer(struct fcgi_exchange *exchange, struct fcgi_out *out)
{
	enum err err = ERR_IO;

	if (exchange->is_sent || out->head.len == 0) {
		fcgi_out_release(out);
		return ERR_INVALID;
	}
	out->id = exchange->conn->scan.id;
	switch (fcgi_out_write(
	    out, exchange->conn->fd, exchange->worker->scratch)) {
	case FCGI_OUT_DONE: err = ERR_OK; break;
	case FCGI_OUT_AGAIN: err = postpone(exchange, out); break;
	case FCGI_OUT_FAILED: break;
	}
	fcgi_out_release(out);
	exchange->is_sent = err == ERR_OK;
	return err;
}

enum err
fcgi_send(struct fcgi_exchange *exchange, struct bytes head, struct bytes body)
{
	struct fcgi_out out = { .head = head, .body = body, .file_fd = -1 };

	return answer(exchange, &out);
}

enum err
fcgi_send_file(struct fcgi_exchange *exchange, struct bytes head, int fd,
    int64_t offset, int64_t size)
{
	struct fcgi_out out = { .head = head, .file_fd = -1 };

	if (offset < 0 || size < 0)
		return ERR_INVALID;
	/* It may have to outlive the call. */
	out.file_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (out.file_fd < 0)
		return errno == EMFILE ? ERR_BUSY : ERR_IO;
	out.file_offset = offset;
	out.file_size = size;
	return answer(exchange, &out);
}
