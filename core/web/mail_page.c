/* core/web/mail_page.c - the words of mails, from www/templates/mail. */
#include "config.h"
#include "core/web/mail_page.h"

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/text_format.h"
#include "core/base/zone.h"
#include "core/desk/token.h"
#include "core/model/setting.h"
#include "core/model/table.h"
#include "core/model/view.h"
#include "core/web/template.h"
#include "core/web/translate.h"

#define LINKS_MAX 100 /* requests in one mail of links */
#define SCORES 5

struct mail_brand {
	struct bytes name, logo_url, color;
};

struct mail_person {
	struct bytes name;
};

struct mail_ticket {
	int64_t number;
	struct bytes subject;
	struct mail_person customer;
};

/* Of mail/links. */
struct mail_link {
	int64_t number, updated_us;
	struct bytes subject, url;
	const char *status_label;
};

/* Of mail/survey. */
struct mail_score {
	int64_t value;
	const char *label;
	struct bytes url;
};

/* Of mail/reply. */
struct mail_file {
	struct bytes name, size;
};

struct mail_data {
	const char *lang, *dir;
	struct bytes base_url, url, title, text, html;
	struct mail_brand brand;
	struct mail_ticket *ticket;
	struct mail_person customer, author, reader;
	struct bytes answer_time;
	bool is_verified, is_urgent, can_mail_back, has_files;
	const struct json *vars;
	struct view_list tickets, scores, files;
};

static const struct view_field brand_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct mail_brand, name) },
	{ "logo_url", VIEW_TEXT, offsetof(struct mail_brand, logo_url) },
	{ "color", VIEW_TEXT, offsetof(struct mail_brand, color) },
	{ NULL },
};
static const struct view_type brand_type = { "brand", brand_fields };

static const struct view_field person_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct mail_person, name) },
	{ NULL },
};
static const struct view_type person_type = { "person", person_fields };

static const struct view_field ticket_fields[] = {
	{ "number", VIEW_INT, offsetof(struct mail_ticket, number) },
	{ "subject", VIEW_TEXT, offsetof(struct mail_ticket, subject) },
	{ "customer", VIEW_INSIDE, offsetof(struct mail_ticket, customer),
	    .type = &person_type },
	{ NULL },
};
static const struct view_type ticket_type = { "ticket", ticket_fields };

static const struct view_field link_fields[] = {
	{ "number", VIEW_INT, offsetof(struct mail_link, number) },
	{ "subject", VIEW_TEXT, offsetof(struct mail_link, subject) },
	{ "url", VIEW_TEXT, offsetof(struct mail_link, url) },
	{ "status_label", VIEW_CSTR, offsetof(struct mail_link, status_label) },
	{ "updated", VIEW_TIME, offsetof(struct mail_link, updated_us) },
	{ NULL },
};
static const struct view_type link_type = { "link", link_fields };

static const struct view_field score_fields[] = {
	{ "value", VIEW_INT, offsetof(struct mail_score, value) },
	{ "label", VIEW_CSTR, offsetof(struct mail_score, label) },
	{ "url", VIEW_TEXT, offsetof(struct mail_score, url) },
	{ NULL },
};
static const struct view_type score_type = { "score", score_fields };

static const struct view_field file_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct mail_file, name) },
	{ "size", VIEW_TEXT, offsetof(struct mail_file, size) },
	{ NULL },
};
static const struct view_type file_type = { "file", file_fields };

