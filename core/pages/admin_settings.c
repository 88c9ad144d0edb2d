/* core/pages/admin_settings.c - /admin/settings: choices for the whole site.
 *
 * Each is a record of its own; only those that were changed are written. What
 * else the store may hold (script/NAME, NAME/BRAND) is left alone.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/act.h"
#include "core/model/setting.h"
#include "core/pages/admin_edit.h"

#include <stdio.h>

#define MEGABYTE 1000000

static const struct {
	const char *title, *about;
} groups[SETTINGS__COUNT] = {
	[SETTINGS_OF_TICKETS] = { N_("Tickets"), NULL },
	[SETTINGS_OF_MAIL] = { N_("Mail"),
	    N_("How mails go out. From whom, each brand says for itself.") },
	[SETTINGS_OF_FILES] = { N_("Files"), NULL },
	[SETTINGS_OF_SCRIPTS] = { N_("Scripts"), NULL },
};

struct settings_edit {
	struct page *page;
	struct edit_page *data;
	const struct form *typed; /* NULL: not yet */
};

/* How many of what is stored are one of what is typed. */
static int64_t
unit_of(const struct setting *setting)
{
	return setting->type == SETTING_IS_BYTES ? MEGABYTE : 1;
}

static bool
is_number(const struct setting *setting)
{
	return setting->type == SETTING_IS_INT ||
	    setting->type == SETTING_IS_BYTES;
}

static struct bytes
number_text(struct page *page, int64_t n)
{
	return bytes_of(arena_printf(page->arena, "%lld", (long long)n));
}

/* A setting as it is typed. */
static struct bytes
stored_text(struct page *page, const struct directory *directory,
    const struct setting *setting)
{
	struct bytes value = directory_setting(directory, setting->name);
	const struct json *json = NULL;
	bool is_on = true;
	int64_t n = 0;

	if (value.len > 0 &&
	    json_parse(page->arena, value, JSON_BYTES_MAX, &json, NULL) !=
		ERR_OK)
		json = NULL;
	switch (setting->type) {
	case SETTING_IS_SECRET: return BYTES_NONE;
	case SETTING_IS_BOOL:
		if (!json_bool(json, &is_on))
			is_on = strcmp(setting->otherwise, "1") == 0;
		return is_on ? BYTES("1") : BYTES("0");
	case SETTING_IS_INT:
	case SETTING_IS_BYTES:
		return json_int(json, &n) ?
		    number_text(page, n / unit_of(setting)) :
		    BYTES_NONE;
	default: return json_text(json);
	}
}

/* --- shown --- */

static enum err
queue_choices(struct page *page, const struct directory *directory,
    struct record_field *out)
{
	const struct record *queue = directory_find_key(
	    directory, KIND_QUEUE, out->value);

	out->is_choice = true;
	return choices_of_kind(page, directory, KIND_QUEUE,
	    queue != NULL ? queue->id : 0,
	    page_tr(page, N_("The first one with a form")), &out->choices);
}

static enum err
word_choices(
    struct page *page, const struct setting *setting, struct record_field *out)
{
	const struct setting_word *words = setting->words;
	struct choice *choices;
	size_t count = 0;

	while (words[count].word != NULL)
		count++;
	choices = arena_array(page->arena, struct choice, count);
	if (choices == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		choices[i] = (struct choice){ bytes_of(words[i].word),
			bytes_of(page_tr(page, words[i].label)),
			bytes_is(out->value.len > 0 ?
				out->value :
				bytes_of(setting->otherwise),
			    words[i].word) };
	out->is_choice = true;
	out->choices = VIEW_LIST_OF(choices, count);
	return ERR_OK;
}

static void
number_limits(
    struct page *page, const struct setting *setting, struct record_field *out)
{
	out->is_number = true;
	if (setting->type == SETTING_IS_BYTES)
		out->unit = BYTES("MB");
	out->min = number_text(page, setting->min / unit_of(setting));
	out->max = number_text(page, setting->max / unit_of(setting));
}

static enum err
fill_setting(struct settings_edit *edit, struct site_read *read,
    const struct setting *setting, struct record_field *out)
{
	struct page *page = edit->page;

	*out = (struct record_field){ .name = bytes_of(setting->name),
		.label = bytes_of(page_tr(page, setting->label)) };
	if (setting->help != NULL)
		out->help = bytes_of(page_tr(page, setting->help));
	out->error = problems_of(&edit->data->form.problems, out->name);
	out->value = edit->typed != NULL && setting->type != SETTING_IS_SECRET ?
	    form_last(edit->typed, setting->name) :
	    stored_text(page, read->directory, setting);
	switch (setting->type) {
	case SETTING_IS_QUEUE: return queue_choices(page, read->directory, out);
	case SETTING_IS_WORD: return word_choices(page, setting, out);
	case SETTING_IS_BOOL:
		out->is_check = true;
		out->is_on = bytes_is(out->value, "1");
		break;
	case SETTING_IS_INT:
	case SETTING_IS_BYTES: number_limits(page, setting, out); break;
	case SETTING_IS_SECRET: out->is_password = true; break;
	case SETTING_IS_EMAIL: out->is_email = true; break;
	default: out->is_line = true;
	}
	return ERR_OK;
}

/* The newest of the settings' revs: grows with each change. */
static uint64_t
settings_rev(const struct directory *directory)
{
	size_t count;
	const struct record *const *all = directory_all(
	    directory, KIND_SETTING, &count);
	uint64_t rev = 1;

	for (size_t i = 0; i < count; i++)
		if (all[i]->rev > rev)
			rev = all[i]->rev;
	return rev;
}

static enum err
fill_group(struct settings_edit *edit, struct site_read *read,
    enum setting_group group, struct view_list *out)
{
	struct record_field *fields = arena_array(
	    edit->page->arena, struct record_field, CHOICE__COUNT);
	enum err err = ERR_OK;
	size_t count = 0;

