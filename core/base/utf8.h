/* core/base/utf8.h - UTF-8 (RFC 3629) without tables: what every floor and
 * the script host need. What needs Unicode's tables is in text.h.
 */
#ifndef HOOKDESK_BASE_UTF8_H
#define HOOKDESK_BASE_UTF8_H

#include "core/base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define UTF8_MAX 4                /* bytes of the longest character */
#define UTF8_BAD UINT32_C(0xfffd) /* stands for what is broken */

/* The character at *<at>, which is before <end>, and step over it.
 *
 * For broken, overlong or cut-off sequences, surrogates and what is over
 * U+10FFFF it steps over the longest part that could have begun a character
 * (at least one byte), returns UTF8_BAD and sets *<bad>; it never clears it. */
uint32_t utf8_next(const char **at, const char *end, bool *bad);

/* Write character <c> to <out>; returns its bytes, 1 to UTF8_MAX. What is no
 * character is written as UTF8_BAD. */
size_t utf8_put(char out[UTF8_MAX], uint32_t c);
void utf8_add(struct buf *buf, uint32_t c);

/* True when <text> is UTF-8 throughout. A NUL is a character like others. */
bool utf8_is_valid(struct bytes text);

/* True when <text> is ASCII throughout. */
bool utf8_is_ascii(struct bytes text);

/* The beginning of <text>, at most <max> bytes, not cutting a character. */
struct bytes utf8_cut(struct bytes text, size_t max);

/* How many characters (code points); each broken part counts as one. */
size_t utf8_count(struct bytes text);

/* True for characters without a shape that change the direction of writing
 * of what follows (U+061C, U+200E, U+200F, U+202A-202E, U+2066-2069): in a
 * name or a log line they make it read as something else. */
bool utf8_turns_direction(uint32_t c);

#endif
