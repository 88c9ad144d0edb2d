/* tests/unit/test_proof.c - when an address has proved to be its owner's who
 * writes, and what it may be sent before.
 */
#include "config.h"
#include "core/model/ticket.h"
#include "tests/unit/pages_agent.h"
#include "tests/unit/pages_visitor.h"

/* The customer, as he is now. */
static void
read_customer(uint64_t ticket, struct record *customer)
{
	struct site_read read;
	struct record record;

	MUST(site_read_begin(f.desk.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &record));
	MUST(record_find(read.snapshot, KIND_CUSTOMER,
	    record_ref(&record, TICKET_CUSTOMER), customer));
	site_read_end(&read);
}

static bool
is_proved(uint64_t ticket)
{
	struct record customer;

	read_customer(ticket, &customer);
	return record_int(&customer, CUSTOMER_VERIFIED) != 0;
}

/* The path of the link that a mail to the customer alone has. */
static const char *
mailed_path(uint64_t ticket)
{
	struct site_read read;
	struct record record, customer;
	struct bytes url;

	MUST(site_read_begin(f.desk.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &record));
	MUST(record_find(read.snapshot, KIND_CUSTOMER,
	    record_ref(&record, TICKET_CUSTOMER), &customer));
	url = token_mailed_url(
	    f.desk.site, read.directory, &record, &customer, f.desk.arena);
	site_read_end(&read);
	return strstr(url.at, "/t/");
}

static int
post(const char *path, const char *what, const char *fields)
{
	CHECK_INT(pages_get(&f, path), 200);
	return pages_post(&f, arena_printf(f.desk.arena, "%s/%s", path, what),
	    arena_printf(
		f.desk.arena, "key=%s&%s", pages_input(&f, "key"), fields));
}

static void
test_proof__is_given_by_acting_with_the_mailed_link(void)
{
	static const struct {
		const char *what, *fields;
	} acts[] = {
		{ "reply", "body=It+is+me" },
		{ "close", "" },
		{ "reopen", "" },
		{ "rate", "score=5" },
	};

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		const char *form_link, *mailed;

		printf("# %s\n", acts[i].what);
		pages_setup(&f);
		form_link = ask();
		mailed = mailed_path(1);
		CHECK(strcmp(form_link, mailed) != 0);
		/* whoever sent the form has its link */
		CHECK_INT(post(form_link, acts[i].what, acts[i].fields), 303);
		CHECK(!is_proved(1));
		/* a scanner of mails opens links */
		CHECK_INT(pages_get(&f, mailed), 200);
		CHECK(!is_proved(1));
		CHECK_INT(post(mailed, acts[i].what, acts[i].fields), 303);
		CHECK(is_proved(1));
		CHECK_INT(desk_field(&f.desk, 1, TICKET_VERIFIED), 1);
		pages_teardown(&f);
	}
}

static void
set_customer(
    struct actor actor, uint64_t id, const char *name, const char *text)
{
	struct act_input input;

	act_input_init(&input, VERB_CUSTOMER_UPDATE, KIND_CUSTOMER);
	input.actor = actor;
	input.subject = id;
	desk_set(&f.desk, &input, name, text);
	MUST(desk_do(&f.desk, &input));
}

static void
test_proof__is_of_one_address(void)
{
	struct record customer;
	const char *old;

	pages_setup(&f);
	(void)ask();
	old = mailed_path(1);
	read_customer(1, &customer);
	set_customer(actor_agent(ANN), customer.id, "verified", "true");
	CHECK(is_proved(1)); /* an agent knows */
	set_customer(actor_agent(ANN), customer.id, "name", "Bobby");
	CHECK(is_proved(1));
	set_customer(
	    actor_agent(ANN), customer.id, "email", "robert@example.org");
	CHECK(!is_proved(1));
	/* the link went to the other address */
	CHECK_INT(pages_get(&f, old), 404);
	CHECK_INT(post(mailed_path(1), "reply", "body=x"), 303);
	CHECK(is_proved(1));
	pages_teardown(&f);
}

