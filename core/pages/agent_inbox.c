/* core/pages/agent_inbox.c - GET /agent, POST /agent/bulk. */
#include "config.h"
#include "core/pages/agent_inbox.h"
#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/desk/counts.h"
#include "core/desk/scripts.h"
#include "core/pages/agent.h"
#include "core/pages/agent_offers.h"
#include "core/web/session.h"

#define ROWS_MAX 50
#define BULK_MAX 100

struct empty_view {
	bool is_filter, is_mine, is_unassigned, is_waiting, is_first, is_other;
};

struct inbox_page {
	struct agent_side side;
	struct bytes folder_name, filter, filter_error, count;
	struct view_list rows, agents; /* of struct ticket_row, struct choice */
	struct view_list actions;      /* of struct choice */
	bool has_rows, searched_far, has_actions;
	struct bytes newer_url, older_url, back, key;
	struct empty_view empty;
};

static const struct view_field folder_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct inbox_page, folder_name), NULL,
	    NULL },
	{ NULL, 0, 0, NULL, NULL },
};
static const struct view_type folder_type = { .name = "folder",
	.fields = folder_fields };

static void
get_folder(const void *self, struct view *view, struct value *out)
{
	value_object(out, &folder_type, self);
}

#define EMPTY(name) \
	{ \
#name, VIEW_BOOL, offsetof(struct empty_view, name), NULL, \
		    NULL \
	}
static const struct view_field empty_fields[] = {
	EMPTY(is_filter),
	EMPTY(is_mine),
	EMPTY(is_unassigned),
	EMPTY(is_waiting),
	EMPTY(is_first),
	EMPTY(is_other),
	{ NULL, 0, 0, NULL, NULL },
};
static const struct view_type empty_type = { .name = "empty",
	.fields = empty_fields };

static const struct view_field agent_choice_fields[] = {
	{ "id", VIEW_TEXT, offsetof(struct choice, value), NULL, NULL },
	{ "name", VIEW_TEXT, offsetof(struct choice, label), NULL, NULL },
	{ NULL, 0, 0, NULL, NULL },
};
static const struct view_type agent_choice_type = { .name = "agent",
	.fields = agent_choice_fields };

static const struct view_field inbox_fields[] = {
	AGENT_SIDE_FIELDS(struct inbox_page, side),
	{ "folder", VIEW_GET, 0, NULL, get_folder },
	VIEW_FIELD(struct inbox_page, filter, VIEW_TEXT),
	VIEW_FIELD(struct inbox_page, filter_error, VIEW_TEXT),
	VIEW_FIELD(struct inbox_page, count, VIEW_TEXT),
	VIEW_FIELD(struct inbox_page, has_rows, VIEW_BOOL),
	{ "rows", VIEW_LIST, offsetof(struct inbox_page, rows),
	    &ticket_row_type, NULL },
	VIEW_FIELD(struct inbox_page, newer_url, VIEW_TEXT),
	VIEW_FIELD(struct inbox_page, older_url, VIEW_TEXT),
	VIEW_FIELD(struct inbox_page, searched_far, VIEW_BOOL),
	{ "empty", VIEW_INSIDE, offsetof(struct inbox_page, empty), &empty_type,
	    NULL },
	{ "agents", VIEW_LIST, offsetof(struct inbox_page, agents),
	    &agent_choice_type, NULL },
	{ "actions", VIEW_LIST, offsetof(struct inbox_page, actions),
	    &choice_type, NULL },
	VIEW_FIELD(struct inbox_page, has_actions, VIEW_BOOL),
	VIEW_FIELD(struct inbox_page, back, VIEW_TEXT),
	VIEW_FIELD(struct inbox_page, key, VIEW_TEXT),
	{ NULL, 0, 0, NULL, NULL },
};
static const struct view_type inbox_type = { .name = "agent/inbox",
	.fields = inbox_fields };

/* What the page shows depends on the commit, the directory, who asks, by which
 * session (its forms have the session's token) and what for; the time shown in
 * rows is kept up by the browser. */
static bool
is_unchanged(struct page *page, const struct site_read *read)
{
	const uint64_t parts[] = { snapshot_commit_number(read->snapshot),
		directory_version(read->directory),
		(uint64_t)page->root.user->id, page->session->id,
		(uint64_t)scripts_loaded_us(page->desk) };
	struct bytes q = page->root.path;
	uint32_t sum = 2166136261u;
	struct buf etag = buf_in(page->arena);

	for (size_t i = 0; i < q.len; i++)
		sum = (sum ^ (unsigned char)q.at[i]) * 16777619u;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		buf_int(&etag, (int64_t)parts[i]);
		buf_char(&etag, '-');
	}
	buf_int(&etag, sum);
	buf_char(&etag, '-');
	buf_text(&etag, page->root.lang);
	return !etag.failed &&
	    response_etag(page->response, page->request, buf_get(&etag));
}

