/* core/desk/act_record.c - the small kinds, customers and uploads. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/secret.h"
#include "core/desk/acts.h"
#include "core/desk/job.h"
#include "core/desk/ops.h"
#include "core/desk/quota.h"
#include "core/model/value.h"

/* Kinds that these acts may touch; the others have acts of their own. */
static bool
is_plain_kind(enum kind_id kind)
{
	switch (kind) {
	case KIND_ORGANISATION:
	case KIND_AGENT:
	case KIND_ROLE:
	case KIND_TEAM:
	case KIND_BRAND:
	case KIND_QUEUE:
	case KIND_CANNED:
	case KIND_ARTICLE:
	case KIND_TOKEN:
	case KIND_SETTING:
	case KIND_CALENDAR:
	case KIND_FIELD: return true;
	default: return false;
	}
}

/* Fields that only the system sets cannot be given; an agent who changes his
 * own person changes what agents may. */
static enum err
check_given(struct work *work, const struct record *object)
{
	const struct act_input *input = work->input;
	uint64_t given = input->fields.has | input->cleared;
	bool is_admin = desk_is_admin(work->read.directory, &work->actor);

	for (size_t i = 0; i < object->kind->field_count; i++) {
		const struct field *field = &object->kind->fields[i];

		if (!(given >> i & 1))
			continue;
		if (field->set == SET_SYSTEM ||
		    (field->set > SET_SCRIPT && !is_admin))
			return work_fail(work, ERR_DENIED, field->name,
			    N_("You may not change \"{name}\" here."), 0,
			    bytes_of(field->name));
	}
	return ERR_OK;
}

/* What is so for a new record of its kind. */
static enum err
fill_new(struct work *work, struct touched *t)
{
	static const struct {
		enum kind_id kind;
		int slot;
	} times[] = {
		{ KIND_AGENT, AGENT_CREATED },
		{ KIND_ORGANISATION, ORGANISATION_CREATED },
		{ KIND_ARTICLE, ARTICLE_CREATED },
		{ KIND_TOKEN, TOKEN_CREATED },
	};
	struct bytes hash;
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (times[i].kind == t->new.kind->id)
			record_set_int(
			    &t->new, times[i].slot, work->read.now_us);
	if (t->new.kind->id == KIND_TOKEN) {
		err = act_new_secret(work, &work->result->secret, &hash);
		if (err == ERR_OK)
			record_set_text(&t->new, TOKEN_HASH, hash);
	}
	return err;
}

/* Text that is rendered once: an article's body. And a password, hashed. */
static enum err
derive(struct work *work, struct touched *t)
{
	char stored[SECRET_STORED_SIZE];
	enum err err;

	if (t->new.kind->id == KIND_ARTICLE) {
		record_set_int(&t->new, ARTICLE_UPDATED, work->read.now_us);
		return ops_render_article(work, t);
	}
	if (t->new.kind->id != KIND_AGENT || work->input->password.len == 0)
		return ERR_OK;
	if (!desk_is_admin(work->read.directory, &work->actor))
		return ERR_DENIED; /* one's own: VERB_PASSWORD_CHANGE */
	err = secret_password_hash(work->input->password, stored);
	if (err == ERR_INVALID)
		return work_fail(work, err, "password",
		    N_("A password has 1 to {n} bytes."), SECRET_PASSWORD_MAX,
		    BYTES_NONE);
	if (err != ERR_OK)
		return err;
	record_set_text(
	    &t->new, AGENT_PASSWORD, work_copy(work, bytes_of(stored), &err));
	record_set_int(&t->new, AGENT_GENERATION,
	    record_int(&t->new, AGENT_GENERATION) + 1);
	return err;
}

/* What the table of fields cannot say of a kind. Last of all: a setting's
 * value becomes what is kept. */
static enum err
check_kind(struct work *work, struct touched *t)
{
	struct bytes unknown = BYTES_NONE;
	unsigned rights;
	enum err err = ERR_OK;

	if (t->new.kind->id == KIND_TOKEN &&
	    !token_rights_read(
		record_text(&t->new, TOKEN_RIGHTS), &rights, &unknown))
		return work_fail(work, ERR_INVALID, "rights",
		    N_("There is no right \"{name}\": choose among read, "
		       "write, import and admin."),
		    0, unknown);
	if (t->new.kind->id == KIND_ROLE)
		err = rights_check(
		    record_text(&t->new, ROLE_RIGHTS), work->why);
	else if (t->new.kind->id == KIND_SETTING)
		err = act_setting_check(work, &t->new);
	else if (t->new.kind->id == KIND_FIELD)
		err = act_field_check(work, t);
	else if (t->new.kind->id == KIND_CALENDAR)
		err = act_calendar_check(work, t);
	return err == ERR_OK ? record_validate(&t->new, work->why) : err;
}

