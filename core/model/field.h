/* core/model/field.h - what a field of a record is.
 *
 * Every kind of record is declared once, in fields.def; from that table come
 * the storage codec, JSON, validation, filters, and what Lua and templates
 * see. Adding a field is one line there.
 */
#ifndef HOOKDESK_MODEL_FIELD_H
#define HOOKDESK_MODEL_FIELD_H

#include "core/base/bytes.h"

struct record;

/* The kinds of records. Stored in keys: append only, never renumber. */
enum kind_id {
	KIND_NONE = 0,
	KIND_TICKET = 1,
	KIND_ENTRY = 2,
	KIND_CUSTOMER = 3,
	KIND_ORGANISATION = 4,
	KIND_AGENT = 5,
	KIND_ROLE = 6,
	KIND_TEAM = 7,
	KIND_BRAND = 8,
	KIND_QUEUE = 9,
	KIND_CANNED = 10,
	KIND_ARTICLE = 11,
	KIND_TOKEN = 12,
	KIND_SESSION = 13,
	KIND_SETTING = 14,
	KIND_FILE = 15,
	KIND_SCRIPT = 16,
	KIND_EVENT = 17,
	KIND_JOB = 18,
	KIND_TRACE = 19,
	KIND_VALUE = 20,
	KIND_FIELD = 21,
	KIND_NOTICE = 22,
	KIND_CALENDAR = 23,
	KIND_VERSION = 24,
	KIND__COUNT
};

enum field_type {
	FIELD_BOOL,
	FIELD_INT,
	FIELD_TIME,    /* microseconds since 1970-01-01 UTC; 0 is "never" */
	FIELD_ENUM,    /* one of <words>, stored by its position */
	FIELD_TEXT,    /* one line of UTF-8, kept in the record */
	FIELD_BIGTEXT, /* any UTF-8; over RECORD_INLINE bytes kept beside it */
	FIELD_REF,     /* the id of a record of kind <ref> */
	FIELD_MAP,     /* custom fields: number to text */
};

/* Who sees a field; each level sees what the ones before it see. */
enum field_see { SEE_CUSTOMER, SEE_AGENT, SEE_NOTES, SEE_ADMIN, SEE_NOBODY };

/* Who may set a field by an act; each level includes the ones before it. */
enum field_set { SET_CUSTOMER, SET_AGENT, SET_SCRIPT, SET_ADMIN, SET_SYSTEM };

enum field_flags {
	F_LIST = 1 << 0,     /* a list of <type> */
	F_SEARCH = 1 << 1,   /* its words are found by search */
	F_PERSONAL = 1 << 2, /* erased with the person */
	F_REQUIRED = 1 << 3, /* never empty */
	F_KEY = 1 << 4,      /* a stable key: a-z 0-9 - _ */
	F_EMAIL = 1 << 5,    /* a mail address, kept folded */
	F_JSON = 1 << 6,     /* text that is JSON: shown as it is */
	F_LOGGED = 1 << 7,   /* a change of it is kept in the timeline */
};

struct field {
	uint16_t number; /* in storage; never reused, ascending in a kind */
	const char *name;
	enum field_type type;
	enum kind_id ref;         /* for FIELD_REF */
	const char *const *words; /* for FIELD_ENUM, ends with NULL */
	enum field_see see;
	enum field_set set;
	unsigned flags;
	int64_t max; /* bytes of a text, items of a list, value of an int */
	const char *doc;
};

#define INDEX_PARTS_MAX 3

/* One ordering of a kind's records. A list-valued part gives one entry for
 * each item. A record is left out when <is_in> says so. */
struct index {
	uint8_t id; /* in keys; never reused over all kinds */
	const char *name;
	bool is_unique;
	uint8_t part_count;
	uint8_t parts[INDEX_PARTS_MAX]; /* slots, or INDEX_COMPUTED | n */
	bool (*is_in)(const struct record *record);
};

/* Parts that are computed: ticket_state(); and the custom fields that are
 * indexed, a number and a value, with an entry for each. */
#define INDEX_STATE 0x80
#define INDEX_OWN 0x81

struct kind {
	enum kind_id id;
	const char *name, *plural;
	const struct field *fields;
	size_t field_count;
	const struct index *indexes;
	size_t index_count;
	const char *doc;
};

/* The kind with this id or (plural or singular) name; NULL if none. */
const struct kind *kind_get(enum kind_id id);
const struct kind *kind_named(struct bytes name);

/* The slot of the field with this name, or -1. */
int kind_slot(const struct kind *kind, struct bytes name);

/* The position of <word> among the words of an enum field, or -1. */
int field_word(const struct field *field, struct bytes word);

#endif
