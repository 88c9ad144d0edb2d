/* core/pages/script_form.c - a script's settings as a form, and back. */
#include "config.h"
#include "core/pages/script_form_private.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/sealed.h"

static const struct view_field input_fields[] = {
	{ "fields", VIEW_LIST, offsetof(struct script_input, fields),
	    &record_field_type, NULL },
	{ "field", VIEW_INSIDE, offsetof(struct script_input, field),
	    &record_field_type, NULL },
	{ "columns", VIEW_LIST, offsetof(struct script_input, columns),
	    &setting_column_type, NULL },
	{ "rows", VIEW_LIST, offsetof(struct script_input, rows),
	    &setting_row_type, NULL },
	VIEW_FIELD(struct script_input, name, VIEW_TEXT),
	VIEW_FIELD(struct script_input, otherwise, VIEW_TEXT),
	VIEW_FIELD(struct script_input, is_rows, VIEW_BOOL),
	VIEW_FIELD(struct script_input, is_secret, VIEW_BOOL),
	VIEW_FIELD(struct script_input, is_set, VIEW_BOOL),
	VIEW_FIELD(struct script_input, is_changed, VIEW_BOOL),
	{ .name = NULL },
};
const struct view_type script_input_type = { "setting's input", input_fields,
	NULL, NULL };

static struct bytes
schema_text(const struct json *schema, const char *name)
{
	return json_text(json_get(schema, name));
}

static struct bytes
input_name(const struct script_form *form, const struct json *schema)
{
	return bytes_of(arena_printf(
	    form->page->arena, SCRIPT_FORM_PREFIX "%s", json_name(schema)));
}

/* A value as it would be kept; empty where it would not. */
static enum err
canonical(const struct script_form *form, const struct json *schema,
    const struct json *value, struct bytes *out)
{
	struct bytes type = schema_text(schema, "type");
	struct buf buf = buf_in(form->page->arena);
	struct json_writer w = json_writer(&buf);
	struct bytes text;
	enum err err = ERR_OK;

	*out = BYTES_NONE;
	if (bytes_is(type, "rows")) {
		if (json_type(value) == JSON_LIST)
			err = setting_rows_put(form, schema, value, &w);
		else
			buf_text(&buf, "[]");
	} else {
		text = setting_text_of(form->page, value, "\n");
		if (text.len == 0 && !setting_may_be_empty(type) &&
		    !bytes_is(type, "boolean"))
			return ERR_OK;
		setting_put(form->page, &w, type, text, '\n');
	}
	if (err == ERR_OK && buf.failed)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		*out = buf_get(&buf);
	return err;
}

/* The same of what was typed. */
static enum err
canonical_typed(const struct script_form *form, const struct json *schema,
    struct bytes *out)
{
	struct bytes type = schema_text(schema, "type");
	struct bytes name = input_name(form, schema), text;
	struct buf buf = buf_in(form->page->arena);
	struct json_writer w = json_writer(&buf);
	enum err err = ERR_OK;

	*out = BYTES_NONE;
	if (name.at == NULL)
		return ERR_NOMEM;
	text = form_last(form->typed, name.at);
	if (bytes_is(type, "rows")) {
		err = setting_rows_put(form, schema, NULL, &w);
	} else {
		if (bytes_trim(text).len == 0 && !setting_may_be_empty(type))
			return ERR_OK;
		setting_put(form->page, &w, type, text, '\n');
	}
	if (err == ERR_OK && buf.failed)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		*out = buf_get(&buf);
	return err;
}

/* Tables and ticks are always sent; of others, what the form does not have is
 * not touched. */
static bool
is_typed(const struct script_form *form, const struct json *schema)
{
	struct bytes name = input_name(form, schema);

	return form->typed != NULL && name.at != NULL &&
	    params_has(&form->typed->fields, name.at);
}

static void
fill_kind(const struct script_form *form, const struct json *schema,
    struct record_field *out)
{
	struct bytes type = schema_text(schema, "type");

	if (bytes_is(type, "boolean")) {
		out->is_check = true;
		out->is_on = bytes_is(out->value, "1");
	} else if (bytes_is(type, "text") || bytes_is(type, "list")) {
		out->is_text = true;
	} else if (bytes_is(type, "integer")) {
		out->is_number = true;
		out->min = setting_text_of(
		    form->page, json_get(schema, "min"), "");
		out->max = setting_text_of(
		    form->page, json_get(schema, "max"), "");
	} else if (setting_has_choices(type)) {
		out->is_choice = true;
	} else {
		out->is_line = true;
	}
}

static enum err
fill_words(const struct script_form *form, const struct json *schema,
    struct script_input *out)
{
	struct page *page = form->page;
	struct bytes label = schema_text(schema, "label");
	struct bytes help = schema_text(schema, "help");
	struct record_field *field = &out->field;
	struct bytes otherwise;
	enum err err;

