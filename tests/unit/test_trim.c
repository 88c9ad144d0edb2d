/* tests/unit/test_trim.c - what a site keeps for a while only, on a clock
 * that is moved. */
#include "config.h"
#include "core/desk/trim.h"
#include "core/desk/job.h"
#include "core/model/index_check.h"
#include "tests/unit/desk_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct desk_fixture f;
static struct trim trim;

static void
begin(void)
{
	desk_setup(&f);
	trim = (struct trim){ .step = 0 };
}

/* Trim until all is done; returns in how many steps. */
static int
trim_all(void)
{
	int steps = 0;
	enum err err;

	do {
		err = trim_run(&trim, site_store(f.site), f.dir, f.arena);
		steps++;
	} while (err == ERR_OK);
	CHECK_INT(err, ERR_NOT_FOUND);
	return steps;
}

static void
say_fault(void *context, const char *what)
{
	++*(int *)context;
	printf("# %s\n", what);
}

/* What was trimmed left nothing behind. */
static void
end(void)
{
	int faults = 0;
	struct index_check check = { .fault = say_fault, .context = &faults };

	MUST(index_check(site_store(f.site), &check));
	MUST(bigtext_check(site_store(f.site), &check));
	MUST(job_check(site_store(f.site), say_fault, &faults));
	CHECK_INT(faults, 0);
	trim_release(&trim);
	desk_teardown(&f);
}

static int
count_keys(const char *prefix, size_t len)
{
	struct cursor cursor = { .snapshot = NULL };
	struct snapshot *snapshot;
	struct bytes key, value;
	int count = 0;

	MUST(store_snapshot(site_store(f.site), &snapshot));
	MUST(cursor_open_prefix(
	    snapshot, (struct bytes){ prefix, len }, FORWARD, &cursor));
	while (cursor_next(&cursor, &key, &value) == ERR_OK)
		count++;
	cursor_close(&cursor);
	snapshot_release(snapshot);
	return count;
}

static int
count_table(char table)
{
	return count_keys(&table, 1);
}

static int
count_records(enum kind_id kind)
{
	const char prefix[2] = { KEY_RECORD, (char)kind };

	return count_keys(prefix, 2);
}

static void
later(int64_t by_us)
{
	clock_advance(&f.clock, by_us);
}

static void
test_trim_run__forgets_events_after_400_days(void)
{
	int first, all;

	begin();
	CHECK(desk_submit(&f, "bob@example.org", "One", "x") != 0);
	first = count_table(KEY_EVENT);
	CHECK(first > 0);
	CHECK(count_table(KEY_EVENT_OF) > 0);
	later(300 * CLOCK_DAY_US);
	CHECK(desk_submit(&f, "carl@example.org", "Two", "x") != 0);
	all = count_table(KEY_EVENT);
	later(100 * CLOCK_DAY_US);
	trim_all();
	CHECK_INT(count_table(KEY_EVENT), all);
	later(CLOCK_HOUR_US);
	trim_all();
	CHECK_INT(count_table(KEY_EVENT), all - first);
	CHECK(count_table(KEY_EVENT_OF) > 0);
	later(400 * CLOCK_DAY_US);
	trim_all();
	CHECK_INT(count_table(KEY_EVENT), 0);
	CHECK_INT(count_table(KEY_EVENT_OF), 0);
	CHECK_INT(count_records(KIND_TICKET), 2);
	end();
}

/* Thousands are deleted in small changes. */
static void
test_trim_run__deletes_a_little_at_a_time(void)
{
	struct change *change;
	struct record event;
	struct store *store;
	struct buf value;
	struct key key;
	uint64_t before;
	int steps;

	begin();
	store = site_store(f.site);
	value = buf_in(f.arena);
	record_init(&event, KIND_EVENT, 0);
	record_set_int(&event, EVENT_AT, FIXTURE_TIME_US);
	record_encode(&event, &value);
	key_begin(&key, KEY_EVENT);
	MUST(change_create(f.arena, &change));
	for (int i = 0; i < 1000; i++)
		change_put_numbered(change, key_get(&key),
		    change_number(change), BYTES_NONE, buf_get(&value), true);
	MUST(store_commit(store, change, NULL));
	later(401 * CLOCK_DAY_US);
	before = store_commit_number(store);
	steps = trim_all();
	CHECK_INT(count_table(KEY_EVENT), 0);
	CHECK(steps > 5);
	CHECK(store_commit_number(store) - before >= 5);
	CHECK_INT(trim_all(), 1); /* it is not time yet */
	end();
}

