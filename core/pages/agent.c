/* core/pages/agent.c - side bar, rows, choices. */
#include "config.h"
#include "core/pages/agent.h"
#include "core/base/arena.h"
#include "core/desk/counts.h"
#include "core/model/newest.h"
#include "core/model/seen.h"
#include "core/model/ticket.h"

#define BELL_MAX 99 /* new notifications that are counted */

/* Folders are filters with a name. */
static const struct folder {
	const char *name, *filter, *icon, *key;
	struct counts_query query;
	bool is_mine, has_count;
} folders[] = {
	{ N_("Unassigned"), "status:open owner:none", "unassigned", "u",
	    { .states = 1u << STATE_OPEN, .has_owner = true }, false, true },
	{ N_("Mine"), "status:open owner:me", "person", "m",
	    { .states = 1u << STATE_OPEN, .has_owner = true }, true, true },
	{ N_("Customers waiting"), "is:waiting sort:waiting", "clock", "w",
	    { .is_waiting = true }, false, true },
	{ N_("All open"), "status:open", "inbox", "i",
	    { .states = 1u << STATE_OPEN }, false, true },
	{ N_("Pending"), "status:pending", "clock", "p",
	    { .states = 1u << STATE_PENDING }, false, true },
	{ N_("Closed"), "status:closed", "closed", "c",
	    { .states = 1u << STATE_CLOSED }, false, false },
	{ N_("Spam"), "place:spam", "spam", "s", { .states = 1u << STATE_SPAM },
	    false, true },
	{ N_("Trash"), "place:trash", "trash", "",
	    { .states = 1u << STATE_TRASH }, false, false },
};
#define FOLDERS (sizeof folders / sizeof *folders)

static const struct view_field side_item_fields[] = {
	{ "url", VIEW_TEXT, offsetof(struct side_item, url), NULL, NULL },
	{ "name", VIEW_TEXT, offsetof(struct side_item, name), NULL, NULL },
	{ "count", VIEW_TEXT, offsetof(struct side_item, count), NULL, NULL },
	{ "icon", VIEW_CSTR, offsetof(struct side_item, icon), NULL, NULL },
	{ "key", VIEW_CSTR, offsetof(struct side_item, key), NULL, NULL },
	{ "is_current", VIEW_BOOL, offsetof(struct side_item, is_current), NULL,
	    NULL },
	{ NULL, 0, 0, NULL, NULL },
};
const struct view_type side_item_type = { .name = "side_item",
	.fields = side_item_fields };

struct actor
agent_actor(const struct page *page)
{
	return actor_agent((uint64_t)page->root.user->id);
}

struct bytes
agent_count_text(struct page *page, int64_t count, bool is_cut)
{
	struct buf text = buf_in(page->arena);

	if (is_cut)
		return BYTES("1 000+");
	if (count < 1000)
		buf_int(&text, count);
	else
		buf_printf(&text, "%lld %03lld", (long long)count / 1000,
		    (long long)count % 1000);
	return text.failed ? BYTES_NONE : buf_get(&text);
}

/* "/agent?q=status:open+owner:me" */
static struct bytes
list_url(struct page *page, const char *filter)
{
	struct buf url = buf_in(page->arena);

	buf_bytes(&url, page->root.base);
	buf_text(&url, "/agent?q=");
	for (const char *p = filter; *p != '\0'; p++)
		buf_char(&url, *p == ' ' ? '+' : *p);
	return url.failed ? BYTES_NONE : buf_get(&url);
}

static enum err
add_queues(struct page *page, struct site_read *read, struct bytes filter,
    struct agent_side *side)
{
	struct actor actor = agent_actor(page);
	size_t count, n = 0;
	const struct record *const *all = directory_all(
	    read->directory, KIND_QUEUE, &count);
	struct side_item *items = arena_array(
	    page->arena, struct side_item, count + 1);
	struct counts_query *queries = arena_array(
	    page->arena, struct counts_query, count + 1);
	int64_t *sums = arena_array(page->arena, int64_t, count + 1);
	enum err err;

	if (items == NULL || queries == NULL || sums == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		char *text = arena_printf(page->arena, "status:open queue:%.*s",
		    BYTES_ARG(record_key(all[i])));

		if (text == NULL)
			return ERR_NOMEM;
		if (!(directory_rights(
			  read->directory, actor.agent, all[i]->id) &
			RIGHT_SEE))
			continue;
		queries[n] = (struct counts_query){ .states = 1u << STATE_OPEN,
			.has_queue = true,
			.queue = all[i]->id };
		items[n].url = list_url(page, text);
		items[n].name = record_label(all[i]);
		items[n].is_current = bytes_is(filter, text);
		n++;
	}
	err = counts_sum(read, &actor, queries, n, sums);
	for (size_t i = 0; err == ERR_OK && i < n; i++)
		if (sums[i] > 0)
			items[i].count = agent_count_text(page, sums[i], false);
	side->queues = VIEW_LIST_OF(items, n);
	side->has_queues = n > 0;
	return err;
}

