/* core/pages/common.c - what pages of customers and agents have in common. */
#include "config.h"
#include "core/pages/common.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/base/text_format.h"
#include "core/base/utf8.h"
#include "core/model/search.h"
#include "core/model/table.h"
#include "core/web/markdown.h"

#include <stdio.h>

#define FORM_KEY_MAX 200 /* bytes of an idempotency key */

struct bytes
problems_of(const struct problems *problems, struct bytes field)
{
	for (size_t i = 0; i < problems->count; i++)
		if (bytes_equal(problems->list[i].field, field))
			return problems->list[i].message;
	return BYTES_NONE;
}

void
problems_add(struct page *page, struct problems *problems, struct bytes field,
    struct bytes message)
{
	struct problem *p;

	if (problems->count == PROBLEMS_MAX ||
	    problems_of(problems, field).len > 0)
		return;
	p = &problems->list[problems->count++];
	p->field = (struct bytes){ arena_copy(page->arena, field.at, field.len),
		field.len };
	if (p->field.at == NULL)
		p->field = BYTES_NONE;
	p->message = message;
}

void
problems_why(
    struct page *page, struct problems *problems, const struct why *why)
{
	struct bytes message = tr_why(page->arena, page->lang, why);

	if (message.len == 0)
		message = bytes_of(page_tr(page, err_message(ERR_NOMEM)));
	problems_add(page, problems, bytes_of(why->field), message);
}

void
problems_missing(struct page *page, struct problems *problems,
    const struct form *form, const struct needed *needed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct why why;

		if (form_line(form, needed[i].field).len > 0)
			continue;
		why_set(&why, ERR_INVALID, needed[i].field,
		    N_("Please fill in: {name}"), 0,
		    page_tr(page, needed[i].label));
		problems_why(page, problems, &why);
	}
}

void
problems_result(struct page *page, struct problems *problems,
    const struct act_result *result, const struct why *why)
{
	if (result->refusal.len > 0)
		problems_add(
		    page, problems, bytes_of(why->field), result->refusal);
	else
		problems_why(page, problems, why);
}

#define LEFT_SHOWN 5

struct bytes
undo_left(struct page *page, const struct act_left *left)
{
	struct buf list = buf_in(page->arena);
	struct tr_value value = { "left", BYTES_NONE };
	size_t n = 0;

	for (; left != NULL; left = left->next, n++) {
		if (n >= LEFT_SHOWN)
			continue;
		buf_text(&list, n > 0 ? "; " : "");
		if (left->ticket != 0)
			buf_printf(
			    &list, "#%llu ", (unsigned long long)left->ticket);
		else
			buf_printf(&list, "%.*s ", BYTES_ARG(left->label));
		buf_printf(&list, "%.*s (%.*s)", BYTES_ARG(left->field),
		    BYTES_ARG(tr_why(page->arena, page->lang, &left->why)));
	}
	if (n == 0 || list.failed)
		return BYTES_NONE;
	if (n > LEFT_SHOWN)
		buf_printf(&list, " + %zu", n - LEFT_SHOWN);
	value.value = buf_get(&list);
	return tr_fill(
	    page->arena, page_tr(page, N_("Left as it is: {left}")), &value, 1);
}

static bool
find_value(
    const void *self, struct view *view, struct bytes name, struct value *out)
{
	const struct params *values = self;

	(void)view;
	for (size_t i = 0; i < values->count; i++)
		if (bytes_equal(values->at[i].name, name)) {
			value_text(out, values->at[i].value);
			return true;
		}
	value_text(out, BYTES_NONE);
	return true;
}

static bool
find_error(
    const void *self, struct view *view, struct bytes name, struct value *out)
{
	(void)view;
	value_text(out, problems_of(self, name));
	return true;
}

static const struct view_field no_fields[] = { { .name = NULL } };
const struct view_type values_type = { "values", no_fields, find_value, NULL };
const struct view_type errors_type = { "errors", no_fields, find_error, NULL };

static const struct view_field problem_fields[] = {
	{ "field", VIEW_TEXT, offsetof(struct problem, field), NULL, NULL },
	{ "message", VIEW_TEXT, offsetof(struct problem, message), NULL, NULL },
	{ .name = NULL },
};
const struct view_type problem_type = { "problem", problem_fields, NULL, NULL };

static const struct view_field upload_fields[] = {
	{ "id", VIEW_TEXT, offsetof(struct upload_view, id), NULL, NULL },
	{ "name", VIEW_TEXT, offsetof(struct upload_view, name), NULL, NULL },
	{ "size", VIEW_TEXT, offsetof(struct upload_view, size), NULL, NULL },
	{ .name = NULL },
};
const struct view_type upload_view_type = { "upload", upload_fields, NULL,
	NULL };

