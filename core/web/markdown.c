/* core/web/markdown.c - Markdown into safe HTML, by md4c's parser.
 *
 * md4c knows which addresses and tables a text has, not which are harmless:
 * it passes "javascript:" on, makes n * n cells out of n bytes, and needs
 * n * n steps for containers nested n deep. It looks at the byte behind the
 * text, and a ")" there lets it go on reading; of a picture whose address has
 * an asterisk it may end spans in another order than it began them. So it
 * gets a copy that ends as it needs it, once the depth was looked at, and all
 * the HTML is written here, what is open kept account of.
 */
#include "config.h"
#include "core/web/markdown.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include "core/web/markdown_private.h"
#include "core/web/template.h"

#include <md4c.h>

/* What is indented is seldom meant as code in mails and forms. */
#define FLAGS \
	(MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | \
	    MD_FLAG_NOINDENTEDCODEBLOCKS)
#define ENTITY_MAX 8 /* bytes of the longest name below */
#define SNIPPET_SOURCE (16 * 1024)
#define HEADING_FIRST 3 /* what # becomes: h1 and h2 are the page's own */
#define HEADING_LAST 6

struct renderer {
	struct buf *out;
	size_t limit; /* out->len may not pass it */
	size_t source_size;
	unsigned depth, cells;             /* of open blocks; so far */
	uint8_t spans[MARKDOWN_DEPTH_MAX]; /* that are open in this block */
	unsigned span_count;
	unsigned links;   /* open links and pictures: only the outer one is */
	bool is_linked;   /* it is an <a> */
	struct buf url;   /* its address, */
	size_t words_at;  /* and where its words begin in <out> */
	struct buf title; /* memory for one at a time */
	enum err err;
};

/* ---- entities ---- */

/* The names that people and their programs write; others stay as written. */
static const struct {
	char name[ENTITY_MAX];
	uint32_t c;
} entities[] = {
	{ "amp", '&' },
	{ "apos", '\'' },
	{ "bull", 0x2022 },
	{ "copy", 0xa9 },
	{ "deg", 0xb0 },
	{ "euro", 0x20ac },
	{ "gt", '>' },
	{ "hellip", 0x2026 },
	{ "laquo", 0xab },
	{ "ldquo", 0x201c },
	{ "lsquo", 0x2018 },
	{ "lt", '<' },
	{ "mdash", 0x2014 },
	{ "middot", 0xb7 },
	{ "nbsp", 0xa0 },
	{ "ndash", 0x2013 },
	{ "para", 0xb6 },
	{ "pound", 0xa3 },
	{ "quot", '"' },
	{ "raquo", 0xbb },
	{ "rdquo", 0x201d },
	{ "reg", 0xae },
	{ "rsquo", 0x2019 },
	{ "sect", 0xa7 },
	{ "times", 0xd7 },
	{ "trade", 0x2122 },
	{ "yen", 0xa5 },
};

