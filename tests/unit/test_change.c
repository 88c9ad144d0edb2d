/* tests/unit/test_change.c - changes: what they hold, their guards, numbers. */
#include "config.h"

#include "tests/unit/store_fixture.h"

/* --- building, without a store --- */

static void
test_change_put__the_last_of_a_key_wins(void)
{
	struct arena *arena = arena_create();
	struct change *c = NULL;
	struct bytes value;

	MUST(change_create(arena, &c));
	CHECK(change_is_empty(c));
	CHECK_INT(change_get(c, BYTES("a"), &value), ERR_INVALID);
	change_put(c, BYTES("a"), BYTES("one"));
	change_put(c, BYTES("b"), BYTES("two"));
	change_put(c, BYTES("a"), BYTES("three"));
	change_delete(c, BYTES("b"));
	CHECK(!change_is_empty(c));
	CHECK_INT(change_get(c, BYTES("a"), &value), ERR_OK);
	CHECK_BYTES(value, "three");
	CHECK_INT(change_get(c, BYTES("b"), &value), ERR_NOT_FOUND);
	CHECK_INT(change_get(c, BYTES("c"), &value), ERR_INVALID);
	CHECK_INT(change_error(c), ERR_OK);
	arena_destroy(arena);
}

static void
test_change_put__finds_each_of_many_keys(void)
{
	struct arena *arena = arena_create();
	struct change *c = NULL;
	struct bytes value;
	char key[16];
	size_t size = 0;

	MUST(change_create(arena, &c));
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 3000; i++) {
			snprintf(key, sizeof key, "key %d", i);
			change_put(c, bytes_of(key),
			    bytes_of(round ? "new value" : "old"));
			if (round == 0 && i == 2999)
				size = change_size(c);
		}
	CHECK_INT(change_size(c), size + 3000 * 6);
	for (int i = 0; i < 3000; i++) {
		snprintf(key, sizeof key, "key %d", i);
		CHECK_INT(change_get(c, bytes_of(key), &value), ERR_OK);
		CHECK_BYTES(value, "new value");
	}
	arena_destroy(arena);
}

static void
test_change_error__tells_the_first_thing_that_went_wrong(void)
{
	static char big[ENGINE_VALUE_MAX + 1], long_key[KEY_MAX + 1];
	static const struct {
		const char *why;
		struct bytes key, value;
		bool is_record;
		enum err want;
	} cases[] = {
		{ "plain", { "k", 1 }, { "v", 1 }, false, ERR_OK },
		{ "empty value", { "k", 1 }, { "", 0 }, false, ERR_OK },
		{ "empty key", { "", 0 }, { "v", 1 }, false, ERR_INVALID },
		{ "longest key", { long_key, KEY_MAX }, { "v", 1 }, false,
		    ERR_OK },
		{ "key too long", { long_key, KEY_MAX + 1 }, { "v", 1 }, false,
		    ERR_INVALID },
		{ "largest value", { "k", 1 }, { big, ENGINE_VALUE_MAX }, false,
		    ERR_OK },
		{ "value too large", { "k", 1 }, { big, ENGINE_VALUE_MAX + 1 },
		    false, ERR_LIMIT },
		{ "record of a header", { "k", 1 }, { big, RECORD_HEADER_SIZE },
		    true, ERR_OK },
		{ "record cut short", { "k", 1 },
		    { big, RECORD_HEADER_SIZE - 1 }, true, ERR_INVALID },
	};
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct change *c = new_change(&f);

		printf("# %s\n", cases[i].why);
		if (cases[i].is_record)
			change_put_record(c, cases[i].key, cases[i].value);
		else
			change_put(c, cases[i].key, cases[i].value);
		CHECK_INT(change_error(c), cases[i].want);
		change_put(c, BYTES(""), BYTES("")); /* a second error */
		CHECK_INT(change_error(c),
		    cases[i].want != ERR_OK ? cases[i].want : ERR_INVALID);
		change_put(c, BYTES("more"), BYTES("v"));
		CHECK_INT(store_commit(f.store, c, NULL), change_error(c));
	}
	CHECK_INT(store_commit_number(f.store), 0);
	fixture_release(&f);
}

