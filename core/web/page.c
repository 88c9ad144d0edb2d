/* core/web/page.c - what every page has at hand. */
#include "config.h"
#include "core/web/page.h"

#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/base/utf8.h"
#include "core/base/zone.h"
#include "core/model/setting.h"
#include "core/web/page_private.h"
#include "core/web/session.h"
#include "core/web/static.h"

#include <stdarg.h>
#include <stdio.h>

#define FLASH_COOKIE "hd_flash"
#define FLASH_MAX 500 /* bytes of a message */
#define FLASH_S 60    /* how long it waits for its page */
#define BODY_USUAL (64 * 1024)

/* ---- what templates find under every page ---- */

struct language_view {
	const char *code, *name;
	bool is_current;
};

static const struct view_field language_fields[] = {
	{ "code", VIEW_CSTR, offsetof(struct language_view, code) },
	{ "name", VIEW_CSTR, offsetof(struct language_view, name) },
	{ "current", VIEW_BOOL, offsetof(struct language_view, is_current) },
	{ NULL },
};
static const struct view_type language_type = { "language", language_fields };

static void
get_languages(const void *self, struct view *view, struct value *out)
{
	struct language_view *list = arena_array(
	    view->arena, struct language_view, LANG__COUNT);
	size_t count = 0;

	(void)self;
	if (list == NULL)
		return;
	for (unsigned i = 0; i < LANG__COUNT; i++)
		if (translate_has(i))
			list[count++] =
			    (struct language_view){ languages[i].code,
				    languages[i].name, i == view->lang };
	value_list(out, &language_type, VIEW_LIST_OF(list, count));
}

static void
get_took(const void *self, struct view *view, struct value *out)
{
	const struct page_root *root = self;
	int64_t us = clock_monotonic_us() - root->started_us;
	char *text = arena_printf(view->arena, "%lld.%lld",
	    (long long)us / 1000, (long long)us / 100 % 10);

	value_text(out, bytes_of(text));
}

static const struct view_field brand_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct page_brand, name) },
	{ "logo", VIEW_TEXT, offsetof(struct page_brand, logo) },
	{ "color", VIEW_TEXT, offsetof(struct page_brand, color) },
	{ "home", VIEW_TEXT, offsetof(struct page_brand, home) },
	{ NULL },
};
static const struct view_type brand_type = { "brand", brand_fields };

static const struct view_field user_fields[] = {
	{ "id", VIEW_INT, offsetof(struct page_user, id) },
	{ "tone", VIEW_INT, offsetof(struct page_user, tone) },
	{ "name", VIEW_TEXT, offsetof(struct page_user, name) },
	{ "email", VIEW_TEXT, offsetof(struct page_user, email) },
	{ "initials", VIEW_TEXT, offsetof(struct page_user, initials) },
	{ "is_admin", VIEW_BOOL, offsetof(struct page_user, is_admin) },
	{ NULL },
};
static const struct view_type user_type = { "user", user_fields };

static const struct view_field flash_fields[] = {
	{ "text", VIEW_TEXT, offsetof(struct page_flash, text) },
	{ "kind", VIEW_CSTR, offsetof(struct page_flash, kind) },
	{ "undo", VIEW_TEXT, offsetof(struct page_flash, undo) },
	{ "undo_id", VIEW_TEXT, offsetof(struct page_flash, undo_id) },
	{ NULL },
};
static const struct view_type flash_type = { "flash", flash_fields };

#define ROOT(name, how, member) \
	{ \
		name, how, offsetof(struct page_root, member) \
	}
static const struct view_field root_fields[] = {
	ROOT("base", VIEW_TEXT, base),
	ROOT("base_url", VIEW_TEXT, base_url),
	ROOT("path", VIEW_TEXT, path),
	ROOT("version", VIEW_TEXT, version),
	ROOT("site_name", VIEW_TEXT, site_name),
	ROOT("site_id", VIEW_TEXT, site_id),
	ROOT("site_css", VIEW_BOOL, has_site_css),
	ROOT("lang", VIEW_CSTR, lang),
	ROOT("dir", VIEW_CSTR, dir),
	ROOT("theme", VIEW_CSTR, theme),
	ROOT("csrf", VIEW_TEXT, csrf),
	ROOT("shortcuts", VIEW_BOOL, has_shortcuts),
	ROOT("request_id", VIEW_TEXT, request_id),
	ROOT("message", VIEW_TEXT, message),
	ROOT("now", VIEW_TIME, now_us),
	{ "brand", VIEW_OBJECT, offsetof(struct page_root, brand),
	    .type = &brand_type },
	{ "user", VIEW_OBJECT, offsetof(struct page_root, user),
	    .type = &user_type },
	{ "flash", VIEW_OBJECT, offsetof(struct page_root, flash),
	    .type = &flash_type },
	{ "languages", VIEW_GET, .get = get_languages },
	{ "took_ms", VIEW_GET, .get = get_took },
	{ NULL },
};
const struct view_type page_root_type = { "page", root_fields };