	if (fields == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < CHOICE__COUNT; i++)
		if (setting_rows[i].group == group)
			err = fill_setting(
			    edit, read, &setting_rows[i], &fields[count++]);
	*out = VIEW_LIST_OF(fields, count);
	return err;
}

static enum err
fill_groups(struct settings_edit *edit, struct site_read *read)
{
	struct edit_group *views = arena_array(
	    edit->page->arena, struct edit_group, SETTINGS__COUNT);
	enum err err = ERR_OK;

	if (views == NULL)
		return ERR_NOMEM;
	for (size_t g = 0; err == ERR_OK && g < SETTINGS__COUNT; g++) {
		views[g].title = bytes_of(page_tr(edit->page, groups[g].title));
		if (groups[g].about != NULL)
			views[g].about = bytes_of(
			    page_tr(edit->page, groups[g].about));
		err = fill_group(
		    edit, read, (enum setting_group)g, &views[g].fields);
	}
	edit->data->groups = VIEW_LIST_OF(views, SETTINGS__COUNT);
	return err;
}

static int
show(struct settings_edit *edit, int status)
{
	struct page *page = edit->page;
	struct edit_page *data = edit->data;
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = admin_side_fill(page, read, "settings", &data->side);
	if (err == ERR_OK)
		err = fill_groups(edit, read);
	if (err != ERR_OK)
		return page_status(err);
	form_begin(page, &data->form);
	data->rev = (int64_t)settings_rev(read->directory);
	data->title = bytes_of(page_tr(page, N_("Settings")));
	data->action = admin_url(page, "settings");
	page->response->status = status;
	return page_show(page, "admin/edit", &edit_page_type, data);
}

static int
show_settings(struct page *page)
{
	struct settings_edit edit = { .page = page,
		.data = arena_new(page->arena, struct edit_page) };

	return edit.data != NULL ? show(&edit, 200) : 503;
}

/* --- saved --- */

/* <text> as the JSON that is kept; empty when it is to be taken away, as what
 * holds anyway is. */
static enum err
to_json(struct page *page, const struct setting *setting, struct bytes text,
    struct bytes *out)
{
	int64_t n;

	*out = BYTES_NONE;
	if (text.len == 0 ||
	    (setting->type == SETTING_IS_BOOL &&
		bytes_is(text, setting->otherwise)))
		return ERR_OK;
	if (setting->type == SETTING_IS_BOOL)
		text = bytes_is(text, "1") ? BYTES("true") : BYTES("false");
	if (setting->type == SETTING_IS_BYTES &&
	    bytes_to_int(text, &n) == ERR_OK && n >= 0 &&
	    n <= setting->max / MEGABYTE)
		text = number_text(page, n * MEGABYTE);
	return text.at != NULL ?
	    setting_from_text(setting, text, page->arena, out) :
	    ERR_NOMEM;
}

/* What is wrong with <json> becomes a problem at the setting. */
static enum err
check_json(struct settings_edit *edit, const struct directory *directory,
    const struct setting *setting, struct bytes json)
{
	struct page *page = edit->page;
	struct why why = { .message = "" };
	const struct json *value = NULL;
	enum err err = json_parse(
	    page->arena, json, JSON_BYTES_MAX, &value, NULL);

	if (err == ERR_OK)
		err = setting_check(
		    setting, value, directory, page->arena, &why);
	if (err != ERR_INVALID)
		return err;
	if (is_number(setting)) {
		why.n = setting->min / unit_of(setting);
		snprintf(why.name, sizeof why.name, "%lld",
		    (long long)(setting->max / unit_of(setting)));
	}
	snprintf(why.field, sizeof why.field, "%s", setting->name);
	problems_why(page, &edit->data->form.problems, &why);
	return ERR_OK;
}

/* Write one setting: added, changed or taken away. */
static enum err
put(struct settings_edit *edit, const struct setting *setting,
    struct bytes value)
{
	struct page *page = edit->page;
	struct actor actor = agent_actor(page);
	struct act_input input;
	struct act_result result = { .record = 0 };
	const struct record *stored;
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err != ERR_OK)
		return err;
	page_input(
	    page, &input, VERB_RECORD_UPDATE, KIND_SETTING, &actor, NULL);
	input.source = SOURCE_AGENT;
	stored = directory_find_key(
	    read->directory, KIND_SETTING, bytes_of(setting->name));
	if (stored != NULL) {
		input.subject = stored->id;
		input.seen_rev = stored->rev;
	}
	if (value.len > 0) {
		record_set_text(&input.fields, SETTING_VALUE, value);
		if (stored == NULL) {
			input.verb = VERB_RECORD_ADD;
			record_set_text(&input.fields, SETTING_NAME,
			    bytes_of(setting->name));
		}
	} else if (stored != NULL) {
		input.verb = VERB_RECORD_REMOVE;
	} else {
		return ERR_OK;
	}
	page_read_end(page);
	return desk_act(page->desk, &input, page->arena, &result, &page->why);
}

