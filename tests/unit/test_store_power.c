/* tests/unit/test_store_power.c - the power goes away at any moment.
 *
 * What LMDB writes to its file, and when it waits for the disk, is logged
 * while a few commits are made. Then the file is put together as a disk may
 * have it after each moment: all up to the last sync is there; of what was
 * written since, everything, nothing, all but one, one alone, or the last one
 * up to any of its blocks. Each time the store opens, is whole, and has what
 * was acknowledged.
 *
 * The functions below stand before libc's for LMDB too.
 */
#include "config.h"

#include "core/base/log.h"
#include "tests/unit/store_commits.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 512 /* what a disk writes whole or not at all */
#define OPS_MAX 1000
#define IMAGE_MAX (4 * 1024 * 1024)

/* A write, or with no bytes: whatever came before is on the disk. */
struct op {
	off_t offset;
	size_t len;
	char *bytes;
};

static struct op ops[OPS_MAX];
static size_t op_count;
static struct stat logged; /* the file; st_ino is 0: none */

static bool
is_logged(int fd)
{
	struct stat st;

	return logged.st_ino != 0 && fstat(fd, &st) == 0 &&
	    st.st_ino == logged.st_ino && st.st_dev == logged.st_dev;
}

static void
add_op(off_t offset, const void *at, size_t len)
{
	struct op *op = &ops[op_count];

	if (op_count + 1 >= OPS_MAX)
		abort();
	*op = (struct op){ .offset = offset, .len = len };
	if (len > 0) {
		op->bytes = malloc(len);
		if (op->bytes == NULL)
			abort();
		memcpy(op->bytes, at, len);
	}
	op_count++;
}

/* The page that names a commit is written through a descriptor that syncs. */
static void
log_write(int fd, const void *at, ssize_t len, off_t offset)
{
	if (len <= 0 || !is_logged(fd))
		return;
	add_op(offset, at, (size_t)len);
	if ((fcntl(fd, F_GETFL) & O_DSYNC) != 0)
		add_op(0, NULL, 0);
}

ssize_t
pwrite(int fd, const void *at, size_t len, off_t offset)
{
	ssize_t n = syscall(SYS_pwrite64, fd, at, len, offset);

	log_write(fd, at, n, offset);
	return n;
}

ssize_t
pwrite64(int fd, const void *at, size_t len, off64_t offset)
{
	return pwrite(fd, at, len, offset);
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	off_t offset = lseek(fd, 0, SEEK_CUR);
	ssize_t n = syscall(SYS_writev, fd, parts, count), left = n;

	for (int i = 0; i < count && left > 0; i++) {
		ssize_t len = (ssize_t)parts[i].iov_len;

		len = len < left ? len : left;
		log_write(fd, parts[i].iov_base, len, offset);
		offset += len;
		left -= len;
	}
	return n;
}

int
fdatasync(int fd)
{
	if (is_logged(fd))
		add_op(0, NULL, 0);
	return 0;
}

int
fsync(int fd)
{
	return fdatasync(fd);
}

/* ---- putting the file together ---- */

struct image {
	size_t len;
	char bytes[IMAGE_MAX];
};

static struct image durable, state;
static enum err told[COMMITS];
static size_t acknowledged[COMMITS]; /* operations until then */
static long states;

static void
apply(struct image *image, const struct op *op, size_t len)
{
	size_t end = (size_t)op->offset + len;

	if (end > IMAGE_MAX)
		abort();
	if (len == 0)
		return;
	if (end > image->len) {
		memset(image->bytes + image->len, 0, end - image->len);
		image->len = end;
	}
	memcpy(image->bytes + op->offset, op->bytes, len);
}

static void
read_image(const char *dir, struct image *image)
{
	struct buf content = BUF_INIT;
	char path[PATH_MAX + 16];

	snprintf(path, sizeof path, "%s/data.mdb", dir);
	MUST(file_read(path, IMAGE_MAX, &content, NULL));
	memcpy(image->bytes, content.at, content.len);
	image->len = content.len;
	buf_release(&content);
}

/* Open the store in <state>, as after operation <now>, and look at all. */
static void
check_state(size_t now)
{
	struct fixture f;
	char path[PATH_MAX + 16];

	fixture_prepare(&f);
	f.options.create = false;
	snprintf(path, sizeof path, "%s/data.mdb", f.dir);
	MUST(file_replace(
	    path, 0600, (struct bytes){ state.bytes, state.len }, NULL));
	fixture_open(&f);
	for (int i = 0; i < COMMITS; i++)
		told[i] = acknowledged[i] <= now ? ERR_OK : ERR_IO;
	check_all(&f, told);
	CHECK_INT(put_text(&f, "after", "all"), ERR_OK);
	fixture_release(&f);
	states++;
}

/* All that a disk may have when operations [<synced>, <now>) are not synced. */
static void
check_moment(size_t synced, size_t now)
{
	const struct op *last = &ops[now - 1];

	for (size_t len = 0; len < last->len; len += BLOCK) {
		state = durable;
		for (size_t i = synced; i + 1 < now; i++)
			apply(&state, &ops[i], ops[i].len);
		apply(&state, last, len);
		check_state(now);
	}
	for (size_t one = synced; one < now; one++) {
		state = durable;
		apply(&state, &ops[one], ops[one].len);
		check_state(now);
		state = durable;
		for (size_t i = synced; i < now; i++)
			if (i != one)
				apply(&state, &ops[i], ops[i].len);
		check_state(now);
	}
	state = durable;
	for (size_t i = synced; i < now; i++)
		apply(&state, &ops[i], ops[i].len);
	check_state(now);
}

/* Make the commits and log what they write. */
static void
make_log(void)
{
	struct fixture f;
	char path[PATH_MAX + 16];

	fixture_prepare(&f);
	f.options.unsynced = false;
	fixture_open(&f);
	read_image(f.dir, &durable);
	snprintf(path, sizeof path, "%s/data.mdb", f.dir);
	CHECK(stat(path, &logged) == 0);
	for (int i = 0; i < COMMITS; i++) {
		MUST(commit_three(&f, i));
		acknowledged[i] = op_count;
	}
	logged.st_ino = 0;
	fixture_release(&f);
}

static void
test_store__survives_a_power_cut_at_any_moment(void)
{
	size_t synced = 0, syncs = 0;

	make_log();
	for (size_t now = 1; now <= op_count; now++) {
		if (ops[now - 1].len > 0) {
			check_moment(synced, now);
			continue;
		}
		for (size_t i = synced; i < now; i++)
			apply(&durable, &ops[i], ops[i].len);
		synced = now;
		syncs++;
		state = durable;
		check_state(now);
	}
	printf("# %zu operations, %zu syncs, %ld states\n", op_count, syncs,
	    states);
	CHECK(syncs >= 2 * COMMITS); /* what it says before how it is called */
	CHECK(states > 500);
}

int
main(void)
{
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	RUN(test_store__survives_a_power_cut_at_any_moment);
	for (size_t i = 0; i < op_count; i++)
		free(ops[i].bytes);
	return tap_done();
}
