/* core/pages/admin_edit.c - the page on which one record is changed. */
#include "config.h"
#include "core/pages/admin_edit.h"
#include "core/base/arena.h"
#include "core/model/value.h"

static const struct view_field action_fields[] = {
	{ "url", VIEW_TEXT, offsetof(struct edit_action, url), NULL, NULL },
	{ "label", VIEW_TEXT, offsetof(struct edit_action, label), NULL, NULL },
	{ "help", VIEW_TEXT, offsetof(struct edit_action, help), NULL, NULL },
	{ "is_danger", VIEW_BOOL, offsetof(struct edit_action, is_danger), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type action_type = { "action", action_fields, NULL,
	NULL };

static const struct view_field group_fields[] = {
	{ "title", VIEW_TEXT, offsetof(struct edit_group, title), NULL, NULL },
	{ "about", VIEW_TEXT, offsetof(struct edit_group, about), NULL, NULL },
	{ "fields", VIEW_LIST, offsetof(struct edit_group, fields),
	    &record_field_type, NULL },
	{ .name = NULL },
};
static const struct view_type group_type = { "group", group_fields, NULL,
	NULL };

static void
page_matrix(const void *self, struct view *view, struct value *out)
{
	(void)view;
	value_object(out, &matrix_type, self);
}

static const struct view_field edit_fields[] = {
	FORM_FIELDS(struct edit_page, form),
	ADMIN_SIDE_FIELDS(struct edit_page, side),
	VIEW_FIELD(struct edit_page, title, VIEW_TEXT),
	VIEW_FIELD(struct edit_page, about, VIEW_TEXT),
	VIEW_FIELD(struct edit_page, back_url, VIEW_TEXT),
	VIEW_FIELD(struct edit_page, back_label, VIEW_TEXT),
	VIEW_FIELD(struct edit_page, action, VIEW_TEXT),
	VIEW_FIELD(struct edit_page, rev, VIEW_INT),
	VIEW_FIELD(struct edit_page, has_matrix, VIEW_BOOL),
	VIEW_FIELD(struct edit_page, secret, VIEW_TEXT),
	VIEW_FIELD(struct edit_page, secret_label, VIEW_TEXT),
	{ "groups", VIEW_LIST, offsetof(struct edit_page, groups), &group_type,
	    NULL },
	{ "actions", VIEW_LIST, offsetof(struct edit_page, actions),
	    &action_type, NULL },
	{ "matrix", VIEW_GET, 0, NULL, page_matrix },
	{ .name = NULL },
};
const struct view_type edit_page_type = { "edit page", edit_fields, NULL,
	NULL };

/* What a new record begins with; a default that is wrong by now, such as a
 * role that is gone, is left out. */
static enum err
begin_new(struct edit *edit, struct site_read *read)
{
	const struct admin_default *d = edit->kind->defaults;

	record_init(&edit->record, edit->kind->kind, 0);
	for (size_t i = 0; i < ADMIN_DEFAULTS_MAX && d[i].text != NULL; i++) {
		enum err err = value_from_text(&edit->record, d[i].slot,
		    bytes_of(d[i].text), read->directory, edit->page->arena,
		    NULL);

		if (err != ERR_OK && err != ERR_INVALID)
			return err;
	}
	return ERR_OK;
}

enum err
edit_load(struct edit *edit, struct site_read *read)
{
	const struct record *found;

	if (edit->id == 0)
		return begin_new(edit, read);
	if (!directory_holds(edit->kind->kind))
		return record_find(
		    read->snapshot, edit->kind->kind, edit->id, &edit->record);
	found = directory_find(read->directory, edit->kind->kind, edit->id);
	if (found == NULL)
		return ERR_NOT_FOUND;
	edit->record = *found;
	return ERR_OK;
}

static struct record_form
form_of(struct edit *edit, const struct admin_group *group)
{
	return (struct record_form){ .fields = group->fields,
		.count = group->count,
		.record = &edit->record,
		.typed = edit->typed,
		.problems = &edit->data->form.problems };
}

static enum err
fill_groups(struct edit *edit, struct site_read *read)
{
	struct edit_group *groups = arena_array(
	    edit->page->arena, struct edit_group, ADMIN_GROUPS_MAX);
	size_t count = 0;
	enum err err = ERR_OK;

	if (groups == NULL)
		return ERR_NOMEM;
	for (; err == ERR_OK && count < ADMIN_GROUPS_MAX; count++) {
		const struct admin_group *group = &edit->kind->groups[count];
		struct record_form form = form_of(edit, group);

		if (group->fields == NULL)
			break;
		if (group->title != NULL)
			groups[count].title = bytes_of(
			    page_tr(edit->page, group->title));
		if (group->about != NULL)
			groups[count].about = bytes_of(
			    page_tr(edit->page, group->about));
		err = record_form_view(
		    edit->page, read, &form, &groups[count].fields);
	}
	edit->data->groups = VIEW_LIST_OF(groups, count);
	return err;
}

enum err
edit_fill(struct edit *edit, struct site_read *read)
{
	const struct admin_kind *kind = edit->kind;
	struct edit_page *data = edit->data;
	struct page *page = edit->page;
	enum err err = admin_side_fill(page, read, kind->path, &data->side);

	if (err == ERR_OK)
		err = fill_groups(edit, read);
	if (err == ERR_OK && kind->has_rights)
		err = rights_fill(edit, read);
	if (err != ERR_OK)
		return err;
	if (edit->typed != NULL)
		form_again(page, &data->form, edit->typed, NULL);
	else
		form_begin(page, &data->form);
	data->rev = (int64_t)edit->record.rev;
	data->back_url = admin_url(page, "%s", kind->path);
	data->back_label = bytes_of(page_tr(page, kind->title));
	if (edit->id == 0) {
		data->title = bytes_of(page_tr(page, kind->add));
		data->action = admin_url(page, "%s/new", kind->path);
	} else {
		data->title = record_label(&edit->record);
		data->action = admin_url(
		    page, "%s/%llu", kind->path, (unsigned long long)edit->id);
	}
	return ERR_OK;
}

/* "night-shift" of "Night shift!"; of an address, what is before the @. */
static struct bytes
key_from(struct page *page, struct bytes name)
{
	struct buf key = buf_in(page->arena);

	for (size_t i = 0; i < name.len && name.at[i] != '@' && key.len < 60;
	     i++) {
		char c = name.at[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buf_char(&key, c);
		else if (key.len > 0 && key.at[key.len - 1] != '-')
			buf_char(&key, '-');
	}
	if (key.failed)
		return BYTES_NONE;
	while (key.len > 0 && key.at[key.len - 1] == '-')
		key.len--;
	return buf_get(&key);
}

/* A key that was left empty is made of the name, as if it were typed. */
static void
fill_key(struct edit *edit)
{
	const struct kind *kind = kind_get(edit->kind->kind);
	const struct params *typed = &edit->typed->fields;
	const char *name, *from;

	if (edit->kind->key_slot < 0)
		return;
	name = kind->fields[edit->kind->key_slot].name;
	from = kind->fields[edit->kind->key_from].name;
	for (size_t i = typed->count; i-- > 0;) {
		if (!bytes_is(typed->at[i].name, name))
			continue;
		if (bytes_trim(typed->at[i].value).len == 0)
			typed->at[i].value = key_from(
			    edit->page, form_line(edit->typed, from));
		return; /* what comes before is the form's own key */
	}
}

enum err
edit_read(struct edit *edit, struct site_read *read, struct act_input *input)
{
	enum err err = ERR_OK;

	fill_key(edit);
	for (size_t i = 0; err == ERR_OK && i < ADMIN_GROUPS_MAX; i++) {
		struct record_form form = form_of(edit, &edit->kind->groups[i]);

		if (form.fields == NULL)
			break;
		err = record_form_read(edit->page, read->directory, &form,
		    input, &edit->data->form.problems);
	}
	if (err == ERR_OK && edit->kind->has_rights)
		err = rights_read(edit, read, input);
	return err;
}
