/* tests/fuzz/fuzz_filter.c - whatever people type as a filter, or as a value.
 *
 * The input is a filter as text; as a table of Lua when it is JSON;
 * and behind the first byte, which chooses a field, a value of that field.
 * See fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/base/duration.h"
#include "core/base/json.h"
#include "core/model/filter.h"
#include "core/model/value.h"
#include "tests/unit/store_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An empty store: there is nothing that a key could be of. */
static struct {
	struct fixture fixture;
	struct snapshot *snapshot;
	struct directory *directory;
	bool is_open;
} desk;

static void
close_desk(void)
{
	directory_unref(desk.directory);
	snapshot_release(desk.snapshot);
	fixture_release(&desk.fixture);
}

static void
open_desk(void)
{
	fixture_init(&desk.fixture);
	MUST(store_snapshot(desk.fixture.store, &desk.snapshot));
	MUST(directory_create(desk.snapshot, &desk.directory));
	desk.is_open = true;
	atexit(close_desk);
}

static void
check(const struct filter *filter, const struct filter_reader *reader)
{
	struct record ticket;
	const struct filter_subject subject = {
		.ticket = &ticket, .snapshot = desk.snapshot, .reader = reader
	};

	record_init(&ticket, KIND_TICKET, 1);
	record_set_text(&ticket, TICKET_SUBJECT, BYTES("a subject"));
	if (filter->term_count > FILTER_TERMS_MAX)
		abort();
	filter_matches(filter, &subject);
}

/* A value that is taken is one that the field can have. */
static void
try_value(struct arena *arena, struct bytes text, unsigned chosen)
{
	const struct kind *kind = kind_get(KIND_TICKET);
	int slot = (int)(chosen % kind->field_count);
	struct record record;
	struct why why;

	record_init(&record, KIND_TICKET, 1);
	if (value_from_text(&record, slot, text, desk.directory, arena, &why) ==
		ERR_OK &&
	    record_has(&record, slot) && kind->fields[slot].max > 0 &&
	    kind->fields[slot].type == FIELD_TEXT &&
	    !(kind->fields[slot].flags & F_LIST) &&
	    record_text(&record, slot).len > (size_t)kind->fields[slot].max)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size };
	struct filter_reader reader = { .now_us = FIXTURE_TIME_US };
	struct arena *arena = arena_create();
	struct filter *filter = arena_new(arena, struct filter);
	const struct json *json;
	struct why why;
	struct duration duration;

	if (!desk.is_open)
		open_desk();
	reader.directory = desk.directory;
	reader.snapshot = desk.snapshot;
	if (filter_from_text(text, &reader, arena, filter, &why) == ERR_OK)
		check(filter, &reader);
	if (json_parse(arena, text, JSON_BYTES_MAX, &json, NULL) == ERR_OK &&
	    filter_from_json(json, &reader, size & 1, arena, filter, &why) ==
		ERR_OK)
		check(filter, &reader);
	if (duration_read(text, &duration) == ERR_OK &&
	    (duration.us < 0 || duration.days < 0))
		abort();
	if (size > 1)
		try_value(
		    arena, (struct bytes){ text.at + 1, size - 1 }, data[0]);
	arena_destroy(arena);
	return 0;
}
