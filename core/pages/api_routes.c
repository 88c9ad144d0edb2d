/* core/pages/api_routes.c - the URLs of the API, from its table of calls. */
#include "config.h"
#include "core/pages/api.h"

const struct route api_routes[] = {
#define CALL(method, path, handler, summary, takes, gives, list, status) \
	{ ROUTE_##method, "/api/v1" path, ACCESS_API, api_##handler, true },
#include "core/pages/api.def"
#undef CALL
	{ .pattern = NULL },
};
