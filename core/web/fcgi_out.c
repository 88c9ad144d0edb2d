/* core/web/fcgi_out.c - an answer on its way, as STDOUT records.
 *
 * On the wire, with n = FCGI_OUT_RECORD:
 *
 *	header | n bytes | header | n bytes | ... | STDOUT of none | END
 *
 * Where we are is one number, <sent>: header and n bytes are 64 KiB, so the
 * record and the place in it follow from a division.
 */
#include "config.h"
#include "core/web/fcgi_out.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	WIRE_RECORD = FCGI_HEADER_SIZE + FCGI_OUT_RECORD,
	TAIL_SIZE = FCGI_HEADER_SIZE + FCGI_END_SIZE,
	RECORDS_MAX = 16, /* in one call */
	PIECES_MAX = RECORDS_MAX * 4 + 1,
	TURN_MAX = 4 * 1024 * 1024 /* bytes of a file in one turn */
};

/* What one sendmsg() is given. */
struct batch {
	struct iovec pieces[PIECES_MAX];
	size_t count;
	unsigned char headers[RECORDS_MAX][FCGI_HEADER_SIZE];
	size_t records;
	unsigned char tail[TAIL_SIZE];
	bool has_file; /* the scratch is taken */
};

static int64_t
memory_size(const struct fcgi_out *out)
{
	return (int64_t)(out->dropped + out->head.len + out->body.len);
}

static int64_t
data_size(const struct fcgi_out *out)
{
	return memory_size(out) + (out->file_fd >= 0 ? out->file_size : 0);
}

/* With all headers, without the tail. */
static int64_t
wire_size(const struct fcgi_out *out)
{
	int64_t size = data_size(out);

	return size +
	    (size + FCGI_OUT_RECORD - 1) / FCGI_OUT_RECORD * FCGI_HEADER_SIZE;
}

static void
batch_add(struct batch *batch, const void *at, int64_t len)
{
	if (len > 0)
		batch->pieces[batch->count++] =
		    (struct iovec){ (void *)(uintptr_t)at, (size_t)len };
}

static int64_t
min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Read <len> bytes of the file from data position <from> into <scratch>. */
static bool
read_file(const struct fcgi_out *out, int64_t from, int64_t len, char *scratch)
{
	int64_t got = 0;

	while (got < len) {
		ssize_t n = pread(out->file_fd, scratch + got,
		    (size_t)(len - got),
		    out->file_offset + from - memory_size(out) + got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += n;
	}
	return true;
}

/* Add the data from <from> to <end>; false when the file cannot be read. */
static bool
batch_add_data(struct batch *batch, const struct fcgi_out *out, int64_t from,
    int64_t end, char *scratch)
{
	int64_t start = (int64_t)out->dropped;
	struct bytes parts[2] = { out->head, out->body };

	for (int i = 0; i < 2; i++) {
		int64_t stop = start + (int64_t)parts[i].len;

		if (from < stop && from < end) {
			int64_t len = min64(stop, end) - from;

			batch_add(batch, parts[i].at + (from - start), len);
			from += len;
		}
		start = stop;
	}
	if (from == end)
		return true;
	batch->has_file = true;
	if (!read_file(out, from, end - from, scratch))
		return false;
	batch_add(batch, scratch, end - from);
	return true;
}

static bool
batch_fill(struct batch *batch, const struct fcgi_out *out, char *scratch)
{
	int64_t wire = wire_size(out), size = data_size(out), at = out->sent;

	batch->count = batch->records = 0;
	batch->has_file = false;
	while (at < wire && batch->records < RECORDS_MAX && !batch->has_file) {
		int64_t record = at / WIRE_RECORD, within = at % WIRE_RECORD;
		int64_t from = record * FCGI_OUT_RECORD;
		int64_t end = min64(size, from + FCGI_OUT_RECORD);
		unsigned char *header = batch->headers[batch->records++];

		fcgi_record_write(
		    header, FCGI_TYPE_STDOUT, out->id, (size_t)(end - from));
		at += FCGI_HEADER_SIZE + end - from - within;
		if (within < FCGI_HEADER_SIZE) {
			batch_add(
			    batch, header + within, FCGI_HEADER_SIZE - within);
			within = FCGI_HEADER_SIZE;
		}
		from += within - FCGI_HEADER_SIZE;
		if (!batch_add_data(batch, out, from, end, scratch))
			return false;
	}
	if (at >= wire) {
		fcgi_record_write(batch->tail, FCGI_TYPE_STDOUT, out->id, 0);
		fcgi_end_write(
		    batch->tail + FCGI_HEADER_SIZE, out->id, FCGI_END_COMPLETE);
		batch_add(
		    batch, batch->tail + (at - wire), TAIL_SIZE - (at - wire));
	}
	return true;
}

enum fcgi_out_result
fcgi_out_write(struct fcgi_out *out, int fd, char *scratch)
{
	int64_t end = wire_size(out) + TAIL_SIZE, begun = out->sent;
	struct batch batch;

	while (out->sent < end) {
		struct msghdr message = { .msg_iov = batch.pieces };
		ssize_t n;

		if (out->sent - begun > TURN_MAX)
			return FCGI_OUT_AGAIN;
		if (!batch_fill(&batch, out, scratch))
			return FCGI_OUT_FAILED;
		message.msg_iovlen = batch.count;
		n = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0)
			out->sent += n;
		else if (errno == EAGAIN || errno == ENOBUFS)
			return FCGI_OUT_AGAIN;
		else if (errno != EINTR)
			return FCGI_OUT_FAILED;
	}
	return FCGI_OUT_DONE;
}

enum err
fcgi_out_keep(struct fcgi_out *out)
{
	int64_t record = out->sent / WIRE_RECORD;
	int64_t within = out->sent % WIRE_RECORD - FCGI_HEADER_SIZE;
	int64_t from = record * FCGI_OUT_RECORD +
	    (within > 0 ? within : (int64_t)0);
	int64_t memory = memory_size(out);
	size_t len, head_rest;
	char *copy;

	from = min64(from, memory);
	len = (size_t)(memory - from);
	copy = malloc(len > 0 ? len : 1);
	if (copy == NULL)
		return ERR_NOMEM;
	head_rest = (int64_t)out->head.len > from ?
	    out->head.len - (size_t)from :
	    0;
	if (head_rest > 0)
		memcpy(
		    copy, out->head.at + out->head.len - head_rest, head_rest);
	if (len > head_rest)
		memcpy(copy + head_rest,
		    out->body.at + out->body.len - (len - head_rest),
		    len - head_rest);
	out->owned = copy;
	out->head = (struct bytes){ copy, len };
	out->body = BYTES_NONE;
	out->dropped = (size_t)from;
	return ERR_OK;
}

void
fcgi_out_release(struct fcgi_out *out)
{
	free(out->owned);
	out->owned = NULL;
	if (out->file_fd >= 0)
		close(out->file_fd);
	out->file_fd = -1;
}
