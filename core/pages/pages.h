/* core/pages/pages.h - all URLs: the tables of every page, for the router. */
#ifndef HOOKDESK_PAGES_PAGES_H
#define HOOKDESK_PAGES_PAGES_H

#include "core/web/route.h"

/* The lists of route.h, page_routes_count of them. */
extern const struct route *const page_routes[];
extern const size_t page_routes_count;

#endif
