/* tests/unit/test_overlay.c - a store over another one shows what an ordinary
 * store would show, and leaves the one below as it is.
 */
#include "config.h"
#include "tests/unit/store_fixture.h"

#include <stdio.h>

#define KEYS 60
#define ROUNDS 300

static unsigned seed = 1;

static unsigned
pick(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

/* Some puts, deletes and additions, the same into both. */
static void
change_both(struct fixture *f, struct store *a, struct store *b)
{
	struct store *stores[] = { a, b };
	unsigned begin = seed;

	for (int s = 0; s < 2; s++) {
		struct change *change;

		seed = begin;
		MUST(change_create(f->arena, &change));
		for (unsigned i = pick(6) + 1; i > 0; i--) {
			const char *key = arena_printf(
			    f->arena, "x%02u", pick(KEYS));
			const char *value = arena_printf(
			    f->arena, "%u", pick(1000));
			unsigned what = pick(3);

			if (what == 0)
				change_delete(change, bytes_of(key));
			else
				change_put(
				    change, bytes_of(key), bytes_of(value));
			change_add(change, BYTES("c1"), 1);
		}
		MUST(store_commit(stores[s], change, NULL));
	}
}

static void
seek_both(struct cursor cursors[2])
{
	char key[8];

	snprintf(key, sizeof key, "x%02u", pick(KEYS));
	for (int s = 0; s < 2; s++)
		cursor_seek(&cursors[s], bytes_of(key));
}

/* Walk both between two random bounds, with leaps; true if they are alike. */
static bool
walk_both(struct store *a, struct store *b)
{
	struct store *stores[] = { a, b };
	enum direction direction = pick(2) ? FORWARD : BACKWARD;
	struct snapshot *snapshots[2];
	struct cursor cursors[2];
	struct bytes key[2], value[2];
	unsigned from = pick(KEYS), leaps = 5;
	enum err err[2] = { ERR_OK, ERR_OK };
	char lo[8], hi[8];
	bool same = true;

	snprintf(lo, sizeof lo, "x%02u", from);
	snprintf(hi, sizeof hi, "x%02u", from + pick(KEYS));
	for (int s = 0; s < 2; s++) {
		MUST(store_snapshot(stores[s], &snapshots[s]));
		MUST(cursor_open(snapshots[s], bytes_of(lo), bytes_of(hi),
		    direction, &cursors[s]));
	}
	while (same && err[0] == ERR_OK) {
		if (leaps > 0 && pick(8) == 0) {
			seek_both(cursors);
			leaps--;
		}
		for (int s = 0; s < 2; s++)
			err[s] = cursor_next(&cursors[s], &key[s], &value[s]);
		same = err[0] == err[1] &&
		    (err[0] != ERR_OK ||
			(bytes_equal(key[0], key[1]) &&
			    bytes_equal(value[0], value[1])));
	}
	for (int s = 0; s < 2; s++) {
		cursor_close(&cursors[s]);
		snapshot_release(snapshots[s]);
	}
	return same;
}

static bool
get_both(struct store *a, struct store *b)
{
	struct snapshot *snapshots[2];
	bool same = true;

	MUST(store_snapshot(a, &snapshots[0]));
	MUST(store_snapshot(b, &snapshots[1]));
	for (unsigned i = 0; i < KEYS; i++) {
		struct bytes value[2] = { BYTES_NONE, BYTES_NONE };
		char key[8];

		snprintf(key, sizeof key, "x%02u", i);
		same &= snapshot_get(snapshots[0], bytes_of(key), &value[0]) ==
		    snapshot_get(snapshots[1], bytes_of(key), &value[1]);
		same &= bytes_equal(value[0], value[1]);
	}
	snapshot_release(snapshots[0]);
	snapshot_release(snapshots[1]);
	return same;
}

static void
test_overlay__is_like_a_store(void)
{
	struct fixture f, plain;
	struct store_options options = STORE_OPTIONS(".");
	struct store *over = NULL;
	bool gets = true, walks = true;
	int64_t count = 0;
	struct snapshot *snapshot;
	uint64_t below;

	fixture_init(&f);
	fixture_init(&plain);
	for (int i = 0; i < 20; i++)
		change_both(&f, f.store, plain.store);
	below = store_commit_number(f.store);
	options.dir = f.dir;
	options.clock = &f.clock;
	options.min_free = 0;
	options.below = f.store;
	MUST(store_open(&options, &over, NULL));
	for (int i = 0; i < ROUNDS; i++) {
		change_both(&f, over, plain.store);
		walks &= walk_both(over, plain.store);
		gets &= get_both(over, plain.store);
	}
	CHECK(walks);
	CHECK(gets);
	MUST(store_snapshot(over, &snapshot));
	MUST(snapshot_count(snapshot, BYTES("c1"), &count));
	CHECK(count > ROUNDS);
	snapshot_release(snapshot);
	CHECK_INT(store_commit_number(over), below + ROUNDS);
	CHECK_INT(store_commit_number(f.store), below);
	CHECK(!get_both(over, f.store));
	MUST(store_forget(over));
	CHECK(get_both(over, f.store));
	store_close(over);
	fixture_release(&plain);
	fixture_release(&f);
}

/* A snapshot shows its moment, whatever is written later. */
static void
test_overlay__snapshots_stand_still(void)
{
	struct fixture f;
	struct store_options options = STORE_OPTIONS(".");
	struct store *over = NULL;
	struct snapshot *before, *after;
	struct change *change;
	struct bytes value;

	fixture_init(&f);
	options.dir = f.dir;
	options.min_free = 0;
	options.below = f.store;
	MUST(store_open(&options, &over, NULL));
	MUST(store_snapshot(over, &before));
	MUST(change_create(f.arena, &change));
	change_put(change, BYTES("x"), BYTES("1"));
	MUST(store_commit(over, change, NULL));
	MUST(store_snapshot(over, &after));
	CHECK_INT(snapshot_get(before, BYTES("x"), &value), ERR_NOT_FOUND);
	CHECK_INT(snapshot_get(after, BYTES("x"), &value), ERR_OK);
	snapshot_release(before);
	snapshot_release(after);
	store_close(over);
	fixture_release(&f);
}

/* Ids go on from where the store below is, and use up none of its own. */
static void
test_overlay__has_ids_of_its_own(void)
{
	struct fixture f;
	struct store_options options = STORE_OPTIONS(".");
	struct store *over = NULL;
	struct change *change;

	fixture_init(&f);
	CHECK_INT(store_next_id(f.store, 7), 1);
	MUST(change_create(f.arena, &change));
	change_put(change, BYTES("x"), BYTES("1"));
	MUST(store_commit(f.store, change, NULL));
	options.dir = f.dir;
	options.min_free = 0;
	options.below = f.store;
	MUST(store_open(&options, &over, NULL));
	CHECK_INT(store_next_id(over, 7), 2);
	CHECK_INT(store_next_id(over, 7), 3);
	CHECK_INT(store_next_id(f.store, 7), 2);
	store_close(over);
	fixture_release(&f);
}

int
main(void)
{
	RUN(test_overlay__is_like_a_store);
	RUN(test_overlay__snapshots_stand_still);
	RUN(test_overlay__has_ids_of_its_own);
	return tap_done();
}
