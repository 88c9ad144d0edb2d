/* core/cli/script_new.c - hookdesk script new: a script with its test, ready to
 * be changed, and what editors and luacheck need to know. */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/json_write.h"
#include "core/base/paths.h"
#include "core/desk/script_start.h"
#include "core/script/wire.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_MAX_BYTES 60

/* The test of script_start: @NAME@ is the script's name. Both pass `hookdesk
 * test` as they are. */
static const char test_text[] =
    "-- What @NAME@.lua promises. Each world is a desk of its own.\n"
    "\n"
    "local function desk_with(settings)\n"
    "  return desk.test.world {\n"
    "    now = \"2026-03-02 09:00\",\n"
    "    agents = { \"anna\" },\n"
    "    queues = { \"general\" },\n"
    "    settings = { [\"@NAME@\"] = settings },\n"
    "  }\n"
    "end\n"
    "\n"
    "it(\"raises the priority of a ticket with one of the words\", "
    "function()\n"
    "  local world = desk_with {}\n"
    "  equal(world:submit { subject = \"It is broken!\" }.priority, "
    "\"high\")\n"
    "end)\n"
    "\n"
    "it(\"leaves others alone\", function()\n"
    "  local world = desk_with {}\n"
    "  equal(world:submit { subject = \"A question\" }.priority, "
    "\"normal\")\n"
    "end)\n"
    "\n"
    "it(\"has the words and the priority that were chosen\", function()\n"
    "  local world = desk_with { words = { \"now\" }, priority = \"urgent\" "
    "}\n"
    "  equal(world:submit { subject = \"Now, please\" }.priority, "
    "\"urgent\")\n"
    "end)\n";

static bool
is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX_BYTES ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
		return false;
	return len < 5 || strcmp(name + len - 5, "_test") != 0;
}

/* The folder to write to: DIR/scripts of a site, else DIR itself. */
static int
find_folder(struct cli *cli, const char *dir, char out[PATH_MAX])
{
	struct stat st;
	int code;

	if (stat(dir, &st) != 0)
		return cli_fail(cli, dir, "%s", strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return cli_fail(cli, dir, "this is no folder");
	code = cli_join(cli, out, dir, "scripts");
	if (code != CLI_DONE || (stat(out, &st) == 0 && S_ISDIR(st.st_mode)))
		return code;
	if (snprintf(out, PATH_MAX, "%s", dir) >= PATH_MAX)
		return cli_fail(cli, dir, "path too long");
	return CLI_DONE;
}

static int
write_file(struct cli *cli, const char *path, struct bytes text)
{
	struct why why = { .message = "" };
	enum err err = file_replace(path, 0644, text, &why);

	if (err != ERR_OK)
		return cli_fail_err(cli, cli->verb->name, err, &why);
	buf_printf(&cli->out, "%s\n", path);
	return CLI_DONE;
}

/* <text> with the script's name in its places. */
static struct bytes
with_name(struct cli *cli, const char *text, const char *name)
{
	struct buf out = buf_in(cli->arena);
	const char *at;

	while ((at = strstr(text, "@NAME@")) != NULL) {
		buf_bytes(&out, (struct bytes){ text, (size_t)(at - text) });
		buf_text(&out, name);
		text = at + strlen("@NAME@");
	}
	buf_text(&out, text);
	return out.failed ? BYTES_NONE : buf_get(&out);
}

/* For the Lua language server: our types, and the libraries there are not. */
static struct bytes
luarc(struct cli *cli)
{
	static const char *const none[] = { "io", "package", "debug", "ffi",
		"jit", "bit", "bit32" };
	struct buf out = buf_in(cli->arena);
	struct json_writer w = json_writer(&out);

	json_begin_object(&w);
	json_member_string(&w, "runtime.version", "Lua 5.4");
	json_key(&w, "runtime.builtin");
	json_begin_object(&w);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		json_member_string(&w, none[i], "disable");
	json_end_object(&w);
	json_key(&w, "workspace.library");
	json_begin_list(&w);
	json_put_string(&w,
	    arena_printf(
		cli->arena, "%s/scripts/desk.d.lua", path_get(PATH_DATADIR)));
	json_end_list(&w);
	json_key(&w, "workspace.checkThirdParty");
	json_put_bool(&w, false);
	json_end_object(&w);
	buf_char(&out, '\n');
	return out.failed ? BYTES_NONE : buf_get(&out);
}

/* What lies in the folder once, beside all scripts. */
static int
write_beside(struct cli *cli, const char *folder)
{
	struct buf known = buf_in(cli->arena);
	char path[PATH_MAX];
	struct stat st;
	char *from = arena_printf(
	    cli->arena, "%s/scripts/.luacheckrc", path_get(PATH_DATADIR));
	int code = cli_join(cli, path, folder, ".luarc.json");

	if (code == CLI_DONE && stat(path, &st) != 0)
		code = write_file(cli, path, luarc(cli));
	if (code == CLI_DONE)
		code = cli_join(cli, path, folder, ".luacheckrc");
	if (code == CLI_DONE && stat(path, &st) != 0 &&
	    file_read(from, SCRIPT_SOURCE_MAX, &known, NULL) == ERR_OK)
		code = write_file(cli, path, buf_get(&known));
	return code;
}

static int
write_pair(struct cli *cli, const char *folder, const char *name)
{
	static const struct {
		const char *end, *text;
	} files[] = { { ".lua", script_start }, { "_test.lua", test_text } };
	char paths[2][PATH_MAX];
	struct stat st;
	int code = CLI_DONE;

	for (size_t i = 0; code == CLI_DONE && i < 2; i++) {
		code = cli_join(cli, paths[i], folder,
		    arena_printf(cli->arena, "%s%s", name, files[i].end));
		if (code == CLI_DONE && stat(paths[i], &st) == 0)
			code = cli_fail(cli, paths[i], "is there already");
	}
	for (size_t i = 0; code == CLI_DONE && i < 2; i++)
		code = write_file(
		    cli, paths[i], with_name(cli, files[i].text, name));
	if (code == CLI_DONE)
		code = write_beside(cli, folder);
	if (code == CLI_DONE)
		buf_printf(&cli->out, "Try it: hookdesk test %s\n", paths[0]);
	return code;
}

int
cli_script_new(struct cli *cli)
{
	const char *dir = cli->arg_count > 2 ? cli->args[2] : ".";
	const char *name = cli->args[1];
	char folder[PATH_MAX];
	int code;

	if (!is_name(name))
		return cli_usage(cli,
		    "a script is named in small letters, digits, - and _, not "
		    "\"%s\"",
		    name);
	code = find_folder(cli, dir, folder);
	if (code == CLI_DONE)
		code = cli_be_owner(cli, folder);
	return code == CLI_DONE ? write_pair(cli, folder, name) : code;
}
