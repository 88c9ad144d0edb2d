/* core/cli/check.c - hookdesk check: everything is read and compared.
 *
 * LMDB trusts what it reads: a damaged page makes it abort(), or read where
 * nothing is. So a child reads the store, begun before anything is open, and
 * tells what it finds through a pipe; when it is killed, that is what is told.
 */
#include "config.h"
#include "core/cli/check.h"

#include "core/base/file.h"
#include "core/base/json_write.h"
#include "core/cli/conf.h"
#include "core/cli/verbs.h"
#include "core/desk/scripts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAULTS_TOLD 100 /* further ones are only counted */

void
check_tell(struct checking *checking, const char *where, const char *what)
{
	if (++checking->counts.faults <= FAULTS_TOLD)
		cli_fail(checking->cli, where, "%s", what);
}

static void
report(struct checking *checking)
{
	const struct check_counts *counts = &checking->counts;
	struct cli *cli = checking->cli;
	struct json_writer w = json_writer(&cli->out);

	if (counts->faults > FAULTS_TOLD)
		cli_fail(cli, "check",
		    "%llu faults, of which the first are "
		    "told",
		    (unsigned long long)counts->faults);
	if (cli_option(cli, "json") == NULL) {
		buf_printf(&cli->out,
		    "%llu keys, %llu records, %llu index entries, %llu files: "
		    "%llu faults\n",
		    (unsigned long long)counts->keys,
		    (unsigned long long)counts->records,
		    (unsigned long long)counts->entries,
		    (unsigned long long)counts->files,
		    (unsigned long long)counts->faults);
		return;
	}
	json_begin_object(&w);
	json_member_int(&w, "keys", (int64_t)counts->keys);
	json_member_int(&w, "records", (int64_t)counts->records);
	json_member_int(&w, "index_entries", (int64_t)counts->entries);
	json_member_int(&w, "files", (int64_t)counts->files);
	json_member_int(&w, "faults", (int64_t)counts->faults);
	json_end_object(&w);
	buf_char(&cli->out, '\n');
}

/* --- the child --- */

/* What the child says: a byte for what it is, four for its length. */
enum said { SAID_ERR = 'e', SAID_PART = 'p', SAID_COUNTS = 'c' };

struct saying {
	char what;
	char len[4];
};

struct child {
	struct cli *cli;
	int pipe;
};

static bool
send_said(int pipe, enum said what, const void *at, size_t size)
{
	struct saying head = { .what = (char)what };
	uint32_t len = (uint32_t)size;

	memcpy(head.len, &len, sizeof len);
	return file_write_all(pipe, &head, sizeof head) == ERR_OK &&
	    file_write_all(pipe, at, size) == ERR_OK;
}

/* Hand over what was found so far. */
static bool
send_faults(struct child *child)
{
	struct buf *err = &child->cli->err;
	bool is_sent = send_said(child->pipe, SAID_ERR, err->at, err->len);

	buf_clear(err);
	return is_sent;
}

static bool
send_part(void *context, const char *part)
{
	struct child *child = context;

	return send_faults(child) &&
	    send_said(child->pipe, SAID_PART, part, strlen(part));
}

static int
run_child(struct checking *checking, int pipe)
{
	static const struct rlimit no_core = { 0, 0 };
	static const int deadly[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE };
	struct child child = { checking->cli, pipe };
	int code;

	/* Die at once: the parent tells what it means. */
	setrlimit(RLIMIT_CORE, &no_core);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		signal(deadly[i], SIG_DFL);
	code = check_store(checking, send_part, &child);
	if (!send_faults(&child) ||
	    !send_said(
		pipe, SAID_COUNTS, &checking->counts, sizeof checking->counts))
		code = CLI_FAILED;
	return code;
}

/* --- the parent --- */

