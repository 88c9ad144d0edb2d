/* core/desk/body.h - records and events as JSON, the way scripts see them.
 *
 * The fields come from the field table and from computed.h. See wire.h, RECORD
 * and BODY.
 */
#ifndef HOOKDESK_DESK_BODY_H
#define HOOKDESK_DESK_BODY_H

#include "core/base/json_write.h"
#include "core/desk/site.h"
#include "core/script/hooks.h"

/* Where records are read from while a body is written. */
struct body_reader {
	const struct site_read *read;
	struct arena *arena;
	struct bytes text; /* of a ticket's first message, if it is not stored
			      yet; else read from the store */
	/* Of ticket_counts(), for the load of many agents; NULL: read for
	 * each. */
	const struct ticket_count *counts;
	size_t count_rows;
};

/* Write <record> as a RECORD object. ERR_NOMEM, ERR_CORRUPT. */
ERR_CHECKED enum err body_record(struct json_writer *out,
    const struct body_reader *reader, const struct record *record);

/* What a call is about. Records may be NULL. */
struct body {
	enum hook hook; /* HOOK__COUNT for a job */
	uint64_t event_id;
	int64_t at_us;
	const char *source, *actor_kind;
	struct bytes actor_name;
	struct bytes actor_script;
	const struct record *ticket, *entry, *customer, *agent, *article;
	struct bytes changes;     /* JSON of {"field": [from, to]} or empty */
	struct bytes parts;       /* JSON members: `"form": {...}`, or empty */
	struct bytes data;        /* of a job, JSON; or empty */
	struct bytes answer;      /* of one that hears of a web request's end, a
				 JSON object; or empty */
	struct bytes answer_text; /* with it */
	bool is_offer;            /* neither event nor job: */
	struct bytes given;       /* members such as `"input": {}`; or empty */
	int64_t due_us;           /* of a job */
	const char *subject;      /* of a job: "ticket", or NULL */
};

/* The whole BODY. */
ERR_CHECKED enum err body_write(
    struct buf *out, const struct body_reader *reader, const struct body *body);

/* SITE of wire.h: fields of all kinds and the keys of a site.
 *
 * <has_requests>  somebody makes the web requests of scripts */
ERR_CHECKED enum err body_hello(
    struct buf *out, const struct directory *directory, bool has_requests);

/* The kinds of records that scripts are told of, and whether they see a field
 * of one: not secrets. */
const enum kind_id *body_kinds(size_t *count);
bool body_shows(const struct kind *kind, size_t slot);

#endif
