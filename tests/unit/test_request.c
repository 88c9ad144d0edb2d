/* tests/unit/test_request.c - requests from parameters, and their limits. */
#include "config.h"
#include "core/web/request.h"
#include "core/base/arena.h"
#include "tests/tap.h"

#include <stdlib.h>

/* Parameters as NAME, value, NAME, value ..., NULL. */
static const char *
find_param(void *ctx, const char *name)
{
	const char *const *at = ctx;

	for (; at[0] != NULL; at += 2)
		if (strcmp(at[0], name) == 0)
			return at[1];
	return NULL;
}

static struct arena *arena;

static int
init(struct request *request, const char **params, const char *base)
{
	*request = (struct request){ .arena = arena };
	return request_init(
	    request, find_param, (void *)(uintptr_t)params, base, NULL);
}

static void
test_request_init__finds_the_path_below_its_mount_point(void)
{
	static const struct {
		const char *uri, *base;
		int status;
		const char *path, *query;
	} cases[] = {
		{ "/", "", 0, "/", "" },
		{ "/t/abc?x=1", "", 0, "/t/abc", "x=1" },
		{ "/support", "/support", 0, "/", "" },
		{ "/support/", "/support", 0, "/", "" },
		{ "/support/new?a", "/support", 0, "/new", "a" },
		{ "/supporter", "/support", 404, NULL, NULL },
		{ "/other", "/support", 404, NULL, NULL },
		{ "/a%20b/%C3%BC", "", 0, "/a b/\xc3\xbc", "" },
		{ "/a+b", "", 0, "/a+b", "" },
		{ "/a%2Fb", "", 0, "/a/b", "" },
		{ "/a%zz", "", 400, NULL, NULL },
		{ "/a%2", "", 400, NULL, NULL },
		{ "/a%00b", "", 400, NULL, NULL },
		{ "/a%0Ab", "", 400, NULL, NULL },
		{ "/a%FFb", "", 400, NULL, NULL },
		{ "/../etc", "", 400, NULL, NULL },
		{ "/a/%2e%2e/b", "", 400, NULL, NULL },
		{ "/a/./b", "", 400, NULL, NULL },
		{ "/a//b", "", 400, NULL, NULL },
		{ "/a//", "", 400, NULL, NULL },
		{ "//host/b", "", 400, NULL, NULL },
		{ "/a/", "", 0, "/a/", "" },
		{ "relative", "", 400, NULL, NULL },
		{ "https://host/x", "", 400, NULL, NULL },
		{ "/?x=%", "", 400, NULL, NULL },
		{ "/?x=%00", "", 400, NULL, NULL },
	};

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *params[] = { "REQUEST_URI", cases[i].uri, NULL };
		struct request request;
		int status = init(&request, params, cases[i].base);

		printf("# %s below %s\n", cases[i].uri, cases[i].base);
		CHECK_INT(status, cases[i].status);
		if (status != 0)
			continue;
		CHECK_BYTES(request.path, cases[i].path);
		CHECK_BYTES(request.raw_query, cases[i].query);
	}
	arena_destroy(arena);
}

static void
test_request_init__falls_back_to_cgi_names(void)
{
	const char *params[] = { "SCRIPT_NAME", "/support", "PATH_INFO",
		"/t/a%b", "QUERY_STRING", "q=1", "REQUEST_METHOD", "HEAD",
		NULL };
	struct request request;

	arena = arena_create();
	CHECK_INT(init(&request, params, "/support"), 0);
	CHECK_BYTES(request.path, "/t/a%b"); /* decoded by the server */
	CHECK_BYTES(request_query(&request, "q"), "1");
	CHECK_INT(request.method, METHOD_HEAD);
	CHECK_INT(strlen(request.id), 12);
	arena_destroy(arena);
}

static void
test_request_init__reads_headers_and_cookies(void)
{
	const char *params[] = { "REQUEST_URI", "/?a=1&b=x+y&a=2&c&%20d=%26",
		"REQUEST_METHOD", "POST", "CONTENT_LENGTH", "12", "HTTPS", "on",
		"HTTP_COOKIE", "a=1; hd=\"quoted\"; bad; =x; b=2=3",
		"HTTP_ORIGIN", "https://a.b", "REMOTE_ADDR", "2001:db8::1",
		"HOOKDESK_SITE", "acme", NULL };
	struct request request;

	arena = arena_create();
	CHECK_INT(init(&request, params, ""), 0);
	CHECK_INT(request.method, METHOD_POST);
	CHECK_INT(request.content_length, 12);
	CHECK(request.is_https);
	CHECK_INT(request.query.count, 5);
	CHECK_BYTES(request_query(&request, "a"), "1");
	CHECK_BYTES(request_query(&request, "b"), "x y");
	CHECK_BYTES(request_query(&request, " d"), "&");
	CHECK(params_has(&request.query, "c"));
	CHECK(!params_has(&request.query, "d"));
	CHECK_INT(params_int(&request.query, "a", 7), 1);
	CHECK_INT(params_int(&request.query, "b", 7), 7);
	CHECK_INT(request.cookies.count, 3);
	CHECK_BYTES(request_cookie(&request, "hd"), "quoted");
	CHECK_BYTES(request_cookie(&request, "b"), "2=3");
	CHECK_BYTES(request.origin, "https://a.b");
	CHECK_BYTES(request.client, "2001:db8::1");
	CHECK_BYTES(request.site, "acme");
	CHECK_INT(request.user_agent.len, 0);
	arena_destroy(arena);
}

