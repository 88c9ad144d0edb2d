/* tests/unit/test_markdown.c - Markdown, plain text and what must not pass. */
#include "config.h"
#include "core/web/markdown.h"
#include "tests/unit/markdown_fixture.h"

struct example {
	const char *source, *html;
};

static void
check_examples(render_fn *fn, const struct example *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf out = BUF_INIT;
		struct bytes source = exact_copy(bytes_of(cases[i].source));
		struct safe_html judge;

		CHECK(fn(&out, source) == ERR_OK);
		free((void *)source.at);
		CHECK_BYTES(buf_get(&out), cases[i].html);
		check_safe(buf_get(&out), &judge);
		buf_release(&out);
	}
}

#define CHECK_EXAMPLES(fn, cases) \
	check_examples(fn, cases, sizeof(cases) / sizeof *(cases))

/* ---- what agents write ---- */

static void
test_markdown_render__common_marks(void)
{
	static const struct example cases[] = {
		{ "", "" },
		{ " \n\n", "" },
		{ "Hello", "<p>Hello</p>\n" },
		{ "a < b & c > d \"e\" 'f'",
		    "<p>a &lt; b &amp; c &gt; d &quot;e&quot; &#39;f&#39;"
		    "</p>\n" },
		{ "Dear Ann,\nthank you.\n\nBest,\nBob",
		    "<p>Dear Ann,<br>\nthank you.</p>\n"
		    "<p>Best,<br>\nBob</p>\n" },
		{ "a  \nb", "<p>a<br>\nb</p>\n" },
		{ "*a* **b** ***c*** _d_ __e__ ~~f~~ `g`",
		    "<p><em>a</em> <strong>b</strong> "
		    "<em><strong>c</strong></em> <em>d</em> "
		    "<strong>e</strong> <del>f</del> <code>g</code></p>\n" },
		{ "some_file_name 2*3*4",
		    "<p>some_file_name 2<em>3</em>4"
		    "</p>\n" },
		{ "\\*a\\*", "<p>*a*</p>\n" },
		{ "# a\n## b\n### c\n#### d\n##### e\n###### f",
		    "<h3>a</h3>\n<h4>b</h4>\n<h5>c</h5>\n<h6>d</h6>\n"
		    "<h6>e</h6>\n<h6>f</h6>\n" },
		{ "a\n===\nb\n---", "<h3>a</h3>\n<h4>b</h4>\n" },
		{ "- a\n- b\n  - c",
		    "<ul>\n<li>a</li>\n<li>b<ul>\n<li>c</li>\n"
		    "</ul>\n</li>\n</ul>\n" },
		{ "1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n" },
		{ "3) a\n\n4) b",
		    "<ol start=\"3\">\n<li><p>a</p>\n</li>\n"
		    "<li><p>b</p>\n</li>\n</ol>\n" },
		{ "> a\n> > b\n\nc",
		    "<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n"
		    "</blockquote>\n</blockquote>\n<p>c</p>\n" },
		{ "```sh\nrm -rf <dir> && *x*\n```",
		    "<pre><code>rm -rf &lt;dir&gt; &amp;&amp; *x*\n"
		    "</code></pre>\n" },
		{ "    indented\n\n    text",
		    "<p>indented</p>\n<p>text</p>\n" },
		{ "a\n\n***\n\nb", "<p>a</p>\n<hr>\n<p>b</p>\n" },
		{ "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
		  "- - - - - - - - -",
		    "<hr>\n" },
		{ "| a | b | c | d |\n|---|:--|:-:|--:|\n| 1 | 2 | 3 | *4* |",
		    "<table>\n<thead>\n<tr><th scope=\"col\">a</th>"
		    "<th scope=\"col\" align=\"left\">b</th>"
		    "<th scope=\"col\" align=\"center\">c</th>"
		    "<th scope=\"col\" align=\"right\">d</th></tr>\n</thead>\n"
		    "<tbody>\n<tr><td>1</td><td align=\"left\">2</td>"
		    "<td align=\"center\">3</td>"
		    "<td align=\"right\"><em>4</em></td></tr>\n"
		    "</tbody>\n</table>\n" },
		{ "&copy; &amp; &euro; &#65;&#x42; &nope; AT&T",
		    "<p>\xc2\xa9 &amp; \xe2\x82\xac AB &amp;nope; AT&amp;T"
		    "</p>\n" },
		{ "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7 **\xe4\xbd\xa0**",
		    "<p>\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7 "
		    "<strong>\xe4\xbd\xa0</strong></p>\n" },
	};

	CHECK_EXAMPLES(markdown_render, cases);
}

