/* core/plugin.c - loads native plugins; see core/plugin.h for their side.
 *
 * A plugin is looked at before it runs: who could have written it, its ABI and
 * its size. What it adds while it starts counts only once start() succeeded.
 */
#include "config.h"
#include "core/plugins.h"

#define HD_HOST_SIDE
#include "core/plugin.h"

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/base/paths.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLUGINS_MAX 16
#define TRANSPORTS_MAX 16
#define PLUGIN_NAME_MAX 31

/* What the first plugins of HD_ABI 1 bring; later members may be missing. */
#define SIZE_UP_TO(type, member) \
	(offsetof(type, member) + sizeof(((type *)NULL)->member))
#define PLUGIN_SIZE_MIN SIZE_UP_TO(struct hd_plugin, stop)
#define TRANSPORT_SIZE_MIN SIZE_UP_TO(struct hd_mail_transport, close)
#define CLIENT_SIZE_MIN SIZE_UP_TO(struct hd_http_client, perform)

struct plugins {
	struct hd_host host; /* first: add_mail_transport() is given it */
	bool is_own_allowed;
	bool is_starting; /* a start() runs: it may add */
	size_t count, transport_count;
	struct {
		void *handle;
		const struct hd_plugin *plugin;
	} loaded[PLUGINS_MAX];
	const struct hd_mail_transport *transports[TRANSPORTS_MAX];
	const struct hd_http_client *client; /* or NULL */
};

static enum err
why_path(struct why *why, enum err err, const char *message, const char *path,
    const char *detail)
{
	char name[sizeof why->name];

	snprintf(name, sizeof name, "%s%s%s", path,
	    detail[0] != '\0' ? ": " : "", detail);
	return why_set(why, err, NULL, message, 0, name);
}

static void
host_log(enum hd_level level, const char *plugin, const char *text)
{
	static const enum log_level levels[] = {
		[HD_ERROR] = LOG_ERROR,
		[HD_WARN] = LOG_WARN,
		[HD_INFO] = LOG_INFO,
		[HD_DEBUG] = LOG_DEBUG,
	};
	bool is_known = (unsigned)level < sizeof levels / sizeof *levels;

	log_event(is_known ? levels[level] : LOG_ERROR, "plugin.says",
	    "plugin=%s text=%s", plugin, text);
}

static bool
name_is_valid(const char *name)
{
	size_t len;

	if (name == NULL)
		return false;
	len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
	return len > 0 && len <= PLUGIN_NAME_MAX && name[len] == '\0';
}

static int
add_mail_transport(
    const struct hd_host *host, const struct hd_mail_transport *transport)
{
	/* The host that start() was given is the one in our own struct. */
	struct plugins *plugins = (struct plugins *)(uintptr_t)host;

	if (!plugins->is_starting || transport == NULL ||
	    transport->abi != HD_ABI || transport->size < TRANSPORT_SIZE_MIN ||
	    !name_is_valid(transport->name) || transport->open == NULL ||
	    transport->send == NULL || transport->close == NULL)
		return -1;
	if (plugins->transport_count == TRANSPORTS_MAX ||
	    plugins_mail_transport(plugins, transport->name) != NULL)
		return -1;
	plugins->transports[plugins->transport_count++] = transport;
	return 0;
}

static int
add_http_client(const struct hd_host *host, const struct hd_http_client *client)
{
	struct plugins *plugins = (struct plugins *)(uintptr_t)host;

	if (!plugins->is_starting || client == NULL || client->abi != HD_ABI ||
	    client->size < CLIENT_SIZE_MIN || !name_is_valid(client->name) ||
	    client->perform == NULL || plugins->client != NULL)
		return -1;
	plugins->client = client;
	return 0;
}

struct plugins *
plugins_create(bool is_own_allowed)
{
	struct plugins *plugins = calloc(1, sizeof *plugins);

	if (plugins == NULL)
		return NULL;
	plugins->is_own_allowed = is_own_allowed;
	plugins->host = (struct hd_host){
		.abi = HD_ABI,
		.size = sizeof plugins->host,
		.version = PACKAGE_VERSION,
		.log = host_log,
		.add_mail_transport = add_mail_transport,
		.add_http_client = add_http_client,
	};
	return plugins;
}

void
plugins_destroy(struct plugins *plugins)
{
	if (plugins == NULL)
		return;
	while (plugins->count > 0) {
		const struct hd_plugin *plugin;

		plugin = plugins->loaded[--plugins->count].plugin;
		if (plugin->stop != NULL)
			plugin->stop();
		dlclose(plugins->loaded[plugins->count].handle);
	}
	free(plugins);
}

/* Whether nobody but root (or ourselves, where that is allowed) can change
 * what <st> tells of. Others may write to a folder with the sticky bit, like
 * /tmp: they can neither remove nor replace what is not theirs. Of a user who
 * builds with umask 002 the group is the user alone. */
static bool
is_safe(const struct plugins *plugins, const struct stat *st)
{
	bool is_sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);
	bool is_own = plugins->is_own_allowed && st->st_uid == geteuid();
	mode_t others = S_IWGRP | S_IWOTH;

	if (st->st_uid != 0 && !is_own)
		return false;
	if (is_own && st->st_uid != 0 && st->st_gid == getegid())
		others = S_IWOTH;
	return is_sticky || !(st->st_mode & others);
}

