/* core/base/log.c - a line is built on the stack and written at once.
 *
 * The format is walked here, not by printf: only so each value can be escaped
 * while the compiler still checks the arguments.
 */
#include "config.h"
#include "core/base/log.h"

#include "core/base/clock.h"
#include "core/base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096
#define TAIL_MAX 4 /* "...\n" */

struct line {
	size_t len;
	bool cut;
	char at[LINE_MAX_BYTES];
};

/* One conversion of a format. */
struct spec {
	int longs;     /* 0 int, 1 long, 2 long long, 3 size_t, 4 intmax */
	int precision; /* -1: none */
	bool star;     /* the precision is an argument */
	char conversion;
};

static const char *const level_names[LOG__COUNT] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static _Atomic int level_max = LOG_INFO;
static _Atomic int log_fd = STDERR_FILENO;
static _Thread_local char request_id[LOG_REQUEST_MAX + 1];

static void
put(struct line *line, const char *at, size_t len)
{
	if (line->cut || len > sizeof line->at - TAIL_MAX - line->len) {
		line->cut = true;
		return;
	}
	memcpy(line->at + line->len, at, len);
	line->len += len;
}

static void
put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* A value that needs no quotes, and cannot be taken for another key. */
static bool
is_plain(struct bytes value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"'\\=`", c) != NULL)
			return false;
	}
	return value.len > 0;
}

/* Control characters, what ends a line somewhere, and what is invisible but
 * changes how the rest reads. */
static bool
must_escape(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
	    c == 0x2029 || c == 0xfeff || utf8_turns_direction(c);
}

static void
put_value(struct line *line, struct bytes value)
{
	const char *p = value.at, *end = p + value.len;

	if (is_plain(value)) {
		put(line, value.at, value.len);
		return;
	}
	put_text(line, "\"");
	while (p < end) {
		const char *from = p;
		char escape[16];
		bool bad = false;
		uint32_t c = utf8_next(&p, end, &bad);

		if (bad) {
			for (; from < p; from++) {
				snprintf(escape, sizeof escape, "\\x%02x",
				    (unsigned char)*from);
				put_text(line, escape);
			}
		} else if (c == '"' || c == '\\') {
			put(line, "\\", 1);
			put(line, from, 1);
		} else if (c == '\n') {
			put(line, "\\n", 2);
		} else if (must_escape(c)) {
			snprintf(escape, sizeof escape, "\\u%04" PRIx32, c);
			put_text(line, escape);
		} else {
			put(line, from, (size_t)(p - from));
		}
	}
	put_text(line, "\"");
}

/* Read what follows a '%'; returns behind it. */
static const char *
read_spec(const char *p, struct spec *spec)
{
	*spec = (struct spec){ .precision = -1 };
	while (*p >= '0' && *p <= '9') /* a width pads: not in a key=value */
		p++;
	if (*p == '.') {
		p++;
		spec->star = *p == '*';
		if (spec->star)
			p++;
		else
			for (spec->precision = 0; *p >= '0' && *p <= '9'; p++)
				spec->precision = spec->precision * 10 +
				    (*p - '0');
	}
	for (;; p++) {
		if (*p == 'l')
			spec->longs++;
		else if (*p == 'z')
			spec->longs = 3;
		else if (*p == 'j')
			spec->longs = 4;
		else if (*p != 'h')
			break;
	}
	spec->conversion = *p;
	return *p != '\0' ? p + 1 : p;
}

static intmax_t
take_signed(int longs, va_list *args)
{
	switch (longs) {
	case 0: return va_arg(*args, int);
	case 1: return va_arg(*args, long);
	case 2: return va_arg(*args, long long);
	case 3: return va_arg(*args, ssize_t);
	default: return va_arg(*args, intmax_t);
	}
}

static uintmax_t
take_unsigned(int longs, va_list *args)
{
	switch (longs) {
	case 0: return va_arg(*args, unsigned);
	case 1: return va_arg(*args, unsigned long);
	case 2: return va_arg(*args, unsigned long long);
	case 3: return va_arg(*args, size_t);
	default: return va_arg(*args, uintmax_t);
	}
}