static void
add_trace(uint64_t id, int64_t at_us)
{
	struct buf text = buf_in(f.arena);
	struct change *change;
	struct record trace;

	while (text.len < 40000)
		buf_text(&text, "what was asked and answered ");
	record_init(&trace, KIND_TRACE, id);
	record_set_int(&trace, TRACE_AT, at_us);
	record_set_int(&trace, TRACE_TICKET, 1);
	record_set_text(&trace, TRACE_CONVERSATION, buf_get(&text));
	MUST(change_create(f.arena, &change));
	MUST(record_put(change, f.arena, NULL, &trace));
	MUST(store_commit(site_store(f.site), change, NULL));
}

static void
test_trim_run__forgets_traces_after_30_days(void)
{
	int texts;

	begin();
	add_trace(1001, FIXTURE_TIME_US);
	texts = count_table(KEY_BIG);
	add_trace(1002, FIXTURE_TIME_US + 20 * CLOCK_DAY_US);
	CHECK_INT(count_records(KIND_TRACE), 2);
	later(30 * CLOCK_DAY_US);
	trim_all();
	CHECK_INT(count_records(KIND_TRACE), 2);
	later(CLOCK_DAY_US);
	trim_all();
	CHECK_INT(count_records(KIND_TRACE), 1);
	CHECK_INT(count_table(KEY_BIG), texts);
	end();
}

static enum err
submit_once(const char *key)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor = actor_system();
	input.email = BYTES("bob@example.org");
	input.body = BYTES("x");
	input.key = bytes_of(key);
	desk_set(&f, &input, "subject", "Once");
	return desk_do(&f, &input);
}

static void
test_trim_run__forgets_idempotency_keys_after_2_days(void)
{
	begin();
	CHECK_INT(submit_once("first"), ERR_OK);
	later(CLOCK_DAY_US);
	CHECK_INT(submit_once("second"), ERR_OK);
	CHECK_INT(count_table(KEY_ONCE), 2);
	later(CLOCK_DAY_US);
	trim_all();
	CHECK_INT(count_table(KEY_ONCE), 2);
	CHECK_INT(submit_once("first"), ERR_OK);
	CHECK(f.result.is_repeat);
	later(CLOCK_HOUR_US);
	trim_all();
	CHECK_INT(count_table(KEY_ONCE), 1);
	CHECK_INT(submit_once("second"), ERR_OK);
	CHECK(f.result.is_repeat);
	CHECK_INT(count_records(KIND_TICKET), 2);
	end();
}

static void
add_session(uint64_t id, const char *hash, int64_t expires_us)
{
	struct change *change;
	struct record session;

	record_init(&session, KIND_SESSION, id);
	record_set_text(&session, SESSION_HASH, bytes_of(hash));
	record_set_int(&session, SESSION_AGENT, 1);
	record_set_int(&session, SESSION_CREATED, FIXTURE_TIME_US);
	record_set_int(&session, SESSION_EXPIRES, expires_us);
	MUST(change_create(f.arena, &change));
	MUST(record_put(change, f.arena, NULL, &session));
	MUST(store_commit(site_store(f.site), change, NULL));
}

static void
test_trim_run__forgets_sessions_that_ended(void)
{
	struct site_read read;
	uint64_t id;
	int before;

	begin();
	before = count_records(KIND_SESSION);
	add_session(1001, "aa", FIXTURE_TIME_US + 9 * CLOCK_HOUR_US);
	add_session(1002, "bb", FIXTURE_TIME_US + CLOCK_HOUR_US);
	add_session(1003, "cc", FIXTURE_TIME_US + 9 * CLOCK_HOUR_US);
	later(CLOCK_HOUR_US);
	trim_all();
	CHECK_INT(count_records(KIND_SESSION), before + 2);
	MUST(site_read_begin(f.site, &read));
	CHECK(record_lookup(read.snapshot, INDEX_SESSION_HASH, BYTES("bb"),
		  &id) == ERR_NOT_FOUND);
	CHECK(record_lookup(read.snapshot, INDEX_SESSION_HASH, BYTES("cc"),
		  &id) == ERR_OK);
	site_read_end(&read);
	end();
}

/* ---- files ---- */

/* A file that is <days> old by the site's clock. */
static void
put_file(const char *name, int days)
{
	struct timespec times[2];
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof path, "%s/files/%s", f.dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0640);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
	times[0] = (struct timespec){
		.tv_sec = (clock_read(&f.clock) - days * CLOCK_DAY_US) / 1000000
	};
	times[1] = times[0];
	CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static bool
has_file(const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/files/%s", f.dir, name);
	return access(path, F_OK) == 0;
}

