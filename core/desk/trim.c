/* core/desk/trim.c - what a site keeps for a while only. */
#include "config.h"
#include "core/desk/trim.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/desk/orphan.h"
#include "core/desk/version.h"
#include "core/model/table.h"

#include <errno.h>
#include <unistd.h>

#define EVERY_US CLOCK_HOUR_US
#define LOOK_KEYS 2000                    /* of one step, and */
#define DELETE_MOST 200                   /* of these deleted */
#define ONCE_AT (RECORD_HEADER_SIZE + 24) /* see note_once() in act.c */

/* One step at work. */
struct trimming {
	struct trim *trim;
	struct store *store;
	const char *dir;
	struct arena *arena;
	struct snapshot *snapshot;
	struct change *change;
	int64_t now_us;
	unsigned deleted;
};

/* What is too old among the keys of one table; *<is_over> when all that
 * follow are younger. */
typedef enum err look_fn(
    struct trimming *t, struct bytes key, struct bytes value, bool *is_over);

/* ---- what is too old ---- */

static bool
is_older(const struct trimming *t, int64_t at_us, int days)
{
	return at_us < t->now_us - days * CLOCK_DAY_US;
}

/* Events are numbered as time goes; each is found by whom it is about, too. */
static enum err
look_at_event(
    struct trimming *t, struct bytes key, struct bytes value, bool *is_over)
{
	static const struct {
		enum kind_id kind;
		int slot;
	} subjects[] = {
		{ KIND_TICKET, EVENT_TICKET },
		{ KIND_CUSTOMER, EVENT_CUSTOMER },
		{ KIND_AGENT, EVENT_AGENT },
		{ KIND_ARTICLE, EVENT_ARTICLE },
	};
	uint64_t number = be64_read(key.at + key.len - 8);
	struct record event;
	enum err err = record_decode(&event, KIND_EVENT, number, value);

	if (err != ERR_OK)
		return err;
	*is_over = !is_older(t, record_int(&event, EVENT_AT), TRIM_EVENTS_DAYS);
	if (*is_over)
		return ERR_OK;
	change_delete(t->change, key);
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		struct key of;

		if (!record_has(&event, subjects[i].slot))
			continue;
		key_event_of(&of, (uint8_t)subjects[i].kind,
		    record_ref(&event, subjects[i].slot));
		key_u64(&of, number);
		change_delete(t->change, key_get(&of));
	}
	t->deleted++;
	return ERR_OK;
}

static enum err
remove_record(struct trimming *t, const struct record *record)
{
	t->deleted++;
	return record_remove(t->change, t->arena, record);
}

static enum err
look_at_trace(
    struct trimming *t, struct bytes key, struct bytes value, bool *is_over)
{
	struct record trace;
	enum err err = record_decode(
	    &trace, KIND_TRACE, be64_read(key.at + key.len - 8), value);

	if (err != ERR_OK)
		return err;
	*is_over = !is_older(t, record_int(&trace, TRACE_AT), TRIM_TRACES_DAYS);
	return *is_over ? ERR_OK : remove_record(t, &trace);
}

static enum err
look_at_notice(
    struct trimming *t, struct bytes key, struct bytes value, bool *is_over)
{
	struct record notice;
	enum err err = record_decode(
	    &notice, KIND_NOTICE, be64_read(key.at + key.len - 8), value);

	if (err != ERR_OK)
		return err;
	*is_over = !is_older(
	    t, record_int(&notice, NOTICE_AT), TRIM_NOTICES_DAYS);
	return *is_over ? ERR_OK : remove_record(t, &notice);
}

/* Shipped texts stay: what was made from them is compared with them. */
static enum err
look_at_version(
    struct trimming *t, struct bytes key, struct bytes value, bool *is_over)
{
	struct record version, newest;
	enum err err = record_decode(
	    &version, KIND_VERSION, be64_read(key.at + key.len - 8), value);

	if (err != ERR_OK)
		return err;
	*is_over = !is_older(
	    t, record_int(&version, VERSION_AT), TRIM_VERSIONS_DAYS);
	if (*is_over || record_int(&version, VERSION_IS_WAITING) ||
	    record_int(&version, VERSION_ORIGIN) == ORIGIN_SHIPPED)
		return ERR_OK;
	err = version_newest(
	    t->snapshot, record_text(&version, VERSION_FILE), &newest);
	if (err != ERR_OK ||
	    record_int(&newest, VERSION_NUMBER) -
		    record_int(&version, VERSION_NUMBER) <
		TRIM_VERSIONS_KEPT)
		return err;
	return remove_record(t, &version);
}

static enum err
look_at_session(
    struct trimming *t, struct bytes key, struct bytes value, bool *is_over)
{
	struct record session;
	enum err err = record_decode(
	    &session, KIND_SESSION, be64_read(key.at + key.len - 8), value);

	(void)is_over; /* some last longer than others */
	if (err != ERR_OK || record_int(&session, SESSION_EXPIRES) > t->now_us)
		return err;
	return remove_record(t, &session);
}

/* Idempotency keys are hashes: in no order of time. */
static enum err
look_at_once(
    struct trimming *t, struct bytes key, struct bytes value, bool *is_over)
{
	uint64_t rev;
	enum err err = record_check(value, &rev);

