/* core/desk/pause.c - timers that rest: how long a ticket was in some state.
 *
 * The ticket is taken back change by change, from now to then; each stretch
 * between two changes counts if the filter holds for what the ticket was.
 */
#include "config.h"
#include "core/desk/pause.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/ticket.h"
#include "core/model/value.h"

struct past {
	const struct site_read *read;
	struct arena *arena;
	struct filter_reader reader;
	struct filter filter;
	struct record ticket; /* as it was */
	int64_t end_us;       /* of the stretch that is looked at */
	int64_t paused_us;
};

/* The changes of a timeline since a time, the oldest first. */
struct change_at {
	int64_t at_us;
	struct bytes changes;
	struct change_at *before;
};

static enum err
read_changes(const struct site_read *read, uint64_t ticket, int64_t since_us,
    struct arena *arena, struct change_at **last)
{
	uint64_t sequence = 0;
	struct record entry;
	enum err err;

	*last = NULL;
	while ((err = timeline_next(
		    read->snapshot, ticket, &sequence, &entry)) == ERR_OK) {
		struct change_at *one;

		if (record_int(&entry, ENTRY_AT) <= since_us ||
		    !record_has(&entry, ENTRY_CHANGES))
			continue;
		one = arena_new(arena, struct change_at);
		if (one == NULL)
			return ERR_NOMEM;
		one->at_us = record_int(&entry, ENTRY_AT);
		one->changes = record_text(&entry, ENTRY_CHANGES);
		one->before = *last;
		*last = one;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The stretch from <from_us> to the one that was looked at last. */
static void
count(struct past *past, int64_t from_us)
{
	struct filter_subject subject = { .ticket = &past->ticket,
		.snapshot = past->read->snapshot,
		.reader = &past->reader };

	if (from_us < past->end_us && filter_matches(&past->filter, &subject))
		past->paused_us += past->end_us - from_us;
	past->end_us = from_us;
}

/* {"status": ["open", "closed"]}: it was open before. What is no field any
 * more, or no value, is left as it is. */
static enum err
take_back(struct past *past, struct bytes changes)
{
	const struct json *json = NULL;
	enum err err = json_parse(
	    past->arena, changes, JSON_BYTES_MAX, &json, NULL);

	for (const struct json *i = json_first(json);
	     err == ERR_OK && i != NULL; i = json_next(i)) {
		int slot = kind_slot(
		    kind_get(KIND_TICKET), bytes_of(json_name(i)));

		if (slot < 0)
			continue;
		err = value_from_json(&past->ticket, slot, json_first(i),
		    past->read->directory, past->arena, NULL);
		if (err == ERR_INVALID)
			err = ERR_OK;
	}
	return err;
}

enum err
pause_length(const struct site_read *read, const struct record *ticket,
    struct bytes filter, int64_t since_us, struct arena *arena, int64_t *out_us)
{
	struct past past = { .read = read,
		.arena = arena,
		.reader = { .directory = read->directory,
		    .snapshot = read->snapshot,
		    .now_us = read->now_us },
		.ticket = *ticket,
		.end_us = read->now_us };
	const struct json *json = NULL;
	struct change_at *last = NULL;
	enum err err = json_parse(arena, filter, JSON_BYTES_MAX, &json, NULL);

	if (err == ERR_OK)
		err = filter_from_json(
		    json, &past.reader, false, arena, &past.filter, NULL);
	if (err == ERR_OK)
		err = read_changes(read, ticket->id, since_us, arena, &last);
	for (; err == ERR_OK && last != NULL; last = last->before) {
		count(&past, last->at_us);
		err = take_back(&past, last->changes);
	}
	if (err != ERR_OK)
		return err;
	count(&past, since_us);
	*out_us = past.paused_us;
	return ERR_OK;
}
