/* core/cli/open.c - opening a site for a command, and naming its files. */
#include "config.h"
#include "core/cli/cli.h"

#include "core/base/arena.h"
#include "core/store/store.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct cli_desk cli_desk;

enum err
cli_open(
    const char *dir, enum cli_needs needs, struct site **out, struct why *why)
{
	struct site_options options = {
		.dir = dir,
		.threads = 4,
		.is_read_only = needs == CLI_READS,
		.no_scripts = true, /* jobs wait for the server */
		.output = cli_desk.output,
	};

	return site_open(&options, out, why);
}

/* The name of the user who owns <st>, or his number. */
static const char *
owner_of(const struct stat *st, char out[64])
{
	const struct passwd *user = getpwuid(st->st_uid);

	if (user != NULL)
		snprintf(out, 64, "%s", user->pw_name);
	else
		snprintf(out, 64, "#%lu", (unsigned long)st->st_uid);
	return out;
}

int
cli_find_site(struct cli *cli, const char *dir)
{
	char path[PATH_MAX], user[64];
	struct stat st;

	if (cli_join(cli, path, dir, "data.mdb") != CLI_DONE)
		return CLI_FAILED;
	if (stat(dir, &st) != 0)
		return cli_fail(cli, dir, "%s",
		    errno == ENOENT ? "there is no such folder" :
				      strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return cli_fail(cli, dir, "this is no folder");
	if (access(path, R_OK) == 0)
		return CLI_DONE;
	if (errno == ENOENT)
		return cli_fail(cli, dir,
		    "there is no site here (hookdesk init makes one)");
	if (errno != EACCES)
		return cli_fail(cli, dir, "%s", strerror(errno));
	owner_of(&st, user);
	return cli_fail(cli, dir,
	    "you may not read this site; it is %s's (sudo -u %s hookdesk %s "
	    "...)",
	    user, user, cli->verb->name);
}

int
cli_be_owner(struct cli *cli, const char *dir)
{
	struct stat st;

	if (geteuid() != 0 || stat(dir, &st) != 0 || st.st_uid == 0)
		return CLI_DONE;
	if (setgroups(0, NULL) != 0 || setgid(st.st_gid) != 0 ||
	    setuid(st.st_uid) != 0)
		return cli_fail(
		    cli, dir, "cannot act as its owner: %s", strerror(errno));
	return CLI_DONE;
}

int
cli_join(struct cli *cli, char *out, const char *dir, const char *name)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < PATH_MAX ? CLI_DONE :
				       cli_fail(cli, dir, "path too long");
}

int
cli_name_new(struct cli *cli, char *out, const char *dir)
{
	size_t len = strlen(dir);
	int n;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	n = snprintf(
	    out, PATH_MAX, "%.*s.new-%d", (int)len, dir, (int)getpid());
	return n > 0 && n < PATH_MAX ? CLI_DONE :
				       cli_fail(cli, dir, "path too long");
}
