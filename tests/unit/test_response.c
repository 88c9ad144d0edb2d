/* tests/unit/test_response.c - answers, and what no header may hold. */
#include "config.h"
#include "core/web/response.h"
#include "core/base/arena.h"
#include "core/web/request.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <unistd.h>

static struct arena *arena;

static bool
has(struct response *response, const char *line)
{
	struct bytes head = response_head(response);
	const char *text = arena_printf(arena, "%s\r\n", line);

	return bytes_find(head, bytes_of(text)) != NULL;
}

static void
test_response_head__is_safe_without_being_asked(void)
{
	struct response response;
	struct bytes head;

	arena = arena_create();
	response_init(&response, arena);
	buf_text(&response.body, "hello");
	CHECK(has(&response, "Status: 200 OK"));
	CHECK(has(&response, "Content-Type: text/html;charset=utf-8"));
	CHECK(has(&response, "Content-Length: 5"));
	CHECK(has(&response, "X-Content-Type-Options: nosniff"));
	CHECK(has(&response, "Referrer-Policy: same-origin"));
	CHECK(has(&response, "Cache-Control: private, no-store"));
	head = response_head(&response);
	CHECK(bytes_find(head, BYTES("script-src 'self'")) != NULL);
	CHECK(bytes_find(head, BYTES("frame-ancestors 'none'")) != NULL);
	CHECK(bytes_find(head, BYTES("unsafe")) == NULL);
	CHECK(bytes_find(head, BYTES("Strict-Transport")) == NULL);
	CHECK(memcmp(head.at + head.len - 4, "\r\n\r\n", 4) == 0);
	response.is_https = true;
	CHECK(has(&response, "Strict-Transport-Security: max-age=31536000"));
	arena_destroy(arena);
}

static void
test_response_header__refuses_what_ends_a_line(void)
{
	static const struct {
		const char *name;
		struct bytes value;
		enum err want;
	} cases[] = {
		{ "X-A", { "plain", 5 }, ERR_OK },
		{ "X-A", { "tab\there", 8 }, ERR_OK },
		{ "X-A", { "\xc3\xbc", 2 }, ERR_OK },
		{ "X-A", { "a\r\nSet-Cookie: x", 16 }, ERR_INVALID },
		{ "X-A", { "a\nb", 3 }, ERR_INVALID },
		{ "X-A", { "a\0b", 3 }, ERR_INVALID },
		{ "X-A", { "a\x7f", 2 }, ERR_INVALID },
		{ "", { "a", 1 }, ERR_INVALID },
		{ "X A", { "a", 1 }, ERR_INVALID },
		{ "X-A:", { "a", 1 }, ERR_INVALID },
		{ "X\r\n", { "a", 1 }, ERR_INVALID },
	};
	struct response response;

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		response_init(&response, arena);
		CHECK_INT(
		    response_header(&response, cases[i].name, cases[i].value),
		    cases[i].want);
		CHECK((response.headers.len == 0) == (cases[i].want != ERR_OK));
	}
	arena_destroy(arena);
}

static void
test_response_redirect__stays_here(void)
{
	static const struct {
		const char *base, *path, *want;
	} cases[] = {
		{ "", "/t/abc", "Location: /t/abc" },
		{ "/support", "/agent?q=a", "Location: /support/agent?q=a" },
		{ "/support", "//evil.example", "Location: /support/" },
		{ "", "/\\evil.example", "Location: /" },
		{ "", "https://evil.example/", "Location: /" },
		{ "", "", "Location: /" },
		{ "", "/a\r\nX: y", "Location: /" },
		{ "", "/a b", "Location: /" },
		{ "", "javascript:x", "Location: /" },
	};
	struct response response;

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		response_init(&response, arena);
		response_redirect(
		    &response, cases[i].base, bytes_of(cases[i].path));
		CHECK_INT(response.status, 303);
		CHECK(has(&response, cases[i].want));
	}
	arena_destroy(arena);
}

static void
test_response_etag__answers_304(void)
{
	struct request request = { .if_none_match = BYTES("\"v7\"") };
	struct response response;

	arena = arena_create();
	response_init(&response, arena);
	CHECK(response_etag(&response, &request, BYTES("v7")));
	CHECK(has(&response, "Status: 304 Not Modified"));
	CHECK(has(&response, "ETag: \"v7\""));
	CHECK(bytes_find(response_head(&response), BYTES("Content-Length")) ==
	    NULL);
	response_init(&response, arena);
	CHECK(!response_etag(&response, &request, BYTES("v8")));
	CHECK_INT(response.status, 200);
	arena_destroy(arena);
}

