/* core/pages/script_form_rows.c - a table of a script's settings. */
#include "config.h"
#include "core/pages/script_form_private.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"

#include <stdio.h>

#define ROWS_MAX 500

struct column {
	struct bytes name, label, type;
};

struct cell {
	struct bytes name, label, value;
	bool is_choice;
	struct view_list choices;
};

struct row {
	struct view_list cells;
	bool is_spare;
};

static const struct view_field column_fields[] = {
	VIEW_FIELD(struct column, label, VIEW_TEXT),
	{ .name = NULL },
};
const struct view_type setting_column_type = { "column", column_fields, NULL,
	NULL };

static const struct view_field cell_fields[] = {
	VIEW_FIELD(struct cell, name, VIEW_TEXT),
	VIEW_FIELD(struct cell, label, VIEW_TEXT),
	VIEW_FIELD(struct cell, value, VIEW_TEXT),
	VIEW_FIELD(struct cell, is_choice, VIEW_BOOL),
	{ "choices", VIEW_LIST, offsetof(struct cell, choices), &choice_type,
	    NULL },
	{ .name = NULL },
};
static const struct view_type cell_type = { "cell", cell_fields, NULL, NULL };

static const struct view_field row_fields[] = {
	{ "cells", VIEW_LIST, offsetof(struct row, cells), &cell_type, NULL },
	VIEW_FIELD(struct row, is_spare, VIEW_BOOL),
	{ .name = NULL },
};
const struct view_type setting_row_type = { "row", row_fields, NULL, NULL };

/* The source from the setting on: its columns are found there. */
static struct bytes
source_of(const struct script_form *form, const struct json *schema)
{
	size_t at = setting_place(form->source, json_name(schema), "{");

	return (struct bytes){ form->source.at + at, form->source.len - at };
}

static enum err
find_columns(const struct script_form *form, const struct json *schema,
    struct column **out, size_t *count)
{
	const struct json *declared = json_get(schema, "columns"), **list;
	struct column *columns;
	enum err err = setting_order(
	    form, declared, source_of(form, schema), "\"'", &list);

	if (err != ERR_OK)
		return err;
	*count = json_count(declared);
	columns = arena_array(form->page->arena, struct column, *count + 1);
	if (columns == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < *count; i++)
		columns[i] = (struct column){ bytes_of(json_name(list[i])),
			setting_label_of(form->page, json_name(list[i])),
			json_text(list[i]) };
	*out = columns;
	return ERR_OK;
}

static struct bytes
cell_name(const struct script_form *form, const struct json *schema, size_t row,
    const struct column *column)
{
	return bytes_of(
	    arena_printf(form->page->arena, SCRIPT_FORM_PREFIX "%s.%zu.%.*s",
		json_name(schema), row, BYTES_ARG(column->name)));
}

static struct bytes
typed_cell(const struct script_form *form, const struct json *schema,
    size_t row, const struct column *column)
{
	struct bytes name = cell_name(form, schema, row, column);

	return name.at != NULL ? bytes_trim(form_get(form->typed, name.at)) :
				 BYTES_NONE;
}

/* One more than the last row that was sent. */
static size_t
typed_rows(const struct script_form *form, const struct json *schema)
{
	char prefix[200];
	size_t count = 0;

	snprintf(
	    prefix, sizeof prefix, SCRIPT_FORM_PREFIX "%s.", json_name(schema));
	for (size_t i = 0; i < form->typed->fields.count; i++) {
		struct bytes name = form->typed->fields.at[i].name;
		int64_t n;

		if (!bytes_start_with(name, bytes_of(prefix)))
			continue;
		name.at += strlen(prefix);
		name.len -= strlen(prefix);
		if (bytes_to_int(bytes_split(&name, '.'), &n) == ERR_OK &&
		    n >= 0 && n < ROWS_MAX && (size_t)n >= count)
			count = (size_t)n + 1;
	}
	return count;
}

/* The table of one setting. */
struct table {
	const struct script_form *form;
	const struct json *schema;
	struct column *columns;
	size_t count;
};

#define NO_ROW SIZE_MAX

static enum err
yes_or_no(struct page *page, struct bytes value, struct view_list *out)
{
	struct choice *choices = arena_array(page->arena, struct choice, 3);

	if (choices == NULL)
		return ERR_NOMEM;
	choices[0] = (struct choice){ BYTES(""), BYTES("–"), value.len == 0 };
	choices[1] = (struct choice){ BYTES("1"),
		bytes_of(page_tr(page, N_("Yes"))), bytes_is(value, "1") };
	choices[2] = (struct choice){ BYTES("0"),
		bytes_of(page_tr(page, N_("No"))), bytes_is(value, "0") };
	*out = VIEW_LIST_OF(choices, 3);
	return ERR_OK;
}

