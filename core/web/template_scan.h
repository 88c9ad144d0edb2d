/* core/web/template_scan.h - the tags of a template, on their way to operations.
 *
 * Between template_scan.c and template_compile.c only.
 */
#ifndef HOOKDESK_WEB_TEMPLATE_SCAN_H
#define HOOKDESK_WEB_TEMPLATE_SCAN_H

#include "core/web/template_private.h"

struct tag {
	char kind;           /* one of "&#^/>{<$!=_nc" or 'v' */
	struct bytes name;   /* what is said inside, trimmed */
	size_t begin, end;   /* in the source, with the delimiters */
	size_t text_begin;   /* of the text before it, */
	size_t text_end;     /* less a standalone line's white space */
	size_t indent;       /* white space before it on its line, */
	bool is_first;       /* with nothing else; is the line's first thing */
	bool is_standalone;  /* its line vanishes */
	bool is_pair_closed; /* $: closed again on the same line */
	uint32_t line;
};

struct compiler {
	struct template_set *set;
	struct template *template;
	struct why *why;
	struct bytes source;
	struct tag *tags; /* the last one is the end of the text: kind 0 */
	size_t tag_count, tag_cap;
	size_t next;
	unsigned depth;
	size_t dedent;  /* white space that block bodies lose per line */
	size_t text;    /* in set->text: what no operation carries yet */
	size_t section; /* the operation of the section closed last */
};

/* White space within a line. */
static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Find all tags of c->source, and the lines that vanish. */
ERR_CHECKED enum err template_scan(struct compiler *c);

/* ERR_INVALID, with the template and <line> in c->why. */
enum err template_fail(struct compiler *c, const char *message, uint32_t line);

#endif
