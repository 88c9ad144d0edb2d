/* tests/unit/test_route.c - URLs to pages, static files, and how often. */
#include "config.h"
#include "core/web/route.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/web/limit.h"
#include "core/web/response.h"
#include "core/web/static.h"
#include "tests/tap.h"

#include <stdio.h>

static int
handle(struct page *page)
{
	(void)page;
	return 0;
}

static const struct route routes[] = {
	{ ROUTE_GET, "/", ACCESS_PUBLIC, handle },
	{ ROUTE_GET | ROUTE_POST, "/new", ACCESS_PUBLIC, handle },
	{ ROUTE_GET, "/new/{form}", ACCESS_PUBLIC, handle },
	{ ROUTE_GET, "/t/{token}", ACCESS_PUBLIC, handle },
	{ ROUTE_POST, "/t/{token}/reply", ACCESS_PUBLIC, handle },
	{ ROUTE_GET, "/t/{token}/file/{id}/{name}", ACCESS_PUBLIC, handle },
	{ ROUTE_GET, "/agent/t/{number}", ACCESS_AGENT, handle },
	{ ROUTE_GET, "/agent/t/new", ACCESS_AGENT, handle },
	{ ROUTE_GET, "/agent/{rest*}", ACCESS_AGENT, handle },
	{ ROUTE_POST, "/agent/t/{number}", ACCESS_AGENT, handle },
	{ 0 },
};

static void
test_route_find__finds_the_closest(void)
{
	static const struct {
		enum method method;
		const char *path;
		int status;
		int route;
		const char *name, *value;
	} cases[] = {
		{ METHOD_GET, "/", 0, 0, NULL, NULL },
		{ METHOD_HEAD, "/", 0, 0, NULL, NULL },
		{ METHOD_POST, "/new", 0, 1, NULL, NULL },
		{ METHOD_GET, "/new/", 0, 1, NULL, NULL },
		{ METHOD_GET, "/new/bug", 0, 2, "form", "bug" },
		{ METHOD_GET, "/t/abc", 0, 3, "token", "abc" },
		{ METHOD_POST, "/t/abc/reply", 0, 4, "token", "abc" },
		{ METHOD_GET, "/t/abc/file/7/a.txt", 0, 5, "name", "a.txt" },
		{ METHOD_GET, "/agent/t/12", 0, 6, "number", "12" },
		{ METHOD_GET, "/agent/t/new", 0, 7, NULL, NULL },
		{ METHOD_POST, "/agent/t/12", 0, 9, "number", "12" },
		{ METHOD_GET, "/agent/x/y/z", 0, 8, "rest", "x/y/z" },
		{ METHOD_GET, "/agent/t/12/x", 0, 8, "rest", "t/12/x" },
		{ METHOD_GET, "/t/abc/reply", 405, 0, NULL, NULL },
		{ METHOD_DELETE, "/new", 405, 0, NULL, NULL },
		{ METHOD_OTHER, "/", 405, 0, NULL, NULL },
		{ METHOD_GET, "/nothing", 404, 0, NULL, NULL },
		{ METHOD_GET, "/t", 404, 0, NULL, NULL },
		{ METHOD_GET, "/agent", 404, 0, NULL, NULL },
	};
	const struct route *lists[] = { routes };
	struct route_table *table = NULL;
	struct arena *arena = arena_create();

	CHECK_INT(route_table_create(lists, 1, NULL, &table), ERR_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct request request = { .arena = arena,
			.method = cases[i].method,
			.path = bytes_of(cases[i].path) };
		const struct route *route = NULL;
		unsigned allow = 0;

		printf("# %s\n", cases[i].path);
		CHECK_INT(route_find(table, &request, &route, &allow),
		    cases[i].status);
		if (cases[i].status == 0)
			CHECK_INT(route - routes, cases[i].route);
		if (cases[i].name != NULL)
			CHECK_BYTES(request_route(&request, cases[i].name),
			    cases[i].value);
		CHECK((allow != 0) == (cases[i].status == 405));
	}
	route_table_destroy(table);
	arena_destroy(arena);
}

