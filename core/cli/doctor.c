/* core/cli/doctor.c - hookdesk doctor: what is wrong with this machine, and
 * with a site, in words that say what to do. */
#include "config.h"
#include "core/cli/doctor.h"
#include "core/cli/conf.h"
#include "core/cli/held.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/paths.h"
#include "core/base/zone.h"
#include "core/model/setting.h"
#include "core/plugins.h"
#include "core/store/store.h"
#include "core/web/template.h"
#include "core/web/translate.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void
doctor_tell(struct doctor *doctor, enum finding finding, const char *what,
    const char *text)
{
	static const char *const words[] = { "ok", "look", "WRONG" };
	struct json_writer *w = &doctor->json;

	doctor->wrong += finding == WRONG;
	if (cli_option(doctor->cli, "json") == NULL) {
		buf_printf(&doctor->cli->out, "%-6s %s: %s\n", words[finding],
		    what, text);
		return;
	}
	json_begin_object(w);
	json_member_string(w, "what", what);
	json_member_bool(w, "ok", finding == FINE);
	json_member_bool(w, "wrong", finding == WRONG);
	json_member_string(w, "text", text);
	json_end_object(w);
}

static void
tell_err(struct doctor *doctor, const char *what, enum err err,
    const struct why *why)
{
	char text[512];

	if (why->message != NULL && why->message[0] != '\0')
		why_text(why, text, sizeof text);
	else
		snprintf(text, sizeof text, "%s", err_message(err));
	doctor_tell(doctor, WRONG, what, text);
}

/* --- the machine --- */

static void
look_at_conf(struct doctor *doctor)
{
	struct why why = { .message = "" };
	struct conf conf;
	enum err err;

	conf_init(&conf);
	err = conf_read(&conf, NULL, &why);
	if (err != ERR_OK)
		tell_err(doctor, "configuration", err, &why);
	else
		doctor_tell(doctor, FINE, "configuration",
		    access(CONF_PATH, F_OK) == 0 ? CONF_PATH :
						   "none, the usual values");
	if (conf.sendmail[0] != NULL && access(conf.sendmail[0], X_OK) != 0)
		doctor_tell(doctor, WRONG, "sendmail", "it cannot be run");
}

static void
look_at_locale(struct doctor *doctor)
{
	unsigned count = 0;
	char text[80];

	if (translate_start(path_get(PATH_LOCALEDIR)) != ERR_OK) {
		doctor_tell(doctor, WORTH_A_LOOK, "languages",
		    "the locale C.UTF-8 is missing: all pages are in English");
		return;
	}
	for (unsigned i = 0; i < LANG__COUNT; i++)
		count += translate_has(i);
	snprintf(text, sizeof text, "%u of them", count);
	doctor_tell(doctor, FINE, "languages", text);
}

static void
look_at_zones(struct doctor *doctor)
{
	bool is_there = zone_get("Europe/Berlin") != NULL;

	doctor_tell(doctor, is_there ? FINE : WRONG, "time zones",
	    is_there ? "there" : "missing: install the package tzdata");
}

static void
look_at_script_host(struct doctor *doctor)
{
	const char *path = path_get(PATH_SCRIPT_HOST);
	bool is_there = access(path, X_OK) == 0;

	doctor_tell(doctor, is_there ? FINE : WRONG, "script host", path);
}

static void
look_at_templates(struct doctor *doctor)
{
	struct template_options options = { .translate = translate_text,
		.plural = translate_plural,
		.languages = LANG__COUNT };
	struct template_set *set = NULL;
	struct why why = { .message = "" };
	char share[PATH_MAX], own[PATH_MAX];
	enum err err;

	snprintf(
	    share, sizeof share, "%s/www/templates", path_get(PATH_DATADIR));
	options.share_dir = share;
	if (doctor->dir != NULL) {
		snprintf(own, sizeof own, "%s/www/templates", doctor->dir);
		options.site_dir = own;
	}
	err = template_set_load(&options, &why, &set);
	if (err == ERR_OK)
		doctor_tell(doctor, FINE, "templates", share);
	else
		tell_err(doctor, "templates", err, &why);
	template_set_release(set);
}

