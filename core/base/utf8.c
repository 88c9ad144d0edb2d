/* core/base/utf8.c - reading and writing UTF-8, trusting nothing. */
#include "config.h"
#include "core/base/utf8.h"

/* What a first byte promises: how many bytes follow, and the range of the
 * second byte, which keeps out overlong forms, surrogates and what is over
 * U+10FFFF (Unicode 15, table 3-7). */
static int
promise(unsigned char first, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef) {
		if (first == 0xe0)
			*low = 0xa0;
		else if (first == 0xed)
			*high = 0x9f;
		return 2;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		if (first == 0xf0)
			*low = 0x90;
		else if (first == 0xf4)
			*high = 0x8f;
		return 3;
	}
	return 0;
}

uint32_t
utf8_next(const char **at, const char *end, bool *bad)
{
	const unsigned char *p = (const unsigned char *)*at;
	const unsigned char *stop = (const unsigned char *)end;
	unsigned char low, high;
	uint32_t c = *p++;
	int more;

	if (c < 0x80) {
		*at = (const char *)p;
		return c;
	}
	more = promise((unsigned char)c, &low, &high);
	c &= 0x3fu >> more;
	if (more == 0)
		goto broken;
	for (; more > 0; more--) {
		if (p == stop || *p < low || *p > high)
			goto broken;
		c = c << 6 | (*p++ & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*at = (const char *)p;
	return c;
broken:
	*at = (const char *)p;
	*bad = true;
	return UTF8_BAD;
}

size_t
utf8_put(char out[UTF8_MAX], uint32_t c)
{
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = UTF8_BAD;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

void
utf8_add(struct buf *buf, uint32_t c)
{
	char out[UTF8_MAX];

	buf_add(buf, out, utf8_put(out, c));
}

/* How many bytes at <at> are ASCII, eight at a time. */
static size_t
ascii_run(const char *at, const char *end)
{
	const char *p = at;

	while (end - p >= 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		if (word & UINT64_C(0x8080808080808080))
			break;
		p += 8;
	}
	while (p < end && (unsigned char)*p < 0x80)
		p++;
	return (size_t)(p - at);
}

bool
utf8_is_valid(struct bytes text)
{
	const char *p = text.at, *end = p + text.len;
	bool bad = false;

	while (p < end && !bad) {
		p += ascii_run(p, end);
		if (p < end)
			utf8_next(&p, end, &bad);
	}
	return !bad;
}

bool
utf8_is_ascii(struct bytes text)
{
	return ascii_run(text.at, text.at + text.len) == text.len;
}

struct bytes
utf8_cut(struct bytes text, size_t max)
{
	size_t len = max;

	if (text.len <= max)
		return text;
	/* At most three bytes back is where its character begins; more of
	 * them in a row are broken anyway and may be cut. */
	for (int i = 0; i < UTF8_MAX && len > 0; i++, len--)
		if (((unsigned char)text.at[len] & 0xc0) != 0x80)
			return (struct bytes){ text.at, len };
	return (struct bytes){ text.at, len == 0 ? 0 : max };
}

size_t
utf8_count(struct bytes text)
{
	const char *p = text.at, *end = p + text.len;
	size_t count = 0;
	bool bad = false;

	for (; p < end; count++)
		utf8_next(&p, end, &bad);
	return count;
}

bool
utf8_turns_direction(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}
