/* core/store/folder.c - where a store may lie, and whose file it may be. */
#include "config.h"

#include "core/store/folder.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Magic numbers of file systems where a memory map and its locks do not hold
 * together between machines (statfs(2)). */
static const struct {
	uint32_t magic;
	const char *name;
} network_file_systems[] = {
	{ 0x6969, "nfs" },
	{ 0x517b, "smb" },
	{ 0xff534d42, "cifs" },
	{ 0xfe534d42, "smb2" },
	{ 0x00c36400, "ceph" },
	{ 0x5346414f, "afs" },
	{ 0x01021997, "9p" },
	{ 0x0bd00bd0, "lustre" },
};

static enum err
system_err(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR: return ERR_NOT_FOUND;
	case EACCES: return ERR_DENIED;
	default: return ERR_IO;
	}
}

static enum err
file_system_check(const char *dir, struct why *why)
{
	struct statfs fs;

	if (statfs(dir, &fs) != 0)
		return why_set(why, system_err(errno), NULL,
		    N_("The folder cannot be opened: {name}"), errno, dir);
	for (size_t i = 0;
	     i < sizeof network_file_systems / sizeof *network_file_systems;
	     i++)
		if ((uint32_t)fs.f_type == network_file_systems[i].magic)
			return why_set(why, ERR_INVALID, NULL,
			    N_("A site cannot be kept on a network file "
			       "system ({name})"),
			    0, network_file_systems[i].name);
	return ERR_OK;
}

static bool
is_ours(const struct stat *st)
{
	uid_t user = geteuid();

	return S_ISREG(st->st_mode) &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
	    (user == 0 || st->st_uid == user);
}

enum err
folder_check(const char *dir, const char *file, bool create, struct why *why)
{
	char path[PATH_MAX];
	struct stat st;
	enum err err;

	if (snprintf(path, sizeof path, "%s/%s", dir, file) >= PATH_MAX)
		return why_set(why, ERR_INVALID, NULL,
		    N_("The path is too long: {name}"), 0, dir);
	err = file_system_check(dir, why);
	if (err != ERR_OK)
		return err;
	if (lstat(path, &st) != 0) {
		err = system_err(errno);
		if (err != ERR_NOT_FOUND)
			return why_set(why, err, NULL,
			    N_("The store cannot be opened: {name}"), errno,
			    path);
		if (create)
			return ERR_OK;
		return why_set(why, err, NULL,
		    N_("There is no site here: {name}"), 0, dir);
	}
	if (create)
		return why_set(why, ERR_EXISTS, NULL,
		    N_("There is a site here already: {name}"), 0, dir);
	if (!is_ours(&st))
		return why_set(why, ERR_DENIED, NULL,
		    N_("The store must be a file that belongs to this user "
		       "and that no one else can write: {name}"),
		    0, path);
	return ERR_OK;
}