static enum err
fill_cell(const struct table *t, const struct column *column, struct cell *cell)
{
	bool is_bool = bytes_is(column->type, "boolean");

	cell->label = column->label;
	cell->is_choice = is_bool || setting_has_choices(column->type);
	if (is_bool)
		return yes_or_no(t->form->page, cell->value, &cell->choices);
	return cell->is_choice ? setting_choices(t->form, column->type, NULL,
				     cell->value, &cell->choices) :
				 ERR_OK;
}

/* The row shown as <number>: of <value>, or that was typed as <typed>, or
 * (NO_ROW) an empty one. */
static enum err
fill_row(const struct table *t, size_t number, const struct json *value,
    size_t typed, struct row *out)
{
	struct page *page = t->form->page;
	struct cell *cells = arena_array(
	    page->arena, struct cell, t->count + 1);
	enum err err = cells != NULL ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; err == ERR_OK && i < t->count; i++) {
		const struct column *column = &t->columns[i];

		cells[i].name = cell_name(t->form, t->schema, number, column);
		if (value != NULL)
			cells[i].value = setting_text_of(
			    page, json_get(value, column->name.at), ", ");
		else if (typed != NO_ROW)
			cells[i].value = typed_cell(
			    t->form, t->schema, typed, column);
		err = fill_cell(t, column, &cells[i]);
	}
	out->cells = VIEW_LIST_OF(cells, t->count);
	return err;
}

static bool
is_blank(const struct table *t, size_t typed)
{
	for (size_t i = 0; i < t->count; i++)
		if (typed_cell(t->form, t->schema, typed, &t->columns[i]).len >
		    0)
			return false;
	return true;
}

/* What was typed, without what was left empty; or what is kept. */
static enum err
fill_rows(const struct table *t, const struct json *value, struct row *rows,
    size_t *n)
{
	size_t typed = t->form->typed != NULL ? typed_rows(t->form, t->schema) :
						0;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < typed; i++)
		if (!is_blank(t, i)) {
			err = fill_row(t, *n, NULL, i, &rows[*n]);
			++*n;
		}
	if (t->form->typed != NULL)
		return err;
	for (value = json_first(value); err == ERR_OK && value != NULL;
	     value = json_next(value)) {
		err = fill_row(t, *n, value, NO_ROW, &rows[*n]);
		++*n;
	}
	return err;
}

enum err
setting_rows_view(const struct script_form *form, const struct json *schema,
    const struct json *value, struct script_input *out)
{
	struct table t = { .form = form, .schema = schema };
	size_t most, n = 0;
	struct row *rows;
	enum err err = find_columns(form, schema, &t.columns, &t.count);

	if (err != ERR_OK)
		return err;
	most = form->typed != NULL ? typed_rows(form, schema) :
				     json_count(value);
	rows = arena_array(
	    form->page->arena, struct row, most + SCRIPT_FORM_SPARE);
	if (rows == NULL)
		return ERR_NOMEM;
	err = fill_rows(&t, value, rows, &n);
	for (int i = 0; err == ERR_OK && i < SCRIPT_FORM_SPARE; i++, n++) {
		rows[n].is_spare = true;
		err = fill_row(&t, n, NULL, NO_ROW, &rows[n]);
	}
	out->is_rows = true;
	out->columns = VIEW_LIST_OF(t.columns, t.count);
	out->rows = VIEW_LIST_OF(rows, n);
	return err;
}

enum err
setting_rows_put(const struct script_form *form, const struct json *schema,
    const struct json *value, struct json_writer *w)
{
	size_t columns_count, count;
	struct column *columns;
	enum err err = find_columns(form, schema, &columns, &columns_count);

	if (err != ERR_OK)
		return err;
	count = value != NULL ? json_count(value) : typed_rows(form, schema);
	value = json_first(value);
	json_begin_list(w);
	for (size_t r = 0; r < count; r++) {
		bool has_begun = false;

		for (size_t i = 0; i < columns_count; i++) {
			struct bytes text = value != NULL ?
			    setting_text_of(form->page,
				json_get(value, columns[i].name.at), ", ") :
			    typed_cell(form, schema, r, &columns[i]);

			if (text.len == 0)
				continue;
			if (!has_begun)
				json_begin_object(w);
			has_begun = true;
			json_key_bytes(w, columns[i].name);
			setting_put(form->page, w, columns[i].type, text, ',');
		}
		if (has_begun)
			json_end_object(w);
		value = json_next(value);
	}
	json_end_list(w);
	return ERR_OK;
}
