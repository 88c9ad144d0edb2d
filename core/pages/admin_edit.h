/* core/pages/admin_edit.h - the page on which one record is changed. */
#ifndef HOOKDESK_PAGES_ADMIN_EDIT_H
#define HOOKDESK_PAGES_ADMIN_EDIT_H

#include "core/pages/admin_kinds.h"

struct edit_action {
	struct bytes url, label, help;
	bool is_danger;
};

/* A group of fields on the page. */
struct edit_group {
	struct bytes title, about;
	struct view_list fields; /* of struct record_field */
};

struct edit_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct admin_side side;
	struct bytes title, about, back_url, back_label, action;
	int64_t rev;
	struct view_list groups; /* of struct edit_group */
	bool has_matrix;
	struct view_list rights, rows; /* of the matrix */
	struct bytes secret, secret_label;
	struct view_list actions; /* of struct edit_action */
};
extern const struct view_type edit_page_type;

/* A record being shown or changed. */
struct edit {
	struct page *page;
	const struct admin_kind *kind;
	uint64_t id;              /* 0: a new one */
	struct record record;     /* as stored, or what a new one begins with */
	const struct form *typed; /* NULL: not yet */
	struct edit_page *data;
};

/* Load the record, or begin a new one. ERR_NOT_FOUND ... */
ERR_CHECKED enum err edit_load(struct edit *edit, struct site_read *read);

/* Fill all of <edit>->data but what the caller has set of it: secret, actions,
 * problems. */
ERR_CHECKED enum err edit_fill(struct edit *edit, struct site_read *read);

/* Give <input> what was typed, for all groups; wrong values become problems of
 * <edit>->data->form. An empty key is made of the name. ERR_NOMEM. */
ERR_CHECKED enum err edit_read(
    struct edit *edit, struct site_read *read, struct act_input *input);

/* admin_rights.c: a role's rights in each queue, as ticks, and back. */
ERR_CHECKED enum err rights_fill(struct edit *edit, struct site_read *read);
ERR_CHECKED enum err rights_read(
    struct edit *edit, struct site_read *read, struct act_input *input);
extern const struct view_type matrix_type; /* of a struct edit_page */

#endif
