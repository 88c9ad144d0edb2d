/* tests/unit/test_answer.c - a request's way to its page, and who may not go.
 *
 * With routes of the test's own, on a desk in a temporary folder and the
 * templates that we ship.
 */
#include "config.h"
#include "core/base/paths.h"
#include "core/web/page.h"
#include "core/web/session.h"
#include "core/web/site.h"
#include "tests/tap.h"
#include "tests/unit/desk_fixture.h"

static struct desk_fixture desk;
static struct web_shared *shared;
static struct web_site *site;
static int handled; /* how often a page was called */

/* ---- pages ---- */

static int
page_plain(struct page *page)
{
	handled++;
	buf_printf(&page->response->body, "%s %.*s %.*s", page->root.lang,
	    BYTES_ARG(page->root.base), BYTES_ARG(page->request->path));
	return 0;
}

static int
page_who(struct page *page)
{
	handled++;
	if (page->root.user == NULL)
		return 404;
	buf_printf(&page->response->body, "%.*s %.*s %d",
	    BYTES_ARG(page->root.user->name),
	    BYTES_ARG(page->root.user->initials), page->root.user->is_admin);
	return 0;
}

static int
page_status_of_path(struct page *page)
{
	handled++;
	if (bytes_is(request_route(page->request, "status"), "why"))
		why_set(&page->why, ERR_INVALID, "body", N_("{name} is wrong"),
		    0, "<this>");
	return (int)params_int(&page->request->route, "status", 422);
}

static int
page_form(struct page *page)
{
	struct form form;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);

	if (status != 0)
		return status;
	handled++;
	CHECK(page->read.snapshot == NULL); /* none held while reading */
	page_flash(page, "ok", "Saved <it>.");
	return page_redirect(
	    page, "/show?%.*s", BYTES_ARG(form_get(&form, "name")));
}

static int
page_notice(struct page *page)
{
	static const struct view_type nothing = { "nothing", NULL };

	handled++;
	return page_show(page, "customer/notice", &nothing, &handled);
}

static const struct route routes[] = {
	{ ROUTE_GET, "/plain", ACCESS_PUBLIC, page_plain },
	{ ROUTE_GET, "/show", ACCESS_PUBLIC, page_notice },
	{ ROUTE_GET, "/status/{status}", ACCESS_PUBLIC, page_status_of_path },
	{ ROUTE_POST, "/form", ACCESS_PUBLIC, page_form, true },
	{ ROUTE_GET, "/agent/who", ACCESS_AGENT, page_who },
	{ ROUTE_POST, "/agent/form", ACCESS_AGENT, page_form },
	{ ROUTE_GET, "/admin/who", ACCESS_ADMIN, page_who },
	{ ROUTE_GET, "/api/v1/{status}", ACCESS_API, page_status_of_path },
	{ 0 },
};

/* ---- requests ---- */

struct ask {
	const char *method, *uri, *cookie, *origin, *type, *body, *csrf;
	const char *language, *fetch_site;
	size_t at; /* of the body */
};

static const char *
find_param(void *ctx, const char *name)
{
	const struct ask *ask = ctx;
	static char length[16];
	const struct {
		const char *name, *value;
	} all[] = {
		{ "REQUEST_METHOD", ask->method },
		{ "REQUEST_URI", ask->uri },
		{ "HTTP_COOKIE", ask->cookie },
		{ "HTTP_ORIGIN", ask->origin },
		{ "HTTP_HOST", "help.example.com" },
		{ "CONTENT_TYPE", ask->type },
		{ "CONTENT_LENGTH", ask->body != NULL ? length : NULL },
		{ "HTTP_X_CSRF_TOKEN", ask->csrf },
		{ "HTTP_ACCEPT_LANGUAGE", ask->language },
		{ "HTTP_SEC_FETCH_SITE", ask->fetch_site },
	};

	if (ask->body != NULL)
		snprintf(length, sizeof length, "%zu", strlen(ask->body));
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i].value;
	return NULL;
}

