/* core/desk/work.c - loaded records, timeline entries, the final change. */
#include "config.h"
#include "core/desk/work.h"
#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/desk/raise.h"
#include "core/desk/site_private.h"
#include "core/model/search.h"
#include "core/model/value.h"

#include <stdio.h>

#define WHY_MAX 400

enum err
work_fail(struct work *work, enum err err, const char *field,
    const char *message, int64_t n, struct bytes name)
{
	char text[200];

	snprintf(text, sizeof text, "%.*s", BYTES_ARG(name));
	return why_set(work->why, err, field, message, n, text);
}

struct bytes
work_copy(struct work *work, struct bytes text, enum err *err)
{
	char *copy = arena_copy(work->arena, text.at, text.len);

	if (copy == NULL) {
		*err = ERR_NOMEM;
		return BYTES_NONE;
	}
	return (struct bytes){ copy, text.len };
}

static struct touched *
find_touched(struct work *work, enum kind_id kind, uint64_t id)
{
	struct touched *t;

	for (t = work->touched; t != NULL; t = t->next)
		if (t->new.kind->id == kind && t->new.id == id)
			return t;
	return NULL;
}

static struct touched *
add_touched(struct work *work)
{
	struct touched *t = arena_new(work->arena, struct touched);
	struct touched **end = &work->touched;

	if (t == NULL)
		return NULL;
	while (*end != NULL)
		end = &(*end)->next;
	*end = t;
	return t;
}

enum err
work_load(
    struct work *work, enum kind_id kind, uint64_t id, struct touched **out)
{
	struct touched *t = find_touched(work, kind, id);
	struct record record;
	enum err err;

	if (t != NULL) {
		if (t->is_removed)
			return ERR_NOT_FOUND;
		*out = t;
		return ERR_OK;
	}
	err = record_find(work->read.snapshot, kind, id, &record);
	if (err != ERR_OK)
		return err;
	t = add_touched(work);
	if (t == NULL)
		return ERR_NOMEM;
	t->old = t->base = t->new = record;
	*out = t;
	return ERR_OK;
}

enum err
work_create_as(
    struct work *work, enum kind_id kind, uint64_t id, struct touched **out)
{
	struct touched *t = add_touched(work);

	if (t == NULL)
		return ERR_NOMEM;
	t->is_new = true;
	record_init(&t->new, kind, id);
	t->base = t->old = t->new;
	*out = t;
	return ERR_OK;
}

enum err
work_create(struct work *work, enum kind_id kind, struct touched **out)
{
	return work_create_as(
	    work, kind, store_next_id(work->site->store, (unsigned)kind), out);
}

enum err
work_value(struct work *work, struct bytes name, struct touched **out)
{
	struct touched *t;
	uint64_t id;
	enum err err;

	for (t = work->touched; t != NULL; t = t->next)
		if (t->new.kind->id == KIND_VALUE &&
		    bytes_equal(record_text(&t->new, VALUE_NAME), name)) {
			t->is_removed = false;
			*out = t;
			return ERR_OK;
		}
	err = record_lookup(work->read.snapshot, INDEX_VALUE_NAME, name, &id);
	if (err == ERR_OK)
		return work_load(work, KIND_VALUE, id, out);
	if (err != ERR_NOT_FOUND)
		return err;
	err = work_create(work, KIND_VALUE, out);
	if (err == ERR_OK)
		record_set_text(&(*out)->new, VALUE_NAME, name);
	return err;
}

/* What the entry does not say itself is so for all that this actor does. */
static void
sign_entry(struct work *work, struct record *entry)
{
	const struct actor *actor = &work->actor;
	const struct cause *cause = &work->cause;

	if (!record_has(entry, ENTRY_AT))
		record_set_int(entry, ENTRY_AT, work->read.now_us);
	record_set_int(entry, ENTRY_BY, actor->kind);
	if (actor->agent != 0 && !record_has(entry, ENTRY_AGENT))
		record_set_int(entry, ENTRY_AGENT, (int64_t)actor->agent);
	if (actor->kind == BY_CUSTOMER && actor->customer != 0 &&
	    !record_has(entry, ENTRY_CUSTOMER))
		record_set_int(entry, ENTRY_CUSTOMER, (int64_t)actor->customer);
	record_set_int(entry, ENTRY_PROGRAM, (int64_t)actor->program);
	record_set_int(entry, ENTRY_SOURCE, work->input->source);
	record_set_text(entry, ENTRY_SCRIPT, cause->script);
	record_set_text(entry, ENTRY_HOOK, cause->hook);
	record_set_int(entry, ENTRY_CAUSE, (int64_t)cause->event);
	record_set_int(entry, ENTRY_TRACE, (int64_t)cause->trace);
	if (!record_has(entry, ENTRY_WHY)) {
		struct bytes why = cause->why;

		if (why.len > WHY_MAX)
			why.len = WHY_MAX;
		record_set_text(entry, ENTRY_WHY, why);
	}
}