static void
test_markdown_render__links(void)
{
	static const struct example cases[] = {
		{ "[a *b*](https://x.org/?a=1&b=2 \"t\")",
		    "<p><a href=\"https://x.org/?a=1&amp;b=2\" title=\"t\"" REL
		    ">a <em>b</em></a></p>\n" },
		{ "[a](<https://x.org/?a=1&amp;b=2>)",
		    "<p><a href=\"https://x.org/?a=1&amp;b=2\"" REL
		    ">a</a></p>\n" },
		{ "[a][1]\n\n[1]: HTTPS://X.org 'it''s'",
		    "<p>[a][1]</p>\n<p>[1]: <a href=\"HTTPS://X.org\"" REL
		    ">HTTPS://X.org</a> &#39;it&#39;&#39;s&#39;</p>\n" },
		{ "[a][1]\n\n[1]: HTTPS://X.org 'its'",
		    "<p><a href=\"HTTPS://X.org\" title=\"its\"" REL
		    ">a</a></p>\n" },
		{ "<https://x.org> <ann@x.org>",
		    "<p><a href=\"https://x.org\"" REL
		    ">https://x.org</a> <a href=\"mailto:ann@x.org\"" REL
		    ">ann@x.org</a></p>\n" },
		{ "See https://x.org/a_b_c, or (www.x.org).",
		    "<p>See <a href=\"https://x.org/a_b_c\"" REL
		    ">https://x.org/a_b_c</a>, or "
		    "(<a href=\"https://www.x.org\"" REL
		    ">www.x.org</a>).</p>\n" },
		{ "**https://x.org** `https://x.org`",
		    "<p><strong><a href=\"https://x.org\"" REL
		    ">https://x.org</a></strong> "
		    "<code>https://x.org</code></p>\n" },
		{ "[](https://x.org)",
		    "<p><a href=\"https://x.org\"" REL
		    ">https://x.org</a></p>\n" },
		{ "[call](tel:+4930123)", "<p>call (tel:+4930123)</p>\n" },
		{ "[how](/kb/how)", "<p>how (/kb/how)</p>\n" },
		{ "![a cat](https://x.org/c.png)",
		    "<p><a href=\"https://x.org/c.png\"" REL
		    ">a cat</a></p>\n" },
		{ "![](https://x.org/c.png)",
		    "<p><a href=\"https://x.org/c.png\"" REL
		    ">https://x.org/c.png</a></p>\n" },
		{ "[![logo](https://x.org/c.png)](https://x.org)",
		    "<p><a href=\"https://x.org\"" REL ">logo</a></p>\n" },
		{ "![a [b](https://b.org) c](https://x.org)",
		    "<p><a href=\"https://x.org\"" REL ">a b c</a></p>\n" },
	};

	CHECK_EXAMPLES(markdown_render, cases);
}

/* ---- what others try ---- */

/* None of these may become a link or an element; the judge sees to that, and
 * here is how they look, as far as that matters. */
