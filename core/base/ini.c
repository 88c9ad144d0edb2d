/* core/base/ini.c - inih, fed line by line.
 *
 * inih tells its handler no line numbers and cuts long lines without a word,
 * so the lines are handed to it one at a time from here.
 */
#include "config.h"
#include "core/base/ini.h"

#include "core/base/file.h"
#include "core/base/utf8.h"

#include <ini.h>
#include <stdio.h>

struct reader {
	const char *path;
	struct bytes rest;
	int line;
	ini_fn *fn;
	void *arg;
	enum err err; /* the first one */
	int err_line;
	struct why why; /* of that one */
};

static void
fail(struct reader *r, enum err err, const char *message)
{
	r->err = why_set(&r->why, err, NULL, message, 0, NULL);
	r->err_line = r->line;
}

/* As fgets(). No more lines once something went wrong. */
static char *
next_line(char *out, int size, void *stream)
{
	struct reader *r = stream;
	struct bytes line;

	if (r->rest.at == NULL || r->err != ERR_OK)
		return NULL;
	r->line++;
	/* Without the space at its front inih sees no continuation of the
	 * line before. */
	line = bytes_trim(bytes_split(&r->rest, '\n'));
	if (line.len + 2 > (size_t)size) {
		fail(r, ERR_INVALID, N_("The line is too long."));
		return NULL;
	}
	if (!utf8_is_valid(line) || bytes_has(line, '\0')) {
		fail(r, ERR_INVALID, N_("The line is not UTF-8."));
		return NULL;
	}
	if (line.len > 0)
		memcpy(out, line.at, line.len);
	out[line.len] = '\n';
	out[line.len + 1] = '\0';
	return out;
}

static int
take_entry(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct ini_entry entry = { section, name, value, r->line };

	if (r->err == ERR_OK && name[0] == '\0') {
		fail(r, ERR_INVALID,
		    N_("Neither \"key = value\" nor \"[section]\"."));
	} else if (r->err == ERR_OK) {
		r->why = (struct why){ .message = "" };
		r->err = r->fn(r->arg, &entry, &r->why);
		r->err_line = r->line;
	}
	return r->err == ERR_OK;
}

/* "hookdesk.conf:12: what", for whoever wrote that line. */
static enum err
report(const struct reader *r, struct why *why)
{
	char words[256], detail[256];

	why_text(&r->why, words, sizeof words);
	if (words[0] == '\0')
		snprintf(words, sizeof words, "%s", err_message(r->err));
	snprintf(detail, sizeof detail, "%.120s:%d: %.120s", r->path,
	    r->err_line, words);
	return why_set(
	    why, r->err, r->why.field, N_("{name}"), r->err_line, detail);
}

enum err
ini_read(const char *path, ini_fn *fn, void *arg, struct why *why)
{
	struct reader r = { .path = path, .fn = fn, .arg = arg };
	struct buf text = BUF_INIT;
	int line;
	enum err err = file_read(path, INI_FILE_MAX, &text, why);

	if (err != ERR_OK)
		goto out;
	r.rest = buf_get(&text);
	if (bytes_start_with(r.rest, BYTES("\xef\xbb\xbf")))
		r.rest = (struct bytes){ r.rest.at + 3, r.rest.len - 3 };
	line = ini_parse_stream(next_line, &r, take_entry, &r);
	if (line > 0 && (r.err == ERR_OK || line < r.err_line)) {
		r.line = line;
		fail(&r, ERR_INVALID,
		    N_("Neither \"key = value\" nor \"[section]\"."));
	} else if (line < 0 && r.err == ERR_OK) {
		fail(&r, ERR_NOMEM, err_message(ERR_NOMEM));
	}
	err = r.err != ERR_OK ? report(&r, why) : ERR_OK;
out:
	buf_release(&text);
	return err;
}
