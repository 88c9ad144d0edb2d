/* core/web/answer.c - the way of a request to its page and back.
 *
 * In this order: where we are mounted (the brand), the request itself, static
 * files, the route, who it is, in which language, whether he may come in and
 * whether the form is ours. Only then the page is called.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/web/page_private.h"
#include "core/web/session.h"
#include "core/web/static.h"

#include "core/web/site.h"

#include <strings.h>

#define UNSAFE (ROUTE_POST | ROUTE_PUT | ROUTE_PATCH | ROUTE_DELETE)
#define LANG_COOKIE "hd_lang"
#define LANG_COOKIE_S (365 * 24 * 3600)

/* ---- where we are ---- */

/* "example.com:8080" of "https://example.com:8080/support", and in *<path>
 * "/support", without a slash at its end. */
static struct bytes
split_url(struct bytes url, struct bytes *path)
{
	const char *colon = bytes_find(url, BYTES("://"));
	struct bytes rest = url, host;

	if (colon != NULL) {
		rest.len -= (size_t)(colon + 3 - rest.at);
		rest.at = colon + 3;
	}
	host = rest;
	for (host.len = 0; host.len < rest.len && rest.at[host.len] != '/';)
		host.len++;
	*path = (struct bytes){ rest.at + host.len, rest.len - host.len };
	while (path->len > 0 && path->at[path->len - 1] == '/')
		path->len--;
	return host;
}

/* The brand whose address the browser used, else the first one. The header
 * only chooses among addresses that were configured. */
static const struct record *
find_brand(const struct directory *directory, struct bytes host)
{
	size_t count = 0;
	const struct record *const *brands = directory_all(
	    directory, KIND_BRAND, &count);
	struct bytes path;

	for (size_t i = 0; i < count; i++) {
		struct bytes own = split_url(
		    record_text(brands[i], BRAND_BASE_URL), &path);

		if (own.len > 0 && own.len == host.len &&
		    strncasecmp(own.at, host.at, own.len) == 0)
			return brands[i];
	}
	return count > 0 ? brands[0] : NULL;
}

/* Base path, base URL and what cookies are named by. */
static enum err
find_place(struct page *page, const struct record *brand)
{
	struct bytes url = BYTES_NONE, path;

	if (brand != NULL)
		url = record_text(brand, BRAND_BASE_URL);
	while (url.len > 0 && url.at[url.len - 1] == '/')
		url.len--;
	url.at = arena_copy(page->arena, url.at, url.len);
	if (url.at == NULL)
		return ERR_NOMEM;
	split_url(url, &path);
	page->root.base_url = url;
	page->root.base = path;
	page->root.site_id = bytes_of(web_site_name(page->site));
	page->response->is_https = bytes_start_with(url, BYTES("https://"));
	return ERR_OK;
}

/* ---- who it is, and in which language ---- */

static void
keep_language(struct page *page)
{
	struct cookie cookie = { .name = LANG_COOKIE,
		.value = bytes_of(languages[page->lang].code),
		.max_age_s = LANG_COOKIE_S,
		.is_secure = page->response->is_https };

	if (response_cookie_name(page->arena, page->root.site_id,
		page->root.base_url, &cookie.path) == NULL ||
	    response_cookie(page->response, &cookie) != ERR_OK)
		page->response->is_failed = true;
}

static void
find_language(struct page *page, const struct record *brand)
{
	struct bytes asked = request_query(page->request, "lang");
	struct bytes chosen = asked;
	unsigned fallback = LANG_EN;

	if (brand != NULL && record_has(brand, BRAND_LANGUAGE))
		fallback = translate_language(
		    record_text(brand, BRAND_LANGUAGE));
	if (chosen.len == 0)
		chosen = request_cookie(page->request, LANG_COOKIE);
	if (chosen.len == 0 && page->session != NULL)
		chosen = record_text(page->session->record, AGENT_LANGUAGE);
	page->lang = translate_negotiate(
	    chosen, page->request->accept_language, fallback);
	if (asked.len > 0 && translate_language(asked) == page->lang)
		keep_language(page);
}

/* The path of this page with its query, for ?next= and links back. */
static enum err
find_path(struct page *page)
{
	struct buf path = buf_in(page->arena);

	buf_bytes(&path, page->request->path);
	if (page->request->raw_query.len > 0) {
		buf_char(&path, '?');
		buf_bytes(&path, page->request->raw_query);
	}
	page->root.path = buf_get(&path);
	return path.failed ? ERR_NOMEM : ERR_OK;
}

/* ---- who may come in ---- */

static int
to_sign_in(struct page *page)
{
	struct buf next = buf_in(page->arena);

	if (page->request->method == METHOD_GET)
		url_encode(&next, page->root.path);
	if (next.failed)
		return 503;
	if (next.len > 0)
		return page_redirect(
		    page, "/agent/login?next=%s", buf_string(&next));
	return page_redirect(page, "/agent/login");
}

