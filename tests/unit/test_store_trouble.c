/* tests/unit/test_store_trouble.c - damage, full disks, kills and backups. */
#include "config.h"

#include "core/base/log.h"
#include "core/store/verify.h"
#include "tests/unit/fault_engine.h"
#include "tests/unit/store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
fault_fixture(struct fixture *f)
{
	fixture_prepare(f);
	f->options.engine = &engine_fault;
	fixture_open(f);
	fault_clear();
}

/* --- the engine cannot go on --- */

static void
test_store_commit__a_panic_drains_and_opens_again_once(void)
{
	struct fixture f;
	struct snapshot *s = NULL, *second = NULL;
	struct bytes value;
	uint64_t id;

	fault_fixture(&f);
	MUST(put_text(&f, "k", "before"));
	id = store_next_id(f.store, 1);
	MUST(store_snapshot(f.store, &s));
	fault_set(FAULT_COMMIT, 1, 1, ERR_CORRUPT);
	CHECK_INT(put_text(&f, "k", "lost"), ERR_IO);

	/* Who reads goes on; nobody new comes in. */
	CHECK_INT(store_state(f.store), STORE_DRAINING);
	CHECK_INT(store_trouble(f.store), ERR_CORRUPT);
	CHECK_INT(store_ready(f.store), ERR_BUSY);
	CHECK_INT(put_text(&f, "k", "too late"), ERR_BUSY);
	CHECK_INT(store_snapshot(f.store, &second), ERR_BUSY);
	CHECK_INT(snapshot_get(s, BYTES("k"), &value), ERR_OK);
	CHECK_BYTES(value, "before");
	CHECK_INT(snapshot_renew(&s), ERR_OK); /* the last one has gone */

	CHECK_INT(store_state(f.store), STORE_OPEN);
	CHECK_INT(snapshot_get(s, BYTES("k"), &value), ERR_OK);
	CHECK_BYTES(value, "before");
	snapshot_release(s);
	CHECK_INT(put_text(&f, "k", "after"), ERR_OK);
	CHECK_BYTES(get_text(&f, "k"), "after");
	CHECK_INT(store_commit_number(f.store), 2);
	CHECK_INT(store_next_id(f.store, 1), id + 1);

	fault_set(FAULT_COMMIT, 1, 1, ERR_CORRUPT);
	CHECK_INT(put_text(&f, "k", "lost"), ERR_IO);
	CHECK_INT(store_state(f.store), STORE_FAILED);
	CHECK_INT(store_ready(f.store), ERR_IO);
	CHECK_INT(put_text(&f, "k", "too late"), ERR_IO);
	CHECK_INT(store_snapshot(f.store, &s), ERR_IO);
	CHECK_INT(store_copy(f.store, "/nonexistent/x", NULL), ERR_IO);
	fault_clear();
	fixture_reopen(&f);
	CHECK_BYTES(get_text(&f, "k"), "after");
	fixture_release(&f);
}

/* One trouble now and then is not the same one again and again. */
static void
test_store_commit__a_panic_an_hour_later_opens_again(void)
{
	struct fixture f;

	fault_fixture(&f);
	for (int i = 0; i < 3; i++) {
		MUST(put_text(&f, "k", "v"));
		fault_set(FAULT_COMMIT, 1, 1, ERR_CORRUPT);
		CHECK_INT(put_text(&f, "k", "lost"), ERR_IO);
		CHECK_INT(store_state(f.store), STORE_OPEN);
		CHECK_BYTES(get_text(&f, "k"), "v");
		clock_advance(&f.clock, CLOCK_HOUR_US);
	}
	fault_set(FAULT_COMMIT, 1, 1, ERR_CORRUPT);
	CHECK_INT(put_text(&f, "k", "lost"), ERR_IO);
	CHECK_INT(store_state(f.store), STORE_OPEN);
	clock_advance(&f.clock, CLOCK_MINUTE_US);
	fault_set(FAULT_COMMIT, 1, 1, ERR_CORRUPT);
	CHECK_INT(put_text(&f, "k", "lost"), ERR_IO);
	CHECK_INT(store_state(f.store), STORE_FAILED);
	fault_clear();
	fixture_release(&f);
}

