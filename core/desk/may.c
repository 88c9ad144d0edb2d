/* core/desk/may.c - one row a verb: which right it needs. */
#include "config.h"
#include "core/desk/may.h"
#include "core/desk/act.h"
#include "core/model/ticket.h"

enum need {
	NEED_RIGHT,  /* <right> in the ticket's queue */
	NEED_ADMIN,  /* of the site */
	NEED_AGENT,  /* any agent */
	NEED_NOBODY, /* everybody may; the act checks for itself */
	NEED_SYSTEM, /* hookdesk itself */
};

static const struct {
	enum need need;
	unsigned right;
	bool customer_may; /* on the ticket whose link he holds */
	unsigned token;    /* right of a program */
} rows[VERB__COUNT] = {
	[VERB_TICKET_CREATE] = { NEED_RIGHT, RIGHT_NOTE, true, TOKEN_WRITE },
	[VERB_TICKET_UPDATE] = { NEED_RIGHT, RIGHT_SEE, true, TOKEN_WRITE },
	[VERB_TICKET_ASSIGN] = { NEED_RIGHT, RIGHT_ASSIGN, false, TOKEN_WRITE },
	[VERB_TICKET_RATE] = { NEED_SYSTEM, 0, true, TOKEN_WRITE },
	[VERB_TICKET_VIEW] = { NEED_RIGHT, RIGHT_SEE, true, TOKEN_READ },
	[VERB_TICKET_UNDO] = { NEED_RIGHT, RIGHT_MANAGE, false, TOKEN_WRITE },
	[VERB_TICKET_REMOVE] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_TICKET_MERGE] = { NEED_RIGHT, RIGHT_MANAGE, false, TOKEN_WRITE },
	[VERB_TICKET_LINKS_REVOKE] = { NEED_RIGHT, RIGHT_MANAGE, false,
	    TOKEN_WRITE },
	[VERB_REPLY_ADD] = { NEED_RIGHT, RIGHT_REPLY, true, TOKEN_WRITE },
	[VERB_NOTE_ADD] = { NEED_RIGHT, RIGHT_NOTE, false, TOKEN_WRITE },
	[VERB_MAIL_RESEND] = { NEED_RIGHT, RIGHT_REPLY, false, TOKEN_WRITE },
	[VERB_MAIL_RESULT] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_FILE_ADD] = { NEED_NOBODY, 0, true, TOKEN_WRITE },
	[VERB_FILE_DROP] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_FIELD_INDEX] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_HTTP_RESULT] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_TRY_STEP] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_ACTION_RUN] = { NEED_RIGHT, RIGHT_REPLY, false, TOKEN_WRITE },
	[VERB_ROUTE_RUN] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_SCRIPT_SAVE] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_RECORD_ADD] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_RECORD_UPDATE] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_RECORD_REMOVE] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_CUSTOMER_UPDATE] = { NEED_AGENT, 0, false, TOKEN_WRITE },
	[VERB_SIGN_IN] = { NEED_NOBODY, 0, true, 0 },
	[VERB_SIGN_OUT] = { NEED_NOBODY, 0, true, 0 },
	[VERB_LINK_CREATE] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_SCRIPT_RUN] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_SCRIPTS_KEEP] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_TRACES_KEEP] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_ADMINS_TELL] = { NEED_SYSTEM, 0, false, 0 },
	[VERB_SCRIPT_UNDO] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_SCRIPT_SWITCH] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_JOB_AGAIN] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_JOB_DROP] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_TIMER_CANCEL] = { NEED_ADMIN, 0, false, TOKEN_ADMIN },
	[VERB_IMPORT] = { NEED_ADMIN, 0, false, TOKEN_IMPORT },
	[VERB_CUSTOMER_ADD] = { NEED_AGENT, 0, false, TOKEN_WRITE },
	[VERB_LINKS_SEND] = { NEED_NOBODY, 0, true, TOKEN_WRITE },
	[VERB_ARTICLE_VOTE] = { NEED_NOBODY, 0, true, TOKEN_WRITE },
	[VERB_SEARCH_MISS] = { NEED_NOBODY, 0, true, TOKEN_READ },
	[VERB_PASSWORD_CHANGE] = { NEED_AGENT, 0, false, 0 },
	[VERB_SESSIONS_END] = { NEED_AGENT, 0, false, 0 },
	[VERB_NOTICES_READ] = { NEED_AGENT, 0, false, 0 },
	[VERB_SESSION_RENEW] = { NEED_AGENT, 0, false, 0 },
};