static long
read_body(void *ctx, char *at, size_t size)
{
	struct ask *ask = ctx;
	size_t left = strlen(ask->body) - ask->at;

	if (size > left)
		size = left;
	memcpy(at, ask->body + ask->at, size);
	ask->at += size;
	return size > 0 ? (long)size : -1;
}

static struct response response;

static int
answer(struct ask ask)
{
	struct request request = { .arena = desk.arena,
		.body = { read_body, &ask } };

	if (ask.method == NULL)
		ask.method = "GET";
	handled = 0;
	response_release(&response);
	web_answer(site, find_param, &ask, &request, &response);
	return response.status;
}

static bool
says(const char *text)
{
	return bytes_find(buf_get(&response.body), bytes_of(text)) != NULL;
}

/* The value of a header, "" without it. */
static const char *
header(const char *name)
{
	struct bytes head = response_head(&response);
	const char *key = arena_printf(desk.arena, "\r\n%s: ", name);
	const char *at = bytes_find(head, bytes_of(key));
	const char *end;

	if (at == NULL)
		return "";
	at += strlen(key);
	end = memchr(at, '\r', head.len - (size_t)(at - head.at));
	return arena_copy(desk.arena, at, (size_t)(end - at));
}

/* Sign Ann in: "name=secret" for the Cookie header. */
static const char *
sign_in(void)
{
	struct act_input input;
	struct site_read read;
	uint64_t ann = 0;
	size_t count;
	const char *path;

	MUST(site_read_begin(desk.site, &read));
	ann = directory_all(read.directory, KIND_AGENT, &count)[0]->id;
	site_read_end(&read);
	act_input_init(&input, VERB_LINK_CREATE, KIND_AGENT);
	input.actor = actor_system();
	input.subject = ann;
	MUST(desk_do(&desk, &input));
	act_input_init(&input, VERB_SIGN_IN, KIND_NONE);
	input.actor.kind = BY_CUSTOMER;
	input.secret = desk.result.secret;
	MUST(desk_do(&desk, &input));
	return arena_printf(desk.arena, "%s=%.*s",
	    response_cookie_name(desk.arena, BYTES_NONE,
		BYTES("https://help.example.com"), &path),
	    BYTES_ARG(desk.result.secret));
}

/* ---- tests ---- */

static void
test_web_answer__calls_the_page(void)
{
	CHECK_INT(answer((struct ask){ .uri = "/plain" }), 200);
	CHECK_BYTES(buf_get(&response.body), "en  /plain");
	CHECK_INT(handled, 1);
	CHECK_BYTES(
	    bytes_of(header("Strict-Transport-Security")), "max-age=31536000");
	CHECK_INT(
	    answer((struct ask){ .uri = "/plain", .method = "HEAD" }), 200);
	CHECK_INT(
	    answer((struct ask){ .uri = "/plain", .method = "POST" }), 405);
	CHECK_BYTES(bytes_of(header("Allow")), "GET, HEAD");
	CHECK_INT(handled, 0);
	CHECK_INT(answer((struct ask){ .uri = "/nowhere" }), 404);
	CHECK(says("<h1>") && says("</html>"));
	CHECK_INT(answer((struct ask){ .uri = "/%zz" }), 400);
	CHECK(says("</html>"));
}

static void
test_web_answer__serves_static_files(void)
{
	CHECK_INT(answer((struct ask){ .uri = "/static/css/base.css" }), 200);
	CHECK_BYTES(bytes_of(header("Content-Type")), "text/css;charset=utf-8");
	CHECK_INT(answer((struct ask){ .uri = "/static/css/none.css" }), 404);
	CHECK_INT(
	    answer((struct ask){ .uri = "/static/templates/part/head.html" }),
	    404);
	CHECK_INT(handled, 0);
}

