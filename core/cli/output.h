/* core/cli/output.h - what sites need from the floors above the desk: entries
 * as safe HTML, and mails handed over. Set up once, for all sites. */
#ifndef HOOKDESK_CLI_OUTPUT_H
#define HOOKDESK_CLI_OUTPUT_H

#include "core/cli/conf.h"
#include "core/desk/site.h"
#include "core/web/mail_page.h"

struct output;

/* For commands: entries are rendered, mails wait for the server. Static. */
extern const struct desk_output output_quiet;

/* For the server: also mails go out, through the plugin "mail", and web
 * requests, through "http". Without the plugin, which is said in the log, they
 * wait; and scripts that make web requests are not loaded.
 *
 * <conf>    borrowed until output_destroy()
 * <pages>   where the templates of a site are; copied
 *
 * ERR_NOMEM. */
ERR_CHECKED enum err output_create(const struct conf *conf,
    const struct mail_pages *pages, struct output **out);
/* No site uses it any more. NULL is allowed. */
void output_destroy(struct output *output);

/* Borrowed: for site_options. */
const struct desk_output *output_desk(const struct output *output);

#endif