enum err
work_add_entry(struct work *work, struct touched *ticket, struct record *entry,
    uint64_t *sequence)
{
	uint64_t n = (uint64_t)record_int(&ticket->new, TICKET_LAST_ENTRY) + 1;
	enum err err;

	if (n > ENTRY_SEQUENCE_MAX)
		return work_fail(work, ERR_LIMIT, NULL,
		    N_("This ticket has {n} entries: please begin a new one."),
		    (int64_t)n, BYTES_NONE);
	entry->id = entry_id(ticket->new.id, n);
	sign_entry(work, entry);
	err = record_put(work->change, work->arena, NULL, entry);
	if (err != ERR_OK)
		return err;
	if (record_has(entry, ENTRY_BODY))
		search_note(work->change, KIND_ENTRY, entry->id);
	record_set_int(&ticket->new, TICKET_LAST_ENTRY, (int64_t)n);
	ticket->has_moved = true;
	if (sequence != NULL)
		*sequence = n;
	return ERR_OK;
}

enum err
work_changes(struct work *work, const struct record *from,
    const struct record *to, struct bytes *out, uint64_t *slots)
{
	struct buf buf = buf_in(work->arena);
	struct json_writer w = json_writer(&buf);
	const struct kind *kind = to->kind;
	uint64_t bits = 0;

	json_begin_object(&w);
	for (size_t i = 0; i < kind->field_count; i++) {
		if (!(kind->fields[i].flags & F_LOGGED) ||
		    record_same(from, to, (int)i))
			continue;
		bits |= UINT64_C(1) << i;
		json_key(&w, kind->fields[i].name);
		json_begin_list(&w);
		value_to_json(&w, from, (int)i, work->read.directory, false);
		value_to_json(&w, to, (int)i, work->read.directory, false);
		json_end_list(&w);
	}
	json_end_object(&w);
	if (buf.failed)
		return ERR_NOMEM;
	*out = bits != 0 ? buf_get(&buf) : BYTES_NONE;
	if (slots != NULL)
		*slots = bits;
	return ERR_OK;
}

/* What a ticket's changed fields raise besides ticket.updated. */
static enum err
raise_ticket(struct work *work, struct touched *t, uint64_t slots,
    uint64_t entry, struct bytes changes)
{
	int64_t was = record_int(&t->base, TICKET_STATUS);
	int64_t is = record_int(&t->new, TICKET_STATUS);
	bool has_status = slots >> TICKET_STATUS & 1;
	bool has_merge = slots >> TICKET_MERGED_INTO & 1;
	bool is_merged = has_merge && record_has(&t->new, TICKET_MERGED_INTO);
	const struct {
		bool holds;
		enum hook hook;
		uint64_t agent;
	} table[] = {
		{ true, HOOK_TICKET_UPDATED, 0 },
		{ slots >> TICKET_OWNER & 1, HOOK_TICKET_ASSIGNED,
		    record_ref(&t->new, TICKET_OWNER) },
		{ is_merged, HOOK_TICKET_MERGED, 0 },
		{ has_merge && !is_merged, HOOK_TICKET_UNMERGED, 0 },
		{ has_status && is == STATUS_CLOSED && !is_merged,
		    HOOK_TICKET_CLOSED, 0 },
		{ has_status && was == STATUS_CLOSED, HOOK_TICKET_REOPENED, 0 },
		{ is == STATUS_PENDING && record_has(&t->new, TICKET_DUE) &&
			(slots >> TICKET_DUE & 1 || has_status),
		    HOOK_TICKET_SNOOZED, 0 },
	};
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof table / sizeof *table;
	     i++)
		if (table[i].holds)
			err = work_raise_of(work, table[i].hook, t,
			    table[i].agent, entry, changes, BYTES_NONE);
	return err;
}

/* A pending ticket with a date opens again then. */
static enum err
add_reopening(struct work *work, const struct touched *t)
{
	struct record job;

	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_REOPEN);
	record_set_int(&job, JOB_TICKET, (int64_t)t->new.id);
	record_set_int(&job, JOB_DUE, record_int(&t->new, TICKET_DUE));
	return work_add_job(work, &job);
}

static enum err
flush_ticket(
    struct work *work, struct touched *t, struct bytes changes, uint64_t slots)
{
	struct record entry;
	uint64_t sequence;
	enum err err;

	record_init(&entry, KIND_ENTRY, 0);
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_CHANGE);
	record_set_text(&entry, ENTRY_CHANGES, changes);
	record_set_int(&entry, ENTRY_UNDOES, (int64_t)t->undoes);
	err = work_add_entry(work, t, &entry, &sequence);
	if (err != ERR_OK)
		return err;
	if (t->undoes != 0)
		t->undone_by = sequence;
	t->undoes = 0;
	if (t->first_entry == 0)
		t->first_entry = sequence;
	if (slots >> TICKET_DUE & 1 && record_has(&t->new, TICKET_DUE) &&
	    !work->is_historic)
		err = add_reopening(work, t);
	if (err != ERR_OK)
		return err;
	return raise_ticket(work, t, slots, sequence, changes);
}

