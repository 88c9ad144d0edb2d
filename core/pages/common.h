/* core/pages/common.h - what pages of customers and agents have in common.
 *
 * Forms that are shown again after an error, problems beside their fields,
 * people's initials, the files of an entry. Knows no single page.
 */
#ifndef HOOKDESK_PAGES_COMMON_H
#define HOOKDESK_PAGES_COMMON_H

#include "core/pages/upload.h"
#include "core/web/limit.h"
#include "core/web/page.h"

/* --- what is wrong with a form --- */

#define PROBLEMS_MAX 24

struct problem {
	struct bytes field; /* the input's name; empty for the whole form */
	struct bytes message;
};

struct problems {
	struct problem list[PROBLEMS_MAX];
	size_t count;
};

/* Add one; <field> is copied, <message> is a text in the page's language. A
 * field that has one already keeps it; over PROBLEMS_MAX they are left out. */
void problems_add(struct page *page, struct problems *problems,
    struct bytes field, struct bytes message);
/* What an act, a form or an upload said, in the page's language. */
void problems_why(
    struct page *page, struct problems *problems, const struct why *why);
/* What came of an act that was refused: a script's own words, or <why>. */
void problems_result(struct page *page, struct problems *problems,
    const struct act_result *result, const struct why *why);
/* A field that must not be empty, and its label (marked with N_). */
struct needed {
	const char *field, *label;
};
/* Say of each of the <count> fields that <form> leaves empty that it is
 * missing, by its label: they are listed above the form, too. */
void problems_missing(struct page *page, struct problems *problems,
    const struct form *form, const struct needed *needed, size_t count);
/* What an undo has left, each with its reason, as a sentence in the page's
 * language; empty if there is none. The first few of many. */
struct bytes undo_left(struct page *page, const struct act_left *left);
/* The message beside <field>; empty if there is none. */
struct bytes problems_of(const struct problems *problems, struct bytes field);

/* --- a form as it is shown --- */

struct upload_view {
	struct bytes id, name, size;
};

/* The members that every page with a form has. FORM_FIELDS() gives templates
 * key, values, errors, has_problems, problems, uploads and upload_note. */
struct form_view {
	struct bytes key;         /* idempotency key */
	struct params values;     /* as typed, or what it begins with */
	struct problems problems; /* errors.NAME, problems */
	struct view_list uploads; /* of struct upload_view */
	struct bytes upload_note;
};

extern const struct view_type values_type; /* struct params, by name */
extern const struct view_type errors_type; /* struct problems, by field */
extern const struct view_type problem_type, upload_view_type;
void form_view_has_problems(
    const void *self, struct view *view, struct value *out);

/* The rows for a view_field table of <type>, whose first member is a struct
 * form_view called <form>. */
#define FORM_FIELDS(type_, form) \
	{ "key", VIEW_TEXT, offsetof(type_, form.key), NULL, NULL }, \
	    { "values", VIEW_INSIDE, offsetof(type_, form.values), \
		    &values_type, NULL }, \
	    { "errors", VIEW_INSIDE, offsetof(type_, form.problems), \
		    &errors_type, NULL }, \
	    { "has_problems", VIEW_GET, 0, NULL, form_view_has_problems }, \
	    { "problems", VIEW_GET, 0, NULL, form_view_problems }, \
	    { "uploads", VIEW_LIST, offsetof(type_, form.uploads), \
		    &upload_view_type, NULL }, \
	{ \
		"upload_note", VIEW_TEXT, offsetof(type_, form.upload_note), \
		    NULL, NULL \
	}
void form_view_problems(const void *self, struct view *view, struct value *out);

/* A form shown for the first time: a new key, no values. */
void form_begin(struct page *page, struct form_view *view);
/* A form shown again: what was typed and sent up is in it. */
void form_again(struct page *page, struct form_view *view,
    const struct form *form, const struct uploads *uploads);

/* A value as typed, trimmed. */
struct bytes form_line(const struct form *form, const char *name);

/* --- acting --- */

/* An input that comes through a page: source web, the client's address, the
 * form's key. */
void page_input(struct page *page, struct act_input *input, enum verb verb,
    enum kind_id kind, const struct actor *actor, const struct form *form);

/* Take one try of <limit> from <key>, or from the client's address when it is
 * empty. 0, or the seconds to wait; then Retry-After has been set. */
unsigned page_limited(
    struct page *page, const struct limit *limit, struct bytes key);

/* The status of a form that is shown again after <err>: 422 for what the
 * sender can mend, else as page_status(). Sets Retry-After for 503. */
int form_status(struct page *page, enum err err);

/* The same for a form with problems, its files' among them: 503 when the desk
 * could not keep one, else 422. */
int uploads_status(struct page *page, const struct uploads *uploads);

/* --- what was found --- */

/* The part of <text> around the query's <words>, at most <max> bytes of it, as
 * safe HTML with each word in <mark>. ERR_NOMEM. */
ERR_CHECKED enum err found_html(struct page *page, struct bytes words,
    struct bytes text, size_t max, struct bytes *out);

/* Whether something of <brand> (0: of all) is shown on this page's web site.
 */
bool page_is_of(const struct page *page, uint64_t brand);

/* --- people and files --- */

/* "AL" for "Ann Lee", in the arena; "?" for nothing. */
struct bytes person_initials(struct arena *arena, struct bytes name);
/* 0 to 7, always the same for the same person. */
static inline int64_t
person_tone(uint64_t id)
{
	return (int64_t)(id % 8);
}

/* "4 KB" in the page's language. */
struct bytes page_size_text(struct page *page, int64_t size_bytes);

struct file_view {
	struct bytes url, name, size, thumb;
	bool is_image;
};
extern const struct view_type file_view_type;

/* The files of an entry, for part/files: <prefix> is the path of the ticket's
 * page ("/support/t/TOKEN"), below which /file/ID/NAME sends each. */
ERR_CHECKED enum err files_view(struct page *page, struct snapshot *snapshot,
    const struct record *entry, struct bytes prefix, struct view_list *out);

/* Whether it is a picture that browsers may show: by its type. */
bool type_is_image(struct bytes type);

/* The safe HTML of an entry's body, rendered when it was written; plain text
 * is rendered here. In the arena or the snapshot. */
ERR_CHECKED enum err entry_html(struct page *page, struct snapshot *snapshot,
    const struct record *entry, struct bytes *out);

#endif
