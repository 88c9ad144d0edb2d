/* core/pages/admin_script_settings.c - /admin/scripts/NAME/settings: what a
 * script lets its site's owner choose, as a form.
 *
 * What is typed is tried in a script host of its own before it is kept: that
 * is who knows what a script takes.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/act.h"
#include "core/desk/sealed.h"
#include "core/desk/version.h"
#include "core/model/setting.h"
#include "core/pages/admin_script.h"
#include "core/pages/script_form.h"

#include <stdio.h>

#define FIELDS_MAX 4000 /* inputs: a table has many */

struct settings_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct admin_side side;
	struct bytes name, about, url, lua;
	int64_t rev;
	bool is_changed, is_empty;
	struct view_list settings; /* of struct script_input */
};

static const struct view_field page_fields[] = {
	FORM_FIELDS(struct settings_page, form),
	ADMIN_SIDE_FIELDS(struct settings_page, side),
	VIEW_FIELD(struct settings_page, name, VIEW_TEXT),
	VIEW_FIELD(struct settings_page, about, VIEW_TEXT),
	VIEW_FIELD(struct settings_page, url, VIEW_TEXT),
	VIEW_FIELD(struct settings_page, lua, VIEW_TEXT),
	VIEW_FIELD(struct settings_page, rev, VIEW_INT),
	VIEW_FIELD(struct settings_page, is_changed, VIEW_BOOL),
	VIEW_FIELD(struct settings_page, is_empty, VIEW_BOOL),
	{ "settings", VIEW_LIST, offsetof(struct settings_page, settings),
	    &script_input_type, NULL },
	{ .name = NULL },
};
static const struct view_type page_type = { "settings of a script", page_fields,
	NULL, NULL };

struct setting_edit {
	struct page *page;
	struct settings_page *data;
	struct script_form form;
	struct bytes key;          /* "script/routing" */
	const struct record *kept; /* NULL: nothing is chosen yet */
	bool is_off;               /* the script is */
};

/* The schema: of the version at work, else of the file as it lies there. */
static enum err
find_schema(struct setting_edit *edit, const struct record *script)
{
	struct page *page = edit->page;
	struct script_report report;
	struct bytes schema = record_int(script, SCRIPT_IS_OFF) ?
	    BYTES_NONE : /* what it was when it was at work */
	    record_text(script, SCRIPT_SETTINGS);
	bool is_shipped;
	enum err err;

	edit->form.source = record_text(script, SCRIPT_SOURCE);
	if (schema.len == 0 || edit->form.source.len == 0) {
		err = script_disk_own(page->desk, edit->data->name, page->arena,
		    &edit->form.source);
		is_shipped = err == ERR_NOT_FOUND;
		if (is_shipped)
			err = script_disk_shipped(page->desk, edit->data->name,
			    page->arena, &edit->form.source);
		if (err == ERR_OK)
			err = script_check(page->desk, edit->data->name,
			    edit->form.source, BYTES_NONE, page->arena, &report,
			    &page->why);
		if (err != ERR_OK)
			return err;
		schema = report.files[0].settings;
	}
	return schema.len == 0 ? ERR_OK :
				 json_parse(page->arena, schema, JSON_BYTES_MAX,
				     &edit->form.declared, NULL);
}

static enum err
begin(struct setting_edit *edit, struct page *page, struct site_read **read)
{
	const struct record *script;
	enum err err = page_read(page, read);

	*edit = (struct setting_edit){ .page = page };
	edit->data = arena_new(page->arena, struct settings_page);
	if (err != ERR_OK || edit->data == NULL)
		return err != ERR_OK ? err : ERR_NOMEM;
	edit->data->name = request_route(page->request, "name");
	edit->data->url = admin_url(
	    page, "scripts/%.*s", BYTES_ARG(edit->data->name));
	edit->key = bytes_of(arena_printf(page->arena, SETTING_OF_SCRIPT "%.*s",
	    BYTES_ARG(edit->data->name)));
	script = directory_find_key(
	    (*read)->directory, KIND_SCRIPT, edit->data->name);
	if (script == NULL || edit->key.at == NULL)
		return script == NULL ? ERR_NOT_FOUND : ERR_NOMEM;
	edit->form.page = page;
	edit->form.directory = (*read)->directory;
	edit->form.problems = &edit->data->form.problems;
	edit->is_off = record_int(script, SCRIPT_IS_OFF);
	edit->kept = directory_find_key(
	    (*read)->directory, KIND_SETTING, edit->key);
	err = find_schema(edit, script);
	if (err == ERR_OK && edit->kept != NULL)
		err = json_parse(page->arena,
		    record_text(edit->kept, SETTING_VALUE), JSON_BYTES_MAX,
		    &edit->form.chosen, NULL);
	return err == ERR_INVALID || err == ERR_LIMIT ? ERR_OK : err;
}

