/* core/desk/ask_hook.h - -ing hooks that are raised outside of an act: nothing
 * is changed there, by whatever a script says. */
#ifndef HOOKDESK_DESK_ASK_HOOK_H
#define HOOKDESK_DESK_ASK_HOOK_H

#include "core/desk/site.h"

struct job_run;

/* Ask the handlers of mail.sending about a mail job, before it is handed to
 * the mail server. They may refuse it and do nothing else.
 *
 * *<refusal> is empty, or says who refused it and why, in <arena>. A handler
 * that fails does not stand in the way, unless it is required: then ERR_BUSY
 * with its words in *<refusal>, try again later. ERR_NOMEM, ERR_CORRUPT, ERR_IO. */
ERR_CHECKED enum err mail_hook_ask(const struct site_read *read,
    const struct job_run *run, struct arena *arena, struct bytes *refusal);

/* Ask the handlers of article.suggesting, for who types <words> in <language>:
 * *<article> is the one that one of them wants to come first, or 0. What goes
 * wrong in a script is logged, and no trouble. ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err suggest_hook_ask(const struct site_read *read,
    struct bytes words, struct bytes language, struct arena *arena,
    uint64_t *article);

#endif
