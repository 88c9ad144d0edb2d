/* tests/unit/test_store.c - opening, snapshots, ids, time, lock and copies. */
#include "config.h"

#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- opening --- */

static void
test_store_open__tells_why_not(void)
{
	struct fixture f;
	struct store *store = NULL;
	struct why why = { .message = "" };
	char path[PATH_MAX + 16];
	FILE *file;

	fixture_prepare(&f);
	f.options.create = false;
	CHECK_INT(store_open(&f.options, &store, &why), ERR_NOT_FOUND);
	CHECK(why.message[0] != '\0');
	f.options.dir = "/nonexistent/folder";
	CHECK_INT(store_open(&f.options, &store, &why), ERR_NOT_FOUND);

	f.options.dir = f.dir;
	f.options.create = true;
	fixture_open(&f);
	store_close(f.store);
	f.store = NULL;
	f.options.create = true;
	CHECK_INT(store_open(&f.options, &store, &why), ERR_EXISTS);

	snprintf(path, sizeof path, "%s/data.mdb", f.dir);
	f.options.create = false;
	CHECK_INT(chmod(path, 0620), 0);
	CHECK_INT(store_open(&f.options, &store, &why), ERR_DENIED);
	CHECK_INT(chmod(path, 0600), 0);
	CHECK_INT(truncate(path, 8192), 0);
	CHECK_INT(store_open(&f.options, &store, &why), ERR_CORRUPT);

	file = fopen(path, "w");
	for (int i = 0; i < 8192; i++)
		fputs("not a store", file);
	fclose(file);
	CHECK_INT(store_open(&f.options, &store, &why), ERR_INVALID);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(symlink("/etc/passwd", path), 0);
	CHECK_INT(store_open(&f.options, &store, &why), ERR_DENIED);
	CHECK(store == NULL);
	fixture_release(&f);
}

/* The store's first record, rewritten with another format. */
static void
set_format(struct fixture *f, uint32_t format)
{
	struct bytes old = get_text(f, "mstore");
	struct change *c = new_change(f);
	char *value = arena_alloc(f->arena, old.len);

	memcpy(value, old.at, old.len);
	memcpy(value + RECORD_HEADER_SIZE, &format, sizeof format);
	change_put_record(c, BYTES("mstore"), (struct bytes){ value, old.len });
	MUST(store_commit(f->store, c, NULL));
}

static void
test_store_open__refuses_a_newer_format(void)
{
	struct fixture f;
	struct store *store = NULL;
	struct why why = { .message = "" };

	fixture_init(&f);
	set_format(&f, STORE_FORMAT + 1);
	store_close(f.store);
	f.store = NULL;
	CHECK_INT(store_open(&f.options, &store, &why), ERR_NEWER);
	CHECK_INT(why.n, STORE_FORMAT + 1);
	f.options.read_only = true;
	CHECK_INT(store_open(&f.options, &store, &why), ERR_NEWER);
	fixture_release(&f);
}

/* Its owner marks an older store, so that an older program stays away from
 * what is written from now on; who only reads does not. */
static void
test_store_open__marks_an_older_format(void)
{
	struct fixture f;
	struct why why = { .message = "" };
	uint32_t format = 0;

	fixture_init(&f);
	set_format(&f, STORE_FORMAT - 1);
	for (int is_owner = 0; is_owner < 2; is_owner++) {
		store_close(f.store);
		f.store = NULL;
		f.options.read_only = !is_owner;
		MUST(store_open(&f.options, &f.store, &why));
		memcpy(&format, get_text(&f, "mstore").at + RECORD_HEADER_SIZE,
		    sizeof format);
		CHECK_INT(format, STORE_FORMAT - !is_owner);
	}
	fixture_release(&f);
}

static void
test_store_open__refuses_lmdb_of_others(void)
{
	struct fixture f;
	struct store *store = NULL;
	struct change *c;

	fixture_init(&f);
	c = new_change(&f);
	change_delete(c, BYTES("mstore"));
	MUST(store_commit(f.store, c, NULL));
	store_close(f.store);
	f.store = NULL;
	CHECK_INT(store_open(&f.options, &store, NULL), ERR_INVALID);
	fixture_release(&f);
}

