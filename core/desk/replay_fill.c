/* core/desk/replay_fill.c - what is in the scratch site when the run begins.
 *
 * Whole are the tickets of the period: rewound, with their entries. Of the
 * others that count for look-ups, those that are not closed and the newest of
 * the same customers, there are the records as they are today.
 */
#include "config.h"
#include "core/desk/act_try.h"
#include "core/desk/replay_private.h"
#include "core/desk/site_private.h"
#include "core/model/index.h"
#include "core/model/ticket.h"

#include <stdlib.h>

#define BATCH_MAX 128
#define BATCH_BYTES (1024 * 1024)
#define OTHERS_OF_CUSTOMER 20 /* tickets besides those of the period */
#define ENTRIES_LOOK 200      /* of a ticket, for who answered it last */
#define ASSIGNED_LOOK 20000   /* events to look for who got a ticket last */

/* Records on their way into the scratch site. Their texts live in the
 * snapshot, or in r->step. */
struct filling {
	struct past_run *run;
	struct replaying *r;
	struct site_read read;
	struct record *records;
	size_t count, bytes;
	uint64_t *customers; /* of the tickets; with repeats until sorted */
	size_t customer_count, customer_cap;
};

static enum err
flush(struct filling *f)
{
	struct act_trial trial = { .step = TRIAL_FILL,
		.records = f->records,
		.record_count = f->count };
	struct act_result result;
	struct act_input input;
	enum err err = ERR_OK;

	if (f->count > 0) {
		act_input_init(&input, VERB_TRY_STEP, KIND_NONE);
		input.actor = actor_system();
		input.trial = &trial;
		err = desk_act(
		    f->run->site, &input, f->r->step, &result, f->r->why);
	}
	f->count = 0;
	f->bytes = 0;
	arena_reset(f->r->step);
	return err == ERR_OK ? past_renew(f->r, &f->read) : err;
}

/* With its big texts, but for what was made of others. */
static enum err
add(struct filling *f, const struct record *record)
{
	const struct kind *kind = record->kind;
	struct record *kept = &f->records[f->count];
	enum err err = ERR_OK;

	*kept = *record;
	if (kind->id == KIND_ENTRY)
		record_clear(kept, ENTRY_HTML);
	for (size_t i = 0; err == ERR_OK && i < kind->field_count; i++) {
		struct bytes text;

		if (kind->fields[i].type != FIELD_BIGTEXT ||
		    !record_has(kept, (int)i) || kept->slots[i].at != NULL)
			continue;
		err = record_bigtext(
		    f->read.snapshot, record, (int)i, f->r->step, &text);
		if (err == ERR_OK)
			record_set_text(kept, (int)i, text);
		f->bytes += text.len;
	}
	f->bytes += record->raw.len;
	if (err == ERR_OK)
		f->count++;
	return err;
}

/* Between records that belong together. */
static enum err
pause_here(struct filling *f)
{
	return f->count >= BATCH_MAX / 2 || f->bytes >= BATCH_BYTES ||
		snapshot_is_old(f->read.snapshot) ?
	    flush(f) :
	    ERR_OK;
}