/* 0 to go on; -1 when the answer is there already; else its status. */
static int
check_access(struct page *page)
{
	unsigned method = 1u << page->request->method;
	int status;

	if (page->route->access == ACCESS_AGENT && page->session == NULL) {
		status = to_sign_in(page);
		return status != 0 ? status : -1;
	}
	if (page->route->access == ACCESS_ADMIN &&
	    (page->session == NULL || !page->root.user->is_admin)) {
		if (page->session != NULL)
			return 404;
		status = to_sign_in(page);
		return status != 0 ? status : -1;
	}
	if ((method & UNSAFE) == 0 || page->route->access == ACCESS_API ||
	    page->route->access == ACCESS_FOREIGN)
		return 0;
	if (!session_is_own_origin(page)) {
		why_set(&page->why, ERR_DENIED, NULL,
		    N_("This form was not sent from a page of this desk."), 0,
		    NULL);
		return 403;
	}
	if (page->route->is_without_token)
		return 0;
	status = session_check_token(page);
	if (status == 403)
		why_set(&page->why, ERR_DENIED, NULL,
		    N_("The form is too old. Load its page again and send it "
		       "once more."),
		    0, NULL);
	return status;
}

static void
add_allow(struct page *page, unsigned allow)
{
	struct buf list = buf_in(page->arena);

	for (int i = 0; i < METHOD_OTHER; i++) {
		if ((allow & 1u << i) == 0)
			continue;
		buf_text(&list, list.len > 0 ? ", " : "");
		buf_text(&list, method_name((enum method)i));
		if (i == METHOD_GET)
			buf_text(&list, ", HEAD");
	}
	if (list.failed ||
	    response_header(page->response, "Allow", buf_get(&list)) != ERR_OK)
		page->response->is_failed = true;
}

/* ---- the whole way ---- */

/* All that has to be known before the page; 0, -1 or a status as above. */
static int
prepare(struct page *page, const struct route_table *routes,
    const struct record *brand, struct site_read *read)
{
	unsigned allow = 0;
	enum err err;
	int status;

	err = session_find(page, read);
	if (err == ERR_OK)
		err = find_path(page);
	if (err != ERR_OK)
		return page_status(err);
	find_language(page, brand);
	page_root_fill(page, brand);
	if (page->session != NULL && page->root.user == NULL)
		return 503;
	status = route_find(routes, page->request, &page->route, &allow);
	if (status == 405)
		add_allow(page, allow);
	return status != 0 ? status : check_access(page);
}

/* Static files need neither session nor language. */
static bool
answer_static(struct page *page)
{
	struct bytes prefix = BYTES("/static/"), path = page->request->path;

	if (!bytes_start_with(path, prefix) ||
	    (page->request->method != METHOD_GET &&
		page->request->method != METHOD_HEAD))
		return false;
	path.at += prefix.len;
	path.len -= prefix.len;
	return static_answer(
		   page->files, page->request, path, page->response) == 0;
}

/* The request itself; 0, -1 when it is answered, or a status. */
static int
begin(struct page *page, request_param *param, void *ctx,
    const struct record **brand, struct site_read **read)
{
	const char *host = param(ctx, "HTTP_HOST");
	struct buf base = buf_in(page->arena);
	enum err err = page_read(page, read);
	int status;

	if (err != ERR_OK)
		return page_status(err);
	page->now_us = (*read)->now_us;
	*brand = find_brand((*read)->directory, bytes_of(host));
	err = find_place(page, *brand);
	if (err != ERR_OK)
		return page_status(err);
	buf_bytes(&base, page->root.base);
	status = request_init(
	    page->request, param, ctx, buf_string(&base), &page->why);
	page->root.request_id = bytes_of(page->request->id);
	log_set_request(page->request->id);
	if (status != 0) {
		page_root_fill(page, *brand);
		return status;
	}
	return answer_static(page) ? -1 : 0;
}

void
page_answer(struct page *page, const struct route_table *routes,
    request_param *param, void *ctx)
{
	const struct record *brand = NULL;
	struct site_read *read = NULL;
	int status;

	page->root.page = page;
	page->root.started_us = clock_monotonic_us();
	page->root.lang = languages[LANG_EN].code;
	page->root.dir = languages[LANG_EN].dir;
	page->root.theme = "auto";
	page->root.version = static_version(page->files);
	status = begin(page, param, ctx, &brand, &read);
	if (status == 0)
		status = prepare(page, routes, brand, read);
	/* Nobody knows how long a body or an act takes: no look is held. */
	if (page->request->content_length > 0 ||
	    (1u << page->request->method & UNSAFE) != 0)
		page_read_end(page);
	if (status == 0)
		status = page->route->handle(page);
	if (status > 0)
		page_error(page, status);
	page_read_end(page);
	session_renew(page);
	if (page->response->is_failed || page->response->body.failed) {
		log_event(LOG_ERROR, "page.failed", "path=%.*s",
		    BYTES_ARG(page->request->path));
		response_reset(page->response);
		page_error(page, 503);
	}
	log_set_request(NULL);
}
