/* core/web/multipart.c - a push parser for multipart/form-data.
 *
 * The body is looked through for CR LF "--" boundary. <matched> bytes of that
 * delimiter have been seen at the end of the last piece; when the next piece
 * goes on differently, they were data after all. A delimiter cannot begin
 * within itself but at its CR, since a boundary holds none: so after a
 * mismatch the search begins anew at the byte that did not fit.
 */
#include "config.h"
#include "core/web/multipart.h"

enum state {
	STATE_PREAMBLE = 0, /* before the first delimiter */
	STATE_TAIL,         /* behind a delimiter: CR LF or "--" */
	STATE_TAIL_CR,
	STATE_TAIL_DASH,
	STATE_HEADER,
	STATE_BODY,
	STATE_END
};

static bool
is_boundary_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("'()+_,-./:=? ", c) != NULL);
}

static bool
is_same_word(struct bytes a, const char *lower)
{
	size_t len = strlen(lower);

	if (a.len != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = a.at[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c != lower[i])
			return false;
	}
	return true;
}

/* The next "; name=value" of <rest>, value with or without quotes. A quoted
 * one ends at the next quote: browsers write %22 for a quote in a name (HTML
 * Standard, 4.10.21.8), and old ones backslashes in paths. */
static bool
next_param(struct bytes *rest, struct bytes *name, struct bytes *value)
{
	const char *end;
	struct bytes all = bytes_trim(*rest);

	if (all.len == 0 || all.at[0] != ';')
		return false;
	all.at++;
	all.len--;
	end = all.len > 0 ? memchr(all.at, '=', all.len) : NULL;
	if (end == NULL)
		return false;
	*name = bytes_trim((struct bytes){ all.at, (size_t)(end - all.at) });
	all.len -= (size_t)(end + 1 - all.at);
	all.at = end + 1;
	if (all.len > 0 && all.at[0] == '"') {
		end = memchr(all.at + 1, '"', all.len - 1);
		if (end == NULL)
			return false;
		*value = (struct bytes){ all.at + 1,
			(size_t)(end - all.at) - 1 };
		end++;
	} else {
		end = all.len > 0 ? memchr(all.at, ';', all.len) : NULL;
		if (end == NULL)
			end = all.at + all.len;
		*value = bytes_trim(
		    (struct bytes){ all.at, (size_t)(end - all.at) });
	}
	*rest = (struct bytes){ end, all.len - (size_t)(end - all.at) };
	return true;
}

/* What is before the first ';', which stays in *<rest>. */
static struct bytes
first_word(struct bytes *rest)
{
	const char *end = rest->len > 0 ? memchr(rest->at, ';', rest->len) :
					  NULL;
	struct bytes word = *rest;

	if (end != NULL)
		word.len = (size_t)(end - rest->at);
	rest->at += word.len;
	rest->len -= word.len;
	return bytes_trim(word);
}

struct bytes
multipart_boundary(struct bytes content_type)
{
	struct bytes rest = content_type, name, value;

	if (!is_same_word(first_word(&rest), "multipart/form-data"))
		return BYTES_NONE;
	while (next_param(&rest, &name, &value)) {
		if (!is_same_word(name, "boundary"))
			continue;
		if (value.len == 0 || value.len > MULTIPART_BOUNDARY_MAX ||
		    value.at[value.len - 1] == ' ')
			return BYTES_NONE;
		for (size_t i = 0; i < value.len; i++)
			if (!is_boundary_char(value.at[i]))
				return BYTES_NONE;
		return value;
	}
	return BYTES_NONE;
}

void
multipart_init(struct multipart *m, struct bytes boundary,
    const struct multipart_events *events)
{
	m->events = events;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.at, boundary.len);
	m->delimiter_len = boundary.len + 4;
	/* The first delimiter may stand at the very beginning. */
	m->matched = 2;
	m->state = STATE_PREAMBLE;
	m->parts = 0;
	m->header_len = 0;
}

static enum err
give(struct multipart *m, const char *at, size_t len)
{
	if (len == 0 || m->state == STATE_PREAMBLE)
		return ERR_OK;
	return m->events->data(m->events->ctx, (struct bytes){ at, len });
}