static void
test_markdown_render__shows_what_it_may_not_link(void)
{
	static const struct example cases[] = {
		{ "[a](javascript:alert(1))",
		    "<p>a (javascript:alert(1))</p>\n" },
		{ "<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n" },
		{ "<script>alert(1)</script>",
		    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n" },
		{ "<div onclick=x>\n*a*",
		    "<p>&lt;div onclick=x&gt;<br>\n<em>a</em></p>\n" },
		{ "a <!-- b --> <?c?> <![CDATA[d]]>",
		    "<p>a &lt;!-- b --&gt; &lt;?c?&gt; &lt;![CDATA[d]]&gt;"
		    "</p>\n" },
		{ "[a](https://x.org \"\\\" onmouseover=\\\"alert(1)\")",
		    "<p><a href=\"https://x.org\" title=\"&quot; onmouseover="
		    "&quot;alert(1)\"" REL ">a</a></p>\n" },
		{ "[a](https://x.org/\"onclick=\"alert(1))",
		    "<p>a (https://x.org/&quot;onclick=&quot;alert(1))</p>\n" },
		{ "[a](https://bank.example@evil.example/)",
		    "<p>a (https://bank.example@evil.example/)</p>\n" },
		{ "&lt;script&gt; &#60;b&#62;",
		    "<p>&lt;script&gt; &lt;b&gt;</p>\n" },
		{ "```\"><script>\nx\n```", "<pre><code>x\n</code></pre>\n" },
		{ "\xe2\x80\xae"
		  "[\xe2\x80\xaegro.x\xe2\x80\xac](https://x.org)",
		    "<p>\xe2\x80\xae<a href=\"https://x.org\"" REL
		    ">gro.x</a></p>\n" },
		{ "[a](https://x.org/\xe2\x80\xaegpj.exe)",
		    "<p>a (https://x.org/gpj.exe)</p>\n" },
		{ "a&#0;b&#27;c&#x9b;d&#x202e;",
		    "<p>a\xef\xbf\xbd"
		    "bcd\xe2\x80\xae</p>\n" },
	};

	CHECK_EXAMPLES(markdown_render, cases);
}

static void
test_markdown_render__repairs_what_is_no_text(void)
{
	static const char source[] = "a\0b\x01 *c*\r\nd \xff";
	struct buf out = BUF_INIT;

	CHECK(markdown_render(
		  &out, (struct bytes){ source, sizeof source - 1 }) == ERR_OK);
	CHECK_BYTES(
	    buf_get(&out), "<p>ab <em>c</em><br>\nd \xef\xbf\xbd</p>\n");
	buf_release(&out);
}

/* md4c itself looks at one byte more. */
static void
test_markdown_render__reads_no_byte_behind_a_text(void)
{
	static const char memory[] = "[a](b) the neighbour's password";
	static const char *const wants[] = { "", "<p>[</p>\n", "<p>[a</p>\n",
		"<p>[a]</p>\n", "<p>[a](</p>\n", "<p>[a](b</p>\n",
		"<p>a (b)</p>\n" };
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		buf_clear(&out);
		CHECK(markdown_render(&out, (struct bytes){ memory, i }) ==
		    ERR_OK);
		CHECK_BYTES(buf_get(&out), wants[i]);
		buf_clear(&out);
		CHECK(markdown_snippet(&out, (struct bytes){ memory, i }, 80) ==
		    ERR_OK);
		CHECK(out.len <= i);
	}
	buf_release(&out);
}

/* Of an asterisk in a picture's address md4c makes an end of an emphasis, or
 * none at all. */
static void
test_markdown_render__ends_what_it_began(void)
{
	static const struct example cases[] = {
		{ "*a ![b](https://x.org/b*c) d*\n\ne",
		    "<p><em>a <a href=\"https://x.org/b*c\"" REL
		    ">b</a> d*</em></p>\n<p>e</p>\n" },
		{ "| *a ![b](https://x.org/b*c) | d |\n|---|---|",
		    "<table>\n<thead>\n<tr><th scope=\"col\"><em>a "
		    "<a href=\"https://x.org/b*c\"" REL
		    ">b</a></em></th><th scope=\"col\">d</th></tr>\n"
		    "</thead>\n</table>\n" },
	};

	CHECK_EXAMPLES(markdown_render, cases);
}

