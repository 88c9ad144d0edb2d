/* core/base/text_utf16.h - text in the form that ICU's C functions take.
 *
 * Only for core/base/text*.c. Each thread has a few of these to work in, which
 * live until it ends; they are given back when they have grown large.
 */
#ifndef HOOKDESK_BASE_TEXT_UTF16_H
#define HOOKDESK_BASE_TEXT_UTF16_H

#include "core/base/bytes.h"

#include <uchar.h>

/* Of letters with more marks than this only so many are kept (the limit of
 * Stream-Safe Text, UAX #15 13): sorting them takes ICU quadratic time. */
#define TEXT_MARKS_MAX 30

struct utf16 {
	char16_t *at;
	int32_t len, cap;
};

/* This thread's two, empty; NULL when memory is exhausted. They are the same
 * two at each call. */
struct utf16 *utf16_take(void);

/* Call it when done with them. */
void utf16_leave(void);

/* Make room for <cap> units in all; false when memory is exhausted. */
bool utf16_reserve(struct utf16 *u, size_t cap);

/* For one that is not the thread's own. */
void utf16_release(struct utf16 *u);

/* Add character <c>; there is room for two units. */
static inline void
utf16_put(struct utf16 *u, uint32_t c)
{
	if (c < 0x10000) {
		u->at[u->len++] = (char16_t)c;
	} else {
		u->at[u->len++] = (char16_t)(0xd7c0 + (c >> 10));
		u->at[u->len++] = (char16_t)(0xdc00 | (c & 0x3ff));
	}
}

/* The character at *<i>, and step over it. */
static inline uint32_t
utf16_next(const struct utf16 *u, int32_t *i)
{
	uint32_t c = u->at[(*i)++];

	if ((c & 0xfc00) == 0xd800 && *i < u->len &&
	    (u->at[*i] & 0xfc00) == 0xdc00)
		c = (c << 10) + u->at[(*i)++] - 0x35fdc00;
	return c;
}

/* Fill <u> from <text>: broken parts become U+FFFD, marks over TEXT_MARKS_MAX
 * are left out. False when memory is exhausted. */
bool utf16_set(struct utf16 *u, struct bytes text);

/* Add to <out> as UTF-8. */
void utf16_add_to(struct buf *out, const char16_t *at, int32_t len);

enum utf16_form { UTF16_NFC = 0, UTF16_NFD, UTF16_NFKC_FOLDED };

/* Write <in>, in normal form <form>, into <out>; false when memory is
 * exhausted. */
bool utf16_normalize(
    enum utf16_form form, const struct utf16 *in, struct utf16 *out);

/* Make of NFKC_FOLDED text in <u> what text_fold() promises: one letter i. */
void utf16_join_i(struct utf16 *u);

#endif
