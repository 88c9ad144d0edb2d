/* core/pages/agent_entry.c - entries of a timeline as agents see them. */
#include "config.h"
#include "core/pages/agent_entry.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/utf8.h"
#include "core/model/ticket.h"
#include "core/pages/own_text.h"

#define OWN_SHOWN_MAX 160 /* bytes of a custom field's value in a line */

static const struct view_field change_fields[] = {
	{ "label", VIEW_TEXT, offsetof(struct change_view, label), NULL, NULL },
	{ "from", VIEW_TEXT, offsetof(struct change_view, from), NULL, NULL },
	{ "to", VIEW_TEXT, offsetof(struct change_view, to), NULL, NULL },
	{ NULL, 0, 0, NULL, NULL },
};
static const struct view_type change_type = { .name = "change",
	.fields = change_fields };

static const struct view_field entry_fields[] = {
	VIEW_FIELD(struct entry_view, id, VIEW_INT),
	{ "at", VIEW_TIME, offsetof(struct entry_view, at_us), NULL, NULL },
	VIEW_FIELD(struct entry_view, tone, VIEW_INT),
	VIEW_FIELD(struct entry_view, is_customer, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, is_reply, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, is_note, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, is_auto, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, is_line, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, is_new, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, author, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, initials, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, body, VIEW_HTML),
	VIEW_FIELD(struct entry_view, via, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, to, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, has_files, VIEW_BOOL),
	{ "files", VIEW_LIST, offsetof(struct entry_view, files),
	    &file_view_type, NULL },
	VIEW_FIELD(struct entry_view, is_sending, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, is_failed, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, failed_why, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, can_resend, VIEW_BOOL),
	VIEW_FIELD(struct entry_view, text, VIEW_TEXT),
	{ "changes", VIEW_LIST, offsetof(struct entry_view, changes),
	    &change_type, NULL },
	VIEW_FIELD(struct entry_view, script, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, why, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, cause, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, trace_url, VIEW_TEXT),
	VIEW_FIELD(struct entry_view, can_undo, VIEW_BOOL),
	{ NULL, 0, 0, NULL, NULL },
};
const struct view_type entry_view_type = { .name = "entry",
	.fields = entry_fields };

/* Words for what happened, by the event's name. */
static const struct {
	const char *event, *words;
} events[] = {
	{ "autoreply.sent", N_("An automatic mail was sent to the customer.") },
	{ "autoreply.withheld", N_("An automatic mail was withheld.") },
	{ "ticket.held", N_("Nobody is free: it will be tried again.") },
	{ "ticket.linked", N_("Linked with another ticket.") },
	{ "ticket.merged", N_("Merged into this ticket:") },
	{ "action.chosen", N_("Chose an action of a script:") },
	{ "timer.cancelled", N_("Cancelled a timer of a script.") },
	{ "ticket.links_revoked",
	    N_("The links given out so far no longer work.") },
};

static const struct {
	enum source source;
	const char *words;
} sources[] = {
	{ SOURCE_WEB, N_("Web form") },
	{ SOURCE_MAIL, N_("Mail") },
	{ SOURCE_API, N_("API") },
	{ SOURCE_IMPORT, N_("Import") },
	{ SOURCE_CLI, N_("Command line") },
	{ SOURCE_PHONE, N_("Phone") },
};

static struct bytes
source_words(const struct entry_context *c, const struct record *entry)
{
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (record_int(entry, ENTRY_SOURCE) ==
		    (int64_t)sources[i].source)
			return bytes_of(page_tr(c->page, sources[i].words));
	return BYTES_NONE;
}

/* Labels of the fields whose changes the timeline tells. */
static const struct {
	int slot;
	const char *label;
} labels[] = {
	{ TICKET_SUBJECT, N_("Subject") },
	{ TICKET_PLACE, N_("Place") },
	{ TICKET_STATUS, N_("Status") },
	{ TICKET_PRIORITY, N_("Priority") },
	{ TICKET_QUEUE, N_("Queue") },
	{ TICKET_OWNER, N_("Owner") },
	{ TICKET_CUSTOMER, N_("Customer") },
	{ TICKET_ORGANISATION, N_("Organisation") },
	{ TICKET_TAGS, N_("Tags") },
	{ TICKET_LANGUAGE, N_("Language") },
	{ TICKET_DUE, N_("Due") },
	{ TICKET_PARTICIPANTS, N_("Participants") },
	{ TICKET_RATING, N_("Rating") },
	{ TICKET_RATING_COMMENT, N_("Comment") },
	{ TICKET_SPAM_SCORE, N_("Spam score") },
	{ TICKET_VERIFIED, N_("Address proved") },
	{ TICKET_MERGED_INTO, N_("Merged into") },
};

