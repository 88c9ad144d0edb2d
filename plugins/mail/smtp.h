/* plugins/mail/smtp.h - hands mail over by SMTP (RFC 5321).
 *
 * The one place that knows libcurl. smtp_init() comes before all else; then
 * any thread may use a session of its own.
 */
#ifndef HOOKDESK_MAIL_SMTP_H
#define HOOKDESK_MAIL_SMTP_H

#include "plugins/mail/compose.h"

struct smtp;

/* 0, or -1 if libcurl cannot run or has no SMTP. */
int smtp_init(void);
void smtp_end(void);

/* A session for settings->url, which is checked; NULL and the reason in <why>
 * if it makes no sense. Nothing is connected yet. */
struct smtp *smtp_open(
    const struct hd_mail_settings *settings, char *why, size_t why_size);
void smtp_close(struct smtp *smtp); /* NULL is allowed */

/* Hand over <letter> (lines end with CRLF) from <from> ("": nobody) to the
 * addresses of <to>. The connection is kept for the next one.
 *
 * HD_MAIL_REFUSED only when the server said 5xx to the sender, to all
 * recipients or to the mail; what is wrong with the server, its certificate
 * or our password can be mended, so that is HD_MAIL_LATER. */
void smtp_send(struct smtp *smtp, const char *from,
    const struct hd_mail_address *to, size_t to_count,
    const struct letter *letter, struct hd_mail_outcome *outcome);

#endif
