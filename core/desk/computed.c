/* core/desk/computed.c - the table of fields that no record holds. */
#include "config.h"
#include "core/desk/computed.h"
#include "core/base/arena.h"
#include "core/desk/spent.h"
#include "core/desk/token.h"
#include "core/model/ticket.h"

#define TEXT_MAX 16384 /* bytes of a message that a script is told */

static enum err
put_text(struct json_writer *out, struct bytes text)
{
	if (text.len > TEXT_MAX)
		text.len = TEXT_MAX;
	json_put_text(out, text); /* which mends a cut character */
	return ERR_OK;
}

static enum err
entry_text(struct json_writer *out, const struct body_reader *reader,
    const struct record *entry)
{
	struct bytes text;
	enum err err = record_bigtext(
	    reader->read->snapshot, entry, ENTRY_BODY, reader->arena, &text);

	return err == ERR_OK ? put_text(out, text) : err;
}

static enum err
entry_number(struct json_writer *out, const struct body_reader *reader,
    const struct record *entry)
{
	json_put_int(out, (int64_t)entry_sequence(entry->id));
	return ERR_OK;
}

static enum err
entry_of(struct json_writer *out, const struct body_reader *reader,
    const struct record *entry)
{
	json_put_int(out, (int64_t)entry_ticket(entry->id));
	return ERR_OK;
}

static enum err
ticket_text(struct json_writer *out, const struct body_reader *reader,
    const struct record *ticket)
{
	struct record entry;
	enum err err;

	if (reader->text.at != NULL)
		return put_text(out, reader->text);
	err = record_find(reader->read->snapshot, KIND_ENTRY,
	    entry_id(ticket->id, 1), &entry);
	if (err == ERR_NOT_FOUND)
		return put_text(out, BYTES(""));
	return err == ERR_OK ? entry_text(out, reader, &entry) : err;
}

static enum err
ticket_replies(struct json_writer *out, const struct body_reader *reader,
    const struct record *ticket)
{
	json_begin_object(out);
	json_member_int(
	    out, "customer", record_int(ticket, TICKET_CUSTOMER_REPLIES));
	json_member_int(out, "agent", record_int(ticket, TICKET_AGENT_REPLIES));
	json_end_object(out);
	return ERR_OK;
}

static enum err
ticket_number(struct json_writer *out, const struct body_reader *reader,
    const struct record *ticket)
{
	json_put_int(out, (int64_t)ticket->id);
	return ERR_OK;
}

static enum err
ticket_url(struct json_writer *out, const struct body_reader *reader,
    const struct record *ticket)
{
	const struct site_read *read = reader->read;

	json_put_text(
	    out, token_url(read->site, read->directory, ticket, reader->arena));
	return ERR_OK;
}

static enum err
ticket_agent_url(struct json_writer *out, const struct body_reader *reader,
    const struct record *ticket)
{
	json_put_text(out,
	    token_agent_url(reader->read->directory, ticket, reader->arena));
	return ERR_OK;
}

