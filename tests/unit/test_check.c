/* tests/unit/test_check.c - hookdesk check, on sites that were damaged on
 * purpose: it names what is wrong, and survives it. */
#include "config.h"
#include "core/desk/job.h"
#include "core/model/index.h"
#include "tests/unit/check_fixture.h"

#include <sys/stat.h>
#include <time.h>

static void
test_check__finds_nothing_wrong_in_a_sound_site(void)
{
	begin();
	CHECK_INT(check(), 0);
	CHECK(says(" 1 files: 0 faults\n"));
	end();
}

static void
test_check__tells_of_flipped_bytes(void)
{
	struct key key;
	struct bytes value;

	begin();
	key = key_of_record(KIND_TICKET, ticket);
	value = read_key(&key);
	((char *)(uintptr_t)value.at)[value.len - 1] ^= 1;
	write_key(&key, value);
	CHECK_INT(check(), 1);
	CHECK(says(": checksum is wrong\n"));
	CHECK(says("hookdesk: index: ticket 1 is damaged\n"));
	CHECK(says("hookdesk: counters: "));
	end();

	/* One of those that are read when a site is opened. */
	begin();
	key = key_of_record(KIND_AGENT, 1);
	value = read_key(&key);
	((char *)(uintptr_t)value.at)[value.len - 1] ^= 1;
	write_key(&key, value);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: index: agent 1 is damaged\n"));
	end();

	begin();
	key = (struct key){ .len = 0 };
	key_text(&key, BYTES("Z"));
	write_key(&key, BYTES("x"));
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: 5a00: belongs to no table\n"));
	CHECK(says("1 faults\n"));
	end();
}

static void
test_check__compares_indexes_both_ways(void)
{
	struct key prefix, key, wrong;
	struct bytes value;

	begin();
	key_index(&prefix, KIND_TICKET, INDEX_TICKET_QUEUE);
	key = find_key(&prefix, FORWARD);
	write_key(&key, BYTES_NONE);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: index: ticket 1 is not in its index "
		   "\"queue\"\n"));
	CHECK(says("1 faults\n"));
	wrong = key;
	wrong.at[3] ^= 1; /* another queue */
	write_key(&wrong, BYTES(""));
	CHECK_INT(check(), 1);
	CHECK(says("index \"queue\" has ticket 1 where it does not belong\n"));
	write_key(&wrong, BYTES_NONE);
	wrong = key;
	wrong.at[wrong.len - 1] = 99; /* another ticket */
	write_key(&wrong, BYTES(""));
	CHECK_INT(check(), 1);
	CHECK(says("index \"queue\" of tickets leads to 99, which is not "
		   "there\n"));
	write_key(&wrong, BYTES_NONE);
	write_key(&key, BYTES(""));
	CHECK_INT(check(), 0);

	key_unique(&prefix, KIND_AGENT, INDEX_AGENT_EMAIL, BYTES(""));
	key = find_key(&prefix, FORWARD);
	value = read_key(&key);
	((char *)(uintptr_t)value.at)[7] = 9;
	write_key(&key, value);
	CHECK_INT(check(), 1);
	CHECK(says("agent 1: the index \"email\" leads elsewhere\n"));
	CHECK(says("index \"email\" of agents leads to 9, which is not "
		   "there\n"));
	wrong = prefix_of(KEY_INDEX);
	key_u8(&wrong, KIND_TICKET);
	key_u8(&wrong, 255);
	key_u64(&wrong, 1);
	write_key(&wrong, BYTES(""));
	CHECK_INT(check(), 1);
	CHECK(says("an entry belongs to no index\n"));
	end();
}

static void
test_check__recounts(void)
{
	struct change *change;
	struct key key;
	struct bytes value;

	begin();
	key_count(&key, 0);
	key.len = 1;
	key = find_key(&key, FORWARD);
	MUST(change_create(f.arena, &change));
	change_add(change, key_get(&key), 2);
	MUST(store_commit(store, change, NULL));
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: counters: A counter is off by 2.\n"));
	value = read_key(&key);
	write_key(&key, BYTES_NONE);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: counters: Ticket 1 is counted nowhere.\n"));
	write_key(&key, (struct bytes){ value.at, 4 });
	CHECK_INT(check(), 1);
	CHECK(says(": is not a count\n"));
	CHECK(says("hookdesk: counters: a ticket or a counter is damaged\n"));
	end();
}

