/* tests/fuzz/fuzz_markdown.c - whatever the text, the HTML is safe.
 *
 * For libFuzzer:
 *	clang -g -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I. -Ibuild \
 *	    tests/fuzz/fuzz_markdown.c core/web/markdown*.c ...
 * and without it, linked with replay.c, for the corpus in `make check`.
 */
#include "config.h"
#include "core/web/markdown.h"
#include "tests/fuzz/safe_html.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum err render_fn(struct buf *out, struct bytes source);

static void
render(render_fn *fn, struct bytes source)
{
	struct buf out = BUF_INIT;
	struct safe_html judge;
	const char *fault;
	enum err err = fn(&out, source);

	/* What a repair made longer than a text may be is refused. */
	if (err != ERR_OK && err != ERR_LIMIT)
		abort();
	fault = safe_html_fault(&judge, buf_get(&out));
	if (fault == NULL && out.len > MARKDOWN_OUTPUT_MAX)
		fault = "too long";
	if (fault == NULL && judge.cells > MARKDOWN_CELLS_MAX)
		fault = "too many cells";
	if (fault != NULL) {
		fprintf(stderr, "at %zu: %s\n%.*s\n", judge.at, fault,
		    BYTES_ARG(buf_get(&out)));
		abort();
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes source = { (const char *)data, size };
	struct buf line = BUF_INIT;

	render(markdown_render, source);
	render(text_render, source);
	if (markdown_snippet(&line, source, 80) != ERR_OK || line.len > 80 ||
	    (line.len > 0 && !utf8_is_valid(buf_get(&line))))
		abort();
	buf_release(&line);
	return 0;
}
