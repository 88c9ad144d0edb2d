/* core/desk/ops_message.c - replies and notes, their files and mails. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/base/json.h"
#include "core/desk/canned.h"
#include "core/desk/ops.h"
#include "core/desk/site_private.h"
#include "core/desk/spent.h"
#include "core/model/value.h"

/* Safe HTML of <source> into a big text of <record>, with its renderer. */
static enum err
render(struct work *work, struct record *record, enum body_format format,
    int source, int html, int renderer)
{
	const struct desk_output *output = work->site->options.output;
	struct buf out = buf_in(work->arena);
	enum err err;

	if (format == FORMAT_TEXT || output == NULL || output->render == NULL ||
	    !record_has(record, source))
		return ERR_OK;
	err = output->render(format, record_text(record, source), &out);
	if (err != ERR_OK)
		return err;
	if (out.failed)
		return ERR_NOMEM;
	record_set_text(record, html, buf_get(&out));
	record_set_int(record, renderer, output->renderer);
	return ERR_OK;
}

enum err
ops_render_article(struct work *work, struct touched *article)
{
	if (record_same(&article->old, &article->new, ARTICLE_BODY))
		return ERR_OK;
	return render(work, &article->new, FORMAT_MARKDOWN, ARTICLE_BODY,
	    ARTICLE_HTML, ARTICLE_RENDERER);
}

/* Check the text and render what is more than plain. */
static enum err
fill_body(
    struct work *work, const struct message *message, struct record *entry)
{
	enum err err;

	if (bytes_trim(message->body).len == 0 && message->file_count == 0)
		return work_fail(work, ERR_INVALID, "body",
		    N_("Please write something."), 0, BYTES_NONE);
	err = value_from_text(entry, ENTRY_BODY, message->body,
	    work->read.directory, work->arena, work->why);
	if (err != ERR_OK)
		return err;
	record_set_int(entry, ENTRY_FORMAT, message->format);
	return render(work, entry, message->format, ENTRY_BODY, ENTRY_HTML,
	    ENTRY_RENDERER);
}

/* Make the uploads this entry's; nobody else's can be taken. */
static enum err
attach_files(struct work *work, struct touched *ticket,
    const struct message *message, uint64_t sequence)
{
	for (size_t i = 0; i < message->file_count; i++) {
		struct touched *file;
		enum err err = work_load(
		    work, KIND_FILE, message->files[i], &file);

		if (err == ERR_NOT_FOUND ||
		    (err == ERR_OK && record_has(&file->new, FILE_TICKET)))
			return work_fail(work, ERR_INVALID, "attachment",
			    N_("An attachment is gone: please add it again."),
			    0, BYTES_NONE);
		if (err != ERR_OK)
			return err;
		record_set_int(
		    &file->new, FILE_TICKET, (int64_t)ticket->new.id);
		record_set_int(&file->new, FILE_ENTRY, (int64_t)sequence);
		record_set_int(&file->new, FILE_IS_INTERNAL,
		    message->type == ENTRY_IS_NOTE);
	}
	return ERR_OK;
}

static enum err
set_ids(struct work *work, struct record *entry, int slot, const uint64_t *ids,
    size_t count)
{
	struct buf list = buf_in(work->arena);

	for (size_t i = 0; i < count; i++)
		list_add_int(&list, (int64_t)ids[i]);
	if (list.failed)
		return ERR_NOMEM;
	record_set_text(entry, slot, buf_get(&list));
	return ERR_OK;
}

/* The row in lists shows the beginning of the newest public message. */
static enum err
set_snippet(
    struct work *work, struct touched *ticket, const struct record *entry)
{
	struct buf line = buf_in(work->arena);

	text_snippet(&line, record_text(entry, ENTRY_BODY), TICKET_SNIPPET_MAX);
	if (line.failed)
		return ERR_NOMEM;
	record_set_text(&ticket->new, TICKET_SNIPPET, buf_get(&line));
	record_set_int(&ticket->new, TICKET_SNIPPET_BY, work->actor.kind);
	return ERR_OK;
}

void
ops_customer_wrote(struct work *work, struct touched *ticket)
{
	struct record *t = &ticket->new;

	record_set_int(t, TICKET_CUSTOMER_REPLIES,
	    record_int(t, TICKET_CUSTOMER_REPLIES) + 1);
	if (record_int(t, TICKET_PLACE) == PLACE_DESK &&
	    !record_has(t, TICKET_WAITING_SINCE))
		record_set_int(t, TICKET_WAITING_SINCE, work->read.now_us);
}

void
ops_answered(struct work *work, struct touched *ticket)
{
	struct record *t = &ticket->new;

	record_set_int(
	    t, TICKET_AGENT_REPLIES, record_int(t, TICKET_AGENT_REPLIES) + 1);
	ticket->was_answered = record_has(t, TICKET_WAITING_SINCE);
	record_clear(t, TICKET_WAITING_SINCE);
	record_set_int(t, TICKET_ANSWERED_AT, work->read.now_us);
	if (!record_has(t, TICKET_FIRST_ANSWERED_AT))
		record_set_int(t, TICKET_FIRST_ANSWERED_AT, work->read.now_us);
}

