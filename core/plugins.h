/* core/plugins.h - loads native plugins and keeps what they offer.
 *
 * The server's side of core/plugin.h; stands on base alone. Plugins are loaded
 * before threads are started and stay until the end; then any thread may look
 * up what they offer.
 */
#ifndef HOOKDESK_PLUGINS_H
#define HOOKDESK_PLUGINS_H

#include "core/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct hd_http_client;
struct hd_mail_transport;
struct plugins;

/* An empty set. <is_own_allowed>: a plugin may also belong to the user we run
 * as (tests, a build tree), not to root alone. NULL when memory is exhausted.
 */
struct plugins *plugins_create(bool is_own_allowed);

/* Stop all plugins, the last one first, and unload them: none of their
 * sessions is open, no thread is in them. NULL is allowed. */
void plugins_destroy(struct plugins *plugins);

/* Load the shared object <path> and start it.
 *
 * ERR_NOT_FOUND  there is no such file
 * ERR_DENIED     it, or a folder above it, can be written by somebody else
 *                than root (see plugins_create())
 * ERR_INVALID    it is no plugin, of another ABI, or breaks its rules
 * ERR_EXISTS     one of this name is loaded
 * ERR_REFUSED    its start() failed
 * ERR_IO, ERR_NOMEM
 * After an error nothing of it is left; <why> (may be NULL) names path and
 * reason. */
ERR_CHECKED enum err plugins_load(
    struct plugins *plugins, const char *path, struct why *why);

/* Load the plugin <name> that ships with hookdesk: <name>.so in PATH_PLUGINDIR
 * (core/base/paths.h), or where libtool leaves it below that in a build tree.
 * Errors as above. */
ERR_CHECKED enum err plugins_load_shipped(
    struct plugins *plugins, const char *name, struct why *why);

/* The names of those that ship, NULL behind the last one. */
extern const char *const plugins_shipped[];

/* What is loaded, by number from 0; NULL behind the last one. Borrowed. */
const char *plugins_name(const struct plugins *plugins, size_t n);

/* The transport of this name, or the first one if <name> is NULL; NULL if
 * there is none. Borrowed until plugins_destroy(). */
const struct hd_mail_transport *plugins_mail_transport(
    const struct plugins *plugins, const char *name);

/* Who makes web requests; NULL if nobody does. Borrowed likewise. */
const struct hd_http_client *plugins_http_client(const struct plugins *plugins);

#endif
