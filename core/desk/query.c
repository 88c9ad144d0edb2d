/* core/desk/query.c - answers to the questions a script's run asks: single
 * records, rights, what is stored; the others are in query_*.c.
 */
#include "config.h"
#include "core/desk/query.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/desk/body.h"
#include "core/desk/wishes.h"

#include <stdio.h>

struct actor
query_actor(const struct query *query)
{
	return wishes_actor(query->script);
}

enum err
query_record(struct query *query, struct json_writer *w, enum err found,
    const struct record *record)
{
	struct body_reader reader = { .read = query->read,
		.arena = query->arena };
	struct actor actor = query_actor(query);

	if (found == ERR_OK && record->kind->id == KIND_TICKET &&
	    !desk_may_see(query->read->directory, &actor, record))
		found = ERR_NOT_FOUND;
	if (found == ERR_NOT_FOUND) {
		json_put_null(w);
		return ERR_OK;
	}
	return found == ERR_OK ? body_record(w, &reader, record) : found;
}

static enum err
by_id(struct query *query, enum kind_id kind, const struct json *id,
    struct json_writer *w)
{
	struct record record;
	int64_t n = 0;

	if (!json_int(id, &n) || n <= 0)
		return query_record(query, w, ERR_NOT_FOUND, NULL);
	return query_record(query, w,
	    record_find(query->read->snapshot, kind, (uint64_t)n, &record),
	    &record);
}

static enum err
by_key(struct query *query, enum kind_id kind, const struct json *key,
    struct json_writer *w)
{
	const struct record *record = directory_find_key(
	    query->read->directory, kind, json_text(key));

	return query_record(
	    query, w, record != NULL ? ERR_OK : ERR_NOT_FOUND, record);
}

static enum err
ask_ticket(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	return by_id(query, KIND_TICKET, json_get(with, "number"), w);
}

static enum err
ask_agent(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	return by_key(query, KIND_AGENT, json_get(with, "login"), w);
}

static enum err
ask_queue(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	return by_key(query, KIND_QUEUE, json_get(with, "key"), w);
}

static enum err
ask_customer(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct buf email = buf_in(query->arena), key = buf_in(query->arena);
	struct record record;
	enum err err;

	if (text_email(&email, json_text(json_get(with, "address")), NULL) !=
	    ERR_OK)
		return query_record(query, w, ERR_NOT_FOUND, NULL);
	text_email_key(&key, buf_get(&email));
	if (key.failed)
		return ERR_NOMEM;
	err = record_find_by(query->read->snapshot, KIND_CUSTOMER,
	    INDEX_CUSTOMER_ADDRESS, buf_get(&key), &record);
	return query_record(query, w, err, &record);
}

static enum err
ask_organisation(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct record record;
	struct bytes domain = json_text(json_get(with, "domain"));

	if (domain.len == 0)
		return query_record(query, w, ERR_NOT_FOUND, NULL);
	return query_record(query, w,
	    record_find_by(query->read->snapshot, KIND_ORGANISATION,
		INDEX_ORGANISATION_DOMAIN, domain, &record),
	    &record);
}

/* What a reference refers to: an id, or the stable key of a small kind. */
static enum err
ask_get(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	static const enum kind_id kinds[] = { KIND_TICKET, KIND_CUSTOMER,
		KIND_AGENT, KIND_QUEUE, KIND_ORGANISATION, KIND_ENTRY,
		KIND_ARTICLE, KIND_CALENDAR };
	const struct kind *kind = kind_named(json_text(json_get(with, "kind")));
	const struct json *id = json_get(with, "id");

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kind == NULL || kind->id != kinds[i])
			continue;
		if (json_type(id) == JSON_TEXT)
			return by_key(query, kind->id, id, w);
		return by_id(query, kind->id, id, w);
	}
	return why_set(why, ERR_INVALID, NULL,
	    N_("There is no such kind of record."), 0, NULL);
}

