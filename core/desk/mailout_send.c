/* core/desk/mailout_send.c - where mail goes: the settings of a brand, and the
 * sessions with mail servers that are kept for the next mail. */
#include "config.h"
#include "core/desk/mailout_private.h"

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/secret.h"
#include "core/desk/sealed.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define KEPT_MAX 8
#define KEPT_US (60 * CLOCK_SECOND_US)
#define TIMEOUT_MS 30000

/* A session that waits for its next mail. */
struct kept {
	void *session; /* NULL: the place is free */
	uint8_t key[SECRET_HASH_SIZE];
	int64_t since_us;
};

struct mailout {
	struct mailout_options options;
	pthread_mutex_t lock;
	struct kept kept[KEPT_MAX];
};

enum err
mailout_create(const struct mailout_options *options, struct mailout **out)
{
	struct mailout *mailout = calloc(1, sizeof *mailout);

	if (mailout == NULL || pthread_mutex_init(&mailout->lock, NULL) != 0) {
		free(mailout);
		return ERR_NOMEM;
	}
	mailout->options = *options;
	*out = mailout;
	return ERR_OK;
}

void
mailout_destroy(struct mailout *mailout)
{
	if (mailout == NULL)
		return;
	for (size_t i = 0; i < KEPT_MAX; i++)
		if (mailout->kept[i].session != NULL)
			mailout->options.transport->close(
			    mailout->kept[i].session);
	pthread_mutex_destroy(&mailout->lock);
	free(mailout);
}

const struct mail_renderer *
mailout_renderer(const struct mailout *mailout)
{
	return &mailout->options.renderer;
}

bool
mailout_is_kept(const struct mailout *mailout)
{
	return mailout->options.is_kept;
}

/* --- sessions --- */

/* Sessions of the same settings are alike; passwords are told apart without
 * being kept. */
static void
make_key(const struct hd_mail_settings *s, uint8_t key[SECRET_HASH_SIZE])
{
	const char *const texts[] = { s->url, s->user, s->password, s->hello,
		s->ca_file };
	int numbers[] = { (int)s->tls, s->is_unverified, s->timeout_ms };
	struct secret_hasher hasher;

	secret_hasher_begin(&hasher);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		secret_hasher_add(
		    &hasher, (struct bytes){ texts[i], strlen(texts[i]) + 1 });
	secret_hasher_add(
	    &hasher, (struct bytes){ (const char *)numbers, sizeof numbers });
	secret_hasher_end(&hasher, key);
}

/* A kept session with <key>, or NULL; those that are too old go to <old>. */
static void *
take_kept(struct mailout *mailout, const uint8_t key[SECRET_HASH_SIZE],
    void *old[KEPT_MAX])
{
	int64_t now_us = clock_monotonic_us();
	void *found = NULL;

	pthread_mutex_lock(&mailout->lock);
	for (size_t i = 0; i < KEPT_MAX; i++) {
		struct kept *kept = &mailout->kept[i];
		bool is_old = now_us - kept->since_us > KEPT_US;
		bool is_wanted = found == NULL && !is_old &&
		    memcmp(kept->key, key, SECRET_HASH_SIZE) == 0;

		old[i] = NULL;
		if (kept->session == NULL || (!is_old && !is_wanted))
			continue;
		if (is_wanted)
			found = kept->session;
		else
			old[i] = kept->session;
		kept->session = NULL;
	}
	pthread_mutex_unlock(&mailout->lock);
	return found;
}

/* Keep it; if there is no room, it is given back to be closed. */
static void *
keep(
    struct mailout *mailout, const uint8_t key[SECRET_HASH_SIZE], void *session)
{
	pthread_mutex_lock(&mailout->lock);
	for (size_t i = 0; session != NULL && i < KEPT_MAX; i++) {
		struct kept *kept = &mailout->kept[i];

		if (kept->session != NULL)
			continue;
		kept->session = session;
		memcpy(kept->key, key, SECRET_HASH_SIZE);
		kept->since_us = clock_monotonic_us();
		session = NULL;
	}
	pthread_mutex_unlock(&mailout->lock);
	return session;
}

enum err
mailout_hand_over(struct mailout *mailout,
    const struct hd_mail_settings *settings, const struct hd_mail *mail,
    struct hd_mail_outcome *outcome, struct why *why)
{
	const struct hd_mail_transport *transport = mailout->options.transport;
	uint8_t key[SECRET_HASH_SIZE];
	void *old[KEPT_MAX];
	char reason[200] = "";
	void *session;

