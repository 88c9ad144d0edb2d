/* tests/unit/test_format.c - a site that a newer hookdesk wrote: every command
 * says so, and not a byte of it is changed.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/store/store.h"
#include "tests/unit/cli_fixture.h"

#include <dirent.h>
#include <stdlib.h>

#define FORMAT_AT RECORD_HEADER_SIZE /* in the store's first record */
#define SAYS_NEWER "written by a newer hookdesk (format 7)"

/* As if format 7 had written it. */
static void
raise_format(const char *dir)
{
	struct store_options options = STORE_OPTIONS(dir);
	struct arena *arena = arena_create();
	const uint32_t format = 7;
	struct snapshot *snapshot;
	struct change *change;
	struct bytes value;
	struct store *store;
	struct key key;
	char *copy;

	options.min_free = 0;
	CHECK(store_open(&options, &store, NULL) == ERR_OK);
	CHECK(store_snapshot(store, &snapshot) == ERR_OK);
	key_meta(&key, "store");
	CHECK(snapshot_get(snapshot, key_get(&key), &value) == ERR_OK);
	copy = arena_copy(arena, value.at, value.len);
	memcpy(copy + FORMAT_AT, &format, sizeof format);
	CHECK(change_create(arena, &change) == ERR_OK);
	change_put_record(
	    change, key_get(&key), (struct bytes){ copy, value.len });
	snapshot_release(snapshot);
	CHECK(store_commit(store, change, NULL) == ERR_OK);
	store_close(store);
	arena_destroy(arena);
}

/* What lies in the site's folder: names, and the bytes of the store. The locks
 * are not the site's. */
static uint64_t
sum_up(const char *dir)
{
	char path[PATH_MAX + 32];
	struct buf content = BUF_INIT;
	uint64_t sum = 0, hash;
	struct dirent *item;
	DIR *folder_of = opendir(dir);

	while (folder_of != NULL && (item = readdir(folder_of)) != NULL) {
		if (item->d_name[0] == '.' || strstr(item->d_name, "lock"))
			continue;
		hash = 5381;
		for (const char *c = item->d_name; *c != '\0'; c++)
			hash = hash * 33 + (unsigned char)*c;
		sum += hash;
	}
	CHECK(folder_of != NULL);
	closedir(folder_of);
	snprintf(path, sizeof path, "%s/data.mdb", dir);
	CHECK(file_read(path, 1 << 26, &content, NULL) == ERR_OK);
	for (size_t i = 0; i < content.len; i++)
		sum = sum * 31 + (unsigned char)content.at[i];
	buf_release(&content);
	return sum;
}

/* Commands that make something elsewhere, or change something here. */
static void
try_writers(void)
{
	char other[PATH_MAX + 32];
	const char *const lines[][5] = {
		{ "agent", "add", site, "new@example.com", NULL },
		{ "queue", "set", site, "general", "--label=x" },
		{ "customer", "remove", site, "1", NULL },
		{ "backup", site, other, NULL },
		{ "restore", site, other, NULL },
	};

	snprintf(other, sizeof other, "%s/other", folder);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *args[6] = { NULL };

		for (size_t n = 0; n < 5; n++)
			args[n] = lines[i][n];
		printf("# %s %s\n", args[0], args[1]);
		CHECK_INT(hookdesk(args), CLI_FAILED);
		CHECK(says(&err, SAYS_NEWER));
		CHECK(access(other, F_OK) != 0);
	}
}

static void
test_newer_site__is_left_alone(void)
{
	/* serve goes on, for its other sites: see test_sites; a site's scripts
	 * are tried without it; mail is not taken yet; resume writes a file
	 * beside the store */
	static const char *const others[] = { "serve", "test", "mail", "init",
		"resume" };
	uint64_t sum;

	CHECK_INT(HOOKDESK("init", site, "--name", "A desk", "--admin",
		      "ann@example.com"),
	    0);
	raise_format(site);
	sum = sum_up(site);
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++) {
		bool is_other = false;

		for (size_t i = 0; i < sizeof others / sizeof *others; i++)
			is_other |= strcmp(v->name, others[i]) == 0;
		if (is_other)
			continue;
		printf("# %s\n", v->name);
		CHECK_INT(run_on(v, site), CLI_FAILED);
		CHECK(says(
		    strcmp(v->name, "doctor") == 0 ? &out : &err, SAYS_NEWER));
		CHECK(sum_up(site) == sum);
	}
	try_writers();
	CHECK_INT(HOOKDESK("init", site, "--name", "Anew", "--admin",
		      "bob@example.com"),
	    CLI_FAILED);
	CHECK(sum_up(site) == sum);
}

int
main(void)
{
	if (secret_init() != ERR_OK ||
	    file_temp_folder(folder, sizeof folder) != ERR_OK)
		return 1;
	snprintf(site, sizeof site, "%s/site", folder);
	log_set_level(LOG_ERROR);
	RUN(test_newer_site__is_left_alone);
	CHECK(file_remove_tree(folder) == ERR_OK);
	buf_release(&out);
	buf_release(&err);
	return tap_done();
}
