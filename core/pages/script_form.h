/* core/pages/script_form.h - a script's settings as a form, and back.
 *
 * The form follows the schema that desk.settings declares, whatever it is:
 * part/fields for what is one value, a table for rows. What is typed becomes
 * JSON; whether that may be so is not decided here, but by the script host and
 * act_setting.c.
 */
#ifndef HOOKDESK_PAGES_SCRIPT_FORM_H
#define HOOKDESK_PAGES_SCRIPT_FORM_H

#include "core/pages/record_form.h"

struct json;
struct json_writer;

#define SCRIPT_FORM_PREFIX "s." /* of the inputs' names: s.words */
#define SCRIPT_FORM_SPARE 3     /* empty rows at the end of a table */

/* One setting as the page finds it. */
struct script_input {
	struct record_field field;
	struct view_list fields; /* just that one, for part/fields */
	struct bytes name;       /* "words" */
	struct view_list columns, rows;
	bool is_rows, is_secret, is_set; /* a secret that was given */
	bool is_changed;                 /* is not as it comes */
	struct bytes otherwise;          /* how it comes, in words */
};
extern const struct view_type script_input_type;

struct script_form {
	struct page *page;
	const struct directory *directory;
	const struct json *declared; /* the schema */
	const struct json *chosen;   /* what is kept, secrets sealed; or NULL */
	const struct form *typed;    /* NULL: not yet */
	const struct problems *problems;
	struct bytes source; /* settings stand in its order */
};

/* The schema's settings as inputs, in the order of the source. ERR_NOMEM. */
ERR_CHECKED enum err script_form_view(
    const struct script_form *form, struct view_list *out);

/* What was typed as the object that is to be kept: what is as it comes is left
 * out, as is <reset> (a name, or empty); secrets that were not typed stay.
 * *<count> says how many are in it. ERR_NOMEM. */
ERR_CHECKED enum err script_form_read(const struct script_form *form,
    struct bytes reset, struct buf *out, size_t *count);

/* Members of a schema in the order of <source>, as many as it has. ERR_NOMEM.
 */
ERR_CHECKED enum err script_form_order(struct page *page,
    const struct json *declared, struct bytes source, const struct json ***out);

/* All values, the defaults among them, as the author of a script would write
 * them; secrets are left out. ERR_NOMEM. */
ERR_CHECKED enum err script_form_lua(
    const struct script_form *form, struct bytes *out);

#endif