static void
test_store_site_id__stays_with_the_store(void)
{
	struct fixture a, b;
	char id[33];

	fixture_init(&a);
	fixture_init(&b);
	CHECK_INT(strlen(store_site_id(a.store)), 32);
	CHECK_INT(strspn(store_site_id(a.store), "0123456789abcdef"), 32);
	CHECK(strcmp(store_site_id(a.store), store_site_id(b.store)) != 0);
	snprintf(id, sizeof id, "%s", store_site_id(a.store));
	clock_advance(&a.clock, CLOCK_DAY_US);
	fixture_reopen(&a);
	CHECK(strcmp(store_site_id(a.store), id) == 0);
	CHECK_INT(store_created_us(a.store), FIXTURE_TIME_US);
	fixture_release(&a);
	fixture_release(&b);
}

/* --- snapshots --- */

static void
test_store_snapshot__sees_one_moment(void)
{
	struct fixture f;
	struct snapshot *s = NULL;
	struct bytes value;

	fixture_init(&f);
	MUST(put_text(&f, "k", "old"));
	MUST(store_snapshot(f.store, &s));
	CHECK_INT(snapshot_commit_number(s), 1);
	MUST(put_text(&f, "k", "new"));
	CHECK_INT(snapshot_get(s, BYTES("k"), &value), ERR_OK);
	CHECK_BYTES(value, "old");
	CHECK_INT(snapshot_commit_number(s), 1);
	CHECK(snapshot_store(s) == f.store);
	CHECK(!snapshot_is_old(s));
	CHECK_INT(snapshot_renew(&s), ERR_OK);
	CHECK_INT(snapshot_get(s, BYTES("k"), &value), ERR_OK);
	CHECK_BYTES(value, "new");
	CHECK_INT(snapshot_commit_number(s), 2);
	snapshot_release(s);
	snapshot_release(NULL);
	fixture_release(&f);
}

static void
test_snapshot_get__refuses_keys_that_did_not_fit(void)
{
	static char long_text[KEY_MAX];
	struct fixture f;
	struct snapshot *s = NULL;
	struct cursor cursor = { .at = NULL };
	struct bytes value;
	struct key key;

	fixture_init(&f);
	MUST(store_snapshot(f.store, &s));
	key_begin(&key, KEY_RECORD);
	key_raw(&key, long_text, sizeof long_text);
	CHECK_INT(snapshot_get(s, key_get(&key), &value), ERR_INVALID);
	CHECK_INT(snapshot_get(s, BYTES_NONE, &value), ERR_INVALID);
	CHECK_INT(cursor_open(s, key_get(&key), BYTES_NONE, FORWARD, &cursor),
	    ERR_INVALID);
	CHECK_INT(cursor_open_prefix(s, key_get(&key), FORWARD, &cursor),
	    ERR_INVALID);
	cursor_close(&cursor);
	snapshot_release(s);
	fixture_release(&f);
}

static void
test_store_snapshot__too_many_are_busy(void)
{
	struct fixture f;
	struct snapshot *s[1000];
	enum err err = ERR_OK;
	int n = 0;

	fixture_prepare(&f);
	f.options.threads = 1;
	fixture_open(&f);
	while (n < 1000 && (err = store_snapshot(f.store, &s[n])) == ERR_OK)
		n++;
	CHECK_INT(err, ERR_BUSY);
	CHECK(n >= 200 && n < 1000);
	CHECK_INT(put_text(&f, "k", "v"), ERR_OK);
	snapshot_release(s[--n]);
	CHECK_INT(store_snapshot(f.store, &s[n]), ERR_OK);
	n++;
	while (n > 0)
		snapshot_release(s[--n]);
	fixture_release(&f);
}

/* --- ids and time --- */

static void
test_store_next_id__never_gives_a_committed_one_again(void)
{
	struct fixture f;
	uint64_t id;

	fixture_init(&f);
	CHECK_INT(store_next_id(f.store, 0), 1);
	CHECK_INT(store_next_id(f.store, 0), 2);
	CHECK_INT(store_next_id(f.store, 255), 1);
	MUST(put_text(&f, "k", "v"));
	fixture_reopen(&f);
	CHECK_INT(store_next_id(f.store, 0), 3);
	CHECK_INT(store_next_id(f.store, 255), 2);
	store_raise_id(f.store, 7, 1000);
	store_raise_id(f.store, 7, 10);
	CHECK_INT(store_next_id(f.store, 7), 1001);
	MUST(put_text(&f, "k", "w"));
	id = store_next_id(f.store, 7); /* given, but to no commit */
	CHECK_INT(id, 1002);
	fixture_reopen(&f);
	CHECK_INT(store_next_id(f.store, 7), 1002);
	fixture_release(&f);
}

