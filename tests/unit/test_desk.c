/* tests/unit/test_desk.c - acts on a whole desk, without scripts. */
#include "config.h"
#include "core/desk/act.h"
#include "core/desk/counts.h"
#include "core/desk/token.h"
#include "core/model/ticket.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1 /* the admin's id */

static struct actor
customer_of(uint64_t ticket)
{
	return (struct actor){ .kind = BY_CUSTOMER, .ticket = ticket };
}

/* How many entries of a type the timeline has. */
static size_t
count_entries(struct desk_fixture *f, uint64_t ticket, enum entry_type type)
{
	uint64_t sequence = 0;
	struct site_read read;
	struct record entry;
	size_t count = 0;

	MUST(site_read_begin(f->site, &read));
	while (
	    timeline_next(read.snapshot, ticket, &sequence, &entry) == ERR_OK)
		count += record_int(&entry, ENTRY_TYPE) == (int64_t)type;
	site_read_end(&read);
	return count;
}

static int64_t
count_of(struct desk_fixture *f, struct counts_query query)
{
	struct actor actor = actor_agent(ANN);
	struct site_read read;
	int64_t sum;

	MUST(site_read_begin(f->site, &read));
	MUST(counts_sum(&read, &actor, &query, 1, &sum));
	site_read_end(&read);
	return sum;
}

static void
test_counts_query_of__tells_what_the_counters_know(void)
{
	static const struct {
		const char *text;
		bool is_known;
		int64_t sum;
	} cases[] = {
		{ "status:open", true, 2 },
		{ "status:closed", true, 0 },
		{ "status:open,closed owner:none", true, 2 },
		{ "is:waiting sort:waiting", true, 2 },
		{ "", true, 2 },
		{ "-status:open", false, 0 },
		{ "status:open priority:high", false, 0 },
		{ "place:spam", false, 0 },
		{ "status:open owner:none,me", false, 0 },
		{ "is:unread", false, 0 },
		{ "burns", false, 0 },
		{ "#1", false, 0 },
	};
	struct desk_fixture f;
	struct site_read read;
	size_t listed;

	desk_setup(&f);
	CHECK(desk_submit(&f, "bob@example.org", "One", "It burns.") != 0);
	CHECK(desk_submit(&f, "ann@example.org", "Two", "It burns.") != 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct actor actor = actor_agent(ANN);
		struct counts_query query;
		struct view_reader reader;
		struct filter filter;
		struct why why;

		MUST(site_read_begin(f.site, &read));
		reader = desk_reader(
		    read.directory, read.snapshot, &actor, read.now_us);
		MUST(filter_from_text(bytes_of(cases[i].text), &reader.filter,
		    f.arena, &filter, &why));
		CHECK(counts_query_of(&filter, &query) == cases[i].is_known);
		if (cases[i].is_known) {
			MUST(view_count(&reader, &filter, f.arena, &listed));
			CHECK_INT((int64_t)listed, cases[i].sum);
			site_read_end(&read);
			CHECK_INT(count_of(&f, query), cases[i].sum);
		} else {
			site_read_end(&read);
		}
	}
	desk_teardown(&f);
}

