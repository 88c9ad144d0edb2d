/* core/desk/replay_retell.c - an entry of a timeline as the log would tell of
 * it: with the events that an act raises that leaves such an entry.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/replay_private.h"
#include "core/model/ticket.h"

#define NEAR_ENTRIES 3 /* what one act leaves lies together */

struct retelling {
	struct moment *m;
	struct snapshot *snapshot;
	const struct past_ticket *p;
	struct record ticket, entry;
};

static struct record *
add_event(struct retelling *t, enum hook hook, uint64_t sequence)
{
	struct moment *m = t->m;
	struct record *event = &m->events[m->count++];

	record_init(event, KIND_EVENT, 0);
	record_set_text(event, EVENT_HOOK, bytes_of(hook_points[hook].name));
	record_set_int(event, EVENT_AT, m->at_us);
	record_set_int(event, EVENT_TICKET, (int64_t)m->deed->ticket);
	record_set_int(event, EVENT_CUSTOMER,
	    (int64_t)record_ref(&t->ticket, TICKET_CUSTOMER));
	record_set_int(
	    event, EVENT_SOURCE, record_int(&t->entry, ENTRY_SOURCE));
	record_set_int(event, EVENT_BY, record_int(&t->entry, ENTRY_BY));
	record_set_int(
	    event, EVENT_ACTOR, (int64_t)record_ref(&t->entry, ENTRY_AGENT));
	if (sequence != 0)
		record_set_int(event, EVENT_ENTRY, (int64_t)sequence);
	return event;
}

static void
add_change(struct retelling *t, uint64_t sequence, struct bytes changes)
{
	record_set_text(add_event(t, HOOK_TICKET_UPDATED, sequence),
	    EVENT_CHANGES, changes);
}

