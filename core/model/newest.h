/* core/model/newest.h - records by a time that an index ends with, newest
 * first: customers by their last change, the sessions of an agent. */
#ifndef HOOKDESK_MODEL_NEWEST_H
#define HOOKDESK_MODEL_NEWEST_H

#include "core/model/table.h"

struct newest_query {
	enum kind_id kind;
	enum index_id index;  /* its last part is a time or a number */
	uint64_t of;          /* its first part, where it has two; else 0 */
	struct bytes of_text; /* the same where that is a text */
	struct bytes after;   /* cursor of the page before; or empty */
	size_t limit;
};

struct newest_page {
	struct record *records; /* in the arena; texts are the snapshot's */
	size_t count;
	struct bytes after; /* cursor of the next page; empty at the end */
};

/* ERR_INVALID for a broken cursor; ERR_NOMEM, ERR_IO, ERR_CORRUPT. */
ERR_CHECKED enum err records_newest(struct snapshot *snapshot,
    const struct newest_query *query, struct arena *arena,
    struct newest_page *out);

/* How many records there are under <query>, at most its limit; reads index
 * entries only. */
ERR_CHECKED enum err records_count(
    struct snapshot *snapshot, const struct newest_query *query, size_t *out);

#endif