static void
test_route_table_create__finds_our_own_mistakes(void)
{
	static const struct route bad[][3] = {
		{ { ROUTE_GET, "/a/{x}", ACCESS_PUBLIC, handle },
		    { ROUTE_GET | ROUTE_POST, "/a/{x}", ACCESS_PUBLIC, handle },
		    { 0 } },
		{ { ROUTE_GET, "a", ACCESS_PUBLIC, handle }, { 0 } },
		{ { ROUTE_GET, "/a//b", ACCESS_PUBLIC, handle }, { 0 } },
		{ { ROUTE_GET, "/{r*}/b", ACCESS_PUBLIC, handle }, { 0 } },
		{ { ROUTE_GET, "/a", ACCESS_PUBLIC, NULL }, { 0 } },
		{ { 0, "/a", ACCESS_PUBLIC, handle }, { 0 } },
		{ { ROUTE_GET, "/{a}/{b}/{c}/{d}/{e}", ACCESS_PUBLIC, handle },
		    { 0 } },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct route *lists[] = { bad[i] };
		struct route_table *table = NULL;
		struct why why = { .message = "" };

		CHECK_INT(
		    route_table_create(lists, 1, &why, &table), ERR_INVALID);
		CHECK(table == NULL && why.name[0] != '\0');
	}
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[600];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	CHECK_INT(file_replace(path, 0644, bytes_of(text), NULL), ERR_OK);
}

static void
test_static_answer__serves_from_memory(void)
{
	static const struct {
		const char *path;
		int status;
		const char *body, *type;
	} cases[] = {
		{ "css/a.css", 0, "a {}", "text/css;charset=utf-8" },
		{ "css/b.css", 0, "theirs", "text/css;charset=utf-8" },
		{ "js/x.js", 0, "x()", "text/javascript;charset=utf-8" },
		{ "css/none.css", 404, NULL, NULL },
		{ "css/../css/a.css", 404, NULL, NULL },
		{ "css/secret.txt", 404, NULL, NULL },
		{ "css", 404, NULL, NULL },
		{ "", 404, NULL, NULL },
	};
	char share[256], site[256], folder[300];
	struct static_set *set = NULL, *other = NULL;
	struct arena *arena = arena_create();

	CHECK_INT(file_temp_folder(share, sizeof share), ERR_OK);
	CHECK_INT(file_temp_folder(site, sizeof site), ERR_OK);
	snprintf(folder, sizeof folder, "%s/css", share);
	CHECK_INT(file_make_folders(folder, 0755, NULL), ERR_OK);
	snprintf(folder, sizeof folder, "%s/js", share);
	CHECK_INT(file_make_folders(folder, 0755, NULL), ERR_OK);
	snprintf(folder, sizeof folder, "%s/css", site);
	CHECK_INT(file_make_folders(folder, 0755, NULL), ERR_OK);
	write_file(share, "css/a.css", "a {}");
	write_file(share, "css/b.css", "ours");
	write_file(share, "css/secret.txt", "no");
	write_file(share, "js/x.js", "x()");
	CHECK_INT(static_set_load(share, site, NULL, &other), ERR_OK);
	write_file(site, "css/b.css", "theirs");
	CHECK_INT(static_set_load(share, site, NULL, &set), ERR_OK);
	CHECK(!bytes_equal(static_version(set), static_version(other)));
	CHECK(static_has(set, "css/a.css") && !static_has(set, "css/z.css"));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct request request = { .arena = arena };
		struct response response;

		response_init(&response, arena);
		CHECK_INT(static_answer(set, &request, bytes_of(cases[i].path),
			      &response),
		    cases[i].status);
		if (cases[i].status != 0)
			continue;
		CHECK_BYTES(buf_get(&response.body), cases[i].body);
		CHECK_BYTES(response.type, cases[i].type);
		CHECK_BYTES(bytes_of(response.cache), "public, no-cache");
	}
	{
		struct param v = { BYTES("v"), static_version(set) };
		struct request request = { .arena = arena, .query = { &v, 1 } };
		struct response response;

		response_init(&response, arena);
		CHECK_INT(
		    static_answer(set, &request, BYTES("js/x.js"), &response),
		    0);
		CHECK_BYTES(bytes_of(response.cache),
		    "public, max-age=31536000, immutable");
	}
	static_set_release(set);
	static_set_release(other);
	CHECK_INT(file_remove_tree(share), ERR_OK);
	CHECK_INT(file_remove_tree(site), ERR_OK);
	arena_destroy(arena);
}

