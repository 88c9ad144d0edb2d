/* core/pages/script_form_private.h - shared by core/pages/script_form*.c only.
 */
#ifndef HOOKDESK_PAGES_SCRIPT_FORM_PRIVATE_H
#define HOOKDESK_PAGES_SCRIPT_FORM_PRIVATE_H

#include "core/pages/script_form.h"

/* ---- script_form_value.c ---- */

/* An empty one is a value of this type, and as good as none of the others. */
bool setting_may_be_empty(struct bytes type);
/* As it is typed; the items of a list with <between>. */
struct bytes setting_text_of(
    struct page *page, const struct json *value, const char *between);
/* As it is kept; <between> is what is between the items of a list. What is no
 * number stays text: the script host says what it should be. */
void setting_put(struct page *page, struct json_writer *w, struct bytes type,
    struct bytes text, char between);
/* A select for values of this type, or of <words>; the value is among them. */
bool setting_has_choices(struct bytes type);
ERR_CHECKED enum err setting_choices(const struct script_form *form,
    struct bytes type, const struct json *words, struct bytes value,
    struct view_list *out);
/* "Words to look for" of words_to_look_for. */
struct bytes setting_label_of(struct page *page, const char *name);
/* Where <name> stands as "name = {" in the source, <next> being what may follow
 * the sign; at the end if nowhere. */
size_t setting_place(struct bytes source, const char *name, const char *next);
/* Members of a schema in the order of the source. ERR_NOMEM. */
ERR_CHECKED enum err setting_order(const struct script_form *form,
    const struct json *object, struct bytes source, const char *next,
    const struct json ***out);

/* ---- script_form_rows.c ---- */

extern const struct view_type setting_column_type, setting_row_type;

/* The rows of <value>, or those that were typed, and some empty ones. */
ERR_CHECKED enum err setting_rows_view(const struct script_form *form,
    const struct json *schema, const struct json *value,
    struct script_input *out);
/* Rows as they are kept, of <value> or, if that is NULL, as they were typed:
 * empty ones and empty cells are left out. */
ERR_CHECKED enum err setting_rows_put(const struct script_form *form,
    const struct json *schema, const struct json *value, struct json_writer *w);

#endif