void
form_view_has_problems(const void *self, struct view *view, struct value *out)
{
	const struct form_view *form = self;

	(void)view;
	value_bool(out, form->problems.count > 0);
}

void
form_view_problems(const void *self, struct view *view, struct value *out)
{
	const struct form_view *form = self;

	(void)view;
	value_list(out, &problem_type,
	    VIEW_LIST_OF(form->problems.list, form->problems.count));
}

static struct bytes
upload_note(struct page *page)
{
	char count[8], size[8];

	snprintf(count, sizeof count, "%d", UPLOADS_MAX);
	snprintf(size, sizeof size, "%d", (int)(UPLOADS_BYTES_MAX / 1000000));
	const struct tr_value values[] = {
		{ "count", bytes_of(count) },
		{ "size", bytes_of(size) },
	};
	return tr_fill(page->arena,
	    page_tr(page, N_("Up to {count} files, {size} MB together.")),
	    values, 2);
}

void
form_begin(struct page *page, struct form_view *view)
{
	struct buf key = buf_in(page->arena);
	uint8_t raw[SECRET_TOKEN_SIZE];

	secret_token(raw);
	secret_base64_add(&key, SECRET_BASE64URL,
	    (struct bytes){ (const char *)raw, sizeof raw });
	view->key = key.failed ? BYTES_NONE : buf_get(&key);
	view->upload_note = upload_note(page);
}

void
form_again(struct page *page, struct form_view *view, const struct form *form,
    const struct uploads *uploads)
{
	struct upload_view *shown;

	form_begin(page, view);
	view->values = form->fields;
	if (form_get(form, "key").len > 0)
		view->key = form_get(form, "key");
	if (uploads == NULL || uploads->count == 0)
		return;
	shown = arena_array(page->arena, struct upload_view, uploads->count);
	if (shown == NULL)
		return;
	for (size_t i = 0; i < uploads->count; i++)
		shown[i] = (struct upload_view){
			.id = bytes_of(uploads->at[i].ref),
			.name = uploads->at[i].name,
			.size = page_size_text(page, uploads->at[i].size_bytes),
		};
	view->uploads = VIEW_LIST_OF(shown, uploads->count);
}

struct bytes
form_line(const struct form *form, const char *name)
{
	return bytes_trim(form_get(form, name));
}

void
page_input(struct page *page, struct act_input *input, enum verb verb,
    enum kind_id kind, const struct actor *actor, const struct form *form)
{
	act_input_init(input, verb, kind);
	input->actor = *actor;
	input->source = SOURCE_WEB;
	input->address = page->request->client;
	input->browser = page->request->user_agent;
	if (form != NULL)
		input->key = form_get(form, "key");
	if (input->key.len > FORM_KEY_MAX)
		input->key.len = FORM_KEY_MAX;
}

unsigned
page_limited(struct page *page, const struct limit *limit, struct bytes key)
{
	char client[48];
	unsigned seconds;

	if (key.len == 0)
		key = limit_client(page->request->client, client);
	seconds = limit_take(page->limiter, limit, page->root.site_id, key,
	    clock_monotonic_us() / 1000);
	if (seconds > 0)
		page_retry_after(page, seconds);
	return seconds;
}

int
form_status(struct page *page, enum err err)
{
	int status;

	switch (err) {
	case ERR_OK: return 200;
	case ERR_INVALID:
	case ERR_REFUSED:
	case ERR_EXISTS:
	case ERR_DENIED: return 422;
	default: break;
	}
	status = page_status(err);
	if (status == 503)
		page_retry_after(page, PAGE_RETRY_S);
	return status;
}

int
uploads_status(struct page *page, const struct uploads *uploads)
{
	if (uploads->err == ERR_OK || uploads->err == ERR_LIMIT)
		return 422;
	page_retry_after(page, PAGE_RETRY_S);
	return 503;
}

enum err
found_html(struct page *page, struct bytes words, struct bytes text, size_t max,
    struct bytes *out)
{
	struct search_excerpt excerpt;
	struct buf html = buf_in(page->arena);
	size_t at = 0;
	enum err err = search_excerpt(words, text, max, page->arena, &excerpt);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < excerpt.mark_count; i++) {
		struct text_range mark = excerpt.marks[i];

		html_escape(&html,
		    (struct bytes){ excerpt.text.at + at, mark.from - at });
		buf_text(&html, "<mark>");
		html_escape(&html,
		    (struct bytes){
			excerpt.text.at + mark.from, mark.to - mark.from });
		buf_text(&html, "</mark>");
		at = mark.to;
	}
	html_escape(&html,
	    (struct bytes){ excerpt.text.at + at, excerpt.text.len - at });
	*out = buf_get(&html);
	return html.failed ? ERR_NOMEM : ERR_OK;
}

