/* core/model/newest.c - records by a time that an index ends with. */
#include "config.h"
#include "core/model/newest.h"
#include "core/base/arena.h"
#include "core/model/index.h"

#define TAIL_SIZE 16 /* of a key: the time and the id */

/* "TIME.ID", both as they are in keys. */
static enum err
parse_cursor(struct bytes text, uint64_t *time, uint64_t *id)
{
	struct bytes first = bytes_split(&text, '.');
	int64_t a, b;

	if (bytes_to_int(first, &a) != ERR_OK ||
	    bytes_to_int(text, &b) != ERR_OK || b < 0)
		return ERR_INVALID;
	*time = int_to_key(a);
	*id = (uint64_t)b;
	return ERR_OK;
}

static enum err
open_range(struct snapshot *snapshot, const struct newest_query *query,
    struct cursor *cursor)
{
	const struct kind *kind = kind_get(query->kind);
	const struct index *index = kind_index(kind, query->index);
	struct key lo, hi;
	uint64_t time, id;
	enum err err;

	key_index(&lo, (uint8_t)query->kind, (uint8_t)query->index);
	if (query->of_text.len > 0)
		index_key_text(&lo, query->of_text);
	else if (index->part_count > 1)
		index_key_int(&lo, kind, index->parts[0], (int64_t)query->of);
	hi = lo;
	if (query->after.len == 0) {
		key_after(&hi);
	} else {
		err = parse_cursor(query->after, &time, &id);
		if (err != ERR_OK)
			return err;
		key_u64(&hi, time);
		key_u64(&hi, id);
	}
	return cursor_open(
	    snapshot, key_get(&lo), key_get(&hi), BACKWARD, cursor);
}

enum err
records_newest(struct snapshot *snapshot, const struct newest_query *query,
    struct arena *arena, struct newest_page *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	const char *tail = NULL;
	enum err err;

	*out = (struct newest_page){ .count = 0 };
	out->records = arena_array(arena, struct record, query->limit + 1);
	if (out->records == NULL)
		return ERR_NOMEM;
	err = open_range(snapshot, query, &cursor);
	while (err == ERR_OK) {
		err = cursor_next(&cursor, &key, &value);
		if (err != ERR_OK)
			break;
		if (out->count == query->limit) { /* there are more */
			out->after = bytes_of(arena_printf(arena, "%lld.%llu",
			    (long long)int_from_key(be64_read(tail)),
			    (unsigned long long)be64_read(tail + 8)));
			break;
		}
		if (key.len < TAIL_SIZE) {
			err = ERR_CORRUPT;
			break;
		}
		tail = key.at + key.len - TAIL_SIZE;
		err = record_find(snapshot, query->kind, be64_read(tail + 8),
		    &out->records[out->count]);
		if (err == ERR_OK)
			out->count++;
	}
	cursor_close(&cursor);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
records_count(
    struct snapshot *snapshot, const struct newest_query *query, size_t *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	size_t count = 0;
	enum err err = open_range(snapshot, query, &cursor);

	while (err == ERR_OK && count < query->limit) {
		err = cursor_next(&cursor, &key, &value);
		if (err == ERR_OK)
			count++;
	}
	cursor_close(&cursor);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*out = count;
	return ERR_OK;
}
