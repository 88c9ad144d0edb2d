/* core/web/view.h - what a template may read: plain C structs, described.
 *
 * A page fills a struct of its own (bytes, numbers, times, lists of structs)
 * and describes it once with a table of fields; templates read the members in
 * place. Nothing is built per row, nothing is looked up by its spelling while
 * a page is rendered. Knows nothing of HTTP.
 *
 *	struct row {
 *		int64_t number;
 *		struct bytes subject;
 *		int64_t updated_us;
 *		struct view_list tags;		(of struct bytes)
 *	};
 *	static const struct view_field row_fields[] = {
 *		{ "number", VIEW_INT, offsetof(struct row, number) },
 *		{ "subject", VIEW_TEXT, offsetof(struct row, subject) },
 *		{ "updated", VIEW_TIME, offsetof(struct row, updated_us) },
 *		{ "tags", VIEW_LIST, offsetof(struct row, tags),
 *		    .type = &view_text },
 *		{ "url", VIEW_GET, .get = row_url },
 *		{ NULL }
 *	};
 *	static const struct view_type row_type = { "row", row_fields };
 */
#ifndef HOOKDESK_WEB_VIEW_H
#define HOOKDESK_WEB_VIEW_H

#include "core/base/bytes.h"
#include "core/base/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json;
struct view;
struct view_type;

/* How a member lies in its struct, and so how it is shown. "False" is what
 * makes a section vanish and an inverted one appear. */
enum view_how {
	VIEW_TEXT = 0, /* struct bytes; escaped; false when empty */
	VIEW_CSTR,     /* const char *; escaped; false when NULL or "" */
	VIEW_INT,      /* int64_t; in digits; false when 0 */
	VIEW_UINT32,   /* uint32_t; likewise */
	VIEW_BOOL,     /* bool; for sections ("true" when shown) */
	VIEW_TIME,     /* int64_t: UTC microseconds; false when 0; see below */
	VIEW_HTML,     /* struct bytes that are safe HTML: never escaped */
	VIEW_OBJECT,   /* const void * to a struct of <type>; false when NULL */
	VIEW_INSIDE,   /* a struct of <type> within this one; always true */
	VIEW_LIST,     /* struct view_list of <type>; false when empty */
	VIEW_GET,      /* whatever get() sets */
	VIEW__COUNT
};
/* A time is shown as {{x}}, the same as {{x.short}}, and has the members
 *	{{x.iso}}	2026-03-12T14:05:00Z, for <time datetime>
 *	{{x.short}}	14:05 when it was today, else 12 Mar 2026
 *	{{x.date}}	12 Mar 2026
 *	{{x.long}}	12 March 2026 at 14:05
 *	{{x.relative}}	3 hours ago, in 2 days
 * in the view's language and zone. */

/* A list of structs lying <stride> bytes apart. When <is_pointers>, the items
 * are pointers to the structs instead. */
struct view_list {
	const void *items;
	size_t count;
	size_t stride;
	bool is_pointers;
};

/* A view_list of an array of structs, or of an array of pointers to them. */
#define VIEW_LIST_OF(array, n) \
	((struct view_list){ (array), (n), sizeof *(array), false })
#define VIEW_LIST_OF_POINTERS(array, n) \
	((struct view_list){ (array), (n), sizeof *(array), true })

enum value_kind {
	VALUE_NONE = 0, /* shown as nothing; false */
	VALUE_TEXT,
	VALUE_HTML,
	VALUE_INT,
	VALUE_BOOL,
	VALUE_TIME,
	VALUE_TIME_NAMED, /* a time by one of its names; not for getters */
	VALUE_OBJECT,
	VALUE_LIST,
	VALUE_KIND__COUNT
};

/* What a name stands for at the moment. Borrowed from the page's structs or
 * from the view's arena. */
