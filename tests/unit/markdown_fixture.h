/* tests/unit/markdown_fixture.h - what tests of Markdown share. */
#ifndef HOOKDESK_TESTS_MARKDOWN_FIXTURE_H
#define HOOKDESK_TESTS_MARKDOWN_FIXTURE_H

#include "core/web/markdown.h"
#include "tests/fuzz/safe_html.h"
#include "tests/tap.h"

#include <stdlib.h>

#define REL " rel=\"nofollow noopener noreferrer\""

typedef enum err render_fn(struct buf *out, struct bytes source);

/* In memory that ends where <text> ends, so that sanitizers see who reads on.
 * free() it. */
static inline struct bytes
exact_copy(struct bytes text)
{
	char *copy = malloc(text.len > 0 ? text.len : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, text.at, text.len);
	return (struct bytes){ copy, text.len };
}

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
