/* core/desk/version.c - the versions of scripts' files as they are kept. */
#include "config.h"
#include "core/desk/version.h"
#include "core/base/arena.h"
#include "core/base/secret.h"
#include "core/model/index.h"

#include <stdio.h>

void
version_hash(struct bytes text, char out[VERSION_HASH_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[SECRET_HASH_SIZE];

	_Static_assert(2 * SECRET_HASH_SIZE + 1 == VERSION_HASH_SIZE, "hash");
	secret_hash(text, hash);
	for (size_t i = 0; i < sizeof hash; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[2 * sizeof hash] = '\0';
}

static void
index_of_files(struct key *key)
{
	key_index(key, KIND_VERSION, INDEX_VERSION_FILE);
}

enum err
version_newest(struct snapshot *snapshot, struct bytes file, struct record *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct key prefix;
	enum err err;

	index_of_files(&prefix);
	index_key_text(&prefix, file);
	err = cursor_open_prefix(snapshot, key_get(&prefix), BACKWARD, &cursor);
	if (err == ERR_OK)
		err = cursor_next(&cursor, &key, &value);
	if (err == ERR_OK)
		err = record_find(snapshot, KIND_VERSION,
		    be64_read(key.at + key.len - 8), out);
	cursor_close(&cursor);
	return err;
}

enum err
version_find(struct snapshot *snapshot, struct bytes file, int64_t number,
    struct record *out)
{
	char key[160];

	if (file.len > 100)
		return ERR_NOT_FOUND;
	snprintf(
	    key, sizeof key, "%.*s/%lld", BYTES_ARG(file), (long long)number);
	return record_find_by(
	    snapshot, KIND_VERSION, INDEX_VERSION_KEY, bytes_of(key), out);
}

enum err
version_list(struct snapshot *snapshot, struct bytes file, struct bytes after,
    size_t limit, struct arena *arena, struct newest_page *out)
{
	struct newest_query query = { .kind = KIND_VERSION,
		.index = INDEX_VERSION_FILE,
		.of_text = file,
		.after = after,
		.limit = limit };

	return records_newest(snapshot, &query, arena, out);
}

enum err
version_original(struct snapshot *snapshot, struct bytes original,
    struct bytes hash, struct arena *arena, struct bytes *out)
{
	struct newest_page page = { .count = 0 };
	enum err err;

	do {
		err = version_list(
		    snapshot, original, page.after, 50, arena, &page);
		for (size_t i = 0; err == ERR_OK && i < page.count; i++) {
			const struct record *v = &page.records[i];

			if (record_int(v, VERSION_ORIGIN) == ORIGIN_SHIPPED &&
			    bytes_equal(record_text(v, VERSION_HASH), hash))
				return record_bigtext(
				    snapshot, v, VERSION_TEXT, arena, out);
		}
	} while (err == ERR_OK && page.after.len > 0);
	return err == ERR_OK ? ERR_NOT_FOUND : err;
}

enum err
version_next_file(struct snapshot *snapshot, struct bytes after,
    struct arena *arena, struct bytes *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value, name;
	struct key lo, hi;
	enum err err;

	index_of_files(&lo);
	hi = lo;
	key_after(&hi);
	name.at = NULL;
	if (after.len > 0) {
		index_key_text(&lo, after);
		key_after(&lo);
	}
	err = cursor_open(
	    snapshot, key_get(&lo), key_get(&hi), FORWARD, &cursor);
	if (err == ERR_OK)
		err = cursor_next(&cursor, &key, &value);
	if (err == ERR_OK) {
		const char *text = key.at + 3; /* table, kind, index */
		size_t len = strnlen(text, key.len - 3);

		name.at = arena_copy(arena, text, len);
		name.len = len;
		if (name.at == NULL)
			err = ERR_NOMEM;
	}
	cursor_close(&cursor);
	if (err == ERR_OK)
		*out = name;
	return err;
}