static const struct view_field data_fields[] = {
	{ "lang", VIEW_CSTR, offsetof(struct mail_data, lang) },
	{ "dir", VIEW_CSTR, offsetof(struct mail_data, dir) },
	{ "base_url", VIEW_TEXT, offsetof(struct mail_data, base_url) },
	{ "url", VIEW_TEXT, offsetof(struct mail_data, url) },
	{ "title", VIEW_TEXT, offsetof(struct mail_data, title) },
	{ "text", VIEW_TEXT, offsetof(struct mail_data, text) },
	{ "html", VIEW_HTML, offsetof(struct mail_data, html) },
	{ "brand", VIEW_INSIDE, offsetof(struct mail_data, brand),
	    .type = &brand_type },
	{ "ticket", VIEW_OBJECT, offsetof(struct mail_data, ticket),
	    .type = &ticket_type },
	{ "customer", VIEW_INSIDE, offsetof(struct mail_data, customer),
	    .type = &person_type },
	{ "author", VIEW_INSIDE, offsetof(struct mail_data, author),
	    .type = &person_type },
	{ "reader", VIEW_INSIDE, offsetof(struct mail_data, reader),
	    .type = &person_type },
	{ "answer_time", VIEW_TEXT, offsetof(struct mail_data, answer_time) },
	{ "is_verified", VIEW_BOOL, offsetof(struct mail_data, is_verified) },
	{ "is_urgent", VIEW_BOOL, offsetof(struct mail_data, is_urgent) },
	{ "can_mail_back", VIEW_BOOL,
	    offsetof(struct mail_data, can_mail_back) },
	{ "vars", VIEW_OBJECT, offsetof(struct mail_data, vars),
	    .type = &view_json },
	{ "tickets", VIEW_LIST, offsetof(struct mail_data, tickets),
	    .type = &link_type },
	{ "scores", VIEW_LIST, offsetof(struct mail_data, scores),
	    .type = &score_type },
	{ "has_files", VIEW_BOOL, offsetof(struct mail_data, has_files) },
	{ "files", VIEW_LIST, offsetof(struct mail_data, files),
	    .type = &file_type },
	{ NULL },
};
static const struct view_type data_type = { "mail", data_fields };

/* ---- what the templates are given ---- */

static const char *const status_labels[] = {
	[STATUS_OPEN] = N_("Open"),
	[STATUS_PENDING] = N_("Pending"),
	[STATUS_CLOSED] = N_("Closed"),
};

static const char *const score_labels[SCORES + 1] = {
	[1] = N_("Bad"),
	[2] = N_("Poor"),
	[3] = N_("Fair"),
	[4] = N_("Good"),
	[5] = N_("Very good"),
};

static void
fill_brand(struct mail_data *data, const struct mail_page *page)
{
	const struct record *brand = page->brand;
	struct bytes logo;

	if (brand == NULL)
		return;
	data->brand.name = record_text(brand, BRAND_NAME);
	data->brand.color = record_text(brand, BRAND_COLOR);
	data->base_url = record_text(brand, BRAND_BASE_URL);
	logo = record_text(brand, BRAND_LOGO);
	/* a mail has no address of its own that a path could belong to */
	if (bytes_start_with(logo, BYTES("https://")))
		data->brand.logo_url = logo;
}

static enum err
fill_ticket(
    struct mail_data *data, const struct mail_page *page, struct arena *arena)
{
	if (page->customer != NULL)
		data->customer.name = record_text(
		    page->customer, CUSTOMER_NAME);
	if (page->ticket == NULL)
		return ERR_OK;
	data->ticket = arena_new(arena, struct mail_ticket);
	if (data->ticket == NULL)
		return ERR_NOMEM;
	data->ticket->number = (int64_t)page->ticket->id;
	data->ticket->subject = record_text(page->ticket, TICKET_SUBJECT);
	data->ticket->customer.name = data->customer.name;
	data->is_urgent = record_int(page->ticket, TICKET_PRIORITY) ==
	    PRIORITY_URGENT;
	return ERR_OK;
}

/* What survey links lead to: the private page with a score chosen. It is saved
 * there by a button: a GET changes nothing. */
static enum err
fill_scores(struct mail_data *data, struct arena *arena, unsigned lang)
{
	struct mail_score *scores = arena_array(
	    arena, struct mail_score, SCORES);

	if (scores == NULL)
		return ERR_NOMEM;
	for (int i = 0; i < SCORES; i++) {
		struct buf url = buf_in(arena);

		scores[i].value = SCORES - i;
		scores[i].label = tr(lang, score_labels[SCORES - i]);
		buf_bytes(&url, data->url);
		buf_text(&url, "?score=");
		buf_int(&url, SCORES - i);
		buf_text(&url, "#rate");
		if (url.failed)
			return ERR_NOMEM;
		scores[i].url = buf_get(&url);
	}
	data->scores = VIEW_LIST_OF(scores, SCORES);
	return ERR_OK;
}

/* All requests of the person, the newest first. */
static enum err
fill_links(struct mail_data *data, const struct mail_page *page,
    struct arena *arena, unsigned lang)
{
	int64_t customer = (int64_t)page->customer->id;
	struct filter filter = { .term_count = 1 };
	struct view_reader reader = {
		.filter = { .directory = page->read->directory,
		    .snapshot = page->read->snapshot,
		    .now_us = page->read->now_us },
		.snapshot = page->read->snapshot,
		.sees_all = true,
	};
	struct view_page found = { 0 };
	struct mail_link *links;
	enum err err;