	if (transport == NULL)
		return why_set(why, ERR_BUSY, NULL,
		    N_("The plugin \"mail\" is not loaded."), 0, NULL);
	make_key(settings, key);
	session = take_kept(mailout, key, old);
	for (size_t i = 0; i < KEPT_MAX; i++)
		transport->close(old[i]);
	if (session == NULL)
		session = transport->open(settings, reason, sizeof reason);
	if (session == NULL)
		return why_set(why, ERR_BUSY, NULL,
		    N_("Mail cannot be sent: {name}"), 0, reason);
	*outcome = (struct hd_mail_outcome){
		.abi = HD_ABI, .size = sizeof *outcome, .state = HD_MAIL_LATER
	};
	transport->send(session, mail, outcome);
	transport->close(keep(mailout, key, session));
	return ERR_OK;
}

/* --- settings --- */

const char *
mailout_setting(const struct directory *directory, const struct record *brand,
    enum setting_id id, struct arena *arena)
{
	struct bytes text = setting_text(directory, id, brand);

	return arena_copy(arena, text.at != NULL ? text.at : "", text.len);
}

/* A file for each mail in the site's outbox. */
static enum err
set_folder(const struct site *site, struct arena *arena,
    struct hd_mail_settings *out, struct why *why)
{
	char real[PATH_MAX], *path;
	enum err err;

	path = arena_printf(arena, "%s/outbox", site_dir(site));
	if (path == NULL)
		return ERR_NOMEM;
	err = file_make_folders(path, 0750, why);
	if (err != ERR_OK)
		return err;
	if (realpath(path, real) == NULL)
		return ERR_IO;
	out->url = arena_printf(arena, "file://%s", real);
	return out->url != NULL ? ERR_OK : ERR_NOMEM;
}

/* A site's admin chooses a mail server; programs and files are the machine's,
 * whose admin allows them in hookdesk.conf. */
static enum err
set_transport(struct mailout *mailout, const struct site *site,
    const char *transport, struct hd_mail_settings *out, struct why *why,
    struct arena *arena)
{
	if (transport[0] == '\0' && mailout->options.transport_url != NULL)
		transport = mailout->options.transport_url;
	if (transport[0] == '\0')
		return why_set(why, ERR_BUSY, NULL,
		    N_("No mail server is set: see the setting "
		       "mail.transport."),
		    0, NULL);
	if (strcmp(transport, "folder") == 0)
		return set_folder(site, arena, out, why);
	if (strcmp(transport, "sendmail") == 0) {
		out->url = "";
		out->command = mailout->options.command;
		return out->command != NULL ?
		    ERR_OK :
		    why_set(why, ERR_BUSY, NULL,
			N_("No mail program is set in hookdesk.conf."), 0,
			NULL);
	}
	if (strncmp(transport, "smtp://", 7) != 0 &&
	    strncmp(transport, "smtps://", 8) != 0)
		return why_set(why, ERR_BUSY, NULL,
		    N_("mail.transport is no way to send mail: {name}"), 0,
		    transport);
	out->url = transport;
	return ERR_OK;
}

static enum hd_mail_tls
tls_of(const char *word)
{
	return strcmp(word, "none") == 0       ? HD_MAIL_TLS_NONE :
	    strcmp(word, "opportunistic") == 0 ? HD_MAIL_TLS_OPPORTUNISTIC :
						 HD_MAIL_TLS_REQUIRED;
}

enum err
mailout_settings(struct mailout *mailout, const struct site_read *read,
    const struct record *brand, struct arena *arena,
    struct hd_mail_settings *out, struct why *why)
{
	static const enum setting_id ids[] = { CHOICE_MAIL_TRANSPORT,
		CHOICE_MAIL_USER, CHOICE_MAIL_PASSWORD, CHOICE_MAIL_TLS,
		CHOICE_MAIL_CA_FILE };
	const char *texts[sizeof ids / sizeof *ids];
	struct bytes password;
	enum err err;

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		texts[i] = mailout_setting(
		    read->directory, brand, ids[i], arena);
		if (texts[i] == NULL)
			return ERR_NOMEM;
	}
	*out = (struct hd_mail_settings){
		.abi = HD_ABI,
		.size = sizeof *out,
		.url = "",
		.user = texts[1],
		.password = texts[2],
		.hello = "",
		.ca_file = texts[4],
		.tls = tls_of(texts[3]),
		.is_unverified = !setting_int(
		    read->directory, CHOICE_MAIL_VERIFY, brand),
		.timeout_ms = TIMEOUT_MS,
		.size_max = setting_int(
		    read->directory, CHOICE_MAIL_SIZE_MAX, brand),
	};
	err = sealed_open(
	    read->site, bytes_of(out->password), arena, &password);
	if (err == ERR_CORRUPT)
		return why_set(why, ERR_BUSY, NULL,
		    N_("mail.password was sealed by another site: set it "
		       "again."),
		    0, NULL);
	if (err != ERR_OK)
		return err;
	out->password = password.at;
	return set_transport(mailout, read->site, texts[0], out, why, arena);
}
