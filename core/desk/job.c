/* core/desk/job.c - jobs in the store. */
#include "config.h"
#include "core/desk/job.h"
#include "core/base/arena.h"

#define NUMBER_SIZE 10 /* number and k at the end of a key */
#define JOB_KEY_SIZE (1 + 1 + 8 + NUMBER_SIZE)

enum job_lane
job_lane(enum job_type type)
{
	switch (type) {
	case JOB_MAIL:
	case JOB_NOTIFY: return LANE_OUTSIDE;
	case JOB_HTTP: return LANE_WEB;
	case JOB_INDEX:
	case JOB_UNLINK:
	case JOB_TRIM: return LANE_CARE;
	default: return LANE_SCRIPTS;
	}
}

static void
add_number(struct key *key, const struct job_at *at)
{
	key_u64(key, at->number);
	key_u16(key, at->k);
}

static void
job_key(struct key *key, const struct job_at *at)
{
	key_job(key, (uint8_t)at->lane, at->due_us);
	add_number(key, at);
}

static void
failed_key(struct key *key, const struct job_at *at)
{
	key_begin(key, KEY_FAILED);
	add_number(key, at);
}

static void
read_number(struct bytes key, struct job_at *at)
{
	const char *end = key.at + key.len - NUMBER_SIZE;

	at->number = be64_read(end);
	at->k = (uint16_t)((unsigned char)end[8] << 8 | (unsigned char)end[9]);
}

enum err
job_read(struct bytes key, struct bytes value, struct job_run *out)
{
	*out = (struct job_run){ .outcome = ERR_OK };
	if (key.len != JOB_KEY_SIZE)
		return ERR_CORRUPT;
	out->at.lane = (enum job_lane)key.at[1];
	out->at.due_us = int_from_key(be64_read(key.at + 2));
	read_number(key, &out->at);
	return record_decode(&out->job, KIND_JOB, out->at.number, value);
}

enum err
job_next_unless(struct snapshot *snapshot, enum job_lane lane,
    const struct job_at *after, int64_t now_us, job_skip *skip, void *arg,
    struct job_run *out, int64_t *next_due_us)
{
	struct cursor cursor = { .snapshot = NULL };
	struct job_run run = { .is_set_aside = false };
	struct bytes key, value;
	struct key lo, hi;
	enum err err;

	key_begin(&lo, KEY_JOB);
	key_u8(&lo, (uint8_t)lane);
	hi = lo;
	key_after(&hi);
	if (after != NULL) {
		job_key(&lo, after);
		key_u8(&lo, 0);
	}
	err = cursor_open(
	    snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
	do {
		run.at.number = 0; /* of none that could be read */
		if (err == ERR_OK)
			err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			err = job_read(key, value, &run);
	} while (err == ERR_OK && run.at.due_us <= now_us && skip != NULL &&
	    skip(arg, &run));
	cursor_close(&cursor);
	if (err == ERR_OK && run.at.due_us > now_us) {
		*next_due_us = run.at.due_us;
		return ERR_NOT_FOUND;
	}
	if (err == ERR_NOT_FOUND)
		*next_due_us = INT64_MAX;
	if (err == ERR_OK || err == ERR_CORRUPT)
		*out = run;
	return err;
}

enum err
job_next(struct snapshot *snapshot, enum job_lane lane,
    const struct job_at *after, int64_t now_us, struct job_run *out,
    int64_t *next_due_us)
{
	return job_next_unless(
	    snapshot, lane, after, now_us, NULL, NULL, out, next_due_us);
}

enum err
job_find(
    struct snapshot *snapshot, const struct job_at *at, struct job_run *out)
{
	struct bytes value;
	struct key key;
	enum err err;

