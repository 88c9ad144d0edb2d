/* core/cli/check.c - hookdesk check: everything is read and compared.
 *
 * LMDB trusts what it reads: a damaged page makes it abort(), or read where
 * nothing is. So a child reads, begun before anything is open, and tells what
 * it finds through a pipe; when it is killed, that is what is told.
 */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/json_write.h"
#include "core/base/secret.h"
#include "core/desk/job.h"
#include "core/desk/orphan.h"
#include "core/model/index_check.h"
#include "core/model/search.h"
#include "core/model/table.h"
#include "core/model/ticket.h"
#include "core/store/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAULTS_TOLD 100 /* further ones are only counted */
/* The server looks for orphans each day, and leaves them a day. */
#define ORPHAN_US (3 * CLOCK_DAY_US)

struct checking {
	struct cli *cli;
	uint64_t faults;
	uint64_t keys, records, entries, files; /* looked at */
};

static void
tell(struct checking *checking, const char *where, const char *what)
{
	if (++checking->faults <= FAULTS_TOLD)
		cli_fail(checking->cli, where, "%s", what);
}

/* --- keys and checksums --- */

static void
on_fault(void *context, enum verify_fault fault, struct bytes key)
{
	char name[2 * 48 + 8];
	size_t n = key.len < 48 ? key.len : 48;

	for (size_t i = 0; i < n; i++)
		snprintf(&name[2 * i], 3, "%02x", (unsigned char)key.at[i]);
	name[2 * n] = '\0';
	tell(context, name, verify_fault_text(fault));
}

static void
on_keys(void *context, uint64_t keys)
{
	(void)context;
	cli_progress("reading keys:", keys, 0);
}

static enum err
check_keys(struct checking *checking, struct store *store)
{
	struct verify verify = {
		.fault = on_fault, .progress = on_keys, .context = checking
	};
	enum err err = verify_store(store, &verify);

	checking->keys = verify.keys;
	return err;
}

/* --- what lies beside the records --- */

static void
on_index_fault(void *context, const char *what)
{
	tell(context, "index", what);
}

static void
on_text_fault(void *context, const char *what)
{
	tell(context, "text", what);
}

static void
on_job_fault(void *context, const char *what)
{
	tell(context, "job", what);
}

static void
on_records(void *context, uint64_t records)
{
	(void)context;
	cli_progress("comparing records:", records, 0);
}

static enum err
check_indexes(struct checking *checking, struct store *store)
{
	struct index_check check = { .fault = on_index_fault,
		.progress = on_records,
		.context = checking };
	enum err err = index_check(store, &check);

	checking->records = check.records;
	checking->entries = check.entries;
	return err;
}

static enum err
check_texts(struct checking *checking, struct store *store)
{
	struct index_check check = { .fault = on_text_fault,
		.progress = on_records,
		.context = checking };

	return bigtext_check(store, &check);
}

static enum err
check_jobs(struct checking *checking, struct store *store)
{
	return job_check(store, on_job_fault, checking);
}

static enum err
check_counters(struct checking *checking, struct store *store)
{
	struct why why = { .message = "" };
	struct snapshot *snapshot = NULL;
	char text[512];
	enum err err = store_snapshot(store, &snapshot);

	if (err == ERR_OK)
		err = ticket_counts_check(snapshot, checking->cli->arena, &why);
	snapshot_release(snapshot);
	if (err != ERR_CORRUPT)
		return err;
	tell(checking, "counters",
	    why.message[0] != '\0' ? why_text(&why, text, sizeof text) :
				     "a ticket or a counter is damaged");
	return ERR_OK;
}

static void
on_search_fault(void *context, const char *what)
{
	tell(context, "search", what);
}

static enum err
check_search(struct checking *checking, struct store *store)
{
	return search_check(store, on_search_fault, checking);
}

/* --- attached files --- */

/* Read the file and compare it with what its record says; NULL, or what is
 * wrong with it. */
