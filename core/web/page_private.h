/* core/web/page_private.h - the way of a request to its page and back.
 *
 * Between site.c, answer.c, page.c and session.c only.
 */
#ifndef HOOKDESK_WEB_PAGE_PRIVATE_H
#define HOOKDESK_WEB_PAGE_PRIVATE_H

#include "core/web/page.h"

struct route_table;

/* answer.c: fill page->response. <page> has its arena, request, response,
 * site, desk, limiter, templates and files. */
void page_answer(struct page *page, const struct route_table *routes,
    request_param *param, void *ctx);

/* page.c: what templates find under every page's names, as far as it is known:
 * the brand, the language, the session. */
void page_root_fill(struct page *page, const struct record *brand);

/* The message that the page before left in a cookie, taken out of it; NULL
 * when there is none, or it was not ours. */
struct page_flash *page_flash_take(struct page *page);

#endif
