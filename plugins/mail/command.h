/* plugins/mail/command.h - hands mail to a program: sendmail and its kin.
 *
 * No shell: the program is given its arguments as they are. Any thread.
 */
#ifndef HOOKDESK_MAIL_COMMAND_H
#define HOOKDESK_MAIL_COMMAND_H

#include "plugins/mail/compose.h"

struct command;

/* Copies settings->command, whose first word is an absolute path; NULL and
 * the reason in <why> if it is none or cannot be run. */
struct command *command_open(
    const struct hd_mail_settings *settings, char *why, size_t why_size);
void command_close(struct command *command); /* NULL is allowed */

/* Run it with "-f <from>" behind its arguments and <letter> (lines end with
 * LF) on standard input. What it says is the reason when it fails; its exit
 * code tells whether to try again, by sysexits.h. It is killed when it takes
 * over settings->timeout_ms. */
void command_send(struct command *command, const char *from,
    const struct letter *letter, struct hd_mail_outcome *outcome);

#endif
