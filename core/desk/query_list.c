/* core/desk/query_list.c - questions of scripts that give lists. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/body.h"
#include "core/desk/query.h"
#include "core/model/search.h"
#include "core/model/ticket.h"

#define PAGE_MAX 50 /* tickets in one answer */
#define ENTRIES_MAX 200
#define ARTICLES_MAX 50

static enum err
read_filter(struct query *query, const struct json *with,
    struct view_reader *reader, struct filter *filter, struct why *why)
{
	struct actor actor = query_actor(query);

	*reader = desk_reader(query->read->directory, query->read->snapshot,
	    &actor, query->read->now_us);
	return filter_from_json(json_get(with, "filter"), &reader->filter,
	    false, query->arena, filter, why);
}

/* The cursor of a look-up with a limit carries how many are left:
 * "LEFT:CURSOR". */
static enum err
read_after(struct bytes after, int64_t *left, struct bytes *cursor)
{
	struct bytes rest = after, number = bytes_split(&rest, ':');

	if (after.len == 0) {
		*cursor = BYTES_NONE;
		return ERR_OK;
	}
	*cursor = rest;
	return bytes_to_int(number, left);
}

enum err
query_tickets(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct body_reader body = { .read = query->read,
		.arena = query->arena };
	struct view_reader reader;
	struct filter filter;
	struct view_page page;
	struct bytes cursor;
	int64_t left;
	enum err err = read_filter(query, with, &reader, &filter, why);

	if (err != ERR_OK)
		return err;
	left = filter.limit > 0 ? filter.limit : INT64_MAX;
	err = read_after(json_text(json_get(with, "after")), &left, &cursor);
	if (err == ERR_OK)
		err = view_list(&reader, &filter, cursor,
		    (size_t)(left < PAGE_MAX ? left : PAGE_MAX), query->arena,
		    &page);
	if (err != ERR_OK)
		return err;
	json_begin_object(w);
	json_key(w, "items");
	json_begin_list(w);
	for (size_t i = 0; err == ERR_OK && i < page.count; i++)
		err = body_record(w, &body, &page.tickets[i]);
	json_end_list(w);
	left -= (int64_t)page.count;
	if (page.after.len > 0 && left > 0) {
		struct buf next = buf_in(query->arena);

		buf_int(&next, left);
		buf_char(&next, ':');
		buf_bytes(&next, page.after);
		json_member_text(w, "next", buf_get(&next));
	}
	json_end_object(w);
	return err;
}

enum err
query_count(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct view_reader reader;
	struct filter filter;
	size_t count;
	enum err err = read_filter(query, with, &reader, &filter, why);

	if (err == ERR_OK)
		err = view_count(&reader, &filter, query->arena, &count);
	if (err == ERR_OK)
		json_put_int(w, (int64_t)count);
	return err;
}

/* ----------------------------------------------------------- agents */

/* <value> is not given, is <text>, or is a list with it. */
static bool
is_any(const struct json *value, struct bytes text)
{
	if (value == NULL)
		return true;
	if (json_type(value) == JSON_TEXT)
		return bytes_equal(json_text(value), text);
	for (const struct json *i = json_first(value); i != NULL;
	     i = json_next(i))
		if (bytes_equal(json_text(i), text))
			return true;
	return false;
}

static bool
has_skill(const struct record *agent, const struct json *wanted)
{
	struct bytes rest = record_text(agent, AGENT_SKILLS), skill;

	if (wanted == NULL)
		return true;
	while (list_next_text(&rest, &skill))
		if (is_any(wanted, skill))
			return true;
	return false;
}

static bool
is_flag(const struct json *value, const struct record *agent, int slot)
{
	bool wanted = false;

	return !json_bool(value, &wanted) ||
	    wanted == (record_int(agent, slot) != 0);
}

