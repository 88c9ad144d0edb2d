/* tests/unit/markdown_fixture.h - what tests of Markdown share. */
#ifndef HOOKDESK_TESTS_MARKDOWN_FIXTURE_H
#define HOOKDESK_TESTS_MARKDOWN_FIXTURE_H

#include "core/web/markdown.h"
#include "tests/fuzz/safe_html.h"
#include "tests/tap.h"

#define REL " rel=\"nofollow noopener noreferrer\""

typedef enum err render_fn(struct buf *out, struct bytes source);

static inline void
check_safe(struct bytes html, struct safe_html *judge)
{
	const char *fault = safe_html_fault(judge, html);

	if (fault != NULL)
		printf("# %s at %zu: %.*s\n", fault, judge->at,
		    html.len < 2000 ? (int)html.len : 2000, html.at);
	CHECK(fault == NULL);
}

#endif