static void
test_change_add__does_not_mix_with_puts(void)
{
	struct arena *arena = arena_create();
	struct change *c = NULL;

	MUST(change_create(arena, &c));
	change_add(c, BYTES("c"), 1);
	change_put(c, BYTES("c"), BYTES("v"));
	CHECK_INT(change_error(c), ERR_INVALID);
	MUST(change_create(arena, &c));
	change_delete(c, BYTES("c"));
	change_add(c, BYTES("c"), 1);
	CHECK_INT(change_error(c), ERR_INVALID);
	MUST(change_create(arena, &c));
	change_add(c, BYTES("c"), INT64_MAX);
	change_add(c, BYTES("c"), 1);
	CHECK_INT(change_error(c), ERR_INVALID);
	arena_destroy(arena);
}

static void
test_change_size__is_limited(void)
{
	static char big[ENGINE_VALUE_MAX];
	struct arena *arena = arena_create();
	struct change *c = NULL;
	char key[16];

	MUST(change_create(arena, &c));
	for (int i = 0; change_error(c) == ERR_OK && i < 1000; i++) {
		snprintf(key, sizeof key, "%d", i);
		change_put(c, bytes_of(key), (struct bytes){ big, sizeof big });
	}
	CHECK_INT(change_error(c), ERR_LIMIT);
	CHECK(change_size(c) > CHANGE_SIZE_MAX);
	CHECK(change_size(c) < CHANGE_SIZE_MAX + 2 * sizeof big);
	arena_destroy(arena);
}

/* --- committed --- */

static void
test_store_commit__stores_puts_and_deletes(void)
{
	struct fixture f;
	struct change *c;
	uint64_t number = 0;
	char buffer[] = "key";

	fixture_init(&f);
	CHECK_INT(store_commit_number(f.store), 0);
	c = new_change(&f);
	change_put(c, (struct bytes){ buffer, 3 }, BYTES("value"));
	change_put(c, BYTES("empty"), BYTES_NONE);
	change_put(c, BYTES("gone"), BYTES("x"));
	buffer[0] = 'X'; /* keys are copied */
	CHECK_INT(store_commit(f.store, c, &number), ERR_OK);
	CHECK_INT(number, 1);
	CHECK_INT(store_commit_number(f.store), 1);
	CHECK_BYTES(get_text(&f, "key"), "value");
	CHECK_BYTES(get_text(&f, "empty"), "");
	c = new_change(&f);
	change_delete(c, BYTES("gone"));
	change_delete(c, BYTES("never was"));
	CHECK_INT(store_commit(f.store, c, &number), ERR_OK);
	CHECK_INT(number, 2);
	CHECK_BYTES(get_text(&f, "gone"), "(none)");
	fixture_reopen(&f);
	CHECK_BYTES(get_text(&f, "key"), "value");
	CHECK_INT(store_commit_number(f.store), 2);
	fixture_release(&f);
}

static void
test_store_commit__takes_nothing_for_an_empty_change(void)
{
	struct fixture f;
	uint64_t number = 99;

	fixture_init(&f);
	CHECK_INT(store_commit(f.store, new_change(&f), &number), ERR_OK);
	CHECK_INT(number, 0);
	CHECK_INT(store_commit_number(f.store), 0);
	fixture_release(&f);
}

static void
test_change_put_record__gets_rev_and_checksum(void)
{
	struct fixture f;
	struct bytes value;
	uint64_t number = 0, rev = 0;

	fixture_init(&f);
	MUST(put_text(&f, "first", "x"));
	value = record_of(&f, "a record");
	struct change *c = new_change(&f);
	change_put_record(c, BYTES("r1"), value);
	CHECK_INT(store_commit(f.store, c, &number), ERR_OK);
	CHECK_BYTES(get_record(&f, "r1", &rev), "a record");
	CHECK_INT(rev, 2);
	CHECK_INT(number, 2);
	CHECK_INT(record_rev(get_text(&f, "r1")), 2);
	/* The caller's bytes stay as they were. */
	CHECK(memcmp(value.at, "\0\0\0\0\0\0\0\0\0\0\0\0", 12) == 0);
	fixture_release(&f);
}

