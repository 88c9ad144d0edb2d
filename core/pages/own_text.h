/* core/pages/own_text.h - values of custom fields as people read them. */
#ifndef HOOKDESK_PAGES_OWN_TEXT_H
#define HOOKDESK_PAGES_OWN_TEXT_H

#include "core/web/page.h"

struct json;

/* A kept value in the page's language and zone, in its arena or <value>'s; one
 * that was kept before its field got the type, as it is. */
struct bytes own_text(
    struct page *page, const struct record *field, struct bytes value);

/* The same of a value as entries have it: JSON by own_to_json(). */
struct bytes own_text_of_json(struct page *page,
    const struct directory *directory, const struct record *field,
    const struct json *json);

/* Whether <text> is a value of the field's type, whatever its limits. */
bool own_fits(struct page *page, const struct directory *directory,
    const struct record *field, struct bytes text);

#endif