/* An article that customers may read from now on. */
static enum err
raise_published(struct work *work, struct touched *t)
{
	if (t->new.kind->id != KIND_ARTICLE ||
	    !record_int(&t->new, ARTICLE_IS_PUBLISHED) ||
	    (!t->is_new && record_int(&t->old, ARTICLE_IS_PUBLISHED)))
		return ERR_OK;
	return work_raise(
	    work, HOOK_ARTICLE_PUBLISHED, t, 0, BYTES_NONE, BYTES_NONE);
}

enum err
act_record_add(struct work *work)
{
	struct touched *t;
	enum err err;

	if (work->input->kind == KIND_CUSTOMER)
		return act_customer_add(work);
	if (!is_plain_kind(work->input->kind))
		return ERR_DENIED;
	err = work_create(work, work->input->kind, &t);
	if (err != ERR_OK)
		return err;
	ops_set(work, t, &work->input->fields, 0);
	err = desk_may(
	    work->read.directory, &work->actor, VERB_RECORD_ADD, &t->new);
	if (err == ERR_OK)
		err = check_given(work, &t->new);
	if (err == ERR_OK)
		err = fill_new(work, t);
	if (err == ERR_OK)
		err = derive(work, t);
	if (err == ERR_OK)
		err = check_kind(work, t);
	if (err == ERR_OK)
		err = raise_published(work, t);
	if (err == ERR_OK)
		work->result->record = t->new.id;
	return err;
}

/* ERR_STALE if somebody else changed the record after the actor saw it. */
static enum err
check_seen_rev(struct work *work, const struct touched *t)
{
	uint64_t seen = work->input->seen_rev;

	if (seen == 0 || seen == t->old.rev)
		return ERR_OK;
	return work_fail(work, ERR_STALE, NULL,
	    N_("Somebody else changed this in the meantime."), 0, BYTES_NONE);
}

static enum err
load_plain(struct work *work, struct touched **out)
{
	const struct act_input *input = work->input;
	enum err err;

	if (!is_plain_kind(input->kind))
		return ERR_DENIED;
	err = work_load(work, input->kind, input->subject, out);
	if (err != ERR_OK)
		return err;
	err = desk_may(
	    work->read.directory, &work->actor, input->verb, &(*out)->old);
	return err == ERR_OK ? check_seen_rev(work, *out) : err;
}

/* A desk always keeps somebody who may do everything. */
static enum err
check_last_admin(struct work *work, const struct touched *t)
{
	size_t count;
	const struct record *const *agents = directory_all(
	    work->read.directory, KIND_AGENT, &count);
	bool is_role = t->old.kind->id == KIND_ROLE;

	if (!is_role && t->old.kind->id != KIND_AGENT)
		return ERR_OK;
	for (size_t i = 0; i < count; i++) {
		uint64_t role = record_ref(agents[i], AGENT_ROLE);

		if (!directory_is_admin(work->read.directory, agents[i]->id))
			continue;
		if (is_role ? role != t->old.id : agents[i]->id != t->old.id)
			return ERR_OK; /* another one stays */
		if (t->is_removed)
			continue;
		if (is_role && record_int(&t->new, ROLE_IS_ADMIN))
			return ERR_OK;
		if (!is_role && record_int(&t->new, AGENT_ACTIVE) &&
		    record_ref(&t->new, AGENT_ROLE) == role)
			return ERR_OK;
	}
	return work_fail(work, ERR_DENIED, NULL,
	    N_("At least one active admin must stay."), 0, BYTES_NONE);
}

enum err
act_record_update(struct work *work)
{
	struct touched *t;
	enum err err = load_plain(work, &t);

	if (err == ERR_OK)
		err = check_given(work, &t->old);
	if (err != ERR_OK)
		return err;
	ops_set(work, t, &work->input->fields, work->input->cleared);
	err = derive(work, t);
	if (err == ERR_OK)
		err = check_kind(work, t);
	if (err == ERR_OK)
		err = check_last_admin(work, t);
	if (err == ERR_OK)
		err = raise_published(work, t);
	if (t->new.kind->id == KIND_AGENT &&
	    record_int(&t->old, AGENT_ACTIVE) &&
	    !record_int(&t->new, AGENT_ACTIVE))
		record_set_int(&t->new, AGENT_GENERATION,
		    record_int(&t->new, AGENT_GENERATION) + 1);
	work->result->record = t->new.id;
	return err;
}

/* A role that agents have: without it they could do nothing. */
static enum err
check_role_unused(struct work *work, const struct touched *t)
{
	size_t count;
	const struct record *const *agents = directory_all(
	    work->read.directory, KIND_AGENT, &count);

	for (size_t i = 0; i < count; i++)
		if (record_ref(agents[i], AGENT_ROLE) == t->old.id)
			return work_fail(work, ERR_DENIED, NULL,
			    N_("\"{name}\" still has agents."), 0,
			    record_label(&t->old));
	return ERR_OK;
}

