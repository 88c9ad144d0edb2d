/* core/web/template_escape.c - text into HTML, some bytes at a time. */
#include "config.h"
#include "core/web/template_private.h"

/* What an escaped character is written as; one without an entry is itself. */
static const struct {
	char text[7];
	unsigned char len;
} entities[256] = {
	['&'] = { "&amp;", 5 },
	['<'] = { "&lt;", 4 },
	['>'] = { "&gt;", 4 },
	['"'] = { "&quot;", 6 },
	['\''] = { "&#39;", 5 },
};

/* Bytes that are looked at together; GCC and Clang know what the processor has
 * for it. */
typedef unsigned char octets __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

/* Some bytes of the <len> at <at>, at most 16: all, if they are as many as
 * that or fewer. */
static inline octets
octets_at(const char *at, size_t len)
{
	uint64_t first = 0, last = 0;
	uint32_t four;
	octets o;

	if (len >= sizeof o) {
		memcpy(&o, at, sizeof o);
		return o;
	}
	if (len >= 8) { /* the two may overlap, as those of 4 may */
		memcpy(&first, at, 8);
		memcpy(&last, at + len - 8, 8);
	} else if (len >= 4) {
		memcpy(&four, at, 4);
		first = four;
		memcpy(&four, at + len - 4, 4);
		last = four;
	} else {
		for (size_t i = 0; i < len; i++)
			first = first << 8 | (unsigned char)at[i];
	}
	/* Not by memory: what is stored by halves is slow to load whole. */
	return (octets)(halves){ first, last };
}

/* Whether one of them has to be escaped: & and ' differ in one bit, as do < and
 * >. */
static inline bool
has_entity(octets o)
{
	halves found;

	o = (octets)((o | 1) == '\'') | (octets)((o | 2) == '>') |
	    (octets)(o == '"');
	found = (halves)o;
	return (found[0] | found[1]) != 0;
}

/* The first byte from <i> on that has to be escaped, or the end. */
static inline size_t
find_entity(struct bytes text, size_t i)
{
	while (
	    i < text.len && !has_entity(octets_at(text.at + i, text.len - i)))
		i += sizeof(octets);
	while (i < text.len && entities[(unsigned char)text.at[i]].len == 0)
		i++;
	return i < text.len ? i : text.len;
}

void
html_escape(struct buf *out, struct bytes text)
{
	size_t from = 0, i;

	while ((i = find_entity(text, from)) < text.len) {
		unsigned char c = (unsigned char)text.at[i];

		buf_add(out, text.at + from, i - from);
		buf_add(out, entities[c].text, entities[c].len);
		from = i + 1;
	}
	if (from < text.len)
		buf_add(out, text.at + from, text.len - from);
}

void
html_escape_from(struct buf *out, size_t from, struct arena *arena)
{
	struct bytes text = { out->at + from, out->len - from };
	const char *copy;

	if (text.len == 0 || find_entity(text, 0) == text.len)
		return;
	copy = arena_copy(arena, text.at, text.len);
	out->len = from;
	if (copy == NULL)
		out->failed = true;
	else
		html_escape(out, (struct bytes){ copy, text.len });
}