/* "AL" for "Ada Lovelace": the first letters of the first and last word. */
static struct bytes
initials_of(struct arena *arena, struct bytes name)
{
	struct buf out = buf_in(arena);
	struct bytes rest = bytes_trim(name), word, last = BYTES_NONE;
	bool is_bad = false;

	while (rest.len > 0) {
		const char *at;

		word = bytes_split(&rest, ' ');
		at = word.at;
		if (word.len > 0 && out.len == 0)
			utf8_add(
			    &out, utf8_next(&at, word.at + word.len, &is_bad));
		else if (word.len > 0)
			last = word;
	}
	if (last.len > 0) {
		const char *at = last.at;

		utf8_add(&out, utf8_next(&at, last.at + last.len, &is_bad));
	}
	return out.failed ? BYTES_NONE : buf_get(&out);
}

static void
fill_user(struct page *page)
{
	const struct record *agent = page->session->record;
	struct page_user *user = arena_new(page->arena, struct page_user);

	page->root.csrf = bytes_of(page->session->csrf);
	page->root.has_shortcuts = !record_int(agent, AGENT_SHORTCUTS_OFF);
	page->root.user = user;
	if (user == NULL)
		return; /* is looked for by page_answer() */
	user->id = (int64_t)agent->id;
	user->tone = user->id % 8;
	user->name = record_text(agent, AGENT_NAME);
	user->email = record_text(agent, AGENT_EMAIL);
	user->initials = initials_of(page->arena, user->name);
	user->is_admin = directory_is_admin(page->read.directory, agent->id);
	if (record_has(agent, AGENT_ZONE)) {
		struct bytes zone = record_text(agent, AGENT_ZONE);
		char name[ZONE_NAME_MAX + 1];

		if (zone.len < sizeof name) {
			memcpy(name, zone.at, zone.len);
			name[zone.len] = '\0';
			page->zone = zone_get(name);
		}
	}
}

static const char *
theme_of(const struct page *page)
{
	struct bytes cookie = request_cookie(page->request, "hd_theme");
	const struct record *agent = page->session != NULL ?
	    page->session->record :
	    NULL;

	if (bytes_is(cookie, "light"))
		return "light";
	if (bytes_is(cookie, "dark"))
		return "dark";
	if (agent != NULL && record_has(agent, AGENT_THEME))
		return record_word(agent, AGENT_THEME);
	return "auto";
}

/* Texts of the directory outlive its reading only as copies: pages end it
 * before they act, and show what came of it afterwards. */
static struct bytes
keep(struct page *page, struct bytes text)
{
	const char *copy = arena_copy(page->arena, text.at, text.len);

	return copy != NULL ? (struct bytes){ copy, text.len } : BYTES_NONE;
}

void
page_root_fill(struct page *page, const struct record *brand)
{
	struct page_root *root = &page->root;
	struct page_brand *shown = arena_new(page->arena, struct page_brand);

	if (shown != NULL && brand != NULL) {
		shown->id = brand->id;
		shown->name = keep(page, record_text(brand, BRAND_NAME));
		shown->logo = keep(page, record_text(brand, BRAND_LOGO));
		shown->color = keep(page, record_text(brand, BRAND_COLOR));
		root->brand = shown;
		root->site_name = shown->name;
	}
	if (page->session != NULL)
		fill_user(page);
	if (page->zone == NULL && page->read.directory != NULL)
		page->zone = setting_zone(page->read.directory);
	if (root->user != NULL) {
		root->user->name = keep(page, root->user->name);
		root->user->email = keep(page, root->user->email);
	}
	root->lang = languages[page->lang].code;
	root->dir = languages[page->lang].dir;
	root->theme = theme_of(page);
	root->version = static_version(page->files);
	root->has_site_css = static_has(page->files, "css/site.css");
	root->now_us = page->now_us;
}

/* ---- showing ---- */

/* A name that a template has and no page gives. */
static void
log_missing(struct view *view, const char *where, const char *name)
{
	(void)view;
	log_event(
	    LOG_DEBUG, "template.missing", "where=%s name=%s", where, name);
}

