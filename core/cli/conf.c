/* core/cli/conf.c - hookdesk.conf: what is needed before a site is open. */
#include "config.h"
#include "core/cli/conf.h"

#include "core/base/bytes.h"
#include "core/base/ini.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every key there is; a number's limits are its last two. */
static const struct row {
	const char *section, *key;
	size_t offset;
	bool is_number;
	int64_t min, max;
} rows[] = {
	{ "server", "socket", offsetof(struct conf, socket), false, 0, 0 },
	{ "server", "sites", offsetof(struct conf, sites), false, 0, 0 },
	{ "server", "threads", offsetof(struct conf, threads), true, 1, 1024 },
	{ "server", "log_level", offsetof(struct conf, log_level), false, 0,
	    0 },
	{ "server", "site_idle_s", offsetof(struct conf, site_idle_s), true, 1,
	    INT64_C(7) * 24 * 3600 },
	{ "store", "map_size_gib", offsetof(struct conf, map_size_gib), true, 1,
	    65536 },
	{ "store", "min_free_mib", offsetof(struct conf, min_free_mib), true, 0,
	    INT64_C(1) << 30 },
	{ "limits", "mails_per_hour", offsetof(struct conf, mails_per_hour),
	    true, 1, 1000000 },
	{ "limits", "files_mb", offsetof(struct conf, files_mb), true, 1,
	    1000000000 },
	{ "mail", "transport", offsetof(struct conf, mail_transport), false, 0,
	    0 },
	{ "mail", "sendmail", offsetof(struct conf, mail_sendmail), false, 0,
	    0 },
};

void
conf_init(struct conf *conf)
{
	*conf = (struct conf){ .min_free_mib = -1,
		.site_idle_s = CONF_SITE_IDLE_S };
	snprintf(conf->socket, sizeof conf->socket, "%s",
	    "/run/hookdesk/hookdesk.sock");
	snprintf(conf->sites, sizeof conf->sites, "%s", "/var/lib/hookdesk");
	snprintf(conf->log_level, sizeof conf->log_level, "%s", "info");
}

static enum err
take(void *arg, const struct ini_entry *entry, struct why *why)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		char *at = (char *)arg + row->offset;
		int64_t n;

		if (strcmp(entry->section, row->section) != 0 ||
		    strcmp(entry->key, row->key) != 0)
			continue;
		if (!row->is_number) {
			snprintf(at, CONF_TEXT, "%s", entry->value);
			return ERR_OK;
		}
		if (bytes_to_int(bytes_of(entry->value), &n) != ERR_OK ||
		    n < row->min || n > row->max)
			return why_set(why, ERR_INVALID, NULL,
			    N_("{name} is out of range."), 0, entry->key);
		memcpy(at, &n, sizeof n);
		return ERR_OK;
	}
	return why_set(why, ERR_INVALID, NULL,
	    N_("There is no key {name} here."), 0, entry->key);
}

/* Cut the command at its spaces; there is no quoting, as there is no shell. */
static void
split_command(struct conf *conf)
{
	char *rest = conf->sendmail_words;
	size_t n = 0;

	memcpy(rest, conf->mail_sendmail, sizeof conf->sendmail_words);
	while (n < CONF_WORDS) {
		rest += strspn(rest, " \t");
		if (*rest == '\0')
			break;
		conf->sendmail[n++] = rest;
		rest += strcspn(rest, " \t");
		if (*rest == '\0')
			break;
		*rest++ = '\0';
	}
	conf->sendmail[n] = NULL;
}

enum err
conf_read(struct conf *conf, const char *path, struct why *why)
{
	const char *usual = getenv("HOOKDESK_CONF");
	enum err err = ini_read(path != NULL ? path :
		usual != NULL                ? usual :
					       CONF_PATH,
	    take, conf, why);

	if (err == ERR_NOT_FOUND && path == NULL && usual == NULL)
		err = ERR_OK;
	split_command(conf);
	return err;
}
