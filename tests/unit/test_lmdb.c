/* tests/unit/test_lmdb.c - the engine: cursors, keys, a full map, its file. */
#include "config.h"

#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Commit the keys of <keys>, separated by spaces, each its own value. */
static void
put_keys(struct fixture *f, const char *keys)
{
	struct bytes rest = bytes_of(keys);
	struct change *c = new_change(f);

	while (rest.at != NULL) {
		struct bytes key = bytes_split(&rest, ' ');

		change_put(c, key, key);
	}
	MUST(store_commit(f->store, c, NULL));
}

/* What is left of the walk, in one line. */
static const char *
walk(struct fixture *f, struct cursor *cursor)
{
	struct buf out = buf_in(f->arena);
	struct bytes key, value;
	enum err err;

	while ((err = cursor_next(cursor, &key, &value)) == ERR_OK) {
		if (key.at[0] == KEY_META)
			continue; /* the store's own */
		if (out.len > 0)
			buf_char(&out, ' ');
		buf_bytes(&out, key);
		if (!bytes_equal(key, value))
			buf_text(&out, "!");
	}
	if (err != ERR_NOT_FOUND || cursor_next(cursor, &key, &value) != err)
		buf_text(&out, err_name(err));
	return buf_string(&out);
}

static void
test_cursor_next__stays_in_its_bounds(void)
{
	static const struct {
		const char *lo, *hi;
		enum direction direction;
		const char *want;
	} cases[] = {
		{ "", "", FORWARD, "a b bb c e" },
		{ "", "", BACKWARD, "e c bb b a" },
		{ "b", "c", FORWARD, "b bb" },
		{ "b", "c", BACKWARD, "bb b" },
		{ "b", "", FORWARD, "b bb c e" },
		{ "b", "", BACKWARD, "e c bb b" },
		{ "", "b", FORWARD, "a" },
		{ "", "b", BACKWARD, "a" },
		{ "ab", "d", FORWARD, "b bb c" },
		{ "ab", "d", BACKWARD, "c bb b" },
		{ "d", "dd", FORWARD, "" },
		{ "d", "dd", BACKWARD, "" },
		{ "c", "c", FORWARD, "" },
		{ "c", "b", BACKWARD, "" },
		{ "x", "", FORWARD, "" },
		{ "x", "", BACKWARD, "" },
		{ "", "A", FORWARD, "" },
		{ "", "A", BACKWARD, "" },
	};
	struct fixture f;
	struct snapshot *s = NULL;
	struct cursor cursor;

	fixture_init(&f);
	put_keys(&f, "c a bb e b");
	MUST(store_snapshot(f.store, &s));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		MUST(cursor_open(s, bytes_of(cases[i].lo),
		    bytes_of(cases[i].hi), cases[i].direction, &cursor));
		printf("# %s to %s\n", cases[i].lo, cases[i].hi);
		CHECK_BYTES(bytes_of(walk(&f, &cursor)), cases[i].want);
		cursor_close(&cursor);
		cursor_close(&cursor);
	}
	snapshot_release(s);
	fixture_release(&f);
}

static void
test_cursor_seek__goes_on_at_the_key(void)
{
	static const struct {
		const char *lo, *hi;
		enum direction direction;
		const char *seek, *want;
	} cases[] = {
		{ "", "", FORWARD, "b", "b bb c e" },
		{ "", "", FORWARD, "bc", "c e" },
		{ "", "", FORWARD, "f", "" },
		{ "", "", BACKWARD, "bb", "bb b a" },
		{ "", "", BACKWARD, "bc", "bb b a" },
		{ "", "", BACKWARD, "z", "e c bb b a" },
		{ "", "", BACKWARD, "A", "" },
		{ "b", "c", FORWARD, "a", "b bb" },
		{ "b", "c", FORWARD, "bb", "bb" },
		{ "b", "c", FORWARD, "e", "" },
		{ "b", "c", BACKWARD, "e", "bb b" },
		{ "b", "c", BACKWARD, "b", "b" },
		{ "b", "c", BACKWARD, "a", "" },
	};
	struct fixture f;
	struct snapshot *s = NULL;
	struct bytes key, value;
	struct cursor cursor;

	fixture_init(&f);
	put_keys(&f, "c a bb e b");
	MUST(store_snapshot(f.store, &s));
	for (size_t i = 0; i < sizeof cases / sizeof *cases * 2; i++) {
		size_t n = i / 2;

		MUST(cursor_open(s, bytes_of(cases[n].lo),
		    bytes_of(cases[n].hi), cases[n].direction, &cursor));
		if (i % 2 == 1) /* also from the middle of a walk */
			MUST(cursor_next(&cursor, &key, &value));
		cursor_seek(&cursor, bytes_of(cases[n].seek));
		printf("# %s\n", cases[n].seek);
		CHECK_BYTES(bytes_of(walk(&f, &cursor)), cases[n].want);
		cursor_close(&cursor);
	}
	snapshot_release(s);
	fixture_release(&f);
}

