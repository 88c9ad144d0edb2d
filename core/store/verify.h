/* core/store/verify.h - read every byte of a store and compare checksums.
 *
 * Knows tables and record headers, not what is in the records: that indexes,
 * counts and postings agree is looked at above. One thread; beside commits.
 */
#ifndef HOOKDESK_STORE_VERIFY_H
#define HOOKDESK_STORE_VERIFY_H

#include "core/store/store.h"

enum verify_fault {
	VERIFY_CHECKSUM = 0, /* a record's bytes are not what was written */
	VERIFY_TABLE,        /* a key of no table */
	VERIFY_REV,          /* written by a commit that never was */
	VERIFY_COUNT,        /* a count that is not 8 bytes, or 0 */
	VERIFY_ORDER,        /* keys out of order: the engine's own damage */
	VERIFY_FAULT__COUNT
};

struct verify {
	/* Called for each fault; <key> is borrowed for the call. */
	void (*fault)(void *context, enum verify_fault fault, struct bytes key);
	/* Called about once in 10 000 keys, may be NULL. */
	void (*progress)(void *context, uint64_t keys);
	void *context;
	/* Results. */
	uint64_t keys, records, bytes, faults;
};

/* "checksum is wrong" and so on; static. */
const char *verify_fault_text(enum verify_fault fault);

/* Walk all keys of <store>; renews its snapshot on the way, so that it may
 * take its time. ERR_OK when it could be read to the end, whatever the faults;
 * else ERR_IO, ERR_CORRUPT (the engine's damage), ERR_BUSY or ERR_NOMEM. */
ERR_CHECKED enum err verify_store(struct store *store, struct verify *verify);

#endif
