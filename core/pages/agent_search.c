/* core/pages/agent_search.c - GET /agent/search: tickets by their words. */
#include "config.h"
#include "core/pages/agent_search.h"
#include "core/base/arena.h"
#include "core/model/ticket.h"

#define RESULTS_MAX 25
#define FOUND_MAX 220 /* bytes of a text around the words */

struct search_page {
	struct agent_side side;
	struct bytes error, count, older_url;
	bool has_results;
	struct view_list results; /* of struct ticket_row */
};

static const struct view_field search_fields[] = {
	AGENT_SIDE_FIELDS(struct search_page, side),
	{ "error", VIEW_TEXT, offsetof(struct search_page, error), NULL, NULL },
	{ "count", VIEW_TEXT, offsetof(struct search_page, count), NULL, NULL },
	{ "older_url", VIEW_TEXT, offsetof(struct search_page, older_url), NULL,
	    NULL },
	{ "has_results", VIEW_BOOL, offsetof(struct search_page, has_results),
	    NULL, NULL },
	{ "results", VIEW_LIST, offsetof(struct search_page, results),
	    &ticket_row_type, NULL },
	{ .name = NULL },
};
static const struct view_type search_type = { "search", search_fields, NULL,
	NULL };

/* The text in which the words stand: the entry's, or the newest message. */
static enum err
found_text(struct page *page, struct site_read *read,
    const struct record *ticket, uint64_t sequence, struct ticket_row *row,
    struct bytes *out)
{
	struct record entry;
	enum err err;

	*out = record_text(ticket, TICKET_SNIPPET);
	if (sequence == 0)
		return ERR_OK;
	err = record_find(
	    read->snapshot, KIND_ENTRY, entry_id(ticket->id, sequence), &entry);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	row->is_in_note = record_int(&entry, ENTRY_TYPE) == ENTRY_IS_NOTE;
	if (record_int(&entry, ENTRY_FORMAT) == FORMAT_HTML)
		return ERR_OK;
	return record_bigtext(
	    read->snapshot, &entry, ENTRY_BODY, page->arena, out);
}

static enum err
fill_result(struct page *page, struct site_read *read,
    const struct view_page *found, size_t i, struct bytes words,
    struct ticket_row *row)
{
	const struct record *ticket = &found->tickets[i];
	struct bytes text;
	enum err err = ticket_row_fill(page, read, ticket, true, row);

	if (err == ERR_OK)
		err = found_text(page, read, ticket,
		    found->entries != NULL ? found->entries[i] : 0, row, &text);
	if (err == ERR_OK)
		err = found_html(page, words, text, FOUND_MAX, &row->found);
	return err;
}

static struct bytes
older_url(struct page *page, struct bytes query, struct bytes after)
{
	struct buf url = buf_in(page->arena);

	buf_bytes(&url, page->root.base);
	buf_text(&url, "/agent/search?q=");
	url_encode(&url, query);
	buf_text(&url, "&after=");
	url_encode(&url, after);
	return url.failed ? BYTES_NONE : buf_get(&url);
}

/* A number alone is looked for as a word, and as a ticket's number: that one
 * comes first. */
static enum err
add_numbered(struct page *page, struct site_read *read, struct bytes query,
    struct ticket_row *rows, size_t *count)
{
	struct actor actor = agent_actor(page);
	struct record ticket;
	int64_t number;
	enum err err;

	if (bytes_to_int(query, &number) != ERR_OK || number <= 0)
		return ERR_OK;
	err = record_find(
	    read->snapshot, KIND_TICKET, (uint64_t)number, &ticket);
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !desk_may_see(read->directory, &actor, &ticket)))
		return ERR_OK;
	if (err == ERR_OK)
		err = ticket_row_fill(page, read, &ticket, true, &rows[0]);
	if (err == ERR_OK)
		err = found_html(page, BYTES_NONE,
		    record_text(&ticket, TICKET_SNIPPET), FOUND_MAX,
		    &rows[0].found);
	if (err == ERR_OK)
		*count = 1;
	return err;
}

static enum err
fill_results(struct page *page, struct site_read *read,
    const struct filter *filter, const struct view_page *found,
    struct search_page *data)
{
	struct ticket_row *rows = arena_array(
	    page->arena, struct ticket_row, found->count + 1);
	size_t count = 0;
	uint64_t first;
	enum err err = ERR_OK;

	if (rows == NULL)
		return ERR_NOMEM;
	if (request_query(page->request, "after").len == 0)
		err = add_numbered(
		    page, read, data->side.bar.search_q, rows, &count);
	first = count > 0 ? (uint64_t)rows[0].number : 0;
	for (size_t i = 0; err == ERR_OK && i < found->count; i++)
		if (found->tickets[i].id != first)
			err = fill_result(page, read, found, i, filter->words,
			    &rows[count++]);
	data->results = VIEW_LIST_OF(rows, count);
	data->has_results = count > 0;
	return err;
}

/* Fills all of the page; *<number> is the ticket that was asked for by its
 * number, #17, and may be seen. */
static enum err
search(struct page *page, struct site_read *read, struct search_page *data,
    uint64_t *number)
{
	struct actor actor = agent_actor(page);
	struct view_reader reader = desk_reader(
	    read->directory, read->snapshot, &actor, read->now_us);
	struct bytes after = request_query(page->request, "after");
	struct bytes query = data->side.bar.search_q;
	struct view_page found = { .count = 0 };
	struct why why = { .message = "" };
	struct filter *filter = arena_new(page->arena, struct filter);
	size_t count = 0;
	enum err err;

	if (filter == NULL)
		return ERR_NOMEM;
	err = filter_from_text(
	    query, &reader.filter, page->arena, filter, &why);
	if (err == ERR_INVALID) {
		data->error = tr_why(page->arena, page->lang, &why);
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = view_list(
		    &reader, filter, after, RESULTS_MAX, page->arena, &found);
	if (err == ERR_INVALID) { /* a cursor of another search */
		after = BYTES_NONE;
		err = view_list(
		    &reader, filter, after, RESULTS_MAX, page->arena, &found);
	}
	if (err != ERR_OK)
		return err;
	if (filter->number != 0 && found.count == 1) {
		*number = found.tickets[0].id;
		return ERR_OK;
	}
	err = fill_results(page, read, filter, &found, data);
	count = data->results.count;
	if (err == ERR_OK && (found.after.len > 0 || after.len > 0))
		err = view_count(&reader, filter, page->arena, &count);
	data->count = agent_count_text(
	    page, (int64_t)count, count > VIEW_COUNT_MAX);
	if (found.after.len > 0)
		data->older_url = older_url(page, query, found.after);
	return err;
}

static int
show_search(struct page *page)
{
	struct search_page *data = arena_new(page->arena, struct search_page);
	struct site_read *read;
	uint64_t number = 0;
	enum err err;

	if (data == NULL)
		return 503;
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = agent_side_fill(page, read, BYTES_NONE, &data->side);
	data->side.bar.search_q = bytes_trim(request_query(page->request, "q"));
	if (err == ERR_OK && data->side.bar.search_q.len > 0)
		err = search(page, read, data, &number);
	if (err != ERR_OK)
		return page_status(err);
	if (number != 0)
		return page_redirect(
		    page, "/agent/t/%llu", (unsigned long long)number);
	return page_show(page, "agent/search", &search_type, data);
}

const struct route agent_search_routes[] = {
	{ ROUTE_GET, "/agent/search", ACCESS_AGENT, show_search, false },
	{ .pattern = NULL },
};
