/* core/desk/offer.c - what scripts offer: panels, which are looked at. */
#include "config.h"
#include "core/desk/offer.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/utf8.h"
#include "core/desk/body.h"
#include "core/desk/query.h"
#include "core/desk/run.h"
#include "core/desk/site_private.h"
#include "core/desk/trace.h"

/* At most <max> bytes, and said so. */
static struct bytes
cut(struct arena *arena, struct bytes text, size_t max)
{
	struct bytes part = utf8_cut(text, max);
	const char *said;

	if (part.len == text.len)
		return text;
	said = arena_printf(arena, "%.*s\xe2\x80\xa6", BYTES_ARG(part));
	return said != NULL ? bytes_of(said) : BYTES_NONE;
}

/* The host has looked at it; nothing of it is believed. */
static void
read_rows(const struct json *list, struct arena *arena, struct panel *out)
{
	for (const struct json *i = json_first(list);
	     i != NULL && out->count < PANEL_ROWS_MAX; i = json_next(i)) {
		struct panel_row *row = &out->rows[out->count++];
		struct bytes link = json_text(json_get(i, "link"));

		row->label = cut(
		    arena, json_text(json_get(i, "label")), PANEL_LABEL_MAX);
		row->value = cut(
		    arena, json_text(json_get(i, "value")), PANEL_VALUE_MAX);
		if (offer_is_link(link))
			row->link = link;
	}
}

struct looking {
	const struct site_read *read;
	struct when_set *set;
	const struct script_handler *handler;
	struct arena *arena;
	struct record ticket, customer;
	struct body body;
};

static enum err
call(struct looking *l, struct script_outcome *out, struct why *why)
{
	struct query query = {
		.read = l->read, .arena = l->arena, .script = l->handler->file
	};
	struct body_reader reader = { .read = l->read, .arena = l->arena };
	struct buf json = buf_in(l->arena);
	struct script_call call = { .set = when_set_scripts(l->set),
		.handler = l->handler,
		.now_us = l->read->now_us,
		.ask = query_ask,
		.context = &query };
	struct site *site = l->read->site;
	struct trace_list traces;
	enum err err = body_write(&json, &reader, &l->body);

	if (err != ERR_OK)
		return err;
	call.body = buf_get(&json);
	err = script_host_call(site->scripts, &call, l->arena, out, why);
	if (err == ERR_IO || err == ERR_NOT_FOUND || err == ERR_STALE)
		err = ERR_BUSY;
	if (err != ERR_OK)
		return err;
	handler_note(site, l->handler, out, l->read->now_us);
	if (out->was_skipped)
		return ERR_BUSY;
	if (out->error.len == 0)
		return trace_remember(
		    site, l->arena, &call, out, l->ticket.id, 0);
	err = trace_of(site, l->arena, &call, out, l->ticket.id, &traces);
	if (err == ERR_OK)
		traces_keep(site, &traces, NULL, l->arena);
	return err;
}

static enum err
look(struct looking *l, const struct actor *actor, uint64_t ticket,
    struct bytes name, struct why *why)
{
	const struct directory *directory = l->read->directory;
	enum err err = record_find(
	    l->read->snapshot, KIND_TICKET, ticket, &l->ticket);

	if (err == ERR_OK && !desk_may_see(directory, actor, &l->ticket))
		err = ERR_NOT_FOUND;
	if (err != ERR_OK)
		return err;
	l->handler = script_set_find(
	    when_set_scripts(l->set), SCRIPT_PANEL, name);
	if (l->handler == NULL ||
	    !offer_is_for(l->set, l->handler, l->read, &l->ticket))
		return ERR_NOT_FOUND;
	if (health_rests(
		l->read->site->health, l->handler->full, l->read->now_us, NULL))
		return why_set(why, ERR_BUSY, NULL,
		    N_("This panel rests: its last runs took too long."), 0,
		    NULL);
	l->body = (struct body){ .hook = HOOK__COUNT,
		.is_offer = true,
		.ticket = &l->ticket,
		.agent = directory_find(directory, KIND_AGENT, actor->agent) };
	err = record_find(l->read->snapshot, KIND_CUSTOMER,
	    record_ref(&l->ticket, TICKET_CUSTOMER), &l->customer);
	if (err == ERR_OK)
		l->body.customer = &l->customer;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
panel_run(const struct site_read *read, const struct actor *actor,
    uint64_t ticket, struct bytes name, struct arena *arena, struct panel *out,
    struct why *why)
{
	struct looking *l = arena_new(arena, struct looking);
	struct script_outcome outcome = { .value = NULL };
	struct bytes title;
	enum err err;

	if (l == NULL)
		return ERR_NOMEM;
	l->read = read;
	l->arena = arena;
	l->set = when_set_take(read->site);
	if (l->set == NULL)
		return ERR_NOT_FOUND;
	err = look(l, actor, ticket, name, why);
	if (err == ERR_OK) {
		memset(out, 0, sizeof *out);
		title = l->handler->label;
		out->title.at = arena_copy(arena, title.at, title.len);
		out->title.len = title.len;
		err = out->title.at != NULL ? call(l, &outcome, why) :
					      ERR_NOMEM;
	}
	when_set_unref(l->set);
	if (err != ERR_OK)
		return err;
	out->error = outcome.error;
	read_rows(outcome.value, arena, out);
	return ERR_OK;
}
