/* core/pages/admin_kinds.h - the small kinds as admins see and change them.
 *
 * One row a kind: its words, the columns of its list, the fields of its form.
 * What a field may hold is told by fields.def.
 */
#ifndef HOOKDESK_PAGES_ADMIN_KINDS_H
#define HOOKDESK_PAGES_ADMIN_KINDS_H

#include "core/pages/admin.h"
#include "core/pages/record_form.h"

/* A column; what it shows follows from the field's type. */
struct admin_column {
	int slot;
	const char *label;
	bool is_main; /* the record's name, with the link */
	bool is_muted;
	/* Of a bool: the chip's words where it is set and where it is not
	 * (NULL: nothing), and their looks: "ok", "warn", "plain" ... */
	const char *on, *off, *on_look, *off_look;
	/* Of an enum, in the order of its words: the chip's, and its looks
	 * (NULL: nothing); both NULL: the word itself. */
	const char *const *words, *const *looks;
	const char *none; /* shown for nothing; NULL: an empty cell */
};

struct admin_group {
	const char *title, *about; /* NULL: none */
	const struct form_field *fields;
	size_t count;
};

/* What a new record begins with, as typed. */
struct admin_default {
	int slot;
	const char *text;
};

#define ADMIN_COLUMNS_MAX 8
#define ADMIN_GROUPS_MAX 4
#define ADMIN_DEFAULTS_MAX 6

struct admin_kind {
	enum kind_id kind;
	const char *path; /* /admin/PATH */
	const char *title, *about, *add, *empty;
	const char *search; /* label of the search; not held in memory */
	/* Said after the act; <removed> NULL: they cannot be deleted. */
	const char *added, *saved, *removed;
	int key_slot; /* made of <key_from> when it is left empty; or -1 */
	int key_from;
	int off_slot;    /* a bool: rows without it are shown as off; or -1 */
	bool has_rights; /* the matrix of a role */
	bool has_secret; /* a new one's secret is shown once */
	bool has_link;   /* agents: a one-time sign-in link */
	struct admin_column columns[ADMIN_COLUMNS_MAX]; /* label NULL ends */
	struct admin_group groups[ADMIN_GROUPS_MAX];    /* fields NULL ends */
	struct admin_default defaults[ADMIN_DEFAULTS_MAX]; /* text NULL ends */
};

/* The kind at /admin/<path>; NULL if there is none. */
const struct admin_kind *admin_kind_at(struct bytes path);

/* All of them; ends with one whose path is NULL. */
extern const struct admin_kind admin_kinds[];

#endif
