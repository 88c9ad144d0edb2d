/* core/web/template_scan.c - a template's text into tags.
 *
 * Then the lines that hold nothing but structure are found: they vanish with
 * their line end (Mustache calls them standalone).
 */
#include "config.h"
#include "core/web/template_scan.h"

#include <stdio.h>

#define DELIMITER_MAX 8

enum err
template_fail(struct compiler *c, const char *message, uint32_t line)
{
	char where[256];

	snprintf(where, sizeof where, "%s:%u", c->template->label, line);
	return why_set(c->why, ERR_INVALID, NULL, message, line, where);
}

/* ---- first pass: tags ---- */

struct scanner {
	struct compiler *c;
	char open[DELIMITER_MAX], close[DELIMITER_MAX];
	size_t open_len, close_len;
	size_t at; /* how far we are */
	uint32_t line;
};

static size_t
find(struct bytes source, size_t from, const char *what, size_t len)
{
	const char *at = memmem(source.at + from, source.len - from, what, len);

	return at != NULL ? (size_t)(at - source.at) : SIZE_MAX;
}

static uint32_t
count_lines(struct bytes source, size_t from, size_t to)
{
	uint32_t lines = 0;

	for (size_t i = from; i < to; i++)
		lines += source.at[i] == '\n';
	return lines;
}

/* {{=<% %>=}}: new delimiters, each without white space or '='. */
static bool
set_delimiters(struct scanner *s, struct bytes said)
{
	struct bytes open = bytes_trim(said), close;
	size_t cut = 0;

	while (
	    cut < open.len && !is_blank(open.at[cut]) && open.at[cut] != '\n')
		cut++;
	close = bytes_trim((struct bytes){ open.at + cut, open.len - cut });
	open.len = cut;
	if (open.len == 0 || close.len == 0 || open.len >= DELIMITER_MAX ||
	    close.len >= DELIMITER_MAX || bytes_has(open, '='))
		return false;
	for (size_t i = 0; i < close.len; i++)
		if (close.at[i] == '=' || is_blank(close.at[i]) ||
		    close.at[i] == '\n')
			return false;
	memcpy(s->open, open.at, open.len);
	memcpy(s->close, close.at, close.len);
	s->open_len = open.len;
	s->close_len = close.len;
	return true;
}

/* What kind of tag begins at <in>, and how many bytes say so. */
static char
tag_kind(struct bytes source, size_t in, size_t *skip)
{
	char mark = in < source.len ? source.at[in] : '\0';

	*skip = 1;
	if (mark == '\0' || strchr("&#^/>{<$!=", mark) == NULL) {
		if (mark == '_') {
			char next = in + 1 < source.len ? source.at[in + 1] : 0;

			if (next == ' ' || next == '\n' || next == '\t')
				return '_';
			if ((next == 'n' || next == 'c') &&
			    in + 2 < source.len &&
			    strchr(" \n\t", source.at[in + 2]) != NULL) {
				*skip = 2;
				return next;
			}
		}
		*skip = 0;
		return 'v';
	}
	return mark;
}

/* Where the tag ends that began at <in>: before its closing delimiter; <*len>
 * is that delimiter's length. SIZE_MAX when it is not closed. */
static size_t
tag_close(const struct scanner *s, char kind, size_t in, size_t *len)
{
	char end[DELIMITER_MAX + 1];
	struct bytes source = s->c->source;
	size_t at;

	if (kind == '{' || kind == '=') {
		end[0] = kind == '{' ? '}' : '=';
		memcpy(end + 1, s->close, s->close_len);
		*len = s->close_len + 1;
		return find(source, in, end, *len);
	}
	*len = s->close_len;
	at = find(source, in, s->close, s->close_len);
	/* {{_ Hello {name}}}: the text's own brace comes first. */
	if (at != SIZE_MAX && strchr("_nc", kind) != NULL &&
	    s->close[0] == '}' && at + *len < source.len &&
	    source.at[at + *len] == '}')
		at++;
	return at;
}

static enum err
add_tag(struct compiler *c, struct tag tag)
{
	if (!template_grow(
		c->set, &c->tags, c->tag_count, &c->tag_cap, sizeof tag))
		return ERR_NOMEM;
	c->tags[c->tag_count++] = tag;
	return ERR_OK;
}

static bool
has_space(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (is_blank(name.at[i]) || name.at[i] == '\n')
			return true;
	return false;
}

