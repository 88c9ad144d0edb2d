/* core/model/own_index.h - the index of custom fields: (field, value, updated).
 *
 * Of a field that is indexed every act keeps the entries of the tickets that
 * it writes. Those of older tickets are put by a job in the background: what
 * is left from before is cleared first, then all tickets are looked at, then
 * the field's state is OWN_INDEX_READY, and only then filters use it. Who
 * writes a ticket guards the records of the fields it has values of, so that
 * nobody misses the moment a field begins to be indexed, or ends.
 */
#ifndef HOOKDESK_MODEL_OWN_INDEX_H
#define HOOKDESK_MODEL_OWN_INDEX_H

#include "core/model/directory.h"

#define OWN_BATCH_MAX 500 /* tickets, or entries, of one job */

/* Begin the keys of a field's entries. */
void own_index_prefix(struct key *key, uint64_t field);

/* The field that such a key belongs to; 0 for another key. */
uint64_t own_index_field(struct bytes key);

/* Whether what <snapshot> has of the field's index is whole. */
bool own_index_is_ready(const struct directory *directory,
    struct snapshot *snapshot, uint64_t field);

/* The state that a field begins in after it was changed from <old> (NULL: it
 * is new); where that is not what it was, or is to go on, its job is due. */
enum own_index_state own_index_next(
    const struct record *old, const struct record *new);

/* Add to <change> the deletion of up to OWN_BATCH_MAX entries; *<is_done> when
 * these were all. */
ERR_CHECKED enum err own_index_clear(struct snapshot *snapshot,
    struct change *change, uint64_t field, bool *is_done);

/* Add to <change> the field's entries of the OWN_BATCH_MAX tickets behind
 * *<after>, which goes on; *<is_done> when there are no more. */
ERR_CHECKED enum err own_index_build(struct snapshot *snapshot,
    struct change *change, const struct directory *directory,
    struct arena *arena, uint64_t field, uint64_t *after, bool *is_done);

#endif