static void
test_check__looks_at_the_parts_of_texts(void)
{
	struct key first, last, left;
	struct bytes value;

	begin();
	first = prefix_of(KEY_BIG);
	last = find_key(&first, BACKWARD);
	first = find_key(&first, FORWARD);
	CHECK(!bytes_equal(key_get(&first), key_get(&last)));
	value = read_key(&last);
	write_key(&last, BYTES_NONE);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: text: entry "));
	CHECK(says(": a part of its text \"body\" is missing\n"));
	/* The search index has nothing to compare with. */
	CHECK(says("hookdesk: search: entry "));
	write_key(&last, value);
	CHECK_INT(check(), 0);
	left = last;
	left.at[left.len - 1]++;
	write_key(&left, value);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: text: a part of a text is left of entry "));
	CHECK(says("1 faults\n"));
	write_key(&left, BYTES_NONE);
	left.at[9] = 99;
	write_key(&left, value);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: text: a part of a text is left of entry "));
	end();
}

static void
test_check__looks_for_jobs_and_events(void)
{
	static const struct {
		char table;
		const char *words;
	} cases[] = {
		{ KEY_JOB_OF, " is not known to its ticket\n" },
		{ KEY_JOB, " is known to a ticket that has none\n" },
		{ KEY_EVENT_OF, " is not known to its ticket\n" },
		{ KEY_EVENT, " is known and not there\n" },
	};
	struct record job;
	struct change *change;

	begin();
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_REOPEN);
	record_set_int(&job, JOB_TICKET, (int64_t)ticket);
	record_set_int(&job, JOB_DUE, FIXTURE_TIME_US + CLOCK_DAY_US);
	MUST(change_create(f.arena, &change));
	MUST(job_put(change, f.arena, change_number(change), 0, &job));
	MUST(store_commit(store, change, NULL));
	CHECK_INT(check(), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct key prefix = prefix_of(cases[i].table), key;
		struct bytes value;

		if (cases[i].table == KEY_JOB)
			key_u8(&prefix, LANE_SCRIPTS);
		key = find_key(&prefix, FORWARD);
		value = read_key(&key);
		write_key(&key, BYTES_NONE);
		CHECK_INT(check(), 1);
		CHECK(says("hookdesk: job: "));
		CHECK(says(cases[i].words));
		CHECK(says("1 faults\n"));
		write_key(&key, value);
	}
	CHECK_INT(check(), 0);
	end();
}

static void
test_check__compares_words_with_texts(void)
{
	struct key key;
	struct bytes value;

	begin();
	index_all();
	CHECK_INT(check(), 0);
	key = prefix_of(KEY_SEARCH);
	key_text(&key, BYTES("refund"));
	key = find_key(&key, FORWARD);
	value = read_key(&key);
	write_key(&key, BYTES_NONE);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: search: the lists of the search index do not "
		   "hold the records' words\n"));
	write_key(&key, value);
	CHECK_INT(check(), 0);
	key = prefix_of(KEY_SEARCH);
	key_u8(&key, 1); /* words by record */
	key_u8(&key, KIND_TICKET);
	key = find_key(&key, FORWARD);
	write_key(&key, BYTES_NONE);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: search: the search index does not say what is "
		   "in ticket 1\n"));
	end();
}

/* ---- files ---- */