static void
test_proof__is_revoked_with_the_links(void)
{
	struct act_input input;
	const char *mailed;

	pages_setup(&f);
	(void)ask();
	mailed = mailed_path(1);
	act_input_init(&input, VERB_TICKET_LINKS_REVOKE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = 1;
	MUST(desk_do(&f.desk, &input));
	CHECK_INT(pages_get(&f, mailed), 404);
	pages_teardown(&f);
}

static size_t
count_mails(uint64_t ticket)
{
	struct site_read read;
	struct record entry;
	uint64_t sequence = 0;
	size_t count = 0;

	MUST(site_read_begin(f.desk.site, &read));
	while (
	    timeline_next(read.snapshot, ticket, &sequence, &entry) == ERR_OK)
		count += bytes_is(
		    record_text(&entry, ENTRY_EVENT), "autoreply.sent");
	site_read_end(&read);
	return count;
}

static void
test_unproved_address__gets_one_automatic_mail_a_day(void)
{
	uint64_t one, two, three;

	pages_setup(&f);
	desk_script(&f.desk, "greet",
	    "desk.on('ticket.created', { name = 'mail' }, function(event)\n"
	    "  event.ticket:mail{ template = 'confirmation' }\n"
	    "end)\n");
	one = desk_submit(&f.desk, "bob@example.org", "One", "x");
	desk_run_jobs(&f.desk);
	two = desk_submit(&f.desk, "bob@example.org", "Two", "x");
	desk_run_jobs(&f.desk);
	CHECK_INT(count_mails(one), 1);
	CHECK_INT(count_mails(two), 0);
	CHECK_INT(post(mailed_path(one), "reply", "body=x"), 303);
	three = desk_submit(&f.desk, "bob@example.org", "Three", "x");
	desk_run_jobs(&f.desk);
	CHECK_INT(count_mails(three), 1);
	pages_teardown(&f);
}

static void
test_customer_card__says_and_sets_it(void)
{
	pages_setup(&f);
	(void)ask();
	{
		const char *cookie = pages_cookie(&f, ANN);

		CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
		CHECK(pages_has(&f, "not proved yet"));
		CHECK_INT(pages_post_as(&f, cookie, "/agent/customer/1/note",
			      "verified=true"),
		    303);
		CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
		CHECK(!pages_has(&f, "not proved yet"));
	}
	CHECK(is_proved(1));
	pages_teardown(&f);
}

static void
test_customer_verified__is_in_lua_and_api(void)
{
	const char *token;

	pages_setup(&f);
	(void)ask();
	token = pages_token(&f, "read,write", NULL);
	CHECK_INT(pages_api(&f, token, "GET", "/customers/1", NULL), 200);
	CHECK(pages_has(&f, "\"verified\":false"));
	CHECK_INT(pages_api(&f, token, "PATCH", "/customers/1",
		      "{\"verified\":true}"),
	    200);
	CHECK(is_proved(1));
	desk_script(&f.desk, "look",
	    "desk.on('ticket.created', { name = 'look' }, function(event)\n"
	    "  if event.customer.verified then event.ticket:tag('known') end\n"
	    "end)\n");
	CHECK(desk_submit(&f.desk, "bob@example.org", "Two", "x") == 2);
	desk_run_jobs(&f.desk);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/2", NULL), 200);
	CHECK(pages_has(&f, "\"known\""));
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_proof__is_given_by_acting_with_the_mailed_link);
	RUN(test_proof__is_of_one_address);
	RUN(test_proof__is_revoked_with_the_links);
	RUN(test_unproved_address__gets_one_automatic_mail_a_day);
	RUN(test_customer_card__says_and_sets_it);
	RUN(test_customer_verified__is_in_lua_and_api);
	return tap_done();
}
