/* core/base/bytes.c - slices and buffers. */
#include "config.h"
#include "core/base/bytes.h"
#include "core/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int
bytes_compare(struct bytes a, struct bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.at, b.at, len) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool
bytes_start_with(struct bytes a, struct bytes prefix)
{
	return a.len >= prefix.len &&
	    (prefix.len == 0 || memcmp(a.at, prefix.at, prefix.len) == 0);
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct bytes
bytes_trim(struct bytes a)
{
	while (a.len > 0 && is_space(a.at[0])) {
		a.at++;
		a.len--;
	}
	while (a.len > 0 && is_space(a.at[a.len - 1]))
		a.len--;
	return a;
}

struct bytes
bytes_split(struct bytes *rest, char c)
{
	struct bytes first = *rest;
	const char *cut = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;

	if (cut == NULL) {
		*rest = BYTES_NONE;
		return first;
	}
	first.len = (size_t)(cut - first.at);
	rest->at = cut + 1;
	rest->len -= first.len + 1;
	return first;
}

const char *
bytes_find(struct bytes a, struct bytes part)
{
	if (part.len == 0)
		return a.at;
	if (a.len < part.len)
		return NULL;
	return memmem(a.at, a.len, part.at, part.len);
}

enum err
bytes_to_int(struct bytes a, int64_t *out)
{
	bool is_negative = a.len > 0 && a.at[0] == '-';
	size_t i = is_negative ? 1 : 0;
	int64_t n = 0;

	if (i == a.len)
		return ERR_INVALID;
	for (; i < a.len; i++) {
		int digit = a.at[i] - '0';

		if (digit < 0 || digit > 9)
			return ERR_INVALID;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, digit, &n))
			return ERR_INVALID;
	}
	if (!is_negative && __builtin_sub_overflow(0, n, &n))
		return ERR_INVALID;
	*out = n;
	return ERR_OK;
}

void
buf_release(struct buf *buf)
{
	if (buf->arena == NULL)
		free(buf->at);
	*buf = (struct buf){ .arena = buf->arena };
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
}

bool
buf_grow(struct buf *buf, size_t more)
{
	size_t need, cap;
	char *at;

	if (buf->failed)
		return false;
	if (buf->cap - buf->len >= more)
		return true;
	if (more > SIZE_MAX / 4 - buf->len) {
		buf->failed = true;
		return false;
	}
	need = buf->len + more;
	cap = buf->cap < 64 ? 128 : buf->cap * 2;
	if (cap < need)
		cap = need;
	if (buf->arena != NULL)
		at = arena_grow(buf->arena, buf->at, buf->cap, cap);
	else
		at = realloc(buf->at, cap);
	if (at == NULL) {
		buf->failed = true;
		return false;
	}
	buf->at = at;
	buf->cap = cap;
	return true;
}

void
buf_bytes(struct buf *buf, struct bytes bytes)
{
	buf_add(buf, bytes.at, bytes.len);
}

void
buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_char(struct buf *buf, char c)
{
	if (buf->len < buf->cap && !buf->failed)
		buf->at[buf->len++] = c;
	else
		buf_add(buf, &c, 1);
}

void
buf_int(struct buf *buf, int64_t n)
{
	char digits[24], *p = digits + sizeof digits;
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	for (; rest >= 10; rest /= 100) {
		unsigned two = (unsigned)(rest % 100);

		*--p = (char)('0' + two % 10);
		*--p = (char)('0' + two / 10);
	}
	if (rest > 0 || p == digits + sizeof digits)
		*--p = (char)('0' + rest);
	if (n < 0)
		*--p = '-';
	buf_add(buf, p, (size_t)(digits + sizeof digits - p));
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		buf->failed = true;
		return;
	}
	if (!buf_reserve(buf, (size_t)len + 1))
		return;
	va_start(args, format);
	vsnprintf(buf->at + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

void
buf_be16(struct buf *buf, uint16_t n)
{
	char b[2] = { (char)(n >> 8), (char)n };

	buf_add(buf, b, 2);
}

void
buf_be64(struct buf *buf, uint64_t n)
{
	char b[8];

	be64_write(b, n);
	buf_add(buf, b, 8);
}

void
buf_varint(struct buf *buf, uint64_t n)
{
	while (n >= 0x80) {
		buf_char(buf, (char)(n | 0x80));
		n >>= 7;
	}
	buf_char(buf, (char)n);
}

const char *
buf_string(struct buf *buf)
{
	if (!buf_reserve(buf, 1))
		return "";
	buf->at[buf->len] = '\0';
	return buf->at;
}

bool
varint_read_long(const char **at, const char *end, uint64_t *out)
{
	const char *p = *at;
	uint64_t n = 0;
	unsigned shift;

	for (shift = 0; p < end && shift < 64; shift += 7) {
		uint64_t b = (unsigned char)*p++;

		if (shift == 63 && b > 1)
			return false;
		n |= (b & 0x7f) << shift;
		if (b < 0x80) {
			*at = p;
			*out = n;
			return true;
		}
	}
	return false;
}