bool
token_rights_read(struct bytes list, unsigned *rights, struct bytes *unknown)
{
	static const struct {
		const char *name;
		unsigned right;
	} names[] = {
		{ "read", TOKEN_READ },
		{ "write", TOKEN_WRITE },
		{ "import", TOKEN_IMPORT },
		{ "admin", TOKEN_ADMIN },
	};
	bool are_all_known = true;
	struct bytes name;

	*rights = 0;
	while (list_next_text(&list, &name)) {
		size_t i = 0;

		while (i < sizeof names / sizeof *names &&
		    !bytes_is(name, names[i].name))
			i++;
		if (i < sizeof names / sizeof *names) {
			*rights |= names[i].right;
			continue;
		}
		if (are_all_known && unknown != NULL)
			*unknown = name;
		are_all_known = false;
	}
	return are_all_known;
}

static bool
is_ticket(const struct record *object)
{
	return object != NULL && object->kind->id == KIND_TICKET;
}

/* What an agent may change of the small kinds without being an admin: his own
 * person, and canned replies of his own. */
static bool
is_own(const struct actor *actor, enum verb verb, const struct record *object)
{
	if (object == NULL)
		return false;
	if (object->kind->id == KIND_AGENT)
		return verb == VERB_RECORD_UPDATE && object->id == actor->agent;
	return object->kind->id == KIND_CANNED &&
	    record_ref(object, CANNED_OWNER) == actor->agent;
}

static enum err
agent_may(const struct directory *directory, const struct actor *actor,
    enum verb verb, const struct record *object)
{
	unsigned rights = RIGHT_SEE;
	bool is_admin = directory_is_admin(directory, actor->agent);

	if (is_ticket(object)) {
		rights = directory_rights(
		    directory, actor->agent, record_ref(object, TICKET_QUEUE));
		if (!(rights & RIGHT_SEE))
			return ERR_NOT_FOUND;
	}
	switch (rows[verb].need) {
	case NEED_RIGHT:
		return (rights & rows[verb].right) == rows[verb].right ?
		    ERR_OK :
		    ERR_DENIED;
	case NEED_ADMIN:
		return is_admin || is_own(actor, verb, object) ? ERR_OK :
								 ERR_DENIED;
	case NEED_AGENT:
		return directory_find(directory, KIND_AGENT, actor->agent) !=
			NULL ?
		    ERR_OK :
		    ERR_DENIED;
	case NEED_NOBODY: return ERR_OK;
	case NEED_SYSTEM: break;
	}
	return ERR_DENIED;
}

/* A customer reaches the one ticket whose link he holds, and new ones. */
static enum err
customer_may(
    const struct actor *actor, enum verb verb, const struct record *object)
{
	if (is_ticket(object) && verb != VERB_TICKET_CREATE &&
	    (actor->ticket == 0 || object->id != actor->ticket))
		return ERR_NOT_FOUND;
	return rows[verb].customer_may ? ERR_OK : ERR_DENIED;
}

enum err
desk_may(const struct directory *directory, const struct actor *actor,
    enum verb verb, const struct record *object)
{
	if (actor->is_past)
		return ERR_OK;
	if (actor->is_program && (actor->token & TOKEN_ADMIN) == 0 &&
	    (actor->token & rows[verb].token) == 0)
		return ERR_DENIED;
	switch (actor->kind) {
	case BY_AGENT: return agent_may(directory, actor, verb, object);
	case BY_CUSTOMER: return customer_may(actor, verb, object);
	case BY_SCRIPT:
	case BY_SYSTEM:
		/* what hookdesk does itself is no business of programs */
		return actor->is_program && rows[verb].token == 0 ? ERR_DENIED :
								    ERR_OK;
	}
	return ERR_DENIED;
}

/* Which right in its queue a field of a ticket needs. */
static unsigned
right_to_set(int slot)
{
	switch (slot) {
	case TICKET_STATUS:
	case TICKET_DUE: return RIGHT_REPLY;
	case TICKET_PLACE: return RIGHT_MANAGE;
	default: return RIGHT_ASSIGN;
	}
}

bool
desk_may_set(const struct directory *directory, const struct actor *actor,
    const struct record *ticket, int slot)
{
	bool is_act = slot == TICKET_TAGS || slot == TICKET_OWNER ||
	    slot == TICKET_MERGED_INTO;
	enum field_set level = desk_is_admin(directory, actor) ? SET_ADMIN :
								 SET_AGENT;

	if (actor->is_past)
		return true;
	switch (actor->kind) {
	case BY_CUSTOMER: return slot == TICKET_STATUS;
	case BY_AGENT:
		return (is_act || ticket->kind->fields[slot].set <= level) &&
		    directory_rights(directory, actor->agent,
			record_ref(ticket, TICKET_QUEUE)) &
		    right_to_set(slot);
	case BY_SCRIPT:
	case BY_SYSTEM: return true;
	}
	return false;
}

