/* core/desk/computed.h - fields that no record holds: made when asked for.
 *
 * A ticket's number and links, the text of its first message, how many tickets
 * wait for an agent. They are declared once here, beside the field table, for
 * what scripts are told, the API's answers, its description and the reference;
 * nobody sets them.
 */
#ifndef HOOKDESK_DESK_COMPUTED_H
#define HOOKDESK_DESK_COMPUTED_H

#include "core/desk/body.h"

enum computed_in { FOR_SCRIPTS = 1 << 0, FOR_API = 1 << 1 };

struct computed {
	enum kind_id kind;
	unsigned in;  /* bits of enum computed_in */
	bool is_late; /* not before the record is stored */
	/* Write the value. */
	enum err (*put)(struct json_writer *out,
	    const struct body_reader *reader, const struct record *record);
	/* As in the field table, without a number; F_REQUIRED: never null. */
	struct field field;
};

/* Ends with a field whose name is NULL. */
extern const struct computed computed_fields[];

/* Whether a row is one of <kind> that is seen in <in>. */
bool computed_is(
    const struct computed *row, enum kind_id kind, enum computed_in in);

/* Write all of them as members of the object that the caller has begun.
 * ERR_NOMEM, ERR_CORRUPT ... */
ERR_CHECKED enum err computed_put(struct json_writer *out,
    const struct body_reader *reader, const struct record *record,
    enum computed_in in);

#endif