/* A text of the ticket's customer. */
static enum err
of_customer(struct json_writer *out, const struct body_reader *reader,
    const struct record *ticket, int slot)
{
	struct record customer;
	enum err err = record_find(reader->read->snapshot, KIND_CUSTOMER,
	    record_ref(ticket, TICKET_CUSTOMER), &customer);

	if (err == ERR_OK)
		json_put_text(out, record_text(&customer, slot));
	else if (err == ERR_NOT_FOUND)
		json_put_null(out);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
ticket_email(struct json_writer *out, const struct body_reader *reader,
    const struct record *ticket)
{
	return of_customer(out, reader, ticket, CUSTOMER_EMAIL);
}

static enum err
ticket_name(struct json_writer *out, const struct body_reader *reader,
    const struct record *ticket)
{
	return of_customer(out, reader, ticket, CUSTOMER_NAME);
}

static enum err
agent_load(struct json_writer *out, const struct body_reader *reader,
    const struct record *agent)
{
	const struct ticket_count *rows = reader->counts;
	struct ticket_count *read = NULL;
	size_t count = reader->count_rows;
	int64_t load = 0;
	enum err err;

	if (rows == NULL) {
		err = ticket_counts(
		    reader->read->snapshot, reader->arena, &read, &count);
		if (err != ERR_OK)
			return err;
		rows = read;
	}
	for (size_t i = 0; i < count; i++)
		if (rows[i].owner == agent->id && rows[i].state == STATE_OPEN)
			load += rows[i].count;
	json_put_int(out, load);
	return ERR_OK;
}

static enum err
agent_time_today(struct json_writer *out, const struct body_reader *reader,
    const struct record *agent)
{
	int64_t seconds = 0;
	enum err err = spent_today(
	    reader->read, agent->id, reader->arena, &seconds);

	if (err == ERR_OK)
		json_put_int(out, seconds);
	return err;
}

#define BOTH (FOR_SCRIPTS | FOR_API)
#define ROW(kind, name_, type_, in, late, put, flags_, doc_) \
	{ \
		KIND_##kind, in, late, put, \
		{ \
			.name = name_, .type = FIELD_##type_, \
			.set = SET_SYSTEM, .flags = flags_, .doc = doc_ \
		} \
	}

const struct computed computed_fields[] = {
	ROW(TICKET, "number", INT, BOTH, true, ticket_number, F_REQUIRED,
	    "The ticket's number."),
	ROW(TICKET, "url", TEXT, BOTH, true, ticket_url, F_REQUIRED,
	    "The customer's private page."),
	ROW(TICKET, "agent_url", TEXT, BOTH, true, ticket_agent_url, F_REQUIRED,
	    "The agents' page."),
	ROW(TICKET, "email", TEXT, FOR_API, false, ticket_email, 0,
	    "The customer's address."),
	ROW(TICKET, "name", TEXT, FOR_API, false, ticket_name, 0,
	    "The customer's name."),
	ROW(TICKET, "text", TEXT, FOR_SCRIPTS, false, ticket_text, F_REQUIRED,
	    "The first message, its first 16 KiB."),
	ROW(TICKET, "replies", TEXT, FOR_SCRIPTS, false, ticket_replies, F_JSON,
	    "How many messages: .customer and .agent."),
	ROW(ENTRY, "number", INT, BOTH, false, entry_number, F_REQUIRED,
	    "Counted within its ticket."),
	ROW(ENTRY, "ticket", INT, FOR_API, false, entry_of, F_REQUIRED,
	    "The ticket's number."),
	ROW(ENTRY, "text", TEXT, FOR_SCRIPTS, false, entry_text, F_REQUIRED,
	    "What was written, its first 16 KiB."),
	ROW(AGENT, "load", INT, FOR_SCRIPTS, false, agent_load, F_REQUIRED,
	    "How many open tickets the agent has."),
	ROW(AGENT, "time_today", INT, FOR_SCRIPTS, false, agent_time_today,
	    F_REQUIRED,
	    "Seconds of today's work: each answer or note counts the time "
	    "since the agent's one before it, 1 to 15 minutes."),
	{ .field = { .name = NULL } },
};

bool
computed_is(const struct computed *row, enum kind_id kind, enum computed_in in)
{
	return row->kind == kind && row->in & in;
}

enum err
computed_put(struct json_writer *out, const struct body_reader *reader,
    const struct record *record, enum computed_in in)
{
	enum err err = ERR_OK;

	for (const struct computed *row = computed_fields;
	     err == ERR_OK && row->field.name != NULL; row++) {
		if (!computed_is(row, record->kind->id, in) ||
		    (row->is_late && record->rev == 0))
			continue;
		json_key(out, row->field.name);
		err = row->put(out, reader, record);
		if (err != ERR_OK)
			json_put_null(out); /* for the name that stands there */
	}
	return err;
}
