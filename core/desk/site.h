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

struct arena;
struct hd_http_outcome;
struct hd_http_request;
struct site;
struct site_read;
struct script_file;
struct script_handler;
struct script_host;
struct script_outcome;

/* What a desk needs from the floors above it: text to safe HTML for entries,
 * and mails to send. Set once at start. */
struct desk_output {
	int renderer; /* its number; a better one has a higher number */
	/* Safe HTML of Markdown or mail HTML, added to <out>. */
	enum err (*render)(
	    enum body_format format, struct bytes source, struct buf *out);
	/* Hand a mail job's mail over, see mailout.h: ERR_OK when the mail
	 * server took it, ERR_REFUSED when it never will. NULL: mails wait. */
	enum err (*send)(void *arg, struct site *site, const struct record *job,
	    struct arena *arena, struct bytes *message_id, struct why *why);
	/* Make a web request, see core/plugin.h; any thread. NULL: they
	 * wait. */
	void (*request)(void *arg, const struct hd_http_request *request,
	    struct hd_http_outcome *outcome);
	bool has_no_requests; /* nobody ever makes them: scripts that do are
				 refused when they are loaded */
	/* <text>, English, in <language>: itself where there is no translation.
	 * Static or <text>. NULL: all is English. */
	const char *(*translate)(struct bytes language, const char *text);
	void *arg;
};

/* What the machine leaves to a site at most, see quota.h; 0: no limit. */
struct site_limits {
	int64_t mails_per_hour;
	int64_t file_bytes;
};

/* Of a site in which the past of another one comes again, see replay.h: acts
 * may say that they are past ones. No traces are kept. Scripts have all the
 * processor time that they take, and by the clock on the wall so much more
 * that a busy machine changes nothing. */
#define SITE_PAST_PATIENCE_US (2 * CLOCK_SECOND_US)
#define SITE_PAST_NICENESS 10 /* a desk's own work goes first */
struct site_past {
	/* Hears of each run of a handler, after it. */
	void (*ran)(void *arg, const struct script_handler *handler,
	    const struct script_outcome *outcome, int64_t now_us);
	/* Instead of desk_output.request: what becomes of the web request of
	 * <job>. */
	void (*request)(void *arg, const struct record *job,
	    struct hd_http_outcome *outcome);
	void *arg;
};

struct site_options {
	const char *dir;
	/* A scratch site: it begins with what this one holds, and what happens
	 * to it stays in memory. For one thread; closed before it. */
	struct site *below;
	/* With <below> or <past>: a script that takes part as if it lay in scripts/, in
	 * the place of one of its name; or NULL. Borrowed. */
	const struct script_file *tried;
	const struct site_past *past; /* or NULL; borrowed */
	const char *share_dir;   /* shipped scripts and www; NULL: installed */
	const char *script_host; /* path of hookdesk-script; NULL: installed */
	const struct clock *clock; /* NULL: the real one */
	unsigned threads;          /* that will read at once */
	unsigned batch_limit;      /* of a group commit; 0: the usual */
	bool is_unsynced;          /* tests only */
	bool is_patient;           /* tests only: scripts as in a past */
	bool is_read_only;         /* check, backup, export beside the owner */
	bool has_jobs;             /* run jobs and timers by itself */
	bool no_scripts;           /* load none: offline commands, imports */
	uint64_t map_size;         /* bytes; 0: the store's default */
	bool min_free_set;         /* use <min_free>, else the default */
	uint64_t min_free;         /* bytes that the disk must keep free */
	const struct desk_output *output; /* who renders and sends; or NULL */
	struct site_limits limits;
	int64_t wait_us; /* for the lock of another process */
};

/* ERR_BUSY (another process owns it), ERR_NOT_FOUND, ERR_NEWER, ERR_IO,
 * ERR_CORRUPT, with words in <why>. */
ERR_CHECKED enum err site_open(
    const struct site_options *options, struct site **out, struct why *why);
void site_close(struct site *site);

/* Run jobs from now on, as has_jobs does; nothing if they run already. By one
 * thread at a time. ERR_NOMEM. */
ERR_CHECKED enum err site_start_jobs(struct site *site);

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