static void
test_store_commit__what_was_written_in_spite_of_a_panic_stays_whole(void)
{
	struct fixture f;
	uint64_t rev = 0;

	fault_fixture(&f);
	MUST(put_record(&f, "r1", "one", NULL));
	fault_set(FAULT_SYNC, 1, 1, ERR_CORRUPT);
	CHECK_INT(put_record(&f, "r1", "two", NULL), ERR_IO);
	CHECK_INT(store_state(f.store), STORE_OPEN); /* opened again */
	CHECK_INT(store_commit_number(f.store), 2);
	MUST(put_record(&f, "r2", "three", &rev));
	CHECK_INT(rev, 3);
	CHECK_BYTES(get_record(&f, "r1", &rev), "two");
	CHECK_INT(rev, 2);
	fault_clear();
	fixture_release(&f);
}

static void
test_store__stays_closed_when_it_cannot_be_opened_again(void)
{
	struct fixture f;
	struct snapshot *s;

	fault_fixture(&f);
	fault_set(FAULT_COMMIT, 1, 1, ERR_CORRUPT);
	fault_set(FAULT_OPEN, 1, 1, ERR_IO);
	CHECK_INT(put_text(&f, "k", "lost"), ERR_IO);
	CHECK_INT(store_state(f.store), STORE_FAILED);
	CHECK_INT(store_snapshot(f.store, &s), ERR_IO);
	fault_clear();
	fixture_release(&f);
}

static void
test_snapshot_get__damage_drains_too(void)
{
	static const enum fault faults[] = { FAULT_GET, FAULT_NEXT,
		FAULT_RENEW };

	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct fixture f;
		struct snapshot *s = NULL;
		struct cursor cursor;
		struct bytes key, value;

		fault_fixture(&f);
		MUST(put_text(&f, "k", "v"));
		MUST(store_snapshot(f.store, &s));
		snapshot_release(s); /* so that the next one is renewed */
		s = NULL;
		fault_set(faults[i], 1, 1, ERR_CORRUPT);
		if (faults[i] == FAULT_RENEW) {
			CHECK_INT(store_snapshot(f.store, &s), ERR_CORRUPT);
			CHECK(s == NULL);
		} else {
			MUST(store_snapshot(f.store, &s));
			MUST(cursor_open(
			    s, BYTES_NONE, BYTES_NONE, FORWARD, &cursor));
			CHECK_INT(faults[i] == FAULT_GET ?
				snapshot_get(s, BYTES("k"), &value) :
				cursor_next(&cursor, &key, &value),
			    ERR_CORRUPT);
			CHECK_INT(store_state(f.store), STORE_DRAINING);
			cursor_close(&cursor);
		}
		snapshot_release(s);
		CHECK_INT(store_state(f.store), STORE_OPEN);
		CHECK_BYTES(get_text(&f, "k"), "v");
		fault_clear();
		fixture_release(&f);
	}
}

static void
test_store__an_io_error_alone_is_no_damage(void)
{
	struct fixture f;

	fault_fixture(&f);
	fault_set(FAULT_COMMIT, 1, 1, ERR_IO);
	CHECK_INT(put_text(&f, "k", "lost"), ERR_IO);
	CHECK_INT(store_state(f.store), STORE_OPEN);
	CHECK_BYTES(get_text(&f, "k"), "(none)");
	CHECK_INT(put_text(&f, "k", "again"), ERR_OK);
	fault_clear();
	fixture_release(&f);
}

/* --- no room --- */