/* The next tag, or the end of the text. */
static enum err
scan_tag(struct scanner *s, size_t text_begin, bool *is_end)
{
	struct compiler *c = s->c;
	size_t open = find(c->source, s->at, s->open, s->open_len), in, close;
	struct tag tag = { .text_begin = text_begin };
	size_t skip, close_len = 0;

	if (open == SIZE_MAX) {
		tag.begin = tag.end = tag.text_end = c->source.len;
		tag.line = s->line + count_lines(c->source, s->at, tag.end);
		*is_end = true;
		return add_tag(c, tag);
	}
	s->line += count_lines(c->source, s->at, open);
	tag.line = s->line;
	tag.begin = tag.text_end = open;
	in = open + s->open_len;
	tag.kind = tag_kind(c->source, in, &skip);
	in += skip;
	close = tag_close(s, tag.kind, in, &close_len);
	if (close == SIZE_MAX)
		return template_fail(
		    c, N_("{name}: this tag is not closed"), tag.line);
	tag.end = close + close_len;
	tag.name = (struct bytes){ c->source.at + in, close - in };
	s->line += count_lines(c->source, open, tag.end);
	s->at = tag.end;
	if (tag.kind == '=' && !set_delimiters(s, tag.name))
		return template_fail(
		    c, N_("{name}: these delimiters cannot be used"), tag.line);
	if (strchr("_nc!=", tag.kind) == NULL) {
		tag.name = bytes_trim(tag.name);
		if (tag.name.len == 0 || has_space(tag.name))
			return template_fail(c,
			    N_("{name}: a name in a tag is misspelt"),
			    tag.line);
	}
	return add_tag(c, tag);
}

static enum err
scan_all(struct compiler *c)
{
	struct scanner s = { .c = c,
		.open = "{{",
		.close = "}}",
		.open_len = 2,
		.close_len = 2,
		.line = 1 };
	bool is_end = false;
	size_t from = 0;
	enum err err = ERR_OK;

	while (err == ERR_OK && !is_end) {
		err = scan_tag(&s, from, &is_end);
		from = s.at;
	}
	return err;
}

/* ---- standalone lines ---- */

static bool
is_blank_between(struct bytes source, size_t from, size_t to)
{
	while (from < to)
		if (!is_blank(source.at[from++]))
			return false;
	return true;
}

/* Whether the tags <first> to <last>, all of one line, make it vanish: one tag
 * of structure, or several of inheritance. A block that is opened and closed
 * there is a place in the line, and keeps it. */
static bool
is_structure(struct compiler *c, size_t first, size_t last)
{
	bool is_alone = first == last;
	unsigned blocks = 0;

	for (size_t i = first; i <= last; i++) {
		struct tag *tag = &c->tags[i];

		if (strchr(is_alone ? "#^/><$!=" : "/<$", tag->kind) == NULL)
			return false;
		if (tag->kind == '$' && i < last &&
		    c->tags[i + 1].kind == '/' &&
		    bytes_equal(tag->name, c->tags[i + 1].name)) {
			tag->is_pair_closed = true;
			blocks++;
		}
	}
	return blocks == 0;
}

static void
mark_line(struct compiler *c, size_t first, size_t last)
{
	struct bytes source = c->source;
	size_t from = c->tags[first].begin, to = c->tags[last].end, line_end;

	while (from > 0 && source.at[from - 1] != '\n')
		from--;
	if (from < c->tags[first].text_begin)
		return; /* the tag before it ends on this line */
	if (!is_blank_between(source, from, c->tags[first].begin))
		return;
	c->tags[first].is_first = true;
	c->tags[first].indent = c->tags[first].begin - from;
	line_end = to;
	while (line_end < source.len && source.at[line_end] != '\n')
		line_end++;
	if (!is_blank_between(source, to, line_end))
		return;
	for (size_t i = first; i < last; i++)
		if (!is_blank_between(
			source, c->tags[i].end, c->tags[i + 1].begin))
			return;
	if (!is_structure(c, first, last))
		return;
	c->tags[first].text_end = from;
	for (size_t i = first; i <= last; i++) {
		c->tags[i].is_standalone = true;
		c->tags[i + 1].text_begin = c->tags[i + 1].begin;
		if (i > first)
			c->tags[i].text_end = c->tags[i].text_begin;
	}
	c->tags[last + 1].text_begin = line_end < source.len ? line_end + 1 :
							       line_end;
	if (c->tags[last + 1].text_end < c->tags[last + 1].text_begin)
		c->tags[last + 1].text_end = c->tags[last + 1].text_begin;
}

static void
mark_lines(struct compiler *c)
{
	size_t last;

	for (size_t first = 0; c->tags[first].kind != 0; first = last + 1) {
		last = first;
		while (c->tags[last + 1].kind != 0 &&
		    memchr(c->source.at + c->tags[last].end, '\n',
			c->tags[last + 1].begin - c->tags[last].end) == NULL)
			last++;
		mark_line(c, first, last);
	}
}

enum err
template_scan(struct compiler *c)
{
	enum err err = scan_all(c);

	if (err == ERR_OK)
		mark_lines(c);
	return err;
}
