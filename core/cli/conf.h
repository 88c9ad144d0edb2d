/* core/cli/conf.h - hookdesk.conf: what is needed before a site is open.
 *
 *	[server]
 *	socket = /run/hookdesk/hookdesk.sock
 *	sites = /var/lib/hookdesk      for commands about all of them
 *	threads = 16
 *	log_level = info
 *	site_idle_s = 600
 *
 *	[store]
 *	map_size_gib = 64
 *	min_free_mib = 512
 *
 *	[mail]
 *	transport = sendmail            for sites that set none
 *	sendmail = /usr/sbin/sendmail -t -i
 *
 *	[limits]
 *	mails_per_hour = 1000           of each site, whatever its settings say
 *	files_mb = 5000                 so many bytes of attachments
 *
 * All else is a setting of a site. Unknown keys are errors, so that a typing
 * error does not go unseen.
 */
#ifndef HOOKDESK_CLI_CONF_H
#define HOOKDESK_CLI_CONF_H

#include "core/base/err.h"

#include <stdbool.h>

#define CONF_PATH "/etc/hookdesk/hookdesk.conf"
#define CONF_TEXT 512
#define CONF_WORDS 32
#define CONF_SITE_IDLE_S 600

struct conf {
	char socket[CONF_TEXT];
	char sites[CONF_TEXT];
	char log_level[CONF_TEXT];
	int64_t threads;                  /* 0: the usual */
	int64_t site_idle_s;              /* of several: then one is closed */
	int64_t map_size_gib;             /* 0: the usual */
	int64_t min_free_mib;             /* -1: the usual */
	int64_t mails_per_hour, files_mb; /* of a site; 0: no limit */
	char mail_transport[CONF_TEXT];
	char mail_sendmail[CONF_TEXT];
	/* mail_sendmail as words, ending with NULL; none: [0] is NULL. */
	const char *sendmail[CONF_WORDS + 1];
	char sendmail_words[CONF_TEXT]; /* where they lie */
};

/* Begin with the usual values. */
void conf_init(struct conf *conf);

/* Read <path> over what is there; NULL is $HOOKDESK_CONF, or CONF_PATH, which
 * need not be there. ERR_NOT_FOUND, ERR_INVALID (file, line and what in <why>), ERR_LIMIT,
 * ERR_IO. */
ERR_CHECKED enum err conf_read(
    struct conf *conf, const char *path, struct why *why);

#endif
