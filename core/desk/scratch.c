/* core/desk/scratch.c - folders for sites that are thrown away.
 *
 * Whoever makes, removes or sweeps folders holds the lock of the folder that
 * they are in meanwhile, so that none is seen before it is locked itself.
 */
#include "config.h"
#include "core/desk/scratch.h"
#include "core/base/file.h"
#include "core/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 10 /* to open a folder that others remove when it is empty */

/* The folder that they are in. */
static bool
parent_path(const char *site_dir, char path[PATH_MAX])
{
	const char *base = getenv("TMPDIR");
	int len;

	if (site_dir != NULL)
		len = snprintf(path, PATH_MAX, "%s/scratch", site_dir);
	else
		len = snprintf(path, PATH_MAX, "%s/hookdesk-scratch-%lu",
		    base != NULL && *base != '\0' ? base : "/tmp",
		    (unsigned long)geteuid());
	return len > 0 && len < PATH_MAX - 16;
}

/* Nobody else's, and nobody else may look into it. */
static bool
is_ours(int fd, struct stat *st)
{
	return fstat(fd, st) == 0 && st->st_uid == geteuid() &&
	    (st->st_mode & 077) == 0;
}

/* In a site of another user nothing is made: its owner could not remove it. */
static bool
may_use(const char *site_dir)
{
	struct stat st;

	return site_dir == NULL ||
	    (stat(site_dir, &st) == 0 && st.st_uid == geteuid());
}

/* Open and lock it; -1 with errno if that cannot be. */
static int
open_parent(const char *path, bool create)
{
	for (int i = 0; i < TRIES; i++) {
		struct stat st;
		int fd;

		if (create && mkdir(path, 0700) != 0 && errno != EEXIST)
			return -1;
		fd = open(
		    path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT && create)
			continue;
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) != 0 || !is_ours(fd, &st)) {
			close(fd);
			errno = EACCES;
			return -1;
		}
		if (st.st_nlink > 0)
			return fd;
		close(fd); /* it was removed meanwhile */
		if (!create)
			break;
	}
	errno = ENOENT;
	return -1;
}

/* Children that are just started have the descriptor, too: closing it is not
 * enough. */
static void
unlock(int fd)
{
	(void)flock(fd, LOCK_UN);
	close(fd);
}

/* With the lock. An empty folder is not left behind. */
static void
close_parent(const char *path, int fd)
{
	(void)rmdir(path);
	unlock(fd);
}

/* Remove the folder <dir> if nobody holds it. */
static void
remove_left(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		enum err err = file_remove_tree(dir);

		log_event(err == ERR_OK ? LOG_INFO : LOG_WARN,
		    err == ERR_OK ? "scratch.swept" : "scratch.left", "dir=%s",
		    dir);
		unlock(fd);
	} else {
		close(fd);
	}
}

/* With the lock of the folder <path>. */
static void
sweep(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *item;

	while (folder != NULL && (item = readdir(folder)) != NULL) {
		char dir[PATH_MAX];

		if (item->d_name[0] != '.' &&
		    snprintf(dir, sizeof dir, "%s/%s", path, item->d_name) <
			PATH_MAX)
			remove_left(dir);
	}
	if (folder != NULL)
		closedir(folder);
}

void
scratch_sweep(const char *site_dir)
{
	char path[PATH_MAX];
	int fd;

	if (!parent_path(site_dir, path))
		return;
	fd = open_parent(path, false);
	if (fd < 0)
		return;
	sweep(path);
	close_parent(path, fd);
}

/* A locked one in the folder <path>. */
static enum err
make_in(struct scratch *scratch, const char *path)
{
	char dir[PATH_MAX];
	enum err err = ERR_OK;
	int parent = open_parent(path, true), fd = -1;

	if (parent < 0)
		return file_err(errno);
	sweep(path);
	if (snprintf(dir, sizeof dir, "%s/XXXXXX", path) >= PATH_MAX)
		err = ERR_INVALID;
	else if (mkdtemp(dir) == NULL)
		err = file_err(errno);
	if (err == ERR_OK) {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
			err = file_err(errno);
	}
	if (err == ERR_OK) {
		memcpy(scratch->dir, dir, sizeof dir);
		scratch->fd = fd;
	} else if (fd >= 0) {
		close(fd);
		(void)rmdir(dir);
	}
	close_parent(path, parent);
	return err;
}

enum err
scratch_make(struct scratch *scratch, const char *site_dir)
{
	char path[PATH_MAX];
	enum err err = ERR_DENIED;

	scratch->dir[0] = '\0';
	scratch->fd = -1;
	scratch->is_elsewhere = false;
	if (!parent_path(site_dir, path))
		return ERR_INVALID;
	if (may_use(site_dir))
		err = make_in(scratch, path);
	if (err == ERR_OK || err == ERR_FULL || site_dir == NULL)
		return err;
	scratch->is_elsewhere = true;
	return parent_path(NULL, path) ? make_in(scratch, path) : ERR_INVALID;
}

void
scratch_remove(struct scratch *scratch)
{
	char path[PATH_MAX], *end;
	int parent;

	if (scratch->dir[0] == '\0')
		return;
	if (file_remove_tree(scratch->dir) != ERR_OK)
		log_event(LOG_WARN, "scratch.left", "dir=%s", scratch->dir);
	unlock(scratch->fd);
	memcpy(path, scratch->dir, sizeof path);
	scratch->dir[0] = '\0';
	scratch->fd = -1;
	end = strrchr(path, '/');
	if (end == NULL)
		return;
	*end = '\0';
	parent = open_parent(path, false);
	if (parent >= 0)
		close_parent(path, parent);
}
