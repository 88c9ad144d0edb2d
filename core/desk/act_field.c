/* core/desk/act_field.c - custom fields: what makes one, and the job that
 * brings its index to where it belongs.
 *
 * The job of a field's present form was written by the commit that wrote the
 * field, or says so in its data; one of an earlier form has nothing to do.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/acts.h"
#include "core/desk/job.h"
#include "core/model/own.h"
#include "core/model/own_index.h"

/* <rev> 0: of the form that this act writes. */
static enum err
add_job(struct work *work, uint64_t field, uint64_t rev, uint64_t after)
{
	struct buf data = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	struct record job;

	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_INDEX);
	record_set_int(&job, JOB_SUBJECT, (int64_t)field);
	record_set_text(&job, JOB_SUBJECT_KIND, BYTES("field"));
	if (rev != 0) {
		json_begin_object(&w);
		json_member_int(&w, "rev", (int64_t)rev);
		json_member_int(&w, "after", (int64_t)after);
		json_end_object(&w);
		record_set_text(&job, JOB_DATA, buf_get(&data));
	}
	return data.failed ? ERR_NOMEM : work_add_job(work, &job);
}

enum err
act_field_check(struct work *work, struct touched *t)
{
	const struct own_reader reader = { work->read.directory, work->arena,
		work->why, NULL };
	enum own_index_state state;
	enum err err = own_check(&reader, &t->new);

	if (err != ERR_OK)
		return err;
	state = own_index_next(t->is_new ? NULL : &t->old, &t->new);
	record_set_int(&t->new, FIELD_STATE, state);
	return state == OWN_INDEX_NONE || state == OWN_INDEX_READY ?
	    ERR_OK :
	    add_job(work, t->new.id, 0, 0);
}

enum err
act_field_remove(struct work *work, const struct touched *t)
{
	return record_int(&t->old, FIELD_STATE) == OWN_INDEX_NONE ?
	    ERR_OK :
	    add_job(work, t->old.id, 0, 0);
}

/* What a job goes on from. */
struct progress {
	uint64_t field, rev, after;
};

static enum err
read_progress(struct work *work, struct progress *out)
{
	const struct job_run *run = work->input->run;
	const struct json *data = NULL;
	int64_t rev = (int64_t)numbered_commit(run->at.number), after = 0;
	enum err err = ERR_OK;

	if (record_has(&run->job, JOB_DATA))
		err = json_parse(work->arena, record_text(&run->job, JOB_DATA),
		    JSON_BYTES_MAX, &data, NULL);
	(void)json_int(json_get(data, "rev"), &rev);
	(void)json_int(json_get(data, "after"), &after);
	*out = (struct progress){ record_ref(&run->job, JOB_SUBJECT),
		(uint64_t)rev, (uint64_t)after };
	return err;
}

/* A field that was removed has nothing but entries to be cleared. */
static enum err
clear_removed(struct work *work, const struct progress *at)
{
	bool is_done = false;
	enum err err = own_index_clear(
	    work->read.snapshot, work->change, at->field, &is_done);

	return err == ERR_OK && !is_done ?
	    add_job(work, at->field, at->rev, 0) :
	    err;
}

static enum err
clear(struct work *work, struct touched *t, const struct progress *at)
{
	bool is_done = false;
	enum err err = own_index_clear(
	    work->read.snapshot, work->change, at->field, &is_done);

	if (err != ERR_OK)
		return err;
	if (!is_done)
		return add_job(work, at->field, at->rev, 0);
	if (!record_int(&t->new, FIELD_IS_INDEXED)) {
		record_set_int(&t->new, FIELD_STATE, OWN_INDEX_NONE);
		return ERR_OK;
	}
	record_set_int(&t->new, FIELD_STATE, OWN_INDEX_BUILDING);
	return add_job(work, at->field, 0, 0);
}

static enum err
build(struct work *work, struct touched *t, struct progress *at)
{
	bool is_done = false;
	enum err err = own_index_build(work->read.snapshot, work->change,
	    work->read.directory, work->arena, at->field, &at->after, &is_done);

	if (err != ERR_OK)
		return err;
	if (!is_done)
		return add_job(work, at->field, at->rev, at->after);
	record_set_int(&t->new, FIELD_STATE, OWN_INDEX_READY);
	return ERR_OK;
}

enum err
act_field_index(struct work *work)
{
	const struct record *known;
	struct progress at;
	struct touched *t;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_FIELD_INDEX, NULL);

	if (err == ERR_OK)
		err = read_progress(work, &at);
	if (err != ERR_OK)
		return err;
	job_delete(work->change, work->input->run);
	err = work_load(work, KIND_FIELD, at.field, &t);
	if (err == ERR_NOT_FOUND)
		return clear_removed(work, &at);
	if (err != ERR_OK || t->old.rev != at.rev)
		return err;
	/* Others go by the directory: so does this. */
	known = directory_find(work->read.directory, KIND_FIELD, at.field);
	if (known == NULL || known->rev != at.rev)
		return ERR_CONFLICT;
	switch (record_int(&t->old, FIELD_STATE)) {
	case OWN_INDEX_CLEARING: return clear(work, t, &at);
	case OWN_INDEX_BUILDING: return build(work, t, &at);
	default: return ERR_OK;
	}
}
