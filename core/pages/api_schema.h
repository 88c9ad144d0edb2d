/* core/pages/api_schema.h - what the API takes and gives, as JSON Schema.
 *
 * For openapi.json. Schemas are named KIND (as it is shown), KIND_new and
 * KIND_change; see the tables in api_schema.c for the others.
 */
#ifndef HOOKDESK_PAGES_API_SCHEMA_H
#define HOOKDESK_PAGES_API_SCHEMA_H

#include "core/base/json_write.h"

#define SCHEMA_NAME_SIZE 80

/* The member "components": all schemas there are. */
void schema_components(struct json_writer *w);

/* "type", of one to three types; NULL ends. */
void schema_types(struct json_writer *w, const char *first, const char *second,
    const char *third);
/* A reference to a schema. */
void schema_ref(struct json_writer *w, const char *schema);
/* "type" and "items" of a list of <schema>; of strings for NULL. */
void schema_list_of(struct json_writer *w, const char *schema);

/* <pattern> with <kind> in place of {kind}, written into <out>; <pattern>
 * itself where it has none. */
const char *schema_name(
    char out[SCHEMA_NAME_SIZE], const char *pattern, const char *kind);

#endif