/* When each agent was given a ticket last, before the run. */
static enum err
last_assigned(struct filling *f, uint64_t agent, int64_t *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes number, value;
	struct key lo, hi;
	enum err err;

	*out = 0;
	key_begin(&lo, KEY_EVENT);
	key_begin(&hi, KEY_EVENT);
	key_u64(&hi, f->r->first);
	err = cursor_open(
	    f->read.snapshot, key_get(&lo), key_get(&hi), BACKWARD, &cursor);
	for (int i = 0; err == ERR_OK && *out == 0 && i < ASSIGNED_LOOK; i++) {
		struct record event;

		err = cursor_next(&cursor, &number, &value);
		if (err == ERR_OK)
			err = record_decode(&event, KIND_EVENT, 1, value);
		if (err == ERR_OK && record_ref(&event, EVENT_AGENT) == agent &&
		    bytes_is(record_text(&event, EVENT_HOOK),
			hook_points[HOOK_TICKET_ASSIGNED].name))
			*out = record_int(&event, EVENT_AT);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
rewind_small(struct filling *f, struct record *record)
{
	int64_t from_us = f->r->from_us, at_us;
	bool was_created;
	enum err err = ERR_OK;

	if (record->kind->id == KIND_SCRIPT)
		record_set_int(record, SCRIPT_LOADED_AT, from_us);
	if (record->kind->id != KIND_AGENT)
		return ERR_OK;
	err = past_rewind_by_events(
	    f->r, &f->read, record, from_us, &was_created);
	if (err != ERR_OK ||
	    record_int(record, AGENT_LAST_ASSIGNED_AT) < from_us)
		return err;
	err = last_assigned(f, record->id, &at_us);
	record_set_int(record, AGENT_LAST_ASSIGNED_AT, at_us);
	return err;
}

static enum err
fill_kind(struct filling *f, enum kind_id kind)
{
	uint64_t id = 0;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		struct record record;

		err = record_next(f->read.snapshot, kind, &id, &record);
		if (err == ERR_OK)
			err = rewind_small(f, &record);
		if (err == ERR_OK)
			err = add(f, &record);
		if (err == ERR_OK)
			err = pause_here(f);
	}
	return err == ERR_NOT_FOUND ? flush(f) : err;
}

static enum err
note_customer(struct filling *f, uint64_t customer)
{
	if (f->customer_count == f->customer_cap) {
		size_t cap = f->customer_cap == 0 ? 1024 : 2 * f->customer_cap;
		uint64_t *grown = realloc(f->customers, cap * sizeof *grown);

		if (grown == NULL)
			return ERR_NOMEM;
		f->customers = grown;
		f->customer_cap = cap;
	}
	f->customers[f->customer_count++] = customer;
	return ERR_OK;
}

/* Files of entries that come again are uploads until then. */
static enum err
fill_files(struct filling *f, uint64_t ticket, uint64_t last)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	enum err err;

	key_index(&prefix, KIND_FILE, INDEX_FILE_TICKET);
	key_u64(&prefix, ticket);
	err = cursor_open_prefix(
	    f->read.snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK && f->count < BATCH_MAX) {
		struct record file;

		err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			err = record_find(f->read.snapshot, KIND_FILE,
			    be64_read(key.at + key.len - 8), &file);
		if (err != ERR_OK)
			break;
		if ((uint64_t)record_int(&file, FILE_ENTRY) > last) {
			record_clear(&file, FILE_TICKET);
			record_clear(&file, FILE_ENTRY);
			record_clear(&file, FILE_IS_INTERNAL);
		}
		err = add(f, &file);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
fill_entries(struct filling *f, uint64_t ticket, uint64_t last)
{
	uint64_t n = 0;
	enum err err = ERR_OK;

	while (err == ERR_OK && n < last) {
		struct record entry;

		err = timeline_next(f->read.snapshot, ticket, &n, &entry);
		if (err == ERR_OK && n <= last)
			err = add(f, &entry);
		if (err == ERR_OK)
			err = pause_here(f);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
fill_ticket(struct filling *f, const struct past_ticket *p)
{
	struct record now, then;
	uint64_t last = 0;
	enum err err = record_find(
	    f->read.snapshot, KIND_TICKET, p->number, &now);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = note_customer(f, record_ref(&now, TICKET_CUSTOMER));
	if (err == ERR_OK && !p->was_created) {
		err = past_ticket_at(
		    f->r, &f->read, &now, f->r->from_us, &then);
		if (err == ERR_OK)
			err = add(f, &then);
		last = (uint64_t)record_int(&then, TICKET_LAST_ENTRY);
		if (err == ERR_OK)
			err = fill_entries(f, p->number, last);
	}
	if (err == ERR_OK)
		err = fill_files(f, p->number, last);
	return err == ERR_OK ? pause_here(f) : err;
}

/* One that is there for look-ups alone. */
static enum err
fill_other(struct filling *f, uint64_t number)
{
	struct record ticket, there, entry;
	struct snapshot *scratch = NULL;
	enum err err;

	if (past_find(f->r, number) != NULL)
		return ERR_OK;
	err = store_snapshot(f->run->site->store, &scratch);
	if (err != ERR_OK)
		return err;
	err = record_find(scratch, KIND_TICKET, number, &there);
	snapshot_release(scratch);
	if (err != ERR_NOT_FOUND)
		return err;
	for (size_t i = 0; i < f->count; i++)
		if (f->records[i].kind->id == KIND_TICKET &&
		    f->records[i].id == number)
			return ERR_OK;
	err = record_find(f->read.snapshot, KIND_TICKET, number, &ticket);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = note_customer(f, record_ref(&ticket, TICKET_CUSTOMER));
	if (err == ERR_OK)
		err = add(f, &ticket);
	if (err == ERR_OK) /* ticket:similar reads the first words */
		err = record_find(
		    f->read.snapshot, KIND_ENTRY, entry_id(number, 1), &entry);
	if (err == ERR_OK)
		err = add(f, &entry);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	return err == ERR_OK ? pause_here(f) : err;
}

/* Numbers under an index, up to <max>, into an array in <arena>. */
static enum err
numbers_of(
    struct filling *f, const struct key *prefix, size_t max, struct buf *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	enum err err = cursor_open_prefix(
	    f->read.snapshot, key_get(prefix), BACKWARD, &cursor);

	for (size_t i = 0; err == ERR_OK && i < max; i++) {
		err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			buf_add(out, key.at + key.len - 8, 8);
	}
	cursor_close(&cursor);
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	return err == ERR_OK && out->failed ? ERR_NOMEM : err;
}

static enum err
fill_numbers(struct filling *f, const struct buf *numbers)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i + 8 <= numbers->len; i += 8)
		err = fill_other(f, be64_read(numbers->at + i));
	return err;
}

/* Those that are not closed, which loads and counts are made of. */
static enum err
fill_open(struct filling *f)
{
	static const enum ticket_state states[] = { STATE_OPEN, STATE_PENDING };
	struct buf numbers = BUF_INIT;
	size_t max = f->r->options->ticket_limit;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < 2; i++) {
		struct key prefix;

		key_index(&prefix, KIND_TICKET, INDEX_TICKET_STATE);
		index_key_int(
		    &prefix, kind_get(KIND_TICKET), INDEX_STATE, states[i]);
		err = numbers_of(
		    f, &prefix, max != 0 ? 4 * max : SIZE_MAX, &numbers);
	}
	if (err == ERR_OK)
		err = fill_numbers(f, &numbers);
	buf_release(&numbers);
	return err;
}

static int
by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Who answered last on the ticket before the run, if that was later than
 * *<at_us>. */
static enum err
look_for_answer(
    struct filling *f, uint64_t number, int64_t *at_us, uint64_t *agent)
{
	struct record ticket, entry;
	enum err err = record_find(
	    f->read.snapshot, KIND_TICKET, number, &ticket);
	uint64_t n = err == ERR_OK ?
	    (uint64_t)record_int(&ticket, TICKET_LAST_ENTRY) :
	    0;

	for (int i = 0; err == ERR_OK && n > 0 && i < ENTRIES_LOOK; i++, n--) {
		int64_t then_us;

		err = record_find(
		    f->read.snapshot, KIND_ENTRY, entry_id(number, n), &entry);
		if (err != ERR_OK)
			continue;
		then_us = record_int(&entry, ENTRY_AT);
		if (then_us <= *at_us)
			break;
		if (then_us >= f->r->from_us ||
		    record_int(&entry, ENTRY_TYPE) != ENTRY_IS_REPLY ||
		    record_int(&entry, ENTRY_BY) != BY_AGENT)
			continue;
		*at_us = then_us;
		*agent = record_ref(&entry, ENTRY_AGENT);
		break;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* No account is kept of who answered a customer last: his tickets tell. */
static enum err
rewind_last_agent(struct filling *f, struct record *customer)
{
	struct buf numbers = BUF_INIT;
	struct key prefix;
	int64_t at_us = 0;
	uint64_t agent = 0;
	enum err err;

	if (!record_has(customer, CUSTOMER_LAST_AGENT))
		return ERR_OK;
	key_index(&prefix, KIND_TICKET, INDEX_TICKET_CUSTOMER);
	index_key_int(&prefix, kind_get(KIND_TICKET), TICKET_CUSTOMER,
	    (int64_t)customer->id);
	err = numbers_of(f, &prefix, OTHERS_OF_CUSTOMER, &numbers);
	for (size_t i = 0; err == ERR_OK && i + 8 <= numbers.len; i += 8)
		err = look_for_answer(
		    f, be64_read(numbers.at + i), &at_us, &agent);
	buf_release(&numbers);
	record_set_int(customer, CUSTOMER_LAST_AGENT, (int64_t)agent);
	return err;
}

static enum err
fill_customer(struct filling *f, uint64_t id)
{
	struct record customer;
	bool was_created;
	enum err err = record_find(
	    f->read.snapshot, KIND_CUSTOMER, id, &customer);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = past_rewind_by_events(
		    f->r, &f->read, &customer, f->r->from_us, &was_created);
	if (err == ERR_OK && !was_created)
		err = rewind_last_agent(f, &customer);
	if (err != ERR_OK || was_created)
		return err;
	if (record_int(&customer, CUSTOMER_SURVEYED_AT) >= f->r->from_us)
		record_clear(&customer, CUSTOMER_SURVEYED_AT);
	err = add(f, &customer);
	return err == ERR_OK ? pause_here(f) : err;
}

/* The customers of the tickets, and their other tickets. */
static enum err
fill_customers(struct filling *f)
{
	struct buf numbers = BUF_INIT;
	size_t count = f->customer_count;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct key prefix;

		key_index(&prefix, KIND_TICKET, INDEX_TICKET_CUSTOMER);
		index_key_int(&prefix, kind_get(KIND_TICKET), TICKET_CUSTOMER,
		    (int64_t)f->customers[i]);
		buf_clear(&numbers);
		err = numbers_of(f, &prefix, OTHERS_OF_CUSTOMER, &numbers);
		if (err == ERR_OK)
			err = fill_numbers(f, &numbers);
	}
	buf_release(&numbers);
	if (f->customer_count > 1)
		qsort(f->customers, f->customer_count, sizeof *f->customers,
		    by_id);
	for (size_t i = 0; err == ERR_OK && i < f->customer_count; i++)
		if (i == 0 || f->customers[i] != f->customers[i - 1])
			err = fill_customer(f, f->customers[i]);
	return err == ERR_OK ? flush(f) : err;
}

/* The last id that a kind has; 0 if none. */
static enum err
last_id(struct snapshot *snapshot, enum kind_id kind, uint64_t *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	char start[] = { KEY_RECORD, (char)kind };
	enum err err = cursor_open_prefix(
	    snapshot, (struct bytes){ start, 2 }, BACKWARD, &cursor);

	*out = 0;
	if (err == ERR_OK)
		err = cursor_next(&cursor, &key, &value);
	if (err == ERR_OK)
		*out = be64_read(key.at + key.len - 8);
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* New ids are none of those that the real site has. */
static enum err
raise_ids(struct filling *f)
{
	static const enum kind_id kinds[] = { KIND_TICKET, KIND_CUSTOMER,
		KIND_FILE };
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < 3; i++) {
		uint64_t id;

		err = last_id(f->read.snapshot, kinds[i], &id);
		if (err == ERR_OK && kinds[i] == KIND_TICKET) {
			struct past_ticket *p = f->r->tickets;
			size_t n = f->r->ticket_count;

			if (n > 0 && p[n - 1].number > id)
				id = p[n - 1].number;
			f->run->top_ticket = id;
		}
		if (err == ERR_OK)
			store_raise_id(f->run->site->store, kinds[i], id);
	}
	return err;
}

static enum err
fill_all(struct filling *f)
{
	static const enum kind_id small[] = { KIND_BRAND, KIND_ROLE, KIND_TEAM,
		KIND_AGENT, KIND_CALENDAR, KIND_QUEUE, KIND_FIELD, KIND_SETTING,
		KIND_CANNED, KIND_SCRIPT, KIND_ORGANISATION, KIND_ARTICLE };
	struct replaying *r = f->r;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof small / sizeof *small;
	     i++)
		err = fill_kind(f, small[i]);
	for (size_t i = 0; err == ERR_OK && i < r->ticket_count; i++) {
		if (!r->tickets[i].is_gone)
			err = fill_ticket(f, &r->tickets[i]);
		if (err == ERR_OK && past_is_over(r, 0))
			break;
	}
	if (err == ERR_OK && !r->is_stopped)
		err = fill_open(f);
	if (err == ERR_OK && !r->is_stopped)
		err = fill_customers(f);
	return err == ERR_OK ? raise_ids(f) : err;
}

enum err
past_fill(struct past_run *run)
{
	struct filling f = { .run = run, .r = run->r };
	enum err err;

	/* an entry more than a batch may come with its ticket and files */
	f.records = malloc((2 * BATCH_MAX + 2) * sizeof *f.records);
	err = f.records != NULL ? site_read_begin(run->r->site, &f.read) :
				  ERR_NOMEM;
	if (err == ERR_OK) {
		err = fill_all(&f);
		if (f.read.snapshot != NULL)
			site_read_end(&f.read);
	}
	free(f.customers);
	free(f.records);
	return err;
}