bool
page_is_of(const struct page *page, uint64_t brand)
{
	return brand == 0 || page->root.brand == NULL ||
	    page->root.brand->id == brand;
}

struct bytes
person_initials(struct arena *arena, struct bytes name)
{
	struct buf out = buf_in(arena);
	struct bytes rest = bytes_trim(name), word, last = BYTES_NONE;
	bool is_bad = false, is_first = true;

	while (rest.len > 0) {
		word = bytes_split(&rest, ' ');
		if (word.len == 0)
			continue;
		if (is_first) {
			const char *at = word.at;

			utf8_add(
			    &out, utf8_next(&at, word.at + word.len, &is_bad));
			is_first = false;
		} else {
			last = word;
		}
	}
	if (last.len > 0) {
		const char *at = last.at;

		utf8_add(&out, utf8_next(&at, last.at + last.len, &is_bad));
	}
	return out.failed || out.len == 0 ? BYTES("?") : buf_get(&out);
}

struct bytes
page_size_text(struct page *page, int64_t size_bytes)
{
	struct buf out = buf_in(page->arena);

	text_size(&out, languages[page->lang].code, (uint64_t)size_bytes);
	return out.failed ? BYTES_NONE : buf_get(&out);
}

static const struct view_field file_fields[] = {
	{ "url", VIEW_TEXT, offsetof(struct file_view, url), NULL, NULL },
	{ "name", VIEW_TEXT, offsetof(struct file_view, name), NULL, NULL },
	{ "size", VIEW_TEXT, offsetof(struct file_view, size), NULL, NULL },
	{ "thumb", VIEW_TEXT, offsetof(struct file_view, thumb), NULL, NULL },
	{ "is_image", VIEW_BOOL, offsetof(struct file_view, is_image), NULL,
	    NULL },
	{ .name = NULL },
};
const struct view_type file_view_type = { "file", file_fields, NULL, NULL };

bool
type_is_image(struct bytes type)
{
	static const char *const types[] = { "image/png", "image/jpeg",
		"image/gif", "image/webp" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (bytes_is(type, types[i]))
			return true;
	return false;
}

static bool
fill_file(struct page *page, const struct record *file, struct bytes prefix,
    struct file_view *out)
{
	struct buf url = buf_in(page->arena);

	buf_bytes(&url, prefix);
	buf_printf(&url, "/file/%llu/", (unsigned long long)file->id);
	url_encode(&url, record_text(file, FILE_NAME));
	if (url.failed)
		return false;
	*out = (struct file_view){ .url = buf_get(&url),
		.name = record_text(file, FILE_NAME),
		.size = page_size_text(page, record_int(file, FILE_SIZE)),
		.is_image = type_is_image(record_text(file, FILE_TYPE)) };
	if (out->is_image)
		out->thumb = out->url;
	return true;
}

enum err
files_view(struct page *page, struct snapshot *snapshot,
    const struct record *entry, struct bytes prefix, struct view_list *out)
{
	struct bytes rest = record_text(entry, ENTRY_FILES);
	const struct field *field = &entry->kind->fields[ENTRY_FILES];
	size_t max = list_count(field, rest), count = 0;
	struct file_view *files;
	int64_t id;

	*out = (struct view_list){ .count = 0 };
	if (max == 0)
		return ERR_OK;
	files = arena_array(page->arena, struct file_view, max);
	if (files == NULL)
		return ERR_NOMEM;
	while (list_next_int(&rest, &id)) {
		struct record file;
		enum err err = record_find(
		    snapshot, KIND_FILE, (uint64_t)id, &file);

		if (err == ERR_NOT_FOUND)
			continue;
		if (err != ERR_OK)
			return err;
		if (!fill_file(page, &file, prefix, &files[count++]))
			return ERR_NOMEM;
	}
	*out = VIEW_LIST_OF(files, count);
	return ERR_OK;
}

enum err
entry_html(struct page *page, struct snapshot *snapshot,
    const struct record *entry, struct bytes *out)
{
	struct buf html = buf_in(page->arena);
	struct bytes body;
	enum err err;

	if (record_has(entry, ENTRY_HTML))
		return record_bigtext(
		    snapshot, entry, ENTRY_HTML, page->arena, out);
	err = record_bigtext(snapshot, entry, ENTRY_BODY, page->arena, &body);
	if (err == ERR_OK)
		err = text_render(&html, body);
	if (err != ERR_OK)
		return err;
	if (html.failed)
		return ERR_NOMEM;
	*out = buf_get(&html);
	return ERR_OK;
}
