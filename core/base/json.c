/* core/base/json.c - a strict look at the text, then cJSON builds the tree.
 *
 * cJSON by itself takes trailing garbage, names that come twice, control
 * characters, NUL, broken UTF-8 and lone surrogates, and rounds whole numbers
 * over 2^53. So the text is checked first, by the grammar of RFC 8259; what
 * cJSON then sees it reads right.
 */
#include "config.h"
#include "core/base/json.h"

#include "core/base/arena.h"
#include "core/base/utf8.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#define NUMBER_MAX 60 /* bytes; cJSON looks at 63 */
#define FEW_MEMBERS 8 /* up to here each is compared with each */

struct scan {
	const char *begin, *at, *end;
	int depth;
	struct why *why;
};

/* Where cJSON allocates while this thread parses. */
static _Thread_local struct arena *parse_arena;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *
allocate(size_t size)
{
	return arena_alloc_raw(parse_arena, size);
}

/* The arena gives back. */
static void
forget(void *at)
{
	(void)at;
}

static void
use_arena(void)
{
	cJSON_Hooks hooks = { .malloc_fn = allocate, .free_fn = forget };

	cJSON_InitHooks(&hooks);
}

static enum err
refuse(const struct scan *s, const char *message)
{
	return why_set(
	    s->why, ERR_INVALID, NULL, message, s->at - s->begin + 1, NULL);
}

static enum err
refuse_syntax(const struct scan *s)
{
	return refuse(s,
	    s->at == s->end ? N_("JSON ends too early, at byte {n}.") :
			      N_("Not JSON at byte {n}."));
}

static void
skip_space(struct scan *s)
{
	while (s->at < s->end &&
	    (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' ||
		*s->at == '\t'))
		s->at++;
}

static bool
take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* The four digits of a \u escape. */
static bool
take_hex(struct scan *s, uint32_t *out)
{
	uint32_t n = 0;

	for (int i = 0; i < 4; i++, s->at++) {
		char c = s->at < s->end ? *s->at : '\0';

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			n = n << 4 | (uint32_t)((c | 32) - 'a' + 10);
		else
			return false;
	}
	*out = n;
	return true;
}

static enum err
scan_escape(struct scan *s)
{
	uint32_t high, low;

	if (s->at == s->end || strchr("\"\\/bfnrtu", *s->at) == NULL)
		return refuse_syntax(s);
	if (*s->at++ != 'u')
		return ERR_OK;
	if (!take_hex(s, &high))
		return refuse_syntax(s);
	if (high == 0)
		return refuse(s, N_("A NUL in a text, at byte {n}."));
	if (high < 0xd800 || high > 0xdfff)
		return ERR_OK;
	if (high > 0xdbff || !take(s, '\\') || !take(s, 'u') ||
	    !take_hex(s, &low) || low < 0xdc00 || low > 0xdfff)
		return refuse(s, N_("Half a surrogate pair, at byte {n}."));
	return ERR_OK;
}

static enum err
scan_text(struct scan *s)
{
	enum err err = ERR_OK;
	bool bad = false;

	if (!take(s, '"'))
		return refuse_syntax(s);
	while (s->at < s->end && err == ERR_OK) {
		unsigned char c = (unsigned char)*s->at;

		if (c == '"') {
			s->at++;
			return ERR_OK;
		}
		if (c < 0x20)
			return refuse(s,
			    N_("A control character in a text, at byte {n}."));
		if (c == '\\') {
			s->at++;
			err = scan_escape(s);
		} else if (c < 0x80) {
			s->at++;
		} else {
			const char *here = s->at;

			utf8_next(&s->at, s->end, &bad);
			if (bad) {
				s->at = here;
				return refuse(
				    s, N_("Broken UTF-8 at byte {n}."));
			}
		}
	}
	return err != ERR_OK ? err : refuse_syntax(s);
}

static size_t
take_digits(struct scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - from);
}