/* The changes that came with what was said. */
static enum err
add_changes(struct retelling *t)
{
	uint64_t n = entry_sequence(t->entry.id);
	uint64_t end = n + NEAR_ENTRIES;
	enum err err = ERR_OK;

	n = n > NEAR_ENTRIES ? n - NEAR_ENTRIES : 0;
	while (err == ERR_OK && n < end) {
		struct record entry;

		err = timeline_next(
		    t->snapshot, t->m->deed->ticket, &n, &entry);
		if (err == ERR_OK && n <= end &&
		    record_int(&entry, ENTRY_TYPE) == ENTRY_IS_CHANGE &&
		    past_is_same_deed(&entry, &t->entry))
			add_change(t, n, record_text(&entry, ENTRY_CHANGES));
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Whether nothing was said behind the entry, as far as only the timeline tells.
 */
static enum err
is_last_word(struct retelling *t, bool *out)
{
	uint64_t n = entry_sequence(t->entry.id);
	enum err err = ERR_OK;

	*out = true;
	while (err == ERR_OK && *out && n < t->p->told) {
		struct record entry;

		err = timeline_next(
		    t->snapshot, t->m->deed->ticket, &n, &entry);
		if (err == ERR_OK && n <= t->p->told &&
		    record_int(&entry, ENTRY_TYPE) == ENTRY_IS_REPLY)
			*out = false;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* No entry of an import tells what an answer meant for the status: it is the
 * customer's turn, unless the ticket is open behind the last word. */
static enum err
add_status(struct retelling *t)
{
	bool is_last;
	enum err err;

	if (!t->p->is_imported || record_int(&t->entry, ENTRY_BY) != BY_AGENT)
		return ERR_OK;
	for (size_t i = 0; i < t->m->count; i++)
		if (bytes_find(record_text(&t->m->events[i], EVENT_CHANGES),
			BYTES("\"status\":")))
			return ERR_OK;
	err = is_last_word(t, &is_last);
	if (err == ERR_OK)
		add_change(t, 0,
		    is_last && t->p->told_status == STATUS_OPEN ?
			BYTES("{\"status\":[\"open\",\"open\"]}") :
			BYTES("{\"status\":[\"open\",\"pending\"]}"));
	return err;
}

/* Whether the run has it begin with this message. */
static enum err
is_first_word(struct retelling *t, bool *out)
{
	uint64_t sequence = entry_sequence(t->entry.id), n = 0;
	enum err err = ERR_OK;

	*out = t->p->was_created;
	while (err == ERR_OK && *out && n < sequence) {
		struct record entry;

		err = timeline_next(
		    t->snapshot, t->m->deed->ticket, &n, &entry);
		if (err == ERR_OK && n < sequence && past_is_deed(&entry) &&
		    record_int(&entry, ENTRY_TYPE) == ENTRY_IS_REPLY)
			*out = false;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
retell_reply(struct retelling *t)
{
	bool is_ours = record_int(&t->entry, ENTRY_BY) == BY_AGENT, is_first;
	uint64_t sequence = entry_sequence(t->entry.id);
	enum err err = is_first_word(t, &is_first);

	if (err != ERR_OK)
		return err;
	if (is_first)
		add_event(t, HOOK_TICKET_CREATED, is_ours ? 0 : sequence);
	if (is_ours || !is_first)
		add_event(t, is_ours ? HOOK_REPLY_SENT : HOOK_REPLY_RECEIVED,
		    sequence);
	err = add_changes(t);
	return err == ERR_OK ? add_status(t) : err;
}

/* Who closed it is not told: the agent who wrote last, the owner, or the
 * customer. */
static enum err
retell_closing(struct retelling *t)
{
	uint64_t agent = 0;
	enum err err = ERR_OK;

	for (uint64_t n = t->p->told; err == ERR_OK && agent == 0 && n > 0;
	     n--) {
		struct record entry;

		err = record_find(t->snapshot, KIND_ENTRY,
		    entry_id(t->m->deed->ticket, n), &entry);
		if (err == ERR_OK && past_is_deed(&entry))
			agent = record_ref(&entry, ENTRY_AGENT);
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	if (agent == 0)
		agent = record_ref(&t->ticket, TICKET_OWNER);
	record_init(&t->entry, KIND_ENTRY, 0);
	record_set_int(&t->entry, ENTRY_SOURCE, SOURCE_IMPORT);
	record_set_int(
	    &t->entry, ENTRY_BY, agent != 0 ? BY_AGENT : BY_CUSTOMER);
	record_set_int(&t->entry, ENTRY_AGENT, (int64_t)agent);
	add_change(t, 0, BYTES("{\"status\":[\"open\",\"closed\"]}"));
	return err;
}

/* The customer's answer to a survey. */
static enum err
retell_rating(
    struct retelling *t, const struct json *rating, const struct json *comment)
{
	struct buf detail = buf_in(t->m->run->r->step);
	struct json_writer w = json_writer(&detail);
	int64_t score = 0;

	(void)json_int(json_next(json_first(rating)), &score);
	json_key(&w, "answer");
	json_begin_object(&w);
	json_member_int(&w, "score", score);
	json_member_text(
	    &w, "comment", json_text(json_next(json_first(comment))));
	json_end_object(&w);
	record_set_text(add_event(t, HOOK_SURVEY_ANSWERED, 0), EVENT_DETAIL,
	    buf_get(&detail));
	return detail.failed ? ERR_NOMEM : ERR_OK;
}

/* Some fields are changed by acts of their own. */
static enum err
retell_change(struct retelling *t)
{
	struct bytes changes = record_text(&t->entry, ENTRY_CHANGES);
	const struct json *all = NULL, *rating;
	enum err err = json_parse(
	    t->m->run->r->step, changes, JSON_BYTES_MAX, &all, NULL);

	if (err != ERR_OK)
		return err == ERR_NOMEM ? err : ERR_OK;
	rating = json_get(all, "rating");
	if (rating != NULL)
		return retell_rating(
		    t, rating, json_get(all, "rating_comment"));
	if (json_get(all, "merged_into") != NULL)
		record_set_text(add_event(t, HOOK_TICKET_MERGED, 0),
		    EVENT_CHANGES, changes);
	else
		add_change(t, entry_sequence(t->entry.id), changes);
	return ERR_OK;
}

static enum err
retell(struct retelling *t)
{
	uint64_t sequence = t->m->deed->sequence;
	enum err err = record_find(
	    t->snapshot, KIND_TICKET, t->m->deed->ticket, &t->ticket);

	if (err == ERR_OK && sequence == DEED_CLOSED)
		return retell_closing(t);
	if (err == ERR_OK)
		err = record_find(t->snapshot, KIND_ENTRY,
		    entry_id(t->m->deed->ticket, sequence), &t->entry);
	if (err != ERR_OK)
		return err;
	switch (record_int(&t->entry, ENTRY_TYPE)) {
	case ENTRY_IS_REPLY: return retell_reply(t);
	case ENTRY_IS_NOTE:
		add_event(t, HOOK_NOTE_ADDED, sequence);
		return ERR_OK;
	default: return retell_change(t);
	}
}

enum err
past_retell(struct moment *m)
{
	struct retelling t = { .m = m,
		.snapshot = m->read.snapshot,
		.p = past_find(m->run->r, m->deed->ticket) };
	enum err err;

	m->at_us = m->deed->at_us;
	m->commit = 0;
	m->count = 0;
	m->seen = 1;
	m->is_of_people = true;
	err = t.p != NULL ? retell(&t) : ERR_NOT_FOUND;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
