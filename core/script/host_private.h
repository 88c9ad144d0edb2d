/* core/script/host_private.h - shared by host.c, load.c and call.c only. */
#ifndef HOOKDESK_SCRIPT_HOST_PRIVATE_H
#define HOOKDESK_SCRIPT_HOST_PRIVATE_H

#include "core/script/set.h"
#include "core/script/spawn.h"

#include <pthread.h>

/* A process and the frames to and from it. */
struct line {
	struct process process;
	struct buf in, out;
	int64_t patience_us; /* the host's */
};

/* Whoever holds the host (is_busy) alone uses <line>; the rest is under
 * <lock>. A load takes <loading> alone, and holds the host only to put the new
 * process in the old one's place: calls go on meanwhile. */
struct script_host {
	pthread_mutex_t loading;
	pthread_mutex_t lock;
	pthread_cond_t freed; /* monotonic clock */
	bool is_busy;
	unsigned waiting_first; /* for -ing handlers and actions */
	struct script_set *set; /* NULL: nothing is loaded */
	uint64_t version;
	int64_t used_us;         /* monotonic: the end of the last call */
	int64_t minute_us;       /* monotonic: when the minute in hand began */
	int64_t minute_cpu_us;   /* what was used in it */
	int64_t minute_route_us; /* by routes, which anybody may call */
	int64_t cpu_us;          /* what may be */
	int64_t patience_us;     /* of the options */
	int niceness;            /* likewise */
	struct script_host_status status;
	struct line line;
	char *program, *site;
};

/* Hold the host: nobody else does until host_release().
 *
 * <until_us>  monotonic: ERR_TIMEOUT from then on; 0 waits for ever
 * <is_first>  goes before those who are not */
ERR_CHECKED enum err host_hold(
    struct script_host *host, int64_t until_us, bool is_first);
void host_release(struct script_host *host);
/* The process has changed: say so in the status. */
void host_note_pid(struct script_host *host, bool is_start);

/* Start a process and tell it the site of <set>; ERR_IO, ERR_NOMEM. */
ERR_CHECKED enum err line_start(
    struct script_host *host, struct line *line, const struct script_set *set);
/* The same, with all files that <set> holds. ERR_INVALID if one of them does
 * not register what it did before. */
ERR_CHECKED enum err line_restart(
    struct script_host *host, struct line *line, const struct script_set *set);
/* Send one file; *<loaded> is what the host says of it, in <arena>.
 * ERR_TIMEOUT, ERR_IO, ERR_INVALID, ERR_NOMEM: then the process is of no more
 * use. */
ERR_CHECKED enum err line_load(struct line *line, struct bytes name,
    struct bytes text, struct arena *arena, const struct json **loaded);
/* End the process, and give the buffers back. */
void line_end(struct line *line);

#endif
