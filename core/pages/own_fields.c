/* core/pages/own_fields.c - the site's own fields of tickets in forms. */
#include "config.h"
#include "core/pages/own_fields.h"
#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/model/directory.h"

#define VALUE_MAX 2000 /* bytes of one field */

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
	FLAG(is_required),
	FLAG(is_line),
	FLAG(is_text),
	FLAG(is_choice),
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

/* FIELD_OF is an enum whose first word is "ticket". */
static bool
is_wanted(const struct own_fields_of *of, const struct record *field)
{
	uint64_t queue = record_ref(field, FIELD_QUEUE);

	return bytes_is(bytes_of(record_word(field, FIELD_OF)), "ticket") &&
	    (queue == 0 || queue == of->queue) &&
	    (!of->is_public || record_int(field, FIELD_IS_PUBLIC));
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
			bytes_equal(word, value) };
	*out = VIEW_LIST_OF(choices, count);
	return ERR_OK;
}

static struct bytes
value_of(const struct params *values, struct bytes name)
{
	for (size_t i = 0; i < values->count; i++)
		if (bytes_equal(values->at[i].name, name))
			return values->at[i].value;
	return BYTES_NONE;
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
		f->is_choice = record_has(all[i], FIELD_WORDS);
		f->is_line = !f->is_choice;
		f->value = value_of(values, f->name);
		f->error = problems_of(problems, f->name);
		if (f->is_choice)
			err = fill_choices(page, all[i], f->value, &f->choices);
	}
	*out = VIEW_LIST_OF(shown, used);
	return err;
}

/* What is wrong with a value; NULL if nothing. */
static const char *
fault_of(const struct record *field, struct bytes value)
{
	struct bytes words = record_text(field, FIELD_WORDS);

	if (value.len == 0)
		return record_int(field, FIELD_IS_REQUIRED) ?
		    N_("Please fill in: {name}") :
		    NULL;
	if (value.len > VALUE_MAX)
		return N_("This is too long.");
	if (words.len > 0 && !list_has_text(words, value))
		return N_("Please choose one of these.");
	return NULL;
}

static void
say_fault(struct page *page, struct problems *problems,
    const struct record *field, const char *fault)
{
	const struct tr_value values[] = { { "name", record_label(field) } };

	problems_add(page, problems, record_key(field),
	    tr_fill(page->arena, page_tr(page, fault), values, 1));
}

enum err
own_fields_read(struct page *page, const struct own_fields_of *of,
    const struct params *values, struct record *record, int slot,
    struct problems *problems)
{
	const struct record *const *all;
	struct bytes map = record_text(record, slot);
	size_t count;

	all = directory_all(of->directory, KIND_FIELD, &count);
	for (size_t i = 0; i < count; i++) {
		struct buf clean = buf_in(page->arena);
		struct buf next = buf_in(page->arena);
		const char *fault;

		if (!is_wanted(of, all[i]))
			continue;
		text_repair_line(&clean, value_of(values, record_key(all[i])));
		fault = fault_of(all[i], buf_get(&clean));
		if (fault != NULL) {
			say_fault(page, problems, all[i], fault);
			continue;
		}
		map_set(&next, map, all[i]->id, buf_get(&clean));
		if (clean.failed || next.failed)
			return ERR_NOMEM;
		map = buf_get(&next);
	}
	record_set_text(record, slot, map);
	return ERR_OK;
}
