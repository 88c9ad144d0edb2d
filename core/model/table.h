/* core/model/table.h - records in the store: found, put, removed.
 *
 * A put writes the record, its index entries, its unique keys and its big
 * texts as one part of a change, guarded by the rev it was read at. What a
 * kind keeps besides (a ticket's counters) is in that kind's own file.
 */
#ifndef HOOKDESK_MODEL_TABLE_H
#define HOOKDESK_MODEL_TABLE_H

#include "core/model/record.h"
#include "core/store/store.h"

struct directory;

/* Read the record <id> of <kind>; texts live as long as <snapshot>.
 * ERR_NOT_FOUND; ERR_CORRUPT when its bytes are damaged. */
ERR_CHECKED enum err record_find(struct snapshot *snapshot, enum kind_id kind,
    uint64_t id, struct record *out);

/* The id under a unique index of its kind, e.g. INDEX_AGENT_EMAIL;
 * ERR_NOT_FOUND. */
ERR_CHECKED enum err record_lookup(struct snapshot *snapshot,
    enum index_id index, struct bytes value, uint64_t *id);

/* Both at once. */
ERR_CHECKED enum err record_find_by(struct snapshot *snapshot,
    enum kind_id kind, enum index_id index, struct bytes value,
    struct record *out);

/* Add to <change> all that turns <old> (NULL for a new record) into <new>,
 * which has the same id. <new> may be freed afterwards. Unique keys taken by
 * others make the commit a CONFLICT; check with record_check_unique() first
 * for words to show. ERR_NOMEM. Tickets have custom fields that are indexed:
 * see ticket_put(). */
ERR_CHECKED enum err record_put(struct change *change, struct arena *arena,
    const struct record *old, const struct record *new);

/* Add to <change> all that removes <old>. */
ERR_CHECKED enum err record_remove(
    struct change *change, struct arena *arena, const struct record *old);

/* Both with the custom fields that are indexed; NULL for no record. */
ERR_CHECKED enum err record_replace(struct change *change, struct arena *arena,
    const struct directory *directory, const struct record *old,
    const struct record *new);

/* ERR_EXISTS, with the field in <why>, if another record holds one of the
 * unique keys of <record>. */
ERR_CHECKED enum err record_check_unique(
    struct snapshot *snapshot, const struct record *record, struct why *why);

/* Walk all records of a kind by id: *<id> is where to go on, 0 at first;
 * ERR_NOT_FOUND at the end. For the small kinds and for checks. */
ERR_CHECKED enum err record_next(struct snapshot *snapshot, enum kind_id kind,
    uint64_t *id, struct record *out);

#endif
