/* core/desk/act_sign.c - signing in and out, one-time links. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/secret.h"
#include "core/desk/acts.h"
#include "core/desk/before.h"
#include "core/desk/ops.h"

/* A session ends when it was not used for so long, and at last. */
#define SESSION_IDLE_US (14 * CLOCK_DAY_US)
#define SESSION_MOST_US (90 * CLOCK_DAY_US)
#define SESSION_RENEWED_US CLOCK_DAY_US /* not more often than this */
#define LINK_US (30 * CLOCK_MINUTE_US)
/* So long after a sign-in by link a new password needs no old one. */
#define LINK_TRUST_US CLOCK_HOUR_US

enum err
act_new_secret(struct work *work, struct bytes *text, struct bytes *hash)
{
	struct buf out = buf_in(work->arena), hex = buf_in(work->arena);
	uint8_t raw[SECRET_TOKEN_SIZE], digest[SECRET_HASH_SIZE];

	secret_token(raw);
	secret_base64_add(&out, SECRET_BASE64URL,
	    (struct bytes){ (const char *)raw, sizeof raw });
	secret_hash(buf_get(&out), digest);
	secret_hex_add(
	    &hex, (struct bytes){ (const char *)digest, sizeof digest });
	secret_wipe(raw, sizeof raw);
	if (out.failed || hex.failed)
		return ERR_NOMEM;
	*text = buf_get(&out);
	*hash = buf_get(&hex);
	return ERR_OK;
}

/* The session that <secret> is of: ERR_NOT_FOUND unless it is of <purpose>
 * and still holds. */
static enum err
find_session(struct work *work, struct bytes secret,
    enum session_purpose purpose, struct touched **out)
{
	struct buf hex = buf_in(work->arena);
	uint8_t digest[SECRET_HASH_SIZE];
	uint64_t id;
	enum err err;

	if (secret.len == 0 || secret.len > 64)
		return ERR_NOT_FOUND;
	secret_hash(secret, digest);
	secret_hex_add(
	    &hex, (struct bytes){ (const char *)digest, sizeof digest });
	if (hex.failed)
		return ERR_NOMEM;
	err = record_lookup(
	    work->read.snapshot, INDEX_SESSION_HASH, buf_get(&hex), &id);
	if (err == ERR_OK)
		err = work_load(work, KIND_SESSION, id, out);
	if (err != ERR_OK)
		return err;
	if (record_int(&(*out)->old, SESSION_PURPOSE) != purpose ||
	    record_int(&(*out)->old, SESSION_EXPIRES) <= work->read.now_us)
		return ERR_NOT_FOUND;
	return ERR_OK;
}

static enum err
refuse(struct work *work)
{
	return work_fail(work, ERR_DENIED, "password",
	    N_("E-mail address and password do not fit."), 0, BYTES_NONE);
}

/* The agent by password. It takes as long for unknown people. */
static enum err
check_password(struct work *work, struct touched **agent)
{
	struct buf email = buf_in(work->arena);
	const char *stored = NULL;
	uint64_t id;
	enum err err;

	for (size_t i = 0; i < work->input->email.len; i++) {
		char c = work->input->email.at[i];

		buf_char(&email, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
	if (email.failed)
		return ERR_NOMEM;
	err = record_lookup(work->read.snapshot, INDEX_AGENT_EMAIL,
	    bytes_trim(buf_get(&email)), &id);
	if (err == ERR_OK)
		err = work_load(work, KIND_AGENT, id, agent);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_OK && record_has(&(*agent)->old, AGENT_PASSWORD) &&
	    record_int(&(*agent)->old, AGENT_ACTIVE)) {
		struct bytes hash = record_text(&(*agent)->old, AGENT_PASSWORD);

		stored = arena_copy(work->arena, hash.at, hash.len);
		if (stored == NULL)
			return ERR_NOMEM;
	}
	err = secret_password_check(stored, work->input->password);
	return err == ERR_DENIED || err == ERR_INVALID ? refuse(work) : err;
}

/* The agent by a one-time link, which is used up by it. */
static enum err
use_link(struct work *work, struct touched **agent)
{
	struct touched *link;
	enum err err = find_session(
	    work, work->input->secret, SESSION_IS_LINK, &link);

	if (err == ERR_OK)
		err = work_load(work, KIND_AGENT,
		    record_ref(&link->old, SESSION_AGENT), agent);
	if (err == ERR_OK &&
	    (!record_int(&(*agent)->old, AGENT_ACTIVE) ||
		record_int(&(*agent)->old, AGENT_GENERATION) !=
		    record_int(&link->old, SESSION_GENERATION)))
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND)
		return work_fail(work, ERR_DENIED, NULL,
		    N_("This link was used already or is too old. Ask for a "
		       "new one."),
		    0, BYTES_NONE);
	if (err == ERR_OK)
		link->is_removed = true;
	return err;
}

