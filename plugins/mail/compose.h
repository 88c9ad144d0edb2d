/* plugins/mail/compose.h - writes a mail as RFC 5322 and MIME want it.
 *
 * The one place where header fields are written, and the only one that knows
 * GMime. compose_init() comes before all else; then any thread may compose.
 * GMime is never shut down: what it registers with GLib's types stays until
 * the process ends, and a second start would leave the first one's tables.
 */
#ifndef HOOKDESK_MAIL_COMPOSE_H
#define HOOKDESK_MAIL_COMPOSE_H

#include "core/plugin.h"

enum compose_result {
	COMPOSE_OK = 0,
	COMPOSE_INVALID,   /* the mail cannot be written: see the reason */
	COMPOSE_TOO_LARGE, /* over the limit */
	COMPOSE_FILE,      /* an attachment cannot be read at the moment */
	COMPOSE__COUNT
};

/* How lines end: as SMTP wants it, or as programs on Unix do. */
enum compose_lines { COMPOSE_CRLF = 0, COMPOSE_LF };

/* A mail as bytes. Give it back with letter_release(). */
struct letter {
	char *at;
	size_t len;
};

void compose_init(void);

/* Write <mail>; the same input gives the same bytes.
 *
 * <lines>     how they end; no line is over 998 bytes (RFC 5322, 2.1.1)
 * <size_max>  bytes of the whole, 0 for no limit
 * <why>       receives the reason of a failure, <why_size> bytes at most
 *
 * COMPOSE_INVALID when a header value holds a control character or is not
 * UTF-8, an address is none (RFC 5321, 4.1.2, without quoted local parts), an
 * attachment is gone or no regular file; the body may hold anything. */
enum compose_result compose(const struct hd_mail *mail,
    enum compose_lines lines, int64_t size_max, struct letter *out, char *why,
    size_t why_size);

void letter_release(struct letter *letter);

#endif
