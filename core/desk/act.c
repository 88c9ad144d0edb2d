/* core/desk/act.c - the one door: tries, idempotency, the commit. */
#include "config.h"
#include "core/desk/act.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/desk/acts.h"
#include "core/desk/proof.h"
#include "core/desk/runner.h"
#include "core/desk/site_private.h"
#include "core/desk/trace.h"
#include "core/model/value.h"

#define TRIES 3

static const struct {
	const char *name;
	enum err (*run)(struct work *work);
} verbs[VERB__COUNT] = {
	[VERB_TICKET_CREATE] = { "ticket.create", act_ticket_create },
	[VERB_TICKET_UPDATE] = { "ticket.update", act_ticket_update },
	[VERB_TICKET_ASSIGN] = { "ticket.assign", act_ticket_assign },
	[VERB_TICKET_RATE] = { "ticket.rate", act_ticket_rate },
	[VERB_TICKET_VIEW] = { "ticket.view", act_ticket_view },
	[VERB_TICKET_UNDO] = { "ticket.undo", act_ticket_undo },
	[VERB_TICKET_REMOVE] = { "ticket.remove", act_ticket_remove },
	[VERB_TICKET_MERGE] = { "ticket.merge", act_ticket_merge },
	[VERB_TICKET_LINKS_REVOKE] = { "ticket.links_revoke",
	    act_ticket_links_revoke },
	[VERB_REPLY_ADD] = { "reply.add", act_reply_add },
	[VERB_NOTE_ADD] = { "note.add", act_note_add },
	[VERB_MAIL_RESEND] = { "mail.resend", act_mail_resend },
	[VERB_MAIL_RESULT] = { "mail.result", act_mail_result },
	[VERB_FILE_ADD] = { "file.add", act_file_add },
	[VERB_FILE_DROP] = { "file.drop", act_file_drop },
	[VERB_RECORD_ADD] = { "record.add", act_record_add },
	[VERB_RECORD_UPDATE] = { "record.update", act_record_update },
	[VERB_RECORD_REMOVE] = { "record.remove", act_record_remove },
	[VERB_CUSTOMER_UPDATE] = { "customer.update", act_customer_update },
	[VERB_SIGN_IN] = { "sign.in", act_sign_in },
	[VERB_SIGN_OUT] = { "sign.out", act_sign_out },
	[VERB_LINK_CREATE] = { "link.create", act_link_create },
	[VERB_SCRIPT_RUN] = { "script.run", act_script_run },
	[VERB_SCRIPTS_KEEP] = { "scripts.keep", act_scripts_keep },
	[VERB_TRACES_KEEP] = { "traces.keep", act_traces_keep },
	[VERB_ADMINS_TELL] = { "admins.tell", act_admins_tell },
	[VERB_SCRIPT_UNDO] = { "script.undo", act_script_undo },
	[VERB_SCRIPT_SWITCH] = { "script.switch", act_script_switch },
	[VERB_JOB_AGAIN] = { "job.again", act_job_again },
	[VERB_JOB_DROP] = { "job.drop", act_job_drop },
	[VERB_TIMER_CANCEL] = { "timer.cancel", act_timer_cancel },
	[VERB_IMPORT] = { "import", act_import },
	[VERB_CUSTOMER_ADD] = { "customer.add", act_customer_add },
	[VERB_LINKS_SEND] = { "links.send", act_links_send },
	[VERB_ARTICLE_VOTE] = { "article.vote", act_article_vote },
	[VERB_SEARCH_MISS] = { "search.miss", act_search_miss },
	[VERB_PASSWORD_CHANGE] = { "password.change", act_password_change },
	[VERB_SESSIONS_END] = { "sessions.end", act_sessions_end },
	[VERB_NOTICES_READ] = { "notices.read", act_notices_read },
	[VERB_SESSION_RENEW] = { "session.renew", act_session_renew },
	[VERB_FIELD_INDEX] = { "field.index", act_field_index },
	[VERB_HTTP_RESULT] = { "http.result", act_http_result },
	[VERB_TRY_STEP] = { "try.step", act_try_step },
	[VERB_ACTION_RUN] = { "action.run", act_action_run },
	[VERB_ROUTE_RUN] = { "route.run", act_route_run },
	[VERB_SCRIPT_SAVE] = { "script.save", act_script_save },
};

