/* core/web/fcgi_out.h - an answer on its way, as STDOUT records.
 *
 * Never waits: writes what the socket takes and says how far it came, so that
 * whoever reads slowly holds memory and not a thread. An answer that the
 * socket takes whole is one system call (libfcgi writes every 8 KiB).
 */
#ifndef HOOKDESK_WEB_FCGI_OUT_H
#define HOOKDESK_WEB_FCGI_OUT_H

#include "core/web/fcgi_scan.h"

/* A multiple of 8, so that no record needs padding; with its header 64 KiB. */
#define FCGI_OUT_RECORD 65528

enum fcgi_out_result {
	FCGI_OUT_DONE = 0,
	FCGI_OUT_AGAIN, /* go on when the socket takes more */
	FCGI_OUT_FAILED /* the peer is gone, or the file ended early */
};

/* The bytes to send are <head>, <body>, then a piece of a file. */
struct fcgi_out {
	struct bytes head, body;
	size_t dropped; /* bytes of <head> sent and forgotten */
	char *owned;    /* <head> on the heap, if so */
	int file_fd;    /* -1: none; closed by fcgi_out_release() */
	int64_t file_offset, file_size;
	int64_t sent; /* bytes of the records, headers among them */
	unsigned id;
};

/* Write what <fd> takes now; <scratch> is FCGI_OUT_RECORD bytes for a piece of
 * the file. Stops with FCGI_OUT_AGAIN after some MiB of a file, for others'
 * sake. Returns at FCGI_OUT_DONE with END_REQUEST written. */
enum fcgi_out_result fcgi_out_write(
    struct fcgi_out *out, int fd, char *scratch);

/* Take what is left to send into memory of its own, for when the caller's is
 * gone. Returns ERR_NOMEM. */
ERR_CHECKED enum err fcgi_out_keep(struct fcgi_out *out);

void fcgi_out_release(struct fcgi_out *out);

#endif