	filter.terms[0] = (struct filter_term){ .op = FILTER_ANY_OF,
		.slot = TICKET_CUSTOMER,
		.numbers = &customer,
		.number_count = 1 };
	err = view_list(&reader, &filter, BYTES_NONE, LINKS_MAX, arena, &found);
	if (err != ERR_OK || found.count == 0)
		return err;
	links = arena_array(arena, struct mail_link, found.count);
	if (links == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < found.count; i++) {
		const struct record *ticket = &found.tickets[i];
		int64_t status = record_int(ticket, TICKET_STATUS);

		links[i].number = (int64_t)ticket->id;
		links[i].subject = record_text(ticket, TICKET_SUBJECT);
		links[i].updated_us = record_int(ticket, TICKET_UPDATED);
		if (status >= STATUS_OPEN && status <= STATUS_CLOSED)
			links[i].status_label = tr(lang, status_labels[status]);
		links[i].url = token_mailed_url(page->read->site,
		    page->read->directory, ticket, page->customer, arena);
		if (links[i].url.len == 0)
			return ERR_NOMEM;
	}
	data->tickets = VIEW_LIST_OF(links, found.count);
	return ERR_OK;
}

/* The files of the entry, to be had by the link. */
static enum err
fill_files(struct mail_data *data, const struct mail_page *page,
    struct arena *arena, const char *locale)
{
	struct bytes rest = record_text(page->entry, ENTRY_FILES);
	size_t count = 0,
	       max = list_count(&page->entry->kind->fields[ENTRY_FILES], rest);
	struct mail_file *files = arena_array(arena, struct mail_file, max);
	struct record file;
	enum err err;
	int64_t id;

	if (files == NULL)
		return ERR_NOMEM;
	while (count < max && list_next_int(&rest, &id)) {
		struct buf size = buf_in(arena);

		err = record_find(
		    page->read->snapshot, KIND_FILE, (uint64_t)id, &file);
		if (err == ERR_NOT_FOUND)
			continue;
		if (err != ERR_OK)
			return err;
		text_size(
		    &size, locale, (uint64_t)record_int(&file, FILE_SIZE));
		if (size.failed)
			return ERR_NOMEM;
		files[count].name = record_text(&file, FILE_NAME);
		files[count++].size = buf_get(&size);
	}
	data->files = VIEW_LIST_OF(files, count);
	data->has_files = count > 0;
	return ERR_OK;
}

/* An entry that is plain text has no HTML of its own. */
static enum err
fill_html(struct mail_data *data, struct arena *arena)
{
	struct buf html = buf_in(arena);

	if (data->html.len > 0 || data->text.len == 0)
		return ERR_OK;
	buf_text(&html, "<p style=\"margin:0;white-space:pre-line\">");
	html_escape(&html, bytes_trim(data->text));
	buf_text(&html, "</p>");
	data->html = buf_get(&html);
	return html.failed ? ERR_NOMEM : ERR_OK;
}

static enum err
fill(struct mail_data *data, const struct mail_page *page, struct arena *arena,
    unsigned lang)
{
	enum err err;

	data->lang = languages[lang].code;
	data->dir = languages[lang].dir;
	data->url = page->url;
	data->title = page->title;
	data->text = page->text;
	data->html = page->html;
	data->vars = page->vars;
	data->is_verified = page->is_verified;
	fill_brand(data, page);
	if (page->author != NULL)
		data->author.name = record_text(page->author, AGENT_NAME);
	if (page->reader != NULL)
		data->reader.name = record_text(page->reader, AGENT_NAME);
	data->answer_time = setting_text(
	    page->read->directory, CHOICE_ANSWER_TIME, page->brand);
	err = fill_ticket(data, page, arena);
	if (err == ERR_OK)
		err = fill_html(data, arena);
	if (err == ERR_OK && page->entry != NULL)
		err = fill_files(data, page, arena, data->lang);
	if (err == ERR_OK && page->ticket != NULL)
		err = fill_scores(data, arena, lang);
	if (err == ERR_OK && page->ticket == NULL && page->customer != NULL)
		err = fill_links(data, page, arena, lang);
	return err;
}

/* ---- from templates to words ---- */

