/* core/pages/own_fields.h - custom fields in forms, and shown. */
#ifndef HOOKDESK_PAGES_OWN_FIELDS_H
#define HOOKDESK_PAGES_OWN_FIELDS_H

#include "core/desk/act.h"
#include "core/pages/common.h"

/* Before a field's key in the forms of agents, which have other inputs beside
 * it; an act's errors name it so, too. */
#define OWN_PREFIX "fields."

/* Which fields, and what they hold. */
struct own_fields_of {
	const struct directory *directory;
	enum kind_id kind;
	uint64_t queue;   /* those of its form; 0: only those of all queues */
	bool is_public;   /* only those that customers fill in */
	bool is_plain;    /* inputs are called as the fields are */
	bool is_change;   /* what a form has not stays, nothing is missing */
	struct bytes map; /* what is kept */
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

/* A field with what it holds, for those who only read. */
struct own_fact {
	struct bytes label, text, url; /* <url>: of an address */
};
extern const struct view_type own_fact_type;

/* Those of a record as agents change them beside its ticket. */
struct own_fields_of own_fields_beside(const struct directory *directory,
    const struct record *record, uint64_t queue);

/* The fields with their values, those of <values> (a form's) before those that
 * are kept, and their errors, as a list of struct own_field in the arena. */
ERR_CHECKED enum err own_fields_view(struct page *page,
    const struct own_fields_of *of, const struct params *values,
    const struct problems *problems, struct view_list *out);

/* The fields that hold something, as a list of struct own_fact in the arena.
 * ERR_NOMEM. */
ERR_CHECKED enum err own_facts_view(
    struct page *page, const struct own_fields_of *of, struct view_list *out);

/* Give <input> the map <slot> with what a form has, if that differs from what
 * is kept; what is missing or cannot be chosen becomes a problem.
 * ERR_NOMEM. */
ERR_CHECKED enum err own_fields_read(struct page *page,
    const struct own_fields_of *of, const struct params *values,
    struct act_input *input, int slot, struct problems *problems);

#endif
