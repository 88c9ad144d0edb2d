/* core/base/log.h - one line an event, for the administrator.
 *
 *   request=7f3ac2 at=2026-03-02T09:00:00.123456Z level=warn
 *       event=mail.failed ticket=412 why="no such host"     (all on one line)
 *
 * Each line goes to standard error with a single write(), so that lines of
 * several threads and processes do not mix. Never logged: passwords, tokens,
 * and the words of customers. Any thread may call any of this.
 */
#ifndef HOOKDESK_BASE_LOG_H
#define HOOKDESK_BASE_LOG_H

#include "core/base/err.h"

#include <stdbool.h>

enum log_level {
	LOG_ERROR = 0, /* somebody must do something */
	LOG_WARN,      /* it went on, but not as it should */
	LOG_INFO,      /* what an administrator wants to see of a good day */
	LOG_DEBUG,     /* off by default */
	LOG__COUNT
};

#define LOG_REQUEST_MAX 32 /* bytes of a request's id, without the NUL */

/* Write one line, unless <level> is under what log_set_level() lets through.
 *
 * <event>   what happened, as noun.verb
 * <format>  "key=%d key=%s ..." or "": words of a-z, 0-9 and _, each with one
 *           conversion of printf (d i u x c s, with h l ll z j, a width or a
 *           precision), which the compiler checks against the arguments.
 *
 * What %s and %c give is quoted when it is not a plain word; quotes, control
 * characters, broken UTF-8 and the characters that turn the direction of
 * writing are escaped, so that nothing from outside forges a line or a key.
 * Over 4 KiB a line is cut. errno is left as it was. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* True when log_event() would write: for values that cost to compute. */
bool log_would(enum log_level level);

/* This thread works on request <id> from now on, of which it keeps a copy of
 * up to LOG_REQUEST_MAX bytes; NULL: on none. */
void log_set_request(const char *id);

/* The id set by this thread, "" if there is none; borrowed until the next
 * log_set_request(). */
const char *log_request(void);

/* Let <level> and what is more urgent through; LOG_INFO at the start. */
void log_set_level(enum log_level level);

/* "error", "warn", "info", "debug" to the level; ERR_INVALID for others. */
ERR_CHECKED enum err log_level_from(const char *name, enum log_level *out);

/* Write to descriptor <fd> instead of 2; it must stay open. */
void log_set_fd(int fd);

#endif