static enum err
add_session(struct work *work, const struct touched *agent,
    enum session_purpose purpose, int64_t lasts_us)
{
	const struct act_input *input = work->input;
	struct touched *session;
	struct bytes hash;
	enum err err = work_create(work, KIND_SESSION, &session);

	if (err == ERR_OK)
		err = act_new_secret(work, &work->result->secret, &hash);
	if (err != ERR_OK)
		return err;
	record_set_text(&session->new, SESSION_HASH, hash);
	record_set_int(&session->new, SESSION_PURPOSE, purpose);
	record_set_int(&session->new, SESSION_AGENT, (int64_t)agent->new.id);
	record_set_int(&session->new, SESSION_CREATED, work->read.now_us);
	record_set_int(
	    &session->new, SESSION_EXPIRES, work->read.now_us + lasts_us);
	record_set_int(&session->new, SESSION_GENERATION,
	    record_int(&agent->new, AGENT_GENERATION));
	record_set_text(&session->new, SESSION_ADDRESS, input->address);
	record_set_text(&session->new, SESSION_BROWSER,
	    (struct bytes){ input->browser.at,
		input->browser.len < 200 ? input->browser.len : 200 });
	record_set_int(&session->new, SESSION_BY_LINK, input->secret.len > 0);
	work->result->record = session->new.id;
	work->result->expires_us = work->read.now_us + lasts_us;
	return ERR_OK;
}

enum err
act_sign_in(struct work *work)
{
	struct touched *agent;
	struct before before = { .hook = HOOK_AGENT_SIGNING_IN };
	enum err err = work->input->secret.len > 0 ?
	    use_link(work, &agent) :
	    check_password(work, &agent);

	if (err != ERR_OK)
		return err;
	work->actor = actor_agent(agent->old.id);
	before.agent = &agent->old;
	err = before_run(work, &before);
	if (err == ERR_OK)
		err = add_session(
		    work, agent, SESSION_IS_BROWSER, SESSION_IDLE_US);
	if (err != ERR_OK)
		return err;
	record_set_int(&agent->new, AGENT_SIGNED_IN_AT, work->read.now_us);
	return work_raise(
	    work, HOOK_AGENT_SIGNED_IN, agent, 0, BYTES_NONE, BYTES_NONE);
}

enum err
act_sign_out(struct work *work)
{
	struct touched *session;
	enum err err = find_session(
	    work, work->input->secret, SESSION_IS_BROWSER, &session);

	if (err == ERR_NOT_FOUND)
		return ERR_OK; /* signed out already */
	if (err == ERR_OK)
		session->is_removed = true;
	return err;
}

enum err
act_link_create(struct work *work)
{
	struct touched *agent;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_LINK_CREATE, NULL);

	if (err == ERR_OK)
		err = work_load(work, KIND_AGENT, work->input->subject, &agent);
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !record_int(&agent->old, AGENT_ACTIVE)))
		return work_fail(work, ERR_NOT_FOUND, NULL,
		    N_("There is no such active agent."), 0, BYTES_NONE);
	if (err != ERR_OK)
		return err;
	return add_session(work, agent, SESSION_IS_LINK, LINK_US);
}

/* The actor and the session he acts in: ERR_DENIED for programs and for a
 * session that is somebody else's or has ended. */
