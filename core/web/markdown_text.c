/* core/web/markdown_text.c - plain text as HTML, and which links are shown.
 *
 * Every loop here goes over its text once: what is looked at backwards is
 * bounded, and an address that is too long is skipped as a whole.
 */
#include "config.h"
#include "core/web/markdown.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include "core/web/markdown_private.h"
#include "core/web/template.h"

#include <strings.h>

#define LINK_MAX 2000   /* bytes of an address */
#define MAIL_LOCAL 64   /* bytes before the @ (RFC 5321 4.5.3.1.1) */
#define MAIL_DOMAIN 253 /* and after it */
#define ESCAPED_MAX 6   /* bytes that one byte becomes: &quot; */
/* <a href="mailto:" title="" rel="nofollow noopener noreferrer"></a> and the
 * tags of a paragraph. */
#define TAGS_MAX 128

#define REL "\" rel=\"nofollow noopener noreferrer\">"

/* Characters in which no address goes on, over 0x7f. Those that nobody can
 * see are not allowed in the address of a link either; the others are the
 * punctuation of Chinese and typographers, which follows an address without a
 * space between. */
static const struct {
	uint32_t from, to;
	bool is_hidden;
} address_ends[] = {
	{ 0x80, 0xa0, true },       /* controls, no-break space */
	{ 0xab, 0xab, false },      /* << */
	{ 0xad, 0xad, true },       /* soft hyphen */
	{ 0xbb, 0xbb, false },      /* >> */
	{ 0x61c, 0x61c, true },     /* Arabic letter mark */
	{ 0x1680, 0x1680, true },   /* Ogham space */
	{ 0x180e, 0x180e, true },   /* Mongolian vowel separator */
	{ 0x2000, 0x200f, true },   /* spaces, joiners, direction */
	{ 0x2010, 0x2027, false },  /* dashes, quotes, dots */
	{ 0x2028, 0x202f, true },   /* line ends, direction */
	{ 0x2030, 0x205e, false },  /* primes, quotes */
	{ 0x205f, 0x206f, true },   /* invisible operators, direction */
	{ 0x3000, 0x3000, true },   /* ideographic space */
	{ 0x3001, 0x303f, false },  /* ideographic punctuation */
	{ 0xfe30, 0xfe6f, false },  /* its vertical and small forms */
	{ 0xfeff, 0xfeff, true },   /* byte order mark */
	{ 0xff01, 0xff0f, false },  /* full-width punctuation */
	{ 0xff1a, 0xff20, false },  /* the same */
	{ 0xff3b, 0xff40, false },  /* the same */
	{ 0xff5b, 0xff65, false },  /* the same */
	{ 0xfff0, 0xffff, true },   /* specials, U+FFFD */
	{ 0xe0000, 0xe0fff, true }, /* tags, variation selectors */
};

/* ---- which links are shown ---- */

/* Whether no address goes on with <c>; *<is_hidden> tells if it may not even
 * stand in a link that somebody has written as one. */
static bool
ends_address(uint32_t c, bool *is_hidden)
{
	*is_hidden = true;
	if (c < 0x80)
		return c <= ' ' || c == 0x7f || c == '<' || c == '>' ||
		    c == '"' || c == '`' || c == '\\';
	for (size_t i = 0; i < sizeof address_ends / sizeof *address_ends; i++)
		if (c >= address_ends[i].from && c <= address_ends[i].to) {
			*is_hidden = address_ends[i].is_hidden;
			return true;
		}
	return false;
}

static bool
begins_with(struct bytes text, const char *word)
{
	size_t len = strlen(word);

	return text.len >= len && strncasecmp(text.at, word, len) == 0;
}

/* What is behind http:// up to the path names a host, and no user: a link
 * https://bank.example@evil.example reads as one to the bank. */
static bool
has_host(struct bytes url, size_t from)
{
	size_t to = from;

	while (to < url.len && memchr("/?#", url.at[to], 3) == NULL) {
		if (url.at[to] == '@')
			return false;
		to++;
	}
	return to > from && url.at[from] != ':' && url.at[from] != '.';
}

bool
link_is_safe(struct bytes url)
{
	const char *p = url.at, *end;
	bool bad = false, is_hidden;

	if (url.len == 0 || url.len > LINK_MAX)
		return false;
	end = p + url.len;
	while (p < end)
		if (ends_address(utf8_next(&p, end, &bad), &is_hidden) &&
		    is_hidden)
			return false;
	if (bad)
		return false;
	if (begins_with(url, "http://"))
		return has_host(url, 7);
	if (begins_with(url, "https://"))
		return has_host(url, 8);
	return begins_with(url, "mailto:") && url.len > 7;
}

