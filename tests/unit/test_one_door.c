/* tests/unit/test_one_door.c - every verb, by everybody who may not: it is
 * refused, and the store is as it was.
 */
#include "config.h"
#include "core/desk/job.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1 /* the admin's id */

/* Somebody who tries, and the verbs that are his. */
struct intruder {
	const char *who;
	struct actor actor;
	uint64_t may; /* bits of verbs */
};

#define MAY(verb) (UINT64_C(1) << (verb))

/* An input that would do something if the actor might. */
static void
fill(struct act_input *input, enum verb verb, uint64_t ticket)
{
	static const struct job_run run;
	static const struct act_history history = { .at_us = 1,
		.body = { "x", 1 } };

	act_input_init(input, verb,
	    verb == VERB_RECORD_ADD || verb == VERB_RECORD_UPDATE ||
		    verb == VERB_RECORD_REMOVE ?
		KIND_QUEUE :
		verb == VERB_CUSTOMER_UPDATE ? KIND_CUSTOMER :
		verb == VERB_FILE_ADD        ? KIND_FILE :
					       KIND_TICKET);
	input->subject = verb == VERB_LINK_CREATE ? ANN : ticket;
	input->email = BYTES("mallory@example.org");
	input->body = BYTES("intrusion");
	input->rating = 1;
	input->entry = 1;
	input->agent = verb == VERB_TICKET_ASSIGN ? ANN : 0;
	input->secret = BYTES("1.0");
	input->history = &history;
	input->history_count = 1;
	input->run = &run;
	if (verb == VERB_TICKET_UPDATE)
		record_set_int(&input->fields, TICKET_STATUS, STATUS_CLOSED);
}

static void
try_all(struct desk_fixture *f, const struct intruder *who, uint64_t ticket)
{
	for (int verb = 0; verb < VERB__COUNT; verb++) {
		uint64_t before = store_commit_number(site_store(f->site));
		struct act_input input;
		enum err err;

		if (who->may & MAY(verb))
			continue;
		fill(&input, (enum verb)verb, ticket);
		input.actor = who->actor;
		err = desk_act(f->site, &input, f->arena, &f->result, &f->why);
		if (err == ERR_OK ||
		    store_commit_number(site_store(f->site)) != before) {
			printf("# %s: %s was not refused (%s)\n", who->who,
			    verb_name((enum verb)verb), err_name(err));
			CHECK(err != ERR_OK);
			CHECK_INT(
			    store_commit_number(site_store(f->site)), before);
		}
	}
}

/* What takes no right, or checks a secret of its own; the portal's own. */
#define ANYBODY \
	(MAY(VERB_SIGN_IN) | MAY(VERB_SIGN_OUT) | MAY(VERB_FILE_ADD) | \
	    MAY(VERB_LINKS_SEND) | MAY(VERB_SEARCH_MISS))

static void
test_desk_act__refuses_whoever_may_not(void)
{
	struct desk_fixture f;
	uint64_t hidden, own, light;

	desk_setup(&f);
	desk_add(&f, KIND_QUEUE,
	    (const char *const[]){ "key", "secret", "label", "Secret",
		"is_private", "true", NULL });
	light = desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "lou", "name", "Lou", "email",
		"lou@example.com", "role", "light", "active", "true", NULL });
	hidden = desk_submit(&f, "bob@example.org", "Hidden", "x");
	own = desk_submit(&f, "eve@example.org", "Own", "x");
	{
		struct act_input input;

		act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
		input.actor = actor_system();
		input.subject = hidden;
		desk_set(&f, &input, "queue", "secret");
		MUST(desk_do(&f, &input));
	}
	const struct intruder intruders[] = {
		{ "nobody", { .kind = BY_CUSTOMER },
		    ANYBODY | MAY(VERB_TICKET_CREATE) },
		{ "the customer of another ticket",
		    { .kind = BY_CUSTOMER, .ticket = own },
		    ANYBODY | MAY(VERB_TICKET_CREATE) },
		{ "an agent who may not see it", actor_agent(light),
		    ANYBODY | MAY(VERB_TICKET_CREATE) |
			MAY(VERB_CUSTOMER_UPDATE) | MAY(VERB_NOTICES_READ) },
		{ "an agent who was removed", actor_agent(999), ANYBODY },
		{ "a program that may only read",
		    { .kind = BY_SYSTEM,
			.is_program = true,
			.token = TOKEN_READ },
		    MAY(VERB_TICKET_VIEW) | MAY(VERB_SIGN_OUT) |
			MAY(VERB_SEARCH_MISS) },
		{ "a program that may import",
		    { .kind = BY_SYSTEM,
			.is_program = true,
			.token = TOKEN_IMPORT },
		    MAY(VERB_IMPORT) | MAY(VERB_SIGN_OUT) },
	};
	for (size_t i = 0; i < sizeof intruders / sizeof *intruders; i++)
		try_all(&f, &intruders[i], hidden);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_desk_act__refuses_whoever_may_not);
	return tap_done();
}