bool
query_agent_fits(const struct directory *directory, const struct record *agent,
    const struct json *filter)
{
	const struct json *queue = json_get(filter, "queue");
	const struct record *role = directory_find(
	    directory, KIND_ROLE, record_ref(agent, AGENT_ROLE));
	const struct record *in = directory_find_key(
	    directory, KIND_QUEUE, json_text(queue));
	int64_t grade = 0;

	if (queue != NULL &&
	    (in == NULL ||
		!(directory_rights(directory, agent->id, in->id) &
		    RIGHT_REPLY)))
		return false;
	(void)json_int(json_get(filter, "grade"), &grade);
	return is_any(json_get(filter, "role"),
		   role != NULL ? record_key(role) : BYTES_NONE) &&
	    has_skill(agent, json_get(filter, "skill")) &&
	    record_int(agent, AGENT_GRADE) >= grade &&
	    is_flag(json_get(filter, "available"), agent, AGENT_AVAILABLE) &&
	    is_flag(json_get(filter, "active"), agent, AGENT_ACTIVE);
}

enum err
query_agents(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct body_reader body = { .read = query->read,
		.arena = query->arena };
	const struct directory *directory = query->read->directory;
	const struct record *const *all;
	struct ticket_count *rows = NULL;
	size_t count;
	enum err err = ticket_counts(
	    query->read->snapshot, query->arena, &rows, &body.count_rows);

	if (err != ERR_OK)
		return err;
	body.counts = rows;
	all = directory_all(directory, KIND_AGENT, &count);
	json_begin_list(w);
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		if (query_agent_fits(
			directory, all[i], json_get(with, "filter")))
			err = body_record(w, &body, all[i]);
	json_end_list(w);
	return err;
}

/* --------------------------------------------------------- articles */

struct article_reader {
	struct snapshot *snapshot;
	struct bytes language; /* empty: any */
};

static bool
sees_article(void *arg, uint64_t id, int64_t *updated_us)
{
	const struct article_reader *reader = arg;
	struct record article;

	if (record_find(reader->snapshot, KIND_ARTICLE, id, &article) !=
		ERR_OK ||
	    !record_int(&article, ARTICLE_IS_PUBLISHED))
		return false;
	*updated_us = record_int(&article, ARTICLE_UPDATED);
	return reader->language.len == 0 ||
	    bytes_equal(
		record_text(&article, ARTICLE_LANGUAGE), reader->language);
}

enum err
query_articles(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct body_reader body = { .read = query->read,
		.arena = query->arena };
	struct article_reader articles = { query->read->snapshot,
		json_text(json_get(with, "language")) };
	struct search_reader reader = { .sees = sees_article,
		.arg = &articles,
		.now_us = query->read->now_us };
	struct search_result found;
	int64_t limit = 10;
	enum err err;

	(void)json_int(json_get(with, "limit"), &limit);
	if (limit < 1 || limit > ARTICLES_MAX)
		limit = ARTICLES_MAX;
	err = search_find(query->read->snapshot, KIND_ARTICLE,
	    json_text(json_get(with, "q")), &reader, (size_t)limit,
	    query->arena, &found);
	if (err != ERR_OK)
		return err;
	json_begin_list(w);
	for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
		struct record article;

		err = record_find(query->read->snapshot, KIND_ARTICLE,
		    found.hits[i].id, &article);
		if (err == ERR_OK)
			err = body_record(w, &body, &article);
	}
	json_end_list(w);
	return err;
}

/* ---------------------------------------------------------- entries */

enum err
query_entries(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct body_reader body = { .read = query->read,
		.arena = query->arena };
	struct bytes kind = json_text(json_get(with, "kind"));
	struct bytes from = json_text(json_get(with, "from"));
	int64_t number = 0, limit = ENTRIES_MAX;
	uint64_t sequence = 0; /* behind this one */
	struct record entry;
	enum err err = ERR_OK;

	(void)json_int(json_get(with, "ticket"), &number);
	(void)json_int(json_get(with, "limit"), &limit);
	json_begin_list(w);
	while (limit > 0 &&
	    (err = timeline_next(query->read->snapshot, (uint64_t)number,
		 &sequence, &entry)) == ERR_OK) {
		if ((kind.len > 0 &&
			!bytes_is(kind, record_word(&entry, ENTRY_TYPE))) ||
		    (from.len > 0 &&
			!bytes_is(from, record_word(&entry, ENTRY_BY))))
			continue;
		err = body_record(w, &body, &entry);
		if (err != ERR_OK)
			break;
		limit--;
	}
	json_end_list(w);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
