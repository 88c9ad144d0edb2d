/* core/pages/agent_notices.c - GET /agent/notices: what scripts told an agent.
 *
 * A ticket that the agent may no longer see takes its notices along.
 */
#include "config.h"
#include "core/pages/agent_notices.h"
#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/model/newest.h"

#define NOTICES_MAX 50

struct notice_row {
	struct bytes title, text, script, url, subject;
	int64_t number, at_us;
	bool is_new, is_urgent, has_ticket;
};

struct notices_page {
	struct agent_side side;
	struct view_list notices; /* of struct notice_row */
	struct bytes older_url;
	bool has_notices;
};

#define ROW(name, how, member) \
	{ \
		name, how, offsetof(struct notice_row, member), NULL, NULL \
	}
static const struct view_field notice_fields[] = {
	ROW("title", VIEW_TEXT, title),
	ROW("text", VIEW_TEXT, text),
	ROW("script", VIEW_TEXT, script),
	ROW("url", VIEW_TEXT, url),
	ROW("subject", VIEW_TEXT, subject),
	ROW("number", VIEW_INT, number),
	ROW("at", VIEW_TIME, at_us),
	ROW("is_new", VIEW_BOOL, is_new),
	ROW("is_urgent", VIEW_BOOL, is_urgent),
	ROW("has_ticket", VIEW_BOOL, has_ticket),
	{ .name = NULL },
};
static const struct view_type notice_type = { "notice", notice_fields, NULL,
	NULL };

static const struct view_field notices_fields[] = {
	AGENT_SIDE_FIELDS(struct notices_page, side),
	{ "notices", VIEW_LIST, offsetof(struct notices_page, notices),
	    &notice_type, NULL },
	{ "has_notices", VIEW_BOOL, offsetof(struct notices_page, has_notices),
	    NULL, NULL },
	{ "older_url", VIEW_TEXT, offsetof(struct notices_page, older_url),
	    NULL, NULL },
	{ .name = NULL },
};
static const struct view_type notices_type = { "notices", notices_fields, NULL,
	NULL };

/* ERR_NOT_FOUND for one whose ticket the agent may not see. */
static enum err
fill_ticket(struct page *page, struct site_read *read, uint64_t number,
    struct notice_row *row)
{
	struct actor actor = agent_actor(page);
	struct record ticket;
	enum err err = record_find(
	    read->snapshot, KIND_TICKET, number, &ticket);

	if (err != ERR_OK)
		return err;
	if (!desk_may_see(read->directory, &actor, &ticket))
		return ERR_NOT_FOUND;
	row->has_ticket = true;
	row->number = (int64_t)number;
	row->subject = record_text(&ticket, TICKET_SUBJECT);
	row->url = agent_ticket_url(page, number);
	return ERR_OK;
}

static enum err
fill_row(struct page *page, struct site_read *read, const struct record *notice,
    struct notice_row *row)
{
	uint64_t ticket = record_ref(notice, NOTICE_TICKET);
	enum err err = record_bigtext(
	    read->snapshot, notice, NOTICE_TEXT, page->arena, &row->text);

	if (err == ERR_OK && ticket != 0)
		err = fill_ticket(page, read, ticket, row);
	row->title = record_text(notice, NOTICE_TITLE);
	row->script = record_text(notice, NOTICE_SCRIPT);
	row->at_us = record_int(notice, NOTICE_AT);
	row->is_urgent = record_int(notice, NOTICE_URGENT) != 0;
	row->is_new = record_int(notice, NOTICE_READ_AT) == 0;
	return err;
}

static enum err
fill(struct page *page, struct site_read *read, struct notices_page *data,
    bool *has_new)
{
	struct newest_query query = { .kind = KIND_NOTICE,
		.index = INDEX_NOTICE_AGENT,
		.of = agent_actor(page).agent,
		.after = request_query(page->request, "after"),
		.limit = NOTICES_MAX };
	struct notice_row *rows = arena_array(
	    page->arena, struct notice_row, NOTICES_MAX);
	struct newest_page found;
	size_t count = 0;
	enum err err = records_newest(
	    read->snapshot, &query, page->arena, &found);

	if (rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
		memset(&rows[count], 0, sizeof rows[count]);
		err = fill_row(page, read, &found.records[i], &rows[count]);
		*has_new |= record_int(&found.records[i], NOTICE_READ_AT) == 0;
		if (err == ERR_OK)
			count++;
		else if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	data->notices = VIEW_LIST_OF(rows, count);
	data->has_notices = count > 0;
	if (err == ERR_OK && found.after.len > 0)
		data->older_url = bytes_of(
		    arena_printf(page->arena, "%.*s/agent/notices?after=%.*s",
			BYTES_ARG(page->root.base), BYTES_ARG(found.after)));
	return err;
}

/* What is shown has been seen; nothing is lost if noting it fails. */
static void
note_read(struct page *page)
{
	struct act_result result;
	struct act_input input;
	struct why why;

	act_input_init(&input, VERB_NOTICES_READ, KIND_NONE);
	input.actor = agent_actor(page);
	input.source = SOURCE_AGENT;
	if (desk_act(page->desk, &input, page->arena, &result, &why) != ERR_OK)
		return;
}

static int
show_notices(struct page *page)
{
	struct notices_page *data = arena_new(page->arena, struct notices_page);
	struct site_read *read;
	bool has_new = false;
	enum err err;
	int status;

	if (data == NULL)
		return 503;
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = agent_side_fill(page, read, BYTES_NONE, &data->side);
	if (err == ERR_OK)
		err = fill(page, read, data, &has_new);
	if (err != ERR_OK)
		return page_status(err);
	status = page_show(page, "agent/notices", &notices_type, data);
	page_read_end(page);
	if (has_new)
		note_read(page);
	return status;
}

const struct route agent_notice_routes[] = {
	{ ROUTE_GET, "/agent/notices", ACCESS_AGENT, show_notices, false },
	{ .pattern = NULL },
};