static struct bytes
page_url(struct page *page, struct bytes filter, struct bytes after)
{
	struct buf url = buf_in(page->arena);

	buf_bytes(&url, page->root.base);
	buf_text(&url, "/agent?q=");
	url_encode(&url, filter);
	if (after.len > 0) {
		buf_text(&url, "&after=");
		buf_bytes(&url, after);
	}
	return url.failed ? BYTES_NONE : buf_get(&url);
}

/* No ticket was ever written. */
static bool
is_new_desk(struct site_read *read)
{
	struct record ticket;
	uint64_t id = 0;

	return record_next(read->snapshot, KIND_TICKET, &id, &ticket) ==
	    ERR_NOT_FOUND;
}

static void
fill_empty(struct page *page, struct site_read *read, struct inbox_page *data,
    bool is_folder)
{
	struct bytes f = data->filter;

	if (is_new_desk(read))
		data->empty.is_first = true;
	else if (bytes_is(f, "status:open owner:me"))
		data->empty.is_mine = true;
	else if (bytes_is(f, "status:open owner:none"))
		data->empty.is_unassigned = true;
	else if (bytes_is(f, "is:waiting sort:waiting"))
		data->empty.is_waiting = true;
	else if (is_folder)
		data->empty.is_other = true;
	else
		data->empty.is_filter = true;
}

static enum err
fill_rows(struct page *page, struct site_read *read, struct inbox_page *data,
    const struct view_page *found)
{
	struct ticket_row *rows = arena_array(
	    page->arena, struct ticket_row, found->count + 1);
	bool is_queue = bytes_find(data->filter, BYTES("queue:")) != NULL;
	enum err err = ERR_OK;

	if (rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < found->count; i++)
		err = ticket_row_fill(
		    page, read, &found->tickets[i], !is_queue, &rows[i]);
	data->rows = VIEW_LIST_OF(rows, found->count);
	data->has_rows = found->count > 0;
	return err;
}

/* How many the whole list has: from the counters, which know it exactly, or
 * by walking it to VIEW_COUNT_MAX. */
static enum err
count_list(struct page *page, struct site_read *read,
    const struct view_reader *reader, const struct filter *filter,
    struct inbox_page *data)
{
	struct actor actor = agent_actor(page);
	struct counts_query query;
	size_t count = 0;
	int64_t sum;
	enum err err;

	if (counts_query_of(filter, &query)) {
		err = counts_sum(read, &actor, &query, 1, &sum);
		if (err == ERR_OK)
			data->count = agent_count_text(page, sum, false);
		return err;
	}
	err = view_count(reader, filter, page->arena, &count);
	if (err == ERR_OK)
		data->count = agent_count_text(
		    page, (int64_t)count, count > VIEW_COUNT_MAX);
	return err;
}

