/* core/desk/schema.h - values that scripts declare by a schema: their
 * settings, and what an action asks for.
 *
 * A schema is { KEY: { "type", "label"?, "required"?, "min"? ... } }, SCHEMA in
 * core/script/wire.h; a row is what it has under one key. The types are those
 * of core/lua/settings.c, which looks again, with the script's line.
 */
#ifndef HOOKDESK_DESK_SCHEMA_H
#define HOOKDESK_DESK_SCHEMA_H

#include "core/base/json_write.h"
#include "core/model/directory.h"

struct json;

/* NULL, or what is wrong with <value> by its row, marked N_(); {name} in it is
 * what is left in <right>. null is never wrong.
 *
 * <directory>  knows the queues and so on that are named; NULL: they are not
 *              looked up */
const char *schema_fault(const struct json *value, const struct json *row,
    const struct directory *directory, struct buf *right);

/* What a form has as the JSON of the row's type: what is no number stays text,
 * of which schema_fault() tells. A list is typed a line each; a box that is
 * not ticked sends nothing. */
void schema_put_text(
    struct json_writer *w, const struct json *row, struct bytes text);

/* Hears what is wrong with the member <field>; <why> has its words. */
typedef void schema_tell(
    void *context, const char *field, const struct why *why);

/* Write an object of what <given> has, an object or NULL, each checked by
 * <schema>; what is empty becomes the default, or is left out.
 *
 * ERR_INVALID when <tell> heard of something; ERR_NOMEM. */
ERR_CHECKED enum err schema_fill(const struct json *schema,
    const struct json *given, const struct directory *directory,
    struct arena *arena, struct json_writer *out, schema_tell *tell,
    void *context);

#endif
