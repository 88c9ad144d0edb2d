/* core/pages/article.c - articles as customers find them in lists. */
#include "config.h"
#include "core/pages/article.h"
#include "core/base/arena.h"
#include "core/model/search.h"
#include "core/model/table.h"
#include "core/web/markdown.h"

#include <stdlib.h>

#define ABOUT_MAX 160      /* bytes of a row's first words */
#define SNIPPET_MAX 240    /* bytes of a result's text */
#define LOOKED_AT_MAX 1000 /* articles that the portal chooses from */

static const struct view_field row_fields[] = {
	{ "url", VIEW_TEXT, offsetof(struct article_row, url), NULL, NULL },
	{ "title", VIEW_TEXT, offsetof(struct article_row, title), NULL, NULL },
	{ "about", VIEW_TEXT, offsetof(struct article_row, about), NULL, NULL },
	{ "snippet", VIEW_HTML, offsetof(struct article_row, snippet), NULL,
	    NULL },
	{ .name = NULL },
};
const struct view_type article_row_type = { "article", row_fields, NULL, NULL };

static bool
is_in_language(const struct page *page, const struct record *article)
{
	struct bytes language = record_text(article, ARTICLE_LANGUAGE);

	return language.len == 0 || translate_language(language) == page->lang;
}

/* Whether readers of this page's web site may read it. */
static bool
is_shown(const struct page *page, const struct record *article)
{
	return record_int(article, ARTICLE_IS_PUBLISHED) &&
	    page_is_of(page, record_ref(article, ARTICLE_BRAND));
}

static enum err
fill_row(
    struct page *page, const struct record *article, struct article_row *row)
{
	struct buf url = buf_in(page->arena);

	buf_bytes(&url, page->root.base);
	buf_text(&url, "/kb/");
	url_encode(&url, record_text(article, ARTICLE_SLUG));
	if (url.failed)
		return ERR_NOMEM;
	row->url = buf_get(&url);
	row->title = record_text(article, ARTICLE_TITLE);
	row->helped = record_int(article, ARTICLE_HELPED);
	row->updated_us = record_int(article, ARTICLE_UPDATED);
	return ERR_OK;
}

static enum err
read_about(struct page *page, struct site_read *read,
    const struct record *article, struct bytes *out)
{
	struct buf line = buf_in(page->arena);
	struct bytes body;
	enum err err = record_bigtext(
	    read->snapshot, article, ARTICLE_BODY, page->arena, &body);

	if (err == ERR_OK)
		err = markdown_snippet(&line, body, ABOUT_MAX);
	if (err != ERR_OK)
		return err;
	*out = buf_get(&line);
	return line.failed ? ERR_NOMEM : ERR_OK;
}

/* Most helpful first, then the newest. */
static bool
comes_before(const struct record *a, const struct record *b)
{
	int64_t x = record_int(a, ARTICLE_HELPED);
	int64_t y = record_int(b, ARTICLE_HELPED);

	if (x != y)
		return x > y;
	return record_int(a, ARTICLE_UPDATED) > record_int(b, ARTICLE_UPDATED);
}

/* Keep <article> among the best <limit>, which are in order. */
static void
keep_best(struct record *best, size_t *count, size_t limit,
    const struct record *article)
{
	size_t at = *count;

	while (at > 0 && comes_before(article, &best[at - 1]))
		at--;
	if (at >= limit)
		return;
	if (*count < limit)
		(*count)++;
	memmove(&best[at + 1], &best[at], (*count - at - 1) * sizeof *best);
	best[at] = *article;
}

enum err
articles_popular(struct page *page, struct site_read *read, size_t limit,
    struct view_list *out)
{
	struct record *best = arena_array(page->arena, struct record, limit);
	struct article_row *rows = arena_array(
	    page->arena, struct article_row, limit);
	size_t count = 0;
	uint64_t id = 0;
	struct record article;
	enum err err = ERR_OK;

	if (best == NULL || rows == NULL)
		return ERR_NOMEM;
	for (int i = 0; i < LOOKED_AT_MAX; i++) {
		err = record_next(read->snapshot, KIND_ARTICLE, &id, &article);
		if (err != ERR_OK)
			break;
		if (is_shown(page, &article) && is_in_language(page, &article))
			keep_best(best, &count, limit, &article);
	}
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = fill_row(page, &best[i], &rows[i]);
		if (err == ERR_OK)
			err = read_about(page, read, &best[i], &rows[i].about);
	}
	*out = VIEW_LIST_OF(rows, count);
	return err;
}

/* Whom the search asks which records may be shown. */
struct asker {
	struct page *page;
	struct snapshot *snapshot;
};

static bool
sees_article(void *arg, uint64_t id, int64_t *updated_us)
{
	const struct asker *asker = arg;
	struct record article;

	if (record_find(asker->snapshot, KIND_ARTICLE, id, &article) !=
		ERR_OK ||
	    !is_shown(asker->page, &article))
		return false;
	*updated_us = record_int(&article, ARTICLE_UPDATED);
	return true;
}

/* <text> with the words that were looked for in <mark>. */
static enum err
mark_words(struct page *page, struct site_read *read,
    const struct record *article, struct bytes words, struct bytes *out)
{
	struct bytes body;
	enum err err = record_bigtext(
	    read->snapshot, article, ARTICLE_BODY, page->arena, &body);

	return err == ERR_OK ? found_html(page, words, body, SNIPPET_MAX, out) :
			       err;
}

enum err
articles_find(struct page *page, struct site_read *read, struct bytes words,
    size_t limit, struct view_list *out)
{
	struct asker asker = { page, read->snapshot };
	struct search_reader reader = {
		.sees = sees_article, .arg = &asker, .now_us = read->now_us
	};
	struct search_result result = { .count = 0 };
	struct article_row *rows;
	size_t count = 0;
	enum err err = search_find(read->snapshot, KIND_ARTICLE, words, &reader,
	    limit, page->arena, &result);

	if (err != ERR_OK)
		return err;
	rows = arena_array(page->arena, struct article_row, result.count);
	if (rows == NULL && result.count > 0)
		return ERR_NOMEM;
	/* two walks: those in the reader's language first */
	for (int walk = 0; walk < 2; walk++)
		for (size_t i = 0; err == ERR_OK && i < result.count; i++) {
			struct record article;

			err = record_find(read->snapshot, KIND_ARTICLE,
			    result.hits[i].id, &article);
			if (err != ERR_OK ||
			    is_in_language(page, &article) != (walk == 0))
				continue;
			err = fill_row(page, &article, &rows[count]);
			if (err == ERR_OK)
				err = mark_words(page, read, &article, words,
				    &rows[count].snippet);
			count++;
		}
	*out = VIEW_LIST_OF(rows, count);
	return err;
}

enum err
articles_put_first(struct page *page, struct site_read *read, uint64_t id,
    size_t limit, struct view_list *list)
{
	const struct article_row *old = list->items;
	struct article_row *rows = arena_array(
	    page->arena, struct article_row, limit + 1);
	struct record article;
	size_t count = 1;
	enum err err = record_find(read->snapshot, KIND_ARTICLE, id, &article);

	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !is_shown(page, &article)))
		return ERR_OK;
	if (rows == NULL || limit == 0)
		return ERR_NOMEM;
	if (err == ERR_OK)
		err = fill_row(page, &article, &rows[0]);
	for (size_t i = 0; err == ERR_OK && i < list->count && count < limit;
	     i++)
		if (!bytes_equal(old[i].url, rows[0].url))
			rows[count++] = old[i];
	if (err == ERR_OK)
		*list = VIEW_LIST_OF(rows, count);
	return err;
}
