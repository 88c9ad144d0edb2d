/* core/desk/site.h - an open site: its store, directory, scripts and jobs.
 *
 * A site is a folder (see README, "A site"). One process owns it while it is
 * open. Pages and commands read through site_read(); they write through
 * desk_act() in act.h and nothing else.
 */
#ifndef HOOKDESK_DESK_SITE_H
#define HOOKDESK_DESK_SITE_H

#include "core/base/clock.h"
#include "core/desk/may.h"

struct site;
struct script_host;

struct site_options {
	const char *dir;
	const char *share_dir;   /* shipped scripts and www; NULL: installed */
	const char *script_host; /* path of hookdesk-script; NULL: installed */
	const struct clock *clock; /* NULL: the real one */
	unsigned threads;          /* that will read at once */
	unsigned batch_limit;      /* of a group commit; 0: the usual */
	bool is_unsynced;          /* tests only */
	bool is_read_only;         /* check, backup, export beside the owner */
	bool has_jobs;             /* run jobs and timers */
	int64_t wait_us;           /* for the lock of another process */
};

/* ERR_BUSY (another process owns it), ERR_NOT_FOUND, ERR_NEWER, ERR_IO,
 * ERR_CORRUPT, with words in <why>. */
ERR_CHECKED enum err site_open(
    const struct site_options *options, struct site **out, struct why *why);
void site_close(struct site *site);

struct store *site_store(struct site *site);
const char *site_dir(const struct site *site);
const char *site_share_dir(const struct site *site);
struct script_host *site_scripts(struct site *site);
int64_t site_now_us(struct site *site);
/* The site's secret key, for MACs: SITE_KEY_SIZE bytes. */
#define SITE_KEY_SIZE 32
const unsigned char *site_key(const struct site *site);

/* A consistent look at a site: a snapshot and the directory that goes with
 * it. Short: released before bytes are sent to anybody. */
struct site_read {
	struct site *site;
	struct snapshot *snapshot;
	struct directory *directory;
	int64_t now_us;
};
ERR_CHECKED enum err site_read_begin(struct site *site, struct site_read *out);
void site_read_end(struct site_read *read);

#endif