enum err
work_flush(struct work *work, struct touched *t)
{
	struct bytes changes;
	uint64_t slots;
	enum err err;

	if (t->is_removed)
		return ERR_OK;
	err = work_changes(work, &t->base, &t->new, &changes, &slots);
	if (err != ERR_OK || changes.len == 0)
		return err;
	if (t->new.kind->id == KIND_TICKET)
		err = flush_ticket(work, t, changes, slots);
	else if (t->new.kind->id == KIND_CUSTOMER && !t->is_new)
		err = work_raise(
		    work, HOOK_CUSTOMER_UPDATED, t, 0, changes, BYTES_NONE);
	else if (t->new.kind->id == KIND_AGENT &&
	    slots >> AGENT_AVAILABLE & 1 && !t->is_new)
		err = work_raise(work, HOOK_AGENT_AVAILABILITY_CHANGED, t, 0,
		    changes, BYTES_NONE);
	t->base = t->new;
	return err;
}

struct work_actor
work_become(
    struct work *work, const struct actor *actor, const struct cause *cause)
{
	struct work_actor before = { work->actor, work->cause };

	work->actor = *actor;
	work->cause = *cause;
	return before;
}

void
work_return(struct work *work, const struct work_actor *before)
{
	work->actor = before->actor;
	work->cause = before->cause;
}

struct work_records {
	size_t count;
	struct record at[];
};

struct work_records *
work_save(struct work *work)
{
	struct work_records *saved;
	const struct touched *t;
	size_t count = 0;

	for (t = work->touched; t != NULL; t = t->next)
		count++;
	saved = arena_alloc_raw(
	    work->arena, sizeof *saved + count * sizeof *saved->at);
	if (saved == NULL)
		return NULL;
	saved->count = 0;
	for (t = work->touched; t != NULL; t = t->next)
		saved->at[saved->count++] = t->new;
	return saved;
}

/* What was loaded since stands at the end of the list. */
void
work_restore(struct work *work, const struct work_records *saved)
{
	struct touched *t = work->touched;

	for (size_t i = 0; t != NULL; t = t->next, i++)
		t->new = i < saved->count ? saved->at[i] : t->old;
}

static bool
is_changed(const struct touched *t)
{
	if (t->is_new)
		return true;
	for (size_t i = 0; i < t->new.kind->field_count; i++)
		if (!record_same(&t->old, &t->new, (int)i))
			return true;
	return false;
}

/* Whether a field that search finds has changed. */
static bool
is_found_anew(const struct touched *t)
{
	for (size_t i = 0; i < t->new.kind->field_count; i++)
		if (t->new.kind->fields[i].flags & F_SEARCH &&
		    !record_same(&t->old, &t->new, (int)i))
			return true;
	return false;
}

static enum err
put_touched(struct work *work, struct touched *t)
{
	bool is_ticket = t->new.kind->id == KIND_TICKET;
	const struct record *old = t->is_new ? NULL : &t->old;
	enum err err;

	if (directory_holds(t->new.kind->id))
		work->needs_directory = true;
	if (t->is_removed) {
		search_note(work->change, t->new.kind->id, t->new.id);
		return is_ticket ?
		    ticket_put(work->change, work->arena, work->read.directory,
			&t->old, NULL) :
		    record_remove(work->change, work->arena, &t->old);
	}
	if (is_found_anew(t))
		search_note(work->change, t->new.kind->id, t->new.id);
	if (is_ticket)
		return ticket_put(work->change, work->arena,
		    work->read.directory, old, &t->new);
	err = record_check_unique(work->read.snapshot, &t->new, work->why);
	if (err != ERR_OK)
		return err;
	return record_put(work->change, work->arena, old, &t->new);
}

/* A ticket whose timeline has moved was updated now; times given by an import
 * stay as they are. */
static void
stamp(struct work *work, struct touched *t)
{
	if (t->new.kind->id == KIND_TICKET && t->has_moved &&
	    !work->is_historic)
		record_set_int(&t->new, TICKET_UPDATED, work->read.now_us);
	if (t->new.kind->id == KIND_CUSTOMER && !work->is_historic)
		record_set_int(&t->new, CUSTOMER_UPDATED, work->read.now_us);
}

enum err
work_finish(struct work *work)
{
	struct touched *t;
	enum err err = ERR_OK;

	for (t = work->touched; err == ERR_OK && t != NULL; t = t->next)
		err = work_flush(work, t);
	for (t = work->touched; err == ERR_OK && t != NULL; t = t->next) {
		if (!t->is_removed && !is_changed(t))
			continue;
		if (t->is_removed && t->is_new)
			continue;
		stamp(work, t);
		err = put_touched(work, t);
	}
	return err;
}
