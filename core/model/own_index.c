/* core/model/own_index.c - the index of custom fields, built and cleared. */
#include "config.h"
#include "core/model/own_index.h"
#include "core/base/arena.h"
#include "core/model/index.h"
#include "core/model/own.h"

#define PREFIX_SIZE (3 + 8) /* table, kind, index; the field's number */

void
own_index_prefix(struct key *key, uint64_t field)
{
	key_index(key, KIND_TICKET, INDEX_TICKET_OWN);
	key_u64(key, field);
}

uint64_t
own_index_field(struct bytes key)
{
	struct key prefix;

	own_index_prefix(&prefix, 0);
	if (key.len <= PREFIX_SIZE || memcmp(key.at, prefix.at, 3) != 0)
		return 0;
	return be64_read(key.at + 3);
}

/* The directory may be newer than the snapshot. */
bool
own_index_is_ready(const struct directory *directory, struct snapshot *snapshot,
    uint64_t field)
{
	const struct record *found = directory_find(
	    directory, KIND_FIELD, field);

	return found != NULL &&
	    record_int(found, FIELD_STATE) == OWN_INDEX_READY &&
	    found->rev <= snapshot_commit_number(snapshot);
}

enum own_index_state
own_index_next(const struct record *old, const struct record *new)
{
	enum own_index_state state = (enum own_index_state)record_int(
	    new, FIELD_STATE);
	bool was = old != NULL && record_int(old, FIELD_IS_INDEXED);
	bool is = record_int(new, FIELD_IS_INDEXED);

	if (is == was && (!is || own_type(old) == own_type(new)))
		return state;
	return OWN_INDEX_CLEARING;
}

enum err
own_index_clear(struct snapshot *snapshot, struct change *change,
    uint64_t field, bool *is_done)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	size_t n = 0;
	enum err err;

	own_index_prefix(&prefix, field);
	err = cursor_open_prefix(snapshot, key_get(&prefix), FORWARD, &cursor);
	while (err == ERR_OK && n < OWN_BATCH_MAX) {
		err = cursor_next(&cursor, &key, &value);
		if (err != ERR_OK)
			break;
		change_delete(change, key);
		n++;
	}
	cursor_close(&cursor);
	*is_done = err == ERR_NOT_FOUND;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Of one ticket; whoever writes it meanwhile makes this a CONFLICT. */
static enum err
put_entries(struct change *change, const struct directory *directory,
    struct arena *arena, uint64_t field, const struct record *ticket)
{
	struct index_keys keys;
	struct key key;
	enum err err = index_keys(ticket, directory, arena, &keys);

	key_record(&key, KIND_TICKET, ticket->id);
	change_guard_rev(change, key_get(&key), ticket->rev);
	for (size_t i = 0; err == ERR_OK && i < keys.count; i++)
		if (own_index_field(keys.keys[i]) == field)
			change_put(change, keys.keys[i], keys.gist);
	return err;
}

enum err
own_index_build(struct snapshot *snapshot, struct change *change,
    const struct directory *directory, struct arena *arena, uint64_t field,
    uint64_t *after, bool *is_done)
{
	struct record ticket;
	enum err err = ERR_OK;

	for (size_t n = 0; err == ERR_OK && n < OWN_BATCH_MAX; n++) {
		err = record_next(snapshot, KIND_TICKET, after, &ticket);
		if (err == ERR_OK &&
		    map_get(record_text(&ticket, TICKET_FIELDS), field).len > 0)
			err = put_entries(
			    change, directory, arena, field, &ticket);
	}
	*is_done = err == ERR_NOT_FOUND;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
