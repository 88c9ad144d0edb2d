/* core/pages/customer_portal.c - the portal's first page, and "my requests". */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/pages/article.h"
#include "core/pages/customer.h"

const struct limit limit_links = { "links", 10, 60000 };
const struct limit limit_links_to = { "links to", 3, 1200000 };

#define PORTAL_ARTICLES 6

struct portal_page {
	struct bytes welcome, intro, answer_time;
	bool has_forms, has_articles;
	struct view_list forms, articles;
};

static const struct view_field portal_fields[] = {
	{ "welcome", VIEW_TEXT, offsetof(struct portal_page, welcome), NULL,
	    NULL },
	{ "intro", VIEW_TEXT, offsetof(struct portal_page, intro), NULL, NULL },
	{ "answer_time", VIEW_TEXT, offsetof(struct portal_page, answer_time),
	    NULL, NULL },
	{ "has_forms", VIEW_BOOL, offsetof(struct portal_page, has_forms), NULL,
	    NULL },
	{ "has_articles", VIEW_BOOL, offsetof(struct portal_page, has_articles),
	    NULL, NULL },
	{ "forms", VIEW_LIST, offsetof(struct portal_page, forms),
	    &form_link_type, NULL },
	{ "articles", VIEW_LIST, offsetof(struct portal_page, articles),
	    &article_row_type, NULL },
	{ .name = NULL },
};
static const struct view_type portal_type = { "portal", portal_fields, NULL,
	NULL };

static int
get_portal(struct page *page)
{
	struct portal_page data = { .has_forms = false };
	struct site_read *read;
	const struct record *brand;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = form_links(
		    page, read->directory, BYTES_NONE, &data.forms);
	if (err == ERR_OK)
		err = articles_popular(
		    page, read, PORTAL_ARTICLES, &data.articles);
	if (err != ERR_OK)
		return page_status(err);
	brand = page->root.brand == NULL ?
	    NULL :
	    directory_find(read->directory, KIND_BRAND, page->root.brand->id);
	if (brand != NULL)
		data.welcome = record_text(brand, BRAND_GREETING);
	data.has_forms = data.forms.count > 0;
	data.has_articles = data.articles.count > 0;
	return page_show(page, "customer/portal", &portal_type, &data);
}

struct my_page {
	struct form_view form; /* first: see FORM_FIELDS */
	bool is_sent;
};

static const struct view_field my_fields[] = {
	FORM_FIELDS(struct my_page, form),
	{ "is_sent", VIEW_BOOL, offsetof(struct my_page, is_sent), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type my_type = { "my", my_fields, NULL, NULL };

static int
get_my(struct page *page)
{
	struct my_page *data = arena_new(page->arena, struct my_page);

	if (data == NULL)
		return 503;
	form_begin(page, &data->form);
	return page_show(page, "customer/my", &my_type, data);
}

/* One address gets three such mails an hour; who asks for more is answered as
 * ever, and gets none. */
static bool
gets_another(struct page *page, struct bytes email)
{
	struct buf address = buf_in(page->arena), key = buf_in(page->arena);

	if (text_email(&address, email, NULL) != ERR_OK)
		return true; /* the act says what is wrong with it */
	text_email_key(&key, buf_get(&address));
	return key.failed ||
	    limit_take(page->limiter, &limit_links_to, page->root.site_id,
		buf_get(&key), clock_monotonic_us() / 1000) == 0;
}

static int
post_my(struct page *page)
{
	static const struct actor visitor = { .kind = BY_CUSTOMER };
	struct my_page *data = arena_new(page->arena, struct my_page);
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .ticket = 0 };
	struct form form;
	int status;
	enum err err = ERR_OK;

	if (data == NULL || input == NULL)
		return 503;
	if (page_limited(page, &limit_links, BYTES_NONE) > 0)
		return 429;
	page_read_end(page);
	status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);
	if (status != 0)
		return status;
	form_again(page, &data->form, &form, NULL);
	page_input(page, input, VERB_LINKS_SEND, KIND_NONE, &visitor, &form);
	input->email = form_line(&form, "email");
	if (form_get(&form, "website").len == 0 &&
	    gets_another(page, input->email))
		err = desk_act(
		    page->desk, input, page->arena, &result, &page->why);
	data->is_sent = err == ERR_OK;
	if (err != ERR_OK)
		problems_result(
		    page, &data->form.problems, &result, &page->why);
	page->response->status = form_status(page, err);
	return page_show(page, "customer/my", &my_type, data);
}

const struct route customer_portal_routes[] = {
	{ ROUTE_GET, "/", ACCESS_PUBLIC, get_portal, false },
	{ ROUTE_GET, "/my", ACCESS_PUBLIC, get_my, false },
	{ ROUTE_POST, "/my", ACCESS_PUBLIC, post_my, true },
	{ .pattern = NULL },
};
