/* core/pages/admin_list.c - lists of records for admins. */
#include "config.h"
#include "core/pages/admin_list.h"
#include "core/base/arena.h"

struct list_column {
	struct bytes label;
	bool is_num, is_muted;
};

struct list_cell {
	struct bytes text;
	const char *chip;
	int64_t at_us;
	bool is_main, is_num, is_muted;
	bool is_less; /* its column is left out where there is no room */
};

struct list_row {
	struct bytes url;
	struct view_list cells; /* of struct list_cell */
	bool is_off;
};

static const struct view_field column_fields[] = {
	{ "label", VIEW_TEXT, offsetof(struct list_column, label), NULL, NULL },
	{ "is_num", VIEW_BOOL, offsetof(struct list_column, is_num), NULL,
	    NULL },
	{ "is_muted", VIEW_BOOL, offsetof(struct list_column, is_muted), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type column_type = { "column", column_fields, NULL,
	NULL };

static const struct view_field cell_fields[] = {
	{ "text", VIEW_TEXT, offsetof(struct list_cell, text), NULL, NULL },
	{ "chip", VIEW_CSTR, offsetof(struct list_cell, chip), NULL, NULL },
	{ "at", VIEW_TIME, offsetof(struct list_cell, at_us), NULL, NULL },
	{ "is_main", VIEW_BOOL, offsetof(struct list_cell, is_main), NULL,
	    NULL },
	{ "is_num", VIEW_BOOL, offsetof(struct list_cell, is_num), NULL, NULL },
	{ "is_muted", VIEW_BOOL, offsetof(struct list_cell, is_muted), NULL,
	    NULL },
	{ "is_less", VIEW_BOOL, offsetof(struct list_cell, is_less), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type cell_type = { "cell", cell_fields, NULL, NULL };

static const struct view_field row_fields[] = {
	{ "url", VIEW_TEXT, offsetof(struct list_row, url), NULL, NULL },
	{ "cells", VIEW_LIST, offsetof(struct list_row, cells), &cell_type,
	    NULL },
	{ "is_off", VIEW_BOOL, offsetof(struct list_row, is_off), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type row_type = { "row", row_fields, NULL, NULL };

static const struct view_field list_fields[] = {
	ADMIN_SIDE_FIELDS(struct list_page, side),
	VIEW_FIELD(struct list_page, title, VIEW_TEXT),
	VIEW_FIELD(struct list_page, about, VIEW_TEXT),
	VIEW_FIELD(struct list_page, new_url, VIEW_TEXT),
	VIEW_FIELD(struct list_page, new_label, VIEW_TEXT),
	VIEW_FIELD(struct list_page, empty_text, VIEW_TEXT),
	VIEW_FIELD(struct list_page, older_url, VIEW_TEXT),
	VIEW_FIELD(struct list_page, newer_url, VIEW_TEXT),
	VIEW_FIELD(struct list_page, has_rows, VIEW_BOOL),
	VIEW_FIELD(struct list_page, has_search, VIEW_BOOL),
	VIEW_FIELD(struct list_page, search_url, VIEW_TEXT),
	VIEW_FIELD(struct list_page, search_label, VIEW_TEXT),
	VIEW_FIELD(struct list_page, query, VIEW_TEXT),
	{ "columns", VIEW_LIST, offsetof(struct list_page, columns),
	    &column_type, NULL },
	{ "rows", VIEW_LIST, offsetof(struct list_page, rows), &row_type,
	    NULL },
	{ .name = NULL },
};
const struct view_type list_page_type = { "list page", list_fields, NULL,
	NULL };

/* The name of what a reference points to. Organisations are not held in
 * memory: each is read. */
static struct bytes
ref_label(
    struct page *page, struct site_read *read, enum kind_id kind, uint64_t id)
{
	const struct record *found = directory_find(read->directory, kind, id);
	struct record record;
	struct bytes label;

	if (found != NULL)
		return record_label(found);
	if (id == 0 || directory_holds(kind) ||
	    record_find(read->snapshot, kind, id, &record) != ERR_OK)
		return BYTES_NONE;
	label = record_label(&record);
	return bytes_of(arena_copy(page->arena, label.at, label.len));
}

static struct bytes
list_words(struct page *page, struct bytes rest)
{
	struct buf out = buf_in(page->arena);
	struct bytes item;

	while (list_next_text(&rest, &item)) {
		buf_text(&out, out.len > 0 ? ", " : "");
		buf_bytes(&out, item);
	}
	return out.failed ? BYTES_NONE : buf_get(&out);
}

static void
fill_cell(struct page *page, struct site_read *read,
    const struct admin_column *column, const struct record *record,
    struct list_cell *cell)
{
	const struct field *field = &record->kind->fields[column->slot];
	int64_t n = record_int(record, column->slot);
	const char *words;

	cell->is_main = column->is_main;
	cell->is_muted = cell->is_less = column->is_muted;
	if (field->flags & F_LIST) {
		cell->text = list_words(
		    page, record_text(record, column->slot));
		return;
	}
	switch (field->type) {
	case FIELD_BOOL:
		words = n ? column->on : column->off;
		if (words == NULL)
			break;
		cell->text = bytes_of(page_tr(page, words));
		cell->chip = n ? column->on_look : column->off_look;
		break;
	case FIELD_TIME: cell->at_us = n; break;
	case FIELD_REF:
		cell->text = ref_label(page, read, field->ref, (uint64_t)n);
		break;
	case FIELD_INT:
		cell->is_num = true;
		cell->text = agent_count_text(page, n, false);
		break;
	case FIELD_ENUM:
		words = record_word_label(
		    page, record, column->slot, column->words);
		if (column->looks != NULL && words[0] != '\0')
			cell->chip = column->looks[n];
		if (column->looks == NULL || cell->chip != NULL)
			cell->text = bytes_of(words);
		break;
	default: cell->text = record_text(record, column->slot);
	}
	if (column->none != NULL && !record_has(record, column->slot)) {
		cell->text = bytes_of(page_tr(page, column->none));
		cell->is_muted = true;
	}
	if (cell->is_main && cell->text.len == 0)
		cell->text = record_label(record); /* a person without name */
}

static size_t
count_columns(const struct admin_kind *kind)
{
	size_t count = 0;

	while (count < ADMIN_COLUMNS_MAX && kind->columns[count].label != NULL)
		count++;
	return count;
}

static enum err
fill_row(struct page *page, struct site_read *read,
    const struct admin_kind *kind, const struct record *record,
    struct list_row *row)
{
	size_t count = count_columns(kind);
	struct list_cell *cells = arena_array(
	    page->arena, struct list_cell, count + 1);

	if (cells == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		fill_cell(page, read, &kind->columns[i], record, &cells[i]);
	row->cells = VIEW_LIST_OF(cells, count);
	row->url = admin_url(
	    page, "%s/%llu", kind->path, (unsigned long long)record->id);
	row->is_off = kind->off_slot >= 0 &&
	    !record_int(record, kind->off_slot);
	return ERR_OK;
}

enum err
list_fill(struct page *page, struct site_read *read,
    const struct admin_kind *kind, const struct record *const *records,
    size_t count, struct list_page *data)
{
	size_t width = count_columns(kind);
	struct list_column *columns = arena_array(
	    page->arena, struct list_column, width + 1);
	struct list_row *rows = arena_array(
	    page->arena, struct list_row, count + 1);
	enum err err = ERR_OK;

	if (columns == NULL || rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < width; i++) {
		const struct field *field =
		    &kind_get(kind->kind)->fields[kind->columns[i].slot];

		columns[i].label = bytes_of(
		    page_tr(page, kind->columns[i].label));
		columns[i].is_num = field->type == FIELD_INT;
		columns[i].is_muted = kind->columns[i].is_muted;
	}
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = fill_row(page, read, kind, records[i], &rows[i]);
	data->columns = VIEW_LIST_OF(columns, width);
	data->rows = VIEW_LIST_OF(rows, count);
	data->has_rows = count > 0;
	data->title = bytes_of(page_tr(page, kind->title));
	data->about = bytes_of(page_tr(page, kind->about));
	data->empty_text = bytes_of(page_tr(page, kind->empty));
	if (kind->add != NULL) {
		data->new_label = bytes_of(page_tr(page, kind->add));
		data->new_url = admin_url(page, "%s/new", kind->path);
	}
	return err;
}