/* Its title, unless it is of a ticket that the agent may not see any more. */
static struct bytes
notice_title(const struct page *page, const struct site_read *read,
    const struct record *notice)
{
	struct actor actor = agent_actor(page);
	uint64_t number = record_ref(notice, NOTICE_TICKET);
	struct record ticket;

	if (number != 0 &&
	    (record_find(read->snapshot, KIND_TICKET, number, &ticket) !=
		    ERR_OK ||
		!desk_may_see(read->directory, &actor, &ticket)))
		return bytes_of(page_tr(page, N_("Notifications")));
	return record_text(notice, NOTICE_TITLE);
}

enum err
agent_bar_fill(struct page *page, struct site_read *read, struct agent_bar *bar)
{
	struct newest_query query = { .kind = KIND_NOTICE,
		.index = INDEX_NOTICE_NEW,
		.of = agent_actor(page).agent,
		.limit = BELL_MAX + 1 };
	struct newest_page newest;
	size_t count = 0;
	enum err err = records_count(read->snapshot, &query, &count);

	if (err != ERR_OK || count == 0)
		return err;
	query.limit = 1;
	err = records_newest(read->snapshot, &query, page->arena, &newest);
	if (err != ERR_OK || newest.count == 0)
		return err;
	bar->notices_new = count > BELL_MAX ?
	    BYTES("99+") :
	    bytes_of(arena_printf(page->arena, "%zu", count));
	bar->notices_title = notice_title(page, read, &newest.records[0]);
	bar->notices_id = (int64_t)newest.records[0].id;
	return ERR_OK;
}

enum err
agent_side_fill(struct page *page, struct site_read *read, struct bytes filter,
    struct agent_side *side)
{
	struct actor actor = agent_actor(page);
	struct counts_query queries[FOLDERS];
	struct side_item *items = arena_array(
	    page->arena, struct side_item, FOLDERS);
	int64_t sums[FOLDERS];
	enum err err;

	if (items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < FOLDERS; i++) {
		queries[i] = folders[i].query;
		if (folders[i].is_mine)
			queries[i].owner = actor.agent;
	}
	err = counts_sum(read, &actor, queries, FOLDERS, sums);
	if (err == ERR_OK)
		err = agent_bar_fill(page, read, &side->bar);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < FOLDERS; i++) {
		items[i].url = list_url(page, folders[i].filter);
		items[i].name = bytes_of(page_tr(page, folders[i].name));
		items[i].icon = folders[i].icon;
		items[i].key = folders[i].key;
		items[i].is_current = bytes_is(filter, folders[i].filter);
		if (folders[i].has_count && sums[i] > 0)
			items[i].count = agent_count_text(page, sums[i], false);
	}
	side->folders = VIEW_LIST_OF(items, FOLDERS);
	return add_queues(page, read, filter, side);
}

const char *
agent_folder_name(const struct page *page, struct bytes filter)
{
	for (size_t i = 0; i < FOLDERS; i++)
		if (bytes_is(filter, folders[i].filter))
			return page_tr(page, folders[i].name);
	return NULL;
}

static const struct view_field person_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct person_view, name), NULL, NULL },
	{ "initials", VIEW_TEXT, offsetof(struct person_view, initials), NULL,
	    NULL },
	{ "tone", VIEW_INT, offsetof(struct person_view, tone), NULL, NULL },
	{ NULL, 0, 0, NULL, NULL },
};
static const struct view_type person_view_type = { .name = "person",
	.fields = person_fields };

static const struct view_field row_queue_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct ticket_row, queue_name), NULL,
	    NULL },
	{ NULL, 0, 0, NULL, NULL },
};
static const struct view_type row_queue_type = { .name = "row.queue",
	.fields = row_queue_fields };

static void
row_queue(const void *self, struct view *view, struct value *out)
{
	value_object(out, &row_queue_type, self);
}