static void
test_store_commit__keeps_min_free(void)
{
	struct fixture f;
	struct change *c;

	fixture_prepare(&f);
	f.options.min_free = UINT64_C(1) << 60; /* no disk has that */
	fixture_open(&f);
	CHECK_INT(store_ready(f.store), ERR_FULL);
	CHECK_INT(put_text(&f, "k", "v"), ERR_FULL);
	c = new_change(&f);
	change_is_housekeeping(c);
	change_delete(c, BYTES("k"));
	CHECK_INT(store_commit(f.store, c, NULL), ERR_OK);
	CHECK_BYTES(get_text(&f, "k"), "(none)");
	fixture_release(&f);
}

static void
fill(const char *path)
{
	static char block[65536];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	size_t size = sizeof block;

	while (size > 0)
		if (write(fd, block, size) <= 0)
			size /= 2;
	close(fd);
}

static void
on_a_full_disk(struct fixture *f)
{
	char path[PATH_MAX + 16];
	int n = 0, fulls = 0;

	fixture_open(f);
	MUST(put_text(f, "k", "before"));
	snprintf(path, sizeof path, "%s/filler", f->dir);
	fill(path);
	for (int i = 0; i < 100; i++) {
		char key[16];
		enum err err;

		snprintf(key, sizeof key, "k%d", i);
		err = put_text(f, key, "x");
		CHECK(err == ERR_OK || err == ERR_FULL);
		fulls += err == ERR_FULL;
		n += err == ERR_OK;
		CHECK_INT(bytes_is(get_text(f, key), "x"), err == ERR_OK);
		CHECK_BYTES(get_text(f, "k"), "before");
	}
	printf("# %d more went in, then %d were told the disk is full\n", n,
	    fulls);
	CHECK(fulls > 0);
	CHECK_INT(store_state(f->store), STORE_OPEN);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(put_text(f, "k", "after"), ERR_OK);
	fixture_reopen(f);
	CHECK_BYTES(get_text(f, "k"), "after");
	CHECK_INT(store_commit_number(f->store), n + 2);
}

static void
test_store_commit__a_full_disk_is_survived(void)
{
	struct fixture f;

	fixture_prepare(&f);
	if (mount("none", f.dir, "tmpfs", 0, "size=256k") != 0) {
		printf("# left out: mount: %s\n", strerror(errno));
	} else {
		on_a_full_disk(&f);
		store_close(f.store);
		f.store = NULL;
		CHECK_INT(umount2(f.dir, MNT_DETACH), 0);
	}
	fixture_release(&f);
}

/* --- flipped bytes --- */

struct faults_seen {
	unsigned of[VERIFY_FAULT__COUNT];
	char last[64];
};

static void
note_fault(void *context, enum verify_fault fault, struct bytes key)
{
	struct faults_seen *seen = context;

	seen->of[fault]++;
	snprintf(seen->last, sizeof seen->last, "%.*s", BYTES_ARG(key));
}

/* Find <text> in the store's file and put another byte in its place. */
static int
flip(const struct fixture *f, const char *text)
{
	char path[PATH_MAX + 16];
	struct buf buf = BUF_INIT;
	const char *at;
	int fd, flipped = 0;

	snprintf(path, sizeof path, "%s/data.mdb", f->dir);
	MUST(file_read(path, FIXTURE_MAP, &buf, NULL));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	for (struct bytes rest = buf_get(&buf);
	     (at = bytes_find(rest, bytes_of(text))) != NULL;
	     rest =
		 (struct bytes){ at + 1, (size_t)(buf.at + buf.len - at - 1) })
		flipped += pwrite(fd, "?", 1, at - buf.at) == 1;
	close(fd);
	buf_release(&buf);
	return flipped;
}

