/* tests/unit/test_markdown.c - Markdown and plain text into safe HTML. */
#include "config.h"
#include "core/web/markdown.h"
#include "core/base/utf8.h"
#include "tests/tap.h"

#include <stdlib.h>

#define REL " rel=\"nofollow noopener noreferrer\">"

struct pair {
	const char *source, *want;
};

static void
try(enum err (*render)(struct buf *, struct bytes), const struct pair *cases,
    size_t count)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < count; i++) {
		buf_clear(&out);
		CHECK_INT(render(&out, bytes_of(cases[i].source)), ERR_OK);
		CHECK_BYTES(buf_get(&out), cases[i].want);
	}
	buf_release(&out);
}

static void
test_markdown_render__writes_what_it_knows(void)
{
	static const struct pair cases[] = {
		{ "", "" },
		{ "Hello *you* and **all**",
		    "<p>Hello <em>you</em> and "
		    "<strong>all</strong></p>\n" },
		{ "a\nb", "<p>a<br>\nb</p>\n" },
		{ "# Title", "<h3>Title</h3>\n" },
		{ "###### Small", "<h6>Small</h6>\n" },
		{ "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n" },
		{ "3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>\n" },
		{ "> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>\n" },
		{ "`a<b`", "<p><code>a&lt;b</code></p>\n" },
		{ "```\nx & y\n```", "<pre><code>x &amp; y\n</code></pre>\n" },
		{ "~~no~~", "<p><del>no</del></p>\n" },
		{ "a & b &amp; c", "<p>a &amp; b &amp; c</p>\n" },
		{ "|a|b|\n|---|---|\n|c|d|",
		    "<div class=\"table\"><table>\n<thead>\n<tr><th>a</th>"
		    "<th>b</th></tr>\n</thead>\n<tbody>\n<tr><td>c</td>"
		    "<td>d</td></tr>\n</tbody>\n</table></div>\n" },
		{ "[x](https://a.b/?c=d&e)",
		    "<p><a href=\"https://a.b/?c=d"
		    "&amp;e\"" REL "x</a></p>\n" },
		{ "see https://a.b/c",
		    "<p>see <a href=\"https://a.b/c\"" REL
		    "https://a.b/c</a></p>\n" },
		{ "![alt](https://a.b/p.png)",
		    "<p><a href=\"https://a.b/p.png\"" REL "alt</a></p>\n" },
		{ "[![alt](https://a.b/p)](https://c.d/)",
		    "<p><a href=\"https://c.d/\"" REL "alt</a></p>\n" },
	};

	try(markdown_render, cases, sizeof cases / sizeof *cases);
}

static void
test_markdown_render__leaves_out_what_is_not_safe(void)
{
	static const struct pair cases[] = {
		{ "<script>alert(1)</script>",
		    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n" },
		{ "<img src=x onerror=y>",
		    "<p>&lt;img src=x onerror=y&gt;</p>\n" },
		{ "[x](javascript:alert(1))", "<p>x</p>\n" },
		{ "[x](JavaScript:alert)", "<p>x</p>\n" },
		{ "[x](&#106;avascript:alert)", "<p>x</p>\n" },
		{ "[x](data:text/html,y)", "<p>x</p>\n" },
		{ "[x](/relative)", "<p>x</p>\n" },
		{ "[x](//other.host)", "<p>x</p>\n" },
		{ "![x](javascript:y)", "<p>x</p>\n" },
		{ "[![x](https://a.b)](javascript:y)",
		    "<p><a href=\"https://a.b\"" REL "x</a></p>\n" },
		{ "[x](https://a\"onclick=y)",
		    "<p><a href=\"https://a&quot;onclick=y\"" REL
		    "x</a></p>\n" },
		{ "[x](https://a 'title\" onclick=y')",
		    "<p><a href=\"https://a\"" REL "x</a></p>\n" },
		{ "```\" onclick=y\nz\n```", "<pre><code>z\n</code></pre>\n" },
		{ "&lt;script&gt;", "<p>&lt;script&gt;</p>\n" },
	};

	try(markdown_render, cases, sizeof cases / sizeof *cases);
}

static void
test_text_render__keeps_lines_and_links_addresses(void)
{
	static const struct pair cases[] = {
		{ "", "" },
		{ "a\nb\r\n\n\n c", "<p>a<br>\nb</p>\n<p> c</p>\n" },
		{ "*no* <b>&", "<p>*no* &lt;b&gt;&amp;</p>\n" },
		{ "(https://a.b/c).",
		    "<p>(<a href=\"https://a.b/c\"" REL
		    "https://a.b/c</a>).</p>\n" },
		{ "https://a.b/(c)",
		    "<p><a href=\"https://a.b/(c)\"" REL
		    "https://a.b/(c)</a></p>\n" },
		{ "http:// https://", "<p>http:// https://</p>\n" },
		{ "xhttp://a.b", "<p>xhttp://a.b</p>\n" },
		{ "https://a\"b<c",
		    "<p><a href=\"https://a\"" REL "https://a"
		    "</a>&quot;b&lt;c</p>\n" },
		{ "to ann@example.com, or",
		    "<p>to <a href=\"mailto:ann@"
		    "example.com\"" REL "ann@example.com</a>, or</p>\n" },
		{ "a@b @c.d e@ x@y.", "<p>a@b @c.d e@ x@y.</p>\n" },
		{ "a@b.c@d.e",
		    "<p><a href=\"mailto:a@b.c\"" REL "a@b.c</a>@d.e</p>\n" },
		{ "javascript:alert(1)", "<p>javascript:alert(1)</p>\n" },
	};

	try(text_render, cases, sizeof cases / sizeof *cases);
}

/* <count> times <text>. */
static struct buf
repeat(const char *text, size_t count)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < count; i++)
		buf_text(&out, text);
	return out;
}