static const struct view_field ticket_row_fields[] = {
	VIEW_FIELD(struct ticket_row, number, VIEW_INT),
	VIEW_FIELD(struct ticket_row, rev, VIEW_INT),
	VIEW_FIELD(struct ticket_row, url, VIEW_TEXT),
	VIEW_FIELD(struct ticket_row, subject, VIEW_TEXT),
	{ "snippet", VIEW_TEXT, offsetof(struct ticket_row, snippet), NULL,
	    NULL },
	{ "found", VIEW_HTML, offsetof(struct ticket_row, found), NULL, NULL },
	{ "customer", VIEW_INSIDE, offsetof(struct ticket_row, customer),
	    &person_view_type, NULL },
	{ "owner", VIEW_INSIDE, offsetof(struct ticket_row, owner),
	    &person_view_type, NULL },
	{ "queue", VIEW_GET, 0, NULL, row_queue },
	VIEW_FIELD(struct ticket_row, status_label, VIEW_CSTR),
	{ "waiting", VIEW_TIME, offsetof(struct ticket_row, waiting_us), NULL,
	    NULL },
	{ "updated", VIEW_TIME, offsetof(struct ticket_row, updated_us), NULL,
	    NULL },
	{ "at", VIEW_TIME, offsetof(struct ticket_row, updated_us), NULL,
	    NULL },
	{ "tags", VIEW_LIST, offsetof(struct ticket_row, tags), &view_text,
	    NULL },
	VIEW_FIELD(struct ticket_row, is_unread, VIEW_BOOL),
	VIEW_FIELD(struct ticket_row, is_waiting, VIEW_BOOL),
	VIEW_FIELD(struct ticket_row, is_open, VIEW_BOOL),
	VIEW_FIELD(struct ticket_row, is_pending, VIEW_BOOL),
	VIEW_FIELD(struct ticket_row, is_closed, VIEW_BOOL),
	VIEW_FIELD(struct ticket_row, is_urgent, VIEW_BOOL),
	VIEW_FIELD(struct ticket_row, is_high, VIEW_BOOL),
	VIEW_FIELD(struct ticket_row, is_low, VIEW_BOOL),
	VIEW_FIELD(struct ticket_row, has_owner, VIEW_BOOL),
	{ "in_note", VIEW_BOOL, offsetof(struct ticket_row, is_in_note), NULL,
	    NULL },
	{ NULL, 0, 0, NULL, NULL },
};
const struct view_type ticket_row_type = { .name = "row",
	.fields = ticket_row_fields };

const char *
agent_status_label(const struct page *page, int64_t status)
{
	static const char *const labels[] = { N_("Open"), N_("Pending"),
		N_("Closed") };

	return status >= 0 && status < 3 ? page_tr(page, labels[status]) : "";
}

const char *
agent_priority_label(const struct page *page, int64_t priority)
{
	static const char *const labels[] = { N_("Normal"), N_("Low"),
		N_("High"), N_("Urgent") };

	return priority >= 0 && priority < 4 ? page_tr(page, labels[priority]) :
					       "";
}

static enum err
fill_tags(struct page *page, struct bytes list, struct view_list *out)
{
	const struct field *field = &kind_get(KIND_TICKET)->fields[TICKET_TAGS];
	size_t count = list_count(field, list), n = 0;
	struct bytes *tags, item;

	*out = (struct view_list){ .items = NULL };
	if (count == 0)
		return ERR_OK;
	tags = arena_array(page->arena, struct bytes, count);
	if (tags == NULL)
		return ERR_NOMEM;
	while (list_next_text(&list, &item))
		tags[n++] = item;
	*out = VIEW_LIST_OF(tags, n);
	return ERR_OK;
}

static void
fill_owner(struct page *page, const struct site_read *read,
    struct ticket_row *row, uint64_t owner)
{
	const struct record *agent = directory_find(
	    read->directory, KIND_AGENT, owner);

	row->has_owner = agent != NULL;
	if (agent == NULL)
		return;
	row->owner.name = record_label(agent);
	row->owner.initials = person_initials(page->arena, row->owner.name);
	row->owner.tone = person_tone(owner);
}

/* Without printf: there are 50 in a list. */
struct bytes
agent_ticket_url(struct page *page, uint64_t number)
{
	struct buf url = buf_in(page->arena);

	if (!buf_reserve(&url, page->root.base.len + 32))
		return BYTES_NONE;
	buf_bytes(&url, page->root.base);
	buf_text(&url, "/agent/t/");
	buf_int(&url, (int64_t)number);
	return url.failed ? BYTES_NONE : buf_get(&url);
}