static void
test_verify_store__finds_what_is_damaged(void)
{
	struct fixture f;
	struct faults_seen seen = { .last = "" };
	struct verify verify = { .fault = note_fault, .context = &seen };
	struct change *c;

	fixture_init(&f);
	for (int i = 0; i < 500; i++) {
		char key[16], text[32];

		snprintf(key, sizeof key, "r%03d", i);
		snprintf(text, sizeof text, "the text of %03d", i);
		MUST(put_record(&f, key, text, NULL));
	}
	CHECK_INT(verify_store(f.store, &verify), ERR_OK);
	CHECK_INT(verify.faults, 0);
	CHECK_INT(verify.records, 502); /* with the store's own two */

	store_close(f.store);
	f.store = NULL;
	CHECK(flip(&f, "he text of 123") >= 1);
	fixture_open(&f);
	verify = (struct verify){ .fault = note_fault, .context = &seen };
	CHECK_INT(verify_store(f.store, &verify), ERR_OK);
	CHECK_INT(verify.faults, 1);
	CHECK_INT(seen.of[VERIFY_CHECKSUM], 1);
	CHECK(strcmp(seen.last, "r123") == 0);
	CHECK_BYTES(get_record(&f, "r123", NULL), "(damaged)");

	c = new_change(&f);
	change_put(c, BYTES("Zzz"), BYTES("of no table"));
	change_put(c, BYTES("c bad"), BYTES("not a count"));
	change_put(c, BYTES("r999"), BYTES("no header"));
	MUST(store_commit(f.store, c, NULL));
	verify = (struct verify){ .fault = note_fault, .context = &seen };
	CHECK_INT(verify_store(f.store, &verify), ERR_OK);
	CHECK_INT(verify.faults, 4);
	CHECK_INT(seen.of[VERIFY_TABLE], 1);
	CHECK_INT(seen.of[VERIFY_COUNT], 1);
	CHECK_INT(seen.of[VERIFY_CHECKSUM], 3);
	for (int i = 0; i < VERIFY_FAULT__COUNT; i++)
		CHECK(verify_fault_text((enum verify_fault)i)[0] != '\0');
	fixture_release(&f);
}

/* --- backup under load --- */

struct load {
	struct fixture *f;
	_Atomic bool stop;
	_Atomic unsigned commits;
};

/* Each change writes the same number twice. */
static void *
write_pairs(void *arg)
{
	struct load *load = arg;
	struct arena *arena = arena_create();
	static char padding[3000];

	for (unsigned i = 1; !atomic_load(&load->stop); i++) {
		struct change *c = NULL;
		char text[16];

		arena_reset(arena);
		MUST(change_create(arena, &c));
		snprintf(text, sizeof text, "%u", i);
		change_put(c, BYTES("ka"), bytes_of(text));
		change_put(c, BYTES("kpad"), (struct bytes){ padding, 3000 });
		change_put(c, BYTES("kz"), bytes_of(text));
		MUST(store_commit(load->f->store, c, NULL));
		atomic_store(&load->commits, i);
	}
	arena_destroy(arena);
	return NULL;
}

static void
test_store_copy__under_load_is_whole(void)
{
	struct fixture f;
	struct load load = { .f = &f };
	char path[PATH_MAX + 16];
	pthread_t thread;

	fixture_init(&f);
	CHECK_INT(pthread_create(&thread, NULL, write_pairs, &load), 0);
	for (int i = 0; i < 5; i++) {
		unsigned before = atomic_load(&load.commits);
		struct fixture copy;
		int64_t number;

		while (atomic_load(&load.commits) < before + 20)
			sched_yield();
		before = atomic_load(&load.commits);
		fixture_prepare(&copy);
		snprintf(path, sizeof path, "%s/data.mdb", copy.dir);
		CHECK_INT(store_copy(f.store, path, NULL), ERR_OK);
		copy.options.create = false;
		fixture_open(&copy);
		CHECK(
		    bytes_equal(get_text(&copy, "ka"), get_text(&copy, "kz")));
		CHECK_INT(bytes_to_int(get_text(&copy, "ka"), &number), ERR_OK);
		CHECK_INT(number, store_commit_number(copy.store));
		CHECK(number >= before);
		fixture_release(&copy);
	}
	atomic_store(&load.stop, true);
	pthread_join(thread, NULL);
	fixture_release(&f);
}

