/* core/script/offers.c - what desk.action, desk.panel and desk.route may say. */
#include "config.h"
#include "core/script/offers.h"
#include "core/base/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

const char offer_icons[] =
    "alert back bell bolt book brush check clip clock close closed down "
    "down-arrow exit flag forward globe inbox info keyboard lock mail mark menu "
    "merge moon more pencil people person play plus queue reply rows script "
    "search send settings shield spam star sun tag trash unassigned undo";

const struct offer_key offer_keys[] = {
	{ "/", "search" },
	{ "?", "the list of keys" },
	{ "a", "the owner" },
	{ "c", "a new ticket" },
	{ "e", "close and open again" },
	{ "f", "the inbox's filter" },
	{ "g", "the first of two keys: g i goes to the inbox" },
	{ "j", "the next ticket" },
	{ "k", "the previous ticket" },
	{ "n", "an internal note" },
	{ "o", "open a row of a list" },
	{ "p", "the priority" },
	{ "q", "the queue" },
	{ "r", "a reply" },
	{ "s", "the status" },
	{ "t", "the tags" },
	{ "u", "back to the list" },
	{ "x", "select a row of a list" },
	{ NULL, NULL },
};

const char *
offer_key_owner(struct bytes key)
{
	for (const struct offer_key *k = offer_keys; k->key != NULL; k++)
		if (bytes_is(key, k->key))
			return k->owner;
	return NULL;
}

static bool
is_plain(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] <= ' ' || text.at[i] == '\x7f' ||
		    text.at[i] == '\\')
			return false;
	return true;
}

bool
offer_is_link(struct bytes link)
{
	static const char *const schemes[] = { "https://", "http://",
		"mailto:" };

	if (link.len > PANEL_LINK_MAX || !is_plain(link))
		return false;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (link.len > strlen(schemes[i]) &&
		    bytes_start_with(link, bytes_of(schemes[i])))
			return true;
	return link.len > 0 && link.at[0] == '/' &&
	    (link.len == 1 || link.at[1] != '/');
}

bool
offer_is_header(struct bytes name)
{
	/* X-Accel-Redirect has nginx send files of ours, and so on. */
	static const char *const orders[] = { "X-Accel-", "X-Sendfile",
		"X-LIGHTTPD-", "X-Frame-", "X-Content-", "X-XSS-", "X-UA-",
		"X-DNS-", "X-Permitted-", "X-Robots-", "X-Powered-" };

	if (!http_is_field(name))
		return false;
	if (name.len == strlen("Retry-After") &&
	    strncasecmp(name.at, "Retry-After", name.len) == 0)
		return true;
	if (name.len < 3 || strncasecmp(name.at, "X-", 2) != 0)
		return false;
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		size_t len = strlen(orders[i]);

		if (name.len >= len &&
		    strncasecmp(name.at, orders[i], len) == 0)
			return false;
	}
	return true;
}

bool
offer_is_path(struct bytes path)
{
	struct bytes rest = path;

	if (path.len > ROUTE_PATH_MAX ||
	    !bytes_start_with(path, BYTES(ROUTE_PREFIX)))
		return false;
	rest.at++;
	rest.len--;
	while (rest.at != NULL) {
		struct bytes part = bytes_split(&rest, '/');

		if (part.len == 0 || bytes_is(part, ".") ||
		    bytes_is(part, ".."))
			return false;
		for (size_t i = 0; i < part.len; i++)
			if (!isalnum((unsigned char)part.at[i]) &&
			    strchr(".-_~", part.at[i]) == NULL)
				return false;
	}
	return true;
}