static struct bytes
field_label(const struct entry_context *c, struct bytes name)
{
	int slot = kind_slot(kind_get(KIND_TICKET), name);

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (labels[i].slot == slot)
			return bytes_of(page_tr(c->page, labels[i].label));
	return name;
}

/* A value of a change for people: keys become labels, lists are joined. */
static struct bytes
value_text_of(const struct entry_context *c, int slot, const struct json *value)
{
	const struct field *field = slot >= 0 ?
	    &kind_get(KIND_TICKET)->fields[slot] :
	    NULL;
	struct bytes text = json_text(value);
	const struct record *found;
	struct buf out = buf_in(c->page->arena);
	const struct json *item;
	int64_t n;

	if (slot == TICKET_STATUS)
		return bytes_of(
		    agent_status_label(c->page, field_word(field, text)));
	if (slot == TICKET_PRIORITY)
		return bytes_of(
		    agent_priority_label(c->page, field_word(field, text)));
	if (field != NULL && field->type == FIELD_REF) {
		found = directory_find_key(
		    c->read->directory, field->ref, text);
		if (found != NULL)
			return record_label(found);
	}
	if (json_type(value) == JSON_TEXT)
		return text;
	for (item = json_first(value); item != NULL; item = json_next(item)) {
		if (out.len > 0)
			buf_text(&out, ", ");
		buf_bytes(&out, json_text(item));
	}
	if (json_int(value, &n))
		buf_printf(&out, slot == TICKET_MERGED_INTO ? "#%lld" : "%lld",
		    (long long)n);
	return out.failed ? BYTES_NONE : buf_get(&out);
}

/* A custom field's value, in a line. */
static struct bytes
own_text_line(const struct entry_context *c, const struct record *field,
    const struct json *value)
{
	struct bytes text = own_text_of_json(
	    c->page, c->read->directory, field, value);
	struct bytes cut = utf8_cut(text, OWN_SHOWN_MAX);

	return cut.len == text.len ? text :
				     bytes_of(arena_printf(c->page->arena,
					 "%.*s \xe2\x80\xa6", BYTES_ARG(cut)));
}

static bool
is_same_json(struct page *page, const struct json *a, const struct json *b)
{
	struct buf as = buf_in(page->arena), bs = buf_in(page->arena);
	struct json_writer wa = json_writer(&as), wb = json_writer(&bs);

	json_put_value(&wa, a);
	json_put_value(&wb, b);
	return bytes_equal(buf_get(&as), buf_get(&bs));
}

/* The custom fields of which <from> and <to> tell different values: those that
 * there are now, then those that were. */
static size_t
fill_own_changes(const struct entry_context *c, const struct json *from,
    const struct json *to, struct change_view *out)
{
	const struct json *const maps[] = { to, from };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		for (const struct json *m = json_first(maps[i]); m != NULL;
		     m = json_next(m)) {
			const char *key = json_name(m);
			const struct json *was = json_get(from, key);
			const struct json *is = json_get(to, key);
			const struct record *field = directory_find_key(
			    c->read->directory, KIND_FIELD, bytes_of(key));

			if ((i == 1 && is != NULL) ||
			    is_same_json(c->page, was, is))
				continue;
			out[n++] = (struct change_view){ field != NULL ?
				    record_label(field) :
				    bytes_of(key),
				own_text_line(c, field, was),
				own_text_line(c, field, is) };
		}
	return n;
}

/* How many lines there are at most. */
static size_t
count_changes(const struct json *changes)
{
	const char *name = kind_get(KIND_TICKET)->fields[TICKET_FIELDS].name;
	const struct json *from = json_first(json_get(changes, name));

	return json_count(changes) + json_count(from) +
	    json_count(json_next(from));
}

static enum err
fill_changes(const struct entry_context *c, const struct record *entry,
    struct entry_view *out)
{
	struct bytes text = record_text(entry, ENTRY_CHANGES);
	const struct json *object, *member;
	struct change_view *changes;
	bool may_set = false; /* one of them at least */
	size_t n = 0;
	enum err err;

	if (text.len == 0)
		return ERR_OK;
	err = json_parse(c->page->arena, text, JSON_BYTES_MAX, &object, NULL);
	if (err != ERR_OK)
		return err;
	changes = arena_array(
	    c->page->arena, struct change_view, count_changes(object) + 1);
	if (changes == NULL)
		return ERR_NOMEM;
	for (member = json_first(object); member != NULL;
	     member = json_next(member)) {
		struct bytes name = bytes_of(json_name(member));
		int slot = kind_slot(kind_get(KIND_TICKET), name);
		const struct json *from = json_first(member);

		may_set |= slot >= 0 &&
		    desk_may_set(c->read->directory, c->actor, c->ticket, slot);
		if (slot == TICKET_FIELDS) {
			n += fill_own_changes(
			    c, from, json_next(from), &changes[n]);
			continue;
		}
		changes[n].label = field_label(c, name);
		changes[n].from = value_text_of(c, slot, from);
		changes[n].to = value_text_of(c, slot, json_next(from));
		n++;
	}
	out->changes = VIEW_LIST_OF(changes, n);
	out->can_undo = c->can_manage && may_set &&
	    !record_has(entry, ENTRY_UNDONE_BY);
	return ERR_OK;
}