/* "#65" or "#x41": CommonMark 2.5 makes what is no character U+FFFD. */
static uint32_t
numeric_entity(struct bytes digits)
{
	unsigned base = 10;
	uint32_t c = 0;

	if (digits.len > 0 && (digits.at[0] == 'x' || digits.at[0] == 'X')) {
		base = 16;
		digits = (struct bytes){ digits.at + 1, digits.len - 1 };
	}
	for (size_t i = 0; i < digits.len && c <= 0x10ffff; i++) {
		char d = digits.at[i];

		c = c * base +
		    (uint32_t)(d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
	}
	return c > 0x10ffff || c == 0 ? UTF8_BAD : c;
}

/* Add the character that "&...;" stands for, or the entity as it is. */
static void
add_entity(struct buf *out, struct bytes entity)
{
	struct bytes name = { entity.at + 1, entity.len - 2 };

	if (name.len > 1 && name.at[0] == '#') {
		utf8_add(out,
		    numeric_entity(
			(struct bytes){ name.at + 1, name.len - 1 }));
		return;
	}
	for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
		if (bytes_is(name, entities[i].name)) {
			utf8_add(out, entities[i].c);
			return;
		}
	buf_bytes(out, entity);
}

/* What an address or a title says, as plain text. */
static struct bytes
read_attribute(struct buf *memory, const MD_ATTRIBUTE *attribute)
{
	buf_clear(memory);
	for (unsigned i = 0; attribute->size > 0 &&
	     attribute->substr_offsets[i] < attribute->size;
	     i++) {
		size_t from = attribute->substr_offsets[i];
		struct bytes part = { attribute->text + from,
			attribute->substr_offsets[i + 1] - from };

		if (attribute->substr_types[i] == MD_TEXT_ENTITY)
			add_entity(memory, part);
		else
			buf_bytes(memory, part);
	}
	return buf_get(memory);
}

static int
checked(struct renderer *r)
{
	if (r->out->failed || r->url.failed || r->title.failed)
		r->err = ERR_NOMEM;
	else if (r->err == ERR_OK && r->out->len > r->limit)
		r->err = ERR_LIMIT;
	return (int)r->err;
}

/* ---- spans ---- */

static const struct {
	const char *open, *close;
} spans[] = {
	[MD_SPAN_EM] = { "<em>", "</em>" },
	[MD_SPAN_STRONG] = { "<strong>", "</strong>" },
	[MD_SPAN_CODE] = { "<code>", "</code>" },
	[MD_SPAN_DEL] = { "<del>", "</del>" },
	[MD_SPAN_U] = { "", "" },
};

/* A link or a picture: of those in one another only the outer one links. */
static void
enter_link(
    struct renderer *r, const MD_ATTRIBUTE *url, const MD_ATTRIBUTE *title)
{
	struct bytes address;

	if (++r->links > 1)
		return;
	address = read_attribute(&r->url, url);
	r->is_linked = link_is_safe(address);
	if (r->is_linked)
		markdown_open_link(
		    r->out, address, read_attribute(&r->title, title));
	r->words_at = r->out->len;
}

/* One without words shows its address; one that may not be a link shows it
 * behind its words, unless these are the same (an autolink). */
static void
leave_link(struct renderer *r)
{
	struct bytes url = buf_get(&r->url), words, address;
	size_t end = r->out->len;

	if (--r->links > 0)
		return;
	if (end == r->words_at) {
		markdown_add_text(r->out, url, true);
	} else if (!r->is_linked && url.len > 0) {
		buf_text(r->out, " (");
		markdown_add_text(r->out, url, true);
		words = (struct bytes){ r->out->at + r->words_at,
			end - r->words_at };
		address = (struct bytes){ r->out->at + end + 2,
			r->out->len - end - 2 };
		if (r->out->failed || bytes_equal(words, address))
			r->out->len = end;
		else
			buf_char(r->out, ')');
	}
	if (r->is_linked)
		buf_text(r->out, "</a>");
}

static void
close_span(struct renderer *r)
{
	uint8_t type = r->spans[--r->span_count];

	if (type == MD_SPAN_A || type == MD_SPAN_IMG)
		leave_link(r);
	else
		buf_text(r->out, spans[type].close);
}

static void
close_spans(struct renderer *r)
{
	while (r->span_count > 0)
		close_span(r);
}

static int
enter_span(MD_SPANTYPE type, void *detail, void *context)
{
	struct renderer *r = context;

	if (r->depth + r->span_count >= MARKDOWN_DEPTH_MAX)
		return (int)(r->err = ERR_LIMIT);
	r->spans[r->span_count++] = (uint8_t)type;
	if (type == MD_SPAN_A) {
		const MD_SPAN_A_DETAIL *a = detail;

		enter_link(r, &a->href, &a->title);
	} else if (type == MD_SPAN_IMG) {
		const MD_SPAN_IMG_DETAIL *img = detail;

		enter_link(r, &img->src, &img->title);
	} else {
		buf_text(r->out, spans[type].open);
	}
	return checked(r);
}

/* What was opened after it ends with it; then its own end is not looked for
 * any more. */
static int
leave_span(MD_SPANTYPE type, void *detail, void *context)
{
	struct renderer *r = context;
	unsigned n = r->span_count;

	(void)detail;
	while (n > 0 && r->spans[n - 1] != type)
		n--;
	while (n > 0 && r->span_count >= n)
		close_span(r);
	return checked(r);
}

/* ---- blocks ---- */

/* What a block opens and closes with; those without need more than that. */
static const struct {
	const char *open, *close;
} blocks[] = {
	[MD_BLOCK_DOC] = { "", "" },
	[MD_BLOCK_QUOTE] = { "<blockquote>\n", "</blockquote>\n" },
	[MD_BLOCK_UL] = { "<ul>\n", "</ul>\n" },
	[MD_BLOCK_OL] = { NULL, "</ol>\n" },
	[MD_BLOCK_LI] = { "<li>", "</li>\n" },
	[MD_BLOCK_HR] = { "<hr>\n", "" },
	[MD_BLOCK_H] = { NULL, NULL },
	[MD_BLOCK_CODE] = { "<pre><code>", "</code></pre>\n" },
	[MD_BLOCK_HTML] = { "<p>", "</p>\n" },
	[MD_BLOCK_P] = { "<p>", "</p>\n" },
	[MD_BLOCK_TABLE] = { "<table>\n", "</table>\n" },
	[MD_BLOCK_THEAD] = { "<thead>\n", "</thead>\n" },
	[MD_BLOCK_TBODY] = { "<tbody>\n", "</tbody>\n" },
	[MD_BLOCK_TR] = { "<tr>", "</tr>\n" },
	[MD_BLOCK_TH] = { NULL, "</th>" },
	[MD_BLOCK_TD] = { NULL, "</td>" },
};

static const char *const aligns[] = {
	[MD_ALIGN_DEFAULT] = "",
	[MD_ALIGN_LEFT] = " align=\"left\"",
	[MD_ALIGN_CENTER] = " align=\"center\"",
	[MD_ALIGN_RIGHT] = " align=\"right\"",
};

static void
add_heading(struct renderer *r, const char *bracket, void *detail)
{
	unsigned level = ((MD_BLOCK_H_DETAIL *)detail)->level + HEADING_FIRST -
	    1;

	buf_printf(r->out, "%s%u>", bracket,
	    level < HEADING_LAST ? level : HEADING_LAST);
}

static int
enter_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	struct renderer *r = context;
	unsigned start;

	close_spans(r);
	if (type != MD_BLOCK_DOC && ++r->depth > MARKDOWN_DEPTH_MAX)
		return (int)(r->err = ERR_LIMIT);
	switch (type) {
	case MD_BLOCK_OL:
		start = ((MD_BLOCK_OL_DETAIL *)detail)->start;
		if (start == 1)
			buf_text(r->out, "<ol>\n");
		else
			buf_printf(r->out, "<ol start=\"%u\">\n", start);
		break;
	case MD_BLOCK_H: add_heading(r, "<h", detail); break;
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		if (++r->cells > MARKDOWN_CELLS_MAX)
			return (int)(r->err = ERR_LIMIT);
		buf_text(
		    r->out, type == MD_BLOCK_TH ? "<th scope=\"col\"" : "<td");
		buf_text(r->out, aligns[((MD_BLOCK_TD_DETAIL *)detail)->align]);
		buf_char(r->out, '>');
		break;
	default: buf_text(r->out, blocks[type].open); break;
	}
	return checked(r);
}

