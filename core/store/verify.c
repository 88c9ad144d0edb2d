/* core/store/verify.c - read every byte of a store and compare checksums. */
#include "config.h"

#include "core/store/verify.h"

#define PROGRESS_KEYS 10000
#define RENEW_KEYS 256 /* between two looks at the snapshot's age */

const char *
verify_fault_text(enum verify_fault fault)
{
	static const char *const texts[VERIFY_FAULT__COUNT] = {
		[VERIFY_CHECKSUM] = N_("checksum is wrong"),
		[VERIFY_TABLE] = N_("belongs to no table"),
		[VERIFY_REV] = N_("written by a commit that never was"),
		[VERIFY_COUNT] = N_("is not a count"),
		[VERIFY_ORDER] = N_("stands in the wrong place"),
	};

	return texts[fault];
}

static void
fault(struct verify *verify, enum verify_fault fault, struct bytes key)
{
	verify->faults++;
	verify->fault(verify->context, fault, key);
}

static bool
is_count(struct bytes value)
{
	return value.len == 8 && memcmp(value.at, "\0\0\0\0\0\0\0", 8) != 0;
}

static void
verify_key(struct verify *verify, struct bytes key, struct bytes value,
    uint64_t last_commit)
{
	const struct key_table_info *table = key_table_info(key.at[0]);
	uint64_t rev;

	verify->keys++;
	verify->bytes += key.len + value.len;
	if (table == NULL) {
		fault(verify, VERIFY_TABLE, key);
	} else if (table->is_record) {
		verify->records++;
		if (record_check(value, &rev) != ERR_OK)
			fault(verify, VERIFY_CHECKSUM, key);
		else if (rev > last_commit)
			fault(verify, VERIFY_REV, key);
	} else if (table->letter == KEY_COUNT && !is_count(value)) {
		fault(verify, VERIFY_COUNT, key);
	}
}

/* One snapshot's share, from the key after <last> on. ERR_NOT_FOUND at the
 * end of the store. */
static enum err
verify_some(struct verify *verify, struct snapshot *snapshot, struct key *last)
{
	uint64_t last_commit = snapshot_commit_number(snapshot);
	struct bytes key, value;
	struct cursor cursor;
	enum err err;

	err = cursor_open(
	    snapshot, key_get(last), BYTES_NONE, FORWARD, &cursor);
	if (err != ERR_OK)
		return err;
	while ((err = cursor_next(&cursor, &key, &value)) == ERR_OK) {
		int order = bytes_compare(key, key_get(last));

		if (order == 0)
			continue; /* looked at in the snapshot before */
		if (order < 0 || key.len > KEY_MAX) {
			/* Such a way may lead in a circle. */
			fault(verify, VERIFY_ORDER, key);
			err = ERR_CORRUPT;
			break;
		}
		verify_key(verify, key, value, last_commit);
		last->len = 0;
		key_raw(last, key.at, key.len);
		if (verify->progress != NULL &&
		    verify->keys % PROGRESS_KEYS == 0)
			verify->progress(verify->context, verify->keys);
		if (verify->keys % RENEW_KEYS == 0 && snapshot_is_old(snapshot))
			break;
	}
	cursor_close(&cursor);
	return err;
}

enum err
verify_store(struct store *store, struct verify *verify)
{
	struct snapshot *snapshot = NULL;
	struct key last = { .len = 0 };
	enum err err;

	err = store_snapshot(store, &snapshot);
	while (err == ERR_OK) {
		err = verify_some(verify, snapshot, &last);
		if (err == ERR_OK)
			err = snapshot_renew(&snapshot);
	}
	snapshot_release(snapshot);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
