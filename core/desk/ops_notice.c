/* core/desk/ops_notice.c - agents are told: by the bell, and by mail as each
 * chose. */
#include "config.h"
#include "core/base/json_write.h"
#include "core/desk/ops.h"

static enum err
add_notices(struct work *work, const struct notice *notice)
{
	for (size_t i = 0; i < notice->count; i++) {
		struct touched *added;
		struct record *record;
		enum err err = work_create(work, KIND_NOTICE, &added);

		if (err != ERR_OK)
			return err;
		record = &added->new;
		record_set_int(
		    record, NOTICE_AGENT, (int64_t)notice->agents[i]->id);
		record_set_int(record, NOTICE_AT, work->read.now_us);
		record_set_text(record, NOTICE_TITLE, notice->title);
		record_set_text(record, NOTICE_TEXT, notice->text);
		if (notice->ticket != NULL)
			record_set_int(record, NOTICE_TICKET,
			    (int64_t)notice->ticket->new.id);
		record_set_int(record, NOTICE_URGENT, notice->is_urgent);
		record_set_text(record, NOTICE_SCRIPT, work->cause.script);
	}
	return ERR_OK;
}

static bool
wants_mail(const struct record *agent, bool is_urgent)
{
	int64_t mails = record_int(agent, AGENT_MAILS);

	return mails == MAILS_ALL || (mails == MAILS_URGENT && is_urgent);
}

/* One job for all mails; see mailout.h. */
static enum err
mail_notices(struct work *work, const struct notice *notice)
{
	struct buf data = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	struct record job;
	size_t count = 0;

	json_begin_object(&w);
	json_member_string(&w, "kind", "notify");
	json_member_text(&w, "title", notice->title);
	json_member_text(&w, "text", notice->text);
	json_member_bool(&w, "urgent", notice->is_urgent);
	json_key(&w, "to");
	json_begin_list(&w);
	for (size_t i = 0; i < notice->count; i++) {
		if (!wants_mail(notice->agents[i], notice->is_urgent))
			continue;
		json_put_text(&w, record_key(notice->agents[i]));
		count++;
	}
	json_end_list(&w);
	json_end_object(&w);
	if (data.failed)
		return ERR_NOMEM;
	if (count == 0)
		return ERR_OK;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_NOTIFY);
	if (notice->ticket != NULL)
		record_set_int(
		    &job, JOB_TICKET, (int64_t)notice->ticket->new.id);
	record_set_text(&job, JOB_DATA, buf_get(&data));
	return work_add_job(work, &job);
}

enum err
ops_notify(struct work *work, const struct notice *notice)
{
	enum err err = add_notices(work, notice);

	return err == ERR_OK ? mail_notices(work, notice) : err;
}
