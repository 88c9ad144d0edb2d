/* core/cli/sites.h - the sites that one server serves, open or not.
 *
 * A site is opened by the first request for it and closed when it has been
 * idle and no job of its is due soon. While it is open it has its control
 * socket, its jobs run, and its templates are loaded. Any thread.
 */
#ifndef HOOKDESK_CLI_SITES_H
#define HOOKDESK_CLI_SITES_H

#include "core/base/bytes.h"
#include "core/desk/site.h"

struct sites;
struct template_set;
struct web_shared;
struct web_site;

struct sites_options {
	const char *dir;  /* the only site; or */
	const char *root; /* a folder with a site in each folder */
	struct web_shared *shared;
	const struct desk_output *output;
	unsigned threads; /* that answer requests */
	unsigned wait_ms; /* for another process to let go of a site */
	uint64_t map_size;
	bool min_free_set;
	uint64_t min_free;
	struct site_limits limits; /* of each */
	unsigned idle_s; /* then a site is closed, unless a job is due within a
			  * minute more than that; 0: never */
};

/* Nothing is opened yet; texts are borrowed. ERR_NOMEM. */
ERR_CHECKED enum err sites_create(
    const struct sites_options *options, struct sites **out);

/* Set the output, for when it needs the sites themselves. Before sites_take().
 */
void sites_set_output(struct sites *sites, const struct desk_output *output);

/* Close all; nobody has one. NULL is allowed. */
void sites_destroy(struct sites *sites);

/* Hold the site of this name ("" or any name when there is one only), opening
 * it if need be; waits up to 2 s while somebody else does. Give it back with
 * sites_give().
 *
 * ERR_NOT_FOUND when there is none; ERR_BUSY while it opens or another process
 * has it; else what site_open() says, with words in <why>. */
ERR_CHECKED enum err sites_take(struct sites *sites, struct bytes name,
    struct web_site **out, struct why *why);
void sites_give(struct sites *sites, struct web_site *site);

/* The templates of an open site, held for the caller; waits while it opens.
 * NULL when it is closing. */
struct template_set *sites_templates(struct sites *sites, struct site *desk);

/* Take changed templates, scripts and so on of one site (NULL: all that are
 * open) and of what we ship; adds a line a problem to <report>. */
ERR_CHECKED enum err sites_reload(struct sites *sites, struct site *desk,
    struct buf *report, struct why *why);

/* Open each site once, so that its jobs run; then from time to time: close
 * what is idle, open what has a job that is due. Called by one thread. */
void sites_open_all(struct sites *sites);
void sites_care(struct sites *sites);

#endif