static enum err
scan_number(struct scan *s)
{
	const char *from = s->at;
	char copy[NUMBER_MAX + 1];
	bool whole = true;
	size_t len;
	double value;

	take(s, '-');
	if (!take(s, '0') && take_digits(s) == 0)
		return refuse_syntax(s);
	if (take(s, '.')) {
		whole = false;
		if (take_digits(s) == 0)
			return refuse_syntax(s);
	}
	if (take(s, 'e') || take(s, 'E')) {
		whole = false;
		if (!take(s, '+'))
			take(s, '-');
		if (take_digits(s) == 0)
			return refuse_syntax(s);
	}
	len = (size_t)(s->at - from);
	if (len <= NUMBER_MAX) {
		memcpy(copy, from, len);
		copy[len] = '\0';
		value = strtod(copy, NULL);
		/* 2^53 + 1 reads as 2^53: no digit more than that has. */
		if (isfinite(value) &&
		    (!whole || fabs(value) < 0x1p53 ||
			strcmp(copy + (*copy == '-'), "9007199254740992") == 0))
			return ERR_OK;
	}
	s->at = from;
	return refuse(s, N_("A number out of range, at byte {n}."));
}

static enum err
scan_word(struct scan *s, const char *word)
{
	for (; *word != '\0'; word++)
		if (!take(s, *word))
			return refuse_syntax(s);
	return ERR_OK;
}

static enum err scan_value(struct scan *s);

/* What is between the brackets, and the closing one. */
static enum err
scan_items(struct scan *s, char close)
{
	enum err err;

	s->at++;
	skip_space(s);
	if (take(s, close))
		return ERR_OK;
	do {
		if (close == '}') {
			skip_space(s);
			err = scan_text(s);
			if (err != ERR_OK)
				return err;
			skip_space(s);
			if (!take(s, ':'))
				return refuse_syntax(s);
		}
		err = scan_value(s);
		if (err != ERR_OK)
			return err;
	} while (take(s, ','));
	return take(s, close) ? ERR_OK : refuse_syntax(s);
}

