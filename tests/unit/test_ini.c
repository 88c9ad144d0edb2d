/* tests/unit/test_ini.c */
#include "config.h"
#include "core/base/ini.h"

#include "core/base/file.h"
#include "tests/tap.h"

#include <limits.h>

static char folder[PATH_MAX], path[PATH_MAX + 16];

/* Writes "section.key=value@line;" for each entry; refuses the key "bad". */
static enum err
note(void *arg, const struct ini_entry *entry, struct why *why)
{
	if (strcmp(entry->key, "bad") == 0)
		return why_set(why, ERR_DENIED, "bad",
		    N_("There is no {name}."), 0, entry->value);
	buf_printf(arg, "%s.%s=%s@%d;", entry->section, entry->key,
	    entry->value, entry->line);
	return ERR_OK;
}

static enum err
read_text(struct bytes text, struct buf *got, struct why *why)
{
	enum err err = file_replace(path, 0600, text, NULL);

	buf_clear(got);
	*why = (struct why){ .message = "" };
	return err != ERR_OK ? err : ini_read(path, note, got, why);
}

static void
test_ini_read__gives_entries_with_their_lines(void)
{
	struct buf got = BUF_INIT;
	struct why why;

	CHECK(read_text(BYTES("\xef\xbb\xbfname = desk\n"
			      "; comment\n# comment\n\n"
			      "[web]\r\nsocket=/run/x y.sock\r\n"
			      "   threads :  8   \n"
			      "empty =\n[mail]\nfrom = \xc3\xa9@b.example"),
		  &got, &why) == ERR_OK);
	CHECK_BYTES(buf_get(&got),
	    ".name=desk@1;web.socket=/run/x y.sock@6;web.threads=8@7;"
	    "web.empty=@8;mail.from=\xc3\xa9@b.example@10;");
	CHECK(read_text(BYTES(""), &got, &why) == ERR_OK);
	CHECK_INT(got.len, 0);
	buf_release(&got);
}

static void
test_ini_read__names_file_and_line_of_what_is_wrong(void)
{
	static const struct {
		struct bytes text;
		enum err err;
		int64_t line;
		const char *part;
	} cases[] = {
		{ BYTES("a=1\nnonsense\n"), ERR_INVALID, 2, "Neither" },
		{ BYTES("[web\na=1\n"), ERR_INVALID, 1, "Neither" },
		{ BYTES("a=1\n\nb=\xff\n"), ERR_INVALID, 3, "UTF-8" },
		{ BYTES("a=1\nb=x\0y\n"), ERR_INVALID, 2, "UTF-8" },
		{ BYTES("a=1\nbad=thing\nbad=other\n"), ERR_DENIED, 2,
		    "There is no thing." },
	};
	struct buf got = BUF_INIT;
	struct why why;
	char line[300], where[32];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_INT(read_text(cases[i].text, &got, &why), cases[i].err);
		CHECK_INT(why.n, cases[i].line);
		snprintf(where, sizeof where, ".conf:%d: ", (int)cases[i].line);
		CHECK(strstr(why.name, where) != NULL);
		CHECK(strstr(why.name, cases[i].part) != NULL);
	}
	memset(line, 'x', sizeof line);
	line[1] = '=';
	CHECK(read_text((struct bytes){ line, sizeof line }, &got, &why) ==
	    ERR_INVALID);
	CHECK(strstr(why.name, "too long") != NULL);
	CHECK(read_text((struct bytes){ line, 150 }, &got, &why) == ERR_OK);
	CHECK_INT(got.len, 1 + 150 + 3);
	CHECK(
	    ini_read("/nonexistent/x.conf", note, &got, &why) == ERR_NOT_FOUND);
	CHECK(strstr(why.name, "/nonexistent/x.conf") != NULL);
	buf_release(&got);
}

int
main(void)
{
	if (file_temp_folder(folder, sizeof folder) != ERR_OK)
		return 1;
	snprintf(path, sizeof path, "%s/x.conf", folder);
	RUN(test_ini_read__gives_entries_with_their_lines);
	RUN(test_ini_read__names_file_and_line_of_what_is_wrong);
	if (file_remove_tree(folder) != ERR_OK)
		return 1;
	return tap_done();
}
