/* core/pages/agent_ask.c - the form of what an action asks for. */
#include "config.h"
#include "core/pages/agent_ask.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/schema.h"
#include "core/model/ticket.h"
#include "core/pages/agent.h"

#include <stdlib.h>

struct asking {
	struct page *page;
	const struct directory *directory;
	const struct actor *actor;
	const struct params *values; /* NULL: a new form */
	const struct problems *problems;
};

static const char *
input_name(struct page *page, const char *key)
{
	return arena_printf(page->arena, ASK_PREFIX "%s", key);
}

/* Texts of JSON end with NUL; shipped scripts' words are translated. */
static struct bytes
words(struct page *page, const struct json *text)
{
	struct bytes bytes = json_text(text);

	return bytes.len > 0 ? bytes_of(page_tr(page, bytes.at)) : BYTES_NONE;
}

/* What the input begins with: the default, as it is typed. */
static enum err
default_text(struct page *page, const struct json *value, struct bytes *out)
{
	struct buf text = buf_in(page->arena);
	struct json_writer w = json_writer(&text);
	const struct json *item;

	switch (json_type(value)) {
	case JSON_NUMBER: json_put_value(&w, value); break;
	case JSON_TEXT: buf_bytes(&text, json_text(value)); break;
	case JSON_LIST:
		for (item = json_first(value); item != NULL;
		     item = json_next(item)) {
			buf_bytes(&text, json_text(item));
			buf_char(&text, '\n');
		}
		break;
	default: break;
	}
	*out = buf_get(&text);
	return text.failed ? ERR_NOMEM : ERR_OK;
}

static void
add_choice(struct own_choice *choices, size_t *n, struct bytes value,
    struct bytes label, struct bytes chosen)
{
	choices[(*n)++] = (struct own_choice){ value, label,
		bytes_equal(value, chosen) };
}

