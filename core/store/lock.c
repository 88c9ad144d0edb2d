/* core/store/lock.c - one process owns a site while it is open.
 *
 * A lock on the file "lock" in the site's folder, held by the open
 * description (fcntl(2), F_OFD_SETLK): it goes with the last descriptor, so
 * with the process, and unlike F_SETLK is not lost when another part of the
 * process closes the file. The file's content, the owner's pid, is for people
 * and for those who would ask the owner; it decides nothing.
 */
#include "config.h"

#include "core/base/clock.h"
#include "core/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 10

struct store_lock {
	int fd;
};

static bool
lock_path(const char *dir, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/lock", dir) < PATH_MAX;
}

static int
pid_read(int fd)
{
	char text[24];
	ssize_t got = pread(fd, text, sizeof text - 1, 0);

	if (got <= 0)
		return 0;
	text[got] = '\0';
	return atoi(text);
}

static void
pid_write(int fd)
{
	char text[24];
	int len = snprintf(text, sizeof text, "%d\n", (int)getpid());

	/* It decides nothing: a full disk does not keep a site closed. */
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
		(void)ftruncate(fd, 0);
}

/* ERR_OK, ERR_BUSY or ERR_IO. */
static enum err
lock_try(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
		return ERR_OK;
	return errno == EAGAIN || errno == EACCES ? ERR_BUSY : ERR_IO;
}

static enum err
lock_wait(int fd, int wait_ms)
{
	int64_t until = clock_monotonic_us() + (int64_t)wait_ms * 1000;
	enum err err;

	while ((err = lock_try(fd)) == ERR_BUSY && clock_monotonic_us() < until)
		nanosleep(
		    &(struct timespec){ .tv_nsec = RETRY_MS * 1000000 }, NULL);
	return err;
}

enum err
store_lock(
    const char *dir, int wait_ms, struct store_lock **out, struct why *why)
{
	struct store_lock *lock;
	char path[PATH_MAX];
	enum err err;
	int fd;

	if (!lock_path(dir, path))
		return why_set(why, ERR_INVALID, NULL,
		    N_("The path is too long: {name}"), 0, dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return why_set(why,
		    errno == ENOENT || errno == ENOTDIR   ? ERR_NOT_FOUND :
			errno == EACCES || errno == EROFS ? ERR_DENIED :
							    ERR_IO,
		    NULL, N_("The site's lock cannot be opened: {name}"), errno,
		    path);
	err = lock_wait(fd, wait_ms);
	if (err != ERR_OK) {
		err = why_set(why, err, NULL,
		    err == ERR_BUSY ?
			N_("Another process (pid {n}) has the site open: "
			   "{name}") :
			N_("The site's lock cannot be taken: {name}"),
		    err == ERR_BUSY ? pid_read(fd) : errno, dir);
		close(fd);
		return err;
	}
	lock = malloc(sizeof *lock);
	if (lock == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	pid_write(fd);
	lock->fd = fd;
	*out = lock;
	return ERR_OK;
}

void
store_unlock(struct store_lock *lock)
{
	struct flock whole = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	if (lock == NULL)
		return;
	(void)ftruncate(lock->fd, 0);
	/* Closing is not enough: until it has become its own program, a child
	 * that another thread starts just now has the descriptor, too. */
	(void)fcntl(lock->fd, F_OFD_SETLK, &whole);
	close(lock->fd);
	free(lock);
}

int
store_owner(const char *dir)
{
	struct flock whole = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];
	int pid = 0;
	int fd;

	if (!lock_path(dir, path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	if (fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK)
		pid = pid_read(fd);
	close(fd);
	return pid;
}