static int
show(struct page *page, const char *name, const struct view_type *type,
    const void *data)
{
	struct view view = { .arena = page->arena,
		.lang = page->lang,
		.zone = page->zone,
		.now_us = page->now_us,
		.page = data,
		.page_type = type,
		.root = &page->root,
		.root_type = &page_root_type,
		.missing = log_would(LOG_DEBUG) ? log_missing : NULL };
	enum err err;

	buf_clear(&page->response->body);
	/* most pages fit: it need not grow, and be copied, ten times */
	if (!buf_reserve(&page->response->body, BODY_USUAL))
		return 503;
	err = template_render(
	    page->templates, name, &view, &page->response->body);
	if (err == ERR_OK)
		return 0;
	log_event(LOG_ERROR, "page.failed", "template=%s why=%s", name,
	    err_name(err));
	buf_clear(&page->response->body);
	return err == ERR_NOMEM ? 503 : 500;
}

int
page_show(struct page *page, const char *name, const struct view_type *type,
    const void *data)
{
	page->root.flash = page_flash_take(page);
	return show(page, name, type, data);
}

/* What a status is called in the API's errors. */
static const char *
code_of(int status)
{
	static const struct {
		int status;
		const char *code;
	} codes[] = {
		{ 400, "malformed" },
		{ 401, "unauthorized" },
		{ 403, "denied" },
		{ 404, "not_found" },
		{ 405, "method" },
		{ 409, "conflict" },
		{ 413, "too_large" },
		{ 414, "too_large" },
		{ 415, "type" },
		{ 422, "invalid" },
		{ 429, "limit" },
		{ 431, "too_large" },
		{ 503, "busy" },
	};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].status == status)
			return codes[i].code;
	return "failed";
}

static void
show_json_error(struct page *page, int status)
{
	struct json_writer w = json_writer(&page->response->body);
	struct bytes message = page->root.message;

	if (message.len == 0)
		message = bytes_of(status_text(status));
	json_begin_object(&w);
	json_key(&w, "error");
	json_begin_object(&w);
	json_member_string(&w, "code", code_of(status));
	json_member_text(&w, "message", message);
	if (page->why.field[0] != '\0')
		json_member_string(&w, "field", page->why.field);
	else
		json_member_null(&w, "field");
	json_end_object(&w);
	json_end_object(&w);
	response_type(page->response, "application/json");
}

/* When even the error page cannot be shown. */
static void
show_plain_error(struct page *page, int status)
{
	buf_clear(&page->response->body);
	buf_printf(
	    &page->response->body, "%d %s\n", status, status_text(status));
	response_type(page->response, "text/plain;charset=utf-8");
}

void
page_retry_after(struct page *page, unsigned seconds)
{
	char *text = arena_printf(page->arena, "%u", seconds);

	if (text == NULL ||
	    response_header(page->response, "Retry-After", bytes_of(text)) !=
		ERR_OK)
		page->response->is_failed = true;
}

int
page_error(struct page *page, int status)
{
	struct response *response = page->response;
	bool is_api = page->route != NULL ?
	    page->route->access == ACCESS_API ||
		page->route->access == ACCESS_FOREIGN :
	    bytes_start_with(page->request->path, BYTES("/api/"));
	char name[32];

	buf_clear(&response->body);
	response_release(response);
	response->type = BYTES("text/html;charset=utf-8");
	response->csp = CSP_PAGE;
	response->cache = NULL;
	response->status = status;
	page->root.message = BYTES_NONE;
	if (page->why.message != NULL && page->why.message[0] != '\0')
		page->root.message = tr_why(
		    page->arena, is_api ? LANG_EN : page->lang, &page->why);
	if (status == 401 &&
	    response_header(response, "WWW-Authenticate", BYTES("Bearer")) !=
		ERR_OK)
		response->is_failed = true;
	if (status == 503)
		page_retry_after(page, PAGE_RETRY_S);
	if (is_api) {
		show_json_error(page, status);
		return 0;
	}
	snprintf(name, sizeof name, "error/%d", status);
	if (!template_exists(page->templates, name))
		snprintf(
		    name, sizeof name, "error/%d", status < 500 ? 400 : 500);
	if (show(page, name, &page_root_type, &page->root) != 0)
		show_plain_error(page, status);
	return 0;
}

