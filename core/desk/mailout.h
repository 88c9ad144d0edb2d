/* core/desk/mailout.h - what a mail job is given, and how its mail goes out.
 *
 * A job of type mail or notify has as its data a JSON object:
 *
 *   kind      what sort of mail it is, one of the words below
 *   template  the page in www/templates/mail, for the kinds that have none
 *   to        "customer" (the usual), "participants" (the customer and those
 *             who take part), or a list of addresses and logins of agents
 *   vars      { NAME: VALUE } for the template, as a script gave them
 *   title, text, url   for a notify: what it says, and where to look
 *
 *   kind       sent for                                  Auto-Submitted
 *   reply      an answer, the job's entry                no
 *   autoreply  a script's ticket:mail, a confirmation    auto-replied
 *   survey     a script's ticket:survey                  auto-generated
 *   notify     an agent's notification                   auto-generated
 *   mail       a script's desk.mail, to agents           auto-generated
 *   links      "my tickets": the links of a person       auto-generated
 *              for the customer the job is about; about none, nothing is
 *              sent and the job is done: nobody has the address given
 *   sign_in    a one-time link for an agent (url)        auto-generated
 *
 * A job that is run again sends the same bytes with the same Message-ID, so
 * that a repeat is recognised. Message-IDs are TICKET.ENTRY.TOKEN@HOST, with
 * the ticket's TOKEN_MAIL, and the host of the brand's base_url.
 *
 * How, say the settings of core/model/setting.c called mail.NAME, each also
 * as mail.NAME/BRAND for one brand. As mail.transport, "sendmail" is the
 * command of hookdesk.conf; "folder" keeps mails as files in the site's
 * outbox/, for trying out.
 */
#ifndef HOOKDESK_DESK_MAILOUT_H
#define HOOKDESK_DESK_MAILOUT_H

#include "core/desk/site.h"

struct hd_mail_transport;
struct json;
struct mailout;

/* What a mail says, for the renderer. All borrowed. */
struct mail_page {
	const struct site_read *read;
	const char *template;  /* "reply" */
	struct bytes language; /* of the reader */
	struct bytes zone;     /* of the reader; may be empty */
	const struct record *brand;
	const struct record *ticket, *customer, *entry; /* or NULL */
	const struct record *author; /* of the entry: agent */
	const struct record *reader; /* an agent; NULL: a customer, or */
	struct bytes address;        /* the first one it goes to */
	/* The reader has proved to read this address: only then may words that
	 * a visitor typed stand in an automatic mail. */
	bool is_verified;
	struct bytes url;  /* where to read and answer */
	struct bytes text; /* of the entry, as written; or of the notify */
	struct bytes html; /* of the entry, safe; or empty */
	struct bytes title;
	const struct json *vars; /* or NULL */
	const struct json *data; /* all that the job was given */
};

/* All UTF-8, in the arena given. */
struct mail_text {
	struct bytes subject; /* one line */
	struct bytes text, html;
};

/* Who makes text of it: the floors above have the templates. ERR_NOT_FOUND if
 * there is no such template, ERR_NOMEM ... with words in <why>. */
struct mail_renderer {
	void *arg;
	enum err (*render)(void *arg, const struct mail_page *page,
	    struct arena *arena, struct mail_text *out, struct why *why);
};

struct mailout_options {
	const struct hd_mail_transport *transport; /* NULL: none is loaded */
	struct mail_renderer renderer;
	/* For mail.transport "sendmail": an absolute path and its arguments,
	 * ending with NULL; NULL: not allowed here. Borrowed. */
	const char *const *command;
	/* For sites without mail.transport: a URL, "sendmail", or NULL. */
	const char *transport_url;
	/* Mails are made and rendered, and handed over to nobody. */
	bool is_kept;
};

/* What all sites of this process send with; any number of threads. ERR_NOMEM.
 */
ERR_CHECKED enum err mailout_create(
    const struct mailout_options *options, struct mailout **out);
/* Closes the connections that were kept. NULL is allowed. */
void mailout_destroy(struct mailout *mailout);

/* Send the mail of <job>. *<message_id> (in <arena>) is set when it went out.
 *
 * Returns ERR_OK; ERR_REFUSED when it will not work, however often it is
 * tried: a refused address, no template, no recipient, a removed ticket; else
 * it can work later: ERR_IO, ERR_TIMEOUT, ERR_BUSY, ERR_NOMEM ... What the
 * server said is why->name. */
ERR_CHECKED enum err mailout_send(struct mailout *mailout, struct site *site,
    const struct record *job, struct arena *arena, struct bytes *message_id,
    struct why *why);

/* The Message-ID of a ticket's entry, without < >; entry 0 is the ticket's
 * own, to which all others refer. Empty when memory ran out. */
struct bytes mailout_message_id(const struct site *site,
    const struct directory *directory, const struct record *ticket,
    uint64_t entry, struct arena *arena);

#endif
