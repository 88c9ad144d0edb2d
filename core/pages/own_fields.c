/* core/pages/own_fields.c - custom fields in forms, and shown. */
#include "config.h"
#include "core/pages/own_fields.h"
#include "core/base/arena.h"
#include "core/base/time_text.h"
#include "core/base/zone.h"
#include "core/model/own.h"
#include "core/pages/own_text.h"

static const struct view_field choice_fields[] = {
	{ "value", VIEW_TEXT, offsetof(struct own_choice, value), NULL, NULL },
	{ "label", VIEW_TEXT, offsetof(struct own_choice, label), NULL, NULL },
	{ "is_chosen", VIEW_BOOL, offsetof(struct own_choice, is_chosen), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type choice_type = { "choice", choice_fields, NULL,
	NULL };

#define TEXT(member) \
	{ \
#member, VIEW_TEXT, offsetof(struct own_field, member), NULL, \
		    NULL \
	}
#define FLAG(member) \
	{ \
#member, VIEW_BOOL, offsetof(struct own_field, member), NULL, \
		    NULL \
	}
static const struct view_field own_field_fields[] = {
	TEXT(name),
	TEXT(label),
	TEXT(help),
	TEXT(value),
	TEXT(error),
	TEXT(min),
	TEXT(max),
	TEXT(step),
	FLAG(is_required),
	FLAG(is_line),
	FLAG(is_text),
	FLAG(is_number),
	FLAG(is_date),
	FLAG(is_time),
	FLAG(is_email),
	FLAG(is_url),
	FLAG(is_choice),
	FLAG(is_many),
	FLAG(is_check),
	FLAG(is_on),
	{ "choices", VIEW_LIST, offsetof(struct own_field, choices),
	    &choice_type, NULL },
	{ .name = NULL },
};
#undef TEXT
#undef FLAG
const struct view_type own_field_type = { "field", own_field_fields, NULL,
	NULL };

static const struct view_field own_fact_fields[] = {
	{ "label", VIEW_TEXT, offsetof(struct own_fact, label), NULL, NULL },
	{ "text", VIEW_TEXT, offsetof(struct own_fact, text), NULL, NULL },
	{ "url", VIEW_TEXT, offsetof(struct own_fact, url), NULL, NULL },
	{ .name = NULL },
};
const struct view_type own_fact_type = { "fact", own_fact_fields, NULL, NULL };

struct own_fields_of
own_fields_beside(const struct directory *directory,
    const struct record *record, uint64_t queue)
{
	int slot = kind_slot(record->kind, BYTES("fields"));

	return (struct own_fields_of){ .directory = directory,
		.kind = record->kind->id,
		.queue = queue,
		.is_change = true,
		.map = record_text(record, slot) };
}

/* A field of another queue is there where it has a value. */
static bool
is_wanted(const struct own_fields_of *of, const struct record *field)
{
	uint64_t queue = record_ref(field, FIELD_QUEUE);

	return own_kind(field) == of->kind &&
	    (queue == 0 || queue == of->queue ||
		map_get(of->map, field->id).len > 0) &&
	    (!of->is_public || record_int(field, FIELD_IS_PUBLIC));
}

static struct bytes
input_name(struct page *page, const struct own_fields_of *of,
    const struct record *field)
{
	return of->is_plain ?
	    record_key(field) :
	    bytes_of(arena_printf(
		page->arena, OWN_PREFIX "%.*s", BYTES_ARG(record_key(field))));
}

static bool
has_item(struct bytes lines, struct bytes wanted)
{
	struct bytes item;

	while (own_next_item(&lines, &item))
		if (bytes_equal(item, wanted))
			return true;
	return false;
}

/* A kept value that cannot be chosen any more stays among the choices. */
static enum err
fill_choices(struct page *page, const struct record *field, struct bytes value,
    struct bytes kept, struct view_list *out)
{
	struct bytes words = record_text(field, FIELD_WORDS), rest, word;
	size_t max = list_count(&field->kind->fields[FIELD_WORDS], words),
	       n = 0;
	struct own_choice *choices;

	for (rest = kept; own_next_item(&rest, &word);)
		max++;
	choices = arena_array(page->arena, struct own_choice, max);
	if (choices == NULL && max > 0)
		return ERR_NOMEM;
	for (rest = words; n < max && list_next_text(&rest, &word);)
		choices[n++] = (struct own_choice){ word, word,
			has_item(value, word) };
	for (rest = kept; n < max && own_next_item(&rest, &word);)
		if (!list_has_text(words, word))
			choices[n++] = (struct own_choice){ word, word,
				has_item(value, word) };
	*out = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

static bool
has_value(const struct params *values, struct bytes name)
{
	for (size_t i = 0; i < values->count; i++)
		if (bytes_equal(values->at[i].name, name))
			return true;
	return false;
}

/* All that a form has under a name, a line each: several ticks of choices. */
static struct bytes
value_of(struct page *page, const struct params *values, struct bytes name)
{
	struct buf lines = buf_in(page->arena);

	for (size_t i = 0; i < values->count; i++) {
		if (!bytes_equal(values->at[i].name, name) ||
		    values->at[i].value.len == 0)
			continue;
		buf_text(&lines, lines.len > 0 ? "\n" : "");
		buf_bytes(&lines, values->at[i].value);
	}
	return lines.failed ? BYTES_NONE : buf_get(&lines);
}

/* A kept value as its input has it: times by the reader's clock. */
static struct bytes
input_text(struct page *page, const struct record *field, struct bytes value)
{
	struct zone_time t;
	int64_t us;

	if (own_type(field) != OWN_TIME || !time_text_read(value, &us, NULL))
		return value;
	zone_from_us(page->zone != NULL ? page->zone : zone_utc(), us, &t);
	return bytes_of(arena_printf(page->arena,
	    t.second != 0 ? "%04d-%02d-%02dT%02d:%02d:%02d" :
			    "%04d-%02d-%02dT%02d:%02d",
	    t.year, t.month, t.day, t.hour, t.minute, t.second));
}

/* What the input is. */
static enum err
choose_look(struct page *page, const struct record *field, struct bytes kept,
    struct own_field *out)
{
	switch (own_type(field)) {
	case OWN_LONG_TEXT: out->is_text = true; return ERR_OK;
	case OWN_INTEGER: out->step = BYTES("1"); break;
	case OWN_NUMBER: out->step = BYTES("any"); break;
	case OWN_BOOL:
		out->is_check = true;
		out->is_on = out->value.len > 0 && !bytes_is(out->value, "0") &&
		    !bytes_is(out->value, "false");
		return ERR_OK;
	case OWN_DATE: out->is_date = true; break;
	case OWN_TIME: out->is_time = true; return ERR_OK;
	case OWN_CHOICE:
		out->is_choice = true;
		return fill_choices(
		    page, field, out->value, kept, &out->choices);
	case OWN_CHOICES:
		out->is_many = true;
		return fill_choices(
		    page, field, out->value, kept, &out->choices);
	case OWN_EMAIL: out->is_email = true; return ERR_OK;
	case OWN_URL: out->is_url = true; return ERR_OK;
	default: out->is_line = true; return ERR_OK;
	}
	out->is_number = !out->is_date;
	out->min = record_text(field, FIELD_MIN);
	out->max = record_text(field, FIELD_MAX);
	return ERR_OK;
}

/* Whether the type's own input would hide what is not of the type. */
static bool
hides(struct page *page, const struct own_fields_of *of,
    const struct record *field, struct bytes value)
{
	enum own_type type = own_type(field);

	return (type == OWN_INTEGER || type == OWN_NUMBER || type == OWN_BOOL ||
		   type == OWN_DATE || type == OWN_TIME) &&
	    !own_fits(page, of->directory, field, value);
}

static enum err
fill_field(struct page *page, const struct own_fields_of *of,
    const struct record *field, const struct params *values,
    struct own_field *out)
{
	struct bytes kept = map_get(of->map, field->id);

	out->name = input_name(page, of, field);
	if (out->name.at == NULL)
		return ERR_NOMEM;
	out->label = record_label(field);
	out->is_required = !of->is_change &&
	    record_int(field, FIELD_IS_REQUIRED);
	out->value = has_value(values, out->name) ?
	    value_of(page, values, out->name) :
	    input_text(page, field, kept);
	if (hides(page, of, field, out->value)) {
		out->is_line = true;
		return ERR_OK;
	}
	return choose_look(page, field, kept, out);
}

enum err
own_fields_view(struct page *page, const struct own_fields_of *of,
    const struct params *values, const struct problems *problems,
    struct view_list *out)
{
	const struct record *const *all;
	struct own_field *shown;
	size_t count, used = 0;
	enum err err = ERR_OK;

	all = directory_all(of->directory, KIND_FIELD, &count);
	shown = arena_array(page->arena, struct own_field, count);
	if (shown == NULL && count > 0)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		if (!is_wanted(of, all[i]))
			continue;
		err = fill_field(page, of, all[i], values, &shown[used]);
		shown[used].error = problems_of(problems, shown[used].name);
		used++;
	}
	*out = VIEW_LIST_OF(shown, used);
	return err;
}

enum err
own_facts_view(
    struct page *page, const struct own_fields_of *of, struct view_list *out)
{
	const struct record *const *all;
	struct own_fact *facts;
	size_t count, used = 0;

	all = directory_all(of->directory, KIND_FIELD, &count);
	facts = arena_array(page->arena, struct own_fact, count);
	if (facts == NULL && count > 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		struct bytes value = map_get(of->map, all[i]->id);

		if (value.len == 0 || !is_wanted(of, all[i]))
			continue;
		facts[used] = (struct own_fact){ record_label(all[i]),
			own_text(page, all[i], value), BYTES_NONE };
		if (own_type(all[i]) == OWN_URL &&
		    own_fits(page, of->directory, all[i], value))
			facts[used].url = value;
		used++;
	}
	*out = VIEW_LIST_OF(facts, used);
	return ERR_OK;
}

/* ---- what was typed ---- */

static void
say_missing(struct page *page, struct problems *problems, struct bytes name,
    const struct record *field)
{
	const struct tr_value values[] = { { "name", record_label(field) } };

	problems_add(page, problems, name,
	    tr_fill(page->arena, page_tr(page, N_("Please fill in: {name}")),
		values, 1));
}

/* The same words, whatever their order. */
static bool
is_same(struct bytes a, struct bytes b)
{
	struct bytes rest, item;
	size_t m = 0, n = 0;

	for (rest = a; own_next_item(&rest, &item); m++)
		if (!has_item(b, item))
			return false;
	for (rest = b; own_next_item(&rest, &item);)
		n++;
	return m == n;
}

/* Whether the form has what it was shown with: what is kept stays then, even
 * if it could not be chosen now. A tick that was not made is no answer where
 * there was none. */
static bool
is_untouched(struct page *page, const struct record *field, struct bytes text,
    struct bytes kept)
{
	if (own_type(field) == OWN_CHOICES)
		return is_same(text, kept);
	return bytes_equal(bytes_trim(text), input_text(page, field, kept));
}

/* One value into *<map>; what is wrong with it becomes a problem. */
static enum err
read_field(struct page *page, const struct own_fields_of *of,
    const struct params *values, const struct record *field,
    struct problems *problems, struct bytes *map)
{
	struct why why = { .message = "" };
	const struct own_reader reader = { of->directory, page->arena, &why,
		page->zone };
	struct bytes name = input_name(page, of, field), value;
	struct bytes text = value_of(page, values, name);
	struct buf next = buf_in(page->arena);
	bool is_bool = own_type(field) == OWN_BOOL;
	enum err err;

	if (of->is_change &&
	    (!has_value(values, name) ||
		is_untouched(page, field, text, map_get(*map, field->id))))
		return ERR_OK;
	if (is_bool && text.len == 0)
		text = BYTES("false"); /* a tick that was not made */
	err = own_from_text(&reader, field, text, &value);
	if (err == ERR_INVALID) {
		problems_add(page, problems, name,
		    tr_why(page->arena, page->lang, &why));
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (!of->is_change && record_int(field, FIELD_IS_REQUIRED) &&
	    (value.len == 0 || (is_bool && bytes_is(value, "false")))) {
		say_missing(page, problems, name, field);
		return ERR_OK;
	}
	map_set(&next, *map, field->id, value);
	if (next.failed)
		return ERR_NOMEM;
	*map = buf_get(&next);
	return ERR_OK;
}

enum err
own_fields_read(struct page *page, const struct own_fields_of *of,
    const struct params *values, struct act_input *input, int slot,
    struct problems *problems)
{
	const struct record *const *all;
	struct bytes map = of->map;
	size_t count;
	enum err err = ERR_OK;

	all = directory_all(of->directory, KIND_FIELD, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		if (is_wanted(of, all[i]))
			err = read_field(
			    page, of, values, all[i], problems, &map);
	if (err != ERR_OK || bytes_equal(map, of->map))
		return err;
	if (map.len > OWN_MAP_MAX)
		problems_add(page, problems, BYTES_NONE,
		    bytes_of(page_tr(page, N_("This is too long."))));
	else if (map.len > 0)
		record_set_text(&input->fields, slot, map);
	else
		input->cleared |= UINT64_C(1) << slot;
	return ERR_OK;
}
