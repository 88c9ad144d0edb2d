/* tests/unit/test_store_io.c - every write and sync of LMDB fails once, with
 * an error or half done: what was acknowledged is there, and whole.
 *
 * The functions below stand before libc's for LMDB too.
 */
#include "config.h"

#include "core/base/log.h"
#include "tests/unit/store_commits.h"

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
