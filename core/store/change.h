/* core/store/change.h - all that one act does to the store, as one value.
 *
 * A change is built in an arena without touching the store and blocks nobody;
 * store_commit() applies it whole or not at all. It holds puts, deletes,
 * additions to counts, and guards: what must still be so for it to hold. All
 * guards are looked at before anything is applied.
 *
 * The functions that add to a change return nothing: what goes wrong (memory,
 * a key or value over its limit) is kept, and store_commit() answers with it
 * before it does anything. Keys are copied. Values are borrowed: they stay as
 * they are until store_commit() has returned, most simply in the same arena.
 * A second put or delete of a key replaces the first; additions add up. One
 * thread uses a change at a time.
 */
#ifndef HOOKDESK_STORE_CHANGE_H
#define HOOKDESK_STORE_CHANGE_H

#include "core/base/arena.h"
#include "core/base/bytes.h"
#include "core/base/err.h"
#include "core/store/keys.h"

/* A record's value begins with this; all numbers little-endian:
 *
 *   0         4                 12
 *   | CRC-32C | rev             | what the model stored ...
 *
 * The checksum is of all that follows it; rev is the commit's number. */
#define RECORD_HEADER_SIZE 12

#define CHANGE_SIZE_MAX (16 * 1024 * 1024) /* bytes, as change_size() */
#define CHANGE_NUMBERS_MAX 65536           /* change_number() in one change */

struct change; /* lives as long as its arena */

/* ERR_NOMEM. */
ERR_CHECKED enum err change_create(struct arena *arena, struct change **out);

/* Store <value> under <key>. */
void change_put(struct change *change, struct bytes key, struct bytes value);

/* The same for a value that begins with RECORD_HEADER_SIZE bytes, which are
 * not read: the commit stores its number and the checksum in their place (in
 * the store; <value> itself stays as it is). */
void change_put_record(
    struct change *change, struct bytes key, struct bytes value);

/* Not an error when there is no such key. */
void change_delete(struct change *change, struct bytes key);

/* Add <delta> to the number under <key> (8 bytes, little-endian; none is 0).
 * One that becomes 0 is deleted. Such a key is never put or deleted in the
 * same change: that makes the change ERR_INVALID. */
void change_add(struct change *change, struct bytes key, int64_t delta);

/* Guards. The record under <key> must have been written by the commit <rev>
 * (0: there must be none), else store_commit() answers ERR_CONFLICT. */
void change_guard_rev(struct change *change, struct bytes key, uint64_t rev);
/* There must be nothing under <key>, else ERR_CONFLICT: unique words. */
void change_guard_absent(struct change *change, struct bytes key);
/* As change_guard_rev(), but the answer is ERR_STALE: what a person had seen
 * is no longer so. When both fail, ERR_CONFLICT comes first: run again on a
 * fresh snapshot, which then tells STALE from what is there. */
void change_guard_stale(struct change *change, struct bytes key, uint64_t rev);

/* Reserve the next number n (0, 1, 2 ...) of this change. The commit makes of
 * it commit << 16 | n, unique and growing over all changes there ever were,
 * so that a reader who goes on from the last one he saw misses none. */
unsigned change_number(struct change *change);

/* Store <value> under <prefix>, the number of <n> as 8 bytes big-endian, and
 * <suffix> (may be empty). <is_record>: see change_put_record(). Several puts
 * may use one <n> with other prefixes. */
void change_put_numbered(struct change *change, struct bytes prefix, unsigned n,
    struct bytes suffix, struct bytes value, bool is_record);

/* It only deletes, trims or hands on: may go on when there is less room than
 * min_free, because it makes room. */
void change_is_housekeeping(struct change *change);

/* Bytes that it stores, with a share for each key; what limits are in. */
size_t change_size(const struct change *change);
/* Nothing to do: no puts, deletes or additions (guards aside). */
bool change_is_empty(const struct change *change);
/* What went wrong in building it so far, or ERR_OK. */
enum err change_error(const struct change *change);

/* What it would store under <key> when committed now: ERR_OK and *<value>
 * (a record's header is then not filled in), ERR_NOT_FOUND when it deletes
 * it, or ERR_INVALID when it does not touch it. Not for additions. */
enum err change_get(
    const struct change *change, struct bytes key, struct bytes *value);

/* After store_commit() returned ERR_OK: its number, and that of <n>. */
uint64_t change_commit_number(const struct change *change);
uint64_t change_numbered_id(const struct change *change, unsigned n);

/* The commit that is in such a number, and its n. */
static inline uint64_t
numbered_commit(uint64_t number)
{
	return number >> 16;
}

static inline unsigned
numbered_n(uint64_t number)
{
	return (unsigned)(number & 0xffff);
}

/* Look at a record's value: ERR_CORRUPT when it is shorter than its header or
 * its checksum is not that of its bytes. <rev> may be NULL. */
ERR_CHECKED enum err record_check(struct bytes value, uint64_t *rev);
/* Its rev, without the checksum; 0 when it is shorter than its header. */
uint64_t record_rev(struct bytes value);

#endif