static void
test_ticket_create__stores_ticket_customer_and_message(void)
{
	struct desk_fixture f;
	struct site_read read;
	struct record ticket, customer, entry;
	uint64_t number;

	desk_setup(&f);
	number = desk_submit(
	    &f, "Bob@Example.org", "Printer on fire", "It burns.\nHelp!");
	CHECK(number != 0);
	MUST(site_read_begin(f.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	CHECK_BYTES(record_text(&ticket, TICKET_SUBJECT), "Printer on fire");
	CHECK_BYTES(record_text(&ticket, TICKET_SNIPPET), "It burns. Help!");
	CHECK(ticket_is_waiting(&ticket));
	MUST(record_find(read.snapshot, KIND_CUSTOMER,
	    record_ref(&ticket, TICKET_CUSTOMER), &customer));
	CHECK_BYTES(record_text(&customer, CUSTOMER_EMAIL), "bob@example.org");
	MUST(record_find(
	    read.snapshot, KIND_ENTRY, entry_id(number, 1), &entry));
	CHECK_BYTES(record_text(&entry, ENTRY_BODY), "It burns.\nHelp!");
	CHECK_INT(record_int(&entry, ENTRY_BY), BY_CUSTOMER);
	site_read_end(&read);
	CHECK_INT(count_of(&f, (struct counts_query){ .is_waiting = true }), 1);
	desk_teardown(&f);
}

static void
test_ticket_create__says_which_field_is_wrong(void)
{
	static const struct {
		const char *email, *subject, *body, *field;
	} cases[] = {
		{ "", "s", "b", "email" },
		{ "no address", "s", "b", "email" },
		{ "a@example.com", "", "b", "subject" },
		{ "a@example.com", "s", " \n", "body" },
	};
	struct desk_fixture f;

	desk_setup(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK(desk_submit(&f, cases[i].email, cases[i].subject,
			  cases[i].body) == 0);
		CHECK(strcmp(f.why.field, cases[i].field) == 0);
	}
	CHECK_INT(count_of(&f, (struct counts_query){ .states = 31 }), 0);
	desk_teardown(&f);
}

static void
test_ticket_create__takes_from_customers_what_is_theirs(void)
{
	static const char *const names[] = { "priority", "label", "due" };
	static const char *const values[] = { "urgent", "vip", "2030-01-01" };
	struct desk_fixture f;
	struct act_input input;

	desk_setup(&f);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
		input.actor.kind = BY_CUSTOMER;
		input.email = BYTES("bob@example.org");
		input.body = BYTES("text");
		desk_set(&f, &input, "subject", "Mine");
		desk_set(&f, &input, names[i], values[i]);
		CHECK_INT(desk_do(&f, &input), ERR_DENIED);
		CHECK(strcmp(f.why.field, names[i]) == 0);
	}
	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor.kind = BY_CUSTOMER;
	input.email = BYTES("bob@example.org");
	input.body = BYTES("text");
	input.agent = ANN;
	desk_set(&f, &input, "subject", "Mine");
	CHECK_INT(desk_do(&f, &input), ERR_DENIED);
	desk_teardown(&f);
}

static void
test_reply_add__passes_the_turn(void)
{
	struct desk_fixture f;
	uint64_t number;

	desk_setup(&f);
	number = desk_submit(&f, "bob@example.org", "Hello", "Anybody?");
	CHECK_INT(desk_reply(&f, actor_agent(ANN), number, "Yes."), ERR_OK);
	CHECK_INT(desk_field(&f, number, TICKET_STATUS), STATUS_PENDING);
	CHECK_INT(desk_field(&f, number, TICKET_OWNER), ANN);
	CHECK_INT(desk_field(&f, number, TICKET_WAITING_SINCE), 0);
	CHECK_INT(count_entries(&f, number, ENTRY_IS_REPLY), 2);
	CHECK_INT(count_of(&f, (struct counts_query){ .is_waiting = true }), 0);

	clock_advance(&f.clock, CLOCK_HOUR_US);
	CHECK_INT(
	    desk_reply(&f, customer_of(number), number, "Thanks"), ERR_OK);
	CHECK_INT(desk_field(&f, number, TICKET_STATUS), STATUS_OPEN);
	CHECK_INT(desk_field(&f, number, TICKET_WAITING_SINCE),
	    FIXTURE_TIME_US + CLOCK_HOUR_US);
	desk_teardown(&f);
}

static void
test_customer__reaches_his_own_ticket_only(void)
{
	struct desk_fixture f;
	uint64_t mine, other;

	desk_setup(&f);
	mine = desk_submit(&f, "bob@example.org", "Mine", "x");
	other = desk_submit(&f, "eve@example.org", "Other", "x");
	CHECK_INT(
	    desk_reply(&f, customer_of(mine), other, "hi"), ERR_NOT_FOUND);
	CHECK_INT(desk_reply(&f, customer_of(mine), 999, "hi"), ERR_NOT_FOUND);
	CHECK_INT(count_entries(&f, other, ENTRY_IS_REPLY), 1);
	desk_teardown(&f);
}

static void
test_reply_add__stops_when_something_new_came(void)
{
	struct desk_fixture f;
	struct act_input input;
	uint64_t number;

	desk_setup(&f);
	number = desk_submit(&f, "bob@example.org", "Hello", "one");
	MUST(desk_reply(&f, customer_of(number), number, "two"));
	act_input_init(&input, VERB_REPLY_ADD, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	input.body = BYTES("an answer to one");
	input.seen = 1;
	CHECK_INT(desk_do(&f, &input), ERR_STALE);
	CHECK_INT(count_entries(&f, number, ENTRY_IS_REPLY), 2);
	input.seen = (uint64_t)desk_field(&f, number, TICKET_LAST_ENTRY);
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	desk_teardown(&f);
}

static void
test_desk_act__does_a_key_once(void)
{
	struct desk_fixture f;
	struct act_input input;
	uint64_t first;

	desk_setup(&f);
	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor.kind = BY_CUSTOMER;
	input.email = BYTES("bob@example.org");
	input.body = BYTES("text");
	input.key = BYTES("form-1");
	desk_set(&f, &input, "subject", "Once");
	MUST(desk_do(&f, &input));
	first = f.result.ticket;
	MUST(desk_do(&f, &input));
	CHECK(f.result.is_repeat);
	CHECK_INT(f.result.ticket, first);
	CHECK_INT(count_of(&f, (struct counts_query){ .states = 31 }), 1);
	/* an answer that cannot be trusted is not given, nor made twice */
	desk_damage(&f, KEY_ONCE);
	CHECK_INT(desk_do(&f, &input), ERR_CORRUPT);
	CHECK_INT(count_of(&f, (struct counts_query){ .states = 31 }), 1);
	desk_teardown(&f);
}

/* Programs choose their keys without knowing of each other. */
static void
test_desk_act__keeps_keys_of_programs_apart(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct site_read read;
	struct record entry;
	uint64_t first;

	desk_setup(&f);
	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor = actor_system();
	input.actor.program = 5;
	input.actor.token = TOKEN_WRITE;
	input.email = BYTES("bob@example.org");
	input.body = BYTES("text");
	input.key = BYTES("1");
	desk_set(&f, &input, "subject", "Of five");
	MUST(desk_do(&f, &input));
	first = f.result.ticket;
	input.actor.program = 6;
	MUST(desk_do(&f, &input));
	CHECK(!f.result.is_repeat);
	CHECK(f.result.ticket != first);
	MUST(site_read_begin(f.site, &read));
	MUST(
	    record_find(read.snapshot, KIND_ENTRY, entry_id(first, 1), &entry));
	CHECK_INT(record_ref(&entry, ENTRY_PROGRAM), 5);
	site_read_end(&read);
	desk_teardown(&f);
}

static void
test_ticket_update__is_accounted_for_and_undone(void)
{
	struct desk_fixture f;
	struct act_input input;
	uint64_t number, entry;

	desk_setup(&f);
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	desk_set(&f, &input, "priority", "urgent");
	desk_set(&f, &input, "queue", "billing");
	MUST(desk_do(&f, &input));
	entry = f.result.entry;
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_URGENT);
	CHECK_INT(count_entries(&f, number, ENTRY_IS_CHANGE), 1);

	act_input_init(&input, VERB_TICKET_UNDO, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	input.entry = entry;
	MUST(desk_do(&f, &input));
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(desk_do(&f, &input), ERR_EXISTS);
	desk_teardown(&f);
}

static void
test_ticket_update__opens_again_when_due(void)
{
	struct desk_fixture f;
	struct act_input input;
	uint64_t number;

	desk_setup(&f);
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	desk_set(&f, &input, "status", "pending");
	desk_set(&f, &input, "due", "2026-01-03");
	MUST(desk_do(&f, &input));
	desk_run_jobs(&f);
	CHECK_INT(desk_field(&f, number, TICKET_STATUS), STATUS_PENDING);
	clock_advance(&f.clock, 3 * CLOCK_DAY_US);
	desk_run_jobs(&f);
	CHECK_INT(desk_field(&f, number, TICKET_STATUS), STATUS_OPEN);
	desk_teardown(&f);
}

static void
test_agents__see_and_do_what_their_role_says(void)
{
	struct desk_fixture f;
	struct act_input input;
	uint64_t number, light;

	desk_setup(&f);
	desk_add(&f, KIND_QUEUE,
	    (const char *const[]){ "key", "secret", "label", "Secret",
		"is_private", "true", NULL });
	light = desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "lou", "name", "Lou", "email",
		"lou@example.com", "role", "light", "active", "true", NULL });
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	CHECK_INT(desk_reply(&f, actor_agent(light), number, "no"), ERR_DENIED);
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	desk_set(&f, &input, "queue", "secret");
	MUST(desk_do(&f, &input));
	act_input_init(&input, VERB_NOTE_ADD, KIND_TICKET);
	input.actor = actor_agent(light);
	input.subject = number;
	input.body = BYTES("a note");
	CHECK_INT(desk_do(&f, &input), ERR_NOT_FOUND);
	desk_teardown(&f);
}