	(void)is_over;
	if (err != ERR_OK || value.len < ONCE_AT + 8)
		return ERR_CORRUPT;
	if (!is_older(
		t, (int64_t)be64_read(value.at + ONCE_AT), TRIM_ONCE_DAYS))
		return ERR_OK;
	change_guard_rev(t->change, key, rev);
	change_delete(t->change, key);
	t->deleted++;
	return ERR_OK;
}

/* ---- steps ---- */

static const struct {
	const char *name;
	char prefix[2];
	size_t prefix_len;
	look_fn *look;
} steps[] = {
	{ "events", { KEY_EVENT }, 1, look_at_event },
	{ "traces", { KEY_RECORD, KIND_TRACE }, 2, look_at_trace },
	{ "notices", { KEY_RECORD, KIND_NOTICE }, 2, look_at_notice },
	{ "versions", { KEY_RECORD, KIND_VERSION }, 2, look_at_version },
	{ "sessions", { KEY_RECORD, KIND_SESSION }, 2, look_at_session },
	{ "idempotency keys", { KEY_ONCE }, 1, look_at_once },
};
#define STEPS (sizeof steps / sizeof *steps)

/* Look at the next keys of a table. ERR_NOT_FOUND at its end. */
static enum err
look(struct trimming *t, unsigned step)
{
	struct bytes prefix = { steps[step].prefix, steps[step].prefix_len };
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	bool is_over = false;
	uint64_t rev;
	enum err err;

	err = cursor_open_prefix(t->snapshot, prefix, FORWARD, &cursor);
	if (err == ERR_OK && t->trim->at.len > 0)
		cursor_seek(&cursor, key_get(&t->trim->at));
	for (int i = 0; err == ERR_OK && !is_over && i < LOOK_KEYS &&
	     t->deleted < DELETE_MOST;
	     i++) {
		err = cursor_next(&cursor, &key, &value);
		if (err != ERR_OK)
			break;
		if (record_check(value, &rev) == ERR_OK)
			err = steps[step].look(t, key, value, &is_over);
		else /* stays for `hookdesk check`; the rest goes on */
			log_event(LOG_ERROR, "site.damaged",
			    "site=%s what=%s number=%llu", t->dir,
			    steps[step].name,
			    (unsigned long long)be64_read(
				key.at + key.len - 8));
		t->trim->at.len = 0;
		key_raw(&t->trim->at, key.at, key.len);
	}
	cursor_close(&cursor);
	return err == ERR_OK && is_over ? ERR_NOT_FOUND : err;
}

/* Records borrow their texts from the snapshot until they are committed. */
static enum err
run_table(struct trimming *t, unsigned step)
{
	enum err end = store_snapshot(t->store, &t->snapshot);
	enum err err = end;

	if (err == ERR_OK)
		err = change_create(t->arena, &t->change);
	if (err == ERR_OK) {
		change_is_housekeeping(t->change);
		end = look(t, step);
		err = end == ERR_NOT_FOUND ? ERR_OK : end;
	}
	if (err == ERR_OK && t->deleted > 0)
		err = store_commit(t->store, t->change, NULL);
	snapshot_release(t->snapshot);
	if (err == ERR_OK && t->deleted > 0)
		log_event(LOG_DEBUG, "site.trim", "what=%s count=%u",
		    steps[step].name, t->deleted);
	return err != ERR_OK ? err : end;
}

static void
remove_orphan(void *context, const char *path)
{
	const struct trimming *t = context;

	if (unlink(path) == 0)
		log_event(
		    LOG_WARN, "file.orphan", "site=%s path=%s", t->dir, path);
	else if (errno != ENOENT)
		log_event(
		    LOG_WARN, "file.unlink", "path=%s errno=%d", path, errno);
}

static enum err
run_files(struct trimming *t)
{
	struct trim *trim = t->trim;
	enum err err = ERR_OK;

	if (trim->orphans == NULL) {
		if (t->now_us < trim->files_us)
			return ERR_NOT_FOUND;
		trim->files_us = t->now_us + CLOCK_DAY_US;
		err = orphans_open(t->store, t->dir,
		    TRIM_FILES_DAYS * CLOCK_DAY_US, &trim->orphans);
	}
	if (err == ERR_OK)
		err = orphans_next(trim->orphans, t->now_us, remove_orphan, t);
	if (err != ERR_OK) {
		orphans_close(trim->orphans);
		trim->orphans = NULL;
	}
	return err;
}

enum err
trim_run(struct trim *trim, struct store *store, const char *dir,
    struct arena *arena)
{
	struct trimming t = { .trim = trim,
		.store = store,
		.dir = dir,
		.arena = arena,
		.now_us = store_now_us(store) };
	enum err err;

	if (trim->step == 0) {
		if (t.now_us < trim->next_us)
			return ERR_NOT_FOUND;
		trim->next_us = t.now_us + EVERY_US;
		trim->step = 1;
	}
	err = trim->step <= STEPS ? run_table(&t, trim->step - 1) :
				    run_files(&t);
	if (err == ERR_OK)
		return ERR_OK;
	/* This one is done, or goes on at its next time: the next one. */
	trim->at.len = 0;
	trim->step = trim->step <= STEPS ? trim->step + 1 : 0;
	if (err != ERR_NOT_FOUND)
		return err;
	return trim->step != 0 ? ERR_OK : ERR_NOT_FOUND;
}

void
trim_release(struct trim *trim)
{
	orphans_close(trim->orphans);
	*trim = (struct trim){ .step = 0 };
}