static const char *
compare_file(const char *path, const struct record *record)
{
	unsigned char hash[SECRET_HASH_SIZE], wanted[SECRET_HASH_SIZE];
	struct secret_hasher hasher;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const char *fault = NULL;
	char block[65536];
	int64_t size = 0;
	ssize_t n = 0;

	if (fd < 0)
		return errno == ENOENT ? "the file is missing" :
					 "the file cannot be read";
	secret_hasher_begin(&hasher);
	while ((n = read(fd, block, sizeof block)) > 0 ||
	    (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		secret_hasher_add(&hasher, (struct bytes){ block, (size_t)n });
		size += n;
	}
	close(fd);
	secret_hasher_end(&hasher, hash);
	if (n < 0)
		fault = "the file cannot be read";
	else if (size != record_int(record, FILE_SIZE))
		fault = "the file has another size";
	else if (record_has(record, FILE_HASH) &&
	    (secret_hex_to(record_text(record, FILE_HASH), wanted,
		 sizeof wanted) != ERR_OK ||
		memcmp(wanted, hash, sizeof hash) != 0))
		fault = "the file's content is not what was attached";
	return fault;
}

static enum err
check_records_files(struct checking *checking, struct store *store)
{
	struct snapshot *snapshot = NULL;
	struct record record;
	uint64_t id = 0;
	enum err err = store_snapshot(store, &snapshot);

	while (err == ERR_OK) {
		const char *fault;
		char path[PATH_MAX];

		err = record_next(snapshot, KIND_FILE, &id, &record);
		if (err != ERR_OK)
			break;
		snprintf(path, sizeof path, "%s/files/%.*s",
		    site_dir(checking->cli->site),
		    BYTES_ARG(record_text(&record, FILE_DISK)));
		fault = compare_file(path, &record);
		if (fault != NULL)
			tell(checking, path, fault);
		checking->files++;
		cli_progress("reading files:", checking->files, 0);
		if (snapshot_is_old(snapshot))
			err = snapshot_renew(&snapshot);
	}
	snapshot_release(snapshot);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void
on_orphan(void *context, const char *path)
{
	tell(context, path, "nothing in the store names this file");
}

static enum err
check_files(struct checking *checking, struct store *store)
{
	struct orphans *orphans = NULL;
	int64_t now_us = store_now_us(store);
	enum err err = check_records_files(checking, store);

	if (err == ERR_OK)
		err = orphans_open(
		    store, site_dir(checking->cli->site), ORPHAN_US, &orphans);
	while (err == ERR_OK)
		err = orphans_next(orphans, now_us, on_orphan, checking);
	orphans_close(orphans);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* --- the child --- */

static const struct {
	const char *name;
	enum err (*run)(struct checking *checking, struct store *store);
} parts[] = {
	{ "keys", check_keys },
	{ "indexes", check_indexes },
	{ "texts", check_texts },
	{ "jobs", check_jobs },
	{ "counters", check_counters },
	{ "search", check_search },
	{ "files", check_files },
};

static void
report(struct checking *checking)
{
	struct cli *cli = checking->cli;
	struct json_writer w = json_writer(&cli->out);

	if (cli_option(cli, "json") == NULL) {
		buf_printf(&cli->out,
		    "%llu keys, %llu records, %llu index entries, %llu files: "
		    "%llu faults\n",
		    (unsigned long long)checking->keys,
		    (unsigned long long)checking->records,
		    (unsigned long long)checking->entries,
		    (unsigned long long)checking->files,
		    (unsigned long long)checking->faults);
		return;
	}
	json_begin_object(&w);
	json_member_int(&w, "keys", (int64_t)checking->keys);
	json_member_int(&w, "records", (int64_t)checking->records);
	json_member_int(&w, "index_entries", (int64_t)checking->entries);
	json_member_int(&w, "files", (int64_t)checking->files);
	json_member_int(&w, "faults", (int64_t)checking->faults);
	json_end_object(&w);
	buf_char(&cli->out, '\n');
}

/* What the child says: a byte for what it is, four for its length. */
enum said { SAID_OUT = 'o', SAID_ERR = 'e', SAID_PART = 'p' };

struct saying {
	char what;
	char len[4];
};

static bool
send_said(int pipe, enum said what, struct bytes text)
{
	struct saying head = { .what = (char)what };
	uint32_t len = (uint32_t)text.len;

	memcpy(head.len, &len, sizeof len);
	return file_write_all(pipe, &head, sizeof head) == ERR_OK &&
	    file_write_all(pipe, text.at, text.len) == ERR_OK;
}

/* Hand over what was said so far. */
static bool
send_buffers(struct cli *cli, int pipe)
{
	bool is_sent = send_said(pipe, SAID_ERR, buf_get(&cli->err)) &&
	    send_said(pipe, SAID_OUT, buf_get(&cli->out));

	buf_clear(&cli->err);
	buf_clear(&cli->out);
	return is_sent;
}

static int
check_parts(struct checking *checking, int pipe)
{
	struct cli *cli = checking->cli;
	int code = CLI_DONE;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		enum err err;

		if (!send_said(pipe, SAID_PART, bytes_of(parts[i].name)))
			return CLI_FAILED;
		err = parts[i].run(checking, site_store(cli->site));
		cli_progress_end();
		if (err != ERR_OK)
			code = cli_fail_err(cli, parts[i].name, err, NULL);
		if (!send_buffers(cli, pipe))
			return CLI_FAILED;
		if (err == ERR_CORRUPT) /* what follows would read the same */
			break;
	}
	if (checking->faults > FAULTS_TOLD)
		cli_fail(cli, "check", "%llu more faults",
		    (unsigned long long)(checking->faults - FAULTS_TOLD));
	report(checking);
	return checking->faults > 0 ? CLI_FAILED : code;
}

static int
run_child(struct cli *cli, int pipe)
{
	static const struct rlimit no_core = { 0, 0 };
	struct checking checking = { .cli = cli };
	struct why why = { .message = "" };
	int code;
	enum err err;

	setrlimit(RLIMIT_CORE, &no_core);
	err = cli_open(cli->args[0], CLI_READS, &cli->site, &why);
	if (err == ERR_OK)
		code = check_parts(&checking, pipe);
	else
		code = cli_fail_err(cli, cli->args[0], err, &why);
	if (!send_buffers(cli, pipe))
		code = CLI_FAILED;
	site_close(cli->site);
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

/* Take what the child says until it ends; <part> is what it did last. */
static void
listen_to(struct cli *cli, int pipe, char *part, size_t size)
{
	struct saying head;

	while (read_all(pipe, &head, sizeof head)) {
		struct buf *into = head.what == SAID_OUT ? &cli->out :
							   &cli->err;
		uint32_t len;

		memcpy(&len, head.len, sizeof len);
		if (head.what == SAID_PART) {
			if (len >= size || !read_all(pipe, part, len))
				return;
			part[len] = '\0';
		} else if (!buf_reserve(into, len) ||
		    !read_all(pipe, into->at + into->len, len)) {
			return;
		} else {
			into->len += len;
		}
	}
}

static int
judge(struct cli *cli, int status, const char *part)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return cli_fail(cli, cli->args[0],
	    "%s: reading it ended with signal %d (%s): the store is damaged; "
	    "restore a backup",
	    part, WTERMSIG(status), strsignal(WTERMSIG(status)));
}

int
cli_check(struct cli *cli)
{
	char part[32] = "opening";
	int ends[2] = { -1, -1 }, status = 0;
	pid_t child = -1;

	if (pipe2(ends, O_CLOEXEC) == 0)
		child = fork();
	if (child < 0) {
		int code = cli_fail(cli, "check", "%s", strerror(errno));

		close(ends[0]);
		close(ends[1]);
		return code;
	}
	if (child == 0) {
		close(ends[0]);
		_exit(run_child(cli, ends[1]));
	}
	close(ends[1]);
	listen_to(cli, ends[0], part, sizeof part);
	close(ends[0]);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return cli_fail(cli, "check", "%s", strerror(errno));
	return judge(cli, status, part);
}