static void
put_argument(struct line *line, const struct spec *spec, va_list *args)
{
	char number[32];
	const char *text;
	int precision = spec->star ? va_arg(*args, int) : spec->precision;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		snprintf(number, sizeof number, "%jd",
		    take_signed(spec->longs, args));
		put_text(line, number);
		break;
	case 'u':
		snprintf(number, sizeof number, "%ju",
		    take_unsigned(spec->longs, args));
		put_text(line, number);
		break;
	case 'x':
		snprintf(number, sizeof number, "%jx",
		    take_unsigned(spec->longs, args));
		put_text(line, number);
		break;
	case 'c':
		number[0] = (char)va_arg(*args, int);
		put_value(line, (struct bytes){ number, 1 });
		break;
	case 's':
		text = va_arg(*args, const char *);
		if (text == NULL)
			put_text(line, "-");
		else
			put_value(line,
			    (struct bytes){ text,
				precision >= 0 ?
				    strnlen(text, (size_t)precision) :
				    strlen(text) });
		break;
	default: assert(!"a conversion that log_event() does not know");
	}
}

static void
put_head(struct line *line, enum log_level level, const char *event)
{
	int64_t now_us = clock_now_us();
	time_t now = (time_t)(now_us / CLOCK_SECOND_US);
	struct tm utc;
	char at[64];

	put_text(line, "request=");
	if (request_id[0] != '\0')
		put_value(line, bytes_of(request_id));
	else
		put_text(line, "-");
	gmtime_r(&now, &utc);
	snprintf(at, sizeof at, " at=%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
	    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
	    utc.tm_min, utc.tm_sec, (int)(now_us % CLOCK_SECOND_US));
	put_text(line, at);
	put_text(line, " level=");
	put_text(line, level_names[level]);
	put_text(line, " event=");
	put_text(line, event);
}

/* Lost when standard error is gone: there is nobody left to tell. */
static void
write_line(struct line *line)
{
	ssize_t n;

	if (line->cut) {
		line->len = utf8_cut(
		    (struct bytes){ line->at, line->len }, line->len)
				.len;
		memcpy(line->at + line->len, "...", 3);
		line->len += 3;
	}
	line->at[line->len++] = '\n';
	do
		n = write(atomic_load(&log_fd), line->at, line->len);
	while (n < 0 && errno == EINTR);
}

void
log_event(enum log_level level, const char *event, const char *format, ...)
{
	struct line line;
	struct spec spec;
	int saved = errno;
	va_list args;

	if (!log_would(level))
		return;
	line.len = 0;
	line.cut = false;
	put_head(&line, level, event);
	if (*format != '\0')
		put(&line, " ", 1);
	va_start(args, format);
	for (const char *p = format; *p != '\0';) {
		size_t plain = strcspn(p, "%");

		put(&line, p, plain);
		p += plain;
		if (*p == '%') {
			p = read_spec(p + 1, &spec);
			put_argument(&line, &spec, &args);
		}
	}
	va_end(args);
	write_line(&line);
	errno = saved;
}

bool
log_would(enum log_level level)
{
	return (int)level <= atomic_load(&level_max);
}

void
log_set_request(const char *id)
{
	struct bytes cut = utf8_cut(bytes_of(id), LOG_REQUEST_MAX);

	if (cut.len > 0)
		memcpy(request_id, cut.at, cut.len);
	request_id[cut.len] = '\0';
}

const char *
log_request(void)
{
	return request_id;
}

void
log_set_level(enum log_level level)
{
	atomic_store(&level_max, (int)level);
}

enum err
log_level_from(const char *name, enum log_level *out)
{
	for (int i = 0; i < LOG__COUNT; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return ERR_OK;
		}
	}
	return ERR_INVALID;
}

void
log_set_fd(int fd)
{
	atomic_store(&log_fd, fd);
}
