/* tests/unit/test_act_record.c - the small kinds, sign-in and its keys, the
 * switch of a script. */
#include "config.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1 /* the first agent: the admin */

static struct bytes
sign_in_by_link(struct desk_fixture *f, uint64_t agent)
{
	struct act_input input;

	act_input_init(&input, VERB_LINK_CREATE, KIND_NONE);
	input.actor = actor_system();
	input.subject = agent;
	MUST(desk_do(f, &input));
	act_input_init(&input, VERB_SIGN_IN, KIND_NONE);
	input.secret = f->result.secret;
	MUST(desk_do(f, &input));
	return f->result.secret;
}

static enum err
change_password(struct desk_fixture *f, uint64_t agent, struct bytes session,
    const char *old, const char *password)
{
	struct act_input input;

	act_input_init(&input, VERB_PASSWORD_CHANGE, KIND_NONE);
	input.actor = actor_agent(agent);
	input.secret = session;
	input.old_password = bytes_of(old);
	input.password = bytes_of(password);
	return desk_do(f, &input);
}

static enum err
sign_in(struct desk_fixture *f, const char *email, const char *password)
{
	struct act_input input;

	act_input_init(&input, VERB_SIGN_IN, KIND_NONE);
	input.email = bytes_of(email);
	input.password = bytes_of(password);
	return desk_do(f, &input);
}

static void
test_password_change__needs_the_old_one_but_soon_after_a_link(void)
{
	struct desk_fixture f;
	struct bytes session;

	desk_setup(&f);
	session = sign_in_by_link(&f, ANN);
	CHECK_INT(
	    change_password(&f, ANN, session, "", "too short"), ERR_INVALID);
	CHECK(strcmp(f.why.field, "password") == 0);
	CHECK_INT(
	    change_password(&f, ANN, session, "", "first password"), ERR_OK);
	CHECK_INT(sign_in(&f, "Ann@Example.com", "first password"), ERR_OK);
	session = f.result.secret;
	CHECK_INT(change_password(&f, ANN, session, "wrong", "second one ok"),
	    ERR_DENIED);
	CHECK(strcmp(f.why.field, "old") == 0);
	CHECK_INT(change_password(
		      &f, ANN, session, "first password", "second one ok"),
	    ERR_OK);
	CHECK_INT(sign_in(&f, "ann@example.com", "first password"), ERR_DENIED);
	/* an old session by link is as good as any other */
	session = sign_in_by_link(&f, ANN);
	clock_advance(&f.clock, 2 * CLOCK_HOUR_US);
	CHECK_INT(
	    change_password(&f, ANN, session, "", "third one ok"), ERR_DENIED);
	desk_teardown(&f);
}

static void
test_password_change__ends_all_other_sessions(void)
{
	struct desk_fixture f;
	struct bytes one, other;

	desk_setup(&f);
	one = sign_in_by_link(&f, ANN);
	other = sign_in_by_link(&f, ANN);
	CHECK_INT(change_password(&f, ANN, one, "", "first password"), ERR_OK);
	CHECK_INT(
	    change_password(&f, ANN, other, "", "by the other"), ERR_DENIED);
	CHECK_INT(
	    change_password(&f, ANN, one, "", "this one goes on"), ERR_OK);
	desk_teardown(&f);
}

