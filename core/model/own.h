/* core/model/own.h - custom fields: the site's own, by their types.
 *
 * A custom field is a record of the kind "field", held in the directory. Its
 * values stand in the map of a ticket, customer or organisation under the
 * record's id, which is never used again, as a text in one form by type:
 *
 *   integer, number   digits, the shortest that read back as the number
 *   boolean           true or false
 *   date, time        2026-01-31, 2026-01-31T12:30:00Z
 *   choices           a word a line
 *   email             folded
 *   and others        as they are
 *
 * Forms, the API, the command line, filters and Lua all come through here. A
 * value that was kept before a field got its type stays, and reads as text.
 */
#ifndef HOOKDESK_MODEL_OWN_H
#define HOOKDESK_MODEL_OWN_H

#include "core/model/directory.h"

struct json;
struct json_writer;
struct zone;

#define OWN_MAP_MAX 8192  /* bytes of all values of a record */
#define OWN_INDEXED_MAX 8 /* fields that are indexed */
#define OWN_KEY_BYTES 200 /* of a value that stand in an index's key */

/* What values are read against. <why> names the field as "fields.KEY". */
struct own_reader {
	const struct directory *directory;
	struct arena *arena;
	struct why *why;
	const struct zone *zone; /* of times that say none; NULL: the site's */
};

/* A text with words is a choice. */
enum own_type own_type(const struct record *field);

/* What it is a field of. */
enum kind_id own_kind(const struct record *field);

/* A value as it is typed, or as JSON of its type, as it is kept, in the arena:
 * empty for what clears it, "", null, and false but for a boolean. ERR_INVALID, ERR_NOMEM. */
ERR_CHECKED enum err own_from_text(const struct own_reader *reader,
    const struct record *field, struct bytes text, struct bytes *out);
ERR_CHECKED enum err own_from_json(const struct own_reader *reader,
    const struct record *field, const struct json *json, struct bytes *out);

/* A kept value as JSON of its type; what is none of it, as a text. Times are
 * texts for the API (<iso>), UTC seconds for scripts. */
void own_to_json(struct json_writer *out, const struct record *field,
    struct bytes value, bool iso);

/* Step through what a kept value holds: the words of choices, else the value;
 * false at the end. */
bool own_next_item(struct bytes *rest, struct bytes *item);

/* What a field's table of fields cannot say of it; brings it into the form
 * that is kept. ERR_INVALID, ERR_NOMEM. */
ERR_CHECKED enum err own_check(
    const struct own_reader *reader, struct record *field);

#endif
