/* core/pages/agent_person.c - the card of a customer, beside a ticket. */
#include "config.h"
#include "core/pages/agent_person.h"
#include "core/base/arena.h"
#include "core/model/ticket.h"
#include "core/pages/own_fields.h"

#define PAST_MAX 6

struct past_view {
	int64_t number, at_us;
	struct bytes url, subject;
	const char *status_label;
	bool is_open, is_pending, is_closed;
};

static const struct view_field customer_fields[] = {
	VIEW_FIELD(struct customer_view, name, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, email, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, initials, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, tone, VIEW_INT),
	VIEW_FIELD(struct customer_view, url, VIEW_TEXT),
	{ "since", VIEW_TIME, offsetof(struct customer_view, since_us), NULL,
	    NULL },
	VIEW_FIELD(struct customer_view, organisation, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, tier, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, language, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, local_time, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, is_vip, VIEW_BOOL),
	VIEW_FIELD(struct customer_view, is_proved, VIEW_BOOL),
	VIEW_FIELD(struct customer_view, note, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, can_note, VIEW_BOOL),
	VIEW_FIELD(struct customer_view, note_url, VIEW_TEXT),
	VIEW_FIELD(struct customer_view, is_told, VIEW_BOOL),
	{ "own", VIEW_LIST, offsetof(struct customer_view, own),
	    &own_field_type, NULL },
	{ "facts", VIEW_LIST, offsetof(struct customer_view, facts),
	    &own_fact_type, NULL },
	{ .name = NULL },
};
const struct view_type customer_view_type = { .name = "customer",
	.fields = customer_fields };

static const struct view_field past_fields[] = {
	VIEW_FIELD(struct past_view, number, VIEW_INT),
	VIEW_FIELD(struct past_view, url, VIEW_TEXT),
	VIEW_FIELD(struct past_view, subject, VIEW_TEXT),
	{ "at", VIEW_TIME, offsetof(struct past_view, at_us), NULL, NULL },
	VIEW_FIELD(struct past_view, status_label, VIEW_CSTR),
	VIEW_FIELD(struct past_view, is_open, VIEW_BOOL),
	VIEW_FIELD(struct past_view, is_pending, VIEW_BOOL),
	VIEW_FIELD(struct past_view, is_closed, VIEW_BOOL),
	{ .name = NULL },
};
const struct view_type past_view_type = { .name = "past",
	.fields = past_fields };

static enum err
fill_past(const struct person_of *of, struct person_card *card)
{
	struct view_reader reader = desk_reader(of->read->directory,
	    of->read->snapshot, of->actor, of->read->now_us);
	struct past_view *past = arena_array(
	    of->page->arena, struct past_view, PAST_MAX + 1);
	struct bytes text = bytes_of(arena_printf(of->page->arena,
	    "customer:%llu", (unsigned long long)of->customer->id));
	struct view_page found;
	struct filter filter;
	size_t count = 0, n = 0;
	enum err err;

	if (past == NULL || text.at == NULL)
		return ERR_NOMEM;
	err = filter_from_text(
	    text, &reader.filter, of->page->arena, &filter, &of->page->why);
	if (err == ERR_OK)
		err = view_list(&reader, &filter, BYTES_NONE, PAST_MAX + 1,
		    of->page->arena, &found);
	if (err == ERR_OK && found.after.len > 0)
		err = view_count(&reader, &filter, of->page->arena, &count);
	else if (err == ERR_OK)
		count = found.count;
	for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
		const struct record *t = &found.tickets[i];
		int64_t status = record_int(t, TICKET_STATUS);

		if (t->id == of->ticket || n == PAST_MAX)
			continue;
		past[n++] = (struct past_view){ (int64_t)t->id,
			record_int(t, TICKET_UPDATED),
			bytes_of(arena_printf(of->page->arena,
			    "%.*s/agent/t/%llu", BYTES_ARG(of->page->root.base),
			    (unsigned long long)t->id)),
			record_text(t, TICKET_SUBJECT),
			agent_status_label(of->page, status),
			status == STATUS_OPEN, status == STATUS_PENDING,
			status == STATUS_CLOSED };
	}
	card->past = VIEW_LIST_OF(past, n);
	card->has_past = n > 0;
	card->past_count = count > 0 ? (int64_t)count - 1 : 0;
	return err;
}

/* What agents say of the customer: inputs for who may, else facts. */
static enum err
fill_told(const struct person_of *of, struct customer_view *view)
{
	const struct own_fields_of own = own_fields_beside(
	    of->read->directory, of->customer, 0);
	const struct params *typed = &of->form->values;
	enum err err;

	if (!of->can_note)
		return own_facts_view(of->page, &own, &view->facts);
	err = record_bigtext(of->read->snapshot, of->customer, CUSTOMER_NOTES,
	    of->page->arena, &view->note);
	if (err == ERR_OK)
		err = own_fields_view(
		    of->page, &own, typed, &of->form->problems, &view->own);
	if (params_has(typed, "note"))
		view->note = params_get(typed, "note");
	view->is_told = view->note.len > 0 || view->own.count > 0;
	return err;
}

enum err
person_card_fill(const struct person_of *of, struct person_card *card)
{
	struct customer_view *view = &card->customer;
	struct record organisation;
	enum err err;

	view->name = record_label(of->customer);
	view->email = record_text(of->customer, CUSTOMER_EMAIL);
	view->initials = person_initials(of->page->arena, view->name);
	view->tone = person_tone(of->customer->id);
	view->since_us = record_int(of->customer, CUSTOMER_CREATED);
	view->language = record_text(of->customer, CUSTOMER_LANGUAGE);
	view->tier = record_text(of->customer, CUSTOMER_TIER);
	view->is_vip = record_int(of->customer, CUSTOMER_VIP);
	view->is_proved = record_int(of->customer, CUSTOMER_VERIFIED);
	view->can_note = of->can_note;
	view->note_url = bytes_of(arena_printf(of->page->arena,
	    "%.*s/agent/customer/%llu/note", BYTES_ARG(of->page->root.base),
	    (unsigned long long)of->customer->id));
	view->url = bytes_of(arena_printf(of->page->arena,
	    "%.*s/agent?q=customer:%llu+place:desk,spam,trash",
	    BYTES_ARG(of->page->root.base),
	    (unsigned long long)of->customer->id));
	err = fill_told(of, view);
	if (err == ERR_OK &&
	    record_find(of->read->snapshot, KIND_ORGANISATION,
		record_ref(of->customer, CUSTOMER_ORGANISATION),
		&organisation) == ERR_OK) {
		view->organisation = record_label(&organisation);
		if (view->tier.len == 0)
			view->tier = record_text(
			    &organisation, ORGANISATION_TIER);
	}
	return err == ERR_OK ? fill_past(of, card) : err;
}
