/* core/pages/customer_form.c - the form by which customers ask: /new. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/secret.h"
#include "core/base/text.h"
#include "core/model/value.h"
#include "core/pages/customer.h"
#include "core/pages/own_fields.h"

#include <stdio.h>

#define TYPING_US (2 * CLOCK_SECOND_US) /* nobody fills it in faster */
#define FORM_LIFE_US CLOCK_DAY_US

const struct limit limit_forms = { "form", 12, 20000 };

struct form_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct bytes action, stamp;
	struct form_link about; /* the form's own name */
	bool has_forms;
	struct view_list forms, fields;

	/* not shown */
	const struct record *queue; /* NULL: the general form */
	struct own_fields_of own;
};

const struct view_field form_link_fields[] = {
	{ "url", VIEW_TEXT, offsetof(struct form_link, url), NULL, NULL },
	{ "name", VIEW_TEXT, offsetof(struct form_link, name), NULL, NULL },
	{ "about", VIEW_TEXT, offsetof(struct form_link, about), NULL, NULL },
	{ "is_current", VIEW_BOOL, offsetof(struct form_link, is_current), NULL,
	    NULL },
	{ .name = NULL },
};
const struct view_type form_link_type = { "form", form_link_fields, NULL,
	NULL };

static const struct view_field form_page_fields[] = {
	FORM_FIELDS(struct form_page, form),
	{ "action", VIEW_TEXT, offsetof(struct form_page, action), NULL, NULL },
	{ "stamp", VIEW_TEXT, offsetof(struct form_page, stamp), NULL, NULL },
	{ "form", VIEW_INSIDE, offsetof(struct form_page, about),
	    &form_link_type, NULL },
	{ "has_forms", VIEW_BOOL, offsetof(struct form_page, has_forms), NULL,
	    NULL },
	{ "forms", VIEW_LIST, offsetof(struct form_page, forms),
	    &form_link_type, NULL },
	{ "fields", VIEW_LIST, offsetof(struct form_page, fields),
	    &own_field_type, NULL },
	{ .name = NULL },
};
static const struct view_type form_page_type = { "form page", form_page_fields,
	NULL, NULL };

static bool
is_offered(const struct page *page, const struct record *queue)
{
	return record_int(queue, QUEUE_HAS_FORM) &&
	    !record_int(queue, QUEUE_IS_PRIVATE) &&
	    page_is_of(page, record_ref(queue, QUEUE_BRAND));
}

enum err
form_links(struct page *page, const struct directory *directory,
    struct bytes current, struct view_list *out)
{
	const struct record *const *queues;
	struct form_link *links;
	size_t count, used = 0;

	queues = directory_all(directory, KIND_QUEUE, &count);
	links = arena_array(page->arena, struct form_link, count);
	if (links == NULL && count > 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		struct buf url = buf_in(page->arena);

		if (!is_offered(page, queues[i]))
			continue;
		buf_bytes(&url, page->root.base);
		buf_text(&url, "/new/");
		url_encode(&url, record_key(queues[i]));
		if (url.failed)
			return ERR_NOMEM;
		links[used++] = (struct form_link){ .url = buf_get(&url),
			.name = record_label(queues[i]),
			.about = record_text(queues[i], QUEUE_DESCRIPTION),
			.is_current = current.len > 0 &&
			    bytes_equal(record_key(queues[i]), current) };
	}
	*out = VIEW_LIST_OF(links, used);
	return ERR_OK;
}

/* The queue that a message of the general form begins in: the site's own
 * choice, or the first one that takes any. Scripts route it on. */
static const struct record *
general_queue(const struct page *page, const struct directory *directory)
{
	const struct record *queue = directory_default_queue(directory);
	const struct record *const *queues;
	size_t count;

	if (queue != NULL && is_offered(page, queue))
		return queue;
	queues = directory_all(directory, KIND_QUEUE, &count);
	for (size_t i = 0; i < count; i++)
		if (is_offered(page, queues[i]))
			return queues[i];
	return NULL;
}

/* Which form the path names; 404 for none. */
static int
find_form(struct page *page, struct site_read *read, struct form_page *data)
{
	struct bytes key = request_route(page->request, "form");

	data->own = (struct own_fields_of){ .directory = read->directory,
		.kind = KIND_TICKET,
		.is_public = true,
		.is_plain = true };
	if (key.len == 0) {
		data->queue = general_queue(page, read->directory);
		return data->queue != NULL ? 0 : 404;
	}
	data->queue = directory_find_key(read->directory, KIND_QUEUE, key);
	if (data->queue == NULL || !is_offered(page, data->queue))
		return 404;
	data->own.queue = data->queue->id;
	data->about.name = record_label(data->queue);
	data->about.about = record_text(data->queue, QUEUE_DESCRIPTION);
	return 0;
}