static void
test_store_now_us__never_goes_back(void)
{
	struct fixture f;

	fixture_init(&f);
	CHECK_INT(store_now_us(f.store), FIXTURE_TIME_US);
	clock_advance(&f.clock, 5);
	CHECK_INT(store_now_us(f.store), FIXTURE_TIME_US + 5);
	clock_set(&f.clock, FIXTURE_TIME_US - CLOCK_DAY_US);
	CHECK_INT(store_now_us(f.store), FIXTURE_TIME_US + 5);
	MUST(put_text(&f, "k", "v"));
	fixture_reopen(&f);
	CHECK_INT(store_now_us(f.store), FIXTURE_TIME_US + 5);
	clock_set(&f.clock, FIXTURE_TIME_US + 6);
	CHECK_INT(store_now_us(f.store), FIXTURE_TIME_US + 6);
	fixture_release(&f);
}

/* --- what is written later --- */

static void
test_store_put_later__rides_with_the_next_commit(void)
{
	struct fixture f;
	struct bytes value;

	fixture_init(&f);
	CHECK_INT(store_flush(f.store), ERR_OK);
	CHECK_INT(store_get_later(f.store, f.arena, BYTES("v1"), &value),
	    ERR_NOT_FOUND);
	MUST(store_put_later(f.store, BYTES("v1"), BYTES("old")));
	MUST(store_put_later(f.store, BYTES("v2"), BYTES("two")));
	MUST(store_put_later(f.store, BYTES("v1"), BYTES("newer")));
	MUST(store_get_later(f.store, f.arena, BYTES("v1"), &value));
	CHECK_BYTES(value, "newer");
	CHECK_BYTES(get_text(&f, "v1"), "(none)");
	MUST(put_text(&f, "k", "v"));
	CHECK_BYTES(get_text(&f, "v1"), "newer");
	CHECK_BYTES(get_text(&f, "v2"), "two");
	CHECK_INT(store_get_later(f.store, f.arena, BYTES("v1"), &value),
	    ERR_NOT_FOUND);
	fixture_release(&f);
}

static void
test_store_flush__needs_no_commit_number(void)
{
	struct fixture f;
	struct store_status status;

	fixture_init(&f);
	MUST(put_text(&f, "k", "v"));
	MUST(store_put_later(f.store, BYTES("v1"), BYTES("seen")));
	MUST(store_flush(f.store));
	CHECK_BYTES(get_text(&f, "v1"), "seen");
	CHECK_INT(store_commit_number(f.store), 1);
	MUST(store_flush(f.store));
	MUST(store_status(f.store, &status));
	CHECK_INT(status.batches, 2);
	CHECK_INT(status.commits, 1);
	fixture_reopen(&f);
	CHECK_BYTES(get_text(&f, "v1"), "seen");
	CHECK_INT(store_commit_number(f.store), 1);
	fixture_release(&f);
}

static void
test_store_put_later__is_bounded(void)
{
	struct fixture f;
	char key[24];
	enum err err = ERR_OK;
	int n = 0;

	fixture_init(&f);
	for (; err == ERR_OK && n < 10000; n++) {
		snprintf(key, sizeof key, "v%d", n);
		err = store_put_later(f.store, bytes_of(key), BYTES("x"));
	}
	CHECK_INT(err, ERR_LIMIT);
	CHECK_INT(n, 4097);
	CHECK_INT(
	    store_put_later(f.store, BYTES("v0"), BYTES("again")), ERR_OK);
	MUST(store_flush(f.store));
	CHECK_BYTES(get_text(&f, "v0"), "again");
	CHECK_BYTES(get_text(&f, "v4095"), "x");
	CHECK_INT(store_put_later(f.store, bytes_of(key), BYTES("x")), ERR_OK);
	fixture_release(&f);
}

/* --- the lock --- */

/* A process that does <work> with one end of a socket and exits with what it
 * returns; *<fd> is the other end. To be called before a store is open. */
static pid_t
spawn(int (*work)(struct fixture *f, int fd), struct fixture *f, int *fd)
{
	int pair[2];
	pid_t pid;

	fflush(stdout);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		must(ERR_IO, "socketpair");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		_exit(work(f, pair[1]));
	}
	close(pair[1]);
	*fd = pair[0];
	return pid;
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Hold the lock until the other end of <fd> is closed. */
static int
hold_lock(struct fixture *f, int fd)
{
	struct store_lock *lock = NULL;
	char byte = 'x';

	if (store_lock(f->dir, 0, &lock, NULL) != ERR_OK)
		return 1;
	if (write(fd, &byte, 1) != 1)
		return 2;
	(void)!read(fd, &byte, 1);
	return 0;
}

