/* core/desk/mail_keep.h - mails that are made, and kept instead of sent: for
 * the desks of tests, and for dry runs. */
#ifndef HOOKDESK_DESK_MAIL_KEEP_H
#define HOOKDESK_DESK_MAIL_KEEP_H

#include "core/desk/mailout.h"

struct kept_mail {
	struct bytes to, kind, template, language, subject, text;
	struct bytes agent; /* login; empty for customers */
	struct bytes error; /* why it cannot be made; then the rest is empty */
	struct kept_mail *next;
};

struct mail_keeper {
	struct desk_output output; /* for site_options */
	struct kept_mail *mails;   /* the first one first */

	void *owner; /* of whoever opened it, for what he puts into <output> */

	struct arena *arena; /* the rest is its own */
	const struct mail_renderer *renderer;
	struct mailout *mailout;
	struct bytes kind; /* of the mail in hand */
	struct kept_mail **mails_end;
};

/* <keeper> stays where it is until it is closed, after its site.
 *
 * <arena>     of the mails that are kept
 * <output>    who renders entries; or NULL
 * <renderer>  of mails, borrowed; NULL: they wait
 *
 * ERR_NOMEM. */
ERR_CHECKED enum err mail_keeper_open(struct mail_keeper *keeper,
    struct arena *arena, const struct desk_output *output,
    const struct mail_renderer *renderer);
/* Also of one that was zeroed and never opened. */
void mail_keeper_close(struct mail_keeper *keeper);

#endif
