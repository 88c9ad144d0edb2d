/* core/pages/admin_rights.c - a role's rights in each queue, as ticks. */
#include "config.h"
#include "core/base/arena.h"
#include "core/pages/admin_edit.h"

struct right_view {
	struct bytes label, help;
};

struct right_cell {
	struct bytes value, label;
	bool is_on;
};

struct right_row {
	struct bytes name;
	bool is_all;
	struct view_list cells; /* of struct right_cell */
};

static const struct view_field right_fields[] = {
	{ "label", VIEW_TEXT, offsetof(struct right_view, label), NULL, NULL },
	{ "help", VIEW_TEXT, offsetof(struct right_view, help), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type right_type = { "right", right_fields, NULL,
	NULL };

static const struct view_field cell_fields[] = {
	{ "value", VIEW_TEXT, offsetof(struct right_cell, value), NULL, NULL },
	{ "label", VIEW_TEXT, offsetof(struct right_cell, label), NULL, NULL },
	{ "is_on", VIEW_BOOL, offsetof(struct right_cell, is_on), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type cell_type = { "cell", cell_fields, NULL, NULL };

static const struct view_field row_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct right_row, name), NULL, NULL },
	{ "is_all", VIEW_BOOL, offsetof(struct right_row, is_all), NULL, NULL },
	{ "cells", VIEW_LIST, offsetof(struct right_row, cells), &cell_type,
	    NULL },
	{ .name = NULL },
};
static const struct view_type row_type = { "row", row_fields, NULL, NULL };

static const struct view_field matrix_fields[] = {
	{ "rights", VIEW_LIST, offsetof(struct edit_page, rights), &right_type,
	    NULL },
	{ "rows", VIEW_LIST, offsetof(struct edit_page, rows), &row_type,
	    NULL },
	{ .name = NULL },
};
const struct view_type matrix_type = { "matrix", matrix_fields, NULL, NULL };

/* Whether a stored list gives <right> in <queue> by an item of its own: items
 * are "billing:reply", or several words with commas. */
static bool
is_stored(struct bytes list, struct bytes queue, const char *right)
{
	struct bytes item, word;

	while (list_next_text(&list, &item)) {
		if (!bytes_equal(bytes_trim(bytes_split(&item, ':')), queue))
			continue;
		while (item.len > 0) {
			word = bytes_trim(bytes_split(&item, ','));
			if (bytes_is(word, right) || bytes_is(word, "all"))
				return true;
		}
	}
	return false;
}

static bool
is_typed(const struct form *form, struct bytes value)
{
	for (size_t i = 0; i < form->fields.count; i++)
		if (bytes_is(form->fields.at[i].name, "right") &&
		    bytes_equal(form->fields.at[i].value, value))
			return true;
	return false;
}

static struct bytes
right_value(struct page *page, struct bytes queue, size_t right)
{
	return bytes_of(arena_printf(
	    page->arena, "%.*s:%s", BYTES_ARG(queue), right_words[right].word));
}

static enum err
fill_row(struct edit *edit, struct bytes queue, struct bytes name,
    struct right_row *row)
{
	struct page *page = edit->page;
	struct bytes stored = record_text(&edit->record, ROLE_RIGHTS);
	struct right_cell *cells = arena_array(
	    page->arena, struct right_cell, RIGHTS_COUNT);

	if (cells == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < RIGHTS_COUNT; i++) {
		const struct tr_value values[] = {
			{ "right",
			    bytes_of(page_tr(page, right_words[i].label)) },
			{ "queue", name },
		};

		cells[i].value = right_value(page, queue, i);
		cells[i].label = tr_fill(page->arena,
		    page_tr(page, N_("{right}: {queue}")), values, 2);
		cells[i].is_on = edit->typed != NULL ?
		    is_typed(edit->typed, cells[i].value) :
		    is_stored(stored, queue, right_words[i].word);
	}
	row->name = name;
	row->is_all = bytes_is(queue, "*");
	row->cells = VIEW_LIST_OF(cells, RIGHTS_COUNT);
	return ERR_OK;
}

enum err
rights_fill(struct edit *edit, struct site_read *read)
{
	struct page *page = edit->page;
	size_t count;
	const struct record *const *queues = directory_all(
	    read->directory, KIND_QUEUE, &count);
	struct right_view *views = arena_array(
	    page->arena, struct right_view, RIGHTS_COUNT);
	struct right_row *rows = arena_array(
	    page->arena, struct right_row, count + 1);
	enum err err;

	if (views == NULL || rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < RIGHTS_COUNT; i++)
		views[i] = (struct right_view){
			bytes_of(page_tr(page, right_words[i].label)),
			bytes_of(page_tr(page, right_words[i].help))
		};
	err = fill_row(edit, BYTES("*"),
	    bytes_of(page_tr(page, N_("All queues that are not private"))),
	    &rows[0]);
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = fill_row(edit, record_key(queues[i]),
		    record_label(queues[i]), &rows[i + 1]);
	edit->data->rights = VIEW_LIST_OF(views, RIGHTS_COUNT);
	edit->data->rows = VIEW_LIST_OF(rows, count + 1);
	edit->data->has_matrix = true;
	return err;
}

/* The ticks of one queue, as items of the list. */
static void
read_row(struct edit *edit, struct bytes queue, struct buf *list)
{
	for (size_t i = 0; i < RIGHTS_COUNT; i++) {
		struct bytes value = right_value(edit->page, queue, i);

		if (is_typed(edit->typed, value))
			list_add_text(list, value);
	}
}

enum err
rights_read(struct edit *edit, struct site_read *read, struct act_input *input)
{
	struct buf list = buf_in(edit->page->arena);
	size_t count;
	const struct record *const *queues = directory_all(
	    read->directory, KIND_QUEUE, &count);

	read_row(edit, BYTES("*"), &list);
	for (size_t i = 0; i < count; i++)
		read_row(edit, record_key(queues[i]), &list);
	if (list.failed)
		return ERR_NOMEM;
	if (list.len > 0)
		record_set_text(&input->fields, ROLE_RIGHTS, buf_get(&list));
	else
		input->cleared |= UINT64_C(1) << ROLE_RIGHTS;
	return ERR_OK;
}
