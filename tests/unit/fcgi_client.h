/* tests/unit/fcgi_client.h - a web server's side of FastCGI, byte by byte.
 *
 * Written from the specification, with no code shared with what it tests.
 */
#ifndef HOOKDESK_TESTS_FCGI_CLIENT_H
#define HOOKDESK_TESTS_FCGI_CLIENT_H

#include "core/base/bytes.h"

/* Records, added to a buffer. */
void client_record(
    struct buf *out, unsigned type, unsigned id, struct bytes content);
void client_begin(struct buf *out, unsigned id, unsigned role, bool is_keep);
/* One PARAMS record of "NAME=value" strings ended by NULL, and the empty one. */
void client_params(struct buf *out, unsigned id, const char *const *pairs);
/* STDIN records of up to <piece> bytes each, and the empty one. */
void client_body(struct buf *out, unsigned id, struct bytes body, size_t piece);
/* A whole GET of <uri>. */
void client_get(struct buf *out, const char *uri, bool is_keep);
/* A whole POST of <body>. */
void client_post(
    struct buf *out, const char *uri, struct bytes body, bool is_keep);

/* Connected to the unix socket <path>, or -1. */
int client_connect(const char *path);
/* All of it; false when the peer is gone or takes nothing for 20 s. */
bool client_send(int fd, struct bytes bytes);

struct client_answer {
	struct buf out;    /* what the STDOUT records held */
	unsigned id;       /* of the END_REQUEST */
	unsigned how;      /* protocolStatus */
	bool has_end;      /* there was one, behind an empty STDOUT */
	unsigned odd_type; /* of a record that is neither */
	struct buf odd;    /* its content */
};
void client_answer_release(struct client_answer *answer);
/* Read until END_REQUEST or the end of the connection; false when neither
 * comes for <wait_ms> or what comes is no FastCGI. */
bool client_answer(int fd, struct client_answer *answer, int wait_ms);
/* The body behind the header lines. */
struct bytes client_answer_body(const struct client_answer *answer);
/* True when the peer closes within <wait_ms>; what it sends is passed over. */
bool client_is_closed(int fd, int wait_ms);

#endif
