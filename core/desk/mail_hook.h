/* core/desk/mail_hook.h - mail.sending: the last word of scripts on a mail. */
#ifndef HOOKDESK_DESK_MAIL_HOOK_H
#define HOOKDESK_DESK_MAIL_HOOK_H

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

#endif
