/* core/desk/act_http.c - the end of a web request's job. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/http.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/utf8.h"
#include "core/desk/acts.h"
#include "core/desk/job.h"
#include "core/desk/webout.h"

#define JOB_ROOM (65536 - 4096) /* for what varies in a job's record */

/* A JSON object: { "ok", "status"?, "error"? } */
static enum err
write_answer(struct work *work, const struct job_run *run, struct bytes *out)
{
	const struct web_answer *answer = run->answer;
	struct buf buf = buf_in(work->arena);
	struct json_writer w = json_writer(&buf);

	json_begin_object(&w);
	json_member_bool(&w, "ok", answer != NULL && answer->is_ok);
	if (answer != NULL && answer->status != 0)
		json_member_int(&w, "status", answer->status);
	if (run->error.len > 0)
		json_member_text(&w, "error", run->error);
	json_end_object(&w);
	if (buf.failed)
		return ERR_NOMEM;
	*out = buf_get(&buf);
	return ERR_OK;
}

/* The job that hears of the answer. */
static enum err
add_answer(struct work *work, const struct job_run *run,
    const struct json *data, struct bytes name)
{
	const struct json *given = json_get(data, "data");
	struct buf kept = buf_in(work->arena);
	struct json_writer w = json_writer(&kept);
	struct bytes answer, text = BYTES_NONE;
	struct record job;
	size_t room;
	enum err err = write_answer(work, run, &answer);

	if (err != ERR_OK)
		return err;
	if (given != NULL)
		json_put_value(&w, given);
	if (kept.failed)
		return ERR_NOMEM;
	room = JOB_ROOM - kept.len - answer.len;
	if (run->answer != NULL)
		text = utf8_cut(run->answer->text, room);
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_EACH);
	record_set_text(&job, JOB_NAME, name);
	record_set_int(
	    &job, JOB_TICKET, (int64_t)record_ref(&run->job, JOB_TICKET));
	record_set_text(&job, JOB_DATA, buf_get(&kept));
	record_set_text(&job, JOB_CHAIN, record_text(&run->job, JOB_CHAIN));
	record_set_text(&job, JOB_ANSWER, answer);
	record_set_text(&job, JOB_ANSWER_TEXT, text);
	return work_add_job(work, &job);
}

static enum err
raise_failed(
    struct work *work, const struct job_run *run, const struct json *data)
{
	uint64_t number = record_ref(&run->job, JOB_TICKET);
	struct bytes script = record_text(&run->job, JOB_NAME);
	struct bytes url = json_text(json_get(data, "url"));
	struct buf part = buf_in(work->arena);
	struct json_writer w = json_writer(&part);
	struct touched *ticket = NULL;
	enum err err = ERR_OK;

	if (number != 0)
		err = work_load(work, KIND_TICKET, number, &ticket);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	json_key(&w, "request");
	json_begin_object(&w);
	json_member_text(&w, "script", bytes_split(&script, '/'));
	json_member_text(&w, "method", json_text(json_get(data, "method")));
	json_member_text(&w, "host", http_host(url));
	if (run->answer != NULL && run->answer->status != 0)
		json_member_int(&w, "status", run->answer->status);
	json_member_text(&w, "error", run->error);
	json_member_int(&w, "tries", record_int(&run->job, JOB_TRIES) + 1);
	json_end_object(&w);
	if (part.failed)
		return ERR_NOMEM;
	return work_raise(
	    work, HOOK_HTTP_FAILED, ticket, 0, BYTES_NONE, buf_get(&part));
}

enum err
act_http_result(struct work *work)
{
	const struct job_run *run = work->input->run;
	bool is_given_up = run->outcome != ERR_OK;
	const struct json *data = NULL;
	struct bytes name;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_HTTP_RESULT, NULL);

	if (err == ERR_OK && is_given_up && run->retry_us != 0)
		return job_put_again(
		    work->change, work->arena, run, run->retry_us, run->error);
	if (err == ERR_OK)
		err = json_parse(work->arena, record_text(&run->job, JOB_DATA),
		    JSON_BYTES_MAX, &data, NULL);
	if (err != ERR_OK)
		return err;
	name = json_text(json_get(data, "answer"));
	if (!is_given_up || name.len > 0)
		job_delete(work->change, run);
	else
		err = job_put_again(
		    work->change, work->arena, run, 0, run->error);
	/* or its handlers would go round in a circle */
	work->cause.script = record_text(&run->job, JOB_NAME);
	work->cause.chain = record_text(&run->job, JOB_CHAIN);
	if (err == ERR_OK && name.len > 0)
		err = add_answer(work, run, data, name);
	if (err == ERR_OK &&
	    (is_given_up || (!run->answer->is_ok && name.len == 0)))
		err = raise_failed(work, run, data);
	return err;
}
