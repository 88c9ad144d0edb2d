/* core/model/index_check.h - whether the indexes are what the records say. */
#ifndef HOOKDESK_MODEL_INDEX_CHECK_H
#define HOOKDESK_MODEL_INDEX_CHECK_H

#include "core/store/store.h"

struct index_check {
	/* Called with words for each difference. */
	void (*fault)(void *context, const char *what);
	/* Called about once in 10 000 records; may be NULL. */
	void (*progress)(void *context, uint64_t records);
	void *context;
	/* Results. */
	uint64_t records, entries, faults;
};

/* Compare both ways: each record is in every index it belongs to, and each
 * entry of an index belongs to a record. Takes a snapshot of <store>, which
 * it renews for each kind. ERR_OK when all could be read, whatever the
 * faults; else ERR_IO, ERR_BUSY, ERR_NOMEM ... */
ERR_CHECKED enum err index_check(
    struct store *store, struct index_check *check);

#endif
