/* tests/unit/test_store_io.c - every write and sync of LMDB fails once, with
 * an error or half done: what was acknowledged is there, and whole.
 *
 * The functions below stand before libc's for LMDB too.
 */
#include "config.h"

#include "core/base/log.h"
#include "core/store/verify.h"
#include "tests/unit/store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum way {
	WAY_EIO = 0,
	WAY_ENOSPC,
	WAY_SHORT, /* half of it is written */
	WAY__COUNT
};

static const char *const way_names[WAY__COUNT] = { "EIO", "ENOSPC", "short" };

static _Atomic long calls, fail_from, fail_to; /* from <= call < to */
static _Atomic int fail_way;

static bool
fails(void)
{
	long call = atomic_fetch_add(&calls, 1) + 1;

	return call >= atomic_load(&fail_from) && call < atomic_load(&fail_to);
}

static ssize_t
failed(void)
{
	errno = atomic_load(&fail_way) == WAY_ENOSPC ? ENOSPC : EIO;
	return -1;
}

ssize_t
pwrite(int fd, const void *at, size_t len, off_t offset)
{
	if (fails()) {
		if (atomic_load(&fail_way) != WAY_SHORT)
			return failed();
		len /= 2;
	}
	return syscall(SYS_pwrite64, fd, at, len, offset);
}

ssize_t
pwrite64(int fd, const void *at, size_t len, off64_t offset)
{
	return pwrite(fd, at, len, offset);
}

ssize_t
writev(int fd, const struct iovec *parts, int n)
{
	if (fails()) {
		if (atomic_load(&fail_way) != WAY_SHORT)
			return failed();
		n = (n + 1) / 2;
	}
	return syscall(SYS_writev, fd, parts, n);
}

int
fdatasync(int fd)
{
	if (fails() && atomic_load(&fail_way) != WAY_SHORT)
		return (int)failed();
	return 0; /* a power cut is not tried here, only what is told */
}

#define COMMITS 8

/* Commit <i> writes its number to three places, far from each other. */
static enum err
commit_three(struct fixture *f, int i)
{
	static char padding[2500];
	struct change *c = new_change(f);
	char text[24];

	snprintf(text, sizeof text, "%d", i);
	for (char k = 'a'; k <= 'c'; k++) {
		char key[32];

		snprintf(key, sizeof key, "k%c%d", k, i);
		change_put(c, bytes_of(key), bytes_of(text));
		snprintf(key, sizeof key, "k%cpad%d", k, i);
		change_put(c, bytes_of(key),
		    (struct bytes){ padding, sizeof padding });
	}
	change_put_record(c, BYTES("r1"), record_of(f, text));
	change_add(c, BYTES("c1"), 1);
	return store_commit(f->store, c, NULL);
}

static void
no_fault(void *context, enum verify_fault fault, struct bytes key)
{
	(void)context;
	printf("# %.*s: %s\n", BYTES_ARG(key), verify_fault_text(fault));
}

/* <told> is what each commit answered. */
static void
check_all(struct fixture *f, const enum err told[COMMITS])
{
	struct verify verify = { .fault = no_fault };
	int64_t there = 0;

	for (int i = 0; i < COMMITS; i++) {
		int parts = 0;

		for (char k = 'a'; k <= 'c'; k++) {
			char key[32];

			snprintf(key, sizeof key, "k%c%d", k, i);
			parts += !bytes_is(get_text(f, key), "(none)");
		}
		CHECK(parts == 0 || parts == 3);
		CHECK(parts == 3 || told[i] != ERR_OK);
		/* Only after ERR_IO it may be there nevertheless. */
		CHECK(parts == 0 || told[i] == ERR_OK || told[i] == ERR_IO);
		there += parts == 3;
	}
	CHECK_INT(get_count(f, "c1"), there);
	CHECK_INT(store_commit_number(f->store), there);
	CHECK_INT(verify_store(f->store, &verify), ERR_OK);
	CHECK_INT(verify.faults, 0);
}

/* Returns false when fewer than <nth> calls were made. */
static bool
try(enum way way, long nth, long times, unsigned seen[ERR__COUNT])
{
	enum err told[COMMITS];
	struct fixture f;
	bool reached;

	fixture_prepare(&f);
	f.options.unsynced = false;
	fixture_open(&f);
	atomic_store(&fail_way, (int)way);
	atomic_store(&calls, 0);
	atomic_store(&fail_to, nth + times);
	atomic_store(&fail_from, nth);
	for (int i = 0; i < COMMITS; i++) {
		told[i] = commit_three(&f, i);
		seen[told[i]]++;
	}
	atomic_store(&fail_to, 0);
	reached = atomic_load(&calls) >= nth;
	if (store_state(f.store) == STORE_OPEN)
		check_all(&f, told);
	fixture_reopen(&f);
	check_all(&f, told);
	CHECK_INT(put_text(&f, "after", "all"), ERR_OK);
	fixture_release(&f);
	return reached;
}

static void
sweep(enum way way, long times)
{
	unsigned seen[ERR__COUNT] = { 0 };
	long n = 1;

	while (n < 1000 && try(way, n, times, seen))
		n++;
	CHECK(n > COMMITS * 3 && n < 1000);
	printf("# %s, %ld at once, %ld places:", way_names[way], times, n - 1);
	for (int i = 0; i < ERR__COUNT; i++)
		if (seen[i] > 0)
			printf(" %s %u", err_name((enum err)i), seen[i]);
	printf("\n");
	CHECK(seen[ERR_OK] > 0);
	/* A sync cannot be half done. */
	CHECK(seen[ERR_IO] + seen[ERR_FULL] >=
	    (unsigned)n - 1 - (way == WAY_SHORT ? COMMITS : 0));
}

static void
test_store_commit__one_write_fails(void)
{
	for (int way = 0; way < WAY__COUNT; way++)
		sweep((enum way)way, 1);
}

static void
test_store_commit__many_writes_fail(void)
{
	for (int way = 0; way < WAY__COUNT; way++)
		sweep((enum way)way, 25);
}

int
main(void)
{
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	RUN(test_store_commit__one_write_fails);
	RUN(test_store_commit__many_writes_fail);
	return tap_done();
}
