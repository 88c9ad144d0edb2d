/* core/web/markdown.c - Markdown into safe HTML, with md4c as the parser.
 *
 * md4c calls for each block and span; what is not in the tables here is not
 * written. The depth of what is open, the cells of tables and the length of
 * the result are counted; over a limit the whole text is shown as plain text.
 */
#include "config.h"
#include "core/web/markdown.h"
#include "core/base/utf8.h"
#include "core/web/markdown_link.h"
#include "core/web/template.h"

#include <md4c.h>

#define FLAGS \
	(MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | \
	    MD_FLAG_PERMISSIVEURLAUTOLINKS | \
	    MD_FLAG_PERMISSIVEEMAILAUTOLINKS | MD_FLAG_NOINDENTEDCODEBLOCKS)

struct renderer {
	struct buf *out;
	size_t begin; /* of our part of <out> */
	unsigned depth;
	unsigned cells;
	uint64_t links; /* a bit for each open link: it was written */
	bool is_over;   /* a limit was hit */
};

static const struct {
	const char *begin, *end;
} blocks[] = {
	[MD_BLOCK_DOC] = { "", "" },
	[MD_BLOCK_QUOTE] = { "<blockquote>\n", "</blockquote>\n" },
	[MD_BLOCK_UL] = { "<ul>\n", "</ul>\n" },
	[MD_BLOCK_OL] = { NULL, "</ol>\n" },
	[MD_BLOCK_LI] = { "<li>", "</li>\n" },
	[MD_BLOCK_HR] = { "<hr>\n", "" },
	[MD_BLOCK_H] = { NULL, NULL },
	[MD_BLOCK_CODE] = { "<pre><code>", "</code></pre>\n" },
	[MD_BLOCK_HTML] = { "", "" },
	[MD_BLOCK_P] = { "<p>", "</p>\n" },
	[MD_BLOCK_TABLE] = { "<div class=\"table\"><table>\n",
	    "</table></div>\n" },
	[MD_BLOCK_THEAD] = { "<thead>\n", "</thead>\n" },
	[MD_BLOCK_TBODY] = { "<tbody>\n", "</tbody>\n" },
	[MD_BLOCK_TR] = { "<tr>", "</tr>\n" },
	[MD_BLOCK_TH] = { "<th>", "</th>" },
	[MD_BLOCK_TD] = { "<td>", "</td>" },
};

static const struct {
	const char *begin, *end;
} spans[] = {
	[MD_SPAN_EM] = { "<em>", "</em>" },
	[MD_SPAN_STRONG] = { "<strong>", "</strong>" },
	[MD_SPAN_A] = { NULL, NULL },
	[MD_SPAN_IMG] = { NULL, NULL },
	[MD_SPAN_CODE] = { "<code>", "</code>" },
	[MD_SPAN_DEL] = { "<del>", "</del>" },
};

/* Not 0 stops md4c. */
static int
check(struct renderer *r)
{
	if (r->out->len - r->begin > MARKDOWN_OUTPUT_MAX)
		r->is_over = true;
	return r->is_over || r->out->failed;
}

static int
deeper(struct renderer *r)
{
	if (++r->depth > MARKDOWN_DEPTH_MAX)
		r->is_over = true;
	return check(r);
}

static void
heading(struct renderer *r, const MD_BLOCK_H_DETAIL *detail, bool is_end)
{
	/* The page's own headings come before those of a text in it. */
	unsigned level = detail->level + 2 < 6 ? detail->level + 2 : 6;

	buf_printf(r->out, is_end ? "</h%u>\n" : "<h%u>", level);
}

static int
on_block_begin(MD_BLOCKTYPE type, void *detail, void *ctx)
{
	struct renderer *r = ctx;

	if ((type == MD_BLOCK_TH || type == MD_BLOCK_TD) &&
	    ++r->cells > MARKDOWN_CELLS_MAX)
		r->is_over = true;
	if (type == MD_BLOCK_H) {
		heading(r, detail, false);
	} else if (type == MD_BLOCK_OL) {
		unsigned start = ((MD_BLOCK_OL_DETAIL *)detail)->start;

		if (start == 1)
			buf_text(r->out, "<ol>\n");
		else
			buf_printf(r->out, "<ol start=\"%u\">\n", start);
	} else if ((size_t)type < sizeof blocks / sizeof *blocks) {
		buf_text(r->out, blocks[type].begin);
	}
	return deeper(r);
}

static int
on_block_end(MD_BLOCKTYPE type, void *detail, void *ctx)
{
	struct renderer *r = ctx;

	r->depth--;
	if (type == MD_BLOCK_H)
		heading(r, detail, true);
	else if ((size_t)type < sizeof blocks / sizeof *blocks)
		buf_text(r->out, blocks[type].end);
	return check(r);
}

/* An address that may not be linked is shown by its text alone, and so is a
 * picture within a link. Addresses are written as they were checked: entities
 * in them are not decoded. */
static void
open_link(struct renderer *r, const MD_ATTRIBUTE *address)
{
	struct bytes url = { address->text, address->size };
	bool is_written = r->links == 0 && link_is_safe(url);

	r->links = r->links << 1 | is_written;
	if (is_written)
		link_begin(r->out, BYTES_NONE, url);
}

