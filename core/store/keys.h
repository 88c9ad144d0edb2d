/* core/store/keys.h - keys: one byte for the table, then numbers and words.
 *
 * Keys are built on the caller's stack. Numbers are big-endian, so that the
 * order of bytes is the order of numbers. A key that would be over KEY_MAX is
 * marked, and whatever it is given to answers ERR_INVALID.
 */
#ifndef HOOKDESK_STORE_KEYS_H
#define HOOKDESK_STORE_KEYS_H

#include "core/base/bytes.h"
#include "core/store/engine.h"

#define KEY_MAX ENGINE_KEY_MAX

/* The tables. "record": values begin with the header of change_put_record()
 * (checksum and rev). Append only: a letter is never used for another table.
 *
 *    id         letter  record  name           key */
#define KEY_TABLES(X) \
	X(BIG, 'b', true, "big text") /* kind, id, field be16, chunk be16 */ \
	X(COUNT, 'c', false, "count") /* counter, what it counts */ \
	X(EVENT, 'e', true, "event")  /* commit and n */ \
	X(FAILED, 'f', true, "failed job") /* commit and n */ \
	X(INDEX, 'i', false, "index")      /* kind, index, columns, id */ \
	X(JOB, 'j', true, "job")           /* lane, due, commit and n, k */ \
	X(JOB_OF, 'k', false, "job by subject")     /* kind, id, number, k */ \
	X(META, 'm', true, "meta")                  /* name */ \
	X(EVENT_OF, 'o', false, "event by subject") /* kind, id, number */ \
	X(RECORD, 'r', true, "record")              /* kind, id */ \
	X(SEARCH, 's', true, "search")        /* term, 0, scope, chunk */ \
	X(UNIQUE, 'u', false, "unique")       /* kind, index, word */ \
	X(SEEN, 'v', false, "seen")           /* agent, ticket */ \
	X(ONCE, 'y', true, "idempotency key") /* hash */

enum key_table {
#define X(id, letter, record, name) KEY_##id = letter,
	KEY_TABLES(X)
#undef X
};

struct key_table_info {
	char letter;
	bool is_record;
	const char *name;
};

/* By letter; NULL for a letter that is no table. */
const struct key_table_info *key_table_info(char letter);

struct key {
	uint16_t len; /* over KEY_MAX: it did not fit */
	char at[KEY_MAX + 1];
};

/* Borrowed from <key>, until it is changed. */
static inline struct bytes
key_get(const struct key *key)
{
	return (struct bytes){ key->at, key->len };
}

static inline void
key_begin(struct key *key, enum key_table table)
{
	key->len = 1;
	key->at[0] = (char)table;
}

/* Append <len> bytes as they are. */
void key_raw(struct key *key, const void *at, size_t len);
/* Append text that is not the last part: ends it with a NUL. A NUL within
 * <text> marks the key as not fitting. */
void key_text(struct key *key, struct bytes text);

static inline void
key_u8(struct key *key, uint8_t n)
{
	key_raw(key, &n, 1);
}

static inline void
key_u16(struct key *key, uint16_t n)
{
	n = __builtin_bswap16(n);
	key_raw(key, &n, 2);
}

static inline void
key_u64(struct key *key, uint64_t n)
{
	n = __builtin_bswap64(n);
	key_raw(key, &n, 8);
}

/* Signed numbers and times: negative ones first. */
static inline void
key_int(struct key *key, int64_t n)
{
	key_u64(key, int_to_key(n));
}

/* Make it the first key after all that begin with <key>: the upper bound of
 * a range. With nothing after it (all bytes 0xff) it becomes empty. */
void key_after(struct key *key);

/* Begin the keys of the tables above. <kind> is the model's number of a kind
 * of record, <index> the kind's own number of an index. */
static inline void
key_record(struct key *key, uint8_t kind, uint64_t id)
{
	key_begin(key, KEY_RECORD);
	key_u8(key, kind);
	key_u64(key, id);
}

static inline void
key_index(struct key *key, uint8_t kind, uint8_t index)
{
	key_begin(key, KEY_INDEX);
	key_u8(key, kind);
	key_u8(key, index);
}

/* <word> is the whole rest: it may hold any byte. Words that can be longer
 * than 380 bytes (Message-IDs) are hashed by the caller. */
static inline void
key_unique(struct key *key, uint8_t kind, uint8_t index, struct bytes word)
{
	key_begin(key, KEY_UNIQUE);
	key_u8(key, kind);
	key_u8(key, index);
	key_raw(key, word.at, word.len);
}

static inline void
key_big(
    struct key *key, uint8_t kind, uint64_t id, uint16_t field, uint16_t chunk)
{
	key_begin(key, KEY_BIG);
	key_u8(key, kind);
	key_u64(key, id);
	key_u16(key, field);
	key_u16(key, chunk);
}

static inline void
key_count(struct key *key, uint8_t counter)
{
	key_begin(key, KEY_COUNT);
	key_u8(key, counter);
}

/* The prefix of a numbered put; see change_put_numbered(). Jobs of different
 * lanes do not wait for each other. */
static inline void
key_job(struct key *key, uint8_t lane, int64_t due_us)
{
	key_begin(key, KEY_JOB);
	key_u8(key, lane);
	key_int(key, due_us);
}

static inline void
key_job_of(struct key *key, uint8_t kind, uint64_t id)
{
	key_begin(key, KEY_JOB_OF);
	key_u8(key, kind);
	key_u64(key, id);
}

/* The same for the event log by its subject. */
static inline void
key_event_of(struct key *key, uint8_t kind, uint64_t id)
{
	key_begin(key, KEY_EVENT_OF);
	key_u8(key, kind);
	key_u64(key, id);
}

static inline void
key_seen(struct key *key, uint64_t agent, uint64_t ticket)
{
	key_begin(key, KEY_SEEN);
	key_u64(key, agent);
	key_u64(key, ticket);
}

/* <name> is the whole rest, e.g. "format". */
void key_meta(struct key *key, const char *name);

#endif