static void
test_sign_in__takes_password_and_link_once(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct bytes link;

	desk_setup(&f);
	act_input_init(&input, VERB_LINK_CREATE, KIND_NONE);
	input.actor = actor_system();
	input.subject = ANN;
	MUST(desk_do(&f, &input));
	link = f.result.secret;
	act_input_init(&input, VERB_SIGN_IN, KIND_NONE);
	input.secret = link;
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	CHECK(f.result.secret.len > 0);
	CHECK_INT(desk_do(&f, &input), ERR_DENIED);
	input.secret = BYTES_NONE;
	input.email = BYTES("ann@example.com");
	input.password = BYTES("wrong");
	CHECK_INT(desk_do(&f, &input), ERR_DENIED);
	desk_teardown(&f);
}

static void
test_ticket_create__lets_an_agent_write_first(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct site_read read;
	struct record entry;
	uint64_t sequence = 0;

	desk_setup(&f);
	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.source = SOURCE_AGENT;
	input.is_ours = true;
	input.email = BYTES("bob@example.org");
	desk_set(&f, &input, "subject", "Your order");
	CHECK_INT(desk_do(&f, &input), ERR_INVALID);
	CHECK(strcmp(f.why.field, "body") == 0);
	input.body = BYTES("It has arrived.");
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	MUST(site_read_begin(f.site, &read));
	CHECK_INT(
	    timeline_next(read.snapshot, f.result.ticket, &sequence, &entry),
	    ERR_OK);
	CHECK_INT(record_int(&entry, ENTRY_TYPE), ENTRY_IS_REPLY);
	CHECK_INT(record_int(&entry, ENTRY_BY), BY_AGENT);
	CHECK_INT(record_int(&entry, ENTRY_MAIL), MAIL_QUEUED);
	site_read_end(&read);
	CHECK_INT(
	    desk_field(&f, f.result.ticket, TICKET_STATUS), STATUS_PENDING);
	CHECK_INT(desk_field(&f, f.result.ticket, TICKET_OWNER), ANN);
	CHECK_INT(desk_field(&f, f.result.ticket, TICKET_CUSTOMER_REPLIES), 0);
	CHECK_INT(desk_field(&f, f.result.ticket, TICKET_WAITING_SINCE), 0);
	desk_teardown(&f);
}