static void
test_markdown_render__shows_what_is_over_a_limit_as_text(void)
{
	struct buf deep = repeat("> ", 100), wide = repeat("|a", 120);
	struct buf out = BUF_INIT, long_text = repeat("abc ", 70000);

	buf_text(&deep, "deep");
	CHECK_INT(markdown_render(&out, buf_get(&deep)), ERR_OK);
	CHECK(bytes_start_with(buf_get(&out), BYTES("<p>&gt; &gt; ")));
	buf_clear(&out);
	buf_char(&wide, '\n');
	for (int i = 0; i < 120; i++)
		buf_text(&wide, "|---");
	buf_text(&wide, "\n|b");
	CHECK_INT(markdown_render(&out, buf_get(&wide)), ERR_OK);
	CHECK(bytes_start_with(buf_get(&out), BYTES("<div class=\"table\">")));
	buf_clear(&out);
	for (int i = 0; i < 20000; i++)
		buf_text(&wide, "\n|b");
	CHECK_INT(markdown_render(&out, buf_get(&wide)), ERR_OK);
	CHECK(bytes_start_with(buf_get(&out), BYTES("<p>|a|a")));
	buf_clear(&out);
	CHECK_INT(markdown_render(&out, buf_get(&long_text)), ERR_LIMIT);
	CHECK_INT(text_render(&out, buf_get(&long_text)), ERR_LIMIT);
	CHECK_INT(out.len, 0);
	buf_release(&deep);
	buf_release(&wide);
	buf_release(&long_text);
	buf_release(&out);
}

static void
test_markdown_snippet__gives_words_in_one_line(void)
{
	static const struct {
		const char *source;
		size_t max;
		const char *want;
	} cases[] = {
		{ "", 10, "" },
		{ "# Hello\n\n- *you*  and\n- [me](http://x.y)", 100,
		    "Hello you and me" },
		{ "abcdef", 3, "abc" },
		{ "abc def", 4, "abc" },
		{ "äöü", 3, "ä" },
		{ "\n\n  \n", 10, "" },
	};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&out);
		CHECK_INT(markdown_snippet(
			      &out, bytes_of(cases[i].source), cases[i].max),
		    ERR_OK);
		CHECK_BYTES(buf_get(&out), cases[i].want);
		CHECK(utf8_is_valid(buf_get(&out)));
	}
	buf_release(&out);
}

int
main(void)
{
	RUN(test_markdown_render__writes_what_it_knows);
	RUN(test_markdown_render__leaves_out_what_is_not_safe);
	RUN(test_text_render__keeps_lines_and_links_addresses);
	RUN(test_markdown_render__shows_what_is_over_a_limit_as_text);
	RUN(test_markdown_snippet__gives_words_in_one_line);
	return tap_done();
}