enum err
ops_queue_mail(struct work *work, struct touched *ticket, uint64_t entry,
    struct bytes data)
{
	struct record job;

	if (work->is_historic)
		return ERR_OK;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_MAIL);
	if (ticket != NULL)
		record_set_int(&job, JOB_TICKET, (int64_t)ticket->new.id);
	record_set_int(&job, JOB_ENTRY, (int64_t)entry);
	record_set_text(&job, JOB_DATA, data);
	return work_add_job(work, &job);
}

static enum err
raise_mentions(struct work *work, struct touched *ticket,
    const struct message *message, uint64_t sequence)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < message->mention_count; i++)
		err = work_raise_of(work, HOOK_AGENT_MENTIONED, ticket,
		    message->mentions[i], sequence, BYTES_NONE, BYTES_NONE);
	return err;
}

enum err
ops_say(struct work *work, struct touched *ticket,
    const struct message *message, struct record *entry, uint64_t *sequence)
{
	bool is_answer = message->type == ENTRY_IS_REPLY &&
	    work->actor.kind != BY_CUSTOMER;
	struct record said;
	uint64_t n;
	enum err err;

	record_init(&said, KIND_ENTRY, 0);
	record_set_int(&said, ENTRY_TYPE, message->type);
	err = fill_body(work, message, &said);
	if (err == ERR_OK)
		err = set_ids(work, &said, ENTRY_FILES, message->files,
		    message->file_count);
	if (err == ERR_OK)
		err = set_ids(work, &said, ENTRY_MENTIONS, message->mentions,
		    message->mention_count);
	if (err != ERR_OK)
		return err;
	if (is_answer && !work->is_historic)
		record_set_int(&said, ENTRY_MAIL, MAIL_QUEUED);
	err = work_add_entry(work, ticket, &said, &n);
	if (err == ERR_OK)
		err = attach_files(work, ticket, message, n);
	if (err == ERR_OK && message->type == ENTRY_IS_REPLY)
		err = set_snippet(work, ticket, &said);
	if (err == ERR_OK)
		err = raise_mentions(work, ticket, message, n);
	if (err == ERR_OK && is_answer)
		err = ops_queue_mail(work, ticket, n,
		    BYTES("{\"kind\":\"reply\",\"template\":\"reply\"}"));
	if (err != ERR_OK)
		return err;
	if (work->actor.kind == BY_AGENT && !work->actor.is_program &&
	    !work->is_historic)
		err = spent_add(work, work->actor.agent);
	if (err != ERR_OK)
		return err;
	if (ticket->first_entry == 0)
		ticket->first_entry = n;
	if (entry != NULL)
		*entry = said;
	if (sequence != NULL)
		*sequence = n;
	return ERR_OK;
}

/* The bytes of a removed file stay for a day: a backup that has begun may
 * still copy them. */
enum err
ops_remove_file(struct work *work, struct touched *file)
{
	struct buf data = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	struct record job;

	json_begin_object(&w);
	json_member_text(&w, "disk", record_text(&file->old, FILE_DISK));
	json_end_object(&w);
	if (data.failed)
		return ERR_NOMEM;
	file->is_removed = true;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_UNLINK);
	record_set_int(&job, JOB_DUE, work->read.now_us + CLOCK_DAY_US);
	record_set_text(&job, JOB_DATA, buf_get(&data));
	return work_add_job(work, &job);
}

enum err
ops_remove_files(struct work *work, uint64_t ticket)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	enum err err;

	key_index(&prefix, KIND_FILE, INDEX_FILE_TICKET);
	key_u64(&prefix, ticket);
	err = cursor_open_prefix(
	    work->read.snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK) {
		struct touched *file;

		err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			err = work_load(work, KIND_FILE,
			    be64_read(key.at + key.len - 8), &file);
		if (err == ERR_OK)
			err = ops_remove_file(work, file);
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
ops_template(struct work *work, struct touched *ticket, const struct json *wish,
    struct bytes *out)
{
	struct bytes name = json_text(json_get(wish, "template"));
	struct canned_from from = { .read = &work->read,
		.ticket = &ticket->new,
		.vars = json_get(wish, "vars") };
	struct buf text = buf_in(work->arena);
	const struct record *const *all;
	struct record customer;
	size_t count;
	enum err err;

	err = record_find(work->read.snapshot, KIND_CUSTOMER,
	    record_ref(&ticket->new, TICKET_CUSTOMER), &customer);
	if (err == ERR_OK)
		from.customer = &customer;
	else if (err != ERR_NOT_FOUND)
		return err;
	from.agent = directory_find(work->read.directory, KIND_AGENT,
	    record_ref(&ticket->new, TICKET_OWNER));
	all = directory_all(work->read.directory, KIND_CANNED, &count);
	for (size_t i = 0; i < count; i++) {
		if (!bytes_equal(record_label(all[i]), name))
			continue;
		err = canned_fill(&text, work->arena, &from,
		    record_text(all[i], CANNED_BODY));
		*out = buf_get(&text);
		return err;
	}
	return work_fail(work, ERR_INVALID, NULL,
	    N_("There is no canned reply \"{name}\"."), 0, name);
}