void
markdown_open_link(struct buf *out, struct bytes url, struct bytes title)
{
	buf_text(out, "<a href=\"");
	html_escape(out, url);
	if (title.len > 0) {
		buf_text(out, "\" title=\"");
		markdown_add_text(out, title, true);
	}
	buf_text(out, REL);
}

/* ---- text ---- */

enum err
markdown_clean(struct buf *memory, struct bytes source)
{
	if (source.len > MARKDOWN_SOURCE_MAX)
		return ERR_LIMIT;
	text_repair(memory, source);
	if (memory->failed)
		return ERR_NOMEM;
	return memory->len > MARKDOWN_SOURCE_MAX ? ERR_LIMIT : ERR_OK;
}

static bool
is_dropped(uint32_t c, bool is_link)
{
	return (c < ' ' && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) ||
	    (is_link && utf8_turns_direction(c));
}

void
markdown_add_text(struct buf *out, struct bytes text, bool is_link)
{
	const char *p = text.at, *from = p, *end;
	bool bad = false;

	if (text.len == 0)
		return;
	end = p + text.len;
	while (p < end) {
		const char *at = p;

		if (!is_dropped(utf8_next(&p, end, &bad), is_link))
			continue;
		html_escape(out, (struct bytes){ from, (size_t)(at - from) });
		from = p;
	}
	html_escape(out, (struct bytes){ from, (size_t)(end - from) });
}

/* ---- addresses in text ---- */

/* An address in a text, from its first byte to behind its last. */
struct address {
	size_t from, to;
	const char *scheme; /* that it lacks: "mailto:", "https://" or "" */
};

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* Nothing precedes <i> from <begin> on with which an address could be one
 * word. */
static bool
is_word_start(struct bytes text, size_t begin, size_t i)
{
	return i == begin || !is_letter_or_digit(text.at[i - 1]);
}

/* Where the address that begins at <from> ends: before what cannot be in one,
 * and before the punctuation of the sentence it stands in; a bracket belongs
 * to it when it was opened in it. */
static size_t
address_end(struct bytes text, size_t from)
{
	const char *p = text.at + from, *end = text.at + text.len;
	int round = 0, square = 0;
	bool bad = false, is_hidden;
	size_t to;

	while (p < end) {
		const char *at = p;
		uint32_t c = utf8_next(&p, end, &bad);

		if (ends_address(c, &is_hidden)) {
			p = at;
			break;
		}
		round += (c == '(') - (c == ')');
		square += (c == '[') - (c == ']');
	}
	for (to = (size_t)(p - text.at); to > from; to--) {
		char c = text.at[to - 1];

		if (c == ')' && round < 0)
			round++;
		else if (c == ']' && square < 0)
			square++;
		else if (c == '\0' || strchr(".,:;!?'*_~", c) == NULL)
			break;
	}
	return to;
}

/* http://... or https://..., whose colon is at <i>. */
static bool
find_url(struct bytes text, size_t begin, size_t i, struct address *out)
{
	static const char *const schemes[] = { "http", "https" };

	if (text.len - i < 4 || text.at[i + 1] != '/' || text.at[i + 2] != '/')
		return false;
	for (size_t k = 0; k < 2; k++) {
		size_t len = strlen(schemes[k]);

		if (i - begin < len ||
		    strncasecmp(&text.at[i - len], schemes[k], len) != 0 ||
		    !is_word_start(text, begin, i - len))
			continue;
		out->from = i - len;
		out->to = address_end(text, i + 3);
		out->scheme = "";
		return out->to > i + 3;
	}
	return false;
}

static bool
find_www(struct bytes text, size_t begin, size_t i, struct address *out)
{
	struct bytes rest = { text.at + i, text.len - i };

	if (!begins_with(rest, "www.") || !is_word_start(text, begin, i) ||
	    rest.len < 5 || !is_letter_or_digit(rest.at[4]))
		return false;
	out->from = i;
	out->to = address_end(text, i);
	out->scheme = "https://";
	return memchr(rest.at + 4, '.', out->to - i - 4) != NULL;
}

