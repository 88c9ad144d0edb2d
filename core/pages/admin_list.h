/* core/pages/admin_list.h - lists of records for admins. */
#ifndef HOOKDESK_PAGES_ADMIN_LIST_H
#define HOOKDESK_PAGES_ADMIN_LIST_H

#include "core/pages/admin_kinds.h"

struct list_page {
	struct admin_side side;
	struct bytes title, about, new_url, new_label, empty_text;
	struct bytes older_url, newer_url;
	bool has_rows, has_search;
	struct bytes search_url, search_label, query; /* with <has_search> */
	struct view_list columns, rows;
};
extern const struct view_type list_page_type;

/* Fill it with the records that the address asks for: all, those behind a
 * cursor, or those in which the words "q" are found. */
ERR_CHECKED enum err list_find(struct page *page, struct site_read *read,
    const struct admin_kind *kind, struct list_page *data);

/* Columns and rows of <records> for <kind>; their addresses are
 * /admin/<kind->path>/ID. */
ERR_CHECKED enum err list_fill(struct page *page, struct site_read *read,
    const struct admin_kind *kind, const struct record *const *records,
    size_t count, struct list_page *data);

#endif
