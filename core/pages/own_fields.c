/* core/pages/own_fields.c - the site's own fields of tickets in forms. */
#include "config.h"
#include "core/pages/own_fields.h"
#include "core/base/arena.h"
#include "core/model/own.h"

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

static bool
is_wanted(const struct own_fields_of *of, const struct record *field)
{
	uint64_t queue = record_ref(field, FIELD_QUEUE);

	return own_kind(field) == KIND_TICKET &&
	    (queue == 0 || queue == of->queue) &&
	    (!of->is_public || record_int(field, FIELD_IS_PUBLIC));
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

static enum err
fill_choices(struct page *page, const struct record *field, struct bytes value,
    struct view_list *out)
{
	struct bytes rest = record_text(field, FIELD_WORDS), word;
	size_t count = list_count(&field->kind->fields[FIELD_WORDS], rest);
	struct own_choice *choices = arena_array(
	    page->arena, struct own_choice, count);

	if (choices == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count && list_next_text(&rest, &word); i++)
		choices[i] = (struct own_choice){ word, word,
			has_item(value, word) };
	*out = VIEW_LIST_OF(choices, count);
	return ERR_OK;
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

/* What the input is. */
static enum err
choose_look(
    struct page *page, const struct record *field, struct own_field *out)
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
		return fill_choices(page, field, out->value, &out->choices);
	case OWN_CHOICES:
		out->is_many = true;
		return fill_choices(page, field, out->value, &out->choices);
	case OWN_EMAIL: out->is_email = true; return ERR_OK;
	case OWN_URL: out->is_url = true; return ERR_OK;
	default: out->is_line = true; return ERR_OK;
	}
	out->is_number = !out->is_date;
	out->min = record_text(field, FIELD_MIN);
	out->max = record_text(field, FIELD_MAX);
	return ERR_OK;
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
		struct own_field *f = &shown[used];

		if (!is_wanted(of, all[i]))
			continue;
		used++;
		f->name = record_key(all[i]);
		f->label = record_label(all[i]);
		f->is_required = record_int(all[i], FIELD_IS_REQUIRED);
		f->value = value_of(page, values, f->name);
		f->error = problems_of(problems, f->name);
		err = choose_look(page, all[i], f);
	}
	*out = VIEW_LIST_OF(shown, used);
	return err;
}

static void
say_missing(
    struct page *page, struct problems *problems, const struct record *field)
{
	const struct tr_value values[] = { { "name", record_label(field) } };

	problems_add(page, problems, record_key(field),
	    tr_fill(page->arena, page_tr(page, N_("Please fill in: {name}")),
		values, 1));
}

/* One value into *<map>; what is wrong with it becomes a problem. */
static enum err
read_field(struct page *page, const struct own_fields_of *of,
    const struct params *values, const struct record *field,
    struct problems *problems, struct bytes *map)
{
	struct why why = { .message = "" };
	const struct own_reader reader = { of->directory, page->arena, &why };
	struct bytes text = value_of(page, values, record_key(field)), value;
	struct buf next = buf_in(page->arena);
	bool is_bool = own_type(field) == OWN_BOOL;
	enum err err;

	if (is_bool && text.len == 0)
		text = BYTES("false"); /* a tick that was not made */
	err = own_from_text(&reader, field, text, &value);
	if (err == ERR_INVALID) {
		problems_add(page, problems, record_key(field),
		    tr_why(page->arena, page->lang, &why));
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (record_int(field, FIELD_IS_REQUIRED) &&
	    (value.len == 0 || (is_bool && bytes_is(value, "false")))) {
		say_missing(page, problems, field);
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
    const struct params *values, struct record *record, int slot,
    struct problems *problems)
{
	const struct record *const *all;
	struct bytes map = record_text(record, slot);
	size_t count;
	enum err err = ERR_OK;

	all = directory_all(of->directory, KIND_FIELD, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		if (is_wanted(of, all[i]))
			err = read_field(
			    page, of, values, all[i], problems, &map);
	if (err == ERR_OK && map.len > OWN_MAP_MAX)
		problems_add(page, problems, BYTES_NONE,
		    bytes_of(page_tr(page, N_("This is too long."))));
	else if (err == ERR_OK)
		record_set_text(record, slot, map);
	return err;
}