static void
test_import__keeps_times_and_raises_nothing(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct act_history history[] = {
		{ ENTRY_IS_REPLY, BY_CUSTOMER, 0, 1000000000000000,
		    BYTES("old question"), FORMAT_TEXT },
		{ ENTRY_IS_REPLY, BY_AGENT, ANN, 1000000060000000,
		    BYTES("old answer"), FORMAT_TEXT },
	};

	desk_setup(&f);
	act_input_init(&input, VERB_IMPORT, KIND_TICKET);
	input.actor = actor_system();
	input.subject = 4711;
	input.email = BYTES("bob@example.org");
	input.history = history;
	input.history_count = 2;
	desk_set(&f, &input, "subject", "From long ago");
	desk_set(&f, &input, "status", "closed");
	MUST(desk_do(&f, &input));
	CHECK_INT(f.result.ticket, 4711);
	CHECK_INT(desk_field(&f, 4711, TICKET_CREATED), 1000000000000000);
	CHECK_INT(desk_field(&f, 4711, TICKET_UPDATED), 1000000060000000);
	CHECK_INT(desk_do(&f, &input), ERR_EXISTS);
	CHECK(desk_submit(&f, "bob@example.org", "New", "x") > 4711);
	desk_teardown(&f);
}

static void
test_token__names_its_ticket_until_revoked(void)
{
	struct desk_fixture f;
	struct site_read read;
	struct record ticket;
	struct act_input input;
	char token[TOKEN_TEXT_SIZE];
	uint64_t number;

	desk_setup(&f);
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	MUST(site_read_begin(f.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	token_make(f.site, &ticket, TOKEN_LINK, token);
	CHECK_INT(
	    token_find(&read, bytes_of(token), TOKEN_LINK, &ticket), ERR_OK);
	CHECK_INT(token_find(&read, bytes_of(token), TOKEN_MAIL, &ticket),
	    ERR_NOT_FOUND);
	token[5] ^= 1;
	CHECK_INT(token_find(&read, bytes_of(token), TOKEN_LINK, &ticket),
	    ERR_NOT_FOUND);
	token[5] ^= 1;
	site_read_end(&read);
	act_input_init(&input, VERB_TICKET_LINKS_REVOKE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	MUST(desk_do(&f, &input));
	MUST(site_read_begin(f.site, &read));
	CHECK_INT(token_find(&read, bytes_of(token), TOKEN_LINK, &ticket),
	    ERR_NOT_FOUND);
	site_read_end(&read);
	desk_teardown(&f);
}

/* The tickets that a filter finds for an agent, in digits. */
static const char *
find(struct desk_fixture *f, uint64_t agent, const char *text)
{
	struct actor actor = actor_agent(agent);
	struct buf out = buf_in(f->arena);
	struct view_reader reader;
	struct view_page page;
	struct filter filter;
	struct site_read read;

	MUST(site_read_begin(f->site, &read));
	reader = desk_reader(
	    read.directory, read.snapshot, &actor, read.now_us);
	must(filter_from_text(
		 bytes_of(text), &reader.filter, f->arena, &filter, &f->why),
	    f->why.message);
	MUST(view_list(&reader, &filter, BYTES_NONE, 50, f->arena, &page));
	for (size_t i = 0; i < page.count; i++) {
		buf_int(&out, (int64_t)page.tickets[i].id);
		buf_char(&out, ' ');
	}
	site_read_end(&read);
	return buf_string(&out);
}

static void
test_view_list__finds_by_filter_and_words(void)
{
	static const struct {
		const char *filter, *want;
	} cases[] = {
		{ "", "3 1 2 " },
		{ "status:open", "3 2 " },
		{ "status:pending", "1 " },
		{ "owner:me", "1 " },
		{ "owner:none", "3 2 " },
		{ "queue:billing", "" },
		{ "-status:open", "1 " },
		{ "customer:eve@example.org", "2 " },
		{ "is:waiting", "3 2 " },
		{ "sort:waiting", "2 3 " },
		{ "sort:updated", "3 1 2 " },
		{ "#2", "2 " },
		{ "r\xc3\xbc"
		  "ckerst",
		    "3 " },
		{ "printer", "1 " },
		{ "printer status:open", "" },
		{ "\"on fire\"", "1 " },
	};
	struct desk_fixture f;

	desk_setup(&f);
	desk_submit(&f, "bob@example.org", "Printer on fire", "It burns");
	clock_advance(&f.clock, CLOCK_MINUTE_US);
	desk_submit(&f, "eve@example.org", "Login", "Where is it?");
	clock_advance(&f.clock, CLOCK_MINUTE_US);
	desk_submit(&f, "bob@example.org",
	    "R\xc3\xbc"
	    "ckerstattung",
	    "Bitte");
	MUST(desk_reply(&f, actor_agent(ANN), 1, "Use water."));
	for (int round = 0; round < 2; round++) {
		/* once from the tail, once from the index */
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			const char *got = find(&f, ANN, cases[i].filter);

			printf("# %s: %s\n", cases[i].filter, got);
			CHECK(strcmp(got, cases[i].want) == 0);
		}
		desk_run_jobs(&f);
	}
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_counts_query_of__tells_what_the_counters_know);
	RUN(test_ticket_create__stores_ticket_customer_and_message);
	RUN(test_ticket_create__says_which_field_is_wrong);
	RUN(test_ticket_create__takes_from_customers_what_is_theirs);
	RUN(test_reply_add__passes_the_turn);
	RUN(test_customer__reaches_his_own_ticket_only);
	RUN(test_reply_add__stops_when_something_new_came);
	RUN(test_desk_act__does_a_key_once);
	RUN(test_desk_act__keeps_keys_of_programs_apart);
	RUN(test_ticket_update__is_accounted_for_and_undone);
	RUN(test_ticket_update__opens_again_when_due);
	RUN(test_agents__see_and_do_what_their_role_says);
	RUN(test_sign_in__takes_password_and_link_once);
	RUN(test_ticket_create__lets_an_agent_write_first);
	RUN(test_import__keeps_times_and_raises_nothing);
	RUN(test_view_list__finds_by_filter_and_words);
	RUN(test_token__names_its_ticket_until_revoked);
	return tap_done();
}
