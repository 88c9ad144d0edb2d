/* core/desk/scripts.h - a site's scripts: loaded, and which handlers apply.
 *
 * Scripts come from the share folder's scripts/ and from the site's own; a
 * site's file of the same name takes the place of the shipped one. The store
 * keeps the last version of each that loaded.
 */
#ifndef HOOKDESK_DESK_SCRIPTS_H
#define HOOKDESK_DESK_SCRIPTS_H

#include "core/desk/site.h"
#include "core/script/host.h"

/* Read the files and load them; records what became of each. Each file that
 * loads is taken, one that does not keeps its last good version. What
 * happened lands in <report> (may be NULL), in words, one line a file.
 * ERR_IO and so on only when nothing could be loaded at all. */
ERR_CHECKED enum err scripts_load(
    struct site *site, struct buf *report, struct why *why);

/* Load the files as they are into a host of their own, which then ends: for
 * `hookdesk check`, on a site opened for reading. <tell> hears of each file
 * that does not load, "routing.lua:3: ...", which is a fault, and of what may
 * be a mistake in one that does. ERR_IO and so on when nothing could be loaded
 * at all. */
ERR_CHECKED enum err scripts_check(struct site *site,
    void (*tell)(void *context, bool is_fault, const char *what), void *context,
    struct why *why);

/* The scripts that name <record> by its key, or a canned reply by its title,
 * as a text of their own or in their settings, and would miss it: with commas
 * between, in <arena>; empty if none does. */
struct bytes scripts_naming(const struct directory *directory,
    const struct record *record, struct arena *arena);

struct script_disk;

/* What a load found, for act_scripts_keep(). */
struct script_load {
	const struct script_file *files;
	const bool *is_shipped; /* as many as files */
	size_t count;
	const struct bytes *off; /* files that are switched off: not loaded */
	size_t off_count;
	const struct script_report *report;
	const struct script_disk *disk; /* what lies in the folders, */
	size_t disk_count;              /* or NULL: nobody looked */
};

/* True when a file has changed since the last load, or what scripts are told
 * of the site: its queues and other keys, its fields, their settings. */
bool scripts_have_changed(struct site *site);

/* When they were last loaded, UTC microseconds; 0: not yet. */
int64_t scripts_loaded_us(struct site *site);

/* How a handler has done in the last 24 hours, as far as this process knows. */
struct handler_state {
	unsigned runs, failed;
	int64_t took_us;  /* all of them together, by the clock */
	int64_t rests_us; /* until then it is not run; 0 if it is */
};
void scripts_handler_state(struct site *site, struct bytes handler,
    int64_t now_us, struct handler_state *out);

/* Bytes of what a script declares to be chosen, that are kept of it. */
#define SETTINGS_MAX 32768

/* How many handlers rest because they mostly fail. */
size_t scripts_resting(struct site *site, int64_t now_us);

/* What the site's scripts use of what they may, just now; 0 of a limit is
 * none. */
struct scripts_usage {
	int64_t cpu_us, cpu_max_us; /* in this minute */
	int64_t mails, mails_max;   /* in this hour; by the whole desk */
	int64_t bytes, bytes_max;   /* in desk.store */
	size_t waiting, traces;     /* jobs and timers; runs that are kept: at
				       most SCRIPTS_COUNT_MAX */
};
#define SCRIPTS_COUNT_MAX 1000
ERR_CHECKED enum err scripts_usage(
    const struct site_read *read, struct scripts_usage *out);

/* The handlers with their conditions compiled; immutable, counted. */
struct when_set;
struct when_set *when_set_take(struct site *site); /* NULL: none loaded */
void when_set_unref(struct when_set *set);         /* NULL is allowed */
struct script_set *when_set_scripts(struct when_set *set);
/* What may be mistakes in those that load; they live as long as the set. */
const struct script_warning *when_set_warnings(
    const struct when_set *set, size_t *count);

/* Whether the handler's `when` holds (true if it has none), and it is not
 * switched off. */
bool when_holds(struct when_set *set, const struct script_handler *handler,
    const struct filter_subject *subject);

#endif
