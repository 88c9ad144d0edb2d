/* core/pages/admin_version.h - versions of scripts as admins see them. */
#ifndef HOOKDESK_PAGES_ADMIN_VERSION_H
#define HOOKDESK_PAGES_ADMIN_VERSION_H

#include "core/desk/version.h"
#include "core/pages/admin_script.h"

struct version_view {
	int64_t number, at_us, since, passed, failed;
	struct bytes author, origin, note, url;
	bool is_removed, is_newest, is_waiting, has_run;
};
extern const struct view_type version_view_type;

/* <version> is of the directory's site; texts live as long as <read>. */
void version_view_fill(struct page *page, const struct site_read *read,
    const struct record *version, struct version_view *out);

/* A line of a comparison, or the gap between two parts of it. */
struct diff_row {
	struct bytes old_number, new_number, text;
	const char *mark; /* "+", "-" or "" */
	bool is_added, is_removed, is_gap;
	int64_t skipped; /* of a gap: how many lines */
};
extern const struct view_type diff_row_type;

/* What differs, with three lines around it; empty if nothing does. ERR_NOMEM.
 */
ERR_CHECKED enum err diff_fill(struct page *page, struct bytes old,
    struct bytes new, struct view_list *out);

/* A test that was run. */
struct test_view {
	struct bytes name; /* empty: the file itself does not load */
	struct script_error error;
	bool is_ok;
};

/* What came of a script's tests. */
struct tests_view {
	struct view_list list; /* of struct test_view */
	int64_t passed, failed;
	bool has_run, is_cut; /* time was over before all were run */
	bool is_bad;          /* failed, or cut */
	bool does_not_load;
	struct bytes trouble; /* why they could not be run; or empty */
};
extern const struct view_type tests_view_type;

/* Run the tests of script <name> against <text>: <test>, or if that has no
 * text those beside it, or the shipped ones. Without any nothing is run.
 * ERR_NOMEM. */
ERR_CHECKED enum err tests_fill(struct page *page, struct bytes name,
    struct bytes text, struct bytes test, struct tests_view *out);

/* The text of a file: the site's own, else the shipped one. ERR_NOT_FOUND. */
ERR_CHECKED enum err script_text(
    struct page *page, struct bytes name, struct bytes *text, bool *is_shipped);

/* The warnings that are of the file <name>, of struct script_error. */
ERR_CHECKED enum err script_warnings_fill(struct page *page, struct bytes name,
    const struct script_warning *all, size_t count, struct view_list *out);
extern const struct view_type script_warning_type;

/* The name of the script that "routing_test" tests. */
struct bytes script_of_test(struct bytes name);

#endif
