/* core/pages/admin_settings.c - /admin/settings: choices for the whole site.
 *
 * Each is a record of its own; only those that were changed are written. What
 * else the store may hold (script/NAME, NAME/BRAND) is left alone.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/zone.h"
#include "core/desk/act.h"
#include "core/desk/mailout.h"
#include "core/pages/admin_edit.h"

#define MEGABYTE 1000000
#define TEXT_MAX 300

enum setting_how {
	SET_TEXT = 0,
	SET_QUEUE,
	SET_ZONE,
	SET_TRANSPORT,
	SET_WORD,      /* one of <words> */
	SET_ON,        /* a bool that is true where it is not set */
	SET_MEGABYTES, /* kept in bytes */
	SET_NUMBER,
	SET_SECRET, /* sealed, and never shown */
};

static const char *const tls_words[] = { "required", "opportunistic", "none",
	NULL };
static const char *const tls_labels[] = { N_("Always (STARTTLS)"),
	N_("Where the server can"), N_("Never") };

struct setting {
	const char *name;
	enum setting_how how;
	const char *label, *help;
	const char *const *words, *const *labels;
	int64_t max; /* of a number */
};

static const struct setting ticket_settings[] = {
	{ "tickets.queue", SET_QUEUE, N_("Queue of new tickets"),
	    N_("For messages that name none.") },
	{ "tickets.answer_time", SET_TEXT, N_("When we answer"),
	    N_("Confirmations say it: \"within one working day\".") },
	{ "site.zone", SET_ZONE, N_("Time zone"),
	    N_("For scripts, and whoever has chosen none. For example "
	       "Europe/Berlin.") },
};
static const struct setting mail_settings[] = {
	{ "mail.transport", SET_TRANSPORT, N_("Mail server"),
	    N_("smtp://mail.example.com:587 or smtps://mail.example.com:465; "
	       "sendmail for the server's own command. Left empty, the "
	       "server's configuration says.") },
	{ "mail.tls", SET_WORD, N_("Encryption"), NULL, tls_words, tls_labels },
	{ "mail.verify", SET_ON, N_("Check the mail server's certificate"),
	    NULL },
	{ "mail.user", SET_TEXT, N_("User"), NULL },
	{ "mail.password", SET_SECRET, N_("Password"),
	    N_("Left empty, it stays as it is. One blank takes it away.") },
	{ "mail.size_max", SET_MEGABYTES, N_("Largest mail"),
	    N_("Larger attachments are linked instead."), .max = 100 },
	{ "mail.per_hour", SET_NUMBER, N_("Mails an hour"),
	    N_("More wait and go out in the next hours. 1000 if left empty."),
	    .max = 1000000 },
};
static const struct setting file_settings[] = {
	{ "files.max", SET_MEGABYTES, N_("Room for attachments"),
	    N_("All of them together. No limit if left empty."),
	    .max = 1000000000 },
};

static const struct {
	const char *title, *about;
	const struct setting *settings;
	size_t count;
} groups[] = {
	{ N_("Tickets"), NULL, ticket_settings,
	    sizeof ticket_settings / sizeof *ticket_settings },
	{ N_("Mail"),
	    N_("How mails go out. From whom, each brand says for itself."),
	    mail_settings, sizeof mail_settings / sizeof *mail_settings },
	{ N_("Files"), NULL, file_settings,
	    sizeof file_settings / sizeof *file_settings },
};
#define GROUPS (sizeof groups / sizeof *groups)

struct settings_edit {
	struct page *page;
	struct edit_page *data;
	const struct form *typed; /* NULL: not yet */
};

static bool
is_number(const struct setting *setting)
{
	return setting->how == SET_MEGABYTES || setting->how == SET_NUMBER;
}

static int64_t
unit_of(const struct setting *setting)
{
	return setting->how == SET_MEGABYTES ? MEGABYTE : 1;
}

