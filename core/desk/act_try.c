/* core/desk/act_try.c - the steps of dry runs and replays, on a scratch site.
 *
 * A ticket is rewound by its change entries: each has the old values of what
 * it changed. Entries that came later go, so that a script that looks back
 * sees what was there.
 */
#include "config.h"
#include "core/desk/act_try.h"
#include "core/base/arena.h"
#include "core/desk/acts.h"
#include "core/desk/before.h"
#include "core/desk/job.h"
#include "core/desk/ops.h"
#include "core/desk/rewind.h"
#include "core/desk/site_private.h"
#include "core/model/search.h"

/* --- the ticket as it was --- */

struct leaving {
	struct work *work;
	const struct touched *ticket;
};

static enum err
leave(void *context, struct bytes field, const struct why *why)
{
	const struct leaving *leaving = context;
	struct work *work = leaving->work;
	struct act_left *left = arena_new(work->arena, struct act_left);
	enum err err = ERR_OK;

	if (left == NULL)
		return ERR_NOMEM;
	*left = (struct act_left){ .next = work->result->left,
		.ticket = leaving->ticket->new.id,
		.field = work_copy(work, field, &err),
		.why = *why };
	work->result->left = left;
	return err;
}

static enum err
rewind_entry(
    struct work *work, struct touched *ticket, const struct record *entry)
{
	struct leaving leaving = { work, ticket };

	return rewind_fields(&ticket->new, record_text(entry, ENTRY_CHANGES),
	    work->read.directory, work->arena, leave, &leaving,
	    &work->result->undone);
}

static bool
is_of_file(struct bytes full, struct bytes file)
{
	return bytes_equal(bytes_split(&full, '/'), file);
}

static enum err
take_entry(struct work *work, struct touched *ticket, struct record *entry)
{
	bool is_customers = record_int(entry, ENTRY_BY) == BY_CUSTOMER;
	int slot = is_customers ? TICKET_CUSTOMER_REPLIES :
				  TICKET_AGENT_REPLIES;

	if (record_int(entry, ENTRY_TYPE) == ENTRY_IS_REPLY)
		record_set_int(
		    &ticket->new, slot, record_int(&ticket->new, slot) - 1);
	return record_remove(work->change, work->arena, entry);
}

/* Whether an entry of the event's own act is to come again. */
static bool
comes_again(const struct act_trial *trial, const struct record *entry)
{
	return trial->is_again &&
	    is_of_file(record_text(entry, ENTRY_SCRIPT), trial->handler->file);
}

