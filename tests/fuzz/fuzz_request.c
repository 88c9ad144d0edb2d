/* tests/fuzz/fuzz_request.c - whatever the parameters, a path is a path.
 *
 * The input is lines: REQUEST_URI, Cookie, If-None-Match, Accept-Language,
 * Content-Type, client address. See fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/web/request.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"
#include "core/web/limit.h"
#include "core/web/multipart.h"
#include "core/web/response.h"
#include "core/web/translate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "REQUEST_URI", "HTTP_COOKIE",
	"HTTP_IF_NONE_MATCH", "HTTP_ACCEPT_LANGUAGE", "CONTENT_TYPE",
	"REMOTE_ADDR" };
#define NAMES (sizeof names / sizeof *names)

static const char *
find_param(void *ctx, const char *name)
{
	char **values = ctx;

	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i], name) == 0)
			return values[i];
	return NULL;
}

static void
check_path(struct bytes path)
{
	if (path.len == 0 || path.at[0] != '/' || !utf8_is_valid(path) ||
	    bytes_find(path, BYTES("//")) != NULL ||
	    bytes_find(path, BYTES("/../")) != NULL)
		abort();
	for (size_t i = 0; i < path.len; i++)
		if ((unsigned char)path.at[i] < 0x20)
			abort();
}

/* What came in may be sent to by mistake: it must stay on this host. */
static void
check_redirect(struct arena *arena, struct bytes to)
{
	struct response response;
	struct bytes head;
	const char *location;

	response_init(&response, arena);
	response_redirect(&response, "/base", to);
	head = response_head(&response);
	location = bytes_find(head, BYTES("\r\nLocation: "));
	if (location == NULL || strncmp(location + 12, "/base/", 6) != 0)
		abort();
	if (location[18] == '/' || location[18] == '\\')
		abort();
}

static void
try(struct arena *arena, char **values)
{
	struct request request = { .arena = arena };
	struct why why;
	char client[48];

	if (request_init(&request, find_param, values, "/support", &why) == 0)
		check_path(request.path);
	if (request_has_etag(&request, BYTES("\"v\"")) &&
	    request.if_none_match.len == 0)
		abort();
	if (translate_negotiate(request_query(&request, "lang"),
		request.accept_language, LANG_EN) >= LANG__COUNT)
		abort();
	if (multipart_boundary(request.content_type).len >
	    MULTIPART_BOUNDARY_MAX)
		abort();
	if (limit_client(request.client, client).len >= sizeof client)
		abort();
	if (values[0] != NULL)
		check_redirect(arena, bytes_of(values[0]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = { (const char *)data, size };
	struct arena *arena = arena_create();
	char *values[NAMES] = { NULL };

	for (size_t i = 0; i < NAMES && rest.at != NULL; i++) {
		struct bytes line = bytes_split(&rest, '\n');

		values[i] = arena_copy(arena, line.at, line.len);
	}
	try(arena, values);
	arena_destroy(arena);
	return 0;
}