static void
test_markdown_render__nests_up_to_its_limit(void)
{
	struct buf source = BUF_INIT, out = BUF_INIT;

	for (int i = 0; i < MARKDOWN_DEPTH_MAX - 1; i++)
		buf_char(&source, '>');
	buf_text(&source, "a");
	CHECK(markdown_render(&out, buf_get(&source)) == ERR_OK);
	CHECK(bytes_start_with(buf_get(&out), BYTES("<blockquote>")));
	buf_char(&source, '\n');
	for (int i = 0; i < MARKDOWN_DEPTH_MAX; i++)
		buf_char(&source, '>');
	buf_text(&source, "b\n\n*c*");
	buf_clear(&out);
	CHECK(markdown_render(&out, buf_get(&source)) == ERR_OK);
	CHECK(bytes_start_with(buf_get(&out), BYTES("<p>&gt;&gt;")));
	CHECK(bytes_find(buf_get(&out), BYTES("<p>*c*</p>")) != NULL);
	buf_release(&source);
	buf_release(&out);
}

static void
test_markdown_render__makes_tables_up_to_its_limit(void)
{
	struct buf source = BUF_INIT, out = BUF_INIT;

	buf_text(&source, "|a|b|\n|---|---|");
	for (int i = 2; i < MARKDOWN_CELLS_MAX; i += 2)
		buf_text(&source, "\n|c|d|");
	CHECK(markdown_render(&out, buf_get(&source)) == ERR_OK);
	CHECK(bytes_start_with(buf_get(&out), BYTES("<table>")));
	buf_text(&source, "\n|e|f|");
	buf_clear(&out);
	CHECK(markdown_render(&out, buf_get(&source)) == ERR_OK);
	CHECK(bytes_start_with(buf_get(&out), BYTES("<p>|a|b|<br>\n")));
	CHECK(bytes_find(buf_get(&out), BYTES("|e|f|</p>")) != NULL);
	buf_release(&source);
	buf_release(&out);
}

static void
test_markdown_render__refuses_what_is_too_long(void)
{
	static char source[MARKDOWN_SOURCE_MAX + 1];
	struct bytes all = { source, sizeof source };
	struct bytes most = { source, sizeof source - 1 };
	struct buf out = BUF_INIT;

	memset(source, 'x', sizeof source);
	buf_text(&out, "before");
	CHECK(markdown_render(&out, all) == ERR_LIMIT);
	CHECK(text_render(&out, all) == ERR_LIMIT);
	CHECK_BYTES(buf_get(&out), "before");
	CHECK(!out.failed);
	CHECK(markdown_render(&out, most) == ERR_OK);
	CHECK(out.len > sizeof source);
	CHECK(bytes_start_with(buf_get(&out), BYTES("before<p>x")));
	buf_release(&out);
}

/* ---- plain text ---- */

