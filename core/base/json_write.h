/* core/base/json_write.h - writes JSON straight into a buffer.
 *
 *   struct json_writer w = json_writer(&buf);
 *
 *   json_begin_object(&w);
 *   json_key(&w, "number");
 *   json_put_int(&w, 412);
 *   json_end_object(&w);
 *
 * Commas are its business; that begins and ends match is the caller's, and
 * asserted. What is written may stand inside a <script> element: every "<" is
 * escaped, as are U+2028 and U+2029. Broken UTF-8 becomes U+FFFD, so that the
 * result always parses. Running out of memory shows as buf->failed.
 */
#ifndef HOOKDESK_BASE_JSON_WRITE_H
#define HOOKDESK_BASE_JSON_WRITE_H

#include "core/base/bytes.h"

struct json;

struct json_writer {
	struct buf *buf;
	int depth;
	bool comma;     /* one is due before the next value */
	bool after_key; /* a key waits for its value */
};

static inline struct json_writer
json_writer(struct buf *buf)
{
	return (struct json_writer){ .buf = buf };
}

void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_list(struct json_writer *w);
void json_end_list(struct json_writer *w);

/* The name of the value that comes next. */
void json_key(struct json_writer *w, const char *name);
void json_key_bytes(struct json_writer *w, struct bytes name);

void json_put_text(struct json_writer *w, struct bytes text);
void json_put_string(struct json_writer *w, const char *text);
void json_put_int(struct json_writer *w, int64_t n);
/* The shortest digits that read back as <n>; null for what is not finite. */
void json_put_number(struct json_writer *w, double n);
void json_put_bool(struct json_writer *w, bool value);
void json_put_null(struct json_writer *w);
/* <json> is a whole JSON value already. */
void json_put_raw(struct json_writer *w, struct bytes json);

/* <members> are whole members already, `"a":1,"b":2`, or empty. */
void json_put_members(struct json_writer *w, struct bytes members);
/* A value that was parsed, as it was; null for NULL. */
void json_put_value(struct json_writer *w, const struct json *value);

/* A value as people read it: text as it is, a list with commas, the rest as
 * JSON; null is nothing. */
void json_put_plain(struct buf *out, const struct json *value);

/* A key and its value at once, which is most of what one writes. */
void json_member_text(
    struct json_writer *w, const char *name, struct bytes text);
void json_member_string(
    struct json_writer *w, const char *name, const char *text);
void json_member_int(struct json_writer *w, const char *name, int64_t n);
void json_member_bool(struct json_writer *w, const char *name, bool value);
void json_member_null(struct json_writer *w, const char *name);

#endif
