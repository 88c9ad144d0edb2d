/* core/web/markdown_private.h - what Markdown and plain text share.
 *
 * For markdown*.c only.
 */
#ifndef HOOKDESK_WEB_MARKDOWN_PRIVATE_H
#define HOOKDESK_WEB_MARKDOWN_PRIVATE_H

#include "core/base/bytes.h"

/* Add <source>, repaired (text_repair), to <memory>, which is empty and which
 * the caller gives back. ERR_LIMIT when one of both is over
 * MARKDOWN_SOURCE_MAX, ERR_NOMEM. */
ERR_CHECKED enum err markdown_clean(struct buf *memory, struct bytes source);

/* Add <text> escaped. Control characters are left out, and, when it stands in
 * a link, what turns the direction of writing: a link's words shall not read
 * as another address. */
void markdown_add_text(struct buf *out, struct bytes text, bool is_link);

/* <a href=...>, for a <url> that link_is_safe(). <title> may be empty. */
void markdown_open_link(struct buf *out, struct bytes url, struct bytes title);

/* Add <text> escaped, its addresses of web pages and mail made links as long
 * as the whole of it and <rest> bytes after it, escaped, stay in the first
 * <limit> bytes of <out>. */
void markdown_add_linked(
    struct buf *out, struct bytes text, size_t rest, size_t limit);

#endif