enum err
ticket_row_fill(struct page *page, struct site_read *read,
    const struct record *ticket, bool shows_queue, struct ticket_row *row)
{
	uint64_t agent = agent_actor(page).agent;
	int64_t status = record_int(ticket, TICKET_STATUS);
	int64_t priority = record_int(ticket, TICKET_PRIORITY);
	const struct record *queue = directory_find(
	    read->directory, KIND_QUEUE, record_ref(ticket, TICKET_QUEUE));
	struct record customer;
	enum err err;

	memset(row, 0, sizeof *row);
	row->number = (int64_t)ticket->id;
	row->rev = (int64_t)ticket->rev;
	row->subject = record_text(ticket, TICKET_SUBJECT);
	row->snippet = record_text(ticket, TICKET_SNIPPET);
	row->url = agent_ticket_url(page, ticket->id);
	err = record_find(read->snapshot, KIND_CUSTOMER,
	    record_ref(ticket, TICKET_CUSTOMER), &customer);
	if (err == ERR_OK)
		row->customer.name = record_label(&customer);
	else if (err != ERR_NOT_FOUND)
		return err;
	fill_owner(page, read, row, record_ref(ticket, TICKET_OWNER));
	if (shows_queue && queue != NULL)
		row->queue_name = record_label(queue);
	row->status_label = agent_status_label(page, status);
	row->is_open = status == STATUS_OPEN;
	row->is_pending = status == STATUS_PENDING;
	row->is_closed = status == STATUS_CLOSED;
	row->is_urgent = priority == PRIORITY_URGENT;
	row->is_high = priority == PRIORITY_HIGH;
	row->is_low = priority == PRIORITY_LOW;
	row->is_waiting = ticket_is_waiting(ticket);
	row->waiting_us = record_int(ticket, TICKET_WAITING_SINCE);
	row->updated_us = record_int(ticket, TICKET_UPDATED);
	row->is_unread = (uint64_t)record_int(ticket, TICKET_LAST_ENTRY) >
	    seen_get(read->snapshot, page->arena, agent, ticket->id);
	return fill_tags(page, record_text(ticket, TICKET_TAGS), &row->tags);
}

static const struct view_field choice_fields[] = {
	{ "value", VIEW_TEXT, offsetof(struct choice, value), NULL, NULL },
	{ "label", VIEW_TEXT, offsetof(struct choice, label), NULL, NULL },
	{ "is_chosen", VIEW_BOOL, offsetof(struct choice, is_chosen), NULL,
	    NULL },
	{ NULL, 0, 0, NULL, NULL },
};
const struct view_type choice_type = { .name = "choice",
	.fields = choice_fields };

static bool
is_choice(const struct actor *actor, const struct directory *directory,
    const struct record *record)
{
	if (record->kind->id == KIND_AGENT && !record_int(record, AGENT_ACTIVE))
		return false;
	return desk_may_know(directory, actor, record);
}

enum err
choices_of_kind(struct page *page, const struct directory *directory,
    enum kind_id kind, uint64_t chosen, const char *none, struct view_list *out)
{
	struct actor actor = agent_actor(page);
	size_t count, n = 0;
	const struct record *const *all = directory_all(
	    directory, kind, &count);
	struct choice *choices = arena_array(
	    page->arena, struct choice, count + 1);

	if (choices == NULL)
		return ERR_NOMEM;
	if (none != NULL)
		choices[n++] = (struct choice){ BYTES(""), bytes_of(none),
			chosen == 0 };
	for (size_t i = 0; i < count; i++) {
		if (all[i]->id != chosen &&
		    !is_choice(&actor, directory, all[i]))
			continue;
		choices[n++] = (struct choice){ record_key(all[i]),
			record_label(all[i]), all[i]->id == chosen };
	}
	*out = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

enum err
choices_of_words(struct page *page, const struct field *field, int64_t chosen,
    const char *(*label)(const struct page *page, int64_t n),
    struct view_list *out)
{
	struct choice *choices;
	size_t n = 0;

	while (field->words[n] != NULL)
		n++;
	choices = arena_array(page->arena, struct choice, n);
	if (choices == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		choices[i] = (struct choice){ bytes_of(field->words[i]),
			bytes_of(label(page, (int64_t)i)),
			(int64_t)i == chosen };
	*out = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

struct bytes
agent_back(struct page *page, struct bytes given, const char *otherwise)
{
	struct bytes base = page->root.base;

	if (bytes_start_with(given, base)) {
		given.at += base.len;
		given.len -= base.len;
	}
	if (given.len > 0 && given.len < 1000 && given.at[0] == '/' &&
	    (given.len == 1 || (given.at[1] != '/' && given.at[1] != '\\')) &&
	    !bytes_has(given, '\n') && !bytes_has(given, '\r'))
		return given;
	return bytes_of(otherwise);
}
