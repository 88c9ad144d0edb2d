/* core/pages/agent_new.c - /agent/new: a ticket that an agent begins.
 *
 * On a customer's behalf, who called or wrote elsewhere; or the first word to
 * a customer, which goes out by mail.
 */
#include "config.h"
#include "core/pages/agent_new.h"
#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/model/own.h"
#include "core/pages/own_fields.h"

struct new_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct agent_side side;
	struct view_list queues, owners, priorities; /* of struct choice */
	struct view_list own; /* of struct own_field: the queue's */
	bool has_own;         /* some queue has own fields */
	bool is_from_customer;
};

static const struct view_field new_fields[] = {
	FORM_FIELDS(struct new_page, form),
	AGENT_SIDE_FIELDS(struct new_page, side),
	{ "queues_choice", VIEW_LIST, offsetof(struct new_page, queues),
	    &choice_type, NULL },
	{ "owners", VIEW_LIST, offsetof(struct new_page, owners), &choice_type,
	    NULL },
	{ "priorities", VIEW_LIST, offsetof(struct new_page, priorities),
	    &choice_type, NULL },
	{ "fields", VIEW_LIST, offsetof(struct new_page, own), &own_field_type,
	    NULL },
	{ "has_own", VIEW_BOOL, offsetof(struct new_page, has_own), NULL,
	    NULL },
	{ "is_from_customer", VIEW_BOOL,
	    offsetof(struct new_page, is_from_customer), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type new_type = { "new ticket", new_fields, NULL,
	NULL };

static bool
may_write(const struct page *page, const struct directory *directory,
    const struct record *queue)
{
	return queue != NULL &&
	    directory_rights(directory, agent_actor(page).agent, queue->id) &
	    RIGHT_NOTE;
}

/* The queues in which the agent may write, <chosen> marked. */
static enum err
fill_queues(struct page *page, struct site_read *read, struct bytes chosen,
    struct view_list *out)
{
	size_t count, n = 0;
	const struct record *const *all = directory_all(
	    read->directory, KIND_QUEUE, &count);
	struct choice *choices = arena_array(
	    page->arena, struct choice, count + 1);

	if (choices == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (may_write(page, read->directory, all[i]))
			choices[n++] = (struct choice){ record_key(all[i]),
				record_label(all[i]),
				bytes_equal(record_key(all[i]), chosen) };
	*out = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

/* The queue that is chosen in the form; the usual one, or the first that the
 * agent may write in, while none is. NULL if he may in none. */
static const struct record *
queue_of(const struct page *page, const struct directory *directory,
    const struct params *values)
{
	const struct record *queue = directory_find_key(
	    directory, KIND_QUEUE, params_get(values, "queue"));
	size_t count;
	const struct record *const *all = directory_all(
	    directory, KIND_QUEUE, &count);

	if (may_write(page, directory, queue))
		return queue;
	queue = directory_default_queue(directory);
	for (size_t i = 0; !may_write(page, directory, queue); i++) {
		if (i == count)
			return NULL;
		queue = all[i];
	}
	return queue;
}

/* The custom fields that are asked for in <queue>. */
static struct own_fields_of
own_of(const struct directory *directory, const struct record *queue)
{
	return (struct own_fields_of){ .directory = directory,
		.kind = KIND_TICKET,
		.queue = queue != NULL ? queue->id : 0 };
}

static enum err
fill_own(struct page *page, const struct directory *directory,
    const struct record *queue, struct new_page *data)
{
	const struct own_fields_of of = own_of(directory, queue);
	size_t count;
	const struct record *const *all = directory_all(
	    directory, KIND_FIELD, &count);

	for (size_t i = 0; i < count; i++)
		data->has_own |= own_kind(all[i]) == KIND_TICKET;
	return own_fields_view(
	    page, &of, &data->form.values, &data->form.problems, &data->own);
}

/* The form, empty or with what was typed. */
static int
show(struct page *page, struct new_page *data, int status)
{
	const struct field *priority =
	    &kind_get(KIND_TICKET)->fields[TICKET_PRIORITY];
	struct bytes owner = params_get(&data->form.values, "owner");
	const struct record *agent, *queue;
	struct site_read *read;
	int chosen;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = agent_side_fill(page, read, BYTES_NONE, &data->side);
	if (err != ERR_OK)
		return page_status(err);
	queue = queue_of(page, read->directory, &data->form.values);
	err = fill_queues(page, read,
	    queue != NULL ? record_key(queue) : BYTES_NONE, &data->queues);
	if (err == ERR_OK)
		err = fill_own(page, read->directory, queue, data);
	agent = directory_find_key(read->directory, KIND_AGENT, owner);
	if (err == ERR_OK)
		err = choices_of_kind(page, read->directory, KIND_AGENT,
		    agent != NULL ? agent->id : 0, page_tr(page, N_("Nobody")),
		    &data->owners);
	chosen = field_word(
	    priority, params_get(&data->form.values, "priority"));
	if (err == ERR_OK)
		err = choices_of_words(page, priority, chosen < 0 ? 0 : chosen,
		    agent_priority_label, &data->priorities);
	if (err != ERR_OK)
		return page_status(err);
	data->is_from_customer = !bytes_is(
	    params_get(&data->form.values, "from"), "agent");
	page->response->status = status;
	return page_show(page, "agent/new", &new_type, data);
}

static int
show_new(struct page *page)
{
	struct new_page *data = arena_new(page->arena, struct new_page);

	if (data == NULL)
		return 503;
	form_begin(page, &data->form);
	data->form.values = page->request->query; /* prefilled by a link */
	return show(page, data, 200);
}

static void
read_tags(struct act_input *input, struct bytes typed)
{
	while (typed.len > 0 && input->tag_count < ACT_TAGS_MAX) {
		struct bytes item = bytes_trim(bytes_split(&typed, ','));

		if (item.len > 0)
			input->tags[input->tag_count++] = item;
	}
}

/* One field of the ticket as typed; what is wrong becomes a problem. */
static enum err
read_field(struct page *page, const struct directory *directory,
    const struct form *form, int slot, struct act_input *input,
    struct problems *problems)
{
	const char *name = input->fields.kind->fields[slot].name;
	struct why why = { .message = "" };
	enum err err;

	if (!params_has(&form->fields, name))
		return ERR_OK;
	err = act_input_text(
	    input, slot, form_get(form, name), directory, page->arena, &why);
	if (err != ERR_INVALID)
		return err;
	problems_why(page, problems, &why);
	return ERR_OK;
}

static enum err
read_form(struct page *page, const struct form *form,
    const struct uploads *uploads, struct act_input *input,
    struct problems *problems)
{
	static const int slots[] = { TICKET_SUBJECT, TICKET_QUEUE,
		TICKET_PRIORITY };
	static const struct needed needed[] = {
		{ "email", N_("Customer's e-mail address") },
		{ "subject", N_("Subject") },
		{ "body", N_("Message") },
	};
	const struct record *owner;
	struct own_fields_of own;
	struct site_read *read;
	enum err err = page_read(page, &read);

	problems_missing(
	    page, problems, form, needed, sizeof needed / sizeof *needed);
	for (size_t i = 0; err == ERR_OK && i < sizeof slots / sizeof *slots;
	     i++)
		err = read_field(
		    page, read->directory, form, slots[i], input, problems);
	if (err != ERR_OK)
		return err;
	own = own_of(
	    read->directory, queue_of(page, read->directory, &form->fields));
	err = own_fields_read(
	    page, &own, &form->fields, input, TICKET_FIELDS, problems);
	if (err != ERR_OK)
		return err;
	owner = directory_find_key(
	    read->directory, KIND_AGENT, form_line(form, "owner"));
	input->agent = owner != NULL ? owner->id : 0;
	page_read_end(page);
	input->email = form_line(form, "email");
	input->name = form_line(form, "name");
	input->body = form_get(form, "body");
	input->is_ours = bytes_is(form_get(form, "from"), "agent");
	input->format = input->is_ours ? FORMAT_MARKDOWN : FORMAT_TEXT;
	read_tags(input, form_get(form, "tags"));
	upload_attach(uploads, input);
	if (uploads->err != ERR_OK)
		problems_why(page, problems, &uploads->why);
	return ERR_OK;
}

static int
post_new(struct page *page)
{
	struct new_page *data = arena_new(page->arena, struct new_page);
	struct uploads *uploads = arena_new(page->arena, struct uploads);
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct act_result result = { .ticket = 0 };
	struct actor actor = agent_actor(page);
	struct form form;
	enum err err;
	int status;

	if (data == NULL || uploads == NULL || input == NULL)
		return 503;
	status = upload_read(page, &actor, true, &form, uploads);
	if (status != 0)
		return status;
	page_input(page, input, VERB_TICKET_CREATE, KIND_TICKET, &actor, &form);
	input->source = SOURCE_AGENT;
	form_again(page, &data->form, &form, uploads);
	if (form_get(&form, "remove").len > 0 ||
	    form_get(&form, "again").len > 0)
		return show(page, data, 200);
	err = read_form(page, &form, uploads, input, &data->form.problems);
	if (err != ERR_OK)
		return page_status(err);
	if (data->form.problems.count > 0)
		return show(page, data, 422);
	err = desk_act(page->desk, input, page->arena, &result, &page->why);
	if (err != ERR_OK) {
		problems_result(
		    page, &data->form.problems, &result, &page->why);
		return show(page, data, form_status(page, err));
	}
	page_flash(page, "ok",
	    page_tr(page,
		input->is_ours ?
		    N_("The ticket was created, and the mail is on its way.") :
		    N_("The ticket was created.")));
	return page_redirect(
	    page, "/agent/t/%llu", (unsigned long long)result.ticket);
}

const struct route agent_new_routes[] = {
	{ ROUTE_GET, "/agent/new", ACCESS_AGENT, show_new, false },
	{ ROUTE_POST, "/agent/new", ACCESS_AGENT, post_new, false },
	{ .pattern = NULL },
};
