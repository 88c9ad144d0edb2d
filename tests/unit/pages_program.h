/* tests/unit/pages_program.h - a program at the API, for tests of pages. */
#ifndef HOOKDESK_TESTS_PAGES_PROGRAM_H
#define HOOKDESK_TESTS_PAGES_PROGRAM_H

#include "tests/tap.h"
#include "tests/unit/pages_fixture.h"

static struct pages_fixture f;

#define BODY(text) "{" text "}"

static inline int64_t
got_int(const char *name)
{
	int64_t n = -1;

	json_int(json_get(pages_json(&f), name), &n);
	return n;
}

static inline struct bytes
got(const char *name)
{
	return json_text(json_get(pages_json(&f), name));
}

static inline struct bytes
got_error(const char *name)
{
	return json_text(json_get(json_get(pages_json(&f), "error"), name));
}

/* The first item of the list <name> of the answer. */
static inline const struct json *
got_first(const char *name)
{
	return json_first(json_get(pages_json(&f), name));
}

static inline size_t
got_count(const char *name)
{
	return json_count(json_get(pages_json(&f), name));
}

#endif
