/* core/model/value.h - a field's value as JSON and as typed text.
 *
 * One reading and one writing of every field for the API, Lua, forms, the
 * command line, exports and the history, driven by the field table, with one
 * set of messages. References are shown by stable key where the kind has one
 * (queues, agents ...), else by id.
 */
#ifndef HOOKDESK_MODEL_VALUE_H
#define HOOKDESK_MODEL_VALUE_H

#include "core/model/directory.h"

struct json;
struct json_writer;

/* Set <slot> from text as people type it: checks length, control characters,
 * words, keys; folds addresses; "" clears. Lists are separated by commas.
 *
 * ERR_INVALID with words in <why> (its field is set); ERR_NOMEM. What is set
 * lives in <arena>. */
ERR_CHECKED enum err value_from_text(struct record *record, int slot,
    struct bytes text, const struct directory *directory, struct arena *arena,
    struct why *why);

/* The same from JSON of the field's type; null and false clear. */
ERR_CHECKED enum err value_from_json(struct record *record, int slot,
    const struct json *json, const struct directory *directory,
    struct arena *arena, struct why *why);

/* Write the value of <slot>, null when it is not set (false, 0 and [] for
 * bool, int and lists). Times are UTC seconds as numbers for scripts
 * (<iso> false) or RFC 3339 texts for the API. Big texts beside the record
 * are left out (null). */
void value_to_json(struct json_writer *out, const struct record *record,
    int slot, const struct directory *directory, bool iso);

/* Read big texts that lie beside <record> into it, in <arena>, as far as a
 * reader of level <see> sees them: record_to_json() shows null for others. */
ERR_CHECKED enum err record_read_texts(struct record *record,
    struct snapshot *snapshot, enum field_see see, struct arena *arena);

/* All fields that a reader of level <see> sees, as members of the object
 * that the caller has begun. */
void record_to_json(struct json_writer *out, const struct record *record,
    const struct directory *directory, enum field_see see, bool iso);

/* ERR_INVALID if a required field is empty or a text over its limit. */
ERR_CHECKED enum err record_validate(
    const struct record *record, struct why *why);

#endif
