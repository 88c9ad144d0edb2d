/* core/pages/customer_article.c - articles: read, vote, search, suggest. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/desk/ask_hook.h"
#include "core/model/table.h"
#include "core/pages/article.h"
#include "core/pages/customer.h"

#include <stdio.h>

#define WORDS_MAX 200 /* bytes of what is looked for */
#define RESULTS_MAX 20
#define SUGGESTIONS_MAX 5

static const struct limit limit_votes = { "vote", 5, 60000 };
static const struct limit limit_search = { "search", 60, 500 };
static const struct limit limit_missed = { "missed", 5, 60000 };

struct article_view {
	struct bytes slug, title, body;
	int64_t updated_us;
};

struct article_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct article_view article;
	bool voted;
};

static const struct view_field article_fields[] = {
	{ "slug", VIEW_TEXT, offsetof(struct article_view, slug), NULL, NULL },
	{ "title", VIEW_TEXT, offsetof(struct article_view, title), NULL,
	    NULL },
	{ "body", VIEW_HTML, offsetof(struct article_view, body), NULL, NULL },
	{ "updated", VIEW_TIME, offsetof(struct article_view, updated_us), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type article_type = { "article", article_fields, NULL,
	NULL };

static const struct view_field article_page_fields[] = {
	FORM_FIELDS(struct article_page, form),
	{ "article", VIEW_INSIDE, offsetof(struct article_page, article),
	    &article_type, NULL },
	{ "voted", VIEW_BOOL, offsetof(struct article_page, voted), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type article_page_type = { "article page",
	article_page_fields, NULL, NULL };

/* The published article that the path names. */
static enum err
find_article(struct page *page, struct site_read **read, struct record *article)
{
	enum err err = page_read(page, read);

	if (err == ERR_OK)
		err = record_find_by((*read)->snapshot, KIND_ARTICLE,
		    INDEX_ARTICLE_SLUG, request_route(page->request, "slug"),
		    article);
	if (err == ERR_OK &&
	    !page_is_of(page, record_ref(article, ARTICLE_BRAND)))
		err = ERR_NOT_FOUND;
	if (err == ERR_OK && !record_int(article, ARTICLE_IS_PUBLISHED) &&
	    page->session == NULL) /* agents look at drafts */
		err = ERR_NOT_FOUND;
	return err;
}

static int
get_article(struct page *page)
{
	struct article_page *data = arena_new(page->arena, struct article_page);
	struct article_view *view;
	struct site_read *read;
	struct record article;
	enum err err = find_article(page, &read, &article);

	if (err != ERR_OK || data == NULL)
		return data == NULL ? 503 : page_status(err);
	form_begin(page, &data->form);
	view = &data->article;
	view->slug = record_text(&article, ARTICLE_SLUG);
	view->title = record_text(&article, ARTICLE_TITLE);
	view->updated_us = record_int(&article, ARTICLE_UPDATED);
	data->voted = params_has(&page->request->query, "voted");
	err = record_bigtext(
	    read->snapshot, &article, ARTICLE_HTML, page->arena, &view->body);
	if (err != ERR_OK)
		return page_status(err);
	return page_show(page, "customer/article", &article_page_type, data);
}

static int
post_vote(struct page *page)
{
	static const struct actor visitor = { .kind = BY_CUSTOMER };
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result;
	struct site_read *read;
	struct record article;
	struct form form;
	uint64_t id;
	int status;
	enum err err = find_article(page, &read, &article);

	if (err != ERR_OK || input == NULL)
		return input == NULL ? 503 : page_status(err);
	id = article.id;
	page_read_end(page);
	status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);
	if (status != 0)
		return status;
	/* over the limit a vote is thanked for and not counted */
	if (page_limited(page, &limit_votes, BYTES_NONE) == 0) {
		page_input(page, input, VERB_ARTICLE_VOTE, KIND_ARTICLE,
		    &visitor, &form);
		input->subject = id;
		input->rating = bytes_is(form_get(&form, "helpful"), "yes");
		err = desk_act(
		    page->desk, input, page->arena, &result, &page->why);
		if (err != ERR_OK)
			return page_status(err);
	}
	return page_redirect(page, "/kb/%.*s?voted=1#vote-h",
	    BYTES_ARG(request_route(page->request, "slug")));
}

struct search_page {
	struct bytes q;
	bool has_results;
	struct view_list results;
	int64_t count;
};

static const struct view_field search_fields[] = {
	{ "q", VIEW_TEXT, offsetof(struct search_page, q), NULL, NULL },
	{ "has_results", VIEW_BOOL, offsetof(struct search_page, has_results),
	    NULL, NULL },
	{ "results", VIEW_LIST, offsetof(struct search_page, results),
	    &article_row_type, NULL },
	{ "count", VIEW_INT, offsetof(struct search_page, count), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type search_type = { "search", search_fields, NULL,
	NULL };

static struct bytes
query_of(struct page *page)
{
	return text_cut(
	    bytes_trim(request_query(page->request, "q")), WORDS_MAX);
}

/* Nothing was found: scripts that collect what is missing hear of it. It is a
 * favour, not what the reader asked for: its failure changes nothing. */
static void
note_missed(struct page *page, struct bytes q)
{
	static const struct actor visitor = { .kind = BY_CUSTOMER };
	struct act_input *input = arena_new(page->arena, struct act_input);
	char client[48];
	struct act_result result;
	struct why why;

	if (input == NULL ||
	    limit_take(page->limiter, &limit_missed, page->root.site_id,
		limit_client(page->request->client, client),
		clock_monotonic_us() / 1000) > 0)
		return;
	page_input(page, input, VERB_SEARCH_MISS, KIND_TICKET, &visitor, NULL);
	input->body = q;
	record_set_text(&input->fields, TICKET_LANGUAGE,
	    bytes_of(languages[page->lang].code));
	if (desk_act(page->desk, input, page->arena, &result, &why) != ERR_OK)
		return;
}

static int
get_search(struct page *page)
{
	struct search_page data = { .q = query_of(page) };
	struct site_read *read;
	enum err err = ERR_OK;

	if (data.q.len > 0) {
		if (page_limited(page, &limit_search, BYTES_NONE) > 0)
			return 429;
		err = page_read(page, &read);
		if (err == ERR_OK)
			err = articles_find(
			    page, read, data.q, RESULTS_MAX, &data.results);
		if (err != ERR_OK)
			return page_status(err);
	}
	data.count = (int64_t)data.results.count;
	data.has_results = data.count > 0;
	if (data.q.len > 0 && !data.has_results) {
		page_read_end(page);
		note_missed(page, data.q);
	}
	return page_show(page, "customer/search", &search_type, &data);
}

/* {"articles": [{"title", "url"}]}, for js/suggest.js. */
static int
get_suggest(struct page *page)
{
	struct json_writer w = json_writer(&page->response->body);
	struct view_list found = { .count = 0 };
	struct bytes q = query_of(page);
	struct site_read *read;
	uint64_t first = 0;
	enum err err = ERR_OK;

	if (page_limited(page, &limit_search, BYTES_NONE) > 0)
		return 429;
	if (q.len > 0) {
		err = page_read(page, &read);
		if (err == ERR_OK)
			err = articles_find(
			    page, read, q, SUGGESTIONS_MAX, &found);
		if (err == ERR_OK)
			err = suggest_hook_ask(read, q,
			    bytes_of(languages[page->lang].code), page->arena,
			    &first);
		if (err == ERR_OK && first != 0)
			err = articles_put_first(
			    page, read, first, SUGGESTIONS_MAX, &found);
	}
	if (err != ERR_OK)
		return page_status(err);
	response_type(page->response, "application/json");
	json_begin_object(&w);
	json_key(&w, "articles");
	json_begin_list(&w);
	for (size_t i = 0; i < found.count; i++) {
		const struct article_row *row =
		    (const struct article_row *)found.items + i;

		json_begin_object(&w);
		json_member_text(&w, "title", row->title);
		json_member_text(&w, "url", row->url);
		json_end_object(&w);
	}
	json_end_list(&w);
	json_end_object(&w);
	return page->response->body.failed ? 503 : 0;
}

const struct route customer_article_routes[] = {
	{ ROUTE_GET, "/kb/{slug}", ACCESS_PUBLIC, get_article, false },
	{ ROUTE_POST, "/kb/{slug}/vote", ACCESS_PUBLIC, post_vote, true },
	{ ROUTE_GET, "/search", ACCESS_PUBLIC, get_search, false },
	{ ROUTE_GET, "/suggest", ACCESS_PUBLIC, get_suggest, false },
	{ .pattern = NULL },
};
