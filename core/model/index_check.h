/* core/model/index_check.h - whether all that lies beside the records is what
 * the records say. */
#ifndef HOOKDESK_MODEL_INDEX_CHECK_H
#define HOOKDESK_MODEL_INDEX_CHECK_H

#include "core/store/store.h"

struct index_check {
	/* Called with words for each difference. */
	void (*fault)(void *context, const char *what);
	/* Called about once in 10 000 records or entries; may be NULL. */
	void (*progress)(void *context, uint64_t looked_at);
	void *context;
	/* Results. */
	uint64_t records, entries, chunks, faults;
};

/* Compare both ways: each record is in every index it belongs to, and each
 * entry of an index belongs to a record that is there. Each is compared within
 * one snapshot, none is held for long. ERR_OK when all could be read, whatever
 * the faults; else ERR_CORRUPT (the engine's damage), ERR_IO, ERR_BUSY,
 * ERR_NOMEM ... */
ERR_CHECKED enum err index_check(
    struct store *store, struct index_check *check);

/* The same for big texts: all parts of each are there, and each part belongs
 * to a record's text. */
ERR_CHECKED enum err bigtext_check(
    struct store *store, struct index_check *check);

#endif
