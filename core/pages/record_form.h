/* core/pages/record_form.h - a record's fields as a form, and back.
 *
 * What an input looks like follows from the field's row in fields.def; a page
 * says which fields it shows, with what words, and where the usual look does
 * not do. The templates' side is part/fields.
 */
#ifndef HOOKDESK_PAGES_RECORD_FORM_H
#define HOOKDESK_PAGES_RECORD_FORM_H

#include "core/desk/act.h"
#include "core/pages/agent.h"

enum form_how {
	HOW_USUAL = 0, /* as the field's type says */
	HOW_TEXT,      /* several lines */
	HOW_BODY,      /* many lines */
	HOW_KEY,       /* left empty, the page makes it of the name; where
			* that fails, the act says so */
	HOW_URL,
	HOW_COLOR,
	HOW_LANGUAGE, /* one of those that have a catalogue */
	HOW_ZONE,     /* a time zone that the system knows */
	HOW_DATE,     /* without a time */
	HOW_TICKS,    /* a list: a tick for each of <words> */
	HOW_LINES,    /* a list: an item a line, or commas between */
	HOW_SHOWN,    /* of an enum, only shown */
};

struct form_field {
	int slot;
	enum form_how how;
	const char *label; /* marked N_() */
	const char *help;  /* likewise; NULL: none */
	/* Of an enum field in the order of its words, or of HOW_TICKS: what
	 * people read for each word, marked N_(). */
	const char *const *labels;
	const char *const *words; /* of HOW_TICKS, ends with NULL */
	const char *none;         /* of a choice: for nothing; NULL: "None" */
};

/* Which fields, and what they hold. */
struct record_form {
	const struct form_field *fields;
	size_t count;
	const struct record *record; /* its values, or ... */
	const struct form *typed;    /* ... what was typed; NULL: not yet */
	const struct problems *problems;
};

/* A field as part/fields finds it. */
struct record_field {
	struct bytes name, label, help, error, value, unit, min, max;
	bool is_required, is_readonly, is_on;
	bool is_long; /* <is_text> of many lines */
	/* one of these */
	bool is_line, is_text, is_code, is_number, is_email, is_url;
	bool is_password, is_color, is_date, is_file, is_shown;
	bool is_check, is_choice, is_many;
	struct view_list choices; /* of struct choice */
};
extern const struct view_type record_field_type;

/* The fields for part/fields, a list of record_field_type in the arena.
 * ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err record_form_view(struct page *page, struct site_read *read,
    const struct record_form *of, struct view_list *out);

/* Give <input> what <typed> has of the fields; what is wrong becomes a problem
 * and is left out. ERR_NOMEM. */
ERR_CHECKED enum err record_form_read(struct page *page,
    const struct directory *directory, const struct record_form *of,
    struct act_input *input, struct problems *problems);

/* The word of an enum field in the page's language, by the <labels> of its
 * words; the word itself without them, or "" if it is of a newer version. */
const char *record_word_label(struct page *page, const struct record *record,
    int slot, const char *const *labels);

/* The last value of <name>: a tick comes after the hidden field that stands
 * for "no", and a record's key after the form's own. */
struct bytes form_last(const struct form *form, const char *name);

#endif