static void
test_sessions_end__keeps_the_one_it_came_from(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct bytes one, other;

	desk_setup(&f);
	one = sign_in_by_link(&f, ANN);
	other = sign_in_by_link(&f, ANN);
	act_input_init(&input, VERB_SESSIONS_END, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.secret = one;
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	input.secret = other;
	CHECK_INT(desk_do(&f, &input), ERR_DENIED);
	input.secret = one;
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	desk_teardown(&f);
}

/* Days of use, one after the other: a session lives on while it is used, ends
 * when it is not, and at last in any case. */
static void
test_session_renew__moves_the_end_on_but_not_for_ever(void)
{
	struct desk_fixture f;
	struct act_input input;
	int days = 0;

	desk_setup(&f);
	act_input_init(&input, VERB_SESSION_RENEW, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.secret = sign_in_by_link(&f, ANN);
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	CHECK_INT(f.result.commit, 0); /* not at every request */
	while (desk_do(&f, &input) == ERR_OK && days < 200) {
		clock_advance(&f.clock, 3 * CLOCK_DAY_US);
		days += 3;
	}
	CHECK_INT(days, 90);
	input.secret = sign_in_by_link(&f, ANN);
	clock_advance(&f.clock, 13 * CLOCK_DAY_US);
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	CHECK(f.result.commit != 0);
	clock_advance(&f.clock, 15 * CLOCK_DAY_US);
	CHECK_INT(desk_do(&f, &input), ERR_DENIED);
	desk_teardown(&f);
}

static void
test_password_change__is_for_ones_own_session_only(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct bytes session;
	uint64_t bob;

	desk_setup(&f);
	bob = desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "bob", "name", "Bob", "email",
		"bob@example.com", "active", "yes", NULL });
	session = sign_in_by_link(&f, ANN);
	CHECK_INT(
	    change_password(&f, bob, session, "", "stolen by bob"), ERR_DENIED);
	CHECK_INT(change_password(&f, ANN, BYTES_NONE, "", "no session at all"),
	    ERR_DENIED);
	/* nor by the door for records */
	act_input_init(&input, VERB_RECORD_UPDATE, KIND_AGENT);
	input.actor = actor_agent(bob);
	input.subject = bob;
	input.password = BYTES("without the old one");
	CHECK_INT(desk_do(&f, &input), ERR_DENIED);
	desk_teardown(&f);
}

static void
test_record_update__is_stale_when_it_changed_since(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct site_read read;
	uint64_t id, rev;

	desk_setup(&f);
	id = desk_add(&f, KIND_TEAM,
	    (const char *const[]){ "key", "night", "label", "Night", NULL });
	MUST(site_read_begin(f.site, &read));
	rev = directory_find(read.directory, KIND_TEAM, id)->rev;
	site_read_end(&read);
	act_input_init(&input, VERB_RECORD_UPDATE, KIND_TEAM);
	input.actor = actor_agent(ANN);
	input.subject = id;
	input.seen_rev = rev;
	desk_set(&f, &input, "label", "Night shift");
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	desk_set(&f, &input, "label", "Late shift");
	CHECK_INT(desk_do(&f, &input), ERR_STALE);
	input.verb = VERB_RECORD_REMOVE;
	CHECK_INT(desk_do(&f, &input), ERR_STALE);
	input.seen_rev = 0;
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	desk_teardown(&f);
}

/* The id of a script by its name; 0 if there is none. */
static uint64_t
script_id(struct desk_fixture *f, const char *name, bool *is_off)
{
	const struct record *script;
	struct site_read read;
	uint64_t id = 0;

	MUST(site_read_begin(f->site, &read));
	script = directory_find_key(
	    read.directory, KIND_SCRIPT, bytes_of(name));
	if (script != NULL) {
		id = script->id;
		*is_off = record_int(script, SCRIPT_IS_OFF) != 0;
	}
	site_read_end(&read);
	return id;
}

static void
test_script_switch__holds_over_loads(void)
{
	struct desk_fixture f;
	struct act_input input;
	bool is_off = false;
	uint64_t id;

	desk_setup(&f);
	desk_script(&f, "tagger",
	    "desk.on('ticket.creating', { name = 'tag' }, function(event)\n"
	    "  event.ticket:tag('seen')\nend)\n");
	id = script_id(&f, "tagger", &is_off);
	CHECK(id > 0 && !is_off);
	act_input_init(&input, VERB_SCRIPT_SWITCH, KIND_SCRIPT);
	input.actor = actor_agent(ANN);
	input.subject = id;
	input.is_off = true;
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	for (int i = 0; i < 3; i++) {
		must(scripts_load(f.site, NULL, &f.why), f.why.message);
		CHECK_INT(script_id(&f, "tagger", &is_off), id);
		CHECK(is_off);
	}
	input.is_off = false;
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	must(scripts_load(f.site, NULL, &f.why), f.why.message);
	CHECK_INT(script_id(&f, "tagger", &is_off), id);
	CHECK(!is_off);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_password_change__needs_the_old_one_but_soon_after_a_link);
	RUN(test_password_change__ends_all_other_sessions);
	RUN(test_sessions_end__keeps_the_one_it_came_from);
	RUN(test_session_renew__moves_the_end_on_but_not_for_ever);
	RUN(test_password_change__is_for_ones_own_session_only);
	RUN(test_record_update__is_stale_when_it_changed_since);
	RUN(test_script_switch__holds_over_loads);
	return tap_done();
}