/* When the form was shown first: what was typed since keeps its time. */
static void
set_stamp(struct page *page, struct form_page *data, const struct form *form)
{
	char text[TOKEN_TEXT_SIZE];
	uint64_t at;

	data->stamp = form != NULL ? form_get(form, "stamp") : BYTES_NONE;
	if (data->stamp.len > 0 &&
	    token_stamp_read(page->desk, data->stamp, &at) == ERR_OK &&
	    (int64_t)at + FORM_LIFE_US > page->now_us)
		return;
	token_stamp(page->desk, (uint64_t)page->now_us, text);
	data->stamp = bytes_of(arena_copy(page->arena, text, strlen(text)));
}

static int
show(struct page *page, struct site_read *read, struct form_page *data,
    int status)
{
	struct bytes key = request_route(page->request, "form");
	struct buf action = buf_in(page->arena);
	enum err err;

	buf_bytes(&action, page->root.base);
	buf_text(&action, "/new");
	if (key.len > 0) {
		buf_char(&action, '/');
		url_encode(&action, key);
	}
	if (action.failed)
		return 503;
	data->action = buf_get(&action);
	err = form_links(page, read->directory, key, &data->forms);
	if (err == ERR_OK)
		err = own_fields_view(page, &data->own, &data->form.values,
		    &data->form.problems, &data->fields);
	if (err != ERR_OK)
		return page_status(err);
	data->has_forms = data->forms.count > 1;
	page->response->status = status;
	return page_show(page, "customer/form", &form_page_type, data);
}

static int
form_get_page(struct page *page)
{
	struct form_page *data = arena_new(page->arena, struct form_page);
	struct site_read *read;
	enum err err = page_read(page, &read);
	int status;

	if (data == NULL || err != ERR_OK)
		return err != ERR_OK ? page_status(err) : 503;
	status = find_form(page, read, data);
	if (status != 0)
		return status;
	form_begin(page, &data->form);
	data->form.values = page->request->query; /* prefilled by a link */
	set_stamp(page, data, NULL);
	return show(page, read, data, 200);
}

/* A message that a robot would have sent, or one that nobody could tell from
 * a robot's: shown again, and taken at the second try. */
static void
check_robot(struct page *page, struct form_page *data, const struct form *form)
{
	struct bytes stamp = form_get(form, "stamp");
	const char *message = NULL;
	uint64_t at;

	if (form_get(form, "website").len > 0)
		message = N_("A field that people do not see was filled in. "
			     "Please send it once more.");
	else if (token_stamp_read(page->desk, stamp, &at) != ERR_OK ||
	    (int64_t)at + FORM_LIFE_US < page->now_us)
		message = N_("This form was open for a long time. "
			     "Please send it once more.");
	else if ((int64_t)at + TYPING_US > page->now_us)
		message = N_("That was very quick. "
			     "Please look at it and send it once more.");
	if (message != NULL)
		problems_add(page, &data->form.problems, BYTES_NONE,
		    bytes_of(page_tr(page, message)));
}

/* All that is missing is said at once. */
static void
check_filled(struct page *page, struct form_page *data, const struct form *form)
{
	static const struct needed needed[] = {
		{ "email", N_("Your e-mail address") },
		{ "subject", N_("In one line: what is it about?") },
		{ "body", N_("Tell us more") },
	};
	struct buf email = buf_in(page->arena);
	struct why why = { .message = "" };

	problems_missing(page, &data->form.problems, form, needed,
	    sizeof needed / sizeof *needed);
	if (text_email(&email, form_get(form, "email"), &why) == ERR_INVALID)
		problems_add(page, &data->form.problems, BYTES("email"),
		    tr_why(page->arena, page->lang, &why));
}

/* The form's key, together with who asks what: a form that was sent, changed
 * and sent again says something else, and nothing of it may be lost. */
static struct bytes
key_of(struct page *page, const struct form *form,
    const struct directory *directory, struct bytes queue)
{
	const char *const names[] = { "key", "email", "name", "subject",
		"body" };
	struct buf all = buf_in(page->arena), hex = buf_in(page->arena);
	uint8_t hash[SECRET_HASH_SIZE];

	if (form_get(form, "key").len == 0)
		return BYTES_NONE;
	list_add_text(&all, queue);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		list_add_text(&all, form_get(form, names[i]));
	for (size_t i = 0; i < form->fields.count; i++) {
		const struct param *p = &form->fields.at[i];

		if (directory_find_key(directory, KIND_FIELD, p->name) == NULL)
			continue;
		list_add_text(&all, p->name);
		list_add_text(&all, p->value);
	}
	if (all.failed)
		return BYTES_NONE;
	secret_hash(buf_get(&all), hash);
	secret_hex_add(&hex, (struct bytes){ (const char *)hash, sizeof hash });
	return hex.failed ? BYTES_NONE : buf_get(&hex);
}