static char *
filled(const char *before, size_t len)
{
	char *text = malloc(strlen(before) + len + 1);

	strcpy(text, before);
	memset(text + strlen(before), 'x', len);
	text[strlen(before) + len] = '\0';
	return text;
}

static void
test_request_init__refuses_what_is_too_long_or_odd(void)
{
	char *uri = filled("/", REQUEST_URI_MAX);
	char *value = filled("", REQUEST_HEADER_MAX + 1);
	struct buf many = BUF_INIT;
	struct request request;

	arena = arena_create();
	for (int i = 0; i <= REQUEST_PARAMS_MAX; i++)
		buf_text(&many, i == 0 ? "/?a" : "&a");
	{
		const char *const cases[][3] = {
			{ "REQUEST_URI", uri, "414" },
			{ "HTTP_USER_AGENT", value, "431" },
			{ "HTTP_COOKIE", value, "431" },
			{ "HTTP_REFERER", "a\nb", "400" },
			{ "CONTENT_LENGTH", "-1", "400" },
			{ "CONTENT_LENGTH", "1x", "400" },
			{ "CONTENT_LENGTH", "99999999999999999999", "400" },
			{ "REQUEST_URI", buf_string(&many), "400" },
		};

		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			const char *params[] = { cases[i][0], cases[i][1],
				"REQUEST_URI", "/", NULL };

			printf("# %s\n", cases[i][0]);
			CHECK_INT(
			    init(&request, params, ""), atoi(cases[i][2]));
		}
	}
	buf_release(&many);
	free(uri);
	free(value);
	arena_destroy(arena);
}

static void
test_url_encode__is_undone_by_url_decode(void)
{
	char all[256];
	struct buf out = BUF_INIT;
	struct bytes back;

	arena = arena_create();
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	url_encode(&out, (struct bytes){ all, sizeof all });
	CHECK(url_decode(arena, buf_get(&out), true, &back));
	CHECK(bytes_equal(back, (struct bytes){ all, sizeof all }));
	for (size_t i = 0; i < out.len; i++)
		CHECK(out.at[i] > 0x20 && out.at[i] < 0x7f &&
		    strchr("&=+\"'<>/?#", out.at[i]) == NULL);
	buf_release(&out);
	arena_destroy(arena);
}

static void
test_request_has_etag__compares_weakly(void)
{
	static const struct {
		const char *header;
		bool want;
	} cases[] = {
		{ "", false },
		{ "\"v1\"", true },
		{ "W/\"v1\"", true },
		{ "\"a\", W/\"v1\" ,\"b\"", true },
		{ "*", true },
		{ "\"v2\"", false },
		{ "v1", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct request request = { .if_none_match = bytes_of(
					       cases[i].header) };

		CHECK(request_has_etag(&request, BYTES("\"v1\"")) ==
		    cases[i].want);
	}
}

struct source {
	const char *text;
	size_t left;
};

static long
read_source(void *ctx, char *at, size_t size)
{
	struct source *source = ctx;

	if (size > 3)
		size = 3;
	if (size > source->left)
		size = source->left;
	memcpy(at, source->text, size);
	source->text += size;
	source->left -= size;
	return size > 0 ? (long)size : -1;
}

static void
test_request_read_body__reads_it_whole_or_not(void)
{
	struct source source = { "hello world", 11 };
	struct request request = { .content_length = 11,
		.body = { read_source, &source } };
	struct bytes body;

	request.arena = arena = arena_create();
	CHECK_INT(request_read_body(&request, 10, &body), 413);
	CHECK_INT(request_read_body(&request, 11, &body), 0);
	CHECK_BYTES(body, "hello world");
	source = (struct source){ "hello", 5 };
	CHECK_INT(request_read_body(&request, 100, &body), 400);
	arena_destroy(arena);
}

int
main(void)
{
	RUN(test_request_init__finds_the_path_below_its_mount_point);
	RUN(test_request_init__falls_back_to_cgi_names);
	RUN(test_request_init__reads_headers_and_cookies);
	RUN(test_request_init__refuses_what_is_too_long_or_odd);
	RUN(test_url_encode__is_undone_by_url_decode);
	RUN(test_request_has_etag__compares_weakly);
	RUN(test_request_read_body__reads_it_whole_or_not);
	return tap_done();
}
