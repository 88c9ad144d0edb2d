/* core/model/record.h - one record: its fields read in place, set, encoded.
 *
 * The stored form:
 *
 *   CRC32C of what follows   4 bytes, little-endian
 *   rev                      8 bytes, little-endian: the commit that wrote it
 *   fields, ascending        number << 2 | wire as a varint, then the value:
 *      wire 0                  a varint (bool, enum, int zigzag, ref)
 *      wire 1                  8 bytes little-endian (time)
 *      wire 2                  a varint length, then so many bytes
 *      wire 3                  a varint: the length of a big text beside it
 *
 * A list is a wire 2 whose bytes are its items: texts with a varint length
 * before each, numbers as varints. A map is pairs of varint number and text.
 * Fields that this version does not know are kept and written back.
 *
 * A struct record is the caller's storage and allocates nothing: texts point
 * into the snapshot, or to what the caller has set. One thread at a time.
 */
#ifndef HOOKDESK_MODEL_RECORD_H
#define HOOKDESK_MODEL_RECORD_H

#include "core/model/kinds.h"
#include "core/store/change.h"

struct arena;
struct change;
struct snapshot;

#define RECORD_FIELDS_MAX 48
#define RECORD_HEADER RECORD_HEADER_SIZE
#define RECORD_INLINE 1024 /* bytes of a big text that stay in the record */
#define RECORD_CHUNK 16384 /* bytes of a big text in one value beside it */

/* A field's value. Texts: <at> and <n> bytes. Numbers: <at> is NULL. A big
 * text that lies beside its record: <at> is NULL, <n> its length. */
struct slot {
	const char *at;
	int64_t n;
};

struct record {
	const struct kind *kind;
	uint64_t id;
	uint64_t rev;     /* 0 for one that is not stored yet */
	uint64_t has;     /* a bit a slot */
	struct bytes raw; /* as stored, with the fields we do not know */
	struct slot slots[RECORD_FIELDS_MAX];
};

/* An empty record, not stored yet. */
void record_init(struct record *record, enum kind_id kind, uint64_t id);

/* Read <value>, which outlives <record>. ERR_CORRUPT if the CRC does not fit
 * or the bytes are no record. */
ERR_CHECKED enum err record_decode(
    struct record *record, enum kind_id kind, uint64_t id, struct bytes value);

/* Append the stored form, its CRC and rev still zero (the commit fills both
 * in), to <out>. */
void record_encode(const struct record *record, struct buf *out);

/* Values; 0, false and empty when not set. */
static inline bool
record_has(const struct record *record, int slot)
{
	return record->has >> slot & 1;
}

static inline int64_t
record_int(const struct record *record, int slot)
{
	return record_has(record, slot) ? record->slots[slot].n : 0;
}

static inline uint64_t
record_ref(const struct record *record, int slot)
{
	return (uint64_t)record_int(record, slot);
}

/* Texts, and the items of lists and maps for the functions below. A big text
 * that lies beside the record is not read: see record_bigtext(). */
static inline struct bytes
record_text(const struct record *record, int slot)
{
	if (!record_has(record, slot) || record->slots[slot].at == NULL)
		return BYTES_NONE;
	return (struct bytes){ record->slots[slot].at,
		(size_t)record->slots[slot].n };
}

/* The word of an enum field; "" if the number is unknown. */
const char *record_word(const struct record *record, int slot);

/* A big text, gathered into <arena> if it lies beside the record. */
ERR_CHECKED enum err record_bigtext(struct snapshot *snapshot,
    const struct record *record, int slot, struct arena *arena,
    struct bytes *out);

/* Set; what is pointed to is borrowed until the record is encoded. Setting 0
 * or an empty text clears the field. */
void record_set_int(struct record *record, int slot, int64_t n);
void record_set_text(struct record *record, int slot, struct bytes text);
void record_clear(struct record *record, int slot);
/* As in <from>, a record of the same kind. */
void record_set_from(
    struct record *record, int slot, const struct record *from);
/* Whether both hold the same in this slot. */
bool record_same(const struct record *a, const struct record *b, int slot);

/* Step through a list: *<rest> begins as record_text(); false at the end. */
bool list_next_text(struct bytes *rest, struct bytes *item);
bool list_next_int(struct bytes *rest, int64_t *item);
/* Add to a list being built; give buf_get() to record_set_text(). */
void list_add_text(struct buf *list, struct bytes item);
void list_add_int(struct buf *list, int64_t item);
bool list_has_text(struct bytes list, struct bytes item);
size_t list_count(const struct field *field, struct bytes list);

/* Step through a map of custom fields. */
bool map_next(struct bytes *rest, uint64_t *number, struct bytes *value);
/* The value with this number; empty if none. */
struct bytes map_get(struct bytes map, uint64_t number);
/* A copy of <map> with one value set (or removed, when empty) into <out>. */
void map_set(
    struct buf *out, struct bytes map, uint64_t number, struct bytes value);

#endif