void
html_unescape(struct buf *out, struct bytes html)
{
	static const struct {
		const char *entity;
		char c;
	} entities[] = {
		{ "&amp;", '&' },
		{ "&lt;", '<' },
		{ "&gt;", '>' },
		{ "&quot;", '"' },
		{ "&#39;", '\'' },
	};
	size_t at = 0;

	while (at < html.len) {
		struct bytes rest = { html.at + at, html.len - at };
		const char *amp = memchr(rest.at, '&', rest.len);
		size_t plain = amp ? (size_t)(amp - rest.at) : rest.len;
		size_t i = 0;

		buf_add(out, rest.at, plain);
		at += plain;
		if (amp == NULL)
			break;
		rest = (struct bytes){ html.at + at, html.len - at };
		while (i < sizeof entities / sizeof *entities &&
		    !bytes_start_with(rest, bytes_of(entities[i].entity)))
			i++;
		if (i < sizeof entities / sizeof *entities) {
			buf_add(out, &entities[i].c, 1);
			at += strlen(entities[i].entity);
		} else {
			buf_add(out, "&", 1);
			at++;
		}
	}
}

/* One line: what stands between its ends, each control character a space. */
static struct bytes
one_line(struct bytes text)
{
	char *at = (char *)text.at; /* ours: it lies in our buffer */

	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
			at[i] = ' ';
	return bytes_trim(text);
}

struct mail_part {
	const char *ending; /* of the template's name */
	bool is_plain;
	bool is_needed;
};

/* The template mail/NAME<ending>; *<out> stays empty for one that is not
 * needed and not there. */
static enum err
render_part(struct template_set *set, const struct mail_page *page,
    const struct mail_part *part, struct view *view, struct bytes *out,
    struct why *why)
{
	struct buf name = buf_in(view->arena), html = buf_in(view->arena);
	struct buf plain = buf_in(view->arena);
	enum err err;

	buf_text(&name, "mail/");
	buf_text(&name, page->template);
	buf_text(&name, part->ending);
	buf_add(&name, "", 1);
	if (name.failed)
		return ERR_NOMEM;
	if (!template_exists(set, name.at)) {
		if (!part->is_needed)
			return ERR_OK;
		return why_set(why, ERR_NOT_FOUND, "template",
		    N_("There is no template {name}."), 0, name.at);
	}
	err = template_render(set, name.at, view, &html);
	if (err != ERR_OK)
		return err;
	if (part->is_plain)
		html_unescape(&plain, buf_get(&html));
	if (html.failed || plain.failed)
		return ERR_NOMEM;
	*out = buf_get(part->is_plain ? &plain : &html);
	return ERR_OK;
}

static enum err
render_all(struct template_set *set, const struct mail_page *page,
    struct view *view, struct mail_text *out, struct why *why)
{
	static const struct mail_part subject_part = { "_subject", true, true };
	static const struct mail_part text_part = { "_text", true, true };
	static const struct mail_part html_part = { "", false, false };
	struct mail_text text = { .subject = BYTES_NONE };
	enum err err;

	err = render_part(set, page, &subject_part, view, &text.subject, why);
	if (err == ERR_OK)
		err = render_part(set, page, &text_part, view, &text.text, why);
	if (err == ERR_OK)
		err = render_part(set, page, &html_part, view, &text.html, why);
	if (err != ERR_OK)
		return err;
	text.subject = one_line(text.subject);
	*out = text;
	return ERR_OK;
}

enum err
mail_page_render(void *mail_pages, const struct mail_page *page,
    struct arena *arena, struct mail_text *out, struct why *why)
{
	const struct mail_pages *pages = mail_pages;
	unsigned lang = translate_language(page->language);
	struct mail_data *data = arena_new(arena, struct mail_data);
	struct template_set *set = NULL;
	struct view view = { .arena = arena,
		.now_us = page->read->now_us,
		.page = data,
		.page_type = &data_type };
	const char *zone;
	enum err err = ERR_NOMEM;

	if (data == NULL)
		goto out;
	if (lang >= LANG__COUNT || !translate_has(lang))
		lang = LANG_EN;
	view.lang = lang;
	zone = arena_copy(arena, page->zone.at, page->zone.len);
	if (zone == NULL)
		goto out;
	view.zone = zone_get(zone);
	err = fill(data, page, arena, lang);
	if (err != ERR_OK)
		goto out;
	set = pages->hold(pages->arg, page->read->site);
	if (set == NULL) {
		err = ERR_BUSY;
		goto out;
	}
	err = render_all(set, page, &view, out, why);
out:
	template_set_release(set);
	return err;
}
