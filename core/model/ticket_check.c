/* core/model/ticket_check.c - whether timelines are whole, and what records
 * refer to is there.
 *
 * What may be gone is not asked for: a program or an agent who once wrote an
 * entry, the ticket of a job, of a trace or of a seen mark.
 */
#include "config.h"
#include "core/model/table.h"
#include "core/model/ticket.h"
#include "core/store/walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define RECORD_KEY_SIZE 10 /* letter, kind, id */
#define SEEN_KEY_SIZE 17   /* letter, agent, ticket */

struct checking {
	void (*fault)(void *context, const char *what);
	void *context;
	uint64_t ticket, next; /* whose timeline it is, its next entry */
};

/* What stays as long as something refers to it. */
static const struct {
	enum kind_id kind;
	int slot;
} lasting[] = {
	{ KIND_TICKET, TICKET_QUEUE },
	{ KIND_TICKET, TICKET_OWNER },
	{ KIND_TICKET, TICKET_CUSTOMER },
	{ KIND_ENTRY, ENTRY_FILES },
	{ KIND_FILE, FILE_TICKET },
	{ KIND_AGENT, AGENT_ROLE },
};

__attribute__((format(printf, 2, 3))) static void
fault(struct checking *c, const char *format, ...)
{
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	c->fault(c->context, text);
}

static enum err
exists(
    struct snapshot *snapshot, enum kind_id kind, uint64_t id, bool *is_there)
{
	struct bytes value;
	struct key key;
	enum err err;

	key_record(&key, (uint8_t)kind, id);
	err = snapshot_get(snapshot, key_get(&key), &value);
	*is_there = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- what is referred to ---- */

/* "entry 2 of ticket 1", or "file 7". */
static void
name_record(const struct record *record, char *out, size_t size)
{
	if (record->kind->id == KIND_ENTRY)
		snprintf(out, size, "entry %" PRIu64 " of ticket %" PRIu64,
		    entry_sequence(record->id), entry_ticket(record->id));
	else
		snprintf(
		    out, size, "%s %" PRIu64, record->kind->name, record->id);
}

static enum err
check_ref(struct checking *c, struct snapshot *snapshot,
    const struct record *record, int slot, uint64_t id)
{
	const struct field *field = &record->kind->fields[slot];
	bool is_there = true;
	char name[80];
	enum err err = ERR_OK;

	if (id != 0)
		err = exists(snapshot, field->ref, id, &is_there);
	if (err != ERR_OK || is_there)
		return err;
	name_record(record, name, sizeof name);
	fault(c, "%s: its \"%s\" leads to %s %" PRIu64 ", which is not there",
	    name, field->name, kind_get(field->ref)->name, id);
	return ERR_OK;
}

static enum err
check_refs(struct checking *c, struct snapshot *snapshot,
    const struct record *record, int slot)
{
	struct bytes list;
	enum err err = ERR_OK;
	int64_t id;

	if (!(record->kind->fields[slot].flags & F_LIST))
		return check_ref(
		    c, snapshot, record, slot, record_ref(record, slot));
	list = record_text(record, slot);
	while (err == ERR_OK && list_next_int(&list, &id))
		err = check_ref(c, snapshot, record, slot, (uint64_t)id);
	return err;
}

/* ---- timelines ---- */

/* An entry stands right behind the one before, within its ticket's. */
static enum err
check_entry(
    struct checking *c, struct snapshot *snapshot, const struct record *entry)
{
	uint64_t number = entry_ticket(entry->id);
	uint64_t sequence = entry_sequence(entry->id);
	struct record ticket;
	enum err err = record_find(snapshot, KIND_TICKET, number, &ticket);

	if (c->ticket != number) {
		c->ticket = number;
		c->next = 1;
		if (err == ERR_NOT_FOUND)
			fault(c, "entries are left of ticket %" PRIu64, number);
	}
	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
		return ERR_OK; /* said already, here or as a record */
	if (err != ERR_OK)
		return err;
	if (sequence != c->next)
		fault(c, "entry %" PRIu64 " of ticket %" PRIu64 " is missing",
		    c->next, number);
	c->next = sequence + 1;
	if (sequence > (uint64_t)record_int(&ticket, TICKET_LAST_ENTRY))
		fault(c,
		    "ticket %" PRIu64 " does not know of its entry %" PRIu64,
		    number, sequence);
	return ERR_OK;
}

/* The newest entry is there: those before it are looked for by the next. */
static enum err
check_ticket(
    struct checking *c, struct snapshot *snapshot, const struct record *ticket)
{
	uint64_t last = (uint64_t)record_int(ticket, TICKET_LAST_ENTRY);
	bool is_there;
	enum err err = exists(
	    snapshot, KIND_ENTRY, entry_id(ticket->id, last), &is_there);

	if (err == ERR_OK && !is_there)
		fault(c, "entry %" PRIu64 " of ticket %" PRIu64 " is missing",
		    last, ticket->id);
	return err;
}

static enum err
check_record(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	enum kind_id kind = (enum kind_id)(unsigned char)key.at[1];
	struct record record;
	enum err err = ERR_OK;

	if (key.len != RECORD_KEY_SIZE || kind_get(kind) == NULL)
		return ERR_OK; /* told of with the indexes, as what is damaged */
	err = record_decode(&record, kind, be64_read(key.at + 2), value);
	if (err != ERR_OK)
		return err == ERR_CORRUPT ? ERR_OK : err;
	if (kind == KIND_ENTRY)
		err = check_entry(c, snapshot, &record);
	else if (kind == KIND_TICKET)
		err = check_ticket(c, snapshot, &record);
	for (size_t i = 0;
	     err == ERR_OK && i < sizeof lasting / sizeof *lasting; i++)
		if (lasting[i].kind == kind)
			err = check_refs(c, snapshot, &record, lasting[i].slot);
	return err;
}

/* ---- seen marks ---- */

static enum err
check_seen(void *context, struct snapshot *snapshot, struct bytes key,
    struct bytes value)
{
	struct checking *c = context;
	struct record ticket;
	uint64_t agent, number;
	enum err err;

	if (key.len != SEEN_KEY_SIZE || value.len != 8) {
		fault(c, "a mark of what an agent has seen is damaged");
		return ERR_OK;
	}
	agent = be64_read(key.at + 1);
	number = be64_read(key.at + 9);
	err = record_find(snapshot, KIND_TICKET, number, &ticket);
	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
		return ERR_OK;
	if (err == ERR_OK &&
	    be64_read(value.at) >
		(uint64_t)record_int(&ticket, TICKET_LAST_ENTRY))
		fault(c,
		    "agent %" PRIu64 " has seen what ticket %" PRIu64
		    " does not have",
		    agent, number);
	return err;
}

enum err
ticket_check(struct store *store, void (*hear)(void *context, const char *what),
    void *context)
{
	static const struct {
		char table;
		walk_fn *fn;
	} walks[] = {
		{ KEY_RECORD, check_record },
		{ KEY_SEEN, check_seen },
	};
	struct checking c = { .fault = hear, .context = context };
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof walks / sizeof *walks;
	     i++)
		err = walk_prefix(store, (struct bytes){ &walks[i].table, 1 },
		    walks[i].fn, &c);
	return err;
}
