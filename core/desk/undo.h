/* core/desk/undo.h - fields taken back to what they were before a change. */
#ifndef HOOKDESK_DESK_UNDO_H
#define HOOKDESK_DESK_UNDO_H

#include "core/desk/work.h"

struct json;

/* Take each field of <changes>, {"queue": ["general", "billing"]}, back that
 * is still as the change left it: *<undone> is how many. The others are named
 * in *<left>, empty if there are none. ERR_INVALID where the old value is no
 * longer possible (its queue was deleted), ERR_NOMEM. */
ERR_CHECKED enum err undo_fields(struct work *work, struct touched *touched,
    const struct json *changes, size_t *undone, struct bytes *left);

#endif
