/* core/web/response.h - an answer: status, headers, body or file.
 *
 * The one writer of header fields: it refuses control characters, whoever
 * asks. Security headers are on every answer, without being asked for. Knows
 * nothing of libfcgi: response_head() gives the bytes.
 */
#ifndef HOOKDESK_WEB_RESPONSE_H
#define HOOKDESK_WEB_RESPONSE_H

#include "core/base/bytes.h"

struct arena;
struct request;

/* How strict the Content-Security-Policy is. */
enum csp {
	CSP_PAGE = 0, /* our scripts and styles from 'self', no frames of us */
	CSP_SANDBOX,  /* files and mail in frames: nothing runs */
	CSP_EMBEDDABLE, /* as CSP_PAGE, but other sites may frame it */
	CSP__COUNT
};

struct response {
	struct arena *arena;
	int status;         /* 200 unless set */
	struct buf headers; /* CGI lines, CRLF each, without Status */
	struct buf body;
	struct bytes type; /* Content-Type; static or in the arena */
	enum csp csp;
	const char *cache; /* Cache-Control; NULL: "private, no-store" */
	bool is_failed;    /* memory ran out, or a header was refused */
	bool is_https;     /* send Strict-Transport-Security */
	/* Instead of <body>: a file, closed by response_release(). */
	int file_fd; /* -1: none */
	int64_t file_offset, file_size;
};

/* Ready for a 200 of text/html. */
void response_init(struct response *response, struct arena *arena);
/* Close the file, if there is one. */
void response_release(struct response *response);
/* Forget body, file and headers (cookies too): for an error page instead. */
void response_reset(struct response *response);

/* Add a header. ERR_INVALID, and nothing added, when the name is no token or
 * the value holds a control character (RFC 9110, 5.5); ERR_NOMEM. */
ERR_CHECKED enum err response_header(
    struct response *response, const char *name, struct bytes value);

/* The body of another type: "application/json", "text/plain;charset=utf-8".
 * <type> is a literal. */
void response_type(struct response *response, const char *type);

/* 303 to a path below <base> ("" or "/support"): <path> begins with one "/".
 * Anything else (another host, "//x", control characters) goes to <base>/. */
void response_redirect(
    struct response *response, const char *base, struct bytes path);

/* An answer with an ETag; when the request has it already, the status becomes
 * 304 and true is returned: render nothing. <etag> without quotes: letters,
 * digits, '-', '.'. */
bool response_etag(struct response *response, const struct request *request,
    struct bytes etag);

struct cookie {
	const char *name;
	struct bytes
	    value; /* letters, digits, - _ . ~ only; empty: remove it */
	const char *path;
	int64_t max_age_s; /* 0: until the browser is closed */
	bool is_secure;
	bool is_script_readable; /* not HttpOnly */
};

/* ERR_INVALID when name, value or path hold anything else. SameSite=Lax. */
ERR_CHECKED enum err response_cookie(
    struct response *response, const struct cookie *cookie);

/* The session cookie's name: "__Host-hd" when <base_url> is https and has no
 * path, else "hd-" and a short hash of <site> and path, so that desks on one
 * host do not share it. In <arena>; NULL without memory. Its path is in *<path>
 * ("/" or "/support"). */
const char *response_cookie_name(struct arena *arena, struct bytes site,
    struct bytes base_url, const char **path);

/* Send a stored file: <fd> is taken. Shown inline only when <type> is one of
 * image/png jpeg gif webp or text/plain and <is_inline>; otherwise it is an
 * attachment (RFC 6266, with filename*), application/octet-stream, sandboxed.
 * <type> must come from the content, not from the sender. */
ERR_CHECKED enum err response_file(struct response *response, int fd,
    int64_t size, struct bytes name, struct bytes type, bool is_inline);
/* RFC 6266 for a body made here, such as an export. */
ERR_CHECKED enum err response_attachment(
    struct response *response, struct bytes name);

/* The head as CGI wants it: Status, Content-Type, Content-Length, the security
 * headers and those added; the same for HEAD as for GET. {NULL, 0} when memory
 * is exhausted. */
struct bytes response_head(struct response *response);

/* "Not Found" for 404; static. */
const char *status_text(int status);

#endif
