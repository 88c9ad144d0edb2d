/* core/model/seen.c - seen marks, 8 bytes big-endian each. */
#include "config.h"
#include "core/model/seen.h"
#include "core/base/arena.h"
#include "core/store/keys.h"

uint64_t
seen_get(struct snapshot *snapshot, struct arena *arena, uint64_t agent,
    uint64_t ticket)
{
	struct bytes value;
	struct key key;

	key_seen(&key, agent, ticket);
	if (store_get_later(snapshot_store(snapshot), arena, key_get(&key),
		&value) != ERR_OK &&
	    snapshot_get(snapshot, key_get(&key), &value) != ERR_OK)
		return 0;
	return value.len == 8 ? be64_read(value.at) : 0;
}

enum err
seen_set(
    struct store *store, uint64_t agent, uint64_t ticket, uint64_t sequence)
{
	struct key key;
	char value[8];

	key_seen(&key, agent, ticket);
	be64_write(value, sequence);
	return store_put_later(
	    store, key_get(&key), (struct bytes){ value, sizeof value });
}
