/* core/model/view_search.h - pages of tickets by a filter with words.
 *
 * Only for view.c, which hands such filters on: what search finds and the
 * rest of the filter wants, the best first, whatever order was asked for. A
 * page's cursor counts hits, so what comes in meanwhile may move them.
 */
#ifndef HOOKDESK_MODEL_VIEW_SEARCH_H
#define HOOKDESK_MODEL_VIEW_SEARCH_H

#include "core/model/view.h"

/* As view_list() and view_count(). */
ERR_CHECKED enum err view_search_list(const struct view_reader *reader,
    const struct filter *filter, struct bytes after, size_t limit,
    struct arena *arena, struct view_page *out);
ERR_CHECKED enum err view_search_count(const struct view_reader *reader,
    const struct filter *filter, struct arena *arena, size_t *out);

#endif
