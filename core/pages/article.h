/* core/pages/article.h - articles as customers find them in lists. */
#ifndef HOOKDESK_PAGES_ARTICLE_H
#define HOOKDESK_PAGES_ARTICLE_H

#include "core/pages/common.h"

struct article_row {
	struct bytes url, title;
	struct bytes about;   /* its first words */
	struct bytes snippet; /* safe HTML: the part that was found, marked */
	/* not shown */
	int64_t helped;
	int64_t updated_us;
};
extern const struct view_type article_row_type;

/* The published articles in the page's language that helped most, at most
 * <limit>. */
ERR_CHECKED enum err articles_popular(struct page *page, struct site_read *read,
    size_t limit, struct view_list *out);

/* The published articles in which <words> are found, the best first; those in
 * the page's language come before others. */
ERR_CHECKED enum err articles_find(struct page *page, struct site_read *read,
    struct bytes words, size_t limit, struct view_list *out);

/* Put the article <id> first in <list>, which articles_find() made, at most
 * <limit> of them; nothing where readers of this page may not read it. */
ERR_CHECKED enum err articles_put_first(struct page *page,
    struct site_read *read, uint64_t id, size_t limit, struct view_list *list);

#endif
