/* core/pages/record_form.c - a record's fields as a form, and back. */
#include "config.h"
#include "core/pages/record_form.h"
#include "core/base/arena.h"
#include "core/base/zone.h"

#include <stdio.h>
#include <time.h>

#define STORED_MAX 300 /* records that are read for a choice */

static const struct view_field record_field_fields[] = {
	VIEW_FIELD(struct record_field, name, VIEW_TEXT),
	VIEW_FIELD(struct record_field, label, VIEW_TEXT),
	VIEW_FIELD(struct record_field, help, VIEW_TEXT),
	VIEW_FIELD(struct record_field, error, VIEW_TEXT),
	VIEW_FIELD(struct record_field, value, VIEW_TEXT),
	VIEW_FIELD(struct record_field, unit, VIEW_TEXT),
	VIEW_FIELD(struct record_field, min, VIEW_TEXT),
	VIEW_FIELD(struct record_field, max, VIEW_TEXT),
	VIEW_FIELD(struct record_field, is_required, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_readonly, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_on, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_line, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_text, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_code, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_number, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_email, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_url, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_password, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_color, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_date, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_file, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_shown, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_check, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_choice, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_many, VIEW_BOOL),
	VIEW_FIELD(struct record_field, is_long, VIEW_BOOL),
	{ "choices", VIEW_LIST, offsetof(struct record_field, choices),
	    &choice_type, NULL },
	{ .name = NULL },
};
const struct view_type record_field_type = { "field", record_field_fields, NULL,
	NULL };

struct bytes
form_last(const struct form *form, const char *name)
{
	for (size_t i = form->fields.count; i-- > 0;)
		if (bytes_is(form->fields.at[i].name, name))
			return form->fields.at[i].value;
	return BYTES_NONE;
}

const char *
record_word_label(struct page *page, const struct record *record, int slot,
    const char *const *labels)
{
	const char *word = record_word(record, slot);
	int n = field_word(&record->kind->fields[slot], bytes_of(word));

	return n >= 0 && labels != NULL ? page_tr(page, labels[n]) : word;
}

/* --- what a field holds, as text to be typed over --- */

static struct bytes
ref_text(const struct directory *directory, const struct field *field,
    uint64_t id, struct arena *arena)
{
	const struct record *found = directory_find(directory, field->ref, id);

	if (found != NULL && record_key(found).len > 0)
		return record_key(found);
	return bytes_of(arena_printf(arena, "%llu", (unsigned long long)id));
}

static struct bytes
list_text(const struct directory *directory, const struct field *field,
    struct bytes rest, const char *between, struct arena *arena)
{
	struct buf out = buf_in(arena);
	struct bytes item;
	int64_t n;

	if (field->type == FIELD_TEXT) {
		while (list_next_text(&rest, &item)) {
			buf_text(&out, out.len > 0 ? between : "");
			buf_bytes(&out, item);
		}
	} else {
		while (list_next_int(&rest, &n)) {
			buf_text(&out, out.len > 0 ? between : "");
			buf_bytes(&out,
			    ref_text(directory, field, (uint64_t)n, arena));
		}
	}
	return out.failed ? BYTES_NONE : buf_get(&out);
}

static struct bytes
date_text(int64_t us, struct arena *arena)
{
	time_t seconds = (time_t)(us / 1000000);
	char text[16];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y-%m-%d", &tm);
	return bytes_of(arena_copy(arena, text, strlen(text)));
}

/* As value_from_text() would read it. */
static enum err
value_text_of(struct page *page, struct site_read *read,
    const struct record *record, const struct form_field *shown,
    struct bytes *out)
{
	int slot = shown->slot;
	const struct field *field = &record->kind->fields[slot];
	int64_t n = record_int(record, slot);

