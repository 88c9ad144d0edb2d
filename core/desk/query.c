/* core/desk/query.c - answers to the questions a script's run asks. */
#include "config.h"
#include "core/desk/query.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/body.h"

#include <stdio.h>

/* A record, or null where there is none. */
static enum err
answer_record(struct query *query, struct json_writer *w, enum err found,
    const struct record *record)
{
	struct body_reader reader = { .read = query->read,
		.arena = query->arena };

	if (found == ERR_NOT_FOUND) {
		json_put_null(w);
		return ERR_OK;
	}
	if (found != ERR_OK)
		return found;
	return body_record(w, &reader, record);
}

static enum err
ask_ticket(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	struct record record;
	int64_t number = 0;

	json_int(json_get(with, "number"), &number);
	return answer_record(query, w,
	    record_find(
		query->read->snapshot, KIND_TICKET, (uint64_t)number, &record),
	    &record);
}

static enum err
ask_customer(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct record record;

	return answer_record(query, w,
	    record_find_by(query->read->snapshot, KIND_CUSTOMER,
		INDEX_CUSTOMER_ADDRESS, json_text(json_get(with, "address")),
		&record),
	    &record);
}

static enum err
ask_get(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	const struct kind *kind = kind_named(json_text(json_get(with, "kind")));
	struct record record;
	int64_t id = 0;

	if (kind == NULL)
		return why_set(why, ERR_INVALID, NULL,
		    N_("There is no such kind of record."), 0, NULL);
	json_int(json_get(with, "id"), &id);
	return answer_record(query, w,
	    record_find(query->read->snapshot, kind->id, (uint64_t)id, &record),
	    &record);
}

static const struct {
	const char *name;
	enum err (*answer)(struct query *query, const struct json *with,
	    struct json_writer *w, struct why *why);
} questions[] = {
	{ "ticket", ask_ticket },
	{ "customer", ask_customer },
	{ "get", ask_get },
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