static void
test_store_copy__leaves_nothing_when_it_fails(void)
{
	struct fixture f;
	struct why why = { .message = "" };
	char path[PATH_MAX + 16];
	struct stat st;

	fixture_init(&f);
	MUST(put_text(&f, "k", "v"));
	snprintf(path, sizeof path, "%s/small", f.dir);
	CHECK_INT(mkdir(path, 0700), 0);
	if (mount("none", path, "tmpfs", 0, "size=4k") != 0) {
		printf("# left out: mount: %s\n", strerror(errno));
	} else {
		snprintf(path, sizeof path, "%s/small/copy", f.dir);
		CHECK_INT(store_copy(f.store, path, &why), ERR_FULL);
		CHECK(why.message[0] != '\0');
		CHECK(stat(path, &st) != 0);
		snprintf(path, sizeof path, "%s/small", f.dir);
		CHECK_INT(umount2(path, MNT_DETACH), 0);
	}
	fixture_release(&f);
}

/* --- kill -9 --- */

#define KILLED_THREADS 6
#define KILLS 5
#define LEDGER_MAX 4096 /* of one life: more than a pipe holds */

struct committer {
	pthread_t thread;
	struct fixture *f;
	int fd, id;
};

/* What is written to the ledger after each acknowledged commit. */
struct acknowledged {
	uint64_t id, commit;
	int64_t at_us;
};

static void *
commit_until_killed(void *arg)
{
	struct committer *w = arg;
	struct arena *arena = arena_create();

	for (;;) {
		struct change *c = NULL;
		struct acknowledged ack;
		char value[RECORD_HEADER_SIZE + 400] = { 0 };
		struct key key;

		arena_reset(arena);
		MUST(change_create(arena, &c));
		ack.id = store_next_id(w->f->store, 1);
		ack.at_us = store_now_us(w->f->store);
		memcpy(value + RECORD_HEADER_SIZE, &ack.id, 8);
		memcpy(value + RECORD_HEADER_SIZE + 8, &ack.at_us, 8);
		key_record(&key, 1, ack.id);
		change_guard_absent(c, key_get(&key));
		change_put_record(
		    c, key_get(&key), (struct bytes){ value, sizeof value });
		key_index(&key, 1, 1);
		key_int(&key, ack.at_us);
		key_u64(&key, ack.id);
		change_put(c, key_get(&key), BYTES_NONE);
		key_count(&key, 1);
		change_add(c, key_get(&key), 1);
		change_put_numbered(c, BYTES("e"), change_number(c), BYTES_NONE,
		    (struct bytes){ value, sizeof value }, true);
		MUST(store_commit(w->f->store, c, &ack.commit));
		if (write(w->fd, &ack, sizeof ack) != sizeof ack)
			_exit(3);
	}
	return NULL;
}

static pid_t
start_to_kill(struct fixture *f, int fds[2])
{
	struct committer workers[KILLED_THREADS];
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(fds[0]);
	f->options.clock = NULL;
	fixture_open(f);
	for (int i = 0; i < KILLED_THREADS; i++) {
		workers[i] = (struct committer){ .f = f, .fd = fds[1] };
		if (pthread_create(&workers[i].thread, NULL,
			commit_until_killed, &workers[i]) != 0)
			_exit(2);
	}
	pthread_join(workers[0].thread, NULL);
	_exit(4);
}

/* Read acknowledgements, kill the process after <enough>, read the rest. */
static size_t
kill_after(pid_t pid, int fd, size_t enough, struct acknowledged *ledger)
{
	size_t n = 0, len = 0;
	ssize_t got;
	int status;

	while ((got = read(fd, (char *)ledger + len,
		    sizeof *ledger * LEDGER_MAX - len)) > 0) {
		len += (size_t)got;
		if (n < enough && len / sizeof *ledger >= enough)
			kill(pid, SIGKILL);
		n = len / sizeof *ledger;
	}
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return n;
}