static void
test_text_render__paragraphs_and_links(void)
{
	static const struct example cases[] = {
		{ "", "" },
		{ "\n \n\t\n", "" },
		{ "a\nb\n\n\nc\n", "<p>a<br>\nb</p>\n<p>c</p>\n" },
		{ "a\r\nb\r\n\r\nc", "<p>a<br>\nb</p>\n<p>c</p>\n" },
		{ "*a* # b <c> & \"d\"",
		    "<p>*a* # b &lt;c&gt; &amp; &quot;d&quot;</p>\n" },
		{ "a  \n  b\n\tc",
		    "<p>a<br>\n\xc2\xa0\xc2\xa0"
		    "b<br>\n\xe2\x80\x83"
		    "c</p>\n" },
		{ "https://x.org",
		    "<p><a href=\"https://x.org\"" REL
		    ">https://x.org</a></p>\n" },
		{ "Http://X.org/a?b=c&d#e.",
		    "<p><a href=\"Http://X.org/a?b=c&amp;d#e\"" REL
		    ">Http://X.org/a?b=c&amp;d#e</a>.</p>\n" },
		{ "(see https://x.org/a_(b))!",
		    "<p>(see <a href=\"https://x.org/a_(b)\"" REL
		    ">https://x.org/a_(b)</a>)!</p>\n" },
		{ "[https://x.org/[a]]",
		    "<p>[<a href=\"https://x.org/[a]\"" REL
		    ">https://x.org/[a]</a>]</p>\n" },
		{ "\"https://x.org\" <https://y.org>",
		    "<p>&quot;<a href=\"https://x.org\"" REL
		    ">https://x.org</a>&quot; &lt;"
		    "<a href=\"https://y.org\"" REL
		    ">https://y.org</a>&gt;</p>\n" },
		{ "\xe8\xaf\xb7\xe7\x9c\x8bhttps://x.org/a\xe3\x80\x82"
		  "b",
		    "<p>\xe8\xaf\xb7\xe7\x9c\x8b<a href=\"https://x.org/a\"" REL
		    ">https://x.org/a</a>\xe3\x80\x82"
		    "b</p>\n" },
		{ "https://x.org/K\xc3\xb6ln",
		    "<p><a href=\"https://x.org/K\xc3\xb6ln\"" REL
		    ">https://x.org/K\xc3\xb6ln</a></p>\n" },
		{ "https://medium.com/@ann",
		    "<p><a href=\"https://medium.com/@ann\"" REL
		    ">https://medium.com/@ann</a></p>\n" },
		{ "ann.b+c@mail.x.org.",
		    "<p><a href=\"mailto:ann.b+c@mail.x.org\"" REL
		    ">ann.b+c@mail.x.org</a>.</p>\n" },
		{ "mailto:ann@x.org",
		    "<p>mailto:<a href=\"mailto:ann@x.org\"" REL
		    ">ann@x.org</a></p>\n" },
		{ "a@b @ann ann@ a@b..cc", "<p>a@b @ann ann@ a@b..cc</p>\n" },
		{ "http:// https://. ftp://x.org xhttp://x.org",
		    "<p>http:// https://. ftp://x.org xhttp://x.org</p>\n" },
		{ "www. www.x awww.x.org", "<p>www. www.x awww.x.org</p>\n" },
		{ "https://a@b.cc/x ann@x.org",
		    "<p>https://a@b.cc/x <a href=\"mailto:ann@x.org\"" REL
		    ">ann@x.org</a></p>\n" },
		{ "javascript:alert(1)", "<p>javascript:alert(1)</p>\n" },
	};

	CHECK_EXAMPLES(text_render, cases);
}

static void
test_text_render__links_what_there_is_room_for(void)
{
	struct buf source = BUF_INIT, out = BUF_INIT;
	struct safe_html judge;

	while (source.len < MARKDOWN_SOURCE_MAX - 8)
		buf_text(&source, "a@b.cc ");
	CHECK(text_render(&out, buf_get(&source)) == ERR_OK);
	check_safe(buf_get(&out), &judge);
	CHECK(judge.links > 1000);
	CHECK(judge.links < source.len / 7);
	CHECK(out.len <= MARKDOWN_OUTPUT_MAX);
	CHECK(bytes_find(buf_get(&out), BYTES(" a@b.cc</p>")) != NULL);
	buf_release(&source);
	buf_release(&out);
}

/* ---- links ---- */