/* A setting as it is typed. */
static struct bytes
stored_text(struct page *page, const struct directory *directory,
    const struct setting *setting)
{
	struct bytes value = directory_setting(directory, setting->name);
	const struct json *json;
	bool is_on = true;
	int64_t n = 0;

	if (setting->how == SET_SECRET)
		return BYTES_NONE;
	if (value.len == 0 ||
	    json_parse(page->arena, value, JSON_BYTES_MAX, &json, NULL) !=
		ERR_OK)
		return setting->how == SET_ON ? BYTES("1") : BYTES_NONE;
	if (setting->how == SET_ON)
		return json_bool(json, &is_on) && !is_on ? BYTES("0") :
							   BYTES("1");
	if (is_number(setting))
		return json_int(json, &n) ?
		    bytes_of(arena_printf(page->arena, "%lld",
			(long long)(n / unit_of(setting)))) :
		    BYTES_NONE;
	return json_text(json);
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
	struct choice *choices;
	size_t count = 0;

	while (setting->words[count] != NULL)
		count++;
	choices = arena_array(page->arena, struct choice, count);
	if (choices == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		choices[i] = (struct choice){ bytes_of(setting->words[i]),
			bytes_of(page_tr(page, setting->labels[i])),
			bytes_is(out->value, setting->words[i]) ||
			    (out->value.len == 0 && i == 0) };
	out->is_choice = true;
	out->choices = VIEW_LIST_OF(choices, count);
	return ERR_OK;
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
	out->value = edit->typed != NULL && setting->how != SET_SECRET ?
	    form_last(edit->typed, setting->name) :
	    stored_text(page, read->directory, setting);
	switch (setting->how) {
	case SET_QUEUE: return queue_choices(page, read->directory, out);
	case SET_WORD: return word_choices(page, setting, out);
	case SET_ON:
		out->is_check = true;
		out->is_on = bytes_is(out->value, "1");
		break;
	case SET_MEGABYTES: out->unit = BYTES("MB"); /* fall through */
	case SET_NUMBER:
		out->is_number = true;
		out->min = BYTES("1");
		out->max = bytes_of(arena_printf(
		    edit->page->arena, "%lld", (long long)setting->max));
		break;
	case SET_SECRET: out->is_password = true; break;
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
fill_groups(struct settings_edit *edit, struct site_read *read)
{
	struct edit_group *views = arena_array(
	    edit->page->arena, struct edit_group, GROUPS);
	enum err err = ERR_OK;

	if (views == NULL)
		return ERR_NOMEM;
	for (size_t g = 0; err == ERR_OK && g < GROUPS; g++) {
		struct record_field *fields = arena_array(
		    edit->page->arena, struct record_field, groups[g].count);

		if (fields == NULL)
			return ERR_NOMEM;
		for (size_t i = 0; err == ERR_OK && i < groups[g].count; i++)
			err = fill_setting(
			    edit, read, &groups[g].settings[i], &fields[i]);
		views[g].title = bytes_of(page_tr(edit->page, groups[g].title));
		if (groups[g].about != NULL)
			views[g].about = bytes_of(
			    page_tr(edit->page, groups[g].about));
		views[g].fields = VIEW_LIST_OF(fields, groups[g].count);
	}
	edit->data->groups = VIEW_LIST_OF(views, GROUPS);
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

static bool
is_word(const struct setting *setting, struct bytes text)
{
	for (size_t i = 0; setting->words[i] != NULL; i++)
		if (bytes_is(text, setting->words[i]))
			return true;
	return false;
}

/* NULL, or what is wrong with <text>, which is not empty. */
static const char *
wrong_with(struct page *page, const struct directory *directory,
    const struct setting *setting, struct bytes text)
{
	const char *copy = arena_copy(page->arena, text.at, text.len);
	int64_t n;

	if (copy == NULL || text.len > TEXT_MAX)
		return N_("This is too long.");
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '"' || text.at[i] == '\\' ||
		    (unsigned char)text.at[i] < ' ')
			return N_("Please leave out quotation marks and "
				  "backslashes.");
	switch (setting->how) {
	case SET_QUEUE:
		return directory_find_key(directory, KIND_QUEUE, text) != NULL ?
		    NULL :
		    N_("There is no such queue.");
	case SET_ZONE:
		return zone_get(copy) != NULL ?
		    NULL :
		    N_("There is no such time zone. Write it as "
		       "Europe/Berlin.");
	case SET_TRANSPORT:
		return bytes_is(text, "sendmail") || bytes_is(text, "folder") ||
			bytes_start_with(text, BYTES("smtp://")) ||
			bytes_start_with(text, BYTES("smtps://")) ?
		    NULL :
		    N_("It begins with smtp:// or smtps://, or is sendmail.");
	case SET_WORD:
		return is_word(setting, text) ?
		    NULL :
		    N_("This cannot be chosen here.");
	case SET_MEGABYTES:
	case SET_NUMBER:
		if (bytes_to_int(text, &n) != ERR_OK || n < 1)
			return N_("A whole number from 1 on is wanted here.");
		return n <= setting->max ? NULL : N_("This is too much.");
	default: return NULL;
	}
}

/* <text> as the JSON that is kept; empty when it is to be taken away. */
static enum err
to_json(struct page *page, const struct setting *setting, struct bytes text,
    struct bytes *out)
{
	struct buf json = buf_in(page->arena);
	struct json_writer w = json_writer(&json);
	int64_t n = 0;
	enum err err = ERR_OK;

	*out = BYTES_NONE;
	if (text.len == 0 || (setting->how == SET_ON && bytes_is(text, "1")))
		return ERR_OK;
	switch (setting->how) {
	case SET_ON: json_put_bool(&w, false); break;
	case SET_MEGABYTES:
	case SET_NUMBER:
		err = bytes_to_int(text, &n);
		json_put_int(&w, n * unit_of(setting));
		break;
	case SET_SECRET:
		err = mailout_seal(page->desk, text, page->arena, &text);
		json_put_text(&w, text);
		break;
	default: json_put_text(&w, text);
	}
	if (err != ERR_OK || json.failed)
		return err != ERR_OK ? err : ERR_NOMEM;
	*out = buf_get(&json);
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
	if (setting->how == SET_SECRET) {
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

	for (size_t g = 0; err == ERR_OK && g < GROUPS; g++) {
		for (size_t i = 0; i < groups[g].count; i++) {
			const struct setting *s = &groups[g].settings[i];
			struct bytes text;
			const char *wrong;

			if (!is_changed(edit, read->directory, s, &text) ||
			    text.len == 0)
				continue;
			wrong = s->how == SET_SECRET ?
			    NULL :
			    wrong_with(page, read->directory, s, text);
			if (wrong != NULL)
				problems_add(page, &edit->data->form.problems,
				    bytes_of(s->name),
				    bytes_of(page_tr(page, wrong)));
		}
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

	for (size_t g = 0; err == ERR_OK && g < GROUPS; g++) {
		for (size_t i = 0; err == ERR_OK && i < groups[g].count; i++) {
			const struct setting *s = &groups[g].settings[i];
			struct bytes text, value;
			struct site_read *read;

			err = page_read(page, &read);
			if (err != ERR_OK ||
			    !is_changed(edit, read->directory, s, &text))
				continue;
			err = to_json(page, s, text, &value);
			if (err == ERR_OK)
				err = put(edit, s, value);
		}
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
