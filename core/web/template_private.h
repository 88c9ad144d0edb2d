/* core/web/template_private.h - a compiled set of templates, from inside.
 *
 * Shared by template*.c only. All templates of a set lie in one array of
 * operations; a body (of a section, a block, a parent) is the range between
 * its operation and <end>:
 *
 *	SECTION a=path end=3 | VALUE a=path | TEXT | ...
 *	0                      1              2      3
 *
 * An operation carries the text that stands before its tag; only text before
 * the end of a body has an operation of its own.
 *
 * Names are numbers: set->names[] spells them. A type's fields are found by
 * name through an array made for that type when it is first met, so looking a
 * name up in a struct is one load, whoever wrote the template.
 */
#ifndef HOOKDESK_WEB_TEMPLATE_PRIVATE_H
#define HOOKDESK_WEB_TEMPLATE_PRIVATE_H

#include "core/base/arena.h"
#include "core/web/template.h"

#include <pthread.h>
#include <stdatomic.h>

#define TEMPLATE_TYPES_MAX 512 /* kinds of structs; a power of 2 */
#define NO_FIELD 255           /* in a type's map */

enum op_code {
	OP_TEXT = 0, /* nothing but the text before it */
	OP_VALUE,    /* a: path; escaped */
	OP_RAW,      /* a: path; as it is */
	OP_SECTION,  /* a: path */
	OP_INVERTED, /* a: path */
	OP_PARTIAL,  /* a: template; b, c: its indentation in set->text */
	OP_PARENT,   /* a: template; b, c likewise; body: BLOCKs */
	OP_BLOCK,    /* a: name; b, c likewise; body: what it says here */
	OP_WORDS,    /* a: words */
	OP_PLURAL,   /* a: words */
	OP__COUNT
};

struct op {
	uint8_t code;
	bool is_block_indented;  /* BLOCK: its own body was un-indented too */
	bool has_else;           /* SECTION: the next one is its INVERTED */
	uint16_t template;       /* that it stands in, and */
	uint32_t line;           /* where: for messages */
	uint32_t text, text_len; /* what comes before it, in set->text */
	uint32_t a, b, c;
	uint32_t end; /* the operation behind the body, or the next one */
};

/* a.b.c as names; no names at all: "." */
struct path {
	uint32_t first; /* in set->path_names */
	uint32_t count;
	uint32_t name; /* the first of them */
};

/* A stretch of a translated text: escaped HTML, or a place for a value. */
struct piece {
	struct bytes html;
	int32_t path; /* -1: <html> */
};

struct pieces {
	struct piece *at;
	size_t count;
};

/* A place for a value in a plural, by how the text spells it. */
struct hole {
	struct bytes name;
	uint32_t path;
};

struct words {
	const char *context;    /* or NULL */
	const char *one, *many; /* <many> NULL: no plural */
	uint32_t count_path;
	struct pieces *by_lang; /* [set->languages]; not for plurals */
	struct hole *holes;     /* of plurals */
	size_t hole_count;
};

struct template
{
	const char *name;  /* "agent/inbox" */
	const char *label; /* the file, for messages */
	struct bytes source;
	uint32_t begin, end; /* in set->ops */
};

struct type_map {
	const struct view_type *type;
	uint8_t *fields; /* [set->name_count]: index or NO_FIELD */
};

/* The names that times have, interned before all others. */
enum time_name {
	TIME_ISO = 0,
	TIME_DATE,
	TIME_SHORT,
	TIME_LONG,
	TIME_RELATIVE,
	TIME__COUNT
};

struct template_set {
	_Atomic unsigned holders;
	struct arena *arena; /* all that follows, once loaded */
	bool is_literal;
	unsigned languages;
	const char *(*translate)(
	    unsigned lang, const char *context, const char *text);
	const char *(*plural)(
	    unsigned lang, const char *one, const char *many, int64_t count);
	struct template *templates; /* sorted by name */
	size_t template_count, template_cap;
	struct op *ops;
	size_t op_count, op_cap;
	struct path *paths;
	size_t path_count, path_cap;
	uint32_t *path_names;
	size_t path_name_count, path_name_cap;
	struct bytes *names;
	size_t name_count, name_cap;
	uint32_t *name_slots; /* hash of names: number + 1, or 0 */
	size_t name_slot_count;
	struct words *words;
	size_t words_count, words_cap;
	struct buf text;

	/* Grows while rendering: types as they are met. */
	pthread_mutex_t types_lock;
	_Atomic(struct type_map *) types[TEMPLATE_TYPES_MAX];
	struct arena *types_arena; /* under types_lock */
};

/* Room for one more item in a growing array of the set's arena; false when
 * memory is exhausted. */
bool template_grow(struct template_set *set, void *array, size_t count,
    size_t *cap, size_t item_size);
/* The number of a name; UINT32_MAX when memory is exhausted. */
uint32_t template_name(struct template_set *set, struct bytes name);

/* The number of a path written "a.b.c" or "."; UINT32_MAX when memory is
 * exhausted; *<is_bad> when it is not spelled right. */
uint32_t template_path(
    struct template_set *set, struct bytes spelled, bool *is_bad);

/* NULL when there is none. */
struct template *template_find(
    const struct template_set *set, const char *name, size_t len);

/* template_compile.c: the operations of templates[index]. */
ERR_CHECKED enum err template_compile(
    struct template_set *set, size_t index, struct why *why);

/* template_words.c: keep a text for translation; its number, or UINT32_MAX
 * without memory. <tag> is what stands in the tag after its mark. */
ERR_CHECKED enum err template_words_add(struct template_set *set, char mark,
    struct bytes tag, const char **problem, uint32_t *out);

/* The form of a plural for <count>, to be looked through for holes. */
struct bytes template_words_plural(const struct template_set *set,
    const struct words *words, unsigned lang, int64_t count);

/* The next "{dotted.name}" at or after <from> in <text>: its length with the
 * braces, and where it begins in *<at>; 0 when there is none. */
size_t template_hole(struct bytes text, size_t from, size_t *at);

/* template_value.c: the fields of a type by name; NULL without memory. */
const uint8_t *template_type_find(
    struct template_set *set, const struct view_type *type);

/* Where the map of <type> is, unless another one was there before it. */
static inline size_t
template_type_slot(const struct view_type *type)
{
	return ((uintptr_t)type >> 4) % TEMPLATE_TYPES_MAX;
}

/* The same without the call, as a rule: for each struct that is opened. */
static inline const uint8_t *
template_type_fields(struct template_set *set, const struct view_type *type)
{
	const struct type_map *map = atomic_load_explicit(
	    &set->types[template_type_slot(type)], memory_order_acquire);

	if (map != NULL && map->type == type)
		return map->fields;
	return template_type_find(set, type);
}

/* template_time.c: a time as one of its names shows it, added to <out>. */
void view_add_time(
    struct buf *out, struct view *view, int64_t us, enum time_name how);

#endif
