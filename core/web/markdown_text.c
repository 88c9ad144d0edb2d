/* core/web/markdown_text.c - plain text as HTML, with the addresses in it. */
#include "config.h"
#include "core/web/markdown.h"
#include "core/web/markdown_link.h"
#include "core/web/template.h"

#include <strings.h>

#define LINK_MAX 2000
#define MAIL_LOCAL_MAX 64 /* RFC 5321, 4.5.3.1 */
#define MAIL_DOMAIN_MAX 255

static bool
has_prefix(struct bytes text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len > len && strncasecmp(text.at, prefix, len) == 0;
}

bool
link_is_safe(struct bytes url)
{
	if (url.len > LINK_MAX)
		return false;
	for (size_t i = 0; i < url.len; i++) {
		unsigned char c = (unsigned char)url.at[i];

		if (c <= 0x20 || c == 0x7f)
			return false;
	}
	return has_prefix(url, "http://") || has_prefix(url, "https://") ||
	    has_prefix(url, "mailto:");
}

void
link_begin(struct buf *out, struct bytes scheme, struct bytes url)
{
	buf_text(out, "<a href=\"");
	buf_bytes(out, scheme);
	html_escape(out, url);
	buf_text(out, "\" rel=\"nofollow noopener noreferrer\">");
}

static bool
is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static size_t
count_of(struct bytes text, char c)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.at[i] == c;
	return count;
}

/* How long the web address is that begins at <text>; 0 when none does. The
 * sentence's marks behind it are not its own, nor is a bracket that it did
 * not open. */
static size_t
web_address(struct bytes text)
{
	size_t len = 0, scheme = has_prefix(text, "https://") ? 8 : 7;

	if (!has_prefix(text, "http://") && scheme == 7)
		return 0;
	while (len < text.len && (unsigned char)text.at[len] > 0x20 &&
	    text.at[len] != 0x7f && strchr("<>\"", text.at[len]) == NULL)
		len++;
	while (len > scheme) {
		char last = text.at[len - 1];
		struct bytes so_far = { text.at, len };

		if (strchr(".,;:!?'*_~", last) == NULL &&
		    !(last == ')' &&
			count_of(so_far, ')') > count_of(so_far, '(')) &&
		    !(last == ']' &&
			count_of(so_far, ']') > count_of(so_far, '[')))
			break;
		len--;
	}
	return len > scheme && len <= LINK_MAX ? len : 0;
}

/* The mail address around the @ at <at>: its beginning not before <from>;
 * 0 when there is none. */
static size_t
mail_address(struct bytes text, size_t at, size_t from, size_t *begin)
{
	size_t first = at, end = at + 1;
	bool has_dot = false;

	while (first > from && at - first < MAIL_LOCAL_MAX &&
	    (is_letter_or_digit(text.at[first - 1]) ||
		strchr(".!#$%*+-/=?^_|~", text.at[first - 1]) != NULL))
		first--;
	while (first < at && text.at[first] == '.')
		first++;
	while (end < text.len && end - at <= MAIL_DOMAIN_MAX &&
	    (is_letter_or_digit(text.at[end]) ||
		strchr(".-", text.at[end]) != NULL)) {
		has_dot |= text.at[end] == '.' && end > at + 1 &&
		    end + 1 < text.len && is_letter_or_digit(text.at[end + 1]);
		end++;
	}
	while (end > at + 1 && !is_letter_or_digit(text.at[end - 1]))
		end--;
	if (first == at || !has_dot || !is_letter_or_digit(text.at[at + 1]))
		return 0;
	*begin = first;
	return end - first;
}

/* One line, its addresses made links. */
static void
add_line(struct buf *out, struct bytes line)
{
	size_t from = 0, i = 0, begin = 0, len;

	while (i < line.len) {
		char c = line.at[i];
		bool is_mail = c == '@';

		len = 0;
		if (is_mail) {
			len = mail_address(line, i, from, &begin);
		} else if ((c | 0x20) == 'h' &&
		    (i == 0 || !is_letter_or_digit(line.at[i - 1]))) {
			begin = i;
			len = web_address(
			    (struct bytes){ line.at + i, line.len - i });
		}
		if (len == 0) {
			i++;
			continue;
		}
		html_escape(
		    out, (struct bytes){ line.at + from, begin - from });
		link_begin(out, is_mail ? BYTES("mailto:") : BYTES_NONE,
		    (struct bytes){ line.at + begin, len });
		html_escape(out, (struct bytes){ line.at + begin, len });
		buf_text(out, "</a>");
		i = from = begin + len;
	}
	html_escape(out, (struct bytes){ line.at + from, line.len - from });
}

enum err
text_render(struct buf *out, struct bytes source)
{
	size_t begin = out->len;
	bool is_open = false;

	if (source.len > MARKDOWN_SOURCE_MAX)
		return ERR_LIMIT;
	while (source.len > 0) {
		struct bytes line = bytes_split(&source, '\n');

		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (bytes_trim(line).len == 0) {
			if (is_open)
				buf_text(out, "</p>\n");
			is_open = false;
			continue;
		}
		buf_text(out, is_open ? "<br>\n" : "<p>");
		is_open = true;
		add_line(out, line);
	}
	if (is_open)
		buf_text(out, "</p>\n");
	if (!out->failed)
		return ERR_OK;
	out->len = begin;
	return ERR_NOMEM;
}
