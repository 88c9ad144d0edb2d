/* core/pages/own_fields.h - the site's own fields of tickets in forms. */
#ifndef HOOKDESK_PAGES_OWN_FIELDS_H
#define HOOKDESK_PAGES_OWN_FIELDS_H

#include "core/pages/common.h"

/* Which fields: those of a queue's form, or all that agents see. */
struct own_fields_of {
	const struct directory *directory;
	uint64_t queue; /* 0: only fields of all queues */
	bool is_public; /* only those that customers fill in */
};

struct own_choice {
	struct bytes value, label;
	bool is_chosen;
};

struct own_field {
	struct bytes name, label, help, value, error, min, max, step;
	bool is_required, is_on;
	/* one of these */
	bool is_line, is_text, is_number, is_date, is_time, is_email, is_url;
	bool is_choice, is_many, is_check;
	struct view_list choices; /* of struct own_choice */
};
extern const struct view_type own_field_type;

/* The fields with their values of <values> (a form's, by their keys) and
 * their errors, as a list of struct own_field in the arena. */
ERR_CHECKED enum err own_fields_view(struct page *page,
    const struct own_fields_of *of, const struct params *values,
    const struct problems *problems, struct view_list *out);

/* Set what a form has of them in the map <slot> of <record>; what is missing
 * or cannot be chosen becomes a problem. ERR_NOMEM. */
ERR_CHECKED enum err own_fields_read(struct page *page,
    const struct own_fields_of *of, const struct params *values,
    struct record *record, int slot, struct problems *problems);

#endif