static enum err
load_own(struct work *work, struct touched **agent, struct touched **session)
{
	enum err err = desk_may(
	    work->read.directory, &work->actor, work->input->verb, NULL);

	if (err == ERR_OK)
		err = work_load(work, KIND_AGENT, work->actor.agent, agent);
	if (err == ERR_OK)
		err = find_session(
		    work, work->input->secret, SESSION_IS_BROWSER, session);
	if (err == ERR_OK &&
	    (record_ref(&(*session)->old, SESSION_AGENT) != (*agent)->old.id ||
		record_int(&(*session)->old, SESSION_GENERATION) !=
		    record_int(&(*agent)->old, AGENT_GENERATION)))
		err = ERR_NOT_FOUND;
	return err == ERR_NOT_FOUND ? ERR_DENIED : err;
}

/* All sessions and links of the agent end but this one. */
static void
end_others(struct touched *agent, struct touched *session)
{
	int64_t generation = record_int(&agent->old, AGENT_GENERATION) + 1;

	record_set_int(&agent->new, AGENT_GENERATION, generation);
	record_set_int(&session->new, SESSION_GENERATION, generation);
}

enum err
act_sessions_end(struct work *work)
{
	struct touched *agent, *session;
	enum err err = load_own(work, &agent, &session);

	if (err == ERR_OK)
		end_others(agent, session);
	return err;
}

int64_t
sign_renewed(const struct record *session, int64_t now_us)
{
	int64_t most = record_int(session, SESSION_CREATED) + SESSION_MOST_US;
	int64_t until = now_us + SESSION_IDLE_US;

	if (until > most)
		until = most;
	return until >=
		record_int(session, SESSION_EXPIRES) + SESSION_RENEWED_US ?
	    until :
	    0;
}

enum err
act_session_renew(struct work *work)
{
	struct touched *agent, *session;
	int64_t until = 0;
	enum err err = load_own(work, &agent, &session);

	if (err == ERR_OK)
		until = sign_renewed(&session->old, work->read.now_us);
	if (until > 0)
		record_set_int(&session->new, SESSION_EXPIRES, until);
	return err;
}

bool
sign_needs_password(
    const struct record *agent, const struct record *session, int64_t now_us)
{
	return record_has(agent, AGENT_PASSWORD) &&
	    !(record_int(session, SESSION_BY_LINK) &&
		record_int(session, SESSION_CREATED) + LINK_TRUST_US > now_us);
}

/* ERR_DENIED, said beside the field, unless the old password fits. */
static enum err
check_old(struct work *work, const struct touched *agent)
{
	struct bytes hash = record_text(&agent->old, AGENT_PASSWORD);
	const char *stored = arena_copy(work->arena, hash.at, hash.len);
	enum err err;

	if (stored == NULL)
		return ERR_NOMEM;
	err = secret_password_check(stored, work->input->old_password);
	if (err != ERR_DENIED && err != ERR_INVALID)
		return err;
	return work_fail(work, ERR_DENIED, "old",
	    N_("This is not your present password."), 0, BYTES_NONE);
}

enum err
act_password_change(struct work *work)
{
	char stored[SECRET_STORED_SIZE];
	struct bytes password = work->input->password;
	struct touched *agent, *session;
	enum err err = load_own(work, &agent, &session);

	if (err == ERR_OK &&
	    sign_needs_password(&agent->old, &session->old, work->read.now_us))
		err = check_old(work, agent);
	if (err != ERR_OK)
		return err;
	if (password.len < PASSWORD_MIN)
		return work_fail(work, ERR_INVALID, "password",
		    N_("A password has at least {n} characters."), PASSWORD_MIN,
		    BYTES_NONE);
	err = secret_password_hash(password, stored);
	if (err == ERR_INVALID)
		return work_fail(work, err, "password",
		    N_("A password has at most {n} characters."),
		    SECRET_PASSWORD_MAX, BYTES_NONE);
	if (err != ERR_OK)
		return err;
	record_set_text(&agent->new, AGENT_PASSWORD,
	    work_copy(work, bytes_of(stored), &err));
	end_others(agent, session);
	return err;
}