static int
show(struct setting_edit *edit, struct site_read *read, int status)
{
	struct settings_page *data = edit->data;
	struct page *page = edit->page;
	enum err err = admin_side_fill(page, read, "scripts", &data->side);

	if (err == ERR_OK)
		err = script_form_view(&edit->form, &data->settings);
	if (err == ERR_OK)
		err = script_form_lua(&edit->form, &data->lua);
	if (err != ERR_OK)
		return page_status(err);
	form_begin(page, &data->form);
	data->is_empty = data->settings.count == 0;
	data->is_changed = edit->kept != NULL;
	data->rev = edit->kept != NULL ? (int64_t)edit->kept->rev : 0;
	page->response->status = status;
	return page_show(page, "admin/script_settings", &page_type, data);
}

static int
show_settings(struct page *page)
{
	struct setting_edit edit;
	struct site_read *read;
	enum err err = begin(&edit, page, &read);

	return err == ERR_OK ? show(&edit, read, 200) : page_status(err);
}

/* ---- saved ---- */

/* "routing.lua:14: desk.settings: words: what is wrong" is said at the field;
 * what else goes wrong, above the form. */
static void
note_fault(struct setting_edit *edit, struct bytes message)
{
	static const char mark[] = "desk.settings: ";
	struct problems *problems = &edit->data->form.problems;
	struct page *page = edit->page;
	const char *at = bytes_find(message, BYTES("desk.settings: "));
	struct bytes words, name, field = BYTES_NONE;
	char *key;

	if (at != NULL) {
		words.at = at + strlen(mark);
		words.len = (size_t)(message.at + message.len - words.at);
		name = words;
		name.len = 0;
		while (name.len < words.len &&
		    strchr(": ", words.at[name.len]) == NULL)
			name.len++;
		key = arena_copy(page->arena, name.at, name.len);
		if (key != NULL && json_get(edit->form.declared, key) != NULL) {
			field = bytes_of(arena_printf(
			    page->arena, SCRIPT_FORM_PREFIX "%s", key));
			message = words;
		}
	}
	problems_add(page, problems, field, message);
}

/* Whether the script takes them; what it says becomes a problem. */
static enum err
try_settings(struct setting_edit *edit, struct bytes value)
{
	struct page *page = edit->page;
	struct script_report report;
	enum err err = script_check(page->desk, edit->data->name,
	    edit->form.source, value, page->arena, &report, &page->why);

	if (err == ERR_OK && report.files[0].state == SCRIPT_FAILED)
		note_fault(edit, report.files[0].message);
	return err;
}

/* Added, changed, or taken away when all is as it comes. */
static enum err
put(struct setting_edit *edit, const struct form *form, struct bytes value,
    size_t count, struct act_result *result)
{
	struct page *page = edit->page;
	struct actor actor = agent_actor(page);
	struct act_input input;

	page_input(
	    page, &input, VERB_RECORD_UPDATE, KIND_SETTING, &actor, form);
	input.source = SOURCE_AGENT;
	if (edit->kept != NULL) {
		input.subject = edit->kept->id;
		input.seen_rev = edit->kept->rev;
	}
	if (count == 0 && edit->kept == NULL)
		return ERR_OK;
	if (count == 0) {
		input.verb = VERB_RECORD_REMOVE;
	} else {
		record_set_text(&input.fields, SETTING_VALUE, value);
		if (edit->kept == NULL) {
			input.verb = VERB_RECORD_ADD;
			record_set_text(&input.fields, SETTING_NAME, edit->key);
		}
	}
	page_read_end(page);
	return desk_act(page->desk, &input, page->arena, result, &page->why);
}

static int
show_again(struct setting_edit *edit, int status)
{
	struct problems kept = edit->data->form.problems;
	const struct form *typed = edit->form.typed;
	struct page *page = edit->page;
	struct site_read *read;
	enum err err;

	page_read_end(page);
	err = begin(edit, page, &read);
	if (err != ERR_OK)
		return page_status(err);
	edit->form.typed = typed;
	edit->data->form.problems = kept;
	return show(edit, read, status);
}

