/* core/desk/schema.c - values that scripts declare by a schema. */
#include "config.h"
#include "core/desk/schema.h"
#include "core/base/duration.h"
#include "core/base/http.h"
#include "core/base/json.h"
#include "core/base/suggest.h"

#include <stdlib.h>

/* What JSON each type of core/lua/settings.c is, and the kind it names a
 * record of. */
static const struct row_type {
	const char *name;
	enum json_type type;
	enum kind_id kind;
} row_types[] = {
	{ "string", JSON_TEXT, KIND_NONE },
	{ "text", JSON_TEXT, KIND_NONE },
	{ "integer", JSON_NUMBER, KIND_NONE },
	{ "number", JSON_NUMBER, KIND_NONE },
	{ "boolean", JSON_BOOL, KIND_NONE },
	{ "word", JSON_TEXT, KIND_NONE },
	{ "duration", JSON_TEXT, KIND_NONE },
	{ "url", JSON_TEXT, KIND_NONE },
	{ "list", JSON_LIST, KIND_NONE },
	{ "rows", JSON_LIST, KIND_NONE },
	{ "queue", JSON_TEXT, KIND_QUEUE },
	{ "agent", JSON_TEXT, KIND_AGENT },
	{ "tag", JSON_TEXT, KIND_NONE },
	{ "priority", JSON_TEXT, KIND_NONE },
	{ "template", JSON_TEXT, KIND_NONE },
	{ "calendar", JSON_TEXT, KIND_CALENDAR },
};

static const struct row_type *
type_of(const struct json *row)
{
	struct bytes name = json_text(json_get(row, "type"));

	for (size_t i = 0; i < sizeof row_types / sizeof *row_types; i++)
		if (bytes_is(name, row_types[i].name))
			return &row_types[i];
	return NULL;
}

static bool
is_of_type(const struct json *value, const struct row_type *type)
{
	int64_t n;

	if (type == NULL)
		return true;
	return strcmp(type->name, "integer") == 0 ?
	    json_int(value, &n) :
	    json_type(value) == type->type;
}

static const char *
fault_of_word(
    const struct json *value, const struct json *row, struct buf *right)
{
	const struct json *word = json_first(json_get(row, "words"));

	for (; word != NULL; word = json_next(word)) {
		if (bytes_equal(json_text(word), json_text(value)))
			return NULL;
		buf_printf(right, "%s%.*s", right->len > 0 ? ", " : "",
		    BYTES_ARG(json_text(word)));
	}
	return N_("One of these is wanted here: {name}.");
}

static const char *
fault_of_number(double n, const struct json *row, struct buf *right)
{
	double limit;

	if (json_number(json_get(row, "min"), &limit) && n < limit) {
		buf_printf(right, "%g", limit);
		return N_("It is {name} at least.");
	}
	if (json_number(json_get(row, "max"), &limit) && n > limit) {
		buf_printf(right, "%g", limit);
		return N_("It is {name} at most.");
	}
	return NULL;
}

/* What names something that must be there. */
static const char *
fault_of_name(struct bytes text, const struct row_type *type,
    const struct directory *directory, struct buf *right)
{
	const struct field *priority =
	    &kind_get(KIND_TICKET)->fields[TICKET_PRIORITY];
	struct duration duration;
	bool is_there = true;

	if (type->kind != KIND_NONE && directory != NULL)
		is_there = directory_find_key(directory, type->kind, text) !=
		    NULL;
	else if (strcmp(type->name, "priority") == 0)
		is_there = field_word(priority, text) >= 0;
	else if (strcmp(type->name, "duration") == 0)
		is_there = duration_read(text, &duration) == ERR_OK;
	else if (strcmp(type->name, "url") == 0 && text.len > 0)
		is_there = http_is_url(text);
	if (is_there)
		return NULL;
	buf_text(right, type->name);
	return N_("A value of the type {name} is wanted here.");
}

const char *
schema_fault(const struct json *value, const struct json *row,
    const struct directory *directory, struct buf *right)
{
	const struct row_type *type = type_of(row);
	double n;

	if (json_type(value) <= JSON_NULL)
		return NULL;
	if (!is_of_type(value, type)) {
		buf_text(right, type->name);
		return N_("A value of the type {name} is wanted here.");
	}
	if (type != NULL && strcmp(type->name, "word") == 0)
		return fault_of_word(value, row, right);
	if (json_number(value, &n))
		return fault_of_number(n, row, right);
	if (type == NULL || type->type != JSON_TEXT || directory == NULL)
		return NULL;
	return fault_of_name(json_text(value), type, directory, right);
}

