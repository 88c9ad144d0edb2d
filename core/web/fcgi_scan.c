/* core/web/fcgi_scan.c - where a request lies in the bytes that have come. */
#include "config.h"
#include "core/web/fcgi_scan.h"

#include <stdio.h>

enum { FCGI_VERSION = 1, ROLE_RESPONDER = 1, FLAG_KEEP = 1, BEGIN_SIZE = 8 };

bool
fcgi_record_read(const char *at, struct fcgi_record *record)
{
	const unsigned char *b = (const unsigned char *)at;

	record->type = b[1];
	record->id = (unsigned)b[2] << 8 | b[3];
	record->content_len = (size_t)b[4] << 8 | b[5];
	record->padding_len = b[6];
	return b[0] == FCGI_VERSION;
}

void
fcgi_record_write(void *at, unsigned type, unsigned id, size_t content_len)
{
	unsigned char *b = at;

	b[0] = FCGI_VERSION;
	b[1] = (unsigned char)type;
	b[2] = (unsigned char)(id >> 8);
	b[3] = (unsigned char)id;
	b[4] = (unsigned char)(content_len >> 8);
	b[5] = (unsigned char)content_len;
	b[6] = b[7] = 0;
}

void
fcgi_end_write(void *at, unsigned id, enum fcgi_end how)
{
	unsigned char *b = at;

	fcgi_record_write(b, FCGI_TYPE_END, id, 8);
	memset(b + 8, 0, 8);
	b[12] = (unsigned char)how;
}

/* A length of one or four bytes (3.4). */
static bool
read_length(struct bytes *from, size_t *out)
{
	const unsigned char *b = (const unsigned char *)from->at;

	if (from->len == 0)
		return false;
	if (b[0] < 0x80) {
		*out = b[0];
		from->at++;
		from->len--;
		return true;
	}
	if (from->len < 4)
		return false;
	*out = (size_t)(b[0] & 0x7f) << 24 | (size_t)b[1] << 16 |
	    (size_t)b[2] << 8 | b[3];
	from->at += 4;
	from->len -= 4;
	return true;
}

int
fcgi_pair(struct bytes *params, struct bytes *name, struct bytes *value)
{
	size_t name_len, value_len;

	if (params->len == 0)
		return 0;
	if (!read_length(params, &name_len) || !read_length(params, &value_len))
		return -1;
	if (name_len == 0 || name_len > params->len ||
	    value_len > params->len - name_len)
		return -1;
	*name = (struct bytes){ params->at, name_len };
	*value = (struct bytes){ params->at + name_len, value_len };
	params->at += name_len + value_len;
	params->len -= name_len + value_len;
	/* libfcgi hands them on as C strings. */
	return memchr(name->at, 0, name_len + value_len) == NULL ? 1 : -1;
}

struct bytes
fcgi_scan_param(const struct fcgi_scan *scan, const char *at, const char *name)
{
	struct bytes rest = { at + scan->params_at, scan->params_len };
	struct bytes key, value;

	while (fcgi_pair(&rest, &key, &value) > 0)
		if (bytes_is(key, name))
			return value;
	return BYTES_NONE;
}

static bool
pairs_are_good(struct bytes params)
{
	struct bytes name, value;
	int result;

	do
		result = fcgi_pair(&params, &name, &value);
	while (result > 0);
	return result == 0;
}

/* What we can do (4.1); names we do not know are left out. */
static void
answer_values(
    struct fcgi_scan *scan, struct bytes asked, unsigned connections_max)
{
	/* Each fits <reply> once: an answer lists no name twice. */
	static const char *const names[] = { "FCGI_MAX_CONNS", "FCGI_MAX_REQS",
		"FCGI_MPXS_CONNS" };
	bool is_done[3] = { false };
	struct bytes name, value;
	size_t len = FCGI_HEADER_SIZE;

	while (fcgi_pair(&asked, &name, &value) > 0) {
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			char number[8];
			int digits;

			if (is_done[i] || !bytes_is(name, names[i]))
				continue;
			is_done[i] = true;
			digits = snprintf(number, sizeof number, "%u",
			    i == 2                      ? 0 :
				connections_max < 99999 ? connections_max :
							  99999);
			scan->reply[len++] = (unsigned char)name.len;
			scan->reply[len++] = (unsigned char)digits;
			memcpy(scan->reply + len, name.at, name.len);
			len += name.len;
			memcpy(scan->reply + len, number, (size_t)digits);
			len += (size_t)digits;
		}
	}
	fcgi_record_write(scan->reply, FCGI_TYPE_GET_VALUES_RESULT, 0,
	    len - FCGI_HEADER_SIZE);
	scan->reply_len = len;
}