/* Take the entries behind the event, the last one first. */
static enum err
rewind_entries(struct work *work, struct touched *ticket)
{
	const struct act_trial *trial = work->input->trial;
	int64_t then_us = record_int(trial->event, EVENT_AT);
	uint64_t last = (uint64_t)record_int(&ticket->new, TICKET_LAST_ENTRY);
	uint64_t kept = 0;
	enum err err = ERR_OK;

	for (uint64_t n = last; err == ERR_OK && n > 0; n--) {
		struct record entry;
		int64_t at_us;

		err = record_find(work->read.snapshot, KIND_ENTRY,
		    entry_id(ticket->new.id, n), &entry);
		if (err != ERR_OK)
			break;
		at_us = record_int(&entry, ENTRY_AT);
		if (at_us < then_us)
			break;
		if (at_us > then_us || comes_again(trial, &entry)) {
			err = rewind_entry(work, ticket, &entry);
			if (err == ERR_OK)
				err = take_entry(work, ticket, &entry);
		} else if (kept == 0) {
			kept = n;
		}
		last = n - 1;
	}
	if (kept > last)
		last = kept;
	record_set_int(&ticket->new, TICKET_LAST_ENTRY, (int64_t)last);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
rewind_ticket(struct work *work)
{
	struct touched *ticket;
	enum err err = work_load(
	    work, KIND_TICKET, work->input->subject, &ticket);

	if (err == ERR_OK)
		err = rewind_entries(work, ticket);
	if (err != ERR_OK)
		return err;
	if (work->result->undone > 0)
		ops_settle(work, ticket);
	ticket->base = ticket->new; /* no entry tells of it */
	return ERR_OK;
}

/* --- a -ing handler --- */

static enum err
find_if(struct work *work, enum kind_id kind, uint64_t id,
    struct record *record, const struct record **out)
{
	enum err err;

	if (id == 0)
		return ERR_OK;
	err = record_find(work->read.snapshot, kind, id, record);
	if (err == ERR_OK)
		*out = record;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The handler is asked as it was, or would have been, by the act that the
 * event tells of. */
static enum err
ask(struct work *work)
{
	const struct act_trial *trial = work->input->trial;
	const struct record *event = trial->event;
	struct actor actor = {
		.kind = (enum actor_kind)record_int(event, EVENT_BY),
		.agent = record_ref(event, EVENT_ACTOR),
		.customer = record_ref(event, EVENT_CUSTOMER),
		.script = record_text(event, EVENT_SCRIPT),
	};
	struct cause cause = { .script = actor.script,
		.chain = record_text(event, EVENT_CHAIN) };
	struct before before = { .hook = trial->handler->hook,
		.changes = record_text(event, EVENT_CHANGES),
		.parts = record_text(event, EVENT_DETAIL),
		.only = trial->handler->full };
	struct record customer, agent, entry;
	uint64_t sequence = (uint64_t)record_int(event, EVENT_ENTRY);
	struct work_actor was;
	enum err err = work_load(
	    work, KIND_TICKET, work->input->subject, &before.ticket);

	if (err == ERR_OK)
		err = find_if(work, KIND_CUSTOMER, actor.customer, &customer,
		    &before.customer);
	if (err == ERR_OK)
		err = find_if(work, KIND_AGENT, record_ref(event, EVENT_AGENT),
		    &agent, &before.agent);
	if (err == ERR_OK && sequence != 0)
		err = find_if(work, KIND_ENTRY,
		    entry_id(work->input->subject, sequence), &entry,
		    &before.entry);
	if (err != ERR_OK)
		return err;
	before.changed = event_changed(work->arena, before.changes);
	was = work_become(work, &actor, &cause);
	err = before_run(work, &before);
	work_return(work, &was);
	return err;
}

/* --- a job --- */

/* The number of the event in the change; it is written if it was made up. */
static enum err
put_event(struct work *work, unsigned *n)
{
	const struct record *event = work->input->trial->event;
	uint64_t ticket = record_ref(event, EVENT_TICKET);
	struct buf value = buf_in(work->arena);
	struct key key;

	*n = change_number(work->change);
	if (event->id != 0)
		return ERR_OK;
	record_encode(event, &value);
	if (value.failed)
		return ERR_NOMEM;
	key_begin(&key, KEY_EVENT);
	change_put_numbered(
	    work->change, key_get(&key), *n, BYTES_NONE, buf_get(&value), true);
	key_event_of(&key, KIND_TICKET, ticket);
	change_put_numbered(work->change, key_get(&key), *n, BYTES_NONE,
	    record_text(event, EVENT_HOOK), false);
	return ERR_OK;
}

/* Jobs of the ticket that are to be tried again would stand in the way. */
static enum err
drop_waiting(struct work *work)
{
	struct job_at at = { .number = 0 };
	struct job_run run;
	enum err err;

	while ((err = job_next_of(work->read.snapshot, KIND_TICKET,
		    work->input->subject, &at, &run)) == ERR_OK)
		if (record_has(&run.job, JOB_TRIES))
			job_delete(work->change, &run);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* As the event wrote it, or a timer. */
static enum err
queue(struct work *work)
{
	const struct act_trial *trial = work->input->trial;
	const struct script_handler *handler = trial->handler;
	bool is_job = handler->kind == SCRIPT_JOB;
	struct bytes chain = BYTES("[]"), circle;
	struct record job;
	unsigned n = 0;
	enum err err = drop_waiting(work);

	if (err != ERR_OK)
		return err;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, is_job ? JOB_TIMER : JOB_HANDLER);
	record_set_text(&job, JOB_NAME, handler->full);
	record_set_int(&job, JOB_TICKET, (int64_t)work->input->subject);
	record_set_int(&job, JOB_DUE, work->read.now_us);
	record_set_int(&job, JOB_SET_AT, work->read.now_us);
	if (is_job) {
		n = change_number(work->change);
	} else {
		record_set_int(&job, JOB_EVENT, (int64_t)trial->event->id);
		record_set_int(
		    &job, JOB_ENTRY, record_int(trial->event, EVENT_ENTRY));
		record_set_int(
		    &job, JOB_TICKET, record_int(trial->event, EVENT_TICKET));
		err = put_event(work, &n);
		if (err == ERR_OK)
			err = chain_add(work->arena,
			    record_text(trial->event, EVENT_CHAIN),
			    handler->full, work->input->subject, &chain,
			    &circle);
	}
	if (err != ERR_OK && err != ERR_LIMIT) /* a circle is only begun */
		return err;
	record_set_text(&job, JOB_CHAIN, chain);
	return job_put(work->change, work->arena, n, 0, &job);
}

/* --- the past --- */

/* The records of another site, as they are given. */
static enum err
fill(struct work *work)
{
	const struct act_trial *trial = work->input->trial;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < trial->record_count; i++) {
		const struct record *record = &trial->records[i];
		const struct record *old = NULL;
		enum kind_id kind = record->kind->id;
		struct record there;

		store_raise_id(work->site->store, kind, record->id);
		work->needs_directory |= directory_holds(kind);
		if (kind == KIND_ARTICLE)
			search_note(work->change, kind, record->id);
		err = find_if(work, kind, record->id, &there, &old);
		if (err == ERR_OK)
			err = kind == KIND_TICKET ?
			    ticket_put(work->change, work->arena,
				work->read.directory, old, record) :
			    record_put(work->change, work->arena, old, record);
	}
	return err;
}

enum err
act_try_step(struct work *work)
{
	static enum err (*const steps[TRIAL__COUNT])(struct work *) = {
		[TRIAL_REWIND] = rewind_ticket,
		[TRIAL_ASK] = ask,
		[TRIAL_QUEUE] = queue,
		[TRIAL_FILL] = fill,
	};
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_TRY_STEP, NULL);

	if (err == ERR_OK && work->site->options.below == NULL &&
	    work->site->options.past == NULL)
		err = ERR_DENIED;
	return err == ERR_OK ? steps[work->input->trial->step](work) : err;
}