static void
test_limit_take__lets_a_burst_through_and_then_some(void)
{
	static const struct limit tries = { "sign-in", 3, 10000 };
	static const struct limit forms = { "form", 3, 10000 };
	struct limiter *limiter = limiter_create(100);
	struct bytes site = BYTES("s"), ann = BYTES("ann"), bob = BYTES("bob");
	int64_t now = 5000000;

	for (int i = 0; i < 3; i++)
		CHECK_INT(limit_take(limiter, &tries, site, ann, now), 0);
	CHECK_INT(limit_take(limiter, &tries, site, ann, now), 10);
	CHECK_INT(limit_take(limiter, &tries, site, ann, now + 4000), 6);
	CHECK_INT(limit_take(limiter, &tries, site, bob, now), 0);
	CHECK_INT(limit_take(limiter, &forms, site, ann, now), 0);
	CHECK_INT(limit_take(limiter, &tries, BYTES("t"), ann, now), 0);
	CHECK_INT(limit_take(limiter, &tries, site, ann, now + 10000), 0);
	CHECK(limit_take(limiter, &tries, site, ann, now + 10000) > 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT(
		    limit_take(limiter, &tries, site, ann, now + 99999), 0);
	CHECK(limit_take(limiter, &tries, site, ann, now + 99999) > 0);
	limiter_destroy(limiter);
}

static void
test_limit_take__forgets_the_quiet_when_it_is_full(void)
{
	static const struct limit tries = { "sign-in", 1, 1000000 };
	struct limiter *limiter = limiter_create(64);
	int blocked = 0;

	for (int i = 0; i < 10000; i++) {
		char key[16];

		snprintf(key, sizeof key, "%d", i);
		CHECK_INT(limit_take(limiter, &tries, BYTES("s"), bytes_of(key),
			      1000 + i),
		    0);
		/* The one just seen is not forgotten. */
		blocked += limit_take(limiter, &tries, BYTES("s"),
			       bytes_of(key), 1000 + i) > 0;
	}
	CHECK_INT(blocked, 10000);
	limiter_destroy(limiter);
}

static void
test_limit_client__counts_a_network_of_ipv6_as_one(void)
{
	static const struct {
		const char *address, *want;
	} cases[] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
		{ "2001:db8:1:2::1", "2001:db8:1:2::" },
		{ "::ffff:192.0.2.7", "::ffff:192.0.2.7" },
		{ "unix:", "unix:" },
		{ "", "" },
	};
	char out[48], too_long[100];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_BYTES(limit_client(bytes_of(cases[i].address), out),
		    cases[i].want);
	memset(too_long, 'x', sizeof too_long);
	CHECK_INT(limit_client((struct bytes){ too_long, 100 }, out).len, 47);
}

int
main(void)
{
	RUN(test_route_find__finds_the_closest);
	RUN(test_route_table_create__finds_our_own_mistakes);
	RUN(test_static_answer__serves_from_memory);
	RUN(test_limit_take__lets_a_burst_through_and_then_some);
	RUN(test_limit_take__forgets_the_quiet_when_it_is_full);
	RUN(test_limit_client__counts_a_network_of_ipv6_as_one);
	return tap_done();
}
