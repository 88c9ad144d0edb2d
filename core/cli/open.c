/* core/cli/open.c - opening a site for a command, and naming its files. */
#include "config.h"
#include "core/cli/cli.h"

#include "core/store/store.h"

#include <limits.h>
#include <stdio.h>
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