static void
put_lines(struct json_writer *w, struct bytes text)
{
	json_begin_list(w);
	while (text.len > 0) {
		struct bytes line = bytes_trim(bytes_split(&text, '\n'));

		if (line.len > 0)
			json_put_text(w, line);
	}
	json_end_list(w);
}

void
schema_put_text(
    struct json_writer *w, const struct json *row, struct bytes text)
{
	const struct row_type *type = type_of(row);
	enum json_type json = type != NULL ? type->type : JSON_TEXT;
	struct bytes line = bytes_trim(text);
	int64_t n;
	char *end = NULL;
	char digits[64];
	double x = 0;

	if (json == JSON_BOOL) {
		json_put_bool(w, line.len > 0);
	} else if (json == JSON_LIST) {
		put_lines(w, text);
	} else if (json != JSON_NUMBER || line.len == 0 ||
	    line.len >= sizeof digits) {
		json_put_text(w, line);
	} else if (bytes_to_int(line, &n) == ERR_OK && n <= JSON_INT_MAX &&
	    n >= -JSON_INT_MAX) {
		json_put_int(w, n);
	} else {
		memcpy(digits, line.at, line.len);
		digits[line.len] = '\0';
		if (strspn(digits, "0123456789.,+-") == line.len) {
			char *comma = strchr(digits, ',');

			if (comma != NULL) /* as much of the world types it */
				*comma = '.';
			x = strtod(digits, &end);
		}
		if (end != NULL && *end == '\0' && end != digits)
			json_put_number(w, x);
		else
			json_put_text(w, line);
	}
}

/* --- a whole object --- */

struct filling {
	const struct json *schema, *given;
	const struct directory *directory;
	struct arena *arena;
	schema_tell *tell;
	void *context;
	bool is_wrong;
};

static void
tell(
    struct filling *f, const char *field, const char *message, const char *name)
{
	struct why why;

	(void)why_set(&why, ERR_INVALID, field, message, 0, name);
	f->is_wrong = true;
	f->tell(f->context, field, &why);
}

static bool
says_nothing(const struct json *value)
{
	return json_type(value) <= JSON_NULL ||
	    (json_type(value) == JSON_TEXT && json_text(value).len == 0) ||
	    (json_type(value) == JSON_LIST && json_count(value) == 0);
}

static enum err
fill_row(struct filling *f, const struct json *row, struct json_writer *out)
{
	const char *key = json_name(row), *fault;
	const struct json *value = json_get(f->given, key);
	struct bytes label = json_text(json_get(row, "label"));
	struct buf right = buf_in(f->arena);
	bool is_required = false;

	if (says_nothing(value))
		value = json_get(row, "default");
	(void)json_bool(json_get(row, "required"), &is_required);
	if (says_nothing(value)) {
		if (is_required) /* texts of JSON end with NUL */
			tell(f, key, N_("Please fill in: {name}"),
			    label.len > 0 ? label.at : key);
		return ERR_OK;
	}
	fault = schema_fault(value, row, f->directory, &right);
	if (right.failed)
		return ERR_NOMEM;
	if (fault != NULL) {
		tell(f, key, fault, buf_string(&right));
		return ERR_OK;
	}
	json_key(out, key);
	json_put_value(out, value);
	return ERR_OK;
}

static void
tell_unknown(struct filling *f, const char *name)
{
	struct suggestion near = suggest(name);

	for (const struct json *i = json_first(f->schema); i != NULL;
	     i = json_next(i))
		suggest_try(&near, json_name(i));
	if (near.best != NULL)
		tell(f, name,
		    N_("Nobody asked for this: did you mean \"{name}\"?"),
		    near.best);
	else
		tell(f, name, N_("Nobody asked for \"{name}\"."), name);
}

enum err
schema_fill(const struct json *schema, const struct json *given,
    const struct directory *directory, struct arena *arena,
    struct json_writer *out, schema_tell *heard, void *context)
{
	struct filling f = { schema, given, directory, arena, heard, context,
		false };
	enum err err = ERR_OK;

	for (const struct json *i = json_first(given); i != NULL;
	     i = json_next(i))
		if (json_get(schema, json_name(i)) == NULL)
			tell_unknown(&f, json_name(i));
	json_begin_object(out);
	for (const struct json *i = json_first(schema);
	     err == ERR_OK && i != NULL; i = json_next(i))
		err = fill_row(&f, i, out);
	json_end_object(out);
	return err == ERR_OK && f.is_wrong ? ERR_INVALID : err;
}