	*out = BYTES_NONE;
	if (!record_has(record, slot))
		return ERR_OK;
	if (field->flags & F_LIST) {
		*out = list_text(read->directory, field,
		    record_text(record, slot),
		    shown->how == HOW_LINES ? "\n" : ", ", page->arena);
		return ERR_OK;
	}
	switch (field->type) {
	case FIELD_TEXT: *out = record_text(record, slot); break;
	case FIELD_BIGTEXT:
		return record_bigtext(
		    read->snapshot, record, slot, page->arena, out);
	case FIELD_REF:
		*out = ref_text(
		    read->directory, field, (uint64_t)n, page->arena);
		break;
	case FIELD_TIME: *out = date_text(n, page->arena); break;
	case FIELD_ENUM: *out = bytes_of(record_word(record, slot)); break;
	default:
		*out = bytes_of(
		    arena_printf(page->arena, "%lld", (long long)n));
	}
	return ERR_OK;
}

/* All values of a name, with commas between: what the ticks of a list sent. */
static struct bytes
typed_list(struct page *page, const struct form *form, const char *name)
{
	struct buf out = buf_in(page->arena);

	for (size_t i = 0; i < form->fields.count; i++) {
		const struct param *p = &form->fields.at[i];

		if (!bytes_is(p->name, name) || p->value.len == 0)
			continue;
		buf_text(&out, out.len > 0 ? "," : "");
		buf_bytes(&out, p->value);
	}
	return out.failed ? BYTES_NONE : buf_get(&out);
}

static bool
is_many(const struct field *field, const struct form_field *of)
{
	return of->how == HOW_TICKS ||
	    (field->flags & F_LIST && field->type == FIELD_REF);
}

static struct bytes
typed_value(struct page *page, const struct form *form,
    const struct field *field, const struct form_field *of)
{
	return is_many(field, of) ? typed_list(page, form, field->name) :
				    form_last(form, field->name);
}

/* --- choices --- */

/* Whether <item> is one of those in <list>, a text with commas. */
static bool
is_among(struct bytes list, struct bytes item)
{
	while (list.len > 0)
		if (bytes_equal(bytes_trim(bytes_split(&list, ',')), item))
			return true;
	return false;
}

struct choices {
	struct choice *at;
	size_t count;
};

static void
add_choice(struct choices *choices, struct bytes value, struct bytes label,
    struct bytes chosen)
{
	choices->at[choices->count++] = (struct choice){ value, label,
		is_among(chosen, value) ||
		    (value.len == 0 && chosen.len == 0) };
}

static const char *
none_text(const struct page *page, const struct form_field *of)
{
	return page_tr(page, of->none != NULL ? of->none : N_("None"));
}

static void
add_words(struct page *page, const struct form_field *of,
    const char *const *words, struct bytes chosen, struct choices *choices)
{
	for (size_t i = 0; words[i] != NULL; i++)
		add_choice(choices, bytes_of(words[i]),
		    bytes_of(of->labels != NULL ? page_tr(page, of->labels[i]) :
						  words[i]),
		    chosen);
}

static void
add_languages(struct page *page, const struct form_field *of,
    struct bytes chosen, struct choices *choices)
{
	add_choice(choices, BYTES_NONE, bytes_of(none_text(page, of)), chosen);
	for (unsigned i = 0; i < LANG__COUNT; i++)
		if (translate_has(i))
			add_choice(choices, bytes_of(languages[i].code),
			    bytes_of(languages[i].name), chosen);
}

/* Of a kind that is not held in memory, up to STORED_MAX; then a number is
 * typed instead. */
