/* core/cli/init.c - hookdesk init: a new site with what every desk needs. */
#include "config.h"
#include "core/cli/demo.h"
#include "core/cli/held.h"
#include "core/cli/verbs.h"

#include "core/base/file.h"
#include "core/desk/site_create.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define DEMO_SIZE 120
#define DEMO_SIZE_MAX 10000000

const struct cli_option cli_init_options[] = {
	{ "name", "NAME", "The desk's name, as customers see it." },
	{ "admin", "EMAIL", "The first agent, who may do everything." },
	{ "admin-name", "NAME", "How customers see the admin." },
	{ "base-url", "URL",
	    "Where customers reach it, e.g. "
	    "https://example.com/support." },
	{ "language", "CODE", "The usual language: en, de ... [en]" },
	{ "demo", NULL, "Add queues, agents and some tickets to look at." },
	{ "demo-size", "N", "The same with N tickets over two years." },
	{ "seed", "N", "Other tickets of the same kind. [1]" },
	CLI_OPTIONS_END,
};

static enum err
found(struct cli *cli, const char *dir, struct why *why)
{
	const char *url = cli_option(cli, "base-url");
	struct bytes base_url = bytes_of(
	    url != NULL ? url : "http://localhost");
	struct site_founding founding = {
		.dir = dir,
		.name = bytes_of(cli_option(cli, "name")),
		.admin = bytes_of(cli_option(cli, "admin")),
		.admin_name = bytes_of(cli_option(cli, "admin-name")),
		.password = cli->input,
		.language = bytes_of(cli_option(cli, "language")),
	};

	while (base_url.len > 0 && base_url.at[base_url.len - 1] == '/')
		base_url.len--;
	founding.base_url = base_url;
	return site_create(&founding, why);
}

/* A demonstration is written without waiting for the disk each time: until it
 * is whole and synced it is not in its place. */
static enum err
add_demo(struct cli *cli, const char *dir, int64_t size, int64_t seed,
    struct why *why)
{
	struct site_options options = { .dir = dir,
		.no_scripts = true,
		.is_unsynced = true,
		.output = cli_desk.output };
	int fd;
	enum err err = site_open(&options, &cli->site, why);

	if (err != ERR_OK)
		return err;
	err = demo_fill(cli, size, (uint64_t)seed, why);
	site_close(cli->site);
	cli->site = NULL;
	if (err != ERR_OK)
		return err;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || syncfs(fd) != 0)
		err = ERR_IO;
	if (fd >= 0)
		close(fd);
	return err;
}

static bool
is_url(const char *url)
{
	return strncmp(url, "https://", 8) == 0 ||
	    strncmp(url, "http://", 7) == 0;
}

static int
check_options(struct cli *cli)
{
	const char *url = cli_option(cli, "base-url");

	if (cli_option(cli, "name") == NULL || cli_option(cli, "admin") == NULL)
		return cli_usage(cli, "--name and --admin are needed");
	if (url != NULL && !is_url(url))
		return cli_usage(
		    cli, "--base-url begins with https:// or http://");
	return CLI_DONE;
}

/* All or nothing: built beside its place and moved there when it is whole. */
int
cli_init(struct cli *cli)
{
	const char *dir = cli->args[0];
	int64_t size = cli_option(cli, "demo") != NULL ? DEMO_SIZE : 0;
	struct why why = { .message = "" };
	char path[PATH_MAX];
	int64_t seed = 1;
	int code = check_options(cli);
	enum err err;

	if (code != CLI_DONE)
		return code;
	if (!cli_option_int(cli, "demo-size", 1, DEMO_SIZE_MAX, &size) ||
	    !cli_option_int(cli, "seed", 0, INT32_MAX, &seed))
		return CLI_USAGE;
	code = cli_name_new(cli, path, dir);
	if (code != CLI_DONE)
		return code;
	err = found(cli, path, &why);
	if (err == ERR_OK && size > 0)
		err = add_demo(cli, path, size, seed, &why);
	if (err != ERR_OK)
		code = cli_fail_err(cli, dir, err, &why);
	if (code == CLI_DONE && rename(path, dir) != 0)
		code = cli_fail(cli, dir, "%s",
		    errno == ENOTEMPTY || errno == EEXIST ?
			"there is something already" :
			strerror(errno));
	if (code != CLI_DONE) {
		if (file_remove_tree(path) != ERR_OK)
			cli_fail(cli, path, "is left behind");
		return code;
	}
	err = held_release(dir, &why);
	return err == ERR_OK ? CLI_DONE : cli_fail_err(cli, dir, err, &why);
}