static enum err
ask_may(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	const struct directory *directory = query->read->directory;
	const struct right_word *right = right_find(
	    json_text(json_get(with, "verb")));
	const struct record *agent = directory_find_key(
	    directory, KIND_AGENT, json_text(json_get(with, "agent")));
	const struct record *queue = directory_find_key(
	    directory, KIND_QUEUE, json_text(json_get(with, "queue")));
	uint64_t queue_id = queue != NULL ? queue->id : 0;
	struct record ticket;
	int64_t number = 0;
	enum err err;

	if (right == NULL)
		return why_set(why, ERR_INVALID, NULL,
		    N_("agent:may knows see, note, reply, assign and manage."),
		    0, NULL);
	if (json_int(json_get(with, "ticket"), &number)) {
		err = record_find(query->read->snapshot, KIND_TICKET,
		    (uint64_t)number, &ticket);
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
		queue_id = err == ERR_OK ? record_ref(&ticket, TICKET_QUEUE) :
					   0;
	}
	json_put_bool(w,
	    agent != NULL && queue_id != 0 &&
		(directory_rights(directory, agent->id, queue_id) &
		    right->bits) == right->bits);
	return ERR_OK;
}

/* desk.store:get: what the script has kept under a key. */
static enum err
ask_store(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct query_seen *seen = arena_new(query->arena, struct query_seen);
	struct buf name = buf_in(query->arena);
	struct record value;
	enum err err;

	buf_bytes(&name, query->script);
	buf_char(&name, '/');
	buf_bytes(&name, json_text(json_get(with, "key")));
	if (name.failed || seen == NULL)
		return ERR_NOMEM;
	err = record_find_by(query->read->snapshot, KIND_VALUE,
	    INDEX_VALUE_NAME, buf_get(&name), &value);
	*seen = (struct query_seen){ .next = query->seen,
		.name = buf_get(&name) };
	if (err == ERR_OK) {
		seen->id = value.id;
		seen->rev = value.rev;
	}
	query->seen = seen;
	if (err == ERR_OK && record_has(&value, VALUE_VALUE))
		json_put_raw(w, record_text(&value, VALUE_VALUE));
	else if (err == ERR_OK || err == ERR_NOT_FOUND)
		json_put_null(w);
	else
		return err;
	return ERR_OK;
}

void
query_guard(
    struct change *change, const struct query_seen *seen, bool runs_again)
{
	void (*guard)(struct change *, struct bytes,
	    uint64_t) = runs_again ? change_guard_rev : change_guard_stale;
	struct key key;

	for (; seen != NULL; seen = seen->next) {
		if (seen->id != 0)
			key_record(&key, KIND_VALUE, seen->id);
		else
			key_unique(
			    &key, KIND_VALUE, INDEX_VALUE_NAME, seen->name);
		guard(change, key_get(&key), seen->rev);
	}
}

static const struct {
	const char *name;
	query_answer *answer;
} questions[] = {
	{ "get", ask_get },
	{ "ticket", ask_ticket },
	{ "customer", ask_customer },
	{ "agent", ask_agent },
	{ "queue", ask_queue },
	{ "organisation", ask_organisation },
	{ "tickets", query_tickets },
	{ "count", query_count },
	{ "agents", query_agents },
	{ "articles", query_articles },
	{ "entries", query_entries },
	{ "similar", query_similar },
	{ "may", ask_may },
	{ "store", ask_store },
	{ "render", query_render },
	{ "tr", query_tr },
	{ "date", query_date },
	{ "hmac", query_hmac },
	{ "calendar", query_calendar },
	{ "calendar.is_open", query_is_open },
	{ "calendar.next_open", query_next_open },
	{ "calendar.add", query_add },
	{ "calendar.between", query_between },
};

enum err
query_ask(void *context, struct bytes question, const struct json *with,
    struct buf *answer, struct why *why)
{
	struct json_writer w = json_writer(answer);
	char name[64];

	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		if (bytes_is(question, questions[i].name))
			return questions[i].answer(context, with, &w, why);
	snprintf(name, sizeof name, "%.*s", BYTES_ARG(question));
	return why_set(why, ERR_INVALID, NULL,
	    N_("A script cannot ask \"{name}\" here."), 0, name);
}