/* The act names the setting; the form's inputs are called s.NAME. */
static void
note_refusal(struct setting_edit *edit, const struct act_result *result)
{
	struct page *page = edit->page;
	char field[sizeof page->why.field];

	snprintf(field, sizeof field, "%s", page->why.field);
	if (json_get(edit->form.declared, field) != NULL)
		snprintf(page->why.field, sizeof page->why.field,
		    SCRIPT_FORM_PREFIX "%.*s",
		    (int)sizeof field - 1 - (int)strlen(SCRIPT_FORM_PREFIX),
		    field);
	problems_result(page, &edit->data->form.problems, result, &page->why);
}

/* Of a script that is off the act may not know which of them are secret. */
static enum err
seal(struct setting_edit *edit, struct buf *value)
{
	struct buf sealed = buf_in(edit->page->arena);
	struct json_writer w = json_writer(&sealed);
	const struct json *json = NULL;
	enum err err = json_parse(
	    edit->page->arena, buf_get(value), JSON_BYTES_MAX, &json, NULL);

	if (err == ERR_OK)
		err = sealed_put_settings(edit->page->desk, json,
		    edit->form.declared, edit->page->arena, &w, NULL);
	*value = sealed;
	return err == ERR_OK && sealed.failed ? ERR_NOMEM : err;
}

static int
save(struct setting_edit *edit, const struct form *form)
{
	struct problems *problems = &edit->data->form.problems;
	struct act_result result = { .record = 0 };
	struct buf value = buf_in(edit->page->arena);
	struct page *page = edit->page;
	size_t count = 0;
	int64_t seen = params_int(&form->fields, "rev", 0);
	struct why why = { .message = "" };
	enum err err = ERR_OK;

	if (bytes_is(form_get(form, "all"), "1"))
		buf_text(&value, "{}"); /* all as it comes */
	else
		err = script_form_read(
		    &edit->form, form_get(form, "reset"), &value, &count);
	if (err == ERR_OK && edit->form.source.len > 0)
		err = try_settings(edit, buf_get(&value));
	if (err != ERR_OK)
		return page_status(err);
	if (problems->count > 0)
		return show_again(edit, 422);
	err = seal(edit, &value);
	if (err != ERR_OK)
		return page_status(err);
	if (seen != (edit->kept != NULL ? (int64_t)edit->kept->rev : 0))
		err = ERR_STALE;
	if (err == ERR_OK)
		err = put(edit, form, buf_get(&value), count, &result);
	if (err == ERR_STALE) {
		problems_add(page, problems, BYTES_NONE,
		    bytes_of(page_tr(page,
			N_("Somebody else changed this in the meantime. Your "
			   "values stand below; save again to keep them."))));
		return show_again(edit, 409);
	}
	if (err != ERR_OK) {
		note_refusal(edit, &result);
		return show_again(edit, form_status(page, err));
	}
	page_read_end(page);
	err = scripts_load(page->desk, NULL, &why);
	page_flash(page, err == ERR_OK ? "ok" : "warn",
	    page_tr(page,
		err == ERR_OK && edit->is_off ?
		    N_("The settings were saved. The script is off: they count "
		       "when it is switched on.") :
		    err == ERR_OK ?
		    N_("The settings were saved, and are at work.") :
		    N_("The settings were saved, but the scripts could not be "
		       "loaded.")));
	return page_redirect(
	    page, "/admin/scripts/%.*s/settings", BYTES_ARG(edit->data->name));
}

static int
post_settings(struct page *page)
{
	struct form_limits limits = form_limits_default;
	struct setting_edit edit;
	struct site_read *read;
	struct form form;
	enum err err;
	int status;

	limits.fields_max = FIELDS_MAX;
	status = form_read(page->request, &limits, NULL, &form, &page->why);
	if (status != 0)
		return status;
	err = begin(&edit, page, &read);
	if (err != ERR_OK)
		return page_status(err);
	edit.form.typed = &form;
	return save(&edit, &form);
}

const struct route admin_script_setting_routes[] = {
	{ ROUTE_GET, "/admin/scripts/{name}/settings", ACCESS_ADMIN,
	    show_settings, false },
	{ ROUTE_POST, "/admin/scripts/{name}/settings", ACCESS_ADMIN,
	    post_settings, false },
	{ .pattern = NULL },
};
