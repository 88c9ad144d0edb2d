/* core/desk/undo.h - fields taken back to what they were before a change.
 *
 * An ordinary change in all: what the actor may not set stays, an owner must
 * see the queue, rules are obeyed and the -ing hooks asked. A field is taken
 * back if it is still as the change left it and its old value can be had; each
 * other one is listed in the act's result with the reason.
 */
#ifndef HOOKDESK_DESK_UNDO_H
#define HOOKDESK_DESK_UNDO_H

#include "core/desk/work.h"

/* Take back <changes>, {"queue": ["general", "billing"]}, of a ticket or a
 * customer, and account for it: *<undone> is how many fields went back.
 *
 * <entry>  of a ticket: the sequence number of the entry that told of them;
 *          touched->undone_by is then that of the one that takes them back
 *
 * ERR_REFUSED by a script, as ops_ask_updating(); ERR_CORRUPT, ERR_NOMEM. */
ERR_CHECKED enum err undo_changes(struct work *work, struct touched *touched,
    struct bytes changes, uint64_t entry, size_t *undone);

#endif