/* Each acknowledged one is there once and whole; what is there besides was
 * not acknowledged, and as whole. */
static void
check_ledger(struct fixture *f, const struct acknowledged *ledger, size_t n)
{
	struct faults_seen seen = { .last = "" };
	struct verify verify = { .fault = note_fault, .context = &seen };
	struct snapshot *s = NULL;
	struct cursor cursor;
	struct bytes key, value;
	struct key k;
	int64_t records = 0, entries = 0, events = 0, count = 0, last_us = 0;
	uint64_t last_id = 0;

	MUST(store_snapshot(f->store, &s));
	for (size_t i = 0; i < n; i++) {
		uint64_t rev = 0;

		key_record(&k, 1, ledger[i].id);
		CHECK_INT(snapshot_get(s, key_get(&k), &value), ERR_OK);
		CHECK_INT(record_check(value, &rev), ERR_OK);
		CHECK_INT(rev, ledger[i].commit);
		if (ledger[i].id > last_id)
			last_id = ledger[i].id;
		if (ledger[i].at_us > last_us)
			last_us = ledger[i].at_us;
	}
	MUST(cursor_open(s, BYTES_NONE, BYTES_NONE, FORWARD, &cursor));
	while (cursor_next(&cursor, &key, &value) == ERR_OK) {
		records += key.at[0] == KEY_RECORD;
		entries += key.at[0] == KEY_INDEX;
		events += key.at[0] == KEY_EVENT;
	}
	cursor_close(&cursor);
	key_count(&k, 1);
	MUST(snapshot_count(s, key_get(&k), &count));
	CHECK_INT(records, count);
	CHECK_INT(entries, count);
	CHECK_INT(events, count);
	CHECK_INT(snapshot_commit_number(s), count);
	snapshot_release(s);
	CHECK_INT(verify_store(f->store, &verify), ERR_OK);
	CHECK_INT(verify.faults, 0);
	/* Not again, and not earlier. */
	clock_set(&f->clock, FIXTURE_TIME_US - CLOCK_DAY_US);
	CHECK(store_next_id(f->store, 1) > last_id);
	CHECK(store_now_us(f->store) >= last_us);
}

static void
test_store_commit__loses_nothing_when_killed(void)
{
	static struct acknowledged ledger[KILLS * LEDGER_MAX];
	struct fixture f;
	size_t n = 0;

	fixture_prepare(&f);
	f.options.unsynced = false;
	for (int round = 0; round < KILLS; round++) {
		int fds[2];
		pid_t pid;

		CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
		pid = start_to_kill(&f, fds);
		close(fds[1]);
		n += kill_after(
		    pid, fds[0], 20 + 17 * (size_t)round, ledger + n);
		close(fds[0]);
		f.options.create = false;
		fixture_open(&f);
		check_ledger(&f, ledger, n);
		store_close(f.store);
		f.store = NULL;
	}
	printf("# %zu acknowledged\n", n);
	CHECK(n >= KILLS * 20);
	fixture_release(&f);
}

int
main(void)
{
	/* Damage that a test makes is no news. */
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	/* What is mounted here goes with this process. */
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	/* First, while there are no threads. */
	RUN(test_store_commit__loses_nothing_when_killed);
	RUN(test_store_commit__a_panic_drains_and_opens_again_once);
	RUN(test_store_commit__a_panic_an_hour_later_opens_again);
	RUN(test_store_commit__what_was_written_in_spite_of_a_panic_stays_whole);
	RUN(test_store__stays_closed_when_it_cannot_be_opened_again);
	RUN(test_snapshot_get__damage_drains_too);
	RUN(test_store__an_io_error_alone_is_no_damage);
	RUN(test_store_commit__keeps_min_free);
	RUN(test_store_commit__a_full_disk_is_survived);
	RUN(test_verify_store__finds_what_is_damaged);
	RUN(test_store_copy__under_load_is_whole);
	RUN(test_store_copy__leaves_nothing_when_it_fails);
	return tap_done();
}