static void
test_cursor_open_prefix__ends_with_the_prefix(void)
{
	struct fixture f;
	struct snapshot *s = NULL;
	struct cursor cursor;

	fixture_init(&f);
	put_keys(&f, "r\xff\x01 r\xff\xff r\xffzz r\xfe s ra");
	MUST(store_snapshot(f.store, &s));
	MUST(cursor_open_prefix(s, BYTES("r\xff"), FORWARD, &cursor));
	CHECK_BYTES(bytes_of(walk(&f, &cursor)), "r\xff\x01 r\xffzz r\xff\xff");
	cursor_close(&cursor);
	MUST(cursor_open_prefix(s, BYTES("r"), BACKWARD, &cursor));
	CHECK_BYTES(bytes_of(walk(&f, &cursor)),
	    "r\xff\xff r\xffzz r\xff\x01 r\xfe ra");
	cursor_close(&cursor);
	snapshot_release(s);
	fixture_release(&f);
}

static void
test_cursors__several_at_once_and_again_after_renewal(void)
{
	struct fixture f;
	struct snapshot *s = NULL;
	struct bytes key, value;
	struct cursor cursors[5];

	fixture_init(&f);
	put_keys(&f, "a b c d");
	MUST(store_snapshot(f.store, &s));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 5; i++)
			MUST(cursor_open(s, BYTES_NONE, BYTES("m"),
			    i % 2 ? BACKWARD : FORWARD, &cursors[i]));
		for (int i = 0; i < 5; i++) {
			MUST(cursor_next(&cursors[i], &key, &value));
			CHECK_BYTES(key, i % 2 ? "d" : "a");
		}
		for (int i = 0; i < 5; i++) {
			MUST(cursor_next(&cursors[i], &key, &value));
			CHECK_BYTES(key, i % 2 ? "c" : "b");
			cursor_close(&cursors[i]);
		}
		MUST(snapshot_renew(&s));
	}
	put_keys(&f, "aa");
	MUST(snapshot_renew(&s));
	MUST(cursor_open(s, BYTES_NONE, BYTES("c"), FORWARD, &cursors[0]));
	CHECK_BYTES(bytes_of(walk(&f, &cursors[0])), "a aa b");
	cursor_close(&cursors[0]);
	snapshot_release(s);
	fixture_release(&f);
}

static void
test_values__of_all_sizes_come_back(void)
{
	static const size_t sizes[] = { 0, 1, 2000, 2048, 4080, 4096, 65535,
		65536 };
	static char big[ENGINE_VALUE_MAX];
	struct fixture f;
	struct change *c;
	char key[16];

	fixture_init(&f);
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 31 + i / 256);
	c = new_change(&f);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		snprintf(key, sizeof key, "k%zu", sizes[i]);
		change_put(c, bytes_of(key), (struct bytes){ big, sizes[i] });
	}
	MUST(store_commit(f.store, c, NULL));
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		snprintf(key, sizeof key, "k%zu", sizes[i]);
		CHECK(bytes_equal(
		    get_text(&f, key), (struct bytes){ big, sizes[i] }));
	}
	fixture_release(&f);
}

/* --- a full map --- */

static void
test_store_commit__a_full_map_is_survived(void)
{
	static char big[16 * 1024];
	struct fixture f;
	struct change *c;
	char key[16];
	enum err err = ERR_OK;
	int n = 0, kept = 0;

	fixture_prepare(&f);
	f.options.map_size = 1 << 20;
	fixture_open(&f);
	for (; err == ERR_OK && n < 1000; n++) {
		/* Housekeeping, so as to go on past the reserve. */
		c = new_change(&f);
		change_is_housekeeping(c);
		snprintf(key, sizeof key, "k%d", n);
		change_put(c, bytes_of(key), (struct bytes){ big, sizeof big });
		err = store_commit(f.store, c, NULL);
	}
	CHECK_INT(err, ERR_FULL);
	CHECK(n > 30 && n < 70);
	CHECK_INT(store_state(f.store), STORE_OPEN);
	CHECK_INT(put_text(&f, "new", "work"), ERR_FULL);
	for (int i = 0; i < n - 1; i++) {
		snprintf(key, sizeof key, "k%d", i);
		kept += get_text(&f, key).len == sizeof big;
	}
	CHECK_INT(kept, n - 1); /* all that was acknowledged */

	fixture_reopen(&f);
	CHECK_INT(store_ready(f.store), ERR_FULL);
	CHECK_INT(put_text(&f, "new", "work"), ERR_FULL);
	for (int i = 0; i < n - 1; i++) {
		c = new_change(&f);
		change_is_housekeeping(c);
		snprintf(key, sizeof key, "k%d", i);
		change_delete(c, bytes_of(key));
		CHECK_INT(store_commit(f.store, c, NULL), ERR_OK);
	}
	fixture_reopen(&f); /* or wait for the next look at the room */
	CHECK_INT(store_ready(f.store), ERR_OK);
	CHECK_INT(put_text(&f, "new", "work"), ERR_OK);
	fixture_release(&f);
}

