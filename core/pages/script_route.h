/* core/pages/script_route.h - /x/...: what scripts offer to programs. */
#ifndef HOOKDESK_PAGES_SCRIPT_ROUTE_H
#define HOOKDESK_PAGES_SCRIPT_ROUTE_H

#include "core/web/route.h"

extern const struct route script_route_routes[];

#endif
