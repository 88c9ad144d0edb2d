/* core/cli/check_store.c - every byte of a store, and all that must agree. */
#include "config.h"
#include "core/cli/check.h"

#include "core/base/arena.h"
#include "core/base/clock.h"
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
#include <unistd.h>

/* The server looks for orphans each day, and leaves them a day. */
#define ORPHAN_US (3 * CLOCK_DAY_US)

/* --- keys and checksums --- */

static void
on_fault(void *context, enum verify_fault fault, struct bytes key)
{
	char name[2 * 48 + 8];
	size_t n = key.len < 48 ? key.len : 48;

	for (size_t i = 0; i < n; i++)
		snprintf(&name[2 * i], 3, "%02x", (unsigned char)key.at[i]);
	name[2 * n] = '\0';
	check_tell(context, name, verify_fault_text(fault));
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

	checking->counts.keys = verify.keys;
	return err;
}

/* --- what lies beside the records --- */

static void
on_index_fault(void *context, const char *what)
{
	check_tell(context, "index", what);
}

static void
on_text_fault(void *context, const char *what)
{
	check_tell(context, "text", what);
}

static void
on_job_fault(void *context, const char *what)
{
	check_tell(context, "job", what);
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

	checking->counts.records = check.records;
	checking->counts.entries = check.entries;
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

static void
on_ticket_fault(void *context, const char *what)
{
	check_tell(context, "ticket", what);
}

static enum err
check_tickets(struct checking *checking, struct store *store)
{
	return ticket_check(store, on_ticket_fault, checking);
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
	check_tell(checking, "counters",
	    why.message[0] != '\0' ? why_text(&why, text, sizeof text) :
				     "a ticket or a counter is damaged");
	return ERR_OK;
}

static void
on_search_fault(void *context, const char *what)
{
	check_tell(context, "search", what);
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
		snprintf(path, sizeof path, "%s/files/%.*s", checking->dir,
		    BYTES_ARG(record_text(&record, FILE_DISK)));
		fault = compare_file(path, &record);
		if (fault != NULL)
			check_tell(checking, path, fault);
		checking->counts.files++;
		cli_progress("reading files:", checking->counts.files, 0);
		if (snapshot_is_old(snapshot))
			err = snapshot_renew(&snapshot);
	}
	snapshot_release(snapshot);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void
on_orphan(void *context, const char *path)
{
	check_tell(context, path, "nothing in the store names this file");
}

static enum err
check_files(struct checking *checking, struct store *store)
{
	struct orphans *orphans = NULL;
	int64_t now_us = store_now_us(store);
	enum err err = check_records_files(checking, store);

	if (err == ERR_OK)
		err = orphans_open(store, checking->dir, ORPHAN_US, &orphans);
	while (err == ERR_OK)
		err = orphans_next(orphans, now_us, on_orphan, checking);
	orphans_close(orphans);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* --- all of it --- */

static const struct {
	const char *name;
	enum err (*run)(struct checking *checking, struct store *store);
} parts[] = {
	{ "keys", check_keys },
	{ "indexes", check_indexes },
	{ "texts", check_texts },
	{ "tickets", check_tickets },
	{ "jobs", check_jobs },
	{ "counters", check_counters },
	{ "search", check_search },
	{ "files", check_files },
};

int
check_store(struct checking *checking,
    bool (*begins)(void *context, const char *part), void *context)
{
	struct store_options options = STORE_OPTIONS(checking->dir);
	struct why why = { .message = "" };
	struct store *store = NULL;
	int code = CLI_DONE;
	enum err err;

	options.read_only = true;
	err = store_open(&options, &store, &why);
	if (err != ERR_OK)
		return cli_fail_err(checking->cli, checking->dir, err, &why);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!begins(context, parts[i].name)) {
			code = CLI_FAILED;
			break;
		}
		err = parts[i].run(checking, store);
		cli_progress_end();
		if (err != ERR_OK)
			code = cli_fail_err(
			    checking->cli, parts[i].name, err, NULL);
		if (err == ERR_CORRUPT) /* what follows would read the same */
			break;
	}
	store_close(store);
	return code;
}