const char *
verb_name(enum verb verb)
{
	return verbs[verb].name;
}

void
act_input_init(struct act_input *input, enum verb verb, enum kind_id kind)
{
	memset(input, 0, sizeof *input);
	input->verb = verb;
	input->kind = kind;
	if (kind != KIND_NONE)
		record_init(&input->fields, kind, 0);
}

static void
note_cleared(struct act_input *input, int slot)
{
	if (!record_has(&input->fields, slot))
		input->cleared |= UINT64_C(1) << slot;
}

enum err
act_input_text(struct act_input *input, int slot, struct bytes text,
    const struct directory *directory, struct arena *arena, struct why *why)
{
	enum err err = value_from_text(
	    &input->fields, slot, text, directory, arena, why);

	if (err == ERR_OK)
		note_cleared(input, slot);
	return err;
}

enum err
act_input_json(struct act_input *input, int slot, const struct json *json,
    const struct directory *directory, struct arena *arena, struct why *why)
{
	enum err err = value_from_json(
	    &input->fields, slot, json, directory, arena, why);

	if (err == ERR_OK)
		note_cleared(input, slot);
	return err;
}

enum err
act_input_keep_fields(
    struct act_input *input, const struct record *old, struct arena *arena)
{
	int slot = kind_slot(old->kind, BYTES("fields"));
	struct bytes map;

	if (slot < 0)
		return ERR_OK;
	input->has_base = true;
	if (!record_has(old, slot))
		return ERR_OK;
	map = record_text(old, slot);
	map.at = arena_copy(arena, map.at, map.len);
	if (map.at == NULL)
		return ERR_NOMEM;
	record_set_text(&input->fields, slot, map);
	input->base = map;
	return ERR_OK;
}

/* <now> with what <given> changes of <base>. */
static struct bytes
rebase(struct arena *arena, struct bytes base, struct bytes given,
    struct bytes now)
{
	struct bytes rest = given, value;
	uint64_t number;

	while (map_next(&rest, &number, &value)) {
		struct buf out = buf_in(arena);

		if (bytes_equal(map_get(base, number), value))
			continue;
		map_set(&out, now, number, value);
		now = out.failed ? given : buf_get(&out);
	}
	for (rest = base; map_next(&rest, &number, &value);) {
		struct buf out = buf_in(arena);

		if (map_get(given, number).len > 0)
			continue;
		map_set(&out, now, number, BYTES_NONE);
		now = out.failed ? given : buf_get(&out);
	}
	return now;
}

/* Custom fields are given as a whole. What somebody else changed since they
 * were read, and the act does not, stays as it is now. */
static enum err
rebase_fields(struct work *work)
{
	const struct act_input *input = work->input;
	int slot = kind_slot(input->fields.kind, BYTES("fields"));
	struct act_input *copy;
	struct record now;
	struct bytes map;
	enum err err = record_find(
	    work->read.snapshot, input->fields.kind->id, input->subject, &now);

	if (err != ERR_OK) /* the act has words for what is not there */
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (bytes_equal(record_text(&now, slot), input->base))
		return ERR_OK;
	copy = arena_new(work->arena, struct act_input);
	if (copy == NULL)
		return ERR_NOMEM;
	*copy = *input;
	map = rebase(work->arena, input->base,
	    record_text(&input->fields, slot), record_text(&now, slot));
	record_set_text(&copy->fields, slot, map);
	copy->cleared &= ~(UINT64_C(1) << slot);
	if (map.len == 0)
		copy->cleared |= UINT64_C(1) << slot;
	work->input = copy;
	return ERR_OK;
}