	field->name = input_name(form, schema);
	/* shipped scripts' words are translated; texts of JSON end with NUL */
	field->label = label.len > 0 ?
	    bytes_of(page_tr(page, label.at)) :
	    setting_label_of(page, json_name(schema));
	if (help.len > 0)
		field->help = bytes_of(page_tr(page, help.at));
	else if (bytes_is(schema_text(schema, "type"), "list"))
		field->help = bytes_of(page_tr(page, N_("One a line.")));
	else if (bytes_is(schema_text(schema, "type"), "duration"))
		field->help = bytes_of(page_tr(page,
		    N_("For example 15m, 6h, 2d; in business time 2bh, 1bd.")));
	field->error = problems_of(form->problems, field->name);
	(void)json_bool(json_get(schema, "required"), &field->is_required);
	err = canonical(form, schema, json_get(schema, "default"), &otherwise);
	if (err == ERR_OK && !out->is_rows && !out->is_secret &&
	    !bytes_is(schema_text(schema, "type"), "boolean"))
		out->otherwise = setting_text_of(
		    page, json_get(schema, "default"), ", ");
	return field->name.at != NULL ? err : ERR_NOMEM;
}

static enum err
fill_input(const struct script_form *form, const struct json *schema,
    struct script_input *out)
{
	struct bytes type = schema_text(schema, "type"), now, otherwise;
	const struct json *kept = json_get(form->chosen, json_name(schema));
	const struct json *value = json_type(kept) > JSON_NULL ?
	    kept :
	    json_get(schema, "default");
	enum err err;

	out->name = bytes_of(json_name(schema));
	out->is_secret = sealed_is_declared(form->declared, json_name(schema));
	out->is_set = out->is_secret && json_text(kept).len > 0;
	out->is_rows = !out->is_secret && bytes_is(type, "rows");
	err = fill_words(form, schema, out);
	if (err != ERR_OK)
		return err;
	out->fields = VIEW_LIST_OF(&out->field, 1);
	if (out->is_secret) {
		out->field.is_password = true;
		out->field.is_required = false;
		return ERR_OK;
	}
	err = canonical(form, schema, value, &now);
	if (err == ERR_OK)
		err = canonical(
		    form, schema, json_get(schema, "default"), &otherwise);
	if (err != ERR_OK)
		return err;
	out->is_changed = !bytes_equal(now, otherwise);
	if (out->is_rows)
		return setting_rows_view(form, schema, value, out);
	out->field.value = is_typed(form, schema) ?
	    form_last(form->typed, out->field.name.at) :
	    setting_text_of(form->page, value, "\n");
	fill_kind(form, schema, &out->field);
	if (!out->field.is_choice)
		return ERR_OK;
	return setting_choices(form, type, json_get(schema, "words"),
	    out->field.value, &out->field.choices);
}

enum err
script_form_view(const struct script_form *form, struct view_list *out)
{
	size_t count = json_count(form->declared);
	struct script_input *inputs = arena_array(
	    form->page->arena, struct script_input, count + 1);
	const struct json **list;
	enum err err = setting_order(
	    form, form->declared, form->source, "{", &list);

	if (inputs == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = fill_input(form, list[i], &inputs[i]);
	*out = VIEW_LIST_OF(inputs, count);
	return err;
}

/* A secret: what is typed, else what there was, unless it is to go. */
static enum err
read_secret(const struct script_form *form, const struct json *schema,
    struct bytes *out)
{
	struct buf buf = buf_in(form->page->arena);
	struct json_writer w = json_writer(&buf);
	struct bytes name = input_name(form, schema), text;
	char *remove = arena_printf(
	    form->page->arena, "remove.%s", json_name(schema));

	*out = BYTES_NONE;
	if (name.at == NULL || remove == NULL)
		return ERR_NOMEM;
	text = form_get(form->typed, name.at);
	if (text.len == 0 && !bytes_is(form_get(form->typed, remove), "1"))
		text = json_text(json_get(form->chosen, json_name(schema)));
	if (text.len == 0)
		return ERR_OK;
	json_put_text(&w, text);
	*out = buf_get(&buf);
	return buf.failed ? ERR_NOMEM : ERR_OK;
}

enum err
script_form_read(const struct script_form *form, struct bytes reset,
    struct buf *out, size_t *count)
{
	struct json_writer w = json_writer(out);
	enum err err = ERR_OK;

	*count = 0;
	json_begin_object(&w);
	for (const struct json *schema = json_first(form->declared);
	     err == ERR_OK && schema != NULL; schema = json_next(schema)) {
		struct bytes value, otherwise = BYTES_NONE;

		if (bytes_is(reset, json_name(schema)))
			continue;
		if (sealed_is_declared(form->declared, json_name(schema)))
			err = read_secret(form, schema, &value);
		else
			err = canonical_typed(form, schema, &value);
		if (err == ERR_OK &&
		    !sealed_is_declared(form->declared, json_name(schema)))
			err = canonical(form, schema,
			    json_get(schema, "default"), &otherwise);
		if (err != ERR_OK || value.len == 0 ||
		    bytes_equal(value, otherwise))
			continue;
		json_key(&w, json_name(schema));
		json_put_raw(&w, value);
		++*count;
	}
	json_end_object(&w);
	return err == ERR_OK && out->failed ? ERR_NOMEM : err;
}

enum err
script_form_order(struct page *page, const struct json *declared,
    struct bytes source, const struct json ***out)
{
	const struct script_form form = { .page = page };

	return setting_order(&form, declared, source, "{", out);
}