static void
test_web_answer__shows_errors_in_words(void)
{
	static const int statuses[] = { 400, 403, 404, 405, 413, 429, 500, 503,
		409, 415, 422 };

	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		const char *uri = arena_printf(
		    desk.arena, "/status/%d", statuses[i]);

		CHECK_INT(answer((struct ask){ .uri = uri }), statuses[i]);
		CHECK(says("</html>") && says("<h1>"));
		CHECK_BYTES(bytes_of(header("Content-Type")),
		    "text/html;charset=utf-8");
	}
	CHECK_INT(answer((struct ask){ .uri = "/status/why" }), 422);
	CHECK(says("&lt;this&gt; is wrong"));
	CHECK_INT(answer((struct ask){ .uri = "/api/v1/why" }), 422);
	CHECK_BYTES(buf_get(&response.body),
	    "{\"error\":{\"code\":\"invalid\",\"message\":"
	    "\"\\u003cthis> is wrong\",\"field\":\"body\"}}");
	CHECK_BYTES(bytes_of(header("Content-Type")), "application/json");
	CHECK_INT(answer((struct ask){ .uri = "/api/v1/401" }), 401);
	CHECK_BYTES(bytes_of(header("WWW-Authenticate")), "Bearer");
	CHECK_INT(answer((struct ask){ .uri = "/api/v2/none" }), 404);
	CHECK(says("\"not_found\""));
}

static void
test_web_answer__knows_who_is_signed_in(void)
{
	const char *cookie = sign_in();

	CHECK_INT(answer((struct ask){ .uri = "/agent/who?x=1" }), 303);
	CHECK_BYTES(bytes_of(header("Location")),
	    "/agent/login?next=%2Fagent%2Fwho%3Fx%3D1");
	CHECK_INT(answer((struct ask){ .uri = "/admin/who" }), 303);
	CHECK_INT(handled, 0);
	CHECK_INT(
	    answer((struct ask){ .uri = "/agent/who", .cookie = cookie }), 200);
	CHECK_BYTES(buf_get(&response.body), "Ann Lee AL 1");
	CHECK_INT(
	    answer((struct ask){ .uri = "/admin/who", .cookie = cookie }), 200);
	CHECK_INT(answer((struct ask){ .uri = "/agent/who",
		      .cookie = arena_printf(desk.arena, "%sx", cookie) }),
	    303);
	CHECK_INT(
	    answer((struct ask){ .uri = "/agent/who", .cookie = "__Host-hd=" }),
	    303);
	clock_advance(&desk.clock, 15 * CLOCK_DAY_US);
	CHECK_INT(
	    answer((struct ask){ .uri = "/agent/who", .cookie = cookie }), 303);
}

