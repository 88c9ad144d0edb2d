/* core/web/markdown.h - Markdown and plain text into safe HTML.
 *
 * The only file that knows md4c. Text from outside is data: md4c only parses;
 * the HTML is written here from an allow-list, and every piece of text in it
 * is escaped. Links go to http, https and mailto only, with
 * rel="nofollow noopener noreferrer"; pictures become links; raw HTML is text.
 */
#ifndef HOOKDESK_WEB_MARKDOWN_H
#define HOOKDESK_WEB_MARKDOWN_H

#include "core/base/bytes.h"

struct arena;

/* Raised when the same source gives other HTML, so that stored HTML is made
 * again. */
#define MARKDOWN_RENDERER 1

#define MARKDOWN_SOURCE_MAX (256 * 1024)
#define MARKDOWN_OUTPUT_MAX (2 * 1024 * 1024)
#define MARKDOWN_DEPTH_MAX 32
#define MARKDOWN_CELLS_MAX 2000 /* of all tables together */

/* Render <source> at the end of <out>. What breaks a limit is shown as plain
 * text instead, so nothing is lost. Returns ERR_OK, ERR_LIMIT when <source>,
 * repaired as text_repair() does, is over MARKDOWN_SOURCE_MAX, or ERR_NOMEM;
 * on error <out> is as it was. */
ERR_CHECKED enum err markdown_render(struct buf *out, struct bytes source);

/* Plain text as HTML: paragraphs at empty lines, <br> at others, addresses of
 * web pages and mail made links. Same errors. */
ERR_CHECKED enum err text_render(struct buf *out, struct bytes source);

/* The words of a Markdown text without its marks, in one line, for snippets:
 * at most <max> bytes, with "..." as one character where it is cut. */
ERR_CHECKED enum err markdown_snippet(
    struct buf *out, struct bytes source, size_t max);

/* True for a link that may be shown: http, https or mailto, UTF-8 of at most
 * 2 000 bytes, nothing that cannot be seen (control characters, white space,
 * what turns the direction of writing), no backslash, a host (RFC 3986, 3.2)
 * and no user before it, whose name could pass for the host's. */
bool link_is_safe(struct bytes url);

#endif
