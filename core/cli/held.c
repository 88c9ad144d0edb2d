/* core/cli/held.c - whether a site is a copy that must not act yet. */
#include "config.h"
#include "core/cli/held.h"

#include "core/base/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MARK_MAX (PATH_MAX + 512)

/* This machine and this folder, as one text. */
static enum err
make_mark(const char *dir, struct buf *out)
{
	char real[PATH_MAX], name[256] = "";
	enum err err;

	if (realpath(dir, real) == NULL)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	err = file_read("/etc/machine-id", 256, out, NULL);
	if (err != ERR_OK) {
		buf_clear(out);
		if (gethostname(name, sizeof name - 1) != 0)
			return ERR_IO;
		buf_printf(out, "%s\n", name);
	}
	buf_printf(out, "%s\n", real);
	return out->failed ? ERR_NOMEM : ERR_OK;
}

bool
held_is(const char *dir)
{
	struct buf wanted = BUF_INIT, found = BUF_INIT;
	char path[PATH_MAX];
	bool is_same;

	snprintf(path, sizeof path, "%s/host", dir);
	is_same = make_mark(dir, &wanted) == ERR_OK &&
	    file_read(path, MARK_MAX, &found, NULL) == ERR_OK &&
	    bytes_equal(buf_get(&wanted), buf_get(&found));
	buf_release(&wanted);
	buf_release(&found);
	return !is_same;
}

enum err
held_release(const char *dir, struct why *why)
{
	struct buf mark = BUF_INIT;
	char path[PATH_MAX];
	enum err err = make_mark(dir, &mark);

	snprintf(path, sizeof path, "%s/host", dir);
	if (err == ERR_OK)
		err = file_replace(path, 0640, buf_get(&mark), why);
	buf_release(&mark);
	return err;
}