static void
look_at_plugins(struct doctor *doctor)
{
	struct plugins *plugins = plugins_create(
	    getenv("HOOKDESK_PLUGINDIR") != NULL);
	struct why why = { .message = "" };
	char what[40];

	for (const char *const *name = plugins_shipped; *name != NULL; name++) {
		enum err err = plugins == NULL ?
		    ERR_NOMEM :
		    plugins_load_shipped(plugins, *name, &why);

		snprintf(what, sizeof what, "plugin %s", *name);
		if (err == ERR_OK)
			doctor_tell(doctor, FINE, what, "loaded");
		else
			tell_err(doctor, what, err, &why);
	}
	plugins_destroy(plugins);
}

/* --- the site --- */

/* What nobody else may read or write. */
static void
look_at_modes(struct doctor *doctor)
{
	static const struct {
		const char *name;
		mode_t others; /* bits that must not be set */
	} files[] = {
		{ ".", 0027 },
		{ "key", 0077 },
		{ "data.mdb", 0077 },
		{ "files", 0027 },
		{ "scripts", 0022 },
		{ "www", 0022 },
	};

	uid_t owner = 0;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char path[PATH_MAX];
		struct stat st;

		if (cli_join(doctor->cli, path, doctor->dir, files[i].name) !=
		    CLI_DONE)
			return;
		if (stat(path, &st) != 0)
			doctor_tell(doctor, WRONG, path, "it is missing");
		else if (st.st_mode & files[i].others)
			doctor_tell(doctor, WRONG, path,
			    "others may read or write it: see chmod(1)");
		else if (i == 0)
			owner = st.st_uid;
		else if (st.st_uid != owner)
			doctor_tell(doctor, WRONG, path,
			    "it is not the user's who owns the site: see "
			    "chown(1)");
	}
}

static void
look_at_brands(struct doctor *doctor, const struct site_read *read)
{
	size_t count;
	const struct record *const *brands = directory_all(
	    read->directory, KIND_BRAND, &count);

	for (size_t i = 0; i < count; i++) {
		struct bytes url = record_text(brands[i], BRAND_BASE_URL);
		char what[100];

		snprintf(what, sizeof what, "brand %.*s",
		    (int)record_text(brands[i], BRAND_KEY).len,
		    record_text(brands[i], BRAND_KEY).at);
		if (url.len == 0)
			doctor_tell(doctor, WRONG, what,
			    "it has no base_url: links in mails lead nowhere");
		else if (cli_mount_of(url).len == url.len)
			doctor_tell(doctor, WRONG, what,
			    "its base_url is no address: it begins with "
			    "https:// or http://");
		else if (!bytes_start_with(url, BYTES("https://")))
			doctor_tell(doctor, WORTH_A_LOOK, what,
			    "its base_url is not https");
		else
			doctor_tell(doctor, FINE, what, "base_url is set");
		if (!record_has(brands[i], BRAND_SENDER))
			doctor_tell(doctor, WORTH_A_LOOK, what,
			    "it has no sender: mails come from support@host");
	}
}

static void
look_at_mail(struct doctor *doctor, const struct site_read *read)
{
	struct bytes transport = setting_text(
	    read->directory, CHOICE_MAIL_TRANSPORT, NULL);
	struct bytes user = setting_text(
	    read->directory, CHOICE_MAIL_USER, NULL);
	struct bytes tls = setting_text(read->directory, CHOICE_MAIL_TLS, NULL);

	if (transport.len == 0)
		doctor_tell(doctor, WORTH_A_LOOK, "mail",
		    "mail.transport is not set: mails wait, and fail in the "
		    "end, unless hookdesk.conf has one");
	else if (bytes_is(transport, "folder"))
		doctor_tell(doctor, WORTH_A_LOOK, "mail",
		    "mails are kept in outbox/, nobody gets them");
	else if (user.len > 0 && bytes_is(tls, "none"))
		doctor_tell(doctor, WORTH_A_LOOK, "mail",
		    "the password is sent without encryption");
	else
		doctor_tell(doctor, FINE, "mail", "mail.transport is set");
}