static int
leave_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	struct renderer *r = context;

	close_spans(r);
	if (type != MD_BLOCK_DOC)
		r->depth--;
	if (type == MD_BLOCK_H) {
		add_heading(r, "</h", detail);
		buf_char(r->out, '\n');
	} else {
		buf_text(r->out, blocks[type].close);
	}
	return checked(r);
}

/* ---- text ---- */

static int
add_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context)
{
	struct renderer *r = context;
	struct bytes words = { text, size };

	if (size > r->source_size)
		return (int)(r->err = ERR_LIMIT);
	switch (type) {
	case MD_TEXT_BR:
	case MD_TEXT_SOFTBR: buf_text(r->out, "<br>\n"); break;
	case MD_TEXT_NULLCHAR: utf8_add(r->out, UTF8_BAD); break;
	case MD_TEXT_ENTITY:
		buf_clear(&r->title);
		add_entity(&r->title, words);
		markdown_add_text(r->out, buf_get(&r->title), r->links > 0);
		break;
	case MD_TEXT_NORMAL:
		if (r->links == 0) {
			markdown_add_linked(r->out, words, 0, r->limit);
			break;
		}
		/* fall through */
	default: markdown_add_text(r->out, words, r->links > 0); break;
	}
	return checked(r);
}

static const MD_PARSER html_parser = {
	.flags = FLAGS,
	.enter_block = enter_block,
	.leave_block = leave_block,
	.enter_span = enter_span,
	.leave_span = leave_span,
	.text = add_text,
};

/* ---- depth ---- */

static bool
is_blank(const char *p, const char *end)
{
	return p == end || *p == ' ' || *p == '\t';
}

/* "- - -" is a line across the page, not a list in a list in a list. */
static bool
is_rule(const char *p, const char *end)
{
	char c = *p;

	if (c != '-' && c != '*')
		return false;
	while (p < end && (*p == c || *p == ' ' || *p == '\t'))
		p++;
	return p == end;
}

/* Behind the mark of a quote or of a list's item at <p>; NULL if none is. */
static const char *
container_mark(const char *p, const char *end)
{
	const char *from = p;

	if (*p == '>')
		return p + 1;
	if (*p == '-' || *p == '*' || *p == '+')
		return is_blank(p + 1, end) ? p + 1 : NULL;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (p == from || p == end || (*p != '.' && *p != ')'))
		return NULL;
	return is_blank(p + 1, end) ? p + 1 : NULL;
}