static enum err
add_stored(struct page *page, struct site_read *read, const struct field *field,
    const struct form_field *of, struct bytes chosen, struct choices *choices)
{
	struct record record;
	uint64_t id = 0;
	enum err err;

	add_choice(choices, BYTES_NONE, bytes_of(none_text(page, of)), chosen);
	while ((err = record_next(read->snapshot, field->ref, &id, &record)) ==
	    ERR_OK) {
		char *value = arena_printf(
		    page->arena, "%llu", (unsigned long long)record.id);

		if (value == NULL || choices->count > STORED_MAX)
			return value == NULL ? ERR_NOMEM : ERR_LIMIT;
		add_choice(
		    choices, bytes_of(value), record_label(&record), chosen);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void
add_records(struct page *page, const struct directory *directory,
    const struct field *field, const struct form_field *of, struct bytes chosen,
    struct choices *choices)
{
	size_t count;
	const struct record *const *all = directory_all(
	    directory, field->ref, &count);

	if (!is_many(field, of) && !(field->flags & F_REQUIRED))
		add_choice(
		    choices, BYTES_NONE, bytes_of(none_text(page, of)), chosen);
	for (size_t i = 0; i < count; i++) {
		struct bytes key = record_key(all[i]);

		if (field->ref == KIND_AGENT &&
		    !record_int(all[i], AGENT_ACTIVE) && !is_among(chosen, key))
			continue;
		add_choice(choices, key, record_label(all[i]), chosen);
	}
}

/* All that can be chosen; <value> is what is. */
static enum err
fill_choices(struct page *page, struct site_read *read,
    const struct field *field, const struct form_field *of,
    struct record_field *out)
{
	struct choices choices = { .count = 0 };
	size_t records = 0, words = 0;
	enum err err = ERR_OK;

	if (field->type == FIELD_REF && directory_holds(field->ref))
		directory_all(read->directory, field->ref, &records);
	else if (field->type == FIELD_REF)
		records = STORED_MAX + 1;
	for (const char *const *w = of->words; w != NULL && *w != NULL; w++)
		words++;
	for (const char *const *w = field->words; w != NULL && *w != NULL; w++)
		words++;
	choices.at = arena_array(
	    page->arena, struct choice, records + words + LANG__COUNT + 1);
	if (choices.at == NULL)
		return ERR_NOMEM;
	if (of->how == HOW_TICKS)
		add_words(page, of, of->words, out->value, &choices);
	else if (of->how == HOW_LANGUAGE)
		add_languages(page, of, out->value, &choices);
	else if (field->type == FIELD_ENUM)
		add_words(page, of, field->words,
		    out->value.len > 0 ? out->value : bytes_of(field->words[0]),
		    &choices);
	else if (directory_holds(field->ref))
		add_records(
		    page, read->directory, field, of, out->value, &choices);
	else
		err = add_stored(page, read, field, of, out->value, &choices);
	if (out->is_many && choices.count == 0) {
		out->is_many = false;
		out->is_shown = true;
		out->value = bytes_of(page_tr(page, N_("There are none yet.")));
	}
	if (err == ERR_LIMIT) {
		out->is_choice = false;
		out->is_number = true;
		err = ERR_OK;
	}
	out->choices = VIEW_LIST_OF(choices.at, choices.count);
	return err;
}

/* --- the form --- */

/* What the input is. */
static void
choose_look(const struct field *field, const struct form_field *of,
    struct record_field *out)
{
	if (of->how == HOW_SHOWN)
		out->is_shown = true;
	else if (is_many(field, of))
		out->is_many = true;
	else if (of->how == HOW_LANGUAGE || field->type == FIELD_ENUM ||
	    field->type == FIELD_REF)
		out->is_choice = true;
	else if (field->type == FIELD_BOOL)
		out->is_check = true;
	else if (field->type == FIELD_BIGTEXT || of->how == HOW_TEXT ||
	    of->how == HOW_BODY || of->how == HOW_LINES)
		out->is_text = true;
	else if (of->how == HOW_URL)
		out->is_url = true;
	else if (of->how == HOW_COLOR)
		out->is_color = true;
	else if (field->type == FIELD_TIME)
		out->is_date = true;
	else if (field->type == FIELD_INT)
		out->is_number = true;
	else if (field->flags & F_EMAIL && !(field->flags & F_LIST))
		out->is_email = true;
	else
		out->is_line = true;
}

static enum err
fill_field(struct page *page, struct site_read *read,
    const struct record_form *of, const struct form_field *shown,
    struct record_field *out)
{
	const struct field *field = &of->record->kind->fields[shown->slot];
	enum err err = ERR_OK;

	*out = (struct record_field){ .name = bytes_of(field->name),
		.label = bytes_of(page_tr(page, shown->label)),
		.is_required = (field->flags & F_REQUIRED) != 0 &&
		    shown->how != HOW_KEY };
	if (shown->help != NULL)
		out->help = bytes_of(page_tr(page, shown->help));
	if (of->problems != NULL)
		out->error = problems_of(of->problems, out->name);
	if (shown->how == HOW_SHOWN)
		out->value = bytes_of(record_word_label(
		    page, of->record, shown->slot, shown->labels));
	else if (of->typed != NULL &&
	    params_has(&of->typed->fields, field->name))
		out->value = typed_value(page, of->typed, field, shown);
	else
		err = value_text_of(page, read, of->record, shown, &out->value);
	if (err != ERR_OK)
		return err;
	choose_look(field, shown, out);
	out->is_long = shown->how == HOW_BODY;
	out->is_on = bytes_is(out->value, "1");
	if (out->is_number) {
		out->min = BYTES("0");
		if (field->max > 0)
			out->max = bytes_of(arena_printf(
			    page->arena, "%lld", (long long)field->max));
	}
	if (out->is_color && out->value.len == 0)
		out->value = BYTES("#2f5bd0");
	if (out->is_choice || out->is_many)
		err = fill_choices(page, read, field, shown, out);
	return err;
}

enum err
record_form_view(struct page *page, struct site_read *read,
    const struct record_form *of, struct view_list *out)
{
	struct record_field *fields = arena_array(
	    page->arena, struct record_field, of->count + 1);
	enum err err = ERR_OK;

	if (fields == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < of->count; i++)
		err = fill_field(page, read, of, &of->fields[i], &fields[i]);
	*out = VIEW_LIST_OF(fields, of->count);
	return err;
}

/* "a\nb" as "a,b", which is how lists are read. */
static struct bytes
lines_as_list(struct page *page, struct bytes text)
{
	char *list = arena_copy(page->arena, text.at, text.len);

	for (char *c = list; c != NULL && *c != '\0'; c++)
		if (*c == '\n')
			*c = ',';
	return bytes_of(list);
}

/* What the field table cannot tell. */
static enum err
check_typed(struct page *page, const struct field *field,
    const struct form_field *of, struct bytes text, struct why *why)
{
	char *name;

	if (bytes_trim(text).len == 0)
		return field->flags & F_REQUIRED && of->how != HOW_KEY ?
		    why_set(why, ERR_INVALID, field->name,
			N_("Please fill in: {name}"), 0,
			page_tr(page, of->label)) :
		    ERR_OK;
	if (of->how == HOW_ZONE) {
		name = arena_copy(page->arena, text.at, text.len);
		if (name == NULL)
			return ERR_NOMEM;
		if (zone_get(name) == NULL)
			return why_set(why, ERR_INVALID, field->name,
			    N_("There is no time zone \"{name}\". Write it as "
			       "Europe/Berlin."),
			    0, name);
	}
	if (of->how == HOW_URL && !bytes_start_with(text, BYTES("https://")) &&
	    !bytes_start_with(text, BYTES("http://")))
		return why_set(why, ERR_INVALID, field->name,
		    N_("An address begins with https://."), 0, NULL);
	return ERR_OK;
}

enum err
record_form_read(struct page *page, const struct directory *directory,
    const struct record_form *of, struct act_input *input,
    struct problems *problems)
{
	for (size_t i = 0; i < of->count; i++) {
		const struct form_field *shown = &of->fields[i];
		const struct field *field =
		    &input->fields.kind->fields[shown->slot];
		struct why why = { .message = "" };
		struct bytes text;
		enum err err;

		if (shown->how == HOW_SHOWN ||
		    !params_has(&of->typed->fields, field->name))
			continue;
		text = typed_value(page, of->typed, field, shown);
		if (shown->how == HOW_LINES)
			text = lines_as_list(page, text);
		err = check_typed(page, field, shown, text, &why);
		if (err == ERR_OK)
			err = act_input_text(input, shown->slot, text,
			    directory, page->arena, &why);
		if (err == ERR_INVALID)
			problems_why(page, problems, &why);
		else if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}