static void
test_response_cookie__is_strict(void)
{
	struct cookie cookie = { .name = "__Host-hd",
		.value = BYTES("abc_-.~"),
		.path = "/",
		.max_age_s = 60,
		.is_secure = true };
	static const char *const bad[] = { "a;b", "a b", "a\r\nb", "a\"", "a=b",
		"\xc3\xbc" };
	struct response response;

	arena = arena_create();
	response_init(&response, arena);
	CHECK_INT(response_cookie(&response, &cookie), ERR_OK);
	CHECK(has(&response,
	    "Set-Cookie: __Host-hd=abc_-.~; Path=/; Max-Age=60; Secure; "
	    "HttpOnly; SameSite=Lax"));
	cookie.value = BYTES_NONE;
	CHECK_INT(response_cookie(&response, &cookie), ERR_OK);
	CHECK(has(&response,
	    "Set-Cookie: __Host-hd=; Path=/; Max-Age=0; "
	    "Secure; HttpOnly; SameSite=Lax"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cookie.value = bytes_of(bad[i]);
		CHECK_INT(response_cookie(&response, &cookie), ERR_INVALID);
	}
	cookie.value = BYTES("a");
	cookie.path = "/a;b";
	CHECK_INT(response_cookie(&response, &cookie), ERR_INVALID);
	cookie.path = "x";
	CHECK_INT(response_cookie(&response, &cookie), ERR_INVALID);
	arena_destroy(arena);
}

static void
test_response_cookie_name__keeps_desks_apart(void)
{
	const char *path, *a, *b;

	arena = arena_create();
	CHECK_BYTES(bytes_of(response_cookie_name(arena, BYTES("s"),
			BYTES("https://example.com"), &path)),
	    "__Host-hd");
	CHECK_BYTES(bytes_of(path), "/");
	CHECK_BYTES(bytes_of(response_cookie_name(arena, BYTES("s"),
			BYTES("https://example.com/"), &path)),
	    "__Host-hd");
	a = response_cookie_name(
	    arena, BYTES("s"), BYTES("https://example.com/support/"), &path);
	CHECK_BYTES(bytes_of(path), "/support");
	b = response_cookie_name(
	    arena, BYTES("t"), BYTES("https://example.com/support"), &path);
	CHECK(strcmp(a, b) != 0 && strcmp(a, "__Host-hd") != 0);
	a = response_cookie_name(
	    arena, BYTES("s"), BYTES("http://127.0.0.1:8080"), &path);
	CHECK(bytes_start_with(bytes_of(a), BYTES("hd-")));
	CHECK_BYTES(bytes_of(path), "/");
	CHECK_BYTES(
	    bytes_of(response_cookie_name(arena, BYTES("s"), BYTES(""), &path)),
	    a);
	arena_destroy(arena);
}

static void
test_response_file__shows_only_what_is_harmless(void)
{
	static const struct {
		const char *type;
		bool is_inline;
		const char *want_type, *want_how;
	} cases[] = {
		{ "image/png", true, "Content-Type: image/png", "inline" },
		{ "image/png", false, "Content-Type: application/octet-stream",
		    "attachment" },
		{ "text/plain", true, "Content-Type: text/plain;charset=utf-8",
		    "inline" },
		{ "text/html", true, "Content-Type: application/octet-stream",
		    "attachment" },
		{ "image/svg+xml", true,
		    "Content-Type: application/octet-stream", "attachment" },
		{ "application/pdf", true,
		    "Content-Type: application/octet-stream", "attachment" },
		{ "image/png; x", true,
		    "Content-Type: application/octet-stream", "attachment" },
	};
	struct response response;

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *line = arena_printf(arena,
		    "Content-Disposition: %s; filename=\"r__sum__ _.txt\"; "
		    "filename*=UTF-8''r%%C3%%A9sum%%C3%%A9%%20%%22.txt",
		    cases[i].want_how);

		response_init(&response, arena);
		CHECK_INT(response_file(&response, open("/dev/null", O_RDONLY),
			      17, BYTES("r\xc3\xa9sum\xc3\xa9 \".txt"),
			      bytes_of(cases[i].type), cases[i].is_inline),
		    ERR_OK);
		CHECK(has(&response, cases[i].want_type));
		CHECK(has(&response, line));
		CHECK(has(&response, "Content-Length: 17"));
		CHECK(bytes_find(response_head(&response),
			  BYTES("frame-ancestors 'self'; sandbox")) != NULL);
		response_release(&response);
	}
	arena_destroy(arena);
}

static void
test_response_reset__forgets_all_but_the_scheme(void)
{
	struct response response;

	arena = arena_create();
	response_init(&response, arena);
	response.is_https = true;
	response.status = 404;
	response.cache = "public";
	buf_text(&response.body, "x");
	CHECK_INT(response_header(&response, "X-A", BYTES("b")), ERR_OK);
	response_reset(&response);
	CHECK_INT(response.body.len + response.headers.len, 0);
	CHECK_INT(response.status, 200);
	CHECK(response.cache == NULL && response.is_https);
	arena_destroy(arena);
}

int
main(void)
{
	RUN(test_response_head__is_safe_without_being_asked);
	RUN(test_response_header__refuses_what_ends_a_line);
	RUN(test_response_redirect__stays_here);
	RUN(test_response_etag__answers_304);
	RUN(test_response_cookie__is_strict);
	RUN(test_response_cookie_name__keeps_desks_apart);
	RUN(test_response_file__shows_only_what_is_harmless);
	RUN(test_response_reset__forgets_all_but_the_scheme);
	return tap_done();
}