/* A value with the space around it. */
static enum err
scan_value(struct scan *s)
{
	enum err err;

	skip_space(s);
	if (s->at == s->end)
		return refuse_syntax(s);
	switch (*s->at) {
	case '{':
	case '[':
		if (s->depth == JSON_DEPTH_MAX)
			return why_set(s->why, ERR_LIMIT, NULL,
			    N_("JSON is too deep, at byte {n}."),
			    s->at - s->begin + 1, NULL);
		s->depth++;
		err = scan_items(s, *s->at == '{' ? '}' : ']');
		s->depth--;
		break;
	case '"': err = scan_text(s); break;
	case 't': err = scan_word(s, "true"); break;
	case 'f': err = scan_word(s, "false"); break;
	case 'n': err = scan_word(s, "null"); break;
	default: err = scan_number(s); break;
	}
	skip_space(s);
	return err;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A name that two members of <object> have, or NULL; ERR_NOMEM. */
static enum err
find_twin(struct arena *arena, const cJSON *object, const char **twin)
{
	size_t count = 0, n = 0;
	const char **names;

	for (const cJSON *m = object->child; m != NULL; m = m->next)
		count++;
	names = (const char **)arena_array(arena, char *, count + 1);
	if (names == NULL)
		return ERR_NOMEM;
	for (const cJSON *m = object->child; m != NULL; m = m->next)
		names[n++] = m->string;
	qsort(names, count, sizeof *names, compare_names);
	for (size_t i = 1; i < count; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			*twin = names[i];
	return ERR_OK;
}

static const char *
find_twin_of_few(const cJSON *object)
{
	for (const cJSON *a = object->child; a != NULL; a = a->next)
		for (const cJSON *b = a->next; b != NULL; b = b->next)
			if (strcmp(a->string, b->string) == 0)
				return a->string;
	return NULL;
}

/* Refuse a name that comes twice, anywhere below <value>: readers differ on
 * which of the two counts. */
static enum err
check_names(struct arena *arena, const cJSON *value, struct why *why)
{
	const char *twin = NULL;
	enum err err = ERR_OK;
	int count = 0;

	for (const cJSON *m = value->child; m != NULL; m = m->next) {
		count++;
		if (m->child != NULL)
			err = check_names(arena, m, why);
		if (err != ERR_OK)
			return err;
	}
	if (!cJSON_IsObject(value))
		return ERR_OK;
	if (count <= FEW_MEMBERS) {
		twin = find_twin_of_few(value);
	} else {
		struct arena_mark mark = arena_mark(arena);

		err = find_twin(arena, value, &twin);
		arena_rewind(arena, mark);
	}
	if (twin != NULL)
		return why_set(why, ERR_INVALID, NULL,
		    N_("\"{name}\" comes twice."), 0, twin);
	return err;
}

enum err
json_parse(struct arena *arena, struct bytes text, size_t max,
    const struct json **out, struct why *why)
{
	struct scan s = { text.at, text.at, text.at + text.len, 0, why };
	cJSON *tree;
	enum err err;

	if (text.len > max)
		return why_set(why, ERR_LIMIT, NULL, N_("JSON over {n} bytes."),
		    (int64_t)max, NULL);
	err = scan_value(&s);
	if (err == ERR_OK && s.at != s.end)
		err = refuse(
		    &s, N_("Something follows the JSON, at byte {n}."));
	if (err != ERR_OK)
		return err;
	pthread_once(&once, use_arena);
	parse_arena = arena;
	tree = cJSON_ParseWithLength(text.at, text.len);
	parse_arena = NULL;
	if (tree == NULL)
		return why_set(
		    why, ERR_NOMEM, NULL, err_message(ERR_NOMEM), 0, NULL);
	err = check_names(arena, tree, why);
	if (err == ERR_OK)
		*out = (const struct json *)tree;
	return err;
}

static const cJSON *
node(const struct json *value)
{
	return (const cJSON *)value;
}

enum json_type
json_type(const struct json *value)
{
	if (value == NULL)
		return JSON_NONE;
	switch (node(value)->type & 0xff) {
	case cJSON_False:
	case cJSON_True: return JSON_BOOL;
	case cJSON_Number: return JSON_NUMBER;
	case cJSON_String: return JSON_TEXT;
	case cJSON_Array: return JSON_LIST;
	case cJSON_Object: return JSON_OBJECT;
	default: return JSON_NULL;
	}
}

const char *
json_type_name(enum json_type type)
{
	static const char *const names[JSON_TYPE__COUNT] = {
		[JSON_NONE] = "nothing",
		[JSON_NULL] = "null",
		[JSON_BOOL] = "true or false",
		[JSON_NUMBER] = "number",
		[JSON_TEXT] = "text",
		[JSON_LIST] = "list",
		[JSON_OBJECT] = "object",
	};

	return (unsigned)type < JSON_TYPE__COUNT ? names[type] : "nothing";
}

const struct json *
json_get(const struct json *value, const char *name)
{
	if (json_type(value) != JSON_OBJECT)
		return NULL;
	return (const struct json *)cJSON_GetObjectItemCaseSensitive(
	    node(value), name);
}

const struct json *
json_first(const struct json *value)
{
	return value != NULL ? (const struct json *)node(value)->child : NULL;
}

const struct json *
json_next(const struct json *item)
{
	return item != NULL ? (const struct json *)node(item)->next : NULL;
}

size_t
json_count(const struct json *value)
{
	size_t count = 0;

	for (const struct json *i = json_first(value); i != NULL;
	     i = json_next(i))
		count++;
	return count;
}

const char *
json_name(const struct json *member)
{
	return member != NULL && node(member)->string != NULL ?
	    node(member)->string :
	    "";
}

struct bytes
json_text(const struct json *value)
{
	if (json_type(value) != JSON_TEXT)
		return BYTES_NONE;
	return bytes_of(node(value)->valuestring);
}

bool
json_int(const struct json *value, int64_t *out)
{
	double n;

	if (!json_number(value, &n) || n != floor(n) || fabs(n) > 0x1p53)
		return false;
	*out = (int64_t)n;
	return true;
}

bool
json_number(const struct json *value, double *out)
{
	if (json_type(value) != JSON_NUMBER)
		return false;
	*out = node(value)->valuedouble;
	return true;
}

bool
json_bool(const struct json *value, bool *out)
{
	if (json_type(value) != JSON_BOOL)
		return false;
	*out = cJSON_IsTrue(node(value));
	return true;
}
