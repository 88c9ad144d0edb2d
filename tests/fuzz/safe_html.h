/* tests/fuzz/safe_html.h - a judge of HTML that is said to be safe.
 *
 * It knows nothing of how the HTML was made: it reads it as the strictest of
 * browsers would, and names the first thing that has no place in it.
 */
#ifndef HOOKDESK_TESTS_SAFE_HTML_H
#define HOOKDESK_TESTS_SAFE_HTML_H

#include "core/base/bytes.h"
#include "core/base/utf8.h"

#include <ctype.h>
#include <stdio.h>

struct safe_html {
	struct bytes html;
	size_t at;
	const char *open[80]; /* names of the elements that stand open */
	size_t depth;
	size_t links, cells; /* found so far */
};

static const char *const safe_elements[] = { "a", "blockquote", "code", "del",
	"em", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "strong", "table",
	"tbody", "td", "th", "thead", "tr", "ul" };
static const char *const safe_voids[] = { "br", "hr" };
static const char *const safe_entities[] = { "&amp;", "&lt;", "&gt;", "&quot;",
	"&#39;" };
static const char safe_entity_chars[] = "&<>\"'";

/* Step over <text> if it comes next. */
static inline bool
safe_html_skip(struct safe_html *s, const char *text)
{
	struct bytes rest = { s->html.at + s->at, s->html.len - s->at };

	if (!bytes_start_with(rest, bytes_of(text)))
		return false;
	s->at += strlen(text);
	return true;
}

/* One character of text or of a value into <c>; false for what is not allowed
 * in either. */
static inline bool
safe_html_char(struct safe_html *s, char *c)
{
	for (size_t i = 0; i < 5; i++)
		if (safe_html_skip(s, safe_entities[i])) {
			*c = safe_entity_chars[i];
			return true;
		}
	*c = s->html.at[s->at];
	if (strchr("&<>\"'", *c) != NULL || *c == 0x7f ||
	    ((unsigned char)*c < ' ' && *c != '\n' && *c != '\t'))
		return false;
	s->at++;
	return true;
}

/* The value of an attribute up to its quote, into <out> of <size> bytes. */
static inline bool
safe_html_value(struct safe_html *s, char *out, size_t size)
{
	size_t n = 0;

	while (s->at < s->html.len && s->html.at[s->at] != '"') {
		if (n + 1 >= size || !safe_html_char(s, &out[n++]))
			return false;
	}
	out[n] = '\0';
	return safe_html_skip(s, "\"");
}

static inline const char *
safe_html_link(struct safe_html *s)
{
	static char value[300000];

	s->links++;
	for (size_t i = 0; i < s->depth; i++)
		if (strcmp(s->open[i], "a") == 0)
			return "a link in a link";
	if (!safe_html_skip(s, " href=\"") ||
	    !safe_html_value(s, value, sizeof value))
		return "a link without an address";
	if (strncasecmp(value, "http://", 7) != 0 &&
	    strncasecmp(value, "https://", 8) != 0 &&
	    strncasecmp(value, "mailto:", 7) != 0)
		return "a link to elsewhere";
	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == '\\')
			return "white space in an address";
	if (safe_html_skip(s, " title=\"") &&
	    !safe_html_value(s, value, sizeof value))
		return "a bad title";
	return safe_html_skip(s, " rel=\"nofollow noopener noreferrer\"") ?
	    NULL :
	    "a link without rel";
}

static inline const char *
safe_html_attributes(struct safe_html *s, const char *element)
{
	if (strcmp(element, "a") == 0)
		return safe_html_link(s);
	if (strcmp(element, "ol") == 0 && safe_html_skip(s, " start=\"")) {
		while (isdigit((unsigned char)s->html.at[s->at]))
			s->at++;
		return safe_html_skip(s, "\"") ? NULL : "a bad start";
	}
	if (strcmp(element, "th") == 0 && !safe_html_skip(s, " scope=\"col\""))
		return "a heading without scope";
	if (strcmp(element, "th") == 0 || strcmp(element, "td") == 0) {
		s->cells++;
		(void)(safe_html_skip(s, " align=\"left\"") ||
		    safe_html_skip(s, " align=\"center\"") ||
		    safe_html_skip(s, " align=\"right\""));
	}
	return NULL;
}

static inline const char *
safe_html_name(struct safe_html *s, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t end = s->at + strlen(names[i]);

		if (end < s->html.len &&
		    strchr(" >", s->html.at[end]) != NULL &&
		    safe_html_skip(s, names[i]))
			return names[i];
	}
	return NULL;
}

static inline const char *
safe_html_tag(struct safe_html *s)
{
	const char *name, *fault;

	if (safe_html_skip(s, "/")) {
		if (s->depth == 0 ||
		    !safe_html_skip(s, s->open[s->depth - 1]) ||
		    !safe_html_skip(s, ">"))
			return "an end that fits no beginning";
		s->depth--;
		return NULL;
	}
	if (safe_html_name(s, safe_voids, 2) != NULL)
		return safe_html_skip(s, ">") ? NULL : "an attribute of br, hr";
	name = safe_html_name(
	    s, safe_elements, sizeof safe_elements / sizeof *safe_elements);
	if (name == NULL)
		return "an element that is not on the list";
	fault = safe_html_attributes(s, name);
	if (fault != NULL)
		return fault;
	if (!safe_html_skip(s, ">"))
		return "an attribute that is not on the list";
	if (s->depth == sizeof s->open / sizeof *s->open)
		return "too deep";
	s->open[s->depth++] = name;
	return NULL;
}

/* NULL if <html> is what it should be, or what is wrong with it; then
 * s->at tells where. */
static inline const char *
safe_html_fault(struct safe_html *s, struct bytes html)
{
	char c;

	*s = (struct safe_html){ .html = html };
	if (html.len > 0 && !utf8_is_valid(html))
		return "not UTF-8";
	while (s->at < html.len) {
		const char *fault = NULL;

		if (safe_html_skip(s, "<"))
			fault = safe_html_tag(s);
		else if (!safe_html_char(s, &c))
			fault = "a character that is not escaped";
		if (fault != NULL)
			return fault;
	}
	return s->depth > 0 ? "an element that does not end" : NULL;
}

#endif
