/* plugins/mail/folder.h - keeps mails as files in a folder, for trying out.
 *
 * A file ID.eml for each mail, named by its Message-ID: a repeat takes the
 * place of the first. Any thread.
 */
#ifndef HOOKDESK_MAIL_FOLDER_H
#define HOOKDESK_MAIL_FOLDER_H

#include "plugins/mail/compose.h"

struct folder;

/* For settings->url file:///PATH, an existing folder; NULL and the reason in
 * <why> if it is none. */
struct folder *folder_open(
    const struct hd_mail_settings *settings, char *why, size_t why_size);
void folder_close(struct folder *folder); /* NULL is allowed */

/* Write <letter> (lines end with LF) for the mail <message_id>, whole or not
 * at all. */
void folder_send(struct folder *folder, const char *message_id,
    const struct letter *letter, struct hd_mail_outcome *outcome);

#endif
