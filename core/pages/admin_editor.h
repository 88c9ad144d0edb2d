/* core/pages/admin_editor.h - shared by core/pages/admin_editor*.c. */
#ifndef HOOKDESK_PAGES_ADMIN_EDITOR_H
#define HOOKDESK_PAGES_ADMIN_EDITOR_H

#include "core/pages/admin_version.h"

struct editor_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct admin_side side;
	struct bytes name, script, url, action, source, note, original;
	bool is_new, is_test, is_shipped, is_own, is_gone, is_broken;
	bool has_warnings, has_starts, is_original_new, may_put, is_off;
	bool has_tests;
	int64_t seen;
	struct script_error error;
	struct view_list warnings; /* of struct script_error */
	struct tests_view tests;
	struct view_list between; /* of struct version_view */
	struct view_list rows;    /* what came in between */
	bool is_stale;
	struct view_list starts; /* of struct choice */
};

/* A page for the script that the address names, or for a new one. ERR_NOMEM. */
ERR_CHECKED enum err editor_begin(
    struct page *page, bool is_new, struct editor_page **out);

/* Show it; <status> tells how. */
int editor_show(struct page *page, struct editor_page *data,
    struct site_read *read, int status);

/* What a new one may begin as; <from> is chosen. ERR_NOMEM. */
ERR_CHECKED enum err editor_starts(struct page *page, struct site_read *read,
    struct bytes from, struct editor_page *data);

#endif
