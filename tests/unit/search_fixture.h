/* tests/unit/search_fixture.h - a small desk to search in.
 *
 * Every change is noted, as acts do; nothing is indexed until index_some() or
 * index_all() is called.
 */
#ifndef HOOKDESK_TESTS_SEARCH_FIXTURE_H
#define HOOKDESK_TESTS_SEARCH_FIXTURE_H

#include "core/model/search_store.h"
#include "core/model/ticket.h"
#include "tests/unit/store_fixture.h"

static struct fixture f;

static inline void
begin(void)
{
	fixture_prepare(&f);
	f.options.map_size = UINT64_C(256) << 20;
	fixture_open(&f);
}

/* What is stored now under the record's id becomes <record>; NULL: nothing.
 * The change is noted, as acts do. */
static inline void
put(enum kind_id kind, uint64_t id, const struct record *record)
{
	struct snapshot *snapshot;
	struct change *change;
	struct record old;
	enum err err;

	MUST(store_snapshot(f.store, &snapshot));
	MUST(change_create(f.arena, &change));
	err = record_find(snapshot, kind, id, &old);
	if (err != ERR_NOT_FOUND)
		MUST(err);
	if (record != NULL)
		MUST(record_put(
		    change, f.arena, err == ERR_OK ? &old : NULL, record));
	else
		MUST(record_remove(change, f.arena, &old));
	search_note(change, kind, id);
	MUST(store_commit(f.store, change, NULL));
	snapshot_release(snapshot);
	arena_reset(f.arena);
}

static inline void
put_ticket(uint64_t id, const char *subject)
{
	struct record ticket;

	record_init(&ticket, KIND_TICKET, id);
	record_set_text(&ticket, TICKET_SUBJECT, bytes_of(subject));
	put(KIND_TICKET, id, &ticket);
}

static inline void
put_entry(
    uint64_t ticket, uint64_t sequence, enum entry_type type, struct bytes body)
{
	struct record entry;

	record_init(&entry, KIND_ENTRY, entry_id(ticket, sequence));
	record_set_int(&entry, ENTRY_TYPE, type);
	record_set_text(&entry, ENTRY_BODY, body);
	put(KIND_ENTRY, entry.id, &entry);
}

static inline void
reply(uint64_t ticket, uint64_t sequence, const char *body)
{
	put_entry(ticket, sequence, ENTRY_IS_REPLY, bytes_of(body));
}

/* One batch; returns how many notes it settled. */
static inline size_t
index_some(size_t limit)
{
	struct snapshot *snapshot;
	struct change *change;
	size_t taken = 0;

	MUST(store_snapshot(f.store, &snapshot));
	MUST(change_create(f.arena, &change));
	MUST(search_index(snapshot, change, f.arena, limit, &taken));
	snapshot_release(snapshot);
	if (taken > 0)
		MUST(store_commit(f.store, change, NULL));
	arena_reset(f.arena);
	return taken;
}

static inline void
index_all(void)
{
	while (index_some(SEARCH_BATCH_MAX) > 0)
		;
}

static const struct search_reader sees_public = { .now_us = 0 };
static const struct search_reader sees_notes = { .sees_notes = true };

/* The ids found, the best first, as "3 1 2"; "+" behind when it was cut. */
static inline const char *
found_as(enum kind_id kind, const char *words,
    const struct search_reader *reader, size_t limit)
{
	static char text[8192];
	struct search_result result = { .count = 0 };
	struct snapshot *snapshot;
	size_t used = 0;

	MUST(store_snapshot(f.store, &snapshot));
	MUST(search_find(
	    snapshot, kind, bytes_of(words), reader, limit, f.arena, &result));
	snapshot_release(snapshot);
	text[0] = '\0';
	for (size_t i = 0; i < result.count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
		    i == 0 ? "%llu" : " %llu",
		    (unsigned long long)result.hits[i].id);
	if (result.is_cut)
		strcat(text, "+");
	return text;
}

static inline const char *
found(const char *words)
{
	return found_as(KIND_TICKET, words, &sees_public, 100);
}

#define CHECK_FOUND(words, want) CHECK_BYTES(bytes_of(found(words)), want)

static inline void
fault(void *arg, const char *what)
{
	++*(int *)arg;
	printf("# %s\n", what);
}

static inline int
faults(void)
{
	int count = 0;

	MUST(search_check(f.store, fault, &count));
	return count;
}

/* How many keys of the search table begin with <term>. */
static inline int
count_keys(const char *term)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct snapshot *snapshot;
	struct key prefix;
	int count = 0;

	key_begin(&prefix, KEY_SEARCH);
	key_raw(&prefix, term, strlen(term));
	MUST(store_snapshot(f.store, &snapshot));
	MUST(cursor_open_prefix(snapshot, key_get(&prefix), FORWARD, &cursor));
	while (cursor_next(&cursor, &key, &value) == ERR_OK)
		count++;
	cursor_close(&cursor);
	snapshot_release(snapshot);
	return count;
}

/* The same at each run. */
static uint32_t seed;

static inline uint32_t
dice(uint32_t sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

#endif