/* Keep what was inherited until the other end of <fd> is closed. */
static int
hold_descriptors(struct fixture *f, int fd)
{
	char byte;

	(void)f;
	(void)!read(fd, &byte, 1);
	return 0;
}

static void
test_store_unlock__does_not_wait_for_children(void)
{
	struct fixture f;
	struct store_lock *lock = NULL;
	int fd;
	pid_t pid;

	fixture_prepare(&f);
	MUST(store_lock(f.dir, 0, &lock, NULL));
	pid = spawn(hold_descriptors, &f, &fd);
	store_unlock(lock);
	lock = NULL;
	CHECK_INT(store_lock(f.dir, 0, &lock, NULL), ERR_OK);
	store_unlock(lock);
	close(fd);
	CHECK_INT(wait_for(pid), 0);
	fixture_release(&f);
}

static void
test_store_lock__lets_one_process_own_a_site(void)
{
	struct fixture f;
	struct store_lock *lock = NULL, *second = NULL;
	struct why why = { .message = "" };
	char byte;
	int fd;
	pid_t pid;

	fixture_prepare(&f);
	CHECK_INT(store_owner(f.dir), 0);
	CHECK_INT(store_lock("/nonexistent", 0, &lock, &why), ERR_NOT_FOUND);
	pid = spawn(hold_lock, &f, &fd);
	CHECK_INT(read(fd, &byte, 1), 1);

	CHECK_INT(store_lock(f.dir, 0, &lock, &why), ERR_BUSY);
	CHECK_INT(why.n, pid);
	CHECK_INT(store_owner(f.dir), pid);
	CHECK_INT(store_lock(f.dir, 30, &lock, &why), ERR_BUSY);
	CHECK(lock == NULL);
	close(fd); /* it goes while we wait */
	CHECK_INT(store_lock(f.dir, 10000, &lock, &why), ERR_OK);
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(store_owner(f.dir), getpid());
	CHECK_INT(store_lock(f.dir, 0, &second, &why), ERR_BUSY);
	CHECK_INT(why.n, getpid());
	CHECK(second == NULL);
	store_unlock(lock);
	CHECK_INT(store_owner(f.dir), 0);
	store_unlock(NULL);
	fixture_release(&f);
}

/* --- beside the owner --- */

/* Wait for a byte, then read what the owner wrote; write nothing. */
static int
read_beside(struct fixture *f, int fd)
{
	struct store_options options = f->options;
	struct change *c = NULL;
	char path[PATH_MAX + 16];
	char byte = 'x';

	if (read(fd, &byte, 1) != 1)
		return 1;
	options.create = false;
	options.read_only = true;
	if (store_open(&options, &f->store, NULL) != ERR_OK)
		return 2;
	if (!bytes_is(get_text(f, "k"), "one"))
		return 3;
	if (change_create(f->arena, &c) != ERR_OK)
		return 4;
	change_put(c, BYTES("k"), BYTES("mine"));
	if (store_commit(f->store, c, NULL) != ERR_DENIED ||
	    store_put_later(f->store, BYTES("k"), BYTES("x")) != ERR_DENIED)
		return 5;
	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		return 6;
	if (!bytes_is(get_text(f, "k"), "two"))
		return 7;
	snprintf(path, sizeof path, "%s/copy", f->dir);
	if (store_copy(f->store, path, NULL) != ERR_OK)
		return 8;
	store_close(f->store);
	return 0;
}

static void
test_store_open__read_only_beside_the_owner(void)
{
	struct fixture f;
	char byte = 'x';
	int fd;
	pid_t pid;

	fixture_prepare(&f);
	pid = spawn(read_beside, &f, &fd);
	fixture_open(&f);
	MUST(put_text(&f, "k", "one"));
	CHECK_INT(write(fd, &byte, 1), 1);
	CHECK_INT(read(fd, &byte, 1), 1);
	MUST(put_text(&f, "k", "two"));
	CHECK_INT(write(fd, &byte, 1), 1);
	CHECK_INT(wait_for(pid), 0);
	CHECK_BYTES(get_text(&f, "k"), "two");
	close(fd);
	fixture_release(&f);
}

/* Take a snapshot, say so, and hold it until killed. */
static int
hold_snapshot(struct fixture *f, int fd)
{
	struct store_options options = f->options;
	struct snapshot *s;
	char byte = 'x';

	if (read(fd, &byte, 1) != 1)
		return 1;
	options.create = false;
	options.read_only = true;
	if (store_open(&options, &f->store, NULL) != ERR_OK ||
	    store_snapshot(f->store, &s) != ERR_OK)
		return 2;
	if (write(fd, &byte, 1) != 1)
		return 3;
	pause();
	return 4;
}