static enum err
words_choices(
    const struct asking *a, const struct json *list, struct own_field *out)
{
	struct own_choice *choices = arena_array(
	    a->page->arena, struct own_choice, json_count(list) + 1);
	size_t n = 0;

	if (choices == NULL)
		return ERR_NOMEM;
	for (const struct json *i = json_first(list); i != NULL;
	     i = json_next(i))
		add_choice(
		    choices, &n, json_text(i), words(a->page, i), out->value);
	out->choices = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

static enum err
kind_choices(const struct asking *a, enum kind_id kind, struct own_field *out)
{
	size_t count, n = 0;
	const struct record *const *all = directory_all(
	    a->directory, kind, &count);
	struct own_choice *choices = arena_array(
	    a->page->arena, struct own_choice, count + 1);

	if (choices == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (desk_may_know(a->directory, a->actor, all[i]) &&
		    (kind != KIND_AGENT || record_int(all[i], AGENT_ACTIVE)))
			add_choice(choices, &n, record_key(all[i]),
			    record_label(all[i]), out->value);
	out->choices = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

static enum err
priority_choices(const struct asking *a, struct own_field *out)
{
	const struct field *field =
	    &kind_get(KIND_TICKET)->fields[TICKET_PRIORITY];
	size_t count = 0, n = 0;
	struct own_choice *choices;

	while (field->words[count] != NULL)
		count++;
	choices = arena_array(a->page->arena, struct own_choice, count + 1);
	if (choices == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		add_choice(choices, &n, bytes_of(field->words[i]),
		    bytes_of(agent_priority_label(a->page, (int64_t)i)),
		    out->value);
	out->choices = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

static struct bytes
limit_text(struct page *page, const struct json *limit)
{
	double n;

	return json_number(limit, &n) ?
	    bytes_of(arena_printf(page->arena, "%g", n)) :
	    BYTES_NONE;
}

/* How each type is typed or chosen. */
static enum err
fill_type(const struct asking *a, const struct json *row, struct own_field *out)
{
	struct bytes type = json_text(json_get(row, "type"));
	static const struct {
		const char *type;
		enum kind_id kind;
	} kinds[] = { { "queue", KIND_QUEUE }, { "agent", KIND_AGENT },
		{ "calendar", KIND_CALENDAR } };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (bytes_is(type, kinds[i].type)) {
			out->is_choice = true;
			return kind_choices(a, kinds[i].kind, out);
		}
	if (bytes_is(type, "word") || bytes_is(type, "priority")) {
		out->is_choice = true;
		return bytes_is(type, "word") ?
		    words_choices(a, json_get(row, "words"), out) :
		    priority_choices(a, out);
	}
	out->is_check = bytes_is(type, "boolean");
	out->is_text = bytes_is(type, "text") || bytes_is(type, "list");
	out->is_url = bytes_is(type, "url");
	out->is_number = bytes_is(type, "integer") || bytes_is(type, "number");
	out->is_line = !out->is_check && !out->is_text && !out->is_url &&
	    !out->is_number;
	if (out->is_number) {
		out->min = limit_text(a->page, json_get(row, "min"));
		out->max = limit_text(a->page, json_get(row, "max"));
		out->step = bytes_is(type, "integer") ? BYTES("1") :
							BYTES("any");
	}
	return ERR_OK;
}

static enum err
fill_field(
    const struct asking *a, const struct json *row, struct own_field *out)
{
	struct page *page = a->page;
	const char *name = input_name(page, json_name(row));
	const struct json *otherwise = json_get(row, "default");
	enum err err = ERR_OK;

	if (name == NULL)
		return ERR_NOMEM;
	*out = (struct own_field){ .name = bytes_of(name),
		.label = words(page, json_get(row, "label")),
		.help = words(page, json_get(row, "help")),
		.error = problems_of(a->problems, bytes_of(name)) };
	if (out->label.len == 0)
		out->label = bytes_of(json_name(row));
	(void)json_bool(json_get(row, "required"), &out->is_required);
	if (a->values != NULL) /* a box comes behind its empty value */
		for (size_t i = 0; i < a->values->count; i++) {
			if (bytes_is(a->values->at[i].name, name))
				out->value = a->values->at[i].value;
		}
	else
		err = default_text(page, otherwise, &out->value);
	if (a->values == NULL)
		(void)json_bool(otherwise, &out->is_on);
	else
		out->is_on = out->value.len > 0;
	return err == ERR_OK ? fill_type(a, row, out) : err;
}

/* A table of Lua has no order: what is needed first, then by the names. */
static int
compare(const void *left, const void *right)
{
	const struct own_field *a = left, *b = right;

	if (a->is_required != b->is_required)
		return a->is_required ? -1 : 1;
	return bytes_compare(a->name, b->name);
}

enum err
ask_view(struct page *page, const struct directory *directory,
    const struct actor *actor, const struct json *schema,
    const struct params *values, const struct problems *problems,
    struct view_list *out)
{
	const struct asking a = { page, directory, actor, values, problems };
	struct own_field *fields = arena_array(
	    page->arena, struct own_field, json_count(schema) + 1);
	size_t n = 0;
	enum err err = fields != NULL ? ERR_OK : ERR_NOMEM;

	for (const struct json *i = json_first(schema);
	     err == ERR_OK && i != NULL; i = json_next(i))
		err = fill_field(&a, i, &fields[n++]);
	if (err != ERR_OK)
		return err;
	qsort(fields, n, sizeof *fields, compare);
	*out = VIEW_LIST_OF(fields, n);
	return ERR_OK;
}

enum err
ask_read(struct page *page, const struct json *schema,
    const struct params *values, struct bytes *out)
{
	struct buf json = buf_in(page->arena);
	struct json_writer w = json_writer(&json);

	json_begin_object(&w);
	for (const struct json *i = json_first(schema); i != NULL;
	     i = json_next(i)) {
		const char *name = input_name(page, json_name(i));
		struct bytes text = BYTES_NONE;

		if (name == NULL)
			return ERR_NOMEM;
		for (size_t p = 0; p < values->count; p++)
			if (bytes_is(values->at[p].name, name))
				text = values->at[p].value;
		json_key(&w, json_name(i));
		schema_put_text(&w, i, text);
	}
	json_end_object(&w);
	*out = buf_get(&json);
	return json.failed ? ERR_NOMEM : ERR_OK;
}

struct telling {
	struct page *page;
	struct problems *problems;
};

static void
tell(void *context, const char *field, const struct why *why)
{
	struct telling *t = context;
	const char *name = input_name(t->page, field);

	if (name != NULL)
		problems_add(t->page, t->problems, bytes_of(name),
		    tr_why(t->page->arena, t->page->lang, why));
}

void
ask_problems(struct page *page, const struct json *schema,
    const struct bytes *given, struct problems *problems)
{
	struct telling t = { page, problems };
	struct buf unused = buf_in(page->arena);
	struct json_writer w = json_writer(&unused);
	const struct json *json = NULL;
	struct site_read *read;

	if (json_parse(page->arena, *given, JSON_BYTES_MAX, &json, NULL) ==
		ERR_OK &&
	    page_read(page, &read) == ERR_OK &&
	    schema_fill(schema, json, read->directory, page->arena, &w, tell,
		&t) != ERR_NOMEM &&
	    problems->count > 0)
		return;
	problems_why(page, problems, &page->why);
}