static void
test_record_check__finds_every_flipped_bit(void)
{
	struct fixture f;
	struct bytes value;
	char copy[64];
	uint64_t rev = 7;

	fixture_init(&f);
	MUST(put_record(&f, "r1", "some text", NULL));
	value = get_text(&f, "r1");
	for (size_t bit = 0; bit < value.len * 8; bit++) {
		memcpy(copy, value.at, value.len);
		copy[bit / 8] ^= (char)(1 << bit % 8);
		CHECK_INT(record_check((struct bytes){ copy, value.len }, &rev),
		    ERR_CORRUPT);
	}
	CHECK_INT(rev, 7);
	for (size_t len = 0; len < value.len; len++)
		CHECK_INT(record_check((struct bytes){ value.at, len }, NULL),
		    ERR_CORRUPT);
	fixture_release(&f);
}

static void
test_change_add__counts_and_goes_at_zero(void)
{
	struct fixture f;
	struct change *c;

	fixture_init(&f);
	CHECK_INT(get_count(&f, "c1"), 0);
	c = new_change(&f);
	change_add(c, BYTES("c1"), 2);
	change_add(c, BYTES("c1"), 3);
	change_add(c, BYTES("c2"), -4);
	change_add(c, BYTES("c3"), 1);
	change_add(c, BYTES("c3"), -1);
	MUST(store_commit(f.store, c, NULL));
	CHECK_INT(get_count(&f, "c1"), 5);
	CHECK_INT(get_count(&f, "c2"), -4);
	CHECK_BYTES(get_text(&f, "c3"), "(none)");
	c = new_change(&f);
	change_add(c, BYTES("c1"), -5);
	change_add(c, BYTES("c2"), 5);
	MUST(store_commit(f.store, c, NULL));
	CHECK_BYTES(get_text(&f, "c1"), "(none)");
	CHECK_INT(get_count(&f, "c2"), 1);
	fixture_release(&f);
}

/* --- guards --- */

static void
test_change_guard_rev__tells_a_conflict(void)
{
	static const struct {
		const char *why, *key;
		uint64_t rev;
		enum err conflict, stale;
	} cases[] = {
		{ "as read", "r1", 1, ERR_OK, ERR_OK },
		{ "older", "r2", 1, ERR_CONFLICT, ERR_STALE },
		{ "absent, as read", "r3", 0, ERR_OK, ERR_OK },
		{ "gone", "r3", 1, ERR_CONFLICT, ERR_STALE },
		{ "came", "r1", 0, ERR_CONFLICT, ERR_STALE },
	};
	struct fixture f;

	fixture_init(&f);
	MUST(put_record(&f, "r1", "one", NULL));
	MUST(put_record(&f, "r2", "two", NULL));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct change *c = new_change(&f);

		printf("# %s\n", cases[i].why);
		change_guard_rev(c, bytes_of(cases[i].key), cases[i].rev);
		change_put(c, BYTES("effect"), BYTES("x"));
		CHECK_INT(store_commit(f.store, c, NULL), cases[i].conflict);
		CHECK_BYTES(get_text(&f, "effect"),
		    cases[i].conflict == ERR_OK ? "x" : "(none)");
		c = new_change(&f);
		change_delete(c, BYTES("effect"));
		change_guard_stale(c, bytes_of(cases[i].key), cases[i].rev);
		CHECK_INT(store_commit(f.store, c, NULL), cases[i].stale);
	}
	fixture_release(&f);
}

static void
test_change_guard_absent__keeps_words_unique(void)
{
	struct fixture f;
	struct change *c;

	fixture_init(&f);
	for (int i = 0; i < 2; i++) {
		c = new_change(&f);
		change_guard_absent(c, BYTES("u mail"));
		change_put(c, BYTES("u mail"), BYTES("owner"));
		CHECK_INT(store_commit(f.store, c, NULL),
		    i == 0 ? ERR_OK : ERR_CONFLICT);
	}
	CHECK_INT(store_commit_number(f.store), 1);
	fixture_release(&f);
}

static void
test_guards__conflict_comes_before_stale(void)
{
	struct fixture f;
	struct change *c;

	fixture_init(&f);
	c = new_change(&f);
	change_guard_stale(c, BYTES("r1"), 5);
	change_guard_rev(c, BYTES("r2"), 5);
	change_put(c, BYTES("x"), BYTES("x"));
	CHECK_INT(store_commit(f.store, c, NULL), ERR_CONFLICT);
	fixture_release(&f);
}

static void
test_guards__see_the_store_not_their_own_change(void)
{
	struct fixture f;
	struct change *c;

	fixture_init(&f);
	c = new_change(&f);
	change_put_record(c, BYTES("r1"), record_of(&f, "new"));
	change_guard_rev(c, BYTES("r1"), 0);
	change_guard_absent(c, BYTES("r1"));
	CHECK_INT(store_commit(f.store, c, NULL), ERR_OK);
	fixture_release(&f);
}