static void
look_at_space(struct doctor *doctor, struct site *site)
{
	struct store_status status;
	enum err err = store_status(site_store(site), &status);
	char text[120];

	if (err != ERR_OK) {
		doctor_tell(doctor, WRONG, "store", err_message(err));
		return;
	}
	snprintf(text, sizeof text, "%llu MiB free, at least %llu needed",
	    (unsigned long long)(status.disk_free >> 20),
	    (unsigned long long)(status.min_free >> 20));
	doctor_tell(doctor, status.disk_free < status.min_free ? WRONG : FINE,
	    "disk", text);
}

static void
look_at_server(struct doctor *doctor, struct bytes mount)
{
	const char *socket = cli_option(doctor->cli, "socket");
	struct why why = { .message = "" };
	struct conf conf;

	conf_init(&conf);
	/* what is wrong with it was told before */
	if (socket == NULL && conf_read(&conf, NULL, &why) == ERR_OK)
		socket = conf.socket;
	if (socket != NULL)
		doctor_look_at_web(doctor, socket, mount);
}

static void
look_at_site(struct doctor *doctor)
{
	struct buf mount = BUF_INIT;
	struct why why = { .message = "" };
	struct site *site = NULL;
	struct site_read read;
	enum err err = cli_open(doctor->dir, CLI_READS, &site, &why);

	if (err == ERR_OK)
		err = site_read_begin(site, &read);
	if (err != ERR_OK) {
		tell_err(doctor, doctor->dir, err, &why);
		site_close(site);
		return;
	}
	look_at_modes(doctor);
	look_at_brands(doctor, &read);
	look_at_mail(doctor, &read);
	if (directory_brand(read.directory, 0) != NULL)
		buf_bytes(&mount,
		    cli_mount_of(record_text(
			directory_brand(read.directory, 0), BRAND_BASE_URL)));
	site_read_end(&read);
	look_at_space(doctor, site);
	site_close(site);
	if (held_is(doctor->dir))
		doctor_tell(doctor, WORTH_A_LOOK, "held",
		    "it is a copy: it sends nothing until hookdesk resume");
	if (store_owner(doctor->dir) != 0)
		look_at_server(doctor, buf_get(&mount));
	else
		doctor_tell(doctor, WORTH_A_LOOK, "server", "nobody serves it");
	buf_release(&mount);
}

const struct cli_option cli_doctor_options[] = {
	{ "socket", "PATH", "Where the server listens, if not as configured." },
	CLI_OPTIONS_END,
};

int
cli_doctor(struct cli *cli)
{
	static void (*const looks[])(struct doctor *) = { look_at_conf,
		look_at_locale, look_at_zones, look_at_script_host,
		look_at_templates, look_at_plugins };
	struct doctor doctor = { .cli = cli,
		.dir = cli->arg_count > 0 ? cli->args[0] : NULL,
		.json = json_writer(&cli->out) };
	bool is_json = cli_option(cli, "json") != NULL;

	if (is_json)
		json_begin_list(&doctor.json);
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		looks[i](&doctor);
	if (doctor.dir != NULL && cli_find_site(cli, doctor.dir) == CLI_DONE)
		look_at_site(&doctor);
	else if (doctor.dir != NULL)
		doctor.wrong++;
	if (is_json) {
		json_end_list(&doctor.json);
		buf_char(&cli->out, '\n');
	}
	return doctor.wrong > 0 ? CLI_FAILED : CLI_DONE;
}
