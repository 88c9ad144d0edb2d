/* core/base/json_write.c - a JSON writer that only ever adds to a buffer. */
#include "config.h"
#include "core/base/json_write.h"

#include "core/base/json.h"
#include "core/base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* How to write an ASCII character: 0 as it is, 'u' as \u00xx, else behind a
 * backslash. '<' would end a script element that the JSON stands in. */
static const char escapes[128] = {
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u', /* 00 */
	'b',
	't',
	'n',
	'u',
	'f',
	'r',
	'u',
	'u', /* 08 */
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u', /* 10 */
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u',
	'u', /* 18 */
	['"'] = '"',
	['\\'] = '\\',
	['<'] = 'u',
	[0x7f] = 'u',
};

static void
before_value(struct json_writer *w)
{
	if (w->comma && !w->after_key)
		buf_char(w->buf, ',');
	w->comma = true;
	w->after_key = false;
}

static void
begin(struct json_writer *w, char bracket)
{
	before_value(w);
	buf_char(w->buf, bracket);
	w->comma = false;
	w->depth++;
}

static void
end(struct json_writer *w, char bracket)
{
	assert(w->depth > 0 && !w->after_key);
	w->depth--;
	buf_char(w->buf, bracket);
	w->comma = true;
}

void
json_begin_object(struct json_writer *w)
{
	begin(w, '{');
}

void
json_end_object(struct json_writer *w)
{
	end(w, '}');
}

void
json_begin_list(struct json_writer *w)
{
	begin(w, '[');
}

void
json_end_list(struct json_writer *w)
{
	end(w, ']');
}

/* Step over what can be copied as it is. */
static const char *
skip_plain(const char *p, const char *stop)
{
	while (p < stop && (unsigned char)*p < 0x80 &&
	    escapes[(unsigned char)*p] == 0)
		p++;
	return p;
}

/* One character that cannot be copied with its neighbours. */
static const char *
put_special(struct buf *buf, const char *p, const char *stop)
{
	const char *from = p;
	bool bad = false;
	uint32_t c = utf8_next(&p, stop, &bad);

	if (c < 0x80 && escapes[c] == 'u')
		buf_printf(buf, "\\u%04x", (unsigned)c);
	else if (c < 0x80)
		buf_add(buf, (char[]){ '\\', escapes[c] }, 2);
	else if (c == 0x2028 || c == 0x2029)
		buf_printf(buf, "\\u%04x", (unsigned)c);
	else if (bad)
		utf8_add(buf, UTF8_BAD);
	else
		buf_add(buf, from, (size_t)(p - from));
	return p;
}

static void
put_quoted(struct buf *buf, struct bytes text)
{
	const char *p = text.at, *stop = p + text.len;

	buf_char(buf, '"');
	while (p < stop) {
		const char *from = p;

		p = skip_plain(p, stop);
		buf_add(buf, from, (size_t)(p - from));
		if (p < stop)
			p = put_special(buf, p, stop);
	}
	buf_char(buf, '"');
}

void
json_key_bytes(struct json_writer *w, struct bytes name)
{
	assert(!w->after_key);
	before_value(w);
	put_quoted(w->buf, name);
	buf_char(w->buf, ':');
	w->after_key = true;
}

void
json_key(struct json_writer *w, const char *name)
{
	json_key_bytes(w, bytes_of(name));
}

void
json_put_text(struct json_writer *w, struct bytes text)
{
	before_value(w);
	put_quoted(w->buf, text);
}

void
json_put_string(struct json_writer *w, const char *text)
{
	json_put_text(w, bytes_of(text));
}

void
json_put_int(struct json_writer *w, int64_t n)
{
	before_value(w);
	buf_int(w->buf, n);
}

void
json_put_number(struct json_writer *w, double n)
{
	char digits[40];

	if (!isfinite(n)) {
		json_put_null(w);
		return;
	}
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof digits, "%.*g", precision, n);
		if (strtod(digits, NULL) == n)
			break;
	}
	before_value(w);
	buf_text(w->buf, digits);
	/* All digits, it would be a whole number, which json_parse() refuses
	 * when it is so large: an exponent says that it may be rounded. */
	if (fabs(n) > 0x1p53 && strpbrk(digits, ".e") == NULL)
		buf_text(w->buf, "e0");
}

void
json_put_bool(struct json_writer *w, bool value)
{
	before_value(w);
	buf_text(w->buf, value ? "true" : "false");
}

void
json_put_null(struct json_writer *w)
{
	before_value(w);
	buf_text(w->buf, "null");
}

void
json_put_raw(struct json_writer *w, struct bytes json)
{
	before_value(w);
	buf_bytes(w->buf, json);
}

void
json_member_text(struct json_writer *w, const char *name, struct bytes text)
{
	json_key(w, name);
	json_put_text(w, text);
}

void
json_member_string(struct json_writer *w, const char *name, const char *text)
{
	json_key(w, name);
	json_put_string(w, text);
}

void
json_member_int(struct json_writer *w, const char *name, int64_t n)
{
	json_key(w, name);
	json_put_int(w, n);
}

void
json_member_bool(struct json_writer *w, const char *name, bool value)
{
	json_key(w, name);
	json_put_bool(w, value);
}

void
json_member_null(struct json_writer *w, const char *name)
{
	json_key(w, name);
	json_put_null(w);
}

void
json_put_members(struct json_writer *w, struct bytes members)
{
	if (members.len == 0)
		return;
	before_value(w);
	buf_bytes(w->buf, members);
}

void
json_put_value(struct json_writer *w, const struct json *value)
{
	enum json_type type = json_type(value);
	const struct json *item;
	bool is_true = false;
	double n = 0;

	if (type == JSON_LIST || type == JSON_OBJECT) {
		begin(w, type == JSON_LIST ? '[' : '{');
		for (item = json_first(value); item != NULL;
		     item = json_next(item)) {
			if (type == JSON_OBJECT)
				json_key(w, json_name(item));
			json_put_value(w, item);
		}
		end(w, type == JSON_LIST ? ']' : '}');
	} else if (type == JSON_TEXT) {
		json_put_text(w, json_text(value));
	} else if (json_bool(value, &is_true)) {
		json_put_bool(w, is_true);
	} else if (json_number(value, &n)) {
		json_put_number(w, n);
	} else {
		json_put_null(w);
	}
}

void
json_put_plain(struct buf *out, const struct json *value)
{
	struct json_writer w = json_writer(out);
	const struct json *item;

	switch (json_type(value)) {
	case JSON_NONE:
	case JSON_NULL: break;
	case JSON_TEXT: buf_bytes(out, json_text(value)); break;
	case JSON_LIST:
		for (item = json_first(value); item != NULL;
		     item = json_next(item)) {
			if (item != json_first(value))
				buf_text(out, ", ");
			json_put_plain(out, item);
		}
		break;
	default: json_put_value(&w, value);
	}
}
