/* core/cli/backup.c - hookdesk backup and restore: the store first, then the
 * files it names, so that every file of the copy's store is in the copy. */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/file.h"
#include "core/model/table.h"
#include "core/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 16

static int
fail_errno(struct cli *cli, const char *path)
{
	return cli_fail(cli, path, "%s", strerror(errno));
}

/* Copy the bytes of a regular file, synced; the new one must not exist. */
static int
copy_file(struct cli *cli, const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int out = -1, code = CLI_DONE;
	char block[65536];
	ssize_t n;

	if (in < 0)
		return fail_errno(cli, from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (out < 0) {
		code = fail_errno(cli, to);
		goto out;
	}
	while ((n = read(in, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			code = fail_errno(cli, from);
			goto out;
		}
		if (file_write_all(out, block, (size_t)n) != ERR_OK) {
			code = fail_errno(cli, to);
			goto out;
		}
	}
	if (fsync(out) != 0)
		code = fail_errno(cli, to);
out:
	close(in);
	if (out >= 0)
		close(out);
	return code;
}

static int
copy_tree(struct cli *cli, const char *from, const char *to, int depth)
{
	int code = CLI_DONE;
	struct dirent *item;
	DIR *dir = opendir(from);

	if (dir == NULL)
		return errno == ENOENT ? CLI_DONE : fail_errno(cli, from);
	if (depth == DEPTH_MAX || mkdir(to, 0750) != 0) {
		code = depth == DEPTH_MAX ?
		    cli_fail(cli, from, "folders too deep") :
		    fail_errno(cli, to);
		closedir(dir);
		return code;
	}
	while (code == CLI_DONE && (item = readdir(dir)) != NULL) {
		char source[PATH_MAX], target[PATH_MAX];
		struct stat st;

		if (strcmp(item->d_name, ".") == 0 ||
		    strcmp(item->d_name, "..") == 0)
			continue;
		code = cli_join(cli, source, from, item->d_name);
		if (code == CLI_DONE)
			code = cli_join(cli, target, to, item->d_name);
		if (code != CLI_DONE)
			break;
		if (lstat(source, &st) != 0)
			code = fail_errno(cli, source);
		else if (S_ISDIR(st.st_mode))
			code = copy_tree(cli, source, target, depth + 1);
		else if (S_ISREG(st.st_mode))
			code = copy_file(
			    cli, source, target, st.st_mode & 0777);
	}
	closedir(dir);
	if (code == CLI_DONE && file_sync_folder(to) != ERR_OK)
		code = fail_errno(cli, to);
	return code;
}

/* The files that the copy's store names, from the site. */
static int
copy_attachments(
    struct cli *cli, struct site *copy, const char *dir, const char *dest)
{
	struct site_read read;
	struct record record;
	uint64_t id = 0, count = 0;
	char folder[PATH_MAX];
	int code = cli_join(cli, folder, dest, "files");
	enum err err;

	if (code != CLI_DONE)
		return code;
	if (mkdir(folder, 0750) != 0)
		return fail_errno(cli, folder);
	err = site_read_begin(copy, &read);
	if (err != ERR_OK)
		return cli_fail_err(cli, dest, err, NULL);
	while (code == CLI_DONE &&
	    (err = record_next(read.snapshot, KIND_FILE, &id, &record)) ==
		ERR_OK) {
		struct bytes disk = record_text(&record, FILE_DISK);
		char from[PATH_MAX], to[PATH_MAX], name[80];

		snprintf(name, sizeof name, "files/%.*s",
		    (int)(disk.len < 64 ? disk.len : 64), disk.at);
		code = cli_join(cli, from, dir, name);
		if (code == CLI_DONE)
			code = cli_join(cli, to, dest, name);
		if (code == CLI_DONE)
			code = copy_file(cli, from, to, 0640);
		cli_progress("copying files:", ++count, 0);
	}
	site_read_end(&read);
	cli_progress_end();
	if (code == CLI_DONE && err != ERR_NOT_FOUND)
		code = cli_fail_err(cli, dest, err, NULL);
	if (code == CLI_DONE && file_sync_folder(folder) != ERR_OK)
		code = fail_errno(cli, folder);
	return code;
}

/* Key, scripts and www: small, and not in the store. */
static int
copy_rest(struct cli *cli, const char *dir, const char *dest)
{
	static const char *const names[] = { "key", "scripts", "www" };
	int code = CLI_DONE;

	for (size_t i = 0; code == CLI_DONE && i < 3; i++) {
		char from[PATH_MAX], to[PATH_MAX];

		code = cli_join(cli, from, dir, names[i]);
		if (code == CLI_DONE)
			code = cli_join(cli, to, dest, names[i]);
		if (code == CLI_DONE)
			code = i == 0 ? copy_file(cli, from, to, 0600) :
					copy_tree(cli, from, to, 0);
	}
	return code;
}

/* Open the store in <dest> as a site and copy what it names from <dir>. */
static int
copy_named(struct cli *cli, const char *dir, const char *dest)
{
	struct why why = { .message = "" };
	struct site *copy = NULL;
	enum err err = cli_open(dest, CLI_READS, &copy, &why);
	int code;

	if (err != ERR_OK)
		return cli_fail_err(cli, dest, err, &why);
	code = copy_attachments(cli, copy, dir, dest);
	site_close(copy);
	return code;
}

/* Move a finished copy to its place, or remove an unfinished one. */
static int
settle(struct cli *cli, const char *built, const char *dest, int code)
{
	if (code == CLI_DONE && file_sync_folder(built) != ERR_OK)
		code = fail_errno(cli, built);
	if (code == CLI_DONE && rename(built, dest) != 0)
		code = errno == ENOTEMPTY || errno == EEXIST ?
		    cli_fail(cli, dest, "there is something already") :
		    fail_errno(cli, dest);
	if (code != CLI_DONE && file_remove_tree(built) != ERR_OK)
		cli_fail(cli, built, "is left behind");
	return code;
}

int
cli_backup(struct cli *cli)
{
	const char *dir = cli->args[0], *dest = cli->args[1];
	char built[PATH_MAX], path[PATH_MAX];
	struct why why = { .message = "" };
	int code;
	enum err err;

	code = cli_name_new(cli, built, dest);
	if (code == CLI_DONE)
		code = cli_join(cli, path, built, "data.mdb");
	if (code != CLI_DONE)
		return code;
	if (mkdir(built, 0750) != 0)
		return fail_errno(cli, built);
	cli_progress_file("copying the store, megabytes:", path);
	err = store_copy(site_store(cli->site), path, &why);
	cli_progress_end();
	if (err != ERR_OK)
		code = cli_fail_err(cli, dest, err, &why);
	if (code == CLI_DONE)
		code = copy_rest(cli, dir, built);
	if (code == CLI_DONE)
		code = copy_named(cli, dir, built);
	return settle(cli, built, dest, code);
}

/* A backup is a site that nobody has served: it is copied as it lies, without
 * its file "host", so that the copy is held. */
int
cli_restore(struct cli *cli)
{
	const char *source = cli->args[0], *dest = cli->args[1];
	char built[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
	int code;

	if (store_owner(source) != 0)
		return cli_fail(cli, source,
		    "this site is being served: make a backup first");
	code = cli_name_new(cli, built, dest);
	if (code != CLI_DONE)
		return code;
	if (mkdir(built, 0750) != 0)
		return fail_errno(cli, built);
	code = cli_join(cli, from, source, "data.mdb");
	if (code == CLI_DONE)
		code = cli_join(cli, to, built, "data.mdb");
	cli_progress_file("copying the store, megabytes:", to);
	if (code == CLI_DONE)
		code = copy_file(cli, from, to, 0600);
	cli_progress_end();
	if (code == CLI_DONE)
		code = copy_rest(cli, source, built);
	if (code == CLI_DONE)
		code = copy_named(cli, source, built);
	code = settle(cli, built, dest, code);
	if (code == CLI_DONE)
		buf_printf(&cli->out,
		    "%s is held: it sends nothing until hookdesk resume %s\n",
		    dest, dest);
	return code;
}
