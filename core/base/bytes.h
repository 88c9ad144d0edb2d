/* core/base/bytes.h - slices, growing buffers, and numbers as bytes.
 *
 * A slice borrows; a buffer owns or lives in an arena. Text is UTF-8.
 */
#ifndef HOOKDESK_BASE_BYTES_H
#define HOOKDESK_BASE_BYTES_H

#include "core/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

/* Somebody else's bytes; need not be NUL-terminated. {NULL, 0} is empty. */
struct bytes {
	const char *at;
	size_t len;
};

#define BYTES(literal) ((struct bytes){ "" literal, sizeof(literal) - 1 })
#define BYTES_NONE ((struct bytes){ NULL, 0 })
/* For printf's "%.*s". */
#define BYTES_ARG(b) (int)(b).len, (b).at != NULL ? (b).at : ""

static inline struct bytes
bytes_of(const char *text)
{
	return (struct bytes){ text, text != NULL ? strlen(text) : 0 };
}

static inline bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool
bytes_is(struct bytes a, const char *text)
{
	return bytes_equal(a, bytes_of(text));
}

/* Whether there is a <c> in it; an empty one may have no address. */
static inline bool
bytes_has(struct bytes a, char c)
{
	return a.len > 0 && memchr(a.at, c, a.len) != NULL;
}

/* As memcmp, a prefix before what it begins. */
int bytes_compare(struct bytes a, struct bytes b);
bool bytes_start_with(struct bytes a, struct bytes prefix);
/* Without ASCII white space at both ends. */
struct bytes bytes_trim(struct bytes a);
/* Cut *<rest> at the first <c>: returns what is before it, *<rest> is what is
 * after it, {NULL, 0} if there was none. */
struct bytes bytes_split(struct bytes *rest, char c);
/* Where <part> begins in <a>, or NULL. */
const char *bytes_find(struct bytes a, struct bytes part);
/* A decimal number and nothing else; ERR_INVALID otherwise or on overflow. */
ERR_CHECKED enum err bytes_to_int(struct bytes a, int64_t *out);

/* A growing buffer. When memory runs out it becomes <failed>, ignores what is
 * added from then on, and whoever uses the result checks that once. */
struct buf {
	char *at;
	size_t len, cap;
	struct arena *arena; /* NULL: on the heap, give back with buf_release */
	bool failed;
};

/* On the heap, empty, without allocating yet. */
#define BUF_INIT ((struct buf){ .at = NULL })
/* In <arena>, which outlives it; buf_release() does nothing then. */
static inline struct buf
buf_in(struct arena *arena)
{
	return (struct buf){ .arena = arena };
}

void buf_release(struct buf *buf);
/* Empty it, keep its memory, clear <failed>. */
void buf_clear(struct buf *buf);
/* The same as buf_reserve(), which asks only when there is no room. */
bool buf_grow(struct buf *buf, size_t more);

/* Make room for <more> bytes; false (and <failed>) when there is none. */
static inline bool
buf_reserve(struct buf *buf, size_t more)
{
	return (!buf->failed && buf->cap - buf->len >= more) ||
	    buf_grow(buf, more);
}

/* Here, for most of what is added is short, and fits. */
static inline void
buf_add(struct buf *buf, const void *at, size_t len)
{
	if (len == 0 || !buf_reserve(buf, len))
		return;
	memcpy(buf->at + buf->len, at, len);
	buf->len += len;
}

void buf_bytes(struct buf *buf, struct bytes bytes);
void buf_text(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_int(struct buf *buf, int64_t n);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Big-endian, for keys: byte order is number order for unsigned numbers. */
void buf_be16(struct buf *buf, uint16_t n);
void buf_be64(struct buf *buf, uint64_t n);
/* LEB128, for values: 7 bits a byte, the least first. */
void buf_varint(struct buf *buf, uint64_t n);
/* Borrowed until the buffer is added to or given back. */
static inline struct bytes
buf_get(const struct buf *buf)
{
	return (struct bytes){ buf->at, buf->len };
}
/* The same, with a NUL behind it; "" when it failed. */
const char *buf_string(struct buf *buf);

static inline uint64_t
be64_read(const void *at)
{
	uint64_t n;

	memcpy(&n, at, 8);
	return __builtin_bswap64(n);
}

static inline void
be64_write(void *at, uint64_t n)
{
	n = __builtin_bswap64(n);
	memcpy(at, &n, 8);
}

/* Times and other signed numbers in keys: negative ones sort first. */
static inline uint64_t
int_to_key(int64_t n)
{
	return (uint64_t)n ^ (UINT64_C(1) << 63);
}

static inline int64_t
int_from_key(uint64_t n)
{
	return (int64_t)(n ^ (UINT64_C(1) << 63));
}

/* Small for small numbers of either sign. */
static inline uint64_t
zigzag(int64_t n)
{
	return ((uint64_t)n << 1) ^ (uint64_t)(n >> 63);
}

static inline int64_t
unzigzag(uint64_t n)
{
	return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
}

/* The same, for numbers of more than a byte. */
bool varint_read_long(const char **at, const char *end, uint64_t *out);

/* Read a LEB128 number at *<at>, before <end>, and step over it; false when
 * it is cut off or over 64 bits (then *<at> is untouched). */
static inline bool
varint_read(const char **at, const char *end, uint64_t *out)
{
	if (*at >= end || (unsigned char)**at >= 0x80)
		return varint_read_long(at, end, out);
	*out = (unsigned char)*(*at)++;
	return true;
}

#endif
