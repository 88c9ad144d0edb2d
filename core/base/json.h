/* core/base/json.h - reads JSON (RFC 8259) that nobody has to trust.
 *
 * Stricter than the RFC asks for: a whole text is one value, a name comes
 * once in an object, texts are UTF-8 without NUL or lone surrogates, and a
 * number is either a whole one that a double holds exactly (up to 2^53 both
 * ways) or a finite fraction. Larger whole numbers are refused, never
 * rounded: what is larger travels as text.
 *
 * Values live in the arena they were parsed into. They do not change, so any
 * thread may read them; parsing may run in several threads at once, an arena
 * each. Writing is in json_write.h.
 */
#ifndef HOOKDESK_BASE_JSON_H
#define HOOKDESK_BASE_JSON_H

#include "core/base/bytes.h"

#define JSON_BYTES_MAX (256 * 1024) /* what a request may bring */
#define JSON_DEPTH_MAX 32           /* lists and objects in each other */
#define JSON_INT_MAX (INT64_C(1) << 53)

struct arena;
struct json; /* opaque; a value, read only */

enum json_type {
	JSON_NONE = 0, /* there is no value: what json_get() did not find */
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_TEXT,
	JSON_LIST,
	JSON_OBJECT,
	JSON_TYPE__COUNT
};

/* Parse <text>, at most <max> bytes of it, into <arena>.
 *
 * A list of small numbers takes up to 80 times its bytes: a small <max> is all
 * that keeps a stranger from our memory.
 *
 * Returns ERR_LIMIT if <text> is over <max> or JSON_DEPTH_MAX deep;
 * ERR_INVALID if it breaks a rule; ERR_NOMEM. why->n is the byte at fault,
 * from 1, or 0 and why->name the name that came twice. <why> may be NULL. */
ERR_CHECKED enum err json_parse(struct arena *arena, struct bytes text,
    size_t max, const struct json **out, struct why *why);

/* Every function below takes NULL, which has type JSON_NONE. */

enum json_type json_type(const struct json *value);

/* "text" for JSON_TEXT, for messages; static. */
const char *json_type_name(enum json_type type);

/* The member called <name> of an object; NULL if there is none, or <value> is
 * no object. */
const struct json *json_get(const struct json *value, const char *name);

/* The first item of a list or member of an object, and the one after <item>:
 * `for (i = json_first(list); i != NULL; i = json_next(i))`. NULL at the end,
 * and for what is neither. */
const struct json *json_first(const struct json *value);
const struct json *json_next(const struct json *item);

/* How many items or members. */
size_t json_count(const struct json *value);

/* The name of a member; "" for other values. */
const char *json_name(const struct json *member);

/* A text, NUL-terminated behind its end; {NULL, 0} for other values. */
struct bytes json_text(const struct json *value);

/* True and *<out> for a whole number; false, *<out> untouched, for others.
 * 3.0 and 3e2 are whole numbers. */
bool json_int(const struct json *value, int64_t *out);

/* True and *<out> for a number. */
bool json_number(const struct json *value, double *out);

/* True and *<out> for true or false. */
bool json_bool(const struct json *value, bool *out);

#endif