	job_key(&key, at);
	err = snapshot_get(snapshot, key_get(&key), &value);
	return err == ERR_OK ? job_read(key_get(&key), value, out) : err;
}

enum err
job_next_of(struct snapshot *snapshot, enum kind_id kind, uint64_t subject,
    struct job_at *at, struct job_run *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key lo, hi;
	enum err err;

	key_job_of(&lo, (uint8_t)kind, subject);
	hi = lo;
	key_after(&hi);
	if (at->number != 0) {
		add_number(&lo, at);
		key_u8(&lo, 0);
	}
	err = cursor_open(
	    snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
	if (err == ERR_OK)
		err = cursor_next(&cursor, &key, &value);
	if (err == ERR_OK && value.len != 9)
		err = ERR_CORRUPT;
	if (err == ERR_OK) {
		read_number(key, at);
		at->lane = (enum job_lane)value.at[0];
		at->due_us = int_from_key(be64_read(value.at + 1));
	}
	cursor_close(&cursor);
	if (err != ERR_OK)
		return err;
	err = job_find(snapshot, at, out);
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

/* Mails to agents do not wait for those to customers. */
static bool
is_same_line(const struct job_run *a, const struct job_run *b)
{
	return a->at.lane == b->at.lane &&
	    (a->at.lane == LANE_SCRIPTS ||
		record_int(&a->job, JOB_TYPE) == record_int(&b->job, JOB_TYPE));
}

enum err
job_next_timer(struct snapshot *snapshot, uint64_t ticket, struct job_at *at,
    struct job_run *out)
{
	enum err err;

	do
		err = job_next_of(snapshot, KIND_TICKET, ticket, at, out);
	while (err == ERR_OK && record_int(&out->job, JOB_TYPE) != JOB_TIMER);
	return err;
}

enum err
job_awaited(
    struct snapshot *snapshot, const struct job_run *run, struct job_run *out)
{
	uint64_t ticket = record_ref(&run->job, JOB_TICKET);
	struct job_at at = { .number = 0 };
	enum err err;

	/* At most one of a ticket's line is being tried again: this one. */
	if (ticket == 0 || record_has(&run->job, JOB_TRIES))
		return ERR_NOT_FOUND;
	do
		err = job_next_of(snapshot, KIND_TICKET, ticket, &at, out);
	while (err == ERR_OK &&
	    !(record_has(&out->job, JOB_TRIES) && is_same_line(run, out)));
	/* None waits for what cannot be read. */
	return err == ERR_CORRUPT ? ERR_NOT_FOUND : err;
}

enum err
event_find(struct snapshot *snapshot, uint64_t number, struct record *out)
{
	struct bytes value;
	struct key key;
	enum err err;

	key_begin(&key, KEY_EVENT);
	key_u64(&key, number);
	err = snapshot_get(snapshot, key_get(&key), &value);
	return err == ERR_OK ? record_decode(out, KIND_EVENT, number, value) :
			       err;
}

enum err
job_next_failed(
    struct snapshot *snapshot, struct job_at *at, struct job_run *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key lo, hi;
	enum err err;

	key_begin(&lo, KEY_FAILED);
	hi = lo;
	key_after(&hi);
	if (at->number != 0) {
		add_number(&lo, at);
		key_u8(&lo, 0);
	}
	err = cursor_open(
	    snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
	if (err == ERR_OK)
		err = cursor_next(&cursor, &key, &value);
	if (err == ERR_OK) {
		*out = (struct job_run){ .is_set_aside = true };
		read_number(key, at);
		out->at = *at;
		err = record_decode(&out->job, KIND_JOB, at->number, value);
	}
	cursor_close(&cursor);
	return err;
}

/* The subject by which a job is found, or 0. */
static uint64_t
subject_of(const struct record *job, enum kind_id *kind)
{
	*kind = KIND_TICKET;
	return record_ref(job, JOB_TICKET);
}

/* The value under JOB_OF. */
static enum err
place_value(
    struct arena *arena, enum job_lane lane, int64_t due_us, struct bytes *out)
{
	char *at = arena_alloc_raw(arena, 9);

	if (at == NULL)
		return ERR_NOMEM;
	at[0] = (char)lane;
	be64_write(at + 1, int_to_key(due_us));
	*out = (struct bytes){ at, 9 };
	return ERR_OK;
}

enum err
job_put(struct change *change, struct arena *arena, unsigned n, uint16_t k,
    const struct record *job)
{
	enum job_lane lane = job_lane((enum job_type)record_int(job, JOB_TYPE));
	int64_t due_us = record_int(job, JOB_DUE);
	char suffix[2] = { (char)(k >> 8), (char)k };
	struct bytes tail = { suffix, sizeof suffix }, place;
	struct buf value = buf_in(arena);
	enum kind_id kind;
	uint64_t subject = subject_of(job, &kind);
	struct key key;
	enum err err;

	record_encode(job, &value);
	if (value.failed)
		return ERR_NOMEM;
	key_job(&key, (uint8_t)lane, due_us);
	change_put_numbered(
	    change, key_get(&key), n, tail, buf_get(&value), true);
	if (subject == 0)
		return ERR_OK;
	err = place_value(arena, lane, due_us, &place);
	if (err != ERR_OK)
		return err;
	key_job_of(&key, (uint8_t)kind, subject);
	change_put_numbered(change, key_get(&key), n, tail, place, false);
	return ERR_OK;
}

void
job_delete(struct change *change, const struct job_run *run)
{
	enum kind_id kind;
	uint64_t subject = subject_of(&run->job, &kind);
	struct key key;

	if (run->is_set_aside)
		failed_key(&key, &run->at);
	else
		job_key(&key, &run->at);
	change_guard_rev(change, key_get(&key), run->job.rev);
	change_delete(change, key_get(&key));
	if (subject == 0 || run->is_set_aside)
		return;
	key_job_of(&key, (uint8_t)kind, subject);
	add_number(&key, &run->at);
	change_delete(change, key_get(&key));
}

enum err
job_put_again(struct change *change, struct arena *arena,
    const struct job_run *run, int64_t due_us, struct bytes error)
{
	struct job_at at = run->at;
	struct record job = run->job;
	struct buf value = buf_in(arena);
	enum kind_id kind;
	uint64_t subject = subject_of(&job, &kind);
	struct bytes place;
	struct key key;
	enum err err;

	job_delete(change, run);
	record_set_int(&job, JOB_DUE, due_us);
	record_set_int(
	    &job, JOB_TRIES, record_int(&job, JOB_TRIES) + !run->is_early);
	record_set_text(&job, JOB_ERROR, error);
	record_encode(&job, &value);
	if (value.failed)
		return ERR_NOMEM;
	if (due_us == 0) {
		failed_key(&key, &at);
		change_put_record(change, key_get(&key), buf_get(&value));
		return ERR_OK;
	}
	at.due_us = due_us;
	job_key(&key, &at);
	change_put_record(change, key_get(&key), buf_get(&value));
	if (subject == 0)
		return ERR_OK;
	err = place_value(arena, at.lane, due_us, &place);
	if (err != ERR_OK)
		return err;
	key_job_of(&key, (uint8_t)kind, subject);
	add_number(&key, &at);
	change_put(change, key_get(&key), place);
	return ERR_OK;
}

enum err
events_since(struct snapshot *snapshot, enum kind_id kind, uint64_t subject,
    uint64_t number, struct bytes hooks, bool *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, hook;
	struct key lo, hi;
	enum err err;

	*out = false;
	key_event_of(&lo, (uint8_t)kind, subject);
	hi = lo;
	key_after(&hi);
	key_u64(&lo, number | 0xffff);
	key_u8(&lo, 0);
	err = cursor_open(
	    snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
	while (err == ERR_OK && !*out) {
		err = cursor_next(&cursor, &key, &hook);
		if (err == ERR_OK && list_has_text(hooks, hook))
			*out = true;
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void
job_id_add(struct buf *out, const struct job_at *at)
{
	buf_int(out, (int64_t)at->number);
	buf_char(out, '.');
	buf_int(out, at->k);
}

enum err
job_id_parse(struct bytes text, struct job_at *out)
{
	struct bytes first = bytes_split(&text, '.');
	int64_t number, k;

	if (bytes_to_int(first, &number) != ERR_OK ||
	    bytes_to_int(text, &k) != ERR_OK || number <= 0 || k < 0 ||
	    k > UINT16_MAX)
		return ERR_INVALID;
	*out = (struct job_at){ .number = (uint64_t)number, .k = (uint16_t)k };
	return ERR_OK;
}