/* The list behind the filter; a wrong filter shows what is wrong. */
static enum err
fill_list(struct page *page, struct site_read *read, struct inbox_page *data)
{
	struct actor actor = agent_actor(page);
	struct view_reader reader = desk_reader(
	    read->directory, read->snapshot, &actor, read->now_us);
	struct bytes after = request_query(page->request, "after");
	struct view_page found = { .count = 0 };
	struct why why = { .message = "" };
	struct filter filter;
	enum err err = filter_from_text(
	    data->filter, &reader.filter, page->arena, &filter, &why);

	if (err == ERR_INVALID) {
		data->filter_error = tr_why(page->arena, page->lang, &why);
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = view_list(
		    &reader, &filter, after, ROWS_MAX, page->arena, &found);
	if (err == ERR_INVALID) /* a cursor of another list: its beginning */
		err = view_list(&reader, &filter, BYTES_NONE, ROWS_MAX,
		    page->arena, &found);
	if (err == ERR_OK && (found.after.len > 0 || after.len > 0))
		err = count_list(page, read, &reader, &filter, data);
	else
		data->count = agent_count_text(
		    page, (int64_t)found.count, false);
	if (err == ERR_OK)
		err = fill_rows(page, read, data, &found);
	data->searched_far = found.is_cut;
	if (found.after.len > 0)
		data->older_url = page_url(page, data->filter, found.after);
	if (after.len > 0)
		data->newer_url = page_url(page, data->filter, BYTES_NONE);
	return err;
}

static int
show_inbox(struct page *page)
{
	struct inbox_page *data = arena_new(page->arena, struct inbox_page);
	struct form_view form;
	struct site_read *read;
	const char *folder;
	enum err err;

	if (data == NULL)
		return 503;
	err = page_read(page, &read);
	if (err != ERR_OK)
		return page_status(err);
	if (is_unchanged(page, read))
		return 0;
	data->filter = bytes_trim(request_query(page->request, "q"));
	if (!params_has(&page->request->query, "q"))
		data->filter = BYTES("status:open");
	folder = agent_folder_name(page, data->filter);
	data->folder_name = bytes_of(folder);
	data->back = page->root.path;
	form_begin(page, &form);
	data->key = form.key;
	err = agent_side_fill(page, read, data->filter, &data->side);
	if (err == ERR_OK)
		err = fill_list(page, read, data);
	if (err == ERR_OK)
		err = choices_of_kind(
		    page, read->directory, KIND_AGENT, 0, NULL, &data->agents);
	if (err == ERR_OK)
		err = offers_of_many(page, &data->actions);
	data->has_actions = data->actions.count > 0;
	if (err != ERR_OK)
		return page_status(err);
	if (!data->has_rows)
		fill_empty(page, read, data, folder != NULL);
	return page_show(page, "agent/inbox", &inbox_type, data);
}

/* What a bulk button does to each ticket. */
static enum err
bulk_input(struct page *page, const struct form *form, struct bytes what,
    struct act_input *input, struct site_read *read)
{
	struct bytes tag = form_line(form, "tag");
	struct bytes owner = form_line(form, "owner");
	const struct record *agent;
	struct record *fields = &input->fields;

	if (bytes_is(what, "assign")) {
		input->verb = VERB_TICKET_ASSIGN;
		agent = directory_find_key(read->directory, KIND_AGENT, owner);
		if (agent == NULL)
			agent = directory_find(read->directory, KIND_AGENT,
			    (uint64_t)params_int(&form->fields, "owner", 0));
		if (agent == NULL && !bytes_is(owner, "0"))
			return ERR_INVALID;
		input->agent = agent != NULL ? agent->id : 0;
	} else if (bytes_is(what, "close")) {
		record_set_int(fields, TICKET_STATUS, STATUS_CLOSED);
	} else if (bytes_is(what, "open")) {
		input->cleared |= UINT64_C(1) << TICKET_STATUS;
	} else if (bytes_is(what, "spam")) {
		record_set_int(fields, TICKET_PLACE, PLACE_SPAM);
	} else if (bytes_is(what, "action")) {
		input->verb = VERB_ACTION_RUN;
		input->name = form_line(form, "action");
	} else if (bytes_is(what, "tag") && tag.len > 0) {
		input->tags[0] = tag;
		input->tag_count = 1;
	} else {
		return ERR_INVALID;
	}
	return ERR_OK;
}

static void
flash_done(struct page *page, size_t done, size_t refused)
{
	const char *text = tr_plural(page->lang, "{n} ticket was changed.",
	    "{n} tickets were changed.", (int64_t)done);
	struct bytes n = agent_count_text(page, (int64_t)done, false);
	const struct tr_value value = { "n", n };

	page_flash(page, refused == 0 ? "ok" : "warn",
	    tr_fill(page->arena, text, &value, 1).at);
}

static int
post_bulk(struct page *page)
{
	struct actor actor = agent_actor(page);
	struct act_input input;
	struct act_result result;
	struct site_read *read;
	struct form form;
	size_t done = 0, refused = 0;
	struct bytes back;
	enum err err;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);

	if (status != 0)
		return status;
	back = agent_back(page, form_get(&form, "back"), "/agent");
	page_input(
	    page, &input, VERB_TICKET_UPDATE, KIND_TICKET, &actor, &form);
	input.key = BYTES_NONE; /* one for many acts */
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = bulk_input(
		    page, &form, form_get(&form, "do"), &input, read);
	page_read_end(page);
	if (err != ERR_OK)
		return page_status(err);
	for (size_t i = 0; i < form.fields.count && done < BULK_MAX; i++) {
		int64_t number;

		if (!bytes_is(form.fields.at[i].name, "ticket") ||
		    bytes_to_int(form.fields.at[i].value, &number) != ERR_OK)
			continue;
		input.subject = (uint64_t)number;
		err = desk_act(
		    page->desk, &input, page->arena, &result, &page->why);
		if (err == ERR_FULL || err == ERR_IO ||
		    (err == ERR_BUSY && input.verb != VERB_ACTION_RUN))
			return page_status(err);
		if (err == ERR_OK)
			done++;
		else
			refused++;
	}
	flash_done(page, done, refused);
	return page_redirect(page, "%.*s", BYTES_ARG(back));
}

const struct route agent_inbox_routes[] = {
	{ ROUTE_GET, "/agent", ACCESS_AGENT, show_inbox, false },
	{ ROUTE_POST, "/agent/bulk", ACCESS_AGENT, post_bulk, false },
	{ 0, NULL, 0, NULL, false },
};