static void
close_link(struct renderer *r)
{
	if ((r->links & 1) != 0)
		buf_text(r->out, "</a>");
	r->links >>= 1;
}

static int
on_span_begin(MD_SPANTYPE type, void *detail, void *ctx)
{
	struct renderer *r = ctx;

	if (type == MD_SPAN_A)
		open_link(r, &((MD_SPAN_A_DETAIL *)detail)->href);
	else if (type == MD_SPAN_IMG) /* it would tell who reads, and when */
		open_link(r, &((MD_SPAN_IMG_DETAIL *)detail)->src);
	else if ((size_t)type < sizeof spans / sizeof *spans)
		buf_text(r->out, spans[type].begin);
	return deeper(r);
}

static int
on_span_end(MD_SPANTYPE type, void *detail, void *ctx)
{
	struct renderer *r = ctx;

	(void)detail;
	r->depth--;
	if (type == MD_SPAN_A || type == MD_SPAN_IMG)
		close_link(r);
	else if ((size_t)type < sizeof spans / sizeof *spans)
		buf_text(r->out, spans[type].end);
	return check(r);
}

static int
on_text(MD_TEXTTYPE type, const MD_CHAR *at, MD_SIZE size, void *ctx)
{
	struct renderer *r = ctx;
	struct bytes text = { at, size };

	switch (type) {
	case MD_TEXT_NULLCHAR: buf_text(r->out, "\xef\xbf\xbd"); break;
	case MD_TEXT_BR:
	case MD_TEXT_SOFTBR: buf_text(r->out, "<br>\n"); break;
	case MD_TEXT_ENTITY: buf_bytes(r->out, text); break;
	default: html_escape(r->out, text); break;
	}
	return check(r);
}

enum err
markdown_render(struct buf *out, struct bytes source)
{
	static const MD_PARSER parser = { 0, FLAGS, on_block_begin,
		on_block_end, on_span_begin, on_span_end, on_text, NULL, NULL };
	struct renderer r = { .out = out, .begin = out->len };
	int stopped;

	if (source.len > MARKDOWN_SOURCE_MAX)
		return ERR_LIMIT;
	stopped = md_parse(source.at != NULL ? source.at : "",
	    (MD_SIZE)source.len, &parser, &r);
	if (out->failed || (stopped != 0 && !r.is_over)) {
		out->len = r.begin;
		return ERR_NOMEM;
	}
	if (!r.is_over)
		return ERR_OK;
	out->len = r.begin;
	return text_render(out, source);
}

/* ---- the words alone ---- */

struct snippet {
	struct buf *out;
	size_t begin, end; /* of our part of <out>, at most */
	bool is_full;
};

/* Runs of white space become one space. */
static int
add_words(struct snippet *s, struct bytes text)
{
	for (size_t i = 0; i < text.len && !s->is_full; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c <= 0x20 || c == 0x7f) {
			if (s->out->len == s->end)
				s->is_full = true;
			else if (s->out->len > s->begin &&
			    s->out->at[s->out->len - 1] != ' ')
				buf_char(s->out, ' ');
		} else if (s->out->len < s->end) {
			buf_char(s->out, (char)c);
		} else {
			s->is_full = true;
		}
	}
	return s->is_full || s->out->failed;
}

static int
snippet_block(MD_BLOCKTYPE type, void *detail, void *ctx)
{
	(void)type;
	(void)detail;
	return add_words(ctx, BYTES(" "));
}

static int
snippet_span(MD_SPANTYPE type, void *detail, void *ctx)
{
	(void)type;
	(void)detail;
	(void)ctx;
	return 0;
}

static int
snippet_text(MD_TEXTTYPE type, const MD_CHAR *at, MD_SIZE size, void *ctx)
{
	if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR ||
	    type == MD_TEXT_NULLCHAR)
		return add_words(ctx, BYTES(" "));
	return add_words(ctx, (struct bytes){ at, size });
}

enum err
markdown_snippet(struct buf *out, struct bytes source, size_t max)
{
	static const MD_PARSER parser = { 0, FLAGS, snippet_block,
		snippet_block, snippet_span, snippet_span, snippet_text, NULL,
		NULL };
	struct snippet s = {
		.out = out, .begin = out->len, .end = out->len + max
	};
	struct bytes words;

	if (source.len > MARKDOWN_SOURCE_MAX)
		source = utf8_cut(source, MARKDOWN_SOURCE_MAX);
	if (md_parse(source.at != NULL ? source.at : "", (MD_SIZE)source.len,
		&parser, &s) != 0 &&
	    !s.is_full)
		out->failed = true;
	if (out->failed) {
		out->len = s.begin;
		return ERR_NOMEM;
	}
	words = utf8_cut(
	    (struct bytes){ out->at + s.begin, out->len - s.begin }, max);
	/* A character may have been cut at the end of the room. */
	while (words.len > 0 && !utf8_is_valid(words))
		words.len--;
	while (words.len > 0 && words.at[words.len - 1] == ' ')
		words.len--;
	out->len = s.begin + words.len;
	return ERR_OK;
}
