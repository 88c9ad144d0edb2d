/* tests/unit/cli_fixture.h - command lines as people type them, in a temporary
 * <folder>: what they say is in <out> and <err>.
 */
#ifndef HOOKDESK_TESTS_CLI_FIXTURE_H
#define HOOKDESK_TESTS_CLI_FIXTURE_H

#include "core/base/file.h"
#include "core/cli/cli.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

static char folder[PATH_MAX], site[PATH_MAX + 16];
static struct buf out, err;

/* Read what was written to <fd> from its start. */
static inline void
collect(int fd, struct buf *into)
{
	char block[4096];
	ssize_t n;

	buf_clear(into);
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, block, sizeof block)) > 0)
		buf_add(into, block, (size_t)n);
}

/* Run a command line; what it says is in <out> and <err>. */
static inline int
hookdesk(const char *const *args)
{
	char *argv[40] = { NULL };
	int saved[2] = { dup(1), dup(2) }, files[2], argc = 1, code;
	char path[PATH_MAX + 32];

	argv[0] = path;
	for (; args[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)args[argc - 1];
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/said-%d", folder, i);
		files[i] = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
		dup2(files[i], i + 1);
	}
	code = cli_main(argc, argv);
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
		collect(files[i], i == 0 ? &out : &err);
		close(files[i]);
	}
	return code;
}

#define HOOKDESK(...) hookdesk((const char *const[]){ __VA_ARGS__, NULL })

static inline int
says(struct buf *buf, const char *part)
{
	int is_there = strstr(buf_string(buf), part) != NULL;

	if (!is_there)
		printf("# said: %.300s\n", buf_string(buf));
	return is_there;
}

/* Every verb of the table, given <dir> where its folder stands. */
static inline int
run_on(const struct cli_verb *verb, const char *dir)
{
	const char *args[8] = { verb->name };
	size_t n = 1;

	for (; n <= verb->dir; n++)
		args[n] = strcmp(verb->name, "snippet") == 0 ? "nginx" : "list";
	args[n++] = dir;
	while (n <= verb->args_min)
		args[n++] = "another";
	if (strcmp(verb->name, "init") == 0) {
		args[n++] = "--name=x";
		args[n++] = "--admin=a@b.example";
	}
	return hookdesk(args);
}

#endif
