/* plugins/mail/mail.c - the plugin "mail": sends by SMTP, by a program, or
 * into a folder.
 *
 * Chooses between them; compose.c writes the mail, smtp.c, command.c and
 * folder.c hand it over.
 */
#include "config.h"

#include "plugins/mail/check.h"
#include "plugins/mail/command.h"
#include "plugins/mail/folder.h"
#include "plugins/mail/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 30000
#define TIMEOUT_MAX_MS (15 * 60 * 1000)

/* One of the three is set. */
struct session {
	struct smtp *smtp;
	struct command *command;
	struct folder *folder;
	int64_t size_max;
};

static void
mail_close(void *arg)
{
	struct session *session = arg;

	if (session == NULL)
		return;
	smtp_close(session->smtp);
	command_close(session->command);
	folder_close(session->folder);
	free(session);
}

static void *
mail_open(const struct hd_mail_settings *given, char *why, size_t why_size)
{
	struct hd_mail_settings settings;
	struct session *session;

	if (given->abi != HD_ABI ||
	    !HD_HAS(given, struct hd_mail_settings, size_max) ||
	    (unsigned)given->tls >= HD_MAIL_TLS__COUNT) {
		snprintf(why, why_size, "settings of another version");
		return NULL;
	}
	settings = *given;
	if (settings.timeout_ms <= 0)
		settings.timeout_ms = TIMEOUT_MS;
	if (settings.timeout_ms > TIMEOUT_MAX_MS)
		settings.timeout_ms = TIMEOUT_MAX_MS;
	session = calloc(1, sizeof *session);
	if (session == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	session->size_max = settings.size_max;
	if (strncmp(settings.url, "file:///", 8) == 0)
		session->folder = folder_open(&settings, why, why_size);
	else if (settings.url[0] != '\0')
		session->smtp = smtp_open(&settings, why, why_size);
	else
		session->command = command_open(&settings, why, why_size);
	if (session->smtp == NULL && session->command == NULL &&
	    session->folder == NULL) {
		mail_close(session);
		return NULL;
	}
	return session;
}

static void
mail_send(
    void *arg, const struct hd_mail *mail, struct hd_mail_outcome *outcome)
{
	struct session *session = arg;
	struct letter letter = { NULL, 0 };
	enum compose_result result;
	const char *from;

	outcome->state = HD_MAIL_REFUSED;
	outcome->code = 0;
	outcome->reply[0] = '\0';
	if (mail->abi != HD_ABI || !HD_HAS(mail, struct hd_mail, file_count)) {
		snprintf(outcome->reply, sizeof outcome->reply,
		    "a mail of another version");
		return;
	}
	from = mail->bounces != NULL ? mail->bounces : mail->from.address;
	result = compose(mail,
	    session->smtp != NULL ? COMPOSE_CRLF : COMPOSE_LF,
	    session->size_max, &letter, outcome->reply, sizeof outcome->reply);
	if (result == COMPOSE_OK && from[0] != '\0' && !check_is_address(from))
		snprintf(outcome->reply, sizeof outcome->reply,
		    "the sender is not an address");
	else if (result != COMPOSE_OK)
		outcome->state = result == COMPOSE_FILE ? HD_MAIL_LATER :
							  HD_MAIL_REFUSED;
	else if (session->smtp != NULL)
		smtp_send(session->smtp, from, mail->to, mail->to_count,
		    &letter, outcome);
	else if (session->command != NULL)
		command_send(session->command, from, &letter, outcome);
	else
		folder_send(
		    session->folder, mail->message_id, &letter, outcome);
	letter_release(&letter);
}

static const struct hd_mail_transport transport = {
	.abi = HD_ABI,
	.size = sizeof transport,
	.name = "mail",
	.open = mail_open,
	.send = mail_send,
	.close = mail_close,
};

static int
start(const struct hd_host *host, char *why, size_t why_size)
{
	if (smtp_init() != 0) {
		snprintf(why, why_size, "libcurl cannot speak SMTP");
		return -1;
	}
	if (host->add_mail_transport(host, &transport) != 0) {
		snprintf(why, why_size, "another plugin sends mail");
		smtp_end();
		return -1;
	}
	compose_init();
	return 0;
}

static void
stop(void)
{
	smtp_end();
}

const struct hd_plugin hd_plugin = {
	.abi = HD_ABI,
	.size = sizeof hd_plugin,
	.name = "mail",
	.version = PACKAGE_VERSION,
	.description =
	    "Sends mail by SMTP, through sendmail, or into a folder.",
	.start = start,
	.stop = stop,
};