static bool
read_all(int pipe, void *at, size_t len)
{
	char *to = at;

	while (len > 0) {
		ssize_t n = read(pipe, to, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

/* Take what the child says until it ends; <part> is what it did last. False
 * when it ended before it was done. */
static bool
listen_to(struct checking *checking, int pipe, char *part, size_t size)
{
	struct buf *err = &checking->cli->err;
	struct saying head;
	bool goes_on = true, is_done = false;

	while (goes_on && read_all(pipe, &head, sizeof head)) {
		uint32_t len;

		memcpy(&len, head.len, sizeof len);
		switch ((enum said)head.what) {
		case SAID_PART:
			goes_on = len < size && read_all(pipe, part, len);
			part[goes_on ? len : 0] = '\0';
			break;
		case SAID_COUNTS:
			goes_on = len == sizeof checking->counts &&
			    read_all(pipe, &checking->counts, len);
			is_done = goes_on;
			break;
		case SAID_ERR:
			goes_on = buf_reserve(err, len) &&
			    read_all(pipe, err->at + err->len, len);
			err->len += goes_on ? len : 0;
			break;
		default: goes_on = false; break;
		}
	}
	return is_done;
}

static int
judge(struct checking *checking, bool is_done, int status, const char *part)
{
	const char *how = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) :
						"it gave up";

	if (is_done && WIFEXITED(status))
		return WEXITSTATUS(status);
	return cli_fail(checking->cli, checking->dir,
	    "%s: reading the store was cut short (%s): it is damaged; restore "
	    "a backup",
	    part, how);
}

static int
check_in_child(struct checking *checking)
{
	char part[32] = "opening";
	int ends[2] = { -1, -1 }, status = 0, code;
	pid_t child = -1;
	bool is_done;

	if (pipe2(ends, O_CLOEXEC) == 0)
		child = fork();
	if (child < 0) {
		code = cli_fail(checking->cli, "check", "%s", strerror(errno));
		close(ends[0]);
		close(ends[1]);
		return code;
	}
	if (child == 0) {
		close(ends[0]);
		_exit(run_child(checking, ends[1]));
	}
	close(ends[1]);
	is_done = listen_to(checking, ends[0], part, sizeof part);
	close(ends[0]);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return cli_fail(
			    checking->cli, "check", "%s", strerror(errno));
	return judge(checking, is_done, status, part);
}

/* --- what needs no child --- */

static void
check_conf(struct checking *checking)
{
	struct why why = { .message = "" };
	char words[512];
	struct conf conf;
	enum err err;

	conf_init(&conf);
	err = conf_read(&conf, NULL, &why);
	if (err != ERR_OK)
		check_tell(checking, "configuration",
		    why.message[0] != '\0' ?
			why_text(&why, words, sizeof words) :
			err_message(err));
}

/* What may be a mistake is told, but fails nothing. */
static void
on_script(void *context, bool is_fault, const char *what)
{
	struct checking *checking = context;

	if (is_fault)
		check_tell(checking, "script", what);
	else
		cli_fail(checking->cli, "warning", "%s", what);
}

/* The site is opened as others do it, now that all in it is known to be
 * whole. */
static int
check_scripts(struct checking *checking)
{
	struct why why = { .message = "" };
	struct site *site = NULL;
	enum err err = cli_open(checking->dir, CLI_READS, &site, &why);

	if (err == ERR_OK)
		err = scripts_check(site, on_script, checking, &why);
	site_close(site);
	if (err == ERR_OK)
		return CLI_DONE;
	return cli_fail_err(checking->cli, "scripts", err, &why);
}

int
cli_check(struct cli *cli)
{
	struct checking checking = { .cli = cli, .dir = cli->args[0] };
	int code = check_in_child(&checking);

	if (code == CLI_DONE && checking.counts.faults == 0)
		code = check_scripts(&checking);
	check_conf(&checking);
	if (checking.counts.keys > 0)
		report(&checking);
	return checking.counts.faults > 0 ? CLI_FAILED : code;
}