static void
add_file(const char *disk)
{
	struct act_input input;

	act_input_init(&input, VERB_FILE_ADD, KIND_FILE);
	input.actor = actor_system();
	record_set_text(&input.fields, FILE_NAME, BYTES("a.txt"));
	record_set_text(&input.fields, FILE_TYPE, BYTES("text/plain"));
	record_set_text(&input.fields, FILE_DISK, bytes_of(disk));
	record_set_int(&input.fields, FILE_SIZE, 1);
	MUST(desk_do(&f, &input));
}

static void
add_unlink_job(const char *disk, int64_t due_us)
{
	struct record job;
	struct change *change;

	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_UNLINK);
	record_set_int(&job, JOB_DUE, due_us);
	record_set_text(&job, JOB_DATA,
	    bytes_of(arena_printf(f.arena, "{\"disk\":\"%s\"}", disk)));
	MUST(change_create(f.arena, &change));
	MUST(job_put(change, f.arena, change_number(change), 0, &job));
	MUST(store_commit(site_store(f.site), change, NULL));
}

static void
test_trim_run__sweeps_files_that_nothing_names(void)
{
	begin();
	put_file("named", 5);
	add_file("named");
	put_file("young", 0);
	put_file("old", 2);
	put_file(".cutoff.part", 2);
	put_file("leaving", 50);
	add_unlink_job("leaving", clock_read(&f.clock) + CLOCK_DAY_US);
	trim_all();
	CHECK(has_file("named"));
	CHECK(has_file("young"));
	CHECK(!has_file("old"));
	CHECK(!has_file(".cutoff.part"));
	CHECK(has_file("leaving"));
	/* Once a day. */
	put_file("old", 2);
	later(CLOCK_HOUR_US);
	trim_all();
	CHECK(has_file("old"));
	later(CLOCK_DAY_US);
	trim_all();
	CHECK(!has_file("old"));
	CHECK(!has_file("young"));
	CHECK(has_file("named"));
	end();
}

static void
test_trim_run__sweeps_many_files_in_steps(void)
{
	int steps;

	begin();
	for (int i = 0; i < 1200; i++) {
		char name[32];

		snprintf(name, sizeof name, "orphan%d", i);
		put_file(name, 3);
	}
	put_file("kept", 3);
	add_file("kept");
	steps = trim_all();
	CHECK(steps >= 4 + 3);
	CHECK(has_file("kept"));
	CHECK(!has_file("orphan0"));
	CHECK(!has_file("orphan1199"));
	end();
}

static void
test_trim_run__goes_on_past_damage(void)
{
	struct change *change;
	struct key key;
	enum err err;

	begin();
	key_begin(&key, KEY_EVENT);
	key_u64(&key, 1);
	MUST(change_create(f.arena, &change));
	change_put(change, key_get(&key), BYTES("no event at all"));
	MUST(store_commit(site_store(f.site), change, NULL));
	put_file("old", 2);
	trim_all();
	CHECK(!has_file("old"));
	change = NULL;
	MUST(change_create(f.arena, &change));
	change_delete(change, key_get(&key));
	err = store_commit(site_store(f.site), change, NULL);
	CHECK_INT(err, ERR_OK);
	end();
}

/* The desk does it by itself. */
static void
test_care_run__trims(void)
{
	begin();
	add_session(1001, "aa", FIXTURE_TIME_US + CLOCK_HOUR_US);
	put_file("old", 2);
	later(2 * CLOCK_HOUR_US);
	desk_run_jobs(&f);
	CHECK(!has_file("old"));
	CHECK_INT(count_records(KIND_SESSION), 0);
	end();
}

static void
test_trim_run__goes_on_behind_what_is_damaged(void)
{
	begin();
	CHECK(desk_submit(&f, "bob@example.org", "One", "x") != 0);
	CHECK(count_table(KEY_EVENT) > 1);
	desk_damage(&f, KEY_EVENT);
	later(401 * CLOCK_DAY_US);
	trim_all();
	CHECK_INT(count_table(KEY_EVENT), 1); /* which nobody can read */
	trim_release(&trim);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_trim_run__forgets_events_after_400_days);
	RUN(test_trim_run__goes_on_behind_what_is_damaged);
	RUN(test_trim_run__deletes_a_little_at_a_time);
	RUN(test_trim_run__forgets_traces_after_30_days);
	RUN(test_trim_run__forgets_idempotency_keys_after_2_days);
	RUN(test_trim_run__forgets_sessions_that_ended);
	RUN(test_trim_run__sweeps_files_that_nothing_names);
	RUN(test_trim_run__sweeps_many_files_in_steps);
	RUN(test_trim_run__goes_on_past_damage);
	RUN(test_care_run__trims);
	return tap_done();
}