/* ann@example.org, whose @ is at <i>. */
static bool
find_mail(struct bytes text, size_t begin, size_t i, struct address *out)
{
	size_t from = i, to = i + 1, dot = 0;

	while (from > begin && i - from <= MAIL_LOCAL &&
	    (is_letter_or_digit(text.at[from - 1]) ||
		memchr("._+-", text.at[from - 1], 4) != NULL))
		from--;
	while (from < i && text.at[from] == '.')
		from++;
	while (to < text.len && to - i <= MAIL_DOMAIN &&
	    (is_letter_or_digit(text.at[to]) ||
		memchr(".-", text.at[to], 2) != NULL)) {
		if (text.at[to] == '.' && text.at[to - 1] == '.')
			break;
		to++;
	}
	while (to > i + 1 && !is_letter_or_digit(text.at[to - 1]))
		to--;
	for (size_t k = i + 1; k < to; k++)
		if (text.at[k] == '.')
			dot = k;
	if (from == i || i - from > MAIL_LOCAL || to - i - 1 > MAIL_DOMAIN ||
	    dot == 0 || to - dot < 3 || !is_letter_or_digit(text.at[i + 1]))
		return false;
	*out = (struct address){ from, to, "mailto:" };
	return true;
}

/* The first address from <begin> on. */
static bool
find_address(struct bytes text, size_t begin, struct address *out)
{
	for (size_t i = begin; i < text.len; i++) {
		bool is_found = false;

		switch (text.at[i]) {
		case ':': is_found = find_url(text, begin, i, out); break;
		case '@': is_found = find_mail(text, begin, i, out); break;
		case 'w':
		case 'W': is_found = find_www(text, begin, i, out); break;
		default: break;
		}
		if (is_found)
			return true;
	}
	return false;
}

static void
add_address(struct buf *out, struct bytes words, const char *scheme)
{
	char memory[LINK_MAX + 16];
	struct bytes url = words;

	if (*scheme != '\0' && words.len <= LINK_MAX) {
		size_t len = strlen(scheme);

		memcpy(memory, scheme, len);
		memcpy(memory + len, words.at, words.len);
		url = (struct bytes){ memory, len + words.len };
	}
	if (!link_is_safe(url)) {
		markdown_add_text(out, words, false);
		return;
	}
	markdown_open_link(out, url, BYTES_NONE);
	markdown_add_text(out, words, true);
	buf_text(out, "</a>");
}

void
markdown_add_linked(
    struct buf *out, struct bytes text, size_t rest, size_t limit)
{
	struct address address;
	size_t from = 0;

	while (find_address(text, from, &address)) {
		struct bytes words = { text.at + address.from,
			address.to - address.from };
		size_t most = ESCAPED_MAX * words.len + TAGS_MAX +
		    ESCAPED_MAX * (text.len - from + rest);

		if (out->len > limit || limit - out->len < most)
			break;
		markdown_add_text(out,
		    (struct bytes){ text.at + from, address.from - from },
		    false);
		add_address(out, words, address.scheme);
		from = address.to;
	}
	markdown_add_text(
	    out, (struct bytes){ text.at + from, text.len - from }, false);
}

/* ---- plain text ---- */

/* Browsers make one space of many; what was indented stays so. */
static struct bytes
add_indent(struct buf *out, struct bytes line)
{
	size_t i = 0;

	for (; i < line.len && (line.at[i] == ' ' || line.at[i] == '\t'); i++)
		utf8_add(out, line.at[i] == ' ' ? 0xa0 : 0x2003);
	return (struct bytes){ line.at + i, line.len - i };
}

static bool
is_blank(struct bytes line)
{
	return bytes_trim(line).len == 0;
}

enum err
text_render(struct buf *out, struct bytes source)
{
	size_t start = out->len, limit = start + MARKDOWN_OUTPUT_MAX;
	struct buf memory = BUF_INIT;
	bool is_open = false;
	struct bytes text;
	enum err err = out->failed ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = markdown_clean(&memory, source);
	if (err != ERR_OK)
		goto out;
	text = buf_get(&memory);
	while (text.len > 0) {
		struct bytes line = bytes_split(&text, '\n');

		if (is_blank(line)) {
			buf_text(out, is_open ? "</p>\n" : "");
			is_open = false;
			continue;
		}
		buf_text(out, is_open ? "<br>\n" : "<p>");
		is_open = true;
		line = add_indent(out, line);
		while (line.at[line.len - 1] == ' ' ||
		    line.at[line.len - 1] == '\t')
			line.len--;
		markdown_add_linked(out, line, text.len, limit);
	}
	buf_text(out, is_open ? "</p>\n" : "");
	if (out->failed) {
		err = ERR_NOMEM;
		out->failed = false;
		out->len = start;
	}
out:
	buf_release(&memory);
	return err;
}