int
page_status(enum err err)
{
	static const int statuses[ERR__COUNT] = {
		[ERR_OK] = 0,
		[ERR_NOMEM] = 503,
		[ERR_INVALID] = 422,
		[ERR_NOT_FOUND] = 404,
		[ERR_DENIED] = 403,
		[ERR_REFUSED] = 422,
		[ERR_EXISTS] = 409,
		[ERR_CONFLICT] = 503,
		[ERR_STALE] = 409,
		[ERR_LIMIT] = 429,
		[ERR_FULL] = 503,
		[ERR_IO] = 503,
		[ERR_CORRUPT] = 500,
		[ERR_TIMEOUT] = 503,
		[ERR_BUSY] = 503,
		[ERR_NEWER] = 500,
	};

	return err < ERR__COUNT ? statuses[err] : 500;
}

int
page_redirect(struct page *page, const char *format, ...)
{
	char path[2048];
	struct buf base = buf_in(page->arena);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(path, sizeof path, format, args);
	va_end(args);
	buf_bytes(&base, page->root.base);
	response_redirect(page->response, buf_string(&base),
	    len > 0 && len < (int)sizeof path ? bytes_of(path) : BYTES("/"));
	return 0;
}

const char *
page_tr(const struct page *page, const char *text)
{
	return tr(page->lang, text);
}

enum err
page_read(struct page *page, struct site_read **out)
{
	enum err err = ERR_OK;

	if (page->read.snapshot == NULL)
		err = site_read_begin(page->desk, &page->read);
	if (err == ERR_OK)
		*out = &page->read;
	return err;
}

void
page_read_end(struct page *page)
{
	if (page->read.snapshot == NULL)
		return;
	site_read_end(&page->read);
	page->read = (struct site_read){ .site = NULL };
	if (page->session != NULL)
		page->session->record = NULL; /* it was the directory's */
}

/* ---- one message for the next page ---- */

/* "KIND.TEXT.MAC", each base64url but the first letter, so that no one else
 * puts words into our pages. */
static void
sign_flash(const struct page *page, struct bytes text, struct buf *out)
{
	const struct bytes parts[] = { BYTES("flash"), text };
	uint8_t mac[SECRET_MAC_SIZE];

	secret_mac(site_key(page->desk), parts, 2, mac);
	secret_base64_add(out, SECRET_BASE64URL, text);
	buf_char(out, '.');
	secret_base64_add(out, SECRET_BASE64URL,
	    (struct bytes){ (const char *)mac, sizeof mac });
}

static void
set_flash_cookie(struct page *page, struct bytes value)
{
	struct cookie cookie = { .name = FLASH_COOKIE,
		.value = value,
		.max_age_s = FLASH_S,
		.is_secure = bytes_start_with(
		    page->root.base_url, BYTES("https://")) };

	if (response_cookie_name(page->arena, page->root.site_id,
		page->root.base_url, &cookie.path) == NULL ||
	    response_cookie(page->response, &cookie) != ERR_OK)
		page->response->is_failed = true;
}

void
page_flash(struct page *page, const char *kind, const char *text)
{
	struct buf said = buf_in(page->arena), value = buf_in(page->arena);

	buf_char(&said, kind[0] == 'o' ? 'o' : kind[0] == 'w' ? 'w' : 'b');
	buf_bytes(&said, utf8_cut(bytes_of(text), FLASH_MAX));
	sign_flash(page, buf_get(&said), &value);
	if (said.failed || value.failed)
		page->response->is_failed = true;
	else
		set_flash_cookie(page, buf_get(&value));
}

struct page_flash *
page_flash_take(struct page *page)
{
	struct bytes cookie = request_cookie(page->request, FLASH_COOKIE);
	struct bytes rest = cookie, text = bytes_split(&rest, '.');
	struct buf said = buf_in(page->arena), again = buf_in(page->arena);
	struct page_flash *flash;

	if (cookie.len == 0 || page->root.flash != NULL)
		return page->root.flash;
	set_flash_cookie(page, BYTES_NONE);
	flash = arena_new(page->arena, struct page_flash);
	if (flash == NULL ||
	    secret_base64_read(&said, SECRET_BASE64URL, text) != ERR_OK ||
	    said.len < 2)
		return NULL;
	sign_flash(page, buf_get(&said), &again);
	if (again.failed || again.len != cookie.len ||
	    !secret_equal(again.at, cookie.at, cookie.len))
		return NULL;
	flash->kind = said.at[0] == 'o' ? "ok" :
	    said.at[0] == 'w'           ? "warn" :
					  "bad";
	flash->text = (struct bytes){ said.at + 1, said.len - 1 };
	return flash;
}
