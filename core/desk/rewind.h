/* core/desk/rewind.h - a record as it was before a change that is recorded. */
#ifndef HOOKDESK_DESK_REWIND_H
#define HOOKDESK_DESK_REWIND_H

#include "core/model/directory.h"

struct json;

/* Hears of a field that cannot be had any more, as a queue that is gone: it
 * stays as it is. */
typedef enum err rewind_leave(
    void *context, struct bytes field, const struct why *why);

/* Set the fields that <changes> names, JSON as an entry or an event has it, to
 * their old values. Texts live in <arena>. *<count> grows with each. */
ERR_CHECKED enum err rewind_fields(struct record *record, struct bytes changes,
    const struct directory *directory, struct arena *arena, rewind_leave *leave,
    void *context, uint64_t *count);

#endif