enum err
act_load_ticket(struct work *work, struct touched **ticket)
{
	const struct act_input *input = work->input;
	enum err err;

	err = work_load(work, KIND_TICKET, input->subject, ticket);
	if (err == ERR_OK)
		err = desk_may(work->read.directory, &work->actor, input->verb,
		    &(*ticket)->old);
	if (err == ERR_NOT_FOUND || err == ERR_DENIED)
		return work_fail(
		    work, err, NULL, err_message(err), 0, BYTES_NONE);
	return err == ERR_OK ? proof_take(work, *ticket) : err;
}

/* Whether somebody wrote or changed something behind the entry <seen>. That
 * an automatic mail went out, or was withheld, stops nobody. */
static bool
has_news(struct work *work, const struct record *ticket, uint64_t seen)
{
	uint64_t sequence = seen;
	struct record entry;
	enum err err;

	if ((uint64_t)record_int(ticket, TICKET_LAST_ENTRY) <= seen)
		return false;
	while ((err = timeline_next(work->read.snapshot, ticket->id, &sequence,
		    &entry)) == ERR_OK)
		if (record_int(&entry, ENTRY_TYPE) != ENTRY_IS_EVENT)
			return true;
	return err != ERR_NOT_FOUND;
}

enum err
act_check_seen(struct work *work, const struct touched *ticket)
{
	const struct act_input *input = work->input;

	if ((input->seen == 0 || !has_news(work, &ticket->old, input->seen)) &&
	    (input->seen_rev == 0 || input->seen_rev == ticket->old.rev))
		return ERR_OK;
	work->result->ticket = ticket->old.id;
	return work_fail(
	    work, ERR_STALE, NULL, err_message(ERR_STALE), 0, BYTES_NONE);
}

/* An idempotency key counts for its verb and its owner alone: the agent, the
 * program, the ticket whose link is held, or the address that a visitor
 * gives. */
static void
once_key(const struct act_input *input, struct key *key)
{
	struct bytes parts[] = { bytes_of(verbs[input->verb].name),
		{ (const char *)&input->actor.kind, sizeof input->actor.kind },
		{ (const char *)&input->actor.agent,
		    sizeof input->actor.agent },
		{ (const char *)&input->actor.ticket,
		    sizeof input->actor.ticket },
		{ (const char *)&input->actor.program,
		    sizeof input->actor.program },
		input->email, input->key, input->name };
	/* what scripts offer counts by its name; of others it is a person's */
	size_t count = sizeof parts / sizeof *parts -
	    (input->verb != VERB_ACTION_RUN && input->verb != VERB_ROUTE_RUN);
	static const uint8_t no_key[SECRET_KEY_SIZE];
	uint8_t mac[SECRET_MAC_SIZE];

	secret_mac(no_key, parts, count, mac);
	key_begin(key, KEY_ONCE);
	key_raw(key, mac, sizeof mac);
}

#define ONCE_SIZE (RECORD_HEADER_SIZE + 32)

/* The result of the same act done before; ERR_NOT_FOUND if its key is not
 * known. */
static enum err
find_repeat(struct work *work)
{
	struct bytes value;
	struct key key;
	uint64_t rev;
	enum err err;

	if (work->input->key.len == 0)
		return ERR_NOT_FOUND;
	once_key(work->input, &key);
	err = snapshot_get(work->read.snapshot, key_get(&key), &value);
	if (err == ERR_OK)
		err = record_check(value, &rev);
	if (err == ERR_OK && value.len != ONCE_SIZE)
		err = ERR_CORRUPT;
	if (err != ERR_OK)
		return err;
	work->result->ticket = be64_read(value.at + RECORD_HEADER_SIZE);
	work->result->entry = be64_read(value.at + RECORD_HEADER_SIZE + 8);
	work->result->record = be64_read(value.at + RECORD_HEADER_SIZE + 16);
	work->result->is_repeat = true;
	return ERR_OK;
}