/* Some line opens more containers than may be nested: md4c would go through
 * all of them again for each line that follows. */
static bool
is_too_deep(struct bytes source)
{
	while (source.len > 0) {
		struct bytes line = bytes_split(&source, '\n');
		const char *p = line.at, *end = p + line.len;
		int depth = 0;

		while (p != NULL && p < end && depth <= MARKDOWN_DEPTH_MAX) {
			if (*p == ' ' || *p == '\t') {
				p++;
				continue;
			}
			if (is_rule(p, end))
				break;
			p = container_mark(p, end);
			depth += p != NULL;
		}
		if (depth > MARKDOWN_DEPTH_MAX)
			return true;
	}
	return false;
}

/* ---- the renderer ---- */

/* A repaired copy of <source> in <memory>, which the caller gives back: with
 * a line end as its last byte and a NUL behind it. */
static enum err
copy_source(struct buf *memory, struct bytes source, struct bytes *copy)
{
	enum err err = markdown_clean(memory, source);

	if (err != ERR_OK)
		return err;
	buf_char(memory, '\n');
	buf_string(memory);
	*copy = buf_get(memory);
	return memory->failed ? ERR_NOMEM : ERR_OK;
}

static enum err
render(struct buf *out, struct bytes source)
{
	struct renderer r = {
		.out = out,
		.limit = out->len + MARKDOWN_OUTPUT_MAX,
		.source_size = source.len,
		.url = BUF_INIT,
		.title = BUF_INIT,
	};
	int result;

	if (is_too_deep(source))
		return ERR_LIMIT;
	result = md_parse(source.at, (MD_SIZE)source.len, &html_parser, &r);
	buf_release(&r.url);
	buf_release(&r.title);
	/* By itself md4c fails only when memory is exhausted. */
	return result != 0 && r.err == ERR_OK ? ERR_NOMEM : r.err;
}

enum err
markdown_render(struct buf *out, struct bytes source)
{
	struct buf memory = BUF_INIT;
	size_t start = out->len;
	struct bytes text;
	enum err err = out->failed ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = copy_source(&memory, source, &text);
	if (err != ERR_OK)
		goto out;
	err = render(out, text);
	if (err != ERR_OK) {
		out->len = start;
		out->failed = false;
	}
	if (err == ERR_LIMIT)
		err = text_render(out, source);
out:
	buf_release(&memory);
	return err;
}

/* ---- snippets ---- */

struct snippet {
	struct buf words;
	size_t enough; /* bytes */
};

static int
snippet_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	struct snippet *snippet = context;

	(void)type;
	(void)detail;
	buf_char(&snippet->words, ' ');
	return snippet->words.failed || snippet->words.len > snippet->enough;
}

static int
snippet_span(MD_SPANTYPE type, void *detail, void *context)
{
	(void)type;
	(void)detail;
	(void)context;
	return 0;
}

static int
snippet_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context)
{
	struct snippet *snippet = context;
	struct bytes words = { text, size };

	if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
		buf_char(&snippet->words, ' ');
	else if (type == MD_TEXT_ENTITY)
		add_entity(&snippet->words, words);
	else
		buf_bytes(&snippet->words, words);
	return snippet->words.failed || snippet->words.len > snippet->enough;
}

static const MD_PARSER snippet_parser = {
	.flags = FLAGS,
	.enter_block = snippet_block,
	.leave_block = snippet_block,
	.enter_span = snippet_span,
	.leave_span = snippet_span,
	.text = snippet_text,
};

enum err
markdown_snippet(struct buf *out, struct bytes source, size_t max)
{
	struct bytes text = utf8_cut(source, SNIPPET_SOURCE + max);
	struct snippet snippet = { .words = BUF_INIT, .enough = 2 * max + 256 };
	struct buf memory = BUF_INIT;
	size_t start = out->len;
	enum err err = out->failed ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = copy_source(&memory, text, &text);
	if (err != ERR_OK)
		goto out;
	if (is_too_deep(text))
		buf_bytes(&snippet.words, text);
	else if (md_parse(
		     text.at, (MD_SIZE)text.len, &snippet_parser, &snippet) < 0)
		snippet.words.failed = true; /* 1: it had enough */
	if (!snippet.words.failed)
		text_snippet(out, buf_get(&snippet.words), max);
	if (snippet.words.failed || out->failed) {
		err = ERR_NOMEM;
		out->len = start;
		out->failed = false;
	}
out:
	buf_release(&snippet.words);
	buf_release(&memory);
	return err;
}
