/* core/pages/admin_script.h - scripts as admins see them. */
#ifndef HOOKDESK_PAGES_ADMIN_SCRIPT_H
#define HOOKDESK_PAGES_ADMIN_SCRIPT_H

#include "core/desk/scripts.h"
#include "core/desk/trace.h"
#include "core/pages/admin.h"

struct handler_view {
	struct bytes name, took;
	const char *hook;
	int64_t order, runs, failed;
	struct bytes offer; /* "desk.action", "POST /x/sms"; or empty */
	bool is_before, is_required, is_off, is_job, is_tried;
};

struct timer_view {
	struct bytes name, every;
	int64_t next_us;
};

/* What the owner of the site has chosen, or the default. */
struct script_setting {
	struct bytes label, help, value;
	bool is_default;
};

/* Why a script does not load. */
struct script_error {
	struct bytes where, message;
	int64_t at_us; /* of the file that does not load */
	int64_t line;  /* 0: unknown */
};

struct version_view; /* admin_version.h */

struct script_view {
	struct bytes name, file, about, url, replaces;
	bool is_own, is_on, is_ok, is_broken, is_failing;
	struct script_error *error; /* NULL: none */
	int64_t good_us;            /* of the version at work instead */
	struct view_list handlers, timers, settings;
	bool has_settings;
	struct version_view *newest; /* its newest version; NULL: none */
	struct view_list warnings;   /* of struct script_error */
	bool has_warnings, tests_pass, tests_fail;
	struct bytes text; /* the file as it stands */
};
extern const struct view_type script_view_type;

/* Fill <view> for the script of <record>. <set> are the scripts at work, or
 * NULL. ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err script_view_fill(struct page *page, struct site_read *read,
    const struct record *script, struct when_set *set,
    struct script_view *view);

/* A run, in a list or on its own page. */
struct run_view {
	struct bytes id, url, script, handler, hook, took, cpu, ticket_url;
	int64_t ticket, at_us;
	bool is_ok, is_refused, is_failed, is_killed, is_skipped, has_changed;
	struct script_error error;
};
extern const struct view_type run_view_type;

void run_view_fill(
    struct page *page, const struct trace_run *run, struct run_view *out);
/* The newest runs of a script, at most <limit>. ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err runs_fill(struct page *page, struct site_read *read,
    struct bytes script, size_t limit, struct view_list *out);

/* What led to a run: a handler, or the event that it ran for. */
struct cause_view {
	struct bytes what, url,
	    by;                /* "routing/words"; who did it, for people */
	int64_t ticket, at_us; /* 0: none, not known */
};
extern const struct view_type cause_view_type;

/* From the first to the event of the run; none for a run before a commit.
 * ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err causes_fill(struct page *page, struct site_read *read,
    const struct trace_run *run, struct view_list *out);

/* JSON with a line for each member down to <depth>, for people. Empty when
 * memory ran out. */
struct bytes script_json_lines(struct page *page, struct bytes json, int depth);

/* What the site's scripts use of what they may. */
struct limit_view {
	const char *label;
	struct bytes used, most; /* <most> is empty without a limit */
	bool is_over;
};
extern const struct view_type limit_view_type;

/* ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err script_limits_fill(
    struct page *page, struct site_read *read, struct view_list *out);

/* Hooks that several handlers are for, in the order in which they run. */
struct hook_view {
	const char *hook;
	struct view_list handlers; /* of struct hook_handler */
};
struct hook_handler {
	struct bytes full, url;
	int64_t order;
	bool is_required;
};
extern const struct view_type hook_view_type;

/* ERR_NOMEM. */
ERR_CHECKED enum err script_order_fill(
    struct page *page, struct when_set *set, struct view_list *out);

/* What stands before the first ": " of an error, "routing.lua:17", and its
 * line; <where> is empty if that is no place in a file. */
void script_error_split(struct bytes error, struct script_error *out);

#endif