/* What tickets refer to stays: a queue with tickets, an agent who owns any. */
static enum err
check_unused(struct work *work, const struct touched *t)
{
	struct ticket_count *rows;
	size_t count;
	enum err err;

	if (t->old.kind->id == KIND_ROLE)
		return check_role_unused(work, t);
	if (t->old.kind->id == KIND_CALENDAR)
		return act_calendar_unused(work, t);
	if (t->old.kind->id != KIND_QUEUE && t->old.kind->id != KIND_AGENT)
		return ERR_OK;
	err = ticket_counts(work->read.snapshot, work->arena, &rows, &count);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < count; i++)
		if ((t->old.kind->id == KIND_QUEUE ?
			    rows[i].queue :
			    rows[i].owner) == t->old.id)
			return work_fail(work, ERR_DENIED, NULL,
			    N_("\"{name}\" still has tickets."), 0,
			    record_label(&t->old));
	return ERR_OK;
}

enum err
act_record_remove(struct work *work)
{
	struct touched *t;
	enum err err = load_plain(work, &t);

	if (err != ERR_OK)
		return err;
	t->is_removed = true;
	err = t->old.kind->id == KIND_FIELD ? act_field_remove(work, t) :
					      check_unused(work, t);
	if (err == ERR_OK)
		err = check_last_admin(work, t);
	return err;
}

/* A customer by hand or from elsewhere; usually they come with a ticket. */
enum err
act_customer_add(struct work *work)
{
	const struct act_input *input = work->input;
	struct touched *t;
	enum err err = desk_may(
	    work->read.directory, &work->actor, input->verb, NULL);

	if (err == ERR_OK)
		err = ops_customer(work,
		    record_text(&input->fields, CUSTOMER_EMAIL), BYTES_NONE,
		    BYTES_NONE, &t);
	if (err != ERR_OK)
		return err;
	if (!t->is_new)
		return work_fail(work, ERR_EXISTS, "email",
		    N_("There is a customer with this address already."), 0,
		    BYTES_NONE);
	err = check_given(work, &t->new);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < t->new.kind->field_count; i++)
		if (i != CUSTOMER_EMAIL && i != CUSTOMER_ADDRESSES &&
		    record_has(&input->fields, (int)i))
			record_set_from(&t->new, (int)i, &input->fields);
	t->base = t->new;
	work->result->record = t->new.id;
	return record_validate(&t->new, work->why);
}

enum err
act_customer_update(struct work *work)
{
	const struct act_input *input = work->input;
	struct buf list = buf_in(work->arena);
	struct touched *t;
	enum err err;

	err = work_load(work, KIND_CUSTOMER, input->subject, &t);
	if (err == ERR_OK)
		err = desk_may(work->read.directory, &work->actor,
		    VERB_CUSTOMER_UPDATE, &t->old);
	if (err == ERR_OK)
		err = check_seen_rev(work, t);
	if (err == ERR_OK)
		err = check_given(work, &t->old);
	if (err != ERR_OK)
		return err;
	ops_set(work, t, &input->fields, input->cleared);
	if (!list_has_text(record_text(&t->new, CUSTOMER_ADDRESSES),
		record_text(&t->new, CUSTOMER_EMAIL)) &&
	    record_has(&t->new, CUSTOMER_EMAIL)) {
		list_add_text(&list, record_text(&t->new, CUSTOMER_EMAIL));
		buf_bytes(&list, record_text(&t->new, CUSTOMER_ADDRESSES));
		if (list.failed)
			return ERR_NOMEM;
		record_set_text(&t->new, CUSTOMER_ADDRESSES, buf_get(&list));
	}
	work->result->record = t->new.id;
	return record_validate(&t->new, work->why);
}

/* What nobody attached within a day goes. */
static enum err
add_drop(struct work *work, const struct touched *file)
{
	struct record job;

	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_UNLINK);
	record_set_int(&job, JOB_DUE, work->read.now_us + CLOCK_DAY_US);
	record_set_int(&job, JOB_SUBJECT, (int64_t)file->new.id);
	record_set_text(&job, JOB_SUBJECT_KIND, BYTES("file"));
	return work_add_job(work, &job);
}

/* An upload waits to be attached; the caller has written its bytes to disk,
 * synced, under the random name in the fields. */
enum err
act_file_add(struct work *work)
{
	struct touched *t;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_FILE_ADD, NULL);

	if (err == ERR_OK)
		err = quota_take_file(&work->read,
		    record_int(&work->input->fields, FILE_SIZE), work->why);
	if (err == ERR_OK)
		err = work_create(work, KIND_FILE, &t);
	if (err != ERR_OK)
		return err;
	ops_set(work, t, &work->input->fields, 0);
	record_clear(&t->new, FILE_TICKET);
	record_clear(&t->new, FILE_ENTRY);
	record_set_int(&t->new, FILE_CREATED, work->read.now_us);
	work->result->record = t->new.id;
	return add_drop(work, t);
}

enum err
act_file_drop(struct work *work)
{
	const struct job_run *run = work->input->run;
	struct touched *file;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_FILE_DROP, NULL);

	if (err != ERR_OK)
		return err;
	job_delete(work->change, run);
	err = work_load(
	    work, KIND_FILE, record_ref(&run->job, JOB_SUBJECT), &file);
	if (err == ERR_OK && !record_has(&file->old, FILE_TICKET))
		return ops_remove_file(work, file);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