static const struct actor visitor = { .kind = BY_CUSTOMER };

/* Fill the act's input; what is wrong becomes problems. */
static enum err
fill_input(struct page *page, struct site_read *read, struct form_page *data,
    const struct form *form, const struct uploads *uploads,
    struct act_input *input)
{
	struct problems *problems = &data->form.problems;
	struct why why = { .message = "" };
	enum err err;

	page_input(
	    page, input, VERB_TICKET_CREATE, KIND_TICKET, &visitor, form);
	input->is_form = true;
	input->key = key_of(
	    page, form, read->directory, record_key(data->queue));
	input->email = form_line(form, "email");
	input->name = form_line(form, "name");
	input->body = form_get(form, "body");
	input->format = FORMAT_TEXT;
	record_set_int(&input->fields, TICKET_QUEUE, (int64_t)data->queue->id);
	record_set_text(&input->fields, TICKET_LANGUAGE,
	    bytes_of(languages[page->lang].code));
	upload_attach(uploads, input);
	check_filled(page, data, form);
	err = value_from_text(&input->fields, TICKET_SUBJECT,
	    form_get(form, "subject"), read->directory, page->arena, &why);
	if (err == ERR_INVALID) {
		problems_why(page, problems, &why);
		err = ERR_OK;
	}
	if (err == ERR_OK)
		err = own_fields_read(page, &data->own, &form->fields, input,
		    TICKET_FIELDS, problems);
	if (uploads->err != ERR_OK)
		problems_why(page, problems, &uploads->why);
	if (problems->count == 0) /* else it is sent again anyway */
		check_robot(page, data, form);
	return err;
}

/* To the new ticket's private page. */
static int
go_to_ticket(struct page *page, uint64_t number)
{
	char token[TOKEN_TEXT_SIZE];
	struct site_read *read;
	struct record ticket;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = record_find(read->snapshot, KIND_TICKET, number, &ticket);
	if (err != ERR_OK)
		return page_status(err);
	token_make(page->desk, &ticket, TOKEN_LINK, token);
	return page_redirect(page, "/t/%s?new=1", token);
}

/* A file was taken off the form with its own button. */
static bool
removes(const struct form *form)
{
	return form_get(form, "remove").len > 0;
}

static int
form_post(struct page *page)
{
	struct form_page *data = arena_new(page->arena, struct form_page);
	struct uploads *uploads = arena_new(page->arena, struct uploads);
	struct act_input *input = arena_new(page->arena, struct act_input);
	bool is_limited = page_limited(page, &limit_forms, BYTES_NONE) > 0;
	struct act_result result = { .ticket = 0 };
	struct site_read *read;
	struct form form;
	enum err err;
	int status;

	if (data == NULL || uploads == NULL || input == NULL)
		return 503;
	status = upload_read(page, &visitor, !is_limited, &form, uploads);
	if (status != 0)
		return status;
	err = page_read(page, &read);
	if (err != ERR_OK)
		return page_status(err);
	status = find_form(page, read, data);
	if (status != 0)
		return status;
	form_again(page, &data->form, &form, uploads);
	set_stamp(page, data, &form);
	if (is_limited) {
		problems_add(page, &data->form.problems, BYTES_NONE,
		    bytes_of(page_tr(page,
			N_("Too many messages in a short time. "
			   "Please wait a minute and send it again."))));
		return show(page, read, data, 429);
	}
	if (removes(&form))
		return show(page, read, data, 200);
	err = fill_input(page, read, data, &form, uploads, input);
	if (err != ERR_OK)
		return page_status(err);
	if (data->form.problems.count > 0)
		return show(page, read, data, uploads_status(page, uploads));
	page_read_end(page);
	err = desk_act(page->desk, input, page->arena, &result, &page->why);
	if (err == ERR_OK)
		return go_to_ticket(page, result.ticket);
	problems_result(page, &data->form.problems, &result, &page->why);
	if (page_read(page, &read) != ERR_OK ||
	    find_form(page, read, data) != 0)
		return page_status(err);
	return show(page, read, data, form_status(page, err));
}

const struct route customer_form_routes[] = {
	{ ROUTE_GET, "/new", ACCESS_PUBLIC, form_get_page, false },
	{ ROUTE_POST, "/new", ACCESS_PUBLIC, form_post, true },
	{ ROUTE_GET, "/new/{form}", ACCESS_PUBLIC, form_get_page, false },
	{ ROUTE_POST, "/new/{form}", ACCESS_PUBLIC, form_post, true },
	{ .pattern = NULL },
};
