/* core/web/mail_page.h - the words of mails, from www/templates/mail.
 *
 * A mail NAME is three templates: mail/NAME_subject (one line), mail/NAME_text
 * (the plain part) and mail/NAME (the HTML part; without it the mail is plain).
 * What they may show stands in the head of mail/layout and of each of them.
 *
 * The plain ones are rendered like all templates, escaped, and the entities
 * are turned back afterwards; so {{{x}}} must not stand in them.
 */
#ifndef HOOKDESK_WEB_MAIL_PAGE_H
#define HOOKDESK_WEB_MAIL_PAGE_H

#include "core/desk/mailout.h"

struct template_set;

struct mail_pages {
	/* The templates of <site>, held for the caller, who releases them; NULL
	 * when the site is closing. Any thread. */
	struct template_set *(*hold)(void *arg, struct site *site);
	void *arg;
};

/* The function of a struct mail_renderer; its arg is a struct mail_pages.
 *
 * Returns ERR_OK with all of <out> in <arena>: the subject is one line without
 * control characters, the text ends in a line break. ERR_NOT_FOUND when there
 * is no such template, named in <why>; ERR_BUSY when the site is closing;
 * ERR_LIMIT, ERR_NOMEM. Any thread.
 */
ERR_CHECKED enum err mail_page_render(void *mail_pages,
    const struct mail_page *page, struct arena *arena, struct mail_text *out,
    struct why *why);

/* Add <html> with the entities that html_escape() writes turned back. */
void html_unescape(struct buf *out, struct bytes html);

#endif