struct value {
	enum value_kind kind;
	const struct view_type *type; /* of the object, or of the items */
	unsigned time_name;           /* TIME_NAMED: private */
	union {
		struct bytes text;
		int64_t n; /* number, truth, microseconds */
		const void *object;
		struct view_list list;
	};
};

struct view_field {
	const char *name; /* one word, as templates spell it; NULL ends */
	enum view_how how;
	size_t offset;                /* of the member; not for VIEW_GET */
	const struct view_type *type; /* OBJECT, INSIDE, LIST: of what */
	/* VIEW_GET: set *<out> (VALUE_NONE before the call) for <self>. May
	 * allocate in the view's arena; cannot fail otherwise. */
	void (*get)(const void *self, struct view *view, struct value *out);
};

/* A member that templates call as C does; of VIEW_OBJECT, VIEW_INSIDE and
 * VIEW_LIST with the type of what is there (NULL: none). */
#define VIEW_FIELD_OF(struct_, member, how_, type_) \
	{ \
		.name = #member, .how = how_, \
		.offset = offsetof(struct_, member), .type = type_ \
	}
#define VIEW_FIELD(struct_, member, how_) \
	VIEW_FIELD_OF(struct_, member, how_, NULL)

/* One per kind of struct, static: types are known by their address. */
struct view_type {
	const char *name; /* for messages */
	const struct view_field *fields;
	/* For structs with names that no table knows (JSON, custom fields):
	 * asked after <fields>; true when *<out> was set. May be NULL. */
	bool (*find)(const void *self, struct view *view, struct bytes name,
	    struct value *out);
	/* What {{.}} shows of such a struct; NULL: nothing. */
	void (*self)(const void *self, struct view *view, struct value *out);
};

/* For lists of bytes (struct bytes), of words (const char *) and of numbers
 * (int64_t): {{#tags}}{{.}} {{/tags}}. */
extern const struct view_type view_text;
extern const struct view_type view_cstr;
extern const struct view_type view_int;
/* A struct json as parsed by core/base/json.h: objects, lists and all. */
extern const struct view_type view_json;

/* Who looks, when and in which words; and the two structs that names are
 * looked up in when no section is open: first <page>, then <root>. One
 * thread's, for one rendering. */
struct view {
	struct arena *arena;     /* for what getters make */
	unsigned lang;           /* see core/web/translate.h */
	const struct zone *zone; /* NULL: UTC */
	int64_t now_us;          /* UTC; for short and relative times */
	const void *page;
	const struct view_type *page_type;
	const void *root; /* NULL is allowed */
	const struct view_type *root_type;
	/* NULL, or told of each name that no open struct has, for tests of
	 * pages: <where> is "agent/inbox.html:12". */
	void (*missing)(struct view *view, const char *where, const char *name);
	void *missing_ctx;
	int64_t midnight_us; /* private: of now_us in the zone, once needed */
	int64_t local_us;    /* private: the time shown last, 0 for none, */
	struct zone_time local; /* in the zone */
};

/* For getters. */
static inline void
value_text(struct value *out, struct bytes text)
{
	out->kind = VALUE_TEXT;
	out->text = text;
}

static inline void
value_html(struct value *out, struct bytes html)
{
	out->kind = VALUE_HTML;
	out->text = html;
}

static inline void
value_int(struct value *out, int64_t n)
{
	out->kind = VALUE_INT;
	out->n = n;
}

static inline void
value_bool(struct value *out, bool is_true)
{
	out->kind = VALUE_BOOL;
	out->n = is_true;
}

static inline void
value_time(struct value *out, int64_t us)
{
	out->kind = VALUE_TIME;
	out->n = us;
}

static inline void
value_object(
    struct value *out, const struct view_type *type, const void *object)
{
	out->kind = object != NULL ? VALUE_OBJECT : VALUE_NONE;
	out->type = type;
	out->object = object;
}

static inline void
value_list(
    struct value *out, const struct view_type *type, struct view_list list)
{
	out->kind = VALUE_LIST;
	out->type = type;
	out->list = list;
}

#endif