bool
desk_may_see(const struct directory *directory, const struct actor *actor,
    const struct record *ticket)
{
	switch (actor->kind) {
	case BY_AGENT:
		return directory_rights(directory, actor->agent,
			   record_ref(ticket, TICKET_QUEUE)) &
		    RIGHT_SEE;
	case BY_CUSTOMER:
		return actor->ticket != 0 && ticket->id == actor->ticket;
	case BY_SCRIPT:
	case BY_SYSTEM: return true;
	}
	return false;
}

bool
desk_may_see_notes(const struct directory *directory, const struct actor *actor,
    const struct record *ticket)
{
	switch (actor->kind) {
	case BY_AGENT:
		return directory_rights(directory, actor->agent,
			   record_ref(ticket, TICKET_QUEUE)) &
		    RIGHT_NOTE;
	case BY_CUSTOMER: return false;
	case BY_SCRIPT:
	case BY_SYSTEM: return true;
	}
	return false;
}

bool
desk_may_see_part(const struct directory *directory, const struct actor *actor,
    const struct record *ticket, const struct record *part)
{
	bool is_internal;

	if (part->kind->id == KIND_FILE) {
		if (record_ref(part, FILE_TICKET) != ticket->id)
			return false;
		is_internal = record_int(part, FILE_IS_INTERNAL);
	} else {
		is_internal = record_int(part, ENTRY_TYPE) == ENTRY_IS_NOTE;
		if (actor->kind == BY_CUSTOMER)
			is_internal = record_int(part, ENTRY_TYPE) !=
			    ENTRY_IS_REPLY;
	}
	return !is_internal || desk_may_see_notes(directory, actor, ticket);
}

/* What belongs to a queue is known to those who know the queue. */
static bool
knows_queue_of(const struct directory *directory, const struct actor *actor,
    const struct record *record, int slot)
{
	const struct record *queue = directory_find(
	    directory, KIND_QUEUE, record_ref(record, slot));

	return queue == NULL || desk_may_know(directory, actor, queue);
}

bool
desk_may_know(const struct directory *directory, const struct actor *actor,
    const struct record *record)
{
	uint64_t owner;

	if (desk_is_admin(directory, actor))
		return true;
	switch (record->kind->id) {
	case KIND_QUEUE:
		return actor->kind != BY_AGENT ||
		    directory_knows_queue(directory, actor->agent, record);
	case KIND_CANNED:
		owner = record_ref(record, CANNED_OWNER);
		return (owner == 0 || owner == actor->agent) &&
		    knows_queue_of(directory, actor, record, CANNED_QUEUE);
	case KIND_FIELD:
		return knows_queue_of(directory, actor, record, FIELD_QUEUE);
	default: return true;
	}
}

/* Notes about people belong to no queue: who reads notes anywhere reads
 * them. */
static bool
reads_notes(const struct directory *directory, uint64_t agent)
{
	size_t count;
	const struct record *const *queues = directory_all(
	    directory, KIND_QUEUE, &count);

	for (size_t i = 0; i < count; i++)
		if (directory_rights(directory, agent, queues[i]->id) &
		    RIGHT_NOTE)
			return true;
	return false;
}

enum field_see
desk_sees(const struct directory *directory, const struct actor *actor)
{
	if (actor->kind == BY_CUSTOMER)
		return SEE_CUSTOMER;
	if (desk_is_admin(directory, actor))
		return SEE_ADMIN;
	return actor->kind != BY_AGENT || reads_notes(directory, actor->agent) ?
	    SEE_NOTES :
	    SEE_AGENT;
}

bool
desk_is_admin(const struct directory *directory, const struct actor *actor)
{
	if (actor->is_program && !(actor->token & TOKEN_ADMIN))
		return false;
	switch (actor->kind) {
	case BY_AGENT: return directory_is_admin(directory, actor->agent);
	case BY_SYSTEM: return true;
	default: return false;
	}
}

struct view_reader
desk_reader(const struct directory *directory, struct snapshot *snapshot,
    const struct actor *actor, int64_t now_us)
{
	return (struct view_reader){
		.filter = { .directory = directory,
		    .snapshot = snapshot,
		    .agent = actor->agent,
		    .now_us = now_us },
		.snapshot = snapshot,
		.sees_all = actor->kind == BY_SCRIPT ||
		    actor->kind == BY_SYSTEM,
	};
}