static enum err
note_once(struct work *work)
{
	struct key key;
	char *value;

	if (work->input->key.len == 0)
		return ERR_OK;
	value = arena_alloc(work->arena, ONCE_SIZE);
	if (value == NULL)
		return ERR_NOMEM;
	be64_write(value + RECORD_HEADER_SIZE, work->result->ticket);
	be64_write(value + RECORD_HEADER_SIZE + 8, work->result->entry);
	be64_write(value + RECORD_HEADER_SIZE + 16, work->result->record);
	be64_write(
	    value + RECORD_HEADER_SIZE + 24, (uint64_t)work->read.now_us);
	once_key(work->input, &key);
	change_guard_absent(work->change, key_get(&key));
	change_put_record(
	    work->change, key_get(&key), (struct bytes){ value, ONCE_SIZE });
	return ERR_OK;
}

/* Build the act's change on a fresh snapshot. */
static enum err
build(struct work *work)
{
	enum err err = site_read_begin(work->site, &work->read);

	if (err != ERR_OK)
		return err;
	err = change_create(work->arena, &work->change);
	if (err != ERR_OK)
		return err;
	err = find_repeat(work);
	if (err != ERR_NOT_FOUND)
		return err;
	err = work->input->has_base ? rebase_fields(work) : ERR_OK;
	if (err != ERR_OK)
		return err;
	err = verbs[work->input->verb].run(work);
	if (err == ERR_OK)
		err = work_finish(work);
	if (err == ERR_OK && !change_is_empty(work->change))
		err = note_once(work);
	return err;
}

/* Commit what was built. The snapshot is given back before the wait for the
 * disk; values that the change borrows from it must not be gone by then, so
 * it is given back after it: a commit takes a few milliseconds. */
static enum err
commit(struct work *work)
{
	enum err err;

	if (work->result->is_repeat || change_is_empty(work->change))
		return change_error(work->change);
	err = store_commit(
	    work->site->store, work->change, &work->result->commit);
	if (err != ERR_OK)
		return err;
	if (work->needs_directory) {
		err = site_refresh_directory(work->site);
		if (err != ERR_OK)
			log_event(LOG_ERROR, "directory.refresh", "error=%s",
			    err_name(err));
	}
	if (work->wakes_jobs)
		runner_wake(work->site->runner);
	return ERR_OK;
}

/* <kept> are the traces of an act that is not to be. */
static enum err
try_once(struct site *site, const struct act_input *input, struct arena *arena,
    struct act_result *result, struct why *why, struct trace_list *kept)
{
	struct work work = { .site = site,
		.arena = arena,
		.input = input,
		.result = result,
		.why = why,
		.actor = input->actor,
		.is_historic = input->verb == VERB_IMPORT };
	enum err err;

	work.cause.why = input->why;
	err = build(&work);
	if (err == ERR_OK)
		err = commit(&work);
	else if (err != ERR_CONFLICT && err != ERR_NOMEM &&
	    traces_of(&work, kept) != ERR_OK)
		kept->count = 0;
	site_read_end(&work.read);
	return err;
}

enum err
desk_act(struct site *site, const struct act_input *input, struct arena *arena,
    struct act_result *result, struct why *why)
{
	struct trace_list kept = { .count = 0 };
	enum err err = ERR_CONFLICT;
	struct why none;

	if (why == NULL)
		why = &none;
	if (input->actor.is_past && site->options.past == NULL)
		return why_set(
		    why, ERR_DENIED, NULL, err_message(ERR_DENIED), 0, NULL);
	for (int i = 0; err == ERR_CONFLICT && i < TRIES; i++) {
		*result = (struct act_result){ .ticket = 0 };
		memset(why, 0, sizeof *why);
		why->message = "";
		if (i + 1 < TRIES)
			pthread_rwlock_rdlock(&site->act_lock);
		else
			pthread_rwlock_wrlock(&site->act_lock);
		err = try_once(site, input, arena, result, why, &kept);
		pthread_rwlock_unlock(&site->act_lock);
	}
	if (input->verb != VERB_TRACES_KEEP)
		traces_keep(site, &kept, input->run, arena);
	if (err != ERR_OK && why->message[0] == '\0')
		why_set(why, err, NULL, err_message(err), 0, NULL);
	return err;
}