static enum fcgi_scan_result
take_management(struct fcgi_scan *scan, const struct fcgi_record *record,
    struct bytes content, unsigned connections_max)
{
	if (record->type == FCGI_TYPE_GET_VALUES) {
		answer_values(scan, content, connections_max);
		return FCGI_SCAN_REPLY;
	}
	fcgi_record_write(scan->reply, FCGI_TYPE_UNKNOWN, 0, 8);
	memset(scan->reply + FCGI_HEADER_SIZE, 0, 8);
	scan->reply[FCGI_HEADER_SIZE] = (unsigned char)record->type;
	scan->reply_len = FCGI_HEADER_SIZE + 8;
	return FCGI_SCAN_REPLY;
}

static enum fcgi_scan_result
reply_end(struct fcgi_scan *scan, unsigned id, enum fcgi_end how,
    enum fcgi_scan_result result)
{
	fcgi_end_write(scan->reply, id, how);
	scan->reply_len = FCGI_END_SIZE;
	return result;
}

static enum fcgi_scan_result
take_begin(struct fcgi_scan *scan, const struct fcgi_record *record,
    struct bytes content)
{
	const unsigned char *b = (const unsigned char *)content.at;

	if (content.len != BEGIN_SIZE)
		return FCGI_SCAN_BAD;
	if (scan->id != 0)
		return record->id == scan->id ?
		    FCGI_SCAN_BAD :
		    reply_end(scan, record->id, FCGI_END_CANT_MULTIPLEX,
			FCGI_SCAN_REPLY);
	if (((unsigned)b[0] << 8 | b[1]) != ROLE_RESPONDER)
		return reply_end(
		    scan, record->id, FCGI_END_UNKNOWN_ROLE, FCGI_SCAN_BAD);
	scan->id = record->id;
	scan->is_keep = (b[2] & FLAG_KEEP) != 0;
	return FCGI_SCAN_MORE;
}

static enum fcgi_scan_result
take_params(struct fcgi_scan *scan, char *at, struct bytes content)
{
	if (scan->has_params)
		return FCGI_SCAN_BAD;
	if (content.len > 0) {
		if (scan->params_len == 0)
			scan->params_at = (size_t)(content.at - at);
		else
			memmove(at + scan->params_at + scan->params_len,
			    content.at, content.len);
		scan->params_len += content.len;
		return FCGI_SCAN_MORE;
	}
	scan->has_params = true;
	scan->body_at = scan->at;
	return pairs_are_good(
		   (struct bytes){ at + scan->params_at, scan->params_len }) ?
	    FCGI_SCAN_MORE :
	    FCGI_SCAN_BAD;
}

/* One record that is there with all its content; <scan> is behind it. */
static enum fcgi_scan_result
take_record(struct fcgi_scan *scan, char *at, const struct fcgi_record *record,
    struct bytes content)
{
	if (record->type == FCGI_TYPE_BEGIN)
		return take_begin(scan, record, content);
	/* Of a request that is over, or was never taken. */
	if (scan->id == 0 || record->id != scan->id)
		return FCGI_SCAN_MORE;
	switch (record->type) {
	case FCGI_TYPE_ABORT:
		return reply_end(
		    scan, scan->id, FCGI_END_COMPLETE, FCGI_SCAN_ABORTED);
	case FCGI_TYPE_PARAMS: return take_params(scan, at, content);
	case FCGI_TYPE_STDIN:
		if (!scan->has_params)
			return FCGI_SCAN_BAD;
		return content.len == 0 ? FCGI_SCAN_WHOLE : FCGI_SCAN_MORE;
	default: return FCGI_SCAN_BAD;
	}
}

enum fcgi_scan_result
fcgi_scan(
    struct fcgi_scan *scan, char *at, size_t len, unsigned connections_max)
{
	enum fcgi_scan_result result = FCGI_SCAN_MORE;

	scan->reply_len = 0;
	while (result == FCGI_SCAN_MORE && len - scan->at >= FCGI_HEADER_SIZE) {
		struct fcgi_record record;
		struct bytes content = { at + scan->at + FCGI_HEADER_SIZE, 0 };
		size_t left = len - scan->at - FCGI_HEADER_SIZE;

		if (!fcgi_record_read(at + scan->at, &record))
			return FCGI_SCAN_BAD;
		content.len = record.content_len;
		if (content.len + record.padding_len > left)
			return FCGI_SCAN_MORE;
		scan->at += FCGI_HEADER_SIZE + content.len + record.padding_len;
		result = record.id == 0 ?
		    take_management(scan, &record, content, connections_max) :
		    take_record(scan, at, &record, content);
	}
	return result;
}
