/* tests/unit/check_fixture.h - a site with something of everything, to be
 * damaged below the desk and given to hookdesk check.
 *
 * begin() leaves the site closed and its store open; check() runs the
 * command, and what it says is in <said>.
 */
#ifndef HOOKDESK_TESTS_CHECK_FIXTURE_H
#define HOOKDESK_TESTS_CHECK_FIXTURE_H

#include "core/cli/cli.h"
#include "core/model/search.h"
#include "tests/unit/desk_fixture.h"

#include <fcntl.h>
#include <unistd.h>

static struct desk_fixture f;
static struct store *store; /* of the site, which is closed */
static uint64_t ticket;
static struct buf said;

#define DISK "0123456789abcdef0123456789abcdef"
#define CONTENT "an attachment"

/* ---- a site with something of everything ---- */

static inline void
path_of(char path[PATH_MAX], const char *name)
{
	if (snprintf(path, PATH_MAX, "%s/%s", f.dir, name) >= PATH_MAX)
		exit(1);
}

static inline uint64_t
add_upload(void)
{
	struct act_input input;
	uint8_t hash[SECRET_HASH_SIZE];
	char path[PATH_MAX], hex[2 * SECRET_HASH_SIZE + 1];
	struct secret_hasher hasher;

	path_of(path, "files/" DISK);
	MUST(file_replace(path, 0640, BYTES(CONTENT), NULL));
	secret_hasher_begin(&hasher);
	secret_hasher_add(&hasher, BYTES(CONTENT));
	secret_hasher_end(&hasher, hash);
	for (size_t i = 0; i < sizeof hash; i++)
		snprintf(&hex[2 * i], 3, "%02x", hash[i]);
	act_input_init(&input, VERB_FILE_ADD, KIND_FILE);
	input.actor = actor_system();
	record_set_text(&input.fields, FILE_NAME, BYTES("a.txt"));
	record_set_text(&input.fields, FILE_TYPE, BYTES("text/plain"));
	record_set_text(&input.fields, FILE_DISK, BYTES(DISK));
	record_set_text(&input.fields, FILE_HASH, bytes_of(hex));
	record_set_int(&input.fields, FILE_SIZE, sizeof CONTENT - 1);
	MUST(desk_do(&f, &input));
	return f.result.record;
}

/* A long reply, so that its text lies beside the entry in several parts. */
static inline void
add_reply(uint64_t file)
{
	struct act_input input;
	struct buf body = buf_in(f.arena);

	for (int i = 0; i < 4000; i++)
		buf_printf(&body, "word%d ", i % 700);
	act_input_init(&input, VERB_REPLY_ADD, KIND_TICKET);
	input.actor = actor_agent(1);
	input.subject = ticket;
	input.body = buf_get(&body);
	input.files[0] = file;
	input.file_count = 1;
	MUST(desk_do(&f, &input));
}

static inline void
open_store(void)
{
	struct store_options options = STORE_OPTIONS(f.dir);

	options.min_free = 0;
	options.clock = &f.clock;
	options.map_size = FIXTURE_MAP;
	options.unsynced = true;
	MUST(store_open(&options, &store, NULL));
}

/* Give the desk up for its store. */
static inline void
leave_desk(void)
{
	site_close(f.site);
	f.site = NULL;
	open_store();
}

static inline void
begin(void)
{
	desk_setup(&f);
	ticket = desk_submit(&f, "bob@example.org", "Refund", "where is it");
	add_reply(add_upload());
	desk_run_jobs(&f);
	leave_desk();
}

static inline void
end(void)
{
	store_close(store);
	store = NULL;
	desk_teardown(&f);
	buf_release(&said);
	said = BUF_INIT;
}

/* ---- damage ---- */

/* The first key that begins with <prefix>, or the last one. */
static inline struct key
find_key(const struct key *prefix, enum direction direction)
{
	struct cursor cursor = { .snapshot = NULL };
	struct snapshot *snapshot;
	struct bytes key, value;
	struct key found = { .len = 0 };

	MUST(store_snapshot(store, &snapshot));
	MUST(cursor_open_prefix(snapshot, key_get(prefix), direction, &cursor));
	MUST(cursor_next(&cursor, &key, &value));
	key_raw(&found, key.at, key.len);
	cursor_close(&cursor);
	snapshot_release(snapshot);
	return found;
}

static inline struct bytes
read_key(const struct key *key)
{
	struct snapshot *snapshot;
	struct bytes value;
	char *copy;

	MUST(store_snapshot(store, &snapshot));
	MUST(snapshot_get(snapshot, key_get(key), &value));
	copy = arena_copy(f.arena, value.at, value.len);
	snapshot_release(snapshot);
	return (struct bytes){ copy, value.len };
}

/* Store <value> under <key> as it is; BYTES_NONE: nothing more. */
static inline void
write_key(const struct key *key, struct bytes value)
{
	struct change *change;

	MUST(change_create(f.arena, &change));
	if (value.at != NULL)
		change_put(change, key_get(key), value);
	else
		change_delete(change, key_get(key));
	MUST(store_commit(store, change, NULL));
}

static inline struct key
key_of_record(enum kind_id kind, uint64_t id)
{
	struct key key;

	key_record(&key, (uint8_t)kind, id);
	return key;
}

static inline struct key
prefix_of(char table)
{
	struct key key = { .len = 0 };

	key_raw(&key, &table, 1);
	return key;
}

/* All texts into the search index. */
static inline void
index_all(void)
{
	size_t taken = 1;

	while (taken > 0) {
		struct snapshot *snapshot;
		struct change *change;

		MUST(store_snapshot(store, &snapshot));
		MUST(change_create(f.arena, &change));
		MUST(search_index(
		    snapshot, change, f.arena, SEARCH_BATCH_MAX, &taken));
		snapshot_release(snapshot);
		if (taken > 0)
			MUST(store_commit(store, change, NULL));
	}
}

/* ---- checking ---- */

/* Run `hookdesk check` on the site; what it says is in <said>. */
static inline int
check(void)
{
	char path[PATH_MAX];
	char *argv[] = { (char[]){ "hookdesk" }, (char[]){ "check" }, f.dir,
		NULL };
	int saved[2] = { dup(1), dup(2) }, file, code;
	bool had_store;

	path_of(path, "said");
	/* The command opens it by itself. */
	had_store = store != NULL;
	store_close(store);
	store = NULL;
	fflush(stdout);
	file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(file, 1);
	dup2(file, 2);
	close(file);
	code = cli_main(3, argv);
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	buf_clear(&said);
	MUST(file_read(path, 1 << 20, &said, NULL));
	if (had_store)
		open_store();
	return code;
}

static inline bool
says(const char *part)
{
	if (bytes_find(buf_get(&said), bytes_of(part)) != NULL)
		return true;
	printf(
	    "# said: %.*s\n", (int)(said.len < 900 ? said.len : 900), said.at);
	return false;
}

#endif
