/* core/pages/admin_find.c - which records a list of admins shows. */
#include "config.h"
#include "core/base/arena.h"
#include "core/model/newest.h"
#include "core/model/search.h"
#include "core/pages/admin_list.h"

#include <stdlib.h>

#define ROWS_MAX 100 /* of a kind that is not held in memory */

struct rows {
	const struct record **at;
	size_t count;
};

static int
compare_labels(const void *a, const void *b)
{
	const struct record *const *x = a, *const *y = b;

	return bytes_compare(record_label(*x), record_label(*y));
}

static struct bytes
page_url(struct page *page, const struct admin_kind *kind, struct bytes after)
{
	return admin_url(page, "%s?after=%.*s", kind->path, BYTES_ARG(after));
}

static enum err
point_to(
    struct page *page, struct record *records, size_t count, struct rows *out)
{
	out->at = arena_array(page->arena, const struct record *, count + 1);
	if (out->at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		out->at[i] = &records[i];
	out->count = count;
	return ERR_OK;
}

/* Customers: whom we heard of last comes first. */
static enum err
find_newest(struct page *page, struct site_read *read,
    const struct admin_kind *kind, struct list_page *data, struct rows *out)
{
	struct newest_query query = { .kind = kind->kind,
		.index = INDEX_CUSTOMER_UPDATED,
		.after = request_query(page->request, "after"),
		.limit = ROWS_MAX };
	struct newest_page found;
	enum err err = records_newest(
	    read->snapshot, &query, page->arena, &found);

	if (err == ERR_INVALID) { /* a cursor of another list */
		query.after = BYTES_NONE;
		err = records_newest(
		    read->snapshot, &query, page->arena, &found);
	}
	if (err != ERR_OK)
		return err;
	if (found.after.len > 0)
		data->older_url = page_url(page, kind, found.after);
	return point_to(page, found.records, found.count, out);
}

/* The others: by id, and within a page by name. */
static enum err
find_by_id(struct page *page, struct site_read *read,
    const struct admin_kind *kind, struct list_page *data, struct rows *out)
{
	struct record *records = arena_array(
	    page->arena, struct record, ROWS_MAX + 1);
	uint64_t id = (uint64_t)params_int(&page->request->query, "after", 0);
	uint64_t last = id;
	size_t count = 0;
	enum err err = ERR_OK;

	if (records == NULL)
		return ERR_NOMEM;
	while (err == ERR_OK && count <= ROWS_MAX) {
		last = id;
		err = record_next(
		    read->snapshot, kind->kind, &id, &records[count]);
		if (err == ERR_OK)
			count++;
	}
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (count > ROWS_MAX) {
		count = ROWS_MAX;
		data->older_url = page_url(page, kind,
		    bytes_of(arena_printf(
			page->arena, "%llu", (unsigned long long)last)));
	}
	err = point_to(page, records, count, out);
	if (err == ERR_OK)
		qsort(out->at, out->count, sizeof *out->at, compare_labels);
	return err;
}

/* By words, those that fit best first. */
static enum err
find_words(struct page *page, struct site_read *read,
    const struct admin_kind *kind, struct bytes words, struct rows *out)
{
	struct search_reader reader = { .sees_notes = true,
		.now_us = read->now_us };
	struct search_result found = { .count = 0 };
	struct record *records = arena_array(
	    page->arena, struct record, ROWS_MAX);
	size_t count = 0;
	enum err err = search_find(read->snapshot, kind->kind, words, &reader,
	    ROWS_MAX, page->arena, &found);

	if (records == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
		err = record_find(read->snapshot, kind->kind, found.hits[i].id,
		    &records[count]);
		if (err == ERR_OK)
			count++;
		else if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	return err == ERR_OK ? point_to(page, records, count, out) : err;
}

enum err
list_find(struct page *page, struct site_read *read,
    const struct admin_kind *kind, struct list_page *data)
{
	struct bytes words = bytes_trim(request_query(page->request, "q"));
	const struct record *const *all;
	struct rows rows = { .count = 0 };
	enum err err;

	if (directory_holds(kind->kind)) {
		all = directory_all(read->directory, kind->kind, &rows.count);
		return list_fill(page, read, kind, all, rows.count, data);
	}
	if (words.len > 0)
		err = find_words(page, read, kind, words, &rows);
	else if (kind->kind == KIND_CUSTOMER)
		err = find_newest(page, read, kind, data, &rows);
	else
		err = find_by_id(page, read, kind, data, &rows);
	if (err == ERR_OK)
		err = list_fill(page, read, kind, rows.at, rows.count, data);
	if (err != ERR_OK)
		return err;
	data->has_search = true;
	data->search_url = admin_url(page, "%s", kind->path);
	data->search_label = bytes_of(page_tr(page, kind->search));
	data->query = words;
	if (words.len > 0)
		data->empty_text = bytes_of(
		    page_tr(page, N_("Nothing was found.")));
	if (request_query(page->request, "after").len > 0)
		data->newer_url = data->search_url;
	return ERR_OK;
}
