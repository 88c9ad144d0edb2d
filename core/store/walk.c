/* core/store/walk.c - read a whole table, snapshot by snapshot. */
#include "config.h"

#include "core/store/walk.h"

#define RENEW_KEYS 256 /* between two looks at the snapshot's age */

struct walk {
	struct bytes prefix;
	walk_fn *fn;
	void *context;
	struct key last; /* that <fn> was called for; empty at first */
	unsigned keys;
};

/* One snapshot's share. ERR_NOT_FOUND at the end of the table. */
static enum err
walk_some(struct walk *walk, struct snapshot *snapshot)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	enum err err;

	err = cursor_open_prefix(snapshot, walk->prefix, FORWARD, &cursor);
	if (err == ERR_OK && walk->last.len > 0)
		cursor_seek(&cursor, key_get(&walk->last));
	while (err == ERR_OK) {
		int order;

		err = cursor_next(&cursor, &key, &value);
		if (err != ERR_OK)
			break;
		order = bytes_compare(key, key_get(&walk->last));
		if (order == 0)
			continue; /* seen in the snapshot before */
		if (order < 0 || key.len > KEY_MAX) {
			err = ERR_CORRUPT;
			break;
		}
		walk->last.len = 0;
		key_raw(&walk->last, key.at, key.len);
		err = walk->fn(walk->context, snapshot, key, value);
		if (++walk->keys % RENEW_KEYS == 0 && snapshot_is_old(snapshot))
			break;
	}
	cursor_close(&cursor);
	return err;
}

enum err
walk_prefix(
    struct store *store, struct bytes prefix, walk_fn *fn, void *context)
{
	struct walk walk = { .prefix = prefix, .fn = fn, .context = context };
	struct snapshot *snapshot = NULL;
	enum err err = store_snapshot(store, &snapshot);

	while (err == ERR_OK) {
		err = walk_some(&walk, snapshot);
		if (err == ERR_OK)
			err = snapshot_renew(&snapshot);
	}
	snapshot_release(snapshot);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
