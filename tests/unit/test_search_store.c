/* tests/unit/test_search_store.c - the lists, and the check of them. */
#include "config.h"
#include "core/model/search_store.h"

#include "tests/unit/search_fixture.h"

/* --- lists --- */

static void
edit_list(const struct search_edit *edits, size_t count)
{
	struct snapshot *snapshot;
	struct change *change;

	MUST(store_snapshot(f.store, &snapshot));
	MUST(change_create(f.arena, &change));
	MUST(search_list_edit(
	    snapshot, change, f.arena, BYTES("x"), SCOPE_PUBLIC, edits, count));
	snapshot_release(snapshot);
	MUST(store_commit(f.store, change, NULL));
	arena_reset(f.arena);
}

/* All documents of the list, read from the newest down; returns how many, and
 * checks the order and each chunk's size. */
static size_t
read_list(uint64_t *documents, size_t max)
{
	search_posting postings[SEARCH_CHUNK_POSTINGS];
	struct search_chunk chunk = { .postings = postings };
	uint64_t limit = UINT64_MAX >> 3;
	struct snapshot *snapshot;
	size_t count = 0;

	MUST(store_snapshot(f.store, &snapshot));
	while (search_chunk_before(snapshot, BYTES("x"), SCOPE_PUBLIC, limit,
		   &chunk) == ERR_OK) {
		struct buf again = BUF_INIT;

		for (size_t i = chunk.count; i-- > 0 && count < max;)
			documents[count++] = posting_document(postings[i]);
		search_chunk_encode(&again, chunk.first, postings, chunk.count);
		CHECK(again.len <= SEARCH_CHUNK_MAX + RECORD_HEADER_SIZE);
		buf_release(&again);
		if (chunk.first == 0)
			break;
		limit = chunk.first - 1;
	}
	snapshot_release(snapshot);
	for (size_t i = 1; i < count; i++)
		CHECK(documents[i] < documents[i - 1]);
	return count;
}

static void
test_search_list_edit__keeps_lists_whole_in_any_order(void)
{
	static uint64_t documents[20000];
	struct search_edit edit = { .is_removed = false };

	begin();
	/* Appended, as new tickets are: chunks become full. */
	for (uint64_t i = 0; i < 5000; i += 100) {
		struct search_edit many[100];

		for (uint64_t k = 0; k < 100; k++)
			many[k] = (struct search_edit){
				(entry_id(2 * (i + k) + 100, 1 + k % 7) << 3) |
				    (k & 7),
				false
			};
		edit_list(many, 100);
	}
	CHECK_INT(read_list(documents, 20000), 5000);
	CHECK(count_keys("x") <= 5000 * 3 / 1400 + 2);
	/* In the middle, before the first, and again. */
	seed = 7;
	for (int i = 0; i < 600; i++) {
		edit.posting = entry_id(1 + dice(11000), 30) << 3;
		edit_list(&edit, 1);
		edit_list(&edit, 1);
	}
	edit.posting = 0;
	edit_list(&edit, 1);
	CHECK(read_list(documents, 20000) > 5500);
	CHECK_INT(documents[read_list(documents, 20000) - 1], 0);
	/* All away, in no order. */
	edit.is_removed = true;
	for (size_t left; (left = read_list(documents, 20000)) > 0;) {
		struct search_edit many[200];
		size_t n = left < 200 ? left : 200, from = left - n;

		if (dice(2) == 1)
			from = 0;
		for (size_t k = 0; k < n; k++)
			many[k] = (struct search_edit){
				documents[from + n - 1 - k] << 3, true
			};
		edit_list(many, n);
	}
	CHECK_INT(count_keys("x"), 0);
	fixture_release(&f);
}

static void
test_search_chunk_decode__refuses_what_is_damaged(void)
{
	search_posting postings[SEARCH_CHUNK_POSTINGS];
	const search_posting good[] = { 5 << 3 | 1, 9 << 3 | 7,
		(uint64_t)3 << 23 };
	struct search_chunk chunk = { .first = 5, .postings = postings };
	struct buf value = BUF_INIT;
	struct snapshot *snapshot;
	struct change *change;
	struct bytes stored;

	begin();
	search_chunk_encode(&value, 5, good, 3);
	MUST(change_create(f.arena, &change));
	change_put_record(change, BYTES("stest"), buf_get(&value));
	MUST(store_commit(f.store, change, NULL));
	MUST(store_snapshot(f.store, &snapshot));
	MUST(snapshot_get(snapshot, BYTES("stest"), &stored));
	CHECK(search_chunk_decode(stored, &chunk) == ERR_OK);
	CHECK_INT(chunk.count, 3);
	CHECK(memcmp(postings, good, sizeof good) == 0);
	for (size_t i = 0; i < stored.len; i++) {
		struct buf copy = BUF_INIT;

		buf_bytes(&copy, stored);
		copy.at[i] ^= 4;
		CHECK(
		    search_chunk_decode(buf_get(&copy), &chunk) == ERR_CORRUPT);
		copy.len = i;
		CHECK(
		    search_chunk_decode(buf_get(&copy), &chunk) == ERR_CORRUPT);
		buf_release(&copy);
	}
	snapshot_release(snapshot);
	buf_release(&value);
	fixture_release(&f);
}

/* --- check --- */

/* Delete the first key of the search table that begins with <prefix>. */
static void
delete_key(struct bytes prefix)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct snapshot *snapshot;
	struct change *change;

	MUST(store_snapshot(f.store, &snapshot));
	MUST(change_create(f.arena, &change));
	MUST(cursor_open_prefix(snapshot, prefix, FORWARD, &cursor));
	MUST(cursor_next(&cursor, &key, &value));
	change_delete(change, key);
	cursor_close(&cursor);
	MUST(store_commit(f.store, change, NULL));
	snapshot_release(snapshot);
}

static void
test_search_check__finds_what_does_not_agree(void)
{
	static const struct {
		const char *why;
		struct bytes prefix;
	} cases[] = {
		{ "a list's chunk is gone", BYTES("sparcel") },
		{ "a record's words are gone", BYTES("s\1\2") },
		{ "a record is gone, its words are not", BYTES("r\2") },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin();
		put_ticket(1, "Question");
		reply(1, 1, "Where is my parcel?");
		CHECK_INT(faults(), 0); /* what is noted is no fault */
		index_all();
		CHECK_INT(faults(), 0);
		delete_key(cases[i].prefix);
		printf("# %s\n", cases[i].why);
		CHECK(faults() > 0);
		fixture_release(&f);
	}
}

int
main(void)
{
	RUN(test_search_list_edit__keeps_lists_whole_in_any_order);
	RUN(test_search_chunk_decode__refuses_what_is_damaged);
	RUN(test_search_check__finds_what_does_not_agree);
	return tap_done();
}