static void
test_link_is_safe__takes_three_schemes(void)
{
	static char longest[2001] = "https://x.org/";
	static const struct {
		const char *url;
		bool want;
	} cases[] = {
		{ "http://x.org", true },
		{ "HTTPS://x.org:8080/a(b)?c=d%20e#f", true },
		{ "https://[::1]/", true },
		{ "https://x.org/?to=a@b.cc", true },
		{ "https://\xe4\xbe\x8b.example/\xc3\xbc", true },
		{ "mailto:a@b.cc?subject=x%20y", true },
		{ "", false },
		{ "x.org", false },
		{ "//x.org", false },
		{ "/x", false },
		{ "http:", false },
		{ "http://", false },
		{ "https:///x.org", false },
		{ "https:x.org", false },
		{ "https://a@x.org", false },
		{ "https://a:b@x.org/", false },
		{ "https://x.org\\@y.org", false },
		{ " https://x.org", false },
		{ "https://x.org ", false },
		{ "https://x.org/a b", false },
		{ "https://x.org/\n", false },
		{ "https://x.org/\x7f", false },
		{ "https://x.org/\xc2\x85", false },
		{ "https://x.org/\xc2\xa0", false },
		{ "https://x.org/\xe2\x80\xae", false },
		{ "https://x.org/\xef\xbb\xbf", false },
		{ "https://x.org/\xf3\xa0\x80\xa1", false },
		{ "https://x.org/\xff", false },
		{ "https://x.org/\"", false },
		{ "https://x.org/<", false },
		{ "mailto:", false },
		{ "javascript:alert(1)", false },
		{ "data:,x", false },
		{ "tel:1", false },
		{ "httpx://x.org", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].url);
		CHECK(link_is_safe(bytes_of(cases[i].url)) == cases[i].want);
	}
	CHECK(!link_is_safe(BYTES("https://x.org/\0x")));
	CHECK(!link_is_safe(BYTES_NONE));
	memset(longest + 14, 'x', sizeof longest - 14);
	CHECK(link_is_safe((struct bytes){ longest, 2000 }));
	CHECK(!link_is_safe((struct bytes){ longest, 2001 }));
}

/* ---- snippets ---- */

static void
test_markdown_snippet__gives_words(void)
{
	static const struct {
		const char *source;
		size_t max;
		const char *want;
	} cases[] = {
		{ "", 80, "" },
		{ "# Hello\n\n*world* of\n`code`", 80, "Hello world of code" },
		{ "- a\n- [b](https://x.org)\n\n> c", 80, "a b c" },
		{ "|a|b|\n|---|---|\n|c|d|", 80, "a b c d" },
		{ "&copy; <b>x</b>", 80, "\xc2\xa9 <b>x</b>" },
		{ "![cat](https://x.org/c.png)", 80, "cat" },
		{ "one two three", 9, "one tw\xe2\x80\xa6" },
		{ "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 6,
		    "\xc3\xa4\xe2\x80\xa6" },
		{ "abc", 3, "abc" },
		{ "abc", 0, "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf out = BUF_INIT;

		buf_text(&out, ">");
		CHECK(markdown_snippet(&out, bytes_of(cases[i].source),
			  cases[i].max) == ERR_OK);
		CHECK_BYTES(
		    ((struct bytes){ out.at + 1, out.len - 1 }), cases[i].want);
		buf_release(&out);
	}
}

int
main(void)
{
	RUN(test_markdown_render__common_marks);
	RUN(test_markdown_render__links);
	RUN(test_markdown_render__shows_what_it_may_not_link);
	RUN(test_markdown_render__repairs_what_is_no_text);
	RUN(test_markdown_render__reads_no_byte_behind_a_text);
	RUN(test_markdown_render__ends_what_it_began);
	RUN(test_markdown_render__nests_up_to_its_limit);
	RUN(test_markdown_render__makes_tables_up_to_its_limit);
	RUN(test_markdown_render__refuses_what_is_too_long);
	RUN(test_text_render__paragraphs_and_links);
	RUN(test_text_render__links_what_there_is_room_for);
	RUN(test_link_is_safe__takes_three_schemes);
	RUN(test_markdown_snippet__gives_words);
	return tap_done();
}
