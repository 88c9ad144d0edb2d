/* core/desk/act_message.c - replies, notes, and what became of their mails. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/desk/acts.h"
#include "core/desk/before.h"
#include "core/desk/canned.h"
#include "core/desk/job.h"
#include "core/desk/ops.h"

/* Scripts see a message before it is kept: whole, and file by file. */
static enum err
ask(struct work *work, enum hook hook, struct touched *ticket,
    const struct record *entry)
{
	struct before before = {
		.hook = hook, .ticket = ticket, .entry = entry
	};

	return before_run(work, &before);
}

static enum err
ask_files(struct work *work, struct touched *ticket, const struct record *entry,
    const uint64_t *files, size_t count)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct before before = { .hook = HOOK_ATTACHMENT_ADDING,
			.ticket = ticket,
			.entry = entry };
		struct buf part = buf_in(work->arena);
		struct json_writer w = json_writer(&part);
		struct touched *file;

		err = work_load(work, KIND_FILE, files[i], &file);
		if (err != ERR_OK)
			return err;
		json_key(&w, "attachment");
		json_begin_object(&w);
		json_member_text(
		    &w, "name", record_text(&file->new, FILE_NAME));
		json_member_text(
		    &w, "type", record_text(&file->new, FILE_TYPE));
		json_member_int(
		    &w, "size_bytes", record_int(&file->new, FILE_SIZE));
		json_end_object(&w);
		if (part.failed)
			return ERR_NOMEM;
		before.parts = buf_get(&part);
		err = before_run(work, &before);
	}
	return err;
}

/* On a closed ticket a customer's message reopens it, unless a script has it
 * begin a new one. */
static enum err
reopen(struct work *work, struct touched *ticket, const struct record *entry,
    bool *is_new_one)
{
	struct before before = {
		.hook = HOOK_TICKET_REOPENING, .ticket = ticket, .entry = entry
	};
	enum err err = before_run(work, &before);

	*is_new_one = err == ERR_OK && before.has_choice &&
	    bytes_is(before.choice, "new");
	return err;
}

/* The same words as a ticket of its own, of the same customer. */
static enum err
begin_new_ticket(struct work *work, const struct touched *ticket)
{
	struct act_input input = *work->input;
	struct record customer;
	const struct act_input *before = work->input;
	enum err err;

	err = record_find(work->read.snapshot, KIND_CUSTOMER,
	    record_ref(&ticket->old, TICKET_CUSTOMER), &customer);
	if (err != ERR_OK)
		return err;
	input.verb = VERB_TICKET_CREATE;
	record_init(&input.fields, KIND_TICKET, 0);
	record_set_from(&input.fields, TICKET_SUBJECT, &ticket->old);
	record_set_from(&input.fields, TICKET_QUEUE, &ticket->old);
	record_set_from(&input.fields, TICKET_LANGUAGE, &ticket->old);
	input.email = record_text(&customer, CUSTOMER_EMAIL);
	input.name = record_text(&customer, CUSTOMER_NAME);
	input.is_form = false;
	work->input = &input;
	err = act_ticket_create(work);
	work->input = before;
	return err;
}

static struct message
message_of(const struct act_input *input, enum entry_type type)
{
	return (struct message){ .type = type,
		.body = input->body,
		.format = input->format,
		.files = input->files,
		.file_count = input->file_count,
		.mentions = input->mentions,
		.mention_count = input->mention_count };
}

static enum err
reply_of_customer(struct work *work, struct touched *ticket)
{
	struct message message = message_of(work->input, ENTRY_IS_REPLY);
	bool was_waiting = ticket_is_waiting(&ticket->old), is_new = false;
	struct record entry;
	uint64_t sequence;
	enum err err;

	work->actor.customer = record_ref(&ticket->old, TICKET_CUSTOMER);
	if (record_int(&ticket->old, TICKET_STATUS) == STATUS_CLOSED) {
		struct record proposed;

		record_init(&proposed, KIND_ENTRY, 0);
		record_set_text(&proposed, ENTRY_BODY, work->input->body);
		err = reopen(work, ticket, &proposed, &is_new);
		if (err != ERR_OK)
			return err;
		if (is_new)
			return begin_new_ticket(work, ticket);
	}
	err = ops_say(work, ticket, &message, &entry, &sequence);
	if (err != ERR_OK)
		return err;
	record_set_int(&ticket->new, TICKET_STATUS, STATUS_OPEN);
	ops_settle(work, ticket);
	ops_customer_wrote(work, ticket);
	err = ask(work, HOOK_REPLY_RECEIVING, ticket, &entry);
	if (err == ERR_OK)
		err = ask_files(
		    work, ticket, &entry, message.files, message.file_count);
	if (err == ERR_OK)
		err = work_flush(work, ticket);
	if (err == ERR_OK)
		err = work_raise(work, HOOK_REPLY_RECEIVED, ticket, sequence,
		    BYTES_NONE, BYTES_NONE);
	if (err == ERR_OK && !was_waiting && ticket_is_waiting(&ticket->new))
		err = work_raise(work, HOOK_TICKET_WAITING, ticket, sequence,
		    BYTES_NONE, BYTES_NONE);
	return err;
}