static void
test_snapshot__an_old_one_does_not_stop_commits(void)
{
	struct fixture f;
	struct snapshot *s = NULL;
	struct bytes value;

	fixture_init(&f);
	MUST(put_text(&f, "k", "first"));
	MUST(store_snapshot(f.store, &s));
	for (int i = 0; i < 200; i++)
		CHECK_INT(put_text(&f, "k", "again"), ERR_OK);
	MUST(snapshot_get(s, BYTES("k"), &value));
	CHECK_BYTES(value, "first");
	snapshot_release(s);
	fixture_release(&f);
}

static void
test_files__belong_to_one_user_and_to_no_child(void)
{
	struct fixture f;
	char path[PATH_MAX + 16];
	struct stat st;
	int found = 0;

	fixture_init(&f);
	snprintf(path, sizeof path, "%s/data.mdb", f.dir);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	for (int fd = 3; fd < 100; fd++) {
		char name[40], target[PATH_MAX];
		ssize_t len;

		snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
		len = readlink(name, target, sizeof target - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		if (strncmp(target, f.dir, strlen(f.dir)) != 0)
			continue;
		found++;
		printf("# %s\n", target);
		CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	}
	CHECK(found >= 2);
	fixture_release(&f);
}

/* Keys "aa00000" to "ad09999"; each third is there, less those of <gone>. */
static bool
is_there(unsigned n, unsigned gone)
{
	return n % 3 == 0 && (gone == 0 || n % gone != 0);
}

static struct bytes
numbered_key(struct arena *arena, unsigned n)
{
	return bytes_of(arena_printf(arena, "a%c%05u", "abcd"[n % 4], n / 4));
}

/* Read in an order that is near and far by turns; how many are wrong. */
static int
wrong_answers(struct fixture *f, struct snapshot *s, unsigned gone)
{
	unsigned n = 0;
	int wrong = 0;

	for (unsigned i = 0; i < 20000; i++) {
		struct bytes key, value = BYTES_NONE;
		enum err err;

		n = i % 7 == 0 ? (n * 31 + 17) % 12000 : (n + i % 5) % 12000;
		key = numbered_key(f->arena, n);
		err = snapshot_get(s, key, &value);
		wrong += is_there(n, gone) ?
		    err != ERR_OK || !bytes_equal(key, value) :
		    err != ERR_NOT_FOUND;
	}
	return wrong;
}

static void
test_snapshot_get__is_the_same_from_wherever_it_stood(void)
{
	struct fixture f;
	struct snapshot *s = NULL;
	struct change *change;

	fixture_init(&f);
	MUST(store_snapshot(f.store, &s));
	CHECK_INT(wrong_answers(&f, s, 1), 0);
	change = new_change(&f);
	for (unsigned n = 0; n < 12000; n += 3) {
		struct bytes key = numbered_key(f.arena, n);

		change_put(change, key, key);
	}
	MUST(store_commit(f.store, change, NULL));
	CHECK_INT(wrong_answers(&f, s, 1), 0); /* as of before */
	MUST(snapshot_renew(&s));
	CHECK_INT(wrong_answers(&f, s, 0), 0);
	change = new_change(&f);
	for (unsigned n = 0; n < 12000; n += 6)
		change_delete(change, numbered_key(f.arena, n));
	MUST(store_commit(f.store, change, NULL));
	CHECK_INT(wrong_answers(&f, s, 0), 0);
	MUST(snapshot_renew(&s));
	CHECK_INT(wrong_answers(&f, s, 2), 0);
	snapshot_release(s);
	fixture_release(&f);
}

int
main(void)
{
	RUN(test_snapshot_get__is_the_same_from_wherever_it_stood);
	RUN(test_cursor_next__stays_in_its_bounds);
	RUN(test_cursor_seek__goes_on_at_the_key);
	RUN(test_cursor_open_prefix__ends_with_the_prefix);
	RUN(test_cursors__several_at_once_and_again_after_renewal);
	RUN(test_values__of_all_sizes_come_back);
	RUN(test_store_commit__a_full_map_is_survived);
	RUN(test_snapshot__an_old_one_does_not_stop_commits);
	RUN(test_files__belong_to_one_user_and_to_no_child);
	return tap_done();
}