static void
fill_author(const struct entry_context *c, const struct record *entry,
    struct entry_view *out)
{
	const struct record *agent = directory_find(
	    c->read->directory, KIND_AGENT, record_ref(entry, ENTRY_AGENT));
	const struct record *program = directory_find(
	    c->read->directory, KIND_TOKEN, record_ref(entry, ENTRY_PROGRAM));

	if (record_int(entry, ENTRY_BY) == BY_CUSTOMER && c->customer != NULL) {
		out->author = record_label(c->customer);
		out->tone = person_tone(c->customer->id);
	} else if (agent != NULL) {
		out->author = record_label(agent);
		out->tone = person_tone(agent->id);
	} else if (record_has(entry, ENTRY_SCRIPT)) {
		out->author = record_text(entry, ENTRY_SCRIPT);
	} else if (program != NULL) {
		out->author = record_label(program);
	} else {
		out->author = bytes_of(page_tr(c->page, N_("hookdesk")));
	}
	out->initials = person_initials(c->page->arena, out->author);
}

static void
fill_mail(const struct entry_context *c, const struct record *entry,
    struct entry_view *out)
{
	int64_t mail = record_int(entry, ENTRY_MAIL);

	out->is_sending = mail == MAIL_QUEUED;
	out->is_failed = mail == MAIL_FAILED;
	out->failed_why = record_text(entry, ENTRY_MAIL_ERROR);
	out->can_resend = out->is_failed && c->can_reply;
}

static void
fill_line(const struct entry_context *c, const struct record *entry,
    struct entry_view *out)
{
	struct bytes event = record_text(entry, ENTRY_EVENT);

	out->is_line = true;
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (bytes_is(event, events[i].event))
			out->text = bytes_of(page_tr(c->page, events[i].words));
	if (out->text.len == 0)
		out->text = event;
	if (record_has(entry, ENTRY_UNDOES))
		out->text = bytes_of(
		    page_tr(c->page, N_("took a change back")));
	if (entry_is_merge(entry))
		out->text = bytes_of(arena_printf(c->page->arena, "%.*s #%llu",
		    BYTES_ARG(out->text),
		    (unsigned long long)record_ref(entry, ENTRY_OTHER)));
}

enum err
entry_view_fill(const struct entry_context *c, const struct record *entry,
    struct entry_view *out)
{
	int64_t type = record_int(entry, ENTRY_TYPE);
	bool is_customer = record_int(entry, ENTRY_BY) == BY_CUSTOMER;
	uint64_t sequence = entry_sequence(entry->id);
	enum err err;

	memset(out, 0, sizeof *out);
	out->id = c->is_merged ? (int64_t)entry->id : (int64_t)sequence;
	out->at_us = record_int(entry, ENTRY_AT);
	out->is_new = c->seen != 0 && sequence > c->seen;
	out->script = record_text(entry, ENTRY_SCRIPT);
	out->why = record_text(entry, ENTRY_WHY);
	out->cause = record_text(entry, ENTRY_HOOK);
	if (record_has(entry, ENTRY_TRACE) &&
	    desk_is_admin(c->read->directory, c->actor))
		out->trace_url = bytes_of(arena_printf(c->page->arena,
		    "%.*s/admin/runs/%llu", BYTES_ARG(c->page->root.base),
		    (unsigned long long)record_ref(entry, ENTRY_TRACE)));
	fill_author(c, entry, out);
	fill_mail(c, entry, out);
	if (type == ENTRY_IS_CHANGE || type == ENTRY_IS_EVENT) {
		fill_line(c, entry, out);
		return fill_changes(c, entry, out);
	}
	out->is_note = type == ENTRY_IS_NOTE;
	out->is_customer = !out->is_note && is_customer;
	out->is_reply = !out->is_note && !is_customer;
	if (c->is_merged)
		out->via = bytes_of(arena_printf(c->page->arena, "#%llu",
		    (unsigned long long)c->ticket->id));
	else if (is_customer)
		out->via = source_words(c, entry);
	err = entry_html(c->page, c->read->snapshot, entry, &out->body);
	if (err == ERR_OK)
		err = files_view(c->page, c->read->snapshot, entry,
		    c->ticket_url, &out->files);
	out->has_files = out->files.count > 0;
	return err;
}