/* Whoever answers a ticket that nobody owns takes it; the customer's turn
 * follows, unless the agent says another status. */
static enum err
follow_up(struct work *work, struct touched *ticket)
{
	const struct act_input *input = work->input;
	struct touched *customer;
	enum err err = ERR_OK;

	if (record_has(&input->fields, TICKET_STATUS) ||
	    (input->cleared >> TICKET_STATUS & 1))
		ops_set(work, ticket, &input->fields, input->cleared);
	else
		record_set_int(&ticket->new, TICKET_STATUS, STATUS_PENDING);
	ops_settle(work, ticket);
	if (work->actor.agent == 0)
		return ERR_OK;
	if (!record_has(&ticket->new, TICKET_OWNER))
		err = ops_assign(work, ticket, work->actor.agent);
	if (err == ERR_OK)
		err = work_load(work, KIND_CUSTOMER,
		    record_ref(&ticket->new, TICKET_CUSTOMER), &customer);
	if (err == ERR_OK)
		record_set_int(&customer->new, CUSTOMER_LAST_AGENT,
		    (int64_t)work->actor.agent);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
count_canned(struct work *work, const struct touched *ticket)
{
	struct touched *canned;
	enum err err;

	if (work->input->canned == 0)
		return ERR_OK;
	err = work_load(work, KIND_CANNED, work->input->canned, &canned);
	if (err == ERR_NOT_FOUND)
		return ERR_OK; /* removed meanwhile; the text is there */
	if (err == ERR_OK &&
	    canned_is_for(&canned->old, &work->actor, &ticket->new))
		record_set_int(&canned->new, CANNED_USES,
		    record_int(&canned->new, CANNED_USES) + 1);
	return err;
}

enum err
act_answer(struct work *work, struct touched *ticket)
{
	struct message message = message_of(work->input, ENTRY_IS_REPLY);
	struct record entry;
	uint64_t sequence;
	enum err err;

	err = ops_say(work, ticket, &message, &entry, &sequence);
	if (err == ERR_OK) {
		ops_answered(work, ticket);
		err = follow_up(work, ticket);
	}
	if (err == ERR_OK)
		err = count_canned(work, ticket);
	if (err == ERR_OK)
		err = ask(work, HOOK_REPLY_SENDING, ticket, &entry);
	if (err == ERR_OK)
		err = ask_files(
		    work, ticket, &entry, message.files, message.file_count);
	if (err == ERR_OK)
		err = work_flush(work, ticket);
	if (err == ERR_OK)
		err = work_raise(work, HOOK_REPLY_SENT, ticket, sequence,
		    BYTES_NONE, BYTES_NONE);
	if (err == ERR_OK && ticket->was_answered)
		err = work_raise(work, HOOK_TICKET_ANSWERED, ticket, sequence,
		    BYTES_NONE, BYTES_NONE);
	return err;
}

enum err
act_reply_add(struct work *work)
{
	struct touched *ticket;
	enum err err = act_load_ticket(work, &ticket);

	if (err == ERR_OK)
		err = act_check_seen(work, ticket);
	if (err == ERR_OK && work->actor.kind == BY_CUSTOMER)
		err = reply_of_customer(work, ticket);
	else if (err == ERR_OK)
		err = act_answer(work, ticket);
	if (err != ERR_OK || work->result->ticket != 0)
		return err;
	work->result->ticket = ticket->new.id;
	work->result->entry = ticket->first_entry;
	return ERR_OK;
}

enum err
act_note_add(struct work *work)
{
	struct message message = message_of(work->input, ENTRY_IS_NOTE);
	struct touched *ticket;
	struct record entry;
	uint64_t sequence;
	enum err err = act_load_ticket(work, &ticket);

	if (err == ERR_OK)
		err = ops_say(work, ticket, &message, &entry, &sequence);
	if (err == ERR_OK)
		err = ask(work, HOOK_NOTE_ADDING, ticket, &entry);
	if (err == ERR_OK)
		err = ask_files(
		    work, ticket, &entry, message.files, message.file_count);
	if (err == ERR_OK)
		err = work_raise(work, HOOK_NOTE_ADDED, ticket, sequence,
		    BYTES_NONE, BYTES_NONE);
	if (err != ERR_OK)
		return err;
	work->result->ticket = ticket->new.id;
	work->result->entry = sequence;
	return ERR_OK;
}

static enum err
find_entry(struct work *work, const struct touched *ticket, uint64_t sequence,
    struct record *entry)
{
	enum err err = record_find(work->read.snapshot, KIND_ENTRY,
	    entry_id(ticket->old.id, sequence), entry);

	if (err == ERR_NOT_FOUND)
		return work_fail(
		    work, err, NULL, err_message(err), 0, BYTES_NONE);
	return err;
}

enum err
act_mail_resend(struct work *work)
{
	struct touched *ticket;
	struct record entry, again;
	enum err err = act_load_ticket(work, &ticket);

	if (err == ERR_OK)
		err = find_entry(work, ticket, work->input->entry, &entry);
	if (err != ERR_OK)
		return err;
	if (record_int(&entry, ENTRY_MAIL) != MAIL_FAILED)
		return work_fail(work, ERR_INVALID, NULL,
		    N_("This mail has not failed."), 0, BYTES_NONE);
	again = entry;
	record_set_int(&again, ENTRY_MAIL, MAIL_QUEUED);
	record_clear(&again, ENTRY_MAIL_ERROR);
	err = record_put(work->change, work->arena, &entry, &again);
	if (err == ERR_OK)
		err = ops_queue_mail(work, ticket, work->input->entry,
		    BYTES("{\"kind\":\"reply\",\"template\":\"reply\"}"));
	work->result->ticket = ticket->new.id;
	work->result->entry = work->input->entry;
	return err;
}

/* The mail part of an event: what a mail job was given, and its end. */
static enum err
mail_part(struct work *work, const struct job_run *run, struct bytes *out)
{
	struct buf part = buf_in(work->arena);
	struct json_writer w = json_writer(&part);
	struct bytes data = record_text(&run->job, JOB_DATA);

	json_key(&w, "mail");
	json_begin_object(&w);
	if (data.len > 2) /* the members of an object that we wrote */
		json_put_members(
		    &w, (struct bytes){ data.at + 1, data.len - 2 });
	json_member_int(&w, "tries", record_int(&run->job, JOB_TRIES) + 1);
	if (run->outcome != ERR_OK)
		json_member_text(&w, "why", run->error);
	json_end_object(&w);
	if (part.failed)
		return ERR_NOMEM;
	*out = buf_get(&part);
	return ERR_OK;
}

/* What became of an entry's mail is shown on the entry. */
static enum err
mark_entry(struct work *work, const struct job_run *run)
{
	uint64_t ticket = record_ref(&run->job, JOB_TICKET);
	uint64_t sequence = (uint64_t)record_int(&run->job, JOB_ENTRY);
	struct record entry, marked;
	enum err err;

	if (sequence == 0)
		return ERR_OK;
	err = record_find(work->read.snapshot, KIND_ENTRY,
	    entry_id(ticket, sequence), &entry);
	if (err == ERR_NOT_FOUND)
		return ERR_OK; /* its ticket was removed */
	if (err != ERR_OK)
		return err;
	marked = entry;
	record_set_int(&marked, ENTRY_MAIL,
	    run->outcome == ERR_OK ? MAIL_SENT : MAIL_FAILED);
	record_set_text(&marked, ENTRY_MAIL_ERROR,
	    run->outcome == ERR_OK ? BYTES_NONE : run->error);
	record_set_text(&marked, ENTRY_MESSAGE_ID, run->message_id);
	return record_put(work->change, work->arena, &entry, &marked);
}

/* A mail that failed for good opens a ticket that was closed with it: else
 * nobody would look at it again. */
static enum err
reopen_failed(struct work *work, struct touched *ticket)
{
	if (record_int(&ticket->new, TICKET_STATUS) == STATUS_OPEN)
		return ERR_OK;
	record_set_int(&ticket->new, TICKET_STATUS, STATUS_OPEN);
	ops_settle(work, ticket);
	return work_flush(work, ticket);
}

enum err
act_mail_result(struct work *work)
{
	const struct job_run *run = work->input->run;
	struct touched *ticket = NULL;
	struct bytes part;
	bool is_over = run->outcome == ERR_OK || run->retry_us == 0;
	enum err err;

	err = desk_may(
	    work->read.directory, &work->actor, VERB_MAIL_RESULT, NULL);
	if (err != ERR_OK)
		return err;
	if (!is_over)
		return job_put_again(
		    work->change, work->arena, run, run->retry_us, run->error);
	if (run->outcome == ERR_OK)
		job_delete(work->change, run);
	else
		err = job_put_again(
		    work->change, work->arena, run, 0, run->error);
	if (err == ERR_OK && record_has(&run->job, JOB_TICKET)) {
		err = work_load(work, KIND_TICKET,
		    record_ref(&run->job, JOB_TICKET), &ticket);
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	if (err == ERR_OK)
		err = mark_entry(work, run);
	if (err == ERR_OK)
		err = mail_part(work, run, &part);
	if (err == ERR_OK && run->outcome != ERR_OK && ticket != NULL)
		err = reopen_failed(work, ticket);
	if (err == ERR_OK)
		err = work_raise(work,
		    run->outcome == ERR_OK ? HOOK_MAIL_SENT : HOOK_MAIL_FAILED,
		    ticket, (uint64_t)record_int(&run->job, JOB_ENTRY),
		    BYTES_NONE, part);
	return err;
}