/* Data up to the next delimiter, which ends the part; *<at> moves on. */
static enum err
feed_body(struct multipart *m, const char **at, const char *end)
{
	const char *from = *at;
	bool is_part = m->state == STATE_BODY;
	enum err err;

	while (*at < end) {
		if (m->matched == 0) {
			const char *cr = memchr(*at, '\r', (size_t)(end - *at));

			if (cr == NULL) {
				*at = end;
				break;
			}
			*at = cr;
		}
		if (**at == m->delimiter[m->matched]) {
			/* From here on the bytes may be the delimiter's. */
			if (m->matched == 0) {
				err = give(m, from, (size_t)(*at - from));
				if (err != ERR_OK)
					return err;
			}
			m->matched++;
			from = ++*at;
			if (m->matched == m->delimiter_len) {
				m->matched = 0;
				m->state = STATE_TAIL;
				return is_part ?
				    m->events->end(m->events->ctx) :
				    ERR_OK;
			}
		} else {
			/* They were not; look at this byte again. */
			err = give(m, m->delimiter, m->matched);
			if (err != ERR_OK)
				return err;
			m->matched = 0;
			from = *at;
		}
	}
	return m->matched == 0 ? give(m, from, (size_t)(end - from)) : ERR_OK;
}

static enum err
read_header_line(struct multipart_part *part, struct bytes line)
{
	struct bytes rest = line, name, value;
	struct bytes field = bytes_trim(bytes_split(&rest, ':'));

	if (rest.at == NULL)
		return ERR_INVALID;
	if (is_same_word(field, "content-type")) {
		part->type = bytes_trim(rest);
		return ERR_OK;
	}
	if (!is_same_word(field, "content-disposition"))
		return ERR_OK;
	if (!is_same_word(first_word(&rest), "form-data"))
		return ERR_INVALID;
	while (next_param(&rest, &name, &value)) {
		if (is_same_word(name, "name")) {
			part->name = value;
		} else if (is_same_word(name, "filename")) {
			part->file_name = value;
			part->is_file = true;
		}
	}
	return ERR_OK;
}

/* All header lines are there, with the empty one. */
static enum err
begin_part(struct multipart *m)
{
	struct multipart_part part = { .is_file = false };
	struct bytes rest = { m->header, m->header_len };
	enum err err;

	while (rest.len > 0) {
		struct bytes line = bytes_split(&rest, '\n');

		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0)
			continue;
		err = read_header_line(&part, line);
		if (err != ERR_OK)
			return err;
	}
	if (part.name.at == NULL)
		return ERR_INVALID;
	if (++m->parts > MULTIPART_PARTS_MAX)
		return ERR_LIMIT;
	m->state = STATE_BODY;
	return m->events->begin(m->events->ctx, &part);
}

static enum err
feed_header(struct multipart *m, char c)
{
	size_t len = m->header_len;

	if (len == sizeof m->header)
		return ERR_LIMIT;
	if (c == '\0')
		return ERR_INVALID;
	m->header[m->header_len++] = c;
	if (c != '\n')
		return ERR_OK;
	len = m->header_len;
	if ((len == 2 && m->header[0] == '\r') ||
	    (len >= 4 && memcmp(m->header + len - 4, "\r\n\r\n", 4) == 0))
		return begin_part(m);
	return ERR_OK;
}

/* One byte between a delimiter and the body of a part. */
static enum err
feed_byte(struct multipart *m, char c)
{
	switch (m->state) {
	case STATE_TAIL:
		if (c == ' ' || c == '\t') /* RFC 2046: transport padding */
			return ERR_OK;
		if (c != '\r' && c != '-')
			return ERR_INVALID;
		m->state = c == '\r' ? STATE_TAIL_CR : STATE_TAIL_DASH;
		return ERR_OK;
	case STATE_TAIL_CR:
		m->header_len = 0;
		m->state = STATE_HEADER;
		return c == '\n' ? ERR_OK : ERR_INVALID;
	case STATE_TAIL_DASH:
		m->state = STATE_END;
		return c == '-' ? ERR_OK : ERR_INVALID;
	default: return feed_header(m, c);
	}
}

enum err
multipart_feed(struct multipart *m, struct bytes piece)
{
	const char *at = piece.at, *end = piece.at + piece.len;
	enum err err = ERR_OK;

	while (at < end && err == ERR_OK && m->state != STATE_END) {
		if (m->state == STATE_PREAMBLE || m->state == STATE_BODY)
			err = feed_body(m, &at, end);
		else
			err = feed_byte(m, *at++);
	}
	return err;
}

enum err
multipart_finish(const struct multipart *m)
{
	return m->state == STATE_END ? ERR_OK : ERR_INVALID;
}
