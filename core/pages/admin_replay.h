/* core/pages/admin_replay.h - what the pages of replays share. */
#ifndef HOOKDESK_PAGES_ADMIN_REPLAY_H
#define HOOKDESK_PAGES_ADMIN_REPLAY_H

#include "core/desk/replay_back.h"
#include "core/pages/admin_script.h"

/* The script that is to be replayed: the text that the form has as "source",
 * which may be of one that is not there yet, or else the file's. *<is_draft>:
 * it is not the file's. All of it in the page's arena. ERR_NOT_FOUND ... */
ERR_CHECKED enum err replay_read_text(struct page *page,
    const struct form *form, struct script_file *out, bool *is_draft);

/* "/support/agent/t/17". */
struct bytes replay_ticket_url(struct page *page, uint64_t number);

#endif