/* --- numbers --- */

static void
test_change_put_numbered__makes_the_keys_of_a_log(void)
{
	struct fixture f;
	struct change *c;
	struct snapshot *s;
	struct cursor cursor;
	struct bytes key, value;
	unsigned n0, n1;
	uint64_t number = 0;

	fixture_init(&f);
	MUST(put_text(&f, "first", "x"));
	c = new_change(&f);
	n0 = change_number(c);
	n1 = change_number(c);
	change_put_numbered(
	    c, BYTES("e"), n1, BYTES_NONE, record_of(&f, "second"), true);
	change_put_numbered(
	    c, BYTES("e"), n0, BYTES("suffix"), BYTES("plain"), false);
	MUST(store_commit(f.store, c, &number));
	CHECK_INT(number, 2);
	CHECK_INT(change_numbered_id(c, n0), 2 << 16 | 0);
	CHECK_INT(change_numbered_id(c, n1), 2 << 16 | 1);
	CHECK_INT(numbered_commit(change_numbered_id(c, n1)), 2);
	CHECK_INT(numbered_n(change_numbered_id(c, n1)), 1);

	MUST(store_snapshot(f.store, &s));
	MUST(cursor_open_prefix(s, BYTES("e"), FORWARD, &cursor));
	CHECK_INT(cursor_next(&cursor, &key, &value), ERR_OK);
	CHECK_INT(key.len, 1 + 8 + 6);
	CHECK_INT(be64_read(key.at + 1), change_numbered_id(c, n0));
	CHECK(memcmp(key.at + 9, "suffix", 6) == 0);
	CHECK_BYTES(value, "plain");
	CHECK_INT(cursor_next(&cursor, &key, &value), ERR_OK);
	CHECK_INT(be64_read(key.at + 1), change_numbered_id(c, n1));
	CHECK_INT(record_check(value, &number), ERR_OK);
	CHECK_INT(number, 2);
	CHECK_INT(cursor_next(&cursor, &key, &value), ERR_NOT_FOUND);
	cursor_close(&cursor);
	snapshot_release(s);
	fixture_release(&f);
}

static void
test_change_put_numbered__refuses_a_number_not_given(void)
{
	struct arena *arena = arena_create();
	struct change *c = NULL;
	char prefix[KEY_MAX] = { 'j' };

	MUST(change_create(arena, &c));
	change_put_numbered(c, BYTES("e"), 0, BYTES_NONE, BYTES("x"), false);
	CHECK_INT(change_error(c), ERR_INVALID);
	MUST(change_create(arena, &c));
	change_put_numbered(c, (struct bytes){ prefix, KEY_MAX - 7 },
	    change_number(c), BYTES_NONE, BYTES("x"), false);
	CHECK_INT(change_error(c), ERR_INVALID);
	MUST(change_create(arena, &c));
	for (unsigned i = 0; i < CHANGE_NUMBERS_MAX; i++)
		CHECK_INT(change_number(c), i);
	CHECK_INT(change_error(c), ERR_OK);
	(void)change_number(c);
	CHECK_INT(change_error(c), ERR_LIMIT);
	arena_destroy(arena);
}

int
main(void)
{
	RUN(test_change_put__the_last_of_a_key_wins);
	RUN(test_change_put__finds_each_of_many_keys);
	RUN(test_change_error__tells_the_first_thing_that_went_wrong);
	RUN(test_change_add__does_not_mix_with_puts);
	RUN(test_change_size__is_limited);
	RUN(test_store_commit__stores_puts_and_deletes);
	RUN(test_store_commit__takes_nothing_for_an_empty_change);
	RUN(test_change_put_record__gets_rev_and_checksum);
	RUN(test_record_check__finds_every_flipped_bit);
	RUN(test_change_add__counts_and_goes_at_zero);
	RUN(test_change_guard_rev__tells_a_conflict);
	RUN(test_change_guard_absent__keeps_words_unique);
	RUN(test_guards__conflict_comes_before_stale);
	RUN(test_guards__see_the_store_not_their_own_change);
	RUN(test_change_put_numbered__makes_the_keys_of_a_log);
	RUN(test_change_put_numbered__refuses_a_number_not_given);
	return tap_done();
}
