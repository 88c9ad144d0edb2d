/* core/web/page.h - what every page has at hand: request, response, view.
 *
 * A page reads the request, acts through desk/, fills a struct of its own and
 * shows it with a template:
 *
 *	static int
 *	show_ticket(struct page *page)
 *	{
 *		struct ticket_page data = { 0 };
 *		...
 *		return page_show(page, "agent/ticket", &ticket_page_type,
 *		    &data);
 *	}
 *
 * and returns 0, or the status of the error page to show instead.
 */
#ifndef HOOKDESK_WEB_PAGE_H
#define HOOKDESK_WEB_PAGE_H

#include "core/desk/site.h"
#include "core/web/form.h"
#include "core/web/request.h"
#include "core/web/response.h"
#include "core/web/route.h"
#include "core/web/template.h"
#include "core/web/translate.h"

struct page;

/* What each template finds under every page's own names:
 *
 *	{{base}}     where the desk is mounted: "" or "/support"
 *	{{base_url}} "https://example.com/support", without a slash at the end
 *	{{path}}     of this page, below {{base}}, with its query: for ?next=
 *	{{version}}  of the static files: {{base}}/static/css/x.css?v={{version}}
 *	{{lang}} {{dir}}        "de", "ltr"
 *	{{#languages}}{{code}} {{name}} {{#current}}{{/languages}}
 *	{{theme}}    "auto", "light" or "dark", as chosen
 *	{{csrf}}     the token for <input type=hidden name=csrf>, the first field
 *	             of a form
 *	{{site_name}} {{site_id}} {{site_css}}
 *	{{#brand}}{{name}} {{logo}} {{color}} {{home}}{{/brand}}
 *	{{#user}}{{id}} {{name}} {{email}} {{initials}} {{tone}} {{is_admin}}
 *	             the agent who is signed in; false for others
 *	{{shortcuts}}  single keys do something
 *	{{#flash}}{{text}} {{kind}}{{/flash}}  one message of the act before
 *	{{message}}  on error pages: what exactly is wrong
 *	{{request_id}} {{now}} {{took_ms}}
 */
struct page_brand {
	uint64_t id; /* not shown */
	struct bytes name, logo, color;
	struct bytes home; /* of the web site it answers for, or empty */
};

struct page_user {
	int64_t id, tone;
	struct bytes name, email, initials;
	bool is_admin;
};

struct page_flash {
	struct bytes text;
	struct bytes undo, undo_id; /* where to post it, and its number */
	const char *kind; /* "ok", "warn", "bad", as in css/controls.css */
};

struct page_root {
	struct bytes base, base_url, path, version, site_name, site_id;
	const char *lang, *dir, *theme;
	struct bytes csrf;
	struct page_brand *brand;
	struct page_user *user;
	struct page_flash *flash;
	struct bytes request_id, message;
	bool has_shortcuts, has_site_css;
	int64_t now_us, started_us; /* <started_us> is monotonic */
	struct page *page;          /* for getters */
};

extern const struct view_type page_root_type;

struct limiter;
struct session;
struct static_set;
struct template_set;
struct web_site;

/* One request being answered; lives in its arena. */
struct page {
	struct arena *arena;
	struct request *request;
	struct response *response;
	struct web_site *site; /* templates, base path, cookies: web/site.h */
	struct site *desk;     /* the open desk, see desk/site.h */
	struct site_read read; /* see page_read() */
	struct limiter *limiter;
	struct session *session; /* NULL: not signed in */
	const struct route *route;
	struct template_set *templates; /* held by the caller of the page */
	struct static_set *files;       /* likewise */
	const struct zone *zone;
	unsigned lang;
	int64_t now_us;
	struct page_root root;
	struct why why; /* what an error page says */
};

/* Render a template into the response with status 200, or the one that the
 * response has been given. Returns 0, or 500 with the cause logged. */
int page_show(struct page *page, const char *name, const struct view_type *type,
    const void *data);

/* Say when to try again; with each 503 that is PAGE_RETRY_S. */
#define PAGE_RETRY_S 30
void page_retry_after(struct page *page, unsigned seconds);

/* The error page of <status> with its own words, and why's if set; JSON when
 * the route is the API's. Returns 0. */
int page_error(struct page *page, int status);

/* What an error of an act is in HTTP: ERR_NOT_FOUND is 404, ERR_LIMIT 429,
 * what may pass (ERR_FULL, ERR_IO) 503 ...; 0 for ERR_OK. */
int page_status(enum err err);

/* 303 to "/agent/t/17" below our base. Returns 0. */
int page_redirect(struct page *page, const char *format, ...) PRINTF_LIKE(2, 3);

/* A message for the page that the browser is sent to next; shown once.
 * <kind> is "ok", "warn" or "error"; <text> is copied. */
void page_flash(struct page *page, const char *kind, const char *text);

/* A look at the desk, begun unless it is begun. Pages end it before they read
 * a long body and before they act; the caller of a handler ends it after. */
ERR_CHECKED enum err page_read(struct page *page, struct site_read **out);
void page_read_end(struct page *page);

/* tr() in the page's language. */
const char *page_tr(const struct page *page, const char *text);

#endif
