/* core/base/file.c - whole files and folders. */
#include "config.h"
#include "core/base/file.h"

#include "core/base/random.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64 /* folders below the one that is removed */

enum err
file_err(int number)
{
	switch (number) {
	case ENOENT: return ERR_NOT_FOUND;
	case ENOMEM: return ERR_NOMEM;
	case ENOSPC:
	case EDQUOT:
	case EFBIG: return ERR_FULL;
	default: return ERR_IO;
	}
}

/* errno as an error, with path and reason in <why>. */
static enum err
fail(const char *path, struct why *why)
{
	int number = errno;
	char detail[sizeof why->name];

	snprintf(detail, sizeof detail, "%s: %s", path, strerror(number));
	return why_set(why, file_err(number), NULL, N_("{name}"), 0, detail);
}

static enum err
read_open_file(
    int fd, const char *path, size_t max, struct buf *out, struct why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail(path, why);
	if (!S_ISREG(st.st_mode))
		return why_set(why, ERR_INVALID, NULL,
		    N_("{name} is not a file."), 0, path);
	for (size_t total = 0;;) {
		/* the whole of it, and a byte in which its end shows */
		size_t whole = (size_t)st.st_size + 1;
		size_t room = total < whole ? whole - total : 65536;
		ssize_t n;

		if (room > max - total + 1)
			room = max - total + 1;
		if (!buf_reserve(out, room))
			return why_set(why, ERR_NOMEM, NULL,
			    err_message(ERR_NOMEM), 0, NULL);
		n = read(fd, out->at + out->len, room);
		if (n == 0)
			return ERR_OK;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(path, why);
		total += (size_t)n;
		if (total > max)
			return why_set(why, ERR_LIMIT, NULL,
			    N_("{name} is over {n} bytes."), (int64_t)max,
			    path);
		out->len += (size_t)n;
	}
}

enum err
file_read(const char *path, size_t max, struct buf *out, struct why *why)
{
	size_t before = out->len;
	/* Without O_NONBLOCK, opening a named pipe would wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum err err;

	if (fd < 0)
		return fail(path, why);
	err = read_open_file(fd, path, max, out, why);
	if (err != ERR_OK)
		out->len = before;
	close(fd);
	return err;
}

enum err
file_write_all(int fd, const void *at, size_t len)
{
	const char *p = at;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_err(errno);
		p += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

enum err
file_sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = ERR_OK;

	if (fd < 0)
		return file_err(errno);
	if (fsync(fd) != 0)
		err = file_err(errno);
	close(fd);
	return err;
}

/* The folder that <path> lies in, into <out> of PATH_MAX bytes. */
static bool
folder_of(const char *path, char *out)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 1 : (size_t)(slash - path);

	if (len == 0) /* directly below the root */
		len = 1;
	if (len >= PATH_MAX)
		return false;
	memcpy(out, slash == NULL ? "." : path, len);
	out[len] = '\0';
	return true;
}

enum err
file_replace(
    const char *path, mode_t mode, struct bytes content, struct why *why)
{
	char temp[PATH_MAX], folder[PATH_MAX];
	bool written = false;
	enum err err;
	int fd = -1;
	int len = snprintf(temp, sizeof temp, "%s.%016llx", path,
	    (unsigned long long)random_u64());

	errno = ENAMETOOLONG;
	if (len < 0 || (size_t)len >= sizeof temp || !folder_of(path, folder))
		return fail(path, why);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return fail(temp, why);
	/* fchmod: the umask shall not decide who reads a key or a setting. */
	if (file_write_all(fd, content.at, content.len) != ERR_OK ||
	    fchmod(fd, mode) != 0 || fsync(fd) != 0)
		goto out;
	written = close(fd) == 0;
	fd = -1;
	if (!written)
		goto out;
	written = rename(temp, path) == 0 && file_sync_folder(folder) == ERR_OK;
out:
	err = written ? ERR_OK : fail(path, why);
	if (fd >= 0)
		close(fd);
	if (!written)
		unlink(temp); /* gone already if only the last sync failed */
	return err;
}

enum err
file_make_folders(const char *path, mode_t mode, struct why *why)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	struct stat st;

	if (len >= sizeof part) {
		errno = ENAMETOOLONG;
		return fail(path, why);
	}
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, mode) == 0 || errno == EEXIST)
			continue;
		/* A folder that is there but not ours to make, as "/". */
		if (stat(part, &st) != 0 || !S_ISDIR(st.st_mode))
			return fail(part, why);
	}
	if (stat(path, &st) != 0)
		return fail(path, why);
	if (!S_ISDIR(st.st_mode))
		return why_set(why, ERR_INVALID, NULL,
		    N_("{name} is not a folder."), 0, path);
	return ERR_OK;
}

/* Remove what is in the folder <fd>, which it closes. */
static bool
empty_folder(int fd, int depth)
{
	DIR *dir = depth <= DEPTH_MAX ? fdopendir(fd) : NULL;
	struct dirent *entry;
	bool ok = true;

	if (dir == NULL) {
		close(fd);
		return false;
	}
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		int inner;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), name, 0) == 0 || errno == ENOENT)
			continue;
		inner = openat(dirfd(dir), name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner < 0 || !empty_folder(inner, depth + 1) ||
		    unlinkat(dirfd(dir), name, AT_REMOVEDIR) != 0)
			ok = false;
	}
	closedir(dir);
	return ok;
}

enum err
file_remove_tree(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return ERR_OK;
	if (fd < 0) /* a file or a link */
		return unlink(path) == 0 ? ERR_OK : ERR_IO;
	if (!empty_folder(fd, 0))
		return ERR_IO;
	return rmdir(path) == 0 ? ERR_OK : ERR_IO;
}

enum err
file_temp_folder(char *out, size_t size)
{
	const char *base = getenv("TMPDIR");
	char path[PATH_MAX];
	int len = snprintf(path, sizeof path, "%s/hookdesk-XXXXXX",
	    base != NULL && *base != '\0' ? base : "/tmp");

	if (len < 0 || (size_t)len >= sizeof path || (size_t)len >= size)
		return ERR_INVALID;
	if (mkdtemp(path) == NULL)
		return file_err(errno);
	memcpy(out, path, (size_t)len + 1);
	return ERR_OK;
}