/* What was typed for a setting, if it differs from what is kept. */
static bool
is_changed(struct settings_edit *edit, const struct directory *directory,
    const struct setting *setting, struct bytes *text)
{
	*text = form_last(edit->typed, setting->name);
	if (!params_has(&edit->typed->fields, setting->name))
		return false;
	if (setting->type == SETTING_IS_SECRET) {
		if (text->len == 0)
			return false; /* stays as it is */
		if (bytes_trim(*text).len == 0)
			*text = BYTES_NONE;
		return true;
	}
	*text = bytes_trim(*text);
	return !bytes_equal(*text, stored_text(edit->page, directory, setting));
}

/* Check all before any is written. */
static enum err
check(struct settings_edit *edit, bool *is_stale)
{
	struct page *page = edit->page;
	struct site_read *read;
	enum err err = page_read(page, &read);

	for (size_t i = 0; err == ERR_OK && i < CHOICE__COUNT; i++) {
		struct bytes text, json;

		if (!is_changed(edit, read->directory, &setting_rows[i], &text))
			continue;
		err = to_json(page, &setting_rows[i], text, &json);
		if (err == ERR_OK && json.len > 0)
			err = check_json(
			    edit, read->directory, &setting_rows[i], json);
	}
	if (err == ERR_OK)
		*is_stale = (uint64_t)params_int(&edit->typed->fields, "rev",
				0) != settings_rev(read->directory);
	return err;
}

static enum err
save(struct settings_edit *edit)
{
	struct page *page = edit->page;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < CHOICE__COUNT; i++) {
		struct bytes text, value;
		struct site_read *read;

		err = page_read(page, &read);
		if (err != ERR_OK ||
		    !is_changed(edit, read->directory, &setting_rows[i], &text))
			continue;
		err = to_json(page, &setting_rows[i], text, &value);
		if (err == ERR_OK)
			err = put(edit, &setting_rows[i], value);
	}
	return err;
}

static int
post_settings(struct page *page)
{
	struct settings_edit edit = { .page = page,
		.data = arena_new(page->arena, struct edit_page) };
	const struct act_result nothing = { .record = 0 };
	struct form form;
	bool is_stale = false;
	enum err err;
	int status;

	if (edit.data == NULL)
		return 503;
	status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);
	if (status != 0)
		return status;
	edit.typed = &form;
	err = check(&edit, &is_stale);
	if (err != ERR_OK)
		return page_status(err);
	if (edit.data->form.problems.count > 0)
		return show(&edit, 422);
	err = is_stale ? ERR_STALE : save(&edit);
	page_read_end(page);
	if (err == ERR_OK) {
		page_flash(
		    page, "ok", page_tr(page, N_("The settings were saved.")));
		return page_redirect(page, "/admin/settings");
	}
	if (err == ERR_STALE)
		problems_add(page, &edit.data->form.problems, BYTES_NONE,
		    bytes_of(page_tr(page,
			N_("Somebody else changed this in the meantime. Your "
			   "values stand below; save again to keep them."))));
	else
		problems_result(
		    page, &edit.data->form.problems, &nothing, &page->why);
	return show(&edit, err == ERR_STALE ? 409 : form_status(page, err));
}

const struct route admin_setting_routes[] = {
	{ ROUTE_GET, "/admin/settings", ACCESS_ADMIN, show_settings, false },
	{ ROUTE_POST, "/admin/settings", ACCESS_ADMIN, post_settings, false },
	{ .pattern = NULL },
};
