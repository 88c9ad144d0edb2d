/* core/web/markdown_link.h - links as texts show them: markdown*.c only. */
#ifndef HOOKDESK_WEB_MARKDOWN_LINK_H
#define HOOKDESK_WEB_MARKDOWN_LINK_H

#include "core/base/bytes.h"

/* Add <a ...> to <scheme> and <url>, which were found to be safe. */
void link_begin(struct buf *out, struct bytes scheme, struct bytes url);

#endif