static void
set_age(const char *name, int days)
{
	struct timespec times[2];
	char path[PATH_MAX];

	path_of(path, name);
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= days * 86400;
	times[1] = times[0];
	CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static void
test_check__compares_files(void)
{
	char path[PATH_MAX], other[PATH_MAX];

	begin();
	path_of(path, "files/" DISK);
	MUST(file_replace(path, 0640, BYTES("an attachmenT"), NULL));
	CHECK_INT(check(), 1);
	CHECK(says("/files/" DISK ": the file's content is not what was "
		   "attached\n"));
	MUST(file_replace(path, 0640, BYTES("short"), NULL));
	CHECK_INT(check(), 1);
	CHECK(says("/files/" DISK ": the file has another size\n"));
	CHECK(unlink(path) == 0);
	CHECK_INT(check(), 1);
	CHECK(says("/files/" DISK ": the file is missing\n"));
	MUST(file_replace(path, 0640, BYTES(CONTENT), NULL));
	set_age("files/" DISK, 50);
	CHECK_INT(check(), 0);

	/* On its way in, or left over? Time tells. */
	path_of(other, "files/fedcba9876543210fedcba9876543210");
	MUST(file_replace(other, 0640, BYTES("x"), NULL));
	CHECK_INT(check(), 0);
	set_age("files/fedcba9876543210fedcba9876543210", 5);
	CHECK_INT(check(), 1);
	CHECK(says("/files/fedcba9876543210fedcba9876543210: nothing in the "
		   "store names this file\n"));
	end();
}

/* A removed file's bytes stay for a day, and a job knows of them. */
static void
test_check__knows_of_files_that_leave(void)
{
	struct act_input input;
	struct record job;
	struct site_read read;
	uint64_t id = 0;

	begin();
	store_close(store);
	store = NULL;
	desk_open(&f);
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_system();
	input.subject = ticket;
	desk_set(&f, &input, "place", "trash");
	MUST(desk_do(&f, &input));
	act_input_init(&input, VERB_TICKET_REMOVE, KIND_TICKET);
	input.actor = actor_system();
	input.subject = ticket;
	MUST(desk_do(&f, &input));
	MUST(site_read_begin(f.site, &read));
	CHECK(
	    record_next(read.snapshot, KIND_FILE, &id, &job) == ERR_NOT_FOUND);
	site_read_end(&read);
	leave_desk();
	set_age("files/" DISK, 50);
	CHECK_INT(check(), 0);
	end();
}

/* ---- scripts ---- */

static void
test_check__loads_the_scripts(void)
{
	char path[PATH_MAX];

	begin();
	path_of(path, "scripts/broken.lua");
	MUST(file_replace(path, 0640,
	    BYTES("-- a comment\ndesk.on(\"ticket.frozen\""), NULL));
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: script: broken.lua:2: "));
	CHECK(says("1 faults\n"));
	MUST(file_replace(path, 0640, BYTES("-- nothing\n"), NULL));
	CHECK_INT(check(), 0);
	end();
}

/* ---- what the engine cannot read ---- */

static uint32_t seed;

static uint32_t
dice(uint32_t sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

static void
overwrite(const char *path, off_t at, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0 && pwrite(fd, bytes, len, at) == (ssize_t)len);
	close(fd);
}

static void
test_check__survives_a_store_cut_off(void)
{
	char path[PATH_MAX];
	struct stat st;

	begin();
	store_close(store);
	store = NULL;
	path_of(path, "data.mdb");
	CHECK(stat(path, &st) == 0);
	CHECK(truncate(path, st.st_size / 2 / 4096 * 4096) == 0);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: "));
	CHECK(truncate(path, 100) == 0);
	CHECK_INT(check(), 1);
	CHECK(says("hookdesk: "));
	end();
}

/* Whatever becomes of the pages, check ends by itself and says something, or
 * finds that nothing is changed that is in use. */
static void
test_check__survives_damaged_pages(void)
{
	char path[PATH_MAX];
	struct buf good = BUF_INIT;
	int found = 0, killed = 0;

	begin();
	store_close(store);
	store = NULL;
	path_of(path, "data.mdb");
	MUST(file_read(path, FIXTURE_MAP, &good, NULL));
	for (seed = 1; seed <= 40; seed++) {
		uint32_t before = seed;
		int code;

		for (int i = 0; i < 20; i++) {
			/* The two pages in front are the engine's heads. */
			off_t at = 8192 +
			    (off_t)dice((uint32_t)(good.len - 8192) / 256) *
				256 +
			    dice(256);
			char byte = (char)dice(256);

			overwrite(path, at, &byte, 1);
		}
		seed = before;
		code = check();
		CHECK(code == 0 || code == 1);
		CHECK(code == 0 || says("hookdesk: "));
		found += code;
		killed += bytes_find(buf_get(&said),
			      BYTES("it is damaged; restore a backup")) != NULL;
		overwrite(path, 0, good.at, good.len);
	}
	CHECK(found > 20);
	CHECK(killed > 0);
	CHECK_INT(check(), 0);
	buf_release(&good);
	end();
}

int
main(void)
{
	RUN(test_check__finds_nothing_wrong_in_a_sound_site);
	RUN(test_check__tells_of_flipped_bytes);
	RUN(test_check__compares_indexes_both_ways);
	RUN(test_check__recounts);
	RUN(test_check__looks_at_the_parts_of_texts);
	RUN(test_check__looks_for_jobs_and_events);
	RUN(test_check__compares_words_with_texts);
	RUN(test_check__compares_files);
	RUN(test_check__knows_of_files_that_leave);
	RUN(test_check__loads_the_scripts);
	RUN(test_check__survives_a_store_cut_off);
	RUN(test_check__survives_damaged_pages);
	return tap_done();
}