/* Look at <real> (absolute, without symbolic links) and all folders above. */
static enum err
check_path(const struct plugins *plugins, const char *real, struct why *why)
{
	char at[PATH_MAX];
	struct stat st;

	snprintf(at, sizeof at, "%s", real);
	for (;;) {
		char *slash;

		if (lstat(at, &st) != 0)
			return why_path(why, ERR_IO,
			    N_("A plugin cannot be read: {name}"), at,
			    strerror(errno));
		if (!is_safe(plugins, &st))
			return why_path(why, ERR_DENIED,
			    N_("A plugin that others than root can write is "
			       "not loaded: {name}"),
			    at, "");
		if (strcmp(at, "/") == 0)
			return ERR_OK;
		slash = strrchr(at, '/');
		slash[slash == at ? 1 : 0] = '\0';
	}
}

/* NULL if the plugin may be started, or what is wrong with it. */
static const char *
find_fault(const struct plugins *plugins, const struct hd_plugin *plugin)
{
	if (plugin == NULL)
		return "it has no symbol hd_plugin";
	if (plugin->abi != HD_ABI)
		return "it was built for another version of the plugin ABI";
	if (plugin->size < PLUGIN_SIZE_MIN)
		return "it is older than this plugin ABI";
	if (!name_is_valid(plugin->name) || plugin->version == NULL ||
	    plugin->description == NULL || plugin->start == NULL)
		return "it does not describe itself";
	if (plugins->count == PLUGINS_MAX)
		return "too many plugins";
	return NULL;
}

static bool
has_name(const struct plugins *plugins, const char *name)
{
	for (size_t i = 0; i < plugins->count; i++)
		if (strcmp(plugins->loaded[i].plugin->name, name) == 0)
			return true;
	return false;
}

/* Run start(); forget what it added if it fails. */
static enum err
start(struct plugins *plugins, const struct hd_plugin *plugin, const char *path,
    struct why *why)
{
	const struct hd_http_client *client = plugins->client;
	size_t transports = plugins->transport_count;
	char reason[200] = "";
	int failed;

	plugins->is_starting = true;
	failed = plugin->start(&plugins->host, reason, sizeof reason);
	plugins->is_starting = false;
	if (failed == 0)
		return ERR_OK;
	plugins->transport_count = transports;
	plugins->client = client;
	reason[sizeof reason - 1] = '\0';
	return why_path(why, ERR_REFUSED, N_("A plugin did not start: {name}"),
	    path, reason[0] != '\0' ? reason : "it gives no reason");
}

enum err
plugins_load(struct plugins *plugins, const char *path, struct why *why)
{
	const struct hd_plugin *plugin;
	char real[PATH_MAX];
	const char *fault;
	void *handle = NULL;
	enum err err;

	if (realpath(path, real) == NULL)
		return why_path(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    N_("A plugin cannot be read: {name}"), path,
		    strerror(errno));
	err = check_path(plugins, real, why);
	if (err != ERR_OK)
		return err;
	handle = dlopen(real, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		return why_path(why, ERR_INVALID,
		    N_("A plugin cannot be loaded: {name}"), real, dlerror());
	plugin = dlsym(handle, "hd_plugin");
	fault = find_fault(plugins, plugin);
	if (fault != NULL)
		err = why_path(why, ERR_INVALID,
		    N_("A plugin cannot be loaded: {name}"), real, fault);
	else if (has_name(plugins, plugin->name))
		err = why_path(why, ERR_EXISTS,
		    N_("A plugin of this name is loaded: {name}"), real, "");
	else
		err = start(plugins, plugin, real, why);
	if (err != ERR_OK) {
		dlclose(handle);
		return err;
	}
	plugins->loaded[plugins->count].handle = handle;
	plugins->loaded[plugins->count++].plugin = plugin;
	log_event(LOG_INFO, "plugin.loaded", "plugin=%s version=%s path=%s",
	    plugin->name, plugin->version, real);
	return ERR_OK;
}

const char *const plugins_shipped[] = { "mail", "http", NULL };

enum err
plugins_load_shipped(struct plugins *plugins, const char *name, struct why *why)
{
	static const char *const below[] = { "/.libs", "" };
	const char *dir = path_get(PATH_PLUGINDIR);
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
		snprintf(path, sizeof path, "%s%s/%s.so", dir, below[i], name);
		if (access(path, F_OK) == 0)
			break;
	}
	return plugins_load(plugins, path, why);
}

const char *
plugins_name(const struct plugins *plugins, size_t n)
{
	return n < plugins->count ? plugins->loaded[n].plugin->name : NULL;
}

const struct hd_mail_transport *
plugins_mail_transport(const struct plugins *plugins, const char *name)
{
	for (size_t i = 0; i < plugins->transport_count; i++)
		if (name == NULL ||
		    strcmp(plugins->transports[i]->name, name) == 0)
			return plugins->transports[i];
	return NULL;
}

const struct hd_http_client *
plugins_http_client(const struct plugins *plugins)
{
	return plugins->client;
}
