/* core/cli/each.c - a verb for every site of this machine: those below the
 * folder that hookdesk.conf names. */
#include "config.h"
#include "core/cli/cli.h"

#include "core/base/arena.h"
#include "core/cli/conf.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum cli_needs
cli_each_needs(const struct cli *cli)
{
	return cli->arg_count == 0 ? CLI_NOTHING : cli->verb->needs;
}

static int
is_site(const char *root, const struct dirent *item)
{
	char path[PATH_MAX];
	int n = snprintf(
	    path, sizeof path, "%s/%s/data.mdb", root, item->d_name);

	return item->d_name[0] != '.' && n > 0 && n < (int)sizeof path &&
	    access(path, F_OK) == 0;
}

/* What the verb says of one site goes behind what it said of those before. */
static int
run_one(struct cli *cli, char *dir, bool is_first)
{
	bool is_json = cli_option(cli, "json") != NULL;
	char *argv[] = { (char *)(uintptr_t)cli->verb->name, dir,
		(char *)(uintptr_t) "--json", NULL };
	struct cli one = { .verb = cli->verb, .arena = cli->arena };
	struct bytes said;
	int code;

	one.args[one.arg_count++] = dir;
	memcpy(one.given, cli->given, sizeof one.given);
	one.given_count = cli->given_count;
	code = cli_run(&one, is_json ? 3 : 2, argv);
	said = bytes_trim(buf_get(&one.out));
	if (is_json && said.len > 0)
		buf_printf(
		    &cli->out, "%s%.*s", is_first ? "" : ",", BYTES_ARG(said));
	else if (!is_json)
		buf_printf(&cli->out, "%s%s:\n%.*s", is_first ? "" : "\n", dir,
		    BYTES_ARG(buf_get(&one.out)));
	buf_bytes(&cli->err, buf_get(&one.err));
	buf_release(&one.out);
	buf_release(&one.err);
	return code;
}

int
cli_each_site(struct cli *cli)
{
	bool is_json = cli_option(cli, "json") != NULL;
	struct why why = { .message = "" };
	struct dirent **items = NULL;
	int count, code = CLI_DONE;
	struct conf conf;
	bool is_first = true;
	enum err err;

	conf_init(&conf);
	err = conf_read(&conf, NULL, &why);
	if (err != ERR_OK)
		return cli_fail_err(cli, "configuration", err, &why);
	count = scandir(conf.sites, &items, NULL, alphasort);
	if (count < 0)
		return cli_fail(cli, conf.sites,
		    "%s (give a site's folder, or set \"sites\" in %s)",
		    strerror(errno), CONF_PATH);
	if (is_json)
		buf_char(&cli->out, '[');
	for (int i = 0; i < count; i++) {
		char *dir = arena_printf(
		    cli->arena, "%s/%s", conf.sites, items[i]->d_name);

		if (dir != NULL && is_site(conf.sites, items[i])) {
			int one = run_one(cli, dir, is_first);

			code = code == CLI_DONE ? one : code;
			is_first = false;
		}
		free(items[i]);
	}
	free(items);
	if (is_json)
		buf_text(&cli->out, "]\n");
	if (is_first)
		return cli_fail(cli, conf.sites,
		    "there is no site below it (give a site's folder, or set "
		    "\"sites\" in %s)",
		    CONF_PATH);
	return code;
}