static void
test_web_answer__refuses_forms_of_others(void)
{
	static const struct {
		const char *origin, *fetch_site;
		int status;
	} cases[] = {
		{ NULL, NULL, 303 },
		{ "https://help.example.com", NULL, 303 },
		{ "https://help.example.com", "same-origin", 303 },
		{ "https://evil.example", NULL, 403 },
		{ "https://help.example.com.evil.example", NULL, 403 },
		{ "null", NULL, 403 },
		{ NULL, "same-origin", 303 },
		{ NULL, "none", 303 },
		{ NULL, "cross-site", 403 },
		{ NULL, "same-site", 403 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_INT(answer((struct ask){ .uri = "/form",
			      .method = "POST",
			      .type = "application/x-www-form-urlencoded",
			      .body = "name=x",
			      .origin = cases[i].origin,
			      .fetch_site = cases[i].fetch_site }),
		    cases[i].status);
		CHECK_INT(handled, cases[i].status == 303);
	}
}

static void
test_web_answer__wants_the_token_of_the_session(void)
{
	static const char urlencoded[] = "application/x-www-form-urlencoded";
	static const char multipart[] = "multipart/form-data; boundary=B";
	const char *cookie = sign_in(), *other = sign_in();
	const char *token, *foreign, *padding;

	/* A token stands in every page of an agent. */
	CHECK_INT(answer((struct ask){ .uri = "/show", .cookie = other }), 200);
	CHECK_INT(answer((struct ask){ .uri = "/agent/form",
		      .method = "POST",
		      .cookie = cookie,
		      .type = urlencoded,
		      .body = "name=x" }),
	    403);
	CHECK(says("</html>"));
	{
		struct page fake = { .arena = desk.arena, .desk = desk.site };
		struct request request = { .arena = desk.arena };
		struct site_read *read;
		struct param at[1];

		fake.request = &request;
		fake.root.base_url = BYTES("https://help.example.com");
		request.cookies = (struct params){ at, 1 };
		at[0].value = bytes_of(cookie);
		at[0].name = bytes_split(&at[0].value, '=');
		MUST(page_read(&fake, &read));
		CHECK_INT(session_find(&fake, read), ERR_OK);
		token = arena_printf(desk.arena, "%s", fake.session->csrf);
		at[0].value = bytes_of(other);
		at[0].name = bytes_split(&at[0].value, '=');
		CHECK_INT(session_find(&fake, read), ERR_OK);
		foreign = arena_printf(desk.arena, "%s", fake.session->csrf);
		page_read_end(&fake);
	}
	CHECK_INT(strlen(token), CSRF_SIZE - 1);
	CHECK(strcmp(token, foreign) != 0);
	padding = arena_alloc(desk.arena, 9000);
	memset((char *)(uintptr_t)padding, 'x', 8999);
	{
		const struct {
			const char *type, *body, *header;
			int status;
		} cases[] = {
			{ urlencoded,
			    arena_printf(desk.arena, "csrf=%s&name=x", token),
			    NULL, 303 },
			{ urlencoded,
			    arena_printf(desk.arena, "a=1&csrf=%s", token),
			    NULL, 303 },
			{ urlencoded, "name=x", token, 303 },
			{ urlencoded, "name=x", foreign, 403 },
			{ urlencoded, "", token, 303 },
			{ urlencoded, "", NULL, 403 },
			{ urlencoded,
			    arena_printf(desk.arena, "csrf=%s", foreign), NULL,
			    403 },
			{ urlencoded, "csrf=", NULL, 403 },
			{ urlencoded,
			    arena_printf(desk.arena, "csrf=%sx", token), NULL,
			    403 },
			{ urlencoded,
			    arena_printf(
				desk.arena, "a=%s&csrf=%s", padding, token),
			    NULL, 403 },
			{ multipart,
			    arena_printf(desk.arena,
				"--B\r\nContent-Disposition: form-data; "
				"name=\"csrf\"\r\n\r\n%s\r\n--B\r\n"
				"Content-Disposition: form-data; "
				"name=\"name\"\r\n\r\nx\r\n--B--\r\n",
				token),
			    NULL, 303 },
			{ multipart,
			    "--B\r\nContent-Disposition: form-data; "
			    "name=\"name\"\r\n\r\nx\r\n--B--\r\n",
			    NULL, 403 },
		};

		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			CHECK_INT(answer((struct ask){ .uri = "/agent/form",
				      .method = "POST",
				      .cookie = cookie,
				      .type = cases[i].type,
				      .body = cases[i].body,
				      .csrf = cases[i].header }),
			    cases[i].status);
			CHECK_INT(handled, cases[i].status == 303);
		}
	}
	/* The body is read as it was, the token's part too. */
	CHECK_INT(answer((struct ask){ .uri = "/agent/form",
		      .method = "POST",
		      .cookie = cookie,
		      .type = urlencoded,
		      .body = arena_printf(
			  desk.arena, "csrf=%s&name=whole", token) }),
	    303);
	CHECK_BYTES(bytes_of(header("Location")), "/show?whole");
}

