/* core/model/index.h - the keys that put a record into its kind's indexes. */
#ifndef HOOKDESK_MODEL_INDEX_H
#define HOOKDESK_MODEL_INDEX_H

#include "core/model/directory.h"
#include "core/store/keys.h"

/* All index keys of one record, at most 50 for each list it has. */
struct index_keys {
	struct bytes *keys; /* in the arena given */
	const struct index **of;
	size_t count, cap;
	struct bytes gist; /* the value of those that are not unique */
};

/* Collect the keys of <record> (NULL: none) under every index of its kind;
 * those of custom fields that <directory> says are indexed (NULL: none is).
 * ERR_NOMEM; ERR_INVALID if a text is too long for a key. */
ERR_CHECKED enum err index_keys(const struct record *record,
    const struct directory *directory, struct arena *arena,
    struct index_keys *out);

/* The number <slot> of a ticket in the value of one of its index entries, which
 * has what most lists and counts ask: place, status, priority and queue. So
 * they pass over and count tickets without reading them. False when it is not
 * told there; entries older than format 2 tell nothing. */
bool index_gist_int(struct bytes gist, int slot, int64_t *out);

/* Append the value of one part of an index, as it is in keys. */
void index_key_int(
    struct key *key, const struct kind *kind, uint8_t part, int64_t n);
void index_key_text(struct key *key, struct bytes text);
void index_key_own(struct key *key, uint64_t number, struct bytes item);

#endif
