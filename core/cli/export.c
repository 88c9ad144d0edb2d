/* core/cli/export.c - hookdesk export: everything that people entered, as one
 * JSON object a line, in the form that hookdesk import and the API take.
 *
 *	{"kind":"queue","key":"billing", ...}
 *	{"kind":"ticket","number":7,"email":"...","entries":[{"at":...}, ...]}
 *
 * Passwords and other secrets stay out, and attached files: a backup has them.
 */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/model/table.h"
#include "core/model/ticket.h"
#include "core/model/value.h"

/* In an order in which each can refer to those before it. */
static const enum kind_id small_kinds[] = { KIND_BRAND, KIND_ROLE, KIND_TEAM,
	KIND_AGENT, KIND_CALENDAR, KIND_QUEUE, KIND_FIELD, KIND_SETTING,
	KIND_CANNED, KIND_ARTICLE, KIND_ORGANISATION, KIND_CUSTOMER };

struct exporting {
	struct cli *cli;
	struct json_writer w;
	struct site_read read;
	struct arena *arena; /* of one record */
	uint64_t count;
};

/* Every value that can be set, big texts too. */
static enum err
put_fields(struct exporting *ex, const struct record *record)
{
	const struct kind *kind = record->kind;
	struct json_writer *w = &ex->w;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < kind->field_count; i++) {
		const struct field *field = &kind->fields[i];
		struct bytes text;

		if (!record_has(record, (int)i) || field->see == SEE_NOBODY ||
		    field->set == SET_SYSTEM)
			continue;
		json_key(w, field->name);
		if (field->type == FIELD_BIGTEXT && !(field->flags & F_JSON)) {
			err = record_bigtext(ex->read.snapshot, record, (int)i,
			    ex->arena, &text);
			if (err == ERR_OK)
				json_put_text(w, text);
		} else {
			value_to_json(
			    w, record, (int)i, ex->read.directory, true);
		}
	}
	return err;
}

/* A value under a name of the import's own. */
static void
put_as(struct exporting *ex, const char *name, const struct record *record,
    int slot)
{
	if (!record_has(record, slot))
		return;
	json_key(&ex->w, name);
	value_to_json(&ex->w, record, slot, ex->read.directory, true);
}

static enum err
put_entry(struct exporting *ex, const struct record *entry)
{
	struct json_writer *w = &ex->w;
	struct bytes body;
	enum err err = record_bigtext(
	    ex->read.snapshot, entry, ENTRY_BODY, ex->arena, &body);

	if (err != ERR_OK)
		return err;
	json_begin_object(w);
	json_member_string(w, "type", record_word(entry, ENTRY_TYPE));
	json_member_string(w, "by",
	    record_int(entry, ENTRY_BY) == BY_CUSTOMER ? "customer" : "agent");
	put_as(ex, "agent", entry, ENTRY_AGENT);
	put_as(ex, "at", entry, ENTRY_AT);
	json_member_string(w, "format", record_word(entry, ENTRY_FORMAT));
	json_member_text(w, "body", body);
	json_end_object(w);
	return ERR_OK;
}

/* Replies and notes: what was changed is not history elsewhere. */
static enum err
put_entries(struct exporting *ex, uint64_t ticket)
{
	uint64_t sequence = 0;
	struct record entry;
	enum err err = ERR_OK;

	json_key(&ex->w, "entries");
	json_begin_list(&ex->w);
	while (err == ERR_OK) {
		int64_t type;

		err = timeline_next(
		    ex->read.snapshot, ticket, &sequence, &entry);
		type = err == ERR_OK ? record_int(&entry, ENTRY_TYPE) : 0;
		if (err == ERR_OK &&
		    (type == ENTRY_IS_REPLY || type == ENTRY_IS_NOTE))
			err = put_entry(ex, &entry);
	}
	json_end_list(&ex->w);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
put_ticket(struct exporting *ex, const struct record *ticket)
{
	struct record customer;
	enum err err;

	json_member_int(&ex->w, "number", (int64_t)ticket->id);
	err = record_find(ex->read.snapshot, KIND_CUSTOMER,
	    record_ref(ticket, TICKET_CUSTOMER), &customer);
	if (err == ERR_OK) {
		put_as(ex, "email", &customer, CUSTOMER_EMAIL);
		put_as(ex, "name", &customer, CUSTOMER_NAME);
	}
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = put_fields(ex, ticket);
	put_as(ex, "tags", ticket, TICKET_TAGS);
	put_as(ex, "owner", ticket, TICKET_OWNER);
	put_as(ex, "created", ticket, TICKET_CREATED);
	put_as(ex, "updated", ticket, TICKET_UPDATED);
	put_as(ex, "closed", ticket, TICKET_CLOSED_AT);
	return err == ERR_OK ? put_entries(ex, ticket->id) : err;
}

static enum err
put_record(struct exporting *ex, const struct record *record)
{
	enum err err;

	ex->w = json_writer(&ex->cli->out);
	json_begin_object(&ex->w);
	json_member_string(&ex->w, "kind", record->kind->name);
	err = record->kind->id == KIND_TICKET ? put_ticket(ex, record) :
						put_fields(ex, record);
	json_end_object(&ex->w);
	buf_char(&ex->cli->out, '\n');
	arena_reset(ex->arena);
	if (err == ERR_OK)
		err = cli_write_out(ex->cli);
	return err;
}

/* A kind may have a million records: the snapshot is renewed on the way. */
static enum err
put_kind(struct exporting *ex, enum kind_id kind)
{
	struct record record;
	uint64_t id = 0;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		if (snapshot_is_old(ex->read.snapshot)) {
			site_read_end(&ex->read);
			err = site_read_begin(ex->cli->site, &ex->read);
		}
		if (err == ERR_OK)
			err = record_next(
			    ex->read.snapshot, kind, &id, &record);
		if (err == ERR_OK)
			err = put_record(ex, &record);
		ex->count += err == ERR_OK;
		cli_progress("records:", ex->count, 0);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

int
cli_export(struct cli *cli)
{
	struct exporting ex = { .cli = cli, .arena = arena_create() };
	enum err err = ex.arena != NULL ? site_read_begin(cli->site, &ex.read) :
					  ERR_NOMEM;

	for (size_t i = 0;
	     err == ERR_OK && i < sizeof small_kinds / sizeof *small_kinds; i++)
		err = put_kind(&ex, small_kinds[i]);
	if (err == ERR_OK)
		err = put_kind(&ex, KIND_TICKET);
	cli_progress_end();
	if (ex.read.snapshot != NULL)
		site_read_end(&ex.read);
	arena_destroy(ex.arena);
	return err == ERR_OK ? CLI_DONE :
			       cli_fail_err(cli, cli->args[0], err, NULL);
}
