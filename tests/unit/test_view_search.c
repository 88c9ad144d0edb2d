/* tests/unit/test_view_search.c - filters with words, within one's rights. */
#include "config.h"
#include "core/model/view.h"

#include "tests/unit/search_fixture.h"

enum { OPEN_QUEUE = 1, OTHER_QUEUE = 2, AGENT = 7 };

/* Small kinds are no business of the search. */
static void
put_small(const struct record *record)
{
	struct change *change;

	MUST(change_create(f.arena, &change));
	MUST(record_put(change, f.arena, NULL, record));
	MUST(store_commit(f.store, change, NULL));
	arena_reset(f.arena);
}

static void
put_people(void)
{
	struct record record;
	struct buf rights = BUF_INIT;

	for (uint64_t id = OPEN_QUEUE; id <= OTHER_QUEUE; id++) {
		record_init(&record, KIND_QUEUE, id);
		record_set_text(&record, QUEUE_KEY,
		    id == OPEN_QUEUE ? BYTES("sales") : BYTES("billing"));
		put_small(&record);
	}
	list_add_text(&rights, BYTES("sales:see"));
	record_init(&record, KIND_ROLE, 1);
	record_set_text(&record, ROLE_KEY, BYTES("seller"));
	record_set_text(&record, ROLE_RIGHTS, buf_get(&rights));
	put_small(&record);
	buf_release(&rights);
	record_init(&record, KIND_AGENT, AGENT);
	record_set_text(&record, AGENT_LOGIN, BYTES("ann"));
	record_set_int(&record, AGENT_ROLE, 1);
	record_set_int(&record, AGENT_ACTIVE, true);
	put_small(&record);
}

static void
put_in_queue(uint64_t id, uint64_t queue, enum ticket_status status,
    enum ticket_place place, const char *subject)
{
	struct record ticket;

	record_init(&ticket, KIND_TICKET, id);
	record_set_text(&ticket, TICKET_SUBJECT, bytes_of(subject));
	record_set_int(&ticket, TICKET_QUEUE, (int64_t)queue);
	record_set_int(&ticket, TICKET_STATUS, status);
	record_set_int(&ticket, TICKET_PLACE, place);
	record_set_int(&ticket, TICKET_UPDATED, (int64_t)id * CLOCK_DAY_US);
	put(KIND_TICKET, id, &ticket);
}

/* The numbers that the agent is shown, page by page of <limit>, with "|"
 * between pages; then "=" and the count. */
static const char *
shown(const char *query, size_t limit)
{
	static char text[1024];
	struct view_reader reader = { .filter = { .agent = AGENT,
					  .now_us = FIXTURE_TIME_US } };
	struct directory *directory = NULL;
	struct bytes after = BYTES_NONE;
	struct filter filter;
	size_t count = 0, used = 0;

	MUST(store_snapshot(f.store, &reader.snapshot));
	MUST(directory_create(reader.snapshot, &directory));
	reader.filter.directory = directory;
	MUST(filter_from_text(
	    bytes_of(query), &reader.filter, f.arena, &filter, NULL));
	do {
		struct view_page page;

		MUST(view_list(&reader, &filter, after, limit, f.arena, &page));
		for (size_t i = 0; i < page.count; i++)
			used += (size_t)sprintf(text + used, "%llu ",
			    (unsigned long long)page.tickets[i].id);
		after = page.after;
		if (after.len > 0)
			used += (size_t)sprintf(text + used, "| ");
	} while (after.len > 0);
	MUST(view_count(&reader, &filter, f.arena, &count));
	sprintf(text + used, "= %zu", count);
	directory_unref(directory);
	snapshot_release(reader.snapshot);
	return text;
}

#define CHECK_SHOWN(query, limit, want) \
	CHECK_BYTES(bytes_of(shown(query, limit)), want)

static void
test_view_list__finds_words_within_rights_and_filter(void)
{
	begin();
	put_people();
	put_in_queue(1, OPEN_QUEUE, STATUS_OPEN, PLACE_DESK, "Lost parcel");
	put_in_queue(2, OTHER_QUEUE, STATUS_OPEN, PLACE_DESK, "Lost parcel");
	put_in_queue(3, OPEN_QUEUE, STATUS_CLOSED, PLACE_DESK, "Lost parcel");
	put_in_queue(4, OPEN_QUEUE, STATUS_OPEN, PLACE_SPAM, "Lost parcel");
	put_in_queue(5, OPEN_QUEUE, STATUS_OPEN, PLACE_DESK, "Lost parcel");
	put_in_queue(6, OPEN_QUEUE, STATUS_OPEN, PLACE_DESK, "Found 5 things");
	for (int indexed = 0; indexed < 2; indexed++) {
		CHECK_SHOWN("parcel", 10, "5 3 1 = 3");
		CHECK_SHOWN("parcel", 2, "5 3 | 1 = 3");
		CHECK_SHOWN("parcel", 1, "5 | 3 | 1 = 3");
		CHECK_SHOWN("parcel status:open", 10, "5 1 = 2");
		CHECK_SHOWN("parcel -status:open", 10, "3 = 1");
		CHECK_SHOWN("place:spam \"lost parcel\"", 10, "4 = 1");
		CHECK_SHOWN("parcel nothing", 10, "= 0");
		/* A number is a ticket's, or a word. */
		CHECK_SHOWN("5", 10, "5 6 = 2");
		CHECK_SHOWN("2", 10, "= 0");
		index_all();
	}
	fixture_release(&f);
}

static void
test_view_list__refuses_a_broken_cursor(void)
{
	struct view_reader reader = { .sees_all = true };
	struct filter filter = { .words = BYTES("x") };
	struct view_page page;

	begin();
	MUST(store_snapshot(f.store, &reader.snapshot));
	CHECK(view_list(&reader, &filter, BYTES("abc"), 5, f.arena, &page) ==
	    ERR_INVALID);
	CHECK(view_list(&reader, &filter, BYTES("-1"), 5, f.arena, &page) ==
	    ERR_INVALID);
	CHECK(view_list(&reader, &filter, BYTES("99999999"), 5, f.arena,
		  &page) == ERR_INVALID);
	snapshot_release(reader.snapshot);
	fixture_release(&f);
}

int
main(void)
{
	RUN(test_view_list__finds_words_within_rights_and_filter);
	RUN(test_view_list__refuses_a_broken_cursor);
	return tap_done();
}