static void
test_store_clear_stale__forgets_the_dead(void)
{
	struct fixture f;
	int fd, count = -1;
	char byte = 'x';
	pid_t pid;

	fixture_prepare(&f);
	pid = spawn(hold_snapshot, &f, &fd);
	fixture_open(&f);
	MUST(put_text(&f, "k", "one"));
	CHECK_INT(write(fd, &byte, 1), 1);
	CHECK_INT(read(fd, &byte, 1), 1);
	MUST(store_clear_stale(f.store, &count));
	CHECK_INT(count, 0); /* it lives */
	kill(pid, SIGKILL);
	CHECK_INT(wait_for(pid), -SIGKILL);
	MUST(store_clear_stale(f.store, &count));
	CHECK(count >= 1);
	MUST(store_clear_stale(f.store, &count));
	CHECK_INT(count, 0);
	close(fd);
	fixture_release(&f);
}

/* --- copies --- */

static void
test_store_copy__is_a_store_of_that_moment(void)
{
	struct fixture f, copy;
	struct why why = { .message = "" };
	char path[PATH_MAX + 16];

	fixture_init(&f);
	fixture_prepare(&copy);
	MUST(put_text(&f, "k", "before"));
	store_raise_id(f.store, 3, 77);
	MUST(put_text(&f, "l", "before"));
	snprintf(path, sizeof path, "%s/data.mdb", copy.dir);
	CHECK_INT(store_copy(f.store, path, &why), ERR_OK);
	CHECK_INT(store_copy(f.store, path, &why), ERR_EXISTS);
	MUST(put_text(&f, "k", "after"));
	copy.options.create = false;
	fixture_open(&copy);
	CHECK_BYTES(get_text(&copy, "k"), "before");
	CHECK(strcmp(store_site_id(copy.store), store_site_id(f.store)) == 0);
	CHECK_INT(store_commit_number(copy.store), 2);
	CHECK_INT(store_next_id(copy.store, 3), 78);
	MUST(put_text(&copy, "k", "its own"));
	CHECK_BYTES(get_text(&f, "k"), "after");
	CHECK_INT(store_copy(f.store, "/nonexistent/x", &why), ERR_IO);
	fixture_release(&f);
	fixture_release(&copy);
}

static void
test_store_status__counts(void)
{
	struct fixture f;
	struct store_status status;
	struct snapshot *s;

	fixture_init(&f);
	MUST(put_text(&f, "k", "v"));
	MUST(store_snapshot(f.store, &s));
	MUST(store_status(f.store, &status));
	CHECK_INT(status.space.size_bytes, FIXTURE_MAP);
	CHECK(status.space.used_bytes > 0);
	CHECK(status.disk_free > 0);
	CHECK_INT(status.commits, 1);
	CHECK_INT(status.snapshots, 1);
	CHECK_INT(status.waiting, 0);
	CHECK_INT(store_ready(f.store), ERR_OK);
	CHECK_INT(store_state(f.store), STORE_OPEN);
	CHECK_INT(store_trouble(f.store), ERR_OK);
	snapshot_release(s);
	fixture_release(&f);
}

int
main(void)
{
	RUN(test_store_open__tells_why_not);
	RUN(test_store_open__refuses_a_newer_format);
	RUN(test_store_open__marks_an_older_format);
	RUN(test_store_open__refuses_lmdb_of_others);
	RUN(test_store_site_id__stays_with_the_store);
	RUN(test_store_snapshot__sees_one_moment);
	RUN(test_snapshot_get__refuses_keys_that_did_not_fit);
	RUN(test_store_snapshot__too_many_are_busy);
	RUN(test_store_next_id__never_gives_a_committed_one_again);
	RUN(test_store_now_us__never_goes_back);
	RUN(test_store_put_later__rides_with_the_next_commit);
	RUN(test_store_flush__needs_no_commit_number);
	RUN(test_store_put_later__is_bounded);
	RUN(test_store_lock__lets_one_process_own_a_site);
	RUN(test_store_unlock__does_not_wait_for_children);
	RUN(test_store_open__read_only_beside_the_owner);
	RUN(test_store_clear_stale__forgets_the_dead);
	RUN(test_store_copy__is_a_store_of_that_moment);
	RUN(test_store_status__counts);
	return tap_done();
}