static void
test_page_flash__is_shown_once_and_is_ours(void)
{
	const char *set, *cookie;
	struct bytes value;

	CHECK_INT(answer((struct ask){ .uri = "/form",
		      .method = "POST",
		      .type = "application/x-www-form-urlencoded",
		      .body = "name=x" }),
	    303);
	set = header("Set-Cookie");
	value = bytes_of(set);
	value = bytes_split(&value, ';');
	CHECK(bytes_start_with(value, BYTES("hd_flash=")));
	cookie = arena_printf(desk.arena, "%.*s", BYTES_ARG(value));
	CHECK_INT(
	    answer((struct ask){ .uri = "/show", .cookie = cookie }), 200);
	CHECK(says("Saved &lt;it&gt;.") && says("notice-ok"));
	CHECK(bytes_start_with(bytes_of(header("Set-Cookie")),
	    BYTES("hd_flash=; Path=/; Max-Age=0")));
	cookie = arena_printf(desk.arena, "%sA", cookie);
	CHECK_INT(
	    answer((struct ask){ .uri = "/show", .cookie = cookie }), 200);
	CHECK(!says("Saved"));
	CHECK_INT(answer((struct ask){ .uri = "/show" }), 200);
	CHECK(!says("Saved"));
}

static void
test_web_answer__keeps_a_chosen_language(void)
{
	CHECK_INT(
	    answer((struct ask){ .uri = "/plain", .language = "xx, en;q=0.1" }),
	    200);
	CHECK(says("en "));
	CHECK_BYTES(bytes_of(header("Set-Cookie")), "");
	CHECK_INT(answer((struct ask){ .uri = "/plain?lang=en" }), 200);
	CHECK(bytes_start_with(
	    bytes_of(header("Set-Cookie")), BYTES("hd_lang=en; Path=/; ")));
	CHECK_INT(answer((struct ask){ .uri = "/plain?lang=tlh" }), 200);
	CHECK_BYTES(bytes_of(header("Set-Cookie")), "");
}

static void
test_web_site_reload__keeps_what_works(void)
{
	const char *folder = arena_printf(
	    desk.arena, "%s/www/templates/customer", desk.dir);
	const char *path = arena_printf(desk.arena, "%s/notice.html", folder);
	struct why why = { .message = "" };

	CHECK_INT(file_make_folders(folder, 0755, NULL), ERR_OK);
	CHECK_INT(
	    file_replace(path, 0644, BYTES("own {{base_url}}"), NULL), ERR_OK);
	CHECK_INT(web_site_reload(site, &why), ERR_OK);
	CHECK_INT(answer((struct ask){ .uri = "/show" }), 200);
	CHECK_BYTES(buf_get(&response.body), "own https://help.example.com");
	CHECK_INT(file_replace(path, 0644, BYTES("{{#broken"), NULL), ERR_OK);
	CHECK_INT(web_site_reload(site, &why), ERR_INVALID);
	CHECK(strstr(why.name, "notice.html:1") != NULL);
	CHECK_INT(answer((struct ask){ .uri = "/show" }), 200);
	CHECK_BYTES(buf_get(&response.body), "own https://help.example.com");
}

static void
test_page_status__knows_every_error(void)
{
	for (int err = 1; err < ERR__COUNT; err++)
		CHECK(page_status((enum err)err) >= 400);
	CHECK_INT(page_status(ERR_OK), 0);
}

int
main(void)
{
	static const struct route *const lists[] = { routes };
	struct why why = { .message = "", .name = "" };
	char share[PATH_MAX];

	desk_setup(&desk);
	snprintf(share, sizeof share, "%s/www", path_get(PATH_DATADIR));
	must(web_shared_create(share, lists, 1, &why, &shared), why.name);
	must(web_site_create(shared, desk.site, "", &why, &site), why.name);
	response.file_fd = -1;
	RUN(test_web_answer__calls_the_page);
	RUN(test_web_answer__serves_static_files);
	RUN(test_web_answer__shows_errors_in_words);
	RUN(test_web_answer__refuses_forms_of_others);
	RUN(test_web_answer__wants_the_token_of_the_session);
	RUN(test_page_flash__is_shown_once_and_is_ours);
	RUN(test_web_answer__keeps_a_chosen_language);
	RUN(test_web_answer__knows_who_is_signed_in);
	RUN(test_web_site_reload__keeps_what_works);
	RUN(test_page_status__knows_every_error);
	response_release(&response);
	web_site_destroy(site);
	web_shared_destroy(shared);
	desk_teardown(&desk);
	return tap_done();
}
